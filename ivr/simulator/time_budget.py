"""Where the seconds of a call go: by phase, from the moment that it was answered.

A phase begins with the first of its prompts; what is said in several (noinput, nomatch) belongs to the one that is
under way. Only what happened is counted, so it holds for any caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, get_args

from activation_core.refusals import REASONS
from ivr.dialogue import Speak
from ivr.simulator.events import Event
from ivr.tally.counting import TURNED_AWAY
from ivr.wording import Books

Phase = Literal["greeting", "keying", "desk", "read-back", "end"]
PHASES: tuple[Phase, ...] = get_args(Phase)

_TEXT = ("text_sent", *(code for code in REASONS if code.startswith("text_")))
_PROMPTS: Mapping[Phase, tuple[str, ...]] = {
    "greeting": ("welcome", "press_for_language", "toll_free"),
    "keying": ("zero", "enter_id", "id_mistyped", "repair", "block_by_block", "enter_block", "block_mistyped"),
    "read-back": ("confirmed", "slowly", "read_block"),
    "desk": ("one_moment",),
    "end": (
        *("what_next", "what_next_or_text", *_TEXT, "still_there", "goodbye", "putting_through", "nobody"),
        *("out_of_order", "call_again", *TURNED_AWAY),
    ),
}
PHASE_OF: Mapping[str, Phase] = {prompt: phase for phase, prompts in _PROMPTS.items() for prompt in prompts}
EVERYWHERE = frozenset({"noinput", "nomatch", "nine_ends"})


def phase_of(prompt: str) -> Phase | None:
    """The phase that this prompt begins or goes on with; None where it is said in any."""
    return "end" if prompt.startswith("refused_") else PHASE_OF.get(prompt)


def seconds_by_phase(events: Sequence[Event], books: Books) -> Mapping[Phase, float]:
    """The seconds of each phase; together, the whole call."""
    seconds = dict.fromkeys(PHASES, 0.0)
    for (phase, begins), (_, ends) in _spans(events, books):
        seconds[phase] += ends - begins
    return {phase: round(spent, 3) for phase, spent in seconds.items()}


def seconds_to_the_last_block(events: Sequence[Event], books: Books) -> float:
    """From the answer to the end of the last block that was read; ValueError where none was."""
    ends = [_end_of(events, i) for i, event in enumerate(events) if _prompt(event, books) == "read_block"]
    if not ends:
        raise ValueError("no block was read in this call")
    return round(ends[-1] - _answered_at(events), 3)


def lines(events: Sequence[Event], books: Books) -> Iterable[str]:
    """For people: each phase with its seconds."""
    for phase, spent in seconds_by_phase(events, books).items():
        yield f"{phase:<10}{spent:7.1f} s"


def _spans(events: Sequence[Event], books: Books) -> Iterable[tuple[tuple[Phase, float], tuple[Phase, float]]]:
    marks = list(_marks(events, books))
    return zip(marks, [*marks[1:], ("end", events[-1].at)], strict=True)


def _marks(events: Sequence[Event], books: Books) -> Iterable[tuple[Phase, float]]:
    """Each change of phase and when; the desk's begins with the request that it answers."""
    now: Phase = "greeting"
    asked_at = _answered_at(events)
    yield now, asked_at
    for event in events:
        if event.kind == "request":
            asked_at = event.at
        prompt = _prompt(event, books)
        if is_answer(prompt):
            yield "desk", asked_at
        phase = phase_of(prompt)
        if phase and (phase != now or is_answer(prompt)):
            now = phase
            yield now, event.at


def is_answer(prompt: str) -> bool:
    """Whether the desk was asked for this prompt."""
    return prompt == "confirmed" or prompt.startswith("refused_")


def _prompt(event: Event, books: Books) -> str:
    book = books.get(event.details["language"]) if event.kind == "say" else None
    said: Speak | None = book.recognise(event.details["text"]) if book else None
    return said.prompt if said else ""


def _answered_at(events: Sequence[Event]) -> float:
    return next((event.at for event in events if event.kind == "answered"), events[-1].at)


def _end_of(events: Sequence[Event], i: int) -> float:
    """When the prompt was over: at its own end, or where a key stopped it."""
    own = events[i].at + float(events[i].details["seconds"])
    return min(own, next((event.at for event in events[i:] if event.kind in ("key", "end")), own))
