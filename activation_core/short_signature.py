"""Short signatures: a Confirmation ID is one of these, said in digits.

BLS over BN254: the signature is a point of G1 (`curve`), the public key a point of G2 (`pairing`), and whoever
holds the public key can check a signature but not make one. One secret and one message have exactly one
signature.

Hashing follows RFC 9380, suite BN254G1_XMD:SHA-256_SVDW_RO_: sections 5.2 (hash_to_field), 5.3
(expand_message_xmd) and 6.6.1 (the map of Shallue and van de Woestijne, Z = 1).

Not here: what is signed (`confirmation_id`), where secrets are kept, aggregate or threshold signatures. The
curve is worth about 100 bits: enough for a licence, not for a bank. Python's integers do not run in constant
time; `sign` says what stands against that.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Protocol

from gmpy2 import invert, legendre, mpz

from activation_core import curve, pairing
from activation_core.curve import FIELD, ORDER, P, Point, decompress

__all__ = [
    "FIELD",
    "ORDER",
    "Digest",
    "Hash",
    "decompress",
    "expand_message",
    "hash_to_curve",
    "map_to_curve",
    "public_key",
    "sign",
    "verify",
    "verify_all",
]


class Digest(Protocol):
    """What RFC 9380 needs of a hash; hashlib's are such."""

    @property
    def digest_size(self) -> int: ...
    @property
    def block_size(self) -> int: ...
    def digest(self) -> bytes: ...


Hash = Callable[[bytes], Digest]


def sign(
    secret: int,
    message: bytes,
    tag: bytes,
    *,
    # Elsewhere in this package randomness has no default. Here it may: the result is the same whatever comes.
    randbelow: Callable[[int], int] = secrets.randbelow,
) -> int:
    """The signature: 2x + (y mod 2) of the point secret · hash(message), below 10^77 and always the same.

    Refuses (ValueError) a secret outside 0 < secret < ORDER. Raises ArithmeticError rather than hand out a
    point that a fault in the machine has pushed off the curve.

    Not constant time: Python's integers take a time that depends on their values. Against that any secret
    takes the same sequence of doublings and additions, and each signature draws a mask for all of their values
    (`curve.multiply`), so what a clock shows of one signature adds little to what it shows of the next. It does nothing
    against one who reads the memory of the process or watches the processor's cache.
    """
    _check_secret(secret)
    point = hash_to_curve(message, tag)
    x, y = curve.affine(curve.multiply(point, secret, 1 + randbelow(FIELD - 1)))
    if y * y % FIELD != curve.y_squared(x):
        raise ArithmeticError("the signature is not on the curve, the machine made an error: sign again")
    return curve.compress((x, y))


def public_key(secret: int) -> bytes:
    """The public key, secret · G2, in 128 bytes as EIP-197 writes it.

    Refuses (ValueError) a secret outside 0 < secret < ORDER. Without a mask: it runs once, where a key is made.
    """
    _check_secret(secret)
    return pairing.write_multiple(secret)


def verify(public_key: bytes, message: bytes, signature: int, tag: bytes) -> bool:
    """Whether the owner of this public key signed this message under this tag.

    A number that is no signature at all is a plain no. Refuses (ValueError) a public key that is none.
    """
    key = pairing.parse_key(public_key)
    claimed = decompress(signature)
    return claimed is not None and pairing.multiply_to_one(
        [(curve.negated(claimed), pairing.GENERATOR), (hash_to_curve(message, tag), key)]
    )


