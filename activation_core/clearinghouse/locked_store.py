"""A store whose database somebody else holds locked: what is kept can be read, and nothing can be written."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from activation_core.clearinghouse.store import Connection, Row, Store, StoreDown

__all__ = ["LockedStore"]


@dataclass(frozen=True)
class LockedStore:
    """To those who ask by it the store is locked, and they learn it at once; to all others it is as it was."""

    store: Store

    @property
    def for_update(self) -> str:
        return self.store.for_update

    def rows(self, sql: str, values: Sequence[Any] = (), /) -> list[Row]:
        return self.store.rows(sql, values)

    def reading(self) -> AbstractContextManager[Connection]:
        return self.store.reading()

    def looking_up(self) -> AbstractContextManager[Connection]:
        return self.store.looking_up()

    def writing(self) -> AbstractContextManager[Connection]:
        raise StoreDown("the database is locked")

    def close(self) -> None:
        self.store.close()
