"""The views Dimensions, Scatter and Prior match: their figures, their plots, what a person does."""

from __future__ import annotations

import csv
import threading
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from explorer.measuring import CANCELLED
from explorer.statistics_sample import Sample
from explorer.views.dimensions import DimensionsView
from explorer.views.prior import PriorView
from explorer.views.scatter import ScatterView
from tests.draw_parts import settle
from tests.interaction import click, press
from vae import aggregate

SIZE = 610, 430
VIEWS = [DimensionsView, ScatterView, PriorView]


@pytest.fixture
def sample(model) -> Sample:
    chosen = Sample()
    chosen.choose(n=1000)
    chosen.set_encoded(model)
    return chosen


@pytest.fixture
def opened(stage, desk, sample, pump):
    """`opened(View)`: the view, with everything shown."""

    def open_view(kind, chosen=None):
        view = kind(stage.frame, desk.context, sample if chosen is None else chosen)
        stage.show(view, *SIZE)
        settle(pump, view, desk)
        return view

    return open_view


def of_dimensions(model, dim: int, spoil=lambda mu, std: None):
    """A model of other weights whose digits are encoded in so many dimensions."""
    from vae.statistics import EncodedImages

    encoded, repeats = model.encoded, -(-dim // model.latent_dim)
    mu = np.tile(encoded.mu, repeats)[:, :dim]
    std = np.tile(encoded.std, repeats)[:, :dim]
    spoil(mu, std)
    kl = np.tile(encoded.kl, repeats)[:dim]
    return replace(
        model,
        encoded=EncodedImages(encoded.images, encoded.labels, mu, std, kl),
        bundle=replace(model.bundle, sha256=f"{dim:064d}"),
    )


def titled(view, beginning: str) -> bool:
    """Whether a text in the plot begins so."""
    return any(words.startswith(beginning) for words in view.plot.rendering.words)


# --- what all views have in common ----------------------------------------------------------------


@pytest.mark.parametrize("kind", VIEWS)
def test_without_digits_a_view_says_why_and_recovers(opened, sample, model, kind, pump, desk):
    blind = replace(model, bundle=replace(model.bundle, encoder=None), encoded=None)
    view = opened(kind)
    assert view.plot.rendering is not None
    sample.set_encoded(blind)
    settle(pump, view, desk)
    assert "came without an encoder" in view.plot.text
    assert view.plot.rendering is None
    sample.set_encoded(model)
    settle(pump, view, desk)
    assert view.plot.text == ""
    assert view.plot.rendering is not None


@pytest.mark.parametrize("kind", VIEWS)
@pytest.mark.parametrize("dim", [1, 2, 16])
def test_a_view_works_in_any_number_of_dimensions(opened, sample, model, kind, dim, pump, desk):
    view = opened(kind)
    sample.set_encoded(of_dimensions(model, dim))
    settle(pump, view, desk)
    assert view.plot.text == ""
    for settings in ({"plot": "boxes", "alone": True, "dimension": 9}, {"mode": "pair"}):
        view.apply_settings(settings)
        settle(pump, view, desk)
        assert view.plot.text == ""


@pytest.mark.parametrize("kind", VIEWS)
def test_nothing_is_measured_before_somebody_looks(stage, desk, sample, kind, pump):
    view = kind(stage.frame, desk.context, sample)
    stage.root.update()
    assert not desk.worker.busy
    assert view.settled
    stage.show(view, *SIZE)
    assert not view.settled
    settle(pump, view, desk)
    assert view.plot.rendering is not None


@pytest.mark.parametrize("kind", VIEWS)
def test_settings_return_and_odd_ones_are_left_out(opened, kind, pump, desk):
    view = opened(kind)
    kept = view.settings()
    for odd in (None, True, -1, 2.5, "axis of evil", [], [0, 0], [True, 1], {"a": 1}, 99):
        for name in kept:
            view.apply_settings({name: odd})
    settle(pump, view, desk)
    assert view.plot.text == ""
    view.apply_settings(kept)
    assert view.settings() == kept


@pytest.mark.parametrize("kind", VIEWS)
def test_the_theme_and_the_size_are_followed(opened, stage, kind, pump, desk):
    view = opened(kind)
    before = view.plot.rendering
    stage.theme.set_mode("dark")
    settle(pump, view, desk)
    assert view.plot.rendering is not before
    stage.show(view, 900, 600)
    settle(pump, view, desk)
    assert view.plot.rendering.width == view.plot.winfo_width() > before.width


def test_a_result_for_digits_that_are_no_longer_chosen_is_dropped(
    stage, desk, sample, pump, monkeypatch
):
    gate, first = threading.Event(), []

    def slow(mu, std, labels, n_classes):
        first.append(len(mu))
        if len(first) == 1:
            gate.wait(10)
        return aggregate.summarise(mu, std, labels, n_classes)

    monkeypatch.setattr("explorer.views.dimensions.summarise", slow)
    view = DimensionsView(stage.frame, desk.context, sample)
    stage.show(view, *SIZE)
    pump(lambda: first)
    sample.choose(n=2000)
    gate.set()
    settle(pump, view, desk)
    assert first == [1000, 2000]
    assert view.summary.n == 2000


def test_what_was_measured_once_is_not_computed_again(opened, monkeypatch):
    opened(DimensionsView)
    monkeypatch.setattr("explorer.views.scatter.summarise", None)
    view = opened(ScatterView)  # of the same figures
    assert view.plot.text == ""
    assert view.plot.rendering is not None


def test_a_measurement_that_is_cancelled_says_so_and_another_one_starts(
    stage, desk, sample, pump, monkeypatch
):
    begun = threading.Event()

    def endless(mu, std, seed, progress):
        begun.set()
        while True:
            progress(0.5)
            threading.Event().wait(0.005)  # as a computation that reports now and then

    monkeypatch.setattr("explorer.views.prior.prior_match", endless)
    monkeypatch.setattr(
        "explorer.views.prior.run_apart",
        lambda job, function, *arguments: function(*arguments, progress=job.progress),
    )
    view = PriorView(stage.frame, desk.context, sample)
    stage.show(view, *SIZE)
    pump(begun.is_set)
    assert "being compared" in view.plot.text
    pump(lambda: desk.status.cancel_button.winfo_manager(), what="the job is shown")
    desk.status.cancel_button.invoke()
    settle(pump, view, desk)
    assert view.plot.text == CANCELLED
    monkeypatch.setattr("explorer.views.prior.prior_match", aggregate.prior_match)
    sample.choose(seed=1)
    settle(pump, view, desk)
    assert view.match is not None


def test_other_work_does_not_wait_for_the_comparison_with_the_prior(
    stage, desk, sample, pump, monkeypatch
):
    begun, gate, done = threading.Event(), threading.Event(), []

    def slow(job, function, *arguments):
        begun.set()
        gate.wait(10)
        return function(*arguments)

    monkeypatch.setattr("explorer.views.prior.run_apart", slow)
    view = PriorView(stage.frame, desk.context, sample)
    stage.show(view, *SIZE)
    pump(begun.is_set)
    desk.context.run_job("other", "Other work", lambda job: 1, done.append, quiet=True)
    pump(lambda: done)
    assert view.match is None
    gate.set()
    settle(pump, view, desk)
    assert view.match is not None


# --- dimensions -----------------------------------------------------------------------------------


def column(view: DimensionsView, name: str) -> list:
    place = [c.name for c in view.table.columns].index(name)
    return [row.values[place] for row in view.table._rows]


def test_the_table_has_the_figures_that_numpy_computes(opened, model, sample):
    view = opened(DimensionsView)
    chosen = aggregate.choose(10_000, 1000, 0)
    mu, std = model.encoded.mu[chosen], model.encoded.std[chosen]
    assert column(view, "dimension") == [f"z{i + 1}" for i in range(6)]
    for name, expected in {
        "mean": np.mean(mu, axis=0),
        "std": np.std(mu, axis=0),
        "min": np.min(mu, axis=0),
        "max": np.max(mu, axis=0),
        "mean_posterior_std": np.mean(std, axis=0),
        "kl_nats": np.mean((mu**2 + std**2 - np.log(std**2) - 1) / 2, axis=0),
        "explained": np.var(mu, axis=0) / (np.var(mu, axis=0) + np.mean(std**2, axis=0)),
    }.items():
        assert column(view, name) == pytest.approx(expected, rel=1e-9), name
    assert column(view, "active") == [True] * 6


def test_all_digits_give_the_divergences_of_the_window(opened, model, sample):
    sample.choose(n=10_000)
    view = opened(DimensionsView)
    assert column(view, "kl_nats") == pytest.approx(model.encoded.kl, rel=1e-6)
    assert sum(column(view, "kl_nats")) == pytest.approx(
        model.record["final"]["test"]["kl"], rel=0.01
    )


def test_a_dead_dimension_is_called_dead(opened, model, sample, pump, desk):
    def kill(mu, std):
        mu[:, 1], std[:, 1] = 0.01 * np.random.default_rng(0).normal(size=10_000), 0.999

    view = opened(DimensionsView)
    sample.set_encoded(of_dimensions(model, 3, kill))
    settle(pump, view, desk)
    words = [view.table.tree.item(str(i), "values")[-1] for i in range(3)]
    assert words == ["active", "dead", "active"]
    assert view.table.tree.item("1", "tags") == ("quiet",)


def test_the_saved_table_comes_back_as_it_was(opened, desk, pump, tmp_path, model):
    view = opened(DimensionsView)
    view.table.sort_by(6)
    desk.path = tmp_path / "dimensions.csv"
    view.save_table()
    settle(pump, view, desk)
    assert desk.told[-1] == f"Saved {desk.path}"
    with open(desk.path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["kl_nats"]) for row in rows] == sorted(column(view, "kl_nats"), reverse=True)
    assert {row["dimension"] for row in rows} == {f"z{i}" for i in range(1, 7)}
    first = int(rows[0]["dimension"][1:]) - 1
    assert float(rows[0]["mean"]) == column(view, "mean")[first]
    assert rows[0]["active"] == "True"


