"""The Sweep page: what the sheet shows, that it follows the point, and what a click adopts."""

from __future__ import annotations

import copy
import dataclasses
import io

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.images import scaled
from explorer.model import open_model
from explorer.pages import sweep as sweep_module
from explorer.pages.sweep import HINT, HINT_LARGE
from explorer.sweep import MAX_STEPS, MIN_STEPS, Sweeper, SweepRequest
from tests.foreign import foreign_state
from tests.interaction import click, press


@pytest.fixture
def page(window, model, pump):
    """The page in front, with everything known of the model, drawn."""
    window.show_page("sweep")
    page = window.pages["sweep"]
    page.set_encoded(model)
    page.apply_settings(dataclasses.asdict(SweepRequest()))
    press(page.vector_field.entry, "Escape")  # what an earlier test has typed
    pump(lambda: window.settled and page.settled)
    page.sheet_view.event_generate("<Leave>")  # the screen's real pointer may rest there
    return page


@pytest.fixture
def change(page, pump):
    """Applies settings and waits for the sheet that they ask for."""

    def apply(**settings):
        page.apply_settings(settings)
        pump(lambda: page.settled, what="the sheet shows what is asked for")
        return page.sweep

    return apply


def shown(page) -> np.ndarray:
    """What the screen has of each image in view: (n, height, width) grey levels."""
    sheet = page.sheet_view
    # The bytes that Tk has, not those that it was given.
    data = sheet.tk.call(str(sheet._photo), "data", "-format", "ppm")
    photo = Image.open(io.BytesIO(bytes(data)))
    left0, top0 = sheet.layout.origin
    tiles = []
    for index in range(sheet.layout.in_view.start, sheet.layout.in_view.stop):
        left, top, right, bottom = sheet.box_of(index)
        box = left - left0, top - top0, right - left0, bottom - top0
        tiles.append(np.asarray(photo.crop(box).convert("L")))
    return np.stack(tiles)


def expected(page, decoder, points: np.ndarray) -> np.ndarray:
    cell = page.sheet_view.layout.cell
    images = decoder.decode_uint8(points)
    return np.stack(
        [np.asarray(scaled(image, *cell, smooth=True).convert("L")) for image in images]
    )


def assert_shows(page, decoder, points) -> None:
    difference = shown(page).astype(int) - expected(page, decoder, points)
    assert np.abs(difference).max() <= 2  # rounding, and a grey level from three colours


def middle(page, index: int) -> tuple[int, int]:
    left, top, right, bottom = page.sheet_view.box_of(index)
    return (left + right) // 2, (top + bottom) // 2


def click_tile(page, index: int) -> None:
    click(page.sheet_view, *middle(page, index))


# --- what is shown --------------------------------------------------------------------------------


def test_at_first_it_shows_every_dimension_at_eleven_values(page, window):
    z = np.array(window.state.z)
    even = np.linspace(-3, 3, 11)
    points = np.tile(z, (6, 11, 1))
    for dimension in range(6):
        points[dimension, :, dimension] = even
    np.testing.assert_allclose(page.sweep.points, points.reshape(-1, 6))
    assert_shows(page, window.model.decoder, points.reshape(-1, 6))
    assert page.sheet_view.sheet.header[:2] == ("-3", "-2.4")
    assert page.sheet_view.sheet.row_names == ("z1", "z2", "z3", "z4", "z5", "z6")


def test_the_sheet_follows_the_point(page, window, pump):
    window.state.set_z([0.5, -1.0, 2.0, 0.0, 1.0, -2.0])
    pump(lambda: page.settled)
    assert page.sweep.points[5] == pytest.approx([0, -1.0, 2.0, 0.0, 1.0, -2.0])
    assert_shows(page, window.model.decoder, page.sweep.points)
    assert page.bars.z == window.state.z
    np.testing.assert_array_equal(
        page.bars.pixels, window.model.decoder.decode_uint8(np.array(window.state.z))
    )
    assert page.vector_field.entry.get() == "0.5, -1, 2, 0, 1, -2"


