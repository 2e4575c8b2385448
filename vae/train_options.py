"""The command line of `train.py`: its options, and the settings of a training that they make."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from vae.command_line import whole_number
from vae.data import DATASET_NAMES

if TYPE_CHECKING:  # torch takes seconds to import, and --help and wrong options must not wait
    import torch

    from vae.gan_training import GanConfig
    from vae.training import TrainConfig

ROOT = Path(__file__).resolve().parent.parent
# Where a training ends if nothing is said: what ships is made by train.py without options.
FOLDERS = {"vae": ROOT, "gan": ROOT / "assets" / "models" / "gan"}
COMMON_OPTIONS = ("epochs", "batch_size", "seed", "latent_dim", "width", "fraction")
OWN_OPTIONS = {
    "vae": ("optimizer", "recon_loss", "beta", "perceptual", "adversarial"),
    "gan": ("gan_loss", "penalty"),
}
SHIPPED_SEED = 1  # of those tried, the one with the lowest training loss; the record lists them


def make_parser() -> argparse.ArgumentParser:
    """All options; see `configured` for what they come to."""
    parser = argparse.ArgumentParser(
        description="Train a model and what the application loads beside it.",
        epilog="Ctrl-C saves what has been reached and prints the command to continue. While it "
        "runs, python gui.py --weights OUT/runs/latest/decoder_weights.pt shows how far it is.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add(
        "--model",
        choices=tuple(FOLDERS),
        default="vae",
        help="vae: encoder and decoder; gan: the same decoder, called a generator, against a "
        "discriminator, and then an encoder that is fitted to it (default: %(default)s)",
    )
    add("--dataset", choices=DATASET_NAMES, default="mnist", help="default: %(default)s")
    add(
        "--data-dir",
        type=Path,
        default=ROOT / "data",
        metavar="DIR",
        help="torchvision root: MNIST is read from DIR/MNIST/raw, or downloaded (default: data)",
    )
    add(
        "--epochs",
        type=whole_number(1, 100_000),
        metavar="N",
        help="passes over the training images (default: 200, with --model gan 60)",
    )
    add(
        "--batch-size",
        type=whole_number(1, 1_000_000),
        default=128,
        metavar="N",
        help="images per step (default: %(default)s)",
    )
    add(
        "--lr",
        type=_positive_number,
        metavar="X",
        help="peak learning rate (default: 0.004, with --model gan 0.005)",
    )
    add(
        "--seed",
        type=whole_number(0, 2**31 - 1),
        default=SHIPPED_SEED,
        metavar="N",
        help="same seed, same weights on the same CPU (default: %(default)s, as shipped)",
    )
    add(
        "--latent-dim",
        type=whole_number(1, 64),
        default=6,
        metavar="N",
        help="latent dimensions, 1 to 64 (default: %(default)s)",
    )
    add(
        "--width",
        type=whole_number(1, 8),
        default=1,
        metavar="N",
        help="feature maps in multiples of the plain network's 16 and 32, 1 to 8: more are crisper "
        "and slower (default: %(default)s)",
    )
    add(
        "--fraction",
        type=_share,
        default=1.0,
        metavar="X",
        help="share of the training images that the model learns from, above 0 and at most "
        "1; an epoch keeps the steps of a pass over all of them (default: %(default)s)",
    )
    of_vae = parser.add_argument_group("of a VAE")
    of_vae.add_argument(
        "--recon-loss",
        choices=("sse", "bce", "l1", "sse-learned-variance"),
        help="what is minimised beside the KL divergence: squared error, binary cross-entropy, "
        "absolute error, squared error with learned variance (default: sse)",
    )
    of_vae.add_argument(
        "--beta",
        type=_positive_number,
        metavar="X",
        help="weight of the KL divergence, as in a beta-VAE (default: 1)",
    )
    of_vae.add_argument(
        "--perceptual",
        type=_weight,
        metavar="X",
        help="weight of the distance between image and reconstruction in the features of a "
        "classifier, in addition; 0 for none (default: 0)",
    )
    of_vae.add_argument(
        "--adversarial",
        type=_weight,
        metavar="X",
        help="weight of the loss against a discriminator, in addition, as in a VAE-GAN; 0 for none "
        "(default: 0)",
    )
    of_vae.add_argument(
        "--optimizer",
        choices=("auto", "soap", "adam"),
        help="auto: SOAP on a CPU, Adam on a GPU (default: auto)",
    )
    of_gan = parser.add_argument_group("of a GAN")
    of_gan.add_argument(
        "--gan-loss",
        choices=("relativistic", "non-saturating", "minimax"),
        help="the game: relativistic pairing with R1 and R2, non-saturating with R1, or minimax "
        "without a penalty, a lesson in instability (default: relativistic)",
    )
    of_gan.add_argument(
        "--penalty",
        type=_weight,
        metavar="X",
        help="gamma, the weight of R1 and R2, of the discriminator's squared gradients "
        "(default: 1)",
    )
    add(
        "--device",
        choices=("auto", "cpu", "cuda", "mps"),
        default="auto",
        help="auto: CUDA, then MPS, then the CPU (default: %(default)s)",
    )
    add(
        "--out",
        type=Path,
        metavar="DIR",
        help="where decoder_weights.pt and assets/ are written (default: beside train.py, with "
        "--model gan assets/models/gan)",
    )
    add("--resume", action="store_true", help="continue an interrupted training in --out")
    add("--dry-run", action="store_true", help="check everything, train nothing")
    add(
        "--progress",
        choices=("text", "json"),
        default="text",
        help="json: for another program, a JSON object a line, see vae/progress_lines.py "
        "(default: %(default)s)",
    )
    add(
        "--stop-with-stdin",
        action="store_true",
        help="stop as with Ctrl-C when standard input ends, for a program that starts this one",
    )
    return parser


def configured(options: argparse.Namespace, device: torch.device) -> TrainConfig | GanConfig:
    """What is to be trained on a device.

    Raises ValueError if an option has no meaning for the model, or a value is not possible.
    """
    from vae.gan_training import GanConfig
    from vae.training import TrainConfig

    given = {name: value for name, value in vars(options).items() if value is not None}
    family = options.model
    foreign = [name for other in OWN_OPTIONS if other != family for name in OWN_OPTIONS[other]]
    for name in foreign:
        if name in given:
            raise ValueError(f"--{name.replace('_', '-')} has no meaning with --model {family}")
    named = (*COMMON_OPTIONS, *OWN_OPTIONS[family])
    settings = {name: given[name] for name in named if name in given}
    if "lr" in given:
        settings["learning_rate"] = given["lr"]
    if family == "gan":
        return GanConfig(**settings)
    if options.optimizer in (None, "auto"):
        # SOAP's eigenbases cannot be refreshed inside a CUDA graph, and without graphs a GPU spends
        # its time on launching kernels.
        settings["optimizer"] = "soap" if device.type == "cpu" else "adam"
    return TrainConfig(**settings)


def _positive_number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"must be a positive number, not {text!r}")
    return value


def _weight(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise argparse.ArgumentTypeError(f"must be 0 or a positive number, not {text!r}")
    return value


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"must be a number above 0 and at most 1, not {text!r}")
    return value
