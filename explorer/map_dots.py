"""The dots of the real digits on a map: which of them is pointed at."""

from __future__ import annotations

import numpy as np

from explorer.viewport import Viewport, to_scale
from vae.planes import Plane


class MapDots:
    """Real digits projected onto planes; mu: (N, d), the means of their posteriors."""

    def __init__(self, mu: np.ndarray) -> None:
        self._mu = mu
        self._for: tuple[bytes, str] | None = None  # the axes and the spacing of what is kept
        self._scaled = np.zeros((0, 2))

    def places(self, plane: Plane) -> np.ndarray:
        """Where they lie on a plane, (N, 2)."""
        return plane.coordinates(self._mu)

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
