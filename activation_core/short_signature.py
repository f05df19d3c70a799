"""
Short signatures: a Confirmation ID is one of these, said in digits.

BLS over BN254 (alt_bn128): the signature is a point of G1, the public key a point of G2, and whoever holds
the public key can check a signature but not make one. One secret and one message have exactly one signature.

Hashing follows RFC 9380, suite BN254G1_XMD:SHA-256_SVDW_RO_: sections 5.2 (hash_to_field), 5.3
(expand_message_xmd) and 6.6.1 (the map of Shallue and van de Woestijne, Z = 1). Curve, twist and generators
are those of EIP-196 and EIP-197. Hashing and arithmetic in G1 are ours, over gmpy2. G2 and the Miller loop
are py_ecc's; the loop is handed a field that multiplies faster, and the last power of the pairing is ours.

Not here: what is signed (`confirmation_id`), where secrets are kept, aggregate or threshold signatures. The
curve is worth about 100 bits: enough for a licence, not for a bank. Python's integers do not run in constant
time; `sign` says what stands against that.
"""

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import compress, product
from math import prod
from operator import mul
from typing import Protocol, Self

from gmpy2 import invert, legendre, mpz, pack, powmod, unpack
from py_ecc.fields import optimized_bn128_FQ2 as FQ2
from py_ecc.fields import optimized_bn128_FQ12 as FQ12
from py_ecc.optimized_bn128.optimized_curve import (
    G2,
    b2,
    curve_order,
    field_modulus,
    is_inf,
    is_on_curve,
    multiply,
    normalize,
    twist,
)
from py_ecc.optimized_bn128.optimized_pairing import miller_loop

FIELD: int = field_modulus
ORDER: int = curve_order

Point = tuple[int, int]


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
    """
    The signature: 2x + (y mod 2) of the point secret · hash(message), below 10^77 and always the same.

    Refuses (ValueError) a secret outside 0 < secret < ORDER. Raises ArithmeticError rather than hand out a
    point that a fault in the machine has pushed off the curve.

    Not constant time: Python's integers take a time that depends on their values. Against that the secret is
    split into two random shares, new ones for each signature, and each share takes the same sequence of
    doublings and additions, so what a clock shows of one signature adds little to what it shows of the next.
    It does nothing against one who reads the memory of the process.
    """
    _check_secret(secret)
    point = hash_to_curve(message, tag)
    share = randbelow(ORDER)
    x, y = _affine(_add(_multiply(point, share), _multiply(point, (secret - share) % ORDER)))
    if y * y % FIELD != _square(x):
        raise ArithmeticError("the signature is not on the curve, the machine made an error: sign again")
    return 2 * x + y % 2


def public_key(secret: int) -> bytes:
    """
    The public key, secret · G2, in 128 bytes as EIP-197 writes it: x then y, of each the imaginary part first
    and the real part second, every part 32 bytes big-endian.

    Refuses (ValueError) a secret outside 0 < secret < ORDER. Not blinded: it runs once, where a key is made.
    """
    _check_secret(secret)
    x, y = normalize(multiply(G2, secret))
    return b"".join(int(part).to_bytes(32, "big") for part in (*reversed(x.coeffs), *reversed(y.coeffs)))


def verify(public_key: bytes, message: bytes, signature: int, tag: bytes) -> bool:
    """
    Whether the owner of this public key signed this message under this tag.

    A number that is no signature at all is a plain no. Refuses (ValueError) a public key that is none.
    """
    key = _parse(public_key)
    claimed = decompress(signature)
    return claimed is not None and _pairings_cancel(
        [(_negated(claimed), _GENERATOR), (hash_to_curve(message, tag), key)]
    )


def verify_all(
    signed: Iterable[tuple[bytes, bytes, int]],
    tag: bytes,
    *,
    # A default here as well: the weights do not show, and no caller has a reason to choose them.
    randbits: Callable[[int], int] = secrets.randbits,
) -> bool:
    """
    Whether every (public key, message, signature) holds, for one pairing a public key and one more.

    Each signature is weighted at random, so bad ones made to cancel each other pass once in 2^64. Does not
    say which one is bad. Of none at all everything holds. Refuses (ValueError) a public key that is none.
    """
    items = [(key, message, decompress(signature)) for key, message, signature in signed]
    keys = {key: _parse(key) for key, _, _ in items}
    signatures: list[_Term] = []
    messages: defaultdict[bytes, list[_Term]] = defaultdict(list)
    for key, message, claimed in items:
        if claimed is None:
            return False
        weight = 1 + randbits(64)  # a weight of nought would leave the signature unchecked
        signatures.append((weight, _negated(claimed)))
        messages[key].append((weight, hash_to_curve(message, tag)))
    sums = [(_weighted_sum(signatures), _GENERATOR)]
    sums += [(_weighted_sum(terms), keys[key]) for key, terms in messages.items()]
    # A sum at infinity pairs to one, whatever the key.
    return _pairings_cancel((_affine(point), key) for point, key in sums if point[2])


