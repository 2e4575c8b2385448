"""Directions of latent space that mean something: found, measured, held apart, kept in a file.

A direction is a unit vector; walking one unit along it moves z by one prior standard deviation.
What it does is never taken from how it was found, but measured on decoded images.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from vae.attributes import ATTRIBUTES, NAMES, measure
from vae.files import write_json
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

WALKS = 500  # random points from which an effect is measured
MIN_ERRORS = 4.0  # standard errors an effect must be away from 0: by chance 1 in 30,000
MIN_LEAD_ERRORS = 2.0  # standard errors by which it must be larger than each side effect

ACTIVATION_POINTS = 1000  # GANSpace decomposes these; 0.3 s
METRIC_POINTS = 300
MIN_SHARE = 1e-9  # a component that explains less is rounding
# Where less than this is left of a unit vector, what is left is another direction.
MIN_LEFT = 0.01
UNIT_TOLERANCE = 1e-6

FORMAT, VERSION = "latent-space-explorer/directions", 1
MAX_FILE_BYTES = 32 * 2**20
MAX_NAME = 200


class DirectionsError(ValueError):
    """A file of directions that can't be used; the text names it and says why."""


class NewerDirectionsError(DirectionsError):
    """A sound file of a newer version of the program; it should be left as it is."""


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

    Raises ValueError if one of these is not so; a vector nearly of length 1 is made exactly so.
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
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is no kind of direction; expected {', '.join(KINDS)}")
        vector = _finite_vector(self.vector, f"the vector of {self.name!r}")
        length = np.linalg.norm(vector)
        if abs(length - 1.0) > UNIT_TOLERANCE:
            raise ValueError(f"the vector of {self.name!r} has length {length:.6g}, expected 1")
        object.__setattr__(self, "vector", _constant(vector / length))
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
    """Fit one direction to each attribute, with the other attributes partialled out.

    Partialling out (Frisch & Waugh 1933, "Partial Time Regressions as Compared with Individual
    Trends"): of each attribute, what the other ones predict linearly is taken away, and the rest is
    regressed on z. Ink is made up of the others, as area is thickness times length: it is not
    partialled out of them (thicker strokes at the same ink are shorter strokes: measured on the
    shipped weights, that direction changes thickness by 0.07 instead of 0.91 standard deviations),
    nor they out of it.

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
    """Coefficients (d,) of the target (N,) on z (N, d) with the others (N, O) partialled out."""
    return _fitted(z, target - _predicted(others, target, others)).coef_


def _held_out_r2(z: np.ndarray, target: np.ndarray, others: np.ndarray) -> float:
    """R^2 over all images, each predicted from the other folds. Arguments as in `_regression`."""
    order = np.random.default_rng(FOLD_SEED).permutation(len(z))
    unexplained = total = 0.0
    for fold in range(FOLDS):
        test = order[fold::FOLDS]
        train = np.setdiff1d(order, test)
        rest = target - _predicted(others[train], target[train], others)
        model = _fitted(z[train], rest[train])
        unexplained += ((rest[test] - model.predict(z[test])) ** 2).sum()
        total += ((rest[test] - rest[train].mean()) ** 2).sum()
    return float(1.0 - unexplained / total) if total > 0 else 0.0


def _fitted(z: np.ndarray, target: np.ndarray) -> Any:
    from sklearn.linear_model import Ridge

    return Ridge(alpha=RIDGE * len(z)).fit(z, target)


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
    orthogonal. Share: of the activations' variance.

    points: (N, d) samples, of which the first ACTIVATION_POINTS are used; at least 2.
    """
    z = _samples(decoder, points)[:ACTIVATION_POINTS]
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
    z = _samples(decoder, points)[:METRIC_POINTS]
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


def _samples(decoder: FoldedDecoder, points: ArrayLike) -> np.ndarray:
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


