"""The left side in the real window: lenses on the digit, gauges, and locks that hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import ImageTk
from scipy.stats import chi2

from explorer.model import open_model
from explorer.state import Bookmark
from tests.foreign import foreign_state
from tests.interaction import click, press
from vae.data import DataError
from vae.statistics import OFF_THE_MAP, RARE, TYPICAL, radius_percentile
from vae.weights import save_state_dict

ALT = 0x8
DRAGGING = 0x100  # the left button is down
STEP = 1e-3  # for differences in float32


def finite_difference(window, direction: np.ndarray) -> np.ndarray:
    """The change of the image along a direction, (H, W), without any Jacobian."""
    z = np.asarray(window.state.z)
    decode = window.model.decoder.decode
    ahead, behind = decode(z + STEP * direction), decode(z - STEP * direction)
    return (ahead.astype(float) - behind).mean(axis=0) / (2 * STEP)


def assert_same_slope(shown: np.ndarray, measured: np.ndarray) -> None:
    """Equal but for the pixels on which ReLU has a kink between the two points measured at."""
    close = np.isclose(shown, measured, atol=0.02 * np.abs(measured).max())
    assert close.mean() > 0.99
    assert np.corrcoef(shown.ravel(), measured.ravel())[0, 1] > 0.999


def hover(slider) -> None:
    slider.event_generate("<Enter>", x=9, y=9)


def middle(digit, pixel) -> tuple[int, int]:
    left, top, right, bottom = digit.box_of(pixel)
    return int(left + right) // 2, int(top + bottom) // 2


# --- the influence of a dimension -----------------------------------------------------------------


@pytest.mark.parametrize("index", range(6))
def test_the_overlay_of_a_slider_under_the_pointer_equals_finite_differences(window, settle, index):
    hover(window.sliders.sliders[index])
    settle()
    assert_same_slope(window.digit.shown_influence, finite_difference(window, np.eye(6)[index]))
    window.sliders.sliders[index].event_generate("<Leave>", x=9, y=9)
    settle()
    assert window.digit.shown_influence is None


def test_the_overlay_follows_the_focus_and_the_pointer_goes_before_it(window, settle):
    first, second = window.sliders.sliders[:2]
    press(first, "Right")
    settle()
    assert_same_slope(window.digit.shown_influence, finite_difference(window, np.eye(6)[0]))
    hover(second)
    settle()
    assert_same_slope(window.digit.shown_influence, finite_difference(window, np.eye(6)[1]))
    second.event_generate("<Leave>", x=9, y=9)
    press(first, "Escape")
    settle()
    assert window.digit.shown_influence is None


def test_the_overlay_is_red_where_ink_comes_and_blue_where_it_goes(window, settle):
    hover(window.sliders.sliders[0])
    settle()
    influence = window.digit.shown_influence
    window.digit.set_smooth(False)
    picture = np.asarray(ImageTk.getimage(window.digit.photo).convert("RGB")).astype(int)
    window.digit.set_smooth(True)
    for pixel, red in (
        (np.unravel_index(influence.argmax(), influence.shape), True),
        (np.unravel_index(influence.argmin(), influence.shape), False),
    ):
        x, y = middle(window.digit, pixel)
        left, top, *_ = window.digit.box_of((0, 0))
        colour = picture[int(y - top), int(x - left)]
        assert (colour[0] > colour[2] + 50) == red
        assert (colour[2] > colour[0] + 50) != red
    window.sliders.sliders[0].event_generate("<Leave>", x=9, y=9)


def test_the_overlay_follows_a_local_axis(window, settle):
    window.set_local_axes(True)
    hover(window.sliders.sliders[2])
    settle()
    axis = window.sliders.directions[2]
    assert_same_slope(window.digit.shown_influence, finite_difference(window, axis))
    window.sliders.sliders[2].event_generate("<Leave>", x=9, y=9)


def test_the_overlay_can_be_switched_off(window, settle):
    window.menus.view.invoke("Influence of a slider, in colour")
    hover(window.sliders.sliders[0])
    settle()
    assert window.digit.shown_influence is None
    press(window.root, "i")
    settle()
    assert window.menus.influence.get()
    assert window.digit.shown_influence is not None
    window.sliders.sliders[0].event_generate("<Leave>", x=9, y=9)


def test_the_slider_under_the_pointer_goes_before_the_cursor_on_the_digit(window, settle):
    press(window.digit, "Right")
    settle()
    assert window.digit.probe is not None
    assert window.digit.shown_influence is None
    hover(window.sliders.sliders[0])
    settle()
    assert_same_slope(window.digit.shown_influence, finite_difference(window, np.eye(6)[0]))
    window.sliders.sliders[0].event_generate("<Leave>", x=9, y=9)
    settle()
    assert window.digit.probe is not None
    assert window.digit.shown_influence is None


def test_the_overlay_goes_with_the_pointer_after_a_click_and_comes_back_with_a_key(window, settle):
    slider = window.sliders.sliders[0]
    click(slider, int(slider.x_of(1.0)), slider.winfo_height() // 2)
    slider.focus_force()  # as the click has done where there is a window manager
    settle()
    assert window.digit.shown_influence is not None
    slider.event_generate("<Leave>", x=9, y=9)
    settle()
    assert str(window.root.tk.call("focus")) == "."  # the mouse took it, the mouse gives it back
    assert window.digit.shown_influence is None
    press(slider, "Right")
    slider.event_generate("<Enter>", x=9, y=9)
    slider.event_generate("<Leave>", x=9, y=9)
    settle()
    assert str(window.root.tk.call("focus")) == str(slider)  # the keys keep it
    assert window.digit.shown_influence is not None


# --- the influence of a pixel ---------------------------------------------------------------------


def test_arrows_show_how_each_dimension_changes_the_pixel_under_the_pointer(window, settle):
    pixel = (14, 14)
    x, y = middle(window.digit, pixel)
    window.digit.event_generate("<Motion>", x=x, y=y)
    settle()
    gradient = np.array([finite_difference(window, e)[pixel] for e in np.eye(6)])
    shares = gradient / np.abs(gradient).max()
    for slider, share in zip(window.sliders.sliders, shares, strict=True):
        visible = slider.itemcget(slider._arrow, "state") == "normal"
        if abs(share) > 0.1:
            assert visible
            start, _, end, _ = slider.coords(slider._arrow)
            assert (end > start) == (share > 0)
    # The pixel itself is seen without colours, whatever slider has the focus.
    window.sliders.sliders[0].focus_force()
    settle()
    assert window.digit.shown_influence is None
    window.root.focus_force()
    window.digit.event_generate("<Leave>", x=x, y=y)
    settle()
    assert window.digit.probe is None
    assert all(
        slider.itemcget(slider._arrow, "state") == "hidden" for slider in window.sliders.sliders
    )


def brightness(window, pixel) -> float:
    return float(window.model.decoder.decode(np.asarray(window.state.z))[0][pixel])


def edge_pixel(window) -> tuple[int, int]:
    """A pixel of middling brightness that the point can change."""
    image = window.model.decoder.decode(np.asarray(window.state.z))[0]
    return tuple(int(i) for i in np.unravel_index(np.abs(image).argmin(), image.shape))


def alt_drag(window, pixel, *ways: int) -> None:
    digit = window.digit
    x, y = middle(digit, pixel)
    digit.event_generate("<ButtonPress-1>", x=x, y=y, state=ALT)
    for way in ways:
        digit.event_generate("<B1-Motion>", x=x, y=y - way, state=ALT | DRAGGING)
        window.root.update()
    digit.event_generate("<ButtonRelease-1>", x=x, y=y - ways[-1], state=ALT | DRAGGING)
    window.root.update()


@pytest.mark.parametrize("up", [True, False])
def test_alt_drag_makes_a_pixel_lighter_or_darker_and_the_point_follows(window, settle, up):
    start, pixel = window.state.z, edge_pixel(window)
    before = brightness(window, pixel)
    alt_drag(window, pixel, *(step * (1 if up else -1) for step in range(5, 65, 5)))
    settle()
    change = brightness(window, pixel) - before
    assert change > 0.5 if up else change < -0.5
    assert np.linalg.norm(window.state.z) < 6
    np.testing.assert_array_equal(
        window.digit._pixels, window.model.decoder.decode_uint8(np.asarray(window.state.z))
    )
    window.undo()
    assert window.state.z == start  # one entry


def test_a_pixel_is_edited_by_keyboard(window, settle):
    pixel = edge_pixel(window)
    before = brightness(window, pixel)
    press(window.digit, "Right")
    while window.digit.probe != pixel:
        row, column = window.digit.probe
        vertical = "Up" if row > pixel[0] else "Down" if row < pixel[0] else None
        press(window.digit, vertical or ("Left" if column > pixel[1] else "Right"))
    press(window.digit, "plus", times=4)
    settle()
    assert brightness(window, pixel) > before + 0.25


def test_keys_in_quick_succession_are_one_undo_entry(window, settle):
    start = window.state.z
    press(window.digit, "Right")
    press(window.digit, "plus", times=5)
    settle()
    assert window.state.z != start
    window.undo()
    assert window.state.z == start
    assert not window.state.can_undo


def test_undo_in_the_middle_of_an_edit_leaves_one_entry_for_the_rest(window):
    start, pixel = window.state.z, edge_pixel(window)
    x, y = middle(window.digit, pixel)
    window.digit.event_generate("<ButtonPress-1>", x=x, y=y, state=ALT)
    window.digit.event_generate("<B1-Motion>", x=x, y=y - 20, state=ALT | DRAGGING)
    window.undo()
    assert window.state.z == start
    window.digit.event_generate("<B1-Motion>", x=x, y=y - 40, state=ALT | DRAGGING)
    window.digit.event_generate("<ButtonRelease-1>", x=x, y=y - 40, state=ALT | DRAGGING)
    assert window.state.z != start
    window.undo()
    assert window.state.z == start
    assert not window.state.can_undo


def test_the_end_of_an_edit_leaves_a_glide_alone_that_a_key_has_begun(window):
    start, pixel = window.state.z, edge_pixel(window)
    x, y = middle(window.digit, pixel)
    window.digit.event_generate("<ButtonPress-1>", x=x, y=y, state=ALT)
    window.digit.event_generate("<B1-Motion>", x=x, y=y - 20, state=ALT | DRAGGING)
    edited = window.state.z
    window.go_to_preset(7)
    window.digit.event_generate("<ButtonRelease-1>", x=x, y=y - 20, state=ALT | DRAGGING)
    for share in (0.3, 0.6):  # two frames of the glide
        window.state.set_z(share * np.asarray(window.model.presets[7]))
    window.undo()
    assert window.state.z == edited
    window.undo()
    assert window.state.z == start


# --- the gauges -----------------------------------------------------------------------------------


def test_the_bars_are_the_classifiers_answer_to_the_shown_image(window, settle):
    window.state.set_z([0.5, -1.0, 0.8, 0.25, 1.0, 0.0])
    settle()
    pixels = window.model.decoder.decode_uint8(np.asarray([window.state.z]))
    expected = window.model.probabilities(pixels)[0]
    assert window.point.classes.probabilities == pytest.approx(expected, abs=1e-6)
    assert window.point.classes.winner == expected.argmax()


@pytest.mark.parametrize("radius", [0.0, 0.8, 2.4, 3.4, 5.0, 9.0])
def test_the_radius_gauge_equals_scipy(window, settle, radius):
    direction = np.asarray(window.model.presets[4])
    z = radius * direction / np.linalg.norm(direction)
    window.state.set_z(z)
    settle()
    shown = window.point.typicality.typicality
    expected = 100 * chi2.cdf((np.asarray(window.state.z) ** 2).sum(), 6)
    assert shown.radius_percentile == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("where", "word"), [("origin", RARE), ("preset", TYPICAL), ("far outside", OFF_THE_MAP)]
)
def test_the_word_at_the_origin_on_the_shell_and_far_outside(window, settle, where, word):
    z = {
        "origin": np.zeros(6),
        "preset": window.model.presets[7],
        "far outside": np.full(6, 3.0),
    }[where]
    window.state.set_z(z)
    settle()
    assert window.point.typicality.typicality.word == word


def test_the_nearest_digits_are_those_of_an_exhaustive_search(window, settle):
    window.randomise()
    settle()
    encoded, z = window.model.encoded, np.asarray(window.state.z)
    distances = np.linalg.norm(encoded.mu - z, axis=1)
    expected = np.argsort(distances)[:5]
    nearest = window.point.nearest
    assert nearest.labels == tuple(str(label) for label in encoded.labels[expected])
    assert nearest.distances == pytest.approx(np.sort(distances)[:5])


def test_a_click_on_a_near_digit_adopts_its_mean(window, settle):
    encoded, z = window.model.encoded, np.asarray(window.state.z)
    second = np.argsort(np.linalg.norm(encoded.mu - z, axis=1))[1]
    nearest = window.point.nearest
    left, top, right, bottom = nearest.box_of(1)
    click(nearest, (left + right) // 2, (top + bottom) // 2)
    settle()
    assert window.state.z == pytest.approx(tuple(encoded.mu[second]), abs=1e-6)
    assert nearest.distances[0] == pytest.approx(0.0, abs=1e-5)
    window.undo()
    assert window.state.z == pytest.approx(tuple(z))


def test_gauges_can_be_switched_off_and_leave_the_digit_their_room(window, settle):
    width = window.digit.winfo_width()
    press(window.root, "g")
    settle()
    assert not window.menus.gauges.get()
    assert not window.point.gauges.winfo_ismapped()
    assert window.digit.winfo_width() > width
    window.randomise()
    settle()
    assert window.point.classes.probabilities is None
    window.menus.view.invoke("Gauges beside the digit")
    settle()
    assert window.point.gauges.winfo_ismapped()
    assert window.point.classes.probabilities is not None


def test_other_weights_in_the_middle_of_a_judgement_end_it(window, pump, settle, tmp_path):
    save_state_dict(foreign_state(latent=2), tmp_path / "two.pt")
    two = open_model(tmp_path / "two.pt")
    window.randomise()
    settle()
    window.point._gauges.request()
    pump(lambda: window.point._gauges._running is not None, what="the first part is done")
    window.begin(two)
    pump(lambda: window.point.settled)
    assert window.point.typicality.typicality is None
    assert window.point.nearest.labels == ()


def reopen(window, settle) -> None:
    window.open_weights(window.model.bundle.path)
    settle()
    assert window.model.encoded is not None


def test_a_near_digit_of_a_model_that_is_gone_is_not_adopted(window, settle):
    nearest = window.point.nearest
    left, top, right, bottom = nearest.box_of(1)
    window.begin(replace(window.model, encoded=None))
    at = window.state.z
    nearest.event_generate("<Button-1>", x=(left + right) // 2, y=(top + bottom) // 2)
    assert window.state.z == at
    assert not window.glide.active
    reopen(window, settle)


def damaged(model, progress) -> None:
    raise DataError("assets/digits.npz is damaged.")


def endless(model, progress) -> None:
    while True:
        progress(0.5)


@pytest.mark.parametrize("learn", [damaged, endless])
def test_without_encoded_digits_the_gauges_say_so_and_judge_the_radius(
    window, settle, pump, monkeypatch, learn
):
    with monkeypatch.context() as patch:
        patch.setattr("explorer.opening.learn_statistics", learn)
        window.open_weights(window.model.bundle.path)
        pump(lambda: window.model.encoded is None, what="the weights are open")

        def over() -> bool:
            window.worker.stop("statistics")  # it begins when all pages know the model
            return window.settled

        pump(over, what="the digits are not encoded")
        assert window.point.nearest.message == window.model.without_statistics
        shown = window.point.typicality.typicality
        assert shown.radius_percentile == radius_percentile(window.state.z)
    reopen(window, settle)


def test_the_use_from_the_encoder_stands_beside_the_sliders(window):
    for slider, nats in zip(window.sliders.sliders, window.model.encoded.kl, strict=True):
        assert slider.itemcget(slider._use, "text") == f"{nats:.2f} nats"


# --- locks hold against everything ----------------------------------------------------------------


def paste(window) -> None:
    window.root.clipboard_clear()
    window.root.clipboard_append("[3, 3, 3, 3, 3, 3]")
    window.clipboard.paste_vector()


def scrub(window) -> None:
    window.show_page("morph")
    window.root.update()
    bar = window.pages["morph"].scrub
    for share in (0.1, 0.5, 0.9):
        bar.event_generate("<B1-Motion>", x=int(share * bar.winfo_width()), y=5)
        window.root.update()


def adopt_sample(window) -> None:
    grid = window.pages["sample"].grid_view
    left, top, right, bottom = grid.box_of(5)
    click(grid, (left + right) // 2, (top + bottom) // 2)


def adopt_neighbour(window) -> None:
    left, top, right, bottom = window.point.nearest.box_of(3)
    click(window.point.nearest, (left + right) // 2, (top + bottom) // 2)


def move_along_axes(window) -> None:
    window.set_local_axes(True)
    window.root.update()
    for slider in window.sliders.sliders[:-2]:
        press(slider, "Shift-Right")


def adopt_bookmark(window) -> None:
    window.state.set_bookmarks([Bookmark("far", (2.0,) * 6)])
    window.root.update()
    left, top, right, bottom = window.shelf.strip.box_of(0)
    click(window.shelf.strip, (left + right) // 2, (top + bottom) // 2)


def make_it_a_7(window):
    window.show_page("guide")
    page = window.pages["guide"]
    page.apply_settings({"mode": "walk", "target": ["class", 7]})
    page.go_button.invoke()


ACTIONS = {
    "random": lambda window: press(window.root, "r"),
    "random from the prior": lambda window: press(window.root, "R"),
    "reset": lambda window: press(window.root, "Home"),
    "preset": lambda window: press(window.root, "8"),
    "paste": paste,
    "scrub a morph": scrub,
    "play a morph": lambda window: window.pages["morph"].toggle_play(),
    "adopt a sample": adopt_sample,
    "adopt a near digit": adopt_neighbour,
    "adopt a bookmark": adopt_bookmark,
    "use a result": lambda window: window.pages["arithmetic"].use_result(),
    "edit a pixel": lambda window: alt_drag(window, edge_pixel(window), 20, 40),
    "local axes": move_along_axes,
    "make it a 7": make_it_a_7,
}


@pytest.mark.parametrize("action", ACTIONS)
def test_locked_dimensions_stay_whatever_is_done(window, pump, action):
    window.state.set_lock(1, True)
    window.state.set_lock(4, True)
    before = window.state.z
    ACTIONS[action](window)
    pump(lambda: window.state.z != before, what="the point moves")
    seen = {(window.state.z[1], window.state.z[4])}
    for _ in range(20):  # also on the way
        window.root.update()
        seen.add((window.state.z[1], window.state.z[4]))
    window.glide.stop()
    assert seen == {(before[1], before[4])}
    assert sum(a != b for a, b in zip(before, window.state.z, strict=True)) >= 1


def test_a_local_axis_says_that_it_is_not_locked(window):
    window.set_local_axes(True)
    hover(window.sliders.sliders[0])
    press(window.root, "l")
    assert not window.state.locks
    assert "axis" in window.status.message.cget("text")
    window.sliders.sliders[0].event_generate("<Leave>", x=9, y=9)


def test_the_lock_key_locks_the_dimension_under_the_pointer(window, settle):
    hover(window.sliders.sliders[3])
    press(window.root, "l")
    settle()
    assert window.state.locks == {3}
    assert window.sliders.sliders[3].locked
    window.menus.edit.invoke("Lock or free a dimension")
    settle()
    assert not window.state.locks
    window.sliders.sliders[3].event_generate("<Leave>", x=9, y=9)
    window.sliders.toggle_lock()
    assert not window.state.locks


# --- the digit's menu -----------------------------------------------------------------------------


def test_the_menu_of_the_digit(window, dialogs, monkeypatch):
    opened = []
    monkeypatch.setattr(window.menus.digit, "tk_popup", lambda x, y: opened.append((x, y)))
    click(window.digit, 50, 60, button=3)
    press(window.digit, "Menu")
    assert opened[0] == (window.digit.winfo_rootx() + 50, window.digit.winfo_rooty() + 60)
    assert len(opened) == 2
    menu = window.menus.digit
    menu.invoke("Copy vector")
    assert window.clipboard.clipboard_vector() == pytest.approx(window.state.z, abs=1e-6)
    menu.invoke("Copy as Python")
    assert "torch" in window.root.clipboard_get()
    menu.invoke("Bookmark")
    assert len(window.state.bookmarks) == 1
    menu.invoke("Copy image")
    assert window.status.message.cget("text") == "Copied the image."
    menu.invoke("Save…")
    window.files.export_dialog.window.destroy()
