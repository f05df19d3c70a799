"""The simulated company's text messages: what Twilio's Messages resource says to a sender, and what arrives.

It knows Twilio's wire facts and nothing of the application. Documented: the numbers that Twilio's test credentials
answer with an error each, and that a message has at most 1,600 characters. Of this simulator alone: the numbers for
what test credentials cannot play.
"""

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["REFUSED", "UNDELIVERED", "UNREACHABLE", "Message", "MessageService"]

MOST_CHARACTERS = 1600
_E164 = re.compile(r"\+[1-9][0-9]{4,14}")

# Numbers to send to, and the error of each.
REFUSED: Mapping[str, int] = {
    "+15005550001": 21211,  # documented: not a valid number
    "+15005550002": 21612,  # documented: cannot be routed to
    "+15005550003": 21408,  # documented: no permission for the region
    "+15005550004": 21610,  # documented: opted out
    "+15005550009": 21614,  # documented: takes no messages
    "+15005550017": 21617,  # of this simulator: whatever is said is too long
    "+15005550029": 20429,  # of this simulator: too many requests
}
UNDELIVERED: Mapping[str, int] = {"+15005550030": 30003}  # of this simulator: accepted, and the handset is unreachable
UNREACHABLE = "+15005550053"  # of this simulator: the service itself does not answer


@dataclass(frozen=True)
class Message:
    """`sid` is '' where it was refused; `error` is what is wrong with it, or None."""

    sid: str
    error: int | None
    to: str
    text: str


@dataclass
class MessageService:
    """Threads may share it. `sender` is what messages come from."""

    sender: str = "+15005550006"  # documented: passes all validation
    _messages: list[Message] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, to: str, text: str) -> Message:
        """TimeoutError where the service is down."""
        if to == UNREACHABLE:
            raise TimeoutError("the message service does not answer")
        error = 21211 if not _E164.fullmatch(to) else REFUSED.get(to)
        if not text:
            error = error or 21602
        if len(text) > MOST_CHARACTERS:
            error = error or 21617
        with self._lock:
            sid = "" if error else f"SM{len(self._messages) + 1:032x}"
            message = Message(sid, error, to, text)
            if sid:
                self._messages.append(message)
        return message

    def look(self, sid: str) -> Message:
        """What has become of it; an error of 20404 where there is no such message."""
        found = next((each for each in self._messages if each.sid == sid), None)
        if found is None:
            return Message("", 20404, "", "")
        return Message(sid, UNDELIVERED.get(found.to), found.to, found.text)

    def arrived(self, number: str) -> Sequence[Message]:
        """On the handset of this number, oldest first."""
        return [each for each in self._messages if each.to == number and number not in UNDELIVERED]
