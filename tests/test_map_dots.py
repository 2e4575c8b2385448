"""Which of the real digits on a map is pointed at."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.map_dots import MapDots
from explorer.viewport import EVEN, QUANTILE, SPACINGS, Viewport
from vae.planes import axis_plane

MU = np.random.default_rng(3).normal(size=(300, 5))
PLANE = axis_plane(np.zeros(5), 1, 3)


@given(
    spacing=st.sampled_from(SPACINGS),
    x=st.floats(0, 400),
    y=st.floats(0, 300),
    reach=st.floats(1, 50),
)
def test_it_is_the_nearest_on_the_picture(spacing, x, y, reach):
    dots = MapDots(MU)
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
    dots = MapDots(MU)
    for spacing in (EVEN, QUANTILE, EVEN):
        for plane, columns in ((PLANE, [1, 3]), (axis_plane(np.zeros(5), 0, 4), [0, 4])):
            np.testing.assert_array_equal(dots.places(plane), MU[:, columns])
            view = Viewport.fitted((400, 300), spacing)
            assert dots.nearest(plane, view, *MU[7, columns], 5.0) == 7
