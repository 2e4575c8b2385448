"""The record as it is read: known things by name, everything else too, and no damage hurts."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.loss_curves import PARTS, WHICH, loss_curves
from explorer.model import LoadedModel
from explorer.model_words import model_summary, record_lines
from explorer.record_rows import MAX_ROWS, MAX_TEXT, Group, Row, as_text, record_groups
from explorer.views.curves import CurvesView
from explorer.views.record import RecordView
from tests.interaction import press

KNOWN = {"path": "/a/b.pt", "sha256": "ab" * 32}
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
sections = ("model", "dataset", "training", "final", "files", "epochs", "seeds", "note")
records = st.fixed_dictionaries({}, optional=dict.fromkeys(sections, json_values))
# Known keys with values of the wrong kind.
twisted = st.fixed_dictionaries(
    {
        "final": st.dictionaries(
            st.sampled_from(["test", "train", "kl_per_dimension", "classifier_accuracy"]),
            json_values
            | st.dictionaries(st.sampled_from(["sse", "kl", "total", "draws"]), json_values),
        ),
        "model": st.dictionaries(st.sampled_from(["image_shape", "channels"]), json_values),
        "training": st.dictionaries(st.sampled_from(["seconds", "deformation"]), json_values),
        "epochs": st.lists(
            json_values
            | st.fixed_dictionaries(
                {
                    "epoch": json_values | st.integers(1, 9),
                    "train": json_values | st.dictionaries(st.sampled_from(PARTS), json_values),
                    "test": json_values,
                    "seconds": json_values,
                }
            ),
            max_size=5,
        ),
        "seeds": st.lists(json_values | st.fixed_dictionaries({"seed": json_values}), max_size=3),
    }
)


def titles(groups: tuple[Group, ...]) -> list[str]:
    return [group.title for group in groups]


def values(groups: tuple[Group, ...]) -> dict[str, str]:
    return {row.name: row.value for group in groups for row in group.rows}


def with_record(model: LoadedModel, record) -> LoadedModel:
    return replace(model, bundle=replace(model.bundle, record=record))


# --- a few words ----------------------------------------------------------------------------------


@given(record=twisted, dataset=json_values, training=json_values, family=st.sampled_from("vg"))
def test_whatever_a_record_says_the_window_can_show_it(model, record, dataset, training, family):
    """A text of 100,000 pixels would end the program, half a character the opening of a model."""
    record = record | {
        "family": "gan" if family == "g" else "vae",
        "dataset": {"name": dataset, "train_images": training},
        "training": dict.fromkeys(("epochs", "seed", "gan_loss", "torch_version"), training),
    }
    record["final"]["test"] = {}
    lines = record_lines(record)
    for text in (model_summary(with_record(model, record)), *(value for _, value in lines)):
        text.encode()
        assert len(text) < 250


def test_long_words_of_a_record_are_cut(model):
    record = model.record | {
        "dataset": {"name": "mnist " * 50_000},
        "training": {"epochs": 10**400, "seed": "\ud800"},
    }
    assert len(model_summary(with_record(model, record))) < 150
    assert dict(record_lines(record))["Training"] == "? epochs, seed ?"


# --- rows -----------------------------------------------------------------------------------------


def test_the_shipped_record_is_told_in_full(model):
    groups = record_groups(model.record, **KNOWN, companions={"decoder_weights.pt": True})
    assert titles(groups) == [
        "This file",
        "Figures",
        "Data",
        "Model",
        "Training",
        "Epochs",
        "Seeds tried",
        "Files",
        "Format and others",
    ]
    told = values(groups)
    final = model.record["final"]["test"]
    assert told["Test"].startswith(f"SSE {final['sse']:.2f}, KL {final['kl']:.2f}")
    assert told["Training images"] == "60,000"
    assert told["Shape of an image"] == "1 × 28 × 28"
    assert told["Learning rate, peak"] == "0.004"
    assert told["PyTorch"] == model.record["training"]["torch_version"]
    assert told["Device"] == model.record["training"]["device"]
    assert told["SHA-256"] == KNOWN["sha256"]
    assert told["Recorded"] == "200"
    assert told["decoder_weights.pt"].startswith(model.record["files"]["decoder_weights.pt"])
    assert "the same" in told["decoder_weights.pt"]
    assert "chosen" in next(name for name in told if name.startswith("Seed 1"))
    assert "48 min" in told["Time"]


def test_every_value_of_the_shipped_record_is_in_some_row(model):
    """Nothing is hidden because nobody knows its name."""
    text = "\n".join(map(as_text, record_groups(model.record, **KNOWN)))
    training = model.record["training"]
    for key, value in training.items():
        if isinstance(value, str):
            assert value in text, key
    for value in model.record["training"]["deformation"].values():
        assert f"{value:.6g}" in text
    assert model.record["format"] in text


def test_without_a_record_there_is_the_file(model):
    groups = record_groups(None, **KNOWN, notes=("No training record.",))
    assert titles(groups) == ["This file"]
    assert values(groups)["Note"] == "No training record."


@settings(max_examples=150)
@given(record=records | twisted)
def test_whatever_a_record_holds_is_written_in_bounded_rows(record):
    for group in record_groups(record, **KNOWN):
        assert 0 < len(group.rows) <= 2 * MAX_ROWS
        for row in group.rows:
            assert isinstance(row, Row)
            for text in (row.name, row.value):
                assert "\n" not in text
                text.encode()  # no half characters, which Tk can't show
                assert len(text) <= MAX_TEXT + 100


def test_a_huge_record_is_told_by_its_beginning():
    record = {
        "final": {f"key {i}": i for i in range(10_000)},
        "note": "x" * 100_000,
        "list": list(range(100_000)),
        "number": 10**5000,
        "epochs": [{}] * 5,
        "deep": json.loads("[" * 300 + "]" * 300),
    }
    groups = record_groups(record, **KNOWN)
    assert sum(len(group.rows) for group in groups) < 200
    assert all(len(value) <= MAX_TEXT for value in values(groups).values())


# --- curves ---------------------------------------------------------------------------------------


@settings(max_examples=150)
@given(record=twisted)
def test_whatever_the_epochs_hold_the_curves_are_numbers(record):
    curves = loss_curves(record)
    if curves is None:
        return
    assert (np.diff(curves.epochs) > 0).all()
    for which in WHICH:
        for part in PARTS:
            assert curves.losses[which][part].shape == curves.epochs.shape
            assert not np.isinf(curves.losses[which][part]).any()
    for place in range(len(curves.epochs)):
        assert curves.sentence(place).startswith("Epoch ")


def test_the_shipped_curves_are_those_of_the_record(model):
    curves = loss_curves(model.record)
    epochs = model.record["epochs"]
    assert curves.epochs.tolist() == [entry["epoch"] for entry in epochs]
    for which in WHICH:
        for part in PARTS:
            expected = [entry[which][part] for entry in epochs]
            assert curves.losses[which][part].tolist() == expected
    place = curves.nearest(136.6)
    entry = epochs[136]
    assert f"Epoch 137: training SSE {entry['train']['sse']:.2f}" in curves.sentence(place)
    assert f"= {entry['test']['total']:.2f}" in curves.sentence(place)


@pytest.mark.parametrize("record", [None, {}, {"epochs": 3}, {"epochs": [1, "two", {}]}])
def test_a_record_without_epochs_has_no_curves(record):
    assert loss_curves(record) is None


@pytest.fixture
def curves_view(desk, stage, model, pump):
    view = CurvesView(stage.frame, desk.context)
    stage.show(view, 600, 400)
    view.set_model(model)
    pump(lambda: view.settled, what="the curves are drawn")
    return view


def settled(pump, view) -> None:
    pump(lambda: view.settled, what="the curves are drawn")


def test_the_curves_are_drawn_and_the_last_epoch_is_told(curves_view, model):
    assert len(curves_view.plot.rendering.panels) == 3
    assert curves_view.epoch == 200
    assert curves_view.text.text == loss_curves(model.record).sentence(199)


def test_a_click_chooses_an_epoch_and_the_pointer_only_asks(curves_view):
    curves_view.plot._on_hover((50.2, 100.0, 1))
    assert curves_view.text.text.startswith("Epoch 50:")
    assert curves_view.epoch == 200
    assert len(curves_view.plot._marks) == 6
    assert {mark[1] for mark in curves_view.plot._marks} == {50.0}
    curves_view.plot._on_hover(None)
    assert curves_view.text.text.startswith("Epoch 200:")
    curves_view.plot._on_pick(20.0, 0.0, 2)
    assert curves_view.epoch == 20
    assert curves_view.scrub.position == pytest.approx(19 / 199)


def test_the_keyboard_walks_through_the_epochs(curves_view):
    press(curves_view.scrub, "Left")
    assert curves_view.epoch == 199
    press(curves_view.scrub, "Home")
    assert curves_view.epoch == 1
    press(curves_view.scrub, "Right")
    assert curves_view.text.text.startswith("Epoch 2:")


def test_scales_are_switched(curves_view, pump):
    def scales() -> list[float]:
        points = np.array([[50.0, 100], [100.0, 100], [150.0, 100]])
        low, middle, high = curves_view.plot.pixels_of(0, points)
        return [middle[0] - low[0], high[0] - middle[0]]

    even = scales()
    assert even[0] == pytest.approx(even[1])
    curves_view.log_epochs_box.invoke()
    settled(pump, curves_view)
    assert scales()[0] > 1.2 * scales()[1]
    curves_view.log_loss_box.invoke()
    settled(pump, curves_view)
    assert not curves_view.settings()["log_losses"]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_run_in_progress_has_few_epochs(curves_view, model, pump, count):
    curves_view.set_model(
        with_record(model, {**model.record, "epochs": model.record["epochs"][:count]})
    )
    settled(pump, curves_view)
    assert curves_view.epoch == count
    assert curves_view.plot.text == ""
    press(curves_view.scrub, "Home")
    assert curves_view.epoch == 1


def test_the_last_epoch_is_followed_and_another_is_kept(curves_view, model):
    def reach(count: int) -> None:
        curves_view.set_model(
            with_record(model, {**model.record, "epochs": model.record["epochs"][:count]})
        )

    reach(5)
    reach(8)
    assert curves_view.epoch == 8
    curves_view._pick(3.0)
    reach(9)
    assert curves_view.epoch == 3


def test_numbers_that_are_missing_leave_gaps(curves_view, model, pump):
    epochs = json.loads(json.dumps(model.record["epochs"][:6]))
    epochs[2]["test"] = "lost"
    epochs[3]["train"]["sse"] = None
    curves_view.set_model(with_record(model, {**model.record, "epochs": epochs}))
    settled(pump, curves_view)
    curves_view._pick(4.0)
    assert "SSE ?" in curves_view.text.text
    assert math.isnan(curves_view.curves.losses["test"]["kl"][2])
    assert curves_view.plot.text == ""


def test_no_record_is_said_in_words(curves_view, model, pump):
    curves_view.set_model(with_record(model, None))
    settled(pump, curves_view)
    assert "record" in curves_view.plot.text
    assert curves_view.epoch is None
    press(curves_view.scrub, "Left")
    curves_view.log_loss_box.invoke()
    curves_view.apply_settings({"epoch": 3})


def test_a_session_keeps_the_scales_and_the_epoch(curves_view, model):
    curves_view._pick(30.0)
    curves_view.log_epochs_box.invoke()
    kept = json.loads(json.dumps(curves_view.settings()))
    curves_view._pick(200.0)
    curves_view.log_epochs_box.invoke()
    curves_view.apply_settings(kept)
    assert curves_view.settings() == kept
    curves_view.apply_settings({"epoch": "x", "log_losses": 3, "log_epochs": None})
    assert curves_view.settings() == kept


# --- the table ------------------------------------------------------------------------------------


@pytest.fixture
def view(desk, stage, model):
    view = RecordView(stage.frame, desk.context)
    stage.show(view, 600, 400)
    view.set_model(model)
    stage.root.update()
    return view


def clipboard(view) -> str:
    return view.clipboard_get()


def choose(view, name: str) -> None:
    item = next(item for item, row in view._items.items() if getattr(row, "name", "") == name)
    view.tree.see(item)
    view._choose(item)
    view.update()


def test_a_chosen_row_is_told_in_full_and_copied(view, desk):
    choose(view, "Preprocessing")
    assert "Normalize(0.5, 0.5)" in view.text.text
    press(view.tree, "Control-c")
    assert clipboard(view).startswith("Preprocessing\tuint8")
    assert "Copied" in desk.told[-1]
    view.menu.invoke("Copy the value")
    assert clipboard(view).startswith("uint8")


def test_a_group_and_all_of_it_are_copied(view):
    view._choose("Model")
    press(view.tree, "Control-c")
    assert clipboard(view).splitlines()[0] == "Latent dimensions\t6"
    view.copy_button.invoke()
    text = clipboard(view)
    for group in view._groups:
        assert group.title in text
        assert as_text(group) in text


def test_the_keyboard_walks_from_the_first_row(view):
    view.tree.focus_force()
    view.update()
    assert view.chosen.title == "This file"
    press(view.tree, "Down")
    assert view.chosen.name == "File"


def test_without_a_record_it_is_said(view, model):
    view.set_model(with_record(model, None))
    assert "no training record" in view.text.text
    assert [view.tree.item(item, "text") for item in view.tree.get_children()] == ["This file"]


def test_what_is_chosen_and_closed_stays_when_the_weights_change(view, model):
    choose(view, "Epochs")
    view.tree.item("Data", open=False)
    view.set_model(with_record(model, {**model.record, "epochs": model.record["epochs"][:3]}))
    assert view.chosen == Row("Epochs", "200")
    assert not view.tree.item("Data", "open")
    assert view.tree.item("Training", "open")


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"final": "none", "model": [], "dataset": 3, "training": None, "epochs": {}, "files": "x"},
        {"final": {"test": {"sse": "low", "kl": [1, {}]}}, "files": {"a": {"b": ["c"]}}},
        {"note": "half a pair \ud800 { [ $x \\ } -tag", "{": "}", "-open": "-1", "": ""},
        {"list": list(range(10**5)), "number": 10**5000, "nan": math.nan, "inf": -math.inf},
        {"seeds": [None, {"seed": {}, "train": 3}], "epochs": [[], {"train": "x"}]},
    ],
)
def test_no_damage_breaks_the_table(view, model, record):
    view.set_model(with_record(model, record))
    view.update()
    for item, row in view._items.items():
        view._choose(item)
        view.update()
        view.copy()
        assert clipboard(view)
        if isinstance(row, Row):
            assert view.tree.set(item, "value") == row.value
