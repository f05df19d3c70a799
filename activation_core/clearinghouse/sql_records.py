"""The records in SQL that every store understands; what differs between databases is the store's affair."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime

from activation_core import blocks
from activation_core.clearinghouse.records import (
    MOVED,
    Activation,
    Channel,
    Claim,
    Grounds,
    HandOver,
    Held,
    History,
    Licence,
    Note,
    Outcome,
    Settlement,
    Wrong,
    never,
)
from activation_core.clearinghouse.store import Connection, Row, Store, StoreDown, as_text, once_more
from activation_core.codes import Kind
from activation_core.installation_id import InstallationId
from activation_core.refusals import Refusal

_ACTIVATION = "licence, installation_id, grounds, place, channel, confirmed_at"
# What decides, in one statement: so it fits together without a transaction.
_HISTORY = (
    "SELECT 'licence', grant_digit, 0, '', '', '', coalesce(revoked_at, '') FROM licences WHERE licence = ? UNION ALL"
    " SELECT 'claim', place, hardware, '', '', '', '' FROM claims WHERE licence = ? UNION ALL"
    " SELECT 'activation', place, 0, installation_id, grounds, channel, confirmed_at FROM activations"
    " WHERE licence = ? AND (installation_id = ? OR grounds IN (?, ?))"
)
# A person may approve an Installation ID that was confirmed before its licences moved away: they move back.
_MOVED_BACK = (
    "ON CONFLICT (licence, installation_id) DO UPDATE SET grounds = excluded.grounds, place = excluded.place,"
    " channel = excluded.channel, confirmed_at = excluded.confirmed_at"
)
_ID = f"SELECT max(id) FROM hand_overs WHERE id % {10**blocks.DATA} = ?"  # noqa: S608 (which a reference names)
_HAND_OVER = "id, keyed, refusal, step, locale, at, outcome"


class SqlRecords:
    """The contract of `Records`, in whatever store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def add_licences(
        self,
        kind: Kind,
        product: int,
        serials: Iterable[int],
        grant: int,
        now: datetime,
        note: Note[list[int]] | None = None,
    ) -> list[int]:
        with self.store.writing() as db:
            added = [
                serial
                for serial in serials
                if db.execute(
                    "INSERT INTO licences VALUES (?, ?, ?, NULL) ON CONFLICT DO NOTHING",
                    (_key(kind, product, serial), grant, as_text(now)),
                ).rowcount
            ]
            if note and added:
                note(db, added)
        return added

    @once_more
    def has_licences(self) -> bool:
        return bool(self.store.rows("SELECT 1 FROM licences LIMIT 1"))

    @once_more
    def revoke(self, kind: Kind, product: int, serial: int, now: datetime, note: Note[bool] | None = None) -> bool:
        with self.store.writing() as db:
            revoked = bool(
                db.execute(
                    "UPDATE licences SET revoked_at = coalesce(revoked_at, ?) WHERE licence = ?",
                    (as_text(now), _key(kind, product, serial)),
                ).rowcount
            )
            if note and revoked:
                note(db, revoked)
        return revoked

    @once_more
    def settle(
        self,
        asked: InstallationId,
        channel: Channel,
        now: datetime,
        decide: Callable[[History], Settlement | Refusal],
        note: Note[Settlement] | None = None,
        held: Held = never,
        wrong: Wrong = never,
    ) -> Settlement | Refusal:
        try:
            with self.store.writing() as db:
                settled = held(db) or decide(self._history_to_keep(db, asked))
                if isinstance(settled, Settlement) and settled.grounds != "again":
                    self._keep(db, _key_of(asked), asked, channel, now, settled)
                if isinstance(settled, Settlement) and note:
                    note(db, settled)
                if _is_wrong(settled):
                    wrong(db)
        except StoreDown:
            # It may be locked and readable: a no that is not counted, or the same yes again, needs nothing written.
            with self.store.reading() as db:
                settled = held(db) or decide(_history_read(db, asked))
            if isinstance(settled, Settlement) and (note or settled.grounds != "again"):
                raise
            if _is_wrong(settled) and wrong is not never:
                raise
        return settled

    def _keep(
        self,
        db: Connection,
        key: int,
        asked: InstallationId,
        channel: Channel,
        now: datetime,
        settled: Settlement,
    ) -> None:
        claim, at = settled.claim, as_text(now)
        if settled.grounds == "claimed":
            db.execute("INSERT INTO claims VALUES (?, ?, ?, ?)", (key, claim.place, claim.hardware, at))
        if settled.grounds in MOVED:
            db.execute(
                "UPDATE claims SET hardware = ?, claimed_at = ? WHERE licence = ? AND place = ?",
                (claim.hardware, at, key, claim.place),
            )
        db.execute(
            f"INSERT INTO activations ({_ACTIVATION}) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608
            f" {_MOVED_BACK if settled.grounds == 'transferred' else ''}",
            (key, asked.digits, settled.grounds, claim.place, channel, at),
        )

    @once_more
    def history(self, asked: InstallationId) -> History:
        return _history(_key_of(asked), self.store.rows(_HISTORY, _asked_of(asked)))

    def _history_to_keep(self, db: Connection, asked: InstallationId) -> History:
        """As it is from now until the transaction ends."""
        if self.store.for_update:
            db.execute(f"SELECT 1 FROM licences WHERE licence = ? {self.store.for_update}", (_key_of(asked),))  # noqa: S608
        return _history_read(db, asked)

    @once_more
    def licence(self, kind: Kind, product: int, serial: int) -> Licence | None:
        key = _key(kind, product, serial)
        rows = self.store.rows("SELECT grant_digit, revoked_at FROM licences WHERE licence = ?", (key,))
        return _licence(key, *rows[0]) if rows else None

    @once_more
    def activations(self, limit: int) -> list[Activation]:
        with self.store.looking_up() as db:
            return self._select(db, "ORDER BY confirmed_at DESC LIMIT ?", limit)

    @once_more
    def activations_of(self, kind: Kind, product: int, serial: int) -> list[Activation]:
        with self.store.looking_up() as db:
            return self._select(db, "WHERE licence = ? ORDER BY confirmed_at", _key(kind, product, serial))

    def _select(self, db: Connection, which: str, *values: int | str) -> list[Activation]:
        rows = db.execute(f"SELECT {_ACTIVATION} FROM activations {which}", values)  # noqa: S608 (constants)
        return [_activation(*row) for row in rows]

    @once_more
    def hand_over(self, call: str, keyed: str, refusal: str, step: str, locale: str, now: datetime) -> HandOver:
        digest = hashlib.sha256(call.encode()).hexdigest()
        with self.store.writing() as db:
            db.execute(
                "INSERT INTO hand_overs (call, keyed, refusal, step, locale, at) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (digest, keyed, refusal, step, locale, as_text(now)),
            )
            row = db.execute(f"SELECT {_HAND_OVER} FROM hand_overs WHERE call = ?", (digest,)).fetchone()  # noqa: S608
        assert row, "it was kept, or had been"  # noqa: S101
        return _hand_over(row)

    @once_more
    def hand_overs(self, limit: int) -> list[HandOver]:
        sql = f"SELECT {_HAND_OVER} FROM hand_overs ORDER BY id DESC LIMIT ?"  # noqa: S608
        return [_hand_over(row) for row in self.store.rows(sql, (limit,))]

    @once_more
    def waiting(self, limit: int) -> list[HandOver]:
        sql = f"SELECT {_HAND_OVER} FROM hand_overs WHERE outcome = '' ORDER BY id DESC LIMIT ?"  # noqa: S608
        return [_hand_over(row) for row in self.store.rows(sql, (limit,))]

    @once_more
    def handed_over(self, reference: str) -> HandOver | None:
        sql = f"SELECT {_HAND_OVER} FROM hand_overs WHERE id = ({_ID})"  # noqa: S608
        rows = self.store.rows(sql, (_number(reference),))
        return _hand_over(rows[0]) if rows else None

    def close_hand_over(self, db: Connection, reference: str, outcome: Outcome) -> None:
        db.execute(f"UPDATE hand_overs SET outcome = ? WHERE id = ({_ID})", (outcome, _number(reference)))  # noqa: S608


