"""The Map page: the slice through the point, what moves it, and what is drawn upon it."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.map_dialog import SaveOptions
from explorer.map_layers import (
    CLASSES,
    DIGITS,
    LAYERS,
    MAGNIFICATION,
    TILES,
    TYPICALITY,
    MapFields,
)
from explorer.map_picture import paint_map
from explorer.map_study import Scene
from explorer.plane_choice import AXES, KINDS, NO_PLANE, POINTS, PRINCIPAL
from explorer.viewport import QUANTILE
from explorer.widgets.map_tools import BOX, LASSO, MOVE, PATH
from tests.foreign import foreign_state
from tests.interaction import click, drag, press, turn_wheel
from vae.planes import axis_plane


@pytest.fixture
def page(window, settle):
    """The page in front, with the quick layers, on two dimensions."""
    page = window.pages["map"]
    page.apply_settings({"plane": {"kind": AXES, "axes": [4, 1]}, "map": {"layers": [TILES]}})
    window.show_page("map")
    window.root.update()
    settle()
    page.fit()
    settle()
    return page


@pytest.fixture
def change(page, settle):
    """Applies settings and waits for the picture that they ask for."""

    def apply(**settings):
        page.apply_settings(settings)
        settle()
        return page.fields

    return apply


def pixel(page, u: float, v: float) -> tuple[int, int]:
    return tuple(map(round, page.map_view.pixel_of(u, v)))


def shown(page) -> np.ndarray:
    """The picture that Tk has, (height, width, 3)."""
    view = page.map_view
    data = view.tk.call(str(view._photo), "data", "-format", "ppm")
    return np.asarray(Image.open(io.BytesIO(bytes(data))))


def place_of(page, z) -> np.ndarray:
    return page.chosen.plane.coordinates(z)


# --- what is shown --------------------------------------------------------------------------------


def test_at_first_it_shows_the_plane_of_the_classes(window, settle):
    window.show_page("map")
    window.root.update()
    settle()
    page = window.pages["map"]
    assert page.choice.kind == "classes"
    assert page.chosen.axis_names == ("LD 1", "LD 2")
    assert page.fields.tiles is not None
    assert max(page.fields.classes.best.shape) == 400
    assert len(page.legend.entries) >= 10
    assert page.map_view.message == ""
    assert page.words.cget("text").split(":")[0].endswith("off the plane")


def test_the_map_is_the_slice_through_the_point(page, window):
    z = np.array(window.state.z)
    assert page.slice.distance(z) < 1e-9
    assert page.map_view.point == pytest.approx(tuple(z[[4, 1]]))
    assert page.words.cget("text") == "Held: " + " · ".join(
        f"z{i + 1} {z[i]:.2f}" for i in (0, 2, 3, 5)
    )
    view = page.map_view.viewport
    assert view.size == page.map_view.picture_size
    np.testing.assert_array_equal(shown(page), paint_map(page.fields, view, page._look))


def test_a_tile_shows_the_digit_of_its_place(page, window):
    grid = page.fields.viewport_of(TILES)
    columns, rows = grid.size
    z = np.array(window.state.z)
    z[[4, 1]] = grid.columns(columns)[3], grid.rows(rows)[5]
    image = window.model.decoder.decode_uint8(z)
    np.testing.assert_array_equal(page.fields.tiles[5, 3], image)


@pytest.mark.parametrize("kind", KINDS)
def test_every_plane_can_be_shown(page, window, change, kind):
    change(plane={"kind": kind})
    assert page.chosen.choice.kind == kind
    assert page.map_view.message == ""
    assert page.slice.distance(np.array(window.state.z)) < 1e-9
    assert page.map_view.point == pytest.approx(tuple(place_of(page, window.state.z)))


def test_layers_are_combined_and_come_back_at_once(page, settle):
    for layer in LAYERS[1:]:
        page.map_options.boxes[layer].invoke()
    settle()
    fields = page.fields
    assert all(fields.knows(layer) for layer in LAYERS)
    kinds = {entry.layer for entry in page.legend.entries}
    assert kinds == {DIGITS, TYPICALITY, MAGNIFICATION}  # which has taken the classes' colours
    page.map_options.boxes[CLASSES].invoke()
    settle()
    assert page.fields.classes is None
    page.map_options.boxes[CLASSES].invoke()
    settle()
    assert page.fields.classes is fields.classes


def test_a_picture_of_a_plane_that_was_left_is_not_shown(page, window):
    view, before = page.map_view.viewport, page.fields
    other = Scene(axis_plane(np.array(window.state.z), 0, 2), view, 5, page._look)
    page._show_picture(Image.new("RGB", view.size), other, MapFields(view))
    assert page.fields is before
    page._show_picture(Image.new("RGB", view.size), replace(other, plane=page.slice), before)
    assert (shown(page) == 0).all()
    page.fit()


def test_another_theme_is_another_picture(page, window, settle, change):
    change(map={"layers": [CLASSES]})
    before = shown(page)
    window.toggle_theme()
    settle()
    assert (shown(page) != before).any()


def test_quantiles_show_the_whole_prior(page, settle):
    page.map_options.spacing_box.current(1)
    page.map_options.spacing_box.event_generate("<<ComboboxSelected>>")
    settle()
    assert page.map_view.viewport.spacing == QUANTILE
    page.actions.fit_button.invoke()
    settle()
    rows, columns = page.fields.tiles.shape[:2]
    assert rows == columns == 14
    page._choose_spacing("even")
    settle()


def test_the_wheel_and_the_keys_look_closer_and_all_is_shown_again(page, settle):
    width = page.map_view.viewport.width
    turn_wheel(page.map_view, 2)
    settle()
    assert page.map_view.viewport.width == pytest.approx(width / 1.25**2)
    assert page.fields.viewport == page.map_view.viewport
    press(page.map_view, "minus")
    settle()
    assert page.map_view.viewport.width == pytest.approx(width / 1.25)
    press(page.map_view, "Control-Key-0")
    settle()
    assert page.map_view.viewport.width == pytest.approx(width)


def test_nothing_is_computed_while_another_page_is_seen(page, window, settle, monkeypatch):
    window.show_page("sample")
    window.root.update()
    settle()
    monkeypatch.setattr(page._study, "want", lambda scene: pytest.fail("nobody looks"))
    window.state.set_value(0, 2.0)
    page.apply_settings({"map": {"tiles": 5}})
    window.root.update()
    monkeypatch.undo()
    window.show_page("map")
    window.root.update()
    settle()
    assert page.slice.offset[0] == 2.0
    assert min(page.fields.tiles.shape[:2]) in (5, 6)


def test_what_is_under_way_ends_when_another_page_is_seen(page, window, settle):
    page._choose_layers(replace(page._request, layers=frozenset(LAYERS)))
    assert not page._study.settled
    window.show_page("sample")
    while page.winfo_ismapped():
        window.root.update()
    assert page._study.settled
    window.show_page("map")
    window.root.update()
    settle()
    assert page.fields.classes is not None


# --- the point ------------------------------------------------------------------------------------


def test_a_drag_moves_the_point_and_is_one_undo_entry(page, window, settle):
    start = window.state.z
    drag(page.map_view, pixel(page, 0, 0), pixel(page, 1, 1), pixel(page, 2, -1.5))
    z = window.state.z
    assert z[4] == pytest.approx(2, abs=0.02)
    assert z[1] == pytest.approx(-1.5, abs=0.02)
    assert [z[i] for i in (0, 2, 3, 5)] == [start[i] for i in (0, 2, 3, 5)]
    settle()
    assert page.map_view.point == pytest.approx((z[4], z[1]))
    assert window.sliders.sliders[4].value == z[4]
    assert window.state.undo()
    assert window.state.z == start
    assert not window.state.can_undo


def test_arrow_keys_move_the_point(page, window):
    z = window.state.z
    press(page.map_view, "Right", times=3)
    press(page.map_view, "Shift-Down")
    assert window.state.z[4] == pytest.approx(z[4] + 0.15)
    assert window.state.z[1] == pytest.approx(z[1] - 0.5)


def test_a_slider_in_the_plane_only_moves_the_ring(page, window, settle, monkeypatch):
    monkeypatch.setattr(page._study, "want", lambda scene: pytest.fail("the map is the same"))
    window.state.set_value(4, 1.25)
    window.root.update()
    assert page.map_view.point[0] == 1.25


def test_a_slider_out_of_the_plane_brings_another_slice(page, window, settle):
    before = shown(page)
    window.state.set_value(0, window.state.z[0] + 1.5)
    settle()
    assert page.slice.offset[0] == pytest.approx(window.state.z[0])
    assert f"z1 {window.state.z[0]:.2f}" in page.words.cget("text")
    assert (shown(page) != before).any()
    grid = page.fields.viewport_of(TILES)
    z = np.array(window.state.z)
    z[[4, 1]] = grid.columns(grid.size[0])[2], grid.rows(grid.size[1])[4]
    np.testing.assert_array_equal(page.fields.tiles[4, 2], window.model.decoder.decode_uint8(z))


def test_a_lock_holds_the_point_and_that_is_said(page, window, change):
    change(plane={"kind": PRINCIPAL})
    window.state.set_lock(2, True)
    z = window.state.z
    drag(page.map_view, pixel(page, 0, 0), pixel(page, 2, 1))
    assert window.state.z != z
    assert window.state.z[2] == z[2]
    assert page.slice.distance(np.array(window.state.z)) < 1e-5
    assert "Locked: z3." in window.status.message["text"]


# --- three points ---------------------------------------------------------------------------------


def test_three_points_are_marked_faded_off_the_slice_and_reached(page, window, settle, change):
    change(plane={"kind": POINTS})
    view = page.map_view
    assert [letter for letter, *_ in view._marks] == ["A", "B", "C"]
    z = np.array(window.state.z)
    off = page.chosen.distance(z)
    assert off > 0.1
    assert page.words.cget("text").startswith(f"{off:.2f} off the plane: z1 ")
    assert view._faded
    assert page.actions.onto_button.winfo_ismapped()
    place = view.point
    page.actions.onto_button.invoke()
    settle()
    assert view.point == pytest.approx(place, abs=1e-4)
    assert page.chosen.distance(np.array(window.state.z)) < 1e-4
    assert page.words.cget("text") == "On the plane of A, B and C."
    assert not view._faded
    assert not page.actions.onto_button.winfo_ismapped()
    assert window.state.undo()


def test_the_shelf_sends_points_to_a_b_and_c(page, window, settle):
    assert list(page.slots()) == ["point A", "point B", "point C"]
    for slot, z in zip(page.slots().values(), np.eye(6)[:3], strict=True):
        slot(z, "one")
    settle()
    assert page.choice.kind == POINTS
    assert [point.z for point in page.choice.points] == [tuple(row) for row in np.eye(6)[:3]]
    places = [place_of(page, z) for z in np.eye(6)[:3]]
    np.testing.assert_allclose([mark[1:] for mark in page.map_view._marks], places)


def test_points_on_one_line_are_told_and_mended(page, window, settle):
    for i, slot in enumerate(page.slots().values()):
        slot([float(i)] * 6, "same")
    settle()
    assert "on one line" in page.map_view.message
    assert page.chosen is None
    window.state.set_value(0, 1.0)  # harmless
    page.slots()["point B"]([0, 1, 0, 0, 0, 0], "beside")
    settle()
    assert page.map_view.message == ""
    assert page.fields.tiles is not None


def test_the_menu_of_a_place_makes_it_one_of_the_points(page, window, settle, monkeypatch):
    monkeypatch.setattr("explorer.pages.map.Menu.tk_popup", lambda *place: None)
    page._open_menu(1.0, 2.0, 0, 0)
    labels = [page.menu.entrycget(i, "label") for i in (0, 1, 3, 4, 5)]
    assert labels[0] == "Go here"
    page.menu.invoke(0)
    settle()
    assert window.state.z[4] == 1.0
    page.menu.invoke(1)
    assert window.state.bookmarks[-1].z[1] == 2.0
    page.menu.invoke(4)
    settle()
    assert page.choice.points[1].z[4] == 1.0
    assert page.choice.kind == POINTS


# --- paths ----------------------------------------------------------------------------------------


def test_a_path_goes_to_morph(page, window, settle):
    page.actions.tool_buttons[PATH].invoke()
    corners = [(-1.0, -1.0), (0.5, 2.0), (1.5, 0.0)]
    places = [pixel(page, *corner) for corner in corners]
    for place in places:
        click(page.map_view, *place)
    press(page.map_view, "Return")
    settle()
    assert page.map_view.path == pytest.approx(np.array(corners), abs=0.02)
    slice_ = page.slice
    keys = page.map_view.path
    page.actions.travel_button.invoke()
    settle()
    assert window.notebook.front == "morph"
    points = np.array([key.z for key in window.pages["morph"].journey.keys])
    np.testing.assert_allclose(points, slice_.points(keys), atol=1e-5)


def test_a_path_is_cleared_and_one_begun_is_given_up(page, window):
    page.actions.tool_buttons[PATH].invoke()
    page._take_path(np.array([[0, 0], [1, 1.0]]))
    assert page.actions.clear_button.winfo_manager()
    page.actions.clear_button.invoke()
    assert page.map_view.path is None
    assert not page.actions.travel_button.winfo_manager()
    click(page.map_view, *pixel(page, 0, 0))
    assert page.map_view.drawing
    window.root.focus_force()
    page.back()
    assert not page.map_view.drawing
    page.actions.tool_buttons[MOVE].invoke()


# --- real digits ----------------------------------------------------------------------------------


def test_a_box_selects_real_digits(page, window, settle):
    page.actions.tool_buttons[BOX].invoke()
    drag(page.map_view, pixel(page, -0.5, -0.5), pixel(page, 0, 0), pixel(page, 1, 0.75))
    settle()
    mu = window.model.encoded.mu
    outline = page.map_view.selection
    (low_u, low_v), (high_u, high_v) = outline.min(axis=0), outline.max(axis=0)
    inside = (mu[:, 4] > low_u) & (mu[:, 4] < high_u) & (mu[:, 1] > low_v) & (mu[:, 1] < high_v)
    np.testing.assert_array_equal(page.selection_panel.selection.indices, np.flatnonzero(inside))
    assert page.selection_panel.winfo_ismapped()
    assert not page.words.winfo_ismapped()  # the map needs its room
    mean = mu[inside].mean(axis=0)
    page.selection_panel.shelf_button.invoke()
    assert window.state.bookmarks[-1].z == pytest.approx(tuple(mean), abs=1e-6)
    page.selection_panel.mean_button.invoke()
    settle()
    assert window.state.z == pytest.approx(tuple(mean), abs=1e-6)
    page.selection_panel.clear_button.invoke()
    window.root.update()
    assert not page.selection_panel.winfo_ismapped()
    assert page.words.winfo_ismapped()
    assert page.map_view.selection is None
    page.actions.tool_buttons[MOVE].invoke()


def test_who_takes_a_lasso_sees_the_digits_that_it_is_for(page, change, settle):
    change(map={"layers": [TILES]}, tool=MOVE)
    page.actions.tool_buttons[PATH].invoke()
    settle()
    assert page.fields.dots is None
    page.actions.tool_buttons[LASSO].invoke()
    settle()
    assert page.fields.dots is not None
    assert page.map_options.boxes[DIGITS].instate(["selected"])
    page.map_options.boxes[DIGITS].invoke()  # and may do without
    settle()
    assert page.map_view.tool == LASSO
    assert page.fields.dots is None
    page.actions.tool_buttons[MOVE].invoke()


def test_the_path_and_the_selection_are_cleared_one_by_one(page, window):
    page._take_path(np.array([[0, 0], [1, 1.0]]))
    page._take_outline(np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]]))
    page.selection_panel.clear_button.invoke()
    assert page.map_view.selection is None
    assert page.map_view.path is not None
    page._take_outline(np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]]))
    page.actions.clear_button.invoke()
    assert page.map_view.path is None
    assert page.selection_panel.selection is not None
    page.clear_drawings()


def test_a_selected_digit_is_opened_on_the_draw_page(page, window, settle):
    page._take_outline(np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]]))
    page.selection_panel.draw_button.invoke()
    settle()
    assert window.notebook.front == "draw"


def test_an_outline_around_nothing_is_told(page, window):
    page._take_outline(np.array([[30, 30], [31, 30], [31, 31.0]]))
    assert "no real digit" in window.status.message["text"]
    assert page.selection_panel.selection is None


def test_the_digit_that_is_pointed_at_is_shown(page, window, change):
    change(map={"layers": [DIGITS]})
    mu = window.model.encoded.mu
    far = int(np.argmax(mu[:, 4]))  # alone at the edge
    page._point_at(*mu[far, [4, 1]])
    pixels, caption, at = page.map_view._thumbnail
    np.testing.assert_array_equal(pixels, window.model.encoded.images[far])
    assert caption.startswith(f"{window.model.encoded.labels[far]} #{far}")
    assert at == pytest.approx(tuple(mu[far, [4, 1]]))
    page._point_at(39.0, 39.0)
    assert page.map_view._thumbnail is None
    change(map={"layers": [TILES]})
    page._point_at(*mu[far, [4, 1]])
    assert page.map_view._thumbnail is None


# --- saving ---------------------------------------------------------------------------------------


def test_the_map_is_saved_as_it_was_asked_for(page, window, dialogs, settle, tmp_path):
    dialogs.path = tmp_path / "map.png"
    page.actions.save_button.invoke()
    page.saving.dialog.width_field.set("640")
    page.saving.dialog.save_button.invoke()
    settle()
    with Image.open(dialogs.path) as picture:
        assert picture.width == 640
        assert picture.text["Title"] == "The plane of z5 and z2"
        assert len(picture.convert("RGB").getcolors(500_000)) > 50
    assert page.saving.options == SaveOptions(640, False, frozenset({TILES}))


def test_a_saved_map_of_three_points_has_them_on_it(page, dialogs, change, tmp_path, monkeypatch):
    change(plane={"kind": POINTS})
    saved = []
    monkeypatch.setattr("explorer.map_saving.save_map_picture", lambda *a, **_: saved.append(a))
    dialogs.path = tmp_path / "map.png"
    page.saving.save(SaveOptions(dark=True))
    change()
    _, _, _, look, caption, width = saved[0]
    assert (look.dark, width) == (True, 1600)
    assert [letter for letter, *_ in caption.marks] == ["A", "B", "C"]
    assert caption.origin["Point"] == str(list(page._context.state.z))
    for (_, *place), point in zip(caption.marks, page.choice.points, strict=True):
        assert place == pytest.approx(place_of(page, point.z))


def test_no_file_is_written_without_a_name(page, dialogs, settle, tmp_path):
    dialogs.path = None
    page.saving.save(SaveOptions())
    settle()
    assert list(tmp_path.iterdir()) == []


# --- sessions -------------------------------------------------------------------------------------


def test_a_session_brings_the_map_back(page, settle, change):
    change(
        plane={"kind": POINTS, "swapped": True},
        map={"layers": [TILES, DIGITS], "tiles": 9},
        view={"spacing": "quantile", "centre": [0.4, 0.6], "side": 0.5},
        tool=LASSO,
    )
    stored = page.settings()
    change(
        plane={"kind": AXES, "swapped": False},
        map={"layers": [], "tiles": 20},
        view={"spacing": "even", "centre": [0.0, 0.0], "side": 6.0},
        tool=MOVE,
    )
    change(**stored)
    again = page.settings()
    assert again["view"].pop("side") == pytest.approx(stored["view"].pop("side"))
    assert again == stored
    assert page.map_view.viewport.spacing == QUANTILE
    assert page.map_view.tool == LASSO
    assert page.plane_options.points_row.winfo_ismapped()


@pytest.mark.parametrize(
    "settings",
    [
        {"plane": 3, "map": "x", "view": [], "tool": "axe"},
        {"view": {"spacing": "log", "centre": [0, 0], "side": 1}},
        {"view": {"spacing": "even", "centre": [0, float("inf")], "side": 1}},
        {"view": {"spacing": "even", "centre": [0], "side": 1}},
        {"view": {"spacing": "even", "centre": [0, 0], "side": -1}},
        {"view": {"spacing": ["even"], "centre": [0, 0], "side": 1}},
        {},
    ],
)
def test_settings_that_do_not_fit_are_left_as_they_are(page, settings):
    before = page.settings()
    page.apply_settings(settings)
    assert page.settings() == before


# --- other models ---------------------------------------------------------------------------------


@pytest.fixture
def other(page, window, settle, tmp_path):
    """Opens foreign weights in the window; the next test has its own again."""

    def open_(**sizes):
        path = tmp_path / "foreign.pt"
        torch.save(foreign_state(**sizes), path)
        window.open_weights(path)
        settle()
        return page

    return open_


def test_without_encoder_and_classifier_it_shows_what_it_can(other, window, settle):
    window.pages["map"].actions.tool_buttons[LASSO].invoke()
    page = other(latent=6, side=32)
    assert (page.map_view.tool, page.actions.tool) == (MOVE, MOVE)
    assert page.chosen.choice.kind == AXES
    assert page.fields.tiles is not None
    for layer in (CLASSES, DIGITS):
        assert page.map_options.boxes[layer].instate(["disabled"])
    for tool in (LASSO, BOX):
        assert page.actions.tool_buttons[tool].instate(["disabled"])
    page._choose_layers(replace(page._request, layers=frozenset(LAYERS)))
    settle()
    assert page.fields.rarity.distance is None
    assert page.fields.magnification is not None
    assert page.fields.dots is None


@pytest.mark.parametrize(
    "sizes", [{"latent": 2}, {"latent": 16}, {"latent": 3, "side": 32, "image_channels": 3}]
)
def test_other_sizes_are_mapped(other, window, settle, sizes):
    page = other(**sizes)
    assert page.fields.tiles is not None
    assert page.map_view.point == pytest.approx(tuple(place_of(page, window.state.z)))
    drag(page.map_view, pixel(page, 0, 0), pixel(page, 1, 1))
    assert window.state.z[0] == pytest.approx(1, abs=0.05)
    assert page.words.winfo_reqwidth() < page.winfo_width()
    if sizes["latent"] == 2:
        assert page.words.cget("text") == "The map is the whole space."


def test_one_dimension_has_no_map_and_that_is_said(other, window):
    page = other(latent=1)
    assert page.map_view.message == NO_PLANE
    assert page.slots() == {}
    window.state.set_value(0, 1.0)
    page.fit()
    page.saving.ask()
    drag(page.map_view, (50, 50), (90, 90))
    assert window.state.z == (1.0,)
