"""What a feature loss and a discriminator buy and cost: Frechet distances, losses, sharpness.

    python -m benchmarks.crispness run [--data-dir DIR] [--steps 300] [--seeds 1]
    python -m benchmarks.crispness table

`run` goes on from the shipped VAE for equally many steps with each set of terms, so that what
differs is the terms alone and nothing is left of the beginning of a training; the shipped weights
have converged, and the plain row tells what so many more steps do by themselves. Every run that is
finished is in docs/studies/crispness.json, and is not repeated. `table` prints it in Markdown.

The bundled classifier, in whose features the Frechet distance is usually measured, is also the one
that the feature loss compares in, which flatters that row. So the distance is measured twice more:
in the features of a second classifier of the same architecture, trained from another seed, which
nothing here has been trained with, and in the first 64 principal components of the pixels.

All distances are of 2,000 samples to 10,000 test digits; the learned distribution is fitted to the
posteriors of the same test digits, which flatters every row alike, so that these figures compare
among themselves only.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vae.classifier import Classifier, accuracy, train_classifier
from vae.data import DataError, Dataset, load_dataset, to_model_range
from vae.decoding import FoldedDecoder
from vae.density import fit_mixture
from vae.evaluation import encode, evaluate
from vae.files import atomic_write, write_json
from vae.measurement import Reference
from vae.metrics import frechet_distance, judge
from vae.model import VAE, reparameterise
from vae.training import TrainConfig, Trainer
from vae.weights import load_bundle

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "docs" / "studies" / "crispness.json"
SECOND_CLASSIFIER = ROOT / "runs" / "crispness" / "second_classifier.pt"
SECOND_SEED, SECOND_EPOCHS = 77, 2  # 99.3 % of the test digits, the bundled one 99.6 %

# Name: the terms beside squared error and KL divergence.
TERMS: dict[str, dict[str, float]] = {
    "plain": {},
    "perceptual 100": {"perceptual": 100.0},
    "perceptual 400": {"perceptual": 400.0},
    "adversarial 30": {"adversarial": 30.0},
    "perceptual 100, adversarial 30": {"perceptual": 100.0, "adversarial": 30.0},
    "adversarial 100": {"adversarial": 100.0},
    "adversarial 300": {"adversarial": 300.0},
}
SHIPPED = "as shipped"
PEAK_RATE = 1e-3  # a quarter of a whole training's: the weights are good already
BATCH_SIZE = 128
N_SAMPLES = 2_000  # of each distribution, against 10,000 test digits
N_TEST = 2_000  # test digits, for the losses
N_COMPONENTS = 64  # as many as the classifiers have features
MIXTURE_COMPONENTS = 40
SAMPLES_SEED = 0
_CPU = torch.device("cpu")


class Yardsticks:
    """What samples are measured by: three kinds of features, and what real digits have of each.

    reference: the test digits and the bundled classifier. second: the other classifier.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.reference = Reference.load()
        self.second = second_classifier(dataset)
        flat = dataset.train_images.reshape(len(dataset.train_images), -1) / np.float32(255)
        self._mean = flat.mean(0)
        covariance = (flat - self._mean).T @ (flat - self._mean) / len(flat)
        self._components = np.linalg.eigh(covariance)[1][:, ::-1][:, :N_COMPONENTS]  # (784, 64)
        self._real = self._features(self.reference.images[:, None])

    def distances(self, images: np.ndarray) -> dict[str, float]:
        """Frechet distances of uint8 images (N, 1, 28, 28) to the test digits, by the names of the
        features.
        """
        found = self._features(images)
        return {name: frechet_distance(self._real[name], found[name]) for name in found}

    def _features(self, images: np.ndarray) -> dict[str, np.ndarray]:
        flat = images.reshape(len(images), -1) / np.float32(255)
        return {
            "bundled": judge(self.reference.classifier, images).features,
            "second": judge(self.second, images).features,
            "pixels": (flat - self._mean) @ self._components,
        }


