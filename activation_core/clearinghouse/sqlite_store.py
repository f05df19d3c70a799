"""A store in SQLite: one file, any number of threads and processes.

WAL with synchronous FULL: what was committed survives a power cut. Writers take BEGIN IMMEDIATE; sqlite-utils' own
`atomic()` is deferred and loses claims under load. SQLite lets those who wait sleep ever longer, so that some starve:
the threads of a process queue for their turn, and the one whose turn it is asks again and again. Those who come
meanwhile are committed together with it, since the disk takes longer for a commit than all else takes.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from activation_core.clearinghouse.store import Row, StoreDown

NEWEST = "m009_calls_under_way"  # of the migrations, as test_stores.py says, too
MOVED = 0x6D6F76  # the file's user_version, once its tables were moved to another database
_PAUSE = 0.01  # seconds
_TURN = 0.0005  # seconds; a transaction takes about a tenth of a millisecond
_TOGETHER = 32  # transactions at most: somebody else waits for the last of them


class _Batch:
    """Transactions of several threads that are committed together. `error` is why none of them was kept."""

    def __init__(self) -> None:
        self.parts, self.open = 0, threading.Lock()
        self.error: BaseException | None = None
        self.open.acquire()  # let go of by whoever ends it


class _Turn:
    """Of the threads that write. `waiting` says how many want it."""

    def __init__(self, path: Path, seconds: float) -> None:
        self._path, self._seconds = path, seconds
        self.lock, self._counting, self.waiting = threading.Lock(), threading.Lock(), 0

    def __enter__(self) -> None:
        with self._counting:
            self.waiting += 1
        taken = self.lock.acquire(timeout=self._seconds)
        with self._counting:
            self.waiting -= 1
        if not taken:
            raise StoreDown(f"{self._path}: it is locked by another thread")

    def __exit__(self, *_: object) -> None:
        self.lock.release()


class _AsStoreDown:
    """What SQLite says that is no defect of ours, said as every store says it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        ours = (sqlite3.IntegrityError, sqlite3.ProgrammingError)
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, ours):
            raise StoreDown(f"{self._path}: {error}") from error


