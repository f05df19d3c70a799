"""The commands of the simulator. Thin: what they need is handed in by app.py."""

from __future__ import annotations

import json
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import click
import httpx

from activation_core.access_numbers import REGIONS, Directory
from ivr import drawing
from ivr.dialogue import Flow
from ivr.simulator import scenario, time_budget, why
from ivr.simulator.calls_cli import calls_group
from ivr.simulator.carrier import Carrier
from ivr.simulator.coverage import Coverage, cover
from ivr.simulator.demo import demo
from ivr.simulator.events import Event
from ivr.simulator.explorer import Act, Exploration, Limits, Stop, explore, numerals_masked, to_json, to_mermaid
from ivr.simulator.fault_report import report
from ivr.simulator.junit import junit
from ivr.simulator.kept_calls import CallsUnreadable, KeptCall, KeptCalls
from ivr.simulator.line import ScriptedLine
from ivr.simulator.lint import Fault, Seen, lint
from ivr.simulator.load import Load
from ivr.simulator.message_service import MessageService
from ivr.simulator.personas import PERSONAS
from ivr.simulator.played import Played, as_json
from ivr.simulator.rehearsal import Rehearsal, dialling, mobile, number_to_call
from ivr.simulator.stage import SCENES, Stage
from ivr.simulator.transcript import clock, transcript
from ivr.simulator.trial import outcomes, trials_of_load, trials_with_faults
from ivr.simulator.why_page import Told, page
from ivr.simulator.wish import WITHHELD
from ivr.webhooks import LAST_RESORT
from ivr.wording import DEFAULT_LOCALE, Books

WHY = ("text", "json", "html")
_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)
_URL = click.option("--url", default="", help="The voice URL of an application that runs already.")
_STATUS_URL = click.option("--status-url", default="", help="Where that one is told that a call has ended.")
_PERSONA = click.option("--persona", type=click.Choice(sorted(PERSONAS)), help="Who calls: how fast, how patient.")


@dataclass(frozen=True)
class World:
    """A vendor, its clearinghouse and licensed computers, made for one run."""

    books: Books
    directory: Directory
    stage: Stage
    auth_token: str
    voice_url: str
    transport: httpx.BaseTransport | None  # None is real HTTP
    fallback_url: str | None = None
    status_url: str | None = None
    messages: MessageService | None = None  # that the application in this process sends by


@dataclass(frozen=True)
class History:
    """Where calls are kept, and what a call that is kept needs beside itself: an id, and the time."""

    open: Callable[[], KeptCalls]
    token_hex: Callable[[int], str]
    now: Callable[[], datetime]

    def keep(self, played: Played, of: scenario.Scenario, dialled: str) -> None:
        """CallsUnreadable where that cannot be done."""
        wish = {
            "dialled": dialled,
            "caller_region": of.region,
            "caller": WITHHELD if of.is_withheld else None,
            "desk_fault": of.trouble,
        }
        events = played.events if played.is_over else (*played.events, _left(played))
        call_id, at = self.token_hex(8), self.now()
        self.open().keep(KeptCall(call_id, at, wish, events, played.name, played.difference, played.line))


def _left(played: Played) -> Event:
    """A scripted caller goes no further than to the first difference."""
    why = f"it went another way than line {played.line} of its file says"
    return Event(played.seconds, "end", {"by": "caller", "why": why, "status": "completed"})


# Opens a world: seed (None is chance), the profile of its computers ('' is this computer), and the voice URL
# of an application that runs already ('' plays in process).
OpenWorld = Callable[[int | None, str, str], AbstractContextManager[World]]


