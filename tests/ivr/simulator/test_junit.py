"""Results for a build server: as the XML schema of JUnit has them, and nothing that it should not keep."""

import re
import xml.etree.ElementTree as ET

import pytest
from click.testing import CliRunner

import app
from ivr.simulator.events import Event
from ivr.simulator.junit import junit
from ivr.simulator.played import Played
from ivr.simulator.rehearsal import Rehearsal

SCENARIO = "calls from US\nhears welcome\n"
ASKED = app.DATA / "scenarios/person_at_once.call"


@pytest.fixture
def result(books):
    """The parsed file of some calls: a name and a difference, or None, each."""

    def result(*calls, text="Hello"):
        said = Event(61.5, "say", {"text": text, "language": "en-US", "seconds": 1.0, "gather": False})
        played = [Played(name, (said,), why, 2 if why else 0) for name, why in calls]
        return ET.fromstring(junit(played, books))

    return result


def test_each_scenario_is_a_test_case_with_its_time(result):
    suite = result(("a.call", None), ("b.call", None))[0]
    assert [(case.get("name"), case.get("file"), case.get("time")) for case in suite] == [
        ("a", "a.call", "61.500"),
        ("b", "b.call", "61.500"),
    ]
    assert [suite.get(name) for name in ("tests", "failures", "errors", "time")] == ["2", "0", "0", "123.000"]


def test_a_difference_is_a_failure_with_its_line_message_and_transcript(result):
    suite = result(("a.call", "line 2: the file has “hears welcome”, the caller hears <nothing>"), ("b.call", None))[0]
    failure = suite[0][0]
    assert (suite.get("failures"), suite[0].get("line")) == ("1", "2")
    assert failure.get("message").startswith("line 2: the file has")
    assert "« Hello" in failure.text
    assert len(suite[1]) == 0


def test_what_no_xml_may_hold_does_not_break_the_file(result):
    assert "�" in result(("a.call", "heard \x00\x1b\ud800"), text="\x0b")[0][0][0].get("message")


def test_digits_are_masked_in_what_a_build_server_keeps(result):
    text = result(("a.call", "line 2"), text="Alpha. one two three four five six seven.")[0][0][0].text
    assert "• • •" in text
    assert "1 2 3" not in text


def run(*arguments):
    return CliRunner().invoke(app.main, ["call", *map(str, arguments)])


def test_the_command_writes_the_file_and_ends_with_0_or_1(tmp_path):
    wrong = tmp_path / "wrong.call"
    wrong.write_text(ASKED.read_text("utf-8").replace("putting_through", "nobody"))
    good = run(ASKED, "--junit", tmp_path / "good.xml")
    bad = run(ASKED, wrong, "--junit", tmp_path / "bad.xml")
    assert (good.exit_code, bad.exit_code) == (0, 1)
    suite = ET.parse(tmp_path / "bad.xml").getroot()[0]
    assert [(case.get("name"), case.get("line"), len(case)) for case in suite] == [
        ("person_at_once", None, 0),
        ("wrong", "6", 1),
    ]


def test_a_file_that_cannot_be_read_ends_with_2_and_writes_nothing(tmp_path):
    (tmp_path / "bad.call").write_text("sings\n")
    assert run(tmp_path / "bad.call", "--junit", tmp_path / "x.xml").exit_code == 2
    assert not (tmp_path / "x.xml").exists()


def test_the_same_calls_give_the_same_file_and_each_is_played_once(tmp_path, monkeypatch):
    played = []
    play = Rehearsal.play
    monkeypatch.setattr(Rehearsal, "play", lambda self, each: played.append(each.name) or play(self, each))
    wrong = tmp_path / "wrong.call"
    wrong.write_text(ASKED.read_text("utf-8").replace("putting_through", "nobody"))
    run(wrong, "--junit", tmp_path / "1.xml")
    run(wrong, "--junit", tmp_path / "2.xml")
    assert played == ["wrong.call", "wrong.call"]
    assert (tmp_path / "1.xml").read_bytes() == (tmp_path / "2.xml").read_bytes()


def test_the_exit_codes_are_in_the_help():
    assert re.search(r"status 0 .* 1 .* 2 ", " ".join(run("--help").output.split()))
