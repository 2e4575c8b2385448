"""The sheet of digits: what is in view, what a click and a key mean, and what its labels say."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from explorer.sheet import Sheet, tiled
from explorer.widgets.sweep_sheet import LEAST_CELL, SweepSheet
from tests.interaction import click, press, turn_wheel

SHAPE = (1, 28, 28)


class Driver:
    """Shows a sheet as a page does, whenever the widget asks for it."""

    def __init__(self, stage, width: int = 560, height: int = 300) -> None:
        self.stage = stage
        self.sheet = Sheet(0)
        self.marked: dict[int, bool] = {}
        self.activated: list[int] = []
        self.hovered: list[int | None] = []
        self.rows: list[int] = []
        self.views = 0
        self.widget = SweepSheet(
            stage.frame,
            stage.theme,
            on_view=self.view,
            on_activate=self.activated.append,
            on_hover=self.hovered.append,
            on_row=self.rows.append,
        )
        stage.show(self.widget, width, height)

    def view(self) -> None:
        self.views += 1
        if self.sheet.count:
            self.show(self.sheet)

    def show(self, sheet: Sheet, marked: dict[int, bool] | None = None) -> SweepSheet:
        self.sheet = sheet
        self.marked = self.marked if marked is None else marked
        layout = self.widget.fit(sheet, SHAPE)
        pixels = np.zeros((sheet.count, *SHAPE), np.uint8)
        pixels[:] = (np.arange(sheet.count) % 200)[:, None, None, None]
        picture = tiled(
            pixels[layout.in_view], layout.columns, layout.cell, layout.step, self.widget.background
        )
        self.widget.show(sheet, layout, picture, self.marked)
        self.stage.root.update()
        return self.widget

    def texts(self) -> list[str]:
        return [self.widget.itemcget(item, "text") for item in self.widget.find_withtag("label")]


@pytest.fixture
def driver(stage) -> Driver:
    return Driver(stage)


def table(rows: int, columns: int, **options) -> Sheet:
    names = tuple(f"z{row + 1}" for row in range(rows))
    header = tuple(f"{column}" for column in range(columns))
    return Sheet(rows * columns, columns=columns, row_names=names, header=header, **options)


def middle(widget: SweepSheet, index: int) -> tuple[int, int]:
    left, top, right, bottom = widget.box_of(index)
    return (left + right) // 2, (top + bottom) // 2


@pytest.mark.parametrize(("rows", "columns"), [(6, 11), (1, 3), (2, 21), (6, 21), (16, 11)])
def test_the_images_in_view_lie_side_by_side_within_the_widget(driver, rows, columns):
    widget = driver.show(table(rows, columns))
    seen = range(widget.layout.in_view.start, widget.layout.in_view.stop)
    assert len(seen) % columns == 0
    boxes = [widget.box_of(index) for index in seen]
    for index, (left, top, right, bottom) in zip(seen, boxes, strict=True):
        assert 0 <= left < right <= widget.winfo_width()
        assert 0 <= top < bottom <= widget.winfo_height()
        assert right - left == bottom - top
        assert widget.index_at(*middle(widget, index)) == index
    assert len({box[0] for box in boxes}) == columns
    assert widget.index_at(boxes[0][0] - 2, boxes[0][1] + 2) is None


def test_all_rows_are_in_view_if_they_fit_at_a_readable_size(driver):
    widget = driver.show(table(6, 11))
    assert widget.layout.in_view == slice(0, 66)
    assert not widget._bar.winfo_ismapped()


def test_many_rows_scroll_at_a_readable_size(driver):
    widget = driver.show(table(64, 11))
    assert widget.layout.cell[0] == LEAST_CELL
    assert 0 < widget.layout.in_view.stop < 64 * 11
    assert widget._bar.winfo_ismapped()
    first = widget.layout.in_view.stop
    turn_wheel(widget, -2)
    assert widget.layout.in_view == slice(22, first + 22)
    assert driver.texts()[0] == "z3"
    turn_wheel(widget, 99)
    assert widget.layout.in_view.start == 0
    widget._scroll("moveto", "1.0")
    assert widget.layout.in_view.stop == 64 * 11
    widget._scroll("scroll", "-1", "pages")
    driver.stage.root.update()
    assert widget.layout.in_view.stop == 64 * 11 - first
    widget._scroll("scroll", "-3", "units")
    assert widget.layout.in_view.stop == 64 * 11 - first - 33


def test_the_keys_walk_through_all_rows_and_the_sheet_follows(driver):
    widget = driver.show(table(64, 11))
    press(widget, "Right", times=2)
    assert widget.cursor == 2
    press(widget, "Down", times=30)
    assert widget.cursor == 2 + 30 * 11
    assert widget.layout.in_view.start <= widget.cursor < widget.layout.in_view.stop
    press(widget, "Next")
    page = widget.layout.shown
    assert widget.cursor == 2 + (30 + page) * 11
    press(widget, "Prior", times=9)
    assert widget.cursor == 2
    assert widget.layout.in_view.start == 0
    press(widget, "Left", times=5)
    assert widget.cursor == 0  # a row ends where it ends
    press(widget, "Return")
    press(widget, "KP_Enter")
    press(widget, "space")
    assert driver.activated == [0, 0, 0]


def test_in_a_wrapped_sheet_the_next_image_may_be_on_the_next_row(driver):
    widget = driver.show(Sheet(21, captions=("1\n2",) * 21))
    columns = widget.layout.columns
    press(widget, "Right", times=columns)
    assert widget.cursor == columns
    press(widget, "Left")
    assert widget.cursor == columns - 1
    press(widget, "Down", times=9)
    assert widget.cursor < 21


def test_a_click_activates_its_image_and_a_label_its_row(driver):
    widget = driver.show(table(6, 11))
    click(widget, *middle(widget, 27))
    assert (driver.activated, driver.rows) == ([27], [])
    left, top, _, bottom = widget.box_of(33)
    click(widget, left - 20, (top + bottom) // 2)
    assert (driver.activated, driver.rows) == ([27], [3])
    click(widget, 1, 1)
    assert (driver.activated, driver.rows) == ([27], [3])


def test_after_scrolling_a_click_means_what_is_shown_there(driver):
    widget = driver.show(table(64, 11))
    x, y = middle(widget, 0)
    turn_wheel(widget, -5)
    click(widget, x, y)
    left, top, *_ = widget.box_of(55)
    click(widget, left - 20, top + 5)
    assert (driver.activated, driver.rows) == ([55], [5])


def test_the_pointer_is_told_once_for_every_image(driver):
    widget = driver.show(table(6, 11))
    for index in (3, 4):
        x, y = middle(widget, index)
        for dx in (0, 1, 2):
            widget.event_generate("<Motion>", x=x + dx, y=y)
    widget.event_generate("<Leave>")
    assert driver.hovered == [3, 4, None]


def test_a_pointer_that_comes_back_without_moving_hovers_again(driver):
    widget = driver.show(table(6, 11))
    x, y = middle(widget, 3)
    for event in ("<Motion>", "<Leave>", "<Enter>"):  # as around a menu
        widget.event_generate(event, x=x, y=y)
    assert driver.hovered == [3, None, 3]


def test_a_burst_of_notches_scrolls_by_all_of_them(driver):
    widget = driver.show(table(64, 11))
    driver.sheet = Sheet(0)  # nothing is shown in the meantime
    before = widget.layout
    turn_wheel(widget, -3)
    assert widget.layout == before
    driver.show(table(64, 11))
    assert widget.layout.first == 3


def test_marks_are_where_they_were_set_and_warn_in_another_colour(driver):
    widget = driver.show(table(6, 11), {3: False, 14: True})
    palette = driver.stage.theme.palette

    def frames() -> dict[tuple[int, ...], str]:
        shown = [item for item in widget._frames if widget.itemcget(item, "state") == "normal"]
        return {
            tuple(map(round, widget.coords(item))): widget.itemcget(item, "outline")
            for item in shown
        }

    def around(index: int) -> tuple[int, ...]:
        left, top, right, bottom = widget.box_of(index)
        return tuple(map(round, (left - 1.5, top - 1.5, right + 0.5, bottom + 0.5)))

    assert frames() == {around(3): palette.accent, around(14): palette.warning}
    driver.show(table(6, 11), {5: False})
    assert frames() == {around(5): palette.accent}
    driver.show(table(6, 11), {})
    assert frames() == {}


def test_cursor_and_mark_can_both_be_seen_on_one_image(driver):
    widget = driver.show(table(6, 11), {1: False})

    def colours() -> set[str]:
        left, top, right, _ = widget.box_of(widget.cursor)
        return {
            widget.itemcget(item, "outline")
            for item in widget.find_overlapping(left, top - 2, right, top - 2)
            if widget.type(item) == "rectangle" and widget.itemcget(item, "state") == "normal"
        }

    palette = driver.stage.theme.palette
    press(widget, "Right")
    assert widget.cursor == 1
    assert colours() == {palette.accent, palette.foreground}
    assert widget.itemcget(widget._hover, "dash")
    press(widget, "Right")
    assert not widget.itemcget(widget._hover, "dash")


def test_every_label_is_there(driver):
    widget = driver.show(table(2, 3, row_notes=("2.14 nats", "dead"), greyed=frozenset({1})))
    assert driver.texts() == ["z1", "2.14 nats", "z2", "dead", "0", "1", "2"]
    palette = driver.stage.theme.palette
    names = [
        item
        for item in widget.find_withtag("label")
        if widget.itemcget(item, "text").startswith("z")
    ]
    colours = [widget.itemcget(item, "fill") for item in names]
    assert colours == [palette.foreground, palette.muted]


def test_where_rows_are_low_only_a_dead_one_has_its_note(driver):
    sheet = table(2, 21, row_notes=("2.14 nats", "dead"), greyed=frozenset({1}))
    driver.widget.place(width=450)
    driver.show(sheet)
    assert driver.texts()[:2] == ["z1", "z2 dead"]


@pytest.mark.parametrize("columns", [11, 14, 15, 21])
def test_headings_never_touch_one_another_and_the_ends_have_theirs(driver, columns):
    heading = tuple(f"-{column}.5555" for column in range(columns))
    widget = driver.show(Sheet(2 * columns, columns=columns, header=heading))
    boxes = [widget.bbox(item) for item in widget.find_withtag("label")]
    assert all(a[2] < b[0] for a, b in pairwise(boxes))
    assert {heading[0], heading[-1]} <= set(driver.texts())
    if columns % 2:
        assert heading[columns // 2] in driver.texts()


def test_captions_stand_below_their_images_and_are_cut_to_their_width(driver):
    captions = tuple(f"{index}\na very long name of a class" for index in range(21))
    widget = driver.show(Sheet(21, captions=captions))
    assert widget.layout.in_view == slice(0, 21)
    items = widget.find_withtag("label")
    assert len(items) == 42
    for index in range(21):
        left, _, right, bottom = widget.box_of(index)
        for item in items[2 * index : 2 * index + 2]:
            x0, y0, x1, y1 = widget.bbox(item)
            assert left - 4 <= x0 < x1 <= right + 4
            assert bottom <= y0 + 1 < y1 <= bottom + 36
    assert driver.texts()[1].endswith("…")
    assert widget.index_at((left + right) // 2, bottom + 10) == 20


def test_another_size_asks_for_other_images(driver):
    widget = driver.show(table(6, 11))
    cell, views = widget.layout.cell, driver.views
    widget.place(width=400, height=220)
    driver.stage.root.update()
    assert driver.views > views
    assert widget.layout.cell < cell
    assert widget._photo.width() == 11 * widget.layout.step[0]


def test_another_theme_asks_for_images_on_its_background(driver):
    widget = driver.show(table(6, 11))
    before = widget.background
    driver.stage.theme.set_mode("dark")
    assert widget.background != before
    x, y = widget.layout.cell[0] + 1, 1
    assert widget._photo._PhotoImage__photo.get(x, y) == widget.background
    colours = {widget.itemcget(item, "fill") for item in widget.find_withtag("label")}
    assert driver.stage.theme.palette.foreground in colours


def test_nothing_is_left_after_clear(driver):
    widget = driver.show(table(64, 11), {0: False})
    press(widget, "Right")
    widget.clear()
    driver.stage.root.update()
    assert driver.texts() == []
    assert widget.cursor is None
    assert not widget._bar.winfo_ismapped()
    press(widget, "Down")
    press(widget, "Return")
    click(widget, 100, 100)
    turn_wheel(widget, -1)
    assert driver.activated == []
