"""The records in SQLite: one file, any number of threads and processes.

WAL with synchronous FULL: what was committed survives a power cut. Claims run in BEGIN IMMEDIATE, which
queues writers; sqlite-utils' own `atomic()` is deferred and loses claims under load.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from sqlite_utils import Database

from activation_core import blocks
from activation_core.clearinghouse.migrations import migrations
from activation_core.clearinghouse.records import (
    MOVED,
    Activation,
    Channel,
    Claim,
    HandOver,
    History,
    Licence,
    RecordsDown,
    Settlement,
)
from activation_core.codes import Kind
from activation_core.installation_id import InstallationId
from activation_core.refusals import Refusal

_ACTIVATION = "licence, installation_id, grounds, place, channel, confirmed_at"
_WHAT_DECIDES = (
    f"WHERE licence = ? AND (installation_id = ? OR grounds IN ({', '.join('?' * len(MOVED))})) ORDER BY confirmed_at"
)
_PAUSE = 0.01  # seconds
_HAND_OVER = "id, keyed, refusal, step, locale, at"


class SqliteRecords:
    """`busy_seconds` is how long a writer waits for its turn before the database counts as down."""

    def __init__(self, path: Path, busy_seconds: float = 10) -> None:
        self._path, self._busy_seconds = path, busy_seconds
        self._threads = threading.local()
        self._use_wal()
        with self._writing():
            migrations.apply(self._threads.database)

    def add_licences(self, kind: Kind, product: int, serials: Iterable[int], grant: int, now: datetime) -> list[int]:
        with self._writing() as db:
            return [
                serial
                for serial in serials
                if db.execute(
                    "INSERT OR IGNORE INTO licences VALUES (?, ?, ?, NULL)",
                    (_key(kind, product, serial), grant, _text(now)),
                ).rowcount
            ]

    def has_licences(self) -> bool:
        with self._reading() as db:
            return db.execute("SELECT 1 FROM licences LIMIT 1").fetchone() is not None

    def revoke(self, kind: Kind, product: int, serial: int, now: datetime) -> bool:
        with self._writing() as db:
            return bool(
                db.execute(
                    "UPDATE licences SET revoked_at = coalesce(revoked_at, ?) WHERE licence = ?",
                    (_text(now), _key(kind, product, serial)),
                ).rowcount
            )

    def settle(
        self,
        asked: InstallationId,
        channel: Channel,
        now: datetime,
        decide: Callable[[History], Settlement | Refusal],
    ) -> Settlement | Refusal:
        key = _key_of(asked)
        # Whoever gets a no, or the same yes again, need not wait for the write lock.
        settled = decide(self.history(asked))
        if isinstance(settled, Refusal) or settled.grounds == "again":
            return settled
        with self._writing() as db:
            settled = decide(self._history(db, key, asked.digits))
            if isinstance(settled, Settlement) and settled.grounds != "again":
                self._keep(db, key, asked, channel, now, settled)
        return settled

    def _keep(
        self,
        db: sqlite3.Connection,
        key: int,
        asked: InstallationId,
        channel: Channel,
        now: datetime,
        settled: Settlement,
    ) -> None:
        claim, at = settled.claim, _text(now)
        if settled.grounds == "claimed":
            db.execute("INSERT INTO claims VALUES (?, ?, ?, ?)", (key, claim.place, claim.hardware, at))
        if settled.grounds in MOVED:
            db.execute(
                "UPDATE claims SET hardware = ?, claimed_at = ? WHERE licence = ? AND place = ?",
                (claim.hardware, at, key, claim.place),
            )
        db.execute(
            f"INSERT INTO activations ({_ACTIVATION}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608 (a constant)
            (key, asked.digits, settled.grounds, claim.place, channel, at),
        )

    def history(self, asked: InstallationId) -> History:
        with self._reading() as db:
            return self._history(db, _key_of(asked), asked.digits)

    def _history(self, db: sqlite3.Connection, key: int, digits: str) -> History:
        licence = db.execute("SELECT grant_digit, revoked_at FROM licences WHERE licence = ?", (key,)).fetchone()
        claims = db.execute("SELECT place, hardware FROM claims WHERE licence = ? ORDER BY place", (key,)).fetchall()
        return History(
            licence and Licence(*_parts(key), grant=licence[0], revoked=licence[1] is not None),
            tuple(Claim(*row) for row in claims),
            tuple(self._select(db, _WHAT_DECIDES, key, digits, *MOVED)),
        )

    def activations(self, limit: int) -> list[Activation]:
        with self._reading() as db:
            return self._select(db, "ORDER BY confirmed_at DESC LIMIT ?", limit)

    def activations_of(self, kind: Kind, product: int, serial: int) -> list[Activation]:
        with self._reading() as db:
            return self._select(db, "WHERE licence = ? ORDER BY confirmed_at", _key(kind, product, serial))

    def _select(self, db: sqlite3.Connection, which: str, *values: int | str) -> list[Activation]:
        rows = db.execute(f"SELECT {_ACTIVATION} FROM activations {which}", values)  # noqa: S608 (constants)
        return [
            Activation(digits, *_parts(key), grounds, place, channel, datetime.fromisoformat(at))
            for key, digits, grounds, place, channel, at in rows
        ]

    def hand_over(self, call: str, keyed: str, refusal: str, step: str, locale: str, now: datetime) -> HandOver:
        digest = hashlib.sha256(call.encode()).hexdigest()
        with self._writing() as db:
            db.execute(
                "INSERT OR IGNORE INTO hand_overs (call, keyed, refusal, step, locale, at) VALUES (?, ?, ?, ?, ?, ?)",
                (digest, keyed, refusal, step, locale, _text(now)),
            )
            row = db.execute(f"SELECT {_HAND_OVER} FROM hand_overs WHERE call = ?", (digest,)).fetchone()  # noqa: S608
        return _hand_over(row)

    def hand_overs(self, limit: int) -> list[HandOver]:
        with self._reading() as db:
            rows = db.execute(f"SELECT {_HAND_OVER} FROM hand_overs ORDER BY id DESC LIMIT ?", (limit,))  # noqa: S608
            return [_hand_over(row) for row in rows]

    def close(self) -> None:
        """Close this thread's connection: SQLite forbids to carry one into a forked process."""
        self._connection.close()
        del self._threads.database

    def _use_wal(self) -> None:
        """SQLite does not wait here: of two processes that start at once on a new file, one hears "locked"."""
        for tries_left in reversed(range(1 + round(self._busy_seconds / _PAUSE))):
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.DatabaseError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or not tries_left:
                    raise RecordsDown(f"{self._path}: {error}") from error
            time.sleep(_PAUSE)

    @property
    def _connection(self) -> sqlite3.Connection:
        """This thread's own connection: sharing one would serialise its readers."""
        if not hasattr(self._threads, "database"):
            connection = sqlite3.connect(self._path, timeout=self._busy_seconds, isolation_level=None)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._threads.database = Database(connection)
        database: Database = self._threads.database
        return database.conn

    def _reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """One moment, so that what is read fits together."""
        return self._transaction("DEFERRED")

    def _writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """One transaction, alone from its start: all of it durable at the end, or none of it."""
        return self._transaction("IMMEDIATE")

    @contextmanager
    def _transaction(self, kind: Literal["DEFERRED", "IMMEDIATE"]) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._connection
            connection.execute(f"BEGIN {kind}")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # after some faults, such as a full disk, SQLite has rolled back itself
                    connection.execute("ROLLBACK")
                raise
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            raise  # a defect of ours
        except sqlite3.DatabaseError as error:
            raise RecordsDown(f"{self._path}: {error}") from error


def _text(moment: datetime) -> str:
    """In UTC, so that the texts sort as the moments do."""
    return moment.astimezone(UTC).isoformat()


def _key(kind: Kind, product: int, serial: int) -> int:
    return (kind << 10 | product) << 32 | serial


def _key_of(asked: InstallationId) -> int:
    return _key(asked.operation.kind, asked.product, asked.serial)


def _parts(key: int) -> tuple[Kind, int, int]:
    return Kind(key >> 42), key >> 32 & 1023, key & 0xFFFFFFFF


def _hand_over(row: tuple[int, str, str, str, str, str]) -> HandOver:
    number, keyed, refusal, step, locale, at = row
    reference = blocks.from_number(number % 10**blocks.DATA, 1)[0]
    return HandOver(reference, keyed, refusal, step, locale, datetime.fromisoformat(at))
