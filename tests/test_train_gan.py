"""train.py --model gan from the command line: what it writes, says, refuses and continues."""

from __future__ import annotations

import json
import math
import signal

import pytest
import torch

import train
from tests.coloured_shapes import coloured_shapes
from tests.test_train_cli import command, few_digits, files_in, interrupt_after
from vae.gan_training import GanTrainer
from vae.progress_lines import read_event
from vae.run_files import CHECKPOINT, LATEST
from vae.train_options import FOLDERS, ROOT, make_parser
from vae.weights import load_bundle

__all__ = ["few_digits"]
WRITTEN = {  # no classifier: the bundled one judges digits
    "decoder_weights.pt",
    "decoder_weights.json",
    "assets/encoder_weights.pt",
    "assets/latent_density.npz",
    "assets/history.npz",
}
CLASSIFIER = "assets/classifier_weights.pt"
KEPT = {f"{LATEST}/decoder_weights.pt", f"{LATEST}/decoder_weights.json"}


@pytest.fixture
def shapes(monkeypatch):
    """`--dataset sample` with coloured shapes of 32x32: none for the bundled classifier."""
    monkeypatch.setattr(train, "load_dataset", lambda name, folder: coloured_shapes(150, 60))


def gan(out, *more: str) -> list[str]:
    return command(out, "--model", "gan", *more)


def assert_same_weights(first, second, names) -> None:
    for name in names:
        states = [torch.load(folder / name, weights_only=True) for folder in (first, second)]
        assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])


def test_one_run_writes_what_the_application_opens(few_digits, tmp_path, capsys):
    assert train.main(gan(tmp_path, "--latent-dim", "3", "--width", "2")) == 0
    assert files_in(tmp_path) == WRITTEN
    shown = capsys.readouterr().out
    assert "GAN: relativistic pairing, R1 + R2\n" in shown
    assert "epoch 3/3: generator" in shown
    assert "of 10 classes, as" in shown
    assert "Fitting an encoder to the generator" in shown

    bundle = load_bundle(tmp_path / "decoder_weights.pt")
    assert bundle.notes == ("Classes are judged by the bundled digit classifier.",)
    assert bundle.config.latent_dim == 3
    assert bundle.config.channels == (32, 64)
    assert bundle.encoder.config == bundle.config
    assert bundle.density.latent_dim == 3
    assert bundle.shows_digits

    text = (tmp_path / "decoder_weights.json").read_text()
    record = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} in the record"))
    assert record["family"] == "gan"
    assert record["training"]["gan_loss"] == "relativistic"
    assert record["training"]["classifier"] == "bundled"
    assert [row["epoch"] for row in record["epochs"]] == [1, 2, 3]
    assert record["final"]["coverage"] == record["epochs"][-1]["coverage"]
    final = record["final"]["test"]
    assert final["total"] == pytest.approx(final["sse"] + final["kl"])


@pytest.mark.parametrize("gan_loss", ["non-saturating", "minimax"])
def test_the_other_losses(few_digits, tmp_path, gan_loss):
    assert train.main(gan(tmp_path, "--gan-loss", gan_loss, "--epochs", "1")) == 0
    record = json.loads((tmp_path / "decoder_weights.json").read_text())
    assert record["training"]["gan_loss"] == gan_loss
    (row,) = record["epochs"]
    assert row["train"]["r2"] is None
    assert (row["train"]["r1"] is None) == (gan_loss == "minimax")


def test_ctrl_c_keeps_what_was_reached_and_the_printed_command_continues(
    few_digits, tmp_path, capsys, monkeypatch
):
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    assert train.main(gan(whole)) == 0
    with monkeypatch.context() as patch:
        interrupt_after(patch, 2, GanTrainer)
        assert train.main(gan(stopped)) == 130
    assert files_in(stopped) == {CHECKPOINT, *KEPT}

    # What is left can be looked at: a generator with no encoder yet.
    bundle = load_bundle(stopped / LATEST / "decoder_weights.pt")
    assert bundle.encoder is None
    assert "There is no encoder: its training had not ended." in bundle.notes
    assert bundle.record["final"]["coverage"] == bundle.record["epochs"][-1]["coverage"]
    assert bundle.record["training"]["epochs"] == 2

    shown = capsys.readouterr().out
    (line,) = [line for line in shown.splitlines() if line.strip().startswith("python train.py")]
    assert train.main(line.split()[2:]) == 0
    assert files_in(stopped) == WRITTEN
    assert_same_weights(whole, stopped, ("decoder_weights.pt", "assets/encoder_weights.pt"))


def test_ctrl_c_while_the_encoder_is_fitted_costs_no_epoch(few_digits, tmp_path, monkeypatch):
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    assert train.main(gan(whole)) == 0
    with monkeypatch.context() as patch:
        patch.setattr(
            GanTrainer, "fit_encoder", lambda self, told: signal.raise_signal(signal.SIGINT)
        )
        assert train.main(gan(stopped)) == 130
    with monkeypatch.context() as patch:
        interrupt_after(patch, 0, GanTrainer)  # would interrupt any further epoch
        assert train.main(gan(stopped, "--resume")) == 0
    assert_same_weights(whole, stopped, ("decoder_weights.pt", "assets/encoder_weights.pt"))


