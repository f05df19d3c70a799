"""The guided command line: the wizards of `wizards`, asked step by step in a terminal.

For people, with a screen reader as well: lines only, from top to bottom; no question is drawn over, every list is
numbered, and each question can be left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from activation_core import blocks, codes, confirmation_id, terminal
from activation_core.access_numbers import UnknownRegionError
from activation_core.installation_id import Operation
from activation_core.machine import as_json as json_of
from activation_core.machine import in_lines, internet
from activation_core.machine.backup import Restored
from activation_core.machine.registration import Registration
from activation_core.machine.seat import Seat, write
from activation_core.machine.wizards import KINDS, TO_DO, WIZARDS, Method, Page, PageId, Wizard
from activation_core.mistyped import characters
from activation_core.refusals import Refusal
from activation_core.roles import forbidden

BACK, LEAVE = "b", "q"
_HOW = f"At each question: {BACK} goes back a page, {LEAVE} leaves the task. Enter takes what stands in brackets."


class Back(Exception):
    """To the page before."""


class Left(Exception):
    """The task was left."""


@dataclass
class Walk:
    """One person's way through one wizard: what was chosen on its pages so far."""

    seat: Seat
    wizard: Wizard
    method: Method | None = None
    operation: Operation = Operation.TRANSFER
    call: Sequence[str] = ()  # what to dial


def guide(seat: Seat, wizard: str | None = None) -> None:
    """The menu of tasks, again and again; or one wizard only."""
    write([_HOW])
    if wizard:
        _do(lambda: _walk(Walk(seat, WIZARDS[wizard])))
        return
    tasks: list[tuple[str, Callable[[], None]]] = [
        (f"{each.name}. {each.purpose}", lambda each=each: _walk(Walk(seat, each)))  # type: ignore[misc]
        for each in WIZARDS.values()
    ]
    tasks += [
        (
            "Manage Your Licenses. See what is installed and used.",
            lambda: write(in_lines.installed(json_of.installed(seat.computer, seat.now))),
        ),
        ("License information and history.", lambda: write(in_lines.history(json_of.history(seat.computer)))),
    ]
    while True:
        seat.now = seat.place.now()
        status = json_of.status(seat.computer, seat.now)
        write(["", *in_lines.status(status), ""])
        write([f"To do: {wizard.name}" for wizard in TO_DO[status["activated"] :]])
        try:
            chosen = _choose("Task", [name for name, _ in tasks], default=None)
        except (Back, Left):
            return
        _do(tasks[chosen][1])


def _do(task: Callable[[], None]) -> None:
    """What stops it is said; what was confirmed stays."""
    try:
        task()
    except (Back, Left):
        write(["Left. What was confirmed stays."])
    except (OSError, ValueError) as error:
        _say(str(error))


def _walk(walk: Walk) -> None:
    if refusal := _refused(walk):
        write(terminal.no(refusal))
        return
    page = walk.wizard.pages[0]
    while True:
        _read_out(page)
        if page.id == "done":
            _end_run(walk)
            return
        try:
            instead = _ACTS[page.id](walk, page)
        except Back:
            if page is walk.wizard.pages[0]:
                raise
            page = walk.wizard.before(page.id, walk.method)
        else:
            page = walk.wizard.page(instead) if instead else walk.wizard.after(page.id, walk.method)


def _refused(walk: Walk) -> Refusal | None:
    seat, task = walk.seat, walk.wizard.task
    return forbidden(seat.actor, task) if task == "activate" else seat.computer.cals.refused(seat.actor, task, seat.now)


def _end_run(walk: Walk) -> None:
    if walk.wizard.task in ("add", "transfer"):
        walk.seat.computer.cals.end_run(walk.seat.actor, walk.seat.now)


# What is done on each page; the answer is the page to go to instead of the next one


def _welcome(walk: Walk, page: Page) -> None:
    _ask("Go on", default="yes")


def _product_key(walk: Walk, page: Page) -> None:
    server = walk.seat.computer.server
    there = server.activation.product_key
    while True:
        typed = _ask("Product key", default=codes.parse(there).masked if there else None)
        if there and typed == codes.parse(there).masked:
            return
        if _accepted(lambda typed=typed: server.enter_product_key(typed, walk.seat.now)):  # type: ignore[misc]
            return


