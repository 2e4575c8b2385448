"""The Smoothness view: its figures, the segments as strips, and where they lead."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.kept_statistics import KeptStatistics
from explorer.plotting import render
from explorer.smoothness_plot import draw
from explorer.statistics_sample import Sample
from explorer.views.smoothness import (
    FRAMES,
    PICKED,
    ROUGHEST,
    SEGMENTS,
    SMOOTHEST,
    STRIPS,
    SmoothnessView,
)
from explorer.widgets.plot import look_of
from explorer.worker import Cancelled
from tests.draw_parts import settle
from tests.foreign import foreign_state
from tests.interaction import click, press
from vae.decoding import FoldedDecoder
from vae.latent import interpolate
from vae.smoothness import PRIOR, REAL, condition_in_words, in_words, smoothness


@pytest.fixture(scope="module")
def kept_folder(tmp_path_factory) -> Path:
    """What one test has measured is known to the next."""
    return tmp_path_factory.mktemp("statistics")


@pytest.fixture
def sample(model, kept_folder) -> Sample:
    chosen = Sample(KeptStatistics(kept_folder))
    chosen.choose(n=1000, seed=4)
    chosen.set_encoded(model)
    return chosen


@pytest.fixture
def journeys() -> list[tuple[np.ndarray, str]]:
    return []


@pytest.fixture
def view(stage, desk, sample, journeys) -> SmoothnessView:
    context = replace(desk.context, travel=lambda points, name: journeys.append((points, name)))
    view = SmoothnessView(stage.frame, context, sample)
    stage.show(view, 610, 430)
    return view


@pytest.fixture
def shown(view, desk, pump) -> SmoothnessView:
    settle(pump, view, desk)
    view.update()
    return view


def blind(model):
    """The same model without an encoder."""
    return replace(model, bundle=replace(model.bundle, encoder=None), encoded=None)


def ends(view: SmoothnessView, kind: int, source: int) -> np.ndarray:
    """Both ends of a segment by its rank."""
    order = view.measured.ranked(source)
    segment = {ROUGHEST: order[-1], SMOOTHEST: order[0], PICKED: order[len(order) // 2]}[kind]
    return np.stack([view.measured.starts[source, segment], view.measured.ends[source, segment]])


def test_the_figures_are_those_of_the_chosen_digits(shown, sample, model):
    expected = smoothness(model.decoder, sample.posteriors.mu, SEGMENTS, seed=4)
    for name, values in vars(expected).items():
        np.testing.assert_array_equal(getattr(shown.measured, name), values)
    for source in (PRIOR, REAL):
        shown.sources[source].invoke()
        row = (PRIOR, REAL).index(source)
        assert in_words(expected, row) in shown.sentence.text
        assert condition_in_words(expected, row) in shown.sentence.text


@pytest.mark.parametrize("source", [PRIOR, REAL])
def test_the_strips_are_the_segments_of_the_chosen_source(shown, model, source):
    shown.sources[source].invoke()
    row = (PRIOR, REAL).index(source)
    for kind in STRIPS:
        points = interpolate(*ends(shown, kind, row), FRAMES)
        np.testing.assert_array_equal(shown.strips[kind].pixels, model.decoder.decode_uint8(points))
    energies = shown.measured.energies[row]
    assert f"roughest: {energies.max():.1f}" in shown.names[ROUGHEST].cget("text")
    assert f"smoothest: {energies.min():.1f}" in shown.names[SMOOTHEST].cget("text")


def test_between_real_digits_the_strips_say_which(shown, model, sample):
    shown.sources[REAL].invoke()
    segment = shown.measured.ranked(1)[-1]
    numbers = sample.posteriors.indices[shown.measured.images[:, segment]]
    first, last = model.encoded.labels[numbers]
    np.testing.assert_array_equal(shown.measured.starts[1, segment], model.encoded.mu[numbers[0]])
    assert f"{first} to {last}, " in shown.names[ROUGHEST].cget("text")
    shown.sources[PRIOR].invoke()
    assert " to " not in shown.names[ROUGHEST].cget("text")


def test_a_picture_becomes_the_current_point(shown, desk):
    strip = shown.strips[ROUGHEST]
    left, top, right, bottom = strip.box_of(3)
    click(strip, (left + right) // 2, (top + bottom) // 2)
    way = interpolate(*ends(shown, ROUGHEST, 0), FRAMES)
    np.testing.assert_allclose(desk.adopted[-1], way[3])
    press(strip, "Right")
    press(strip, "Return")
    np.testing.assert_allclose(desk.adopted[-1], way[4])


def test_a_segment_is_travelled_on_the_morph_page(shown, journeys):
    for kind in STRIPS:
        shown.morphs[kind].invoke()
    assert [name for _, name in journeys] == [
        "roughest segment", "middle segment", "smoothest segment"
    ]  # fmt: skip
    for (points, _), kind in zip(journeys, STRIPS, strict=True):
        np.testing.assert_allclose(points, ends(shown, kind, 0))


def test_a_click_into_the_plot_picks_the_segment_of_that_roughness(shown, journeys):
    energies = shown.measured.energies[0]
    wanted = float(np.quantile(energies, 0.9))
    ((x, y),) = shown.plot.pixels_of(0, np.array([[wanted, 5.0]]))
    click(shown.plot.canvas.get_tk_widget(), round(x), round(y))
    ((value, _),) = [shown.plot.rendering.data_of(0, round(x), y)]
    nearest = energies[np.abs(energies - value).argmin()]
    assert f"picked: {nearest:.1f}" in shown.names[PICKED].cget("text")
    shown.morphs[PICKED].invoke()
    points, name = journeys[-1]
    assert name == "picked segment"
    segment = int(np.abs(energies - value).argmin())
    np.testing.assert_allclose(points[0], shown.measured.starts[0, segment])


def test_a_click_into_the_other_plot_picks_nothing(shown):
    before = shown.names[PICKED].cget("text")
    ((x, y),) = shown.plot.pixels_of(1, np.array([[10.0, 5.0]]))
    click(shown.plot.canvas.get_tk_widget(), round(x), round(y))
    assert shown.names[PICKED].cget("text") == before


def test_without_an_encoder_there_are_the_segments_of_the_prior(shown, sample, model, desk, pump):
    shown.sources[REAL].invoke()
    sample.set_encoded(blind(model))
    settle(pump, shown, desk)
    assert shown.measured.sources == (PRIOR,)
    assert str(shown.sources[REAL]["state"]) == "disabled"
    assert in_words(shown.measured, 0) in shown.sentence.text
    shown.apply_settings({"source": REAL})
    assert in_words(shown.measured, 0) in shown.sentence.text
    sample.set_encoded(model)
    settle(pump, shown, desk)
    assert str(shown.sources[REAL]["state"]) == "normal"


def test_before_the_digits_are_encoded_it_waits_and_says_so(shown, sample, model, desk, pump):
    sample.set_model(model)
    settle(pump, shown, desk)
    assert "being encoded" in shown.plot.text
    assert shown.measured is None
    assert not shown.sentence.winfo_ismapped()


@pytest.mark.parametrize("latent", [1, 2, 16])
def test_models_of_other_sizes_and_of_colour(stage, desk, model, pump, latent):
    state = foreign_state(3, latent=latent, image_channels=3)
    decoder = FoldedDecoder.from_state_dict(state)
    sample = Sample()
    other = replace(blind(model), decoder=decoder, presets=None, class_means=None)
    sample.set_encoded(replace(other, bundle=replace(other.bundle, sha256=f"{latent:064d}")))
    view = SmoothnessView(stage.frame, desk.context, sample)
    stage.show(view, 610, 430)
    settle(pump, view, desk)
    assert view.plot.text == ""
    assert view.strips[ROUGHEST].pixels.shape == (FRAMES, 3, 28, 28)
    assert view.measured.starts.shape == (1, SEGMENTS, latent)


def test_a_decoder_that_draws_the_same_everywhere_is_told_so(stage, desk, model, pump):
    state = foreign_state(0, latent=2)
    state["linear.weight"][:] = 0.0
    flat = replace(blind(model), decoder=FoldedDecoder.from_state_dict(state))
    sample = Sample()
    sample.set_encoded(replace(flat, bundle=replace(flat.bundle, sha256="0" * 64)))
    view = SmoothnessView(stage.frame, desk.context, sample)
    stage.show(view, 610, 430)
    settle(pump, view, desk)
    assert "does not change at all" in view.sentence.text
    assert view.plot.rendering is not None


@pytest.mark.parametrize(
    ("error", "said"), [(Cancelled(), "cancelled"), (ValueError("out of luck"), "out of luck")]
)
def test_a_measurement_that_gives_nothing_says_why(
    stage, desk, model, pump, monkeypatch, error, said
):
    def broken(*arguments: object) -> None:
        raise error

    monkeypatch.setattr("explorer.views.smoothness.smoothness", broken)
    sample = Sample()
    sample.set_encoded(model)
    view = SmoothnessView(stage.frame, desk.context, sample)
    stage.show(view, 610, 430)
    settle(pump, view, desk)
    assert said in view.plot.text
    assert view.measured is None


def test_another_model_while_nobody_looks_is_measured_at_the_next_look(
    stage, shown, sample, model, desk, pump
):
    before = shown.measured
    shown.place_forget()
    stage.root.update()
    sample.choose(seed=9)
    assert not desk.worker.busy
    stage.show(shown, 610, 430)
    settle(pump, shown, desk)
    assert shown.measured is not before
    sample.set_encoded(replace(model))  # equal, and yet another one
    settle(pump, shown, desk)
    assert shown.settled


def test_the_source_returns_with_a_session(shown, stage, desk, sample, pump):
    shown.sources[REAL].invoke()
    other = SmoothnessView(stage.frame, desk.context, sample)
    other.apply_settings(shown.settings())
    stage.show(other, 610, 430)
    settle(pump, other, desk)
    assert in_words(other.measured, 1) in other.sentence.text
    for odd in (None, 3, "both", [REAL]):
        other.apply_settings({"source": odd})
    assert other.settings() == {"source": REAL}


def test_the_plot_holds_every_segment_and_every_point(shown, stage):
    figure = render(
        lambda figure, look: draw(figure, look, measured=shown.measured),
        look_of(stage.theme), 600, 160,
    ).figure  # fmt: skip
    left, right = figure.axes
    for axes in (left, right):
        bars = sum(patch.get_height() for patch in axes.patches[:-1])
        assert bars == SEGMENTS  # the first source's bars; the second is one outline
    words = [text.get_text() for text in left.get_legend().get_texts()]
    assert words == [
        f"prior samples, mean {shown.measured.path_length[0]:.1f}",
        f"real digits, mean {shown.measured.path_length[1]:.1f}",
    ]


@pytest.mark.parametrize("size", [(200, 120), (400, 400), (1200, 700)])
def test_the_plot_is_drawn_in_any_room(shown, stage, size):
    drawn = render(
        lambda figure, look: draw(figure, look, measured=shown.measured),
        look_of(stage.theme),
        *size,
    )
    assert (drawn.width, drawn.height) == size
