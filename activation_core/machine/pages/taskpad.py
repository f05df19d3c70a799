"""The computer's first page: the To Do List, and Manage Your Licenses with all that can be done (rules 47 to 51)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from activation_core import codes
from activation_core.cals import HeldPack, Installed
from activation_core.machine import history
from activation_core.machine.pages.activation import standing
from activation_core.machine.pages.screen import Problem, Screen, day, minute, sentence, tried
from activation_core.machine.pages.wizard_frame import address
from activation_core.machine.wizards import ADD, BACK_UP, RESTORE, TRANSFER
from activation_core.products import Pack
from activation_core.roles import Task

Read = TypeVar("Read")
_LATEST = 8  # lines of history on the first page


@dataclass(frozen=True)
class TaskLink:
    """One thing that can be done here. `why_not` says why this person's role does not allow it, or ''."""

    name: str
    address: str
    words: str
    why_not: str = ""


@dataclass(frozen=True)
class Row:
    """One license code of the table, masked (rule 48)."""

    code: str
    serial: int
    words: str
    since: str
    here: bool  # confirmed for this hardware


def add_taskpad(blueprint: Blueprint, screen: Screen) -> None:
    """Its routes on this blueprint."""
    computer = screen.computer

    @blueprint.get("")
    def home() -> str | AnyResponse:
        if computer.server.reminder_is_due(screen.now()):  # after Setup, and at intervals (rules 6 and 14)
            return redirect(url_for("machine.logon"))
        broken: list[str] = []
        installed = _read(lambda: computer.cals.installed, broken)
        return screen.show(
            "taskpad.html",
            **standing(computer.server, screen),
            broken=broken,
            installed=installed,
            rows=_rows(installed, screen) if installed else [],
            report=_read(lambda: computer.usage.report(screen.now()), broken),
            lines=_read(lambda: history.history(computer)[:_LATEST], broken),
            product_id=product_id(screen),
            licensing=_licensing(screen),
            add=ADD,
        )

    @blueprint.get("/history")
    def whole_history() -> str:
        return screen.show("history.html", lines=history.history(computer))

    @blueprint.get("/license-information")
    def license_information() -> str:
        """To be printed (rule 50)."""
        installed = computer.cals.installed
        return screen.show(
            "license_information.html",
            **standing(computer.server, screen),
            installed=installed,
            rows=_rows(installed, screen),
            report=computer.usage.report(screen.now()),
            product_id=product_id(screen),
            printed=minute(screen.now()),
        )

    @blueprint.get("/give-up")
    def give_up() -> str:
        return given_up()

    @blueprint.post("/give-up")
    def give_up_typed() -> str | AnyResponse:
        wished = request.form.get("serial", type=int)
        packs = [pack for pack in computer.cals.licences.packs if pack.serial == wished]
        if not packs or "sure" not in request.form:
            words = "Choose the license code whose licenses leave, and say that you are sure."
            return given_up(problem=Problem(words), wished=wished)
        problem = tried(lambda: computer.give_up(screen.actor(), packs[0].code, screen.now()))
        if problem:
            return given_up(problem=problem, wished=wished)
        return redirect(url_for("machine.give_up", gone=codes.parse(packs[0].code).masked, _anchor="gone"), 303)

    def given_up(**typed: Any) -> str:
        installed = computer.cals.installed
        blocked = computer.cals.refused(screen.actor(), "transfer", screen.now())
        return screen.show("give_up.html", rows=_rows(installed, screen), blocked=blocked, **typed)


def product_id(screen: Screen) -> str:
    """'' as long as there is no product key."""
    key = screen.computer.server.activation.product_key
    return codes.parse(key).product_id if key else ""


def _licensing(screen: Screen) -> list[TaskLink]:
    def link(name: str, to: str, words: str, task: Task) -> TaskLink:
        forbidden = screen.why_not(task)
        return TaskLink(name, to, words, "Only for administrators." if forbidden else "")

    return [
        *(link(wizard.name, address(wizard), wizard.purpose, wizard.task) for wizard in (ADD, BACK_UP, RESTORE)),
        link(TRANSFER.name, address(TRANSFER), TRANSFER.purpose, "transfer"),
        link(
            "Licenses leave this computer",
            url_for("machine.give_up"),
            "Give licenses up here after they were transferred to another computer.",
            "transfer",
        ),
    ]


def _rows(installed: Installed, screen: Screen) -> list[Row]:
    def row(held: HeldPack, pack: Pack, here: bool) -> Row:
        return Row(codes.parse(held.code).masked, held.serial, pack.words, day(held.at), here)

    return [
        *(row(held, pack, True) for held, pack in installed.packs),
        *(row(held, held.pack(screen.computer.product), False) for held in installed.elsewhere),
    ]


def _read(look: Callable[[], Read], broken: list[str]) -> Read | None:
    """What it finds; where a file is damaged, that is said on the page beside all the rest."""
    try:
        return look()
    except (ValueError, OSError) as error:
        if (said := sentence(error)) not in broken:
            broken.append(said)
        return None
