"""Words → audio: `Speech.render` takes the fragments of a prompt and says under which key its WAV can be had.

An engine says each text alone; the pauses between are silence of exactly the length that was asked for. Clips are kept
in a folder; which clips make up a prompt is remembered in memory alone, since that may be somebody's Confirmation ID.
"""

from __future__ import annotations

import hmac
import logging
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ivr.speech.clips import Clips
from ivr.speech.engine_down import EngineDown
from ivr.speech.engines import Engine
from ivr.speech.sound import Sound, joined
from ivr.wording import Fragment, Pause, Words

log = logging.getLogger(__name__)

MOST_KEYS = 10_000

_SAMPLES = 22_050  # a second, where nothing is said but pauses


@dataclass(frozen=True)
class Audio:
    """Something that can be heard: `key` names its WAV, and nobody guesses it."""

    key: str
    seconds: float


@dataclass(frozen=True)
class _Prompt:
    fragments: tuple[Fragment, ...]
    engine: Engine
    voice: str
    rate: float


class Speech:
    """Threads may share it. Without engines everything is text only."""

    def __init__(self, engines: Sequence[Engine], clips: Clips, secret: bytes) -> None:
        """`secret` makes the keys: from the words alone, seven digits could be found by trying."""
        self._engines = engines
        self._clips = clips
        self._secret = secret
        self._prompts: OrderedDict[str, _Prompt] = OrderedDict()
        self._lock = threading.Lock()

    def speaks(self, locale: str) -> bool:
        return self._speaker(locale) is not None

    def warm(self, said: Iterable[Words]) -> None:
        """Render these in a thread of its own: then they are kept, and their engine runs, when they are asked for."""
        threading.Thread(
            target=lambda: [self.render(each.fragments, each.locale) for each in said], daemon=True
        ).start()

    def render(self, fragments: Sequence[Fragment], locale: str, rate: float = 1.0) -> Audio | None:
        """The audio of these texts and pauses; None: text only. `rate` is that of the words: 0.5 is half as fast.

        It takes up to a tenth of the time that it lasts, or milliseconds once its clips are kept.
        """
        key = self.offer(fragments, locale, rate)
        sound = self._sound(key)
        return Audio(key, sound.seconds) if sound else None

    def offer(self, fragments: Sequence[Fragment], locale: str, rate: float = 1.0) -> str:
        """The key of what `render` would give, at once; it is rendered when it is asked for. '': text only."""
        speaker = self._speaker(locale)
        return self._kept(_Prompt(tuple(fragments), *speaker, rate)) if speaker else ""

    def wav(self, key: str) -> bytes | None:
        """What is heard under this key, the same bytes each time; None where nothing is, or no longer."""
        sound = self._sound(key)
        return sound.wav() if sound else None

    def _speaker(self, locale: str) -> tuple[Engine, str] | None:
        return next(((engine, voice) for engine in self._engines if (voice := engine.voice(locale))), None)

    def _sound(self, key: str) -> Sound | None:
        with self._lock:
            prompt = self._prompts.get(key)
        try:
            return self._said(prompt) if prompt else None
        except EngineDown as down:
            log.warning("text only: %s", down)
            return None

    def _said(self, prompt: _Prompt) -> Sound:
        texts = {each for each in prompt.fragments if isinstance(each, str)}
        clips = {text: self._clips.get(text, prompt.voice, prompt.rate, prompt.engine.say) for text in texts}
        rate = next((clip.rate for clip in clips.values()), _SAMPLES)
        return joined(
            Sound.silence(each.milliseconds / 1000, rate) if isinstance(each, Pause) else clips[each]
            for each in prompt.fragments
        )

    def _kept(self, prompt: _Prompt) -> str:
        words = repr((prompt.fragments, prompt.voice, prompt.rate)).encode()
        key = hmac.digest(self._secret, words, "sha256").hex()[:32]
        with self._lock:
            self._prompts[key] = prompt
            self._prompts.move_to_end(key)
            if len(self._prompts) > MOST_KEYS:
                self._prompts.popitem(last=False)
        return key
