"""Counts by the hour, over every store: what several processes add adds up, and a store that is down loses nothing."""

import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone

import pytest

from activation_core import installation_id
from activation_core.clearinghouse.store import StoreDown
from activation_core.clearinghouse.tallies import Tallies
from activation_core.installation_id import Operation

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MIDNIGHT, DAY = NOON - 12 * HOUR, 24 * HOUR


@pytest.fixture
def open_tallies(open_stores, store_url):
    yield lambda: Tallies(open_stores(store_url), seconds=0.01)
    all_is_written()


def all_is_written():
    for thread in threading.enumerate():
        if thread.name == "tallies":
            thread.join(5)


def of_the_day(tallies):
    return tallies.between(MIDNIGHT, MIDNIGHT + DAY)


def test_what_is_added_in_an_hour_adds_up(open_tallies):
    tallies = open_tallies()
    tallies.add(NOON, {("asked", "repair"): 2, ("nomatch", "repair"): 1})
    tallies.add(NOON + HOUR / 2, {("asked", "repair"): 1})
    tallies.add(NOON + HOUR, {("asked", "repair"): 5})
    assert of_the_day(tallies) == {
        (12, "asked", "repair"): 3,
        (12, "nomatch", "repair"): 1,
        (13, "asked", "repair"): 5,
    }
    assert tallies.in_all() == {("asked", "repair"): 8, ("nomatch", "repair"): 1}


def test_hours_are_those_of_utc(open_tallies):
    tallies = open_tallies()
    tallies.add(NOON.astimezone(timezone(timedelta(hours=9))), {("asked", ""): 1})
    assert of_the_day(tallies) == {(12, "asked", ""): 1}


def test_a_day_holds_its_first_hour_and_not_the_next_days(open_tallies):
    tallies = open_tallies()
    tallies.add(MIDNIGHT, {("asked", ""): 1})
    tallies.add(MIDNIGHT + DAY, {("asked", ""): 2})
    assert of_the_day(tallies) == {(0, "asked", ""): 1}


def test_a_count_can_be_taken_back(open_tallies):
    """A call under way is counted under one ending, and moves on to another one."""
    tallies, other = open_tallies(), open_tallies()
    tallies.add(NOON, {("gave_up", "enter_id"): 1})
    assert of_the_day(tallies) == {(12, "gave_up", "enter_id"): 1}
    other.add(NOON, {("gave_up", "enter_id"): -1, ("confirmed", ""): 1})
    assert of_the_day(other) == {(12, "gave_up", "enter_id"): 0, (12, "confirmed", ""): 1}


def test_what_the_carrier_repeats_counts_once(open_tallies):
    tallies = open_tallies()
    for name in ("one", "one", "two", "", ""):
        tallies.add(NOON, {("asked", ""): 1}, once=name)
    assert of_the_day(tallies) == {(12, "asked", ""): 4}


def test_what_many_threads_of_two_processes_so_to_speak_add_adds_up(open_tallies):
    both = [open_tallies(), open_tallies()]

    def count(tallies):
        for _ in range(50):
            tallies.add(NOON, {("asked", ""): 1})

    threads = [threading.Thread(target=count, args=[tallies]) for tallies in both * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for tallies in both:
        tallies.flush()
    assert of_the_day(open_tallies()) == {(12, "asked", ""): 400}


def test_what_is_added_is_written_down_by_itself_and_then_no_thread_is_left(open_tallies):
    tallies = open_tallies()
    tallies.add(NOON, {("asked", ""): 1})
    all_is_written()
    assert of_the_day(open_tallies()) == {(12, "asked", ""): 1}
    assert not tallies._writing


class Flaky:
    """A store that is down until it is mended."""

    def __init__(self, store):
        self._store, self.down = store, True

    @contextmanager
    def writing(self):
        if self.down:
            raise StoreDown("down")
        with self._store.writing() as db:
            yield db

    def __getattr__(self, name):
        return getattr(self._store, name)


def test_a_store_that_is_down_is_waited_for_and_nothing_is_lost_or_doubled(open_stores, store_url):
    flaky = Flaky(open_stores(store_url))
    tallies = Tallies(flaky, 0.01)
    tallies.add(NOON, {("asked", ""): 1})
    with pytest.raises(StoreDown):
        tallies.flush()
    tallies.add(NOON, {("asked", ""): 1})
    flaky.down = False
    all_is_written()
    assert of_the_day(tallies) == {(12, "asked", ""): 2}


def test_a_process_that_ends_writes_down_what_is_pending_at_once(open_tallies, store_url):
    """Minutes before its time."""
    script = (
        "import sys; from datetime import *\n"
        "from activation_core.clearinghouse.stores import open_store\n"
        "from activation_core.clearinghouse.tallies import Tallies\n"
        "tallies = Tallies(open_store(sys.argv[1]), seconds=600)\n"
        "tallies.add(datetime(2026, 5, 4, 12, tzinfo=UTC), {('asked', ''): 1})\n"
    )
    subprocess.run([sys.executable, "-c", script, store_url], check=True, timeout=30)
    assert of_the_day(open_tallies()) == {(12, "asked", ""): 1}


def test_confirmations_are_counted_by_channel_as_the_records_know_them(parts):
    assert parts.tallies.confirmed(MIDNIGHT, MIDNIGHT + DAY) == {}
    for channel, serial in (("telephone", 1), ("internet", 2), ("internet", 3)):
        (key,) = parts.desk.issue(1, 1, "standard", lambda _, serial=serial: serial, NOON)
        asked = installation_id.make(Operation.ACTIVATE, key, 0, 0x12345678, 1)
        for _ in range(2):  # the same answer again is no new confirmation
            parts.desk.confirm(asked.digits, channel, NOON)
    assert parts.tallies.confirmed(MIDNIGHT, MIDNIGHT + DAY) == {"telephone": 1, "internet": 2}
    assert parts.tallies.confirmed(MIDNIGHT + DAY, MIDNIGHT + 2 * DAY) == {}
