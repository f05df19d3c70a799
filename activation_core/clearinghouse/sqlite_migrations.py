"""The schema of the records in SQLite, as numbered steps. One that was released is never edited."""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("clearinghouse")


@migrations()
def m001_licences_claims_activations(db: Database) -> None:
    """`licence` is kind << 42 | product << 32 | serial: an integer key, so ten million stay as fast as ten.

    The primary key of `claims` is the constraint that settles who was first. Activations cluster by their
    licence, because that is how they are read.
    """
    db.execute(
        "CREATE TABLE licences (licence INTEGER PRIMARY KEY, grant_digit INTEGER NOT NULL,"
        " issued_at TEXT NOT NULL, revoked_at TEXT) STRICT"
    )
    db.execute(
        "CREATE TABLE claims (licence INTEGER NOT NULL REFERENCES licences, place INTEGER NOT NULL,"
        " hardware INTEGER NOT NULL, claimed_at TEXT NOT NULL, PRIMARY KEY (licence, place))"
        " STRICT, WITHOUT ROWID"
    )
    db.execute(
        "CREATE TABLE activations (licence INTEGER NOT NULL REFERENCES licences, installation_id TEXT NOT NULL,"
        " grounds TEXT NOT NULL, place INTEGER NOT NULL, channel TEXT NOT NULL, confirmed_at TEXT NOT NULL,"
        " PRIMARY KEY (licence, installation_id)) STRICT, WITHOUT ROWID"
    )
    db.execute("CREATE INDEX activations_by_time ON activations (confirmed_at)")


@migrations()
def m002_hand_overs(db: Database) -> None:
    """`call` is a digest of the carrier's call id, so that a repeated webhook finds its row."""
    db.execute(
        "CREATE TABLE hand_overs (id INTEGER PRIMARY KEY AUTOINCREMENT, call TEXT NOT NULL UNIQUE,"
        " keyed TEXT NOT NULL, refusal TEXT NOT NULL, step TEXT NOT NULL, locale TEXT NOT NULL,"
        " at TEXT NOT NULL) STRICT"
    )
