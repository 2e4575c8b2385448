"""What is known of the slice that a map shows, and the jobs that find out the rest: coarse first.

The worker computes and paints; the window only puts a finished picture on the screen.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from PIL import Image

from explorer.context import RunJob
from explorer.map_layers import (
    CLASSES,
    DIGITS,
    LAYERS,
    MAGNIFICATION,
    TILES,
    TYPICALITY,
    MapFields,
    MapLook,
)
from explorer.map_picture import paint_map
from explorer.model import LoadedModel
from explorer.viewport import Viewport
from explorer.worker import Job
from vae.documents import is_int, is_text
from vae.maps import (
    ClassMap,
    RarityMap,
    class_maps,
    decoded_tiles,
    magnification,
    rarity_map,
)
from vae.planes import Plane

MIN_TILES, MAX_TILES = 2, 40  # along the shorter side
JOB = "map"

# While the slice moves, a coarse picture takes the worker some 50 ms, and Python's lock with it for
# a part of that: one in 100 ms looks like motion, and leaves the slider most of the time.
PACE_MS = 100
REST_MS = 150  # without a change, until it is worth while to look closer

# Cells along the longer side, coarse to fine. Of classes, the levels are those of `class_maps`.
CLASS_SIDE = 400
TYPICALITY_SIDES = (40, 120, 240)
MAGNIFICATION_SIDES = (24, 64, 128)
KEPT = 60  # layers of slices and viewports seen before; a fine one takes up to half a megabyte

# What takes some 10 ms. On another plane it is shown before the rest is begun; while a slice only
# moves, both come together, so that nothing flickers.
QUICK = (TILES, DIGITS)

NO_CLASSIFIER = (
    "No classifier came with these weights, so nothing tells which class an image shows."
)


@dataclass(frozen=True)
class MapRequest:
    """What a map is to show. layers: from LAYERS. tiles: along the shorter side."""

    layers: frozenset[str] = frozenset({TILES, CLASSES})
    tiles: int = 14

    def settings(self) -> dict[str, Any]:
        """For the session file."""
        return {
            "layers": [layer for layer in LAYERS if layer in self.layers],
            "tiles": self.tiles,
        }

    def with_settings(self, settings: Mapping[str, Any]) -> MapRequest:
        """This request with what is sound in the settings of a session file."""
        request, layers, tiles = self, settings.get("layers"), settings.get("tiles")
        if isinstance(layers, list) and all(is_text(n) and n in LAYERS for n in layers):
            request = replace(request, layers=frozenset(layers))
        if is_int(tiles) and MIN_TILES <= tiles <= MAX_TILES:
            request = replace(request, tiles=tiles)
        return request


def missing_layers(model: LoadedModel) -> dict[str, str]:
    """Why a model has no such layer, for the person, by layer; empty texts where it has."""
    missing = dict.fromkeys(LAYERS, "")
    if model.bundle.classifier is None:
        missing[CLASSES] = NO_CLASSIFIER
    missing[DIGITS] = model.without_statistics
    return missing


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture that is wanted: which slice, which part of it, and how it looks.

    look.layers are those that the model has.
    """

    plane: Plane
    viewport: Viewport
    tiles: int
    look: MapLook

    @cached_property
    def keys(self) -> dict[str, tuple]:
        """What each layer depends on: equal keys, equal fields."""
        axes = self.plane.axes.tobytes()
        place = (axes, self.plane.offset.tobytes())
        keys: dict[str, tuple] = {
            layer: (layer, *place, self.viewport) for layer in (CLASSES, TYPICALITY, MAGNIFICATION)
        }
        keys[TILES] = (TILES, *place, self.viewport.tile_grid(self.tiles))
        keys[DIGITS] = (DIGITS, axes)
        return {layer: keys[layer] for layer in LAYERS if layer in self.look.layers}

    def same_as(self, other: Scene) -> bool:
        """Whether the pictures of both are the same."""
        return (self.viewport, self.look, self.keys) == (other.viewport, other.look, other.keys)


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer as far as it is known.

    level: 0 is coarse. finest: whether it gets no finer. viewport: that it was computed for.
    coming: gives the next levels, where there are any.
    """

    value: Any
    viewport: Viewport
    level: int = 0
    finest: bool = True
    coming: Levels | None = None


# ---- the worker's side -----------------------------------------------------------------------


class Reports(Protocol):
    """What is told how far a computation is: a `Job`, or a part of one."""

    def progress(self, fraction: float) -> None:
        """May raise, to end the computation."""


class Levels:
    """The levels of one layer of a scene, coarse first, each computed by a job of its own.

    detail: for a file: how many times as many cells as on the screen, along each side. Levels that
    are of no use to finer ones are left out then.
    """

    def __init__(
        self, scene: Scene, model: LoadedModel, layer: str, detail: float | None = None
    ) -> None:
        self._job: Reports | None = None
        self._detail = detail
        self._levels = {
            TILES: self._tiles,
            CLASSES: self._classes,
            TYPICALITY: self._typicality,
            MAGNIFICATION: self._magnification,
            DIGITS: self._digits,
        }[layer](scene, model)

    def finer_than(self, known: Layer | None, job: Reports) -> Layer:
        """The level after the known one; the first where nothing is known."""
        self._job = job
        for found in self._levels:
            # A job that is cancelled ends what it computes, and so the levels before come again.
            if known is None or found.level > known.level:
                return found if found.finest else replace(found, coming=self)
        return replace(known, finest=True, coming=None)

    def _progress(self, fraction: float) -> None:
        self._job.progress(fraction)

    def _tiles(self, scene: Scene, model: LoadedModel) -> Iterator[Layer]:
        grid = scene.viewport.tile_grid(scene.tiles)
        columns, rows = grid.size
        u, v = grid.columns(columns), grid.rows(rows)
        yield Layer(decoded_tiles(model.decoder, scene.plane, u, v), grid)

    def _classes(self, scene: Scene, model: LoadedModel) -> Iterator[Layer]:
        view = scene.viewport
        size = grid_size(view, CLASS_SIDE * (self._detail or 1.0))
        maps = class_maps(
            model.decoder,
            model.probabilities,
            scene.plane,
            view.columns,
            view.rows,
            size,
            self._progress,
        )
        for level, found in enumerate(maps):
            yield Layer(found, view, level, finest=False)

    def _typicality(self, scene: Scene, model: LoadedModel) -> Iterator[Layer]:
        for level, u, v, finest in self._grids(scene.viewport, TYPICALITY_SIDES):
            found = rarity_map(scene.plane, u, v, model.encoded, self._progress)
            yield Layer(found, scene.viewport, level, finest)

    def _magnification(self, scene: Scene, model: LoadedModel) -> Iterator[Layer]:
        for level, u, v, finest in self._grids(scene.viewport, MAGNIFICATION_SIDES):
            found = magnification(model.decoder, scene.plane, u, v, self._progress)
            yield Layer(found, scene.viewport, level, finest)

    def _digits(self, scene: Scene, model: LoadedModel) -> Iterator[Layer]:
        encoded = model.encoded
        yield Layer((scene.plane.coordinates(encoded.mu), encoded.labels), scene.viewport)

    def _grids(
        self, viewport: Viewport, sides: Sequence[int]
    ) -> Iterator[tuple[int, np.ndarray, np.ndarray, bool]]:
        """Level, coordinates of the columns and of the rows, and whether it is the last."""
        if self._detail is not None:
            sides = [sides[-1] * self._detail]
        for level, side in enumerate(sides):
            columns, rows = grid_size(viewport, side)
            yield level, viewport.columns(columns), viewport.rows(rows), side == sides[-1]


def grid_size(viewport: Viewport, side: float) -> tuple[int, int]:
    """(columns, rows) of nearly square cells, so many along the longer side."""
    columns, rows = (max(2, round(side * n / max(viewport.size))) for n in viewport.size)
    return columns, rows


def compute(
    scene: Scene,
    model: LoadedModel,
    known: Mapping[str, Layer],
    wanted: Sequence[str],
    sharp: Mapping[str, Layer],
    job: Job,
) -> tuple[dict[str, Layer], MapFields, Image.Image]:
    """The next level of the layers that are wanted, and the picture of all that is known then.

    sharp: layers of the same slice for another viewport; where they are finer they are painted.
    """
    found = {}
    for layer in wanted:
        before = known.get(layer)
        coming = before.coming if before is not None else None
        found[layer] = (coming or Levels(scene, model, layer)).finer_than(before, job)
    layers = {**known, **found}
    fields = fields_of(scene, layers)
    picture = paint_map(fields, scene.viewport, scene.look)
    finer = {
        layer: other
        for layer, other in sharp.items()
        if layer in layers and cell_size(other) < cell_size(layers[layer])
    }
    box = common_box(scene.viewport, finer)
    if box is not None:
        fields = fields_of(scene, {**layers, **finer})
        picture.paste(paint_map(fields, scene.viewport, scene.look).crop(box), box)
    return found, fields, picture


def finest_fields(scene: Scene, model: LoadedModel, detail: float, job: Job) -> MapFields:
    """All layers of a scene as fine as they get, for a file; a few seconds.

    detail: see `Levels`.
    """
    layers = {}
    for index, layer in enumerate(scene.keys):
        part = _Part(job, index / len(scene.keys), 1 / len(scene.keys))
        levels = Levels(scene, model, layer, detail)
        known = levels.finer_than(None, part)
        while not known.finest:
            known = levels.finer_than(known, part)
        layers[layer] = known
    return fields_of(scene, layers)


@dataclass(frozen=True)
class _Part:
    """A part of a job, from `start` on, `share` of the whole."""

    job: Job
    start: float
    share: float

    def progress(self, fraction: float) -> None:
        """See `Job.progress`."""
        self.job.progress(self.start + self.share * min(1.0, fraction))


def cell_size(layer: Layer) -> float:
    """The width of a cell of its grid, in units of the scale."""
    columns = {
        ClassMap: lambda value: value.best.shape[1],
        RarityMap: lambda value: value.radius.shape[1],
    }.get(type(layer.value), lambda value: value.shape[1])(layer.value)
    return layer.viewport.width / columns


def common_box(viewport: Viewport, layers: Mapping[str, Layer]) -> tuple[int, int, int, int] | None:
    """The whole pixels of a viewport that all of some layers cover; None if there are none."""
    if not layers:
        return None
    boxes = np.array([layer.viewport.box_of(viewport) for layer in layers.values()])
    left, top = np.ceil(np.maximum(boxes[:, :2].max(axis=0), 0.0)).astype(int).tolist()
    right, bottom = (
        np.floor(np.minimum(boxes[:, 2:].min(axis=0), viewport.size)).astype(int).tolist()
    )
    return (left, top, right, bottom) if left < right and top < bottom else None


def fields_of(scene: Scene, layers: Mapping[str, Layer]) -> MapFields:
    """The layers of a scene in the shape that is painted."""
    values = {layer: known.value for layer, known in layers.items()}
    return MapFields(
        scene.viewport,
        tiles=values.get(TILES),
        classes=values.get(CLASSES),
        rarity=values.get(TYPICALITY),
        magnification=values.get(MAGNIFICATION),
        dots=values.get(DIGITS),
        viewports={
            layer: known.viewport
            for layer, known in layers.items()
            if layer != DIGITS and known.viewport != scene.viewport
        },
    )


# ---- the window's side -----------------------------------------------------------------------


class MapStudy:
    """Has the worker paint the scene that is wanted, coarse at first, and finer while it rests.

    run_job, cancel(kind): the window's. after(milliseconds, function), after_cancel(timer): Tk's.
    on_picture(picture, scene, fields): this can be shown, of the scene that is wanted or of one
    just before it. on_failed(message): the scene can't be painted.
    """

    def __init__(
        self,
        run_job: RunJob,
        cancel: Callable[[str], None],
        *,
        after: Callable[[int, Callable[[], None]], str],
        after_cancel: Callable[[str], None],
        on_picture: Callable[[Image.Image, Scene, MapFields], None],
        on_failed: Callable[[str], None],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._run_job = run_job
        self._cancel = cancel
        self._after = after
        self._after_cancel = after_cancel
        self._on_picture = on_picture
        self._on_failed = on_failed
        self._clock = clock
        self._model: LoadedModel | None = None
        self._scene: Scene | None = None
        self._known: OrderedDict[tuple, Layer] = OrderedDict()
        self._sharp: dict[str, tuple[tuple, Layer]] = {}  # the latest finest ones, and their keys
        self._shown_axes = b""  # of the latest picture
        self._token: object | None = None  # of the job that is awaited
        self._refining = False  # that one only makes a picture finer
        self._began = -PACE_MS  # when the latest coarse one did, ms
        self._timer: str | None = None

    @property
    def settled(self) -> bool:
        """Whether the picture is as fine as it gets."""
        return self._token is None and self._timer is None

    def set_model(self, model: LoadedModel) -> None:
        """Paint another model, or this one with its real images encoded."""
        self.pause()
        self._model = model
        self._known.clear()
        self._sharp.clear()
        self._shown_axes = b""

    def want(self, scene: Scene) -> None:
        """Paint this scene; the newest is painted, and how many came before costs nothing."""
        if self._scene is not None and scene.same_as(self._scene):
            return
        self._scene = scene
        if self._token is None or self._refining:
            self._begin_soon()

    def pause(self) -> None:
        """Nobody looks: compute nothing, and want nothing."""
        self._drop()
        self._scene = None

    def layers(self, scene: Scene) -> dict[str, Layer]:
        """What is known of a scene."""
        found = {layer: self._known.get(key) for layer, key in scene.keys.items()}
        return {layer: known for layer, known in found.items() if known is not None}

    def _begin_soon(self) -> None:
        self._drop()
        wait = round(self._began + PACE_MS - self._clock() * 1000)
        if wait > 0:
            self._timer = self._after(wait, self._begin)
        else:
            self._begin()

    def _begin(self) -> None:
        """Compute what is missing of the newest scene, and paint it."""
        self._timer = None
        known = self.layers(self._scene)
        missing = [layer for layer in self._scene.keys if layer not in known]
        if missing:
            self._began = self._clock() * 1000
        axes = self._scene.plane.axes.tobytes()
        if axes != self._shown_axes:
            missing = [layer for layer in missing if layer in QUICK] or missing
            self._shown_axes = axes
        self._run(missing, refining=False)

    def _refine(self) -> None:
        """Make the coarsest layer finer."""
        self._timer = None
        known = self.layers(self._scene)
        coarse = [layer for layer in known if not known[layer].finest]
        if coarse:
            self._run([min(coarse, key=lambda layer: known[layer].level)], refining=True)

    def _run(self, wanted: list[str], refining: bool) -> None:
        scene, model, known = self._scene, self._model, self.layers(self._scene)
        sharp = {
            layer: other
            for layer, (key, other) in self._sharp.items()
            if key[:-1] == scene.keys.get(layer, ())[:-1]
            and other.viewport.spacing == scene.viewport.spacing
        }
        self._token = token = object()
        self._refining = refining

        def done(result: tuple[dict[str, Layer], MapFields, Image.Image]) -> None:
            if token is self._token:
                self._token = None
                self._take(scene, *result)

        def failed(error: Exception) -> None:
            if token is self._token:
                self._token = None
                self._on_failed(f"The map can't be drawn: {error}")

        def ended() -> None:
            if token is self._token:  # the person has cancelled it
                self._token = None

        self._run_job(
            JOB,
            "Drawing the map",
            lambda job: compute(scene, model, known, wanted, sharp, job),
            done,
            failed=failed,
            otherwise=ended,
            quiet=True,
        )

    def _take(
        self, scene: Scene, found: Mapping[str, Layer], fields: MapFields, picture: Image.Image
    ) -> None:
        for layer, new in found.items():
            self._known[scene.keys[layer]] = new
            if new.finest and new.level > 0:
                self._sharp[layer] = scene.keys[layer], new
        for key in scene.keys.values():
            if key in self._known:
                self._known.move_to_end(key)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        self._on_picture(picture, scene, fields)
        if self._scene is None or self._token is not None or self._timer is not None:
            return  # who was told wants something else by now
        known = self.layers(scene)
        if scene is not self._scene:
            self._begin_soon()
        elif len(known) < len(scene.keys):
            self._begin()
        elif not all(layer.finest for layer in known.values()):
            # At once after a refinement: the scene rests already.
            self._timer = self._after(0 if self._refining else REST_MS, self._refine)

    def _drop(self) -> None:
        """Forget what is under way."""
        if self._timer is not None:
            self._after_cancel(self._timer)
            self._timer = None
        if self._token is not None:
            self._token = None
            self._cancel(JOB)
