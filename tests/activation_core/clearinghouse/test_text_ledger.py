"""Of each text message it is known that it was asked for, once, in every store."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from activation_core.clearinghouse.store import Store
from activation_core.clearinghouse.text_ledger import TextLedger

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


class Clock:
    now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(open_stores: Callable[[str], Store], store_url: str, clock: Clock) -> TextLedger:
    return TextLedger(open_stores(store_url), clock)


def test_the_first_who_asks_sends_it_and_the_others_learn_its_id(ledger: TextLedger) -> None:
    assert ledger.claim("a message") is None
    assert ledger.claim("a message") == ""  # under way
    ledger.sent("a message", "SM1")
    assert ledger.claim("a message") == "SM1"
    assert ledger.claim("another") is None


def test_what_was_surely_not_sent_may_be_sent_after_all(ledger: TextLedger) -> None:
    ledger.claim("a message")
    ledger.release("a message")
    assert ledger.claim("a message") is None


def test_what_is_a_day_old_is_forgotten(ledger: TextLedger, clock: Clock) -> None:
    ledger.claim("a message")
    ledger.sent("a message", "SM1")
    clock.now = NOON + timedelta(hours=24)
    assert ledger.claim("a message") == "SM1"
    clock.now += timedelta(seconds=1)
    assert ledger.claim("a message") is None
