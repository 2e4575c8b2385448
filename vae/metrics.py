"""The mathematics behind the figures of a generator: on arrays, with no model of their own.

Torchmetrics measures the Fréchet distance, PSNR and SSIM, and prdc precision, recall, density and
coverage. Both are imported in the functions that need them, which takes seconds.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vae.data import PIXEL_RANGE, to_model_range

if TYPE_CHECKING:
    from vae.classifier import Classifier

DATA_RANGE = PIXEL_RANGE[1] - PIXEL_RANGE[0]
FEATURE_BATCH = 500  # 60 ms on one core
QUALITY_BATCH = 500  # 160 ms on one core
SSIM_MARGIN = 5  # pixels at each edge; the windows of those inside lie wholly in the image
DECODE_BATCH = 2_500  # 30 ms on one core, and 8 MB of pixels


class MissingLibraryError(RuntimeError):
    """Torchmetrics or prdc cannot be imported; the text says why and what to install."""


@dataclass(frozen=True, eq=False)
class Judged:
    """What a classifier says of N images.

    features: (N, F) float32, see `judge`. probabilities: (N, n_classes) float32.
    """

    features: np.ndarray
    probabilities: np.ndarray

    @property
    def classes(self) -> np.ndarray:
        """The most probable class of each image, (N,)."""
        return self.probabilities.argmax(axis=1)

    @property
    def confidence(self) -> float:
        """The probability of each image's most probable class, averaged."""
        return float(self.probabilities.max(axis=1).mean(dtype=np.float64))

    @property
    def class_entropy(self) -> float:
        """Entropy of the shares of the classes among the images, in nats."""
        shares = np.bincount(self.classes, minlength=self.probabilities.shape[1])
        shares = shares[shares > 0] / len(self.probabilities)
        return float(-(shares * np.log(shares)).sum()) + 0.0  # a single class has 0, not -0

    def spread(self, n: int) -> np.ndarray:
        """The features of n of the images, evenly spaced, (n, F)."""
        return self.features[evenly_spaced(len(self.features), n)]


