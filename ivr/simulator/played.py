"""A call as it was played, and its verdict where a file says how it should go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ivr.simulator.events import Event
from ivr.simulator.events import as_json as event_as_json

__all__ = ["Played", "as_json"]


@dataclass(frozen=True)
class Played:
    """One call as it went; `difference` is None where it went as its file says, or where there is none."""

    name: str  # of the file, where there is one
    events: Sequence[Event]
    difference: str | None
    line: int = 0  # of the file, where it differs

    @property
    def seconds(self) -> float:
        return self.events[-1].at if self.events else 0.0

    @property
    def is_over(self) -> bool:
        """Not where it was left at a difference."""
        return bool(self.events) and self.events[-1].kind == "end"

    @property
    def cause(self) -> str:
        """The carrier's first error, where the call differs; '' where there was none."""
        errors = [event.details for event in self.events if event.kind == "error" and self.difference]
        return next(
            (f"error {each['code']}, {each['title']}: {each['message']} ({each['url']})" for each in errors), ""
        )


def as_json(played: Played) -> dict[str, Any]:
    """With everything that happened."""
    return {
        "scenario": played.name,
        "difference": played.difference,
        "seconds": played.seconds,
        "events": [event_as_json(event) for event in played.events],
    }
