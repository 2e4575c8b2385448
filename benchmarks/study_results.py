"""The figures of the studies' runs: measured, kept in a file, and put together over the seeds."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.study_plan import CONFIGURATIONS, Configuration
from vae.coverage import covered_classes
from vae.decoding import FoldedDecoder
from vae.evaluate import evaluate_bundle, real_figures
from vae.figures import Report, Settings
from vae.files import sha256_of, write_json
from vae.measurement import PRIOR_STREAM, Reference
from vae.metrics import judge
from vae.run_files import DECODER, RECORD
from vae.weights import ModelBundle, load_bundle

FORMAT = "latent-space-explorer/studies"
VERSION = 2

# The figures of `python -m vae.evaluate`, but for the bound on -log p(x): half of the time goes
# into it, and none of the questions asks for it. So it gets the least that is possible.
SETTINGS = Settings(draws=4, bound_images=2, bound_samples=1)
NOT_KEPT = ("bound",)


class ResultsError(ValueError):
    """Results that cannot be read, or runs that do not belong together; the message says why."""


@dataclass(frozen=True)
class Run:
    """One measured run.

    name: of its configuration. sha256: of its decoder. figures: by the keys of vae.figures, None
    for what could not be measured; `classes`, how many its prior samples cover, and `effective`,
    the number of even classes of the same entropy; `train_loss`, SSE + KL of the images a VAE was
    trained on; `pixel_variance`, where it was learned; `processor_seconds` of a GAN's training.
    kl_per_dimension: nats, on the test images; empty for a GAN, which has no encoder here.
    epochs: of a GAN, "train" and "coverage" of each epoch as in its record.
    """

    name: str
    seed: int
    sha256: str
    figures: dict[str, float | None]
    kl_per_dimension: list[float]
    epochs: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Spread:
    """One figure of one configuration over its seeds: a value for each, in order of the seeds."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The mean over the seeds."""
        return float(np.mean(self.values))

    @property
    def deviation(self) -> float | None:
        """The standard deviation over the seeds (n - 1 in its denominator); None of one."""
        return float(np.std(self.values, ddof=1)) if len(self.values) > 1 else None

    def is_apart_from(self, other: Spread) -> bool:
        """Whether every run of one lies on the same side of every run of the other.

        A single run has no spread to be apart by: then it is False.
        """
        if min(len(self.values), len(other.values)) < 2:
            return False
        return max(self.values) < min(other.values) or min(self.values) > max(other.values)


