"""Many small digits: laid out, clicked, hovered and walked by keys."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageTk

from explorer.widgets.digit_grid import DigitGrid
from tests.interaction import click, press

SIZE = (400, 300)


@pytest.fixture
def events() -> list:
    return []


@pytest.fixture
def grid(stage, events) -> DigitGrid:
    grid = DigitGrid(
        stage.frame,
        stage.theme,
        on_activate=lambda index: events.append(("activate", index)),
        on_hover=lambda index: events.append(("hover", index)),
        on_menu=lambda index, event: events.append(("menu", index)),
    )
    stage.show(grid, *SIZE)
    return grid


def digits(count: int, channels: int = 1, side: int = 28) -> np.ndarray:
    """Images of one grey level each, so that every cell is told from the others."""
    levels = np.linspace(20, 250, max(1, count)).astype(np.uint8)[:count]
    return np.broadcast_to(levels[:, None, None, None], (count, channels, side, side)).copy()


def show(grid: DigitGrid, images: np.ndarray, captions=()) -> None:
    grid.set_images(images, captions)
    grid.update()


def centre(grid: DigitGrid, index: int) -> tuple[int, int]:
    left, top, right, bottom = grid.box_of(index)
    return (left + right) // 2, (top + bottom) // 2


def colour_at(grid: DigitGrid, x: int, y: int) -> int:
    """The grey level that the grid's picture has at a pixel of the widget."""
    left, top = grid.coords(grid._sheet)
    return ImageTk.getimage(grid._photo).convert("L").getpixel((x - int(left), y - int(top)))


@pytest.mark.parametrize("count", [1, 2, 7, 16, 64, 100, 399])
def test_every_image_has_a_cell_within_the_widget_that_shows_it(grid, count):
    images = digits(count)
    show(grid, images)
    assert grid.count == count
    for index in range(count):
        left, top, right, bottom = grid.box_of(index)
        assert 0 <= left < right <= SIZE[0]
        assert 0 <= top < bottom <= SIZE[1]
        x, y = centre(grid, index)
        assert grid.index_at(x, y) == index
        assert colour_at(grid, x, y) == images[index, 0, 0, 0]


