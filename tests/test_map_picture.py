"""The picture of a map: that everything lands where it belongs, and looks as it should."""

from __future__ import annotations

import itertools
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from explorer import map_colours as colours
from explorer.legend_entries import DOT, legend_entries, two_digits
from explorer.map_fitting import BAND_PIXELS
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
from explorer.map_picture import heat_range, paint_map
from explorer.viewport import QUANTILE, SPACINGS, Viewport
from tests.map_fields import class_map, disc, grid, random_fields, rarity_map

NAMES = tuple("0123456789")
VIEW = Viewport.fitted((300, 240))
# Half a pixel is what the picture's own grid leaves open.
HALF = 0.5


def look(*layers: str, dark: bool = True, names: tuple[str, ...] = (), scale: float = 1.0):
    return MapLook(frozenset(layers), dark, names, scale)


def painted(fields: MapFields, view: Viewport = VIEW, **more) -> np.ndarray:
    """(h, w, 3) floats of all layers that are there."""
    return np.asarray(paint_map(fields, view, look(*LAYERS, **more)), np.float64)


def centre_of(weight: np.ndarray) -> tuple[float, float]:
    """The centre of mass of (h, w), in pixels; that of the first pixel is at 0.5."""
    ys, xs = np.mgrid[: weight.shape[0], : weight.shape[1]] + 0.5
    total = weight.sum()
    assert total > 0, "nothing is to be seen"
    return float((xs * weight).sum() / total), float((ys * weight).sum() / total)


def moved(draw_factor: float, dx: float, dy: float, view: Viewport = VIEW) -> Viewport:
    return view.zoomed(draw_factor, view.size[0] / 2, view.size[1] / 2).panned(dx, dy)


moves = st.builds(moved, st.floats(0.5, 4.0), st.floats(-60.0, 60.0), st.floats(-60.0, 60.0))


def whole(view: Viewport, place: tuple[float, float], reach: float) -> bool:
    """Whether a feature of a radius, in units of the scale, is to be seen as a whole."""
    x, y = view.pixel_of(*place)
    radius = reach / view.unit + 3
    return radius < x < view.size[0] - radius and radius < y < view.size[1] - radius


# ---- a field of another viewport is exact in position ------------------------------------------


@given(moves, st.integers(2, 9), st.integers(2, 9))
@settings(max_examples=40)
def test_a_tile_stands_where_its_latent_lies(view, column, row):
    tiles_view = VIEW.tile_grid(12)
    tiles = np.zeros((*tiles_view.size[::-1], 1, 28, 28), np.uint8)
    tiles[row, column] = 255
    u = tiles_view.columns(tiles_view.size[0])[column]
    v = tiles_view.rows(tiles_view.size[1])[row]
    assume(whole(view, (u, v), tiles_view.unit))
    picture = painted(MapFields(VIEW, tiles=tiles, viewports={TILES: tiles_view}), view)
    ink = np.where(tiles_view_covers(tiles_view, view), picture[:, :, 0], 0.0)
    assert centre_of(ink) == pytest.approx(view.pixel_of(u, v), abs=HALF)


def tiles_view_covers(tiles_view: Viewport, view: Viewport) -> np.ndarray:
    left, top, right, bottom = tiles_view.box_of(view)
    ys, xs = np.mgrid[: view.size[1], : view.size[0]]
    return (xs >= left) & (xs + 1 <= right) & (ys >= top) & (ys + 1 <= bottom)


@given(moves, st.floats(-1.5, 1.5), st.floats(-1.2, 1.2))
@settings(max_examples=40)
def test_a_region_stands_where_it_was_found(view, u, v):
    assume(whole(view, (u, v), 0.6))
    fields = MapFields(VIEW, classes=class_map(disc(VIEW, (u, v), 0.6)))
    picture = painted(fields, view)
    # Blue and orange: the first two colours of the classes.
    region = (picture[:, :, 0] > picture[:, :, 2] + 20).astype(float)
    # A border is drawn over the disc's rim all around.
    assert centre_of(region) == pytest.approx(view.pixel_of(u, v), abs=HALF + cell_of(view))


