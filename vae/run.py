"""What every training has in common: its images, its epochs, its records, and its whole state.

It yields one record per epoch and prints, plots and saves nothing. Everything random is drawn from
one CPU generator, so that a run does the same on every device, up to rounding, and its whole state
fits into a checkpoint.
"""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, ClassVar, Protocol

import numpy as np
import torch
from torch import nn

from vae.data import Dataset, to_model_range
from vae.model import VAE, ModelConfig
from vae.subset import nested_subset

HISTORY_SNAPSHOTS = 24
CHANNELS = (16, 32)  # feature maps of the convolutions at width 1


class RunConfig(Protocol):
    """The settings that every training has; a frozen dataclass."""

    epochs: int
    batch_size: int
    learning_rate: float
    seed: int
    latent_dim: int
    width: int
    fraction: float


class Record(Protocol):
    """One finished epoch; a frozen dataclass."""

    epoch: int
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """As the record of the training has it."""


class TrainingDivergedError(ArithmeticError):
    """The loss is no longer finite; the message names the epoch and the likely cause."""


class Run(ABC):
    """A training: a base class.

    config, dataset: what to train. device: where; the images must fit into its memory.

    family: as in records, "vae" or "gan". schedule: of the learning rate, in words.
    later_settings: those that older checkpoints do not mention, and what they were.
    model_config: the sizes of what is trained. vae: encoder and decoder together, with the weights
        reached so far; of a GAN once its encoder has been fitted.
    train_labels: (M,) int64, of the images that are trained on: all of the data set's, or the
        `fraction` of them. n_images: images in an epoch's steps, always as many as all of them.
    n_classes: of the data set.
    records: one Record per finished epoch. history: (epoch, decoder state_dict in float16) for
        about 24 epochs, denser early on.
    on_step: called after every step with the number of the epoch's images that are done; where
        steps are captured, the device may be a little behind.
    """

    family: ClassVar[str]
    schedule: ClassVar[str]
    vae: VAE
    later_settings: ClassVar[Mapping[str, Any]] = MappingProxyType({})

    def __init__(self, config: RunConfig, dataset: Dataset, device: torch.device) -> None:
        self.config = config
        self.device = device
        self.model_config = ModelConfig(
            config.latent_dim, dataset.image_shape, channels_of_width(config.width)
        )
        self.generator = torch.Generator().manual_seed(config.seed)
        self.n_images = len(dataset.train_images)
        self.n_classes = len(dataset.classes)
        kept = nested_subset(dataset.train_labels, config.fraction, config.batch_size)
        self.train_labels = dataset.train_labels[kept]
        self._train_images = torch.from_numpy(to_model_range(dataset.train_images[kept])).to(device)
        self._test_images = torch.from_numpy(to_model_range(dataset.test_images)).to(device)
        self.records: list[Any] = []
        self.history: list[tuple[int, dict[str, np.ndarray]]] = []
        self.on_step: Callable[[int], None] = lambda images: None

    @property
    def train_images(self) -> torch.Tensor:
        """The images that are trained on, (M, C, H, W) in [-1, 1] on the device."""
        return self._train_images

    @property
    def test_images(self) -> torch.Tensor:
        """The test images, (N, C, H, W) in [-1, 1] on the device."""
        return self._test_images

    @property
    def steps_per_epoch(self) -> int:
        """Optimiser steps in an epoch."""
        return math.ceil(self.n_images / self.config.batch_size)

    @property
    @abstractmethod
    def decoder(self) -> nn.Module:
        """What the application opens, with the weights reached so far."""

    @property
    @abstractmethod
    def encoder(self) -> nn.Module | None:
        """What belongs to it, as far as it is; None if there is none yet."""

    @property
    @abstractmethod
    def n_parameters(self) -> int:
        """Of everything that is trained."""

    @abstractmethod
    def train_epoch(self, epoch: int) -> Any:
        """The steps of one epoch, from 1; returns the means of its losses."""

    @abstractmethod
    def _measured(self, epoch: int, train: Any, seconds: float) -> Any:
        """The record of an epoch. Raises TrainingDivergedError."""

    @abstractmethod
    def _networks(self) -> dict[str, Any]:
        """Everything that training changes, for `state`: state_dicts of networks and optimisers."""

    @abstractmethod
    def _load_networks(self, state: Mapping[str, Any]) -> None:
        """Take over what `_networks` gave."""

    @abstractmethod
    def _record_from(self, values: Mapping[str, Any]) -> Any:
        """A record of `asdict`."""

    @abstractmethod
    def live_weights(self, state: Mapping[str, Any]) -> dict[str, Mapping[str, torch.Tensor]]:
        """The state_dicts of decoder and, if there is one, encoder, by these names, in a state."""

    @abstractmethod
    def live_figures(self) -> dict[str, Any]:
        """What the record of an unfinished training has for its final figures."""

    def final_figures(self) -> dict[str, Any]:
        """What the record has for final figures beside the losses of encoder and decoder."""
        return {}

    def run(self) -> Iterator[Any]:
        """Train to the last epoch, yielding the record of each; a restored run goes on.

        Raises TrainingDivergedError.
        """
        for epoch in range(len(self.records) + 1, self.config.epochs + 1):
            start = time.perf_counter()
            train = self.train_epoch(epoch)
            seconds = time.perf_counter() - start
            self.records.append(self._measured(epoch, train, seconds))
            if epoch in snapshot_epochs(self.config.epochs):
                self._remember(epoch)
            yield self.records[-1]

    def state(self) -> dict[str, Any]:
        """All that a later `restore` needs to go on as if nothing had happened; copied, on the CPU.

        Plain containers of tensors, numbers and strings, which torch.load reads with weights_only.
        """
        return copied(
            {
                "family": self.family,
                "config": asdict(self.config),
                **self._networks(),
                "generator": self.generator.get_state(),
                "records": [asdict(record) for record in self.records],
                "history": [
                    (epoch, {key: torch.from_numpy(value) for key, value in weights.items()})
                    for epoch, weights in self.history
                ],
            }
        )

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a `state` of a run with the same configuration and data.

        Raises ValueError if the configuration differs, KeyError, TypeError or RuntimeError if this
        is no such state.
        """
        family = state.get("family", "vae")
        if family != self.family:
            raise ValueError(f"it is of a {family.upper()}, and this is a {self.family.upper()}")
        theirs, ours = self.later_settings | state["config"], asdict(self.config)
        differing = [key for key in ours if theirs.get(key) != ours[key]]
        if differing:
            raise ValueError(
                "it was made with other settings: "
                + ", ".join(f"{key} {theirs.get(key)} (now {ours[key]})" for key in differing)
            )
        records = [self._record_from(record) for record in state["records"]]
        self._load_networks(state)
        self.generator.set_state(state["generator"])
        self.records = records
        self.history = [
            (epoch, {key: value.numpy() for key, value in weights.items()})
            for epoch, weights in state["history"]
        ]

    def _order(self) -> torch.Tensor:
        """Indices of an epoch's images, (n_images,): fewer images take turns, evenly often."""
        kept = len(self._train_images)
        rounds = math.ceil(self.n_images / kept)
        orders = [torch.randperm(kept, generator=self.generator) for _ in range(rounds)]
        return torch.cat(orders)[: self.n_images]

    def _remember(self, epoch: int) -> None:
        state = self.decoder.state_dict()
        self.history.append(
            (epoch, {key: value.cpu().numpy().astype(np.float16) for key, value in state.items()})
        )


