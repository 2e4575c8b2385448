"""Training from the window: what is asked before, what is shown meanwhile, what comes after."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from explorer import theme as look
from explorer.training_run import FAILED, FINISHED, KILLED, PROGRAM, STOPPED, TrainingRun
from explorer.views import train as module
from explorer.views.train import IDLE_SWEEP, TrainView, fresh_folder
from explorer.widgets.live_sweep import LiveSweep
from explorer.widgets.training_form import (
    FAMILY_TEXTS,
    NUMBERS,
    OWN,
    kept_settings,
    sound_settings,
)
from tests.interaction import click, press
from tests.training_parts import (
    FEW_DIGITS,
    LOSSES,
    WAITS,
    epoch,
    gan_epoch,
    gone,
    plan,
    saying,
    stage,
    step,
)
from vae.data import DATASET_NAMES
from vae.folder_lock import alone_in
from vae.run_files import CHECKPOINT, DECODER, LATEST

stage_line = stage  # in tests that are on the stage
SLOW_S = 300.0  # only a failing test waits this long for a real training


@pytest.fixture
def closing() -> dict[str, list]:
    """What the window will ask and call when it closes."""
    return {"questions": [], "callbacks": []}


@pytest.fixture
def view(stage, desk, dialogs, closing) -> TrainView:
    context = replace(
        desk.context,
        guard_close=closing["questions"].append,
        on_close=closing["callbacks"].append,
    )
    view = TrainView(stage.frame, context)
    stage.show(view, 600, 410)
    yield view
    if view.running:
        view.run.kill()
        view.run.close()


@pytest.fixture
def trains(monkeypatch):
    """`trains(command)`: what the view starts from now on, in place of train.py."""

    def use(command) -> None:
        monkeypatch.setattr(module, "TrainingRun", partial(TrainingRun, command=command))

    return use


def out_of(view: TrainView) -> Path:
    return view.form.settings.out


def begin(view: TrainView, trains, pump, *said, then: str = WAITS, status: int = 0) -> None:
    """Start a program that says these lines, until they are shown."""
    trains(saying(*said, {"event": "message", "text": "said"}, then=then, status=status))
    view.start_button.invoke()
    pump(lambda: not view.running or view.run.state.message == "said", what="it is all said")


def states(view: TrainView) -> tuple[str, str, str]:
    buttons = view.start_button, view.stop_button, view.continue_button
    return tuple(str(button["state"]) for button in buttons)


def choose_family(view: TrainView, family: str) -> None:
    view.form.family_box.current(list(FAMILY_TEXTS).index(family))
    view.form.family_box.event_generate("<<ComboboxSelected>>")


# ---- the form ------------------------------------------------------------------------------------


def test_before_the_first_training(view, user_folder):
    assert states(view) == ("normal", "disabled", "disabled")
    assert view.sweep.message == IDLE_SWEEP
    assert out_of(view) == user_folder / "trainings" / "sample-6d"
    assert not user_folder.exists()  # nothing is made before it is asked for


def test_the_choices_reach_the_command_line(view, trains, pump, tmp_path):
    form = view.form
    form.dataset_box.current(DATASET_NAMES.index("fashion-mnist"))
    form.dataset_box.event_generate("<<ComboboxSelected>>")
    form.recon_box.current(1)
    form.recon_box.event_generate("<<ComboboxSelected>>")
    typed = {"latent_dim": "2", "epochs": "7", "learning_rate": "0.001", "beta": "0.5"}
    for name, text in (typed | {"seed": "9", "percent": "10"}).items():
        form.fields[name].set(text)
    form._data.set(str(tmp_path / "data"))
    form._out.set(str(tmp_path / "results"))
    begin(view, trains, pump)
    settings = view.run.settings
    assert settings.dataset == "fashion-mnist"
    assert settings.recon_loss == "bce"
    assert (settings.latent_dim, settings.epochs, settings.seed) == (2, 7, 9)
    assert (settings.learning_rate, settings.beta, settings.fraction) == (0.001, 0.5, 0.1)
    assert (settings.data_dir, settings.out) == (tmp_path / "data", tmp_path / "results")


@pytest.mark.parametrize("name", list(NUMBERS))
def test_a_wrong_number_is_told_beside_its_field_and_nothing_begins(view, name):
    _, low, high, step_, *_ = NUMBERS[name]
    choose_family(view, "gan" if name in OWN["gan"] else "vae")
    field = view.form.fields[name]
    before = field.number
    wrong = ["x", "", str(high * 10), str(low - 1)] + (["2.5"] if isinstance(step_, int) else [])
    for text in wrong:
        field.set(text)
        view.start_button.invoke()
        assert name in view.form.messages
        assert view.run is None
        assert field.number == before
    view.update()
    told = view.form.winfo_reqheight()
    field.set(f"{before:g}")
    assert view.form.check()
    assert view.form.messages == {}
    view.update()
    assert view.form.winfo_reqheight() < told  # and no gap is left


def test_folders_that_are_none(view, tmp_path):
    (tmp_path / "file").write_text("a file")
    for text, word in (("", "Name a folder"), (str(tmp_path / "file"), "is a file")):
        view.form._out.set(text)
        view.start_button.invoke()
        assert word in view.form.messages["out"]
    view.form._out.set(str(tmp_path / "out"))
    view.form.dataset_box.current(0)
    view.form.dataset_box.event_generate("<<ComboboxSelected>>")
    for text, word in (("", "Name a folder"), (str(tmp_path / "file"), "is a file")):
        view.form._data.set(text)
        view.start_button.invoke()
        assert word in view.form.messages["data_dir"]
    assert view.run is None
    view.form.dataset_box.set("sample: 9,000 digits")
    view.form.dataset_box.event_generate("<<ComboboxSelected>>")
    assert view.form.messages == {}  # the sample needs no data folder
    assert not view.form.data_row.winfo_ismapped()


@pytest.mark.parametrize("text", ["~nobody/x", "/" + 300 * "a", "a\0b", "/proc/1/fd/x", "\n"])
def test_whatever_is_typed_as_a_folder_the_training_ends(view, trains, pump, tmp_path, text):
    trains(saying({"event": "failed", "message": "no such folder", "checkpoint": None}, status=2))
    for end in range(len(text)):
        view.form._out.set(text[: end + 1])
    view.start_button.invoke()
    pump(lambda: not view.running, what="the training has ended")
    assert states(view) == ("normal", "disabled", "disabled")
    view.form._out.set(str(tmp_path / "results"))
    begin(view, trains, pump)
    assert view.running


def test_a_folder_is_from_the_root_whoever_looks_for_it(view, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the training works elsewhere
    view.form._out.set("results")
    assert out_of(view) == tmp_path / "results"


def test_the_folder_is_a_new_one_until_the_person_names_another(view, user_folder, tmp_path):
    (user_folder / "trainings" / "sample-4d").mkdir(parents=True)
    field = view.form.fields["latent_dim"]
    field.set("4")
    field.commit()
    assert out_of(view) == user_folder / "trainings" / "sample-4d-2"
    view.form._out.set(str(tmp_path))
    field.set("5")
    field.commit()
    assert out_of(view) == tmp_path


def test_a_folder_is_chosen_in_a_dialog(view, monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(look, "ask_folder", lambda *a: asked.append(a) or tmp_path / "chosen")
    view.form._choosers[-1].invoke()
    assert out_of(view) == tmp_path / "chosen"
    assert asked[0][2].is_dir()  # where the dialog begins: the nearest folder that is there
    monkeypatch.setattr(look, "ask_folder", lambda *a: None)
    view.form._choosers[-1].invoke()
    assert out_of(view) == tmp_path / "chosen"


@pytest.mark.parametrize("content", [DECODER, "decoder_weights.json", CHECKPOINT])
def test_what_is_there_is_replaced_only_if_the_person_agrees(
    view, dialogs, trains, tmp_path, pump, content
):
    (tmp_path / content).parent.mkdir(exist_ok=True)
    (tmp_path / content).write_text("mine")
    view.form._out.set(str(tmp_path))
    view.start_button.invoke()
    assert view.run is None
    assert "would be replaced" in dialogs.questions[0]
    dialogs.proceed = True
    begin(view, trains, pump)
    assert view.running


def test_the_programs_own_folder_is_asked_about(view, dialogs):
    view.form._out.set(str(PROGRAM.parent))
    view.start_button.invoke()
    assert view.run is None
    assert "the program's own folder" in dialogs.questions[0]


def test_settings_return(view, user_folder):
    kept = kept_settings(view.form.settings)
    view.apply_settings({"latent_dim": 3, "dataset": "kmnist", "fraction": 0.5, "beta": 2.0})
    settings = view.form.settings
    assert (settings.latent_dim, settings.dataset) == (3, "kmnist")
    assert (settings.fraction, settings.beta) == (0.5, 2.0)
    assert out_of(view) == user_folder / "trainings" / "kmnist-3d"
    view.apply_settings(kept)
    assert view.settings() == kept
    bad = {"latent_dim": 99, "dataset": "cifar", "epochs": "many", "seed": True, "beta": None}
    assert sound_settings(bad | {"fraction": 7, "recon_loss": []}) == {}
    view.apply_settings(bad)
    assert view.settings() == kept


def test_what_only_the_other_family_has_goes_away(view, stage, user_folder):
    form = view.form
    named = {"gan": ["penalty", "game_box"], "vae": ["beta", "perceptual", "recon_box"]}

    def shown(name: str) -> bool:
        control = form.fields.get(name) or getattr(form, name)
        stage.root.update()
        return bool(control.winfo_ismapped())

    assert all(map(shown, named["vae"]))
    assert not any(map(shown, named["gan"]))
    assert not view.game.winfo_ismapped()
    form.fields["beta"].set("wrong")
    choose_family(view, "gan")
    assert all(map(shown, named["gan"]))
    assert not any(map(shown, named["vae"]))
    assert view.game.winfo_ismapped()  # the plots make room before the start
    assert form.check()  # what is not asked for can't be wrong
    assert out_of(view) == user_folder / "trainings" / "sample-6d-gan"
    choose_family(view, "vae")
    assert not form.check()
    stage.root.update()
    assert not view.game.winfo_ismapped()


def test_a_family_brings_its_own_length_and_rate_unless_they_were_chosen(view):
    fields = view.form.fields
    choose_family(view, "gan")
    assert (fields["epochs"].number, fields["learning_rate"].number) == (60, 0.005)
    fields["epochs"].set("7")
    fields["epochs"].commit()
    choose_family(view, "vae")
    assert (fields["epochs"].number, fields["learning_rate"].number) == (7, 0.004)


@pytest.mark.parametrize("family", ["vae", "gan"])
def test_train_py_takes_every_choice_of_a_family(view, family):
    """The form offers nothing that the program refuses."""
    import torch

    from vae.train_options import configured, make_parser

    choose_family(view, family)
    form = view.form
    for name, text in {"width": "2", "perceptual": "0.5", "adversarial": "3", "beta": "2"}.items():
        form.fields[name].set_number(float(text))
    form.fields["penalty"].set_number(0.0)
    form.game_box.current(1)
    options = make_parser().parse_args(form.settings.arguments())
    config = configured(options, torch.device("cpu"))
    assert config.width == 2
    assert config.learning_rate == form.fields["learning_rate"].number
    if family == "gan":
        assert (config.gan_loss, config.penalty) == ("non-saturating", 0.0)
    else:
        assert (config.perceptual, config.adversarial, config.beta) == (0.5, 3.0, 2.0)


def test_tab_goes_through_the_form_from_the_top(view, stage):
    form = view.form
    stage.root.update()
    walk = [form.family_box]
    for _ in range(4):
        walk.append(walk[-1].tk_focusNext())
    fields = form.fields
    assert walk[1:4] == [fields["width"], form.dataset_box, fields["latent_dim"]]
    assert walk[4] == fields["epochs"]


# ---- a training ----------------------------------------------------------------------------------


def test_how_far_it_is(view, trains, pump):
    said = [stage("data"), plan(epochs=4), stage("training"), epoch(1), step(2, 0.5, 1234.0)]
    begin(view, trains, pump, *said)
    assert states(view) == ("disabled", "normal", "disabled")
    assert view.headline.cget("text") == "Epoch 2 of 4"
    assert "1,234 images/s" in view.detail.cget("text")
    assert float(view.bar.cget("value")) == pytest.approx(1.5 / 4)
    epochs, losses = view.curve.curves["test"]
    assert (epochs.tolist(), losses.tolist()) == ([1], [80.0])
    for control in (*view.form.fields.values(), view.form.out_entry, view.form.dataset_box):
        assert str(control["state"]) == "disabled"


def test_the_stages_after_the_last_epoch_are_named(view, trains, pump):
    said = [plan(epochs=1), stage("training"), epoch(1), stage("classifier", 0.25)]
    begin(view, trains, pump, *said)
    assert view.headline.cget("text") == "2 of 3: training the classifier"
    assert float(view.bar.cget("value")) == 0.25
    view.run.kill()
    pump(lambda: not view.running)
    begin(view, trains, pump, *said, stage("density"))
    assert "3 of 3" in view.headline.cget("text")
    assert str(view.bar.cget("mode")) == "indeterminate"
    view.run.kill()
    pump(lambda: not view.running)
    assert str(view.bar.cget("mode")) == "determinate"


def test_a_gan_is_followed_by_the_classes_that_it_draws(view, trains, pump, stage):
    choose_family(view, "gan")
    said = [plan(epochs=5), stage_line("training"), gan_epoch(1, 9), gan_epoch(2, 10)]
    begin(view, trains, pump, *said)
    epochs, covered = view.curve.curves["covered"]
    assert (epochs.tolist(), covered.tolist()) == ([1, 2], [9, 10])
    assert view.game.curves["generator"][1].tolist() == [0.8, 0.8]
    assert view.covered.cget("text") == "10 of 10 classes, as 10.0 even ones; recall 0.25"
    assert "1 of 3: training" in view.detail.cget("text")
    view.run.kill()
    pump(lambda: not view.running)
    begin(view, trains, pump, *said, gan_epoch(3, 2), stage_line("encoder", 0.25))
    assert view.covered.cget("text").startswith("Collapsed: 2 of 10 classes")
    assert str(view.covered.cget("foreground")) == stage.theme.palette.warning
    assert view.headline.cget("text") == "2 of 3: fitting the encoder"
    assert float(view.bar.cget("value")) == 0.25
    stage.theme.set_mode("dark")
    assert str(view.covered.cget("foreground")) == stage.theme.palette.warning


def test_the_classifier_that_a_gan_is_judged_by_comes_first(view, trains, pump):
    choose_family(view, "gan")
    begin(view, trains, pump, plan(), stage_line("classifier", 0.5))
    assert view.headline.cget("text") == "First: training the classifier that it is judged by"


def test_a_gan_that_is_done_is_told_by_its_classes(view, trains, pump, weights_path):
    choose_family(view, "gan")
    done = {"event": "finished", "test": LOSSES, "train": LOSSES, "active_dimensions": 6}
    shutil.copytree(weights_path.parent / "assets", out_of(view) / "assets")
    result = out_of(view) / DECODER
    view.form._own_folder = True
    trains(saying(plan(), stage_line("training"), gan_epoch(4, 10), stage_line("results"), done))
    view.start_button.invoke()
    shutil.copy(weights_path, result)
    pump(lambda: not view.running and view.settled)
    assert view.headline.cget("text") == "Done: 10 of 10 classes"
    assert "by the fitted encoder; 6 of 6" in view.detail.cget("text")


def test_the_newest_snapshot_is_shown(view, desk, trains, pump, weights_path, model):
    latest = out_of(view) / LATEST / DECODER
    latest.parent.mkdir(parents=True)
    shutil.copy(weights_path, latest)
    begin(view, trains, pump, plan(), stage("training"), {"event": "snapshot", "epoch": 0})
    pump(lambda: view.sweep.pixels is not None and view.settled)
    expected = model.decoder.decode_uint8(np.zeros(6))
    assert view.sweep.pixels.shape == (66, 1, 28, 28)
    np.testing.assert_array_equal(view.sweep.pixels[5], expected)  # the middle of every row
    np.testing.assert_array_equal(view.sweep.pixels[60], view.sweep.pixels[60])
    z = np.zeros(6)
    z[1] = -3.0
    np.testing.assert_array_equal(view.sweep.pixels[11], model.decoder.decode_uint8(z))


def test_a_snapshot_that_cannot_be_read_is_left_out(view, trains, pump, desk):
    begin(view, trains, pump, plan(), stage("training"), {"event": "snapshot", "epoch": 0})
    pump(lambda: view.settled)
    assert view.sweep.message == IDLE_SWEEP
    assert view.running


def test_stop_and_stop_again(view, trains, pump, desk):
    begin(view, trains, pump, then="import time; time.sleep(1000)")  # deaf to the first press
    view.stop_button.invoke()
    assert view.headline.cget("text") == "Stopping …"
    assert view.stop_button.cget("text") == "Stop now"
    assert view.running
    press(view.stop_button, "space")
    pump(lambda: not view.running)
    assert view.run.state.what == KILLED
    assert gone(view.run.pid)
    assert states(view) == ("normal", "disabled", "disabled")
    assert "Nothing was kept" in view.detail.cget("text")
    assert view.stop_button.cget("text") == "Stop"
    assert not out_of(view).exists()


def test_a_failure_is_told_with_the_last_lines(view, trains, pump, desk):
    begin(view, trains, pump, "Traceback", "ImportError: no torch", then="", status=1)
    pump(lambda: not view.running)
    assert view.run.state.what == FAILED
    assert view.headline.cget("text") == "The training has failed"
    assert "ImportError: no torch" in view.sweep.message
    assert "The training has failed." in desk.told
    assert states(view) == ("normal", "disabled", "disabled")
    begin(view, trains, pump)  # another attempt
    assert view.sweep.message == IDLE_SWEEP


def test_a_folder_in_use_is_told_and_not_offered_to_be_continued(view, trains, pump, tmp_path):
    (tmp_path / CHECKPOINT).parent.mkdir()
    (tmp_path / CHECKPOINT).write_text("the other's")
    view.form._out.set(str(tmp_path))
    said = f"another training is running in {tmp_path}: wait until it has ended"
    with alone_in(tmp_path):
        trains(saying({"event": "failed", "message": said, "checkpoint": None}, status=2))
        view.continue_button.invoke()
        pump(lambda: not view.running)
    assert view.sweep.message == f"A{said[1:]}"
    assert view.detail.cget("text") == ""
    assert (tmp_path / CHECKPOINT).read_text() == "the other's"


def test_a_program_that_cannot_be_started(view, trains, desk):
    trains(("/no/such/program",))
    view.start_button.invoke()
    assert view.headline.cget("text") == "The training can't be started"
    assert "no/such/program" in view.sweep.message
    assert states(view) == ("normal", "disabled", "disabled")


def test_the_result_opens_by_itself(view, trains, pump, desk, weights_path):
    done = {"event": "finished", "test": LOSSES, "train": LOSSES, "active_dimensions": 5}
    shutil.copytree(weights_path.parent / "assets", out_of(view) / "assets")
    result = out_of(view) / DECODER
    out = out_of(view)
    view.form._own_folder = True
    trains(saying(plan(), stage("training"), epoch(4), stage("results"), done))
    view.start_button.invoke()
    shutil.copy(weights_path, result)  # as the program would have written it
    pump(lambda: not view.running and view.settled)
    assert view.run.state.what == FINISHED
    assert desk.weights_opened == [result]
    assert view.headline.cget("text") == "Done: test loss 80.0"
    assert "5 of 6 dimensions active" in view.detail.cget("text")
    assert view.sweep.pixels is not None
    assert float(view.bar.cget("value")) == 1.0
    assert out_of(view) != out  # the next one has a folder of its own


def test_the_window_asks_before_it_closes(view, dialogs, closing, trains, pump):
    (question,), (callback,) = closing["questions"], closing["callbacks"]
    assert question()  # nothing runs
    callback()
    assert dialogs.questions == []
    begin(view, trains, pump)
    assert not question()
    assert "A training is running" in dialogs.questions[0]
    assert view.running
    dialogs.proceed = True
    assert question()
    pid = view.run.pid
    callback()
    assert gone(pid)
    assert not view.running
    view._context.root.deiconify()


def test_a_view_that_is_gone_leaves_no_process(view, stage, trains, pump):
    begin(view, trains, pump)
    run = view.run
    view.destroy()
    pump(lambda: gone(run.pid), what="the process has ended")


def test_by_keyboard(view, trains, pump):
    trains(saying(plan(), then=WAITS))
    press(view.start_button, "space")
    assert view.running
    pump(lambda: view.run.state.epochs == 4)
    press(view.stop_button, "space")
    assert view.run.state.stopping


def test_a_real_training_is_stopped_continued_and_opened(view, trains, pump, desk):
    trains(FEW_DIGITS)
    view.form.fields["epochs"].set("60")
    view.form.fields["latent_dim"].set("2")
    view.start_button.invoke()
    pump(lambda: view.run.state.curve_epochs, SLOW_S, what="an epoch")
    click(view.stop_button)
    pump(lambda: not view.running, SLOW_S, what="it has stopped")
    assert view.run.state.what == STOPPED, view.run.state.message
    assert gone(view.run.pid)
    checkpoint = out_of(view) / CHECKPOINT
    assert checkpoint.exists()
    assert states(view) == ("normal", "disabled", "normal")
    assert "Continue goes on" in view.detail.cget("text")
    reached = view.run.state.curve_epochs[-1]
    view.continue_button.invoke()
    out = view.run.settings.out
    pump(lambda: not view.running, SLOW_S, what="it has finished")
    assert view.run.state.what == FINISHED, view.run.state.message
    assert view.run.state.done_before >= reached  # every epoch that was told of
    assert desk.weights_opened == [out / DECODER]
    assert not checkpoint.exists()
    pump(lambda: view.settled)
    assert view.sweep.pixels.shape[0] == 22


# ---- parts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rows", "shape"), [(1, (1, 28, 28)), (16, (3, 32, 32)), (6, (1, 28, 28))])
def test_a_sweep_of_any_size(stage, rows, shape):
    sweep = LiveSweep(stage.frame, stage.theme, heading="Sweep")
    stage.show(sweep, 300, 180)
    sweep.show(np.full((rows * 11, *shape), 200, np.uint8), rows)
    stage.root.update()
    left, top, right, bottom = sweep.bbox("picture")
    assert 0 <= left < right <= 300
    assert 0 <= top < bottom <= 180
    sweep.say("Nothing.")
    stage.root.update()
    assert sweep.itemcget("message", "text") == "Nothing."


def test_fresh_folders_do_not_meet(view, user_folder):
    settings = view.form.settings
    seen = set()
    for _ in range(4):
        folder = fresh_folder(settings)
        assert folder not in seen
        seen.add(folder)
        folder.mkdir(parents=True)
