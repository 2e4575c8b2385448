"""What the Guide page computes, without a window: walks, nearest changes, and their words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.guiding import (
    METHODS,
    RELATIVE,
    ClimbRequest,
    Guide,
    bounds_of,
    changed,
    plural,
    written_amount,
)
from explorer.model import SampleRequest
from explorer.worker import Cancelled
from vae.attributes import NAMES, measure
from vae.statistics import OFF_THE_MAP, RARE, TYPICAL

NONE: frozenset[int] = frozenset()


def ignore(fraction: float) -> None:
    assert 0 <= fraction <= 1


@pytest.fixture(scope="module")
def guide(model) -> Guide:
    return Guide(model)


@pytest.mark.parametrize("method", METHODS)
def test_a_walk_holds_what_is_shown_of_it(guide, model, method):
    start = model.presets[3]
    request = ClimbRequest(method=method)
    walk = guide.walk(6, start, request, NONE, ignore)
    assert len(walk.path) == len(walk.values) == len(walk.frames)
    np.testing.assert_array_equal(walk.path[0], start)
    np.testing.assert_array_equal(walk.frames, model.decoder.decode_uint8(walk.path))
    np.testing.assert_allclose(walk.values, model.probabilities(walk.frames)[:, 6], atol=1e-4)
    assert walk.reached == (walk.values[-1] >= request.probability)
    assert walk.word in (TYPICAL, RARE, OFF_THE_MAP)
    assert walk.word in walk.sentence
    assert f"p(6) = {walk.values[-1]:.2f}" in walk.sentence
    assert (walk.heading, walk.goal, walk.bounds) == ("3 → 6", 0.95, (0.0, 1.0))


def test_one_start_gets_stuck_where_restarts_arrive(guide, model):
    starts = model.draw(SampleRequest("learned", seed=2, count=12))
    own = model.probabilities(model.decoder.decode_uint8(starts)).argmax(axis=1)
    arrived = {}
    for method in ("one", "restarts"):
        walks = [
            guide.walk((k + 5) % 10, z, ClimbRequest(method=method), NONE, ignore)
            for z, k in zip(starts, own, strict=True)
        ]
        arrived[method] = sum(walk.reached for walk in walks)
        for walk in walks:
            assert method == "restarts" or walk.detour == 0
            if method == "one" and not walk.reached:
                assert "One start alone" in walk.sentence
    assert arrived["one"] < arrived["restarts"]
    assert arrived["restarts"] >= 11


def test_what_is_there_already_takes_no_step(guide, model):
    walk = guide.walk(4, model.presets[4], ClimbRequest(), NONE, ignore)
    assert len(walk.path) == 1
    assert walk.reached
    assert "already" in walk.sentence


@pytest.mark.parametrize("name", NAMES)
def test_an_attribute_is_walked_in_its_unit(guide, model, name):
    start = model.presets[8]
    amount = 15.0 if name in RELATIVE else 5.0
    walk = guide.walk_attribute(name, start, amount, True, NONE, ignore)
    first = measure(model.decoder.decode_uint8(start[None]))[0, NAMES.index(name)]
    assert guide.measured(name, start) == pytest.approx(first)
    assert walk.values[0] == pytest.approx(first)
    assert walk.goal == pytest.approx(changed(name, first, amount))
    assert walk.heading == f"{name} {written_amount(name, amount)}"
    low, high = walk.bounds
    assert low < min(*walk.values, walk.goal)
    assert max(*walk.values, walk.goal) < high
    assert model.probabilities(walk.frames).argmax(axis=1).tolist() == [8] * len(walk.path)


def test_the_nearest_change_comes_with_the_answers(guide, model):
    found = guide.smallest_change(8, model.presets[3], "latent", 4.0, 0.9, NONE, ignore)
    assert found.change.found
    np.testing.assert_allclose(found.answers, model.probabilities(found.change.frames))
    assert found.answers[0].argmax() == 3
    assert found.answers[2, 8] >= 0.9
    assert (found.target, found.space, found.probability) == (8, "latent", 0.9)


def test_progress_may_end_it(guide, model):
    def stop(fraction: float) -> None:
        raise Cancelled

    start = model.presets[3]
    for work in (
        lambda: guide.walk(7, start, ClimbRequest(), NONE, stop),
        lambda: guide.walk(7, start, ClimbRequest(method="one"), NONE, stop),
        lambda: guide.smallest_change(7, start, "latent", 4.0, None, NONE, stop),
        lambda: guide.walk_attribute("thickness", start, 20.0, False, NONE, stop),
    ):
        with pytest.raises(Cancelled):
            work()


@given(st.lists(st.floats(-1e3, 1e3) | st.just(float("nan")), min_size=1))
def test_an_axis_holds_all_its_values(values):
    values = np.array(values)
    low, high = bounds_of(values)
    assert low < high
    finite = values[np.isfinite(values)]
    assert ((low < finite) & (finite < high)).all()


def test_words():
    assert written_amount("thickness", 20) == "+20 %"
    assert written_amount("slant", -7.5) == "−7.5 degrees"
    assert (plural(1, "step"), plural(0, "step")) == ("1 step", "0 steps")
