"""Photographs of digits on paper, made from real digits: what a telephone's camera would give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter, zoom

INKS = {"pencil": (95, 95, 100), "black": (35, 35, 40), "blue": (40, 60, 150)}
PAPERS = ("plain", "ruled", "squared")


@dataclass(frozen=True)
class Scene:
    """What is photographed, and in which light.

    height: of the digit, a share of the picture's. ink: of `INKS`; paper: of `PAPERS`.
    light: how much darker the darkest corner is; shadow: how much of the light something that
    reaches in from the border takes. noise: of the camera, in levels. thin: how much of the
    strokes' width is taken away, in MNIST's pixels.
    """

    height: float = 0.5
    ink: str = "blue"
    paper: str = "plain"
    light: float = 0.4
    shadow: float = 0.35
    noise: float = 5.0
    thin: float = 0.0


def photograph(
    digit: np.ndarray, rng: np.random.Generator, scene: Scene, size: tuple[int, int] = (480, 640)
) -> Image.Image:
    """digit: (28, 28) uint8, light on black -> an RGB picture of it on paper, (rows, columns)."""
    rows, columns = size
    height = scene.height * min(rows, columns)
    # Half as bright as the brightest is the edge of the pen, as it was before MNIST was scaled.
    # A pen's edge is smooth, and MNIST's pixels are not: they are rounded off.
    ink = zoom(digit / 255.0, height / 20, order=3)
    per_pixel = height / 20
    ink = gaussian_filter(ink, 0.35 * per_pixel)
    edge = 0.5 + 0.18 * scene.thin
    ink = np.clip((ink - edge) * per_pixel * 0.6 + 0.5, 0, 1)
    cover = np.zeros(size)
    top = int(rng.integers(0, rows - ink.shape[0] + 1))
    left = int(rng.integers(0, columns - ink.shape[1] + 1))
    cover[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    cover *= 1 - 0.25 * np.abs(smooth_noise(rng, size, 6))  # a pen gives now more, now less

    paper = np.ones((*size, 3)) * (243, 241, 234) / 255
    paper *= (1 + 0.02 * smooth_noise(rng, size, 1.5))[..., None]
    line = np.array((150, 178, 220)) / 255
    period = int(rng.integers(34, 52))
    printed = np.zeros(size, bool)
    if scene.paper != "plain":
        printed |= ((np.arange(rows) + rng.integers(period)) % period < 2)[:, None]
    if scene.paper == "squared":
        printed |= ((np.arange(columns) + rng.integers(period)) % period < 2)[None]
    paper[printed] *= line
    pigment = np.array(INKS[scene.ink]) / 255
    colour = paper * (1 - cover[..., None] * (1 - pigment))

    y, x = np.meshgrid(np.linspace(-1, 1, rows), np.linspace(-1, 1, columns), indexing="ij")
    angle = rng.uniform(0, 2 * np.pi)
    light = 1 - scene.light * (0.5 + 0.35 * (np.cos(angle) * x + np.sin(angle) * y))
    reach = rng.uniform(-0.5, 0.2)
    side = rng.uniform(0, 2 * np.pi)
    within = np.cos(side) * x + np.sin(side) * y + 0.2 * np.sin(3 * x + 2 * y) > 1 + reach
    light *= 1 - scene.shadow * gaussian_filter(within.astype(float), 10)
    levels = 255 * gaussian_filter(colour * light[..., None], (0.7, 0.7, 0))
    levels += scene.noise * rng.standard_normal(levels.shape)
    return Image.fromarray(np.clip(np.rint(levels), 0, 255).astype(np.uint8), "RGB")


def smooth_noise(rng: np.random.Generator, size: tuple[int, int], width: float) -> np.ndarray:
    """Noise of standard deviation 1 whose grains are so wide."""
    noise = gaussian_filter(rng.standard_normal(size), width)
    return noise / noise.std()
