"""The verbs of TwiML as values that cannot be wrong. Not here: how they are read (document) and played (carrier).

An action of None is the current document for Gather and Record, and for every other verb: go on with the next one.
"""

from dataclasses import dataclass
from typing import Literal

from ivr.simulator.speech_time import Fragment

__all__ = [
    "FOREVER",
    "Dial",
    "Enqueue",
    "Gather",
    "Hangup",
    "Leave",
    "Method",
    "Noun",
    "NounKind",
    "Pause",
    "Play",
    "Prompt",
    "Record",
    "RecordingCallback",
    "Redirect",
    "Reject",
    "Say",
    "Sms",
    "Verb",
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
    prompts: tuple[Prompt, ...]
    action: str | None
    method: Method
    timeout: int
    finish_on_key: str
    num_digits: int | None
    input: str
    action_on_empty_result: bool
    language: str = "en-US"
    speech_timeout: int | None = None  # None: `auto`
    max_speech_time: int = 60
    barge_in: bool = True
    partial_callback: str | None = None
    partial_method: Method = "POST"


@dataclass(frozen=True)
class Redirect:
    url: str
    method: Method


@dataclass(frozen=True)
class RecordingCallback:
    """Who is told which events of a recording: in-progress, completed, absent."""

    url: str
    method: Method
    events: frozenset[str]


@dataclass(frozen=True)
class Record:
    action: str | None
    method: Method
    timeout: int
    finish_on_key: str
    max_length: int
    play_beep: bool
    trim: bool
    callback: RecordingCallback | None = None
    transcribe_callback: str | None = None


NounKind = Literal["Number", "Client", "Queue", "Conference", "Sip"]


@dataclass(frozen=True)
class Noun:
    """Whom a Dial rings. `url` is played to them first, `wait_url` to who waits for a conference."""

    kind: NounKind
    name: str
    url: str | None = None
    method: Method = "POST"
    status_callback: str | None = None
    status_method: Method = "POST"
    status_events: frozenset[str] = frozenset({"completed"})
    wait_url: str | None = None
    wait_method: Method = "POST"


@dataclass(frozen=True)
class Dial:
    nouns: tuple[Noun, ...]
    action: str | None
    method: Method
    timeout: int
    time_limit: int
    hangup_on_star: bool = False
    answer_on_bridge: bool = False
    sequential: bool = False
    channels: int = 0  # of its recording; 0 where none is made
    callback: RecordingCallback | None = None  # of its recording

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(noun.name for noun in self.nouns)


@dataclass(frozen=True)
class Enqueue:
    """A wait_url of None is the carrier's own music."""

    name: str
    action: str | None
    method: Method
    wait_url: str | None
    wait_method: Method


@dataclass(frozen=True)
class Leave:
    pass


@dataclass(frozen=True)
class Sms:
    text: str
    to: str | None
    sender: str | None
    action: str | None
    method: Method
    status_callback: str | None


@dataclass(frozen=True)
class Hangup:
    pass


@dataclass(frozen=True)
class Reject:
    reason: Literal["rejected", "busy"]


Verb = Say | Play | Pause | Gather | Redirect | Record | Dial | Enqueue | Leave | Sms | Hangup | Reject
