"""The desk as one caller finds it: that of everybody, and text messages to the number that they call from.

Made for each webhook, which brings the number; so the number is kept nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from activation_core.access_numbers import is_shown
from activation_core.refusals import Refusal
from ivr.activation_call import Admission, Desk, Granted
from ivr.dialogue import Standing


class Texts(Protocol):
    def reach(self, number: str) -> bool: ...
    def send(
        self, number: str, call: str, locale: str, confirmation: Sequence[str], account: str
    ) -> Refusal | None: ...


@dataclass(frozen=True)
class CallersDesk:
    desk: Desk
    texts: Texts
    number: str  # '' where it is not known
    account: str = ""  # of the carrier's, that the call came in by

    @property
    def has_operator(self) -> bool:
        return self.desk.has_operator

    def admit(self, call: str, line: str = "") -> Admission:
        return self.desk.admit(call, line or self._line)

    def note(self, call: str, standing: Standing) -> None:
        self.desk.note(call, standing)

    def confirm(self, installation_id: str, line: str = "") -> Granted | Refusal:
        return self.desk.confirm(installation_id, line or self._line)

    def hand_over(self, call: str, keyed: str, refusal: str, step: str, locale: str) -> str:
        return self.desk.hand_over(call, keyed, refusal, step, locale)

    @property
    def takes_texts(self) -> bool:
        return self.texts.reach(self.number)

    def text(self, call: str, locale: str, confirmation: Sequence[str]) -> Refusal | None:
        return self.texts.send(self.number, call, locale, confirmation, self.account)

    @property
    def _line(self) -> str:
        return self.number if is_shown(self.number) else ""
