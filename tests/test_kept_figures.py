"""Reports of figures that are kept: the same again, or none at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer import kept_figures
from explorer.kept_figures import KeptFigures, fingerprint
from explorer.kept_statistics import KeptStatistics
from vae.figures import QUICK, Measured, Report, Settings, definitions, filled


def report_of(model, settings: Settings = QUICK, missing: str = "psnr") -> Report:
    """Figures that are easily told apart; one of them is missing."""
    measured = {
        figure.key: Measured(
            float(place) / 3, error=0.1 if place == 2 else None, note=f"no {place}"
        )
        for place, figure in enumerate(definitions(settings))
    }
    measured[missing] = Measured(why_not="it is not there")
    path, sha256 = ("", "") if model is None else (str(model.bundle.path), model.bundle.sha256)
    return Report(path, sha256, filled(settings, measured), settings, ("A note.",))


@pytest.fixture
def kept(tmp_path) -> KeptFigures:
    return KeptFigures(KeptStatistics(tmp_path / "kept"))


@pytest.fixture
def another(tmp_path) -> KeptFigures:
    """Another session, with the same files."""
    return KeptFigures(KeptStatistics(tmp_path / "kept"))


def never() -> Report:
    raise AssertionError("it was kept, and is measured all the same")


def test_what_was_measured_is_read_in_the_next_session(kept, another, model):
    for which in (model, None):
        report = report_of(which)
        assert kept.at_hand(which, QUICK) is None
        assert kept.look_up(which, QUICK) is None
        assert kept.get(which, QUICK, lambda report=report: report) is report
        assert kept.at_hand(which, QUICK) == report
        assert another.at_hand(which, QUICK) is None  # nothing is read on Tk's thread
        assert another.look_up(which, QUICK) == report
        assert another.at_hand(which, QUICK) == report
        assert another.get(which, QUICK, never) == report


def test_other_settings_models_or_companions_are_others(kept, model):
    kept.get(model, QUICK, lambda: report_of(model))
    assert kept.look_up(model, replace(QUICK, seed=1)) is None
    assert kept.look_up(model, replace(QUICK, bound_samples=50)) is None
    assert kept.look_up(None, QUICK) is None
    for part in ("encoder", "density", "record"):
        bare = replace(model, bundle=replace(model.bundle, **{part: None}))
        assert fingerprint(bare) != fingerprint(model)
        assert kept.look_up(bare, QUICK) is None


def test_weights_that_were_moved_have_their_report_under_the_new_path(kept, model):
    kept.get(model, QUICK, lambda: report_of(model))
    moved = replace(model, bundle=replace(model.bundle, path=Path("elsewhere.pt")))
    assert kept.look_up(moved, QUICK).path == "elsewhere.pt"
    assert kept.look_up(model, QUICK).path == str(model.bundle.path)


def test_a_figure_of_another_meaning_is_measured_anew(kept, another, model, monkeypatch):
    kept.get(model, QUICK, lambda: report_of(model))
    changed = tuple(replace(figure, definition="Other.") for figure in definitions(QUICK))
    monkeypatch.setattr(kept_figures, "definitions", lambda settings: changed)
    assert another.look_up(model, QUICK) is None


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_a_damaged_file_is_measured_anew(kept, another, model, tmp_path, content):
    kept.get(model, QUICK, lambda: report_of(model))
    (file,) = (tmp_path / "kept").iterdir()
    file.write_bytes(file.read_bytes()[:-40] if content is None else content)
    assert another.look_up(model, QUICK) is None
    report = report_of(model, missing="ssim")
    assert another.get(model, QUICK, lambda: report) is report
    third = KeptFigures(KeptStatistics(tmp_path / "kept"))
    assert third.look_up(model, QUICK) == report


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"figures": 3, "notes": []}', '{"figures": {}, "notes": []}']
)
def test_a_file_that_says_something_else_is_measured_anew(tmp_path, model, text):
    statistics = KeptStatistics(tmp_path / "kept")
    key = kept_figures._key(model, QUICK)
    statistics.get(kept_figures.KeptReport, key, lambda: kept_figures.KeptReport(text))
    kept = KeptFigures(statistics)
    assert kept.look_up(model, QUICK) is None
    report = report_of(model)
    assert kept.get(model, QUICK, lambda: report) is report
    assert kept.at_hand(model, QUICK) == report


def test_a_value_that_is_no_number_is_measured_anew(tmp_path, model):
    damaged = report_of(model)
    figures = tuple(replace(figure, value=np.inf) for figure in damaged.figures)
    kept = KeptFigures(KeptStatistics(tmp_path / "kept"))
    kept.get(model, QUICK, lambda: replace(damaged, figures=figures))
    assert KeptFigures(KeptStatistics(tmp_path / "kept")).look_up(model, QUICK) is None


def test_where_nothing_can_be_written_it_works_all_the_same(tmp_path, model):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    kept = KeptFigures(KeptStatistics(blocked / "kept"))
    report = report_of(model)
    assert kept.get(model, QUICK, lambda: report) is report
    assert kept.get(model, QUICK, never) == report
