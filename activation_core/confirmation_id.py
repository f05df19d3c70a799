"""The Confirmation ID: 91 digits that the clearinghouse speaks and the computer checks offline.

One grant digit (an index into the product's table of terms) and the signature of 77 digits. The computer
holds public keys only, so reading it does not teach anybody to issue confirmations. The signature is
unique: the same Installation ID always yields the same Confirmation ID.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from activation_core import blocks, installation_id, short_signature
from activation_core.codes import Code
from activation_core.installation_id import InstallationId

BLOCKS = 13
DIGITS = BLOCKS * blocks.LENGTH
NAME = "Confirmation ID"
TAG = b"PHONE-ACTIVATION-V01-CONFIRM-BN254G1_XMD:SHA-256_SVDW_RO_"
GRANTS = 10
# What each block is called in English; the prompt books have the names of each language.
BLOCK_NAMES = (
    *("Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf"),
    *("Hotel", "India", "Juliet", "Kilo", "Lima", "Mike"),
)

MESSAGE_BYTES = 48

_VERSION, _SUITE = 1, 1
_SIGNATURE_DIGITS = 77


@dataclass(frozen=True)
class ConfirmationId:
    grant: int
    signature: int  # 2x + (y mod 2) of the point in G1

    @property
    def blocks(self) -> tuple[str, ...]:
        return blocks.from_number(self.grant * 10**_SIGNATURE_DIGITS + self.signature, BLOCKS)

    @property
    def digits(self) -> str:
        """Canonical: 91 digits, no separators."""
        return "".join(self.blocks)


class NotAMessage(ValueError):
    """These bytes are not what is signed for a Confirmation ID."""


def sign(secret: int, asked: InstallationId, code: Code, grant: int) -> ConfirmationId:
    """The one Confirmation ID that answers this Installation ID with this grant."""
    signature = short_signature.sign(secret, message(asked, code, grant), TAG)
    return ConfirmationId(grant, signature)


def parse(text: str) -> ConfirmationId:
    """The Confirmation ID that was typed. Mistyped names each block that is wrong and why."""
    number = blocks.to_number(blocks.parse(text, BLOCKS, NAME))
    return ConfirmationId(*divmod(number, 10**_SIGNATURE_DIGITS))


def verify(public_key: bytes, asked: InstallationId, code: Code, confirmation: ConfirmationId) -> bool:
    """Whether the holder of the secret key confirmed exactly this: ID, code and grant."""
    signed = message(asked, code, confirmation.grant)
    return short_signature.verify(public_key, signed, confirmation.signature, TAG)


def verify_all(confirmed: Iterable[tuple[bytes, InstallationId, Code, ConfirmationId]]) -> bool:
    """Whether `verify` holds for every (public key, ID, code, confirmation), in one check that is much faster."""
    signed = [
        (public_key, message(asked, code, answer.grant), answer.signature)
        for public_key, asked, code, answer in confirmed
    ]
    return short_signature.verify_all(signed, TAG)


def message(asked: InstallationId, code: Code, grant: int) -> bytes:
    """The 48 bytes that are signed, big-endian.

    version 1 · suite 1 · key id 2 · grant 1 · zero 3 · Installation ID 20 · first 20 bytes of
    SHA-256("product-key" ‖ 0 ‖ canonical code). The key id is 16 · product + epoch.
    """
    if not 0 <= grant < GRANTS:
        raise ValueError("a grant is one digit")
    key_id = asked.product << 4 | asked.epoch
    return (
        bytes((_VERSION, _SUITE))
        + key_id.to_bytes(2, "big")
        + bytes((grant, 0, 0, 0))
        + asked.payload
        + hashlib.sha256(b"product-key\0" + code.text.encode()).digest()[:20]
    )


def key_named(message: bytes) -> tuple[int, int]:
    """Product and epoch of the key that signs what `message` made."""
    return divmod(int.from_bytes(message[2:4], "big"), 16)


def key_of(message: bytes) -> tuple[int, int]:
    """The same of bytes that come from elsewhere. NotAMessage where it is none: nothing else is signed."""
    version, suite, grant = message[0:1], message[1:2], message[4:5]
    if len(message) != MESSAGE_BYTES or version + suite != bytes((_VERSION, _SUITE)) or message[5:8] != bytes(3):
        raise NotAMessage("this is no message of a version that is known here")
    try:
        asked = installation_id.of_payload(message[8:28])
    except installation_id.Malformed as error:
        raise NotAMessage("there is no Installation ID in this message") from error
    key_id = int.from_bytes(message[2:4], "big")
    if grant[0] >= GRANTS or key_id != asked.product << 4 | asked.epoch:
        raise NotAMessage("this message contradicts itself")
    return asked.product, asked.epoch
