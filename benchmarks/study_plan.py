"""What the studies ask, and the configurations whose runs answer it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vae.training import TrainConfig

ROOT = Path(__file__).resolve().parent.parent
RUNS = ROOT / "runs" / "studies"

SEEDS = (0, 1, 2)
# Of 60,000 images each: what 42 runs can afford on two shared CPU cores. SOAP, train.py's choice on
# a CPU, is ahead of Adam at equal computing time here as well.
EPOCHS = 6


@dataclass(frozen=True)
class Configuration:
    """One way to train: train.py's own on a CPU, but for `settings`, fields of TrainConfig."""

    name: str
    settings: dict[str, Any] = field(default_factory=dict)

    def train_config(self, seed: int, epochs: int) -> TrainConfig:
        """The whole configuration of one run."""
        return TrainConfig(**({"epochs": epochs, "seed": seed} | self.settings))

    def folder(self, seed: int, runs: Path) -> Path:
        """Where a run is saved, in the layout that the window opens."""
        return runs / f"{self.name}-{seed}"


@dataclass(frozen=True)
class Study:
    """One question, and the configurations that it compares, in the order of tables and plots.

    key: of its files. title, question: for the person. members: configuration and what it is called
    in this study. axis: what the members differ by, where that is a number. reference: the name of
    the one that the others are held against.
    """

    key: str
    title: str
    question: str
    members: tuple[tuple[Configuration, str], ...]
    axis: str = ""
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
# Every configuration once by its name, the base first.
CONFIGURATIONS = {BASE.name: BASE} | {
    configuration.name: configuration for study in STUDIES for configuration, _ in study.members
}
