"""What every layer of the decoder makes of one point, and what a single map adds to the image.

In NumPy alone, from the weights as they are stored: quick enough for every event of a drag. The
hidden maps come from the folded decoder, see `vae.decoding`; the maps before them, which folding
skips, are one affine map of z themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vae.decoding import MAX_COORDINATE, FoldedDecoder

LAYERS = ("linear", "before", "hidden")  # whose maps are looked at, in the order of the network
SCALE_POINTS = 200  # prior samples that tell how large a layer's values become
SCALE_QUANTILE = 0.995  # of their absolute values: a few beyond it may saturate


@dataclass(frozen=True, eq=False)
class Activations:
    """The maps of one point, float32.

    linear: (maps, height/4, width/4), what the Linear layer gives, in maps.
    before: (maps, height/2, width/2), behind the first transposed convolution, before ReLU.
    hidden: the same after ReLU, the last hidden layer.
    image: (channels, height, width) in [-1, 1].
    """

    linear: np.ndarray
    before: np.ndarray
    hidden: np.ndarray
    image: np.ndarray

    def maps(self, layer: str) -> np.ndarray:
        """The maps of one of LAYERS."""
        return getattr(self, layer)


@dataclass(frozen=True)
class MapFigures:
    """How strongly a map is on. mean, largest: of its absolute values; on: share above zero."""

    mean: float
    largest: float
    on: float


def figures(values: np.ndarray) -> MapFigures:
    """Figures of one map (height, width)."""
    size = np.abs(values)
    return MapFigures(float(size.mean()), float(size.max()), float((values > 0).mean()))


class LayeredDecoder:
    """A decoder whose layers are looked at one by one; equal to the network to within 1e-5.

    An instance holds constants only, so any number of threads may use it at once.

    scales: by layer, the size that 99.5 % of its values stay within at random points of the prior;
    above 0 also for a layer that is dead.
    """

    def __init__(self, state: Mapping[str, np.ndarray], folded: FoldedDecoder) -> None:
        """state: a decoder's tensors by key. folded: the same decoder; it tells the image's shape.

        Raises:
            ValueError: they don't belong together.
        """
        self._folded = folded
        self._weight = np.asarray(state["linear.weight"], np.float32)
        self._bias = np.asarray(state["linear.bias"], np.float32)
        self._kernels = [
            np.asarray(state[f"deconv_stack.{index}.weight"], np.float32) for index in (0, 2)
        ]
        self._image_bias = np.asarray(state["deconv_stack.2.bias"], np.float32)[:, None, None]
        _, height, width = folded.image_shape
        self._rows, self._columns = height // 4, width // 4
        if len(self._bias) != len(self._kernels[0]) * self._rows * self._columns:
            raise ValueError("these weights are not those of the folded decoder")
        self.scales = self._typical_sizes()

    @property
    def latent_dim(self) -> int:
        """Number of latent dimensions."""
        return self._folded.latent_dim

    def counts(self) -> dict[str, int]:
        """How many maps each layer has."""
        hidden = self._kernels[0].shape[1]
        return {"linear": self._kernels[0].shape[0], "before": hidden, "hidden": hidden}

    def activations(self, z: ArrayLike) -> Activations:
        """Every layer's answer to one point. z: (latent_dim,), prior standard deviations.

        Raises:
            ValueError: z has another shape, or holds NaN or infinity.
        """
        z = np.asarray(z, np.float64)
        if z.shape != (self.latent_dim,):
            raise ValueError(
                f"expected one latent point of {self.latent_dim} numbers, got an array of "
                f"shape {z.shape}"
            )
        if not np.isfinite(z).all():
            raise ValueError("a latent point must be finite, got NaN or infinity")
        linear, before = self._before_relu(z[None])
        hidden = np.maximum(before[0], 0.0)
        return Activations(
            linear[0], before[0], hidden, np.tanh(self._painted(hidden, self._kernels[1]))
        )

    def without(self, shown: Activations, layer: str, index: int) -> np.ndarray:
        """The image (channels, height, width) with one map of a layer switched off, that is, zero.

        A map that is zero before ReLU is zero after it, so those two layers give the same image.
        """
        if layer == "linear":
            # Both layers before ReLU are affine: what the map adds there is taken away.
            part = shown.linear[index : index + 1]
            added = _grown(part, self._kernels[0][index : index + 1])
            hidden = np.maximum(shown.before - added, 0.0)
        else:
            hidden = shown.hidden.copy()
            hidden[index] = 0.0
        return np.tanh(self._painted(hidden, self._kernels[1]))

    def _before_relu(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(N, latent_dim) -> the Linear layer's maps (N, ...), and those before ReLU (N, ...)."""
        z = np.clip(z, -MAX_COORDINATE, MAX_COORDINATE).astype(np.float32)
        linear = z @ self._weight.T + self._bias
        affine = self._folded.affine  # (hidden, latent_dim + 1, grid pixels), c as its last row
        before = np.matmul(z, affine[:, :-1]) + affine[:, -1:]
        before = before.swapaxes(0, 1)  # (N, hidden, grid pixels)
        rows, columns = 2 * self._rows, 2 * self._columns
        before = before.reshape(len(z), -1, rows + 1, columns + 1)[:, :, :rows, :columns]
        return linear.reshape(len(z), -1, self._rows, self._columns), before

    def _painted(self, hidden: np.ndarray, kernel: np.ndarray) -> np.ndarray:
        return _grown(hidden, kernel) + self._image_bias

    def _typical_sizes(self) -> dict[str, float]:
        z = np.random.default_rng(0).standard_normal((SCALE_POINTS, self.latent_dim))
        linear, before = self._before_relu(z)
        sizes = {"linear": linear, "before": before, "hidden": np.maximum(before, 0.0)}
        return {
            layer: max(float(np.quantile(np.abs(values), SCALE_QUANTILE)), 1e-6)
            for layer, values in sizes.items()
        }


def _grown(maps: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """A transposed convolution of kernel 4, stride 2, padding 1, without its bias.

    maps: (in, h, w), kernel: (in, out, 4, 4) -> (out, 2 h, 2 w). Every pixel of a map paints a
    4x4 patch, and the patches are summed up where they overlap.
    """
    n, h, w = maps.shape
    patches = kernel.reshape(n, -1).T @ maps.reshape(n, -1)
    patches = patches.reshape(-1, 4, 4, h, w)
    painted = np.zeros((len(patches), 2 * h + 2, 2 * w + 2), np.float32)
    for y in range(4):
        for x in range(4):
            painted[:, y : y + 2 * h : 2, x : x + 2 * w : 2] += patches[:, y, x]
    return painted[:, 1:-1, 1:-1]
