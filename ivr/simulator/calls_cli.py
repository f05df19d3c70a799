"""The calls that are kept, in the terminal: listed, told and handed on. Thin, over what the page at /calls uses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from ivr.simulator.call_file import FORMS, call_file
from ivr.simulator.kept_calls import CallsUnreadable, Entry, KeptCall, KeptCalls, Sought
from ivr.simulator.transcript import clock
from ivr.simulator.why import WIDEST, as_text, rows

_SHOW_DIGITS = click.option("--show-digits", is_flag=True, help="Tell the digits, which are masked otherwise.")


def calls_group(open_calls: Callable[[], KeptCalls]) -> click.Group:
    @click.group("calls")
    def group() -> None:
        """See the simulated calls that are kept."""

    @group.command("list")
    @click.argument("words", nargs=-1)
    @click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="So many at most.")
    @click.option("--json", "as_json", is_flag=True, help="Write JSON, for programs.")
    def list_command(words: tuple[str, ...], limit: int, as_json: bool) -> None:
        """List calls, the latest first.

        With WORDS, those in which all of them were said.
        """
        with _readable():
            entries, _ = open_calls().search(Sought(" ".join(words)), limit)
        if as_json:
            click.echo(json.dumps([_as_json(each) for each in entries], indent=2, ensure_ascii=False))
            return
        for each in entries:
            differs = "  differs from its file" if each.difference is not None else ""
            what = f"{each.placed_at.astimezone():%Y-%m-%d %H:%M}  {clock(each.gist.seconds)}  {each.gist.words}"
            click.echo(f"{each.id}  {what}  {each.scenario}{differs}".rstrip())

    @group.command("show")
    @click.argument("call_id", metavar="ID")
    @_SHOW_DIGITS
    def show_command(call_id: str, show_digits: bool) -> None:
        """Tell what happened in a call, and why."""
        kept = open_calls()
        told = rows(_found(kept, call_id).events, kept.books, show_digits=show_digits)
        click.echo("\n".join(as_text(told, shutil.get_terminal_size((WIDEST, 0)).columns)))

    @group.command("export")
    @click.argument("call_ids", metavar="ID…", nargs=-1, required=True)
    @click.option("--as", "form", type=click.Choice(list(FORMS)), default="html", show_default=True)
    @click.option("--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Not to the screen.")
    @_SHOW_DIGITS
    def export_command(call_ids: tuple[str, ...], form: str, output: Path | None, show_digits: bool) -> None:
        """Write calls into one file, to be handed on."""
        kept = open_calls()
        played = [_found(kept, each).played for each in call_ids]
        text = call_file(form, played, kept.books, show_digits=show_digits)
        if output:
            output.write_text(text, "utf-8")
        else:
            click.echo(text, nl=False)

    return group


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except CallsUnreadable as error:
        raise click.ClickException(str(error)) from error


def _found(kept: KeptCalls, call_id: str) -> KeptCall:
    with _readable():
        call = kept.find(call_id)
    if call is None:
        raise click.ClickException(f"There is no call {call_id}. `calls list` tells which there are.")
    return call


def _as_json(entry: Entry) -> dict[str, object]:
    told = entry.gist
    return {
        "id": entry.id,
        "placed_at": entry.placed_at.isoformat(),
        "scenario": entry.scenario,
        "differs": entry.difference is not None,
        "outcome": told.outcome,
        "words": told.words,
        "seconds": told.seconds,
        "languages": list(told.languages),
        "step": told.step,
        "problems": told.problems,
    }
