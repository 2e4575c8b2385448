"""Latent vectors as plain arrays: sampling, interpolation, class means, reading and writing.

Every function is pure and knows nothing of networks. A latent vector is a float array of shape
(latent_dim,), in units of the prior's standard deviation; the prior is N(0, I) (Kingma & Welling
2014, "Auto-Encoding Variational Bayes", section 3).
"""

from __future__ import annotations

import json
import math
import operator
import re

import numpy as np
from numpy.typing import ArrayLike

METHODS = ("linear", "spherical")

# The prior has practically no mass beyond |z| = 10; a larger number than this is a slip of the
# finger or the wrong clipboard, and keeping it out keeps squares and products finite.
MAX_MAGNITUDE = 1e6

# A vector of 64 numbers takes about 1,500 characters; a whole book on the clipboard is not one.
MAX_TEXT_LENGTH = 100_000

# Below this sine of the angle two directions count as one line; the great circle through them is
# then decided by rounding errors.
_MIN_SINE = 1e-8


# --- interpolation ------------------------------------------------------------------------------


def lerp(a: ArrayLike, b: ArrayLike, t: ArrayLike) -> np.ndarray:
    """Interpolate on the straight line from ``a`` to ``b``; the ends are exact.

    In high dimensions the middle of the line lies closer to the origin than almost every sample
    of the prior does; `slerp` avoids that.

    Args:
        a: (latent_dim,), reached at t = 0.
        b: (latent_dim,), reached at t = 1.
        t: a number, or (T,).

    Returns:
        (latent_dim,) for a number, (T, latent_dim) for an array.

    Raises:
        ValueError: ``a`` and ``b`` are not two vectors of the same length.
    """
    a, b = _two_vectors(a, b)
    t = np.asarray(t, dtype=np.float64)[..., None]
    return (1.0 - t) * a + t * b


def slerp(a: ArrayLike, b: ArrayLike, t: ArrayLike) -> np.ndarray:
    """Interpolate along the great circle from ``a`` to ``b``; the ends are exact.

    The direction turns at a constant rate and the length changes linearly: the "great circle
    path with elevation changes" of White 2016, "Sampling Generative Networks", section 2.1. For
    vectors of equal length this is the formula printed there,
    (sin((1 - t) omega) a + sin(t omega) b) / sin(omega). For unequal lengths that formula
    diverges as omega nears pi, whereas here |z| always stays between |a| and |b|.

    Where the great circle is not defined the answer stays finite: with a zero vector or parallel
    vectors it is the straight line; between opposite vectors one of the equally short half
    circles is taken, always the same one. On a one-dimensional space there is only the line.

    Args:
        a: (latent_dim,), reached at t = 0.
        b: (latent_dim,), reached at t = 1.
        t: a number, or (T,).

    Returns:
        (latent_dim,) for a number, (T, latent_dim) for an array.

    Raises:
        ValueError: ``a`` and ``b`` are not two vectors of the same length.
    """
    a, b = _two_vectors(a, b)
    t = np.asarray(t, dtype=np.float64)[..., None]
    length_a, length_b = np.linalg.norm(a), np.linalg.norm(b)
    straight = (1.0 - t) * a + t * b
    if len(a) == 1 or length_a == 0.0 or length_b == 0.0:
        return straight

    start, end = a / length_a, b / length_b
    cosine = start @ end
    across = end - cosine * start
    sine = np.linalg.norm(across)
    if sine < _MIN_SINE:
        if cosine > 0.0:
            return straight
        axis = np.argmin(np.abs(start))  # the coordinate axis furthest from the line
        across = -start[axis] * start
        across[axis] += 1.0
        sine = np.linalg.norm(across)
        omega = np.pi
    else:
        omega = np.arctan2(sine, cosine)  # accurate at small angles, where arccos is not
    across /= sine

    direction = np.cos(t * omega) * start + np.sin(t * omega) * across
    circle = ((1.0 - t) * length_a + t * length_b) * direction
    return np.where((t == 0.0) | (t == 1.0), straight, circle)


def interpolate(a: ArrayLike, b: ArrayLike, steps: int, method: str = "linear") -> np.ndarray:
    """Return ``steps`` evenly spaced points from ``a`` to ``b``, both included.

    Args:
        a: (latent_dim,).
        b: (latent_dim,).
        steps: number of points, at least 2.
        method: one of `METHODS`.

    Returns:
        (steps, latent_dim).

    Raises:
        ValueError: fewer than two steps, an unknown method, or vectors that do not match.
    """
    try:
        curve = {"linear": lerp, "spherical": slerp}[method]
    except KeyError:
        names = " or ".join(METHODS)
        raise ValueError(f"unknown interpolation method {method!r}: expected {names}") from None
    if operator.index(steps) < 2:
        raise ValueError(f"an interpolation needs at least 2 steps, got {steps}")
    return curve(a, b, np.linspace(0.0, 1.0, steps))


