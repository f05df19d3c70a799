"""The numbers of a Twilio account: read, and pointed somewhere, over Twilio's REST API.

`twilio.rest` takes a tenth of a second and eighteen megabytes, so it is imported when an account is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twilio.http import HttpClient

_PATIENCE = 20.0  # seconds; nobody waits at a telephone
_PAGE = 100  # numbers in one answer


@dataclass(frozen=True)
class AccountNumber:
    """A number that takes calls, and its settings under the names that Twilio's REST API has for them.

    `trunk`: its calls go over a SIP trunk, whatever the settings say.
    """

    account: str
    sid: str
    e164: str
    settings: Mapping[str, str]
    trunk: bool


class AccountRefused(ConnectionError):
    """Twilio did not do what it was asked; the sentence says why."""


class _WrongToken(AccountRefused):
    pass


class TwilioAccount:
    """An account by the first of these tokens that Twilio believes. `http` stands in for the network."""

    def __init__(self, sid: str, tokens: Sequence[str], http: HttpClient | None = None) -> None:
        self.sid, self._tokens, self._http = sid, list(tokens), http

    def numbers(self, names: Sequence[str]) -> list[AccountNumber]:
        """All that take calls, with the settings of these names."""
        found = self._asked(lambda client: client.incoming_phone_numbers.list(page_size=_PAGE))
        return [
            AccountNumber(
                self.sid,
                one.sid,
                one.phone_number,
                {name: getattr(one, name) or "" for name in names},
                bool(one.trunk_sid),
            )
            for one in found
            if one.capabilities.get("voice")
        ]

    def set(self, number: AccountNumber, settings: Mapping[str, str]) -> None:
        self._asked(lambda client: client.incoming_phone_numbers(number.sid).update(**settings))

    def _asked(self, ask: Callable[[Any], Any]) -> Any:
        while True:
            try:
                with self._said():
                    return ask(self._client())
            except _WrongToken:
                if len(self._tokens) == 1:
                    raise
                del self._tokens[0]

    @contextmanager
    def _said(self) -> Iterator[None]:
        from requests import RequestException
        from twilio.base.exceptions import TwilioException, TwilioRestException

        try:
            yield
        except TwilioRestException as refused:
            raise self._refusal(refused.status) from None
        except TwilioException as unread:  # of a page, with Twilio's answer in it
            answer = unread.args[-1]
            raise self._refusal(getattr(answer, "status_code", 0)) from None
        except (RequestException, ValueError) as error:
            raise AccountRefused(f"Account {self.sid}: no answer of Twilio's came ({type(error).__name__}).") from error

    def _refusal(self, status: int) -> AccountRefused:
        match status:
            case HTTPStatus.UNAUTHORIZED:
                words = "TWILIO_AUTH_TOKEN has no token that it accepts."
                return _WrongToken(f"Account {self.sid}: {words}")
            case HTTPStatus.TOO_MANY_REQUESTS:
                words = "too many requests at present. Ask again in a minute: what is done stays done."
            case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                words = f"Twilio is in trouble (status {status}). Ask again later: what is done stays done."
            case _:
                words = f"Twilio refused, with status {status}."
        return AccountRefused(f"Account {self.sid}: {words}")

    def _client(self) -> Any:
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        http = self._http or TwilioHttpClient(timeout=_PATIENCE, max_retries=0)
        return Client(self.sid, self._tokens[0], http_client=http)
