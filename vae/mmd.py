"""The maximum mean discrepancy of points from N(0, I), and what is large for it.

Gretton et al. 2012, "A Kernel Two-Sample Test". The prior's side has a closed form, so that there
is no second sample.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

# Squared bandwidths of the Gaussian kernels, for each latent dimension. Two prior samples are
# 2 d apart, squared, on average: the widest kernel sees that distance, the narrowest a sixteenth of
# it. Each is half of the one before, so that one exponential gives them all by squaring.
BANDWIDTHS = (2.0, 1.0, 0.5, 0.25, 0.125)
ROWS, COLUMNS = 256, 2048  # of the kernel matrix at a time: 4 MB
NULL_SIZE = 500  # points of each sample that tells what chance does
NULL_REPEATS = 200


def mmd2_to_prior(z: ArrayLike, progress: Callable[[float], None] = lambda fraction: None) -> float:
    """Squared maximum mean discrepancy between the law of points (n, d), n >= 2, and N(0, I).

    E k(z, z') - 2 E k(z, y) + E k(y, y'), y drawn from the prior (Gretton et al. 2012, "A Kernel
    Two-Sample Test", lemma 6): unbiased, as pairs of a point with itself are left out. The kernel
    is the mean of Gaussians exp(-|a - b|^2 / (2 s^2)) with s^2 = d * BANDWIDTHS, so that the
    expectations over the prior have a closed form: no second sample adds its own noise.

    0 for a match; at most 2. 0.35 s for 10,000 points, in pieces of 4 MB.
    """
    from scipy.spatial.distance import cdist

    z = np.asarray(z, np.float64)
    n, d = z.shape
    widths = d * np.array(BANDWIDTHS)
    pairs = 0.0
    for top in range(0, n, ROWS):
        progress(1.0 - (1.0 - top / n) ** 2)
        rows = z[top : top + ROWS]
        # What lies to the right of the diagonal is half of the pairs, and like the other half.
        for left in range(top, n, COLUMNS):
            kernel = cdist(rows, z[left : left + COLUMNS], "sqeuclidean")
            kernel *= -0.5 / widths[0]
            np.exp(kernel, out=kernel)
            if left == top:
                kernel = np.triu(kernel, 1)  # zeros stay zeros when squared
            pairs += kernel.sum()
            for _ in widths[1:]:
                np.square(kernel, out=kernel)
                pairs += kernel.sum()
    among = 2.0 * pairs / (len(widths) * n * (n - 1))
    squares = (z * z).sum(axis=1)
    to_prior = np.mean(
        [(s2 / (s2 + 1.0)) ** (d / 2) * np.exp(-0.5 * squares / (s2 + 1.0)) for s2 in widths]
    )
    return float(among - 2.0 * to_prior + _kernel_of_prior(d).mean())


def mmd2_of_chance(
    n: int,
    d: int,
    rng: np.random.Generator,
    progress: Callable[[float], None] = lambda fraction: None,
) -> np.ndarray:
    """What `mmd2_to_prior` gives for samples of n points from the prior itself, (NULL_REPEATS,).

    Drawn with NULL_SIZE points and scaled to n: where the law is the prior the estimate's standard
    deviation is proportional to 1 / sqrt(n (n - 1)) exactly, and its shape soon no longer depends
    on n (Gretton et al. 2012, theorem 12).
    """
    m = min(n, NULL_SIZE)
    values = np.empty(NULL_REPEATS)
    for i in range(NULL_REPEATS):
        progress(i / NULL_REPEATS)
        values[i] = mmd2_to_prior(rng.standard_normal((m, d)))
    return values * np.sqrt(m * (m - 1) / (n * (n - 1)))


def equivalent_shift(mmd2: float, d: int) -> float:
    """By how much the prior must be moved for this discrepancy with itself; 0 for none or less.

    Prior standard deviations; infinite where even a shift without end has less.
    """
    if mmd2 <= 0.0:
        return 0.0
    from scipy.optimize import brentq

    near, widths = _kernel_of_prior(d), d * np.array(BANDWIDTHS)

    def discrepancy(shift: float) -> float:
        return float(-2.0 * (near * np.expm1(-0.5 * shift**2 / (widths + 2.0))).mean())

    far = 100.0 * np.sqrt(d)
    if discrepancy(far) <= mmd2:
        return np.inf
    return float(brentq(lambda shift: discrepancy(shift) - mmd2, 0.0, far))


def _kernel_of_prior(d: int) -> np.ndarray:
    """E k(y, y') of two prior samples, for each of the BANDWIDTHS."""
    widths = d * np.array(BANDWIDTHS)
    return (widths / (widths + 2.0)) ** (d / 2)
