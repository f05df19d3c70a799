"""One whole activation by telephone, with a product key and a computer of its own, and what became of it.

Faults and load are many of these. Confirmations are checked in one batch: against each computer's own key, Installation
ID and product key, as the computer itself would, for a hundredth of the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from activation_core import codes, confirmation_id, installation_id, short_signature
from activation_core.access_numbers import Directory
from activation_core.mistyped import Mistyped
from ivr.dialogue import Speak
from ivr.simulator.caller import AttentiveCaller, Fingers
from ivr.simulator.carrier import Carrier, Dialling
from ivr.simulator.events import Event
from ivr.simulator.faults import RATES, Careless, Faults, Kind, Mishap, Mishaps, again
from ivr.simulator.line import Line
from ivr.simulator.personas import Persona
from ivr.simulator.rehearsal import dialling, number_to_call
from ivr.simulator.stage import Computer, Stage
from ivr.wording import Books

Outcome = Literal["confirmed", "refused", "person", "hung up", "lost"]
GENUINE = "genuine"
_T = TypeVar("_T")


@dataclass(frozen=True)
class Trial:
    """A call that is to be made."""

    number: int
    given: str  # what the desk knows of the product key
    product_key: str  # '' where no confirmation can be right
    computer: Computer
    shown: str  # the Installation ID
    region: str
    locale: str
    persona: Persona
    faults: Faults | None = None

    @property
    def name(self) -> str:
        return f"trial {self.number}"

    def placed(self, carrier: Carrier, directory: Directory, books: Books) -> Tried:
        """The call, played on a clock of its own."""
        attempt = Attempt(self, books)
        return attempt.tried(carrier.place(attempt.dialling(directory), attempt.line))


@dataclass(frozen=True)
class Tried:
    """A call that was made."""

    trial: Trial
    events: tuple[Event, ...]
    written: str  # the Confirmation ID, '' where it is not whole
    mishaps: tuple[Mishap, ...] = ()
    defect: str = ""  # what stopped the call from being played at all

    @property
    def seconds(self) -> float:
        return self.events[-1].at if self.events else 0.0


class Attempt:
    """A trial while it lasts: the caller, with what goes wrong, behind a line."""

    def __init__(self, trial: Trial, books: Books, replayed: Sequence[Mishap] | None = None) -> None:
        self.trial = trial
        self._caller = AttentiveCaller(trial.shown, trial.locale, books, trial.persona)
        self._careless = Careless(self._caller.decide, self._caller.coming, _mishaps(trial, replayed))
        self.line: Line = Fingers(self._careless)

    def dialling(self, directory: Directory) -> Dialling:
        number = number_to_call(directory, self.trial.region, self.trial.locale)
        return dialling(self.trial.region, number.e164, f"{self.trial.name} {self.trial.shown}")

    def tried(self, events: Iterable[Event]) -> Tried:
        events = tuple(events)
        happened = tuple(each for each in self._careless.mishaps if each.at <= events[-1].at)
        return Tried(self.trial, events, self._caller.confirmation_id, happened)


def _mishaps(trial: Trial, replayed: Sequence[Mishap] | None) -> Mishaps:
    if replayed is not None:
        return again(replayed)
    return trial.faults.drawn() if trial.faults else again(())


# -- many of them --------------------------------------------------------------------------------------

_REFUSABLE = ("in_use", "revoked", "not_genuine", "malformed", "wrong_epoch")
_ONE_REFUSABLE_IN = 10
_REGIONS = ("US", "GB", "DE")  # two languages on one number; a number of their own; neither
_SEEDS_APART = 1_000_003  # so that the calls of two seeds have nothing in common


def trials_of_load(stage: Stage, locales: Sequence[str], persona: Persona, calls: int) -> list[Trial]:
    """Calls that the desk confirms, all of them, in every language."""
    return [_genuine(stage, n, _turn(_REGIONS, n), _turn(locales, n), persona) for n in range(calls)]


def trials_with_faults(
    stage: Stage,
    locales: Sequence[str],
    personas: Sequence[Persona],
    calls: int,
    seed: int,
    rates: Mapping[Kind, float] = RATES,
) -> list[Trial]:
    """Calls by all kinds of callers in every language; every tenth must be refused."""
    return [_faulty(stage, n, locales, personas, Faults(seed * _SEEDS_APART + n, rates)) for n in range(calls)]


def _faulty(stage: Stage, n: int, locales: Sequence[str], personas: Sequence[Persona], faults: Faults) -> Trial:
    persona, n_th_round = _turn(personas, n), n // len(personas)
    region, locale = _turn(_REGIONS, n_th_round), _turn(locales, n_th_round)
    if n % _ONE_REFUSABLE_IN:
        return _genuine(stage, n, region, locale, persona, faults)
    given = _turn(_REFUSABLE, n // _ONE_REFUSABLE_IN)
    return Trial(n, given, "", *stage.set(given), region, locale, persona, faults)


def _genuine(stage: Stage, n: int, region: str, locale: str, persona: Persona, faults: Faults | None = None) -> Trial:
    key = stage.issue()
    return Trial(n, GENUINE, key, *stage.with_key(key), region, locale, persona, faults)


def _turn(each: Sequence[_T], n: int) -> _T:
    return each[n % len(each)]


# -- what became of it -----------------------------------------------------------------------------------


def outcomes(tries: Sequence[Tried], books: Books) -> list[Outcome]:
    """What became of each call."""
    right = accepted(tries)
    return [_outcome(tried, tried.trial.number in right, books) for tried in tries]


def accepted(tries: Sequence[Tried]) -> set[int]:
    """The numbers of the trials whose computers accept what was written down."""
    signed = {tried.trial.number: item for tried in tries if (item := _signed(tried))}
    if short_signature.verify_all(signed.values(), confirmation_id.TAG):
        return set(signed)
    return {
        number for number, item in signed.items() if short_signature.verify_all([item], confirmation_id.TAG)
    }  # one of them is wrong: which


def _signed(tried: Tried) -> tuple[bytes, bytes, int] | None:
    """The public key of the computer, what should be signed, and the signature that was written down."""
    if not (tried.written and tried.trial.product_key):
        return None
    try:
        written = confirmation_id.parse(tried.written)
    except Mistyped:
        return None
    asked = installation_id.parse(tried.trial.shown)
    message = confirmation_id.message(asked, codes.parse(tried.trial.product_key), written.grant)
    return tried.trial.computer.product.public_keys[asked.epoch], message, written.signature


def _outcome(tried: Tried, confirmed: bool, books: Books) -> Outcome:
    if confirmed:
        return "confirmed"
    if tried.defect or tried.events[-1].details["by"] == "carrier":
        return "lost"
    if tried.events[-1].details["by"] == "caller":
        return "hung up" if any(each.kind == "hung_up" for each in tried.mishaps) else "lost"
    if _answer(tried.events, books).startswith("refused_"):
        return "refused"
    reached = any(event.kind == "dial" and event.details["outcome"] == "completed" for event in tried.events)
    return "person" if reached else "lost"


def _answer(events: Iterable[Event], books: Books) -> str:
    """The prompt of the desk's last answer, '' where it was never asked."""
    said = [each.prompt for _, each in heard(events, books)]
    return next((prompt for prompt in reversed(said) if prompt == "confirmed" or prompt.startswith("refused_")), "")


def heard(events: Iterable[Event], books: Books) -> list[tuple[Event, Speak]]:
    """Every prompt of the books that was said, in order."""
    says = [event for event in events if event.kind == "say" and event.details["language"] in books]
    recognised = [(event, books[event.details["language"]].recognise(event.details["text"])) for event in says]
    return [(event, said) for event, said in recognised if said]
