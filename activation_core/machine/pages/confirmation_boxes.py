"""The boxes that a Confirmation ID is typed into: what stands in each, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from activation_core import blocks, confirmation_id
from activation_core.confirmation_id import BLOCK_NAMES
from activation_core.mistyped import characters

# What is said under a box, by the page and by its script alike.
FAULTS: Mapping[str, str] = {
    "missing": "Still empty",
    "short": "Fewer than 7 digits",
    "long": "More than 7 digits",
    "check": "Does not fit. Compare it with what you heard",
    "elsewhere": "This fits in {detail}. Swapped?",
    "character": "{detail} is not a digit",
}
WORDS: Mapping[str, str] = {**FAULTS, "fits": "Fits"}


@dataclass(frozen=True)
class Box:
    """One box of the Confirmation ID: its name, what stands in it, and what is wrong with that."""

    name: str
    typed: str = ""
    fault: str = ""


def boxes(typed: Sequence[str] = (), kept: Sequence[str] | None = None) -> list[Box]:
    """What was typed, each in its box; with what is wrong there, where it could not be read.

    Here a block's place is known, so no box is blamed for another: `Mistyped` has to guess where one ends.
    """
    texts = _dealt_out(typed, kept or ())
    return [
        Box(name, text, "" if kept is None else _fault(text, place))
        for place, (name, text) in enumerate(zip_longest(BLOCK_NAMES, texts[: len(BLOCK_NAMES)], fillvalue=""), 1)
    ]


def shown(digits: Sequence[str]) -> tuple[str, ...]:
    """Blocks as they stand on a screen: `123 4567`."""
    return tuple(blocks.show(block).strip() for block in digits)


def _dealt_out(typed: Sequence[str], kept: Sequence[str]) -> Sequence[str]:
    """With no script, somebody may have pasted the whole code into one box."""
    digits = ["".join(filter(str.isdecimal, characters(text))) for text in typed]
    if max(map(len, digits), default=0) <= 2 * blocks.LENGTH:
        return typed
    whole = "".join(digits)
    even = blocks.cut(whole)
    return shown(even if len(whole) == confirmation_id.DIGITS else kept)


def _fault(text: str, place: int) -> str:
    digits, names = characters(text), dict(enumerate(BLOCK_NAMES, 1))
    strangers = [character for character in digits if not character.isdecimal()]
    if blocks.is_block(digits, place):
        return ""
    if strangers:
        return FAULTS["character"].format(detail=strangers[0])
    if len(digits) != blocks.LENGTH:
        return FAULTS["missing" if not digits else "short" if len(digits) < blocks.LENGTH else "long"]
    other = next((near for near in (place - 1, place + 1) if near in names and blocks.is_block(digits, near)), None)
    return FAULTS["elsewhere"].format(detail=names[other]) if other else FAULTS["check"]
