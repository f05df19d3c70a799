"""A simulated telephone company: it plays a call against any voice webhook application as Twilio does.

It knows Twilio's wire facts and nothing of the application, which may be in any language behind any URL:
real HTTP with an ordinary `httpx.Client`, or in process, with the same code, given
`httpx.Client(transport=httpx.WSGITransport(app=app, raise_app_exceptions=False))`. It reads no clock (but
see `latency`) and no randomness: the same call yields the same events byte for byte. It is no telephone
(what is heard, and for how long, is the speaker's) and no caller (keys come from a line).

Documented: verbs and their defaults, when a Gather ends and what it sends, that keys count only while a
Gather is open, barge-in, the fallback URL, cookies, redirects, ten minutes for a trial account.
Inferences, each also named where it is used: `FinishedOnKey=#` when the hash ended a Gather (all
captures show it empty; `strict` leaves it so); `Digits` empty with actionOnEmptyResult; an unanswered
caller who hangs up leaves `no-answer`; the document after an HTTP redirect is the one that relative
addresses refer to; an empty document answers the call before it ends it; the ten minutes of a trial count
from the answer; what a waitUrl, a partialResultCallback and the action of an Sms are told. Lengths of audio
files, of dialled calls and of waits in a queue are the constructor's; recordings and transcriptions are told of
when the call is over. More inferences stand at the top of
gather.py, recording.py, dialled.py, callbacks.py, exchange.py, overrides.py, webhook.py and document.py.
"""

import hashlib
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Literal, NoReturn

import httpx

from ivr.simulator.callbacks import Callbacks
from ivr.simulator.carrier_errors import OWN, Problem
from ivr.simulator.dialled import DialOutcome, Manners, Outcomes, Party
from ivr.simulator.document import (
    Dial,
    Document,
    Enqueue,
    Gather,
    Hangup,
    Leave,
    Method,
    Noun,
    Pause,
    Play,
    Prompt,
    Record,
    RecordingCallback,
    Redirect,
    Reject,
    Say,
    Sms,
    Verb,
    spoken_words,
)
from ivr.simulator.events import Event, EventKind, as_json
from ivr.simulator.exchange import Exchange, Failed, Latency, Network
from ivr.simulator.gather import Entry, Gathering, repeated
from ivr.simulator.leg import NOBODY_LISTENED, PUT_THROUGH, CutOff, Leg
from ivr.simulator.line import HungUp, Line
from ivr.simulator.message_service import MessageService
from ivr.simulator.recording import Taken, record
from ivr.simulator.speaker import Modelled, Speaker
from ivr.simulator.speech_time import Spoken
from ivr.simulator.webhook import Dialling, Target, document_in, resolve

__all__ = [
    "CANNED_MESSAGE",
    "FALLBACK",
    "TRIAL_SECONDS",
    "Carrier",
    "DialOutcome",
    "Dialling",
    "Event",
    "EventKind",
    "HungUp",
    "Line",
    "QueueResult",
    "as_json",
]

QueueResult = Literal["bridged", "queue-full", "hangup", "leave", "redirected", "error", "system-error"]

CANNED_MESSAGE = "We are sorry, an application error has occurred. Goodbye."
TRIAL_SECONDS = 600.0

