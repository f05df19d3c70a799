"""The caller's end of a simulated call: when keys are pressed, and when the caller hangs up.

A line knows time and keys, and is told what happens. It decides nothing about the call: that is the
carrier's. Two lines: one on a clock of its own, which plays an hour in no time, and one for a person at
a keypad.
"""

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Protocol

from ivr.simulator.events import Event

__all__ = ["HANG_UP", "INSTANT", "KEYS", "Decide", "HungUp", "Line", "LiveLine", "ScriptedLine", "Words"]

KEYS = "0123456789*#"
HANG_UP = "hangup"  # stands among the keys of a plan
INSTANT = float("inf")  # the speed of a live line that lets nobody wait

Decide = Callable[[Event], Sequence[tuple[float, str]] | None]


class Words(str):
    """What the caller says: it stands where a key would, in a plan and in what `wait` returns."""

    __slots__ = ()


class HungUp(Exception):
    """The caller has hung up."""


class Line(Protocol):
    """The caller's end of the call: when keys come. Time is seconds since the call was placed."""

    now: float

    def wait(self, until: float) -> str | None:
        """The next key pressed at or before `until`, with `now` at that moment; or None with `now == until`.

        Words come the same way, with `now` when the caller begins to speak. Raises HungUp when the caller
        hangs up, with `now` at that moment.
        """

    def notice(self, event: Event) -> None:
        """Told of everything that happens, as it begins."""


class ScriptedLine:
    """A line on a clock of its own: `decide` sees each event and plans keys at delays from it.

    The plan only grows; keys at the same moment come in the order in which they were planned.
    """

    def __init__(self, decide: Decide) -> None:
        self.now = 0.0
        self._decide = decide
        self._plan: list[tuple[float, int, str]] = []
        self._order = itertools.count()

    def wait(self, until: float) -> str | None:
        if not self._plan or self._plan[0][0] > until:
            self.now = until
            return None
        at, _, key = heapq.heappop(self._plan)
        self.now = max(self.now, at)
        return _key_or_hang_up(key)

    def notice(self, event: Event) -> None:
        for delay, key in self._decide(event) or ():
            at = round(event.at + delay, 3)  # milliseconds, as the carrier counts
            heapq.heappush(self._plan, (at, next(self._order), key))


class LiveLine:
    """A line in real time, for a person: one thread presses and reads, the carrier's thread waits.

    `speed` multiplies the clock: at 4, a minute of the call takes fifteen seconds. At INSTANT the clock jumps over
    all that is said and done, and runs in real time only where the caller is waited for. `first` are the keys that
    the first Gathers get, '' for silence: up to there the clock jumps at any speed, and then a person keys.
    """

    def __init__(
        self, *, speed: float = 1.0, clock: Callable[[], float] = time.monotonic, first: Sequence[str] = ()
    ) -> None:
        if not speed > 0:
            raise ValueError("speed must be above 0")
        self.now = 0.0
        self.events: list[Event] = []
        self.speed = speed
        self._clock = clock
        self._set_at, self._read = 0.0, clock()  # the call's time, and the clock's at that moment
        self._pressed: list[tuple[float, str]] = []
        self._first = list(first)
        self._is_rehearsed = bool(first)
        self._is_waited_for = False
        self._changed = threading.Condition()

    @property
    def time(self) -> float:
        """Seconds since the call was placed; of a call that is over, when it ended."""
        with self._changed:
            return self.events[-1].at if self._over() else self._time()

    @property
    def rate(self) -> float:
        """How fast the call's time runs where it does not jump."""
        return 1.0 if self.speed == INSTANT else self.speed

    def press(self, keys: str) -> None:
        """Press these keys now, one after the other; ValueError if one is on no telephone."""
        self.enter([(0.0, key) for key in keys])

    def says(self, text: str) -> None:
        """Say this now."""
        self.enter([(0.0, Words(text))])

    def hang_up(self) -> None:
        """Hang up now; keys pressed before still count."""
        self.enter([(0.0, HANG_UP)])

    def enter(self, plan: Sequence[tuple[float, str]]) -> None:
        """Press each key so many seconds from now. ValueError if one is on no telephone."""
        keys = {key for _, key in plan if key != HANG_UP and not isinstance(key, Words)}
        if strange := keys - set(KEYS):
            raise ValueError(f"no such key: {', '.join(sorted(strange))}")
        with self._changed:
            now = self._time()
            self._put((now + delay, key) for delay, key in plan)

    def catch_up(self) -> None:
        """Now is this moment: what really took time has taken the call's."""
        with self._changed:
            self.now = max(self.now, self._time())

    def events_after(self, n: int, timeout: float) -> list[Event]:
        """The events from index `n` on; waits up to `timeout` real seconds, but not beyond the end."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.events) > n or self._over(), timeout)
            return self.events[n:]

    def wait(self, until: float) -> str | None:
        with self._changed:
            while not self._has_key(until) and (left := until - self._time()) > 0:
                if self.jumps:
                    self._set_at, self._read = until, self._clock()
                else:
                    self._changed.wait(left / self.rate)
            if not self._has_key(until):
                self.now = until
                return None
            at, key = self._pressed.pop(0)
            self.now = max(self.now, at)
        return _key_or_hang_up(key)

    def notice(self, event: Event) -> None:
        with self._changed:
            if self._over():
                return  # the end is the last event, whoever else has something to tell
            self.events.append(event)
            if event.kind in _WAITED_FOR:
                self._is_waited_for = True
            if event.kind in _ENTERED:
                self._is_waited_for, self._is_rehearsed = False, bool(self._first)
            if event.kind == "wait" and self._first:
                self._put((event.at, key) for key in self._first.pop(0))
            self._changed.notify_all()

    @property
    def jumps(self) -> bool:
        """Whether the clock jumps over what is said and done now."""
        return self._is_rehearsed or (self.speed == INSTANT and not self._is_waited_for)

    def _put(self, plan: Iterable[tuple[float, str]]) -> None:
        """In the order in which they are to come; at the same moment as they were pressed."""
        self._pressed = sorted([*self._pressed, *plan], key=itemgetter(0))
        self._changed.notify_all()

    def _time(self) -> float:
        return self._set_at + (self._clock() - self._read) * self.rate

    def _has_key(self, until: float) -> bool:
        return bool(self._pressed) and self._pressed[0][0] <= until

    def _over(self) -> bool:
        return bool(self.events) and self.events[-1].kind == "end"


_WAITED_FOR = frozenset({"wait", "key", "words", "record"})
_ENTERED = frozenset({"gathered", "recorded"})


def _key_or_hang_up(key: str) -> str:
    if key == HANG_UP and not isinstance(key, Words):
        raise HungUp
    return key