def cell_of(view: Viewport) -> float:
    """How far the middle of a disc of cells may be off: a fifth of a cell, in pixels."""
    return 0.2 * VIEW.width / 160 / view.unit


@given(moves, st.floats(-1.5, 1.5), st.floats(-1.2, 1.2))
@settings(max_examples=40)
def test_a_hot_place_stands_where_it_was_measured(view, u, v):
    assume(whole(view, (u, v), 1.0))
    across, up = grid(VIEW, 90, 72)
    heat = 1.0 + 99 * np.maximum(0, 1 - np.hypot(across - u, up - v) / 0.8)
    picture = painted(MapFields(VIEW, magnification=heat.astype(np.float32)), view)
    # Of the colour map, green grows from the lowest to the highest.
    green = picture[:, :, 1]
    covered = tiles_view_covers(VIEW, view)
    hot = np.where(covered, np.maximum(0, green - green[covered].min() - 25), 0.0)
    assert centre_of(hot) == pytest.approx(view.pixel_of(u, v), abs=HALF + cell_of(view))


@given(moves, st.floats(-1.5, 1.5), st.floats(-1.2, 1.2))
@settings(max_examples=40)
def test_the_end_of_typical_stands_where_it_is(view, u, v):
    assume(whole(view, (u, v), 1.2))
    across, up = grid(VIEW, 120, 96)
    rarity = np.minimum(np.hypot(across - u, up - v), 1.5)
    picture = painted(MapFields(VIEW, rarity=rarity_map(rarity)), view)
    covered = tiles_view_covers(VIEW, view)
    blue = np.where(covered, picture[:, :, 2] - picture[:, :, 0], 0.0)
    typical = (blue > 0.8 * np.percentile(blue, 99.5)).astype(float)
    # Words stand on both sides of the line and take a part of the disc away, the more of it the
    # smaller it is; its reach in the other directions stays.
    x, y = view.pixel_of(u, v)
    rows, columns = np.nonzero(typical)
    distances = np.hypot(columns + HALF - x, rows + HALF - y)
    reach = np.percentile(distances, 98) / np.sqrt(0.98)
    # The line is two pixels wide; the field's cells are of the size of the first view's.
    assert reach == pytest.approx(1 / view.unit, abs=3 + 0.5 * cell_of(view))
    assert centre_of(typical) == pytest.approx(view.pixel_of(u, v), abs=4.0)


@given(moves, st.floats(-2, 2), st.floats(-1.5, 1.5), st.integers(0, 9))
@settings(max_examples=40)
def test_a_dot_stands_where_its_digit_was_encoded(view, u, v, label):
    assume(whole(view, (u, v), 0.0))
    fields = MapFields(VIEW, dots=(np.array([[u, v]]), np.array([label])))
    picture = painted(fields, view)
    ground = np.array(colours.GROUND[True], float)
    dot = np.abs(picture - ground).sum(axis=2)
    assert centre_of(dot) == pytest.approx(view.pixel_of(u, v), abs=HALF)
    x, y = (int(c) for c in view.pixel_of(u, v))
    middle = picture[y, x]
    np.testing.assert_allclose(middle, colours.class_colours(10)[label], atol=12)


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("layer", LAYERS)
def test_a_field_of_the_same_viewport_covers_all_of_it(layer, spacing):
    view = Viewport.fitted((240, 240), spacing)
    fields = random_fields(view)
    bare = np.asarray(paint_map(MapFields(view), view, look(layer)))
    assert (bare == colours.GROUND[True]).all()
    picture = np.asarray(paint_map(fields, view, look(layer)))
    for corner in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
        if layer not in (DIGITS, TYPICALITY):  # few digits there; what is off the map is bare
            assert tuple(picture[corner]) != colours.GROUND[True]


@pytest.mark.parametrize("layer", LAYERS)
def test_beyond_the_prior_there_is_nothing(layer):
    view = Viewport.fitted((300, 200), QUANTILE)
    picture = np.asarray(paint_map(random_fields(view), view, look(layer, names=NAMES)))
    # Dots and the halo of a name reach a little beyond.
    assert (picture[:, :44] == colours.GROUND[True]).all()
    assert (picture[:, -44:] == colours.GROUND[True]).all()


