"""What the doctor says: each setting with its origin, each fault with what to do, and no secret."""

import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from werkzeug.serving import make_server

import app
from activation_core import installation_id
from activation_core.clearinghouse.health import health
from activation_core.clearinghouse.sql_records import SqlRecords
from activation_core.codes import Kind
from activation_core.installation_id import Operation

NAMES = [name.upper() for name in app.Settings.__dataclass_fields__]
TOKEN = "abcdefgh12345678abcdefgh12345678"


@pytest.fixture
def ask(tmp_path, monkeypatch):
    """The doctor's answer in a folder of its own: exit status, settings and findings by name."""
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def asked(*before, port=port, **environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        result = CliRunner().invoke(app.main, [*before, "doctor", "--json", "--port", str(port)])
        assert TOKEN not in result.output
        told = json.loads(result.output)
        asked.settings = {each["name"]: (each["value"], each["origin"]) for each in told["settings"]}
        asked.wrong = {
            each["about"]: f"{each['words']} {each['do']}" for each in told["findings"] if each["kind"] == "wrong"
        }
        asked.notes = {each["about"]: each["words"] for each in told["findings"] if each["kind"] == "note"}
        assert result.exit_code == (1 if asked.wrong else 0)
        return asked

    return asked


def test_a_fresh_folder_has_nothing_wrong_and_nothing_is_made_in_it(ask, tmp_path):
    ask()
    assert ask.wrong == {}
    assert set(ask.notes) >= {"DATABASE_URL", "TWILIO_AUTH_TOKEN", "OPERATOR_NUMBER"}
    assert list(tmp_path.iterdir()) == []


def test_a_signer_that_does_not_answer_is_wrong(ask):
    assert "The signer at nowhere.sock does not answer" in ask(SIGNER="nowhere.sock").wrong["SIGNER"]


def test_every_setting_is_told_with_where_it_comes_from(ask, tmp_path):
    (tmp_path / ".env").write_text("OPERATOR_NUMBER=+12125550143\nWORKERS=2\nLOG_LEVEL=error\n")
    (tmp_path / "other.env").write_text("LOG_LEVEL=info\n")
    ask("--settings", "other.env", WORKERS="3")
    assert list(ask.settings) == NAMES
    assert ask.settings["OPERATOR_NUMBER"] == ("+12125550143", ".env")
    assert ask.settings["WORKERS"] == ("3", "environment")
    assert ask.settings["LOG_LEVEL"] == ("info", "other.env")
    assert ask.settings["SPEECH"] == ("auto", "default")


def test_secrets_are_counted_and_not_told(ask):
    ask(TWILIO_AUTH_TOKEN=TOKEN, DATABASE_URL="postgresql://user:a-password@127.0.0.1:1/x")
    assert ask.settings["TWILIO_AUTH_TOKEN"] == ("set, 32 characters", "environment")
    assert ask.settings["DATABASE_URL"][0] == "postgresql://user:***@127.0.0.1:1/x"
    assert "a-password" not in str(ask.wrong)


def test_a_setting_that_there_is_not_is_wrong_and_the_one_that_was_meant_is_named(ask, tmp_path):
    (tmp_path / ".env").write_text("OPERATER_NUMBER=+12125550143\n")
    assert "OPERATOR_NUMBER" in ask().wrong["OPERATER_NUMBER"]


def test_a_line_that_may_have_all_calls_at_once_is_told(ask):
    assert "keep everybody else out" in ask(CALLS_AT_ONCE="20").notes["CALLS_AT_ONCE_A_LINE"]
    assert "CALLS_AT_ONCE_A_LINE" not in ask(CALLS_AT_ONCE="200").notes


def test_a_file_with_a_token_that_others_can_read_is_wrong(ask, tmp_path):
    (tmp_path / ".env").write_text(f"TWILIO_AUTH_TOKEN={TOKEN}\n")
    (tmp_path / ".env").chmod(0o644)
    assert "chmod 600 .env" in ask(PUBLIC_URL="https://calls.example").wrong["TWILIO_AUTH_TOKEN"]
    (tmp_path / ".env").chmod(0o600)
    assert ask().wrong == {}


@pytest.mark.parametrize(
    ("environment", "about", "said"),
    [
        ({"TWILIO_AUTH_TOKEN": TOKEN}, "PUBLIC_URL", "Twilio cannot reach"),
        ({"TWILIO_AUTH_TOKEN": TOKEN, "PUBLIC_URL": "http://calls.example"}, "PUBLIC_URL", "not encrypted"),
        ({"PUBLIC_URL": "calls.example"}, "settings", "PUBLIC_URL"),
        ({"LOG_LEVEL": "loud"}, "settings", "LOG_LEVEL"),
        ({"OPERATOR_NUMBER": "0171 555"}, "OPERATOR_NUMBER", "+12125550143"),
        ({"METRICS_TOKEN": "short"}, "METRICS_TOKEN", "openssl"),
        ({"SPEECH": "loud"}, "SPEECH", "piper"),
        ({"MACHINE_PROFILE": "nonsense"}, "MACHINE_PROFILE", "nonsense"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL", "sqlite"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(ask, environment, about, said):
    assert said in ask(**environment).wrong[about]


@pytest.fixture
def installed(ask, settings):
    """Asks about an instance that was started once and has issued a key."""
    parts = app.Parts(settings)
    (key,) = parts.desk.issue(1, 1, "standard", lambda _: 7, datetime.now(UTC))
    ask.key, ask.parts = key, parts
    Path(settings.database_url.removeprefix("sqlite:///")).parent.chmod(0o700)
    return lambda: ask(DATABASE_URL=settings.database_url, KEY_FOLDER=settings.key_folder)


def test_an_instance_that_runs_has_nothing_wrong(installed):
    assert installed().wrong == {}


def test_a_key_that_is_gone_is_missed_once_codes_were_issued(installed, settings):
    (Path(settings.key_folder) / "issuing.key").unlink()
    assert "Restore it from the backup" in installed().wrong["KEY_FOLDER"]


def test_keys_and_digits_that_others_can_read_are_wrong(installed, settings):
    (Path(settings.key_folder) / "issuing.key").chmod(0o640)
    database = Path(settings.database_url.removeprefix("sqlite:///"))
    database.chmod(0o644)
    wrong = installed().wrong
    assert "chmod 600" in wrong["KEY_FOLDER"]
    assert f"chmod 600 {database}" in wrong["DATABASE_URL"]


def test_a_database_that_is_none_is_wrong(installed, ask, settings):
    ask.parts.records.store.close()
    Path(settings.database_url.removeprefix("sqlite:///")).write_bytes(b"something else" * 1000)
    assert "file is not a database" in installed().wrong["DATABASE_URL"]


def test_a_database_of_postgresql_is_looked_into_and_left_as_it_is(ask, postgres, open_stores):
    url = postgres.fresh()
    assert "nothing in the database" in ask(DATABASE_URL=url).notes["DATABASE_URL"]
    with postgres.connect(url) as db:
        assert db.execute("SELECT to_regclass('licences'), to_regclass('migrations')").fetchone() == (None, None)

    SqlRecords(open_stores(url)).add_licences(Kind.PRODUCT_KEY, 1, [7], 0, datetime.now(UTC))
    with postgres.connect(url) as db:
        db.execute("DROP TABLE guesses; DELETE FROM migrations WHERE name = 'm008_guesses'")
    assert "Restore it from the backup" in ask(DATABASE_URL=url).wrong["KEY_FOLDER"]
    with postgres.connect(url) as db:
        assert db.execute("SELECT to_regclass('guesses')").fetchone() == (None,)


def test_a_clock_that_is_behind_what_was_confirmed_is_wrong(installed, ask):
    asked = installation_id.make(Operation.ACTIVATE, ask.key, 0, 0x12345678, 1)
    ask.parts.desk.confirm(asked.digits, "operator", datetime.now(UTC) + timedelta(days=2))
    assert "Set the clock" in installed().wrong["clock"]


def test_a_port_that_somebody_else_has_is_wrong_and_one_of_ours_is_not(ask):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "serve --port" in ask(port=taken.getsockname()[1]).wrong["port"]
    ours = Flask("ours")
    ours.register_blueprint(health({}))
    server = make_server("127.0.0.1", 0, ours)
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    try:
        ask(port=server.port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert ask.wrong == {}
    assert "answers" in ask.notes["port"]


def test_people_read_it_as_a_table_with_the_worst_first(ask, monkeypatch):
    monkeypatch.setenv("OPERATOR_NUMBER", "0171")
    output = CliRunner().invoke(app.main, ["doctor"]).output
    assert output.index("WRONG") < output.index("NOTE")
    assert "1 wrong." in output
