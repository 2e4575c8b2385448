"""The dialog before an export: what it shows follows from what is chosen, and Return saves it."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import ImageTk

from explorer.dialogs import ExportDialog
from explorer.jobs import Jobs
from explorer.movie import PALETTES, MovieOptions, caption_text, palette_table, picture_size, still
from explorer.movie_dialog import MovieDialog
from explorer.widgets.status_bar import StatusBar
from explorer.worker import Worker
from tests.interaction import press
from vae.decoding import FoldedDecoder
from vae.weights import load_state_dict

CAPTION = caption_text(1.0, "3", 0.98)


@pytest.fixture
def worker(stage):
    """A thread of the test's own, as the window has one."""
    worker = Worker(stage.root.after)
    yield worker
    worker.close()


@pytest.fixture
def settle(worker, pump):
    """`settle()` waits for the preview."""
    return lambda: pump(lambda: not worker.busy, what="the preview is drawn")


@pytest.fixture
def digit(weights_path) -> np.ndarray:
    """An image of the shipped decoder, (1, 28, 28)."""
    decoder = FoldedDecoder.from_state_dict(load_state_dict(weights_path))
    return decoder.decode_uint8(np.array([1.0, -1.0, 0.5, 0.0, 0.3, -0.7]))


@pytest.fixture
def opened(stage, worker, settle, digit):
    """`opened(options, sample)` opens the dialog; `.saved` is what came out of it."""
    problems, dialogs = [], []
    status = StatusBar(stage.frame, stage.theme)
    jobs = Jobs(stage.root, worker, status, lambda *problem: problems.append(problem))

    def make(options=None, sample=None, **path) -> MovieDialog:
        saved = []
        dialog = MovieDialog(
            stage.root,
            stage.theme,
            run_job=jobs.run,
            sample=digit if sample is None else sample,
            caption=CAPTION,
            options=options or MovieOptions(),
            on_save=saved.append,
            **{"duration_s": 2.0, "steps": 16, **path},
        )
        dialog.saved = saved
        dialogs.append(dialog)
        stage.root.update()
        return dialog

    yield make
    for dialog in dialogs:
        dialog.window.destroy()
    settle()
    assert problems == []
    assert status.message.cget("text") == ""


def is_open(dialog: MovieDialog) -> bool:
    return bool(dialog.window.winfo_exists())


def choose(box, index: int) -> None:
    box.current(index)
    box.event_generate("<<ComboboxSelected>>")
    box.update()


def typed(field, text: str, key: str = "Tab") -> None:
    field.set(text)
    press(field, key)


def shown(dialog: MovieDialog) -> np.ndarray:
    """The previewed frame as it is on the screen, (H, W, 3)."""
    return np.asarray(ImageTk.getimage(dialog._drawn[0]).convert("RGB"))


# --- what follows from the choices ----------------------------------------------------------------


def test_size_frames_and_seconds_are_shown_before_saving(opened):
    dialog = opened()
    assert (dialog.size_text, dialog.frames_text) == ("224 × 224 pixels", "51 frames, 2.0 s")
    dialog.labels_box.invoke()
    assert dialog.size_text == "224 × 261 pixels"
    typed(dialog.scale_field, "10")
    assert dialog.size_text == "280 × 328 pixels"
    typed(dialog.fps_field, "10")
    assert dialog.frames_text == "21 frames, 2.1 s"
    choose(dialog.repeat_box, 2)
    assert dialog.frames_text == "40 frames, 4.0 s"
    dialog.format_buttons["strip"].invoke()
    assert (dialog.size_text, dialog.frames_text) == ("4,510 × 328 pixels", "16 pictures")
    dialog.format_buttons["frames"].invoke()
    assert (dialog.size_text, dialog.frames_text) == ("280 × 328 pixels each", "21 pictures")


def test_a_closed_path_that_loops_does_not_show_its_start_twice(opened):
    assert opened(closed=True).frames_text == "50 frames, 2.0 s"


def test_a_rate_that_a_gif_lacks_waits_for_another_format(opened):
    dialog = opened(MovieOptions("webp", fps=60))
    dialog.format_buttons["gif"].invoke()
    assert dialog.options.fps == 50
    assert dialog.fps_field.get() == "50"
    typed(dialog.fps_field, "60")
    assert "from 1 to 50, not 60" in dialog.problem
    dialog.format_buttons["apng"].invoke()
    assert dialog.options.fps == 60
    typed(dialog.fps_field, "30")
    dialog.format_buttons["gif"].invoke()
    assert dialog.options.fps == 30
    assert dialog.problem == ""


