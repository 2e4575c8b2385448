"""Opening and saving weight files: what is on the disk, checked before anything trusts it."""

from __future__ import annotations

import json
import math
import os
import pickle
import stat
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vae.classifier import Classifier
from vae.decoding import KEYS as DECODER_KEYS
from vae.density import LatentDensity
from vae.files import atomic_write, sha256_of
from vae.model import Decoder, Encoder, ModelConfig
from vae.recorded import FAMILIES, is_sound_coverage

RECORD_FORMAT = "latent-space-explorer/decoder"
RECORD_VERSION = 1
MAX_FIGURE = 1e12  # a loss beyond this, or a NaN, is a damaged record
MAX_CLASS_NAME = 40  # characters; the longest of Fashion-MNIST has 11
MAX_RECORD_BYTES = 64 * 2**20  # 200 epochs take 65 kB
MAX_FILE_BYTES = 256 * 2**20  # the shipped decoder has 81 kB; far more is not of this family
BUNDLED_ASSETS = Path(__file__).resolve().parent.parent / "assets"

ENCODER_KEYS = (
    "conv_stack.0.weight",
    "conv_stack.0.bias",
    "conv_stack.2.weight",
    "conv_stack.2.bias",
    "fc_mu.weight",
    "fc_mu.bias",
    "fc_logvar.weight",
    "fc_logvar.bias",
)
# Data sets whose classes are the ten digits, so that the bundled digit classifier judges them.
DIGIT_DATASETS = ("mnist", "sample", "emnist-digits")


class WeightsError(ValueError):
    """A weight file, or its record, that can't be used; the text says why and what to do."""


@dataclass(frozen=True)
class ModelBundle:
    """A decoder and whatever was trained together with it.

    path: the decoder's file. sha256: its fingerprint.
    decoder: its tensors as float32 arrays, by state_dict key. config: the sizes read from them.
    encoder, classifier, density: companions, None where there are none that belong to the decoder.
    class_names: what the classifier's outputs mean; empty without a classifier.
    record: the training record, or None.
    shows_digits: whether the images are handwritten digits of the size of the bundled ones.
    notes: sentences for the person: what is missing or was ignored, and why.
    """

    path: Path
    sha256: str
    decoder: Mapping[str, np.ndarray]
    config: ModelConfig
    encoder: Encoder | None = None
    classifier: Classifier | None = None
    class_names: tuple[str, ...] = ()
    density: LatentDensity | None = None
    record: Mapping[str, Any] | None = None
    shows_digits: bool = False
    notes: tuple[str, ...] = ()


def save_state_dict(state: Mapping[str, torch.Tensor], path: str | os.PathLike[str]) -> None:
    """Save a plain state_dict atomically, as contiguous CPU tensors that share no storage."""
    plain = {key: tensor.detach().cpu().contiguous().clone() for key, tensor in state.items()}
    with atomic_write(path) as file:
        torch.save(plain, file)


