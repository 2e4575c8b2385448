"""Pictures of a change side by side, which of them can be chosen, and the bars of what moved."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from explorer.widgets.change_view import ChangeView, Picture
from explorer.widgets.shift_bars import ShiftBars
from tests.interaction import click, press

SIZE = 600, 220


@pytest.fixture
def chosen() -> list[int]:
    return []


@pytest.fixture
def view(stage, chosen) -> ChangeView:
    widget = ChangeView(stage.frame, stage.theme, on_choose=chosen.append)
    stage.show(widget, *SIZE)
    return widget


def pictures(shape=(1, 28, 28)) -> list[Picture]:
    pixels = np.full(shape, 200, np.uint8)
    change = np.zeros(shape[1:])
    change[0], change[1] = 2.0, -2.0
    return [
        Picture("Before", "3: 98%\n7: 0%", pixels),
        Picture("After", "7: 51%", pixels, arrow="→"),
        Picture("After − before", "red comes,\nblue goes", pixels, change),
        Picture("Nothing yet", "", None),
    ]


def middle(view, index: int) -> tuple[int, int]:
    left, top, right, bottom = view.box_of(index)
    return (left + right) // 2, (top + bottom) // 2


def test_only_pictures_of_points_are_chosen(view, stage, chosen):
    view.show(pictures())
    stage.root.update()
    for index in range(4):
        click(view, *middle(view, index))
    assert chosen == [0, 1]
    press(view, "Left")
    press(view, "Return")
    press(view, "Right", times=2)
    press(view, "space")
    assert chosen == [0, 1, 0]


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (1, 8, 20)])
@pytest.mark.parametrize("size", [(420, 150), SIZE, (1100, 500)])
def test_everything_fits(view, stage, shape, size):
    view.show(pictures(shape))
    stage.show(view, *size)
    for item in view.find_withtag("picture"):
        left, top, right, bottom = view.bbox(item)
        assert left >= 0
        assert top >= 0
        assert right <= size[0]
        assert bottom <= size[1]
    boxes = [view.box_of(index) for index in range(4)]
    assert all(a[2] < b[0] for a, b in pairwise(boxes))


def test_a_difference_is_red_where_light_comes_and_blue_where_it_goes(view, stage):
    view.show(pictures())
    stage.root.update()
    photo = view._photos[2]
    x = photo.width() // 2
    step = photo.height() / 28

    def colour(row: int) -> tuple[int, ...]:
        pixel = view.tk.call(str(photo), "get", x, round((row + 0.5) * step))
        return tuple(int(part) for part in (pixel.split() if isinstance(pixel, str) else pixel))

    red, blue, grey = colour(0), colour(1), colour(20)
    assert red[0] > red[2] + 50
    assert blue[2] > blue[0] + 50
    assert grey[0] == grey[1] == grey[2] == round(200 * 0.3)


def test_a_note_stands_in_place_of_pictures(view, stage):
    view.show([], "Choose a class.")
    stage.root.update()
    assert view.note == "Choose a class."
    click(view)
    view.show(pictures())
    assert view.note == ""


@pytest.fixture
def bars(stage):
    widget = ShiftBars(stage.frame, stage.theme, 92)
    stage.show(widget, 500, 92)
    return widget


def test_each_bar_goes_as_far_as_its_dimension_moved(bars):
    shift = np.array([0.5, -1.0, 0.0, 2.0])
    bars.show(shift)
    for value, item in zip(shift, bars.find_withtag("bar"), strict=True):
        _, top, _, bottom = bars.coords(item)
        assert (top, bottom) == pytest.approx(sorted((bars.y_of(value), bars.y_of(0))))
    assert bars.y_of(2) < bars.y_of(0) < bars.y_of(-1)
    numbers = [bars.itemcget(item, "text") for item in bars.find_withtag("number")]
    assert numbers == ["+0.50", "−1.00", "+0.00", "+2.00"]


@pytest.mark.parametrize("count", [1, 2, 6, 16, 64])
def test_any_number_of_dimensions_fits(bars, count):
    bars.show(np.linspace(-2, 2, count))
    assert len(bars.find_withtag("bar")) == count
    for item in bars.find_withtag("number") + bars.find_withtag("name"):
        left, top, right, bottom = bars.bbox(item)
        assert 0 <= left < right <= 501
        assert 0 <= top < bottom <= 93


def test_small_shifts_are_not_drawn_large(bars):
    bars.show(np.array([0.01, -0.02]))
    assert abs(bars.y_of(0.02) - bars.y_of(0)) < 3
