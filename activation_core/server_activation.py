"""The activation of one server, as the licensed computer sees it: grace, Installation ID, Confirmation ID.

Values and functions only: what is remembered is a frozen `ServerActivation`, each act returns the next one
or a refusal. Where it is stored, which hardware there is and what time it is, is told from outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from activation_core import codes, confirmation_id, hardware, installation_id
from activation_core.installation_id import Operation
from activation_core.products import Product
from activation_core.refusals import Refusal

State = Literal["no_product_key", "grace", "grace_over", "activated", "reactivation_needed"]


@dataclass(frozen=True)
class Confirmed:
    """The pair that proves an activation, and when it was made."""

    installation_id: str
    confirmation_id: str
    at: datetime


@dataclass(frozen=True)
class ServerActivation:
    """What a server remembers. `pending` is the Installation ID that is shown until it is answered."""

    installed_at: datetime
    product_key: str = field(default="", repr=False)  # kept out of logs
    counter: int = 0
    pending: str = ""
    confirmed: Confirmed | None = None


def state(activation: ServerActivation, components: Mapping[str, str], product: Product, now: datetime) -> State:
    """Where the server stands. Hardware is compared with what was confirmed, never with what was seen last."""
    if activation.confirmed:
        same = hardware.same_machine(
            installation_id.parse(activation.confirmed.installation_id).hardware,
            hardware.tags(codes.parse(activation.product_key).key, components),
            product.tolerance,
        )
        return "activated" if same else "reactivation_needed"
    if now >= grace_ends(activation, product):
        return "grace_over"
    return "grace" if activation.product_key else "no_product_key"


def grace_ends(activation: ServerActivation, product: Product) -> datetime:
    return activation.installed_at + timedelta(days=product.grace_days)


def enter_product_key(activation: ServerActivation, text: str, product: Product) -> ServerActivation | Refusal:
    """The server with this product key; another key than before has to be activated anew. Mistyped names the group."""
    code = codes.parse(text)
    if code.kind is not codes.Kind.PRODUCT_KEY or code.product != product.number:
        return Refusal("wrong_code")
    if code.text == activation.product_key:
        return activation
    return replace(activation, product_key=code.text, pending="", confirmed=None)


def ask(activation: ServerActivation, components: Mapping[str, str], product: Product) -> ServerActivation | Refusal:
    """The server with a pending Installation ID to show.

    It stays the same until it is answered, the hardware is another or its signing key is out of use.
    """
    if not activation.product_key:
        return Refusal("no_product_key")
    code = codes.parse(activation.product_key)
    tags = hardware.tags(code.key, components)
    if not hardware.same_machine(tags, tags, product.tolerance):
        return Refusal("too_few_components")
    if activation.pending:
        pending = installation_id.parse(activation.pending)
        if pending.epoch in product.epochs and hardware.same_machine(pending.hardware, tags, product.tolerance):
            return activation
    operation = Operation.REACTIVATE if activation.confirmed else Operation.ACTIVATE
    counter = activation.counter + 1
    asked = installation_id.make(operation, code, product.epochs[-1], tags, counter)
    return replace(activation, counter=counter, pending=asked.digits)


def accept(activation: ServerActivation, text: str, product: Product, now: datetime) -> ServerActivation | Refusal:
    """The server, activated, if this Confirmation ID answers its Installation ID; from whatever state.

    Typing the one that is in force again changes nothing, unless a newer Installation ID waits for its own
    answer: then it is not that. Mistyped names each block that is wrong.
    """
    typed = confirmation_id.parse(text)
    if not activation.product_key:
        return Refusal("no_product_key")
    if not activation.pending:
        in_force = activation.confirmed and typed.digits == activation.confirmed.confirmation_id
        return activation if in_force else Refusal("not_the_answer")
    asked = installation_id.parse(activation.pending)
    public_key = product.public_keys.get(asked.epoch)
    if public_key is None:
        return Refusal("no_public_key")
    code = codes.parse(activation.product_key)
    if typed.grant >= len(product.terms) or not confirmation_id.verify(public_key, asked, code, typed):
        return Refusal("not_the_answer")
    return replace(activation, pending="", confirmed=Confirmed(asked.digits, typed.digits, now))
