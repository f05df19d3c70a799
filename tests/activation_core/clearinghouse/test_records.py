"""The contract of the records, run over every store, and what is true of SQLite alone."""

import multiprocessing
import os
import signal
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest

from activation_core import blocks, codes, installation_id
from activation_core.clearinghouse.records import Claim, Grounds, History, Records, Settlement
from activation_core.clearinghouse.sql_records import SqlRecords
from activation_core.clearinghouse.sqlite_store import SqliteStore
from activation_core.clearinghouse.store import Store, StoreDown
from activation_core.codes import Kind
from activation_core.installation_id import InstallationId, Operation
from activation_core.refusals import Refusal

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
KEY = Kind.PRODUCT_KEY


@pytest.fixture
def open_records(open_stores: Callable[[str], Store], store_url: str) -> Callable[[], Records]:
    """Opens the same records each time."""
    return lambda: SqlRecords(open_stores(store_url))


@pytest.fixture
def records(open_records: Callable[[], Records]) -> Records:
    return open_records()


def an_id(serial: int = 7, counter: int = 0) -> InstallationId:
    code = codes.issue(KEY, 1, serial, b"issuing")
    return installation_id.make(Operation.ACTIVATE, code, 0, 0x12345678, counter)


def yes(grounds: Grounds = "claimed", place: int = 0, hardware: int = 0x12345678) -> Callable[[History], Settlement]:
    return lambda history: Settlement(grounds, Claim(place, hardware), 0)


def look(records: Records, serial: int = 7) -> History:
    """What is known of this licence, seen as the desk sees it."""
    seen = []

    def decide(history: History) -> Refusal:
        seen.append(history)
        return Refusal("in_use")

    records.settle(an_id(serial), "operator", NOON, decide)
    return seen[-1]