def commands(open_world: OpenWorld, flow: Flow, profiles: Sequence[str], history: History) -> list[click.Command]:
    @click.command("demo")
    @click.option("--region", default="US", show_default=True, help="Where the caller is: a country's two letters.")
    @click.option("--language", default=DEFAULT_LOCALE, show_default=True, help="A locale, such as es-US.")
    @click.option("--seed", type=int, help="Make the same keys and IDs every time.")
    @click.option("--machine", type=click.Choice(profiles), help="Its hardware; without it, this computer's.")
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
    @_URL
    @_STATUS_URL
    @click.option("--transcript", "with_transcript", is_flag=True, help="Print each call as it went.")
    @click.option("--json", "as_json_", is_flag=True, help="Print everything that happened, for a program.")
    @click.option(
        "--why",
        "as_why",
        type=click.Choice(WHY),
        is_flag=False,
        flag_value="text",
        help="Tell what the caller and the server did, and why.  [without a word: text]",
    )
    @click.option("--output", type=_FILE, help="Write what --why tells into this file.")
    @click.option("--show-digits", is_flag=True, help="Tell the digits that --why masks.")
    @click.option("--junit", "junit_file", type=_FILE, help="Write the results as JUnit XML into this file.")
    @click.option("--keep", is_flag=True, help="Keep the calls, to be found on the page /calls.")
    @click.option("--seed", type=int, default=1, show_default=True, help="Make the same keys and IDs every time.")
    @_PERSONA
    def call_command(
        files: tuple[Path, ...],
        url: str,
        status_url: str,
        with_transcript: bool,
        as_json_: bool,
        as_why: str | None,
        output: Path | None,
        show_digits: bool,
        junit_file: Path | None,
        keep: bool,
        seed: int,
        persona: str | None,
    ) -> None:
        """Play scripted calls, each once: nothing is tried again.

        Exit status 0 where all go as their files say, 1 where one goes another way, 2 where a file cannot be
        read or its scene cannot be set.
        """
        if (output or show_digits) and not as_why:
            raise click.UsageError("--output and --show-digits belong to --why.")
        if as_why and (as_json_ or with_transcript) and not output:
            raise click.UsageError("With --json or --transcript, --why needs an --output.")
        scenarios = [_parsed(file, flow) for file in files]
        with _opened(open_world, seed, url, status_url) as world, httpx.Client(transport=world.transport) as client:
            rehearsal = Rehearsal(
                lambda: _carrier(world, client), world.stage, world.directory, world.books, in_process=not url
            )
            if persona:
                rehearsal = replace(rehearsal, persona=PERSONAS[persona])
            played = [_play(rehearsal, each) for each in scenarios]
            if keep:
                _keep(history, rehearsal, scenarios, played)
            told = _why(as_why, played, world.books, show_digits) if as_why else ""
            if output:
                output.write_text(told, "utf-8")
            if junit_file:
                junit_file.write_text(junit(played, world.books), "utf-8")
            if told and not output:
                click.echo(told, nl=False)
            elif as_json_:
                click.echo(json.dumps([as_json(each) for each in played], indent=2, ensure_ascii=False))
            else:
                for each in played:
                    _report(each, world.books, with_transcript)
                    if persona:
                        click.echo("\n".join(time_budget.lines(each.events, world.books)))
        sys.exit(any(each.difference for each in played))

    @click.command("draw")
    @click.option("--table", is_flag=True, help="As a Markdown table instead of a Mermaid flowchart.")
    def draw_command(table: bool) -> None:
        """Draw the call."""
        click.echo(drawing.table(flow) if table else drawing.mermaid(flow), nl=False)

    @click.command("explore")
    @_URL
    @_STATUS_URL
    @click.option("--calls", default=500, show_default=True, help="Stop after so many; all of this call takes 3,600.")
    @click.option("--json", "as_json_", is_flag=True, help="States, edges and findings, for a program.")
    @click.option("--mermaid", is_flag=True, help="The graph as a Mermaid flowchart.")
    def explore_command(url: str, status_url: str, calls: int, as_json_: bool, mermaid: bool) -> None:
        """Walk every way through a live call, and tell its dead ends.

        Over every key, silence and hang-up. Exit status 1 where something is found: a dead end, a circle, a step
        without 0, a call that ends without a word.
        """
        with _opened(open_world, 1, url, status_url) as world:
            walk = _walk(world, Limits(calls=calls))
        click.echo(to_json(walk) if as_json_ else to_mermaid(walk) if mermaid else _walk_in_words(walk), nl=not mermaid)
        sys.exit(bool(walk.findings()))

    @click.command("lint")
    @_URL
    @_STATUS_URL
    @click.option("--calls", default=500, show_default=True, help="Look at what so many calls show.")
    @click.option("--json", "as_json_", is_flag=True, help="Every fault with its rule and source, for a program.")
    def lint_command(url: str, status_url: str, calls: int, as_json_: bool) -> None:
        """Check a live call by the rules for voice menus and of TwiML.

        Without a URL also what this call declares and every prompt of its books. Exit status 1 where a rule is broken.
        """
        with _opened(open_world, 1, url, status_url) as world:
            walk = _walk(world, Limits(calls=calls))
            faults = lint(Seen(walk) if url else Seen(walk, flow, world.books))
        if as_json_:
            click.echo(json.dumps([_fault(each) for each in faults], indent=2, ensure_ascii=False))
        else:
            for each in faults:
                click.echo(f"{each.rule.number:>2} {each.rule.name}: {each.where}: {each.message} ({each.rule.source})")
            click.echo(f"{len(faults)} faults in {len(walk.states)} states; {walk.stopped or 'all was seen'}")
        sys.exit(bool(faults))

    @click.command("coverage")
    @click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
    def coverage_command(files: tuple[Path, ...]) -> None:
        """Tell which branches of the call scripted calls take.

        Without files, those of this program. Exit status 1 where a branch is missed.
        """
        paths = files or sorted(_SCENARIOS.glob("*.call"))
        with open_world(1, "lab-bench", "") as world:
            covered = cover(flow, [_parsed(path, flow) for path in paths], world.stage, world.directory, world.books)
        for line in _covered_in_words(covered):
            click.echo(line)
        sys.exit(not covered.is_complete)

    @click.command("faults")
    @click.option("--calls", default=100, show_default=True, type=click.IntRange(1))
    @click.option("--seed", type=int, default=1, show_default=True, help="Of the faults, the keys and the IDs.")
    @_PERSONA
    @click.option("--json", "as_json_", is_flag=True, help="The figures, for a program.")
    def faults_command(calls: int, seed: int, persona: str | None, as_json_: bool) -> None:
        """Play calls that go wrong, and count what comes of it.

        Keys get lost, fingers slip, callers hang up. Callers of all kinds and languages take turns; one key in ten is
        refused. Exit status 1 where a call ends in neither a confirmation that the computer accepts, nor a refusal, nor
        a person, nor the caller's hanging up.
        """
        personas = [PERSONAS[persona]] if persona else list(PERSONAS.values())
        with open_world(seed, "lab-bench", "") as world, httpx.Client(transport=world.transport) as client:
            trials = trials_with_faults(world.stage, sorted(world.books), personas, calls, seed)
            tries = [each.placed(_carrier(world, client), world.directory, world.books) for each in trials]
            found = report(tries, outcomes(tries, world.books), world.books)
        click.echo(json.dumps(found.as_json(), indent=2) if as_json_ else "\n".join(found.lines()))
        sys.exit(bool(found.lost))

    @click.command("load")
    @click.option("--calls", default=100, show_default=True, type=click.IntRange(1))
    @click.option("--concurrency", default=4, show_default=True, type=click.IntRange(1), help="So many at a time.")
    @click.option("--real-clock", is_flag=True, help="Take the time that a call takes, divided by --speed.")
    @click.option("--speed", type=click.FloatRange(0, min_open=True), help="Of the real clock.  [default: 1.0]")
    @_URL
    @_STATUS_URL
    @click.option("--seed", type=int, default=1, show_default=True, help="Make the same keys and IDs every time.")
    @_PERSONA
    @click.option("--json", "as_json_", is_flag=True, help="The figures, for a program.")
    def load_command(
        calls: int,
        concurrency: int,
        real_clock: bool,
        speed: float | None,
        url: str,
        status_url: str,
        seed: int,
        persona: str | None,
        as_json_: bool,
    ) -> None:
        """Place many calls at a time, and measure the webhooks.

        Each has a product key of its own. Exit status 1 where an answer is lost: a call that does not end in a
        confirmation which its computer accepts.
        """
        if speed is not None and not real_clock:
            raise click.UsageError("--speed belongs to --real-clock.")
        with _opened(open_world, seed, url, status_url) as world:
            trials = trials_of_load(world.stage, sorted(world.books), PERSONAS[persona or "expert"], calls)
            load = Load(
                lambda client: _carrier(world, client),
                world.transport,
                world.directory,
                world.books,
                clock=time.perf_counter,
                speed=(speed or 1.0) if real_clock else None,
            )
            found = load.play(trials, concurrency)
        click.echo(json.dumps(found.as_json(), indent=2) if as_json_ else "\n".join(found.lines()))
        sys.exit(bool(found.lost))

    return [
        demo_command,
        call_command,
        calls_group(history.open),
        draw_command,
        explore_command,
        lint_command,
        coverage_command,
        faults_command,
        load_command,
    ]


