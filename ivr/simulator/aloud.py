"""The words of a live call aloud: what a Say says as audio for the page, and the time that it takes.

Not here: how words become sound (ivr.speech), and how the page plays them (static/sound.js).
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from ivr.simulator.line import LiveLine
from ivr.simulator.speaker import Modelled, Uttered
from ivr.simulator.speech_time import Silence
from ivr.simulator.verbs import Say
from ivr.speech.speech import Speech
from ivr.wording import Pause

_PATIENCE = 2.0  # seconds that a caption waits for its sound, as where an engine has yet to start


class Aloud:
    """The speaker of one call."""

    def __init__(self, speech: Speech, line: LiveLine) -> None:
        self._speech = speech
        self._line = line
        self._ahead: dict[Say, Future[Uttered]] = {}
        self._renderer = ThreadPoolExecutor(1)

    def __enter__(self) -> Aloud:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._renderer.shutdown(wait=False, cancel_futures=True)

    def prepare(self, says: Iterable[Say]) -> None:
        """Render these in their order, so that the next one is ready when the one before is over."""
        for say in () if self._line.jumps else says:
            self._rendered(say)

    def say(self, say: Say) -> Uttered:
        if self._line.jumps:  # nobody hears it
            return Modelled().say(say)
        try:
            said = self._rendered(say).result(_PATIENCE)
        except TimeoutError:  # it is heard from where it is by then
            said = Uttered(Modelled().say(say).seconds, self._speech.offer(_worded(say), say.language))
        self._line.catch_up()
        return said

    def _rendered(self, say: Say) -> Future[Uttered]:
        if say not in self._ahead:
            self._ahead[say] = self._renderer.submit(uttered, self._speech, say)
        return self._ahead[say]


def uttered(speech: Speech, say: Say) -> Uttered:
    """What nobody can say aloud takes the time of the model.

    Rates and languages inside a Say are passed over: this application's have none.
    """
    audio = speech.render(_worded(say), say.language)
    return Uttered(audio.seconds, audio.key) if audio else Modelled().say(say)


def _worded(say: Say) -> list[str | Pause]:
    return [
        Pause(round(part.seconds * 1000)) if isinstance(part, Silence) else " ".join(part.text.split())
        for part in say.speech
    ]