def test_cells_do_not_overlap_and_there_is_a_gap(grid):
    show(grid, digits(64))
    boxes = [grid.box_of(index) for index in range(64)]
    right_neighbours = [b for b in boxes if b[1] == boxes[0][1] and b[0] > boxes[0][0]]
    nearest = min(b[0] for b in right_neighbours)
    assert nearest > boxes[0][2]
    assert grid.index_at((boxes[0][2] + nearest) // 2, boxes[0][1] + 2) is None


def test_outside_the_cells_is_nothing(grid):
    show(grid, digits(3))
    for x, y in ((-5, -5), (SIZE[0] + 5, 5), (1, SIZE[1] - 1), (SIZE[0] - 1, 1)):
        assert grid.index_at(x, y) is None


def test_cells_use_the_room_they_get(grid, stage):
    show(grid, digits(64))
    left, _, right, _ = grid.box_of(0)
    small = right - left
    stage.show(grid, 800, 600)
    left, _, right, _ = grid.box_of(0)
    assert right - left > 1.5 * small


def test_a_cell_is_no_larger_than_its_bound(stage):
    grid = DigitGrid(stage.frame, stage.theme, on_activate=print, max_cell=20)
    stage.show(grid, 400, 300)
    show(grid, digits(2))
    left, _, right, _ = grid.box_of(0)
    assert right - left == stage.theme.px(20)


def test_a_click_activates_and_takes_the_focus(grid, events):
    show(grid, digits(16))
    click(grid, *centre(grid, 5))
    assert ("activate", 5) in events
    assert [event for event in events if event[0] == "activate"] == [("activate", 5)]


def test_a_click_beside_the_cells_activates_nothing(grid, events):
    show(grid, digits(2))
    click(grid, 2, 2)
    assert not [event for event in events if event[0] == "activate"]


def test_hovering_tells_each_cell_once(grid, events):
    show(grid, digits(16))
    for x, y in (centre(grid, 3), centre(grid, 3), centre(grid, 4)):
        grid.event_generate("<Motion>", x=x, y=y)
    grid.event_generate("<Leave>")
    grid.update()
    assert events == [("hover", 3), ("hover", 4), ("hover", None)]
    assert grid.cursor is None


def test_a_pointer_that_comes_back_without_moving_hovers_again(grid, events):
    show(grid, digits(16))
    x, y = centre(grid, 3)
    for event in ("<Motion>", "<Leave>", "<Enter>"):  # as around a menu
        grid.event_generate(event, x=x, y=y)
    assert events == [("hover", 3), ("hover", None), ("hover", 3)]


def test_keys_walk_and_activate(grid, events):
    show(grid, digits(16))
    columns = grid._columns
    grid.focus_force()
    grid.update()
    assert grid.cursor == 0
    press(grid, "Right", times=2)
    assert grid.cursor == 2
    press(grid, "Down")
    assert grid.cursor == 2 + columns
    press(grid, "Left")
    press(grid, "Up")
    assert grid.cursor == 1
    press(grid, "Return")
    press(grid, "space")
    assert events[-2:] == [("activate", 1), ("activate", 1)]


def test_walking_stops_at_the_borders(grid):
    show(grid, digits(4))
    press(grid, "Left")
    press(grid, "Up")
    assert grid.cursor == 0
    press(grid, "Right", times=10)
    assert grid.cursor == 3


def test_the_menu_opens_by_button_and_by_key(grid, events):
    show(grid, digits(4))
    click(grid, *centre(grid, 2), button=3)
    assert ("menu", 2) in events
    press(grid, "Right")
    cursor = grid.cursor
    press(grid, "Shift-F10")
    assert events[-1] == ("menu", cursor)


def test_a_mark_is_drawn_around_its_cell(grid):
    show(grid, digits(16))
    grid.set_marked(7)
    assert grid.marked == 7
    left, top, right, bottom = grid.coords(grid._mark)
    box = grid.box_of(7)
    assert (left, top) < box[:2]  # around the image, in the gap
    assert (right, bottom) >= box[2:]
    assert grid.index_at(int(left) + 3, int(top) + 3) == 7
    assert grid.itemcget(grid._mark, "state") == "normal"
    grid.set_marked(None)
    assert grid.itemcget(grid._mark, "state") == "hidden"


def test_new_images_take_the_mark_away_and_fewer_the_cursor(grid):
    show(grid, digits(16))
    grid.set_marked(7)
    press(grid, "Right", times=9)
    show(grid, digits(4))
    assert grid.marked is None
    assert grid.cursor is None
    assert grid.itemcget(grid._mark, "state") == "hidden"
    assert grid.itemcget(grid._hover, "state") == "hidden"


def test_captions_stand_below_their_cells(grid):
    show(grid, digits(3), ["one", "two", "three"])
    items = grid.find_withtag("caption")
    assert [grid.itemcget(item, "text") for item in items] == ["one", "two", "three"]
    for index, item in enumerate(items):
        left, _, right, bottom = grid.box_of(index)
        x, y = grid.coords(item)
        assert left <= x <= right
        assert y > bottom
    show(grid, digits(2))
    assert not grid.find_withtag("caption")


def test_a_message_takes_the_place_of_images(grid, events):
    show(grid, digits(4))
    grid.show_message("Nothing here")
    grid.update()
    assert grid.itemcget(grid._note, "text") == "Nothing here"
    assert grid.itemcget(grid._sheet, "image") == ""
    assert grid.count == 0
    click(grid)
    press(grid, "Right")
    press(grid, "Return")
    assert not [event for event in events if event[0] == "activate"]
    show(grid, digits(1))
    assert grid.itemcget(grid._note, "text") == ""


def test_no_images_at_all_are_no_error(grid):
    show(grid, digits(0))
    assert grid.index_at(10, 10) is None


def test_colour_images(grid):
    red = np.zeros((2, 3, 32, 32), np.uint8)
    red[:, 0] = 255
    show(grid, red)
    left, top = grid.coords(grid._sheet)
    x, y = centre(grid, 1)
    picture = ImageTk.getimage(grid._photo).convert("RGB")
    assert picture.getpixel((x - int(left), y - int(top))) == (255, 0, 0)


def test_a_burst_of_changes_is_painted_once(grid):
    painted = []
    paint = grid._paint
    grid._paint = lambda: (painted.append(True), paint())
    for count in (1, 2, 3):
        grid.set_images(digits(count))
    grid.update()
    assert painted == [True]


def test_a_painting_that_waits_goes_with_the_grid(grid, stage):
    grid.set_images(digits(4))
    grid.destroy()
    stage.root.update()  # else an error in Tk's event loop


def test_the_colours_follow_the_theme(grid, stage):
    show(grid, digits(16))
    x, y = grid.box_of(0)[2] + 1, grid.box_of(0)[1] + 1  # in the gap
    light = colour_at(grid, x, y)
    stage.theme.set_mode("dark")
    stage.root.update()
    assert grid.cget("background") == stage.theme.palette.background
    assert colour_at(grid, x, y) < 100 < light
