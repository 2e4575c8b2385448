"""Refinement as a person meets it: started, stopped, its figures, and where its points lead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.refining import fit_of, refine, typical_gap
from explorer.widgets.descent_plot import DescentPlot
from explorer.widgets.refine_view import RefineView
from tests.draw_parts import drawn_digit, lower_half, real_digit, settle
from tests.interaction import click, press

ODD = 8  # a 5 that the encoder misses
STEPS = 60


@pytest.fixture
def refined() -> list[np.ndarray]:
    return []


@pytest.fixture
def view(stage, desk, model, refined) -> RefineView:
    view = RefineView(stage.frame, desk.context, on_refined=refined.append)
    stage.show(view, 600, 190)
    view.set_model(model)
    view.apply_settings({"starts": 4, "steps": STEPS})
    return view


def without_encoder(model):
    return replace(model, bundle=replace(model.bundle, encoder=None), encoded=None)


def test_a_fit_is_the_training_losss_error_and_the_priors_cost(model):
    drawn = real_digit(model, ODD)
    fit = fit_of(drawn, model.decoder, drawn.posterior.mu)
    assert fit.sse == pytest.approx(drawn.posterior.sse, rel=1e-5)
    assert fit.prior == pytest.approx(0.5 * np.sum(drawn.posterior.mu**2))
    assert np.square(fit.error).sum() == pytest.approx(fit.sse, rel=1e-5)


def test_unknown_pixels_are_no_error(model):
    drawn = real_digit(model, ODD, lower_half(model))
    fit = fit_of(drawn, model.decoder, drawn.posterior.mu)
    assert not fit.error[drawn.unknown].any()
    assert fit.error[~drawn.unknown].any()


def test_refining_goes_below_the_encoders_answer(model):
    drawn = real_digit(model, ODD)
    found = refine(model, drawn, 4, STEPS, lambda fraction: None)
    assert found.before.objective == pytest.approx(
        fit_of(drawn, model.decoder, drawn.posterior.mu).objective
    )
    assert found.after.objective < found.before.objective
    assert found.after.objective == pytest.approx(found.curve.min(), rel=1e-4)
    assert found.starts == 4
    assert 1 <= found.agreeing <= 4


@pytest.mark.parametrize("steps", [20, STEPS])
def test_the_sentence_tells_the_gap_or_that_more_steps_are_needed(model, steps):
    found = refine(model, real_digit(model, ODD), 2, steps, lambda fraction: None)
    gap = found.before.objective - found.after.objective
    if found.converged:
        assert f"{gap:.1f} nats" in found.sentence()
    else:
        assert "more of them" in found.sentence()
    same = replace(found, before=found.after, converged=True)
    assert "as good as the best" in same.sentence()


def test_what_the_encoder_can_t_be_told_is_no_amortisation_gap(model):
    drawn = real_digit(model, ODD, lower_half(model))
    found = replace(refine(model, drawn, 2, STEPS, lambda fraction: None), converged=True)
    gap = found.before.objective - found.after.objective
    assert f"unknown for black, which cost it {gap:.1f} nats" in found.sentence()


def test_the_button_refines_and_the_pictures_lead_to_their_points(
    view, stage, desk, model, pump, refined
):
    drawn = real_digit(model, ODD)
    view.show(drawn, True)
    assert [tile.title for tile in view.board.tiles] == ["Original", "Encoder", "Error", "Refined"]
    assert view.adopt_button.instate(["disabled"])
    view.refine_button.invoke()
    assert view.busy
    assert view.refine_button.cget("text") == "Stop"
    settle(pump, view, desk)
    found = view.refinement
    assert np.array_equal(refined[0], found.after.z)
    assert view.refine_button.cget("text") == "Refine"
    assert view.sentence.text == found.sentence(view._typical)
    assert len(view.plot.curve) == STEPS + 1
    assert f"{found.after.sse:.1f} + {found.after.prior:.1f}" in view.board.tiles[3].caption
    stage.root.update()
    for index, expected in ((1, drawn.posterior.mu), (3, found.after.z)):
        left, top, right, bottom = view.board.box_of(index)
        click(view.board, (left + right) // 2, (top + bottom) // 2)
        assert np.array_equal(desk.adopted[-1], expected)
    view.adopt_button.invoke()
    assert np.array_equal(desk.adopted[-1], found.after.z)
    press(view.board, "Left")
    press(view.board, "Return")
    assert np.array_equal(desk.adopted[-1], drawn.posterior.mu)


def test_the_gap_is_compared_with_that_of_real_digits(view, desk, model, pump):
    view.show(real_digit(model, ODD), True)
    view.refine_button.invoke()
    settle(pump, view, desk)
    typical = typical_gap(model, lambda fraction: None)
    assert 1 < typical < 10
    found = replace(view.refinement, converged=True)
    assert f"(real ones about {typical:.0f})" in found.sentence(typical)
    assert "(real ones about 0.3)" in found.sentence(0.3)
    assert view.sentence.text == view.refinement.sentence(typical)
    assert "real ones" not in found.sentence()


def test_stopping_leaves_everything_as_it_was(view, desk, model, pump, refined):
    view.show(real_digit(model, ODD), True)
    view.refine_button.invoke()
    view.refine_button.invoke()
    assert not view.busy
    settle(pump, view, desk)
    assert view.refinement is None
    assert refined == []
    assert "press Refine" in view.board.tiles[-1].caption


def test_another_drawing_drops_the_answer_to_the_one_before(view, desk, model, pump, refined):
    view.show(real_digit(model, ODD, version=1), True)
    view.refine_button.invoke()
    view.show(real_digit(model, ODD + 1, version=2), False)
    settle(pump, view, desk)
    assert view.refinement is None
    assert refined == []


def test_the_same_drawing_keeps_its_answer(view, desk, model, pump):
    drawn = real_digit(model, ODD)
    view.show(drawn, True)
    view.refine_button.invoke()
    settle(pump, view, desk)
    found = view.refinement
    view.set_encoded(model)
    view.show(drawn, True)
    assert view.refinement is found


def test_without_an_encoder_it_is_the_way_in(view, desk, model, pump, refined):
    bare = without_encoder(model)
    view.set_model(bare)
    view.show(drawn_digit(bare, model.encoded.images[3]), True)
    assert "without an encoder" in view.sentence.text
    assert [tile.title for tile in view.board.tiles] == ["Original", "Refined"]
    view.refine_button.invoke()
    settle(pump, view, desk)
    assert view.refinement.before is None
    answer = model.probabilities(model.decoder.decode_uint8(refined[0][None]))[0]
    assert answer.argmax() == model.encoded.labels[3]


def test_nothing_drawn_says_what_to_do(view, desk, model):
    view.show(None, True)
    assert "Draw a digit" in view.board.note
    assert view.refine_button.instate(["disabled"])
    view.refine()
    assert view.settled


def test_another_model_forgets(view, desk, model, pump):
    view.show(real_digit(model, ODD), True)
    view.refine_button.invoke()
    view.set_model(model)
    settle(pump, view, desk)
    assert view.refinement is None
    assert view.drawn is None


def test_settings_come_back_and_bad_ones_are_left(view):
    assert view.settings() == {"starts": 4, "steps": STEPS}
    view.apply_settings({"starts": 0, "steps": "many"})
    view.apply_settings({"starts": True, "steps": 10**9})
    assert view.settings() == {"starts": 4, "steps": STEPS}
    view.apply_settings({"starts": 64, "steps": 20})
    assert view.settings() == {"starts": 64, "steps": 20}


@pytest.mark.parametrize("size", [(600, 180), (330, 440), (900, 600)])
def test_it_fits_in_any_shape(view, stage, desk, model, pump, size):
    stage.show(view, *size)
    view.show(real_digit(model, ODD), True)
    view.refine_button.invoke()
    settle(pump, view, desk)
    stage.root.update()
    for widget in (view.board, view.plot, view.sentence, view.refine_button, view.adopt_button):
        left, top = (
            (widget.winfo_rootx() - view.winfo_rootx()),
            (widget.winfo_rooty() - view.winfo_rooty()),
        )
        assert left >= 0
        assert top >= 0
        assert left + widget.winfo_width() <= size[0]
        assert top + widget.winfo_height() <= size[1]
    found = replace(view.refinement, converged=True)
    costly = replace(found.before, sse=found.after.sse + 188.8)
    for refinement in (
        *(found, replace(found, before=costly), replace(found, before=costly, partial=True)),
        *(replace(found, converged=False), replace(found, before=None)),
        replace(found, before=found.after),
    ):
        view.sentence.show(refinement.sentence(11.0))
        stage.root.update()
        (label,) = view.sentence.winfo_children()
        assert label.winfo_reqheight() <= view.sentence.winfo_height(), view.sentence.text


def test_the_plot_draws_the_curve_below_the_level(stage):
    plot = DescentPlot(
        stage.frame, stage.theme, heading="SSE", level_name="encoder", width=100, height=80
    )
    stage.show(plot, 160, 110)
    curve = np.array([80.0, 40.0, 32.0, 30.0])
    plot.show(curve, 38.0)
    points = plot.coords(plot.find_withtag("curve")[0])
    assert points[0::2] == pytest.approx([plot.x_of(i) for i in range(4)])
    assert points[1::2] == pytest.approx([plot.y_of(value) for value in curve])
    assert plot.y_of(80.0) == plot.y_of(1000.0)  # beyond the end
    assert plot.y_of(30.0) > plot.y_of(38.0) > plot.y_of(45.0)
    figure, *_ = plot.find_withtag("figure")
    assert plot.itemcget(figure, "text") == "30.0"
    for item in plot.find_all():
        left, top, right, bottom = plot.bbox(item)
        assert left >= -1
        assert top >= -1
        assert right <= 161
        assert bottom <= 111
    plot.show(np.zeros(0), None)
    assert not plot.find_all()
