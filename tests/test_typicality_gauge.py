"""The gauge of how usual a point is: the word, the percentages and the places of the markers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi, chi2

from explorer.widgets.typicality_gauge import (
    HEIGHT,
    WIDTH,
    TypicalityGauge,
    why_not_the_middle,
)
from vae.statistics import (
    DISTANCE_OFF_THE_MAP,
    DISTANCE_TYPICAL,
    OFF_THE_MAP,
    RARE,
    SHELL,
    TYPICAL,
    Typicality,
    typicality,
)


@pytest.fixture
def gauge(stage) -> TypicalityGauge:
    gauge = TypicalityGauge(stage.frame, stage.theme)
    gauge.set_space(6)
    stage.show(gauge, WIDTH, HEIGHT)
    return gauge


def at(radius: float = 50.0, nearest: float | None = 50.0, word: str = TYPICAL) -> Typicality:
    return Typicality(radius, None if nearest is None else 0.5, nearest, word)


def marker(meter) -> float:
    """Where a meter's marker is, in pixels from the left edge of the gauge."""
    left, _, right, _ = meter._canvas.coords(meter._marker)
    return (left + right) / 2


def band(meter) -> tuple[float, float]:
    left, _, right, _ = meter._canvas.coords(meter._typical)
    return left, right


def seen(gauge: TypicalityGauge) -> list[str]:
    """The texts that can be read."""
    texts = [item for item in gauge.find_all() if gauge.type(item) == "text"]
    shown = [item for item in texts if gauge.itemcget(item, "state") != "hidden"]
    return [text for item in shown if (text := gauge.itemcget(item, "text"))]


def test_it_says_the_word_and_both_percentages(gauge):
    gauge.show(at(43.2, 60.7))
    assert seen(gauge) == [TYPICAL, "radius", "43%", "nearest", "61%"]
    gauge.show(at(97.9, 98.0, RARE))
    assert seen(gauge) == [RARE, "radius", "98%", "nearest", "98%"]


def test_a_point_in_the_middle_of_the_shell_is_in_the_middle_of_the_track(gauge):
    gauge.show(at(50.0, 0.0))
    left, _, right, _ = gauge._radius._track_box
    assert marker(gauge._radius) == pytest.approx((left + right) / 2, abs=1)
    assert marker(gauge._nearest) == pytest.approx(left, abs=2)  # nothing is nearer


@pytest.mark.parametrize("share", [SHELL[0], 30.0, SHELL[1]])
def test_the_marker_is_in_the_band_where_the_radius_is_typical(gauge, share):
    low, high = band(gauge._radius)
    gauge.show(at(share))
    assert low - 1 <= marker(gauge._radius) <= high + 1


@pytest.mark.parametrize("share", [0.0, 13.0, 50.0, 77.7, 95.0])
def test_the_marker_stands_where_the_number_says(gauge, share):
    gauge.show(at(share, share))
    for meter in (gauge._radius, gauge._nearest):
        left, _, right, _ = meter._track_box
        assert marker(meter) == pytest.approx(left + share / 100 * (right - left), abs=2)


@pytest.mark.parametrize("share", [0.0, 0.1, 99.5, 99.99, 100.0])
def test_the_marker_leaves_the_band_at_both_ends_of_the_radius(gauge, share):
    low, high = band(gauge._radius)
    gauge.show(at(share, word=RARE))
    x = marker(gauge._radius)
    assert x < low if share < 50 else x > high
    assert 0 <= x <= WIDTH


def test_only_too_far_is_bad_for_the_distance(gauge):
    low, high = band(gauge._nearest)
    places = []
    for share in (0.0, 10.0, 50.0, DISTANCE_TYPICAL, DISTANCE_OFF_THE_MAP, 99.9, 100.0):
        gauge.show(at(nearest=share))
        places.append(marker(gauge._nearest))
    assert places == sorted(places)
    assert low <= places[0]
    assert places[3] == pytest.approx(high, abs=1)
    assert places[4] > high
    assert places[-1] <= gauge._nearest._track_box[2]


def test_off_the_map_is_said_and_coloured_where_it_is_so(gauge, stage):
    warning, accent = stage.theme.palette.warning, stage.theme.palette.accent
    gauge.show(at(50.0, 99.8, OFF_THE_MAP))
    assert seen(gauge)[0] == OFF_THE_MAP
    assert gauge.itemcget(gauge._word, "fill") == warning
    assert gauge.itemcget(gauge._nearest._marker, "fill") == warning
    assert gauge.itemcget(gauge._radius._marker, "fill") == accent
    gauge.show(at(50.0, 50.0))
    assert gauge.itemcget(gauge._word, "fill") == stage.theme.palette.foreground
    assert gauge.itemcget(gauge._nearest._marker, "fill") == accent


