"""The figures of a generator: what each one is called, means and prefers, and a column of them.

Three groups: samples held against real digits, once those of the prior and once those of the
learned distribution, and what the model makes of real digits that it was not trained on. Nothing is
measured here; see `vae.metrics` and `vae.evaluate`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

PRIOR = "Samples of the prior"
LEARNED = "Samples of the learned distribution"
RECONSTRUCTION = "Test digits: reconstruction and likelihood"
GROUPS = (PRIOR, LEARNED, RECONSTRUCTION)
LEARNED_SUFFIX = "_learned"  # of the keys of the second group; otherwise those of the first

LOWER, HIGHER, NEITHER = "lower", "higher", "neither"  # which values of a figure are better

N_REFERENCE = 10_000  # the bundled test digits, and as many training digits for the real column
# With fewer samples than the 64 features, their covariance is that of too few; more than the
# highest do not fit into a common memory.
SAMPLES_LIMITS = (100, 100_000)
SEED_LIMITS = (0, 2**63 - 1)


@dataclass(frozen=True)
class Settings:
    """How much is drawn and measured; figures compare only where these are equal.

    n: samples of each distribution, for the Frechet distance, the classes and the confidence.
    neighbour_n: of those, and of the test digits, how many the k-NN figures hold against each
        other: they compute all distances between as many.
    k: the neighbour that tells how far the manifold reaches.
    test_images, draws: test digits for SSE, KL and the loss, and draws of z for each.
    bound_images, bound_samples: test digits, and draws of z for each, for the bound on -log p(x).
    seed: of everything that is drawn, except for the draws of SSE, which are always the same.

    Raises ValueError if one of them is not possible.
    """

    n: int = 10_000
    neighbour_n: int = 5_000
    k: int = 5
    test_images: int = N_REFERENCE
    draws: int = 8
    bound_images: int = 1_000
    bound_samples: int = 500
    seed: int = 0

    def __post_init__(self) -> None:
        limits = {
            "n": SAMPLES_LIMITS,
            "neighbour_n": (2 * self.k, N_REFERENCE),
            "k": (1, 50),
            "test_images": (1, N_REFERENCE),
            "draws": (1, 1_000),
            "bound_images": (2, self.test_images),
            "bound_samples": (1, 100_000),
            "seed": SEED_LIMITS,
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"{name} must be from {low:,} to {high:,}, not {value:,}")
        if self.neighbour_n > self.n:
            raise ValueError(f"neighbour_n, {self.neighbour_n:,}, is more than n, {self.n:,}")

    def with_samples(self, n: int) -> Settings:
        """The same with n samples, and as many for the k-NN figures as there are then."""
        return replace(self, n=n, neighbour_n=min(self.neighbour_n, n))

    @property
    def description(self) -> str:
        """What was measured with, in one line."""
        return (
            f"{self.n:,} samples against {N_REFERENCE:,} test digits; k-NN figures: "
            f"{self.neighbour_n:,} against {self.neighbour_n:,}, k = {self.k}; losses: "
            f"{self.test_images:,} test digits, {self.draws} "
            f"{'draw' if self.draws == 1 else 'draws'} each; bound: {self.bound_images:,} digits, "
            f"{self.bound_samples} samples each; seed {self.seed}"
        )


# Seconds instead of half a minute. Its figures compare among themselves only.
QUICK = Settings(
    n=2_000, neighbour_n=1_000, test_images=2_000, draws=1, bound_images=200, bound_samples=100
)


@dataclass(frozen=True)
class Figure:
    """One figure of one model, with all that is needed to read it.

    key: as in JSON and CSV. group: one of GROUPS. definition: what it is and where it comes from.
    unit: empty for a plain number. better: LOWER, HIGHER or NEITHER. digits: decimals to show.
    value: None where it was not measured, and why_not then says why.
    error: standard error of the value where it is an estimate that has one.
    note: what the value amounts to, in a few words; may be empty.
    """

    key: str
    name: str
    group: str
    definition: str
    unit: str = ""
    better: str = NEITHER
    digits: int = 2
    value: float | None = None
    error: float | None = None
    note: str = ""
    why_not: str = ""

    @property
    def text(self) -> str:
        """The value as it is shown; a dash where there is none."""
        return "–" if self.value is None else f"{self.value:,.{self.digits}f}"

    def beats(self, other: Figure) -> bool | None:
        """Whether this value is better than that of another model; None if neither is."""
        if self.better == NEITHER or None in (self.value, other.value):
            return None
        if self.value == other.value:
            return None
        return (self.value < other.value) == (self.better == LOWER)


@dataclass(frozen=True)
class Report:
    """The figures of one model, or of real digits in the place of its samples.

    path, sha256: the decoder's file and its fingerprint; both empty for real digits.
    figures: always the same keys in the same order. settings: what they were measured with.
    notes: what one has to know before comparing them with others'.
    """

    path: str
    sha256: str
    figures: tuple[Figure, ...]
    settings: Settings
    notes: tuple[str, ...] = ()

    def __getitem__(self, key: str) -> Figure:
        """The figure of that key. Raises KeyError."""
        for figure in self.figures:
            if figure.key == key:
                return figure
        raise KeyError(key)

    @property
    def is_real(self) -> bool:
        """Whether this is what real digits get."""
        return not self.path

    def as_dict(self) -> dict[str, object]:
        """For JSON: without definitions, which are the same in all reports."""
        measured = ("value", "error", "note", "why_not")
        return {
            "path": self.path,
            "sha256": self.sha256,
            "real": self.is_real,
            "notes": list(self.notes),
            "figures": {
                figure.key: {name: getattr(figure, name) for name in measured}
                for figure in self.figures
            },
        }


@dataclass(frozen=True)
class Measured:
    """A value on its way into a report; see `Figure`."""

    value: float | None = None
    error: float | None = None
    note: str = ""
    why_not: str = ""


def filled(settings: Settings, measured: Mapping[str, Measured]) -> tuple[Figure, ...]:
    """All figures, with what was measured of each. Raises KeyError if one was forgotten."""
    figures = []
    for figure in definitions(settings):
        found = measured[figure.key]
        if found.value is not None and not math.isfinite(found.value):
            found = Measured(why_not=f"it came out as {found.value}: the networks are damaged")
        figures.append(replace(figure, **asdict(found)))
    return tuple(figures)


def definitions(settings: Settings | None = None) -> tuple[Figure, ...]:
    """Every figure without a value, in the order of a report."""
    settings = settings or Settings()
    prior = _of_samples(settings)
    learned = tuple(
        replace(figure, key=figure.key + LEARNED_SUFFIX, group=LEARNED) for figure in prior
    )
    return prior + learned + _of_test_digits(settings)


def _of_samples(settings: Settings) -> tuple[Figure, ...]:
    nearest = f"its {_ordinal(settings.k)}nearest neighbour among {settings.neighbour_n:,}"
    return (
        Figure(
            "frechet",
            "Fréchet distance",
            PRIOR,
            "How far the samples as a whole are from real digits: the Fréchet distance between "
            f"Gaussians fitted to the features of {settings.n:,} samples and of the "
            f"{N_REFERENCE:,} test digits (Heusel et al. 2017). Features: the last maps of the "
            "bundled digit classifier, whichever model is measured, each averaged over its places: "
            "64 numbers, on another scale than Inception's. Fewer samples make it larger, 500 by "
            "0.01.",
            better=LOWER,
            digits=3,
        ),
        Figure(
            "precision",
            "Precision",
            PRIOR,
            "Do the samples look like digits? The share of them in the neighbourhood of a real "
            f"digit: in the features, nearer to it than {nearest} real ones (Kynkäänniemi et al. "
            "2019). Smooth samples lie in the middle of the real ones, and may have more than real "
            "digits do.",
            better=HIGHER,
            digits=3,
        ),
        Figure(
            "recall",
            "Recall",
            PRIOR,
            "Can it draw every digit that there is? The share of the real digits in the "
            f"neighbourhood of a sample: nearer to it than {nearest} samples (Kynkäänniemi et al. "
            "2019). Samples without the small accidents of a pen have little of it, and outliers "
            "among them feign it.",
            better=HIGHER,
            digits=3,
        ),
        Figure(
            "density",
            "Density",
            PRIOR,
            "Precision that counts how often: in how many real digits' neighbourhoods a sample "
            f"lies, over the {settings.k} that are to be expected (Naeem et al. 2020). Real digits "
            "have about 1; samples that keep to the middle of the real ones have more.",
            better=HIGHER,
            digits=3,
        ),
        Figure(
            "coverage",
            "Coverage",
            PRIOR,
            "The share of the real digits with a sample in their neighbourhood: nearer than "
            f"{nearest} real ones (Naeem et al. 2020). It is recall that outliers among the "
            f"samples cannot feign. {100 * (1 - 0.5**settings.k):.0f} % are to be expected of real "
            "digits.",
            better=HIGHER,
            digits=3,
        ),
        Figure(
            "class_entropy",
            "Class entropy",
            PRIOR,
            "Are all digits drawn, and equally often? The entropy of the classes that the bundled "
            f"classifier takes {settings.n:,} samples for. Its exponential is the number of "
            "classes in effect: 2.303 nats are all ten, equally often.",
            unit="nats",
            better=HIGHER,
            digits=3,
        ),
        Figure(
            "confidence",
            "Mean confidence",
            PRIOR,
            "How surely the bundled classifier takes a sample for some digit: the highest of its "
            f"ten probabilities, averaged over {settings.n:,} samples.",
            better=HIGHER,
            digits=3,
        ),
    )


def _of_test_digits(settings: Settings) -> tuple[Figure, ...]:
    digits = f"{settings.test_images:,} test digits"
    draws = "one draw" if settings.draws == 1 else f"{settings.draws} draws"
    return (
        Figure(
            "sse",
            "Squared error (SSE)",
            RECONSTRUCTION,
            f"Sum of the squared pixel errors of a reconstruction, pixels from -1 to 1, mean over "
            f"the {digits} and {draws} of z from each one's posterior: the first term of the "
            "training loss, as in the training record.",
            unit="nats",
            better=LOWER,
        ),
        Figure(
            "psnr",
            "PSNR",
            RECONSTRUCTION,
            "Peak signal-to-noise ratio, 10 log10(4 / mean squared error) with pixels from -1 to "
            f"1, of the reconstructions at the posterior means; mean over the {digits}.",
            unit="dB",
            better=HIGHER,
        ),
        Figure(
            "ssim",
            "SSIM",
            RECONSTRUCTION,
            "Structural similarity (Wang et al. 2004): means, variances and covariance in Gaussian "
            "windows of 11x11 pixels inside the image, sigma 1.5, data range 2, of the "
            f"reconstructions at the posterior means; mean over the {digits}; 1 is equality.",
            better=HIGHER,
            digits=3,
        ),
        Figure(
            "kl",
            "KL divergence",
            RECONSTRUCTION,
            "KL(q(z | x) || N(0, I)), what the code of a digit costs; mean over the "
            f"{digits} (Kingma & Welling 2014). More of it buys a smaller squared error, so that "
            "neither direction is better by itself.",
            unit="nats",
        ),
        Figure(
            "loss",
            "Test loss",
            RECONSTRUCTION,
            "SSE + KL: the negative ELBO for pixels with Gaussian noise of variance 1/2, but for a "
            "constant (Kingma & Welling 2014, eq. 3), whatever was minimised in training.",
            unit="nats",
            better=LOWER,
        ),
        Figure(
            "bound",
            "Importance-weighted bound",
            RECONSTRUCTION,
            f"A tighter bound of -log p(x), with {settings.bound_samples} importance samples "
            "(Burda et al. 2016), under the noise and without the constant of the test loss. The "
            "loss lies above it by what the encoder's Gaussian loses, or somewhat less than that. "
            "Measured as the test loss less the mean difference of both on "
            f"{settings.bound_images:,} of the digits, evenly spaced, which is far more exact than "
            "their mean bound.",
            unit="nats",
            better=LOWER,
        ),
        Figure(
            "active",
            "Active dimensions",
            RECONSTRUCTION,
            "Latent dimensions that carry at least 0.1 nats of KL on average; the others are "
            "ignored by the decoder.",
            digits=0,
        ),
    )


def _ordinal(k: int) -> str:
    return {1: "", 2: "2nd ", 3: "3rd "}.get(k, f"{k}th ")
