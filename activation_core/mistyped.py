"""What is wrong with a code that a person typed, said group by group.

Codes and IDs are written in groups that each carry a check. So a mistake can be named by its place, and
what was typed right is kept. This module finds the places; it knows nothing of what the groups mean.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import add
from typing import Literal

Why = Literal["missing", "short", "long", "check", "unsure", "elsewhere", "character"]

_WORDS: Mapping[Why, str] = {
    "missing": "is missing",
    "short": "has too few characters",
    "long": "has too many characters",
    "check": "does not match its check character; compare it with the original",
    "unsure": "cannot be told from its neighbours; compare it with the original",
    "elsewhere": "holds what belongs in place {detail}; were two of them swapped?",
    "character": "holds {detail}, which is never used here",
}


@dataclass(frozen=True)
class Fault:
    """One group that is wrong: where (counted from 1) and why."""

    place: int
    why: Why
    detail: str = ""

    def __str__(self) -> str:
        return _WORDS[self.why].format(detail=self.detail)


class Mistyped(ValueError):
    """What was typed cannot be read. `kept` holds each group that is right, '' where one is not."""

    def __init__(self, what: str, group: str, faults: Sequence[Fault], kept: Sequence[str]) -> None:
        self.faults, self.kept = tuple(faults), tuple(kept)
        said = "; ".join(f"{group} {fault.place} {fault}" for fault in self.faults)
        super().__init__(f"This {what} cannot be read: {said}.")


def characters(text: str) -> str:
    """The letters and digits of what was typed: separators dropped, any script's digits, upper case.

    NFKC turns full-width letters into plain ones; `unicodedata.decimal` knows the digits of every script.
    """
    if text.isascii():
        return text.upper() if text.isalnum() else "".join([c for c in text.upper() if c.isalnum()])
    plain = unicodedata.normalize("NFKC", text).upper()
    return "".join(str(unicodedata.decimal(c, c)) for c in plain if c.isalnum())


def read_groups(
    symbols: str, alphabet: str, count: int, length: int, fits: Callable[[str, int], bool]
) -> tuple[tuple[str, ...], tuple[Fault, ...]]:
    """The groups that are surely right ('' elsewhere) and what is wrong with the others.

    `fits(group, place)` checks one group, places from 1; one with a symbol outside the alphabet never fits.
    A symbol that was left out or doubled shifts all that follow, so the likeliest way to cut the symbols is
    looked for; a group counts as right only if every way that is about as likely agrees on it. Of an entry
    more than twice as long as it should be, the rest is not looked at: the work grows with the length.
    """
    symbols = symbols[: 2 * count * length]
    even = tuple(symbols[i : i + length] for i in range(0, count * length, length))
    if len(symbols) == count * length and all(fits(group, place) for place, group in enumerate(even, 1)):
        return even, ()
    likely = _likely_cuts(symbols, count, length, fits)
    groups = [symbols[ways[0].start : ways[0].start + ways[0].length] for ways in likely]
    sure = [len(ways) == 1 and ways[0].right for ways in likely]
    kept = tuple(group if right else "" for group, right in zip(groups, sure, strict=True))
    wrong = (place for place, right in enumerate(sure, 1) if not right)
    return kept, tuple(_fault(groups, place, alphabet, length, fits) for place in wrong)


def _fault(groups: Sequence[str], place: int, alphabet: str, length: int, fits: Callable[[str, int], bool]) -> Fault:
    group = groups[place - 1]
    if not group:
        return Fault(place, "missing")
    if stranger := next((symbol for symbol in group if symbol not in alphabet), ""):
        return Fault(place, "character", stranger)
    if len(group) != length:
        return Fault(place, "short" if len(group) < length else "long")
    for other in (place - 1, place + 1):
        # Both ways: a wrong group fits the place beside it by accident once in ten times.
        if 1 <= other <= len(groups) and fits(group, other) and fits(groups[other - 1], place):
            return Fault(place, "elsewhere", str(other))
    # A group that fits, yet is at fault: another way to cut the symbols is about as likely.
    return Fault(place, "unsure" if fits(group, place) else "check")


@dataclass(frozen=True)
class _Cut:
    """A way to fill one place: `length` symbols from `start` on, right or damaged."""

    start: int
    length: int
    right: bool


# What a reading gains or loses, as ten times a natural logarithm of rough chances: that a check fits by
# accident is 1 in 10, a wrong symbol in a group 1 in 50, a symbol left out or doubled 1 in 100, a stray
# symbol before or after all groups 1 in 1000; a whole group may be overlooked; who stops, stops for good.
_RIGHT, _WRONG, _LOST, _STRAY, _OVERLOOKED = 23, -40, -46, -69, -110
_ABOUT_AS_LIKELY = 23


def _likely_cuts(symbols: str, count: int, length: int, fits: Callable[[str, int], bool]) -> list[list[_Cut]]:
    """For each place, best first, every choice on a cut that is best or about as likely as the best.

    `before[place][i]` is the best worth of filling the places before `place` (from 0) with the first i symbols,
    `after[place][i]` that of filling the rest with what remains (Viterbi, both ways). Rows are added up whole: whoever
    sends nonsense pays with a request, and this is what it costs us.
    """
    total, most = len(symbols), 2 * length
    # The worth of a damaged group of n symbols, and of one with which the entry ends.
    damaged = [_WRONG if n == length else max(_LOST * abs(n - length), _OVERLOOKED) for n in range(most + 1)]
    ending = [0, *(length - 1) * [_LOST], *damaged[length:]]
    backwards = damaged[::-1]
    right = [
        {i for i in range(total - length + 1) if fits(symbols[i : i + length], place)} for place in range(1, count + 1)
    ]

    before = [[_STRAY * i for i in range(total + 1)]]
    for place in range(count):
        from_here = before[place]
        row = [max(map(add, backwards[max(0, most - i) :], from_here[max(0, i - most) :])) for i in range(total)]
        row.append(max(map(add, ending, reversed(from_here))))
        for i in right[place]:
            row[i + length] = max(row[i + length], from_here[i] + _RIGHT)
        before.append(row)
    after = [[_STRAY * (total - i) for i in range(total + 1)]]
    for place in reversed(range(count)):
        to_there = after[0]
        row = [max(map(add, damaged, to_there[i : i + most + 1])) for i in range(total + 1)]
        for i in range(max(0, total - most), total + 1):
            row[i] = max(row[i], ending[total - i] + to_there[total])
        for i in right[place]:
            row[i] = max(row[i], _RIGHT + to_there[i + length])
        after.insert(0, row)

    best = max(map(add, before[0], after[0]))
    likely: list[list[_Cut]] = []
    for place in range(count):
        ways = list[tuple[int, _Cut]]()
        for i in range(total + 1):
            if best - (before[place][i] + after[place][i]) >= _ABOUT_AS_LIKELY:
                continue
            worths = [ending[n] if i + n == total else damaged[n] for n in range(min(most, total - i) + 1)]
            cuts = [(_Cut(i, n, False), worth) for n, worth in enumerate(worths)]
            for cut, worth in [(_Cut(i, length, True), _RIGHT)] * (i in right[place]) + cuts:
                behind = best - (before[place][i] + worth + after[place + 1][i + cut.length])
                if behind < _ABOUT_AS_LIKELY:
                    ways.append((behind, cut))
        likely.append([cut for _, cut in sorted(ways, key=lambda way: way[0])])
    return likely
