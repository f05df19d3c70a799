"""The audit log: only added to, by any number of writers, and any tampering with it is found."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from activation_core.clearinghouse.audit import Audit, Flaw, Head, in_words
from activation_core.clearinghouse.sqlite_store import SqliteStore
from activation_core.clearinghouse.store import Store

AUDIT_KEY = b"a key that seals"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
Tampered = Callable[..., Audit]
COLUMNS = ("number", "at", "actor", "act", "subject", "details", "hash")


@pytest.fixture
def audit(store: Store) -> Audit:
    return Audit(store, AUDIT_KEY)


def enter(audit: Audit, store: Store, *actors: str) -> None:
    for actor in actors:
        with store.writing() as db:
            audit.enter(db, actor, "looked_up", NOON, "product key 0001-0000000042", refusal="in_use")


class TestEveryStore:
    def test_what_was_entered_is_read_newest_first_and_in_parts(self, audit: Audit, store: Store) -> None:
        enter(audit, store, "ada", "grace", "ada")
        newest = audit.entries(2)
        assert [(entry.number, entry.actor) for entry in newest] == [(3, "ada"), (2, "grace")]
        assert [entry.number for entry in audit.entries(2, before=2)] == [1]
        assert (newest[0].at, newest[0].details) == (NOON, {"refusal": "in_use"})
        assert in_words(newest[0]) == "looked up product key 0001-0000000042 (refusal: in_use)"

    def test_moments_are_kept_in_utc(self, audit: Audit, store: Store) -> None:
        with store.writing() as db:
            audit.enter(db, "ada", "signed_in", NOON.astimezone(timezone(timedelta(hours=9))))
            assert db.execute("SELECT at FROM audit").fetchone() == ("2026-05-04T12:00:00+00:00",)

    def test_a_log_that_nobody_tampered_with_is_whole(self, audit: Audit, store: Store) -> None:
        assert audit.verify() == Head(0, "")
        enter(audit, store, "ada", "grace")
        assert audit.verify() == Head(2, audit.entries(1)[0].hash)

    def test_an_entry_is_kept_with_what_it_tells_of_or_not_at_all(self, audit: Audit, store: Store) -> None:
        def approve() -> None:
            with store.writing() as db:
                audit.enter(db, "ada", "approved", NOON)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            approve()
        assert audit.verify() == Head(0, "")
        enter(audit, store, "ada")
        assert [entry.number for entry in audit.entries(9)] == [1]

    def test_writers_queue_and_none_is_lost(
        self, audit: Audit, open_stores: Callable[[str], Store], store_url: str
    ) -> None:
        def write() -> None:
            store = open_stores(store_url)
            enter(Audit(store, AUDIT_KEY), store, *["ada"] * 10)

        writers = [threading.Thread(target=write) for _ in range(4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        head = audit.verify()
        assert isinstance(head, Head)
        assert head.number == 40

    @pytest.mark.parametrize("change", ["UPDATE audit SET actor = 'grace'", "DELETE FROM audit"])
    def test_the_database_itself_refuses_to_change_an_entry(self, audit: Audit, store: Store, change: str) -> None:
        enter(audit, store, "ada")
        with pytest.raises(Exception, match="only added to"), store.writing() as db:
            db.execute(change)
        assert audit.verify() == Head(1, audit.entries(1)[0].hash)


# Somebody who can write to the file, and so can drop the triggers


class OnlyInMemory:
    """A store that nobody else has, with no triggers any more: what is done to it by hand costs no time."""

    def __init__(self, origin: sqlite3.Connection) -> None:
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        origin.backup(self.db)
        for change in ("update", "delete"):
            self.db.execute(f"DROP TRIGGER IF EXISTS audit_refuses_{change}")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        yield self.db

    writing = looking_up = reading


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """Six entries."""
    path = tmp_path_factory.mktemp("log") / "clearinghouse.db"
    store = SqliteStore(path)
    enter(Audit(store, AUDIT_KEY), store, "ada", "grace", "ada", "joan", "grace", "ada")
    store.close()
    with closing(sqlite3.connect(path)) as db:
        yield db


@pytest.fixture(scope="module")
def tampered(log: sqlite3.Connection) -> Tampered:
    """The log after this was done to it by hand."""

    def tampered(*statements: tuple[str, tuple[Any, ...]] | str) -> Audit:
        store = OnlyInMemory(log)
        for statement in statements:
            store.db.execute(*((statement, ()) if isinstance(statement, str) else statement))
        return Audit(store, AUDIT_KEY)  # type: ignore[arg-type]

    return tampered


def rows(log: sqlite3.Connection) -> list[tuple[Any, ...]]:
    return log.execute(f"SELECT {', '.join(COLUMNS)} FROM audit ORDER BY number").fetchall()


QUICK = settings(max_examples=100, deadline=None)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


@QUICK
@given(number=st.integers(1, 6), column=st.sampled_from(COLUMNS[1:]), text=TEXT)
def test_a_change_of_any_field_of_any_entry_is_found(
    tampered: Tampered, log: sqlite3.Connection, number: int, column: str, text: str
) -> None:
    assume(text != rows(log)[number - 1][COLUMNS.index(column)])
    found = tampered((f"UPDATE audit SET {column} = ? WHERE number = ?", (text, number))).verify()
    assert isinstance(found, Flaw)
    assert found.number == number


@QUICK
@given(number=st.integers(1, 6), column=st.sampled_from(COLUMNS[1:]), place=st.integers(0, 100), bit=st.integers(0, 6))
def test_a_single_bit_that_flipped_is_found(
    tampered: Tampered, log: sqlite3.Connection, number: int, column: str, place: int, bit: int
) -> None:
    text = rows(log)[number - 1][COLUMNS.index(column)]
    place %= len(text)
    flipped = text[:place] + chr(ord(text[place]) ^ 1 << bit) + text[place + 1 :]
    found = tampered((f"UPDATE audit SET {column} = ? WHERE number = ?", (flipped, number))).verify()
    assert isinstance(found, Flaw)
    assert found.number == number


@QUICK
@given(gone=st.sets(st.integers(1, 6), min_size=1))
def test_entries_that_were_taken_out_are_found_the_last_ones_too(tampered: Tampered, gone: set[int]) -> None:
    found = tampered(*(("DELETE FROM audit WHERE number = ?", (number,)) for number in gone)).verify()
    assert isinstance(found, Flaw)
    assert found.number == min(gone)


@QUICK
@given(order=st.permutations(range(1, 7)))
def test_entries_in_another_order_are_found(tampered: Tampered, log: sqlite3.Connection, order: list[int]) -> None:
    assume(order != sorted(order))
    moved = [(number, *row[1:]) for number, row in zip(order, rows(log), strict=True)]
    again = [(f"INSERT INTO audit VALUES ({', '.join('?' * 7)})", row) for row in moved]
    found = tampered("DELETE FROM audit", *again).verify()
    assert isinstance(found, Flaw)


@QUICK
@given(left=st.integers(0, 5))
def test_a_tail_that_was_cut_off_with_its_head_is_found(tampered: Tampered, log: sqlite3.Connection, left: int) -> None:
    """The head is put where the log ends now, which looks right to whoever does not have the key."""
    digest = rows(log)[left - 1][-1] if left else ""
    cut = tampered(
        ("DELETE FROM audit WHERE number > ?", (left,)),
        ("UPDATE audit_head SET number = ?, hash = ?", (left, digest)),
    )
    found = cut.verify()
    assert isinstance(found, Flaw)
    assert "seal" in found.words


@pytest.mark.parametrize("number", [-1, 0, 7])
def test_an_entry_that_was_added_is_found(tampered: Tampered, number: int) -> None:
    row = (number, NOON.isoformat(), "ada", "approved", "", "{}", "0" * 64)
    assert isinstance(tampered((f"INSERT INTO audit VALUES ({', '.join('?' * 7)})", row)).verify(), Flaw)


@pytest.mark.parametrize("key", [b"", b"another key"])
def test_a_whole_log_that_was_written_anew_is_found(tmp_path: Path, key: bytes) -> None:
    store = SqliteStore(tmp_path / "forged.db")
    enter(Audit(store, key), store, "ada", "ada")
    found = Audit(store, AUDIT_KEY).verify()
    assert isinstance(found, Flaw)
    assert "was not made here" in found.words


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_head",
        "INSERT INTO audit_head SELECT * FROM audit_head",
        "UPDATE audit_head SET seal = ''",
        "UPDATE audit_head SET seal = 'snow\N{SNOWMAN}'",
        "UPDATE audit_head SET number = 7",
        "UPDATE audit_head SET hash = 'f'",
    ],
)
def test_a_head_that_was_changed_is_found(tampered: Tampered, statement: str) -> None:
    assert isinstance(tampered(statement).verify(), Flaw)


def test_what_was_broken_once_stays_broken_while_the_desk_goes_on(tampered: Tampered, log: sqlite3.Connection) -> None:
    """Else the next entry would seal a log that was cut."""
    audit = tampered(
        "DELETE FROM audit WHERE number > 3", ("UPDATE audit_head SET number = 3, hash = ?", (rows(log)[2][-1],))
    )
    enter(audit, audit._store, "ada", "grace")
    assert [entry.number for entry in audit.entries(9)] == [5, 4, 3, 2, 1]
    assert isinstance(audit.verify(), Flaw)


def test_a_log_that_was_put_back_to_an_older_state_is_found_by_whoever_remembers(
    tampered: Tampered,
) -> None:
    audit = tampered()
    older = audit.verify()
    assert isinstance(older, Head)
    enter(audit, audit._store, "ada")
    seen = audit.verify()
    assert isinstance(seen, Head)

    back = tampered().verify(seen)
    assert isinstance(back, Flaw)
    assert back.words == "There were 7 entries at the last look; now there are 6."
    other = tampered()
    enter(other, other._store, "somebody else")
    assert isinstance(other.verify(seen), Flaw)
    assert audit.verify(older) == seen
