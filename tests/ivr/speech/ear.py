"""An ear: it gets sound and writes digits down. It knows neither prompts nor books nor who speaks.

Words are what is heard between silences; groups of words stand between longer ones. One word at a time is put to
pocketsphinx, whose models come from recordings of people, with a grammar of ten words.
"""

import io
import wave
from collections.abc import Iterator
from functools import cache

import numpy as np
from pocketsphinx import Config, Decoder

RATE = 16_000  # of the recogniser's model
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
GRAMMAR = f"#JSGF V1.0; grammar digit; public <digit> = {' | '.join(WORDS)};"

_BETWEEN_WORDS = 0.2  # seconds of silence
_BETWEEN_GROUPS = 0.45
_AROUND = 0.25


def hears(wav: bytes) -> list[str]:
    """The digits of each group of words; '?' for a word that is none. A group of one word may be no digit at all."""
    with wave.open(io.BytesIO(wav)) as file:
        rate, samples = file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return ["".join(_digit(word.tobytes(), rate) for word in group) for group in _groups(samples, rate)]


def _groups(samples: np.ndarray, rate: int) -> Iterator[list[np.ndarray]]:
    group: list[np.ndarray] = []
    last = 0
    for start, end in _words(samples, rate):
        if group and start - last >= _BETWEEN_GROUPS * rate:
            yield group
            group = []
        group.append(samples[start:end])
        last = end
    yield group


def _words(samples: np.ndarray, rate: int) -> Iterator[tuple[int, int]]:
    """Where there is something to hear, in samples."""
    heard = np.flatnonzero(samples)
    for word in np.split(heard, np.flatnonzero(np.diff(heard) > _BETWEEN_WORDS * rate) + 1):
        yield int(word[0]), int(word[-1]) + 1


def _at_16_khz(samples: np.ndarray, rate: int) -> bytes:
    """By its spectrum: what the lower rate cannot carry is left out."""
    length = round(len(samples) * RATE / rate)
    resampled = np.fft.irfft(np.fft.rfft(samples)[: length // 2 + 1], length) * (length / len(samples))
    silence = np.zeros(round(_AROUND * RATE))
    return np.concatenate([silence, resampled, silence]).clip(-32768, 32767).astype("<i2").tobytes()


@cache  # the same sound is the same digit
def _digit(word: bytes, rate: int) -> str:
    decoder = _decoder()
    decoder.start_utt()
    decoder.process_raw(_at_16_khz(np.frombuffer(word, "<i2"), rate), full_utt=True)
    decoder.end_utt()
    heard = decoder.hyp()
    return str(WORDS.index(heard.hypstr)) if heard and heard.hypstr in WORDS else "?"


@cache
def _decoder() -> Decoder:
    decoder = Decoder(Config(lm=None, samprate=RATE, loglevel="FATAL"))
    decoder.add_jsgf_string("digit", GRAMMAR)
    decoder.activate_search("digit")
    return decoder
