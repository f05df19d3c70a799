"""A simulated telephone company: it plays a call against any voice webhook application as Twilio does.

It knows Twilio's wire facts and nothing of the application, which may be in any language behind any URL:
real HTTP with an ordinary `httpx.Client`, or in process, with the same code, given
`httpx.Client(transport=httpx.WSGITransport(app=app, raise_app_exceptions=False))`. It reads no clock (but
see `latency`) and no randomness: the same call yields the same events byte for byte. It is no telephone
(nothing is heard: durations are modelled) and no caller (keys come from a line).

Documented: verbs and their defaults, when a Gather ends and what it sends, that keys count only while a
Gather is open, barge-in, the fallback URL, cookies, redirects.
Inferences, each also named where it is used: `FinishedOnKey=#` when the hash ended a Gather (all
captures show it empty; `strict` leaves it so); `Digits` empty with actionOnEmptyResult; an unanswered
caller who hangs up leaves `no-answer`; the document after an HTTP redirect is the one that relative
addresses refer to; an empty document answers the call before it ends it. Lengths of audio files and of
dialled calls are the constructor's.
"""

import hashlib
import time
import uuid
from dataclasses import dataclass, replace
from typing import Any, Literal

import httpx

from ivr.simulator.carrier_errors import OWN, Problem
from ivr.simulator.document import (
    Dial,
    Document,
    Gather,
    Hangup,
    Method,
    Pause,
    Play,
    Prompt,
    Redirect,
    Reject,
    Say,
    Verb,
    spoken_words,
)
from ivr.simulator.events import Event, EventKind, as_json
from ivr.simulator.line import HungUp, Line
from ivr.simulator.speech_time import speech_seconds
from ivr.simulator.webhook import (
    MAX_BODY,
    MAX_REDIRECTS,
    Dialling,
    Target,
    body_text,
    compose,
    document_in,
    parameters,
    resolve,
    send,
)

__all__ = [
    "CANNED_MESSAGE",
    "Carrier",
    "DialOutcome",
    "Dialling",
    "Event",
    "EventKind",
    "HungUp",
    "Line",
    "as_json",
]

DialOutcome = Literal["completed", "busy", "no-answer", "failed"]

CANNED_MESSAGE = "We are sorry, an application error has occurred. Goodbye."

_FALLBACK = "fallback"

NOBODY_LISTENED = "nothing was listening"
UNDER_WAY = "the request was under way"
PUT_THROUGH = "the caller was put through"

_SECONDS_PER_TONE = 0.25  # no source: about what a keypad plays
_SECONDS_PER_WAIT = {"w": 0.5, "W": 1.0}  # documented


class Carrier:
    """A number at the telephone company: where its calls are answered, and how its world behaves.

    One client serves one call at a time, since cookies belong to a call.
    """

    def __init__(
        self,
        client: httpx.Client,
        *,
        auth_token: str | None,
        voice_url: str,
        voice_method: Method = "POST",
        fallback_url: str | None = None,
        fallback_method: Method = "POST",
        status_url: str | None = None,
        status_method: Method = "POST",
        latency: float | None = 0.25,
        dial_outcome: DialOutcome = "completed",
        dial_seconds: float = 30.0,
        ring_seconds: float = 2.0,
        audio_seconds: float = 3.0,
        strict: bool = False,
        max_requests: int = 200,
        max_seconds: float = 4 * 60 * 60,
    ) -> None:
        """Without an auth token nothing is signed; `strict` follows documented facts only.

        `latency` is what a webhook takes on the call's clock; None takes what it really took.
        """
        self.client = client
        self.auth_token = auth_token
        self.voice = Target(voice_url, voice_method, "the call came in")
        self.fallback = Target(fallback_url, fallback_method, _FALLBACK) if fallback_url else None
        self.status = Target(status_url, status_method, "status callback") if status_url else None
        self.latency = latency
        self.dial_outcome = dial_outcome
        self.dial_seconds = dial_seconds
        self.ring_seconds = ring_seconds
        self.audio_seconds = audio_seconds
        self.strict = strict
        self.max_requests = max_requests
        self.max_seconds = max_seconds

    def place(self, dialling: Dialling, line: Line) -> tuple[Event, ...]:
        """Play the whole call to its end and return all that happened."""
        self.client.cookies.clear()
        return _Call(self, dialling, line).play()


# -- where a call goes next: what a verb, a document and a request lead to -----------------------------


@dataclass(frozen=True)
class _Goto:
    target: Target


