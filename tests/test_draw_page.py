"""The Draw page: what is drawn, opened or taken is encoded, and nothing is lost by a bad file."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.drawing import Drawing, Stroke
from explorer.kept_drawing import is_blank
from explorer.model import LoadedModel
from explorer.real_digits import COUNT
from explorer.widgets import draw_sources
from explorer.widgets.draw_tools import COLOURS
from tests.foreign import foreign_state
from tests.interaction import click, press
from vae.centring import centre_as_mnist
from vae.data import bundled_digits, to_model_range
from vae.decoding import FoldedDecoder

SEVEN = ((7.0, 6.0), (20.0, 6.0), (17.0, 14.0), (13.0, 23.0))


@pytest.fixture
def page(window, settle):
    window.show_page("draw")
    window.root.update()
    settle()
    return window.pages["draw"]


def on_canvas(page, places) -> list[tuple[int, int]]:
    return [tuple(round(c) for c in page.canvas.pixel_of(place)) for place in places]


def draw(page, places=SEVEN, *, button: int = 1, release: bool = True) -> None:
    """Draw a stroke with the mouse; Tk is idle after every motion."""
    canvas = page.canvas
    (x, y), *rest = on_canvas(page, places)
    canvas.event_generate("<Enter>", x=x, y=y)
    canvas.event_generate(f"<ButtonPress-{button}>", x=x, y=y)
    canvas.update()
    state = {1: 0x100, 2: 0x200, 3: 0x400}[button]
    for x, y in rest:
        canvas.event_generate("<Motion>", x=x, y=y, state=state)
        canvas.update()
    if release:
        canvas.event_generate(f"<ButtonRelease-{button}>", x=x, y=y, state=state)
        canvas.update()


def encoders_mean(model: LoadedModel, image: np.ndarray) -> np.ndarray:
    """What the encoder itself answers, in training's own arithmetic. image: (C, H, W) uint8."""
    with torch.inference_mode():
        mu, _ = model.bundle.encoder(torch.from_numpy(to_model_range(image[None])))
    return mu[0].double().numpy()


def error_bars(window) -> list[tuple[float, float] | None]:
    """Mean and deviation of the bar on every slider."""
    return [slider._posterior for slider in window.sliders.sliders]


def class_of(window) -> str:
    image = window.model.decoder.decode_uint8(np.array([window.state.z]))
    return window.model.class_names[window.model.probabilities(image)[0].argmax()]


@pytest.fixture
def open_foreign(page, window, tmp_path, pump):
    """Opens a decoder as somebody else would have saved it, without companions."""

    def open_it(**sizes: int) -> LoadedModel:
        path = tmp_path / "foreign.pt"
        torch.save(foreign_state(**sizes), path)
        window.open_weights(path)
        pump(lambda: window.model.bundle.path == path and window.settled)
        return window.model

    return open_it


# --- an empty sheet -------------------------------------------------------------------------------


def test_an_empty_sheet_asks_for_a_digit_and_moves_nothing(page, window):
    assert page.drawn is None
    assert "Draw a digit" in page.desk.sentence.text
    assert "Draw a digit" in page.views["reconstruction"].words.cget("text")
    assert not window.state.can_undo
    assert error_bars(window) == [None] * 6
    assert page.sources.save_button.instate(["disabled"])
    assert not page.desk.encoded_view.showing


def test_erasing_on_an_empty_sheet_encodes_nothing(page, window):
    before = window.state.z
    draw(page, button=3)
    assert page.drawn is None
    assert window.state.z == before
    assert not window.state.can_undo


def test_marks_alone_are_no_drawing(page, window):
    before = window.state.z
    click(page.tools.tool_buttons["unknown"], 8, 8)
    draw(page)
    assert page.drawing.unknown().any()
    assert page.drawn is None
    assert window.state.z == before


# --- drawing --------------------------------------------------------------------------------------


