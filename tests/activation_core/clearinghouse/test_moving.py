"""The records move from SQLite to PostgreSQL while calls go on: all of them, once, and none to the wrong place."""

import itertools
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from postgres_server import TestServer

import app
from activation_core import codes, installation_id
from activation_core.clearinghouse import moving
from activation_core.clearinghouse.moving import move
from activation_core.clearinghouse.records import Claim, Grounds, Settlement
from activation_core.clearinghouse.sql_records import SqlRecords
from activation_core.clearinghouse.sqlite_store import SqliteStore
from activation_core.clearinghouse.store import Store, StoreDown
from activation_core.codes import Kind
from activation_core.installation_id import InstallationId, Operation

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
KEY = Kind.PRODUCT_KEY
Move = Callable[..., moving.Moved]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clearinghouse.db"


@pytest.fixture
def url(postgres: TestServer) -> str:
    return postgres.fresh()


@pytest.fixture
def live(path: Path) -> SqlRecords:
    """Records that somebody uses: of every table something."""
    records = SqlRecords(SqliteStore(path))
    records.add_licences(KEY, 1, range(500), 0, NOON)
    records.add_licences(Kind.LICENSE_CODE, 1023, [2**32 - 1], 9, NOON)
    for serial in range(100):
        settle(records, serial)
    records.revoke(KEY, 1, 499, NOON)
    for call in ("CA1", "CA2"):
        records.hand_over(call, "1234567" + "-" * 42, "in_use", "dirección é", "es-US", NOON)
    with records.store.writing() as db:
        db.execute("INSERT INTO tallies VALUES ('', 'answered', '', 3)")
    return records


def an_id(serial: int, counter: int = 0) -> InstallationId:
    return installation_id.make(Operation.ACTIVATE, codes.issue(KEY, 1, serial, b"issuing"), 0, 0x12345678, counter)


def settle(records: SqlRecords, serial: int, counter: int = 0, grounds: Grounds = "claimed") -> None:
    at = NOON + timedelta(seconds=serial + counter)
    records.settle(
        an_id(serial, counter), "telephone", at, lambda _: Settlement(grounds, Claim(0, serial + counter), 0)
    )


def move_now(path: Path, url: str, tell: Callable[[str], None] = lambda words: None) -> moving.Moved:
    return move(path, url, itertools.count().__next__, tell)


def told(records: SqlRecords) -> list[object]:
    return [
        records.activations(1000),
        records.hand_overs(10),
        [records.history(an_id(serial)) for serial in range(501)],
    ]


def test_everything_is_there_afterwards(
    live: SqlRecords, path: Path, url: str, open_stores: Callable[[str], Store]
) -> None:
    before = told(live)

    moved = move_now(path, url)

    assert told(SqlRecords(open_stores(url))) == before
    assert {name: rows for name, (rows, _) in moved.tables.items() if rows} == {
        "licences": 501,
        "claims": 100,
        "activations": 100,
        "hand_overs": 2,
        "audit_head": 1,
        "tallies": 1,
    }


def test_what_is_written_while_it_is_copied_follows(
    live: SqlRecords, path: Path, url: str, open_stores: Callable[[str], Store]
) -> None:
    """A new row, a changed one, one in a table that was copied already, and one in the log that is only added to."""

    def go_on(words: str) -> None:
        if words.startswith("hand_overs"):
            live.add_licences(KEY, 1, [500], 0, NOON)
            settle(live, 500)
            settle(live, 7, counter=1, grounds="reactivated")
            live.revoke(KEY, 1, 8, NOON)
            live.hand_over("CA3", "", "", "", "en-US", NOON)
            with live.store.writing() as db:
                db.execute("INSERT INTO audit VALUES (1, '', 'ann', 'issued', '', '{}', 'hash')")
                db.execute("UPDATE audit_head SET number = 1, hash = 'hash'")
                db.execute("INSERT INTO desk_sessions VALUES ('token', 'ann', '', '')")

    move_now(path, url, go_on)

    with closing(psycopg.connect(url)) as db:
        assert db.execute("SELECT number, hash FROM audit_head").fetchall() == [(1, "hash")]
        assert db.execute("SELECT count(*) FROM audit").fetchall() == [(1,)]
    records = SqlRecords(open_stores(url))
    assert records.history(an_id(500)).claims == (Claim(0, 500),)
    assert records.history(an_id(7)).claims == (Claim(0, 8),)
    assert (licence := records.history(an_id(8)).licence)
    assert licence.revoked
    assert len(records.hand_overs(10)) == 3