# ---- what a direction does -----------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Effects:
    """The measured change of A attributes along one direction, from many points.

    names: (A,). count: walks of which every attribute could be measured at both ends.
    mean: (A,), average change per unit of the walk, in the attribute's unit.
    spread: (A,), standard deviation of the change among the walks.
    agreement: (A,), share of the walks on which the attribute rises.
    scale: (A,), standard deviation of the attribute among real images; NaN where it never varies.
    covariance: (A, A), of the changes among the walks.
    """

    names: tuple[str, ...]
    count: int
    mean: np.ndarray
    spread: np.ndarray
    agreement: np.ndarray
    scale: np.ndarray
    covariance: np.ndarray

    @property
    def error(self) -> np.ndarray:
        """Standard error of the mean, (A,)."""
        return self.spread / math.sqrt(max(self.count, 1))

    @property
    def relative(self) -> np.ndarray:
        """The mean in standard deviations among real images, in which attributes compare, (A,)."""
        return self.mean / self.scale

    def lead(self, name: str) -> tuple[float, float]:
        """By how much the effect on one attribute is larger than the largest other one.

        Returns:
            The least difference of the sizes of `relative`, and the least difference in standard
            errors, each over the other attributes. The changes are of the same walks, so that the
            error is that of paired differences. NaN without other attributes, or with none to
            compare.
        """
        own = self.names.index(name)
        signs = np.where(self.mean < 0, -1.0, 1.0)
        sizes = np.abs(self.relative)
        covariance = self.covariance / np.outer(self.scale, self.scale)
        variances = np.diag(covariance)
        paired = variances[own] + variances - 2.0 * signs[own] * signs * covariance[own]
        error = np.sqrt(np.maximum(paired, 0.0) / max(self.count, 1))
        others = np.isfinite(sizes) & (np.arange(len(sizes)) != own)
        if not others.any() or not np.isfinite(sizes[own]):
            return math.nan, math.nan
        difference = (sizes[own] - sizes)[others]
        return float(difference.min()), float((difference / np.maximum(error[others], 1e-12)).min())


def measure_effects(
    directions: Sequence[Direction],
    decoder: FoldedDecoder,
    points: ArrayLike,
    real: ArrayLike,
    progress: Callable[[float], None] = lambda fraction: None,
) -> tuple[Effects, ...]:
    """Walk along each direction from every point, and measure the images at both ends.

    A walk is of one unit, from half a unit before the point to half a unit beyond it: the change
    over it is the change per unit, and has no part that depends on the sign of the direction.

    Args:
        directions: to measure.
        decoder: their decoder, of images of handwriting.
        points: (N, d) random points, usually WALKS of the learned density or the prior.
        real: (M, A), attributes of real images, from `vae.attributes.measure`; for the scale.
        progress: told the share that is done; it may raise to end this.

    Returns:
        As many as there are directions; 0.2 s each for 500 points.
    """
    points = _samples(decoder, points)
    real = np.asarray(real, np.float64)
    real = real[np.isfinite(real).all(axis=1)]
    scale = real.std(axis=0) if len(real) else np.full(real.shape[1], np.nan)
    scale = np.where(scale > 0, scale, np.nan)
    measured = []
    for number, direction in enumerate(directions):
        done, ends = number / len(directions), []
        for end, sign in enumerate((-0.5, 0.5)):
            images = decoder.decode_uint8(points + sign * direction.vector)
            start = done + end / (2 * len(directions))
            ends.append(
                measure(
                    images,
                    lambda share, start=start: progress(start + share / (2 * len(directions))),
                )
            )
        measured.append(_effects(ends[1] - ends[0], scale))
    return tuple(measured)


def _effects(changes: np.ndarray, scale: np.ndarray) -> Effects:
    """changes: (N, A), NaN where an end of a walk could not be measured."""
    changes = changes[np.isfinite(changes).all(axis=1)]
    n, a = changes.shape
    if n < 2:
        nothing = np.full(a, np.nan)
        return Effects(NAMES, n, nothing, nothing, nothing, scale, np.full((a, a), np.nan))
    covariance = np.atleast_2d(np.cov(changes, rowvar=False))
    return Effects(
        NAMES,
        n,
        changes.mean(axis=0),
        np.sqrt(np.diag(covariance)),
        (changes > 0).mean(axis=0),
        scale,
        covariance,
    )


