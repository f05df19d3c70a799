"""Words → audio: lengths, gaps, keys, what is kept, and text only where nobody can speak."""

import threading
import time
from array import array
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from hummer import Hummer

from app import Settings, create_app
from ivr.dialogue import Speak
from ivr.speech import cli
from ivr.speech import speech as speech_module
from ivr.speech.clips import Clips
from ivr.speech.engines import engines
from ivr.speech.routes import speech_routes
from ivr.speech.sound import Sound
from ivr.speech.speech import Speech
from ivr.wording import Books, Pause, Words

DIGITS = ("seven", Pause(250), "two", Pause(600), "two")


@pytest.fixture
def clips(tmp_path: Path) -> Clips:
    return Clips(tmp_path / "clips")


@pytest.fixture
def speech(hummer: Hummer, clips: Clips) -> Speech:
    return Speech([hummer], clips, b"a secret")


def test_a_prompt_lasts_as_long_as_its_words_and_its_pauses(speech: Speech):
    audio = speech.render(DIGITS, "en-US")
    breath = 0.02 + 0.05  # around each of the three words
    assert audio.seconds == pytest.approx((5 + 3 + 3) / 10 + 3 * breath + 0.25 + 0.6)
    assert Sound.read(speech.wav(audio.key)).seconds == audio.seconds


def test_between_two_digits_there_is_real_silence(speech: Speech):
    samples = array("h", Sound.read(speech.wav(speech.render(DIGITS, "en-US").key)).samples)
    quiet = "".join(" " if sample == 0 else "x" for sample in samples)
    gaps = [len(gap) / 8000 for gap in quiet.strip().replace("x", "\n").split("\n") if gap]
    assert gaps == pytest.approx([0.25 + 0.07, 0.6 + 0.07], abs=0.001)


def test_the_same_words_have_the_same_key_and_the_same_bytes(speech: Speech, hummer: Hummer):
    first, second = speech.render(DIGITS, "en-US"), speech.render(list(DIGITS), "en-US")
    assert (first, speech.wav(first.key)) == (second, speech.wav(second.key))
    assert hummer.said == 2  # "seven", and "two" once


@pytest.mark.parametrize(
    ("fragments", "rate"), [(DIGITS[:3], 1.0), (("seven", Pause(251), *DIGITS[2:]), 1.0), (DIGITS, 0.5)]
)
def test_other_words_pauses_or_rates_have_another_key(speech: Speech, fragments, rate):
    assert speech.render(fragments, "en-US", rate).key != speech.render(DIGITS, "en-US").key


def test_a_key_cannot_be_found_by_trying_words_without_the_secret(hummer: Hummer, clips: Clips):
    keys = {Speech([hummer], clips, secret).render(DIGITS, "en-US").key for secret in (b"one", b"another")}
    assert len(keys) == 2


def test_words_said_at_half_the_rate_take_twice_the_time_and_pauses_the_same(speech: Speech):
    usual, slow = (speech.render(("two", Pause(600), "two"), "en-US", rate).seconds for rate in (1.0, 0.5))
    assert slow - usual == pytest.approx(2 * 0.3)


def test_what_was_said_once_is_kept_for_the_next_process(speech: Speech, hummer: Hummer, clips: Clips):
    speech.render(DIGITS, "en-US")
    Speech([hummer], clips, b"another process").render(DIGITS, "en-US")
    assert hummer.said == 2


def test_a_damaged_clip_is_made_anew(speech: Speech, hummer: Hummer, tmp_path: Path):
    audio = speech.render(("two",), "en-US")
    whole = speech.wav(audio.key)
    next((tmp_path / "clips").glob("*.wav")).write_bytes(b"half a wri")
    assert speech.wav(audio.key) == whole


def test_a_folder_that_cannot_be_written_silences_nobody(hummer: Hummer, tmp_path: Path):
    (tmp_path / "file").write_text("no folder")
    assert Speech([hummer], Clips(tmp_path / "file"), b"").render(DIGITS, "en-US")


def test_no_file_tells_which_digits_somebody_was_told(speech: Speech, tmp_path: Path):
    speech.render(DIGITS, "en-US")
    kept = [Sound.read(path.read_bytes()).seconds for path in (tmp_path / "clips").iterdir()]
    assert sorted(kept) == pytest.approx([0.3 + 0.07, 0.5 + 0.07])  # two words, in no order


def test_the_folder_of_clips_stays_below_its_bound_and_forgets_the_oldest(hummer: Hummer, tmp_path: Path):
    a_clip = len(hummer.say("seven", "hum", 1.0).trimmed().wav())
    clips = Clips(tmp_path, most=4 * a_clip)
    for word in ("seven", "three", "eight", "seven", "fifty", "sixty"):
        clips.get(word, "hum", 1.0, hummer.say)
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 4 * a_clip
    said = hummer.said
    clips.get("sixty", "hum", 1.0, hummer.say)
    assert hummer.said == said
    clips.get("three", "hum", 1.0, hummer.say)
    assert hummer.said == said + 1


