"""Who is signed in. A session lives in the store, so any machine may answer, and signing out ends it everywhere.

The browser holds a random token; here only its hash is kept, so that who reads the database cannot sit down at a desk.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from activation_core.clearinghouse.store import Connection, Store, as_text

IDLE = timedelta(minutes=30)  # without opening a page or sending a form
LONGEST = timedelta(hours=10)  # a shift
_EXACT_TO = timedelta(minutes=1)  # to spare a write for every page


@dataclass(frozen=True)
class Session:
    operator: str
    form_token: str  # in every form: who can make a browser send one from elsewhere does not know it


class Sessions:
    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(self, db: Connection, operator: str, token: str, now: datetime) -> None:
        """Those that are over are forgotten on this occasion."""
        db.execute(
            "DELETE FROM desk_sessions WHERE began_at < ? OR seen_at < ?", (as_text(now - LONGEST), as_text(now - IDLE))
        )
        db.execute(
            "INSERT INTO desk_sessions (token, operator, began_at, seen_at) VALUES (?, ?, ?, ?)",
            (_digest(token), operator, as_text(now), as_text(now)),
        )

    def find(self, token: str, now: datetime, is_asked_by_a_person: bool = True) -> Session | None:
        """The session of this token, unless it is over. A page that refreshes itself does not prolong it."""
        digest = _digest(token)
        rows = self._store.rows(
            "SELECT operator, seen_at FROM desk_sessions WHERE token = ? AND began_at > ? AND seen_at > ?",
            (digest, as_text(now - LONGEST), as_text(now - IDLE)),
        )
        if not rows:
            return None
        operator, seen_at = rows[0]
        if is_asked_by_a_person and datetime.fromisoformat(seen_at) < now - _EXACT_TO:
            with self._store.writing() as db:
                db.execute("UPDATE desk_sessions SET seen_at = ? WHERE token = ?", (as_text(now), digest))
        return Session(operator, hashlib.sha256(f"form {token}".encode()).hexdigest())

    def end(self, db: Connection, token: str) -> None:
        db.execute("DELETE FROM desk_sessions WHERE token = ?", (_digest(token),))

    def end_all(self, db: Connection, operator: str) -> None:
        db.execute("DELETE FROM desk_sessions WHERE operator = ?", (operator,))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