FALLBACK = "fallback"
_CONFIDENCE = "0.9"
_HOLD_MUSIC = "http://com.twilio.sounds.music.s3.amazonaws.com/"  # the classical playlist stands for itself

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
        status_events: Collection[str] = ("completed",),
        started_at: datetime | None = None,
        latency: Latency = 0.25,
        speaker: Speaker | None = None,
        dial_outcome: Outcomes = "completed",
        dial_seconds: float = 30.0,
        ring_seconds: float = 2.0,
        queue_result: QueueResult = "bridged",
        queue_seconds: float = 30.0,
        audio_seconds: float = 3.0,
        fetch_audio: bool = False,
        sms: bool = True,
        messages: MessageService | None = None,
        trial: bool = False,
        strict: bool = False,
        max_requests: int = 200,
        max_seconds: float = 4 * 60 * 60,
    ) -> None:
        """Without an auth token nothing is signed; `strict` follows documented facts only.

        `latency` is what a webhook takes on the call's clock, or a function of its URL and of what it really took;
        None takes just that. `speaker` says what the documents say; without one it takes the time of a model.
        `dial_outcome` is one for all, or one for each dialled name. `started_at` puts the call into a calendar
        for the Timestamp of its status callbacks. `fetch_audio` asks for every file to be played. A `trial`
        account's calls end after ten minutes.
        """
        self.client = client
        self.auth_token = auth_token
        self.voice = Target(voice_url, voice_method, "the call came in")
        self.fallback = Target(fallback_url, fallback_method, FALLBACK) if fallback_url else None
        self.status = Target(status_url, status_method, "status callback") if status_url else None
        self.status_events = status_events
        self.started_at = started_at
        self.latency = latency
        self.speaker = speaker or Modelled()
        self.dial_outcome = dial_outcome
        self.dial_seconds = dial_seconds
        self.ring_seconds = ring_seconds
        self.queue_result = queue_result
        self.queue_seconds = queue_seconds
        self.audio_seconds = audio_seconds
        self.fetch_audio = fetch_audio
        self.sms = sms
        self.messages = messages
        self.trial = trial
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
class _Broken:
    """Something fatal at this URL; in the fallback document there is no second rescue."""

    problem: Problem
    url: str
    in_fallback: bool


@dataclass(frozen=True)
class _Over:
    by: Literal["caller", "application", "carrier"]
    why: str
    status: str = "completed"


@dataclass(frozen=True)
class _Left:
    """The caller leaves the queue."""


_Next = _Goto | _Broken | _Over | _Left


@dataclass(frozen=True)
class _Page:
    """A document and where it came from."""

    url: str
    document: Document
    is_fallback: bool
    holds: frozenset[str] | None = None  # the verbs that are played while the caller waits; None is all, and no wait


_IN_A_QUEUE = frozenset({"Play", "Say", "Pause", "Hangup", "Redirect", "Leave", "Gather"})
_FOR_A_CONFERENCE = frozenset({"Play", "Say", "Redirect"})


@dataclass(frozen=True)
class _Recording:
    """A recording that is being made, since `began` on the call's clock, and who wants to know."""

    callback: RecordingCallback | None
    source: str
    sid: str
    channels: int
    began: float
    page_url: str


_TRANSCRIBED = (2, 120)  # seconds, the shortest and the longest recording


