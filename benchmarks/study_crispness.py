"""The report's part on crisper VAEs: what benchmarks.crispness has measured, and what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.crispness import SHIPPED, TERMS, table
from benchmarks.study_words import as_list

PLAIN = "plain"
Figures = dict[str, Any]  # what benchmarks.crispness writes
# Figures in the sentences: name, keys in a run, and decimals.
COMPARED = (
    ("the Fréchet distance of prior samples", ("prior", "frechet", "bundled"), 3),
    (
        "the same in the features of a classifier that nothing was trained with",
        ("prior", "frechet", "second"),
        3,
    ),
    ("SSE + KL", ("total",), 2),
)


def load_crispness(path: Path) -> Figures | None:
    """What has been measured; None if there is no such file. Raises OSError, ValueError."""
    return json.loads(path.read_bytes()) if path.exists() else None


def crispness_section(figures: Figures | None) -> Iterator[str]:
    """The part, or nothing where nothing was measured."""
    if figures is None:
        return
    yield "## A crisper VAE"
    yield (
        f"What do a feature loss (`--perceptual`, with its weight) and a discriminator "
        f"(`--adversarial`, likewise; Larsen et al. 2016) buy and cost? Each row goes on from the "
        f"shipped VAE for {figures['steps']:,} steps of {figures['batch_size']} images at a peak "
        f"learning rate of {figures['peak_learning_rate']:g} with these terms beside squared error "
        f"and KL divergence; the plain row tells what so many more steps do by themselves. "
        f"{figures['samples']:,} samples each, {figures['test_images']:,} test digits, one draw "
        f"of z. FD, the Fréchet distance, is in the features of the shipped classifier, which the "
        f"feature loss is made of too, then in those of a second one that nothing was trained with "
        f"({figures['second_classifier_accuracy']:.1%} of the test digits), and in the first 64 "
        f"principal components of the pixels. Sharpness: edges, as a share of those of real "
        f"digits. By `python -m benchmarks.crispness`."
    )
    yield table(figures)
    lines = list(_against_plain(figures))
    if lines:
        yield as_list(lines)


def crispness_in_short(figures: Figures | None) -> Iterator[str]:
    """The part in a sentence: the terms with the lowest Fréchet distance, against the plain VAE."""
    if figures is None:
        return
    _, keys, _ = COMPARED[0]
    found = {name: _mean(figures, name, keys) for name in (PLAIN, *TERMS)}
    known = {name: value for name, value in found.items() if value is not None}
    if PLAIN not in known or len(known) < 2:
        return
    best = min(known, key=known.__getitem__)
    if best == PLAIN:
        yield "**A crisper VAE.** No term lowers the Fréchet distance of prior samples."
        return
    yield f"**A crisper VAE.** Lowest Fréchet distance with {best}{_against(figures, best)}"


def _against_plain(figures: Figures) -> Iterator[str]:
    for name in TERMS:
        if name not in (PLAIN, SHIPPED):
            changes = _against(figures, name)
            if changes:
                yield f"**{name[0].upper()}{name[1:]}**{changes}"


def _against(figures: Figures, name: str) -> str:
    """The end of a sentence, empty where there is nothing to compare."""
    changes = "; ".join(_changes(figures, name))
    return f", against the plain VAE: {changes}." if changes else ""


def _changes(figures: Figures, name: str) -> Iterator[str]:
    """How each figure differs from that of the plain continuation."""
    for what, keys, digits in COMPARED:
        ours, plain = (_mean(figures, which, keys) for which in (name, PLAIN))
        if ours is not None and plain is not None:
            yield f"{what} {plain:.{digits}f} → {ours:.{digits}f} ({ours / plain - 1:+.0%})"


def _mean(figures: Figures, name: str, keys: tuple[str, ...]) -> float | None:
    """A figure over the seeds; None if it has not been measured."""
    values = []
    for run in figures["runs"]:
        if run["name"] == name:
            value = run
            for key in keys:
                value = value[key]
            values.append(value)
    return sum(values) / len(values) if values else None