def test_fields_in_another_spacing_are_not_shown():
    fields = random_fields(Viewport.fitted((200, 150), QUANTILE))
    picture = paint_map(fields, VIEW, look(TILES, CLASSES, TYPICALITY, MAGNIFICATION))
    assert np.asarray(picture).reshape(-1, 3).tolist() == [[*colours.GROUND[True]]] * 300 * 240


@given(moves, st.sampled_from([0.01, 0.3, 1.0, 60.0]))
@settings(max_examples=15)
def test_no_zoom_of_whatever_fields_fails(view, factor):
    view = view.zoomed(factor, 10, 10)
    picture = paint_map(random_fields(VIEW), view, look(*LAYERS, names=NAMES))
    assert (picture.mode, picture.size) == ("RGB", view.size)


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3)])
def test_no_size_fails(size):
    view = VIEW.resized(size)
    assert paint_map(random_fields(VIEW), view, look(*LAYERS, names=NAMES)).size == size


def test_large_pictures_are_painted_in_bands_without_seams():
    fields = MapFields(VIEW, classes=class_map(disc(VIEW, (0, 0), 1.5)))
    small = painted(fields, VIEW.resized((300, 240)))
    large_view = VIEW.resized((1500, 1200))
    assert large_view.size[0] * large_view.size[1] > BAND_PIXELS
    large = painted(fields, large_view)
    shrunk = large.reshape(240, 5, 300, 5, 3).mean(axis=(1, 3))
    # Borders are as many pixels wide in both.
    assert np.median(np.abs(shrunk - small)) < 2
    assert np.abs(shrunk - small).mean() < 3


# ---- what the layers look like -----------------------------------------------------------------


def test_each_pixel_has_the_class_of_its_cell():
    best = np.random.default_rng(1).integers(0, 10, (6, 8)).repeat(4, 0).repeat(4, 1)
    view = VIEW.resized((320, 240))
    picture = painted(MapFields(view, classes=class_map(best)), view)
    expected = colours.region_colours(10, dark=True, over_tiles=False).view(np.uint8)
    expected = expected.reshape(10, -1, 4)[:, -1, :3][best]
    # Cells are ten pixels wide; those whose neighbours are of their class have no border.
    inner = (slice(1, None, 4), slice(1, None, 4))
    np.testing.assert_array_equal(picture[15::40, 15::40], expected[inner])


def test_borders_are_lines_between_classes_and_nowhere_else():
    best = np.zeros((20, 20))
    best[:, 10:] = 1
    view = Viewport((0, 0), 4.0, (200, 200))
    picture = painted(MapFields(view, classes=class_map(best)), view, dark=False)
    assert picture[100, 98:102].sum(axis=1).min() < 300
    assert np.ptp(picture[100, :96], axis=0).max() == 0
    assert np.ptp(picture[100, 104:], axis=0).max() == 0


def test_the_less_sure_the_fainter():
    sure, unsure = (
        painted(MapFields(VIEW, classes=class_map(np.zeros((4, 4)), p)), dark=False)[50, 50]
        for p in (1.0, 0.5)
    )
    ground = np.array(colours.GROUND[False])
    assert np.abs(sure - ground).sum() > 1.5 * np.abs(unsure - ground).sum() > 0


def test_one_class_everywhere_is_one_colour_and_its_name():
    fields = MapFields(VIEW, classes=class_map(np.full((40, 50), 7)))
    picture = painted(fields, names=NAMES)
    plain = painted(fields)
    assert np.ptp(plain.reshape(-1, 3), axis=0).max() == 0
    written = (picture != plain).any(axis=2)
    assert centre_of(written) == pytest.approx((150, 120), abs=8)
    assert 12 < np.ptp(np.nonzero(written)[0]) < 50


