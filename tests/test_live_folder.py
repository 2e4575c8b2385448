"""runs/latest: a model that can be opened at any time of a training, and what is left after one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from vae import data, live_folder, run_files
from vae.data import Dataset
from vae.history import HistoryError, load_history
from vae.live_folder import INTERVAL_S, LiveFolder
from vae.outputs import check_output_folder
from vae.run_files import clear_half_files, results_in
from vae.training import TrainConfig, Trainer
from vae.weights import load_bundle

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def dataset() -> Dataset:
    images, labels = data.bundled_digits()
    images = images[:300, None]
    return Dataset("sample", data.DIGITS, images[:256], labels[:256], images[256:], labels[256:300])


@pytest.fixture
def trainer(dataset) -> Trainer:
    config = TrainConfig(epochs=3, latent_dim=3, optimizer="adam")
    return Trainer(config, dataset, torch.device("cpu"), captured=False)


def opened(folder: Path):
    return load_bundle(folder / run_files.LATEST / run_files.DECODER)


def test_at_every_epoch_it_opens_with_record_and_encoder(trainer, dataset, tmp_path):
    live = LiveFolder(trainer, dataset, tmp_path)
    live.write()
    bundle = opened(tmp_path)
    assert bundle.record["epochs"] == []
    assert bundle.record["unfinished"] is True
    for number, _ in enumerate(trainer.run(), start=1):
        live.write()
        bundle = opened(tmp_path)
        assert bundle.record is not None
        assert bundle.encoder is not None
        assert not [note for note in bundle.notes if "encoder" in note or "record" in note]
        record = bundle.record
        assert [row["epoch"] for row in record["epochs"]] == list(range(1, number + 1))
        assert record["training"]["epochs"] == number
        assert record["training"]["planned_epochs"] == 3
        assert record["final"]["test"]["total"] == trainer.records[-1].test.total
        assert record["dataset"]["name"] == "sample"
        weights = trainer.vae.decoder.state_dict()
        for key, array in bundle.decoder.items():
            np.testing.assert_array_equal(array, weights[key].numpy())
        for key, tensor in bundle.encoder.state_dict().items():
            assert torch.equal(tensor, trainer.vae.encoder.state_dict()[key])
    with pytest.raises(HistoryError, match="when the training has ended"):
        load_history(bundle)
    live.remove()
    assert not live.path.exists()
    live.remove()


def test_the_decoder_comes_last(trainer, dataset, tmp_path, monkeypatch):
    """Who waits for it finds what belongs to it; who comes between finds an older whole model."""
    live = LiveFolder(trainer, dataset, tmp_path)
    live.write()
    next(trainer.run())
    order = []

    def spy(write):
        def spied(path, *content):
            order.append(Path(path).name)
            if order[-1] == run_files.DECODER:
                between = opened(tmp_path)  # the old decoder beside the new record
                assert between.record is None
                assert any("belongs to other weights" in note for note in between.notes)
            return write(path, *content)

        return spied

    monkeypatch.setattr(live_folder, "_write", spy(live_folder._write))
    monkeypatch.setattr(live_folder, "write_json", spy(live_folder.write_json))
    live.write()
    assert order == ["encoder_weights.pt", run_files.RECORD, run_files.DECODER]
    assert opened(tmp_path).record["training"]["epochs"] == 1


def test_the_weights_of_another_moment(trainer, dataset, tmp_path):
    """An interruption in the middle of an epoch goes back to the last finished one."""
    live = LiveFolder(trainer, dataset, tmp_path)
    state = trainer.state()
    next(trainer.run())
    live.write(state)
    found = opened(tmp_path).decoder
    for key, array in found.items():
        np.testing.assert_array_equal(array, state["vae"][f"decoder.{key}"].numpy())


def test_it_is_not_written_more_often_than_every_few_seconds(trainer, dataset, tmp_path):
    now = 100.0
    live = LiveFolder(trainer, dataset, tmp_path, clock=lambda: now)
    assert not live.write_if_due()  # the untrained network
    assert not live.path.exists()
    now += INTERVAL_S
    assert live.write_if_due()
    assert not live.write_if_due()
    now += INTERVAL_S - 0.01
    assert not live.write_if_due()
    now += 0.02
    assert live.write_if_due()


def test_a_failed_write_leaves_the_model_of_before(trainer, dataset, tmp_path, monkeypatch):
    live = LiveFolder(trainer, dataset, tmp_path)
    live.write()
    before = {path: path.read_bytes() for path in live.path.rglob("*") if path.is_file()}
    next(trainer.run())
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space")))
    with pytest.raises(OSError, match="No space"):
        live.write()
    assert {path: path.read_bytes() for path in live.path.rglob("*") if path.is_file()} == before


def test_what_a_killed_training_left_half_written_is_removed_and_nothing_else(tmp_path):
    check_output_folder(tmp_path)
    whole = [
        tmp_path / name
        for name in (
            run_files.DECODER,
            run_files.CHECKPOINT,
            f"{run_files.LATEST}/{run_files.DECODER}",
            run_files.HISTORY,
            ".another.program.tmp",
            "assets/.thing.tmp",
        )
    ]
    (tmp_path / run_files.LATEST / "assets").mkdir(parents=True)
    for path in whole:
        path.write_text("whole")
    names = [
        run_files.DECODER,
        run_files.RECORD,
        run_files.CHECKPOINT,
        run_files.HISTORY,
        f"{run_files.LATEST}/{run_files.RECORD}",
        f"{run_files.LATEST}/{run_files.ENCODER}",
        f"runs/{run_files.WRITE_TEST}",
    ]
    killed = (
        "import contextlib, os, sys\n"
        "from vae.files import atomic_write\n"
        "with contextlib.ExitStack() as stack:\n"
        "    files = [stack.enter_context(atomic_write(name)) for name in sys.argv[1:]]\n"
        "    for file in files: print(file.name, flush=True)\n"
        "    os._exit(9)"
    )
    run = subprocess.run(
        [sys.executable, "-c", killed, *(str(tmp_path / name) for name in names)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    half = [Path(line) for line in run.stdout.splitlines()]
    assert len(half) == len(names)
    (tmp_path / run_files.STAGING / "assets").mkdir(parents=True)
    (tmp_path / run_files.STAGING / run_files.DECODER).write_text("half")
    assert all(path.exists() for path in half)
    clear_half_files(tmp_path)
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == set(whole)
    clear_half_files(tmp_path / "not there")


def test_whether_a_folder_holds_results(tmp_path):
    assert not results_in(tmp_path)
    assert not results_in(tmp_path / "not there")
    (tmp_path / run_files.RECORD).write_text(json.dumps({}))
    assert results_in(tmp_path)
