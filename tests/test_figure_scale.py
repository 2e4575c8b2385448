"""A figure on its scale: where its marker is, what is written, what is unusual."""

from __future__ import annotations

import pytest

from explorer.widgets.figure_scale import HEADROOM, FigureScale

TYPICAL = (10.0, 30.0, 100.0)


@pytest.fixture
def scale(stage) -> FigureScale:
    scale = FigureScale(stage.frame, stage.theme, "SSE")
    stage.show(scale, 260, 36)
    scale.set_typical(TYPICAL)
    return scale


def marker(scale: FigureScale) -> float:
    left, _, right, _ = scale.coords(scale._marker)
    return (left + right) / 2


@pytest.mark.parametrize("figure", [0.0, 10.0, 61.2, 100.0, 139.9])
def test_the_marker_is_where_the_figure_is(scale, figure):
    scale.show(figure)
    left, right = scale.x_of(0.0), scale.x_of(HEADROOM * TYPICAL[2])
    assert marker(scale) == pytest.approx(left + figure / 140 * (right - left))


def test_the_band_is_what_is_typical(scale):
    left, _, right, _ = scale.coords(scale._band)
    assert (left, right) == pytest.approx((scale.x_of(10.0), scale.x_of(100.0)))
    assert scale.coords(scale._median)[0] == pytest.approx(scale.x_of(30.0))


def test_a_figure_beyond_the_scale_waits_at_its_end(scale):
    scale.show(1e9)
    assert marker(scale) == pytest.approx(scale.x_of(140.0))


def test_figure_and_what_is_typical_are_written(scale):
    scale.show(61.23)
    assert scale.text == "61.2 typical 10.0 to 100"
    scale.show(1234.5)
    assert scale.text.startswith("1234 ")


@pytest.mark.parametrize(("figure", "unusual"), [(5.0, False), (99.0, False), (101.0, True)])
def test_only_what_is_higher_than_typical_is_unusual(scale, stage, figure, unusual):
    scale.show(figure)
    assert scale.unusual == unusual
    palette = stage.theme.palette
    expected = palette.warning if unusual else palette.accent
    assert scale.itemcget(scale._marker, "fill") == expected


def test_without_a_figure_there_is_no_marker(scale):
    scale.show(20.0)
    scale.show(None)
    assert scale.itemcget(scale._marker, "state") == "hidden"
    assert scale.text == "typical 10.0 to 100"


def test_where_nothing_is_typical_the_figure_stands_alone(scale):
    scale.show(20.0)
    scale.set_typical(None)
    assert scale.text == "20.0"
    for item in (scale._track, scale._band, scale._marker):
        assert scale.itemcget(item, "state") == "hidden"
    assert not scale.unusual


@pytest.mark.parametrize("width", [120, 180, 400])
def test_words_never_run_into_one_another(scale, stage, width):
    scale.show(1234.5)
    stage.show(scale, width, 36)
    words = scale.bbox(scale._words)
    assert words is None or words[0] >= scale.bbox(scale._value)[2] or words[0] == words[2]
    assert scale.bbox(scale._value)[2] <= width


def test_the_colours_follow_the_theme(scale, stage):
    scale.show(20.0)
    stage.theme.set_mode("dark")
    assert scale.cget("background") == stage.theme.palette.background
    assert scale.itemcget(scale._marker, "fill") == stage.theme.palette.accent
