"""`app.py numbers sync`: points the numbers of the Twilio accounts at this application, or tells what would change."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import click

from activation_core.access_numbers import Directory
from activation_core.terminal import as_json, listed, paragraph, table
from ivr.account_numbers import ROUTE, AccountNumber, change, numbers_of
from ivr.number_sync import Difference, compare, entry, wanted
from ivr.twilio_account import AccountRefused, TwilioAccount, sid_of

FILE = "data/access_numbers.toml"


@dataclass(frozen=True)
class Company:
    """What the command works with. `unasked` are the accounts that are down."""

    accounts: Sequence[TwilioAccount]
    public_url: str
    directory: Directory
    locales: Iterable[str]
    unasked: Collection[str] = ()


def sync(company: Callable[[], Company]) -> click.Command:
    @click.command("sync")
    @click.option("--apply", "applies", is_flag=True, help="Change the numbers; without it, only tell.")
    @click.option("--json", "in_json", is_flag=True, help="Write JSON, for programs.")
    def command(applies: bool, in_json: bool) -> None:
        """Point the numbers of the Twilio accounts at PUBLIC_URL.

        Only those that the directory lists are changed; for the others the lines are shown with which it would list
        them. The accounts are those of TWILIO_ACCOUNT_SID but for those that are down; where one does not answer, the
        others are gone through all the same.
        """
        try:
            _run(company(), applies, in_json)
        except (OSError, ValueError) as error:
            raise click.ClickException(str(error)) from error

    return command


def _run(company: Company, applies: bool, in_json: bool) -> None:
    if not company.accounts:
        raise ValueError("Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, so that Twilio can be asked.")
    settings, refused = wanted(company.public_url), dict[str, AccountRefused]()
    first = {account.sid: account for account in reversed(company.accounts)}  # of its regions the one that takes calls
    found: list[AccountNumber] = []
    for account in company.accounts:
        with _noted(refused, account.name):
            routes = [ROUTE] if account.region and account is first[account.sid] else []
            found += numbers_of(account, [*settings, *routes])
    if len(refused) < len(company.accounts):
        difference = compare(company.directory, found, settings, {*company.unasked, *map(sid_of, refused)})
        _tell_and_do(company, difference, len({number.e164 for number in found}), refused, applies, in_json)
    if refused:
        raise AccountRefused("\n".join(map(str, refused.values())))


def _tell_and_do(
    company: Company,
    difference: Difference,
    found: int,
    refused: dict[str, AccountRefused],
    applies: bool,
    in_json: bool,
) -> None:
    if not in_json:
        click.echo("\n".join(_lines(difference, found, company.locales)))
    if applies:
        _apply(company.accounts, difference, refused)
    elif difference.changes and not in_json:
        click.echo("\nNothing was changed yet. To change it: app.py numbers sync --apply")
    if in_json:
        click.echo(as_json(_told(difference, applies)))


def _apply(accounts: Sequence[TwilioAccount], difference: Difference, refused: dict[str, AccountRefused]) -> None:
    named = {account.name: account for account in accounts}
    for number, changes in difference.changes:
        if number.account not in refused:
            with _noted(refused, number.account):
                change(named[number.account], number, changes)
                click.echo(f"Changed {_shown(number)}.", err=True)


@contextmanager
def _noted(refused: dict[str, AccountRefused], account: str) -> Iterator[None]:
    """An account that refuses does not keep the others from being gone through."""
    try:
        yield
    except AccountRefused as error:
        refused[account] = error


def _shown(number: AccountNumber) -> str:
    return f"{number.e164} in {number.region}" if number.region else number.e164


def _lines(difference: Difference, owned: int, locales: Iterable[str]) -> list[str]:
    lines = _changes(difference.changes) or [f"Nothing is to be changed at the {owned} numbers that take calls."]
    for number in difference.trunked:
        lines += paragraph(f"{number.e164} goes over a SIP trunk, and is left alone: take it off the trunk first.")
    for number in difference.misplaced:
        lines += paragraph(f"{FILE} should say to which account {number.e164} belongs. Put into its entry:")
        lines += [f'account = "{number.owner}"']
    if difference.unlisted:
        lines += ["", f"Not in {FILE}, and so left alone. To list them, put there:"]
        for number in difference.unlisted:
            lines += ["", *entry(number.e164, locales, number.owner if difference.several else "")]
    if real := [number.e164 for number in difference.unowned if not number.example]:
        lines += [
            "",
            *paragraph(f"Warning: callers are sent to these numbers, and no account has them: {listed(real)}."),
        ]
    if examples := sum(number.example for number in difference.unowned):
        lines += ["", *paragraph(f"{examples} numbers of {FILE} are examples that reach nobody: put yours there.")]
    return lines


def _changes(changes: Iterable[tuple[AccountNumber, Mapping[str, str]]]) -> list[str]:
    rows = [
        (_shown(number), name, f"{number.settings[name] or 'nothing'} → {value or 'nothing'}")
        for number, settings in changes
        for name, value in settings.items()
    ]
    return table(("Number", "Setting", "Is → should be"), rows) if rows else []


def _told(difference: Difference, applies: bool) -> object:
    return {
        "changes": [
            {
                "number": number.e164,
                "account": number.account,
                "setting": name,
                "is": number.settings[name],
                "to": value,
            }
            for number, settings in difference.changes
            for name, value in settings.items()
        ],
        "applied": applies,
        "not_in_directory": [number.e164 for number in difference.unlisted],
        "in_no_account": [number.e164 for number in difference.unowned],
        "on_a_trunk": [number.e164 for number in difference.trunked],
        "of_another_account": {number.e164: number.owner for number in difference.misplaced},
    }