def test_percentages_never_claim_all_and_none_only_at_the_origin(gauge):
    for share, text in ((0.0, "0%"), (0.3, "<1%"), (99.0, "99%"), (99.2, ">99%"), (100.0, ">99%")):
        gauge.show(at(share))
        assert seen(gauge)[2] == text


def test_without_real_images_only_the_radius_is_shown(gauge):
    gauge.show(at(43.0, None))
    assert seen(gauge) == [TYPICAL, "radius", "43%"]
    gauge.show(at(43.0, 61.0))
    assert "nearest" in seen(gauge)


def test_nothing_is_shown_where_nothing_is_known(gauge):
    assert seen(gauge) == []
    gauge.show(at())
    gauge.show(None)
    assert seen(gauge) == []
    assert gauge.typicality is None
    gauge.show(at())
    assert seen(gauge)[0] == TYPICAL


@pytest.mark.parametrize(
    ("z", "word", "figure"),
    [
        (np.zeros(6), RARE, "0%"),
        (np.full(6, np.sqrt(chi2.median(6) / 6)), TYPICAL, "50%"),
        (np.full(6, 4.0), OFF_THE_MAP, ">99%"),
    ],
)
def test_real_points(gauge, z, word, figure):
    gauge.show(typicality(z, None))
    assert seen(gauge) == [word, "radius", figure]


def test_a_space_with_a_wider_shell_has_a_wider_band(gauge):
    before = band(gauge._radius)
    gauge.set_space(6, (0.5, 99.5, 99.95))
    after = band(gauge._radius)
    assert after[0] < before[0]
    assert after[1] > before[1]


def test_the_items_stay_and_only_what_changed_is_touched(gauge):
    gauge.show(at(40.0, 60.0))
    items = gauge.find_all()
    touched = []
    configure = gauge.itemconfigure
    gauge.itemconfigure = lambda item, **how: touched.append(item) or configure(item, **how)
    gauge.show(at(40.0, 70.0))
    assert gauge.find_all() == items
    assert touched == [gauge._nearest._figure]


def test_everything_fits(gauge):
    gauge.show(at(99.9, 99.9, OFF_THE_MAP))
    for item in gauge.find_all():
        left, top, right, bottom = gauge.bbox(item)
        assert left >= 0 <= top
        assert right <= WIDTH
        assert bottom <= HEIGHT
    for meter in (gauge._radius, gauge._nearest):
        assert gauge.bbox(meter._label)[2] < gauge.bbox(meter._figure)[0]


def test_the_colours_follow_the_theme(gauge, stage):
    gauge.show(at(50.0, 99.8, OFF_THE_MAP))
    stage.theme.set_mode("dark")
    stage.root.update()
    palette = stage.theme.palette
    assert gauge.cget("background") == palette.background
    assert gauge.itemcget(gauge._word, "fill") == palette.warning
    assert gauge.itemcget(gauge._radius._figure, "fill") == palette.foreground


def test_the_tooltip_speaks_of_the_space_that_is_open(gauge):
    assert "6 degrees of freedom" in gauge._tooltip.text
    assert "√6 ≈ 2.4" in gauge._tooltip.text
    gauge.set_space(16)
    assert "√16 ≈ 4.0" in gauge._tooltip.text
    assert "nearest:" in gauge._tooltip.text


@pytest.mark.parametrize("dim", [1, 2, 3, 4, 5, 6, 16, 64, 512])
def test_what_is_said_of_the_middle_is_true(dim):
    text, root = why_not_the_middle(dim), np.sqrt(dim)

    def within(width: float) -> float:
        return chi.cdf(root + width, dim) - chi.cdf(root - width, dim)

    if "nearly all" in text:
        assert within(1.5) > 0.95
        assert chi.cdf(0.5, dim) < 0.002  # "almost nothing is ever drawn there"
    elif "most lie around" in text:
        assert within(1.0) > 0.75
        assert chi.cdf(0.25, dim) < 0.05  # "few"
    else:
        assert dim == 1
        assert chi.cdf(1.0, dim) > 0.5  # "most lie between -1 and 1"