class TestEveryStore:
    def test_new_serials_are_added_and_old_ones_left_out(self, records: Records) -> None:
        assert records.add_licences(KEY, 1, [7, 8], 0, NOON) == [7, 8]
        assert records.add_licences(KEY, 1, [8, 9], 1, NOON) == [9]

        licence = look(records, 8).licence
        assert licence
        assert licence.grant == 0

    def test_a_serial_counts_once_for_each_kind_and_product(self, records: Records) -> None:
        assert records.add_licences(KEY, 1, [7], 0, NOON) == [7]
        assert records.add_licences(KEY, 2, [7], 0, NOON) == [7]
        assert records.add_licences(Kind.LICENSE_CODE, 1, [7], 0, NOON) == [7]

    def test_all_serials_are_added_or_none(self, records: Records) -> None:
        def torn() -> Any:
            yield 7
            raise RuntimeError

        with pytest.raises(RuntimeError):
            records.add_licences(KEY, 1, torn(), 0, NOON)

        assert look(records).licence is None

    def test_the_largest_numbers_are_kept_whole(self, records: Records) -> None:
        records.add_licences(Kind.LICENSE_CODE, 1023, [2**32 - 1], 9, NOON)
        code = codes.issue(Kind.LICENSE_CODE, 1023, 2**32 - 1, b"issuing")
        asked = installation_id.make(Operation.ADD, code, 15, 2**32 - 1, 0)

        records.settle(asked, "internet", NOON, yes(hardware=asked.hardware))

        (given,) = records.activations(10)
        assert (given.kind, given.product, given.serial) == (Kind.LICENSE_CODE, 1023, 2**32 - 1)
        assert given.installation_id == asked.digits

    def test_of_what_was_never_issued_nothing_is_known(self, records: Records) -> None:
        assert look(records) == History(None, (), ())

    def test_a_revoked_licence_stays_revoked_from_the_first_time_on(self, records: Records) -> None:
        records.add_licences(KEY, 1, [7, 8], 0, NOON)

        assert records.revoke(KEY, 1, 7, NOON)
        assert records.revoke(KEY, 1, 7, NOON + SECOND)

        assert [bool(one and one.revoked) for one in (look(records, 7).licence, look(records, 8).licence)] == [
            True,
            False,
        ]

    def test_what_was_never_issued_cannot_be_revoked(self, records: Records) -> None:
        assert not records.revoke(KEY, 1, 7, NOON)
        assert look(records).licence is None

    def test_a_yes_is_kept_with_its_place_and_returned(self, records: Records) -> None:
        records.add_licences(KEY, 1, [7], 3, NOON)

        settled = records.settle(an_id(), "telephone", NOON, yes(hardware=0xABCD))

        history = look(records)
        assert settled == yes(hardware=0xABCD)(history)
        assert history.claims == (Claim(0, 0xABCD),)
        (given,) = history.activations
        assert (given.installation_id, given.grounds, given.channel) == (an_id().digits, "claimed", "telephone")
        assert (given.kind, given.product, given.serial, given.place) == (KEY, 1, 7, 0)
        assert given.confirmed_at == NOON

    def test_a_no_is_returned_and_nothing_is_kept(self, records: Records) -> None:
        records.add_licences(KEY, 1, [7], 0, NOON)

        assert records.settle(an_id(), "telephone", NOON, lambda history: Refusal("in_use")) == Refusal("in_use")

        assert (look(records).claims, look(records).activations) == ((), ())

    def test_the_same_again_is_returned_and_nothing_is_kept(self, records: Records) -> None:
        records.add_licences(KEY, 1, [7], 0, NOON)
        records.settle(an_id(), "telephone", NOON, yes())

        records.settle(an_id(), "internet", NOON + SECOND, yes("again"))

        assert [given.channel for given in records.activations(10)] == ["telephone"]

    def test_the_same_machine_is_noted_and_its_place_stays_as_it_was_claimed(self, records: Records) -> None:
        records.add_licences(KEY, 1, [7], 0, NOON)
        records.settle(an_id(), "telephone", NOON, yes(hardware=1))

        records.settle(an_id(counter=1), "telephone", NOON + SECOND, yes("same_machine", hardware=2))

        assert look(records).claims == (Claim(0, 1),)
        assert [given.grounds for given in records.activations_of(KEY, 1, 7)] == ["claimed", "same_machine"]

    def test_a_reactivation_moves_its_place_and_no_other(self, records: Records) -> None:
        records.add_licences(KEY, 1, [7], 0, NOON)
        records.settle(an_id(counter=0), "telephone", NOON, yes(place=0, hardware=1))
        records.settle(an_id(counter=1), "telephone", NOON, yes(place=1, hardware=2))

        records.settle(an_id(counter=2), "telephone", NOON, yes("reactivated", place=1, hardware=3))

        assert look(records).claims == (Claim(0, 1), Claim(1, 3))

    def test_a_transfer_moves_its_place_and_stays_known_to_whoever_asks_next(self, records: Records) -> None:
        records.add_licences(KEY, 1, [7], 0, NOON)
        records.settle(an_id(counter=0), "telephone", NOON, yes(hardware=1))

        records.settle(an_id(counter=1), "operator", NOON + SECOND, yes("transferred", hardware=2))

        history = records.history(an_id(counter=9))
        assert history.claims == (Claim(0, 2),)
        assert [(given.grounds, given.confirmed_at) for given in history.activations] == [
            ("transferred", NOON + SECOND)
        ]

    def test_the_history_of_an_installation_id_is_what_a_decision_is_given(self, records: Records) -> None:
        records.add_licences(KEY, 1, [7, 8], 4, NOON)
        for serial in (7, 8):
            for counter in range(3):
                grounds: Grounds = "same_machine" if counter else "claimed"
                records.settle(an_id(serial, counter), "telephone", NOON, yes(grounds))
        given: list[History] = []

        def decide(history: History) -> Refusal:
            given.append(history)
            return Refusal("in_use")

        records.settle(an_id(7, 1), "telephone", NOON, decide)

        assert records.history(an_id(7, 1)) == given[0]
        assert [each.installation_id for each in given[0].activations] == [an_id(7, 1).digits]
        assert records.history(an_id(9)) == History(None, (), ())

    def test_one_place_cannot_be_claimed_twice(self, records: Records) -> None:
        """Whatever is decided: the constraint is the last word."""
        records.add_licences(KEY, 1, [7], 0, NOON)
        records.settle(an_id(), "telephone", NOON, yes())

        with pytest.raises(Exception, match=r"(?i)unique"):
            records.settle(an_id(counter=1), "telephone", NOON, yes(hardware=2))

        assert look(records).claims == (Claim(0, 0x12345678),)

    def test_a_settlement_is_kept_whole_or_not_at_all(self, records: Records) -> None:
        """The second place could be claimed, but the activation is there already: neither is kept."""
        records.add_licences(KEY, 1, [7], 0, NOON)
        records.settle(an_id(), "telephone", NOON, yes(place=0))

        with pytest.raises(Exception, match=r"(?i)unique"):
            records.settle(an_id(), "telephone", NOON, yes(place=1))

        assert [claim.place for claim in look(records).claims] == [0]

    def test_what_was_never_issued_cannot_be_settled(self, records: Records) -> None:
        with pytest.raises(Exception, match=r"(?i)foreign key"):
            records.settle(an_id(), "telephone", NOON, yes())

        assert records.activations(10) == []

    def test_after_a_defect_the_records_go_on(self, records: Records) -> None:
        records.add_licences(KEY, 1, [7], 0, NOON)

        def defect(history: History) -> Refusal:
            raise RuntimeError

        with pytest.raises(RuntimeError):
            records.settle(an_id(), "telephone", NOON, defect)

        records.settle(an_id(), "telephone", NOON, yes())
        assert len(records.activations(10)) == 1

    def test_activations_come_newest_first_and_those_of_a_licence_oldest_first(self, records: Records) -> None:
        """Whatever the time zone in which the moments were told, and to the microsecond."""
        records.add_licences(KEY, 1, [7, 8], 0, NOON)
        moments = [NOON, NOON + timedelta(microseconds=1), NOON + SECOND]
        west = timezone(timedelta(hours=-9))
        records.settle(an_id(7, 0), "telephone", moments[2].astimezone(west), yes(place=0))
        records.settle(an_id(7, 1), "telephone", moments[0], yes(place=1))
        records.settle(an_id(8, 2), "telephone", moments[1], yes())

        assert [given.confirmed_at for given in records.activations(10)] == moments[::-1]
        assert [given.confirmed_at for given in records.activations(2)] == moments[:0:-1]
        assert [given.confirmed_at for given in records.activations_of(KEY, 1, 7)] == [moments[0], moments[2]]
        assert records.activations_of(Kind.LICENSE_CODE, 1, 7) == []

    def test_a_caller_is_put_through_once_a_call(self, records: Records) -> None:
        first = records.hand_over("CA1", "1234567", "in_use", "whole_id", "es-US", NOON)
        repeated = records.hand_over("CA1", "9999999", "", "menu", "en-US", NOON + SECOND)
        other = records.hand_over("CA2", "", "", "", "en-US", NOON + SECOND)

        assert repeated == first
        assert (first.keyed, first.refusal, first.step) == ("1234567", "in_use", "whole_id")
        assert (first.locale, first.at) == ("es-US", NOON)
        assert other.reference != first.reference
        assert records.hand_overs(10) == [other, first]
        assert records.hand_overs(1) == [other]

    def test_a_reference_is_a_block_that_can_be_read_out_and_checked(self, records: Records) -> None:
        assert blocks.is_block(records.hand_over("CA1", "", "", "", "en-US", NOON).reference, 1)

    def test_what_was_kept_is_there_when_opened_again(self, open_records: Callable[[], Records]) -> None:
        open_records().add_licences(KEY, 1, [7], 4, NOON)
        open_records().settle(an_id(), "telephone", NOON, yes())

        history = look(open_records())
        assert history.licence
        assert (history.licence.grant, len(history.activations)) == (4, 1)


