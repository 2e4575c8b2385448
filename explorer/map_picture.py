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
from explorer import map_places as places
from explorer.export import text_font
from explorer.images import to_pil
from explorer.viewport import QUANTILE, Viewport
from vae.maps import OFF_LEVEL, RARE_LEVEL
from vae.statistics import OFF_THE_MAP, RARE, TYPICAL

if TYPE_CHECKING:
    from vae.maps import ClassMap, RarityMap

TILES, CLASSES, TYPICALITY = "tiles", "classes", "typicality"
MAGNIFICATION, DIGITS = "magnification", "digits"
LAYERS = (TILES, CLASSES, TYPICALITY, MAGNIFICATION, DIGITS)

# Kinds of entries of a legend.
CLASS, LINE, DASHES, DOT, HEAT, NOTE = "class", "line", "dashes", "dot", "heat", "note"
LEGEND_SAMPLES = 24  # colours of a scale
LEGEND_DOTS = 3  # of the entry for real digits

# Pixels at 96 dpi.
BORDER_WIDTH = 1.2  # between classes
BORDER_OPACITY = 0.75
# Names of classes: font size for a radius of free room around, the least and the largest, and the
# radius that is worth a name.
NAME_SHARE = 0.62
NAME_SIZES = (12, 30)
NAME_FROM = 11
# On a fine screen and in a large picture cells are seen as stairs. Where a border is so wide they
# are divided until one is at most so many pixels wide, into so many parts at most, and borders are
# drawn as lines.
THICK_BORDER = 1.45
SMOOTH_CELL, MAX_FINER = 3.0, 8
HALO = 0.12  # around a name, of its size

# Real digits: as dots once there are so many pixels between neighbours in the middle of the cloud.
# Where they would lie denser they are a cloud, or over other colours, which would hide it or be
# hidden by it, as many of them as lie so far apart.
DOTS_FROM = 3.4
SAMPLE_APART = 5.0
DOT_SHARE = 0.45  # radius, of the pixels between neighbours
DOT_RADII = (1.8, 4.0)
PHASES = 8
DOT_EDGE = 0.45  # its brightness, of the dot's colour
DENSITY_CELL = 4.0
DENSITY_SMOOTHING = 1.2  # standard deviation, cells
DENSITY_CONTRAST = 30.0  # how much the logarithm lifts thin places
NAMING_CELL = 14.0
# Where a cloud is worth a name: its share of the say there, and its density, of the largest of all.
NAMED_LEAD, NAMED_DENSITY = 0.5, 0.04
MARGIN_SHARE = 0.1  # of a tile in colour, on every side, where the colour of its place is seen
CLOUD_RADIUS = 28  # the name is written as in so large a region

# Lines between the gauge's words.
LINE_WIDTH = 1.6
DASH = (7.0, 5.0)  # of the line where the map ends: stroke and gap
CASING_OPACITY = 0.6
WORD_SIZE = 11
LABELLED_LINES = 4  # of each kind, the longest
SHORTEST_LINE = 18.0  # around a smaller island, stroke and casing would be a blot
PLACES_TRIED = 20
FINE, FINE_PIXELS = 2, 4_000_000  # lines are drawn so many times larger, up to so large a picture
RARITY_STEPS = 80  # grey levels between two words
SHADE_OF_WORDS = (0.34, 0.14, 0.0)  # typical, rare, off the map
VEIL = 0.45  # opacity over what is off the map

SMALLEST = 1e-6  # a magnification that is no more than rounding
BAND_PIXELS = 1_000_000  # painted at a time; the arrays for so many take some 20 MB


PRIOR = Viewport((0.5, 0.5), 1.0, (1, 1), QUANTILE)  # all that a quantile scale has


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


@dataclass(frozen=True)
class LegendEntry:
    """One thing that a legend explains.

    layer: the layer of the map that it belongs to. kind: CLASS, LINE, DASHES, DOT, HEAT or NOTE.
    text: what it means. colours: #rrggbb; of HEAT from low to high, of DOT some of the labels', of
    NOTE none, else one. ends: of HEAT, what its ends stand for.
    """

    layer: str
    kind: str
    text: str
    colours: tuple[str, ...] = ()
    ends: tuple[str, str] = ("", "")


