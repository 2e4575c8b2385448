"""What the Model page shows of a GAN: its course, whether it collapsed, its record, its network."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.coverage_words import coverage_words, has_collapsed, verdict
from explorer.history_film import epoch_words
from explorer.loss_curves import BALANCE, GameCurves, game_curves, loss_curves, training_curves
from explorer.model import open_model
from explorer.model_words import model_summary, record_lines
from explorer.plotting import new_figure
from explorer.record_rows import record_groups
from explorer.views.curves import CurvesView, drawing
from explorer.views.history import HistoryView
from explorer.views.network import NOT_YET, NetworkView
from explorer.widgets.epoch_curves import COVERAGE_HEADING, EpochCurves, even_numbers
from explorer.widgets.plot import look_of
from tests.gan_parts import COLLAPSE, course, gan_copy, gan_record, trained_gan
from tests.test_record import json_values, values, with_record
from vae.adversarial import GAN_LOSSES, Discriminator, discriminator_loss, generator_loss
from vae.architecture import opponent
from vae.history import load_history
from vae.model import ModelConfig
from vae.recorded import (
    RecordedCoverage,
    has_learned_features,
    recorded_coverage,
    recorded_coverages,
)
from vae.weights import WeightsError, read_record


@pytest.fixture(scope="module")
def trained(weights_path, tmp_path_factory) -> tuple[Path, Path]:
    """A GAN that was really trained, and itself while it was trained; see `trained_gan`."""
    classifier = weights_path.parent / "assets" / "classifier_weights.pt"
    return trained_gan(classifier, tmp_path_factory.mktemp("gan"))


@pytest.fixture
def collapsed(model):
    """The shipped model as if it were a GAN that had collapsed on the way."""
    return with_record(model, gan_record(model.record))


def covering(*classes: int) -> dict[int, RecordedCoverage]:
    return recorded_coverages({"epochs": course(classes)})


# ---- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("classes", "words", "bad"),
    [
        ((9, 10, 10), "All 10 classes, from epoch 2 on.", False),
        ((10,), "All 10 classes, from epoch 1 on.", False),
        ((10, 3), "Collapsed to 3 of 10 classes in epoch 2.", True),
        (COLLAPSE, "Collapsed to 1 of 10 classes in epoch 4; 10 in the last one.", True),
        ((2, 3, 5), "Never more than 5 of 10 classes.", True),
        ((2, 8, 10, 9), "1 of 10 classes missing in the end: hardly a sample is of it.", False),
        ((2, 8), "2 of 10 classes missing in the end: hardly a sample is of them.", False),
    ],
)
def test_what_became_of_the_classes(classes, words, bad):
    assert verdict(covering(*classes), 10) == (words, bad)


def test_many_classes_that_are_hardly_there_are_a_collapse_too():
    uneven = RecordedCoverage(classes=8, entropy=math.log(4.0))
    assert has_collapsed(uneven, 10)
    assert not has_collapsed(RecordedCoverage(classes=8), 10)  # how even is not known
    assert not has_collapsed(uneven, None)
    words, bad = verdict({1: RecordedCoverage(10), 2: uneven}, 10)
    assert bad
    assert words.startswith("Collapsed to 8 of 10")


def test_a_coverage_is_told_as_far_as_it_is_known():
    known = RecordedCoverage(10, math.log(9.6), 0.9, 0.42, 0.3)
    assert coverage_words(known, 10) == "10 of 10 classes, as 9.6 even ones; recall 0.42"
    assert coverage_words(RecordedCoverage(1), None) == "1 class"
    assert coverage_words(RecordedCoverage(10), 3) == "10 classes"  # one of both is a lie
    assert verdict({}, 10) == verdict({1: known}, None) == ("", False)


@given(value=json_values | st.dictionaries(st.sampled_from(["classes", "recall"]), json_values))
def test_whatever_a_coverage_holds_it_is_numbers_or_none(value):
    found = recorded_coverage(value)
    if found is not None:
        assert found.classes >= 0
        assert math.isnan(found.recall) or 0 <= found.recall <= 1
        assert coverage_words(found, 10)


# ---- the course ----------------------------------------------------------------------------------


@given(
    epochs=st.lists(
        st.fixed_dictionaries(
            {"epoch": json_values | st.integers(1, 9)},
            optional={
                "train": json_values
                | st.dictionaries(st.sampled_from(["generator", "r1"]), json_values),
                "coverage": json_values
                | st.dictionaries(st.sampled_from(["classes", "entropy"]), json_values),
            },
        ),
        max_size=5,
    )
)
def test_whatever_the_epochs_hold_there_are_curves_of_numbers(epochs):
    curves = training_curves({"family": "gan", "epochs": epochs})
    if curves is None:
        return
    for panel in (panel for row in curves.rows for panel in row):
        for line in panel.lines:
            assert line.values.shape == curves.epochs.shape
            assert not np.isinf(line.values).any()
    for place in range(len(curves.epochs)):
        assert curves.sentence(place).startswith("Epoch ")


def test_a_vae_has_no_game_and_a_gan_no_losses(model):
    assert isinstance(training_curves(gan_record(model.record)), GameCurves)
    assert loss_curves(gan_record(model.record)) is None
    assert game_curves(model.record) is None
    assert training_curves({"family": "gan", "epochs": []}) is None


@pytest.mark.parametrize("name", GAN_LOSSES)
def test_the_lines_of_balance_are_where_the_losses_lie_when_nobody_can_tell(name):
    import torch

    logits = torch.full((4,), 1e-4)  # the same for real and generated images
    players = discriminator_loss(name, logits, logits), generator_loss(name, logits, logits)
    assert {round(float(loss), 3) for loss in players} == {
        round(level, 3) for level in BALANCE[name].values()
    }


def test_the_drawing_shows_what_is_lacking_and_where_the_game_is_balanced(stage, model):
    curves = game_curves(gan_record(model.record))
    look = look_of(stage.theme)
    figure = new_figure(look, 600, 320)
    drawing(curves, True, False)(figure, look)
    classes, reach, distance, game, gradients = figure.axes
    assert classes.get_lines()[0].get_ydata().tolist() == list(COLLAPSE)
    assert classes.get_ylim()[0] == 0
    (lacking,) = classes.collections
    assert lacking.get_datalim(classes.transData).y0 == pytest.approx(1.0)
    assert [text.get_text() for text in classes.texts] == ["all 10"]
    assert [text.get_text() for text in game.texts] == ["log 2"]
    assert distance.get_yscale() == gradients.get_yscale() == "log"
    assert reach.get_yscale() == game.get_yscale() == "linear"


def test_figures_of_the_fitted_encoder_are_not_called_the_trainings(model, collapsed):
    for shown, name in ((model, "Test"), (collapsed, "Test, by the fitted encoder")):
        groups = record_groups(shown.record, path="", sha256="")
        (figures,) = (group for group in groups if group.title == "Figures")
        assert next(row.name for row in figures.rows if row.name.startswith("Test")) == name


@pytest.mark.parametrize("weight", [0.0, "1", None, True, -1.0, math.nan])
def test_features_took_part_only_with_a_weight(weight):
    assert has_learned_features({"training": {"perceptual": 0.5}})
    assert not has_learned_features({"training": {"perceptual": weight}})
    assert not has_learned_features(None)


@pytest.fixture
def curves_view(desk, stage, model, collapsed, pump):
    view = CurvesView(stage.frame, desk.context)
    stage.show(view, 600, 400)
    view.set_model(collapsed)
    pump(lambda: view.settled, what="the curves are drawn")
    return view


def test_a_collapse_is_said_and_gone_with_the_model(curves_view, model, stage, pump):
    palette = stage.theme.palette
    assert len(curves_view.plot.rendering.panels) == 5
    assert curves_view.verdict.cget("text").startswith("Collapsed to 1 of 10 classes in epoch 4")
    assert str(curves_view.verdict.cget("foreground")) == palette.warning
    curves_view._pick(4.0)
    assert curves_view.text.text.startswith("Epoch 4: 1 of 10 classes, as 1.0 even ones")
    assert len(curves_view.plot._marks) == 9  # 2 + 2 above, 1 + 2 + 2 below
    curves_view.log_loss_box.invoke()
    curves_view.log_epochs_box.invoke()
    curves_view.set_model(model)
    pump(lambda: curves_view.settled, what="the curves are drawn")
    assert not curves_view.verdict.winfo_ismapped()
    assert len(curves_view.plot.rendering.panels) == 3


def test_a_vae_with_more_losses_shows_them_too(curves_view, model, pump):
    extras = {"features": 12.25, "generator": 0.7, "discriminator": 1.3}
    epochs = [
        {**entry, "train": {**entry["train"], **extras}} for entry in model.record["epochs"][:9]
    ]
    curves_view.set_model(with_record(model, {**model.record, "epochs": epochs}))
    pump(lambda: curves_view.settled, what="the curves are drawn")
    assert len(curves_view.plot.rendering.panels) == 5
    assert "features 12.25, generator 0.70, discriminator 1.30" in curves_view.text.text
    assert "= " in curves_view.text.text  # the sum of its own two


@pytest.mark.parametrize("classes", [[10], [1, 2]])
def test_a_gan_that_has_only_begun(curves_view, model, pump, classes):
    curves_view.set_model(with_record(model, gan_record(model.record, classes)))
    pump(lambda: curves_view.settled, what="the curves are drawn")
    assert curves_view.epoch == len(classes)


# ---- the small curves ----------------------------------------------------------------------------


def test_what_is_lacking_is_filled(stage):
    curve = EpochCurves(stage.frame, stage.theme, heading="Loss")
    stage.show(curve, 300, 120)
    curve.show_coverage([1, 2, 3], [10, 3, 10], [9.5, 2.0, 9.0], 10, (0, 3))
    curve.mark(2)
    stage.root.update()
    assert curve.heading == COVERAGE_HEADING
    assert curve.find_withtag("lacking")
    assert curve.coords("covered")[3] == pytest.approx(curve.y_of(3))
    assert curve.y_of(10) == pytest.approx(curve._sides()[0])
    assert curve.itemcget("dot", "state") == "normal"
    curve.show_coverage([1, 2], [10, 10], [9.5, math.nan], 10, (0, 3))
    stage.root.update()
    assert not curve.find_withtag("lacking")
    curve.show([1, 2], [100, 90], [100, 90], (0, 3))
    stage.root.update()
    assert curve.heading == "Loss"
    assert not curve.find_withtag("level")


def test_a_game_may_be_negative_and_has_a_level(stage):
    curve = EpochCurves(stage.frame, stage.theme, heading="Loss")
    stage.show(curve, 300, 120)
    curve.show_game([1, 2], [-0.5, -2.9], [1.2, math.nan], BALANCE["minimax"], (0, 2))
    stage.root.update()
    assert curve.y_of(-2.9) > curve.y_of(0) > curve.y_of(1.2)
    assert curve.find_withtag("level")
    curve.show_game([], [], [], {}, (0, 2))
    stage.root.update()


@given(low=st.floats(-100, 100), size=st.floats(0.01, 1000))
def test_even_numbers_are_few_within_bounds_and_equally_far_apart(low, size):
    found = even_numbers(low, low + size)
    assert 1 <= len(found) <= 6
    slack = 1e-9 * (abs(low) + size)
    assert all(low - slack <= number <= low + size + slack for number in found)
    assert np.diff(found, 2) == pytest.approx(0, abs=1e-6)


# ---- a GAN that was trained ----------------------------------------------------------------------


def test_a_trained_gan_is_told_by_its_classes(trained):
    model = open_model(trained[0])
    record = model.record
    assert model.bundle.encoder is not None
    last = record["epochs"][-1]["coverage"]["classes"]
    assert model_summary(model) == f"GAN: 2 epochs on sample, {last} of 10 classes"
    lines = dict(record_lines(record))
    assert lines["Family"] == "GAN, relativistic pairing, R1 + R2"
    assert lines["Coverage"].startswith(f"{last} of 10 classes")
    told = values(record_groups(record, path="x", sha256="y"))
    assert told["Family"] == "GAN"
    assert told["Game"] == "relativistic: relativistic pairing, R1 + R2"
    assert told["Maps of the discriminator"] == "16, 32"
    assert "even ones, precision" in told["Last, classes of the samples"]
    assert "|dD/dx|² real" in told["Last, training"]
    assert not [name for name in told if name.startswith(("training.", "final.", "family"))]


def test_the_film_of_a_gan_tells_its_classes(trained, stage, desk, pump):
    model = open_model(trained[0])
    history = load_history(model.bundle)
    assert history.is_gan
    assert sorted(history.coverages) == [1, 2]
    assert epoch_words(history, 0)[1] == "before the first step"
    assert "of 10 classes, as" in epoch_words(history, 1)[1]
    view = HistoryView(stage.frame, desk.context)
    stage.show(view, 600, 400)
    view.set_model(model)
    pump(lambda: view.settled and view.history is not None, what="the snapshots are shown")
    stage.root.update()
    assert view.curve.heading == COVERAGE_HEADING
    assert view.curve.curves["covered"][0].tolist() == [1, 2]
    assert view.loss_label.cget("text").endswith("of 10 classes")


def test_a_gan_in_training_has_no_encoder_and_it_is_said(trained, stage, desk):
    model = open_model(trained[1])
    assert model.bundle.encoder is None
    assert any("encoder" in note for note in model.bundle.notes)
    assert model_summary(model).startswith("GAN: 1 epoch on sample")
    view = NetworkView(stage.frame, desk.context)
    stage.show(view, 600, 400)
    view.set_model(model)
    stage.root.update()
    assert view.text.text.startswith(NOT_YET)


# ---- the network ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("shape", "channels"), [((1, 28, 28), (16, 32)), ((3, 32, 32), (24, 48))])
def test_the_discriminator_is_as_large_as_it_is(shape, channels):
    described = opponent(ModelConfig(6, shape, (16, 32)), channels)
    network = Discriminator(shape, channels)
    assert described.parameters == sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize("size", [(590, 400), (1200, 800)])
def test_the_discriminator_stands_beside_the_generator(stage, desk, collapsed, size):
    view = NetworkView(stage.frame, desk.context)
    stage.show(view, *size)
    view.set_model(collapsed)
    stage.root.update()
    diagram = view.diagram
    texts = [diagram.itemcget(item, "text") for item in diagram.find_withtag("opponent")]
    assert texts == ["Discriminator", "16 and 32 maps", "10,065 parameters", "in training only"]
    _, _, right, bottom = diagram.bbox("opponent")
    assert right <= diagram.winfo_width()
    assert bottom <= diagram.winfo_height()
    record = {**collapsed.record, "training": {"discriminator_channels": [16, "many"]}}
    view.set_model(with_record(collapsed, record))
    stage.root.update()
    assert not diagram.find_withtag("opponent")


# ---- damage --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"family": "flow"}, "of the family 'flow'; vae and gan are read"),
        ({"family": ["gan"]}, "of the family"),
        ({"coverage": 3}, "final coverage is not made of numbers"),
        ({"coverage": {"classes": 10}}, "final coverage is not made of numbers"),
    ],
)
def test_a_damaged_record_of_a_gan_is_named(weights_path, tmp_path, change, message):
    path = gan_copy(weights_path, tmp_path / "gan").with_suffix(".json")
    record = read_record(path)
    assert record["family"] == "gan"
    if "coverage" in change:
        record["final"]["coverage"] = change["coverage"]
    else:
        record |= change
    path.write_text(json.dumps(record))
    with pytest.raises(WeightsError, match=message):
        read_record(path)


def test_a_gan_without_any_epochs_is_said_in_words(curves_view, collapsed, pump):
    curves_view.set_model(with_record(collapsed, {**collapsed.record, "epochs": []}))
    pump(lambda: curves_view.settled)
    assert "no curves" in curves_view.plot.text
    assert not curves_view.verdict.winfo_ismapped()