def verify_all(
    signed: Iterable[tuple[bytes, bytes, int]],
    tag: bytes,
    *,
    # A default here as well: the weights do not show, and no caller has a reason to choose them.
    randbits: Callable[[int], int] = secrets.randbits,
) -> bool:
    """Whether every (public key, message, signature) holds, for one pairing a public key and one more.

    Each signature is weighted at random, so bad ones made to cancel each other pass once in 2^64. Does not
    say which one is bad. Of none at all everything holds. Refuses (ValueError) a public key that is none.
    """
    items = [(key, message, decompress(signature)) for key, message, signature in signed]
    keys = {key: pairing.parse_key(key) for key, _, _ in items}
    signatures: list[curve.Term] = []
    messages: defaultdict[bytes, list[curve.Term]] = defaultdict(list)
    for key, message, claimed in items:
        if claimed is None:
            return False
        weight = 1 + randbits(64)  # a weight of nought would leave the signature unchecked
        signatures.append((weight, curve.negated(claimed)))
        messages[key].append((weight, hash_to_curve(message, tag)))
    sums = [(curve.weighted_sum(signatures), pairing.GENERATOR)]
    sums += [(curve.weighted_sum(terms), keys[key]) for key, terms in messages.items()]
    # A sum at infinity pairs to one, whatever the key.
    return pairing.multiply_to_one((curve.affine(point), key) for point, key in sums if point[2])


def hash_to_curve(message: bytes, tag: bytes, hash: Hash = hashlib.sha256) -> Point:
    """The point of G1 for a message, whose discrete logarithm nobody knows (RFC 9380, section 3, random oracle).

    The sum at infinity, which no one will ever see, raises ArithmeticError.
    """
    uniform = expand_message(message, tag, 2 * 48, hash)
    first, second = (int.from_bytes(part, "big") % FIELD for part in (uniform[:48], uniform[48:]))
    return curve.affine(curve.add(curve.jacobian(map_to_curve(first)), curve.jacobian(map_to_curve(second))))


def map_to_curve(u: int) -> Point:
    """The point of G1 for an element of the field (RFC 9380, section 6.6.1, with the names used there)."""
    tv1 = mpz(u) * u * _C1 % P
    tv2, tv1 = 1 + tv1, 1 - tv1
    denominator = tv1 * tv2 % P
    tv3 = invert(denominator, P) if denominator else 0
    tv4 = u * tv1 * tv3 * _C3 % P
    # At least one of the three is an x of the curve. This branches on the message, which is no secret.
    for x in ((_C2 - tv4) % P, (_C2 + tv4) % P, (1 + _C4 * (tv2 * tv2 % P * tv3) ** 2) % P):
        square = curve.y_squared(x)
        if legendre(square, P) != -1:
            break
    return int(x), curve.root(square, u % FIELD % 2)


def expand_message(message: bytes, tag: bytes, length: int, hash: Hash = hashlib.sha256) -> bytes:
    """That many uniform bytes from a message (RFC 9380, section 5.3.1; tags beyond 255 bytes are hashed, 5.3.3).

    Refuses (ValueError) an empty tag and a length beyond 65535 bytes or 255 digests.
    """
    if not tag:
        raise ValueError("the tag is empty: it is what keeps signatures of different protocols apart")
    if len(tag) > 255:
        tag = hash(b"H2C-OVERSIZE-DST-" + tag).digest()
    size = hash(b"").digest_size
    count = -(-length // size)
    if count > 255 or length > 65535:
        raise ValueError(f"{length} bytes are too many: at most {min(65535, 255 * size)} with this hash")
    suffix = tag + bytes([len(tag)])
    padding = bytes(hash(b"").block_size)
    seed = hash(padding + message + length.to_bytes(2, "big") + b"\0" + suffix).digest()
    blocks = [hash(seed + b"\1" + suffix).digest()]
    for place in range(2, count + 1):
        mixed = int.from_bytes(seed, "big") ^ int.from_bytes(blocks[-1], "big")
        blocks.append(hash(mixed.to_bytes(size, "big") + bytes([place]) + suffix).digest())
    return b"".join(blocks)[:length]


def _check_secret(secret: int) -> None:
    if not 0 < secret < ORDER:
        raise ValueError("the secret key must lie between 1 and the order of the group less 1")


# RFC 9380, section 6.6.1, for y² = x³ + 3 and Z = 1.
_C1 = mpz(4)
_C2 = mpz(-1) * invert(2, FIELD) % FIELD
_C3 = mpz(curve.root(-12 % FIELD, 0))
_C4 = mpz(-16) * invert(3, FIELD) % FIELD
