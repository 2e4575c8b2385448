"""The snapshots of a training: what is read, what they decode, and what is refused in words."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.foreign import foreign_state
from vae.decoding import KEYS, FoldedDecoder
from vae.files import sha256_of, write_json
from vae.history import FILE, MAX_SNAPSHOTS, HistoryError, load_history, recorded_losses
from vae.run import snapshot_epochs
from vae.weights import load_bundle, save_state_dict


@pytest.fixture
def copy(weights_path: Path, tmp_path: Path) -> Path:
    """The shipped decoder with its record and its snapshots, to damage."""
    (tmp_path / "assets").mkdir()
    for name in (weights_path.name, "decoder_weights.json", FILE):
        shutil.copy(weights_path.parent / name, tmp_path / name)
    return tmp_path / weights_path.name


def rewrite(path: Path, **changes: np.ndarray | None) -> None:
    """Change arrays of the snapshots, None removes one, and let the record vouch for the file."""
    file = path.parent / FILE
    with np.load(file) as archive:
        arrays = {key: archive[key] for key in archive.files} | changes
    np.savez(file, **{key: value for key, value in arrays.items() if value is not None})
    vouch(path)


def vouch(path: Path) -> None:
    record = json.loads(path.with_suffix(".json").read_text())
    record["files"][FILE] = sha256_of(path.parent / FILE)
    write_json(path.with_suffix(".json"), record)


def refused(path: Path, *words: str) -> None:
    with pytest.raises(HistoryError) as caught:
        load_history(load_bundle(path))
    for word in words:
        assert word in str(caught.value)


def test_the_shipped_snapshots_lead_from_the_untrained_network_to_the_weights(weights_path):
    bundle = load_bundle(weights_path)
    history = load_history(bundle)
    assert set(history.epochs.tolist()) == set(snapshot_epochs(200))
    assert (history.epochs[0], history.last_epoch, len(history)) == (0, 200, 24)

    shares = []
    history.prepare(shares.append)
    assert shares == sorted(shares)
    z = np.random.default_rng(0).normal(size=(50, 6))
    trained = FoldedDecoder.from_state_dict(bundle.decoder).decode(z)
    errors = [np.abs(history.decoder(i).decode(z) - trained).mean() for i in range(len(history))]
    assert errors[-1] < 1e-3  # float16
    assert errors[0] == max(errors)
    assert errors[0] > errors[1] > errors[4] > errors[12] > errors[18] > errors[23]
    assert history.decoder(3) is history.decoder(3)


def test_every_snapshot_is_the_network_of_its_numbers(weights_path):
    """Against torch's own layers, unfolded."""
    import torch

    from vae.model import Decoder, ModelConfig

    history = load_history(load_bundle(weights_path))
    z = np.random.default_rng(1).normal(size=(5, 6)).astype(np.float32)
    with np.load(weights_path.parent / FILE) as archive:
        for index in (0, 7, 23):
            network = Decoder(ModelConfig(6, (1, 28, 28)))
            network.load_state_dict(
                {key: torch.from_numpy(archive[key][index].astype(np.float32)) for key in KEYS}
            )
            with torch.no_grad():
                expected = network(torch.from_numpy(z)).numpy()
            np.testing.assert_allclose(history.decoder(index).decode(z), expected, atol=1e-5)


def test_the_losses_are_the_records(weights_path):
    bundle = load_bundle(weights_path)
    history = load_history(bundle)
    rows = {row["epoch"]: row for row in bundle.record["epochs"]}
    assert history.test_loss(0) is None  # nothing was measured before the first step
    for index in range(1, len(history)):
        epoch = int(history.epochs[index])
        assert history.test_loss(index) == rows[epoch]["test"]["total"]
        assert history.losses[epoch].train == rows[epoch]["train"]
    assert sorted(history.losses) == list(range(1, 201))


def test_damaged_losses_are_left_out():
    good = {"sse": 1.0, "kl": 2, "total": 3.0}
    entries = [
        {"epoch": 1, "train": good, "test": good},
        {"epoch": 2, "train": good, "test": {**good, "kl": float("nan")}},
        {"epoch": 3, "train": {"sse": 1.0}, "test": good},
        {"epoch": "4", "train": good, "test": good},
        {"epoch": 5, "train": {**good, "total": True}, "test": good},
        {"epoch": 6, "train": {**good, "total": 10**400}, "test": good},
        {"epoch": 7, "train": good, "test": {**good, "sse": -1e300}},
        {"epoch": 10**400, "train": good, "test": good},
        {"epoch": -8, "train": good, "test": good},
        "six",
        None,
    ]
    assert list(recorded_losses({"epochs": entries})) == [1]


@pytest.mark.parametrize(("epoch", "index"), [(-5, 0), (0.4, 0), (6.4, 6), (9, 7), (1e9, 23)])
def test_the_nearest_snapshot(weights_path, epoch, index):
    assert load_history(load_bundle(weights_path)).nearest(epoch) == index


