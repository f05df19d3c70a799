"""What is wrong with a code that a person typed, said group by group.

Codes and IDs are written in groups that each carry a check. So a mistake can be named by its place, and
what was typed right is kept. This module finds the places; it knows nothing of what the groups mean.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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

    `before[place, i]` is the best worth of filling the places before `place` with the first i symbols,
    `after[place, i]` that of filling the rest with what remains (Viterbi, both ways).
    """
    total = len(symbols)

    def worth(cut: _Cut) -> int:
        if cut.right:
            return _RIGHT
        if cut.start + cut.length == total and cut.length < length:
            return _LOST if cut.length else 0
        bent = abs(cut.length - length)
        return max(_LOST * bent, _OVERLOOKED) if bent else _WRONG

    def cuts(place: int, start: int) -> list[_Cut]:
        longest = min(2 * length, total - start)
        right = longest >= length and fits(symbols[start : start + length], place)
        damaged = [_Cut(start, n, False) for n in range(longest + 1)]
        return [_Cut(start, length, True), *damaged] if right else damaged

    edges = {(p, i): [(c, worth(c)) for c in cuts(p, i)] for p in range(1, count + 1) for i in range(total + 1)}
    before: dict[tuple[int, int], int] = {(1, i): _STRAY * i for i in range(total + 1)}
    for (place, i), ways in edges.items():
        for cut, gain in ways:
            to = (place + 1, i + cut.length)
            before[to] = max(before.get(to, before[place, i] + gain), before[place, i] + gain)
    after = {(count + 1, i): _STRAY * (total - i) for i in range(total + 1)}
    for (place, i), ways in reversed(edges.items()):
        after[place, i] = max(gain + after[place + 1, i + cut.length] for cut, gain in ways)

    best = max(before[1, i] + after[1, i] for i in range(total + 1))
    likely: list[list[tuple[int, _Cut]]] = [[] for _ in range(count)]
    for (place, i), ways in edges.items():
        for cut, gain in ways:
            behind = best - (before[place, i] + gain + after[place + 1, i + cut.length])
            if behind < _ABOUT_AS_LIKELY:
                likely[place - 1].append((behind, cut))
    return [[cut for _, cut in sorted(ways, key=lambda way: way[0])] for ways in likely]
