"""The connections of clients to one server: which are live, how many there may be, and what polling saw.

A connection is a user at a device using a service, so one user at two workstations is two. Here stands what
one server knows; who is licensed for all servers of a site stands in `site_licences`.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, get_args

from activation_core.refusals import Refusal

Service = Literal["mail", "file", "print", "remote"]

SERVICES: tuple[Service, ...] = get_args(Service)
POLL_EVERY = timedelta(minutes=15)
_LONGEST = 256


@dataclass(frozen=True)
class Connection:
    """One of a user at a device with a service, both named as `name` spells them."""

    user: str
    device: str
    service: Service
    since: datetime
    administrator: bool = False
    logged_on: bool = False

    @property
    def id(self) -> str:
        """The same for the same user, device and service: asking again finds the connection, not a second one."""
        return hashlib.sha256(json.dumps(self.between).encode()).hexdigest()[:20]

    @property
    def between(self) -> tuple[str, str, Service]:
        return self.user, self.device, self.service


@dataclass(frozen=True)
class Poll:
    in_use: int
    at: datetime


@dataclass(frozen=True)
class Usage:
    """`last` and `maximum` are polled, so either may differ from the number of this moment."""

    live: tuple[Connection, ...] = ()
    last: Poll | None = None
    maximum: Poll | None = None

    def find(self, connection_id: str) -> Connection | Refusal:
        found = (connection for connection in self.live if connection.id == connection_id)
        return next(found, Refusal("no_such_connection", {"id": connection_id}))


def name(text: str, of: str) -> str:
    """One spelling of a user's or device's name: capitals and blanks tell nobody apart. ValueError if there is none."""
    if not isinstance(text, str):
        raise ValueError(f"the {of} is text")
    spelt = " ".join(unicodedata.normalize("NFKC", text).split()).casefold()
    if not spelt or len(spelt) > _LONGEST or not spelt.isprintable():
        raise ValueError(f"name the {of}, in 1 to {_LONGEST} characters")
    return spelt


def connection(user: str, device: str, service: str, now: datetime, administrator: bool = False) -> Connection:
    """What a client asks for. ValueError says which part of it is wrong."""
    return Connection(name(user, "user"), name(device, "device"), _service(service), now, administrator)


def _service(text: str) -> Service:
    known = next((each for each in SERVICES if each == text), None)
    if known is None:
        raise ValueError(f"the service is one of {', '.join(SERVICES)}")
    return known


def connect(usage: Usage, asked: Connection, licences: int | None = None) -> Usage | Refusal:
    """With this connection: first come, first served. An administrator is never refused, but counts.

    `licences` is None where the site licenses devices and users instead.
    """
    if any(live.between == asked.between for live in usage.live):
        return usage
    if licences is not None and len(usage.live) >= licences and not asked.administrator:
        return Refusal("no_licence_free", {"licences": licences, "in_use": len(usage.live)})
    return replace(usage, live=(*usage.live, asked))


def logon(usage: Usage, connection_id: str) -> Usage | Refusal:
    found = usage.find(connection_id)
    if isinstance(found, Refusal):
        return found
    live = (replace(each, logged_on=True) if each is found else each for each in usage.live)
    return replace(usage, live=tuple(live))


def disconnect(usage: Usage, connection_id: str) -> Usage | Refusal:
    found = usage.find(connection_id)
    if isinstance(found, Refusal):
        return found
    return replace(usage, live=tuple(each for each in usage.live if each is not found))


def disconnect_all_of(usage: Usage, device: str) -> Usage:
    """Without the connections of this device, as one that broke down leaves them behind."""
    left_behind = name(device, "device")
    return replace(usage, live=tuple(each for each in usage.live if each.device != left_behind))


def disconnect_all_by(usage: Usage, service: str) -> Usage:
    """Without the connections of this service, which it calls for when it starts again after a crash."""
    crashed = _service(service)
    return replace(usage, live=tuple(each for each in usage.live if each.service != crashed))


def poll_is_due(usage: Usage, now: datetime) -> bool:
    return usage.last is None or _latest_poll(usage.last, now) != usage.last.at


def poll(usage: Usage, in_use: int, now: datetime) -> Usage:
    """What a poll every `POLL_EVERY` has seen by now, if so many were in use since the usage last changed.

    So it is called before each change and before each look; then no clock has to tick in between.
    """
    if not poll_is_due(usage, now):
        return usage
    taken = Poll(in_use, _latest_poll(usage.last, now))
    higher = usage.maximum is None or in_use > usage.maximum.in_use
    return replace(usage, last=taken, maximum=taken if higher else usage.maximum)


def _latest_poll(last: Poll | None, now: datetime) -> datetime:
    if last is None or now < last.at:  # the clock was set back
        return now
    return last.at + (now - last.at) // POLL_EVERY * POLL_EVERY
