"""The simulated calls that are under way in this process: each has a thread and a line in real time.

It places, finds and forgets calls. What is played is told from outside; who may ask is the page's affair.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from activation_core.access_numbers import AccessNumber
from ivr.simulator.carrier import Dialling, Event
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


@dataclass(frozen=True)
class PlacedCall:
    """A call and its line; `began` is the clock when it was placed."""

    id: str
    line: LiveLine
    wish: Wish
    began: float

    @property
    def is_over(self) -> bool:
        return bool(self.line.events) and self.line.events[-1].kind == "end"


class Switchboard:
    """The calls of this process: a thread each, forgotten after an hour, so many at once and no more."""

    def __init__(
        self,
        play: Callable[[Dialling, LiveLine], object],
        token_hex: Callable[[int], str],
        clock: Callable[[], float],
    ) -> None:
        self._play = play
        self._token_hex = token_hex
        self._clock = clock
        self._calls: dict[str, PlacedCall] = {}
        self._lock = threading.Lock()

    def place(self, wish: Wish) -> PlacedCall | None:
        """The call as it begins to ring; None where too many are under way."""
        with self._lock:
            self._forget()
            if sum(not call.is_over for call in self._calls.values()) >= MAX_LIVE:
                return None
            line = LiveLine(speed=wish.speed, clock=self._clock)
            call = PlacedCall(self._token_hex(8), line, wish, self._clock())
            self._calls[call.id] = call
        of = wish.dialling("CA" + self._token_hex(16))
        threading.Thread(target=self._run, args=(of, line), name=f"call {call.id}", daemon=True).start()
        return call

    def find(self, call_id: str) -> PlacedCall | None:
        with self._lock:
            self._forget()
            return self._calls.get(call_id)

    def _run(self, of: Dialling, line: LiveLine) -> None:
        try:
            self._play(of, line)
        except Exception:  # whoever listens must learn that the call is over
            log.exception("a defect in the simulated carrier")
            line.notice(Event(line.now, "end", {"by": "carrier", "why": "a defect in it", "status": "failed"}))

    def _forget(self) -> None:
        oldest = self._clock() - MAX_AGE
        over = [call.id for call in self._calls.values() if call.is_over]
        aged = [call for call in self._calls.values() if call.began < oldest]
        for call in aged:
            call.line.hang_up()
        for call_id in {*over[: max(0, len(self._calls) - MAX_KEPT)], *(call.id for call in aged)}:
            del self._calls[call_id]
