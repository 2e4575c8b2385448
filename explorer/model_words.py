"""What a model is in a few words, from its record: for the status bar and for About.

Anybody may have edited a record, so that no value of it is longer than a few words, whatever it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.coverage_words import classes_words, coverage_words
from explorer.shipped import is_shipped, known_as
from explorer.weights_files import absolute
from vae.documents import is_number, is_text
from vae.recorded import class_count, is_gan, recorded_coverage

if TYPE_CHECKING:
    from explorer.model import LoadedModel

# What a generator and a discriminator play for, see vae.adversarial.
GAN_LOSSES = {
    "relativistic": "relativistic pairing, R1 + R2",
    "non-saturating": "non-saturating, R1",
    "minimax": "minimax, no penalty",
}
MAX_WORDS = 60  # characters of a value; a status bar has no room for more


def model_summary(model: LoadedModel) -> str:
    """What the status bar says of a model: `GAN: 60 epochs on mnist, 10 of 10 classes`."""
    path, record = absolute(model.bundle.path), model.record
    name = known_as(path) if is_shipped(path) else "GAN" if is_gan(record) else ""
    origin = _origin(path, record, model.latent_dim)
    return f"{name}: {origin}" if name else origin


def record_lines(record: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """(name, value) of what the training record says, for a person to read."""
    if record is None:
        return [("Weights", "no training record beside them")]
    model, dataset, training = record["model"], record["dataset"], record["training"]
    final = record["final"]
    test, coverage = final.get("test", {}), recorded_coverage(final.get("coverage"))
    lines = [
        ("Latent dimensions", _words(model, "latent_dim")),
        ("Data set", f"{_words(dataset, 'name')}, {_words(dataset, 'train_images')} images"),
        ("Training", f"{_words(training, 'epochs')} epochs, seed {_words(training, 'seed')}"),
    ]
    if is_gan(record):
        loss = training.get("gan_loss")
        known = is_text(loss) and loss in GAN_LOSSES
        name = GAN_LOSSES[loss] if known else _words(training, "gan_loss")
        lines.insert(0, ("Family", f"GAN, {name}"))
    if is_gan(record) and coverage is not None:
        lines.append(("Coverage", coverage_words(coverage, class_count(record))))
    elif all(is_number(test.get(key)) for key in ("sse", "kl", "total")):
        lines.append(
            (
                "Test loss",
                f"{test['total']:.2f} per image (SSE {test['sse']:.2f} + KL {test['kl']:.2f})",
            )
        )
    if "torch_version" in training:
        lines.append(("Trained with", f"torch {_words(training, 'torch_version')}"))
    return lines


def _origin(path: Path, record: Mapping[str, Any] | None, latent_dim: int) -> str:
    """How a model was trained, as far as it is known."""
    if record is None:
        return f"{path.name}, {latent_dim} dimension{'' if latent_dim == 1 else 's'}"
    final, epochs = record["final"], _words(record["training"], "epochs")
    data = _words(record["dataset"], "name")
    parts = [f"{epochs} epoch{'' if epochs == '1' else 's'} on {data}"]
    # The losses of a GAN are of an encoder that was fitted to it, and say little of its images.
    if is_gan(record):
        coverage = recorded_coverage(final.get("coverage"))
        if coverage is not None:
            parts.append(classes_words(coverage, class_count(record)))
    elif is_number(total := final.get("test", {}).get("total")):
        parts.append(f"test loss {total:.1f}")
    return ", ".join(parts)


def _words(section: Mapping[str, Any], key: str) -> str:
    """A text or a number of a record as Tk can show it; a question mark for anything else."""
    value = section.get(key)
    if not (is_text(value) or is_number(value)):
        return "?"
    text = " ".join(str(value).split())
    return text if len(text) <= MAX_WORDS else f"{text[: MAX_WORDS - 1]}…"
