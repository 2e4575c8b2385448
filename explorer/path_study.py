"""What a path through latent space does: how fast the image changes, how typical, which class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from explorer.model import LoadedModel
from vae.paths import Crossing, Curve, PathMeasures, crossings, measure_path
from vae.statistics import TYPICAL, typicality

# Points after which the one who waits may cancel, and other threads have had their turn: 3 ms.
PART = 32

# Decoded points for each that is studied: where a route has a corner, a straight step from one
# point to the next would be up to a third too short, and its speed seem to drop there.
RESOLUTION = 16


@dataclass(frozen=True, eq=False)
class PathStudy:
    """A path of N points, shown at equal times, with what is known of each of them.

    points: (N, latent_dim), prior standard deviations. measures: its steps, in latent space and as
    seen; of a route, the lengths of the curve between the points. probabilities: (N, classes), or
    None without a classifier. crossings: where the class changes, in points from the start. words:
    how typical each point is, see `vae.statistics.typicality`.
    """

    points: np.ndarray
    measures: PathMeasures
    probabilities: np.ndarray | None
    crossings: tuple[Crossing, ...]
    words: tuple[str, ...]

    @property
    def count(self) -> int:
        """Number of points."""
        return len(self.points)

    @property
    def speeds(self) -> np.ndarray:
        """(N - 1,), how fast the image changes in each step: image units in the whole path's time.

        Their mean is the length as seen, so that paths shown in the same time can be compared.
        """
        return self.measures.pixel_steps * (self.count - 1)

    @property
    def share_typical(self) -> float:
        """The share of the points that are typical, 0 to 1."""
        return self.words.count(TYPICAL) / self.count

    def index_at(self, position: float) -> int:
        """The point nearest to a position, 0 at the start and 1 at the end."""
        return round(min(1.0, max(0.0, position)) * (self.count - 1))

    def speed_at(self, position: float) -> float:
        """The speed at a position 0 to 1: that of the step it lies in."""
        steps = self.count - 1
        return float(self.speeds[min(steps - 1, int(min(1.0, max(0.0, position)) * steps))])


def study_path(
    model: LoadedModel,
    points: ArrayLike,
    progress: Callable[[float], None] = lambda fraction: None,
) -> PathStudy:
    """Study a path; for the worker: 64 points of six dimensions take about 15 ms.

    Args:
        points: (N, latent_dim), at least two, shown at equal times.
        progress: told the share that is done; it may raise to end the study.

    Raises:
        ValueError: ``points`` has another shape, or holds NaN or infinity.
    """
    points = np.array(points, np.float64)
    progress(0.0)
    measures = measure_path(model.decoder, points)
    answers, words = [], []
    for start in range(0, len(points), PART):
        progress(start / len(points))
        part = points[start : start + PART]
        answers.append(model.probabilities(model.decoder.decode_uint8(part)))
        words += [typicality(point, model.encoded).word for point in part]
    probabilities = None if answers[0] is None else np.concatenate(answers)
    progress(1.0)
    return PathStudy(
        points,
        measures,
        probabilities,
        () if probabilities is None else crossings(probabilities),
        tuple(words),
    )


def study_route(
    model: LoadedModel,
    route: Curve,
    steps: int,
    progress: Callable[[float], None] = lambda fraction: None,
) -> PathStudy:
    """Study a continuous path at ``steps`` + 1 equal times; for the worker.

    route: a function from (T,) in [0, 1] to points (T, latent_dim). progress, errors: see
    `study_path`.
    """
    study = study_path(model, route(np.linspace(0.0, 1.0, steps + 1)), progress)
    fine = measure_path(model.decoder, route(np.linspace(0.0, 1.0, RESOLUTION * steps + 1)))
    measures = PathMeasures(
        fine.latent_steps.reshape(steps, RESOLUTION).sum(axis=1),
        fine.pixel_steps.reshape(steps, RESOLUTION).sum(axis=1),
    )
    return replace(study, measures=measures)