def test_around_zero_holds_the_others_at_zero(page, window, change):
    sweep = change(around="zero")
    points = sweep.points.reshape(6, 11, 6)
    for dimension in range(6):
        assert (np.delete(points[dimension], dimension, axis=1) == 0).all()
    assert_shows(page, window.model.decoder, sweep.points)


def test_around_zero_leaves_locked_dimensions_where_they_are(page, window, change, pump):
    window.state.set_z([1.0] * 6)
    window.state.set_lock(1, True)
    sweep = change(around="zero")
    np.testing.assert_array_equal(sweep.base, [0, 1, 0, 0, 0, 0])
    assert sweep.sheet.row_notes[1] == "locked"


@pytest.mark.parametrize("steps", [MIN_STEPS, 8, MAX_STEPS])
def test_any_number_of_steps(page, window, change, steps):
    sweep = change(steps=steps, span=1.5)
    np.testing.assert_allclose(sweep.values, np.tile(np.linspace(-1.5, 1.5, steps), (6, 1)))
    assert_shows(page, window.model.decoder, sweep.points)


def test_quantiles_are_those_of_the_encoded_images(page, window, model, change):
    sweep = change(range="quantiles", quantile=5, steps=7)
    shares = np.linspace(0.05, 0.95, 7)
    np.testing.assert_allclose(sweep.values, np.quantile(model.encoded.mu, shares, axis=0).T)
    assert page.sheet_view.sheet.header[0] == "5%"
    assert page.sheet_view.sheet.header[-1] == "95%"
    ends = [f"{row[0]:.1f}…{row[-1]:.1f}" for row in sweep.values]
    assert page.sheet_view.sheet.row_notes == tuple(ends)  # each row has values of its own
    assert_shows(page, window.model.decoder, sweep.points)


def test_rows_are_ordered_by_use(page, model, change):
    sweep = change(order="use")
    order = np.argsort(-model.use)
    np.testing.assert_array_equal(sweep.dimensions, order)
    assert sweep.sheet.row_names == tuple(f"z{index + 1}" for index in order)
    assert sweep.sheet.row_notes == tuple(f"{model.use[index]:.2f} nats" for index in order)
    points = sweep.points.reshape(6, 11, 6)
    for row, dimension in enumerate(order):
        np.testing.assert_allclose(points[row, :, dimension], np.linspace(-3, 3, 11))


def test_a_dead_dimension_is_said_to_be_dead(page, model, change, pump):
    encoded = copy.copy(model.encoded)
    kl = model.use.copy()
    kl[3] = 0.004
    object.__setattr__(encoded, "kl", kl)  # frozen, and slow to make anew
    page.set_encoded(dataclasses.replace(model, encoded=encoded))
    pump(lambda: page.settled)
    sheet = page.sheet_view.sheet
    assert sheet.row_notes[3] == "dead"
    assert sheet.greyed == {3}
    assert change(order="use").dimensions[-1] == 3
    assert page.sheet_view.sheet.greyed == {5}


def test_the_tile_nearest_to_the_point_is_marked_in_every_row(page, window, pump):
    window.state.set_z([0.0, -3.0, 0.7, 3.2, 3.9, -9.0])
    pump(lambda: page.settled)
    assert page.sheet_view.marked == {
        0 * 11 + 5: False,
        1 * 11 + 0: False,
        2 * 11 + 6: False,
        3 * 11 + 10: False,
        4 * 11 + 10: True,
        5 * 11 + 0: True,
    }


def test_the_controls_show_and_change_the_request(page, pump):
    page.options.choices["around", "zero"].invoke()
    page.options.choices["range", "quantiles"].invoke()
    page.options.choices["order", "use"].invoke()
    for field, text in ((page.options.steps_field, "5"), (page.options.quantile_field, "10")):
        field.set(text)
        field.commit()
    pump(lambda: page.settled)
    assert page.request == SweepRequest(
        steps=5, around="zero", range="quantiles", quantile=10, order="use"
    )
    assert page.sweep.values.shape == (6, 5)
    page.options.span_field.set("2")
    page.options.span_field.commit()
    assert page.request.range == "deviations"  # whoever types a range wants to see it
    page.options.quantile_field.set("2")
    page.options.quantile_field.commit()
    assert page.request.range == "quantiles"


