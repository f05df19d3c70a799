"""What keeps the clearinghouse's tables, whichever database it is: transactions, and SQL with `?` for a value.

Everything that the clearinghouse keeps is written once, in SQL that every store understands, and is tested over
each of them. Moments are texts in UTC (ISO 8601), so that they sort, compare and move between stores as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

Row = tuple[Any, ...]


class StoreDown(Exception):
    """The store cannot be reached, or has not taken what it was given; nothing was kept."""


class Cursor(Protocol):
    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Row | None: ...
    def fetchall(self) -> list[Row]: ...
    def __iter__(self) -> Iterator[Row]: ...


class Connection(Protocol):
    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Cursor: ...


class Store(Protocol):
    def reading(self) -> AbstractContextManager[Connection]:
        """One moment, so that what is read fits together. StoreDown where that cannot be had."""

    def writing(self) -> AbstractContextManager[Connection]:
        """One transaction: all of it durable at the end, or none of it. StoreDown where that cannot be had."""

    def close(self) -> None:
        """Let go of this thread's connection."""