@dataclass(frozen=True)
class Manifold:
    """How two sets of features overlap, each from 0 to 1, except that density is unbounded.

    precision, recall: Kynkäänniemi et al. 2019; density, coverage: Naeem et al. 2020.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def evenly_spaced(total: int, n: int) -> np.ndarray:
    """n indices into `total` things, evenly spaced from the first on, (n,)."""
    return np.arange(n) * total // n


def judge(
    classifier: Classifier,
    images: np.ndarray,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Judged:
    """Features and class probabilities of uint8 images (N, C, H, W); 1.3 s for 10,000 digits.

    The features are the maps that the classifier's linear layer reads, each averaged over its
    places, as Inception's are in the Fréchet inception distance: 64 numbers. All 3,136 places would
    tell digits from samples less well: there the samples of a VAE, which are averages of digits,
    lie in the middle of everything (of the shipped model's prior, 99 % then count as real, and of
    real digits 91 %), and a covariance of 3,136 features is mostly noise with 10,000 images.
    """
    import torch

    features, probabilities = [], []
    with torch.inference_mode():
        for start in range(0, len(images), FEATURE_BATCH):
            progress(start / len(images))
            x = torch.from_numpy(to_model_range(images[start : start + FEATURE_BATCH]))
            x = x.contiguous(memory_format=torch.channels_last)  # twice as fast
            h = classifier.conv_stack(x)  # (N, 64, 7, 7)
            features.append(h.mean((2, 3)).numpy())
            probabilities.append(classifier.linear(h.flatten(1)).softmax(1).numpy())
    return Judged(np.concatenate(features), np.concatenate(probabilities))


def frechet_distance(real: np.ndarray, fake: np.ndarray) -> float:
    """Fréchet distance between the Gaussians fitted to two sets of features (N, F) and (M, F).

    Heusel et al. 2017, eq. 6: |m1 - m2|^2 + Tr(C1 + C2 - 2 (C1 C2)^(1/2)). Never below 0.
    Raises MissingLibraryError.
    """
    import torch

    with _libraries():
        from torchmetrics.image.fid import FrechetInceptionDistance

    # The features are there already, so that the network in front is the identity.
    network = torch.nn.Identity()
    network.num_features = real.shape[1]
    metric = FrechetInceptionDistance(network).set_dtype(torch.float64)
    metric.update(torch.from_numpy(real.astype(np.float64)), real=True)
    metric.update(torch.from_numpy(fake.astype(np.float64)), real=False)
    return max(float(metric.compute()), 0.0)  # rounding can take equal sets below


def manifold(real: np.ndarray, fake: np.ndarray, k: int) -> Manifold:
    """Precision, recall, density and coverage of two sets of features (N, F) and (M, F).

    All pairs of distances are held at once: 0.6 GB and 1.5 s for 5,000 against 5,000.
    Raises MissingLibraryError.
    """
    with _libraries():
        from joblib import parallel_config
        from prdc import compute_prdc

    # It prints, and would start eight threads of its own.
    with contextlib.redirect_stdout(io.StringIO()), parallel_config(backend="sequential"):
        found = compute_prdc(real.astype(np.float32), fake.astype(np.float32), k)
    return Manifold(**{name: float(value) for name, value in found.items()})


def image_quality(
    x_hat: np.ndarray,
    x: np.ndarray,
    progress: Callable[[float], None] = lambda fraction: None,
) -> tuple[float, float]:
    """PSNR in dB and SSIM, of images (N, C, H, W) in [-1, 1] against others; means over images.

    SSIM is that of Wang et al. 2004, over windows that lie wholly in the image, of at least 11x11
    pixels: what torchmetrics means over depends on its version, and with the edges, where both
    images are empty, the shipped model would get 0.78 in place of 0.64.

    3.3 s for 10,000 digits. Raises MissingLibraryError.
    """
    import torch

    with _libraries():
        from torchmetrics.functional.image import (
            peak_signal_noise_ratio,
            structural_similarity_index_measure,
        )

    psnr = ssim = 0.0
    for start in range(0, len(x), QUALITY_BATCH):
        progress(start / len(x))
        batch = slice(start, start + QUALITY_BATCH)
        pair = torch.from_numpy(x_hat[batch]), torch.from_numpy(x[batch])
        psnr += float(
            peak_signal_noise_ratio(*pair, data_range=DATA_RANGE, dim=(1, 2, 3), reduction="sum")
        )
        _, similarity = structural_similarity_index_measure(
            *pair, data_range=DATA_RANGE, return_full_image=True
        )
        inside = similarity[..., SSIM_MARGIN:-SSIM_MARGIN, SSIM_MARGIN:-SSIM_MARGIN]
        ssim += float(inside.mean((1, 2, 3)).sum())
    return psnr / len(x), ssim / len(x)


def importance_weighted(
    decode: Callable[[np.ndarray], np.ndarray],
    images: np.ndarray,
    mu: np.ndarray,
    logvar: np.ndarray,
    samples: int,
    rng: np.random.Generator,
    progress: Callable[[float], None] = lambda fraction: None,
) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of -log p(x) for images (N, ...), float, in nats -> two (N,): tight one and loss.

    Burda et al. 2016, eq. 8: -log of the mean of the weights w = p(x | z) p(z) / q(z | x) over
    `samples` draws from the posterior N(mu, exp(logvar)), both (N, d). The second is the mean of
    -log w over the same draws, the negative ELBO. p(x | z) = exp(-|x - decode(z)|^2), a Gaussian of
    variance 1/2 without its constant factor, as in `vae.losses`.

    decode: (M, d) -> (M, ...), the shape of images. 7 s for 1,000 digits with 500 samples.
    """
    n, d = mu.shape
    flat = images.reshape(n, -1)
    bound, loss = np.empty(n), np.empty(n)
    step = max(1, DECODE_BATCH // samples)
    for start in range(0, n, step):
        progress(start / n)
        batch = slice(start, min(start + step, n))
        noise = rng.standard_normal((batch.stop - start, samples, d))
        z = mu[batch, None] + np.exp(0.5 * logvar[batch, None]) * noise
        error = decode(z.reshape(-1, d)).reshape(*z.shape[:2], -1) - flat[batch, None]
        sse = np.einsum("nkp,nkp->nk", error, error).astype(np.float64)
        # log p(z) - log q(z | x): the factors of 2 pi cancel.
        log_ratio = 0.5 * (logvar[batch, None] + noise**2 - z**2).sum(axis=2)
        log_w = log_ratio - sse
        top = log_w.max(axis=1)
        bound[batch] = -top - np.log(np.exp(log_w - top[:, None]).mean(axis=1))
        loss[batch] = -log_w.mean(axis=1)
    return bound, loss


@contextlib.contextmanager
def _libraries() -> Iterator[None]:
    """Say what to install where an import fails.

    Torchmetrics imports torchvision, and one that was built for another torch fails with
    RuntimeError or OSError.
    """
    try:
        yield
    except (ImportError, RuntimeError, OSError) as error:
        raise MissingLibraryError(
            f"torchmetrics or prdc cannot be imported ({error}); install them with "
            "python -m pip install --upgrade -r requirements.txt"
        ) from error
