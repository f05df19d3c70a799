"""The commands for accounts at the operator's desk."""

from __future__ import annotations

import sys

import click

from activation_core import terminal
from activation_core.clearinghouse.cli import Office, as_json, in_office
from activation_core.terminal import table, time


@click.group()
def operators() -> None:
    """Say who may sign in at the operator's desk.

    Passwords are asked for twice, or read from the first line of the input where that is no terminal.
    """


@operators.command("add")
@click.argument("name")
@in_office
def add(office: Office, name: str) -> None:
    """Let NAME sign in at /desk."""
    added = office.staff().accounts.add(name, _password(), office.user(), office.now())
    click.echo(f"{added} can sign in at /desk.")


@operators.command("list")
@as_json
@in_office
def list_(office: Office, as_json: bool) -> None:
    """Show who may sign in."""
    found = office.staff().accounts.operators(office.now())
    if as_json:
        told = [{"name": one.name, "added_at": one.added_at.isoformat(), "locked": one.is_locked} for one in found]
        click.echo(terminal.as_json(told))
    elif found:
        rows = [(one.name, time(one.added_at), "locked out" if one.is_locked else "") for one in found]
        click.echo("\n".join(table(("Name", "Added (UTC)", ""), rows)))
    else:
        click.echo("There is no operator yet. Add one: app.py operators add NAME", err=True)


@operators.command("remove")
@click.argument("name")
@in_office
def remove(office: Office, name: str) -> None:
    """Let NAME sign in no more, and end the sessions there are.

    What the audit log says about the name stays.
    """
    office.staff().accounts.remove(name, office.user(), office.now())
    click.echo("Removed, and signed out everywhere.")


@operators.command("unlock")
@click.argument("name")
@in_office
def unlock(office: Office, name: str) -> None:
    """Let NAME in again after too many wrong passwords."""
    was_counted = office.staff().accounts.unlock(name, office.user(), office.now())
    click.echo("Let in again." if was_counted else "There were no wrong passwords to forget.")


@operators.command("password")
@click.argument("name")
@in_office
def password(office: Office, name: str) -> None:
    """Give NAME another password, and end the sessions there are."""
    office.staff().accounts.change_password(name, _password(), office.user(), office.now())
    click.echo("Changed, and signed out everywhere.")


def _password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt="Once more"))
    return sys.stdin.readline().rstrip("\r\n")