def load_state_dict(path: str | os.PathLike[str]) -> dict[str, torch.Tensor]:
    """Read a plain state_dict of finite floating-point tensors; code in the file is never run.

    Raises:
        WeightsError: the file is missing, a folder, empty, damaged, holds anything but a
            state_dict, or holds numbers that are not finite.
    """
    path = Path(path)
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise WeightsError(f"{path} does not exist. Train one with: python train.py") from error
    except (OSError, ValueError) as error:  # no permission; a name that is too long, or has a NUL
        reason = getattr(error, "strerror", None) or error
        raise WeightsError(f"{path} can't be read: {reason}.") from error
    if stat.S_ISDIR(found.st_mode):
        raise WeightsError(f"{path} is a folder; choose a weights file (.pt) inside it.")
    if not stat.S_ISREG(found.st_mode):
        raise WeightsError(f"{path} is not a regular file.")
    size = found.st_size
    if size == 0:
        raise WeightsError(f"{path} is empty; it was probably not written to the end.")
    if size > MAX_FILE_BYTES:
        raise WeightsError(
            f"{path} has {size / 2**20:,.0f} MB; a decoder of this family has well under 1 MB."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch warns of foreign pickles; the error says it
            state = torch.load(path, map_location="cpu", weights_only=True)
    except PermissionError as error:
        raise WeightsError(f"{path} can't be read: no permission.") from error
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"{path} is not a plain weights file. It holds something other than tensors (perhaps "
            "code, which is never run here), or is damaged. Save the model with "
            "torch.save(decoder.state_dict(), path)."
        ) from error
    # What a damaged archive raises depends on which byte is damaged: nearly anything.
    except Exception as error:
        raise WeightsError(
            f"{path} is not a weights file, or is damaged or truncated. Choose a file that was "
            "saved with torch.save(decoder.state_dict(), path)."
        ) from error
    if not isinstance(state, Mapping) or not state:
        raise WeightsError(
            f"{path} holds {_kind(state)}, not a state_dict. Save the decoder with "
            "torch.save(decoder.state_dict(), path)."
        )
    for key, tensor in state.items():
        if not isinstance(key, str) or not isinstance(tensor, torch.Tensor):
            raise WeightsError(
                f"{path} is not a plain state_dict: {key!r} is {_kind(tensor)}, not a tensor. "
                "If it is a training checkpoint, save the decoder's state_dict alone."
            )
        if not tensor.is_floating_point():
            raise WeightsError(f"{path}: {key} has type {tensor.dtype}; floats were expected.")
        if tensor.layout != torch.strided or tensor.device.type != "cpu":
            raise WeightsError(f"{path}: {key} is not an ordinary dense tensor.")
        # A tensor may claim more elements than are stored, by strides of 0.
        if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
            raise WeightsError(f"{path}: {key} is larger than what is stored for it.")
    state = {key: tensor.float() for key, tensor in state.items()}  # may overflow to infinity
    for key, tensor in state.items():
        if not torch.isfinite(tensor).all():
            raise WeightsError(
                f"{path}: {key} holds NaN or infinity. The training that made it diverged; "
                "train again with a lower learning rate."
            )
    return state


def load_decoder(path: str | os.PathLike[str]) -> Decoder:
    """Open a decoder of any size of this family. Raises WeightsError."""
    path = Path(path)
    state = load_state_dict(path)
    decoder = Decoder(_decoder_config(path, state))
    decoder.load_state_dict(state, strict=True)
    return decoder.eval()


def load_encoder(path: str | os.PathLike[str]) -> Encoder:
    """Open an encoder of any size of this family. Raises WeightsError."""
    path = Path(path)
    state = load_state_dict(path)
    _check_keys(path, state, ENCODER_KEYS, "an encoder")
    first, image_channels = _shape(path, state, "conv_stack.0.weight", 4)[:2]
    second = _shape(path, state, "conv_stack.2.weight", 4)[0]
    latent_dim, features = _shape(path, state, "fc_mu.weight", 2)
    config = _config(path, latent_dim, image_channels, (first, second), features)
    encoder = Encoder(config)
    _check_shapes(path, state, encoder.state_dict())
    encoder.load_state_dict(state, strict=True)
    return encoder.eval()


def load_classifier(path: str | os.PathLike[str]) -> Classifier:
    """Open a classifier. Raises WeightsError."""
    path = Path(path)
    state = load_state_dict(path)
    try:
        classifier = Classifier.from_state_dict(state)
    except (ValueError, KeyError, IndexError, RuntimeError) as error:
        raise WeightsError(f"{path} is not a classifier of this project: {error}") from error
    return classifier.eval()


def read_record(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read a training record (JSON). Raises WeightsError if it isn't one."""
    path = Path(path)
    try:
        found = path.stat()
        # To read from a pipe would take for ever.
        sound = stat.S_ISREG(found.st_mode) and found.st_size <= MAX_RECORD_BYTES
        content = path.read_bytes() if sound else b""
    except OSError as error:
        raise WeightsError(f"{path.name} can't be read ({error.strerror}).") from error
    if not sound:
        raise WeightsError(f"{path.name} is no regular file, or far too large for a record.")
    try:
        record = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"{path.name} is not JSON ({error}).") from error
    if not isinstance(record, dict) or record.get("format") != RECORD_FORMAT:
        raise WeightsError(f"{path.name} is not a training record of this program.")
    version = record.get("format_version")
    if version != RECORD_VERSION:
        raise WeightsError(
            f"{path.name} has format version {str(version)[:40]}; {RECORD_VERSION} is read."
        )
    for key in ("model", "dataset", "training", "final", "files"):
        if not isinstance(record.get(key), dict):
            raise WeightsError(f"{path.name} is incomplete: no {key!r}.")
    if not isinstance(record.get("epochs"), list):
        raise WeightsError(f"{path.name} is incomplete: no 'epochs'.")
    test = record["final"].get("test", {})
    if not isinstance(test, dict) or not all(
        isinstance(test.get(key, 0.0), (int, float)) and abs(test.get(key, 0.0)) < MAX_FIGURE
        for key in ("sse", "kl", "total")
    ):
        raise WeightsError(f"{path.name} is damaged: its final test figures are not numbers.")
    family = record.get("family", "vae")
    if family not in FAMILIES:
        raise WeightsError(
            f"{path.name} is of the family {str(family)[:40]!r}; {' and '.join(FAMILIES)} are read."
        )
    coverage = record["final"].get("coverage")
    if coverage is not None and not is_sound_coverage(coverage):
        raise WeightsError(f"{path.name} is damaged: its final coverage is not made of numbers.")
    return record


