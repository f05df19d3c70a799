"""Text messages by Twilio's REST API: the one place that sends something out by itself.

`twilio.rest` takes a tenth of a second and eighteen megabytes, so it is imported when the first message is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twilio.http import HttpClient

_PATIENCE = 5.0  # seconds to connect, and to answer: the webhook behind it has fifteen
_MESSAGING_SERVICE = "MG"


@dataclass(frozen=True)
class Answer:
    """See `ivr.text_messages.Sent`."""

    sid: str
    error: int | None


@dataclass(frozen=True)
class TwilioMessages:
    """`sender` is a number of the account, or a messaging service's id (MG…). `http` stands in for the network."""

    account_sid: str
    auth_token: str
    sender: str
    http: HttpClient | None = None

    def send(self, to: str, text: str) -> Answer:
        """OSError where no answer came, or one that does not tell."""
        by = "messaging_service_sid" if self.sender.startswith(_MESSAGING_SERVICE) else "from_"
        return self._asked(lambda messages: messages.create(to=to, body=text, **{by: self.sender}))

    def look(self, sid: str) -> Answer:
        return self._asked(lambda messages: messages(sid).fetch())

    def _asked(self, ask: Any) -> Answer:
        from twilio.base.exceptions import TwilioRestException

        try:
            message = ask(self._client.messages)
        except TwilioRestException as refused:
            if refused.status >= 500:
                raise ConnectionError(f"status {refused.status}") from None  # its words hold the number
            return Answer("", refused.code or refused.status)
        return Answer(message.sid, message.error_code)

    @cached_property
    def _client(self) -> Any:
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        http = self.http or TwilioHttpClient(timeout=_PATIENCE, max_retries=0)
        return Client(self.account_sid, self.auth_token, http_client=http)
