"""The pairing and the points of G2, with py_ecc as the oracle."""

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from py_ecc import optimized_bn128 as oracle

from activation_core import pairing
from activation_core.curve import FIELD, ORDER, Point, affine, multiply, negated

SECRET = 0x1234567890ABCDEF << 180
KEY = pairing.write_multiple(SECRET)
POINT = affine(multiply((1, 2), 7**80 % ORDER))

elements = st.integers(0, FIELD - 1)
a_few = settings(deadline=None, max_examples=20)


def lifted(point: Point) -> Any:
    return oracle.FQ(point[0]), oracle.FQ(point[1]), oracle.FQ(1)


# Points of G2


def test_a_point_is_read_as_it_was_written() -> None:
    assert pairing.parse_key(pairing.write_multiple(1)) == pairing.GENERATOR
    x, y, z = oracle.twist(oracle.multiply(oracle.G2, SECRET))
    ours = pairing.parse_key(KEY)
    assert (ours[0] / ours[2]).coeffs == (x / z).coeffs
    assert (ours[1] / ours[2]).coeffs == (y / z).coeffs


# Pairings


def test_our_pairing_has_the_value_of_py_eccs() -> None:
    loop = pairing.miller_loop(pairing.parse_key(KEY), pairing._lifted(POINT), final_exponentiate=False)
    expected = oracle.pairing(oracle.multiply(oracle.G2, SECRET), lifted(POINT))
    assert pairing._last_power(pairing._Packed(loop.coeffs)).coeffs == expected.coeffs


@pytest.mark.parametrize(("scalar", "cancels"), [(SECRET, True), (SECRET + 1, False)])
def test_pairings_multiply_to_one_where_the_scalar_moved_to_the_other_side(scalar: int, cancels: bool) -> None:
    moved = negated(affine(multiply(POINT, scalar)))
    pairs = [(moved, pairing.GENERATOR), (POINT, pairing.parse_key(KEY))]
    assert pairing.multiply_to_one(pairs) is cancels


def test_no_pairings_at_all_multiply_to_one() -> None:
    assert pairing.multiply_to_one([])


# The field of degree twelve


twelve = st.lists(elements | st.sampled_from([0, 1, FIELD - 1]), min_size=12, max_size=12)


@given(left=twelve, right=twelve)
@example(left=[FIELD - 1] * 12, right=[FIELD - 1] * 12)  # the widest lanes
@example(left=[0] * 11 + [FIELD - 1], right=[0] * 11 + [FIELD - 1])
@example(left=[0] * 12, right=[FIELD - 1] * 12)
@a_few
def test_the_packed_field_multiplies_as_py_eccs_does(left: list[int], right: list[int]) -> None:
    packed = pairing._Packed(left) * pairing._Packed(right)
    assert packed.coeffs == (oracle.FQ12(left) * oracle.FQ12(right)).coeffs
    mixed = oracle.FQ12(left) * pairing._Packed(right)
    assert isinstance(mixed, pairing._Packed)
    assert mixed == packed


@given(element=twelve)
@settings(deadline=None, max_examples=3)
def test_the_short_cuts_of_the_packed_field_are_powers(element: list[int]) -> None:
    once = pairing._Packed(element) ** FIELD
    assert once.coeffs == (oracle.FQ12(element) ** FIELD).coeffs
    sixth = once
    for _ in range(5):
        sixth = sixth.frobenius()
    assert sixth == pairing._Packed(element).conjugate()


def test_deep_input_is_still_an_exception_and_no_crash_of_the_process() -> None:
    """py_ecc raises the limit of recursion for everybody; then a small request could end a server."""
    told = "import sys; before = sys.getrecursionlimit(); import activation_core.pairing; "
    told += "sys.exit(sys.getrecursionlimit() != before)"

    assert subprocess.run([sys.executable, "-c", told], check=False).returncode == 0
