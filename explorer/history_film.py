"""What one snapshot of a training makes of a point and its surroundings, laid out as one picture.

The digit at the point, a sweep of every dimension around it, and a map of a plane. The same picture
is shown in the window and written into a GIF, which is a frame for every snapshot.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw

from explorer import images
from explorer.coverage_words import classes_words, coverage_words
from explorer.export import text_font
from explorer.movie import SIDES, MovieOptions, write_movie
from explorer.sheet import tiled
from explorer.sweep import name_of
from explorer.worker import Job
from vae.decoding import FoldedDecoder
from vae.history import History
from vae.planes import Plane
from vae.traversal import traverse

STEPS = 11  # of a dimension in the sweep
SPAN = 3.0  # prior standard deviations to both sides, of the sweep and of the map
MAP_TILES = 11  # along each side, so that one is in the middle
# Decoded pixels in one go: 60 digits, 1.4 ms with the shipped decoder. The sliders come between.
PART_PIXELS = 47_000

# Of a file, in its pixels: the height makes a digit eight times as large as it was.
FILE_HEIGHT = 224
FILE_GAP = 14
FILE_TILE_GAP = 1
FILE_MAX_CELL = 75  # height of an image of the sweep; of one or two dimensions it would be a wall
FILE_TEXT = 12
FILE_LABELS = 26  # left of the sweep
FILE_GROUND = 46  # level of the lines between tiles and around pictures
FILE_FPS = 3
FILE_HOLD = 2, 6  # so many frames more for the first and for the last snapshot

Box = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Scene:
    """What is decoded, by whichever snapshot.

    z: (d,), the point. sweep: (d, STEPS, d), every dimension varied around it. plane: of the map,
    or None where there is none. names: of the rows of the sweep.
    """

    z: np.ndarray
    sweep: np.ndarray
    plane: Plane | None
    names: tuple[str, ...]

    @classmethod
    def around(cls, z: ArrayLike, plane: Plane | None) -> Scene:
        """The scene of a point (d,)."""
        z = np.asarray(z, np.float64)
        dimensions = np.arange(len(z))
        values = np.tile(np.linspace(-SPAN, SPAN, STEPS), (len(z), 1))
        return cls(z, traverse(z, dimensions, values), plane, tuple(map(name_of, dimensions)))

    @property
    def map_points(self) -> np.ndarray:
        """(MAP_TILES^2, d), row by row from the top; none without a plane."""
        if self.plane is None:
            return np.zeros((0, len(self.z)))
        u, v = np.meshgrid(tile_middles(), tile_middles()[::-1])
        return self.plane.points(np.stack([u, v], axis=-1)).reshape(-1, len(self.z))

    @property
    def map_place(self) -> tuple[float, float] | None:
        """Where the point, or its projection, lies on the map: shares of its width and height from
        its upper left corner; None where that is outside.
        """
        if self.plane is None:
            return None
        u, v = (self.plane.coordinates(self.z) + SPAN) / (2 * SPAN)
        return (float(u), float(1 - v)) if 0 <= u <= 1 and 0 <= v <= 1 else None


def tile_middles() -> np.ndarray:
    """(MAP_TILES,), the coordinates of the middles of the map's tiles, ascending."""
    return ((np.arange(MAP_TILES) + 0.5) / MAP_TILES * 2 - 1) * SPAN


@dataclass(frozen=True)
class FilmLayout:
    """Where the three parts stand, in pixels.

    size: (width, height) of all. digit, sweep, map: (left, top, width, height); the map's is empty
    where there is none. cell: (width, height) of an image of the sweep, gap: between two. tile: of
    the map.
    """

    size: tuple[int, int]
    digit: Box
    sweep: Box
    map: Box
    cell: tuple[int, int]
    gap: int
    tile: tuple[int, int]

    @property
    def step(self) -> tuple[int, int]:
        """(x, y) from one image of the sweep to the next."""
        return self.cell[0] + self.gap, self.cell[1] + self.gap


