"""The voice webhooks: read the request, advance the call, answer in TwiML. No decision is made here.

The call travels in a signed cookie, which Twilio keeps for each call (`call_cookie`): no state in a process, any
worker can answer the next webhook, and a repeated one gets the same answer.

A WSGI application of its own, because what Flask does around a view would cost a webhook as much as all of this.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs

from werkzeug.exceptions import Forbidden, HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge
from werkzeug.wrappers import Request

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
    standing,
    unanswered,
)
from ivr.signed_form import SignedForms, parse
from ivr.tally import counting
from ivr.tally.counting import Counts
from ivr.text_messages import NoTextMessages
from ivr.twiml import Documents
from ivr.wording import DEFAULT_LOCALE, Books, missing

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

Count = Callable[[datetime, Counts, str], None]  # in the hour of a moment; under the same name once only

PREFIX = "/voice"
LAST_RESORT = ("out_of_order", "call_again")  # prompts that are said when the flow cannot go on
_KEYS = frozenset("0123456789*#")
_LARGEST = 64 * 1024  # bytes of a body
_ENDED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})  # of the carrier's statuses
_STEP = f"{PREFIX}/step/"


def uncounted(at: datetime, counts: Counts, once: str) -> None:
    """For calls that are no part of anybody's day."""


class Webhook(NamedTuple):
    """What the carrier asks and says."""

    form: dict[str, str]
    cookie: str
    once: str  # the same where the carrier repeats a webhook, so that it counts once
    step: str = ""
    part: int = 0

    @property
    def caller_region(self) -> str:
        """What the carrier says, else what the number tells; '' where it is withheld."""
        return self.form.get("FromCountry") or region_of(self.form.get("From")) or ""


class Answer(NamedTuple):
    document: str
    cookie: str = ""
    status: str = "200 OK"


