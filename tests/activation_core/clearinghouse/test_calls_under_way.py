"""Calls at once, over every store: what two processes admit adds up, and every call ends, whoever is told of it."""

import logging
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from activation_core.clearinghouse.calls_under_way import PUT_THROUGH, UNHEARD, CallsUnderWay
from activation_core.clearinghouse.store import StoreDown

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
KEY = b"a key of these tests" * 2
LINE, OTHER, WITHHELD = "+442079460999", "+12125550142", ""
ADMITTED, LINE_BUSY, ALL_BUSY = "admitted", "line_busy", "all_busy"


class Clock:
    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def process(open_stores, store_url, clock):
    """Opens what one process knows; it looks when it is told."""

    def open_one(at_once=4, a_line=2, store=None):
        calls = CallsUnderWay(store or open_stores(store_url), KEY, clock, at_once, a_line)
        calls._looks = True  # as if a thread did
        return calls

    return open_one


def kept(store):
    with store.reading() as db:
        return db.execute("SELECT * FROM calls_under_way").fetchall()


def test_a_line_has_so_many_calls_at_once_and_another_line_is_not_concerned(process):
    calls = process()
    assert [calls.admit(call, LINE) for call in ("a", "b", "c")] == [ADMITTED, ADMITTED, LINE_BUSY]
    assert calls.admit("d", OTHER) == ADMITTED


def test_all_lines_together_have_so_many_calls_at_once(process):
    calls = process()
    lines = [f"+4420794609{n:02}" for n in range(5)]
    assert [calls.admit(line, line) for line in lines] == [ADMITTED] * 4 + [ALL_BUSY]


def test_callers_who_withhold_their_number_are_no_line_and_count_in_all(process):
    calls = process()
    assert [calls.admit(call, WITHHELD) for call in "abcde"] == [ADMITTED] * 4 + [ALL_BUSY]
    assert calls.admit("f", LINE) == ALL_BUSY


def test_a_call_that_is_over_leaves_room_for_another(process):
    calls = process()
    for call in "ab":
        calls.admit(call, LINE)
    calls.note("a", "over")
    assert [calls.admit(call, LINE) for call in "cd"] == [ADMITTED, LINE_BUSY]


def test_a_repeated_webhook_of_a_call_counts_once(process):
    calls, other = process(), process()
    assert [calls.admit("a", LINE) for _ in range(3)] == [ADMITTED] * 3
    calls.look()
    assert other.admit("a", LINE) == ADMITTED  # before it knows
    for each in (other, calls):
        each.look()
        assert each.admit("b", LINE) == ADMITTED
    assert calls.admit("c", LINE) == LINE_BUSY


def test_a_repeated_webhook_is_answered_as_before_also_where_there_is_no_room_any_more(process):
    calls = process()
    for call in "ab":
        calls.admit(call, LINE)
    assert [calls.admit(call, LINE) for call in "abc"] == [ADMITTED, ADMITTED, LINE_BUSY]


def test_whoever_is_turned_away_does_not_count_however_often_they_try(process):
    calls = process()
    for call in "ab":
        calls.admit(call, LINE)
    assert {calls.admit(f"again {n}", LINE) for n in range(20)} == {LINE_BUSY}
    for n in range(20):
        calls.note(f"again {n}", "over")
    calls.note("a", "over")
    assert calls.admit("c", LINE) == ADMITTED


def test_what_another_process_admitted_counts_once_it_is_known(process):
    here, there = process(), process()
    for call in "ab":
        there.admit(call, LINE)
    there.look()
    here.look()
    assert here.admit("c", LINE) == LINE_BUSY
    assert here.admit("d", OTHER) == ADMITTED


def test_a_process_that_was_idle_looks_at_once(process, open_stores, store_url, clock):
    """Not after its first second: by then a flood is in."""
    there, here = process(), CallsUnderWay(open_stores(store_url), KEY, clock, 4, 2, seconds=600)
    for call in "ab":
        there.admit(call, LINE)
    there.look()
    here.admit("d", OTHER)
    wait_until(lambda: len(here._known.calls) == 3)
    assert here.admit("c", LINE) == LINE_BUSY


def wait_until(it_is_so):
    for _ in range(1000):
        if it_is_so():
            return
        time.sleep(0.005)
    raise AssertionError("it never was")


def test_a_call_that_ends_elsewhere_is_over_everywhere(process):
    here, there = process(), process()
    for call in "ab":
        here.admit(call, LINE)
    here.look()
    there.note("a", "over")
    there.look()
    here.look()
    assert [here.admit(call, LINE) for call in "cd"] == [ADMITTED, LINE_BUSY]


