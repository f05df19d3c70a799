"""Signing in at the desk and out again: the password, how often it may be guessed, the session, the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from activation_core.clearinghouse.accounts import Accounts, named
from activation_core.clearinghouse.audit import Audit
from activation_core.clearinghouse.lock_out import LockOut, Subject
from activation_core.clearinghouse.sessions import Session, Sessions
from activation_core.clearinghouse.store import Store


@dataclass(frozen=True)
class NotSignedIn:
    """A no. The same for a name that there is not and for a wrong password; `until` where it was too early to try."""

    until: datetime | None = None


class SignIn:
    def __init__(self, store: Store, accounts: Accounts, lock_out: LockOut, audit: Audit) -> None:
        self._store, self._accounts, self._lock_out, self._audit = store, accounts, lock_out, audit
        self._sessions = Sessions(store)

    def sign_in(self, name: str, password: str, address: str, token: str, now: datetime) -> NotSignedIn | None:
        """Begin a session for `token`, a fresh random one; or say no."""
        name = named(name)
        by_name, by_address = Subject("name", name), Subject("address", address)
        with self._store.writing() as db:
            until = self._lock_out.begin(db, (by_name, by_address), now)
        if until:
            return NotSignedIn(until)
        fits = self._accounts.fits(name, password)
        with self._store.writing() as db:
            if fits and self._accounts.is_known(db, name):  # it may have been removed meanwhile
                self._lock_out.succeeded(db, by_name, by_address, now)
                self._sessions.begin(db, name, token, now)
                self._audit.enter(db, name, "signed_in", now)
                return None
            # Whoever typed a password in the place of the name shall not find it in the log.
            actor = name if self._accounts.is_known(db, name) else "unknown"
            self._audit.enter(db, actor, "sign_in_failed", now)
        return NotSignedIn()

    def session(self, token: str, now: datetime, is_asked_by_a_person: bool = True) -> Session | None:
        """Who is signed in with this token, if anybody."""
        return self._sessions.find(token, now, is_asked_by_a_person)

    def sign_out(self, token: str, now: datetime) -> None:
        session = self.session(token, now)
        with self._store.writing() as db:
            self._sessions.end(db, token)
            if session:
                self._audit.enter(db, session.operator, "signed_out", now)
