"""The caller's end of a call: a scripted line on its own clock, a live one in real time."""

import threading

import pytest

from ivr.simulator.bad_line import BadLine
from ivr.simulator.events import Event
from ivr.simulator.faults import Mishap
from ivr.simulator.line import INSTANT, HungUp, LiveLine, ScriptedLine

NEVER = 600.0  # seconds of a call, and far beyond any test


def scripted(*plan: tuple[float, str]) -> ScriptedLine:
    line = ScriptedLine(lambda event: plan if event.kind == "answered" else None)
    line.notice(Event(0.0, "answered"))
    return line


def test_a_scripted_line_gives_keys_at_their_times():
    line = scripted((1.0, "1"), (2.5, "2"))
    assert (line.wait(10.0), line.now) == ("1", 1.0)
    assert (line.wait(10.0), line.now) == ("2", 2.5)
    assert (line.wait(10.0), line.now) == (None, 10.0)


def test_a_key_at_the_very_end_of_the_wait_still_counts():
    assert scripted((5.0, "#")).wait(5.0) == "#"


def test_a_key_after_the_end_of_the_wait_comes_in_the_next_one():
    line = scripted((5.001, "#"))
    assert line.wait(5.0) is None
    assert line.wait(6.0) == "#"


def test_keys_planned_in_any_order_come_by_time_and_then_in_the_order_of_planning():
    line = scripted((3.0, "3"), (1.0, "1"), (3.0, "4"), (2.0, "2"))
    assert [line.wait(10.0) for _ in range(4)] == ["1", "2", "3", "4"]


def test_delays_count_from_the_event_that_they_answer():
    line = ScriptedLine(lambda event: [(0.5, "1")] if event.kind == "listen" else None)
    line.wait(7.0)
    line.notice(Event(7.0, "listen"))
    assert (line.wait(8.0), line.now) == ("1", 7.5)


def test_a_key_planned_for_the_past_comes_now():
    line = ScriptedLine(lambda event: [(-2.0, "1")])
    line.wait(7.0)
    line.notice(Event(7.0, "listen"))
    assert (line.wait(8.0), line.now) == ("1", 7.0)


def test_a_planned_hang_up_ends_the_wait():
    line = scripted((1.0, "hangup"))
    with pytest.raises(HungUp):
        line.wait(10.0)
    assert line.now == 1.0


class Clock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_live_key_carries_the_moment_it_was_pressed(clock):
    line = LiveLine(clock=clock)
    clock.time += 2.0
    line.press("12")
    clock.time += 5.0
    assert (line.wait(3.0), line.now) == ("1", 2.0)
    assert (line.wait(3.0), line.now) == ("2", 2.0)
    assert (line.wait(3.0), line.now) == (None, 3.0)


def test_speed_multiplies_the_clock(clock):
    line = LiveLine(speed=4, clock=clock)
    clock.time += 1.0
    line.press("1")
    assert (line.wait(NEVER), line.now) == ("1", 4.0)


def test_a_live_key_at_the_very_end_of_the_wait_still_counts(clock):
    line = LiveLine(clock=clock)
    clock.time += 5.0
    line.press("1")
    assert (line.wait(5.0), line.now) == ("1", 5.0)


def test_a_key_pressed_later_than_the_wait_reaches_is_kept_for_the_next(clock):
    line = LiveLine(clock=clock)
    clock.time += 5.0
    line.press("1")
    assert (line.wait(4.0), line.now) == (None, 4.0)
    assert (line.wait(6.0), line.now) == ("1", 5.0)


def test_a_waiting_live_line_wakes_up_at_a_key_of_another_thread():
    line = LiveLine()
    presser = threading.Timer(0.02, line.press, ["7"])
    presser.start()
    assert line.wait(NEVER) == "7"
    presser.join()


def test_a_live_line_waits_in_real_time_and_no_longer():
    line = LiveLine(speed=1000)
    assert line.wait(20.0) is None
    assert line.now == 20.0


def test_hanging_up_comes_after_the_keys_before_it():
    line = LiveLine()
    line.press("5")
    line.hang_up()
    assert line.wait(NEVER) == "5"
    with pytest.raises(HungUp):
        line.wait(NEVER)


