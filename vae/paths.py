"""Curves through latent space: what they do to the image, constant speed, the shortest as seen.

A path is an array (steps, latent_dim) of points in prior standard deviations, shown at equal times.
Lengths in image space are Euclidean over all pixels and channels, in image units ([-1, 1]).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vae import latent
from vae.decoding import FoldedDecoder

# A round that lowers the energy by less than this share of it has changed nothing; the second such
# round in a row is the last. Between the 45 pairs of shipped class means, 32 points, a tenth of it
# takes a quarter more rounds for 0.02 % less energy, and 0.24 % at most.
TOLERANCE = 1e-4
MAX_ROUNDS = 200  # of 45 pairs of class means none takes more than 60

# A path of fewer points is taken from one of at least this many. With only 4 the search cuts
# corners through image space, and one of the 45 pairs came out above the straight line when its
# points were brought to constant speed; with 16 none did.
LEAST_POINTS = 16

# Levenberg-Marquardt: shares of the metric's mean squared strength that are added to its diagonal.
DAMPING = 1e-3
LEAST_DAMPING = 1e-5
DAMPING_FACTOR = 4.0
TRIALS = 4  # ever shorter steps in one round; at a kink of ReLU the retiming of the next one helps

# Decoded points for each of a path, to measure the length of the curve itself; with half as many
# geodesics end within 0.2 % of the same energy on average.
RESOLUTION = 4
PART = 256  # of them held at once; with their differences 13 MB if they are 32 x 32 in colour
RETIMING_ROUNDS = 30
RETIMING_ACCURACY = 0.005  # greatest share by which a step differs from the mean one

# One grey level in one pixel: a curve that is shorter than this shows nothing that could be timed.
INVISIBLE = 2.0 / 255.0

Curve = Callable[[np.ndarray], np.ndarray]  # (T,) in [0, 1] -> (T, latent_dim)


# --- what a path does to the image --------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class PathMeasures:
    """The steps of a path, each between two points that follow one another.

    latent_steps: (steps - 1,), prior standard deviations. pixel_steps: (steps - 1,), image units;
    as a path is shown at equal times, this is its speed.
    """

    latent_steps: np.ndarray
    pixel_steps: np.ndarray

    @property
    def latent_length(self) -> float:
        """Length of the polygon in latent space, prior standard deviations."""
        return float(self.latent_steps.sum())

    @property
    def pixel_length(self) -> float:
        """Length of the polygon of images, image units."""
        return float(self.pixel_steps.sum())

    @property
    def energy(self) -> float:
        """The sum of the squared changes of the image; at least pixel_length^2 / steps, and equal
        to it at constant speed.
        """
        return float(self.pixel_steps @ self.pixel_steps)

    @property
    def unevenness(self) -> float:
        """The largest share by which a pixel step differs from the mean one; 0 if none is seen."""
        return _unevenness(self.pixel_steps)


def measure_path(decoder: FoldedDecoder, path: ArrayLike) -> PathMeasures:
    """Measure each step of a path.

    Args:
        path: (steps, latent_dim), at least two points, prior standard deviations.

    Raises:
        ValueError: ``path`` has another shape, or holds NaN or infinity.
    """
    path = _checked_path(decoder, path)
    return PathMeasures(np.linalg.norm(np.diff(path, axis=0), axis=1), _steps(decoder, path))


@dataclass(frozen=True)
class Crossing:
    """Where another class becomes the most probable one.

    position: in points from the start of the path, not a whole number. before, after: classes.
    """

    position: float
    before: int
    after: int


def crossings(probabilities: ArrayLike) -> tuple[Crossing, ...]:
    """Find where the most probable class changes along a path.

    Between two points the probabilities of both classes are taken to change evenly, and the
    crossing is where they are equal. Of classes with the same probability the first one counts.

    Args:
        probabilities: (steps, classes), a classifier's verdict on the images of a path.

    Raises:
        ValueError: ``probabilities`` has another shape, or holds NaN.
    """
    p = np.asarray(probabilities, np.float64)
    if p.ndim != 2 or 0 in p.shape or not np.isfinite(p).all():
        raise ValueError(
            f"expected finite probabilities, a row for each point, got an array of shape {p.shape}"
        )
    best = p.argmax(axis=1)
    found = []
    for i in np.flatnonzero(np.diff(best)).tolist():
        before, after = int(best[i]), int(best[i + 1])
        lead, lag = p[i, before] - p[i, after], p[i + 1, after] - p[i + 1, before]
        found.append(Crossing(i + float(lead / (lead + lag)), before, after))
    return tuple(found)


# --- constant speed -----------------------------------------------------------------------------


def polygon(corners: np.ndarray) -> Curve:
    """Return the curve of straight lines that takes as long from each corner to the next.

    corners: (points, latent_dim), at least two.
    """
    last = len(corners) - 1

    def curve(t: np.ndarray) -> np.ndarray:
        whole = np.minimum((t * last).astype(np.intp), last - 1)
        part = (t * last - whole)[:, None]
        return (1.0 - part) * corners[whole] + part * corners[whole + 1]

    return curve


def paced(decoder: FoldedDecoder, curve: Curve, points: int) -> np.ndarray:
    """Return points of a curve between which it is equally long as seen.

    That is constant speed for one who travels the curve itself. Between points that are far apart
    the image may still change by different amounts, as the curve bends: see `retimed`. A curve that
    nothing is seen of is spaced evenly in its parameter.

    Args:
        curve: a function from (T,) in [0, 1] to (T, latent_dim).
        points: how many, at least 2; both ends of the curve are among them.

    Returns:
        (points, latent_dim).

    Raises:
        ValueError: fewer than two points, or some of a wrong shape, NaN or infinity.
    """
    points = _checked_steps(points)
    fine = np.linspace(0.0, 1.0, RESOLUTION * (points - 1) + 1)
    reached = _summed(_steps(decoder, _checked_path(decoder, curve(fine))))
    if reached[-1] < INVISIBLE:
        return curve(np.linspace(0.0, 1.0, points))
    at = np.interp(np.linspace(0.0, reached[-1], points), reached, fine)
    at[0], at[-1] = 0.0, 1.0
    return curve(at)


def retimed(decoder: FoldedDecoder, curve: ArrayLike | Curve, steps: int) -> np.ndarray:
    """Return points of the same curve between which the image changes by the same amount.

    The steps are equal as distances between two images that follow one another, to within
    `RETIMING_ACCURACY` unless the curve jumps. A curve that nothing is seen of is spaced evenly in
    its parameter.

    Args:
        curve: a path, (points, latent_dim), whose points straight lines connect; or a function
            from (T,) in [0, 1] to (T, latent_dim).
        steps: number of points, at least 2; both ends of the curve are among them.

    Returns:
        (steps, latent_dim).

    Raises:
        ValueError: fewer than two steps, or points of a wrong shape, NaN or infinity.
    """
    steps = _checked_steps(steps)
    if callable(curve):
        pieces = steps - 1
    else:
        corners = _checked_path(decoder, curve)
        curve, pieces = polygon(corners), max(steps, len(corners)) - 1
    fine = np.linspace(0.0, 1.0, RESOLUTION * pieces + 1)
    reached = _summed(_steps(decoder, _checked_path(decoder, curve(fine))))
    length = reached[-1]
    if length < INVISIBLE:
        return curve(np.linspace(0.0, 1.0, steps))

    # Equal arcs are not yet equal chords. The ratio of both changes slowly along the curve, so
    # that one round after another brings the chords nearer to one another.
    arcs = np.linspace(0.0, length, steps)
    least, best = np.inf, None
    for _ in range(RETIMING_ROUNDS):
        at = np.interp(arcs, reached, fine)
        at[0], at[-1] = 0.0, 1.0
        path = curve(at)
        chords = _steps(decoder, path)
        unevenness = _unevenness(chords)
        if best is None or unevenness < least:
            least, best = unevenness, path
        passed = _summed(chords)
        if least <= RETIMING_ACCURACY or passed[-1] < INVISIBLE:
            break
        arcs = np.interp(np.linspace(0.0, passed[-1], steps), passed, arcs)
    return best


# --- the geodesic -------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Geodesic:
    """A path of least energy and how it was found.

    points: (steps, latent_dim). energy, straight_energy: of the path, and of the straight line with
    as many points. rounds: how many were needed; converged: whether that was all.
    """

    points: np.ndarray
    energy: float
    straight_energy: float
    rounds: int
    converged: bool


def geodesic(
    decoder: FoldedDecoder,
    a: ArrayLike,
    b: ArrayLike,
    steps: int,
    *,
    tolerance: float = TOLERANCE,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Geodesic:
    """Find the path from ``a`` to ``b`` along which the image changes least.

    It lowers sum_i |D(z_i+1) - D(z_i)|^2 with both ends fixed, from the straight line on: the
    discrete geodesic of Shao, Kumar & Fletcher 2018, "The Riemannian Geometry of Deep Generative
    Models", in the metric that `geometry.pullback_metric` describes. It is the nearest
    valley of the energy, not always the deepest.

    A round is a retiming and one Levenberg-Marquardt step of all inner points, each taken only if
    it lowers the energy. Retiming is what ReLU asks for: a point at a kink stays there though its
    neighbours leave it behind, and without it the energy ends up to 5 % higher. At the end the
    path is retimed to constant speed. If that brought it above the straight line's energy, as can
    happen with a handful of points, the retimed or the plain straight line is returned instead.

    From ``b`` to ``a`` it is exactly the same path in reverse.

    Args:
        a: (latent_dim,), prior standard deviations.
        b: (latent_dim,), prior standard deviations.
        steps: number of points, at least 2, both ends included.
        tolerance: two rounds in a row that lower the energy by less than this share end the search.
        progress: told the estimated share that is done, several times a round; it may raise to
            end the search.

    Raises:
        ValueError: points that do not fit the decoder or are not finite, fewer than two steps, or a
            tolerance that is not positive.
    """
    steps = _checked_steps(steps)
    if not (np.isfinite(tolerance) and tolerance > 0.0):
        raise ValueError(f"a tolerance must be finite and positive, got {tolerance}")
    ends = _checked_path(decoder, latent.interpolate(a, b, 2))
    # The same way round whichever end is named first: rounding would send them to other kinks.
    backwards = tuple(ends[0]) > tuple(ends[1])
    if backwards:
        ends = ends[::-1]
    straight = latent.interpolate(*ends, steps)
    straight_energy = _energy(decoder, straight)

    progress(0.0)
    if steps == 2:
        path, rounds, converged = straight, 0, True
        candidates = [retimed(decoder, straight, steps)]
    else:
        # The straight line's points are among those that the search starts from.
        pieces = (steps - 1) * -(-(LEAST_POINTS - 1) // (steps - 1))
        start = latent.interpolate(*ends, pieces + 1)
        path, rounds, converged = _least_energy(decoder, start, tolerance, progress)
        candidates = [retimed(decoder, path, steps), retimed(decoder, straight, steps)]
    points = next((c for c in candidates if _energy(decoder, c) <= straight_energy), straight)
    energy = _energy(decoder, points)
    progress(1.0)
    return Geodesic(
        points[::-1].copy() if backwards else points, energy, straight_energy, rounds, converged
    )


def _least_energy(
    decoder: FoldedDecoder,
    path: np.ndarray,
    tolerance: float,
    progress: Callable[[float], None],
) -> tuple[np.ndarray, int, bool]:
    """Return the path of least energy, the number of rounds, and whether they were enough."""
    images = _images(decoder, path)
    energy = _energy_of(images)
    damping, idle, first_share, done = DAMPING, 0, None, 0.0
    if _summed(_distances(images))[-1] < INVISIBLE:
        return path, 0, True
    for round_ in range(1, MAX_ROUNDS + 1):
        before = energy
        evened = paced(decoder, polygon(path), len(path))
        evened_images = _images(decoder, evened)
        if _energy_of(evened_images) < energy:
            path, images, energy = evened, evened_images, _energy_of(evened_images)

        jacobians = np.empty((len(path) - 2, decoder.latent_dim, images.shape[1]), np.float32)
        for jacobian, point in zip(jacobians, path[1:-1], strict=True):
            progress(done)
            jacobian[:] = decoder.jacobian(point).reshape(decoder.latent_dim, -1)
        # Half the gradient and half the Gauss-Newton Hessian of the energy. A point meets only its
        # two neighbours there.
        bends = 2.0 * images[1:-1] - images[:-2] - images[2:]
        gradient = np.matmul(jacobians, bends[:, :, None])[:, :, 0]
        diagonal = 2.0 * (jacobians @ jacobians.swapaxes(1, 2)).astype(np.float64)
        beside = -(jacobians[:-1] @ jacobians[1:].swapaxes(1, 2)).astype(np.float64)
        scale = np.trace(diagonal, axis1=1, axis2=2).mean() / decoder.latent_dim
        if scale == 0.0:  # nothing is seen anywhere
            return path, round_, True
        for _ in range(TRIALS):
            progress(done)
            damped = diagonal + damping * scale * np.eye(decoder.latent_dim)
            trial = path.copy()
            trial[1:-1] += _solved(damped, beside, -gradient)
            trial_images = _images(decoder, trial)
            if _energy_of(trial_images) < energy:
                path, images, energy = trial, trial_images, _energy_of(trial_images)
                damping = max(damping / DAMPING_FACTOR, LEAST_DAMPING)
                break
            damping *= DAMPING_FACTOR

        share = (before - energy) / before
        idle = idle + 1 if share < tolerance else 0
        if idle == 2:
            return path, round_, True
        # The logarithm of what a round gains falls about evenly.
        first_share = max(share, 10.0 * tolerance) if first_share is None else first_share
        gone = np.log(first_share / max(share, tolerance)) / np.log(first_share / tolerance)
        done = float(np.clip(max(done, gone, round_ / MAX_ROUNDS), 0.0, 0.99))
    return path, MAX_ROUNDS, False


def _solved(diagonal: np.ndarray, beside: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve a symmetric block-tridiagonal system by block elimination.

    (n, d, d) on the diagonal, (n - 1, d, d) to the right of it, (n, d) -> (n, d).
    """
    n, d = right.shape
    upper = np.concatenate([beside, np.zeros((1, d, d))])
    solved = np.empty((n, d, d + 1))
    for i in range(n):
        block, column = diagonal[i], right[i]
        if i > 0:
            block = block - beside[i - 1].T @ solved[i - 1, :, :d]
            column = column - beside[i - 1].T @ solved[i - 1, :, d]
        solved[i] = np.linalg.solve(block, np.concatenate([upper[i], column[:, None]], axis=1))
    result = solved[:, :, d].copy()
    for i in range(n - 2, -1, -1):
        result[i] -= solved[i, :, :d] @ result[i + 1]
    return result


