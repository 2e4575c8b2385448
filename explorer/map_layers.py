"""What a map is made of: its layers, the fields that are known of a plane, its look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from explorer.viewport import Viewport

if TYPE_CHECKING:
    from vae.maps import ClassMap, RarityMap

TILES, CLASSES, TYPICALITY = "tiles", "classes", "typicality"
MAGNIFICATION, DIGITS = "magnification", "digits"
LAYERS = (TILES, CLASSES, TYPICALITY, MAGNIFICATION, DIGITS)


@dataclass(frozen=True, eq=False)
class MapFields:
    """What is known of a plane. Everything but `viewport` may be missing.

    viewport: what the fields were computed for: the middles of equal columns and rows of it.
    tiles: (H, W, C, h, w) uint8, decoded images. classes, rarity: see `vae.maps`.
    magnification: (H, W), see `vae.maps.magnification`.
    dots: (uv, labels) of encoded real digits: (N, 2) and (N,).
    viewports: of layers (by their names in LAYERS) that were computed for another than `viewport`;
        tiles for example stand on a `Viewport.tile_grid`.
    """

    viewport: Viewport
    tiles: np.ndarray | None = None
    classes: ClassMap | None = None
    rarity: RarityMap | None = None
    magnification: np.ndarray | None = None
    dots: tuple[np.ndarray, np.ndarray] | None = None
    viewports: Mapping[str, Viewport] = field(default_factory=dict)

    def viewport_of(self, layer: str) -> Viewport:
        """The viewport that a layer was computed for."""
        return self.viewports.get(layer, self.viewport)

    def knows(self, layer: str) -> bool:
        """Whether the field of a layer is there."""
        names = {CLASSES: "classes", TYPICALITY: "rarity", DIGITS: "dots"}
        return getattr(self, names.get(layer, layer)) is not None


@dataclass(frozen=True)
class MapLook:
    """How a map is to look. layers: names from LAYERS. scale: physical pixels for one at 96 dpi."""

    layers: frozenset[str]
    dark: bool
    class_names: tuple[str, ...] = ()
    scale: float = 1.0
