"""Two calls beside each other, line by line: which lines are the same, which differ, which stand in one call only.

Lines are the rows of the why-transcript. Times, lengths and the digits of IDs are not compared: no two calls have the
same. Lines that are not the same are put beside each other where they are of one kind, such as two prompts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from ivr.simulator.why import Row

__all__ = ["Pair", "Part", "compared", "parts"]

Mark = Literal["same", "differs", "only_a", "only_b"]

# What is of this call alone: seconds, and digits or their masks, one by one or in blocks.
_SECONDS = re.compile(r"\d+(?:\.\d+)? s\b")
_DIGITS = re.compile(r"[\d•](?:[ ,.-]*[\d•])+")
_WORDS = re.compile(r"(?:\w+|[^\w\s]+)\s*")
_ALIKE = 0.4


@dataclass(frozen=True)
class Pair:
    """Two lines beside each other, or one alone."""

    mark: Mark
    a: Row | None
    b: Row | None


@dataclass(frozen=True)
class Part:
    """A piece of a line; `is_other` where the other line has something else."""

    text: str
    is_other: bool


def compared(a: Sequence[Row], b: Sequence[Row]) -> list[Pair]:
    """Every line of both calls, in order."""
    return list(_aligned(a, b, _said, "same", _of_a_kind))


def _of_a_kind(a: Sequence[Row], b: Sequence[Row]) -> Iterator[Pair]:
    return _aligned(a, b, lambda row: (row.side, row.kind), "differs", _alone)


def _alone(a: Sequence[Row], b: Sequence[Row]) -> Iterator[Pair]:
    yield from (Pair("only_a", row, None) for row in a)
    yield from (Pair("only_b", None, row) for row in b)


def _aligned(
    a: Sequence[Row],
    b: Sequence[Row],
    key: Callable[[Row], object],
    mark: Mark,
    others: Callable[[Sequence[Row], Sequence[Row]], Iterator[Pair]],
) -> Iterator[Pair]:
    """Rows of equal key are pairs of this mark; what lies between them is paired by `others`."""
    matcher = SequenceMatcher(None, [key(row) for row in a], [key(row) for row in b], autojunk=False)
    for what, a_from, a_to, b_from, b_to in matcher.get_opcodes():
        if what == "equal":
            yield from (Pair(mark, *rows) for rows in zip(a[a_from:a_to], b[b_from:b_to], strict=True))
        else:
            yield from others(a[a_from:a_to], b[b_from:b_to])


def _said(row: Row) -> tuple[str, str, str]:
    return row.side, row.kind, _DIGITS.sub("#", _SECONDS.sub("s", row.words))


def parts(row: Row, other: Row) -> list[Part]:
    """The words of a line that differs, in pieces; in one where the two have too little in common to be told apart."""
    mine, theirs = _WORDS.findall(row.words), _WORDS.findall(other.words)
    matcher = SequenceMatcher(None, mine, theirs, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return [Part(row.words, False)]
    pieces = [(mine[begin:end], what) for what, begin, end, *_ in matcher.get_opcodes() if begin < end]
    return [Part("".join(words), what != "equal") for words, what in pieces]
