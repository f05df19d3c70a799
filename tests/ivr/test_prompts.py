"""The prompt books: complete, unambiguous, and within what a voice line bears (facts: Twilio's Say and SSML pages)."""

import re
import unicodedata
from itertools import pairwise
from string import Formatter
from urllib.parse import quote

import pytest

from ivr.activation_call import ACTIVATION_CALL
from ivr.dialogue import Menu, Speak
from ivr.simulator.speech_time import Silence, Spoken, speech_seconds
from ivr.webhooks import LAST_RESORT
from ivr.wording import DEFAULT_LOCALE, Pause

USED = ACTIVATION_CALL.prompts() | set(LAST_RESORT)
VALUES = {"digits": "1234567", "reference": "0000011", "toll_free": "08081570142", "key": "2", "name": 0, "block": 3}
LONGEST_PROMPT = 20.0  # seconds: voice_ux, "instruction prompts <= 20 s"


LOCALES = ["de-DE", "en-US", "es-US", "fr-FR", "ja-JP", "pt-BR"]


@pytest.fixture(params=LOCALES)
def book(request, books):
    return books[request.param]


def test_there_is_a_book_for_each_language(books):
    assert sorted(books) == LOCALES
    assert DEFAULT_LOCALE in books


def test_a_book_has_every_prompt_that_the_call_uses_and_no_other(book):
    assert set(book.prompts) == USED


def test_a_prompt_takes_the_same_values_in_every_language(books):
    def fields(text):
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    for name in USED:
        assert len({frozenset(fields(book.prompts[name])) for book in books.values()}) == 1, name


def test_no_two_prompts_sound_the_same(book):
    for name in USED:
        assert book.recognise(book.words(Speak(name, VALUES)).text).prompt == name


def test_no_prompt_has_digits_that_an_engine_would_read_as_a_large_number(book):
    for name, text in book.prompts.items():
        assert not re.search(r"\d{3,}", re.sub(r"\[.*?\]", "", text)), name


def test_every_prompt_is_as_short_as_the_carrier_wants_it(book):
    """Twilio: 3,000 characters for Amazon's voices, 4,500 as they stand in an address (nine for each kana or kanji)."""
    for name in USED:
        text = book.words(Speak(name, VALUES)).text
        assert len(text) <= 3000, name
        assert len(quote(text)) <= 4500, name


def test_the_names_of_blocks_begin_as_the_boxes_on_the_screen_do(book):
    """A to M in every language with these letters; in Japanese they are the English names themselves."""
    letters = "".join(unicodedata.normalize("NFD", name)[0] for name in book.block_names)
    assert letters == "ABCDEFGHIJKLM" or book.block_names[0] == "アルファ"


def test_every_pause_is_within_what_voices_allow(book):
    """Amazon Polly limits a break to ten seconds."""
    for name in USED:
        pauses = [f.milliseconds for f in book.words(Speak(name, VALUES)).fragments if isinstance(f, Pause)]
        assert all(0 < pause <= 10_000 for pause in pauses), name


def test_an_instruction_takes_at_most_twenty_seconds(book):
    for name in USED - {"toll_free", "nobody"}:  # these two say a number twice, to be written down
        fragments = book.words(Speak(name, VALUES)).fragments
        speech = [Silence(f.milliseconds / 1000) if isinstance(f, Pause) else Spoken(f) for f in fragments]
        assert speech_seconds(speech, book.locale) <= LONGEST_PROMPT, name


def test_what_is_asked_again_takes_at_most_twenty_seconds_with_what_is_said_before_it(book):
    """Nine pressed once, silence and a wrong key are answered and then the prompt is said again, in one breath."""

    def seconds(name):
        fragments = book.words(Speak(name, VALUES)).fragments
        speech = [Silence(f.milliseconds / 1000) if isinstance(f, Pause) else Spoken(f) for f in fragments]
        return speech_seconds(speech, book.locale)

    menus = {step.prompt for step in ACTIVATION_CALL.steps.values() if isinstance(step, Menu)} - {"toll_free"}
    for prompt in menus:
        before = max(seconds(name) for name in ("nine_ends", "noinput", "nomatch"))
        assert before + seconds(prompt) <= LONGEST_PROMPT, prompt


def test_text_and_pauses_take_turns(book):
    """twilio's classes keep one text between two elements: two in a row would lose the first."""
    for name in USED:
        fragments = book.words(Speak(name, VALUES)).fragments
        assert not any(isinstance(a, str) and isinstance(b, str) for a, b in pairwise(fragments)), name
