"""What the worker finds out of a scene: level by level, coarse first, the newest scene first."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from explorer.map_layers import (
    CLASSES,
    DIGITS,
    LAYERS,
    MAGNIFICATION,
    TILES,
    TYPICALITY,
    MapLook,
)
from explorer.map_picture import paint_map
from explorer.map_study import (
    CLASS_SIDE,
    Levels,
    MapRequest,
    MapStudy,
    Scene,
    compute,
    fields_of,
    finest_fields,
    missing_layers,
)
from explorer.viewport import QUANTILE, Viewport
from explorer.worker import Cancelled
from vae.maps import magnification, rarity_map
from vae.planes import axis_plane

Z = np.array([0.5, -1.0, 2.0, 0.25, 1.0, -2.0])
VIEW = Viewport.fitted((160, 120))


def scene(*layers: str, z=Z, viewport=VIEW, tiles=6, dark=False) -> Scene:
    look = MapLook(frozenset(layers), dark, tuple("0123456789"))
    return Scene(axis_plane(z, 4, 1), viewport, tiles, look)


class Watch:
    """A job that counts how often it is told, and may be cancelled."""

    def __init__(self, most: float = np.inf) -> None:
        self.fractions: list[float] = []
        self._most = most

    def progress(self, fraction: float) -> None:
        self.fractions.append(fraction)
        if len(self.fractions) > self._most:
            raise Cancelled


def finest(scene: Scene, model, layer: str):
    levels, known = Levels(scene, model, layer), []
    known.append(levels.finer_than(None, Watch()))
    while not known[-1].finest:
        known.append(levels.finer_than(known[-1], Watch()))
    return known


# --- the request ----------------------------------------------------------------------------------


def test_a_session_brings_the_request_back():
    request = MapRequest(frozenset({DIGITS, TILES}), 40)
    stored = json.loads(json.dumps(request.settings()))
    assert MapRequest().with_settings(stored) == request


@pytest.mark.parametrize(
    "bad",
    [
        {"layers": ["tiles", "roads"]},
        {"layers": "tiles"},
        {"layers": [1]},
        {"tiles": 1},
        {"tiles": 41},
        {"tiles": 12.5},
        {"tiles": True},
        {"tiles": None},
        {},
    ],
)
def test_bad_settings_leave_the_request_as_it_is(bad):
    assert MapRequest().with_settings(bad) == MapRequest()


def test_what_a_model_lacks_is_said(model):
    assert set(missing_layers(model).values()) == {""}
    bare = replace(model, bundle=replace(model.bundle, classifier=None), encoded=None)
    lacking = missing_layers(bare)
    assert "classifier" in lacking[CLASSES]
    assert lacking[DIGITS] == bare.without_statistics
    assert {lacking[layer] for layer in (TILES, TYPICALITY, MAGNIFICATION)} == {""}


# --- levels ---------------------------------------------------------------------------------------


def test_a_tile_is_its_latent_decoded_alone(model):
    wanted = scene(TILES)
    (layer,) = finest(wanted, model, TILES)
    grid = layer.viewport
    rows, columns = layer.value.shape[:2]
    assert (columns, rows) == grid.size
    assert rows >= 6
    for row, column in ((0, 0), (rows - 1, 2), (3, columns - 1)):
        z = wanted.plane.points((grid.columns(columns)[column], grid.rows(rows)[row]))
        np.testing.assert_array_equal(layer.value[row, column], model.decoder.decode_uint8(z))


def test_classes_come_coarse_first_and_end_at_full_size(model):
    known = finest(scene(CLASSES), model, CLASSES)
    assert [layer.level for layer in known[:-1]] == list(range(len(known) - 1))
    sizes = [max(layer.value.best.shape) for layer in known]
    assert sizes == sorted(sizes)
    assert sizes[0] < CLASS_SIDE / 2
    assert sizes[-1] == CLASS_SIDE
    counts = [layer.value.n_classified for layer in known]
    assert counts == sorted(counts)


def test_typicality_and_magnification_are_those_of_the_mathematics(model):
    wanted = scene(TYPICALITY, MAGNIFICATION)
    rarity = finest(wanted, model, TYPICALITY)[0].value
    rows, columns = rarity.radius.shape
    expected = rarity_map(wanted.plane, VIEW.columns(columns), VIEW.rows(rows), model.encoded)
    np.testing.assert_array_equal(rarity.rarity, expected.rarity)
    known = finest(wanted, model, MAGNIFICATION)
    factors = known[0].value
    rows, columns = factors.shape
    expected = magnification(model.decoder, wanted.plane, VIEW.columns(columns), VIEW.rows(rows))
    np.testing.assert_allclose(factors, expected)
    assert [layer.value.shape[1] for layer in known] == [24, 64, 128]


def test_digits_are_their_means_projected(model):
    (layer,) = finest(scene(DIGITS), model, DIGITS)
    places, labels = layer.value
    np.testing.assert_array_equal(places, model.encoded.mu[:, [4, 1]])
    np.testing.assert_array_equal(labels, model.encoded.labels)


def test_a_level_that_was_cancelled_is_computed_when_it_is_asked_for_again(model):
    levels = Levels(scene(CLASSES), model, CLASSES)
    first = levels.finer_than(None, Watch())
    with pytest.raises(Cancelled):
        levels.finer_than(first, Watch(most=1))
    # What computed it has ended; the study begins it anew, from the start.
    second = Levels(scene(CLASSES), model, CLASSES).finer_than(first, Watch())
    assert second.level == first.level + 1


def test_a_picture_is_painted_of_all_that_is_known(model):
    wanted = scene(TILES, CLASSES)
    found, fields, picture = compute(wanted, model, {}, [TILES, CLASSES], {}, Watch())
    assert set(found) == {TILES, CLASSES}
    assert fields.tiles is found[TILES].value
    assert picture == paint_map(fields_of(wanted, found), VIEW, wanted.look)
    found2, _, _ = compute(wanted, model, found, [CLASSES], {}, Watch())
    assert found2[CLASSES].level == 1


def test_where_another_view_is_finer_it_is_painted(model):
    sharp = finest(scene(CLASSES), model, CLASSES)[-1]
    moved = scene(CLASSES, viewport=VIEW.panned(40, 0))
    _, _, plain = compute(moved, model, {}, [CLASSES], {}, Watch())
    found, fields, picture = compute(moved, model, {}, [CLASSES], {CLASSES: sharp}, Watch())
    assert found[CLASSES].viewport == moved.viewport  # what is kept is the view's own
    assert fields.classes is sharp.value
    left, right = (0, 0, 40, 120), (40, 0, 160, 120)
    assert picture.crop(left) == plain.crop(left)
    whole = fields_of(moved, {CLASSES: sharp})
    assert picture.crop(right) == paint_map(whole, moved.viewport, moved.look).crop(right)


def test_a_file_gets_every_layer_as_fine_as_it_is_large(model):
    watch = Watch()
    fields = finest_fields(scene(TILES, CLASSES, MAGNIFICATION), model, 1.5, watch)
    assert max(fields.classes.best.shape) == 1.5 * CLASS_SIDE
    assert max(fields.magnification.shape) == 192
    assert watch.fractions == sorted(watch.fractions)
    assert watch.fractions[-1] <= 1
    with pytest.raises(Cancelled):
        finest_fields(scene(CLASSES), model, 1.0, Watch(most=3))


# --- the study ------------------------------------------------------------------------------------


class Bench:
    """Runs the jobs of a study when the test says so, and keeps what it shows."""

    def __init__(self, model) -> None:
        self.jobs: list[tuple[Callable, Callable, Callable, Callable]] = []
        self.timers: dict[str, tuple[int, Callable]] = {}
        self.pictures: list[tuple] = []
        self.failures: list[str] = []
        self.cancelled = 0
        self.now = 100.0  # seconds
        self._count = 0
        self.study = MapStudy(
            self.run_job,
            self.cancel,
            after=self.after,
            after_cancel=self.timers.pop,
            on_picture=lambda *shown: self.pictures.append(shown),
            on_failed=self.failures.append,
            clock=lambda: self.now,
        )
        self.study.set_model(model)

    def run_job(self, kind, label, function, done, *, failed, otherwise, quiet):
        assert quiet
        self.jobs.append((function, done, failed, otherwise))

    def cancel(self, kind):
        self.cancelled += 1
        *_, otherwise = self.jobs.pop()
        otherwise()

    def after(self, milliseconds, function):
        self._count += 1
        self.timers[f"timer{self._count}"] = milliseconds, function
        return f"timer{self._count}"

    def work(self) -> None:
        """Do the job that waits."""
        (function, done, failed, otherwise) = self.jobs.pop()
        try:
            result = function(Watch())
        except ValueError as error:
            failed(error)
            otherwise()
        else:
            done(result)

    def ring(self) -> int:
        """Let the timer ring that is set, and tell what it was set to."""
        ((name, (milliseconds, function)),) = self.timers.items()
        del self.timers[name]
        self.now += milliseconds / 1000
        function()
        return milliseconds

    def finish(self) -> None:
        while self.jobs or self.timers:
            self.work() if self.jobs else self.ring()


@pytest.fixture
def bench(model) -> Bench:
    return Bench(model)


def test_another_plane_is_there_at_once_and_sharpens_while_it_rests(bench):
    wanted = scene(TILES, CLASSES)
    bench.study.want(wanted)
    bench.work()
    assert bench.pictures[0][2].classes is None  # the tiles are quick
    bench.work()
    assert bench.pictures[1][2].classes is not None
    assert bench.ring() > 0
    bench.finish()
    assert bench.study.settled
    assert max(bench.pictures[-1][2].classes.best.shape) == CLASS_SIDE
    assert bench.study.layers(wanted)[CLASSES].finest


def test_a_slice_that_moves_is_painted_whole_at_a_pace(bench):
    bench.study.want(scene(TILES, CLASSES))
    bench.finish()
    shown = len(bench.pictures)
    bench.now += 10
    slices = [scene(TILES, CLASSES, z=Z + 0.1 * i) for i in range(9)]
    bench.study.want(slices[1])
    for newer in slices[2:6]:
        bench.study.want(newer)
    assert len(bench.jobs) == 1  # not one for each
    bench.work()
    assert bench.pictures[shown][1] is slices[1]
    assert bench.pictures[shown][2].classes is not None
    assert bench.jobs == []  # the next waits for its turn
    assert bench.ring() > 0
    bench.work()
    assert bench.pictures[shown + 1][1] is slices[5]
    assert bench.jobs == []
    bench.study.want(slices[6])
    assert bench.ring() > 0
    bench.work()
    assert bench.pictures[-1][1] is slices[6]
    assert bench.cancelled == 0


def test_what_only_sharpens_is_dropped_for_what_is_wanted_now(bench):
    bench.study.want(scene(CLASSES))
    bench.work()
    bench.ring()
    assert len(bench.jobs) == 1
    moved = scene(CLASSES, z=Z + 0.5)
    bench.study.want(moved)
    assert bench.cancelled == 1
    bench.finish()
    assert bench.pictures[-1][1] is moved


def test_the_same_scene_is_not_painted_twice(bench):
    bench.study.want(scene(TILES))
    bench.finish()
    shown = len(bench.pictures)
    bench.study.want(scene(TILES))
    assert bench.jobs == []
    bench.study.want(scene(TILES, dark=True))
    bench.finish()
    assert len(bench.pictures) == shown + 1


def test_a_layer_that_comes_back_is_only_painted(bench, monkeypatch):
    bench.study.want(scene(TILES, CLASSES, MAGNIFICATION))
    bench.finish()
    bench.study.want(scene(TILES))
    bench.finish()
    monkeypatch.setattr(Levels, "finer_than", lambda *arguments: pytest.fail("computed again"))
    bench.study.want(scene(TILES, CLASSES, MAGNIFICATION))
    bench.finish()
    assert bench.failures == []
    assert bench.pictures[-1][2].classes is not None


def test_of_another_slice_nothing_finer_is_painted(bench):
    bench.study.want(scene(CLASSES))
    bench.finish()
    assert max(bench.pictures[-1][2].classes.best.shape) == CLASS_SIDE
    bench.study.want(scene(CLASSES, z=Z + 1))
    while len(bench.pictures) == 0 or bench.pictures[-1][1].plane.offset[0] == Z[0]:
        bench.work() if bench.jobs else bench.ring()
    assert max(bench.pictures[-1][2].classes.best.shape) < CLASS_SIDE


def test_of_scenes_seen_before_the_latest_are_kept(bench, monkeypatch):
    monkeypatch.setattr("explorer.map_study.KEPT", 3)
    scenes = [scene(TILES, z=Z + n) for n in range(4)]
    for wanted in (*scenes[:3], scenes[0], scenes[3]):
        bench.study.want(wanted)
        bench.finish()
    assert [bool(bench.study.layers(one)) for one in scenes] == [True, False, True, True]


def test_nothing_is_computed_while_nobody_looks(bench):
    bench.study.want(scene(TILES, CLASSES))
    bench.study.pause()
    assert bench.jobs == []
    assert bench.timers == {}
    assert bench.study.settled
    bench.study.want(scene(TILES, CLASSES))
    bench.finish()
    assert bench.pictures


def test_a_failure_is_told_and_the_next_scene_is_painted(bench, monkeypatch):
    def fail(*arguments):
        raise ValueError("no ink")

    with monkeypatch.context() as patch:
        patch.setattr(Levels, "finer_than", fail)
        bench.study.want(scene(TILES))
        bench.work()
    assert bench.failures == ["The map can't be drawn: no ink"]
    assert bench.study.settled
    bench.study.want(scene(TILES, z=Z + 1))
    bench.finish()
    assert bench.pictures


def test_quantile_spacing_has_every_layer(model):
    view = Viewport.fitted((160, 120), QUANTILE)
    fields = finest_fields(scene(*LAYERS, viewport=view), model, 1.0, Watch())
    picture = paint_map(fields, view, scene(*LAYERS).look)
    assert picture.size == (160, 120)
    assert len(picture.getcolors(200_000)) > 100
