"""The training of a GAN: a generator of the decoder's architecture against a discriminator.

What is kept is the generator's exponential moving average (Yazici et al. 2019,
arXiv:1806.04498), which the steps to and fro of the game do not move.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch import nn

from vae.adversarial import GAN_LOSSES, PENALISED, Discriminator
from vae.classifier import Classifier
from vae.coverage import N_SAMPLES, Coverage, CoverageMeter
from vae.data import Dataset
from vae.encoder_fitting import fit_encoder
from vae.evaluation import evaluate
from vae.model import VAE, Decoder, Encoder
from vae.opponent import BETAS, Game, Learned, Opponent, descend
from vae.run import Run, TrainingDivergedError, check_common_settings, load_optimizers
from vae.step import generate

BATCH = 1000
SAMPLES_SEED = 20_141_203  # of the points whose images are judged, the same for every epoch and run


@dataclass(frozen=True)
class GanConfig:
    """What a run is determined by, beside its data and the classifier that judges it.

    epochs: passes over the training images. batch_size: real images per step, and as many
        generated ones.
    learning_rate: the peak of the schedule, of both players: linearly up during the first
        `warm_up_steps`, then a cosine down to 0.
    seed: of the initial weights, the order of the images and z.
    latent_dim, width: of the generator; see `vae.training.TrainConfig`.
    fraction: share of the training images that is used, likewise.
    gan_loss: a name of vae.adversarial.GAN_LOSSES.
    penalty: gamma, the weight of the squared gradient norms: gamma / 2 times each is added to the
        discriminator's loss. Without effect on minimax.
    penalty_every: steps from one penalty to the next, each that many times as strong; see
        `vae.opponent.Game`.
    average_images: half-life of the generator's moving average, in real images; shorter at the
        beginning, a twentieth of what has been seen.
    discriminator_channels: its feature maps.
    encoder_epochs: passes of each of the two parts of fitting an encoder to the finished generator
        (vae.encoder_fitting).
    """

    epochs: int = 60
    batch_size: int = 128
    learning_rate: float = 5e-3
    warm_up_steps: int = 100
    seed: int = 0
    latent_dim: int = 6
    width: int = 1
    fraction: float = 1.0
    gan_loss: str = "relativistic"
    penalty: float = 1.0
    penalty_every: int = 4
    average_images: int = 5_000
    discriminator_channels: tuple[int, int] = (16, 32)
    encoder_epochs: int = 10

    def __post_init__(self) -> None:
        check_common_settings(self)
        # A checkpoint brings a list or a tuple.
        object.__setattr__(self, "discriminator_channels", tuple(self.discriminator_channels))
        if self.gan_loss not in GAN_LOSSES:
            raise ValueError(
                f"gan_loss must be one of {', '.join(GAN_LOSSES)}, not {self.gan_loss!r}"
            )
        if not (math.isfinite(self.penalty) and self.penalty >= 0):
            raise ValueError(f"penalty must be 0 or a positive number, not {self.penalty}")
        for name in ("penalty_every", "average_images", "encoder_epochs"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.warm_up_steps < 0:
            raise ValueError(f"warm_up_steps must not be negative, but is {self.warm_up_steps}")

    @property
    def penalised(self) -> tuple[str, ...]:
        """Which images' gradients are penalised: "real", "generated"."""
        return PENALISED[self.gan_loss] if self.penalty else ()

    @property
    def game(self) -> Game:
        """What the discriminator is trained with."""
        return Game(self.gan_loss, self.penalised, self.penalty, self.penalty_every)


@dataclass(frozen=True)
class GameLosses:
    """Means over an epoch's steps, in nats; r1, r2: mean squared gradient norms of the
    discriminator on real and on generated images, None where they are not penalised.
    """

    discriminator: float
    generator: float
    r1: float | None
    r2: float | None


@dataclass(frozen=True)
class GanEpochRecord:
    """One finished epoch.

    epoch: from 1. train: means while the weights were changing. coverage: of samples of the
    averaged generator at the epoch's end. seconds: the epoch's duration, without that measuring.
    """

    epoch: int
    train: GameLosses
    coverage: Coverage
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """As the record of the training has it."""
        return asdict(self) | {"seconds": round(self.seconds, 3)}


