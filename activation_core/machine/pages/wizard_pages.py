"""The pages of Add License and Transfer License: a list of codes, then a Confirmation ID for each (rules 27 to 41).

A view reads the form, asks `CalStore` or the clearinghouse once, and shows the answer. What was typed stays in its
place until it is accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from activation_core import cals, codes, installation_id
from activation_core.block_boxes import shown
from activation_core.cals import Entry, Licences
from activation_core.machine import internet
from activation_core.machine.pages.activation import failure
from activation_core.machine.pages.backup_pages import backup_file, restore_file
from activation_core.machine.pages.confirmation_boxes import boxes
from activation_core.machine.pages.number_to_call import to_call
from activation_core.machine.pages.screen import Problem, Screen, sentence, tried
from activation_core.machine.pages.wizard_frame import Journey, address, journey
from activation_core.machine.wizards import BACK_UP, RESTORE, WIZARDS
from activation_core.mistyped import Mistyped
from activation_core.refusals import Refusal

Answer = str | AnyResponse
_NAMES = "any('add', 'transfer', 'back-up', 'restore')"


@dataclass(frozen=True)
class Listed:
    """A code of the list, as its pages show it. `holds` is what was installed with it, or ''."""

    number: int
    code: str
    masked: str
    installation_id: str
    holds: str

    @property
    def blocks(self) -> tuple[str, ...]:
        return shown(installation_id.parse(self.installation_id).blocks)


def add_wizards(blueprint: Blueprint, screen: Screen) -> None:
    """Their routes on this blueprint."""
    typed: Mapping[tuple[str, str], Callable[[Screen, Journey], Answer]] = {
        ("add", "codes"): _codes_typed,
        ("transfer", "codes"): _codes_typed,
        ("add", "internet"): _asked_by_internet,
        ("add", "confirmation"): _confirmation_typed,
        ("transfer", "confirmation"): _confirmation_typed,
        ("add", "done"): _finished,
        ("transfer", "done"): _finished,
        ("back_up", "file"): backup_file,
        ("restore", "file"): restore_file,
    }

    @blueprint.get(f"/<{_NAMES}:wizard_id>")
    def begin(wizard_id: str) -> AnyResponse:
        return redirect(address(WIZARDS[wizard_id.replace("-", "_")]))

    @blueprint.get(f"/<{_NAMES}:wizard_id>/<page_id>")
    def wizard(wizard_id: str, page_id: str) -> Answer:
        return show(screen, journey(wizard_id, page_id))

    @blueprint.post(f"/<{_NAMES}:wizard_id>/<page_id>")
    def wizard_typed(wizard_id: str, page_id: str) -> Answer:
        at = journey(wizard_id, page_id)
        if at.frame(screen)["blocked"]:
            return show(screen, at)
        answer = typed.get((at.wizard.id, at.page.id))
        return answer(screen, at) if answer else at.go(at.next_page)


def show(screen: Screen, at: Journey, **typed: Any) -> Answer:
    """This page, with what was typed on it and why that was refused."""
    frame = at.frame(screen)
    if frame["blocked"]:
        return screen.show("wizard/page.html", **frame)
    if at.page.id in ("codes", "internet", "confirmation", "done") and at.wizard not in (BACK_UP, RESTORE):
        return _page_of_run(screen, at, frame, typed)
    if at.wizard in (BACK_UP, RESTORE) and at.page.id == "file":
        return backup_file(screen, at) if at.wizard is BACK_UP else restore_file(screen, at)
    return screen.show("wizard/page.html", **frame)


def _page_of_run(screen: Screen, at: Journey, frame: Mapping[str, Any], typed: Mapping[str, Any]) -> Answer:
    if at.page.id == "confirmation":
        screen.computer.cals.ask(screen.actor(), screen.now())
    listed = _listed(screen, at)
    if at.page.id in ("internet", "confirmation") and not listed:
        return at.go("codes")
    more: dict[str, Any] = {"listed": listed}
    if at.page.id == "confirmation":
        number = _number(listed)
        more |= {
            "current": listed[number - 1],
            "boxes": boxes(),
            "others": [each for each in listed if not each.holds and each.number != number],
            "to_call": to_call(screen.directory, frame["region"]),
            "next": at.to("confirmation", iid=number + 1) if number < len(listed) else at.to("done"),
        }
    return screen.show(f"wizard/{at.page.id}.html", **{**frame, **more, **typed})


def _codes_typed(screen: Screen, at: Journey) -> Answer:
    store, actor, now = screen.computer.cals, screen.actor(), screen.now()
    wish, text = request.form.get("do", "add"), request.form.get("code", "").strip()
    if wish == "delete":
        wrong = [each.number for each in _listed(screen, at) if each.installation_id == request.form.get("entry")]
        problem = tried(lambda: store.remove_code(actor, next(iter(wrong), 0), now))
    elif text:
        problem = tried(lambda: _add(screen, at, text))
    elif wish == "add":
        problem = Problem("There is no license code to add.", "Type one; it stands on the paper license.")
    elif not _listed(screen, at):
        problem = Problem("The list is empty.", "Type a license code and add it.")
    else:
        problem = None
    if problem:
        return show(screen, at, problem=problem, typed="" if wish == "delete" else text)
    return at.go(at.next_page) if wish == "next" else at.go("codes", anchor="code")


def _add(screen: Screen, at: Journey, text: str) -> Refusal | None:
    store, actor, now = screen.computer.cals, screen.actor(), screen.now()
    listed = _listed(screen, at)
    if listed and all(each.holds for each in listed):
        store.end_run(actor, now)  # that run is over; this code begins the next one
    return store.add_code(actor, at.operation, text, now)


def _asked_by_internet(screen: Screen, at: Journey) -> Answer:
    """Until one answer shows that the clearinghouse cannot be asked at all."""
    computer = screen.computer
    computer.cals.ask(screen.actor(), screen.now())
    outcomes: dict[int, dict[str, Any]] = {}
    for each in _listed(screen, at):
        if each.holds or computer.clearinghouse is None:
            continue
        try:
            refusal = internet.install(computer.cals, computer.clearinghouse, screen.actor(), each.number, screen.now())
        except (ValueError, OSError) as error:
            return show(screen, at, problem=Problem(sentence(error)), outcomes=outcomes)
        if refusal:
            outcomes[each.number] = failure(refusal)
            if internet.cause(refusal) in ("interrupted", "unreachable"):
                break
    return show(screen, at, outcomes=outcomes) if outcomes else at.go("done")


def _confirmation_typed(screen: Screen, at: Journey) -> Answer:
    computer, typed = screen.computer, request.form.getlist("block")
    listed = _listed(screen, at)
    number = _number(listed) if listed else 0
    try:
        refusal = computer.cals.accept(screen.actor(), number, " ".join(typed), screen.now())
    except Mistyped as error:
        return show(screen, at, boxes=boxes(typed, error.kept))
    except (ValueError, OSError) as error:
        return show(screen, at, boxes=boxes(typed), problem=Problem(sentence(error)))
    if refusal and refusal.code == "belongs_to_another_box":
        where = refusal.details["box"]
        here = Problem(refusal.words, f"It belongs to IID {where} of {len(listed)}: {listed[where - 1].masked}.")
        return show(screen, at, boxes=boxes(typed), problem=here, belongs_to=where)
    if refusal:
        return show(screen, at, boxes=boxes(typed), problem=Problem.of(refusal))
    left = [each.number for each in _listed(screen, at) if not each.holds]
    following = [each for each in left if each > number] or left
    return at.go("confirmation", anchor="current", iid=following[0]) if following else at.go("done")


def _finished(screen: Screen, at: Journey) -> Answer:
    """Where every code has its answer the list is emptied; else it waits for the next visit."""
    if all(each.holds for each in _listed(screen, at)):
        screen.computer.cals.end_run(screen.actor(), screen.now())
    to = address(BACK_UP) if "back_up" in request.form else url_for("machine.home")
    return redirect(to)


def _listed(screen: Screen, at: Journey) -> list[Listed]:
    licences = screen.computer.cals.licences
    if licences.operation is not at.operation:
        return []
    return [_entry(screen, licences, number, entry) for number, entry in enumerate(licences.entries, 1)]


def _entry(screen: Screen, licences: Licences, number: int, entry: Entry) -> Listed:
    code = codes.parse(entry.code)
    packs = [pack for pack in licences.packs if pack.installation_id == entry.installation_id]
    holds = packs[0].pack(screen.computer.product).words if cals.is_answered(licences, entry) else ""
    return Listed(number, code.shown, code.masked, entry.installation_id, holds)


def _number(listed: list[Listed]) -> int:
    """The box that is asked for; without a wish the first that is open."""
    wished = request.values.get("iid", type=int)
    first_open = next((each.number for each in listed if not each.holds), 1)
    return wished if wished and wished <= len(listed) and wished > 0 else first_open
