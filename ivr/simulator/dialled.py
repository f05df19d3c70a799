"""The other end of a Dial: who is rung, for how long, how it ends, and what is asked for them meanwhile.

Documented: timeout, timeLimit, hangupOnStar, DialCallStatus, DialCallSid, DialCallDuration, RecordingUrl; what
may be played to a member of a queue before they are connected, and its parameters; that a document is played to
the called party before they are connected, and that it holds no Dial. Inferences: several numbers ring at once and
the best outcome counts, with `sequential` one after the other; a call that never began has no duration; whoever
is called presses nothing in a Gather of that document and takes the call; a Hangup in it ends the dialled call,
which was `completed` and in which nobody talked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ivr.simulator.callbacks import Callbacks
from ivr.simulator.carrier_errors import OWN, Problem
from ivr.simulator.exchange import Exchange
from ivr.simulator.gather import repeated
from ivr.simulator.leg import PUT_THROUGH, Leg
from ivr.simulator.markup import spoken_words
from ivr.simulator.speech_time import speech_seconds
from ivr.simulator.verbs import Dial, Gather, Hangup, Noun, Pause, Play, Prompt, Redirect, Say
from ivr.simulator.webhook import Target, document_in, resolve

__all__ = ["DialOutcome", "Dialled", "Manners", "Outcomes", "Party"]

DialOutcome = Literal["completed", "busy", "no-answer", "failed"]
Outcomes = DialOutcome | Mapping[str, DialOutcome]

_BEST_FIRST: Sequence[DialOutcome] = ("completed", "no-answer", "busy", "failed")
_TO_A_QUEUE_MEMBER = frozenset({"Play", "Say", "Pause", "Redirect"})


_MOST_REDIRECTS = 10


@dataclass(frozen=True)
class Manners:
    """How those who are dialled behave: one outcome, or one for each name (where none is given, they answer)."""

    outcomes: Outcomes
    ring_seconds: float
    talk_seconds: float
    audio_seconds: float

    def of(self, noun: Noun) -> DialOutcome:
        return self.outcomes if isinstance(self.outcomes, str) else self.outcomes.get(noun.name, "completed")


@dataclass(frozen=True)
class Dialled:
    outcome: DialOutcome
    talked: float


@dataclass(frozen=True)
class Party:
    """One Dial under way.

    `ring` lets so many seconds go by for the caller; `answer` picks up the caller's own leg, if it was to ring so far.
    """

    dial: Dial
    manners: Manners
    leg: Leg
    exchange: Exchange
    page_url: str
    call_sid: str
    child_sid: str
    ring: Callable[[Noun, float], None]
    answer: Callable[[], None]

    def put_through(self) -> Dialled:
        """The caller hears it ring, and talks if somebody answers."""
        noun, outcome, ringing = self._rung()
        talk = min(self.manners.talk_seconds, self.dial.time_limit) if outcome == "completed" else 0.0
        self.leg.note("dial", number=", ".join(self.dial.numbers), outcome=outcome, seconds=ringing + talk)
        callbacks = self._callbacks(noun)
        callbacks.tell("initiated")
        callbacks.tell("ringing")
        self.ring(noun, ringing)
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
        callbacks.tell("answered")
        if noun.url is not None and not self._whisper(noun, noun.url):
            return 0.0
        self.answer()
        began = self.leg.now
        while (heard := self.leg.wait(began + seconds)) is not None:
            if heard == "*" and self.dial.hangup_on_star:
                self.leg.note("released")
                break
            self.leg.lose(heard, PUT_THROUGH)
        return self.leg.now - began

    def _whisper(self, noun: Noun, url: str) -> bool:
        """Play to the called party what they hear before they are connected; False where it hangs up on them."""
        target = Target(resolve(self.page_url, url), noun.method, f"{noun.kind} url", self._of_the_called(noun))
        for _ in range(_MOST_REDIRECTS):
            last = self._play_document(noun, target)
            if not isinstance(last, Redirect):
                return last is None
            target = replace(target, url=resolve(target.url, last.url), method=last.method)
        self.leg.report(Problem(OWN, f"more than {_MOST_REDIRECTS} documents for the called party"), target.url)
        return True

    def _play_document(self, noun: Noun, target: Target) -> Redirect | Hangup | None:
        """What the document ends with; None where they are connected then."""
        answer = self.exchange.tell(target, "in-progress")
        document = answer if isinstance(answer, Problem) else document_in(answer)
        if isinstance(document, Problem):
            self.leg.report(document, target.url)
            return None
        for problem in (*document.problems, *(each for read in document.verbs for each in read.problems)):
            self.leg.report(problem, target.url)
        for read in document.verbs:
            if (misplaced := _out_of_place(noun, read.name)) is not None:
                self.leg.report(misplaced, target.url)
                continue
            match read.verb:
                case Redirect() | Hangup():
                    return read.verb
                case Say() | Play() | Pause():
                    self._play([read.verb], noun, target.url)
                case Gather(prompts=prompts):
                    self._play(prompts, noun, target.url)
                    taken = "nobody presses keys at this end: the Gather for the called party counts as taken"
                    self.leg.report(Problem(OWN, taken), target.url)
                    return None
                case other if other is not None:
                    self.leg.report(Problem(OWN, f"not played to the called party: {read.name}"), target.url)
        return None

    def _play(self, prompts: Sequence[Prompt], noun: Noun, url: str) -> None:
        for prompt in (again for each in prompts for again in repeated(each)):
            seconds, heard = self._heard(prompt, url)
            self.leg.note("whispered", to=noun.name, seconds=seconds, **heard)
            self.leg.go_by(seconds, PUT_THROUGH)

    def _heard(self, prompt: Prompt, url: str) -> tuple[float, dict[str, str]]:
        match prompt:
            case Say(speech, _, language):
                return speech_seconds(speech, language), {"text": spoken_words(speech), "language": language}
            case Play(_, digits) if digits:
                return self.manners.audio_seconds, {"digits": digits}
            case Play(sound):
                return self.manners.audio_seconds, {"url": resolve(url, sound)}
            case Pause(seconds):
                return float(seconds), {}

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


def _out_of_place(noun: Noun, verb: str) -> Problem | None:
    if verb == "Dial":
        return Problem(13201, "a Dial for the called party")
    if noun.kind == "Queue" and verb not in _TO_A_QUEUE_MEMBER:
        return Problem(12200, f"{verb} for a member of a queue")
    return None