def _kind(walk: Walk, page: Page) -> None:
    walk.operation = KINDS[_chosen(page)]


def _method(walk: Walk, page: Page) -> None:
    walk.method = "internet" if _chosen(page) == "internet" else "telephone"


def _codes(walk: Walk, page: Page) -> None:
    seat, store = walk.seat, walk.seat.computer.cals
    walk.method = walk.method or "telephone"
    while True:
        run = json_of.run(store)
        listed = run["boxes"] if run["operation"] == walk.operation.name.lower() else []
        write(f"  {box['box']}  {box['code']}{'  answered' if box['answered'] else ''}" for box in listed)
        hint = "Enter goes on, d and a number deletes" if listed else "25 characters"
        typed = _ask(f"License code {len(listed) + 1} ({hint})", default="" if listed else None)
        word, _, number = typed.partition(" ")
        if not typed:
            return
        if word == "d" and number.isdecimal():
            _accepted(lambda number=number: store.remove_code(seat.actor, int(number), seat.now))  # type: ignore[misc]
        else:
            _accepted(lambda typed=typed: store.add_code(seat.actor, walk.operation, typed, seat.now))  # type: ignore[misc]


def _region(walk: Walk, page: Page) -> None:
    while True:
        try:
            typed = _ask("Country or region, two letters, such as DE")
            walk.call = terminal.number_to_call(walk.seat.place.directory().number_for(typed))
        except UnknownRegionError as unknown:
            _say(str(unknown))
        else:
            return


def _internet(walk: Walk, page: Page) -> PageId | None:
    """As often as somebody likes, or by telephone instead (rule 42)."""
    while refusal := _asked_by_internet(walk):
        _say(refusal.words)
        write(f"{number}. {step}" for number, step in enumerate(internet.remedies(refusal), 1))
        ways = ["Try again", "Use the telephone instead"]
        if _choose("What now", ways) == 1:
            walk.method = "telephone"
            return "region"
    return None


def _asked_by_internet(walk: Walk) -> Refusal | None:
    seat = walk.seat
    if walk.wizard.id == "activate":
        return seat.computer.activate_by_internet(seat.now)
    store = seat.computer.cals
    if refusal := store.ask(seat.actor, seat.now):
        return refusal
    for box in json_of.run(store)["boxes"]:
        if not box["answered"]:
            refusal = seat.computer.install_by_internet(seat.actor, box["box"], seat.now)
            if refusal:
                return refusal
            write([f"Installed: {box['code']}"])
    return None


def _confirmation(walk: Walk, page: Page) -> None:
    if walk.wizard.id == "activate":
        _confirm_server(walk)
    else:
        _confirm_boxes(walk)


def _confirm_server(walk: Walk) -> None:
    server, now = walk.seat.computer.server, walk.seat.now
    asked = server.installation_id(now)
    if isinstance(asked, Refusal):
        write(terminal.no(asked))
        raise Left
    write([*walk.call, "", "Installation ID", *terminal.installation_id_rows(asked.blocks), ""])
    while not _accepted(lambda: server.accept(_confirmation_id(), now)):
        pass


def _confirm_boxes(walk: Walk) -> None:
    """One after the other in one call (rules 15 and 38)."""
    seat, store = walk.seat, walk.seat.computer.cals
    if refusal := store.ask(seat.actor, seat.now):
        write(terminal.no(refusal))
        raise Left
    run = json_of.run(store)
    for box in run["boxes"]:
        if box["answered"]:
            continue
        write(["", f"Box {box['box']} of {len(run['boxes'])}: license code {box['code']}", *walk.call, ""])
        write(["Installation ID", *terminal.installation_id_rows(box["blocks"]), ""])
        number: int = box["box"]
        while not _accepted(
            lambda number=number: store.accept(seat.actor, number, _confirmation_id(), seat.now)  # type: ignore[misc]
        ):
            pass
        write(["Accepted; the licenses are installed."])


