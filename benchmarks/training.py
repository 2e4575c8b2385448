"""Images per second of the training loops, beside a plain DataLoader loop, in one run.

    python -m benchmarks.training [--device auto|cpu|cuda|mps] [--repeats 5]

The plain loop is the usual one: a data set of single images with ToTensor and Normalize applied to
each, a DataLoader without workers, the network as written, Adam, `.item()` after every step. The
loops take turns, so that other load on the machine meets all of them.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections.abc import Callable

import torch
from torchvision import transforms

from vae.augment import Deformation
from vae.data import Dataset, load_dataset
from vae.gan_training import GanConfig, GanTrainer
from vae.judge import judge_of
from vae.losses import kl_divergence, squared_error
from vae.model import VAE, ModelConfig
from vae.training import TrainConfig, Trainer

SEED = 0
BATCH_SIZE = 128
MNIST_IMAGES = 60_000
# Of the crisper VAE that comes with the program.
CRISP_WIDTH, CRISP_WEIGHT = 2, 100.0


class ItemDataset(torch.utils.data.Dataset):
    """Single images, transformed one by one, as tutorials do it."""

    def __init__(self, dataset: Dataset) -> None:
        self.images = dataset.train_images[:, 0]
        self.transform = transforms.Compose(
            [transforms.ToPILImage(), transforms.ToTensor(), transforms.Normalize(0.5, 0.5)]
        )

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> torch.Tensor:
        return self.transform(self.images[index])


def plain_loop(dataset: Dataset, device: torch.device) -> Callable[[], None]:
    """One epoch of the plain loop at every call."""
    torch.manual_seed(SEED)
    vae = VAE.from_config(ModelConfig(image_shape=dataset.image_shape)).to(device)
    optimizer = torch.optim.Adam(vae.parameters(), lr=1e-3)
    loader = torch.utils.data.DataLoader(ItemDataset(dataset), BATCH_SIZE, shuffle=True)

    def epoch() -> None:
        total = 0.0
        for batch in loader:
            x = batch.to(device)
            x_hat, mu, logvar = vae(x, torch.randn(len(x), vae.config.latent_dim, device=device))
            loss = squared_error(x_hat, x).mean() + kl_divergence(mu, logvar).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()

    return epoch


def our_loop(
    dataset: Dataset, device: torch.device, optimizer: str, deformation: Deformation
) -> Callable[[], None]:
    """One epoch of the training loop at every call, without the evaluation after it."""
    config = TrainConfig(
        epochs=1000,  # so that the run is at its beginning, where images are deformed
        batch_size=BATCH_SIZE,
        learning_rate=1e-3,
        optimizer=optimizer,
        seed=SEED,
        deformation=deformation,
    )
    trainer = Trainer(config, dataset, device, device.type == "cuda" and optimizer == "adam")
    epochs = iter(range(1, config.epochs))
    return lambda: trainer.train_epoch(next(epochs))


def crisp_loop(dataset: Dataset, device: torch.device, optimizer: str) -> Callable[[], None]:
    """One epoch of a wider VAE with an adversarial term at every call."""
    config = TrainConfig(
        epochs=1000, optimizer=optimizer, width=CRISP_WIDTH, adversarial=CRISP_WEIGHT, seed=SEED
    )
    trainer = Trainer(config, dataset, device, captured=False)
    epochs = iter(range(1, config.epochs))
    return lambda: trainer.train_epoch(next(epochs))


def gan_loop(dataset: Dataset, device: torch.device, penalty_every: int) -> Callable[[], None]:
    """One epoch of a GAN at every call, without the measuring after it."""
    config = GanConfig(epochs=1000, penalty_every=penalty_every, seed=SEED)
    trainer = GanTrainer(config, dataset, device, judge_of(dataset, None).classifier)
    epochs = iter(range(1, config.epochs))
    return lambda: trainer.train_epoch(next(epochs))


def main() -> None:
    """Print one line per loop."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="default: %(default)s")
    options = parser.parse_args()
    name = options.device
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(name)
    dataset = load_dataset("sample", "")
    n = len(dataset.train_images)

    shipped = TrainConfig()
    default = "adam" if device.type == "cuda" else shipped.optimizer
    loops = {
        "plain DataLoader loop, Adam": plain_loop(dataset, device),
        "our loop, Adam": our_loop(dataset, device, "adam", Deformation()),
        f"our loop, {default}": our_loop(dataset, device, default, Deformation()),
        f"our loop, {default}, deformed": our_loop(dataset, device, default, shipped.deformation),
        f"VAE, width {CRISP_WIDTH}, adversarial": crisp_loop(dataset, device, default),
        "GAN, relativistic": gan_loop(dataset, device, GanConfig().penalty_every),
        "GAN, penalty at every step": gan_loop(dataset, device, 1),
    }
    for epoch in loops.values():
        epoch()  # warm-up; on CUDA, the capture
    seconds: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(options.repeats):
        for name, epoch in loops.items():
            start = time.perf_counter()
            epoch()
            seconds[name].append(time.perf_counter() - start)

    hardware = torch.cuda.get_device_name() if device.type == "cuda" else platform.machine()
    print(
        f"{n:,} images an epoch, batches of {BATCH_SIZE}, seed {SEED}, {options.repeats} repeats, "
        f"{device} ({hardware}), {torch.get_num_threads()} threads, torch {torch.__version__}"
    )
    print(f"{'':<36}{'images/s':>10}{'slowest':>10}{'fastest':>10}{'ratio':>8}{'MNIST epoch':>13}")
    base = statistics.median(next(iter(seconds.values())))
    for name, values in seconds.items():
        median = statistics.median(values)
        print(
            f"{name:<36}{n / median:>10,.0f}{n / max(values):>10,.0f}{n / min(values):>10,.0f}"
            f"{base / median:>8.2f}{MNIST_IMAGES * median / n:>11,.1f} s"
        )


if __name__ == "__main__":
    main()
