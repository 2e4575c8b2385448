"""The table of figures: its order, its selection, what it copies and what it writes."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest

from explorer.widgets.figure_table import Column, FigureTable, Row
from tests.interaction import press

COLUMNS = (
    Column("z", "dimension", 40, "Which.", figure=False),
    Column("mean", "mean", 60, "The mean.", lambda value: f"{value:.1f}"),
    Column("KL", "kl_nats", 60, "The divergence.", lambda value: f"{value:.2f}"),
)
ROWS = (
    Row(("z1", 0.125, 2.0)),
    Row(("z2", -1.5, math.nan)),
    Row(("z3", 1 / 3, 0.01), quiet=True),
    Row(("z4", 0.0, 5.0)),
)


class Person:
    """Takes note of what the table told."""

    def __init__(self) -> None:
        self.selected: list[int] = []
        self.activated: list[int] = []
        self.copied: list[str] = []


@pytest.fixture
def person() -> Person:
    return Person()


@pytest.fixture
def table(stage, person) -> FigureTable:
    widget = FigureTable(
        stage.frame,
        stage.theme,
        on_select=person.selected.append,
        on_activate=person.activated.append,
        on_copy=person.copied.append,
    )
    stage.show(widget, 400, 160)
    widget.show(COLUMNS, ROWS, 4)
    stage.root.update()
    return widget


def test_rows_are_read_as_the_columns_write_them(table):
    assert table.order == (0, 1, 2, 3)
    assert [str(value) for value in table.tree.item("2", "values")] == ["z3", "0.3", "0.01"]
    assert table.tree.item("2", "tags") == ("quiet",)
    assert table.selected == 0


def test_headings_sort_figures_from_the_largest_and_the_other_way_round(table):
    table.sort_by(1)
    assert table.order == (2, 0, 3, 1)
    assert table.tree.heading("1", "text") == "mean▾"
    table.sort_by(1)
    assert table.order == (1, 3, 0, 2)
    table.sort_by(0)
    assert table.order == (0, 1, 2, 3)
    assert table.tree.heading("1", "text") == "mean"


def test_what_has_no_value_stands_last_either_way(table):
    table.sort_by(2)
    assert table.order == (3, 0, 2, 1)
    table.sort_by(2)
    assert table.order == (2, 0, 3, 1)


def test_other_figures_keep_order_and_selection_and_tell_nobody(table, person, stage):
    table.sort_by(1)
    table.select(2)
    table.show(COLUMNS, [Row((f"z{i}", float(i), 0.0)) for i in range(4)], 4)
    stage.root.update()
    assert table.order == (3, 2, 1, 0)
    assert table.selected == 2
    table.show(COLUMNS[:2], [Row(("a", 1.0)), Row(("b", 2.0))], 4)
    stage.root.update()
    assert (table.order, table.selected) == ((0, 1), 0)  # other columns begin anew
    assert person.selected == []


def test_the_keyboard_selects_sorts_and_opens(table, person):
    press(table.tree, "Down")
    press(table.tree, "End")
    press(table.tree, "Home")
    assert person.selected == [1, 3, 0]
    press(table.tree, "Return")
    assert person.activated == [0]
    press(table.tree, "Right", times=2)
    assert table.sorted_by == (1, True)
    press(table.tree, "space")
    assert table.sorted_by == (1, False)
    press(table.tree, "Left")
    assert table.sorted_by == (0, False)


def test_ctrl_c_copies_the_table_in_its_order_with_tabs(table, person):
    table.sort_by(1)
    press(table.tree, "Control-c")
    lines = person.copied.pop().splitlines()
    assert lines[0] == "dimension\tmean\tkl_nats"
    assert [line.split("\t")[0] for line in lines[1:]] == ["z3", "z1", "z4", "z2"]


def test_csv_has_every_digit_and_comes_back_as_it_was(table):
    table.show(COLUMNS, [Row(("a,b", 1 / 3, np.float64(0.1))), Row(('"', math.nan, 1e-300))], 2)
    header, *rows = csv.reader(io.StringIO(table.csv()))
    assert header == ["dimension", "mean", "kl_nats"]
    assert [row[0] for row in rows] == ["a,b", '"']
    assert float(rows[0][1]) == 1 / 3
    assert float(rows[0][2]) == 0.1
    assert rows[1][1] == ""
    assert float(rows[1][2]) == 1e-300


def test_pointing_at_a_column_explains_it(table):
    for column in (1, 2):
        left = table.tree.bbox("0", str(column))[0]
        table.tree.event_generate("<Motion>", x=left + 5, y=40)
        assert table._tip.text.startswith(("mean: The mean.", "KL: The divergence.")[column - 1])
