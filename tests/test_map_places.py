"""Where names and lines stand on a map."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.map_places import along, named_regions, smooth_classes, word_lines
from explorer.viewport import Viewport
from tests.map_fields import class_map, grid, rarity_map

VIEW = Viewport((0.0, 0.0), 4.0, (200, 200))


def blobs(seed: int, shape: tuple[int, int], classes: int) -> np.ndarray:
    """Regions of about the same size with straight borders, as a classifier makes them."""
    rng = np.random.default_rng(seed)
    seeds = rng.uniform(0, 1, (2 * classes, 2)) * shape
    rows, columns = np.indices(shape)
    distances = np.hypot(rows[..., None] - seeds[:, 0], columns[..., None] - seeds[:, 1])
    return distances.argmin(axis=-1) % classes


@given(
    st.integers(0, 1000), st.integers(1, 10), st.tuples(st.integers(1, 300), st.integers(1, 300))
)
def test_a_name_stands_within_its_region_with_room_around(seed, classes, shape):
    best = blobs(seed, shape, classes)
    regions = named_regions(class_map(best))
    assert [region.radius for region in regions] == sorted(
        (region.radius for region in regions), reverse=True
    )
    rows, columns = np.indices(shape) + 0.5
    step = -(-max(shape) // 160)  # places are looked for in a grid this much coarser
    for region in regions:
        distance = np.hypot(rows - region.y, columns - region.x)
        inside = distance < region.radius - 2 * step
        assert (best[inside] == region.label).all()
        assert best[int(region.y), int(region.x)] == region.label


def test_the_name_of_a_strip_stands_in_its_middle():
    (region,) = named_regions(class_map(np.zeros((20, 100))))
    assert (region.x, region.y) == pytest.approx((50, 10), abs=1)


def test_parts_of_a_class_that_lie_apart_have_a_name_each():
    best = np.zeros((30, 90))
    best[:, 30:60] = 1
    assert sorted(region.label for region in named_regions(class_map(best))) == [0, 0, 1]


def test_names_may_be_kept_to_a_window():
    best = np.zeros((40, 100))
    best[:, 50:] = 1
    regions = named_regions(class_map(best), (0, 0, 60, 40))
    places = {region.label: region.x for region in regions}
    assert places[0] == pytest.approx(25, abs=2)
    assert places[1] == pytest.approx(55.5, abs=1.5)


def test_regions_too_small_for_any_name_have_none():
    assert named_regions(class_map(np.indices((8, 8)).sum(axis=0) % 2)) == ()


@pytest.mark.parametrize("sign", [1, -1])
def test_what_is_less_usual_lies_to_the_right_of_a_line(sign):
    u, v = grid(VIEW, 80, 80)
    rarity = 1.0 + sign * (np.hypot(u, v) - 1.2)
    rare, off = word_lines(rarity_map(rarity))
    (line,) = rare
    radius = np.hypot(*(line.T - 40)) * VIEW.width / 80
    np.testing.assert_allclose(radius, 1.2, atol=0.01)
    # y grows downwards: the right of a way (dx, dy) is (-dy, dx).
    dx, dy = np.diff(line, axis=0).T
    outwards = (line[:-1] - 40).T
    to_the_right = -dy * outwards[0] + dx * outwards[1]
    assert (np.sign(to_the_right) == sign).all()
    assert len(off) == (4 if sign > 0 and rarity.max() > 2 and rarity[0, 40] < 2 else len(off))


def test_the_longest_line_comes_first():
    u, v = grid(VIEW, 120, 120)
    rarity = np.minimum(np.hypot(u + 1, v + 1) / 0.3, np.hypot(u - 0.5, v - 0.5))
    rare, _ = word_lines(rarity_map(rarity))
    spans = [np.ptp(line[:, 0]) for line in rare]
    assert len(spans) == 2
    assert spans[0] > 2 * spans[1]


def test_a_field_of_one_cell_has_no_lines():
    assert word_lines(rarity_map(np.ones((1, 5)))) == ((), ())


def test_texts_stand_along_the_line_upright_and_inside():
    way = np.linspace(0, 2 * math.pi, 200)
    circle = np.stack([150 + 100 * np.cos(way), 150 + 100 * np.sin(way)], axis=1)
    places = list(along(circle, 40.0, (0, 0, 300, 220), 10.0))
    assert places
    for place in places:
        assert math.hypot(place.x - 150, place.y - 150) == pytest.approx(100, abs=1)
        assert 10 < place.y < 210
        assert -90 <= place.angle < 90
        # At right angles to the radius, which is where the normal points: inwards or outwards.
        outwards = np.array([place.x - 150, place.y - 150]) / 100
        assert abs(np.dot(outwards, place.right)) == pytest.approx(1, abs=0.01)
        radius_angle = math.degrees(math.atan2(-outwards[1], outwards[0]))
        assert abs(math.sin(math.radians(place.angle - radius_angle))) == pytest.approx(1, abs=0.01)


def test_the_straightest_place_comes_first():
    x = np.linspace(0, 400, 300)
    line = np.stack([x, np.where(x < 200, 50 + 20 * np.sin(x / 8), 50.0)], axis=1)
    first = next(along(line, 60.0, (0, 0, 400, 100), 5.0))
    assert first.x > 220
    assert first.angle == pytest.approx(0, abs=1)


def test_a_short_line_has_no_place():
    assert not list(along(np.array([[0.0, 0.0], [30.0, 0.0]]), 40.0, (-99, -99, 99, 99), 0.0))


@pytest.mark.parametrize("factor", [1, 3])
def test_smooth_borders_are_where_the_classes_meet(factor):
    u, v = grid(VIEW, 80, 80)
    best = (np.hypot(u, v) < 1.2).astype(int) + 3
    smooth = smooth_classes(class_map(best), factor)
    assert smooth.best.shape == (80 * factor, 80 * factor)
    assert set(np.unique(smooth.best)) == {3, 4}
    fine_u, fine_v = grid(VIEW, 80 * factor, 80 * factor)
    radius = np.hypot(fine_u, fine_v)
    cell = VIEW.width / 80
    assert (smooth.best[radius < 1.2 - cell] == 4).all()
    assert (smooth.best[radius > 1.2 + cell] == 3).all()
    # There is a line for each of the two classes.
    assert len(smooth.borders) == 2
    for line in smooth.borders:
        np.testing.assert_allclose(np.hypot(*(line.T - 40)) * cell, 1.2, atol=0.5 * cell)


def test_a_map_of_one_class_has_no_borders():
    smooth = smooth_classes(class_map(np.full((5, 6), 2)), 2)
    assert (smooth.best == 2).all()
    assert smooth.borders == ()
