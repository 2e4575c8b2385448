"""The picture of a sheet: every image at its place, scaled as Pillow does it."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.images import scaled
from explorer.sheet import Sheet, tiled

BACKGROUND = (10, 200, 30)


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (1, 8, 20), (2, 8, 8)])
@pytest.mark.parametrize("cell", [(47, 47), (28, 28), (13, 17)])
@pytest.mark.parametrize(("n", "columns"), [(6, 3), (7, 3), (2, 3), (1, 1)])
def test_every_image_is_at_its_place(shape, cell, n, columns):
    pixels = noise(n, *shape)
    step = cell[0] + 3, cell[1] + 5
    picture = np.asarray(tiled(pixels, columns, cell, step, BACKGROUND)).astype(int)
    rows = -(-n // columns)
    assert picture.shape == (rows * step[1], columns * step[0], 3)
    covered = np.zeros(picture.shape[:2], bool)
    for index, image in enumerate(pixels):
        y, x = step[1] * (index // columns), step[0] * (index % columns)
        expected = np.asarray(scaled(image, *cell, smooth=True).convert("RGB")).astype(int)
        shown = picture[y : y + cell[1], x : x + cell[0]]
        assert np.abs(shown - expected).max() <= 1  # Pillow rounds between its two passes
        covered[y : y + cell[1], x : x + cell[0]] = True
    assert (picture[~covered] == BACKGROUND).all()


def test_an_image_at_its_own_size_is_exact():
    pixels = noise(4, 1, 28, 28)
    picture = np.asarray(tiled(pixels, 2, (28, 28), (28, 28), BACKGROUND))[:, :, 0]
    np.testing.assert_array_equal(picture[:28, 28:], pixels[1, 0])
    np.testing.assert_array_equal(picture[28:, :28], pixels[2, 0])


def test_caption_lines_are_those_of_the_longest():
    assert Sheet(2).caption_lines == 0
    assert Sheet(2, captions=("a", "b\nc")).caption_lines == 2
