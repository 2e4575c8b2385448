"""The figures of the Compare page: measured when asked for, told, compared, kept, saved."""

from __future__ import annotations

import csv
import io
import json
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.kept_figures import KeptFigures
from explorer.model import open_model
from explorer.shipped import is_shipped, short_name
from explorer.views.figures import (
    CHANGED,
    FITTED,
    MEASURED,
    SECOND,
    SIZES,
    THIS,
    FiguresView,
)
from explorer.widgets.score_table import BEST, REAL, WAITING
from explorer.worker import Cancelled
from tests.interaction import click, press
from tests.pair_parts import Pair, pair_of
from tests.second_models import renamed_copy
from tests.shipped_parts import stand_in
from tests.test_kept_figures import report_of
from vae.evaluate import FITTED_ENCODER, evaluate_weights, real_figures
from vae.figures import GROUPS, RECONSTRUCTION, Settings, definitions

TINY = Settings(
    n=100, neighbour_n=50, k=3, test_images=50, draws=1, bound_images=4, bound_samples=3
)


@pytest.fixture(autouse=True)
def models(tmp_path, monkeypatch) -> Path:
    """The folder of the models that are shipped beside the VAE; empty, unless a test fills it."""
    folder = tmp_path / "shipped"
    monkeypatch.setattr("explorer.shipped.MODELS", folder)
    return folder


@pytest.fixture
def measured() -> list[str]:
    """What was measured, in its order."""
    return []


@pytest.fixture
def figures(stage, desk, pump, model, measured, monkeypatch) -> Pair:
    """The view; what it measures costs nothing, and is well known."""
    monkeypatch.setitem(SIZES, "quick", TINY)

    def run(job, function, *arguments):
        job.progress(0.5)
        if function is real_figures:
            measured.append("real")
            return report_of(None, arguments[0])
        path, settings = arguments
        assert function is evaluate_weights
        measured.append(short_name(path) if is_shipped(path) else path.name)
        known = (model, pair.second.model)
        of = next((m for m in known if m is not None and m.bundle.path == path), None)
        return report_of(of or open_model(path), settings)

    monkeypatch.setattr("explorer.views.figures.run_apart", run)
    pair = pair_of(FiguresView, desk, pump, model)
    return pair


@pytest.fixture
def second(figures, weights_path, tmp_path):
    """A second model is open, too, of three of the dimensions."""
    return figures.open(renamed_copy(weights_path, tmp_path / "two", (2, 0, 4), (1.0, 1.0, 1.0)))


def measure(figures: Pair) -> None:
    figures.view.measure_button.invoke()
    figures.settle()


def set_value(figures: Pair, model, key: str, value: float) -> None:
    """Another value of one figure, as if it had come out so."""
    kept, settings = figures.view._kept, figures.view._settings
    report = kept.at_hand(model, settings)
    changed = tuple(replace(f, value=value) if f.key == key else f for f in report.figures)
    monkey = replace(report, figures=changed)
    kept._memory = {k: monkey if r == report else r for k, r in kept._memory.items()}
    figures.view._renew()


def test_nothing_is_measured_before_it_is_asked_for(figures, measured):
    table = figures.view.table
    assert measured == []
    assert table.shown_columns == (THIS, REAL)
    for figure in definitions(TINY):
        assert table.cell(figure.key, "name").strip().startswith(figure.name)
        assert table.cell(figure.key, THIS) == table.cell(figure.key, REAL) == ""
    assert "the 2 empty columns" in figures.view.words.cget("text")
    assert "about 15 s" in figures.view.words.cget("text")
    assert figures.view.measure_button.cget("text") == "Measure (15 s)"
    assert str(figures.view.copy_button.cget("state")) == "disabled"


def test_measure_fills_the_empty_columns_one_after_the_other(figures, measured, model):
    measure(figures)
    assert measured == ["VAE", "real"]
    table = figures.view.table
    for figure in report_of(model, TINY).figures:
        assert table.cell(figure.key, THIS) == table.cell(figure.key, REAL) == figure.text
    assert str(figures.view.measure_button.cget("state")) == "disabled"
    assert figures.view.words.cget("text").startswith(MEASURED)
    assert "A, VAE: A note." in figures.view.words.cget("text")


