"""The pairing of BN254, and the points of G2, which public keys are.

Twist and generator are those of EIP-197. G2 and the Miller loop are py_ecc's; the loop is handed a field that
multiplies faster, and the last power of the pairing is ours.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import lru_cache
from itertools import compress, product
from math import prod
from operator import mul
from typing import Self

from gmpy2 import mpz, pack, unpack

# py_ecc raises the limit a hundredfold for the whole process: then deep JSON of anybody's would crash it.
_RECURSION_LIMIT = sys.getrecursionlimit()
from py_ecc.fields import optimized_bn128_FQ2 as FQ2  # noqa: E402
from py_ecc.fields import optimized_bn128_FQ12 as FQ12  # noqa: E402
from py_ecc.optimized_bn128.optimized_curve import G2, b2, is_inf, is_on_curve, multiply, normalize, twist  # noqa: E402
from py_ecc.optimized_bn128.optimized_pairing import miller_loop  # noqa: E402

from activation_core.curve import FIELD, ORDER, P, Point  # noqa: E402

sys.setrecursionlimit(_RECURSION_LIMIT)


class _Packed(FQ12):
    """py_ecc's field of degree twelve, multiplied in one product of gmpy2 instead of 144 of Python.

    There is a short cut for the power FIELD too. With these the Miller loop of py_ecc takes a quarter of its time.

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
        return type(self)([int(lane % P) for lane in unpack(folded, self.LANE)])

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


def _frobenius_matrix() -> list[tuple[int, ...]]:
    """Its columns are (w^FIELD)^0 … (w^FIELD)^11. As w^6 = 9 + i, w^FIELD is w times a power of 9 + i."""
    real, imaginary = (int(part) for part in (FQ2([9, 1]) ** ((FIELD - 1) // 6)).coeffs)
    w = _Packed([0, real - 9 * imaginary, 0, 0, 0, 0, 0, imaginary, 0, 0, 0, 0])
    return list(zip(*([int(c) for c in (w**place).coeffs] for place in range(12)), strict=True))


_FROBENIUS = _frobenius_matrix()

Twisted = tuple[_Packed, _Packed, _Packed]  # a point of G2, carried to the curve over the large field


def _twisted(point: tuple[FQ2, FQ2, FQ2]) -> Twisted:
    x, y, z = twist(point)
    return _Packed(x.coeffs), _Packed(y.coeffs), _Packed(z.coeffs)


GENERATOR = _twisted(G2)


def write_multiple(scalar: int) -> bytes:
    """The point scalar · G2, in 128 bytes as EIP-197 writes it.

    x then y, of each the imaginary part first and the real part second, every part 32 bytes big-endian.
    """
    x, y = normalize(multiply(G2, scalar))
    return b"".join(int(part).to_bytes(32, "big") for part in (*reversed(x.coeffs), *reversed(y.coeffs)))


# Kept, because the check of the subgroup costs as much as half a pairing, and few keys are in use at once.
@lru_cache(maxsize=64)
def parse_key(public_key: bytes) -> Twisted:
    """The point of these 128 bytes. Refuses (ValueError) what is no public key, and says why."""
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


def multiply_to_one(pairs: Iterable[tuple[Point, Twisted]]) -> bool:
    """Whether the pairings multiply to one: a Miller loop each, and the last power once for all."""
    loops = (miller_loop(key, _lifted(point), final_exponentiate=False) for point, key in pairs)
    return _last_power(prod((_Packed(loop.coeffs) for loop in loops), start=_Packed.one())) == _Packed.one()


def _lifted(point: Point) -> Twisted:
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
