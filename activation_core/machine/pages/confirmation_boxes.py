"""The boxes that a Confirmation ID is typed into, and the words for what is wrong in one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from activation_core import block_boxes
from activation_core.confirmation_id import BLOCK_NAMES

# What is said under a box, by the page and by its script alike.
FAULTS: Mapping[str, str] = {
    "missing": "Still empty",
    "short": "Fewer than 7 digits",
    "long": "More than 7 digits",
    "check": "Does not fit. Compare it with what you heard",
    "elsewhere": "This fits in {detail}. Swapped?",
    "character": "{detail} is not a digit",
}
# What only the script says.
WORDS: Mapping[str, str] = {
    **FAULTS,
    "fits": "Fits",
    "progress": "{right} of {all} blocks fit.",
    "all_fit": "All blocks fit.",
    "look_again": "{wrong} of {all} blocks need another look.",
    "busy": "Checking…",
}


@dataclass(frozen=True)
class Box:
    """One box of the Confirmation ID: its name, what stands in it, and what is wrong with that."""

    name: str
    typed: str = ""
    fault: str = ""


def boxes(typed: Sequence[str] = (), kept: Sequence[str] | None = None) -> list[Box]:
    """What was typed, each in its box; with what is wrong there, where it could not be read."""
    read = block_boxes.as_typed(typed, len(BLOCK_NAMES)) if kept is None else block_boxes.judged(typed, kept)
    return [Box(name, box.typed, _fault(box)) for name, box in zip(BLOCK_NAMES, read, strict=True)]


def _fault(box: block_boxes.Box) -> str:
    if box.why is None:
        return ""
    detail = BLOCK_NAMES[int(box.detail) - 1] if box.why == "elsewhere" else box.detail
    return FAULTS[box.why].format(detail=detail)
