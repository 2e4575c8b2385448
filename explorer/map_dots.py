"""The dots of the real digits on a map: which is pointed at, and which lie in an outline."""

from __future__ import annotations

import numpy as np

from explorer.map_paths import within
from explorer.viewport import Viewport, to_scale
from vae.planes import Plane
from vae.statistics import EncodedImages


class MapDots:
    """Real digits projected onto planes: the means of their posteriors."""

    def __init__(self, encoded: EncodedImages) -> None:
        self._encoded = encoded
        self._for: tuple[bytes, str] | None = None  # the axes and the spacing of what is kept
        self._scaled = np.zeros((0, 2))

    def places(self, plane: Plane) -> np.ndarray:
        """Where they lie on a plane, (N, 2)."""
        return plane.coordinates(self._encoded.mu)

    def inside(self, plane: Plane, outline: np.ndarray) -> np.ndarray:
        """Indices of the digits whose dots lie within (K, 2) corners on a plane, ascending."""
        return within(self.places(plane), outline)

    def card(self, index: int, plane: Plane) -> tuple[np.ndarray, str, float, float]:
        """What is shown of one: its image (C, H, W), which it is, and its (u, v) on a plane."""
        z = self._encoded.mu[index]
        u, v = map(float, plane.coordinates(z))
        caption = f"{self._encoded.labels[index]} #{index}\n{plane.distance(z):.1f} off the plane"
        return self._encoded.images[index], caption, u, v

    def nearest(
        self, plane: Plane, viewport: Viewport, u: float, v: float, reach: float
    ) -> int | None:
        """The digit whose dot is nearest to a place on the picture; None if it is not within reach.

        reach: pixels.
        """
        wanted = plane.axes.tobytes(), viewport.spacing
        if self._for != wanted:
            # In quantile spacing that takes some milliseconds.
            self._scaled = to_scale(self.places(plane), viewport.spacing)
            self._for = wanted
        away = self._scaled - [to_scale(x, viewport.spacing) for x in (u, v)]
        distances = np.hypot(*away.T) / viewport.unit
        index = int(distances.argmin())
        return index if distances[index] <= reach else None