@contextmanager
def _opened(open_world: OpenWorld, seed: int, url: str, status_url: str) -> Iterator[World]:
    """A world with this computer; its number has this status URL, where one is named."""
    if status_url and not url:
        raise click.UsageError("--status-url belongs to --url.")
    with open_world(seed, "lab-bench", url) as world:
        yield replace(world, status_url=status_url or world.status_url)


def _carrier(world: World, client: httpx.Client) -> Carrier:
    return Carrier(
        client,
        auth_token=world.auth_token or None,
        voice_url=world.voice_url,
        fallback_url=world.fallback_url,
        status_url=world.status_url,
        messages=world.messages,
    )


def _play(rehearsal: Rehearsal, each: scenario.Scenario) -> Played:
    try:
        return rehearsal.play(each)
    except KeyError as error:
        scenes = ", ".join(SCENES)
        raise click.UsageError(f"{each.name}: {error.args[0]!r} is no scene; there are {scenes}") from error
    except ValueError as error:
        raise click.UsageError(f"{each.name}: {error}") from error


def _keep(
    history: History, rehearsal: Rehearsal, scenarios: Sequence[scenario.Scenario], played: Sequence[Played]
) -> None:
    try:
        for of, each in zip(scenarios, played, strict=True):
            history.keep(each, of, rehearsal.dialled(of))
    except CallsUnreadable as error:
        raise click.ClickException(str(error)) from error


