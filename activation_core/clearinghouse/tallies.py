"""Counts by the hour, of whatever is counted: gathered in the process, and added to the store every few seconds.

A row for each thing that happens would cost a third of the calls; this costs a transaction now and then. What several
processes and machines add, adds up. A crash loses the last seconds; a store that is down is only waited for.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from activation_core.clearinghouse.store import Store, StoreDown, as_text

log = logging.getLogger(__name__)

SECONDS = 5.0  # that a count waits at most before it is written down
ALL = ""  # the hour under which all hours are added up

Count = tuple[str, str]  # what is counted, and which of it
_REMEMBERED = 10_000  # names of what was added; a carrier repeats a request within seconds


class Tallies:
    """Whatever is added is in the store within `seconds`, or at the end of the process."""

    def __init__(self, store: Store, seconds: float = SECONDS) -> None:
        self._store, self._seconds = store, seconds
        self._lock, self._flushing = threading.Lock(), threading.Lock()
        self._pending = Counter[tuple[str, str, str]]()
        self._added: dict[str, None] = {}  # in the order in which it was added
        self._writing = False  # whether a thread will take what is pending

    def add(self, at: datetime, counts: Mapping[Count, int], once: str = "") -> None:
        """Count in the hour of `at`. What was added before under the same name `once` counts no more."""
        hour = _hour(at)
        with self._lock:
            if once in self._added:
                return
            if once:
                self._remember(once)
            for (what, which), number in counts.items():
                if number:
                    self._pending[hour, what, which] += number
            if not self._writing and self._pending:
                self._start_writing()

    def _remember(self, once: str) -> None:
        self._added[once] = None
        if len(self._added) > _REMEMBERED:
            del self._added[next(iter(self._added))]

    def _start_writing(self) -> None:
        with suppress(RuntimeError):  # there may be no thread to be had; the next count tries again
            # Waited for at the end: a thread that a server's own thread starts would not be.
            threading.Thread(target=self._write, name="tallies", daemon=False).start()
            self._writing = True

    def flush(self) -> None:
        """Write down what was added. StoreDown where that cannot be done; then it stays pending."""
        with self._flushing:
            with self._lock:
                pending, self._pending = self._pending, Counter()
            try:
                self._keep(pending)
            except BaseException:
                with self._lock:
                    self._pending.update(pending)
                raise

    def _keep(self, pending: Mapping[tuple[str, str, str], int]) -> None:
        adding = Counter(pending)
        for (_, what, which), number in pending.items():
            adding[ALL, what, which] += number
        if not adding:
            return
        with self._store.writing() as db:
            for key in sorted(adding):  # always in this order, so that two processes never wait for each other
                db.execute(
                    "INSERT INTO tallies VALUES (?, ?, ?, ?) ON CONFLICT (hour, what, which)"
                    " DO UPDATE SET count = tallies.count + excluded.count",
                    (*key, adding[key]),
                )

    def between(self, since: datetime, until: datetime) -> dict[tuple[int, str, str], int]:
        """(hours after `since`, what, which) → count; both are whole hours, `until` is not in it."""
        return {
            (round((datetime.fromisoformat(f"{hour}:00+00:00") - since).total_seconds()) // 3600, what, which): count
            for hour, what, which, count in self._select("hour >= ? AND hour < ?", _hour(since), _hour(until))
        }

    def in_all(self) -> dict[Count, int]:
        """Of all time."""
        return {(what, which): count for _, what, which, count in self._select("hour = ?", ALL)}

    def confirmed(self, since: datetime, until: datetime) -> dict[str, int]:
        """Confirmations that were given for the first time, by channel."""
        with self._store.looking_up() as db:
            rows = db.execute(
                "SELECT channel, count(*) FROM activations WHERE confirmed_at >= ? AND confirmed_at < ?"
                " GROUP BY channel",
                (as_text(since), as_text(until)),
            )
            return dict(rows.fetchall())

    def _select(self, which: str, *values: str) -> list[tuple[str, str, str, int]]:
        self.flush()
        with self._store.looking_up() as db:
            rows = db.execute(f"SELECT hour, what, which, count FROM tallies WHERE {which}", values)  # noqa: S608
            return [(hour, what, which, count) for hour, what, which, count in rows]

    def _write(self) -> None:
        """Until nothing is pending any more; at the end of the process at once."""
        try:
            while self._has_to_write():
                threading.main_thread().join(self._seconds)
                try:
                    self.flush()
                except StoreDown as error:
                    log.warning("the tallies wait for the store: %s", type(error).__name__)
                    if not threading.main_thread().is_alive():
                        return
        finally:
            with self._lock:
                self._writing = False

    def _has_to_write(self) -> bool:
        with self._lock:
            self._writing = bool(self._pending)  # under the lock: what is added from here on starts another thread
            return self._writing


def _hour(moment: datetime) -> str:
    return as_text(moment)[:13]
