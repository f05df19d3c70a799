"""Look up a licence, see what the desk would answer and why, and confirm, approve or deny.

What is typed comes by POST and stands in no address; a code is not shown again. Installation IDs go from page to
page in hidden fields, so any machine answers the next one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from activation_core import block_boxes, blocks, installation_id
from activation_core.clearinghouse.cases import KINDS, WHY_GIVEN
from activation_core.clearinghouse.casework import TO_APPROVE, TO_DENY, Casework, is_code
from activation_core.clearinghouse.desk import Confirmation
from activation_core.clearinghouse.operator_pages import case_words
from activation_core.clearinghouse.operator_pages.callers import ENGLISH, as_reference
from activation_core.clearinghouse.operator_pages.gate import operator
from activation_core.clearinghouse.operator_pages.id_boxes import WORDS, said_of
from activation_core.clearinghouse.records import Records
from activation_core.page_texts import Languages
from activation_core.refusals import Refusal


def add_cases(
    blueprint: Blueprint, casework: Casework, records: Records, languages: Languages, now: Callable[[], datetime]
) -> None:
    @blueprint.get("/look-up")
    def look_up_page() -> str:
        return form()

    @blueprint.post("/look-up")
    def look_up() -> str:
        texts, typed = request.form.getlist("block"), request.form.get("typed", "").strip()
        if not texts and not typed:
            return form(problem="Type an Installation ID or a code first.")
        if not texts and is_code(typed):
            return looked_up(typed)
        texts = texts or [typed]
        kept, faults = blocks.salvage(" ".join(texts), installation_id.BLOCKS)
        if faults:
            judged = block_boxes.judged(texts, kept)
            shown = {"boxes": judged, "verdicts": WORDS, "said_of": said_of, "reference": reference()}
            return render_template("desk/mistyped.html", **shown)
        return looked_up("".join(kept))

    @blueprint.post("/confirm")
    def confirm() -> str:
        asked = request.form.get("installation_id", "")
        answer = casework.confirm(asked, operator(), now(), reference())
        return given(answer) if isinstance(answer, Confirmation) else looked_up(asked)

    @blueprint.post("/approve")
    def approve() -> str:
        asked, reason = request.form.get("installation_id", ""), request.form.get("reason", "")
        if reason not in TO_APPROVE:
            return looked_up(asked, problem="Choose a reason first.")
        answer = casework.confirm(asked, operator(), now(), reference(), reason)
        return given(answer) if isinstance(answer, Confirmation) else looked_up(asked)

    @blueprint.post("/deny")
    def deny() -> str | Response:
        asked, reason = request.form.get("installation_id", ""), request.form.get("reason", "")
        if reason in TO_DENY:
            casework.deny(asked, operator(), now(), reference(), reason)
            return redirect(url_for("desk.queue"), HTTPStatus.SEE_OTHER)
        if asked:
            return looked_up(asked, problem="Choose a reason first.")
        return redirect(url_for("desk.caller", reference=reference()), HTTPStatus.SEE_OTHER)

    def looked_up(typed: str, problem: str = "") -> str:
        try:
            found = casework.look_up(typed, operator(), now(), reference())
        except ValueError as error:  # a code that is mistyped: said group by group, and not shown
            return form(problem=str(error))
        if isinstance(found, Refusal):
            return render_template("desk/unknown.html", refusal=found, reference=reference(), to_deny=TO_DENY)
        return render_template(
            "desk/case.html",
            case=found,
            problem=problem,
            reference=reference(),
            to_approve=TO_APPROVE,
            to_deny=TO_DENY,
            words=case_words,
            kinds=KINDS,
            why_given=WHY_GIVEN,
        )

    def given(answer: Confirmation) -> str:
        caller = records.handed_over(reference()) if reference() else None
        spoken = languages.get(caller.locale, ENGLISH) if caller else ENGLISH
        rows = list(zip(spoken.block_names, ENGLISH.block_names, block_boxes.shown(answer.blocks), strict=True))
        locale = caller.locale if caller else "en"
        return render_template("desk/confirmation.html", answer=answer, rows=rows, spoken=spoken, locale=locale)

    def form(problem: str = "") -> str:
        return render_template("desk/look_up.html", problem=problem)


def reference() -> str:
    """Of the caller this is about, if it is about one."""
    return as_reference(request.form.get("reference", ""))
