"""How the commands of both sides write: tables of 80 columns, times, IDs to read out, and a no.

Lines only; whoever has them prints them.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from babel import Locale

from activation_core import blocks, confirmation_id
from activation_core.access_numbers import Choice, Why
from activation_core.refusals import Refusal
from activation_core.region_names import ENGLISH, region_name

COLUMNS, GAP = 80, "  "
WHY_THIS_NUMBER: Mapping[Why, str] = {
    "toll-free": "free",
    "universal-freephone": "free, universal",
    "toll": "toll",
    "nearest": "toll, nearest",
    "web-form": "use the web form",
}


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Columns as wide as their widest cell; the last one is wrapped."""
    cells = [header, *rows]
    widths = [max(map(len, column)) for column in list(zip(*cells, strict=True))[:-1]]
    left = sum(widths) + len(GAP) * len(widths)
    lines = []
    for *row, last in cells:
        begin = "".join(cell.ljust(width) + GAP for cell, width in zip(row, widths, strict=True))
        lines += textwrap.wrap(last, COLUMNS, initial_indent=begin, subsequent_indent=" " * left) or [begin.rstrip()]
    return lines


def paragraph(text: str, indent: str = "") -> list[str]:
    """This text, wrapped."""
    return textwrap.wrap(text, COLUMNS, initial_indent=indent, subsequent_indent=" " * len(indent))


def time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def listed(words: Iterable[str]) -> str:
    return ", ".join(words)


def confirmation_id_rows(answer: Sequence[str]) -> list[str]:
    """Each block of a Confirmation ID after its name."""
    return [f"  {name:<9}{blocks.show(block)}" for name, block in zip(confirmation_id.BLOCK_NAMES, answer, strict=True)]


def installation_id_rows(asked: Sequence[str]) -> list[str]:
    """Each block of an Installation ID after its number."""
    return [f"  {place}  {blocks.show(block)}" for place, block in enumerate(asked, 1)]


def number_to_call(choice: Choice, locale: Locale = ENGLISH) -> list[str]:
    """What somebody in a region dials, and what it costs."""
    name, number, why = region_name(choice.region, locale), choice.number, WHY_THIS_NUMBER[choice.why]
    if number is None:
        return [f"{name}: {why}"]
    line = f"{name}: {number.as_dialled_from(choice.region)} ({why})"
    return [line, "This number is an example, kept for fiction: nobody answers it."] if number.example else [line]


def no(refusal: Refusal) -> list[str]:
    wrong = refusal.details.get("blocks", ())
    named = f" Check block {listed(map(str, wrong))}." if wrong else ""
    return [refusal.words + named, refusal.next_step, f"Refusal: {refusal.code}"]


def no_as_json(refusal: Refusal) -> dict[str, Any]:
    return {
        "code": refusal.code,
        "words": refusal.words,
        "next_step": refusal.next_step,
        "details": dict(refusal.details),
    }


def as_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
