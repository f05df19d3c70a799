"""How often a password may be guessed: slower after a few failures, and for a while not at all.

Counted by name, whether there is such an operator or not, and by address. An attempt counts as failed from its
start, and no more once it has succeeded, so many at once are no way around it.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from activation_core.clearinghouse.store import Connection, as_text

LOCKED = timedelta(minutes=15)
FORGOTTEN = timedelta(days=1)  # after the last failure they are counted anew


@dataclass(frozen=True)
class Patience:
    """How many failures cost nothing, and at how many it is locked; in between each wait is twice the one before."""

    free: int
    locked_at: int

    def wait(self, failures: int) -> timedelta:
        if failures >= self.locked_at:
            return LOCKED
        return min(timedelta(seconds=2 ** (failures - self.free)), LOCKED) if failures >= self.free else timedelta()


By = Literal["name", "address"]
# Several operators may sit behind one address.
PATIENCE: dict[By, Patience] = {"name": Patience(free=3, locked_at=10), "address": Patience(free=10, locked_at=50)}


@dataclass(frozen=True)
class Subject:
    """What is counted. Only a digest under `key` is kept: somebody may have typed a password for a name."""

    by: By
    text: str

    def digest(self, key: bytes) -> str:
        return hmac.new(key, f"{self.by} {self.text}".encode(), "sha256").hexdigest()


class LockOut:
    """The attempts in whatever store. Each function works within somebody's transaction."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def begin(self, db: Connection, subjects: Iterable[Subject], now: datetime) -> datetime | None:
        """Count an attempt; or, where it comes too early, count nothing and say from when on it may be made."""
        held = [(subject, *self._held(db, subject, now)) for subject in subjects]
        until = max(last + PATIENCE[subject.by].wait(failures) for subject, failures, last in held)
        if now < until:
            return until
        for subject, failures, _ in held:
            self._keep(db, subject, failures + 1, now)
        return None

    def succeeded(self, db: Connection, name: Subject, address: Subject, now: datetime) -> None:
        """The name is cleared; of the address this attempt alone, else one good password would cover guesses."""
        self.clear(db, name)
        failures, last = self._held(db, address, now)
        self._keep(db, address, max(0, failures - 1), last)
        db.execute("DELETE FROM sign_in_attempts WHERE last_at < ?", (as_text(now - FORGOTTEN),))

    def clear(self, db: Connection, subject: Subject) -> bool:
        """Forget its failures; False where there were none."""
        digest = subject.digest(self._key)
        return bool(db.execute("DELETE FROM sign_in_attempts WHERE subject = ?", (digest,)).rowcount)

    def is_locked(self, db: Connection, subject: Subject, now: datetime) -> bool:
        digest = subject.digest(self._key)
        row = db.execute("SELECT failures, last_at FROM sign_in_attempts WHERE subject = ?", (digest,)).fetchone()
        return row is not None and row[0] >= PATIENCE[subject.by].locked_at and now < _moment(row[1]) + LOCKED

    def _held(self, db: Connection, subject: Subject, now: datetime) -> tuple[int, datetime]:
        """Its failures and when the last one was; nobody else can count in between, in any store."""
        row = db.execute(
            "INSERT INTO sign_in_attempts (subject, failures, last_at) VALUES (?, 0, ?)"
            " ON CONFLICT (subject) DO UPDATE SET failures = sign_in_attempts.failures RETURNING failures, last_at",
            (subject.digest(self._key), as_text(now)),
        ).fetchone()
        assert row, "an upsert returns its row"  # noqa: S101
        failures, last = row[0], _moment(row[1])
        return (failures, last) if now - last < FORGOTTEN else (0, now)

    def _keep(self, db: Connection, subject: Subject, failures: int, at: datetime) -> None:
        db.execute(
            "UPDATE sign_in_attempts SET failures = ?, last_at = ? WHERE subject = ?",
            (failures, as_text(at), subject.digest(self._key)),
        )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
