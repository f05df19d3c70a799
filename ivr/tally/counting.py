"""What one webhook adds to the numbers of the day. Pure: from the call before and after it to counts.

Every call is counted under one way of ending, from its answer on: as if nothing more were heard of it, for a caller who
hangs up tells nobody. Each webhook moves it on, one less there and one more here, in the hour in which the call was
answered. So the ways of ending add up to the calls, and no row is kept of a call.

Silence goes on within a document and costs no webhook: a hang-up is known by the step with which its document began.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, get_args

from activation_core import blocks
from ivr.dialogue import Call, Collect, Flow

Count = tuple[str, str]  # what is counted; and of which step, refusal or bucket
Counts = Mapping[Count, int]

# How a call ends, best first. `gave_up` is a caller who hung up or said goodbye without a Confirmation ID.
Ending = Literal["confirmed", "put_through", "nobody", "refused", "gave_up", "out_of_order"]
ENDINGS: tuple[Ending, ...] = get_args(Ending)
_WAYS_OUT: Mapping[str, Ending] = {"operator": "put_through", "nobody": "nobody", "goodbye": "gave_up"}

Heard = Literal["understood", "nomatch", "noinput"]
HEARD: tuple[Heard, ...] = get_args(Heard)

# Calls that were turned away, by the step at which they ended: no part of the calls, for in a flood they are many.
TURNED_AWAY = ("line_busy", "all_busy")

BUCKET = 15  # seconds until the first Confirmation ID of a call are counted in steps of this
LAST_BUCKET = 300  # and what took longer, together

DEFECT: Counts = {("defect", ""): 1}  # of a call of which nothing is known


def ending(call: Call) -> tuple[Ending, str]:
    """How the call has ended if nothing more is heard of it, and at which step."""
    known = call.facts
    step = known.get("asked", "") if call.step in _WAYS_OUT else call.step
    if "confirmation" in known:
        return "confirmed", ""
    if known.get("out_of_order"):
        return "out_of_order", step
    way_out = _WAYS_OUT.get(call.step, "gave_up")
    if way_out == "gave_up" and known["refusal"]:
        return "refused", step
    return way_out, step


def answered(call: Call) -> Counts:
    """Of a call that was just answered, or turned away."""
    if call.step in TURNED_AWAY:
        return {("turned_away", call.step): 1}
    return {("answered", ""): 1, ("asked", call.step): 1, ending(call): 1}


def went_on(before: Call, after: Call, now: float) -> dict[Count, int]:
    """Of any webhook of a call; `now` in seconds, as its fact `answered`."""
    counts: dict[Count, int] = {("asked", after.step): 1}
    was, is_now = ending(before), ending(after)
    if was != is_now:
        counts |= {was: -1, is_now: 1}
    if after.facts["refusal"] and not before.facts["refusal"]:
        counts["refusal", after.facts["refusal"]] = 1
    if "confirmation" in after.facts and "confirmation" not in before.facts:
        lasted = max(0, round(now) - after.facts["answered"])  # of two machines, one clock may be behind
        counts["seconds", str(min(lasted // BUCKET * BUCKET, LAST_BUCKET))] = 1
        counts["seconds_in_all", ""] = lasted
    return counts


def keyed(flow: Flow, before: Call, step: str, keys: str, after: Call, now: float) -> Counts:
    """Of a webhook that brought `keys`, pressed at `step` of the document ('' is silence)."""
    counts = went_on(before, after, now)
    is_a_way = keys in flow.ways[step]
    counts[_heard(flow, before, step, keys, after, is_a_way), step] = 1
    asked, digits = flow.steps[step], keys.rpartition("*")[2]
    if isinstance(asked, Collect) and asked.digits > 1 and digits and not is_a_way:
        kept = zip(before.facts["keyed"], after.facts["keyed"], strict=True)
        right = sum(bool(new) and new != old for old, new in kept)
        counts["block", "right"] = right
        counts["block", "wrong"] = max(0, math.ceil(len(digits) / blocks.LENGTH) - right)
    return counts


def out_of_order(before: Call, after: Call, now: float) -> Counts:
    """Of a webhook that ended in a defect."""
    return {**went_on(before, after, now), **DEFECT}


def _heard(flow: Flow, before: Call, step: str, keys: str, after: Call, is_a_way: bool) -> Heard:
    """Where one try is all, silence is an answer, not a miss."""
    stayed = after.step == step and after.misses > (before.misses if step == before.step else 0)
    too_often = after.step in _WAYS_OUT and flow.tries_at(step) > 1
    if is_a_way or not (stayed or too_often):
        return "understood"
    return "nomatch" if keys else "noinput"
