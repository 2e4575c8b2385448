"""The choice of a plane: its kind, two dimensions, three points, and what a model lacks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.plane_choice import AXES, KINDS, POINTS, PRINCIPAL, PlaneChoice
from explorer.widgets.plane_options import KIND_TEXTS, PlaneOptions
from explorer.widgets.point_menu import PointSources
from tests.interaction import press

WIDTH = 600  # of the page in the smallest window
SOURCES = PointSources(
    current=lambda: (1.0, 2.0, 3.0),
    random=lambda: np.array([3.0, 4.0, 5.0]),
    clipboard=lambda: (_ for _ in ()).throw(ValueError("the clipboard holds no vector")),
    presets=list,
    class_means=list,
    bookmarks=lambda: [("a seven with a long name", (7.0, 7.0, 7.0))],
    real=lambda: "not here",
    group=lambda: None,
)


@pytest.fixture
def chosen() -> list[PlaneChoice]:
    return []


@pytest.fixture
def errors() -> list[str]:
    return []


@pytest.fixture
def options(stage, chosen, errors) -> PlaneOptions:
    widget = PlaneOptions(
        stage.frame,
        stage.theme,
        sources=SOURCES,
        on_change=chosen.append,
        on_error=errors.append,
    )
    widget.offer(3, dict.fromkeys(KINDS, ""))
    stage.show(widget, WIDTH, 36)
    return widget


def labels(menu) -> list[str]:
    return [menu.entrycget(i, "label") for i in range(menu.index("end") + 1)]


def entry(menu, label: str) -> int:
    return next(i for i, text in enumerate(labels(menu)) if text.startswith(label))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_fits_the_smallest_window(options, stage, kind):
    options.show(PlaneChoice(kind).with_point(0, "a name too long for its button", [1, 2, 3]))
    options.show(PlaneChoice(kind))
    stage.root.update()
    assert options.winfo_reqwidth() <= WIDTH
    assert options.kind_button["text"] == KIND_TEXTS[kind][0]
    assert options.axes_row.winfo_ismapped() == (kind == AXES)
    assert options.points_row.winfo_ismapped() == (kind == POINTS)


def test_a_kind_is_chosen_from_the_menu(options, chosen):
    options._fill_kinds()
    assert labels(options.kind_menu) == [KIND_TEXTS[kind][0] for kind in KINDS]
    options.kind_menu.invoke(KINDS.index(AXES))
    assert chosen == [PlaneChoice(AXES)]
    options.kind_menu.invoke(KINDS.index(PlaneChoice().kind))  # what is shown already
    assert len(chosen) == 1


def test_what_a_model_lacks_is_disabled_and_says_why(options, chosen):
    options.offer(3, {PRINCIPAL: "These weights came without an encoder."})
    options._fill_kinds()
    index = KINDS.index(PRINCIPAL)
    assert options.kind_menu.entrycget(index, "state") == "disabled"
    assert "without an encoder" in options.kind_menu.entrycget(index, "label")
    options.kind_menu.invoke(index)
    assert chosen == []


def test_without_a_plane_nothing_can_be_chosen(options):
    options.offer(1, dict.fromkeys(KINDS, "There is no plane."))
    assert str(options.kind_button["state"]) == "disabled"
    assert str(options.swap_button["state"]) == "disabled"
    assert all(box.instate(["disabled"]) for box in options.axis_boxes)


def test_dimensions_are_chosen_from_lists(options, stage, chosen):
    options.show(PlaneChoice(AXES, axes=(0, 2)))
    stage.root.update()
    assert [box.get() for box in options.axis_boxes] == ["z1", "z3"]
    assert options.axis_boxes[0]["values"] == ("z1", "z2", "z3")
    options.axis_boxes[0].current(1)
    options.axis_boxes[0].event_generate("<<ComboboxSelected>>")
    stage.root.update()
    assert chosen == [PlaneChoice(AXES, axes=(1, 2))]


def test_points_are_chosen_from_every_source(options, stage, chosen, errors):
    options.show(PlaneChoice(POINTS))
    stage.root.update()
    menu = options.point_menus[1]
    menu.fill()
    menu.invoke(entry(menu, "Current point"))
    assert chosen[-1].points[1].z == (1.0, 2.0, 3.0)
    shelf = menu.nametowidget(menu.entrycget(entry(menu, "Bookmark"), "menu"))
    shelf.invoke(0)
    assert chosen[-1].points[1].name == "a seven with a long name"
    menu.invoke(entry(menu, "From the clipboard"))
    assert errors == ["the clipboard holds no vector"]
    assert len(chosen) == 2
    options.show(chosen[-1])
    assert options.point_buttons[1]["text"].startswith("B a seven")
    assert options.point_buttons[1]["text"].endswith("…")
    assert options.point_buttons[0]["text"] == "A …"


def test_the_map_is_turned_over_by_mouse_and_key(options, stage, chosen):
    options.show(PlaneChoice(AXES, axes=(0, 2)))
    options.swap_button.invoke()
    options.show(chosen[-1])
    press(options.swap_button, "space")
    assert chosen == [PlaneChoice(AXES, axes=(2, 0)), PlaneChoice(AXES, axes=(0, 2))]
    options.show(replace(chosen[-1], kind=POINTS))
    options.swap_button.invoke()
    assert chosen[-1].swapped
