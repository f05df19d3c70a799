"""What a vendor sells: one entry a product, from `data/products.toml`. Parsed here, read elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, get_args

from activation_core.confirmation_id import GRANTS
from activation_core.hardware import Tolerance

Holder = Literal["device", "user"]
WhenGraceIsOver = Literal["locked", "restricted"]


@dataclass(frozen=True)
class Pack:
    """The client access licences that one license code stands for (rules 18, 24, 25)."""

    licences: int
    holder: Holder
    upgrade: bool = False  # for those who have licences of an earlier version (rule 34)

    def __post_init__(self) -> None:
        if type(self.licences) is not int or self.licences < 1:
            raise ValueError(f"a pack has one license or more, not {self.licences!r}")
        if self.holder not in get_args(Holder):
            raise ValueError(f"a pack is for a device or a user, not {self.holder!r}")
        if type(self.upgrade) is not bool:
            raise ValueError(f"upgrade is true or false, not {self.upgrade!r}")

    @property
    def name(self) -> str:
        """What it is called in commands: `20-device`, `5-user-upgrade`."""
        return f"{self.licences}-{self.holder}{'-upgrade' if self.upgrade else ''}"

    @property
    def words(self) -> str:
        """What it is called in sentences: `20 device licenses`, `5 user upgrade licenses`."""
        upgrade, plural = " upgrade" * self.upgrade, "s" * (self.licences > 1)
        return f"{self.licences} {self.holder}{upgrade} license{plural}"


_PACKS = tuple(
    Pack(licences, holder, upgrade) for upgrade in (False, True) for holder in get_args(Holder) for licences in (5, 20)
)
_AT_LEAST = {
    "installs_per_key": 1,
    "reactivations": 0,
    "reactivation_days": 1,
    "grace_days": 0,
    "included_licences": 0,
    "transfers": 0,
    "transfer_days": 1,
    "reminder_hours": 1,
    "temporary_days": 0,
}


@dataclass(frozen=True)
class Product:
    number: int
    name: str
    installs_per_key: int = 1
    reactivations: int = 3  # how many times a key may move to changed hardware within the period
    reactivation_days: int = 180
    grace_days: int = 30
    when_grace_is_over: WhenGraceIsOver = "locked"  # what stops then: core services too, or licensing tasks only
    reminder_hours: int = 24  # between two reminders during the grace period (rule 6)
    terms: tuple[str, ...] = ("standard",)  # what the grant digit of a product key's Confirmation ID stands for
    packs: tuple[Pack, ...] = _PACKS  # what it stands for in that of a license code
    included_licences: int = 5  # that need no activation (rule 19)
    transfers: int = 2  # how many times a license code may move to another computer within the period
    transfer_days: int = 180
    temporary_days: int = 90  # how long a temporary client licence lasts
    upgrades_from: tuple[int, ...] = ()  # numbers of earlier versions: their license codes are not valid here
    epochs: tuple[int, ...] = (0,)  # the signing keys in use, newest last
    tolerance: Tolerance = field(default_factory=Tolerance)
    public_keys: Mapping[int, bytes] = field(default_factory=dict)  # of each epoch

    def __post_init__(self) -> None:
        if not 0 <= self.number < 1 << 10:
            raise ValueError("its number has 10 bits, 0 to 1023")
        if not 1 <= len(self.terms) <= GRANTS:
            raise ValueError(f"between one and {GRANTS} terms")
        if not 1 <= len(self.packs) <= GRANTS:
            raise ValueError(f"between one and {GRANTS} packs")
        if len({pack.name for pack in self.packs}) < len(self.packs):
            raise ValueError("the same pack twice")
        if not self.epochs or any(not 0 <= epoch < 16 for epoch in self.epochs):
            raise ValueError("at least one epoch, each from 0 to 15")
        if any(type(number) is not int or not 0 <= number < 1 << 10 for number in self.upgrades_from):
            raise ValueError("upgrades_from: the numbers of products, each from 0 to 1023")
        if self.number in self.upgrades_from:
            raise ValueError("upgrades_from: an earlier version has a number of its own")
        if self.when_grace_is_over not in get_args(WhenGraceIsOver):
            allowed = " or ".join(map(repr, get_args(WhenGraceIsOver)))
            raise ValueError(f"when_grace_is_over: {allowed}, not {self.when_grace_is_over!r}")
        for name, least in _AT_LEAST.items():
            value = getattr(self, name)
            if type(value) is not int or value < least:
                raise ValueError(f"{name}: a whole number from {least} on is needed, not {value!r}")

    def pack(self, name: str) -> Pack:
        """The pack of this name. ValueError names those that there are."""
        found = next((pack for pack in self.packs if pack.name == name), None)
        if found is None:
            raise ValueError(f"{self.name} has {', '.join(pack.name for pack in self.packs)}, not {name!r}.")
        return found


Products = Mapping[int, Product]


def parse(table: Mapping[str, Any]) -> Products:
    """The products by number. ValueError names the product and what is wrong with it."""
    entries = table.get("product", [])
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise ValueError("product: expected a list of tables, written [[product]]")
    products = [_product(entry) for entry in entries]
    if not products:
        raise ValueError("there is no [[product]]")
    by_number = {product.number: product for product in products}
    if len(by_number) < len(products):
        raise ValueError("two products have the same number")
    return by_number


def named(products: Products, text: str) -> Product:
    """The product of this number or name. ValueError names those that there are."""
    wanted = " ".join(text.split()).casefold()
    found = [one for one in products.values() if wanted in (str(one.number), one.name.casefold())]
    if len(found) == 1:
        return found[0]
    problem = "More than one product has this name; give the number" if found else f"There is no product {text!r}"
    known = ", ".join(f"{one.number} ({one.name})" for one in products.values())
    raise ValueError(f"{problem}. There are: {known}.")


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
    for name in ("terms", "epochs", "packs", "upgrades_from"):
        if not isinstance(values.get(name, []), list):
            raise ValueError(f"{name} is a list, in square brackets")
        if name in values:
            values[name] = tuple(values[name])
    if "packs" in values:
        values["packs"] = tuple(Pack(**pack) for pack in values["packs"])
    return Product(**values, tolerance=Tolerance(**tolerance), public_keys=keys)
