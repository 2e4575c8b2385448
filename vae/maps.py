"""What there is to see on a plane of latent space: images, classes, typicality and magnification.

Every function takes the plane, and the coordinates on it: `u` (W,) of a map's columns and `v` (H,)
of its rows, in any monotone spacing; in a picture, whose rows go down, v descends. The longer ones
let other threads run, and call progress(fraction) at least every 50 ms, which may raise to end
them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from vae.decoding import MAX_COORDINATE, FoldedDecoder
from vae.planes import Plane
from vae.statistics import prior_shell, radius_percentiles

if TYPE_CHECKING:
    from vae.statistics import EncodedImages

Progress = Callable[[float], None]

# Points of the first class map: 35 ms with the shipped classifier.
COARSE_POINTS = 400
# Pixels between the points that are classified whatever their neighbours say, so that a region as
# wide as this is found wherever it is. Smaller ones are found where a score rises towards them.
BASE_STEP = 8
# Between classified points the scores are taken to be linear. A class that leads by more than this
# share of the largest difference between the scores of the neighbours is taken to lead in truth;
# by the step of the lattice, as scores bend less within a finer one. At half, all is in doubt
# between two neighbours with different classes. Half in every lattice gave maps the same classes,
# but a confidence that erred by up to twice as much.
DOUBT = {4: 1.5, 2: 1.0, 1: 0.5}
# As many points are classified at most in a map of 400 x 400, which is 1.7 s, and in proportion in
# larger ones. With 8 standard deviations to each side fewer are in doubt; with 20 up to 24,000 are,
# and with the bound 0.2 % of all points got a wrong class.
MOST_CLASSIFIED, OF_POINTS = 14_000, 160_000
FLOOR = 1e-30  # a probability below counts as this, as float32 may make it zero
# Images that are classified at a time: 6 ms, between two reports of progress.
JUDGED_AT_A_TIME = 64
MAP_FRACTION = 8  # an early map has so many pixels to a step, along each side

# Levels of `RarityMap.rarity` at which the words change.
RARE_LEVEL, OFF_LEVEL = 1.0, 2.0
RARITY_OF_HOLE = 1.5  # at the origin, where the shell has a hole
HIGHEST_RARITY = 3.0
SAME_LIMIT = 1e-9  # prior standard deviations; limits nearer to one another than this are one
BISECTIONS = 70  # from MAX_COORDINATE to the last digit

MEASURED_AT_A_TIME = 100  # distances to real images: 3 ms with 6 dimensions, 30 ms with 64
PUSHED_AT_A_TIME = 64  # points whose magnification is computed: 2 ms


@dataclass(frozen=True, eq=False)
class ClassMap:
    """What a classifier says of the images on a plane.

    best: (H, W) uint8, the most probable class. confidence: (H, W) float32, its probability.
    n_classified: how many points have been decoded and classified so far; the rest is interpolated.
    finest: whether no sharper map follows.
    """

    best: np.ndarray
    confidence: np.ndarray
    n_classified: int
    finest: bool = True


@dataclass(frozen=True, eq=False)
class RarityMap:
    """How usual the points of a plane are; see `vae.statistics.typicality` for the words.

    radius, distance: (H, W), percentiles as in `Typicality`; distance is None without real images.
    rarity: (H, W), one number for both, made for contour lines. It is continuous, and linear in the
    radius and the distance, not in their percentiles, which are flat where a word ends. At most
    RARE_LEVEL it is typical, at most OFF_LEVEL it is rare, and above it is off the map, so that the
    contours at these levels are where the words change, around the hole at the origin, too. It is 0
    in the middle of the shell and at a real image, and at most HIGHEST_RARITY.
    """

    radius: np.ndarray
    distance: np.ndarray | None
    rarity: np.ndarray


def grid_points(plane: Plane, u: ArrayLike, v: ArrayLike) -> np.ndarray:
    """The latent points of a map, (H, W, d)."""
    u, v = np.asarray(u, np.float64), np.asarray(v, np.float64)
    return plane.points(np.stack(np.broadcast_arrays(u, v[:, None]), axis=-1))


def decoded_tiles(decoder: FoldedDecoder, plane: Plane, u: ArrayLike, v: ArrayLike) -> np.ndarray:
    """The images of a map, (H, W, C, h, w) uint8; 6 us each.

    A tile is what its point gives when it is decoded alone: to the bit where BLAS adds up one row
    of a product as it does many, as OpenBLAS does, else to within one level in a few pixels that
    lie half-way between two.
    """
    points = grid_points(plane, u, v)
    images = decoder.decode_uint8(points.reshape(-1, plane.latent_dim))
    return images.reshape(*points.shape[:2], *images.shape[1:])


def class_maps(
    decoder: FoldedDecoder,
    judge: Callable[[np.ndarray], np.ndarray],
    plane: Plane,
    u_of: Callable[[int], np.ndarray],
    v_of: Callable[[int], np.ndarray],
    size: tuple[int, int],
    progress: Progress = lambda fraction: None,
) -> Iterator[ClassMap]:
    """Yield class maps of a part of a plane, each sharper than the one before.

    The points to classify lie on the pixels of the last map: first a coarse lattice of them, then
    one of half the step, until the step is a pixel. From BASE_STEP on, only those are classified
    where the class or its confidence is in doubt (see DOUBT); in between, the logarithms of the
    probabilities are interpolated. These are as piecewise linear as the classifier's logits, from
    which they differ by a number that all classes share; and so the boundaries between classes run
    smoothly, and nearly where they belong, from the first map on. Where more is in doubt than
    MOST_CLASSIFIED allows, as with a view far beyond the prior, what is least in doubt is
    interpolated, too.

    Early maps are smaller than the last, so that the first is there at once, but show the same part
    of the plane. A generator: each map may be asked for in a job of its own.

    Args:
        decoder: makes the images.
        judge: images (N, C, H, W) uint8 -> probabilities (N, K), K at most 256.
        plane: where the points lie.
        u_of: n -> (n,), the coordinates of the middles of n columns that share the width equally on
            the scale of the map: `Viewport.columns`.
        v_of: the same of rows.
        size: (columns, rows) of the last map.
        progress: told the share of all maps that is done; it may raise to end this.
    """
    width, height = size
    u, v = u_of(width), v_of(height)
    step, levels = 1, 1
    while len(_lattice(width, step)) * len(_lattice(height, step)) > COARSE_POINTS:
        step, levels = 2 * step, levels + 1

    def classified(rows: np.ndarray, columns: np.ndarray, level: int) -> np.ndarray:
        """Logarithms of the probabilities at pixels (n,), (n,) -> (K, n)."""
        points = plane.points(np.stack([u[columns], v[rows]], axis=-1))
        found = []
        for start in range(0, len(points), JUDGED_AT_A_TIME):
            progress((level + start / len(points)) / levels)
            images = decoder.decode_uint8(points[start : start + JUDGED_AT_A_TIME])
            found.append(np.log(np.maximum(judge(images), FLOOR)))
        return np.concatenate(found).T

    rows, columns = _lattice(height, step), _lattice(width, step)
    at = np.meshgrid(rows, columns, indexing="ij")
    scores = classified(*(indices.ravel() for indices in at), 0).reshape(
        -1, len(rows), len(columns)
    )
    known = np.ones(scores.shape[1:], bool)
    n_classified = known.size
    most = int(MOST_CLASSIFIED * max(1.0, width * height / OF_POINTS))
    yield _class_map(scores, rows, columns, size, step, n_classified)
    for level in range(1, levels):
        step //= 2
        finer_rows, finer_columns = _lattice(height, step), _lattice(width, step)
        between = _Between(rows, finer_rows), _Between(columns, finer_columns)
        finer = _interpolated(scores, *between)
        if step >= BASE_STEP:
            lead, doubt = np.zeros(finer.shape[1:]), 1.0
        else:
            _, first, second = _ranked(finer)
            lead, doubt = first - second, DOUBT[step] * _differences(scores, *between)
        doubtful = lead < doubt
        was_there = np.ix_(np.isin(finer_rows, rows), np.isin(finer_columns, columns))
        doubtful[was_there] &= ~known
        i, j = np.nonzero(doubtful)
        if len(i) > most - n_classified:
            in_order = np.argsort(lead[i, j] / doubt[i, j])[: most - n_classified]
            i, j = i[in_order], j[in_order]
        known_now = np.zeros(doubtful.shape, bool)
        known_now[was_there] = known
        known_now[i, j] = True
        if len(i):
            finer[:, i, j] = classified(finer_rows[i], finer_columns[j], level)
        n_classified += len(i)
        rows, columns, scores, known = finer_rows, finer_columns, finer, known_now
        yield _class_map(scores, rows, columns, size, step, n_classified)


def rarity_map(
    plane: Plane,
    u: ArrayLike,
    v: ArrayLike,
    encoded: EncodedImages | None,
    progress: Progress = lambda fraction: None,
) -> RarityMap:
    """How usual each point is; without encoded images, its radius alone is judged."""
    points = grid_points(plane, u, v)
    shape, dim = points.shape[:2], plane.latent_dim
    shell = prior_shell(dim) if encoded is None else encoded.shell
    rarity = _rarity_of_radius(np.linalg.norm(points, axis=-1), _apart(_radii(shell, dim)))
    if encoded is None:
        return RarityMap(radius_percentiles(points), None, rarity)

    points = points.reshape(-1, dim)
    distances = np.empty(len(points))
    for start in range(0, len(points), MEASURED_AT_A_TIME):
        progress(start / len(points))
        some = slice(start, start + MEASURED_AT_A_TIME)
        distances[some] = encoded.distances(points[some])
    percentiles = encoded.distance_percentile(distances)
    # Of one image the limits are infinite.
    limits = np.minimum(encoded.distance_limits, MAX_COORDINATE)
    knots = {0.0: 0.0} | _beyond(*_apart((0.0, *limits))[1:])
    gaps = np.interp(distances, list(knots), list(knots.values()))
    return RarityMap(
        radius_percentiles(points).reshape(shape),
        percentiles.reshape(shape),
        np.maximum(rarity, gaps.reshape(shape)),
    )


def magnification(
    decoder: FoldedDecoder,
    plane: Plane,
    u: ArrayLike,
    v: ArrayLike,
    progress: Progress = lambda fraction: None,
) -> np.ndarray:
    """By how much the decoder enlarges an area of the plane, (H, W) float32.

    The area of image space that the images of a small part of the plane cover, for each unit of its
    own: sqrt(det(A G A^T)), with G the pull-back metric (see `vae.geometry.pullback_metric`) and A
    the plane's axes; image units squared per squared prior standard deviation. High where images
    change quickly, as between classes: Bishop, Svensen & Williams 1997, "Magnification Factors for
    the SOM and GTM Algorithms"; Tosi et al. 2014, "Metrics for Probabilistic Geometries".

    30 us a point with the shipped decoder.
    """
    points = grid_points(plane, u, v)
    shape = points.shape[:2]
    points = points.reshape(-1, plane.latent_dim)
    factors = np.empty(len(points), np.float32)
    for start in range(0, len(points), PUSHED_AT_A_TIME):
        progress(start / len(points))
        some = slice(start, start + PUSHED_AT_A_TIME)
        pushed = decoder.pushforward(points[some], plane.axes)
        pushed = pushed.reshape(*pushed.shape[:2], -1).astype(np.float64)
        metric = pushed @ pushed.swapaxes(1, 2)  # (n, 2, 2)
        squares = metric[:, 0, 0] * metric[:, 1, 1] - metric[:, 0, 1] * metric[:, 1, 0]
        factors[some] = np.sqrt(np.maximum(squares, 0.0))  # rounding may leave -1e-16
    return factors.reshape(shape)


def _rarity_of_radius(radius: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """`RarityMap.rarity` by the radius alone; limits: inner, outer and last, ascending."""
    inner, outer, last = limits
    if inner > 0.0:
        knots = {0.0: RARITY_OF_HOLE, inner: RARE_LEVEL, (inner + outer) / 2: 0.0}
    else:
        knots = {0.0: 0.0}
    knots |= _beyond(outer, last)
    return np.interp(radius, list(knots), list(knots.values()))


def _radii(percentiles: ArrayLike, dim: int) -> np.ndarray:
    """The largest |z| whose percentiles are no more than these, at most MAX_COORDINATE.

    By bisection, as many radii share a percentile that is nearly 100, where an inverse of the
    distribution gives any of them, and words change behind the last.
    """
    percentiles = np.asarray(percentiles, np.float64)
    low, high = np.zeros_like(percentiles), np.full_like(percentiles, MAX_COORDINATE)
    points = np.zeros((len(percentiles), dim))
    for _ in range(BISECTIONS):
        points[:, 0] = (low + high) / 2
        within = radius_percentiles(points) <= percentiles
        low, high = np.where(within, points[:, 0], low), np.where(within, high, points[:, 0])
    return low


def _beyond(typical: float, last: float) -> dict[float, float]:
    """Knots of `RarityMap.rarity` from the end of what is typical on."""
    return {typical: RARE_LEVEL, last: OFF_LEVEL, 2 * last - typical: HIGHEST_RARITY}


def _apart(limits: ArrayLike) -> np.ndarray:
    """Ascending limits, a little apart, as two of them may be the same."""
    return np.maximum.accumulate(limits) + SAME_LIMIT * np.arange(len(limits))


def _lattice(n: int, step: int) -> np.ndarray:
    """Every step-th of n pixels, and the last; those of twice the step are among them."""
    return np.union1d(np.arange(0, n, step), n - 1)


class _Between:
    """Where places (n,) lie among ascending knots.

    low, high: (n,), indices of the knots beside. share: (n,), of the way from low to high. At a
    knot, low and high are both this knot, and the share is 0.
    """

    def __init__(self, knots: np.ndarray, places: np.ndarray) -> None:
        self.high = np.searchsorted(knots, places)
        self.low = np.where(knots[self.high] == places, self.high, self.high - 1)
        gaps = np.maximum(knots[self.high] - knots[self.low], 1)
        self.share = ((places - knots[self.low]) / gaps).astype(np.float32)


def _interpolated(scores: np.ndarray, rows: _Between, columns: _Between) -> np.ndarray:
    """Bilinearly: (K, h, w) -> (K, rows, columns); exact at the knots."""
    # np.take keeps the order of the axes in memory, and with it the speed of what follows.
    left = np.take(scores, columns.low, axis=2)
    left += columns.share * (np.take(scores, columns.high, axis=2) - left)
    low = np.take(left, rows.low, axis=1)
    low += rows.share[:, None] * (np.take(left, rows.high, axis=1) - low)
    return low


def _differences(scores: np.ndarray, rows: _Between, columns: _Between) -> np.ndarray:
    """The largest difference of any score along the lattice's edges around each place; 0 at knots.

    (K, h, w) -> (rows, columns).
    """
    down = np.take(scores, rows.high, axis=1) - np.take(scores, rows.low, axis=1)
    down = np.abs(down, out=down).max(axis=0)
    across = np.take(scores, columns.high, axis=2) - np.take(scores, columns.low, axis=2)
    across = np.abs(across, out=across).max(axis=0)
    beside = np.maximum(down[:, columns.low], down[:, columns.high])
    return np.maximum(beside, np.maximum(across[rows.low], across[rows.high]))


def _ranked(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The best class of scores (K, h, w), its score, and that of the next: (h, w) each."""
    first = scores[0].copy()
    second = np.full_like(first, -np.inf)
    best = np.zeros(first.shape, np.uint8)
    # Class by class, as sorting so many short columns takes ten times as long.
    for index, score in enumerate(scores[1:], start=1):
        np.maximum(second, np.minimum(first, score), out=second)
        best[score > first] = index
        np.maximum(first, score, out=first)
    return best, first, second


def _class_map(
    scores: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
    size: tuple[int, int],
    step: int,
    n_classified: int,
) -> ClassMap:
    """The map that is interpolated from a lattice of scores."""
    if step > 1:
        counts = (-(-n // max(1, step // MAP_FRACTION)) for n in size)
        # The middles of so many equal columns, in pixels of the last map.
        across, down = (
            (np.arange(count) + 0.5) * (n / count) - 0.5
            for n, count in zip(size, counts, strict=True)
        )
        scores = _interpolated(scores, _Between(rows, down), _Between(columns, across))
    best, first, _ = _ranked(scores)
    over_first = scores - first
    confidence = 1.0 / np.exp(over_first, out=over_first).sum(axis=0)
    return ClassMap(best, confidence, n_classified, step == 1)
