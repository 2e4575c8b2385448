"""How long a map takes, and how near the quick class map comes to the one with every point.

Run it from the repository's root with `python -m benchmarks.map`; the dense maps, ten of 160,000
points, take some three minutes. Times are of one thread and mean something on an idle machine only;
shares of points, errors, and ratios to what the same run measured beside them can be compared.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy import ndimage
from threadpoolctl import threadpool_limits

from benchmarks.decoding import SHIPPED_WEIGHTS, cpu_model
from explorer.map_layers import (
    CLASSES,
    MAGNIFICATION,
    TILES,
    TYPICALITY,
    MapFields,
    MapLook,
)
from explorer.map_picture import paint_map
from explorer.model import LoadedModel, learn_statistics, open_model, survey
from explorer.viewport import EVEN, QUANTILE, Viewport
from explorer.window import SWITCH_INTERVAL_S
from vae.geometry import pullback_metric
from vae.maps import (
    JUDGED_AT_A_TIME,
    ClassMap,
    class_maps,
    decoded_tiles,
    grid_points,
    magnification,
    rarity_map,
)
from vae.planes import Plane, axis_plane, discriminant_plane, plane_through, principal_plane
from vae.statistics import typicality

SEED = 0
ROUNDS = 9
PICTURE = (600, 450)  # pixels of a map in the smallest window
RARITY_SIZE = (160, 120)
MAGNIFICATION_SIZE = (128, 96)
SOME = 200  # points for what is measured one by one
TICK_S = 1e-3


@dataclass(frozen=True)
class View:
    """A part of a plane. radius: prior standard deviations to each side of the middle."""

    name: str
    plane: Plane
    middle: tuple[float, float]
    radius: float
    spacing: str = EVEN

    def viewport(self, size: tuple[int, int]) -> Viewport:
        """The viewport that shows it on so many pixels."""
        if self.spacing == QUANTILE:
            return Viewport.fitted(size, QUANTILE)
        return Viewport(self.middle, 2 * self.radius * size[0] / min(size), size)


def main() -> None:
    """Read the arguments and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, default=SHIPPED_WEIGHTS, help="another decoder")
    parser.add_argument("--side", type=int, default=400, help="pixels of a class map's side")
    parser.add_argument("--quick", action="store_true", help="without the dense class maps")
    arguments = parser.parse_args()
    sys.setswitchinterval(SWITCH_INTERVAL_S)  # as the window does
    with threadpool_limits(limits=1):
        model = learn_statistics(survey(open_model(arguments.weights)))
        report(model, arguments.side, not arguments.quick)


def report(model: LoadedModel, side: int, with_dense: bool) -> None:
    """Print everything that the model has."""
    print(f"{cpu_model()}, {os.cpu_count()} cores, one thread")
    print(f"torch {torch.__version__}, NumPy {np.__version__}, Python {platform.python_version()}")
    print(f"{model.latent_dim} dimensions, seed {SEED}; times are the median of {ROUNDS}, in ms;")
    print("they are those of an idle machine only if it is one\n")
    views = list(views_of(model))
    report_coarse(model, views[0])
    if model.bundle.classifier is not None:
        report_levels(model, views[0], side)
        if with_dense:
            report_dense(model, views, side)
    report_fields(model, views[0])


def views_of(model: LoadedModel) -> Iterator[View]:
    """Planes of every kind, wide and close."""
    rng = np.random.default_rng(SEED)
    point = model.random_point(rng)
    means = model.class_means
    last = model.latent_dim - 1
    axes = axis_plane(point, 0, 1)
    yield View("axes 1 and 2", axes, (0.0, 0.0), 4.0)
    yield View("axes 1 and 2, by quantiles", axes, (0.0, 0.0), 4.0, QUANTILE)
    yield View("axes 1 and 2, close", axes, tuple(axes.coordinates(point)), 0.5)
    if last > 1:
        yield View(
            f"axes 2 and {last + 1}, origin", axis_plane(0 * point, 1, last), (0.0, 0.0), 4.0
        )
    if model.encoded is not None:
        mu, labels = model.encoded.mu, model.encoded.labels
        principal, discriminant = principal_plane(mu)[0], discriminant_plane(mu, labels)
        yield View("principal", principal, (0.0, 0.0), 4.0)
        yield View("principal, very wide", principal, (0.0, 0.0), 12.0)
        yield View("discriminant", discriminant, (0.0, 0.0), 4.0)
        yield View("discriminant, close", discriminant, (0.0, 0.0), 0.5)
    if means is not None and len(means) > 9:
        for corners in ((4, 9, 7), (3, 5, 8)):
            plane = plane_through(*means[list(corners)])
            name = "means of {}, {} and {}".format(*corners)
            middle = plane.coordinates(means[list(corners)]).mean(axis=0)
            yield View(name, plane, tuple(middle), 4.0)