def test_an_end_that_is_told_before_the_beginning_holds_all_the_same(process, open_stores, store_url):
    """Its status comes to one process before the other has told the store of the call."""
    here, there = process(), process()
    here.admit("a", LINE)
    there.note("a", "over")
    there.look()
    here.look()
    there.look()  # sees it, and that it is over
    there.look()
    here.look()
    assert kept(open_stores(store_url)) == []
    assert [here.admit(call, LINE) for call in "bc"] == [ADMITTED] * 2


def test_a_short_call_troubles_no_store(process):
    calls = process()
    calls.admit("a", LINE)
    calls.note("a", "over")
    assert not {*calls._new, *calls._gone}


def test_a_call_of_which_nothing_is_heard_any_more_ends_by_itself(process, clock, open_stores, store_url):
    here, there = process(), process()
    for call in "ab":
        here.admit(call, LINE)
    here.look()
    clock.now += UNHEARD
    there.look()
    assert there.admit("c", LINE) == ADMITTED
    there.look()
    here.look()
    assert len(kept(open_stores(store_url))) == 1
    assert [here.admit(call, LINE) for call in "de"] == [ADMITTED, LINE_BUSY]


def test_a_call_that_is_heard_of_goes_on_for_hours_whoever_hears(process, clock):
    here, there = process(), process()
    for call in "ab":
        here.admit(call, LINE)
    for _ in range(20):
        clock.now += UNHEARD / 2 + timedelta(seconds=1)
        for each in (here, there):
            each.look()
        for call in "ab":
            there.note(call, "listening")
        there.look()
    assert there.admit("c", LINE) == LINE_BUSY


def test_what_is_heard_often_is_written_seldom(process, clock):
    calls = process()
    calls.admit("a", LINE)
    calls.look()
    clock.now += UNHEARD / 3
    calls.note("a", "listening")
    assert not calls._longer


def test_a_caller_who_was_put_through_is_under_way_as_long_as_the_carrier_lets_them_talk(process, clock):
    calls = process()
    for call in "ab":
        calls.admit(call, LINE)
        calls.note(call, "put_through")
    calls.look()
    clock.now += PUT_THROUGH - timedelta(seconds=1)
    calls.look()
    assert calls.admit("c", LINE) == LINE_BUSY
    clock.now += timedelta(seconds=1)
    calls.look()
    assert calls.admit("d", LINE) == ADMITTED


def test_a_late_repeat_of_a_call_that_is_over_takes_no_place(process):
    calls = process(a_line=1)
    calls.admit("a", LINE)
    calls.note("a", "over")
    assert calls.admit("a", LINE) == ADMITTED
    assert calls.admit("b", LINE) == ADMITTED


class Flaky:
    """A store that is down until it is mended, and slow: `meanwhile` is what happens before it answers."""

    def __init__(self, store):
        self._store, self.down, self.meanwhile = store, False, lambda: None

    @contextmanager
    def writing(self):
        if self.down:
            self.meanwhile()
            raise StoreDown("down")
        with self._store.writing() as db:
            yield db

    def rows(self, sql):
        rows = self._store.rows(sql)
        self.meanwhile()
        return rows

    def __getattr__(self, name):
        return getattr(self._store, name)


def test_while_the_store_is_down_a_process_counts_its_own_and_tells_them_afterwards(process, open_stores, store_url):
    flaky = Flaky(open_stores(store_url))
    flaky.down = True
    calls, other = process(store=flaky), process()
    for call, line in (("a", LINE), ("b", LINE), ("c", OTHER)):
        calls.admit(call, line)
    with pytest.raises(StoreDown):
        calls.look()
    assert calls.admit("d", LINE) == LINE_BUSY
    calls.note("a", "over")
    assert calls.admit("d", LINE) == ADMITTED
    flaky.down = False
    calls.look()
    other.look()
    assert [other.admit("e", LINE), other.admit("f", OTHER)] == [LINE_BUSY, ADMITTED]


def test_what_happens_while_the_store_is_asked_counts_at_once(process, open_stores, store_url):
    slow = Flaky(open_stores(store_url))
    calls = process(store=slow)
    calls.admit("a", LINE)
    calls.look()

    def meanwhile():
        calls.note("a", "over")
        for call in "bc":
            calls.admit(call, LINE)

    slow.meanwhile = meanwhile
    calls.look()
    assert calls.admit("d", LINE) == LINE_BUSY
    calls.note("b", "over")
    assert [calls.admit(call, LINE) for call in "ef"] == [ADMITTED, LINE_BUSY]


