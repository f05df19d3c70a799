"""Guessing is slow, then hopeless: by line, by serial and in total; and what was wrong is told to nobody."""

import logging
import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from activation_core import codes, installation_id
from activation_core.clearinghouse.desk import Confirmation, Desk
from activation_core.clearinghouse.keys import Keys
from activation_core.clearinghouse.sql_records import SqlRecords
from activation_core.clearinghouse.sqlite_store import SqliteStore
from activation_core.clearinghouse.store import StoreDown
from activation_core.clearinghouse.throttle import ALL_ALARM, FREE, SERIAL_ALARM, WITHHELD, Throttle
from activation_core.codes import Kind
from activation_core.installation_id import Operation
from activation_core.products import Product
from activation_core.refusals import Refusal

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ISSUING = b"issuing key of a test" * 2
LINE, OTHER = "+442079460999", "+442079460998"
A_DAY = 6


@pytest.fixture
def store(tmp_path):
    return SqliteStore(tmp_path / "clearinghouse.db")


@pytest.fixture
def throttle(store):
    return Throttle(store, b"a key of a test", A_DAY)


@pytest.fixture
def desk(store, throttle):
    return Desk({1: Product(1, "Server")}, Keys(ISSUING, {(1, 0): 4711}), SqlRecords(store), throttle)


def an_id(serial=7, issuing=ISSUING, counter=0):
    code = codes.issue(Kind.PRODUCT_KEY, 1, serial, issuing)
    return installation_id.make(Operation.ACTIVATE, code, 0, 0x12345678, counter).digits


WRONG_TAG, NEVER_ISSUED = an_id(issuing=b"somebody else's"), an_id(serial=8)


def refuse(throttle, line, serial=1):
    return throttle.refused(line, slowly=False, serial=serial, now=NOON)


def guess(desk, times, line=LINE, at=NOON, channel="telephone", shown=WRONG_TAG):
    return [desk.confirm(shown, channel, at + n * SECOND, line=line) for n in range(times)][-1]


def traced(store, desk, shown, line):
    """What is said to this one, and the statements by which it came to that."""
    statements = []
    store._writer.set_trace_callback(lambda sql: statements.append(re.sub("[0-9'].*", "", sql)))
    answer = guess(desk, 1, line, shown=shown)
    store._writer.set_trace_callback(None)
    return answer.code, tuple(statements)


def test_after_so_many_wrong_ones_a_line_is_answered_no_more_that_day_and_others_are(desk):
    desk.issue(1, 1, "standard", lambda _: 7, NOON)
    assert guess(desk, A_DAY) == Refusal("not_genuine")

    assert guess(desk, 1, shown=an_id()) == Refusal("throttled")
    assert isinstance(guess(desk, 1, line=OTHER, shown=an_id()), Confirmation)
    assert isinstance(guess(desk, 1, at=NOON + timedelta(days=1), shown=an_id(counter=1)), Confirmation)


def test_over_the_internet_each_wait_is_twice_the_one_before(desk):
    assert guess(desk, FREE + 1, channel="internet") == Refusal("not_genuine")
    last = NOON + FREE * SECOND

    assert desk.confirm(WRONG_TAG, "internet", last, line=LINE) == Refusal("slow_down", {"seconds": 2})
    assert desk.confirm(WRONG_TAG, "internet", last + 2 * SECOND, line=LINE) == Refusal("not_genuine")
    assert desk.confirm(WRONG_TAG, "internet", last + 2 * SECOND, line=LINE) == Refusal("slow_down", {"seconds": 4})


def test_an_operator_is_never_held(desk):
    guess(desk, A_DAY)
    assert guess(desk, 1, channel="operator") == Refusal("not_genuine")


def test_what_is_typed_wrong_or_right_does_not_count(desk):
    desk.issue(1, 1, "standard", lambda _: 7, NOON)
    for _ in range(3 * A_DAY):
        desk.confirm("1" * 49, "telephone", NOON, line=LINE)
        desk.confirm(an_id(), "telephone", NOON, line=LINE)
    assert guess(desk, 1) == Refusal("not_genuine")


def test_those_who_withhold_their_number_share_a_line_that_may_try_more_often(desk):
    assert guess(desk, A_DAY * WITHHELD, line="") == Refusal("not_genuine")
    assert guess(desk, 1, line="") == Refusal("throttled")
    assert guess(desk, 1) == Refusal("not_genuine")


