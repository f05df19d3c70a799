"""The numbers of a Twilio account: read, and pointed somewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from ivr.twilio_account import AccountRefused, TwilioAccount, sid_of

ROUTE = "voice_region"  # the one setting that is the number's alone, whichever region is asked for it
_PAGE = 100  # numbers in one answer
_USUAL = "us1"  # where calls go that nobody routed


@dataclass(frozen=True)
class AccountNumber:
    """A number that takes calls, and its settings under the names that Twilio's REST API has for them.

    `account` is the account's name, with its region: the same number has settings of its own in each.
    `trunk`: its calls go over a SIP trunk, whatever the settings say.
    """

    account: str
    sid: str
    e164: str
    settings: Mapping[str, str]
    trunk: bool

    @property
    def owner(self) -> str:
        return sid_of(self.account)

    @property
    def region(self) -> str:
        """'' where none is named."""
        return self.account.partition("@")[2]


def numbers_of(account: TwilioAccount, names: Sequence[str]) -> list[AccountNumber]:
    """All that take calls, with the settings of these names."""
    found = account.ask(lambda client: client.incoming_phone_numbers.list(page_size=_PAGE))
    return [
        AccountNumber(
            account.name,
            one.sid,
            one.phone_number,
            {name: _route(account, one.phone_number) if name == ROUTE else getattr(one, name) or "" for name in names},
            bool(one.trunk_sid),
        )
        for one in found
        if one.capabilities.get("voice")
    ]


def change(account: TwilioAccount, number: AccountNumber, settings: Mapping[str, str]) -> None:
    """Calls are routed last, to where they are expected by then."""
    if here := {name: value for name, value in settings.items() if name != ROUTE}:
        account.ask(lambda client: client.incoming_phone_numbers(number.sid).update(**here))
    if ROUTE in settings:
        account.ask(lambda client: client.routes.v2.phone_numbers(number.e164).update(voice_region=settings[ROUTE]))


def _route(account: TwilioAccount, e164: str) -> str:
    try:
        route: str = account.ask(lambda client: client.routes.v2.phone_numbers(e164).fetch().voice_region)
    except AccountRefused as refused:
        if refused.status != HTTPStatus.NOT_FOUND:
            raise
        return _USUAL
    return route
