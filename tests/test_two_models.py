"""The view of two models: the same point, the matched point, the same real digit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.views.two_models import MODES, TwoModelsView
from explorer.widgets.pair_view import NO_SECOND
from tests.foreign import foreign_state
from tests.interaction import click, press
from tests.pair_parts import Pair, pair_of
from tests.second_models import renamed_copy, renamed_point
from vae.alignment import align
from vae.posterior import encode_image

Z = (0.3, -1.1, 0.5, 0.9, -0.4, 1.2)


@pytest.fixture(scope="module")
def renamed(weights_path, tmp_path_factory) -> Path:
    """The shipped model with other names for its dimensions."""
    return renamed_copy(weights_path, tmp_path_factory.mktemp("second") / "renamed")


@pytest.fixture(scope="module")
def smaller(weights_path, tmp_path_factory) -> Path:
    """Four of the shipped model's dimensions."""
    folder = tmp_path_factory.mktemp("second") / "smaller"
    return renamed_copy(weights_path, folder, (0, 2, 3, 5), (1.0, 1.0, -1.0, 1.0), "smaller.pt")


@pytest.fixture
def pair(desk, pump, model, dialogs) -> Pair:
    pair = pair_of(TwoModelsView, desk, pump, model)
    desk.state.set_z(Z)
    return pair


def choose(pair: Pair, mode: str) -> None:
    pair.view.mode_buttons[mode].invoke()
    pair.settle()


def captions(pair: Pair) -> list[str]:
    return [tile.caption for tile in pair.view.board.tiles]


def error(pair: Pair) -> float:
    """The squared error that is written below the difference."""
    return float(captions(pair)[2].partition("\n")[0].removeprefix("squared error "))


def test_without_a_second_model_it_says_how_to_have_one(pair):
    for mode in MODES:
        choose(pair, mode)
        assert pair.view.board.note == NO_SECOND
        assert not pair.view.table.winfo_ismapped()


def test_both_decode_the_numbers_of_the_sliders(pair, renamed, model):
    second = pair.open(renamed)
    for z in (Z, (0.0,) * 6, tuple(reversed(Z))):
        pair.desk.state.set_z(z)
        pair.settle()
        a, b, difference = pair.view.board.tiles
        images = [m.decoder.decode(np.array(z)) for m in (model, second)]
        for tile, image in zip((a, b), images, strict=True):
            assert np.abs(tile.pixels - (image + 1) * 127.5).max() <= 0.5 + 1e-3
        assert difference.change == pytest.approx((images[1] - images[0])[0])
        assert error(pair) == pytest.approx(((images[1] - images[0]) ** 2).sum(), abs=0.06)
        for tile, m in ((a, model), (b, second)):
            answer = m.probabilities(tile.pixels[None])[0]
            assert tile.caption == f"{answer.argmax()} ({answer.max():.0%})"


def test_a_burst_of_changes_is_drawn_once(pair, renamed, monkeypatch):
    second = pair.open(renamed)
    drawn = []
    decode = type(second.decoder).decode

    def counted(decoder, z):
        drawn.append(decoder is second.decoder)
        return decode(decoder, z)

    monkeypatch.setattr(type(second.decoder), "decode", counted)
    for step in range(30):
        pair.desk.state.set_value(0, step / 10)
    pair.settle()
    assert drawn.count(True) == 1


def test_two_equal_models_compare_equal(pair, weights_path):
    pair.open(weights_path)
    for mode in ("same", "matched", "linear"):
        choose(pair, mode)
        assert error(pair) == 0.0
        assert pair.view.board.tiles[0].caption == pair.view.board.tiles[1].caption
    assert pair.view.sentence.text.startswith("Both are the same weights.")
    assert "0 at the same z" in pair.view.sentence.text
    choose(pair, "digit")
    for name, a, b in pair.view.table.texts:
        assert (a, name.startswith("✓")) == (b, False)
        assert "✓" not in a
    assert np.abs(pair.view.board.tiles[3].change).max() == 0