def test_a_row_that_goes_while_it_is_copied_goes_there_too(live: SqlRecords, path: Path, url: str) -> None:
    with live.store.writing() as db:
        db.execute("INSERT INTO desk_sessions VALUES ('token', 'ann', '', '')")

    def sign_out(words: str) -> None:
        if words.startswith("Writers"):
            with live.store.writing() as db:
                db.execute("DELETE FROM desk_sessions")

    assert move_now(path, url, sign_out).tables["desk_sessions"][0] == 0


def test_references_go_on_counting(live: SqlRecords, path: Path, url: str, open_stores: Callable[[str], Store]) -> None:
    move_now(path, url)
    records = SqlRecords(open_stores(url))

    new = records.hand_over("CA3", "", "", "", "en-US", NOON)

    assert new.reference not in {old.reference for old in records.hand_overs(10)[1:]}
    assert records.hand_over("CA1", "", "", "", "en-US", NOON).keyed.startswith("1234567"), "calls are known"


def test_the_file_refuses_everything_afterwards(live: SqlRecords, path: Path, url: str) -> None:
    """A machine that was forgotten would count what the others know nothing of."""
    move_now(path, url)

    for forgotten in (
        lambda: live.activations(1),
        lambda: live.hand_overs(1),
        lambda: live.hand_over("CA4", "", "", "", "en-US", NOON),
    ):
        with pytest.raises(StoreDown, match="was moved to PostgreSQL: set DATABASE_URL"):
            forgotten()
    with pytest.raises(StoreDown, match="was moved"):
        SqliteStore(path)


def test_a_target_that_is_not_empty_is_refused_and_the_file_stays_in_use(
    live: SqlRecords, path: Path, url: str, open_stores: Callable[[str], Store]
) -> None:
    SqlRecords(open_stores(url)).hand_over("CA9", "", "", "", "en-US", NOON)

    with pytest.raises(ValueError, match="not empty: there is something in its table hand_overs"):
        move_now(path, url)

    assert live.revoke(KEY, 1, 1, NOON)


def test_a_row_that_came_out_different_stops_the_move_and_the_file_stays_in_use(
    live: SqlRecords, path: Path, url: str, monkeypatch: pytest.MonkeyPatch, postgres: TestServer
) -> None:
    make_the_same = moving._make_the_same

    def change_one(target: psycopg.Connection, *rows: object) -> None:
        make_the_same(target, *rows)  # type: ignore[arg-type]
        target.execute("UPDATE licences SET grant_digit = 3 WHERE licence = (SELECT min(licence) FROM licences)")

    monkeypatch.setattr(moving, "_make_the_same", change_one)

    def go_on(words: str) -> None:
        if words.startswith("Writers"):
            live.revoke(KEY, 1, 1, NOON)

    with pytest.raises(StoreDown, match="licences came out different; the file stays in use"):
        move_now(path, url, go_on)

    assert live.revoke(KEY, 1, 2, NOON)
    with postgres.connect(url) as db:
        assert db.execute("SELECT to_regclass('licences')").fetchone() == (None,), "nothing is left there"


def test_the_command_says_what_was_moved_and_what_to_do_next(
    live: SqlRecords, path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{path}")

    result = CliRunner().invoke(app.main, ["move-database", url])

    assert result.exit_code == 0, result.output
    assert any(line.split()[:2] == ["licences", "501"] for line in result.stdout.splitlines())
    assert result.stdout.endswith(
        "Set DATABASE_URL to the new address on every machine, and start the application again.\n"
    )
    again = CliRunner().invoke(app.main, ["move-database", url])
    assert again.exit_code == 1
    assert "was moved to PostgreSQL" in again.output


def test_what_is_no_file_of_sqlite_cannot_be_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/nothing.db")

    result = CliRunner().invoke(app.main, ["move-database", "postgresql:///x"])

    assert result.exit_code == 1
    assert "names no file of SQLite" in result.output
    assert not (tmp_path / "nothing.db").exists()
