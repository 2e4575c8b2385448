"""The distribution of encoded real digits in latent space: Gaussian mixtures and class means.

A prior sample need not lie where training put the data; a mixture fitted to posterior draws does
(Ghosh et al. 2020, "From Variational to Deterministic Autoencoders", ex-post density estimation).
Everything but the fit itself is plain NumPy, so that sampling needs neither torch nor scikit-learn.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vae.files import atomic_write

# Keeps every covariance invertible where a dimension is unused; a ten-thousandth of the prior's
# variance moves no sample visibly.
COVARIANCE_FLOOR = 1e-4
MAX_ITERATIONS = 100  # EM has done its work by then, even where its last decimals still move


@dataclass(frozen=True)
class GaussianMixture:
    """A mixture of K Gaussians with full covariances in d dimensions, in prior standard deviations.

    weights: (K,), positive, summing to 1; means: (K, d); covariances: (K, d, d).

    Raises ValueError if shapes disagree, a value is not finite, or a covariance is not positive
    definite.
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray

    def __post_init__(self) -> None:
        for field in ("weights", "means", "covariances"):
            object.__setattr__(self, field, np.array(getattr(self, field), dtype=np.float64))
        if self.means.ndim != 2 or 0 in self.means.shape:
            raise ValueError(f"a mixture's means must be (K, d), not {self.means.shape}")
        k, d = self.means.shape
        if self.weights.shape != (k,) or self.covariances.shape != (k, d, d):
            raise ValueError(
                f"{k} means in {d} dimensions do not fit weights of shape {self.weights.shape} and "
                f"covariances of shape {self.covariances.shape}"
            )
        if not all(np.isfinite(a).all() for a in (self.weights, self.means, self.covariances)):
            raise ValueError("a mixture holds values that are not finite")
        if (self.weights <= 0).any() or abs(self.weights.sum() - 1.0) > 1e-4:
            raise ValueError("a mixture's weights must be positive and sum to 1")
        object.__setattr__(self, "weights", self.weights / self.weights.sum())
        if not np.allclose(self.covariances, self.covariances.transpose(0, 2, 1), atol=1e-6):
            raise ValueError("a mixture's covariance is not symmetric")
        try:
            factors = np.linalg.cholesky(self.covariances)
        except np.linalg.LinAlgError:
            raise ValueError("a mixture's covariance is not positive definite") from None
        object.__setattr__(self, "_factors", factors)  # (K, d, d), lower triangular

    @property
    def latent_dim(self) -> int:
        """Number of latent dimensions."""
        return self.means.shape[1]

    def sample(self, n: int, rng: np.random.Generator, temperature: float = 1.0) -> np.ndarray:
        """n draws, (n, d); the components stay where they are, their spread scales.

        temperature: factor on every component's standard deviations; 0 gives component means.
        """
        if n < 0 or not np.isfinite(temperature) or temperature < 0:
            raise ValueError(f"n and temperature must be at least 0, not {n} and {temperature}")
        component = rng.choice(len(self.weights), size=n, p=self.weights)
        noise = rng.standard_normal((n, self.latent_dim))
        spread = np.einsum("nij,nj->ni", self._factors[component], noise)
        return self.means[component] + temperature * spread

    def log_prob(self, z: np.ndarray) -> np.ndarray:
        """Log-density at z (N, d), in nats -> (N,)."""
        z = np.asarray(z, dtype=np.float64)
        if z.ndim != 2 or z.shape[1] != self.latent_dim:
            raise ValueError(f"z must be (N, {self.latent_dim}), not {z.shape}")
        log_terms = np.empty((len(self.weights), len(z)))
        for k, factor in enumerate(self._factors):
            whitened = np.linalg.solve(factor, (z - self.means[k]).T)  # (d, N)
            log_terms[k] = (
                np.log(self.weights[k])
                - 0.5 * (whitened**2).sum(0)
                - np.log(np.diag(factor)).sum()
                - 0.5 * self.latent_dim * np.log(2 * np.pi)
            )
        return np.logaddexp.reduce(log_terms, axis=0)


