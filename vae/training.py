"""The training of a VAE: its settings, its schedule, and epochs of steps over images in memory."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import torch
from torch import nn

from vae.augment import N_DRAWS, Deformation
from vae.classifier import Classifier
from vae.crisper_step import CrisperStep, make_opponent
from vae.data import Dataset
from vae.evaluation import Losses, evaluate
from vae.losses import RECON_LOSSES
from vae.model import VAE
from vae.opponent import Opponent
from vae.perceptual import FeatureLoss
from vae.run import Run, TrainingDivergedError, check_common_settings, load_optimizers
from vae.step import Step, make_optimizers

# With a latent space this small, twice as much costs more than it brings.
GENTLE = Deformation(rotation=5.0, scale=0.04, shear=0.05)
# Settings that older checkpoints and records do not mention, and what they were.
LATER_SETTINGS = MappingProxyType(
    {
        "fraction": 1.0,
        "recon_loss": "sse",
        "beta": 1.0,
        "width": 1,
        "perceptual": 0.0,
        "adversarial": 0.0,
    }
)


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
    width: feature maps of encoder and decoder, in multiples of the plain network's 16 and 32.
    perceptual: weight of the feature loss of `vae.perceptual`, in addition; 0 for none.
    adversarial: weight of the loss against a discriminator that learns beside it, in addition (VAE-
        GAN, Larsen et al. 2016, arXiv:1512.09300); 0 for none.
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
    width: int = 1
    perceptual: float = 0.0
    adversarial: float = 0.0

    def __post_init__(self) -> None:
        check_common_settings(self)
        if not 0 < self.warm_up < 1:
            raise ValueError(f"warm_up must lie between 0 and 1, not {self.warm_up}")
        if self.optimizer not in ("adam", "soap"):
            raise ValueError(f"optimizer must be adam or soap, not {self.optimizer!r}")
        if not 0 <= self.deformation_until < self.undeformed_from <= 1:
            raise ValueError(
                "deformation_until must come before undeformed_from, both within 0 and 1"
            )
        if self.recon_loss not in RECON_LOSSES:
            raise ValueError(
                f"recon_loss must be one of {', '.join(RECON_LOSSES)}, not {self.recon_loss!r}"
            )
        if not (math.isfinite(self.beta) and self.beta > 0):
            raise ValueError(f"beta must be a positive number, not {self.beta}")
        for name in ("perceptual", "adversarial"):
            weight = getattr(self, name)
            if not (math.isfinite(weight) and weight >= 0):
                raise ValueError(f"{name} must be 0 or a positive number, not {weight}")


@dataclass(frozen=True)
class EpochRecord:
    """One finished epoch.

    epoch: from 1. train: means over the epoch while the weights were changing, on the images as
    they were trained on (deformed, where they are). test: the test images with the weights at the
    epoch's end, one draw of z. seconds: the epoch's duration, without the evaluation. extras: means
    over the epoch of the additional terms, before their weights: "features", "generator" and
    "discriminator", as far as they are on.
    """

    epoch: int
    train: Losses
    test: Losses
    seconds: float
    extras: dict[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As the record of the training has it."""
        return {
            "epoch": self.epoch,
            "train": self.train.as_dict() | self.extras,
            "test": self.test.as_dict(),
            "seconds": round(self.seconds, 3),
        }


