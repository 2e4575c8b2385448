"""The training loop: epochs of steps over images that stay in the device's memory.

It yields one record per epoch and prints, plots and saves nothing. Everything random is drawn from
one CPU generator, so that a run does the same on every device, up to rounding, and its whole state
fits into a checkpoint.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import torch

from vae.augment import N_DRAWS, Deformation
from vae.data import Dataset, to_model_range
from vae.evaluation import Losses, evaluate
from vae.losses import RECON_LOSSES
from vae.model import VAE, ModelConfig
from vae.step import Step, make_optimizers
from vae.subset import nested_subset

HISTORY_SNAPSHOTS = 24
# With a latent space this small, twice as much costs more than it brings.
GENTLE = Deformation(rotation=5.0, scale=0.04, shear=0.05)
# Settings that older checkpoints and records do not mention, and what they were.
LATER_SETTINGS = MappingProxyType({"fraction": 1.0, "recon_loss": "sse", "beta": 1.0})


@dataclass(frozen=True)
class TrainConfig:
    """What a run is determined by, beside its data.

    epochs: passes over the training images. batch_size: images per step.
    learning_rate: the peak of the schedule: a cosine up from 4 % of it during the first `warm_up`
        of the steps, and a cosine down to 0 (one-cycle; Smith & Topin 2017, arXiv:1708.07120).
    optimizer: "adam" or "soap" (vae.step.make_optimizers).
    seed: of the initial weights, the order of the images, z and the deformations.
    latent_dim: latent dimensions.
    deformation: what is done to training images, at full strength during the first
        `deformation_until` of the run, then less and less, and nothing after `undeformed_from`, so
        that the end of the training sees the images as they are.
    fraction: share of the training images that is used, above 0 and at most 1
        (vae.subset.nested_subset; at least one batch of them). An epoch keeps the steps of a pass
        over all of them, so that runs of different fractions have equal steps and schedules.
    recon_loss: what is minimised beside the KL divergence, a name of vae.losses.RECON_LOSSES.
    beta: weight of the KL divergence (Higgins et al. 2017). Records hold the squared error and the
        KL divergence itself whatever is minimised, so that they can be compared.
    """

    epochs: int = 200
    batch_size: int = 128
    learning_rate: float = 4e-3
    warm_up: float = 0.1
    optimizer: str = "soap"
    seed: int = 0
    latent_dim: int = 6
    deformation: Deformation = GENTLE
    deformation_until: float = 0.7
    undeformed_from: float = 0.85
    fraction: float = 1.0
    recon_loss: str = "sse"
    beta: float = 1.0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise ValueError(f"learning_rate must be a positive number, not {self.learning_rate}")
        if not 0 < self.warm_up < 1:
            raise ValueError(f"warm_up must lie between 0 and 1, not {self.warm_up}")
        if self.optimizer not in ("adam", "soap"):
            raise ValueError(f"optimizer must be adam or soap, not {self.optimizer!r}")
        if not 0 <= self.deformation_until < self.undeformed_from <= 1:
            raise ValueError(
                "deformation_until must come before undeformed_from, both within 0 and 1"
            )
        if not 0 < self.fraction <= 1:
            raise ValueError(f"fraction must lie above 0 and be at most 1, not {self.fraction}")
        if self.recon_loss not in RECON_LOSSES:
            raise ValueError(
                f"recon_loss must be one of {', '.join(RECON_LOSSES)}, not {self.recon_loss!r}"
            )
        if not (math.isfinite(self.beta) and self.beta > 0):
            raise ValueError(f"beta must be a positive number, not {self.beta}")


@dataclass(frozen=True)
class EpochRecord:
    """One finished epoch.

    epoch: from 1. train: means over the epoch while the weights were changing, on the images as
    they were trained on (deformed, where they are). test: the test images with the weights at the
    epoch's end, one draw of z. seconds: the epoch's duration, without the evaluation.
    """

    epoch: int
    train: Losses
    test: Losses
    seconds: float


class TrainingDivergedError(ArithmeticError):
    """The loss is no longer finite; the message names the epoch and the likely cause."""


class Trainer:
    """A model in training.

    config, dataset: what to train. device: where; the images must fit into its memory.
    captured: whether steps run as CUDA graphs (see vae.step.Step).

    train_labels: (M,) int64, of the images that are trained on: all of the data set's, or the
        `fraction` of them. n_images: images in an epoch's steps, always as many as all of them.
    vae: the model, with the weights reached so far. records: one EpochRecord per finished epoch.
    history: (epoch, decoder state_dict in float16) for about 24 epochs, denser early on.
    on_step: called after every step with the number of the epoch's images that are done; where
        steps are captured, the device may be a little behind.
    """

    def __init__(
        self, config: TrainConfig, dataset: Dataset, device: torch.device, captured: bool
    ) -> None:
        self.config = config
        self.device = device
        self.generator = torch.Generator().manual_seed(config.seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.vae = VAE.from_config(ModelConfig(config.latent_dim, dataset.image_shape))
        self.vae.to(device)
        if device.type == "cpu":
            # Else the second convolution takes half as long again: with one channel, the images
            # themselves do not tell it the layout.
            self.vae.to(memory_format=torch.channels_last)
        self.n_images = len(dataset.train_images)
        kept = nested_subset(dataset.train_labels, config.fraction, config.batch_size)
        self.train_labels = dataset.train_labels[kept]
        self._train_images = torch.from_numpy(to_model_range(dataset.train_images[kept])).to(device)
        self._test_images = torch.from_numpy(to_model_range(dataset.test_images)).to(device)
        self._optimizers = make_optimizers(self.vae, config.optimizer, config.learning_rate)
        self._step = Step(
            self.vae,
            self._optimizers,
            self._train_images,
            config.deformation,
            captured,
            config.recon_loss,
            config.beta,
        )
        self.records: list[EpochRecord] = []
        self.history: list[tuple[int, dict[str, np.ndarray]]] = []
        self.on_step: Callable[[int], None] = lambda images: None
        self._remember(epoch=0)

    @property
    def train_images(self) -> torch.Tensor:
        """The images that are trained on, (M, C, H, W) in [-1, 1] on the device."""
        return self._train_images

    @property
    def test_images(self) -> torch.Tensor:
        """The test images, (N, C, H, W) in [-1, 1] on the device."""
        return self._test_images

    def run(self) -> Iterator[EpochRecord]:
        """Train to the last epoch, yielding the record of each; a restored run goes on.

        Raises TrainingDivergedError.
        """
        for epoch in range(len(self.records) + 1, self.config.epochs + 1):
            start = time.perf_counter()
            train = self.train_epoch(epoch)
            seconds = time.perf_counter() - start
            test = evaluate(self.vae, self._test_images, draws=1).losses
            if not all(map(math.isfinite, (train.total, test.total))):
                raise TrainingDivergedError(self._diagnosis(epoch))
            self.records.append(EpochRecord(epoch, train, test, seconds))
            if epoch in snapshot_epochs(self.config.epochs):
                self._remember(epoch)
            yield self.records[-1]

    def train_epoch(self, epoch: int) -> Losses:
        """The steps of one epoch, from 1; returns the means of its losses."""
        config, size = self.config, self.config.batch_size
        n, generator, device = self.n_images, self.generator, self.device
        steps_per_epoch = math.ceil(n / size)
        total_steps = config.epochs * steps_per_epoch

        # All of the epoch's random numbers at once: one transfer, and the same on every device.
        order = self._order().to(device)
        noise = torch.randn(n, config.latent_dim, generator=generator).to(device)
        strength = deformation_strength(config, (epoch - 1) / config.epochs)
        draws = None
        if strength > 0:
            draws = (torch.rand(N_DRAWS, n, generator=generator) * 2 - 1).to(device) * strength

        self._step.reset_sums()
        for batch, start in enumerate(range(0, n, size)):
            part = slice(start, start + size)
            step = (epoch - 1) * steps_per_epoch + batch
            self._step(
                learning_rate_at(config, step / total_steps),
                order[part],
                noise[part],
                None if draws is None else draws[:, part],
            )
            self.on_step(min(start + size, n))
        sse, kl, images = self._step.sums.tolist()  # the epoch's only wait for the device
        return Losses(sse / images, kl / images)

    def _order(self) -> torch.Tensor:
        """Indices of an epoch's images, (n_images,): fewer images take turns, evenly often."""
        kept = len(self._train_images)
        rounds = math.ceil(self.n_images / kept)
        orders = [torch.randperm(kept, generator=self.generator) for _ in range(rounds)]
        return torch.cat(orders)[: self.n_images]

    def _remember(self, epoch: int) -> None:
        state = self.vae.decoder.state_dict()
        self.history.append(
            (epoch, {key: value.cpu().numpy().astype(np.float16) for key, value in state.items()})
        )

    def _diagnosis(self, epoch: int) -> str:
        if not all(torch.isfinite(p).all() for p in self.vae.parameters()):
            found = "the weights are no longer finite"
        else:
            found = "the weights are finite, but too large for the loss"
        return (
            f"the loss is not finite in epoch {epoch}: {found}. The likely cause is the learning "
            f"rate, {self.config.learning_rate:g}: try a tenth of it, --lr "
            f"{self.config.learning_rate / 10:g}"
        )

    def state(self) -> dict[str, Any]:
        """All that a later `restore` needs to go on as if nothing had happened; copied, on the CPU.

        Plain containers of tensors, numbers and strings, which torch.load reads with weights_only.
        """
        return _copied(
            {
                "config": asdict(self.config),
                "vae": self.vae.state_dict(),
                "optimizers": [optimizer.state_dict()["state"] for optimizer in self._optimizers],
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
        theirs, ours = LATER_SETTINGS | state["config"], asdict(self.config)
        differing = [key for key in ours if theirs.get(key) != ours[key]]
        if differing:
            raise ValueError(
                "it was made with other settings: "
                + ", ".join(f"{key} {theirs.get(key)} (now {ours[key]})" for key in differing)
            )
        records = [
            EpochRecord(
                record["epoch"],
                Losses(**record["train"]),
                Losses(**record["test"]),
                record["seconds"],
            )
            for record in state["records"]
        ]
        self.vae.load_state_dict(state["vae"])
        for optimizer, saved in zip(self._optimizers, state["optimizers"], strict=True):
            # The settings stay ours: on CUDA the rate is a tensor that a captured step reads.
            groups = optimizer.state_dict()["param_groups"]
            optimizer.load_state_dict({"state": saved, "param_groups": groups})
        self.generator.set_state(state["generator"])
        self.records = records
        self.history = [
            (epoch, {key: value.numpy() for key, value in weights.items()})
            for epoch, weights in state["history"]
        ]


def learning_rate_at(config: TrainConfig, progress: float) -> float:
    """The one-cycle schedule at progress 0 (first step) to 1 (after the last)."""
    if progress < config.warm_up:
        rise = 0.5 - 0.5 * math.cos(math.pi * progress / config.warm_up)
        return config.learning_rate * (0.04 + 0.96 * rise)
    fall = (progress - config.warm_up) / (1 - config.warm_up)
    return config.learning_rate * (0.5 + 0.5 * math.cos(math.pi * fall))


def deformation_strength(config: TrainConfig, progress: float) -> float:
    """Factor on the deformation at progress 0 to 1 of the run: 1, then falling, then 0."""
    if config.deformation == Deformation():
        return 0.0
    span = config.undeformed_from - config.deformation_until
    return min(1.0, max(0.0, (config.undeformed_from - progress) / span))


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


def _copied(value: Any) -> Any:
    """A deep copy with every tensor on the CPU."""
    if isinstance(value, torch.Tensor):
        return value.detach().to("cpu", copy=True)
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_copied(item) for item in value)
    return value
