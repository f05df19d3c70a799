"""Every bit that an Installation ID discloses, in plain words: for those who want to know before they read it out."""

from __future__ import annotations

from dataclasses import dataclass

from activation_core import blocks, hardware
from activation_core.installation_id import BLOCKS, FORMAT, InstallationId, Operation

_OPERATIONS = {
    Operation.ACTIVATE: "activate the server",
    Operation.REACTIVATE: "activate the server again, on changed hardware",
    Operation.ADD: "add licenses",
    Operation.REISSUE: "install licenses again that were lost",
    Operation.TRANSFER: "transfer licenses to this computer",
}


@dataclass(frozen=True)
class Disclosed:
    """One field: its size, what stands in it, and what somebody learns from it. No size: it follows from the rest."""

    name: str
    bits: int
    value: str
    words: str


def disclosed(asked: InstallationId, product_name: str) -> list[Disclosed]:
    """The fields, in the order in which they stand in it; their bits are all 139."""
    tags = [asked.hardware >> shift & 15 for shift in range(28, -4, -4)]
    return [
        Disclosed("Format", 3, str(FORMAT), "Which version of this layout it is."),
        Disclosed("Operation", 3, str(int(asked.operation)), f"What is asked for: to {_OPERATIONS[asked.operation]}."),
        Disclosed("Signing key", 4, str(asked.epoch), "Which of the vendor's keys shall sign the answer."),
        Disclosed("Product", 10, str(asked.product), f"The product: {product_name}."),
        Disclosed(
            "Serial", 32, str(asked.serial), "Which code is used. The clearinghouse knows it; no name belongs to it."
        ),
        *(
            Disclosed(f"Hardware: {part.kind}", 4, str(tag) if tag else "absent", _component(part, tag))
            for part, tag in zip(hardware.TABLE, tags, strict=True)
        ),
        Disclosed(
            "Counter",
            14,
            str(asked.counter),
            "How many Installation IDs were made on this computer, this one included.",
        ),
        Disclosed(
            "Proof",
            41,
            str(asked.tag),
            "That the code is known on this computer. The code cannot be reckoned from it.",
        ),
        Disclosed(
            "Check digits",
            0,
            " ".join(block[-1] for block in asked.blocks),
            f"The last digit of each of the {BLOCKS} blocks tells whether the {blocks.DATA} before it were read right.",
        ),
    ]


def _component(part: hardware.Component, tag: int) -> str:
    if not tag:
        return f"{part.what} This computer does not show it."
    return (
        f"{part.what} One of 15 marks, mixed with the code: it shows that this part was changed, "
        "and cannot be turned back into what it is."
    )
