"""A case in words: how alike two computers are, and what the desk would answer and why."""

from __future__ import annotations

from collections.abc import Mapping

from activation_core.clearinghouse.cases import Asking, Case, Place
from activation_core.clearinghouse.records import Grounds, Settlement
from activation_core.codes import Kind
from activation_core.installation_id import Operation

OPERATIONS: Mapping[Operation, str] = {
    Operation.ACTIVATE: "Activate the server",
    Operation.REACTIVATE: "Activate the server again, on changed hardware",
    Operation.ADD: "Add licenses",
    Operation.REISSUE: "Install licenses again that were lost",
    Operation.TRANSFER: "Transfer licenses to this computer",
}
GROUNDS: Mapping[Grounds, str] = {
    "again": "This Installation ID was confirmed before. It gets the same Confirmation ID again.",
    "same_machine": "It is the computer that was confirmed before.",
    "claimed": "There is a free place for this computer.",
    "reactivated": "The activation moves to the changed hardware, within what is allowed.",
    "transferred": "The licenses move to this computer, within what is allowed.",
}
PARTS: Mapping[str, str] = {
    "product_uuid": "the maker's number",
    "disk": "the disk",
    "network": "the network adapter",
    "machine_id": "the installation of the system",
    "volume": "the file system",
    "board": "the main board",
    "cpu": "the processor",
    "memory": "the memory",
}


def likeness(place: Place) -> list[str]:
    """How much of the computer that has this place is found in the one that asks."""
    alike = [PARTS[part] for part, agrees in place.parts.items() if agrees]
    other = [PARTS[part] for part, agrees in place.parts.items() if not agrees]
    verdict = "It counts as the same computer." if place.is_same else "It counts as another computer."
    return [
        verdict,
        f"Alike: {_listed(alike)}.",
        f"Different: {_listed(other)}.",
    ]


def answer(asking: Asking) -> str:
    if isinstance(asking.answer, Settlement):
        return GROUNDS[asking.answer.grounds]
    return asking.answer.words


def places(case: Case) -> str:
    """How many computers the licence may be on, and on how many it is."""
    taken = len({given.place for given in case.activations})
    room = case.product.installs_per_key if case.code.kind is Kind.PRODUCT_KEY else 1
    return f"{taken} of {room} taken"


def _listed(parts: list[str]) -> str:
    return ", ".join(parts) if parts else "nothing"
