"""Completions: what an image may become whose pixels are known only in part.

The posterior of z given the known pixels is p(z) exp(-SSE over them) up to a constant: the training
loss takes the squared error for the negative log-likelihood of a Gaussian with variance 1/2 (see
`vae.losses`). It is estimated by self-normalised importance sampling from a bank of decoded prior
samples. Where much is known nearly all the weight falls on one or two of 20,000: with half a digit
known the effective sample size is 1.5. Then the bank only says where to look: some of its best and
less good samples are led to the modes nearby (`vae.projection`), each mode gets a Gaussian from the
Hessian there (Laplace's approximation, widened), and samples of these join the bank. All of them
together are weighted as draws of the mixture that they come from (Owen & Zhou 2000, "Safe and
Effective Importance Sampling", deterministic mixture weights), so that the prior's samples guard
against what the Gaussians miss, and no weight is tempered. That the Gaussians are chosen by looking
at the bank leaves a bias that falls with its size.

The likelihood takes the pixels for independent, as the training did; a person would call many an
image plausible whose weight is 1e-5. Where only ink is known, and not where there is none, nothing
speaks against more ink: thick digits that cover the drawing have large shares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from vae.data import LEVELS
from vae.decoding import MAX_PRODUCT, FoldedDecoder
from vae.posterior import checked_image
from vae.projection import checked_mask, curvature, project

BANK_SIZE = 20_000  # 16 MB of digits
DECODE_BATCH = 250  # 4 ms on one core, between two reports of progress

# From this effective sample size on, the bank is enough.
ENOUGH = 200.0
# Samples are left out whose likelihood is less than e^-20 of the highest: all 20,000 of them
# together would have a share of 4e-5.
NEGLIGIBLE = 20.0
# Modes are looked for from the FITTEST of the bank, and from others drawn with weights of
# exp(-SPREAD * SSE), flat enough for other digits to be among them. A few steps do, as the weights
# make good what the Gaussians miss.
MODES, FITTEST, SPREAD = 14, 4, 0.1
MODE_STEPS = 30
# Samples drawn around the modes, from Gaussians of this multiple of Laplace's covariance. Modes
# have a part in them by their mass to the power of FLATNESS, for the lesser ones to be seen, too.
PROPOSED, WIDENING, FLATNESS = 400, 1.5, 0.3
# So many samples are judged by the classifier and compared with one another, which takes 0.1 ms
# each; drawn by their weight to the power of FLATNESS, with what that changes made up for.
JUDGED = 80
# Squared image units; images nearer to one another than this look the same, as if 150 pixels were
# off by a grey level. Rounding leaves less than it.
ALIKE = 0.01

Judge = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Completions:
    """Different completions of an image, the heaviest first, and how the posterior is shared.

    z: (n, d), prior standard deviations. images: uint8 (n, C, H, W), as the model draws them, the
    known part too. weights: (n,), the share of the posterior that each stands for: of what is of
    its class and looks more like it than like the others. They sum to 1, less what is of classes
    that have no completion here. classes: (n,), indices of what they are taken for, or None without
    a classifier. class_shares: (classes,), sum 1, or None.

    ess: the effective sample size behind these shares (Kish 1965), at most JUDGED; the standard
    error of a share s is about sqrt(s (1 - s) / ess). bank_ess: of the bank of prior samples alone.
    """

    z: np.ndarray
    images: np.ndarray
    weights: np.ndarray
    classes: np.ndarray | None
    class_shares: np.ndarray | None
    ess: float
    bank_ess: float


@dataclass(frozen=True, eq=False)
class WeightedSamples:
    """Samples that stand for a posterior. z: (N, d). weights: (N,), sum 1. bank_ess: of the bank.

    The first of them are of the bank, the others were drawn for this posterior.
    """

    z: np.ndarray
    weights: np.ndarray
    bank_ess: float
    _bank: CompletionBank = field(repr=False)
    _kept: np.ndarray = field(repr=False)  # (n,), which samples of the bank
    _drawn: np.ndarray = field(repr=False)  # (N - n, C, H, W), uint8

    @property
    def ess(self) -> float:
        """The effective sample size."""
        return effective_size(self.weights)

    @property
    def images(self) -> np.ndarray:
        """The images of all, uint8 (N, C, H, W)."""
        return self.images_of(np.arange(len(self.z)))

    def images_of(self, indices: np.ndarray) -> np.ndarray:
        """The images of some, uint8 (n, C, H, W); 20,000 would take longer than their weights."""
        indices = np.asarray(indices)
        kept = indices < len(self._kept)
        images = np.empty((len(indices), *self._bank.decoder.image_shape), np.uint8)
        images[kept] = self._bank.images(self._kept[indices[kept]])
        images[~kept] = self._drawn[indices[~kept] - len(self._kept)]
        return images


@dataclass(frozen=True, eq=False)
class CompletionBank:
    """Decoded prior samples; `build_bank` makes one. Holds constants only.

    z: (N, d). judge: images uint8 (N, C, H, W) -> probabilities (N, classes), or None.
    """

    decoder: FoldedDecoder
    judge: Judge | None
    z: np.ndarray
    # uint8 (C * H * W, N): pixel by pixel, so that what isn't known isn't read. As float32 it
    # would take four times the memory and half as long again.
    _pixels: np.ndarray = field(repr=False)

    def images(self, indices: np.ndarray) -> np.ndarray:
        """The images of some samples, uint8 (n, C, H, W)."""
        return self._pixels[:, indices].T.reshape(-1, *self.decoder.image_shape)

    def squared_errors(self, image: np.ndarray, known: np.ndarray) -> np.ndarray:
        """Of every sample, over the known pixels: float32 (N,), squared image units; 4 ms."""
        image, known = self._checked(image, known)
        levels = image.reshape(-1).astype(np.float32)
        total, error = np.zeros((2, len(self.z)), np.float32)
        for pixel in np.flatnonzero(np.broadcast_to(known, image.shape)):
            np.subtract(self._pixels[pixel], levels[pixel], out=error, dtype=np.float32)
            total += np.multiply(error, error, out=error)
        return total / np.float32(LEVELS**2)

    def posterior(self, image: np.ndarray, known: np.ndarray) -> WeightedSamples:
        """Weighted samples of p(z | the known pixels); the same question, the same samples.

        image: (C, H, W) uint8. known: (H, W) of bool. Raises ValueError if they do not fit.
        """
        image, known = self._checked(image, known)
        rng = np.random.default_rng(0)
        squares = self.squared_errors(image, known).astype(np.float64)
        likelihood = np.exp(squares.min() - squares)
        bank_ess = effective_size(likelihood)
        kept = np.flatnonzero(likelihood >= np.exp(-NEGLIGIBLE))
        if bank_ess >= ENOUGH:
            weights = likelihood[kept] / likelihood[kept].sum()
            none = np.empty((0, *self.decoder.image_shape), np.uint8)
            return WeightedSamples(self.z[kept], weights, bank_ess, self, kept, none)

        proposal = self._proposal(image, known, squares, rng)
        drawn = proposal.draw(PROPOSED, rng)
        images = self.decoder.decode_uint8(drawn)
        error = images[:, :, known].astype(np.float32) - image[:, known]
        found = np.square(error).sum(axis=(1, 2), dtype=np.float64) / LEVELS**2
        kept = np.flatnonzero(squares <= min(squares.min(), found.min()) + NEGLIGIBLE)
        z = np.concatenate([self.z[kept], drawn])
        log_prior = -0.5 * (z**2).sum(axis=1) - 0.5 * z.shape[1] * np.log(2.0 * np.pi)
        # What they were drawn from: the prior and the Gaussians, by how many come from each.
        log_mixture = np.logaddexp(
            np.log(len(self.z)) + log_prior, np.log(PROPOSED) + proposal.log_density(z)
        )
        weights = log_prior - np.concatenate([squares[kept], found]) - log_mixture
        weights = np.exp(weights - weights.max())
        return WeightedSamples(z, weights / weights.sum(), bank_ess, self, kept, images)

    def complete(self, image: np.ndarray, known: np.ndarray, count: int = 5) -> Completions:
        """Up to `count` different completions, with shares of the posterior; 30 ms.

        The first ones are of different classes, those of the largest shares, one of each class
        that was found at all; the others divide the classes into what looks different, where that
        leaves the least mass far from its completion. Each is a sample of the posterior, so that
        it fits the known part as well as the posterior does, not as well as the best point would.

        image: (C, H, W) uint8, whatever it holds where it is not known. known: (H, W) of bool.
        Raises ValueError if they do not fit the decoder, or count is below 1.
        """
        if count < 1:
            raise ValueError(f"at least one completion must be asked for, not {count}")
        samples = self.posterior(image, known)
        chosen, mass = _thinned(samples.weights, JUDGED, np.random.default_rng(1))
        images = samples.images_of(chosen)
        classes, shares = None, None
        if self.judge is not None:
            answers = self.judge(images)
            classes = answers.argmax(axis=1)
            shares = np.bincount(classes, mass, answers.shape[1])
        picks, weights = _representatives(images, mass, classes, count)
        order = np.argsort(-weights, kind="stable")
        picks = picks[order]
        return Completions(
            samples.z[chosen[picks]],
            images[picks],
            weights[order],
            None if classes is None else classes[picks],
            shares,
            effective_size(mass),
            samples.bank_ess,
        )

    def _proposal(
        self, image: np.ndarray, known: np.ndarray, squares: np.ndarray, rng: np.random.Generator
    ) -> _Gaussians:
        """Gaussians around modes of the posterior."""
        flat = np.exp(SPREAD * (squares.min() - squares))
        fittest = np.argpartition(squares, min(FITTEST, len(squares)) - 1)[:FITTEST]
        starts = np.union1d(fittest, _systematic(flat, MODES - FITTEST, rng))
        found = project(self.decoder, image, self.z[starts], known=known, steps=MODE_STEPS)
        precisions = np.array([curvature(self.decoder, mode, known) for mode in found.ends])
        log_mass = -found.end_objectives - 0.5 * np.linalg.slogdet(precisions)[1]
        shares = np.exp(FLATNESS * (log_mass - log_mass.max()))
        return _Gaussians(shares / shares.sum(), found.ends, precisions / WIDENING)

    def _checked(self, image: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        image_shape = self.decoder.image_shape
        return checked_image(image, image_shape), checked_mask(known, image_shape)


@dataclass(frozen=True, eq=False)
class _Gaussians:
    """A mixture. shares: (K,), sum 1; means: (K, d); precisions: (K, d, d)."""

    shares: np.ndarray
    means: np.ndarray
    precisions: np.ndarray

    def draw(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """(count, d), from each Gaussian as many as its share says, up to one."""
        which = _systematic(self.shares, count, rng)
        noise = rng.standard_normal((count, self.means.shape[1], 1))
        # With P = L L^T, L^-T noise has the covariance P^-1.
        factors = np.linalg.cholesky(self.precisions).swapaxes(1, 2)
        return self.means[which] + np.linalg.solve(factors[which], noise)[:, :, 0]

    def log_density(self, z: np.ndarray) -> np.ndarray:
        """(N, d) -> (N,)."""
        terms = []
        for share, mean, factor in zip(
            self.shares, self.means, np.linalg.cholesky(self.precisions), strict=True
        ):
            white = (z - mean) @ factor
            log_scale = np.log(factor.diagonal()).sum() - 0.5 * len(mean) * np.log(2.0 * np.pi)
            terms.append(np.log(share) + log_scale - 0.5 * (white**2).sum(axis=1))
        return np.logaddexp.reduce(terms, axis=0)


def build_bank(
    decoder: FoldedDecoder,
    judge: Judge | None,
    rng: np.random.Generator | int,
    size: int = BANK_SIZE,
    progress: Callable[[float], None] = lambda fraction: None,
) -> CompletionBank:
    """Draw and decode prior samples; 0.3 s for 20,000.

    judge: see `CompletionBank`. rng: a generator, or a seed. progress: told the share that is done,
    many times a second; it may raise to end this. Raises ValueError if size is below 1.
    """
    if size < 1:
        raise ValueError(f"a bank needs at least one sample, not {size}")
    z = np.random.default_rng(rng).standard_normal((size, decoder.latent_dim))
    pixels = np.empty((int(np.prod(decoder.image_shape)), size), np.uint8)
    for start in range(0, size, DECODE_BATCH):
        progress(start / size)
        images = decoder.decode_uint8(z[start : start + DECODE_BATCH])
        pixels[:, start : start + len(images)] = images.reshape(len(images), -1).T
    progress(1.0)
    return CompletionBank(decoder, judge, z, pixels)


def effective_size(weights: np.ndarray) -> float:
    """How many equal weights are worth as much as these (N,): (sum w)^2 / sum w^2 (Kish 1965)."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def _systematic(weights: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Indices (count,) drawn by weight, each as often as its weight says, up to one."""
    edges = np.cumsum(weights)
    places = (np.arange(count) + rng.random()) * (edges[-1] / count)
    return np.minimum(edges.searchsorted(places, side="right"), len(edges) - 1)


