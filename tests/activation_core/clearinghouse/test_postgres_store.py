"""What is true of PostgreSQL alone: many machines, and a database that goes away. Its contract: test_records.py."""

import os
import signal
import socket
import socketserver
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from select import select

import postgres_server
import psycopg
import pytest
from postgres_server import TestServer

from activation_core import codes, installation_id
from activation_core.clearinghouse.postgres_migrations import MIGRATIONS, applied
from activation_core.clearinghouse.records import Claim, History, Settlement
from activation_core.clearinghouse.sql_records import SqlRecords
from activation_core.clearinghouse.store import BrokenOff, Connection, Store, StoreDown
from activation_core.codes import Kind
from activation_core.installation_id import InstallationId, Operation
from activation_core.refusals import Refusal

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
KEY = Kind.PRODUCT_KEY
Open = Callable[..., Store]


@pytest.fixture
def url(postgres: TestServer) -> str:
    return postgres.fresh()


@pytest.fixture
def store(open_stores: Open, url: str) -> Store:
    return open_stores(url)


@pytest.fixture
def records(store: Store) -> SqlRecords:
    records = SqlRecords(store)
    records.add_licences(KEY, 1, [7, 8], 0, NOON)
    return records


def an_id(serial: int = 7, counter: int = 0) -> InstallationId:
    return installation_id.make(Operation.ACTIVATE, codes.issue(KEY, 1, serial, b"issuing"), 0, 0x12345678, counter)


def the_first_gets_it(history: History) -> Settlement | Refusal:
    """As the desk decides for a product of one place."""
    if history.activations:
        return Settlement("again", history.claims[0], 0)
    return Refusal("in_use") if history.claims else Settlement("claimed", Claim(0, 0x12345678), 0)


def its_connection(db: Connection) -> int:
    """The server's process behind it."""
    row = db.execute("SELECT pg_backend_pid()").fetchone()
    assert row
    return int(row[0])


# The schema


def columns_in_sqlite(path: Path) -> set[tuple[str, str, str, bool, bool]]:
    """(table, column, type, may be missing, in the primary key) of each."""
    with closing(sqlite3.connect(path)) as db:
        names = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%sqlite_%'")
        return {
            (table, name, kind, not needed and not key, bool(key))
            for (table,) in names.fetchall()
            for _, name, kind, needed, _, key in db.execute(f"PRAGMA table_info({table})")
        }


def columns_in_postgres(server: TestServer, url: str) -> set[tuple[str, str, str, bool, bool]]:
    kinds = {"bigint": "INTEGER", "text": "TEXT", "bytea": "BLOB"}
    with server.connect(url) as db:
        rows = db.execute(
            "SELECT table_name, column_name, data_type, is_nullable = 'YES', EXISTS (SELECT FROM pg_index"
            " JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey)"
            " WHERE indrelid = table_name::regclass AND indisprimary AND attname = column_name)"
            " FROM information_schema.columns WHERE table_schema = current_schema AND table_name <> 'migrations'"
        )
        return {(table, name, kinds[kind], optional, key) for table, name, kind, optional, key in rows}


def test_both_stores_have_the_same_tables_and_columns(
    open_stores: Open, postgres: TestServer, url: str, tmp_path: Path
) -> None:
    open_stores(url)
    open_stores(f"sqlite:///{tmp_path}/clearinghouse.db")

    in_sqlite = columns_in_sqlite(tmp_path / "clearinghouse.db")

    assert {("claims", "place", "INTEGER", False, True), ("licences", "revoked_at", "TEXT", True, False)} <= in_sqlite
    assert columns_in_postgres(postgres, url) == in_sqlite


def test_both_stores_take_the_same_steps(open_stores: Open, tmp_path: Path) -> None:
    open_stores(f"sqlite:///{tmp_path}/clearinghouse.db")
    with closing(sqlite3.connect(tmp_path / "clearinghouse.db")) as db:
        taken = [name for (name,) in db.execute("SELECT name FROM _sqlite_migrations ORDER BY rowid")]

    assert list(MIGRATIONS) == taken


def test_every_text_sorts_by_its_bytes_whatever_the_language_of_the_database(
    store: Store, postgres: TestServer, url: str
) -> None:
    with postgres.connect(url) as db:
        rows = db.execute(
            "SELECT DISTINCT collation_name FROM information_schema.columns"
            " WHERE table_schema = current_schema AND table_name <> 'migrations' AND data_type = 'text'"
        )
        assert rows.fetchall() == [("C",)]


def test_machines_that_start_at_once_on_an_empty_database_all_come_up(
    open_stores: Open, postgres: TestServer, url: str
) -> None:
    with ThreadPoolExecutor(8) as machines:
        list(machines.map(lambda _: open_stores(url), range(8)))

    with postgres.connect(url) as db:
        taken = [name for (name,) in db.execute("SELECT name FROM migrations ORDER BY applied_at")]
    assert taken == list(MIGRATIONS)


