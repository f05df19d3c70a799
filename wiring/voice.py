"""Parts → the call as it is answered: the desk as it knows it, its text messages, and its webhooks."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from activation_core.clearinghouse import keys
from activation_core.clearinghouse.calls_under_way import CallsUnderWay
from activation_core.clearinghouse.desk import Confirmation, Desk
from activation_core.clearinghouse.locked_store import LockedStore
from activation_core.clearinghouse.sql_records import SqlRecords
from activation_core.clearinghouse.store import StoreDown
from activation_core.refusals import Refusal
from ivr import activation_call
from ivr.activation_call import ACTIVATION_CALL
from ivr.callers_desk import Texts
from ivr.dialogue import Standing
from ivr.text_messages import NoTextMessages
from ivr.twilio_account import TwilioAccount
from ivr.twilio_messages import TwilioMessages
from ivr.webhooks import Count, Webhooks
from wiring.parts import Parts, now
from wiring.settings import Settings

TEXT_SECONDS = 2.0  # to connect, and to answer: two accounts in turn, before a proxy turns to another process


@dataclass(frozen=True)
class TelephoneDesk:
    """The desk as the call knows it: the channel and the time are settled here."""

    desk: Desk
    has_operator: bool
    now: Callable[[], datetime] = now
    under_way: CallsUnderWay | None = None  # without it there is always room

    def admit(self, call: str, line: str = "") -> activation_call.Admission:
        return self.under_way.admit(call, line) if self.under_way else "admitted"

    def note(self, call: str, standing: Standing) -> None:
        if self.under_way:
            self.under_way.note(call, standing)

    def confirm(self, installation_id: str, line: str = "") -> Confirmation | Refusal:
        try:
            return self.desk.confirm(installation_id, "telephone", self.now(), line=line)
        except StoreDown as error:
            raise activation_call.DeskDown from error

    def hand_over(self, call: str, keyed: str, refusal: str, step: str, locale: str) -> str:
        try:
            return self.desk.records.hand_over(call, keyed, refusal, step, locale, self.now()).reference
        except StoreDown as error:
            raise activation_call.DeskDown from error


def behind_lock(parts: Parts, has_operator: bool, clock: Callable[[], datetime]) -> TelephoneDesk:
    """The same desk, to which its database seems locked by somebody else."""
    desk = Desk(parts.products, parts.keys, SqlRecords(LockedStore(parts.records.store)))
    return TelephoneDesk(desk, has_operator, clock)


def voice(settings: Settings, parts: Parts, desk: activation_call.Desk, count: Count, texts: Texts) -> Webhooks:
    return Webhooks(
        ACTIVATION_CALL,
        desk,
        parts.directory,
        parts.books,
        public_url=settings.public_url,
        auth_tokens=settings.auth_tokens,
        session_keys=keys.secrets_of(Path(settings.key_folder), "session", secrets.token_bytes),
        operator=settings.operator_number,
        now=now,
        count=count,
        texts=texts,
    )


def texts_of(settings: Settings, parts: Parts) -> Texts:
    if not settings.senders:
        return NoTextMessages()
    senders = [
        TwilioMessages(TwilioAccount(account, settings.auth_tokens, patience=TEXT_SECONDS), sender)
        for account, sender in settings.senders.items()
    ]

    def in_turn(account: str) -> list[TwilioMessages]:
        """That of the account that the call came in by, then another one."""
        return sorted(senders, key=lambda each: each.account.sid != account)[:2]

    return parts.texts(in_turn, settings.text_regions)
