"""Figures of several runs in words: tables, and sentences that say no more than the runs do.

A configuration is called higher or lower than another only where each of its runs is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from benchmarks.study_plan import Configuration, Study
from benchmarks.study_results import Results, Spread
from vae.figures import HIGHER, LOWER
from vae.statistics import ACTIVE_NATS

FOLDER = "studies"  # beside the report: the results and the pictures
RESULTS = f"{FOLDER}/results.json"
CRISPNESS = f"{FOLDER}/crispness.json"  # of benchmarks.crispness

# The two tables of every question of the VAE. By key: heading, decimals, and which values are
# better, if any.
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
# Of prior samples alone, for networks without an encoder.
PRIOR = {
    "frechet": ("Fréchet distance", 3, LOWER),
    "precision": ("Precision", 3, HIGHER),
    "recall": ("Recall", 3, HIGHER),
    "density": ("Density", 3, HIGHER),
    "coverage": ("Coverage", 3, HIGHER),
}
CLASSES = {
    "classes": ("Classes covered", 0, HIGHER),
    "effective": ("Effective classes", 2, HIGHER),
    "confidence": ("Confidence", 3, ""),
    "processor_seconds": ("Processor seconds", 0, LOWER),
}
COLUMNS = LOSSES | PRIOR | SAMPLES | CLASSES
# What the sentences call the figures.
NAMES = {
    "loss": "test loss (SSE + KL)",
    "sse": "squared error",
    "kl": "KL divergence",
    "frechet": "Fréchet distance of prior samples",
    "frechet_learned": "Fréchet distance of samples of the learned distribution",
    "precision": "precision",
    "recall": "recall",
    "density": "density",
    "coverage": "coverage",
    "effective": "effective number of classes",
    "confidence": "confidence",
}
OF_VAES = ("loss", "sse", "kl", "frechet", "frechet_learned", "precision", "recall", "coverage")


def table(
    rows_of: Iterable[tuple[Configuration, str]],
    results: Results,
    columns: Mapping[str, tuple[str, int, str]],
) -> str:
    """A row for each configuration under its label: means over the seeds ± standard deviation."""
    rows = [
        ["", *(heading for heading, *_ in columns.values()), "Seeds"],
        [":--", *("--:" for _ in columns), "--:"],
    ]
    for configuration, label in rows_of:
        cells = [
            told(results.spread(configuration.name, key), digits)
            for key, (_, digits, _) in columns.items()
        ]
        rows.append([label, *cells, str(len(results.of(configuration.name)))])
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


def digits_of(key: str) -> int:
    """The decimals of a figure."""
    return COLUMNS[key][1]


Labelled = list[tuple[str, Spread]]  # label and figure of what has been measured


def measured(study: Study, results: Results, key: str) -> Labelled:
    """The members of a study that a figure has been measured of."""
    found = [
        (label, results.spread(configuration.name, key)) for configuration, label in study.members
    ]
    return [(label, spread) for label, spread in found if spread is not None]


def answers(study: Study, results: Results, keys: Sequence[str]) -> Iterator[str]:
    """A sentence for each figure: how it goes, and what is apart from the reference."""
    for key in keys:
        name = NAMES[key]
        members = measured(study, results, key)
        if len(members) < 2:
            continue
        sentences = [f"**{name[0].upper()}{name[1:]}**: {against_reference(study, members, key)}."]
        if study.ordered and len(members) > 2:
            sentences += [f"{course}." for course in [course_of(members, key)] if course]
        yield " ".join(sentences)


def active_told(study: Study, results: Results) -> str:
    """How many dimensions carry anything; in three words where all do."""
    names = [configuration.name for configuration, _ in study.members]
    runs = [run for name in names for run in results.of(name)]
    if all(min(run.kl_per_dimension) >= ACTIVE_NATS for run in runs):
        return "all of them, in every run"
    return listed(
        [f"{told(spread, 0)} of {label}" for label, spread in measured(study, results, "active")]
    )


def against_reference(study: Study, members: Labelled, key: str) -> str:
    """Which members are above the reference in every run, which below, which are not apart."""
    base_label = study.label(study.reference)
    by_label = dict(members)
    if base_label not in by_label:
        return listed([f"{label} {told(spread, digits_of(key))}" for label, spread in members])
    base = by_label.pop(base_label)
    groups: dict[str, list[str]] = {"above it": [], "below it": [], "not apart from it": []}
    for label, spread in by_label.items():
        if not spread.is_apart_from(base):
            group = "not apart from it"
        else:
            group = "above it" if spread.mean > base.mean else "below it"
        groups[group].append(f"{label} ({told(spread, digits_of(key))})")
    found = "; ".join(f"{group}: {listed(names)}" for group, names in groups.items() if names)
    return f"{base_label} {told(base, digits_of(key))}; {found}"


def course_of(members: Labelled, key: str) -> str:
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


def best_of(members: Labelled, key: str) -> tuple[str, Spread, list[str]]:
    """The member with the best mean, and the labels of those that are not apart from it."""
    sign = -1 if COLUMNS[key][2] == HIGHER else 1
    label, spread = min(members, key=lambda member: sign * member[1].mean)
    close = [
        other for other, theirs in members if other != label and not theirs.is_apart_from(spread)
    ]
    return label, spread, close


def best_by(study: Study, results: Results, keys: Sequence[str]) -> Iterator[str]:
    """For each figure, which member is best by it, and which others are not apart from that one."""
    for key in keys:
        members = measured(study, results, key)
        if len(members) < 2:
            continue
        label, spread, close = best_of(members, key)
        superlative = "Highest" if COLUMNS[key][2] == HIGHER else "Lowest"
        beside = f"not apart from {listed(close)}" if close else "apart from all others"
        yield f"{superlative} {NAMES[key]}: {label} ({told(spread, digits_of(key))}), {beside}."


def listed(parts: Sequence[str]) -> str:
    """The parts as a sentence lists them: a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def as_list(lines: Iterable[str]) -> str:
    """The lines as a list of Markdown."""
    return "\n".join(f"- {line}" for line in lines)
