"""Personas: how they key and listen, and that each of them gets through, in every language."""

import re
from dataclasses import replace
from itertools import pairwise

import httpx
import pytest

import app
from ivr.simulator.caller import AttentiveCaller, Fingers, once, words_in
from ivr.simulator.carrier import Carrier
from ivr.simulator.events import Event
from ivr.simulator.line import HANG_UP, HungUp
from ivr.simulator.personas import EXPERT, FIRST_TIMER, PERSONAS, RELAY, SLOW, STEADY
from ivr.simulator.rehearsal import dialling, number_to_call
from wiring.rehearsed_world import open_world

LOCALES = sorted(path.stem for path in app.DATA.glob("prompts/*.toml"))
HOME = {"de-DE": "DE", "fr-FR": "FR", "ja-JP": "JP", "pt-BR": "BR"}  # where else than in the United States


@pytest.fixture(scope="module")
def world():
    with open_world(1, "lab-bench", "") as world:
        yield world


@pytest.fixture
def phone(world):
    """Calls in a scene: the caller as they are afterwards, what happened, and whether the computer accepts."""
    with httpx.Client(transport=world.transport) as client:

        def call(persona, locale="en-US", region="GB", given="genuine"):
            computer, shown = world.stage.set(given)
            caller = AttentiveCaller(shown, locale, world.books, persona)
            number = number_to_call(world.directory, region, locale)
            carrier = Carrier(client, auth_token=world.auth_token, voice_url=world.voice_url)
            events = carrier.place(dialling(region, number.e164, persona.name), caller.line())
            return (
                caller,
                events,
                bool(caller.confirmation_id) and world.stage.activated(computer, caller.confirmation_id),
            )

        yield call


def keys(events):
    return [event.details["key"] for event in events if event.kind == "key"]


def said(events, book):
    heard = [book.recognise(event.details["text"]) for event in events if event.kind == "say"]
    return [speak.prompt for speak in heard if speak]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("persona", PERSONAS.values(), ids=list(PERSONAS))
def test_every_persona_activates_in_every_language(persona, locale, phone):
    _, events, activated = phone(persona, locale, region=HOME.get(locale, "US"))
    assert activated
    if persona is not RELAY:  # whose operator is still typing when the language is asked for
        assert [event.details["language"] for event in events if event.kind == "say"][-1] == locale


def test_keys_come_at_the_personas_times_with_a_pause_before_each_block():
    timed = replace(STEADY, first_key=2.0, between_keys=0.5, between_blocks=3.0).timed("12345678")
    assert [at for at, _ in timed] == [2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 8.5]


def test_the_personas_differ_as_their_names_say():
    ways = [persona.timed("1" * 49)[-1][0] for persona in (EXPERT, FIRST_TIMER, SLOW)]
    assert all(faster < slower for faster, slower in pairwise(ways))
    assert [each.name for each in PERSONAS.values() if each.in_a_hurry] == ["expert"]


def test_an_expert_interrupts_prompts_and_goes_on_after_the_first_reading(phone, world):
    _, events, _ = phone(EXPERT)
    assert keys(events).count("#") == 14  # the confirmation, and each block
    assert not any(event.kind == "wait" for event in events)
    book = world.books["en-US"]
    says = [(event, book.recognise(event.details["text"])) for event in events if event.kind == "say"]
    reads = [(event, heard) for event, heard in says if heard.prompt == "read_block"]
    pressed = [event.at for event in events if event.kind == "key" and event.details["key"] == "#"][1:]
    for (event, heard), at in zip(reads, pressed, strict=True):
        first = once(book, heard, event.details["seconds"])
        assert first <= at - event.at < event.details["seconds"]


def test_a_first_timer_hears_everything_out(phone):
    _, events, _ = phone(FIRST_TIMER)
    assert keys(events)[-1] == "9"
    assert "#" not in keys(events)


def test_a_slow_caller_asks_once_for_a_slower_reading(phone):
    _, events, _ = phone(SLOW)
    assert keys(events)[49:].count("1") == 1


def test_a_relay_operator_who_falls_behind_hears_a_block_again(phone):
    _, events, _ = phone(RELAY)
    assert "*" in keys(events)