def channels_of_width(width: int) -> tuple[int, int]:
    """Feature maps of the two convolutions: the plain network's, times the width."""
    first, second = CHANNELS
    return first * width, second * width


def snapshot_epochs(epochs: int) -> frozenset[int]:
    """About 24 epochs from 0 to the last, their gaps growing: most of the change is early."""
    steps = np.linspace(0, 1, HISTORY_SNAPSHOTS) ** 2.5 * epochs
    # Where neighbours would coincide, early ones move up, so that short runs keep every epoch.
    chosen, last = [], -1
    for step in steps:
        last = max(last + 1, round(step))
        if last <= epochs:
            chosen.append(last)
    return frozenset([*chosen, epochs])


def check_common_settings(config: RunConfig) -> None:
    """Raises ValueError if a setting that every training has is not possible."""
    for name in ("epochs", "batch_size", "width"):
        if getattr(config, name) < 1:
            raise ValueError(f"{name} must be at least 1, not {getattr(config, name)}")
    if not (math.isfinite(config.learning_rate) and config.learning_rate > 0):
        raise ValueError(f"learning_rate must be a positive number, not {config.learning_rate}")
    if not 0 < config.fraction <= 1:
        raise ValueError(f"fraction must lie above 0 and be at most 1, not {config.fraction}")


def load_optimizers(optimizers: list[torch.optim.Optimizer], saved: list[dict[str, Any]]) -> None:
    """Give optimisers the moments that `state_dict()["state"]` of others had.

    Their settings stay: on CUDA the rate is a tensor that a captured step reads. So does the layout
    in memory, which another device may have had another of: a fused optimiser takes no notice.
    """
    for optimizer, state in zip(optimizers, saved, strict=True):
        groups = optimizer.state_dict()["param_groups"]
        # Copied, as else the steps to come would change what was handed over.
        optimizer.load_state_dict({"state": copied(state), "param_groups": groups})
        for parameter, moments in optimizer.state.items():
            for name, value in moments.items():
                if isinstance(value, torch.Tensor) and value.shape == parameter.shape:
                    moments[name] = torch.empty_like(parameter).copy_(value)


def copied(value: Any) -> Any:
    """A deep copy with every tensor on the CPU."""
    if isinstance(value, torch.Tensor):
        return value.detach().to("cpu", copy=True)
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(copied(item) for item in value)
    return value