def test_a_preparation_that_is_given_up_can_be_taken_up(weights_path):
    history = load_history(load_bundle(weights_path))

    def stop(share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        history.prepare(stop)
    assert history.decoder(23).latent_dim == 6


def test_without_a_record(copy):
    copy.with_suffix(".json").unlink()
    refused(copy, "without a training record")


def test_a_record_without_snapshots(copy):
    record = json.loads(copy.with_suffix(".json").read_text())
    del record["files"][FILE]
    write_json(copy.with_suffix(".json"), record)
    refused(copy, "lists no snapshots")
    write_json(copy.with_suffix(".json"), {**record, "unfinished": True})
    refused(copy, "when the training has ended")


def test_a_missing_file(copy):
    (copy.parent / FILE).unlink()
    refused(copy, "missing", "decoder_weights.pt")


def test_a_folder_in_its_place(copy):
    (copy.parent / FILE).unlink()
    (copy.parent / FILE).mkdir()
    refused(copy, "can't be read")


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.99])
def test_a_truncated_file(copy, keep):
    file = copy.parent / FILE
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * keep)])
    refused(copy, "fingerprint")
    vouch(copy)
    refused(copy, "damaged")


def test_the_snapshots_of_another_training(copy, tmp_path):
    """Their record vouches for them, and they have the same shapes."""
    with np.load(copy.parent / FILE) as archive:
        other = archive["linear.bias"][::-1]
    rewrite(copy, **{"linear.bias": other})
    refused(copy, "does not belong to these weights", "last snapshot")


def test_other_sizes(copy):
    with np.load(copy.parent / FILE) as archive:
        wide = np.concatenate([archive["linear.weight"]] * 2, axis=2)
    rewrite(copy, **{"linear.weight": wide})
    refused(copy, "does not belong to these weights", "linear.weight")


@pytest.mark.parametrize(
    "epochs",
    [
        np.arange(24)[::-1],
        np.zeros(24, int),
        np.arange(24) - 1,
        np.arange(24) * 0.5,
        np.zeros((24, 1), int),
        np.zeros(0, int),
        np.array(3),
        np.array(["one"] * 24),
    ],
    ids=str,
)
def test_epochs_that_are_none(copy, epochs):
    rewrite(copy, epochs=epochs)
    refused(copy, "damaged", "epochs")


def test_far_too_many_snapshots(copy):
    rewrite(copy, epochs=np.arange(MAX_SNAPSHOTS + 1))
    refused(copy, "damaged")


def test_missing_and_surplus_arrays(copy):
    rewrite(copy, surplus=np.zeros(3))
    refused(copy, "not a file of snapshots")
    rewrite(copy, surplus=None, **{"linear.bias": None})
    refused(copy, "not a file of snapshots")


def test_numbers_that_are_not_finite(copy):
    with np.load(copy.parent / FILE) as archive:
        bias = archive["linear.bias"].copy()
    bias[3, 0] = np.inf
    rewrite(copy, **{"linear.bias": bias})
    refused(copy, "finite")


def test_code_in_the_file_is_never_run(copy):
    rewrite(copy, epochs=np.array([print] * 24, dtype=object))
    refused(copy, "damaged")


def test_an_archive_that_would_fill_the_memory(copy, monkeypatch):
    monkeypatch.setattr("vae.history.MAX_BYTES", 10_000)
    refused(copy, "far larger")


def test_weights_so_large_that_nothing_can_be_computed_are_named_with_their_epoch(copy):
    with np.load(copy.parent / FILE) as archive:
        arrays = {key: archive[key].astype(np.float64) for key in archive.files}
    arrays["linear.weight"][2] = 1e300
    rewrite(copy, **{"linear.weight": arrays["linear.weight"]})
    history = load_history(load_bundle(copy))
    with pytest.raises(HistoryError, match="epoch 2 can't be used"), np.errstate(over="ignore"):
        history.prepare()
    assert history.decoder(1).latent_dim == 6


@pytest.mark.parametrize(
    "sizes", [{"latent": 1}, {"latent": 16}, {"latent": 3, "image_channels": 3}]
)
def test_other_latent_and_image_sizes(copy, sizes):
    states = [foreign_state(seed, **sizes) for seed in range(3)]
    save_state_dict(states[-1], copy)
    np.savez(
        copy.parent / FILE,
        epochs=np.array([0, 4, 9]),
        **{key: np.stack([state[key].numpy() for state in states]) for key in KEYS},
    )
    record = json.loads(copy.with_suffix(".json").read_text())
    record["files"] = {copy.name: sha256_of(copy), FILE: sha256_of(copy.parent / FILE)}
    write_json(copy.with_suffix(".json"), record)
    bundle = load_bundle(copy)
    history = load_history(bundle)
    decoder = history.decoder(1)
    assert decoder.latent_dim == sizes["latent"]
    assert decoder.image_shape == bundle.config.image_shape
    replaced = replace(bundle, record=None)
    with pytest.raises(HistoryError):
        load_history(replaced)