@pytest.mark.parametrize("mode", ["matched", "linear"])
def test_a_renamed_model_makes_another_image_of_z_and_the_same_of_what_is_carried(
    pair, renamed, mode
):
    pair.open(renamed)
    assert error(pair) > 20
    choose(pair, mode)
    assert error(pair) == 0.0
    pair.desk.state.set_z((1.0,) * 6)
    pair.settle()
    assert error(pair) == 0.0


def test_the_sentence_says_how_far_apart_the_images_are_on_average(pair, renamed, model):
    second = pair.open(renamed)
    mu = model.encoded.mu[:500]
    same = model.decoder.decode(mu) - second.decoder.decode(mu)
    expected = f"{(same**2).sum(axis=(1, 2, 3)).mean():.0f} at the same z, 0 with matched"
    assert expected in pair.view.sentence.text
    choose(pair, "matched")
    assert pair.view.sentence.text.startswith("The same axes but for order, sign and scale")


def test_with_another_latent_size_the_same_z_means_nothing_and_the_matched_one_does(
    pair, smaller, model
):
    second = pair.open(smaller)
    assert pair.view.mode == "matched"  # what can be shown is shown first
    assert len(pair.view.board.tiles) == 3
    choose(pair, "same")
    assert "A has 6 latent dimensions, B has 4" in pair.view.board.note
    pair.desk.state.set_z((1.0,) * 6)  # and nothing breaks
    choose(pair, "matched")
    carried = align(model.encoded.mu, second.encoded.mu).carry((1.0,) * 6)
    assert np.array_equal(pair.view.board.tiles[1].pixels, second.decoder.decode_uint8(carried))
    assert carried == pytest.approx([1.0, 1.0, -1.0, 1.0], abs=1e-4)
    assert "2 of A's dimensions are left alone" in pair.view.sentence.text
    assert "same z" not in pair.view.sentence.text


def test_a_real_digit_goes_through_both_and_the_better_is_marked(pair, smaller, model):
    second = pair.open(smaller)
    choose(pair, "digit")
    pair.view.take(2462)
    pair.settle()
    image = model.encoded.images[2462]
    answers = [encode_image(m.bundle.encoder, m.decoder, image) for m in (model, second)]
    original, a, b, between, *errors = pair.view.board.tiles
    assert np.array_equal(original.pixels, image)
    assert original.caption == f"a {model.encoded.labels[2462]}"
    for tile, answer, error_tile in zip((a, b), answers, errors, strict=True):
        assert np.array_equal(tile.pixels, answer.reconstruction)
        lacking = (image.astype(float) - answer.reconstruction)[0] / 127.5
        assert error_tile.change == pytest.approx(lacking)
    assert between.change == pytest.approx(
        (answers[1].reconstruction.astype(float) - answers[0].reconstruction)[0] / 127.5
    )
    figures = [(x.sse, x.total_kl, x.sse + x.total_kl) for x in answers]
    for row, (name, *texts), pairs in zip(
        pair.view.table.rows, pair.view.table.texts, zip(*figures, strict=True), strict=True
    ):
        assert (row.a, row.b) == pytest.approx(pairs)
        marked = [text.startswith("✓ ") for text in texts]
        assert [text.removeprefix("✓ ") for text in texts] == [f"{x:.1f}" for x in pairs]
        lower = [pairs[0] < pairs[1], pairs[1] < pairs[0]]
        assert marked == ([False, False] if name == "KL, nats" else lower)


