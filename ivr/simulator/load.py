"""Many whole calls at once: how long the webhooks really take, and whether an answer is lost.

What is measured is real time, whichever clock the calls themselves go by. The clock is handed in.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx

from activation_core.access_numbers import Directory
from ivr.simulator.carrier import Carrier, Dialling
from ivr.simulator.events import Event
from ivr.simulator.line import HungUp, Line, LiveLine
from ivr.simulator.trial import Attempt, Outcome, Trial, Tried, outcomes
from ivr.wording import Books

Clock = Callable[[], float]  # seconds, of no particular beginning
PERCENTILES = (50, 95, 99)
_TICK = 0.005  # real seconds between two looks at the plan of a line in real time


class TimedClient(httpx.Client):
    """A client that keeps how long each answer really took."""

    def __init__(self, clock: Clock, transport: httpx.BaseTransport | None) -> None:
        super().__init__(transport=transport)
        self._clock = clock
        self.took: list[float] = []

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        began = self._clock()
        try:
            return super().send(request, **options)
        finally:
            self.took.append(self._clock() - began)


@dataclass(frozen=True)
class Measured:
    """A call that was made, how long it and each of its webhooks really took."""

    tried: Tried
    seconds: float
    webhooks: tuple[float, ...]


@dataclass(frozen=True)
class Load:
    """What the calls need. `speed` of the real clock; None is the virtual one."""

    carrier: Callable[[httpx.Client], Carrier]
    transport: httpx.BaseTransport | None  # None is real HTTP
    directory: Directory
    books: Books
    clock: Clock
    speed: float | None = None

    def play(self, trials: Sequence[Trial], concurrency: int) -> LoadReport:
        """Every call, so many at a time."""
        began = self.clock()
        with ThreadPoolExecutor(concurrency) as callers:
            measured = list(callers.map(self._measured, trials))
        lasted = self.clock() - began
        return LoadReport(measured, outcomes([each.tried for each in measured], self.books), lasted)

    def _measured(self, trial: Trial) -> Measured:
        with TimedClient(self.clock, self.transport) as client:
            began = self.clock()
            tried = self._tried(trial, client)
            return Measured(tried, self.clock() - began, tuple(client.took))

    def _tried(self, trial: Trial, client: httpx.Client) -> Tried:
        attempt = Attempt(trial, self.books)
        try:
            return attempt.tried(self._place(attempt, client))
        except Exception as error:  # accounted for as a lost call: one defect must not hide the others
            return Tried(trial, (), "", defect=f"{type(error).__name__}: {error}")

    def _place(self, attempt: Attempt, client: httpx.Client) -> Sequence[Event]:
        carrier, call = self.carrier(client), attempt.dialling(self.directory)
        if self.speed is None:
            return carrier.place(call, attempt.line)
        return place_live(carrier, call, attempt.line, self.speed, self.clock)


@dataclass(frozen=True)
class LoadReport:
    calls: Sequence[Measured]
    outcomes: Sequence[Outcome]
    seconds: float

    @property
    def lost(self) -> list[str]:
        """Every call that did not end in a confirmation which its computer accepts, and why."""
        return [
            f"{call.tried.trial.name}: {outcome}{why and f', {why}'}"
            for call, outcome in zip(self.calls, self.outcomes, strict=True)
            if (why := _problem(call.tried)) or outcome != "confirmed"
        ]

    def lines(self) -> Iterator[str]:
        """The report for people; milliseconds of real time."""
        webhooks = [seconds for call in self.calls for seconds in call.webhooks]
        yield f"{'':<10}{'count':>8}" + "".join(f"{f'p{p}':>10}" for p in PERCENTILES) + f"{'longest':>10}"
        yield _row("webhooks", webhooks)
        yield _row("calls", [call.seconds for call in self.calls])
        yield f"{len(self.calls)} calls in {self.seconds:.1f} s, {len(self.calls) / self.seconds:.1f} a second"
        for outcome, count in sorted(Counter(self.outcomes).items()):
            yield f"{outcome:<10}{count:>8}"
        yield from self.lost

    def as_json(self) -> Mapping[str, Any]:
        webhooks = [seconds for call in self.calls for seconds in call.webhooks]
        return {
            "seconds": round(self.seconds, 3),
            "webhooks": _figures(webhooks),
            "calls": _figures([call.seconds for call in self.calls]),
            "outcomes": dict(Counter(self.outcomes)),
            "lost": self.lost,
        }


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of the values do not exceed; 0.0 of none."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)] if values else 0.0


def _figures(seconds: Sequence[float]) -> dict[str, float]:
    """Milliseconds."""
    found = {f"p{p}": round(1000 * percentile(seconds, p), 2) for p in PERCENTILES}
    return {"count": len(seconds), **found, "longest": round(1000 * max(seconds, default=0.0), 2)}


def _row(name: str, seconds: Sequence[float]) -> str:
    count, *times = _figures(seconds).values()
    return f"{name:<10}{count:>8}" + "".join(f"{time:>10.1f}" for time in times) + "  ms"


def _problem(tried: Tried) -> str:
    """A defect, or what the carrier could not do: no answer, or one that it could not play."""
    errors = [event.details["message"] for event in tried.events if event.kind == "error"]
    return tried.defect or "; ".join(errors)


# -- real time -----------------------------------------------------------------------------------------


def place_live(carrier: Carrier, dialling: Dialling, line: Line, speed: float, clock: Clock) -> tuple[Event, ...]:
    """Place a call in real time, `speed` times as fast, for a caller whose line has a clock of its own."""
    live, began, over = LiveLine(speed=speed, clock=clock), clock(), threading.Event()

    def press_when_due() -> None:
        told = 0
        while not over.is_set():
            for event in live.events_after(told, _TICK):
                told += 1
                line.notice(event)
            _press(line, live, (clock() - began) * speed)

    with ThreadPoolExecutor(1) as caller:
        following = caller.submit(press_when_due)
        try:
            events = carrier.place(dialling, live)
        finally:
            over.set()
        following.result()
    return events


def _press(line: Line, live: LiveLine, until: float) -> None:
    """All that the caller has pressed by now."""
    try:
        while (key := line.wait(until)) is not None:
            live.press(key)
    except HungUp:
        live.hang_up()
