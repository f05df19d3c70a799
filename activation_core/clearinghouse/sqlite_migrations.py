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


@migrations()
def m003_audit(db: Database) -> None:
    """The log of what operators do, and its head. SQLite itself refuses to change a line of it."""
    db.execute(
        "CREATE TABLE audit (number INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, act TEXT NOT NULL,"
        " subject TEXT NOT NULL, details TEXT NOT NULL, hash TEXT NOT NULL) STRICT"
    )
    db.execute("CREATE TABLE audit_head (number INTEGER NOT NULL, hash TEXT NOT NULL, seal TEXT NOT NULL) STRICT")
    db.execute("INSERT INTO audit_head VALUES (0, '', '')")
    for change in ("UPDATE", "DELETE"):
        db.execute(
            f"CREATE TRIGGER audit_refuses_{change.lower()} BEFORE {change} ON audit"
            " BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END"
        )


@migrations()
def m004_operators(db: Database) -> None:
    """Who may sign in, who has, and who tried to. Of a session its token's hash is kept, of an attempt a keyed one."""
    db.execute("CREATE TABLE operators (name TEXT PRIMARY KEY, password TEXT NOT NULL, added_at TEXT NOT NULL) STRICT")
    db.execute(
        "CREATE TABLE desk_sessions (token TEXT PRIMARY KEY, operator TEXT NOT NULL, began_at TEXT NOT NULL,"
        " seen_at TEXT NOT NULL) STRICT"
    )
    db.execute(
        "CREATE TABLE sign_in_attempts (subject TEXT PRIMARY KEY, failures INTEGER NOT NULL,"
        " last_at TEXT NOT NULL) STRICT"
    )


@migrations()
def m005_tallies(db: Database) -> None:
    """Counts by the hour (`2026-05-04T12`, in UTC), and all of them together under the hour ''."""
    db.execute(
        "CREATE TABLE tallies (hour TEXT NOT NULL, what TEXT NOT NULL, which TEXT NOT NULL, count INTEGER NOT NULL,"
        " PRIMARY KEY (hour, what, which)) STRICT, WITHOUT ROWID"
    )


@migrations()
def m006_outcomes_of_hand_overs(db: Database) -> None:
    """What became of a caller who was put through: '' while one waits."""
    db.execute("ALTER TABLE hand_overs ADD COLUMN outcome TEXT NOT NULL DEFAULT ''")
    db.execute("CREATE INDEX hand_overs_waiting ON hand_overs (id) WHERE outcome = ''")


@migrations()
def m007_text_messages(db: Database) -> None:
    """`message` is a digest of a call and a Confirmation ID, `sid` the carrier's id of what was sent."""
    db.execute(
        "CREATE TABLE text_messages (message TEXT PRIMARY KEY, sid TEXT NOT NULL, at TEXT NOT NULL)"
        " STRICT, WITHOUT ROWID"
    )


@migrations()
def m008_guesses(db: Database) -> None:
    """How often it was wrong today. `subject` is a digest, under a key of the day, of a line, a serial, or all."""
    db.execute(
        "CREATE TABLE guesses (subject TEXT PRIMARY KEY, day TEXT NOT NULL, count INTEGER NOT NULL,"
        " last_at TEXT NOT NULL) STRICT, WITHOUT ROWID"
    )


@migrations()
def m009_calls_under_way(db: Database) -> None:
    """`call` and `line` are keyed digests, `line` '' where the number is withheld."""
    db.execute(
        "CREATE TABLE calls_under_way (call TEXT PRIMARY KEY, line TEXT NOT NULL, held_until TEXT NOT NULL)"
        " STRICT, WITHOUT ROWID"
    )
