"""How often a wrong Installation ID may be tried: by line, by serial, and in total, a day at a time.

A line is a caller's number or a computer's address; those who withhold theirs share one, which may try more often. Only
digests under a key of the day are kept, so nobody can tell tomorrow who tried today. What is wrong is told in one way
only (`not_genuine`), and counts as one thing: a serial that was never issued, a wrong tag, a code that was not sold.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from activation_core.clearinghouse.store import Connection, Store, as_text
from activation_core.mac import blake2_mac
from activation_core.refusals import Refusal

log = logging.getLogger(__name__)

By = Literal["line", "serial", "all"]

FREE = 3  # wrong ones of a line that cost nothing: people try an old one, or two. Then each wait doubles
WITHHELD = 20  # times as many are too many where nobody says who it is
SERIAL_ALARM = 20  # wrong ones of one serial: somebody guesses its tag
ALL_ALARM = 500  # wrong ones of all lines: somebody scans serials. From then on a line has one that costs nothing


@dataclass(frozen=True)
class Throttle:
    """The counts in whatever store, so that machines add up. `key` is for the digests; `a_day` are too many."""

    store: Store
    key: bytes
    a_day: int = 10

    def held(self, db: Connection, line: str, slowly: bool, now: datetime) -> Refusal | None:
        """Why this line ('' is withheld) must wait or ask a person; None where it may try.

        Who asks `slowly` need not wait. It is read in the transaction that settles or counts, so the time tells nobody
        who is held whether they were right.
        """
        wrong, last = self._counted(db, "line", line, now)
        if wrong >= self.a_day * (1 if line else WITHHELD):
            return Refusal("throttled")
        if slowly or not (line and wrong):
            return None
        free = 1 if self._counted(db, "all", "", now)[0] >= ALL_ALARM else FREE
        until = last + timedelta(seconds=2 ** (wrong - free) if wrong > free else 0)
        return Refusal("slow_down", {"seconds": math.ceil((until - now).total_seconds())}) if now < until else None

    def refused(self, line: str, slowly: bool, serial: int, now: datetime) -> Refusal:
        """What is said to one more that was wrong, which counts unless the line is held.

        Where one writes at a time, as in SQLite, many at once are told no more than one after the other.
        """
        with self.store.writing() as db:
            held = self.held(db, line, slowly, now)
            if not held:
                self.count(db, line, serial, now)
        return held or Refusal("not_genuine")

    def count(self, db: Connection, line: str, serial: int, now: datetime) -> None:
        """One more that was wrong."""
        subjects: list[tuple[By, str]] = [("all", ""), ("line", line), ("serial", str(serial))]
        day = _day(now)
        db.execute("DELETE FROM guesses WHERE day < ?", (_day(now - timedelta(days=1)),))
        for by, what in subjects:
            row = db.execute(
                "INSERT INTO guesses (subject, day, count, last_at) VALUES (?, ?, 1, ?) ON CONFLICT (subject)"
                " DO UPDATE SET count = guesses.count + 1, last_at = excluded.last_at RETURNING count",
                (self._subject(by, what, day), day, as_text(now)),
            ).fetchone()
            _alarm(by, row[0] if row else 0)

    def _counted(self, db: Connection, by: By, what: str, now: datetime) -> tuple[int, datetime]:
        """How many, and when the last one was."""
        subject = self._subject(by, what, _day(now))
        row = db.execute("SELECT count, last_at FROM guesses WHERE subject = ?", (subject,)).fetchone()
        return (int(row[0]), datetime.fromisoformat(row[1])) if row else (0, now)

    def _subject(self, by: By, what: str, day: str) -> str:
        of_today = blake2_mac(self.key, f"wrong ones of {day}".encode())
        return blake2_mac(of_today, f"{by} {what}".encode()).hex()


def _alarm(by: By, count: int) -> None:
    """Once each time it doubles, for whoever watches the log."""
    alarm = {"serial": SERIAL_ALARM, "all": ALL_ALARM}.get(by, 0)
    if alarm and count >= alarm and count % alarm == 0 and (count // alarm).bit_count() == 1:
        log.error("alarm: %d wrong Installation IDs today %s", count, "of one serial" if by == "serial" else "in all")


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()
