"""How many calls are under way at once, of each line and in all, so that a flood leaves room for others.

Admitting a call is a look into memory. Once a second what this process has admitted and seen end goes to the store, and
what the others have comes back: exact for its own calls, a second late for theirs. A call is known by a keyed digest,
and its line by one under a key of the day, so around midnight a line may have twice as many.

A call ends when the carrier or our own last document says so. Where neither is seen, it ends as nothing is heard of it
any more: no document of ours lasts longer than `UNHEARD` / 2 without a word from the carrier, and no caller stays with
an operator longer than `PUT_THROUGH`.
"""

from __future__ import annotations

import logging
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from activation_core.clearinghouse.store import Row, Store, StoreDown, as_text
from activation_core.mac import blake2_mac

log = logging.getLogger(__name__)

Admission = Literal["admitted", "line_busy", "all_busy"]
Standing = Literal["listening", "put_through", "over"]

SECONDS = 1.0  # between two looks at what others have
UNHEARD = timedelta(minutes=20)
PUT_THROUGH = timedelta(hours=4)  # then Twilio ends a Dial by itself
_LATE = 30  # seconds that the beginning of a call may reach us after its end
_TOLD = 60  # seconds between two lines in the log

_LASTS = {"listening": UNHEARD.total_seconds(), "put_through": PUT_THROUGH.total_seconds()}
_DAY = 24 * 60 * 60  # seconds

Held = tuple[str, float]  # the line ('' is withheld), and until when, in seconds since 1970


@dataclass
class _Known:
    """The calls that are under way as far as this process knows, and how many each line has."""

    calls: dict[str, Held] = field(default_factory=dict)
    of_line: Counter[str] = field(default_factory=Counter)

    def hold(self, call: str, held: Held) -> None:
        self.leave(call)
        self.calls[call] = held
        self.of_line[held[0]] += 1

    def leave(self, call: str) -> None:
        if held := self.calls.pop(call, None):
            self.of_line[held[0]] -= 1


