"""Blocks: what their check digit catches, and how an entry is read that was not typed quite right."""

import json
import random
import runpy
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from activation_core import blocks
from activation_core.mistyped import Mistyped

TESTS = Path(__file__).parents[1]
BENCH = SimpleNamespace(**runpy.run_path(str(TESTS / "bench" / "detection.py")))
PUBLISHED = json.loads((TESTS / "vectors" / "codes.json").read_text())
RIGHT = blocks.from_number(31415926535897932384626433832795028841971, 7)
ENTRY = "".join(RIGHT)

DIGITS = range(10)
counts = st.sampled_from((1, 7, 13))
entries = st.integers(0, 10**42 - 1).map(lambda number: blocks.from_number(number, 7))
slow = settings(deadline=None, max_examples=50)


def why(text: str, count: int = 7) -> list[tuple[int, str]]:
    _, faults = blocks.salvage(text, count)
    return [(fault.place, fault.why) for fault in faults]


def joined(parts: tuple[str, ...] | list[str]) -> str:
    return " ".join(parts)


def with_block(place: int, block: str) -> list[str]:
    return [*RIGHT[: place - 1], block, *RIGHT[place:]]


def step(state: int, digit: int) -> int:
    """One step of the quasigroup: the check digit of one digit, started at this state."""
    return int(blocks.check_digit(str(digit), state))


# The check digit


@pytest.mark.parametrize(("data", "check"), PUBLISHED["damm"])
def test_the_check_digit_is_the_published_one(data: str, check: str) -> None:
    assert blocks.check_digit(data, 10) == check


def test_the_quasigroup_is_the_published_one_started_at_the_place() -> None:
    ours = ["".join(blocks.check_digit(str(digit), place) for digit in DIGITS) for place in (10, *range(1, 10))]

    assert ours == PUBLISHED["damm_table"]


def test_a_wrong_digit_always_leads_elsewhere_and_a_difference_never_heals() -> None:
    for state in DIGITS:
        assert {step(state, digit) for digit in DIGITS} == set(DIGITS)
    for digit in DIGITS:
        assert {step(state, digit) for state in DIGITS} == set(DIGITS)


def test_two_unlike_neighbours_never_lead_to_the_same_place_when_swapped() -> None:
    for state, left, right in product(DIGITS, DIGITS, DIGITS):
        if left != right:
            assert step(step(state, left), right) != step(step(state, right), left)


def test_the_last_digit_and_the_check_digit_never_fit_swapped() -> None:
    for state, last in product(DIGITS, DIGITS):
        check = step(state, last)
        assert check == last or step(state, check) != last


@pytest.mark.parametrize("what", ["one wrong symbol", "neighbouring symbols swapped", "exchanged,  1 apart"])
def test_every_such_fault_is_caught_on_many_random_blocks(what: str) -> None:
    caught, tried = BENCH.detection(rounds=10)[f"blocks: {what}"]

    assert caught == tried > 100


def test_the_one_exchange_that_checks_cannot_see_is_of_blocks_ten_places_apart() -> None:
    figures = BENCH.detection(rounds=10)
    unseen = [name for name, (caught, tried) in figures.items() if "exchanged" in name and caught < tried]

    assert unseen == ["blocks: exchanged, 10 apart"]


@pytest.mark.parametrize("wrong", ["", "123456", "12345678", "12E4567", "፩፩፩፩፩፩፩", "١٢٣٤٥٦٧"])
def test_what_is_not_seven_plain_digits_is_no_block(wrong: str) -> None:
    assert not blocks.is_block(wrong, 1)


# Numbers and blocks


@given(counts, st.data())
def test_any_number_comes_back_from_its_blocks(count: int, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, 10 ** (6 * count) - 1))

    parts = blocks.from_number(number, count)

    assert blocks.to_number(parts) == number
    assert all(blocks.is_block(block, place) for place, block in enumerate(parts, 1))
    assert len(parts) == count


@pytest.mark.parametrize("number", [0, 1, 999_999, 1_000_000])
def test_leading_zeros_are_never_lost(number: int) -> None:
    parts = blocks.from_number(number, 7)

    assert blocks.parse("".join(parts), 7, "ID") == parts
    assert [len(block) for block in parts] == [7] * 7


def test_a_number_of_nothing_but_zeros_still_has_check_digits_of_its_places() -> None:
    assert len(set(blocks.from_number(0, 7))) == 7


@pytest.mark.parametrize("number", [-1, 10**42, 10**43])
def test_a_number_that_does_not_fit_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="7 blocks hold a number below"):
        blocks.from_number(number, 7)


