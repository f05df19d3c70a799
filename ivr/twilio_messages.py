"""Text messages by Twilio's REST API: the one place that sends something out by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from ivr.twilio_account import AccountRefused, TwilioAccount

_MESSAGING_SERVICE = "MG"


@dataclass(frozen=True)
class Answer:
    """See `ivr.text_messages.Sent`."""

    sid: str
    error: int | None


@dataclass(frozen=True)
class TwilioMessages:
    """`sender` is a number of the account, or a messaging service's id (MG…)."""

    account: TwilioAccount
    sender: str

    def send(self, to: str, text: str) -> Answer:
        """OSError where no answer came, or one that does not tell."""
        by = "messaging_service_sid" if self.sender.startswith(_MESSAGING_SERVICE) else "from_"
        return self._asked(lambda client: client.messages.create(to=to, body=text, **{by: self.sender}))

    def look(self, sid: str) -> Answer:
        return self._asked(lambda client: client.messages(sid).fetch())

    def _asked(self, ask: Callable[[Any], Any]) -> Answer:
        try:
            message = self.account.ask(ask)
        except AccountRefused as refused:
            if not HTTPStatus.BAD_REQUEST <= refused.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            return Answer("", refused.code or refused.status)
        return Answer(message.sid, message.error_code)
