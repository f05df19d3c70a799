"""What a vendor sells: one entry a product, from `data/products.toml`. Parsed here, read elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from activation_core.confirmation_id import GRANTS
from activation_core.hardware import Tolerance


@dataclass(frozen=True)
class Product:
    number: int
    name: str
    installs_per_key: int = 1
    reactivations: int = 3  # how many times a key may move to changed hardware within the period
    reactivation_days: int = 180
    grace_days: int = 30
    terms: tuple[str, ...] = ("standard",)  # what the grant digit of a Confirmation ID stands for
    epochs: tuple[int, ...] = (0,)  # the signing keys in use, newest last
    tolerance: Tolerance = field(default_factory=Tolerance)
    public_keys: Mapping[int, bytes] = field(default_factory=dict)  # of each epoch

    def __post_init__(self) -> None:
        if not 0 <= self.number < 1 << 10:
            raise ValueError("its number has 10 bits, 0 to 1023")
        if not 1 <= len(self.terms) <= GRANTS:
            raise ValueError(f"between one and {GRANTS} terms")
        if not self.epochs or any(not 0 <= epoch < 16 for epoch in self.epochs):
            raise ValueError("at least one epoch, each from 0 to 15")
        if min(self.installs_per_key, self.reactivation_days) < 1 or min(self.reactivations, self.grace_days) < 0:
            raise ValueError("a count or a number of days is too small")


Products = Mapping[int, Product]


def parse(table: Mapping[str, Any]) -> Products:
    """The products by number. ValueError names the product and what is wrong with it."""
    products = [_product(entry) for entry in table.get("product", [])]
    if not products:
        raise ValueError("there is no [[product]]")
    by_number = {product.number: product for product in products}
    if len(by_number) < len(products):
        raise ValueError("two products have the same number")
    return by_number


def _product(entry: Mapping[str, Any]) -> Product:
    try:
        return _read(entry)
    except (TypeError, ValueError) as error:
        raise ValueError(f"product {entry.get('name')!r}: {error}") from error


def _read(entry: Mapping[str, Any]) -> Product:
    values = dict(entry)
    tolerance = dict(values.pop("hardware", {}))
    if "agreement" in tolerance:
        tolerance["agreement"] = Fraction(tolerance["agreement"])
    if "weights" in tolerance:
        tolerance["weights"] = tuple(tolerance["weights"])
    keys = {int(epoch): bytes.fromhex(key) for epoch, key in values.pop("public_keys", {}).items()}
    for name in ("terms", "epochs"):
        if not isinstance(values.get(name, []), list):
            raise ValueError(f"{name} is a list, in square brackets")
        if name in values:
            values[name] = tuple(values[name])
    return Product(**values, tolerance=Tolerance(**tolerance), public_keys=keys)
