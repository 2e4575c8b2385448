"""train.py for another program: its lines of JSON, how it is stopped, and what is then there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import train
from tests.test_train_cli import KEPT, WRITTEN, command, few_digits, files_in, interrupt_after
from vae import train_report
from vae.outputs import FILES
from vae.progress_lines import read_event, write_event
from vae.run_files import CHECKPOINT, LATEST
from vae.weights import load_bundle

TIMEOUT_S = 60.0

__all__ = ["few_digits"]
ROOT = Path(__file__).resolve().parent.parent

# A child that trains on few digits: each step is an epoch, and there are far too many.
SLOW_TRAINING = (
    "import sys; sys.path.insert(0, {root!r})\n"
    "from vae import data\n"
    "images, labels = data.bundled_digits()\n"
    "data.bundled_digits = lambda: (images[:300], labels[:300])\n"
    "data.SAMPLE_TRAIN_IMAGES = 256\n"
    "import train\n"
    "{more}\n"
    "sys.exit(train.main(sys.argv[1:]))"
)


def events_of(text: str) -> list[dict]:
    events = [read_event(line) for line in text.splitlines()]
    assert None not in events, text
    return events


def test_the_lines_tell_the_whole_training(few_digits, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(train_report, "EVENT_INTERVAL_S", 0.0)
    assert train.main(command(tmp_path, "--progress", "json")) == 0
    assert files_in(tmp_path) == WRITTEN  # runs/latest is gone: the results are better
    captured = capsys.readouterr()
    events = events_of(captured.out)
    assert captured.err == ""
    kinds = [event["event"] for event in events]
    assert kinds[-1] == "finished"
    assert sum(kind in ("finished", "stopped", "failed") for kind in kinds) == 1

    stages = [event["name"] for event in events if event["event"] == "stage"]
    order = ["importing", "data", "training", "classifier", "density", "results"]
    assert list(dict.fromkeys(stages)) == order
    (plan,) = [event for event in events if event["event"] == "plan"]
    assert (plan["epochs"], plan["done"], plan["latent_dim"]) == (3, 0, 6)
    assert (plan["train_images"], plan["test_images"]) == (500, 100)
    assert plan["out"] == str(tmp_path)

    steps = [event for event in events if event["event"] == "step"]
    assert [step["epoch"] for step in steps] == [1] * 4 + [2] * 4 + [3] * 4
    assert [step["share"] for step in steps[:4]] == [128 / 500, 256 / 500, 384 / 500, 1.0]
    assert all(step["images_per_second"] is None or step["images_per_second"] > 0 for step in steps)

    record = json.loads((tmp_path / "decoder_weights.json").read_text())
    epochs = [event for event in events if event["event"] == "epoch"]
    for event, row in zip(epochs, record["epochs"], strict=True):
        assert (event["epoch"], event["train"], event["test"]) == (
            row["epoch"],
            row["train"],
            row["test"],
        )
    assert [event["epoch"] for event in events if event["event"] == "snapshot"][-1] == 3
    assert events[-1]["test"] == record["final"]["test"]
    assert events[-1]["decoder"] == str(tmp_path / "decoder_weights.pt")


def test_an_interruption_names_the_checkpoint_and_leaves_its_model(
    few_digits, tmp_path, capsys, monkeypatch
):
    with monkeypatch.context() as patch:
        interrupt_after(patch, epochs=2)
        assert train.main(command(tmp_path, "--progress", "json")) == 130
    last = events_of(capsys.readouterr().out)[-1]
    assert last == {"event": "stopped", "epochs": 2, "checkpoint": str(tmp_path / CHECKPOINT)}
    assert files_in(tmp_path) == {CHECKPOINT, *KEPT}
    bundle = load_bundle(tmp_path / LATEST / "decoder_weights.pt")
    assert bundle.record["training"]["epochs"] == 2
    # A continued training has done what the checkpoint had, and clears up after itself.
    assert train.main(command(tmp_path, "--progress", "json", "--resume")) == 0
    events = events_of(capsys.readouterr().out)
    (plan,) = [event for event in events if event["event"] == "plan"]
    assert plan["done"] == 2
    assert files_in(tmp_path) == WRITTEN


def test_an_interruption_before_anything_was_reached(few_digits, tmp_path, capsys, monkeypatch):
    interrupt_after(monkeypatch, epochs=0)
    assert train.main(command(tmp_path, "--progress", "json")) == 130
    last = events_of(capsys.readouterr().out)[-1]
    assert last == {"event": "stopped", "epochs": 0, "checkpoint": None}
    assert files_in(tmp_path) == set()


def test_data_that_cannot_be_had(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("urllib.request.urlopen", lambda *_a, **_k: 1 / 0)
    arguments = ["--data-dir", str(tmp_path / "none"), "--out", str(tmp_path / "out")]
    with pytest.raises(SystemExit, match="2"):
        train.main([*arguments, "--progress", "json"])
    last = events_of(capsys.readouterr().out)[-1]
    assert last["event"] == "failed"
    assert "--dataset sample" in last["message"]


def test_a_diverging_training(few_digits, tmp_path, capsys):
    arguments = command(tmp_path, "--lr", "1e30", "--optimizer", "adam", "--progress", "json")
    assert train.main(arguments) == 1
    last = events_of(capsys.readouterr().out)[-1]
    assert last["event"] == "failed"
    assert "not finite in epoch 1" in last["message"]
    assert last["checkpoint"] is None
    assert files_in(tmp_path) == set()


def test_a_disk_that_fills_up_at_the_end(few_digits, tmp_path, capsys, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("vae.outputs.write_history", full)
        assert train.main(command(tmp_path, "--progress", "json")) == 1
    last = events_of(capsys.readouterr().out)[-1]
    assert last["event"] == "failed"
    assert "No space left on device" in last["message"]
    assert last["checkpoint"] == str(tmp_path / CHECKPOINT)
    assert train.main(command(tmp_path, "--resume")) == 0
    assert files_in(tmp_path) == WRITTEN  # nothing of the staging is left


def test_a_live_folder_that_cannot_be_written_is_told_once_and_costs_nothing(
    few_digits, tmp_path, capsys, monkeypatch
):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("vae.live_folder.INTERVAL_S", -1.0)
    monkeypatch.setattr("vae.live_folder._write", full)
    assert train.main(command(tmp_path, "--progress", "json")) == 0
    events = events_of(capsys.readouterr().out)
    told = [event for event in events if event["event"] == "message"]
    assert len(told) == 1
    assert "no longer kept up to date" in told[0]["text"]
    assert not [event for event in events if event["event"] == "snapshot"]


def test_within_an_epoch_the_snapshot_is_refreshed(few_digits, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("vae.live_folder.INTERVAL_S", -1.0)
    assert train.main(command(tmp_path, "--progress", "json", "--epochs", "1")) == 0
    events = events_of(capsys.readouterr().out)
    snapshots = [event["epoch"] for event in events if event["event"] == "snapshot"]
    assert snapshots == [0, 0, 0, 0, 1]


class Child:
    """train.py as a child process, which trains for far longer than any test waits.

    more: options. patch: Python that runs before `train.main`.
    """

    def __init__(self, out: Path, *more: str, patch: str = "") -> None:
        program = SLOW_TRAINING.format(root=str(ROOT), more=patch)
        arguments = ["--dataset", "sample", "--device", "cpu", "--optimizer", "adam"]
        arguments += ["--epochs", "5000", "--out", str(out), "--progress", "json", *more]
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def until(self, kind: str) -> dict:
        for line in self.process.stdout:
            event = read_event(line)
            if event["event"] == kind:
                return event
        raise AssertionError(f"no {kind}: {self.process.stderr.read()}")


@pytest.fixture
def child(tmp_path):
    children = []

    def start(*more: str, patch: str = "") -> Child:
        children.append(Child(tmp_path, *more, patch=patch))
        return children[-1]

    yield start
    for one in children:
        one.process.kill()
        one.process.wait()
        for stream in (one.process.stdin, one.process.stdout, one.process.stderr):
            stream.close()


@pytest.mark.parametrize("options", [(), ("--stop-with-stdin",)])
def test_a_reader_that_is_gone_costs_no_checkpoint(child, tmp_path, options):
    running = child(*options)
    running.until("epoch")
    running.process.stdout.close()
    if options:  # as when the window crashes: both ends are gone at nearly the same time
        running.process.stdin.close()
    assert running.process.wait(TIMEOUT_S) == train.INTERRUPTED
    assert (tmp_path / CHECKPOINT).exists()


@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "stdin"])
def test_a_real_training_is_stopped_with_a_whole_checkpoint(child, tmp_path, how):
    if how != "stdin" and os.name == "nt":
        pytest.skip("Windows has no such signals")
    running = child("--stop-with-stdin")
    running.until("epoch")
    if how == "stdin":
        running.process.stdin.close()
    else:
        running.process.send_signal(getattr(signal, how))
    stopped = running.until("stopped")
    assert running.process.wait() == 130
    assert stopped["epochs"] >= 1
    assert files_in(tmp_path) == {CHECKPOINT, *KEPT}
    bundle = load_bundle(tmp_path / LATEST / "decoder_weights.pt")
    assert len(bundle.record["epochs"]) == stopped["epochs"]


def test_standard_input_that_ended_before_it_began(child, tmp_path):
    running = child("--stop-with-stdin")
    running.process.stdin.close()
    running.until("stopped")
    assert running.process.wait() == 130
    assert not {name for name in files_in(tmp_path) if name.endswith(".tmp")}


def test_without_being_asked_it_does_not_mind_standard_input(child):
    running = child()
    running.process.stdin.close()
    for _ in range(3):
        running.until("epoch")
    assert running.process.poll() is None


def test_what_is_written_is_read(capsys):
    values = {"share": 0.5, "test": {"sse": float("nan"), "kl": [float("inf"), 1]}, "path": None}
    write_event(sys.stdout, "epoch", **values)
    line = capsys.readouterr().out
    assert line.endswith("\n")
    assert read_event(line) == {
        "event": "epoch",
        "share": 0.5,
        "test": {"sse": None, "kl": [None, 1]},
        "path": None,
    }


@pytest.mark.parametrize("line", ["", "Downloading …", "{", "[1]", "3", '{"a": 1}', '{"event": 3}'])
def test_lines_of_others_are_none(line):
    assert read_event(line) is None


def test_the_files_of_a_training_are_the_ones_that_are_cleared():
    from vae import run_files

    assert FILES == run_files.FILES
