"""The mode coverage of a GAN in words: which classes its samples are of, and when it collapsed."""

from __future__ import annotations

import math
from collections.abc import Mapping

from vae.recorded import RecordedCoverage

COLLAPSED = 0.5  # share of the classes; who reaches no more of them has collapsed, else has gaps


def classes_words(coverage: RecordedCoverage, of: int | None) -> str:
    """`10 of 10 classes`; of: how many there are, None if that is not known.

    A record that counts more than there are is not to be believed in either.
    """
    if of is None or coverage.classes > of:
        return f"{coverage.classes} class{'' if coverage.classes == 1 else 'es'}"
    return f"{coverage.classes} of {of} classes"


def coverage_words(coverage: RecordedCoverage, of: int | None) -> str:
    """`10 of 10 classes, as 9.6 even ones; recall 0.42`, as far as it is known."""
    text = classes_words(coverage, of)
    if not math.isnan(coverage.entropy):
        text += f", as {coverage.effective_classes:.1f} even ones"
    if not math.isnan(coverage.recall):
        text += f"; recall {coverage.recall:.2f}"
    return text


def has_collapsed(coverage: RecordedCoverage, of: int | None) -> bool:
    """Whether half of the classes or more are gone, by their number or by how even they are."""
    if of is None or of < 2:
        return False
    # Not `min`, which a NaN decides by its place.
    return coverage.classes <= COLLAPSED * of or coverage.effective_classes <= COLLAPSED * of


def verdict(coverages: Mapping[int, RecordedCoverage], of: int | None) -> tuple[str, bool]:
    """What became of the classes in the whole training, and whether it collapsed.

    coverages: by epoch, ascending. Only who had more classes can collapse: a generator draws few
    kinds of images at first. Both parts are empty without any coverage.
    """
    if not coverages or of is None:
        return "", False
    last_epoch, last = list(coverages.items())[-1]
    spread = [epoch for epoch, coverage in coverages.items() if not has_collapsed(coverage, of)]
    if not spread:
        best = max(coverages.values(), key=lambda coverage: coverage.classes)
        return f"Never more than {classes_words(best, of)}.", True
    fallen = {
        epoch: coverage
        for epoch, coverage in coverages.items()
        if epoch > spread[0] and has_collapsed(coverage, of)
    }
    if fallen:
        epoch = min(fallen, key=lambda epoch: (fallen[epoch].classes, epoch))
        text = f"Collapsed to {classes_words(fallen[epoch], of)} in epoch {epoch:,}"
        if epoch == last_epoch:
            return f"{text}.", True
        return f"{text}; {last.classes} in the last one.", True
    if last.classes < of:
        missing = of - last.classes
        them = "it" if missing == 1 else "them"
        return f"{missing} of {of} classes missing in the end: hardly a sample is of {them}.", False
    since = last_epoch
    for epoch, coverage in reversed(coverages.items()):
        if coverage.classes < of:
            break
        since = epoch
    return f"All {of} classes, from epoch {since:,} on.", False
