"""The bars of classes: heights, lines, figures, and the choice of a class."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.widgets.class_bars import SCALE, ClassBars
from tests.interaction import click, press

NAMES = tuple("0123456789")
SHARES = np.array([0.12, 0.05, 0.1, 0.1, 0.1, 0.1, 0.1, 0.13, 0.2, 0.0])
LINES = np.full(10, 0.1)


@pytest.fixture
def chosen() -> list[int]:
    return []


@pytest.fixture
def bars(stage, chosen) -> ClassBars:
    bars = ClassBars(stage.frame, stage.theme, on_choose=chosen.append)
    stage.show(bars, 120, 100)
    bars.show(SHARES, NAMES, lines=LINES, heading="of 1,000", top=0.2)
    bars.update()
    return bars


def heights(bars: ClassBars) -> np.ndarray:
    boxes = [bars.coords(item) for item in bars.find_withtag("bar")]
    return np.array([bottom - top for _, top, _, bottom in boxes])


def test_bars_are_as_high_as_the_shares_and_lines_where_the_others_are(bars):
    high = heights(bars)
    np.testing.assert_allclose(high / high[8], SHARES / SHARES[8], atol=0.03)
    assert high[9] == 0
    ground = bars.coords(bars.find_withtag("bar")[0])[3]
    for item in bars.find_withtag("line"):
        assert (ground - bars.coords(item)[1]) / high[8] == pytest.approx(0.5, abs=0.03)


def test_a_share_beyond_the_scale_ends_at_the_top(bars):
    bars.show((0.9, 0.1), ("a", "b"))
    bars.update()
    assert heights(bars)[0] == pytest.approx(heights(bars)[1] * SCALE / 0.1, rel=0.05)


def test_the_bar_that_is_pointed_at_tells_its_figures(bars):
    left, top, right, bottom = bars.box_of(8)
    bars.event_generate("<Motion>", x=(left + right) // 2, y=(top + bottom) // 2)
    assert bars.text == "8: 20.0% | 10.0%"
    bars.event_generate("<Leave>")
    assert bars.text == "of 1,000"


def test_click_and_keys_choose_a_class(bars, chosen):
    left, top, right, bottom = bars.box_of(3)
    click(bars, (left + right) // 2, (top + bottom) // 2)
    press(bars, "Right")
    assert bars.text == "4: 10.0% | 10.0%"
    press(bars, "Return")
    assert chosen == [3, 4]


def test_without_shares_only_the_heading_is_there(bars, chosen):
    bars.show((), (), heading="no classifier")
    bars.update()
    assert bars.text == "no classifier"
    assert len(bars.find_withtag("bar")) == 0
    click(bars)
    assert chosen == []
    assert not int(bars.cget("takefocus"))


def test_long_names_and_few_pixels_are_no_harm(bars, stage):
    bars.show((0.5, 0.5), ("T-shirt or top", "Ankle boot"), heading="a heading that is too long")
    for size in ((120, 100), (30, 20), (400, 60)):
        stage.show(bars, *size)
        bars.update()
    with pytest.raises(ValueError, match="do not fit 2 names"):
        bars.show((0.5,), ("a", "b"))


def test_the_colours_follow_the_theme(bars, stage):
    before = bars.itemcget(bars.find_withtag("bar")[0], "fill")
    stage.theme.set_mode("dark")
    bars.update()
    assert bars.itemcget(bars.find_withtag("bar")[0], "fill") != before
