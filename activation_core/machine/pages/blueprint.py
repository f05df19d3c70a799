"""The pages of one licensed computer under `/machine`, put together.

They show Installation IDs and take codes, so they are for people at this computer: whoever comes over a network,
by another host name or from another page is refused. No rule of licensing lives here: the computer decides.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from activation_core.access_numbers import Directory
from activation_core.machine.components import Reading
from activation_core.machine.computer import LicensedComputer
from activation_core.machine.kept_file import Damaged
from activation_core.machine.pages.activation import add_activation, standing
from activation_core.machine.pages.confirmation_boxes import WORDS
from activation_core.machine.pages.documents import add_documents
from activation_core.machine.pages.guard import only_from_here
from activation_core.machine.pages.mode_pages import add_mode_pages
from activation_core.machine.pages.number_to_call import readers_language, regions
from activation_core.machine.pages.screen import Screen, minute, sentence
from activation_core.machine.pages.sheet import add_sheet
from activation_core.machine.pages.taskpad import add_taskpad
from activation_core.machine.pages.wizard_frame import address
from activation_core.machine.pages.wizard_pages import add_wizards
from activation_core.machine.pages.working_as import COOKIE, STAGED, named, working_as
from activation_core.machine.wizards import WIZARDS
from activation_core.page_texts import SOURCE, Languages, PageTexts
from activation_core.roles import Actor


def pages(
    computer: LicensedComputer,
    reading: Callable[[], Reading],
    directory: Directory,
    now: Callable[[], datetime],
    telephone: str = "",
    actor: Callable[[], Actor] = working_as,
    languages: Languages | None = None,
    web_form: str = "",
) -> Blueprint:
    """The pages of this computer, on hardware that reads so: it is looked at anew for each.

    `telephone`: where example numbers are answered instead, or ''. `actor` tells who acts; without it one of
    the staged people is chosen on the pages. `languages` are those of the sheet for callers, `web_form` is the
    address of the vendor's.
    """
    english = PageTexts(SOURCE)
    screen = Screen(computer, reading, directory, now, telephone, actor, languages or {SOURCE: english}, web_form)
    blueprint = Blueprint(
        "machine", __name__, url_prefix="/machine", template_folder="templates", static_folder="static"
    )

    @blueprint.before_request
    def guard() -> Response | None:
        refused = only_from_here(request)
        if refused is None:
            computer.server.components = reading().components  # it may have been changed meanwhile
        return refused

    @blueprint.context_processor
    def common() -> dict[str, Any]:
        return {
            "product": computer.product,
            "actor": screen.actor(),
            "staged": STAGED if actor is working_as else (),
            "key": _key(screen),
            "wizards": [(wizard.name, address(wizard)) for wizard in WIZARDS.values() if wizard.id != "activate"],
            "telephone": telephone,
            "web_form": web_form,
            "_": english,
            "names_lang": readers_language(),
            "regions": regions(),
            "verdicts": WORDS,
            "minute": minute,
        }

    @blueprint.post("/working-as")
    def work_as() -> AnyResponse:
        to = request.form.get("to", "")
        at_home = to.startswith("/machine") and not to.startswith("/machine/working-as")
        response = redirect(to if at_home else url_for("machine.home"), HTTPStatus.SEE_OTHER)
        name = named(request.form.get("name", "")).name
        response.set_cookie(COOKIE, name, path="/machine", samesite="Strict", httponly=True)
        return response

    @blueprint.errorhandler(Damaged)
    @blueprint.errorhandler(OSError)
    def damaged(error: Damaged | OSError) -> tuple[str, HTTPStatus]:
        """Said in one sentence; what was typed is shown again, so that it is not lost."""
        typed = [text for name, text in request.form.items(multi=True) if text and name in ("code", "block")]
        return screen.show("damaged.html", words=sentence(error), typed=typed), HTTPStatus.INTERNAL_SERVER_ERROR

    for add_pages in (add_taskpad, add_activation, add_wizards, add_mode_pages, add_documents, add_sheet):
        add_pages(blueprint, screen)
    return blueprint


def _key(screen: Screen) -> dict[str, Any]:
    """The icon in the header: how the activation stands, in a word (rule 14)."""
    try:
        return standing(screen.computer.server, screen)
    except (ValueError, OSError):
        return {"state": "damaged", "is_activated": False}
