"""SQLite: who writes while somebody else does is committed together with them, and told the truth all the same."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from activation_core.clearinghouse.sql_records import SqlRecords
from activation_core.clearinghouse.sqlite_store import SqliteStore
from activation_core.clearinghouse.store import Connection, StoreDown
from activation_core.codes import Kind

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clearinghouse.db"


class Together:
    """Writers whose transactions are one batch: each begins while the one before it still has the turn."""

    def __init__(self, path: Path, *works: Callable[[Connection], object], busy_seconds: float = 10) -> None:
        self.store, self.errors, self.statements = SqliteStore(path, busy_seconds), [None] * len(works), []
        with self.store.writing() as db:
            db.execute("CREATE TABLE noted (id INTEGER PRIMARY KEY, licence REFERENCES licences)")
        db.set_trace_callback(self.statements.append)
        self._works, self._threads = works, []
        self._write(0)
        for thread in self._threads:
            thread.join()

    def _write(self, number: int) -> None:
        try:
            with self.store.writing() as db:
                if number + 1 < len(self._works):
                    self._threads.append(threading.Thread(target=self._write, args=(number + 1,)))
                    self._threads[-1].start()
                    while not self.store._turn.waiting:
                        time.sleep(0.001)
                self._works[number](db)
        except Exception as error:
            self.errors[number] = type(error)

    @property
    def noted(self) -> list[int]:
        with self.store.reading() as db:
            return [row[0] for row in db.execute("SELECT id FROM noted ORDER BY id")]


def noting(number: int) -> Callable[[Connection], object]:
    return lambda db: db.execute("INSERT INTO noted VALUES (?, NULL)", (number,))


def test_writers_who_come_meanwhile_are_committed_together(path: Path) -> None:
    together = Together(path, noting(1), noting(2), noting(3))

    assert together.noted == [1, 2, 3]
    assert together.statements.count("COMMIT") == 1


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_what_fails_for_one_of_them_is_undone_alone(path: Path, failing: int) -> None:
    works = [noting(1), noting(2), noting(3)]
    kept = [1, 2, 3]
    works[failing] = lambda db: (noting(kept[failing])(db), 1 / 0)

    together = Together(path, *works)

    assert together.noted == kept[:failing] + kept[failing + 1 :]
    assert [error for error in together.errors if error] == [ZeroDivisionError]


def test_none_of_them_is_told_that_it_was_kept_where_it_cannot_be_committed(path: Path) -> None:
    def orphan(db: Connection) -> None:
        db.execute("PRAGMA defer_foreign_keys = ON")  # so that it is the COMMIT that fails
        db.execute("INSERT INTO noted VALUES (2, 4711)")

    together = Together(path, noting(1), orphan)

    assert together.errors == [StoreDown, StoreDown]
    assert together.noted == []
    with together.store.writing() as db:
        noting(3)(db)
    assert together.noted == [3]


def test_with_a_full_disk_each_of_them_is_told_the_truth(path: Path) -> None:
    def fill(db: Connection) -> None:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages}")
        for number in range(100, 20_000):
            noting(number)(db)

    together = Together(path, noting(1), fill, noting(2))

    assert together.errors[1] is StoreDown
    assert together.noted == [
        number for number, error in ((1, together.errors[0]), (2, together.errors[2])) if not error
    ]


def test_who_is_part_of_a_batch_waits_for_it_however_long_the_others_take(path: Path) -> None:
    """To say that nothing was kept while it may be kept yet would have it done twice."""
    together = Together(path, noting(1), lambda db: (time.sleep(0.2), noting(2)(db)), busy_seconds=0.1)

    assert together.errors == [None, None]
    assert together.noted == [1, 2]


def test_what_is_waiting_to_be_committed_is_kept_where_the_store_is_closed(path: Path) -> None:
    store, wrote = SqliteStore(path), threading.Event()
    SqlRecords(store).add_licences(Kind.PRODUCT_KEY, 1, [6], 0, NOON)
    store._turn.waiting = 1  # somebody who never comes, so that the batch stays open

    def write() -> None:
        assert SqlRecords(store).add_licences(Kind.PRODUCT_KEY, 1, [7], 0, NOON) == [7]
        wrote.set()

    thread = threading.Thread(target=write)
    thread.start()
    while not store._batch and not wrote.is_set():
        time.sleep(0.001)
    store.close()
    thread.join()

    assert wrote.is_set()
    assert SqlRecords(SqliteStore(path)).licence(Kind.PRODUCT_KEY, 1, 7)


def test_a_batch_is_committed_also_where_whoever_was_waited_for_gives_up(path: Path) -> None:
    together = Together(path, noting(1))
    together.store._turn.waiting = 1  # somebody who never comes
    with together.store.writing() as db:
        noting(2)(db)

    assert together.noted == [1, 2]
    assert together.statements.count("COMMIT") == 2