def test_the_lines_tell_the_whole_training(few_digits, tmp_path, capsys):
    assert train.main(gan(tmp_path, "--progress", "json")) == 0
    events = [read_event(line) for line in capsys.readouterr().out.splitlines()]
    assert None not in events
    stages = [event["name"] for event in events if event["event"] == "stage"]
    order = ["importing", "data", "training", "encoder", "density", "results"]
    assert list(dict.fromkeys(stages)) == order
    (plan,) = [event for event in events if event["event"] == "plan"]
    assert plan["family"] == "gan"
    record = json.loads((tmp_path / "decoder_weights.json").read_text())
    epochs = [event for event in events if event["event"] == "epoch"]
    for event, row in zip(epochs, record["epochs"], strict=True):
        assert {key: event[key] for key in row} == row
    assert events[-1]["event"] == "finished"
    assert events[-1]["classifier_accuracy"] is None
    assert math.isfinite(events[-1]["test"]["total"])


def test_other_images_get_a_classifier_first(shapes, tmp_path, capsys, monkeypatch):
    """It judges every epoch, is among the results, and a checkpoint holds it."""
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    assert train.main(gan(whole, "--progress", "json")) == 0
    assert files_in(whole) == WRITTEN | {CLASSIFIER}
    events = [read_event(line) for line in capsys.readouterr().out.splitlines()]
    stages = [event["name"] for event in events if event["event"] == "stage"]
    assert list(dict.fromkeys(stages))[2:5] == ["classifier", "training", "encoder"]
    bundle = load_bundle(whole / "decoder_weights.pt")
    assert bundle.notes == ()
    assert bundle.config.image_shape == (3, 32, 32)
    assert bundle.class_names == ("disc", "square", "triangle")
    assert bundle.record["training"]["classifier_epochs"] == 3

    with monkeypatch.context() as patch:
        interrupt_after(patch, 1, GanTrainer)
        assert train.main(gan(stopped)) == 130
    with monkeypatch.context() as patch:  # a second one would be another judge
        patch.setattr("vae.judge.train_classifier", lambda *_: pytest.fail("trained again"))
        assert train.main(gan(stopped, "--resume")) == 0
    names = ("decoder_weights.pt", "assets/encoder_weights.pt", CLASSIFIER)
    assert_same_weights(whole, stopped, names)
    record = json.loads((stopped / "decoder_weights.json").read_text())
    assert record["training"]["classifier_epochs"] == 3


def test_a_dry_run_trains_not_even_a_classifier(shapes, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("vae.judge.train_classifier", lambda *_: pytest.fail("trained"))
    assert train.main(gan(tmp_path, "--dry-run")) == 0
    assert "nothing was trained" in capsys.readouterr().out
    assert files_in(tmp_path) == set()


def test_a_diverging_game_leaves_the_old_weights(few_digits, tmp_path, capsys):
    (tmp_path / "decoder_weights.pt").write_bytes(b"the old weights")
    assert train.main(gan(tmp_path, "--lr", "1e30")) == 1
    shown = capsys.readouterr().err
    assert "not finite in epoch 1" in shown
    assert "learning rate" in shown
    assert (tmp_path / "decoder_weights.pt").read_bytes() == b"the old weights"


def test_a_checkpoint_of_a_vae_is_not_continued_as_a_gan(few_digits, tmp_path, capsys, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(train, "_finish", lambda *_: signal.raise_signal(signal.SIGINT))
        assert train.main(command(tmp_path)) == 130
    with pytest.raises(SystemExit, match="2"):
        train.main(gan(tmp_path, "--resume"))
    assert "it is of a VAE, and this is a GAN" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--model", "flow"], "--model: invalid choice: 'flow'"),
        (["--model", "gan", "--beta", "2"], "--beta has no meaning with --model gan"),
        (["--model", "gan", "--recon-loss", "l1"], "--recon-loss has no meaning with --model gan"),
        (["--model", "gan", "--perceptual", "1"], "--perceptual has no meaning with --model gan"),
        (["--model", "gan", "--optimizer", "soap"], "--optimizer has no meaning with --model gan"),
        (["--gan-loss", "minimax"], "--gan-loss has no meaning with --model vae"),
        (["--penalty", "1"], "--penalty has no meaning with --model vae"),
        (["--model", "gan", "--penalty", "-1"], "--penalty: must be 0 or a positive number"),
        (["--model", "gan", "--gan-loss", "hinge"], "--gan-loss: invalid choice: 'hinge'"),
        (["--perceptual", "nan"], "--perceptual: must be 0 or a positive number, not 'nan'"),
        (["--adversarial", "much"], "--adversarial: must be 0 or a positive number, not 'much'"),
        (["--width", "0"], "--width: must be a whole number from 1 to 8, not '0'"),
        (["--width", "9"], "--width"),
    ],
)
def test_bad_values_are_named_with_exit_status_2(few_digits, tmp_path, capsys, arguments, word):
    with pytest.raises(SystemExit) as exit_:
        train.main(command(tmp_path, *arguments))
    assert exit_.value.code == 2
    shown = capsys.readouterr().err
    assert word in shown
    assert "Traceback" not in shown


def test_the_losses_of_the_command_line_are_all_there_are():
    from vae.adversarial import GAN_LOSSES

    (action,) = [a for a in make_parser()._actions if a.dest == "gan_loss"]
    assert tuple(action.choices) == tuple(GAN_LOSSES)


def test_every_family_has_a_folder_of_its_own():
    assert FOLDERS["vae"] == ROOT
    assert FOLDERS["gan"] == ROOT / "assets" / "models" / "gan"
