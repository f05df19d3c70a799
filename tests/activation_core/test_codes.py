"""Product keys and license codes: 25 characters that forgive the hand and name their own mistakes."""

import hmac
import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from activation_core import codes
from activation_core.codes import ALPHABET, Code, Kind
from activation_core.mistyped import Mistyped

TESTS = Path(__file__).parents[1]
BENCH = SimpleNamespace(**runpy.run_path(str(TESTS / "bench" / "detection.py")))
ISSUING_KEY = b"an issuing key"
CODE = codes.issue(Kind.PRODUCT_KEY, 7, 123456, ISSUING_KEY)
GROUPS = CODE.shown.split("-")

fields = st.builds(
    Code, st.sampled_from(Kind), st.integers(0, 2**10 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**52 - 1)
)
slow = settings(deadline=None, max_examples=50)


def check_of(data: str, place: int) -> str:
    """Computed anew, as design.md says: state ← 2·(state ⊕ x) over GF(32), seeded with the group's number."""
    state = place
    for character in data:
        state = 2 * (state ^ ALPHABET.index(character))
        state = state - 32 ^ 0b00101 if state >= 32 else state
    return ALPHABET[state]


def typed(groups: list[str]) -> str:
    return "-".join(groups)


def with_group(place: int, group: str) -> list[str]:
    return [*GROUPS[: place - 1], group, *GROUPS[place:]]


