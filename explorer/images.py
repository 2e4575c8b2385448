"""From decoded pixels to Pillow images at the size of the screen."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image


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
