"""A drawing on a map that has been begun: its corners, its outline, and what it comes to."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.map_paths import MOST_KEYS
from explorer.widgets.map_tools import BOX, LASSO, MOST_CORNERS, PATH, Draft

PIXELS_A_UNIT = 100.0


def pixels_of(places: np.ndarray) -> np.ndarray:
    return places * PIXELS_A_UNIT


def drawn(tool: str, *corners: tuple[float, float]) -> Draft:
    draft = Draft(tool)
    for corner in corners:
        draft.add(corner)
    return draft


def stroked(tool: str, line: np.ndarray) -> Draft:
    draft = drawn(tool, tuple(line[0]))
    for place in line[1:]:
        draft.stroke_to(tuple(place))
    return draft


def test_corners_of_a_path_are_kept_as_they_were_set():
    corners = [(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (2.0, 1.0)]  # also those on a straight line
    assert drawn(PATH, *corners).result(pixels_of, 1.0).tolist() == [list(c) for c in corners]


def test_the_same_corner_twice_is_one():
    assert drawn(PATH, (0.0, 0.0), (1.0, 1.0), (1.0, 1.0)).corners == [(0.0, 0.0), (1.0, 1.0)]


def test_a_wild_stroke_has_as_many_keys_as_can_be_mended():
    line = np.random.default_rng(0).normal(size=(500, 2))
    keys = stroked(PATH, line).result(pixels_of, 1.0)
    assert len(keys) == MOST_KEYS
    assert keys[0] == pytest.approx(line[0])
    assert keys[-1] == pytest.approx(line[-1])


def test_an_outline_is_closer_to_the_hand_than_a_path():
    angle = np.linspace(0.0, 6.2, 300)
    line = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    path, outline = (stroked(tool, line).result(pixels_of, 1.0) for tool in (PATH, LASSO))
    assert len(path) < len(outline) < len(line)
    assert np.hypot(*outline.T) == pytest.approx(1.0)


def test_on_a_finer_screen_as_many_keys():
    angle = np.linspace(0.0, 6.2, 300)
    line = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    coarse = stroked(PATH, line).result(pixels_of, 1.0)
    fine = stroked(PATH, line).result(lambda places: 2 * pixels_of(places), 2.0)
    assert fine == pytest.approx(coarse)


@pytest.mark.parametrize(
    "draft",
    [
        drawn(PATH, (0.0, 0.0)),
        drawn(PATH, (0.0, 0.0), (0.01, 0.01)),  # a pixel
        drawn(LASSO, (0.0, 0.0), (1.0, 1.0)),
        drawn(LASSO, (0.0, 0.0), (1.0, 0.0), (2.0, 0.0)),  # nothing within
        stroked(LASSO, np.linspace((0.0, 0.0), (1.0, 0.01), 40)),
        drawn(BOX, (0.0, 0.0)),
        drawn(BOX, (0.0, 0.0), (1.0, 0.01)),
    ],
)
def test_what_is_too_small_comes_to_nothing(draft):
    assert draft.result(pixels_of, 1.0) is None


def test_a_box_has_two_corners_and_an_outline_of_four():
    draft = drawn(BOX, (0.0, 0.0))
    assert not draft.full
    assert draft.outline(loose=(2.0, 1.0)).shape == (5, 2)  # closed
    draft.add((2.0, 1.0))
    draft.add((5.0, 5.0))
    assert draft.full
    assert draft.result(pixels_of, 1.0).tolist() == [[0, 0], [2, 0], [2, 1], [0, 1]]
    assert draft.outline(loose=(9.0, 9.0)).max() == 2.0


def test_a_box_follows_the_hand_with_one_corner():
    draft = stroked(BOX, np.array([(0.0, 0.0), (1.0, 3.0), (-1.0, 2.0)]))
    assert draft.corners == [(0.0, 0.0), (-1.0, 2.0)]


def test_the_line_reaches_to_the_hand():
    draft = drawn(PATH, (0.0, 0.0), (1.0, 0.0))
    assert draft.outline().tolist() == [[0, 0], [1, 0]]
    assert draft.outline((1.0, 1.0)).tolist() == [[0, 0], [1, 0], [1, 1]]


def test_corners_have_a_bound():
    draft = drawn(PATH, *((float(i), 0.0) for i in range(MOST_CORNERS + 5)))
    assert len(draft.corners) == MOST_CORNERS
    assert draft.full