def test_a_stroke_is_encoded_while_it_is_drawn(page, window):
    canvas, answers = page.canvas, []
    points = on_canvas(page, SEVEN)
    canvas.event_generate("<ButtonPress-1>", x=points[0][0], y=points[0][1])
    for x, y in points[1:]:
        canvas.event_generate("<Motion>", x=x, y=y, state=0x100)
        canvas.update()
        answers.append(window.state.z)
        assert window.state.z == pytest.approx(tuple(page.drawn.posterior.mu), abs=1e-6)
    assert len(set(answers)) == len(answers)
    assert class_of(window) == "7"
    canvas.event_generate("<ButtonRelease-1>", x=x, y=y)
    canvas.update()
    assert window.state.z == answers[-1]


def test_a_burst_of_motion_is_encoded_once(page, monkeypatch):
    versions = []
    encode = page._encode
    monkeypatch.setattr(page, "_encode", lambda **how: (versions.append(how), encode(**how)))
    canvas, points = page.canvas, on_canvas(page, SEVEN)
    canvas.event_generate("<ButtonPress-1>", x=points[0][0], y=points[0][1])
    for x, y in points[1:]:
        canvas.event_generate("<Motion>", x=x, y=y, state=0x100)
    assert versions == []
    canvas.update()
    assert versions == [{"final": False}]
    canvas.event_generate("<ButtonRelease-1>", x=x, y=y)
    canvas.update()
    assert versions[1:] == [{"final": True}]


def test_a_stroke_is_one_undo_entry(page, window):
    before = window.state.z
    draw(page)
    first = window.state.z
    draw(page, ((9.0, 14.0), (19.0, 14.0)))
    second = window.state.z
    assert len({before, first, second}) == 3
    window.undo()
    assert window.state.z == first
    window.undo()
    assert window.state.z == before
    assert not window.state.can_undo


def test_the_end_of_a_stroke_is_encoded_once(page):
    draw(page, release=False)
    x, y = on_canvas(page, SEVEN)[0]
    page.canvas.event_generate("<Motion>", x=x, y=y, state=0x100)
    page.canvas.event_generate("<ButtonRelease-1>", x=x, y=y, state=0x100)
    version = page.drawn.version
    page.update()
    assert page.drawn.version == version


def test_a_stroke_that_another_page_cuts_off_is_an_undo_entry_of_its_own(page, window):
    draw(page, release=False)
    answer = window.state.z
    window.show_page("sample")
    window.root.update()
    window.state.set_z([0.5] * 6)
    window.state.undo()
    assert window.state.z == answer


def test_what_is_encoded_is_centred_and_both_are_shown(page, window):
    draw(page, tuple((x / 2 + 1, y / 2 + 1) for x, y in SEVEN))  # small, in a corner
    drawn = page.drawn
    np.testing.assert_array_equal(drawn.raw, page.drawing.ink())
    np.testing.assert_array_equal(drawn.image[0], centre_as_mnist(page.drawing.fine(), 28))
    rows, columns = np.nonzero(drawn.image[0] > 127)  # the soft edge goes a little beyond
    assert 19 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 20
    assert class_of(window) == "7"
    np.testing.assert_array_equal(page.desk.encoded_view._pixels, drawn.image)
    np.testing.assert_array_equal(page.canvas.drawing.ink(), drawn.raw)
    assert "20 × 20" in page.desk.sentence.text


def test_centring_can_be_switched_off(page, window):
    draw(page, tuple((x / 2 + 1, y / 2 + 1) for x, y in SEVEN))
    centred = window.state.z
    page.desk.centre_switch.invoke()
    np.testing.assert_array_equal(page.drawn.image[0], page.drawn.raw)
    assert window.state.z != centred
    assert window.state.z == pytest.approx(
        tuple(encoders_mean(window.model, page.drawn.image)), abs=1e-4
    )
    assert "as drawn" in page.desk.sentence.text
    page.desk.centre_switch.invoke()
    assert window.state.z == centred


