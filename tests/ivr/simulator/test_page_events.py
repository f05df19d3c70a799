"""What a page is told of an event beyond the event itself."""

from ivr.activation_call import ACTIVATION_CALL
from ivr.simulator.events import Event
from ivr.simulator.page_events import PageEvents


def say(text, language="en-US", **more):
    return Event(0.0, "say", {"text": text, "language": language, "voice": "", "seconds": 1.0, "gather": True, **more})


def listen(step):
    return Event(0.0, "listen", {"action": f"https://voice.example/voice/step/{step}?part=3", "numDigits": 1})


def test_captions_have_numerals_and_blocks_for_the_notepad(books):
    tell = PageEvents(ACTIVATION_CALL, books)

    told = tell(say("Bravo. zero one two three four five six. Bravo. zero one two three four five six."))

    assert told["caption"] == "Bravo. 0 1 2 3 4 5 6. Bravo. 0 1 2 3 4 5 6."
    assert told["block"] == {"index": 1, "name": "Bravo", "digits": "0123456"}


def test_a_language_is_offered_by_its_key_and_its_own_name(books):
    tell = PageEvents(ACTIVATION_CALL, books)

    assert tell(say("Para español, oprima dos.", "es-US"))["offers"] == ("2", "español")
    assert "offers" not in tell(say("Welcome to product activation."))


def test_where_the_call_listens_the_steps_and_the_keys_are_told(books):
    welcome = '<Response><Gather><Say language="en-US">Welcome to product activation.</Say></Gather></Response>'
    tell = PageEvents(ACTIVATION_CALL, books, before=[Event(0.0, "response", {"body": welcome})])

    told = tell(listen("enter_id"))

    assert told["steps"] == ("room", "welcome", "other_languages", "fare", "enter_id")
    assert ("0#", "a person") in told["keys"]


def test_a_stream_that_is_taken_up_knows_where_the_call_stood(books):
    tell = PageEvents(ACTIVATION_CALL, books, before=[listen("enter_id")])

    assert "steps" not in tell(listen("enter_id"))
    assert tell(listen("repair"))["steps"] == ("repair",)


def test_what_no_prompt_says_is_told_as_it_is(books):
    told = PageEvents(ACTIVATION_CALL, books)(say("Hello", "en-GB"))

    assert (told["text"], "caption" in told) == ("Hello", False)
