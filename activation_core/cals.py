"""Client access licences: packs by license code, asked for in a run, proven by their Confirmation IDs.

Values and functions only: what is remembered is a frozen `Licences`, each act returns the next one or a
refusal. A pack is a code, an Installation ID and a Confirmation ID; whether it counts follows from those three
and the hardware, never from a number that somebody wrote down. Usage is the affair of `connections`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from activation_core import codes, confirmation_id, hardware, installation_id
from activation_core.codes import Code, Kind
from activation_core.installation_id import InstallationId, Operation
from activation_core.products import Pack, Product
from activation_core.refusals import Refusal

Done = Literal["added", "reissued", "transferred", "given_up", "restored", "backed_up"]
_DONE: Mapping[Operation, Done] = {
    Operation.ADD: "added",
    Operation.REISSUE: "reissued",
    Operation.TRANSFER: "transferred",
}


@dataclass(frozen=True)
class HeldPack:
    """A group of licences that a license code stands for (rules 24 to 26), with its proof."""

    code: str = field(repr=False)  # kept out of logs
    installation_id: str
    confirmation_id: str
    at: datetime

    @property
    def serial(self) -> int:
        return codes.parse(self.code).serial

    @property
    def product(self) -> int:
        return codes.parse(self.code).product

    def pack(self, product: Product) -> Pack:
        """How many licences, and for whom: signed along in the Confirmation ID."""
        return product.packs[confirmation_id.parse(self.confirmation_id).grant]


@dataclass(frozen=True)
class Entry:
    """A code in the list of a wizard, with the Installation ID made for it: its own box (rule 38)."""

    code: str = field(repr=False)
    installation_id: str


@dataclass(frozen=True)
class Event:
    """A line of the history (rule 51): who did what, when, with which code (masked) or how many."""

    at: datetime
    who: str
    done: Done
    what: str


@dataclass(frozen=True)
class Licences:
    """What one server remembers of its client access licences for one product."""

    packs: tuple[HeldPack, ...] = ()
    operation: Operation | None = None  # of the run under way
    entries: tuple[Entry, ...] = ()
    history: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Installed:
    """The licences that are in force. `included` need no activation and stand in no table (rules 19 and 48)."""

    included: int
    packs: tuple[tuple[HeldPack, Pack], ...]
    elsewhere: tuple[HeldPack, ...]  # confirmed for other hardware than this: they have to be transferred

    @property
    def total(self) -> int:
        return self.included + sum(pack.licences for _, pack in self.packs)


def add_code(
    licences: Licences,
    operation: Operation,
    text: str,
    components: Mapping[str, str],
    product: Product,
    counted: Callable[[], int],
) -> Licences | Refusal:
    """The run with one more code in its list, and the Installation ID for it (rules 29, 37, 38).

    Another operation than that of the run begins a new list. Mistyped names the group that is wrong.
    `counted` tells how many Installation IDs this computer has made, with the one that is about to be made.
    """
    code = codes.parse(text)
    entries = licences.entries if licences.operation is operation else ()
    if refusal := _unfit(code, licences.packs, entries, operation, components, product):
        return refusal
    asked = _ask(operation, code, components, product, counted())
    return replace(licences, operation=operation, entries=(*entries, Entry(code.text, asked.digits)))


def remove_code(licences: Licences, number: int) -> Licences | Refusal:
    """The run without the code of this number, counted from 1: a wrong one is deleted and typed again (rule 37)."""
    if not 1 <= number <= len(licences.entries):
        return Refusal("no_such_box", {"boxes": len(licences.entries)})
    return replace(licences, entries=licences.entries[: number - 1] + licences.entries[number:])


def ask_again(
    licences: Licences, components: Mapping[str, str], product: Product, counted: Callable[[], int]
) -> Licences:
    """The run with Installation IDs that fit this hardware and the signing keys in use; the same where they do."""
    entries = []
    for entry in licences.entries:
        asked, code = installation_id.parse(entry.installation_id), codes.parse(entry.code)
        if not is_answered(licences, entry) and not (
            asked.epoch in product.epochs and _is_here(asked, code, components, product)
        ):
            again = _ask(asked.operation, code, components, product, counted())
            entry = replace(entry, installation_id=again.digits)
        entries.append(entry)
    return replace(licences, entries=tuple(entries))


def accept(licences: Licences, number: int, text: str, product: Product, who: str, now: datetime) -> Licences | Refusal:
    """The licences with the pack of this box, counted from 1, if the Confirmation ID answers it and no other.

    Mistyped names each block that is wrong. One that belongs to another box is told its number.
    """
    if not 1 <= number <= len(licences.entries):
        return Refusal("no_such_box", {"boxes": len(licences.entries)})
    typed, entry = confirmation_id.parse(text), licences.entries[number - 1]
    if installation_id.parse(entry.installation_id).epoch not in product.public_keys:
        return Refusal("no_public_key")
    held = HeldPack(entry.code, entry.installation_id, typed.digits, now)
    if not is_proven(held, product):
        other = next(
            (
                place
                for place, other in enumerate(licences.entries, 1)
                if is_proven(HeldPack(other.code, other.installation_id, typed.digits, now), product)
            ),
            None,
        )
        return Refusal("belongs_to_another_box", {"box": other}) if other else Refusal("not_the_answer")
    if held_already := next((pack for pack in licences.packs if pack.confirmation_id == typed.digits), None):
        held = held_already  # typed twice
    others = tuple(pack for pack in licences.packs if pack.serial != held.serial)
    operation = installation_id.parse(entry.installation_id).operation
    done = replace(licences, packs=(*others, held))
    if held_already:
        return done
    return _noted(done, now, who, _DONE[operation], codes.parse(entry.code).masked)


def is_answered(licences: Licences, entry: Entry) -> bool:
    return any(pack.installation_id == entry.installation_id for pack in licences.packs)


def end_run(licences: Licences) -> Licences:
    """With an empty list; what was confirmed stays."""
    return replace(licences, operation=None, entries=())


def give_up(licences: Licences, serial: int, who: str, now: datetime) -> Licences | Refusal:
    """Without the pack of this serial: it was transferred to another computer, and is not to count twice."""
    gone = next((pack for pack in licences.packs if pack.serial == serial), None)
    if gone is None:
        return Refusal("no_such_pack")
    kept = tuple(pack for pack in licences.packs if pack is not gone)
    return _noted(replace(licences, packs=kept), now, who, "given_up", codes.parse(gone.code).masked)


def noted_backup(licences: Licences, who: str, now: datetime) -> Licences:
    """The licences, with the note that a backup was made."""
    return _noted(licences, now, who, "backed_up", str(len(licences.packs)))


def restore(licences: Licences, packs: Iterable[HeldPack], who: str, now: datetime) -> Licences:
    """With these packs as well; one that is there already in a newer form stays as it is."""
    here = {pack.serial: pack for pack in licences.packs}
    back = [pack for pack in packs if pack.serial not in here or here[pack.serial].at < pack.at]
    coming = {pack.serial for pack in back}
    kept = tuple(pack for pack in licences.packs if pack.serial not in coming)
    licences = replace(licences, packs=(*kept, *back))
    for pack in back:
        licences = _noted(licences, now, who, "restored", codes.parse(pack.code).masked)
    return licences


def installed(licences: Licences, components: Mapping[str, str], product: Product) -> Installed:
    """What is in force on this hardware. Each pack must be proven: see `all_proven`."""
    here = [pack for pack in licences.packs if is_here(pack, components, product)]
    return Installed(
        product.included_licences,
        tuple((pack, pack.pack(product)) for pack in here),
        tuple(pack for pack in licences.packs if pack not in here),
    )


def is_here(held: HeldPack, components: Mapping[str, str], product: Product) -> bool:
    """Whether it was confirmed for this computer, within the product's tolerance."""
    asked = installation_id.parse(held.installation_id)
    return _is_here(asked, codes.parse(held.code), components, product)


