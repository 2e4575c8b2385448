"""The axes of a map: the room they leave, and numbers that are round in both scales."""

from __future__ import annotations

import itertools
import tkinter as tk

import pytest

from explorer.viewport import EVEN, QUANTILE, Viewport
from explorer.widgets.map_axes import APART_ACROSS, APART_DOWN, MapAxes, written

WIDTH, HEIGHT = 600, 420


@pytest.fixture
def canvas(stage) -> tk.Canvas:
    canvas = tk.Canvas(stage.frame, highlightthickness=0, borderwidth=0)
    stage.show(canvas, WIDTH, HEIGHT)
    return canvas


@pytest.fixture
def axes(canvas, stage) -> MapAxes:
    return MapAxes(canvas, stage.theme)


def draw(axes: MapAxes, change=lambda view: view, spacing: str = EVEN) -> Viewport:
    left, top, right, bottom = axes.box()
    viewport = change(Viewport.fitted((right - left, bottom - top), spacing))
    axes.draw(viewport, axes.box())
    return viewport


def numbers(canvas: tk.Canvas, anchor: str) -> list[tuple[str, tuple[int, int, int, int]]]:
    """The numbers below ("n") or beside ("e") the picture with their boxes."""
    return [
        (canvas.itemcget(item, "text"), canvas.bbox(item))
        for item in canvas.find_withtag("tick")
        if canvas.type(item) == "text" and canvas.itemcget(item, "anchor") == anchor
    ]


def test_numbers_are_written_as_they_are_read():
    assert [written(n) for n in (-2.0, -0.25, 0.0, 1.5, 10.0)] == ["−2", "−0.25", "0", "1.5", "10"]


def test_names_take_room_only_where_there_are_any(axes):
    left, top, right, bottom = axes.box()
    axes.set_names("z1", "z2")
    named = axes.box()
    assert named[0] > left
    assert named[3] < bottom
    assert (named[1], named[2]) == (top, right)


@pytest.mark.parametrize("spacing", [EVEN, QUANTILE])
def test_the_whole_prior_has_the_numbers_that_everybody_knows(axes, canvas, spacing):
    draw(axes, spacing=spacing)
    for anchor in "ne":
        assert {"−2", "−1", "0", "1", "2"} <= {text for text, _ in numbers(canvas, anchor)}


@pytest.mark.parametrize("spacing", [EVEN, QUANTILE])
@pytest.mark.parametrize("zoom", [0.3, 1.0, 3.0, 17.0, 90.0, 400.0])
def test_numbers_stand_apart_inside_the_widget_and_beside_the_picture(axes, canvas, spacing, zoom):
    axes.set_names("first discriminant", "second discriminant")
    draw(axes, lambda view: view.zoomed(zoom, 0.7 * view.size[0], 0.3 * view.size[1]), spacing)
    left, _, _, bottom = axes.box()
    below = sorted(box for _, box in numbers(canvas, "n"))
    beside = sorted((box for _, box in numbers(canvas, "e")), key=lambda box: box[1])
    for one, other in itertools.pairwise(below):
        assert one[2] < other[0]
        assert (other[0] + other[2] - one[0] - one[2]) / 2 >= APART_ACROSS - 2
    for one, other in itertools.pairwise(beside):
        assert one[3] < other[1]
        assert (other[1] + other[3] - one[1] - one[3]) / 2 >= APART_DOWN - 2
    for box in below:
        assert box[0] >= 0
        assert box[2] <= WIDTH
        assert bottom < box[1]
    for box in beside:
        assert box[2] < left
        assert box[0] >= 0
        assert box[3] <= HEIGHT


def test_what_is_hidden_comes_back(axes, canvas):
    axes.set_names("z1", "z2")
    draw(axes)
    axes.hide()
    assert canvas.find_withtag("tick") == ()
    draw(axes)
    assert len(numbers(canvas, "n")) >= 5
