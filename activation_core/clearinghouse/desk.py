"""The desk: the one place that confirms, for the telephone, the Internet method and an operator alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from activation_core import codes, confirmation_id, installation_id
from activation_core.clearinghouse import decisions
from activation_core.clearinghouse.cases import Asking, Case, Place
from activation_core.clearinghouse.decisions import Standing
from activation_core.clearinghouse.keys import KeyRing
from activation_core.clearinghouse.records import (
    Activation,
    Channel,
    Grounds,
    Held,
    History,
    Note,
    Records,
    Settlement,
    Wrong,
    never,
)
from activation_core.clearinghouse.throttle import Throttle
from activation_core.codes import Code, Kind
from activation_core.confirmation_id import ConfirmationId
from activation_core.hardware import compared, same_machine
from activation_core.installation_id import InstallationId
from activation_core.mistyped import Mistyped
from activation_core.products import Pack, Product, Products
from activation_core.refusals import Refusal


@dataclass(frozen=True)
class Confirmation:
    """A yes: the Confirmation ID, what it grants, and why it was given."""

    blocks: tuple[str, ...]
    grants: str  # the terms of a product key, the pack of a license code in words
    grounds: Grounds


class Desk:
    def __init__(self, products: Products, keys: KeyRing, records: Records, throttle: Throttle | None = None) -> None:
        self._products, self._keys, self.records, self._throttle = products, keys, records, throttle

    def confirm(
        self,
        text: str,
        channel: Channel,
        now: datetime,
        *,
        line: str = "",
        approved: bool = False,
        note: Note[Settlement] | None = None,
    ) -> Confirmation | Refusal:
        """The answer to an Installation ID, as it was typed or keyed.

        Durable before it is returned, together with the `note`. The same Installation ID always gets the same
        Confirmation ID, as long as its key is not withdrawn. `approved`: see `decisions.may_approve`. `line` is the
        number or address that asks, '' where it is not known: too many wrong ones, and it is answered no more today.
        """
        throttle = self._throttle if channel != "operator" else None
        slowly = channel == "telephone"  # who keys 49 digits is slow enough
        proven = self._proven(text)
        if isinstance(proven, Refusal):
            if throttle and proven.code == "not_genuine":
                return throttle.refused(line, slowly, installation_id.parse(text).serial, now)
            return proven
        asked, code, product = proven
        held: Held = partial(throttle.held, line=line, slowly=slowly, now=now) if throttle else never
        wrong: Wrong = partial(throttle.count, line=line, serial=asked.serial, now=now) if throttle else never

        def decide(history: History) -> Settlement | Refusal:
            return decisions.decide(asked, product, channel, history, now, approved)

        settled = self.records.settle(asked, channel, now, decide, note, held, wrong)
        if isinstance(settled, Refusal):
            return settled
        signature = self._keys.sign(confirmation_id.message(asked, code, settled.grant))
        answer = ConfirmationId(settled.grant, signature)
        return Confirmation(answer.blocks, decisions.grants(product, code.kind)[settled.grant], settled.grounds)

    def case(self, text: str, now: datetime) -> Case | Refusal:
        """What is known of the licence of an Installation ID, for an operator. Nothing is counted or kept."""
        proven = self._proven(text)
        if isinstance(proven, Refusal):
            return proven
        asked, code, product = proven
        history = self.records.history(asked)
        licence = history.licence
        if licence is None:
            return Refusal("not_genuine")
        answer = decisions.decide(asked, product, "operator", history, now)
        parts = (compared(claim.hardware, asked.hardware) for claim in history.claims)
        places = tuple(
            Place(claim.place, parts_of, same_machine(claim.hardware, asked.hardware, product.tolerance))
            for claim, parts_of in zip(history.claims, parts, strict=True)
        )
        return Case(code, product, licence, self.activations_of(code), Asking(asked, places, answer))

    def case_of(self, code: Code) -> Case | Refusal:
        """The same of a code, where nobody asks for anything."""
        licence = self.records.licence(code.kind, code.product, code.serial)
        if not self._is_genuine(code) or licence is None:
            return Refusal("not_genuine")
        return Case(code, self._product(code.product), licence, self.activations_of(code), None)

    def standing(self, text: str) -> Standing | Refusal:
        """Whether the licence still belongs to the computer of this Installation ID, or has moved to another one.

        A computer asks before it takes licences back from a backup. Nothing is counted or kept. Refused where
        the licence was withdrawn, and where this Installation ID was never confirmed.
        """
        proven = self._proven(text)
        if isinstance(proven, Refusal):
            return proven
        asked, _, product = proven
        return decisions.standing(asked, product, self.records.history(asked))

    def issue(
        self,
        product: int,
        count: int,
        granting: str | Pack,
        randbelow: Callable[[int], int],
        now: datetime,
        note: Note[list[int]] | None = None,
    ) -> list[Code]:
        """New codes, kept durably: product keys for terms, license codes for a pack.

        Their serials are random: a code tells nobody how many were sold.
        """
        kind, grant = _grant(self._product(product), granting)
        serials: list[int] = []
        while missing := count - len(serials):
            drawn = {randbelow(1 << 32) for _ in range(missing)}
            serials += self.records.add_licences(kind, product, drawn, grant, now, note)
        return [codes.issue(kind, product, serial, self._keys.issuing) for serial in serials]

    def revoke(self, text: str, now: datetime, note: Note[bool] | None = None) -> bool:
        """Withdraw a code for good; False where it was never issued. Mistyped names the group that is wrong."""
        code = codes.parse(text)
        return self._is_genuine(code) and self.records.revoke(code.kind, code.product, code.serial, now, note)

    def activations_of(self, code: Code) -> list[Activation]:
        """The confirmations that this code was given, oldest first; none where its secret is not right."""
        if not self._is_genuine(code):
            return []
        return self.records.activations_of(code.kind, code.product, code.serial)

    def masked(self, given: Activation) -> str:
        """The code behind an activation, for staff: enough to tell it from another, too little to use."""
        code = self._code_of(installation_id.parse(given.installation_id))
        return code.masked if code else "withdrawn"  # it was made with an issuing key that is no longer believed

    def _proven(self, text: str) -> tuple[InstallationId, Code, Product] | Refusal:
        """What was typed, where it was made with the code that it names.

        Nothing is looked up for it, so that the time it takes tells nobody which serials were issued.
        """
        try:
            asked = installation_id.parse(text)
        except Mistyped as error:
            return Refusal("mistyped", {"blocks": [fault.place for fault in error.faults]})
        except installation_id.Malformed:
            return Refusal("malformed")
        code, product = self._code_of(asked), self._products.get(asked.product)
        if code is None or product is None:
            return Refusal("not_genuine")
        return asked, code, product

    def _code_of(self, asked: InstallationId) -> Code | None:
        """The code that this was made with. All keys are tried, so that the time it takes tells nothing."""
        tried = [codes.issue(asked.operation.kind, asked.product, asked.serial, key) for key in self._issuing_keys]
        proven = [code for code in tried if asked.proves(code)]
        return proven[0] if proven else None

    def _is_genuine(self, code: Code) -> bool:
        return code in [codes.issue(code.kind, code.product, code.serial, key) for key in self._issuing_keys]

    @property
    def _issuing_keys(self) -> tuple[bytes, ...]:
        return (self._keys.issuing, *self._keys.earlier)

    def _product(self, number: int) -> Product:
        try:
            return self._products[number]
        except KeyError:
            raise ValueError(f"There is no product {number}; there are {sorted(self._products)}.") from None


def _grant(product: Product, granting: str | Pack) -> tuple[Kind, int]:
    """The kind of code for this, and what stands for it in its Confirmation IDs."""
    kind = Kind.LICENSE_CODE if isinstance(granting, Pack) else Kind.PRODUCT_KEY
    wanted = granting.words if isinstance(granting, Pack) else granting
    known = decisions.grants(product, kind)
    if wanted not in known:
        raise ValueError(f"{product.name} does not have {wanted!r}; it has {', '.join(known)}.")
    return kind, known.index(wanted)
