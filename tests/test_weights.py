"""Weight files: what opens, what is refused and in which words, and what is left out."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.foreign import ForeignDecoder, foreign_state
from vae import weights
from vae.decoding import FoldedDecoder
from vae.density import LatentDensity
from vae.files import sha256_of
from vae.model import VAE, ModelConfig
from vae.weights import (
    WeightsError,
    load_bundle,
    load_classifier,
    load_decoder,
    load_encoder,
    load_state_dict,
    read_record,
    save_state_dict,
)

SIZES = [
    {"latent": 1},
    {"latent": 2},
    {"latent": 6},
    {"latent": 16},
    {"latent": 64},
    {"latent": 6, "side": 32},
    {"latent": 6, "image_channels": 3},
    {"latent": 3, "side": 32, "image_channels": 3, "wide": 8, "narrow": 4},
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "decoder.pt"


@pytest.fixture
def copy(weights_path: Path, tmp_path: Path) -> Path:
    """The shipped decoder with its record and companions, to damage."""
    shutil.copy(weights_path, tmp_path)
    shutil.copy(weights_path.with_suffix(".json"), tmp_path)
    (tmp_path / "assets").mkdir()
    for name in ("encoder_weights.pt", "classifier_weights.pt", "latent_density.npz"):
        shutil.copy(weights_path.parent / "assets" / name, tmp_path / "assets")
    return tmp_path / weights_path.name


# --- other people's decoders ----------------------------------------------------------------------


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_an_independent_decoder_opens_and_gives_the_same_image(path, sizes):
    state = foreign_state(**sizes)
    torch.save(state, path)
    bundle = load_bundle(path)
    theirs = ForeignDecoder(**sizes)
    theirs.load_state_dict(state)
    z = np.random.default_rng(1).standard_normal((5, sizes["latent"]))
    with torch.no_grad():
        images = theirs(torch.tensor(z, dtype=torch.float32)).numpy()
    ours = FoldedDecoder.from_state_dict(bundle.decoder)
    assert images.std() > 0.05  # an image, not a grey area
    assert bundle.config.image_shape == images.shape[1:]
    assert bundle.config.latent_dim == sizes["latent"]
    np.testing.assert_allclose(ours.decode(z), images, atol=1e-5)


def test_our_file_opens_in_an_independent_decoder(weights_path, model):
    state = torch.load(weights_path, map_location="cpu", weights_only=True)
    theirs = ForeignDecoder(latent=model.latent_dim)
    theirs.load_state_dict(state, strict=True)
    z = np.random.default_rng(1).standard_normal((9, model.latent_dim))
    with torch.no_grad():
        images = theirs(torch.tensor(z, dtype=torch.float32)).numpy()
    np.testing.assert_allclose(model.decoder.decode(z), images, atol=1e-5)


def test_half_and_double_precision_open_too(path):
    state = foreign_state()
    for dtype in (torch.float16, torch.float64):
        torch.save({key: tensor.to(dtype) for key, tensor in state.items()}, path)
        assert load_decoder(path).linear.weight.dtype == torch.float32


def test_a_file_of_torchs_old_format_opens(path):
    torch.save(foreign_state(), path, _use_new_zipfile_serialization=False)
    assert load_decoder(path).config.latent_dim == 6


def test_weights_without_a_record_say_what_is_missing(path):
    torch.save(foreign_state(latent=2, side=32), path)
    bundle = load_bundle(path)
    assert (bundle.record, bundle.encoder, bundle.density) == (None, None, None)
    assert (bundle.classifier, bundle.class_names) == (None, ())
    assert any("No training record" in note for note in bundle.notes)


def test_foreign_digits_are_judged_by_the_bundled_classifier(path):
    torch.save(foreign_state(latent=2), path)
    bundle = load_bundle(path)
    assert bundle.class_names == tuple("0123456789")
    assert any("bundled" in note for note in bundle.notes)


def test_a_saved_state_dict_is_plain_and_shares_no_storage(path):
    big = torch.zeros(1000, 1000)
    save_state_dict({"a": big[:2, :2], "b": torch.nn.Parameter(torch.ones(2))}, path)
    assert path.stat().st_size < 10_000
    state = load_state_dict(path)
    assert {key: tensor.shape for key, tensor in state.items()} == {"a": (2, 2), "b": (2,)}


# --- files that are no decoder --------------------------------------------------------------------


def refused(path: Path, *words: str) -> str:
    """The message with which a decoder's file is refused; it names the file."""
    with pytest.raises(WeightsError) as caught:
        load_bundle(path)
    message = str(caught.value)
    assert str(path) in message
    for word in words:
        assert word in message
    return message


