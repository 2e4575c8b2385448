"""Second models for tests: the shipped one with its dimensions renamed, or some of them alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from vae.files import sha256_of
from vae.weights import load_state_dict, save_state_dict

ORDER = (3, 1, 5, 0, 2, 4)  # dimension k of the renamed model is this one of the shipped model,
SIGNS = (-1.0, 1.0, 1.0, -1.0, -1.0, 1.0)  # times this


def renamed_copy(
    weights: Path,
    folder: Path,
    order: Sequence[int] = ORDER,
    signs: Sequence[float] = SIGNS,
    name: str = "renamed.pt",
) -> Path:
    """A copy of a model, encoder and record with it, whose dimensions have other names and signs.

    order: which dimensions it has; with fewer than all, it has fewer. signs: one for each.
    """
    kept, sign = list(order), torch.tensor(signs)
    (folder / "assets").mkdir(parents=True)
    decoder = load_state_dict(weights)
    decoder["linear.weight"] = decoder["linear.weight"][:, kept] * sign
    encoder = load_state_dict(weights.parent / "assets" / "encoder_weights.pt")
    encoder["fc_mu.weight"] = encoder["fc_mu.weight"][kept] * sign[:, None]
    encoder["fc_mu.bias"] = encoder["fc_mu.bias"][kept] * sign
    for part in ("weight", "bias"):
        encoder[f"fc_logvar.{part}"] = encoder[f"fc_logvar.{part}"][kept]
    save_state_dict(decoder, folder / name)
    save_state_dict(encoder, folder / "assets" / "encoder_weights.pt")
    shutil.copy(weights.parent / "assets" / "classifier_weights.pt", folder / "assets")
    record = json.loads(weights.with_suffix(".json").read_text())
    record["model"]["latent_dim"] = len(kept)
    record["final"].pop("kl_per_dimension", None)
    files = (name, "assets/encoder_weights.pt", "assets/classifier_weights.pt")
    record["files"] = {file: sha256_of(folder / file) for file in files}
    (folder / name).with_suffix(".json").write_text(json.dumps(record))
    return folder / name


def renamed_point(z: Sequence[float]) -> np.ndarray:
    """The point of the renamed model that is this one of the shipped model, (latent_dim,)."""
    return np.asarray(z)[list(ORDER)] * np.array(SIGNS)