def second_classifier(dataset: Dataset) -> Classifier:
    """The one that no training here has seen; kept, as it takes half a minute."""
    if SECOND_CLASSIFIER.exists():
        return Classifier.from_state_dict(torch.load(SECOND_CLASSIFIER, weights_only=True))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SECOND_SEED)
        classifier = Classifier(dataset.image_shape).to(memory_format=torch.channels_last)
    images = torch.from_numpy(to_model_range(dataset.train_images))
    labels = torch.from_numpy(dataset.train_labels).long()
    generator = torch.Generator().manual_seed(SECOND_SEED)
    for epoch in train_classifier(classifier, images, labels, generator, SECOND_EPOCHS):
        print(f"second classifier: epoch {epoch} of {SECOND_EPOCHS}", flush=True)
    right = accuracy(classifier.eval(), dataset.test_images, dataset.test_labels)
    print(f"second classifier: {right:.2%} of the test digits")
    SECOND_CLASSIFIER.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(SECOND_CLASSIFIER) as file:
        torch.save(classifier.state_dict(), file)
    return classifier


def sharpness(images: np.ndarray) -> float:
    """Mean over uint8 images (N, 1, H, W) of the magnitude of the grey levels' gradient, 0 to 1 a
    pixel, summed over the image: how much edge there is, and how steep it is.
    """
    grey = images[:, 0].astype(np.float32) / 255
    down, right = np.diff(grey, axis=1)[:, :, :-1], np.diff(grey, axis=2)[:, :-1]
    return float(np.hypot(down, right).sum((1, 2)).mean())


def measure(vae: VAE, test_images: torch.Tensor, yardsticks: Yardsticks) -> dict[str, Any]:
    """All figures of a model."""
    losses = evaluate(vae, test_images, draws=1).losses
    decoder = FoldedDecoder.from_state_dict(
        {key: value.numpy() for key, value in vae.decoder.state_dict().items()}
    )
    rng = np.random.default_rng(SAMPLES_SEED)
    points = {
        "prior": rng.standard_normal((N_SAMPLES, decoder.latent_dim)),
        "learned": _learned_points(vae, yardsticks.reference, rng),
    }
    found: dict[str, Any] = losses.as_dict()
    for name, z in points.items():
        images = decoder.decode_uint8(z)
        judged = judge(yardsticks.reference.classifier, images)
        found[name] = {
            "frechet": yardsticks.distances(images),
            "classes": math.exp(judged.class_entropy),
            "confidence": judged.confidence,
            "sharpness": sharpness(images) / sharpness(yardsticks.reference.images[:, None]),
        }
    return found


def _learned_points(vae: VAE, reference: Reference, rng: np.random.Generator) -> np.ndarray:
    """Draws of a mixture fitted to one draw of the posterior of every test digit."""
    images = torch.from_numpy(to_model_range(reference.images[:, None]))
    mu, logvar = encode(vae, images)
    noise = torch.randn(mu.shape, generator=torch.Generator().manual_seed(SAMPLES_SEED))
    z = reparameterise(mu, logvar, noise).numpy()
    return fit_mixture(z, MIXTURE_COMPONENTS, SAMPLES_SEED).sample(N_SAMPLES, rng)


def shipped_weights(vae: VAE) -> None:
    """Let a plain VAE go on from the shipped one."""
    bundle = load_bundle(ROOT / "decoder_weights.pt")
    vae.decoder.load_state_dict({key: torch.from_numpy(a) for key, a in bundle.decoder.items()})
    vae.encoder.load_state_dict(bundle.encoder.state_dict())


