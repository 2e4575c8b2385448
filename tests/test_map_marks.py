"""Marks that stand out on everything: their pixels, the card's place, and the arrow's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from explorer.map_colours import class_colours
from explorer.widgets.map_marks import (
    RING,
    arrow_outline,
    card_corner,
    cross_image,
    pin_image,
    ring_image,
)

BOUNDS = (40, 10, 540, 410)
SIZE = (120.0, 95.0)


def luminance(colours: np.ndarray) -> np.ndarray:
    """Relative luminance (WCAG 2.2) of (..., 3) colours, 0 to 255."""
    c = np.asarray(colours, np.float64) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)


def contrast(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Contrast ratio (WCAG 2.2), 1 to 21."""
    high, low = (
        np.maximum(luminance(one), luminance(other)),
        np.minimum(luminance(one), luminance(other)),
    )
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("paint", [ring_image, cross_image, pin_image])
def test_each_mark_has_opaque_dark_and_light_that_any_colour_lets_see(paint, scale):
    pixels = np.asarray(paint(scale)).reshape(-1, 4)
    solid = pixels[pixels[:, 3] == 255][:, :3]
    grounds = [(0, 0, 0), (255, 255, 255), (127, 127, 127), *class_colours(10)]
    for ground in grounds:
        seen = contrast(solid, np.array(ground)) >= 3.0  # WCAG 1.4.11, of graphical objects
        assert seen.sum() >= 20 * scale


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_the_ring_is_light_between_dark_and_hollow_but_for_its_place(scale):
    image = np.asarray(ring_image(scale)).astype(int)
    height, width, _ = image.shape
    assert height == width
    y, x = np.indices((height, width)) - (width - 1) / 2
    radius = np.hypot(x, y) / scale
    outer, light, dark, hollow = RING
    band = (radius > dark + 0.8) & (radius < light - 0.8)
    assert (image[band] == (255, 255, 255, 255)).all()
    assert (image[(radius > hollow - 1.2) & (radius < hollow - 1.0), 3] == 0).all()
    assert (image[radius > outer + 1, 3] == 0).all()
    assert (image == image[::-1, ::-1]).all()  # its middle is the point, exactly
    assert image[radius < 0.8, 3].all()


@given(
    at=st.tuples(st.floats(40, 540), st.floats(10, 410)),
    away=st.tuples(st.floats(-28, 28), st.floats(-28, 28)),  # as far as a dot is pointed at
)
@example(at=(40.0, 10.0), away=(18.0, 18.0))
def test_the_card_is_inside_and_never_under_the_pointer(at, away):
    pointer = at[0] + away[0], at[1] + away[1]
    left, top = card_corner(SIZE, at, pointer, BOUNDS, 18.0)
    assert BOUNDS[0] <= left <= BOUNDS[2] - SIZE[0]
    assert BOUNDS[1] <= top <= BOUNDS[3] - SIZE[1]
    assert not (left <= pointer[0] <= left + SIZE[0] and top <= pointer[1] <= top + SIZE[1])


def test_a_card_that_has_no_room_starts_at_the_corner():
    assert card_corner(SIZE, (60.0, 30.0), (60.0, 30.0), (40, 10, 100, 60), 18.0) == (40, 10)


@given(st.tuples(st.floats(-3000, 3000), st.floats(-3000, 3000)))
def test_the_arrow_is_at_the_edge_and_points_to_the_place(at):
    outline = np.array(arrow_outline(at, BOUNDS, 1.0))
    tip, back = outline[0], outline[[1, 3]].mean(axis=0)
    assert BOUNDS[0] <= tip[0] <= BOUNDS[2]
    assert BOUNDS[1] <= tip[1] <= BOUNDS[3]
    way = np.array(at) - tip
    if np.hypot(*way) > 1e-6:
        pointed = tip - back
        cosine = way @ pointed / np.hypot(*way) / np.hypot(*pointed)
        assert cosine == pytest.approx(1.0)
