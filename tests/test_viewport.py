"""A viewport: pixels and coordinates, moves that hold a point fast, tiles, ticks, bounds."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.viewport import (
    END,
    EVEN,
    FARTHEST,
    LONGEST,
    MANY,
    QUANTILE,
    SHORTEST,
    SPACINGS,
    Viewport,
    from_scale,
    to_scale,
)

sizes = st.tuples(st.integers(1, 2000), st.integers(1, 2000))
shares = st.floats(0.0, 1.0)


@st.composite
def viewports(draw: st.DrawFn, spacing: str | None = None) -> Viewport:
    spacing = spacing or draw(st.sampled_from(SPACINGS))
    size = draw(sizes)
    ends = (0.0, 1.0) if spacing == QUANTILE else (-FARTHEST, FARTHEST)
    centre = draw(st.tuples(st.floats(*ends), st.floats(*ends)))
    shorter = draw(st.floats(SHORTEST[spacing], LONGEST[spacing]))
    return Viewport(centre, shorter * size[0] / min(size), size, spacing)


def within_reach(view: Viewport, x: float, y: float) -> bool:
    """Whether a pixel lies where the quantile scale can be turned back without loss."""
    u, v = view.plane_at(x, y)
    return view.spacing == EVEN or max(abs(u), abs(v)) < 4


def test_the_middle_and_the_corners_are_where_they_should_be():
    view = Viewport((1.0, -2.0), 8.0, (400, 200))
    assert view.plane_at(200, 100) == (1.0, -2.0)
    assert view.plane_at(0, 0) == (-3.0, 0.0)  # up is up: the top has the larger v
    assert view.pixel_of(5.0, -4.0) == (400.0, 200.0)
    assert (view.height, view.shorter, view.unit) == (4.0, 4.0, 0.02)


def test_columns_and_rows_are_the_middles_of_equal_parts():
    view = Viewport((0.0, 0.0), 6.0, (600, 300))
    np.testing.assert_allclose(view.columns(3), [-2.0, 0.0, 2.0])
    np.testing.assert_allclose(view.rows(3), [1.0, 0.0, -1.0])


def test_the_quantile_scale_is_the_priors_cumulative_probability():
    from scipy.special import ndtr, ndtri

    u = np.linspace(-4.9, 4.9, 99)
    np.testing.assert_allclose(to_scale(u, QUANTILE), ndtr(u), rtol=1e-12)
    many = np.linspace(-9, 9, MANY + 1)
    np.testing.assert_allclose(
        to_scale(many, QUANTILE), [to_scale(float(one), QUANTILE) for one in many], rtol=1e-12
    )
    np.testing.assert_allclose(from_scale(ndtr(u), QUANTILE), ndtri(ndtr(u)), atol=1e-9)
    assert to_scale(0, QUANTILE) == 0.5
    view = Viewport.fitted((400, 400), QUANTILE)
    np.testing.assert_allclose(view.columns(20), ndtri((np.arange(20) + 0.5) / 20), atol=1e-9)


def test_beyond_the_prior_the_quantile_scale_stays_finite():
    view = Viewport((0.5, 0.5), 1.2, (100, 100), QUANTILE)
    u, v = view.plane_at(np.array([-50.0, 0.0, 100.0]), np.array([150.0, 100.0, 0.0]))
    np.testing.assert_allclose(u, [-END, -END, END], atol=1e-6)
    np.testing.assert_allclose(v, [-END, -END, END], atol=1e-6)


@given(viewports(), shares, shares)
def test_a_pixels_coordinates_lie_on_that_pixel(view, across, down):
    x, y = across * view.size[0], down * view.size[1]
    if within_reach(view, x, y):
        back = view.pixel_of(*view.plane_at(x, y))
        assert back == pytest.approx((x, y), abs=1e-3)


@given(viewports(), st.lists(st.tuples(shares, shares), min_size=1, max_size=5))
def test_arrays_and_numbers_agree(view, places):
    xs, ys = np.array(places).T * np.array(view.size)[:, None]
    us, vs = view.plane_at(xs, ys)
    for x, y, u, v in zip(xs, ys, us, vs, strict=True):
        assert view.plane_at(x, y) == pytest.approx((u, v), abs=1e-9)
    xs, ys = view.pixel_of(us, vs)
    for u, v, x, y in zip(us, vs, xs, ys, strict=True):
        assert view.pixel_of(u, v) == pytest.approx((x, y), rel=1e-9, abs=1e-6)


@given(viewports(EVEN), st.floats(0.2, 5.0), shares, shares)
def test_zooming_holds_the_plane_fast_under_the_pointer(view, factor, across, down):
    x, y = across * view.size[0], down * view.size[1]
    zoomed = view.zoomed(factor, x, y)
    if max(map(abs, zoomed.centre)) < FARTHEST:
        assert zoomed.plane_at(x, y) == pytest.approx(view.plane_at(x, y), abs=1e-6)
    low, high = SHORTEST[EVEN], LONGEST[EVEN]
    expected = min(high, max(low, view.shorter / factor))
    assert zoomed.shorter == pytest.approx(expected)


@given(viewports(EVEN), st.floats(-50, 50), st.floats(-50, 50))
def test_panning_moves_everything_by_so_many_pixels(view, dx, dy):
    panned = view.panned(dx, dy)
    if max(map(abs, panned.centre)) < FARTHEST:
        before, after = view.pixel_of(0.0, 0.0), panned.pixel_of(0.0, 0.0)
        assert after == pytest.approx((before[0] + dx, before[1] + dy), abs=1e-3)


@given(
    viewports(QUANTILE),
    st.lists(
        st.tuples(st.floats(0.01, 100.0), st.floats(-1e4, 1e4), st.floats(-1e4, 1e4)), max_size=6
    ),
)
def test_the_quantile_scale_is_never_left_behind(view, moves):
    for factor, dx, dy in moves:
        view = view.panned(dx, dy).zoomed(factor, dx, dy)
        assert all(0.0 <= c <= 1.0 for c in view.centre)
        assert SHORTEST[QUANTILE] * 0.999 <= view.shorter <= LONGEST[QUANTILE] * 1.001
        assert np.isfinite([view.columns(7), view.rows(7)]).all()


@given(viewports(), sizes)
def test_another_size_keeps_the_shorter_side_and_the_middle(view, size):
    resized = view.resized(size)
    assert resized.size == size
    assert resized.shorter == pytest.approx(view.shorter)
    assert resized.centre == view.centre


def test_a_hidden_widgets_size_is_harmless():
    assert Viewport.fitted((300, 200)).resized((0, 0)).size == (1, 1)


@given(viewports())
def test_the_other_spacing_is_a_viewport_that_can_be_drawn(view):
    for spacing in SPACINGS:
        other = view.with_spacing(spacing)
        assert other.spacing == spacing
        assert other.size == view.size
        assert np.isfinite(other.columns(3)).all()
    assert view.with_spacing(view.spacing) is view


def test_the_other_spacing_shows_about_the_same():
    whole = Viewport.fitted((600, 450)).with_spacing(QUANTILE)
    assert whole.centre == pytest.approx((0.5, 0.5))
    assert whole.shorter == pytest.approx(1.0, abs=0.01)
    assert whole.with_spacing(EVEN).shorter == pytest.approx(6.0, abs=0.1)
    near = Viewport((0.5, -0.5), 0.4, (400, 400))
    there = near.with_spacing(QUANTILE)
    assert there.plane_at(200, 200) == pytest.approx((0.5, -0.5), abs=0.02)
    assert there.with_spacing(EVEN).width == pytest.approx(0.4, rel=0.02)


def test_fitting_shows_the_origin_and_all_points():
    points = np.array([[-5.0, 1.0], [2.0, 7.0], [np.nan, 0.0]])
    view = Viewport.fitted((600, 400), points=points)
    for u, v in (*points[:2], (-3, -3), (3, 3)):
        x, y = view.pixel_of(u, v)
        assert 0 <= x <= 600
        assert 0 <= y <= 400
    assert Viewport.fitted((600, 400), points=np.zeros((0, 2))).shorter == 6.0
    assert Viewport.fitted((600, 400), points=np.array([[1.0, 1.0]])).shorter == 6.0
    assert Viewport.fitted((600, 400), QUANTILE, points=points).shorter == 1.0


def test_fitting_has_an_end():
    view = Viewport.fitted((100, 100), points=np.array([[1e30, 0.0]]))
    assert view.shorter == LONGEST[EVEN]
    assert max(map(abs, view.centre)) <= FARTHEST


def test_a_point_comes_to_the_middle():
    view = Viewport.fitted((300, 200), QUANTILE).zoomed(4, 10, 10).centred(1.0, -1.0)
    assert view.pixel_of(1.0, -1.0) == pytest.approx((150, 100))


@given(viewports(), st.integers(1, 40))
def test_tiles_cover_the_picture_and_are_fixed_to_the_plane(view, n):
    grid = view.tile_grid(n)
    left, top, right, bottom = grid.box_of(view)
    slack = 1e-4 * max(view.size)
    if view.spacing == EVEN:
        assert max(left, top) <= slack
        assert right >= view.size[0] - slack
        assert bottom >= view.size[1] - slack
    # Tiles are square, and one of n along the shorter side.
    assert (right - left) / grid.size[0] == pytest.approx(min(view.size) / n)
    assert (bottom - top) / grid.size[1] == pytest.approx(min(view.size) / n)
    assert max(grid.size) <= math.ceil(n * max(view.size) / min(view.size)) + 1


def test_under_a_moving_viewport_tiles_keep_their_digits():
    view = Viewport.fitted((600, 450))
    moved = view.panned(37.0, -12.0)
    before, after = view.tile_grid(20), moved.tile_grid(20)
    us = set(np.round(before.columns(before.size[0]), 9))
    assert len(us & set(np.round(after.columns(after.size[0]), 9))) >= before.size[0] - 2
    # What is fixed in the plane does not depend on where the viewport came from.
    np.testing.assert_allclose(before.columns(before.size[0])[1] % 0.3, 0.15, atol=1e-9)


@pytest.mark.parametrize("n", [7, 20])
def test_the_whole_prior_in_tiles_is_the_known_figure(n):
    from scipy.special import ndtri

    grid = Viewport.fitted((600, 450), QUANTILE).tile_grid(n)
    assert grid.size == (n, n)
    np.testing.assert_allclose(grid.columns(n), ndtri((np.arange(n) + 0.5) / n), atol=1e-9)
    np.testing.assert_allclose(grid.rows(n), -ndtri((np.arange(n) + 0.5) / n), atol=1e-9)


@pytest.mark.parametrize("n", [9, 20])
def test_the_whole_plane_in_tiles_is_symmetric(n):
    grid = Viewport.fitted((450, 450)).tile_grid(n)
    assert grid.size == (n, n)
    np.testing.assert_allclose(grid.columns(n), -grid.columns(n)[::-1], atol=1e-12)


@given(viewports(EVEN), viewports(EVEN), shares, shares)
def test_a_picture_of_another_viewport_is_placed_exactly(view, other, across, down):
    left, top, right, bottom = view.box_of(other)
    u, v = view.plane_at(across * view.size[0], down * view.size[1])
    expected = left + across * (right - left), top + down * (bottom - top)
    assert other.pixel_of(u, v) == pytest.approx(expected, rel=1e-6, abs=1e-2)


def test_pictures_in_two_scales_are_not_placed():
    with pytest.raises(ValueError, match="one scale"):
        Viewport.fitted((9, 9)).box_of(Viewport.fitted((9, 9), QUANTILE))


def test_ticks_are_round_and_apart():
    us, vs = Viewport.fitted((600, 450)).ticks(60)
    assert us == [-4, -3, -2, -1, 0, 1, 2, 3, 4]
    assert vs == [-3, -2, -1, 0, 1, 2, 3]
    us, _ = Viewport((1.23, 0.0), 0.05, (600, 450)).ticks(60)
    assert us == [1.205, 1.21, 1.215, 1.22, 1.225, 1.23, 1.235, 1.24, 1.245, 1.25, 1.255]
    us, _ = Viewport.fitted((400, 400), QUANTILE).ticks(40)
    assert {-2, -1, 0, 1} <= set(us)


@given(viewports(), st.floats(10, 200))
def test_ticks_stand_within_the_picture(view, distance):
    us, vs = view.ticks(distance)
    slack = 1e-3 * max(view.size)
    for ticks, pixel, length in (
        (us, lambda u: view.pixel_of(u, 0.0)[0], view.size[0]),
        (vs, lambda v: view.size[1] - view.pixel_of(0.0, v)[1], view.size[1]),
    ):
        places = [pixel(tick) for tick in ticks]
        assert all(-slack <= place <= length + slack for place in places)
        assert all(b - a >= 0.99 * distance for a, b in itertools.pairwise(places))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"spacing": "log"}, "not 'log'"),
        ({"width": 0.0}, "0.0 wide"),
        ({"width": math.nan}, "nan wide"),
        ({"centre": (math.inf, 0.0)}, "inf"),
        ({"size": (0, 5)}, "needs a pixel"),
    ],
)
def test_what_cannot_be_drawn_is_refused(wrong, why):
    with pytest.raises(ValueError, match=why):
        Viewport(**{"centre": (0.0, 0.0), "width": 1.0, "size": (5, 5), **wrong})


# ---- sessions ------------------------------------------------------------------------------------


@given(st.sampled_from(SPACINGS), st.floats(0.3, 0.7), st.floats(0.3, 0.7), st.floats(0.1, 1.0))
def test_a_session_brings_the_part_back_in_a_window_of_another_shape(spacing, u, v, width):
    view = Viewport((u, v), width, (300, 200), spacing)
    stored = json.loads(json.dumps(view.settings()))
    again = Viewport.fitted((150, 400), EVEN).with_settings(stored)
    assert again.spacing == spacing
    assert again.size == (150, 400)
    assert again.centre == (u, v)
    assert again.shorter == pytest.approx(view.shorter)


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {"spacing": "log", "centre": [0, 0], "side": 1},
        {"spacing": ["even"], "centre": [0, 0], "side": 1},
        {"spacing": "even", "centre": [0, math.inf], "side": 1},
        {"spacing": "even", "centre": [0], "side": 1},
        {"spacing": "even", "centre": [0, True], "side": 1},
        {"spacing": "even", "centre": [0, 0], "side": -1},
    ],
)
def test_a_part_that_is_none_leaves_this_one(wrong):
    view = Viewport.fitted((300, 200))
    assert view.with_settings(wrong) == view


def test_a_stored_part_is_brought_into_the_bounds():
    stored = {"spacing": "even", "centre": [1e9, -1e9], "side": 1e9}
    again = Viewport.fitted((200, 200)).with_settings(stored)
    assert again.centre == (FARTHEST, -FARTHEST)
    assert again.shorter == LONGEST[EVEN]
