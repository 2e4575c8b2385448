"""Planes in latent space: where a flat map lies in it, and which planes are worth a look.

A point's coordinates in a plane are those of its orthogonal projection. So the prior's marginal in
the coordinates of any plane is exactly N(0, I_2), and the Gaussian quantile spacing of Kingma &
Welling 2014, "Auto-Encoding Variational Bayes", figure 4, is right for all of them.

All of this is NumPy, although scikit-learn finds the same principal and discriminant planes:
importing its discriminant analysis takes 0.8 to 2.4 s beside a busy core and stops the other
threads for up to 0.25 s at a time, which is a window that stands still at the first look at the
map; both planes together take 10 ms here. The tests hold them against scikit-learn's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

ORTHONORMAL = 1e-9  # largest error of a product of two axes that is put down to rounding

# A triangle lower than this share of its longest side is taken for a line: the direction of its
# height would be what rounding, or the last digit of a typed number, has left of it.
FLAT = 1e-6
ROUNDING = 1e-12  # of the largest coordinate; points nearer than this are the same

# Variance of the posterior mean over real images above which a dimension is active: Burda, Grosse
# & Salakhutdinov 2016, "Importance Weighted Autoencoders", section 5.2.
ACTIVE_VARIANCE = 0.01
INDISTINCT = 1e-12  # share of the largest variance; less of it is rounding


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane in latent space, z = uv @ axes + offset, with uv = z @ axes.T.

    axes: (2, d), orthonormal rows. offset: (d,), what the plane leaves alone of its points: the one
    of them that is nearest to the origin. Any point of the plane may be given; what lies along the
    axes is taken off it. Both are kept as float64 and cannot be written to.

    Raises ValueError: shapes that do not fit, numbers that are not finite, axes that are not
    orthonormal.
    """

    axes: np.ndarray
    offset: np.ndarray

    def __post_init__(self) -> None:
        axes = np.array(self.axes, np.float64)
        offset = np.array(self.offset, np.float64)
        if axes.ndim != 2 or len(axes) != 2 or offset.shape != axes.shape[1:]:
            raise ValueError(
                "a plane has two axes and an offset of as many numbers, not arrays of shapes "
                f"{axes.shape} and {offset.shape}"
            )
        if not (np.isfinite(axes).all() and np.isfinite(offset).all()):
            raise ValueError("a plane must be finite, got NaN or infinity")
        if np.abs(axes @ axes.T - np.eye(2)).max() > ORTHONORMAL:
            raise ValueError("the axes of a plane must have length 1 and be at right angles")
        # The second time takes off what rounding has left along the axes of a far point.
        for _ in range(2):
            offset -= (axes @ offset) @ axes
        for name, array in (("axes", axes), ("offset", offset)):
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @property
    def latent_dim(self) -> int:
        """d, the number of latent dimensions."""
        return self.axes.shape[1]

    def points(self, uv: ArrayLike) -> np.ndarray:
        """The points of the plane with these coordinates, (..., 2) -> (..., d)."""
        return np.asarray(uv, np.float64) @ self.axes + self.offset

    def coordinates(self, z: ArrayLike) -> np.ndarray:
        """Where any points lie along the axes, (..., d) -> (..., 2); their projections' place."""
        return np.asarray(z, np.float64) @ self.axes.T

    def distance(self, z: ArrayLike) -> np.ndarray:
        """How far points lie off the plane, (..., d) -> (...), prior standard deviations."""
        z = np.asarray(z, np.float64)
        return np.linalg.norm(z - self.points(self.coordinates(z)), axis=-1)

    def through(self, z: ArrayLike) -> Plane:
        """The parallel plane that holds z (d,); coordinates mean the same in both."""
        return Plane(self.axes, z)


def axis_plane(z: ArrayLike, i: int, j: int) -> Plane:
    """The plane through z (d,) along dimensions i and j; the others stay as they are in z.

    With a 2-D z this is the space itself.

    Raises:
        ValueError: not two different dimensions of z.
    """
    z = np.asarray(z, np.float64)
    if z.ndim != 1 or len(z) < 2:
        raise ValueError(f"a plane needs at least 2 latent dimensions, got shape {z.shape}")
    if i == j or not (0 <= i < len(z) and 0 <= j < len(z)):
        raise ValueError(f"{i} and {j} are not two different dimensions of {len(z)}")
    axes = np.zeros((2, len(z)))
    axes[0, i] = axes[1, j] = 1.0
    return Plane(axes, z)


def plane_through(a: ArrayLike, b: ArrayLike, c: ArrayLike) -> Plane:
    """The plane of three points (d,), by Gram-Schmidt: u grows from a to b, and c is above them.

    Raises:
        ValueError: points of different sizes or of one dimension, that are not finite, or that lie
            on one line and so on many planes.
    """
    corners = [np.asarray(point, np.float64) for point in (a, b, c)]
    shapes = {corner.shape for corner in corners}
    if len(shapes) > 1 or corners[0].ndim != 1 or corners[0].size < 2:
        raise ValueError(
            "a plane goes through three points of the same 2 or more dimensions, not "
            + ", ".join(str(corner.shape) for corner in corners)
        )
    a, b, c = corners
    if not np.isfinite(corners).all():
        raise ValueError("the three points must be finite, got NaN or infinity")
    sides = (b - a, c - a, c - b)
    lengths = [float(np.linalg.norm(side)) for side in sides]
    if not np.isfinite(lengths).all():
        raise ValueError("the three points are too far apart to compute with")
    if min(lengths) <= ROUNDING * np.abs(corners).max():
        raise ValueError("two of the three points are the same; choose three different ones")
    first = sides[0] / lengths[0]
    height = sides[1] - (sides[1] @ first) * first
    height -= (height @ first) * first  # what rounding left where the angle is small
    low = max(FLAT * max(lengths), ROUNDING * np.abs(corners).max())
    if np.linalg.norm(height) <= low:
        raise ValueError("the three points lie on one line; a plane needs a point beside it")
    return Plane(np.stack([first, height / np.linalg.norm(height)]), a)