def test_a_table_that_cannot_be_saved_is_told(opened, desk, pump, tmp_path):
    view = opened(DimensionsView)
    desk.path = tmp_path / "nowhere" / "dimensions.csv"
    view.save_table()
    settle(pump, view, desk)
    assert "there is no folder" in desk.told[-1]
    desk.path = tmp_path / "dimensions.xls"
    view.save_table()
    settle(pump, view, desk)
    assert "must end in .csv" in desk.told[-1]
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_in_the_table_copies_it(opened, stage):
    view = opened(DimensionsView)
    press(view.table.tree, "Control-c")
    header, *rows = stage.root.clipboard_get().splitlines()
    assert header.split("\t")[:3] == ["dimension", "mean", "std"]
    assert len(rows) == 6


@pytest.mark.parametrize("plot", ["histograms", "boxes", "correlation", "classes"])
def test_each_plot_is_of_all_rows_or_of_the_selected_one(opened, pump, desk, plot):
    view = opened(DimensionsView)
    view.buttons[plot].invoke()
    settle(pump, view, desk)
    of_all = view.plot.rendering
    if plot == "correlation":
        assert str(view.alone_box.cget("state")) == "disabled"
        return
    view.alone_box.invoke()
    settle(pump, view, desk)
    assert view.plot.rendering is not of_all
    assert titled(view, "class 0:" if plot == "classes" else "z1:")
    press(view.table.tree, "Down")
    settle(pump, view, desk)
    assert titled(view, "class 1:" if plot == "classes" else "z2:")
    assert str(view.alone_box.cget("text")) == ("only 1" if plot == "classes" else "only z2")
    view.back()
    settle(pump, view, desk)
    assert not view.settings()["alone"]


