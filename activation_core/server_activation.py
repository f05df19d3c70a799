"""The activation of one server, as the licensed computer sees it: grace, Installation ID, Confirmation ID.

Values and functions only: what is remembered is a frozen `ServerActivation`, each act returns the next one
or a refusal. Where it is stored, which hardware there is and what time it is, is told from outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from activation_core import clock, codes, confirmation_id, hardware, installation_id
from activation_core.clock import Clock
from activation_core.installation_id import Operation
from activation_core.products import Product
from activation_core.refusals import Refusal

# `restricted` and `locked` are what becomes of it after the grace period, as the product has it (rule 7).
State = Literal[
    "no_product_key",
    "grace",
    "restricted",
    "locked",
    "activated",
    "activated_by_manufacturer",
    "reactivation_needed",
]
ACTIVATED: frozenset[State] = frozenset({"activated", "activated_by_manufacturer"})
Method = Literal["telephone", "internet", "manufacturer"]


@dataclass(frozen=True)
class Confirmed:
    """The pair that proves an activation, when it was made, and how the answer came."""

    installation_id: str
    confirmation_id: str
    at: datetime
    method: Method = "telephone"


@dataclass(frozen=True)
class ServerActivation:
    """What a server remembers. `pending` is the Installation ID that is shown until it is answered."""

    clock: Clock
    product_key: str = field(default="", repr=False)  # kept out of logs
    counter: int = 0
    pending: str = ""
    confirmed: Confirmed | None = None
    changed_at: datetime | None = None  # since when the hardware is seen to be another than was confirmed
    reminded_at: datetime | None = None


def installed(now: datetime) -> ServerActivation:
    """A server right after Setup (rule 4)."""
    return ServerActivation(clock.start(now))


def state(activation: ServerActivation, components: Mapping[str, str], product: Product, now: datetime) -> State:
    """Where the server stands, by the time that `clock` reckons.

    Hardware is compared with what was confirmed, never with what was seen last. Whoever changed it has the
    grace period once more to activate again.
    """
    confirmed = activation.confirmed
    if confirmed and _same_hardware(activation, confirmed, components, product):
        return "activated_by_manufacturer" if confirmed.method == "manufacturer" else "activated"
    if clock.reckoned(activation.clock, now) >= grace_ends(activation, product, now):
        return product.when_grace_is_over
    if confirmed:
        return "reactivation_needed"
    return "grace" if activation.product_key else "no_product_key"


def is_proven(activation: ServerActivation, product: Product) -> bool:
    """Whether the clearinghouse confirmed what stands in `confirmed`. Whatever cannot be read is not proven."""
    confirmed = activation.confirmed
    if confirmed is None:
        return True
    try:
        asked, code = installation_id.parse(confirmed.installation_id), codes.parse(activation.product_key)
        answer = confirmation_id.parse(confirmed.confirmation_id)
    except ValueError:
        return False
    public_key = product.public_keys.get(asked.epoch)
    fits = (
        asked.operation.kind is code.kind is codes.Kind.PRODUCT_KEY and asked.product == product.number == code.product
    )
    return (
        public_key is not None
        and fits
        and asked.proves(code)
        and answer.grant < len(product.terms)
        and confirmation_id.verify(public_key, asked, code, answer)
    )


def services_run(state: State) -> bool:
    """Whether core services are accessible (rules 3 and 7)."""
    return state != "locked"


def grace_ends(activation: ServerActivation, product: Product, now: datetime) -> datetime:
    """The end of the time in which everything may still be done unactivated (rule 5)."""
    began = (activation.changed_at or now) if activation.confirmed else activation.clock.began
    return began + timedelta(days=product.grace_days)


def days_left(activation: ServerActivation, product: Product, now: datetime) -> int:
    """Until the end of the grace period, a day that has begun counted whole; 0 where it is over."""
    left = grace_ends(activation, product, now) - clock.reckoned(activation.clock, now)
    return max(0, -(-left // timedelta(days=1)))


def tick(
    activation: ServerActivation, components: Mapping[str, str], product: Product, now: datetime
) -> ServerActivation:
    """The server after a look at its clock and at its hardware."""
    ticked = replace(activation, clock=clock.tick(activation.clock, now))
    confirmed = activation.confirmed
    if confirmed is None or _same_hardware(activation, confirmed, components, product):
        return replace(ticked, changed_at=None)
    return replace(ticked, changed_at=activation.changed_at or ticked.clock.latest)


def reminder_is_due(
    activation: ServerActivation, state: State, product: Product, now: datetime, *, at_logon: bool
) -> bool:
    """At each logon, and at regular intervals, until it is activated (rule 6)."""
    if state in ACTIVATED:
        return False
    reminded = activation.reminded_at
    return at_logon or reminded is None or abs(now - reminded) >= timedelta(hours=product.reminder_hours)


def enter_product_key(activation: ServerActivation, text: str, product: Product) -> ServerActivation | Refusal:
    """The server with this product key; another key than before has to be activated anew. Mistyped names the group."""
    code = codes.parse(text)
    if code.kind is not codes.Kind.PRODUCT_KEY or code.product != product.number:
        return Refusal("wrong_code")
    if code.text == activation.product_key:
        return activation
    return replace(activation, product_key=code.text, pending="", confirmed=None, changed_at=None)


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


def accept(
    activation: ServerActivation, text: str, product: Product, now: datetime, method: Method = "telephone"
) -> ServerActivation | Refusal:
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
    return replace(
        activation, pending="", confirmed=Confirmed(asked.digits, typed.digits, now, method), changed_at=None
    )


def _same_hardware(
    activation: ServerActivation, confirmed: Confirmed, components: Mapping[str, str], product: Product
) -> bool:
    tags = hardware.tags(codes.parse(activation.product_key).key, components)
    return hardware.same_machine(installation_id.parse(confirmed.installation_id).hardware, tags, product.tolerance)
