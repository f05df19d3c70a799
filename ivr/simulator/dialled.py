"""The other end of a Dial: who is rung, for how long, how it ends, and what is asked for them meanwhile.

Documented: timeout, timeLimit, hangupOnStar, DialCallStatus, DialCallSid, DialCallDuration, RecordingUrl; what
may be played to a member of a queue before they are connected, and its parameters. Inferences: several
numbers ring at once and the best outcome counts, with `sequential` one after the other; a call that never
began has no duration; what is played to the called party is asked for and checked, but takes no time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ivr.simulator.callbacks import Callbacks
from ivr.simulator.carrier_errors import Problem
from ivr.simulator.exchange import Exchange
from ivr.simulator.leg import PUT_THROUGH, Leg
from ivr.simulator.verbs import Dial, Noun
from ivr.simulator.webhook import Target, document_in, resolve

__all__ = ["DialOutcome", "Dialled", "Manners", "Outcomes", "Party"]

DialOutcome = Literal["completed", "busy", "no-answer", "failed"]
Outcomes = DialOutcome | Mapping[str, DialOutcome]

_BEST_FIRST: Sequence[DialOutcome] = ("completed", "no-answer", "busy", "failed")
_TO_A_QUEUE_MEMBER = frozenset({"Play", "Say", "Pause", "Redirect"})


@dataclass(frozen=True)
class Manners:
    """How those who are dialled behave: one outcome, or one for each name (where none is given, they answer)."""

    outcomes: Outcomes
    ring_seconds: float
    talk_seconds: float

    def of(self, noun: Noun) -> DialOutcome:
        return self.outcomes if isinstance(self.outcomes, str) else self.outcomes.get(noun.name, "completed")


@dataclass(frozen=True)
class Dialled:
    outcome: DialOutcome
    talked: float


@dataclass(frozen=True)
class Party:
    """One Dial under way: `answer` picks up the caller's own leg, if it was to ring until now."""

    dial: Dial
    manners: Manners
    leg: Leg
    exchange: Exchange
    page_url: str
    call_sid: str
    child_sid: str
    answer: Callable[[], None]

    def put_through(self) -> Dialled:
        """The caller hears it ring, and talks if somebody answers."""
        noun, outcome, ringing = self._rung()
        talk = min(self.manners.talk_seconds, self.dial.time_limit) if outcome == "completed" else 0.0
        self.leg.note("dial", number=", ".join(self.dial.numbers), outcome=outcome, seconds=ringing + talk)
        callbacks = self._callbacks(noun)
        callbacks.tell("initiated")
        callbacks.tell("ringing")
        self.leg.go_by(ringing, PUT_THROUGH)
        talked = self._talk(noun, callbacks, talk) if outcome == "completed" else 0.0
        callbacks.tell("completed", outcome, CallDuration=str(round(talked)))
        return Dialled(outcome, talked)

    def _rung(self) -> tuple[Noun, DialOutcome, float]:
        """Who was reached, how it ended, and how long it rang until then."""
        tried = [(noun, self.manners.of(noun)) for noun in self.dial.nouns]
        best = min(tried, key=lambda rung: _BEST_FIRST.index(rung[1]))
        if not self.dial.sequential:
            return *best, self._ring_seconds(best[1])
        if best[1] == "completed":
            tried = tried[: tried.index(best) + 1]
        return *tried[-1], sum(self._ring_seconds(outcome) for _, outcome in tried)

    def _ring_seconds(self, outcome: DialOutcome) -> float:
        match outcome:
            case "no-answer":
                return float(self.dial.timeout)
            case "failed":
                return 0.0
            case "completed" | "busy":
                return min(self.manners.ring_seconds, self.dial.timeout)

    def _talk(self, noun: Noun, callbacks: Callbacks, seconds: float) -> float:
        self.answer()
        callbacks.tell("answered")
        if noun.url is not None:
            self._whisper(noun, noun.url)
        began = self.leg.now
        while (heard := self.leg.wait(began + seconds)) is not None:
            if heard == "*" and self.dial.hangup_on_star:
                self.leg.note("released")
                break
            self.leg.lose(heard, PUT_THROUGH)
        return self.leg.now - began

    def _whisper(self, noun: Noun, url: str) -> None:
        """What the called party hears before they are connected: asked for and checked."""
        url = resolve(self.page_url, url)
        why = f"{noun.kind} url"
        answer = self.exchange.tell(Target(url, noun.method, why, self._of_the_called(noun)), "in-progress")
        document = answer if isinstance(answer, Problem) else document_in(answer)
        if isinstance(document, Problem):
            self.leg.report(document, url)
            return
        for read in document.verbs:
            if read.name == "Dial":
                self.leg.report(Problem(13201, "a Dial for the called party"), url)
            elif noun.kind == "Queue" and read.name not in _TO_A_QUEUE_MEMBER:
                self.leg.report(Problem(12200, f"{read.name} for a member of a queue"), url)

    def _of_the_called(self, noun: Noun) -> dict[str, str]:
        if noun.kind != "Queue":
            return self._of_the_child(noun)
        queue_sid = "QU" + self.child_sid[2:]
        return {
            "CallSid": self.child_sid,
            "DequeingCallSid": self.call_sid,
            "QueueSid": queue_sid,
            "QueueTime": str(round(self.leg.now)),
        }

    def _of_the_child(self, noun: Noun) -> dict[str, str]:
        return {
            "CallSid": self.child_sid,
            "ParentCallSid": self.call_sid,
            "Direction": "outbound-dial",
            "To": noun.name,
            "Called": noun.name,
        }

    def _callbacks(self, noun: Noun) -> Callbacks:
        if noun.status_callback is None:
            return Callbacks(self.exchange, self.leg, None, ())
        url = resolve(self.page_url, noun.status_callback)
        target = Target(url, noun.status_method, f"{noun.kind} status callback", self._of_the_child(noun))
        return Callbacks(self.exchange, self.leg, target, noun.status_events)
