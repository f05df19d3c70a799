from xml.etree import ElementTree

import pytest

from ivr import twiml
from ivr.dialogue import Dial, Gather, Hangup, Speak


@pytest.fixture
def render(books):
    def render(*verbs, locale="en-US"):
        text = twiml.render(verbs, books, locale, lambda verb: f"/{getattr(verb, 'step', 'dialled')}", "+12125550143")
        return ElementTree.fromstring(text)

    return render


def gather(*prompts, digits=1, goes_on=False):
    return Gather("step", 0, tuple(map(Speak, prompts)), digits, 5, goes_on)


def test_prompts_are_nested_in_the_gather_so_that_early_keys_count(render):
    response = render(gather("welcome", "enter_id"))
    assert [child.tag for child in response] == ["Gather"]
    assert [child.tag for child in response[0]] == ["Say", "Say"]


def test_a_gather_says_where_keys_go_and_how_long_it_listens(render):
    (element,) = render(gather("welcome"))
    assert element.attrib == {
        "action": "/step",
        "actionOnEmptyResult": "true",
        "finishOnKey": "",
        "input": "dtmf",
        "method": "POST",
        "numDigits": "1",
        "timeout": "5",
    }


@pytest.mark.parametrize(
    ("verb", "finish", "empty"),
    [
        (gather("welcome", goes_on=True), "#", "false"),  # pound alone falls through, as silence does
        (gather("welcome"), "", "true"),  # a menu: pound is a key like the others
        (gather("welcome", digits=7), "#", "true"),  # pound ends several digits
        (gather("welcome", digits=49, goes_on=True), "#", "false"),
    ],
)
def test_pound(render, verb, finish, empty):
    (element,) = render(verb)
    assert (element.get("finishOnKey"), element.get("actionOnEmptyResult")) == (finish, empty)


def test_digits_are_separate_words_with_breaks_and_no_say_as(render):
    say = render(Speak("read_block", {"name": 0, "digits": "1234567"}))[0]
    assert [child.tag for child in say] == ["break"] * len(say)
    assert " ".join("".join(say.itertext()).split()).startswith("Alpha. one two three four five six seven.")


def test_every_say_has_the_voice_and_the_language_of_its_book(render):
    says = list(render(Speak("welcome"), Speak("welcome", {}, "es-US"), locale="en-US").iter("Say"))
    assert [(say.get("language"), say.get("voice")) for say in says] == [
        ("en-US", "Polly.Joanna-Neural"),
        ("es-US", "Polly.Lupe-Neural"),
    ]


def test_the_operator_is_dialled_and_the_call_is_told_how_that_went(render):
    response = render(Speak("putting_through", {"reference": "0000011"}), Dial())
    assert (response[1].tag, response[1].text, response[1].get("action")) == ("Dial", "+12125550143", "/dialled")


def test_hanging_up(render):
    assert [element.tag for element in render(Speak("goodbye"), Hangup())] == ["Say", "Hangup"]


def test_the_longest_document_stays_below_what_twilio_takes(books):
    """64 kB: error 11750."""
    parts = [
        Gather("read_back", n, (Speak("read_block", {"name": n, "digits": "7777777", "pace": "slow"}),), 1, 1, True)
        for n in range(13)
    ]
    for locale in books:
        assert (
            len(twiml.render(parts, books, locale, lambda verb: "/voice/step/read_back?part=12", "").encode()) < 64_000
        )
