"""A Confirmation ID as a text message: its words, and the segments that the networks make of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import app
from activation_core import blocks
from ivr.text_message import _EXTENSION, _GSM, is_too_long, segments, text_of

ANSWER = blocks.from_number(987654321, 13)
LANGUAGES = app.read_languages(app.read_books())
PLAIN, WIDE = sorted(_GSM), ["ó", "確", "\u0416"]
# What Twilio's Smart Encoding would replace, among others: quotation marks, dashes, dots, spaces that do not break.
TYPOGRAPHIC = "«»“”„‘’‚‹›–—‐‑−…\u00a0\u2002\u2003\u2009\u202f\u200b′″·•"  # noqa: RUF001 (that is the point)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_block_has_a_line_with_its_name(locale):
    heading, *lines = text_of(ANSWER, LANGUAGES[locale]).splitlines()
    assert heading == LANGUAGES[locale]("Your Confirmation ID")
    assert lines == [
        f"{name} {blocks.show(block)}" for name, block in zip(LANGUAGES[locale].block_names, ANSWER, strict=True)
    ]


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_message_is_short_in_every_language_and_holds_nothing_that_is_encoded_otherwise(locale):
    text = text_of(ANSWER, LANGUAGES[locale])
    assert segments(text) <= 4
    assert not is_too_long(text)
    assert not set(text) & set(TYPOGRAPHIC)


def test_a_message_in_english_stays_in_the_alphabet_of_the_networks():
    assert segments(text_of(ANSWER, LANGUAGES["en-US"])) == 2
    assert set(text_of(ANSWER, LANGUAGES["en-US"])) <= _GSM


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),  # twice each
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 10, 2),  # it is not parted: the first segment has 152
        ("a" * 152 + "€" + "a" * 152, 3),
        ("ó" * 70, 1),
        ("ó" * 71, 2),
        ("a" * 69 + "確", 1),
        ("a" * 134 + "確", 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_the_segments_are_those_of_the_networks(text, count):
    assert segments(text) == count


@given(st.text(st.sampled_from(PLAIN + sorted(_EXTENSION)), max_size=1700))
def test_in_the_alphabet_each_segment_is_as_full_as_it_can_be(text):
    size = sum(2 if character in _EXTENSION else 1 for character in text)
    count = segments(text)
    assert count == 1 if size <= 160 else 152 * (count - 1) < size <= 153 * count


@given(st.text(st.sampled_from(PLAIN), max_size=1700), st.sampled_from(WIDE))
def test_one_other_character_costs_more_than_half_of_the_room(text, wide):
    assert segments(text + wide) == max(1, -(-(len(text) + 1) // 67) if len(text) + 1 > 70 else 1)
    assert segments(text + wide) >= segments(text)


@pytest.mark.parametrize(
    ("text", "is_it"), [("a" * 1530, False), ("a" * 1531, True), ("ó" * 670, False), ("ó" * 671, True)]
)
def test_a_message_of_more_than_ten_segments_is_too_long(text, is_it):
    assert is_too_long(text) == is_it
