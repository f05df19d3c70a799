"""Calls with faults, counted: where each fault was caught, what it cost, and how the calls ended."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean
from typing import Any, Literal

from activation_core import blocks
from ivr.simulator.events import Event
from ivr.simulator.faults import KINDS, OF_A_KEY, Kind, Mishap
from ivr.simulator.time_budget import is_answer
from ivr.simulator.trial import GENUINE, Outcome, Tried, heard
from ivr.wording import Books

# Where a fault in the digits showed: its block was asked for again; only the desk's answer told; the digits were right
# all the same; or the call took them for something else.
Caught = Literal["block", "desk", "harmless", "elsewhere"]
_AT_THE_BLOCK = frozenset({"id_mistyped", "block_mistyped"})


@dataclass(frozen=True)
class Row:
    """What is known of one kind of fault."""

    happened: int
    caught: Mapping[Caught, int]
    extra_seconds: float | None  # mean over the calls in which it was the only one and which still were confirmed

    @property
    def share_at_the_block(self) -> float | None:
        """Of those that made digits wrong and that the call could tell."""
        wrong = self.caught.get("block", 0) + self.caught.get("desk", 0)
        return self.caught.get("block", 0) / wrong if wrong else None


@dataclass(frozen=True)
class FaultReport:
    calls: int
    outcomes: Mapping[Outcome, int]
    rows: Mapping[Kind, Row]
    lost: Sequence[str] = field(default=())

    @property
    def share_at_the_block(self) -> float | None:
        """Over all kinds of wrong digits."""
        caught = sum((Counter(row.caught) for row in self.rows.values()), Counter[Caught]())
        return Row(0, caught, None).share_at_the_block

    def lines(self) -> Iterator[str]:
        yield f"{'fault':<12}{'happened':>9}{'block':>8}{'desk':>6}{'harmless':>10}{'elsewhere':>11}{'seconds':>9}"
        for kind, row in self.rows.items():
            counts = [row.caught.get(where, 0) if kind in OF_A_KEY else "" for where in _WHERE]
            cost = "" if row.extra_seconds is None else f"{row.extra_seconds:+.1f}"
            yield f"{kind:<12}{row.happened:>9}{counts[0]:>8}{counts[1]:>6}{counts[2]:>10}{counts[3]:>11}{cost:>9}"
        share = self.share_at_the_block
        if share is not None:
            yield f"Of the digits that were wrong, {share:.1%} were caught at their block, the others by the desk."
        yield f"{self.calls} calls: " + ", ".join(f"{count} {outcome}" for outcome, count in self.outcomes.items())
        yield from self.lost

    def as_json(self) -> dict[str, Any]:
        return {
            "calls": self.calls,
            "outcomes": dict(self.outcomes),
            "share_at_the_block": self.share_at_the_block,
            "faults": {
                kind: {"happened": row.happened, "caught": dict(row.caught), "extra_seconds": row.extra_seconds}
                for kind, row in self.rows.items()
            },
            "lost": list(self.lost),
        }


_WHERE: tuple[Caught, ...] = ("block", "desk", "harmless", "elsewhere")


def report(tries: Sequence[Tried], outcomes: Sequence[Outcome], books: Books) -> FaultReport:
    """The calls, counted."""
    caught: defaultdict[Kind, Counter[Caught]] = defaultdict(Counter)
    happened: Counter[Kind] = Counter()
    for tried in tries:
        for mishap in tried.mishaps:
            happened[mishap.kind] += 1
            if mishap.kind in OF_A_KEY and (where := caught_where(tried, mishap, books)):
                caught[mishap.kind][where] += 1
    costs = _extra_seconds(tries, outcomes)
    return FaultReport(
        len(tries),
        dict(sorted(Counter(outcomes).items())),
        {kind: Row(happened[kind], dict(caught[kind]), costs.get(kind)) for kind in KINDS},
        [_of_the_lost(tried) for tried, outcome in zip(tries, outcomes, strict=True) if outcome == "lost"],
    )


def caught_where(tried: Tried, mishap: Mishap, books: Books) -> Caught | None:
    """Where a slip in the digits showed; None where no digits were asked for, or the call was over before it could."""
    at = next((i for i, e in enumerate(tried.events) if e.kind == "gathered" and e.at >= mishap.at), None)
    asked = None if at is None else _listening(tried.events[:at])
    if at is None or asked is None or (asked["numDigits"] or 0) < blocks.LENGTH:
        return None
    said = [speak.prompt for _, speak in heard(tried.events[at:], books)]
    if not said:
        return None
    too_often = said[0] == "putting_through" and len(tried.events[at].details["digits"]) > 1  # the third miss in a row
    if said[0] in _AT_THE_BLOCK or too_often or (said[0] == "repair" and asked["numDigits"] > blocks.LENGTH):
        return "block"
    if is_answer(said[0]):
        return "harmless" if said[0] == "confirmed" or tried.trial.given != GENUINE else "desk"
    return "harmless" if said[0] in ("repair", "enter_block") else "elsewhere"


def _listening(events: Sequence[Event]) -> Mapping[str, Any] | None:
    return next((event.details for event in reversed(events) if event.kind == "listen"), None)


def _extra_seconds(tries: Sequence[Tried], outcomes: Sequence[Outcome]) -> Mapping[Kind, float]:
    """Seconds that one fault costs, against calls of the same persona and language without any."""
    spent: defaultdict[tuple[str, Kind | None], list[float]] = defaultdict(list)
    for tried, outcome in zip(tries, outcomes, strict=True):
        kinds = [mishap.kind for mishap in tried.mishaps]
        if outcome == "confirmed" and len(kinds) <= 1:
            spent[_group(tried), kinds[0] if kinds else None].append(tried.seconds)
    extra: defaultdict[Kind, list[float]] = defaultdict(list)
    for (group, kind), seconds in spent.items():
        if kind and (usual := spent.get((group, None))):
            extra[kind] += [each - mean(usual) for each in seconds]
    return {kind: round(mean(extra[kind]), 1) for kind in KINDS if kind in extra}


def _group(tried: Tried) -> str:
    trial = tried.trial
    return f"{trial.persona.name} {trial.region} {trial.locale}"


def _of_the_lost(tried: Tried) -> str:
    faults = ", ".join(f"{mishap.kind} at {mishap.at:.1f} s" for mishap in tried.mishaps) or "no fault"
    why = tried.defect or (tried.events[-1].details["why"] if tried.events else "")
    return f"lost: {tried.trial.name} ({tried.trial.persona.name}, {tried.trial.locale}): {why}; {faults}"
