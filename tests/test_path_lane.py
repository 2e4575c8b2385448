"""The lane of a path: what it shows where, how it is walked; time is the same in all its rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import ImageTk

from explorer.path_study import study_path
from explorer.widgets.path_lane import GAP, LEAST_PICTURE, PathLane
from tests.interaction import click, press
from vae import latent
from vae.statistics import OFF_THE_MAP, RARE, TYPICAL


@pytest.fixture(scope="module")
def study(model):
    """A path of 33 points from a 0 to a 1, on which the classifier sees other digits, too."""
    return study_path(model, latent.interpolate(model.presets[0], model.presets[1], 33))


@pytest.fixture
def chosen():
    return []


@pytest.fixture
def lane(stage, chosen, model, study):
    lane = PathLane(stage.frame, stage.theme, on_activate=chosen.append)
    stage.show(lane, 600, 90)
    points = latent.interpolate(model.presets[0], model.presets[1], 9)
    lane.set_images(model.decoder.decode_uint8(points))
    lane.set_study(study, model.class_names)
    stage.root.update()
    return lane


def texts(lane) -> list[str]:
    """What is written, except for what is hidden."""
    items = (i for i in lane.find_all() if lane.type(i) == "text")
    shown = (i for i in items if lane.itemcget(i, "state") != "hidden")
    return [text for i in shown if (text := lane.itemcget(i, "text"))]


def lines(lane, tag="label") -> list[list[float]]:
    return [lane.coords(i) for i in lane.find_withtag(tag) if lane.type(i) == "line"]


def pixels_of(lane, item) -> np.ndarray:
    """The picture of a canvas item, (height, width, 3)."""
    photo = lane._photos[item]
    assert str(photo) == lane.itemcget(item, "image")
    return np.asarray(ImageTk.getimage(photo).convert("RGB"))


def centre(lane, index) -> float:
    left, _, right, _ = lane.box_of(index)
    return (left + right) / 2


# --- the film -------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 3, 9, 16, 50, 200])
@pytest.mark.parametrize("size", [(300, 74), (428, 74), (1200, 74), (600, 300)])
def test_the_film_fits_and_its_pictures_can_be_told(stage, model, lane, count, size):
    lane.set_images(
        model.decoder.decode_uint8(
            latent.interpolate(model.presets[0], model.presets[1], count, "spherical")
        )
    )
    stage.show(lane, *size)
    shown = lane._shown()
    assert shown[0] == 0
    assert shown[-1] == count - 1
    assert shown == sorted(set(shown))
    width, height = lane._cell
    assert width == height >= stage.theme.px(LEAST_PICTURE)
    left, top, _, _ = lane.box_of(0)
    _, _, right, bottom = lane.box_of(count - 1)
    assert 0 <= left < right <= lane.winfo_width()
    assert 0 <= top < bottom <= lane.winfo_height()
    assert len(shown) * (width + GAP) <= right - left + GAP + 1  # none lies over another
    assert lane._rows["ribbon"][1] <= lane.winfo_height()


def test_the_pictures_are_those_of_their_times(lane, stage):
    film = pixels_of(lane, lane._film)
    offset = lane.coords(lane._film)[0]
    for place, index in enumerate(lane._shown()):
        expected = centre(lane, index)
        left = round(lane._x_of(place / (len(lane._shown()) - 1)) - lane._cell[0] / 2 - offset)
        assert abs(left + offset + lane._cell[0] / 2 - expected) <= 1
        cell = film[:, left : left + lane._cell[0], 0].astype(float)
        assert abs(cell.mean() - lane.pixels[index].mean()) < 3
    between = film[:, round(centre(lane, 0) + lane._cell[0] / 2 + 1 - offset)]
    assert (
        between == [int(stage.theme.palette.background[i : i + 2], 16) for i in (1, 3, 5)]
    ).all()


def test_colour_images_and_oblong_ones_are_shown(stage, lane):
    rng = np.random.default_rng(0)
    lane.set_images(rng.integers(0, 256, (5, 3, 16, 32), np.uint8))
    stage.root.update()
    width, height = lane._cell
    assert width == pytest.approx(2 * height, abs=2)
    assert np.ptp(pixels_of(lane, lane._film).mean(axis=(0, 1))) < 60
    assert len(np.unique(pixels_of(lane, lane._film).reshape(-1, 3), axis=0)) > 100


# --- the rows below it ----------------------------------------------------------------------------


def test_each_class_is_named_where_it_is_seen_and_ticks_are_between_them(lane, study, model):
    ticks = sorted(x for x, *_ in lines(lane))
    expected = [lane._x_of(c.position / 32) for c in study.crossings]
    assert ticks == pytest.approx(expected)
    assert len(ticks) >= 2
    best = study.probabilities.argmax(axis=1)
    for item in lane.find_withtag("label"):
        if lane.type(item) == "text" and lane.itemcget(item, "text") in model.class_names:
            x = lane.coords(item)[0]
            left, right = lane._ends
            index = round((x - left) / (right - left) * 32)
            assert model.class_names[best[index]] == lane.itemcget(item, "text")


def test_colour_is_strong_where_the_classifier_is_sure(lane, study, stage):
    chart = pixels_of(lane, lane._chart).astype(float)
    ribbon = chart[-2]
    surface = [int(stage.theme.palette.surface[i : i + 2], 16) for i in (1, 3, 5)]
    strength = np.abs(ribbon - surface).sum(axis=1)
    best = study.probabilities.max(axis=1)
    at = np.linspace(0, len(ribbon) - 1, 33).round().astype(int)
    assert np.corrcoef(strength[at], best)[0, 1] > 0.99


def test_words_are_told_apart_without_their_colour(lane, stage, study):
    words = (TYPICAL,) * 11 + (RARE,) * 11 + (OFF_THE_MAP,) * 11
    lane.set_study(replace(study, words=words), lane._names)
    stage.root.update()
    chart = pixels_of(lane, lane._chart)
    top = lane._rows["band"]
    band = chart[: top[1] - top[0]]
    background = [int(stage.theme.palette.background[i : i + 2], 16) for i in (1, 3, 5)]
    inked = (band != background).any(axis=2)
    third = inked.shape[1] // 3
    typical, rare, off = (
        inked[:, start + 12 : start + third - 12] for start in (0, third, 2 * third)
    )
    assert typical.any(axis=0).all()
    assert 0.3 < rare.any(axis=0).mean() < 0.7
    assert off.any(axis=0).all()
    assert 0 < off.sum(axis=0).max() < typical.sum(axis=0).min()


def test_the_curve_follows_the_speed_to_the_scale_it_is_given(lane, study, stage):
    def heights() -> np.ndarray:
        ys = np.array(lane.coords(lane._curve)[1::2])
        return lane._rows["speed"][1] - 1 - ys[1:-1]

    room = lane._rows["speed"][1] - lane._rows["speed"][0] - 2
    np.testing.assert_allclose(heights(), study.speeds / study.speeds.max() * room, atol=0.01)
    lane.set_speed_limit(2 * study.speeds.max())
    stage.root.update()
    np.testing.assert_allclose(heights(), study.speeds / study.speeds.max() * room / 2, atol=0.01)
    xs = lane.coords(lane._curve)[::2]
    assert (xs[0], xs[-1]) == pytest.approx(lane._ends, abs=0.01)


def test_a_lane_without_speed_has_no_curve(stage, model, study, lane):
    bare = PathLane(stage.frame, stage.theme, on_activate=lambda index: None, show_speed=False)
    stage.show(bare, 600, 90)
    bare.set_images(lane.pixels)
    bare.set_study(study, model.class_names)
    stage.root.update()
    assert bare.itemcget(bare._curve, "state") == "hidden"
    assert "speed" not in texts(bare)
    assert "speed" not in bare.describe(3)
    assert bare._cell[1] > lane._cell[1]


def test_without_a_classifier_that_is_said(lane, stage, study):
    lane.set_study(replace(study, probabilities=None, crossings=()))
    stage.root.update()
    assert any("no classifier" in text for text in texts(lane))
    assert lines(lane) == []
    assert lane.describe(2).split("   ")[-1] in (TYPICAL, RARE, OFF_THE_MAP)


def test_it_tells_when_time_begins_and_ends_elsewhere(lane, stage, model):
    told = []
    lane.bind("<<TimeMoved>>", lambda event: told.append(lane.ends))
    lane.set_images(lane.pixels[::-1].copy())
    stage.root.update()
    assert told == []
    stage.show(lane, 500, 90)
    assert told == [lane.ends]
    for index, end in zip((0, lane.count - 1), lane.ends, strict=True):
        assert centre(lane, index) == pytest.approx(end, abs=1.0)


def test_a_new_film_leaves_what_stands_below_as_it_is(lane, stage, study, model):
    labels, chart = lane.find_withtag("label"), pixels_of(lane, lane._chart)
    lane.set_images(lane.pixels[::-1].copy())
    stage.root.update()
    assert lane.find_withtag("label") == labels
    np.testing.assert_array_equal(pixels_of(lane, lane._chart), chart)
    names = [f"class {name}" for name in model.class_names]
    lane.set_study(study, names)
    stage.root.update()
    assert lane.find_withtag("label") != labels
    lane.set_study(None)
    stage.root.update()
    assert texts(lane) == []
    lane.set_study(study, model.class_names)
    stage.root.update()
    np.testing.assert_array_equal(pixels_of(lane, lane._chart), chart)


def test_before_a_study_there_is_the_film_alone(lane, stage):
    lane.set_study(None)
    stage.root.update()
    assert texts(lane) == []
    assert lane.itemcget(lane._chart, "image") == ""
    assert lane.itemcget(lane._film, "image") != ""
    assert lane.describe(3) == ""


def test_a_message_stands_in_place_of_a_path(lane, stage):
    lane.set_marked(3)
    lane.set_position(0.5)
    lane.show_message("Finding it …")
    stage.root.update()
    assert texts(lane) == ["Finding it …"]
    assert (lane.count, lane.marked, lane.position) == (0, None, None)
    assert lane.itemcget(lane._film, "image") == ""
    assert {lane.itemcget(i, "state") for i in (lane._line, lane._mark)} == {"hidden"}
    lane.set_images(np.zeros((2, 1, 8, 8), np.uint8))
    stage.root.update()
    assert lane.message == ""
    assert lane.itemcget(lane._film, "image") != ""


def test_a_lane_too_small_for_anything_is_no_error(lane, stage):
    for size in ((20, 90), (600, 10), (2, 2)):
        stage.show(lane, *size)
    stage.show(lane, 600, 90)
    assert lane.itemcget(lane._film, "image") != ""


# --- marks, pointer and keys ----------------------------------------------------------------------


def test_the_line_and_the_frame_stand_at_the_same_moment(lane):
    lane.set_position(0.5)
    lane.set_marked(4)
    assert lane.coords(lane._line)[0] == pytest.approx(centre(lane, 4), abs=1)
    left, top, right, bottom = lane.coords(lane._mark)
    assert (left + right) / 2 == pytest.approx(centre(lane, 4), abs=1)
    assert (top, bottom) == (lane._rows["film"][0], lane._rows["film"][1] - 1)
    lane.set_position(None)
    lane.set_marked(None)
    assert {lane.itemcget(i, "state") for i in (lane._line, lane._mark)} == {"hidden"}


@pytest.mark.parametrize("row", ["film", "speed", "band", "ribbon"])
def test_a_click_in_any_row_chooses_the_moment(lane, chosen, row):
    for index in (0, 4, 8):
        click(lane, round(centre(lane, index)), sum(lane._rows[row]) // 2)
    assert chosen == [0, 4, 8]


def test_a_click_on_the_names_of_the_rows_chooses_nothing(lane, chosen):
    click(lane, 5, 60)
    assert chosen == []


def test_keys_walk_and_choose(lane, chosen):
    press(lane, "Right", times=3)
    assert lane.cursor == 3
    press(lane, "Return")
    press(lane, "End")
    press(lane, "Right")
    press(lane, "space")
    press(lane, "Home")
    press(lane, "Left")
    press(lane, "KP_Enter")
    assert chosen == [3, 8, 0]


def test_the_cursor_begins_at_the_marked_frame(lane):
    lane.set_marked(6)
    press(lane, "Left")
    assert lane.cursor == 5


def test_the_figures_of_a_moment_are_told_beside_it(lane, study, model):
    lane.event_generate("<Motion>", x=round(centre(lane, 4)), y=20)
    lane.update()
    p = study.probabilities[16]
    told = lane.itemcget(lane._callout, "text")
    assert told == lane.describe(4)
    assert told.startswith(f"{model.class_names[p.argmax()]} ({p.max():.0%})")
    assert f"{study.speeds[16] / study.measures.pixel_length:.1f} × mean speed" in told
    assert told.endswith(study.words[16])
    lane.event_generate("<Leave>", x=1, y=1)
    lane.update()
    assert lane.itemcget(lane._callout, "state") == "hidden"


@pytest.mark.parametrize("index", [0, 4, 8])
def test_the_figures_stay_inside_the_lane(lane, index):
    lane.event_generate("<Motion>", x=round(centre(lane, index)), y=20)
    left, _, right, _ = lane.bbox(lane._callout_box)
    assert left >= 0
    assert right <= lane.winfo_width()
    lane.event_generate("<Leave>", x=1, y=1)


def test_another_theme_colours_everything_anew(lane, stage):
    before = pixels_of(lane, lane._chart)
    stage.theme.set_mode("dark")
    stage.root.update()
    after = pixels_of(lane, lane._chart)
    assert before.shape == after.shape
    assert after.mean() < before.mean()
    assert lane.cget("background") == stage.theme.palette.background
