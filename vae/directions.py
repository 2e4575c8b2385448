"""Directions of latent space that mean something: how they are found, and how others are held.

A direction is a unit vector; walking one unit along it moves z by one prior standard deviation.
What it does is never taken from how it was found, but measured on decoded images: `vae.effects`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from vae.attributes import ATTRIBUTES, NAMES
from vae.geometry import pullback_metric

if TYPE_CHECKING:
    from vae.decoding import FoldedDecoder

KINDS = ("attribute", "unsupervised", "classes")

# Ridge penalty per image. A latent dimension whose means have variance v is shrunk by
# v / (v + RIDGE): by 1 % where it is used (v about 1), to nothing where it is dead (v below 1e-4)
# and would otherwise get any coefficient at all.
RIDGE = 0.01
FOLDS, FOLD_SEED = 5, 0
MIN_IMAGES = 50  # with fewer, a held-out figure says nothing

ACTIVATION_POINTS = 1000  # GANSpace decomposes these; 0.3 s
METRIC_POINTS = 300
MIN_SHARE = 1e-9  # a component that explains less is rounding
# Where less than this is left of a unit vector, what is left is another direction.
MIN_LEFT = 0.01
# A vector whose length is off by more is refused, by less is made a unit vector, and by less than
# rounding is left alone: read from a file, a direction is then equal to the one that was saved.
UNIT_TOLERANCE, UNIT_ROUNDING = 1e-6, 1e-14
MAX_NAME = 200


@dataclass(frozen=True, eq=False)
class Direction:
    """A unit vector in latent space with a name, and what is known of it.

    name: unique among the directions it is shown or saved with.
    kind: one of KINDS: an attribute's, found without labels, or between two groups of points.
    vector: (d,), of length 1.
    attribute: the attribute it is named after. r2: held-out R^2 of the attribute's regression on z.
    r2_partial: the same for what is left of the attribute once the others are partialled out.
    gradient: (d,), coefficients of the attribute's own regression, nothing partialled out; units
        of the attribute per prior standard deviation. These four: attributes only, else None.
    share: 0 to 1, how much it explains of what it was found in; unsupervised only, else None.
    length: distance of the two groups' means, prior standard deviations; classes only, else None.

    Raises ValueError if one of these is not so; a vector nearly of length 1 is made a unit vector.
    """

    name: str
    kind: str
    vector: np.ndarray
    attribute: str | None = None
    r2: float | None = None
    r2_partial: float | None = None
    gradient: np.ndarray | None = None
    share: float | None = None
    length: float | None = None

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > MAX_NAME:
            raise ValueError(f"a direction's name must have 1 to {MAX_NAME} characters")
        for text in (self.name, self.attribute or ""):
            if any("\ud800" <= character <= "\udfff" for character in text):
                raise ValueError(f"{text!r} holds half a character")
        for number in (self.r2, self.r2_partial, self.share, self.length):
            if number is not None and not math.isfinite(number):
                raise ValueError(f"a figure of {self.name!r} is {number}, not finite")
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is no kind of direction; expected {', '.join(KINDS)}")
        vector = _finite_vector(self.vector, f"the vector of {self.name!r}")
        length = math.hypot(*vector)  # no square of it overflows
        if abs(length - 1.0) > UNIT_TOLERANCE:
            raise ValueError(f"the vector of {self.name!r} has length {length:.6g}, expected 1")
        if abs(length - 1.0) > UNIT_ROUNDING:
            vector = vector / length
        object.__setattr__(self, "vector", _constant(vector))
        if self.gradient is not None:
            gradient = _finite_vector(self.gradient, f"the gradient of {self.name!r}")
            if gradient.shape != vector.shape:
                raise ValueError(
                    f"the gradient of {self.name!r} has {len(gradient)} numbers, its vector "
                    f"{len(vector)}"
                )
            object.__setattr__(self, "gradient", _constant(gradient))

    @property
    def held(self) -> np.ndarray:
        """What a step must be orthogonal to for this to be held, (d,).

        For an attribute the gradient of its regression, so that the attribute's predicted value
        stays; the vector itself points elsewhere, as the others were partialled out of it.
        """
        return self.vector if self.gradient is None else self.gradient


# ---- attributes ----------------------------------------------------------------------------------


def attribute_directions(
    z: ArrayLike, measured: ArrayLike, names: Sequence[str] = NAMES
) -> tuple[Direction, ...]:
    """Fit one direction to each attribute, with the other attributes partialled out of it.

    Of each attribute, what the other ones predict linearly is taken away, and the rest is regressed
    on z: a semipartial regression (Cohen et al. 2003, "Applied Multiple Regression/Correlation
    Analysis for the Behavioral Sciences", chapter 3). As regression is linear in its target, the
    direction is the attribute's own gradient minus the others', each times its coefficient.

    Two choices were made after looking at effects (shipped weights, WALKS points of seed 0), and
    then held for seeds 1 to 4. Nothing is taken out of z, as Frisch & Waugh 1933 would: that gives
    the part of z that works past the other attributes, and the direction named after height then
    changes slant by 0.8 standard deviations and height by 0.2. And ink is made up of the others, as
    area is thickness times length: it is not partialled out of them (thicker strokes at the same
    ink are shorter strokes: that direction changes thickness by 0.1 standard deviations or less
    instead of by 0.9), nor they out of it.

    Both R^2 are of FOLDS-fold cross-validation with a fixed shuffle, partialling included.

    Args:
        z: (N, d), posterior means, prior standard deviations.
        measured: (N, A), as `vae.attributes.measure` gives it; rows with NaN are left out.
        names: (A,) of the attributes.

    Returns:
        One direction per attribute, in their order; none for an attribute that never varies.

    Raises:
        ValueError: shapes do not match, or fewer than MIN_IMAGES complete rows.
    """
    z, measured = np.asarray(z, np.float64), np.asarray(measured, np.float64)
    if z.ndim != 2 or measured.shape != (len(z), len(names)):
        raise ValueError(
            f"expected points (N, d) and {len(names)} attributes of each, got shapes {z.shape} and "
            f"{measured.shape}"
        )
    complete = np.isfinite(measured).all(axis=1) & np.isfinite(z).all(axis=1)
    if complete.sum() < MIN_IMAGES:
        raise ValueError(
            f"{complete.sum()} images can be measured; at least {MIN_IMAGES} are needed"
        )
    z, measured = z[complete], measured[complete]
    scale = measured.std(axis=0)
    varies = scale > 1e-9 * np.abs(measured).max(axis=0)
    scores = (measured - measured.mean(axis=0)) / np.where(varies, scale, 1.0)
    composite = {attribute.name for attribute in ATTRIBUTES if attribute.composite}

    directions = []
    for index in np.flatnonzero(varies):
        name = names[index]
        others = [
            other
            for other, other_name in enumerate(names)
            if other != index and other_name not in composite and name not in composite
        ]
        partial = _regression(z, scores[:, index], scores[:, others])
        length = np.linalg.norm(partial)
        if length < 1e-9:  # no dimension is used at all
            continue
        directions.append(
            Direction(
                name,
                "attribute",
                partial / length,
                attribute=name,
                r2=_held_out_r2(z, scores[:, index], scores[:, []]),
                r2_partial=_held_out_r2(z, scores[:, index], scores[:, others]),
                gradient=_regression(z, scores[:, index], scores[:, []]) * scale[index],
            )
        )
    return tuple(directions)


def _regression(z: np.ndarray, target: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Coefficients (d,) of the target (N,) on z (N, d), the others (N, O) partialled out of it."""
    return _ridge(z, target - _predicted(others, target, others))[0]


def _held_out_r2(z: np.ndarray, target: np.ndarray, others: np.ndarray) -> float:
    """R^2 over all images, each predicted from the other folds. Arguments as in `_regression`."""
    order = np.random.default_rng(FOLD_SEED).permutation(len(z))
    unexplained = total = 0.0
    for fold in range(FOLDS):
        test = order[fold::FOLDS]
        train = np.setdiff1d(order, test)
        rest = target - _predicted(others[train], target[train], others)
        coefficients, constant = _ridge(z[train], rest[train])
        unexplained += ((rest[test] - z[test] @ coefficients - constant) ** 2).sum()
        total += ((rest[test] - rest[train].mean()) ** 2).sum()
    return float(1.0 - unexplained / total) if total > 0 else 0.0


def _ridge(z: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, float]:
    """Ridge regression, Hoerl & Kennard 1970: coefficients (d,), and the constant, not shrunk.

    By itself, because to import a library for it takes half a second and has held Python's lock,
    and with it the window, for 0.1 s.
    """
    mean_z, mean = z.mean(axis=0), target.mean()
    centred = z - mean_z
    squares = centred.T @ centred + RIDGE * len(z) * np.eye(z.shape[1])
    coefficients = np.linalg.solve(squares, centred.T @ (target - mean))
    return coefficients, float(mean - mean_z @ coefficients)


def _predicted(others: np.ndarray, target: np.ndarray, at: np.ndarray) -> np.ndarray:
    """What a least-squares fit of the target to the others predicts at other rows of them."""
    design = np.column_stack([np.ones(len(others)), others])
    coefficients = np.linalg.lstsq(design, target, rcond=None)[0]
    return np.column_stack([np.ones(len(at)), at]) @ coefficients


# ---- without labels, and between groups ----------------------------------------------------------


def activation_directions(decoder: FoldedDecoder, points: ArrayLike) -> tuple[Direction, ...]:
    """Principal components of the hidden activations, brought back to z: at most d of them.

    Härkönen et al. 2020, "GANSpace: Discovering Interpretable GAN Controls", section 2.2: the
    directions are the regression of z on the components' coordinates, equation 3. They need not be
    orthogonal, and where two shares are nearly equal, other samples give other directions of the
    same plane. Share: of the activations' variance.

    points: (N, d) samples, of which the first ACTIVATION_POINTS are used; at least 2.
    """
    z = samples(decoder, points)[:ACTIVATION_POINTS]
    hidden = decoder.hidden(z)
    hidden = hidden.swapaxes(0, 1).reshape(len(z), -1).astype(np.float64)
    hidden -= hidden.mean(axis=0)
    # The products of the points with one another have the components' coordinates as their
    # eigenvectors, and are many times smaller than the activations' covariance.
    squares, coordinates = np.linalg.eigh(hidden @ hidden.T)
    shares = np.maximum(squares[::-1], 0.0) / max(squares.sum(), 1e-300)
    found = coordinates.T[::-1] @ (z - z.mean(axis=0))
    return _named("GANSpace", found[: decoder.latent_dim], shares)


def map_directions(decoder: FoldedDecoder) -> tuple[Direction, ...]:
    """Right singular vectors of M, the decoder's folded first map: d, orthogonal.

    Shen & Zhou 2021, "Closed-Form Factorization of Latent Semantics in GANs" (SeFa), equation 5.
    Share: of the squared change of what enters ReLU, over all directions.
    """
    affine = decoder.affine[:, : decoder.latent_dim]  # without c, its last row
    return _eigenvectors("SeFa", pullback_metric(affine.swapaxes(0, 1)))


def metric_directions(
    decoder: FoldedDecoder,
    points: ArrayLike,
    progress: Callable[[float], None] = lambda fraction: None,
) -> tuple[Direction, ...]:
    """Eigenvectors of the mean pull-back metric E[G] = E[J^T J] over the points: d, orthogonal.

    Share: of the expected squared change of the image, over all directions.

    points: (N, d) samples, of which the first METRIC_POINTS are used; at least 2.
    progress: told the share that is done; it may raise to end this.
    """
    z = samples(decoder, points)[:METRIC_POINTS]
    metric = np.zeros((decoder.latent_dim, decoder.latent_dim))
    for number, point in enumerate(z):
        progress(number / len(z))
        metric += pullback_metric(decoder.jacobian(point))
    return _eigenvectors("metric", metric / len(z))


def difference_direction(name: str, start: ArrayLike, end: ArrayLike) -> Direction:
    """From one group to another. start, end: (d,), or (N, d), of which the mean is taken.

    Raises:
        ValueError: they are not such arrays, are empty, or have the same mean.
    """
    ends = []
    for group in (start, end):
        group = np.asarray(group, np.float64)
        if group.ndim not in (1, 2) or not group.size or not np.isfinite(group).all():
            raise ValueError(f"{name!r} needs two groups of at least one finite point")
        ends.append(group if group.ndim == 1 else group.mean(axis=0))
    if ends[0].shape != ends[1].shape:
        raise ValueError(f"the groups of {name!r} differ in their number of dimensions")
    difference = ends[1] - ends[0]
    length = float(np.linalg.norm(difference))
    if length < 1e-9:
        raise ValueError(f"both groups of {name!r} have the same mean, so there is no direction")
    return Direction(name, "classes", difference / length, length=length)


def class_directions(means: ArrayLike, names: Sequence[str]) -> tuple[Direction, ...]:
    """From every class to every later one; the way back is the same with the other sign.

    means: (C, d), prior standard deviations; names: (C,) of the classes.
    """
    means = np.asarray(means, np.float64)
    if means.ndim != 2 or len(means) != len(names):
        raise ValueError(f"expected {len(names)} class means, got an array of shape {means.shape}")
    return tuple(
        difference_direction(f"{names[a]} to {names[b]}", means[a], means[b])
        for a, b in itertools.combinations(range(len(means)), 2)
    )


def samples(decoder: FoldedDecoder, points: ArrayLike) -> np.ndarray:
    """The points as an array (N, d). Raises ValueError if they are not, or fewer than two."""
    points = np.asarray(points, np.float64)
    if points.ndim != 2 or len(points) < 2 or points.shape[1] != decoder.latent_dim:
        raise ValueError(
            f"expected at least 2 points of {decoder.latent_dim} numbers, got an array of shape "
            f"{points.shape}"
        )
    return points


def _eigenvectors(name: str, metric: np.ndarray) -> tuple[Direction, ...]:
    squares, vectors = np.linalg.eigh(metric)  # ascending
    shares = np.maximum(squares[::-1], 0.0) / max(squares.sum(), 1e-300)
    return _named(name, vectors.T[::-1], shares)


def _named(name: str, found: np.ndarray, shares: np.ndarray) -> tuple[Direction, ...]:
    """Directions from vectors (K, d) of any length, the largest component made positive."""
    directions = []
    for number, (vector, share) in enumerate(zip(found, shares, strict=False), start=1):
        length = np.linalg.norm(vector)
        if share < MIN_SHARE or length < 1e-12:
            continue
        vector = vector * (np.sign(vector[np.abs(vector).argmax()]) / length)
        directions.append(Direction(f"{name} {number}", "unsupervised", vector, share=float(share)))
    return tuple(directions)


# ---- holding others ------------------------------------------------------------------------------


def orthogonal_to(
    direction: Direction | ArrayLike, others: Iterable[Direction | ArrayLike]
) -> np.ndarray:
    """The part of a direction that leaves the others alone, as a unit vector (d,).

    It is orthogonal to `Direction.held` of each, as Gram and Schmidt orthogonalise, so that along
    it the regression of a held attribute stays what it is. TL-GAN's lock (Guan 2018, "Generating
    Custom Photo-Realistic Faces Using AI"). Vectors of any length may stand for directions; zeros
    hold nothing.

    Raises:
        ValueError: less than MIN_LEFT of the direction is left, or lengths differ.
    """
    name = direction.name if isinstance(direction, Direction) else "the direction"
    vector = direction.vector if isinstance(direction, Direction) else direction
    vector = _finite_vector(vector, name)
    largest = np.abs(vector).max(initial=0.0)
    if largest > 0:
        vector = vector / largest  # else the squares of the tiniest numbers would be 0
        vector = vector / np.linalg.norm(vector)
    held = []
    for other in others:
        other = _finite_vector(
            other.held if isinstance(other, Direction) else other, "what is to be held"
        )
        if other.shape != vector.shape:
            raise ValueError(
                f"{name} has {len(vector)} numbers, what is to be held has {len(other)}"
            )
        largest = np.abs(other).max(initial=0.0)
        if largest > 0:
            other = other / largest
            held.append(other / np.linalg.norm(other))
    left = vector
    if held:
        _, sizes, basis = np.linalg.svd(np.array(held), full_matrices=False)
        basis = basis[sizes > 1e-10 * sizes[0]]
        for _ in range(2):  # once more, as rounding leaves a little of the held ones
            left = left - basis.T @ (basis @ left)
    length = np.linalg.norm(left)
    if length < MIN_LEFT:
        raise ValueError(f"nothing is left of {name} when {len(held)} others are held; hold fewer")
    return left / length


def _finite_vector(values: ArrayLike, what: str) -> np.ndarray:
    vector = np.asarray(values, np.float64)
    if vector.ndim != 1 or not vector.size or not np.isfinite(vector).all():
        raise ValueError(f"{what} must be a vector of finite numbers")
    return vector


def _constant(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.flags.writeable = False
    return array
