"""What a vendor sells is declared in a file, and a wrong declaration is refused when it is read."""

import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from activation_core import products
from activation_core.hardware import Tolerance
from activation_core.products import Product

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


def test_two_products_of_one_number_are_refused() -> None:
    with pytest.raises(ValueError, match="two products have the same number"):
        products.parse({"product": [entry(), entry(name="Other")]})
