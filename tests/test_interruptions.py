"""Things that come in the middle of others on the Map and Draw pages: nothing is lost or stale."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.foreign import foreign_state
from tests.interaction import begin_drag, end_drag, go_on, press


@pytest.fixture
def map_page(window, settle):
    window.show_page("map")
    window.root.update()
    settle()
    return window.pages["map"]


@pytest.fixture
def draw_page(window, settle):
    window.show_page("draw")
    window.root.update()
    settle()
    return window.pages["draw"]


@pytest.fixture
def foreign(tmp_path):
    """Writes a decoder as somebody else would have saved it, and gives its path."""

    def write(**sizes: int):
        path = tmp_path / "foreign.pt"
        torch.save(foreign_state(**sizes), path)
        return path

    return write


def surface(window, name: str):
    """What is drawn or dragged on."""
    page = window.pages[name]
    return page.map_view if name == "map" else page.canvas


def assert_shown(window) -> None:
    """The digit that is shown is that of the point."""
    z = np.asarray(window.state.z)
    assert len(z) == window.model.latent_dim
    np.testing.assert_array_equal(window.digit._pixels, window.model.decoder.decode_uint8(z))


# --- in the middle of a drag or a stroke ----------------------------------------------------------


@pytest.mark.parametrize("name", ["map", "draw"])
@pytest.mark.parametrize("sizes", [{"latent": 2}, {"latent": 16, "side": 32}, {"latent": 1}])
def test_other_weights_are_opened(window, pump, settle, foreign, name, sizes):
    window.show_page(name)
    window.root.update()
    settle()
    widget = surface(window, name)
    begin_drag(widget)
    path = foreign(**sizes)
    window.open_weights(path)
    go_on(widget)
    pump(lambda: window.model.bundle.path == path)
    go_on(widget)
    end_drag(widget)
    settle()
    assert_shown(window)
    begin_drag(widget)
    end_drag(widget)
    settle()
    assert_shown(window)
    while window.state.undo():
        assert len(window.state.z) == window.model.latent_dim
    settle()
    assert_shown(window)


@pytest.mark.parametrize("name", ["map", "draw"])
@pytest.mark.parametrize(
    "key", ["Control-z", "Control-Tab", "t", "l", "Escape", "Control-v", "Control-o", "r", "1"]
)
def test_a_key_is_pressed(window, settle, dialogs, name, key):
    window.show_page(name)
    window.root.update()
    settle()
    widget = surface(window, name)
    begin_drag(widget)
    press(widget, key)
    dialogs.errors.clear()
    go_on(widget)
    window.show_page(name)
    end_drag(widget)
    settle()
    assert_shown(window)
    before = window.state.z
    begin_drag(widget, ((0.45, 0.2), (0.2, 0.5)))
    end_drag(widget)
    settle()
    assert_shown(window)
    if window.state.z != before:  # one gesture is one entry, whatever came between
        assert window.state.undo()
        np.testing.assert_allclose(window.state.z, before, atol=1e-9)


@pytest.mark.parametrize("name", ["map", "draw"])
def test_a_dimension_is_locked_and_keeps_its_value(window, settle, name):
    window.show_page(name)
    window.root.update()
    settle()
    widget = surface(window, name)
    begin_drag(widget)
    window.state.set_lock(0, True)
    kept = window.state.z[0]
    go_on(widget)
    end_drag(widget)
    settle()
    assert window.state.z[0] == kept
    assert_shown(window)
    window.state.set_lock(0, False)


@pytest.mark.parametrize("name", ["map", "draw"])
def test_a_session_is_opened(window, settle, tmp_path, name):
    window.show_page(name)
    window.root.update()
    settle()
    widget = surface(window, name)
    window.files.save_session(tmp_path / "a.json")
    begin_drag(widget)
    window.files.open_session(tmp_path / "a.json")
    go_on(widget)
    end_drag(widget)
    settle()
    assert_shown(window)


@pytest.mark.parametrize("size", ["1x1", "420x300", "2600x1700"])
@pytest.mark.parametrize("name", ["map", "draw"])
def test_the_window_gets_another_size(window, settle, name, size):
    window.show_page(name)
    window.root.update()
    widget = surface(window, name)
    usual = window.root.geometry()
    smallest = window.root.minsize()
    window.root.minsize(1, 1)
    begin_drag(widget)
    window.root.geometry(size)
    window.root.update()
    go_on(widget)
    end_drag(widget)
    settle()
    press(widget, "plus", times=3)
    settle()
    window.root.minsize(*smallest)
    window.root.geometry(usual)
    window.root.update()
    settle()
    assert_shown(window)


# --- unseen ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "event", ["theme", "weights", "other weights", "clear", "session", "point"]
)
@pytest.mark.parametrize("view", ["reconstruction", "completions", "neighbours", "refine", "edit"])
def test_a_view_that_nobody_sees_takes_everything(
    window, draw_page, settle, foreign, tmp_path, view, event
):
    page = draw_page
    page.view_buttons[view].invoke()
    page.take_real(7)
    settle()
    window.files.save_session(tmp_path / "a.json")
    if view == "refine":
        page.views["refine"].refine()
        settle()
    window.show_page("sample")
    window.root.update()
    page.canvas.clear()
    window.toggle_theme()
    match event:
        case "weights":
            window.open_weights(window.model.bundle.path)
        case "other weights":
            window.open_weights(foreign(latent=3, side=32))
        case "clear":
            page.take_real(8)
        case "session":
            window.files.open_session(tmp_path / "a.json")
        case "point":
            page.slots()["sheet"](window.state.z, "here")
    settle()
    window.toggle_theme()
    window.show_page("draw")
    window.root.update()
    window.toggle_theme()
    settle()
    assert page.views[view].drawn is page.drawn
    window.toggle_theme()


def test_what_was_refined_of_another_drawing_does_not_become_the_edits_anchor(
    window, draw_page, settle
):
    page = draw_page
    page.take_real(7)
    settle()
    page.view_buttons["refine"].invoke()
    window.root.update()
    page.views["refine"].refine()
    page.view_buttons["edit"].invoke()
    window.root.update()
    page.take_real(8)
    settle()
    assert page.drawn.index == 8
    np.testing.assert_array_equal(page.views["edit"].anchor, page.drawn.posterior.mu)
