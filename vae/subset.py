"""Which images are kept when only a share of a data set is trained on."""

from __future__ import annotations

import numpy as np

SUBSET_SEED = 20_131_220  # the same choice for every run, so that runs differ in its size alone


def nested_subset(labels: np.ndarray, fraction: float, at_least: int) -> np.ndarray:
    """Indices of a share of the images: every class by the same share, the smaller in the larger.

    labels: (N,) integers. fraction: above 0 and at most 1. at_least: fewer are not returned, if so
    many exist. There is always an image of every class. Nothing else has a say, no seed either.

    Returns (M,) ascending int64; all N of them at a fraction of 1.
    """
    labels = np.asarray(labels)
    generator = np.random.default_rng(SUBSET_SEED)
    # Every image gets a place in one queue, and a subset is the beginning of it. Within a class,
    # places are evenly spread over 0 to 1, so that any beginning has the classes' own shares.
    place = np.empty(len(labels))
    classes = np.unique(labels)
    for label in classes:
        members = generator.permutation(np.flatnonzero(labels == label))
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
        place[members[0]] = 0.0  # the first of every class before all others
    queue = np.lexsort((labels, place))
    size = max(round(fraction * len(labels)), at_least, len(classes))
    return np.sort(queue[:size])
