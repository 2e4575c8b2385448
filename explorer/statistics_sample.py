"""Which real digits the statistics are of: how many, and which; shared by all views of the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.kept_statistics import KeptStatistics, Key
from explorer.model import LoadedModel
from vae.aggregate import choose

LEAST, MOST = 1_000, 10_000
LAST_SEED = 2**31 - 1


@dataclass(frozen=True, eq=False)
class Posteriors:
    """The chosen images as the encoder sees them; n images, d latent dimensions.

    indices: (n,), which of the bundled images, ascending. mu, std: (n, d), prior standard
    deviations. labels: (n,). class_names: what labels are called. sha256: of the weights. seed: of
    the choice, and of every other random choice in what is measured.
    """

    indices: np.ndarray
    mu: np.ndarray
    std: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    sha256: str
    seed: int

    def key(self, version: int) -> Key:
        """What statistics of these images are kept under. version: of the mathematics."""
        return Key(self.sha256, len(self.indices), self.seed, version)


class Sample:
    """A seeded choice among the encoded real digits. Tells its subscribers when it is another.

    kept: the statistics that were computed before.
    """

    def __init__(self, kept: KeptStatistics | None = None) -> None:
        self.kept = KeptStatistics() if kept is None else kept
        self._n = MOST
        self._seed = 0
        self._model: LoadedModel | None = None
        self._complete = False  # the real digits are encoded, or will never be
        self._posteriors: Posteriors | None = None
        self._callbacks: list[Callable[[], None]] = []

    @property
    def n(self) -> int:
        """How many images were asked for; there are fewer if the data set has not so many."""
        return self._n

    @property
    def seed(self) -> int:
        """Which ones, and of every other random choice."""
        return self._seed

    @property
    def model(self) -> LoadedModel | None:
        """Whose images they are."""
        return self._model

    @property
    def complete(self) -> bool:
        """Whether the real images of the model are encoded, or never will be."""
        return self._complete

    @property
    def posteriors(self) -> Posteriors | None:
        """The chosen images, encoded; None where there are none, which `missing` tells of."""
        return self._posteriors

    @property
    def missing(self) -> str:
        """Why there are no images, in one or two sentences for a person; empty if there are."""
        if self._posteriors is not None:
            return ""
        if self._model is None:
            return "The model is being opened."
        if not self._complete:
            return "The real digits are being encoded."
        reason = self._model.without_statistics
        return f"{reason} What is measured here needs real digits and the encoder that reads them."

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have callback() called when the images are others; gives what ends that."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def set_model(self, model: LoadedModel) -> None:
        """Another model, whose real images are not encoded yet."""
        self._model, self._complete = model, False
        self._choose()

    def set_encoded(self, model: LoadedModel) -> None:
        """The real images are encoded, if they can be."""
        self._model, self._complete = model, True
        self._choose()

    def choose(self, n: int | None = None, seed: int | None = None) -> None:
        """Take so many images, and which.

        Raises:
            ValueError: n is not from LEAST to MOST, or seed not from 0 to LAST_SEED.
        """
        n = self._n if n is None else n
        seed = self._seed if seed is None else seed
        if not LEAST <= n <= MOST:
            raise ValueError(f"the number of digits must be from {LEAST} to {MOST}, not {n}")
        if not 0 <= seed <= LAST_SEED:
            raise ValueError(f"the seed must be from 0 to {LAST_SEED}, not {seed}")
        if (n, seed) != (self._n, self._seed):
            self._n, self._seed = n, seed
            self._choose()

    def settings(self) -> dict[str, Any]:
        """For a session file."""
        return {"digits": self._n, "seed": self._seed}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        n, seed = settings.get("digits"), settings.get("seed")
        # bool is an int to Python.
        self.choose(
            n if type(n) is int and LEAST <= n <= MOST else None,
            seed if type(seed) is int and 0 <= seed <= LAST_SEED else None,
        )

    def _choose(self) -> None:
        model = self._model
        encoded = None if model is None or not self._complete else model.encoded
        if encoded is None:
            self._posteriors = None
        else:
            indices = choose(len(encoded.labels), self._n, self._seed)
            names = model.class_names or tuple(str(i) for i in range(encoded.labels.max() + 1))
            self._posteriors = Posteriors(
                indices=indices,
                mu=encoded.mu[indices],
                std=encoded.std[indices],
                labels=encoded.labels[indices],
                class_names=tuple(names),
                sha256=model.bundle.sha256,
                seed=self._seed,
            )
        for callback in tuple(self._callbacks):
            callback()