def test_ink_stays_white_on_a_tinted_ground():
    tiles_view = VIEW.tile_grid(6)
    tiles = np.zeros((*tiles_view.size[::-1], 1, 28, 28), np.uint8)
    tiles[:, :, :, 10:18, 10:18] = 255
    fields = MapFields(
        VIEW,
        tiles=tiles,
        classes=class_map(np.full((30, 30), 1)),
        viewports={TILES: tiles_view},
    )
    for dark in (False, True):
        picture = painted(fields, dark=dark)
        assert (picture.reshape(-1, 3).min(axis=1) == 255).mean() > 0.03
        ground = np.median(picture.reshape(-1, 3), axis=0)
        orange = np.array(colours.class_colours(2)[1])
        np.testing.assert_allclose(ground / orange, ground[0] / orange[0], atol=0.12)
        assert 0.3 < ground[0] / 255 < 0.75


def test_colour_images_keep_their_colours():
    tiles = np.zeros((4, 5, 3, 8, 8), np.uint8)
    tiles[:, :, 0] = 200
    tiles[:, :, 2] = 90
    picture = painted(MapFields(VIEW, tiles=tiles))
    assert (picture == (200, 0, 90)).all()
    # Of images with neither one channel nor three, the first is shown.
    odd = painted(MapFields(VIEW, tiles=tiles[:, :, [0, 1]]))
    assert (odd == 200).all()


def test_magnification_takes_the_colour_and_leaves_the_borders():
    fields = MapFields(
        VIEW,
        classes=class_map(disc(VIEW, (0, 0), 1.5)),
        magnification=np.full((10, 10), 5.0, np.float32),
    )
    both = painted(fields)
    heat = np.asarray(paint_map(fields, VIEW, look(MAGNIFICATION)), float)
    changed = (both != heat).any(axis=2)
    x, y = np.nonzero(changed)[1] + 0.5, np.nonzero(changed)[0] + 0.5
    distance = np.hypot(x - 150, y - 120) * VIEW.unit
    assert changed.any()
    np.testing.assert_allclose(distance, 1.5, atol=0.1)


def test_the_scale_of_magnification_is_logarithmic_and_never_empty():
    low, high = heat_range(np.full((3, 3), 100.0))
    assert (low + high) / 2 == pytest.approx(2.0)
    assert high - low == pytest.approx(np.log10(2))
    assert heat_range(np.geomspace(1, 1000, 10_001)) == pytest.approx((0.03, 2.97))
    assert np.isfinite(heat_range(np.zeros((2, 2)))).all()


def test_what_is_off_the_map_fades():
    u, v = grid(VIEW, 60, 48)
    fields = MapFields(
        VIEW,
        classes=class_map(np.full((8, 8), 1)),
        rarity=rarity_map(2.0 * np.hypot(u, v)),
    )
    picture, plain = painted(fields), painted(MapFields(VIEW, classes=fields.classes))
    assert (picture[120, 150] == plain[120, 150]).all()
    ground = np.array(colours.GROUND[True])
    faded = np.abs(picture[5, 150] - ground).sum() / np.abs(plain[5, 150] - ground).sum()
    assert faded == pytest.approx(0.55, abs=0.02)


@pytest.mark.parametrize("level", [0.5, 1.5, 2.5])
def test_a_map_with_one_word_says_so_in_a_corner(level):
    fields = MapFields(VIEW, rarity=rarity_map(np.full((10, 12), level)))
    picture = painted(fields)
    written = (picture != picture[-1, -1]).any(axis=2)
    ys, xs = np.nonzero(written)
    assert len(ys)
    assert ys.max() < 40
    assert xs.max() < 200


