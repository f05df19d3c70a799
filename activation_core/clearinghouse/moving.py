"""Moving the records from a file of SQLite to PostgreSQL while calls go on, verified row by row.

Most is copied from one moment, and the application goes on writing. Then writers wait while what they wrote since
follows and every row is compared; from there on the file takes and tells nothing any more, so nobody can write to the
wrong place. Until then the file is what counts: whatever fails, nothing has happened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Composed, Identifier, Placeholder

from activation_core.clearinghouse.postgres_connections import parsed
from activation_core.clearinghouse.postgres_migrations import migrate
from activation_core.clearinghouse.sqlite_store import MOVED, SqliteStore
from activation_core.clearinghouse.store import Connection, Row, StoreDown

_AT_ONCE = 10_000  # rows that are fetched together
_NEVER_EMPTY = {"audit_head"}  # a new log has one


@dataclass(frozen=True)
class Table:
    """`key` are the places of the columns that tell its rows apart."""

    name: str
    columns: tuple[str, ...]
    key: tuple[int, ...]

    def key_of(self, row: Row) -> Row:
        return tuple(row[place] for place in self.key)


@dataclass(frozen=True)
class Moved:
    """How many rows of each table, the digest of them all, and the seconds that it took and that writers waited."""

    tables: dict[str, tuple[int, str]]
    seconds: float
    waited: float


def move(path: Path, url: str, clock: Callable[[], float], tell: Callable[[str], None]) -> Moved:
    """ValueError where the target is not empty. StoreDown where one of the two does not do its part."""
    source, began = SqliteStore(path), clock()
    try:
        with psycopg.connect(**parsed(url)) as target:
            migrate(target)  # within the transaction of the move
            with source.reading() as here:
                tables = _tables(here)
                _lock_if_empty(target, tables)
                for table in tables:
                    tell(f"{table.name}: {_copy(here, target, table):,} rows copied")
            tell("Writers wait from here on.")
            since = clock()
            with source.writing() as here:
                compared = {table.name: _catch_up(here, target, table) for table in tables}
                _set_counters(here, target, tables)
                target.commit()
                here.execute(f"PRAGMA user_version = {MOVED}")
            return Moved(compared, clock() - began, clock() - since)
    except psycopg.Error as error:
        raise StoreDown(f"PostgreSQL: {' '.join(str(error).split())}") from error
    finally:
        source.close()


def _tables(here: Connection) -> list[Table]:
    """In the order in which they were made, so that a row comes after those that it refers to."""
    names = here.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%sqlite_%' ORDER BY rowid"
    ).fetchall()
    return [_table(here, name) for (name,) in names]


def _table(here: Connection, name: str) -> Table:
    columns = here.execute(f"PRAGMA table_info({name})").fetchall()
    in_key = sorted((place, number) for number, *_, place in columns if place)
    key = tuple(number for _, number in in_key) or tuple(range(len(columns)))
    return Table(name, tuple(name for _, name, *_ in columns), key)


def _lock_if_empty(target: psycopg.Connection, tables: Iterable[Table]) -> None:
    for table in tables:
        target.execute(SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(Identifier(table.name)))
        some = target.execute(SQL("SELECT FROM {} LIMIT 1").format(Identifier(table.name))).fetchone()
        if some is not None and table.name not in _NEVER_EMPTY:
            raise ValueError(f"That database is not empty: there is something in its table {table.name}.")


def _copy(here: Connection, target: psycopg.Connection, table: Table) -> int:
    if table.name in _NEVER_EMPTY:
        return 0
    rows = 0
    into = SQL("COPY {} ({}) FROM STDIN").format(Identifier(table.name), _names(table.columns))
    with target.cursor().copy(into) as copy:
        for row in here.execute(f"SELECT {', '.join(table.columns)} FROM {table.name}"):  # noqa: S608 (our schema)
            copy.write_row(row)
            rows += 1
    return rows


def _catch_up(here: Connection, target: psycopg.Connection, table: Table) -> tuple[int, str]:
    """Make the target's table the same as the source's, and tell how many rows it has and their digest."""
    compared = _digest(_rows_here(here, table))
    if _digest(_rows_there(target, table)) == compared:
        return compared
    for mine, theirs in list(_differences(_rows_here(here, table), _rows_there(target, table), table)):
        _make_the_same(target, table, mine, theirs)
    if _digest(_rows_there(target, table)) != compared:
        raise StoreDown(f"{table.name} came out different; the file stays in use")
    return compared


def _rows_here(here: Connection, table: Table) -> Iterator[Row]:
    key = ", ".join(table.columns[place] for place in table.key)
    return iter(here.execute(f"SELECT {', '.join(table.columns)} FROM {table.name} ORDER BY {key}"))  # noqa: S608


def _rows_there(target: psycopg.Connection, table: Table) -> Iterator[Row]:
    """In the order that SQLite has, too: every text is COLLATE "C"."""
    key = _names(table.columns[place] for place in table.key)
    select = SQL("SELECT {} FROM {} ORDER BY {}").format(_names(table.columns), Identifier(table.name), key)
    with target.cursor("rows") as cursor:
        cursor.itersize = _AT_ONCE
        yield from cursor.execute(select)


def _digest(rows: Iterable[Row]) -> tuple[int, str]:
    digest, count = hashlib.sha256(), 0
    for row in rows:
        digest.update(repr(row).encode())
        count += 1
    return count, digest.hexdigest()


def _differences(here: Iterator[Row], there: Iterator[Row], table: Table) -> Iterator[tuple[Row | None, Row | None]]:
    """Each row that is not the same on both sides, with its counterpart; both come in the order of the key."""
    mine, theirs = next(here, None), next(there, None)
    while mine or theirs:
        if mine and (not theirs or table.key_of(mine) < table.key_of(theirs)):
            yield mine, None
            mine = next(here, None)
        elif theirs and (not mine or table.key_of(theirs) < table.key_of(mine)):
            yield None, theirs
            theirs = next(there, None)
        else:
            if mine != theirs:
                yield mine, theirs
            mine, theirs = next(here, None), next(there, None)


def _make_the_same(target: psycopg.Connection, table: Table, mine: Row | None, theirs: Row | None) -> None:
    name, columns = Identifier(table.name), _names(table.columns)
    with_key = _equal([table.columns[place] for place in table.key], " AND ")
    if mine and theirs:
        change = SQL("UPDATE {} SET {} WHERE {}").format(name, _equal(table.columns, ", "), with_key)
        target.execute(change, (*mine, *table.key_of(theirs)))
    elif mine:
        values = SQL(", ").join([Placeholder()] * len(table.columns))
        target.execute(SQL("INSERT INTO {} ({}) VALUES ({})").format(name, columns, values), mine)
    elif theirs:
        target.execute(SQL("DELETE FROM {} WHERE {}").format(name, with_key), table.key_of(theirs))


def _set_counters(here: Connection, target: psycopg.Connection, tables: Iterable[Table]) -> None:
    """A number that was given out once is not given out again."""
    counted = {table.name: table.columns[table.key[0]] for table in tables}
    for name, last in here.execute("SELECT name, seq FROM sqlite_sequence").fetchall():
        target.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", (name, counted[name], last))


def _names(columns: Iterable[str]) -> Composed:
    return SQL(", ").join(map(Identifier, columns))


def _equal(columns: Iterable[str], between: str) -> Composed:
    return SQL(between).join(SQL("{} = {}").format(Identifier(name), Placeholder()) for name in columns)
