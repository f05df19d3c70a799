"""A caller who listens and does what is asked: keys the Installation ID, writes the Confirmation ID down.

Whatever goes wrong in between, on the line or in the fingers, this caller answers what is asked next.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter

from activation_core import blocks, confirmation_id
from ivr.dialogue import Speak
from ivr.simulator.events import Event
from ivr.simulator.line import HANG_UP, HungUp, Line
from ivr.simulator.personas import REACTION, STEADY, Persona, Plan
from ivr.wording import Books, Pause, PromptBook

_WORTH_ANOTHER_LOOK = frozenset({"refused_malformed", "refused_not_genuine"})  # it may have been keyed wrong
# Where pound is the same as silence, and a caller in a hurry does not wait.
PASSED_OVER = frozenset({"press_for_language", "toll_free", "confirmed", "read_block"})
_THE_END = frozenset({"what_next", "what_next_or_text", "still_there"})
_READINGS = 3  # of the whole Confirmation ID, before this caller asks for a person


@dataclass(frozen=True)
class _Reading:
    """A block that is being read: it can be written down from `known_at` on."""

    place: int
    digits: str
    known_at: float


class AttentiveCaller:
    """Answers each prompt as its persona does, and asks for a person where the answer is no."""

    def __init__(self, installation_id: str, locale: str, books: Books, persona: Persona = STEADY) -> None:
        self._installation_id, self._locale, self._books = installation_id, locale, books
        self.persona = persona
        self._heard: list[Speak] = []  # in the Gather that is open
        self._answered = False  # so is it
        self._written: dict[int, str] = {}
        self._reading: _Reading | None = None
        self._behind_until = 0.0  # what was heard up to now is known by then
        self._familiar: set[str] = set()  # prompts that need not be transcribed again
        self._asked_slower = self._looked_again = False
        self._readings = 0

    def line(self) -> Line:
        return Fingers(self.decide)

    @property
    def confirmation_id(self) -> str:
        """What was written down; '' as long as a block is missing."""
        digits = [self._written.get(place, "") for place in range(confirmation_id.BLOCKS)]
        return "".join(digits) if all(digits) else ""

    def coming(self) -> Plan:
        """What an impatient caller would key without being asked."""
        return [] if self._written or self._readings else self.persona.timed(self._installation_id)

    def decide(self, event: Event) -> Plan:
        """The whole of the next entry, once this caller knows what to press."""
        match event.kind:
            case "listen":
                self._heard, self._answered = [], False
            case "say":
                return self._hear(event)
            case "wait":
                return self._answer_all(event)
            case "gathered":
                self._write_down(event.at)
        return []

    # -- listening -------------------------------------------------------------------------------------

    def _hear(self, event: Event) -> Plan:
        book = self._books.get(event.details["language"])
        said = book.recognise(event.details["text"]) if book else None
        if said is None:
            return []
        said = Speak(said.prompt, said.values, event.details["language"])
        self._heard.append(said)
        self._follow(said, event)
        at_once = self.persona.in_a_hurry or said.prompt == "read_block"
        if not at_once or not event.details["gather"]:
            return []
        return self._entry(self._answer(said), self._knows_after(said, event.details["seconds"]))

    def _follow(self, said: Speak, event: Event) -> None:
        """Keep up with what is said: an operator may still be typing what came before."""
        if said.prompt == "read_block":
            self._reading = self._read(said, event)
        elif self.persona.transcribes and said.prompt not in self._familiar:
            self._familiar.add(said.prompt)
            seconds = event.details["seconds"]
            begins = max(self._behind_until, event.at)
            self._behind_until = begins + seconds + self.persona.lag(words_in(event.details["text"]), seconds)

    def _read(self, said: Speak, event: Event) -> _Reading:
        """Known after its first reading, or its second, if by its beginning everything before is known."""
        seconds = event.details["seconds"]
        second = event.at + seconds - self._once(said, seconds)
        ends = [event.at + self._once(said, seconds), event.at + seconds]
        known = [end for begin, end in zip((event.at, second), ends, strict=True) if begin >= self._behind_until - 1e-6]
        return _Reading(int(said.values["name"]), said.values["digits"], known[0] if known else float("inf"))

    def _once(self, said: Speak, seconds: float) -> float:
        return once(self._books[said.locale], said, seconds)

    def _knows_after(self, said: Speak, seconds: float) -> float:
        """Seconds from the beginning of a prompt until somebody who does not wait for its end acts."""
        if said.prompt == "read_block" and int(said.values["name"]) not in self._written:
            return self._once(said, seconds) + self.persona.writes
        return min(seconds, self.persona.recognises or seconds)

    def _write_down(self, at: float) -> None:
        """What was read to its end; a block that a key cut short is not known."""
        if (reading := self._reading) and reading.known_at <= at + 1e-6:
            self._written[reading.place] = reading.digits
        self._reading = None

    # -- answering -------------------------------------------------------------------------------------

    def _answer_all(self, event: Event) -> Plan:
        """The first of what was heard that asks for something; nothing where the call goes on before it is known."""
        if self._answered:
            return []
        lags = [(said, self._lag(said, event.at)) for said in self._heard]
        plans = (self._entry(self._answer(said), lag) for said, lag in lags if lag < event.details["seconds"])
        return next(filter(None, plans), [])

    def _lag(self, said: Speak, at: float) -> float:
        """Who misses a block has been waiting to say so; all else is answered when it is known."""
        waiting = said.prompt in _THE_END and not self.confirmation_id
        return 0.0 if waiting else max(0.0, self._behind_until - at)

    def _entry(self, keys: str, delay: float) -> Plan:
        self._answered = self._answered or bool(keys)
        return [(delay + at, key) for at, key in self.persona.timed(keys)]

    def _answer(self, said: Speak) -> str:
        on = "#" if self.persona.in_a_hurry and said.prompt in PASSED_OVER else ""
        match said.prompt:
            case "press_for_language":
                return str(said.values["key"]) if said.locale == self._locale else on
            case "enter_id":
                return self._installation_id
            case "zero":
                return self._installation_id[1:]
            case "repair" | "enter_block":
                end = int(said.values["block"]) * blocks.LENGTH
                return self._installation_id[end - blocks.LENGTH : end]
            case "read_block":
                return self._answer_reading(on)
            case prompt if prompt in _THE_END:
                return self._answer_the_end()
            case prompt if prompt.startswith("refused_"):
                return self._answer_refusal(prompt)
            case _:
                return on

    def _answer_reading(self, on: str) -> str:
        if self.persona.slower and not self._asked_slower:
            self._asked_slower = True
            return "1"
        missed = self._reading and self._reading.known_at == float("inf") and self._reading.place not in self._written
        return "*" if missed else on

    def _answer_the_end(self) -> str:
        if self.confirmation_id:
            return "9"
        self._readings += 1
        return "1" if self._readings < _READINGS else "0"

    def _answer_refusal(self, prompt: str) -> str:
        if prompt in _WORTH_ANOTHER_LOOK and not self._looked_again:
            self._looked_again = True
            return "1"
        return "0"


def words_in(text: str) -> int:
    """How many words an operator types; of kana and kanji, which have no spaces, three signs are one (no source)."""
    return len(re.findall(r"[\u3040-\u30ff\u3400-\u9fff]{1,3}|[^\s\u3000-\u30ff\u3400-\u9fff]+", text))


def once(book: PromptBook, said: Speak, seconds: float) -> float:
    """How long one reading of a block takes, of the two: the longest pause stands between them."""
    pauses = [fragment.milliseconds for fragment in book.words(said).fragments if isinstance(fragment, Pause)]
    return (seconds - max(pauses, default=0) / 1000) / 2


class Fingers:
    """The line of somebody who presses what `decide` plans, one entry at a time.

    Whoever is answered in the middle of an entry listens instead of keying on.
    """

    def __init__(self, decide: Callable[[Event], Plan]) -> None:
        self.now = 0.0
        self._decide = decide
        self._plan: list[tuple[float, str]] = []
        self._hangs_up_at = float("inf")

    def wait(self, until: float) -> str | None:
        at, key = self._plan[0] if self._plan else (float("inf"), "")
        if self._hangs_up_at <= min(at, until):
            self.now = max(self.now, self._hangs_up_at)
            raise HungUp
        if at > until:
            self.now = until
            return None
        self._plan.pop(0)
        self.now = max(self.now, at)
        return key

    def notice(self, event: Event) -> None:
        if event.kind == "gathered":
            self._plan = [(at, key) for at, key in self._plan if at <= event.at + REACTION]
        busy = any(at > event.at + REACTION for at, _ in self._plan)
        planned = [(round(event.at + delay, 3), key) for delay, key in self._decide(event)]  # milliseconds
        self._hangs_up_at = min([self._hangs_up_at, *(at for at, key in planned if key == HANG_UP)])
        if not busy:
            self._plan = sorted([*self._plan, *(each for each in planned if each[1] != HANG_UP)], key=itemgetter(0))
