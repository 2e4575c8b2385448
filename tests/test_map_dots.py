"""The real digits on a map: which is pointed at, what is shown of it, which lie in an outline."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.map_dots import MapDots
from explorer.viewport import EVEN, QUANTILE, SPACINGS, Viewport
from vae.planes import axis_plane
from vae.statistics import EncodedImages

MU = np.random.default_rng(3).normal(size=(300, 5))
ENCODED = EncodedImages(
    images=np.arange(300, dtype=np.uint16).astype(np.uint8).reshape(300, 1, 1, 1),
    labels=np.arange(300) % 10,
    mu=MU,
    std=np.full_like(MU, 0.1),
    kl=np.ones(5),
)
PLANE = axis_plane(np.zeros(5), 1, 3)


@given(
    spacing=st.sampled_from(SPACINGS),
    x=st.floats(0, 400),
    y=st.floats(0, 300),
    reach=st.floats(1, 50),
)
def test_it_is_the_nearest_on_the_picture(spacing, x, y, reach):
    dots = MapDots(ENCODED)
    view = Viewport.fitted((400, 300), spacing)
    u, v = view.plane_at(x, y)
    pixels = np.stack(view.pixel_of(MU[:, 1], MU[:, 3]), axis=1)
    distances = np.linalg.norm(pixels - np.array(view.pixel_of(u, v)), axis=1)
    found = dots.nearest(PLANE, view, u, v, reach)
    if found is None:
        assert distances.min() > reach - 1e-6
    else:
        assert distances[found] == pytest.approx(distances.min())
        assert distances[found] <= reach + 1e-6


def test_another_plane_and_another_spacing_are_noticed():
    dots = MapDots(ENCODED)
    for spacing in (EVEN, QUANTILE, EVEN):
        for plane, columns in ((PLANE, [1, 3]), (axis_plane(np.zeros(5), 0, 4), [0, 4])):
            np.testing.assert_array_equal(dots.places(plane), MU[:, columns])
            view = Viewport.fitted((400, 300), spacing)
            assert dots.nearest(plane, view, *MU[7, columns], 5.0) == 7


def test_those_inside_an_outline():
    outline = np.array([[-0.5, -1], [1, -1], [1, 0.25], [-0.5, 0.25]])
    u, v = MU[:, [1, 3]].T
    expected = np.flatnonzero((u > -0.5) & (u < 1) & (v > -1) & (v < 0.25))
    np.testing.assert_array_equal(MapDots(ENCODED).inside(PLANE, outline), expected)


def test_the_card_of_one_tells_how_far_it_lies_off_the_plane():
    image, caption, u, v = MapDots(ENCODED).card(123, PLANE.through(np.array([1, 0, 2, 0, 3.0])))
    assert image.item() == 123
    assert (u, v) == pytest.approx(tuple(MU[123, [1, 3]]))
    off = np.linalg.norm(MU[123, [0, 2, 4]] - (1, 2, 3))
    assert caption == f"3 #123\n{off:.1f} off the plane"
