"""The documents: what Twilio is told, and that filling templates in changes none of it."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.voice_response import VoiceResponse

from ivr.dialogue import Dial, Gather, Hangup, Speak
from ivr.twiml import Documents
from ivr.wording import Pause


@pytest.fixture
def render(books):
    def render(*verbs, locale="en-US"):
        documents = Documents(books, lambda verb: f"/{getattr(verb, 'step', 'dialled')}", "+12125550143")
        return ElementTree.fromstring(documents.render(verbs, locale))

    return render


def test_what_a_book_lacks_is_said_in_the_default_language_and_its_voice(books):
    poor = replace(books["ja-JP"], prompts={"welcome": books["ja-JP"].prompts["welcome"]})
    documents = Documents({**books, "ja-JP": poor}, lambda verb: "/", "")
    said = [Speak("welcome"), Speak("putting_through", {"reference": "1234567"})]
    japanese, english = ElementTree.fromstring(documents.render(said, "ja-JP"))
    assert (japanese.get("language"), english.get("language")) == ("ja-JP", "en-US")
    assert english.get("voice") == books["en-US"].voice
    assert " ".join("".join(english.itertext()).split()).endswith("one two three four five six seven.")


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
    documents = Documents(books, lambda verb: "/voice/step/read_back?part=12", "")
    for locale in books:
        assert len(documents.render(parts, locale).encode()) < 64_000


PLACES = st.integers(0, 12)
VALUES = st.fixed_dictionaries(
    {
        "name": PLACES,
        "block": PLACES,
        "key": st.integers(0, 9),
        "digits": st.from_regex("[0-9]{7}", fullmatch=True),
        "reference": st.from_regex("[0-9]{7}", fullmatch=True),
        "toll_free": st.from_regex(r"[0-9]{1,4}( [0-9]{1,4}){0,4}", fullmatch=True),
        "pace": st.sampled_from(["normal", "slow"]),
    }
)


@pytest.fixture(scope="module")
def documents(books):
    return Documents(books, lambda verb: "", "")


def written_at_length(books, locale, speak):
    """As twilio's classes have it, without a template."""
    words, response = books[locale].words(speak), VoiceResponse()
    say = response.say(voice=words.voice, language=words.locale)
    for fragment in words.fragments:
        if isinstance(fragment, Pause):
            say.break_(time=f"{fragment.milliseconds}ms")
        else:
            say.append(f" {fragment} ")
    return str(response)


@given(values=VALUES, data=st.data())
def test_a_prompt_that_is_filled_in_is_the_one_that_twilios_classes_write(books, documents, values, data):
    locale = data.draw(st.sampled_from(sorted(books)))
    speak = Speak(data.draw(st.sampled_from(sorted(books[locale].prompts))), values)
    for _ in ("written", "filled in"):
        assert documents.render([speak], locale) == written_at_length(books, locale, speak)


def test_markup_in_a_digit_word_or_a_value_stays_text(books):
    words = ("<zero>", *books["en-US"].digit_words[1:])
    odd = {"en-US": replace(books["en-US"], digit_words=words, prompts={"odd": "{key:digits} & {block}"})}
    speak = Speak("odd", {"key": "0", "block": "<b>"})
    assert Documents(odd, lambda verb: "", "").render([speak], "en-US") == written_at_length(odd, "en-US", speak)
