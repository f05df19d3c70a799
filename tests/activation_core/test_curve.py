"""Points of G1, with py_ecc as the oracle."""

from itertools import count
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from py_ecc import optimized_bn128 as oracle

from activation_core import curve
from activation_core.curve import FIELD, ORDER, Jacobian, Point, compress, decompress

GENERATOR = (1, 2)
OFF_THE_CURVE = next(x for x in count() if pow(x**3 + 3, (FIELD - 1) // 2, FIELD) != 1)

scalars = st.integers(0, ORDER - 1)
a_few = settings(deadline=None, max_examples=20)


def lifted(point: Point) -> Any:
    return oracle.FQ(point[0]), oracle.FQ(point[1]), oracle.FQ(1)


def lowered(point: Any) -> Point:
    x, y = oracle.normalize(point)
    return int(x), int(y)


def multiple(scalar: int) -> Point:
    return lowered(oracle.multiply(oracle.G1, scalar))


def same(ours: Jacobian, theirs: Any) -> bool:
    """Infinity has no coordinates to compare."""
    return not ours[2] if oracle.is_inf(theirs) else curve.affine(ours) == lowered(theirs)


def test_field_and_order_are_those_of_py_ecc() -> None:
    assert oracle.field_modulus == FIELD
    assert oracle.curve_order == ORDER


@given(scalar=scalars)
@example(scalar=0)
@example(scalar=1)
@example(scalar=2)
@example(scalar=ORDER - 1)
@a_few
def test_a_multiple_is_that_of_py_ecc(scalar: int) -> None:
    point = multiple(99)
    assert same(curve.multiply(point, scalar), oracle.multiply(lifted(point), scalar))


@given(
    scalar=scalars | st.sampled_from([0, 1, ORDER - 1, curve.LAMBDA, ORDER - curve.LAMBDA]),
    mask=st.integers(1, FIELD - 1) | st.sampled_from([1, 2, FIELD - 1]),
)
@a_few
def test_no_mask_changes_a_multiple(scalar: int, mask: int) -> None:
    point = multiple(99)
    assert same(curve.multiply(point, scalar, mask), oracle.multiply(lifted(point), scalar))


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Each sum and each run of doublings of a multiplication, with what goes into it."""
    done: list[tuple[Any, ...]] = []
    for name in ("add", "_doubled"):
        step = getattr(curve, name)
        monkeypatch.setattr(
            curve, name, lambda *given, name=name, step=step: done.append((name, *given)) or step(*given)
        )
    return done


def test_whatever_the_scalar_and_the_mask_the_steps_are_the_same(steps: list[tuple[Any, ...]]) -> None:
    orders = set()
    for scalar, mask in [(1, 1), (ORDER - 1, FIELD - 1), (2**200, 7), (curve.LAMBDA, 9), (0, 3)]:
        steps.clear()
        curve.multiply(GENERATOR, scalar, mask)
        orders.add(tuple((name, *[given for given in rest if isinstance(given, int)]) for name, *rest in steps))
    (order,) = orders
    assert len(order) > 64


def test_with_another_mask_each_value_in_between_is_another(steps: list[tuple[Any, ...]]) -> None:
    seen = []
    for mask in (2, 3):
        steps.clear()
        curve.multiply(GENERATOR, ORDER // 3, mask)
        seen.append([point[:2] for _, *rest in steps for point in rest if isinstance(point, tuple)])
    for one, other in zip(*seen, strict=True):
        assert one[0] != other[0]
        assert one[1] != other[1]


@pytest.mark.parametrize(("left", "right"), [(5, 7), (5, 5), (5, ORDER - 5), (0, 5), (5, 0), (0, 0)])
def test_a_sum_is_that_of_py_ecc_also_of_equal_opposite_and_infinite_points(left: int, right: int) -> None:
    added = curve.add(curve.multiply(GENERATOR, left), curve.multiply(GENERATOR, right))
    assert same(added, oracle.multiply(oracle.G1, left + right))


@given(weights=st.lists(st.integers(1, 2**64), max_size=4))
@example(weights=[2**64, 1])  # 65 bits
@example(weights=[])
@a_few
def test_a_weighted_sum_counts_every_bit_of_every_weight(weights: list[int]) -> None:
    terms = [(weight, multiple(place)) for place, weight in enumerate(weights, 1)]
    total = sum(weight * place for place, weight in enumerate(weights, 1))
    assert same(curve.weighted_sum(terms), oracle.multiply(oracle.G1, total))


def test_the_opposite_of_a_point_is_that_of_py_ecc() -> None:
    assert curve.negated(multiple(7)) == lowered(oracle.neg(oracle.multiply(oracle.G1, 7)))


def test_infinity_has_no_coordinates() -> None:
    with pytest.raises(ArithmeticError, match="point at infinity has no coordinates"):
        curve.affine(curve.multiply(GENERATOR, 0))


# Points as numbers


@given(scalar=st.integers(1, ORDER - 1))
@a_few
def test_a_point_comes_back_from_its_number(scalar: int) -> None:
    point = multiple(scalar)
    assert decompress(compress(point)) == point
    assert decompress(compress(curve.negated(point))) == curve.negated(point)
    assert compress(point) == 2 * point[0] + point[1] % 2


@given(number=st.integers(-10, 10**77))
@a_few
def test_a_point_has_one_number_only(number: int) -> None:
    point = decompress(number)
    assert point is None or compress(point) == number


@pytest.mark.parametrize(
    "number",
    [-1, 0, 2 * OFF_THE_CURVE, 2 * OFF_THE_CURVE + 1, 2 * FIELD, compress(GENERATOR) + 2 * FIELD],
    ids=["negative", "zero", "off the curve", "off the curve, odd", "x too large", "x as large as the prime"],
)
def test_a_number_may_stand_for_no_point(number: int) -> None:
    assert decompress(number) is None
