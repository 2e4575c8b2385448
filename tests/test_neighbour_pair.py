"""The real digits like a drawing: which they are, in both senses, and where they lead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.likeness import Likeness
from explorer.widgets.neighbour_pair import COUNT, LATENT, PIXELS, NeighbourPair
from tests.draw_parts import drawn_digit, lower_half, real_digit, settle
from tests.interaction import click, press

DIGIT = 7  # has neighbours in both rows


@pytest.fixture
def view(stage, desk, model) -> NeighbourPair:
    view = NeighbourPair(stage.frame, desk.context)
    stage.show(view, 600, 190)
    view.set_model(model)
    return view


@pytest.fixture
def shown(view, desk, model, pump) -> NeighbourPair:
    view.show(real_digit(model, DIGIT), True)
    settle(pump, view, desk)
    view.update()
    return view


def without_encoder(model):
    return replace(model, bundle=replace(model.bundle, encoder=None), encoded=None)


def test_both_rows_are_the_nearest_by_definition(model):
    drawn = real_digit(model, DIGIT)
    by_code, by_pixels = Likeness(model).rows(drawn, COUNT)
    images = model.encoded.images.astype(np.float64) / 127.5
    distances = np.sqrt(((images - drawn.image / 127.5) ** 2).sum(axis=(1, 2, 3)))
    expected = [i for i in np.argsort(distances) if i != DIGIT][:COUNT]
    assert by_pixels.indices.tolist() == expected
    assert by_pixels.distances == pytest.approx(distances[expected], rel=1e-4)
    apart = np.linalg.norm(model.encoded.mu - drawn.posterior.mu, axis=1)
    expected = [i for i in np.argsort(apart) if i != DIGIT][:COUNT]
    assert by_code.indices.tolist() == expected
    assert by_code.distances == pytest.approx(apart[expected])


def test_a_drawing_that_is_no_real_digit_has_a_copy_of_itself_as_neighbour(model):
    by_code, by_pixels = Likeness(model).rows(drawn_digit(model, model.encoded.images[DIGIT]), 3)
    assert by_pixels.indices[0] == by_code.indices[0] == DIGIT
    assert by_pixels.distances[0] == pytest.approx(0.0, abs=1e-2)
    assert len(by_pixels.indices) == 3


def test_unknown_pixels_do_not_count(model):
    drawn = real_digit(model, DIGIT, lower_half(model))
    _, by_pixels = Likeness(model).rows(drawn, COUNT)
    known = ~drawn.unknown
    images = model.encoded.images[:, :, known].astype(np.float64) / 127.5
    distances = np.sqrt(((images - drawn.image[:, known] / 127.5) ** 2).sum(axis=(1, 2)))
    expected = [i for i in np.argsort(distances, kind="stable") if i != DIGIT][:COUNT]
    assert by_pixels.distances == pytest.approx(distances[expected], rel=1e-4)


def test_digits_of_both_rows_are_marked(shown):
    by_code, by_pixels = shown.rows
    common = set(by_code.indices) & set(by_pixels.indices)
    assert common
    for alike, board in zip(shown.rows, shown.boards, strict=True):
        assert [tile.marked for tile in board.tiles] == [i in common for i in alike.indices]
        captions = [tile.caption for tile in board.tiles]
        for caption, label, distance in zip(captions, alike.labels, alike.distances, strict=True):
            shown_label, _, figure = caption.partition(" · ")
            assert shown_label == str(label)
            assert float(figure) == pytest.approx(distance, abs=0.05)
            assert len(figure) == 4
    assert "● in both" in shown.sentence.text


@pytest.mark.parametrize("row", [LATENT, PIXELS])
def test_a_click_and_return_make_the_mean_the_current_point(shown, desk, model, row):
    board, alike = shown.boards[row], shown.rows[row]
    left, top, right, bottom = board.box_of(2)
    click(board, (left + right) // 2, (top + bottom) // 2)
    press(board, "Right")
    press(board, "Return")
    expected = model.encoded.mu[alike.indices[2:4]]
    assert np.array_equal(desk.adopted, expected)


def test_the_menu_draws_adopts_and_shelves(shown, desk, model, monkeypatch):
    monkeypatch.setattr(shown.menu, "tk_popup", lambda x, y: None)
    press(shown.boards[PIXELS], "Shift-F10")
    index = int(shown.rows[PIXELS].indices[0])
    for entry in range(3):
        shown.menu.invoke(entry)
    assert desk.opened == [index]
    assert np.array_equal(desk.adopted, [model.encoded.mu[index]])
    ((points, names),) = desk.shelved
    assert np.array_equal(points, [model.encoded.mu[index]])
    assert names == [f"real {model.encoded.labels[index]} #{index}"]


def test_a_stroke_that_is_being_drawn_is_followed(view, desk, model, pump):
    view.show(real_digit(model, DIGIT, version=1), False)
    view.show(real_digit(model, DIGIT + 1, version=2), False)
    assert not view.settled
    settle(pump, view, desk)
    expected, _ = Likeness(model).rows(real_digit(model, DIGIT + 1), COUNT)
    assert np.array_equal(view.rows[LATENT].indices, expected.indices)


def test_without_an_encoder_the_pixels_are_compared_all_the_same(view, desk, model, pump):
    bare = without_encoder(model)
    view.set_model(bare)
    view.show(drawn_digit(bare, model.encoded.images[DIGIT], index=DIGIT), True)
    settle(pump, view, desk)
    assert "without an encoder" in view.boards[LATENT].note
    _, expected = Likeness(model).rows(real_digit(model, DIGIT), COUNT)
    assert np.array_equal(view.rows[PIXELS].indices, expected.indices)
    press(view.boards[PIXELS], "Return")
    assert desk.opened == [expected.indices[0]]
    assert desk.adopted == []


def test_before_the_real_digits_are_encoded_it_says_so(view, desk, model, pump):
    begun = replace(model, encoded=None)
    view.set_model(begun)
    drawn = real_digit(model, DIGIT)
    view.show(drawn, True)
    settle(pump, view, desk)
    assert "being encoded" in view.boards[LATENT].note
    view.set_encoded(model)
    settle(pump, view, desk)
    assert len(view.rows[LATENT].indices) == COUNT


def test_other_images_than_digits_have_none_to_compare_with(view, desk, model):
    other = replace(model, bundle=replace(model.bundle, shows_digits=False), encoded=None)
    view.set_model(other)
    view.show(real_digit(model, DIGIT), True)
    assert "Only digits" in view.boards[LATENT].note


def test_nothing_drawn_says_what_to_do(shown, desk, pump):
    shown.show(None, True)
    assert "Draw a digit" in shown.boards[LATENT].note
    assert shown.rows == (None, None)
    assert not shown.boards[PIXELS].tiles


@pytest.mark.parametrize("size", [(600, 180), (330, 440), (900, 600)])
def test_it_fits_in_any_shape(shown, stage, size):
    stage.show(shown, *size)
    for widget in (*shown.boards, shown.sentence):
        left = widget.winfo_rootx() - shown.winfo_rootx()
        top = widget.winfo_rooty() - shown.winfo_rooty()
        assert left >= 0
        assert top >= 0
        assert left + widget.winfo_width() <= size[0]
        assert top + widget.winfo_height() <= size[1]
    for board in shown.boards:
        for index in range(COUNT):
            left, top, right, bottom = board.box_of(index)
            assert left >= -4
            assert right <= board.winfo_width()
            assert bottom <= board.winfo_height()
            assert right - left > 35
