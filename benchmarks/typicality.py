"""Measures which points the window calls typical, rare or off the map, and how readable those are.

    python -m benchmarks.typicality [--weights FILE] [--points N] [--seed N] [--data-dir DIR]

For each kind of points: the share of every word, and of the points with that word the share whose
image the classifier is sure of. With --data-dir, also training digits, which the distances to real
digits know nothing of.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from explorer.model import SURE, LoadedModel, SampleRequest, learn_statistics, open_model, survey
from vae.data import load_dataset
from vae.statistics import OFF_THE_MAP, RARE, TYPICAL, encode_images, typicality

ROOT = Path(__file__).resolve().parent.parent
WORDS = (TYPICAL, RARE, OFF_THE_MAP)


def kinds_of_points(
    model: LoadedModel, count: int, seed: int, data_dir: Path | None
) -> dict[str, np.ndarray]:
    """Points (N, latent_dim) by what they are."""
    rng = np.random.default_rng(seed)
    encoded = model.encoded

    def means_and_draws(name: str, encoded) -> dict[str, np.ndarray]:
        some = rng.choice(len(encoded.mu), min(count, len(encoded.mu)), replace=False)
        noise = rng.standard_normal((len(some), model.latent_dim))
        draws = encoded.mu[some] + encoded.std[some] * noise
        return {f"posterior means of {name}": encoded.mu[some], f"draws of {name}": draws}

    kinds = means_and_draws("the bundled digits", encoded)
    if data_dir is not None:
        train = load_dataset("mnist", data_dir)
        some = rng.choice(len(train.train_images), count, replace=False)
        unseen = encode_images(
            model.bundle.encoder, train.train_images[some], train.train_labels[some]
        )
        kinds |= means_and_draws("training digits", unseen)
    for source in ("learned", "prior", "uniform"):
        kinds[f"samples: {source}"] = model.draw(SampleRequest(source, seed=seed, count=count))
    kinds["presets"] = model.presets
    kinds["class means"] = model.class_means
    kinds["the origin"] = np.zeros((1, model.latent_dim))
    return kinds


def main() -> None:
    """Measure and print everything."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--weights", type=Path, default=ROOT / "decoder_weights.pt")
    parser.add_argument("--points", type=int, default=2000, help="of every kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data-dir", type=Path, help="a torchvision folder with MNIST")
    options = parser.parse_args()

    model = learn_statistics(survey(open_model(options.weights)))
    if model.encoded is None:
        raise SystemExit(model.without_statistics)
    if model.bundle.classifier is None:
        raise SystemExit("no classifier judges these images")
    print(
        f"{options.weights.name}, {options.points} points, seed {options.seed}; torch "
        f"{torch.__version__}. In brackets: p > {SURE} for some class."
    )
    print(f"{'':42s}" + "".join(f"{word:>18s}" for word in WORDS))
    for name, points in kinds_of_points(
        model, options.points, options.seed, options.data_dir
    ).items():
        words = np.array([typicality(z, model.encoded).word for z in points])
        answers = model.probabilities(model.decoder.decode_uint8(points))
        sure = answers.max(axis=1) > SURE
        cells = []
        for word in WORDS:
            called = words == word
            readable = f" ({sure[called].mean():4.0%})" if called.any() else ""
            cells.append(f"{called.mean():.1%}{readable}")
        print(f"{name:42s}" + "".join(f"{cell:>18s}" for cell in cells))


if __name__ == "__main__":
    main()
