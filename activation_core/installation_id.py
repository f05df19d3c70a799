"""The Installation ID: 49 digits that a computer shows and a caller keys.

139 bits, most significant first: format 3 · operation 3 · key epoch 4 · product 10 · serial 32 ·
hardware 32 · counter 14 · possession tag 41. It says which code is used on which hardware, and proves that
whoever made it holds the code. It is used for activation only (rule 11) and holds no personal data.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import IntEnum

from activation_core import blocks
from activation_core.codes import Code, Kind
from activation_core.mac import hmac_sha256

FORMAT = 1
BLOCKS = 7
DIGITS = BLOCKS * blocks.LENGTH
NAME = "Installation ID"

# The fields before the tag, most significant first, with their bits.
_FIELDS = (
    ("format", 3),
    ("operation", 3),
    ("epoch", 4),
    ("product", 10),
    ("serial", 32),
    ("hardware", 32),
    ("counter", 14),
)
_TAG_BITS = 41
_PARTS = (*_FIELDS, ("tag", _TAG_BITS))
_BITS = sum(bits for _, bits in _PARTS)
_PLACES = [
    (name, _BITS - sum(b for _, b in _PARTS[: number + 1]), (1 << bits) - 1)
    for number, (name, bits) in enumerate(_PARTS)
]
COUNTERS = 1 << 14


class Operation(IntEnum):
    """What is asked for; the first two belong to a product key, the others to a license code."""

    ACTIVATE = 1
    REACTIVATE = 2
    ADD = 3
    REISSUE = 4
    TRANSFER = 5

    @property
    def kind(self) -> Kind:
        """The kind of code whose secret this operation uses."""
        return Kind.PRODUCT_KEY if self <= Operation.REACTIVATE else Kind.LICENSE_CODE


_OPERATIONS = {operation.value: operation for operation in Operation}


class Malformed(ValueError):
    """Every block is right, but together they are no Installation ID that this version knows."""


@dataclass(frozen=True)
class InstallationId:
    """Of these blocks, and what they say."""

    blocks: tuple[str, ...]
    number: int  # the 139 bits
    operation: Operation
    epoch: int
    product: int
    serial: int
    hardware: int  # eight tags of four bits: activation_core.hardware
    counter: int
    tag: int

    @property
    def payload(self) -> bytes:
        """The 139 bits as 20 bytes, big-endian."""
        return self.number.to_bytes(20, "big")

    @property
    def digits(self) -> str:
        """Canonical: 49 digits, no separators."""
        return "".join(self.blocks)

    def proves(self, code: Code) -> bool:
        """Whether it was made by somebody who holds this code. Takes the same time either way."""
        expected = _possession(code, self.number >> _TAG_BITS).to_bytes(6, "big")
        return hmac.compare_digest(expected, self.tag.to_bytes(6, "big"))


def make(operation: Operation, code: Code, epoch: int, hardware: int, counter: int) -> InstallationId:
    """The Installation ID for this code on this hardware. ValueError where the code is of the wrong kind."""
    if code.kind is not operation.kind:
        raise ValueError(f"{operation.name.lower()} needs a {operation.kind.name.lower().replace('_', ' ')}")
    head, values = 0, (FORMAT, operation, epoch, code.product, code.serial, hardware, counter % COUNTERS)
    for (name, bits), value in zip(_FIELDS, values, strict=True):
        if not 0 <= value < 1 << bits:
            raise ValueError(f"the {name} of an {NAME} has {bits} bits")
        head = head << bits | value
    return _of_number(head << _TAG_BITS | _possession(code, head))


def parse(text: str) -> InstallationId:
    """The Installation ID that was typed or keyed.

    Mistyped names each block that is wrong and why; Malformed where the blocks are right but what they
    hold is not ours.
    """
    typed = blocks.parse(text, BLOCKS, NAME)
    return _said(blocks.to_number(typed), typed)


def of_payload(payload: bytes) -> InstallationId:
    """The Installation ID of these 20 bytes. Malformed where they hold none."""
    return _of_number(int.from_bytes(payload, "big"))


def _of_number(number: int) -> InstallationId:
    return _said(number, () if number >> _BITS else blocks.from_number(number, BLOCKS))


def _said(number: int, in_blocks: tuple[str, ...]) -> InstallationId:
    values = {name: number >> shift & mask for name, shift, mask in _PLACES}
    operation = _OPERATIONS.get(values.pop("operation"))
    if number >> _BITS or values.pop("format") != FORMAT or operation is None:
        raise Malformed(f"These digits are no {NAME} of a version that is known here.")
    return InstallationId(in_blocks, number, operation, **values)


def _possession(code: Code, head: int) -> int:
    """41 bits that only a holder of the code can make: HMAC-SHA256 over the 98 bits before, as 13 bytes."""
    digest = hmac_sha256(code.key, head.to_bytes(13, "big"))
    return int.from_bytes(digest[:6], "big") >> 7
