"""What there is about operators, opened together: their accounts, how they sign in, and the log of what they did."""

from __future__ import annotations

from dataclasses import dataclass

from activation_core.clearinghouse.accounts import Accounts
from activation_core.clearinghouse.audit import Audit
from activation_core.clearinghouse.lock_out import LockOut
from activation_core.clearinghouse.passwords import Passwords
from activation_core.clearinghouse.sign_in import SignIn
from activation_core.clearinghouse.store import Store


@dataclass(frozen=True)
class Staff:
    accounts: Accounts
    sign_in: SignIn
    audit: Audit


def open_staff(store: Store, audit_key: bytes, attempts_key: bytes, passwords: Passwords) -> Staff:
    """`audit_key` seals the log; under `attempts_key` failed attempts are counted, and losing it forgets them."""
    audit, lock_out = Audit(store, audit_key), LockOut(attempts_key)
    accounts = Accounts(store, passwords, lock_out, audit)
    return Staff(accounts, SignIn(store, accounts, lock_out, audit), audit)
