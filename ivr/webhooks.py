"""The voice webhooks: read the request, advance the call, answer in TwiML. No decision is made here.

The call travels in Flask's signed session cookie, which Twilio keeps for each call: no state in a process,
any worker can answer the next webhook, and a repeated one gets the same answer.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import PurePath

from flask import Blueprint, Response, abort, request, session, url_for
from twilio.request_validator import RequestValidator
from werkzeug.exceptions import HTTPException

from activation_core.access_numbers import Directory, region_of
from activation_core.from_here import is_from_here
from ivr import twiml
from ivr.activation_call import Desk, facts
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
from ivr.wording import DEFAULT_LOCALE, Books

log = logging.getLogger(__name__)

LAST_RESORT = ("out_of_order", "call_again")  # prompts that no flow declares: said when the flow cannot go on
_KEYS = frozenset("0123456789*#")
_PASSED_ON = frozenset({403, 413})


def voice(
    flow: Flow,
    desk: Desk,
    directory: Directory,
    books: Books,
    *,
    public_url: str,
    auth_token: str,
    operator: str,
) -> Blueprint:
    """The blueprint of one flow.

    Every request must carry Twilio's signature for `public_url` plus its path; with no `auth_token` only
    this machine itself may call. `operator` is the number that callers are put through to, or ''.
    """
    blueprint = Blueprint("voice", __name__, url_prefix="/voice")
    validator = RequestValidator(auth_token)

    @blueprint.before_request
    def from_the_carrier() -> None:
        if not (_is_signed() if auth_token else is_from_here(request.remote_addr, request.host, request.headers)):
            log.warning("refused a webhook: %s", "wrong signature" if auth_token else "not from this machine")
            abort(403)

    def _is_signed() -> bool:
        signature = request.headers.get("X-Twilio-Signature")
        if not signature:
            return False  # before the body is waited for: whoever sends one slowly would hold a thread
        # What was signed is the URL as Twilio knows it; behind a proxy request.url is another.
        query = request.query_string.decode("latin-1")
        url = public_url + request.path + (f"?{query}" if query else "")
        return bool(validator.validate(url, request.form, signature))

    @blueprint.post("")
    def incoming() -> Response:
        dialled, region = request.form.get("To", ""), _caller_region()
        number, toll_free = directory.find(dialled), directory.toll_free_instead(dialled, region)
        spoken = [locale for locale in (number.languages if number else ()) if locale in books]
        locale, *others = spoken or [DEFAULT_LOCALE]
        free = toll_free.as_dialled_from(region) if toll_free else ""
        return answer(*open_call(flow, desk, **facts(request.form["CallSid"], locale, others, free)))

    @blueprint.post("/step/<step>")
    def keyed(step: str) -> Response:
        keys = "".join(key for key in request.form.get("Digits", "") if key in _KEYS)
        part = max(0, request.args.get("part", 0, int))
        return answer(*advance(flow, _call(), keys, desk, step, part))

    @blueprint.post("/dialled")
    def dialled() -> Response:
        if request.form.get("DialCallStatus") in ("completed", "answered"):
            return document([Hangup()])
        try:
            return answer(*unanswered(flow, _call(), desk))
        except KeyError:  # only a flow that dialled knows how to go on; the last resort must not dial again
            return document(last_words())

    @blueprint.post("/status")
    def status() -> tuple[str, int]:
        log.info("a call ended: %r", request.form.get("CallStatus", "")[:20])
        return "", 204

    @blueprint.post("/fallback")
    def fallback() -> Response:
        log.error("the carrier fell back: error %s", request.form.get("ErrorCode", type=int))
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

    def put_through() -> Response:
        """To the operator with what has been keyed, or, if even that fails, without."""
        try:
            call, verbs = give_up(flow, _call(), desk)
        except Exception:
            return document([Speak(LAST_RESORT[0]), Dial()] if operator else last_words())
        return answer(call, [Speak(LAST_RESORT[0]), *verbs])

    def last_words() -> list[Verb]:
        return [*(Speak(prompt) for prompt in LAST_RESORT), Hangup()]

    def answer(call: Call, verbs: Sequence[Verb]) -> Response:
        session["call"] = asdict(call)
        return document(verbs)

    def document(verbs: Sequence[Verb]) -> Response:
        locale = session["call"]["facts"]["locale"] if "call" in session else DEFAULT_LOCALE
        text = twiml.render(verbs, books, locale, _action, operator)
        return Response(text, content_type="text/xml; charset=utf-8")

    return blueprint


def _call() -> Call:
    """The call as the last document left it. KeyError where the carrier lost its cookie, or mixes up calls."""
    call = Call(**session["call"])
    if call.facts["call"] != request.form["CallSid"]:
        raise KeyError("this cookie belongs to another call")
    return call


def _action(verb: Gather | Dial) -> str:
    if isinstance(verb, Dial):
        return url_for("voice.dialled")
    return url_for("voice.keyed", step=verb.step, part=verb.part or None)


def _caller_region() -> str:
    """What the carrier says, else what the number tells; '' where it is withheld."""
    return request.form.get("FromCountry") or region_of(request.form.get("From")) or ""
