"""Edits that keep the handwriting: what a decoder changes, with the residual of the real image.

The residual is what the model misses of an image, x - D(mu): the sharp edges, the hooks and the
tremor of a pen. Where an edit moves or removes a stroke, the old stroke's residual would stay
behind as a ghost, so it is put back only where the decoder's image stays as it was.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from vae.data import to_model_range
from vae.decoding import FoldedDecoder
from vae.posterior import checked_image

# Chosen by looking at sheets of real digits, with one slider moved by 0.5, 1 and 2 and with classes
# changed. The residual reaches about two pixels beyond the blurred stroke that the decoder draws:
# without that reach, dots of the old digit's edges stay.
REACH = 2
# The change, in image units, up to which the residual is kept whole, and from which on nothing of
# it is kept. With 0.05 and 0.3 an edit by 0.5 loses the pen's sharp edges already; with 0.3 and 1.2
# class changes keep a few dots of the old digit.
KEPT, DROPPED = 0.2, 0.8
BLUR = np.exp(-0.5 * np.arange(-3, 4) ** 2)  # a Gaussian of one pixel, so that no seam is seen
BLUR /= BLUR.sum()


def edited(image: np.ndarray, decoder: FoldedDecoder, mu: ArrayLike, z: ArrayLike) -> np.ndarray:
    """The image as it is at z instead of mu: D(z) + m (x - D(mu)), uint8 (C, H, W); 0.3 ms.

    m is `residual_mask`. At z = mu this is the image itself, exactly.

    image: (C, H, W) uint8. mu: (d,), where the image is encoded. z: (d,), where it is moved.
    Raises ValueError if one of them does not fit the decoder.
    """
    x = to_model_range(checked_image(image, decoder.image_shape)[None])[0]
    before, after = decoder.decode(np.array([mu, z], np.float64))
    levels = after + residual_mask(after - before) * (x - before)
    return np.rint(127.5 * (np.clip(levels, -1.0, 1.0) + 1.0)).astype(np.uint8)


def residual_mask(change: np.ndarray) -> np.ndarray:
    """How much of the residual is kept, 0 to 1, (H, W), where an image changes by (C, H, W).

    One where nothing near changes by more than `KEPT`, zero where it does by `DROPPED`, with a
    smooth step between them and a blur over all. Near is up to `REACH` pixels to each side.
    """
    size = np.abs(change).max(axis=0)
    for axis in (0, 1):
        size = _along(size, axis, REACH).max(axis=-1)
    for axis in (0, 1):
        size = _along(size, axis, len(BLUR) // 2) @ BLUR
    t = np.clip((size - KEPT) / (DROPPED - KEPT), 0.0, 1.0)
    return 1.0 - t * t * (3.0 - 2.0 * t)


def _along(values: np.ndarray, axis: int, reach: int) -> np.ndarray:
    """(H, W) -> (H, W, 2 reach + 1): each value and those before and after it; edges repeat."""
    padding = [(0, 0), (0, 0)]
    padding[axis] = (reach, reach)
    padded = np.pad(values, padding, mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis)