def test_a_key_that_no_telephone_has_is_refused_and_none_is_pressed(clock):
    line = LiveLine(clock=clock)
    with pytest.raises(ValueError, match="no such key: x"):
        line.press("12x")
    clock.time += 2.0
    assert line.wait(1.0) is None


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_a_speed_that_is_no_speed_is_refused(speed):
    with pytest.raises(ValueError, match="speed"):
        LiveLine(speed=speed)


def test_an_instant_line_jumps_over_what_is_said_and_waits_only_for_the_caller(clock):
    line = LiveLine(speed=INSTANT, clock=clock)
    line.notice(Event(0.0, "listen"))
    assert (line.wait(30.0), line.now, line.time) == (None, 30.0, 30.0)

    line.notice(Event(30.0, "wait"))
    clock.time += 2.0
    line.press("1")
    assert (line.wait(40.0), line.now) == ("1", 32.0)

    line.notice(Event(32.0, "gathered"))
    assert (line.wait(90.0), line.now) == (None, 90.0)


def test_the_first_gathers_get_what_is_rehearsed_and_then_a_person_keys(clock):
    line = LiveLine(clock=clock, first=["", "12"])
    line.notice(Event(0.0, "wait"))
    assert (line.wait(10.0), line.now) == (None, 10.0)
    line.notice(Event(10.0, "gathered"))
    assert (line.wait(25.0), line.now) == (None, 25.0)
    line.notice(Event(25.0, "wait"))
    assert (line.wait(35.0), line.wait(35.0), line.now) == ("1", "2", 25.0)
    line.notice(Event(25.0, "gathered"))

    clock.time += 3.0
    line.press("3")
    assert (line.wait(90.0), line.now) == ("3", 28.0)


def test_a_key_can_be_entered_for_later(clock):
    line = LiveLine(clock=clock)
    line.enter([(4.0, "1")])
    line.press("2")
    clock.time += 5.0
    assert [line.wait(9.0), line.wait(9.0), line.now] == ["2", "1", 4.0]


def test_nothing_is_told_after_the_end(clock):
    line = LiveLine(clock=clock)
    line.notice(Event(3.0, "end"))
    line.notice(Event(4.0, "mishap"))
    clock.time += 9.0
    assert ([event.kind for event in line.events], line.time) == (["end"], 3.0)


def always(*mishaps):
    return lambda moment, number, keys: [each for each in mishaps if (each.kind == "hung_up") == (moment == "answered")]


def test_on_a_bad_line_keys_arrive_otherwise_and_that_is_told(clock):
    bad = always(Mishap("dropped", 0, 1), Mishap("mistyped", 0, 2, pressed="6"))
    line = BadLine(bad, speed=1, clock=clock)

    line.press("123")

    assert [line.wait(0.0), line.wait(0.0), line.wait(0.0)] == ["1", "6", None]
    assert [(event.kind, event.details["what"], event.details["key"]) for event in line.events] == [
        ("mishap", "dropped", "2"),
        ("mishap", "mistyped", "3"),
    ]


def test_a_bad_line_breaks_off(clock):
    line = BadLine(always(Mishap("hung_up", 0, seconds=7.0)), speed=1, clock=clock)
    line.notice(Event(0.0, "answered"))
    clock.time += 8.0
    with pytest.raises(HungUp):
        line.wait(NEVER)
    assert line.now == 7.0


def test_events_are_read_from_an_index_on():
    line = LiveLine()
    first, second = Event(0.0, "answered"), Event(1.0, "listen")
    line.notice(first)
    line.notice(second)
    assert line.events_after(0, timeout=0) == [first, second]
    assert line.events_after(1, timeout=0) == [second]


def test_a_reader_waits_for_the_next_event_of_another_thread():
    line = LiveLine()
    event = Event(0.0, "answered")
    teller = threading.Timer(0.02, line.notice, [event])
    teller.start()
    assert line.events_after(0, timeout=30) == [event]
    teller.join()


def test_a_reader_does_not_wait_longer_than_its_timeout():
    assert LiveLine().events_after(0, timeout=0.01) == []


def test_a_reader_does_not_wait_beyond_the_end_of_the_call():
    line = LiveLine()
    line.notice(Event(0.0, "end"))
    assert line.events_after(1, timeout=3600) == []
