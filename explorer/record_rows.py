"""A training record as groups of rows to read: anything may be in one, as it is a text file.

What is known is called by its name and written with its unit; what is not is listed as it stands,
so that nothing of a record is hidden. A value that is not of the kind it should be is shown, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from explorer.coverage_words import coverage_words
from explorer.model_words import GAN_LOSSES
from explorer.shipped import FAMILIES
from vae.recorded import is_gan, recorded_coverage

MAX_TEXT = 300  # characters of a value; a list of a million is told by its beginning
MAX_ROWS = 60  # of one group
MAX_DEPTH = 4  # of objects within objects


@dataclass(frozen=True)
class Row:
    """A name and a value, both for the person."""

    name: str
    value: str


@dataclass(frozen=True)
class Group:
    """Rows that belong together."""

    title: str
    rows: tuple[Row, ...]


def record_groups(
    record: Mapping[str, Any] | None,
    *,
    path: str,
    sha256: str,
    notes: tuple[str, ...] = (),
    companions: Mapping[str, bool] | None = None,
) -> tuple[Group, ...]:
    """What is known about weights: first of the file itself, then what its record says.

    path, sha256: of the decoder's file as it is. notes: what was found when it was opened.
    companions: by the names that the record gives to files, whether they were found to be those.
    """
    file = [Row("File", path), Row("SHA-256", sha256)]
    file += [Row("Note", note) for note in notes]
    groups = [Group("This file", tuple(file))]
    if record is None:
        return tuple(groups)
    for title, keys in GROUPS.items():
        rows: list[Row] = []
        for key in keys:
            if key in record:
                rows += _section(key, record[key], FITTED if is_gan(record) else {})
        groups.append(Group(title, tuple(rows[:MAX_ROWS])))
    groups.append(Group("Epochs", tuple(_epochs(record.get("epochs")))))
    seeds = tuple(_seeds(record.get("seeds")))
    if seeds:
        groups.append(Group("Seeds tried", seeds))
    groups.append(Group("Files", tuple(_files(record.get("files"), companions or {}))))
    known = {key for keys in GROUPS.values() for key in keys} | {"epochs", "seeds", "files"}
    rest = [row for key, value in record.items() if key not in known for row in _flat(key, value)]
    groups.append(Group("Format and others", tuple(rest[:MAX_ROWS])))
    return tuple(group for group in groups if group.rows)


def as_text(group: Group) -> str:
    """A group for the clipboard: a row on a line, name and value with a tab between."""
    return "\n".join(f"{row.name}\t{row.value}" for row in group.rows)


# ---- values --------------------------------------------------------------------------------------


def plain(value: Any) -> str:
    """Any value of JSON on one line of bounded length."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    if isinstance(value, int):
        # Python refuses to write out numbers of thousands of digits.
        return f"{value:,}" if abs(value) < 10**15 else "a number of very many digits"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, str):
        text = value
    elif isinstance(value, list | tuple):
        shown = ", ".join(plain(item) for item in value[:40])
        text = shown + (f", … ({len(value):,} in all)" if len(value) > 40 else "")
    else:
        text = f"{len(value):,} entries" if isinstance(value, Mapping) else repr(value)
    # One line, without what Tk can't show.
    text = " ".join(text.encode("utf-8", "replace").decode().split())
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def _number(unit: Callable[[float], str]) -> Callable[[Any], str]:
    """Write a finite number in its unit, and everything else as it stands."""

    def written(value: Any) -> str:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not -1e15 < value < 1e15:  # not for NaN either
            return plain(value)
        return unit(value)

    return written


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    words = f"{hours} h {rest} min" if hours else f"{minutes} min"
    return f"{words} ({seconds:,.0f} s)"


def _shape(value: Any) -> str:
    if isinstance(value, list) and value and all(type(size) is int for size in value[:4]):
        return " × ".join(plain(size) for size in value[:4])
    return plain(value)


LOSSES = {
    "sse": "SSE",
    "kl": "KL",
    "total": "total",
    "features": "features",
    "generator": "generator",
    "discriminator": "discriminator",
}
NORMS = {"r1": "|dD/dx|² real", "r2": "|dD/dx|² generated"}


