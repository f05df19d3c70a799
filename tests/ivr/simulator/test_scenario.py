"""The caller of a scripted call, told line by line. Whole calls are played in tests/ivr/test_scenarios.py."""

import json
import threading
from datetime import time
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from click.testing import CliRunner

import app
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
    what = '"Welcome to product activation."' if '"' in line else "welcome"
    with pytest.raises(Difference, match=f"line 2: the file has “.*”, the caller hears {what}"):
        caller(line).hears(*said("welcome"))


@pytest.mark.parametrize("line", ['hears "  press 1 for SALES "', 'hears "[sales]+?"', 'hears "to say "now""'])
def test_words_of_any_application_are_found_whatever_their_case_and_spacing(caller, line):
    """They are words and no pattern."""
    caller(line).hears('To say "now"  or\n[Sales]+?, press 1 for Sales .', "de-DE")


def test_what_another_application_said_is_told_in_one_line(caller):
    with pytest.raises(Difference, match=r'the file has “hears "goodbye"”, the caller hears "Press 1\. Or 2\."'):
        caller('hears "goodbye"').hears("Press 1.\n  Or 2.", "en-US")


def test_words_that_the_caller_did_not_hear_are_a_difference_also_where_they_are_few(caller):
    with pytest.raises(Difference):
        caller('hears "press 2"').hears("Press 1", "en-GB")


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


@pytest.fixture
def other_application(tmp_path, monkeypatch):
    """The voice URL of an application that is not ours, over real HTTP."""

    def answer(environ, start):
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0)).decode()
        start("200 OK", [("Content-Type", "text/xml")])
        menu = '<Gather numDigits="1" action="/voice"><Say>For sales, press one.\n  For help, press two.</Say></Gather>'
        verbs = "<Say>Sales is closed.</Say><Hangup/>" if "Digits=1" in body else menu
        return [f"<Response>{verbs}</Response>".encode()]

    for name in ("DATABASE_URL", "KEY_FOLDER", "TWILIO_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    with make_server("127.0.0.1", 0, answer, handler_class=Quiet) as server:
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/voice"
        server.shutdown()


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


SALES = 'calls from DE\nhears "for help, press two"\npresses 1\nhears "closed"\nis hung up on\n'


@pytest.mark.parametrize(
    ("text", "exit_code", "told"),
    [
        (SALES, 0, "as written"),
        (
            SALES.replace("closed", "open"),
            1,
            'line 4: the file has “hears "open"”, the caller hears "Sales is closed."',
        ),
        (SALES.replace('"closed"', "goodbye"), 1, 'the caller hears "Sales is closed."'),
        (f"given the desk is down\n{SALES}", 2, "the desk is down"),
    ],
)
def test_an_application_of_somebody_else_is_tested_in_its_words(other_application, tmp_path, text, exit_code, told):
    (tmp_path / "sales.call").write_text(text)
    result = CliRunner().invoke(app.main, ["call", str(tmp_path / "sales.call"), "--url", other_application])
    assert (result.exit_code, told in result.output) == (exit_code, True), result.output


def test_an_application_that_runs_already_is_told_that_a_call_has_ended(other_application, tmp_path):
    (tmp_path / "sales.call").write_text(SALES)
    over = other_application.replace("/voice", "/over")
    played = ["call", str(tmp_path / "sales.call"), "--json", "--url", other_application, "--status-url", over]
    (told,) = json.loads(CliRunner().invoke(app.main, played).output)
    asked = [each for each in told["events"] if each["kind"] == "request"][-1]
    assert (asked["url"], asked["params"]["CallStatus"]) == (over, "completed")
    assert CliRunner().invoke(app.main, ["call", str(tmp_path / "sales.call"), "--status-url", over]).exit_code == 2


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
    "line",
    [
        "at 24:00",
        "at 3:15",
        "calls from US in Spanish",
        "calls from US to +1 in es-US",
        "hears Welcome",
        "presses",
        "presses A",
        "presses block 8x",
        "presses block 8",
        "presses the Installation ID without block 0",
        "presses the Installation ID without digit 50",
        "presses the first 0 digits",
        "writes down 0 blocks",
        "expects miracles",
        "listens",
        "writes down",
    ],
)
def test_a_line_that_is_none_of_the_language_is_named(line):
    with pytest.raises(Unreadable, match="line 2"):
        parse("a.call", f"calls from US\n{line}")