@dataclass(frozen=True)
class Results:
    """All that was measured.

    training: by the name of each series, what its runs share, and the data set. measurement: the
    settings of the figures. machine: in general words. real: the figures of real digits in the
    place of samples.
    """

    training: dict[str, dict[str, Any]] = field(default_factory=dict)
    measurement: dict[str, Any] = field(default_factory=dict)
    machine: dict[str, Any] = field(default_factory=dict)
    real: dict[str, float | None] = field(default_factory=dict)
    runs: tuple[Run, ...] = ()

    def of(self, name: str) -> tuple[Run, ...]:
        """The runs of a configuration, in the order of their seeds."""
        return tuple(sorted((run for run in self.runs if run.name == name), key=lambda r: r.seed))

    def spread(self, name: str, key: str) -> Spread | None:
        """A figure of a configuration over its seeds; None if it has not been measured."""
        values = [run.figures.get(key) for run in self.of(name)]
        return Spread(tuple(values)) if values and None not in values else None

    def run(self, name: str, seed: int) -> Run | None:
        """One run; None if it has not been measured."""
        return next((run for run in self.runs if (run.name, run.seed) == (name, seed)), None)

    @classmethod
    def load(cls, path: Path) -> Results:
        """Read what `save` wrote; nothing measured where there is no file. Raises ResultsError."""
        if not path.exists():
            return cls()
        try:
            content = json.loads(path.read_bytes())
            if (content.pop("format"), content.pop("version")) != (FORMAT, VERSION):
                raise ResultsError(f"{path} is of another version of the program")
            return cls(**(content | {"runs": tuple(Run(**run) for run in content["runs"])}))
        except (OSError, KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
            raise ResultsError(f"{path} holds no results of the studies ({error})") from error

    def save(self, path: Path) -> None:
        """Write everything as JSON, atomically. Raises OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, {"format": FORMAT, "version": VERSION, **asdict(self)})


def measure(
    runs: Path,
    path: Path,
    settings: Settings = SETTINGS,
    say: Callable[[str], None] = lambda line: None,
) -> Results:
    """Measure the finished runs that the results at `path` lack, and save them after each.

    Raises ResultsError if runs differ in what they should share, OSError.
    """
    results = Results.load(path)
    if results.measurement and results.measurement != asdict(settings):
        raise ResultsError(f"{path} was measured with other settings; delete it to measure anew")
    reference = None
    for configuration, seed in _finished(runs):
        name, folder = configuration.name, configuration.folder(seed, runs)
        known = results.run(name, seed)
        if known is not None and known.sha256 == sha256_of(folder / DECODER):
            continue
        reference = reference or Reference.load()
        if not results.real:
            real = _values(real_figures(settings, reference=reference))
            results = replace(results, measurement=asdict(settings), real=real)
        run, training, machine = measure_run(configuration, seed, folder, settings, reference)
        series = configuration.series.name
        if results.training.get(series, training) != training:
            raise ResultsError(
                f"{folder} was trained with other settings than the other runs: {training} "
                f"in place of {results.training[series]}"
            )
        others = tuple(r for r in results.runs if (r.name, r.seed) != (name, seed))
        results = replace(
            results,
            training=results.training | {series: training},
            machine=machine,
            runs=_ordered((*others, run)),
        )
        results.save(path)
        say(f"measured {folder.name}: Fréchet distance {run.figures['frechet']:.3f}")
    return results


def _finished(runs: Path) -> Iterator[tuple[Configuration, int]]:
    for configuration in CONFIGURATIONS.values():
        for seed in configuration.seeds:
            if (configuration.folder(seed, runs) / RECORD).exists():
                yield configuration, seed


def measure_run(
    configuration: Configuration, seed: int, folder: Path, settings: Settings, reference: Reference
) -> tuple[Run, dict[str, Any], dict[str, Any]]:
    """Measure one run; returns it, what it should share with its series, and the machine."""
    bundle = load_bundle(folder / DECODER)
    record = bundle.record
    if record is None:
        raise ResultsError(f"{folder} has no record of its own: {' '.join(bundle.notes)}")
    training, final = record["training"], record["final"]
    figures = _values(evaluate_bundle(bundle, settings, reference=reference))
    figures["classes"] = float(classes_of_samples(bundle, settings, reference))
    figures["effective"] = math.exp(figures["class_entropy"])
    epochs = []
    if configuration.series.family == "gan":
        figures["processor_seconds"] = training["processor_seconds"]
        epochs = [{key: epoch[key] for key in ("train", "coverage")} for epoch in record["epochs"]]
    else:
        figures["train_loss"] = final["train"]["total"]
    if "pixel_variance" in final:
        figures["pixel_variance"] = final["pixel_variance"]
    shared = {key: training[key] for key in configuration.series.shared}
    dataset = {key: record["dataset"][key] for key in ("name", "train_images", "test_images")}
    machine = {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "torch": torch.__version__,
    }
    kl = final.get("kl_per_dimension", [])
    run = Run(configuration.name, seed, bundle.sha256, figures, kl, epochs)
    return run, shared | {"dataset": dataset}, machine


def classes_of_samples(bundle: ModelBundle, settings: Settings, reference: Reference) -> int:
    """How many classes a model's samples of the prior cover; the samples of the other figures."""
    rng = np.random.default_rng([settings.seed, PRIOR_STREAM])
    z = rng.standard_normal((settings.n, bundle.config.latent_dim))
    samples = FoldedDecoder.from_state_dict(bundle.decoder).decode_uint8(z)
    return covered_classes(judge(reference.classifier, samples))


def _values(report: Report) -> dict[str, float | None]:
    return {figure.key: figure.value for figure in report.figures if figure.key not in NOT_KEPT}


def _ordered(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    order = list(CONFIGURATIONS)
    return tuple(sorted(runs, key=lambda run: (order.index(run.name), run.seed)))
