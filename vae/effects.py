"""What directions do to handwriting, measured on images, and whether that is what they say."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from vae.attributes import NAMES, measure
from vae.directions import Direction, samples

if TYPE_CHECKING:
    from vae.decoding import FoldedDecoder

WALKS = 500  # random points from which an effect is measured
MIN_ERRORS = 4.0  # standard errors an effect must be away from 0: by chance 1 in 30,000
MIN_LEAD_ERRORS = 2.0  # standard errors by which it must be larger than each side effect


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
    direction: Direction,
    decoder: FoldedDecoder,
    points: ArrayLike,
    real: ArrayLike,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Effects:
    """Walk along a direction from every point, and measure the images at both ends.

    A walk is of one unit, from half a unit before the point to half a unit beyond it: the change
    over it is the change per unit, and has no part that depends on the sign of the direction.

    Takes 0.2 s for 500 points. Nothing of it can be shared with the next direction, as both ends
    are other images.

    Args:
        direction: to measure.
        decoder: its decoder, of images of handwriting.
        points: (N, d) random points, usually WALKS of the learned density or the prior.
        real: (M, A), attributes of real images, from `vae.attributes.measure`; for the scale.
        progress: told the share that is done; it may raise to end this.
    """
    points = samples(decoder, points)
    real = np.asarray(real, np.float64)
    real = real[np.isfinite(real).all(axis=1)]
    scale = real.std(axis=0) if len(real) else np.full(real.shape[1], np.nan)
    scale = np.where(scale > 0, scale, np.nan)
    ends = [
        measure(
            decoder.decode_uint8(points + sign * direction.vector),
            lambda share, done=done: progress(done + share / 2),
        )
        for done, sign in ((0.0, -0.5), (0.5, 0.5))
    ]
    return _effects(ends[1] - ends[0], scale)


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


def effect_table(directions: Sequence[Direction], effects: Sequence[Effects | None]) -> EffectTable:
    """Put figures and effects together; None stands for effects that are not measured yet.

    The columns: both R^2 and the share as in `Direction`; "effect", "effect error", "effect spread"
    and "agreement" of the attribute that the direction is named after, in its unit; "lead", see
    `Effects.lead`; then the change of every attribute in standard deviations among real digits.
    """
    figures = ("R2", "R2 partial", "share", "length", "effect", "effect error", "effect spread")
    columns = (*figures, "agreement", "lead", *(f"{name} (sd)" for name in NAMES))
    values = np.full((len(directions), len(columns)), np.nan)
    verdicts = []
    for row, direction, effect in zip(values, directions, effects, strict=True):
        known = (direction.r2, direction.r2_partial, direction.share, direction.length)
        row[:4] = [math.nan if figure is None else figure for figure in known]
        verdicts.append(None if effect is None else does_what_it_says(direction, effect))
        if effect is None:
            continue
        if direction.attribute in effect.names:
            own = effect.names.index(direction.attribute)
            of_own = (effect.mean, effect.error, effect.spread, effect.agreement)
            row[4:8] = [figure[own] for figure in of_own]
            row[8] = effect.lead(direction.attribute)[0]
        row[9:] = effect.relative
    return EffectTable(
        tuple(direction.name for direction in directions),
        tuple(direction.kind for direction in directions),
        tuple(verdicts),
        columns,
        values,
    )
