"""Sound: what is joined is as long as its parts, what is silent is silent, and a WAV comes back as it went."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.speech.sound import Sound, joined

RATE = 8000


def sounds(rate: int = RATE) -> st.SearchStrategy[Sound]:
    samples = st.lists(st.integers(-32768, 32767), max_size=300)
    return samples.map(lambda each: Sound(rate, array("h", each).tobytes()))


@given(st.lists(sounds(), min_size=1))
def test_joined_sounds_are_as_long_as_their_parts_and_in_their_order(parts: list[Sound]):
    whole = joined(parts)
    assert whole.seconds == pytest.approx(sum(part.seconds for part in parts))
    assert whole.samples == b"".join(part.samples for part in parts)


@given(sounds(), st.floats(0, 3), sounds())
def test_a_gap_is_real_silence_of_its_length(before: Sound, seconds: float, after: Sound):
    whole = joined([before, Sound.silence(seconds, RATE), after])
    gap = whole.samples[len(before.samples) : len(whole.samples) - len(after.samples)]
    assert not any(gap)
    assert len(gap) == 2 * round(seconds * RATE)


@given(sounds(rate=22_050))
def test_a_wav_comes_back_as_it_went(sound: Sound):
    assert Sound.read(sound.wav()) == sound


@given(sounds(), st.integers(0, RATE), st.integers(0, RATE))
def test_trimming_takes_nothing_but_silence_away_and_leaves_no_more_than_a_breath_of_it(sound, before, after):
    padded = joined([Sound(RATE, bytes(2 * before)), sound, Sound(RATE, bytes(2 * after))])
    trimmed = padded.trimmed()
    assert trimmed.samples in padded.samples
    loudest = max(map(abs, array("h", sound.samples)), default=0)
    assert max(map(abs, array("h", trimmed.samples)), default=0) == loudest
    if loudest:
        assert trimmed.seconds <= sound.seconds + 0.08


def test_silence_alone_is_trimmed_to_nothing():
    assert Sound.silence(1, RATE).trimmed().seconds == 0


def test_sounds_of_different_rates_are_not_joined():
    with pytest.raises(ValueError, match="one rate"):
        joined([Sound.silence(1, 8000), Sound.silence(1, 16_000)])


@pytest.mark.parametrize("wav", [b"", b"no sound", Sound.silence(1, RATE).wav()[:20]])
def test_what_is_no_wav_is_refused(wav: bytes):
    with pytest.raises(ValueError, match="no WAV"):
        Sound.read(wav)
