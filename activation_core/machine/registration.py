"""Registration: who uses the product, where somebody likes to tell. It has nothing to do with activation (rule 1).

Kept in a file of its own, without any code, Installation ID or time of activation, so the two cannot be linked.
It is sent nowhere: it can be printed or mailed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from activation_core.machine.kept_file import KeptFile


@dataclass(frozen=True)
class Registration:
    """Everything is optional but the name. `on` is a day, because a moment could be matched with an activation."""

    name: str
    on: date
    organisation: str = ""
    address: str = ""
    email: str = ""


class RegistrationStore:
    def __init__(self, home: Path) -> None:
        self._file = KeptFile(home / "registration.json", Registration, "registration")

    def read(self) -> Registration | None:
        """None as long as nobody registered."""
        return self._file.read()

    def register(self, registration: Registration) -> None:
        """Keep it in place of an earlier one. ValueError where the name is missing."""
        if not registration.name.strip():
            raise ValueError("A registration needs a name; everything else may be left empty.")
        self._file.change(lambda _: registration)
