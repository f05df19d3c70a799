"""The events of a call as a page gets them: with what only the prompt books and the declaration of the call know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from activation_core.region_names import text_direction
from ivr.chart import chart
from ivr.dialogue import Flow, Speak
from ivr.simulator.events import Event, as_json
from ivr.simulator.way import Way
from ivr.wording import Books, PromptBook

__all__ = ["PageEvents"]


class PageEvents:
    """Give it the events of one call in order; those that are `before` have been told already.

    As JSON, with what makes them readable: `steps` that the call has come to, the present one last; of what is said
    the `direction` in which it is read, the `caption` in numerals, a `block` of a Confirmation ID, a key that it
    `offers`; of a Gather the `keys` that its step understands.
    """

    def __init__(self, flow: Flow, books: Books, before: Iterable[Event] = ()) -> None:
        self._books = books
        self._keys = {node.name: node.keys for node in chart(flow).nodes}
        self._way = Way(flow, books)
        for event in before:
            self._way.passed(event)

    def __call__(self, event: Event) -> dict[str, Any]:
        told = as_json(event)
        if steps := self._way.passed(event):
            told["steps"] = steps
        if event.kind == "listen":
            told["keys"] = self._keys.get(self._way.present, ())
        if event.kind == "say":
            told["direction"] = text_direction(told["language"])
        book = self._books.get(told["language"]) if event.kind == "say" else None
        return told if book is None else {**told, **_of_speech(book, told["text"])}


def _of_speech(book: PromptBook, text: str) -> dict[str, Any]:
    told: dict[str, Any] = {"caption": book.numerals(text)}
    match book.recognise(text):
        case Speak("read_block", values):
            place = int(values["name"])
            told["block"] = {"index": place, "name": book.block_names[place], "digits": values["digits"]}
        case Speak(_, {"key": key}):
            told["offers"] = (key, book.language)
    return told