def report_coarse(model: LoadedModel, view: View) -> None:
    """What is there at once after another plane was chosen."""
    viewport = view.viewport(PICTURE)
    look = MapLook(frozenset({TILES, CLASSES}), dark=True, class_names=model.class_names)

    def tiles(columns: int, rows: int) -> np.ndarray:
        u, v = viewport.columns(columns), viewport.rows(rows)
        return decoded_tiles(model.decoder, view.plane, u, v)

    print("first picture after a change of the plane")
    decoding = milliseconds(lambda: tiles(20, 20))
    line("20 x 20 tiles decoded", decoding, "budget 15")
    line("40 x 40 tiles decoded", milliseconds(lambda: tiles(40, 40)))
    fields = MapFields(viewport, tiles=tiles(20, 20))
    total = decoding
    if model.bundle.classifier is not None:
        first = next(maps_of(model, view, (400, 300)))
        classes = milliseconds(lambda: next(maps_of(model, view, (400, 300))))
        line(f"first class map, {first.n_classified} points classified", classes, "aim 40")
        fields = MapFields(viewport, tiles=tiles(20, 20), classes=first)
        total += classes
    painting = milliseconds(lambda: paint_map(fields, viewport, look))
    line(f"painted, {PICTURE[0]} x {PICTURE[1]}", painting)
    line("all of it", total + painting, "budget 50")


def report_levels(model: LoadedModel, view: View, side: int) -> None:
    """How a class map sharpens, and what it does to other threads."""
    print(f"\nclass map of {side} x {side} points, {view.name}; ms and points since its start")
    start = time.perf_counter()
    for found in maps_of(model, view, (side, side)):
        took = 1e3 * (time.perf_counter() - start)
        shown = " x ".join(map(str, found.best.shape[::-1]))
        share = 100.0 * found.n_classified / side**2
        line(f"{shown:>9}: {found.n_classified:6} points, {share:4.1f} %", took)
    called: list[float] = []
    with Ticking() as idle:
        time.sleep(1.0)
    with Ticking() as ticking:
        for _ in maps_of(model, view, (side, side), lambda _: called.append(time.perf_counter())):
            pass
    line("longest time between two calls of progress", 1e3 * np.diff(called).max(), "bound 50")
    line("longest wait of another thread meanwhile", 1e3 * max(ticking.gaps), "bound 50")
    line("the same with nothing to do", 1e3 * max(idle.gaps))


def report_dense(model: LoadedModel, views: list[View], side: int) -> None:
    """Every view beside a map all of whose points are classified."""
    print(
        f"\nclass maps of {side} x {side} points beside those with every point classified:\n"
        "share of the points classified, time and how many times less; share of the points with\n"
        "another class; regions without a point of their class, of all; error of the confidence"
    )
    heads = ("points, %", "ms", "less", "other, %", "missed", "mean", "99.9 %", "largest")
    print(f"{'':28}" + "".join(f"{head:>11}" for head in heads))
    for view in views:
        start = time.perf_counter()
        *_, quick = maps_of(model, view, (side, side))
        seconds = time.perf_counter() - start
        best, confidence, dense_seconds = dense_map(model, view, side)
        errors = np.abs(quick.confidence - confidence)
        missed, regions = missed_regions(best, quick.best)
        cells = (
            *(f"{100.0 * quick.n_classified / side**2:.1f}", f"{1e3 * seconds:.0f}"),
            *(f"{dense_seconds / seconds:.1f}x", f"{100.0 * (quick.best != best).mean():.3f}"),
            *(f"{missed} / {regions}", f"{errors.mean():.4f}"),
            *(f"{np.quantile(errors, 0.999):.3f}", f"{errors.max():.3f}"),
        )
        print(f"{view.name:28}" + "".join(f"{cell:>11}" for cell in cells), flush=True)


