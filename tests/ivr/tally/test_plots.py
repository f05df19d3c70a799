"""The layout of the plots: every number in its place, and as large as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.tally.plots import columns, rows

NAMES = {"good": "went well", "bad": "went wrong"}
HEIGHT = 150


def test_the_parts_of_a_column_stand_on_each_other_and_on_the_ground():
    good, bad = columns([{"good": 3, "bad": 1}], ["a"], NAMES, 1).rects
    assert good.y + good.height == HEIGHT
    assert bad.y + bad.height == good.y
    assert good.height == 3 * bad.height
    assert (good.title, bad.title) == ("a: went well 3", "a: went wrong 1")


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=30))
def test_heights_are_true_to_the_lines_and_nothing_leaves_the_plot(values):
    plot = columns([{"good": value} for value in values], [str(n) for n in range(len(values))], NAMES, 3)
    assert 2 <= len(plot.lines) <= 6
    for y, label in plot.lines:
        assert y == pytest.approx(HEIGHT * (1 - float(label) / float(plot.lines[-1][1])))
    for rect, value in zip(plot.rects, [value for value in values if value], strict=True):
        assert rect.height == pytest.approx(HEIGHT * value / float(plot.lines[-1][1]))
        assert 0 <= rect.y <= HEIGHT
        assert 0 <= rect.x <= rect.x + rect.width <= 100


def test_a_line_is_never_part_of_a_call():
    assert [label for _, label in columns([{"good": 1}], ["a"], NAMES, 1).lines] == ["0", "1"]


def test_rows_are_on_one_scale_and_leave_room_for_the_note():
    long, short = rows([("a", {"good": 3, "bad": 1}, "4"), ("b", {"good": 0, "bad": 2}, "2")], NAMES)
    assert long.end == 2 * short.end < 80
    assert [rect.kind for rect in short.rects] == ["bad"]
    assert long.rects[1].x == long.rects[0].width
