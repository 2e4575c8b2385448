"""The table of directions: its order, its figures, and what the keyboard does in it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.direction_rows import TableRow, columns, sorted_rows
from explorer.widgets.direction_table import LINE, TEXT_COLUMNS, DirectionTable
from tests.interaction import click, double_click, press
from vae.attributes import NAMES

NAN = math.nan
COLUMNS = columns()
HEADINGS = [column.heading for column in COLUMNS]


def row(name, set_title="SeFa", **figures) -> TableRow:
    known = {
        "r2": NAN,
        "share": NAN,
        "attribute": None,
        "effect": NAN,
        "own": NAN,
        "sides": (NAN,) * len(NAMES),
        "verdict": None,
        "waiting": False,
    }
    return TableRow(key=(set_title.lower(), name), set_title=set_title, **{**known, **figures})


def names(rows):
    return [row.key[1] for row in rows]


def heading(name):
    return HEADINGS.index(name)


@pytest.fixture
def activated():
    return []


@pytest.fixture
def table(stage, activated) -> DirectionTable:
    table = DirectionTable(stage.frame, stage.theme, on_activate=activated.append)
    stage.show(table, 586, 300)
    table.set_rows(
        [
            row(
                "slant",
                "Attributes",
                r2=0.87,
                attribute="slant",
                effect=12.8,
                own=0.91,
                sides=(0.18, 0.12, 0.91, 0.03, -0.1, 0.04),
                verdict=True,
            ),
            row(
                "loop",
                "Attributes",
                r2=0.37,
                attribute="loop",
                effect=9.2,
                own=0.32,
                sides=(0.75, 0.41, -0.07, 0.56, -0.11, 0.32),
                verdict=False,
            ),
            row("SeFa 10", share=0.07, sides=(-1.2, 0.0, 0.1, 0.2, 0.3, 0.4)),
            row("SeFa 2", share=0.3, waiting=True),
        ]
    )
    stage.root.update()
    return table


def texts(table, name):
    item = next(item for item, row in table._shown.items() if row.key[1] == name)
    return dict(zip(HEADINGS, table.tree.item(item, "values"), strict=True))


def click_heading(table, name):
    left = table.tree.bbox(table.tree.get_children()[0], str(heading(name)))[0]
    click(table.tree, left + 12, 10)


figures = st.one_of(st.just(NAN), st.floats(-2, 2))


@given(st.lists(figures, max_size=12), st.booleans())
def test_rows_without_a_figure_come_last_whichever_way_round(values, descending):
    rows = [row(f"d{number}", share=value) for number, value in enumerate(values)]
    ordered = sorted_rows(rows, COLUMNS[heading("Share")], descending)
    shares = [row.share for row in ordered]
    known = [share for share in shares if not math.isnan(share)]
    assert known == sorted(known, reverse=descending)
    assert all(math.isnan(share) for share in shares[len(known) :])
    assert sorted(names(ordered)) == sorted(names(rows))


@given(st.lists(st.sampled_from([0.1, 0.2, NAN]), max_size=12), st.booleans())
def test_equal_rows_keep_their_order(values, descending):
    rows = [row(f"d{number:02}", share=value) for number, value in enumerate(values)]
    ordered = sorted_rows(rows, COLUMNS[heading("Share")], descending)
    for share in (0.1, 0.2):
        same = [row.key[1] for row in ordered if row.share == share]
        assert same == sorted(same)


def test_names_are_sorted_as_people_count():
    rows = [row(name) for name in ("SeFa 10", "metric 1", "SeFa 2", "3 to 10", "3 to 8", "ink")]
    ordered = names(sorted_rows(rows, COLUMNS[0], False))
    assert ordered == ["3 to 8", "3 to 10", "ink", "metric 1", "SeFa 2", "SeFa 10"]


def test_figures_are_shown_with_their_units(table):
    shown = texts(table, "slant")
    assert shown["R²"] == "0.87"
    assert shown["Effect"] == "+12.8°"
    assert (shown["ink"], shown["height"], shown["ok"]) == ("+.18", "−.10", "✓")
    assert texts(table, "loop")["ok"] == "✗"
    assert texts(table, "loop")["Effect"] == "+9.20 px²"
    assert texts(table, "SeFa 10")["ink"] == "−1.2"
    assert texts(table, "SeFa 10")["Share"] == "7%"
    assert texts(table, "SeFa 10")["R²"] == ""


def test_next_to_nothing_has_no_minus(table):
    table.set_rows([row("little", sides=(-0.002,) * len(NAMES))])
    assert texts(table, "little")["ink"] == "+.00"


def test_what_is_being_measured_is_shown_by_dots(table):
    shown = texts(table, "SeFa 2")
    assert shown["ink"] == "…"
    assert shown["Effect"] == shown["ok"] == ""  # it is named after no attribute


def test_a_direction_that_does_not_do_what_it_says_stands_out(table):
    tagged = [table._shown[item].key[1] for item in table.tree.tag_has("wrong")]
    assert tagged == ["loop"]


def test_every_text_fits_its_column(table, stage):
    from tkinter.font import Font

    from explorer.theme import font

    measured = Font(table, font(9)).measure
    for index, column in enumerate(COLUMNS):
        room = table.tree.column(str(index), "width") - 8
        for shown in (texts(table, "slant"), texts(table, "loop"), texts(table, "SeFa 10")):
            assert measured(shown[column.heading]) <= room, column.heading
    assert table.tree.winfo_reqwidth() <= 592  # beside its scroll bar, in the smallest window


def test_a_click_on_a_heading_sorts_and_another_turns_it_round(table):
    click_heading(table, "R²")
    assert names(table.rows) == ["slant", "loop", "SeFa 10", "SeFa 2"]
    assert table.line.cget("text") == f"{LINE} By R², largest first."
    click_heading(table, "R²")
    assert names(table.rows) == ["loop", "slant", "SeFa 10", "SeFa 2"]
    click_heading(table, "Direction")
    assert names(table.rows) == ["loop", "SeFa 2", "SeFa 10", "slant"]


def test_the_keyboard_chooses_the_column_and_the_order(table):
    press(table.tree, "Right")
    assert "By Direction, in order" in table.line.cget("text")
    press(table.tree, "Right", times=TEXT_COLUMNS)
    assert names(table.rows)[:2] == ["slant", "loop"]
    press(table.tree, "space")
    assert names(table.rows)[:2] == ["loop", "slant"]
    press(table.tree, "Left", times=TEXT_COLUMNS)
    assert "By Direction" in table.line.cget("text")


def test_effects_are_sorted_by_what_compares(table):
    table.sort_by(heading("Effect"))
    assert names(table.rows)[:2] == ["slant", "loop"]  # 0.91 and 0.32 standard deviations


def test_attributes_are_sorted_by_how_strongly_they_change(table):
    table.sort_by(heading("ink"))
    assert names(table.rows) == ["SeFa 10", "loop", "slant", "SeFa 2"]  # −1.2, .75, .18, unknown
    assert table.line.cget("text") == f"{LINE} By ink, strongest first."
    table.sort_by(heading("ink"))
    assert names(table.rows) == ["slant", "loop", "SeFa 10", "SeFa 2"]
    assert table.line.cget("text") == f"{LINE} By ink, weakest first."


def many(count, first=0):
    return [
        row(f"SeFa {number}", share=number / 100, sides=(number / 100,) * len(NAMES))
        for number in range(first, first + count)
    ]


def test_rows_that_come_in_above_leave_the_top_in_view(table, stage):
    press(table.tree, "Left", times=len(COLUMNS))  # gives the focus, and sorts by the first column
    table.set_rows(many(20, 50))
    assert table.selected == ("sefa", "SeFa 50")
    table.set_rows(many(70))
    stage.root.update()
    assert table.tree.yview()[0] == 0.0
    assert table.selected == ("sefa", "SeFa 0")


@pytest.mark.parametrize("how", ["key", "click"])
def test_a_row_that_was_chosen_stays_in_view(table, stage, how):
    table.sort_by(0)
    table.set_rows(many(20, 50))
    stage.root.update()
    if how == "key":
        press(table.tree, "Home")
    else:
        x, y, _, height = table.tree.bbox(table.tree.get_children()[0], "0")
        click(table.tree, x + 5, y + height // 2)
    assert table.selected == ("sefa", "SeFa 50")
    table.set_rows(many(70))
    stage.root.update()
    assert table.selected == ("sefa", "SeFa 50")
    assert table.tree.bbox(table.tree.selection()[0])


def test_another_order_shows_its_top(table, stage):
    table.set_rows(many(70))
    press(table.tree, "End")
    table.sort_by(heading("Share"))
    stage.root.update()
    assert table.tree.yview()[0] == 0.0
    assert table.selected == ("sefa", "SeFa 69")


def test_a_row_is_activated_by_return_and_by_a_double_click(table, activated):
    press(table.tree, "End")
    press(table.tree, "Return")
    assert activated == [("sefa", "SeFa 2")]
    x, y, _, height = table.tree.bbox(table.tree.get_children()[1], "0")
    double_click(table.tree, x + 5, y + height // 2)
    assert activated[1:] == [("attributes", "loop")]


def test_a_double_click_on_a_heading_activates_nothing(table, activated):
    double_click(table.tree, 20, 10)
    assert activated == []


def test_with_the_focus_a_row_is_selected(table):
    assert table.selected is None
    press(table.tree, "Home")
    assert table.selected == ("attributes", "slant")
    press(table.tree, "Down")
    assert table.selected == ("attributes", "loop")


def test_new_figures_leave_order_and_selection(table):
    table.sort_by(heading("Share"))
    table.select(("sefa", "SeFa 2"))
    rows = [*table.rows[1:], row("SeFa 2", share=0.05, sides=(0.5,) * len(NAMES))]
    table.set_rows(rows)
    assert table.selected == ("sefa", "SeFa 2")
    assert names(table.rows)[:2] == ["SeFa 10", "SeFa 2"]
    assert texts(table, "SeFa 2")["ink"] == "+.50"


def test_rows_that_are_gone_are_taken_away(table):
    table.set_rows([row("other")])
    assert names(table.rows) == ["other"]
    table.set_rows([])
    assert table.rows == ()
    press(table.tree, "Return")  # on nothing


def test_names_of_any_kind_are_shown(table):
    odd = ["{braces", 'quote"', "back\\slash", "$dollar [bracket]", "two  spaces", "ünï €"]
    table.set_rows([row(name, "Mine") for name in odd])
    assert names(table.rows) == odd
    assert [texts(table, name)["Direction"] for name in odd] == odd


def test_the_same_name_may_be_in_two_sets(table):
    table.set_rows([row("ink", "Attributes"), row("ink", "Mine")])
    assert [row.set_title for row in table.rows] == ["Attributes", "Mine"]
