"""How long a text takes to say: the clock of the simulated calls.

It is a model, not a synthesiser: letters per second of a language, a time for each digit, a pause at
each mark. It is good for "how long is this prompt" and "is this pause long enough to write six digits
down"; it is not good for telling one voice from another.

Where the numbers come from: the formant synthesiser espeak-ng 1.51 at 160 words a minute (a calm
telephone voice), one prompt and the ten digits in each language, measured once; the pauses are the share
of the marks in that measurement. A carrier's own voices will differ. Arabic and Hindi count letters and
vowel signs alike. Chinese and Japanese are estimates: espeak-ng reads their characters one by one, far
slower than a person would.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = ["Fragment", "Silence", "Spoken", "break_seconds", "prosody_rate", "speech_seconds"]


@dataclass(frozen=True)
class Spoken:
    """Words, how fast they are said (0.5 is half as fast as usual), and their language if it is another."""

    text: str
    rate: float = 1.0
    language: str | None = None


@dataclass(frozen=True)
class Silence:
    """A pause inside speech; the rate of the words around it does not change it."""

    seconds: float


Fragment = Spoken | Silence


@dataclass(frozen=True)
class _Pace:
    letters: float  # a second, spaces counted
    digit: float  # seconds for a digit, with the gap after it


_PACES: Mapping[str, _Pace] = {
    "ar": _Pace(9.9, 0.55),
    "cmn": _Pace(4.5, 0.31),  # estimate
    "de": _Pace(18.3, 0.35),
    "en": _Pace(17.1, 0.34),
    "es": _Pace(16.3, 0.36),
    "fr": _Pace(19.3, 0.27),
    "hi": _Pace(13.9, 0.32),
    "it": _Pace(15.5, 0.37),
    "ja": _Pace(7.0, 0.40),  # estimate
    "ko": _Pace(5.9, 0.36),
    "nl": _Pace(15.7, 0.35),
    "pl": _Pace(13.0, 0.45),
    "pt": _Pace(15.6, 0.36),
    "ru": _Pace(16.4, 0.36),
    "sv": _Pace(15.2, 0.33),
    "tr": _Pace(12.8, 0.40),
    "yue": _Pace(4.5, 0.31),  # estimate
    "zh": _Pace(4.5, 0.31),  # estimate
}
_OTHER = _Pace(14.0, 0.38)  # a language not measured: rather slow, so that no wait is thought longer than it is

_SHORT_MARKS = ",;:،、，；："  # noqa: RUF001 - the marks of other scripts are meant
_LONG_MARKS = ".!?…。！？।؟"  # noqa: RUF001 - the marks of other scripts are meant
_SHORT_PAUSE = 0.2
_LONG_PAUSE = 0.45

# Names of SSML 1.1; that they mean these lengths is this model's choice, near Amazon Polly's description.
_STRENGTHS = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.7, "x-strong": 1.0}
_RATES = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.5}
_LONGEST_BREAK = 10.0  # documented limit of Amazon's voices
_SLOWEST, _FASTEST = 0.2, 2.0  # documented range of a percentage in Amazon's voices


def speech_seconds(speech: str | Iterable[Fragment], language: str, rate: float = 1.0) -> float:
    """Seconds that the speech takes at the given rate, rounded to hundredths; breaks keep their length."""
    fragments = [Spoken(speech)] if isinstance(speech, str) else speech
    pace = _pace(language)
    return round(sum(_fragment_seconds(fragment, pace, rate) for fragment in fragments), 2)


def break_seconds(time: str | None, strength: str | None) -> float | None:
    """Length of an SSML break: `300ms`, `1.5s` or a named strength; None if it is none of these."""
    if time is None:
        return _STRENGTHS.get(strength or "medium")
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)", time.strip(), re.ASCII)
    if match is None:
        return None
    seconds = float(match[1]) / (1000 if match[2] == "ms" else 1)
    return min(seconds, _LONGEST_BREAK)


def prosody_rate(rate: str) -> float | None:
    """The factor that an SSML rate stands for: a name or a percentage; None if it is neither."""
    percent = re.fullmatch(r"(\d+(?:\.\d+)?)%", rate.strip(), re.ASCII)
    if percent is None:
        return _RATES.get(rate.strip())
    return min(max(float(percent[1]) / 100, _SLOWEST), _FASTEST)


def _pace(language: str) -> _Pace:
    return _PACES.get(re.split("[-_]", language.lower())[0], _OTHER)


def _fragment_seconds(fragment: Fragment, pace: _Pace, rate: float) -> float:
    match fragment:
        case Silence(seconds):
            return seconds
        case Spoken(text, own_rate, language):
            return _text_seconds(text, _pace(language) if language else pace) / (rate * own_rate)


def _text_seconds(text: str, pace: _Pace) -> float:
    digits = len(re.findall(r"\d", text))
    short, long = (sum(text.count(mark) for mark in marks) for marks in (_SHORT_MARKS, _LONG_MARKS))
    letters = _letters(text)
    return letters / pace.letters + digits * pace.digit + short * _SHORT_PAUSE + long * _LONG_PAUSE


def _letters(text: str) -> int:
    """Letters and the spaces between words: what is left without digits, marks and doubled spaces."""
    words = re.sub(rf"[\d{re.escape(_SHORT_MARKS + _LONG_MARKS)}]", " ", text)
    return len(" ".join(words.split()))
