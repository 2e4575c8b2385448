"""The lines in which a training tells another program how far it is: a JSON object each.

Every object has an `event`; what else it has is listed here. Losses are those of the record's
epochs: {"sse", "kl", "total"} per image of a VAE; of a GAN {"discriminator", "generator", "r1",
"r2"} in training, and `coverage` (vae.coverage) in the place of test losses. images_per_second is
of the epoch so far.

    stage      name: importing, data, training, encoder, classifier, density or results; share: 0 to
               1 of it, where that is known. A classifier that is needed in training comes before.
    plan       family, dataset, train_images, test_images, classes (how many the data have),
               latent_dim, parameters, epochs, done (epochs that a checkpoint had), device, out:
               what is about to be trained
    step       epoch, share (0 to 1, of this epoch), images_per_second: a few times a second
    epoch      epoch, train, test (losses) or coverage, seconds, images_per_second: an epoch has
               ended
    snapshot   epoch: OUT/runs/latest has been rewritten; `epoch` of them are finished
    message    text: for the person
    finished   test, train (losses), classifier_accuracy, active_dimensions, decoder (path)
    stopped    epochs (finished ones), checkpoint (path, or null where nothing was kept)
    failed     message, checkpoint (as above)

The last line is one of the last three, unless the program was killed.
"""

from __future__ import annotations

import json
from typing import Any, TextIO


def write_event(stream: TextIO, event: str, **values: Any) -> None:
    """Write a line, at once. A reader that is gone raises OSError."""
    # Numbers that are not finite become null: standard JSON does not have them.
    stream.write(json.dumps({"event": event, **_finite(values)}, allow_nan=False) + "\n")
    stream.flush()


def read_event(line: str) -> dict[str, Any] | None:
    """The object of a line; None for anything else, such as what a library prints."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and isinstance(value.get("event"), str) else None


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not abs(value) < float("inf"):
        return None
    return value
