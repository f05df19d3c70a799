"""How long speech takes, as the simulated calls count it."""

import pytest

from ivr.simulator.speech_time import Silence, Spoken, break_seconds, prosody_rate, speech_seconds


def test_nothing_takes_no_time():
    assert speech_seconds("", "en-US") == 0.0


def test_a_prompt_takes_about_as_long_as_a_synthesiser_needs():
    prompt = (
        "Please enter the forty nine digits of your installation code, then press hash. "
        "If you need help, press zero to speak with a person."
    )
    assert speech_seconds(prompt, "en-US") == pytest.approx(8.3, abs=0.7)  # espeak-ng, 160 words a minute


@pytest.mark.parametrize("digits", ["1 2 3 4 5 6 7", "1234567"])
def test_each_digit_takes_its_time_whether_spaced_or_not(digits):
    assert speech_seconds(digits, "en-US") == round(7 * 0.34, 2)


def test_digits_of_other_scripts_are_digits():
    assert speech_seconds("٠١٢", "ar-SA") == speech_seconds("012", "ar-SA")


def test_marks_are_pauses():
    assert speech_seconds("one, two", "en-US") == pytest.approx(speech_seconds("one two", "en-US") + 0.2)
    assert speech_seconds("one. two", "en-US") == pytest.approx(speech_seconds("one two", "en-US") + 0.45)


def test_blanks_and_line_breaks_count_once():
    assert speech_seconds("  press \n\n  one ", "en-US") == speech_seconds("press one", "en-US")


def test_half_the_rate_takes_twice_as_long():
    assert speech_seconds("1 2 3 4", "en-US", 0.5) == 2 * speech_seconds("1 2 3 4", "en-US")


def test_a_fragment_has_its_own_rate_and_a_break_keeps_its_length():
    slow = [Spoken("1 2", rate=0.5), Silence(3.0)]
    assert speech_seconds(slow, "en-US") == round(4 * 0.34 + 3.0, 2)
    assert speech_seconds(slow, "en-US", 0.5) == round(8 * 0.34 + 3.0, 2)


def test_a_language_without_numbers_of_its_own_still_has_a_time():
    assert speech_seconds("tere hommikust", "et-EE") > 0


def test_only_the_language_counts_not_the_country():
    assert speech_seconds("Guten Tag", "de-CH") == speech_seconds("Guten Tag", "de_DE")


@pytest.mark.parametrize(
    ("time", "strength", "seconds"),
    [
        ("300ms", None, 0.3),
        ("1.5s", None, 1.5),
        ("60s", None, 10.0),
        (None, "none", 0.0),
        (None, None, 0.4),
        (None, "x-strong", 1.0),
        ("a while", None, None),
        (None, "huge", None),
    ],
)
def test_a_break_is_a_time_or_a_strength_and_at_most_ten_seconds(time, strength, seconds):
    assert break_seconds(time, strength) == seconds


@pytest.mark.parametrize(
    ("rate", "factor"), [("85%", 0.85), ("slow", 0.75), ("5%", 0.2), ("900%", 2.0), ("quick", None)]
)
def test_a_rate_is_a_name_or_a_percentage_within_bounds(rate, factor):
    assert prosody_rate(rate) == factor
