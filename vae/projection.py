"""Projection: the latent point that explains an image best, found by optimisation.

What is minimised is SSE + |z|^2 / 2, in nats. The training loss takes the squared error for the
negative log-likelihood of a Gaussian with variance 1/2 (see `vae.losses`), so this is -log p(x, z)
up to a constant that depends on neither, and its minimum is the mode of the true posterior
p(z | x): the maximum a posteriori (MAP) estimate. It is not the ELBO: that judges a distribution by
its expected squared error and its KL divergence, and a point has no such divergence.

How much higher the objective is at the encoder's mean shows what one network for all images costs
one image. It is not the amortisation gap itself: Cremer et al. 2018, "Inference Suboptimality in
Variational Autoencoders", define that by ELBOs, the best Gaussian's less the encoder's. Nor is the
mean of that Gaussian the mode. But it comes near: on 60 real digits it is 9.1 nats on average, and
the gap in ELBOs 8.3 (medians 5.4 and 5.0); their ranks correlate at 0.99, and the best Gaussian's
mean is 0.3 nats above the mode. `python -m benchmarks.projection` prints all of it.

Points are float64 arrays in prior standard deviations. NumPy alone: with the folded decoder's
`vjp`, a step for 8 points takes 0.15 ms on one core, with torch's autograd 1 ms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vae.data import to_model_range
from vae.decoding import FoldedDecoder
from vae.posterior import checked_image

# Adam (Kingma & Ba 2015) with their decay rates and this rate, which falls to zero along half a
# cosine. On 100 real digits from the encoder's mean the end is on average 0.01 nats above that of
# 1,000 steps; with 100 steps 0.02, with rates of 0.05 and 0.2 also 0.02 to 0.04.
RATE, STEPS = 0.1, 200
DECAYS, EPSILON = (0.9, 0.999), 1e-8

# Starts, and how far around the encoder's mean all but the first are drawn. On 150 real digits the
# best of 8 ended within 0.05 nats of the best known in 99 %, the encoder's mean alone in 88 %.
STARTS, JITTER = 8, 0.5
# Without an encoder the starts are the best of this many prior samples: 99 %, too, and with 20,000
# no more.
SEARCHED, SEARCH_BATCH = 2000, 250  # 4 ms, between two reports of progress

SAME = 0.05  # nats; ends that differ by less are as good as each other
# Nats that a Newton step from an end may promise. Where the minimum is a kink of ReLU it promises
# what is not there: 0.33 at most, on 60 digits after 200 steps from the encoder's mean. 50 steps
# from afar leave 6 nats in the median, and it promises 4.
NEARLY_NOTHING = 0.5


@dataclass(frozen=True, eq=False)
class Projection:
    """Where S starts led, and the best of it.

    starts, ends: (S, d); an end is the best point on the way, so never worse than its start.
    start_objectives, end_objectives: (S,), SSE + |z|^2 / 2 there, in nats.
    path: (steps + 1, d), from the start of the best end on, and curve: (steps + 1,), its objective;
        Adam does not descend at every step.
    sse: summed squared error of the best end, over the known pixels, in squared image units.
    remaining: how much lower the objective would be one Newton step from the best end, in nats, if
        it were quadratic there.
    """

    starts: np.ndarray
    ends: np.ndarray
    start_objectives: np.ndarray
    end_objectives: np.ndarray
    path: np.ndarray
    curve: np.ndarray
    sse: float
    remaining: float

    @property
    def best(self) -> int:
        """Which start led to the best end."""
        return int(self.end_objectives.argmin())

    @property
    def z(self) -> np.ndarray:
        """The best point found, (d,)."""
        return self.ends[self.best]

    @property
    def objective(self) -> float:
        """SSE + |z|^2 / 2 at the best point, in nats."""
        return float(self.end_objectives[self.best])

    @property
    def prior(self) -> float:
        """|z|^2 / 2 at the best point, -log p(z) up to a constant."""
        return 0.5 * float(self.z @ self.z)

    @property
    def gain(self) -> float:
        """How much lower the best point is than the first start, in nats; never negative."""
        return float(self.start_objectives[0]) - self.objective

    @property
    def agreeing(self) -> int:
        """How many of the starts, the best among them, led to an end as good, within `SAME`."""
        return int((self.end_objectives <= self.objective + SAME).sum())

    @property
    def converged(self) -> bool:
        """Whether the steps were enough: that they got smaller to their end says nothing of it."""
        return self.remaining < NEARLY_NOTHING


def objective(
    decoder: FoldedDecoder, z: np.ndarray, image: np.ndarray, known: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """SSE + |z|^2 / 2 and the SSE in it at points (N, d), both (N,); see `project`."""
    image = checked_image(image, decoder.image_shape)
    error = decoder.decode(np.atleast_2d(z)) - to_model_range(image[None])
    return _objective(np.atleast_2d(z), error * checked_mask(known, decoder.image_shape))


def starts_for(
    decoder: FoldedDecoder,
    image: np.ndarray,
    mu: ArrayLike | None,
    rng: np.random.Generator,
    count: int = STARTS,
    known: np.ndarray | None = None,
    progress: Callable[[float], None] = lambda fraction: None,
) -> np.ndarray:
    """Where to start a projection from, (count, d).

    With the encoder's mean mu (d,): that, and points drawn around it. Without: those of `SEARCHED`
    prior samples that explain the image best, the best first; 50 ms, with many reports of progress.
    image, known: as in `project`.
    """
    if count < 1:
        raise ValueError(f"at least one start is needed, not {count}")
    if mu is not None:
        mu = np.array(mu, np.float64)
        noise = rng.standard_normal((count - 1, len(mu)))
        return np.concatenate([mu[None], mu + JITTER * noise])
    z = rng.standard_normal((max(SEARCHED, count), decoder.latent_dim))
    values = np.empty(len(z))
    for first in range(0, len(z), SEARCH_BATCH):
        progress(first / len(z))
        batch = slice(first, first + SEARCH_BATCH)
        values[batch] = objective(decoder, z[batch], image, known)[0]
    progress(1.0)
    return z[np.argsort(values, kind="stable")[:count]]


def project(
    decoder: FoldedDecoder,
    image: np.ndarray,
    starts: ArrayLike,
    progress: Callable[[float], None] = lambda fraction: None,
    known: np.ndarray | None = None,
    steps: int = STEPS,
) -> Projection:
    """Minimise SSE + |z|^2 / 2 by Adam, from all starts at once; 35 ms for 8 starts.

    image: (C, H, W) uint8. starts: (S, d). known: (H, W) of bool, the pixels that count; all of
    them if not given. progress: told the share that is done, at every step; it may raise to end
    this.

    Raises ValueError if the image, a start, or the mask does not fit the decoder.
    """
    target = to_model_range(checked_image(image, decoder.image_shape)[None])
    mask = checked_mask(known, decoder.image_shape)
    starts = np.array(starts, np.float64)
    if starts.ndim != 2 or not len(starts):
        raise ValueError(
            f"expected at least one start, of shape (S, {decoder.latent_dim}), got {starts.shape}"
        )
    if steps < 1:
        raise ValueError(f"at least one step is needed, not {steps}")
    z = starts.copy()
    first, second = np.zeros_like(z), np.zeros_like(z)  # moments of the gradient
    ends, lowest, sse = z.copy(), np.full(len(z), np.inf), np.zeros(len(z))
    paths, curves = [], []
    for step in range(steps + 1):
        progress(step / (steps + 1))
        images, pullback = decoder.vjp(z)
        error = (images - target) * mask
        values, squares = _objective(z, error)
        paths.append(z)
        curves.append(values)
        lower = values < lowest
        ends[lower], lowest[lower], sse[lower] = z[lower], values[lower], squares[lower]
        gradient = pullback(2.0 * error) + z
        first = DECAYS[0] * first + (1.0 - DECAYS[0]) * gradient
        second = DECAYS[1] * second + (1.0 - DECAYS[1]) * gradient**2
        rate = RATE * 0.5 * (1.0 + np.cos(np.pi * step / steps))
        scale = np.sqrt(second / (1.0 - DECAYS[1] ** (step + 1))) + EPSILON
        z = z - rate * first / (1.0 - DECAYS[0] ** (step + 1)) / scale
    progress(1.0)
    best = int(lowest.argmin())
    images, pullback = decoder.vjp(ends[best][None])
    gradient = pullback(2.0 * (images - target) * mask)[0] + ends[best]
    newton = np.linalg.solve(curvature(decoder, ends[best], mask), gradient)
    return Projection(
        starts,
        ends,
        curves[0],
        lowest,
        np.stack(paths)[:, best],
        np.stack(curves)[:, best],
        float(sse[best]),
        0.5 * float(gradient @ newton),
    )


def curvature(decoder: FoldedDecoder, z: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Gauss-Newton's Hessian of the objective at z (d,), over the known pixels: (d, d), nats."""
    jacobian = decoder.jacobian(z)[:, :, known].reshape(len(z), -1).astype(np.float64)
    return 2.0 * jacobian @ jacobian.T + np.eye(len(z))


def _objective(z: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Objectives and squared errors, (N,) each, of points (N, d) with these errors (N, C, H, W)."""
    squares = np.square(error).sum(axis=(1, 2, 3), dtype=np.float64)
    return squares + 0.5 * np.square(z).sum(axis=1), squares


def checked_mask(known: np.ndarray | None, image_shape: tuple[int, int, int]) -> np.ndarray:
    """Which pixels count, (H, W) of bool; None is all. Raises ValueError if it is no such mask."""
    if known is None:
        return np.ones(image_shape[1:], bool)
    known = np.asarray(known)
    if known.dtype != np.bool_ or known.shape != image_shape[1:]:
        raise ValueError(
            f"expected a mask of shape {image_shape[1:]}, of bool, got {known.dtype} of shape "
            f"{known.shape}"
        )
    return known
