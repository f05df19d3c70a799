"""`app.py doctor`: the settings with their origins, what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict

import click

from activation_core import terminal
from activation_core.clearinghouse.doctor import Finding, Shown

_UNSET = "default"
Examined = tuple[list[Shown], Iterable[Finding]]


def doctor_command(examine: Callable[[str | None, int], Examined]) -> click.Command:
    """`examine` is told the file of `--settings`, and the port."""

    @click.command()
    @click.option("--port", default=8000, show_default=True, help="The port that would be listened on.")
    @click.option("--json", "as_json", is_flag=True, help="Write JSON, for programs.")
    @click.pass_context
    def doctor(context: click.Context, port: int, as_json: bool) -> None:
        """Tell each setting, what is wrong, and what to do.

        And where each comes from. Secrets are only counted, and nothing is changed; Twilio is asked whether its
        accounts are in order. The exit status is 1 where something is wrong.
        """
        file = context.parent.params.get("settings") if context.parent else None
        settings, found = examine(file, port)
        found = list(found)
        if as_json:
            told = {"settings": [asdict(each) for each in settings], "findings": [asdict(each) for each in found]}
            click.echo(terminal.as_json(told))
        else:
            for setting in settings:
                origin = "" if setting.origin == _UNSET else f"  ({setting.origin})"
                click.echo(f"{setting.name:<22}{setting.value or 'none'}{origin}")
            for each in sorted(found, key=lambda each: each.kind, reverse=True):
                click.echo(f"\n{each.kind.upper():<6}{each.words}\n      {each.do}")
            wrong = sum(each.kind == "wrong" for each in found)
            click.echo(f"\n{wrong} wrong." if wrong else "\nNothing is wrong.")
        context.exit(1 if any(each.kind == "wrong" for each in found) else 0)

    return doctor
