"""A call without the digits that were keyed or read out, and without telephone numbers: who has them has an ID.

What counts and what does not is settled here alone: whatever is shown or handed on is made of masked events. Every text
is masked that is not known to be harmless. Digits that are said as words are known in the languages of the prompt
books; in others only numerals are. A key that was pressed alone is a choice in a menu, and is told.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ivr.simulator.events import Event
from ivr.simulator.played import Played
from ivr.wording import Books

__all__ = ["masked", "masked_call", "masked_text", "read_document"]

_MASK = "•"

_ENTRIES = frozenset({"digits", "Digits"})
_SINGLE_KEYS = frozenset({"key", "lost"})  # events of one key each: in a row they are an entry
_ADDRESSES = frozenset({"url", "action", "ErrorUrl", "RecordingUrl"})
_HARMLESS = frozenset({"ApiVersion", "ErrorCode", "Timestamp", "content_type", "token", "voice"})

_DIGITS_OF_AN_ADDRESS = re.compile(r"(?<=\bDigits=)[^&\s]+")
_ONE_BY_ONE = re.compile(r"(?<![\w.])\d(?:(?:[,.]? |[,-])\d)+(?!\w)")
_LONG_NUMBER = re.compile(r"\d{4,}")


def masked(events: Iterable[Event], books: Books) -> list[Event]:
    """The same events, with • for a digit."""
    return [replace(event, details=_details(event.details, event.kind, books)) for event in events]


def masked_call(played: Played, books: Books) -> Played:
    """A call that may be handed on."""
    difference = None if played.difference is None else masked_text(played.difference, books)
    return replace(played, events=masked(played.events, books), difference=difference)


def masked_text(text: str, books: Books) -> str:
    """With digits that are said one by one as numerals, and masked; so is a long number."""
    for book in books.values():
        text = book.numerals(text)
    return _LONG_NUMBER.sub(_each, _ONE_BY_ONE.sub(_each, text))


def _details(told: Mapping[str, Any], kind: str, books: Books) -> dict[str, Any]:
    return {name: _value(name, value, kind, books) for name, value in told.items()}


def _value(name: str, value: Any, kind: str, books: Books) -> Any:
    match value:
        case Mapping():
            return _details(value, kind, books)
        case str() if name in _ENTRIES or (name == "key" and kind in _SINGLE_KEYS):
            return value if len(value) == 1 and kind not in _SINGLE_KEYS else re.sub(r"\d", _MASK, value)
        case str() if kind == "sms":  # three digits and four, one block a line
            return re.sub(r"\d", _MASK, value)
        case str() if name in _ADDRESSES:
            return _address(value)
        case str() if name == "body":
            return _document(value, books)
        case str() if name not in _HARMLESS and not name.endswith("Sid"):
            return _address(masked_text(value, books))
        case _:
            return value


def _address(text: str) -> str:
    return _DIGITS_OF_AN_ADDRESS.sub(_each, text)


def _document(body: str, books: Books) -> str:
    """What is said is masked as it is heard, so without its pauses; what is no XML is masked as it stands."""
    root = read_document(body)
    if root is None:
        return masked_text(body, books)
    for element in list(root.iter()):
        said = " ".join(" ".join(element.itertext()).split())
        if element.tag == "Say" and masked_text(said, books) != said:
            for child in list(element):
                element.remove(child)
            element.text = said
        element.text, element.tail = (masked_text(text or "", books) for text in (element.text, element.tail))
        for name in element.attrib:
            element.set(name, _value(name, element.attrib[name], "", books))
    return ET.tostring(root, encoding="unicode")


def read_document(body: str) -> ET.Element | None:
    """None where it is no XML, or could hold entities."""
    try:
        return None if "<!DOCTYPE" in body else ET.fromstring(body)  # noqa: S314 - no DOCTYPE, so no entities; ≤ 64 kB
    except (ET.ParseError, ValueError):
        return None


def _each(found: re.Match[str]) -> str:
    return re.sub(r"\d", _MASK, found[0])
