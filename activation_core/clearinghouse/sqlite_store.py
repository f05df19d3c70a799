"""A store in SQLite: one file, any number of threads and processes.

WAL with synchronous FULL: what was committed survives a power cut. Writers take BEGIN IMMEDIATE; sqlite-utils' own
`atomic()` is deferred and loses claims under load. SQLite lets those who wait sleep ever longer, so that some starve:
the threads of a process queue for their turn, and the one whose turn it is asks again and again.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from activation_core.clearinghouse.store import StoreDown

NEWEST = "m009_calls_under_way"  # of the migrations, as test_stores.py says, too
MOVED = 0x6D6F76  # the file's user_version, once its tables were moved to another database
_PAUSE = 0.01  # seconds
_TURN = 0.0005  # seconds; a transaction takes about a tenth of a millisecond


class SqliteStore:
    """`busy_seconds` is how long a writer waits for its turn before the database counts as down."""

    for_update = ""

    def __init__(self, path: Path, busy_seconds: float = 10, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._busy_seconds, self._clock = path, busy_seconds, clock
        self._threads, self._turn = threading.local(), threading.Lock()
        self._use_wal()
        with self.writing() as connection:
            _migrate(connection)

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """One moment, so that what is read fits together."""
        return self._transaction("BEGIN DEFERRED")

    looking_up = reading

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, alone from its start: all of it durable at the end, or none of it."""
        if not self._turn.acquire(timeout=self._busy_seconds):
            raise StoreDown(f"{self._path}: it is locked by another thread")
        try:
            with self._transaction("BEGIN IMMEDIATE") as connection:
                yield connection
        finally:
            self._turn.release()

    def close(self) -> None:
        """Close this thread's connection: SQLite forbids to carry one into a forked process."""
        self._connection.close()
        del self._threads.connection

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
            connection = sqlite3.connect(self._path, timeout=0, isolation_level=None)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._threads.connection = connection
        own: sqlite3.Connection = self._threads.connection
        return own

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._connection
            try:
                if self._begun(connection, begin) == MOVED:
                    raise StoreDown(f"{self._path} was moved to PostgreSQL: set DATABASE_URL to that address")
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # after some faults, such as a full disk, SQLite has rolled back itself
                    connection.execute("ROLLBACK")
                raise
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            raise  # a defect of ours
        except sqlite3.DatabaseError as error:
            raise StoreDown(f"{self._path}: {error}") from error

    def _begun(self, connection: sqlite3.Connection, begin: str) -> int:
        """The file's user_version, and with it the locks of this transaction: what follows waits for nobody."""
        until = self._clock() + self._busy_seconds
        while True:
            try:
                connection.execute(begin)
                version: int = connection.execute("PRAGMA user_version").fetchone()[0]
                return version
            except sqlite3.OperationalError as error:
                if not _is_busy(error) or self._clock() > until:
                    raise
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            time.sleep(_TURN)


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
