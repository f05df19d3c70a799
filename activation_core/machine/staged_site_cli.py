"""The command that stages a whole site, and tells what to try on it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from activation_core import terminal
from activation_core.machine.staged_site import DEAD, SERVERS, StagedSite


def env_file(folder: Path, server: str) -> Path:
    """The settings of one of the servers."""
    return folder / f"{server}.env"


def site(stage: Callable[[Path, int], StagedSite], program: Sequence[Path]) -> click.Group:
    """`stage` fills a folder with what a seed makes; `program` is what runs a command."""

    @click.group("site")
    def group() -> None:
        """Stage a whole site, to try things on it."""

    @group.command("stage")
    @click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
    @click.option("--seed", type=int, required=True, help="The same seed makes the same keys, codes and IDs.")
    @click.option("--json", "as_json", is_flag=True, help="Write JSON, for programs.")
    def site_stage(folder: Path, seed: int, as_json: bool) -> None:
        """Stage a site in FOLDER, to try things on it.

        Three servers, their licenses, a backup, and a computer that died, with a clearinghouse of their own, whose keys
        anybody can make who knows the seed. Prints what to try next; each line is a command that works, in this order.
        """
        try:
            if folder.exists() and any(folder.iterdir()):
                raise ValueError(f"There is something in {folder} already. Name another folder, or empty it.")
            staged = stage(folder, seed)
        except (OSError, ValueError) as error:
            raise click.ClickException(str(error)) from error
        run = [_from_here(path) for path in program]
        steps = [
            (step.why, " | ".join(_typed(run, folder, step.server, each) for each in step.commands))
            for step in staged.steps
        ]
        if as_json:
            click.echo(terminal.as_json(_told(staged, steps)))
            return
        for name, (_, what) in [*SERVERS.items(), (DEAD[0], ("", DEAD[2]))]:
            click.echo(f"{name:<8}{what}")
        click.echo("\nOn the paper licenses")
        for what, code in staged.papers:
            click.echo(f"  {code}  {what}")
        click.echo("\nTry next, in this order")
        for why, line in steps:
            click.echo(f"\n# {why}\n{line}")
        click.echo(f"\nEach server has its pages as well; Ctrl-C stops them:\n{_typed(run, folder, 'mole', ['serve'])}")

    return group


def _told(staged: StagedSite, steps: Sequence[tuple[str, str]]) -> object:
    return {
        "servers": {name: what for name, (_, what) in SERVERS.items()},
        "papers": [{"for": what, "code": code} for what, code in staged.papers],
        "next": [{"why": why, "command": line} for why, line in steps],
    }


def _typed(run: Sequence[str], folder: Path, server: str, command: Sequence[str]) -> str:
    return shlex.join([*run, "--settings", str(env_file(folder, server)), *command])


def _from_here(path: Path) -> str:
    """As short as it can be typed."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
