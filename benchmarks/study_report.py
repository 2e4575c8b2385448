"""The report of the studies as text: every figure and every sentence comes from the results.

The same results give the same text, so that tables and sentences cannot disagree. A configuration
is called higher or lower than another only where each of its runs is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from benchmarks.study_pictures import PLANE_NAME, plot_name, sweep_name
from benchmarks.study_plan import (
    BETA,
    CONFIGURATIONS,
    DATA,
    LATENT,
    RECONSTRUCTION,
    SEEDS,
    STUDIES,
    Study,
)
from benchmarks.study_results import Results, Spread
from vae.figures import HIGHER, LOWER, Settings
from vae.statistics import ACTIVE_NATS

DATASET_TITLES = {"mnist": "MNIST", "sample": "the bundled sample"}

FOLDER = "studies"  # beside the report: the results and the pictures
RESULTS = f"{FOLDER}/results.json"

# The two tables of every question. By key: heading, decimals, and which values are better, if any.
LOSSES = {
    "sse": ("Squared error", 2, LOWER),
    "kl": ("KL", 2, ""),
    "loss": ("SSE + KL", 2, LOWER),
    "train_loss": ("SSE + KL, trained on", 2, ""),
    "active": ("Active dimensions", 0, ""),
}
SAMPLES = {
    "frechet": ("Fréchet, prior", 3, LOWER),
    "frechet_learned": ("Fréchet, learned", 3, LOWER),
    "precision": ("Precision", 3, HIGHER),
    "recall": ("Recall", 3, HIGHER),
    "coverage": ("Coverage", 3, HIGHER),
}
COLUMNS = LOSSES | SAMPLES
# What the sentences speak of: key and its name in them.
SPOKEN = (
    ("loss", "test loss (SSE + KL)"),
    ("sse", "squared error"),
    ("kl", "KL divergence"),
    ("frechet", "Fréchet distance of prior samples"),
    ("frechet_learned", "Fréchet distance of samples of the learned distribution"),
    ("precision", "precision"),
    ("recall", "recall"),
    ("coverage", "coverage"),
)
COUNTS = ("no", "one", "two", "three", "four", "five", "six")


def as_markdown(results: Results) -> str:
    """The whole report; `results` holds one run at least."""
    parts = [
        "# Studies: data, loss, latent size, beta",
        *_introduction(results),
        "## In short",
        "\n".join(f"- {line}" for line in _summary(results)),
        "## How it was measured",
        *_method(results),
    ]
    for study in STUDIES:
        parts += _section(study, results)
    parts += ["## Loss, latent size and beta in one plot", *_plane(), "## What was not measured"]
    parts.append("\n".join(f"- {line}" for line in _limits(results)))
    return "\n\n".join(parts) + "\n"


def _summary(results: Results) -> Iterator[str]:
    for study in STUDIES:
        yield from _in_short(study, results)
    yield from _two_sources(results)


def _introduction(results: Results) -> Iterator[str]:
    yield (
        "Four questions about the network and its training, answered by short trainings that "
        "differ from a common base in one setting each. This file and its pictures are written by "
        "`python -m benchmarks.studies report` from "
        f"[{RESULTS}]({RESULTS}); nothing in it is typed in."
    )
    missing = _missing(results)
    if missing:
        yield f"**Unfinished.** {missing}"


def _missing(results: Results) -> str:
    """Which runs there are not, in a sentence; empty if all are there."""
    names = list(dict.fromkeys(c.name for study in STUDIES for c, _ in study.members))
    seeds = {name: len(results.of(name)) for name in names}
    if min(seeds.values()) == len(SEEDS):
        return ""
    by_count = {
        count: [name for name in names if seeds[name] == count] for count in range(len(SEEDS))
    }
    parts = [
        f"{COUNTS[count]} of {len(SEEDS)} seeds of {_listed(found)}"
        for count, found in by_count.items()
        if found
    ]
    return f"So far there are {'; '.join(parts)}."


def _method(results: Results) -> Iterator[str]:
    training, machine = results.training, results.machine
    dataset = training["dataset"]
    settings = Settings(**results.measurement)
    seeds = sorted({run.seed for run in results.runs})
    epochs = training["epochs"]
    yield (
        f"**Training.** {dataset['train_images']:,} training images of "
        f"{DATASET_TITLES.get(dataset['name'], dataset['name'])}, {epochs} "
        f"{'epoch' if epochs == 1 else 'epochs'} where the shipped model had 200: the figures "
        f"compare among one another, not with the shipped model's. Batches of "
        f"{training['batch_size']}, {training['optimizer'].upper()}, peak learning rate "
        f"{training['learning_rate']:g}, {training['schedule'].partition(':')[0]} schedule; all "
        f"other settings are those of `train.py` on a CPU, the small random deformations of the "
        f"training images among them. {_seeds_told(seeds)} Trained on "
        f"{machine['cores']} shared CPU cores ({machine['processor']}, torch {machine['torch']}), "
        f"{training['threads']} {'thread' if training['threads'] == 1 else 'threads'} a run. "
        f"Training sees no test image."
    )
    yield (
        f"**Figures.** Those of `python -m vae.evaluate`, where their definitions stand, on the "
        f"{settings.test_images:,} bundled test digits: squared error (SSE) and KL divergence in "
        f"nats an image, {settings.draws} draws of z, whatever was minimised, and their sum on the "
        f"images trained on, undeformed, as in the training record; Fréchet distance of "
        f"{settings.n:,} samples, on features of the shipped digit classifier, once for samples of "
        f"the prior and once for samples of the Gaussian mixture that was fitted to the encoded "
        f"training images; precision, recall and coverage of {settings.neighbour_n:,} prior "
        f"samples against {settings.neighbour_n:,} test digits, k = {settings.k}. A dimension is "
        f"active from {ACTIVE_NATS:g} nats on. Real training digits in the place of samples get "
        + _listed([f"{name} {results.real[key]:.3f}" for key, name in _OF_SAMPLES])
        + "."
    )
    yield (
        "**Reading.** Tables give the mean over the seeds ± their standard deviation. One "
        "configuration is said to be above or below another only where each of its runs is; "
        "otherwise, or where there is a single run, the two are said not to be apart."
        + _chance_told(len(seeds))
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
    return f"Seeds {_listed([str(seed) for seed in seeds])}."


def _section(study: Study, results: Results) -> Iterator[str]:
    yield f"## {study.title}"
    yield study.question
    yield _table(study, results, LOSSES)
    yield _table(study, results, SAMPLES)
    yield f"![{study.title}: the figures of every run]({FOLDER}/{plot_name(study)})"
    lines = list(_answers(study, results))
    if lines:
        yield "\n".join(f"- {line}" for line in lines)
    yield (
        f"Sweeps: each dimension in turn from -3 to 3, the others at 0, the most used one first; "
        f"seed {SEEDS[0]}."
    )
    yield _sweeps(study, results)


def _table(study: Study, results: Results, columns: Mapping[str, tuple[str, int, str]]) -> str:
    rows = [
        ["", *(heading for heading, *_ in columns.values()), "Seeds"],
        [":--", *("--:" for _ in columns), "--:"],
    ]
    for configuration, label in study.members:
        cells = [
            told(results.spread(configuration.name, key), digits)
            for key, (_, digits, _) in columns.items()
        ]
        rows.append([label, *cells, str(len(results.of(configuration.name)))])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


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


def told(spread: Spread | None, digits: int) -> str:
    """Mean ± standard deviation, or what there is of them."""
    if spread is None:
        return "–"
    mean = f"{spread.mean:,.{digits}f}"
    if spread.deviation is None:
        return mean
    if digits == 0:  # a count: without a spread where all seeds agree
        return mean if spread.deviation == 0 else f"{spread.mean:.1f} ± {spread.deviation:.1f}"
    return f"{mean} ± {spread.deviation:.{digits}f}"


def _digits(key: str) -> int:
    return COLUMNS[key][1]


Members = list[tuple[str, Spread]]  # label and figure of what has been measured


def _measured(study: Study, results: Results, key: str) -> Members:
    found = [
        (label, results.spread(configuration.name, key)) for configuration, label in study.members
    ]
    return [(label, spread) for label, spread in found if spread is not None]


def _answers(study: Study, results: Results) -> Iterator[str]:
    """A sentence for each figure: what is best, how it goes, what is apart from the base."""
    for key, name in SPOKEN:
        members = _measured(study, results, key)
        if len(members) < 2:
            continue
        sentences = [f"**{name[0].upper()}{name[1:]}**: {_against_base(study, members, key)}."]
        if study is not RECONSTRUCTION and len(members) > 2:
            sentences += [f"{course}." for course in [_course(members, key)] if course]
        yield " ".join(sentences)
    yield f"**Active dimensions**: {_active(study, results)}."


def _active(study: Study, results: Results) -> str:
    """How many dimensions carry anything; in three words where all do."""
    names = [configuration.name for configuration, _ in study.members]
    runs = [run for name in names for run in results.of(name)]
    if all(min(run.kl_per_dimension) >= ACTIVE_NATS for run in runs):
        return "all of them, in every run"
    return _listed(
        [f"{told(spread, 0)} of {label}" for label, spread in _measured(study, results, "active")]
    )


def _against_base(study: Study, members: Members, key: str) -> str:
    """Which members are above the base in every run, which below, and which are not apart."""
    base_label = study.label(study.reference)
    by_label = dict(members)
    if base_label not in by_label:
        return _listed([f"{label} {told(spread, _digits(key))}" for label, spread in members])
    base = by_label.pop(base_label)
    groups: dict[str, list[str]] = {"above it": [], "below it": [], "not apart from it": []}
    for label, spread in by_label.items():
        if not spread.is_apart_from(base):
            group = "not apart from it"
        else:
            group = "above it" if spread.mean > base.mean else "below it"
        groups[group].append(f"{label} ({told(spread, _digits(key))})")
    found = "; ".join(f"{group}: {_listed(names)}" for group, names in groups.items() if names)
    return f"{base_label} {told(base, _digits(key))}; {found}"


def _course(members: Members, key: str) -> str:
    """Whether the figure only rises or only falls from the first to the last member.

    Empty where it does neither, and not even the lowest and the highest are apart.
    """
    steps = [(b.mean > a.mean, a.is_apart_from(b)) for (_, a), (_, b) in pairwise(members)]
    first, last = members[0], members[-1]
    if len({rises for rises, _ in steps}) > 1:
        low = min(members, key=lambda member: member[1].mean)
        high = max(members, key=lambda member: member[1].mean)
        if not low[1].is_apart_from(high[1]):
            return ""
        return (
            f"In the mean it neither only rises nor only falls from {first[0]} to {last[0]}: it is "
            f"lowest with {low[0]} and highest with {high[0]}"
        )
    way = "rises" if steps[0][0] else "falls"
    if min(len(spread.values) for _, spread in members) < 2:
        return f"It {way} at every step from {first[0]} to {last[0]}, as far as single runs tell"
    if all(apart for _, apart in steps):
        return f"It {way} at every step from {first[0]} to {last[0]}, and no two neighbours overlap"
    overlapping = [
        f"{a} and {b}"
        for ((a, _), (b, _)), (_, apart) in zip(pairwise(members), steps, strict=True)
        if not apart
    ]
    return (
        f"In the mean it {way} at every step from {first[0]} to {last[0]}, but the runs of "
        f"{', and of '.join(overlapping)} overlap"
    )


def best_of(members: Members, key: str) -> tuple[str, Spread, list[str]]:
    """The member with the best mean, and the labels of those that are not apart from it."""
    sign = -1 if COLUMNS[key][2] == HIGHER else 1
    label, spread = min(members, key=lambda member: sign * member[1].mean)
    close = [
        other for other, theirs in members if other != label and not theirs.is_apart_from(spread)
    ]
    return label, spread, close


def _best(study: Study, results: Results, keys: Sequence[str]) -> Iterator[str]:
    """For each figure, which member is best by it, and which others are not apart from that one."""
    names = dict(SPOKEN)
    for key in keys:
        members = _measured(study, results, key)
        if len(members) < 2:
            continue
        label, spread, close = best_of(members, key)
        superlative = "Highest" if COLUMNS[key][2] == HIGHER else "Lowest"
        beside = f"not apart from {_listed(close)}" if close else "apart from all others"
        yield f"{superlative} {names[key]}: {label} ({told(spread, _digits(key))}), {beside}."


def _in_short(study: Study, results: Results) -> Iterator[str]:
    sentences = {
        DATA.key: _short_of_data,
        RECONSTRUCTION.key: _short_of_reconstruction,
        LATENT.key: _short_of_latent,
        BETA.key: _short_of_beta,
    }[study.key](results)
    text = " ".join(sentences)
    if text:
        yield f"**{study.title}.** {text}"


def _short_of_data(results: Results) -> Iterator[str]:
    members = _measured(DATA, results, "loss")
    base_label = DATA.label(DATA.reference)
    if base_label not in dict(members) or len(members) < 2:
        return
    base = dict(members).pop(base_label)
    costs, close = [], []
    for label, spread in members:
        if label == base_label:
            continue
        if not spread.is_apart_from(base):
            close.append(label)
            continue
        difference = spread.mean - base.mean
        size = f"{abs(difference):.2f} nats of test loss ({abs(difference) / base.mean:.1%})"
        costs.append(f"{label} of the images {'costs' if difference > 0 else 'gains'} {size}")
    parts = [*costs]
    if close:
        parts.append(
            f"the test loss with {_listed(close)} is not apart from that with {base_label}"
        )
    yield f"At equal steps, {_listed(parts)}."
    gaps = []
    for configuration, label in (DATA.members[0], DATA.members[-1]):
        test, train = (results.spread(configuration.name, key) for key in ("loss", "train_loss"))
        if test is not None and train is not None:
            gap = test.mean - train.mean
            gaps.append(f"{abs(gap):.2f} nats {'above' if gap > 0 else 'below'} it with {label}")
    yield (f"Measured against the loss of the images trained on, the test loss is {_listed(gaps)}.")
    for key in ("frechet", "frechet_learned"):
        yield from _moved(DATA, results, key)


def _moved(study: Study, results: Results, key: str) -> Iterator[str]:
    """Whether a figure is changed at all by what the study varies."""
    members = _measured(study, results, key)
    base_label = study.label(study.reference)
    base = dict(members).get(base_label)
    others = [(label, spread) for label, spread in members if label != base_label]
    if base is None or not others:
        return
    apart = [f"{label} ({told(s, _digits(key))})" for label, s in others if s.is_apart_from(base)]
    name = dict(SPOKEN)[key]
    if apart:
        told_base = f"{told(base, _digits(key))} with {base_label}"
        yield f"The {name}, {told_base}, differs with {_listed(apart)}."
    else:
        yield f"The {name} is with none of them apart from that with {base_label}."


def _short_of_reconstruction(results: Results) -> Iterator[str]:
    yield from _best(
        RECONSTRUCTION, results, ("sse", "frechet", "frechet_learned", "precision", "recall")
    )
    variance = results.spread("sse-learned-variance", "pixel_variance")
    if variance is not None:
        yield (
            f"The learned variance of a pixel came to {told(variance, 4)}, where the squared error "
            f"takes 0.5 for granted: it weighs the KL divergence as beta = 2 × variance = "
            f"{2 * variance.mean:.2f} does."
        )


def _short_of_latent(results: Results) -> Iterator[str]:
    yield from _best(LATENT, results, ("loss", "frechet", "frechet_learned", "precision", "recall"))
    yield f"Active dimensions: {_active(LATENT, results)}."


def _short_of_beta(results: Results) -> Iterator[str]:
    sse, kl = (_measured(BETA, results, key) for key in ("sse", "kl"))
    if len(sse) > 1 and len(kl) > 1:
        yield (
            f"From {sse[0][0]} to {sse[-1][0]} the squared error goes from "
            f"{told(sse[0][1], 2)} to {told(sse[-1][1], 2)} and the KL divergence from "
            f"{told(kl[0][1], 2)} to {told(kl[-1][1], 2)}."
        )
    yield from _best(BETA, results, ("loss", "frechet", "frechet_learned", "precision", "recall"))
    yield f"Active dimensions: {_active(BETA, results)}."


def _two_sources(results: Results) -> Iterator[str]:
    """In which configurations the learned distribution is closer to real digits than the prior."""
    closer, others = [], []
    for name in CONFIGURATIONS:
        prior, learned = (results.spread(name, key) for key in ("frechet", "frechet_learned"))
        if prior is None or learned is None:
            continue
        pairs = zip(learned.values, prior.values, strict=True)
        (closer if all(a < b for a, b in pairs) else others).append(name)
    if closer:
        exception = f", but not in every run of {_listed(others)}" if others else ""
        yield (
            f"**Prior or learned distribution.** In every run of {len(closer)} of "
            f"{len(closer) + len(others)} configurations, samples of the learned distribution have "
            f"a lower Fréchet distance than samples of the prior{exception}."
        )


def _plane() -> Iterator[str]:
    yield f"![Squared error over KL divergence of the configurations]({FOLDER}/{PLANE_NAME})"
    yield (
        "Points of equal test loss lie on lines that fall by one nat of squared error for each nat "
        "of KL divergence; a point to the lower left of another is better in both terms. Runs with "
        "less data are left out, to keep the base legible."
    )


def _limits(results: Results) -> Iterator[str]:
    yield (
        f"Longer trainings: what more than {results.training['epochs']} epochs would change is not "
        "known from these figures."
    )
    yield "More than one setting at a time: whether two of the changes add up was not tried."
    yield (
        "Each configuration at its own best learning rate, schedule or deformation: all have those "
        "of the base, which were chosen for the squared error and six dimensions."
    )
    yield "Time: the cores were shared with other programs."
    yield "Other data sets, other networks, and the judgement of people who look at the samples."
    yield (
        "The likelihood itself: SSE + KL is a bound of it under the noise of the squared error, "
        "which the models of the other losses were not trained for. With beta 1 it is what the "
        "training itself makes small, so that no other beta could be expected to have less of it."
    )


def _listed(parts: Sequence[str]) -> str:
    """The parts as a sentence lists them: a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
