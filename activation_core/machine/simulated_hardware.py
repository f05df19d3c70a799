"""The hardware of a simulated computer: a profile, and the parts that support staff changed, kept in its home.

So a significant change of the hardware can be staged without a screwdriver. Of a real computer only the changed
parts are kept, and these are made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from activation_core.hardware import COMPONENTS
from activation_core.machine.components import Reading
from activation_core.machine.kept_file import KeptFile


@dataclass(frozen=True)
class SimulatedHardware:
    """`profile` is '' where this computer's own hardware is read. A changed part that is '' was taken out."""

    profile: str = ""
    changed: Mapping[str, str] = field(default_factory=dict)


class KeptHardware:
    """In `hardware.json` in the home of the computer."""

    def __init__(self, home: Path) -> None:
        self._file = KeptFile(home / "hardware.json", SimulatedHardware, "hardware")

    def read(self) -> SimulatedHardware:
        return self._file.read() or SimulatedHardware()

    def choose(self, profile: str) -> None:
        """The computer is of this profile from now on, with the same parts changed."""
        self._file.change(lambda kept: replace(kept or SimulatedHardware(), profile=profile))

    def change_part(self, part: str, value: str) -> None:
        """ValueError where there is no such part."""
        if part not in COMPONENTS:
            raise ValueError(f"There is no part {part!r}; there are {', '.join(COMPONENTS)}.")
        self._file.change(lambda kept: _with(kept or SimulatedHardware(), part, value))

    def reset(self) -> None:
        """All parts are the profile's again."""
        self._file.change(lambda kept: replace(kept or SimulatedHardware(), changed={}))

    def over(self, base: Reading) -> Reading:
        """What the computer shows with the changed parts in it."""
        changed = self.read().changed
        components = {**base.components, **changed}
        return Reading(
            {kind: value for kind, value in components.items() if value},
            {kind: why for kind, why in base.weak.items() if not changed.get(kind)},
        )


def _with(hardware: SimulatedHardware, part: str, value: str) -> SimulatedHardware:
    return replace(hardware, changed={**hardware.changed, part: value})
