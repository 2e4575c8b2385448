"""A saved map: its size, its words, where it says it comes from, and every failure in words."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer import map_colours as colours
from explorer.export import ExportError, text_font
from explorer.map_file import (
    MAX_WIDTH,
    MIN_WIDTH,
    MapCaption,
    _Plan,
    map_sheet,
    number,
    save_map_picture,
    wrapped,
)
from explorer.map_layers import LAYERS, MapFields, MapLook
from explorer.map_picture import paint_map
from explorer.viewport import QUANTILE, Viewport
from tests.map_fields import class_map, disc, random_fields

VIEW = Viewport.fitted((300, 240))
LOOK = MapLook(frozenset(LAYERS), dark=False, class_names=tuple("0123456789"))
CAPTION = MapCaption(
    "Map of decoder_weights.pt",
    "Dimensions z1 and z2, through the point [0.1, −2]",
    ("z1", "z2"),
    {"Weights": "SHA-256 0123", "Plane": "[[1, 0], [0, 1]]"},
)


def save(path: Path, width: int = 500, view: Viewport = VIEW, **more) -> None:
    fields = more.pop("fields", None) or random_fields(VIEW)
    save_map_picture(path, fields, view, LOOK, more.pop("caption", CAPTION), width, **more)


def sheet(width: int, fields: MapFields, look: MapLook = LOOK, view: Viewport = VIEW) -> Image:
    return map_sheet("a.png", fields, view, look, CAPTION, width)


@pytest.mark.parametrize("width", [MIN_WIDTH, 500, 1600])
def test_the_file_has_the_width_that_was_asked_for(tmp_path, width):
    save(tmp_path / "a.png", width)
    with Image.open(tmp_path / "a.png") as picture:
        picture.load()
        assert (picture.format, picture.mode, picture.width) == ("PNG", "RGB", width)
        assert 0.5 * width < picture.height < 2 * width


def test_marks_stand_in_their_places_and_none_beyond_the_map():
    fields = MapFields(VIEW)
    look = replace(LOOK, layers=frozenset())
    marks = (("A", -1.0, 0.5), ("B", 2.0, -2.0), ("C", 30.0, 0.0))
    plan = _Plan(fields, VIEW, look, replace(CAPTION, marks=marks), 600)
    plain = _Plan(fields, VIEW, look, CAPTION, 600)
    changed = (np.asarray(plan.picture()) != np.asarray(plain.picture())).any(axis=2)
    ys, xs = np.nonzero(changed)
    places = np.array([plan.viewport.pixel_of(u, v) for _, u, v in marks[:2]])
    near = [np.hypot(xs - plan.left - x, ys - plan.top - y) < 12 * plan.scale for x, y in places]
    assert all(found.sum() > 100 for found in near)
    assert (near[0] | near[1]).all()


def test_it_says_where_it_comes_from(tmp_path):
    save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.text == {
            "Title": CAPTION.title,
            "Description": CAPTION.note,
            "Software": "Latent Space Explorer",
            **CAPTION.origin,
        }


@pytest.mark.parametrize("width", [300, 760, 1111])
def test_the_map_within_is_the_map_at_that_size(width):
    fields = random_fields(VIEW)
    plan = _Plan(fields, VIEW, LOOK, CAPTION, width)
    inner = paint_map(fields, plan.viewport, plan.look)
    right, bottom = plan.left + inner.width, plan.top + inner.height
    picture = plan.picture()
    assert picture.crop((plan.left, plan.top, right, bottom)).tobytes() == inner.tobytes()
    # As much of the plane is shown as in the window.
    assert plan.viewport.width == VIEW.width
    assert plan.viewport.height == pytest.approx(VIEW.height, rel=0.01)


@pytest.mark.parametrize("dark", [False, True])
def test_title_axes_and_legend_stand_around_it(dark):
    look = replace(LOOK, dark=dark)
    picture = np.asarray(sheet(760, random_fields(VIEW), look), int)
    ground = np.array(colours.GROUND[dark])
    assert (picture[:5] == ground).all()
    assert (picture[:, -10:] == ground).all()
    ink = np.abs(picture - ground).sum(axis=2) > 60
    rows = np.flatnonzero(ink.any(axis=1))
    assert rows[0] < 30  # the title
    assert ink[:, :30].any()  # the name of the vertical axis
    # The legend's boxes, in each class's colour.
    for colour in colours.class_colours(10):
        assert ((picture[-60:] == colour).all(axis=2).sum()) > 50


def test_without_words_and_layers_there_are_axes_still():
    bare = MapCaption("", "", ("", ""), {})
    look = MapLook(frozenset(), dark=False)
    empty = map_sheet("a.png", MapFields(VIEW), VIEW, look, bare, 400)
    full = map_sheet("a.png", MapFields(VIEW), VIEW, look, CAPTION, 400)
    assert empty.height < full.height
    assert np.asarray(empty).std() > 1


def test_a_quantile_map_has_the_numbers_of_its_own_scale():
    view = Viewport.fitted((300, 300), QUANTILE)
    fields = random_fields(view)
    assert sheet(500, fields, view=view).size != sheet(500, fields, view=VIEW).size


def test_a_large_picture_has_smooth_borders():
    fields = MapFields(VIEW, classes=class_map(disc(VIEW, (0, 0), 1.5, n=40)))
    look = MapLook(frozenset(LAYERS), dark=False)
    view = VIEW.resized((3000, 2400))
    picture = np.asarray(paint_map(fields, view, replace(look, scale=4.0)), int)
    inside = picture[..., 0] > picture[..., 2] + 20  # orange
    ys, xs = np.nonzero(inside)
    radius = np.hypot(xs + 0.5 - 1500, ys + 0.5 - 1200) * view.unit
    # A cell is 75 pixels wide; a circle around cells would leave its radius by as much as 40.
    edge = radius[radius > np.quantile(radius, 0.98)]
    assert radius.max() / view.unit - 1.5 / view.unit < 25
    assert edge.std() / view.unit < 12


def test_titles_are_wrapped():
    font = text_font(12)
    text = "one two three " + "x" * 60
    lines = wrapped(text, font, 80)
    assert " ".join(lines) == text
    assert all(font.getlength(line) <= 80 or " " not in line for line in lines)
    assert wrapped("", font, 80) == []


def test_numbers_have_a_proper_minus_and_no_spare_digits():
    assert [number(v) for v in (-2.0, 0.0, 0.25, 1.205)] == ["\u22122", "0", "0.25", "1.205"]


# ---- what can go wrong -------------------------------------------------------------------------


@pytest.mark.parametrize("width", [MIN_WIDTH - 1, MAX_WIDTH + 1, 0, -5])
def test_other_widths_are_refused_in_words(tmp_path, width):
    with pytest.raises(ExportError, match="200 to 8,000 pixels wide, not"):
        save(tmp_path / "a.png", width)
    assert list(tmp_path.iterdir()) == []


def test_a_picture_too_high_is_refused(tmp_path):
    with pytest.raises(ExportError, match="Choose a smaller width"):
        save(tmp_path / "a.png", 8000, VIEW.resized((300, 900)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.jpg", "must end in .png"),
        ("missing/a.png", "there is no folder"),
        ("folder.png", "is a folder"),
    ],
)
def test_names_that_cannot_be_written_are_refused_in_words(tmp_path, name, message):
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(ExportError, match=message):
        save(tmp_path / name)


def test_a_full_disk_keeps_the_earlier_file(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(b"an earlier map")

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ExportError, match="the disk is full"):
        save(path)
    assert path.read_bytes() == b"an earlier map"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("calls", [1, 2, 3, 5])
def test_it_can_be_cancelled_at_any_step(tmp_path, calls):
    path = tmp_path / "a.png"
    path.write_bytes(b"an earlier map")

    class Enough(Exception):
        pass

    left = iter(range(calls - 1))

    def check() -> None:
        if next(left, None) is None:
            raise Enough

    with pytest.raises(Enough):
        save(path, check=check)
    assert path.read_bytes() == b"an earlier map"
    assert list(tmp_path.iterdir()) == [path]


def test_colour_images_and_models_without_classes(tmp_path):
    fields = replace(random_fields(VIEW, channels=3), classes=None, dots=None, rarity=None)
    save(tmp_path / "a.png", 300, fields=fields)
    with Image.open(tmp_path / "a.png") as picture:
        assert len(set(map(tuple, np.asarray(picture).reshape(-1, 3)))) > 1000