def cells_within(
    image_shape: tuple[int, int, int], columns: int, rows: int, width: int, height: int, gap: int
) -> tuple[int, int]:
    """(width, height) of the largest images (C, H, W) that fill a box so many times."""
    return images.fit(image_shape, max(1, width // columns - gap), max(1, height // rows - gap))


def file_layout(image_shape: tuple[int, int, int], dimensions: int, has_map: bool) -> FilmLayout:
    """The three parts side by side, equally high, as a file shows them."""
    height, gap = FILE_HEIGHT, FILE_GAP
    digit = images.fit(image_shape, 10 * height, height)
    room = min(height + FILE_TILE_GAP, dimensions * (FILE_MAX_CELL + FILE_TILE_GAP))
    cell = cells_within(image_shape, 1, dimensions, 10 * height, room, FILE_TILE_GAP)
    sweep_size = STEPS * (cell[0] + FILE_TILE_GAP), dimensions * (cell[1] + FILE_TILE_GAP)
    left = digit[0] + gap + FILE_LABELS
    tile = cells_within(image_shape, 1, MAP_TILES, 10 * height, height, 0) if has_map else (0, 0)
    map_size = tile[0] * MAP_TILES, tile[1] * MAP_TILES
    right = left + sweep_size[0] + gap

    def middle(inner: int) -> int:
        return (height - inner) // 2

    return FilmLayout(
        size=((right + map_size[0]) if has_map else right - gap, height),
        digit=(0, middle(digit[1]), *digit),
        sweep=(left, middle(sweep_size[1] - FILE_TILE_GAP), *sweep_size),
        map=(right, middle(map_size[1]), *map_size) if has_map else (0, 0, 0, 0),
        cell=cell,
        gap=FILE_TILE_GAP,
        tile=tile,
    )


def compose(
    decoder: FoldedDecoder,
    scene: Scene,
    layout: FilmLayout,
    ground: tuple[int, int, int],
    smooth: bool = True,
) -> Iterator[None]:
    """Draw a scene as one decoder sees it, in parts: a generator whose return value is the picture.

    ground: red, green, blue of what is between the parts. smooth: of the digit, see
    `explorer.images.scaled`. The picture is in RGB, of `layout.size`.
    """
    picture = Image.new("RGB", layout.size, ground)
    left, top, width, height = layout.digit
    digit = images.scaled(decoder.decode_uint8(scene.z), width, height, smooth)
    picture.paste(digit.convert("RGB"), (left, top))
    yield from _tiles(
        decoder,
        scene.sweep.reshape(-1, len(scene.z)),
        (STEPS, layout.cell, layout.step),
        picture,
        layout.sweep[:2],
        ground,
    )
    if scene.plane is not None and layout.map[2] > 0:
        yield from _tiles(
            decoder,
            scene.map_points,
            (MAP_TILES, layout.tile, layout.tile),
            picture,
            layout.map[:2],
            ground,
        )
    return picture


def _tiles(
    decoder: FoldedDecoder,
    points: np.ndarray,
    grid: tuple[int, tuple[int, int], tuple[int, int]],
    picture: Image.Image,
    corner: tuple[int, int],
    ground: tuple[int, int, int],
) -> Iterator[None]:
    """Decode points (N, d) and lay them out from a corner of a picture, some rows at a time.

    grid: (columns, cell, step), see `explorer.sheet.tiled`.
    """
    columns, cell, step = grid
    rows_at_once = max(1, PART_PIXELS // (math.prod(decoder.image_shape) * columns))
    for start in range(0, len(points), rows_at_once * columns):
        yield
        part = decoder.decode_uint8(points[start : start + rows_at_once * columns])
        top = corner[1] + start // columns * step[1]
        picture.paste(tiled(part, columns, cell, step, ground), (corner[0], top))


@dataclass(frozen=True, eq=False)
class HistoryFilm:
    """A training as a GIF; it does not follow later changes in the window."""

    history: History
    scene: Scene

    def write(self, path: Path, job: Job) -> None:
        """Write the file, whole or not at all; for the worker.

        Raises:
            Cancelled, ExportCancelled: the job was cancelled; as after an error, the file is as it
                was before.
            ExportError: the file can't be written.
        """
        history = self.history
        order = [0] * FILE_HOLD[0] + list(range(len(history))) + [len(history) - 1] * FILE_HOLD[1]
        shown = {}
        for index in range(len(history)):
            job.progress(0.5 * index / len(history))
            shown[index] = self.frame(index, job)
        write_movie(
            np.stack([shown[index] for index in order]),
            [self.caption(index) for index in order],
            path,
            MovieOptions(format="gif", scale=1, fps=FILE_FPS, labels=True, repeat="loop"),
            progress=lambda share: job.progress(0.5 + 0.5 * share),
            cancelled=lambda: job.cancelled,
        )

    def frame(self, index: int, job: Job | None = None) -> np.ndarray:
        """The frame of a snapshot: (C, H, W) uint8, without its caption."""
        decoder = self.history.decoder(index)
        layout = file_layout(
            decoder.image_shape, len(self.scene.z), has_map=self.scene.plane is not None
        )
        parts = compose(decoder, self.scene, layout, (FILE_GROUND,) * 3, smooth=False)
        while True:
            try:
                next(parts)
            except StopIteration as done:
                picture = done.value
                break
            if job is not None and job.cancelled:
                job.progress(0.0)  # ends it
        self._draw_labels(picture, layout)
        if decoder.image_shape[0] != 3:
            return np.asarray(picture.convert("L"))[None]
        return np.ascontiguousarray(np.asarray(picture).transpose(2, 0, 1))

    def caption(self, index: int) -> str:
        """The line below a frame."""
        return SIDES.join(epoch_words(self.history, index))

    def _draw_labels(self, picture: Image.Image, layout: FilmLayout) -> None:
        draw, font = ImageDraw.Draw(picture), text_font(FILE_TEXT)
        x = layout.sweep[0] - 5
        if layout.step[1] < FILE_TEXT:
            return  # rows closer than their names
        for row, name in enumerate(self.scene.names):
            y = layout.sweep[1] + row * layout.step[1] + layout.cell[1] / 2
            draw.text((x, y), name, "white", font, anchor="rm")


def epoch_words(history: History, index: int, brief: bool = False) -> tuple[str, str]:
    """Which epoch a snapshot is of, and its test loss, or a GAN's coverage, in words.

    brief: of the coverage only the number of classes.
    """
    epoch = f"epoch {history.epochs[index]} of {history.last_epoch}"
    loss, coverage = history.test_loss(index), history.coverage(index)
    if history.is_gan and coverage is not None:
        words = classes_words if brief else coverage_words
        return epoch, words(coverage, history.n_classes)
    if loss is not None:
        return epoch, f"test loss {loss:.1f}"
    if history.epochs[index] == 0:
        return epoch, "before the first step"
    return epoch, f"{'coverage' if history.is_gan else 'test loss'} not recorded"