@pytest.mark.parametrize(
    ("format_", "rate", "repeat", "note"),
    [
        ("gif", "normal", "readonly", ""),
        ("mp4", "normal", "readonly", "if the player does"),
        ("strip", "disabled", "disabled", "one way only"),
        ("frames", "normal", "disabled", "one way only"),
    ],
)
def test_only_what_the_format_has_can_be_chosen(opened, format_, rate, repeat, note):
    dialog = opened()
    dialog.format_buttons[format_].invoke()
    assert str(dialog.fps_field["state"]) == rate
    assert str(dialog.repeat_box["state"]) == repeat
    assert dialog.repeat_note == note


@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize("labels", [False, True])
def test_the_preview_is_a_frame_of_the_file(opened, digit, settle, palette, labels):
    options = MovieOptions("apng", scale=6, labels=labels)
    dialog = opened(options)
    choose(dialog.palette_box, tuple(PALETTES).index(palette))
    settle()
    expected = np.asarray(still(digit, CAPTION, replace(options, palette=palette)))
    np.testing.assert_array_equal(shown(dialog), expected)
    ramp = np.asarray(ImageTk.getimage(dialog._drawn[1]).convert("RGB"))
    np.testing.assert_array_equal(ramp[0, [0, -1]], palette_table(palette)[[1, 255]])


@pytest.mark.parametrize("shape", [(1, 28, 28), (1, 300, 500)])
def test_a_preview_larger_than_its_place_is_made_smaller(opened, settle, shape):
    dialog = opened(MovieOptions(scale=20, labels=True), np.full(shape, 200, np.uint8))
    settle()
    height, width, _ = shown(dialog).shape
    assert 150 < width <= dialog.preview.winfo_width()
    assert height <= dialog.preview.winfo_height()
    whole = picture_size(shape, MovieOptions(scale=5, labels=True))
    assert width / height == pytest.approx(whole[0] / whole[1], abs=0.05)


def test_a_preview_that_comes_too_late_harms_nobody(opened, settle):
    dialog = opened()
    dialog.labels_box.invoke()
    dialog.window.destroy()
    settle()


def test_images_with_colours_keep_them(opened, settle):
    sample = np.random.default_rng(0).integers(0, 256, (3, 32, 32), np.uint8)
    dialog = opened(MovieOptions(scale=4, palette="magma"), sample)
    assert str(dialog.palette_box["state"]) == "disabled"
    assert dialog.palette_box.get() == "As they are"
    settle()
    squares = sample.transpose(1, 2, 0).repeat(4, 0).repeat(4, 1)
    np.testing.assert_array_equal(shown(dialog), squares)
    dialog.save_button.invoke()
    assert dialog.saved == [MovieOptions(scale=4)]


