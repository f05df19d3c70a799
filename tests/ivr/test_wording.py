import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import wording
from ivr.dialogue import Speak
from ivr.wording import Pause

HOUSE = Path(__file__).parents[2]
TABLES = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in HOUSE.glob("data/prompts/*.toml")}
TABLE = TABLES["en-US"]
BOOKS = {locale: wording.parse(locale, table) for locale, table in TABLES.items()}
EN = BOOKS["en-US"]


def book(**prompts):
    return wording.parse("en-US", {**TABLE, "prompts": prompts})


def test_a_pause_is_written_in_brackets():
    assert book(a="One moment. [400ms] Thank you. [2s]").words(Speak("a")).fragments == (
        "One moment.",
        Pause(400),
        "Thank you.",
        Pause(2000),
    )


def test_digits_are_separate_words_with_pauses_between():
    assert book(a="Press {key:digits}, now.").words(Speak("a", {"key": "10"})).fragments == (
        "Press one",
        Pause(EN.digit_pause),
        "zero, now.",
    )


def test_a_block_is_said_three_and_four():
    pauses = [f for f in book(a="{d:block}").words(Speak("a", {"d": "1234567"})).fragments if isinstance(f, Pause)]
    assert [p.milliseconds for p in pauses] == [EN.digit_pause] * 2 + [EN.block_pause] + [EN.digit_pause] * 3


def test_a_telephone_number_is_said_in_the_groups_in_which_its_country_writes_it():
    words = book(a="{d:digits}").words(Speak("a", {"d": "030 231-25"}))
    pauses = [f.milliseconds for f in words.fragments if isinstance(f, Pause)]
    in_a_group, between = EN.digit_pause, EN.block_pause
    assert pauses == [in_a_group] * 2 + [between] + [in_a_group] * 2 + [between, in_a_group]
    assert words.text == "zero three zero two three one two five"


def test_slower_makes_the_pauses_between_digits_longer():
    words = book(a="{d:digits}").words(Speak("a", {"d": "12", "pace": "slow"}))
    assert words.fragments[1] == Pause(2 * EN.digit_pause)


def test_a_block_of_the_confirmation_id_has_the_name_of_its_place():
    assert book(a="{name}.").words(Speak("a", {"name": 12})).text == "Mike."


def test_a_prompt_or_a_value_that_is_missing_is_named():
    with pytest.raises(KeyError, match="absent"):
        EN.words(Speak("absent"))
    with pytest.raises(KeyError, match="block"):
        EN.words(Speak("enter_block"))


def test_a_prompt_is_said_in_its_own_language_where_it_has_one():
    assert wording.words(BOOKS, "en-US", Speak("goodbye", {}, "es-US")).text == "Gracias por llamar. Adiós."
    assert wording.words(BOOKS, "en-US", Speak("goodbye")).locale == "en-US"


LOCALES = st.sampled_from(sorted(BOOKS))
DIGITS = st.from_regex("[0-9]{7}", fullmatch=True)
TELEPHONE = st.from_regex("[0-9]{1,4}([ -][0-9]{1,4}){0,4}", fullmatch=True)


@given(LOCALES, st.sampled_from(sorted(EN.prompts)), DIGITS, TELEPHONE, st.integers(0, 12), st.integers(1, 7))
def test_what_is_heard_tells_which_prompt_it_was_and_its_values(locale, prompt, digits, telephone, name, block):
    number = re.sub(r"\D", "", telephone)
    values = {
        "digits": digits,
        "reference": digits,
        "toll_free": number,
        "key": digits[0],
        "name": name,
        "block": block,
    }
    said = BOOKS[locale].words(Speak(prompt, {**values, "toll_free": telephone}))
    heard = BOOKS[locale].recognise(said.text)
    assert heard.prompt == prompt
    assert all(str(values[key]) == value for key, value in heard.values.items())


@given(LOCALES, DIGITS)
def test_digits_that_were_said_are_read_as_numerals_in_every_language(locale, digits):
    book = BOOKS[locale]
    reference = book.numerals(book.words(Speak("putting_through", {"reference": digits})).text)
    assert " ".join(digits) in reference
    read = book.numerals(book.words(Speak("read_block", {"name": 4, "digits": digits})).text)
    assert read.count(" ".join(digits)) == 2


def test_what_nobody_says_is_not_recognised():
    assert EN.recognise("Welcome to something else.") is None
    assert EN.recognise(EN.words(Speak("read_block", {"name": 0, "digits": "1"})).text + " Alpha") is None


def test_digit_words_are_read_as_numerals_only_in_runs():
    assert EN.numerals("Alpha. one two zero. Press one.") == "Alpha. 1 2 0. Press one."


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"voice": "Polly.Nobody"}, "voice"),
        ({"voice": "Polly.Lupe-Neural"}, "voice"),
        ({"digit_words": ["zero"] * 10}, "digit words"),
        ({"block_names": ["Alpha"]}, "block names"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_book_with_something_wrong_is_refused_when_it_is_read(change, message):
    with pytest.raises(ValueError, match=message):
        wording.parse("en-US", {**TABLE, **change})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Press {key:digit}.", "digit"),
        ("Press {", "welcome"),
        ("{key:digits}を押してください。", "needs a space"),
        ("番号は{key:digits}", "needs a space"),
        ("{key:digits}{key:digits}", "needs a space"),
    ],
)
def test_a_prompt_that_cannot_be_said_is_refused_when_its_book_is_read(text, message):
    with pytest.raises(ValueError, match=message):
        book(welcome=text)


def test_a_book_with_something_missing_is_refused_when_it_is_read():
    with pytest.raises(ValueError, match="digit_words"):
        wording.parse("en-US", {k: v for k, v in TABLE.items() if k != "digit_words"})


@pytest.mark.parametrize("prompts", ["x", None, [], {"a": 1}, {"a": ["x"]}])
def test_prompts_that_are_no_table_of_texts_are_refused(prompts):
    with pytest.raises(ValueError, match="the prompts are a table of texts"):
        wording.parse("en-US", {**TABLE, "prompts": prompts})


def test_what_a_book_lacks_is_said_in_the_default_language():
    poor = wording.parse("es-US", {**TABLES["es-US"], "prompts": {"welcome": "Bienvenido."}})
    books = {"en-US": EN, "es-US": poor}
    assert wording.words(books, "es-US", Speak("goodbye")) == EN.words(Speak("goodbye"))
    assert wording.words(books, "es-US", Speak("welcome")).locale == "es-US"
    assert wording.missing(books, ["welcome", "goodbye"]) == {"es-US": ["goodbye"]}


def test_what_the_default_book_lacks_stops_the_start():
    with pytest.raises(ValueError, match="en-US: absent is missing"):
        wording.missing(BOOKS, ["welcome", "absent"])