def test_nobody_can_know_a_block_that_was_cut_short(world):
    caller = AttentiveCaller("0" * 49, "en-US", world.books, EXPERT)
    text = "Alpha. one two three four five six seven. Alpha. one two three four five six seven."
    for cut, known in ((1.0, ""), (9.5, "1234567")):
        caller.decide(Event(0.0, "say", {"text": text, "language": "en-US", "seconds": 10.0, "gather": True}))
        caller.decide(Event(cut, "gathered", {}))
        assert caller._written.get(0, "") == known


@pytest.mark.parametrize("given", ["in_use", "revoked", "wrong_epoch"])
def test_a_caller_who_is_refused_asks_for_a_person(given, phone, world):
    _, events, _ = phone(FIRST_TIMER, given=given)
    assert said(events, world.books["en-US"])[-2:] == [f"refused_{given}", "putting_through"]


@pytest.mark.parametrize("given", ["malformed", "not_genuine"])
def test_what_may_have_been_keyed_wrong_is_keyed_once_more(given, phone, world):
    _, events, _ = phone(EXPERT, given=given)
    assert said(events, world.books["en-US"]).count(f"refused_{given}") == 2
    assert said(events, world.books["en-US"])[-1] == "putting_through"


def test_whoever_pays_needlessly_is_told_so_and_goes_on(world):
    with httpx.Client(transport=world.transport) as client:
        computer, shown = world.stage.set("genuine")
        caller = AttentiveCaller(shown, "en-US", world.books, EXPERT)
        carrier = Carrier(client, auth_token=world.auth_token, voice_url=world.voice_url)
        events = carrier.place(dialling("GB", "+442079460142", "paying"), caller.line())
    assert "toll_free" in said(events, world.books["en-US"])
    assert world.stage.activated(computer, caller.confirmation_id)


def test_words_are_counted_where_there_are_no_spaces_too():
    assert words_in("Enter the 49 digits.") == 4
    assert words_in("確認IDは以上です。") == 4  # 確認 ID は以上 です


def test_every_number_of_a_persona_says_where_it_comes_from():
    """Read from the file: no figure stands without a comment."""
    text = (app.DATA.parent / "ivr/simulator/personas.py").read_text("utf-8").split("EXPERT =")[1]
    figures = [line for line in text.splitlines() if re.search(r"=\d", line)]
    assert len(figures) > 10
    assert [line for line in figures if "# " not in line] == []


# The fingers


def pressing(*plans):
    """Fingers that press each plan at a wait."""
    left = list(plans)
    return Fingers(lambda event: left.pop(0) if event.kind == "wait" and left else [])


def test_keys_come_when_they_are_planned():
    fingers = pressing([(1.0, "1"), (2.0, "2")])
    fingers.notice(Event(10.0, "wait"))
    assert [fingers.wait(10.5), fingers.wait(11.5), fingers.wait(20.0), fingers.wait(20.0)] == [None, "1", "2", None]
    assert fingers.now == 20.0


def test_who_is_answered_in_the_middle_of_an_entry_stops_but_for_the_finger_that_is_on_its_way():
    fingers = pressing([(1.0, "1"), (2.0, "2"), (3.5, "3")])
    fingers.notice(Event(0.0, "wait"))
    fingers.notice(Event(1.5, "gathered"))
    assert [fingers.wait(9.0), fingers.wait(9.0), fingers.wait(9.0)] == ["1", "2", None]


def test_nobody_keys_two_entries_at_a_time():
    fingers = pressing([(1.0, "1"), (4.0, "2")], [(0.5, "7")])
    fingers.notice(Event(0.0, "wait"))
    fingers.notice(Event(2.0, "wait"))
    assert [fingers.wait(9.0), fingers.wait(9.0), fingers.wait(9.0)] == ["1", "2", None]


def test_hanging_up_comes_at_its_time_whatever_is_being_keyed():
    fingers = pressing([(1.0, "1"), (2.0, HANG_UP), (3.0, "2")])
    fingers.notice(Event(0.0, "wait"))
    assert fingers.wait(9.0) == "1"
    with pytest.raises(HungUp):
        fingers.wait(9.0)
    assert fingers.now == 2.0
