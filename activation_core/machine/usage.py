"""The connections of clients to this server, in either licensing mode, and its polled maximum usage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from activation_core import connections, site_licences
from activation_core.connections import Connection, Poll, Usage
from activation_core.licensing_mode import Mode
from activation_core.machine.kept_file import KeptFile
from activation_core.machine.licensing_mode import KeptMode
from activation_core.machine.site import KeptSite
from activation_core.refusals import Refusal


@dataclass(frozen=True)
class _Usages:
    products: dict[str, Usage] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """How it stands now. `in_use` and `licences` are this server's, or the site's where devices or users count.

    `maximum` is what a poll saw, at a time that it tells; so it may differ from any number counted now.
    """

    mode: Mode
    licences: int
    in_use: int
    live: tuple[Connection, ...]
    last: Poll | None
    maximum: Poll | None


class KeptUsage:
    """The connections of one product's clients, in `usage.json` in the server's home.

    `licences` tells how many this server has, `stopped` why it serves nobody at a time, if so, and `reckoned` how
    late it really is: no temporary license begins anew because the clock was set back.
    """

    def __init__(
        self,
        home: Path,
        product: int,
        mode: KeptMode,
        site: KeptSite,
        *,
        licences: Callable[[], int],
        temporary_days: int,
        stopped: Callable[[datetime], Refusal | None] = lambda now: None,
        reckoned: Callable[[datetime], datetime] = lambda now: now,
    ) -> None:
        self._file = KeptFile(home / "usage.json", _Usages, "usage")
        self._product, self._mode, self._site = str(product), mode, site
        self._licences, self._temporary_days, self._stopped = licences, temporary_days, stopped
        self._reckoned = reckoned

    def connect(
        self, user: str, device: str, service: str, now: datetime, administrator: bool = False
    ) -> Connection | Refusal:
        """The connection; the same one for the same three. ValueError where one of them is none."""
        asked = connections.connection(user, device, service, now, administrator)
        pooled, found = self._pooled, asked

        def connected(usage: Usage) -> Usage | Refusal:
            nonlocal found
            after = connections.connect(usage, asked, None if pooled else self._licences())
            if isinstance(after, Usage):
                found = next(live for live in after.live if live.between == asked.between)
            return after

        refusal = self._stopped(now)
        if not refusal and pooled:
            refusal = self._site.connect(asked, self._temporary_days, self._reckoned(now))
        return refusal or self._change(connected, now) or found

    def logon(self, connection_id: str, now: datetime) -> Refusal | None:
        """The user has logged on: where devices or users are licensed, that makes a temporary license permanent."""
        found = self._usage.find(connection_id)
        if isinstance(found, Refusal):
            return found
        refusal = self._site.logon(found, self._reckoned(now)) if self._pooled else None
        return refusal or self._change(lambda usage: connections.logon(usage, connection_id), now)

    def disconnect(self, connection_id: str, now: datetime) -> Refusal | None:
        return self._change(lambda usage: connections.disconnect(usage, connection_id), now)

    def disconnect_all_of(self, device: str, now: datetime) -> int:
        """How many connections of this device, left behind when it broke down, were closed."""
        return self._disconnect_all(lambda usage: connections.disconnect_all_of(usage, device), now)

    def disconnect_all_by(self, service: str, now: datetime) -> int:
        """How many connections of this service, left behind when it crashed, were closed."""
        return self._disconnect_all(lambda usage: connections.disconnect_all_by(usage, service), now)

    def _disconnect_all(self, without: Callable[[Usage], Usage], now: datetime) -> int:
        closed = 0

        def counted(usage: Usage) -> Usage:
            nonlocal closed
            after = without(usage)
            closed = len(usage.live) - len(after.live)
            return after

        self._change(counted, now)
        return closed

    def report(self, now: datetime) -> Report:
        self._change(lambda usage: usage, now)  # what polling saw since the last change
        usage, mode = self._usage, self._mode.mode.mode
        licences = self._licences() if mode == "per_server" else self._site.site.pool.licences
        return Report(mode, licences, self._in_use(usage, now), usage.live, usage.last, usage.maximum)

    @property
    def _pooled(self) -> bool:
        return self._mode.mode.mode == "per_device_or_user"

    def _in_use(self, usage: Usage, now: datetime) -> int:
        return site_licences.in_use(self._site.site, self._reckoned(now)) if self._pooled else len(usage.live)

    @property
    def _usage(self) -> Usage:
        return self._of(self._file.read())

    def _change(self, change: Callable[[Usage], Usage | Refusal], now: datetime) -> Refusal | None:
        def changed(kept: _Usages | None) -> _Usages | Refusal:
            usage = self._of(kept)
            if connections.poll_is_due(usage, now):  # else the site need not be read
                usage = connections.poll(usage, self._in_use(usage, now), now)
            after = change(usage)
            if isinstance(after, Refusal):
                return after
            return _Usages({**(kept.products if kept else {}), self._product: after})

        return self._file.change(changed)

    def _of(self, kept: _Usages | None) -> Usage:
        return kept.products.get(self._product, Usage()) if kept else Usage()