def test_dots_when_near_and_density_when_they_would_cover_one_another():
    rng = np.random.default_rng(0)
    dots = rng.normal(size=(10_000, 2)), np.zeros(10_000, int)
    fields = MapFields(VIEW, dots=dots)
    blue = np.array(colours.class_colours(1)[0])
    far = painted(fields)
    near = painted(fields, VIEW.zoomed(20, 150, 120))
    pure = [(np.abs(picture - blue).max(axis=2) < 3) for picture in (far, near)]
    # A cloud passes through all shades; dots are their colour or nothing.
    ground = np.array(colours.GROUND[True])
    bare = (near == ground).all(axis=2)
    assert 0.2 < bare.mean() < 0.98
    assert pure[1].sum() > 200
    shades = np.unique(far.reshape(-1, 3), axis=0)
    assert len(shades) > 60
    # Densest in the middle.
    weight = np.abs(far - ground).sum(axis=2)
    assert centre_of(weight) == pytest.approx((150, 120), abs=3)
    assert weight[110:130, 140:160].mean() > 3 * weight[110:130, 40:60].mean() > 0


def test_over_other_colours_some_of_the_dots_are_shown_and_the_legend_says_how_many():
    rng = np.random.default_rng(0)
    dots = rng.normal(size=(10_000, 2)), np.sort(rng.integers(0, 10, 10_000))
    fields = MapFields(VIEW, classes=class_map(np.zeros((8, 8))), dots=dots)
    plain = MapFields(VIEW, classes=fields.classes)

    def changed(view):
        return (painted(fields, view) != painted(plain, view)).any(axis=2)

    def words(view):
        (entry,) = (e for e in legend_entries(fields, look(*LAYERS), view) if e.kind == DOT)
        return entry.text

    far, nearer, near = VIEW, VIEW.zoomed(1.5, 150, 120), VIEW.zoomed(40, 150, 120)
    assert words(near) == "real digits"
    text, one_of = words(far).rsplit(" ", 1)
    assert text == "real digits, 1 of"
    assert 1 < int(words(nearer).rsplit(" ", 1)[1]) < int(one_of)
    # So many circles with their rims, some of them one over the other.
    area = 10_000 / int(one_of) * math.pi * 3.2**2 / (300 * 240)
    assert 0.5 * area < changed(far).mean() < area
    # Sorted by label as these are, all labels are among the dots.
    picture = painted(fields)
    for colour in colours.class_colours(10):
        assert (np.abs(picture - colour).max(axis=2) < 3).any()
    # Near enough, none is left out.
    x, y = (np.floor(c).astype(int) for c in near.pixel_of(*dots[0].T))
    seen = (x >= 0) & (x < 300) & (y >= 0) & (y < 240)
    assert changed(near)[y[seen], x[seen]].all()


def test_a_cloud_bears_the_names_of_its_digits():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 3000)
    dots = rng.normal(0, 0.3, (6000, 2)) + np.where(labels, 1.5, -1.5)[:, None], labels
    fields = MapFields(VIEW, dots=dots)
    written = (painted(fields, names=NAMES) != painted(fields)).any(axis=2)
    halves = written[:, :150], written[:, 150:]
    for half, left, u in zip(halves, (0, 150), (-1.5, 1.5), strict=True):
        x, y = centre_of(half)
        assert (x + left, y) == pytest.approx(VIEW.pixel_of(u, u), abs=15)


def test_more_classes_than_colours_and_names():
    best = np.arange(40).reshape(5, 8).repeat(9, 0).repeat(9, 1)
    fields = MapFields(VIEW, classes=class_map(best), dots=(np.zeros((1, 2)), np.array([39])))
    assert painted(fields, names=tuple("abc")).std() > 10
    assert len(set(colours.class_colours(30))) == 30
    assert colours.class_colours(60)[30:] == colours.class_colours(30)


def test_no_digits_at_all():
    fields = MapFields(VIEW, dots=(np.zeros((0, 2)), np.zeros(0, int)))
    assert (painted(fields, names=NAMES) == colours.GROUND[True]).all()


def test_painting_is_pure_and_may_run_on_many_threads():
    fields = random_fields(VIEW)
    fields_before = fields.classes.best.copy(), fields.tiles.copy(), fields.dots[0].copy()
    layers = set(LAYERS) - {TILES}  # which are dark in both themes
    wanted = [look(*layers, names=NAMES, dark=dark) for dark in (False, True)] * 8
    with ThreadPoolExecutor(8) as pool:
        pictures = list(pool.map(lambda one: paint_map(fields, VIEW, one).tobytes(), wanted))
    assert len(set(pictures)) == 2
    assert pictures[:2] * 8 == pictures
    for before, now in zip(
        fields_before, (fields.classes.best, fields.tiles, fields.dots[0]), strict=True
    ):
        np.testing.assert_array_equal(before, now)


