"""A whole call in languages that nobody speaks: nothing in the way from a book to a Confirmation ID knows English."""

import httpx
import pseudo_locales
import pytest
from pseudo_locales import LONG, NUMBER, REGION, RIGHT_TO_LEFT

import app
from ivr.dialogue import Speak
from ivr.simulator.caller import AttentiveCaller
from ivr.simulator.carrier import Carrier
from ivr.simulator.personas import EXPERT, FIRST_TIMER
from ivr.simulator.rehearsal import dialling
from ivr.simulator.transcript import transcript
from ivr.simulator.why import rows
from ivr.simulator.why_page import words
from wiring.rehearsed_world import open_world

EN = app.read_books()["en-US"]


@pytest.fixture
def books(monkeypatch):
    return pseudo_locales.spoken(monkeypatch)


@pytest.mark.parametrize("persona", [EXPERT, FIRST_TIMER], ids=lambda persona: persona.name)
@pytest.mark.parametrize("locale", [LONG, RIGHT_TO_LEFT])
def test_a_whole_call_confirms(locale, persona, books):
    with open_world(1, "lab-bench", "") as world, httpx.Client(transport=world.transport) as client:
        computer, shown = world.stage.set("genuine")
        caller = AttentiveCaller(shown, locale, world.books, persona)
        carrier = Carrier(client, auth_token=world.auth_token, voice_url=world.voice_url)
        events = carrier.place(dialling(REGION, NUMBER, locale), caller.line())
        assert world.stage.activated(computer, caller.confirmation_id)
    assert [event.details["language"] for event in events if event.kind == "say"][-1] == locale
    read = [line for line in transcript(events, books) if books[locale].block_names[12] in line]
    assert " ".join(caller.confirmation_id[-7:]) in read[-1]
    told = [words(row) for row in rows(events, books, show_digits=True) if row.language == RIGHT_TO_LEFT]
    assert all('lang="ar-XB" dir="rtl"' in each for each in told)


@pytest.mark.parametrize("locale", [LONG, RIGHT_TO_LEFT])
def test_every_prompt_is_recognised_and_its_digits_are_numerals(locale, books):
    book = books[locale]
    values = {"digits": "1234567", "reference": "0000011", "toll_free": "0800123", "key": "2", "name": 0, "block": 3}
    for name in EN.prompts:
        said = book.words(Speak(name, values)).text
        assert book.recognise(said).prompt == name
        assert ("1 2 3 4 5 6 7" in book.numerals(said)) == ("{digits" in EN.prompts[name])


def test_the_long_one_is_a_third_longer_and_the_other_one_english_in_overrides(books):
    for name, text in EN.prompts.items():
        assert len(books[LONG].prompts[name]) >= 1.3 * len(text) or "{" in text, name
        turned = books[RIGHT_TO_LEFT].prompts[name]
        assert turned.replace("\u202e", "").replace("\u202c", "") == text
        assert turned.count("\u202e") == turned.count("\u202c") > 0 or name == "read_block"
