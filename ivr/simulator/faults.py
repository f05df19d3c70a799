"""What goes wrong between a caller and the line: slips of the fingers, keys that get lost, silence, hanging up.

Seeded and replayable: the same seed slips in the same places, and what has slipped can be made to slip again. The
caller notices nothing; what the call makes of it is not known here.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from ivr.simulator.events import Event
from ivr.simulator.line import HANG_UP
from ivr.simulator.personas import REACTION, Plan

Kind = Literal["dropped", "doubled", "transposed", "mistyped", "slow", "early", "relayed", "silent", "hung_up"]
KINDS: tuple[Kind, ...] = get_args(Kind)
OF_A_KEY: tuple[Kind, ...] = ("dropped", "doubled", "transposed", "mistyped")
OF_AN_ENTRY: tuple[Kind, ...] = ("slow", "relayed", "silent")

# Chances: of each key, each entry, each request (early), each call (hung_up). Chosen, not measured: about one a call,
# so that a thousand calls hold each kind in each place many times over.
RATES: Mapping[Kind, float] = {
    "dropped": 0.004,
    "doubled": 0.004,
    "transposed": 0.003,
    "mistyped": 0.006,
    "slow": 0.02,
    "relayed": 0.02,
    "silent": 0.03,
    "early": 0.03,
    "hung_up": 0.05,
}

# Seconds, each drawn evenly from between the two.
_SLOW = (11.0, 25.0)  # longer than the longest Gather of ours waits, 10 s
_RELAYED = (3.0, 40.0)  # an operator types and reads back at 60 words a minute: a sentence, or a whole prompt
_EARLY = (0.0, 3.0)  # after the request: before the prompts, or in the middle of them
_HANGS_UP = (0.0, 300.0)  # after the call was answered: at any point of a first-timer's call
_BOUNCE = 0.12  # between the two presses of a doubled key; it was pressed once, so it is quick

_KEYPAD = ("123", "456", "789", "*0#")


def _neighbours(key: str) -> str:
    """The keys beside, above and below."""
    row = next(row for row, keys in enumerate(_KEYPAD) if key in keys)
    column = _KEYPAD[row].index(key)
    around = ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1))
    return "".join(_KEYPAD[y][x] for y, x in around if 0 <= y < len(_KEYPAD) and 0 <= x < 3)


NEIGHBOURS: Mapping[str, str] = {key: _neighbours(key) for keys in _KEYPAD for key in keys}


@dataclass(frozen=True)
class Mishap:
    """One thing done wrong: in which entry of the call (request where early, 0 where hung up), from 0, at which key."""

    kind: Kind
    entry: int
    key: int = 0
    pressed: str = ""  # instead of the key that was meant, where mistyped
    seconds: float = 0.0  # too late, or after the request or the answer
    at: float = 0.0  # on the call's clock


# What goes wrong here: given the moment (an event's kind, or "entry"), its number and the keys that are meant.
Mishaps = Callable[[str, int, Sequence[str]], Sequence[Mishap]]


@dataclass(frozen=True)
class Faults:
    """How often each kind of mishap comes, and the seed of one call's chance."""

    seed: int
    rates: Mapping[Kind, float]

    def __post_init__(self) -> None:
        if strange := set(self.rates) - set(KINDS):
            raise ValueError(f"no such fault: {', '.join(sorted(strange))}; there are {', '.join(KINDS)}")
        if not all(0 <= rate <= 1 for rate in self.rates.values()):
            raise ValueError("the rate of a fault is between 0 and 1")

    def drawn(self) -> Mishaps:
        """Mishaps by chance, the same for the same seed and the same call."""
        chance = random.Random(self.seed)  # noqa: S311 (a rehearsal)

        def happens(kind: Kind) -> bool:
            return chance.random() < self.rates.get(kind, 0.0)

        def draw(moment: str, number: int, keys: Sequence[str]) -> Sequence[Mishap]:
            match moment:
                case "answered" if happens("hung_up"):
                    return [Mishap("hung_up", 0, seconds=chance.uniform(*_HANGS_UP))]
                case "request" if happens("early"):
                    return [Mishap("early", number, seconds=chance.uniform(*_EARLY))]
                case "entry" if happens("silent"):
                    return [Mishap("silent", number)]
                case "entry":
                    return [*_of_the_entry(happens, chance, number, keys), *_of_keys(happens, chance, number, keys)]
            return []

        return draw


def again(mishaps: Sequence[Mishap]) -> Mishaps:
    """The same mishaps in the same places."""
    moments = {"answered": ("hung_up",), "request": ("early",), "entry": OF_A_KEY + OF_AN_ENTRY}

    def recall(moment: str, number: int, keys: Sequence[str]) -> Sequence[Mishap]:
        return [each for each in mishaps if each.kind in moments.get(moment, ()) and each.entry == number]

    return recall