def test_a_step_that_fails_leaves_nothing_behind_and_those_before_it_stay(
    open_stores: Open, postgres: TestServer, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = list(MIGRATIONS)
    monkeypatch.setitem(MIGRATIONS, "m999_broken", "CREATE TABLE half (a BIGINT); CREATE TABLE half (a BIGINT)")

    with pytest.raises(psycopg.errors.DuplicateTable):
        open_stores(url)

    with postgres.connect(url) as db:
        assert applied(db) == released
        assert db.execute("SELECT to_regclass('half'), to_regclass('claims')").fetchone() == (None, "claims")


def test_a_role_that_may_make_no_tables_can_start_when_they_are_there(
    store: Store, open_stores: Open, postgres: TestServer, url: str
) -> None:
    schema = url.rpartition("%3D")[2]
    with postgres.connect() as db:
        db.execute(f"CREATE ROLE {schema} LOGIN")
        db.execute(f"GRANT USAGE ON SCHEMA {schema} TO {schema}")
        db.execute(f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA {schema} TO {schema}")

    guest = SqlRecords(open_stores(url.replace("//postgres:", f"//{schema}:")))

    assert guest.add_licences(KEY, 1, [7], 0, NOON) == [7]


# Many machines


def test_nobody_else_settles_a_licence_from_the_last_look_until_the_claim_is_kept(
    records: SqlRecords, open_stores: Open, url: str
) -> None:
    impatient = SqlRecords(open_stores(url, 0.1))
    looks = []

    def decide(history: History) -> Settlement | Refusal:
        looks.append(history)
        if len(looks) == 2:
            with pytest.raises(StoreDown, match="statement timeout"):
                impatient.settle(an_id(counter=1), "telephone", NOON, the_first_gets_it)
            assert impatient.settle(an_id(8), "telephone", NOON, the_first_gets_it), "another licence is free"
        return the_first_gets_it(history)

    records.settle(an_id(), "telephone", NOON, decide)

    assert impatient.settle(an_id(counter=1), "telephone", NOON, the_first_gets_it) == Refusal("in_use")


def test_of_many_threads_on_several_machines_one_gets_the_place_and_nobody_an_error(
    records: SqlRecords, open_stores: Open, url: str
) -> None:
    machines = [records, SqlRecords(open_stores(url)), SqlRecords(open_stores(url))]

    def ask(number: int) -> str:
        asked = an_id(counter=number)
        answer = machines[number % 3].settle(asked, "telephone", NOON, the_first_gets_it)
        return answer.code if isinstance(answer, Refusal) else answer.grounds

    with ThreadPoolExecutor(30) as callers:
        answers = list(callers.map(ask, range(90)))

    assert sorted(answers) == ["claimed", *["in_use"] * 89]


# A database that goes away


def test_connections_that_died_while_nobody_used_them_are_replaced_unnoticed(
    records: SqlRecords, postgres: TestServer
) -> None:
    with records.store.reading() as one, records.store.reading() as another:
        pids = [its_connection(one), its_connection(another)]
    with postgres.connect() as db:
        db.execute("SELECT pg_terminate_backend(pid, 5000) FROM unnest(%s) AS pid", (pids,))

    assert records.settle(an_id(), "telephone", NOON, the_first_gets_it)


def test_a_settlement_that_breaks_off_is_tried_again_and_counted_once(
    records: SqlRecords, postgres: TestServer
) -> None:
    asked = []

    def decide(history: History) -> Settlement | Refusal:
        asked.append(history)
        if len(asked) == 1:  # between the look and the claim
            kill_whoever_locks(postgres, "licences")
        return the_first_gets_it(history)

    settled = records.settle(an_id(), "telephone", NOON, decide)

    assert isinstance(settled, Settlement)
    assert (settled.grounds, len(asked)) == ("claimed", 3)
    assert [given.grounds for given in records.activations(10)] == ["claimed"]


def kill_whoever_locks(server: TestServer, table: str) -> None:
    with server.connect() as db:
        db.execute(
            "SELECT pg_terminate_backend(l.pid, 5000) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation"
            " WHERE c.relname = %s AND l.mode = 'RowShareLock'",
            (table,),
        )


def test_a_commit_whose_answer_was_lost_is_found_by_the_next_try_and_counted_once(
    open_stores: Open, postgres: TestServer, url: str
) -> None:
    with losing_an_answer_to(b"COMMIT", postgres, url) as (unlucky_url, losing):
        records = SqlRecords(open_stores(unlucky_url))
        records.add_licences(KEY, 1, [7], 0, NOON)

        def decide(history: History) -> Settlement | Refusal:
            if not losing.is_set() and not history.activations:
                losing.set()
            return the_first_gets_it(history)

        settled = records.settle(an_id(), "telephone", NOON, decide)

        assert not losing.is_set(), "an answer was lost"
        assert isinstance(settled, Settlement)
        assert settled.grounds == "again"
        assert [given.grounds for given in records.activations(10)] == ["claimed"]


@contextmanager
def losing_an_answer_to(statement: bytes, server: TestServer, url: str) -> Iterator[tuple[str, threading.Event]]:
    """The same database behind a network that, once it is told to, breaks just before an answer comes back.

    It passes on what was asked, waits for the answer, and hangs up instead of passing that on. While a writer has
    its row locked: the answer to the COMMIT of a transaction that only reads is no loss.
    """
    losing = threading.Event()

    class Passing(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.socket(socket.AF_UNIX) as database:
                database.connect(str(server.socket))
                writes = False
                while ready := select([self.request, database], [], [], 30)[0]:
                    for source in ready:
                        if not (data := source.recv(65536)):
                            return
                        (database if source is self.request else self.request).sendall(data)
                        writes = writes or b"READ WRITE" in data
                        if source is self.request and losing.is_set() and writes and statement in data:
                            losing.clear()
                            database.recv(65536)
                            return

    class Network(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True

    with tempfile.TemporaryDirectory() as folder, Network(f"{folder}/{server.socket.name}", Passing) as network:
        threading.Thread(target=network.serve_forever, args=[0.02], daemon=True).start()
        yield url.replace(str(server.socket.parent), folder), losing
        network.shutdown()


def test_a_database_that_was_restarted_is_used_again(open_stores: Open, postgres: TestServer, url: str) -> None:
    records = SqlRecords(open_stores(url, 0.5))
    records.add_licences(KEY, 1, [7], 0, NOON)

    postgres.stop()
    with pytest.raises(StoreDown):
        records.settle(an_id(), "telephone", NOON, the_first_gets_it)
    postgres.start()

    assert records.settle(an_id(), "telephone", NOON, the_first_gets_it)


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[TestServer, TestServer]]:
    """A server of its own, for the last of these tests ends it, and one that follows it."""
    with postgres_server.running() as primary, primary.standby() as standby:
        yield primary, standby


def wait_until_it_follows(primary: TestServer, standby: TestServer) -> None:
    with primary.connect() as one, standby.connect() as other:
        (written,) = one.execute("SELECT pg_current_wal_lsn()").fetchone() or ()
        while other.execute("SELECT pg_last_wal_replay_lsn() < %s", (written,)).fetchone() == (True,):
            time.sleep(0.01)


def test_lists_come_from_the_replica_what_decides_never_does(
    pair: tuple[TestServer, TestServer], open_stores: Open
) -> None:
    primary, standby = pair
    url = primary.fresh()
    replica_url = url.replace(str(primary.socket.parent), str(standby.socket.parent))
    records = SqlRecords(open_stores(url, 2, replica_url))
    records.add_licences(KEY, 1, [7], 0, NOON)
    wait_until_it_follows(primary, standby)
    with standby.connect() as db:
        db.execute("SELECT pg_wal_replay_pause()")

    records.settle(an_id(), "telephone", NOON, the_first_gets_it)

    assert records.activations(10) == records.activations_of(KEY, 1, 7) == [], "the replica has not heard of it"
    again = records.settle(an_id(), "telephone", NOON, the_first_gets_it)
    assert isinstance(again, Settlement)
    assert again.grounds == "again"
    standby.stop()
    assert len(records.activations(10)) == 1, "without the replica the database answers"
    standby.start()


def test_when_another_server_takes_over_calls_go_on_and_nothing_is_counted_twice(
    pair: tuple[TestServer, TestServer], open_stores: Open
) -> None:
    primary, standby = pair
    both = primary.fresh().replace("host=", f"host={standby.socket.parent},")
    records = SqlRecords(open_stores(both, 2))
    records.add_licences(KEY, 1, [7, 8], 0, NOON)
    records.settle(an_id(7), "telephone", NOON, the_first_gets_it)
    wait_until_it_follows(primary, standby)
    with pytest.raises(StoreDown, match="read-only"):
        open_stores(standby.url)  # a standby alone is nothing to start on

    primary.stop()
    with pytest.raises(StoreDown):
        records.settle(an_id(8), "telephone", NOON, the_first_gets_it)
    standby.promote()

    answers = [records.settle(an_id(serial), "telephone", NOON, the_first_gets_it) for serial in (7, 8)]
    assert [answer.grounds for answer in answers if isinstance(answer, Settlement)] == ["again", "claimed"]


def test_a_database_that_no_longer_answers_is_not_waited_for(open_stores: Open, postgres: TestServer, url: str) -> None:
    """Its time-outs are its own, and a frozen one has none."""
    store, frozen = open_stores(url, 0.1), []

    def ask() -> None:
        with store.reading() as db:
            frozen.append(its_connection(db))
            os.kill(frozen[0], signal.SIGSTOP)
            db.execute("SELECT 1")

    with pytest.raises(StoreDown, match="timeout") as down:
        ask()
    os.kill(frozen[0], signal.SIGCONT)

    assert not isinstance(down.value, BrokenOff), "it would only be waited for twice"