def does_what_it_says(direction: Direction, effects: Effects) -> bool | None:
    """Whether a direction that is named after an attribute changes it, and it above all.

    Three things must hold. The attribute rises on average. Its change is at least MIN_ERRORS
    standard errors away from 0, as that of a random direction is not if it does nothing. And in
    standard deviations among real digits, the only unit in which pixels and degrees compare, it is
    larger than every side effect, by MIN_LEAD_ERRORS standard errors of the difference: a slider
    called height that slants more than it lifts would be called slant by whoever looks.

    A side effect may still be large, as strokes can hardly get thicker without more ink; it is in
    the table, and `orthogonal_to` may hold it.

    Returns:
        None for a direction that is not named after an attribute.
    """
    if direction.attribute is None or direction.attribute not in effects.names:
        return None
    own = effects.names.index(direction.attribute)
    mean, error = effects.mean[own], effects.error[own]
    if not mean > 0 or not mean >= MIN_ERRORS * error:
        return False
    lead, in_errors = effects.lead(direction.attribute)
    return bool(lead > 0 and in_errors >= MIN_LEAD_ERRORS)


@dataclass(frozen=True, eq=False)
class EffectTable:
    """Directions and what they do, one row each.

    names, kinds, verdicts: (R,); a verdict is that of `does_what_it_says`.
    columns: (C,) headings of the numbers. values: (R, C), NaN where a figure has no meaning.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    verdicts: tuple[bool | None, ...]
    columns: tuple[str, ...]
    values: np.ndarray

    def column(self, heading: str) -> np.ndarray:
        """The numbers below one heading, (R,)."""
        return self.values[:, self.columns.index(heading)]

    def csv(self) -> str:
        """The table as text, comma-separated, with a line of headings; empty where it has NaN."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["direction", "kind", *self.columns, "does what it says"])
        words = {True: "yes", False: "no", None: ""}
        for name, kind, row, verdict in zip(
            self.names, self.kinds, self.values, self.verdicts, strict=True
        ):
            numbers = ["" if math.isnan(value) else f"{value:.6g}" for value in row]
            writer.writerow([name, kind, *numbers, words[verdict]])
        return text.getvalue()


def effect_table(directions: Sequence[Direction], effects: Sequence[Effects]) -> EffectTable:
    """Put figures and effects together.

    The columns: both R^2 and the share as in `Direction`; "effect", "effect error", "effect spread"
    and "agreement" of the attribute that the direction is named after, in its unit; "lead", see
    `Effects.lead`; then the change of every attribute in standard deviations among real digits.
    """
    figures = ("R2", "R2 partial", "share", "length", "effect", "effect error", "effect spread")
    columns = (*figures, "agreement", "lead", *(f"{name} (sd)" for name in NAMES))
    rows = []
    for direction, effect in zip(directions, effects, strict=True):
        known = (direction.r2, direction.r2_partial, direction.share, direction.length)
        row = [math.nan if figure is None else figure for figure in known]
        if direction.attribute in effect.names:
            own = effect.names.index(direction.attribute)
            row += [effect.mean[own], effect.error[own], effect.spread[own], effect.agreement[own]]
            row.append(effect.lead(direction.attribute)[0])
        else:
            row += [math.nan] * 5
        rows.append([*row, *effect.relative])
    return EffectTable(
        tuple(direction.name for direction in directions),
        tuple(direction.kind for direction in directions),
        tuple(map(does_what_it_says, directions, effects)),
        columns,
        np.array(rows, np.float64).reshape(len(rows), len(columns)),
    )


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


# ---- kept in a file ------------------------------------------------------------------------------


def save_directions(
    path: str | os.PathLike[str], directions: Sequence[Direction], sha256: str
) -> None:
    """Write named directions with the fingerprint of their weights, atomically.

    sha256: of the decoder's file, 64 hexadecimal digits.

    Raises:
        ValueError: two have the same name, or the fingerprint is not one.
        OSError: the file can't be written; an earlier one is left as it was.
    """
    _fingerprint(sha256)
    _distinct([direction.name for direction in directions])
    write_json(
        path,
        {
            "format": FORMAT,
            "version": VERSION,
            "weights": sha256,
            "directions": [_entry(direction) for direction in directions],
        },
    )


