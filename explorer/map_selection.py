"""Real digits that were taken together on a map: which, what they are, and their mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from vae.decoding import FoldedDecoder
    from vae.statistics import EncodedImages

MOST_EXAMPLES = 12


@dataclass(frozen=True, eq=False)
class DigitSelection:
    """N real images of d latent dimensions.

    indices: (N,), ascending, as the data set counts. names, counts: of every label that the data
    set has, also of those that are not among these. mean: (d,), of the posterior means;
    mean_image: (C, H, W) uint8, the image at it. examples: (k,) of the indices, spread evenly over
    them; example_images: (k, C, H, W) uint8.
    """

    indices: np.ndarray
    names: tuple[str, ...]
    counts: tuple[int, ...]
    mean: np.ndarray
    mean_image: np.ndarray
    examples: np.ndarray
    example_images: np.ndarray

    @property
    def size(self) -> int:
        """How many images there are."""
        return len(self.indices)

    @property
    def commonest(self) -> int:
        """The label that most of them have, by its place among the names."""
        return int(np.argmax(self.counts))

    @property
    def words(self) -> str:
        """How many, and what they mostly are."""
        if self.size == 1:
            return f"1 digit, a {self.names[self.commonest]}"
        name, share = self.names[self.commonest], self.counts[self.commonest] / self.size
        mostly = "all" if share == 1.0 else f"{share:.0%}"
        return f"{self.size:,} digits, {mostly} of them {name}"


def select(
    indices: np.ndarray,
    encoded: EncodedImages,
    decoder: FoldedDecoder,
    most_examples: int = MOST_EXAMPLES,
) -> DigitSelection:
    """Take together the images with these indices.

    Raises:
        ValueError: there are none.
    """
    indices = np.unique(indices)
    if not len(indices):
        raise ValueError("there is no real digit in there")
    labels = np.unique(encoded.labels)
    found = encoded.labels[indices]
    mean = encoded.mu[indices].mean(axis=0, dtype=np.float64)
    places = np.linspace(0, len(indices) - 1, min(most_examples, len(indices))).round()
    examples = indices[places.astype(int)]
    return DigitSelection(
        indices=indices,
        names=tuple(str(label) for label in labels.tolist()),
        counts=tuple(int((found == label).sum()) for label in labels),
        mean=mean,
        mean_image=decoder.decode_uint8(mean),
        examples=examples,
        example_images=encoded.images[examples],
    )