def load_bundle(path: str | os.PathLike[str]) -> ModelBundle:
    """Open a decoder together with the record and the companions that belong to it.

    Only the decoder must be there and sound. A record that is damaged or describes other weights,
    and companions that are missing or differ from the record, are left out, and `notes` says so.

    Raises:
        WeightsError: the decoder itself can't be used.
    """
    path = Path(path)
    decoder = load_decoder(path)
    arrays = {key: tensor.numpy() for key, tensor in decoder.state_dict().items()}
    fingerprint = sha256_of(path)
    notes: list[str] = []
    record = _record_beside(path, fingerprint, notes)
    config = decoder.config

    companions: dict[str, Any] = {}
    if record is not None:
        loaders = {
            "encoder": ("assets/encoder_weights.pt", load_encoder),
            "classifier": ("assets/classifier_weights.pt", load_classifier),
            "density": ("assets/latent_density.npz", LatentDensity.load),
        }
        for name, (relative, loader) in loaders.items():
            if relative not in record["files"]:
                # A classifier is only saved where the bundled one can't judge.
                if name != "classifier":
                    notes.append(f"There is no {name}: {_without(record)}")
                continue
            try:
                companions[name] = _companion(path.parent, relative, loader, record, config)
            except (ValueError, OSError) as error:
                notes.append(f"The {name} is left out: {error}")

    classifier = companions.get("classifier")
    class_names = _class_names(record, classifier)
    shows_digits = _shows_digits(record, config)
    if classifier is None and shows_digits:
        classifier, class_names = _bundled_classifier(config, notes)
    density = companions.get("density")
    if density is not None and classifier is not None:
        classes = len(density.class_means)
        if classes != len(class_names):
            notes.append(f"The density is left out: it has {classes} classes, not those judged.")
            density = None
    if record is None:
        notes.append("No training record: random points come from the prior N(0, I); no encoder.")
    return ModelBundle(
        path=path,
        sha256=fingerprint,
        decoder=arrays,
        config=config,
        encoder=companions.get("encoder"),
        classifier=classifier,
        class_names=class_names,
        density=density,
        record=record,
        shows_digits=shows_digits,
        notes=tuple(notes),
    )


def _without(record: Mapping[str, Any]) -> str:
    if record.get("unfinished"):
        return "its training had not ended."
    return "none was made with these weights."


def _record_beside(path: Path, fingerprint: str, notes: list[str]) -> dict[str, Any] | None:
    beside = path.with_suffix(".json")
    if not beside.exists():
        return None
    try:
        record = read_record(beside)
    except WeightsError as error:
        notes.append(f"The training record is ignored: {error}")
        return None
    # Looked up by content, so that renaming the pair keeps them together.
    if fingerprint not in record["files"].values():
        notes.append(f"The training record is ignored: {beside.name} belongs to other weights.")
        return None
    return record


def _companion(folder: Path, relative: str, loader, record: Mapping[str, Any], config: ModelConfig):
    path = folder / relative
    if not path.exists():
        raise WeightsError(f"{relative} is missing.")
    if record["files"].get(relative) != sha256_of(path):
        raise WeightsError(f"{relative} belongs to other weights.")
    companion = loader(path)
    if isinstance(companion, Encoder) and companion.config != config:
        raise WeightsError(f"{relative} has other sizes than the decoder.")
    if isinstance(companion, Classifier) and companion.image_shape != config.image_shape:
        raise WeightsError(f"{relative} judges images of another shape.")
    if isinstance(companion, LatentDensity) and companion.class_means.shape[1] != config.latent_dim:
        raise WeightsError(f"{relative} has another number of latent dimensions.")
    return companion