def load_directions(
    path: str | os.PathLike[str], sha256: str, latent_dim: int
) -> tuple[Direction, ...]:
    """Read what `save_directions` wrote, for the weights with this fingerprint.

    Raises:
        NewerDirectionsError: a newer version of the program wrote the file.
        DirectionsError: it can't be read, is damaged, or belongs to other weights.
    """
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            raise DirectionsError(f"{path} is not a regular file.")
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise DirectionsError(f"{path} cannot be read: {error.strerror or error}.") from error
    if len(content) > MAX_FILE_BYTES:
        raise DirectionsError(f"{path} is far too large for a file of directions.")
    try:
        document = json.loads(content, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as error:
        raise DirectionsError(
            f"{path} is no file of directions: it is not JSON, or was cut off ({error})."
        ) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise DirectionsError(f"{path} is no file of directions of the Latent Space Explorer.")
    version = document.get("version")
    if type(version) is not int or version < 1:
        raise DirectionsError(f"{path} is damaged: its version is {version!r:.40}, not a number.")
    if version > VERSION:
        raise NewerDirectionsError(
            f"{path} was made by a newer version of this program (format {version}, this one reads "
            f"up to {VERSION}). Update the program to open it."
        )
    try:
        weights = _fingerprint(document.get("weights"))
        if weights != sha256:
            raise DirectionsError(
                f"{path} belongs to other weights (SHA-256 {weights[:12]}…, these have "
                f"{sha256[:12]}…). Directions mean nothing to a model they were not found in."
            )
        entries = document.get("directions")
        if not isinstance(entries, list):
            raise ValueError("its directions are no list")
        directions = tuple(
            _direction_of(entry, f"direction {number}", latent_dim)
            for number, entry in enumerate(entries, start=1)
        )
        _distinct([direction.name for direction in directions])
    except DirectionsError:
        raise
    except ValueError as error:
        raise DirectionsError(f"{path} is damaged: {error}.") from error
    return directions


def _entry(direction: Direction) -> dict[str, Any]:
    gradient = direction.gradient
    return {
        "name": direction.name,
        "kind": direction.kind,
        "vector": direction.vector.tolist(),
        "attribute": direction.attribute,
        "r2": direction.r2,
        "r2_partial": direction.r2_partial,
        "gradient": None if gradient is None else gradient.tolist(),
        "share": direction.share,
        "length": direction.length,
    }


def _direction_of(entry: object, place: str, latent_dim: int) -> Direction:
    if not isinstance(entry, dict):
        raise ValueError(f"{place} is no object")
    for key in ("name", "kind", "attribute"):
        value = entry.get(key)
        if not isinstance(value, str) and (key != "attribute" or value is not None):
            raise ValueError(f"{key} of {place} is no text")
        if value is not None and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise ValueError(f"{key} of {place} holds half a character")
    numbers = {}
    for key in ("r2", "r2_partial", "share", "length"):
        value = entry.get(key)
        numbers[key] = None if value is None else _number(value, f"{key} of {place}")
    vectors = {}
    for key in ("vector", "gradient"):
        value = entry.get(key)
        if value is None and key == "gradient":
            vectors[key] = None
            continue
        if not isinstance(value, list) or len(value) != latent_dim:
            raise ValueError(f"{key} of {place} is no list of {latent_dim} numbers")
        vectors[key] = np.array([_number(item, f"{key} of {place}") for item in value])
    attribute = entry.get("attribute")
    return Direction(entry["name"], entry["kind"], attribute=attribute, **vectors, **numbers)


def _number(value: object, place: str) -> float:
    # bool is an int to Python; an int may be too large for a float.
    if type(value) not in (int, float) or abs(value) > 1e100:
        raise ValueError(f"{place} holds {value!r:.40} where a number was expected")
    return float(value)


def _finite(text: str) -> float:
    """Read a JSON number; Python's reader would let NaN and 1e400 pass."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"it holds {text:.40}, which is not a finite number")
    return number


def _fingerprint(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
        raise ValueError(f"the SHA-256 of its weights is {value!r:.40}, not 64 hexadecimal digits")
    return value


def _distinct(names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"two directions have the name {name!r:.40}")
        seen.add(name)


def _finite_vector(values: ArrayLike, what: str) -> np.ndarray:
    vector = np.asarray(values, np.float64)
    if vector.ndim != 1 or not vector.size or not np.isfinite(vector).all():
        raise ValueError(f"{what} must be a vector of finite numbers")
    return vector


def _constant(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.flags.writeable = False
    return array
