"""The webhooks of a call, to be looked at: what the carrier sent, what it got, and what it found wrong."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ivr.simulator.events import Event
from ivr.simulator.masking import read_document

__all__ = ["Inspected", "inspected"]


@dataclass
class Inspected:
    """One request with its answer; the answer is None where the call ended before it came."""

    number: int
    asked: Event
    answer: Event | None = None
    problems: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Path and query."""
        parts = urlsplit(str(self.asked.details["url"]))
        return parts.path + (f"?{parts.query}" if parts.query else "")

    @property
    def form(self) -> dict[str, str]:
        """The parameters that say something."""
        return {name: value for name, value in self.asked.details["params"].items() if value}

    @property
    def empty(self) -> list[str]:
        return [name for name, value in self.asked.details["params"].items() if not value]

    @property
    def document(self) -> str:
        """The body of the answer; XML with a line for each verb."""
        body = str(self.answer.details["body"]) if self.answer else ""
        root = read_document(body) if body else None
        return body if root is None else "\n".join(_lines(root, ""))


def inspected(events: Sequence[Event]) -> list[Inspected]:
    """Every webhook of a call, in order; a problem belongs to the webhook before it."""
    found: list[Inspected] = []
    for event in events:
        if event.kind == "request":
            found.append(Inspected(len(found) + 1, event))
        elif found and event.kind == "response":
            found[-1].answer = event
        elif found and event.kind in ("warning", "error"):
            found[-1].problems.append(event.details)
    return found


def _lines(element: ET.Element, margin: str) -> Iterator[str]:
    if (element.text or "").strip() or not len(element):
        whole = ET.tostring(element, encoding="unicode")
        yield margin + " ".join(whole[: whole.rindex(">") + 1].split())
        return
    opening = ET.tostring(ET.Element(element.tag, element.attrib), encoding="unicode").replace(" />", ">")
    yield f"{margin}{opening}"
    for child in element:
        yield from _lines(child, f"{margin}  ")
    yield f"{margin}</{element.tag}>"
