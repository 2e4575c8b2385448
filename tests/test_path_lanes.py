"""Several paths as lanes: names, figures, the scale of their speeds, and what waits."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.path_study import PathStudy
from explorer.widgets.path_lanes import FIGURES, PathLanes, figures_text
from tests.interaction import press
from vae.paths import PathMeasures

PATHS = ("straight", "bent", "missing")


@pytest.fixture
def lanes(stage):
    """Three lanes; `.calls` is what they told."""
    calls = []
    made = PathLanes(
        stage.frame,
        stage.theme,
        PATHS,
        chosen="bent",
        on_choose=lambda: calls.append(("choose", made.chosen)),
        on_activate=lambda path, index: calls.append(("activate", path, index)),
        on_retry=lambda: calls.append("retry"),
    )
    made.calls = calls
    made.pack(fill="both", expand=True)
    stage.root.update()
    return made


def study(*steps: float) -> PathStudy:
    """A path whose image changes by these steps."""
    count = len(steps) + 1
    measures = PathMeasures(np.ones(len(steps)), np.array(steps))
    words = ("typical",) * (count - 1) + ("rare",)
    return PathStudy(np.zeros((count, 2)), measures, None, (), words)


def test_the_figures_stand_in_the_order_of_their_names():
    assert FIGURES == ("latent", "as seen", "uneven", "typical")
    figures = study(1.0, 2.0, 3.0, 2.0)
    assert figures_text(figures, 0.0) == "4.00\n8.0\n50%\n80%"
    assert figures_text(figures, 10.0).split("\n")[1] == "8.0 (−20%)"
    assert figures_text(figures, 5.0).split("\n")[1] == "8.0 (+60%)"
    assert figures_text(figures, 8.0).split("\n")[1] == "8.0 (±0%)"


def test_speeds_are_drawn_to_one_scale_and_only_others_are_compared(lanes):
    studies = {"straight": study(2.0, 2.0), "bent": study(1.0, 4.0)}
    lanes.set_studies(studies, (), 4.0, "straight")
    assert {lanes.lanes[path]._speed_limit for path in studies} == {8.0}
    assert lanes.lanes["missing"].study is None
    assert "(" not in lanes.figures["straight"].cget("text")
    assert "(+25%)" in lanes.figures["bent"].cget("text")
    lanes.set_studies(studies, (), 4.0, None)
    assert "(±0%)" in lanes.figures["straight"].cget("text")


def test_a_lane_that_waits_says_so_and_can_be_asked_again(lanes):
    lanes.offer_retry("missing", "It was cancelled.")
    assert "cancelled" in lanes.lanes["missing"].message
    lanes.retry_buttons["missing"].invoke()
    assert lanes.calls == ["retry"]
    lanes.wait_for("missing", "Searching …")
    assert lanes.lanes["missing"].message == "Searching …"
    assert lanes.retry_buttons["missing"].winfo_manager() == ""


def test_the_arrow_keys_choose_a_lane(lanes):
    press(lanes.buttons["bent"], "Down")
    press(lanes.buttons["missing"], "Right")
    press(lanes.buttons["straight"], "Up")
    assert lanes.calls == [("choose", path) for path in ("missing", "straight", "missing")]


def test_a_moment_is_marked_in_the_chosen_lane_and_shown_in_all(lanes, stage):
    for path in PATHS:
        lanes.lanes[path].set_images(np.zeros((5, 1, 4, 4), np.uint8))
    lanes.set_position(0.5)
    assert [lane.position for lane in lanes.lanes.values()] == [0.5] * 3
    assert (lanes.marked, lanes.lane.marked) == ("bent", 2)
    lanes.unmark()
    assert lanes.marked is None
    lanes.clear()
    assert {lane.position for lane in lanes.lanes.values()} == {None}
