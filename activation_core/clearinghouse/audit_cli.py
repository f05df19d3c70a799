"""The commands for the audit log: read it, and tell whether it is whole."""

from __future__ import annotations

from dataclasses import asdict

import click

from activation_core import terminal
from activation_core.clearinghouse import audit_mark
from activation_core.clearinghouse.audit import Flaw, Head, in_words
from activation_core.clearinghouse.cli import Office, as_json, in_office, latest
from activation_core.terminal import table


@click.group()
def audit() -> None:
    """Read what was done at the desk and on the command line."""


@audit.command("list")
@latest
@as_json
@in_office
def list_(office: Office, limit: int, as_json: bool) -> None:
    """The latest entries, newest first."""
    entries = office.staff().audit.entries(limit)
    if as_json:
        click.echo(terminal.as_json([{**asdict(entry), "at": entry.at.isoformat()} for entry in entries]))
    elif entries:
        rows = [(str(entry.number), terminal.time(entry.at), entry.actor, in_words(entry)) for entry in entries]
        click.echo("\n".join(table(("No.", "Time (UTC)", "Who", "What"), rows)))
    else:
        click.echo("Nothing was done yet.", err=True)


@audit.command("verify")
@as_json
@in_office
def verify(office: Office, as_json: bool) -> None:
    """Tell whether the log is whole.

    Else it tells where it was tampered with, and the exit status is 1. Remembers in the key folder how far the log
    goes, so that the next look finds one that was put back.
    """
    mark = office.audit_mark()
    found = office.staff().audit.verify(audit_mark.read(mark))
    if isinstance(found, Head) and found.number:
        audit_mark.keep(mark, found)
    if as_json:
        click.echo(terminal.as_json({"whole": not isinstance(found, Flaw), **asdict(found)}))
    elif isinstance(found, Flaw):
        click.echo(found.words, err=True)
    else:
        click.echo(f"{found.number} {'entry' if found.number == 1 else 'entries'}, whole. {found.hash}".rstrip())
    if isinstance(found, Flaw):
        click.get_current_context().exit(1)