def test_locked_dimensions_stay_and_the_page_says_so(page, window):
    before = window.state.z
    window.state.set_lock(1, True)
    window.state.set_lock(4, True)
    draw(page)
    for index in (1, 4):
        assert window.state.z[index] == before[index]
        assert error_bars(window)[index][0] == pytest.approx(page.drawn.posterior.mu[index])
    assert window.state.z[0] == pytest.approx(page.drawn.posterior.mu[0], abs=1e-6)
    assert "z2, z5" in page.desk.sentence.text
    window.state.set_lock(1, False)
    window.root.update()
    assert "z2" not in page.desk.sentence.text
    window.state.set_lock(4, False)


def test_strokes_are_taken_back_and_drawn_again(page, window):
    draw(page)
    one = page.drawing.ink()
    point = window.state.z
    draw(page, ((9.0, 14.0), (19.0, 14.0)))
    page.tools.undo_button.invoke()
    np.testing.assert_array_equal(page.drawing.ink(), one)
    assert window.state.z == point
    page.tools.redo_button.invoke()
    assert len(page.drawing.strokes) == 2
    page.tools.clear_button.invoke()
    assert page.drawn is None
    assert error_bars(window) == [None] * 6
    page.tools.undo_button.invoke()
    assert len(page.drawing.strokes) == 2
    assert page.drawn is not None


def test_a_stroke_that_is_given_up_leaves_the_point_where_it_was(page, window):
    draw(page)
    before, entries = window.state.z, len(window.state._undo)
    draw(page, ((4.0, 20.0), (24.0, 20.0), (24.0, 25.0)), release=False)
    assert window.state.z != before
    press(page.canvas, "Escape")
    assert window.state.z == before
    assert len(window.state._undo) == entries
    assert window.state.open_gesture is None


def test_a_digit_is_drawn_with_the_keyboard_alone(page, window):
    canvas = page.canvas
    press(canvas, "Up", times=16)
    press(canvas, "Left", times=14)
    press(canvas, "space")
    press(canvas, "Right", times=26)
    for _ in range(16):
        press(canvas, "Down", times=2)
        press(canvas, "Left")
    press(canvas, "space")
    assert class_of(window) == "7"
    press(canvas, "Control-z")
    assert page.drawn is None
    assert window.state.can_undo  # the window's own undo has not been called


def test_undo_of_the_window_moves_the_point_back_and_leaves_the_drawing(page, window):
    before = window.state.z
    draw(page)
    window.root.focus_force()
    press(window.root, "Control-z")
    assert window.state.z == before
    assert page.drawn is not None


def test_the_brush_is_chosen_by_the_sliders_and_by_the_wheel(page):
    press(page.tools.size_slider, "Shift-Right")
    assert page.canvas.brush == (page.tools.radius, page.tools.softness)
    assert page.tools.radius == pytest.approx(1.75)
    press(page.tools.soft_slider, "Home")
    draw(page)
    assert page.drawing.strokes[-1].radius == pytest.approx(1.75)
    assert page.drawing.strokes[-1].softness == 0.0
    press(page.canvas, "bracketright")
    assert page.tools.radius == pytest.approx(2.0)


# --- error bars -----------------------------------------------------------------------------------


def test_the_sliders_show_mean_and_deviation_of_the_answer(page, window):
    draw(page)
    answer = page.drawn.posterior
    bars = np.array(error_bars(window))
    np.testing.assert_allclose(bars, np.stack([answer.mu, answer.std], axis=1))


def test_the_error_bars_are_there_as_long_as_the_page_is(page, window):
    draw(page)
    bars = error_bars(window)
    window.show_page("sample")
    window.root.update()
    assert error_bars(window) == [None] * 6
    window.show_page("draw")
    window.root.update()
    assert error_bars(window) == bars
    assert None not in bars


# --- real digits ----------------------------------------------------------------------------------


