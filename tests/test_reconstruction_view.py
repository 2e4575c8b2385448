"""The reconstruction, its error and figures, and draws from the posterior."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.state import ExplorerState
from explorer.widgets.reconstruction_view import DRAWS, ReconstructionView
from tests.draw_parts import Desk, drawn_digit, lower_half, real_digit, settle
from tests.interaction import click, press

DIGIT = 7


@pytest.fixture
def desk(stage, model):
    desk = Desk(stage, ExplorerState(model.latent_dim))
    yield desk
    desk.worker.close()


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def view(stage, desk, model, asked) -> ReconstructionView:
    view = ReconstructionView(stage.frame, desk.context, on_refine=lambda: asked.append("refine"))
    stage.show(view, 600, 190)
    view.set_model(model)
    view.set_encoded(model)
    return view


@pytest.fixture
def shown(view, desk, model, pump) -> ReconstructionView:
    view.show(real_digit(model, DIGIT), True)
    settle(pump, view, desk)
    view.update()
    return view


def middle(board, index: int) -> tuple[int, int]:
    left, top, right, bottom = board.box_of(index)
    return (left + right) // 2, (top + bottom) // 2


def test_nothing_drawn_is_said_in_words(view):
    assert "Draw a digit" in view.words.cget("text")
    assert not view.board.winfo_ismapped()
    assert not view.sse_scale.winfo_ismapped()
    assert not view.refine_button.winfo_ismapped()


def test_original_reconstruction_and_signed_error(shown, model):
    image, answer = shown.drawn.image, shown.drawn.posterior
    original, reconstruction, error = shown.board.tiles
    np.testing.assert_array_equal(original.pixels, image)
    np.testing.assert_array_equal(reconstruction.pixels, model.decoder.decode_uint8(answer.mu))
    expected = (image[0] - reconstruction.pixels[0].astype(float)) / 127.5
    np.testing.assert_allclose(error.change, expected, atol=1e-5)
    # Ink that is missing comes, and is red as ink that comes is everywhere.
    missing = (image[0] > 200) & (reconstruction.pixels[0] < 150)
    assert missing.any()
    assert (error.change[missing] > 0).all()


def test_the_figures_are_those_of_the_posterior(shown):
    answer = shown.drawn.posterior
    assert shown.sse_scale.figure == answer.sse
    assert shown.kl_scale.figure == answer.total_kl


def test_what_is_typical_is_measured_on_the_test_digits(shown, model):
    decoded = model.decoder.decode(model.encoded.mu[:500])
    images = model.encoded.images[:500].astype(np.float32) / 127.5 - 1
    some = ((decoded - images) ** 2).sum(axis=(1, 2, 3))
    low, middle_, high = shown.sse_scale._typical
    for quantile, value in ((5, low), (50, middle_), (95, high)):
        assert (some < value).mean() == pytest.approx(quantile / 100, abs=0.05)
    mean_kl = model.encoded.kl.sum()
    low, middle_, high = shown.kl_scale._typical
    assert low < mean_kl < high
    assert middle_ == pytest.approx(mean_kl, rel=0.1)
    assert "typical" in shown.sse_scale.text
    assert "test digits" in shown.sentence.text


def test_it_says_how_many_test_digits_are_reconstructed_worse(shown, model):
    errors = np.sort(shown.typical.sse)
    worse = 100 * (errors > shown.drawn.posterior.sse).mean()
    assert shown.sentence.text.startswith(f"{worse:.0f} of 100")
    noise = np.random.default_rng(0).integers(0, 256, (1, 28, 28), np.uint8)
    shown.show(drawn_digit(model, noise), True)
    assert "better" in shown.sentence.text
    assert shown.sse_scale.unusual


def test_what_is_typical_is_measured_once(shown, model):
    figures = shown.typical
    shown.show(real_digit(model, DIGIT + 1), True)
    assert shown.settled
    assert shown.typical is figures


def test_draws_come_from_the_posterior(shown, model):
    answer = shown.drawn.posterior
    points = []
    for _ in range(60):
        shown.resample_button.invoke()
        points.append(shown.points)
    points = np.concatenate(points)
    deviations = (points - answer.mu) / answer.std
    assert np.abs(deviations.mean(axis=0)).max() < 0.25  # four standard errors of 480 draws
    assert np.abs(deviations.std(axis=0) - 1).max() < 0.15
    pixels = np.stack([tile.pixels for tile in shown.draws.tiles])
    np.testing.assert_array_equal(pixels, model.decoder.decode_uint8(points[-DRAWS:]))


def test_draws_follow_the_drawing_with_the_noise_they_have(shown, model, desk, pump):
    before, answer = shown.points, shown.drawn.posterior
    shown.show(real_digit(model, DIGIT + 1), False)
    np.testing.assert_array_equal(shown.points, before)  # the stroke does not wait for them
    settle(pump, shown, desk)
    now = shown.drawn.posterior
    np.testing.assert_allclose((shown.points - now.mu) / now.std, (before - answer.mu) / answer.std)


def test_a_click_goes_to_a_draw_and_return_does(shown, desk):
    click(shown.draws, *middle(shown.draws, 3))
    np.testing.assert_array_equal(desk.adopted[-1], shown.points[3])
    press(shown.draws, "Right")
    press(shown.draws, "Return")
    np.testing.assert_array_equal(desk.adopted[-1], shown.points[4])


def test_a_click_on_the_reconstruction_goes_to_the_mean_and_others_nowhere(shown, desk):
    for index in (0, 2):
        click(shown.board, *middle(shown.board, index))
    assert desk.adopted == []
    click(shown.board, *middle(shown.board, 1))
    np.testing.assert_array_equal(desk.adopted[-1], shown.drawn.posterior.mu)


def test_unknown_pixels_are_said_to_be_background(shown, model):
    shown.show(real_digit(model, DIGIT, lower_half(model)), True)
    assert "background" in shown.sentence.text


def test_without_an_encoder_it_points_to_refine(view, model, asked):
    bare = replace(model, bundle=replace(model.bundle, encoder=None), encoded=None)
    view.set_model(bare)
    view.show(drawn_digit(bare, model.encoded.images[DIGIT]), True)
    view.update()
    assert "without an encoder" in view.words.cget("text")
    assert not view.board.winfo_ismapped()
    view.refine_button.invoke()
    assert asked == ["refine"]


def test_without_real_digits_nothing_is_said_to_be_typical(view, model, desk, pump):
    strange = replace(model, encoded=None, bundle=replace(model.bundle, shows_digits=False))
    view.set_model(strange)
    view.show(real_digit(model, DIGIT), True)
    settle(pump, view, desk)
    assert view.sse_scale.text == f"{view.drawn.posterior.sse:.0f}"  # larger than 100
    assert "not known" in view.sentence.text


def test_another_model_forgets_what_was_typical_of_the_first(shown, model):
    shown.set_model(model)
    assert shown.typical is None
    assert shown.drawn is None
    assert not shown.board.winfo_ismapped()


@pytest.mark.parametrize("width", [340, 600, 1100])
def test_figures_have_room_in_every_width(stage, shown, width):
    stage.show(shown, width, 260)
    for widget in (shown.board, shown.sse_scale, shown.kl_scale, shown.draws):
        assert widget.winfo_ismapped()
        right = widget.winfo_rootx() - shown.winfo_rootx() + widget.winfo_width()
        assert right <= width
    assert shown.sse_scale.winfo_width() >= 120


def test_another_width_shows_no_figures_where_nothing_is_drawn(stage, view):
    stage.show(view, 340, 260)
    assert not view.sse_scale.winfo_ismapped()


def test_captions_come_where_there_is_room_for_them(stage, shown):
    assert [tile.caption for tile in shown.board.tiles] == ["", "", ""]
    stage.show(shown, 600, 300)
    assert "red" in shown.board.tiles[2].caption
    assert shown.board.tiles[0].caption == shown.drawn.source
    stage.show(shown, 600, 190)
    assert [tile.caption for tile in shown.board.tiles] == ["", "", ""]
