"""The models that come with the program: where they are, what they are called and what each one is.

The plain VAE lies at the root, the others in folders of their own below MODELS. Nothing of them is
opened here; their records are read, which are small, and a record that is missing, damaged or of
other weights only leaves a model without words.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vae.documents import is_int, is_number, is_text
from vae.files import sha256_of

WEIGHTS = "decoder_weights.pt"
SHIPPED_WEIGHTS = Path(__file__).resolve().parent.parent / WEIGHTS
MODELS = SHIPPED_WEIGHTS.parent / "assets" / "models"
DEFAULT_NAME = "VAE"
FAMILIES = {"vae": "VAE", "gan": "GAN"}  # by the record's word; a record without one is a VAE's
# A record of 200 epochs has 65 kB, its decoder 81 kB. What is far larger would hold the menu up.
MAX_BYTES = 8 * 2**20
MAX_WORD = 40  # characters of a word from a record; more is none


@dataclass(frozen=True)
class ShippedModel:
    """A model that comes with the program.

    path: of its decoder's weights. name: what a person calls it. family: a key of FAMILIES, or what
    else its record says; empty without a record. about: what it is, in one line; may be empty.
    """

    path: Path
    name: str
    family: str = ""
    about: str = ""

    @property
    def label(self) -> str:
        """Name and line, for a menu; a family that is in the name is not named again."""
        family = FAMILIES.get(self.family, self.family)
        said = family and family in self.name
        about = self.about.removeprefix(family).removeprefix(", ") if said else self.about
        return f"{self.name}  ({about})" if about else self.name


def shipped_models() -> tuple[ShippedModel, ...]:
    """All that are there: the plain VAE, then the others by their folders' names. Never raises.

    Reads and checks the records: 2 ms for each model.
    """
    found = [SHIPPED_WEIGHTS, *(folder / WEIGHTS for folder in _folders())]
    return tuple(_described(path) for path in found if _is_file(path))


def is_shipped(path: Path) -> bool:
    """Whether a path, from the root, is that of a shipped model; nothing is read."""
    return path == SHIPPED_WEIGHTS or (path.name == WEIGHTS and path.parent.parent == MODELS)


def known_as(path: Path) -> str:
    """What a file of weights is called in the window: a shipped model's name, else folder and file.

    Trainings call their results the same; the folder tells them apart.
    """
    path = Path(os.path.abspath(path))
    if not is_shipped(path):
        return f"{path.parent.name}/{path.name}"
    return DEFAULT_NAME if path == SHIPPED_WEIGHTS else _title(path.parent.name)


def short_name(path: Path) -> str:
    """What a file of weights is called where there is room for a word."""
    path = Path(os.path.abspath(path))
    if is_shipped(path):
        return known_as(path)
    return path.parent.name if path.name == WEIGHTS else path.name


def family_of(record: Mapping[str, Any] | None) -> str:
    """How a record says that the model was trained, a key of FAMILIES; empty without a record."""
    if record is None:
        return ""
    family = record.get("family", "vae")
    return family if is_text(family) and len(family) <= MAX_WORD else ""


def words_of(record: Mapping[str, Any]) -> str:
    """What a model is, in one line from its record: family, what is special in it, epochs."""
    training = record.get("training")
    training = training if isinstance(training, Mapping) else {}
    family, loss = family_of(record), training.get("gan_loss")
    words = [FAMILIES.get(family, family)]
    if family == "gan" and is_text(loss) and len(loss) <= MAX_WORD:
        words.append(loss)
    width = training.get("width")
    if is_int(width) and 1 < width < 100:
        words.append(f"width {width}")
    for extra in ("perceptual", "adversarial"):
        weight = training.get(extra)
        if is_number(weight) and weight > 0:
            words.append(f"{extra} {weight:g}")
    epochs = training.get("epochs")
    if is_int(epochs) and 0 < epochs < 10**7:
        words.append(f"{epochs:,} epoch{'' if epochs == 1 else 's'}")
    return ", ".join(filter(None, words))


def _folders() -> list[Path]:
    try:
        return sorted(MODELS.iterdir())
    except OSError:  # there are no others
        return []


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _described(path: Path) -> ShippedModel:
    record = _record_of(path)
    if record is None:
        return ShippedModel(path, known_as(path))
    return ShippedModel(path, known_as(path), family_of(record), words_of(record))


def _record_of(weights: Path) -> Mapping[str, Any] | None:
    """The record beside weights, if it is one and theirs.

    `vae.weights.read_record` checks more of it, but needs torch, which a menu must not wait for.
    """
    beside = weights.with_suffix(".json")
    try:
        # A pipe would be waited for.
        if not beside.is_file() or max(beside.stat().st_size, weights.stat().st_size) > MAX_BYTES:
            return None
        record = json.loads(beside.read_bytes())
        if isinstance(record, dict) and isinstance(record.get("files"), dict):
            return record if sha256_of(weights) in record["files"].values() else None
    except (OSError, ValueError, RecursionError):
        pass
    return None


def _title(folder: str) -> str:
    """A folder's name as a person writes it: `crisp-vae` is the Crisp VAE."""
    words = [FAMILIES.get(word, word) for word in folder.replace("_", "-").split("-") if word]
    text = " ".join(words) or folder
    return text[0].upper() + text[1:]
