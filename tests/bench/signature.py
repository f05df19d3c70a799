"""
What a signature costs, beside py_ecc doing the same. By hand: .venv/bin/python tests/bench/signature.py

The ratios travel between machines, the milliseconds do not. Both sides of a ratio are timed in turn, so that
a busy machine slows both. py_ecc has no hash to BN254: its side of `hash` is the same map in its field
classes; its side of `sign` and `verify` begins at the hashed point.
"""

import hashlib
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter

from py_ecc import optimized_bn128 as theirs

from activation_core import short_signature as ours
from activation_core.curve import Point

TAG = b"BENCH-V01-BN254G1_XMD:SHA-256_SVDW_RO_"
SECRET = int.from_bytes(hashlib.sha256(b"a secret for the bench").digest(), "big") % ours.ORDER
KEY = ours.public_key(SECRET)
MESSAGES = [f"message {place}".encode() for place in range(16)]
SIGNED = [(KEY, message, ours.sign(SECRET, message, TAG)) for message in MESSAGES]
G2_KEY = theirs.multiply(theirs.G2, SECRET)

G1Point = tuple[theirs.FQ, theirs.FQ, theirs.FQ]


def lifted(point: Point | None) -> G1Point:
    if point is None:
        raise ValueError("the bench signs what it verifies")
    return theirs.FQ(point[0]), theirs.FQ(point[1]), theirs.FQ(1)


POINTS = [lifted(ours.hash_to_curve(message, TAG)) for message in MESSAGES]
SIGNATURES = [lifted(ours.decompress(signature)) for _, _, signature in SIGNED]


def map_in_field_classes(u: theirs.FQ) -> G1Point:
    """RFC 9380, appendix F.1, as a reader of py_ecc would write it."""
    one, half = theirs.FQ(1), theirs.FQ(1) / 2
    c3 = theirs.FQ(-12) ** ((ours.FIELD + 1) // 4)
    c3 = -c3 if int(c3) % 2 else c3
    tv1 = u * u * 4
    tv3 = one / ((one - tv1) * (one + tv1))
    tv4 = u * (one - tv1) * tv3 * c3
    for x in (-half - tv4, -half + tv4, one + theirs.FQ(-16) / 3 * ((one + tv1) ** 2 * tv3) ** 2):
        y = (x**3 + 3) ** ((ours.FIELD + 1) // 4)
        if y * y == x**3 + 3:
            return x, y if int(y) % 2 == int(u) % 2 else -y, one
    raise ArithmeticError("one of the three is always on the curve")


def hash_theirs() -> None:
    uniform = ours.expand_message(MESSAGES[0], TAG, 96)
    first, second = (theirs.FQ(int.from_bytes(part, "big")) for part in (uniform[:48], uniform[48:]))
    theirs.normalize(theirs.add(map_in_field_classes(first), map_in_field_classes(second)))


def sign_theirs() -> None:
    theirs.normalize(theirs.multiply(POINTS[0], SECRET))


def verify_theirs(place: int = 0) -> bool:
    return theirs.pairing(theirs.G2, SIGNATURES[place]) == theirs.pairing(G2_KEY, POINTS[place])


def verify_all_theirs() -> bool:
    return all(verify_theirs(place) for place in range(16))


ROWS: list[tuple[str, int, Callable[[], object], Callable[[], object]]] = [
    ("hash", 60, lambda: ours.hash_to_curve(MESSAGES[0], TAG), hash_theirs),
    ("sign", 60, lambda: ours.sign(SECRET, MESSAGES[0], TAG), sign_theirs),
    ("public_key", 7, lambda: ours.public_key(SECRET), lambda: theirs.multiply(theirs.G2, SECRET)),
    ("verify", 7, lambda: ours.verify(*SIGNED[0], TAG), verify_theirs),
    ("verify_all(16)", 3, lambda: ours.verify_all(SIGNED, TAG), verify_all_theirs),
]


def milliseconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return (perf_counter() - start) * 1000


def main() -> None:
    write = sys.stdout.write
    write(f"{'median of':<15}{'runs':>5}{'ours':>12}{'py_ecc':>12}{'times as fast':>15}\n")
    for name, runs, mine, other in ROWS:
        mine()  # the first call parses the public key, which is kept
        pairs = [(milliseconds(mine), milliseconds(other)) for _ in range(runs)]
        fast, slow = (median(side) for side in zip(*pairs, strict=True))
        write(f"{name:<15}{runs:>5}{fast:>9.2f} ms{slow:>9.2f} ms{slow / fast:>15.1f}\n")


if __name__ == "__main__":
    main()
