"""What a call comes to, in a line: how it ended, how long it was, in which languages and steps.

Worked out from its events alone. Steps are the last parts of the addresses where a Gather sends its keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from activation_core import confirmation_id
from ivr.simulator.events import Event
from ivr.simulator.trial import heard
from ivr.simulator.why import rows
from ivr.wording import Books

__all__ = ["OUTCOMES", "Gist", "Outcome", "gist", "said_in"]

# The first that fits: what the desk answered last, where the caller got to, and who ended the call.
Outcome = Literal["confirmed", "refused", "person", "left", "cut_off", "ended"]
OUTCOMES: Mapping[Outcome, str] = {
    "confirmed": "Confirmed",
    "refused": "Refused",
    "person": "Put through",
    "left": "The caller hung up",
    "cut_off": "Cut off by the carrier",
    "ended": "Ended by the application",
}
_BY: Mapping[str, Outcome] = {"caller": "left", "carrier": "cut_off", "application": "ended"}


@dataclass(frozen=True)
class Gist:
    """`words` is the outcome in full."""

    outcome: Outcome
    words: str
    seconds: float
    languages: tuple[str, ...]
    steps: tuple[str, ...]  # each once, in the order in which they were last reached
    problems: int  # the carrier's warnings and errors

    @property
    def step(self) -> str:
        """Where the caller was last listened to; '' where nowhere."""
        return self.steps[-1] if self.steps else ""


def gist(events: Sequence[Event], books: Books) -> Gist:
    """ValueError where the call is not over: its last event is its end."""
    if not events or events[-1].kind != "end":
        raise ValueError("this call is not over yet")
    outcome, words = _outcome(events, books)
    return Gist(
        outcome,
        words,
        events[-1].at,
        tuple(dict.fromkeys(event.details["language"] for event in events if event.kind == "say")),
        _steps(events),
        sum(event.kind in ("warning", "error") for event in events),
    )


def said_in(events: Sequence[Event], books: Books) -> str:
    """All that was said and that went wrong, to be searched; digits are masked, so that no search finds them."""
    told = [row for row in rows(events, books) if row.side == "caller" or row.kind in ("warning", "error")]
    return "\n".join(" ".join([row.words, *row.notes]) for row in told)


def _outcome(events: Sequence[Event], books: Books) -> tuple[Outcome, str]:
    said = [speak for _, speak in heard(events, books)]
    answers = [speak.prompt for speak in said if speak.prompt == "confirmed" or speak.prompt.startswith("refused_")]
    blocks = {speak.values["name"] for speak in said if speak.prompt == "read_block"}
    is_through = any(event.kind == "dial" and event.details["outcome"] == "completed" for event in events)
    then = ", then put through" if is_through else ""
    if answers and answers[-1] == "confirmed":
        return "confirmed", f"{OUTCOMES['confirmed']}, {len(blocks)} of {confirmation_id.BLOCKS} blocks read{then}"
    if answers:
        why = answers[-1].removeprefix("refused_").replace("_", " ")
        return "refused", f"{OUTCOMES['refused']}: {why}{then}"
    outcome: Outcome = "person" if is_through else _BY[events[-1].details["by"]]
    return outcome, OUTCOMES[outcome]


def _steps(events: Sequence[Event]) -> tuple[str, ...]:
    actions = [event.details["action"] for event in events if event.kind == "listen"]
    steps = [urlsplit(action).path.rstrip("/").rpartition("/")[2] for action in actions]
    return tuple(reversed(dict.fromkeys(reversed(steps))))
