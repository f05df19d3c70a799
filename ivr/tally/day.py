"""What the counts of a day tell: figures for the page, each as it was counted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from ivr.dialogue import Asking, Flow
from ivr.tally.counting import BUCKET, ENDINGS, HEARD, LAST_BUCKET, TURNED_AWAY

HOURS = range(24)
BUCKETS = range(0, LAST_BUCKET + BUCKET, BUCKET)


@dataclass(frozen=True)
class Stretch:
    """What one document asks, from a step on to the last that silence leads to."""

    step: str
    last: str

    @property
    def words(self) -> str:
        return in_words(self.step) + (f" → {in_words(self.last)}" if self.last != self.step else "")


@dataclass(frozen=True)
class Day:
    """One day, in UTC. Endings and heard are in the order of their declaration, stretches in that of the call."""

    date: date
    hours: tuple[Mapping[str, int], ...]  # of the calls that were answered in each
    left: tuple[tuple[Stretch, Mapping[str, int]], ...]  # where calls ended that were not confirmed
    seconds: tuple[int, ...]  # calls that had a Confirmation ID, by `BUCKETS`
    heard: tuple[tuple[str, Mapping[str, int]], ...]  # what was heard at each step
    blocks: Mapping[str, int]  # right, wrong
    refusals: tuple[tuple[str, int], ...]  # by their codes, most first
    confirmed: tuple[tuple[str, int], ...]  # by channel, most first
    defects: int
    turned_away: Mapping[str, int]  # by what was busy

    @property
    def endings(self) -> Mapping[str, int]:
        return {ending: sum(hour[ending] for hour in self.hours) for ending in ENDINGS}

    @property
    def calls(self) -> int:
        return sum(self.endings.values())

    @property
    def unconfirmed(self) -> Mapping[str, int]:
        return {**self.endings, "confirmed": 0}

    @property
    def missed(self) -> Mapping[str, int]:
        return {kind: sum(parts[kind] for _, parts in self.heard) for kind in HEARD}

    @property
    def misses(self) -> tuple[tuple[str, Mapping[str, int]], ...]:
        """Of the steps where silence or wrong keys were heard."""
        return tuple(each for each in self.heard if each[1]["nomatch"] or each[1]["noinput"])

    def until_confirmed(self, percent: float) -> float | None:
        """The seconds within which so many percent of those calls had their Confirmation ID, evenly within a bucket.

        None of no calls, and where it lies beyond the last bucket's beginning.
        """
        wanted = sum(self.seconds) * percent / 100
        for begins, number in zip(BUCKETS, self.seconds, strict=True):
            if 0 < wanted <= number and begins < LAST_BUCKET:
                return begins + BUCKET * wanted / number
            wanted -= number
        return None


def of_day(day: date, counts: Mapping[tuple[int, str, str], int], confirmed: Mapping[str, int], flow: Flow) -> Day:
    """`counts` are (hour, what, which) → count; `confirmed` the confirmations by channel."""
    in_all: dict[tuple[str, str], int] = {}
    hours: list[dict[str, int]] = [dict.fromkeys(ENDINGS, 0) for _ in HOURS]
    for (hour, what, which), counted in counts.items():
        in_all[what, which] = in_all.get((what, which), 0) + counted
        if what in ENDINGS:
            hours[hour][what] += counted

    def number(what: str, which: str) -> int:
        """Never less than none: of a webhook that two machines counted, one may have been taken back twice."""
        return max(0, in_all.get((what, which), 0))

    asking = [name for name, step in flow.steps.items() if isinstance(step, Asking)]

    def of_step(name: str, kinds: Iterable[str]) -> dict[str, int]:
        return {kind: number(kind, name) for kind in kinds}

    left = [(stretch(flow, name), of_step(name, ENDINGS[1:])) for name in asking]
    heard = [(name, of_step(name, HEARD)) for name in asking]
    of_busy = {which: number("turned_away", which) for which in TURNED_AWAY}
    refusals = {which: number(what, which) for what, which in in_all if what == "refusal"}
    return Day(
        day,
        tuple({ending: max(0, n) for ending, n in hour.items()} for hour in hours),
        tuple(each for each in left if any(each[1].values())),
        tuple(number("seconds", str(begins)) for begins in BUCKETS),
        tuple(each for each in heard if any(each[1].values())),
        {which: number("block", which) for which in ("right", "wrong")},
        _most_first(refusals.items()),
        _most_first(confirmed.items()),
        number("defect", ""),
        of_busy,
    )


def stretch(flow: Flow, step: str) -> Stretch:
    """In the order in which the flow declares its steps."""
    listens = flow.silent_way(step)
    return Stretch(step, [name for name in flow.steps if name in listens or name == step][-1])


def in_words(name: str) -> str:
    return name.replace("_", " ")


def _most_first(counted: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counted, key=lambda each: (-each[1], each[0])))
