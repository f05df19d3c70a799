"""A piece of sound: one channel of 16-bit samples. WAV in and out, silence, cutting and joining; no engine, no file."""

from __future__ import annotations

import io
import wave
from array import array
from collections.abc import Iterable
from dataclasses import dataclass

_WIDTH = 2  # bytes a sample
# Of the loudest sample (-50 dB): what is below it at either end is silence. The f of "five" begins not much louder.
_QUIET = 0.003
_BEFORE, _AFTER = 0.02, 0.05  # seconds that are kept there, so that no breath of a word is cut


@dataclass(frozen=True)
class Sound:
    rate: int  # samples a second
    samples: bytes  # native order

    @classmethod
    def read(cls, wav: bytes) -> Sound:
        """ValueError if these bytes are no such WAV."""
        try:
            with wave.open(io.BytesIO(wav)) as file:
                if (file.getnchannels(), file.getsampwidth()) != (1, _WIDTH):
                    raise ValueError("one channel of 16-bit samples is expected")
                # What is piped has no true length in its header; there is as much as there is.
                return cls(file.getframerate(), file.readframes(len(wav)))
        except (wave.Error, EOFError) as error:
            raise ValueError(f"no WAV: {error}") from error

    @classmethod
    def silence(cls, seconds: float, rate: int) -> Sound:
        return cls(rate, bytes(_WIDTH * round(seconds * rate)))

    @property
    def seconds(self) -> float:
        return len(self.samples) / _WIDTH / self.rate

    def wav(self) -> bytes:
        written = io.BytesIO()
        with wave.open(written, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(_WIDTH)
            file.setframerate(self.rate)
            file.writeframes(self.samples)
        return written.getvalue()

    def trimmed(self) -> Sound:
        """Without the silence at its ends, so that the pauses around it are those that were asked for."""
        samples = array("h", self.samples)
        least = max(1, _QUIET * max(map(abs, samples), default=0))
        loud = (at for at in range(len(samples)) if abs(samples[at]) >= least)
        first = next(loud, None)
        if first is None:
            return Sound(self.rate, b"")
        last = next(at for at in reversed(range(len(samples))) if abs(samples[at]) >= least)
        start, end = max(0, first - round(_BEFORE * self.rate)), last + 1 + round(_AFTER * self.rate)
        return Sound(self.rate, samples[start:end].tobytes())


def joined(sounds: Iterable[Sound]) -> Sound:
    """One after the other. ValueError where there is none, or where their rates differ."""
    parts = list(sounds)
    if len({part.rate for part in parts}) != 1:
        raise ValueError("sounds of one rate are expected")
    return Sound(parts[0].rate, b"".join(part.samples for part in parts))