class Trainer(Run):
    """A VAE in training; see `Run` for what all trainings have.

    captured: whether steps run as CUDA graphs (see vae.step.Step); those with a perceptual or an
        adversarial term never do.
    classifier: whose features the perceptual term compares; needed where there is one. It is not
        part of a `state`: a run goes on with the one that it began with.
    records: EpochRecords.

    Raises ValueError if a perceptual term has no classifier, or one of other images.
    """

    family = "vae"
    schedule = "one-cycle: cosine up to learning_rate during warm_up, cosine down to 0"
    later_settings = LATER_SETTINGS

    def __init__(
        self,
        config: TrainConfig,
        dataset: Dataset,
        device: torch.device,
        captured: bool,
        classifier: Classifier | None = None,
    ) -> None:
        super().__init__(config, dataset, device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.vae = VAE.from_config(self.model_config)
        self.vae.to(device)
        if device.type == "cpu":
            # Else the second convolution takes half as long again: with one channel, the images
            # themselves do not tell it the layout.
            self.vae.to(memory_format=torch.channels_last)
        self._optimizers = make_optimizers(self.vae, config.optimizer, config.learning_rate)
        self._opponent: Opponent | None = None
        if config.adversarial > 0:
            self._opponent = make_opponent(self.model_config.image_shape, config.seed, device)
        self._step = self._make_step(captured, classifier)
        self._remember(epoch=0)

    def _make_step(self, captured: bool, classifier: Classifier | None) -> Step:
        config = self.config
        what = (self.vae, self._optimizers, self._train_images, config.deformation)
        if config.perceptual == config.adversarial == 0:
            return Step(*what, captured, config.recon_loss, config.beta)
        features = None
        if config.perceptual > 0:
            if classifier is None:
                raise ValueError(
                    "a perceptual loss compares images by a classifier's features: it needs a "
                    "trained classifier of the data set"
                )
            features = FeatureLoss(classifier, self._train_images)
        return CrisperStep(
            *what,
            config.recon_loss,
            config.beta,
            features,
            config.perceptual,
            self._opponent,
            config.adversarial,
            config.learning_rate,
        )

    @property
    def decoder(self) -> nn.Module:
        """What the application opens."""
        return self.vae.decoder

    @property
    def encoder(self) -> nn.Module:
        """What belongs to it."""
        return self.vae.encoder

    @property
    def n_parameters(self) -> int:
        """Of encoder and decoder."""
        return sum(p.numel() for p in self.vae.parameters())

    def train_epoch(self, epoch: int) -> Losses:
        """The steps of one epoch, from 1; returns the means of its losses."""
        config, size = self.config, self.config.batch_size
        n, generator, device = self.n_images, self.generator, self.device
        total_steps = config.epochs * self.steps_per_epoch

        # All of the epoch's random numbers at once: one transfer, and the same on every device.
        order = self._order().to(device)
        noise = torch.randn(n, config.latent_dim, generator=generator).to(device)
        strength = deformation_strength(config, (epoch - 1) / config.epochs)
        draws = None
        if strength > 0:
            draws = (torch.rand(N_DRAWS, n, generator=generator) * 2 - 1).to(device) * strength
        # Last, and only where it is needed, so that other runs draw what they always drew.
        prior = None
        if self._opponent is not None:
            prior = torch.randn(n, config.latent_dim, generator=generator).to(device)

        self._step.reset_sums()
        for batch, start in enumerate(range(0, n, size)):
            part = slice(start, start + size)
            step = (epoch - 1) * self.steps_per_epoch + batch
            try:
                self._step(
                    learning_rate_at(config, step / total_steps),
                    order[part],
                    noise[part],
                    None if draws is None else draws[:, part],
                    *(() if prior is None else (prior[part],)),
                )
            except torch.linalg.LinAlgError as error:  # SOAP, of what is not finite
                raise TrainingDivergedError(self._diagnosis(epoch)) from error
            self.on_step(min(start + size, n))
        sse, kl, images = self._step.sums.tolist()  # the epoch's only wait for the device
        return Losses(sse / images, kl / images)

    def _measured(self, epoch: int, train: Losses, seconds: float) -> EpochRecord:
        test = evaluate(self.vae, self._test_images, draws=1).losses
        extras = self._step.extra_means() if isinstance(self._step, CrisperStep) else {}
        if not all(map(math.isfinite, (train.total, test.total, *extras.values()))):
            raise TrainingDivergedError(self._diagnosis(epoch))
        return EpochRecord(epoch, train, test, seconds, extras)

    def _diagnosis(self, epoch: int) -> str:
        if not all(torch.isfinite(p).all() for p in self.vae.parameters()):
            found = "the weights are no longer finite"
        else:
            found = "the weights are finite, but too large for the loss"
        extra = [
            f"--{name} {weight:g}"
            for name in ("perceptual", "adversarial")
            if (weight := getattr(self.config, name)) > 0
        ]
        return (
            f"the loss is not finite in epoch {epoch}: {found}. The likely cause is the learning "
            f"rate, {self.config.learning_rate:g}: try a tenth of it, --lr "
            f"{self.config.learning_rate / 10:g}"
        ) + (f", or less of the additional terms, {' and '.join(extra)}" if extra else "")

    def _networks(self) -> dict[str, Any]:
        networks = {
            "vae": self.vae.state_dict(),
            "optimizers": [optimizer.state_dict()["state"] for optimizer in self._optimizers],
        }
        if self._opponent is not None:
            networks["opponent"] = self._opponent.state_dict()
        return networks

    def _load_networks(self, state: Mapping[str, Any]) -> None:
        self.vae.load_state_dict(state["vae"])
        load_optimizers(self._optimizers, state["optimizers"])
        if self._opponent is not None:
            self._opponent.load_state_dict(state["opponent"])

    def _record_from(self, values: Mapping[str, Any]) -> EpochRecord:
        return EpochRecord(
            values["epoch"],
            Losses(**values["train"]),
            Losses(**values["test"]),
            values["seconds"],
            values.get("extras", {}),
        )

    def live_weights(self, state: Mapping[str, Any]) -> dict[str, Mapping[str, torch.Tensor]]:
        """Decoder and encoder."""
        return {
            name: {
                key.removeprefix(f"{name}."): tensor
                for key, tensor in state["vae"].items()
                if key.startswith(f"{name}.")
            }
            for name in ("decoder", "encoder")
        }

    def live_figures(self) -> dict[str, Any]:
        """The test losses of the last epoch."""
        if not self.records:
            return {}
        return {"test": {**self.records[-1].test.as_dict(), "draws": 1}}


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