def test_a_second_model_has_its_column_and_only_that_is_measured(figures, second, measured):
    measure(figures)
    assert measured == ["VAE", "renamed.pt", "real"]
    assert figures.view.table.shown_columns == (THIS, SECOND, REAL)
    figures.second.close()
    figures.settle()
    assert figures.view.table.shown_columns == (THIS, REAL)


def test_only_what_is_missing_is_measured(figures, measured, weights_path, tmp_path):
    measure(figures)
    measured.clear()
    figures.open(renamed_copy(weights_path, tmp_path / "two"))
    measure(figures)
    assert measured == ["renamed.pt"]


def test_the_better_model_has_a_mark_and_equal_ones_have_none(figures, second, model):
    measure(figures)
    table = figures.view.table
    for figure in definitions(TINY):
        assert BEST.strip() not in table.cell(figure.key, THIS) + table.cell(figure.key, SECOND)
    for key, value, winner in (
        ("frechet", -1.0, THIS),  # lower is better
        ("coverage", 99.0, THIS),  # higher is better
        ("loss", 99.0, SECOND),
        ("kl", 99.0, None),  # neither is
    ):
        set_value(figures, model, key, value)
        marked = [c for c in table.shown_columns if table.cell(key, c).startswith(BEST)]
        assert marked == ([] if winner is None else [winner])


def test_arrows_say_which_direction_is_better(figures):
    table = figures.view.table
    for figure in definitions(TINY):
        name = table.cell(figure.key, "name")
        assert ("↓" in name) == (figure.better == "lower")
        assert ("↑" in name) == (figure.better == "higher")


def test_the_keyboard_walks_the_rows_and_their_meaning_is_told(figures):
    measure(figures)
    view = figures.view
    press(view.table.tree, "Down")
    first = definitions(TINY)[0]
    assert view.table.selected == first.key
    text = view.words.cget("text")
    assert text.startswith("Lower is better.")
    assert first.definition in text
    assert "A, VAE: no 0." in text
    press(view.table.tree, "Home")
    assert view.table.selected == GROUPS[0]
    press(view.table.tree, "End")
    assert view.table.selected == definitions(TINY)[-1].key
    view.back()
    view.update()
    assert view.words.cget("text").startswith(MEASURED)