@pytest.mark.parametrize("index", [0, 17, 4_711, COUNT - 1])
def test_a_real_digit_is_encoded_to_the_encoders_own_mean(page, window, index):
    images, labels = bundled_digits()
    page.take_real(index)
    np.testing.assert_array_equal(page.drawn.image[0], images[index])
    expected = encoders_mean(window.model, images[index][None])
    np.testing.assert_allclose(window.state.z, expected, rtol=0, atol=1e-4)
    np.testing.assert_allclose(window.model.encoded.mu[index], window.state.z, rtol=0, atol=1e-4)
    assert (page.drawn.index, page.drawn.label) == (index, labels[index])
    assert f"a {labels[index]}" in page.desk.sentence.text
    assert window.state.can_undo


def test_a_real_digit_of_a_class_or_of_any(page, window):
    _, labels = bundled_digits()
    page.sources._fill()
    menu = page.sources.real_menu
    menu.invoke(menu.index("A random 4"))
    assert labels[page.drawn.index] == page.drawn.label == 4
    menu.invoke(menu.index("Any"))
    assert page.drawn.label == labels[page.drawn.index]


def test_a_real_digit_by_its_number(page, window, monkeypatch):
    answers = ["42", "10000", "four"]
    monkeypatch.setattr(draw_sources, "ask_text", lambda *asked: answers.pop(0))
    page.sources.ask_number()
    assert page.drawn.index == 42
    for _ in range(2):
        window.notify("")
        page.sources.ask_number()
        assert page.drawn.index == 42
        assert "number of a real digit" in window.status.message.cget("text")


def test_no_such_real_digit_is_told(page, window):
    draw(page)
    drawn = page.drawn
    page.take_real(COUNT)
    assert page.drawn is drawn
    assert "10,000" in window.status.message.cget("text")


def test_a_real_digit_that_is_drawn_on_is_no_longer_that_digit(page):
    page.take_real(3)
    draw(page, ((3.0, 3.0), (24.0, 24.0)))
    assert (page.drawn.index, page.drawn.label) == (None, None)
    page.tools.undo_button.invoke()
    assert page.drawn.index == 3


def test_undo_brings_back_what_was_on_the_sheet_and_its_name(page):
    draw(page)
    page.take_real(5)
    page.take_real(6)
    page.tools.undo_button.invoke()
    assert page.drawn.source == "real digit 5"
    page.tools.undo_button.invoke()
    assert page.drawn.source == "drawing"
    assert len(page.drawing.strokes) == 1


def test_a_mask_on_a_real_digit_leaves_it_that_digit(page):
    page.take_real(7)
    page._mask("lower half")
    assert page.drawn.index == 7
    assert "encoded as it is" in page.desk.sentence.text
    assert "background" in page.desk.sentence.text
    assert page.drawn.unknown[14:].all()
    assert not page.drawn.unknown[:14].any()
    page._mask("nothing")
    assert not page.drawn.unknown.any()


# --- unknown pixels -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("upper half", np.s_[:14]),
        ("lower half", np.s_[14:]),
        ("left half", np.s_[:, :14]),
        ("right half", np.s_[:, 14:]),
    ],
)
def test_a_half_is_marked_as_unknown(page, kind, part):
    draw(page)
    page._mask(kind)
    expected = np.zeros((28, 28), bool)
    expected[part] = True
    np.testing.assert_array_equal(page.drawing.unknown(), expected)
    assert 0 < page.drawn.unknown.sum() < page.drawn.unknown.size
    page.tools.undo_button.invoke()
    assert not page.drawn.unknown.any()


def test_an_unfinished_drawing_is_not_centred_and_the_page_says_why(page):
    draw(page, tuple((x / 2 + 1, y / 2) for x, y in SEVEN))
    page._mask("lower half")
    np.testing.assert_array_equal(page.drawn.image[0], page.drawn.raw)
    np.testing.assert_array_equal(page.drawn.unknown, page.drawing.unknown())
    assert "Not centred" in page.desk.sentence.text
    assert "background" in page.views["reconstruction"].sentence.text