def _why(form: str, played: Sequence[Played], books: Books, show_digits: bool) -> str:
    told = [(each, why.rows(each.events, books, show_digits=show_digits)) for each in played]
    match form:
        case "json":
            digits = "shown" if show_digits else "masked"
            return (
                json.dumps([_why_json(each, rows, digits) for each, rows in told], indent=2, ensure_ascii=False) + "\n"
            )
        case "html":
            calls = [Told(each.name, each.seconds, each.difference or "", rows) for each, rows in told]
            return page(calls, digits_shown=show_digits)
        case _:
            width = shutil.get_terminal_size((why.WIDEST, 0)).columns
            lines = [line for each, rows in told for line in [_verdict(each), *why.as_text(rows, width), ""]]
            return "\n".join(lines)


def _why_json(played: Played, rows: Sequence[why.Row], digits: str) -> dict[str, object]:
    return {
        "scenario": played.name,
        "difference": played.difference,
        "seconds": played.seconds,
        "digits": digits,
        "rows": why.as_json(rows),
    }


def _verdict(played: Played) -> str:
    verdict = "differs" if played.difference else "as written"
    more = "".join(f"\n  {told}" for told in (played.cause, played.difference) if told)
    return f"{verdict:<11} {played.name:<32} {clock(played.seconds)}{more}"


_SCENARIOS = Path(__file__).parents[2] / "data" / "scenarios"
_WHERE_MOST_IS_OFFERED = "US"  # two languages on one number


def _walk(world: World, limits: Limits) -> Exploration:
    """Over the call of this world, by a caller who has an Installation ID and can key it right and wrong."""
    region, (_, shown) = _WHERE_MOST_IS_OFFERED, world.stage.set("genuine")
    number = number_to_call(world.directory, region, "").e164
    with httpx.Client(transport=world.transport) as client:

        def place(line: ScriptedLine, call: int) -> None:
            # From a mobile: most is offered there.
            _carrier(world, client).place(dialling(region, number, f"explorer {call}", mobile(region)), line)

        return explore(place, useful=lambda stop: _digits(stop, shown), mask=_masked(world.books), limits=limits)


def _digits(stop: Stop, shown: str) -> list[Act]:
    """The Installation ID where all of it is asked for, else the block that is named."""
    if stop.num_digits == len(shown):
        wrong = str((int(shown[0]) + 1) % 10) + shown[1:]
        return [Act("the Installation ID", shown), Act("the Installation ID with block 1 wrong", wrong)]
    named = re.findall(r"\d+", stop.words)
    blocks = {str(place + 1): shown[place * 7 : place * 7 + 7] for place in range(7)} if stop.num_digits == 7 else {}
    return [Act(f"block {place}", blocks[place]) for place in named if place in blocks]


def _masked(books: Books) -> Callable[[str, str], str]:
    return lambda words, locale: numerals_masked(books[locale].numerals(words) if locale in books else words, locale)


def _walk_in_words(walk: Exploration) -> str:
    found = [f"{each.kind}: after {', '.join(each.way) or 'the answer'}: {each.message}" for each in walk.findings()]
    counted = (
        f"{len(walk.states)} states, {len(walk.edges)} edges, {walk.calls} calls; {walk.stopped or 'all was seen'}"
    )
    return "\n".join([*found, counted])


def _fault(fault: Fault) -> dict[str, object]:
    rule = fault.rule
    told = {"rule": rule.number, "name": rule.name, "severity": rule.severity, "source": rule.source}
    return {**told, "where": fault.where, "message": fault.message}


def _covered_in_words(covered: Coverage) -> list[str]:
    missed = [f"missed: {at or 'the start'} —{outcome or 'then'}→ {to}" for at, outcome, to in covered.missed]
    differing = [f"differs, and counts up to there: {each}" for each in covered.differing]
    total = len(covered.branches)
    return [*differing, *missed, f"{total - len(covered.missed)} of {total} branches: {covered.percent} %"]


def _parsed(path: Path, flow: Flow) -> scenario.Scenario:
    try:
        return scenario.parse(path.name, path.read_text("utf-8"), {*flow.prompts(), *LAST_RESORT})
    except scenario.Unreadable as error:
        raise click.UsageError(str(error)) from error
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{path.name} is no text in UTF-8: {error.reason} at byte {error.start}") from error


def _check_region(region: str) -> None:
    if region.upper() not in REGIONS:
        raise click.UsageError(f"{region!r} is no country or region; two letters such as DE are expected.")


def _report(played: Played, books: Books, with_transcript: bool) -> None:
    click.echo(_verdict(played))
    if with_transcript or played.difference:
        for line in transcript(played.events, books):
            click.echo(f"  {line}")