def run(names: list[str], seeds: list[int], steps: int, data_dir: Path) -> None:
    """Train and measure what is not in the results yet, and write them after each."""
    torch.set_num_threads(1)
    dataset = load_dataset("mnist", data_dir)
    n = steps * BATCH_SIZE
    if n > len(dataset.train_images):
        raise ValueError(
            f"an epoch has no more than {len(dataset.train_images) // BATCH_SIZE} steps"
        )
    some = replace(
        dataset,
        train_images=dataset.train_images[:n],
        train_labels=dataset.train_labels[:n],
        test_images=dataset.test_images[:N_TEST],
        test_labels=dataset.test_labels[:N_TEST],
    )
    yardsticks = Yardsticks(dataset)
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"runs": []}
    results |= {
        "steps": steps,
        "batch_size": BATCH_SIZE,
        "peak_learning_rate": PEAK_RATE,
        "samples": N_SAMPLES,
        "test_images": N_TEST,
        "second_classifier_accuracy": accuracy(
            yardsticks.second, dataset.test_images, dataset.test_labels
        ),
    }
    done = {(row["name"], row["seed"], row["steps"]) for row in results["runs"]}
    for name, seed in [(SHIPPED, None), *((name, seed) for seed in seeds for name in names)]:
        planned = 0 if name == SHIPPED else steps
        if (name, seed, planned) in done:
            continue
        terms = TERMS.get(name, {})
        config = TrainConfig(
            epochs=1, batch_size=BATCH_SIZE, learning_rate=PEAK_RATE, seed=seed or 0, **terms
        )
        trainer = Trainer(config, some, _CPU, False, yardsticks.reference.classifier)
        shipped_weights(trainer.vae)
        start = time.process_time()
        if planned:
            for _ in trainer.run():
                pass
        seconds = time.process_time() - start
        row = {"name": name, "seed": seed, "steps": planned, "terms": terms}
        if planned:
            row["ms_per_step"] = 1000 * seconds / planned
        row |= measure(trainer.vae, trainer.test_images, yardsticks)
        results["runs"].append(row)
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        write_json(RESULTS, results)
        print(table_row(name, [row]), flush=True)


HEADINGS = (
    "Terms", "Runs", "SSE", "KL", "SSE + KL", "FD prior", "second", "pixels", "FD learned",
    "second", "pixels", "Sharpness", "Classes", "ms a step",
)  # fmt: skip


def table(results: dict[str, Any]) -> str:
    """All results in Markdown, means over seeds."""
    names = [SHIPPED, *TERMS]
    rows = {name: [row for row in results["runs"] if row["name"] == name] for name in names}
    lines = [
        f"| {' | '.join(HEADINGS)} |",
        "|---" + "|--:" * (len(HEADINGS) - 1) + "|",
        *(table_row(name, runs) for name, runs in rows.items() if runs),
    ]
    return "\n".join(lines)


def table_row(name: str, runs: list[dict[str, Any]]) -> str:
    """One line of it, of the runs of one name."""

    def mean(*keys: str) -> float | None:
        values = []
        for row in runs:
            value: Any = row
            for key in keys:
                value = value.get(key) if value is not None else None
            if value is not None:
                values.append(value)
        return sum(values) / len(values) if values else None

    def told(value: float | None, pattern: str) -> str:
        return "–" if value is None else format(value, pattern)

    cells = [name, str(len(runs))]
    cells += [told(mean(key), ".2f") for key in ("sse", "kl", "total")]
    for points in ("prior", "learned"):
        cells += [
            told(mean(points, "frechet", features), ".3f")
            for features in ("bundled", "second", "pixels")
        ]
    cells += [
        told(mean("prior", "sharpness"), ".0%"),
        told(mean("prior", "classes"), ".2f"),
        told(mean("ms_per_step"), ".0f"),
    ]
    return f"| {' | '.join(cells)} |"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    runs = commands.add_parser("run", help="train and measure what is missing")
    runs.add_argument("--data-dir", type=Path, default=ROOT / "data", metavar="DIR")
    runs.add_argument("--steps", type=int, default=300, metavar="N", help="default: %(default)s")
    runs.add_argument("--seeds", type=int, nargs="+", default=[1], metavar="N")
    runs.add_argument("--terms", nargs="+", choices=list(TERMS), default=list(TERMS))
    commands.add_parser("table", help="print what there is")
    options = parser.parse_args(arguments)
    try:
        if options.command == "run":
            run(options.terms, options.seeds, options.steps, options.data_dir)
        print(table(json.loads(RESULTS.read_text())))
    except (DataError, OSError, ValueError) as error:
        print(f"benchmarks.crispness: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
