"""The command that moves the records to PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from activation_core.clearinghouse.store import StoreDown
from activation_core.clearinghouse.stores import WITHOUT_EXTRA
from activation_core.terminal import table


def move_database(database_url: Callable[[], str], clock: Callable[[], float]) -> click.Command:
    @click.command("move-database")
    @click.argument("url", metavar="POSTGRESQL_URL")
    def command(url: str) -> None:
        """Move the records from SQLite to PostgreSQL while calls go on.

        That database is empty before. Everything is copied and compared row by row; callers may hear "one moment" while
        it is compared. At the end the file of SQLite refuses everything: set DATABASE_URL to the new address on every
        machine and start again.
        """
        try:
            _move(database_url(), url, clock)
        except (StoreDown, ValueError) as error:
            raise click.ClickException(str(error)) from error

    return command


def _move(source: str, url: str, clock: Callable[[], float]) -> None:
    path = Path(source.removeprefix("sqlite:///"))
    if not source.startswith("sqlite:///") or not path.is_file():
        raise ValueError("DATABASE_URL names no file of SQLite, so there is nothing to move.")
    try:
        from activation_core.clearinghouse.moving import move
    except ModuleNotFoundError:
        raise ValueError(WITHOUT_EXTRA) from None
    moved = move(path, url, clock, lambda words: click.echo(words, err=True))
    rows = [(name, f"{count:,}", digest[:16]) for name, (count, digest) in moved.tables.items()]
    click.echo("\n".join(table(("Table", "Rows", "SHA-256"), rows)))
    click.echo(f"Moved and compared in {moved.seconds:.1f} s, of which writers waited {moved.waited:.1f} s.")
    click.echo("Set DATABASE_URL to the new address on every machine, and start the application again.")
