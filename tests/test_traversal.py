"""Traversals: one number varied, the others held, and where a point is on them."""

from __future__ import annotations

import numpy as np
import pytest

from vae.traversal import nearest_columns, traverse


def test_each_row_varies_its_dimension_and_nothing_else():
    z = np.array([10.0, 20.0, 30.0])
    values = np.array([[-1.0, 0.0, 1.0, 2.0], [5.0, 6.0, 7.0, 8.0]])
    points = traverse(z, [2, 0], values)
    assert points.shape == (2, 4, 3)
    for row, dimension in enumerate((2, 0)):
        for column in range(4):
            expected = z.copy()
            expected[dimension] = values[row, column]
            np.testing.assert_array_equal(points[row, column], expected)
    np.testing.assert_array_equal(z, [10, 20, 30])


@pytest.mark.parametrize(
    ("z", "dimensions", "values"),
    [
        ([0.0, 0.0], [2], [[1.0]]),
        ([0.0, 0.0], [-1], [[1.0]]),
        ([0.0, 0.0], [0], [1.0]),
        ([0.0, 0.0], [0, 1], [[1.0]]),
        ([[0.0, 0.0]], [0], [[1.0]]),
    ],
)
def test_what_does_not_match_is_refused(z, dimensions, values):
    with pytest.raises(ValueError, match=r"expected a vector|counted from 0"):
        traverse(z, dimensions, values)


@pytest.mark.parametrize(
    ("here", "column", "beyond"),
    [
        (0.0, 1, False),
        (0.4, 1, False),
        (0.6, 2, False),
        (-1.0, 0, False),
        (1.49, 2, False),
        (1.51, 2, True),
        (-1.51, 0, True),
        (99.0, 2, True),
    ],
)
def test_the_nearest_column_and_whether_the_point_lies_beyond(here, column, beyond):
    columns, outside = nearest_columns([7.0, here], [1], [[-1.0, 0.0, 1.0]])
    assert (columns.tolist(), outside.tolist()) == ([column], [beyond])


def test_rows_may_have_values_of_their_own():
    columns, outside = nearest_columns([1.0, 1.0], [0, 1], [[0.0, 1.0, 2.0], [1.0, 5.0, 9.0]])
    assert columns.tolist() == [1, 0]
    assert outside.tolist() == [False, False]
