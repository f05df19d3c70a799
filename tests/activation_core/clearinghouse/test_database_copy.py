"""Backing up while calls go on, judging what came of it, and putting it back."""

import shutil
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

import app
from activation_core import codes
from activation_core.codes import Kind

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def office(settings, parts, monkeypatch):
    """Runs a command with these settings; product keys 1 to 3 were issued, and one operator was added."""
    monkeypatch.setattr("wiring.commands.current_settings", lambda: settings)
    parts.records.add_licences(Kind.PRODUCT_KEY, 1, [1, 2, 3], 0, NOON)
    parts.staff.accounts.add("ada", "correct horse battery", "terminal", NOON)
    return lambda *arguments: CliRunner().invoke(app.main, [str(each) for each in arguments])


def licences(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return db.execute("SELECT count(*) FROM licences").fetchone()[0]


def database(settings) -> Path:
    return Path(settings.database_url.removeprefix("sqlite:///"))


def test_a_backup_is_one_private_file_that_is_whole(office, tmp_path):
    result = office("backup", tmp_path / "backup.db")
    assert result.exit_code == 0, result.output
    assert "licences" in result.output
    assert "3" in result.output
    assert "The audit log is whole: 1 entries." in result.output
    assert "The keys are not in it" in result.output
    assert licences(tmp_path / "backup.db") == 3
    assert (tmp_path / "backup.db").stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in tmp_path.glob("*backup.db*")) == ["backup.db"]


def test_a_backup_is_one_moment_also_while_others_write(office, parts, settings, tmp_path):
    """A pair of serials is written together, so there is never an odd number."""
    stop = threading.Event()

    def write():
        serial = 10
        while not stop.is_set():
            parts.records.add_licences(Kind.PRODUCT_KEY, 1, [serial, serial + 1], 0, NOON)
            serial += 2

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            assert office("backup", tmp_path / f"{number}.db").exit_code == 0
    finally:
        stop.set()
        writer.join()
    found = [licences(tmp_path / f"{number}.db") for number in range(5)]
    assert all(number % 2 == 1 for number in found)
    assert found == sorted(found)
    assert licences(database(settings)) > found[0]


def test_no_file_is_replaced_unasked(office, tmp_path):
    (tmp_path / "backup.db").write_text("something else")
    result = office("backup", tmp_path / "backup.db")
    assert (result.exit_code, "--force" in result.output) == (1, True)
    assert (tmp_path / "backup.db").read_text() == "something else"
    assert office("backup", tmp_path / "backup.db", "--force").exit_code == 0


def test_a_restored_database_is_as_it_was_and_the_other_is_kept(office, parts, settings, tmp_path):
    office("backup", tmp_path / "backup.db")
    parts.records.add_licences(Kind.PRODUCT_KEY, 1, [4], 0, NOON)
    refused = office("restore", tmp_path / "backup.db")
    assert (refused.exit_code, "--force" in refused.output) == (1, True)
    assert licences(database(settings)) == 4
    result = office("restore", tmp_path / "backup.db", "--force")
    assert result.exit_code == 0, result.output
    assert licences(database(settings)) == 3
    (kept,) = database(settings).parent.glob("clearinghouse.db.before-*Z")
    assert licences(kept) == 4
    # Whoever had it open goes on with it.
    assert parts.records.add_licences(Kind.PRODUCT_KEY, 1, [3, 5], 0, NOON) == [5]


def test_a_backup_is_restored_on_an_empty_machine(office, settings, tmp_path):
    office("backup", tmp_path / "backup.db")
    for path in database(settings).parent.glob("clearinghouse.db*"):
        path.unlink()
    assert office("restore", tmp_path / "backup.db").exit_code == 0
    assert licences(database(settings)) == 3
    assert database(settings).stat().st_mode & 0o077 == 0


def test_verifying_changes_nothing(office, settings, tmp_path):
    office("backup", tmp_path / "backup.db")
    before = (tmp_path / "backup.db").read_bytes()
    for path in database(settings).parent.glob("clearinghouse.db*"):
        path.unlink()
    result = office("restore", tmp_path / "backup.db", "--verify")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "backup.db").read_bytes() == before
    assert not database(settings).exists()


