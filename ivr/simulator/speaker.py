"""Who says what a document says, and how long that takes. Here it takes the time of the model, and nothing is heard."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from ivr.simulator.speech_time import speech_seconds
from ivr.simulator.verbs import Say

__all__ = ["Modelled", "Speaker", "Uttered"]


@dataclass(frozen=True)
class Uttered:
    """How long something takes to say, and the name under which it can be heard ('' = it cannot)."""

    seconds: float
    audio: str = ""


class Speaker(Protocol):
    def prepare(self, says: Iterable[Say]) -> None:
        """Told of all that a document says, before the first of it is said."""

    def say(self, say: Say) -> Uttered:
        """Asked when it begins."""


class Modelled:
    def prepare(self, says: Iterable[Say]) -> None:
        pass

    def say(self, say: Say) -> Uttered:
        return Uttered(speech_seconds(say.speech, say.language))