def test_by_class_the_table_has_means_and_spreads_of_each(opened, pump, desk, model):
    view = opened(DimensionsView)
    view.buttons["classes"].invoke()
    settle(pump, view, desk)
    chosen = aggregate.choose(10_000, 1000, 0)
    mu, labels = model.encoded.mu[chosen], model.encoded.labels[chosen]
    assert column(view, "class") == list(model.class_names)
    assert column(view, "count") == np.bincount(labels, minlength=10).tolist()
    for i in range(6):
        means = [mu[labels == c, i].mean() for c in range(10)]
        stds = [mu[labels == c, i].std() for c in range(10)]
        assert column(view, f"z{i + 1}_mean") == pytest.approx(means)
        assert column(view, f"z{i + 1}_std") == pytest.approx(stds)


# --- scatter --------------------------------------------------------------------------------------


def at(view: ScatterView, axes: int, point) -> tuple[int, int]:
    x, y = view.plot.pixels_of(axes, np.array(point, float))[0]
    return round(x), round(y)


def lone_dot(view: ScatterView, sample: Sample, axes: int) -> int:
    """The digit that is farthest from the middle: no other is near it."""
    across, upwards = view.pairs[axes]
    return int(np.abs(sample.posteriors.mu[:, [across, upwards]]).sum(axis=1).argmax())


