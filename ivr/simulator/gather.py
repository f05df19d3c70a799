"""What a Gather takes in: keys or words, until it ends. Not here: what is asked then (carrier).

Documented: it ends on its finish key, its number of digits, or when no further key comes in time, counted
from the last prompt or the last key; the first key stops the prompts; digits do not contain the finish key;
of keys and words, what comes first wins; words end after `speechTimeout` of silence, at most 60 s.
Inferences: with bargeIn="false" keys count, but the prompts play on; `speechTimeout="auto"` is a second;
words take the time that a prompt of theirs would; the recogniser is 90 percent sure and understands all.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from ivr.simulator.leg import NOBODY_LISTENED, Leg
from ivr.simulator.line import Words
from ivr.simulator.speech_time import speech_seconds
from ivr.simulator.verbs import Gather, Pause, Prompt

__all__ = ["Entry", "Gathering", "repeated"]

_ONLY_KEYS = "only keys were asked for"
_KEYS_FIRST = "keys were being entered"
_SPEAKING = "the caller was speaking"
_AUTO = 1.0


@dataclass(frozen=True)
class Entry:
    """What a Gather got."""

    digits: str
    key: str
    why: Literal["finish key", "number of digits", "timeout", "silence", "finish key first", "speech"]
    speech: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.digits and not self.speech


def repeated(prompt: Prompt) -> Iterator[Prompt]:
    """The prompt as often as it is to be played."""
    for _ in range(1 if isinstance(prompt, Pause) else prompt.loop):
        yield prompt


class Gathering:
    """One Gather while it is open. `begin` starts a prompt and says how long it takes; `partly` hears interim words."""

    def __init__(
        self, gather: Gather, leg: Leg, begin: Callable[[Prompt], float], partly: Callable[[str], None]
    ) -> None:
        self._gather = gather
        self._leg = leg
        self._begin = begin
        self._partly = partly
        self._digits = ""

    def collect(self) -> Entry:
        for prompt in self._gather.prompts:
            for each in repeated(prompt):
                if (entry := self._during(self._begin(each))) is not None:
                    return entry
                if self._digits and self._gather.barge_in:
                    return self._rest()
        if not self._digits:
            self._leg.note("wait", seconds=self._gather.timeout)
        return self._rest()

    def _during(self, seconds: float) -> Entry | None:
        """The prompt plays; None if it ends, or if a key stops it."""
        until = self._leg.now + seconds
        while (heard := self._listen(until)) is not None:
            entry = self._take(heard)
            if entry is not None or self._gather.barge_in:
                return entry
        return None

    def _rest(self) -> Entry:
        while (heard := self._listen(self._leg.now + self._gather.timeout)) is not None:
            if (entry := self._take(heard)) is not None:
                return entry
        return Entry(self._digits, "", "timeout" if self._digits else "silence")

    def _listen(self, until: float) -> str | None:
        """The next that counts; what does not is lost."""
        while (heard := self._leg.wait(until)) is not None:
            why = self._why_not(heard)
            if why is None:
                return heard
            self._leg.lose(heard, why)
        return None

    def _why_not(self, heard: str) -> str | None:
        match heard:
            case Words() if "speech" not in self._gather.input:
                return _ONLY_KEYS
            case Words() if self._digits:
                return _KEYS_FIRST
            case str() if not isinstance(heard, Words) and "dtmf" not in self._gather.input:
                return NOBODY_LISTENED
        return None

    def _take(self, heard: str) -> Entry | None:
        """The key or the words are taken in; the entry, if that ends it."""
        if isinstance(heard, Words):
            return self._hear(heard)
        if heard == self._gather.finish_on_key:
            self._leg.note("key", key=heard, digits=self._digits)
            return Entry(self._digits, heard, "finish key" if self._digits else "finish key first")
        self._digits += heard
        self._leg.note("key", key=heard, digits=self._digits)
        return Entry(self._digits, "", "number of digits") if len(self._digits) == self._gather.num_digits else None

    def _hear(self, words: Words) -> Entry:
        """Words, and those that follow before it has been silent for long enough."""
        gather, end = self._gather, self._leg.now + self._gather.max_speech_time
        silence = _AUTO if gather.speech_timeout is None else gather.speech_timeout
        said: list[str] = []
        heard: str | None = words
        while isinstance(heard, Words):
            said.append(str(heard))
            seconds = speech_seconds(heard, gather.language)
            self._leg.note("words", text=str(heard), seconds=seconds)
            self._partly(" ".join(said))
            heard = self._more_words(min(self._leg.now + seconds + silence, end))
        return Entry("", "", "speech", " ".join(said))

    def _more_words(self, until: float) -> str | None:
        while (heard := self._leg.wait(until)) is not None and not isinstance(heard, Words):
            self._leg.lose(heard, _SPEAKING)
        return heard
