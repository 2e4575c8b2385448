"""The whole window with images that are neither grey nor 28 x 28: every page, view and export.

Both families are trained for some seconds on coloured shapes, and opened as train.py left them.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from PIL import Image, ImageGrab, ImageSequence, ImageTk

from explorer import clipboard_commands, images
from explorer.completing import MARKED
from explorer.map_dialog import SaveOptions
from explorer.map_picture import (
    CLASSES,
    DIGITS,
    MAGNIFICATION,
    TILES,
    TYPICALITY,
    MapLook,
    paint_map,
)
from explorer.movie import MovieOptions
from explorer.page_names import PAGES
from explorer.theme import create_root
from explorer.widgets.target_row import CLASS, Target
from explorer.window import MainWindow
from tests.coloured_shapes import CLASSES as SHAPES
from tests.coloured_shapes import coloured_shapes, train_shapes
from tests.conftest import POLL_INTERVAL_S, ROOT
from tests.foreign import foreign_state
from tests.interaction import press

GREY = 40  # levels between the channels of a pixel; the look of the program has fewer, mostly
SHAPE = (3, 32, 32)
SETTLE_S = 120.0  # only a failing test waits this long


@pytest.fixture(scope="module")
def colour_weights(tmp_path_factory):
    """A VAE of coloured shapes."""
    return train_shapes(tmp_path_factory.mktemp("colour"))


@pytest.fixture(scope="module")
def gan_weights(tmp_path_factory):
    """A GAN of coloured shapes."""
    return train_shapes(tmp_path_factory.mktemp("gan"), "gan")


@pytest.fixture(scope="module")
def colour_window(colour_weights, interpreters) -> Iterator[MainWindow]:
    """The real window with them."""
    window = MainWindow(create_root("Colour", scaling=1.0), colour_weights)
    deadline = time.monotonic() + SETTLE_S
    while not window.settled and time.monotonic() < deadline:
        window.root.update()
        time.sleep(POLL_INTERVAL_S)
    assert window.settled
    yield window
    window.close()


@pytest.fixture
def window(colour_window, colour_weights, dialogs, pump) -> MainWindow:
    """The window at a preset, with nothing to undo."""
    window = colour_window
    if window.model.bundle.path != colour_weights:
        window.open_weights(colour_weights)
        pump(lambda: window.settled)
    window.state.set_z(window.model.presets[1])
    window.state.reset_model(window.model.latent_dim, keep_point=True)
    pump(lambda: window.settled)
    return window


@pytest.fixture
def settle(window, pump):
    """`settle()` waits until everything that was asked for is drawn."""

    def wait() -> None:
        window.root.update()
        pump(lambda: window.settled, SETTLE_S, what="the window settles")

    return wait


@pytest.fixture
def show(window, settle):
    """`show(page, view)` brings a page, and one of its views, to the front; it is returned."""

    def bring(name: str, view: str | None = None):
        window.show_page(name)
        page = window.pages[name]
        settle()
        if view is None:
            return page
        buttons = page.view_buttons if name == "draw" else page.book.buttons
        buttons[view].invoke()
        settle()
        return page.views[view] if name == "draw" else page.book.views[view]

    return bring


def on_screen(widget) -> np.ndarray:
    """What is seen of a widget, (rows, columns, 3) uint8."""
    widget.update()
    left, top = widget.winfo_rootx(), widget.winfo_rooty()
    box = (left, top, left + widget.winfo_width(), top + widget.winfo_height())
    return np.asarray(ImageGrab.grab(bbox=box, xdisplay=str(widget.winfo_screen())).convert("RGB"))


def coloured(pixels: np.ndarray) -> float:
    """The share of pixels (..., 3) that are not grey."""
    return float((np.ptp(pixels, axis=-1) > GREY).mean())


def shown(photo: ImageTk.PhotoImage) -> np.ndarray:
    return np.asarray(ImageTk.getimage(photo).convert("RGB"))


def rgb_of(image: np.ndarray, size: tuple[int, int], smooth: bool = True) -> np.ndarray:
    return np.asarray(images.scaled(image, *size, smooth).convert("RGB"))


# ---- the point ---------------------------------------------------------------------------------


def test_the_model_is_what_was_trained(window):
    model = window.model
    assert model.decoder.image_shape == SHAPE
    assert model.class_names == SHAPES
    assert model.bundle.notes == ()
    assert model.bundle.density is not None
    assert model.presets.shape == (3, 6)
    assert model.encoded is None  # of such images there are none in the program
    assert "coloured-shapes" in window.status.model.cget("text")


def test_the_large_picture_has_its_colours(window):
    pixels = window.model.decoder.decode_uint8(np.array(window.state.z))
    picture = shown(window.digit.photo)
    np.testing.assert_array_equal(picture, rgb_of(pixels, picture.shape[1::-1]))
    assert coloured(picture) > 0.2
    assert coloured(on_screen(window.digit)) > 0.2


def test_the_tracks_have_colours_up_to_their_edges(window):
    for slider in window.sliders.sliders[:4]:
        track = shown(window.sliders._filmstrips.photos[slider])
        assert coloured(track) > 0.1
        assert track[0].max() > 0  # not a black bar above the pictures


def test_number_keys_and_the_class_row_go_to_the_presets(window, settle):
    press(window.root, "0")
    settle()
    assert window.state.z == pytest.approx(tuple(window.model.presets[0]), abs=1e-5)
    before = window.state.z
    press(window.root, "9")  # there are three classes
    settle()
    assert window.state.z == before
    texts = [
        window.point.classes.itemcget(item, "text")
        for item in window.point.classes.find_all()
        if window.point.classes.type(item) == "text"
    ]
    assert set(SHAPES) <= set(texts)


def test_a_slider_shows_its_influence_on_a_grey_picture_until_the_point_moves(window, settle):
    slider = window.sliders.sliders[0]
    slider.event_generate("<Enter>", x=9, y=9)
    settle()
    influence = window.digit.shown_influence
    jacobian = window.model.decoder.jacobian(np.array(window.state.z))[0]
    np.testing.assert_allclose(
        np.abs(influence), np.sqrt(np.square(jacobian).mean(axis=0)), rtol=1e-4
    )
    window.state.set_value(0, window.state.z[0] + 0.5)
    settle()
    assert window.digit.shown_influence is None
    pixels = window.model.decoder.decode_uint8(np.array(window.state.z))
    picture = shown(window.digit.photo)
    np.testing.assert_array_equal(picture, rgb_of(pixels, picture.shape[1::-1]))
    slider.event_generate("<Leave>", x=9, y=9)
    settle()
    slider.event_generate("<Enter>", x=9, y=9)
    settle()
    assert window.digit.shown_influence is not None
    slider.event_generate("<Leave>", x=9, y=9)
    settle()


def test_the_pixel_lens_makes_a_pixel_lighter(window, settle):
    digit = window.digit
    digit.focus_force()
    for _ in range(2):
        digit.event_generate("<Right>")
    settle()
    assert digit.probe == (16, 17)
    before = int(window.point._pixels[:, 16, 17].sum())
    digit.event_generate("<plus>")
    settle()
    assert int(window.point._pixels[:, 16, 17].sum()) > before
    window.root.focus_force()
    settle()


def test_real_neighbours_are_said_to_be_missing(window):
    nearest = window.point.nearest
    texts = [
        nearest.itemcget(item, "text")
        for item in nearest.find_all()
        if nearest.type(item) == "text"
    ]
    assert any("Only digits are at hand" in text for text in texts)


def test_the_shelf_has_coloured_thumbnails_named_by_class(window, settle):
    window.bookmark()
    settle()
    (mark,) = window.state.bookmarks
    assert mark.name in SHAPES
    assert coloured(on_screen(window.shelf)) > 0.005


def test_the_copied_image_is_in_colour(window, monkeypatch):
    copied = []
    monkeypatch.setattr(clipboard_commands, "copy_image", lambda root, png: copied.append(png))
    window.clipboard.copy_image()
    with Image.open(io.BytesIO(copied[0])) as image:
        assert image.mode == "RGB"
        assert image.width % 32 == 0
        assert coloured(np.asarray(image)) > 0.2


def test_the_exported_image_is_in_colour(window, settle, tmp_path):
    window.files.export_digit(tmp_path / "a.png", 3, False)
    settle()
    pixels = window.model.decoder.decode_uint8(np.array(window.state.z))
    with Image.open(tmp_path / "a.png") as image:
        np.testing.assert_array_equal(np.asarray(image), rgb_of(pixels, (96, 96), smooth=False))


# ---- every page and view -----------------------------------------------------------------------

VIEWS = {
    "draw": ("reconstruction", "completions", "neighbours", "refine", "edit"),
    "statistics": ("dimensions", "scatter", "prior", "smoothness", "classes"),
    "compare": ("pictures", "figures", "two_models", "traversals", "losses"),
    "model": ("network", "record", "curves", "history", "activations", "train"),
}
# Pages and views that show decoded images; the others show figures, or say what is missing.
PICTURED = {
    *("sample", "morph", "arithmetic", "directions", "guide", "map", "sweep"),
    *("smoothness", "pictures", "history", "activations"),
}


@pytest.mark.parametrize("name", PAGES)
def test_every_page_and_view_shows_colour_images(window, show, name):
    for view in VIEWS.get(name, (None,)):
        show(name, view)
        window.digit.event_generate("<Leave>")
        if (view or name) in PICTURED:
            assert coloured(on_screen(window.pages[name])) > 0.01, view


def test_samples_are_drawn_from_every_source(window, show, settle):
    page = show("sample")
    for source in window.model.sources():
        page.apply_settings(page.settings() | {"source": source})
        settle()
        assert len(page.points) == page.request.count
        assert coloured(on_screen(page.grid_view)) > 0.05


# ---- sweep, morph, arithmetic, directions, guide -------------------------------------------------


def test_the_sheet_is_shown_and_saved_in_colour(window, show, settle, dialogs, tmp_path):
    page = show("sweep")
    assert page.sweep.points.shape == (66, 6)
    assert coloured(on_screen(page.sheet_view)) > 0.05
    dialogs.path = tmp_path / "sheet.png"
    page.save(2)
    settle()
    with Image.open(dialogs.path) as sheet:
        assert sheet.mode == "RGB"
        pixels = np.asarray(sheet)
    assert coloured(pixels) > 0.1
    first = rgb_of(window.model.decoder.decode_uint8(page.sweep.points[0]), (64, 64), smooth=False)
    rows = np.lib.stride_tricks.sliding_window_view(pixels[:, :, 0], (64, 64))[:200, :200]
    top, left = np.argwhere((rows == first[:, :, 0]).all(axis=(2, 3)))[0]
    np.testing.assert_array_equal(pixels[top : top + 64, left : left + 64], first)


def test_a_morph_has_three_ways_in_colour(window, show):
    page = show("morph")
    for name, lane in page.paths.lanes.items():
        assert lane.pixels.shape[1:] == SHAPE, name
        assert coloured(np.moveaxis(lane.pixels, 1, -1)) > 0.1
        assert page.study(name) is not None


@pytest.mark.parametrize("way", ["linear", "spherical", "geodesic"])
def test_a_morph_is_exported_in_colour(window, show, settle, dialogs, tmp_path, way):
    page = show("morph")
    page.paths.buttons[way].invoke()
    settle()
    dialogs.path = tmp_path / "strip.png"
    page.export(MovieOptions("strip", scale=1))
    settle()
    with Image.open(dialogs.path) as strip:
        assert strip.mode == "RGB"
        pixels = np.asarray(strip)
    np.testing.assert_array_equal(pixels[:, :32], page.film.pixels[0].transpose(1, 2, 0))
    np.testing.assert_array_equal(pixels[:, -32:], page.film.pixels[-1].transpose(1, 2, 0))
    dialogs.path = tmp_path / "morph.gif"
    page.export(MovieOptions("gif", scale=2, fps=10))
    settle()
    with Image.open(dialogs.path) as film:
        frames = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(film)]
    assert len(frames) > 10
    # 256 colours for all frames together, dithered: near what was decoded, in the mean.
    for frame, pixels in ((frames[0], page.film.pixels[0]), (frames[-1], page.film.pixels[-1])):
        assert coloured(frame) > 0.05
        assert np.abs(frame.astype(int) - rgb_of(pixels, (64, 64), smooth=False)).mean() < 12


def test_arithmetic_shows_its_steps_in_colour_with_whole_words(window, show):
    page = show("arithmetic")
    assert page.result is not None
    for row in page.terms:
        assert row.step.pixels.shape == SHAPE
        _, _, right, _ = row.step.bbox("verdict")
        assert right <= row.step.winfo_width(), row.step.verdict
    assert any(name in page.verdict.cget("text") for name in SHAPES)


def test_directions_say_that_attributes_are_of_handwriting(window, show, settle):
    page = show("directions")
    page.choose_set("attributes")
    settle()
    assert "not drawn here" in " ".join(texts_of(page.bank))
    page.choose_set("sefa")
    settle()
    assert coloured(on_screen(page.bank)) > 0.05
    page.show_table()
    settle()
    page.show_sliders()
    settle()


def test_a_walk_goes_to_a_class(window, show, settle):
    page = show("guide")
    assert page.target_row.attribute_box.cget("values") == ""
    page.apply_settings(page.settings() | {"mode": "walk", "target": [CLASS, 2]})
    assert page.target == Target(CLASS, 2)
    window.state.set_z(window.model.presets[0])
    settle()
    before = window.model.probabilities(
        window.model.decoder.decode_uint8(np.array(window.state.z))[None]
    )[0, 2]
    page.go()
    settle()
    after = window.model.probabilities(
        window.model.decoder.decode_uint8(np.array(window.state.z))[None]
    )[0, 2]
    assert after > before
    for mode in ("change", "noise"):
        page.apply_settings(page.settings() | {"mode": mode})
        settle()
        page.go()
        settle()
        assert coloured(on_screen(page)) > 0.01


# ---- map ---------------------------------------------------------------------------------------


def test_tiles_keep_their_colours_and_classes_lie_between_them(window, show, settle):
    page = show("map")
    page.apply_settings(page.settings() | {"map": {"layers": [TILES, CLASSES], "tiles": 6}})
    settle()
    fields, viewport = page.fields, page.map_view.viewport
    assert fields.tiles.shape[2:] == SHAPE
    plain, layered = (
        np.asarray(paint_map(fields, viewport, MapLook(frozenset(layers), False, SHAPES)))
        for layers in ([TILES], [TILES, CLASSES])
    )
    rows, columns = fields.tiles.shape[:2]
    height, width = (side / n for side, n in zip(plain.shape, (rows, columns), strict=False))
    middles, corners = [], []
    for y in range(1, rows):
        for x in range(1, columns):
            middle = int((y + 0.5) * height), int((x + 0.5) * width)
            middles.append(np.abs(layered[middle].astype(int) - plain[middle]).max())
            corners.append(layered[int(y * height), int(x * width)])
    # A little smaller, but of the same colours: a tint would be 60 levels or more.
    assert np.median(middles) < 40
    # Most corners of tiles have the colour of their class, mixed with the ground.
    assert coloured(np.array(corners)) > 0.5
    assert coloured(layered) > coloured(plain)


@pytest.mark.parametrize(
    "layers", [[TILES, MAGNIFICATION], [TILES, CLASSES, TYPICALITY], [CLASSES]]
)
def test_every_layer_is_shown_and_saved(window, show, settle, dialogs, tmp_path, layers):
    page = show("map")
    page.apply_settings(page.settings() | {"map": {"layers": layers, "tiles": 8}})
    settle()
    assert coloured(on_screen(page.map_view)) > 0.05
    assert page.map_options.boxes[DIGITS].instate(["disabled"])
    dialogs.path = tmp_path / "map.png"
    page.saving.save(SaveOptions(640, False, frozenset(layers)))
    settle()
    with Image.open(dialogs.path) as picture:
        assert picture.width == 640
        assert coloured(np.asarray(picture.convert("RGB"))) > 0.05


# ---- draw --------------------------------------------------------------------------------------


@pytest.fixture
def opened(window, show, settle, dialogs, tmp_path):
    """The Draw page with a picture of a test image, and the image."""
    show("draw", "reconstruction")
    page = window.pages["draw"]
    image = coloured_shapes(train=300, test=60).test_images[4]
    dialogs.path = tmp_path / "shape.png"
    Image.fromarray(np.ascontiguousarray(image.transpose(1, 2, 0)), "RGB").resize(
        (320, 320), Image.Resampling.NEAREST
    ).save(dialogs.path)
    page.sources.open_button.invoke()
    settle()
    return page, image


def test_a_picture_is_opened_and_encoded_in_colour(window, opened):
    page, image = opened
    np.testing.assert_array_equal(page.drawn.image, image)
    assert coloured(on_screen(page.canvas)) > 0.3
    assert page.desk.sentence.text == "Shape.png: encoded as it is, in colour."
    with torch.inference_mode():
        x = torch.from_numpy(image[None].astype(np.float32) / 127.5 - 1)
        mu = window.model.bundle.encoder(x)[0][0].numpy()
    assert window.state.z == pytest.approx(tuple(mu), abs=1e-4)
    tiles = page.views["reconstruction"].board
    assert coloured(on_screen(tiles)) > 0.1
    assert "not known" in page.views["reconstruction"].sentence.text


def test_the_reconstruction_is_seen_again_after_the_other_views(window, show, settle):
    page = show("draw")
    page.canvas.clear()
    for view in VIEWS["draw"]:
        show("draw", view)
    view = show("draw", "reconstruction")
    page.sources.point_button.invoke()
    settle()
    assert view.board.winfo_viewable()
    assert coloured(on_screen(view.board)) > 0.1


def test_a_half_is_completed_in_colour(opened, show, settle):
    page, image = opened
    view = show("draw", "completions")
    assert "All of a picture is known" in view.board.note
    view.hide_menu.invoke("Lower half")
    settle()
    assert view.unknown == MARKED
    assert view.completions.images.shape[1:] == SHAPE
    assert coloured(on_screen(view.board)) > 0.05
    np.testing.assert_array_equal(page.drawn.image[:, :16], image[:, :16])
    assert not page.drawn.image[:, 16:].any()
    assert "black to the encoder" in page.desk.sentence.text
    view.hide_menu.invoke("Nothing")
    settle()


def test_neighbours_refinement_and_edits_of_a_picture(window, opened, show, settle):
    page, _ = opened
    view = show("draw", "neighbours")
    assert "Only digits are at hand" in view.boards[0].note
    view = show("draw", "refine")
    view.refine()
    settle()
    assert view.refinement.after.objective <= view.refinement.before.objective
    assert view.refinement.after.error.shape == (32, 32)
    view = show("draw", "edit")
    assert not {"Handwriting", "in this hand"} & set(texts_of(view))
    view.back()
    settle()
    window.state.set_value(0, window.state.z[0] + 0.5)
    settle()
    view.take_button.invoke()
    settle()
    assert page.drawn.image.shape == SHAPE
    assert page.drawn.source.endswith("edited")
    assert coloured(np.moveaxis(page.drawn.image, 0, -1)) > 0.2


def test_the_point_and_the_pen_are_in_colour(window, show, settle):
    page = show("draw")
    pixels = window.model.decoder.decode_uint8(np.array(window.state.z))
    page.sources.point_button.invoke()
    settle()
    np.testing.assert_array_equal(page.drawn.image, pixels)
    page.sources._fill()
    assert "28 × 28" in page.sources.real_menu.entrycget(0, "label")


# ---- statistics, compare, model ------------------------------------------------------------------


def test_statistics_say_what_is_missing_and_measure_the_rest(window, show):
    for name in ("dimensions", "scatter", "prior", "classes"):
        show("statistics", name)
    assert window.pages["statistics"].again.instate(["disabled"])
    view = show("statistics", "smoothness")
    assert coloured(on_screen(view)) > 0.01


def test_compare_says_why_there_is_no_figure(window, show, settle, pump):
    view = show("compare", "pictures")
    assert coloured(on_screen(view)) > 0.02
    view = show("compare", "figures")
    view.measure_button.invoke()
    row = view.table.tree.get_children()[1]
    pump(lambda: "no handwritten digits" in view.table.words_about(row), SETTLE_S)
    window.status.cancel_button.invoke()  # of what is measured of others
    settle()


def test_beside_a_grey_model_the_difference_is_said_not_drawn(window, show, settle, weights_path):
    page = window.pages["compare"]
    page.second.open(weights_path)
    settle()
    view = show("compare", "two_models")
    assert "different shapes" in " ".join(texts_of(view)) + view._caption
    show("compare", "traversals")
    show("compare", "losses")
    page.second.close()
    settle()


def test_the_model_page_knows_its_channels(window, show):
    view = show("model", "network")
    assert "3 × 32 × 32" in " ".join(texts_of(view))
    view = show("model", "record")
    assert "3 × 32 × 32" in " ".join(texts_of(view))
    view = show("model", "activations")
    assert "lighter" in view.text.text


def test_what_is_no_digit_is_not_called_one(show):
    for name in ("reconstruction", "completions", "refine", "edit"):
        assert "digit" not in " ".join(texts_of(show("draw", name)))
    for name in ("sweep", "guide"):
        assert "digit" not in " ".join(texts_of(show(name)))


def texts_of(widget) -> list[str]:
    """All that is written on a widget and within it."""
    found = []
    kind = widget.winfo_class()
    if kind == "Canvas":
        found += [widget.itemcget(i, "text") for i in widget.find_all() if widget.type(i) == "text"]
    elif kind == "Treeview":
        rows = list(widget.get_children())
        while rows:
            row = rows.pop()
            rows += widget.get_children(row)
            found += [str(widget.item(row, "text")), *map(str, widget.item(row, "values"))]
    elif kind in ("TLabel", "Label"):
        found.append(str(widget.cget("text")))
    for child in widget.winfo_children():
        found += texts_of(child)
    return found


# ---- sessions, screenshots -----------------------------------------------------------------------


def test_a_session_brings_everything_back(window, opened, settle, tmp_path):
    page, image = opened
    window.bookmark()
    z = window.state.z
    path = tmp_path / "session.json"
    window.files.save_session(path)
    settle()
    assert json.loads(path.read_text())["z"] == pytest.approx(z)
    window.state.set_z([0.0] * 6)
    page.canvas.clear()
    settle()
    window.files.open_session(path)
    settle()
    assert window.state.z == pytest.approx(z)
    np.testing.assert_array_equal(page.drawn.image, image)


def test_a_screenshot_is_in_colour(colour_weights, tmp_path):
    path = tmp_path / "window.png"
    subprocess.run(
        [
            *(sys.executable, "gui.py", "--weights", colour_weights),
            *("--page", "sweep", "--screenshot", path),
        ],
        cwd=ROOT,
        check=True,
    )
    with Image.open(path) as picture:
        assert coloured(np.asarray(picture.convert("RGB"))) > 0.05


# ---- the other family, other sizes ---------------------------------------------------------------


def test_a_gan_of_colour_opens_on_every_page(window, gan_weights, settle, show):
    window.open_weights(gan_weights)
    settle()
    assert window.model.record["family"] == "gan"
    assert window.model.latent_dim == 5
    assert window.model.decoder.image_shape == SHAPE
    for name in PAGES:
        show(name)
    for view in ("record", "curves", "history"):
        show("model", view)
    show("sweep")
    pixels = window.model.decoder.decode_uint8(np.array(window.state.z))
    picture = shown(window.digit.photo)
    np.testing.assert_array_equal(picture, rgb_of(pixels, picture.shape[1::-1]))


@pytest.mark.parametrize(
    "sizes",
    [
        {"latent": 2, "side": 64},
        {"latent": 16, "side": 16, "image_channels": 3},
        # Of 28 x 28 it would be measured as handwriting, which takes long.
        {"latent": 6, "side": 32, "wide": 64, "narrow": 32},
    ],
    ids=["64x64x1", "16x16x3", "width 2"],
)
def test_other_sizes_open_on_every_page(window, settle, show, tmp_path, sizes):
    path = tmp_path / "other.pt"
    torch.save(foreign_state(**sizes), path)
    window.open_weights(path)
    settle()
    side, channels = sizes.get("side", 28), sizes.get("image_channels", 1)
    assert window.model.decoder.image_shape == (channels, side, side)
    assert len(window.sliders.sliders) == sizes["latent"]
    for name in PAGES:
        show(name)
    show("model", "activations")
    page = show("sweep")
    assert len(page.sweep.points) == 11 * sizes["latent"]
    pixels = window.model.decoder.decode_uint8(np.array(window.state.z))
    picture = shown(window.digit.photo)
    np.testing.assert_array_equal(picture, rgb_of(pixels, picture.shape[1::-1]))
    page = show("draw")
    page.sources.point_button.invoke()
    settle()
    np.testing.assert_array_equal(page.drawn.image, pixels)
