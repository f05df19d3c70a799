"""Where somebody sits at a licensed computer in a terminal: which computer, who acts, what is typed.

For the commands of this folder. What stops one of them is said in one sentence.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn, get_args

import click

from activation_core import terminal
from activation_core.access_numbers import Directory, UnknownRegionError
from activation_core.machine.components import Reading
from activation_core.machine.computer import LicensedComputer
from activation_core.machine.service_client import LicensingError, Refused
from activation_core.machine.simulated_hardware import KeptHardware
from activation_core.mistyped import Mistyped
from activation_core.refusals import Refusal
from activation_core.roles import Actor, Role

ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True)
class Where:
    """Which computer, as it was chosen; '' or None is that of the settings."""

    home: Path | None = None
    site: Path | None = None
    machine: str = ""
    product: str = ""
    clearinghouse: str = ""


@dataclass(frozen=True)
class Workplace:
    """What the commands work with. Each part is opened when a command needs it, so `--help` opens nothing."""

    open: Callable[[Where], LicensedComputer]
    hardware: Callable[[Where], tuple[KeptHardware, Reading]]  # what is kept of it, and the profile as it came
    directory: Callable[[], Directory]
    document: Callable[[LicensedComputer, str], str]  # the page of a vendor's text
    now: Callable[[], datetime]
    user: Callable[[], str]  # of the operating system
    token: Callable[[], str]  # a new one, drawn at random
    profiles: Sequence[str]


class Seat:
    """One person at one computer, at one time."""

    def __init__(self, place: Workplace, where: Where, actor: str) -> None:
        self.place, self.where, self._actor = place, where, actor
        self.now = place.now()

    @cached_property
    def computer(self) -> LicensedComputer:
        return self.place.open(self.where)

    def computer_anew(self) -> LicensedComputer:
        """After its hardware was changed."""
        self.__dict__.pop("computer", None)
        return self.computer

    @cached_property
    def actor(self) -> Actor:
        name, _, role = self._actor.rpartition(":") if ":" in self._actor else (self._actor, "", "administrator")
        found: Role | None = next((each for each in ROLES if each == role), None)
        if found is None:
            raise click.BadParameter(f"The role is one of {', '.join(ROLES)}, not {role!r}.", param_hint="--as")
        return Actor(name or self.place.user(), found)

    def number_to_call(self, region: str | None) -> list[str]:
        """What to dial from there."""
        if not region:
            return ["For the number to call, say where from: --region with a country's two letters."]
        try:
            return terminal.number_to_call(self.place.directory().number_for(region))
        except UnknownRegionError as unknown:
            raise click.BadParameter(str(unknown), param_hint="--region") from unknown


class InOrder(click.Group):
    """Its help lists the commands in the order in which they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


_FOLDER = click.Path(file_okay=False, path_type=Path)
_AT: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "home": (
        "--home",
        {
            "type": _FOLDER,
            "help": "The folder of this computer. Each simulated computer has its own.  [default: MACHINE_FOLDER]",
        },
    ),
    "machine": (
        "--machine",
        {"help": "Its hardware, a profile of data/machines; the home remembers it.  [default: MACHINE_PROFILE]"},
    ),
    "product": ("--product", {"help": "A product, by number or name.  [default: the first]"}),
    "site": ("--site", {"type": _FOLDER, "help": "The folder that the servers of a site share."}),
    "actor": (
        "--as",
        {
            "metavar": "NAME[:ROLE]",
            "help": "Who acts: administrator, delegated or user. By default you, as the administrator of a simulated"
            " computer. A vendor's own program hands in the person who is logged on.",
        },
    ),
    "clearinghouse": (
        "--clearinghouse",
        {"metavar": "URL", "help": "Where the Internet method asks.  [default: CLEARINGHOUSE_URL]"},
    ),
}


