"""The commands for operators and for the audit log, run against a real SQLite file."""

import json
import os
import pty
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import app
from app import Settings

PASSWORD = "correct horse battery"
HOUSE = Path(app.__file__).parent


@pytest.fixture
def environment(settings: Settings, tmp_path: Path) -> dict[str, str]:
    return {"DATABASE_URL": settings.database_url, "KEY_FOLDER": settings.key_folder, "PUBLIC_URL": ""}


@pytest.fixture
def run(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    app.parts_of_this_run.cache_clear()

    def run(*arguments: str, input: str = "", status: int = 0) -> Result:
        result = CliRunner().invoke(app.main, arguments, input=input)
        assert isinstance(result.exception, SystemExit | None), result.exception
        assert result.exit_code == status, result.output
        return result

    yield run
    app.parts_of_this_run.cache_clear()


@pytest.fixture
def database(settings: Settings) -> Path:
    return Path(settings.database_url.removeprefix("sqlite:///"))


def test_an_operator_is_added_with_a_password_from_the_input_and_listed(run) -> None:
    assert "ada can sign in" in run("operators", "add", "Ada", input=f"{PASSWORD}\nnot this\n").stdout
    assert run("operators", "list").stdout.splitlines()[1].startswith("ada ")
    (listed,) = json.loads(run("operators", "list", "--json").stdout)
    assert (listed["name"], listed["locked"]) == ("ada", False)


def test_a_weak_password_is_refused_and_not_shown(run) -> None:
    said = run("operators", "add", "ada", input="hunter2\n", status=1)
    assert "12 to 200 characters; this one has 7" in said.stderr
    assert "hunter2" not in said.output
    assert "no operator yet" in run("operators", "list").stderr


def test_a_password_is_asked_for_twice_at_a_terminal_and_not_shown(environment: dict[str, str]) -> None:
    """A real terminal, in a process of its own."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "app.py", "operators", "add", "ada"]
    with subprocess.Popen(
        command, cwd=HOUSE, stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, **environment},
        start_new_session=True,
    ) as process:  # fmt: skip
        os.close(theirs)
        said = b""
        for prompt in (b"Password: ", b"Once more: "):
            while not said.endswith(prompt):
                said += os.read(ours, 1000)
            os.write(ours, f"{PASSWORD}\n".encode())
        while b"can sign in" not in said:
            said += os.read(ours, 1000)
        assert process.wait() == 0
    os.close(ours)
    assert PASSWORD.encode() not in said


def test_what_there_is_not_is_said_in_one_sentence(run) -> None:
    for command in ("remove", "unlock", "password"):
        said = run("operators", command, "grace", input=f"{PASSWORD}\n", status=1)
        assert said.stderr == "Error: There is no operator 'grace'. app.py operators list shows those that there are.\n"


def test_an_account_is_changed_let_in_again_and_removed_and_the_log_tells_who_did_it(run) -> None:
    import getpass

    run("operators", "add", "ada", input=f"{PASSWORD}\n")
    assert "Changed" in run("operators", "password", "ada", input=f"{PASSWORD}!\n").stdout
    assert "no wrong passwords" in run("operators", "unlock", "ada").stdout
    assert "Removed" in run("operators", "remove", "ada").stdout
    entries = json.loads(run("audit", "list", "--json").stdout)
    acts = ["operator_removed", "operator_unlocked", "password_changed", "operator_added"]
    assert [(entry["actor"], entry["act"]) for entry in entries] == [
        (f"terminal/{getpass.getuser()}", act) for act in acts
    ]
    assert "removed operator ada" in run("audit", "list").stdout


def test_what_the_command_line_issues_revokes_and_confirms_is_in_the_log_without_a_code(run) -> None:
    key = run("issue", "product-keys", "1", "--count", "2").stdout.split()[0]
    run("issue", "license-codes", "1", "--pack", "5-device")
    run("revoke", key)
    run("confirm", "1", status=1)
    log = " ".join(run("audit", "list").stdout.split())
    assert "issued codes for Harbor Server (count: 2, grants: standard)" in log
    assert "revoked product key 0001-" in log
    assert "was refused (refusal: mistyped)" in log
    assert not any(group in log for group in key.split("-"))


def test_a_whole_log_is_said_to_be_whole(run) -> None:
    run("operators", "add", "ada", input=f"{PASSWORD}\n")
    assert run("audit", "verify").stdout.startswith("1 entry, whole. ")
    told = json.loads(run("audit", "verify", "--json").stdout)
    assert (told["whole"], told["number"], len(told["hash"])) == (True, 1, 64)


def test_a_log_that_was_tampered_with_is_said_to_be_with_the_number_of_the_entry(run, database: Path) -> None:
    run("operators", "add", "ada", input=f"{PASSWORD}\n")
    run("operators", "unlock", "ada")
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("DROP TRIGGER audit_refuses_update")
        db.execute("UPDATE audit SET actor = 'nobody' WHERE number = 2")
    assert "Entry 2 was changed" in run("audit", "verify", status=1).stderr
    assert json.loads(run("audit", "verify", "--json", status=1).stdout)["number"] == 2


def test_a_database_that_was_put_back_is_found_at_the_next_look(run, database: Path) -> None:
    run("operators", "add", "ada", input=f"{PASSWORD}\n")
    app.parts_of_this_run().records.store.close()
    older = database.read_bytes()
    run("operators", "unlock", "ada")
    run("audit", "verify")
    app.parts_of_this_run().records.store.close()
    for file in database.parent.glob(f"{database.name}*"):
        file.unlink()
    database.write_bytes(older)
    app.parts_of_this_run.cache_clear()
    said = run("audit", "verify", status=1)
    assert "There were 2 entries at the last look; now there are 1." in said.stderr


def test_with_another_seal_the_log_counts_as_rewritten(run, settings: Settings) -> None:
    run("operators", "add", "ada", input=f"{PASSWORD}\n")
    (Path(settings.key_folder) / "audit.key").write_text("00" * 48 + "\n")
    app.parts_of_this_run.cache_clear()
    assert "was not made here" in run("audit", "verify", status=1).stderr


def test_a_damaged_mark_of_the_last_look_is_said(run, settings: Settings) -> None:
    (Path(settings.key_folder) / "audit.seen").write_text("damaged")
    assert "audit.seen is damaged" in run("audit", "verify", status=1).stderr
