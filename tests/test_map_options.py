"""The choice of what a map shows: layers, tiles and spacing, and what a model has not."""

from __future__ import annotations

import pytest

from explorer.map_layers import CLASSES, DIGITS, LAYERS, MAGNIFICATION, TILES
from explorer.map_study import MAX_TILES, MapRequest
from explorer.viewport import EVEN, QUANTILE
from explorer.widgets.map_options import MapOptions
from tests.interaction import press

WIDTH = 600  # of the page in the smallest window


@pytest.fixture
def asked() -> list:
    return []


@pytest.fixture
def options(stage, asked) -> MapOptions:
    widget = MapOptions(
        stage.frame,
        stage.theme,
        on_change=asked.append,
        on_spacing=asked.append,
        on_error=asked.append,
    )
    stage.show(widget, WIDTH, 36)
    return widget


def test_it_fits_the_smallest_window(options):
    assert options.winfo_reqwidth() <= WIDTH


def test_it_shows_what_is_asked_for_without_asking(options, asked):
    options.show(MapRequest(frozenset({MAGNIFICATION, DIGITS}), 31), QUANTILE)
    assert [options.boxes[layer].instate(["selected"]) for layer in LAYERS] == [
        *(False, False, False, True, True)
    ]
    assert options.tiles_field.number == 31
    assert options.spacing_box.get() == "Quantiles"
    assert asked == []


def test_layers_are_combined_by_mouse_and_key(options, asked):
    options.show(MapRequest(frozenset({TILES}), 12), EVEN)
    options.boxes[MAGNIFICATION].invoke()
    press(options.boxes[TILES], "space")
    assert asked == [
        MapRequest(frozenset({TILES, MAGNIFICATION}), 12),
        MapRequest(frozenset({MAGNIFICATION}), 12),
    ]


def test_the_number_of_tiles_is_checked(options, asked):
    options.tiles_field.set(MAX_TILES)
    options.tiles_field.commit()
    assert asked.pop().tiles == MAX_TILES
    options.tiles_field.set(MAX_TILES + 1)
    options.tiles_field.commit()
    assert asked == [f"The number of tiles must be from 2 to {MAX_TILES}, not {MAX_TILES + 1}."]
    assert options.tiles_field.number == MAX_TILES


def test_the_spacing_is_chosen_from_a_list(options, asked, stage):
    options.spacing_box.current(1)
    options.spacing_box.event_generate("<<ComboboxSelected>>")
    stage.root.update()
    assert asked == [QUANTILE]


def test_what_a_model_lacks_is_disabled_but_not_forgotten(options, asked):
    request = MapRequest(frozenset({TILES, CLASSES}))
    options.show(request, EVEN)
    options.offer(dict.fromkeys(LAYERS, "") | {CLASSES: "No classifier."})
    box = options.boxes[CLASSES]
    assert box.instate(["disabled", "!selected"])
    options.show(request, EVEN)
    assert box.instate(["disabled", "!selected"])
    box.invoke()
    assert asked == []
    options.boxes[TILES].invoke()
    assert asked == [MapRequest(frozenset({CLASSES}))]  # for the next model
    options.offer(dict.fromkeys(LAYERS, ""))
    assert box.instate(["!disabled", "selected"])