@pytest.mark.parametrize("dark", [False, True])
def test_all_combinations_of_layers(dark):
    fields = random_fields(VIEW, channels=3)
    seen = set()
    for count in range(len(LAYERS) + 1):
        for layers in itertools.combinations(LAYERS, count):
            seen.add(paint_map(fields, VIEW, look(*layers, dark=dark, names=NAMES)).tobytes())
    # Each changes the picture: of classes under magnification, the borders stay.
    assert len(seen) == 2 ** len(LAYERS)


# ---- colours -----------------------------------------------------------------------------------


def test_the_colours_are_those_of_the_theme_and_of_matplotlib(stage):
    import matplotlib

    for mode in ("light", "dark"):
        stage.theme.set_mode(mode)
        palette = stage.theme.palette
        assert colours.as_hex(colours.GROUND[palette.dark]) == palette.background
        assert colours.as_hex(colours.INK[palette.dark]) == palette.foreground
    found = [colours.as_hex(c) for c in colours.class_colours(10)]
    theirs = [
        colours.as_hex(tuple(round(255 * channel) for channel in colour))
        for colour in matplotlib.color_sequences["petroff10"]
    ]
    assert found == theirs


# Machado, Oliveira & Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision
# Deficiency", severity 1.0; for linear RGB.
DEFICIENCIES = {
    "none": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
) / [[0.9505], [1.0], [1.089]]
APART = 10.0  # CIE 1976 delta E; 2.3 is just noticeable side by side


def lab(linear: np.ndarray) -> np.ndarray:
    xyz = linear @ TO_XYZ.T
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = f.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("over_tiles", [False, True])
def test_sure_regions_stay_apart_for_the_colour_blind(deficiency, dark, over_tiles):
    table = colours.region_colours(10, dark, over_tiles).view(np.uint8).reshape(10, -1, 4)
    shown = table[:, -1, :3] / 255.0
    linear = np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)
    seen = lab(np.clip(linear @ np.array(DEFICIENCIES[deficiency]).T, 0, 1))
    for one, other in itertools.combinations(seen, 2):
        assert np.linalg.norm(one - other) > APART


# ---- the legend --------------------------------------------------------------------------------


def test_the_legend_explains_what_is_shown():
    fields = random_fields(VIEW)
    entries = legend_entries(fields, look(*LAYERS, names=NAMES))
    assert [entry.text for entry in entries] == [
        *NAMES,
        "real digits, 1 of 8",
        "magnification",
        "typical | rare",
        "rare | off the map",
    ]
    classes = legend_entries(fields, look(CLASSES, names=NAMES))
    assert [entry.text for entry in classes] == [*NAMES, "fainter: less sure"]
    assert classes[3].colours == ("#94a4a2",)


def test_the_legend_leaves_out_what_is_not_there():
    assert legend_entries(MapFields(VIEW), look(*LAYERS, names=NAMES)) == []
    assert legend_entries(random_fields(VIEW), look(TILES, names=NAMES)) == []


def test_the_legends_scale_has_the_ends_of_the_map():
    fields = MapFields(VIEW, magnification=np.geomspace(1, 1000, 10_001).reshape(73, 137))
    (entry,) = legend_entries(fields, look(MAGNIFICATION))
    assert entry.ends == ("1.1", "930")
    assert (entry.colours[0], entry.colours[-1]) == ("#440154", "#fde725")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0123, "0.012"),
        (1.0, "1.0"),
        (34.4, "34"),
        (146.0, "150"),
        (12_345, "12,000"),
        (1e-6, "1.0e-06"),
        (9.99, "10.0"),
        (2.5e7, "2.5e+07"),
    ],
)
def test_numbers_have_two_digits(value, text):
    assert two_digits(value) == text