def principal_plane(mu: ArrayLike) -> tuple[Plane, np.ndarray]:
    """The plane that posterior means (N, d) spread most in, through their mean.

    Returns:
        The plane of their first two principal components, each with its largest component
        positive, and the shares of the variance along them, (2,).

    Raises:
        ValueError: one dimension, fewer than three means, or means that are all the same.
    """
    mu = _means(mu)
    centred = mu - mu[0]  # exactly 0 where all are the same
    centred -= centred.mean(axis=0)
    variances, directions = np.linalg.eigh(centred.T @ centred)  # ascending
    if not variances[-1] > 0.0:
        raise ValueError("the encoded images all lie at one point, which has no principal plane")
    variances = np.maximum(variances, 0.0)  # rounding may leave -1e-16
    axes = _orthonormalised(directions.T[:-3:-1])
    return Plane(axes, mu.mean(axis=0)), variances[:-3:-1] / variances.sum()


def discriminant_plane(mu: ArrayLike, labels: ArrayLike) -> Plane:
    """The plane that tells classes apart best, by linear discriminant analysis (Rao 1948).

    It goes through the mean of the posterior means (N, d) with labels (N,), and is spanned by the
    two discriminants that separate the classes most, beside the spread within them: u grows along
    the first, and v along the part of the second that is at right angles to it; each axis has its
    largest component positive. Dimensions that are not active (ACTIVE_VARIANCE) are left out: noise
    that is all they hold would be blown up to the size of what the others say.

    Raises:
        ValueError: fewer than three classes, two active dimensions, or two directions in which
            class means differ; fewer means than that takes.
    """
    mu = _means(mu)
    labels = np.asarray(labels)
    if labels.shape != mu.shape[:1]:
        raise ValueError(f"{len(mu)} means need as many labels, not an array of {labels.shape}")
    class_of = np.unique(labels, return_inverse=True)[1]
    n_classes = int(class_of.max()) + 1
    if n_classes < 3:
        raise ValueError(
            f"a plane that separates classes needs at least 3 of them; here there "
            f"{'is 1' if n_classes == 1 else f'are {n_classes}'}"
        )
    active = np.flatnonzero(mu.var(axis=0) > ACTIVE_VARIANCE)
    if len(active) < 2:
        used = "only one of them" if len(active) else "none of them"
        raise ValueError(
            f"a plane that separates classes needs 2 dimensions that the encoder uses; of "
            f"{mu.shape[1]}, it uses {used}"
        )
    discriminants = np.zeros((2, mu.shape[1]))
    discriminants[:, active] = _discriminants(mu[:, active], class_of, n_classes)
    return Plane(_orthonormalised(discriminants), mu.mean(axis=0))


def _discriminants(mu: np.ndarray, class_of: np.ndarray, n_classes: int) -> np.ndarray:
    """The two directions (2, d) along which class means differ most, beside the classes' spread."""
    counts = np.bincount(class_of, minlength=n_classes)
    belongs = class_of == np.arange(n_classes)[:, None]  # (classes, N)
    means = belongs @ mu / counts[:, None]
    spread = mu - means[class_of]
    # In units of its own spread, so that none with little of it is taken for rounding: where
    # classes are narrow is where they are told apart.
    scale = spread.std(axis=0)
    scale = np.where(scale > np.sqrt(INDISTINCT) * mu.std(axis=0), scale, 1.0)
    # Both covariances share the factor 1 / N.
    spread /= scale
    spreads, directions = np.linalg.eigh(spread.T @ spread)
    seen = spreads > INDISTINCT * spreads[-1]
    whitened = directions[:, seen] / np.sqrt(spreads[seen]) / scale[:, None]
    apart = np.sqrt(counts)[:, None] * (means - mu.mean(axis=0)) @ whitened
    ratios, turned = np.linalg.eigh(apart.T @ apart)  # ascending
    if len(ratios) < 2 or not ratios[-2] > INDISTINCT * ratios[-1]:
        raise ValueError(
            "beside their spread, the classes differ along one line at most, which spans no plane"
        )
    return (whitened @ turned[:, :-3:-1]).T


def _means(mu: ArrayLike) -> np.ndarray:
    mu = np.asarray(mu, np.float64)
    if mu.ndim != 2 or mu.shape[1] < 2:
        raise ValueError(f"a plane needs points of at least 2 dimensions, got shape {mu.shape}")
    if len(mu) < 3:
        raise ValueError(f"a plane of encoded images needs at least 3 of them, not {len(mu)}")
    if not np.isfinite(mu).all():
        raise ValueError("the encoded images' means must be finite, got NaN or infinity")
    return mu


def _orthonormalised(rows: np.ndarray) -> np.ndarray:
    """Gram-Schmidt by QR; (2, d), each row's largest component positive, whatever LAPACK chose."""
    axes = np.linalg.qr(rows.T)[0].T
    largest = np.abs(axes).argmax(axis=1)
    signs = np.where(axes[[0, 1], largest] < 0.0, -1.0, 1.0)
    return axes * signs[:, None]