def test_a_call_that_ended_during_an_outage_is_over_everywhere_afterwards(process, open_stores, store_url):
    flaky = Flaky(open_stores(store_url))
    calls, other = process(store=flaky), process()
    calls.admit("a", LINE)
    calls.look()
    calls.admit("b", LINE)
    flaky.down, flaky.meanwhile = True, lambda: calls.note("b", "over")
    calls.note("a", "over")
    with pytest.raises(StoreDown):
        calls.look()
    flaky.down, flaky.meanwhile = False, lambda: None
    calls.look()
    other.look()
    assert [other.admit(call, LINE) for call in "cde"] == [ADMITTED, ADMITTED, LINE_BUSY]


def test_an_outage_is_told_once_and_what_is_over_by_the_clock_is_over(process, open_stores, store_url, clock, caplog):
    flaky = Flaky(open_stores(store_url))
    flaky.down = True
    calls = process(a_line=1, store=flaky)
    calls.admit("a", LINE)
    clock.now += UNHEARD
    for _ in range(3):
        assert calls.look_once_more()
    assert calls.admit("b", LINE) == ADMITTED
    assert caplog.text.count("counts its own calls alone") == 1


def test_the_log_tells_of_a_flood_once_a_minute_and_names_nobody(process, clock, caplog):
    calls = process(at_once=3, a_line=1)
    for n in range(100):
        calls.admit(f"CA{n}", LINE)
        clock.now += timedelta(seconds=1)
    calls.admit("x", OTHER), calls.admit("y", WITHHELD)
    clock.now += timedelta(seconds=60)
    calls.admit("z", WITHHELD)
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert told == [
        "alarm: too many calls at once: 1 turned away for their line, 0 for all lines",
        "alarm: too many calls at once: 60 turned away for their line, 0 for all lines",
        "alarm: too many calls at once: 38 turned away for their line, 1 for all lines",
    ]


def test_the_store_knows_neither_numbers_nor_calls_and_a_line_by_another_name_each_day(
    process, clock, open_stores, store_url
):
    calls = process()
    calls.admit("CA1", LINE)
    clock.now += timedelta(hours=12)
    calls.admit("CA2", LINE)
    calls.admit("CA3", WITHHELD)
    calls.look()
    rows = kept(open_stores(store_url))
    assert len({line for _, line, _ in rows}) == len(rows) >= 2
    assert not any(told in str(rows) for told in ("CA1", "CA2", "CA3", LINE[1:]))


def test_a_process_that_ends_tells_what_it_has_admitted(process, store_url):
    """Minutes before its time."""
    script = (
        "import sys; from time import sleep; from datetime import *\n"
        "from activation_core.clearinghouse.stores import open_store\n"
        "from activation_core.clearinghouse.calls_under_way import CallsUnderWay\n"
        "noon = datetime(2026, 5, 4, 12, tzinfo=UTC)\n"
        "calls = CallsUnderWay(open_store(sys.argv[1]), b'a key of these tests' * 2, lambda: noon, 4, 2, 600)\n"
        "calls.admit('a', sys.argv[2])\n"
        "while calls._new: sleep(0.01)\n"
        "calls.admit('b', sys.argv[2])\n"
    )
    subprocess.run([sys.executable, "-c", script, store_url, LINE], check=True, timeout=30)
    calls = process()
    calls.look()
    assert calls.admit("c", LINE) == LINE_BUSY


@pytest.fixture
def looking(open_stores, store_url, clock):
    """What a process knows that looks all the time, and the thread that does it."""
    before = set(threading.enumerate())
    calls = CallsUnderWay(open_stores(store_url), KEY, clock, 4, 2, seconds=0.01)
    calls.admit("a", LINE)
    (thread,) = (each for each in set(threading.enumerate()) - before if each.name == "calls under way")
    return [calls], thread


def test_as_long_as_a_call_is_under_way_what_others_do_is_seen(looking, process):
    (calls,), thread = looking
    there = process()
    there.admit("b", LINE)
    there.look()
    wait_until(lambda: len(calls._known.calls) == 2)
    assert calls.admit("c", LINE) == LINE_BUSY
    assert thread.is_alive()


def test_when_all_calls_are_over_nobody_looks_any_more(looking, clock):
    (calls,), thread = looking
    calls.note("a", "over")
    clock.now += timedelta(minutes=1)
    thread.join(5)
    assert not thread.is_alive()
    assert calls.admit("b", LINE) == ADMITTED
    assert calls._looks


def test_nobody_looks_for_what_is_used_no_more(looking):
    held, thread = looking
    held.clear()
    thread.join(5)
    assert not thread.is_alive()
