"""The telephone at `/phone`: a person places a simulated call in the browser and keys it in real time.

The real carrier calls the real webhooks of the same application, in process and signed where they ask for it;
the page gets every event as it happens and sends keys. A call lives in this process, one worker, and is kept when it
is over. For people at this computer only, since what is keyed and heard here is an activation.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Any

import httpx
from flask import Blueprint, Request, Response, abort, jsonify, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from activation_core.access_numbers import REGIONS, Directory
from activation_core.region_names import ENGLISH, region_name, sorting_key
from ivr.chart import as_json, chart
from ivr.dialogue import Flow
from ivr.simulator.aloud import Aloud
from ivr.simulator.carrier import Carrier, Dialling
from ivr.simulator.curl import curl
from ivr.simulator.events import Event
from ivr.simulator.faults import Kind
from ivr.simulator.kept_calls import MOST, KeptCalls
from ivr.simulator.line import KEYS
from ivr.simulator.message_service import MessageService
from ivr.simulator.numbers_to_dial import languages, listed, number_for
from ivr.simulator.page_events import PageEvents
from ivr.simulator.replay import entries_before
from ivr.simulator.scenario_writer import NothingHeard, scenario_of
from ivr.simulator.switchboard import MAX_LIVE, PlacedCall, Switchboard
from ivr.simulator.trouble import BUSY, Answering
from ivr.simulator.wish import Wish, wish_in
from ivr.speech.speech import Speech
from ivr.wording import DEFAULT_LOCALE, Books

SPEEDS = (1, 4, "instant")  # what the page offers
MAX_KEYS = 200
LINE_FAULTS_IN_WORDS: Mapping[Kind, str] = {
    "dropped": "keys get lost",
    "doubled": "keys come twice",
    "mistyped": "a key beside it comes",
    "transposed": "keys change places",
    "slow": "keys come late",
    "hung_up": "the line breaks off",
}
DESK_FAULTS = (
    "the desk is slow by 5 seconds",
    "the desk is slow by 16 seconds",
    "the desk is down once",
    "the desk is down",
    "the database is locked",
    *BUSY,
)

_KEEP_ALIVE = 2.0  # seconds: a stream learns only by writing that nobody reads it
_RECONNECT = 50  # milliseconds


def softphone(
    answering: Answering,
    flow: Flow,
    directory: Directory,
    books: Books,
    kept: KeptCalls,
    speech: Speech,
    messages: MessageService,
    *,
    public_url: str,
    auth_token: str,
    guard: Callable[[Request], Response | None],
    token_hex: Callable[[int], str],
    clock: Callable[[], float],
    now: Callable[[], datetime],
    stream_seconds: float = 4.0,
) -> Blueprint:
    """The page and what its script asks for. Whoever is `answering` does so at `/voice` under `public_url`.

    That is for one call, at whose desk something may be wrong, and as `flow` declares. `messages` are the text messages
    that its callers are sent.

    `guard` refuses whoever is not at this computer: what is keyed and heard here is an activation.

    A stream of events ends by itself after `stream_seconds`, and the browser comes back for the rest: a
    server that stops waits for the streams that are open (Granian does), so this is how long that takes.
    """
    blueprint = Blueprint("phone", __name__, url_prefix="/phone", template_folder="templates", static_folder="static")
    voice_url = f"{public_url}/voice"

    def play(of: Dialling, call: PlacedCall) -> None:
        def remember(sent: httpx.Request) -> None:
            call.sent[sent.headers["I-Twilio-Idempotency-Token"]] = sent

        with (
            answering(call.wish.desk_fault) as (application, waited),
            httpx.Client(
                transport=httpx.WSGITransport(application, raise_app_exceptions=False),
                event_hooks={"request": [remember]},
            ) as client,
            Aloud(speech, call.line) as aloud,
        ):
            carrier = Carrier(
                client,
                auth_token=auth_token or None,
                voice_url=voice_url,
                fallback_url=f"{voice_url}/fallback",
                status_url=f"{voice_url}/status",
                latency=lambda url, took: took + waited(),
                messages=messages,
                speaker=aloud if call.line.speed == 1 else None,  # faster than life nothing can be heard
            )
            carrier.place(of, call.line)

    switchboard = Switchboard(play, directory, kept, token_hex, clock, now)

    @blueprint.before_request
    def guarded() -> Response | None:
        return guard(request)

    @blueprint.get("")
    def page() -> str:
        warmed_up()
        call_id, replay_id = request.args.get("call", ""), request.args.get("replay", "")
        call, again = switchboard.find(call_id), switchboard.find(replay_id)
        return render_template(
            "phone.html",
            regions=regions(),
            languages=languages(directory, books),
            numbers=[listed(number, books) for number in directory.numbers],
            region=_home_region(),
            speeds=SPEEDS,
            line_faults=LINE_FAULTS_IN_WORDS,
            desk_faults=DESK_FAULTS,
            call=call and described(call),
            # What is to be played again waits for somebody to press Call.
            replay=again and {"turn": max(0, request.args.get("turn", 0, int)), **described(again)},
            is_forgotten=(bool(call_id) and call is None) or (bool(replay_id) and again is None),
        )

    @blueprint.get("/number")
    def number() -> Response:
        """The number for a region and a language."""
        asked = request.args
        region = asked.get("region", "")
        if region not in REGIONS:
            abort(HTTPStatus.BAD_REQUEST, "region: expected the two letters of a country or region, such as DE.")
        wanted = asked.get("language", "")
        known = wanted if wanted in languages(directory, books) else ""
        return jsonify(number_for(region, known, asked.get("dialled", ""), directory, books))

    @blueprint.get("/chart")
    def drawn() -> Response:
        """The call as it is declared, for whoever draws it."""
        return jsonify(as_json(chart(flow)))

    @blueprint.post("/calls")
    def place() -> tuple[Response, int, Mapping[str, str]]:
        call = switchboard.place(*wished(_body()))
        if call is None:
            abort(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"{MAX_LIVE} calls are under way. Hang one up, or wait until one has ended.",
            )
        return jsonify(described(call)), HTTPStatus.CREATED, {"Location": url_for("phone.call", call_id=call.id)}

    @blueprint.get("/calls/<call_id>")
    def call(call_id: str) -> Response:
        return jsonify(described(found(call_id)))

    @blueprint.get("/calls/<call_id>/events")
    def events(call_id: str) -> Response:
        call, first = found(call_id), _first_wanted()
        if call.is_over and first >= len(call.line.events):
            return Response(status=HTTPStatus.NO_CONTENT)  # so that a browser does not come back
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return Response(stream(call, first), content_type="text/event-stream", headers=headers)

    @blueprint.get("/calls/<call_id>/scenario")
    def scenario(call_id: str) -> Response:
        """The call up to now as a file that `app.py call` plays."""
        call = found(call_id)
        events = list(call.line.events)
        if not call.is_over:  # as if the caller hung up now
            events.append(Event(call.line.time, "end", {"by": "caller", "why": "hung up", "status": "completed"}))
        try:
            wish = call.wish
            text = scenario_of(events, wish.region, wish.number.e164, directory, books, wish.desk_fault)
        except NothingHeard as nothing:
            abort(HTTPStatus.CONFLICT, str(nothing))
        headers = {"Content-Disposition": f'attachment; filename="call-{call.id}.call"', "Cache-Control": "no-store"}
        return Response(text, content_type="text/plain; charset=utf-8", headers=headers)

    @blueprint.get("/calls/<call_id>/curl/<token>")
    def command(call_id: str, token: str) -> Response:
        """One webhook as a command that makes it again, at the address where this page was asked for."""
        sent = found(call_id).sent.get(token)
        if sent is None:
            abort(
                HTTPStatus.NOT_FOUND,
                "The cookies of this webhook are known no more. Replay the call to get new ones.",
            )
        return Response(curl(sent, request.host_url), content_type="text/plain; charset=utf-8")

    @blueprint.post("/calls/<call_id>/keys")
    def press(call_id: str) -> tuple[str, int]:
        call, keys = found(call_id), _keys(_body())
        if call.is_over:
            abort(HTTPStatus.CONFLICT, "The call is over: nobody hears these keys.")
        call.line.press(keys)
        return "", HTTPStatus.NO_CONTENT

    @blueprint.post("/calls/<call_id>/hangup")
    def hang_up(call_id: str) -> tuple[str, int]:
        found(call_id).line.hang_up()
        return "", HTTPStatus.NO_CONTENT

    @blueprint.errorhandler(HTTPException)
    def problem(error: HTTPException) -> Response:
        """RFC 9457. A type of its own would tell no more than the status: about:blank, left out."""
        status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
        response = jsonify(title=status.phrase, status=status, detail=error.description)
        response.status_code, response.content_type = status, "application/problem+json"
        return response

    def wished(told: Mapping[str, Any]) -> tuple[Wish, Sequence[str]]:
        """The call that is asked for, and what is keyed in it before the person does."""
        try:
            if "replay" not in told:
                return wish_in(told, directory), ()
            again = found(str(told["replay"]))
            return again.wish, entries_before(again.line.events, _turn(told))
        except ValueError as error:
            abort(HTTPStatus.BAD_REQUEST, str(error))

    def found(call_id: str) -> PlacedCall:
        call = switchboard.find(call_id)
        if call is None:
            abort(HTTPStatus.NOT_FOUND, f"There is no such call. The latest {MOST:,} that are over are kept.")
        return call

    def described(call: PlacedCall) -> dict[str, Any]:
        return {
            "id": call.id,
            **call.wish.as_json(),
            "shown": call.wish.number.international,
            "region_name": region_name(call.wish.region, ENGLISH),
            "faults": [*(LINE_FAULTS_IN_WORDS[kind] for kind in call.wish.line_faults), call.wish.desk_fault],
            "is_over": call.is_over,
        }

    def stream(call: PlacedCall, n: int) -> Iterator[str]:
        until = clock() + stream_seconds
        tell = PageEvents(flow, books, call.line.events[:n])
        now = {"now": call.line.time, "speed": call.line.rate, "events": len(call.line.events)}
        yield f"retry: {_RECONNECT}\nevent: clock\ndata: {json.dumps(now)}\n\n"
        while (left := until - clock()) > 0:
            fresh = call.line.events_after(n, min(_KEEP_ALIVE, left))
            if not fresh:
                yield ": the line is open\n\n"
            for event in fresh:
                yield f"id: {n}\ndata: {json.dumps(tell(event))}\n\n"
                n += 1
            if fresh and fresh[-1].kind == "end":
                return

    @cache
    def warmed_up() -> None:
        """Whoever has opened the page places a call soon. The voices of other languages are ready at once."""
        speech.warm(books[DEFAULT_LOCALE].fixed())

    @cache
    def regions() -> list[tuple[str, str]]:
        """Every region, by name."""
        return sorted(((region_name(region, ENGLISH), region) for region in REGIONS), key=_in_order)

    return blueprint


# -- what was asked: each part as a value that can be trusted, or 400 in words --------------------------


def _body() -> Mapping[str, Any]:
    body = request.get_json()
    if not isinstance(body, dict):
        abort(HTTPStatus.BAD_REQUEST, "A JSON object is expected.")
    return body


def _turn(told: Mapping[str, Any]) -> int:
    turn = told.get("turn", 0)
    if isinstance(turn, bool) or not isinstance(turn, int):
        abort(HTTPStatus.BAD_REQUEST, "turn: expected the number of a webhook, counted from 0.")
    return turn


def _keys(body: Mapping[str, Any]) -> str:
    keys = body.get("keys")
    if not isinstance(keys, str) or not 1 <= len(keys) <= MAX_KEYS:
        abort(HTTPStatus.BAD_REQUEST, f"keys: expected a text of 1 to {MAX_KEYS} keys.")
    if strange := next((key for key in keys if key not in KEYS), ""):
        abort(HTTPStatus.BAD_REQUEST, f"keys: a telephone has no key {strange!r}. It has {KEYS}.")
    return keys


def _first_wanted() -> int:
    """The event after the last one that the browser has; else where it asks to begin. Nonsense is the first."""
    if last := _index(request.headers.get("Last-Event-ID", "")):
        return int(last) + 1
    return int(_index(request.args.get("from", "")) or 0)


def _index(text: str) -> str:
    return text if text.isascii() and text.isdigit() and len(text) < 9 else ""


# -- what the page is told about numbers ----------------------------------------------------------------


def _in_order(named: tuple[str, str]) -> tuple[str, str]:
    name, region = named
    return sorting_key(name), region


def _home_region() -> str:
    """What the address says, else the first region in the reader's languages (de-AT), else the United States."""
    tags = [tag for tag, quality in request.accept_languages if quality > 0]
    parts = [request.args.get("region", ""), *(part for tag in tags for part in tag.upper().split("-")[1:])]
    return next((part for part in parts if part in REGIONS), "US")
