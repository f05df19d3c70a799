"""What 32 bits say about a computer, and when a change is significant."""

import hmac
from collections.abc import Iterable
from fractions import Fraction
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activation_core.hardware import (
    COMPONENTS,
    TABLE,
    Tolerance,
    likeness,
    same_machine,
    tags,
)

SECRET = b"a secret of this code"
WHOLE = {kind: f"the {kind} of this computer" for kind in COMPONENTS}

values = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
present_ones = st.dictionaries(st.sampled_from(COMPONENTS), values)
any_tags = st.integers(0, 2**32 - 1)


def changed(whole: int, kinds: Iterable[str]) -> int:
    """These tags with the named components replaced by others that do not happen to meet in the same bits."""
    for kind in kinds:
        place = 4 * (len(COMPONENTS) - 1 - COMPONENTS.index(kind))
        whole ^= (old := whole & 15 << place) ^ (15 << place if old != 15 << place else 1 << place)
    return whole


def nibbles(whole: int) -> dict[str, int]:
    return {kind: int(digit, 16) for kind, digit in zip(COMPONENTS, f"{whole:08x}", strict=True)}


# Tags


def test_there_are_eight_kinds_in_a_fixed_order_and_each_says_what_it_is() -> None:
    order = ("product_uuid", "disk", "network", "machine_id", "volume", "board", "cpu", "memory")

    assert order == COMPONENTS
    assert all(component.what.endswith(".") for component in TABLE)


@given(present_ones)
def test_a_present_component_is_never_zero_and_an_absent_one_always(components: dict[str, str]) -> None:
    marks = nibbles(tags(SECRET, components))

    assert {kind for kind, mark in marks.items() if mark} == components.keys()


def test_an_empty_component_is_absent() -> None:
    assert tags(SECRET, {"disk": ""}) == tags(SECRET, {}) == 0


def test_a_tag_is_one_more_than_the_first_eight_bytes_modulo_15() -> None:
    digest = hmac.digest(SECRET, b"product_uuid\0abc", "sha256")

    assert tags(SECRET, {"product_uuid": "abc"}) == (1 + int(digest[:8].hex(), 16) % 15) << 28


def test_tags_stay_the_same_from_version_to_version() -> None:
    assert f"{tags(SECRET, WHOLE):08x}" == "d6183e69"


def test_one_value_can_have_each_of_the_fifteen_marks() -> None:
    assert {tags(SECRET, {"memory": str(n)}) for n in range(500)} == set(range(1, 16))


def test_two_codes_on_one_computer_cannot_be_linked() -> None:
    assert tags(SECRET, WHOLE) != tags(b"another code's secret", WHOLE)


def test_the_same_value_of_two_kinds_does_not_show() -> None:
    assert len(set(nibbles(tags(SECRET, dict.fromkeys(COMPONENTS, "x"))).values())) > 1


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="mouse, screen"):
        tags(SECRET, {"disk": "1", "screen": "2", "mouse": "3"})


def test_rule_10_the_tags_stand_for_the_components_of_the_computer() -> None:
    other = WHOLE | {kind: f"another {kind}" for kind in COMPONENTS}

    assert tags(SECRET, WHOLE) == tags(SECRET, dict(WHOLE))
    assert not same_machine(tags(SECRET, WHOLE), tags(SECRET, other))


# Same machine


@given(present_ones.filter(lambda components: len(components) >= 3))
def test_a_computer_that_shows_three_components_is_the_same_as_itself(components: dict[str, str]) -> None:
    assert same_machine(tags(SECRET, components), tags(SECRET, components))


@given(present_ones.filter(lambda components: len(components) < 3))
def test_fewer_than_three_components_never_make_the_same_machine(components: dict[str, str]) -> None:
    assert not same_machine(tags(SECRET, components), tags(SECRET, components))


@given(any_tags, any_tags)
def test_it_does_not_matter_which_computer_is_compared_with_which(one: int, other: int) -> None:
    assert same_machine(one, other) == same_machine(other, one)
    assert likeness(one, other) == likeness(other, one)


@pytest.mark.parametrize("kind", COMPONENTS)
def test_any_one_component_may_change(kind: str) -> None:
    assert same_machine(tags(SECRET, WHOLE), changed(tags(SECRET, WHOLE), [kind]))


@pytest.mark.parametrize("absent", COMPONENTS)
@pytest.mark.parametrize("kind", COMPONENTS)
def test_any_one_component_may_change_where_any_other_cannot_be_read(absent: str, kind: str) -> None:
    seen = tags(SECRET, {k: v for k, v in WHOLE.items() if k != absent})
    now = seen if kind == absent else changed(seen, [kind])

    assert same_machine(seen, now)


@pytest.mark.parametrize("kinds", list(combinations(COMPONENTS, 5)), ids="+".join)
def test_five_changed_are_another_computer(kinds: tuple[str, ...]) -> None:
    assert not same_machine(tags(SECRET, WHOLE), changed(tags(SECRET, WHOLE), kinds))


