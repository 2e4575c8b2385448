"""What is said of samples and training digits: is this one memorised, are they all."""

from __future__ import annotations

import numpy as np

from explorer.sample_sets import LEARNED, ONES, PRIOR, REAL, SampleSet, Training
from vae.copying import EVEN, SUSPICIOUS, Untrained

GENERATED = (PRIOR, LEARNED)
NOT_AT_HAND = "The digits that these weights were trained on are not at hand to compare with."
NO_DIGITS = "Only digits are at hand to compare with, and this model does not draw digits."


def words_about_one(
    drawn: SampleSet,
    index: int,
    class_names: tuple[str, ...],
    training: Training,
    smooth: Untrained | None,
) -> str:
    """How near a picture of a set is to the training digits, and whether it is a copy.

    smooth: see `explorer.sample_sets.smooth_reference`.
    """
    distance = drawn.distances[index]
    label = None if drawn.classes is None else int(drawn.classes[index])
    kind = "digits" if label is None else f"{class_names[label]}s" if class_names else f"{label}s"
    among_real = training.unseen.share_nearer(distance, label)
    text = f"{distance:.2f} from the nearest of {training.split.training}. "
    if drawn.name == REAL:
        text = text.replace(". ", ", and never trained on. ")
    text += f"{percent(among_real)} of real test {kind} are nearer"
    judged = among_real
    if smooth is not None:
        judged = smooth.share_nearer(distance, label)
        text += f", and {percent(judged)} of their reconstructions"
    if drawn.name not in GENERATED:
        return f"{text}."
    if judged < SUSPICIOUS:
        return f"{text}: suspicious. Compare the two."
    return f"{text}: no sign of a copy."


def words_about_all(drawn: SampleSet, training: Training, smooth: Untrained | None) -> str:
    """Whether the samples of a set are nearer to training digits than they should be."""
    one = ONES[drawn.name]
    if drawn.name not in GENERATED:
        return (
            f"Half of the {one}s are within {np.median(drawn.distances):.2f} of one of "
            f"{training.split.training}."
        )
    among_real = training.unseen.pairs_nearer(drawn.distances)
    text = (
        f"A {one} is nearer to a training digit than a real test digit is in {percent(among_real)} "
        "of pairs"
    )
    if smooth is None:
        return f"{text}: but smooth pictures are nearer to everything."
    judged = smooth.pairs_nearer(drawn.distances)
    text += f", and than the reconstruction of one in {percent(judged)}: "
    return text + ("no sign of copies." if judged <= EVEN else "there may be copies.")


def words_about_limits(training: Training, known: bool) -> str:
    """What the comparison can't see. known: the weights came with their training record."""
    words = "Distances are in pixels: a copy that was shifted is missed."
    if not training.split.complete:
        words = (
            "The other 50,000 training digits are not bundled: a copy of one of those is missed, "
            "and so is one that was shifted."
        )
    return words if known else f"{words} Without a record, training on MNIST is assumed."


def percent(share: float) -> str:
    """Nothing that exists is called 0%, and nothing but all 100%."""
    if 0.0 < share < 0.005:
        return "under 1%"
    if 0.995 <= share < 1.0:
        return "over 99%"
    return f"{share:.0%}"
