"""The large picture: its pixels, its size, and the message in its place."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageTk

from explorer.widgets.digit_view import DigitView


@pytest.fixture
def view(stage) -> DigitView:
    view = DigitView(stage.frame, stage.theme)
    stage.show(view, 300, 200)
    return view


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (1, 28, 28), np.uint8)


def picture(view: DigitView) -> Image.Image:
    """What the screen shows of the picture."""
    return ImageTk.getimage(view.photo).convert("RGB")


def box(view: DigitView) -> tuple[int, int, int, int]:
    return view.bbox(view._item)


def test_it_is_square_as_large_as_it_can_be_and_centred(view, pixels):
    view.show(pixels)
    left, top, right, bottom = box(view)
    assert right - left == bottom - top
    assert 196 <= right - left <= 200
    assert abs((left + right) / 2 - 150) <= 1
    assert abs((top + bottom) / 2 - 100) <= 1


def test_it_grows_and_shrinks_with_the_window(view, pixels, stage):
    view.show(pixels)
    for width, height in ((500, 600), (90, 400), (300, 200)):
        stage.show(view, width, height)
        left, _, right, _ = box(view)
        assert min(width, height) - 4 <= right - left <= min(width, height)


def test_exact_pixels_are_the_pixels_of_the_image(view, pixels, stage):
    stage.show(view, 28 * 5 + 4, 28 * 5 + 4)
    view.set_smooth(False)
    view.show(pixels)
    shown = np.asarray(picture(view))
    np.testing.assert_array_equal(shown[..., 0], np.kron(pixels[0], np.ones((5, 5), np.uint8)))


def test_smooth_pixels_pass_over_into_each_other(view, pixels):
    view.show(pixels)
    smooth = np.asarray(picture(view))
    view.set_smooth(False)
    assert not view.smooth
    exact = np.asarray(picture(view))
    assert len(np.unique(exact)) <= 256
    assert (
        np.abs(np.diff(smooth[..., 0].astype(int))).max()
        < np.abs(np.diff(exact[..., 0].astype(int))).max()
    )


def test_another_image_is_pasted_into_the_same_picture(view, pixels):
    view.show(pixels)
    photo, before = view.photo, picture(view)
    view.show(255 - pixels)
    assert view.photo is photo
    assert picture(view) != before


def test_colour_and_other_shapes(view, stage):
    red = np.zeros((3, 32, 32), np.uint8)
    red[0] = 255
    view.show(red)
    assert picture(view).getpixel((50, 50)) == (255, 0, 0)
    wide = np.full((1, 10, 20), 77, np.uint8)
    view.show(wide)
    left, top, right, bottom = box(view)
    assert (right - left) == pytest.approx(2 * (bottom - top), abs=2)
    assert picture(view).getpixel((10, 10)) == (77, 77, 77)


def test_grey_after_colour_of_the_same_size_is_grey(view, pixels):
    view.show(np.full((3, 28, 28), 200, np.uint8))
    view.show(np.full((1, 28, 28), 50, np.uint8))
    assert picture(view).getpixel((50, 50)) == (50, 50, 50)
    colour = np.zeros((3, 28, 28), np.uint8)
    colour[2] = 255
    view.show(colour)
    assert picture(view).getpixel((50, 50)) == (0, 0, 255)


def test_a_message_takes_the_place_of_the_picture(view, pixels):
    view.show_message("Loading")
    assert view.itemcget(view._text, "text") == "Loading"
    assert view.itemcget(view._text, "state") == "normal"
    assert view.itemcget(view._item, "state") == "hidden"
    view.show(pixels)
    assert view.itemcget(view._text, "state") == "hidden"
    assert view.itemcget(view._item, "state") == "normal"
    view.show_message("Gone")
    assert view.itemcget(view._item, "state") == "hidden"
    view.show(pixels)  # the same shape as before the message
    assert view.itemcget(view._item, "state") == "normal"


def test_the_colours_follow_the_theme(view, stage):
    light = view.cget("background")
    stage.theme.set_mode("dark")
    assert view.cget("background") == stage.theme.palette.background != light
