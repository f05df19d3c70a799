"""The operators: who may sign in at the desk. They are added and let in again on the command line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from activation_core.clearinghouse.audit import Act, Audit
from activation_core.clearinghouse.lock_out import LockOut, Subject
from activation_core.clearinghouse.passwords import Passwords
from activation_core.clearinghouse.sessions import Sessions
from activation_core.clearinghouse.store import Connection, Store, as_text

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


class NoSuchOperator(ValueError):
    pass


@dataclass(frozen=True)
class Operator:
    name: str
    added_at: datetime
    is_locked: bool


def named(text: str) -> str:
    """A name as it is kept: whoever types Ada is ada."""
    return text.replace("\0", "\ufffd").strip().casefold()  # PostgreSQL has no text with a NUL


class Accounts:
    """The accounts in whatever store. Every change is entered in the audit log together with itself."""

    def __init__(self, store: Store, passwords: Passwords, lock_out: LockOut, audit: Audit) -> None:
        self._store, self._passwords, self._lock_out, self._audit = store, passwords, lock_out, audit
        self._sessions = Sessions(store)

    def add(self, name: str, password: str, actor: str, now: datetime) -> str:
        """The name that was added. ValueError where it is taken or none, or where the password is unfit."""
        name = named(name)
        if not _NAME.fullmatch(name):
            raise ValueError("A name has 1 to 40 letters, digits, dots or hyphens, and begins with a letter or digit.")
        hashed = self._passwords.hashed(password)
        with self._store.writing() as db:
            added = db.execute(
                "INSERT INTO operators (name, password, added_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (name, hashed, as_text(now)),
            ).rowcount
            if not added:
                raise ValueError(f"There is an operator {name} already. Choose another name.")
            self._enter(db, "operator_added", name, actor, now)
        return name

    def change_password(self, name: str, password: str, actor: str, now: datetime) -> None:
        """Also signs the operator out everywhere. NoSuchOperator, or ValueError where the password is unfit."""
        name, hashed = named(name), self._passwords.hashed(password)
        with self._store.writing() as db:
            self._must_be(db.execute("UPDATE operators SET password = ? WHERE name = ?", (hashed, name)).rowcount, name)
            self._sessions.end_all(db, name)
            self._enter(db, "password_changed", name, actor, now)

    def remove(self, name: str, actor: str, now: datetime) -> None:
        """Also signs the operator out everywhere. What was entered in the audit log under the name stays."""
        name = named(name)
        with self._store.writing() as db:
            self._must_be(db.execute("DELETE FROM operators WHERE name = ?", (name,)).rowcount, name)
            self._sessions.end_all(db, name)
            self._enter(db, "operator_removed", name, actor, now)

    def unlock(self, name: str, actor: str, now: datetime) -> bool:
        """Let in again who failed too often; False where there was nothing to forget."""
        name = named(name)
        with self._store.writing() as db:
            self._must_be(self._password_of(db, name) is not None, name)
            was_counted = self._lock_out.clear(db, Subject("name", name))
            self._enter(db, "operator_unlocked", name, actor, now)
        return was_counted

    def operators(self, now: datetime) -> list[Operator]:
        with self._store.reading() as db:
            return [
                Operator(
                    name, datetime.fromisoformat(added_at), self._lock_out.is_locked(db, Subject("name", name), now)
                )
                for name, added_at in db.execute("SELECT name, added_at FROM operators ORDER BY name").fetchall()
            ]

    def fits(self, name: str, password: str) -> bool:
        """Whether this is the operator's password; takes as long where there is no such operator."""
        with self._store.reading() as db:
            kept = self._password_of(db, name)
        fits = self._passwords.fits(kept, password)
        if fits and kept and self._passwords.is_outdated(kept):
            hashed = self._passwords.hashed(password)
            with self._store.writing() as db:
                db.execute("UPDATE operators SET password = ? WHERE name = ? AND password = ?", (hashed, name, kept))
        return fits

    def is_known(self, db: Connection, name: str) -> bool:
        return self._password_of(db, name) is not None

    def _password_of(self, db: Connection, name: str) -> str | None:
        row = db.execute("SELECT password FROM operators WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def _enter(self, db: Connection, act: Act, name: str, actor: str, now: datetime) -> None:
        self._audit.enter(db, actor, act, now, subject=f"operator {name}")

    def _must_be(self, found: int | bool, name: str) -> None:
        if not found:
            raise NoSuchOperator(f"There is no operator {name!r}. app.py operators list shows those that there are.")
