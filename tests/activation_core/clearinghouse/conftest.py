"""Operators in every store: with passwords that are cheap to check."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from activation_core.clearinghouse.passwords import Passwords
from activation_core.clearinghouse.staff import Staff, open_staff
from activation_core.clearinghouse.store import Store

AUDIT_KEY, ATTEMPTS_KEY = b"a key that seals", b"a key to count under"


@pytest.fixture
def store(open_stores: Callable[[str], Store], store_url: str) -> Store:
    return open_stores(store_url)


@pytest.fixture
def hire(open_stores: Callable[[str], Store], store_url: str) -> Callable[[], Staff]:
    """The staff as one machine has it: every time over connections of its own."""
    return lambda: open_staff(open_stores(store_url), AUDIT_KEY, ATTEMPTS_KEY, Passwords(1, 8 * 4))


@pytest.fixture
def staff(hire: Callable[[], Staff]) -> Staff:
    return hire()