def _thinned(
    weights: np.ndarray, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Few of many weighted samples: their indices (n,), n <= count, and masses (n,), sum 1."""
    positive = np.flatnonzero(weights)
    if len(positive) <= count:
        return positive, weights[positive]
    flat = weights**FLATNESS
    indices, times = np.unique(_systematic(flat, count, rng), return_counts=True)
    mass = times * weights[indices] / flat[indices]
    return indices, mass / mass.sum()


def _representatives(
    images: np.ndarray, mass: np.ndarray, classes: np.ndarray | None, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Which samples stand best for all: indices (n,), n <= count, and the mass of each (n,).

    Greedy, as for the facility location problem: the sum of mass times squared distance, from each
    sample to the nearest representative of its class, falls as far as one more can make it fall.
    """
    distances = _squared_distances(images)
    classes = np.zeros(len(images), np.intp) if classes is None else classes
    distances[classes[:, None] != classes] = np.inf
    shares = np.bincount(classes, mass)
    picks: list[int] = []
    for index in np.argsort(-shares, kind="stable")[:count]:
        members = np.flatnonzero(classes == index)
        if members.size:
            costs = distances[np.ix_(members, members)] @ mass[members]
            picks.append(int(members[costs.argmin()]))
    nearest = distances[picks].min(axis=0)
    while len(picks) < count:
        # Where nothing is near, as in a class without a representative, nothing is gained: there
        # are as many representatives as asked for then.
        gains = (np.maximum(nearest - distances, 0.0) * mass).sum(axis=1)
        if not gains.max() > 0:
            break
        picks.append(int(gains.argmax()))
        nearest = np.minimum(nearest, distances[picks[-1]])
    own = distances[picks].argmin(axis=0)
    represented = np.isfinite(nearest)
    return np.array(picks), np.bincount(own[represented], mass[represented], len(picks))


def _squared_distances(images: np.ndarray) -> np.ndarray:
    """Between all of some images (N, C, H, W) uint8: float32 (N, N), squared image units; 1 ms."""
    flat = images.reshape(len(images), -1).astype(np.float32) / np.float32(LEVELS)
    flat -= flat.mean(axis=0)  # what they share would cost digits
    squares = np.einsum("np,np->n", flat, flat)
    distances = np.empty((len(flat), len(flat)), np.float32)
    rows = max(1, MAX_PRODUCT // flat.size)
    for start in range(0, len(flat), rows):
        some = slice(start, start + rows)
        np.matmul(flat[some], flat.T, out=distances[some])
    distances *= -2.0
    distances += squares
    distances += squares[:, None]
    distances[distances < ALIKE] = 0.0
    return distances
