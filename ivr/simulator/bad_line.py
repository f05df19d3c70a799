"""A live line on which keys go wrong, and which may break off: the person presses right, and it arrives otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ivr.simulator.events import Event
from ivr.simulator.faults import Mishap, Mishaps, spoilt
from ivr.simulator.line import HANG_UP, LiveLine

__all__ = ["BadLine"]


class BadLine(LiveLine):
    """What goes wrong is told as it happens: so one can tell it from the call's own doing."""

    def __init__(
        self, mishaps: Mishaps, *, speed: float, clock: Callable[[], float], first: Sequence[str] = ()
    ) -> None:
        super().__init__(speed=speed, clock=clock, first=first)
        self._mishaps = mishaps
        self._entries = 0

    def press(self, keys: str) -> None:
        found, self._entries = self._mishaps("entry", self._entries, keys), self._entries + 1
        for mishap in found:
            self.notice(_told(mishap, self.time, keys))
        self.enter(spoilt([(0.0, key) for key in keys], found))

    def notice(self, event: Event) -> None:
        super().notice(event)
        if event.kind == "answered":
            self.enter([(mishap.seconds, HANG_UP) for mishap in self._mishaps("answered", 0, ())])


def _told(mishap: Mishap, now: float, keys: str) -> Event:
    late = round(mishap.seconds)
    told = {"what": mishap.kind, "key": keys[mishap.key], "pressed": mishap.pressed, "seconds": late}
    return Event(round(now, 3), "mishap", told)
