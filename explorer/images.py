"""From decoded pixels to Pillow images at the size of the screen."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

LUMA = np.array((0.299, 0.587, 0.114), np.float32)  # ITU-R BT.601, as Pillow's `L`


def luminance(image: np.ndarray) -> np.ndarray:
    """image: (C, H, W) uint8 -> (1, H, W) uint8, as it looks in grey."""
    if image.shape[0] != 3:
        return image[:1]
    return np.rint(np.tensordot(LUMA, image, axes=1)[None]).astype(np.uint8)


def signed_change(change: np.ndarray) -> np.ndarray:
    """How much each pixel changes, and whether it gets lighter: (C, H, W) -> (H, W).

    The root mean square over the channels, with the sign of their mean: a pixel that turns from
    red to green changes, though its mean may not. Of one channel it is the change itself.
    """
    if len(change) == 1:
        return change[0]
    return np.copysign(np.sqrt(np.square(change).mean(axis=0)), change.mean(axis=0))


def to_pil(image: np.ndarray) -> Image.Image:
    """image: (C, H, W) uint8 -> `L` for one channel, `RGB` for three; else the first channel."""
    if image.shape[0] == 3:
        return Image.fromarray(np.ascontiguousarray(image.transpose(1, 2, 0)), "RGB")
    return Image.fromarray(np.ascontiguousarray(image[0]), "L")


def scaled(image: np.ndarray, width: int, height: int, smooth: bool) -> Image.Image:
    """image: (C, H, W) uint8 -> a Pillow image; smooth interpolates, else pixels stay squares."""
    # Bicubic overshoots into grey rings around the ink, bilinear does not, and is faster.
    filter_ = Image.Resampling.BILINEAR if smooth else Image.Resampling.NEAREST
    return to_pil(image).resize((max(1, width), max(1, height)), filter_)


def png_of(image: np.ndarray, scale: int, smooth: bool) -> bytes:
    """image: (C, H, W) uint8 -> a PNG file's content, `scale` pixels for one of the image."""
    content = io.BytesIO()
    _, height, width = image.shape
    scaled(image, width * scale, height * scale, smooth).save(content, format="PNG")
    return content.getvalue()


def fit(image_shape: tuple[int, int, int], width: int, height: int) -> tuple[int, int]:
    """The largest (width, height) with the image's aspect ratio inside a box, at least 1 x 1."""
    _, rows, columns = image_shape
    factor = min(width / columns, height / rows)
    return max(1, int(columns * factor)), max(1, int(rows * factor))
