"""The simulated calls that are under way in this process: each has a thread and a line in real time.

It places and finds calls, and has them kept as they end. What is played is told from outside; who may ask is the
page's affair.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from activation_core.access_numbers import Directory
from ivr.simulator.bad_line import BadLine
from ivr.simulator.carrier import Dialling, Event
from ivr.simulator.faults import Faults
from ivr.simulator.kept_calls import CallsUnreadable, KeptCall, KeptCalls
from ivr.simulator.line import LiveLine
from ivr.simulator.wish import LINE_FAULTS, Wish, wish_in

log = logging.getLogger(__name__)

MAX_LIVE = 20
MAX_KEPT = 100
MAX_AGE = 60 * 60.0  # seconds


@dataclass(frozen=True)
class PlacedCall:
    """A call and its line; `began` is the clock when it was placed, and `placed_at` the day and time.

    `sent` are the requests of the call by their idempotency token, as far as this process made them.
    """

    id: str
    line: LiveLine
    wish: Wish
    began: float
    placed_at: datetime
    sent: dict[str, httpx.Request] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        return bool(self.line.events) and self.line.events[-1].kind == "end"


class Switchboard:
    """The calls of this process: a thread each, an hour at most, so many at once and no more.

    Those that are over are kept, and found there when this process knows them no more.
    """

    def __init__(
        self,
        play: Callable[[Dialling, PlacedCall], object],
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

    def place(self, wish: Wish, first: Sequence[str] = ()) -> PlacedCall | None:
        """The call as it begins to ring; None where too many are under way. `first` is keyed before the person does."""
        with self._lock:
            self._forget()
            if sum(not call.is_over for call in self._calls.values()) >= MAX_LIVE:
                return None
            line = self._line(wish, first)
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

    def _line(self, wish: Wish, first: Sequence[str]) -> LiveLine:
        if not wish.line_faults:
            return LiveLine(speed=wish.speed, clock=self._clock, first=first)
        faults = Faults(int(self._token_hex(8), 16), {kind: LINE_FAULTS[kind] for kind in wish.line_faults})
        return BadLine(faults.drawn(), speed=wish.speed, clock=self._clock, first=first)

    def _run(self, of: Dialling, call: PlacedCall) -> None:
        line = call.line
        try:
            self._play(of, call)
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
        if kept is None:
            return None
        try:
            wish = wish_in(kept.wish, self._directory)
        except ValueError:  # its number is in the directory no more
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
