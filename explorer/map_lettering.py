"""Texts with a halo, turned ones, and dashed lines, as a map's picture needs them."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from explorer import map_colours as colours
from explorer.export import text_font

HALO = 0.12  # around a name, of its size


@lru_cache(maxsize=512)
def text_with_halo(
    text: str, size: int, bold: bool, fill: colours.RGB, halo: colours.RGB
) -> Image.Image:
    """A text with a halo around its letters, RGBA."""
    font = text_font(size, bold)
    rim = max(1, round(size * HALO))
    left, top, right, bottom = font.getbbox(text, stroke_width=rim)
    image = Image.new("RGBA", (math.ceil(right - left), math.ceil(bottom - top)), (*halo, 0))
    ImageDraw.Draw(image).text(
        (-left, -top), text, (*fill, 255), font, stroke_width=rim, stroke_fill=(*halo, 255)
    )
    return image


def turned_size(size: tuple[int, int], angle: float) -> tuple[float, float]:
    """(width, height) of the box around another that is turned by so many degrees."""
    cos, sin = abs(math.cos(math.radians(angle))), abs(math.sin(math.radians(angle)))
    return size[0] * cos + size[1] * sin, size[0] * sin + size[1] * cos


def in_dashes(points: np.ndarray, on: float, off: float) -> list[np.ndarray]:
    """A line in pieces of a length, with gaps of another between."""
    way = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    pieces = []
    for start in np.arange(0.0, way[-1], on + off):
        end = min(start + on, way[-1])
        inner = way[(way > start) & (way < end)]
        knots = np.concatenate([[start], inner, [end]])
        pieces.append(np.stack([np.interp(knots, way, c) for c in points.T], axis=1))
    return pieces
