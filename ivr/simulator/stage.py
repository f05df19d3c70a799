"""Setting the scene of a scenario: a licensed computer, and what the desk knows of its product key or license codes.

The real desk and real computers are handed in; nothing here can confirm or sign by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol

from activation_core import blocks, codes, confirmation_id, installation_id
from activation_core.codes import Code, Kind
from activation_core.installation_id import InstallationId, Operation
from activation_core.mistyped import Mistyped
from activation_core.products import Product
from activation_core.refusals import Refusal
from ivr.activation_call import Admission, Desk, Granted
from ivr.dialogue import Standing
from ivr.simulator.trouble import Waited, no_trouble


class Computer(Protocol):
    """A licensed computer, as far as a caller needs it: something to write on what was heard."""

    @property
    def product(self) -> Product: ...
    def accept(self, text: str, now: datetime) -> Refusal | None: ...


class Server(Computer, Protocol):
    """A whole one: `activation_core.machine.server` in real life."""

    def enter_product_key(self, text: str, now: datetime) -> Refusal | None: ...
    def installation_id(self, now: datetime) -> InstallationId | Refusal: ...


@dataclass(frozen=True)
class AddingLicenses:
    """A computer at the page where license codes wait for their Confirmation IDs, in the order of their boxes."""

    product: Product
    asked: Sequence[tuple[InstallationId, Code]]

    def accept(self, text: str, now: datetime) -> Refusal | None:
        """All of them, one after the other. Mistyped as a single one."""
        length = confirmation_id.DIGITS
        written = [text[at : at + length] for at in range(0, max(len(text), 1), length)]
        read = [confirmation_id.parse(each) for each in written]
        right = len(read) == len(self.asked) and all(
            confirmation_id.verify(self.product.public_keys[asked.epoch], asked, code, answer)
            for (asked, code), answer in zip(self.asked, read, strict=True)
        )
        return None if right else Refusal("not_the_answer")


# Hardware of computers that add licenses; as different as computers can be.
OURS, THEIRS, ANOTHER = 0x11111111, 0x22222222, 0x33333333


class WorldClock:
    """The time in the world of a scenario: now, or as if its call had begun at a time of day (UTC)."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now, self._ahead = now, timedelta(0)

    def __call__(self) -> datetime:
        return self._now() + self._ahead

    def start_at(self, of_day: time | None) -> None:
        """The next such time, or now."""
        now = self._now()
        start = now if of_day is None else datetime.combine(now, of_day, now.tzinfo)
        self._ahead = start - now + timedelta(days=start < now)


@dataclass(frozen=True)
class Stage:
    """What a scene is made of. Each computer is a new one, with hardware of its own."""

    product: int
    issue: Callable[[], str]  # a new product key
    issue_pack: Callable[[], str]  # a new license code
    revoke: Callable[[str], object]
    confirm: Callable[[str], Granted | Refusal]  # an Installation ID, at the desk
    computer: Callable[[], Server]
    budget: int  # how often a key may be reactivated
    transfers: int  # how often a license code may be transferred
    now: Callable[[], datetime]
    start_at: Callable[[time | None], object] = lambda of_day: None
    trouble: Callable[[str], AbstractContextManager[Waited]] = no_trouble
    troubled: Callable[[Desk], Desk] = lambda desk: desk  # the same desk, with what is wrong now

    def set(self, given: str) -> tuple[Computer, str]:
        """The computer of the scene and the Installation ID that its screen shows, or several, one after the other.

        KeyError where there is no such scene.
        """
        return SCENES[given](self)

    def activated(self, computer: Computer, written: str) -> bool:
        """Whether the computer accepts what was written down as its Confirmation ID."""
        try:
            return computer.accept(written, self.now()) is None
        except Mistyped:
            return False

    def with_codes(self, operation: Operation, hardware: int, *codes: Code) -> tuple[Computer, str]:
        """A computer that asks this of its license codes, and the Installation IDs that it shows."""
        asked = [(self.asking(operation, code, hardware), code) for code in codes]
        shown = "".join(each.digits for each, _ in asked)
        return AddingLicenses(self.computer().product, asked), shown

    def asking(self, operation: Operation, code: Code, hardware: int, counter: int = 0) -> InstallationId:
        return installation_id.make(operation, code, 0, hardware, counter)

    def with_key(self, key: str) -> tuple[Computer, str]:
        """A new computer with this product key, and the Installation ID that it shows."""
        computer = self.computer()
        if refusal := computer.enter_product_key(key, self.now()):
            raise ValueError(f"the scene cannot be set: {refusal.words}")
        shown = computer.installation_id(self.now())
        if isinstance(shown, Refusal):
            raise ValueError(f"the scene cannot be set: {shown.words}")
        return computer, shown.digits