def test_a_drawing_that_is_hidden_in_part_is_centred_and_the_encoder_is_not_told(page):
    draw(page, tuple((x / 2 + 1, y / 2 + 8) for x, y in SEVEN))
    whole = page.drawn.image[0]
    page._mask("lower half")
    unknown = page.drawn.unknown
    np.testing.assert_array_equal(page.drawn.image[0][~unknown], whole[~unknown])
    assert whole[unknown].any()
    assert not page.drawn.image[0][unknown].any()
    assert "hidden" in page.desk.sentence.text


def test_ink_that_is_all_unknown_is_not_encoded_and_the_page_says_so(page, window):
    draw(page, ((10.0, 5.0), (18.0, 5.0)))
    point = window.state.z
    page._mask("upper half")
    assert page.drawn is None
    assert "unknown" in page.desk.sentence.text
    assert window.state.z == point
    page._mask("nothing")
    assert page.drawn is not None


# --- pictures -------------------------------------------------------------------------------------


@pytest.fixture
def picture(tmp_path):
    """A dark seven on light paper, larger than the model's images."""
    drawing = Drawing(28).with_stroke(Stroke(SEVEN))
    path = tmp_path / "seven.png"
    Image.fromarray(255 - drawing.fine()).save(path)
    return path


def test_a_picture_is_opened_and_encoded(page, window, dialogs, picture, settle):
    dialogs.path = picture
    page.sources.open_button.invoke()
    settle()
    assert page.drawn.source == "seven.png"
    assert "inverted" in page.desk.sentence.text
    assert class_of(window) == "7"
    rows, columns = np.nonzero(page.drawn.image[0] > 40)
    assert 18 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 20


@pytest.mark.parametrize("content", [b"", b"I am no picture.", b"\x89PNG\r\n\x1a\n\x00\x00"])
def test_a_bad_picture_is_told_and_loses_nothing(page, window, dialogs, tmp_path, settle, content):
    draw(page)
    drawn, point = page.drawn, window.state.z
    dialogs.path = tmp_path / "bad.png"
    dialogs.path.write_bytes(content)
    page.sources.open_button.invoke()
    settle()
    (message,) = dialogs.errors
    dialogs.errors.clear()
    assert "bad.png" in message
    assert page.drawn is drawn
    assert window.state.z == point


def test_no_picture_chosen_changes_nothing(page, dialogs):
    draw(page)
    drawn = page.drawn
    page.sources.open_button.invoke()
    assert page.drawn is drawn


def test_what_is_encoded_is_saved_and_opened_again(page, window, dialogs, tmp_path, settle):
    draw(page)
    image, point = page.drawn.image, window.state.z
    dialogs.path = tmp_path / "mine.png"
    page.sources.save_button.invoke()
    settle()
    np.testing.assert_array_equal(np.asarray(Image.open(dialogs.path)), image[0])
    page.tools.clear_button.invoke()
    page.sources.open_button.invoke()
    settle()
    np.testing.assert_array_equal(page.drawn.image, image)
    assert window.state.z == point


def test_a_folder_that_cannot_be_written_is_told(page, dialogs, tmp_path, settle):
    draw(page)
    dialogs.path = tmp_path / "missing" / "mine.png"
    page.sources.save_button.invoke()
    settle()
    assert "missing" in dialogs.errors.pop()
    assert page.drawn is not None


# --- the point ------------------------------------------------------------------------------------


def test_the_image_of_the_point_comes_onto_the_sheet(page, window):
    image = window.model.decoder.decode_uint8(np.array(window.state.z))
    page.sources.point_button.invoke()
    np.testing.assert_array_equal(page.drawn.image, image)
    assert window.state.z == pytest.approx(tuple(encoders_mean(window.model, image)), abs=1e-4)


def test_the_shelf_sends_a_point_onto_the_sheet(page, window):
    take = page.slots()["sheet"]
    take(window.model.presets[8], "my eight")
    assert page.drawn.source == "my eight"
    assert class_of(window) == "8"


def test_an_edited_image_comes_onto_the_sheet(page, window):
    page.take_real(3)
    image = 255 - page.drawn.image
    page._take_image(image)
    np.testing.assert_array_equal(page.drawn.image, image)
    assert page.drawn.source == "real digit 3, edited"
    assert page.drawn.index is None
    page._take_image(image)
    assert page.drawn.source == "real digit 3, edited"


