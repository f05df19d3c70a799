"""A caller who listens and does what is asked: keys the Installation ID, writes the Confirmation ID down."""

from __future__ import annotations

from collections.abc import Sequence

from activation_core import confirmation_id
from ivr.dialogue import Speak
from ivr.simulator.events import Event
from ivr.simulator.line import ScriptedLine
from ivr.wording import Books

FIRST_KEY, BETWEEN_KEYS = 1.0, 0.4  # seconds: somebody who reads digits off a screen


def timed(keys: Sequence[str]) -> list[tuple[float, str]]:
    """Keys as a person presses them, each with its delay from now."""
    return [(FIRST_KEY + BETWEEN_KEYS * i, key) for i, key in enumerate(keys)]


class AttentiveCaller:
    """Presses keys when the prompts are over, as first-time callers do."""

    def __init__(self, installation_id: str, locale: str, books: Books) -> None:
        self._installation_id, self._locale, self._books = installation_id, locale, books
        self._heard: list[Speak] = []  # since the line last waited for keys
        self._written: dict[int, str] = {}

    def line(self) -> ScriptedLine:
        return ScriptedLine(self._decide)

    @property
    def confirmation_id(self) -> str:
        """What was written down; '' as long as a block is missing."""
        blocks = [self._written.get(place, "") for place in range(confirmation_id.BLOCKS)]
        return "".join(blocks) if all(blocks) else ""

    def _decide(self, event: Event) -> Sequence[tuple[float, str]] | None:
        if event.kind == "say":
            self._hear(event.details["text"], event.details["language"])
        if event.kind == "wait":
            heard, self._heard = self._heard, []
            return timed(next(filter(None, map(self._answer, heard)), ""))
        return None

    def _hear(self, text: str, locale: str) -> None:
        book = self._books.get(locale)
        if book and (said := book.recognise(text)):
            self._heard.append(Speak(said.prompt, said.values, locale))
            if said.prompt == "read_block":
                self._written[int(said.values["name"])] = said.values["digits"]

    def _answer(self, said: Speak) -> str:
        match said.prompt:
            case "press_for_language" if said.locale == self._locale:
                return str(said.values["key"])
            case "enter_id":
                return self._installation_id
            case "what_next":
                return "9"
            case _:
                return ""