def legend_entries(
    fields: MapFields, look: MapLook, viewport: Viewport | None = None
) -> list[LegendEntry]:
    """What the layers that are wanted and known mean, where `paint_map` shows this viewport.

    viewport: that of the fields if there is none. With magnification, Matplotlib's colours are
    imported the first time.
    """
    shown = {layer for layer in look.layers if fields.knows(layer)}
    filled = CLASSES in shown and MAGNIFICATION not in shown
    values = [colours.as_hex(c) for c in colours.class_colours(len(look.class_names))]
    ink = colours.as_hex(colours.STRONG[look.dark])
    entries = []
    # Under magnification the regions have names and borders, but no colours.
    if filled or DIGITS in shown:
        layer = CLASSES if filled else DIGITS
        entries += [
            LegendEntry(layer, CLASS, name, (value,))
            for name, value in zip(look.class_names, values, strict=True)
        ]
    if filled:
        entries.append(LegendEntry(CLASSES, NOTE, "fainter: less sure"))
    if DIGITS in shown:
        text, apart = "real digits", _apart(fields.dots[0], viewport or fields.viewport, look)
        if apart < DOTS_FROM and shown & {TILES, CLASSES, MAGNIFICATION}:
            text = f"{text}, 1 of {_one_of(apart)}"
        entries.append(LegendEntry(DIGITS, DOT, text, tuple(values[:LEGEND_DOTS]) or (ink,)))
    if MAGNIFICATION in shown:
        ends = tuple(two_digits(10.0**end) for end in heat_range(fields.magnification))
        samples = tuple(map(colours.as_hex, colours.heat_samples(LEGEND_SAMPLES)))
        entries.append(LegendEntry(MAGNIFICATION, HEAT, "magnification", samples, ends))
    if TYPICALITY in shown:
        entries.append(LegendEntry(TYPICALITY, LINE, f"{TYPICAL} | {RARE}", (ink,)))
        entries.append(LegendEntry(TYPICALITY, DASHES, f"{RARE} | {OFF_THE_MAP}", (ink,)))
    return entries


