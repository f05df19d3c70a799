"""The file pages of Back Up License and Restore License (rules 43 to 46)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from flask import request

from activation_core.codes import parse
from activation_core.machine.backup import Restored
from activation_core.machine.pages.screen import Problem, Screen, second, sentence
from activation_core.machine.pages.wizard_frame import Journey
from activation_core.refusals import Refusal


def backup_file(screen: Screen, at: Journey) -> str:
    """Asked for a name and a place; then written there."""
    product = screen.computer.product
    folder = request.form.get("folder", str(Path.home())).strip()
    name = request.form.get("name", f"{product.name} licenses {screen.now():%Y-%m-%d}.json").strip()
    frame = at.frame(screen) | {"folder": folder, "name": name}
    if request.method == "GET":
        return screen.show("wizard/backup_file.html", **frame)
    path = Path(folder).expanduser() / name
    refusal = None
    try:
        if problem := _not_there(folder, name):
            return screen.show("wizard/backup_file.html", **frame, problem=problem)
        refusal = screen.computer.back_up(screen.actor(), path, screen.now(), replace="replace" in request.form)
    except (ValueError, OSError) as error:
        return screen.show("wizard/backup_file.html", **frame, problem=Problem(sentence(error)))
    if refusal:
        return screen.show("wizard/backup_file.html", **frame, problem=Problem.of(refusal))
    done = at.wizard.page("done")
    count = len(screen.computer.cals.licences.packs)
    return screen.show("wizard/back_up_done.html", **{**frame, "page": done}, path=path, count=count)


def restore_file(screen: Screen, at: Journey) -> str:
    """Asked for the file, or one of the automatic copies; then taken in, with what was left out and why."""
    path = request.form.get("path", "").strip() or request.form.get("copy", "")
    frame = at.frame(screen) | {"path": path, "copies": _copies(screen)}
    if request.method == "GET":
        return screen.show("wizard/restore_file.html", **frame)
    try:
        answer = _restored(screen, path)
    except (ValueError, OSError) as error:
        return screen.show("wizard/restore_file.html", **frame, problem=Problem(sentence(error)))
    if isinstance(answer, Refusal):
        return screen.show("wizard/restore_file.html", **frame, problem=Problem.of(answer))
    product = screen.computer.product
    return screen.show(
        "wizard/restore_done.html",
        **{**frame, "page": at.wizard.page("done")},
        restored=[(parse(pack.code).masked, pack.pack(product).words) for pack in answer.packs],
        left_out=[(parse(pack.code).masked, why) for pack, why in answer.left_out],
        unchecked=[parse(pack.code).masked for pack in answer.unchecked],
    )


def _restored(screen: Screen, path: str) -> Restored | Refusal:
    file = Path(path).expanduser()
    if not path or not file.is_file():
        return Refusal("no_such_file")
    return screen.computer.restore(screen.actor(), file, screen.now())


def _not_there(folder: str, name: str) -> Problem | None:
    place = Path(folder).expanduser()
    if not place.is_absolute() or not place.is_dir():
        return Problem("There is no such folder on this computer.", "Type the whole path of one that exists.")
    if not name or Path(name).name != name:
        return Problem("This is no name of a file.", "Type a name without slashes.")
    return None


def _copies(screen: Screen) -> list[tuple[str, str]]:
    """Path and words for each automatic copy, newest first."""
    copies = reversed(screen.computer.cals.copies())
    return [(str(path), second(datetime.fromtimestamp(path.stat().st_mtime, UTC))) for path in copies]