def test_the_matrix_has_a_pair_in_each_of_its_axes(opened):
    view = opened(ScatterView)
    assert view.pairs == tuple((column, row) for row in range(6) for column in range(6))
    assert len(view.plot.rendering.panels) == 36


def test_the_current_point_is_ringed_and_followed_without_a_new_drawing(opened, desk, pump, stage):
    view = opened(ScatterView)
    view.apply_settings({"mode": "pair", "pair": [2, 4]})
    settle(pump, view, desk)
    rendering = view.plot.rendering
    desk.state.set_z([0, 0, 1.5, 0, -0.5, 0])
    pump(lambda: view.settled)
    left, top, right, bottom = view.plot.canvas.get_tk_widget().coords(view.plot._rings[0][1])
    expected = view.plot.pixels_of(0, np.array([1.5, -0.5]))[0]
    assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx(expected)
    assert view.plot.rendering is rendering


def test_a_click_on_a_dot_takes_the_point_to_that_digit(opened, desk, pump, sample):
    view = opened(ScatterView)
    view.apply_settings({"mode": "pair", "pair": [0, 1]})
    settle(pump, view, desk)
    number = lone_dot(view, sample, 0)
    widget = view.plot.canvas.get_tk_widget()
    click(widget, *at(view, 0, sample.posteriors.mu[number, :2]))
    assert desk.adopted.pop() == pytest.approx(sample.posteriors.mu[number])
    index = int(sample.posteriors.indices[number])
    assert f"number {index}." in desk.told[-1]
    assert f"number {index}" in view.words.cget("text")  # the pointer is there
    assert view.digit.showing


