"""The boxes that an operator types an Installation ID into: what is said under each."""

from __future__ import annotations

from collections.abc import Mapping

from activation_core.block_boxes import Box

WORDS: Mapping[str, str] = {
    "missing": "Still empty",
    "short": "Fewer than 7 digits",
    "long": "More than 7 digits",
    "check": "Does not fit. Ask for it again",
    "elsewhere": "This fits in block {detail}. Swapped?",
    "character": "{detail} is not a digit",
    "fits": "Fits",
    "progress": "{right} of {all} blocks fit.",
    "all_fit": "All blocks fit.",
    "look_again": "{wrong} of {all} blocks need another look.",
    "busy": "Looking up…",
}


def said_of(box: Box) -> str:
    """'' where nothing is wrong with it."""
    return WORDS[box.why].format(detail=box.detail) if box.why else ""