def which_computer(*names: str, hidden: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options that choose it, or those of these names; a command takes them as well as its group."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed(names or tuple(_AT)):
            flag, settings = _AT[name]
            command = click.option(flag, name, hidden=hidden, **settings)(command)
        return command

    return decorate


def seated(command: Callable[..., None]) -> Callable[..., None]:
    """Hands a command its seat; what was typed wrong is status 2, any other no is 1."""

    @click.pass_context
    def at_work(context: click.Context, *arguments: Any, **options: Any) -> None:
        for name in _AT:
            options.pop(name, None)
        try:
            command(seat_of(context), *arguments, **options)
        except Mistyped as error:
            raise click.UsageError(str(error)) from error
        except Refused as refused:
            click.echo("\n".join([refused.detail, refused.next_step, f"Refusal: {refused.code}"]), err=True)
            context.exit(1)
        except BrokenPipeError:  # click ends quietly then
            raise
        except (LicensingError, OSError, ValueError) as error:
            raise click.ClickException(str(error)) from error

    return which_computer(hidden=True)(functools.update_wrapper(at_work, command))


def seat_of(context: click.Context) -> Seat:
    """What was chosen on the way to this command; what stands last wins."""
    chosen: dict[str, Any] = {}
    step: click.Context | None = context
    while step is not None:
        chosen = {**{name: value for name, value in step.params.items() if name in _AT and value}, **chosen}
        step = step.parent
    place = context.find_object(Workplace)
    if place is None:
        raise LookupError("the group above this command hands in its workplace")
    actor = chosen.pop("actor", "")
    seat = Seat(place, Where(**chosen), actor)
    _ = seat.actor  # a role that is none is refused before anything is done
    return seat


as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON, for programs.")
region = click.option("--region", help="Where you call from: a country's two letters, such as DE.")
sure = click.option("--yes", is_flag=True, help="Do not ask whether you are sure.")


# What was typed


def typed(given: Sequence[str], what: str) -> str:
    """What stands after the command; where nothing or `-` does, what is asked or comes in."""
    text = " ".join(given)
    if text in ("", "-"):
        text = " ".join(_coming_in(what))
    if not text.strip():
        raise click.UsageError(f"Give the {what}, or write it into the standard input.")
    return text


def typed_lines(given: Sequence[str], what: str) -> list[str]:
    """The same for several of them; of what comes in, one a line."""
    texts = list(given) if given and tuple(given) != ("-",) else _coming_in(what)
    texts = [text for text in texts if text.strip()]
    if not texts:
        raise click.UsageError(f"Give the {what}, or write it into the standard input, one a line.")
    return texts


def _coming_in(what: str) -> list[str]:
    """Lines; or the JSON of another command, so that they can be piped: `confirm ID --json | licensing accept 1`."""
    if sys.stdin.isatty():
        return [str(click.prompt(what[0].upper() + what[1:], err=True))]
    text, name = sys.stdin.read(), what.lower().replace(" ", "_")
    if not text.lstrip().startswith(("{", "[")):
        return text.splitlines()
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        raise click.UsageError(
            f"What came in is no JSON. Give the {what} itself, or what --json has written."
        ) from None
    entries = found if isinstance(found, list) else [found]
    return [str(entry[name]) for entry in entries if isinstance(entry, dict) and name in entry]


def make_sure(question: str, yes: bool) -> None:
    if not yes:
        click.confirm(question, abort=True, err=True)


# What is written


def write(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def show(as_json: bool, value: object, lines: Iterable[str]) -> None:
    """The one or the other; the lines are made only where they are needed."""
    if as_json:
        click.echo(terminal.as_json(value))
    else:
        write(lines)


def refuse(refusal: Refusal, as_json: bool, more: Sequence[str] = (), **values: Any) -> NoReturn:
    """Says why not, and ends with status 1. `more` stands in the place of its next step."""
    if as_json:
        click.echo(terminal.as_json({**terminal.no_as_json(refusal), **values}))
    else:
        words, next_step, code = terminal.no(refusal)
        lines = [*terminal.paragraph(words), *(more or terminal.paragraph(next_step)), code]
        click.echo("\n".join(lines), err=True)
    click.get_current_context().exit(1)


def done(refusal: Refusal | None, as_json: bool) -> None:
    """Goes on where there is no refusal."""
    if refusal:
        refuse(refusal, as_json)