def test_a_click_beside_the_dots_goes_to_that_place_in_the_two_dimensions(opened, desk, pump):
    view = opened(ScatterView)
    view.apply_settings({"mode": "pair", "pair": [0, 1]})
    settle(pump, view, desk)
    desk.state.set_z([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    corner = view.plot.rendering.data_of(0, view.plot.rendering.panels[0].right - 3, 20)
    click(view.plot.canvas.get_tk_widget(), *at(view, 0, corner))
    z = desk.adopted.pop()
    assert z[:2] == pytest.approx(corner, abs=0.05)
    assert z[2:] == pytest.approx([0.3, 0.4, 0.5, 0.6])
    assert not view.digit.showing


def test_a_correlation_of_the_matrix_opens_its_pair_and_escape_goes_back(opened, desk, pump):
    view = opened(ScatterView)
    axes = view.pairs.index((4, 1))  # above the diagonal
    panel = view.plot.rendering.panels[axes]
    middle = round((panel.left + panel.right) / 2), round((panel.top + panel.bottom) / 2)
    click(view.plot.canvas.get_tk_widget(), *middle)
    settle(pump, view, desk)
    assert (view.pair, view.pairs) == ((1, 4), ((1, 4),))
    assert [box.get() for box in view.boxes] == ["z2", "z5"]
    view.back()
    settle(pump, view, desk)
    assert len(view.pairs) == 36
    assert desk.adopted == []


def test_the_dimensions_of_a_pair_are_chosen_and_never_the_same(opened, desk, pump):
    view = opened(ScatterView)
    view.boxes[0].current(3)
    view.boxes[0].event_generate("<<ComboboxSelected>>")
    settle(pump, view, desk)
    assert view.pair == (3, 1)
    view.boxes[1].current(3)
    view.boxes[1].event_generate("<<ComboboxSelected>>")
    settle(pump, view, desk)
    assert view.pair == (1, 3)


def test_more_dimensions_than_a_matrix_has_room_for_are_the_most_used(
    opened, model, sample, desk, pump
):
    view = opened(ScatterView)
    sample.set_encoded(of_dimensions(model, 16))
    settle(pump, view, desk)
    shown = {pair[0] for pair in view.pairs}
    assert len(view.pairs) == 64
    kl = np.tile(model.encoded.kl, 3)[:16]
    assert min(kl[list(shown)]) >= max(np.delete(kl, list(shown))) - 0.1


# --- prior ----------------------------------------------------------------------------------------


def test_the_figures_are_those_that_scipy_computes(opened, model):
    view = opened(PriorView)
    chosen = aggregate.choose(10_000, 1000, 0)
    mu, std = model.encoded.mu[chosen], model.encoded.std[chosen]
    z = mu + std * np.random.default_rng(0).standard_normal(mu.shape)
    ks = [stats.kstest(z[:, i], "norm").statistic for i in range(6)]
    assert view.match.ks == pytest.approx(ks)
    worst = int(np.argmax(ks))
    text = view.values["largest KS"][0].cget("text")
    assert text == f"{max(ks):.3f} (z{worst + 1})"
    assert view.values["half within |z|"][0].cget("text") == f"{np.median(norms(z)):.2f}"
    assert view.sentence.cget("text") == view.match.sentence != ""


def norms(z: np.ndarray) -> np.ndarray:
    return np.sqrt((z * z).sum(axis=1))


def test_a_click_on_a_bar_shows_its_axis_and_escape_goes_back(opened, desk, pump):
    view = opened(PriorView)
    click(
        view.plot.canvas.get_tk_widget(),
        *map(round, view.plot.pixels_of(0, np.array([3, view.match.ks[3] / 2]))[0]),
    )
    settle(pump, view, desk)
    assert view.settings() == {"mode": "axis", "axis": 3}
    assert titled(view, "z4:")
    assert view.axis_box.get() == "z4"
    view.back()
    settle(pump, view, desk)
    assert view.settings()["mode"] == "quantiles"


def test_the_comparison_is_kept_for_the_next_start(opened, desk, sample, model, monkeypatch, stage):
    first = opened(PriorView).match
    monkeypatch.setattr("explorer.views.prior.run_apart", None)
    again = Sample()  # another window's, with nothing in memory
    again.choose(n=1000)
    again.set_encoded(model)
    second = opened(PriorView, again).match
    assert second is not first
    assert second.ks == pytest.approx(first.ks)
    assert second.sentence == first.sentence


@pytest.mark.parametrize("mode", ["quantiles", "histogram", "axis"])
def test_each_plot_of_the_comparison_is_drawn(opened, desk, pump, mode):
    view = opened(PriorView)
    view.buttons[mode].invoke()
    settle(pump, view, desk)
    assert view.plot.text == ""
    assert view.settings()["mode"] == mode