class SqliteStore:
    """`busy_seconds` is how long a writer waits for its turn before the database counts as down."""

    for_update = ""

    def __init__(self, path: Path, busy_seconds: float = 10, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._busy_seconds, self._clock = path, busy_seconds, clock
        self._threads = threading.local()
        self._turn, self._as_store_down = _Turn(path, busy_seconds), _AsStoreDown(path)
        self._writer: sqlite3.Connection | None = None  # of whoever has the turn
        self._batch: _Batch | None = None
        self._use_wal()
        with self.writing() as connection:
            _migrate(connection)

    def rows(self, sql: str, values: Sequence[Any] = (), /) -> list[Row]:
        """What one statement reads: a moment by itself."""
        with self._as_store_down:
            return self._asked(self._connection, sql, values)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One moment, so that what is read fits together."""
        with self._as_store_down:
            connection = self._connection
            self._asked(connection, "BEGIN DEFERRED")
            try:
                yield connection
            finally:
                _undo(connection)  # there is nothing to keep

    looking_up = reading

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, alone from its start: all of it durable at the end, or none of it."""
        with self._turn, self._as_store_down:
            batch, connection = self._joined()
            try:
                if batch.parts:  # the first is alone so far
                    connection.execute("SAVEPOINT part")
                yield connection
                if batch.parts:
                    connection.execute("RELEASE part")
            except BaseException as error:
                self._undo_part(batch, connection, error)
                raise
            batch.parts += 1
            if not self._turn.waiting or batch.parts == _TOGETHER:
                self._commit(batch)
        # For as long as it takes: what is part of a batch may be kept. Whoever was waited for may have given up.
        while not batch.open.acquire(timeout=_PAUSE):
            if self._turn.lock.acquire(blocking=False):
                try:
                    self._commit(batch)
                finally:
                    self._turn.lock.release()
        batch.open.release()  # for the others
        if batch.error:
            raise StoreDown(f"{self._path}: {batch.error}") from batch.error

    def _joined(self) -> tuple[_Batch, sqlite3.Connection]:
        """The batch that is open, or one that begins."""
        if self._writer is None:
            self._writer = self._connect(check_same_thread=False)
        if self._batch is None:
            self._asked(self._writer, "BEGIN IMMEDIATE")
            self._batch = _Batch()
        return self._batch, self._writer

    def _undo_part(self, batch: _Batch, connection: sqlite3.Connection, why: BaseException) -> None:
        """What fails is undone alone, unless SQLite has undone all of the batch."""
        if batch.parts:
            with suppress(sqlite3.DatabaseError):  # as after a full disk: there is no part any more
                connection.execute("ROLLBACK TO part")
                connection.execute("RELEASE part")
                if not self._turn.waiting:
                    self._commit(batch)  # perhaps nobody else will
                return
        _undo(connection)
        self._end(batch, why)

    def _commit(self, batch: _Batch) -> None:
        if batch is not self._batch:
            return  # somebody was faster
        assert self._writer, "a batch has one"  # noqa: S101
        try:
            self._writer.execute("COMMIT")
            self._end(batch)
        except sqlite3.DatabaseError as error:
            _undo(self._writer)
            self._end(batch, error)

    def _end(self, batch: _Batch, error: BaseException | None = None) -> None:
        self._batch, batch.error = None, error
        batch.open.release()

    def _asked(self, connection: sqlite3.Connection, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """What a first statement says, or begins: with all locks that it needs, so what follows waits for nobody."""
        until = self._clock() + self._busy_seconds
        while True:
            try:
                rows = connection.execute(sql, values).fetchall()
                if connection.execute("PRAGMA user_version").fetchone() != (MOVED,):  # then it was not moved before
                    return rows
                raise StoreDown(f"{self._path} was moved to PostgreSQL: set DATABASE_URL to that address")
            except (sqlite3.DatabaseError, StoreDown) as error:
                _undo(connection)
                if isinstance(error, StoreDown) or not _is_busy(error) or self._clock() > until:
                    raise
            time.sleep(_TURN)

    def close(self) -> None:
        """Close this thread's connection: SQLite forbids to carry one into a forked process."""
        self._connection.close()
        del self._threads.connection
        with self._turn:
            if self._batch:
                self._commit(self._batch)
            if self._writer:
                self._writer.close()
            self._writer = None

    def _use_wal(self) -> None:
        """SQLite does not wait here: of two processes that start at once on a new file, one hears "locked"."""
        for tries_left in reversed(range(1 + round(self._busy_seconds / _PAUSE))):
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.DatabaseError as error:
                if not _is_busy(error) or not tries_left:
                    raise StoreDown(f"{self._path}: {error}") from error
            time.sleep(_PAUSE)

    @property
    def _connection(self) -> sqlite3.Connection:
        """This thread's own connection: sharing one would serialise its readers."""
        if not hasattr(self._threads, "connection"):
            self._threads.connection = self._connect()
        own: sqlite3.Connection = self._threads.connection
        return own

    def _connect(self, check_same_thread: bool = True) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=check_same_thread)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection


def _undo(connection: sqlite3.Connection) -> None:
    """Also where SQLite has done so itself, as after some faults."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _migrate(connection: sqlite3.Connection) -> None:
    """To the newest schema. sqlite-utils does it, which takes a quarter of a start: not where nothing is to be done."""
    applied = "SELECT count(*) FROM _sqlite_migrations WHERE migration_set = 'clearinghouse' AND name <= ?"
    try:
        if connection.execute(applied, (NEWEST,)).fetchone() == (int(NEWEST[1:4]),):
            return
    except sqlite3.OperationalError:
        pass  # nothing was ever kept here
    from sqlite_utils import Database

    from activation_core.clearinghouse.sqlite_migrations import migrations

    migrations.apply(Database(connection))


@contextmanager
def open_to_read(path: Path) -> Iterator[sqlite3.Connection]:
    """A database of SQLite, in which nothing is changed. StoreDown where it is none, or has not these tables."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            yield db
    except sqlite3.DatabaseError as error:
        raise StoreDown(f"{path}: {error}") from error


def _is_busy(error: sqlite3.DatabaseError) -> bool:
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