def _loss(value: Any) -> str:
    """Whatever losses there are: SSE, KL and their sum, or those of a game."""
    if not isinstance(value, Mapping):
        return plain(value)
    parts = [f"{name} {_figure(value[key])}" for key, name in LOSSES.items() if key in value]
    parts += [
        f"{name} {_norm(value[key])}" for key, name in NORMS.items() if value.get(key) is not None
    ]
    draws, spread = value.get("draws"), value.get("standard_deviation_over_draws")
    if type(draws) is int and isinstance(spread, float) and math.isfinite(spread):
        parts.append(f"± {spread:.3f} over {plain(draws)} draws")
    return ", ".join(parts) or plain(value)


def _coverage(value: Any) -> str:
    """The classes of samples, and the other figures of the coverage."""
    coverage = recorded_coverage(value)
    if coverage is None:
        return plain(value)
    words = coverage_words(coverage, None).partition(";")[0]
    names = {"precision": "precision", "recall": "recall", "frechet": "Fréchet distance"}
    figures = [f"{name} {_fine(value[key])}" for key, name in names.items() if key in value]
    return ", ".join([words, *figures])


def _family(value: Any) -> str:
    return FAMILIES.get(value, plain(value)) if isinstance(value, str) else plain(value)


def _game(value: Any) -> str:
    known = isinstance(value, str) and value in GAN_LOSSES
    return f"{value}: {GAN_LOSSES[value]}" if known else plain(value)


_norm = _number(lambda value: f"{value:.3g}")
_fine = _number(lambda value: f"{value:.3f}")
_figure = _number(lambda value: f"{value:.2f}")
_seconds = _number(_duration)


def _nats(value: Any) -> str:
    if not isinstance(value, list):
        return plain(value)
    return ", ".join(_figure(item) for item in value[:40]) + " nats"


# What a key is called, and how its value is written.
NAMES: dict[str, tuple[str, Callable[[Any], str]]] = {
    "dataset.name": ("Data set", plain),
    "dataset.classes": ("Classes", plain),
    "dataset.train_images": ("Training images", plain),
    "dataset.test_images": ("Test images", plain),
    "dataset.pixel_range": ("Range of a pixel", plain),
    "dataset.preprocessing": ("Preprocessing", plain),
    "dataset.fraction": ("Share of the training images", plain),
    "family": ("Family", _family),
    "model.latent_dim": ("Latent dimensions", plain),
    "model.image_shape": ("Shape of an image", _shape),
    "model.channels": ("Maps of the two convolutions", plain),
    "training.epochs": ("Epochs", plain),
    "training.planned_epochs": ("Epochs planned", plain),
    "training.batch_size": ("Batch size", plain),
    "training.learning_rate": ("Learning rate, peak", plain),
    "training.warm_up": ("Warm-up, share of the steps", plain),
    "training.warm_up_steps": ("Warm-up, steps", plain),
    "training.optimizer": ("Optimiser", plain),
    "training.schedule": ("Schedule", plain),
    "training.seed": ("Seed", plain),
    "training.beta": ("beta, the weight of KL", plain),
    "training.recon_loss": ("Reconstruction loss", plain),
    "training.perceptual": ("Weight of the feature loss", plain),
    "training.adversarial": ("Weight of the adversarial loss", plain),
    "training.gan_loss": ("Game", _game),
    "training.penalty": ("gamma, the weight of R1 and R2", plain),
    "training.penalty_every": ("Steps from one penalty to the next", plain),
    "training.average_images": ("Half-life of the average, images", plain),
    "training.discriminator_channels": ("Maps of the discriminator", plain),
    "training.encoder_epochs": ("Passes of fitting the encoder", plain),
    "training.width": ("Width, times 16 and 32 maps", plain),
    "training.images": ("Images learned from", plain),
    "training.fraction": ("Share of the training images", plain),
    "training.deformation.rotation": ("Deformation: rotation, degrees", plain),
    "training.deformation.scale": ("Deformation: scale", plain),
    "training.deformation.shear": ("Deformation: shear", plain),
    "training.deformation.shift": ("Deformation: shift, pixels", plain),
    "training.deformation_until": ("Full deformation until, share", plain),
    "training.undeformed_from": ("No deformation from, share", plain),
    "training.classifier_epochs": ("Epochs of the classifier", plain),
    "training.classifier": ("Judged while training by", plain),
    "training.classifier_sha256": ("SHA-256 of that classifier", plain),
    "training.device": ("Device", plain),
    "training.device_name": ("Name of the device", plain),
    "training.threads": ("Threads", plain),
    "training.seconds": ("Time", _seconds),
    "training.images_per_second": ("Images a second", _number(lambda value: f"{value:,.0f}")),
    "training.torch_version": ("PyTorch", plain),
    "final.coverage": ("Classes of the samples", _coverage),
    "final.test": ("Test", _loss),
    "final.train": ("Training", _loss),
    "final.kl_per_dimension": ("KL of each dimension", _nats),
    "final.active_dimensions": ("Dimensions in use", plain),
    "final.classifier_accuracy": (
        "Accuracy of the classifier",
        _number(lambda value: f"{100 * value:.2f} %"),
    ),
}
# Nothing of a GAN's training looks at these: they are of the encoder that came afterwards.
FITTED = {
    "final.test": "Test, by the fitted encoder",
    "final.train": "Training, by the same",
    "final.kl_per_dimension": "KL of each dimension, likewise",
}
GROUPS = {
    "Figures": ("final",),
    "Data": ("dataset",),
    "Model": ("family", "model"),
    "Training": ("training",),
}


