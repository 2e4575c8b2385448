"""The picture of a map: everything that is known of a plane, painted as one image.

What is painted comes as fields on regular grids, each for the viewport that it was computed for. A
field of another viewport is moved and stretched to where it belongs, so that a pan or a zoom shows
something at once and the finer field only sharpens it. No toolkit, no state: `paint_map` may run on
any thread. It needs SciPy, Matplotlib's colours and contourpy, which `prepare` imports on another.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from explorer import map_colours as colours
from explorer import map_places as places
from explorer.images import to_pil
from explorer.map_cloud import (
    DOTS_FROM,
    SAMPLE_APART,
    apart_in,
    densities,
    leading,
    one_of,
    with_dots,
)
from explorer.map_fitting import FieldPlace, prior_cells
from explorer.map_layers import (
    CLASSES,
    DIGITS,
    MAGNIFICATION,
    TILES,
    TYPICALITY,
    MapFields,
    MapLook,
)
from explorer.map_lettering import in_dashes, text_with_halo, turned_size
from explorer.map_regions import BORDER_OPACITY, regions
from explorer.viewport import Viewport
from vae.maps import OFF_LEVEL, RARE_LEVEL
from vae.statistics import OFF_THE_MAP, RARE, TYPICAL

if TYPE_CHECKING:
    from vae.maps import RarityMap

# Pixels at 96 dpi.
BORDER_WIDTH = 1.2  # between classes
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

# Real digits, see `explorer.map_cloud`.
DOT_SHARE = 0.45  # radius, of the pixels between neighbours
DOT_RADII = (1.8, 4.0)
DENSITY_CELL = 4.0
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


def prepare() -> None:
    """Import what painting needs, which takes half a second; for a background thread."""
    import contourpy  # noqa: F401
    from scipy import ndimage  # noqa: F401

    colours.heat_colours(over_tiles=False)
    text_with_halo("0", 12, False, (0, 0, 0), (255, 255, 255))


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
        self.densities: np.ndarray | None = None  # of real digits by class, see `densities`
        self.taken: list[tuple[float, float, float, float]] = []  # boxes that texts stand in

    def _place(self, layer: str, known: object) -> FieldPlace | None:
        if layer not in self.look.layers or known is None:
            return None
        return FieldPlace.of(self.fields.viewport_of(layer), self.viewport)

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
            labels, border = regions(best, band, width)
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
        place: FieldPlace,
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
        apart = apart_in(uv, self.viewport, self.look.scale)
        scale, classes = self.look.scale, self._class_count(labels)
        dense = apart < DOTS_FROM
        if self.bare:
            # Among single dots, a name needs a wider look around.
            self.cell = scale * (DENSITY_CELL if dense else NAMING_CELL)
            self.densities = densities(x, y, labels, classes, self.cell, self.viewport.size)
            if dense:
                self._paint_density()
                return
        if dense:
            # In a random order, as data sets are sorted; in the same one, so that none that is
            # there goes when one looks closer.
            order = np.random.default_rng(0).permutation(len(x))
            some = order[: max(1, len(x) // one_of(apart))]
            x, y, labels, apart = x[some], y[some], labels[some], SAMPLE_APART
        radius = scale * min(DOT_RADII[1], max(DOT_RADII[0], DOT_SHARE * apart))
        rim = max(1.0, 0.8 * scale)
        self.picture = with_dots(self.picture, x, y, labels, classes, radius, rim)

    def _paint_density(self) -> None:
        """A cloud in the labels' colours."""
        density = self.densities
        total = density.sum(axis=0)
        peak = max(float(total.max()), 1e-9)
        opacity = np.log1p(DENSITY_CONTRAST * total / peak) / math.log1p(DENSITY_CONTRAST)
        # Where classes overlap, squares let the denser one have the say: ten colours mixed evenly
        # are one grey.
        share = leading(density)
        palette = np.array(colours.class_colours(len(density)), np.float32)
        cloud = np.einsum("khw,kc->hwc", share, palette)
        # What is smoothed out beyond the prior is not shown.
        seen = FieldPlace.of(self.viewport, self.viewport)
        if seen is None:
            return
        place = FieldPlace(
            (0, 0, total.shape[1] * self.cell, total.shape[0] * self.cell), seen.rect
        )
        patch = place.stretched(Image.fromarray((cloud + 0.5).astype(np.uint8)))
        mask = place.stretched(Image.fromarray((255 * opacity + 0.5).astype(np.uint8)))
        self.picture.paste(patch, place.corner, mask)

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
        strokes = [*rare, *(part for points in off for part in in_dashes(points, *dash))]
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
                width, height = turned_size(label.size, place.angle)
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
            window = prior_cells(self.fields.viewport_of(CLASSES), columns, rows)
            for region in places.named_regions(self.fields.classes, window):
                radius = region.radius * min(across, down)
                place = left + region.x * across, top + region.y * down
                self._write_name(region.label, place, radius)
        elif self.densities is not None:
            lead = leading(self.densities)
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
        return text_with_halo(
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


def _word_of(rarity: RarityMap, place: FieldPlace) -> str:
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


def heat_range(magnification: np.ndarray) -> tuple[float, float]:
    """What the ends of the colour map stand for: log10 of image units^2 per sd^2, low and high.

    The middle 98 % of the map; at least a factor of two apart, or noise would look like structure.
    """
    low, high = (float(end) for end in np.percentile(_log(magnification), (1, 99)))
    spare = max(0.0, math.log10(2.0) - (high - low)) / 2
    return low - spare, high + spare


def _log(magnification: np.ndarray) -> np.ndarray:
    return np.log10(np.maximum(magnification, SMALLEST))


def _picture_of(pixels: np.ndarray) -> Image.Image:
    """(h, w) uint32 of RGBX -> RGB"""
    size = pixels.shape[1], pixels.shape[0]
    return Image.frombytes("RGB", size, pixels.tobytes(), "raw", "RGBX")
