"""A table of two models' figures: what is better is marked, and not by colour alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.widgets.pair_table import LARGEST_NAME, MISSING, TICK, PairTable, Row

FIGURES = st.one_of(st.none(), st.floats(-1e4, 1e4))


@pytest.fixture
def table(stage) -> PairTable:
    widget = PairTable(stage.frame, stage.theme)
    stage.show(widget)
    return widget


@given(FIGURES, FIGURES, st.integers(0, 3), st.sampled_from([True, False, None]))
def test_the_better_is_the_one_that_is_lower_or_higher_as_it_is_written(a, b, digits, lower):
    row, mirrored = (Row("x", *pair, digits, lower) for pair in ((a, b), (b, a)))
    assert {row.better, mirrored.better} in ({""}, {"a", "b"})
    if lower is None or a is None or b is None or round(a, digits) == round(b, digits):
        assert row.better == ""
    else:
        assert row.better == ("a" if (a < b) == lower else "b")


def test_figures_are_written_with_a_tick_at_the_better(table):
    table.show(
        ("one", "two"),
        [
            Row("SSE", 1234.56, 99.94),
            Row("share", 0.25, 0.5, 2, False),
            Row("KL", 3.0, 4.0, 1, None),
            Row("equal", 1.04, 1.01),
            Row("missing", None, 2.0),
        ],
    )
    assert table.texts == [
        ("SSE", "1,234.6", f"{TICK}99.9"),
        ("share", "0.25", f"{TICK}0.50"),
        ("KL", "3.0", "4.0"),
        ("equal", "1.0", "1.0"),
        ("missing", MISSING, "2.0"),
    ]


def test_rows_come_and_go(table, stage):
    for count in (3, 1, 4, 0, 2):
        table.show(("one", "two"), [Row(f"row {i}", i, i + 1.0) for i in range(count)])
        assert [name for name, _, _ in table.texts] == [f"row {i}" for i in range(count)]
        assert len(table.grid_slaves()) == 2 + 3 * count


def test_a_long_name_keeps_its_end(table):
    long = "a-folder-with-a-very-long-name/weights-of-the-seventh-run.pt"
    table.show((long, "two"), [])
    shown = str(table._names[0].cget("text"))
    assert shown.endswith("seventh-run.pt")
    assert len(shown) <= LARGEST_NAME + len("A  ")


def test_both_themes_mark_the_better_in_the_accent_colour(table, stage):
    table.show(("one", "two"), [Row("SSE", 1.0, 2.0)])
    for mode in ("dark", "light"):
        stage.theme.set_mode(mode)
        _, a, b = table._cells[0]
        assert str(a.cget("foreground")) == stage.theme.palette.accent
        assert str(b.cget("foreground")) == stage.theme.palette.foreground
