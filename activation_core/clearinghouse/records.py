"""What the clearinghouse remembers, whatever keeps it. Serials, tags and times; never codes, names or numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeVar

from activation_core.clearinghouse.store import Connection
from activation_core.codes import Kind
from activation_core.installation_id import InstallationId
from activation_core.refusals import Refusal

Kept = TypeVar("Kept")
Channel = Literal["telephone", "internet", "operator"]
# Why a confirmation was given; the third took a place, the last two moved one.
Grounds = Literal["again", "same_machine", "claimed", "reactivated", "transferred"]
Outcome = Literal["", "confirmed", "denied", "closed"]  # of a caller who was put through; "" while one waits
MOVED: tuple[Grounds, ...] = ("reactivated", "transferred")  # these count against a budget


@dataclass(frozen=True)
class Licence:
    """One issued code, by its serial. `grant` indexes the product's terms, or its packs for a license code."""

    kind: Kind
    product: int
    serial: int
    grant: int
    revoked: bool


@dataclass(frozen=True)
class Claim:
    """A place of a licence, taken by a machine with these tags."""

    place: int
    hardware: int


@dataclass(frozen=True)
class Settlement:
    """A yes: why, the place it stands on, and the hardware that holds the place from now on."""

    grounds: Grounds
    claim: Claim
    grant: int


@dataclass(frozen=True)
class Activation:
    """One confirmation that was given."""

    installation_id: str
    kind: Kind
    product: int
    serial: int
    grounds: Grounds
    place: int
    channel: Channel
    confirmed_at: datetime


@dataclass(frozen=True)
class History:
    """What is known of one licence when a machine asks; `licence` is None where it was never issued.

    `activations` are those of the same Installation ID and those that moved a place: what a decision needs.
    """

    licence: Licence | None
    claims: tuple[Claim, ...]
    activations: tuple[Activation, ...]


@dataclass(frozen=True)
class HandOver:
    """A caller who was put through: what was keyed and what stopped the call, so that nobody asks twice.

    `keyed` has seven characters for each block of an Installation ID, `-------` for one that is missing.
    """

    reference: str
    keyed: str
    refusal: str
    step: str
    locale: str
    at: datetime
    outcome: Outcome = ""


# Adds to a transaction what shall be durable with it, and is handed what the transaction is about to return.
Note = Callable[[Connection, Kept], None]
# What the throttle says and does in a transaction: why whoever asks must wait, and that they were wrong.
Held = Callable[[Connection], Refusal | None]
Wrong = Callable[[Connection], None]


def never(db: Connection) -> None:
    """Nobody is held, and nobody is wrong."""


class Records(Protocol):
    """One contract, run over every store: tests/activation_core/clearinghouse/test_records.py.

    A `note` is taken of every yes.
    """

    def add_licences(
        self,
        kind: Kind,
        product: int,
        serials: Iterable[int],
        grant: int,
        now: datetime,
        note: Note[list[int]] | None = None,
    ) -> list[int]:
        """Add those serials that are new, and return them; all or none are durable."""

    def has_licences(self) -> bool:
        """Whether anything was ever issued."""

    def revoke(self, kind: Kind, product: int, serial: int, now: datetime, note: Note[bool] | None = None) -> bool:
        """Withdraw a licence for good; False where it was never issued. Doing it twice changes nothing."""

    def settle(
        self,
        asked: InstallationId,
        channel: Channel,
        now: datetime,
        decide: Callable[[History], Settlement | Refusal],
        note: Note[Settlement] | None = None,
        held: Held = never,
        wrong: Wrong = never,
    ) -> Settlement | Refusal:
        """Put the history to `decide` and keep a yes durably before returning it.

        Whoever is `held` is told no more; what turns out not to be genuine is `wrong`, in the same transaction.

        Nobody else can settle the same licence in between; `decide` is pure and may be asked twice.
        """

    def history(self, asked: InstallationId) -> History:
        """What `settle` would put to `decide`."""

    def licence(self, kind: Kind, product: int, serial: int) -> Licence | None:
        """What was issued under this serial, if anything."""

    def activations(self, limit: int) -> list[Activation]:
        """The latest confirmations, newest first."""

    def activations_of(self, kind: Kind, product: int, serial: int) -> list[Activation]:
        """The confirmations of one licence, oldest first."""

    def hand_over(self, call: str, keyed: str, refusal: str, step: str, locale: str, now: datetime) -> HandOver:
        """Keep what a caller has keyed, once a call: a repeated webhook gets the same reference."""

    def hand_overs(self, limit: int) -> list[HandOver]:
        """The latest callers who were put through, newest first."""

    def waiting(self, limit: int) -> list[HandOver]:
        """Those of them who have no outcome yet, newest first."""

    def handed_over(self, reference: str) -> HandOver | None:
        """The caller of this reference; the latest, should a million have been put through since."""

    def close_hand_over(self, db: Connection, reference: str, outcome: Outcome) -> None:
        """Within somebody's transaction: the caller waits no longer. Nothing, where there is no such caller."""