def two_digits(value: float) -> str:
    """A positive number with two significant digits and no exponent, where that is readable."""
    if not 1e-3 <= value < 1e5:
        return f"{value:.1e}"
    digits = 1 - math.floor(math.log10(value))
    return f"{round(value, digits):,.{max(0, digits)}f}"


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
    ground and leaves the ink white; tiles in colour keep theirs, and it is seen between them. Of
    classes under magnification, borders and names remain.
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
        # Where the colour of a place goes among tiles that have colours of their own, (L).
        self.between: Image.Image | None = None
        self.bare = self.tiles is None and self.heat is None and self.classes is None
        self.picture = Image.new("RGB", viewport.size, colours.GROUND[look.dark])
        self.cell = DENSITY_CELL * look.scale
        self.densities: np.ndarray | None = None  # of real digits by class, see `_densities`
        self.taken: list[tuple[float, float, float, float]] = []  # boxes that texts stand in

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
        if self.rarity is not None:
            self._shade_words()
        if self.dots is not None:
            self._paint_digits()
        if self.rarity is not None:
            self._draw_words()
        self._write_names()
        if self.rarity is not None:
            self._write_words()
        return self.picture

    def _paint_tiles(self) -> None:
        rows, columns, channels, height, width = self.fields.tiles.shape
        shown = 3 if channels == 3 else 1
        tiles = self.fields.tiles[:, :, :shown]
        if shown == 3 and (self.heat is not None or self.classes is not None):
            margin = max(1, round(MARGIN_SHARE * min(height, width)))
            around = (0, 0), (0, 0), (0, 0), (margin, margin), (margin, margin)
            tiles = np.pad(tiles, around, "edge")
            height, width = tiles.shape[3:]
            cell = np.pad(
                np.zeros((height - 2 * margin, width - 2 * margin), np.uint8),
                margin,
                constant_values=255,
            )
            gaps = Image.fromarray(np.tile(cell, (rows, columns)))
            self.between = Image.new("L", self.viewport.size, 255)
            self.between.paste(self.tiles.stretched(gaps), self.tiles.corner)
        sheet = tiles.transpose(2, 0, 3, 1, 4).reshape(shown, rows * height, columns * width)
        patch = self.tiles.stretched(to_pil(sheet))
        self.picture.paste(patch.convert("RGB"), self.tiles.corner)

    def _paint_heat(self) -> None:
        low, high = heat_range(self.fields.magnification)
        level = (_log(self.fields.magnification) - low) / (high - low) * 255
        image = Image.fromarray(np.clip(level + 0.5, 0, 255).astype(np.uint8))
        levels = np.asarray(self.heat.stretched(image))
        over = self.tiles is not None and self.between is None
        self._lay(_picture_of(colours.heat_colours(over).take(levels)), self.heat.corner)

    def _lay(self, patch: Image.Image, corner: tuple[int, int]) -> None:
        """Put a coloured patch down, under the ink of tiles if there are any, or between them."""
        box = (*corner, corner[0] + patch.width, corner[1] + patch.height)
        if self.tiles is None or self.between is not None:
            between = None if self.between is None else self.between.crop(box)
            self.picture.paste(patch, corner, between)
            return
        self.picture.paste(ImageChops.screen(self.picture.crop(box), patch), box)

    def _paint_classes(self) -> None:
        """Regions, unless magnification has taken their place; then borders and names."""
        table = None
        if self.heat is None:
            count = max(len(self.names), int(self.fields.classes.best.max(initial=0)) + 1)
            over = self.tiles is not None and self.between is None
            table = colours.region_colours(count, self._on_dark, over)
        confidence = np.clip(self.fields.classes.confidence * 255 + 0.5, 0, 255).astype(np.uint8)
        confidence = Image.fromarray(confidence)
        left, top, right, bottom = self.classes.box
        best, borders = self.fields.classes.best, None
        width = BORDER_WIDTH * self.look.scale
        if width > THICK_BORDER:
            cell = np.array([(right - left) / best.shape[1], (bottom - top) / best.shape[0]])
            factor = min(MAX_FINER, max(1, math.ceil(cell[0] / SMOOTH_CELL)))
            smooth = places.smooth_classes(self.fields.classes, factor)
            borders = [points * cell + (left, top) for points in smooth.borders]
            best = smooth.best
        line = colours.STRONG[self._on_dark or self.heat is not None]
        for band in self.classes.bands():
            labels, border = _regions(best, band, width)
            if table is not None:
                sure = np.asarray(band.stretched(confidence))
                index = labels.astype(np.uint16)
                index *= colours.CONFIDENCE_LEVELS
                index += sure >> 1
                self._lay(_picture_of(table.take(index)), band.corner)
            if borders is None:
                self.picture.paste(line, band.corner, Image.fromarray(border))
        if borders is not None:
            self._stroke(borders, line, width, BORDER_OPACITY, self.classes)

    def _stroke(
        self,
        lines: list[np.ndarray],
        colour: colours.RGB,
        width: float,
        opacity: float,
        place: _Place,
    ) -> None:
        """Draw lines (N, 2) in pixels, as far as a field reaches; antialiased."""
        size = self.viewport.size
        fine = FINE if size[0] * size[1] <= FINE_PIXELS else 1
        mask = Image.new("L", (size[0] * fine, size[1] * fine))
        draw = ImageDraw.Draw(mask)
        for points in lines:
            path = (points * fine).ravel().tolist()
            draw.line(path, round(255 * opacity), round(width * fine), "curve")
        mask = (mask.reduce(fine) if fine > 1 else mask).crop(place.rect)
        self.picture.paste(colour, place.corner, mask)

    # ---- real digits ---------------------------------------------------------------------------

    def _paint_digits(self) -> None:
        """Dots by label; where they would cover one another, a cloud, or some of them."""
        uv, labels = self.dots
        x, y = self.viewport.pixel_of(uv[:, 0], uv[:, 1])
        apart = _apart(uv, self.viewport, self.look)
        scale = self.look.scale
        dense = apart < DOTS_FROM
        if self.bare:
            # Among single dots, a name needs a wider look around.
            self.cell = scale * (DENSITY_CELL if dense else NAMING_CELL)
            self.densities = self._densities(x, y, labels)
            if dense:
                self._paint_density()
                return
        if dense:
            # In a random order, as data sets are sorted; in the same one, so that none that is
            # there goes when one looks closer.
            order = np.random.default_rng(0).permutation(len(x))
            some = order[: max(1, len(x) // _one_of(apart))]
            x, y, labels, apart = x[some], y[some], labels[some], SAMPLE_APART
        radius = scale * min(DOT_RADII[1], max(DOT_RADII[0], DOT_SHARE * apart))
        self._paint_dots(x, y, labels, radius)

    def _paint_dots(self, x: np.ndarray, y: np.ndarray, labels: np.ndarray, radius: float) -> None:
        rim = max(1.0, 0.8 * self.look.scale)
        reach = math.ceil(radius + rim) + 1
        width, height = self.viewport.size
        seen = (np.abs(x - width / 2) < width / 2 + reach) & (
            np.abs(y - height / 2) < height / 2 + reach
        )
        x, y, labels = x[seen], y[seen], labels[seen]
        left, top = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
        # Where in its pixel a dot's middle lies, to an eighth: so few dots need to be drawn.
        steps = np.minimum(np.stack([x - left, y - top]) * PHASES, PHASES - 1).astype(np.intp)
        phase = steps[0] * PHASES + steps[1]
        # The pixels around the one that holds a dot's middle, in a picture with room for whole dots
        # beyond its edges.
        around = np.arange(-reach, reach + 1, dtype=np.int32)
        across, down = (offsets.ravel() for offsets in np.meshgrid(around, around))
        near = np.hypot(across, down) < radius + rim + 0.5 + math.sqrt(0.5)
        across, down = across[near], down[near]
        middle = (np.arange(PHASES) + 0.5) / PHASES - 0.5
        distance = np.hypot(
            across - middle[:, None, None], down - middle[None, :, None], dtype=np.float32
        )
        core = np.clip(radius + 0.5 - distance, 0, 1)
        whole = np.clip(radius + rim + 0.5 - distance, 0, 1)
        strength, rest = (core + DOT_EDGE * (whole - core)).ravel(), (1 - whole).ravel()
        spare = 2 * reach + 1
        wide, high = width + 2 * spare, height + 2 * spare
        offsets, middles = down * wide + across, (top + spare) * wide + left + spare

        pixels = np.array(self.picture)
        flat = pixels.reshape(-1, 3)
        palette = np.array(colours.class_colours(self._class_count(labels)), np.float32)
        # As many dots at a time as their squares of pixels leave the memory alone.
        count = max(1, BAND_PIXELS // len(offsets))
        for start in range(0, len(x), count):
            touched = (middles[start : start + count, None] + offsets).ravel()
            # The last of several dots on a pixel is the one that is seen there.
            owner = np.full(wide * high, -1, np.int32)
            owner[touched] = np.arange(len(touched), dtype=np.int32)
            owner = owner.reshape(high, wide)[spare : spare + height, spare : spare + width].ravel()
            place = np.flatnonzero(owner >= 0)
            dot, offset = np.divmod(owner[place], np.int32(len(offsets)))
            dot += start
            drawn = phase[dot] * len(offsets) + offset
            shades = palette.take(labels[dot], axis=0) * strength.take(drawn)[:, None]
            flat[place] = flat.take(place, axis=0) * rest.take(drawn)[:, None] + shades + 0.5
        self.picture = Image.fromarray(pixels)

    def _paint_density(self) -> None:
        """A cloud in the labels' colours."""
        density = self.densities
        total = density.sum(axis=0)
        peak = max(float(total.max()), 1e-9)
        opacity = np.log1p(DENSITY_CONTRAST * total / peak) / math.log1p(DENSITY_CONTRAST)
        # Where classes overlap, squares let the denser one have the say: ten colours mixed evenly
        # are one grey.
        share = _leading(density)
        palette = np.array(colours.class_colours(len(density)), np.float32)
        cloud = np.einsum("khw,kc->hwc", share, palette)
        # What is smoothed out beyond the prior is not shown.
        seen = _Place.of(self.viewport, self.viewport)
        if seen is None:
            return
        place = _Place((0, 0, total.shape[1] * self.cell, total.shape[0] * self.cell), seen.rect)
        patch = place.stretched(Image.fromarray((cloud + 0.5).astype(np.uint8)))
        mask = place.stretched(Image.fromarray((255 * opacity + 0.5).astype(np.uint8)))
        self.picture.paste(patch, place.corner, mask)

    def _densities(self, x: np.ndarray, y: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """(K, h, w), digits of each class in the cells of a coarse grid, smoothed."""
        from scipy import ndimage

        count, cell = self._class_count(labels), self.cell
        columns, rows = (math.ceil(side / cell) for side in self.viewport.size)
        # A margin, so that what lies just outside has its share at the edge.
        spare = 3
        xs, ys = np.floor(x / cell) + spare, np.floor(y / cell) + spare
        wide, high = columns + 2 * spare, rows + 2 * spare
        seen = (xs >= 0) & (xs < wide) & (ys >= 0) & (ys < high)
        index = (labels[seen].astype(np.intp) * high + ys[seen].astype(np.intp)) * wide
        index += xs[seen].astype(np.intp)
        counts = np.bincount(index, minlength=count * high * wide)
        counts = counts.reshape(count, high, wide).astype(np.float32)
        smooth = ndimage.gaussian_filter(counts, DENSITY_SMOOTHING, axes=(1, 2), mode="constant")
        return smooth[:, spare : spare + rows, spare : spare + columns]

    def _class_count(self, labels: np.ndarray) -> int:
        return max(len(self.names), int(labels.max(initial=0)) + 1)

    # ---- typicality ----------------------------------------------------------------------------

    def _shade_words(self) -> None:
        """What is off the map fades; with nothing else to see, the words have shades."""
        ground = colours.GROUND[self.look.dark]
        rarity = self.fields.rarity.rarity
        levels = np.clip(rarity * RARITY_STEPS + 0.5, 0, 255).astype(np.uint8)
        levels = self.rarity.stretched(Image.fromarray(levels))
        if self.bare:
            # Under a cloud of ten colours, shades without one.
            shade = (colours.SHADES if self.dots is None else colours.MUTED)[self.look.dark]
            steps = np.arange(256) / RARITY_STEPS
            shares = np.interp(steps, *_stairs(*SHADE_OF_WORDS))[:, None]
            table = np.array(ground) * (1 - shares) + np.array(shade) * shares
            self.picture.paste(
                _picture_of(colours.pixels(table).take(np.asarray(levels))), self.rarity.corner
            )
        else:
            steps = np.arange(256) / RARITY_STEPS
            veil = np.interp(steps, *_stairs(0.0, 0.0, VEIL)) * 255
            mask = levels.point([round(share) for share in veil])
            self.picture.paste(
                ground if self.tiles is None else (0, 0, 0), self.rarity.corner, mask
            )

    def _lines(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """The lines between the words in pixels of the picture."""
        left, top, right, bottom = self.rarity.box
        rows, columns = self.fields.rarity.rarity.shape
        cell = np.array([(right - left) / columns, (bottom - top) / rows])
        shortest = SHORTEST_LINE * self.look.scale
        lines = (
            [points * cell + (left, top) for points in found]
            for found in places.word_lines(self.fields.rarity)
        )
        return tuple([one for one in found if places.length(one) > shortest] for found in lines)

    def _draw_words(self) -> None:
        """Lines where the words change: ink in a casing of the ground, seen on any colour."""
        stroke = LINE_WIDTH * self.look.scale
        rare, off = self._lines()
        dash = [part * self.look.scale for part in DASH]
        strokes = [*rare, *(part for points in off for part in _dashes(points, *dash))]
        dark = self._on_dark
        casing = stroke + 2 * self.look.scale
        self._stroke(strokes, colours.OUTLINE[dark], casing, CASING_OPACITY, self.rarity)
        self._stroke(strokes, colours.STRONG[dark], stroke, 1.0, self.rarity)

    def _write_words(self) -> None:
        """Each word beside a line that it ends at, on its side; without a line, in a corner."""
        size = round(WORD_SIZE * self.look.scale)
        rare, off = self._lines()
        wanted = ((rare, ((TYPICAL, -1), (RARE, 1))), (off, ((OFF_THE_MAP, 1),)))
        written = False
        for lines, words in wanted:
            for points in lines[:LABELLED_LINES]:
                written |= self._write_along(points, words, size)
        if not written:
            word = _word_of(self.fields.rarity, self.rarity)
            if word:
                label = self._label(f"{word} everywhere", size, False)
                inset = round(8 * self.look.scale)
                left, top = self.rarity.corner
                self.picture.paste(label, (left + inset, top + inset), label)

    def _write_along(
        self, points: np.ndarray, words: tuple[tuple[str, int], ...], size: int
    ) -> bool:
        """Words beside one line, at its straightest place that is free."""
        labels = [(self._label(word, size, False), side) for word, side in words]
        longest = max(label.width for label, _ in labels)
        for tries, place in enumerate(places.along(points, longest, self.rarity.rect, 2.0 * size)):
            if tries == PLACES_TRIED:
                return False
            boxes = []
            for label, side in labels:
                away = side * (0.5 * label.height + LINE_WIDTH * self.look.scale)
                x, y = (c + away * n for c, n in zip((place.x, place.y), place.right, strict=True))
                width, height = _turned(label.size, place.angle)
                boxes.append((x - width / 2, y - height / 2, x + width / 2, y + height / 2))
            if all(self._is_free(box) for box in boxes):
                for (label, _), (left, top, right, bottom) in zip(labels, boxes, strict=True):
                    turned = label.rotate(place.angle, Image.Resampling.BICUBIC, expand=True)
                    x = round((left + right - turned.width) / 2)
                    y = round((top + bottom - turned.height) / 2)
                    self.picture.paste(turned, (x, y), turned)
                self.taken += boxes
                return True
        return False

    def _is_free(self, box: tuple[float, float, float, float]) -> bool:
        left, top, right, bottom = box
        return all(
            right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            for other in self.taken
        )

    # ---- names ---------------------------------------------------------------------------------

    def _write_names(self) -> None:
        """What the larger regions are, or where there are none, what the digits of a cloud are."""
        if not self.names:
            return
        if self.classes is not None:
            left, top, right, bottom = self.classes.box
            rows, columns = self.fields.classes.best.shape
            across, down = (right - left) / columns, (bottom - top) / rows
            window = _prior_cells(self.fields.viewport_of(CLASSES), columns, rows)
            for region in places.named_regions(self.fields.classes, window):
                radius = region.radius * min(across, down)
                place = left + region.x * across, top + region.y * down
                self._write_name(region.label, place, radius)
        elif self.densities is not None:
            lead = _leading(self.densities)
            led = self.densities * lead
            for label, field in enumerate(led):
                row, column = np.unravel_index(field.argmax(), field.shape)
                leads = lead[label, row, column] > NAMED_LEAD
                if leads and field[row, column] > NAMED_DENSITY * led.max():
                    place = (column + 0.5) * self.cell, (row + 0.5) * self.cell
                    self._write_name(label, place, CLOUD_RADIUS * self.look.scale)

    def _write_name(self, label: int, place: tuple[float, float], radius: float) -> None:
        scale = self.look.scale
        if radius < NAME_FROM * scale or label >= len(self.names):
            return
        size = round(scale * min(NAME_SIZES[1], max(NAME_SIZES[0], NAME_SHARE * radius / scale)))
        text = self._label(self.names[label], size, True)
        x, y = round(place[0] - text.width / 2), round(place[1] - text.height / 2)
        self.picture.paste(text, (x, y), text)
        self.taken.append((x, y, x + text.width, y + text.height))

    def _label(self, text: str, size: int, bold: bool) -> Image.Image:
        return _label(
            text, size, bold, colours.STRONG[self._on_dark], colours.OUTLINE[self._on_dark]
        )

    @property
    def _on_dark(self) -> bool:
        """Whether marks are to be light in a dark casing."""
        return self.look.dark or self.tiles is not None


def _stairs(typical: float, rare: float, off: float) -> tuple[list[float], list[float]]:
    """Knots of a function of the rarity that has one value for each word, and steep steps."""
    half = 1.5 / RARITY_STEPS
    ends = (RARE_LEVEL - half, RARE_LEVEL + half, OFF_LEVEL - half, OFF_LEVEL + half)
    return list(ends), [typical, rare, rare, off]


def _word_of(rarity: RarityMap, place: _Place) -> str:
    """The one word for all of the map that is seen; empty if there are several."""
    rows, columns = rarity.rarity.shape
    x, _, _ = place.cells(columns, 0)
    y, _, _ = place.cells(rows, 1)
    seen = rarity.rarity[y[0] : y[-1] + 2, x[0] : x[-1] + 2]
    low, high = float(seen.min()), float(seen.max())
    if high <= RARE_LEVEL:
        return TYPICAL
    if low > OFF_LEVEL:
        return OFF_THE_MAP
    return RARE if low > RARE_LEVEL and high <= OFF_LEVEL else ""


def _turned(size: tuple[int, int], angle: float) -> tuple[float, float]:
    """(width, height) of the box around another that is turned by so many degrees."""
    cos, sin = abs(math.cos(math.radians(angle))), abs(math.sin(math.radians(angle)))
    return size[0] * cos + size[1] * sin, size[0] * sin + size[1] * cos


def _dashes(points: np.ndarray, on: float, off: float) -> list[np.ndarray]:
    """A line in pieces of a length, with gaps of another between."""
    way = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    pieces = []
    for start in np.arange(0.0, way[-1], on + off):
        end = min(start + on, way[-1])
        inner = way[(way > start) & (way < end)]
        knots = np.concatenate([[start], inner, [end]])
        pieces.append(np.stack([np.interp(knots, way, c) for c in points.T], axis=1))
    return pieces


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
            ends = _common(ends, PRIOR.box_of(target))
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


def _prior_cells(viewport: Viewport, columns: int, rows: int) -> tuple[int, int, int, int] | None:
    """(left, top, right, bottom): the cells of a viewport's grid on the prior; None if all are."""
    if viewport.spacing != QUANTILE:
        return None
    box = PRIOR.box_of(viewport)
    cells = [edge / viewport.size[i % 2] * (columns, rows)[i % 2] for i, edge in enumerate(box)]
    left, top = (max(0, math.floor(cell + 0.5)) for cell in cells[:2])
    right, bottom = (math.floor(cell + 0.5) for cell in cells[2:])
    return left, top, max(left + 1, min(columns, right)), max(top + 1, min(rows, bottom))


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


def _apart(uv: np.ndarray, viewport: Viewport, look: MapLook) -> float:
    """Between neighbours in the middle of a cloud (N, 2) that is about Gaussian; pixels at 96 dpi.

    Infinite for less than two.
    """
    if len(uv) < 2:
        return math.inf
    x, y = viewport.pixel_of(uv[:, 0], uv[:, 1])
    spread = float(np.std(x) * np.std(y))
    return math.sqrt(2 * math.pi * spread / len(uv)) / look.scale


def _one_of(apart: float) -> int:
    """Of how many dots that lie so far apart one is shown, so that they are SAMPLE_APART."""
    return math.ceil((SAMPLE_APART / max(apart, 1e-3)) ** 2)


def _leading(density: np.ndarray) -> np.ndarray:
    """(K, h, w), the say of each class in a place: the shares of its density's square."""
    squares = density**2
    return squares / np.maximum(squares.sum(axis=0), 1e-12)


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
