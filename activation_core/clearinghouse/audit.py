"""The audit log: who did what at the desk and on the command line. It is only added to.

Each entry's hash covers the hash before it, so whatever is changed, taken out or moved breaks the chain at that
place. The head says how many entries there are and is sealed with a key that is not in the database, so a tail
that was cut off and a chain that was written anew are found as well. A head whose seal does not hold is never
sealed again: what was broken once stays broken, while the desk goes on.

It holds names of operators, serials and reasons; no codes, nothing that callers keyed, nothing about callers.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from activation_core.clearinghouse.store import Connection, Row, Store, StoreDown, as_text

Act = Literal[
    "signed_in",
    "sign_in_failed",
    "signed_out",
    "looked_up",
    "confirmed",
    "approved",
    "refused",
    "denied",
    "closed",
    "issued",
    "revoked",
    "operator_added",
    "operator_removed",
    "operator_unlocked",
    "password_changed",
    "key_made",
    "key_retired",
]
Details = Mapping[str, str | int]
_WORDS: Mapping[str, str] = {
    "signed_in": "signed in",
    "sign_in_failed": "tried to sign in",
    "signed_out": "signed out",
    "looked_up": "looked up",
    "confirmed": "confirmed",
    "approved": "approved",
    "refused": "was refused",
    "denied": "denied",
    "closed": "closed",
    "issued": "issued",
    "revoked": "revoked",
    "operator_added": "added",
    "operator_removed": "removed",
    "operator_unlocked": "let in again",
    "password_changed": "changed the password of",
    "key_made": "made a new",
    "key_retired": "retired the",
}
_COLUMNS = "number, at, actor, act, subject, details, hash"


@dataclass(frozen=True)
class Entry:
    """One line of the log. `subject` is what it was done to, such as `product key 0001-0000000042`."""

    number: int  # from 1, without gaps
    at: datetime
    actor: str
    act: str
    subject: str
    details: Details
    hash: str


@dataclass(frozen=True)
class Head:
    """How far the log goes."""

    number: int
    hash: str


@dataclass(frozen=True)
class Flaw:
    """Where the log was tampered with, and how that shows."""

    number: int
    words: str


def in_words(entry: Entry) -> str:
    """`approved product key 0001-0000000042 (refusal: in_use, reason: repaired)`."""
    details = ", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in entry.details.items())
    words = f"{_WORDS.get(entry.act, entry.act)} {entry.subject}".rstrip()
    return f"{words} ({details})" if details else words


class Audit:
    """The log in whatever store; `key` seals its head."""

    def __init__(self, store: Store, key: bytes) -> None:
        self._store, self._key = store, key

    def enter(
        self, db: Connection, actor: str, act: Act, now: datetime, subject: str = "", **details: str | int
    ) -> None:
        """Add an entry within a transaction that writes, so that it is durable with what it tells of, or neither is.

        Whoever enters holds the head until the transaction ends: writers queue there, in every store.
        """
        head = db.execute("UPDATE audit_head SET number = number + 1 RETURNING number, hash, seal").fetchone()
        if head is None:
            raise StoreDown("the head of the audit log is gone; app.py audit verify says what is left")
        number, previous, seal = head
        row = (number, as_text(now), actor, act, subject, _json(dict(sorted(details.items()))))
        digest = _digest(previous, row)
        whole = hmac.compare_digest(seal.encode(), self._seal(number - 1, previous).encode())
        db.execute(f"INSERT INTO audit ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, digest))  # noqa: S608
        db.execute("UPDATE audit_head SET hash = ?, seal = ?", (digest, self._seal(number, digest) if whole else ""))

    def enter_alone(self, actor: str, act: Act, now: datetime, subject: str) -> None:
        """Add an entry for what is no part of the store."""
        with self._store.writing() as db:
            self.enter(db, actor, act, now, subject)

    def entries(self, limit: int, before: int | None = None) -> list[Entry]:
        """The latest, newest first; those before that number, if one is given."""
        with self._store.looking_up() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM audit WHERE number < ? ORDER BY number DESC LIMIT ?",  # noqa: S608
                (before or 1 << 62, limit),
            )
            return [
                Entry(number, datetime.fromisoformat(at), actor, act, subject, json.loads(details), digest)
                for number, at, actor, act, subject, details, digest in rows
            ]

    def verify(self, seen: Head | None = None) -> Head | Flaw:
        """How far the log goes, where all of it is as it was entered; else the first place where it is not.

        `seen` is how far it went at an earlier look: a log that was put back to an older state has it no more.
        """
        with self._store.reading() as db:
            heads = db.execute("SELECT number, hash, seal FROM audit_head").fetchall()
            return self._verified(heads, _rows(db), seen)

    def _verified(self, heads: list[Row], rows: Iterable[Row], seen: Head | None) -> Head | Flaw:
        last = Head(0, "")
        for number, *columns, digest in rows:
            expected = last.number + 1
            if number != expected:
                return Flaw(expected, f"Entry {expected} is missing.")
            if digest != _digest(last.hash, (number, *columns)):
                return Flaw(number, f"Entry {number} was changed, or put in its place.")
            last = Head(number, digest)
            if seen and number == seen.number and digest != seen.hash:
                return Flaw(number, f"Entry {number} is another one than at the last look.")
        if [(last.number, last.hash)] != [(number, digest) for number, digest, _ in heads]:
            return Flaw(last.number + 1, f"The head does not belong to entry {last.number}, the last one.")
        if not hmac.compare_digest(heads[0][2].encode(), self._seal(last.number, last.hash).encode()):
            return Flaw(
                last.number, f"The seal after entry {last.number} was not made here: the log was cut or rewritten."
            )
        if seen and last.number < seen.number:
            return Flaw(
                last.number + 1, f"There were {seen.number} entries at the last look; now there are {last.number}."
            )
        return last

    def _seal(self, number: int, digest: str) -> str:
        """Of a head. The one that nothing was entered before comes with the tables, so it has none."""
        return hmac.new(self._key, f"{number} {digest}".encode(), "sha256").hexdigest() if number else ""


def _rows(db: Connection) -> Iterator[Row]:
    """All of them in their order, some at a time: a log of years does not fit into memory."""
    last = -1 << 62  # a number that none should have is read as well
    sql = f"SELECT {_COLUMNS} FROM audit WHERE number > ? ORDER BY number LIMIT 10000"  # noqa: S608
    while rows := db.execute(sql, (last,)).fetchall():
        yield from rows
        last = rows[-1][0]


def _digest(previous: str, row: Iterable[Any]) -> str:
    """The hash of an entry: SHA-256 over the one before it and the row as JSON, so that no two rows look alike."""
    return hashlib.sha256(f"{previous}\n{_json(list(row))}".encode()).hexdigest()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
