"""The aggregate posterior: what it is along each dimension, and how far it is from the prior.

The aggregate posterior q(z) is the mean of the posteriors q(z | x) of all images x (Makhzani et al.
2016, "Adversarial Autoencoders"; Hoffman & Johnson 2016, "ELBO surgery"). A VAE draws new images
from the prior p(z) = N(0, I), so what its decoder has never been asked for is where p has mass and
q has not.

Latent numbers are in prior standard deviations. SciPy's statistics take more than half a second to
import and hold Python's lock meanwhile: a window calls `prior_match` in another process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from vae.mmd import equivalent_shift, mmd2_of_chance, mmd2_to_prior
from vae.statistics import ACTIVE_NATS

VERSION = 3  # of what the functions of this module compute; what was kept of another is not shown

PARTS = (0.0, 0.25, 0.5, 0.75, 1.0)
WHISKER = 1.5  # quartile distances beyond the box (Tukey 1977, "Exploratory Data Analysis")
RARE = 0.001  # what chance does more often than so proves nothing

# The largest difference of two shares that is called a match: of 100 images, 5 on the wrong side of
# some value. Twice that is far; 10,000 images prove differences that nobody would see.
GAP_CLOSE, GAP_FAR = 0.05, 0.1
# The same for the distance of the whole, as the shift of a prior that is as far away.
SHIFT_CLOSE, SHIFT_FAR = 0.15, 0.5
MEAN_CLOSE = 0.1  # prior standard deviations; a centre nearer than this is no reason to name
# Likewise, of the median |z|. Not relative to it: however many dimensions there are, |z| of a prior
# sample varies by 0.6 to 0.71, so that in 64 a median 4 % too large is half of that.
RADIUS_CLOSE = 0.12
OUTER_SHARE = 0.05  # of the prior, beside its middle 95 % in |z|^2
WIDTH_CLOSE = 0.1  # relative, of one axis's standard deviation; likewise
CORRELATED, CORRELATED_FAR = 0.2, 0.5
CORRELATION_OF_CHANCE = 4.0  # over the root of n: standard errors of a correlation that is 0

CLOSE, ROUGH, FAR = "close", "rough", "far"
RADIUS_PAIRS = 512  # as many points as a plot of quantiles can show

GRID = 1024  # values at which the density of an axis is looked at for its peaks
PROMINENT = 0.1
NORMAL_BOX = 1.349  # distance between the quartiles of N(0, 1)
ROUNDING = 1e-12  # relative; numbers that differ by less are the same


@dataclass(frozen=True, eq=False)
class LatentSummary:
    """What n encoded images say of each of d latent dimensions, and of C classes in them.

    mean, std, minimum, maximum: (d,), of the posterior means mu; std with n in the denominator.
    quartiles: (3, d), of mu. whiskers: (2, d), the lowest and the highest mu that is no farther
        from the box of the quartiles than WHISKER times its height.
    mean_std: (d,), the mean standard deviation of the posteriors.
    kl: (d,), KL(q(z_i | x) || N(0, 1)) in nats, averaged over the images.
    activity: (d,), the variance of mu (Burda et al. 2016, "Importance Weighted Autoencoders").
    explained: (d,), the share of the aggregate posterior's variance that lies between the images,
        Var(mu) / (Var(mu) + E[sigma^2]); near 1 where an image knows its place, 0 where not.
    active: (d,), bool, whether kl is at least ACTIVE_NATS.
    correlation: (d, d), of mu; 0 beside a dimension in which mu does not vary.
    class_counts: (C,). class_means, class_stds: (C, d), of mu; NaN for a class without images.
    """

    n: int
    mean: np.ndarray
    std: np.ndarray
    minimum: np.ndarray
    maximum: np.ndarray
    quartiles: np.ndarray
    whiskers: np.ndarray
    mean_std: np.ndarray
    kl: np.ndarray
    activity: np.ndarray
    explained: np.ndarray
    active: np.ndarray
    correlation: np.ndarray
    class_counts: np.ndarray
    class_means: np.ndarray
    class_stds: np.ndarray


@dataclass(frozen=True, eq=False)
class PriorMatch:
    """How far n draws from the aggregate posterior, one for each image, are from N(0, I).

    ks, ks_p: (d,), the Kolmogorov-Smirnov statistic of each axis against N(0, 1), that is the
        largest difference of the two shares below any one value, and its p-value.
    mean, std: (d,), of the draws. correlation: (d, d), of the draws.
    peaks: (d,), how many separate peaks the density of each axis has; the prior's has 1.
    mmd2: squared maximum mean discrepancy, unbiased, and so sometimes below 0; see `mmd2_to_prior`.
    mmd2_chance: what 95 of 100 samples of n points from the prior itself stay below.
    mmd2_p: the p-value of mmd2, at least 1 / (vae.mmd.NULL_REPEATS + 1).
    shift: how far the prior would have to be moved to be as far from itself, in its standard
        deviations; infinite where no shift suffices. What mmd2 means, in a unit.
    shift_chance: the largest shift of as many samples from the prior.
    shape_shift: the shift that is left when the draws are given the mean and the covariance of the
        prior by an affine map: what is wrong with their shape.
    radius_quantiles: (2, Q), quantiles of |z|^2 under chi-squared with d degrees of freedom, and of
        the draws.
    radius_ks, radius_p: Kolmogorov-Smirnov for |z|^2.
    inside, outside: shares of the draws below and above the middle 95 % of chi-squared.
    radius, prior_radius: medians of |z|.
    gap_chance: the Kolmogorov-Smirnov statistic that chance passes on any of the axes, or in the
        radius, with probability RARE.
    word: CLOSE, ROUGH or FAR. sentence: that word and its reasons for a person.
    """

    n: int
    ks: np.ndarray
    ks_p: np.ndarray
    mean: np.ndarray
    std: np.ndarray
    correlation: np.ndarray
    peaks: np.ndarray
    mmd2: float
    mmd2_chance: float
    mmd2_p: float
    shift: float
    shift_chance: float
    shape_shift: float
    radius_quantiles: np.ndarray
    radius_ks: float
    radius_p: float
    inside: float
    outside: float
    radius: float
    prior_radius: float
    gap_chance: float
    word: str
    sentence: str


def choose(total: int, n: int, seed: int) -> np.ndarray:
    """Indices of n of so many images, ascending; all of them where there are not more.

    Of one seed, a smaller choice lies within a larger one.
    """
    return np.sort(np.random.default_rng(seed).permutation(total)[:n])


def summarise(
    mu: ArrayLike, std: ArrayLike, labels: ArrayLike, n_classes: int | None = None
) -> LatentSummary:
    """Sum up posteriors N(mu, std^2) of n images, (n, d) each, with labels (n,); see the class.

    n_classes: C; by default one more than the largest label. 10 ms for 10,000 images.

    Raises:
        ValueError: no images, shapes that do not fit, numbers that are not finite, or labels
            outside 0 .. C - 1.
    """
    mu, std = _posteriors(mu, std, least=1)
    labels = np.asarray(labels)
    if labels.shape != mu.shape[:1]:
        raise ValueError(f"{len(mu)} images need as many labels, not an array of {labels.shape}")
    n_classes = int(labels.max()) + 1 if n_classes is None else n_classes
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(f"the labels must lie in 0 to {n_classes - 1}")
    minimum, *quartiles, maximum = np.quantile(mu, PARTS, axis=0)
    reach = WHISKER * (quartiles[2] - quartiles[0])
    beside = (mu < quartiles[0] - reach) | (mu > quartiles[2] + reach)
    whiskers = [
        np.where(beside, np.inf, mu).min(axis=0),
        np.where(beside, -np.inf, mu).max(axis=0),
    ]
    kl = (0.5 * (mu**2 + std**2 - 1.0) - np.log(std)).mean(axis=0)
    variance, within = mu.var(axis=0), (std**2).mean(axis=0)
    counts = np.bincount(labels, minlength=n_classes)
    means = np.full((n_classes, mu.shape[1]), np.nan)
    stds = means.copy()
    for label in np.flatnonzero(counts):
        means[label] = mu[labels == label].mean(axis=0)
        stds[label] = mu[labels == label].std(axis=0)
    return LatentSummary(
        n=len(mu),
        mean=mu.mean(axis=0),
        std=mu.std(axis=0),
        minimum=minimum,
        maximum=maximum,
        quartiles=np.stack(quartiles),
        whiskers=np.stack(whiskers),
        mean_std=std.mean(axis=0),
        kl=kl,
        activity=variance,
        explained=variance / (variance + within),
        active=kl >= ACTIVE_NATS,
        correlation=_correlation(mu),
        class_counts=counts,
        class_means=means,
        class_stds=stds,
    )


def prior_match(
    mu: ArrayLike,
    std: ArrayLike,
    seed: int = 0,
    progress: Callable[[float], None] = lambda fraction: None,
) -> PriorMatch:
    """Compare one draw z ~ q(z | x) for each of n images with the prior N(0, I).

    Not the means mu: the prior is to match the mean of the posteriors, and that is as wide as their
    means and each of them together. For an ideal encoder the means alone are narrower than the
    prior, and the more so the less an image knows of its place.

    mu, std: (n, d), of the posteriors. seed: of the draws. progress: told the share that is done;
    it may raise to end this. About 1 s for 10,000 images in 6 dimensions, and 0.6 s more for the
    first import of SciPy's statistics.

    Raises:
        ValueError: fewer than 2 images, shapes that do not fit, or numbers that are not finite.
    """
    mu, std = _posteriors(mu, std, least=2)
    rng = np.random.default_rng(seed)
    return compare_to_prior(mu + std * rng.standard_normal(mu.shape), rng, progress)


def compare_to_prior(
    z: ArrayLike,
    rng: np.random.Generator,
    progress: Callable[[float], None] = lambda fraction: None,
) -> PriorMatch:
    """Compare any points (n, d), n at least 2, with the prior N(0, I); see `prior_match`.

    rng: draws the prior samples that tell what chance does.
    """
    from scipy.stats import chi2, kstest, kstwo

    z = np.asarray(z, np.float64)
    n, d = z.shape
    progress(0.0)
    axes = [kstest(axis, "norm") for axis in z.T]
    squares = np.sort((z * z).sum(axis=1))
    radius = kstest(squares, "chi2", args=(d,))
    picks = np.unique(np.linspace(0, n - 1, RADIUS_PAIRS).round().astype(int))
    limits = chi2.ppf((0.025, 0.975), d)

    progress(0.05)
    mmd2 = mmd2_to_prior(z, lambda part: progress(0.05 + 0.35 * part))
    shape = mmd2_to_prior(_whitened(z), lambda part: progress(0.4 + 0.35 * part))
    chance = mmd2_of_chance(n, d, rng, lambda part: progress(0.75 + 0.25 * part))
    match = PriorMatch(
        n=n,
        ks=np.array([axis.statistic for axis in axes]),
        ks_p=np.array([axis.pvalue for axis in axes]),
        mean=z.mean(axis=0),
        std=z.std(axis=0),
        correlation=_correlation(z),
        peaks=np.array([count_peaks(axis) for axis in z.T]),
        mmd2=mmd2,
        mmd2_chance=float(np.quantile(chance, 0.95)),
        mmd2_p=float((1 + (chance >= mmd2).sum()) / (1 + len(chance))),
        shift=equivalent_shift(mmd2, d),
        shift_chance=equivalent_shift(float(chance.max()), d),
        shape_shift=equivalent_shift(shape, d),
        radius_quantiles=np.stack([chi2.ppf((picks + 0.5) / n, d), squares[picks]]),
        radius_ks=float(radius.statistic),
        radius_p=float(radius.pvalue),
        inside=float((squares < limits[0]).mean()),
        outside=float((squares > limits[1]).mean()),
        radius=float(np.sqrt(np.median(squares))),
        prior_radius=float(np.sqrt(chi2.ppf(0.5, d))),
        # d + 1 looks at once: each may err that much more rarely (Bonferroni).
        gap_chance=float(kstwo.isf(RARE / (d + 1), n)),
        word="",
        sentence="",
    )
    word, sentence = _in_words(match)
    return replace(match, word=word, sentence=sentence)


# --- words --------------------------------------------------------------------------------------


def count_peaks(values: ArrayLike) -> int:
    """How many separate peaks the density of values (n,) has.

    Of a Gaussian kernel estimate with Silverman's bandwidth (1986, "Density Estimation", equation
    3.31), which rather smooths a peak away than makes one up. What rises less than PROMINENT of the
    highest peak above the dip beside it is none.
    """
    from scipy.signal import find_peaks

    values = np.asarray(values, np.float64)
    quarter, three = np.quantile(values, (0.25, 0.75))
    scale = min(values.std(), (three - quarter) / NORMAL_BOX) or values.std()
    width = 0.9 * scale * len(values) ** -0.2
    if not width > 0.0:
        return 1
    low, high = values.min() - 4.0 * width, values.max() + 4.0 * width
    counts, edges = np.histogram(values, GRID, (low, high))
    offsets = (edges[:-1] - edges[GRID // 2]) / width
    density = np.convolve(counts, np.exp(-0.5 * offsets**2), "same")
    return len(find_peaks(density, prominence=PROMINENT * density.max())[0])


def _in_words(match: PriorMatch) -> tuple[str, str]:
    """The word for a match, and the sentence that gives its reasons."""
    gaps = np.append(match.ks, match.radius_ks)
    close = max(GAP_CLOSE, match.gap_chance)
    shift_close = max(SHIFT_CLOSE, match.shift_chance)
    if (gaps <= close).all() and match.shift <= shift_close:
        doubt = "" if match.gap_chance <= GAP_CLOSE else f"As far as {match.n:,} images can tell, "
        return CLOSE, doubt + f"{'t' if doubt else 'T'}" + (
            "he encoded images lie as samples of the prior do: along each dimension, in their "
            "distance from the origin, and as a whole."
        )
    far = (
        gaps.max() > max(GAP_FAR, close)
        or match.shift > max(SHIFT_FAR, shift_close)
        or _strongest(match.correlation)[2] > CORRELATED_FAR
    )
    opening = (
        "The encoded images do not lie as samples of the prior do: "
        if far
        else "The encoded images lie nearly, but not quite, as samples of the prior do: "
    )
    reasons = _reasons(match, close, shift_close)
    return (FAR if far else ROUGH), opening + "; ".join(reasons) + "."


def _reasons(match: PriorMatch, close: float, shift_close: float) -> list[str]:
    """What differs, the plainest first; at least one, at most four."""
    reasons = []
    beside = match.ks > close
    worst = int(np.argmax(np.where(beside, match.ks, -1.0)))
    place = np.where(beside, np.abs(match.mean), 0.0)
    if place.max() > MEAN_CLOSE:
        axis = int(place.argmax())
        side = "above" if match.mean[axis] > 0.0 else "below"
        reasons.append(
            f"along z{axis + 1} their centre lies {abs(match.mean[axis]):.2f} {side} the prior's"
        )
    wide = beside & (np.abs(match.std - 1.0) > WIDTH_CLOSE)
    farther = match.radius - match.prior_radius
    if wide.any() and wide.sum() <= len(wide) / 2:
        axis = int(np.argmax(np.where(wide, match.ks, -1.0)))
        reasons.append(
            f"along z{axis + 1} they are spread {'more' if match.std[axis] > 1.0 else 'less'} than "
            f"the prior (standard deviation {match.std[axis]:.2f}, not 1)"
        )
    elif match.radius_ks > close and abs(farther) > RADIUS_CLOSE:
        nearer = "nearer to the origin" if farther < 0.0 else "farther from the origin"
        reasons.append(
            f"they lie {nearer} (half of them within |z| = {match.radius:.2f}, of the prior's "
            f"samples within {match.prior_radius:.2f})"
        )
    elif match.radius_ks > close:
        less = "less" if match.inside + match.outside < OUTER_SHARE else "more"
        reasons.append(f"their distances from the origin differ {less} from one another")
    peaks = ""
    if (match.peaks > 1).any():
        axis = int(np.argmax(np.where(match.peaks > 1, match.ks, -1.0)))
        peaks = f"along z{axis + 1} they have {match.peaks[axis]} peaks, where the prior has one"
    crowded = match.shape_shift > shift_close
    if peaks and not crowded:
        reasons.append(peaks)
    i, j, strength = _strongest(match.correlation)
    if strength > max(CORRELATED, CORRELATION_OF_CHANCE / np.sqrt(match.n)):
        reasons.append(
            f"z{i + 1} and z{j + 1} are correlated ({match.correlation[i, j]:+.2f}), which they "
            "are not in the prior"
        )
    if not reasons and beside.any():
        reasons.append(
            f"along z{worst + 1}, {100.0 * match.ks[worst]:.0f} of 100 lie on another side "
            "of some value than in the prior"
        )
    if crowded or not reasons:
        alone = "each dimension alone is much as in the prior, but all together "
        before = f"{peaks}, and " if peaks else "" if beside.any() else alone
        reasons.append(
            f"{before}they crowd some places and leave others empty, where a prior sample may fall"
        )
    return reasons


# --- helpers ------------------------------------------------------------------------------------


def _posteriors(mu: ArrayLike, std: ArrayLike, least: int) -> tuple[np.ndarray, np.ndarray]:
    mu, std = np.asarray(mu, np.float64), np.asarray(std, np.float64)
    if mu.ndim != 2 or mu.shape != std.shape or 0 in mu.shape:
        raise ValueError(
            "means and standard deviations must be two arrays of one shape (images, dimensions), "
            f"not {mu.shape} and {std.shape}"
        )
    if len(mu) < least:
        raise ValueError(f"at least {least} encoded images are needed, not {len(mu)}")
    if not (np.isfinite(mu).all() and np.isfinite(std).all() and (std > 0.0).all()):
        raise ValueError(
            "the encoded images' means must be finite, and their standard deviations above 0"
        )
    return mu, std


def _strongest(correlation: np.ndarray) -> tuple[int, int, float]:
    """The two dimensions that are most correlated, and how much, without its sign."""
    pairs = np.abs(np.triu(correlation, 1))
    i, j = np.unravel_index(pairs.argmax(), pairs.shape)
    return int(i), int(j), float(pairs[i, j])


def _whitened(points: np.ndarray) -> np.ndarray:
    """Points (n, d) with mean 0 and covariance I; a direction without spread stays without."""
    centred = points - points.mean(axis=0)
    variances, directions = np.linalg.eigh(centred.T @ centred / len(points))
    without = variances <= ROUNDING * max(variances[-1], 1.0)
    turned = centred @ directions / np.sqrt(np.where(without, 1.0, variances))
    return turned @ directions.T


def _correlation(points: np.ndarray) -> np.ndarray:
    """Pearson's of the columns of points (n, d), (d, d); 0 beside a column that is constant."""
    centred = points - points.mean(axis=0)
    lengths = np.sqrt((centred**2).sum(axis=0))
    # What rounding leaves of a constant column would correlate with anything.
    constant = lengths <= ROUNDING * np.sqrt(len(points)) * np.abs(points).max(axis=0)
    unit = np.where(constant, 0.0, centred) / np.where(constant, 1.0, lengths)
    correlation = np.clip(unit.T @ unit, -1.0, 1.0)
    np.fill_diagonal(correlation, 1.0)
    return correlation
