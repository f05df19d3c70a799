"""The boxes that an ID is typed into, a block each: what stands in them, and what is wrong with it.

For every form that takes an ID. The words for what is wrong are the page's, in its language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from activation_core import blocks
from activation_core.mistyped import Why, characters


@dataclass(frozen=True)
class Box:
    """`detail` is the character that is no digit, or the place (from 1) in which the block would fit."""

    typed: str = ""
    why: Why | None = None
    detail: str = ""


def as_typed(typed: Sequence[str], count: int) -> list[Box]:
    """What was typed, each in its box, without a judgement."""
    return [Box(text) for text, _ in zip_longest(typed[:count], range(count), fillvalue="")]


def judged(typed: Sequence[str], kept: Sequence[str]) -> list[Box]:
    """With what is wrong in each box; `kept` are the blocks that are right in the whole text, '' for the others.

    Here a block's place is known, so no box is blamed for another: `Mistyped` has to guess where one ends.
    """
    return [
        _judged(each.typed, place, len(kept))
        for place, each in enumerate(as_typed(_dealt_out(typed, kept), len(kept)), 1)
    ]


def _dealt_out(typed: Sequence[str], kept: Sequence[str]) -> Sequence[str]:
    """With no script, somebody may have pasted the whole code into one box."""
    digits = ["".join(filter(str.isdecimal, characters(text))) for text in typed]
    if max(map(len, digits), default=0) <= 2 * blocks.LENGTH:
        return typed
    whole = blocks.unnumbered("".join(digits), len(kept))
    even = blocks.cut(whole)
    return shown(even if len(whole) == len(kept) * blocks.LENGTH else kept)


def shown(digits: Sequence[str]) -> tuple[str, ...]:
    """Blocks as they stand on a screen: `123 4567`."""
    return tuple(blocks.show(block).strip() for block in digits)


def _judged(text: str, place: int, count: int) -> Box:
    digits = characters(text)
    if blocks.is_block(digits, place):
        return Box(text)
    if strangers := [character for character in digits if not character.isdecimal()]:
        return Box(text, "character", strangers[0])
    if len(digits) != blocks.LENGTH:
        return Box(text, "missing" if not digits else "short" if len(digits) < blocks.LENGTH else "long")
    near = (other for other in (place - 1, place + 1) if 1 <= other <= count)
    other = next((other for other in near if blocks.is_block(digits, other)), None)
    return Box(text, "elsewhere", str(other)) if other else Box(text, "check")
