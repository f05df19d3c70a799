"""The voice webhooks: read the request, advance the call, answer in TwiML. No decision is made here.

The call travels in a signed cookie, which Twilio keeps for each call (`call_cookie`): no state in a process, any
worker can answer the next webhook, and a repeated one gets the same answer.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import PurePath
from typing import NoReturn

from flask import Blueprint, Response, abort, g, request
from werkzeug.exceptions import HTTPException

from activation_core.access_numbers import Directory, region_of
from activation_core.from_here import is_from_here
from ivr.activation_call import Desk, DeskDown, facts
from ivr.call_cookie import CallCookie
from ivr.callers_desk import CallersDesk, Texts
from ivr.dialogue import (
    Call,
    Dial,
    Flow,
    Gather,
    Hangup,
    Speak,
    Verb,
    advance,
    give_up,
    open_call,
    unanswered,
)
from ivr.signed_form import SignedForms, parse
from ivr.tally import counting
from ivr.tally.counting import Counts
from ivr.text_messages import NoTextMessages
from ivr.twiml import Documents
from ivr.wording import DEFAULT_LOCALE, Books, missing

log = logging.getLogger(__name__)

Count = Callable[[datetime, Counts, str], None]  # in the hour of a moment; under the same name once only

PREFIX = "/voice"
LAST_RESORT = ("out_of_order", "call_again")  # prompts that are said when the flow cannot go on
_KEYS = frozenset("0123456789*#")
_PASSED_ON = frozenset({403, 413})


def uncounted(at: datetime, counts: Counts, once: str) -> None:
    """For calls that are no part of anybody's day."""


