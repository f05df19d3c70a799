"""Which text messages were asked for, so that a webhook that the carrier repeats sends no second one.

A message is known by a digest of its call and what it says: no number, no digits. What is a day old is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from activation_core.clearinghouse.store import Store, as_text

_KEPT = timedelta(days=1)


class TextLedger:
    """In any store. Each raises StoreDown where it cannot be read or written."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store, self._now = store, now

    def claim(self, message: str) -> str | None:
        """None for the first who asks, and sends it; for others the carrier's id of it, '' as long as there is none."""
        now = self._now()
        with self._store.writing() as db:
            db.execute("DELETE FROM text_messages WHERE at < ?", (as_text(now - _KEPT),))
            claimed = db.execute(
                "INSERT INTO text_messages VALUES (?, '', ?) ON CONFLICT DO NOTHING", (message, as_text(now))
            ).rowcount
            row = db.execute("SELECT sid FROM text_messages WHERE message = ?", (message,)).fetchone()
        return None if claimed or row is None else str(row[0])

    def sent(self, message: str, sid: str) -> None:
        with self._store.writing() as db:
            db.execute("UPDATE text_messages SET sid = ? WHERE message = ?", (sid, message))

    def release(self, message: str) -> None:
        """It was surely not sent: whoever asks again is the first."""
        with self._store.writing() as db:
            db.execute("DELETE FROM text_messages WHERE message = ?", (message,))
