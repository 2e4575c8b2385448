"""Digits drawn by strokes, and photographed on paper, are what they were drawn as."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.drawing import handwriting, photographs
from tests.stroke_font import GLYPHS, RADII, SLANTS, written
from vae.centring import centre_as_mnist


@pytest.fixture(scope="module")
def right(model) -> tuple[np.ndarray, np.ndarray]:
    """Which are classified right, (10, slants, widths) each: as drawn, and after reconstruction."""
    return handwriting(model.bundle, model.decoder)


def test_every_digit_is_written_in_three_slants_and_three_widths(right):
    assert sorted(GLYPHS) == list(range(10))
    assert right[0].shape == right[1].shape == (10, 3, 3)
    assert len(set(SLANTS)) == len(set(RADII)) == 3


def test_glyphs_differ_and_lean_as_they_are_told():
    images = {
        (digit, slant): centre_as_mnist(written(digit, slant, RADII[1]).fine())
        for digit in GLYPHS
        for slant in SLANTS
    }
    assert len({image.tobytes() for image in images.values()}) == 30
    from vae.attributes import NAMES, measure

    measured = measure(np.stack([images[1, slant] for slant in SLANTS])[:, None])
    ones = measured[:, NAMES.index("slant")]
    np.testing.assert_allclose(np.diff(ones), np.diff(SLANTS), atol=2.0)


def test_drawn_digits_are_classified_right(right):
    assert right[0].mean() >= 0.95


@pytest.mark.parametrize("width", range(3))
def test_drawn_digits_are_classified_right_after_reconstruction(right, width):
    """In at least 24 of 30 cases, with a brush of any width; `benchmarks.drawing` prints them."""
    assert right[1][:, :, width].sum() >= 24


def test_photographed_digits_are_classified_as_the_digits_that_they_show(model):
    figures = photographs(model.bundle.classifier, count=72, seed=3)
    assert figures.originals >= 70
    assert figures.right >= 0.92 * figures.count
    assert figures.refused == 0