# --- helpers ------------------------------------------------------------------------------------


def _checked_path(decoder: FoldedDecoder, path: ArrayLike) -> np.ndarray:
    path = np.asarray(path, np.float64)
    if path.ndim != 2 or len(path) < 2 or path.shape[1] != decoder.latent_dim:
        raise ValueError(
            f"expected at least two points of {decoder.latent_dim} numbers, got an array of shape "
            f"{path.shape}"
        )
    if not np.isfinite(path).all():
        raise ValueError("a path must be finite, got NaN or infinity")
    return path


def _checked_steps(steps: int) -> int:
    if operator.index(steps) < 2:
        raise ValueError(f"a path needs at least 2 steps, got {steps}")
    return operator.index(steps)


def _images(decoder: FoldedDecoder, path: np.ndarray) -> np.ndarray:
    """(steps, latent_dim) -> (steps, pixels)."""
    return decoder.decode(path).reshape(len(path), -1)


def _distances(images: np.ndarray) -> np.ndarray:
    """(steps, pixels) -> (steps - 1,)."""
    return np.sqrt(np.square(np.diff(images, axis=0), dtype=np.float64).sum(axis=1))


def _steps(decoder: FoldedDecoder, path: np.ndarray) -> np.ndarray:
    parts = range(0, len(path) - 1, PART)
    images = (_images(decoder, path[start : start + PART + 1]) for start in parts)
    return np.concatenate([_distances(part) for part in images])


def _energy_of(images: np.ndarray) -> float:
    steps = _distances(images)
    return float(steps @ steps)


def _energy(decoder: FoldedDecoder, path: np.ndarray) -> float:
    return _energy_of(_images(decoder, path))


def _summed(steps: np.ndarray) -> np.ndarray:
    """(N,) -> (N + 1,), the sums up to each end, from 0."""
    return np.concatenate([[0.0], np.cumsum(steps)])


def _unevenness(steps: np.ndarray) -> float:
    mean = steps.mean()
    return float(np.abs(steps / mean - 1.0).max()) if mean > 0.0 else 0.0