def test_a_new_disk_with_the_system_installed_anew_is_the_same_computer() -> None:
    repaired = changed(tags(SECRET, WHOLE), ["disk", "volume", "machine_id"])

    assert same_machine(tags(SECRET, WHOLE), repaired)


def test_rule_17_a_significant_change_looks_like_another_computer() -> None:
    new_board = changed(tags(SECRET, WHOLE), ["product_uuid", "network", "board", "cpu"])

    assert not same_machine(tags(SECRET, WHOLE), new_board)


def test_rule_12_another_computer_cut_from_the_same_image_is_another_computer() -> None:
    sister = changed(tags(SECRET, WHOLE), ["product_uuid", "disk", "network"])

    assert not same_machine(tags(SECRET, WHOLE), sister)


def test_an_absent_component_is_not_a_different_one() -> None:
    without_rights = {kind: value for kind, value in WHOLE.items() if kind != "product_uuid"}

    assert same_machine(tags(SECRET, WHOLE), tags(SECRET, without_rights))


def test_likeness_is_the_weight_of_what_agrees_so_that_nothing_in_common_is_none() -> None:
    now = changed(tags(SECRET, WHOLE), ["disk", "memory"])
    assert likeness(tags(SECRET, WHOLE), now) == sum(Tolerance().weights) - 4 - 1
    assert likeness(0x00000011, 0x22222222) == 0


@pytest.mark.parametrize("wrong", [-1, 2**32])
def test_more_than_32_bits_are_refused(wrong: int) -> None:
    with pytest.raises(ValueError, match="32 bits"):
        same_machine(0, wrong)


# Tolerance


def test_a_product_may_ask_for_more() -> None:
    strict = Tolerance(agreement=Fraction(1))

    assert not same_machine(tags(SECRET, WHOLE), changed(tags(SECRET, WHOLE), ["memory"]), strict)


def test_exactly_five_eighths_of_the_weight_is_enough() -> None:
    even = Tolerance(weights=(1,) * 8)
    confirmed = tags(SECRET, WHOLE)

    assert same_machine(confirmed, changed(confirmed, COMPONENTS[:3]), even)
    assert not same_machine(confirmed, changed(confirmed, COMPONENTS[:4]), even)


def test_fewest_counts_components_and_not_their_weight() -> None:
    heavy = {kind: WHOLE[kind] for kind in ("product_uuid", "network")}

    assert not same_machine(tags(SECRET, heavy), tags(SECRET, heavy))
    assert same_machine(tags(SECRET, heavy), tags(SECRET, heavy), Tolerance(fewest=2))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"weights": (1, 2, 3)}, "weights: 8 are needed"),
        ({"weights": (0,) + (1,) * 7}, "weights: each must be 1 or more"),
        ({"agreement": Fraction(0)}, "agreement"),
        ({"agreement": Fraction(9, 8)}, "agreement"),
        ({"fewest": 0}, "fewest"),
        ({"fewest": 9}, "fewest"),
    ],
)
def test_a_tolerance_that_makes_no_sense_is_refused_when_it_is_made(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Tolerance(**wrong)  # type: ignore[arg-type]


# The chances that the docstring of same_machine states

LIGHT = ("board", "cpu", "memory")


def chance(present: Iterable[str] = COMPONENTS, equal: Iterable[str] = ()) -> Fraction:
    """That another computer passes: `equal` agrees for certain, each other component once in 15 times."""
    whole = tags(SECRET, {kind: WHOLE[kind] for kind in present})
    free = [kind for kind in present if kind not in set(equal)]
    total = Fraction(0)
    for agrees in product((True, False), repeat=len(free)):
        others = [kind for kind, agreed in zip(free, agrees, strict=True) if not agreed]
        if same_machine(whole, changed(whole, others)):
            total += Fraction(1, 15) ** agrees.count(True) * Fraction(14, 15) ** agrees.count(False)
    return total


@pytest.mark.parametrize(
    ("present", "equal", "one_in"),
    [
        (COMPONENTS, (), 9356),
        (COMPONENTS, LIGHT, 181),
        (COMPONENTS, ("machine_id", "volume", *LIGHT), 78),
        (COMPONENTS[1:], ("machine_id", "volume", *LIGHT), 8),
    ],
    ids=["nothing in common", "same model", "same model and image", "the same without product_uuid"],
)
def test_the_stated_chance_that_another_computer_passes(
    present: tuple[str, ...], equal: tuple[str, ...], one_in: int
) -> None:
    assert round(1 / chance(present, equal)) == one_in
    assert f"1 in {one_in:,}" in (same_machine.__doc__ or "")


def test_the_stated_bound_holds_whichever_components_are_absent() -> None:
    subsets = [kinds for many in range(9) for kinds in combinations(COMPONENTS, many)]

    assert Fraction(1, 609) < max(map(chance, subsets)) < Fraction(1, 608)


def test_the_default_tolerance_is_that_of_the_table() -> None:
    assert Tolerance((5, 4, 5, 2, 2, 2, 2, 1), Fraction(5, 8), 3) == Tolerance()
