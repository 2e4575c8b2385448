"""What the encoded real images tell of a latent space: its use, its neighbours, what is typical.

Everything here is NumPy, except that `encode_images` needs torch and that the chi-squared
distribution and the nearest neighbours are SciPy's. Importing those takes a tenth of a second, so
that a window calls `encode_images` or `prepare` on another thread first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import InitVar, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from vae.model import Encoder

ACTIVE_NATS = 0.1  # a dimension that carries less is called dead, or unused

TYPICAL, RARE, OFF_THE_MAP = "typical", "rare", "off the map"
# Percentiles of |z|^2: the shell that holds the middle 95 % of all prior samples is typical; one
# prior sample in a thousand is beyond the last, off the map.
SHELL = (2.5, 97.5, 99.9)
# Percentiles of the distance to the nearest real image, among the distances from each real image to
# its next: of 100 real images that were not encoded, about 95 come below the first and one or two
# above the second. A point in a hole of the data passes it long before its radius is unusual.
DISTANCE_TYPICAL = 95.0
DISTANCE_OFF_THE_MAP = 99.0

ENCODE_BATCH = 250  # 7 ms on one core, and as fast as larger ones
NEIGHBOUR_BATCH = 250  # 1 ms with 6 dimensions, 75 ms with 64
# Points in a leaf of the tree. Measured with 10,000 points: as good as any in 6 dimensions (0.02 ms
# a query), and a third faster than SciPy's 10 in 16 and 64 (0.1 and 0.3 ms).
LEAF_SIZE = 64
MAX_COORDINATE = 1e100  # squares of larger numbers, and their sum, may not be finite


@dataclass(frozen=True, eq=False)
class EncodedImages:
    """Real images as an encoder sees them; N images, d latent dimensions.

    Distances are Euclidean, over the dimensions in use: in a dead one every image has the whole
    prior as its posterior, and the decoder ignores it, so that no two points are far apart there.

    images: (N, C, H, W) uint8. labels: (N,).
    mu, std: (N, d), means and standard deviations of the posteriors, prior standard deviations.
    kl: (d,), KL(q(z_i | x) || N(0, 1)) in nats, averaged over the images.
    shell: percentiles of |z|^2 as in SHELL, widened to where the real images lie.

    progress: told the share that is done of the search for neighbours; it may raise to end it.
    """

    images: np.ndarray
    labels: np.ndarray
    mu: np.ndarray
    std: np.ndarray
    kl: np.ndarray
    shell: tuple[float, float, float] = field(init=False)
    progress: InitVar[Callable[[float], None]] = lambda fraction: None

    def __post_init__(self, progress: Callable[[float], None]) -> None:
        from scipy.spatial import KDTree

        used = self.kl >= ACTIVE_NATS
        if not used.any():
            used[:] = True
        points = np.ascontiguousarray(self.mu[:, used])
        tree = KDTree(points, leafsize=LEAF_SIZE)
        gaps = []
        for start in range(0, len(points), NEIGHBOUR_BATCH):
            progress(start / len(points))
            # The first neighbour of an image is the image itself, or a copy of it.
            gaps.append(tree.query(points[start : start + NEIGHBOUR_BATCH], k=[2])[0][:, 0])
        object.__setattr__(self, "_used", used)
        object.__setattr__(self, "_tree", tree)
        object.__setattr__(self, "_gaps", np.sort(np.concatenate(gaps)))
        # Where real images lie nearer to the origin than prior samples, as with dead dimensions,
        # or farther away, they widen the shell: what most real images do is not unusual.
        inner, outer, last = np.percentile(radius_percentiles(self.mu), SHELL)
        prior = prior_shell(self.mu.shape[1])
        shell = (min(prior[0], inner), max(prior[1], outer), max(prior[2], last))
        object.__setattr__(self, "shell", shell)

    @cached_property
    def mean(self) -> np.ndarray:
        """The mean of mu over the images, (d,)."""
        return self.mu.mean(axis=0)

    @cached_property
    def spread(self) -> np.ndarray:
        """The standard deviation of mu over the images, (d,)."""
        return self.mu.std(axis=0)

    def quantiles(self, q: ArrayLike) -> np.ndarray:
        """Quantiles of mu in each dimension: (Q,) from 0 to 1 -> (Q, d)."""
        return np.quantile(self.mu, q, axis=0)

    def nearest(self, z: ArrayLike, count: int = 5) -> tuple[np.ndarray, np.ndarray]:
        """Indices of the images whose means are nearest to z (d,), and distances, nearest first.

        At most as many as there are images. Raises ValueError if z holds NaN.
        """
        z = np.clip(np.asarray(z, np.float64), -MAX_COORDINATE, MAX_COORDINATE)
        count = min(count, len(self.mu))
        distances, indices = self._tree.query(z[self._used], k=np.arange(1, count + 1))
        return indices, distances

    def distances(self, points: ArrayLike) -> np.ndarray:
        """From each of many points (N, d) to the image nearest to it, (N,), as `nearest` says.

        Near the images a point takes 5 us with 6 dimensions and 0.3 ms with 64; other threads run
        meanwhile. Raises ValueError if a point holds NaN.
        """
        points = np.clip(np.asarray(points, np.float64), -MAX_COORDINATE, MAX_COORDINATE)
        return self._tree.query(points[:, self._used], k=[1])[0][:, 0]

    def distance_percentile(self, distance: ArrayLike) -> float | np.ndarray:
        """Share of the images, 0 to 100, whose own nearest other image is nearer than this.

        distance: one, or an array of them, and so the shares.
        """
        shares = 100.0 * self._gaps.searchsorted(distance) / len(self._gaps)
        return float(shares) if np.ndim(distance) == 0 else shares

    @property
    def distance_limits(self) -> tuple[float, float]:
        """The largest distances that are still typical, and still on the map; see `typicality`."""
        n = len(self._gaps)
        shares = 100.0 * np.arange(n + 1) / n
        limits = shares.searchsorted((DISTANCE_TYPICAL, DISTANCE_OFF_THE_MAP), side="right") - 1
        typical, last = self._gaps[limits]
        return float(typical), float(last)


@dataclass(frozen=True)
class Typicality:
    """How usual a point is among prior samples and among real images.

    radius_percentile: see `radius_percentile`. distance: to the nearest encoded real image;
    distance_percentile: see `EncodedImages.distance_percentile`; both None without such images.
    word: TYPICAL, RARE or OFF_THE_MAP.
    """

    radius_percentile: float
    distance: float | None
    distance_percentile: float | None
    word: str


def prepare() -> None:
    """Import what `typicality` needs, which takes a tenth of a second; for a background thread."""
    radius_percentile(np.zeros(1))


def encode_images(
    encoder: Encoder,
    images: np.ndarray,
    labels: np.ndarray,
    progress: Callable[[float], None] = lambda fraction: None,
) -> EncodedImages:
    """Encode images (N, C, H, W) uint8; a third of a second for 10,000 digits in 6 dimensions.

    progress: told the share that is done, at least ten times a second; it may raise to end this.
    """
    import torch

    from vae.data import to_model_range
    from vae.losses import kl_per_dimension

    means, logvars = [], []
    with torch.inference_mode():
        for start in range(0, len(images), ENCODE_BATCH):
            progress(0.5 * start / len(images))
            mu, logvar = encoder(
                torch.from_numpy(to_model_range(images[start : start + ENCODE_BATCH]))
            )
            means.append(mu.double())
            logvars.append(logvar.double())
        mu, logvar = torch.cat(means), torch.cat(logvars)
        kl = kl_per_dimension(mu, logvar).mean(0)
        std = (0.5 * logvar).exp()
    return EncodedImages(
        images,
        labels,
        mu.numpy(),
        std.numpy(),
        kl.numpy(),
        lambda fraction: progress(0.5 + 0.5 * fraction),
    )


def radius_percentile(z: ArrayLike) -> float:
    """Share of prior samples, 0 to 100, that lie nearer to the origin than z (d,).

    |z|^2 of a draw from N(0, I) is chi-squared with d degrees of freedom.
    """
    return float(radius_percentiles(z))


def radius_percentiles(points: ArrayLike) -> np.ndarray:
    """`radius_percentile` of many points, (..., d) -> (...)."""
    from scipy.special import chdtr

    points = np.clip(np.asarray(points, np.float64), -MAX_COORDINATE, MAX_COORDINATE)
    return 100.0 * chdtr(points.shape[-1], (points * points).sum(axis=-1))


def prior_shell(latent_dim: int) -> tuple[float, float, float]:
    """SHELL; without its hole in 1 and 2 dimensions, where chi-squared is densest at 0."""
    return (0.0, *SHELL[1:]) if latent_dim <= 2 else SHELL


def typicality(z: ArrayLike, encoded: EncodedImages | None) -> Typicality:
    """How usual a point z (d,) is; without encoded images, its radius alone is judged.

    Typical: in the shell, and no farther from the nearest real image than DISTANCE_TYPICAL percent
    of the real images are from theirs. Off the map: beyond the shell's last limit, or farther from
    every real image than DISTANCE_OFF_THE_MAP percent of them. Rare: everything else, the origin
    among it: in many dimensions nothing is ever drawn near it, however good its image.
    """
    z = np.asarray(z, np.float64)
    radius = radius_percentile(z)
    distance, percentile = None, None
    inner, outer, last = prior_shell(len(z)) if encoded is None else encoded.shell
    if encoded is not None:
        distance = float(encoded.nearest(z, 1)[1][0])
        percentile = encoded.distance_percentile(distance)
    gap = percentile or 0.0
    if radius > last or gap > DISTANCE_OFF_THE_MAP:
        word = OFF_THE_MAP
    elif inner <= radius <= outer and gap <= DISTANCE_TYPICAL:
        word = TYPICAL
    else:
        word = RARE
    return Typicality(radius, distance, percentile, word)
