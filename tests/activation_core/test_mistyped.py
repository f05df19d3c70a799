"""What is wrong with a code that was typed group by group, whatever the groups mean."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activation_core.mistyped import Fault, Mistyped, characters, read_groups

# A plain code to try it on: one right group for each place.
ALPHABET = "ABCDE"
RIGHT = ("ABCD", "BDAE", "CEBA", "DAEC", "ECDB")
A, B, C, D, E = RIGHT


def fits(group: str, place: int) -> bool:
    return group == RIGHT[place - 1]


def read(symbols: str) -> tuple[tuple[str, ...], list[tuple[int, str, str]]]:
    kept, faults = read_groups(symbols, ALPHABET, 5, 4, fits)
    return kept, [(fault.place, fault.why, fault.detail) for fault in faults]


# Characters


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("ab12c", "AB12C"),
        ("ab-12 c", "AB12C"),
        ("ＡＢ１２", "AB12"),  # noqa: RUF001
        ("١٢٣", "123"),
        ("०१२", "012"),
        ("１ ２", "12"),  # noqa: RUF001
        ("", ""),
        ("–—·*#", ""),  # noqa: RUF001
    ],
)
def test_letters_and_digits_are_kept_in_upper_case_and_plain_digits(typed: str, read: str) -> None:
    assert characters(typed) == read


@given(st.text())
def test_no_separator_and_no_foreign_decimal_digit_is_left(text: str) -> None:
    left = characters(text)

    assert all(c.isalnum() for c in left)
    assert not re.search(r"[^\D0-9]", left)


# Groups


def test_what_fits_is_kept_whole() -> None:
    assert read("".join(RIGHT)) == (RIGHT, [])


@pytest.mark.parametrize(
    ("typed", "faults"),
    [
        (A + "BDEE" + C + D + E, [(2, "check", "")]),
        (A + "BDE" + C + D + E, [(2, "short", "")]),
        (A + "BDDAE" + C + D + E, [(2, "long", "")]),
        (A + C + D + E, [(2, "missing", "")]),
        (A + "BDXE" + C + D + E, [(2, "character", "X")]),
        (A + C + B + D + E, [(2, "elsewhere", "3"), (3, "elsewhere", "2")]),
        (A + B + C, [(4, "missing", ""), (5, "missing", "")]),
        (A + B + C + "D", [(4, "short", ""), (5, "missing", "")]),
        ("", [(place, "missing", "") for place in range(1, 6)]),
    ],
)
def test_each_fault_has_its_name_and_its_place(typed: str, faults: list[tuple[int, str, str]]) -> None:
    kept, found = read(typed)

    assert found == faults
    assert kept == tuple("" if place in {f[0] for f in faults} else group for place, group in enumerate(RIGHT, 1))


def test_a_group_is_only_elsewhere_where_the_other_one_belongs_here() -> None:
    _, faults = read(A + C + A + D + E)

    assert [fault[1] for fault in faults] == ["check", "check"]


def test_where_two_ways_to_cut_are_about_as_likely_neither_is_kept() -> None:
    def either(group: str, place: int) -> bool:
        return fits(group, place) or (group, place) == ("DAEB", 2)

    # One symbol of BDAEB is too many: the last, or the first.
    kept, faults = read_groups(A + "BDAEB" + C + D + E, ALPHABET, 5, 4, either)

    assert kept[1] == ""
    assert 2 in [fault.place for fault in faults]


@pytest.mark.parametrize("typed", ["E" + "".join(RIGHT), "".join(RIGHT) + "E", "EE" + "".join(RIGHT)])
def test_stray_symbols_before_or_after_all_groups_spoil_at_most_the_group_beside_them(typed: str) -> None:
    kept, _ = read(typed)

    assert kept[1:4] == RIGHT[1:4]


@given(st.text(ALPHABET + "X", max_size=50))
@settings(deadline=None)
def test_what_is_kept_fits_its_place_and_every_other_place_has_one_fault(symbols: str) -> None:
    kept, faults = read(symbols)

    assert all(group == right for group, right in zip(kept, RIGHT, strict=True) if group)
    assert [place for place, _, _ in faults] == [place for place, group in enumerate(kept, 1) if not group]


# Words


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(2, "missing"), "is missing"),
        (Fault(2, "short"), "has too few characters"),
        (Fault(2, "long"), "has too many characters"),
        (Fault(2, "check"), "does not match its check character; compare it with the original"),
        (Fault(2, "unsure"), "cannot be told from its neighbours; compare it with the original"),
        (Fault(2, "elsewhere", "3"), "holds what belongs in place 3; were two of them swapped?"),
        (Fault(2, "character", "X"), "holds X, which is never used here"),
    ],
)
def test_each_fault_is_said_in_plain_words(fault: Fault, words: str) -> None:
    assert str(fault) == words


def test_the_message_is_one_sentence_that_names_every_fault_and_nothing_of_what_was_typed() -> None:
    error = Mistyped("code", "group", (Fault(1, "missing"), Fault(3, "short")), ("", "BDAE", "", "DAEC"))

    assert str(error) == "This code cannot be read: group 1 is missing; group 3 has too few characters."
    assert "BDAE" not in repr(error)


def test_what_is_right_goes_with_the_error_so_that_it_is_not_typed_again() -> None:
    error = Mistyped("code", "group", [Fault(1, "missing")], ["", "BDAE"])

    assert (error.faults, error.kept) == ((Fault(1, "missing"),), ("", "BDAE"))