def test_a_damaged_file_is_not_restored(office, settings, tmp_path):
    office("backup", tmp_path / "backup.db")
    content = bytearray((tmp_path / "backup.db").read_bytes())
    content[len(content) // 2 :] = b"\xff" * (len(content) - len(content) // 2)
    (tmp_path / "backup.db").write_bytes(content)
    result = office("restore", tmp_path / "backup.db", "--force")
    assert (result.exit_code, "Traceback" in result.output) == (1, False), result.output
    assert licences(database(settings)) == 3


def test_a_file_whose_names_are_damaged_is_said_to_be_that(office, settings, tmp_path):
    office("backup", tmp_path / "backup.db")
    content = (tmp_path / "backup.db").read_bytes().replace(b"sqlite_autoindex", b"\xa9qlite_autoindex")
    (tmp_path / "backup.db").write_bytes(content)
    result = office("restore", tmp_path / "backup.db", "--verify")
    assert (result.exit_code, type(result.exception)) == (1, SystemExit), result.output
    assert "backup.db" in result.output


def test_a_file_that_does_not_say_when_it_was_migrated_is_damaged(office, settings, tmp_path):
    """Found by fuzzing: a letter of a column's name was another one."""
    backup = tmp_path / "backup.db"
    office("backup", backup)
    with closing(sqlite3.connect(backup)) as db:
        db.execute("ALTER TABLE _sqlite_migrations RENAME COLUMN applied_at TO applied_bt")
    result = office("restore", backup, "--verify")
    assert (result.exit_code, "is damaged" in result.output) == (1, True), result.output


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_a_file_of_something_else_is_said_to_be_that(office, tmp_path, content):
    (tmp_path / "backup.db").write_bytes(content)
    result = office("restore", tmp_path / "backup.db", "--verify")
    assert result.exit_code == 1
    assert "backup.db" in result.output


def test_a_database_of_another_program_is_refused(office, tmp_path):
    with closing(sqlite3.connect(tmp_path / "backup.db")) as db:
        db.execute("CREATE TABLE licences (licence)")
    assert "no database of this program" in office("restore", tmp_path / "backup.db", "--verify").output


def test_a_backup_of_an_earlier_version_is_migrated_and_one_of_a_later_is_refused(office, settings, tmp_path):
    office("backup", tmp_path / "backup.db")
    with closing(sqlite3.connect(tmp_path / "backup.db", isolation_level=None)) as db:
        db.execute("DROP TABLE tallies")
        db.execute("DELETE FROM _sqlite_migrations WHERE name LIKE '%tallies'")
    result = office("restore", tmp_path / "backup.db", "--force")
    assert "It is of an earlier version; the next start adds" in result.output
    app.Parts(settings).tallies.in_all()
    with closing(sqlite3.connect(tmp_path / "backup.db", isolation_level=None)) as db:
        db.execute("UPDATE _sqlite_migrations SET name = 'm999_later' WHERE name = 'm002_hand_overs'")
    assert "m999_later" in office("restore", tmp_path / "backup.db", "--force").output


def test_an_audit_log_that_was_tampered_with_is_told(office, tmp_path):
    office("backup", tmp_path / "backup.db")
    with closing(sqlite3.connect(tmp_path / "backup.db", isolation_level=None)) as db:
        db.execute("DROP TRIGGER audit_refuses_update")
        db.execute("UPDATE audit SET actor = 'somebody else'")
    result = office("restore", tmp_path / "backup.db", "--verify")
    assert (result.exit_code, "audit log is not whole" in result.output) == (1, True)


def test_neither_codes_nor_keys_are_in_a_backup(office, parts, settings, tmp_path):
    office("backup", tmp_path / "backup.db")
    content = (tmp_path / "backup.db").read_bytes()
    for path in Path(settings.key_folder).glob("*.key"):
        assert path.read_bytes().strip() not in content
    code = codes.issue(Kind.PRODUCT_KEY, 1, 1, parts.keys.issuing)
    assert code.text.encode() not in content


def test_postgresql_is_backed_up_with_its_own_programs(office, settings, monkeypatch, tmp_path):
    monkeypatch.setattr("wiring.commands.current_settings", lambda: replace(settings, database_url="postgresql://x/y"))
    result = office("backup", tmp_path / "backup.db")
    assert (result.exit_code, "pg_dump" in result.output) == (1, True)


def test_without_a_database_there_is_nothing_to_back_up(office, settings, tmp_path):
    shutil.move(database(settings), tmp_path / "elsewhere.db")
    assert "There is no database" in office("backup", tmp_path / "backup.db").output
    assert not (tmp_path / "backup.db").exists()