def faults(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(Mistyped) as caught:
        codes.parse(text)
    return [(fault.place, fault.why, fault.detail) for fault in caught.value.faults]


# Layout


def test_the_alphabet_is_crockfords() -> None:
    published = json.loads((TESTS / "vectors" / "codes.json").read_text())

    assert published["crockford_alphabet"] == ALPHABET


@given(fields)
@example(Code(Kind.PRODUCT_KEY, 0, 0, 0))
@example(Code(Kind.LICENSE_CODE, 2**10 - 1, 2**32 - 1, 2**52 - 1))
def test_the_hundred_bits_stand_where_the_design_says(code: Code) -> None:
    bits = f"{1:03b}{code.kind:03b}{code.product:010b}{code.serial:032b}{code.secret:052b}"
    data = [ALPHABET[int(bits[i : i + 5], 2)] for i in range(0, 100, 5)]
    quarters = ["".join(data[i : i + 4]) for i in range(0, 20, 4)]

    assert code.text == "".join(quarter + check_of(quarter, place) for place, quarter in enumerate(quarters, 1))


@given(fields)
@example(Code(Kind.PRODUCT_KEY, 0, 0, 0))
def test_a_code_comes_back_from_what_is_printed(code: Code) -> None:
    assert codes.parse(code.text) == codes.parse(code.shown) == code
    assert [len(group) for group in code.shown.split("-")] == [5] * 5


def test_the_secret_is_cut_from_an_hmac_over_the_48_bits_before_it() -> None:
    head = int(f"{1:03b}{1:03b}{7:010b}{123456:032b}", 2).to_bytes(6, "big")
    digest = hmac.new(ISSUING_KEY, head, "sha256").digest()

    assert f"{CODE.secret:052b}" == f"{int.from_bytes(digest, 'big'):0256b}"[:52]
    assert CODE.key == CODE.secret.to_bytes(7, "big")


@pytest.mark.parametrize(
    "other",
    [
        codes.issue(Kind.LICENSE_CODE, 7, 123456, ISSUING_KEY),
        codes.issue(Kind.PRODUCT_KEY, 8, 123456, ISSUING_KEY),
        codes.issue(Kind.PRODUCT_KEY, 7, 123457, ISSUING_KEY),
        codes.issue(Kind.PRODUCT_KEY, 7, 123456, b"another issuing key"),
    ],
)
def test_the_secret_depends_on_kind_product_serial_and_issuing_key(other: Code) -> None:
    assert other.secret != CODE.secret


def test_the_same_code_is_issued_again_for_the_same_serial() -> None:
    assert codes.issue(Kind.PRODUCT_KEY, 7, 123456, ISSUING_KEY) == CODE


@pytest.mark.parametrize(("name", "bits"), [("product", 10), ("serial", 32), ("secret", 52)])
def test_a_field_that_does_not_fit_is_refused_by_name(name: str, bits: int) -> None:
    for value in (-1, 1 << bits):
        fields = {"product": 0, "serial": 0, "secret": 0} | {name: value}
        with pytest.raises(ValueError, match=f"the {name} of a code has {bits} bits"):
            Code(Kind.PRODUCT_KEY, **fields)


# Forgiving


@pytest.mark.parametrize("between", ["", " ", "-", "\n", "–", ".", " - ", "/"])  # noqa: RUF001
def test_any_separators_do(between: str) -> None:
    assert codes.parse(between.join(CODE.text)) == CODE


@pytest.mark.parametrize("change", [str.lower, str.upper, str.title, str.swapcase])
def test_any_case_does(change) -> None:
    assert codes.parse(change(CODE.shown)) == CODE


@given(fields, st.data())
@slow
def test_letters_that_look_like_digits_are_read_as_them(code: Code, data: st.DataObject) -> None:
    alike = {"1": "1IiLlıｌ", "0": "0Oo"}  # noqa: RUF001
    written = "".join(data.draw(st.sampled_from(alike.get(c, c))) for c in code.text)

    assert codes.parse(written) == code


@pytest.mark.parametrize("digits", ["٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९", "０１２３４５６７８９"])  # noqa: RUF001
def test_digits_of_any_script_do(digits: str) -> None:
    assert codes.parse(CODE.shown.translate(str.maketrans("0123456789", digits))) == CODE


@given(st.text(max_size=40))
@example("፩" * 25)
@example(CODE.text * 1000)
@slow
def test_whatever_is_typed_is_a_code_or_a_value_error(text: str) -> None:
    try:
        assert codes.parse(text).text
    except ValueError as error:
        assert str(error).startswith("This code ")  # noqa: PT017


# Checks


@pytest.mark.parametrize("what", ["one wrong symbol", "neighbouring symbols swapped", "exchanged,  1 apart"])
def test_every_such_fault_is_caught_on_many_random_codes(what: str) -> None:
    caught, tried = BENCH.detection(rounds=20)[f"groups: {what}"]

    assert caught == tried > 50


def test_the_check_of_a_group_is_linear_so_that_these_cases_stand_for_all_groups() -> None:
    for x, y in zip(range(32), reversed(range(32)), strict=True):
        for i in range(4):
            left, right = (["0"] * 4 for _ in range(2))
            left[i], right[i] = ALPHABET[x], ALPHABET[y]
            both = ["0"] * 4
            both[i] = ALPHABET[x ^ y]
            values = [ALPHABET.index(check_of("".join(data), 0)) for data in (left, right, both)]
            assert values[0] ^ values[1] == values[2]


@pytest.mark.parametrize("wrong", ["", "0000", "000000", "0000U", "0000፩"])
def test_what_is_not_five_of_the_characters_is_no_group(wrong: str) -> None:
    assert not codes.is_group(wrong, 1)


# Named faults


@pytest.mark.parametrize("place", range(1, 6))
def test_a_wrong_character_names_its_group(place: int) -> None:
    group = GROUPS[place - 1]
    for wrong in list(BENCH.single_faults(group, ALPHABET))[::7]:
        assert faults(typed(with_group(place, wrong))) == [(place, "check", "")]


@pytest.mark.parametrize(
    ("change", "why"),
    [(lambda g: g[:2] + g[3:], "short"), (lambda g: g[:3] + g[2:], "long")],
)
def test_a_group_that_lost_or_won_characters_is_named(change, why: str) -> None:
    assert faults(typed(with_group(3, change(GROUPS[2])))) == [(3, why, "")]


@pytest.mark.parametrize("place", [1, 2, 5])
def test_a_group_that_was_not_typed_is_named_missing(place: int) -> None:
    assert faults(typed(with_group(place, ""))) == [(place, "missing", "")]


@pytest.mark.parametrize("place", [3, 4])
def test_near_the_end_it_cannot_be_told_from_stopping_early_so_no_wrong_group_is_kept(place: int) -> None:
    with pytest.raises(Mistyped) as caught:
        codes.parse(typed(with_group(place, "")))

    assert caught.value.kept == (*GROUPS[: place - 1], *[""] * (6 - place))


@pytest.mark.parametrize("place", range(1, 6))
def test_the_letter_that_is_never_used_is_named_in_its_group(place: int) -> None:
    assert faults(typed(with_group(place, "U" + GROUPS[place - 1][1:]))) == [(place, "character", "U")]


def test_two_groups_swapped_are_named_with_their_places() -> None:
    swapped = [GROUPS[0], GROUPS[2], GROUPS[1], *GROUPS[3:]]

    assert faults(typed(swapped)) == [(2, "elsewhere", "3"), (3, "elsewhere", "2")]


def test_nothing_typed_is_five_missing_groups() -> None:
    assert faults("") == [(place, "missing", "") for place in range(1, 6)]


@pytest.mark.parametrize(("format", "kind"), [(0, 1), (2, 1), (7, 2), (1, 0), (1, 3), (1, 7)])
def test_a_right_code_of_an_unknown_format_or_kind_is_refused(format: int, kind: int) -> None:
    bits = f"{format:03b}{kind:03b}{0:094b}"
    data = "".join(ALPHABET[int(bits[i : i + 5], 2)] for i in range(0, 100, 5))
    text = "".join(data[i : i + 4] + check_of(data[i : i + 4], 1 + i // 4) for i in range(0, 20, 4))

    with pytest.raises(ValueError, match="is of a format that this version does not know") as caught:
        codes.parse(text)
    assert not isinstance(caught.value, Mistyped)


# What never stands in a message or a log


def test_the_message_names_the_group_and_holds_no_part_of_the_code() -> None:
    with pytest.raises(Mistyped) as caught:
        codes.parse(typed(with_group(3, GROUPS[2][:-1])))

    assert str(caught.value) == "This code cannot be read: group 3 has too few characters."
    assert not any(group in repr(caught.value) for group in GROUPS)


@given(fields)
def test_repr_shows_neither_secret_nor_serial_nor_text(code: Code) -> None:
    assert repr(code) == f"{code!s}" == f"Code({code.kind.name}, product={code.product})"


def test_masked_shows_the_outer_groups_only() -> None:
    assert CODE.masked == f"{GROUPS[0]}-…-{GROUPS[4]}"