class CallsUnderWay:
    """Of all processes that share the store: `at_once` at most, and `a_line` of each line that shows its number."""

    def __init__(
        self,
        store: Store,
        key: bytes,
        now: Callable[[], datetime],
        at_once: int,
        a_line: int,
        seconds: float = SECONDS,
    ) -> None:
        self._store, self._key, self._now, self._seconds = store, key, now, seconds
        self._most: Mapping[Admission, int] = {"line_busy": a_line, "all_busy": at_once}
        self._lock, self._looking = threading.Lock(), threading.Lock()
        self._known = _Known()
        self._new, self._longer = dict[str, Held](), dict[str, Held]()  # that the store does not know yet
        self._gone = set[str]()  # that the store may still have
        self._ended = dict[str, float]()  # lately, in this order
        self._day, self._key_of_today = -1, b""
        self._turned_away, self._told = Counter[Admission](), 0.0
        self._looks = False  # whether a thread will look soon
        self._is_down = False

    def admit(self, call: str, line: str) -> Admission:
        """Whether there is room for this call of this line ('' is withheld). If so, it is under way from now on.

        The same call again is admitted again, and counts once. One that is turned away does not count: else whoever
        tries again and again would keep the line busy for ever.
        """
        now = self._now().timestamp()
        call = self._digest(call)
        with self._lock:
            line = self._digest_of_today(line, now) if line else ""
            if call in self._known.calls:
                return "admitted"
            if busy := self._busy(line):
                self._turn_away(busy, now)
                return busy
            if call in self._ended:  # the carrier repeats late what it asked before
                return "admitted"
            self._new[call] = held = (line, now + _LASTS["listening"])
            self._known.hold(call, held)
            self._look_soon()
            return "admitted"

    def note(self, call: str, standing: Standing) -> None:
        """What has become of a call, whether it was admitted here or elsewhere."""
        now = self._now().timestamp()
        call = self._digest(call)
        with self._lock:
            if standing == "over":
                self._end(call, now)
            elif held := self._known.calls.get(call):
                self._hold_longer(call, held, standing, now)

    def look(self) -> None:
        """Tell the store what is new here, and learn what others have told. StoreDown where that cannot be done."""
        with self._looking:
            with self._lock:
                new, longer, gone = self._new, self._longer, self._gone
                self._new, self._longer, self._gone = {}, {}, set()
            try:
                rows = self._exchange({**new, **longer}, gone)
            except BaseException:
                with self._lock:
                    self._new = {call: held for call, held in new.items() if call not in self._ended} | self._new
                    self._longer, self._gone = longer | self._longer, gone | self._gone
                raise
            self._learn(rows)

    def _busy(self, line: str) -> Admission | None:
        if line and self._known.of_line[line] >= self._most["line_busy"]:
            return "line_busy"
        return "all_busy" if len(self._known.calls) >= self._most["all_busy"] else None

    def _turn_away(self, busy: Admission, now: float) -> None:
        self._turned_away[busy] += 1
        if now - self._told >= _TOLD:
            many = (self._turned_away[each] for each in self._most)
            log.error("alarm: too many calls at once: %d turned away for their line, %d for all lines", *many)
            self._told, self._turned_away = now, Counter()

    def _end(self, call: str, now: float) -> None:
        self._known.leave(call)
        self._longer.pop(call, None)
        if self._new.pop(call, None) is None:
            self._gone.add(call)
        self._ended[call] = now
        self._look_soon()

    def _hold_longer(self, call: str, held: Held, standing: Standing, now: float) -> None:
        line, until = held
        if until < now + _LASTS[standing] / 2:
            pending = self._new if call in self._new else self._longer
            pending[call] = held = (line, now + _LASTS[standing])
            self._known.hold(call, held)

    def _exchange(self, held: Mapping[str, Held], gone: Collection[str]) -> list[Row]:
        """Calls in the order of their digests: two processes never wait for each other."""
        if held or gone:
            with self._store.writing() as db:
                for call in sorted({*held, *gone}):
                    if call in gone:
                        db.execute("DELETE FROM calls_under_way WHERE call = ?", (call,))
                        continue
                    line, until = held[call]
                    db.execute(
                        "INSERT INTO calls_under_way VALUES (?, ?, ?) ON CONFLICT (call) DO UPDATE"
                        " SET held_until = excluded.held_until WHERE calls_under_way.held_until < excluded.held_until",
                        (call, line, as_text(datetime.fromtimestamp(until, UTC))),
                    )
        return self._store.rows("SELECT call, line, held_until FROM calls_under_way")

    def _learn(self, rows: list[Row]) -> None:
        now = self._now().timestamp()
        calls = {call: (line, datetime.fromisoformat(until).timestamp()) for call, line, until in rows}
        over = {call for call, (_, until) in calls.items() if until <= now or call in self._ended}
        for call in over:
            del calls[call]
        known = _Known(calls, Counter(line for line, _ in calls.values()))
        with self._lock:
            for call, held in (self._new | self._longer).items():
                known.hold(call, held)
            for call in self._gone:
                known.leave(call)
            self._known, self._gone = known, self._gone | over
            self._forget(now)

    def _forget(self, now: float) -> None:
        """What is over by the clock, also while the store is down; and what ended long ago."""
        for call in [call for call, (_, until) in self._known.calls.items() if until <= now]:
            self._known.leave(call)
        for call in [call for call, ended in self._ended.items() if ended < now - _LATE]:
            del self._ended[call]

    def _look_soon(self) -> None:
        if self._looks:
            return
        with suppress(RuntimeError):  # there may be no thread to be had; the next call tries again
            # Waited for at the end: a thread that a server's own thread starts would not be.
            looking = threading.Thread(target=_look_on, args=(weakref.ref(self), self._seconds), daemon=False)
            looking.name = "calls under way"
            looking.start()
            self._looks = True

    def look_once_more(self) -> bool:
        """Look, and tell whether to look again: as long as any call is under way, here or elsewhere.

        At the end of the process, as long as there is anything to tell.
        """
        try:
            self._try_to_look()
        except BaseException:
            self._looks = False  # a defect: the next call starts another thread
            raise
        with self._lock:
            self._looks = self._is_worth_another_look()
            return self._looks

    def _is_worth_another_look(self) -> bool:
        is_pending = bool(self._new or self._longer or self._gone)
        if threading.main_thread().is_alive():
            return is_pending or bool(self._known.calls or self._ended)
        return is_pending and not self._is_down

    def _try_to_look(self) -> None:
        try:
            self.look()
            self._is_down = False
        except StoreDown as error:
            if not self._is_down:
                log.warning("each process counts its own calls alone until the store is back: %s", type(error).__name__)
            self._is_down = True
            with self._lock:
                self._forget(self._now().timestamp())

    def _digest(self, call: str) -> str:
        return blake2_mac(self._key, f"call {call}".encode()).hex()

    def _digest_of_today(self, line: str, now: float) -> str:
        """Not the one that the throttle keeps: nobody can tell from the tables who called and guessed."""
        if (day := int(now // _DAY)) != self._day:
            self._day, self._key_of_today = day, blake2_mac(self._key, f"calls of day {day}".encode())
        return blake2_mac(self._key_of_today, line.encode()).hex()


def _look_on(of: weakref.ref[CallsUnderWay], seconds: float) -> None:
    """As long as there is something to look for, and somebody who counts by it; at the end of the process at once."""
    while (calls := of()) and calls.look_once_more():
        del calls
        threading.main_thread().join(seconds)