@pytest.mark.parametrize(
    "line",
    [
        "calls from GB",
        "given revoked",
        "given no operator",
        "given the desk is slow by 2 seconds",
        "at 04:00",
        "expects not activated",
    ],
)
def test_what_stands_once_in_a_file_cannot_stand_twice(line):
    said = ["calls from US", "given in_use", "given nobody answers", "given the desk is down", "at 03:00"]
    text = "\n".join([*said, "expects activated", "hears welcome", line])
    with pytest.raises(Unreadable, match=f"line 8: '{line}', but line [1-6] says that already"):
        parse("a.call", text)


@pytest.mark.parametrize(
    ("heard", "told"), [("welcom", "did you mean 'welcome'"), ("moo", 'words that are heard stand in "quotes"')]
)
def test_a_prompt_that_there_is_not_is_named_with_the_nearest_one(heard, told, books):
    names = books["en-US"].prompts
    with pytest.raises(Unreadable, match=f"a.call, line 2: there is no prompt '{heard}'; {told}"):
        parse("a.call", f"calls from US\nhears {heard}", names)
    assert parse("a.call", 'calls from US\nhears welcome\nhears "moo"', names)


def test_a_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / "sound.call").write_bytes(b"calls from US\n\xff\xfe")
    result = CliRunner().invoke(app.main, ["call", str(tmp_path / "sound.call")])
    assert (result.exit_code, "sound.call is no text in UTF-8" in result.output) == (2, True)


def test_a_scene_that_there_is_not_is_told_with_those_that_there_are(tmp_path):
    (tmp_path / "a.call").write_text("given in use\ncalls from US\nhears welcome")
    result = CliRunner().invoke(app.main, ["call", str(tmp_path / "a.call")])
    assert (result.exit_code, "'in use' is no scene; there are genuine, in_use" in result.output) == (2, True)


def test_an_application_that_does_not_answer_is_told_as_the_cause(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.call").write_text('calls from US\nhears "Welcome"')
    result = CliRunner().invoke(app.main, ["call", "a.call", "--url", "http://127.0.0.1:9/voice"])
    first, cause, difference = result.output.splitlines()[:3]
    assert (result.exit_code, first.split()[0]) == (1, "differs")
    assert cause.startswith("  error 11202, ")
    assert "http://127.0.0.1:9/voice" in cause
    assert difference.startswith("  line 2")


def test_the_time_the_language_and_the_trouble_are_read():
    read = parse("a.call", "given the desk is down\nat 03:15\ngiven in_use\ncalls from GB in es-US\nhears welcome")
    assert (read.trouble, read.at, read.given, read.locale) == ("the desk is down", time(3, 15), "in_use", "es-US")


def test_a_trouble_that_nobody_has_is_no_scene():
    assert parse("a.call", "given the desk is slow by 3 hours\ncalls from GB\nhears welcome").trouble == ""


def test_a_call_that_the_carrier_cuts_off_can_be_expected(caller):
    caller("is cut off by the carrier").ends("is cut off by the carrier")


def test_the_scene_and_the_number_are_read_wherever_they_stand():
    read = parse("a.call", "# one\n\ngiven in_use\ncalls from GB to +442079460142\nhears welcome\nexpects activated")
    assert (read.given, read.region, read.dialled) == ("in_use", "GB", "+442079460142")
    assert (read.lines[0].number, read.expected.number) == (5, 6)


@pytest.mark.parametrize(
    ("line", "has_computer"),
    [
        ("hears welcome", False),
        ("presses 12#", False),
        ("given nobody answers", False),
        ("presses the Installation ID without block 2", True),
        ("presses the first 14 digits", True),
        ("presses block 3 wrong", True),
        ("writes down 13 blocks", True),
        ("given revoked", True),
        ("expects not activated", True),
    ],
)
def test_a_computer_plays_a_part_only_where_the_file_speaks_of_one(line, has_computer):
    assert parse("a.call", f"calls from US\nhears welcome\n{line}").has_computer is has_computer


def test_the_next_installation_id_is_the_one_that_is_keyed_from_then_on(books):
    lines = ["presses block 1", "presses the next Installation ID", "presses block 1", "presses the Installation ID"]
    text = "\n".join(["calls from US", *lines, "presses the next Installation ID"])
    first, second = "".join(blocks.from_number(1, 7)), "".join(blocks.from_number(2**130, 7))
    caller = Caller(parse("a.call", text), first + second, books)

    assert [caller.presses() for _ in lines] == [first[:7], second, second[:7], second]
    with pytest.raises(Difference, match=r"line 6: .* the caller sees no other one"):
        caller.presses()
