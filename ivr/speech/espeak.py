"""The program espeak-ng: 130 languages at once, in a plain voice. It takes some 20 ms a clip, so it is run for each."""

from __future__ import annotations

import subprocess
from functools import cached_property

from ivr.speech.engine_down import EngineDown
from ivr.speech.sound import Sound

_WORDS_A_MINUTE = 160  # a calm telephone voice
_PATIENCE = 20.0  # seconds
# Where the language alone would be another country's voice.
_NEAREST = {"es-us": "es-419", "en": "en-us"}


class Espeak:
    def __init__(self, program: str) -> None:
        self._program = program

    def voice(self, locale: str) -> str | None:
        tag = locale.lower()
        language = tag.partition("-")[0]
        near = [tag, _NEAREST.get(tag, ""), language, f"{language}-{language}"]
        return next((f"espeak {each}" for each in near if each in self._languages), None)

    def say(self, text: str, voice: str, rate: float) -> Sound:
        language = voice.removeprefix("espeak ")
        speed = round(_WORDS_A_MINUTE * rate)
        wav = self._run("-v", language, "-s", str(speed), "--stdin", "--stdout", text=text)
        try:
            return Sound.read(wav)
        except ValueError as error:
            raise EngineDown(f"espeak-ng: {error}") from error

    @cached_property
    def _languages(self) -> frozenset[str]:
        """The second column of its table of voices."""
        table = self._run("--voices").decode()
        return frozenset(row.split()[1] for row in table.splitlines()[1:])

    def _run(self, *arguments: str, text: str = "") -> bytes:
        try:
            return subprocess.run(  # noqa: S603 (the program is ours to choose, the text goes in by its standard input)
                [self._program, *arguments], input=text.encode(), capture_output=True, check=True, timeout=_PATIENCE
            ).stdout
        except (OSError, subprocess.SubprocessError) as error:
            raise EngineDown(f"espeak-ng: {type(error).__name__}") from error
