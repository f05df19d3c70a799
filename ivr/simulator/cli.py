"""The commands of the simulator: `demo`, `call`, `draw`. Thin: what they need is handed in by app.py."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import click
import httpx

from activation_core.access_numbers import REGIONS, Directory
from ivr import drawing
from ivr.dialogue import Flow
from ivr.simulator import scenario
from ivr.simulator.carrier import Carrier
from ivr.simulator.demo import demo
from ivr.simulator.events import as_json
from ivr.simulator.rehearsal import Played, Rehearsal
from ivr.simulator.stage import Stage
from ivr.simulator.transcript import clock, transcript
from ivr.wording import DEFAULT_LOCALE, Books


@dataclass(frozen=True)
class World:
    """A vendor, its clearinghouse and licensed computers, made for one run."""

    books: Books
    directory: Directory
    stage: Stage
    auth_token: str
    voice_url: str
    transport: httpx.BaseTransport | None  # None is real HTTP


# Opens a world: seed (None is chance), the profile of its computers ('' is this computer), and the voice URL
# of an application that runs already ('' plays in process).
OpenWorld = Callable[[int | None, str, str], AbstractContextManager[World]]


def commands(open_world: OpenWorld, flow: Flow, profiles: Sequence[str]) -> list[click.Command]:
    @click.command("demo")
    @click.option("--region", default="US", show_default=True, help="Where the caller is: a country's two letters.")
    @click.option("--language", default=DEFAULT_LOCALE, show_default=True, help="A locale, such as es-US.")
    @click.option("--seed", type=int, help="Make the same keys and IDs every time.")
    @click.option(
        "--machine", type=click.Choice(profiles), help="Its hardware; without it, this computer's."
    )
    def demo_command(region: str, language: str, seed: int | None, machine: str | None) -> None:
        """Activate by telephone, here in the terminal.

        The whole way from the Installation ID to the computer that accepts the Confirmation ID; no server is needed.
        """
        with open_world(seed, machine or "", "") as world:
            _check_region(region)
            if language not in world.books:
                raise click.UsageError(f"There is no prompt book for {language}; there are {', '.join(world.books)}.")
            with httpx.Client(transport=world.transport) as client:
                activated = demo(
                    region.upper(),
                    language,
                    stage=world.stage,
                    carrier=_carrier(world, client),
                    directory=world.directory,
                    books=world.books,
                    say=click.echo,
                )
        sys.exit(not activated)

    @click.command("call")
    @click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--url", default="", help="The voice URL of an application that runs already.")
    @click.option("--transcript", "with_transcript", is_flag=True, help="Print each call as it went.")
    @click.option("--json", "as_json_", is_flag=True, help="Print everything that happened, for a program.")
    @click.option("--seed", type=int, default=1, show_default=True, help="Make the same keys and IDs every time.")
    def call_command(files: tuple[Path, ...], url: str, with_transcript: bool, as_json_: bool, seed: int) -> None:
        """Play scripted calls.

        Exit status 1 where one goes another way than its file says.
        """
        try:
            scenarios = [scenario.parse(file.name, file.read_text("utf-8")) for file in files]
        except (scenario.Unreadable, UnicodeDecodeError) as error:
            raise click.UsageError(str(error)) from error
        with open_world(seed, "lab-bench", url) as world, httpx.Client(transport=world.transport) as client:
            rehearsal = Rehearsal(lambda: _carrier(world, client), world.stage, world.directory, world.books)
            played = [_play(rehearsal, each) for each in scenarios]
            if as_json_:
                click.echo(json.dumps([_json(each) for each in played], indent=2, ensure_ascii=False))
            else:
                for each in played:
                    _report(each, world.books, with_transcript)
        sys.exit(any(each.difference for each in played))

    @click.command("draw")
    @click.option("--table", is_flag=True, help="As a Markdown table instead of a Mermaid flowchart.")
    def draw_command(table: bool) -> None:
        """Draw the call."""
        click.echo(drawing.table(flow) if table else drawing.mermaid(flow), nl=False)

    return [demo_command, call_command, draw_command]


def _carrier(world: World, client: httpx.Client) -> Carrier:
    return Carrier(client, auth_token=world.auth_token or None, voice_url=world.voice_url)


def _play(rehearsal: Rehearsal, each: scenario.Scenario) -> Played:
    try:
        return rehearsal.play(each)
    except KeyError as error:
        raise click.UsageError(f"{each.name}: {error.args[0]!r} is no scene that can be given") from error
    except ValueError as error:
        raise click.UsageError(f"{each.name}: {error}") from error


def _check_region(region: str) -> None:
    if region.upper() not in REGIONS:
        raise click.UsageError(f"{region!r} is no country or region; two letters such as DE are expected.")


def _report(played: Played, books: Books, with_transcript: bool) -> None:
    verdict = "differs" if played.difference else "as written"
    click.echo(f"{verdict:<11} {played.scenario.name:<32} {clock(played.seconds)}")
    if played.difference:
        click.echo(f"  {played.difference}")
    if with_transcript or played.difference:
        for line in transcript(played.events, books):
            click.echo(f"  {line}")


def _json(played: Played) -> dict[str, object]:
    return {
        "scenario": played.scenario.name,
        "difference": played.difference,
        "seconds": played.seconds,
        "events": [as_json(event) for event in played.events],
    }
