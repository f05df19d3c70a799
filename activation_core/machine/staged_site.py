"""A whole site for support staff to try things on: its servers, their licenses, a backup, a computer that died.

The vendor's side is handed in, so everything that is staged was really confirmed. Nothing here draws at random.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from activation_core import cals, installation_id
from activation_core.cals import Licences
from activation_core.codes import Code
from activation_core.installation_id import InstallationId, Operation
from activation_core.machine.computer import LicensedComputer
from activation_core.refusals import Refusal
from activation_core.roles import Actor
from activation_core.server_activation import Method

# The servers of the site, by the profile of their hardware, and what became of each.
SERVERS: Mapping[str, tuple[str, str]] = {
    "quay": ("lab-bench", "Activated; its licenses were lost after a backup. Restore them."),
    "pier": ("plant-controller", "Activated by the manufacturer; per device or user, its licenses in the pool."),
    "mole": ("ship-bridge", "New: to be activated. The licenses of the dead computer are to move here."),
}
DEAD = ("wreck", "virtual-machine", "Dead. Its license codes are on paper, and a backup is left of it.")
_ADA = Actor("ada", "administrator")


@dataclass(frozen=True)
class Vendor:
    """What the vendor does for the site."""

    product_key: Callable[[], Code]
    license_code: Callable[[str], Code]  # by the name of the pack
    confirm: Callable[[str], str]  # the digits that answer an Installation ID


@dataclass(frozen=True)
class Step:
    """What to try: why, on which server, and the commands, each with its output going into the next one."""

    why: str
    server: str
    commands: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class StagedSite:
    papers: tuple[tuple[str, str], ...]  # what stands on each paper license: what it is for, and the code
    steps: tuple[Step, ...]


def stage(
    folder: Path, open_computer: Callable[[str, str], LicensedComputer], vendor: Vendor, now: datetime
) -> StagedSite:
    """Everything in this folder. `open_computer` opens one by its name and profile, with its home in the folder."""
    quay, pier, mole = (open_computer(name, profile) for name, (profile, _) in SERVERS.items())
    wreck = open_computer(*DEAD[:2])
    papers: list[tuple[str, str]] = []

    def bought(what: str, code: Code) -> Code:
        papers.append((what, code.shown))
        return code

    def activate(computer: LicensedComputer, method: Method) -> None:
        _fine(
            computer.server.enter_product_key(bought(f"product key of {computer.name}", vendor.product_key()).text, now)
        )
        _fine(computer.server.accept(vendor.confirm(_asked(computer, now).digits), now, method))

    def add(computer: LicensedComputer, *packs: str) -> list[Code]:
        codes = [bought(f"{pack} of {computer.name}", vendor.license_code(pack)) for pack in packs]
        for number, code in enumerate(codes, 1):
            _fine(computer.cals.add_code(_ADA, Operation.ADD, code.text, now))
            asked = computer.cals.licences.entries[number - 1].installation_id
            _fine(computer.cals.accept(_ADA, number, vendor.confirm(asked), now))
        _fine(computer.cals.end_run(_ADA, now))
        return codes

    activate(quay, "telephone")
    add(quay, "5-device", "20-user")
    _fine(quay.back_up(_ADA, folder / "quay-backup.json", now))
    activate(wreck, "internet")
    moving = add(wreck, "20-device", "5-user")
    _fine(wreck.back_up(_ADA, folder / "wreck-backup.json", now))
    activate(pier, "manufacturer")
    add(pier, "5-device")
    _fine(pier.mode.change("per_device_or_user", _ADA, now))
    _fine(pier.add_to_pool(_ADA, now))
    made = pier.usage.connect("bob", "desk-1", "file", now)
    if isinstance(made, Refusal):
        raise ValueError(made.words)
    _fine(mole.server.enter_product_key(bought("product key of mole", vendor.product_key()).text, now))
    return StagedSite(tuple(papers), tuple(_steps(folder, made.id, moving, _transfers(mole, moving))))


def _steps(folder: Path, live: str, moving: Sequence[Code], asked: Sequence[InstallationId]) -> Sequence[Step]:
    def on(server: str, why: str, *commands: str) -> Step:
        return Step(why, server, tuple(tuple(command.split(" ")) for command in commands))

    backup = str(folder / "quay-backup.json")
    return (
        on("quay", "See that the licenses are gone", "licensing list"),
        Step("Restore them from the backup", "quay", (("licensing", "restore", backup),)),
        on("quay", "Change the hardware a little, and see that it is the same computer", "machine change-part disk"),
        on("quay", "Put the old disk back", "machine reset"),
        on("pier", "See what the manufacturer did", "licensing status"),
        on("pier", "See who is licensed", "licensing groups show"),
        on("pier", "The user has logged on: the license is permanent now", f"licensing logged-on {live}"),
        on("pier", "See the pool that the site shares", "licensing pool show"),
        on("mole", "Activate the new server by Internet", "licensing activate --internet"),
        on(
            "mole",
            "Transfer the licenses of the dead computer, by telephone only",
            f"licensing transfer {' '.join(code.shown for code in moving)} --region US",
        ),
        *(
            on(
                "mole",
                f"At the desk: answer Installation ID {number}; on mole: accept it",
                f"confirm {each.digits} --json",
                f"licensing accept {number}",
            )
            for number, each in enumerate(asked, 1)
        ),
        on("mole", "See what mole has now", "licensing list"),
        on("mole", "See its licensing mode: none of its licenses is in the pool", "licensing mode show"),
    )


def _transfers(computer: LicensedComputer, moving: Sequence[Code]) -> list[InstallationId]:
    """The Installation IDs that this computer will show for these codes."""
    licences, product = Licences(), computer.product
    numbers = itertools.count(computer.server.activation.counter + 2)  # it activates before
    for code in moving:
        listed = cals.add_code(
            licences, Operation.TRANSFER, code.text, computer.server.components, product, numbers.__next__
        )
        if isinstance(listed, Refusal):
            raise ValueError(listed.words)
        licences = listed
    return [installation_id.parse(entry.installation_id) for entry in licences.entries]


def _asked(computer: LicensedComputer, now: datetime) -> InstallationId:
    asked = computer.server.installation_id(now)
    if isinstance(asked, Refusal):
        raise ValueError(asked.words)
    return asked


def _fine(refusal: Refusal | None) -> None:
    """Nothing is refused on a site that is set up well; a product without these packs is not staged at all."""
    if refusal:
        raise ValueError(f"The site cannot be staged with this product. {refusal.words}")