def decompress(signature: int) -> Point | None:
    """The point of G1 that this number stands for; None where there is none."""
    if not 0 <= signature < 2 * FIELD:
        return None
    x, odd = divmod(signature, 2)
    # The cofactor of G1 is 1: whatever lies on the curve is in the group, and no point has y = 0.
    return (x, _root(_square(x), odd)) if legendre(_square(x), FIELD) == 1 else None


def hash_to_curve(message: bytes, tag: bytes, hash: Hash = hashlib.sha256) -> Point:
    """
    The point of G1 for a message, whose discrete logarithm nobody knows (RFC 9380, section 3, random oracle).

    The sum at infinity, which no one will ever see, raises ArithmeticError.
    """
    uniform = expand_message(message, tag, 2 * 48, hash)
    first, second = (int.from_bytes(part, "big") % FIELD for part in (uniform[:48], uniform[48:]))
    return _affine(_add(_jacobian(map_to_curve(first)), _jacobian(map_to_curve(second))))


def map_to_curve(u: int) -> Point:
    """The point of G1 for an element of the field (RFC 9380, section 6.6.1, with the names used there)."""
    tv1 = mpz(u) * u * _C1 % FIELD
    tv2, tv1 = 1 + tv1, 1 - tv1
    denominator = tv1 * tv2 % FIELD
    tv3 = invert(denominator, FIELD) if denominator else 0
    tv4 = u * tv1 * tv3 * _C3
    candidates = (_C2 - tv4, _C2 + tv4, 1 + _C4 * (tv2 * tv2 * tv3) ** 2)
    # At least one of the three is an x of the curve. This branches on the message, which is no secret.
    x = next(x % FIELD for x in candidates if legendre(_square(x), FIELD) != -1)
    return int(x), _root(_square(x), u % FIELD % 2)


