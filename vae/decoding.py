"""The live decoder: latent points to images in NumPy alone, with the network's layers folded.

No non-linearity stands between the decoder's Linear layer and its first transposed convolution,
so both together are one affine map, z -> M z + c, worked out once when the weights are loaded.
A decode is then that map, ReLU, the second transposed convolution and tanh. A transposed
convolution of kernel 4, stride 2 and padding 1 is one small matrix product, which gives the 4x4
patch that every hidden pixel paints, and the sum of the patches where they overlap.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import ArrayLike

KEYS = (
    "linear.weight",
    "linear.bias",
    "deconv_stack.0.weight",
    "deconv_stack.0.bias",
    "deconv_stack.2.weight",
    "deconv_stack.2.bias",
)

# A coordinate beyond this is decoded as if it lay here: tanh has saturated long before, and sums
# of float32 products stay finite.
MAX_COORDINATE = 1e6

# Bytes of hidden values decoded at a time, so that they and their patches, about as many, stay in
# a core's cache. Measured with 1 MB of second-level cache: within 15 % from 256 kB to 1 MB, and
# twice as slow at 32 kB.
CHUNK_BYTES = 512 * 1024

# OpenBLAS computes a product of at most this many multiplications on the calling thread. Larger
# ones wake its thread pool, and where another program holds a core that costs up to 200 times
# what it saves: 12 ms instead of 60 us for one chunk.
MAX_PRODUCT = 2**18


class FoldedDecoder:
    """A decoder with the keys of `KEYS` and any sizes, equal to the network to within 1e-5.

    An instance holds constants only, so any number of threads may decode with it at once.

    Attributes:
        latent_dim: number of latent dimensions.
        image_shape: (channels, height, width) of a decoded image.
    """

    latent_dim: int
    image_shape: tuple[int, int, int]

    def __init__(self, affine: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> None:
        """Take the folded weights; `from_state_dict` makes them.

        Args:
            affine: (latent_dim + 1, hidden channels, rows, columns), M with c as its last row.
            kernel: (hidden channels, channels, 4, 4), the second transposed convolution.
            bias: (channels,) of the second transposed convolution.
        """
        inputs, hidden, rows, columns = affine.shape
        channels = kernel.shape[1]
        self.latent_dim = inputs - 1
        self.image_shape = (channels, 2 * rows, 2 * columns)

        # One row and column of zeros after the hidden pixels. On this grid, laid out flat, the
        # neighbour above or to the left of any pixel is a fixed distance away, and a pixel beyond
        # the edge contributes nothing, so patches overlap by adding shifted rows.
        self._grid = (rows + 1, columns + 1)
        padded = np.zeros((inputs, hidden, *self._grid), np.float32)
        padded[:, :, :rows, :columns] = affine
        self._affine = np.ascontiguousarray(  # (hidden, latent_dim + 1, grid pixels)
            padded.reshape(inputs, hidden, -1).swapaxes(0, 1)
        )

        # Patch row 2 q + r lands q grid rows below its pixel, in the half r of that grid row;
        # likewise columns, 2 s + t. The slab (q, s) is what moves by one and the same distance.
        split = np.asarray(kernel, np.float32).reshape(hidden, channels, 2, 2, 2, 2)
        self._kernel = np.ascontiguousarray(
            split.transpose(2, 4, 3, 5, 1, 0)[:, :, ::-1, ::-1]  # (q, s, r, t, channels, hidden)
        ).reshape(-1, hidden)
        self._bias = np.tile(np.asarray(bias, np.float32), 4)[:, None]

        pixels = self._affine.shape[2]
        self._chunk = max(
            1, min(CHUNK_BYTES // (4 * hidden * pixels), MAX_PRODUCT // (inputs * pixels))
        )

    @classmethod
    def from_state_dict(
        cls, state: Mapping[str, Any], image_shape: tuple[int, int, int] | None = None
    ) -> FoldedDecoder:
        """Fold a decoder's state_dict.

        Args:
            state: NumPy arrays or CPU tensors under the names in `KEYS`; sizes are read from
                their shapes.
            image_shape: (channels, height, width). The shapes tell the area of an image but not
                its height and width, so without this it is taken to be square.

        Raises:
            ValueError: a name is missing or unknown, a shape does not fit the others, or a
                number is not finite or too large to compute with.
        """
        missing = [key for key in KEYS if key not in state]
        unknown = [str(key) for key in state if key not in KEYS]
        if missing or unknown:
            problem = f"'{missing[0]}' is missing" if missing else f"'{unknown[0]}' is unknown"
            raise ValueError(f"not a decoder's weights: {problem}")
        weights = {key: _as_floats(key, state[key]) for key in KEYS}

        features, latent_dim = _shape(weights, "linear.weight", 2)
        planes, hidden = _shape(weights, "deconv_stack.0.weight", 4)[:2]
        channels = _shape(weights, "deconv_stack.2.weight", 4)[1]
        _expect(weights, "linear.bias", (features,))
        _expect(weights, "deconv_stack.0.weight", (planes, hidden, 4, 4))
        _expect(weights, "deconv_stack.0.bias", (hidden,))
        _expect(weights, "deconv_stack.2.weight", (hidden, channels, 4, 4))
        _expect(weights, "deconv_stack.2.bias", (channels,))
        rows, columns = _grid_of(features, planes, channels, image_shape)

        # Pushing every unit vector, and zero, through both layers gives the columns of M, and c.
        kernel, bias = weights["deconv_stack.2.weight"], weights["deconv_stack.2.bias"]
        with np.errstate(over="ignore", invalid="ignore"):  # checked just below
            pushed = np.vstack([weights["linear.weight"].T, weights["linear.bias"]])
            affine = _transposed_convolution(
                pushed.reshape(latent_dim + 1, planes, rows, columns),
                weights["deconv_stack.0.weight"],
            )
            affine[-1] += weights["deconv_stack.0.bias"][:, None, None]
            largest_hidden = np.abs(affine).sum(axis=0).max() * MAX_COORDINATE
            largest = largest_hidden * np.abs(kernel).sum() + np.abs(bias).max()
        if not largest < np.finfo(np.float32).max:
            raise ValueError(
                "the weights are so large that images cannot be computed; "
                "their training has diverged"
            )
        return cls(affine, kernel, bias)

    def decode(self, z: ArrayLike) -> np.ndarray:
        """Return the images at ``z``.

        Args:
            z: (latent_dim,) or (N, latent_dim), prior standard deviations.

        Returns:
            float32 in [-1, 1], (channels, height, width) or (N, channels, height, width).

        Raises:
            ValueError: ``z`` has another shape, or holds NaN or infinity.
        """
        return self._images(z, np.float32)

    def decode_uint8(self, z: ArrayLike) -> np.ndarray:
        """Return the images at ``z`` as grey or colour levels, round((x + 1) * 127.5).

        Args:
            z: (latent_dim,) or (N, latent_dim), prior standard deviations.

        Returns:
            uint8, (channels, height, width) or (N, channels, height, width).

        Raises:
            ValueError: ``z`` has another shape, or holds NaN or infinity.
        """
        return self._images(z, np.uint8)

    def jacobian(self, z: ArrayLike) -> np.ndarray:
        """Return how the image at ``z`` changes with each latent dimension, dx/dz, exactly.

        With ReLU's pattern held the network is affine up to its tanh, hence with C the second
        transposed convolution, J = diag(1 - x^2) C diag(h > 0) M. Where a hidden value is exactly
        zero ReLU has two slopes; as in the network's own gradient it is the zero one.

        Args:
            z: (latent_dim,), prior standard deviations. Beyond `MAX_COORDINATE` the derivative is
                that at the point which is decoded instead.

        Returns:
            float32, (latent_dim, channels, height, width), image units ([-1, 1]) per prior
            standard deviation.

        Raises:
            ValueError: ``z`` has another shape, or holds NaN or infinity.
        """
        z = np.asarray(z, np.float64)
        if z.ndim != 1:
            raise ValueError(
                f"expected one latent point of {self.latent_dim} numbers, got an array of shape "
                f"{z.shape}"
            )
        inputs = self._inputs(z)
        active = np.matmul(inputs, self._affine) > 0.0  # (hidden, 1, pixels)
        # M and c where ReLU lets them through, each painted as an image. As their product with the
        # inputs was h before, it is now the image before its tanh: one more column, no decode.
        slopes = self._painted(np.multiply(self._affine, active, dtype=np.float32))
        slopes = slopes.reshape(len(slopes), self.latent_dim + 1, -1)
        x = np.matmul(inputs, slopes) + self._bias[:, :, None]
        x = np.tanh(x, out=x)
        jacobian = slopes[:, :-1] * (1.0 - x * x)
        images = self._interleaved(jacobian.reshape(len(jacobian), -1))
        return images.reshape(self.latent_dim, *self.image_shape)

    def vjp(self, z: ArrayLike) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]:
        """Return the images at ``z``, and the function that pulls their gradients back to ``z``.

        Reverse mode: the gradient of any number read from the images, at the price of one more
        decode and without the Jacobian, of which it is the product with a vector.

        Args:
            z: (N, latent_dim), prior standard deviations; see `jacobian` for where it is exact.

        Returns:
            float32 (N, channels, height, width), as `decode` gives, and a function: derivatives by
            the pixels, of that shape, -> float32 (N, latent_dim), derivatives by the coordinates.

        Raises:
            ValueError: ``z`` has another shape, or holds NaN or infinity.
        """
        inputs = self._inputs(z)
        if np.ndim(z) != 2:
            raise ValueError(f"expected points of shape (N, {self.latent_dim}), got {np.shape(z)}")
        channels, height, width = self.image_shape
        halves = (channels, height // 2, 2, width // 2, 2)
        chunks = [slice(i, i + self._chunk) for i in range(0, len(inputs), self._chunk)]
        images = np.empty((len(inputs), *halves), np.float32)
        active = []
        for chunk in chunks:
            h = np.matmul(inputs[chunk], self._affine)
            h = np.maximum(h, 0.0, out=h)
            x = self._painted(h)
            x += self._bias
            images[chunk] = self._interleaved(np.tanh(x, out=x))
            active.append(h > 0.0)

        def pullback(cotangent: np.ndarray) -> np.ndarray:
            slopes = np.asarray(cotangent, np.float32).reshape(images.shape) * (1.0 - images**2)
            gradient = np.empty((len(inputs), self.latent_dim), np.float32)
            for chunk, through in zip(chunks, active, strict=True):
                n, pixels = through.shape[1:]
                painted = np.zeros((4 * channels, n * pixels), np.float32)
                self._interleaved(painted)[...] = slopes[chunk]
                h = self._painted_back(painted, n)
                h *= through
                # (hidden, n, pixels) @ (hidden, pixels, d), hidden maps summed up.
                gradient[chunk] = np.matmul(h, self._affine[:, :-1].swapaxes(1, 2)).sum(axis=0)
            return gradient

        return images.reshape(-1, *self.image_shape), pullback

    def pushforward(self, z: ArrayLike, directions: ArrayLike) -> np.ndarray:
        """Return how the images at ``z`` change along a few directions, dx/dz · direction, exactly.

        For many points and fewer directions than dimensions: a direction costs a point what a
        decode does, so that no Jacobian is made in full. It is the product with `jacobian`.

        Args:
            z: (N, latent_dim), prior standard deviations.
            directions: (k, latent_dim), the same at every point; of any length up to
                `MAX_COORDINATE`.

        Returns:
            float32, (N, k, channels, height, width), image units ([-1, 1]) per ``directions``.

        Raises:
            ValueError: an array has another shape, or holds NaN or infinity.
        """
        for name, array in (("latent points", z), ("directions", directions)):
            if np.ndim(array) != 2:
                raise ValueError(
                    f"expected {name} in rows, got an array of shape {np.shape(array)}"
                )
        inputs = self._inputs(z)
        steps = self._inputs(directions)
        steps[:, -1] = 0.0  # c does not move
        steps = np.matmul(steps, self._affine)  # (hidden, k, pixels), before ReLU
        n, (hidden, k, pixels) = len(inputs), steps.shape
        channels, height, width = self.image_shape
        images = np.empty((n, k, channels, height // 2, 2, width // 2, 2), np.float32)
        chunk = max(1, self._chunk // (k + 1))
        for start in range(0, n, chunk):
            stop = min(start + chunk, n)
            m = stop - start
            h = np.matmul(inputs[start:stop], self._affine)
            # Each point's hidden values, and their slopes where ReLU lets them through, side by
            # side, so that they are painted together.
            values = np.empty((hidden, m, k + 1, pixels), np.float32)
            np.maximum(h, 0.0, out=values[:, :, 0])
            np.multiply(steps[:, None], (h > 0.0)[:, :, None], out=values[:, :, 1:])
            painted = self._painted(values.reshape(hidden, -1, pixels))
            painted = painted.reshape(-1, m, k + 1, pixels)
            x = painted[:, :, :1] + self._bias[:, :, None, None]
            x = np.tanh(x, out=x)
            pushed = painted[:, :, 1:] * (1.0 - x * x)
            interleaved = self._interleaved(pushed.reshape(len(pushed), -1))
            images[start:stop] = interleaved.reshape(images[start:stop].shape)
        return images.reshape(n, k, channels, height, width)

    @property
    def affine(self) -> np.ndarray:
        """M with c as its last row, (hidden channels, latent_dim + 1, grid pixels); read only.

        The grid has one row and one column of zeros after the hidden pixels.
        """
        view = self._affine.view()
        view.flags.writeable = False
        return view

    def hidden(self, z: ArrayLike) -> np.ndarray:
        """Return the values behind the ReLU at points (N, latent_dim).

        float32, (hidden channels, N, grid pixels); see `affine` for the grid.
        """
        return np.maximum(np.matmul(self._inputs(np.atleast_2d(z)), self._affine), 0.0)

    def _images(self, z: ArrayLike, dtype: type[np.float32] | type[np.uint8]) -> np.ndarray:
        inputs = self._inputs(z)
        n = len(inputs)
        channels, height, width = self.image_shape
        # Image rows and columns are pairs (grid row, half of it).
        images = np.empty((n, channels, height // 2, 2, width // 2, 2), dtype)
        for start in range(0, n, self._chunk):
            stop = min(start + self._chunk, n)
            levels = self._decode_chunk(inputs[start:stop])
            if dtype is np.uint8:
                # In [-1, 1] by tanh, so nothing is left to clip.
                levels *= 127.5
                levels += 127.5
                levels = np.rint(levels, out=levels).astype(np.uint8)
            images[start:stop] = self._interleaved(levels)
        batch = images.reshape(n, channels, height, width)
        return batch if np.ndim(z) == 2 else batch[0]

    def _inputs(self, z: ArrayLike) -> np.ndarray:
        """Check ``z`` and append the 1 that M's last row, c, is multiplied by; (N, d + 1)."""
        z = np.asarray(z, np.float64)
        if z.ndim not in (1, 2) or z.shape[-1] != self.latent_dim:
            raise ValueError(
                f"expected latent points of {self.latent_dim} numbers, got an array of shape "
                f"{z.shape}"
            )
        # One comparison finds NaN, infinity and large values; almost always there are none.
        if z.size and not np.abs(z).max() <= MAX_COORDINATE:
            if not np.isfinite(z).all():
                raise ValueError("a latent point must be finite, got NaN or infinity")
            z = np.clip(z, -MAX_COORDINATE, MAX_COORDINATE)
        inputs = np.ones((1 if z.ndim == 1 else len(z), self.latent_dim + 1), np.float32)
        inputs[:, :-1] = z
        return inputs

    def _decode_chunk(self, inputs: np.ndarray) -> np.ndarray:
        """(n, d + 1) -> values in [-1, 1], (4 halves * channels, n * grid pixels)."""
        h = np.matmul(inputs, self._affine)  # (hidden, n, pixels)
        h = np.maximum(h, 0.0, out=h)
        x = self._painted(h)
        x += self._bias
        return np.tanh(x, out=x)

    def _painted(self, h: np.ndarray) -> np.ndarray:
        """Apply the second transposed convolution without its bias, that is, its linear part.

        (hidden, n, grid pixels), zero beyond the edge -> (4 halves * channels, n * grid pixels).
        """
        _, n, pixels = h.shape
        patches = np.empty((len(self._kernel), n, pixels), np.float32)
        # Image by image, see MAX_PRODUCT.
        np.matmul(self._kernel, h.swapaxes(0, 1), out=patches.swapaxes(0, 1))
        patches = patches.reshape(4, -1, n * pixels)
        painted = patches[0]
        row = self._grid[1]
        for slab, shift in ((1, 1), (2, row), (3, row + 1)):
            painted[:, shift:] += patches[slab, :, :-shift]
        return painted

    def _painted_back(self, painted: np.ndarray, n: int) -> np.ndarray:
        """Apply the transpose of `_painted`: (4 halves * channels, n * grid pixels) -> hidden.

        Returns (hidden, n, grid pixels). Beyond the edge, where `_painted` is given zeros, it says
        what a hidden value there would have had for a gradient.
        """
        patches = np.zeros((4, len(painted), painted.shape[1]), np.float32)
        patches[0] = painted
        row = self._grid[1]
        for slab, shift in ((1, 1), (2, row), (3, row + 1)):
            patches[slab, :, :-shift] = painted[:, shift:]
        patches = patches.reshape(len(self._kernel), n, -1)
        h = np.empty((self._kernel.shape[1], n, patches.shape[2]), np.float32)
        # Image by image, see MAX_PRODUCT.
        np.matmul(self._kernel.T, patches.swapaxes(0, 1), out=h.swapaxes(0, 1))
        return h

    def _interleaved(self, levels: np.ndarray) -> np.ndarray:
        """View chunk values as (n, channels, rows, 2, columns, 2), in the order of an image."""
        channels, height, width = self.image_shape
        row, pixels = self._grid[1], self._grid[0] * self._grid[1]
        n = levels.shape[1] // pixels
        # Padding 1 crops the first painted row: image row 2 i is the lower half of grid row i,
        # and image row 2 i + 1 the upper half of the next. The halves are stored lower first,
        # hence one half further is one block and one grid row further; likewise columns.
        per_channel = n * pixels
        strides = (pixels, per_channel, row, 2 * channels * per_channel + row, 1)
        strides += (channels * per_channel + 1,)
        return as_strided(
            levels,
            (n, channels, height // 2, 2, width // 2, 2),
            tuple(levels.itemsize * stride for stride in strides),
        )


def _transposed_convolution(maps: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Apply kernel 4, stride 2, padding 1: (N, in, h, w), (in, out, 4, 4) -> (N, out, 2h, 2w)."""
    n, _, h, w = maps.shape
    painted = np.zeros((n, kernel.shape[1], 2 * h + 2, 2 * w + 2))
    for y in range(4):
        for x in range(4):
            painted[:, :, y : y + 2 * h : 2, x : x + 2 * w : 2] += np.einsum(
                "nihw,io->nohw", maps, kernel[:, :, y, x], optimize=True
            )
    return painted[:, :, 1:-1, 1:-1]


def _as_floats(key: str, values: Any) -> np.ndarray:
    try:
        array = np.asarray(values).astype(np.float64)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"'{key}' cannot be read as numbers: {error}") from error
    if not np.isfinite(array).all():
        raise ValueError(f"'{key}' holds NaN or infinity; its training has diverged")
    return array


def _shape(weights: Mapping[str, np.ndarray], key: str, axes: int) -> tuple[int, ...]:
    shape = weights[key].shape
    if len(shape) != axes or 0 in shape:
        raise ValueError(f"'{key}' has shape {shape}, expected {axes} axes, none of them empty")
    return shape


def _expect(weights: Mapping[str, np.ndarray], key: str, shape: tuple[int, ...]) -> None:
    if weights[key].shape != shape:
        raise ValueError(f"'{key}' has shape {weights[key].shape}, the others ask for {shape}")


def _grid_of(
    features: int, planes: int, channels: int, image_shape: tuple[int, int, int] | None
) -> tuple[int, int]:
    """Return height and width of the maps between the Linear layer and the convolutions."""
    if image_shape is not None:
        _, height, width = image_shape
        expected = (planes * (height // 4) * (width // 4), channels, height % 4, width % 4)
        if expected != (features, image_shape[0], 0, 0):
            raise ValueError(
                f"these weights do not make images of shape {tuple(image_shape)}: they have "
                f"{channels} channels and {features} = {planes} * height/4 * width/4 features"
            )
        return height // 4, width // 4
    side = math.isqrt(features // planes)
    if planes * side * side != features:
        raise ValueError(
            f"'linear.weight' has {features} rows, which are not {planes} square maps; "
            "if the images are not square, say their shape"
        )
    return side, side
