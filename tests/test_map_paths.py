"""Strokes on a map: simplified within a tolerance, and what lies within an outline."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from explorer.map_paths import (
    MOST_KEYS,
    box_outline,
    from_segment,
    simplified,
    traced,
    within,
)

coordinates = st.floats(-5.0, 5.0, allow_nan=False, width=32)


def lines(least: int, most: int):
    return st.integers(least, most).flatmap(
        lambda count: arrays(np.float64, (count, 2), elements=coordinates)
    )


def deviation(stroke: np.ndarray, kept: np.ndarray) -> float:
    """How far the stroke's points lie from the line through those that are kept, at most."""
    worst = 0.0
    for start, end in itertools.pairwise(kept):
        part = stroke[start : end + 1]
        worst = max(worst, from_segment(part, stroke[start], stroke[end]).max())
    return worst


@given(lines(2, 60), st.floats(0.0, 3.0))
def test_the_simpler_line_is_nowhere_farther_away_than_the_tolerance(stroke, tolerance):
    assume(not (stroke == stroke[0]).all())
    kept = simplified(stroke, tolerance, most=len(stroke))
    assert kept[0] == 0
    assert kept[-1] == len(stroke) - 1
    assert (np.diff(kept) > 0).all()
    assert deviation(stroke, kept) <= tolerance + 1e-9


@given(lines(2, 60), st.integers(2, 12))
def test_never_more_points_than_asked_for(stroke, most):
    assume(not (stroke == stroke[0]).all())
    assert 2 <= len(simplified(stroke, 0.0, most)) <= most


def test_a_straight_stroke_is_its_two_ends():
    stroke = np.linspace((0.0, 1.0), (4.0, -3.0), 100)
    assert simplified(stroke, 1e-6).tolist() == [0, 99]


def test_the_corners_of_a_zigzag_are_found():
    corners = np.array([(0, 0), (10, 8), (20, 0), (30, 8.0)])
    stroke = traced(corners, 25)
    assert simplified(stroke, 0.5).tolist() == [0, 25, 50, 75]


def test_a_bound_keeps_the_points_that_matter_most():
    corners = np.array([(0, 0), (10, 1), (20, 0), (30, 9), (40, 0.0)])
    assert simplified(corners, 0.1, most=4).tolist() == [0, 2, 3, 4]


def test_a_circle_becomes_a_polygon_within_the_bound():
    angle = np.linspace(0.0, 2.0 * np.pi, 400)
    circle = 100.0 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    kept = simplified(circle, 4.0)
    assert 6 <= len(kept) <= MOST_KEYS
    assert deviation(circle, kept) <= 4.0


@pytest.mark.parametrize("stroke", [np.zeros((1, 2)), np.ones((9, 2)), np.zeros((0, 2))])
def test_a_stroke_that_goes_nowhere_is_no_path(stroke):
    with pytest.raises(ValueError, match="two different points"):
        simplified(stroke, 1.0)


@given(lines(3, 12), lines(1, 40))
def test_within_agrees_with_matplotlib(outline, points):
    from matplotlib.path import Path

    # Where a point lies on an edge, either answer is right.
    edges = zip(outline, np.roll(outline, -1, axis=0), strict=True)
    clear = np.min([from_segment(points, a, b) for a, b in edges], axis=0) > 1e-6
    closed = Path(np.concatenate([outline, outline[:1]]), closed=True)
    expected = closed.contains_points(points)
    inside = np.zeros(len(points), bool)
    inside[within(points, outline)] = True
    assert (inside == expected)[clear].all()


@given(lines(1, 40), coordinates, coordinates, coordinates, coordinates)
def test_within_a_box(points, u0, v0, u1, v1):
    (left, right), (bottom, top) = sorted((u0, u1)), sorted((v0, v1))
    u, v = points.T
    strictly = (u > left) & (u < right) & (v > bottom) & (v < top)
    at_most = (u >= left) & (u <= right) & (v >= bottom) & (v <= top)
    inside = np.zeros(len(points), bool)
    inside[within(points, box_outline((u0, v0), (u1, v1)))] = True
    assert (inside >= strictly).all()
    assert (inside <= at_most).all()


def test_an_inner_loop_is_a_hole():
    outer, inner = box_outline((0, 0), (10, 10)), box_outline((4, 4), (6, 6))
    outline = np.concatenate([outer, outer[:1], inner, inner[:1]])
    points = np.array([(1, 1), (5, 5), (9, 5), (11, 5)])
    assert within(points, outline).tolist() == [0, 2]


def test_neither_a_line_nor_an_empty_map_holds_anything():
    assert within(np.zeros((3, 2)), np.array([(-1, -1), (1, 1)])).tolist() == []
    assert within(np.zeros((0, 2)), box_outline((-1, -1), (1, 1))).tolist() == []


@given(lines(2, 8), st.integers(1, 9))
def test_a_traced_line_is_the_same_line_in_pieces(corners, pieces):
    line = traced(corners, pieces)
    assert len(line) == (len(corners) - 1) * pieces + 1
    assert line[::pieces] == pytest.approx(corners)
    assert (np.diff(line, axis=0).reshape(len(corners) - 1, pieces, 2) * pieces) == pytest.approx(
        np.repeat(np.diff(corners, axis=0)[:, None], pieces, axis=1), abs=1e-6
    )
