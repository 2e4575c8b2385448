"""The pictures in the tracks: which points they show, and that only what changed is decoded."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageTk

from explorer.widgets.filmstrip import STOPS, Filmstrips, stops, strip_image
from explorer.widgets.latent_slider import LatentSlider

HEIGHT = 38


@pytest.fixture
def sliders(stage) -> list[LatentSlider]:
    made = []
    for index in range(3):
        slider = LatentSlider(
            stage.frame,
            stage.theme,
            f"z{index + 1}",
            on_change=lambda value: None,
            on_step=lambda step: None,
            on_zero=lambda: None,
            on_press=lambda: None,
            on_release=lambda: None,
            on_error=lambda message: None,
            on_lock=lambda: None,
            on_attend=lambda: None,
        )
        slider.place(x=0, y=index * HEIGHT, width=460, height=HEIGHT)
        made.append(slider)
    stage.root.update()
    return made


class Decoder:
    """Decodes with the shipped weights and remembers what it was asked for."""

    def __init__(self, model) -> None:
        self.model = model
        self.asked: list[np.ndarray] = []

    def __call__(self, z: np.ndarray) -> np.ndarray:
        self.asked.append(z)
        return self.model.decoder.decode_uint8(z)


def picture(strips: Filmstrips, slider: LatentSlider) -> np.ndarray:
    """What the track shows, (height, width)."""
    return np.asarray(ImageTk.getimage(strips.photos[slider]).convert("L"))


def frames(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Origins and directions of sliders along the first three dimensions."""
    directions = np.eye(len(z))[:3]
    return z - directions * z[:3, None], directions


def paint(strips: Filmstrips, sliders: list[LatentSlider], z: np.ndarray) -> None:
    """Paint to the end."""
    for _ in strips.paint(sliders, *frames(z)):
        pass


def test_a_strip_shows_the_digits_along_its_slider(sliders, model):
    decode = Decoder(model)
    z = np.array(model.presets[3])
    strips = Filmstrips(decode)
    paint(strips, sliders, z)
    assert [len(points) for points in decode.asked] == [3 * STOPS]
    for index, slider in enumerate(sliders):
        expected = np.tile(z, (STOPS, 1))
        expected[:, index] = stops(slider)
        _, _, width, height = slider.track_box
        image = strip_image(model.decoder.decode_uint8(expected), width, height)
        np.testing.assert_array_equal(picture(strips, slider), np.asarray(image))


def test_the_stops_lie_in_the_middle_of_equal_shares(sliders):
    slider = sliders[0]
    values = stops(slider)
    left, _, width, _ = slider.track_box
    share = width / STOPS
    for k, value in enumerate(values):
        assert slider.x_of(value) == pytest.approx(left + (k + 0.5) * share)
    assert values[STOPS // 2] == pytest.approx(0.0, abs=1e-9)


def test_only_what_changed_is_decoded_again(sliders, model):
    decode = Decoder(model)
    strips = Filmstrips(decode)
    z = np.array(model.presets[5])
    paint(strips, sliders, z)
    paint(strips, sliders, z)
    assert len(decode.asked) == 1
    z[1] += 0.5  # the slider of this dimension shows the same pictures as before
    paint(strips, sliders, z)
    assert len(decode.asked[1]) == 2 * STOPS
    sliders[2].place(width=600)
    sliders[2].update()
    paint(strips, sliders, z)
    assert len(decode.asked[2]) == STOPS


def test_a_strip_fills_its_track_at_any_width(sliders, model):
    strips = Filmstrips(Decoder(model))
    z = np.array(model.presets[0])
    for width in (190, 333, 1200):
        for slider in sliders:
            slider.place(width=width)
        sliders[0].update()
        paint(strips, sliders, z)
        _, _, track_width, track_height = sliders[0].track_box
        assert picture(strips, sliders[0]).shape == (track_height, track_width)


def test_clear_takes_the_strips_away_and_paint_brings_them_back(sliders, model):
    strips = Filmstrips(Decoder(model))
    z = np.array(model.presets[0])
    paint(strips, sliders, z)
    assert sliders[0].itemcget(sliders[0]._strip, "state") == "normal"
    strips.clear()
    assert sliders[0].itemcget(sliders[0]._strip, "state") == "hidden"
    assert sliders[0].itemcget(sliders[0]._fill, "state") == "normal"
    paint(strips, sliders, z)
    assert sliders[0].itemcget(sliders[0]._strip, "state") == "normal"


@pytest.mark.parametrize("shape", [(1, 28, 28), (1, 20, 40), (2, 16, 8)])
def test_every_image_stays_whole_and_in_proportion(shape):
    _, rows, columns = shape
    pixels = np.full((STOPS, *shape), 255, np.uint8)
    width, height = 440, 24
    picture = np.asarray(strip_image(pixels, width, height).convert("L"))
    assert picture.shape == (height, width)
    lit = picture[:, : width // STOPS] > 127
    lit_height, lit_width = lit.any(axis=1).sum(), lit.any(axis=0).sum()
    assert lit_height == height or lit_width == width // STOPS
    assert lit_width / lit_height == pytest.approx(columns / rows, rel=0.15)


def test_a_colour_image_goes_on_as_it_is_at_its_edge():
    pixels = np.zeros((STOPS, 3, 32, 32), np.uint8)
    pixels[:, 0] = 90  # a dark red ground
    pixels[:, 1, 8:24, 8:24] = 200
    width, height = 18 * STOPS, 30  # a share is higher than the image
    picture = np.asarray(strip_image(pixels, width, height))
    assert picture.shape == (height, width, 3)
    assert np.all(picture[[0, -1]] == (90, 0, 0))
    green = picture[:, :18, 1] > 100
    across, down = green.any(axis=0).sum(), green.any(axis=1).sum()
    assert across in (8, 9, 10)
    assert abs(across - down) <= 1
