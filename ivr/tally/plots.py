"""Bars, ready to be drawn as SVG: what is laid out here is only written down by the template.

Widths are percent of the plot and heights pixels, so that a plot fits any screen and its words keep their size.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_HEIGHT = 150.0  # pixels, of the highest column there may be
_GUTTER = 10.0  # percent, for the numbers beside the lines
_GAP = 0.18  # of a column's width
_LONGEST = 78.0  # percent, so that a number fits behind the longest row
_LINES = 4

Parts = Mapping[str, float]  # kind → value, from the ground up, or from the left


@dataclass(frozen=True)
class Rect:
    kind: str
    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True)
class Columns:
    """Columns side by side. `lines` are (y, value), `ticks` (x, label)."""

    height: float
    rects: tuple[Rect, ...]
    lines: tuple[tuple[float, str], ...]
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Row:
    label: str
    rects: tuple[Rect, ...]
    end: float  # percent
    note: str


def columns(
    values: Sequence[Parts], labels: Sequence[str], names: Mapping[str, str], every: int, tick: float = 0.5
) -> Columns:
    """One column for each label, of which every so manieth is written, so far into its column.

    `names` say what the kinds are.
    """
    step = _step(max((sum(parts.values()) for parts in values), default=0))
    top = step * max(1, math.ceil(max((sum(parts.values()) for parts in values), default=0) / step))
    wide, rects = (100 - _GUTTER) / len(values), list[Rect]()
    for n, parts in enumerate(values):
        ground, x = _HEIGHT, _GUTTER + wide * (n + _GAP / 2)
        for kind, value in parts.items():
            high = _HEIGHT * value / top
            ground -= high
            if value:
                title = f"{labels[n]}: {names[kind]} {value:g}"
                rects.append(Rect(kind, x, ground, wide * (1 - _GAP), high, title))
    lines = [(_HEIGHT * (1 - at * step / top), f"{at * step:g}") for at in range(round(top / step) + 1)]
    ticks = [(_GUTTER + wide * (n + tick), labels[n]) for n in range(0, len(values), every)]
    return Columns(_HEIGHT, tuple(rects), tuple(lines), tuple(ticks))


def rows(values: Sequence[tuple[str, Parts, str]], names: Mapping[str, str]) -> list[Row]:
    """(label, parts, note behind the row), one below the other, all on one scale."""
    longest, drawn = max((sum(parts.values()) for _, parts, _ in values), default=0) or 1, []
    for label, parts, note in values:
        x, rects = 0.0, list[Rect]()
        for kind, value in parts.items():
            wide = _LONGEST * value / longest
            if value:
                rects.append(Rect(kind, x, 0, wide, 0, f"{label}: {names[kind]} {value:g}"))
            x += wide
        drawn.append(Row(label, tuple(rects), x, note))
    return drawn


def _step(highest: float) -> float:
    """Between two lines: 1, 2 or 5 times a power of ten, and never part of a call."""
    rough = max(1.0, highest / _LINES)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * each for each in (1, 2, 5, 10) if power * each >= rough)
