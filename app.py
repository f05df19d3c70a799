"""Phone Activation: the application and its command line. What they are made of is put together in `wiring`."""

from __future__ import annotations

import os
from functools import cache

import click
from dotenv import dotenv_values

from wiring.data_files import DATA, read_books, read_directory, read_languages, read_products
from wiring.parts import Parts, now, parts_of_this_run
from wiring.serving import serve
from wiring.settings import Settings, current_settings, read_settings
from wiring.voice import TelephoneDesk
from wiring.web import create_app

__all__ = [
    "DATA",
    "Parts",
    "Settings",
    "TelephoneDesk",
    "create_app",
    "current_settings",
    "main",
    "now",
    "parts_of_this_run",
    "read_books",
    "read_directory",
    "read_languages",
    "read_products",
    "read_settings",
]


class Commands(click.Group):
    """`serve` at once; the others, which take most of both packages, when one of them is asked for."""

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        return super().get_command(context, name) or _others().get(name)

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted([*super().list_commands(context), *_others()])


@cache
def _others() -> dict[str, click.Command]:
    from wiring.commands import COMMANDS

    return {command.name: command for command in COMMANDS if command.name}


@click.group(cls=Commands, invoke_without_command=True)
@click.option("--settings", type=click.Path(exists=True, dir_okay=False), help="Read the settings from this file.")
@click.pass_context
def main(context: click.Context, settings: str | None) -> None:
    """Activate software by telephone, and try out such calls. Without a command: serve."""
    if settings:  # into the environment, where the processes that serve find them as well
        os.environ.update({name: value for name, value in dotenv_values(settings).items() if value is not None})
    if context.invoked_subcommand is None:
        context.invoke(serve)
    elif context.invoked_subcommand != serve.name:
        from wiring.commands import office

        context.obj = office()


main.add_command(serve)

if __name__ == "__main__":
    main()