def _class_names(record: Mapping[str, Any] | None, classifier) -> tuple[str, ...]:
    if classifier is None:
        return ()
    names = (record or {}).get("dataset", {}).get("classes")
    if isinstance(names, list) and len(names) == classifier.n_classes:
        return tuple(map(_class_name, names))
    return tuple(str(index) for index in range(classifier.n_classes))


def _class_name(name: object) -> str:
    """A class as a label shows it, whatever stands in a record: no half characters, one line."""
    text = " ".join(str(name).encode("utf-8", "replace").decode().split())
    return text if len(text) <= MAX_CLASS_NAME else f"{text[: MAX_CLASS_NAME - 1]}…"


def _shows_digits(record: Mapping[str, Any] | None, config: ModelConfig) -> bool:
    if config.image_shape != (1, 28, 28):
        return False
    return record is None or record["dataset"].get("name") in DIGIT_DATASETS


def _bundled_classifier(config: ModelConfig, notes: list[str]):
    path = BUNDLED_ASSETS / "classifier_weights.pt"
    try:
        classifier = load_classifier(path)
    except WeightsError as error:
        notes.append(f"No classifier: {error}")
        return None, ()
    if classifier.image_shape != config.image_shape:
        return None, ()
    notes.append("Classes are judged by the bundled digit classifier.")
    return classifier, tuple(str(index) for index in range(classifier.n_classes))


def _decoder_config(path: Path, state: Mapping[str, torch.Tensor]) -> ModelConfig:
    _check_keys(path, state, DECODER_KEYS, "a decoder")
    features, latent_dim = _shape(path, state, "linear.weight", 2)
    second, first = _shape(path, state, "deconv_stack.0.weight", 4)[:2]
    image_channels = _shape(path, state, "deconv_stack.2.weight", 4)[1]
    config = _config(path, latent_dim, image_channels, (first, second), features)
    with torch.device("meta"):
        expected = Decoder(config).state_dict()
    _check_shapes(path, state, expected)
    return config


def _config(
    path: Path, latent_dim: int, image_channels: int, channels: tuple[int, int], features: int
) -> ModelConfig:
    """Sizes from shapes. A state_dict does not tell height from width, so images are square."""
    side = math.isqrt(features // channels[1]) if channels[1] else 0
    if side == 0 or side * side * channels[1] != features:
        raise WeightsError(
            f"{path}: {features} features don't make {channels[1]} square maps; "
            "the image can't be square."
        )
    try:
        return ModelConfig(latent_dim, (image_channels, 4 * side, 4 * side), channels)
    except ValueError as error:
        raise WeightsError(f"{path} does not fit this program: {error}") from error


def _check_keys(path: Path, state: Mapping[str, Any], keys: tuple[str, ...], what: str) -> None:
    missing = [key for key in keys if key not in state]
    surplus = [key for key in state if key not in keys]
    if not missing and not surplus:
        return
    if any(key.endswith(("linear.weight", "deconv_stack.0.weight")) for key in surplus) or (
        not missing and any(key in ENCODER_KEYS for key in surplus)
    ):
        raise WeightsError(
            f"{path} holds more than {what}: it looks like a whole VAE's checkpoint. Save the "
            "decoder alone with torch.save(vae.decoder.state_dict(), path)."
        )
    if what == "a decoder" and all(key in state for key in ENCODER_KEYS):
        raise WeightsError(f"{path} is an encoder; open the decoder that belongs to it.")
    if missing:
        raise WeightsError(f"{path} is not {what} of this family: {missing[0]!r} is missing.")
    raise WeightsError(f"{path} is not {what} of this family: it also holds {surplus[0]!r}.")


def _shape(path: Path, state: Mapping[str, torch.Tensor], key: str, ndim: int) -> tuple[int, ...]:
    shape = tuple(state[key].shape)
    if len(shape) != ndim or 0 in shape:
        raise WeightsError(f"{path}: {key} has shape {shape}; {ndim} dimensions were expected.")
    return shape


def _check_shapes(
    path: Path, state: Mapping[str, torch.Tensor], expected: Mapping[str, torch.Tensor]
) -> None:
    for key, tensor in expected.items():
        if state[key].shape != tensor.shape:
            raise WeightsError(
                f"{path}: {key} has shape {tuple(state[key].shape)}; beside the other layers "
                f"{tuple(tensor.shape)} was expected."
            )


def _kind(value: object) -> str:
    return f"an object of type {type(value).__name__}"