def voice(
    flow: Flow,
    desk: Desk,
    directory: Directory,
    books: Books,
    *,
    public_url: str,
    auth_tokens: Sequence[str],
    session_keys: Sequence[bytes],
    operator: str,
    now: Callable[[], datetime],
    count: Count = uncounted,
    texts: Texts = NoTextMessages(),  # noqa: B008 (it is nobody's to change)
) -> Blueprint:
    """The blueprint of one flow.

    Every request must carry Twilio's signature for `public_url` plus its path, by one of the `auth_tokens`; without
    any only this machine itself may call. `operator` is the number that callers are put through to, or ''. The last
    of `session_keys` signs the cookies, all of them are believed. `texts` sends text messages to whoever calls.
    """
    blueprint = Blueprint("voice", __name__, url_prefix=PREFIX)
    for lacking, prompts in missing(books, flow.prompts() | set(LAST_RESORT)).items():
        log.warning("prompt book %s lacks %s: they are said in %s", lacking, ", ".join(prompts), DEFAULT_LOCALE)
    forms, documents = SignedForms(auth_tokens), Documents(books, _action, operator)
    cookie = CallCookie(session_keys, PREFIX, secure=public_url.startswith("https:"))

    @blueprint.before_request
    def from_the_carrier() -> None:
        # Refused before the body is waited for: whoever sends one slowly would hold a thread.
        if auth_tokens and "X-Twilio-Signature" not in request.headers:
            refuse("no signature")
        if not auth_tokens and not is_from_here(request.remote_addr, request.host, request.headers):
            refuse("not from this machine")
        try:
            fields = parse(request.get_data())
        except ValueError:
            abort(413)
        if auth_tokens and not forms.are_signed(_url(), fields, request.headers["X-Twilio-Signature"]):
            refuse("wrong signature")
        g.form = dict(reversed(fields))

    def refuse(why: str) -> NoReturn:
        log.warning("refused a webhook: %s", why)
        abort(403)

    def _url() -> str:
        """As the carrier knows it, and signed it; behind a proxy request.url is another."""
        query = request.query_string.decode("latin-1")
        return public_url + request.path + (f"?{query}" if query else "")

    @blueprint.post("")
    def incoming() -> Response:
        dialled, region = g.form.get("To", ""), _caller_region()
        number, toll_free = directory.find(dialled), directory.toll_free_instead(dialled, region)
        spoken = [locale for locale in (number.languages if number else ()) if locale in books]
        locale, *others = spoken or [DEFAULT_LOCALE]
        free, free_in = (toll_free.as_dialled_from(region), toll_free.languages) if toll_free else ("", ())
        told = facts(g.form["CallSid"], locale, others, free, free_in)
        call, verbs = open_call(flow, callers_desk(), **told, answered=round(now().timestamp()))
        tally(call, counting.answered(call))
        return answer(call, verbs)

    @blueprint.post("/step/<step>")
    def keyed(step: str) -> Response:
        keys = "".join(key for key in g.form.get("Digits", "") if key in _KEYS)
        part = max(0, request.args.get("part", 0, int))
        before = call_so_far()
        call, verbs = advance(flow, before, keys, callers_desk(), step, part)
        tally(call, counting.keyed(flow, before, step, keys, call, now().timestamp()))
        return answer(call, verbs)

    @blueprint.post("/dialled")
    def dialled() -> Response:
        if g.form.get("DialCallStatus") in ("completed", "answered"):
            return document([Hangup()], locale_so_far())
        try:
            before = call_so_far()
            call, verbs = unanswered(flow, before, callers_desk())
            tally(call, counting.went_on(before, call, now().timestamp()))
            return answer(call, verbs)
        except KeyError:  # only a flow that dialled knows how to go on; the last resort must not dial again
            return document(last_words(), locale_so_far())

    @blueprint.post("/status")
    def status() -> tuple[str, int]:
        log.info("a call ended: %r", g.form.get("CallStatus", "")[:20])
        return "", 204

    @blueprint.post("/fallback")
    def fallback() -> Response:
        code = g.form.get("ErrorCode", "")
        log.error("the carrier fell back: error %s", code if code.isdecimal() and len(code) < 6 else "unknown")
        return put_through()

    @blueprint.errorhandler(Exception)
    def defect(error: Exception) -> Response | HTTPException:
        """Whatever goes wrong, the caller is put through. Only the place is logged: a message may hold digits."""
        if isinstance(error, HTTPException) and error.code in _PASSED_ON:
            return error
        place = traceback.extract_tb(error.__traceback__)[-1]
        file = PurePath(place.filename).name
        log.error("a defect in a call: %s in %s, %s line %s", type(error).__name__, place.name, file, place.lineno)
        return put_through()

    @blueprint.errorhandler(DeskDown)
    def nothing_kept(error: DeskDown) -> Response:
        """What was keyed cannot be handed over. Not tried again: each try lasts as long as the desk is waited for."""
        log.error("the desk is down: a caller is put through without a reference")
        return last_resort()

    def put_through() -> Response:
        """To the operator with what has been keyed, or, if even that fails, without."""
        try:
            before = call_so_far()
            call, verbs = give_up(flow, before.knowing(out_of_order=True), callers_desk())
            tally(call, counting.out_of_order(before, call, now().timestamp()))
        except Exception:
            return last_resort()
        return answer(call, [Speak(LAST_RESORT[0]), *verbs])

    def last_resort() -> Response:
        count(now(), counting.DEFECT, _token())
        return document([Speak(LAST_RESORT[0]), Dial()] if operator else last_words(), locale_so_far())

    def tally(call: Call, counts: Counts) -> None:
        """In the hour in which the call was answered."""
        count(datetime.fromtimestamp(call.facts["answered"], UTC), counts, _token())

    def last_words() -> list[Verb]:
        return [*(Speak(prompt) for prompt in LAST_RESORT), Hangup()]

    def answer(call: Call, verbs: Sequence[Verb]) -> Response:
        response = document(verbs, call.facts["locale"])
        cookie.write(response, call)
        return response

    def document(verbs: Sequence[Verb], locale: str) -> Response:
        return Response(documents.render(verbs, locale), content_type="text/xml; charset=utf-8")

    def callers_desk() -> CallersDesk:
        return CallersDesk(desk, texts, g.form.get("From", ""))

    def call_so_far() -> Call:
        """As the last document left it. KeyError where the carrier lost its cookie, or mixes up calls."""
        call = cookie.read(request)
        if call is None or call.facts["call"] != g.form["CallSid"]:
            raise KeyError("there is no cookie, or that of another call")
        return call

    def locale_so_far() -> str:
        call = cookie.read(request)
        return call.facts["locale"] if call else DEFAULT_LOCALE

    return blueprint


def _action(verb: Gather | Dial) -> str:
    if isinstance(verb, Dial):
        return f"{PREFIX}/dialled"
    return f"{PREFIX}/step/{verb.step}" + (f"?part={verb.part}" if verb.part else "")


def _token() -> str:
    """The same where the carrier repeats a webhook, so that it counts once."""
    return request.headers.get("I-Twilio-Idempotency-Token", "")


def _caller_region() -> str:
    """What the carrier says, else what the number tells; '' where it is withheld."""
    return g.form.get("FromCountry") or region_of(g.form.get("From")) or ""
