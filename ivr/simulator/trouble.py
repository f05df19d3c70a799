"""What is wrong with the desk while a call lasts: it is slow, or down, or its database is locked.

The real desk stands behind it and the webhooks are the real ones. Waiting is counted, not sat through: the carrier
adds it to what a webhook takes on the call's clock, and gives up after its 15 seconds as on a real line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from activation_core.refusals import Refusal
from ivr.activation_call import Admission, Desk, DeskDown, Granted
from ivr.dialogue import Standing

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = [
    "BUSY",
    "DOWN",
    "NO_TROUBLE",
    "THROTTLES",
    "TROUBLE",
    "Answering",
    "Trouble",
    "TroubledDesk",
    "Waited",
    "for_one_call",
    "no_trouble",
]

NO_TROUBLE = ""
DOWN = "the desk is down"
THROTTLES = "the line has tried too often"
BUSY: Mapping[str, Admission] = {
    "all lines are busy": "all_busy",
    "the line has too many calls at once": "line_busy",
}
TROUBLE = re.compile(
    rf"the desk is slow by (?P<seconds>\d+) seconds|{DOWN}(?: (?P<times>once|twice))?|"
    rf"the database is locked|{THROTTLES}|{'|'.join(BUSY)}"
)
_TIMES = {"once": 1, "twice": 2}

Waited = Callable[[], float]  # seconds that the desk took since it was asked last
# The application that answers one call, at whose desk this is wrong; and what the desk waited.
Answering = Callable[[str], "AbstractContextManager[tuple[WSGIApplication, Waited]]"]


@contextmanager
def no_trouble(named: str) -> Iterator[Waited]:
    """For a desk that is not ours to disturb. ValueError where it should be."""
    if named:
        raise ValueError(f"“given {named}” is for the application in this process, not for one that runs already")
    yield lambda: 0.0


class Trouble:
    """What is wrong now. `locked` is a desk whose database is locked, and which learns that at once."""

    def __init__(self, locked: Desk, patience: float) -> None:
        """`patience` is how long a real desk waits for its database before it gives up."""
        self._locked, self._patience = locked, patience
        self._slow, self._down, self._waited = 0.0, 0.0, 0.0
        self._behind_lock: Desk | None = None
        self.throttles = False
        self.busy: Admission | None = None

    @contextmanager
    def during(self, named: str) -> Iterator[Waited]:
        """This trouble ('' is none), as long as a call lasts."""
        found = TROUBLE.fullmatch(named)
        self._slow = float(found["seconds"]) if found and found["seconds"] else 0.0
        self._down = _TIMES.get(found["times"], math.inf) if found and named.startswith(DOWN) else 0.0
        self._behind_lock = self._locked if named == "the database is locked" else None
        self._waited, self.throttles, self.busy = 0.0, named == THROTTLES, BUSY.get(named)
        try:
            yield self._take_waited
        finally:
            self._slow, self._down, self._behind_lock, self.throttles, self.busy = 0.0, 0.0, None, False, None

    def of(self, desk: Desk) -> Desk:
        return self._behind_lock or desk

    def asked_to_confirm(self) -> None:
        self._waited += self._slow
        if self._down:
            self._down -= 1
            raise DeskDown

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """What fails while the database is locked has waited before it failed."""
        try:
            yield
        except Exception:
            self._waited += self._patience if self._behind_lock else 0.0
            raise

    def _take_waited(self) -> float:
        waited, self._waited = self._waited, 0.0
        return waited


class TroubledDesk:
    """The desk of the call, and what is wrong with it."""

    def __init__(self, desk: Desk, trouble: Trouble) -> None:
        self._desk, self._trouble = desk, trouble

    @property
    def has_operator(self) -> bool:
        return self._desk.has_operator

    def admit(self, call: str, line: str = "") -> Admission:
        return self._trouble.busy or self._desk.admit(call, line)

    def note(self, call: str, standing: Standing) -> None:
        self._desk.note(call, standing)

    def confirm(self, installation_id: str, line: str = "") -> Granted | Refusal:
        self._trouble.asked_to_confirm()
        if self._trouble.throttles:
            return Refusal("throttled")
        with self._trouble.waiting():
            return self._trouble.of(self._desk).confirm(installation_id, line)

    def hand_over(self, call: str, keyed: str, refusal: str, step: str, locale: str) -> str:
        with self._trouble.waiting():
            return self._trouble.of(self._desk).hand_over(call, keyed, refusal, step, locale)


def for_one_call(
    usual: WSGIApplication,
    desk: Desk,
    locked: Desk,
    patience: float,
    application: Callable[[Desk], WSGIApplication],
) -> Answering:
    """The `usual` application, and where something is wrong another for that call alone: no other call notices."""

    @contextmanager
    def answering(named: str) -> Iterator[tuple[WSGIApplication, Waited]]:
        trouble = Trouble(locked, patience)
        with trouble.during(named) as waited:
            yield (application(TroubledDesk(desk, trouble)) if named else usual), waited

    return answering
