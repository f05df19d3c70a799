"""Settings → parts: the store, the keys, the desk, the books, and all else that is made once."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from activation_core.access_numbers import Directory
from activation_core.clearinghouse import keys
from activation_core.clearinghouse.calls_under_way import CallsUnderWay
from activation_core.clearinghouse.casework import Casework
from activation_core.clearinghouse.desk import Desk
from activation_core.clearinghouse.passwords import Passwords
from activation_core.clearinghouse.signer_client import SignerClient
from activation_core.clearinghouse.sql_records import SqlRecords
from activation_core.clearinghouse.staff import open_staff
from activation_core.clearinghouse.store import StoreDown
from activation_core.clearinghouse.stores import open_store
from activation_core.clearinghouse.tallies import Tallies
from activation_core.clearinghouse.text_ledger import TextLedger
from activation_core.clearinghouse.throttle import Throttle
from activation_core.products import Products
from ivr.speech.clips import Clips
from ivr.speech.engines import engines
from ivr.speech.speech import Speech
from ivr.text_messages import Sender, TextMessages
from wiring.data_files import read_books, read_directory, read_languages, read_products
from wiring.settings import Settings, current_settings, in_one_sentence

BUSY_SECONDS = 4.0  # that the records wait for their turn; twice, before a proxy turns to another process


def now() -> datetime:
    return datetime.now(UTC)


class Parts:
    """Everything that is made once from the settings."""

    def __init__(self, settings: Settings, randbytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        sold = read_products()
        store = open_store(settings.database_url, BUSY_SECONDS, settings.database_replica_url)
        self.records, self.tallies = SqlRecords(store), Tallies(store)
        issued = self.records.has_licences()
        self.keys = open_keys_of(settings, sold, issued, randbytes)
        self.products: Products = {number: keys.with_public_keys(p, self.keys) for number, p in sold.items()}
        of_lines = secret_of(settings, "throttle")
        throttle = Throttle(store, of_lines, settings.wrong_ids_a_day)
        self.under_way = CallsUnderWay(store, of_lines, now, settings.calls_at_once, settings.calls_at_once_a_line)
        self.desk = Desk(self.products, self.keys, self.records, throttle)
        sealing, counting = (secret_of(settings, name) for name in ("audit", "sign-in"))
        self.staff = open_staff(self.records.store, sealing, counting, Passwords())
        self.casework = Casework(self.desk, self.staff.audit, self.records.store)
        self.directory = directory_of(settings)
        self.books = read_books()
        self.languages = read_languages(self.books)
        self.text_ledger = TextLedger(store, now)
        self.speech = speech_of(settings)

    def readiness(self, settings: Settings) -> dict[str, Callable[[], object]]:
        """What must work for calls to be answered, by the code of what is wrong where it raises."""
        return {
            "store_down": self.records.has_licences,
            "keys_unusable": lambda: open_keys_of(settings, self.products, True, secrets.token_bytes),
            "signer_down": lambda: look_at_signer(settings, self.products),
            "data_damaged": read_books,
        }

    def texts(self, senders: Callable[[str], Sequence[Sender]], regions: Collection[str]) -> TextMessages:
        return TextMessages(senders, self.text_ledger, self.languages, regions, StoreDown)


def open_parts(settings: Settings, randbytes: Callable[[int], bytes] = secrets.token_bytes) -> Parts:
    with in_one_sentence():
        return Parts(settings, randbytes)


@cache
def parts_of_this_run() -> Parts:
    return open_parts(current_settings())


def directory_of(settings: Settings) -> Directory:
    """All numbers; callers are told none of an account that is down."""
    return read_directory().avoiding(settings.sids_down)


def open_keys_of(settings: Settings, sold: Products, issued: bool, randbytes: Callable[[int], bytes]) -> keys.KeyRing:
    """All of them, or with a signer those that are left here."""
    folder = Path(settings.key_folder)
    if settings.signer:
        return keys.keys_of_a_signer(folder, issued, SignerClient(Path(settings.signer)), randbytes)
    return keys.open_keys(folder, sold, issued, randbytes)


def look_at_signer(settings: Settings, sold: Products) -> None:
    """If there is one: SignerDown where it does not answer, KeysMissing where it has not each product's newest key."""
    if settings.signer:
        with closing(SignerClient(Path(settings.signer))) as signer:
            for product in sold.values():
                try:
                    signer.public_key(product.number, product.epochs[-1])
                except KeyError as error:
                    name = f"sign-{product.number}-{product.epochs[-1]}"
                    raise keys.KeysMissing(f"The signer has no {name}.key, or was not restarted since.") from error


def secret_of(settings: Settings, name: str) -> bytes:
    return keys.secret(Path(settings.key_folder), name, secrets.token_bytes)


def speech_of(settings: Settings) -> Speech:
    return Speech(engines(settings.speech), Clips(Path(settings.speech_folder)), secrets.token_bytes(32))