def dense_map(model: LoadedModel, view: View, side: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Classes and confidences of every point, (side, side), and the seconds that it took."""
    viewport = view.viewport((side, side))
    points = grid_points(view.plane, viewport.columns(side), viewport.rows(side))
    points = points.reshape(-1, view.plane.latent_dim)
    start = time.perf_counter()
    answers = np.concatenate(
        [
            model.probabilities(model.decoder.decode_uint8(points[i : i + JUDGED_AT_A_TIME]))
            for i in range(0, len(points), JUDGED_AT_A_TIME)
        ]
    )
    seconds = time.perf_counter() - start
    shape = (side, side)
    return answers.argmax(axis=1).reshape(shape), answers.max(axis=1).reshape(shape), seconds


def missed_regions(best: np.ndarray, quick: np.ndarray) -> tuple[int, int]:
    """How many of the connected regions of a map have nothing of their class in another, of all."""
    missed = regions = 0
    for index in np.unique(best):
        labels, count = ndimage.label(best == index)
        found = np.unique(labels[quick == index])
        regions += count
        missed += count - np.count_nonzero(found)
    return missed, regions


def report_fields(model: LoadedModel, view: View) -> None:
    """Typicality and magnification, beside what one point at a time takes."""
    print(f"\ntypicality and magnification, {view.name}")
    for name, find, singly, size in (
        ("typicality", typicality_of, one_typicality, RARITY_SIZE),
        ("magnification", magnification_of, one_magnification, MAGNIFICATION_SIZE),
    ):
        took = milliseconds(lambda find=find, size=size: find(model, view, size))
        count = size[0] * size[1]
        points = sample_of(view, size)
        alone = milliseconds(
            lambda one=singly, points=points: [one(model, view, z) for z in points]
        )
        with Ticking() as ticking:
            find(model, view, size)
        waited = f"others waited {1e3 * max(ticking.gaps):.0f}"
        less = alone / len(points) / (took / count)
        line(f"{name}, {size[0]} x {size[1]}", took, f"{less:.0f}x less than singly; {waited}")
    viewport = view.viewport(PICTURE)
    fields = MapFields(
        viewport,
        rarity=typicality_of(model, view, RARITY_SIZE),
        magnification=magnification_of(model, view, MAGNIFICATION_SIZE),
    )
    look = MapLook(frozenset({TYPICALITY, MAGNIFICATION}), dark=True)
    line("painted together", milliseconds(lambda: paint_map(fields, viewport, look)))


def typicality_of(model: LoadedModel, view: View, size: tuple[int, int]):
    """The whole map of it."""
    viewport = view.viewport(size)
    u, v = viewport.columns(size[0]), viewport.rows(size[1])
    return rarity_map(view.plane, u, v, model.encoded)


def one_typicality(model: LoadedModel, _: View, z: np.ndarray) -> str:
    """The word of a point."""
    return typicality(z, model.encoded).word


def magnification_of(model: LoadedModel, view: View, size: tuple[int, int]) -> np.ndarray:
    """The whole map of it."""
    viewport = view.viewport(size)
    u, v = viewport.columns(size[0]), viewport.rows(size[1])
    return magnification(model.decoder, view.plane, u, v)


def one_magnification(model: LoadedModel, view: View, z: np.ndarray) -> float:
    """The same of a point, from its whole Jacobian."""
    metric = view.plane.axes @ pullback_metric(model.decoder.jacobian(z)) @ view.plane.axes.T
    return float(np.sqrt(np.linalg.det(metric)))


def sample_of(view: View, size: tuple[int, int]) -> np.ndarray:
    """SOME points of a map, evenly spread."""
    viewport = view.viewport(size)
    points = grid_points(view.plane, viewport.columns(size[0]), viewport.rows(size[1]))
    points = points.reshape(-1, view.plane.latent_dim)
    return points[:: max(1, len(points) // SOME)][:SOME]


def maps_of(
    model: LoadedModel,
    view: View,
    size: tuple[int, int],
    progress: Callable[[float], None] = lambda fraction: None,
) -> Iterator[ClassMap]:
    """The class maps of a view, from coarse to fine."""
    viewport = view.viewport(size)
    return class_maps(
        model.decoder,
        model.probabilities,
        view.plane,
        viewport.columns,
        viewport.rows,
        size,
        progress,
    )


class Ticking:
    """A thread that would go on every millisecond, as a window would, and notes when it could not.

    gaps: seconds between two ticks.
    """

    def __init__(self) -> None:
        self.gaps = [0.0]
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Ticking:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        last = time.perf_counter()
        while not self._done.wait(TICK_S):
            now = time.perf_counter()
            self.gaps.append(now - last)
            last = now


def milliseconds(function: Callable[[], object]) -> float:
    """The median time of ROUNDS calls, after one that does not count."""
    function()
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return 1e3 * float(np.median(seconds))


def line(name: str, took: float, remark: str = "") -> None:
    """Print one time."""
    print(f"  {name:48}{took:9.1f}  {remark}".rstrip(), flush=True)


if __name__ == "__main__":
    main()
