"""How a prompt sounds with some values in it, and how long that takes by the model of speech_time."""

from __future__ import annotations

from ivr.dialogue import Speak
from ivr.simulator.speech_time import Silence, Spoken, speech_seconds
from ivr.wording import Pause, PromptBook, Words


class _Some(dict[str, object]):
    """Something for every value that a prompt may name."""

    def __missing__(self, name: str) -> object:
        return 0 if name == "name" else "normal" if name == "pace" else "1234567"


SOME_VALUES = _Some(key="2", block="3", toll_free="0800 123 4567")


def sample(book: PromptBook, prompt: str) -> Words:
    return book.words(Speak(prompt, SOME_VALUES))


def seconds(words: Words) -> float:
    fragments = (Silence(f.milliseconds / 1000) if isinstance(f, Pause) else Spoken(f) for f in words.fragments)
    return speech_seconds(fragments, words.locale)