def _registration(walk: Walk, page: Page) -> None:
    if _chosen(page) == "later":
        return
    name = _ask("Name")
    more = [_ask(what, default="") for what in ("Organization", "Address", "Email")]
    walk.seat.computer.registration.register(Registration(name, walk.seat.now.date(), *more))


def _file(walk: Walk, page: Page) -> None:
    act = _back_up if walk.wizard.id == "back_up" else _restore
    while not act(walk, Path(_ask("File")).expanduser()):
        pass


def _back_up(walk: Walk, path: Path) -> bool:
    seat = walk.seat
    refusal = seat.computer.back_up(seat.actor, path, seat.now)
    if refusal and refusal.code == "file_exists" and _choose("There is such a file", ["Keep it", "Replace it"]) == 1:
        refusal = seat.computer.back_up(seat.actor, path, seat.now, replace=True)
    return _accepted(lambda: refusal)


def _restore(walk: Walk, path: Path) -> bool:
    seat = walk.seat
    back = seat.computer.restore(seat.actor, path, seat.now)
    if isinstance(back, Restored):
        write(f"Restored: {codes.parse(pack.code).masked}" for pack in back.packs)
        write(f"Left out: {codes.parse(pack.code).masked}. {why.words}" for pack, why in back.left_out)
        return True
    write(terminal.no(back))
    return False


_ACTS: Mapping[PageId, Callable[[Walk, Page], PageId | None]] = {
    "welcome": _welcome,
    "prerequisites": _welcome,
    "product_key": _product_key,
    "kind": _kind,
    "method": _method,
    "codes": _codes,
    "region": _region,
    "internet": _internet,
    "confirmation": _confirmation,
    "registration": _registration,
    "file": _file,
}


# What is asked, and what is said


def _read_out(page: Page) -> None:
    write(["", page.title])
    for words in page.words:
        _say(words)
    if page.checklist:
        write(["Have ready:"])
    for item in page.checklist:
        write(terminal.paragraph(f"- {item}", "  "))


def _say(words: str) -> None:
    write(terminal.paragraph(words))


def _ask(question: str, default: str | None = None) -> str:
    """What was typed. Back or Left where somebody wants that; the end of the input is taken for that, too."""
    try:
        typed = str(click.prompt(question, default=default, show_default=bool(default), prompt_suffix=": ")).strip()
    except click.Abort:
        click.echo()
        raise Left from None
    if typed == BACK:
        raise Back
    if typed == LEAVE:
        raise Left
    return typed


def _choose(question: str, names: Iterable[str], default: int | None = 1) -> int:
    """The place of what was chosen, from 0."""
    names = list(names)
    for number, name in enumerate(names, 1):
        write(terminal.paragraph(f"{number}  {name}", "  "))
    while True:
        typed = _ask(f"{question}, 1 to {len(names)}", default=str(default) if default else None)
        if typed.isdecimal() and 1 <= int(typed) <= len(names):
            return int(typed) - 1
        _say(f"Type a number from 1 to {len(names)}, or {LEAVE} to leave.")


def _chosen(page: Page) -> str:
    place = _choose(page.title, [f"{choice.name}. {choice.words}" for choice in page.choices])
    return page.choices[place].id


def _accepted(act: Callable[[], Refusal | None]) -> bool:
    """Whether there is no refusal; it is said, and so is what was mistyped."""
    try:
        refusal = act()
    except ValueError as error:
        _say(str(error))
        return False
    if refusal is None:
        return True
    write(terminal.no(refusal))
    if "box" in refusal.details:
        _say(f"It belongs to box {refusal.details['box']}.")
    return False


def _confirmation_id() -> str:
    """Block by block, each checked at once; or all in one line."""
    heard: list[str] = []
    while len(heard) < confirmation_id.BLOCKS:
        digits = characters(_ask(f"Confirmation ID, {confirmation_id.BLOCK_NAMES[len(heard)]}"))
        if len(digits) > 2 * blocks.LENGTH:
            return digits
        if blocks.is_block(digits, len(heard) + 1):
            heard.append(digits)
        else:
            _say("This block does not fit. Compare it with what you heard, and type it again: 7 digits.")
    return " ".join(heard)
