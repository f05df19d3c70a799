"""The simulated calls that are over, in a file of the simulator's own: found by id, searched, and compared later.

The clearinghouse's records know nothing of them. What was keyed and read out stands in the events, so the file is for
its owner alone; what is searched has its digits masked. The oldest give way to the latest.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from ivr.simulator.events import Event, as_json
from ivr.simulator.gist import Gist, Outcome, gist, said_in
from ivr.simulator.played import Played
from ivr.wording import Books

__all__ = ["MOST", "CallsUnreadable", "Entry", "KeptCall", "KeptCalls", "Sought"]

MOST = 1_000
_MOST_WORDS = 100  # a database takes no expression of thousands

_BUSY_SECONDS = 10


class CallsUnreadable(Exception):
    """The file cannot be read or written; the text says which, and why."""


@dataclass(frozen=True)
class KeptCall:
    """A call that is over. `wish` is what the telephone's page sends to place it: dialled, caller_region and so on.

    `scenario` is the file that was played, '' where a person keyed; `difference` is None where it went as its file
    says, and `line` that of the file where it does not.
    """

    id: str
    placed_at: datetime
    wish: Mapping[str, Any]
    events: Sequence[Event]
    scenario: str = ""
    difference: str | None = None
    line: int = 0

    @property
    def played(self) -> Played:
        return Played(self.scenario or f"call-{self.id}", self.events, self.difference, self.line)


@dataclass(frozen=True)
class Entry:
    """A kept call in the list of them: all but its events, and what they come to."""

    id: str
    placed_at: datetime
    wish: Mapping[str, Any]
    scenario: str
    difference: str | None
    gist: Gist


@dataclass(frozen=True)
class Sought:
    """Which calls to list; what is empty is not asked. `words` are all in what was said, in any order and case.

    Of many words the first hundred count. `number` is a part of the number dialled; `since` and `until` are days in
    UTC, both included.
    """

    words: str = ""
    outcome: Outcome | None = None
    number: str = ""
    step: str = ""
    with_problems: bool = False
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class KeptCalls:
    """The latest `most` calls, in the file at `path`, which is made when it is first needed.

    Any thread and any process may keep and read; each operation is one transaction, and raises CallsUnreadable.
    """

    path: Path
    books: Books
    most: int = MOST

    def keep(self, call: KeptCall) -> None:
        """Durable before it returns. A call that is kept already stays as it is. ValueError where it is not over."""
        come_to = gist(call.events, self.books)
        said = f"{call.scenario}\n{come_to.words}\n{said_in(call.events, self.books)}".casefold()
        row = (*_row(call, come_to), said, _packed(call.events))
        with self._open() as db:
            db.execute(
                f"INSERT INTO calls ({_COLUMNS}, said, events) VALUES ({', '.join('?' * len(row))})"  # noqa: S608
                " ON CONFLICT (id) DO NOTHING",
                row,
            )
            db.execute(
                "DELETE FROM calls WHERE number <= (SELECT number FROM calls ORDER BY number DESC LIMIT 1 OFFSET ?)",
                (self.most,),
            )

    def find(self, call_id: str) -> KeptCall | None:
        with self._open() as db:
            row = db.execute(
                "SELECT placed_at, wish, events, scenario, difference, line FROM calls WHERE id = ?", (call_id,)
            ).fetchone()
        if row is None:
            return None
        placed_at, wish, events, scenario, difference, line = row
        return KeptCall(
            call_id,
            datetime.fromisoformat(placed_at),
            json.loads(wish),
            _unpacked(events),
            scenario,
            difference,
            line,
        )

    def search(self, sought: Sought, limit: int, offset: int = 0) -> tuple[list[Entry], int]:
        """`limit` of them from `offset` on, the latest first; and how many there are."""
        where, values = _where(sought)
        with self._open() as db:
            (total,) = db.execute(f"SELECT count(*) FROM calls {where}", values).fetchone()  # noqa: S608
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM calls {where} ORDER BY placed_at DESC, number DESC LIMIT ? OFFSET ?",  # noqa: S608
                (*values, limit, offset),
            ).fetchall()
        return [_entry(row) for row in rows], total

    def steps(self) -> list[str]:
        """Every step that a kept call was in, by name."""
        with self._open() as db:
            rows = db.execute("SELECT DISTINCT value FROM calls, json_each(steps) ORDER BY value").fetchall()
        return [step for (step,) in rows]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection for one transaction: calls end in threads that live no longer than they."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.touch(0o600)
            with closing(sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)) as db:
                db.execute("BEGIN IMMEDIATE")
                _migrations.apply(Database(db))
                yield db
                db.execute("COMMIT")
        except (sqlite3.DatabaseError, OSError) as error:
            raise CallsUnreadable(f"Calls cannot be kept or read in {self.path}: {error}") from error


_migrations = Migrations("calls")


@_migrations()
def m001_calls(db: Database) -> None:
    """`said` is in lower case, to be searched; `events` is JSON, deflated to a tenth: documents repeat themselves."""
    db.execute(
        "CREATE TABLE calls (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
        " placed_at TEXT NOT NULL, wish TEXT NOT NULL, scenario TEXT NOT NULL, difference TEXT, line INTEGER NOT NULL,"
        " dialled TEXT NOT NULL, outcome TEXT NOT NULL, words TEXT NOT NULL, seconds REAL NOT NULL,"
        " languages TEXT NOT NULL, steps TEXT NOT NULL, problems INTEGER NOT NULL, said TEXT NOT NULL,"
        " events BLOB NOT NULL) STRICT"
    )
    db.execute("CREATE INDEX calls_by_time ON calls (placed_at)")


_COLUMNS = (
    "id, placed_at, wish, scenario, difference, line, dialled, outcome, words, seconds, languages, steps, problems"
)


def _row(call: KeptCall, come_to: Gist) -> tuple[Any, ...]:
    return (
        call.id,
        call.placed_at.astimezone(UTC).isoformat(timespec="microseconds"),  # so that they sort as texts do
        json.dumps(call.wish),
        call.scenario,
        call.difference,
        call.line,
        call.wish["dialled"],
        come_to.outcome,
        come_to.words,
        come_to.seconds,
        json.dumps(come_to.languages),
        json.dumps(come_to.steps),
        come_to.problems,
    )


def _entry(row: Sequence[Any]) -> Entry:
    call_id, placed_at, wish, scenario, difference, _, _, outcome, words, seconds, languages, steps, problems = row
    come_to = Gist(outcome, words, seconds, tuple(json.loads(languages)), tuple(json.loads(steps)), problems)
    return Entry(call_id, datetime.fromisoformat(placed_at), json.loads(wish), scenario, difference, come_to)


def _where(sought: Sought) -> tuple[str, list[Any]]:
    asked: list[tuple[str, list[Any]]] = [
        ("instr(said, ?)", [word]) for word in sought.words.casefold().split()[:_MOST_WORDS]
    ]
    if sought.outcome:
        asked.append(("outcome = ?", [sought.outcome]))
    if sought.number:
        asked.append(("instr(dialled, ?)", [sought.number]))
    if sought.step:
        asked.append(("EXISTS (SELECT 1 FROM json_each(steps) WHERE value = ?)", [sought.step]))
    if sought.with_problems:
        asked.append(("(problems > 0 OR difference IS NOT NULL)", []))
    if sought.since:
        asked.append(("substr(placed_at, 1, 10) >= ?", [sought.since.isoformat()]))
    if sought.until:
        asked.append(("substr(placed_at, 1, 10) <= ?", [sought.until.isoformat()]))
    where = " AND ".join(condition for condition, _ in asked)
    return f"WHERE {where}" if where else "", [value for _, values in asked for value in values]


def _packed(events: Sequence[Event]) -> bytes:
    return zlib.compress(json.dumps([as_json(event) for event in events]).encode())


def _unpacked(packed: bytes) -> tuple[Event, ...]:
    return tuple(Event(told.pop("at"), told.pop("kind"), told) for told in json.loads(zlib.decompress(packed)))
