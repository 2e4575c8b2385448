"""Make assets/train_digits.npz: real digits that were trained on, to hold against generated ones.

    python -m tools.bundle_digits --data-dir data

writes the same bytes whenever it is run, wherever the same zlib is installed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from vae.data import TRAIN_DIGITS_FILE, DataError, Dataset, load_dataset
from vae.files import atomic_write

N_DIGITS = 10_000  # as many as there are test digits
# A plain draw, not the same number of every class: the classes of samples vary as well, and what
# real data get is to be what a perfect generator would get.
SEED = 20_261_121


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description="Bundle 10,000 of the MNIST training digits.")
    parser.add_argument("--data-dir", type=Path, required=True, help="a torchvision root")
    parser.add_argument("--out", type=Path, default=TRAIN_DIGITS_FILE, help="default: %(default)s")
    options = parser.parse_args(arguments)
    try:
        dataset = load_dataset("mnist", options.data_dir)
        bundle(dataset, options.out)
    except (DataError, OSError, ValueError) as error:
        parser.error(str(error))
    print(f"{options.out}: {N_DIGITS:,} digits, {options.out.stat().st_size:,} bytes")
    return 0


def bundle(dataset: Dataset, path: Path) -> None:
    """Write N_DIGITS of the training images, in their order, with the index of each.

    images (N, 28, 28) uint8, labels (N,) uint8, indices (N,) uint16 into the training set.
    Raises OSError, or ValueError if there are too few images.
    """
    n = len(dataset.train_images)
    if n < N_DIGITS:
        raise ValueError(f"there are only {n:,} training images; {N_DIGITS:,} are to be chosen")
    indices = np.sort(np.random.default_rng(SEED).choice(n, N_DIGITS, replace=False))
    with atomic_write(path) as file:
        np.savez_compressed(
            file,
            images=dataset.train_images[indices, 0],
            labels=dataset.train_labels[indices].astype(np.uint8),
            indices=indices.astype(np.uint16),
        )


if __name__ == "__main__":
    sys.exit(main())
