"""A block: six digits and a check digit that also knows the block's place.

Blocks are what a caller keys and hears. The check digit is that of H. M. Damm (2004), with the quasigroup
started at the block's place, so every single wrong digit, every swap of neighbouring digits and every
swap of neighbouring blocks is caught at once. What the digits mean is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from activation_core.mistyped import Fault, Mistyped, characters, read_groups

DATA, LENGTH = 6, 7
_DIGITS = "0123456789"

# The order-10 quasigroup of Damm's thesis: totally anti-symmetric, with a zero diagonal, so that the digit
# that leads back to 0 is the state itself.
_QUASIGROUP = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)
# Of each state, the one that follows by a digit, and under '' its name: a digit takes one look.
_STATES: list[dict[str, Any]] = [{"": name} for name in _DIGITS]
for _state, _row in zip(_STATES, _QUASIGROUP, strict=True):
    _state.update((digit, _STATES[int(to)]) for digit, to in zip(_DIGITS, _row, strict=True))

# Letters that are written where a digit was meant.
_WORD = re.compile(r"[^\W_]+")
_LOOKALIKES = str.maketrans("OQDILZSGB", "000112568")


def check_digit(data: str, place: int) -> str:
    """The digit that makes `data` right at `place` (counted from 1)."""
    state = _STATES[place % 10]
    for digit in data:
        state = state[digit]
    name: str = state[""]
    return name


def is_block(digits: str, place: int) -> bool:
    """Whether these are seven digits that belong together, and at this place."""
    return (
        len(digits) == LENGTH
        and digits.isascii()
        and digits.isdecimal()
        and check_digit(digits[:DATA], place) == digits[DATA]
    )


def from_number(number: int, count: int) -> tuple[str, ...]:
    """A number as `count` blocks, leading zeros kept. ValueError where it needs more digits than they hold."""
    data = f"{number:0{count * DATA}d}"
    if number < 0 or len(data) > count * DATA:
        raise ValueError(f"{count} blocks hold a number below 10^{count * DATA}")
    parts = (data[i : i + DATA] for i in range(0, len(data), DATA))
    return tuple(part + check_digit(part, place) for place, part in enumerate(parts, 1))


def to_number(blocks: Iterable[str]) -> int:
    """The number that these blocks hold."""
    return int("".join(block[:DATA] for block in blocks))


def salvage(text: str, count: int) -> tuple[tuple[str, ...], tuple[Fault, ...]]:
    """The blocks of what was keyed or typed that are right ('' elsewhere), and what is wrong with the others.

    Forgiving: any separators and names of blocks, digits of any script, look-alike letters. A digit that was
    left out or doubled spoils its own block only.
    """
    if not (text.isascii() and text.isdecimal()):  # else it was keyed, or printed by one of us
        words = [word for word in map(characters, _WORD.findall(text)) if not _is_a_name(word)]
        text = "".join(words).translate(_LOOKALIKES)
    return read_groups(text, _DIGITS, count, LENGTH, is_block)


def _is_a_name(word: str) -> bool:
    """Alpha, Block: letters only, and not all of them meant for digits."""
    return word.isalpha() and not word.translate(_LOOKALIKES).isdigit()


def parse(text: str, count: int, what: str) -> tuple[str, ...]:
    """All the blocks of `what` (its name in the message). Mistyped where one is wrong or missing."""
    kept, faults = salvage(text, count)
    if faults:
        raise Mistyped(what, "block", faults, kept)
    return kept


def unnumbered(digits: str, count: int) -> str:
    """Without the numbers of the blocks, where all of them were copied along: 1 123 4567 2 765 4321 …"""
    length = LENGTH + 1
    numbered = len(digits) == count * length and digits[::length] == "".join(map(str, range(1, count + 1)))
    return "".join(digits[at + 1 : at + length] for at in range(0, len(digits), length)) if numbered else digits


def cut(digits: str) -> list[str]:
    """Digits that stand without separators, block by block; the last one may be short."""
    return [digits[start : start + LENGTH] for start in range(0, len(digits), LENGTH)]


def show(block: str) -> str:
    """As it is printed: three digits and four."""
    return f"{block[:3]} {block[3:]}"
