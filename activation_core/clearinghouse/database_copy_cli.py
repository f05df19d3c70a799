"""The commands that back the database up while calls go on, and restore it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from activation_core.clearinghouse.audit import Flaw
from activation_core.clearinghouse.database_copy import Audited, Judged, Unfit, copy, judge, put_back
from activation_core.clearinghouse.store import StoreDown
from activation_core.terminal import table

_NOT_THE_KEYS = "The keys are not in it: back KEY_FOLDER up apart from it. Without them the database confirms nothing."


def backup_commands(
    database_url: Callable[[], str], audited: Audited, now: Callable[[], datetime]
) -> list[click.Command]:
    """`backup` and `restore`; `audited` judges the audit log of a store."""

    @click.command()
    @click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
    @click.option("--force", is_flag=True, help="Replace FILE if there is one.")
    def backup(file: Path, force: bool) -> None:
        """Copy the database to FILE while calls go on, and check it.

        One moment of it, in one file that only you can read. The keys are not in it.
        """
        source = _sqlite(database_url())
        if not source.is_file():
            raise click.ClickException(f"There is no database at {source}.")
        if file.exists() and not force:
            raise click.ClickException(f"There is a file {file} already. Name another one, or: --force")
        try:
            copy(source, file)
            _tell(judge(file, audited))
        except (Unfit, StoreDown, OSError) as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"{file} is whole. {_NOT_THE_KEYS}")

    @click.command()
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--verify", is_flag=True, help="Only tell whether FILE is whole; nothing is changed.")
    @click.option("--force", is_flag=True, help="Replace the database that is there; it is kept beside it.")
    def restore(file: Path, verify: bool, force: bool) -> None:
        """Put a backup back as the database, once it is found whole.

        What was confirmed since that backup is forgotten: a product key can then be used on a second computer.
        """
        database = _sqlite(database_url())
        try:
            judged = judge(file, audited)
            _tell(judged)
            if verify:
                click.echo(f"{file} is whole. {_NOT_THE_KEYS}")
                click.get_current_context().exit(1 if isinstance(judged.audit, Flaw) else 0)
            if database.exists() and not force:
                raise Unfit(f"There is a database at {database} already. To replace it: --force")
            if database.exists():
                kept = database.with_name(f"{database.name}.before-{now():%Y%m%dT%H%M%SZ}")
                copy(database, kept)
                click.echo(f"The database that was there is kept as {kept}.")
            put_back(file, database)
        except (Unfit, StoreDown, OSError) as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"{database} is as it was in {file}. {_NOT_THE_KEYS}")

    return [backup, restore]


def _sqlite(url: str) -> Path:
    if not url.startswith("sqlite:///"):
        raise click.ClickException("PostgreSQL backs itself up: see pg_dump and pg_restore. These are for SQLite.")
    return Path(url.removeprefix("sqlite:///"))


def _tell(judged: Judged) -> None:
    click.echo("\n".join(table(("Table", "Rows"), [(name, f"{rows:,}") for name, rows in judged.tables.items()])))
    if judged.missing:
        click.echo(f"It is of an earlier version; the next start adds {', '.join(judged.missing)}.")
    if isinstance(judged.audit, Flaw):
        click.echo(f"The audit log is not whole, or of another KEY_FOLDER: {judged.audit.words}", err=True)
    else:
        click.echo(f"The audit log is whole: {judged.audit.number} entries.")
