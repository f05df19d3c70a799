"""The boxes of an ID: what stands in them, and what is wrong with it."""

from __future__ import annotations

import pytest

from activation_core import block_boxes, blocks
from activation_core.block_boxes import Box

IID = blocks.from_number(1234567890123456789012345678901234567890, 7)


def judged(*typed: str, kept: tuple[str, ...] = ("",) * 7) -> list[Box]:
    return block_boxes.judged(typed, kept)


def test_what_was_typed_stands_in_its_boxes_and_nothing_beside_them() -> None:
    assert block_boxes.as_typed(["1", "2", "3"], 2) == [Box("1"), Box("2")]
    assert block_boxes.as_typed(["1"], 3) == [Box("1"), Box(), Box()]


@pytest.mark.parametrize(
    ("typed", "why", "detail"),
    [
        (IID[0], None, ""),
        (blocks.show(IID[0]), None, ""),
        ("", "missing", ""),
        (IID[0][:-1], "short", ""),
        (IID[0] + "1", "long", ""),
        (IID[0][:6] + "?" + IID[0][6], None, ""),
        ("12x4567", "character", "X"),
        (IID[1], "elsewhere", "2"),
    ],
)
def test_a_box_is_judged_by_its_own_place(typed: str, why: str, detail: str) -> None:
    assert judged(typed)[0] == Box(typed, why, detail)  # type: ignore[arg-type]


def test_a_block_that_fits_nowhere_near_does_not_match() -> None:
    wrong = next(
        IID[3][:6] + digit
        for digit in "0123456789"
        if not any(blocks.is_block(IID[3][:6] + digit, near) for near in (3, 4, 5))
    )
    assert judged("", "", "", wrong)[3].why == "check"


def test_an_id_that_was_pasted_into_one_box_is_dealt_out() -> None:
    assert [box.typed for box in judged("".join(IID))] == [blocks.show(block) for block in IID]


def test_of_an_id_that_was_pasted_damaged_what_is_right_is_kept() -> None:
    text = "".join(IID)[:-1]
    kept, _ = blocks.salvage(text, 7)
    assert [box.typed for box in judged(text, kept=kept)] == [blocks.show(block).strip() for block in kept]


def test_numbers_of_the_blocks_are_taken_off_only_where_all_of_them_stand() -> None:
    numbered = "".join(f"{place}{block}" for place, block in enumerate(IID, 1))
    assert blocks.unnumbered(numbered, 7) == "".join(IID)
    assert blocks.unnumbered("".join(IID), 7) == "".join(IID)
    assert blocks.unnumbered(numbered[1:], 7) == numbered[1:]
    assert blocks.unnumbered("9" + numbered[1:], 7) == "9" + numbered[1:]
