"""The Morph page: paths, scrubbing, playing, and exports of what is on the screen."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PIL import Image, ImageSequence

from explorer.pages import morph as morph_module
from explorer.pages.morph import MAX_STEPS, REPEATS
from tests.interaction import click, drag, press
from vae import latent


class Clock:
    """A clock that the test turns, in place of the glide's."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def page(window):
    window.show_page("morph")
    window.root.update()
    return window.pages["morph"]


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


def test_the_film_shows_the_path_from_start_to_end(page, window):
    steps = page.steps_field.number
    assert page.frames.shape == (steps, window.model.latent_dim)
    np.testing.assert_allclose(page.frames[0], page.start.z, atol=1e-6)
    np.testing.assert_allclose(page.frames[-1], page.end.z, atol=1e-6)
    np.testing.assert_array_equal(page.film.pixels, window.model.decoder.decode_uint8(page.frames))


@pytest.mark.parametrize("path", ["linear", "spherical"])
def test_the_chosen_path_is_taken(page, path):
    page.path_buttons["spherical" if path == "linear" else "linear"].invoke()
    page.path_buttons[path].invoke()
    expected = latent.interpolate(page.start.z, page.end.z, len(page.frames), path)
    np.testing.assert_allclose(page.frames, expected, atol=1e-6)
    middle = {"linear": latent.lerp, "spherical": latent.slerp}[path](page.start.z, page.end.z, 0.5)
    np.testing.assert_allclose(page.point_at(0.5), middle, atol=1e-6)


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