def test_a_format_that_cannot_be_written_is_grey_with_the_reason(opened, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    dialog = opened(MovieOptions("mp4", fps=60))
    assert str(dialog.format_buttons["mp4"]["state"]) == "disabled"
    assert all(
        str(button["state"]) == "normal"
        for name, button in dialog.format_buttons.items()
        if name != "mp4"
    )
    assert any("pip install imageio-ffmpeg" in text for text in texts(dialog.window))
    dialog.format_buttons["mp4"].invoke()
    assert dialog.options == MovieOptions("gif", fps=50)  # the nearest to what was asked for


def test_the_arrow_keys_choose_a_format(opened):
    dialog = opened(MovieOptions("webp"))
    buttons = dialog.format_buttons
    press(buttons["webp"], "Up")
    assert dialog.options.format == "apng"
    press(buttons["apng"], "Left")
    assert dialog.options.format == "gif"
    press(buttons["gif"], "Up")
    assert dialog.options.format == "frames"  # round the end
    press(buttons["frames"], "Right")
    assert dialog.options.format == "gif"


def texts(widget) -> list[str]:
    own = [widget.cget("text")] if "text" in widget.keys() else []  # noqa: SIM118
    return own + [text for child in widget.winfo_children() for text in texts(child)]


def test_too_much_is_told_and_not_saved(opened):
    dialog = opened(duration_s=60)
    typed(dialog.scale_field, "40")
    assert "MB of memory, more than 300" in dialog.problem
    press(dialog.window, "Return")
    assert is_open(dialog)
    assert dialog.saved == []
    dialog.format_buttons["mp4"].invoke()  # one frame at a time
    assert dialog.problem == ""
    press(dialog.window, "Return")
    assert dialog.saved == [MovieOptions("mp4", scale=40)]


# --- saving and leaving ---------------------------------------------------------------------------


def test_everything_that_is_chosen_is_saved(opened):
    dialog = opened()
    dialog.format_buttons["webp"].invoke()
    typed(dialog.scale_field, "5")
    typed(dialog.fps_field, "60")
    choose(dialog.palette_box, 3)
    choose(dialog.repeat_box, 0)
    dialog.labels_box.invoke()
    dialog.save_button.invoke()
    assert dialog.saved == [MovieOptions("webp", 5, 60, "magma", True, "once")]
    assert not is_open(dialog)


def test_it_begins_with_the_options_of_the_last_time(opened):
    options = MovieOptions("strip", 12, 40, "cividis", True, "ping-pong")
    dialog = opened(options)
    assert dialog.options == options
    press(dialog.window, "Return")
    assert dialog.saved == [options]


@pytest.mark.parametrize("key", ["Return", "KP_Enter"])
@pytest.mark.parametrize(
    "control", ["format", "scale_field", "fps_field", "palette_box", "repeat_box", "labels_box"]
)
def test_return_saves_from_everywhere(opened, control, key):
    dialog = opened()
    widget = dialog.format_buttons["gif"] if control == "format" else getattr(dialog, control)
    press(widget, key)
    assert dialog.saved == [MovieOptions()]
    assert not is_open(dialog)


def test_what_cannot_be_used_is_told_and_the_next_return_saves(opened):
    dialog = opened()
    typed(dialog.scale_field, "1000", "Return")
    assert is_open(dialog)
    assert "from 1 to 100" in dialog.problem
    typed(dialog.scale_field, "9", "Return")
    assert dialog.saved == [MovieOptions(scale=9)]


def test_a_mended_number_does_not_hide_that_it_is_too_much(opened):
    dialog = opened(MovieOptions(scale=40), duration_s=60)
    typed(dialog.scale_field, "many")
    assert "not a number" in dialog.problem
    typed(dialog.scale_field, "40")
    assert "MB of memory" in dialog.problem


def test_escape_leaves_a_field_and_then_the_dialog(opened):
    dialog = opened()
    typed(dialog.scale_field, "9", "Escape")
    assert is_open(dialog)
    assert dialog.scale_field.get() == "8"
    press(dialog.window, "Escape")
    assert not is_open(dialog)
    assert dialog.saved == []


@pytest.mark.parametrize("key", ["Return", "KP_Enter", "space"])
@pytest.mark.parametrize("button", ["save", "cancel"])
def test_a_button_does_what_it_says_and_only_that(opened, stage, key, button):
    dialog = opened()
    exported = []
    other = ExportDialog(
        stage.root, stage.theme, (1, 28, 28), False, lambda *answer: exported.append(answer)
    )
    for one in (other, dialog):
        row = one.save_button.master.winfo_children()
        press(row[1] if button == "save" else row[0], key)
        assert not is_open(one)
    assert dialog.saved == ([MovieOptions()] if button == "save" else [])
    assert exported == ([(16, False)] if button == "save" else [])


def test_every_control_is_reached_by_tab_and_explained(opened):
    dialog = opened()
    controls = [
        *dialog.format_buttons.values(),
        dialog.scale_field,
        dialog.fps_field,
        dialog.palette_box,
        dialog.repeat_box,
        dialog.labels_box,
    ]
    reached, widget = [], dialog.format_buttons["gif"]
    while widget not in reached:
        reached.append(widget)
        widget = widget.tk_focusNext()
    assert reached[: len(controls)] == controls
    assert reached[-1] is dialog.save_button
    assert all("Tooltips" in control.bindtags() for control in [*controls, dialog.preview])
    assert str(dialog.window.tk.call("focus")) == str(dialog.format_buttons["gif"])


def test_formats_are_walked_through_with_the_arrow_keys(opened):
    dialog = opened()
    press(dialog.format_buttons["gif"], "Down")
    assert str(dialog.window.tk.call("focus")) == str(dialog.format_buttons["apng"])
    press(dialog.format_buttons["apng"], "space")
    assert dialog.options.format == "apng"


def test_it_follows_light_and_dark(opened, stage, settle):
    dialog = opened()
    settle()
    for mode in ("dark", "light"):
        stage.theme.set_mode(mode)
        palette = stage.theme.palette
        assert str(dialog.preview["background"]) == palette.background
        assert dialog.preview.itemcget("frame", "outline") == palette.border
        assert str(dialog._problem["foreground"]) == palette.warning
