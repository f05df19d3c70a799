"""What an installation is set to, where each setting comes from, and what is wrong with it. Looks only: makes nothing.

Every finding says what to do. Which settings there are and which parts are real is told by `app.py`.
"""

from __future__ import annotations

import difflib
import os
import shutil
import socket
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import urlsplit

from activation_core.clearinghouse.store import Connection, NoTables, StoreDown
from activation_core.clearinghouse.stores import open_to_read
from activation_core.from_here import LOOPBACK

_SQLITE = "sqlite:///"
_LEAST_FREE = 256 * 1024 * 1024  # bytes of disk
_LEAST_TOKEN = 16  # characters
_FUTURE = timedelta(minutes=5)


@dataclass(frozen=True)
class Shown:
    """A setting as it may be printed: a secret is only counted."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True)
class Finding:
    """`wrong` keeps calls from being answered or is a risk; a `note` may be meant so."""

    kind: Literal["wrong", "note"]
    about: str
    words: str
    do: str


class Installation(Protocol):
    """The settings that are looked at."""

    @property
    def database_url(self) -> str: ...
    @property
    def key_folder(self) -> str: ...
    @property
    def operator_number(self) -> str: ...
    @property
    def public_url(self) -> str: ...
    @property
    def metrics_token(self) -> str: ...
    @property
    def auth_tokens(self) -> Sequence[str]: ...
    @property
    def workers(self) -> int: ...
    @property
    def calls_at_once(self) -> int: ...
    @property
    def calls_at_once_a_line(self) -> int: ...


Source = tuple[str, Mapping[str, str | None]]  # where it comes from, and all that stands there
Files = Mapping[str, Mapping[str, str | None]]  # path → all that stands in it


def settings_shown(defaults: Mapping[str, str], sources: Sequence[Source], secret: Collection[str]) -> list[Shown]:
    """Each setting, from the first source that has it."""
    shown = []
    for name, default in defaults.items():
        given = ((origin, (values.get(name) or "").strip()) for origin, values in sources)
        origin, value = next(((origin, value) for origin, value in given if value), ("default", default))
        shown.append(Shown(name, _harmless(name, value, secret), origin))
    return shown


def unknown_settings(known: Collection[str], files: Files) -> Iterator[Finding]:
    """Of files that are read for this program alone."""
    for origin, values in files.items():
        for name in values:
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                do = f"Did you mean {near[0]}?" if near else "Take it out; docs/settings.md lists them."
                yield Finding("wrong", name, f"{origin} sets {name}, and there is no such setting.", do)


def exposed_files(files: Files, secret: Collection[str]) -> Iterator[Finding]:
    """With a secret in them that others on this machine can read."""
    for path, values in files.items():
        told = [name for name in values if name in secret and values[name]]
        if told and os.name == "posix" and Path(path).stat().st_mode & 0o077:
            words = f"Others on this machine can read {path}, with {told[0]}."
            yield Finding("wrong", told[0], words, f"chmod 600 {path}")


def findings(
    of: Installation, port: int, now: datetime, parts: Mapping[str, Callable[[bool], object]]
) -> Iterator[Finding]:
    """`parts` are opened one by one and raise a sentence; they are told whether anything was issued."""
    issued, last, fault = _database(of.database_url)
    yield from fault
    yield from _private(of)
    for about, part in parts.items():
        try:
            part(issued)
        except Exception as error:
            yield Finding("wrong", about, str(error), "Mend it, then ask again: app.py doctor")
    yield from _carrier(of)
    yield from _operator(of)
    yield from _port(port)
    if 0 < len(of.metrics_token) < _LEAST_TOKEN:
        words = f"METRICS_TOKEN has {len(of.metrics_token)} characters, which can be guessed."
        yield Finding("wrong", "METRICS_TOKEN", words, f"Take {_LEAST_TOKEN} or more: openssl rand -hex 16")
    if of.workers > 1:
        words = f"With {of.workers} workers a simulated call at /phone may be lost: it lives in one of them."
        yield Finding("note", "WORKERS", words, "Real calls are not concerned. To try calls: WORKERS=1")
    if of.calls_at_once_a_line >= of.calls_at_once:
        words = f"One telephone number may have all {of.calls_at_once} calls at once, and keep everybody else out."
        yield Finding("note", "CALLS_AT_ONCE_A_LINE", words, "Set it well below CALLS_AT_ONCE.")
    if last and last > now + _FUTURE:
        words = f"It is {now:%Y-%m-%d %H:%M} UTC here, but something was confirmed at {last:%Y-%m-%d %H:%M}."
        yield Finding("wrong", "clock", words, "Set the clock, and let it be kept: timedatectl set-ntp true")


def _database(url: str) -> tuple[bool, datetime | None, list[Finding]]:
    """Whether anything was issued, when something was confirmed last, and what is wrong. Nothing is migrated here."""
    try:
        path = Path(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else None
        if path and not path.exists():
            words = f"There is no database at {path} yet."
            return False, None, [Finding("note", "DATABASE_URL", words, "The first start makes it.")]
        with open_to_read(url) as db:
            issued, last = _looked_into(db)
        return issued, last, list(_room(path)) if path else []
    except NoTables:
        words = "There is nothing in the database yet."
        return False, None, [Finding("note", "DATABASE_URL", words, "The first start makes its tables.")]
    except (StoreDown, ValueError, OSError) as error:
        do = "Start the database, or correct DATABASE_URL."
        return False, None, [Finding("wrong", "DATABASE_URL", str(error), do)]


def _looked_into(db: Connection) -> tuple[bool, datetime | None]:
    issued = db.execute("SELECT 1 FROM licences LIMIT 1").fetchone() is not None
    last = db.execute("SELECT confirmed_at FROM activations ORDER BY confirmed_at DESC LIMIT 1").fetchone()
    return issued, datetime.fromisoformat(last[0]) if last else None


def _room(path: Path) -> Iterator[Finding]:
    if (free := shutil.disk_usage(path.parent).free) < _LEAST_FREE:
        words = f"Only {free // 1024 // 1024} MB are free where {path} is."
        yield Finding("wrong", "DATABASE_URL", words, "Make room: without it nothing can be confirmed.")


def _private(of: Installation) -> Iterator[Finding]:
    path = Path(of.database_url.removeprefix(_SQLITE))
    for each, mode in ((path, 0o600), (path.parent, 0o700)) if of.database_url.startswith(_SQLITE) else ():
        if os.name == "posix" and each.exists() and each.stat().st_mode & 0o077:
            words = f"Others on this machine can get at {each}, in which callers' digits are."
            if mode == 0o600 or each.stat().st_mode & 0o022:  # a folder that others may look into is no risk by itself
                yield Finding("wrong", "DATABASE_URL", words, f"chmod {mode:o} {each}")


def _carrier(of: Installation) -> Iterator[Finding]:
    url = urlsplit(of.public_url)
    if not of.auth_tokens:
        words = "TWILIO_AUTH_TOKEN is not set, so only this machine may call: a demo."
        yield Finding("note", "TWILIO_AUTH_TOKEN", words, "Set it to the token of the account to take real calls.")
    elif url.hostname in LOOPBACK:
        words = f"Twilio cannot reach {of.public_url}, and no signature of its will fit."
        yield Finding("wrong", "PUBLIC_URL", words, "Set PUBLIC_URL to the address of the webhooks, without a path.")
    elif url.scheme != "https":
        words = f"{of.public_url} is not encrypted: what callers key can be read on the way."
        yield Finding("wrong", "PUBLIC_URL", words, "Put a proxy with a certificate before it: docs/deploy.md")


def _operator(of: Installation) -> Iterator[Finding]:
    number = of.operator_number
    if not number:
        words = "OPERATOR_NUMBER is not set, so nobody is put through."
        yield Finding("note", "OPERATOR_NUMBER", words, "Set it to a number such as +12125550143.")
    elif not (number.startswith("+") and number[1:].isdecimal() and 7 <= len(number) <= 16):
        words = "OPERATOR_NUMBER is no number that Twilio can dial."
        yield Finding("wrong", "OPERATOR_NUMBER", words, "Write it with its country and digits alone: +12125550143")


def _port(port: int) -> Iterator[Finding]:
    try:
        socket.create_server((LOOPBACK[0], port)).close()
    except OSError as error:
        if _is_ours(port):
            yield Finding("note", "port", f"This program answers on port {port} already.", "Nothing, if it should.")
        else:
            words = f"Port {port} cannot be listened on: {error.strerror}."
            yield Finding("wrong", "port", words, "Stop what has it, or choose another: app.py serve --port")


def _is_ours(port: int) -> bool:
    try:
        with closing(HTTPConnection(LOOPBACK[0], port, timeout=2)) as asked:
            asked.request("GET", "/healthz")
            return b'"healthy"' in asked.getresponse().read(100)
    except (OSError, HTTPException):
        return False


def _harmless(name: str, value: str, secret: Collection[str]) -> str:
    url = urlsplit(value)
    if url.password:
        return value.replace(f":{url.password}@", ":***@")
    return f"set, {len(value)} characters" if value and name in secret and "://" not in value else value
