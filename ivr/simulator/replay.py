"""What was entered in a call up to one of its webhooks: enough to bring another call to the same place."""

from __future__ import annotations

from collections.abc import Sequence

from ivr.simulator.events import Event

__all__ = ["entries_before"]


def entries_before(events: Sequence[Event], turn: int) -> list[str]:
    """The keys that each Gather got before the webhook number `turn` of the call, from 0; '' is silence.

    Keys that nobody heard are not among them. ValueError where the call has no such webhook.
    """
    asked = [place for place, event in enumerate(events) if event.kind == "request"]
    if not 0 <= turn < len(asked):
        raise ValueError(f"turn: this call has {len(asked)} webhooks, counted from 0.")
    gathered = [event.details for event in events[: asked[turn]] if event.kind == "gathered"]
    return [each["digits"] + each["key"] for each in gathered]
