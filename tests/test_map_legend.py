"""The legend below a map: its rows, its widget, its room."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.legend_entries import CLASS, DASHES, DOT, HEAT, LINE, NOTE, LegendEntry
from explorer.map_legend import height_of, is_boxed, laid_out, readable_on
from explorer.widgets.map_legend import MapLegend

CLASSES = [LegendEntry("classes", CLASS, str(i), (f"#{i}{i}8040",)) for i in range(10)]
OTHERS = [
    LegendEntry("classes", NOTE, "fainter: less sure"),
    LegendEntry("digits", DOT, "real digits", ("#ff0000", "#00ff00")),
    LegendEntry("magnification", HEAT, "magnification", ("#000000", "#ffffff"), ("1.0", "30")),
    LegendEntry("typicality", LINE, "typical | rare", ("#123456",)),
    LegendEntry("typicality", DASHES, "rare | off the map", ("#123456",)),
]

kinds = st.sampled_from([CLASS, LINE, DASHES, DOT, HEAT, NOTE])
entries = st.lists(
    st.builds(
        lambda kind, text: LegendEntry("layer", kind, text, ("#ff0000",), ("1", "2")),
        kinds,
        st.text("abcd 0", max_size=30),
    ),
    max_size=20,
)


def measure(text: str) -> float:
    return 6.0 * len(text)


@given(entries, st.floats(20, 800))
def test_entries_share_rows_without_touching(wanted, room):
    items = laid_out(wanted, room, 10.0, measure)
    assert [item.entry for item in items] == wanted
    for item, following in itertools.pairwise(items):
        if item.row == following.row:
            assert following.x > item.x + item.width
        else:
            assert (following.row, following.x) == (item.row + 1, 0.0)
    for item in items:
        assert item.x == 0 or item.x + item.width <= room
        assert item.lead + measure(item.entry.text) <= item.width + 1e-9 or is_boxed(item.entry)
    assert (height_of(items, 10.0) == 0) == (not wanted)


@pytest.mark.parametrize(
    ("colour", "text"), [("#ffa90e", "#000000"), ("#832db6", "#ffffff"), ("#000000", "#ffffff")]
)
def test_names_are_readable_in_their_colour(colour, text):
    assert readable_on(colour) == text


@pytest.fixture
def legend(stage) -> MapLegend:
    widget = MapLegend(stage.frame, stage.theme)
    widget.pack(fill="x")
    stage.frame.update()
    return widget


def texts(widget: MapLegend) -> list[str]:
    return [widget.itemcget(i, "text") for i in widget.find_all() if widget.type(i) == "text"]


def test_the_widget_shows_what_it_is_given(legend):
    legend.set_entries([*CLASSES, *OTHERS])
    assert texts(legend) == [
        *map(str, range(10)),
        "fainter: less sure",
        "real digits",
        *("1.0", "30", "magnification"),
        "typical | rare",
        "rare | off the map",
    ]
    fills = {legend.itemcget(i, "fill") for i in legend.find_all()}
    assert {"#338040", "#123456", "#ff0000", "#00ff00", "#ffffff"} <= fills
    dashes = [legend.itemcget(i, "dash") for i in legend.find_all() if legend.type(i) == "line"]
    assert [bool(dash) for dash in dashes] == [False, True]


def test_it_is_as_high_as_its_rows(legend, stage):
    legend.set_entries(CLASSES)
    stage.root.update()
    one_row = legend.winfo_height()
    legend.pack_forget()
    legend.place(width=260)
    legend.set_entries([*CLASSES, *OTHERS])
    stage.root.update()
    assert legend.winfo_height() >= 4 * one_row
    box = legend.bbox("all")
    assert box[2] <= legend.winfo_width() + 1
    assert box[3] <= legend.winfo_height() + 1
    legend.set_entries([])
    stage.root.update()
    assert legend.winfo_height() == 1
    assert legend.find_all() == ()


def test_it_follows_the_theme(legend, stage):
    legend.set_entries(OTHERS)
    before = {legend.itemcget(i, "fill") for i in legend.find_all() if legend.type(i) == "text"}
    stage.theme.set_mode("dark")
    after = {legend.itemcget(i, "fill") for i in legend.find_all() if legend.type(i) == "text"}
    assert before != after
    assert after == {stage.theme.palette.muted}
    assert legend["background"] == stage.theme.palette.background


def test_the_same_entries_are_not_drawn_again(legend):
    legend.set_entries(CLASSES)
    drawn = legend.find_all()
    legend.set_entries(list(CLASSES))
    assert legend.find_all() == drawn
    assert legend.entries == tuple(CLASSES)
