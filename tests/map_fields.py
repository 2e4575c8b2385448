"""Fields of maps whose right picture is known: discs, single tiles, single dots."""

from __future__ import annotations

import numpy as np

from explorer.map_layers import MapFields
from explorer.viewport import Viewport
from vae.maps import ClassMap, RarityMap


def grid(view: Viewport, columns: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates (rows, columns) of the middles of the cells of a viewport."""
    return tuple(np.meshgrid(view.columns(columns), view.rows(rows)))


def disc(view: Viewport, at: tuple[float, float], radius: float, n: int = 160) -> np.ndarray:
    """(n, n) bool, the cells of a viewport that lie within a circle of the plane."""
    u, v = grid(view, n, n)
    return np.hypot(u - at[0], v - at[1]) < radius


def class_map(best: np.ndarray, confidence: float = 1.0) -> ClassMap:
    """A class map of one confidence everywhere."""
    best = np.asarray(best, np.uint8)
    return ClassMap(best, np.full(best.shape, confidence, np.float32), best.size)


def rarity_map(rarity: np.ndarray) -> RarityMap:
    """A rarity map whose percentiles say nothing."""
    return RarityMap(np.zeros_like(rarity), None, rarity)


def random_fields(view: Viewport, channels: int = 1, classes: int = 10) -> MapFields:
    """All fields at once, seeded: what matters is that they are all there."""
    rng = np.random.default_rng(0)
    best = rng.integers(0, classes, (5, 6)).repeat(12, axis=0).repeat(12, axis=1)
    confidence = rng.uniform(0.3, 1.0, best.shape).astype(np.float32)
    u, v = grid(view, 40, 30)
    tiles = view.tile_grid(6)
    shape = (*tiles.size[::-1], channels, 14, 14)
    return MapFields(
        view,
        tiles=rng.integers(0, 256, shape).astype(np.uint8),
        classes=ClassMap(best.astype(np.uint8), confidence, best.size),
        rarity=rarity_map(np.hypot(u, v)),
        magnification=rng.lognormal(3, 1, (20, 30)).astype(np.float32),
        dots=(rng.normal(size=(3000, 2)).astype(np.float32), rng.integers(0, classes, 3000)),
        viewports={"tiles": tiles},
    )
