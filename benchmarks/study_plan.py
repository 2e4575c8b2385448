"""What the studies ask, and the configurations whose runs answer it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vae.gan_training import GanConfig
from vae.training import TrainConfig

ROOT = Path(__file__).resolve().parent.parent
RUNS = ROOT / "runs" / "studies"

SEEDS = (0, 1, 2)
# Of 60,000 images each: what 42 runs can afford on two shared CPU cores. SOAP, train.py's choice on
# a CPU, is ahead of Adam at equal computing time here as well.
EPOCHS = 6
SWEEP_EPOCHS = 3  # enough to tell a bad setting from a good one, not two good ones


@dataclass(frozen=True)
class Series:
    """Runs of one length that share their settings, but for what a configuration changes.

    name: of the entry in the results. family: "vae" or "gan". shared: settings that the record of
    every run has the same value of.
    """

    name: str
    family: str
    epochs: int
    shared: tuple[str, ...]


VAES = Series(
    "vae",
    "vae",
    EPOCHS,
    ("epochs", "batch_size", "learning_rate", "warm_up", "optimizer", "schedule", "threads"),
)
_GAN_SHARED = ("epochs", "warm_up_steps", "average_images", "width", "schedule", "threads")
# What the sweep varies, and the study of the losses does not.
TUNED = ("learning_rate", "penalty", "penalty_every", "discriminator_channels", "batch_size")
GANS = Series("gan", "gan", EPOCHS, (*_GAN_SHARED, *TUNED))
SWEEP_RUNS = Series("gan-sweep", "gan", SWEEP_EPOCHS, (*_GAN_SHARED, "gan_loss"))
SERIES = (VAES, GANS, SWEEP_RUNS)


@dataclass(frozen=True)
class Configuration:
    """One way to train: train.py's own on a CPU, but for `settings`.

    settings: fields of TrainConfig, or of GanConfig where the series is one of GANs. seeds: of the
    runs that are planned.
    """

    name: str
    settings: dict[str, Any] = field(default_factory=dict)
    series: Series = VAES
    seeds: tuple[int, ...] = SEEDS

    def train_config(self, seed: int, epochs: int) -> TrainConfig | GanConfig:
        """The whole configuration of one run."""
        kind = {"vae": TrainConfig, "gan": GanConfig}[self.series.family]
        return kind(**({"epochs": epochs, "seed": seed} | self.settings))

    def folder(self, seed: int, runs: Path) -> Path:
        """Where a run is saved, in the layout that the window opens."""
        return runs / f"{self.name}-{seed}"


Members = tuple[tuple[Configuration, str], ...]  # each with what it is called


@dataclass(frozen=True)
class Study:
    """One question, and the configurations that it compares, in the order of tables and plots.

    key: of its files. title, question: for the person. members: configuration and what it is called
    in this study. axis: what the members differ by, where that is a number. ordered: whether the
    members have an order. reference: the name of the one that the others are held against.
    """

    key: str
    title: str
    question: str
    members: Members
    axis: str = ""
    ordered: bool = True
    reference: str = "base"

    def label(self, name: str) -> str:
        """What a configuration is called here. Raises KeyError."""
        return {configuration.name: label for configuration, label in self.members}[name]


BASE = Configuration("base")

DATA = Study(
    "data",
    "Less data",
    "Is half of the training data enough? A quarter, a tenth? The smaller sets lie within the "
    "larger, hold every class by its share, and are the same for all seeds. All runs take the same "
    "number of steps.",
    (
        (BASE, "all images"),
        (Configuration("fraction-0.5", {"fraction": 0.5}), "a half"),
        (Configuration("fraction-0.25", {"fraction": 0.25}), "a quarter"),
        (Configuration("fraction-0.1", {"fraction": 0.1}), "a tenth"),
    ),
)
RECONSTRUCTION = Study(
    "reconstruction",
    "Other reconstruction losses",
    "What becomes of the digits when something else than the squared error stands beside the KL "
    "divergence? Binary cross-entropy, the absolute error (a Laplace distribution of scale 1), and "
    "the squared error under a Gaussian whose variance is learned (Rybkin et al. 2021).",
    (
        (BASE, "squared error"),
        (Configuration("bce", {"recon_loss": "bce"}), "cross-entropy"),
        (Configuration("l1", {"recon_loss": "l1"}), "absolute error"),
        (
            Configuration("sse-learned-variance", {"recon_loss": "sse-learned-variance"}),
            "learned variance",
        ),
    ),
    ordered=False,
)
LATENT = Study(
    "latent",
    "The latent size",
    "How many latent dimensions are worth having?",
    (
        (Configuration("latent-2", {"latent_dim": 2}), "2 dimensions"),
        (Configuration("latent-4", {"latent_dim": 4}), "4 dimensions"),
        (BASE, "6 dimensions"),
        (Configuration("latent-8", {"latent_dim": 8}), "8 dimensions"),
        (Configuration("latent-16", {"latent_dim": 16}), "16 dimensions"),
    ),
    axis="latent dimensions",
)
BETA = Study(
    "beta",
    "The weight of the KL divergence",
    "What does beta, the weight of the KL divergence (Higgins et al. 2017), buy and cost?",
    (
        (Configuration("beta-0.5", {"beta": 0.5}), "beta 0.5"),
        (BASE, "beta 1"),
        (Configuration("beta-2", {"beta": 2.0}), "beta 2"),
        (Configuration("beta-4", {"beta": 4.0}), "beta 4"),
    ),
    axis="beta",
)
STUDIES = (DATA, RECONSTRUCTION, LATENT, BETA)

# What the sweep starts from, and ends at; GanConfig's own.
CHOSEN: dict[str, Any] = {
    "learning_rate": 5e-3,
    "penalty": 1.0,
    "penalty_every": 4,
    "discriminator_channels": (16, 32),
    "batch_size": 128,
}
# VAEs that saw the same images in as many steps, to stand beside the GANs.
BESIDE: Members = ((BASE, "VAE, all images"), (DATA.members[1][0], "VAE, a half"))
GAN = Configuration("gan", CHOSEN, GANS)
HALF = CHOSEN | {"fraction": 0.5}
GAMES = Study(
    "games",
    "A GAN on half of the data, with each loss",
    "Does the generator of a GAN, which has the architecture of the VAE's decoder, draw better "
    "digits than the decoder? Is half of the training data enough for it? And what do three losses "
    "of the game make of that half: the relativistic pairing loss with R1 and R2 (Huang et al. "
    "2024), the non-saturating loss with R1 (Goodfellow et al. 2014, Mescheder et al. 2018), and "
    "the original minimax loss without a penalty?",
    (
        (GAN, "relativistic, all images"),
        (Configuration("gan-half", HALF, GANS), "relativistic, a half"),
        (
            Configuration("gan-half-non-saturating", HALF | {"gan_loss": "non-saturating"}, GANS),
            "non-saturating, a half",
        ),
        (
            Configuration("gan-half-minimax", HALF | {"gan_loss": "minimax"}, GANS),
            "minimax, a half",
        ),
    ),
    ordered=False,
    reference="gan-half",
)


def _swept(
    label: str, seeds: tuple[int, ...] = SEEDS[:1], **change: Any
) -> tuple[Configuration, str]:
    name = "-".join(["sweep", *(f"{key}-{_name(value)}" for key, value in change.items())])
    return Configuration(name, CHOSEN | change, SWEEP_RUNS, seeds), label


def _name(value: Any) -> str:
    return "x".join(map(str, value)) if isinstance(value, tuple) else f"{value:g}"


SWEEP = Study(
    "gan-sweep",
    "The settings of the GAN",
    "How were the GAN's settings chosen? By short runs that differ from the chosen ones in one "
    "setting each.",
    (
        _swept("as chosen", SEEDS),
        _swept("learning rate 0.001", learning_rate=1e-3),
        _swept("learning rate 0.0025", learning_rate=2.5e-3),
        _swept("learning rate 0.01", learning_rate=1e-2),
        _swept("penalty 0.1", SEEDS, penalty=0.1),
        _swept("penalty 10", penalty=10.0),
        _swept("penalty at every step", penalty_every=1),
        _swept("discriminator 24, 48", discriminator_channels=(24, 48)),
        _swept("batches of 256", batch_size=256),
    ),
    ordered=False,
    reference="sweep",
)

# Every configuration once by its name, the base first.
CONFIGURATIONS = {BASE.name: BASE} | {
    configuration.name: configuration
    for study in (*STUDIES, GAMES, SWEEP)
    for configuration, _ in study.members
}
