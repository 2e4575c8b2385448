"""The bars of a vector: a length for every number, and a mark where one goes on."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from explorer.widgets.vector_bars import LIMIT, VectorBars

HEIGHT = 84


@pytest.fixture
def show(stage):
    widget = VectorBars(stage.frame, stage.theme, HEIGHT)
    stage.show(widget, 500, HEIGHT)

    def shown(z, shape=(1, 28, 28)) -> VectorBars:
        widget.show(z, np.full(shape, 77, np.uint8))
        stage.root.update()
        return widget

    return shown


def bars(widget: VectorBars) -> list[tuple[float, ...]]:
    return [tuple(widget.coords(bar)) for bar, _, _ in widget._bars]


def texts(widget: VectorBars, tag: str) -> list[str]:
    return [widget.itemcget(item, "text") for item in widget.find_withtag(tag)]


def test_each_bar_reaches_from_zero_to_its_value(show):
    z = (1.0, -2.0, 0.0, 4.0)
    widget = show(z)
    for index, (value, (left, top, right, bottom)) in enumerate(zip(z, bars(widget), strict=True)):
        low, high = widget.slot(index)
        assert low < left < right < high
        assert (top, bottom) == pytest.approx(sorted((widget.y_of(value), widget.y_of(0))))
    assert widget.y_of(1) < widget.y_of(0) < widget.y_of(-1)


def test_numbers_and_names_stand_by_the_bars(show):
    widget = show((1.0, -2.345, 0.0))
    assert texts(widget, "number") == ["1.00", "-2.35", "0.00"]
    assert texts(widget, "name") == ["z1", "z2", "z3"]
    show((0.5, 0.25, -1.0))
    assert texts(widget, "number") == ["0.50", "0.25", "-1.00"]


def test_a_number_beyond_the_scale_ends_there_with_a_mark(show):
    widget = show((LIMIT + 3, -LIMIT - 1, 1e6, LIMIT))
    palette = widget._theme.palette
    ends = [widget.y_of(LIMIT), widget.y_of(-LIMIT), widget.y_of(LIMIT), widget.y_of(LIMIT)]
    for (_, top, _, bottom), end in zip(bars(widget), ends, strict=True):
        assert min(abs(end - top), abs(end - bottom)) < 0.01
    outside = [widget.itemcget(head, "state") == "normal" for _, head, _ in widget._bars]
    assert outside == [True, True, True, False]
    colours = [widget.itemcget(bar, "fill") for bar, _, _ in widget._bars]
    assert colours == [palette.warning] * 3 + [palette.accent]
    show((0.0, 0.0, 0.0, 0.0))
    assert {widget.itemcget(bar, "fill") for bar, _, _ in widget._bars} == {palette.accent}


@pytest.mark.parametrize("n", [1, 2, 16, 64])
def test_any_number_of_dimensions_fits(show, n):
    widget = show(tuple(np.linspace(-5, 5, n)))
    assert len(bars(widget)) == n
    assert widget.slot(n - 1)[1] <= widget.winfo_width()
    for item in widget.find_withtag("number") + widget.find_withtag("name"):
        left, top, right, bottom = widget.bbox(item)
        assert 0 <= left < right <= widget.winfo_width() + 1
        assert 0 <= top < bottom <= HEIGHT + 1
    names = [widget.bbox(item) for item in widget.find_withtag("name")]
    assert all(a[2] <= b[0] for a, b in pairwise(names))
    assert texts(widget, "name")[0] == "z1"


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (1, 8, 20)])
def test_the_image_stands_to_the_left(show, shape):
    widget = show((1.0, 2.0), shape)
    left, top, right, bottom = widget.bbox(widget._picture)
    assert (left, top) == (0, 0)
    assert right < widget.slot(0)[0]
    assert bottom <= HEIGHT
    assert widget._photo.width() / widget._photo.height() == pytest.approx(
        shape[2] / shape[1], rel=0.03
    )


def test_colours_follow_the_theme(show, stage):
    widget = show((1.0, 9.0))
    stage.theme.set_mode("dark")
    assert widget.cget("background") == stage.theme.palette.background
    colours = [widget.itemcget(bar, "fill") for bar, _, _ in widget._bars]
    assert colours == [stage.theme.palette.accent, stage.theme.palette.warning]