# SQLite


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clearinghouse.db"


def connection_of(records: SqlRecords) -> sqlite3.Connection:
    """Durability is a setting of each connection, so only its own connection can tell."""
    return records.store._connection


def pragma(db: sqlite3.Connection, name: str) -> Any:
    return db.execute(f"PRAGMA {name}").fetchone()[0]


def test_every_threads_connection_is_durable(path: Path) -> None:
    records, settings = SqlRecords(SqliteStore(path)), []

    def tell() -> None:
        db = connection_of(records)
        settings.append((pragma(db, "journal_mode"), pragma(db, "synchronous"), pragma(db, "foreign_keys")))

    tell()
    thread = threading.Thread(target=tell)
    thread.start()
    thread.join()

    full = 2
    assert settings == [("wal", full, 1)] * 2


def test_the_connection_that_writes_is_durable(path: Path) -> None:
    with SqliteStore(path).writing() as db:
        assert (pragma(db, "journal_mode"), pragma(db, "synchronous"), pragma(db, "foreign_keys")) == ("wal", 2, 1)


def die_after_settling(path: Path) -> None:
    records = SqlRecords(SqliteStore(path))
    records.add_licences(KEY, 1, [7], 0, NOON)
    records.settle(an_id(), "telephone", NOON, yes())
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_was_returned_survives_the_death_of_the_process(path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=die_after_settling, args=(path,))
    process.start()
    process.join(60)

    assert process.exitcode == -signal.SIGKILL
    assert len(SqlRecords(SqliteStore(path)).activations(10)) == 1


def test_the_migrations_are_applied_once(path: Path) -> None:
    SqlRecords(SqliteStore(path))
    applied = applied_migrations(path)

    SqlRecords(SqliteStore(path))

    assert [name[:4] for name, _ in applied] == [f"m{number:03}" for number in range(1, 1 + len(applied))]
    assert applied_migrations(path) == applied