@pytest.mark.parametrize(
    ("name", "text"), [("steps", "2"), ("steps", "22"), ("span", "0"), ("quantile", "50")]
)
def test_a_wrong_number_is_told_and_changes_nothing(page, window, name, text):
    before = page.request
    field = getattr(page.options, f"{name}_field")
    field.set(text)
    press(field, "Return")
    assert page.request == before
    assert window.status.is_error


# --- one dimension large --------------------------------------------------------------------------


def test_a_label_shows_its_dimension_large_with_values_and_verdicts(page, window, change, pump):
    change(order="use")
    dimension = int(page.sweep.dimensions[2])
    left, top, _, bottom = page.sheet_view.box_of(2 * 11)
    click(page.sheet_view, left - 20, (top + bottom) // 2)
    pump(lambda: page.settled)
    assert page.request.dimension == dimension
    assert page.options.dimension_box.get() == f"z{dimension + 1}"
    sweep, model = page.sweep, window.model
    np.testing.assert_allclose(sweep.points[:, dimension], np.linspace(-3, 3, MAX_STEPS))
    assert_shows(page, model.decoder, sweep.points)
    answers = model.probabilities(model.decoder.decode_uint8(sweep.points))
    for index, caption in enumerate(page.sheet_view.sheet.captions):
        value, verdict = caption.split("\n")
        assert float(value) == pytest.approx(sweep.values[0, index], abs=0.006)
        name, sure = model.class_names[answers[index].argmax()], answers[index].max()
        assert verdict == f"{name} {sure:.0%}"
    assert len(page.sheet_view.marked) == 1


def test_long_names_of_classes_have_a_line_of_their_own(page, model, change):
    names = tuple(f"ankle boot {name}" for name in model.class_names)
    bundle = dataclasses.replace(model.bundle, class_names=names)
    page.set_encoded(dataclasses.replace(model, bundle=bundle))
    sweep = change(dimension=0)
    answers = model.probabilities(model.decoder.decode_uint8(sweep.points))
    _, name, sure = page.sheet_view.sheet.captions[4].split("\n")
    assert (name, sure) == (names[answers[4].argmax()], f"{answers[4].max():.0%}")


def test_the_list_chooses_a_dimension_and_all(page, pump):
    assert page.options.dimension_box.cget("values") == ("All", "z1", "z2", "z3", "z4", "z5", "z6")
    for chosen, dimension in ((4, 3), (0, None)):
        page.options.dimension_box.current(chosen)
        page.options.dimension_box.event_generate("<<ComboboxSelected>>")
        pump(lambda: page.settled)
        assert page.request.dimension == dimension
    assert len(page.sweep.points) == 66


def test_escape_goes_back_to_all(page, change):
    change(dimension=1)
    assert page.info.cget("text") == HINT_LARGE
    press(page.sheet_view, "Escape")
    assert page.request.dimension is None
    assert str(page.tk.call("focus")) == str(page.sheet_view)  # to go on walking
    press(page.sheet_view, "Escape")
    assert str(page.tk.call("focus")) == "."


def test_one_dimension_has_a_number_of_steps_of_its_own(page, change, pump):
    change(dimension=0)
    assert page.options.steps_field.number == MAX_STEPS
    page.options.steps_field.set("9")
    page.options.steps_field.commit()
    pump(lambda: page.settled)
    assert len(page.sweep.points) == 9
    change(dimension=None)
    assert page.options.steps_field.number == 11
    assert len(page.sweep.points) == 66


def test_the_verdicts_follow_the_point(page, window, change, pump):
    change(dimension=0)
    before = page.sheet_view.sheet.captions
    window.state.set_z(window.model.presets[8])
    pump(lambda: page.settled)
    captions = page.sheet_view.sheet.captions
    assert captions != before
    assert any(caption.split("\n")[1].startswith("8") for caption in captions)


# --- hover, click, keys ---------------------------------------------------------------------------


def test_a_hover_tells_the_value_and_the_class(page, window):
    index = 3 * 11 + 8
    x, y = middle(page, index)
    page.sheet_view.event_generate("<Motion>", x=x, y=y)
    window.root.update()
    model = window.model
    answer = model.probabilities(model.decoder.decode_uint8(page.sweep.points[index][None]))[0]
    text = page.info.cget("text")
    assert text.startswith("z4 = 1.80")
    assert text.endswith(f"{model.class_names[answer.argmax()]} ({answer.max():.0%})")
    page.sheet_view.event_generate("<Leave>")
    window.root.update()
    assert page.info.cget("text") == HINT


def test_in_quantiles_a_hover_tells_both(page, window, model, change):
    change(range="quantiles", quantile=1, steps=3)
    x, y = middle(page, 1)
    page.sheet_view.event_generate("<Motion>", x=x, y=y)
    window.root.update()
    median = np.median(model.encoded.mu[:, 0])
    assert page.info.cget("text").startswith(f"z1 = {median:.2f} (50% of the images are below)")


def test_a_click_adopts_the_point_as_one_entry_and_its_tile_is_marked(page, window, pump):
    start = window.state.z
    index = 2 * 11 + 9
    wanted = tuple(page.sweep.points[index])
    image = shown(page)[index]
    click_tile(page, index)
    assert window.state.z == pytest.approx(wanted, abs=1e-6)
    pump(lambda: page.settled)
    assert index in page.sheet_view.marked
    np.testing.assert_array_equal(shown(page)[index], image)
    window.undo()
    assert window.state.z == start
    assert not window.state.can_undo


def test_the_keyboard_adopts_too(page, window):
    press(page.sheet_view, "Down")
    press(page.sheet_view, "Right", times=3)
    press(page.sheet_view, "Return")
    assert window.state.z[1] == pytest.approx(-1.2)


@pytest.mark.parametrize("around", ["current", "zero"])
def test_a_locked_dimension_is_left_alone_and_that_is_told(page, window, change, around):
    z = [0.5, 0.25, -0.5, 1.0, 0.75, -1.0]
    window.state.set_z(z)
    window.state.set_lock(2, True)
    change(around=around)
    click_tile(page, 2 * 11 + 9)
    assert window.state.z[2] == -0.5
    assert window.status.message.cget("text") == "Locked: z3 stays where it is."
    window.notify("")
    change(around=around)
    wanted = tuple(page.sweep.points[11])
    click_tile(page, 11)
    assert window.state.z == pytest.approx(wanted)
    assert window.state.z[2] == -0.5
    assert window.status.message.cget("text") == ""


# --- the vector as text ---------------------------------------------------------------------------


def type_vector(page, text: str) -> None:
    entry = page.vector_field.entry
    entry.focus_force()
    entry.update()
    entry.delete(0, "end")
    entry.insert(0, text)
    press(entry, "Return")


def test_a_typed_vector_is_adopted(page, window):
    start = window.state.z
    type_vector(page, "[1, 2, 3, -1, -2, -3]")
    assert window.state.z == (1, 2, 3, -1, -2, -3)
    assert page.vector_field.entry.get() == "1, 2, 3, -1, -2, -3"
    window.undo()
    assert window.state.z == start


def test_a_text_that_is_no_vector_is_told_and_moves_nothing(page, window):
    start = window.state.z
    type_vector(page, "1, 2, 3")
    assert window.state.z == start
    assert "Got 3 numbers" in page.vector_field.message.cget("text")
    assert page.vector_field.message.winfo_ismapped()


# --- pace -----------------------------------------------------------------------------------------


@pytest.fixture
def refreshes(page, monkeypatch):
    """The bases of the sweeps that were worked out."""
    made = []
    sweep = Sweeper.sweep

    def counted(self, *what):
        worked_out = sweep(self, *what)
        made.append(worked_out.base)
        return worked_out

    monkeypatch.setattr(Sweeper, "sweep", counted)
    return made


def test_a_burst_of_movements_is_one_refresh_of_the_newest_point(page, window, pump, refreshes):
    for value in np.linspace(-1, 1, 50):
        window.state.set_value(0, value)
        window.root.update_idletasks()  # the digit is redrawn every time
    assert refreshes == []
    pump(lambda: page.settled)
    assert [base[0] for base in refreshes] == [1.0]


def test_a_long_drag_is_followed_while_it_lasts(page, window, pump, refreshes):
    seen = []
    for value in (0.25, 0.5, 0.75):
        window.state.set_value(0, value)
        pump(lambda: page.settled)
        seen.append(refreshes[-1][0])
    assert seen == [0.25, 0.5, 0.75]


def test_a_hidden_page_does_not_refresh_until_it_is_seen(page, window, pump, refreshes):
    window.show_page("sample")
    pump(lambda: window.settled)
    window.state.set_z([1.0] * 6)
    page.apply_settings({"steps": 5})
    pump(lambda: window.settled)
    window.root.update()
    assert refreshes == []
    window.show_page("sweep")
    pump(lambda: page.settled and len(refreshes) > 0)
    assert (refreshes[-1] == 1.0).all()
    assert_shows(page, window.model.decoder, page.sweep.points)


@pytest.mark.parametrize("images", [1, 4, 11, 1000])
def test_a_sheet_is_drawn_in_parts_and_then_shown_at_once(
    page, window, change, monkeypatch, images
):
    monkeypatch.setattr(sweep_module, "PART_PIXELS", images * 28 * 28)
    before = shown(page)
    window.state.set_z([1.0] * 6)
    drawing = page._draw()
    decoded = []
    decode = type(window.model.decoder).decode_uint8
    monkeypatch.setattr(
        type(window.model.decoder),
        "decode_uint8",
        lambda self, z: decoded.append(np.atleast_2d(z).shape[0]) or decode(self, z),
    )
    for _ in drawing:
        assert sum(decoded) <= images
        decoded.clear()
        np.testing.assert_array_equal(shown(page), before)
    monkeypatch.undo()
    assert_shows(page, window.model.decoder, page.sweep.points)
    assert page.sweep.base[0] == 1.0


def test_until_another_sheet_is_there_a_click_means_what_is_seen(page, window, pump):
    wanted = tuple(page.sweep.points[13])
    place = middle(page, 13)
    page.apply_settings({"steps": 5})
    drawing = page._draw()
    for _ in range(4):  # in the middle of it
        next(drawing)
    page.sheet_view.event_generate("<Button-1>", x=place[0], y=place[1])
    assert window.state.z == pytest.approx(wanted, abs=1e-6)
    pump(lambda: page.settled)
    assert page.sweep.values.shape == (6, 5)


def test_the_page_goes_while_its_sheet_is_drawn(window, model):
    page = sweep_module.SweepPage(window.root, window._context)
    page.place(x=0, y=0, width=600, height=500)
    window.root.update()
    page.set_model(model)
    assert not page.settled
    page.destroy()
    window.state.set_z([1.0] * 6)
    window.root.update()


# --- saving ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [2, 4])
def test_the_sheet_is_saved_with_every_image_and_labels(
    page, window, pump, dialogs, tmp_path, scale
):
    dialogs.path = tmp_path / "sheet.png"
    page.save(scale)
    pump(lambda: dialogs.path.exists() and window.settled)
    with Image.open(dialogs.path) as image:
        picture = np.asarray(image.convert("L"))
    images = window.model.decoder.decode_uint8(page.sweep.points)[:, 0]
    block = images[40].repeat(scale, axis=0).repeat(scale, axis=1)
    height, width = block.shape
    assert picture.shape[0] > 6 * height
    assert picture.shape[1] > 11 * width
    windows = np.lib.stride_tricks.sliding_window_view(picture, block.shape)
    lines = np.flatnonzero((picture == 0).sum(axis=1) > 4 * width)  # rows through the images
    top = int(lines[0])
    assert (picture[:top] < 128).any()  # title and header
    hits = [
        (y, x)
        for y, x in np.argwhere(
            windows[:, :, height // 2, width // 2] == block[height // 2, width // 2]
        )
        if (windows[y, x] == block).all()
    ]
    assert len(hits) >= 1
    assert (picture[:, : width // 3] < 128).any()  # names of the rows
    assert str(dialogs.path) in window.status.message.cget("text")


def test_one_dimension_saves_its_own_strip(page, window, pump, dialogs, change, tmp_path):
    change(dimension=2, large_steps=9)
    dialogs.path = tmp_path / "strip.png"
    page.save(4)
    pump(lambda: dialogs.path.exists() and window.settled)
    with Image.open(dialogs.path) as image:
        assert 5 * 112 < image.width < 7 * 112
        assert image.height > 2 * 112


def test_a_sheet_that_cannot_be_saved_is_told(page, window, pump, dialogs, tmp_path):
    dialogs.path = tmp_path / "nowhere" / "sheet.png"
    page.save(2)
    pump(lambda: dialogs.errors)
    assert "there is no folder" in dialogs.errors.pop()


def test_cancel_in_the_file_dialog_saves_nothing(page, window, dialogs):
    dialogs.path = None
    page.save(2)
    assert not window.worker.busy


def test_the_menu_offers_three_sizes(page, pump, dialogs, tmp_path, window):
    menu = page.nametowidget(page.options.save_button.cget("menu"))
    dialogs.path = tmp_path / "a.png"
    sizes = []
    for index in range(menu.index("end") + 1):
        menu.invoke(index)
        pump(lambda: dialogs.path.exists() and window.settled)
        with Image.open(dialogs.path) as image:
            sizes.append(image.width)
        dialogs.path.unlink()
    assert len(sizes) == 3
    assert sizes == sorted(set(sizes))


# --- settings -------------------------------------------------------------------------------------


def test_settings_round_trip(page, change):
    change(
        steps=7,
        large_steps=15,
        around="zero",
        range="quantiles",
        span=2.5,
        quantile=4.0,
        order="use",
        dimension=3,
    )
    settings = page.settings()
    change(**dataclasses.asdict(SweepRequest()))
    assert page.settings() != settings
    change(**settings)
    assert page.settings() == settings
    assert len(page.sweep.points) == 15


@pytest.mark.parametrize(
    "settings",
    [
        {"steps": 2},
        {"steps": 10**9},
        {"steps": "x"},
        {"steps": True},
        {"large_steps": []},
        {"span": 0},
        {"span": 99},
        {"quantile": 50},
        {"quantile": None},
        {"dimension": 6},
        {"dimension": -1},
        {"dimension": "z1"},
        {"around": "nowhere"},
        {"around": []},
        {"range": {}},
        {"order": 1},
        {"unknown": 1},
        {},
    ],
)
def test_settings_that_do_not_fit_are_left_as_they_are(page, settings):
    before = page.request
    page.apply_settings(settings)
    assert page.request == before


# --- other models ---------------------------------------------------------------------------------


def bare(model):
    """The same decoder without encoder, classifier and record."""
    bundle = dataclasses.replace(
        model.bundle, encoder=None, classifier=None, class_names=(), record=None
    )
    return dataclasses.replace(model, bundle=bundle, encoded=None)


def test_without_an_encoder_its_choices_are_disabled_and_say_why(page, model, change, pump):
    change(range="quantiles", order="use")
    page.set_encoded(bare(model))
    pump(lambda: page.settled)
    for key in (("range", "quantiles"), ("order", "use")):
        assert page.options.choices[key].instate(["disabled"])
        assert bare(model).without_statistics in page.options._tips[key].cget("text")
    assert page.options.quantile_field.instate(["disabled"])
    np.testing.assert_allclose(page.sweep.values[0], np.linspace(-3, 3, 11))
    assert page.sweep.dimensions.tolist() == list(range(6))
    assert page.sheet_view.sheet.row_notes == ()
    page.set_encoded(model)  # what was asked for comes back with what it needs
    pump(lambda: page.settled)
    assert page.options.choices["range", "quantiles"].instate(["!disabled"])
    tooltip = page.options._tips["range", "quantiles"].cget("text")
    assert bare(model).without_statistics not in tooltip
    assert page.sheet_view.sheet.header[0] == "1%"


def test_without_a_classifier_nothing_is_said_of_classes(page, model, change, window, pump):
    page.set_encoded(bare(model))
    change(dimension=0)
    assert all("\n" not in caption for caption in page.sheet_view.sheet.captions)
    x, y = middle(page, 0)
    page.sheet_view.event_generate("<Motion>", x=x, y=y)
    window.root.update()
    assert page.info.cget("text") == "z1 = -3.00"


@pytest.fixture
def open_foreign(window, page, tmp_path, pump):
    """Opens somebody else's decoder in the window and waits for its sheet."""

    def opened(**sizes):
        path = tmp_path / "foreign.pt"
        torch.save(foreign_state(**sizes), path)
        window.open_weights(path)
        pump(lambda: window.model.bundle.path == path and window.settled and page.settled)
        return window.model

    return opened


@pytest.mark.parametrize(
    "sizes",
    [
        {"latent": 1},
        {"latent": 2},
        {"latent": 16, "side": 32, "image_channels": 3},
        {"latent": 64},
    ],
    ids=str,
)
def test_any_decoder_is_swept(page, window, open_foreign, change, pump, dialogs, tmp_path, sizes):
    change(dimension=5)
    model = open_foreign(**sizes)
    assert page.request.dimension == (5 if model.latent_dim > 5 else None)
    sweep = change(dimension=None, steps=5)
    assert sweep.points.shape == (5 * model.latent_dim, model.latent_dim)
    window.state.set_z(np.linspace(-1, 1, model.latent_dim))
    pump(lambda: page.settled)
    assert_shows(page, model.decoder, page.sweep.points[page.sheet_view.layout.in_view])
    click_tile(page, 1)
    assert window.state.z[0] == -1.5
    change(dimension=0)
    assert len(page.sweep.points) == MAX_STEPS
    dialogs.path = tmp_path / "strip.png"
    page.save(2)
    pump(lambda: dialogs.path.exists() and window.settled)


def test_before_there_is_a_model_nothing_happens(window, page):
    fresh = sweep_module.SweepPage(window.panes, window._context)
    assert fresh.options.save_button.instate(["disabled"])
    assert fresh.options.dimension_box.instate(["disabled"])
    fresh.save(2)
    fresh.apply_settings({"steps": 5})
    fresh.enlarge(None)
    assert fresh.settled
    fresh.set_model(window.model)
    fresh.destroy()
    window.state.set_z([1.0] * 6)


def test_nothing_of_the_old_model_stays(page, window, model, pump):
    drawing = page._draw()
    for _ in range(4):
        next(drawing)
    page.set_model(model)
    for _ in drawing:  # what is under way ends
        pass
    assert page.sweep is None
    assert page.sheet_view.layout.in_view == slice(0, 0)
    click(page.sheet_view)
    press(page.sheet_view, "Return")
    pump(lambda: page.settled)
    assert_shows(page, model.decoder, page.sweep.points)


def test_weights_of_no_known_kind_open(page, tmp_path):
    torch.save(foreign_state(latent=3), tmp_path / "foreign.pt")
    page.set_model(open_model(tmp_path / "foreign.pt"))  # the state has six dimensions still
    assert list(page._draw()) == []
    assert page.sweep is None
