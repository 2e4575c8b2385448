"""Pairs of images, before above after: where they are, what is chosen, what a frame repaints."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.widgets.walk_grid import ROWS, WalkGrid
from tests.interaction import click, press

SIZE = 600, 220


@pytest.fixture
def chosen() -> list[int]:
    return []


@pytest.fixture
def grid(stage, chosen) -> WalkGrid:
    widget = WalkGrid(stage.frame, stage.theme, on_choose=chosen.append)
    stage.show(widget, *SIZE)
    return widget


def faces(count: int, level: int, shape=(1, 28, 28)) -> np.ndarray:
    return np.full((count, *shape), level, np.uint8)


def show(grid, stage, count: int, shape=(1, 28, 28)) -> None:
    grid.show(faces(count, 60, shape), faces(count, 200, shape), [f"0.{i}" for i in range(count)])
    stage.root.update()


@pytest.mark.parametrize("count", [1, 6, 7, 12])
@pytest.mark.parametrize("size", [SIZE, (420, 400), (1200, 500)])
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (1, 8, 20)])
def test_pairs_lie_apart_and_inside(grid, stage, count, size, shape):
    show(grid, stage, count, shape)
    stage.show(grid, *size)
    boxes = [grid.box_of(index) for index in range(2 * count)]
    for i, (left, top, right, bottom) in enumerate(boxes):
        assert left >= 0
        assert top >= 0
        assert right <= size[0]
        assert bottom <= size[1]
        assert grid.index_at((left + right) // 2, (top + bottom) // 2) == i
    for above, below in zip(boxes[::2], boxes[1::2], strict=True):
        assert above[0] == below[0]
        assert above[3] <= below[1] + 3  # the rings around them may touch
    captions = [i for i in grid.find_withtag("pair") if grid.type(i) == "text"]
    assert all(grid.bbox(item)[3] <= size[1] + 1 for item in captions)


def test_a_click_and_the_keys_choose(grid, stage, chosen):
    show(grid, stage, 6)
    for index in (0, 7):
        left, top, right, bottom = grid.box_of(index)
        click(grid, (left + right) // 2, (top + bottom) // 2)
    press(grid, "Up")
    press(grid, "Return")
    press(grid, "Left")
    press(grid, "Down")
    press(grid, "space")
    assert chosen == [0, 7, 6, 5]
    press(grid, "Down")  # there is nothing below
    press(grid, "Return")
    assert chosen[-1] == 5


def test_a_frame_repaints_the_lower_row_alone(grid, stage):
    show(grid, stage, 6)
    grid.set_lower(faces(6, 100), ["✓ 0.99"] * 6)

    def level(row: int) -> int:
        photo = grid._photos[0, row]
        pixel = grid.tk.call(str(photo), "get", 5, 5)
        return int((pixel.split() if isinstance(pixel, str) else pixel)[0])

    assert (level(0), level(1)) == (60, 100)
    assert grid.captions == ("✓ 0.99",) * 6
    assert grid.itemcget(grid._texts[3], "text") == "✓ 0.99"


def test_what_makes_no_pairs_is_refused(grid):
    with pytest.raises(ValueError, match="pairs"):
        grid.show(faces(3, 0), faces(2, 0), ["", "", ""])


@pytest.mark.parametrize("count", [6, 12])
def test_every_row_says_whether_it_is_before_or_after(grid, stage, count):
    show(grid, stage, count)
    stage.show(grid, 760, 380)
    labels = [
        (grid.itemcget(item, "text"), grid.bbox(item))
        for item in grid.find_withtag("pair")
        if grid.type(item) == "text" and grid.itemcget(item, "text") in ROWS
    ]
    firsts = [index for index in range(2 * count) if index // 2 % grid._columns == 0]
    assert len(labels) == len(firsts)
    for text, (left, top, right, bottom) in labels:
        boxes = [grid.box_of(index) for index in firsts if ROWS[index % 2] == text]
        assert left >= 0
        assert any(right <= box[0] and box[1] < (top + bottom) / 2 < box[3] for box in boxes)
