"""The folder of clips: what an engine has said once. Single texts of the prompt books, never who was told which.

A clip is found by its content (text, voice, rate). When the folder is full, what was not asked for longest goes first.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from ivr.speech.sound import Sound

MOST_BYTES = 256 * 1024 * 1024  # about an hour and a half of speech


class Clips:
    def __init__(self, folder: Path, most: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most = most
        self._lock = threading.Lock()
        self._turns: dict[Path, threading.Lock] = {}
        self._bytes: int | None = None  # in the folder; not counted yet

    def get(self, text: str, voice: str, rate: float, say: Callable[[str, str, float], Sound]) -> Sound:
        """The clip, said by `say` where it is not kept; once, however many ask for it at a time."""
        path = self._folder / f"{sha256(repr((text, voice, rate)).encode()).hexdigest()[:32]}.wav"
        if (kept := _read(path)) is not None:
            return kept
        with self._lock:
            turn = self._turns.setdefault(path, threading.Lock())
        with turn:
            if (kept := _read(path)) is None:
                kept = say(text, voice, rate).trimmed()
                with suppress(OSError):  # a full disk: it is said again the next time
                    self._keep(path, kept.wav())
            return kept

    def _keep(self, path: Path, wav: bytes) -> None:
        with self._lock:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = path.with_suffix(f".{os.getpid()}")
            fresh.write_bytes(wav)
            fresh.replace(path)  # whole or not at all
            if self._bytes is None:
                self._bytes = sum(each.stat().st_size for each in self._folder.glob("*.wav"))
            else:
                self._bytes += len(wav)
            if self._bytes > self._most:
                self._forget()

    def _forget(self) -> None:
        """Down to nine tenths, so that not every clip that is kept costs a look through the folder."""
        kept = sorted(((each.stat(), each) for each in self._folder.glob("*.wav")), key=lambda pair: pair[0].st_mtime)
        total = sum(stat.st_size for stat, _ in kept)
        for stat, each in kept:
            if total <= self._most * 0.9:
                break
            each.unlink(missing_ok=True)
            total -= stat.st_size
        self._bytes = total


def _read(path: Path) -> Sound | None:
    """None where it is not there, or damaged."""
    try:
        sound = Sound.read(path.read_bytes())
        os.utime(path)  # asked for just now
    except (OSError, ValueError):
        return None
    return sound
