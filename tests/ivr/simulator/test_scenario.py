"""The caller of a scripted call, told line by line. Whole calls are played in tests/ivr/test_scenarios.py."""

import pytest

from activation_core import blocks
from ivr.dialogue import Speak
from ivr.simulator.scenario import Caller, Difference, Unreadable, parse

SHOWN = blocks.from_number(12345678901234567890123456789012345678901, 7)
DIGITS = "".join(SHOWN)


@pytest.fixture
def caller(books):
    def caller(*lines):
        return Caller(parse("a.call", "\n".join(["calls from US", *lines])), DIGITS, books)

    return caller


@pytest.fixture
def said(books):
    def said(prompt, **values):
        return books["en-US"].words(Speak(prompt, values)).text, "en-US"

    return said


def test_a_prompt_is_known_by_its_name_or_by_its_words(caller, said):
    expecting = caller("hears welcome", 'hears "product activation"')
    expecting.hears(*said("welcome"))
    expecting.hears(*said("welcome"))


@pytest.mark.parametrize("line", ["hears goodbye", 'hears "goodbye"', "presses 1", "is hung up on"])
def test_another_prompt_than_the_file_has_is_a_difference(caller, said, line):
    with pytest.raises(Difference, match=r"line 2: the file has “.*”, the caller hears welcome"):
        caller(line).hears(*said("welcome"))


def test_a_prompt_that_nobody_knows_is_a_difference_in_its_words(caller):
    with pytest.raises(Difference, match='the caller hears "Moo"'):
        caller("hears welcome").hears("Moo", "en-US")


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("12#", "12#"),
        ("the Installation ID", DIGITS),
        ("the Installation ID with block 2 wrong", DIGITS[:7] + "7" + DIGITS[8:]),
        ("the Installation ID without block 2", DIGITS[:7] + DIGITS[14:]),
        ("the Installation ID without digit 49", DIGITS[:48]),
        ("the Installation ID twice digit 1", DIGITS[0] + DIGITS),
        ("the first 14 digits", DIGITS[:14] + "#"),
        ("block 7", SHOWN[6]),
        ("block 1 wrong", "1" + SHOWN[0][1:]),
    ],
)
def test_what_is_pressed_can_be_said_in_words(caller, words, keys):
    assert caller(f"presses {words}").presses() == keys


def test_who_is_silent_presses_nothing_and_who_hangs_up_is_gone(caller):
    assert caller("stays silent").presses() == ""
    assert caller("hangs up").presses() is None


def test_blocks_are_written_down_with_silence_in_between(caller, said):
    writing = caller("writes down 2 blocks", "presses 9")
    writing.hears(*said("read_block", name=0, digits="1234567"))
    assert writing.presses() == ""
    writing.hears(*said("read_block", name=1, digits="7654321"))
    assert writing.presses() == "9"
    assert writing.written == ["1234567", "7654321"]


def test_a_call_that_ends_before_the_file_does_is_a_difference(caller):
    with pytest.raises(Difference, match="no longer on the line"):
        caller("is hung up on", "hears welcome").ends("is hung up on")


def test_a_call_that_goes_on_after_the_file_is_a_difference(caller, said):
    hearing = caller("hears welcome")
    hearing.hears(*said("welcome"))
    with pytest.raises(Difference, match="the end of the call"):
        hearing.hears(*said("welcome"))


@pytest.mark.parametrize(
    "line", ["hears Welcome", "presses", "presses A", "presses block 8x", "listens", "writes down"]
)
def test_a_line_that_is_none_of_the_language_is_named(line):
    with pytest.raises(Unreadable, match="line 2"):
        parse("a.call", f"calls from US\n{line}")


def test_the_scene_and_the_number_are_read_wherever_they_stand():
    read = parse("a.call", "# one\n\ngiven in_use\ncalls from GB to +442079460142\nhears welcome\nexpects activated")
    assert (read.given, read.region, read.dialled) == ("in_use", "GB", "+442079460142")
    assert (read.lines[0].number, read.expected.number) == (5, 6)
