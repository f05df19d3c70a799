"""A Twilio account in one of Twilio's regions, asked over Twilio's REST API.

Regions work apart: each has tokens of its own, settings of its own for the same numbers, and a host of its own
(Twilio: "Global infrastructure"). `twilio.rest` takes a tenth of a second and eighteen megabytes, so it is imported
when an account is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twilio.http import HttpClient

_EDGES = {"us1": "ashburn", "ie1": "dublin", "au1": "sydney"}  # where each region is entered: its host has both names
_NAME = re.compile(rf"AC[0-9a-fA-F]{{32}}(@({'|'.join(_EDGES)}))?")


def is_account(name: str) -> bool:
    """Whether this names one: AC… of the region that is usual at Twilio, or AC…@ie1."""
    return _NAME.fullmatch(name) is not None


def sid_of(name: str) -> str:
    return name.partition("@")[0]


class AccountRefused(ConnectionError):
    """Twilio did not do what it was asked; the sentence says why.

    `status` is that of HTTP, and 0 where no answer came: then nobody knows whether it was done. `code` is Twilio's own.
    """

    def __init__(self, words: str, status: int = 0, code: int = 0) -> None:
        super().__init__(words)
        self.status, self.code = status, code


class TwilioAccount:
    """An account (see `is_account`) by the first of these tokens that Twilio believes there. Threads may share it.

    `patience` are the seconds to connect, and to answer. `http` stands in for the network.
    """

    def __init__(
        self, name: str, tokens: Sequence[str], http: HttpClient | None = None, *, patience: float = 20.0
    ) -> None:
        self.name, self.sid, self.region = name, sid_of(name), name.partition("@")[2]
        self._tokens, self._given, self._patience = tuple(tokens), http, patience

    def ask(self, ask: Callable[[Any], Any]) -> Any:
        """What Twilio's client, of this account, returns. AccountRefused otherwise."""
        for token in (tokens := self._tokens):
            try:
                with self._said():
                    answer = ask(self._client(token))
            except AccountRefused as refused:
                if refused.status != HTTPStatus.UNAUTHORIZED or token == tokens[-1]:
                    raise
            else:
                self._tokens = (token, *(each for each in tokens if each != token))
                return answer
        raise AccountRefused(f"Account {self.name}: there is no token. Set TWILIO_AUTH_TOKEN.")

    def look(self) -> None:
        """Nothing, where the account is in order. AccountRefused otherwise."""
        if (status := self.ask(lambda client: client.api.v2010.accounts(self.sid).fetch().status)) != "active":
            raise AccountRefused(f"Account {self.name}: Twilio says that it is {status}.")

    @contextmanager
    def _said(self) -> Iterator[None]:
        from requests import RequestException
        from twilio.base.exceptions import TwilioException, TwilioRestException

        try:
            yield
        except TwilioRestException as refused:  # its own words may hold a number
            raise self._refusal(refused.status, refused.code or 0) from None
        except TwilioException as unread:  # of a page, with Twilio's answer in it
            raise self._refusal(getattr(unread.args[-1], "status_code", 0), 0) from None
        except (RequestException, ValueError) as error:
            words = f"Account {self.name}: no answer of Twilio's came ({type(error).__name__})."
            raise AccountRefused(words) from error

    def _refusal(self, status: int, code: int) -> AccountRefused:
        match status:
            case HTTPStatus.UNAUTHORIZED:
                words = "TWILIO_AUTH_TOKEN has no token that it accepts."
            case HTTPStatus.FORBIDDEN:
                words = "Twilio refused, with status 403: it is suspended, or closed."
            case HTTPStatus.TOO_MANY_REQUESTS:
                words = "too many requests at present. Ask again in a minute: what is done stays done."
            case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                words = f"Twilio is in trouble (status {status}). Ask again later: what is done stays done."
            case _:
                words = f"Twilio refused, with status {status}" + (f" and error {code}." if code else ".")
        return AccountRefused(f"Account {self.name}: {words}", status, code)

    def _client(self, token: str) -> Any:
        from twilio.rest import Client

        where = {"region": self.region, "edge": _EDGES[self.region]} if self.region else {}
        return Client(self.sid, token, http_client=self._http, **where)

    @cached_property
    def _http(self) -> Any:
        from twilio.http.http_client import TwilioHttpClient

        return self._given or TwilioHttpClient(timeout=self._patience, max_retries=0)
