"""The queue: callers who were put through, as a list that keeps itself fresh, and each with what was keyed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from activation_core.clearinghouse.casework import TO_DENY, Casework
from activation_core.clearinghouse.operator_pages.callers import ENGLISH, Caller, as_reference
from activation_core.clearinghouse.operator_pages.gate import operator
from activation_core.clearinghouse.operator_pages.id_boxes import WORDS, said_of
from activation_core.clearinghouse.records import HandOver, Records
from activation_core.page_texts import Languages

_SHOWN = 100


def add_queue(
    blueprint: Blueprint, casework: Casework, records: Records, languages: Languages, now: Callable[[], datetime]
) -> None:
    @blueprint.get("")
    def queue() -> str:
        return render_template("desk/queue.html", callers=waiting())

    @blueprint.get("/callers")
    def fresh() -> AnyResponse:
        """The list alone, for the script: 304 where nothing is new."""
        response = make_response(render_template("desk/callers.html", callers=waiting()))
        response.add_etag()
        return response.make_conditional(request)

    @blueprint.get("/caller")
    def find() -> AnyResponse | tuple[str, HTTPStatus]:
        typed = request.args.get("reference", "")
        reference = as_reference(typed)
        if not reference:
            problem = "That is no reference: it has seven digits, and these do not fit together. Ask for it again."
            return render_template("desk/queue.html", callers=waiting(), problem=problem), HTTPStatus.OK
        return redirect(url_for("desk.caller", reference=reference))

    @blueprint.get("/callers/<reference>")
    def caller(reference: str) -> str | tuple[str, HTTPStatus]:
        heard = as_reference(reference)
        kept = casework.caller(heard, operator(), now()) if heard else None
        if kept is None:
            words, next_step = "There is no caller of this reference.", "Ask for the reference again."
            return render_template("desk/refused.html", words=words, next_step=next_step), HTTPStatus.NOT_FOUND
        return render_template("desk/caller.html", caller=met(kept), verdicts=WORDS, said_of=said_of, to_deny=TO_DENY)

    def waiting() -> list[Caller]:
        return [met(kept) for kept in records.waiting(_SHOWN)]

    def met(kept: HandOver) -> Caller:
        return Caller(kept, languages.get(kept.locale, ENGLISH), now())
