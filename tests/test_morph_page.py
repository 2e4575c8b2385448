"""The Morph page: keys, three paths beside one another, scrubbing, playing, and exports."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageSequence

from explorer import path_movie, ways
from explorer.journey import Journey, Key
from explorer.movie import REPEATS, MovieOptions, positions
from explorer.pages.morph import MAX_STEPS, SEARCHING
from explorer.routes import METHODS, route_of
from tests.interaction import click, drag, press
from vae import latent
from vae.paths import geodesic


class Clock:
    """A clock that the test turns, in place of the glide's."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def page(window, settle):
    """The page with all that it has found of the default journey, from the preset 3 to the 8."""
    window.show_page("morph")
    window.root.update()
    settle()
    return window.pages["morph"]


def set_keys(page, window, *digits, **options) -> Journey:
    """Make it a journey through presets, as an opened session does."""
    keys = [Key(tuple(window.model.presets[digit]), f"preset {digit}") for digit in digits]
    journey = Journey(tuple(keys), **options)
    page.apply_settings({"journey": journey.to_settings()})
    return journey


@pytest.fixture
def clock(window, monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(window.glide, "_clock", clock)
    return clock


@pytest.fixture
def frame(window, pump):
    """Lets the clock go on and waits until the player has taken note of it."""

    def step(clock: Clock, seconds: float) -> None:
        clock.now += seconds
        seen = []
        advance = window.glide._step

        def watched(elapsed: float) -> bool:
            seen.append(elapsed)
            return advance(elapsed)

        window.glide._step = watched
        pump(lambda: seen or not window.glide.active)
        if window.glide._step is watched:
            window.glide._step = advance

    return step


def enter(field, text: str) -> None:
    field.delete(0, "end")
    field.insert(0, text)
    press(field, "Return")


def set_repeat(page, repeat: str) -> None:
    page.repeat_box.current(list(REPEATS).index(repeat))
    page.repeat_box.event_generate("<<ComboboxSelected>>")
    page.update()


def ends(page) -> tuple:
    return page.journey.keys[0].z, page.journey.keys[-1].z


# --- the three paths ------------------------------------------------------------------------------


def test_the_film_shows_the_path_from_start_to_end(page, window):
    steps = page.steps_field.number
    assert page.frames.shape == (steps, window.model.latent_dim)
    start, end = ends(page)
    np.testing.assert_allclose(page.frames[0], start, atol=1e-6)
    np.testing.assert_allclose(page.frames[-1], end, atol=1e-6)
    np.testing.assert_array_equal(page.film.pixels, window.model.decoder.decode_uint8(page.frames))


@pytest.mark.parametrize("path", ["linear", "spherical"])
def test_the_chosen_path_is_taken(page, path):
    page.paths.buttons["spherical" if path == "linear" else "linear"].invoke()
    page.paths.buttons[path].invoke()
    expected = latent.interpolate(*ends(page), len(page.frames), path)
    np.testing.assert_allclose(page.frames, expected, atol=1e-6)
    middle = {"linear": latent.lerp, "spherical": latent.slerp}[path](*ends(page), 0.5)
    np.testing.assert_allclose(page.point_at(0.5), middle, atol=1e-6)
    assert page.film is page.paths.lanes[path]


def test_the_geodesic_is_that_of_the_model(page, window):
    page.paths.buttons["geodesic"].invoke()
    found = geodesic(window.model.decoder, *ends(page), 32).points
    times = np.linspace(0.0, 1.0, 401)
    way = np.array([page.point_at(time) for time in times])
    for point in found:  # the same polygon, at its own time
        assert np.linalg.norm(way - point, axis=1).min() < 0.02
    assert page.study("geodesic").measures.pixel_length < page.study("linear").measures.pixel_length


def test_all_three_are_shown_with_what_they_do(page, window):
    for method in METHODS:
        lane, study = page.paths.lanes[method], page.study(method)
        np.testing.assert_array_equal(
            lane.pixels, window.model.decoder.decode_uint8(page._frames[method])
        )
        assert lane.study is study
        length, seen, uneven, typical = page.paths.figures[method].cget("text").split("\n")
        assert length == f"{study.measures.latent_length:.2f}"
        assert seen.split()[0] == f"{study.measures.pixel_length:.1f}"
        assert uneven == f"{study.measures.unevenness:.0%}"
        assert typical == f"{study.share_typical:.0%}"
    share = (
        page.study("geodesic").measures.pixel_length / page.study("linear").measures.pixel_length
    )
    assert f"(\N{MINUS SIGN}{1 - share:.0%})" in page.paths.figures["geodesic"].cget("text")
    assert "(" not in page.paths.figures["linear"].cget("text")


def test_speeds_are_drawn_to_one_scale(page):
    fastest = max(page.study(method).speeds.max() for method in METHODS)
    assert {lane._speed_limit for lane in page.paths.lanes.values()} == {fastest}


def test_constant_speed_evens_every_path(page, settle):
    before = {method: page.study(method).measures for method in METHODS}
    page.constant_box.invoke()
    settle()
    for method in METHODS:
        after = page.study(method).measures
        assert after.unevenness < 0.05
        assert after.pixel_length == pytest.approx(before[method].pixel_length, rel=0.02)
        np.testing.assert_allclose(page._frames[method][[0, -1]], ends(page))
    assert before["linear"].unevenness > 0.1
    page.constant_box.invoke()
    settle()
    assert page.study("linear").measures.unevenness == before["linear"].unevenness


def test_a_geodesic_that_is_cancelled_can_be_asked_for_again(page, window, settle):
    page.key_editor.choose_point(1, [2.0, 1, 0, -1, 1, 0.5], "elsewhere")
    assert page.paths.lanes["geodesic"].message == SEARCHING
    page.paths.buttons["geodesic"].invoke()
    before = window.state.z
    page.toggle_play()
    assert not page.playing
    assert window.status.is_error
    window.worker.stop("geodesic")
    settle()
    assert "cancelled" in page.paths.lanes["geodesic"].message
    assert page.paths.retry_buttons["geodesic"].winfo_manager() == "place"
    press(page.scrub, "End")
    assert window.state.z == before
    page.paths.retry_buttons["geodesic"].invoke()
    settle()
    assert page.paths.retry_buttons["geodesic"].winfo_manager() == ""
    assert page.study("geodesic") is not None
    press(page.scrub, "End")
    assert window.state.z == pytest.approx((2.0, 1, 0, -1, 1, 0.5))


def test_another_timing_begins_a_cancelled_search_anew(page, window, settle):
    page.key_editor.choose_point(1, [2.0, 1, 0, -1, 0, 0.5], "elsewhere")
    window.worker.stop("geodesic")
    settle()
    assert page.study("geodesic") is None
    page.constant_box.invoke()
    assert page.paths.lanes["geodesic"].message == SEARCHING
    assert page.paths.retry_buttons["geodesic"].winfo_manager() == ""
    settle()
    assert page.study("geodesic") is not None


def test_the_arrow_keys_choose_a_way(page):
    buttons = page.paths.buttons
    press(buttons["spherical"], "Down")
    assert page.paths.chosen == "geodesic"
    press(buttons["geodesic"], "Right")
    assert page.paths.chosen == "linear"
    press(buttons["linear"], "Up")
    assert page.paths.chosen == "geodesic"


def test_a_search_that_fails_is_told_in_its_lane(page, window, settle, monkeypatch):
    def fail(*_args) -> None:
        raise ValueError("the images are not finite")

    monkeypatch.setattr(ways, "find_geodesics", fail)
    page.key_editor.choose_point(1, [1.0, 1, 0, -1, 1, 0.5], "elsewhere")
    settle()
    assert "the images are not finite" in page.paths.lanes["geodesic"].message
    assert page.study("spherical") is not None
    monkeypatch.undo()
    page.paths.retry_buttons["geodesic"].invoke()
    settle()
    assert page.study("geodesic") is not None


def test_results_for_an_older_journey_are_dropped(page, window, settle):
    for digit in (0, 1, 2):
        page.key_editor.choose_point(1, window.model.presets[digit], f"preset {digit}")
        window.root.update()
    settle()
    for method in METHODS:
        np.testing.assert_allclose(page.study(method).points[-1], window.model.presets[2])
        np.testing.assert_allclose(page._frames[method][-1], window.model.presets[2])


def test_nothing_long_is_found_while_nobody_looks(page, window, settle):
    window.show_page("sample")
    window.root.update()
    page.key_editor.choose_point(1, window.model.presets[5], "preset 5")
    settle()
    np.testing.assert_allclose(page.frames[-1], window.model.presets[5])
    assert page.study("linear") is None
    window.show_page("morph")
    window.root.update()
    settle()
    assert page.study("linear") is not None
    assert page.study("geodesic") is not None


# --- keys -----------------------------------------------------------------------------------------


def test_a_journey_through_many_keys_is_travelled_by_every_way(page, window, settle):
    journey = set_keys(page, window, 3, 8, 0, 9)
    settle()
    page.key_editor.closed_box.invoke()
    settle()
    journey = page.journey
    assert journey.is_loop
    for method in METHODS:
        np.testing.assert_allclose(page._frames[method][[0, -1]], [window.model.presets[3]] * 2)
        route = route_of(journey, method, page._ways._geodesics)
        np.testing.assert_allclose(
            page._frames[method], route(np.linspace(0.0, 1.0, len(page.frames)))
        )
        assert {c.after for c in page.study(method).crossings} >= {8, 0, 9}


def test_the_linear_lane_is_called_smooth_when_it_is(page, window, settle):
    set_keys(page, window, 3, 8, 0)
    assert page.paths.buttons["linear"].cget("text") == "Linear"
    page.key_editor.smooth_box.invoke()
    settle()
    assert page.paths.buttons["linear"].cget("text") == "Smooth"
    assert page.paths.buttons["spherical"].cget("text") == "Spherical"
    assert "(" in page.paths.figures["linear"].cget("text")  # against the straight line


def test_a_key_that_is_chosen_is_gone_to(page, window, settle):
    set_keys(page, window, 3, 8, 0)
    settle()
    for constant in (False, True):
        page._constant.set(constant)
        page._begin()
        settle()
        page._go_to_key(1)
        assert window.state.z == pytest.approx(tuple(window.model.presets[8]), abs=1e-5)
        near = page.point_at(page.scrub.position)
        assert np.linalg.norm(near - window.model.presets[8]) < 0.2
        assert page.film.position == page.scrub.position
    window.undo()


def test_the_whole_time_scales_every_segment(page, window):
    set_keys(page, window, 3, 8, 0)
    page.key_editor.choose_point(0, window.model.presets[1], "preset 1")
    assert page.seconds_field.number == 4.0
    enter(page.seconds_field, "6")
    assert [key.seconds for key in page.journey.keys[:2]] == [3.0, 3.0]
    assert page.key_editor.journey == page.journey
    enter(page.seconds_field, "600")
    assert window.status.is_error
    assert page.seconds_field.get() == "6"
    assert page.journey.total_seconds == pytest.approx(6.0)


def test_steps_change_the_film(page):
    enter(page.steps_field, "5")
    assert len(page.frames) == page.film.count == 5
    press(page.scrub, "Right")
    assert page.scrub.position == pytest.approx(0.25)


@pytest.mark.parametrize("text", ["0", "1", "-5", "100000", "2.5", "all", "", "inf", "1e300"])
def test_a_wrong_number_of_steps_is_told_and_changes_nothing(page, window, text):
    before = page.frames.copy()
    enter(page.steps_field, text)
    np.testing.assert_array_equal(page.frames, before)
    assert window.status.is_error
    assert page.steps_field.get() == str(len(before))


def test_most_steps_are_drawn(page, window):
    enter(page.steps_field, str(MAX_STEPS))
    window.root.update()
    assert page.film.count == MAX_STEPS
    left, top, right, bottom = page.film.box_of(MAX_STEPS - 1)
    assert 0 <= left < right <= page.film.winfo_width()
    assert 0 <= top < bottom <= page.film.winfo_height()


def test_scrubbing_moves_the_point_along_the_path_as_one_entry(page, window):
    start = window.state.z
    width, y = page.scrub.winfo_width(), page.scrub.winfo_height() // 2
    drag(page.scrub, *((round(width * share), y) for share in (0.1, 0.3, 0.5)))
    assert page.scrub.position == pytest.approx(0.5, abs=0.02)
    assert window.state.z == pytest.approx(tuple(page.point_at(page.scrub.position)), abs=1e-5)
    assert page.film.marked == round(page.scrub.position * (len(page.frames) - 1))
    window.undo()
    assert window.state.z == start
    assert not window.state.can_undo


@pytest.mark.parametrize("size", [(1024, 700), (1280, 800)])
def test_the_thumb_stands_below_the_line_of_the_lanes(page, window, settle, size):
    before = window.root.geometry()
    window.root.geometry("{}x{}".format(*size))
    window.root.update()
    settle()
    for position in (0.0, 0.4, 1.0):
        page._scrub(position)
        lane, bar = page.film, page.scrub
        line = lane.winfo_rootx() + lane.coords(lane._line)[0]
        left, _, right, _ = bar.coords(bar._thumb)
        assert bar.winfo_rootx() + (left + right) / 2 == pytest.approx(line, abs=1.5)
    assert page.steps_field.winfo_rootx() + page.steps_field.winfo_width() < bar.winfo_rootx()
    window.root.geometry(before)


def test_a_click_on_a_step_goes_there(page, window):
    left, top, right, bottom = page.film.box_of(4)
    click(page.film, (left + right) // 2, (top + bottom) // 2)
    assert window.state.z == pytest.approx(tuple(page.frames[4]), abs=1e-5)
    assert page.film.marked == 4
    assert page.scrub.position == pytest.approx(4 / (len(page.frames) - 1))


def test_exchanging_the_ends_turns_the_path_round(page):
    start, end = ends(page)
    frames = page.frames.copy()
    page.key_editor.reverse_button.invoke()
    assert ends(page) == (end, start)
    np.testing.assert_allclose(page.frames, frames[::-1], atol=1e-6)


def test_choosing_another_path_goes_over_to_it_if_one_is_on_the_path(page, window):
    page.paths.buttons["geodesic"].invoke()
    before = window.state.z  # not on the path yet
    press(page.scrub, "Right", times=7)
    window.state.set_z(page.point_at(page.scrub.position))
    for path in ("linear", "geodesic", "spherical"):
        page.paths.buttons[path].invoke()
        there = tuple(page.point_at(page.scrub.position))
        assert window.state.z == pytest.approx(there, abs=1e-5)
        assert page.film.marked == 7
        assert [lane.marked for lane in page.paths.lanes.values()].count(None) == 2
    window.state.set_z(before)
    page.paths.buttons["linear"].invoke()
    assert window.state.z == before


def test_a_click_in_another_lane_chooses_its_path(page, window):
    lane = page.paths.lanes["linear"]
    left, top, right, bottom = lane.box_of(8)
    click(lane, (left + right) // 2, (top + bottom) // 2)
    assert page.film is lane
    assert window.state.z == pytest.approx(tuple(page._frames["linear"][8]), abs=1e-5)
    assert lane.marked == 8


def test_playing_goes_to_the_end_and_is_one_entry(page, window, clock, frame, pump):
    start = window.state.z
    enter(page.seconds_field, "4")
    page.play_button.invoke()
    assert page.playing
    assert page.play_button.cget("text") == "Pause"
    frame(clock, 1.0)
    assert page.scrub.position == pytest.approx(0.25)
    assert window.state.z == pytest.approx(tuple(page.point_at(0.25)), abs=1e-5)
    frame(clock, 100.0)
    pump(lambda: not page.playing)
    assert page.play_button.cget("text") == "Play"
    assert window.state.z == pytest.approx(ends(page)[1], abs=1e-5)
    window.undo()
    assert window.state.z == start


def test_pause_and_play_go_on_from_there(page, clock, frame):
    enter(page.seconds_field, "4")
    page.play_button.invoke()
    frame(clock, 1.0)
    page.play_button.invoke()
    assert not page.playing
    assert page.scrub.position == pytest.approx(0.25)
    page.play_button.invoke()
    frame(clock, 1.0)
    assert page.scrub.position == pytest.approx(0.5)
    page.play_button.invoke()


def test_playing_at_the_end_begins_anew(page, clock, frame):
    press(page.scrub, "End")
    page.play_button.invoke()
    assert page.scrub.position == 0.0
    page.play_button.invoke()


def test_a_loop_starts_over(page, clock, frame):
    set_repeat(page, "loop")
    enter(page.seconds_field, "2")
    page.play_button.invoke()
    frame(clock, 2.5)
    assert page.scrub.position == pytest.approx(0.25)
    assert page.playing
    page.play_button.invoke()


def test_ping_pong_comes_back(page, clock, frame):
    set_repeat(page, "ping-pong")
    enter(page.seconds_field, "2")
    page.play_button.invoke()
    for seconds, position in ((1.0, 0.5), (1.5, 0.75), (1.0, 0.25), (1.0, 0.25)):
        frame(clock, seconds)
        assert page.scrub.position == pytest.approx(position)
    page.play_button.invoke()


@pytest.mark.parametrize("action", ["undo", "random", "scrub", "preset", "steps", "theme"])
def test_any_other_action_on_the_point_ends_playing(page, window, clock, frame, action):
    set_repeat(page, "loop")
    page.play_button.invoke()
    frame(clock, 0.5)
    if action == "undo":
        window.undo()
    elif action == "random":
        window.randomise()
    elif action == "scrub":
        press(page.scrub, "Home")
    elif action == "preset":
        window.go_to_preset(1)
    elif action == "steps":
        enter(page.steps_field, "7")
    else:
        window.toggle_theme()  # this one is no action on the point
    assert page.playing == (action == "theme")
    assert page.play_button.cget("text") == ("Pause" if action == "theme" else "Play")
    window.glide.stop()


# --- exports --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["gif", "apng", "webp"])
@pytest.mark.parametrize("repeat", ["once", "ping-pong"])
def test_an_exported_animation_holds_the_path_at_its_own_rate(
    page, window, dialogs, tmp_path, pump, kind, repeat
):
    page.paths.buttons["geodesic"].invoke()
    enter(page.seconds_field, "1.2")
    options = MovieOptions(kind, scale=2, fps=10, repeat=repeat)
    dialogs.path = tmp_path / f"morph{options.kind.suffixes[0]}"
    page.export(options)
    pump(lambda: window.settled)
    places = positions(options, 1.2, 16)
    points = np.array([page.point_at(place) for place in places])
    expected = window.model.decoder.decode_uint8(points)
    assert len(expected) == 13
    if repeat == "ping-pong":
        expected = np.concatenate([expected, expected[-2:0:-1]])
    with Image.open(dialogs.path) as film:
        frames = [np.asarray(f.convert("L")) for f in ImageSequence.Iterator(film)]
    assert len(frames) == len(expected)
    for shown, made in zip(frames, expected, strict=True):
        np.testing.assert_array_equal(shown, np.kron(made[0], np.ones((2, 2), np.uint8)))
    assert dialogs.path.name in window.status.message.cget("text")


def test_an_exported_strip_holds_the_steps_side_by_side(page, window, dialogs, tmp_path, pump):
    enter(page.steps_field, "4")
    dialogs.path = tmp_path / "strip.png"
    page.export(MovieOptions("strip", scale=1))
    pump(lambda: window.settled)
    with Image.open(dialogs.path) as image:
        pixels = np.asarray(image)
    assert pixels.shape == (28, 4 * 28 + 3 * 2)
    np.testing.assert_array_equal(pixels[:, -28:], page.film.pixels[-1, 0])


def test_labels_say_the_class_and_the_time_of_every_frame(
    page, window, dialogs, tmp_path, pump, monkeypatch
):
    written = []
    monkeypatch.setattr(
        path_movie,
        "write_movie",
        lambda frames, captions, *rest, **more: written.append(captions),
    )
    dialogs.path = tmp_path / "morph.gif"
    page.export(MovieOptions("gif", fps=5, labels=True))
    pump(lambda: window.settled)
    (captions,) = written
    assert len(captions) == 11
    answer = window.model.probabilities(page.film.pixels[:1])[0]
    assert captions[0] == f"3 ({answer[3]:.0%})\t0.0 s"
    assert captions[-1].startswith("8 (")
    assert captions[-1].endswith("2.0 s")


def test_the_export_dialog_begins_with_the_last_options(page, window, dialogs, tmp_path, pump):
    set_repeat(page, "ping-pong")
    dialogs.path = tmp_path / "a.gif"
    page.export(MovieOptions("gif", scale=3, fps=8))
    pump(lambda: window.settled)
    page.export_button.invoke()
    dialog = page.export_dialog
    assert dialog.options == MovieOptions("gif", scale=3, fps=8, repeat="ping-pong")
    dialogs.path = tmp_path / "b.gif"
    dialog.save_button.invoke()
    pump(lambda: window.settled)
    with Image.open(tmp_path / "b.gif") as film:
        assert film.n_frames == 2 * 16  # there in 17, and back without both ends
    assert page.settings()["movie"]["scale"] == 3


def test_a_cancelled_export_leaves_nothing(page, window, dialogs, tmp_path, pump):
    enter(page.seconds_field, "10")
    dialogs.path = tmp_path / "morph.gif"
    page.export(MovieOptions("gif", scale=16, fps=50))
    assert window.status.cancel_button.winfo_manager() == "pack"
    window.status.cancel_button.invoke()
    pump(lambda: window.settled)
    assert list(tmp_path.iterdir()) == []
    assert "cancelled" in window.status.message.cget("text")
    assert window.status.cancel_button.winfo_manager() == ""


def test_an_export_that_is_too_large_is_told(page, window, dialogs, tmp_path, pump):
    enter(page.steps_field, str(MAX_STEPS))
    dialogs.path = tmp_path / "strip.png"
    page.export(MovieOptions("strip", scale=40))
    pump(lambda: window.settled)
    assert "pixels" in dialogs.errors.pop()
    assert list(tmp_path.iterdir()) == []


def test_a_second_export_is_refused_while_one_runs(page, window, dialogs, tmp_path, pump):
    dialogs.path = tmp_path / "a.gif"
    page.export(MovieOptions("gif", fps=50))
    dialogs.path = tmp_path / "b.gif"
    page.export(MovieOptions("gif"))
    assert "running already" in window.status.message.cget("text")
    assert window.status.cancel_button.winfo_manager() != ""
    pump(lambda: window.settled)
    assert [path.name for path in tmp_path.iterdir()] == ["a.gif"]
    assert window.status.cancel_button.winfo_manager() == ""
    assert "a.gif" in window.status.message.cget("text")


# --- settings -------------------------------------------------------------------------------------


def test_the_time_leaves_the_place_on_the_path_alone(page, window):
    page._scrub(0.5)
    marked = page.film.marked
    enter(page.seconds_field, "3")
    assert (page.scrub.position, page.film.marked) == (0.5, marked)
    assert page.study("geodesic") is not None


def test_a_segment_at_its_limit_changes_the_timing_of_the_path(page, window, settle):
    set_keys(page, window, 3, 8, 0)
    page.key_editor.set_journey(page.journey.replaced(0, seconds=50.0))
    page._travel(page.key_editor.journey)
    settle()
    before = page.point_at(0.9)
    enter(page.seconds_field, "80")
    settle()
    assert [key.seconds for key in page.journey.keys[:2]] == [60.0, 20.0]
    np.testing.assert_allclose(page.point_at(0.75), window.model.presets[8], atol=1e-9)
    assert np.abs(page.point_at(0.9) - before).max() > 0.1
    assert page.study("geodesic") is not None


def test_settings_bring_everything_back(page, window, settle):
    set_keys(page, window, 1, 7, 9, closed=True, corners="smooth")
    page.paths.buttons["geodesic"].invoke()
    page.constant_box.invoke()
    enter(page.steps_field, "11")
    set_repeat(page, "loop")
    settle()
    kept = page.settings()
    frames = page.frames
    page.apply_settings(window.start_settings["morph"])
    assert page.settings() != kept
    page.apply_settings(kept)
    settle()
    assert page.settings() == kept
    np.testing.assert_allclose(page.frames, frames, atol=1e-9)
    assert page.constant_box.instate(["selected"])


def test_a_session_from_before_there_were_keys_opens(page, window):
    page.apply_settings(
        {
            "start": [1.0] * 6,
            "start_origin": "clipboard",
            "end": [-1.0] * 6,
            "end_origin": "random",
            "steps": 5,
            "path": "linear",
            "seconds": 4.0,
            "repeat": "loop",
            "scale": 8,
        }
    )
    assert ends(page) == ((1.0,) * 6, (-1.0,) * 6)
    assert [key.name for key in page.journey.keys] == ["clipboard", "random"]
    assert page.journey.total_seconds == page.seconds_field.number == 4.0
    assert page.frames.shape == (5, 6)
    np.testing.assert_allclose(page.frames[2], 0.0, atol=1e-12)


@pytest.mark.parametrize(
    "settings",
    [
        {"steps": None, "path": "curved", "repeat": "twice"},
        {"start": [1, 2], "end": "x"},
        {"start": [1e300] * 6},
        {"start_origin": 3},
        {"path": ["linear"], "repeat": {}},
        {"journey": {"keys": [{"z": [0.0] * 6}]}},
        {"journey": {"keys": [{"z": [0.0] * 5}] * 3}, "constant_speed": "yes"},
        {"journey": 7, "movie": [1], "seconds": float("nan")},
        {"steps": True, "seconds": True},
    ],
)
def test_settings_that_do_not_fit_are_left_as_they_are(page, settings):
    before = page.settings()
    page.apply_settings(settings)
    assert page.settings() == before


def test_settings_out_of_bounds_are_clipped(page):
    page.apply_settings({"steps": 1e9, "seconds": -3})
    assert page.settings()["steps"] == MAX_STEPS == len(page.frames)
    assert page.journey.total_seconds == page.seconds_field.number == 0.2
    page.apply_settings({"seconds": 1e9})
    assert page.journey.total_seconds == page.seconds_field.number == 60.0


def test_its_slots_are_its_ends_and_another_key(page):
    before = page.frames
    points = ([1.0] * 6, [-1.0] * 6, [0.5] * 6)
    assert list(page.slots()) == ["start", "end", "new key"]
    for z, (name, send) in zip(points, page.slots().items(), strict=True):
        send(z, f"sent to {name}")
    assert [list(key.z) for key in page.journey.keys] == list(points)
    assert [key.name for key in page.journey.keys] == [
        "sent to start",
        "sent to end",
        "sent to new key",
    ]
    np.testing.assert_allclose(page.frames[[0, -1]], [[1.0] * 6, [0.5] * 6])
    assert not np.array_equal(page.frames, before)