# --- the views ------------------------------------------------------------------------------------


def test_every_view_is_told_of_every_drawing(page):
    draw(page)
    for name, view in page.views.items():
        page.view_buttons[name].invoke()
        page.update()
        assert view.winfo_ismapped()
        assert [v.winfo_ismapped() for v in page.views.values()].count(1) == 1
        assert view.drawn is page.drawn


def test_escape_stops_what_is_computed(page, window, monkeypatch):
    stopped = []
    monkeypatch.setattr(page.views["refine"], "stop", lambda: stopped.append(True))
    window.root.focus_force()
    press(window.root, "Escape")
    assert stopped


# --- the session ----------------------------------------------------------------------------------


def through_json(settings):
    return json.loads(json.dumps(settings, allow_nan=False))


def test_a_drawing_comes_back_with_the_session(page, window, settle):
    draw(page)
    draw(page, ((9.0, 14.0), (19.0, 14.0)))
    press(page.tools.size_slider, "Right")
    page.desk.centre_switch.invoke()
    page.view_buttons["neighbours"].invoke()
    kept, drawn = through_json(page.settings()), page.drawn
    window.state.set_z([0.5] * 6)
    page.apply_settings(window.start_settings["draw"])
    settle()
    assert page.drawn is None
    page.apply_settings(kept)
    settle()
    assert np.abs(page.drawn.raw.astype(int) - drawn.raw).max() <= 2  # points to 0.01 pixel
    assert through_json(page.settings()) == kept
    assert window.state.z == (0.5,) * 6  # the session has brought its own
    assert page.canvas.brush == (page.tools.radius, page.tools.softness)


def test_a_real_digit_comes_back_by_its_number(page, window, settle):
    page.take_real(123)
    page._mask("left half")
    kept, drawn = through_json(page.settings()), page.drawn
    assert kept["drawing"]["base"] == {"real": 123}
    page.tools.clear_button.invoke()
    page.apply_settings(kept)
    settle()
    assert (page.drawn.index, page.drawn.label) == (123, drawn.label)
    np.testing.assert_array_equal(page.drawn.image, drawn.image)
    np.testing.assert_array_equal(page.drawn.unknown, drawn.unknown)


def test_a_picture_comes_back_with_its_name(page, window, dialogs, picture, settle):
    dialogs.path = picture
    page.sources.open_button.invoke()
    settle()
    kept, drawn = through_json(page.settings()), page.drawn
    page.tools.clear_button.invoke()
    page.apply_settings(kept)
    settle()
    assert page.drawn.source == "seven.png"
    np.testing.assert_array_equal(page.drawn.image, drawn.image)


@pytest.mark.parametrize(
    "settings",
    [
        {"drawing": 7},
        {"drawing": {"strokes": 3, "base": [], "unknown": 1.5, "side": None}},
        {"drawing": {"side": 28, "strokes": [{"kind": "ink"}, 4, None]}},
        {"drawing": {"side": 28, "base": {"real": 10**9}}},
        {"drawing": {"side": 28, "base": {"png": "AAAA"}, "unknown": "????"}},
        {"tools": {"tool": "chisel", "radius": 1e9, "softness": "much"}, "centre": "yes"},
        {"view": ["edit"], "views": {"edit": 3}, "source": "\ud800"},
        {"tools": [], "views": None},
    ],
)
def test_bad_settings_change_nothing(page, settle, settings):
    before = page.settings()
    page.apply_settings(settings)
    settle()
    assert page.settings() == before
    assert is_blank(page.settings()["drawing"])


# --- other models ---------------------------------------------------------------------------------


