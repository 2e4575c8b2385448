"""Completions as a person meets them: what is unknown, the shares, and where a click leads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.completing import COUNT, INK, MARKED, UNDRAWN, Completer, known_pixels, made_up, worth
from explorer.widgets.completion_view import MASKS, CompletionView
from tests.draw_parts import drawn_digit, lower_half, real_digit, settle
from tests.foreign import foreign_state
from tests.interaction import click, press

DIGIT = 12  # a 9


@pytest.fixture
def masks() -> list[str]:
    return []


@pytest.fixture(scope="module")
def completer(model) -> Completer:
    completer = Completer(model)
    completer.build(lambda fraction: None)
    return completer


@pytest.fixture
def view(stage, desk, model, masks, completer) -> CompletionView:
    view = CompletionView(stage.frame, desk.context, on_mask=masks.append)
    stage.show(view, 600, 190)
    view.set_model(model)
    view._completer = completer  # its bank is there already
    return view


@pytest.fixture
def half(model):
    return real_digit(model, DIGIT, lower_half(model))


@pytest.fixture
def shown(view, desk, half, pump) -> CompletionView:
    view.show(half, True)
    settle(pump, view, desk)
    view.update()
    return view


def test_what_is_known(model, half):
    known = known_pixels(half, MARKED)
    assert np.array_equal(known, ~half.unknown)
    drawn = known_pixels(half, UNDRAWN)
    assert np.array_equal(drawn, (half.image[0] >= INK) & ~half.unknown)
    assert 0 < drawn.sum() < known.sum()


def test_what_is_made_up_is_tinted_and_what_is_given_is_grey():
    image = np.array([[[0, 255, 0, 255]]], np.uint8)
    known = np.array([[True, True, False, False]])
    colour = made_up(image, known, (100, 150, 200))
    assert colour[:, 0, 0].tolist() == [0, 0, 0]
    assert colour[:, 0, 1].tolist() == [255, 255, 255]
    assert colour[:, 0, 3].tolist() == [100, 150, 200]
    assert 0 < colour[2, 0, 2] < 100


def test_completions_are_shown_with_their_shares(shown, model, half, completer):
    expected = completer.complete(half.image, ~half.unknown)
    completions = shown.completions
    assert np.array_equal(completions.z, expected.z)
    given, *tiles = shown.board.tiles
    assert not given.choosable
    assert len(tiles) == len(completions.weights) == COUNT
    for tile, weight, taken in zip(tiles, completions.weights, completions.classes, strict=True):
        assert tile.share == pytest.approx(weight)
        assert tile.caption.startswith(f"{model.class_names[taken]} · ")
    assert np.array_equal(shown.shares.shares, completions.class_shares)
    assert shown.sentence.text == worth(completions, completer.size)
    assert "of 20,000 prior samples" in shown.sentence.text


def test_the_true_class_is_among_them(shown, half):
    assert half.label in shown.completions.classes


def test_a_click_and_return_adopt(shown, desk):
    for index in (1, 3):
        left, top, right, bottom = shown.board.box_of(index)
        click(shown.board, (left + right) // 2, (top + bottom) // 2)
    press(shown.board, "Right")
    press(shown.board, "Return")
    assert np.array_equal(desk.adopted, shown.completions.z[[0, 2, 3]])


def test_marks_turn_the_choice_and_so_does_their_end(view, desk, model, half, pump):
    view.show(real_digit(model, DIGIT), True)
    assert view.unknown == UNDRAWN
    view.show(half, True)
    assert view.unknown == MARKED
    view.choice_buttons[UNDRAWN].invoke()
    view.show(replace(half, version=2), True)
    assert view.unknown == UNDRAWN  # the person's choice holds
    view.show(real_digit(model, DIGIT, version=3), True)
    view.show(replace(half, version=4), True)
    assert view.unknown == MARKED
    settle(pump, view, desk)


def test_another_choice_completes_anew(shown, desk, pump, half, completer):
    shown.choice_buttons[UNDRAWN].invoke()
    settle(pump, shown, desk)
    expected = completer.complete(half.image, known_pixels(half, UNDRAWN))
    assert np.array_equal(shown.completions.z, expected.z)


def test_while_a_stroke_is_drawn_what_was_shown_stays(shown, model, desk):
    before = shown.completions
    shown.show(real_digit(model, DIGIT + 1, lower_half(model), version=2), False)
    assert shown.settled
    assert shown.completions is before


def test_the_newest_drawing_wins(view, desk, model, pump, completer):
    mask = lower_half(model)
    for index in (DIGIT, DIGIT + 1, DIGIT + 2):
        view.show(real_digit(model, index, mask, version=index), True)
    settle(pump, view, desk)
    last = real_digit(model, DIGIT + 2, mask)
    assert np.array_equal(view.completions.z, completer.complete(last.image, ~mask).z)


def test_the_bank_is_made_once_and_only_when_it_is_needed(stage, desk, model, half, pump):
    view = CompletionView(stage.frame, desk.context, on_mask=print)
    stage.show(view, 600, 190)
    view.set_model(model)
    assert not desk.worker.busy
    view.show(half, True)
    assert "Decoding" in view.board.note
    view.show(replace(half, version=2), True)  # a stroke meanwhile
    settle(pump, view, desk)
    assert len(view.board.tiles) == COUNT + 1
    made = view._completer._bank
    view.show(replace(half, version=3), True)
    settle(pump, view, desk)
    assert view._completer._bank is made


def test_a_hidden_view_works_when_it_is_shown(view, stage, desk, half, pump):
    view.place_forget()
    stage.root.update()
    view.show(half, True)
    assert view.settled
    assert not desk.worker.busy
    stage.show(view, 600, 190)
    settle(pump, view, desk)
    assert view.completions is not None


def test_an_answer_to_a_drawing_that_is_gone_while_nobody_looks_is_dropped(
    view, stage, desk, half, pump
):
    view.show(half, True)
    assert not view.settled
    view.place_forget()
    stage.root.update()
    view.show(None, True)
    settle(pump, view, desk)
    assert view.completions is None


def test_hiding_asks_for_a_mask(view, masks):
    for entry in range(len(MASKS)):
        view.hide_menu.invoke(entry)
    assert tuple(masks) == MASKS


def test_without_marks_or_drawing_it_says_what_to_do(shown, model):
    shown.show(real_digit(model, DIGIT, version=2), True)
    shown.choice_buttons[MARKED].invoke()
    assert "Nothing is marked" in shown.board.note
    assert shown.completions is None
    assert len(shown.shares.shares) == 0
    for nothing in (None, drawn_digit(model, np.zeros((1, 28, 28), np.uint8), version=3)):
        shown.show(nothing, True)
        assert "Draw a part" in shown.board.note
        assert shown.settled


def test_without_a_classifier_there_are_shares_but_no_classes(stage, desk, model, half, pump):
    bundle = replace(model.bundle, classifier=None, class_names=())
    view = CompletionView(stage.frame, desk.context, on_mask=print)
    stage.show(view, 330, 440)
    view.set_model(replace(model, bundle=bundle))
    view.show(half, True)
    settle(pump, view, desk)
    assert all("·" not in tile.caption and "%" in tile.caption for tile in view.board.tiles[1:])
    assert len(view.shares.shares) == 0
    assert not view.shares.winfo_ismapped()
    view.set_model(model)
    view.update()
    assert view.shares.winfo_ismapped()


def test_a_colour_model_without_anything_completes_in_colour(stage, desk, model, pump):
    from vae.decoding import FoldedDecoder

    decoder = FoldedDecoder.from_state_dict(foreign_state(latent=2, side=32, image_channels=3))
    bundle = replace(model.bundle, encoder=None, classifier=None, class_names=())
    colour = replace(model, bundle=bundle, decoder=decoder, encoded=None)
    view = CompletionView(stage.frame, desk.context, on_mask=print)
    stage.show(view, 600, 190)
    view.set_model(colour)
    original = decoder.decode_uint8(np.array([0.7, -1.0]))
    view.show(drawn_digit(colour, original, lower_half(colour)), True)
    settle(pump, view, desk)
    assert view.completions.z.shape[1] == 2
    assert view.board.tiles[1].pixels.shape == (3, 32, 32)


def test_another_model_forgets_and_drops(view, desk, model, half, pump):
    view.show(half, True)
    view.set_model(model)
    settle(pump, view, desk)
    assert view.completions is None
    assert view.drawn is None


def test_settings_come_back_and_bad_ones_are_left(shown, desk, half, pump):
    shown.apply_settings({"unknown": UNDRAWN})
    assert shown.settings() == {"unknown": UNDRAWN}
    shown.apply_settings({"unknown": "all"})
    shown.apply_settings({"unknown": 3})
    assert shown.settings() == {"unknown": UNDRAWN}
    settle(pump, shown, desk)


def test_the_choice_of_a_session_holds_for_its_drawing(view, desk, half, pump):
    view.apply_settings({"unknown": UNDRAWN})
    view.show(half, True)
    assert view.unknown == UNDRAWN
    settle(pump, view, desk)


def test_another_theme_tints_anew(shown, stage):
    before = shown.board.tiles[1].pixels
    stage.theme.set_mode("dark")
    stage.root.update()
    assert shown.board.tiles[1].pixels is not before


@pytest.mark.parametrize("size", [(600, 180), (330, 440), (900, 600)])
def test_it_fits_in_any_shape(shown, stage, size):
    stage.show(shown, *size)
    for widget in (
        *(shown.board, shown.shares, shown.sentence, shown.hide_button),
        *shown.choice_buttons.values(),
    ):
        left = widget.winfo_rootx() - shown.winfo_rootx()
        top = widget.winfo_rooty() - shown.winfo_rooty()
        assert left >= 0
        assert top >= 0
        assert left + widget.winfo_width() <= size[0]
        assert top + widget.winfo_height() <= size[1]
    left, _, right, _ = shown.board.box_of(0)
    assert right - left >= 55
