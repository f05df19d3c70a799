"""What is set for an instance: each setting is an environment variable, or a line of `.env`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import permutations
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
from dotenv import dotenv_values

from activation_core import log_lines
from activation_core.access_numbers import REGIONS, region_of
from activation_core.clearinghouse.keys import KeysRefused
from activation_core.clearinghouse.store import StoreDown
from activation_core.from_here import LOOPBACK
from ivr.twilio_account import is_account, sid_of

CALLS_AT_ONCE = 100_000  # that may be set
ENV_FILE = ".env"  # where the program is started


@dataclass(frozen=True)
class Settings:
    """Each is read from the environment variable of its name in capitals; docs/settings.md describes them."""

    backpressure: int = 1024
    calls_at_once: int = 500
    calls_at_once_a_line: int = 30
    calls_file: str = "instance/calls.db"
    clearinghouse_url: str = ""
    database_replica_url: str = field(default="", repr=False)
    database_url: str = field(default="sqlite:///instance/clearinghouse.db", repr=False)
    key_folder: str = "instance/keys"
    local_pages: str = ""
    log_level: str = "warning"
    machine_folder: str = "instance/machine"
    machine_profile: str = ""
    messaging_from: str = ""
    messaging_regions: str = ""
    metrics_token: str = field(default="", repr=False)
    operator_number: str = ""
    public_url: str = "http://127.0.0.1:8000"
    signer: str = ""
    site_folder: str = ""
    speech: str = "auto"
    speech_folder: str = "instance/speech"
    threads: int = 64
    twilio_account_down: str = ""
    twilio_account_sid: str = ""
    twilio_auth_token: str = field(default="", repr=False)
    workers: int = 1
    wrong_ids_a_day: int = 10

    @property
    def shows_local_pages(self) -> bool:
        """Where real calls come in, only if it is said: behind a bare proxy everybody seems to be at this machine."""
        public = self.auth_tokens and urlsplit(self.public_url).hostname not in LOOPBACK
        return self.local_pages == "on" or not public

    @property
    def auth_tokens(self) -> list[str]:
        """Of each account that may sign."""
        return _listed(self.twilio_auth_token)

    @property
    def accounts(self) -> list[str]:
        """Each as AC…, or AC…@ie1 in a region of its own."""
        return _listed(self.twilio_account_sid)

    @property
    def accounts_up(self) -> list[str]:
        down = _listed(self.twilio_account_down)
        return [account for account in self.accounts if account not in down]

    @property
    def sids_down(self) -> set[str]:
        """Of accounts that are down in each of their regions."""
        return {sid_of(account) for account in self.accounts} - {sid_of(account) for account in self.accounts_up}

    @property
    def senders(self) -> dict[str, str]:
        """What text messages come from, by the account that sends them: of several regions in the first that is up."""
        sids = dict.fromkeys(map(sid_of, self.accounts))
        told = [each.strip() for each in self.messaging_from.split(",")]  # '' for one that sends none
        sender_of = dict(zip(sids, told, strict=False))
        first = {sid_of(account): account for account in reversed(self.accounts_up)}
        return {first[sid]: sender for sid, sender in sender_of.items() if sender and sid in first}

    @property
    def text_regions(self) -> list[str]:
        """Those whose numbers may be texted; without a list, those of the numbers that messages come from."""
        return _listed(self.messaging_regions.upper()) or [
            region_of(sender) or "" for sender in _listed(self.messaging_from)
        ]


def settings_in(folder: Path, **given: Any) -> Settings:
    """Those of an instance that keeps all its files in this folder."""
    files = {
        "calls_file": f"{folder}/calls.db",
        "database_url": f"sqlite:///{folder}/clearinghouse.db",
        "key_folder": f"{folder}/keys",
        "machine_folder": f"{folder}/machine",
        "site_folder": f"{folder}/site",
        "speech_folder": f"{folder}/speech",
    }
    return Settings(**{**files, **given})


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def read_settings(environment: Mapping[str, str | None]) -> Settings:
    """ValueError where PUBLIC_URL is no address of a host: Twilio's signatures are checked against it.

    And where LOG_LEVEL is none, or LOCAL_PAGES neither.
    And where an account of Twilio is none, or named twice, or too many are down.
    And where text messages are to be sent, but something is missing for that.
    """
    given = {name: (environment.get(name.upper()) or "").strip() for name in Settings.__dataclass_fields__}
    known: dict[str, Any] = {name: _value(name, value) for name, value in given.items() if value}
    settings = Settings(**known)
    if settings.local_pages not in ("", "on"):
        raise ValueError(f"LOCAL_PAGES: on, or nothing, not {settings.local_pages}")
    if settings.log_level not in log_lines.LEVELS:
        raise ValueError(f"LOG_LEVEL: one of {', '.join(log_lines.LEVELS)}, not {settings.log_level}")
    url = urlsplit(settings.public_url)
    if url.scheme not in ("http", "https") or not url.hostname or url.path.strip("/") or url.query or url.fragment:
        raise ValueError(f"PUBLIC_URL: an address such as https://calls.example, without a path, not {url.geturl()}")
    _check_accounts(settings)
    if settings.messaging_from and not (settings.accounts and settings.auth_tokens):
        raise ValueError(
            "MESSAGING_FROM: to send text messages, TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are needed, too"
        )
    if settings.messaging_from and (unknown := set(settings.text_regions) - REGIONS):
        raise ValueError(
            f"MESSAGING_REGIONS: two letters of each country or region, such as US, CA, not {unknown.pop()!r}"
        )
    return replace(settings, public_url=f"{url.scheme}://{url.netloc.lower()}")


def _check_accounts(settings: Settings) -> None:
    for account in settings.accounts:
        if not is_account(account):
            raise ValueError(f"TWILIO_ACCOUNT_SID: AC and 32 digits, 0 to 9 and a to f, or AC…@ie1, not {account}")
    for account, other in permutations(settings.accounts, 2):
        if other.startswith(account):
            raise ValueError(
                f"TWILIO_ACCOUNT_SID: {account} once, or several times with a region each: AC…@us1,AC…@ie1"
            )
    for account in _listed(settings.twilio_account_down):
        if account not in settings.accounts:
            raise ValueError(f"TWILIO_ACCOUNT_DOWN: one of TWILIO_ACCOUNT_SID, as it is written there, not {account}")
    if settings.accounts and not settings.accounts_up:
        raise ValueError("TWILIO_ACCOUNT_DOWN: one account at least must be up")
    if len(settings.messaging_from.split(",")) > max(1, len(set(map(sid_of, settings.accounts)))):
        raise ValueError("MESSAGING_FROM: one for each account of TWILIO_ACCOUNT_SID at most, in the same order")


def _value(name: str, text: str) -> str | int:
    if Settings.__dataclass_fields__[name].type != "int":
        return text
    most = CALLS_AT_ONCE if name.startswith("calls_at_once") else 1024
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise ValueError(f"{name.upper()}: a number from 1 to {most}, not {text}")
    return int(text)


def current_settings() -> Settings:
    with in_one_sentence():
        return read_settings({**dotenv_values(ENV_FILE), **os.environ})


@contextmanager
def in_one_sentence() -> Iterator[None]:
    """What stops the start is said, not traced."""
    try:
        yield
    except (KeysRefused, StoreDown, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
