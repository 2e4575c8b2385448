"""What of a picture is the digit, and what is paper, shadow, line or dirt."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from explorer.ink_finding import NothingFound, find_ink
from tests.photographs import PAPERS, Scene, photograph
from vae.centring import centre_as_mnist
from vae.data import bundled_digits

SIZE = 224


@pytest.fixture(scope="module")
def digit() -> np.ndarray:
    return bundled_digits()[0][15]  # a five


def paper(height: int = 300, width: int = 400) -> np.ndarray:
    return np.full((height, width), 230.0)


def bar(image: np.ndarray, top: int, bottom: int, left: int, right: int, level: float = 40) -> None:
    image[top:bottom, left:right] = level


def found(image: np.ndarray) -> np.ndarray:
    """The ink, cut out."""
    ink = find_ink(image, SIZE).ink > 127
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def grey(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("L"), np.float64)


def test_the_digit_fills_the_middle_as_mnist_s_do():
    image = paper()
    bar(image, 60, 240, 150, 180)
    ink = find_ink(image, SIZE).ink
    rows, columns = np.flatnonzero(ink.max(axis=1) > 127), np.flatnonzero(ink.max(axis=0) > 127)
    assert np.ptp(rows) + 1 == pytest.approx(SIZE * 20 / 28, abs=2)
    assert np.ptp(columns) + 1 == pytest.approx(SIZE * 20 / 28 / 6, abs=2)
    assert rows.mean() == pytest.approx((SIZE - 1) / 2, abs=1)
    assert columns.mean() == pytest.approx((SIZE - 1) / 2, abs=1)


def test_a_bar_that_does_not_touch_belongs_to_its_digit():
    image = paper()
    bar(image, 100, 240, 150, 175)
    bar(image, 60, 80, 155, 230)  # as above a 5
    assert found(image).shape[0] == pytest.approx(SIZE * 20 / 28, abs=2)
    assert found(image)[:10].any()
    assert found(image)[:10].sum() > 10 * 50


def test_specks_and_what_reaches_the_border_are_left_out():
    image = paper()
    bar(image, 60, 240, 150, 180)
    alone = found(image)
    bar(image, 20, 24, 300, 304)  # dirt
    bar(image, 70, 73, 200, 203)
    bar(image, 0, 300, 385, 400, 60)  # the table
    ink = find_ink(image, SIZE)
    np.testing.assert_array_equal(found(image), alone)
    assert "Specks and lines around the digit were removed." in ink.notes


def test_of_two_digits_the_larger_one_is_taken_and_that_is_said():
    image = paper()
    bar(image, 60, 240, 100, 130)
    alone = found(image)
    bar(image, 90, 200, 250, 275)
    ink = find_ink(image, SIZE)
    np.testing.assert_array_equal(found(image), alone)
    assert any("the largest was taken" in note for note in ink.notes)


def test_a_digit_that_was_cut_out_closely_is_found(digit):
    rows, columns = digit.any(axis=1), digit.any(axis=0)
    cut = Image.fromarray(digit[np.ix_(rows, columns)]).resize((200, 200))
    ink = find_ink(255.0 - np.asarray(cut, np.float64), SIZE).ink
    assert np.abs(centre_as_mnist(ink).astype(float) - digit).mean() < 20


def test_thin_strokes_are_broadened_and_broad_ones_left():
    thin, broad = paper(), paper()
    bar(thin, 40, 260, 200, 204)
    bar(broad, 40, 260, 200, 230)
    thin_ink, broad_ink = find_ink(thin, SIZE), find_ink(broad, SIZE)
    assert any("thin pen" in note for note in thin_ink.notes)
    assert not any("thin pen" in note for note in broad_ink.notes)
    # 2.1 of MNIST's pixels, each of 8.
    assert found(thin).shape[1] == pytest.approx(2.1 * 8, abs=2)
    assert found(broad).shape[1] == pytest.approx(30 / 220 * 160, abs=2)


@pytest.mark.parametrize("light_on_dark", [False, True])
def test_uneven_light_and_a_shadow_are_no_ink(light_on_dark):
    y, x = np.mgrid[-1:1:300j, -1:1:400j]
    light = 0.75 + 0.2 * x - 0.05 * y
    light[:, :120] *= 0.7  # the shadow of a hand, with a sharp edge
    image = paper()
    bar(image, 60, 240, 100, 125)  # across the shadow's edge
    if light_on_dark:  # chalk
        image = 255 - image
    ink = found(image * light)
    assert ink[6:-6].all(axis=0).mean() > 0.9  # but for the rounded ends
    assert ink.shape[1] == pytest.approx(25 / 180 * 160, abs=3)


@pytest.mark.parametrize("kind", PAPERS)
def test_printed_lines_are_no_ink(digit, kind):
    scene = Scene(height=0.6, ink="blue", paper=kind)
    ink = find_ink(grey(photograph(digit, np.random.default_rng(4), scene)), SIZE).ink
    assert np.abs(centre_as_mnist(ink).astype(float) - digit).mean() < 25


def test_a_sheet_of_paper_on_a_dark_table(digit):
    photo = grey(photograph(digit, np.random.default_rng(1), Scene(shadow=0.0, light=0.2)))
    table = np.random.default_rng(2).normal(50, 5, (760, 1000))
    table[140:620, 180:820] = photo
    ink = find_ink(table, SIZE).ink
    assert np.abs(centre_as_mnist(ink).astype(float) - digit).mean() < 25


@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_faint_ink_is_as_bright_as_any(scale):
    image = paper()
    bar(image, 60, 240, 150, 180)
    assert find_ink(230 - scale * (230 - image), SIZE).ink.max() == 255


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (paper(), "equally bright"),
        (paper() + np.random.default_rng(0).normal(0, 5, (300, 400)), "stands out|contrast"),
        (np.linspace(100, 200, 120_000).reshape(300, 400), "contrast|stands out"),
    ],
    ids=["constant", "noise", "a ramp of light"],
)
def test_what_shows_nothing_is_told_apart(image, words):
    with pytest.raises(NothingFound, match=words):
        find_ink(image, SIZE)


def ruled(apart: int, margin: int, noise: float) -> np.ndarray:
    """A blank sheet with lines across, from one margin to the other."""
    sheet = np.full((1200, 900), 235.0)
    sheet[60::apart, margin : 900 - margin] = 150
    return sheet + np.random.default_rng(0).normal(0, noise, sheet.shape)


def squared(side: int, level: float = 150.0) -> np.ndarray:
    sheet = np.full((1200, 900), 235.0)
    sheet[side // 2 :: side] = sheet[:, side // 2 :: side] = level
    return sheet + np.random.default_rng(0).normal(0, 3, sheet.shape)


def with_margin(sheet: np.ndarray) -> np.ndarray:
    sheet[:, 80:83] = 160
    return sheet


def checkers(side: int) -> np.ndarray:
    return 255.0 * ((np.indices((600, 600)) // side).sum(axis=0) % 2)


@pytest.mark.parametrize(
    "image",
    [ruled(60, 0, 3), ruled(60, 100, 3), ruled(90, 0, 0), with_margin(ruled(60, 0, 3))],
    ids=["ruled", "ruled with margins", "ruled on a screen", "ruled with a margin's line"],
)
def test_a_blank_ruled_sheet_has_only_lines(image):
    with pytest.raises(NothingFound, match=r"only lines|pattern"):
        find_ink(image, SIZE)


@pytest.mark.parametrize("image", [squared(60), squared(30), checkers(50), 255 - checkers(20)])
def test_squares_are_a_pattern_and_their_ground_is_no_digit_either(image):
    with pytest.raises(NothingFound, match=r"pattern|nothing stands out"):
        find_ink(image, SIZE)


def test_a_picture_of_something_else_has_too_many_details():
    from sklearn.datasets import load_sample_image

    scene = Image.fromarray(load_sample_image("flower.jpg"))
    with pytest.raises(NothingFound, match="details"):
        find_ink(grey(scene), SIZE)


def test_a_digit_on_a_ruled_sheet_is_found_among_the_lines(digit):
    image = ruled(60, 100, 2)
    large = np.asarray(Image.fromarray(digit).resize((300, 300))) / 255.0
    image[400:700, 300:600] *= 1 - 0.8 * large
    ink = find_ink(image, SIZE).ink
    assert np.abs(centre_as_mnist(ink).astype(float) - digit).mean() < 25
