"""What a training record, or a line of progress, says of a GAN, read with suspicion.

Anybody may have edited a record. `vae.coverage` measures what is read here; it needs torch, which
whoever only shows a record must not wait for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any

from vae.documents import is_int, is_number

FAMILIES = ("vae", "gan")
# More of either is damage.
MAX_EPOCHS = 100_000
MAX_CLASSES = 10_000
MAX_DISTANCE = 1e12


@dataclass(frozen=True)
class RecordedCoverage:
    """The mode coverage of a generator's samples; see `vae.coverage.Coverage`.

    classes: how many are covered. entropy (nats), precision, recall, frechet: NaN where the record
    has no number that could be one.
    """

    classes: int
    entropy: float = math.nan
    precision: float = math.nan
    recall: float = math.nan
    frechet: float = math.nan

    @property
    def effective_classes(self) -> float:
        """The number of classes whose even mixture has the same entropy: its exponential."""
        return math.exp(self.entropy)


def is_gan(record: Mapping[str, Any] | None) -> bool:
    """Whether a record is of a GAN; older ones are of VAEs and do not say so."""
    return (record or {}).get("family") == "gan"


def has_learned_features(record: Mapping[str, Any] | None) -> bool:
    """Whether a loss on a classifier's features took part, which has been taught by labels."""
    training = (record or {}).get("training")
    weight = training.get("perceptual") if isinstance(training, Mapping) else None
    return is_number(weight) and weight > 0


def class_count(record: Mapping[str, Any] | None) -> int | None:
    """How many classes the data have; None if the record does not tell."""
    dataset = (record or {}).get("dataset")
    classes = dataset.get("classes") if isinstance(dataset, Mapping) else None
    known = isinstance(classes, list) and 0 < len(classes) <= MAX_CLASSES
    return len(classes) if known else None


def recorded_coverage(value: Any) -> RecordedCoverage | None:
    """The coverage that an entry `coverage` tells; None if it does not even count the classes."""
    if not isinstance(value, Mapping):
        return None
    classes = value.get("classes")
    if not (is_int(classes) and 0 <= classes <= MAX_CLASSES):
        return None
    highest = {
        "entropy": math.log(MAX_CLASSES),
        "precision": 1.0,
        "recall": 1.0,
        "frechet": MAX_DISTANCE,
    }
    return RecordedCoverage(
        classes, **{name: _within(value.get(name), high) for name, high in highest.items()}
    )


def is_sound_coverage(value: Any) -> bool:
    """Whether an entry `coverage` has every figure, and each is a number that it could be."""
    coverage = recorded_coverage(value)
    return coverage is not None and not any(math.isnan(figure) for figure in astuple(coverage))


def recorded_coverages(record: Mapping[str, Any]) -> dict[int, RecordedCoverage]:
    """The coverage after each epoch, by its number from 1, ascending; what is none is left out."""
    listed = record.get("epochs")
    found = {}
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, Mapping) and is_int(entry.get("epoch")):
            coverage = recorded_coverage(entry.get("coverage"))
            if coverage is not None and 0 < entry["epoch"] <= MAX_EPOCHS:
                found[entry["epoch"]] = coverage
    return dict(sorted(found.items()))


def _within(value: Any, high: float) -> float:
    return float(value) if is_number(value) and 0 <= value <= high else math.nan
