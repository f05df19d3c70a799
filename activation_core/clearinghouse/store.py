"""What keeps the clearinghouse's tables, whichever database it is: transactions, and SQL with `?` for a value.

Everything that the clearinghouse keeps is written once, in SQL that every store understands, and is tested over
each of them. Moments are texts in UTC (ISO 8601), so that they sort, compare and move between stores as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

Row = tuple[Any, ...]
Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


class StoreDown(Exception):
    """The store cannot be reached, or has not taken what it was given; nothing was kept."""


class NoTables(StoreDown):
    """The database is there, and nothing was ever kept in it."""


class BrokenOff(StoreDown):
    """The store broke a transaction off, and may take it at once if it is tried again.

    If this was in the midst of committing, it may have been kept all the same.
    """


class Cursor(Protocol):
    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Row | None: ...
    def fetchall(self) -> list[Row]: ...
    def __iter__(self) -> Iterator[Row]: ...


class Connection(Protocol):
    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Cursor: ...


class Store(Protocol):
    @property
    def for_update(self) -> str:
        """What a SELECT in `writing` ends with, so that nobody else changes its rows before the transaction ends.

        Nothing, where a writer is alone anyway. Whoever decides by what is read reads it with this first.
        """

    def rows(self, sql: str, values: Sequence[Any] = (), /) -> list[Row]:
        """What one statement reads: as `reading`, for a fraction of it. StoreDown where that cannot be had."""

    def reading(self) -> AbstractContextManager[Connection]:
        """One moment, so that what is read fits together. StoreDown where that cannot be had."""

    def looking_up(self) -> AbstractContextManager[Connection]:
        """As `reading`, but perhaps of a moment ago: for lists and look-ups, never for what decides."""

    def writing(self) -> AbstractContextManager[Connection]:
        """One transaction: all of it durable at the end, or none of it. StoreDown where that cannot be had."""

    def close(self) -> None:
        """Let go of this thread's connection."""


def as_text(moment: datetime) -> str:
    """A moment as it is kept: in UTC, so that the texts sort as the moments do."""
    return moment.astimezone(UTC).isoformat()


def once_more(work: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """Try work again that the store broke off: for what does no harm and says the same if it is done twice."""

    @wraps(work)
    def worked(*args: Asked.args, **named: Asked.kwargs) -> Answer:
        try:
            return work(*args, **named)
        except BrokenOff:
            return work(*args, **named)

    return worked
