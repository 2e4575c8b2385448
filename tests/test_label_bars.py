"""Bars of labels: their lengths, colours and names."""

from __future__ import annotations

import pytest

from explorer.map_colours import as_hex, class_colours
from explorer.widgets.label_bars import LEAST_BAR, LabelBars


@pytest.fixture
def bars(stage) -> LabelBars:
    bars = LabelBars(stage.frame, stage.theme, width=200, height=44)
    stage.show(bars, 200, 44)
    return bars


def drawn(bars: LabelBars) -> list[tuple[float, ...]]:
    return [tuple(bars.coords(item)) for item in bars.find_withtag("bar")]


def texts(bars: LabelBars, tag: str) -> list[str]:
    return [bars.itemcget(item, "text") for item in bars.find_withtag(tag)]


def test_lengths_are_in_proportion_and_colours_those_of_the_map(bars):
    bars.show("0123", (10, 0, 5, 20))
    heights = [bottom - top for _, top, _, bottom in drawn(bars)]
    assert heights == pytest.approx([heights[2] / 2, heights[2] / 4, heights[2]])
    colours = [bars.itemcget(item, "fill") for item in bars.find_withtag("bar")]
    expected = [as_hex(colour) for colour in class_colours(4)]
    assert colours == [expected[0], expected[2], expected[3]]
    assert texts(bars, "name") == ["0", "1", "2", "3"]
    assert texts(bars, "number") == ["10", "5", "20"]


def test_one_among_thousands_is_still_seen(bars):
    bars.show("01", (1, 5000))
    assert drawn(bars)[0][3] - drawn(bars)[0][1] == LEAST_BAR


def test_every_label_has_its_place_and_bars_stay_inside(bars):
    bars.show("0123456789", range(10))
    for left, top, right, bottom in drawn(bars):
        assert 0 <= left < right <= 200
        assert 0 < top < bottom < 44
    assert bars.slot(9)[1] <= 200


def test_with_many_labels_only_the_commonest_is_named(bars):
    names = [f"letter {n}" for n in range(26)]
    bars.show(names, [1] * 25 + [7])
    assert texts(bars, "name") == ["letter 25"]
    assert "7" in texts(bars, "number")


@pytest.mark.parametrize("longest", [0, 9])
def test_a_long_number_at_an_end_is_not_cut(bars, longest):
    bars.show("0123456789", [1001 if i == longest else 5 for i in range(10)])
    (number,) = (i for i in bars.find_withtag("number") if bars.itemcget(i, "text") == "1,001")
    left, _, right, _ = bars.bbox(number)
    assert left >= -1  # Tk's box is a pixel wider than the text
    assert right <= bars.winfo_width() + 1


def test_nothing_is_nothing(bars):
    bars.show((), ())
    assert bars.find_all() == ()
    bars.show("ab", (0, 0))
    assert drawn(bars) == []


def test_names_and_counts_must_fit(bars):
    with pytest.raises(ValueError, match="2 labels and 3 counts"):
        bars.show("ab", (1, 2, 3))


def test_both_themes(bars, stage):
    bars.show("ab", (1, 2))
    stage.theme.set_mode("dark")
    assert bars.cget("background") == stage.theme.palette.background
    assert len(drawn(bars)) == 2
