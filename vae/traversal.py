"""Latent traversals: one dimension varied at a time, the others held (Higgins et al. 2017)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def traverse(z: ArrayLike, dimensions: ArrayLike, values: ArrayLike) -> np.ndarray:
    """Replace one number of ``z`` at a time.

    Args:
        z: (latent_dim,), where the other dimensions are held, prior standard deviations.
        dimensions: (R,) indices, the dimension that each row varies.
        values: (R, S), what it is set to.

    Returns:
        (R, S, latent_dim).

    Raises:
        ValueError: the shapes do not match, or a dimension does not exist.
    """
    z = np.asarray(z, np.float64)
    dimensions = np.asarray(dimensions, int)
    values = np.asarray(values, np.float64)
    if z.ndim != 1 or values.ndim != 2 or dimensions.shape != values.shape[:1]:
        raise ValueError(
            f"expected a vector and one row of values for each dimension, got shapes {z.shape}, "
            f"{dimensions.shape} and {values.shape}"
        )
    if dimensions.size and not (dimensions.min() >= 0 and dimensions.max() < len(z)):
        raise ValueError(f"there are {len(z)} dimensions, counted from 0; got {dimensions}")
    points = np.tile(z, (*values.shape, 1))
    points[np.arange(len(dimensions)), :, dimensions] = values
    return points


def nearest_columns(
    z: ArrayLike, dimensions: ArrayLike, values: ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    """Find where on its row each number of ``z`` is.

    Arguments as in `traverse`; the values of a row ascend, and there are at least two.

    Returns:
        (R,) indices of the nearest values, and (R,) whether the number lies further beyond the end
        of its row than half the distance from there to the next value.
    """
    here = np.asarray(z, np.float64)[np.asarray(dimensions, int)]
    values = np.asarray(values, np.float64)
    low = values[:, 0] - (values[:, 1] - values[:, 0]) / 2
    high = values[:, -1] + (values[:, -1] - values[:, -2]) / 2
    return np.abs(values - here[:, None]).argmin(axis=1), (here < low) | (here > high)
