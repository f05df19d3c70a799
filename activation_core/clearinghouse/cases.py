"""A case: what an operator is told of a licence, and of a computer that asks for it. It gives away no secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from activation_core.clearinghouse import decisions
from activation_core.clearinghouse.records import Activation, Grounds, Licence, Settlement
from activation_core.codes import Code, Kind
from activation_core.installation_id import InstallationId, Operation
from activation_core.products import Product
from activation_core.refusals import Refusal

KINDS: Mapping[Kind, str] = {Kind.PRODUCT_KEY: "product key", Kind.LICENSE_CODE: "license code"}

WHY_GIVEN: Mapping[Grounds, str] = {
    "again": "again",
    "same_machine": "same computer",
    "claimed": "new computer",
    "reactivated": "reactivated",
    "transferred": "transferred",
}


def subject(code: Code) -> str:
    """How the audit log names a licence: by its Product ID, in which nothing of the secret is."""
    return f"{KINDS[code.kind]} {code.product_id}"


@dataclass(frozen=True)
class Place:
    """A computer that has a place of the licence, next to the one that asks."""

    number: int
    parts: Mapping[str, bool]  # those that both show, each with whether it agrees
    is_same: bool


@dataclass(frozen=True)
class Asking:
    """A computer that asks: on which places it is measured, and what the desk would answer now."""

    installation_id: InstallationId = field(repr=False)
    places: tuple[Place, ...]
    answer: Settlement | Refusal

    @property
    def operation(self) -> Operation:
        return self.installation_id.operation

    @property
    def may_approve(self) -> bool:
        """Whether the answer is no, and a person may say yes."""
        return isinstance(self.answer, Refusal) and decisions.may_approve(self.installation_id, self.answer)


@dataclass(frozen=True)
class Case:
    code: Code = field(repr=False)
    product: Product
    licence: Licence
    activations: list[Activation] = field(repr=False)  # oldest first
    asking: Asking | None

    @property
    def grants(self) -> str:
        return decisions.grants(self.product, self.code.kind)[self.licence.grant]
