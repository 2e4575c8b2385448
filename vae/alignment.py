"""Two latent spaces laid over one another: whose dimension does what whose does.

Two trainings number, sign and turn their dimensions as chance has it. The prior N(0, I) and with it
the likelihood stay as they are when the space is turned, so that the data can't tell which axes are
the right ones (Locatello et al. 2019, "Challenging Common Assumptions in the Unsupervised Learning
of Disentangled Representations", theorem 1). Only the diagonal posterior of a VAE prefers some
axes, those along which the decoder's derivatives are orthogonal (Rolinek et al. 2019, "Variational
Autoencoders Pursue PCA Directions (by Accident)"): so dimensions of two trainings may match, and
how well they do has to be measured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from vae.decoding import FoldedDecoder

# Burda et al. 2016, "Importance Weighted Autoencoders", section 5.2: a unit whose posterior mean
# varies less over the data is not active. Its mean is noise, which nothing should be matched to.
ACTIVE_VARIANCE = 0.01
UNMATCHED = -1
SAME_R = 0.9  # mean |r| from which two spaces are called the same but for order, sign and scale
SAME_SHARE = 0.75  # mean R^2 from which B is said to tell most of what A does; not the reverse


@dataclass(frozen=True, eq=False)
class Alignment:
    """How the dimensions of a model A and those of a model B go together, on the same images.

    correlation: (d_A, d_B), Pearson's r of the posterior means; 0 where one is not active.
    partner: (d_A,), the dimension of B that each is matched to, UNMATCHED where there is none; no
        dimension of B twice, and the sum of |r| the largest possible.
    explained: (d_A,), the share of the variance of each dimension of A that a linear function of
        all of B's explains, R^2; 0 where it is not active.
    active_a, active_b: (d_A,) and (d_B,), whether the posterior mean varies over the images.
    mean_a, std_a, mean_b, std_b: of the posterior means, prior standard deviations.
    weights: (d_A, d_B), the least-squares map from A to B, both in units of their std.
    """

    correlation: np.ndarray
    partner: np.ndarray
    explained: np.ndarray
    active_a: np.ndarray
    active_b: np.ndarray
    mean_a: np.ndarray
    std_a: np.ndarray
    mean_b: np.ndarray
    std_b: np.ndarray
    weights: np.ndarray

    @property
    def matched(self) -> np.ndarray:
        """The dimensions of A that have a partner, ascending."""
        return np.flatnonzero(self.partner != UNMATCHED)

    @property
    def r(self) -> np.ndarray:
        """(d_A,), the correlation of each dimension of A with its partner; 0 without one."""
        r = np.zeros(len(self.partner))
        r[self.matched] = self.correlation[self.matched, self.partner[self.matched]]
        return r

    @property
    def slopes(self) -> np.ndarray:
        """(d_A,), by how much its partner moves when a dimension of A moves by one; signed."""
        slopes = np.zeros(len(self.partner))
        rows, columns = self.matched, self.partner[self.matched]
        slopes[rows] = np.sign(self.r[rows]) * self.std_b[columns] / self.std_a[rows]
        return slopes

    @property
    def mean_r(self) -> float:
        """The mean |r| of the matched pairs; 0 if there are none."""
        return float(np.abs(self.r[self.matched]).mean()) if self.matched.size else 0.0

    @property
    def mean_explained(self) -> float:
        """The mean R^2 of A's active dimensions; 0 if there are none."""
        return float(self.explained[self.active_a].mean()) if self.active_a.any() else 0.0

    def carry(self, points: ArrayLike) -> np.ndarray:
        """Take points of A to B, dimension by dimension: (..., d_A) -> (..., d_B).

        A partner is as many of its standard deviations away from its mean as its dimension of A,
        on the side that the sign of r says; B's other dimensions are at their mean.

        Raises:
            ValueError: the points have another number of dimensions.
        """
        points = self._checked(points)
        carried = np.empty((*points.shape[:-1], len(self.mean_b)))
        carried[...] = self.mean_b
        rows, columns = self.matched, self.partner[self.matched]
        carried[..., columns] += (points[..., rows] - self.mean_a[rows]) * self.slopes[rows]
        return carried

    def carry_linearly(self, points: ArrayLike) -> np.ndarray:
        """Take points of A to B by the linear map that fits the encoded images best.

        Least squares, all of A's dimensions together: a turned space comes out right. Shapes and
        errors as with `carry`. Where the relation is not linear, the answer leans to B's mean.
        """
        points = self._checked(points)
        scale = np.where(self.active_a, self.std_a, 1.0)
        return self.mean_b + (points - self.mean_a) / scale @ self.weights * self.std_b

    def _checked(self, points: ArrayLike) -> np.ndarray:
        points = np.asarray(points, np.float64)
        if points.ndim == 0 or points.shape[-1] != len(self.mean_a):
            raise ValueError(
                f"expected points of {len(self.mean_a)} dimensions, got an array of shape "
                f"{points.shape}"
            )
        return points