def test_without_an_encoder_one_draws_and_is_pointed_to_refine(page, window, open_foreign):
    open_foreign(latent=3)
    before = window.state.z
    draw(page)
    assert page.drawn is not None
    assert page.drawn.posterior is None
    assert window.state.z == before
    assert error_bars(window) == [None] * 3
    view = page.views["reconstruction"]
    assert "without an encoder" in view.words.cget("text")
    view.refine_button.invoke()
    page.update()
    assert page.views["refine"].winfo_ismapped()


def test_without_an_encoder_real_digits_are_read_when_asked_for(page, open_foreign, settle):
    open_foreign(latent=3)
    page.take_real(11)
    settle()
    np.testing.assert_array_equal(page.drawn.raw, bundled_digits()[0][11])


def test_a_drawing_for_colour_has_the_colour_of_the_pen(page, open_foreign):
    open_foreign(latent=3, side=32, image_channels=3)
    tools = page.desk.tools
    assert tools.colour_box.winfo_ismapped()
    assert not page.desk.centre_switch.winfo_ismapped()
    draw(page)
    assert page.drawn.image.shape == (3, 32, 32)
    assert np.ptp(page.drawn.image, axis=0).max() == 0  # white
    assert "in colour" in page.desk.sentence.text
    page.canvas.clear()
    tools.colour_box.set("red")
    tools.colour_box.event_generate("<<ComboboxSelected>>")
    draw(page)
    row, column = np.unravel_index(page.drawn.image[0].argmax(), (32, 32))
    assert tuple(page.drawn.image[:, row, column]) == COLOURS["red"]
    page.sources._fill()
    assert "32 × 32" in page.sources.real_menu.entrycget(0, "label")


@pytest.mark.parametrize("latent", [1, 2, 16])
def test_another_size_takes_the_strokes_over(page, open_foreign, latent):
    draw(page)
    open_foreign(latent=latent, side=32)
    (stroke,) = page.drawing.strokes
    assert page.drawing.side == page.drawn.raw.shape[0] == 32
    assert stroke.points[0] == pytest.approx(tuple(c * 32 / 28 for c in SEVEN[0]), abs=0.3)


def test_another_model_encodes_the_drawing_and_leaves_the_point(page, window, model, settle):
    draw(page)
    drawn = page.drawn
    window.state.set_z([0.25] * 6)
    page.set_model(model)
    page.set_encoded(model)
    settle()
    np.testing.assert_array_equal(page.drawn.raw, drawn.raw)
    assert page.drawn.version > drawn.version
    assert window.state.z == (0.25,) * 6


def test_images_that_are_not_square_cannot_be_drawn_and_the_page_says_so(page, model):
    decoder = FoldedDecoder.from_state_dict(
        {key: value.numpy() for key, value in foreign_state(side=32).items()}, (1, 16, 64)
    )
    bundle = dataclasses.replace(model.bundle, encoder=None, shows_digits=False)
    page.set_model(dataclasses.replace(model, bundle=bundle, decoder=decoder, encoded=None))
    page.update()
    assert "64 × 16" in page.canvas.itemcget(page.canvas._note, "text")
    draw(page)
    page.take_real(3)
    assert page.drawn is None
    for widget in (page.sources.open_button, page.tools.clear_button, page.desk.centre_switch):
        assert widget.instate(["disabled"])
    assert page.slots() == {}
    page.set_model(model)
    page.set_encoded(model)
    draw(page)
    assert page.drawn is not None


@pytest.fixture
def broken(page, model):
    """The page with an encoder whose weights are damaged."""
    encoder = type(model.bundle.encoder)(model.bundle.encoder.config)
    with torch.no_grad():
        encoder.fc_mu.bias.fill_(float("nan"))
    broken = dataclasses.replace(
        model, bundle=dataclasses.replace(model.bundle, encoder=encoder), encoded=None
    )
    page.set_model(broken)
    yield broken
    page.tools.clear_button.invoke()
    page.set_model(model)
    page.set_encoded(model)


def test_an_encoder_that_gives_no_number_is_told(page, window, broken):
    before = window.state.z
    draw(page)
    assert "finite" in page.desk.sentence.text
    assert window.state.z == before
    assert page.drawn.posterior is None
