"""Copies of a database of SQLite, made while calls go on, judged, and put back. Keys are in none of them.

A copy is one moment of the database and one file of mode 0600: it holds what callers who were put through had keyed.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from activation_core.clearinghouse.audit import Flaw, Head
from activation_core.clearinghouse.sqlite_migrations import migrations
from activation_core.clearinghouse.sqlite_store import SqliteStore, open_to_read
from activation_core.clearinghouse.store import Store, StoreDown

Audited = Callable[[Store], Head | Flaw]
_OWN = "sqlite_%"  # tables of SQLite's, and of sqlite-utils' with a line before it


class Unfit(Exception):
    """This file cannot be put back; the message says why."""


@dataclass(frozen=True)
class Judged:
    """A copy that is whole: the rows of each table, the migrations it still needs, and how far its audit log goes."""

    tables: Mapping[str, int]
    missing: tuple[str, ...]
    audit: Head | Flaw


def copy(source: Path, target: Path) -> None:
    """One moment of `source` at `target`, whole or not at all, also while others write."""
    descriptor, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")  # of mode 0600
    os.close(descriptor)
    try:
        with open_to_read(source) as here, closing(sqlite3.connect(draft)) as there:
            here.backup(there)
            there.execute("PRAGMA journal_mode = DELETE")  # so that it is one file
        with open(draft, "rb") as file:  # noqa: PTH123 (for its descriptor)
            os.fsync(file.fileno())
        Path(draft).replace(target)
    except (sqlite3.DatabaseError, StoreDown) as error:
        raise Unfit(str(error)) from error
    finally:
        with suppress(FileNotFoundError):
            Path(draft).unlink()


def judge(path: Path, audited: Audited) -> Judged:
    """Unfit where the file is damaged, is no database of this program, or was made by a newer version of it.

    It is left as it is: what has to be tried is tried on a copy. A flaw of the audit log is told, not refused.
    """
    with tempfile.TemporaryDirectory() as folder:
        tried = Path(folder) / "tried.db"
        shutil.copyfile(path, tried)
        try:
            missing = _checked(path, tried)
            store = SqliteStore(tried)
            try:
                with store.reading() as db:
                    names = db.execute(
                        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE ? AND name NOT LIKE ?"
                        " ORDER BY rowid",
                        (_OWN, f"_{_OWN}"),
                    ).fetchall()
                    tables = {name: db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for (name,) in names}  # noqa: S608
                return Judged(tables, missing, audited(store))
            finally:
                store.close()
        except (sqlite3.DatabaseError, StoreDown, UnicodeDecodeError) as error:  # the latter where texts are damaged
            raise Unfit(f"{path}: {str(error).replace(str(tried), 'it')}") from error


def put_back(path: Path, database: Path) -> None:
    """What is in the file is in the database from now on, for those who have it open, too: all of it or nothing."""
    database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    database.touch(0o600)
    with open_to_read(path) as here, closing(sqlite3.connect(database)) as there:
        here.backup(there)


def _checked(path: Path, tried: Path) -> tuple[str, ...]:
    """The migrations that it still needs."""
    with closing(sqlite3.connect(tried)) as db:
        if (found := db.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise Unfit(f"{path} is damaged: {found}")
        if db.execute("PRAGMA foreign_key_check").fetchone():
            raise Unfit(f"{path} is damaged: rows refer to others that are not there")
        try:
            applied = {migration.name for migration in migrations.applied(Database(db))}
        except KeyError as column:
            raise Unfit(f"{path} is damaged: what was applied to it has no {column}") from None
    if not applied:
        raise Unfit(f"{path} is no database of this program.")
    known = [migration.name for migration in migrations.pending(Database(memory=True))]
    if newer := applied - set(known):
        raise Unfit(f"{path} was made by a newer version: {', '.join(sorted(newer))} is not known here.")
    return tuple(name for name in known if name not in applied)