def _number(reference: str) -> int:
    return blocks.to_number([reference])


def _key(kind: Kind, product: int, serial: int) -> int:
    return (kind << 10 | product) << 32 | serial


def _key_of(asked: InstallationId) -> int:
    return _key(asked.operation.kind, asked.product, asked.serial)


def _asked_of(asked: InstallationId) -> tuple[int | str, ...]:
    """The values of _HISTORY."""
    key = _key_of(asked)
    return key, key, key, asked.digits, *MOVED


def _is_wrong(settled: Settlement | Refusal) -> bool:
    return isinstance(settled, Refusal) and settled.code == "not_genuine"


def _history_read(db: Connection, asked: InstallationId) -> History:
    return _history(_key_of(asked), db.execute(_HISTORY, _asked_of(asked)).fetchall())


def _history(key: int, rows: Iterable[Row]) -> History:
    licence, claims, activations = None, list[Claim](), list[Activation]()
    for what, number, hardware, digits, grounds, channel, at in rows:
        if what == "licence":
            licence = _licence(key, number, at)
        elif what == "claim":
            claims.append(Claim(number, hardware))
        else:
            activations.append(_activation(key, digits, grounds, number, channel, at))
    claims.sort(key=lambda claim: claim.place)
    activations.sort(key=lambda given: given.confirmed_at)
    return History(licence, tuple(claims), tuple(activations))


def _licence(key: int, grant: int, revoked_at: str | None) -> Licence:
    return Licence(*_parts(key), grant, bool(revoked_at))


def _activation(key: int, digits: str, grounds: Grounds, place: int, channel: Channel, at: str) -> Activation:
    return Activation(digits, *_parts(key), grounds, place, channel, datetime.fromisoformat(at))


def _parts(key: int) -> tuple[Kind, int, int]:
    return Kind(key >> 42), key >> 32 & 1023, key & 0xFFFFFFFF


def _hand_over(row: Row) -> HandOver:
    number, keyed, refusal, step, locale, at, outcome = row
    reference = blocks.from_number(number % 10**blocks.DATA, 1)[0]
    return HandOver(reference, keyed, refusal, step, locale, datetime.fromisoformat(at), outcome)
