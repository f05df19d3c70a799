"""Operators: their accounts, signing in and out, and how often a password may be guessed. Run over every store."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from activation_core.clearinghouse.accounts import NoSuchOperator
from activation_core.clearinghouse.lock_out import LOCKED, PATIENCE, Patience
from activation_core.clearinghouse.passwords import LONGEST as LONGEST_PASSWORD
from activation_core.clearinghouse.passwords import SHORTEST, Passwords
from activation_core.clearinghouse.sessions import IDLE, LONGEST
from activation_core.clearinghouse.sign_in import NotSignedIn
from activation_core.clearinghouse.staff import Staff, open_staff
from activation_core.clearinghouse.store import Store

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
GOOD, OTHER = "correct horse battery", "staple battery horse"


@pytest.fixture
def ada(staff: Staff) -> Staff:
    staff.accounts.add("ada", GOOD, "terminal", NOON)
    return staff


def try_in(
    staff: Staff,
    name: str = "ada",
    password: str = GOOD,
    at: datetime = NOON,
    address: str = "192.0.2.1",
    token: str = "t",
) -> NotSignedIn | None:
    return staff.sign_in.sign_in(name, password, address, token, at)


def acts(staff: Staff) -> list[tuple[str, str, str]]:
    return [(entry.actor, entry.act, entry.subject) for entry in reversed(staff.audit.entries(100))]


# Accounts


@pytest.mark.parametrize("password", ["", "x" * (SHORTEST - 1), "x" * 10_000])
def test_a_password_that_is_too_short_or_too_long_is_refused(staff: Staff, password: str) -> None:
    with pytest.raises(ValueError, match=f"{SHORTEST} to 200 characters"):
        staff.accounts.add("ada", password, "terminal", NOON)
    assert staff.accounts.operators(NOON) == []


@pytest.mark.parametrize("name", ["", " ", "ada lovelace", "../ada", "a" * 41, "<b>", "-ada"])
def test_a_name_that_is_none_is_refused(staff: Staff, name: str) -> None:
    with pytest.raises(ValueError, match="A name has 1 to 40"):
        staff.accounts.add(name, GOOD, "terminal", NOON)


def test_a_name_that_postgresql_cannot_even_look_for_is_an_unknown_one(ada: Staff) -> None:
    assert try_in(ada, name="a\0da") == NotSignedIn()
    assert acts(ada)[-1] == ("unknown", "sign_in_failed", "")


def test_a_name_is_given_once_however_it_is_written(ada: Staff) -> None:
    with pytest.raises(ValueError, match="already"):
        ada.accounts.add(" ADA ", OTHER, "terminal", NOON)
    assert try_in(ada) is None


def test_what_there_is_not_cannot_be_changed(staff: Staff) -> None:
    for change in (
        lambda: staff.accounts.remove("ada", "terminal", NOON),
        lambda: staff.accounts.unlock("ada", "terminal", NOON),
        lambda: staff.accounts.change_password("ada", GOOD, "terminal", NOON),
    ):
        with pytest.raises(NoSuchOperator):
            change()
    assert acts(staff) == []


def test_every_change_of_an_account_is_in_the_audit_log(ada: Staff) -> None:
    ada.accounts.change_password("ada", OTHER, "terminal", NOON)
    ada.accounts.unlock("ada", "terminal", NOON)
    ada.accounts.remove("ada", "terminal", NOON)
    assert acts(ada) == [
        ("terminal", act, "operator ada")
        for act in ("operator_added", "password_changed", "operator_unlocked", "operator_removed")
    ]


def test_a_password_is_hashed_anew_at_the_next_sign_in_when_the_parameters_have_changed(
    ada: Staff, store: Store
) -> None:
    def kept() -> str:
        with store.reading() as db:
            return db.execute("SELECT password FROM operators").fetchone()[0]  # type: ignore[index]

    before, stronger = kept(), open_staff(store, b"a key that seals", b"a key to count under", Passwords(2, 64))
    assert try_in(stronger) is None
    assert kept() != before
    assert "t=2" in kept()
    assert try_in(stronger, at=NOON + MINUTE, token="u") is None


def test_of_a_password_no_character_is_left_out(staff: Staff) -> None:
    staff.accounts.add("ada", "x" * LONGEST_PASSWORD, "terminal", NOON)
    assert try_in(staff, password="x" * (LONGEST_PASSWORD + 1)) == NotSignedIn()
    assert try_in(staff, password="x" * LONGEST_PASSWORD) is None


# Signing in


def test_whoever_has_the_password_is_signed_in_and_seen_on_every_machine(ada: Staff, hire: Callable[[], Staff]) -> None:
    assert try_in(ada, " Ada ") is None
    session = hire().sign_in.session("t", NOON)
    assert session
    assert session.operator == "ada"
    assert acts(ada)[-1] == ("ada", "signed_in", "")


def test_nobody_is_signed_in_with_another_token_and_forms_have_tokens_of_their_own(ada: Staff) -> None:
    try_in(ada, token="one")
    try_in(ada, token="two")
    one, two = (ada.sign_in.session(token, NOON) for token in ("one", "two"))
    assert one
    assert two
    assert one.form_token != two.form_token
    assert ada.sign_in.session("three", NOON) is None


def test_a_wrong_password_and_an_unknown_name_are_told_the_same(ada: Staff) -> None:
    assert try_in(ada, password=OTHER) == try_in(ada, "grace") == NotSignedIn()
    assert ada.sign_in.session("t", NOON) is None


def test_an_unknown_name_costs_a_verification_as_a_wrong_password_does(store: Store) -> None:
    """The time is that of Argon2, so it is counted, not measured."""
    verified = []

    class Counting(Passwords):
        def fits(self, kept: str | None, password: str) -> bool:
            verified.append(super().fits(kept, password))
            return verified[-1]

    staff = open_staff(store, b"a", b"b", Counting(1, 32))
    staff.accounts.add("ada", GOOD, "terminal", NOON)
    try_in(staff, "grace", "nobody has this password")
    try_in(staff, "ada", OTHER)
    assert verified == [False, False]


def test_what_was_typed_as_a_name_is_nowhere_unless_it_is_one(ada: Staff, store: Store) -> None:
    try_in(ada, OTHER, GOOD)
    with store.reading() as db:
        everything = [
            db.execute(f"SELECT * FROM {table}").fetchall() for table in ("audit", "sign_in_attempts", "desk_sessions")
        ]
    assert OTHER not in str(everything)
    assert acts(ada)[-1] == ("unknown", "sign_in_failed", "")


def test_neither_a_token_nor_a_password_is_kept(ada: Staff, store: Store) -> None:
    try_in(ada, token="a token that nobody guesses")
    with store.reading() as db:
        everything = [db.execute(f"SELECT * FROM {t}").fetchall() for t in ("operators", "desk_sessions", "audit")]
    assert "a token" not in str(everything)
    assert GOOD not in str(everything)


# The end of a session


def test_signing_out_ends_the_session_everywhere(ada: Staff, hire: Callable[[], Staff]) -> None:
    try_in(ada)
    ada.sign_in.sign_out("t", NOON)
    assert hire().sign_in.session("t", NOON) is None
    assert acts(ada)[-1] == ("ada", "signed_out", "")


def test_an_idle_session_ends_and_a_page_that_refreshes_itself_does_not_prolong_it(ada: Staff) -> None:
    try_in(ada)
    at = NOON + IDLE - SECOND
    assert ada.sign_in.session("t", at, is_asked_by_a_person=False)
    assert ada.sign_in.session("t", at + SECOND) is None


def test_a_session_that_is_used_goes_on_until_the_end_of_a_shift(ada: Staff) -> None:
    try_in(ada)
    at = NOON
    while at < NOON + LONGEST - IDLE:
        at += IDLE / 2
        assert ada.sign_in.session("t", at), at
    assert ada.sign_in.session("t", NOON + LONGEST - SECOND)
    assert ada.sign_in.session("t", NOON + LONGEST) is None


@pytest.mark.parametrize("change", ["remove", "change_password"])
def test_a_removed_operator_and_one_with_another_password_are_signed_out(ada: Staff, change: str) -> None:
    try_in(ada)
    if change == "remove":
        ada.accounts.remove("ada", "terminal", NOON)
    else:
        ada.accounts.change_password("ada", OTHER, "terminal", NOON)
    assert ada.sign_in.session("t", NOON) is None
    assert try_in(ada, at=NOON + MINUTE) == NotSignedIn()


# Guessing


def test_each_guess_has_to_wait_twice_as_long_and_then_a_quarter_of_an_hour() -> None:
    waits = [Patience(3, 10).wait(failures).total_seconds() for failures in range(12)]
    assert waits == [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 900, 900]
    assert max(PATIENCE["address"].wait(failures) for failures in range(1000)) == LOCKED


def fail(staff: Staff, times: int, at: datetime, **who: str) -> datetime:
    """Wrong passwords, each as soon as it may be tried; then the moment of the last."""
    for _ in range(times):
        while (no := try_in(staff, password=OTHER, at=at, **who)) and no.until:
            at = no.until
    return at


@pytest.mark.parametrize("name", ["ada", "grace"])
def test_a_name_is_locked_for_a_while_whether_it_is_known_or_not(ada: Staff, name: str) -> None:
    last = fail(ada, PATIENCE["name"].locked_at, NOON, name=name)
    assert try_in(ada, name, at=last + LOCKED - SECOND) == NotSignedIn(last + LOCKED)
    assert try_in(ada, name, at=last + LOCKED) == (None if name == "ada" else NotSignedIn())


def test_even_the_right_password_is_not_looked_at_before_its_time(ada: Staff) -> None:
    last = fail(ada, PATIENCE["name"].free, NOON)
    assert try_in(ada, at=last) == NotSignedIn(last + SECOND)
    assert try_in(ada, at=last + SECOND) is None


def test_an_attempt_that_came_too_early_does_not_make_the_wait_longer(ada: Staff) -> None:
    last = fail(ada, PATIENCE["name"].free, NOON)
    for _ in range(20):
        try_in(ada, at=last)
    assert try_in(ada, at=last + SECOND) is None


def test_an_address_that_tries_many_names_is_slowed_and_locked_and_others_are_not(ada: Staff) -> None:
    at = NOON
    for guess in range(PATIENCE["address"].locked_at):
        at = fail(ada, 1, at, name=f"guess-{guess}")
    assert try_in(ada, at=at + SECOND) == NotSignedIn(at + LOCKED)
    assert try_in(ada, at=at + SECOND, address="192.0.2.2") is None


def test_a_good_password_clears_the_name_and_of_the_address_only_itself(ada: Staff) -> None:
    """Else whoever has one account could guess others for ever."""
    for guess in range(PATIENCE["address"].free - 1):
        assert try_in(ada, f"guess-{guess}") == NotSignedIn()
        assert try_in(ada, token=f"t{guess}") is None
    try_in(ada, "one more")
    assert try_in(ada) == NotSignedIn(NOON + SECOND)


def test_failures_are_forgotten_after_a_day(ada: Staff) -> None:
    last = fail(ada, PATIENCE["name"].locked_at - 1, NOON)
    fail(ada, 1, last + timedelta(days=1))
    assert try_in(ada, at=last + timedelta(days=1)) is None


def test_whoever_is_locked_out_is_let_in_again_by_the_command(ada: Staff) -> None:
    last = fail(ada, PATIENCE["name"].locked_at, NOON)
    assert [operator.is_locked for operator in ada.accounts.operators(last)] == [True]
    assert ada.accounts.unlock("ada", "terminal", last) is True
    assert [operator.is_locked for operator in ada.accounts.operators(last)] == [False]
    assert try_in(ada, at=last, address="192.0.2.2") is None
    assert ada.accounts.unlock("ada", "terminal", last) is False


def test_every_failure_is_in_the_audit_log(ada: Staff) -> None:
    fail(ada, 4, NOON)
    assert acts(ada)[1:] == [("ada", "sign_in_failed", "")] * 4
