"""Which store a database URL names, and what is said where it names none."""

import subprocess
import sys
from pathlib import Path

import pytest

from activation_core.clearinghouse.sqlite_migrations import migrations
from activation_core.clearinghouse.sqlite_store import NEWEST
from activation_core.clearinghouse.store import StoreDown
from activation_core.clearinghouse.stores import open_store


def test_a_file_is_made_with_its_folder_for_nobody_else_to_read(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path}/new/clearinghouse.db")

    assert (tmp_path / "new/clearinghouse.db").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_a_store_with_the_newest_schema_is_opened_without_sqlite_utils(tmp_path: Path) -> None:
    """It takes a quarter of a start. `NEWEST` is the last of the migrations, or a store would miss some."""
    assert [migration.name for migration in migrations._migrations][-1] == NEWEST
    url = f"sqlite:///{tmp_path}/clearinghouse.db"
    open_store(url)
    told = (
        f"import sys; from {open_store.__module__} import *; open_store({url!r}); print('sqlite_utils' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout == "False\n"


def test_what_is_no_store_is_said_with_what_would_be_one() -> None:
    with pytest.raises(ValueError, match="sqlite:///path or postgresql://user@host/database, not mysql"):
        open_store("mysql://user@host/database")


def test_a_file_has_no_replica(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="DATABASE_REPLICA_URL: only a database of PostgreSQL"):
        open_store(f"sqlite:///{tmp_path}/clearinghouse.db", replica_url="postgresql:///x")


def test_without_the_extra_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "activation_core.clearinghouse.postgres_store", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(ValueError, match=r"pip install 'phone-activation\[postgres\]'"):
        open_store("postgresql://user@host/database")


def test_an_address_that_cannot_be_read_is_not_repeated() -> None:
    """There may be a password in it."""
    with pytest.raises(ValueError, match="such as postgresql://user@host/database") as said:
        open_store("postgresql://user:s%ecret@host/database")

    assert "s%ecret" not in str(said.value)


def test_a_database_that_cannot_be_reached_is_said_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(StoreDown, match="No such file or directory") as said:
        open_store(f"postgresql://user:secret@/database?host={tmp_path}")

    assert "secret" not in str(said.value)