@dataclass(frozen=True)
class _Failed:
    """Something fatal at this URL; in the fallback document there is no second rescue."""

    problem: Problem
    url: str
    in_fallback: bool


@dataclass(frozen=True)
class _Over:
    by: Literal["caller", "application", "carrier"]
    why: str
    status: str = "completed"


_Next = _Goto | _Failed | _Over


@dataclass(frozen=True)
class _Page:
    """A document and where it came from."""

    url: str
    document: Document
    is_fallback: bool


@dataclass(frozen=True)
class _Entry:
    """What a Gather got."""

    digits: str
    key: str
    why: Literal["finish key", "number of digits", "timeout", "silence", "finish key first"]


class _CutOff(Exception):
    pass


class _Call:
    """One call while it lasts."""

    def __init__(self, carrier: Carrier, dialling: Dialling, line: Line) -> None:
        self.carrier = carrier
        self.dialling = dialling
        self.line = line
        self.events: list[Event] = []
        self.requests = 0
        self.dials = 0
        self.answered_at: float | None = None

    def play(self) -> tuple[Event, ...]:
        over = self._play_to_its_end()
        self._call_back(over)
        self._note("end", by=over.by, why=over.why, status=over.status)
        return tuple(self.events)

    def _play_to_its_end(self) -> _Over:
        try:
            return self._go(_Goto(self.carrier.voice))
        except HungUp:
            status = "no-answer" if self.answered_at is None else "completed"  # the first is an inference
            return _Over("caller", "hung up", status)
        except _CutOff as cut:
            self._report(Problem(OWN, str(cut)), self.carrier.voice.url)
            return _Over("carrier", str(cut))

    def _go(self, step: _Next) -> _Over:
        while True:
            match step:
                case _Goto(target):
                    step = self._visit(target)
                case _Failed():
                    step = self._rescue(step)
                case _Over():
                    return step

    # -- documents -------------------------------------------------------------------------------------

    def _visit(self, target: Target) -> _Next:
        page = self._fetch(target)
        return page if isinstance(page, _Failed) else self._play_page(page)

    def _play_page(self, page: _Page) -> _Next:
        for problem in page.document.problems:
            self._report(problem, page.url)
        for read in page.document.verbs:
            for problem in read.problems:
                self._report(problem, page.url)
            step = self._play_verb(read.verb, page) if read.verb else None
            if step is not None:
                return step
        self._answer()  # inference: an empty document answers as well
        return _Over("application", "end of the document")

    def _play_verb(self, verb: Verb, page: _Page) -> _Next | None:
        """Where the verb leads; None goes on to the next one."""
        if not isinstance(verb, Pause | Reject):
            self._answer()
        match verb:
            case Say() | Play() | Pause():
                self._play_prompt(verb, page)
                return None
            case Gather():
                return self._gather(verb, page)
            case Redirect(url, method):
                return _Goto(Target(resolve(page.url, url), method, "Redirect"))
            case Dial():
                return self._dial(verb, page)
            case Hangup():
                return _Over("application", "Hangup")
            case Reject(reason):
                return self._reject(reason)

    def _rescue(self, failed: _Failed) -> _Next:
        self._report(failed.problem, failed.url)
        if self.carrier.fallback is None or failed.in_fallback:
            return self._apologise(failed.problem)
        extra = {"ErrorCode": str(failed.problem.code), "ErrorUrl": failed.url}
        return _Goto(replace(self.carrier.fallback, extra=extra))

    def _apologise(self, problem: Problem) -> _Over:
        self._answer()
        seconds = speech_seconds(CANNED_MESSAGE, "en-US")
        self._note("say", text=CANNED_MESSAGE, language="en-US", voice="man", seconds=seconds, gather=False)
        self._pass(seconds, NOBODY_LISTENED)
        return _Over("carrier", f"error {problem.code}")

    # -- prompts ---------------------------------------------------------------------------------------

    def _play_prompt(self, prompt: Prompt, page: _Page) -> None:
        for _ in range(_times(prompt)):
            seconds = self._begin(prompt, page, gather=False)
            self._pass(seconds, NOBODY_LISTENED)

    def _begin(self, prompt: Prompt, page: _Page, *, gather: bool) -> float:
        """Tell of the prompt; how long it takes."""
        match prompt:
            case Say(speech, voice, language):
                seconds = speech_seconds(speech, language)
                words = spoken_words(speech)
                self._note("say", text=words, language=language, voice=voice, seconds=seconds, gather=gather)
            case Play(_, digits) if digits:
                seconds = round(sum(_SECONDS_PER_WAIT.get(tone, _SECONDS_PER_TONE) for tone in digits), 2)
                self._note("play", digits=digits, seconds=seconds, gather=gather)
            case Play(url):
                seconds = self.carrier.audio_seconds
                self._note("play", url=resolve(page.url, url), seconds=seconds, gather=gather)
            case Pause(length):
                seconds = float(length)
                self._note("pause", seconds=seconds, gather=gather)
        return seconds

    # -- keys ------------------------------------------------------------------------------------------

    def _gather(self, gather: Gather, page: _Page) -> _Next | None:
        action = resolve(page.url, gather.action or "")
        self._note(
            "listen",
            numDigits=gather.num_digits,
            finishOnKey=gather.finish_on_key,
            timeout=gather.timeout,
            input=gather.input,
            action=action,
        )
        entry = self._collect(gather, page)
        self._note("gathered", digits=entry.digits, key=entry.key, why=entry.why)
        if entry.digits or gather.action_on_empty_result:
            return _Goto(Target(action, gather.method, "Gather action", self._gathered(entry)))
        return None

    def _gathered(self, entry: _Entry) -> dict[str, str]:
        # Inference: the key that ended the Gather. Every capture ended otherwise, and shows it empty.
        finished_on_key = "" if self.carrier.strict else entry.key
        return {"Digits": entry.digits, "FinishedOnKey": finished_on_key, "msg": "Gather End"}

    def _collect(self, gather: Gather, page: _Page) -> _Entry:
        if "dtmf" not in gather.input:
            return self._hear_no_keys(gather, page)
        key = self._first_key(gather, page)
        if key is None:
            return _Entry("", "", "silence")
        digits = ""
        while key is not None:
            if key == gather.finish_on_key:
                self._note("key", key=key, digits=digits)
                return _Entry(digits, key, "finish key" if digits else "finish key first")
            digits += key
            self._note("key", key=key, digits=digits)
            if len(digits) == gather.num_digits:
                return _Entry(digits, "", "number of digits")
            key = self._next_key(gather.timeout)
        return _Entry(digits, "", "timeout")

    def _first_key(self, gather: Gather, page: _Page) -> str | None:
        """The key that stops the prompts, or comes within the timeout after them."""
        for prompt in gather.prompts:
            for _ in range(_times(prompt)):
                seconds = self._begin(prompt, page, gather=True)
                if (key := self._next_key(seconds)) is not None:
                    return key
        self._note("wait", seconds=gather.timeout)
        return self._next_key(gather.timeout)

    def _hear_no_keys(self, gather: Gather, page: _Page) -> _Entry:
        """A Gather of speech alone: keys do not count, and this carrier hears no words yet."""
        for prompt in gather.prompts:
            for _ in range(_times(prompt)):
                self._pass(self._begin(prompt, page, gather=True), NOBODY_LISTENED)
        self._note("wait", seconds=gather.timeout)
        self._pass(gather.timeout, NOBODY_LISTENED)
        return _Entry("", "", "silence")

    # -- other verbs -----------------------------------------------------------------------------------

    def _dial(self, dial: Dial, page: _Page) -> _Next | None:
        self.dials += 1
        outcome = self.carrier.dial_outcome
        talk = min(self.carrier.dial_seconds, dial.time_limit) if outcome == "completed" else 0.0
        seconds = self._ring_seconds(outcome, dial) + talk
        self._note("dial", number=", ".join(dial.numbers), outcome=outcome, seconds=seconds)
        self._pass(seconds, PUT_THROUGH)
        if dial.action is None:
            return None
        extra = {"DialCallSid": self._sid("CA", f"dial/{self.dials}"), "DialCallStatus": outcome}
        if outcome == "completed":  # inference: a call that never began has no duration
            extra["DialCallDuration"] = str(round(talk))
        return _Goto(Target(resolve(page.url, dial.action), dial.method, "Dial action", extra))

    def _ring_seconds(self, outcome: DialOutcome, dial: Dial) -> float:
        match outcome:
            case "no-answer":
                return float(dial.timeout)
            case "failed":
                return 0.0
            case "completed" | "busy":
                return min(self.carrier.ring_seconds, dial.timeout)

    def _reject(self, reason: str) -> _Over:
        if self.answered_at is not None:  # only as the first verb does it keep the call unanswered
            return _Over("application", "Reject")
        return _Over("application", "Reject", "busy" if reason == "busy" else "no-answer")

    def _answer(self) -> None:
        if self.answered_at is None:
            self.answered_at = self.line.now
            self._note("answered")

    # -- requests --------------------------------------------------------------------------------------

    def _fetch(self, target: Target) -> _Page | _Failed:
        is_fallback = target.why == _FALLBACK
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._ask(target)
            if isinstance(answer, Problem):
                return _Failed(answer, target.url, is_fallback)
            if not answer.has_redirect_location:
                return self._page(answer, target.url, is_fallback)
            target = replace(target.redirected(answer), why=f"HTTP redirect {answer.status_code}")
        return _Failed(Problem(11215, f"more than {MAX_REDIRECTS}"), target.url, is_fallback)

    def _page(self, answer: httpx.Response, url: str, is_fallback: bool) -> _Page | _Failed:
        document = document_in(answer)
        if isinstance(document, Problem):
            return _Failed(document, url, is_fallback)
        return _Page(url, document, is_fallback)

    def _ask(self, target: Target) -> httpx.Response | Problem:
        """Make the request; the call's clock runs on, and keys pressed meanwhile are lost."""
        if self.requests >= self.carrier.max_requests:
            raise _CutOff(f"the call made {self.requests} requests and would not end")
        status = "ringing" if self.answered_at is None else "in-progress"
        began = time.monotonic()
        answer = self._exchange(target, status)
        seconds = time.monotonic() - began if self.carrier.latency is None else self.carrier.latency
        self._pass(seconds, UNDER_WAY)
        self._note_answer(target, answer, seconds)
        return answer

    def _exchange(self, target: Target, status: str, **more: str) -> httpx.Response | Problem:
        self.requests += 1
        params = parameters(self.dialling, status, {**target.extra, **more})
        token = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.dialling.call_sid}/request/{self.requests}"))
        client = self.carrier.client
        request = compose(client, target, params, auth_token=self.carrier.auth_token, idempotency_token=token)
        url = target.url if isinstance(request, Problem) else str(request.url)
        self._note("request", why=target.why, method=target.method, url=url, params=params, token=token)
        return request if isinstance(request, Problem) else send(client, request)

    def _note_answer(self, target: Target, answer: httpx.Response | Problem, seconds: float) -> None:
        if isinstance(answer, Problem):
            return  # no answer: an error follows
        kind = answer.headers.get("content-type", "")
        is_sound = kind.startswith("audio/")
        self._note(
            "response",
            why=target.why,
            url=str(answer.url),
            status=answer.status_code,
            seconds=round(seconds, 3),
            content_type=kind,
            body="" if is_sound else body_text(answer)[:MAX_BODY],
        )

    def _call_back(self, over: _Over) -> None:
        """Tell the application that the call is over; it changes nothing, so what is wrong is a warning."""
        target = self.carrier.status
        if target is None:
            return
        lasted = 0.0 if self.answered_at is None else self.line.now - self.answered_at
        answer = self._exchange(target, over.status, CallDuration=str(round(lasted)))
        self._note_answer(target, answer, self.carrier.latency or 0.0)
        if isinstance(answer, Problem):
            self._report(answer, target.url, kind="warning")
        elif not answer.is_success:
            self._report(Problem(11200, f"status {answer.status_code}"), target.url, kind="warning")

    # -- time and telling ------------------------------------------------------------------------------

    def _next_key(self, seconds: float) -> str | None:
        return self._wait(self.line.now + seconds)

    def _pass(self, seconds: float, why: str) -> None:
        """Let time go by while no Gather is open."""
        until = self.line.now + seconds
        while (key := self._wait(until)) is not None:
            self._note("lost", key=key, why=why)

    def _wait(self, until: float) -> str | None:
        until = round(until, 3)  # milliseconds, so that sums of fractions do not drift
        last = self.carrier.max_seconds
        key = self.line.wait(min(until, last))
        if key is None and until > last:
            raise _CutOff(f"the call lasted {last:g} seconds")
        return key

    def _note(self, kind: EventKind, **details: Any) -> None:
        event = Event(round(self.line.now, 3), kind, details)
        self.events.append(event)
        self.line.notice(event)

    def _report(self, problem: Problem, url: str, kind: EventKind | None = None) -> None:
        about = problem.about
        self._note(
            kind or ("warning" if about.severity == "warning" else "error"),
            code=problem.code,
            title=about.title,
            message=problem.message,
            cause=about.cause,
            cure=about.cure,
            url=url,
        )

    def _sid(self, prefix: str, name: str) -> str:
        return prefix + hashlib.sha256(f"{self.dialling.call_sid}/{name}".encode()).hexdigest()[:32]


def _times(prompt: Prompt) -> int:
    return 1 if isinstance(prompt, Pause) else prompt.loop
