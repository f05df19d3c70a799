import pytest

from ivr.simulator.events import Event
from ivr.simulator.transcript import clock, transcript


def lines(books, *events):
    return list(transcript([Event(at, kind, details) for at, kind, details in events], books))


def test_digits_that_were_said_are_written_as_numerals(books):
    said = {"text": "Alpha. one two three.", "language": "en-US"}
    assert lines(books, (61.9, "say", said)) == [" 1:01  « Alpha. 1 2 3."]


def test_a_language_without_a_book_is_written_as_it_was_said(books):
    assert lines(books, (0.0, "say", {"text": "eins zwei", "language": "de-DE"})) == [" 0:00  « eins zwei"]


def test_keys_stand_in_blocks_at_the_moment_of_the_first_one(books):
    events = [(5.0, "key", {"key": "1"}), (9.0, "gathered", {"digits": "12345671234", "key": "#", "why": "finish key"})]
    assert lines(books, *events) == [" 0:05  » 1234567 1234#"]


def test_silence_is_not_written(books):
    assert lines(books, (9.0, "gathered", {"digits": "", "key": "", "why": "silence"})) == []


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (("lost", {"key": "1", "why": "nothing was listening"}), "» 1 (lost: nothing was listening)"),
        (("dial", {"number": "+12125550143", "outcome": "busy"}), "— is put through: busy"),
        (("warning", {"code": 12200, "message": "unknown verb"}), "! warning 12200: unknown verb"),
        (("end", {"by": "caller", "why": "hung up"}), "— ended by the caller: hung up"),
        (("answered", {}), "— answered"),
    ],
)
def test_what_else_happens(books, event, line):
    assert lines(books, (0.0, *event)) == [f" 0:00  {line}"]


def test_a_long_call_is_counted_in_minutes():
    assert clock(754.2) == "12:34"
