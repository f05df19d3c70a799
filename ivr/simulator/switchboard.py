"""The simulated calls that are under way in this process: each has a thread and a line in real time.

It places and finds calls, and has them kept as they end. What is played is told from outside; who may ask is the
page's affair.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from activation_core.access_numbers import AccessNumber, Directory
from ivr.simulator.carrier import Dialling, Event
from ivr.simulator.kept_calls import CallsUnreadable, KeptCall, KeptCalls
from ivr.simulator.line import LiveLine
from ivr.simulator.rehearsal import dialling

log = logging.getLogger(__name__)

MAX_LIVE = 20
MAX_KEPT = 100
MAX_AGE = 60 * 60.0  # seconds

WITHHELD = "withheld"


@dataclass(frozen=True)
class Wish:
    """Which call to place. `caller` is a number, "withheld", or None: a number for fiction in the region."""

    number: AccessNumber
    region: str
    caller: str | None
    speed: float

    def dialling(self, call_sid: str) -> Dialling:
        """What the carrier knows of it. Who withholds the number withholds the country."""
        known = replace(dialling(self.region, self.number.e164, ""), call_sid=call_sid)
        if self.caller == WITHHELD:
            return replace(known, caller="anonymous", caller_country="")
        return replace(known, caller=self.caller or known.caller)

    def as_json(self) -> dict[str, Any]:
        """As the telephone's page sends it, and as it is kept with the call."""
        return {
            "dialled": self.number.e164,
            "caller_region": self.region,
            "caller": self.caller,
            "speed": self.speed,
        }


def kept_wish(told: Mapping[str, Any], directory: Directory) -> Wish | None:
    """The wish that was kept; None where its number is in the directory no more."""
    number = directory.find(told["dialled"])
    if number is None:
        return None
    return Wish(number, told["caller_region"], told.get("caller"), told.get("speed", 1.0))


@dataclass(frozen=True)
class PlacedCall:
    """A call and its line; `began` is the clock when it was placed, and `placed_at` the day and time."""

    id: str
    line: LiveLine
    wish: Wish
    began: float
    placed_at: datetime

    @property
    def is_over(self) -> bool:
        return bool(self.line.events) and self.line.events[-1].kind == "end"


class Switchboard:
    """The calls of this process: a thread each, an hour at most, so many at once and no more.

    Those that are over are kept, and found there when this process knows them no more.
    """

    def __init__(
        self,
        play: Callable[[Dialling, LiveLine], object],
        directory: Directory,
        kept: KeptCalls,
        token_hex: Callable[[int], str],
        clock: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        self._play = play
        self._directory = directory
        self._kept = kept
        self._token_hex = token_hex
        self._clock = clock
        self._now = now
        self._calls: dict[str, PlacedCall] = {}
        self._lock = threading.Lock()

    def place(self, wish: Wish) -> PlacedCall | None:
        """The call as it begins to ring; None where too many are under way."""
        with self._lock:
            self._forget()
            if sum(not call.is_over for call in self._calls.values()) >= MAX_LIVE:
                return None
            line = LiveLine(speed=wish.speed, clock=self._clock)
            call = PlacedCall(self._token_hex(8), line, wish, self._clock(), self._now())
            self._calls[call.id] = call
        of = wish.dialling("CA" + self._token_hex(16))
        threading.Thread(target=self._run, args=(of, call), name=f"call {call.id}", daemon=True).start()
        return call

    def find(self, call_id: str) -> PlacedCall | None:
        with self._lock:
            self._forget()
            call = self._calls.get(call_id)
        return call or self._kept_call(call_id)

    def _run(self, of: Dialling, call: PlacedCall) -> None:
        line = call.line
        try:
            self._play(of, line)
        except Exception:  # whoever listens must learn that the call is over
            log.exception("a defect in the simulated carrier")
            line.notice(Event(line.now, "end", {"by": "carrier", "why": "a defect in it", "status": "failed"}))
        try:
            self._kept.keep(KeptCall(call.id, call.placed_at, call.wish.as_json(), line.events))
        except CallsUnreadable as error:
            log.error("%s", error)

    def _kept_call(self, call_id: str) -> PlacedCall | None:
        try:
            kept = self._kept.find(call_id)
        except CallsUnreadable as error:
            log.error("%s", error)
            return None
        wish = kept_wish(kept.wish, self._directory) if kept else None
        if kept is None or wish is None:
            return None
        line = LiveLine(speed=wish.speed, clock=self._clock)
        line.events.extend(kept.events)
        return PlacedCall(call_id, line, wish, self._clock() - kept.events[-1].at / wish.speed, kept.placed_at)

    def _forget(self) -> None:
        oldest = self._clock() - MAX_AGE
        over = [call.id for call in self._calls.values() if call.is_over]
        aged = [call for call in self._calls.values() if call.began < oldest]
        for call in aged:
            call.line.hang_up()
        for call_id in {*over[: max(0, len(self._calls) - MAX_KEPT)], *(call.id for call in aged)}:
            del self._calls[call_id]
