"""A store in PostgreSQL, for any number of machines.

Writers do not exclude each other: what is relied upon is a UNIQUE constraint and the lock of a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any

import psycopg

from activation_core.clearinghouse.postgres_connections import Connections, as_store_down, parsed
from activation_core.clearinghouse.postgres_migrations import migrate
from activation_core.clearinghouse.store import Connection, Row, StoreDown

_READ = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE = b"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"  # a statement behind a lock sees what was done before it
_REPLICA_SECONDS = 1.0  # that a replica is waited for, where the database itself would answer as well


class PostgresStore:
    """`busy_seconds` is how long each may take before the database counts as down: to connect, to wait, to answer."""

    for_update = "FOR UPDATE"

    def __init__(self, url: str, busy_seconds: float = 10, replica_url: str = "") -> None:
        """ValueError where an address is none. Of several hosts in `url` the one that can be written to is meant."""
        address = {"target_session_attrs": "read-write", **parsed(url)}
        replica = {"target_session_attrs": "prefer-standby", **parsed(replica_url)}
        with as_store_down(), psycopg.connect(**address, autocommit=True) as connection:
            migrate(connection)
        self._main = Connections(address, busy_seconds)
        self._replica = Connections(replica, busy_seconds) if replica_url else None

    def rows(self, sql: str, values: Sequence[Any] = (), /) -> list[Row]:
        """What one statement reads, for one way to the database and back."""
        return self._main.rows(sql, values)

    def reading(self) -> AbstractContextManager[Connection]:
        """One moment, so that what is read fits together."""
        return self._main.transaction(self._main.begin(_READ))

    def looking_up(self) -> AbstractContextManager[Connection]:
        """On the replica, where there is one and it answers."""
        if self._replica:
            with suppress(StoreDown):
                return self._replica.transaction(self._replica.begin(_READ, _REPLICA_SECONDS))
        return self.reading()

    def writing(self) -> AbstractContextManager[Connection]:
        """One transaction: all of it durable at the end, or none of it."""
        return self._main.transaction(self._main.begin(_WRITE))

    def close(self) -> None:
        """Close the connections of all threads; the store is not used again."""
        self._main.close()
        if self._replica:
            self._replica.close()
