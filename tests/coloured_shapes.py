"""Coloured shapes on coloured grounds: a data set neither grey nor of 28 x 28 nor of digits."""

from __future__ import annotations

import colorsys

import numpy as np

from vae.data import Dataset

CLASSES = ("disc", "square", "triangle")
FINE = 3  # a pixel's colour is the mean of FINE x FINE points, so that edges are soft


def coloured_shapes(train: int, test: int, side: int = 32, channels: int = 3) -> Dataset:
    """Discs, squares and triangles in turn, of any place, size and hue on a dark ground.

    train, test: how many images. The same numbers give the same images. With one channel the
    shapes are white.
    """
    rng = np.random.default_rng(0)
    labels = np.arange(train + test, dtype=np.int64) % len(CLASSES)
    images = np.stack([_image(rng, label, side, channels) for label in labels])
    split = slice(None, train), slice(train, None)
    parts = [part[where] for where in split for part in (images, labels)]
    return Dataset("coloured-shapes", CLASSES, *parts)


def _image(rng: np.random.Generator, label: int, side: int, channels: int) -> np.ndarray:
    """One shape, (channels, side, side) uint8."""
    x0, y0 = rng.uniform(-0.25, 0.25, 2)
    radius = rng.uniform(0.35, 0.6)
    shape = np.array(colorsys.hsv_to_rgb(rng.uniform(), 0.85, 1.0))
    ground = np.array(colorsys.hsv_to_rgb(rng.uniform(), 0.7, 0.35))
    if channels == 1:
        shape, ground = np.ones(1), np.zeros(1)

    places = (np.arange(side * FINE) + 0.5) / (side * FINE) * 2 - 1
    y, x = np.meshgrid(places - y0, places - x0, indexing="ij")
    inside = (
        np.hypot(x, y) <= radius,
        np.maximum(np.abs(x), np.abs(y)) <= 0.85 * radius,
        (y <= 0.7 * radius) & (2.0 * np.abs(x) <= y + radius),
    )[label]
    covered = inside.reshape(side, FINE, side, FINE).mean(axis=(1, 3))
    image = ground[:, None, None] + (shape - ground)[:, None, None] * covered
    return np.rint(255 * image).astype(np.uint8)
