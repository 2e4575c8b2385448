"""The report of the studies as text: every figure and every sentence comes from the results.

The same results give the same text, so that tables and sentences cannot disagree. A configuration
is called higher or lower than another only where each of its runs is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.study_crispness import Figures, crispness_in_short, crispness_section
from benchmarks.study_games import games_in_short, games_section, sweep_in_short, sweep_section
from benchmarks.study_pictures import PLANE_NAME, plot_name, sweep_name
from benchmarks.study_plan import CONFIGURATIONS, EPOCHS, SEEDS, STUDIES, VAES, Study
from benchmarks.study_results import Results
from benchmarks.study_summary import in_short, two_sources
from benchmarks.study_words import (
    FOLDER,
    LOSSES,
    OF_VAES,
    RESULTS,
    SAMPLES,
    active_told,
    answers,
    as_list,
    listed,
    table,
)
from vae.figures import Settings
from vae.statistics import ACTIVE_NATS

DATASET_TITLES = {"mnist": "MNIST", "sample": "the bundled sample"}

COUNTS = ("no", "one", "two", "three", "four", "five", "six")


def as_markdown(results: Results, crispness: Figures | None = None) -> str:
    """The whole report; `results` holds one run at least.

    crispness: what benchmarks.crispness has measured, if it has.
    """
    parts = [
        "# Studies: data, loss, latent size, beta, GANs",
        *_introduction(results),
        "## In short",
        as_list(_summary(results, crispness)),
        "## How it was measured",
        *_method(results),
    ]
    for study in STUDIES:
        parts += _section(study, results)
    parts += ["## Loss, latent size and beta in one plot", *_plane()]
    parts += [*games_section(results), *sweep_section(results), *crispness_section(crispness)]
    parts.append("## What was not measured")
    parts.append(as_list(_limits(results)))
    return "\n\n".join(parts) + "\n"


def _summary(results: Results, crispness: Figures | None) -> Iterator[str]:
    for study in STUDIES:
        yield from in_short(study, results)
    yield from two_sources(results)
    yield from games_in_short(results)
    yield from sweep_in_short(results)
    yield from crispness_in_short(crispness)


def _introduction(results: Results) -> Iterator[str]:
    yield (
        "Four questions about the VAE and its training, answered by short trainings that differ "
        "from a common base in one setting each; then one about the same network as the generator "
        "of a GAN, one about its settings, and what makes a VAE crisper. This file and its "
        "pictures are written by `python -m benchmarks.studies report` from "
        f"[{RESULTS}]({RESULTS}); nothing in it is typed in."
    )
    missing = _missing(results)
    if missing:
        yield f"**Unfinished.** {missing}"


def _missing(results: Results) -> str:
    """Which runs there are not, in a sentence; empty if all are there."""
    by_count: dict[str, list[str]] = {}
    for name, configuration in CONFIGURATIONS.items():
        found, planned = len(results.of(name)), len(configuration.seeds)
        if found < planned:
            seeds = "seed" if planned == 1 else "seeds"
            by_count.setdefault(f"{COUNTS[found]} of {planned} {seeds} of", []).append(name)
    if not by_count:
        return ""
    parts = [f"{count} {listed(names)}" for count, names in sorted(by_count.items())]
    return f"So far there are {'; '.join(parts)}."


def _method(results: Results) -> Iterator[str]:
    settings = Settings(**results.measurement)
    seeds = sorted({run.seed for run in results.runs})
    if VAES.name in results.training:
        yield _training_told(results.training[VAES.name], seeds)
    machine = results.machine
    yield (
        f"**Machine.** {machine['cores']} shared CPU cores ({machine['processor']}, torch "
        f"{machine['torch']}), one thread a run. Processor seconds are what a training took of "
        f"them, whatever else ran; the measuring after each of its epochs is in them."
    )
    yield (
        f"**Figures.** Those of `python -m vae.evaluate`, where their definitions stand, on the "
        f"{settings.test_images:,} bundled test digits: squared error (SSE) and KL divergence in "
        f"nats an image, {settings.draws} draws of z, whatever was minimised, and their sum on the "
        f"images trained on, undeformed, as in the training record; Fréchet distance of "
        f"{settings.n:,} samples, on features of the shipped digit classifier, once for samples of "
        f"the prior and once for samples of the Gaussian mixture that was fitted to the encoded "
        f"training images; precision, recall, density and coverage of {settings.neighbour_n:,} "
        f"prior samples against {settings.neighbour_n:,} test digits, k = {settings.k}. A class is "
        f"covered where a tenth of an even share of the samples are taken for it; the effective "
        f"number of classes is the exponential of the entropy of the shares. A dimension is "
        f"active from {ACTIVE_NATS:g} nats on. Real training digits in the place of samples get "
        + listed([f"{name} {results.real[key]:.3f}" for key, name in _OF_SAMPLES])
        + "."
    )
    yield (
        "**Reading.** Tables give the mean over the seeds ± their standard deviation. One "
        "configuration is said to be above or below another only where each of its runs is; "
        "otherwise, or where there is a single run, the two are said not to be apart."
        + _chance_told(len(seeds))
    )


def _training_told(training: Mapping[str, Any], seeds: Sequence[int]) -> str:
    dataset, epochs = training["dataset"], training["epochs"]
    return (
        f"**Training.** {dataset['train_images']:,} training images of "
        f"{DATASET_TITLES.get(dataset['name'], dataset['name'])}, {epochs} "
        f"{'epoch' if epochs == 1 else 'epochs'} where the shipped model had 200: the figures "
        f"compare among one another, not with the shipped model's. Batches of "
        f"{training['batch_size']}, {training['optimizer'].upper()}, peak learning rate "
        f"{training['learning_rate']:g}, {training['schedule'].partition(':')[0]} schedule; all "
        f"other settings are those of `train.py` on a CPU, the small random deformations of the "
        f"training images among them; what differs for GANs stands with them. "
        f"{_seeds_told(seeds)} Training sees no test image."
    )


def _chance_told(n: int) -> str:
    """How often n runs each of two equal configurations would be apart."""
    if n < 2:
        return ""
    # Of all ways to deal 2 n values to two sets of n, two leave one set above the other.
    chance = 2 / math.comb(2 * n, n)
    return (
        f" Few seeds are a weak proof: two configurations that do not differ at all are apart in "
        f"{chance:.0%} of such comparisons by chance. So a difference that is small beside the "
        f"spread means little, though it be in every run."
    )


_OF_SAMPLES = (
    ("frechet", "a Fréchet distance of"),
    ("precision", "a precision of"),
    ("recall", "a recall of"),
    ("coverage", "a coverage of"),
)


def _seeds_told(seeds: Sequence[int]) -> str:
    if len(seeds) == 1:
        return f"One seed, {seeds[0]}."
    return f"Seeds {listed([str(seed) for seed in seeds])}."


def _section(study: Study, results: Results) -> Iterator[str]:
    yield f"## {study.title}"
    yield study.question
    yield table(study.members, results, LOSSES)
    yield table(study.members, results, SAMPLES)
    yield f"![{study.title}: the figures of every run]({FOLDER}/{plot_name(study)})"
    lines = [*answers(study, results, OF_VAES)]
    lines.append(f"**Active dimensions**: {active_told(study, results)}.")
    yield as_list(lines)
    yield (
        f"Sweeps: each dimension in turn from -3 to 3, the others at 0, the most used one first; "
        f"seed {SEEDS[0]}."
    )
    yield _sweeps(study, results)


def _sweeps(study: Study, results: Results) -> str:
    shown = [
        (configuration.name, label)
        for configuration, label in study.members
        if results.run(configuration.name, SEEDS[0])
    ]
    if not shown:
        return "There are none yet."
    pictures = [f"![{label}]({FOLDER}/{sweep_name(name)})" for name, label in shown]
    rows = [[label for _, label in shown], [":--:"] * len(shown), pictures]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _plane() -> Iterator[str]:
    yield f"![Squared error over KL divergence of the configurations]({FOLDER}/{PLANE_NAME})"
    yield (
        "Points of equal test loss lie on lines that fall by one nat of squared error for each nat "
        "of KL divergence; a point to the lower left of another is better in both terms. Runs with "
        "less data are left out, to keep the base legible."
    )


def _limits(results: Results) -> Iterator[str]:
    yield (
        f"Longer trainings: what more than {EPOCHS} epochs would change is not known from these "
        f"figures."
    )
    yield "More than one setting of the VAE at a time: whether two changes add up was not tried."
    yield (
        "Each configuration at its own best learning rate, schedule or deformation: all have those "
        "of the base, which were chosen for the squared error and six dimensions, and all losses "
        "of the GAN have those of the relativistic one."
    )
    yield "How long a training takes: the cores were shared with other programs."
    yield "Other data sets, other networks, and the judgement of people who look at the samples."
    yield (
        "The likelihood itself: SSE + KL is a bound of it under the noise of the squared error, "
        "which the models of the other losses were not trained for. With beta 1 it is what the "
        "training itself makes small, so that no other beta could be expected to have less of it."
    )
