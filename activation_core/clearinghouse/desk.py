"""The desk: the one place that confirms, for the telephone, the Internet method and an operator alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from activation_core import codes, confirmation_id, installation_id
from activation_core.clearinghouse.keys import Keys
from activation_core.clearinghouse.records import Activation, Channel, Claim, Grounds, History, Records, Settlement
from activation_core.codes import Code, Kind
from activation_core.hardware import likeness, same_machine
from activation_core.installation_id import InstallationId, Operation
from activation_core.mistyped import Mistyped
from activation_core.products import Product, Products
from activation_core.refusals import Refusal


@dataclass(frozen=True)
class Confirmation:
    """A yes: the Confirmation ID, what it grants, and why it was given."""

    blocks: tuple[str, ...]
    terms: str
    grounds: Grounds


class Desk:
    def __init__(self, products: Products, keys: Keys, records: Records) -> None:
        self._products, self._keys, self.records = products, keys, records

    def confirm(self, text: str, channel: Channel, now: datetime) -> Confirmation | Refusal:
        """The answer to an Installation ID, as it was typed or keyed.

        Durable before it is returned. The same Installation ID always gets the same Confirmation ID, as
        long as its key is not withdrawn.
        """
        try:
            asked = installation_id.parse(text)
        except Mistyped as error:
            return Refusal("mistyped", {"blocks": [fault.place for fault in error.faults]})
        except installation_id.Malformed:
            return Refusal("malformed")
        code = codes.issue(asked.operation.kind, asked.product, asked.serial, self._keys.issuing)
        product = self._products.get(asked.product)
        # Before anything is looked up, so that the time it takes tells nobody which serials were issued.
        # License codes are not issued yet, so none is genuine.
        if not asked.proves(code) or product is None or code.kind is not Kind.PRODUCT_KEY:
            return Refusal("not_genuine")

        def decide(history: History) -> Settlement | Refusal:
            return _decide(asked, product, history, now)

        settled = self.records.settle(asked, channel, now, decide)
        if isinstance(settled, Refusal):
            return settled
        signing_key = self._keys.signing[asked.product, asked.epoch]
        answer = confirmation_id.sign(signing_key, asked, code, settled.grant)
        return Confirmation(answer.blocks, product.terms[settled.grant], settled.grounds)

    def issue(self, product: int, count: int, terms: str, randbelow: Callable[[int], int], now: datetime) -> list[Code]:
        """New product keys, kept durably. Their serials are random: a key tells nobody how many were sold."""
        grant = _grant(self._product(product), terms)
        serials: list[int] = []
        while missing := count - len(serials):
            drawn = {randbelow(1 << 32) for _ in range(missing)}
            serials += self.records.add_licences(Kind.PRODUCT_KEY, product, drawn, grant, now)
        return [codes.issue(Kind.PRODUCT_KEY, product, serial, self._keys.issuing) for serial in serials]

    def revoke(self, text: str, now: datetime) -> bool:
        """Withdraw a code for good; False where it was never issued. Mistyped names the group that is wrong."""
        code = codes.parse(text)
        return self._is_genuine(code) and self.records.revoke(code.kind, code.product, code.serial, now)

    def activations_of(self, code: Code) -> list[Activation]:
        """The confirmations that this code was given, oldest first; none where its secret is not right."""
        if not self._is_genuine(code):
            return []
        return self.records.activations_of(code.kind, code.product, code.serial)

    def masked(self, given: Activation) -> str:
        """The code behind an activation, for staff: enough to tell it from another, too little to use."""
        return codes.issue(given.kind, given.product, given.serial, self._keys.issuing).masked

    def _is_genuine(self, code: Code) -> bool:
        return codes.issue(code.kind, code.product, code.serial, self._keys.issuing) == code

    def _product(self, number: int) -> Product:
        try:
            return self._products[number]
        except KeyError:
            raise ValueError(f"There is no product {number}; there are {sorted(self._products)}.") from None


def _grant(product: Product, terms: str) -> int:
    if terms not in product.terms:
        raise ValueError(f"{product.name} has no terms {terms!r}; it has {', '.join(product.terms)}.")
    return product.terms.index(terms)


def _decide(asked: InstallationId, product: Product, history: History, now: datetime) -> Settlement | Refusal:
    licence = history.licence
    if licence is None:
        return Refusal("not_genuine")
    if licence.revoked:
        return Refusal("revoked")
    if asked.epoch not in product.epochs:
        return Refusal("wrong_epoch")
    if licence.grant >= len(product.terms):
        raise ValueError(f"{product.name} has fewer terms than were sold: put them back into products.toml.")

    def granted(grounds: Grounds, claim: Claim) -> Settlement:
        return Settlement(grounds, claim, licence.grant)

    for given in history.activations:
        if given.installation_id == asked.digits:
            return granted("again", Claim(given.place, asked.hardware))
    for claim in history.claims:
        if same_machine(claim.hardware, asked.hardware, product.tolerance):
            return granted("same_machine", claim)
    reactivates = asked.operation is Operation.REACTIVATE and bool(history.claims)
    if reactivates and _reactivations(history, product, now) < product.reactivations:
        # The place moves along with the computer, so that changed hardware does not use up another one.
        moved = max(history.claims, key=lambda claim: likeness(claim.hardware, asked.hardware, product.tolerance))
        return granted("reactivated", Claim(moved.place, asked.hardware))
    taken = {claim.place for claim in history.claims}
    free = next((place for place in range(product.installs_per_key) if place not in taken), None)
    if free is not None:
        return granted("claimed", Claim(free, asked.hardware))
    return Refusal("out_of_budget" if reactivates else "in_use")


def _reactivations(history: History, product: Product, now: datetime) -> int:
    """How many count against the budget: those within the period."""
    since = now - timedelta(days=product.reactivation_days)
    return sum(given.grounds == "reactivated" and given.confirmed_at > since for given in history.activations)