@dataclass(frozen=True)
class LatentDensity:
    """Where the training images of a model lie in its latent space.

    mixture: all images; class_mixtures: one mixture per class; class_means: (C, d), the mean
    posterior mean of each class.
    """

    mixture: GaussianMixture
    class_mixtures: tuple[GaussianMixture, ...]
    class_means: np.ndarray

    def __post_init__(self) -> None:
        object.__setattr__(self, "class_means", np.array(self.class_means, dtype=np.float64))
        expected = (len(self.class_mixtures), self.mixture.latent_dim)
        if self.class_means.shape != expected:
            raise ValueError(f"class means must be {expected}, not {self.class_means.shape}")
        if not np.isfinite(self.class_means).all():
            raise ValueError("class means hold values that are not finite")
        if any(m.latent_dim != self.mixture.latent_dim for m in self.class_mixtures):
            raise ValueError("the class mixtures differ in their number of dimensions")

    @property
    def latent_dim(self) -> int:
        """Number of latent dimensions."""
        return self.mixture.latent_dim

    def save(self, path: str | Path) -> None:
        """Write an npz file, atomically. Raises OSError."""
        arrays = {"class_means": self.class_means.astype(np.float32)}
        arrays |= _arrays_of("mixture", [self.mixture])
        arrays |= _arrays_of("class_mixtures", self.class_mixtures)
        with atomic_write(path) as file:
            np.savez_compressed(file, **arrays)

    @classmethod
    def load(cls, path: str | Path) -> LatentDensity:
        """Read what `save` wrote; nothing in the file is executed.

        Raises FileNotFoundError, or ValueError if the file is not one of these.
        """
        try:
            # Opened here, because np.load leaves its file open when it fails.
            with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
                arrays = {key: archive[key] for key in archive.files}
        except FileNotFoundError:
            raise
        except Exception as error:  # whatever zip or NumPy raise on bytes that are not an archive
            raise ValueError(f"{path} is not a latent density: {error}") from error
        try:
            (mixture,) = _mixtures_from("mixture", arrays)
            return cls(mixture, _mixtures_from("class_mixtures", arrays), arrays["class_means"])
        except KeyError as error:
            raise ValueError(f"{path} is not a latent density: {error} is missing") from None
        except ValueError as error:
            raise ValueError(f"{path} is not a usable latent density: {error}") from error


def _arrays_of(name: str, mixtures: list | tuple) -> dict[str, np.ndarray]:
    """Mixtures of any sizes as flat arrays, with the number of components of each."""
    parts = {"weights": [], "means": [], "covariances": []}
    for mixture in mixtures:
        for part, arrays in parts.items():
            arrays.append(getattr(mixture, part))
    flat = {
        f"{name}_{part}": np.concatenate(arrays).astype(np.float64)
        for part, arrays in parts.items()
    }
    flat[f"{name}_components"] = np.array([len(m.weights) for m in mixtures], dtype=np.int64)
    return flat


def _mixtures_from(name: str, arrays: dict[str, np.ndarray]) -> tuple[GaussianMixture, ...]:
    counts = arrays[f"{name}_components"]
    weights = arrays[f"{name}_weights"]
    if (
        counts.ndim != 1
        or counts.dtype.kind != "i"
        or (counts < 1).any()
        or counts.sum() != len(weights)
    ):
        raise ValueError(f"{name}_components does not fit {len(weights)} components")
    cuts = np.cumsum(counts)[:-1]
    parts = [
        np.split(arrays[f"{name}_{part}"], cuts) for part in ("weights", "means", "covariances")
    ]
    return tuple(GaussianMixture(*part) for part in zip(*parts, strict=True))


def fit_mixture(z: np.ndarray, components: int, seed: int) -> GaussianMixture:
    """Fit a mixture with full covariances to z (N, d) by expectation maximisation.

    The same seed gives the same mixture. Needs scikit-learn. Raises ValueError if z is not finite
    or there are fewer points than components.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture as Fit

    z = np.asarray(z, dtype=np.float64)
    if z.ndim != 2 or len(z) < components or not np.isfinite(z).all():
        raise ValueError(
            f"{components} components cannot be fitted to points of shape {z.shape}; "
            "more points than components are needed, and all of them finite"
        )
    fit = Fit(components, max_iter=MAX_ITERATIONS, reg_covar=COVARIANCE_FLOOR, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fit.fit(z)
    # A component that lost all its points may end with a weight that rounds to 0.
    weights = np.maximum(fit.weights_, 1e-12)
    return GaussianMixture(weights / weights.sum(), fit.means_, fit.covariances_)
