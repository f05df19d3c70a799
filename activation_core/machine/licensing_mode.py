"""The licensing mode of each product on this server, kept so that neither a page nor a second process undoes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from activation_core import licensing_mode, roles
from activation_core.licensing_mode import LicensingMode, Mode
from activation_core.machine.kept_file import KeptFile
from activation_core.refusals import Refusal
from activation_core.roles import Actor


@dataclass(frozen=True)
class _Modes:
    products: dict[str, LicensingMode] = field(default_factory=dict)  # by number; JSON has no other keys than text


class KeptMode:
    """The mode of one product, in `licensing_mode.json` in the server's home."""

    def __init__(self, home: Path, product: int) -> None:
        self._file = KeptFile(home / "licensing_mode.json", _Modes, "licensing mode", copies=5)
        self._product = str(product)

    @property
    def mode(self) -> LicensingMode:
        return self._of(self._file.read())

    def change(self, to: Mode, actor: Actor, now: datetime) -> Refusal | None:
        """None where it is changed, or stays per server."""

        def changed(kept: _Modes | None) -> _Modes | Refusal:
            after = licensing_mode.change(self._of(kept), to, actor.name, now)
            if isinstance(after, Refusal):
                return after
            return _Modes({**(kept.products if kept else {}), self._product: after})

        return roles.forbidden(actor, "change_mode") or self._file.change(changed)

    def _of(self, kept: _Modes | None) -> LicensingMode:
        return kept.products.get(self._product, LicensingMode()) if kept else LicensingMode()