def _section(key: str, value: Any, other_names: Mapping[str, str]) -> Iterator[Row]:
    """The known rows of a section in their order, then what else it holds.

    other_names: by the keys of NAMES, where those would be misleading.
    """
    if not isinstance(value, Mapping):
        name, write = NAMES.get(key, (plain(key), plain))
        yield Row(name, write(value))
        return
    flat = dict(_leaves(key, value))
    for path, (name, write) in NAMES.items():
        if path in flat:
            yield Row(other_names.get(path, name), write(flat.pop(path)))
    for path, left in flat.items():
        yield Row(plain(path.partition(".")[2] or path), plain(left))


def _flat(key: str, value: Any) -> Iterator[Row]:
    for path, left in _leaves(str(key), value):
        yield Row(plain(path), plain(left))


def _leaves(path: str, value: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Values by their dotted path; an object that a name is known for stays whole."""
    if path in NAMES or not isinstance(value, Mapping) or depth == MAX_DEPTH:
        yield path, value
        return
    for index, (key, inner) in enumerate(value.items()):
        if index == MAX_ROWS:
            return
        yield from _leaves(f"{path}.{key}", inner, depth + 1)


def _epochs(value: Any) -> Iterator[Row]:
    if not isinstance(value, list):
        return
    yield Row("Recorded", f"{len(value):,}")
    for name, index in (("First", 0), ("Last", -1)):
        if value and isinstance(value[index], Mapping):
            for key, which in (("train", "training"), ("test", "test")):
                if key in value[index]:
                    yield Row(f"{name}, {which}", _loss(value[index][key]))
            if "coverage" in value[index]:
                yield Row(f"{name}, classes of the samples", _coverage(value[index]["coverage"]))


def _seeds(value: Any) -> Iterator[Row]:
    if not isinstance(value, list):
        return
    for entry in value[:MAX_ROWS]:
        if not isinstance(entry, Mapping):
            yield Row("?", plain(entry))
            continue
        chosen = ", chosen" if entry.get("chosen") is True else ""
        losses = [
            f"{which}: {_loss(entry[key])}"
            for key, which in (("train", "training"), ("test", "test"))
            if key in entry
        ]
        yield Row(f"Seed {plain(entry.get('seed'))}{chosen}", "; ".join(losses) or plain(entry))


def _files(value: Any, companions: Mapping[str, bool]) -> Iterator[Row]:
    if not isinstance(value, Mapping):
        return
    for name, sha256 in list(value.items())[:MAX_ROWS]:
        state = {True: "  (found, and the same)", False: "  (not found, or another one)"}
        yield Row(plain(name), plain(sha256) + state.get(companions.get(name), ""))
