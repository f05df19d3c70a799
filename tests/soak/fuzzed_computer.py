"""The files of a licensed computer, each changed by somebody and then looked at as its pages and commands do."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).parents[2]
sys.path.append(str(HOUSE / "tests/activation_core/machine"))

from licensed_computers import ADA, NOW, PRODUCT, activated, add, hardware  # noqa: E402
from soak.mutator import Mutator  # noqa: E402

from activation_core.machine import kept_file  # noqa: E402
from activation_core.machine.cal_store import GivenUp  # noqa: E402
from activation_core.machine.computer import LicensedComputer  # noqa: E402
from activation_core.machine.registration import Registration  # noqa: E402
from activation_core.machine.simulated_hardware import KeptHardware  # noqa: E402

TOKEN = "a token of forty-three characters, and more"


@dataclass(frozen=True)
class Drawn:
    """A file, and what somebody wrote into it."""

    name: str
    text: str


class FuzzedComputer:
    """One computer with everything that it may remember; after each look its file is as it was."""

    def __init__(self, folder: Path) -> None:
        home = folder / "home"
        activated(home / f"product-{PRODUCT.number}")
        self._computer = computer = LicensedComputer("first", home, folder / "site", PRODUCT, hardware("first"), NOW)
        add(computer.cals, 5)
        backup = folder / "backup.json"
        computer.back_up(ADA, backup, NOW)
        kept_file.write_to(computer.server.home / "given_up.json", GivenUp(frozenset({9})), "licences given up")
        computer.people.admit("ada", "administrator", TOKEN, ADA)
        computer.registration.register(Registration("Ada", NOW.date()))
        KeptHardware(home).choose("lab-bench")
        computer.mode.change("per_device_or_user", ADA, NOW)
        computer.add_to_pool(ADA, NOW)
        computer.usage.connect("ann", "desk 1", "file", NOW)
        of_product = computer.server.home
        self._looks: Mapping[Path, Callable[[], object]] = {
            of_product / "activation.json": lambda: computer.server.state(NOW),
            of_product / "licences.json": lambda: computer.cals.installed,
            of_product / "given_up.json": lambda: computer.cals.installed,
            home / "hardware.json": KeptHardware(home).read,
            home / "licensing_mode.json": lambda: computer.usage.report(NOW),
            home / "registration.json": computer.registration.read,
            home / "roles.json": lambda: computer.people.whose(TOKEN),
            home / "usage.json": lambda: computer.usage.report(NOW),
            folder / "site/site.json": lambda: (computer.usage.report(NOW), computer.add_to_pool(ADA, NOW)),
            backup: lambda: computer.restore(ADA, backup, NOW),
        }
        self._paths = {path.name: path for path in self._looks}
        self._whole = {path.name: path.read_text("utf-8") for path in self._looks}

    def draw(self, mutator: Mutator) -> Drawn:
        """Its text was changed; or its content, and it was sealed anew, as whoever knows the program can."""
        name = mutator.chance.choice(list(self._paths))
        if mutator.chance.random() < 0.5:
            return Drawn(name, mutator.text([self._whole[name]]))
        return Drawn(name, sealed(mutator, self._whole[name]))

    def look(self, drawn: Drawn) -> object:
        """Damaged (kept_file) where it is not what was written."""
        path = self._paths[drawn.name]
        path.write_text(drawn.text, "utf-8", "replace")
        try:
            return self._looks[path]()
        finally:
            path.write_text(self._whole[drawn.name], "utf-8")


def sealed(mutator: Mutator, whole: str) -> str:
    envelope: dict[str, Any] = {key: value for key, value in json.loads(whole).items() if key != "seal"}
    envelope["kept"] = mutator.table(envelope["kept"])
    return json.dumps(envelope | {"seal": kept_file._seal(envelope)})
