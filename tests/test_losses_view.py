"""The losses of two trainings over one another: curves, figures, and what keeps them apart."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.loss_curves import PARTS, WHICH, loss_curves, training_curves
from explorer.plotting import new_figure
from explorer.views.losses import LossesView, drawing
from explorer.widgets.pair_view import NO_SECOND
from explorer.widgets.plot import look_of
from tests.foreign import foreign_state
from tests.gan_parts import COLLAPSE, gan_copy, gan_record
from tests.pair_parts import Pair, pair_of
from tests.second_models import renamed_copy


@pytest.fixture(scope="module")
def shorter(weights_path, tmp_path_factory) -> Path:
    """The shipped model with a record of another, shorter and worse training."""
    path = renamed_copy(weights_path, tmp_path_factory.mktemp("second") / "shorter")
    record = json.loads(path.with_suffix(".json").read_text())
    record["epochs"] = record["epochs"][:5]
    record["training"]["epochs"] = 5
    record["final"]["test"] = {"sse": 90.04, "kl": 14.0, "total": 104.04}
    record["final"]["train"]["total"] = "damaged"
    path.with_suffix(".json").write_text(json.dumps(record))
    return path


@pytest.fixture
def pair(desk, pump, model, dialogs) -> Pair:
    return pair_of(LossesView, desk, pump, model)


def texts(pair: Pair) -> dict[str, tuple[str, str]]:
    return {name: (a, b) for name, a, b in pair.view.table.texts}


def test_without_a_second_model_it_says_how_to_have_one(pair):
    assert pair.view.plot.text == NO_SECOND
    assert not pair.view.table.winfo_ismapped()


def test_the_figures_are_those_of_the_records_and_the_better_is_marked(pair, shorter, model):
    pair.open(shorter)
    final = model.record["final"]
    rows = texts(pair)
    assert rows["Test SSE"] == (f"✓ {final['test']['sse']:.1f}", "90.0")
    assert rows["Test KL, nats"] == (f"{final['test']['kl']:.1f}", "14.0")
    assert rows["Test SSE + KL"] == (f"✓ {final['test']['total']:.1f}", "104.0")
    assert rows["Training SSE + KL"] == (f"{final['train']['total']:.1f}", "–")
    assert rows["Epochs"] == ("200", "5")
    assert rows["Latent dimensions"] == ("6", "6")
    assert pair.view.sentence.text == ""
    assert pair.view.plot.rendering is not None


def test_two_equal_models_compare_equal(pair, weights_path):
    pair.open(weights_path)
    for a, b in texts(pair).values():
        assert a == b
        assert "✓" not in a


@pytest.mark.parametrize("log_losses", [True, False])
@pytest.mark.parametrize("log_epochs", [True, False])
def test_the_curves_are_those_of_the_records(stage, model, shorter, log_losses, log_epochs):
    records = model.record, json.loads(shorter.with_suffix(".json").read_text())
    curves = tuple(map(loss_curves, records))
    look = look_of(stage.theme)
    figure = new_figure(look, 600, 300)
    drawing(curves, ("one", "two"), log_losses, log_epochs)(figure, look)
    assert len(figure.axes) == len(PARTS)
    for axes, part in zip(figure.axes, PARTS, strict=True):
        assert axes.get_xscale() == ("log" if log_epochs else "linear")
        assert axes.get_yscale() == ("log" if log_losses else "linear")
        lines = iter(axes.get_lines())
        for record in records:
            for which in WHICH:
                line = next(lines)
                epochs, values = zip(
                    *((e["epoch"], e[which][part]) for e in record["epochs"]), strict=True
                )
                assert np.array_equal(line.get_xdata(), epochs)
                assert line.get_ydata() == pytest.approx(values)
                assert line.get_linestyle() == ("-" if which == "test" else "--")
        assert [text.get_text() for text in axes.texts] == ["A", "B"]
    assert [text.get_text() for text in figure.axes[-1].get_legend().texts] == ["A one", "B two"]


def test_the_scales_are_chosen(pair, shorter):
    pair.open(shorter)
    before = pair.view.plot.rendering
    pair.view.boxes["log_epochs"].invoke()
    pair.settle()
    assert pair.view.plot.rendering is not before
    assert pair.view.settings() == {"log_losses": True, "log_epochs": False}


def test_one_record_is_shown_alone_and_the_missing_one_is_said(pair, tmp_path):
    torch.save(foreign_state(latent=3), tmp_path / "foreign.pt")
    pair.open(tmp_path / "foreign.pt")
    assert pair.view.sentence.text.startswith("B came without a training record")
    assert pair.view.plot.rendering is not None
    assert texts(pair)["Test SSE"][1] == "–"
    assert texts(pair)["Latent dimensions"] == ("6", "3")


def test_without_any_record_it_says_so(desk, pump, dialogs, tmp_path):
    from explorer.model import open_model

    torch.save(foreign_state(), tmp_path / "foreign.pt")
    pair = pair_of(LossesView, desk, pump, open_model(tmp_path / "foreign.pt"))
    pair.open(tmp_path / "foreign.pt")
    assert "A came without" in pair.view.plot.text
    assert "B came without" in pair.view.plot.text


def test_other_data_are_warned_of(pair, weights_path, tmp_path):
    path = renamed_copy(weights_path, tmp_path / "sample")
    record = json.loads(path.with_suffix(".json").read_text())
    record["dataset"]["name"] = "sample"
    path.with_suffix(".json").write_text(json.dumps(record))
    pair.open(path)
    assert pair.view.sentence.text.startswith("A was trained on mnist, B on sample")


@pytest.mark.parametrize("epochs", [None, [], [{"epoch": 1}], [{"epoch": "x", "train": 3}], 7])
def test_a_damaged_record_does_no_harm(pair, weights_path, tmp_path, epochs):
    path = renamed_copy(weights_path, tmp_path / "damaged")
    record = json.loads(path.with_suffix(".json").read_text())
    record["epochs"] = epochs
    path.with_suffix(".json").write_text(json.dumps(record))
    pair.open(path)
    assert pair.view.sentence.text.startswith("B came without a training record")


def test_a_gan_beside_a_vae_has_a_level_and_it_is_said(pair, weights_path, tmp_path, model):
    pair.open(gan_copy(weights_path, tmp_path / "gan"))
    assert pair.view.sentence.text.startswith("B is a GAN: the losses of its game are on no scale")
    rows = texts(pair)
    assert rows["Classes of samples"] == ("–", "10")
    total = f"{model.record['final']['test']['total']:.1f}"
    assert rows["Test SSE + KL"] == (total, total)
    assert "Training SSE + KL" not in rows
    assert pair.view.plot.rendering is not None


def test_the_level_of_a_gan_is_its_last_figure_and_two_gans_show_what_they_cover(stage, model):
    look = look_of(stage.theme)
    gan = training_curves(gan_record(model.record))
    finals = {}, {"sse": 70.0, "kl": 15.0, "total": 85.0}
    figure = new_figure(look, 600, 300)
    drawing((loss_curves(model.record), gan), ("one", "two"), True, True, finals)(figure, look)
    for axes, value in zip(figure.axes, finals[1].values(), strict=True):
        level = axes.get_lines()[-1]
        assert set(level.get_ydata()) == {value}
        assert [text.get_text() for text in axes.texts] == ["A", "B"]
    figure = new_figure(look, 600, 300)
    drawing((gan, gan), ("one", "two"), True, False)(figure, look)
    classes, recall, distance = figure.axes
    assert classes.get_lines()[0].get_ydata() == pytest.approx(COLLAPSE)
    assert (recall.get_yscale(), distance.get_yscale()) == ("linear", "log")


def test_two_gans_are_compared_by_what_they_cover(pair, weights_path, tmp_path):
    path = gan_copy(weights_path, tmp_path / "gan")
    pair.view.set_model(pair.open(path))
    pair.second.set_first(pair.second.model)
    pair.settle()
    assert pair.view.sentence.text.startswith("The losses of two games are no measure")
    assert texts(pair)["Recall of samples"] == ("0.50", "0.50")


def test_settings_are_kept_and_bad_ones_ignored(pair):
    pair.view.apply_settings({"log_losses": False, "log_epochs": True})
    kept = {"log_losses": False, "log_epochs": True}
    assert pair.view.settings() == kept
    for bad in ({}, {"log_losses": 1, "log_epochs": "no"}):
        pair.view.apply_settings(bad)
        assert pair.view.settings() == kept


def test_themes_closing_and_destroying_do_no_harm(pair, shorter, stage):
    pair.open(shorter)
    stage.theme.set_mode("dark")
    pair.settle()
    pair.second.close()
    pair.settle()
    assert pair.view.plot.text == NO_SECOND
    pair.view.destroy()
    stage.root.update()
