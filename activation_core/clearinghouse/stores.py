"""Which store a database URL names. PostgreSQL's driver is an extra, imported only where it is needed."""

from __future__ import annotations

from pathlib import Path

from activation_core.clearinghouse.sqlite_store import SqliteStore
from activation_core.clearinghouse.store import Store

WITHOUT_EXTRA = "PostgreSQL needs an extra: pip install 'phone-activation[postgres]'"


def open_store(url: str, busy_seconds: float = 10, replica_url: str = "") -> Store:
    """ValueError, in a sentence for whoever set it, where the URL names none that can be opened here."""
    if url.startswith(("postgresql://", "postgres://")):
        return _postgres(url, busy_seconds, replica_url)
    if replica_url:
        raise ValueError("DATABASE_REPLICA_URL: only a database of PostgreSQL has replicas")
    if url.startswith("sqlite:///"):
        return SqliteStore(_private(Path(url.removeprefix("sqlite:///"))), busy_seconds)
    scheme = url.partition(":")[0]
    raise ValueError(f"DATABASE_URL: sqlite:///path or postgresql://user@host/database, not {scheme}")


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