def test_as_reconstruction_is_a_point_to_go_to_by_mouse_and_by_key(pair, renamed, model):
    pair.open(renamed)
    pair.view.take(7)
    pair.settle()
    board = pair.view.board
    left, top, right, bottom = board.box_of(1)
    click(board, (left + right) // 2, (top + bottom) // 2)
    assert pair.desk.adopted[-1] == pytest.approx(model.encoded.mu[7], abs=1e-5)
    pair.view.take(8)
    pair.settle()
    press(board, "Return")
    assert pair.desk.adopted[-1] == pytest.approx(model.encoded.mu[8], abs=1e-5)
    assert renamed_point(pair.desk.adopted[-1]) == pytest.approx(
        pair.second.encoded.mu[8], abs=1e-5
    )


def test_a_typed_number_and_a_random_digit_are_taken(pair, renamed, model, desk):
    pair.open(renamed)
    field = pair.view.number_field
    field.set("41")
    press(field, "Return")
    pair.settle()
    assert (pair.view.mode, pair.view.board.tiles[0].title) == ("digit", "Digit 41")
    press(field, "Up")
    pair.settle()
    assert pair.view.board.tiles[0].title == "Digit 42"
    for label in (3, 9):
        pair.view.take_random(label)
        pair.settle()
        assert pair.view.board.tiles[0].caption == f"a {label}"
    pair.view._fill_menu()
    assert pair.view.random_menu.entrycget(1, "label") == "A random 0"
    field.set("10000")
    press(field, "Return")
    assert "10000" in desk.told[-1] or "9,999" in desk.told[-1] or "9999" in desk.told[-1]


def test_a_decoder_without_an_encoder_decodes_z_and_says_what_it_can_not(pair, tmp_path):
    torch.save(foreign_state(), tmp_path / "foreign.pt")
    pair.open(tmp_path / "foreign.pt")
    assert len(pair.view.board.tiles) == 3
    choose(pair, "matched")
    assert "B: These weights came without an encoder." in pair.view.board.note
    choose(pair, "digit")
    tiles = pair.view.board.tiles
    assert tiles[1].pixels is not None
    assert (tiles[2].pixels, tiles[2].caption) == (None, "These weights came without an encoder.")
    assert [texts[2] for texts in pair.view.table.texts] == ["–"] * 3


@pytest.mark.parametrize("sizes", [{"side": 32}, {"image_channels": 3}, {"latent": 1}])
def test_images_of_other_shapes_and_other_sizes_do_no_harm(pair, tmp_path, sizes):
    torch.save(foreign_state(**sizes), tmp_path / "other.pt")
    pair.open(tmp_path / "other.pt")
    if "latent" in sizes:
        assert "B has 1" in pair.view.board.note
    else:
        assert captions(pair)[2] == "images of different shapes"
        assert pair.view.board.tiles[2].pixels is None
    for mode in MODES:
        choose(pair, mode)


def test_what_nobody_sees_is_not_decoded_and_is_right_when_it_is_seen(pair, renamed, stage):
    pair.open(renamed)
    before = pair.view.board.tiles
    pair.view.place_forget()
    stage.root.update()
    pair.desk.state.set_z((2.0,) * 6)
    stage.root.update()
    assert pair.view.board.tiles is before
    stage.show(pair.view, 600, 420)
    pair.settle()
    expected = pair.second.model.decoder.decode_uint8((2.0,) * 6)
    assert np.array_equal(pair.view.board.tiles[1].pixels, expected)


def test_closing_the_second_model_leaves_the_note(pair, renamed):
    pair.open(renamed)
    pair.second.close()
    pair.desk.state.set_z((2.0,) * 6)
    pair.settle()
    assert pair.view.board.note == NO_SECOND


def test_both_themes_and_a_destroyed_view_do_no_harm(pair, renamed, stage):
    pair.open(renamed)
    choose(pair, "digit")
    stage.theme.set_mode("dark")
    pair.settle()
    choose(pair, "same")
    pair.desk.state.set_z((2.0,) * 6)
    pair.view.destroy()
    pair.desk.state.set_z((1.0,) * 6)
    pair.second.close()
    stage.root.update()


def test_settings_are_kept_and_bad_ones_ignored(pair, renamed):
    pair.open(renamed)
    pair.view.take(77)
    kept = pair.view.settings()
    assert kept == {"mode": "digit", "digit": 77}
    choose(pair, "linear")
    for bad in ({}, {"mode": "upside down", "digit": "7"}, {"mode": 3, "digit": -1}):
        pair.view.apply_settings(bad)
        assert pair.view.settings() == {"mode": "linear", "digit": 77}
    pair.view.apply_settings({"digit": True, "mode": "digit"})
    assert pair.view.settings() == kept
    pair.view.apply_settings({"digit": 123456})
    pair.settle()
    assert pair.view.settings()["digit"] == 9999
