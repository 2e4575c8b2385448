"""Edits that keep the handwriting: live with the sliders, exact at the digit's own point, saved."""

from __future__ import annotations

import tkinter as tk
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from explorer.widgets.edit_view import EditView
from tests.draw_parts import drawn_digit, lower_half, real_digit, settle
from tests.interaction import click, press

DIGIT = 12  # a 9
ORIGINAL, DECODED, RESIDUAL, EDITED = range(4)


@pytest.fixture
def taken() -> list[np.ndarray]:
    return []


@pytest.fixture
def view(stage, desk, model, taken) -> EditView:
    view = EditView(stage.frame, desk.context, on_take=taken.append)
    stage.show(view, 600, 190)
    view.set_model(model)
    return view


@pytest.fixture
def drawn(view, desk, model):
    drawn = real_digit(model, DIGIT)
    desk.state.set_z(drawn.posterior.mu)
    view.show(drawn, True)
    view.update()
    return drawn


def shown(view, index: int) -> np.ndarray:
    return view.board.tiles[index].pixels


def moved(drawn) -> np.ndarray:
    z = drawn.posterior.mu.copy()
    z[1] += 1.0
    return z


def test_at_its_own_point_a_digit_is_itself(view, drawn):
    # The state rounds to six decimals, which may tip a level over.
    difference = view.edited.astype(int) - drawn.image
    assert np.abs(difference).max() <= 1


def test_the_pictures_follow_the_sliders(view, desk, model, drawn):
    desk.state.set_z(moved(drawn))
    assert not view.settled
    view.update()
    z = np.array(desk.state.z)
    assert np.array_equal(shown(view, DECODED), model.decoder.decode_uint8(z))
    assert np.array_equal(shown(view, EDITED), view.edited)
    assert np.array_equal(shown(view, ORIGINAL), drawn.image)
    assert "1.00 away" in view.board.tiles[DECODED].caption
    # In this hand: nearer to the original than the plain decode is.
    plain = np.square(shown(view, DECODED).astype(float) - drawn.image).sum()
    kept = np.square(view.edited.astype(float) - drawn.image).sum()
    assert kept < plain


def test_it_says_how_much_of_the_residual_is_kept(view, desk, drawn):
    def told() -> int:
        view.update()
        return int(view.board.tiles[RESIDUAL].caption.removesuffix("% kept"))

    assert told() == 100
    press(view.strength_slider, "Left")
    assert 90 <= told() < 100
    press(view.strength_slider, "Home")
    assert told() == 0
    press(view.strength_slider, "End")
    shares = []
    for distance in (0.5, 1.0, 4.0):
        desk.state.set_z(drawn.posterior.mu + distance * np.eye(len(drawn.posterior.mu))[1])
        shares.append(told())
    assert 100 > shares[0] > shares[1] > shares[2]


def test_a_burst_of_slider_events_costs_one_painting(view, desk, drawn, monkeypatch):
    shows = []
    monkeypatch.setattr(view.board, "show", lambda tiles: shows.append(tiles))
    for step in range(20):
        desk.state.set_value(0, step / 10)
    view.update()
    assert len(shows) == 1


def test_while_hidden_nothing_is_painted_and_then_all_is(view, stage, desk, model, drawn):
    view.place_forget()
    stage.root.update()
    before = view.edited
    desk.state.set_z(moved(drawn))
    stage.root.update()
    assert view.edited is before
    stage.show(view, 600, 190)
    assert np.array_equal(shown(view, DECODED), model.decoder.decode_uint8(np.array(desk.state.z)))


def test_a_hidden_page_hides_its_views(stage, desk, model):
    page = tk.Frame(stage.frame)
    view = EditView(page, desk.context, on_take=print)
    stage.show(page, 600, 190)
    stage.show(view, 600, 190)
    view.set_model(model)
    drawn = real_digit(model, DIGIT)
    view.show(drawn, True)
    before = view.edited
    page.place_forget()
    stage.root.update()
    desk.state.set_z(moved(drawn))
    view.show(drawn, True)
    stage.root.update()
    assert view.settled
    assert view.edited is before
    stage.show(page, 600, 190)
    assert np.array_equal(shown(view, DECODED), model.decoder.decode_uint8(np.array(desk.state.z)))


def test_strength_leads_from_the_plain_decode_to_the_whole_handwriting(view, desk, drawn):
    desk.state.set_z(moved(drawn))
    view.update()
    whole = view.edited
    press(view.strength_slider, "Home")
    view.update()
    assert np.array_equal(view.edited, shown(view, DECODED))
    press(view.strength_slider, "Shift-Right")
    view.update()
    half = (whole.astype(float) + shown(view, DECODED)) / 2
    assert np.abs(view.edited - half).max() <= 0.5
    press(view.strength_slider, "End")
    view.update()
    assert np.array_equal(view.edited, whole)


