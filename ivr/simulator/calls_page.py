"""The simulated calls that are over, at `/calls`: listed, searched, told, compared and handed on.

For people at this computer only, as the telephone is. Digits are masked on every page and in every file, unless the
address asks for them with `digits=shown`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from http import HTTPStatus
from typing import Any, get_args

from babel.dates import format_datetime
from flask import Blueprint, Request, Response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from activation_core.access_numbers import REGIONS, Directory
from activation_core.region_names import ENGLISH, region_name, text_direction
from ivr.simulator.call_file import FORMS, call_file
from ivr.simulator.comparison import Pair, compared, parts
from ivr.simulator.gist import OUTCOMES, Outcome, gist
from ivr.simulator.inspection import inspected
from ivr.simulator.kept_calls import MOST, CallsUnreadable, KeptCall, KeptCalls, Sought
from ivr.simulator.masking import masked_call
from ivr.simulator.played import Played
from ivr.simulator.softphone import LINE_FAULTS_IN_WORDS
from ivr.simulator.why import Row, moment, rows
from ivr.simulator.why_page import said_before, table, words
from ivr.simulator.wish import WITHHELD
from ivr.wording import Books

ON_A_PAGE = 25

_ASKED = ("words", "outcome", "number", "step", "problems", "since", "until")  # the fields of the form
_CONTEXT = 2  # lines that stay around a difference where only those are asked for


def calls(
    kept: KeptCalls, directory: Directory, books: Books, guard: Callable[[Request], Response | None]
) -> Blueprint:
    """The pages. `guard` refuses whoever is not at this computer."""
    blueprint = Blueprint("calls", __name__, url_prefix="/calls", template_folder="templates", static_folder="static")

    @blueprint.before_request
    def guarded() -> Response | None:
        return guard(request)

    @blueprint.after_request
    def not_stored(response: Response) -> Response:
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    @blueprint.context_processor
    def common() -> dict[str, Any]:
        return {
            "caller": lambda wish: _caller(wish, is_shown()),
            "direction": text_direction,
            "dialled": lambda wish: _dialled(wish, directory),
            "languages": lambda tags: ", ".join(books[tag].language if tag in books else tag for tag in tags),
            "minute": _minute,
            "moment": moment,
            "is_shown": is_shown(),
        }

    @blueprint.get("")
    def listed() -> str:
        sought, faults = _sought(request.args)
        number = min(max(1, request.args.get("page", 1, int)), MOST)
        entries, total = kept.search(sought, ON_A_PAGE, (number - 1) * ON_A_PAGE)
        asked = {name: request.args[name] for name in _ASKED if request.args.get(name)}
        return render_template(
            "calls/list.html",
            entries=entries,
            total=total,
            number=number,
            pages=math.ceil(total / ON_A_PAGE),
            first=(number - 1) * ON_A_PAGE + 1,
            asked=asked,
            is_narrowed=sought != Sought(),
            faults=faults,
            outcomes=OUTCOMES,
            steps=kept.steps(),
            most=MOST,
        )

    @blueprint.get("/<call_id>")
    def one(call_id: str) -> str | tuple[str, int]:
        call = kept.find(call_id)
        if call is None:
            return unknown()
        played = told(call)
        told_rows = rows_of(played)
        return render_template(
            "calls/one.html",
            call=call,
            played=played,
            gist=gist(call.events, books),
            table=table(played.seconds, told_rows),
            webhooks=inspected(played.events),
            placed=_placed(call.wish),
            problems_told=[row for row in told_rows if row.kind in ("warning", "error")],
            can_replay=directory.find(call.wish["dialled"]) is not None,
        )

    @blueprint.get("/compare")
    def compare() -> str | tuple[str, int] | AnyResponse:
        if chosen := request.args.getlist("call"):
            if len(chosen) == 2:
                older, newer = reversed(chosen)  # as the list has them
                return redirect(url_for("calls.compare", a=older, b=newer))
            return problem(f"Two calls can be compared, and you chose {len(chosen)}.")
        a, b = (kept.find(request.args.get(name, "")) for name in ("a", "b"))
        if a is None or b is None:
            return unknown()
        pairs = compared(rows_of(told(a)), rows_of(told(b)))
        only = request.args.get("lines") == "differences"
        lines = list(_numbered(pairs, only))
        differing = sum(pair.mark != "same" for pair in pairs)
        return render_template(
            "calls/compare.html",
            sides=[("A", a, gist(a.events, books)), ("B", b, gist(b.events, books))],
            lines=lines,
            places=max((place for place, _ in lines), default=0),
            differing=differing,
            alike=len(pairs) - differing,
            only=only,
            parts=parts,
            said_before=said_before,
            words=words,
        )

    @blueprint.get("/export")
    def export() -> Response | tuple[str, int]:
        form, chosen = request.args.get("as", ""), [kept.find(each) for each in request.args.getlist("call")]
        if form not in FORMS:
            return problem(f"A file of calls is one of {', '.join(FORMS)}.", HTTPStatus.BAD_REQUEST)
        if not chosen:
            return problem("Choose the calls first that shall stand in the file.")
        found = [call for call in chosen if call]
        if len(found) < len(chosen):
            return unknown()
        content_type, ending = FORMS[form]
        name = f"call-{found[0].id}" if len(found) == 1 else f"{len(found)}-calls"
        headers = {"Content-Disposition": f'attachment; filename="{name}{ending}"'}
        text = call_file(form, [call.played for call in found], books, show_digits=is_shown())
        return Response(text, content_type=content_type, headers=headers)

    def told(call: KeptCall) -> Played:
        """As it may be shown."""
        return call.played if is_shown() else masked_call(call.played, books)

    def rows_of(played: Played) -> list[Row]:
        return rows(played.events, books, show_digits=True)  # what may not be shown is masked by now

    def unknown() -> tuple[str, int]:
        return problem(f"There is no such call. The latest {MOST:,} that are over are kept.", HTTPStatus.NOT_FOUND)

    @blueprint.errorhandler(CallsUnreadable)
    def unreadable(error: CallsUnreadable) -> tuple[str, int]:
        return problem(
            f"{error}. Move the file away, or name another one in CALLS_FILE.", HTTPStatus.SERVICE_UNAVAILABLE
        )

    return blueprint


def is_shown() -> bool:
    """Whether the address asks for the digits."""
    return request.args.get("digits") == "shown"


def problem(words: str, status: HTTPStatus = HTTPStatus.OK) -> tuple[str, int]:
    """A page that says what to do. To have chosen other than two calls is no error that a browser should report."""
    return render_template("calls/problem.html", words=words), status


# -- what was asked -------------------------------------------------------------------------------------


def _sought(asked: MultiDict[str, str]) -> tuple[Sought, dict[str, str]]:
    """What to look for, and what is wrong with the days, by field: they are left out."""
    days: dict[str, date | None] = {}
    faults: dict[str, str] = {}
    for name in ("since", "until"):
        try:
            days[name] = date.fromisoformat(asked[name]) if asked.get(name) else None
        except ValueError:
            faults[name] = "A day is expected, such as 2026-11-26."
    outcome = next((each for each in get_args(Outcome) if each == asked.get("outcome")), None)
    sought = Sought(
        asked.get("words", "").strip(),
        outcome,
        "".join(filter(str.isdigit, asked.get("number", ""))),
        asked.get("step", ""),
        "problems" in asked,
        days.get("since"),
        days.get("until"),
    )
    return sought, faults


# -- what is shown --------------------------------------------------------------------------------------


def _minute(at: datetime) -> str:
    return format_datetime(at.astimezone(), "d MMM y, HH:mm", locale="en")


def _caller(wish: Mapping[str, Any], is_shown: bool) -> str:
    region = wish["caller_region"]
    place = region_name(region, ENGLISH) if region in REGIONS else region
    match wish.get("caller"):
        case None:
            return place
        case "withheld":
            return f"{place}, number {WITHHELD}"
        case number:
            return f"{place}, {number}" if is_shown else f"{place}, a number of their own"


def _placed(wish: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """How the call was placed, beside who called whom: what was unusual about it."""
    speed = wish.get("speed", 1)
    if speed != 1:
        yield "Speed", speed if speed == "instant" else f"×{speed:g}"  # noqa: RUF001
    if faults := wish.get("line_faults"):
        yield "Faults of the line", ", ".join(LINE_FAULTS_IN_WORDS.get(each, each) for each in faults)
    if fault := wish.get("desk_fault"):
        yield "Fault of the desk", fault


def _dialled(wish: Mapping[str, Any], directory: Directory) -> str:
    number = directory.find(wish["dialled"])
    return number.international if number else wish["dialled"]


def _numbered(pairs: Sequence[Pair], only: bool) -> Iterator[tuple[int, Pair | int]]:
    """Each line, with the number of its place where one begins; `only` counts the lines that are far from a difference.

    A place is a run of lines that are not the same.
    """
    differs = [pair.mark != "same" for pair in pairs]
    near = {n + step for n, is_other in enumerate(differs) if is_other for step in range(-_CONTEXT, _CONTEXT + 1)}
    place = left_out = 0
    for n, pair in enumerate(pairs):
        if only and n not in near:
            left_out += 1
            continue
        if left_out:
            yield 0, left_out
            left_out = 0
        begins = differs[n] and not (n and differs[n - 1])
        place += begins
        yield place if begins else 0, pair
    if left_out:
        yield 0, left_out