def is_proven(held: HeldPack, product: Product) -> bool:
    """Whether the clearinghouse confirmed exactly this pack."""
    return all_proven([held], product)


def all_proven(packs: Sequence[HeldPack], product: Product) -> bool:
    """Whether the clearinghouse confirmed exactly these packs: codes, Installation IDs and Confirmation IDs.

    One check for all, two pairings and one for each further signing key. Whatever cannot be read is not proven.
    """
    try:
        read = [
            (
                installation_id.parse(held.installation_id),
                codes.parse(held.code),
                confirmation_id.parse(held.confirmation_id),
            )
            for held in packs
        ]
    except ValueError:
        return False
    for asked, code, answer in read:
        fits = (asked.operation.kind, asked.product, asked.serial) == (code.kind, code.product, code.serial)
        if not (fits and code.product == product.number and asked.proves(code) and answer.grant < len(product.packs)):
            return False
        if asked.epoch not in product.public_keys:
            return False
    serials = [code.serial for _, code, _ in read]
    return len(set(serials)) == len(serials) and confirmation_id.verify_all(
        (product.public_keys[asked.epoch], asked, code, answer) for asked, code, answer in read
    )


def _unfit(
    code: Code,
    packs: Sequence[HeldPack],
    entries: Sequence[Entry],
    operation: Operation,
    components: Mapping[str, str],
    product: Product,
) -> Refusal | None:
    if code.product in product.upgrades_from and code.kind is Kind.LICENSE_CODE:
        return Refusal("earlier_version")
    if code.kind is not Kind.LICENSE_CODE or code.product != product.number:
        return Refusal("no_license_code")
    if listed := [place for place, entry in enumerate(entries, 1) if hmac.compare_digest(entry.code, code.text)]:
        return Refusal("listed_already", {"box": listed[0]})
    tags = hardware.tags(code.key, components)
    if not hardware.same_machine(tags, tags, product.tolerance):
        return Refusal("too_few_components")
    held = next((pack for pack in packs if pack.serial == code.serial), None)
    if held is None:
        return None
    if is_here(held, components, product):
        return Refusal("installed_already")
    return None if operation is Operation.TRANSFER else Refusal("transfer_needed")


def _ask(
    operation: Operation, code: Code, components: Mapping[str, str], product: Product, counter: int
) -> InstallationId:
    return installation_id.make(operation, code, product.epochs[-1], hardware.tags(code.key, components), counter)


def _is_here(asked: InstallationId, code: Code, components: Mapping[str, str], product: Product) -> bool:
    return hardware.same_machine(asked.hardware, hardware.tags(code.key, components), product.tolerance)


def _noted(licences: Licences, now: datetime, who: str, done: Done, what: str) -> Licences:
    return replace(licences, history=(*licences.history, Event(now, who, done, what)))