def test_a_click_on_a_step_goes_there(page, window):
    left, top, right, bottom = page.film.box_of(4)
    click(page.film, (left + right) // 2, (top + bottom) // 2)
    assert window.state.z == pytest.approx(tuple(page.frames[4]), abs=1e-5)
    assert page.film.marked == 4
    assert page.scrub.position == pytest.approx(4 / (len(page.frames) - 1))


def test_exchanging_the_ends_turns_the_path_round(page):
    start, end, frames = page.start.z, page.end.z, page.frames.copy()
    page.swap_button.invoke()
    assert (page.start.z, page.end.z) == (end, start)
    np.testing.assert_allclose(page.frames, frames[::-1], atol=1e-6)


def test_ends_come_from_anywhere(page, window):
    window.reset()
    for field, label in ((page.start, "Current point"), (page.end, "Random")):
        window.root.tk.call(field.menu.cget("postcommand"))
        field.menu.invoke(label)
    np.testing.assert_allclose(page.frames[0], 0, atol=1e-6)
    np.testing.assert_allclose(page.frames[-1], page.end.z, atol=1e-6)
    window.root.clipboard_clear()
    window.root.clipboard_append("[1, 2, 3, 4, 5, 6]")
    window.root.tk.call(page.end.menu.cget("postcommand"))
    page.end.menu.invoke("From the clipboard")
    np.testing.assert_allclose(page.frames[-1], [1, 2, 3, 4, 5, 6], atol=1e-6)


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
    assert window.state.z == pytest.approx(page.end.z, abs=1e-5)
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


@pytest.mark.parametrize("kind", ["gif", "apng", "webp"])
@pytest.mark.parametrize("repeat", ["once", "ping-pong"])
def test_an_exported_animation_holds_the_frames(
    page, window, dialogs, tmp_path, pump, kind, repeat
):
    set_repeat(page, repeat)
    enter(page.steps_field, "6")
    enter(page.scale_field, "2")
    dialogs.path = tmp_path / f"morph.{kind}"
    page.export(kind)
    pump(lambda: window.settled)
    expected = window.model.decoder.decode_uint8(page.frames)
    if repeat == "ping-pong":
        expected = np.concatenate([expected, expected[-2:0:-1]])
    with Image.open(dialogs.path) as film:
        frames = [np.asarray(f.convert("L")) for f in ImageSequence.Iterator(film)]
        assert ("loop" in film.info and film.info["loop"] == 0) == (repeat != "once")
    assert len(frames) == len(expected)
    for shown, made in zip(frames, expected, strict=True):
        np.testing.assert_array_equal(shown, np.kron(made[0], np.ones((2, 2), np.uint8)))
    assert dialogs.path.name in window.status.message.cget("text")


def test_an_exported_strip_holds_the_steps_side_by_side(page, window, dialogs, tmp_path, pump):
    enter(page.steps_field, "4")
    enter(page.scale_field, "1")
    dialogs.path = tmp_path / "strip.png"
    page.export("strip")
    pump(lambda: window.settled)
    with Image.open(dialogs.path) as image:
        pixels = np.asarray(image)
    assert pixels.shape == (28, 4 * 28 + 3 * 2)
    np.testing.assert_array_equal(pixels[:, -28:], page.film.pixels[-1, 0])


def test_the_export_menu_offers_every_kind(page, window, dialogs):
    menu = page.export_button.nametowidget(page.export_button.cget("menu"))
    for index in range(menu.index("end") + 1):
        menu.invoke(index)  # no path is given: cancelled
    assert len(dialogs.questions) == len(morph_module.EXPORTS)
    assert window.settled


def test_a_cancelled_export_leaves_nothing(page, window, dialogs, tmp_path, pump):
    enter(page.steps_field, str(MAX_STEPS))
    enter(page.scale_field, "16")
    dialogs.path = tmp_path / "morph.gif"
    page.export("gif")
    assert window.status.cancel_button.winfo_manager() == "pack"
    window.status.cancel_button.invoke()
    pump(lambda: window.settled)
    assert list(tmp_path.iterdir()) == []
    assert "cancelled" in window.status.message.cget("text")
    assert window.status.cancel_button.winfo_manager() == ""


def test_an_export_that_is_too_large_is_told(page, window, dialogs, tmp_path, pump):
    enter(page.steps_field, str(MAX_STEPS))
    enter(page.scale_field, "40")
    dialogs.path = tmp_path / "strip.png"
    page.export("strip")
    pump(lambda: window.settled)
    assert "pixels" in dialogs.errors.pop()
    assert list(tmp_path.iterdir()) == []


def test_a_second_export_is_refused_while_one_runs(page, window, dialogs, tmp_path, pump):
    enter(page.steps_field, "100")
    dialogs.path = tmp_path / "a.gif"
    page.export("gif")
    dialogs.path = tmp_path / "b.gif"
    page.export("gif")
    assert "running already" in window.status.message.cget("text")
    assert window.status.cancel_button.winfo_manager() != ""
    pump(lambda: window.settled)
    assert [path.name for path in tmp_path.iterdir()] == ["a.gif"]
    assert window.status.cancel_button.winfo_manager() == ""
    assert "a.gif" in window.status.message.cget("text")


def test_a_cancelled_strip_leaves_nothing(page, window, dialogs, tmp_path, pump):
    enter(page.steps_field, "200")
    dialogs.path = tmp_path / "strip.png"
    page.export("strip")
    window.status.cancel_button.invoke()
    pump(lambda: window.settled)
    assert list(tmp_path.iterdir()) == []
    assert "cancelled" in window.status.message.cget("text")


def test_export_settings_leave_the_player_alone(page, window):
    page._scrub(0.5)
    marked = page.film.marked
    enter(page.scale_field, "4")
    enter(page.seconds_field, "3")
    assert (page.scrub.position, page.film.marked) == (0.5, marked)


@pytest.mark.parametrize(
    "settings",
    [
        {"steps": None, "path": "curved", "repeat": "twice"},
        {"start": [1, 2], "end": "x"},
        {"start": [1e300] * 6},
        {"start_origin": 3},
        {"path": ["linear"], "repeat": {}},
    ],
)
def test_settings_that_do_not_fit_are_left_as_they_are(page, settings):
    before = page.settings()
    page.apply_settings(settings)
    assert page.settings() == before


def test_settings_out_of_bounds_are_clipped(page):
    page.apply_settings({"steps": 1e9, "seconds": -3, "scale": 4.6})
    settings = page.settings()
    assert settings["steps"] == MAX_STEPS == len(page.frames)
    assert settings["seconds"] == 0.2
    assert settings["scale"] == 5


def test_the_player_on_its_own():
    position = morph_module._position
    for travelled in itertools.chain(np.linspace(0, 5, 51)):
        for repeat in REPEATS:
            where, more = position(travelled, repeat)
            assert 0 <= where <= 1
            assert more == (repeat != "once" or travelled < 1)
    assert position(1.25, "ping-pong")[0] == pytest.approx(0.75)
    assert position(2.25, "loop")[0] == pytest.approx(0.25)


def test_its_slots_are_its_ends(page):
    before = page.frames
    for z, (name, send) in zip(([1.0] * 6, [-1.0] * 6), page.slots().items(), strict=True):
        send(z, f"sent to {name}")
    assert (page.start.z, page.end.z) == ((1.0,) * 6, (-1.0,) * 6)
    assert (page.start.origin, page.end.origin) == ("sent to start", "sent to end")
    np.testing.assert_allclose(page.frames[[0, -1]], [[1.0] * 6, [-1.0] * 6])
    assert not np.array_equal(page.frames, before)
