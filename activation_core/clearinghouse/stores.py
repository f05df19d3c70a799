"""Which store a database URL names. PostgreSQL's driver is an extra, imported only where it is needed."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from activation_core.clearinghouse import sqlite_store
from activation_core.clearinghouse.sqlite_store import SqliteStore
from activation_core.clearinghouse.store import Connection, Store

_SQLITE = "sqlite:///"
_POSTGRES = ("postgresql://", "postgres://")

WITHOUT_EXTRA = "PostgreSQL needs an extra: pip install 'phone-activation[postgres]'"


def open_store(url: str, busy_seconds: float = 10, replica_url: str = "") -> Store:
    """ValueError, in a sentence for whoever set it, where the URL names none that can be opened here."""
    if url.startswith(_POSTGRES):
        return _postgres(url, busy_seconds, replica_url)
    if replica_url:
        raise ValueError("DATABASE_REPLICA_URL: only a database of PostgreSQL has replicas")
    if url.startswith(_SQLITE):
        return SqliteStore(_private(Path(url.removeprefix(_SQLITE))), busy_seconds)
    raise _none(url)


def open_to_read(url: str) -> AbstractContextManager[Connection]:
    """Its database as it is, for a look: nothing in it is changed or brought up to date. StoreDown; ValueError."""
    if url.startswith(_POSTGRES):
        return _postgres_to_read(url)
    if url.startswith(_SQLITE):
        return sqlite_store.open_to_read(Path(url.removeprefix(_SQLITE)))
    raise _none(url)


def _none(url: str) -> ValueError:
    scheme = url.partition(":")[0]
    return ValueError(f"DATABASE_URL: sqlite:///path or postgresql://user@host/database, not {scheme}")


def _private(path: Path) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(0o600)  # callers' digits are in it
    return path


def _postgres(url: str, busy_seconds: float, replica_url: str) -> Store:
    try:
        from activation_core.clearinghouse.postgres_store import PostgresStore
    except ModuleNotFoundError:
        raise ValueError(WITHOUT_EXTRA) from None
    return PostgresStore(url, busy_seconds, replica_url)


def _postgres_to_read(url: str) -> AbstractContextManager[Connection]:
    try:
        from activation_core.clearinghouse import postgres_connections
    except ModuleNotFoundError:
        raise ValueError(WITHOUT_EXTRA) from None
    return postgres_connections.open_to_read(url)
