"""The losses of a training, epoch by epoch, out of a record that anybody may have edited."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vae.history import MAX_EPOCHS, MAX_LOSS

PARTS = ("sse", "kl", "total")
WHICH = ("train", "test")
TITLES = {"sse": "SSE", "kl": "KL, nats", "total": "SSE + KL"}
NAMES = {"train": "training", "test": "test"}


@dataclass(frozen=True, eq=False)
class LossCurves:
    """epochs: (E,) ascending; losses[which][part]: (E,), NaN where the record has no number;
    seconds: (E,) that each epoch took, NaN likewise.
    """

    epochs: np.ndarray
    losses: Mapping[str, Mapping[str, np.ndarray]]
    seconds: np.ndarray

    def nearest(self, epoch: float) -> int:
        """The place of the epoch that is nearest to a number."""
        return int(np.abs(self.epochs - epoch).argmin())

    def sentence(self, place: int) -> str:
        """The figures of an epoch."""
        texts = []
        for which in WHICH:
            figures = [self.losses[which][part][place] for part in PARTS]
            if not np.isnan(figures).all():
                sse, kl, total = (_figure(figure) for figure in figures)
                texts.append(f"{NAMES[which]} SSE {sse} + KL {kl} = {total}")
        text = f"Epoch {self.epochs[place]:,.0f}: " + "; ".join(texts)
        gap = self.losses["test"]["total"][place] - self.losses["train"]["total"][place]
        if not math.isnan(gap):
            text += f". Test is {abs(gap):.2f} {'above' if gap >= 0 else 'below'} training"
        if not math.isnan(self.seconds[place]):
            text += f"; {self.seconds[place]:.1f}\N{NO-BREAK SPACE}s"
        return text + "."


def loss_curves(record: Mapping[str, Any] | None) -> LossCurves | None:
    """What a record tells of its epochs; None if it tells nothing. A damaged entry is left out, and
    a damaged number is NaN.
    """
    listed = (record or {}).get("epochs")
    entries = {}
    for entry in listed[:MAX_EPOCHS] if isinstance(listed, list) else ():
        if isinstance(entry, Mapping):
            number = entry.get("epoch")
            # bool is an int to Python.
            if type(number) is int and 0 < number <= MAX_EPOCHS:
                entries[number] = entry
    if not entries:
        return None
    epochs = sorted(entries)
    losses = {
        which: {
            part: np.array([_loss(entries[epoch].get(which), part) for epoch in epochs])
            for part in PARTS
        }
        for which in WHICH
    }
    if all(np.isnan(curve).all() for curves in losses.values() for curve in curves.values()):
        return None
    seconds = np.array([_number(entries[epoch].get("seconds")) for epoch in epochs])
    return LossCurves(np.array(epochs, float), losses, seconds)


def _loss(entry: Any, part: str) -> float:
    return _number(entry.get(part)) if isinstance(entry, Mapping) else math.nan


def _number(value: Any) -> float:
    if type(value) in (int, float) and abs(value) < MAX_LOSS:  # not for NaN either
        return float(value)
    return math.nan


def _figure(value: float) -> str:
    return "?" if math.isnan(value) else f"{value:.2f}"
