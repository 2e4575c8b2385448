"""The figures of the Compare page: measured when asked for, told, compared, kept, saved."""

from __future__ import annotations

import csv
import io
import json
import os
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from explorer.kept_figures import KeptFigures
from explorer.views.figures import CHANGED, MEASURED, SIZES, TO_MEASURE, FiguresView
from explorer.widgets.score_table import BETTER, COLUMNS, REAL, SECOND, THIS, WAITING
from explorer.worker import Cancelled
from tests.interaction import click, press
from tests.pair_parts import Pair, pair_of
from tests.second_models import renamed_copy
from tests.test_kept_figures import report_of
from vae.evaluate import evaluate_weights, real_figures
from vae.figures import GROUPS, Settings, definitions

TINY = Settings(
    n=100, neighbour_n=50, k=3, test_images=50, draws=1, bound_images=4, bound_samples=3
)


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
        measured.append(arguments[0].name)
        assert function is evaluate_weights
        known = (model, pair.second.model)
        return report_of(next(m for m in known if m.bundle.path == arguments[0]), arguments[1])

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
    assert figures.view.words.cget("text") == TO_MEASURE
    assert str(figures.view.copy_button.cget("state")) == "disabled"


def test_measure_fills_the_empty_columns_one_after_the_other(figures, measured, model):
    measure(figures)
    assert measured == ["decoder_weights.pt", "real"]
    table = figures.view.table
    for figure in report_of(model, TINY).figures:
        assert table.cell(figure.key, THIS) == table.cell(figure.key, REAL) == figure.text
    assert str(figures.view.measure_button.cget("state")) == "disabled"
    assert figures.view.words.cget("text").startswith(MEASURED)
    assert "A, this model: A note." in figures.view.words.cget("text")


def test_a_second_model_has_its_column_and_only_that_is_measured(figures, second, measured):
    measure(figures)
    assert measured == ["decoder_weights.pt", "renamed.pt", "real"]
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
        assert BETTER.strip() not in table.cell(figure.key, THIS) + table.cell(figure.key, SECOND)
    for key, value, winner in (
        ("frechet", -1.0, THIS),  # lower is better
        ("coverage", 99.0, THIS),  # higher is better
        ("loss", 99.0, SECOND),
        ("kl", 99.0, None),  # neither is
    ):
        set_value(figures, model, key, value)
        marked = [c for c in COLUMNS[1:] if table.cell(key, c).startswith(BETTER)]
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
    assert "A, this model: no 0." in text
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
    assert measured == ["decoder_weights.pt", "real"] * 2
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
    assert CHANGED.format(model.bundle.path) in figures.desk.told
    assert figures.view.reports == {}


def test_the_table_is_copied_and_saved_as_the_command_line_writes_it(figures, tmp_path, model):
    measure(figures)
    view, root = figures.view, figures.desk.stage.root
    view.copy_button.invoke()
    copied = root.clipboard_get()
    for figure in definitions(TINY):
        assert figure.name in copied
    for name in ("figures.csv", "figures.json", "figures.txt"):
        figures.desk.path = tmp_path / name
        view.save_button.invoke()
        figures.settle()
    assert (tmp_path / "figures.txt").read_text() == copied
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
