"""The caller's leg of a call: its line, its clock, its limits, and the record of what happens on it.

Whoever plays a part of a call (prompts, a Gather, a Dial) lets time pass here and tells here what happens.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ivr.simulator.carrier_errors import Problem
from ivr.simulator.events import Event, EventKind
from ivr.simulator.line import Line

__all__ = ["NOBODY_LISTENED", "PUT_THROUGH", "UNDER_WAY", "CutOff", "Due", "Leg"]

NOBODY_LISTENED = "nothing was listening"
UNDER_WAY = "the request was under way"
PUT_THROUGH = "the caller was put through"


class CutOff(Exception):
    """The carrier ends the call: a limit is reached."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Due(Exception):
    """What was waited for has come."""


class Leg:
    def __init__(self, line: Line) -> None:
        self.line = line
        self.events: list[Event] = []
        self.answered_at: float | None = None
        self._limits: list[tuple[float, Exception]] = []

    @property
    def now(self) -> float:
        return self.line.now

    @property
    def status(self) -> str:
        return "ringing" if self.answered_at is None else "in-progress"

    @property
    def lasted(self) -> float:
        """Seconds since the call was answered."""
        return 0.0 if self.answered_at is None else self.now - self.answered_at

    def limit(self, at: float, end: Exception) -> None:
        """No time passes beyond `at`: there, `end` is raised."""
        self._limits.append((at, end))

    @contextmanager
    def until(self, at: float) -> Iterator[None]:
        """What happens inside is broken off `at` this time by a Due, which ends here."""
        due = Due()
        self._limits.append((at, due))
        try:
            yield
        except Due as raised:
            if raised is not due:
                raise
        finally:
            self._limits = [(end, reason) for end, reason in self._limits if reason is not due]

    def wait(self, until: float) -> str | None:
        """The next key or words up to then."""
        until = round(until, 3)  # milliseconds, so that sums of fractions do not drift
        last, end = min(self._limits, key=lambda limit: limit[0], default=(until, None))
        heard = self.line.wait(min(until, max(last, self.now)))
        if heard is None and end is not None and until > last:
            raise end
        return heard

    def listen(self, seconds: float) -> str | None:
        return self.wait(self.now + seconds)

    def go_by(self, seconds: float, why: str) -> None:
        """Let time pass while nothing that the caller does counts."""
        until = self.now + seconds
        while (heard := self.wait(until)) is not None:
            self.lose(heard, why)

    def lose(self, heard: str, why: str) -> None:
        self.note("lost", key=str(heard), why=why)

    def note(self, kind: EventKind, **details: Any) -> None:
        event = Event(round(self.now, 3), kind, details)
        self.events.append(event)
        self.line.notice(event)

    def report(self, problem: Problem, url: str, kind: EventKind | None = None) -> None:
        about = problem.about
        self.note(
            kind or ("warning" if about.severity == "warning" else "error"),
            code=problem.code,
            title=about.title,
            message=problem.message,
            cause=about.cause,
            cure=about.cure,
            url=url,
        )
