"""A call as it went, in lines for people: when, who, what. Digits are numerals here, as one would write them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ivr.simulator.events import Event
from ivr.wording import Books


def transcript(events: Iterable[Event], books: Books) -> Iterator[str]:
    """The lines of a transcript, in order."""
    for event in _entries(events):
        if said := _words(event, books):
            yield f"{clock(event.at)}  {said}"


def clock(seconds: float) -> str:
    """Minutes and seconds: 3:07."""
    minutes, seconds = divmod(int(seconds), 60)
    return f"{minutes:2}:{seconds:02}"


def _entries(events: Iterable[Event]) -> Iterator[Event]:
    """The events in the order in which they began; an entry is noted when it ends but began with its first key."""
    first_key: float | None = None
    for event in events:
        if event.kind == "key" and first_key is None:
            first_key = event.at
        if event.kind == "gathered":
            yield Event(event.at if first_key is None else first_key, event.kind, event.details)
            first_key = None
        elif event.kind != "key":
            yield event


def _words(event: Event, books: Books) -> str:
    told = event.details
    match event.kind:
        case "answered":
            return "— answered"
        case "say":
            book = books.get(told["language"])
            return f"« {book.numerals(told['text']) if book else told['text']}"
        case "play":
            return f"« plays {told.get('url') or told.get('digits')}"
        case "gathered" if told["digits"] or told["key"]:
            return f"» {_in_blocks(told['digits'])}{told['key']}"
        case "lost":
            return f"» {told['key']} (lost: {told['why']})"
        case "sms":
            return f"— a text message arrives: {told['text'].replace(chr(10), ', ')}"
        case "dial":
            return f"— is put through: {told['outcome']}"
        case "whispered":
            return f"— {told['to']} hears: {told.get('text') or told.get('url') or told.get('digits') or 'nothing'}"
        case "warning" | "error":
            return f"! {event.kind} {told['code']}: {told['message']}"
        case "end":
            return f"— ended by the {told['by']}: {told['why']}"
        case _:
            return ""


def _in_blocks(digits: str) -> str:
    return " ".join(digits[i : i + 7] for i in range(0, len(digits), 7))
