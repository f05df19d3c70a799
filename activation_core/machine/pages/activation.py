"""`/machine/activate`: the server is activated by Internet, or by a call with everything for it on one page (rule 54).

All of it works by plain forms; the scripts beside it only save steps. Beside it: the reminder at a logon, and
what an Installation ID discloses.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from activation_core import codes, confirmation_id, installation_id, server_activation
from activation_core.block_boxes import shown
from activation_core.confirmation_id import BLOCK_NAMES, ConfirmationId
from activation_core.disclosure import disclosed
from activation_core.hardware import TABLE, Component
from activation_core.installation_id import InstallationId
from activation_core.machine import internet, wizards
from activation_core.machine.pages.confirmation_boxes import boxes
from activation_core.machine.pages.number_to_call import to_call, wished_region
from activation_core.machine.pages.screen import Problem, Screen, day, minute, sentence
from activation_core.machine.server import Server
from activation_core.mistyped import Mistyped
from activation_core.refusals import Refusal


def add_activation(blueprint: Blueprint, screen: Screen) -> None:
    """Its routes on this blueprint."""
    computer, server, now = screen.computer, screen.computer.server, screen.now

    @blueprint.get("/activate")
    def activate() -> str:
        return page()

    @blueprint.post("/activate")
    def typed() -> str | AnyResponse:
        if "product_key" in request.form:
            return product_key_typed(request.form["product_key"])
        if "internet" in request.form:
            return by_internet()
        return confirmation_id_typed(request.form.getlist("block"))

    @blueprint.get("/number")
    def number() -> str:
        """The part of a page that changes with the region, for the script."""
        called = to_call(screen.directory, request.args.get("region", ""))
        if called is None:
            abort(HTTPStatus.NOT_FOUND)
        return render_template("number.html", to_call=called)

    @blueprint.get("/logon")
    def logon() -> str:
        """A logon as the computer plays it: the reminder, where one is due (rule 6)."""
        due = server.reminder_is_due(now(), at_logon=True)
        return screen.show("logon.html", due=due, **standing(server, screen))

    @blueprint.get("/disclosure")
    def disclosure() -> str:
        """Of the server's Installation ID, or of that with this place in the list of a license wizard."""
        asked = _asked(screen, request.args.get("entry", type=int))
        fields = disclosed(asked, computer.product.name) if asked else []
        return screen.show("disclosure.html", fields=fields, blocks=shown(asked.blocks) if asked else ())

    def product_key_typed(text: str) -> str | AnyResponse:
        try:
            refusal = server.enter_product_key(text, now(), replace=True)
        except (ValueError, OSError) as error:  # Mistyped among them
            return page(product_key=text, key_faults=[sentence(error)])
        if refusal:
            return page(product_key=text, key_faults=[refusal.words, refusal.next_step])
        return back_to("state")

    def by_internet() -> str | AnyResponse:
        if computer.clearinghouse is None:
            abort(HTTPStatus.NOT_FOUND)
        refusal = computer.activate_by_internet(now())
        return page(failed=failure(refusal)) if refusal else back_to("state")

    def confirmation_id_typed(typed: Sequence[str]) -> str | AnyResponse:
        try:
            refusal = server.accept(" ".join(typed), now())
        except Mistyped as error:
            return page(boxes=boxes(typed, error.kept))
        except OSError as error:
            return page(boxes=boxes(typed), problem=Problem(sentence(error)))
        if refusal:
            return page(boxes=boxes(typed), problem=Problem.of(refusal))
        return back_to("state")

    def back_to(anchor: str) -> AnyResponse:
        """So that a reload types nothing again. The anchor takes the focus along, with no script as well."""
        region = request.form.get("region") or None
        return redirect(url_for("machine.activate", region=region, _anchor=anchor), HTTPStatus.SEE_OTHER)

    def page(**typed: Any) -> str:
        return screen.show(
            "activation.html",
            **{"boxes": boxes(), **typed},
            **standing(server, screen),
            wizard=wizards.ACTIVATE,
            by_internet=computer.clearinghouse is not None,
            to_call=to_call(screen.directory, wished_region()),
            known_by=known_by(),
        )

    def known_by() -> list[tuple[Component, bool, str]]:
        """Each part of the hardware, whether it counts here, and why it is weak, if so."""
        read = screen.reading()
        return [(part, part.kind in read.components, read.weak.get(part.kind, "")) for part in TABLE]


def failure(refusal: Refusal) -> dict[str, Any]:
    """What the Internet method failed with: which of the documented causes, and the remedies in order (rule 42)."""
    headings = {
        "interrupted": "The Internet was interrupted",
        "unreachable": "The clearinghouse cannot be reached",
        "hardware_changed": "This computer is not the one that is known",
        "code_not_verified": "The code cannot be verified",
    }
    return {
        "cause": internet.cause(refusal),
        "heading": headings[internet.cause(refusal)],
        "words": refusal.words,
        "remedies": internet.remedies(refusal),
    }


def standing(server: Server, screen: Screen) -> dict[str, Any]:
    """Where the server stands, in what the pages show of it."""
    now = screen.now()
    state, activation = server.state(now), server.activation
    ends = server_activation.grace_ends(activation, server.product, now)
    asked = None if state in server_activation.ACTIVATED else server.installation_id(now)
    return {
        "state": state,
        "masked_key": codes.parse(activation.product_key).masked if activation.product_key else "",
        "is_activated": state in server_activation.ACTIVATED,
        "set_back": activation.clock.set_back,
        "days_left": server_activation.days_left(activation, server.product, now),
        "grace_ends": day(ends),
        "confirmed": activation.confirmed and _confirmed(activation.confirmed, server),
        "blocks": shown(asked.blocks) if isinstance(asked, InstallationId) else (),
        "refusal": asked if isinstance(asked, Refusal) and asked.code != "no_product_key" else None,
    }


def _confirmed(confirmed: server_activation.Confirmed, server: Server) -> dict[str, Any]:
    answer: ConfirmationId = confirmation_id.parse(confirmed.confirmation_id)
    return {
        "at": confirmed.at,
        "when": minute(confirmed.at),
        "method": confirmed.method,
        "terms": server.product.terms[answer.grant],
        "blocks": list(zip(BLOCK_NAMES, shown(answer.blocks), strict=True)),
    }


def _asked(screen: Screen, entry: int | None) -> InstallationId | None:
    entries = screen.computer.cals.licences.entries
    if entry is not None:
        return installation_id.parse(entries[entry - 1].installation_id) if 1 <= entry <= len(entries) else None
    confirmed = screen.computer.server.activation.confirmed
    if screen.computer.server.is_activated(screen.now()) and confirmed:
        return installation_id.parse(confirmed.installation_id)
    asked = screen.computer.server.installation_id(screen.now())
    return asked if isinstance(asked, InstallationId) else None