def test_a_block_is_shown_as_three_digits_and_four() -> None:
    assert blocks.show("1234567") == "123 4567"


# Forgiving


@pytest.mark.parametrize("between", ["", " ", "-", "\n", "\t", " . ", "*", "#", "–", "\u00a0", "/", ",, "])  # noqa: RUF001
def test_any_separators_do(between: str) -> None:
    assert blocks.parse(between.join(ENTRY), 7, "ID") == RIGHT


@pytest.mark.parametrize("digits", ["٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९", "０１２３４５６７８９", "۰۱۲۳۴۵۶۷۸۹", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"])  # noqa: RUF001
def test_digits_of_any_script_do(digits: str) -> None:
    assert blocks.parse(ENTRY.translate(str.maketrans("0123456789", digits)), 7, "ID") == RIGHT


@pytest.mark.parametrize(
    ("meant", "written"),
    [
        *(("0", letter) for letter in "OoQqDd"),
        *(("1", letter) for letter in "IiLlıＬ"),  # noqa: RUF001
        *(("2", letter) for letter in "Zz"),
        *(("5", letter) for letter in "Ss"),
        *(("6", letter) for letter in "Gg"),
        *(("8", letter) for letter in "BbＢ"),  # noqa: RUF001
    ],
)
def test_a_letter_that_looks_like_a_digit_is_read_as_it(meant: str, written: str) -> None:
    assert meant in ENTRY
    assert blocks.parse(ENTRY.replace(meant, written), 7, "ID") == RIGHT


@given(entries, st.text("0123456789", min_size=1, max_size=2))
@settings(slow, max_examples=20)
def test_stray_digits_before_all_blocks_never_make_a_wrong_one(right: tuple[str, ...], stray: str) -> None:
    kept, _ = blocks.salvage(stray + "".join(right), 7)

    assert all(block in ("", meant) for block, meant in zip(kept, right, strict=True))


@given(st.text(max_size=60))
@example("፩" * 49)  # a digit to str.isdigit, no decimal to int
@example("²" * 49)
@example("½" * 49)
@example("一二三四五六七" * 7)
@slow
def test_whatever_is_typed_is_answered_with_blocks_or_with_what_is_wrong(text: str) -> None:
    kept, faults = blocks.salvage(text, 7)

    assert len(kept) == 7
    assert [fault.place for fault in faults] == [place for place, block in enumerate(kept, 1) if not block]
    assert all(blocks.is_block(block, place) for place, block in enumerate(kept, 1) if block)


# Salvage: what was typed right is kept, and what was typed wrong never is


@pytest.mark.parametrize("fault", BENCH.FAULTS, ids=lambda fault: fault.__name__)
@given(right=entries, drawn=st.randoms(use_true_random=False))
@slow
def test_one_fault_never_keeps_a_wrong_block(fault, right: tuple[str, ...], drawn: random.Random) -> None:
    kept, _ = blocks.salvage(fault("".join(right), drawn), 7)

    assert all(block in ("", meant) for block, meant in zip(kept, right, strict=True))


@pytest.mark.parametrize("fault", [BENCH.wrong, BENCH.dropped, BENCH.doubled, BENCH.transposed])
@given(right=entries, drawn=st.randoms(use_true_random=False))
@slow
def test_one_fault_costs_its_own_block_and_seldom_those_beside_it(
    fault, right: tuple[str, ...], drawn: random.Random
) -> None:
    kept, _ = blocks.salvage(fault("".join(right), drawn), 7)

    assert sum(block == "" for block in kept) <= 4


@pytest.mark.parametrize("at", range(49))
def test_a_dropped_digit_anywhere_keeps_only_right_blocks(at: int) -> None:
    kept, faults = blocks.salvage(ENTRY[:at] + ENTRY[at + 1 :], 7)

    assert faults
    assert kept[at // 7] == ""
    assert all(block in ("", meant) for block, meant in zip(kept, RIGHT, strict=True))


@pytest.mark.parametrize("faults", [(BENCH.dropped, BENCH.doubled), (BENCH.wrong, BENCH.dropped)])
def test_two_faults_keep_a_wrong_block_in_fewer_than_one_entry_in_ten(faults) -> None:
    true, tried = BENCH.entries_kept_true(faults, rounds=60)

    assert true >= 0.9 * tried


def test_an_entry_far_too_long_is_answered_as_fast_as_one_twice_too_long() -> None:
    kept, faults = blocks.salvage("1" * 2_000_000, 7)

    assert len(kept) == 7
    assert faults


# The faults by name


def test_a_right_entry_has_no_faults() -> None:
    assert blocks.salvage(ENTRY, 7) == (RIGHT, ())


def test_the_names_of_blocks_may_be_typed_along() -> None:
    named = " ".join(f"Block {place}: {block}" for place, block in enumerate(RIGHT, 1))
    spoken = "Alpha:0123452 Golf, Kilo\nLima"
    assert blocks.salvage(spoken, 1) == (("0123452",), ())
    # The numbers of blocks are digits, too: what is unsure is asked for again, and nothing wrong is kept.
    assert all(block in ("", right) for block, right in zip(blocks.salvage(named, 7)[0], RIGHT, strict=True))


def test_a_block_that_fits_but_may_be_cut_otherwise_is_named_unsure() -> None:
    entries = (RIGHT[0] + RIGHT[1][1:] + ENTRY[14:], *(ENTRY[:at] + ENTRY[at + 1 :] for at in range(49)))
    assert "unsure" in {fault.why for entry in entries for fault in blocks.salvage(entry, 7)[1]}


@pytest.mark.parametrize("place", range(1, 8))
def test_a_wrong_digit_is_named_check(place: int) -> None:
    block = RIGHT[place - 1]
    for wrong in BENCH.single_faults(block[:4], "0123456789"):
        assert why(joined(with_block(place, wrong + block[4:]))) == [(place, "check")]


def test_a_missing_digit_is_named_short() -> None:
    assert why(joined(with_block(3, RIGHT[2][:6]))) == [(3, "short")]


def test_one_digit_too_many_is_named_long() -> None:
    assert why(joined(with_block(3, RIGHT[2][:3] + RIGHT[2][2:]))) == [(3, "long")]


@pytest.mark.parametrize("place", [1, 2, 3, 4, 7])
def test_a_block_that_was_not_typed_is_named_missing(place: int) -> None:
    assert why(joined(with_block(place, ""))) == [(place, "missing")]


@pytest.mark.parametrize("place", [5, 6])
def test_near_the_end_it_cannot_be_told_from_stopping_early_so_no_wrong_block_is_kept(place: int) -> None:
    kept, _ = blocks.salvage(joined(with_block(place, "")), 7)

    assert kept == (*RIGHT[: place - 1], *[""] * (8 - place))


def test_where_the_typing_stopped_the_rest_is_named_missing() -> None:
    assert why(ENTRY[:17]) == [(3, "short"), (4, "missing"), (5, "missing"), (6, "missing"), (7, "missing")]


def test_nothing_typed_is_seven_missing_blocks() -> None:
    assert why("") == [(place, "missing") for place in range(1, 8)]


@pytest.mark.parametrize("place", range(1, 7))
def test_two_blocks_swapped_are_named_elsewhere_with_their_places(place: int) -> None:
    swapped = [*RIGHT[: place - 1], RIGHT[place], RIGHT[place - 1], *RIGHT[place + 1 :]]

    _, faults = blocks.salvage(joined(swapped), 7)

    assert [(f.place, f.why, f.detail) for f in faults] == [
        (place, "elsewhere", str(place + 1)),
        (place + 1, "elsewhere", str(place)),
    ]


@pytest.mark.parametrize("place", range(1, 8))
def test_a_character_that_is_never_used_is_named_where_it_stands(place: int) -> None:
    _, faults = blocks.salvage(joined(with_block(place, RIGHT[place - 1][:3] + "X" + RIGHT[place - 1][4:])), 7)

    assert [(f.place, f.why, f.detail) for f in faults] == [(place, "character", "X")]


def test_a_character_and_a_wrong_digit_are_each_named_in_their_own_block() -> None:
    wrong = str(9 - int(RIGHT[1][0])) + RIGHT[1][1:]
    parts = [RIGHT[0], wrong, *RIGHT[2:4], "X" + RIGHT[4][1:], *RIGHT[5:]]

    assert why(joined(parts)) == [(2, "check"), (5, "character")]


# What is said


def test_the_message_names_the_block_and_what_to_do() -> None:
    with pytest.raises(Mistyped) as caught:
        blocks.parse(joined(with_block(3, "1111111")), 7, "Installation ID")

    assert str(caught.value) == (
        "This Installation ID cannot be read: block 3 does not match its check character; compare it with the original."
    )


def test_the_right_blocks_come_with_the_message_so_that_nobody_types_them_again() -> None:
    with pytest.raises(Mistyped) as caught:
        blocks.parse(joined(with_block(3, "")), 7, "Installation ID")

    assert caught.value.kept == tuple(with_block(3, ""))
    assert [fault.place for fault in caught.value.faults] == [3]