class _Call:
    """One call while it lasts."""

    def __init__(self, carrier: Carrier, dialling: Dialling, line: Line) -> None:
        self.carrier = carrier
        self.dialling = dialling
        self.leg = Leg(line)
        network = Network(carrier.client, carrier.auth_token, carrier.latency, time.monotonic, carrier.max_requests)
        self.exchange = Exchange(network, dialling, self.leg)
        self.callbacks = Callbacks(
            self.exchange, self.leg, carrier.status, carrier.status_events, carrier.started_at, carrier.strict
        )
        self.counts: dict[str, int] = {}
        self.recorded: dict[str, str] = {}
        # Text messages that have arrived at the caller's handset, those of earlier calls among them.
        self.received = len(carrier.messages.arrived(dialling.caller)) if carrier.messages else 0
        self.afterwards: list[
            Target
        ] = []  # what is told when recordings are ready: an inference, when the call is over
        longest = Problem(32015, f"the call lasted {carrier.max_seconds:g} seconds")
        self.leg.limit(carrier.max_seconds, CutOff(longest))

    def play(self) -> tuple[Event, ...]:
        over = self._play_to_its_end()
        for target in self.afterwards:
            self._tell(target, over.status)
        self.callbacks.tell("completed", over.status, CallDuration=str(round(self.leg.lasted)), **self.recorded)
        self.leg.note("end", by=over.by, why=over.why, status=over.status)
        return tuple(self.leg.events)

    def _play_to_its_end(self) -> _Over:
        try:
            self.callbacks.tell("initiated")
            self.callbacks.tell("ringing")
            return self._go(_Goto(self.carrier.voice))
        except HungUp:
            status = "no-answer" if self.leg.answered_at is None else "completed"  # the first is an inference
            return _Over("caller", "hung up", status)
        except CutOff as cut:
            self.leg.report(cut.problem, self.carrier.voice.url)
            return _Over("carrier", cut.problem.message)

    def _go(self, step: _Next) -> _Over:
        while True:
            match step:
                case _Goto(target):
                    step = self._visit(target)
                case _Broken():
                    step = self._rescue(step)
                case _Over():
                    return step
                case _Left():
                    raise AssertionError("only a caller who waits can leave")

    # -- documents -------------------------------------------------------------------------------------

    def _visit(self, target: Target) -> _Next:
        page = self._fetch(target)
        return page if isinstance(page, _Broken) else self._play_page(page)

    def _fetch(self, target: Target, holds: frozenset[str] | None = None) -> _Page | _Broken:
        is_fallback = target.why == FALLBACK
        fetched = self.exchange.fetch(target)
        self._receive()
        if isinstance(fetched, Failed):
            return _Broken(fetched.problem, fetched.url, is_fallback)
        document = document_in(fetched.response)
        if isinstance(document, Problem):
            return _Broken(document, fetched.url, is_fallback)
        return _Page(fetched.url, document, is_fallback, holds)

    def _play_page(self, page: _Page) -> _Next:
        if (step := self._play_verbs(page)) is not None:
            return step
        self._answer()  # inference: an empty document answers as well
        return _Over("application", "end of the document")

    def _play_verbs(self, page: _Page) -> _Next | None:
        self.carrier.speaker.prepare(_says(page.document))
        for problem in page.document.problems:
            self.leg.report(problem, page.url)
        for read in page.document.verbs:
            for problem in read.problems:
                self.leg.report(problem, page.url)
            if read.verb is None or self._is_out_of_place(read.name, page):
                continue
            if (step := self._play_verb(read.verb, page)) is not None:
                return step
        return None

    def _is_out_of_place(self, name: str, page: _Page) -> bool:
        if page.holds is not None and name and name not in page.holds:
            self.leg.report(Problem(12200, f"{name} while the caller waits"), page.url)
            return True
        return False

    def _play_verb(self, verb: Verb, page: _Page) -> _Next | None:
        """Where the verb leads; None goes on to the next one."""
        if not (isinstance(verb, Pause | Reject) or (isinstance(verb, Dial) and verb.answer_on_bridge)):
            self._answer()
        match verb:
            case Say() | Play() | Pause():
                return self._play_prompt(verb, page)
            case Gather():
                return self._gather(verb, page)
            case Redirect(url, method):
                return _Goto(Target(resolve(page.url, url), method, "Redirect"))
            case Record():
                return self._record(verb, page)
            case Dial():
                return self._dial(verb, page)
            case Enqueue():
                return self._enqueue(verb, page)
            case Leave():
                return self._leave(page)
            case Sms():
                return self._send(verb, page)
            case Hangup():
                return _Over("application", "Hangup")
            case Reject(reason):
                return self._reject(reason)

    def _rescue(self, broken: _Broken) -> _Next:
        self.leg.report(broken.problem, broken.url)
        if self.carrier.fallback is None or broken.in_fallback:
            return self._apologise(broken.problem)
        extra = {"ErrorCode": str(broken.problem.code), "ErrorUrl": broken.url}
        return _Goto(replace(self.carrier.fallback, extra=extra))

    def _apologise(self, problem: Problem) -> _Over:
        self._answer()
        self.leg.go_by(self._say(Say((Spoken(CANNED_MESSAGE),)), gather=False), NOBODY_LISTENED)
        return _Over("carrier", f"error {problem.code}")

    def _answer(self) -> None:
        if self.leg.answered_at is not None:
            return
        self.leg.answered_at = self.leg.now
        self.leg.note("answered")
        if self.carrier.trial:
            over = Problem(13805, f"a trial call lasts {TRIAL_SECONDS:g} seconds")
            self.leg.limit(self.leg.now + TRIAL_SECONDS, CutOff(over))
        self.callbacks.tell("answered")

    # -- prompts ---------------------------------------------------------------------------------------

    def _play_prompt(self, prompt: Prompt, page: _Page) -> _Next | None:
        if (broken := self._fetch_sounds((prompt,), page, 13420)) is not None:
            return broken
        for each in repeated(prompt):
            self.leg.go_by(self._begin(each, page, gather=False), NOBODY_LISTENED)
        return None

    def _begin(self, prompt: Prompt, page: _Page, *, gather: bool) -> float:
        """Tell of the prompt; how long it takes."""
        match prompt:
            case Say():
                seconds = self._say(prompt, gather=gather)
            case Play(_, digits) if digits:
                seconds = round(sum(_SECONDS_PER_WAIT.get(tone, _SECONDS_PER_TONE) for tone in digits), 2)
                self.leg.note("play", digits=digits, seconds=seconds, gather=gather)
            case Play(url):
                seconds = self.carrier.audio_seconds
                self.leg.note("play", url=resolve(page.url, url), seconds=seconds, gather=gather)
            case Pause(length):
                seconds = float(length)
                self.leg.note("pause", seconds=seconds, gather=gather)
        return seconds

    def _say(self, say: Say, *, gather: bool) -> float:
        uttered = self.carrier.speaker.say(say)
        audio = {"audio": uttered.audio} if uttered.audio else {}
        words, voice, seconds = spoken_words(say.speech), say.voice, uttered.seconds
        self.leg.note("say", text=words, language=say.language, voice=voice, seconds=seconds, gather=gather, **audio)
        return seconds

    def _fetch_sounds(self, prompts: Collection[Prompt], page: _Page, code: int) -> _Broken | None:
        """All files, before the first is played; the first that is none is fatal, which is an inference."""
        urls = [prompt.url for prompt in prompts if isinstance(prompt, Play) and prompt.url and not prompt.digits]
        for url in urls if self.carrier.fetch_audio else ():
            fetched = self.exchange.fetch(Target(resolve(page.url, url), "GET", "Play", alone=True))
            if isinstance(fetched, Failed):
                return _Broken(fetched.problem, fetched.url, page.is_fallback)
            if (problem := _no_sound(fetched.response, code)) is not None:
                return _Broken(problem, fetched.url, page.is_fallback)
        return None

    # -- what the caller enters ------------------------------------------------------------------------

    def _gather(self, gather: Gather, page: _Page) -> _Next | None:
        if (broken := self._fetch_sounds(gather.prompts, page, 13325)) is not None:
            return broken
        action = resolve(page.url, gather.action or "")
        self.leg.note(
            "listen",
            numDigits=gather.num_digits,
            finishOnKey=gather.finish_on_key,
            timeout=gather.timeout,
            input=gather.input,
            action=action,
        )
        entry = Gathering(
            gather, self.leg, lambda prompt: self._begin(prompt, page, gather=True), self._partly(gather, page)
        ).collect()
        speech = {"speech": entry.speech} if entry.speech else {}
        self.leg.note("gathered", digits=entry.digits, key=entry.key, why=entry.why, **speech)
        if entry.is_empty and not gather.action_on_empty_result:
            return None
        return _Goto(Target(action, gather.method, "Gather action", self._gathered(gather, entry)))

    def _gathered(self, gather: Gather, entry: Entry) -> dict[str, str]:
        if entry.speech:
            return {"SpeechResult": entry.speech, "Confidence": _CONFIDENCE, "msg": "Gather End"}
        if gather.input == "speech":
            return {"SpeechResult": "", "msg": "Gather End"}
        # Inference: the key that ended the Gather. Every capture ended otherwise, and shows it empty.
        finished_on_key = "" if self.carrier.strict else entry.key
        return {"Digits": entry.digits, "FinishedOnKey": finished_on_key, "msg": "Gather End"}

    def _partly(self, gather: Gather, page: _Page) -> Callable[[str], None]:
        """Tells the partialResultCallback, if there is one; the names of its parameters are an inference."""

        def tell(speech: str) -> None:
            if gather.partial_callback is None:
                return
            extra = self._inferred(StableSpeechResult=speech, SequenceNumber=str(self._count("partial") - 1))
            url = resolve(page.url, gather.partial_callback)
            self._tell(Target(url, gather.partial_method, "partialResultCallback", extra))

        return tell

    def _record(self, verb: Record, page: _Page) -> _Next | None:
        sid = self._sid("RE", "record")
        about = _Recording(verb.callback, "RecordVerb", sid, 1, self.leg.now, page.url)
        self._tell_of(about, "in-progress")
        taken = record(verb, self.leg)
        self._tell_of(about, "absent" if taken.is_empty else "completed", round(taken.seconds))
        self._transcribe(verb, taken, sid, page)
        address = "" if taken.is_empty else self._recording_url(sid)
        self.leg.note("recorded", why=taken.why, key=taken.key, seconds=taken.seconds, url=address)
        target = Target(resolve(page.url, verb.action or ""), verb.method, "Record action")
        if not taken.is_empty:
            target = replace(target, extra=self._of_the_recording(taken, sid))
        if taken.why == "hung up":
            if not taken.is_empty:
                self._tell(target, "completed")
            raise HungUp
        return None if taken.is_empty else _Goto(target)

    def _of_the_recording(self, taken: Taken, sid: str) -> dict[str, str]:
        told = {
            "RecordingUrl": self._recording_url(sid),
            "RecordingSid": sid,
            "RecordingDuration": str(round(taken.seconds)),
        }
        self.recorded = told
        return told | {"Digits": taken.key}

    def _tell_of(self, recording: "_Recording", status: str, seconds: int = 0) -> None:
        """The recordingStatusCallback, with the captured parameters; but for in-progress when the call is over."""
        callback = recording.callback
        if callback is None or status not in callback.events:
            return
        told = {
            "AccountSid": self.dialling.account_sid,
            "CallSid": self.dialling.call_sid,
            "ErrorCode": "0",
            "RecordingChannels": str(recording.channels),
            "RecordingSid": recording.sid,
            "RecordingSource": recording.source,
            "RecordingStatus": status,
        }
        if status == "completed":
            told |= {"RecordingDuration": str(seconds), "RecordingUrl": self._recording_url(recording.sid)}
        if (at := self.carrier.started_at) is not None:
            told["RecordingStartTime"] = format_datetime(at.astimezone(UTC) + timedelta(seconds=int(recording.began)))
        url = resolve(recording.page_url, callback.url)
        target = Target(url, callback.method, "recording status callback", dict(sorted(told.items())), alone=True)
        if status == "in-progress":
            self._tell(target)
        else:
            self.afterwards.append(target)

    def _transcribe(self, verb: Record, taken: Taken, sid: str, page: _Page) -> None:
        """The transcribeCallback, with the captured parameters; the words are those that the caller said."""
        if verb.transcribe_callback is None or taken.is_empty:
            return
        if not _TRANSCRIBED[0] <= taken.seconds <= _TRANSCRIBED[1]:
            self.leg.report(Problem(13617, f"{taken.seconds:g} seconds"), page.url)
            return
        transcription = "TR" + sid[2:]
        account = f"https://api.twilio.com/2010-04-01/Accounts/{self.dialling.account_sid}"
        told = {
            "RecordingSid": sid,
            "RecordingUrl": self._recording_url(sid),
            "TranscriptionSid": transcription,
            "TranscriptionStatus": "completed",
            "TranscriptionText": taken.words,
            "TranscriptionType": "fast",
            "TranscriptionUrl": f"{account}/Transcriptions/{transcription}",
        }
        url = resolve(page.url, verb.transcribe_callback)
        self.afterwards.append(Target(url, "POST", "transcribeCallback", told))

    def _recording_url(self, sid: str) -> str:
        return f"https://api.twilio.com/2010-04-01/Accounts/{self.dialling.account_sid}/Recordings/{sid}"

    # -- other people ----------------------------------------------------------------------------------

    def _dial(self, dial: Dial, page: _Page) -> _Next | None:
        carrier = self.carrier
        manners = Manners(carrier.dial_outcome, carrier.ring_seconds, carrier.dial_seconds, carrier.audio_seconds)
        child, recorded = self._sid("CA", "dial"), list[_Recording]()

        def answer() -> None:
            self._answer()
            if dial.channels:
                sid = self._sid("RE", "dial")
                recorded.append(_Recording(dial.callback, "DialVerb", sid, dial.channels, self.leg.now, page.url))
                self._tell_of(recorded[0], "in-progress")

        party = Party(
            dial,
            manners,
            self.leg,
            self.exchange,
            page.url,
            self.dialling.call_sid,
            child,
            lambda noun, seconds: self._ring(noun, seconds, page),
            answer,
        )
        dialled = party.put_through()
        for each in recorded:
            self._tell_of(each, "completed", round(dialled.talked))
        if dial.action is None:
            return None
        extra = {"DialCallSid": child, "DialCallStatus": dialled.outcome}
        if dialled.outcome == "completed":  # inference: a call that never began has no duration
            extra["DialCallDuration"] = str(round(dialled.talked))
            if recorded:
                extra["RecordingUrl"] = self._recording_url(recorded[0].sid)
        return _Goto(Target(resolve(page.url, dial.action), dial.method, "Dial action", extra))

    def _ring(self, noun: Noun, seconds: float, page: _Page) -> None:
        """The caller waits until somebody answers; for a conference, to what its waitUrl plays."""
        end = self.leg.now + seconds
        if noun.wait_url is not None:
            first = Target(resolve(page.url, noun.wait_url), noun.wait_method, "Conference waitUrl")
            with self.leg.until(end):
                broken = self._wait(first, _FOR_A_CONFERENCE, dict)
                if isinstance(broken, _Broken):
                    self.leg.report(broken.problem, broken.url)
        self.leg.go_by(max(0.0, end - self.leg.now), PUT_THROUGH)

    def _enqueue(self, enqueue: Enqueue, page: _Page) -> _Next | None:
        sid, began = self._sid("QU", enqueue.name, counted=False), self.leg.now
        seconds = self.carrier.queue_seconds if self.carrier.queue_result != "queue-full" else 0.0
        self.leg.note("queued", queue=enqueue.name, outcome=self.carrier.queue_result, seconds=seconds)
        result: str = self.carrier.queue_result
        if seconds:
            step: _Next | None = None
            with self.leg.until(began + seconds):
                step = self._wait_in_queue(enqueue, page, sid, began)
                if not isinstance(step, _Left):
                    return step
                result = "leave"
        waited = self.leg.now - began
        self.leg.note("left", queue=enqueue.name, result=result, seconds=round(waited, 3))
        if result == "bridged":
            self.leg.go_by(self.carrier.dial_seconds, PUT_THROUGH)
        if enqueue.action is None:
            return None
        extra = {"QueueResult": result, "QueueSid": sid, "QueueTime": str(round(waited))}
        return _Goto(Target(resolve(page.url, enqueue.action), enqueue.method, "Enqueue action", extra))

    def _wait_in_queue(self, enqueue: Enqueue, page: _Page, sid: str, began: float) -> _Next:
        if enqueue.wait_url is None:
            self._play_hold_music()
        first = Target(resolve(page.url, enqueue.wait_url or ""), enqueue.wait_method, "Enqueue waitUrl")
        return self._wait(
            first,
            _IN_A_QUEUE,
            lambda: self._inferred(QueueSid=sid, QueueTime=str(round(self.leg.now - began)), QueuePosition="1"),
        )

    def _wait(self, first: Target, holds: frozenset[str], told: Callable[[], dict[str, str]]) -> _Next:
        """The documents of a waitUrl, over and over, until something else ends the wait."""
        target = first
        while True:
            waiting = self._fetch(replace(target, extra={**target.extra, **told()}), holds)
            if isinstance(waiting, _Broken):
                return waiting
            match self._play_verbs(waiting):
                case _Goto(next_target):
                    target = next_target
                case None:
                    target = first
                case step:
                    return step

    def _play_hold_music(self) -> NoReturn:
        seconds = self.carrier.queue_seconds
        self.leg.note("play", url=_HOLD_MUSIC, seconds=seconds, gather=False)
        while True:  # until the wait is over: a Due ends it
            self.leg.go_by(seconds, NOBODY_LISTENED)

    def _leave(self, page: _Page) -> _Left | None:
        if page.holds is not None:
            return _Left()
        self.leg.report(Problem(OWN, "a Leave outside a queue leaves nothing"), page.url)
        return None

    def _receive(self) -> None:
        """What the message service was told to send to the caller meanwhile arrives at once: an inference."""
        messages = self.carrier.messages
        for message in messages.arrived(self.dialling.caller)[self.received :] if messages else ():
            self.received += 1
            self.leg.note("sms", text=message.text, to=message.to, sender=messages.sender if messages else "")

    def _send(self, sms: Sms, page: _Page) -> _Next | None:
        if not self.carrier.sms:
            self.leg.report(Problem(13803, "Sms"), page.url)
            return None
        to, sender = sms.to or self.dialling.caller, sms.sender or self.dialling.dialled
        self.leg.note("sms", text=sms.text, to=to, sender=sender)
        extra = self._inferred(SmsSid=self._sid("SM", "sms"), SmsStatus="sent")
        if sms.status_callback is not None:
            self._tell(Target(resolve(page.url, sms.status_callback), "POST", "Sms status callback", extra))
        if sms.action is None:
            return None
        return _Goto(Target(resolve(page.url, sms.action), sms.method, "Sms action", extra))

    def _reject(self, reason: str) -> _Over:
        if self.leg.answered_at is not None:  # only as the first verb does it keep the call unanswered
            return _Over("application", "Reject")
        return _Over("application", "Reject", "busy" if reason == "busy" else "no-answer")

    # -- small things ----------------------------------------------------------------------------------

    def _tell(self, target: Target, status: str = "in-progress") -> None:
        """A request whose answer changes nothing; what is wrong with it is a warning."""
        answer = self.exchange.tell(target, status)
        problem = answer if isinstance(answer, Problem) else None
        if isinstance(answer, httpx.Response) and not answer.is_success:
            problem = Problem(11200, f"status {answer.status_code}")
        if problem is not None:
            self.leg.report(problem, target.url, kind="warning")

    def _inferred(self, **parameters: str) -> dict[str, str]:
        """Parameters that no document names: `strict` sends none of them."""
        return {} if self.carrier.strict else parameters

    def _count(self, what: str) -> int:
        self.counts[what] = self.counts.get(what, 0) + 1
        return self.counts[what]

    def _sid(self, prefix: str, what: str, *, counted: bool = True) -> str:
        name = f"{what}/{self._count(what)}" if counted else what
        return prefix + hashlib.sha256(f"{self.dialling.call_sid}/{name}".encode()).hexdigest()[:32]


def _says(document: Document) -> Iterator[Say]:
    """In the order in which a caller who keys nothing hears them."""
    for read in document.verbs:
        prompts = read.verb.prompts if isinstance(read.verb, Gather) else (read.verb,)
        yield from (prompt for prompt in prompts if isinstance(prompt, Say))


def _no_sound(response: httpx.Response, code: int) -> Problem | None:
    kind = response.headers.get("content-type", "")
    if not response.is_success:
        return Problem(11200, f"status {response.status_code}")
    return None if kind.startswith("audio/") else Problem(code, f"content type {kind or 'missing'}")
