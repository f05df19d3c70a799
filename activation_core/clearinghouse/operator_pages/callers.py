"""Callers who were put through, as an operator meets them: under which reference, since when, with which blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from activation_core import block_boxes, blocks, installation_id
from activation_core.block_boxes import Box
from activation_core.clearinghouse.records import HandOver
from activation_core.page_texts import SOURCE, PageTexts
from activation_core.refusals import REASONS

OUTCOMES: Mapping[str, str] = {"confirmed": "Confirmed", "denied": "Denied", "closed": "Closed"}


ENGLISH = PageTexts(SOURCE)


@dataclass(frozen=True)
class Caller:
    kept: HandOver
    spoken: PageTexts
    now: datetime

    @property
    def reference(self) -> str:
        return self.kept.reference

    @property
    def shown(self) -> str:
        return blocks.show(self.kept.reference)

    @property
    def stopped_by(self) -> str:
        """The refusal in words; '' where there was none, and the caller wanted a person."""
        reason = REASONS.get(self.kept.refusal)
        return reason.words if reason else ""

    @property
    def step(self) -> str:
        return self.kept.step.replace("_", " ")

    @property
    def keyed(self) -> int:
        """How many blocks."""
        return sum(box.typed != "" for box in self.boxes)

    @property
    def boxes(self) -> list[Box]:
        keyed = [part if part.isdecimal() else "" for part in blocks.cut(self.kept.keyed)]
        return block_boxes.as_typed(block_boxes.shown(keyed), installation_id.BLOCKS)

    @property
    def outcome(self) -> str:
        return OUTCOMES.get(self.kept.outcome, "")

    @property
    def ago(self) -> str:
        minutes = int((self.now - self.kept.at).total_seconds() // 60)
        if minutes < 1:
            return "just now"
        if minutes < 60:
            return f"{minutes} min ago"
        return f"{minutes // 60} h ago" if minutes < 24 * 60 else f"{minutes // (24 * 60)} d ago"


def as_reference(text: str) -> str:
    """A reference as it was heard and typed; '' where it is none. Its check digit tells most slips."""
    kept, _ = blocks.salvage(text, 1)
    return kept[0]
