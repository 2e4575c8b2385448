"""The window is closed in the middle of what the Map and Draw pages do: quietly, and for good."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PIL import Image

from explorer.map_dialog import SaveOptions
from explorer.map_layers import LAYERS
from explorer.theme import create_root
from explorer.window import MainWindow
from tests.interaction import begin_drag


def refine_the_map(window, tmp_path) -> None:
    page = window.pages["map"]
    window.show_page("map")
    window.root.update()
    page.apply_settings({"map": {"layers": list(LAYERS), "tiles": 40}})
    window.root.update()


def save_the_map(window, tmp_path) -> None:
    refine_the_map(window, tmp_path)
    page = window.pages["map"]
    while page.slice is None or page.map_view.viewport is None:
        window.root.update()
    page.saving.save(SaveOptions(2000, layers=frozenset(LAYERS)))


def build_the_bank(window, tmp_path) -> None:
    page = window.pages["draw"]
    window.show_page("draw")
    window.root.update()
    page.view_buttons["completions"].invoke()
    page.take_real(3)
    while page.drawn is None:
        window.root.update()


def refine_the_drawing(window, tmp_path) -> None:
    build_the_bank(window, tmp_path)
    page = window.pages["draw"]
    page.view_buttons["refine"].invoke()
    window.root.update()
    page.views["refine"].refine()


def open_a_picture(window, tmp_path) -> None:
    window.show_page("draw")
    window.root.update()
    window.pages["draw"].open_picture()


def draw_a_stroke(window, tmp_path) -> None:
    window.show_page("draw")
    window.root.update()
    begin_drag(window.pages["draw"].canvas)


def drag_the_point(window, tmp_path) -> None:
    window.show_page("map")
    window.root.update()
    begin_drag(window.pages["map"].map_view)


@pytest.mark.parametrize(
    "begun",
    [
        refine_the_map,
        save_the_map,
        build_the_bank,
        refine_the_drawing,
        open_a_picture,
        draw_a_stroke,
        drag_the_point,
    ],
)
@pytest.mark.parametrize("patience", [0, 8])
def test_the_window_is_closed(weights_path, dialogs, pump, tmp_path, begun, patience):
    dialogs.path = tmp_path / "file.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (3000, 3000), np.uint8)).save(
        dialogs.path
    )
    content = dialogs.path.read_bytes()
    threads = set(threading.enumerate())
    window = MainWindow(create_root("Closed", scaling=1.0), weights_path)
    pump(lambda: window.settled)
    begun(window, tmp_path)
    for _ in range(patience):
        window.root.update()
    window.close()
    assert set(threading.enumerate()) == threads
    assert list(tmp_path.iterdir()) == [dialogs.path]
    assert dialogs.path.read_bytes() == content
