"""Text messages with a Confirmation ID, for callers who ask for one: who is offered it, sent once, and why not.

The number comes with each webhook and goes to the sender; it is neither kept nor logged. Whoever really sends is handed
in: Twilio (`twilio_messages`), or the simulated company's message service.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from activation_core.page_texts import Languages, best
from activation_core.refusals import Refusal
from activation_core.text_reach import takes_texts
from ivr.text_message import is_too_long, text_of

log = logging.getLogger(__name__)


class Sent(Protocol):
    """What the carrier says of a message: its id, '' where it took none; and its error code, None where all is well."""

    @property
    def sid(self) -> str: ...
    @property
    def error(self) -> int | None: ...


class Sender(Protocol):
    """Each raises OSError, without the number in its words, where no answer comes: nobody knows whether it was sent."""

    def send(self, to: str, text: str) -> Sent: ...
    def look(self, sid: str) -> Sent:
        """What has become of it."""


class Ledger(Protocol):
    """What was asked for."""

    def claim(self, message: str) -> str | None:
        """None for the first who asks; for others the carrier's id of it, '' as long as there is none."""

    def sent(self, message: str, sid: str) -> None: ...
    def release(self, message: str) -> None: ...


# Twilio's error codes: refused at once (21xxx), or undeliverable later (30xxx).
_REFUSALS: Mapping[str, Collection[int]] = {
    "text_no_mobile": (21211, 21614, 21635, 30005, 30006),
    "text_opted_out": (21610, 30004),
    "text_region": (21408, 21612),
    "text_too_long": (21617, 30019),
    "text_not_delivered": (30003, 30007, 30008),
}
_REFUSAL_OF: Mapping[int, str] = {code: refusal for refusal, codes in _REFUSALS.items() for code in codes}
_OF_THE_SENDER = ("text_down", "text_region")  # another account may have a sender that reaches this number
_DOWN = Refusal("text_down")


@dataclass(frozen=True)
class TextMessages:
    """`senders` are those to try in turn for a call that came in by this account of the carrier's; one at least.

    `regions` are those whose numbers they may text; `ledger_down` is what the ledger raises when it is.
    """

    senders: Callable[[str], Sequence[Sender]]
    ledger: Ledger
    languages: Languages
    regions: Collection[str]
    ledger_down: type[Exception] = OSError

    def reach(self, number: str) -> bool:
        """Whether a message is worth offering to whoever calls from this number."""
        return takes_texts(number, self.regions)

    def send(
        self, number: str, call: str, locale: str, confirmation: Sequence[str], account: str = ""
    ) -> Refusal | None:
        """Send it, once a call: whoever asks again learns what has become of it. None: it is on its way.

        `account` is the carrier's that the call came in by, '' where it is not known.
        """
        text = text_of(confirmation, best(self.languages, [locale]))
        if is_too_long(text):
            return Refusal("text_too_long")
        message = hashlib.sha256(f"{call} {''.join(confirmation)}".encode()).hexdigest()
        try:
            known = self.ledger.claim(message)
            if known is None:
                return self._send_first(message, number, text, account)
            return _refusal(self._ask(account, lambda sender: sender.look(known))) if known else _DOWN
        except (OSError, self.ledger_down) as error:
            log.error("a text message: no answer (%s)", type(error).__name__)
            return _DOWN

    def _send_first(self, message: str, number: str, text: str, account: str) -> Refusal | None:
        answer = self._ask(account, lambda sender: sender.send(number, text))
        if answer.sid:
            self.ledger.sent(message, answer.sid)
        else:
            self.ledger.release(message)
        return _refusal(answer)

    def _ask(self, account: str, ask: Callable[[Sender], Sent]) -> Sent:
        """By the first that can: where one gives no answer, or the number is not at fault, the next is asked.

        OSError where one gave no answer, and the others failed. Where the next one sent it, the first may have done so,
        too: whoever waits for a message minds two of them less than none.
        """
        unanswered: OSError | None = None
        for sender in self.senders(account):
            try:
                answer = ask(sender)
            except OSError as error:
                unanswered, fault = error, str(error)
            else:
                if answer.error is None or _REFUSAL_OF.get(answer.error, "text_down") not in _OF_THE_SENDER:
                    return answer
                fault = f"error {answer.error}"
            log.warning("a text message: an account failed (%s)", fault)
        if unanswered:
            raise unanswered
        return answer


@dataclass(frozen=True)
class NoTextMessages:
    """For a vendor who sends none."""

    def reach(self, number: str) -> bool:
        return False

    def send(
        self, number: str, call: str, locale: str, confirmation: Sequence[str], account: str = ""
    ) -> Refusal | None:
        return _DOWN


def _refusal(answer: Sent) -> Refusal | None:
    if answer.error is None:
        return None
    code = _REFUSAL_OF.get(answer.error, "text_down")
    log.log(logging.ERROR if code == "text_down" else logging.INFO, "a text message: error %s", answer.error)
    return Refusal(code)