class Webhooks:
    """The application of one flow, for all paths below PREFIX."""

    def __init__(
        self,
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
    ) -> None:
        """Every request must carry Twilio's signature for `public_url` plus its path, by one of the `auth_tokens`.

        Without any only this machine itself may call. `operator` is the number that callers are put through to, or ''.
        The last of `session_keys` signs the cookies, all of them are believed. `texts` sends text messages to whoever
        calls.
        """
        for lacking, prompts in missing(books, flow.prompts() | set(LAST_RESORT)).items():
            log.warning("prompt book %s lacks %s: they are said in %s", lacking, ", ".join(prompts), DEFAULT_LOCALE)
        self._flow, self._desk, self._directory, self._books, self._texts = flow, desk, directory, books, texts
        self._public_url, self._is_open, self._operator = public_url, not auth_tokens, operator
        self._now, self._count = now, count
        self._forms, self._documents = SignedForms(auth_tokens), Documents(books, _action, operator)
        self._cookie = CallCookie(session_keys, PREFIX, secure=public_url.startswith("https:"))
        self._ways: dict[str, Callable[[Webhook], Answer]] = {
            PREFIX: self._incoming,
            f"{PREFIX}/dialled": self._dialled,
            f"{PREFIX}/status": self._status,
            f"{PREFIX}/fallback": self._fallback,
        }

    def before(self, others: WSGIApplication) -> WSGIApplication:
        """This application for its own paths, and another one for the rest."""

        def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            ours = f"{environ['PATH_INFO']}/".startswith(f"{PREFIX}/")
            return (self if ours else others)(environ, start_response)

        return application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["SCRIPT_NAME"] + environ["PATH_INFO"]
        step = path.removeprefix(_STEP) if path.startswith(_STEP) else ""
        way = self._keyed if step else self._ways.get(path)
        try:
            if way is None:
                raise NotFound
            if environ["REQUEST_METHOD"] != "POST":
                raise MethodNotAllowed(["POST"])
            webhook = self._from_the_carrier(environ, path, step)
        except HTTPException as refused:
            return refused(environ, start_response)
        document, cookie, status = self._answered(way, webhook)
        body = document.encode()
        headers = [("Content-Type", "text/xml; charset=utf-8"), ("Content-Length", str(len(body)))]
        if cookie:
            headers.append(("Set-Cookie", cookie))
        start_response(status, headers if body else [])
        return [body]

    def _from_the_carrier(self, environ: WSGIEnvironment, path: str, step: str) -> Webhook:
        """Refused before the body is waited for: whoever sends one slowly would hold a thread."""
        signature = environ.get("HTTP_X_TWILIO_SIGNATURE", "")
        if self._is_open:
            request = Request(environ)
            if not is_from_here(request.remote_addr, request.host, request.headers):
                raise _refused("not from this machine")
        elif not signature:
            raise _refused("no signature")
        try:
            fields = parse(_body(environ))
        except ValueError:
            raise RequestEntityTooLarge from None
        query = environ["QUERY_STRING"]
        # As the carrier knows it, and signed it; behind a proxy the request is for another.
        url = f"{self._public_url}{path}?{query}" if query else self._public_url + path
        if not self._is_open and not self._forms.are_signed(url, fields, signature):
            raise _refused("wrong signature")
        return Webhook(
            dict(reversed(fields)),
            environ.get("HTTP_COOKIE", ""),
            environ.get("HTTP_I_TWILIO_IDEMPOTENCY_TOKEN", ""),
            step,
            _part(query) if query else 0,
        )

    def _answered(self, way: Callable[[Webhook], Answer], webhook: Webhook) -> Answer:
        """Whatever goes wrong, the caller is put through. Only the place is logged: a message may hold digits."""
        try:
            return way(webhook)
        except DeskDown:
            # What was keyed cannot be handed over. Not tried again: each try lasts as long as the desk is waited for.
            log.error("the desk is down: a caller is put through without a reference")
            return self._last_resort(webhook)
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            file = PurePath(place.filename).name
            log.error("a defect in a call: %s in %s, %s line %s", type(error).__name__, place.name, file, place.lineno)
            return self._put_through(webhook)

    def _incoming(self, webhook: Webhook) -> Answer:
        dialled, region = webhook.form.get("To", ""), webhook.caller_region
        number, toll_free = self._directory.find(dialled), self._directory.toll_free_instead(dialled, region)
        spoken = [locale for locale in (number.languages if number else ()) if locale in self._books]
        locale, *others = spoken or [DEFAULT_LOCALE]
        free, free_in = (toll_free.as_dialled_from(region), toll_free.languages) if toll_free else ("", ())
        told = facts(webhook.form["CallSid"], locale, others, free, free_in)
        answered = round(self._now().timestamp())
        call, verbs = open_call(self._flow, self._callers_desk(webhook), **told, answered=answered)
        self._tally(webhook, call, counting.answered(call))
        return self._answer(call, verbs)

    def _keyed(self, webhook: Webhook) -> Answer:
        keys = "".join([key for key in webhook.form.get("Digits", "") if key in _KEYS])
        before = self._call_so_far(webhook)
        call, verbs = advance(self._flow, before, keys, self._callers_desk(webhook), webhook.step, webhook.part)
        moment = self._now().timestamp()
        self._tally(webhook, call, counting.keyed(self._flow, before, webhook.step, keys, call, moment))
        return self._answer(call, verbs)

    def _dialled(self, webhook: Webhook) -> Answer:
        if webhook.form.get("DialCallStatus") in ("completed", "answered"):
            return self._document([Hangup()], webhook)
        try:
            before = self._call_so_far(webhook)
            call, verbs = unanswered(self._flow, before, self._callers_desk(webhook))
            self._tally(webhook, call, counting.went_on(before, call, self._now().timestamp()))
            return self._answer(call, verbs)
        except KeyError:  # only a flow that dialled knows how to go on; the last resort must not dial again
            return self._document(_last_words(), webhook)

    def _status(self, webhook: Webhook) -> Answer:
        if (told := webhook.form.get("CallStatus")) in _ENDED:
            log.debug("a call ended: %r", told)
            self._desk.note(webhook.form.get("CallSid", ""), "over")
        return Answer("", status="204 No Content")

    def _fallback(self, webhook: Webhook) -> Answer:
        code = webhook.form.get("ErrorCode", "")
        log.error("the carrier fell back: error %s", code if code.isdecimal() and len(code) < 6 else "unknown")
        return self._put_through(webhook)

    def _put_through(self, webhook: Webhook) -> Answer:
        """To the operator with what has been keyed, or, if even that fails, without."""
        try:
            before = self._call_so_far(webhook)
            desk = self._callers_desk(webhook)
            call, verbs = give_up(self._flow, before.knowing(out_of_order=True), desk)
            self._tally(webhook, call, counting.out_of_order(before, call, self._now().timestamp()))
        except Exception:
            return self._last_resort(webhook)
        return self._answer(call, [Speak(LAST_RESORT[0]), *verbs])

    def _last_resort(self, webhook: Webhook) -> Answer:
        self._count(self._now(), counting.DEFECT, webhook.once)
        return self._document([Speak(LAST_RESORT[0]), Dial()] if self._operator else _last_words(), webhook)

    def _tally(self, webhook: Webhook, call: Call, counts: Counts) -> None:
        """In the hour in which the call was answered."""
        self._count(datetime.fromtimestamp(call.facts["answered"], UTC), counts, webhook.once)

    def _answer(self, call: Call, verbs: Sequence[Verb]) -> Answer:
        self._desk.note(call.facts["call"], standing(verbs))
        return Answer(self._documents.render(verbs, call.facts["locale"]), self._cookie.write(call))

    def _document(self, verbs: Sequence[Verb], webhook: Webhook) -> Answer:
        """In the language of the call, as far as it is known; the call stays where it is."""
        self._desk.note(webhook.form.get("CallSid", ""), standing(verbs))
        call = self._cookie.read(webhook.cookie)
        return Answer(self._documents.render(verbs, call.facts["locale"] if call else DEFAULT_LOCALE))

    def _callers_desk(self, webhook: Webhook) -> CallersDesk:
        form = webhook.form
        return CallersDesk(self._desk, self._texts, form.get("From", ""), form.get("AccountSid", ""))

    def _call_so_far(self, webhook: Webhook) -> Call:
        """As the last document left it. KeyError where the carrier lost its cookie, or mixes up calls."""
        call = self._cookie.read(webhook.cookie)
        if call is None or call.facts["call"] != webhook.form["CallSid"]:
            raise KeyError("there is no cookie, or that of another call")
        return call


def _body(environ: WSGIEnvironment) -> bytes:
    """As long as it says it is, or in chunks. ValueError where that is too long."""
    said = environ.get("CONTENT_LENGTH")
    if not said and not environ.get("wsgi.input_terminated"):
        return b""  # what is neither may never end
    length = int(said) if said else _LARGEST + 1
    if said and not 0 <= length <= _LARGEST:
        raise ValueError("a body that is too large")
    body: bytes = environ["wsgi.input"].read(length)
    if len(body) > _LARGEST:
        raise ValueError("a body that is too large")
    return body


def _refused(why: str) -> Forbidden:
    log.warning("refused a webhook: %s", why)
    return Forbidden()


def _last_words() -> list[Verb]:
    return [*(Speak(prompt) for prompt in LAST_RESORT), Hangup()]


def _action(verb: Gather | Dial) -> str:
    if isinstance(verb, Dial):
        return f"{PREFIX}/dialled"
    return f"{_STEP}{verb.step}" + (f"?part={verb.part}" if verb.part else "")


def _part(query: str) -> int:
    """Of a recital; 0 where it is none of ours."""
    text = next(iter(parse_qs(query).get("part", [])), "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
