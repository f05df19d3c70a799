"""How late it is, whatever was done to the clock."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from activation_core.clock import TOLERANCE, Clock, reckoned, start, tick

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return BEGAN + timedelta(days=number)


def run(*readings: float, clock: Clock | None = None) -> Clock:
    clock = clock or start(BEGAN)
    for reading in readings:
        clock = tick(clock, day(reading))
    return clock


def test_it_is_as_late_as_the_clock_says() -> None:
    assert reckoned(run(1, 2, 3), day(3.5)) == day(3.5)
    assert reckoned(start(BEGAN), day(200)) == day(200)  # switched off in between


def test_a_day_back_is_no_matter() -> None:
    clock = run(1, 2, 3, 2.1)

    assert not clock.set_back
    assert reckoned(clock, day(2.1)) == day(3)


def test_setting_the_clock_back_does_not_make_it_earlier() -> None:
    clock = run(*range(1, 30), 0)

    assert clock.set_back
    assert reckoned(clock, day(0)) == day(29)


def test_a_day_back_again_and_again_gains_nothing() -> None:
    clock = start(BEGAN)
    for _ in range(100):
        for hour in (0, 4, 8, 12, 16, 20, 23):
            clock = tick(clock, BEGAN + timedelta(hours=hour))

    assert clock.latest >= day(90)


def test_small_steps_back_that_are_made_up_for_add_nothing() -> None:
    """An hour back each night, as of a clock that is corrected: after a year it is as late as it says."""
    clock = start(BEGAN)
    for number in range(365):
        for hour in (0, 12, 23, 22):
            clock = tick(clock, day(number) + timedelta(hours=hour))

    assert clock.latest == day(364) + timedelta(hours=23)


def test_time_goes_on_while_the_clock_is_set_back() -> None:
    assert reckoned(run(*range(1, 30), 0, 1, 2), day(2)) == day(31)
    assert reckoned(run(*range(1, 30), 0, 1, 0, 1, 0, 1), day(1)) == day(32)


def test_it_heals_by_itself_when_the_clock_is_right_again() -> None:
    clock = run(*range(1, 30), 0, 0.2, 29.3)

    assert not clock.set_back
    assert reckoned(clock, day(29.3)) == day(29.3)


def test_a_clock_that_was_years_ahead_by_mistake_does_no_lasting_harm() -> None:
    ahead = run(1, 2, 26000, 26000.5)
    assert reckoned(ahead, day(26000.5)) == day(26000.5)

    put_right = run(2.5, clock=ahead)
    assert not put_right.set_back
    assert reckoned(put_right, day(3)) == day(3)


def test_a_leap_that_was_lived_through_cannot_be_taken_back_but_for_its_start() -> None:
    """Off from day 2 to day 20, then run for five days: seven days count, whatever the clock says."""
    clock = run(1, 2, 20, 21, 22, 23, 24, 25, 0)

    assert clock.set_back
    assert reckoned(clock, day(0)) == day(25)
    assert reckoned(run(1, 2, 20, 21, 22, 23, 24, 25, 6.5), day(6.5)) == day(7)


@given(st.lists(st.floats(0, 60), max_size=60), st.integers(0, 40))
def test_time_that_it_ran_always_counts(readings: list[float], days: int) -> None:
    """However the clock was turned: after that many days on end, seen daily, so many have passed at least."""
    clock = run(*readings)
    begin = readings[-1] if readings else 0
    ran = run(*(begin + number for number in range(days + 1)), clock=clock)

    assert reckoned(ran, day(begin + days)) >= day(days)


@given(st.lists(st.floats(0, 60), max_size=60))
def test_a_warning_is_given_exactly_where_the_clock_shows_the_impossible(readings: list[float]) -> None:
    clock = run(*readings)

    assert clock.set_back == (clock.latest - clock.reading > TOLERANCE)
    assert clock.unleapt <= clock.latest
