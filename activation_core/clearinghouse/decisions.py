"""What the desk answers and why: the rules alone, given what is known of a licence. Nothing is asked or kept here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from activation_core.clearinghouse.records import Channel, Claim, Grounds, History, Settlement
from activation_core.codes import Kind
from activation_core.hardware import likeness, same_machine
from activation_core.installation_id import InstallationId, Operation
from activation_core.products import Product
from activation_core.refusals import Refusal

Standing = Literal["current", "moved"]


def grants(product: Product, kind: Kind) -> tuple[str, ...]:
    """What the grant digit stands for: terms for a product key, packs for a license code."""
    return product.terms if kind is Kind.PRODUCT_KEY else tuple(pack.words for pack in product.packs)


def decide(
    asked: InstallationId,
    product: Product,
    channel: Channel,
    history: History,
    now: datetime,
    approved: bool = False,
) -> Settlement | Refusal:
    """The answer to a proven Installation ID. ValueError where what was sold is no longer declared.

    `approved`: a person said yes. That counts where a person may decide, and nowhere else.
    """
    kind, licence = asked.operation.kind, history.licence
    if licence is None:
        return Refusal("not_genuine")
    if licence.revoked:
        return Refusal("revoked")
    if asked.epoch not in product.epochs:
        return Refusal("wrong_epoch")
    if asked.operation is Operation.TRANSFER and channel == "internet":
        return Refusal("transfer_by_telephone")
    if licence.grant >= len(grants(product, kind)):
        what = "terms" if kind is Kind.PRODUCT_KEY else "packs"
        raise ValueError(f"{product.name} has fewer {what} than were sold: put them back into products.toml.")
    answer = _as_before(asked, product, history) or _ANSWERS[kind](asked, product, history, now)
    if approved and isinstance(answer, Refusal) and may_approve(asked, answer):
        answer = _moved(asked, product, history)
    return answer if isinstance(answer, Refusal) else Settlement(*answer, licence.grant)


def may_approve(asked: InstallationId, refusal: Refusal) -> bool:
    """Whether a person may say yes where the rules say no (17, 30 to 33).

    Changed hardware may be the same computer all the same, and a budget is there for a person to look beyond it.
    Licences move by a transfer only: a computer that adds or reissues them shall start one.
    """
    return refusal.code in ("in_use", "out_of_budget") or (
        refusal.code == "transfer_needed" and asked.operation is Operation.TRANSFER
    )


def standing(asked: InstallationId, product: Product, history: History) -> Standing | Refusal:
    """Whether a computer that was confirmed still has the place of its licence."""
    if history.licence is None:
        return Refusal("not_genuine")
    if history.licence.revoked:
        return Refusal("revoked")
    if not _given(asked, history):
        return Refusal("not_confirmed")
    return "current" if _place_of(asked, product, history) else "moved"


_Answer = tuple[Grounds, Claim]


def _as_before(asked: InstallationId, product: Product, history: History) -> _Answer | Refusal | None:
    """The answer to whoever was confirmed already, which counts nothing."""
    claim = _place_of(asked, product, history)
    for place in _given(asked, history):
        if claim is None and asked.operation.kind is Kind.LICENSE_CODE:
            # It was transferred since. A computer that lost its count may ask with an old Installation ID again.
            return Refusal("transfer_needed")
        return "again", Claim(place, asked.hardware)
    return ("same_machine", claim) if claim else None


def _product_key(asked: InstallationId, product: Product, history: History, now: datetime) -> _Answer | Refusal:
    reactivates = asked.operation is Operation.REACTIVATE and bool(history.claims)
    if reactivates and _within(product.reactivation_days, "reactivated", history, now) < product.reactivations:
        return _moved(asked, product, history)
    taken = {claim.place for claim in history.claims}
    free = next((place for place in range(product.installs_per_key) if place not in taken), None)
    if free is not None:
        return "claimed", Claim(free, asked.hardware)
    return Refusal("out_of_budget" if reactivates else "in_use")


def _license_code(asked: InstallationId, product: Product, history: History, now: datetime) -> _Answer | Refusal:
    """A license code has one place: its licences are on one computer at a time."""
    if not history.claims:
        return "claimed", Claim(0, asked.hardware)
    if asked.operation is not Operation.TRANSFER:
        return Refusal("transfer_needed")
    if _within(product.transfer_days, "transferred", history, now) >= product.transfers:
        return Refusal("out_of_budget")
    return _moved(asked, product, history)


def _moved(asked: InstallationId, product: Product, history: History) -> _Answer:
    """The place of the likeliest computer moves along, so that changed hardware does not use up another one."""
    moved = max(history.claims, key=lambda claim: likeness(claim.hardware, asked.hardware, product.tolerance))
    grounds: Grounds = "reactivated" if asked.operation.kind is Kind.PRODUCT_KEY else "transferred"
    return grounds, Claim(moved.place, asked.hardware)


_ANSWERS = {Kind.PRODUCT_KEY: _product_key, Kind.LICENSE_CODE: _license_code}


def _given(asked: InstallationId, history: History) -> list[int]:
    """The place that this very Installation ID was confirmed for, if it was."""
    return [given.place for given in history.activations if given.installation_id == asked.digits]


def _place_of(asked: InstallationId, product: Product, history: History) -> Claim | None:
    """The place that belongs to this computer."""
    return next(
        (claim for claim in history.claims if same_machine(claim.hardware, asked.hardware, product.tolerance)), None
    )


def _within(days: int, grounds: Grounds, history: History, now: datetime) -> int:
    """How many moves count against the budget: those within the period."""
    since = now - timedelta(days=days)
    return sum(given.grounds == grounds and given.confirmed_at > since for given in history.activations)