def _of_the_entry(
    happens: Callable[[Kind], bool], chance: random.Random, entry: int, keys: Sequence[str]
) -> Sequence[Mishap]:
    late: list[Mishap] = []
    if happens("relayed"):
        late.append(Mishap("relayed", entry, seconds=chance.uniform(*_RELAYED)))
    if happens("slow"):
        late.append(Mishap("slow", entry, chance.randrange(len(keys)), seconds=chance.uniform(*_SLOW)))
    return late


def _of_keys(
    happens: Callable[[Kind], bool], chance: random.Random, entry: int, keys: Sequence[str]
) -> Sequence[Mishap]:
    """At most one for each key; the last one has no next to change places with."""
    mishaps = []
    for place, key in enumerate(keys):
        kind = next(filter(happens, OF_A_KEY), None)
        if kind == "mistyped":
            mishaps.append(Mishap(kind, entry, place, pressed=chance.choice(NEIGHBOURS[key])))
        elif kind and not (kind == "transposed" and keys[place : place + 2] in ([key], [key, key])):
            mishaps.append(Mishap(kind, entry, place))
    return mishaps


def spoilt(plan: Plan, mishaps: Sequence[Mishap]) -> Plan:
    """The keys as they reach the line; the last mishap first, so that places still mean what they meant."""
    for mishap in sorted(mishaps, key=lambda each: each.key, reverse=True):
        plan = _spoilt(plan, mishap)
    return plan


def _spoilt(plan: Plan, mishap: Mishap) -> Plan:
    i = mishap.key
    match mishap.kind:
        case "silent":
            return []
        case "dropped":
            return [*plan[:i], *plan[i + 1 :]]
        case "doubled":
            at, key = plan[i]
            return [*plan[: i + 1], (at + _BOUNCE, key), *plan[i + 1 :]]
        case "transposed" if i + 1 < len(plan):
            (first, key), (second, next_key) = plan[i : i + 2]
            return [*plan[:i], (first, next_key), (second, key), *plan[i + 2 :]]
        case "mistyped":
            return [*plan[:i], (plan[i][0], mishap.pressed), *plan[i + 1 :]]
        case "slow" | "relayed":
            return [*plan[:i], *((at + mishap.seconds, key) for at, key in plan[i:])]
        case _:
            return plan


class Careless:
    """Stands between a caller's decisions and the fingers: spoils what is planned, and remembers how.

    `coming` is what the caller would key unasked, and how: the keys that an impatient one presses too early.
    """

    def __init__(self, decide: Callable[[Event], Plan], coming: Callable[[], Plan], mishaps: Mishaps) -> None:
        self._decide, self._coming, self._mishaps = decide, coming, mishaps
        self._entries = self._requests = 0
        self.mishaps: list[Mishap] = []

    def __call__(self, event: Event) -> Plan:
        plan = self._spoil(event, self._decide(event))
        match event.kind:
            case "answered":
                return [*plan, *self._hang_up(event)]
            case "request":
                return plan or self._too_early(event)
            case "gathered":
                self._forget(event)
        return plan

    def _spoil(self, event: Event, plan: Plan) -> Plan:
        if not plan:
            return plan
        found = self._mishaps("entry", self._entries, [key for _, key in plan])
        self._entries += 1
        self.mishaps += [_at(each, event.at + plan[each.key][0] + _late(found, each.key)) for each in found]
        return spoilt(plan, found)

    def _forget(self, gathered: Event) -> None:
        """What was still to be pressed when the Gather ended was never pressed, so it did not go wrong either."""
        until = gathered.at + REACTION
        self.mishaps = [each for each in self.mishaps if each.kind == "hung_up" or each.at <= until]

    def _hang_up(self, event: Event) -> Plan:
        found = self._mishaps("answered", 0, ())
        self.mishaps += [_at(mishap, event.at + mishap.seconds) for mishap in found]
        return [(mishap.seconds, HANG_UP) for mishap in found]

    def _too_early(self, event: Event) -> Plan:
        number, self._requests = self._requests, self._requests + 1
        coming = self._coming()
        found = self._mishaps("request", number, ()) if coming else ()
        self.mishaps += [_at(mishap, event.at + mishap.seconds) for mishap in found]
        return [(mishap.seconds + at, key) for mishap in found for at, key in coming]


def _late(mishaps: Sequence[Mishap], key: int) -> float:
    """By how much this key comes later than it was meant."""
    return sum(each.seconds for each in mishaps if each.kind in ("slow", "relayed") and each.key < key)


def _at(mishap: Mishap, at: float) -> Mishap:
    return replace(mishap, at=round(at, 3))
