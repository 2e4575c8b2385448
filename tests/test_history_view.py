"""How the space formed: scrubbed, played, looked at along other planes, saved; and none to show."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.history_film import STEPS, Scene, compose
from explorer.model import learn_statistics, open_model
from explorer.plane_choice import AXES, CLASSES, PRINCIPAL, find_plane
from explorer.views.history import KINDS, NOT_OPENED, HistoryView
from explorer.widgets.epoch_curves import EpochCurves, round_numbers
from explorer.widgets.film_stage import FilmStage
from tests.draw_parts import settle
from tests.foreign import foreign_state
from tests.interaction import click, drag, press
from vae.files import write_json
from vae.history import FILE
from vae.weights import save_state_dict


@pytest.fixture
def view(stage, desk, model, pump) -> HistoryView:
    view = HistoryView(stage.frame, desk.context)
    desk.state.set_z(model.presets[3])
    stage.show(view, 600, 450)
    view.set_model(model)
    settle(pump, view, desk)
    return view


def shown(view: HistoryView) -> np.ndarray:
    """The pixels on the screen: (H, W, 3)."""
    photo = view.stage.photo
    picture = Image.new("RGB", (photo.width(), photo.height()))
    for line in range(photo.height()):
        colours = view.tk.call(str(photo), "data", "-from", 0, line, photo.width(), line + 1)
        row = bytes.fromhex("".join(c.lstrip("#") for c in view.tk.splitlist(colours[0])))
        picture.paste(Image.frombytes("RGB", (photo.width(), 1), row), (0, line))
    return np.asarray(picture)


def expected(view: HistoryView, model, index: int) -> np.ndarray:
    """What is to be seen of a snapshot at the current point."""
    z = np.asarray(view._context.state.z)
    found = find_plane(view.choice, model)
    plane = found.plane if found.has_place else found.plane.through(z)
    parts = compose(
        view.history.decoder(index),
        Scene.around(z, plane),
        view.stage.layout,
        view.stage.background,
    )
    while True:
        try:
            next(parts)
        except StopIteration as done:
            return np.asarray(done.value)


def test_it_begins_at_the_end_of_the_training(view, model):
    assert view.index == 23
    assert view.scrub.position == 1.0
    assert view.epoch_label.cget("text") == "Epoch 200 of 200"
    total = model.record["epochs"][-1]["test"]["total"]
    assert view.loss_label.cget("text") == f"test loss {total:.1f}"
    np.testing.assert_array_equal(shown(view), expected(view, model, 23))
    # The last snapshot is the decoder itself, but for float16.
    left, top, width, height = view.stage.layout.digit
    digit = shown(view)[top : top + height, left : left + width, 0].astype(int)
    from explorer import images

    now = images.scaled(
        model.decoder.decode_uint8(np.asarray(view._context.state.z)), width, height, True
    )
    assert np.abs(digit - np.asarray(now, int)).max() <= 3


def test_the_bar_goes_through_the_snapshots(view, desk, model, pump):
    press(view.scrub, "Left", times=3)
    settle(pump, view, desk)
    assert view.index == 20
    assert view.epoch_label.cget("text") == f"Epoch {view.history.epochs[20]} of 200"
    assert view.curve.marked == view.history.epochs[20]
    np.testing.assert_array_equal(shown(view), expected(view, model, 20))
    press(view.scrub, "Home")
    settle(pump, view, desk)
    assert view.epoch_label.cget("text") == "Epoch 0 of 200"
    assert view.loss_label.cget("text") == "before the first step"
    np.testing.assert_array_equal(shown(view), expected(view, model, 0))
    drag(view.scrub, (20, 14), (view.scrub.winfo_width() // 2, 14))
    assert view.index in (11, 12)


def test_it_follows_the_point_at_the_epoch_that_is_shown(view, desk, model, pump):
    view.go_to(7)
    settle(pump, view, desk)
    before = shown(view)
    desk.state.set_z(model.presets[8])
    settle(pump, view, desk)
    assert view.index == 7
    assert not np.array_equal(shown(view), before)
    np.testing.assert_array_equal(shown(view), expected(view, model, 7))


def test_marks_stand_where_the_point_is(view, desk, pump):
    z = np.zeros(6)
    z[0], z[1] = -3.0, 5.0
    desk.state.set_z(z)
    settle(pump, view, desk)
    stage, palette = view.stage, view._context.theme.palette
    for row, column, colour in ((0, 0, palette.accent), (1, STEPS - 1, palette.warning)):
        left, top, right, bottom = stage.coords(stage._marks[row])
        assert stage.itemcget(stage._marks[row], "outline") == colour
        box = stage.box_of(row, column)
        assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx(
            ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), abs=1
        )


def test_it_plays_from_the_beginning_and_pauses(view, desk, pump):
    view.play_button.invoke()
    assert view.playing
    assert view.play_button.cget("text") == "Pause"
    seen = set()
    pump(lambda: seen.add(view.index) or len(seen) >= 4, what="it moves on")
    assert 0 in seen  # from the end, it begins anew
    assert seen < set(range(12))
    press(view.scrub, "space")
    assert not view.playing
    assert view.play_button.cget("text") == "Play"
    index = view.index
    press(view.scrub, "space")
    assert view.playing
    assert view.index == index  # goes on from where it was
    view.back()
    assert not view.playing


def test_moving_a_slider_does_not_stop_it(view, desk, model, pump):
    view.toggle()
    desk.context.glide.stop()  # as every action on the point does
    desk.state.set_z(model.presets[1])
    assert view.playing
    assert desk.state.z == pytest.approx(model.presets[1])
    view.stop()


def test_without_loop_it_ends_at_the_end(view, desk, pump):
    view.loop_box.invoke()
    view.go_to(22)
    view.toggle()
    pump(lambda: not view.playing, what="it ends")
    assert view.index == 23


def test_it_stops_when_nobody_looks(view, stage):
    view.toggle()
    view.place_forget()
    stage.root.update()
    assert not view.playing
    assert view.settled


def test_a_click_on_the_curve_goes_to_that_epoch(view, desk, pump):
    for index in (3, 15):
        click(view.curve, round(view.curve.x_of(view.history.epochs[index])), 40)
        settle(pump, view, desk)
        assert view.index == index


def test_planes(view, desk, model, pump):
    assert view.kind_box.get() == KINDS[CLASSES]
    assert not view._axes.winfo_ismapped()
    for kind in (PRINCIPAL, AXES):
        view.kind_box.set(KINDS[kind])
        view.kind_box.event_generate("<<ComboboxSelected>>")
        settle(pump, view, desk)
        assert view.choice.kind == kind
        np.testing.assert_array_equal(shown(view), expected(view, model, 23))
    assert view._axes.winfo_ismapped()
    view.axis_boxes[0].current(2)
    view.axis_boxes[0].event_generate("<<ComboboxSelected>>")
    settle(pump, view, desk)
    assert view.choice.axes[0] == 2
    np.testing.assert_array_equal(shown(view), expected(view, model, 23))


def test_settings_return(view, desk, model, pump):
    view.go_to(4)
    view.loop_box.invoke()
    view.kind_box.set(KINDS[AXES])
    view.kind_box.event_generate("<<ComboboxSelected>>")
    settle(pump, view, desk)
    kept = json.loads(json.dumps(view.settings()))
    view.go_to(20)
    view.loop_box.invoke()
    view.kind_box.set(KINDS[CLASSES])
    view.kind_box.event_generate("<<ComboboxSelected>>")
    view.apply_settings(kept)
    settle(pump, view, desk)
    assert view.settings() == kept
    view.apply_settings({"position": "x", "loop": 3, "plane": {"kind": "points", "axes": [9, 9]}})
    view.apply_settings({"position": 7.0, "plane": []})
    assert view.index == 4
    assert view.choice.kind in KINDS


def test_settings_that_come_before_the_snapshots(stage, desk, model, pump):
    view = HistoryView(stage.frame, desk.context)
    view.set_model(model)
    view.apply_settings({"position": 0.0})
    assert view.settings()["position"] == 0.0
    stage.show(view, 600, 450)
    settle(pump, view, desk)
    assert view.index == 0


def test_the_file_holds_what_is_shown(view, desk, tmp_path, pump):
    desk.path = tmp_path / "training.gif"
    view.export_button.invoke()
    pump(lambda: not desk.worker.busy)
    assert desk.told[-1] == f"Saved {desk.path}"
    with Image.open(desk.path) as film:
        assert film.n_frames == 24
    desk.path = None
    view.export_button.invoke()  # cancelled in the dialog
    assert not desk.worker.busy


def test_another_model_and_back(view, desk, model, tmp_path, pump, stage):
    """Of other sizes, in colour, and without snapshots: it is said; then the first one again."""
    path = tmp_path / "other.pt"
    save_state_dict(foreign_state(latent=2, image_channels=3), path)
    other = open_model(path)
    desk.state.reset_model(2)
    view.set_model(other)
    settle(pump, view, desk)
    assert "without a training record" in view.stage.message
    assert str(view.play_button["state"]) == str(view.export_button["state"]) == "disabled"
    assert view.stage.photo is None
    for key in ("Home", "Right", "space"):
        press(view.scrub, key)
    click(view.curve, 10, 10)
    view.back()
    desk.state.reset_model(6)
    view.set_model(model)
    settle(pump, view, desk)
    assert view.stage.message == ""
    np.testing.assert_array_equal(shown(view), expected(view, model, 23))


def trained(folder: Path, **sizes: int) -> Path:
    """Weights with a record and three snapshots, of any size."""
    from vae.decoding import KEYS
    from vae.files import sha256_of

    path = folder / "decoder_weights.pt"
    (folder / "assets").mkdir(parents=True)
    states = [foreign_state(seed, **sizes) for seed in range(3)]
    save_state_dict(states[-1], path)
    np.savez(
        folder / FILE,
        epochs=np.array([0, 1, 4]),
        **{key: np.stack([state[key].numpy() for state in states]) for key in KEYS},
    )
    record = {
        "format": "latent-space-explorer/decoder",
        "format_version": 1,
        **{key: {} for key in ("model", "dataset", "training", "final")},
        "epochs": [],
        "files": {path.name: sha256_of(path), FILE: sha256_of(folder / FILE)},
    }
    write_json(path.with_suffix(".json"), record)
    return path


@pytest.mark.parametrize(
    "sizes",
    [{"latent": 1}, {"latent": 2}, {"latent": 16}, {"latent": 5, "side": 32, "image_channels": 3}],
    ids=str,
)
def test_other_sizes(stage, desk, tmp_path, pump, sizes):
    model = learn_statistics(open_model(trained(tmp_path, **sizes)))
    desk.state.reset_model(sizes["latent"])
    view = HistoryView(stage.frame, desk.context)
    stage.show(view, 600, 450)
    view.set_model(model)
    settle(pump, view, desk)
    assert view.stage.message == ""
    assert len(view.history) == 3
    assert view.loss_label.cget("text") == "test loss not recorded"
    layout = view.stage.layout
    assert layout.sweep[0] + layout.sweep[2] <= 600
    assert (layout.map[2] > 0) == (sizes["latent"] > 1)
    texts = [view.stage.itemcget(i, "text") for i in view.stage.find_withtag("label")]
    assert any("one dimension" in text for text in texts) == (sizes["latent"] == 1)
    view.go_to(0)
    settle(pump, view, desk)
    assert view.epoch_label.cget("text") == "Epoch 0 of 4"


def test_damaged_snapshots_are_told_in_words(stage, desk, weights_path, tmp_path, pump):
    (tmp_path / "assets").mkdir()
    for name in (weights_path.name, "decoder_weights.json"):
        shutil.copy(weights_path.parent / name, tmp_path)
    (tmp_path / FILE).write_bytes(b"nothing of the kind")
    view = HistoryView(stage.frame, desk.context)
    stage.show(view, 600, 450)
    view.set_model(open_model(tmp_path / weights_path.name))
    settle(pump, view, desk)
    assert "belongs to another training, or is damaged" in view.stage.message


def test_snapshots_of_a_model_that_was_left_are_dropped(stage, desk, model, tmp_path, pump):
    other = open_model(trained(tmp_path))
    view = HistoryView(stage.frame, desk.context)
    stage.show(view, 600, 450)
    view.set_model(model)
    view.set_model(other)
    settle(pump, view, desk)
    assert len(view.history) == 3


def test_both_themes(view, desk, stage, model, pump):
    stage.theme.set_mode("dark")
    settle(pump, view, desk)
    np.testing.assert_array_equal(shown(view), expected(view, model, 23))


# ---- the parts ----------------------------------------------------------------------------------


def test_the_stage_says_that_it_needs_another_picture_for_another_size(stage):
    views = []
    film = FilmStage(stage.frame, stage.theme, on_view=lambda: views.append(1))
    stage.show(film, 500, 300)
    count = len(views)
    stage.show(film, 520, 300)
    assert len(views) > count


def test_epochs_on_the_curve(stage):
    picked = []
    curve = EpochCurves(stage.frame, stage.theme, heading="Loss", on_pick=picked.append)
    stage.show(curve, 400, 200)
    knots = [0, 1, 2, 10, 100]
    curve.show([1, 2, 10, 100], [300, 200, 100, 90], [250, 180, 100, 95], knots)
    stage.root.update()
    places = [curve.x_of(epoch) for epoch in knots]
    assert np.diff(places) == pytest.approx(np.full(4, np.diff(places)[0]))
    for epoch in (0, 1.5, 7, 100):
        assert curve.epoch_at(curve.x_of(epoch)) == pytest.approx(epoch)
    assert curve.y_of(300) < curve.y_of(180) < curve.y_of(90)
    # On a logarithmic scale the same factor is the same distance.
    assert curve.y_of(100) - curve.y_of(200) == pytest.approx(curve.y_of(150) - curve.y_of(300))
    click(curve, round(curve.x_of(10)), 50)
    assert picked[-1] == pytest.approx(10, abs=0.5)
    line = curve.coords("test")
    assert line[0] == pytest.approx(curve.x_of(1))
    assert line[1] == pytest.approx(curve.y_of(250))
    curve.mark(10)
    assert curve.coords("line")[0] == pytest.approx(curve.x_of(10))
    assert curve.itemcget("dot", "state") == "normal"
    curve.mark(0)  # before the first step nothing was measured
    assert curve.itemcget("dot", "state") == "hidden"
    curve.clear("Nothing yet.")
    stage.root.update()
    assert curve.itemcget("note", "text") == "Nothing yet."


@pytest.mark.parametrize(
    ("epochs", "losses"),
    [([1], [100.0]), ([1, 2], [100.0, 100.0]), ([1, 2, 3], [float("nan"), 0.0, 90.0])],
)
def test_curves_of_hardly_anything(stage, epochs, losses):
    curve = EpochCurves(stage.frame, stage.theme, heading="Loss")
    stage.show(curve, 400, 200)
    curve.show(epochs, losses, losses, (0, 5))
    curve.mark(epochs[-1])
    stage.root.update()
    assert curve.y_of(losses[-1]) < stage.root.winfo_height()
    known = sum(loss > 0 for loss in losses)
    drawn = curve.coords("test")
    assert np.isfinite(drawn).all()
    assert len(drawn) == (2 * known if known > 1 else 0)


def test_a_long_curve_is_thinned_and_keeps_its_ends(stage):
    curve = EpochCurves(stage.frame, stage.theme, heading="Loss")
    stage.show(curve, 400, 200)
    losses = np.geomspace(400, 80, 100_000)
    curve.show(np.arange(1, 100_001), losses, losses, (0, 100_000))
    stage.root.update()
    points = curve.coords("test")
    assert len(points) < 1000
    assert (points[0], points[-2]) == pytest.approx((curve.x_of(1), curve.x_of(100_000)))


def test_round_numbers():
    assert round_numbers(70, 210) == [70, 80, 90, 100, 150, 200]
    assert round_numbers(0.09, 0.25) == pytest.approx([0.09, 0.1, 0.15, 0.2])
    assert round_numbers(101, 149) == []


def test_an_opening_that_fails_is_told_and_can_be_taken_up(
    view, stage, desk, model, pump, monkeypatch
):
    def fail(bundle):
        raise MemoryError("no room")

    with monkeypatch.context() as patch:
        patch.setattr("explorer.views.history.load_history", fail)
        view.set_model(model)
        settle(pump, view, desk)
        assert view.stage.message == NOT_OPENED
    view.place_forget()
    stage.root.update()
    stage.show(view, 600, 450)
    settle(pump, view, desk)
    assert view.history is not None
    assert view.stage.message == ""


def test_a_plane_that_cannot_be_found_leaves_the_map_of_two_dimensions(
    view, model, pump, monkeypatch
):
    def only_dimensions(choice, model):
        if choice.kind != AXES:
            raise ValueError("no dimension is in use")
        return find_plane(choice, model)

    monkeypatch.setattr("explorer.views.history.find_plane", only_dimensions)
    view.kind_box.set(KINDS[PRINCIPAL])
    view.kind_box.event_generate("<<ComboboxSelected>>")
    pump(lambda: view.settled and view.choice.kind == AXES)
    assert view.kind_box.get() == KINDS[AXES]
    assert view._plane.choice.kind == AXES
