"""The picture of a map: everything that is known of a plane, painted as one image.

What is painted comes as fields on regular grids, each for the viewport that it was computed for. A
field of another viewport is moved and stretched to where it belongs, so that a pan or a zoom shows
something at once and the finer field only sharpens it. No toolkit, no state: `paint_map` may run on
any thread. It needs SciPy, Matplotlib's colours and contourpy, which `prepare` imports on another.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from explorer import map_colours as colours
from explorer.export import text_font
from explorer.images import to_pil
from explorer.viewport import QUANTILE, Viewport

if TYPE_CHECKING:
    from vae.maps import ClassMap, RarityMap

TILES, CLASSES, TYPICALITY = "tiles", "classes", "typicality"
MAGNIFICATION, DIGITS = "magnification", "digits"
LAYERS = (TILES, CLASSES, TYPICALITY, MAGNIFICATION, DIGITS)

# Pixels at 96 dpi.
BORDER_WIDTH = 1.2  # between classes
BORDER_OPACITY = 0.75
HALO = 0.14  # around a name, of its size

HEAT_SAMPLES = 9  # colours of a legend's scale
SMALLEST = 1e-6  # a magnification that is no more than rounding
BAND_PIXELS = 1_000_000  # painted at a time; the arrays for so many take some 20 MB


@dataclass(frozen=True, eq=False)
class MapFields:
    """What is known of a plane. Everything but `viewport` may be missing.

    viewport: what the fields were computed for: the middles of equal columns and rows of it.
    tiles: (H, W, C, h, w) uint8, decoded images. classes, rarity: see `vae.maps`.
    magnification: (H, W), see `vae.maps.magnification`.
    dots: (uv, labels) of encoded real digits: (N, 2) and (N,).
    shell: the limits of what is typical, `EncodedImages.shell` where there is one, else
        `vae.statistics.prior_shell(latent_dim)`.
    viewports: of layers (by their names in LAYERS) that were computed for another than `viewport`;
        tiles for example stand on a `Viewport.tile_grid`.
    """

    viewport: Viewport
    tiles: np.ndarray | None = None
    classes: ClassMap | None = None
    rarity: RarityMap | None = None
    magnification: np.ndarray | None = None
    dots: tuple[np.ndarray, np.ndarray] | None = None
    shell: tuple[float, float, float] | None = None
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


@dataclass(frozen=True)
class LegendEntry:
    """One line of a legend.

    layer: the layer that it explains. kind: `class`, `line`, `dashes`, `dot`, `heat` or `note`.
    text: what it means. colours: #rrggbb; of a heat map from low to high, else one or none.
    ends: of a heat map, what its two ends stand for.
    """

    layer: str
    kind: str
    text: str
    colours: tuple[str, ...] = ()
    ends: tuple[str, str] = ("", "")


def legend_entries(fields: MapFields, look: MapLook) -> list[LegendEntry]:
    """What the layers that are wanted and known mean, for a legend beside the picture."""
    entries = []
    shown = {layer for layer in look.layers if fields.knows(layer)}
    if shown & {CLASSES, DIGITS}:
        layer = CLASSES if CLASSES in shown else DIGITS
        values = colours.class_colours(len(look.class_names))
        entries += [
            LegendEntry(layer, "class", name, (colours.as_hex(colour),))
            for name, colour in zip(look.class_names, values, strict=True)
        ]
    if MAGNIFICATION in shown:
        ends = tuple(f"{10.0**end:.2g}" for end in heat_range(fields.magnification))
        samples = tuple(map(colours.as_hex, colours.heat_samples(HEAT_SAMPLES)))
        entries.append(LegendEntry(MAGNIFICATION, "heat", "magnification", samples, ends))
    if TYPICALITY in shown:
        ink = colours.as_hex(colours.INK[look.dark])
        entries.append(LegendEntry(TYPICALITY, "line", "typical | rare", (ink,)))
        entries.append(LegendEntry(TYPICALITY, "dashes", "rare | off the map", (ink,)))
    return entries


def prepare() -> None:
    """Import what painting needs, which takes half a second; for a background thread."""
    import contourpy  # noqa: F401
    from scipy import ndimage  # noqa: F401

    colours.heat_colours(over_tiles=False)
    _label("0", 12, False, (0, 0, 0), (255, 255, 255))


def paint_map(fields: MapFields, viewport: Viewport, look: MapLook) -> Image.Image:
    """Paint the layers that are wanted and known: RGB, of the viewport's size.

    Tiles lie at the bottom, black as the digits of this program are in both themes. One layer gives
    the colour of a place: magnification if it is there, else the classes. Over tiles it tints the
    ground and leaves the ink white. Of classes under magnification, borders and names remain.
    """
    painter = _Painter(fields, viewport, look)
    return painter.paint()


class _Painter:
    """One painting of one map."""

    def __init__(self, fields: MapFields, viewport: Viewport, look: MapLook) -> None:
        self.fields, self.viewport, self.look = fields, viewport, look
        self.names = look.class_names
        self.tiles = self._place(TILES, fields.tiles)
        self.heat = self._place(MAGNIFICATION, fields.magnification)
        self.classes = self._place(CLASSES, fields.classes)
        self.rarity = self._place(TYPICALITY, fields.rarity)
        self.dots = fields.dots if DIGITS in look.layers else None
        self.picture = Image.new("RGB", viewport.size, colours.GROUND[look.dark])

    def _place(self, layer: str, known: object) -> _Place | None:
        if layer not in self.look.layers or known is None:
            return None
        return _Place.of(self.fields.viewport_of(layer), self.viewport)

    def paint(self) -> Image.Image:
        """The picture."""
        if self.tiles is not None:
            self._paint_tiles()
        if self.heat is not None:
            self._paint_heat()
        if self.classes is not None:
            self._paint_classes()
        return self.picture

    def _paint_tiles(self) -> None:
        rows, columns, channels, height, width = self.fields.tiles.shape
        shown = 3 if channels == 3 else 1
        sheet = self.fields.tiles[:, :, :shown].transpose(2, 0, 3, 1, 4)
        sheet = sheet.reshape(shown, rows * height, columns * width)
        patch = self.tiles.stretched(to_pil(sheet))
        self.picture.paste(patch.convert("RGB"), self.tiles.corner)

    def _paint_heat(self) -> None:
        low, high = heat_range(self.fields.magnification)
        level = (_log(self.fields.magnification) - low) / (high - low) * 255
        image = Image.fromarray(np.clip(level + 0.5, 0, 255).astype(np.uint8))
        levels = np.asarray(self.heat.stretched(image))
        over = self.tiles is not None
        self._lay(_picture_of(colours.heat_colours(over).take(levels)), self.heat.corner)

    def _lay(self, patch: Image.Image, corner: tuple[int, int]) -> None:
        """Put a coloured patch down, under the ink of tiles if there are any."""
        if self.tiles is None:
            self.picture.paste(patch, corner)
            return
        box = (*corner, corner[0] + patch.width, corner[1] + patch.height)
        self.picture.paste(ImageChops.screen(self.picture.crop(box), patch), box)

    def _paint_classes(self) -> None:
        """Regions, unless magnification has taken their place; then borders and names."""
        table = None
        if self.heat is None:
            count = max(len(self.names), int(self.fields.classes.best.max(initial=0)) + 1)
            table = colours.region_colours(count, self.look.dark, self.tiles is not None)
        confidence = np.clip(self.fields.classes.confidence * 255 + 0.5, 0, 255).astype(np.uint8)
        confidence = Image.fromarray(confidence)
        for band in self.classes.bands():
            labels, border = _regions(
                self.fields.classes.best, band, BORDER_WIDTH * self.look.scale
            )
            if table is not None:
                sure = np.asarray(band.stretched(confidence))
                index = labels.astype(np.uint16)
                index *= colours.CONFIDENCE_LEVELS
                index += sure >> 1
                self._lay(_picture_of(table.take(index)), band.corner)
            dark = self.look.dark or self.tiles is not None or self.heat is not None
            line = (255, 255, 255) if dark else (0, 0, 0)
            self.picture.paste(line, band.corner, Image.fromarray(border))


def heat_range(magnification: np.ndarray) -> tuple[float, float]:
    """What the ends of the colour map stand for: log10 of image units^2 per sd^2, low and high.

    The middle 98 % of the map; at least a factor of two apart, or noise would look like structure.
    """
    low, high = (float(end) for end in np.percentile(_log(magnification), (1, 99)))
    spare = max(0.0, math.log10(2.0) - (high - low)) / 2
    return low - spare, high + spare


def _log(magnification: np.ndarray) -> np.ndarray:
    return np.log10(np.maximum(magnification, SMALLEST))


@dataclass(frozen=True)
class _Place:
    """Where a field's grid lies on the picture.

    box: (left, top, right, bottom) of the field's edges, pixels, also between them and outside.
    rect: the whole pixels of the picture that it covers.
    """

    box: tuple[float, float, float, float]
    rect: tuple[int, int, int, int]

    @classmethod
    def of(cls, origin: Viewport, target: Viewport) -> _Place | None:
        """None where there is nothing of the field to be seen, or it is of another spacing."""
        if origin.spacing != target.spacing:
            return None
        box = origin.box_of(target)
        ends = (0.0, 0.0, float(target.size[0]), float(target.size[1]))
        if target.spacing == QUANTILE:
            # Beyond the prior there is nothing, and a field only repeats its edge there.
            prior = Viewport((0.5, 0.5), 1.0, (1, 1), QUANTILE).box_of(target)
            ends = _common(ends, prior)
        left, top, right, bottom = _common(ends, box)
        fuzz = 1e-6 * max(target.size)
        rect = (
            *(math.ceil(left - fuzz), math.ceil(top - fuzz)),
            *(math.floor(right + fuzz), math.floor(bottom + fuzz)),
        )
        return cls(box, rect) if rect[0] < rect[2] and rect[1] < rect[3] else None

    @property
    def corner(self) -> tuple[int, int]:
        """The left top pixel that is covered."""
        return self.rect[:2]

    def bands(self) -> list[_Place]:
        """Horizontal parts of BAND_PIXELS at most, which is what the arrays for one take."""
        left, top, right, bottom = self.rect
        rows = max(1, BAND_PIXELS // (right - left))
        return [
            _Place(self.box, (left, y, right, min(bottom, y + rows)))
            for y in range(top, bottom, rows)
        ]

    def stretched(self, image: Image.Image) -> Image.Image:
        """The part of a field's image that is seen, at the picture's resolution."""
        left, top, right, bottom = self.rect
        across = image.width / (self.box[2] - self.box[0])
        down = image.height / (self.box[3] - self.box[1])
        source = (
            max(0.0, (left - self.box[0]) * across),
            max(0.0, (top - self.box[1]) * down),
            min(float(image.width), (right - self.box[0]) * across),
            min(float(image.height), (bottom - self.box[1]) * down),
        )
        return image.resize((right - left, bottom - top), Image.Resampling.BILINEAR, box=source)

    def cells(self, count: int, axis: int) -> tuple[np.ndarray, np.ndarray, float]:
        """Which cells of a grid the pixels' middles lie between, along one axis.

        Returns the cell before each, the share of the way to the next, and a cell's length in
        pixels.
        """
        low, high = self.box[axis], self.box[axis + 2]
        length = (high - low) / count
        pixels = np.arange(self.rect[axis], self.rect[axis + 2]) + 0.5
        place = np.clip((pixels - low) / length - 0.5, 0.0, count - 1.0)
        before = np.minimum(place.astype(np.intp), max(0, count - 2))
        return before, (place - before).astype(np.float32), length


def _common(box: tuple, other: tuple) -> tuple[float, float, float, float]:
    left, top = max(box[0], other[0]), max(box[1], other[1])
    return left, top, min(box[2], other[2]), min(box[3], other[3])


def _regions(best: np.ndarray, place: _Place, width: float) -> tuple[np.ndarray, np.ndarray]:
    """The class of every pixel, and the line between classes as opacity; two (h, w) uint8.

    Between four cells of the grid, each class's share of a pixel is interpolated linearly, and the
    largest takes it: borders are straight there, not stairs, however coarse the grid. The lead of
    the largest share over the next is a distance from the border, and so antialiases the line.
    """
    before_x, share_x, across = place.cells(best.shape[1], 0)
    before_y, share_y, down = place.cells(best.shape[0], 1)
    next_x, next_y = (min(1, n - 1) for n in best.shape[::-1])
    rows = best.take(before_y + np.round(share_y).astype(np.intp) * next_y, axis=0)
    labels = rows.take(before_x + np.round(share_x).astype(np.intp) * next_x, axis=1)
    border = np.zeros(labels.shape, np.uint8)
    if not (next_x and next_y):
        return labels, border
    first = best[:-1, :-1]
    mixed = (first != best[:-1, 1:]) | (first != best[1:, :-1]) | (first != best[1:, 1:])
    ys, xs = np.nonzero(mixed.take(before_y, axis=0).take(before_x, axis=1))
    if not len(ys):
        return labels, border
    y, x, ty, tx = before_y[ys], before_x[xs], share_y[ys], share_x[xs]
    corners = [best[y, x], best[y, x + 1], best[y + 1, x], best[y + 1, x + 1]]
    weights = [(1 - ty) * (1 - tx), (1 - ty) * tx, ty * (1 - tx), ty * tx]
    totals = [weight.copy() for weight in weights]
    for i in range(4):
        for j in range(i):
            same = corners[i] == corners[j]
            totals[i] += weights[j] * same
            totals[j] += weights[i] * same
    top, label = totals[0].copy(), corners[0].copy()
    for total, corner in zip(totals[1:], corners[1:], strict=True):
        larger = total > top
        np.copyto(top, total, where=larger)
        np.copyto(label, corner, where=larger)
    following = np.zeros_like(top)
    for total, corner in zip(totals, corners, strict=True):
        np.maximum(following, total * (corner != label), out=following)
    labels[ys, xs] = label
    # Along an axis the lead falls from 1 to 0 within half a cell.
    distance = (top - following) * (0.25 * (across + down))
    opacity = np.clip(0.5 * width + 0.5 - distance, 0.0, min(1.0, width))
    border[ys, xs] = (255 * BORDER_OPACITY * opacity).astype(np.uint8)
    return labels, border


def _picture_of(pixels: np.ndarray) -> Image.Image:
    """(h, w) uint32 of RGBX -> RGB"""
    size = pixels.shape[1], pixels.shape[0]
    return Image.frombytes("RGB", size, pixels.tobytes(), "raw", "RGBX")


@lru_cache(maxsize=512)
def _label(text: str, size: int, bold: bool, fill: colours.RGB, halo: colours.RGB) -> Image.Image:
    """A text with a halo around its letters, RGBA."""
    font = text_font(size, bold)
    rim = max(1, round(size * HALO))
    left, top, right, bottom = font.getbbox(text, stroke_width=rim)
    image = Image.new("RGBA", (math.ceil(right - left), math.ceil(bottom - top)), (*halo, 0))
    ImageDraw.Draw(image).text(
        (-left, -top), text, (*fill, 255), font, stroke_width=rim, stroke_fill=(*halo, 255)
    )
    return image
