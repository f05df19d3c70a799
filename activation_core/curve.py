"""The curve BN254 (alt_bn128) and its group G1: adding points, multiplying them, and writing one as a number.

The constants are those of EIP-196: y² = x³ + 3 over the field of FIELD elements, with ORDER points, a prime,
so that whatever lies on the curve is in the group. The arithmetic is ours, over gmpy2.

Not here: G2, which only a pairing needs (`pairing`), and how a message becomes a point (`short_signature`).
"""

from __future__ import annotations

from collections.abc import Sequence

from gmpy2 import invert, legendre, mpz, powmod

FIELD = 21888242871839275222246405745257275088696311157297823662689037894645226208583
ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617
P = mpz(FIELD)  # FIELD where it counts: dividing by an int converts it every time

# (BETA·x, y) is LAMBDA times (x, y). (SHORT, -LONG) and (LONGER, SHORT) make a + b·LAMBDA vanish modulo ORDER.
_BETA = mpz(2203960485148121921418603742825762020974279258880205651966)
LAMBDA = 4407920970296243842393367215006156084916469457145843978461
_SHORT = 9931322734385697763
_LONG = 147946756881789319000765030803803410728
_LONGER = 147946756881789319010696353538189108491
_ROOT = (P + 1) // 4
_HALF = (P + 1) // 2

Point = tuple[int, int]
Term = tuple[int, Point]  # a weight of 65 bits at most, and what it weighs
# x / z², y / z³, infinity where z = 0. All of these are gmpy2's integers, which no annotation can say.
Jacobian = tuple[int, int, int]

_INFINITY: Jacobian = (mpz(1), mpz(1), mpz(0))


def compress(point: Point) -> int:
    """The number that stands for this point: 2x + (y mod 2), below 10^77."""
    x, y = point
    return 2 * x + y % 2


def decompress(number: int) -> Point | None:
    """The point that this number stands for; None where there is none."""
    if not 0 <= number < 2 * FIELD:
        return None
    x, odd = divmod(number, 2)
    # The cofactor of G1 is 1: whatever lies on the curve is in the group, and no point has y = 0.
    return (x, root(y_squared(x), odd)) if legendre(y_squared(x), P) == 1 else None


def y_squared(x: int) -> int:
    """What y² is on the curve at this x, whether or not it has a root."""
    square: int = (x * x * x + 3) % P
    return square


def root(square: int, odd: int) -> int:
    """The square root of that parity; FIELD leaves 3 when divided by 4, so one power finds it."""
    found = int(powmod(square, _ROOT, P))
    return found if found % 2 == odd else -found % FIELD


def negated(point: Point) -> Point:
    return point[0], FIELD - point[1]


def jacobian(point: Point) -> Jacobian:
    return mpz(point[0]), mpz(point[1]), mpz(1)


def affine(point: Jacobian) -> Point:
    x, y, z = point
    if not z:
        raise ArithmeticError("the point at infinity has no coordinates")
    inverse = invert(z, P)
    square = inverse * inverse % P
    return int(x * square % P), int(y * square * inverse % P)


def add(left: Jacobian, right: Jacobian) -> Jacobian:
    """Complete: infinity, equal and opposite points, which chance does not meet, go their own ways.

    A third of the work is saved where the z on the right is 1.
    """
    x1, y1, z1 = left
    x2, y2, z2 = right
    if not z1 or not z2:
        return left if z1 else right
    zz1 = z1 * z1 % P
    x2, y2 = x2 * zz1, y2 * zz1 * z1
    if z2 != 1:
        zz2 = z2 * z2 % P
        x1, y1, z1 = x1 * zz2 % P, y1 * zz2 * z2 % P, z1 * z2 % P
    h, r = (x2 - x1) % P, (y2 - y1) % P
    if not h:
        return _INFINITY if r else _doubled(left)
    hh = h * h % P
    v, hhh = x1 * hh % P, h * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return x3, (r * (v - x3) - y1 * hhh) % P, h * z1 % P


def multiply(point: Point, scalar: int, mask: int = 1) -> Jacobian:
    """The scalar, below ORDER, times the point, by the same sequence of doublings and additions whatever it is.

    The scalar becomes two of half its length, one for the point and one for LAMBDA times the point, which costs nothing
    (Gallant, Lambert and Vanstone, 2001). Both have 32 digits to the base 16, each odd, so that none is skipped (Joye
    and Tunstall, 2009).

    No formula here asks for the 3 of the curve, so all may as well happen on the curve whose points are (x·mask²,
    y·mask³), with a `mask` from 1 to FIELD - 1: what is computed on the way is another with each, the result is the
    same (Joye and Tymen, 2001).
    """
    across, along = scalar * _SHORT // ORDER, scalar * _LONG // ORDER
    across, along = across + (across - scalar) % 2, along + (along + 1) % 2  # so that both scalars are odd
    here = _digits(scalar - across * _SHORT - along * _LONGER)
    there = _digits(across * _LONG - along * _SHORT)
    x, y, z = jacobian(point)
    table = _odd_multiples((x * mask**2 % P, y * mask**3 % P, z))
    turned = {digit: (_BETA * x % P, y, z) for digit, (x, y, z) in table.items()}
    total = add(table[here[0]], turned[there[0]])
    for one, other in zip(here[1:], there[1:], strict=True):
        total = add(add(_doubled(total, 4), table[one]), turned[other])
    x, y, z = total
    return x, y, z * mask % P


def _digits(scalar: int) -> str:
    """An odd number between -2^127 and 2^127 to the base 16: 0 stands for -15, 1 for -13 and so on to f for 15."""
    return f"{(scalar + 2**128 - 1) // 2:032x}"


def weighted_sum(terms: Sequence[Term]) -> Jacobian:
    """One run of doublings for all terms. Nothing in it is secret, so zero bits are skipped."""
    converted = [(weight, jacobian(point)) for weight, point in terms]
    total = _INFINITY
    for bit in reversed(range(65)):
        total = _doubled(total)
        for weight, point in converted:
            if weight >> bit & 1:
                total = add(total, point)
    return total


def _doubled(point: Jacobian, times: int = 1) -> Jacobian:
    """2^times the point. In between it carries 2y, which is what each doubling asks for."""
    x, y, z = point
    y *= 2
    for _ in range(times):
        yy = y * y % P
        s, m = x * yy, 3 * x * x % P
        x = (m * m - 2 * s) % P
        z = y * z % P
        y = (2 * m * (s - x) - yy * yy) % P
    return x, y * _HALF % P, z


def _odd_multiples(point: Jacobian) -> dict[str, Jacobian]:
    """-15, -13 … 15 times the point by their digits; each z is 1, that of the point as well."""
    multiples = [point]
    twice = jacobian(affine(_doubled(point)))
    while len(multiples) < 8:
        multiples.append(add(multiples[-1], twice))
    table = []
    for (x, y, _), inverse in zip(multiples, _inverses([z for _, _, z in multiples]), strict=True):
        square = inverse * inverse % P
        table.append((x * square % P, y * square * inverse % P, mpz(1)))
    opposites = [(x, P - y, z) for x, y, z in reversed(table)]
    return dict(zip("0123456789abcdef", opposites + table, strict=True))


def _inverses(values: Sequence[int]) -> list[int]:
    """One division for all (Montgomery, 1987)."""
    products = [mpz(1)]
    for value in values:
        products.append(products[-1] * value % P)
    inverse, found = invert(products[-1], P), []
    for value, product in zip(reversed(values), reversed(products[:-1]), strict=True):
        found.append(inverse * product % P)
        inverse = inverse * value % P
    return found[::-1]
