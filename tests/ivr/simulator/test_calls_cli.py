"""The calls that are kept, in the terminal: app.py calls list, show and export."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import app

ASKED = str(app.DATA / "scenarios/person_at_once.call")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "calls.db"


def run(file: Path, *arguments: str) -> Result:
    return CliRunner(env={"CALLS_FILE": str(file), "COLUMNS": "200"}).invoke(app.main, arguments)


@pytest.fixture
def kept(file: Path) -> str:
    """The id of a call."""
    assert run(file, "call", "--keep", ASKED).exit_code == 0
    return str(json.loads(run(file, "calls", "list", "--json").output)[0]["id"])


def test_calls_are_listed_and_searched(file: Path, kept: str) -> None:
    line = run(file, "calls", "list").output

    assert line.startswith(kept)
    assert line.endswith("0:58  Put through  person_at_once.call\n")
    assert run(file, "calls", "list", "putting", "YOU").output == line
    assert run(file, "calls", "list", "nothing", "you").output == ""


def test_a_call_is_told_with_its_digits_masked_unless_asked_for(file: Path, kept: str) -> None:
    masked, shown = (run(file, "calls", "show", kept, *more).output for more in ([], ["--show-digits"]))

    assert "put through to +•••••••••••" in masked
    assert "put through to +12125550143" in shown


@pytest.mark.parametrize("form", ["html", "json", "junit"])
def test_a_call_is_written_into_a_file(file: Path, kept: str, form: str) -> None:
    output = file.with_name("handed-on")
    written = run(file, "calls", "export", kept, kept, "--as", form, "--output", str(output))

    assert (written.exit_code, written.output) == (0, "")
    assert output.read_text("utf-8") == run(file, "calls", "export", kept, kept, "--as", form).output
    assert "person_at_once" in output.read_text("utf-8")


@pytest.mark.parametrize("command", ["show", "export"])
def test_a_call_that_is_not_kept_is_said_so(file: Path, command: str) -> None:
    result = run(file, "calls", command, "none")

    assert result.exit_code == 1
    assert "There is no call none." in result.output


def test_a_file_that_cannot_be_read_is_said_in_one_sentence(file: Path) -> None:
    file.mkdir()

    for arguments in (["list"], ["show", "one"], ["export", "one"]):
        result = run(file, "calls", *arguments)
        assert result.exit_code == 1
        assert "Calls cannot be kept or read in" in result.output