def expand_message(message: bytes, tag: bytes, length: int, hash: Hash = hashlib.sha256) -> bytes:
    """
    That many uniform bytes from a message (RFC 9380, section 5.3.1; tags beyond 255 bytes are hashed, 5.3.3).

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
        mixed = bytes(a ^ b for a, b in zip(seed, blocks[-1], strict=True))
        blocks.append(hash(mixed + bytes([place]) + suffix).digest())
    return b"".join(blocks)[:length]


def _check_secret(secret: int) -> None:
    if not 0 < secret < ORDER:
        raise ValueError("the secret key must lie between 1 and the order of the group less 1")


_P = mpz(FIELD)  # where it counts: dividing by an int converts it every time

# G1: x / z², y / z³, infinity where z = 0. All of these are gmpy2's integers, which no annotation can say.
_Jacobian = tuple[int, int, int]
_Term = tuple[int, Point]  # a weight of 65 bits at most, and what it weighs
_INFINITY: _Jacobian = (mpz(1), mpz(1), mpz(0))


def _jacobian(point: Point) -> _Jacobian:
    return mpz(point[0]), mpz(point[1]), mpz(1)


def _affine(point: _Jacobian) -> Point:
    x, y, z = point
    if not z:
        raise ArithmeticError("the point at infinity has no coordinates")
    inverse = invert(z, FIELD)
    return int(x * inverse**2 % FIELD), int(y * inverse**3 % FIELD)


def _square(x: int) -> int:
    """y² of the curve."""
    return (x**3 + 3) % FIELD


def _negated(point: Point) -> Point:
    return point[0], FIELD - point[1]


def _root(square: int, odd: int) -> int:
    """The square root of that parity; FIELD leaves 3 when divided by 4, so one power finds it."""
    root = int(powmod(square, (FIELD + 1) // 4, FIELD))
    return root if root % 2 == odd else -root % FIELD


def _double(point: _Jacobian) -> _Jacobian:
    x, y, z = point
    yy = y * y % _P
    s = 4 * x * yy % _P
    m = 3 * x * x % _P
    x3 = (m * m - 2 * s) % _P
    return x3, (m * (s - x3) - 8 * yy * yy) % _P, 2 * y * z % _P


def _add(left: _Jacobian, right: _Jacobian) -> _Jacobian:
    """Complete: infinity, equal and opposite points, which chance does not meet, go their own ways."""
    x1, y1, z1 = left
    x2, y2, z2 = right
    if not z1 or not z2:
        return left if z1 else right
    zz1, zz2 = z1 * z1 % _P, z2 * z2 % _P
    u1, s1 = x1 * zz2 % _P, y1 * zz2 * z2 % _P
    h, r = (x2 * zz1 - u1) % _P, (y2 * zz1 * z1 - s1) % _P
    if not h:
        return _INFINITY if r else _double(left)
    hh = h * h % _P
    v, hhh = u1 * hh % _P, h * hh % _P
    x3 = (r * r - hhh - 2 * v) % _P
    return x3, (r * (v - x3) - s1 * hhh) % _P, h * z1 * z2 % _P


def _multiply(point: Point, scalar: int) -> _Jacobian:
    """
    Always 63 windows of four doublings and one addition: every digit is odd, from -15 to 15, so none is
    skipped (Joye and Tunstall, 2009). An even scalar becomes odd by adding the order, which changes nothing.
    """
    scalar += ORDER * (1 - scalar % 2)
    digits = []
    for _ in range(63):
        digits.append(scalar % 32 - 16)
        scalar = (scalar - digits[-1]) >> 4
    table = _odd_multiples(point)
    total = table[scalar]
    for digit in reversed(digits):
        total = _add(_double(_double(_double(_double(total)))), table[digit])
    return total


def _odd_multiples(point: Point) -> dict[int, _Jacobian]:
    """1, 3 … 15 times the point, and their opposites."""
    multiple = _jacobian(point)
    twice = _double(multiple)
    table = {}
    for digit in range(1, 16, 2):
        x, y, z = multiple
        table[digit], table[-digit] = multiple, (x, -y, z)
        multiple = _add(multiple, twice)
    return table


def _weighted_sum(terms: Sequence[_Term]) -> _Jacobian:
    """One run of doublings for all terms. Nothing in it is secret, so zero bits are skipped."""
    converted = [(weight, _jacobian(point)) for weight, point in terms]
    total = _INFINITY
    for bit in reversed(range(65)):
        total = _double(total)
        for weight, point in converted:
            if weight >> bit & 1:
                total = _add(total, point)
    return total


# RFC 9380, section 6.6.1, for y² = x³ + 3 and Z = 1.
_C1 = mpz(4)
_C2 = mpz(-1) * invert(2, FIELD) % FIELD
_C3 = mpz(_root(-12 % FIELD, 0))
_C4 = mpz(-16) * invert(3, FIELD) % FIELD


class _Packed(FQ12):
    """
    py_ecc's field of degree twelve, multiplied in one product of gmpy2 instead of 144 of Python, with a short
    cut for the power FIELD. With these the Miller loop of py_ecc takes a quarter of its time.

    An element is a polynomial in w with w^12 = 18 w^6 - 82. Its twelve coefficients are laid side by side
    into one number, each in a lane wide enough for all that a multiplication adds up there.
    """

    LANE = 528  # bits; the widest sum below has 523
    HALF = 6 * LANE
    MASK = (mpz(1) << HALF) - 1
    # Added to every lane so that none is negative when the upper half is taken off.
    POSITIVE = pack([FIELD * (FIELD << 15)] * 12, LANE)

    def __mul__(self, other: int | FQ12) -> Self:
        if isinstance(other, int):
            return super().__mul__(other)
        full = pack(list(self.coeffs), self.LANE) * pack(list(other.coeffs), self.LANE)
        a, b = full & self.MASK, full >> self.HALF & self.MASK
        c, d = full >> 2 * self.HALF & self.MASK, full >> 3 * self.HALF
        # w^12 = 18 w^6 - 82 and therefore w^18 = 242 w^6 - 1476.
        folded = a - 82 * c - 1476 * d + (b + 18 * c + 242 * d << self.HALF) + self.POSITIVE
        return type(self)([int(lane % _P) for lane in unpack(folded, self.LANE)])

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> Self:
        return self.frobenius() if exponent == FIELD else super().__pow__(exponent)

    def frobenius(self) -> Self:
        """The power FIELD: linear, because the coefficients stay what they are and only w changes."""
        coefficients = [int(c) for c in self.coeffs]
        return type(self)([sum(map(mul, coefficients, row)) for row in _FROBENIUS])

    def conjugate(self) -> Self:
        """The power FIELD^6, which turns w into -w. Where the norm is 1 this is the inverse."""
        return type(self)([-c if place % 2 else c for place, c in enumerate(self.coeffs)])


_Twisted = tuple[_Packed, _Packed, _Packed]  # a point of G2, carried to the curve over the large field


def _frobenius_matrix() -> list[tuple[int, ...]]:
    """Its columns are (w^FIELD)^0 … (w^FIELD)^11. As w^6 = 9 + i, w^FIELD is w times a power of 9 + i."""
    real, imaginary = (int(part) for part in (FQ2([9, 1]) ** ((FIELD - 1) // 6)).coeffs)
    w = _Packed([0, real - 9 * imaginary, 0, 0, 0, 0, 0, imaginary, 0, 0, 0, 0])
    return list(zip(*([int(c) for c in (w**place).coeffs] for place in range(12)), strict=True))


_FROBENIUS = _frobenius_matrix()


def _twisted(point: tuple[FQ2, FQ2, FQ2]) -> _Twisted:
    x, y, z = twist(point)
    return _Packed(x.coeffs), _Packed(y.coeffs), _Packed(z.coeffs)


_GENERATOR = _twisted(G2)


# Kept, because the check of the subgroup costs as much as half a pairing, and few keys are in use at once.
@lru_cache(maxsize=64)
def _parse(public_key: bytes) -> _Twisted:
    if len(public_key) != 128:
        raise ValueError(f"a public key has 128 bytes, this one has {len(public_key)}")
    parts = [int.from_bytes(public_key[start : start + 32], "big") for start in range(0, 128, 32)]
    if not any(parts):
        raise ValueError("the public key is the point at infinity, which verifies everything")
    if max(parts) >= FIELD:
        raise ValueError("a coordinate of the public key is not below the field's prime")
    point = (FQ2(parts[1::-1]), FQ2(parts[:1:-1]), FQ2.one())
    if not is_on_curve(point, b2):
        raise ValueError("the public key is not on the twisted curve")
    if not is_inf(multiply(point, ORDER)):
        raise ValueError("the public key is not in the subgroup of the order of G1")
    return _twisted(point)


def _pairings_cancel(pairs: Iterable[tuple[Point, _Twisted]]) -> bool:
    """Whether the pairings multiply to one: a Miller loop each, and the last power once for all."""
    loops = (miller_loop(key, _lifted(point), final_exponentiate=False) for point, key in pairs)
    return _last_power(prod((_Packed(loop.coeffs) for loop in loops), start=_Packed.one())) == _Packed.one()


def _lifted(point: Point) -> _Twisted:
    x, y = point
    return _Packed([x] + [0] * 11), _Packed([y] + [0] * 11), _Packed.one()


def _centred_digits(number: int) -> list[int]:
    """The digits to the base FIELD, lowest first, each taken as near to nought as it goes."""
    digits = []
    while number:
        digits.append((number + FIELD // 2) % FIELD - FIELD // 2)
        number = (number - digits[-1]) // FIELD
    return digits


# (FIELD^12 - 1) / ORDER is (FIELD^6 - 1)(FIELD^2 + 1) times this, whose four digits have 191 bits at most.
_HARD_PART = _centred_digits((FIELD**4 - FIELD**2 + 1) // ORDER)


def _last_power(value: _Packed) -> _Packed:
    """The power (FIELD^12 - 1) / ORDER, put together from powers of FIELD, which are nearly free."""
    value = value.conjugate() / value
    value = value.frobenius().frobenius() * value
    bases = []
    for digit in _HARD_PART:
        bases.append(value if digit > 0 else value.conjugate())
        value = value.frobenius()
    # All four at once: one squaring a bit, then the product of those bases whose exponent has that bit.
    products = {bits: prod(compress(bases, bits), start=_Packed.one()) for bits in product((0, 1), repeat=len(bases))}
    exponents = [abs(digit) for digit in _HARD_PART]
    result = _Packed.one()
    for bit in reversed(range(max(exponents).bit_length())):
        result = result * result * products[tuple(exponent >> bit & 1 for exponent in exponents)]
    return result
