"""What happens in a simulated call: one value an event, and its JSON.

Not here: who makes events (carrier) and who listens to them (line). Every kind and its details:

request    why, method, url, params (without the signature, which is a header), token (idempotency);
           attempt, from the second on
response   why, url, status, seconds, content_type, body
answered   (nothing): the carrier has picked up; the caller pays from here on
say        text, language, voice, seconds, gather (is it nested in a Gather?); audio, the name under which
           the speaker has it, where it can be heard
play       url or digits, seconds, gather
pause      seconds, gather
listen     numDigits (None = any number), finishOnKey ('' = none), timeout, input, action
wait       seconds: the prompts of the Gather are over, its timeout runs
key        key, digits (what the Gather holds after it)
words      text, seconds: what the caller says where something listens
lost       key (or words), why: "nothing was listening", "the request was under way", "the caller was put
           through", "only keys were asked for", "keys were being entered", "the caller was speaking"
mishap     what (a kind of faults.py), key, pressed (what comes instead), seconds (late): what went wrong with a key
           before it reached the carrier; told by a line that makes mistakes
gathered   digits, key (the finish key that ended it, or ''), why: "finish key", "number of digits",
           "timeout", "silence", "finish key first", "speech"; speech, if something was said
record     timeout, finishOnKey, maxLength, beep
recorded   why: "finish key", "silence", "maximum length", "hung up"; key, seconds, url ('' if nothing was said)
dial       number, outcome, seconds
whispered  to, seconds, and text and language, url or digits: what the dialled party alone hears, before being connected
released   the dialled party, by the caller's star
queued     queue, outcome, seconds: the caller waits, for this long at most
left       queue, result, seconds waited
sms        text, to, sender
warning    code, title, message, cause, cure, url: the call goes on
error      the same: the carrier could not do what it was told; code 0 is this simulator's own word
end        by: "caller", "application", "carrier"; why; status (the final CallStatus). Always the last event.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Event", "EventKind", "as_json"]

EventKind = Literal[
    "request",
    "response",
    "answered",
    "say",
    "play",
    "pause",
    "listen",
    "wait",
    "key",
    "words",
    "lost",
    "mishap",
    "gathered",
    "record",
    "recorded",
    "dial",
    "whispered",
    "released",
    "queued",
    "left",
    "sms",
    "warning",
    "error",
    "end",
]


@dataclass(frozen=True)
class Event:
    """Something that begins `at` seconds after the call was placed; the details are plain JSON values."""

    at: float
    kind: EventKind
    details: Mapping[str, Any] = field(default_factory=dict)


def as_json(event: Event) -> dict[str, Any]:
    """The event as one flat JSON object: at, kind, then its details."""
    return {"at": event.at, "kind": event.kind, **event.details}