def test_what_is_offered_is_rendered_when_it_is_asked_for(speech: Speech, hummer: Hummer):
    key = speech.offer(DIGITS, "en-US")
    assert hummer.said == 0
    assert Sound.read(speech.wav(key)).seconds == speech.render(DIGITS, "en-US").seconds
    assert speech.render(DIGITS, "en-US").key == key


def test_a_clip_that_many_ask_for_at_a_time_is_said_once(speech: Speech, hummer: Hummer):
    say = hummer.say
    hummer.say = lambda *what: (time.sleep(0.02), say(*what))[1]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: speech.render(["ab"], "en-US"), range(4)))
    assert hummer.said == 1


def test_old_keys_are_forgotten(speech: Speech, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(speech_module, "MOST_KEYS", 2)
    keys = [speech.render((word,), "en-US").key for word in ("one", "two", "six")]
    assert [speech.wav(key) is None for key in keys] == [True, False, False]


def test_what_is_warmed_is_kept_when_it_is_asked_for(speech: Speech, hummer: Hummer):
    has_said = threading.Event()

    def said():
        yield Words("en-US", "", DIGITS)
        yield Words("tlh", "", ("ok",))
        has_said.set()

    speech.warm(said())
    assert has_said.wait(5)
    assert hummer.said == 2
    speech.render(DIGITS, "en-US")
    assert hummer.said == 2


def test_where_nobody_speaks_the_language_there_is_text_only(speech: Speech):
    assert speech.render(DIGITS, "tlh") is None


def test_where_the_engine_is_down_there_is_text_only_and_the_log_does_not_tell_the_text(speech, hummer, caplog):
    hummer.is_down = True
    assert speech.render(DIGITS, "en-US") is None
    assert speech.wav(speech.offer(DIGITS, "en-US")) is None
    assert "hoarse" in caplog.text
    assert "seven" not in caplog.text


def test_switched_off_everything_is_text_only(clips: Clips):
    assert Speech(engines("off"), clips, b"").render(DIGITS, "en-US") is None


def test_a_setting_that_is_none_stops_the_start_with_its_name(settings: Settings):
    with pytest.raises(ValueError, match="SPEECH: one of auto, piper, espeak, off"):
        create_app(Settings(**{**vars(settings), "speech": "loud"}))


def test_a_wav_is_served_under_its_key_and_nothing_else_is(speech: Speech):
    app = Flask("speaks")
    app.register_blueprint(speech_routes(speech))
    client, audio = app.test_client(), speech.render(DIGITS, "en-US")
    answer = client.get(f"/speech/{audio.key}.wav")
    assert (answer.status_code, answer.content_type, answer.data) == (200, "audio/wav", speech.wav(audio.key))
    assert {"private", "immutable"} <= set(answer.headers["Cache-Control"].split(", "))
    assert client.get(f"/speech/{audio.key}.wav", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get(f"/speech/{audio.key}.wav", headers={"Range": "bytes=0-43"}).status_code == 206  # Safari asks so
    assert client.get(f"/speech/{'0' * 32}.wav").status_code == 404


# -- app.py say


@pytest.fixture
def say(speech: Speech, books: Books, tmp_path: Path):
    """Runs `app.py say`; what was told, and the sound that was written."""

    def run(*arguments: str) -> tuple[str, Sound | None]:
        wav = tmp_path / "said.wav"
        told = CliRunner().invoke(cli.say(lambda: books, lambda: speech), [*arguments, "--output", str(wav)])
        assert (told.exit_code == 0) == wav.exists()
        return told.output, Sound.read(wav.read_bytes()) if wav.exists() else None

    return run


def test_say_says_a_prompt_by_its_name(say, speech: Speech, books: Books):
    told, sound = say("read_block", "--value", "name=0", "--value", "digits=1234567")
    words = books["en-US"].words(Speak("read_block", {"name": "0", "digits": "1234567"}))
    assert sound.seconds == speech.render(words.fragments, "en-US").seconds
    assert told.startswith("Alpha. one two three four five six seven.")


def test_say_says_any_text_with_its_pauses(say):
    _, sound = say("ab [2s] c")
    assert sound.seconds == pytest.approx(0.2 + 2 + 0.1 + 2 * 0.07)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ab", "--locale", "tlh"], "There is no prompt book 'tlh'"),
        (["enter_block"], "--value NAME=VALUE"),
        (["{digits:backwards}", "--value", "digits=1"], "--value NAME=VALUE"),
        (["enter_block", "--value", "block"], "--value NAME=VALUE"),
        (["ab", "--locale", "es-US"], "No voice here speaks es-US"),
    ],
)
def test_say_says_what_it_misses(say, arguments, told):
    assert told in say(*arguments)[0]
