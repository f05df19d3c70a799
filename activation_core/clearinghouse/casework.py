"""What an operator does: look a case up, confirm or approve it, deny it; each together with its entry in the log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from activation_core import codes, installation_id
from activation_core.clearinghouse.audit import Act, Audit
from activation_core.clearinghouse.cases import Case, subject
from activation_core.clearinghouse.desk import Confirmation, Desk
from activation_core.clearinghouse.records import HandOver, Outcome, Settlement
from activation_core.clearinghouse.store import Connection, Store
from activation_core.codes import Code
from activation_core.mistyped import characters
from activation_core.refusals import Refusal

# Reasons are chosen, not written: what callers say of themselves stays out of the log, and so do codes.
TO_APPROVE: Mapping[str, str] = {
    "repaired": "Its hardware was repaired or replaced",
    "out_of_use": "The other computer is out of use",
    "moved": "The system was moved or restored",
    "purchase_shown": "The proof of purchase was shown",
    "supervisor": "A supervisor decided",
}
TO_DENY: Mapping[str, str] = {
    "other_in_use": "The other computer is still in use",
    "no_proof": "There is no proof of purchase",
    "start_transfer": "The caller was told to start a transfer",
    "new_id": "The caller comes back with a new Installation ID",
    "answered": "The question was answered without one",
    "gone": "The caller is gone",
    "supervisor": "A supervisor decided",
}


class Casework:
    def __init__(self, desk: Desk, audit: Audit, store: Store) -> None:
        self._desk, self._audit, self._store = desk, audit, store

    def caller(self, reference: str, operator: str, now: datetime) -> HandOver | None:
        """Who was put through under this reference, with what was keyed; None where nobody was."""
        kept = self._desk.records.handed_over(reference)
        if kept:
            with self._store.writing() as db:
                self._audit.enter(db, operator, "looked_up", now, f"caller {reference}")
        return kept

    def look_up(self, typed: str, operator: str, now: datetime, caller: str = "") -> Case | Refusal:
        """The case of an Installation ID or a code, whichever it is nearer to. ValueError where a code is mistyped.

        `caller` is the reference of one who was put through. What was typed is kept nowhere.
        """
        found = self._found(typed, now)
        about = subject(found.code) if isinstance(found, Case) else ""
        details = {"refusal": found.code} if isinstance(found, Refusal) else {}
        with self._store.writing() as db:
            self._audit.enter(db, operator, "looked_up", now, about, **details, **_of(caller))
        return found

    def confirm(
        self, asked: str, operator: str, now: datetime, caller: str = "", reason: str = ""
    ) -> Confirmation | Refusal:
        """The desk's answer to an Installation ID; with a `reason` approved, where a person may do that.

        The yes, its entry in the log and the end of the caller's waiting are durable together.
        """
        if reason and reason not in TO_APPROVE:
            raise ValueError(f"There is no reason {reason!r}.")
        act: Act = "approved" if reason else "confirmed"
        why = {"reason": reason} if reason else {}

        def note(db: Connection, settled: Settlement) -> None:
            self._audit.enter(db, operator, act, now, _about(asked), grounds=settled.grounds, **why, **_of(caller))
            self._close(db, caller, "confirmed")

        answer = self._desk.confirm(asked, "operator", now, approved=bool(reason), note=note)
        if isinstance(answer, Refusal):
            with self._store.writing() as db:
                self._audit.enter(db, operator, "refused", now, _about(asked), refusal=answer.code, **_of(caller))
        return answer

    def deny(self, asked: str, operator: str, now: datetime, caller: str, reason: str) -> None:
        """A no for good reason, or the end of a call without an Installation ID; the caller waits no longer."""
        if reason not in TO_DENY:
            raise ValueError(f"There is no reason {reason!r}.")
        about = _about(asked)
        with self._store.writing() as db:
            self._audit.enter(db, operator, "denied" if about else "closed", now, about, reason=reason, **_of(caller))
            self._close(db, caller, "denied" if about else "closed")

    def _found(self, typed: str, now: datetime) -> Case | Refusal:
        if is_code(typed):
            return self._desk.case_of(codes.parse(typed))
        return self._desk.case(typed, now)

    def _close(self, db: Connection, caller: str, outcome: Outcome) -> None:
        if caller:
            self._desk.records.close_hand_over(db, caller, outcome)


def is_code(typed: str) -> bool:
    """Whether this is nearer to the 25 characters of a code than to the 49 digits of an Installation ID."""
    return len(characters(typed)) <= (codes.GROUPS * codes.GROUP + installation_id.DIGITS) // 2


def _about(asked: str) -> str:
    """The licence that an Installation ID names, or '' where it is none. Nothing of the secret is needed for it."""
    try:
        read = installation_id.parse(asked)
    except ValueError:
        return ""
    return subject(Code(read.operation.kind, read.product, read.serial, 0))


def _of(caller: str) -> dict[str, str]:
    return {"caller": caller} if caller else {}
