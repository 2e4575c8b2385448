"""How evenly a decoder's images change over its latent space: along lines, and from way to way.

Karras et al. 2019, "A Style-Based Generator Architecture for Generative Adversarial Networks",
section 4.1, call the mean squared change per step along random lines the perceptual path length.
Theirs is measured with a network trained on photographs (LPIPS) between finite steps. Here it is
the pull-back metric G = J^T J (Arvanitidis et al. 2018, "Latent Space Oddity") of a unit step v
along the line, v^T G v, which is exact and asks no other network: the squared change of the image,
as a vector of pixels, per squared prior standard deviation.

Latent lengths are in prior standard deviations, image lengths in image units ([-1, 1]), as in
`vae.geometry`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vae.decoding import FoldedDecoder
from vae.geometry import pullback_metric
from vae.latent import sample_prior

VERSION = 1  # of what the functions of this module compute; what was kept of another is not shown

PRIOR, REAL = "prior", "real"
SOURCES = (PRIOR, REAL)  # where the ends of the segments come from
REPORT_EVERY = 10  # segments, 4 ms
POSITIONS = 16  # on a segment; a mean over 256 differs by 1 % on half of them, by 4 % at most
# A larger ratio of G's eigenvalues is the rounding of single precision in J.
LARGEST_CONDITION = 1e12
# The ninth tenth of all speeds over the first. Measured: 1.7 for the shipped decoder.
EVEN, UNEVEN = 2.0, 5.0
SHORTEST = 1e-9  # prior standard deviations; a segment shorter than this has no direction


@dataclass(frozen=True, eq=False)
class Smoothness:
    """What S random segments and S random points tell of a decoder, from each of P sources.

    P is 2, as in SOURCES, or 1 where there are no encoded images. d: latent dimensions.

    starts, ends: (P, S, d), of the segments: pairs of prior samples, pairs of encoded images.
    images: (2, S), the indices of those images; (2, 0) without.
    squares: (P, S, K), v^T G v at K evenly spaced places on the segments, from start to end, v the
        unit vector along the segment.
    chords: (P, S), the distances of the images at the two ends, straight through image space.
    eigenvalues: (P, S, d), of G at points of the sources, ascending: the squared change of the
        image along its least and most visible directions.
    """

    starts: np.ndarray
    ends: np.ndarray
    images: np.ndarray
    squares: np.ndarray
    chords: np.ndarray
    eigenvalues: np.ndarray

    @property
    def sources(self) -> tuple[str, ...]:
        """Which of SOURCES there are."""
        return SOURCES[: len(self.squares)]

    @property
    def lengths(self) -> np.ndarray:
        """(P, S), of the segments in latent space."""
        return np.linalg.norm(self.ends - self.starts, axis=-1)

    @property
    def energies(self) -> np.ndarray:
        """(P, S), the mean of v^T G v along each segment: squared image units per squared std."""
        return self.squares.mean(axis=-1)

    @property
    def speeds(self) -> np.ndarray:
        """(P, S), the length of each segment's curve of images, per latent length."""
        return np.sqrt(self.squares).mean(axis=-1)

    @property
    def detours(self) -> np.ndarray:
        """(P, S), the length of the curve of images over the distance of its ends, at least 1.

        1 is a cross-fade, which leaves the first image and enters the second on the straight line
        between them. Infinite where both ends look the same.
        """
        curves = self.speeds * self.lengths
        with np.errstate(divide="ignore", invalid="ignore"):
            # The K places see a little less of a curve than its whole.
            detours = np.maximum(curves / self.chords, 1.0)
        return np.where(self.chords > 0.0, detours, np.where(curves > 0.0, np.inf, 1.0))

    @property
    def path_length(self) -> np.ndarray:
        """(P,), E[v^T G v] over the segments."""
        return self.energies.mean(axis=-1)

    @property
    def conditions(self) -> np.ndarray:
        """(P, S), G's largest eigenvalue over its smallest, at most LARGEST_CONDITION.

        NaN where the image does not change at all, as far outside the data.
        """
        least, most = self.eigenvalues[..., 0], self.eigenvalues[..., -1]
        floor = np.maximum(least, most / LARGEST_CONDITION)
        return np.divide(most, floor, out=np.full_like(most, np.nan), where=most > 0.0)

    def ranked(self, source: int) -> np.ndarray:
        """The segments of a source from the smoothest, with the smallest energy, to the roughest.

        (S,), indices; those too short to have a direction are left out.
        """
        order = np.argsort(self.energies[source], kind="stable")
        return order[self.lengths[source, order] > SHORTEST]


