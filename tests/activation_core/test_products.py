"""What a vendor sells is declared in a file, and a wrong declaration is refused when it is read."""

import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from activation_core import products
from activation_core.hardware import Tolerance
from activation_core.products import Pack, Product

OURS = Path(__file__).parents[2] / "data" / "products.toml"


def entry(**changes: Any) -> dict[str, Any]:
    return {"number": 7, "name": "Harbor"} | changes


def one(**changes: Any) -> Product:
    return products.parse({"product": [entry(**changes)]})[7]


def test_the_products_of_this_repository_are_right_and_found_by_number() -> None:
    table = products.parse(tomllib.loads(OURS.read_text()))

    assert table
    assert all(product.number == number for number, product in table.items())


def test_a_product_needs_a_number_and_a_name_only() -> None:
    assert one() == Product(7, "Harbor")


def test_rule_05_the_grace_period_is_thirty_days_unless_the_product_says_otherwise() -> None:
    assert one().grace_days == 30
    assert one(grace_days=14).grace_days == 14


def test_a_key_may_activate_one_computer_unless_the_product_says_otherwise() -> None:
    assert one().installs_per_key == 1


def test_lists_epochs_and_public_keys_are_read_as_what_they_are() -> None:
    read = one(terms=["standard", "site"], epochs=[0, 1], public_keys={"1": "00ff"})

    assert (read.terms, read.epochs, read.public_keys) == (("standard", "site"), (0, 1), {1: b"\x00\xff"})


def test_the_tolerance_of_a_product_is_its_own() -> None:
    read = one(hardware={"weights": [1] * 8, "agreement": "1/2", "fewest": 2})

    assert read.tolerance == Tolerance((1,) * 8, Fraction(1, 2), 2)


def test_rule_25_packs_are_of_five_or_twenty_unless_the_product_says_otherwise() -> None:
    assert [pack.name for pack in one().packs if not pack.upgrade] == ["5-device", "20-device", "5-user", "20-user"]
    assert one(packs=[{"licences": 7, "holder": "user"}]).packs == (Pack(7, "user"),)


def test_rule_19_five_licences_are_included_unless_the_product_says_otherwise() -> None:
    assert one().included_licences == 5
    assert one(included_licences=0).included_licences == 0


def test_rule_34_the_earlier_versions_and_the_packs_that_upgrade_them_are_declared() -> None:
    read = one(upgrades_from=[3, 4], packs=[{"licences": 5, "holder": "device", "upgrade": True}])

    assert read.upgrades_from == (3, 4)
    assert (read.packs[0].name, read.packs[0].words) == ("5-device-upgrade", "5 device upgrade licenses")


def test_a_pack_is_found_by_its_name_and_read_in_words() -> None:
    assert one().pack("20-device") == Pack(20, "device")
    assert (Pack(20, "device").words, Pack(1, "user").words) == ("20 device licenses", "1 user license")
    with pytest.raises(ValueError, match=r"Harbor has 5-device, .* not '6-device'"):
        one().pack("6-device")


def test_rule_07_grace_ends_hard_unless_the_product_says_otherwise() -> None:
    assert one().when_grace_is_over == "locked"
    assert one(when_grace_is_over="restricted").when_grace_is_over == "restricted"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"packs": [{"licences": 5, "holder": "cat"}]}, "a pack is for a device or a user, not 'cat'"),
        ({"packs": [{"licences": 0, "holder": "user"}]}, "a pack has one license or more, not 0"),
        ({"packs": [{"licences": 5, "holder": "user", "upgrade": 1}]}, "upgrade is true or false, not 1"),
        ({"packs": [{"licences": 5, "holder": "user"}] * 2}, "the same pack twice"),
        ({"packs": [{"licences": n, "holder": "user"} for n in range(1, 12)]}, "between one and 10 packs"),
        ({"packs": []}, "between one and 10 packs"),
        ({"packs": {"licences": 5, "holder": "user"}}, "packs is a list, in square brackets"),
        ({"upgrades_from": 3}, "upgrades_from is a list, in square brackets"),
        ({"upgrades_from": [1024]}, "upgrades_from: the numbers of products, each from 0 to 1023"),
        ({"upgrades_from": [7]}, "upgrades_from: an earlier version has a number of its own"),
        ({"when_grace_is_over": "shut"}, "when_grace_is_over: 'locked' or 'restricted', not 'shut'"),
        ({"transfers": -1}, "transfers: a whole number from 0 on is needed, not -1"),
        ({"transfer_days": 0}, "transfer_days: a whole number from 1 on is needed, not 0"),
        ({"reminder_hours": 0.5}, "reminder_hours: a whole number from 1 on is needed, not 0.5"),
        ({"temporary_days": True}, "temporary_days: a whole number from 0 on is needed, not True"),
        ({"included_licences": "5"}, "included_licences: a whole number from 0 on is needed, not '5'"),
    ],
    ids=str,
)
def test_a_wrong_declaration_is_told_in_words(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=rf"product 'Harbor': {said}$"):
        one(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"number": -1},
        {"number": 1024},
        {"number": "seven"},
        {"terms": []},
        {"terms": [str(place) for place in range(11)]},
        {"epochs": []},
        {"epochs": [16]},
        {"epochs": [-1]},
        {"epochs": 0},
        {"installs_per_key": 0},
        {"reactivation_days": 0},
        {"reactivations": -1},
        {"grace_days": -1},
        {"grace_days": "thirty"},
        {"graces": 3},
        {"hardware": {"fewest": 9}},
        {"hardware": {"agreement": "most"}},
        {"hardware": {"nonsense": 1}},
        {"public_keys": {"0": "no hex"}},
        {"public_keys": {"first": "00"}},
    ],
    ids=str,
)
def test_a_wrong_declaration_is_refused_with_the_name_of_the_product(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="'Harbor'"):
        products.parse({"product": [entry(**changes)]})


def test_a_product_without_a_number_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"'Harbor'.*number"):
        products.parse({"product": [{"name": "Harbor"}]})


@pytest.mark.parametrize("entries", [True, 1, "Harbor", {"number": 1}, [1], [[]]])
def test_products_that_are_no_list_of_tables_are_refused(entries: object) -> None:
    with pytest.raises(ValueError, match=r"written \[\[product\]\]"):
        products.parse({"product": entries})


def test_two_products_of_one_number_are_refused() -> None:
    with pytest.raises(ValueError, match="two products have the same number"):
        products.parse({"product": [entry(), entry(name="Other")]})
