"""Status callbacks: what is told about a call while it begins, is answered and ends. They control nothing.

Documented: CallDuration, the reply (204, or 200 with a document; anything else is a warning in the debugger),
that `completed` alone is told where nothing else is asked for. Inferences (a mirror of Twilio's, so `strict`
leaves them out): Timestamp, SequenceNumber from 0 in the order of sending, CallbackSource.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx

from ivr.simulator.carrier_errors import Problem
from ivr.simulator.exchange import Exchange
from ivr.simulator.leg import Leg
from ivr.simulator.webhook import Target, document_in

__all__ = ["EVENTS", "Callbacks"]

EVENTS: Mapping[str, str] = {  # event: the CallStatus that it tells, but for the end, which has many
    "initiated": "initiated",
    "ringing": "ringing",
    "answered": "in-progress",
    "completed": "completed",
}


@dataclass
class Callbacks:
    """Of one call or dialled leg; a target of None tells nobody."""

    exchange: Exchange
    leg: Leg
    target: Target | None
    events: Collection[str]
    started_at: datetime | None = None
    strict: bool = False
    _sent: int = 0

    def tell(self, event: str, status: str | None = None, **more: str) -> None:
        if self.target is None or event not in self.events:
            return
        extra = {**self.target.extra, **more, **self._of_progress()}
        self._sent += 1
        answer = self.exchange.tell(replace(self.target, extra=extra), status or EVENTS[event])
        if (problem := _displeasing(answer)) is not None:
            self.leg.report(problem, self.target.url, kind="warning")

    def _of_progress(self) -> dict[str, str]:
        if self.strict:
            return {}
        told = {"SequenceNumber": str(self._sent), "CallbackSource": "call-progress-events"}
        if self.started_at is None:
            return told
        now = self.started_at.astimezone(UTC) + timedelta(seconds=int(self.leg.now))
        return told | {"Timestamp": format_datetime(now)}


def _displeasing(answer: httpx.Response | Problem) -> Problem | None:
    if isinstance(answer, Problem):
        return answer
    if answer.status_code == httpx.codes.NO_CONTENT:
        return None
    document = document_in(answer)
    return document if isinstance(document, Problem) else None