def test_back_leads_to_the_digit_by_button_picture_and_key(view, desk, drawn):
    desk.state.set_z(moved(drawn))
    view.back_button.invoke()
    left, top, right, bottom = view.board.box_of(ORIGINAL)
    click(view.board, (left + right) // 2, (top + bottom) // 2)
    press(view.board, "Return")
    assert len(desk.adopted) == 3
    assert all(np.array_equal(z, drawn.posterior.mu) for z in desk.adopted)


def test_the_edited_digit_is_saved_and_taken(view, desk, drawn, pump, tmp_path, taken):
    desk.state.set_z(moved(drawn))
    view.update()
    desk.path = tmp_path / "edited.png"
    view.save_button.invoke()
    pump(lambda: not desk.worker.busy and desk.told)
    assert str(desk.path) in desk.told[-1]
    with Image.open(desk.path) as picture:
        assert picture.size == (448, 448)
        assert np.array_equal(np.asarray(picture)[8::16, 8::16], view.edited[0])
    view.take_button.invoke()
    assert np.array_equal(taken[0], view.edited)


def test_a_file_that_can_t_be_written_is_told(view, desk, drawn, pump, tmp_path):
    desk.path = tmp_path / "nowhere" / "edited.png"
    view.save_button.invoke()
    pump(lambda: desk.told)
    assert "nowhere" in desk.told[-1]
    desk.path = None  # cancelled
    view.save_button.invoke()
    assert not desk.worker.busy


def test_unknown_pixels_are_the_models_own(view, desk, model):
    drawn = real_digit(model, DIGIT, lower_half(model))
    desk.state.set_z(drawn.posterior.mu)
    view.show(drawn, True)
    view.update()
    plain = model.decoder.decode_uint8(drawn.posterior.mu)
    below = drawn.unknown
    assert np.abs(view.edited[:, below].astype(int) - plain[:, below]).max() <= 1
    assert np.abs(view.edited[:, ~below].astype(int) - drawn.image[:, ~below]).max() <= 1


def test_without_an_encoder_refinement_gives_the_point(view, desk, model, drawn):
    bare = replace(model, bundle=replace(model.bundle, encoder=None), encoded=None)
    view.set_model(bare)
    view.show(drawn_digit(bare, drawn.image, version=4), True)
    assert "Refine" in view.board.note
    assert view.edited is None
    assert view.save_button.instate(["disabled"])
    view.set_anchor(drawn.posterior.mu)
    view.update()
    assert np.abs(view.edited.astype(int) - drawn.image).max() <= 1
    assert view.save_button.instate(["!disabled"])
    view.show(drawn_digit(bare, drawn.image, version=5), True)
    assert view.anchor is None


def test_a_found_point_holds_until_another_drawing(view, model, drawn):
    other = drawn.posterior.mu + 0.1
    view.set_anchor(other)
    assert np.array_equal(view.anchor, other)
    view.show(drawn, True)
    assert np.array_equal(view.anchor, other)
    following = real_digit(model, DIGIT + 1, version=2)
    view.show(following, True)
    assert np.array_equal(view.anchor, following.posterior.mu)


def test_nothing_drawn_says_what_to_do(view, desk, model, drawn):
    view.show(None, True)
    desk.state.set_z(moved(drawn))
    view.update()
    assert "Draw a digit" in view.board.note
    assert view.edited is None
    for command in (view.back, view.save, view.take):
        command()
    assert desk.adopted == []


def test_settings_come_back_and_bad_ones_are_left(view, drawn):
    view.apply_settings({"strength": 0.25})
    assert view.settings() == {"strength": 0.25}
    for bad in (1.5, -0.1, "much", None, True, float("nan")):
        view.apply_settings({"strength": bad})
    assert view.settings() == {"strength": 0.25}


def test_a_colour_model_edits_in_colour(stage, desk, model):
    from tests.foreign import foreign_state
    from vae.decoding import FoldedDecoder

    decoder = FoldedDecoder.from_state_dict(foreign_state(latent=2, side=32, image_channels=3))
    bundle = replace(model.bundle, encoder=None, classifier=None, class_names=())
    colour = replace(model, bundle=bundle, decoder=decoder, encoded=None)
    desk.state.reset_model(2)
    view = EditView(stage.frame, desk.context, on_take=print)
    stage.show(view, 330, 440)
    view.set_model(colour)
    anchor = np.array([0.5, -1.0])
    original = decoder.decode_uint8(np.array([0.7, -1.0]))
    view.show(drawn_digit(colour, original), True)
    view.set_anchor(anchor)
    desk.state.set_z(anchor)
    view.update()
    assert np.array_equal(view.edited, original)
    desk.state.set_z([1.5, 0.0])
    view.update()
    assert view.edited.shape == (3, 32, 32)


@pytest.mark.parametrize("size", [(600, 180), (330, 440), (900, 600)])
def test_it_fits_in_any_shape(view, stage, desk, drawn, pump, size):
    stage.show(view, *size)
    settle(pump, view, desk)
    for widget in (
        *(view.board, view.sentence, view.back_button, view.save_button),
        *(view.take_button, view.strength_slider),
    ):
        left = widget.winfo_rootx() - view.winfo_rootx()
        top = widget.winfo_rooty() - view.winfo_rooty()
        assert left >= 0
        assert top >= 0
        assert left + widget.winfo_width() <= size[0]
        assert top + widget.winfo_height() <= size[1]
        assert widget.winfo_width() > 30