def align(a: ArrayLike, b: ArrayLike) -> Alignment:
    """Match the dimensions of two models by what they say of the same images.

    The matching is the best of all (`scipy.optimize.linear_sum_assignment` on |r|), which taking
    the largest |r| again and again is not.

    Args:
        a, b: (N, d_A) and (N, d_B), the posterior means of the same N images, N at least 2.

    Raises:
        ValueError: the shapes do not fit, or a number is not finite.
    """
    from scipy.optimize import linear_sum_assignment

    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.ndim != 2 or b.ndim != 2 or len(a) != len(b) or len(a) < 2:
        raise ValueError(
            "expected the posterior means of the same images, got arrays of shapes "
            f"{a.shape} and {b.shape}"
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("the posterior means must be finite, got NaN or infinity")
    standard_a, active_a = _standardised(a)
    standard_b, active_b = _standardised(b)
    n = len(a)
    correlation = np.clip(standard_a.T @ standard_b / n, -1.0, 1.0)
    rows, columns = np.flatnonzero(active_a), np.flatnonzero(active_b)
    best = linear_sum_assignment(np.abs(correlation[np.ix_(rows, columns)]), maximize=True)
    partner = np.full(a.shape[1], UNMATCHED)
    partner[rows[best[0]]] = columns[best[1]]
    # Both from the normal equations in units of the standard deviations, so that inactive
    # dimensions, which are zero there, drop out.
    within_a = np.linalg.pinv(standard_a.T @ standard_a / n, hermitian=True)
    within_b = np.linalg.pinv(standard_b.T @ standard_b / n, hermitian=True)
    explained = np.einsum("ij,jk,ik->i", correlation, within_b, correlation)
    return Alignment(
        correlation=correlation,
        partner=partner,
        explained=np.clip(explained, 0.0, 1.0),
        active_a=active_a,
        active_b=active_b,
        mean_a=a.mean(axis=0),
        std_a=a.std(axis=0),
        mean_b=b.mean(axis=0),
        std_b=b.std(axis=0),
        weights=within_a @ correlation,
    )


def verdict(alignment: Alignment) -> str:
    """What the figures say, in a few sentences for the person; A and B are the models."""
    found = len(alignment.matched)
    if not found:
        return "No dimension of one model varies with the images as one of the other does."
    r, share = alignment.mean_r, alignment.mean_explained
    alone = "".join(
        f" {left} of {name}'s dimensions {'is' if left == 1 else 'are'} left alone."
        for name, active in (("A", alignment.active_a), ("B", alignment.active_b))
        if (left := int(active.sum()) - found)
    )
    if r >= SAME_R:
        which = "same axes" if not alone else "matched axes are the same"
        return f"The {which} but for order, sign and scale: |r| is {r:.2f} on average.{alone}"
    if share >= SAME_SHARE:
        return (
            f"B tells most of what A does of an image, but along other axes: |r| is {r:.2f} on "
            f"average, while B's dimensions together explain {share:.0%} of A's. The prior looks "
            f"the same from every side, so that training may turn the space.{alone}"
        )
    return (
        f"The axes match in part: |r| is {r:.2f} on average, and B's dimensions together explain "
        f"{share:.0%} of A's. The prior looks the same from every side, so that training may turn "
        f"and bend the space.{alone}"
    )


@dataclass(frozen=True)
class CarriedErrors:
    """How far apart the images of A and B are at points that should mean the same.

    The mean over n real images of the squared error between the two reconstructions, summed over
    pixels, in squared image units ([-1, 1]).

    same: B decodes A's own numbers; None where the latent sizes differ. matched, linear: it decodes
    what `Alignment.carry` and `Alignment.carry_linearly` make of them. encoded: it decodes what its
    own encoder answers to the image, as near as one may hope for. All are None where the two make
    images of different shapes.
    """

    n: int
    same: float | None
    matched: float | None
    linear: float | None
    encoded: float | None


def carried_errors(
    alignment: Alignment,
    decoder_a: FoldedDecoder,
    decoder_b: FoldedDecoder,
    mu_a: np.ndarray,
    mu_b: np.ndarray,
    progress: Callable[[float], None] = lambda fraction: None,
) -> CarriedErrors:
    """Measure `CarriedErrors`; 20 ms for 500 digits.

    mu_a, mu_b: (n, d_A) and (n, d_B), posterior means of the same images. progress: told the share
    that is done; it may raise to end this.
    """
    n = len(mu_a)
    if decoder_a.image_shape != decoder_b.image_shape:
        return CarriedErrors(n, None, None, None, None)
    targets = decoder_a.decode(mu_a)

    def error(points: np.ndarray, done: float) -> float:
        progress(done)
        return float(np.square(decoder_b.decode(points) - targets).sum(axis=(1, 2, 3)).mean())

    return CarriedErrors(
        n=n,
        same=error(mu_a, 0.2) if decoder_a.latent_dim == decoder_b.latent_dim else None,
        matched=error(alignment.carry(mu_a), 0.4),
        linear=error(alignment.carry_linearly(mu_a), 0.6),
        encoded=error(mu_b, 0.8),
    )


def _standardised(mu: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means of 0 and standard deviations of 1, all zeros where inactive; and which are active."""
    active = mu.var(axis=0) > ACTIVE_VARIANCE
    standard = np.zeros_like(mu)
    standard[:, active] = (mu[:, active] - mu[:, active].mean(axis=0)) / mu[:, active].std(axis=0)
    return standard, active
