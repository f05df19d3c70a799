"""The connections of one process to PostgreSQL: a few, shared by its threads, none of them waited for without end.

A connection that died while nobody used it, as all do when the database restarts or fails over, is replaced unnoticed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import DeadlockDetected, ReadOnlySqlTransaction, SerializationFailure, UndefinedTable
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool

from activation_core.clearinghouse.store import BrokenOff, Connection, Cursor, NoTables, Row, StoreDown

CONNECTIONS = 8  # of one process; its threads queue for them
PATIENCE = 1.0  # seconds that the server has to give up by itself, before the connection is given up
_LOOK = 4  # seconds that the server has where somebody only wants to know whether it is there
_TRIED_AGAIN = (SerializationFailure, DeadlockDetected, ReadOnlySqlTransaction)  # the last by another connection


class Connections:
    """`busy_seconds` is how long each may take before the database counts as down: to connect, to wait, to answer."""

    def __init__(self, address: dict[str, Any], busy_seconds: float) -> None:
        """What the address says goes before what is chosen here."""
        milliseconds = round(busy_seconds * 1000)
        chosen = {
            "application_name": "phone-activation",
            "connect_timeout": max(2, round(busy_seconds)),  # libpq takes no less
            "tcp_user_timeout": milliseconds,  # a machine that is gone says nothing, not even no
        }
        limits = f"-c statement_timeout={milliseconds} -c idle_in_transaction_session_timeout={2 * milliseconds}"
        self._pool = ConnectionPool(
            connection_class=_Limited,
            kwargs={**chosen, **address, "autocommit": True, "options": f"{limits} {address.get('options', '')}"},
            min_size=1,
            max_size=CONNECTIONS,
            timeout=busy_seconds,
            reconnect_timeout=busy_seconds,
            configure=lambda connection: connection.limit(busy_seconds + PATIENCE),
            open=True,
        )

    def close(self) -> None:
        self._pool.close()

    @contextmanager
    def transaction(self, begun: _Limited) -> Iterator[Connection]:
        """What was begun: committed at the end, or nothing of it."""
        try:
            with as_store_down(begun):
                yield _Statements(begun)
                begun.execute("COMMIT")
        finally:
            begun.let_go()
            self._pool.putconn(begun)

    def rows(self, sql: str, values: Sequence[Any]) -> list[Row]:
        """What one statement reads, in a transaction of its own."""
        connection, cursor = self._asked(_translated(sql), values)
        try:
            return cursor.fetchall()  # which came with the answer
        finally:
            self._pool.putconn(connection)

    def begin(self, how: bytes, seconds: float | None = None) -> _Limited:
        """A connection in a new transaction."""
        return self._asked(how, (), seconds)[0]

    def _asked(
        self, statement: bytes, values: Sequence[Any], seconds: float | None = None
    ) -> tuple[_Limited, psycopg.Cursor[Row]]:
        """A connection and its answer. It was asked nothing before, so one that is found dead does not matter."""
        for _ in range(CONNECTIONS):
            with as_store_down():
                connection = self._pool.getconn(seconds)
            try:
                with as_store_down(connection):
                    return connection, connection.execute(statement, values)
            except BrokenOff:
                self._pool.putconn(connection)
            except BaseException:
                connection.close()
                self._pool.putconn(connection)
                raise
        raise StoreDown("PostgreSQL closes every connection at once")


def parsed(url: str) -> dict[str, Any]:
    """What an address says. ValueError where it is none."""
    try:
        return conninfo_to_dict(url)
    except (psycopg.ProgrammingError, UnicodeDecodeError):  # which may repeat the password
        raise ValueError("An address of PostgreSQL is wanted, such as postgresql://user@host/database") from None


@contextmanager
def open_to_read(url: str) -> Iterator[Connection]:
    """A database in which nothing is changed, its tables least of all. StoreDown where it cannot be read."""
    address = {"connect_timeout": _LOOK, **parsed(url)}
    with as_store_down(), _Limited.connect(**address, autocommit=True) as connection:
        connection.limit(_LOOK)
        connection.execute("SET default_transaction_read_only = on")
        try:
            yield _Statements(connection)
        except UndefinedTable as error:
            raise NoTables("PostgreSQL: there are no tables") from error


@contextmanager
def as_store_down(connection: psycopg.Connection[Any] | None = None) -> Iterator[None]:
    """What the database could not do is StoreDown; a broken constraint or wrong SQL stays what it is, a defect."""
    try:
        yield
    except (psycopg.OperationalError, psycopg.InternalError) as error:
        if isinstance(error, ReadOnlySqlTransaction) and connection:
            connection.close()  # it is a standby now: the next connection finds who took over
        again = isinstance(error, _TRIED_AGAIN) or (connection is not None and connection.broken)
        raise (BrokenOff if again else StoreDown)(f"PostgreSQL: {' '.join(str(error).split())}") from error


class _Limited(psycopg.Connection[Row]):
    """A connection that waits so long for each answer, and no longer: the server may be frozen, or its disk."""

    _seconds: float | None = None

    def limit(self, seconds: float) -> None:
        self._seconds = seconds

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        return super().wait(gen, interval, self._seconds if timeout is None else timeout)

    def let_go(self) -> None:
        """End what is under way; the pool replaces the connection where that cannot be done."""
        with suppress(psycopg.Error):
            if self.info.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
                self.execute("ROLLBACK")
        if self.info.transaction_status != TransactionStatus.IDLE:
            self.close()


class _Statements:
    def __init__(self, connection: _Limited) -> None:
        self._connection = connection

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Cursor:
        return self._connection.execute(_translated(sql), values)


@cache
def _translated(sql: str) -> bytes:
    """With psycopg's placeholders. No text of ours holds a question mark that is none."""
    return sql.replace("%", "%%").replace("?", "%s").encode()
