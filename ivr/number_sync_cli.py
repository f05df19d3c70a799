"""`app.py numbers sync`: points the numbers of the Twilio accounts at this application, or tells what would change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import click

from activation_core.access_numbers import Directory
from activation_core.terminal import as_json, listed, paragraph, table
from ivr.account_numbers import AccountNumber, TwilioAccount
from ivr.number_sync import Difference, compare, entry, wanted

FILE = "data/access_numbers.toml"


@dataclass(frozen=True)
class Company:
    """What the command works with."""

    accounts: Sequence[TwilioAccount]
    public_url: str
    directory: Directory
    locales: Iterable[str]


def sync(company: Callable[[], Company]) -> click.Command:
    @click.command("sync")
    @click.option("--apply", "applies", is_flag=True, help="Change the numbers; without it, only tell.")
    @click.option("--json", "in_json", is_flag=True, help="Write JSON, for programs.")
    def command(applies: bool, in_json: bool) -> None:
        """Point the numbers of the Twilio accounts at PUBLIC_URL.

        Only those that the directory lists are changed; for the others the lines are shown with which it would list
        them. The accounts are those of TWILIO_ACCOUNT_SID.
        """
        try:
            _run(company(), applies, in_json)
        except (OSError, ValueError) as error:
            raise click.ClickException(str(error)) from error

    return command


def _run(company: Company, applies: bool, in_json: bool) -> None:
    if not company.accounts:
        raise ValueError("Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, so that Twilio can be asked.")
    settings = wanted(company.public_url)
    owned = [number for account in company.accounts for number in account.numbers(list(settings))]
    difference = compare(company.directory, owned, settings)
    if not in_json:
        click.echo("\n".join(_lines(difference, len(owned), company.locales)))
    if applies:
        _apply(company.accounts, difference)
    elif difference.changes and not in_json:
        click.echo("\nNothing was changed yet. To change it: app.py numbers sync --apply")
    if in_json:
        click.echo(as_json(_told(difference, applies)))


def _apply(accounts: Sequence[TwilioAccount], difference: Difference) -> None:
    of_sid = {account.sid: account for account in accounts}
    for number, changes in difference.changes:
        of_sid[number.account].set(number, changes)
        click.echo(f"Changed {number.e164}.", err=True)


def _lines(difference: Difference, owned: int, locales: Iterable[str]) -> list[str]:
    lines = _changes(difference.changes) or [f"Nothing is to be changed at the {owned} numbers that take calls."]
    for number in difference.trunked:
        lines += paragraph(f"{number.e164} goes over a SIP trunk, and is left alone: take it off the trunk first.")
    if difference.unlisted:
        lines += ["", f"Not in {FILE}, and so left alone. To list them, put there:"]
        for number in difference.unlisted:
            lines += ["", *entry(number.e164, locales)]
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
        (number.e164, name, f"{number.settings[name] or 'nothing'} → {value or 'nothing'}")
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
    }