def _two_vectors(a: ArrayLike, b: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    a = np.asarray(a, dtype=np.float64)
    b = np.asarray(b, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(f"expected two vectors of one length, got shapes {a.shape} and {b.shape}")
    return a, b


# --- sampling -----------------------------------------------------------------------------------


def sample_prior(
    n: int, latent_dim: int, rng: np.random.Generator, temperature: float = 1.0
) -> np.ndarray:
    """Draw from N(0, temperature^2 I); temperature 1 is the prior, 0 gives the origin n times.

    Lowering the temperature trades variety for typicality (the "reduced-temperature" sampling of
    Kingma & Dhariwal 2018, "Glow", section 6).

    Returns:
        (n, latent_dim).

    Raises:
        ValueError: a negative ``n`` or temperature, or a temperature that is not finite.
    """
    if not (math.isfinite(temperature) and temperature >= 0.0):
        raise ValueError(f"a temperature must be finite and not negative, got {temperature}")
    return temperature * rng.standard_normal((n, latent_dim))


def sample_uniform(
    n: int, latent_dim: int, rng: np.random.Generator, low: float = -2.0, high: float = 2.0
) -> np.ndarray:
    """Draw every coordinate evenly between ``low`` and ``high``: a box, not the prior's ball.

    Returns:
        (n, latent_dim).

    Raises:
        ValueError: a negative ``n``, bounds in the wrong order, or bounds that are not finite.
    """
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise ValueError(f"a range must go from a lower to a higher number, got {low} to {high}")
    return rng.uniform(low, high, (n, latent_dim))


def typical_radius(latent_dim: int) -> float:
    """Return the most frequent |z| under the prior, the mode sqrt(latent_dim - 1) of the chi law.

    The density is highest at the origin, but a shell's volume grows as r^(latent_dim - 1), so
    in six dimensions samples lie near 2.24 and hardly ever near 0. In one dimension the mode is 0.

    Raises:
        ValueError: ``latent_dim`` is less than 1.
    """
    if latent_dim < 1:
        raise ValueError(f"a latent space has at least 1 dimension, got {latent_dim}")
    return math.sqrt(latent_dim - 1)


def _log_radius_weight(z: ArrayLike) -> np.ndarray:
    """How typical each radius is: the log of the chi density r^(d - 1) exp(-r^2 / 2), less its
    maximum; (N, d) -> (N,), and 0 at `typical_radius`.
    """
    z = _matrix(z, "z")
    mode = typical_radius(z.shape[1])
    radius = np.linalg.norm(z, axis=1)
    log_weight = (mode**2 - radius**2) / 2.0
    if mode > 0.0:
        with np.errstate(divide="ignore"):  # at the origin the density is 0, its log -inf
            log_weight += mode**2 * np.log(radius / mode)
    return log_weight


# --- digit classes and arithmetic ---------------------------------------------------------------


def class_presets(z: ArrayLike, probabilities: ArrayLike) -> np.ndarray:
    """Choose for each class the sample that is surest to show it and typical at the same time.

    The winner has the highest probability times the chi density of its radius. Compared in
    logarithms, so that a class no sample shows, or samples all far out, still give the best
    there is.

    Args:
        z: (N, latent_dim) samples, N at least 1.
        probabilities: (N, classes), a classifier's verdict on the decoded samples.

    Returns:
        (classes, latent_dim), rows of ``z``.

    Raises:
        ValueError: the arrays do not match, or there is no sample.
    """
    z, probabilities = _samples_with_probabilities(z, probabilities)
    smallest = np.finfo(np.float64).tiny
    score = np.log(np.maximum(probabilities, smallest)) + _log_radius_weight(z)[:, None]
    return z[np.argmax(score, axis=0)]


def class_means_by_classifier(z: ArrayLike, probabilities: ArrayLike) -> np.ndarray:
    """Average the samples that a classifier takes for each class, with probability above one half.

    A class that no sample shows is averaged over all samples, weighted by its probability.

    Args:
        z: (N, latent_dim) samples, N at least 1.
        probabilities: (N, classes), a classifier's verdict on the decoded samples.

    Returns:
        (classes, latent_dim).

    Raises:
        ValueError: the arrays do not match, or there is no sample.
    """
    z, probabilities = _samples_with_probabilities(z, probabilities)
    weights = (probabilities > 0.5).astype(np.float64)
    unseen = weights.sum(axis=0) == 0.0
    weights[:, unseen] = probabilities[:, unseen]
    weights[:, weights.sum(axis=0) == 0.0] = 1.0  # a classifier may round every probability to 0
    return (weights / weights.sum(axis=0)).T @ z


def _samples_with_probabilities(
    z: ArrayLike, probabilities: ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    z = _matrix(z, "z")
    probabilities = _matrix(probabilities, "probabilities").astype(np.float64)
    if len(z) == 0 or len(z) != len(probabilities):
        raise ValueError(
            f"expected samples and one row of probabilities for each, "
            f"got {len(z)} samples and {len(probabilities)} rows"
        )
    return z, probabilities


def _matrix(values: ArrayLike, name: str) -> np.ndarray:
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2:
        raise ValueError(f"{name}: expected an array with 2 axes, got shape {values.shape}")
    return values


# --- reading and writing ------------------------------------------------------------------------

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_ARRAY_CALL = re.compile(
    r"(?:np\.|numpy\.|torch\.)?(?:array|tensor)\((.*?)(?:,\s*dtype=[\w.]+)?\)", re.DOTALL
)


def parse_number(text: str) -> float:
    """Read one number as a person types it, with a decimal point.

    Raises:
        ValueError: not a number, not finite, or larger than `MAX_MAGNITUDE`; the message quotes
            the text and can be shown as it is.
    """
    piece = text.strip().replace("\N{MINUS SIGN}", "-")
    if not piece:
        raise ValueError("expected a number, got nothing")
    if _NOT_FINITE.fullmatch(piece):
        raise ValueError(f"{_quoted(piece)} is not a finite number")
    if not _NUMBER.fullmatch(piece):
        hint = " (use a point for decimals)" if _NUMBER.fullmatch(piece.replace(",", ".")) else ""
        raise ValueError(f"{_quoted(piece)} is not a number{hint}")
    number = float(piece)
    if abs(number) > MAX_MAGNITUDE:
        raise ValueError(
            f"{_quoted(piece)} is too large: a latent number lies between "
            f"-{MAX_MAGNITUDE:,.0f} and {MAX_MAGNITUDE:,.0f}, and seldom beyond 4"
        )
    return number


def parse_vector(text: str, latent_dim: int) -> tuple[float, ...]:
    """Read a latent vector from a JSON list, a NumPy or torch print-out, or bare numbers.

    Numbers may be separated by commas, semicolons, spaces or line breaks.

    Raises:
        ValueError: something in it is not a number, is not finite or is larger than
            `MAX_MAGNITUDE`, or the count is not ``latent_dim``; the message can be shown as it is.
    """
    if len(text) > MAX_TEXT_LENGTH:
        raise ValueError(f"a text of {len(text):,} characters is not a latent vector")
    body = text.strip()
    call = _ARRAY_CALL.fullmatch(body)
    if call:
        body = call.group(1).strip()
    pieces = body.lstrip("[( \n\t").rstrip("]) \n\t").replace(",", " ").replace(";", " ").split()
    if not pieces:
        raise ValueError(f"expected {_count(latent_dim)}, got no number")
    numbers = tuple(parse_number(piece) for piece in pieces)
    if len(numbers) != latent_dim:
        dimensions = f"{latent_dim} dimension" + ("s" if latent_dim != 1 else "")
        raise ValueError(f"got {_count(len(numbers))}, this model has {dimensions}")
    return numbers


def format_vector(z: ArrayLike) -> str:
    """Write a vector as a JSON list, rounded to 6 decimals; `parse_vector` reads it back.

    Raises:
        ValueError: ``z`` is not one vector, or holds a number that is not finite.
    """
    z = np.asarray(z, dtype=np.float64)
    if z.ndim != 1 or not np.isfinite(z).all():
        raise ValueError(f"expected one vector of finite numbers, got {z}")
    # Adding 0.0 turns the -0.0 that rounding leaves into 0.0.
    return json.dumps([round(number, 6) + 0.0 for number in z.tolist()])


def _count(number: int) -> str:
    return f"{number} number" + ("s" if number != 1 else "")


def _quoted(piece: str) -> str:
    return f"'{piece}'" if len(piece) <= 24 else f"'{piece[:20]}...'"
