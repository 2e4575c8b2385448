"""The grid of confusions: what stands in its cells, and how one is chosen."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.widgets.confusion_grid import ConfusionGrid
from tests.interaction import click, press

COUNTS = np.array([[90, 8, 2], [0, 100, 0], [1, 30, 1069]])
NAMES = ("ant", "bee", "cow")
FIGURES = [("90.0", "0.31"), ("100.0", "0.80"), ("97.2", "–")]


@pytest.fixture
def chosen() -> list[tuple[int, int]]:
    return []


@pytest.fixture
def grid(stage, chosen) -> ConfusionGrid:
    grid = ConfusionGrid(stage.frame, stage.theme, on_choose=lambda *cell: chosen.append(cell))
    grid.show(COUNTS, NAMES, ("right %", "silhouette"), FIGURES)
    stage.show(grid, 360, 240)
    return grid


def texts(grid: ConfusionGrid) -> list[str]:
    items = (item for item in grid.find_withtag("drawn") if grid.type(item) == "text")
    return [grid.itemcget(item, "text") for item in items]


def middle(grid: ConfusionGrid, row: int, column: int) -> tuple[int, int]:
    left, top, right, bottom = grid.box_of(row * 3 + column)
    return (left + right) // 2, (top + bottom) // 2


def fill(grid: ConfusionGrid, row: int, column: int) -> tuple[int, ...]:
    x, y = middle(grid, row, column)
    cells = (item for item in grid.find_overlapping(x, y, x, y) if "drawn" in grid.gettags(item))
    cell = next(item for item in cells if grid.type(item) == "rectangle")
    return grid.winfo_rgb(grid.itemcget(cell, "fill"))


def distance(first: tuple[int, ...], second: tuple[int, ...]) -> int:
    return sum(abs(a - b) for a, b in zip(first, second, strict=True))


def test_names_counts_and_figures_are_written(grid):
    written = texts(grid)
    for name in NAMES:
        assert written.count(name) == 2
    for text in ("90", "8", "2", "100", "1", "30", "1069", "taken for", "the image's class"):
        assert text in written
    for row in FIGURES:
        assert set(row) <= set(written)
    assert "0" not in written  # an empty cell is empty


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_larger_a_share_of_its_row_the_stronger_a_mistake(grid, stage, mode):
    stage.theme.set_mode(mode)
    grid.update()
    ground = grid.winfo_rgb(stage.theme.palette.background)
    strength = {cell: distance(fill(grid, *cell), ground) for cell in np.ndindex(3, 3)}
    assert strength[0, 1] > strength[2, 1] > strength[0, 2] > 0  # 8 %, 2.7 %, 2 %
    assert strength[1, 0] == strength[1, 2] == 0
    assert strength[0, 0] == strength[1, 1] == strength[2, 2] > 0


def test_a_click_chooses_a_cell_and_frames_it(grid, chosen):
    click(grid, *middle(grid, 2, 1))
    assert chosen == [(2, 1)]
    assert grid.chosen == (2, 1)


def test_beside_the_cells_nothing_is_chosen(grid, chosen):
    click(grid, 3, 3)
    click(grid, grid.winfo_width() - 3, middle(grid, 0, 0)[1])
    assert chosen == []


def test_the_arrow_keys_walk_and_return_chooses(grid, chosen):
    grid.set_chosen((1, 1))
    press(grid, "Right")
    press(grid, "Return")
    press(grid, "Down")
    press(grid, "Down")  # at the edge it stays
    press(grid, "space")
    press(grid, "Left", times=5)
    press(grid, "Up")
    press(grid, "Return")
    assert chosen == [(1, 2), (2, 2), (1, 0)]


def test_without_a_choice_the_keys_begin_in_the_corner(grid, chosen):
    press(grid, "Down")
    press(grid, "Return")
    assert chosen == [(1, 0)]


def test_other_counts_forget_the_choice(grid, chosen):
    click(grid, *middle(grid, 2, 2))
    grid.show(np.array([[3, 1], [0, 4]]), ("a", "b"))
    grid.update()
    assert grid.chosen is None
    press(grid, "Return")
    assert chosen[-1] in [(0, 0), (0, 1), (1, 0), (1, 1)]


@pytest.mark.parametrize("classes", [1, 2, 10, 47])
@pytest.mark.parametrize("size", [(200, 120), (345, 330), (1200, 900)])
def test_any_number_of_classes_fits_any_room_there_is(stage, classes, size):
    grid = ConfusionGrid(stage.frame, stage.theme, on_choose=lambda row, column: None)
    names = [f"class {i}" for i in range(classes)]
    figures = [("90.0", "0.30")] * classes
    grid.show(np.full((classes, classes), 1234), names, ("right %", "silhouette"), figures)
    stage.show(grid, *size)
    if classes <= 10 and size[1] > 120:
        right, bottom = grid.bbox("drawn")[2:]
        assert right <= size[0] + 1
        assert bottom <= size[1] + 1
    for index in (0, classes**2 - 1):
        left, top, right, bottom = grid.box_of(index)
        assert grid.index_at((left + right) / 2, (top + bottom) / 2) == index


def test_counts_of_many_digits_are_written_in_the_smallest_window(stage):
    grid = ConfusionGrid(stage.frame, stage.theme, on_choose=lambda row, column: None)
    figures = [("90.0", "-0.30")] * 10
    grid.show(
        np.full((10, 10), 457), [str(i) for i in range(10)], ("right %", "silhouette"), figures
    )
    stage.show(grid, 380, 390)  # as on the page at 1024 x 700
    assert texts(grid).count("457") == 100


def test_nothing_is_there_before_there_are_counts(stage):
    grid = ConfusionGrid(stage.frame, stage.theme, on_choose=lambda row, column: None)
    stage.show(grid, 300, 200)
    press(grid, "Right")
    press(grid, "Return")
    assert texts(grid) == []
    assert grid.index_at(100, 100) is None
