"""A sum of latent vectors, term by term: its steps, its result, and the result taken further."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from vae.latent import MAX_MAGNITUDE, lerp

NAMES = "ABCDEF"  # of the terms; more than six are a list, not a thought
MOST_TERMS = len(NAMES)
MINUS = "−"


@dataclass(frozen=True)
class Template:
    """A kind of sum.

    text: as the person reads it. terms: how many it starts with, and least: how few it can have.
    minus: which terms are taken away, from 0. averaged: the sum is divided by the number of terms.
    base: the term that a scale of 0 leaves, from 0, negative from the end; None is the origin.
    """

    text: str
    tooltip: str
    terms: int
    least: int
    minus: frozenset[int]
    averaged: bool
    base: int | None

    def sign(self, index: int) -> int:
        """1, or -1 for a term that is taken away."""
        return -1 if index in self.minus else 1


TEMPLATES = {
    "analogy": Template(
        f"A {MINUS} B + C",
        "Analogy: what makes A differ from B, applied to C. “King − man + woman”.",
        terms=3,
        least=3,
        minus=frozenset({1}),
        averaged=False,
        base=-1,
    ),
    "average": Template(
        "Average",
        "The mean of the terms: with two of them the point halfway.",
        terms=2,
        least=2,
        minus=frozenset(),
        averaged=True,
        base=0,
    ),
    "difference": Template(
        f"A {MINUS} B",
        "Difference: the direction from B to A, shown as a point.",
        terms=2,
        least=2,
        minus=frozenset(range(1, MOST_TERMS)),
        averaged=False,
        base=None,
    ),
    "sum": Template(
        "A + B",
        "Sum: all added. The sum of two typical points is seldom typical.",
        terms=2,
        least=2,
        minus=frozenset(),
        averaged=False,
        base=0,
    ),
}


@dataclass(frozen=True, eq=False)
class Expression:
    """Latent vectors, each times its strength, added as a template says.

    vectors: (K, latent_dim), prior standard deviations. strengths: (K,).

    Raises:
        ValueError: too few or too many vectors for the template, or not one strength for each.
    """

    template: Template
    vectors: np.ndarray
    strengths: np.ndarray
    products: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        vectors = np.asarray(self.vectors, np.float64)
        strengths = np.asarray(self.strengths, np.float64)
        if vectors.ndim != 2 or strengths.shape != vectors.shape[:1]:
            raise ValueError(
                f"expected one strength per vector, got vectors of shape {vectors.shape} "
                f"and strengths of shape {strengths.shape}"
            )
        if not self.template.least <= len(vectors) <= MOST_TERMS:
            raise ValueError(
                f"{self.template.text} has {self.template.least} to {MOST_TERMS} terms, "
                f"not {len(vectors)}"
            )
        signs = np.array([self.template.sign(index) for index in range(len(vectors))])
        object.__setattr__(self, "vectors", vectors)
        object.__setattr__(self, "strengths", strengths)
        object.__setattr__(self, "products", (signs * strengths)[:, None] * vectors)

    @property
    def count(self) -> int:
        """Number of terms."""
        return len(self.vectors)

    def steps(self) -> np.ndarray:
        """What each term makes of those before it, (K, latent_dim): A, A - B, A - B + C.

        The last one is the result. An average is one at every step.
        """
        sums = np.cumsum(self.products, axis=0)
        if self.template.averaged:
            sums /= np.arange(1, self.count + 1)[:, None]
        return _within_numbers(sums)

    @property
    def result(self) -> np.ndarray:
        """The last step, (latent_dim,)."""
        return self.steps()[-1]

    @property
    def base(self) -> np.ndarray:
        """What a scale of 0 leaves of the result, (latent_dim,)."""
        if self.template.base is None:
            return np.zeros(self.vectors.shape[1])
        return _within_numbers(self.products[self.template.base])

    def at(self, scale: float | Sequence[float] | np.ndarray) -> np.ndarray:
        """The base and `scale` times what is added to it: C + t (A - B).

        Exactly the base at 0 and exactly the result at 1.

        Args:
            scale: a number, or (T,).

        Returns:
            (latent_dim,) for a number, (T, latent_dim) for an array.
        """
        return _within_numbers(lerp(self.base, self.result, np.asarray(scale, np.float64)))

    def caption(self, step: int) -> str:
        """A step as it is written: "A − 0.5 B"."""
        return _written(self.template, self.strengths, NAMES[: step + 1])

    def caption_at(self, scale: float) -> str:
        """The result at a scale as it is written: "C + 1.5 (A − B)"."""
        if scale == 1.0:
            return self.caption(self.count - 1)
        return _scaled(self.template, self.strengths, scale)

    def written(self, names: Sequence[str]) -> str:
        """The whole sum with other names for its terms: "8 − 0.5 × 6 + 5"."""
        return _written(self.template, self.strengths, names, times=" × ")


def scaled_text(template: Template, strengths: Sequence[float]) -> str:
    """What t is, for a sum of terms with these strengths: "C + t (A − 0.5 B)"."""
    return _scaled(template, np.asarray(strengths, float), None)


def scale_meaning(template: Template, strengths: Sequence[float]) -> str:
    """What t does to a sum of terms with these strengths, in a short sentence."""
    if template.base is None:
        return "t scales the difference; at 0 there is none."
    if not template.averaged:
        return f"t scales what {NAMES[: len(strengths)][template.base]} gets; beyond 1 too far."
    if any(strength != 1.0 for strength in strengths):
        return "t leads to the average (1) and past it."
    past = "to B (2)" if len(strengths) == 2 else "and past it"
    return f"t leads from A (0) to the average (1) {past}."


def _scaled(template: Template, strengths: np.ndarray, scale: float | None) -> str:
    """The base and what is added to it, times the scale, or times t where that is None."""
    count = len(strengths)
    sign = MINUS if scale is not None and scale < 0 else "+"
    size = "t" if scale is None else f"{abs(scale):g}"
    if template.base is None:
        whole = f"{size} ({_written(template, strengths, NAMES[:count])})"
        return whole if sign == "+" else f"{MINUS}{whole}"
    base = template.base % count
    kept = _written(template, strengths[base:], NAMES[base], first=base)
    if template.averaged:
        added = f"(average {MINUS} {kept})"
    else:
        rest = slice(1, None) if base == 0 else slice(None, -1)
        names = NAMES[:count][rest]
        added = _written(template, strengths[rest], names, first=rest.start or 0)
        if added != names:  # a letter alone needs no brackets
            added = f"({added})"
    return f"{kept} {sign} {size} {added}"


def _written(
    template: Template,
    strengths: np.ndarray,
    names: Sequence[str],
    first: int = 0,
    times: str = " ",
) -> str:
    """The sum of the terms with these names, the first of which is the template's `first`.

    times: what stands between a strength and a name.
    """
    parts = []
    for index, (name, strength) in enumerate(zip(names, strengths, strict=False), start=first):
        factor = template.sign(index) * float(strength)
        negative = factor < 0 or (factor == 0 and index in template.minus)
        size = "" if abs(factor) == 1 else f"{abs(factor):g}{times}"
        if index > first:
            parts.append(f" {MINUS} " if negative else " + ")
        elif negative:
            parts.append(MINUS)
        parts.append(f"{size}{name}")
    text = "".join(parts)
    if template.averaged and len(names) > 1:
        return f"({text}) / {len(names)}"
    return text


def _within_numbers(z: np.ndarray) -> np.ndarray:
    """Results used as terms again and again would leave the range of latent numbers."""
    return np.clip(z, -MAX_MAGNITUDE, MAX_MAGNITUDE)
