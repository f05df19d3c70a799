"""The log: JSON lines that let nothing through which could be keyed, called or used."""

import json
import logging
import logging.config
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activation_core import codes, log_lines
from activation_core.codes import Kind
from activation_core.log_lines import MASK, JsonLines, masked


def line(message, *arguments, exc_info=None):
    record = logging.LogRecord("ivr", logging.ERROR, "file.py", 7, message, arguments, exc_info)
    return json.loads(JsonLines().format(record))


def test_a_line_is_an_object_with_when_how_bad_where_and_what():
    told = line("a call ended: %r", "completed")
    assert (told["level"], told["logger"], told["message"]) == ("error", "ivr", "a call ended: 'completed'")
    assert told["at"].endswith("+00:00")


def test_what_helps_is_left_in():
    message = "a defect in a call: ValueError in advance, dialogue.py line 246; the carrier fell back: error 11200"
    assert masked(message) == message
    assert masked("GET /voice/step/enter_block 200 in 12.5 ms") == "GET /voice/step/enter_block 200 in 12.5 ms"


@pytest.mark.parametrize(
    "told",
    [
        "0123452678901",
        "012 3452 678 9011",
        "+1 (212) 555-0143",
        "+442079460999",
        "0123452, 6789011",
        "CA" + "1a" * 16,
        codes.issue(Kind.PRODUCT_KEY, 1, 4711, b"any").text,
        codes.issue(Kind.PRODUCT_KEY, 1, 4711, b"any").shown,
        codes.issue(Kind.PRODUCT_KEY, 1, 4711, b"any").shown.lower(),
        "f3" * 48,
        "eyJhIjoxfQ.WzEyMywiYWJjIl0tYWJjZGVmZ2hpamtsbW5vcA==",
    ],
)
def test_codes_keys_and_numbers_are_masked_wherever_they_stand(told):
    for text in (told, f"before {told} after", f"'{told}'"):
        assert told not in masked(text)
        assert MASK in masked(text)


@given(
    st.lists(st.text("0123456789", min_size=1, max_size=7), min_size=2, max_size=13),
    st.sampled_from(["", " ", "-", ", "]),
)
def test_no_six_digits_in_a_row_come_through_however_they_are_written(blocks, between):
    digits = "".join(char if char.isdigit() else " " for char in masked(between.join(blocks)))
    assert len(digits.replace(" ", "")) < 6


def test_a_trace_is_masked_as_well():
    try:
        raise ValueError("keyed 0123452 6789011")
    except ValueError:
        told = line("a defect", exc_info=sys.exc_info())
    assert "test_a_trace_is_masked_as_well" in told["trace"]  # a folder's name may look like a secret
    assert "6789011" not in told["trace"]


def test_the_configuration_is_one_and_every_logger_goes_through_it(capsys):
    names = ["", *log_lines.config("info")["loggers"]]
    kept = [(logger := logging.getLogger(name), logger.handlers[:], logger.level, logger.propagate) for name in names]
    try:
        logging.config.dictConfig(log_lines.config("info"))
        logging.getLogger("some.library").warning("called %s", "+442079460999")
        logging.getLogger("some.library").info("not told")
        logging.getLogger("ivr.webhooks").info("told")
        lines = [json.loads(text) for text in capsys.readouterr().err.splitlines()]
    finally:
        for logger, handlers, level, propagates in kept:
            logger.handlers[:], logger.propagate = handlers, propagates
            logger.setLevel(level)  # which also forgets what was worked out from the levels
    assert [told["message"] for told in lines] == [f"called {MASK}", "told"]
