"""A TwiML document: read once into verbs that cannot be wrong, with every problem found on the way.

Nothing is played here. Problems of the schema belong to the whole document and are told when it arrives;
problems of a value belong to their verb and are told when the call reaches it. Names are case-sensitive
and comments do not count, as documented. Adding a verb: its attributes into `ATTRIBUTES`, its reader
into `_READERS`.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ivr.simulator.carrier_errors import OWN, Problem
from ivr.simulator.speech_time import Fragment, Silence, Spoken, break_seconds, prosody_rate

__all__ = [
    "ATTRIBUTES",
    "FOREVER",
    "NOT_PLAYED_YET",
    "Dial",
    "Document",
    "Gather",
    "Hangup",
    "Method",
    "Pause",
    "Play",
    "Prompt",
    "Read",
    "Redirect",
    "Reject",
    "Say",
    "Verb",
    "parse",
    "spoken_words",
]

Method = Literal["GET", "POST"]
FOREVER = 1000  # documented: loop="0" plays until the caller hangs up, or this often


@dataclass(frozen=True)
class Say:
    speech: tuple[Fragment, ...]
    voice: str = "man"
    language: str = "en-US"
    loop: int = 1


@dataclass(frozen=True)
class Play:
    url: str
    digits: str = ""
    loop: int = 1


@dataclass(frozen=True)
class Pause:
    seconds: int = 1


Prompt = Say | Play | Pause


@dataclass(frozen=True)
class Gather:
    """An action of None is the current document."""

    prompts: tuple[Prompt, ...]
    action: str | None
    method: Method
    timeout: int
    finish_on_key: str
    num_digits: int | None
    input: str
    action_on_empty_result: bool


@dataclass(frozen=True)
class Redirect:
    url: str
    method: Method


@dataclass(frozen=True)
class Dial:
    """An action of None goes on with the document."""

    numbers: tuple[str, ...]
    action: str | None
    method: Method
    timeout: int
    time_limit: int


@dataclass(frozen=True)
class Hangup:
    pass


@dataclass(frozen=True)
class Reject:
    reason: Literal["rejected", "busy"]


Verb = Say | Play | Pause | Gather | Redirect | Dial | Hangup | Reject


@dataclass(frozen=True)
class Read:
    """What became of one element: its verb, or None if it is passed over, and what was wrong with it."""

    verb: Verb | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Document:
    verbs: tuple[Read, ...]
    problems: tuple[Problem, ...] = ()


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_SSML: Mapping[str, frozenset[str]] = {
    "break": frozenset({"strength", "time"}),
    "emphasis": frozenset({"level"}),
    "lang": frozenset({_XML_LANG}),
    "p": frozenset(),
    "phoneme": frozenset({"alphabet", "ph"}),
    "prosody": frozenset({"volume", "rate", "pitch"}),
    "s": frozenset(),
    "say-as": frozenset({"interpret-as", "format", "role"}),
    "sub": frozenset({"alias"}),
    "w": frozenset({"role"}),
}
# A test compares these with the signatures of Twilio's own library, so a new attribute there shows here.
ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "Response": frozenset(),
    "Say": frozenset({"voice", "loop", "language"}),
    "Play": frozenset({"loop", "digits"}),
    "Pause": frozenset({"length"}),
    "Gather": _names(
        "input action method timeout speechTimeout maxSpeechTime profanityFilter finishOnKey numDigits "
        "partialResultCallback partialResultCallbackMethod language hints bargeIn debug actionOnEmptyResult "
        "speechModel enhanced"
    ),
    "Redirect": frozenset({"method"}),
    "Dial": _names(
        "action method timeout hangupOnStar timeLimit callerId record trim recordingStatusCallback "
        "recordingConfigurationId recordingStatusCallbackMethod recordingStatusCallbackEvent answerOnBridge "
        "ringTone recordingTrack sequential referUrl referMethod events passports"
    ),
    "Number": _names(
        "sendDigits url method statusCallbackEvent statusCallback statusCallbackMethod byoc machineDetection "
        "amdStatusCallbackMethod amdStatusCallback machineDetectionTimeout machineDetectionSpeechThreshold "
        "machineDetectionSpeechEndThreshold machineDetectionSilenceTimeout"
    ),
    "Hangup": frozenset(),
    "Reject": frozenset({"reason"}),
    **_SSML,
}
NOT_PLAYED_YET = _names("Connect Echo Enqueue Leave Pay Prompt Queue Record Refer Sms Start Stop")
_DIAL_NOUNS_NOT_PLAYED_YET = _names("Application Client Conference Queue Sim Sip WhatsApp")
_PROMPTS = frozenset({"Say", "Play", "Pause"})
_VERBS = _PROMPTS | {"Gather", "Redirect", "Dial", "Hangup", "Reject"}

# What may stand in what; None: its reader says so with a code of its own.
_CHILDREN: Mapping[str, frozenset[str] | None] = {
    "Response": _VERBS | NOT_PLAYED_YET,
    "Gather": None,
    "Dial": None,
    "Say": frozenset(_SSML),
    **dict.fromkeys(_SSML, frozenset(_SSML)),
}

_LIMITS = {"Polly.": 3000, "Google.": 5000}  # documented, in characters
_BASIC_LIMIT = 4096


def parse(text: str) -> Document | Problem:
    """The document in this text; a Problem if it is no document at all."""
    if "<!DOCTYPE" in text:  # nothing in TwiML needs one, and entities are how XML parsers are attacked
        return Problem(12100, "a document type declaration is not accepted")
    try:
        root = ET.fromstring(text)  # noqa: S314 - no DOCTYPE, so no entities; at most 64 kB
    except (ET.ParseError, ValueError) as error:
        return Problem(12100, f"not well-formed: {error}")
    if root.tag != "Response":
        return Problem(12102, f"the root is {root.tag}")
    return Document(tuple(map(_read, root)), tuple(_schema_problems(root)))


def spoken_words(speech: tuple[Fragment, ...]) -> str:
    """The words of a Say in one line, as a caption."""
    return " ".join(" ".join(part.text for part in speech if isinstance(part, Spoken)).split())


# -- the schema ----------------------------------------------------------------------------------------


def _schema_problems(element: ET.Element) -> Iterator[Problem]:
    for name in element.attrib:
        if name not in ATTRIBUTES[element.tag]:
            yield Problem(12200, f"{element.tag} has no attribute {name}{_hint(name, ATTRIBUTES[element.tag])}")
    allowed = _CHILDREN.get(element.tag, frozenset())
    if element.tag in ("Response", "Gather") and _own_text(element):
        yield Problem(12200, f"text outside a verb in {element.tag}: {_own_text(element)[:40]}")
    for child in element:
        if allowed is not None and child.tag not in allowed:
            yield Problem(12200, f"{element.tag} takes no {child.tag}{_hint(child.tag, allowed)}")
        elif child.tag in ATTRIBUTES:
            yield from _schema_problems(child)


def _hint(name: str, known: frozenset[str]) -> str:
    meant = next((other for other in sorted(known) if other.lower() == name.lower()), None)
    return f"; did you mean {meant}?" if meant else ""


def _own_text(element: ET.Element) -> str:
    return " ".join(" ".join([element.text or "", *(child.tail or "" for child in element)]).split())


# -- values --------------------------------------------------------------------------------------------


class _Values:
    """The attributes of one element as values; what is wrong is noted and the default taken."""

    def __init__(self, element: ET.Element) -> None:
        self.element = element
        self.problems: list[Problem] = []

    def text(self, name: str, default: str) -> str:
        return self.element.get(name, default)

    def whole(self, name: str, default: int, code: int, least: int = 1) -> int:
        value = self.element.get(name)
        if value is None:
            return default
        if re.fullmatch(r"\d{1,9}", value.strip(), re.ASCII) and int(value) >= least:
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

    def method(self, code: int) -> Method:
        return "GET" if self.word("method", ("POST", "GET"), code) == "GET" else "POST"

    def wrong(self, code: int, name: str) -> None:
        self.note(code, f"{self.element.tag} {name}={self.element.get(name)!r}")

    def note(self, code: int, message: str) -> None:
        self.problems.append(Problem(code, message))

    def loop(self, code: int) -> int:
        return self.whole("loop", 1, code, least=0) or FOREVER


# -- verbs ---------------------------------------------------------------------------------------------


def _read(element: ET.Element) -> Read:
    if element.tag in NOT_PLAYED_YET:
        return Read(None, (Problem(OWN, f"not played yet by this carrier: {element.tag}"),))
    if element.tag not in _READERS:
        return Read(None)  # the schema has warned
    values = _Values(element)
    verb = _READERS[element.tag](values)
    return Read(verb, tuple(values.problems))


def _say(values: _Values) -> Say | None:
    speech = tuple(_speech(values, values.element, 1.0))
    say = Say(speech, values.text("voice", "man"), values.text("language", "en-US"), values.loop(13510))
    words = spoken_words(speech)
    if not words:
        values.note(13520, "the Say is empty")
        return None
    limit = next((most for kind, most in _LIMITS.items() if say.voice.startswith(kind)), _BASIC_LIMIT)
    if len(words) > limit:
        values.note(13521, f"{len(words)} characters, {say.voice} takes {limit}")
    return say


def _speech(values: _Values, element: ET.Element, rate: float) -> Iterator[Fragment]:
    if element.text:
        yield Spoken(element.text, rate)
    for child in element:
        yield from _ssml(values, child, rate)
        if child.tail:
            yield Spoken(child.tail, rate)


def _ssml(values: _Values, child: ET.Element, rate: float) -> Iterator[Fragment]:
    match child.tag:
        case "break":
            seconds = break_seconds(child.get("time"), child.get("strength"))
            if seconds is None:
                values.note(12200, f"break of no known length: {dict(child.attrib)}")
            yield Silence(seconds or 0.0)
        case "prosody":
            factor = prosody_rate(child.get("rate", "medium"))
            if factor is None:
                values.note(12200, f"prosody of no known rate: {child.get('rate')}")
            yield from _speech(values, child, rate * (factor or 1.0))
        case "sub":
            yield Spoken(child.get("alias", ""), rate)
        case "say-as" if child.get("interpret-as") in ("digits", "characters", "spell-out", "telephone"):
            yield Spoken(" ".join("".join(child.itertext())), rate)
        case _:
            yield from _speech(values, child, rate)


def _play(values: _Values) -> Play | None:
    url, digits = (values.element.text or "").strip(), values.text("digits", "")
    if not re.fullmatch(r"[0-9A-D*#wW]*", digits, re.ASCII):
        values.wrong(13430, "digits")
        return None
    if not url and not digits:
        values.note(OWN, "the Play names neither a file nor digits")
        return None
    return Play(url, digits, values.loop(13410))


def _pause(values: _Values) -> Pause:
    return Pause(values.whole("length", 1, 13910))


def _gather(values: _Values) -> Gather:
    return Gather(
        prompts=tuple(_prompts(values)),
        action=values.text("action", "") or None,
        method=values.method(13312),
        timeout=5 if values.text("timeout", "") == "auto" else values.whole("timeout", 5, 13313),
        finish_on_key=_finish_on_key(values),
        num_digits=values.whole("numDigits", 0, 13314) or None,
        input=_input(values),
        action_on_empty_result=values.word("actionOnEmptyResult", ("false", "true"), 13338) == "true",
    )


def _prompts(values: _Values) -> Iterator[Prompt]:
    for child in values.element:
        if child.tag not in _PROMPTS:
            values.note(13320, f"{child.tag} in a Gather")
            continue
        read = _read(child)
        values.problems += read.problems
        if isinstance(read.verb, Say | Play | Pause):
            yield read.verb


def _finish_on_key(values: _Values) -> str:
    key = values.text("finishOnKey", "#")
    if key == "" or (len(key) == 1 and key in "0123456789*#"):
        return key
    values.wrong(13310, "finishOnKey")
    return "#"


def _input(values: _Values) -> str:
    kinds = values.text("input", "dtmf").split()
    if not kinds or not set(kinds) <= {"dtmf", "speech"}:
        values.wrong(13326, "input")
        return "dtmf"
    if "speech" in kinds:
        values.note(OWN, "not played yet by this carrier: Gather of speech")
    return " ".join(kinds)


def _redirect(values: _Values) -> Redirect:
    return Redirect((values.element.text or "").strip(), values.method(13710))


def _dial(values: _Values) -> Dial | None:
    numbers = tuple(_numbers(values))
    if not numbers:
        values.note(13224, "the Dial names no number")
        return None
    return Dial(
        numbers=numbers,
        action=values.text("action", "") or None,
        method=values.method(12200),
        timeout=values.whole("timeout", 30, 13212),
        time_limit=values.whole("timeLimit", 14_400, 13216),
    )


def _numbers(values: _Values) -> Iterator[str]:
    if number := _own_text(values.element):
        yield number
    for child in values.element:
        if child.tag in _DIAL_NOUNS_NOT_PLAYED_YET:
            values.note(OWN, f"not played yet by this carrier: Dial {child.tag}")
        elif child.tag != "Number":
            values.note(13215, f"{child.tag} in a Dial")
        elif child.text and child.text.strip():
            yield child.text.strip()


def _hangup(_: _Values) -> Hangup:
    return Hangup()


def _reject(values: _Values) -> Reject:
    return Reject("busy" if values.word("reason", ("rejected", "busy"), 13810) == "busy" else "rejected")


_READERS: Mapping[str, Callable[[_Values], Verb | None]] = {
    "Say": _say,
    "Play": _play,
    "Pause": _pause,
    "Gather": _gather,
    "Redirect": _redirect,
    "Dial": _dial,
    "Hangup": _hangup,
    "Reject": _reject,
}