def test_the_tooltip_tells_of_the_row_under_the_pointer(figures):
    tree = figures.view.table.tree
    first, *_ = definitions(TINY)
    x, y, _, height = tree.bbox(first.key)
    tree.event_generate("<Motion>", x=x + 5, y=y + height // 2)
    assert first.definition in figures.view.table.tip.cget("text")
    click(tree, x + 5, y + height // 2)
    assert figures.view.table.selected == first.key


def test_a_missing_figure_says_why(figures):
    measure(figures)
    assert figures.view.table.cell("psnr", THIS) == "–"
    figures.view.table.select("psnr")
    figures.view.update()
    assert "it is not there" in figures.view.words.cget("text")


def test_what_was_measured_before_is_shown_at_once(figures, model, measured, desk, pump):
    measure(figures)
    measured.clear()
    later = pair_of(FiguresView, desk, pump, model)
    for figure in report_of(model, TINY).figures:
        assert later.view.table.cell(figure.key, THIS) == figure.text
    assert measured == []


def test_the_other_size_has_figures_of_its_own(figures, measured):
    measure(figures)
    figures.view.size_buttons["full"].invoke()
    figures.settle()
    assert figures.view.table.cell("frechet", THIS) == ""
    measure(figures)
    assert measured == ["VAE", "real"] * 2
    figures.view.size_buttons["quick"].invoke()
    assert figures.view.table.cell("frechet", THIS) != ""


def test_another_model_shows_nothing_of_the_former(figures, second, measured):
    measure(figures)
    figures.second.close()
    figures.view.set_model(second)
    figures.settle()
    assert figures.view.reports[THIS].path == str(second.bundle.path)
    other = replace(second, bundle=replace(second.bundle, sha256="0" * 64))
    figures.view.set_model(other)
    figures.settle()
    assert figures.view.table.cell("frechet", THIS) == ""
    assert figures.view.table.cell("frechet", REAL) != ""


def test_a_cancelled_measurement_leaves_what_was_there(figures, monkeypatch, measured):
    under_way, ended = threading.Event(), threading.Event()

    def run(job, function, *arguments):
        under_way.set()
        while not ended.wait(0.01):
            job.progress(0.1)

    monkeypatch.setattr("explorer.views.figures.run_apart", run)
    figures.view.measure_button.invoke()
    assert figures.view.table.cell("frechet", THIS) == WAITING
    assert str(figures.view.measure_button.cget("state")) == "disabled"
    figures.pump(under_way.is_set)
    figures.desk.status.cancel_button.invoke()
    figures.settle()
    assert figures.view.table.cell("frechet", THIS) == ""
    assert str(figures.view.measure_button.cget("state")) == "normal"
    assert measured == []


def test_another_model_stops_what_is_measured(figures, model, monkeypatch):
    ended, stopped = threading.Event(), threading.Event()

    def run(job, function, *arguments):
        try:
            while not ended.wait(0.01):
                job.progress(0.1)
        except Cancelled:
            stopped.set()
            raise

    monkeypatch.setattr("explorer.views.figures.run_apart", run)
    figures.view.measure_button.invoke()
    figures.pump(lambda: figures.desk.worker.busy)
    other = replace(model, bundle=replace(model.bundle, sha256="1" * 64))
    figures.view.set_model(other)
    figures.settle()
    assert str(figures.view.measure_button.cget("state")) == "normal"
    assert figures.view.reports == {}


def test_weights_that_have_changed_on_the_disk_are_not_measured(figures, model, monkeypatch):
    other = replace(model, bundle=replace(model.bundle, sha256="2" * 64))
    figures.view.set_model(other)
    measure(figures)
    told = CHANGED.format(model.bundle.path)
    assert f"Not measured: {told}" in figures.desk.told
    assert told in figures.view.words.cget("text")
    # What can be measured is: the file as it is now is a shipped one.
    assert list(figures.view.reports) == [str(model.bundle.path), REAL]


def test_the_table_is_copied_and_saved_as_the_command_line_writes_it(figures, tmp_path, model):
    measure(figures)
    view, root = figures.view, figures.desk.stage.root
    view.copy_button.invoke()
    copied = root.clipboard_get()
    for figure in definitions(TINY):
        assert figure.name in copied
    for name in ("figures.csv", "figures.json", "figures.md", "figures.txt"):
        figures.desk.path = tmp_path / name
        view.save_button.invoke()
        figures.settle()
    assert (tmp_path / "figures.txt").read_text() == copied
    assert "| Fréchet distance ↓ |" in (tmp_path / "figures.md").read_text()
    rows = list(csv.reader(io.StringIO((tmp_path / "figures.csv").read_text())))
    assert len(rows) > len(definitions(TINY))
    document = json.loads((tmp_path / "figures.json").read_text())
    assert model.bundle.sha256 in json.dumps(document)
    figures.desk.path = None  # cancelled
    view.save_button.invoke()
    root.clipboard_clear()
    view.table.tree.focus_force()
    press(view.table.tree, "Control-c")
    assert root.clipboard_get() == copied


def test_a_table_that_cant_be_saved_is_told(figures, tmp_path, monkeypatch):
    figures.desk.path = tmp_path / "figures.csv"
    figures.view.save()
    assert "no figures" in figures.desk.told[-1]
    measure(figures)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    figures.desk.path.write_bytes(b"earlier")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        figures.view.save_button.invoke()
        figures.settle()
    assert "the disk is full" in str(figures.desk.told[-1])
    assert figures.desk.path.read_bytes() == b"earlier"
    for name, words in (("figures.doc", "must end in"), ("none/figures.csv", "no folder")):
        figures.desk.path = tmp_path / name
        figures.view.save_button.invoke()
        figures.settle()
        assert words in str(figures.desk.told[-1])
    assert [path.name for path in tmp_path.iterdir()] == ["figures.csv"]


def test_settings_make_the_round_and_bad_ones_are_left_out(figures):
    view = figures.view
    view.apply_settings({"size": "full"})
    assert view.settings() == {"size": "full"}
    for bad in ({"size": "huge"}, {"size": 3}, {"size": ["quick"]}, {}, {"other": 1}):
        view.apply_settings(bad)
        assert view.settings() == {"size": "full"}


def test_in_both_themes_and_small_all_columns_are_in_view(figures, second):
    figures.desk.stage.theme.set_mode("dark")
    for size in ((600, 420), (880, 600), (590, 380)):
        figures.desk.stage.show(figures.view, *size)
        figures.view.update()
        tree = figures.view.table.tree
        assert tree.bbox("frechet", REAL)[0] + tree.bbox("frechet", REAL)[2] <= tree.winfo_width()


def test_the_shipped_weights_are_really_measured_in_a_child(stage, desk, pump, model, monkeypatch):
    monkeypatch.setitem(SIZES, "quick", TINY)
    pair = pair_of(FiguresView, desk, pump, model)
    finished: Callable[[], bool] = lambda: len(pair.view.reports) == 2  # noqa: E731
    pair.view.measure_button.invoke()
    pump(finished, 90, "both columns are measured")
    pair.settle()
    expected = evaluate_weights(model.bundle.path, TINY)
    assert pair.view.reports[THIS].figures == expected.figures
    assert pair.view.reports[REAL].is_real
    assert pair.view.reports[REAL]["frechet"].value < expected["frechet"].value
    again = KeptFigures()  # in the person's folder
    assert again.look_up(model, TINY) == pair.view.reports[THIS]


# --- all models that come with the program --------------------------------------------------------


@pytest.fixture
def shipped(models, figures) -> dict[str, Path]:
    """A GAN and a crisper VAE are shipped beside the VAE; the view has seen them."""
    paths = {
        "GAN": stand_in(models, "gan", gan=True, noise=0.05),
        "Crisp VAE": stand_in(models, "crisp-vae"),
    }
    look(figures)
    return paths


def look(figures: Pair) -> None:
    """Leave the view and come back to it."""
    figures.view.place_forget()
    figures.view.update()
    figures.desk.stage.show(figures.view, 600, 420)
    figures.settle()


def headings(figures: Pair) -> list[str]:
    tree = figures.view.table.tree
    return [tree.heading(column, "text") for column in tree.cget("columns")]


def test_every_shipped_model_has_a_column_beside_the_open_one(figures, shipped, measured):
    table = figures.view.table
    crisp, gan = str(shipped["Crisp VAE"]), str(shipped["GAN"])
    assert table.shown_columns == (THIS, crisp, gan, REAL)
    assert headings(figures) == ["Figure", "A, VAE", "Crisp VAE", "GAN", "Real digits"]
    assert measured == []
    assert figures.view.measure_button.cget("text") == "Measure (35 s)"
    measure(figures)
    assert measured == ["VAE", "Crisp VAE", "GAN", "real"]
    for figure in report_of(None, TINY).figures:
        assert table.cell(figure.key, gan).endswith(figure.text)


def test_the_other_size_tells_how_many_minutes_it_takes(figures, shipped):
    figures.view.size_buttons["full"].invoke()
    figures.settle()
    assert figures.view.measure_button.cget("text") == "Measure (2 min)"
    assert "the 4 empty columns one after the other" in figures.view.words.cget("text")


def test_a_shipped_model_that_is_open_has_one_column(figures, shipped):
    gan = figures.open(shipped["GAN"])
    assert figures.view.table.shown_columns == (THIS, SECOND, str(shipped["Crisp VAE"]), REAL)
    assert headings(figures)[1:3] == ["A, VAE", "B, GAN"]
    figures.second.close()
    figures.view.set_model(gan)
    figures.settle()
    assert headings(figures) == ["Figure", "A, GAN", "VAE", "Crisp VAE", "Real digits"]


def test_the_best_of_all_models_is_marked_and_those_as_good_with_it(figures, shipped, model):
    measure(figures)
    table, columns = figures.view.table, figures.view.table.shown_columns
    marked = lambda: [c for c in columns if table.cell("frechet", c).startswith(BEST)]  # noqa: E731
    assert marked() == []
    set_value(figures, model, "frechet", -1.0)  # lower is better
    assert marked() == [THIS]
    set_value(figures, model, "frechet", 99.0)
    assert marked() == [str(shipped["Crisp VAE"]), str(shipped["GAN"])]
    assert not any(table.cell("kl", column).startswith(BEST) for column in columns)
    assert not any(table.cell(f.key, REAL).startswith(BEST) for f in definitions(TINY))


def test_an_encoder_that_was_fitted_is_said_in_the_column_of_the_gan(figures, shipped):
    table, gan = figures.view.table, str(shipped["GAN"])
    assert table.cell(RECONSTRUCTION, gan) == FITTED
    assert [c for c in table.shown_columns if table.cell(RECONSTRUCTION, c)] == [gan]
    for row in (RECONSTRUCTION, "sse"):
        table.select(row)
        figures.view.update()
        assert f"GAN: {FITTED_ENCODER}" in figures.view.words.cget("text")
    table.select("frechet")
    figures.view.update()
    assert FITTED_ENCODER not in figures.view.words.cget("text")


def test_what_can_be_measured_is_though_one_model_can_not(figures, shipped, monkeypatch):
    crisp = shipped["Crisp VAE"]
    stand_in(crisp.parent.parent, "other", noise=0.2)
    (crisp.parent.parent / "other" / crisp.name).replace(crisp)
    measure(figures)
    told = CHANGED.format(crisp)
    assert f"Not measured: {told}" in figures.desk.told
    assert f"Crisp VAE: {told}" in figures.view.words.cget("text")
    assert set(figures.view.reports) == {THIS, str(shipped["GAN"]), REAL}
    assert str(figures.view.measure_button.cget("state")) == "normal"
    look(figures)  # it is opened anew, as it is now
    measure(figures)
    assert str(crisp) in figures.view.reports
    assert "has changed" not in figures.view.words.cget("text")


def test_a_cancel_stops_all_that_would_come_after(figures, shipped, monkeypatch):
    ended, begun = threading.Event(), []

    def run(job, function, *arguments):
        begun.append(function)
        while not ended.wait(0.01):
            job.progress(0.1)

    monkeypatch.setattr("explorer.views.figures.run_apart", run)
    figures.view.measure_button.invoke()
    figures.pump(lambda: begun)
    assert "A, VAE, 1 of 4" in figures.desk.status.message.cget("text")
    figures.desk.status.cancel_button.invoke()
    figures.settle()
    assert len(begun) == 1
    assert figures.view.reports == {}


def test_a_shipped_model_that_cant_be_used_is_left_out_and_named(figures, shipped):
    shipped["GAN"].write_bytes(b"no weights")
    look(figures)
    assert figures.view.table.shown_columns == (THIS, str(shipped["Crisp VAE"]), REAL)
    assert "GAN is left out: " in figures.view.words.cget("text")


def test_the_selection_stays_while_columns_come_and_go(figures, models):
    figures.view.table.select("loss")
    stand_in(models, "gan", gan=True)
    look(figures)
    assert figures.view.table.selected == "loss"
    assert "SSE + KL" in figures.view.words.cget("text")


def test_with_two_other_models_open_all_columns_are_in_view(
    figures, shipped, second, weights_path, tmp_path
):
    other = renamed_copy(weights_path, tmp_path / "three", (1, 0), (1.0, 1.0), "a-long-name.pt")
    figures.view.set_model(open_model(other))
    figures.settle()
    table = figures.view.table
    assert len(table.shown_columns) == 6
    measure(figures)
    figures.desk.stage.show(figures.view, 590, 380)
    figures.view.update()
    left, _, width, _ = table.tree.bbox("frechet", REAL)
    assert left + width <= table.tree.winfo_width()
    assert headings(figures)[1].endswith("…")


def test_the_names_are_copied_with_the_table(figures, shipped):
    measure(figures)
    figures.view.copy_button.invoke()
    copied = figures.desk.stage.root.clipboard_get()
    for name in ("A, VAE", "Crisp VAE", "GAN", "Real digits"):
        assert name in copied
    assert str(shipped["GAN"]) in copied
