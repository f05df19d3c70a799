"""A live call aloud: its clock follows what is really heard."""

import threading
import time
from pathlib import Path

import httpx
import pytest
from calling import CALL, END, HERE, application
from hummer import Hummer

from ivr.simulator import aloud
from ivr.simulator.aloud import Aloud
from ivr.simulator.carrier import Carrier, as_json
from ivr.simulator.line import LiveLine
from ivr.speech.clips import Clips
from ivr.speech.sound import Sound
from ivr.speech.speech import Speech

READ = '<Say language="en-US">A<break time="100ms"/>7</Say><Say language="en-US">b</Say>'
BREATH = 0.07  # that is left around each text
RENDERING = 0.15


class Slow(Hummer):
    """Takes its time, and tells of it."""

    def __init__(self) -> None:
        self.told = threading.Event()

    def say(self, text: str, voice: str, rate: float) -> Sound:
        self.told.set()
        time.sleep(RENDERING)
        return super().say(text, voice, rate)


class Hoarse(Hummer):
    """Says nothing until it is well."""

    def __init__(self) -> None:
        self.well = threading.Event()

    def say(self, text: str, voice: str, rate: float) -> Sound:
        assert self.well.wait(30)
        return super().say(text, voice, rate)


@pytest.fixture
def speech(hummer: Hummer, tmp_path: Path) -> Speech:
    return Speech([hummer], Clips(tmp_path), b"")


@pytest.fixture
def slow_speech(tmp_path: Path) -> Speech:
    return Speech([Slow()], Clips(tmp_path), b"")


@pytest.fixture
def line() -> LiveLine:
    return LiveLine()


def play(line: LiveLine, speech: Speech, verbs: str) -> list[dict]:
    """All that happens in a call over this line that gets these verbs, and then the end."""
    transport = httpx.WSGITransport(application({"/voice": verbs, "/keys": END}, []))
    with httpx.Client(transport=transport) as client, Aloud(speech, line) as speaker:
        carrier = Carrier(client, auth_token=None, voice_url=f"{HERE}/voice", latency=0, speaker=speaker)
        return [as_json(event) for event in carrier.place(CALL, line)]


def says(events: list[dict]) -> list[dict]:
    return [event for event in events if event["kind"] == "say"]


def test_a_say_takes_as_long_as_its_audio_and_tells_where_that_is(line: LiveLine, speech: Speech):
    first, second = says(play(line, speech, READ))
    assert first["seconds"] == pytest.approx(0.1 + BREATH + 0.1 + 0.1 + BREATH)
    assert Sound.read(speech.wav(first["audio"])).seconds == first["seconds"]
    assert second["at"] == pytest.approx(first["at"] + first["seconds"], abs=0.05)


def test_the_time_that_rendering_takes_is_the_calls_so_that_no_word_is_cut_off(line: LiveLine, slow_speech: Speech):
    first, _ = says(play(line, slow_speech, READ))
    assert first["at"] >= 2 * RENDERING  # "A" and "7"


def test_a_caption_does_not_wait_for_a_sound_that_is_long_in_coming(
    line: LiveLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(aloud, "_PATIENCE", 0.05)
    hoarse = Hoarse()
    speech = Speech([hoarse], Clips(tmp_path), b"")
    first, _ = says(play(line, speech, READ))
    assert first["seconds"] == pytest.approx(0.1 + 2 / 17.1 + 0.34, abs=0.1)  # by the model
    hoarse.well.set()
    assert speech.wav(first["audio"])  # now it is ready


def test_what_comes_next_is_rendered_while_the_first_is_heard(line: LiveLine, hummer: Hummer, speech: Speech):
    asked, say = {}, hummer.say
    hummer.say = lambda text, *how: asked.setdefault(text, line.now) is None or say(text, *how)
    first, _ = says(play(line, speech, READ))
    assert asked["b"] <= first["at"] + 0.01


def test_keys_pressed_while_a_prompt_is_rendered_count(line: LiveLine, tmp_path: Path):
    slow = Slow()
    call = threading.Thread(
        target=play,
        args=[
            line,
            Speech([slow], Clips(tmp_path), b""),
            f'<Gather numDigits="1" action="/keys">{READ}</Gather>',
        ],
    )
    call.start()
    assert slow.told.wait(5)
    line.press("5")
    call.join(5)
    assert [event.details["digits"] for event in line.events if event.kind == "gathered"] == ["5"]


def test_what_nobody_can_say_aloud_takes_the_time_of_the_model(line: LiveLine, tmp_path: Path):
    (said,) = says(play(line, Speech([], Clips(tmp_path), b""), "<Say>Good day</Say>"))
    assert "audio" not in said
    assert said["seconds"] == pytest.approx(0.47, abs=0.1)