def test_a_missing_file_tells_how_to_get_one(path):
    refused(path, "does not exist", "train.py")


def test_a_folder(tmp_path):
    refused(tmp_path, "folder")


def test_an_empty_file(path):
    path.touch()
    refused(path, "empty")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
def test_a_pipe_is_not_waited_for(path):
    os.mkfifo(path)
    refused(path, "regular file")


def test_a_file_that_is_far_too_large_is_not_read(path, monkeypatch):
    torch.save(foreign_state(), path)
    monkeypatch.setattr(weights, "MAX_FILE_BYTES", 1000)
    refused(path, "MB")


def test_a_truncated_file_at_any_place(path, weights_path):
    data = weights_path.read_bytes()
    places = {*range(1, len(data), len(data) // 60), *range(len(data) - 40, len(data))}
    for place in sorted(places):
        path.write_bytes(data[:place])
        refused(path)


def test_a_truncated_file_of_torchs_old_format(path):
    torch.save(foreign_state(), path, _use_new_zipfile_serialization=False)
    data = path.read_bytes()
    for place in range(1, len(data), len(data) // 40):
        path.write_bytes(data[:place])
        refused(path)


def test_random_bytes(path):
    rng = np.random.default_rng(0)
    for size in (1, 2, 10, 100, 1000, 80_000):
        for _ in range(10):
            path.write_bytes(rng.bytes(size))
            refused(path)


def test_random_bytes_behind_a_zip_header(path):
    rng = np.random.default_rng(0)
    for _ in range(10):
        path.write_bytes(b"PK\x03\x04" + rng.bytes(5000))
        refused(path)


def test_changed_bytes_are_refused_or_still_give_a_sound_decoder(path, weights_path):
    rng = np.random.default_rng(0)
    data = np.frombuffer(weights_path.read_bytes(), np.uint8)
    for _ in range(60):
        damaged = data.copy()
        damaged[rng.integers(len(data), size=3)] = rng.integers(256, size=3)
        path.write_bytes(damaged.tobytes())
        with contextlib.suppress(WeightsError):
            bundle = load_bundle(path)
            assert all(np.isfinite(array).all() for array in bundle.decoder.values())


class Bomb:
    """Pickles to code that makes a folder when it is loaded carelessly."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return os.mkdir, (str(self.target),)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol:UserWarning")
@pytest.mark.parametrize("how", ["pickle", "torch", "old torch", "in a state_dict"])
def test_code_in_the_file_is_never_run(path, tmp_path, how):
    exploded = tmp_path / "exploded"
    bomb = Bomb(exploded)
    if how == "pickle":
        path.write_bytes(pickle.dumps(bomb))
    elif how == "torch":
        torch.save(bomb, path)
    elif how == "old torch":
        torch.save(bomb, path, _use_new_zipfile_serialization=False)
    else:
        torch.save({**foreign_state(), "linear.bias": bomb}, path)
    refused(path)
    assert not exploded.exists()
    torch.load(path, weights_only=False) if how != "pickle" else pickle.loads(path.read_bytes())
    assert exploded.exists()  # else this test would prove nothing


def test_another_zip_archive(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "no weights")
    refused(path)


def test_a_text(path):
    path.write_text("linear.weight: 1, 2, 3\n")
    refused(path)


@pytest.mark.parametrize(
    "value", [torch.zeros(3), [1, 2], {}, {"epoch": 3, "state": {}}, {1: torch.zeros(1)}, "text"]
)
def test_anything_but_a_state_dict(path, value):
    torch.save(value, path)
    refused(path, "state_dict")


def test_a_whole_vae_tells_how_to_save_the_decoder(path):
    vae = VAE.from_config(ModelConfig(6, (1, 28, 28)))
    torch.save(vae.state_dict(), path)
    refused(path, "whole VAE", "vae.decoder.state_dict()")
    torch.save({"epoch": 1, "model": vae.state_dict(), "optimizer": {}}, path)
    refused(path, "checkpoint")


def test_a_whole_model_object(path):
    torch.save(ForeignDecoder(), path)
    refused(path, "state_dict")


def test_an_encoder_asks_for_its_decoder(path):
    torch.save(VAE.from_config(ModelConfig(6, (1, 28, 28))).encoder.state_dict(), path)
    refused(path, "is an encoder")


def test_a_missing_layer_is_named(path):
    state = foreign_state()
    del state["deconv_stack.2.bias"]
    torch.save(state, path)
    refused(path, "deconv_stack.2.bias")


def test_a_surplus_layer_is_named(path):
    torch.save({**foreign_state(), "deconv_stack.4.weight": torch.zeros(1)}, path)
    refused(path, "deconv_stack.4.weight")


@pytest.mark.parametrize("key", list(foreign_state()))
@pytest.mark.parametrize("shape", [(), (0,), (3,), (7, 5), (3, 3, 3, 3), (32, 16, 5, 5), (2,) * 6])
def test_wrong_shapes_are_refused(path, key, shape):
    torch.save({**foreign_state(), key: torch.zeros(shape)}, path)
    refused(path)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("key", list(foreign_state()))
def test_numbers_that_are_not_finite_are_refused_and_the_layer_is_named(path, key, number):
    state = foreign_state()
    state[key].view(-1)[-1] = number
    torch.save(state, path)
    refused(path, key, "NaN or infinity")


def test_a_double_too_large_for_a_float_is_refused(path):
    state = {key: tensor.double() for key, tensor in foreign_state().items()}
    state["linear.bias"][0] = 1e300
    torch.save(state, path)
    refused(path, "linear.bias")


@pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.complex64])
def test_tensors_of_another_type_are_refused(path, dtype):
    state = foreign_state()
    state["linear.bias"] = torch.zeros(1568, dtype=dtype)
    torch.save(state, path)
    refused(path, "linear.bias", "floats")


@pytest.mark.filterwarnings("ignore:Validating sparse tensor:UserWarning")
def test_tensors_without_ordinary_memory_are_refused(path):
    state = foreign_state()
    torch.save({**state, "linear.weight": state["linear.weight"].to_sparse()}, path)
    refused(path)
    torch.save({key: tensor.to("meta") for key, tensor in state.items()}, path)
    refused(path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may read all")
def test_a_file_that_may_not_be_read(path):
    torch.save(foreign_state(), path)
    path.chmod(0)
    refused(path, "permission")


@pytest.mark.parametrize("load", [load_encoder, load_classifier])
def test_a_decoder_is_no_companion(path, load):
    torch.save(foreign_state(), path)
    with pytest.raises(WeightsError, match=r"decoder\.pt"):
        load(path)


# --- the record and the companions ----------------------------------------------------------------


def test_the_shipped_weights_come_with_everything(weights_path):
    bundle = load_bundle(weights_path)
    assert bundle.notes == ()
    assert bundle.sha256 == sha256_of(weights_path)
    assert bundle.record is not None
    assert bundle.encoder is not None
    assert bundle.classifier is not None
    assert bundle.density is not None
    assert bundle.class_names == tuple("0123456789")


def test_a_renamed_pair_stays_together(copy):
    renamed = copy.with_name("mine.pt")
    copy.rename(renamed)
    copy.with_suffix(".json").rename(renamed.with_suffix(".json"))
    assert load_bundle(renamed).notes == ()


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"1", b'"x"', b"null", b"\xff\xfe\x00", b"[" * 50_000, b'{"format": 1}'],
)
def test_a_record_that_is_none_is_told_and_ignored(copy, content):
    copy.with_suffix(".json").write_bytes(content)
    bundle = load_bundle(copy)
    assert bundle.record is None
    assert any("record is ignored" in note and "decoder_weights" in note for note in bundle.notes)
    assert (bundle.density, bundle.encoder) == (None, None)


@pytest.mark.parametrize("key", ["model", "dataset", "training", "final", "files", "epochs"])
def test_an_incomplete_record_is_told_and_ignored(copy, key):
    beside = copy.with_suffix(".json")
    record = json.loads(beside.read_text())
    del record[key]
    beside.write_text(json.dumps(record))
    bundle = load_bundle(copy)
    assert bundle.record is None
    assert any(key in note for note in bundle.notes)


def test_a_record_of_a_newer_format_is_told_and_ignored(copy):
    beside = copy.with_suffix(".json")
    record = json.loads(beside.read_text())
    record["format_version"] += 1
    beside.write_text(json.dumps(record))
    with pytest.raises(WeightsError, match="version"):
        read_record(beside)
    assert load_bundle(copy).record is None


def test_a_record_of_other_weights_is_told_and_ignored(copy):
    torch.save(foreign_state(), copy)
    bundle = load_bundle(copy)
    assert bundle.record is None
    assert any("other weights" in note for note in bundle.notes)


def test_a_record_that_is_a_folder_is_told_and_ignored(copy):
    copy.with_suffix(".json").unlink()
    copy.with_suffix(".json").mkdir()
    bundle = load_bundle(copy)
    assert bundle.record is None
    assert any("record is ignored" in note for note in bundle.notes)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
@pytest.mark.parametrize("name", ["decoder_weights.json", "assets/latent_density.npz"])
def test_a_pipe_beside_the_decoder_is_not_waited_for(copy, name):
    (copy.parent / name).unlink()
    os.mkfifo(copy.parent / name)
    notes = load_bundle(copy).notes
    assert any("regular file" in note for note in notes)


def test_a_record_that_is_far_too_large_is_not_read(copy, monkeypatch):
    monkeypatch.setattr(weights, "MAX_RECORD_BYTES", 1000)
    assert any("too large" in note for note in load_bundle(copy).notes)


def changed_record(copy: Path, **dataset: object) -> None:
    beside = copy.with_suffix(".json")
    record = json.loads(beside.read_text())
    record["dataset"] |= dataset
    record["files"] |= {
        f"assets/{name}": sha256_of(copy.parent / "assets" / name)
        for name in ("classifier_weights.pt", "latent_density.npz")
    }
    beside.write_text(json.dumps(record))


def test_names_of_classes_are_bounded_and_can_be_shown(copy):
    changed_record(copy, classes=["m" * 9000, "\ud800", "two\nlines", None, {}, *"56789"])
    names = load_bundle(copy).class_names
    assert names[0] == "m" * (weights.MAX_CLASS_NAME - 1) + "…"
    assert names[1:5] == ("?", "two lines", "None", "{}")


def test_a_density_of_other_classes_than_those_judged_is_left_out(copy):
    path = copy.parent / "assets" / "latent_density.npz"
    density = LatentDensity.load(path)
    replace(
        density, class_mixtures=density.class_mixtures[:3], class_means=density.class_means[:3]
    ).save(path)
    changed_record(copy)
    bundle = load_bundle(copy)
    assert bundle.density is None
    assert any("density is left out: it has 3 classes" in note for note in bundle.notes)


COMPANIONS = {
    "encoder": "encoder_weights.pt",
    "classifier": "classifier_weights.pt",
    "density": "latent_density.npz",
}


@pytest.mark.parametrize("name", COMPANIONS)
@pytest.mark.parametrize("damage", ["missing", "other", "damaged", "folder"])
def test_a_companion_that_does_not_fit_is_left_out_and_named(copy, name, damage):
    companion = copy.parent / "assets" / COMPANIONS[name]
    data = companion.read_bytes()
    companion.unlink()
    if damage == "folder":
        companion.mkdir()
    elif damage != "missing":
        companion.write_bytes(data[:-1] if damage == "other" else data[: len(data) // 2])
    if damage == "damaged":  # a record that says that it is right so
        beside = copy.with_suffix(".json")
        record = json.loads(beside.read_text())
        record["files"][f"assets/{COMPANIONS[name]}"] = sha256_of(companion)
        beside.write_text(json.dumps(record))
    bundle = load_bundle(copy)
    assert any(f"{name} is left out" in note for note in bundle.notes)
    if name != "classifier":  # for digits, the bundled one takes its place
        assert getattr(bundle, name) is None
    assert bundle.record is not None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("dataset", {"name": ["mnist"]}),
        ("dataset", {"name": None, "classes": "0123456789"}),
        ("files", {"decoder_weights.pt": None}),
        ("files", {"x": ["y"]}),
        ("model", {"latent_dim": "many"}),
        ("training", {"epochs": None}),
        ("final", {"test": None}),
        ("final", {"test": {"total": "low"}}),
    ],
)
def test_odd_values_in_a_record_never_raise(copy, key, value):
    beside = copy.with_suffix(".json")
    record = json.loads(beside.read_text())
    record[key] = {**record[key], **value} if key != "files" else {**value, "d": sha256_of(copy)}
    beside.write_text(json.dumps(record))
    assert load_bundle(copy).config.latent_dim == 6


@pytest.mark.parametrize(
    ("name", "why"),
    [("a" * 300, "too long"), ("a\0b", "null byte"), ("file/below.pt", "does not exist")],
)
def test_a_name_that_no_file_can_have(tmp_path, name, why):
    (tmp_path / "file").touch()
    refused(tmp_path / name, why)
