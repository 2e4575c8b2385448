"""What a model is in a few words, from its record: for the status bar and for About."""

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
        ("Latent dimensions", str(model.get("latent_dim", "?"))),
        ("Data set", f"{dataset.get('name', '?')}, {dataset.get('train_images', '?')} images"),
        ("Training", f"{training.get('epochs', '?')} epochs, seed {training.get('seed', '?')}"),
    ]
    if is_gan(record):
        loss = training.get("gan_loss")
        name = GAN_LOSSES.get(loss, loss) if is_text(loss) else "?"
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
        lines.append(("Trained with", f"torch {training['torch_version']}"))
    return lines


def _origin(path: Path, record: Mapping[str, Any] | None, latent_dim: int) -> str:
    """How a model was trained, as far as it is known."""
    if record is None:
        return f"{path.name}, {latent_dim} dimension{'' if latent_dim == 1 else 's'}"
    final, epochs = record["final"], record["training"].get("epochs", "?")
    parts = [f"{epochs} epoch{'' if epochs == 1 else 's'} on {record['dataset'].get('name')}"]
    # The losses of a GAN are of an encoder that was fitted to it, and say little of its images.
    if is_gan(record):
        coverage = recorded_coverage(final.get("coverage"))
        if coverage is not None:
            parts.append(classes_words(coverage, class_count(record)))
    elif is_number(total := final.get("test", {}).get("total")):
        parts.append(f"test loss {total:.1f}")
    return ", ".join(parts)
