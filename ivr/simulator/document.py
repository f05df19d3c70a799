"""A TwiML document: read once into verbs that cannot be wrong, with every problem found on the way.

Nothing is played here. Problems of the schema belong to the whole document and are told when it arrives;
problems of a value belong to their verb and are told when the call reaches it. Names are case-sensitive
and comments do not count, as documented. Adding a verb: its value into `verbs`, its reader into `_READERS`.

Inferences: a value that is wrong counts as its default; what a basic voice does with SSML is not
documented, so it is said here like any other; a Dial to something that is no number fails.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import get_args
from urllib.parse import quote

from ivr.simulator.carrier_errors import OWN, Problem
from ivr.simulator.markup import fragments, source_length, spoken_words
from ivr.simulator.schema import ATTRIBUTES, CHILDREN, NOT_PLAYED_YET, own_text, schema_problems
from ivr.simulator.verbs import (
    FOREVER,
    Dial,
    Enqueue,
    Gather,
    Hangup,
    Leave,
    Method,
    Noun,
    NounKind,
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
)

__all__ = [
    "ATTRIBUTES",
    "FOREVER",
    "NOT_PLAYED_YET",
    "Dial",
    "Document",
    "Enqueue",
    "Gather",
    "Hangup",
    "Leave",
    "Method",
    "Noun",
    "Pause",
    "Play",
    "Prompt",
    "Read",
    "Record",
    "RecordingCallback",
    "Redirect",
    "Reject",
    "Say",
    "Sms",
    "Verb",
    "parse",
    "spoken_words",
]


@dataclass(frozen=True)
class Read:
    """What became of one element: its verb, or None if it is passed over, and what was wrong with it."""

    verb: Verb | None
    problems: tuple[Problem, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Document:
    verbs: tuple[Read, ...]
    problems: tuple[Problem, ...] = ()


_KEYS = "0123456789*#"
_DIAL_NOUNS_NOT_PLAYED_YET = CHILDREN["Dial"] - frozenset(get_args(NounKind))
_LIMITS = {"Polly.": 3000, "Google.": 5000}  # documented, in characters
_BASIC_LIMIT = 4096
_ENCODED_LIMIT = 4500  # documented: characters of the text as it stands in an address
_MOST_HINTS, _LONGEST_HINT = 500, 100
_LONGEST_SPEECH = 60
_LONGEST_QUEUE_NAME = 64
_BASIC_VOICES = frozenset({"man", "woman", "alice"})
# Families of models and voices grow faster than any list, so only their shape is checked: an inference.
_SPEECH_MODEL = r"default|numbers_and_commands|phone_call|experimental_\w+|googlev2_\w+|deepgram_[\w-]+"
_VOICE = r"\w+\.\S+"
_LANGUAGE = r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*"


def parse(text: str) -> Document | Problem:
    """The document in this text; a Problem if it is no document at all."""
    if "<!DOCTYPE" in text:  # nothing in TwiML needs one, and entities are how XML parsers are attacked
        return Problem(12100, "a document type declaration is not accepted")
    if (version := re.match(r"<\?xml\s+version\s*=\s*[\"']([^\"']*)", text)) and version[1] != "1.0":
        return Problem(12101, f"version {version[1]}")
    try:
        root = ET.fromstring(text)  # noqa: S314 - no DOCTYPE, so no entities; at most 64 kB
    except (ET.ParseError, ValueError) as error:
        return Problem(12100, f"not well-formed: {error}")
    if root.tag != "Response":
        return Problem(12102, f"the root is {root.tag}")
    return Document(tuple(map(_read, root)), tuple(schema_problems(root)))


# -- values --------------------------------------------------------------------------------------------


class _Values:
    """The attributes of one element as values; what is wrong is noted and the default taken."""

    def __init__(self, element: ET.Element) -> None:
        self.element = element
        self.problems: list[Problem] = []

    def text(self, name: str, default: str) -> str:
        return self.element.get(name, default)

    def address(self, name: str) -> str | None:
        return self.element.get(name, "").strip() or None

    def content(self) -> str:
        return own_text(self.element)

    def whole(self, name: str, default: int, code: int, *, least: int = 1, most: int = 10**9) -> int:
        value = self.element.get(name)
        if value is None:
            return default
        if re.fullmatch(r"\d{1,9}", value.strip(), re.ASCII) and least <= int(value) <= most:
            return int(value)
        self.wrong(code, name)
        return default

    def word(self, name: str, words: tuple[str, ...], code: int) -> str:
        """One of the words; the first is the default."""
        value = self.element.get(name, words[0])
        if value in words:
            return value
        self.wrong(code, name)
        return words[0]

    def yes(self, name: str, code: int, *, default: bool = False) -> bool:
        return self.word(name, ("true", "false") if default else ("false", "true"), code) == "true"

    def method(self, code: int, name: str = "method") -> Method:
        return "GET" if self.word(name, ("POST", "GET"), code) == "GET" else "POST"

    def shaped(self, name: str, shape: str, default: str, code: int) -> str:
        value = self.text(name, default)
        if re.fullmatch(shape, value):
            return value
        self.wrong(code, name)
        return default

    def wrong(self, code: int, name: str) -> None:
        self.note(code, f"{self.element.tag} {name}={self.element.get(name)!r}")

    def note(self, code: int, message: str) -> None:
        self.problems.append(Problem(code, message))

    def loop(self, code: int) -> int:
        return self.whole("loop", 1, code, least=0) or FOREVER


# -- prompts -------------------------------------------------------------------------------------------


def _read(element: ET.Element) -> Read:
    name = str(element.tag)
    if name in NOT_PLAYED_YET:
        return Read(None, (Problem(OWN, f"not played yet by this carrier: {name}"),), name)
    if name not in _READERS:
        return Read(None, (), name)  # the schema has warned
    values = _Values(element)
    verb = _READERS[name](values)
    return Read(verb, tuple(values.problems), name)


def _say(values: _Values) -> Say | None:
    speech = fragments(values.element, lambda message: values.note(12200, message))
    say = Say(speech, _voice(values), values.shaped("language", _LANGUAGE, "en-US", 13512), values.loop(13510))
    words = spoken_words(speech)
    if not words:
        values.note(13520, "the Say is empty")
        return None
    _check_length(values, say.voice, words)
    return say


def _voice(values: _Values) -> str:
    voice = values.text("voice", "man")
    return voice if voice in _BASIC_VOICES else values.shaped("voice", _VOICE, "man", 13511)


def _check_length(values: _Values, voice: str, words: str) -> None:
    limit = next((most for kind, most in _LIMITS.items() if voice.startswith(kind)), _BASIC_LIMIT)
    length = source_length(values.element) if voice.startswith("Google.") else len(words)
    if length > limit:
        values.note(13521, f"{length} characters, {voice} takes {limit}")
    elif len(encoded := quote(words)) > _ENCODED_LIMIT:
        values.note(13521, f"{len(encoded)} characters when encoded for an address, {_ENCODED_LIMIT} are taken")


def _play(values: _Values) -> Play | None:
    url, digits = values.content(), values.text("digits", "")
    if not re.fullmatch(r"[0-9A-D*#wW]*", digits, re.ASCII):
        values.wrong(13430, "digits")
        return None
    if not url and not digits:
        values.note(OWN, "the Play names neither a file nor digits")
        return None
    return Play(url, digits, values.loop(13410))


def _pause(values: _Values) -> Pause:
    return Pause(values.whole("length", 1, 13910))


# -- what the caller enters ----------------------------------------------------------------------------


def _gather(values: _Values) -> Gather:
    prompts, timeout = tuple(_prompts(values)), _timeout(values)
    _check_recognition(values)
    return Gather(
        prompts=prompts,
        action=values.address("action"),
        method=values.method(13312),
        timeout=timeout,
        finish_on_key=_finish_on_key(values),
        num_digits=values.whole("numDigits", 0, 13314) or None,
        input=_input(values),
        action_on_empty_result=values.yes("actionOnEmptyResult", 13338),
        language=values.shaped("language", _LANGUAGE, "en-US", 13331),
        speech_timeout=None if values.text("speechTimeout", "") == "auto" else _speech_timeout(values, timeout),
        max_speech_time=values.whole("maxSpeechTime", _LONGEST_SPEECH, 13328, most=_LONGEST_SPEECH),
        barge_in=values.yes("bargeIn", 13332, default=True),
        partial_callback=values.address("partialResultCallback"),
        partial_method=values.method(13329, "partialResultCallbackMethod"),
    )


def _timeout(values: _Values) -> int:
    return 5 if values.text("timeout", "") == "auto" else values.whole("timeout", 5, 13313)


def _speech_timeout(values: _Values, timeout: int) -> int:
    return values.whole("speechTimeout", timeout, 13327)


def _check_recognition(values: _Values) -> None:
    """What guides the recogniser changes nothing here; it is only checked."""
    values.yes("profanityFilter", 13333, default=True)
    values.shaped("speechModel", _SPEECH_MODEL, "default", 13334)
    hints = values.text("hints", "").split(",")
    if len(hints) > _MOST_HINTS or any(len(hint.strip()) > _LONGEST_HINT for hint in hints):
        values.note(13330, f"{len(hints)} hints, the longest of {max(map(len, hints))} characters")


_NESTED = {13410: 13322, 13510: 13322, 13511: 13321, 13512: 13331}


def _prompts(values: _Values) -> Iterator[Prompt]:
    for child in values.element:
        if child.tag not in CHILDREN["Gather"]:
            values.note(13320, f"{child.tag} in a Gather")
            continue
        read = _read(child)
        values.problems += [replace(problem, code=_NESTED.get(problem.code, problem.code)) for problem in read.problems]
        if isinstance(read.verb, Say | Play | Pause):
            yield read.verb


def _finish_on_key(values: _Values) -> str:
    key = values.text("finishOnKey", "#")
    if key == "" or (len(key) == 1 and key in _KEYS):
        return key
    values.wrong(13311 if len(key) > 1 else 13310, "finishOnKey")
    return "#"


def _input(values: _Values) -> str:
    kinds = values.text("input", "dtmf").split()
    if not kinds or not set(kinds) <= {"dtmf", "speech"}:
        values.wrong(13326, "input")
        return "dtmf"
    return " ".join(kinds)


def _record(values: _Values) -> Record:
    transcribed = values.yes("transcribe", 13614) or values.address("transcribeCallback") is not None
    length = values.whole("maxLength", 3600, 13612)
    if transcribed and length > 120:
        values.note(13615, f"maxLength {length}")
    return Record(
        action=values.address("action"),
        method=values.method(13610),
        timeout=values.whole("timeout", 5, 13611),
        finish_on_key=_finish_keys(values),
        max_length=length,
        play_beep=values.yes("playBeep", 13616, default=True),
        trim=values.word("trim", ("trim-silence", "do-not-trim"), 12200) == "trim-silence",
        callback=_recording_callback(values),
        transcribe_callback=values.address("transcribeCallback"),
    )


_OF_A_RECORDING = frozenset({"in-progress", "completed", "absent"})


def _recording_callback(values: _Values) -> RecordingCallback | None:
    method = values.method(12200, "recordingStatusCallbackMethod")
    events = frozenset(values.text("recordingStatusCallbackEvent", "completed").split())
    if not events <= _OF_A_RECORDING:
        values.wrong(13621, "recordingStatusCallbackEvent")
    url = values.address("recordingStatusCallback")
    return RecordingCallback(url, method, events) if url else None


def _finish_keys(values: _Values) -> str:
    keys = values.text("finishOnKey", "1234567890*#")
    if set(keys) <= set(_KEYS):
        return keys
    values.wrong(13613, "finishOnKey")
    return "1234567890*#"


# -- other people --------------------------------------------------------------------------------------


def _dial(values: _Values) -> Dial | None:
    nouns = tuple(_nouns(values))
    if not nouns:
        if not values.problems:
            values.note(13224, "the Dial names no number")
        return None
    values.shaped("callerId", r"\+?[\d().\s-]*|(client|sip|sips):\S+|\w+", "", 13214)
    return Dial(
        nouns=nouns,
        action=values.address("action"),
        method=values.method(13210),
        timeout=values.whole("timeout", 30, 13212),
        time_limit=values.whole("timeLimit", 14_400, 13216),
        hangup_on_star=values.yes("hangupOnStar", 13213),
        answer_on_bridge=values.yes("answerOnBridge", 12200),
        sequential=values.yes("sequential", 12200),
        channels=_channels(values.word("record", _DIAL_RECORD, 13217)),
        callback=_recording_callback(values),
    )


_DIAL_RECORD = (
    "do-not-record",
    "record-from-answer",
    "record-from-ringing",
    "record-from-answer-dual",
    "record-from-ringing-dual",
    "true",
    "false",
)


def _channels(record: str) -> int:
    return 0 if record in ("do-not-record", "false") else 2 if record.endswith("-dual") else 1


def _nouns(values: _Values) -> Iterator[Noun]:
    if number := values.content():
        yield from _number(values, Noun("Number", number))
    for child in values.element:
        if child.tag in _DIAL_NOUNS_NOT_PLAYED_YET:
            values.note(OWN, f"not played yet by this carrier: Dial {child.tag}")
        elif child.tag not in _NOUN_READERS:
            values.note(13215, f"{child.tag} in a Dial")
        else:
            inner = _Values(child)
            yield from _NOUN_READERS[child.tag](inner)
            values.problems += inner.problems


def _number(values: _Values, noun: Noun) -> Iterator[Noun]:
    if not noun.name:
        return
    if not re.fullmatch(r"\+?[\d().\s-]+", noun.name, re.ASCII):
        values.note(13223, f"{noun.name[:40]!r} is no number")
    values.shaped("sendDigits", r"[0-9*#wW]{0,32}", "", 13222)
    yield noun


def _client(values: _Values, noun: Noun) -> Iterator[Noun]:
    identity = values.element.find("Identity")
    name = noun.name if identity is None else own_text(identity)
    if name:
        yield replace(noun, name=name)


def _sip(values: _Values, noun: Noun) -> Iterator[Noun]:
    uri = values.element.find("Uri")
    name = noun.name if uri is None else own_text(uri)
    if not re.match(r"sips?:\S", name):
        values.note(13243, f"{name[:40]!r} is no SIP address")
        return
    yield replace(noun, name=name)


def _conference(values: _Values, noun: Noun) -> Iterator[Noun]:
    if not 1 <= len(noun.name) <= 128:
        values.note(13237, f"a name of {len(noun.name)} characters")
        return
    values.yes("muted", 13230)
    values.yes("endConferenceOnExit", 13231)
    values.yes("startConferenceOnEnter", 13232, default=True)
    method = values.method(13234, "waitMethod")
    values.word("beep", ("true", "false", "onEnter", "onExit"), 13235)
    yield replace(noun, wait_url=values.address("waitUrl"), wait_method=method)


def _queue(_: _Values, noun: Noun) -> Iterator[Noun]:
    if noun.name:
        yield noun


def _noun(kind: NounKind, method_code: int, finish: Callable[[_Values, Noun], Iterator[Noun]]) -> "_NounReader":
    def read(values: _Values) -> Iterator[Noun]:
        yield from finish(
            values,
            Noun(
                kind=kind,
                name=values.content(),
                url=values.address("url"),
                method=values.method(method_code),
                status_callback=values.address("statusCallback"),
                status_method=values.method(method_code, "statusCallbackMethod"),
                status_events=frozenset(values.text("statusCallbackEvent", "completed").split()),
            ),
        )

    return read


_NounReader = Callable[[_Values], Iterator[Noun]]
_NOUN_READERS: Mapping[str, _NounReader] = {
    "Number": _noun("Number", 13221, _number),
    "Client": _noun("Client", 12200, _client),
    "Queue": _noun("Queue", 12200, _queue),
    "Conference": _noun("Conference", 12200, _conference),
    "Sip": _noun("Sip", 13241, _sip),
}


def _enqueue(values: _Values) -> Enqueue | None:
    name = values.content()
    if not name and not values.address("workflowSid"):
        values.note(OWN, "the Enqueue names no queue")
        return None
    if len(name) > _LONGEST_QUEUE_NAME:
        values.note(12200, f"the name of a queue has at most {_LONGEST_QUEUE_NAME} characters, this {len(name)}")
    return Enqueue(
        name=name[:_LONGEST_QUEUE_NAME],
        action=values.address("action"),
        method=values.method(12200),
        wait_url=values.address("waitUrl"),
        wait_method=values.method(12200, "waitUrlMethod"),
    )


def _sms(values: _Values) -> Sms:
    return Sms(
        text=values.content(),
        to=values.address("to"),
        sender=values.address("from"),
        action=values.address("action"),
        method=values.method(12200),
        status_callback=values.address("statusCallback"),
    )


# -- the rest of the verbs -----------------------------------------------------------------------------


def _redirect(values: _Values) -> Redirect:
    return Redirect(values.content(), values.method(13710))


def _hangup(_: _Values) -> Hangup:
    return Hangup()


def _leave(_: _Values) -> Leave:
    return Leave()


def _reject(values: _Values) -> Reject:
    return Reject("busy" if values.word("reason", ("rejected", "busy"), 13810) == "busy" else "rejected")


_READERS: Mapping[str, Callable[[_Values], Verb | None]] = {
    "Say": _say,
    "Play": _play,
    "Pause": _pause,
    "Gather": _gather,
    "Redirect": _redirect,
    "Record": _record,
    "Dial": _dial,
    "Enqueue": _enqueue,
    "Leave": _leave,
    "Sms": _sms,
    "Hangup": _hangup,
    "Reject": _reject,
}
