"""The Guide page: what Go does in every mode, what stops it, and what a model lacks."""

from __future__ import annotations

import dataclasses
import threading

import numpy as np
import pytest

from explorer.pages.guide import MODES, NEEDS_CLASS, NO_CLASSIFIER
from explorer.widgets.target_row import ATTRIBUTE, CLASS, Target
from tests.interaction import click, press
from vae.attributes import NAMES, measure


class Clock:
    """A clock that the test turns, in place of the glide's."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def page(window, settle):
    window.show_page("guide")
    window.root.update()
    settle()
    return window.pages["guide"]


@pytest.fixture
def clock(window, monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(window.glide, "_clock", clock)
    return clock


@pytest.fixture
def walked(page, pump):
    """Presses Go and waits until the walk is known; it is played by the clock."""

    def go():
        before = page.walk_view.walk
        page.go_button.invoke()
        pump(lambda: page.walk_view.walk is not before, what="the walk is known")
        return page.walk_view.walk

    return go


@pytest.fixture
def busy_worker(page):
    """Lets every job wait until it is set: a search may be over before a test looks."""
    free = threading.Event()
    page._context.run_job("test", "Waiting", lambda job: free.wait(60), lambda _: None, quiet=True)
    yield free
    free.set()


def choose(page, index: int) -> None:
    left, top, right, bottom = page.target_row.chips.box_of(index)
    click(page.target_row.chips, (left + right) // 2, (top + bottom) // 2)


def change_to(page, name: str) -> None:
    page.target_row.attribute_box.current(NAMES.index(name))
    page.target_row.attribute_box.event_generate("<<ComboboxSelected>>")
    page.update()


def enter(field, text: str) -> None:
    field.delete(0, "end")
    field.insert(0, text)
    press(field, "Return")


def probability(window, z, index: int) -> float:
    return float(window.model.probabilities(window.model.decoder.decode_uint8(z[None]))[0, index])


def test_before_the_first_go_it_shows_where_a_walk_would_begin(page, window):
    course = page.walk_view.plot.course
    assert page.target == Target(CLASS, 7)
    assert page.target_row.chips.chosen == 7
    z = np.array(window.state.z)
    assert course.values == pytest.approx([probability(window, z, 7)])
    assert course.goal == page.climb_options.request.probability
    np.testing.assert_array_equal(course.frames[0], window.model.decoder.decode_uint8(z))
    assert "log p(7 | D(z))" in page.walk_view.plot.idle_text


def test_before_the_first_go_it_follows_the_point_and_the_target(page, window, settle):
    window.go_to_preset(7)
    settle()
    assert page.walk_view.plot.course.values[0] > 0.95
    assert "already" in page.walk_view.plot.idle_text
    choose(page, 4)
    assert page.walk_view.plot.course.quantity == "p(4)"
    assert page.walk_view.plot.course.values[0] < 0.5


@pytest.mark.parametrize("target", [1, 5, 8])
def test_go_walks_the_point_to_the_class(page, window, clock, walked, pump, target):
    start = np.array(window.state.z)
    choose(page, target)
    walk = walked()
    np.testing.assert_array_equal(walk.path[0], start)
    assert walk.reached
    clock.now += 1e6
    pump(lambda: not page.walk_view.playing)
    assert window.state.z == pytest.approx(tuple(walk.path[-1]), abs=1e-6)
    assert probability(window, np.array(window.state.z), target) >= 0.9  # of a rounded image
    assert page.walk_view.plot.position == page.walk_view.plot.walked == len(walk.path) - 1
    assert walk.heading == f"3 → {target}"
    assert f"p({target}) = {walk.values[-1]:.2f}" in page.walk_view.sentence.text
    assert walk.word in page.walk_view.sentence.text
    window.undo()
    assert window.state.z == pytest.approx(tuple(start), abs=1e-6)
    assert not window.state.can_undo


def test_the_point_moves_along_the_path_with_the_clock(page, window, clock, walked, pump):
    walk = walked()
    assert page.walk_view.playing
    clock.now += 0.35
    pump(lambda: page.walk_view.plot.position > 0)
    position = page.walk_view.plot.position
    assert 0 < position < len(walk.path) - 1
    before = walk.path[int(position)]
    expected = before + (position - int(position)) * (walk.path[int(position) + 1] - before)
    assert window.state.z == pytest.approx(tuple(expected), abs=1e-6)
    assert page.walk_view.plot.walked == position
    window.glide.stop()


@pytest.mark.parametrize("how", ["button", "escape", "escape on Go", "random", "other page"])
def test_a_walk_is_stopped_where_it_is(page, window, clock, walked, pump, how):
    walk = walked()
    clock.now += 0.35
    pump(lambda: page.walk_view.plot.position > 0)
    position, z = page.walk_view.plot.position, window.state.z
    assert page.stop_button.instate(["!disabled"])
    if how == "button":
        page.stop_button.invoke()
    elif how == "escape":
        press(window.root, "Escape")
    elif how == "escape on Go":
        press(page.go_button, "Escape")
    elif how == "random":
        window.randomise()
    else:
        window.show_page("sample")
        window.root.update()
    assert not page.walk_view.playing
    assert page.stop_button.instate(["disabled"])
    assert page.walk_view.walk is walk
    assert page.walk_view.plot.position == position
    assert (window.state.z == z) == (how != "random")
    window.undo()
    if how == "random":
        window.undo()
    assert not window.state.can_undo


def test_a_point_that_is_moved_meanwhile_is_not_taken_back(page, window, settle):
    page.go_button.invoke()
    assert not page.settled
    window.state.set_value(0, 1.25)
    assert page.stop_button.instate(["disabled"])
    here = window.state.z
    settle()
    assert window.state.z == here
    assert page.walk_view.walk is None


def test_a_new_go_begins_at_the_current_point(page, window, clock, walked, pump):
    walked()
    clock.now += 0.35
    pump(lambda: page.walk_view.plot.position > 0)
    choose(page, 0)
    here = window.state.z
    walk = walked()
    assert tuple(walk.path[0]) == pytest.approx(here, abs=1e-6)
    assert walk.heading.endswith("→ 0")
    window.glide.stop()


def test_a_target_chosen_after_a_walk_leaves_the_walk(page, clock, walked, pump):
    walk = walked()
    clock.now += 1e6
    pump(lambda: not page.walk_view.playing)
    choose(page, 2)
    assert page.walk_view.walk is walk
    assert page.walk_view.plot.course.heading == "3 → 7"
    told = page.walk_view.sentence.text
    assert "walks the point to 2" in told
    assert "before" in told
    choose(page, 7)
    assert page.walk_view.sentence.text == walk.sentence


def test_a_target_chosen_after_a_change_leaves_the_change_and_says_so(page, settle):
    page.mode_buttons["change"].invoke()
    page.go_button.invoke()
    settle()
    panel = page.change_panel
    found, told = panel.found, panel.sentence.text
    choose(page, 2)
    assert panel.found is found
    assert "smallest change to 2" in panel.sentence.text
    choose(page, 7)
    assert panel.sentence.text == told


@pytest.mark.parametrize("mode", MODES)
def test_a_target_chosen_during_a_search_ends_it(page, settle, mode, busy_worker):
    page.mode_buttons[mode].invoke()
    page.go_button.invoke()
    choose(page, 7)  # the one that is looked for: nothing has changed
    assert page._busy
    choose(page, 2)
    assert not page._busy
    busy_worker.set()
    settle()
    assert page.walk_view.walk is None
    assert page.change_panel.found is None
    assert not any(page.noise_view.walks)


def test_the_course_is_scrubbed_by_keys_and_mouse(page, window, clock, walked, pump):
    walk = walked()
    clock.now += 1e6
    pump(lambda: not page.walk_view.playing)
    plot = page.walk_view.plot
    press(plot, "Home")
    assert window.state.z == pytest.approx(tuple(walk.path[0]), abs=1e-6)
    press(plot, "Right", times=2)
    assert window.state.z == pytest.approx(tuple(walk.path[2]), abs=1e-6)
    click(plot, round(plot.x_of(5)), 60)
    assert plot.position == 5
    assert window.state.z == pytest.approx(tuple(walk.path[5]), abs=1e-6)
    page.walk_view.back_button.invoke()
    clock.now += 1e6
    pump(lambda: not window.glide.active)
    assert window.state.z == pytest.approx(tuple(walk.path[0]), abs=1e-6)
    page.walk_view.again_button.invoke()
    assert page.walk_view.playing
    page.stop_button.invoke()


def test_the_mark_is_hollow_where_the_point_has_gone_elsewhere(page, window, clock, walked, pump):
    walked()
    clock.now += 1e6
    pump(lambda: not page.walk_view.playing)
    plot = page.walk_view.plot

    def fill():
        return plot.itemcget(plot._dot, "fill")

    assert fill() == window.theme.palette.accent
    window.randomise()
    assert fill() == window.theme.palette.background
    window.undo()
    assert fill() == window.theme.palette.accent


def test_locked_dimensions_stay(page, window, clock, walked, pump):
    window.state.set_lock(1, True)
    window.state.set_lock(4, True)
    walk = walked()
    assert (walk.path[:, [1, 4]] == walk.path[0, [1, 4]]).all()
    assert not (walk.path[-1, [0, 2, 3, 5]] == walk.path[0, [0, 2, 3, 5]]).any()
    window.glide.stop()


def test_the_parameters_count(page, window, walked):
    enter(page.climb_options.fields["steps"], "3")
    enter(page.climb_options.fields["rate"], "0.01")
    page.climb_options.method_box.current(1)
    page.climb_options.method_box.event_generate("<<ComboboxSelected>>")
    page.update()
    walk = walked()
    assert len(walk.path) == 4
    assert not walk.reached
    assert walk.detour == 0
    assert np.linalg.norm(np.diff(walk.path, axis=0), axis=1).max() <= 0.2 + 1e-9
    assert "One start alone got no further" in page.walk_view.sentence.text
    window.glide.stop()


def test_the_plain_rule_takes_long_steps(page, window, walked):
    page.climb_options.apply_settings({"method": "plain", "rate": 1.0})
    walk = walked()
    assert np.linalg.norm(np.diff(walk.path, axis=0), axis=1).max() > 0.2
    window.glide.stop()


@pytest.mark.parametrize(
    ("name", "text"), [("steps", "0"), ("rate", "x"), ("prior_weight", "-1"), ("probability", "1")]
)
def test_a_wrong_number_is_told_and_not_taken(page, window, name, text):
    before = page.climb_options.request
    enter(page.climb_options.fields[name], text)
    assert window.status.is_error
    assert page.climb_options.request == before


# ---- attributes ------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "amount"), [("thickness", 20), ("slant", -15), ("width", 10)])
def test_an_attribute_changes_by_the_amount(page, window, clock, walked, pump, name, amount):
    z = np.array(window.state.z)
    index = NAMES.index(name)
    before = measure(window.model.decoder.decode_uint8(z[None]))[0, index]
    change_to(page, name)
    assert page.target == Target(ATTRIBUTE, index)
    assert page.target_row.chips.chosen is None
    enter(page.attribute_options.amount_field, str(amount))
    walk = walked()
    wanted = before + amount if name == "slant" else before * (1 + amount / 100)
    assert walk.goal == pytest.approx(wanted)
    clock.now += 1e6
    pump(lambda: not page.walk_view.playing)
    image = window.model.decoder.decode_uint8(np.array([window.state.z]))
    assert measure(image)[0, index] == pytest.approx(walk.values[-1], abs=0.05)
    assert abs(walk.values[-1] - wanted) <= 0.06 * abs(wanted - before)
    assert window.model.probabilities(image)[0].argmax() == 3
    assert "still taken for 3" in page.walk_view.sentence.text


def test_before_go_the_attribute_is_measured(page, window, settle):
    change_to(page, "thickness")
    settle()
    course = page.walk_view.plot.course
    image = window.model.decoder.decode_uint8(np.array([window.state.z]))
    measured = measure(image)[0, NAMES.index("thickness")]
    assert course.values == pytest.approx([measured])
    assert course.goal == pytest.approx(1.2 * measured)
    assert course.unit == "pixels"
    window.randomise()
    settle()
    assert page.walk_view.plot.course.values[0] != pytest.approx(measured)


def test_the_smallest_change_wants_a_class(page, window, settle):
    change_to(page, "thickness")
    page.mode_buttons["change"].invoke()
    pictures = page.change_panel.pictures
    assert pictures.note == NEEDS_CLASS
    page.go_button.invoke()
    assert "class" in window.status.message.cget("text")
    choose(page, 3)
    assert pictures.note == ""
    settle()


# ---- the smallest change ---------------------------------------------------------------------


@pytest.mark.parametrize("space", ["latent", "pixels"])
def test_the_smallest_change_is_shown_from_before_to_after(page, window, settle, space):
    page.mode_buttons["change"].invoke()
    panel = page.change_panel
    panel.space_buttons[space].invoke()
    start = np.array(window.state.z)
    assert [p.title for p in panel.pictures.pictures] == [
        *("Before", "Boundary", "After", "After − before")
    ]
    assert panel.pictures.pictures[1].pixels is None
    page.go_button.invoke()
    assert "Looking" in panel.sentence.text
    settle()
    found = panel.found
    assert (found.space, found.target) == (space, 7)
    change = found.change
    assert change.found
    assert np.array(window.state.z) == pytest.approx(start)  # nobody has moved yet
    for picture, frame in zip(panel.pictures.pictures, change.frames, strict=False):
        np.testing.assert_array_equal(picture.pixels, frame)
    assert "7: 95%" in panel.pictures.pictures[2].caption
    difference = panel.pictures.pictures[3].change
    signed = change.frames[2].astype(float) - change.frames[0]
    np.testing.assert_allclose(difference, signed[0] / 127.5)
    np.testing.assert_allclose(panel.bars.shift, change.after - change.before)
    assert f"{change.distance:.{2 if space == 'latent' else 1}f} away" in panel.sentence.text


def test_a_click_on_a_picture_goes_there(page, window, settle):
    page.mode_buttons["change"].invoke()
    page.go_button.invoke()
    settle()
    change = page.change_panel.found.change
    pictures = page.change_panel.pictures
    for index, point in ((1, change.boundary), (2, change.after), (0, change.before)):
        left, top, right, bottom = pictures.box_of(index)
        click(pictures, (left + right) // 2, (top + bottom) // 2)
        settle()
        assert window.state.z == pytest.approx(tuple(point), abs=1e-6)
    left, top, right, bottom = pictures.box_of(3)
    window.reset()
    click(pictures, (left + right) // 2, (top + bottom) // 2)  # a difference is no point
    settle()
    assert window.state.z == (0.0,) * 6
    press(pictures, "Right", times=2)
    press(pictures, "Return")
    settle()
    assert window.state.z == pytest.approx(tuple(change.after), abs=1e-6)


def test_where_no_probability_is_asked_for_the_change_ends_at_the_boundary(page, settle):
    page.mode_buttons["change"].invoke()
    page.change_panel.sure_button.invoke()
    page.go_button.invoke()
    settle()
    titles = [picture.title for picture in page.change_panel.pictures.pictures]
    assert titles == ["Before", "After", "After − before"]
    answers = np.sort(page.change_panel.found.answers[2])
    assert answers[-1] - answers[-2] < 0.1


def test_no_point_within_the_radius_is_said_plainly(page, settle):
    page.mode_buttons["change"].invoke()
    enter(page.change_panel.radius_field, "0.2")
    page.go_button.invoke()
    settle()
    assert not page.change_panel.found.change.found
    assert "was found within 0.2" in page.change_panel.sentence.text
    assert page.change_panel.pictures.pictures[1].caption == "none found"


def test_what_is_the_target_already_needs_no_change(page, settle):
    choose(page, 3)
    page.mode_buttons["change"].invoke()
    page.go_button.invoke()
    settle()
    change = page.change_panel.found.change
    assert change.distance == 0
    assert page.change_panel.sentence.text == change.note != ""
    assert not page.change_panel.bars.shift.any()
    assert not page.change_panel.pictures.pictures[-1].change.any()


def test_a_cancelled_search_leaves_what_was_shown(page, window, settle):
    page.mode_buttons["change"].invoke()
    text, pictures = page.change_panel.sentence.text, page.change_panel.pictures.pictures
    page.go_button.invoke()
    page.stop_button.invoke()
    settle()
    assert page.change_panel.found is None
    assert page.change_panel.sentence.text == text
    assert page.change_panel.pictures.pictures is pictures


# ---- from noise ------------------------------------------------------------------------------


def test_faces_turn_from_noise(page, window, settle):
    page.mode_buttons["noise"].invoke()
    view = page.noise_view
    starts = view.starts.copy()
    assert starts.shape == (12, window.model.latent_dim)
    np.testing.assert_array_equal(view.grid_view.upper, window.model.decoder.decode_uint8(starts))
    assert not view.playable
    z = window.state.z
    page.go_button.invoke()
    settle()
    assert window.state.z == z
    np.testing.assert_array_equal(view.starts, starts)
    assert all(walk is not None for walk in view.walks)
    assert view.scrub.position == 1.0
    ends = np.array([walk.path[-1] for walk in view.walks])
    np.testing.assert_array_equal(view.grid_view.lower, window.model.decoder.decode_uint8(ends))
    arrived = sum(walk.reached for walk in view.walks)
    assert sum(caption.startswith("✓") for caption in view.grid_view.captions) == arrived >= 11
    assert f"{arrived} of 12 points reached 7" in view.sentence.text


def test_all_are_scrubbed_together_and_one_is_adopted(page, window, settle):
    page.noise_options.apply_settings({"count": 6})
    page.mode_buttons["noise"].invoke()
    page.noise_options.resample()
    page.go_button.invoke()
    settle()
    view = page.noise_view
    press(view.scrub, "Home")
    np.testing.assert_array_equal(view.grid_view.upper, view.grid_view.lower)
    press(view.scrub, "Right", times=20)
    assert 0 < view.scrub.position < 1
    assert not np.array_equal(view.grid_view.upper, view.grid_view.lower)
    for index in (4, 5):  # the start of the third walk, and where it is by now
        left, top, right, bottom = view.grid_view.box_of(index)
        click(view.grid_view, (left + right) // 2, (top + bottom) // 2)
        settle()
        expected = view.point_of(2) if index == 5 else view.starts[2]
        assert window.state.z == pytest.approx(tuple(expected), abs=1e-6)


def test_other_points_have_no_walks(page, settle):
    page.mode_buttons["noise"].invoke()
    page.go_button.invoke()
    settle()
    before = page.noise_view.starts
    page.noise_options.resample_button.invoke()
    assert not np.array_equal(page.noise_view.starts, before)
    assert page.noise_view.walks == (None,) * 12
    assert page.noise_view.scrub.position == 0.0
    settle()


def test_stopped_half_way_it_says_how_many_are_missing(page, window, pump, settle):
    page.mode_buttons["noise"].invoke()
    page.go_button.invoke()
    pump(lambda: page.noise_view.walks[0] is not None)
    press(window.root, "Escape")
    settle()
    known = sum(walk is not None for walk in page.noise_view.walks)
    count = len(page.noise_view.starts)
    assert 1 <= known < count
    assert f"{count - known} were not walked" in page.noise_view.sentence.text
    assert not page.noise_view.playing


def test_another_start_that_did_not_reach_either_is_not_counted(page, window, settle):
    page.mode_buttons["noise"].invoke()
    for index in range(6):
        window.state.set_lock(index, True)  # no point can move
    page.go_button.invoke()
    settle()
    reached = sum(walk.reached for walk in page.noise_view.walks)
    count = len(page.noise_view.starts)
    assert reached < count
    text = page.noise_view.sentence.text
    assert text.startswith(f"{reached} of {count} points reached 7")
    assert "another start" not in text


def test_locked_dimensions_are_those_of_the_point_also_in_noise(page, window, settle):
    window.state.set_lock(2, True)
    page.mode_buttons["noise"].invoke()
    page.go_button.invoke()
    settle()
    for walk in page.noise_view.walks:
        assert walk.path[:, 2] == pytest.approx(window.state.z[2])


def test_attributes_turn_from_noise_too(page, settle):
    page.mode_buttons["noise"].invoke()
    change_to(page, "thickness")
    page.go_button.invoke()
    settle()
    for walk in page.noise_view.walks:
        assert walk.quantity == "thickness"
    reached = [walk.values[-1] / walk.values[0] for walk in page.noise_view.walks if walk.reached]
    assert reached
    assert reached == pytest.approx([1.2] * len(reached), abs=0.011)
    assert "thickness +20 %" in page.noise_view.sentence.text


# ---- models, pages, sessions -----------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_another_model_drops_what_is_under_way(page, window, model, settle, mode):
    page.mode_buttons[mode].invoke()
    page.go_button.invoke()
    page.set_model(dataclasses.replace(window.model))
    assert page._asked is None
    settle()
    assert page.walk_view.walk is None
    assert page.change_panel.found is None
    assert not any(page.noise_view.walks)
    page.set_model(window.model)
    settle()


@pytest.mark.parametrize("mode", MODES)
def test_another_page_drops_what_is_under_way(page, window, settle, mode):
    page.mode_buttons[mode].invoke()
    z = window.state.z
    page.go_button.invoke()
    window.show_page("sample")
    window.root.update()
    settle()
    assert window.state.z == z
    assert page.walk_view.walk is None
    assert page.change_panel.found is None


@pytest.mark.parametrize("mode", MODES)
def test_without_a_classifier_it_says_so_and_attributes_still_work(
    page, window, settle, clock, pump, mode
):
    bundle = dataclasses.replace(window.model.bundle, classifier=None, class_names=())
    bare = dataclasses.replace(window.model, bundle=bundle, presets=None, class_means=None)
    page.mode_buttons[mode].invoke()
    page.set_model(bare)
    settle()
    assert page.target == Target(ATTRIBUTE, NAMES.index("thickness"))
    assert page.target_row.no_classes.winfo_manager() == "pack"
    page.go_button.invoke()
    if mode == "walk":
        pump(lambda: page.walk_view.walk is not None)
        assert page.walk_view.walk.reached
        window.glide.stop()
    elif mode == "change":
        pictures = page.change_panel.pictures
        assert pictures.note == NO_CLASSIFIER
    settle()
    page.set_model(window.model)
    settle()


def test_a_model_that_draws_no_digits_and_has_no_classifier_is_left_in_peace(page, window, settle):
    bundle = dataclasses.replace(
        window.model.bundle, classifier=None, class_names=(), shows_digits=False
    )
    page.set_model(dataclasses.replace(window.model, bundle=bundle))
    settle()
    assert page.target is None
    for mode in MODES:
        page.mode_buttons[mode].invoke()
        assert page.go_button.instate(["disabled"])
        page.go()
    settle()
    page.mode_buttons["walk"].invoke()
    assert page.walk_view.plot.idle_text == NO_CLASSIFIER
    page.set_model(window.model)
    settle()
    assert page.target == Target(CLASS, 7)


def test_settings_come_back(page, settle):
    choose(page, 2)
    enter(page.climb_options.fields["prior_weight"], "1.5")
    enter(page.attribute_options.amount_field, "35")
    page.noise_options.apply_settings({"count": 11, "source": "prior", "seed": 5})
    page.change_panel.apply_settings({"space": "pixels", "radius": 2.5, "sure": False})
    page.mode_buttons["noise"].invoke()
    settings = page.settings()
    choose(page, 9)
    page.climb_options.apply_settings({"prior_weight": 0.0})
    page.noise_options.apply_settings({"count": 7})
    page.mode_buttons["walk"].invoke()
    page.apply_settings(settings)
    assert page.settings() == settings
    assert page.target == Target(CLASS, 2)
    assert len(page.noise_view.starts) == 11
    settle()


@pytest.mark.parametrize(
    "settings",
    [
        {"mode": "fly", "target": 3, "climb": 7},
        {"target": ["class", 99]},
        {"target": ["attribute", -1]},
        {"target": ["class", True, 1], "mode": ["walk"]},
        {"climb": {"rate": 0, "prior_weight": "x", "steps": 1e9, "method": []}},
        {"climb": {"probability": float("nan")}, "noise": {"count": 2, "seed": -1}},
        {"noise": {"count": 7.5, "source": "uniform"}, "change": {"radius": True, "space": 4}},
        {"attribute": {"amounts": {"ink": float("inf"), "slant": "x"}, "keep_class": 1}},
    ],
)
def test_settings_that_do_not_fit_are_left_as_they_are(page, settle, settings):
    before = page.settings()
    page.apply_settings(settings)
    assert page.settings() == before
    settle()


def test_everything_has_its_room_in_the_smallest_window(page, window, settle):
    window.root.geometry("1024x668")
    window.root.update()
    for mode in MODES:
        page.mode_buttons[mode].invoke()
        for name in (None, "thickness"):
            if name is None:
                choose(page, 7)
            else:
                change_to(page, name)
            settle()
            window.root.update()
            for child in page.winfo_children():
                if not child.winfo_ismapped():
                    continue
                assert child.winfo_x() + child.winfo_width() <= page.winfo_width()
                assert child.winfo_y() + child.winfo_height() <= page.winfo_height()
                if child is not page.walk_view:
                    assert child.winfo_width() >= child.winfo_reqwidth()
                    assert child.winfo_height() >= child.winfo_reqheight()