@dataclass(frozen=True)
class StagedDesk:
    """The desk of a scene as the call knows it; what is handed over is kept nowhere, and there is always room."""

    stage: Stage
    has_operator: bool

    def admit(self, call: str, line: str = "") -> Admission:
        return "admitted"

    def note(self, call: str, standing: Standing) -> None:
        pass

    def confirm(self, installation_id: str, line: str = "") -> Granted | Refusal:
        return self.stage.confirm(installation_id)

    def hand_over(self, call: str, keyed: str, refusal: str, step: str, locale: str) -> str:
        return "0000011"


def _genuine(stage: Stage) -> tuple[Computer, str]:
    return stage.with_key(stage.issue())


def _in_use(stage: Stage) -> tuple[Computer, str]:
    key = stage.issue()
    stage.confirm(stage.with_key(key)[1])
    return stage.with_key(key)


def _revoked(stage: Stage) -> tuple[Computer, str]:
    key = stage.issue()
    stage.revoke(key)
    return stage.with_key(key)


def _not_genuine(stage: Stage) -> tuple[Computer, str]:
    return stage.with_key(codes.issue(Kind.PRODUCT_KEY, stage.product, 1, b"somebody else's issuing key").text)


def _new_pack(stage: Stage, holder: int | None = None) -> Code:
    """A new license code; a computer with this hardware has it already."""
    code = codes.parse(stage.issue_pack())
    if holder is not None:
        stage.confirm(stage.asking(Operation.ADD, code, holder).digits)
    return code


def _add(stage: Stage) -> tuple[Computer, str]:
    return stage.with_codes(Operation.ADD, OURS, _new_pack(stage))


def _three_packs(stage: Stage) -> tuple[Computer, str]:
    return stage.with_codes(Operation.ADD, OURS, *(_new_pack(stage) for _ in range(3)))


def _reissue(stage: Stage) -> tuple[Computer, str]:
    return stage.with_codes(Operation.REISSUE, OURS, _new_pack(stage, holder=OURS))


def _transfer(stage: Stage) -> tuple[Computer, str]:
    return stage.with_codes(Operation.TRANSFER, OURS, _new_pack(stage, holder=THEIRS))


def _transfer_needed(stage: Stage) -> tuple[Computer, str]:
    return stage.with_codes(Operation.REISSUE, OURS, _new_pack(stage, holder=THEIRS))


def _added_elsewhere(stage: Stage) -> tuple[Computer, str]:
    """The computer shows the Installation ID of a transfer next, and waits for the answer to that one."""
    code = _new_pack(stage, holder=THEIRS)
    computer, shown = stage.with_codes(Operation.TRANSFER, OURS, code)
    return computer, stage.asking(Operation.ADD, code, OURS).digits + shown


def _pack_revoked(stage: Stage) -> tuple[Computer, str]:
    code = _new_pack(stage)
    stage.revoke(code.text)
    return stage.with_codes(Operation.ADD, OURS, code)


def _pack_not_genuine(stage: Stage) -> tuple[Computer, str]:
    code = codes.issue(Kind.LICENSE_CODE, stage.product, 1, b"somebody else's issuing key")
    return stage.with_codes(Operation.ADD, OURS, code)


def _transferred_too_often(stage: Stage) -> tuple[Computer, str]:
    code = _new_pack(stage, holder=OURS)
    for to in range(stage.transfers):
        stage.confirm(stage.asking(Operation.TRANSFER, code, (THEIRS, OURS)[to % 2], to).digits)
    return stage.with_codes(Operation.TRANSFER, ANOTHER, code)


def _malformed(stage: Stage) -> tuple[Computer, str]:
    return stage.computer(), "".join(blocks.from_number(0, installation_id.BLOCKS))


def _wrong_epoch(stage: Stage) -> tuple[Computer, str]:
    code = codes.parse(stage.issue())
    return stage.computer(), installation_id.make(Operation.ACTIVATE, code, 15, 0x12345678, 1).digits


def _out_of_budget(stage: Stage) -> tuple[Computer, str]:
    """The key on one computer after another, each as different as a computer can be."""
    code = codes.parse(stage.issue())
    asked = [
        installation_id.make(Operation.REACTIVATE, code, 0, 0x11111111 * tag, tag).digits
        for tag in range(1, stage.budget + 3)
    ]
    for shown in asked[:-1]:
        stage.confirm(shown)
    return stage.computer(), asked[-1]


SCENES: Mapping[str, Callable[[Stage], tuple[Computer, str]]] = {
    "genuine": _genuine,
    "in_use": _in_use,
    "revoked": _revoked,
    "not_genuine": _not_genuine,
    "malformed": _malformed,
    "wrong_epoch": _wrong_epoch,
    "out_of_budget": _out_of_budget,
    # of license codes
    "add": _add,
    "three_packs": _three_packs,
    "reissue": _reissue,
    "transfer": _transfer,
    "transfer_needed": _transfer_needed,
    "added_elsewhere": _added_elsewhere,
    "pack_revoked": _pack_revoked,
    "pack_not_genuine": _pack_not_genuine,
    "transferred_too_often": _transferred_too_often,
}
