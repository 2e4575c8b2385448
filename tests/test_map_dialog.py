"""The dialog that asks how a map becomes a picture."""

from __future__ import annotations

import pytest

from explorer.map_dialog import MapDialog, SaveOptions
from explorer.map_layers import CLASSES, DIGITS, LAYERS, TILES
from tests.interaction import press


@pytest.fixture
def saved() -> list[SaveOptions]:
    return []


@pytest.fixture
def dialog(stage, saved):
    def make(**changes) -> MapDialog:
        dialog = MapDialog(
            stage.root,
            stage.theme,
            options=SaveOptions(**changes),
            missing=dict.fromkeys(LAYERS, "") | {DIGITS: "There are none."},
            shape=(600, 450),
            on_save=saved.append,
        )
        stage.root.update()
        return dialog

    return make


def test_it_saves_what_it_shows(dialog, saved):
    asked = {"width": 2400, "dark": True, "layers": frozenset({TILES})}
    shown = dialog(**asked)
    shown.layer_boxes[CLASSES].invoke()
    shown.save_button.invoke()
    assert saved == [SaveOptions(2400, True, frozenset({TILES, CLASSES}))]
    assert not shown.window.winfo_exists()


def test_a_layer_that_is_not_there_cannot_be_asked_for(dialog, saved):
    shown = dialog(layers=frozenset({TILES, DIGITS}))
    assert shown.layer_boxes[DIGITS].instate(["disabled", "!selected"])
    shown.layer_boxes[DIGITS].invoke()
    shown.save_button.invoke()
    assert saved[0].layers == {TILES}


@pytest.mark.parametrize("text", ["100", "8001", "wide", ""])
def test_a_width_that_cannot_be_is_told_and_not_saved(dialog, saved, text):
    shown = dialog()
    shown.width_field.set(text)
    shown.save_button.invoke()
    assert "width" in shown.problem
    assert saved == []
    assert shown.window.winfo_exists()


def test_escape_saves_nothing(dialog, saved):
    shown = dialog()
    press(shown.window, "Escape")
    assert not shown.window.winfo_exists()
    assert saved == []


def test_large_pictures_are_computed_finer():
    details = [SaveOptions(width).detail for width in (200, 1200, 2400, 8000)]
    assert details == [1.0, 1.0, 2.0, 2.0]
