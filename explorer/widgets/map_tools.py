"""The tools of a map, and the drawing that one of them has begun and not yet ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from explorer.map_paths import MOST_KEYS, box_outline, simplified

MOVE, PATH, LASSO, BOX = TOOLS = ("move", "path", "lasso", "box")
OUTLINES = (LASSO, BOX)  # that are drawn around real digits

HINTS = {
    MOVE: "",
    PATH: "Draw a path, or click its corners and end with a double click or Return.",
    LASSO: "Draw around digits, or click corners and end with a double click or Return.",
    BOX: "Drag a box around digits, or click two of its corners.",
}
CURSORS = {MOVE: "crosshair", PATH: "pencil", LASSO: "pencil", BOX: "crosshair"}

# Pixels at 96 dpi: how far a line of few corners may lie from the hand's. A path's are mended
# one by one later, an outline's never.
PATH_TOLERANCE, LASSO_TOLERANCE = 4, 1
MOST_CORNERS = 200
LEAST_SIDE = 3  # pixels at 96 dpi: a box or a loop that is smaller was not meant
APART = 2  # two points of a stroke

Point = tuple[float, float]


@dataclass
class Draft:
    """What has been drawn so far: corners in coordinates (u, v) of the plane.

    stroked: whether a part was drawn by a drag, so that its points are more than are wanted.
    """

    tool: str
    corners: list[Point] = field(default_factory=list)
    stroked: bool = False

    @property
    def full(self) -> bool:
        """Whether it takes no further corner: a box has two."""
        return len(self.corners) >= (2 if self.tool == BOX else MOST_CORNERS) and not self.stroked

    def add(self, at: Point) -> None:
        """Set a corner, unless the last one is there already."""
        if not self.full and (not self.corners or self.corners[-1] != at):
            self.corners.append(at)

    def stroke_to(self, at: Point) -> None:
        """Follow the hand."""
        self.stroked = True
        if self.tool == BOX:
            self.corners[1:] = [at]
        else:
            self.corners.append(at)

    def outline(self, loose: Point | None = None) -> np.ndarray:
        """(K, 2): what is drawn, with the line to where the hand is, or the whole box."""
        points = self.corners if loose is None or self.full else [*self.corners, loose]
        if self.tool == BOX and len(points) > 1:
            outline = box_outline(points[0], points[-1])
            return np.concatenate([outline, outline[:1]])
        return np.array(points, np.float64).reshape(-1, 2)

    def result(
        self, pixels_of: Callable[[np.ndarray], np.ndarray], scale: float
    ) -> np.ndarray | None:
        """(K, 2): a path's keys, or the corners of an outline; None if it is too small for one.

        pixels_of: (N, 2) coordinates -> (N, 2) pixels, for a hand's precision is in pixels.
        scale: pixels for one at 96 dpi.
        """
        corners = np.array(self.corners, np.float64).reshape(-1, 2)
        if self.tool == BOX:
            if len(corners) < 2:
                return None
            sides = np.abs(np.diff(pixels_of(corners[[0, -1]]), axis=0))
            return None if sides.min() < LEAST_SIDE * scale else box_outline(*corners[[0, -1]])
        if len(corners) < 2:
            return None
        pixels = pixels_of(corners)
        extent = np.ptp(pixels, axis=0)
        if self.tool == PATH:
            if extent.max() < LEAST_SIDE * scale:
                return None
            if not self.stroked:
                return corners
            return corners[simplified(pixels, PATH_TOLERANCE * scale, MOST_KEYS)]
        if len(corners) < 3 or extent.min() < LEAST_SIDE * scale:
            return None
        if self.stroked:
            corners = corners[simplified(pixels, LASSO_TOLERANCE * scale, MOST_CORNERS)]
        return corners if len(corners) > 2 else None