def applied_migrations(path: Path) -> list[tuple[str, str]]:
    db = sqlite3.connect(path)
    rows = db.execute("SELECT name, applied_at FROM _sqlite_migrations ORDER BY rowid").fetchall()
    db.close()
    return rows


def start(folder: Path, barrier: Barrier, serial: int) -> None:
    for number in range(10):
        barrier.wait(60)
        SqlRecords(SqliteStore(folder / f"{number}.db")).add_licences(KEY, 1, [serial], 0, NOON)


def test_processes_that_start_at_once_on_a_fresh_file_all_come_up(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(4)
    processes = [spawn.Process(target=start, args=(tmp_path, barrier, serial)) for serial in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    assert [process.exitcode for process in processes] == [0] * 4
    for number in range(10):
        names = [name for name, _ in applied_migrations(tmp_path / f"{number}.db")]
        assert len(set(names)) == len(names) > 1
        assert SqlRecords(SqliteStore(tmp_path / f"{number}.db")).add_licences(KEY, 1, range(5), 0, NOON) == [4]


def test_the_history_is_of_one_moment(path: Path) -> None:
    """A reactivation between two reads would show claims without their activations, or the reverse."""
    slow, quick = SqlRecords(SqliteStore(path)), SqlRecords(SqliteStore(path))
    slow.add_licences(KEY, 1, [7], 0, NOON)

    def overtake(statement: str) -> None:
        if "FROM activations" in statement and not quick.activations(1):
            quick.settle(an_id(), "telephone", NOON, yes())

    connection_of(slow).set_trace_callback(overtake)
    seen = slow.history(an_id())

    assert quick.activations(1)
    assert len(seen.claims) == len(seen.activations)


def test_a_writer_that_waits_too_long_says_so_and_keeps_nothing(path: Path) -> None:
    records = SqlRecords(SqliteStore(path, busy_seconds=0.01))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreDown, match="locked"):
        records.add_licences(KEY, 1, [7], 0, NOON)

    other.close()
    assert records.add_licences(KEY, 1, [7], 0, NOON) == [7]


def test_while_somebody_writes_a_no_and_the_same_yes_again_are_told_all_the_same(path: Path) -> None:
    records = SqlRecords(SqliteStore(path, busy_seconds=0.01))
    records.add_licences(KEY, 1, [7], 0, NOON)
    records.settle(an_id(), "telephone", NOON, yes())
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    assert records.settle(an_id(), "telephone", NOON, yes("again")) == yes("again")(look(records))
    assert records.settle(an_id(), "telephone", NOON, lambda _: Refusal("in_use")) == Refusal("in_use")
    with pytest.raises(StoreDown, match="locked"):
        records.settle(an_id(counter=1), "telephone", NOON, yes(place=1))
    other.close()


def test_nobody_else_writes_from_the_look_until_the_claim_is_kept(path: Path) -> None:
    records, other = SqlRecords(SqliteStore(path)), SqlRecords(SqliteStore(path, busy_seconds=0.01))
    records.add_licences(KEY, 1, [7], 0, NOON)
    looks = []

    def decide(history: History) -> Settlement:
        looks.append(history)
        with pytest.raises(StoreDown, match="locked"):
            other.add_licences(KEY, 1, [8], 0, NOON)
        return yes()(history)

    records.settle(an_id(), "telephone", NOON, decide)

    assert len(looks) == 1
    assert other.add_licences(KEY, 1, [8], 0, NOON) == [8]


def test_the_first_revocation_is_the_one_that_is_dated(path: Path) -> None:
    records = SqlRecords(SqliteStore(path))
    records.add_licences(KEY, 1, [7], 0, NOON)
    records.revoke(KEY, 1, 7, NOON)
    records.revoke(KEY, 1, 7, NOON + SECOND)

    assert connection_of(records).execute("SELECT revoked_at FROM licences").fetchall() == [(NOON.isoformat(),)]


def test_neither_codes_nor_calls_are_in_the_file(path: Path) -> None:
    records, code = SqlRecords(SqliteStore(path)), codes.issue(KEY, 1, 7, b"issuing")
    records.add_licences(KEY, 1, [7], 0, NOON)
    records.settle(an_id(), "telephone", NOON, yes())
    records.hand_over("CA0123456789", "", "", "", "en-US", NOON)

    kept = b"".join(file.read_bytes() for file in path.parent.iterdir())

    for secret in (code.text, code.shown, str(code.secret), "CA0123456789"):
        assert secret.encode() not in kept
    assert code.key not in kept
