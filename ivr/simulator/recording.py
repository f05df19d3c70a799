"""What a Record takes down: until a finish key, silence or its length. No sound is kept, only how long it was.

Inferences: something was recorded if the caller spoke; the silence at its end is trimmed; the address of
the recording has the form of Twilio's own, and nothing is there.
"""

from dataclasses import dataclass
from typing import Literal

from ivr.simulator.leg import Leg
from ivr.simulator.line import HungUp, Words
from ivr.simulator.speech_time import speech_seconds
from ivr.simulator.verbs import Record

__all__ = ["Taken", "record"]

_LANGUAGE = "en-US"  # nothing says what is spoken; it only gives the pace


@dataclass(frozen=True)
class Taken:
    """How it ended: with this key, or `hangup`; nothing was recorded if it lasted no time."""

    why: Literal["finish key", "silence", "maximum length", "hung up"]
    key: str
    seconds: float
    words: str = ""

    @property
    def is_empty(self) -> bool:
        return self.seconds <= 0


def record(verb: Record, leg: Leg) -> Taken:
    leg.note(
        "record",
        timeout=verb.timeout,
        finishOnKey=verb.finish_on_key,
        maxLength=verb.max_length,
        beep=verb.play_beep,
    )
    said = list[str]()
    began = spoken_until = leg.now
    end = began + verb.max_length
    while True:
        try:
            heard = leg.wait(min(spoken_until + verb.timeout, end))
        except HungUp:
            return Taken("hung up", "hangup", _length(verb, leg, began, spoken_until), " ".join(said))
        match heard:
            case None:
                why: Literal["maximum length", "silence"] = "maximum length" if leg.now >= end else "silence"
                return Taken(why, "", _length(verb, leg, began, spoken_until), " ".join(said))
            case Words():
                seconds = speech_seconds(heard, _LANGUAGE)
                leg.note("words", text=str(heard), seconds=seconds)
                said.append(str(heard))
                spoken_until = leg.now + seconds
            case key if key in verb.finish_on_key:
                return Taken("finish key", key, _length(verb, leg, began, spoken_until), " ".join(said))


def _length(verb: Record, leg: Leg, began: float, spoken_until: float) -> float:
    if spoken_until == began:
        return 0.0
    return round((min(spoken_until, leg.now) if verb.trim else leg.now) - began, 3)