def smoothness(
    decoder: FoldedDecoder,
    mu: ArrayLike | None,
    n: int = 500,
    seed: int = 0,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Smoothness:
    """Measure n random segments and n random points from each source; see `Smoothness`.

    mu: (N, d), means of encoded images, N at least 2; None if there are none. seed: of the choice.
    progress: told the share that is done, every 4 ms; it may raise to end this. 0.4 ms for each of
    n, and from each source.

    Raises:
        ValueError: n below 1, or means that do not fit the decoder.
    """
    if n < 1:
        raise ValueError(f"at least one segment is needed, not {n}")
    rng = np.random.default_rng(seed)
    d = decoder.latent_dim
    pairs = [sample_prior(2 * n, d, rng).reshape(2, n, d)]
    chosen = np.zeros((2, 0), np.int64)
    if mu is not None:
        mu = np.asarray(mu, np.float64)
        if mu.ndim != 2 or mu.shape[1] != d or len(mu) < 2:
            raise ValueError(
                f"expected the means of at least two images, {d} numbers each, not an array of "
                f"shape {mu.shape}"
            )
        first = rng.integers(len(mu), size=n)
        # Any image but the first: a step of at most all others around the ring.
        chosen = np.stack([first, (first + rng.integers(1, len(mu), size=n)) % len(mu)])
        pairs.append(mu[chosen])
    squares = np.empty((len(pairs), n, POSITIONS))
    chords = np.empty((len(pairs), n))
    eigenvalues = np.empty((len(pairs), n, d))
    for source, (starts, ends) in enumerate(pairs):
        for i in range(n):
            if i % REPORT_EVERY == 0:
                progress((source + i / n) / len(pairs))
            squares[source, i] = squared_speeds(decoder, starts[i], ends[i])
            images = decoder.decode(np.stack([starts[i], ends[i]])).astype(np.float64)
            chords[source, i] = np.linalg.norm(images[1] - images[0])
            metric = pullback_metric(decoder.jacobian(starts[i]))
            eigenvalues[source, i] = np.linalg.eigvalsh(metric)
    return Smoothness(
        starts=np.stack([starts for starts, _ in pairs]),
        ends=np.stack([ends for _, ends in pairs]),
        images=chosen,
        squares=squares,
        chords=chords,
        eigenvalues=np.maximum(eigenvalues, 0.0),  # rounding may leave -1e-14
    )


def squared_speeds(
    decoder: FoldedDecoder, start: ArrayLike, end: ArrayLike, positions: int = POSITIONS
) -> np.ndarray:
    """v^T G v on the segment from start to end (d,), v the unit vector along it: (positions,).

    At the middles of so many equal parts, so that their mean is the midpoint rule's for the mean
    over the segment. 0 for a segment without a direction.
    """
    start, end = np.asarray(start, np.float64), np.asarray(end, np.float64)
    length = np.linalg.norm(end - start)
    if length <= SHORTEST:
        return np.zeros(positions)
    shares = (np.arange(positions) + 0.5) / positions
    points = start + shares[:, None] * (end - start)
    pushed = decoder.pushforward(points, ((end - start) / length)[None])
    return np.square(pushed, dtype=np.float64).reshape(positions, -1).sum(axis=1)


def in_words(measured: Smoothness, source: int) -> str:
    """One sentence on how even the changes are along the segments of a source."""
    speeds = np.sqrt(measured.squares[source])
    low, middle, high = np.percentile(speeds, (10, 50, 90))
    if not middle > 0.0:
        return "Along most of these lines the image does not change at all."
    uneven = high / low if low > 0.0 else np.inf
    word = "even" if uneven < EVEN else "fairly even" if uneven < UNEVEN else "uneven, with jumps"
    return (
        f"Along a random line the change is {word}: one prior standard deviation is worth "
        f"{middle:.1f} image units, at eight of ten places {low:.1f} to {high:.1f}; the images at "
        f"the two ends lie {np.median(measured.chords[source]):.1f} apart."
    )


def condition_in_words(measured: Smoothness, source: int) -> str:
    """One sentence on how much the change of the image depends on the way one goes."""
    conditions = measured.conditions[source]
    conditions = conditions[np.isfinite(conditions)]
    if not len(conditions):
        return "At none of these points does the image change in any direction."
    if measured.eigenvalues.shape[-1] == 1:
        return "With one latent dimension there is only one way to go, and nothing to compare."
    ratio = np.sqrt(np.median(conditions))
    if ratio >= np.sqrt(LARGEST_CONDITION):
        return "Some directions change nothing at all: the decoder does not use all dimensions."
    times = f"{ratio:.1f}" if ratio < 10.0 else f"{ratio:,.0f}"
    return (
        f"At half of the points, a step in the most visible direction changes the image more than "
        f"{times} times as much as one of the same length in the least visible direction."
    )