def test_a_serial_that_was_never_issued_and_a_wrong_tag_cannot_be_told_apart(desk, store):
    """The same answer; and the same is read and written. Times are measured by tests/bench/guessing.py."""
    desk.issue(1, 1, "standard", lambda _: 7, NOON)
    unknown = an_id(serial=9, issuing=b"somebody else's")
    ((told, statements),) = {traced(store, desk, shown, line=shown) for shown in (WRONG_TAG, unknown)}
    assert statements
    assert told == guess(desk, 1, shown=NEVER_ISSUED).code == "not_genuine"


def test_a_code_that_was_never_issued_is_looked_up_and_counted_in_one_transaction_as_a_wrong_tag_is(desk, store):
    desk.issue(1, 1, "standard", lambda _: 7, NOON)
    (_, wrong), (_, never) = (traced(store, desk, shown, line=shown) for shown in (WRONG_TAG, NEVER_ISSUED))
    assert tuple(each for each in never if each != "SELECT ") == wrong, "but for the look at its history"
    assert len(never) == len(wrong) + 1


def test_while_somebody_writes_nothing_is_told_that_would_have_to_be_counted(desk, tmp_path):
    hurried = SqliteStore(tmp_path / "clearinghouse.db", busy_seconds=0.01)
    desk = Desk(
        {1: Product(1, "Server")}, Keys(ISSUING, {(1, 0): 4711}), SqlRecords(hurried), Throttle(hurried, b"key")
    )
    other = sqlite3.connect(tmp_path / "clearinghouse.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for shown in (WRONG_TAG, NEVER_ISSUED):
        with pytest.raises(StoreDown, match="locked"):
            guess(desk, 1, shown=shown)
    assert guess(desk, 1, shown=NEVER_ISSUED, channel="operator") == Refusal("not_genuine")
    other.close()


def test_a_line_that_is_held_cannot_tell_a_right_one_from_a_wrong_one(desk, store):
    desk.issue(1, 1, "standard", lambda _: 7, NOON)
    guess(desk, A_DAY)
    ((told, statements),) = {traced(store, desk, shown, LINE) for shown in (WRONG_TAG, an_id())}
    assert statements
    assert told == "throttled"


def test_who_guesses_many_times_at_once_is_told_no_more_than_one_after_the_other(desk):
    with ThreadPoolExecutor(4 * A_DAY) as pool:
        told = list(pool.map(lambda _: guess(desk, 1).code, range(4 * A_DAY)))
    assert (told.count("not_genuine"), told.count("throttled")) == (A_DAY, 3 * A_DAY)


def test_a_scan_and_a_serial_that_is_guessed_at_raise_an_alarm_without_saying_whose(throttle, caplog):
    caplog.set_level(logging.ERROR)
    for number in range(SERIAL_ALARM):
        refuse(throttle, f"+4420794600{number:02}", 4711)
    assert caplog.messages == [f"alarm: {SERIAL_ALARM} wrong Installation IDs today of one serial"]
    for number in range(SERIAL_ALARM, ALL_ALARM):
        refuse(throttle, f"+44207946{number:04}", number)
    assert caplog.messages[1:] == [f"alarm: {ALL_ALARM} wrong Installation IDs today in all"]
    assert "4711" not in caplog.text
    assert "+44" not in caplog.text


def test_while_a_scan_is_on_one_wrong_one_is_free(throttle):
    for number in range(ALL_ALARM):
        refuse(throttle, f"line {number}", number)
    assert [refuse(throttle, LINE) for _ in range(2)] == [Refusal("not_genuine")] * 2
    assert refuse(throttle, LINE) == Refusal("slow_down", {"seconds": 2})


def test_no_number_and_no_serial_is_kept_and_yesterday_is_forgotten(throttle, store):
    throttle.refused(LINE, True, 4711, NOON)
    tomorrow = NOON + timedelta(days=1)
    with store.reading() as db:
        before = {row[0] for row in db.execute("SELECT subject FROM guesses").fetchall()}
    throttle.refused(LINE, True, 4711, tomorrow)
    throttle.refused(LINE, True, 4711, tomorrow + timedelta(days=1))
    with store.reading() as db:
        rows = db.execute("SELECT * FROM guesses").fetchall()
    assert not before & {row[0] for row in rows}
    assert {row[1] for row in rows} == {"2026-05-05", "2026-05-06"}
