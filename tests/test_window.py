"""The composed window: every key, button and menu entry, undo across everything, files, dialogs."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tkinter as tk

import numpy as np
import pytest
import torch
from PIL import Image

from explorer import theme
from explorer.model_words import record_lines
from explorer.movie import MovieOptions
from explorer.page_names import PAGES
from explorer.pages.arithmetic import ArithmeticPage
from explorer.pages.morph import MorphPage
from explorer.session import load_session
from explorer.widgets.group_picker import GroupDialog
from tests.conftest import descendants
from tests.foreign import foreign_state
from tests.interaction import click, double_click, drag, press, turn_wheel

NUM_LOCK = 0x0010  # Mod2 of X events; without it the number pad's 7 is Home


def decoded(window, z=None) -> np.ndarray:
    """What the decoder makes of a point, by default the current one."""
    return window.model.decoder.decode_uint8(np.asarray(window.state.z if z is None else z))


def shown(window) -> np.ndarray:
    """The image that the large view holds."""
    return window.digit._pixels


def values(window) -> tuple[float, ...]:
    return tuple(slider.value for slider in window.sliders.sliders)


def toplevels(window) -> list[tk.Toplevel]:
    return [child for child in descendants(window.root) if isinstance(child, tk.Toplevel)]


def message(window) -> str:
    return window.status.message.cget("text")


def preset(window, index: int):
    return pytest.approx(tuple(window.model.presets[index]), abs=1e-5)


# --- the point on the left ------------------------------------------------------------------------


def test_a_started_window_shows_a_digit_and_has_nothing_to_undo(window, weights_path):
    assert window.root.winfo_ismapped()
    assert window.root.title() == "Latent Space Explorer: VAE"
    np.testing.assert_array_equal(shown(window), decoded(window))
    assert values(window) == window.state.z
    assert len(window.sliders.sliders) == window.model.latent_dim
    assert window.point.classes.names == tuple("0123456789")
    assert window.point.buttons["Undo"].instate(["disabled"])
    assert window.point.buttons["Redo"].instate(["disabled"])
    assert window.status.model.cget("text")


def test_dragging_a_slider_moves_the_point_and_the_digit_follows(window, settle):
    slider = window.sliders.sliders[2]
    start = window.state.z
    y = slider.winfo_height() // 2
    drag(slider, *((round(slider.x_of(value)), y) for value in (0.0, 1.0, 2.0)))
    settle()
    assert window.state.z[2] == pytest.approx(2.0, abs=0.05)
    assert window.state.z[:2] + window.state.z[3:] == start[:2] + start[3:]
    np.testing.assert_array_equal(shown(window), decoded(window))
    assert values(window) == window.state.z
    window.undo()
    assert window.state.z == start  # the whole drag was one entry


def test_the_state_moves_the_sliders_and_the_digit(window, settle):
    window.state.set_z([0.5, -1.0, 2.0, 0.25, 9.0, 0.0])
    settle()
    assert values(window) == (0.5, -1.0, 2.0, 0.25, 9.0, 0.0)
    np.testing.assert_array_equal(shown(window), decoded(window))


def test_a_burst_of_changes_costs_one_decode(window, settle, monkeypatch):
    shows = []
    show = window.digit.show
    monkeypatch.setattr(window.digit, "show", lambda x, *rest: (shows.append(x), show(x, *rest)))
    for step in range(100):
        window.state.set_value(0, step / 50)
    settle()
    assert len(shows) == 1
    np.testing.assert_array_equal(shows[0], decoded(window))


def test_a_typed_value_outside_the_track_is_taken(window, settle):
    slider = window.sliders.sliders[0]
    slider.edit()
    entry = slider.winfo_children()[0]
    entry.delete(0, "end")
    entry.insert(0, "7.5")
    press(entry, "Return")
    settle()
    assert window.state.z[0] == 7.5
    assert slider.value == 7.5


def test_no_notch_of_a_fast_wheel_is_lost(window, settle):
    slider = window.sliders.sliders[3]
    window.state.set_value(3, 0.0)
    settle()
    turn_wheel(slider, 10)  # all of them before the next redraw
    assert window.state.z[3] == pytest.approx(0.5)


def test_a_long_message_leaves_room_for_the_cancel_button(window):
    window.status.start_job("Exporting " + "long" * 60, lambda: None)
    window.root.update()
    button = window.status.cancel_button
    assert button.winfo_width() >= button.winfo_reqwidth()
    assert button.winfo_x() + button.winfo_width() <= window.root.winfo_width()
    window.status.end_job()


def test_touching_a_slider_stops_a_glide(window, settle, monkeypatch):
    monkeypatch.setattr(window.glide, "_clock", lambda: 0.0)  # it would never arrive
    window.go_to_preset(8)
    assert window.glide.active
    press(window.sliders.sliders[0], "Right")
    assert not window.glide.active
    settle()
    assert window.state.z != preset(window, 8)


def test_the_digit_grows_with_the_window(window, pump):
    before = window.digit.winfo_height()
    width, height = window.root.winfo_width(), window.root.winfo_height()
    window.root.geometry(f"{width}x{height + 120}")
    pump(lambda: window.digit.winfo_height() > before)
    box = window.digit.bbox(window.digit._item)
    assert box[3] - box[1] > 0.9 * min(window.digit.winfo_width(), window.digit.winfo_height())
    window.root.geometry(f"{width}x{height}")
    pump(lambda: window.digit.winfo_height() == before)


@pytest.mark.parametrize(
    "size", [(1024, 668), (1280, 768)], ids=lambda size: f"{size[0]}x{size[1]}"
)
def test_nothing_is_cut_off_at_the_usual_sizes(window, pump, size):
    before = window.root.winfo_width(), window.root.winfo_height()
    window.root.geometry(f"{size[0]}x{size[1]}")
    pump(lambda: (window.root.winfo_width(), window.root.winfo_height()) == size)
    for name in PAGES:
        window.show_page(name)
        window.root.update()
        for widget in descendants(window.root):
            if widget.winfo_class() not in ("TButton", "TRadiobutton", "TSpinbox", "TCombobox"):
                continue
            if not widget.winfo_viewable():
                continue
            right = widget.winfo_rootx() + widget.winfo_width()
            bottom = widget.winfo_rooty() + widget.winfo_height()
            assert right <= window.root.winfo_rootx() + size[0], (name, str(widget))
            assert bottom <= window.root.winfo_rooty() + size[1], (name, str(widget))
            assert widget.winfo_width() >= widget.winfo_reqwidth() - 2, (name, str(widget))
    window.root.geometry(f"{before[0]}x{before[1]}")
    pump(lambda: (window.root.winfo_width(), window.root.winfo_height()) == before)


# --- keys -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("digit", range(10))
def test_a_digit_key_glides_to_its_preset_as_one_entry(window, settle, digit):
    start = window.state.z
    press(window.root, str(digit))
    settle()
    assert window.state.z == preset(window, digit)
    np.testing.assert_array_equal(shown(window), decoded(window))
    window.undo()
    assert window.state.z == start
    assert not window.state.can_undo


def test_the_number_pad_works_too(window, settle):
    window.root.focus_force()
    window.root.update()
    window.root.event_generate("<KP_7>", state=NUM_LOCK)
    settle()
    assert window.state.z == preset(window, 7)


def test_a_new_target_while_gliding_redirects_without_a_jump(window, settle, pump, monkeypatch):
    now = [0.0]  # seconds; the test's own, so that a stalled machine changes nothing
    monkeypatch.setattr(window.glide, "_clock", lambda: now[0])
    start = window.state.z
    press(window.root, "8")
    now[0] = 0.2
    pump(lambda: window.state.z != start)
    before = window.state.z
    window.go_to_preset(1)
    assert math.dist(window.state.z, before) < 1e-5
    now[0] = 0.25
    pump(lambda: window.state.z != before)
    whole_way = math.dist(before, window.model.presets[1])
    assert math.dist(before, window.state.z) < 0.1 * whole_way
    now[0] = 1.0
    settle()
    assert window.state.z == preset(window, 1)


def test_r_draws_a_random_point(window, settle):
    points = set()
    for _ in range(3):
        press(window.root, "r")
        points.add(window.state.z)
    assert len(points) == 3
    press(window.root, "R")
    assert window.state.z not in points
    settle()
    np.testing.assert_array_equal(shown(window), decoded(window))


def test_random_comes_from_what_was_learned_and_from_the_prior_with_shift(window, monkeypatch):
    asked = []
    point = np.zeros(window.model.latent_dim)
    monkeypatch.setattr(
        type(window.model),
        "random_point",
        lambda self, rng, source=None: asked.append(source) or point,
    )
    press(window.root, "r")
    press(window.root, "R")
    assert asked == [None, "prior"]
    assert window.model.default_source == "learned"


def test_home_is_the_centre(window):
    press(window.root, "Home")
    assert window.state.z == (0.0,) * window.model.latent_dim


@pytest.mark.parametrize("redo", ["Control-y", "Control-Z", "Control-Shift-Z"])
def test_undo_and_redo_keys(window, redo):
    start = window.state.z
    press(window.root, "Home")
    press(window.root, "Control-z")
    assert window.state.z == start
    press(window.root, redo)
    assert window.state.z == (0.0,) * window.model.latent_dim


def test_b_bookmarks_and_t_changes_the_theme(window):
    press(window.root, "b")
    assert [mark.z for mark in window.state.bookmarks] == [window.state.z]
    press(window.root, "t")
    assert window.theme.mode == "dark"
    press(window.root, "t")
    assert window.theme.mode == "light"


def test_keys_that_ask_for_files(window, dialogs):
    press(window.root, "Control-s")
    press(window.root, "Control-o")
    assert dialogs.questions == ["Save the session", "Open a session"]
    press(window.root, "Control-e")
    (dialog,) = toplevels(window)
    press(dialog, "Escape")
    assert not toplevels(window)


def test_control_tab_turns_the_pages_one_by_one(window):
    seen = []
    for _ in range(len(PAGES) + 1):
        seen.append(PAGES[window.notebook.index("current")])
        press(window.root, "Control-Tab")
    assert seen == [*PAGES, PAGES[0]]
    press(window.notebook, "Control-Tab")  # here the toolkit has a binding of its own
    assert window.notebook.index("current") == 2
    press(window.notebook, "Control-Shift-Tab")
    assert window.notebook.index("current") == 1
    assert window.menus.page.get() == PAGES[1]


def test_f1_lists_the_keys_and_escape_closes_the_list(window):
    press(window.root, "F1")
    (dialog,) = toplevels(window)
    texts = " ".join(
        child.cget("text") for child in descendants(dialog) if child.winfo_class() == "TLabel"
    )
    for word in ("Ctrl+Z", "Home", "bookmark", "glide"):
        assert word in texts
    (book,) = (child for child in descendants(dialog) if child.winfo_class() == "TNotebook")
    press(dialog, "Control-Tab")
    assert book.tab("current", "text") == "On the pages"
    for index in range(book.index("end")):  # the smallest window's size, without its title bar
        book.select(index)
        window.root.update()
        assert dialog.winfo_reqwidth() <= 1024
        assert dialog.winfo_reqheight() <= 660
    press(dialog, "Escape")
    assert not toplevels(window)


@pytest.mark.parametrize("key", ["3", "r", "b", "t", "Home", "Control-z", "Control-v"])
def test_the_keys_of_a_text_field_stay_in_it(window, key):
    window.state.set_value(0, 1.0)
    before = window.state.z, window.state.bookmarks, window.theme.mode
    press(window.pages["sample"].seed_field, key)
    window.root.update()
    assert (window.state.z, window.state.bookmarks, window.theme.mode) == before
    assert not window.glide.active


def test_a_value_field_of_a_slider_takes_digits_as_text(window):
    slider = window.sliders.sliders[0]
    slider.edit()
    entry = slider.winfo_children()[0]
    press(entry, "3")
    assert entry.get() == "3"
    assert not window.glide.active
    press(entry, "Escape")


def test_escape_and_a_click_beside_it_leave_a_text_field(window):
    field = window.pages["sample"].seed_field
    press(field, "Escape")
    assert window.root.focus_get() is window.root
    field.focus_force()
    window.root.update()
    click(window.pages["sample"].info)
    assert window.root.focus_get() is window.root


# --- buttons and menus ----------------------------------------------------------------------------


def test_buttons_do_what_they_say(window):
    start = window.state.z
    window.point.buttons["Random"].invoke()
    random = window.state.z
    assert random != start
    window.point.buttons["Reset"].invoke()
    assert window.state.z == (0.0,) * window.model.latent_dim
    window.root.update()
    window.point.buttons["Undo"].invoke()
    assert window.state.z == random
    window.root.update()
    window.point.buttons["Redo"].invoke()
    assert window.state.z == (0.0,) * window.model.latent_dim
    window.point.buttons["Copy"].invoke()
    assert json.loads(window.root.clipboard_get()) == [0.0] * window.model.latent_dim


def test_undo_and_redo_are_only_offered_when_they_are_possible(window):
    def offered() -> tuple[bool, bool]:
        window.root.update()
        window.root.tk.call(window.menus.edit.cget("postcommand"))
        buttons = tuple(
            not window.point.buttons[name].instate(["disabled"]) for name in ("Undo", "Redo")
        )
        entries = tuple(
            window.menus.edit.entrycget(name, "state") == "normal" for name in ("Undo", "Redo")
        )
        assert buttons == entries
        return buttons

    assert offered() == (False, False)
    window.reset()
    assert offered() == (True, False)
    window.undo()
    assert offered() == (False, True)
    press(window.root, "Control-z")
    assert "Nothing to undo" in message(window)


def test_a_click_on_a_preset_glides_there(window, settle):
    left, top, right, bottom = window.point.classes.box_of(5)
    click(window.point.classes, (left + right) // 2, (top + bottom) // 2)
    settle()
    assert window.state.z == preset(window, 5)


def test_menu_entries_of_the_point(window, settle):
    edit = window.menus.edit
    start = window.state.z
    edit.invoke("Reset")
    window.root.tk.call(edit.cget("postcommand"))
    edit.invoke("Undo")
    assert window.state.z == start
    window.root.tk.call(edit.cget("postcommand"))
    edit.invoke("Redo")
    assert window.state.z == (0.0,) * window.model.latent_dim
    edit.invoke("Copy vector")
    edit.invoke("Random")
    assert window.state.z != (0.0,) * window.model.latent_dim
    edit.invoke("Random from the prior")
    edit.invoke("Paste vector")
    settle()
    assert window.state.z == (0.0,) * window.model.latent_dim
    edit.invoke("Bookmark")
    assert len(window.state.bookmarks) == 1


def test_menu_entries_of_the_view(window):
    view = window.menus.view
    view.invoke("Dark")
    assert window.theme.mode == "dark"
    view.invoke("Dark")
    assert window.theme.mode == "light"
    view.invoke("Smooth pixels")
    assert not window.digit.smooth
    view.invoke("Smooth pixels")
    assert window.digit.smooth
    for index, name in enumerate(PAGES):
        view.invoke(window.pages[name].title)
        assert window.notebook.index("current") == index


def test_menu_entries_that_ask_for_files(window, dialogs):
    for label in ("Open weights…", "Open session…", "Save session…"):
        window.menus.file.invoke(label)
    assert len(dialogs.questions) == 3
    window.menus.file.invoke("Export image…")
    (dialog,) = toplevels(window)
    dialog.destroy()


def test_about_tells_the_versions_and_the_record(window):
    window.menus.help.invoke("About")
    (dialog,) = toplevels(window)
    texts = " ".join(
        str(child.cget("text"))
        for child in descendants(dialog)
        if child.winfo_class() in ("TLabel", "TButton")
    )
    patchlevel = str(window.root.tk.call("info", "patchlevel"))
    for word in (
        patchlevel,
        torch.__version__.split("+")[0],
        window.model.record["dataset"]["name"],
    ):
        assert word in texts
    close = next(child for child in descendants(dialog) if child.winfo_class() == "TButton")
    close.invoke()
    assert not toplevels(window)


def test_the_record_is_read_with_care():
    assert record_lines(None)
    sparse = {"model": {}, "dataset": {}, "training": {}, "final": {}}
    names = [name for name, _ in record_lines(sparse)]
    assert "Data set" in names
    odd = {
        "model": {"latent_dim": None},
        "dataset": {"name": 3, "train_images": None},
        "training": {"epochs": "x"},
        "final": {"test": {"total": 90}},
    }
    assert len(record_lines(odd)) >= 3


def test_every_control_explains_itself(window):
    """A tooltip is bound to the pointer's entering; without one there is nothing bound.

    The two large grids have their hint beside them instead, where it covers no digit.
    """
    grids = window.pages["sample"].grid_view, window.pages["morph"].film
    silent = []
    for name in PAGES:
        window.show_page(name)
        window.root.update()
        for widget in descendants(window.root):
            kinds = ("TButton", "TRadiobutton", "TSpinbox", "TCombobox", "TMenubutton", "Canvas")
            focusable = widget.winfo_class() != "Canvas" or widget.cget("takefocus") == "1"
            interesting = widget.winfo_class() in kinds and focusable and widget.winfo_viewable()
            if interesting and widget not in grids and not widget.bind("<Enter>"):
                silent.append(str(widget))
    assert sorted(set(silent)) == []


def test_the_keyboard_reaches_every_control_of_a_page(window):
    for name in PAGES:
        window.show_page(name)
        window.root.focus_force()
        window.root.update()
        seen = set()
        widget = window.root
        for _ in range(80):
            widget = widget.tk_focusNext()
            if widget in seen:
                break
            seen.add(widget)
        kinds = ("TButton", "TRadiobutton", "TSpinbox", "TCombobox", "TMenubutton")
        missed = [
            str(widget)
            for widget in descendants(window.root)
            if widget.winfo_class() in kinds
            and widget.winfo_viewable()
            and widget not in seen
            and not widget.instate(["disabled"])
        ]
        assert missed == []
        assert set(window.sliders.sliders) <= seen


# --- undo across everything -----------------------------------------------------------------------


def test_everything_is_undone_and_redone_step_by_step(window, settle):
    state, trail = window.state, []

    def did() -> None:
        settle()
        trail.append((state.z, state.bookmarks, state.locks))

    did()
    slider = window.sliders.sliders[1]
    drag(slider, *((round(slider.x_of(v)), 17) for v in (-1.0, 0.5, 1.5)))
    did()
    press(slider, "Shift-Right")
    did()
    press(window.root, "4")
    did()
    window.point.buttons["Random"].invoke()
    did()
    window.bookmark()
    did()
    window.point.buttons["Reset"].invoke()
    did()
    window.shelf.rename(0, "mine")
    did()
    state.set_lock(0, True)
    did()
    window.root.clipboard_clear()
    window.root.clipboard_append("[9, 1, 2, 3, 4, 5]")
    window.clipboard.paste_vector()
    did()
    sample = window.pages["sample"]
    left, top, right, bottom = sample.grid_view.box_of(3)
    click(sample.grid_view, (left + right) // 2, (top + bottom) // 2)
    did()
    state.set_lock(0, False)
    did()
    window.show_page("morph")
    press(window.pages["morph"].scrub, "End")
    did()
    window.pages["arithmetic"].use_button.invoke()
    did()
    window.shelf.delete(0)
    did()

    assert len(set(map(repr, trail))) == len(trail)  # every action changed something
    for step in reversed(trail[:-1]):
        window.undo()
        assert (state.z, state.bookmarks, state.locks) == step
    assert not state.can_undo
    for step in trail[1:]:
        window.redo()
        assert (state.z, state.bookmarks, state.locks) == step
    settle()
    np.testing.assert_array_equal(shown(window), decoded(window))


# --- the shelf ------------------------------------------------------------------------------------


def test_the_shelf_shows_bookmarks_and_keeps_its_place_without(window):
    height = window.shelf.winfo_height()
    assert window.shelf.strip.count == 0
    window.bookmark()
    window.root.update()
    np.testing.assert_array_equal(window.shelf.cards([0])[0].pixels, decoded(window))
    window.shelf.delete(0)
    window.root.update()
    assert window.shelf.strip.count == 0
    assert window.shelf.winfo_height() == height > 1


def test_bookmarks_get_different_names_also_after_one_was_deleted(window):
    for _ in range(3):
        window.bookmark()
    window.shelf.delete(1)
    window.bookmark()
    names = [mark.name for mark in window.state.bookmarks]
    assert len(set(names)) == 3
    assert window.shelf.strip.captions == tuple(names)


def test_a_click_on_the_shelf_goes_there(window, settle):
    window.bookmark()
    there = window.state.z
    window.reset()
    window.root.update()
    left, top, right, bottom = window.shelf.strip.box_of(0)
    click(window.shelf.strip, (left + right) // 2, (top + bottom) // 2)
    settle()
    assert window.state.z == there


def test_the_menu_of_a_bookmark(window, settle, dialogs, monkeypatch):
    window.bookmark()
    window.reset()
    window.bookmark()
    there = window.state.bookmarks[0].z
    opened = []
    monkeypatch.setattr(window.shelf.menu, "tk_popup", lambda x, y: opened.append((x, y)))
    window.root.update()
    left, top, right, bottom = window.shelf.strip.box_of(0)
    click(window.shelf.strip, (left + right) // 2, (top + bottom) // 2, button=3)
    assert len(opened) == 1
    window.shelf.menu.invoke("Go there")
    settle()
    assert window.state.z == there
    dialogs.text = "  three  "
    window.shelf.menu.invoke("Rename…")
    assert window.state.bookmarks[0].name == "three"
    assert window.shelf.strip.captions[0] == "three"
    dialogs.text = "   "
    window.shelf.menu.invoke("Rename…")
    dialogs.text = None
    window.shelf.menu.invoke("Rename…")
    assert window.state.bookmarks[0].name == "three"
    window.shelf.menu.invoke("Delete")
    assert [mark.z for mark in window.state.bookmarks] == [(0.0,) * window.model.latent_dim]


# --- the clipboard --------------------------------------------------------------------------------


def test_copied_and_pasted_is_the_same_point(window, settle):
    window.state.set_z([0.123456, -1.5, 2.0, 0.0, 3.25, -0.000001])
    before = window.state.z
    press(window.root, "Control-c")
    assert json.loads(window.root.clipboard_get()) == list(before)
    press(window.root, "Home")
    press(window.root, "Control-v")
    settle()
    assert window.state.z == before


def test_the_copied_program_makes_the_shown_image(window, tmp_path):
    window.state.set_z([0.5, -1.5, 2.0, 0.0, 1.25, -0.75])
    window.menus.edit.invoke("Copy as Python")
    program = tmp_path / "program.py"
    program.write_text(window.root.clipboard_get(), encoding="utf-8")
    subprocess.run([sys.executable, program], cwd=tmp_path, check=True, timeout=120)
    with Image.open(tmp_path / "image.png") as image:
        np.testing.assert_allclose(np.asarray(image).astype(int), decoded(window)[0], atol=1)


# --- light and dark -------------------------------------------------------------------------------


def test_the_theme_changes_everything_at_run_time(window):
    window.bookmark()
    window.root.update()
    canvases = [w for w in descendants(window.root) if w.winfo_class() == "Canvas"]
    light = {canvas: canvas.cget("background") for canvas in canvases}
    window.toggle_theme()
    window.root.update()
    same = [str(canvas) for canvas in canvases if canvas.cget("background") == light[canvas]]
    assert same == []
    assert window.menus.dark.get()
    window.toggle_theme()
    window.root.update()
    assert {canvas: canvas.cget("background") for canvas in canvases} == light


def test_text_can_be_read_in_both_themes(window):
    def brightness(color: str) -> float:
        channels = [value / 65535 for value in window.root.winfo_rgb(color)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    def contrast(color: str, other: str) -> float:
        light, dark = sorted((brightness(color), brightness(other)), reverse=True)
        return (light + 0.05) / (dark + 0.05)

    for _ in range(2):
        palette = window.theme.palette
        for color in (palette.foreground, palette.muted, palette.warning):
            assert contrast(color, palette.background) >= 4.5  # WCAG 2.1, level AA
        window.toggle_theme()


# --- weights --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sizes",
    [
        {"latent": 1, "side": 32},
        {"latent": 2},
        {"latent": 16, "side": 32},
        {"latent": 64, "side": 32},
        {"latent": 6, "side": 32},
        {"latent": 6, "image_channels": 3},
    ],
    ids=str,
)
def test_any_decoder_of_the_family_opens_in_the_same_window(
    open_window, settle, dialogs, tmp_path, sizes
):
    window = open_window
    path = tmp_path / "other.pt"
    torch.save(foreign_state(**sizes), path)
    window.bookmark()
    dialogs.path = path
    window.menus.file.invoke("Open weights…")
    settle()
    n, side = sizes["latent"], sizes.get("side", 28)
    assert window.model.latent_dim == len(window.state.z) == len(window.sliders.sliders) == n
    assert shown(window).shape == (sizes.get("image_channels", 1), side, side)
    assert "other.pt" in window.root.title()
    assert window.state.bookmarks == ()
    assert not window.state.can_undo

    press(window.sliders.sliders[-1], "Shift-Right")
    settle()
    np.testing.assert_array_equal(shown(window), decoded(window))
    press(window.root, "r")
    for digit in "07":
        press(window.root, digit)
    settle()
    sample, morph = window.pages["sample"], window.pages["morph"]
    assert sample.points.shape[1] == n
    sample._adopt(0)
    assert window.state.z == pytest.approx(tuple(sample.points[0]), abs=1e-5)
    assert sample.grid_view.pixels.shape[1:] == shown(window).shape
    assert morph.frames.shape == (morph.steps_field.number, n)
    press(morph.scrub, "End")
    window.pages["arithmetic"].use_button.invoke()
    settle()
    assert window.pages["arithmetic"].result.shape == (n,)
    window.bookmark()
    window.files.save_session(tmp_path / "s.json")
    window.reset()
    window.files.open_session(tmp_path / "s.json")
    settle()
    assert window.state.z == load_session(tmp_path / "s.json").z


def test_new_weights_wait_for_the_answer_to_a_question(window, pump, settle, tmp_path):
    """What it offers or asks for, points or a name, is of the model that it was opened with."""
    before = window.model
    for name in ("first.pt", "second.pt"):
        torch.save(foreign_state(latent=len(name)), tmp_path / name)
    dialog = GroupDialog(window.root, window.theme, title="", model=before, bookmarks=())
    for name in ("first.pt", "second.pt"):
        window.open_weights(tmp_path / name)
        pump(lambda: not window.worker.busy)
        pump(lambda: window._redraw_pending is None)
        assert window.model is before
        assert not window.settled
    dialog.window.destroy()
    assert window.model is before  # for whoever asked
    settle()
    assert window.model.bundle.path.name == "second.pt"
    assert window.state.latent_dim == len("second.pt")


def test_the_keyboard_scrolls_to_hidden_sliders(open_window, settle, tmp_path):
    window = open_window
    torch.save(foreign_state(latent=30, side=32), tmp_path / "other.pt")
    window.open_weights(tmp_path / "other.pt")
    settle()
    last = window.sliders.sliders[-1]
    for slider in (last, window.sliders.sliders[0]):
        press(slider, "Right")
        window.root.update()
        top = slider.winfo_rooty()
        assert window.sliders.winfo_rooty() <= top + 1
        panel_bottom = window.sliders.winfo_rooty() + window.sliders.winfo_height()
        assert top + slider.winfo_height() <= panel_bottom + 1
    assert window.state.z[-1] == pytest.approx(0.05 + round(window.state.z[-1] - 0.05, 6))


# --- sessions and exports -------------------------------------------------------------------------


def test_a_session_brings_everything_back(window, settle, dialogs, tmp_path):
    path = tmp_path / "session.json"
    state, pages = window.state, window.pages
    state.set_z([1, 2, 3, -1, -2, -3])
    window.bookmark()
    window.shelf.rename(0, "Müller ☺")
    state.set_lock(4, True)
    pages["sample"].apply_settings({"seed": 77, "count": 9, "source": "prior", "temperature": 0.5})
    pages["morph"].apply_settings({"steps": 5, "path": "linear", "repeat": "loop", "seconds": 4.0})
    pages["arithmetic"].apply_settings({"operation": "sum"})
    settle()
    before = state.z, state.bookmarks, state.locks
    settings = {name: page.settings() for name, page in pages.items()}
    dialogs.path = path
    press(window.root, "Control-s")
    assert path.exists()

    state.set_lock(4, False)
    window.shelf.delete(0)
    window.reset()
    for name, page in pages.items():
        page.apply_settings(window.start_settings[name])
    settle()
    assert {name: page.settings() for name, page in pages.items()} != settings
    press(window.root, "Control-o")
    settle()
    assert (state.z, state.bookmarks, state.locks) == before
    assert {name: page.settings() for name, page in pages.items()} == settings
    window.undo()  # the whole session is one entry
    assert state.z == (0.0,) * 6
    assert state.bookmarks == ()


def test_a_cancelled_question_changes_nothing(window, dialogs, tmp_path):
    before = window.state.z
    window.files.ask_save_session()
    window.files.ask_open_session()
    window.files.ask_weights()
    assert len(dialogs.questions) == 3
    assert window.state.z == before
    assert list(tmp_path.iterdir()) == []


def test_the_digit_is_exported_at_the_chosen_size(window, dialogs, tmp_path, settle):
    dialogs.path = tmp_path / "digit.png"
    window.files.ask_export()
    dialog = window.files.export_dialog
    dialog.scale_field.set("5")
    press(dialog.scale_field, "Tab")
    dialog.smooth_box.invoke()
    dialog.save_button.invoke()
    settle()
    with Image.open(dialogs.path) as image:
        pixels = np.asarray(image)
    np.testing.assert_array_equal(pixels, np.kron(decoded(window)[0], np.ones((5, 5), np.uint8)))
    assert not toplevels(window)
    assert "digit.png" in message(window)


def test_return_saves_and_a_wrong_scale_is_told(window, dialogs, tmp_path, settle):
    dialogs.path = tmp_path / "digit.png"
    window.files.ask_export()
    dialog = window.files.export_dialog
    dialog.scale_field.set("1000")
    press(dialog.scale_field, "Return")
    assert dialog.window.winfo_exists()
    assert "from 1 to 100" in dialog.problem
    assert dialog.scale_field.get() == "16"
    dialog.scale_field.set("16")
    press(dialog.scale_field, "Return")
    settle()
    with Image.open(dialogs.path) as image:
        assert image.size == (28 * 16, 28 * 16)


# --- real dialogs, opened and closed --------------------------------------------------------------


class Person:
    """Waits for a dialog and answers it, while the program waits for the answer."""

    def __init__(self, root: tk.Tk) -> None:
        self.root = root
        self.seen: list[str] = []

    def answers(self, act) -> None:
        """Call act(dialog's path) as soon as a dialog is there and visible."""

        def look() -> None:
            children = self.root.tk.splitlist(self.root.tk.call("winfo", "children", "."))
            tops = [
                name
                for name in children
                if self.root.tk.call("winfo", "toplevel", name) == name
                and self.root.tk.call("winfo", "class", name) not in ("Menu",)
                and self.root.tk.call("winfo", "viewable", name)
            ]
            if not tops:
                self.root.after(20, look)
                return
            self.seen.append(tops[-1])
            try:
                act(tops[-1])
            except BaseException:
                self.root.tk.call("destroy", tops[-1])  # else the program would wait for ever
                raise

        self.root.after(20, look)

    def find(self, top: str, kind: str, text: str | None = None) -> str:
        """The path of a dialog's widget, by its class and text."""
        stack = [top]
        while stack:
            name = stack.pop()
            stack += self.root.tk.splitlist(self.root.tk.call("winfo", "children", name))
            if self.root.tk.call("winfo", "class", name) == kind and (
                text is None or self.root.tk.call(name, "cget", "-text") == text
            ):
                return name
        raise AssertionError(f"no {kind} {text!r}")

    def button(self, top: str, text: str) -> None:
        """Push a button of a dialog."""
        self.root.tk.call(self.find(top, "TButton", text), "invoke")

    def key(self, top: str, key: str) -> None:
        """Press a key in a dialog."""
        self.root.tk.call("focus", "-force", top)
        self.root.tk.call("event", "generate", top, f"<{key}>")


@pytest.fixture
def person(open_window) -> Person:
    return Person(open_window.root)


def test_a_real_error_dialog_closes_by_its_button(open_window, person):
    person.answers(lambda top: person.button(top, "OK"))
    theme.show_error(open_window.root, "Title", "Something is wrong.")
    assert len(person.seen) == 1


def test_a_real_error_dialog_closes_by_escape(open_window, person):
    person.answers(lambda top: person.key(top, "Escape"))
    theme.show_error(open_window.root, "Title", "Something is wrong.")
    assert len(person.seen) == 1


@pytest.mark.parametrize(("button", "answer"), [("Open it", True), ("Cancel", False)])
def test_a_real_question(open_window, person, button, answer):
    person.answers(lambda top: person.button(top, button))
    assert theme.ask_choice(open_window.root, "Other weights", "Open it?", "Open it") is answer


def test_a_real_question_that_is_closed_is_a_no(open_window, person):
    person.answers(lambda top: person.key(top, "Escape"))
    assert theme.ask_choice(open_window.root, "Other weights", "Open it?", "Open it") is False


def test_a_real_question_for_a_text(open_window, person):
    for button, answer in (("Submit", "old"), ("Cancel", None)):
        person.answers(lambda top, button=button: person.button(top, button))
        assert theme.ask_text(open_window.root, "Rename", "Name", "old") == answer


@pytest.mark.skipif("sys.platform in ('win32', 'darwin')", reason="the system's own dialogs")
def test_real_file_dialogs_are_cancelled_by_escape(open_window, person):
    person.answers(lambda top: person.key(top, "Escape"))
    assert theme.ask_open_path(open_window.root, "Open", [("All files", "*")], None) is None
    person.answers(lambda top: person.key(top, "Escape"))
    assert theme.ask_save_path(open_window.root, "Save", [("PNG", "*.png")], "a.png", None) is None
    assert len(person.seen) == 2


@pytest.mark.skipif("sys.platform in ('win32', 'darwin')", reason="the system's own dialogs")
def test_a_real_file_dialog_gives_the_path_with_its_suffix(open_window, person, tmp_path):
    def type_and_confirm(top: str) -> None:
        entry = person.find(top, "TEntry")
        person.root.tk.call(entry, "delete", 0, "end")
        person.root.tk.call(entry, "insert", 0, str(tmp_path / "picture"))
        person.button(top, "OK")

    person.answers(type_and_confirm)
    path = theme.ask_save_path(open_window.root, "Save", [("PNG", "*.png")], "a.png", None)
    assert path == tmp_path / "picture.png"


def test_a_double_click_on_a_track_is_one_undo_entry(window):
    before = window.state.z
    slider = window.sliders.sliders[0]
    double_click(slider, int(slider.x_of(3.3)), slider.winfo_height() // 2)
    assert window.state.z[0] == 0.0
    window.undo()
    assert window.state.z == before


def test_a_held_key_is_one_undo_entry_and_another_slider_the_next(window):
    before = window.state.z
    first, second = window.sliders.sliders[:2]
    press(first, "Right", times=5)
    between = window.state.z
    assert between[0] == pytest.approx(before[0] + 0.25)
    press(second, "Shift-Left", times=3)
    assert window.state.z[1] == pytest.approx(before[1] - 1.5)
    window.undo()
    assert window.state.z == between
    window.undo()
    assert window.state.z == before


def test_steps_after_another_action_are_an_entry_of_their_own(window):
    slider = window.sliders.sliders[0]
    press(slider, "Right")
    stepped = window.state.z
    window.randomise()
    random = window.state.z
    press(slider, "Right")
    window.undo()
    assert window.state.z == random
    window.undo()
    assert window.state.z == stepped


def test_undo_in_the_middle_of_a_drag_leaves_one_entry_for_the_rest(window):
    before = window.state.z
    slider = window.sliders.sliders[0]
    y = slider.winfo_height() // 2
    slider.event_generate("<ButtonPress-1>", x=int(slider.x_of(1)), y=y)
    slider.event_generate("<B1-Motion>", x=int(slider.x_of(2)), y=y)
    window.undo()
    assert window.state.z == before
    for value in (1.5, 2.0, 2.5):
        slider.event_generate("<B1-Motion>", x=int(slider.x_of(value)), y=y)
    slider.event_generate("<ButtonRelease-1>", x=int(slider.x_of(2.5)), y=y)
    assert window.state.z[0] == pytest.approx(2.5, abs=0.03)
    window.undo()
    assert window.state.z == before
    assert not window.state.can_undo


def test_a_bookmark_in_a_burst_of_steps_is_undone_alone(window):
    slider = window.sliders.sliders[0]
    press(slider, "Right")
    stepped = window.state.z
    window.bookmark()
    press(slider, "Right")
    window.undo()
    assert (window.state.z, len(window.state.bookmarks)) == (stepped, 1)
    window.undo()
    assert (window.state.z, len(window.state.bookmarks)) == (stepped, 0)


def test_a_value_field_left_untouched_changes_nothing(window):
    slider = window.sliders.sliders[0]
    slider.edit()
    window.randomise()
    point = window.state.z
    window.root.update()
    window.root.focus_force()
    window.root.update()
    assert window.state.z == point


def test_steps_stay_on_the_track(window):
    slider = window.sliders.sliders[0]
    window.state.set_value(0, 3.9)
    press(slider, "Shift-Right", times=3)
    assert window.state.z[0] == 4.0
    window.state.set_value(0, 7.0)
    press(slider, "Shift-Left")
    assert window.state.z[0] == 6.5


def test_letters_with_control_or_caps_lock(window):
    start = window.state.z
    window.root.focus_force()
    window.root.event_generate("<Key-r>", state=0x4)  # Ctrl+R
    window.root.update()
    assert window.state.z == start
    window.reset()
    window.root.focus_force()
    window.root.event_generate("<Key-Z>", state=0x4 | 0x2)  # Ctrl+Z with Caps Lock
    window.root.update()
    assert window.state.z == start


def test_pages_do_nothing_before_there_is_a_model(window):
    morph = MorphPage(window.panes, window._context)
    arithmetic = ArithmeticPage(window.panes, window._context)
    for field in arithmetic.terms:
        assert field.button.instate(["disabled"])
    assert morph.key_editor.add_button.instate(["disabled"])
    before = window.state.z
    for action in (morph.toggle_play, morph.open_export, arithmetic.use_result):
        action()
    morph.export(MovieOptions())
    assert window.state.z == before
    for page in (morph, arithmetic):
        page.set_model(window.model)
        page.destroy()


# --- tooltips, and the way back -------------------------------------------------------------------


def test_tooltips_can_be_switched_off(window, pump):
    button = window.point.buttons["Random"]

    def rest() -> None:
        button.event_generate("<Motion>", x=5, y=5)
        button.event_generate("<Enter>", x=5, y=5)

    def shown() -> list[str]:
        return [str(top) for top in toplevels(window)]

    rest()
    pump(shown)
    window.menus.view.invoke("Tooltips")
    assert not shown()
    rest()
    waited = []
    window.root.after(900, lambda: waited.append(True))  # longer than a tooltip takes to come
    pump(lambda: waited)
    assert not shown()
    window.menus.view.invoke("Tooltips")
    button.event_generate("<Leave>")
    rest()
    pump(shown)
    press(window.root, "f")  # a key takes it away
    assert not shown()
    press(window.root, "f")
    button.event_generate("<Leave>")


def test_there_are_no_tooltips_over_the_tour(window):
    window.menus.help.invoke("Tour")
    assert int(window.root.getvar("tooltips(silent)"))
    window.tour.end()
    assert not int(window.root.getvar("tooltips(silent)"))


def test_escape_leaves_a_control_and_then_goes_back_to_the_whole_sheet(window, settle):
    window.show_page("sweep")
    sweep = window.pages["sweep"]
    sweep.enlarge(2)
    settle()
    slider = window.sliders.sliders[0]
    press(slider, "Escape")
    assert sweep.request.dimension == 2
    press(window.root, "Escape")
    assert sweep.request.dimension is None
    press(window.root, "Escape")
    window.show_page("sample")
    press(window.root, "Escape")


def test_the_lock_key_acts_on_whichever_slider_is_pointed_at(window, pump):
    window.show_page("directions")
    page = window.pages["directions"]
    page.choose_set("sefa")
    pump(lambda: "sefa" in page.study.sets)
    for slider in window.sliders.sliders:  # where a test before may have left the pointer
        slider.event_generate("<Leave>", x=5, y=5)
    row = page.bank.sliders[1]
    row.event_generate("<Enter>", x=5, y=5)
    window.root.focus_force()
    window.root.event_generate("<Key-l>")
    assert page.held == (("sefa", "SeFa 2"),)
    assert not window.state.locks
    window.root.event_generate("<Key-l>")
    assert page.held == ()
    row.event_generate("<Leave>", x=5, y=5)
    window.sliders.sliders[2].event_generate("<Enter>", x=5, y=5)
    window.root.event_generate("<Key-l>")
    assert window.state.locks == {2}
    assert page.held == ()
    window.sliders.sliders[2].event_generate("<Leave>", x=5, y=5)