class GanTrainer(Run):
    """A GAN in training; see `Run` for what all trainings have.

    classifier: judges the samples after every epoch; of the data set's image shape.

    generator_network, discriminator: the players. average: the generator's moving average, which is
    what is saved. records: GanEpochRecords. vae: an encoder fitted to it, and it; after
    `fit_encoder` only.

    Raises ValueError if the classifier is one of other images.
    """

    family = "gan"
    schedule = "linearly up to learning_rate during warm_up_steps, cosine down to 0"
    later_settings = MappingProxyType({})

    def __init__(
        self,
        config: GanConfig,
        dataset: Dataset,
        device: torch.device,
        classifier: Classifier,
    ) -> None:
        if classifier.image_shape != dataset.image_shape:
            raise ValueError(
                f"the classifier judges images of shape {classifier.image_shape}, and those of "
                f"{dataset.name} have {dataset.image_shape}"
            )
        super().__init__(config, dataset, device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.generator_network = Decoder(self.model_config)
            self.discriminator = Discriminator(dataset.image_shape, config.discriminator_channels)
        self.average = Decoder(self.model_config)
        self.average.load_state_dict(self.generator_network.state_dict())
        self.average.requires_grad_(False)
        for network in (self.generator_network, self.average):
            network.to(device)
            if device.type == "cpu":
                network.to(memory_format=torch.channels_last)
        fused = device.type in ("cpu", "cuda")
        self._optimizer = torch.optim.Adam(
            self.generator_network.parameters(), betas=BETAS, fused=fused
        )
        self._opponent = Opponent(self.discriminator, config.game, device, fused)
        self._judged_by = classifier, dataset.test_images
        self._meter: CoverageMeter | None = None  # not before it is needed: it takes a second
        points = torch.Generator().manual_seed(SAMPLES_SEED)
        self._points = torch.randn(N_SAMPLES, config.latent_dim, generator=points)
        self._encoder: Encoder | None = None
        self._remember(epoch=0)

    @property
    def decoder(self) -> nn.Module:
        """The generator's moving average."""
        return self.average

    @property
    def encoder(self) -> nn.Module | None:
        """The encoder, once it has been fitted."""
        return self._encoder

    @property
    def vae(self) -> VAE:
        """Encoder and generator together. Raises RuntimeError before `fit_encoder`."""
        if self._encoder is None:
            raise RuntimeError("this GAN has no encoder yet")
        return VAE(self._encoder, self.average)

    @property
    def n_parameters(self) -> int:
        """Of both players."""
        return sum(
            parameter.numel()
            for network in (self.generator_network, self.discriminator)
            for parameter in network.parameters()
        )

    def train_epoch(self, epoch: int) -> GameLosses:
        """The steps of one epoch, from 1; returns the means of its losses."""
        config, size = self.config, self.config.batch_size
        n, device = self.n_images, self.device
        total_steps = config.epochs * self.steps_per_epoch

        # All of the epoch's random numbers at once: one transfer, and the same on every device.
        order = self._order().to(device)
        noise = torch.randn(2, n, config.latent_dim, generator=self.generator).to(device)
        # MPS has no float64.
        dtype = torch.float32 if device.type == "mps" else torch.float64
        losses, norms = torch.zeros(2, 2, dtype=dtype, device=device)
        penalties = 0
        for batch, start in enumerate(range(0, n, size)):
            part = slice(start, start + size)
            step = (epoch - 1) * self.steps_per_epoch + batch
            x = self._train_images[order[part]]
            if device.type == "cpu":
                x = x.contiguous(memory_format=torch.channels_last)
            rate = learning_rate_at(config, step, total_steps)
            learned, played = self._step(x, noise[0, part], noise[1, part], rate)
            losses += torch.stack((learned.loss, played))
            if learned.norms is not None:
                norms += learned.norms
                penalties += 1
            self._update_average((step + 1) * size)
            self.on_step(min(start + size, n))
        of_discriminator, of_generator = losses.tolist()  # the epoch's first wait for the device
        found = zip(("real", "generated"), norms.tolist(), strict=True)
        r1, r2 = (
            norm / penalties if penalties and kind in config.penalised else None
            for kind, norm in found
        )
        steps = self.steps_per_epoch
        return GameLosses(of_discriminator / steps, of_generator / steps, r1, r2)

    def fit_encoder(self, progress: Any = lambda share: None) -> None:
        """Fit an encoder to the generator, whose training must be over; deterministic.

        progress: told the share that is done after every pass; it may raise to end this.

        Raises TrainingDivergedError if the encoder is of no use.
        """
        self._encoder = fit_encoder(
            self.average,
            self._train_images,
            self.config.encoder_epochs,
            self.n_images,
            self.config.seed,
            progress,
        )
        if not math.isfinite(evaluate(self.vae, self._test_images, draws=1).losses.total):
            raise TrainingDivergedError(
                "the generator has been trained to the end, but the loss of the encoder that was "
                "fitted to it is not finite"
            )

    def _step(
        self, x: torch.Tensor, noise: torch.Tensor, fresh_noise: torch.Tensor, rate: float
    ) -> tuple[Learned, torch.Tensor]:
        """A step of each player; returns what the discriminator learned and the generator's loss.

        x: (B, C, H, W); noise, fresh_noise: (B, latent_dim), what the discriminator and what the
        generator learn from.
        """
        with torch.no_grad():
            generated = generate(self.generator_network, noise)
        learned = self._opponent.learn(x, generated, rate)

        generated = generate(self.generator_network, fresh_noise)
        played, gradient = self._opponent.gradient(x, generated)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        descend(self._optimizer, generated, gradient)
        return learned, played

    @torch.no_grad()
    def _update_average(self, images_seen: int) -> None:
        half_life = min(self.config.average_images, images_seen / 20)
        weight = 1 - 0.5 ** (self.config.batch_size / half_life)
        parameters = self.generator_network.parameters()
        for average, parameter in zip(self.average.parameters(), parameters, strict=True):
            average.lerp_(parameter, weight)

    def _measured(self, epoch: int, train: GameLosses, seconds: float) -> GanEpochRecord:
        figures = [value for value in asdict(train).values() if value is not None]
        networks = (self.generator_network, self.discriminator, self.average)
        weights = (parameter for network in networks for parameter in network.parameters())
        if not all(map(math.isfinite, figures)) or not all(w.isfinite().all() for w in weights):
            raise TrainingDivergedError(
                f"the losses or the weights are not finite in epoch {epoch}. The likely cause is "
                f"the learning rate, {self.config.learning_rate:g}: try a tenth of it, --lr "
                f"{self.config.learning_rate / 10:g}"
            )
        if self._meter is None:
            self._meter = CoverageMeter(*self._judged_by)
        return GanEpochRecord(epoch, train, self._meter.measure(self._samples()), seconds)

    @torch.inference_mode()
    def _samples(self) -> np.ndarray:
        parts = [self.average(z.to(self.device)).cpu() for z in self._points.split(BATCH)]
        return ((torch.cat(parts) + 1) * 127.5).round().to(torch.uint8).numpy()

    def _networks(self) -> dict[str, Any]:
        return {
            "generator_network": self.generator_network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self._optimizer.state_dict()["state"],
            "opponent": self._opponent.state_dict(),
        }

    def _load_networks(self, state: Mapping[str, Any]) -> None:
        self.generator_network.load_state_dict(state["generator_network"])
        self.average.load_state_dict(state["average"])
        load_optimizers([self._optimizer], [state["optimizer"]])
        self._opponent.load_state_dict(state["opponent"])

    def _record_from(self, values: Mapping[str, Any]) -> GanEpochRecord:
        return GanEpochRecord(
            values["epoch"],
            GameLosses(**values["train"]),
            Coverage.from_dict(values["coverage"]),
            values["seconds"],
        )

    def live_weights(self, state: Mapping[str, Any]) -> dict[str, Mapping[str, torch.Tensor]]:
        """The averaged generator's; there is no encoder while it is trained."""
        return {"decoder": state["average"]}

    def live_figures(self) -> dict[str, Any]:
        """The coverage after the last epoch."""
        return {"coverage": self.records[-1].coverage.as_dict()} if self.records else {}

    def final_figures(self) -> dict[str, Any]:
        """Likewise."""
        return self.live_figures()


def learning_rate_at(config: GanConfig, step: int, total_steps: int) -> float:
    """The schedule's rate at a step from 0."""
    rise = min(1.0, (step + 1) / config.warm_up_steps) if config.warm_up_steps else 1.0
    return config.learning_rate * rise * (0.5 + 0.5 * math.cos(math.pi * step / total_steps))
