"""What the decoder does around one point: the metric it induces, its axes, steps that edit a pixel.

Every function is pure, takes a Jacobian such as `FoldedDecoder.jacobian` returns, and knows
nothing of networks. Lengths in latent space are in prior standard deviations; lengths in image
space are the Euclidean norm over all pixels and channels, in image units ([-1, 1]).
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

# The slope of a pixel at which `pixel_step` hands out half of what is asked for, in image units
# per prior standard deviation. Grey pixels have slopes of 1 to 4, those within 0.01 of black or
# white less than 0.07.
DAMPING_SLOPE = 0.3

# Prior standard deviations; the longest step of `pixel_step`. On 200 dark pixels of the shipped
# decoder that were driven to white, 4 % fell back by more than 0.05 on the way, none by more than
# 0.12; with steps of 0.25, 8 %, by up to 0.8, as the gradient at the start told the end too little.
LONGEST_STEP = 0.1


@dataclass(frozen=True)
class LocalAxes:
    """Orthonormal axes of latent space at one point, fitted to what is visible there.

    Attributes:
        directions: (latent_dim, latent_dim), row i the unit vector of axis i.
        strengths: (latent_dim,), how much the image changes along each, image units per prior
            standard deviation.
        n_free: the first so many axes may be moved along; the others are the locked dimensions
            themselves, by ascending index, with strength 0.
    """

    directions: np.ndarray
    strengths: np.ndarray
    n_free: int


def pullback_metric(jacobian: ArrayLike) -> np.ndarray:
    """Return G = J^T J, which measures latent steps by the change of the image.

    The image moves by sqrt(dz^T G dz) for a small step dz: the pull-back of the image space's
    Euclidean metric through a deterministic decoder (Arvanitidis et al. 2018, "Latent Space
    Oddity: on the Curvature of Deep Generative Models").

    Args:
        jacobian: (latent_dim, ...), dx/dz, one image per latent dimension.

    Returns:
        float64, (latent_dim, latent_dim), symmetric.
    """
    rows = np.asarray(jacobian, np.float64)
    rows = rows.reshape(len(rows), -1)
    return rows @ rows.T


def local_axes(jacobian: ArrayLike, locked: Set[int] = frozenset()) -> LocalAxes:
    """Return the right singular vectors of the Jacobian, the most visible change first.

    Among all unit steps the first axis changes the image most, each next one most among those at
    right angles to the ones before, and their changes are at right angles as images, too (for
    GANs: Choi et al. 2022, "Do Not Escape From the Manifold: Discovering the Local Coordinates on
    the Latent Space of GANs"). Both signs are right; here the largest component is positive.
    `continued_axes` keeps order and sign while the point moves.

    Args:
        jacobian: (latent_dim, ...), dx/dz, one image per latent dimension.
        locked: indices of dimensions that no axis may move; the axes are those of the subspace of
            the other dimensions.

    Raises:
        ValueError: an index is not that of a dimension.
    """
    metric = pullback_metric(jacobian)
    free, fixed = _free_and_locked(len(metric), locked)
    # The eigenvectors of J^T J are the right singular vectors of J. With few dimensions and many
    # pixels this is many times cheaper than to decompose J: 40 us in all for 6 dimensions, 0.2 ms
    # for 40. From about 48 on, LAPACK wakes its thread pool, and 64 take 5 to 50 ms.
    squares, vectors = np.linalg.eigh(metric[np.ix_(free, free)])  # ascending
    directions = np.zeros_like(metric)
    directions[: len(free), free] = vectors.T[::-1]
    directions[np.arange(len(free), len(metric)), fixed] = 1.0
    strengths = np.zeros(len(metric))
    strengths[: len(free)] = np.sqrt(np.maximum(squares[::-1], 0.0))  # rounding may leave -1e-16

    largest = np.abs(directions).argmax(axis=1)
    largest = directions[np.arange(len(directions)), largest]
    return LocalAxes(directions * np.sign(largest)[:, None], strengths, len(free))


def continued_axes(axes: LocalAxes, previous: LocalAxes) -> LocalAxes:
    """Return the same axes in the order and with the signs of those at a point nearby.

    As the point moves two strengths may cross, and the axes by strength then change places; a
    slider that stands for an axis must not. Each axis takes the place and sign of the predecessor
    that it is most nearly parallel to. Axes of locked dimensions stay last; where other dimensions
    were locked before, the free axes close the ranks in the order of their predecessors.

    Args:
        axes: from `local_axes`, or continued already.
        previous: the axes at the point before, as they were shown.

    Raises:
        ValueError: both have not the same number of dimensions.
    """
    if axes.directions.shape != previous.directions.shape:
        raise ValueError(
            f"axes of {len(axes.directions)} dimensions cannot continue axes of "
            f"{len(previous.directions)}"
        )
    n_free = axes.n_free
    cosines = axes.directions[:n_free] @ previous.directions.T
    # Greedy, the most nearly parallel pair first. Where every axis has turned by less than 45
    # degrees this is the assignment of the largest total |cosine|: the cosines in a row or column
    # are components of a unit vector, so at most one of them exceeds 1 / sqrt(2), and any other
    # assignment loses with every axis that it moves. Beyond 45 degrees no assignment is right, and
    # an optimal one would ask for scipy, whose import holds up a frame.
    closeness = np.abs(cosines)
    predecessors = np.empty(n_free, np.intp)
    for _ in range(n_free):
        axis, place = np.unravel_index(closeness.argmax(), closeness.shape)
        predecessors[axis] = place
        closeness[axis] = closeness[:, place] = -1.0

    order = np.argsort(predecessors)
    signs = np.where(cosines[order, predecessors[order]] < 0.0, -1.0, 1.0)
    directions, strengths = axes.directions.copy(), axes.strengths.copy()
    directions[:n_free] = signs[:, None] * axes.directions[order]
    strengths[:n_free] = axes.strengths[order]
    return LocalAxes(directions, strengths, n_free)


def pixel_step(
    gradient: ArrayLike,
    change: float,
    locked: Set[int] = frozenset(),
    *,
    damping: float = DAMPING_SLOPE**2,
    longest: float = LONGEST_STEP,
) -> np.ndarray:
    """Return the smallest step of z that changes one pixel by ``change``, to first order.

    dz = g change / (|g|^2 + damping), the damped Gauss-Newton step (Levenberg 1944, "A Method for
    the Solution of Certain Non-Linear Problems in Least Squares"). A saturated pixel has almost no
    gradient, and the exact step, g change / |g|^2, would throw the point out of the space.

    Args:
        gradient: (latent_dim,), of one pixel: `jacobian[:, channel, row, column]`.
        change: how much brighter the pixel should become, image units.
        locked: indices of dimensions to leave alone.
        damping: squared slope below which steps shrink.
        longest: bound of the step's length, prior standard deviations.

    Returns:
        (latent_dim,), to be added to z; zeros where nothing that is free moves the pixel.

    Raises:
        ValueError: an index is not that of a dimension.
    """
    g = np.array(gradient, np.float64)
    g[_free_and_locked(len(g), locked)[1]] = 0.0
    step = g * (change / (g @ g + damping))
    length = np.linalg.norm(step)
    return step if length <= longest else step * (longest / length)


def _free_and_locked(latent_dim: int, locked: Set[int]) -> tuple[list[int], list[int]]:
    """Split the indices of the dimensions, both parts ascending."""
    unknown = sorted(locked - set(range(latent_dim)))
    if unknown:
        raise ValueError(f"there is no dimension {unknown[0]} among {latent_dim}")
    return [i for i in range(latent_dim) if i not in locked], sorted(locked)
