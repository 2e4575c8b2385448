"""Refinement of an encoder's answer by optimisation, and what it gained, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from explorer.drawn import DrawnDigit
from explorer.images import signed_change
from explorer.model import LoadedModel
from vae.decoding import FoldedDecoder

SEED = 0  # of the starts, so that the same drawing is refined alike tomorrow
TYPICAL_SIZE = 24  # real digits, 0.5 s; their median was 4.2 nats where that of 200 was 5.5
GAINED = 0.05  # nats; less is the rounding of the figures that are shown


@dataclass(frozen=True, eq=False)
class Fit:
    """How well one point explains a drawing.

    z: (latent_dim,). image: (C, H, W) uint8, z decoded. error: (H, W), the drawing minus the image
    in image units, 0 where the drawing is unknown; of colour see `images.signed_change`.
    sse: its summed square over the channels. prior: |z|^2 / 2, the prior's cost in nats.
    """

    z: np.ndarray
    image: np.ndarray
    error: np.ndarray
    sse: float
    prior: float

    @property
    def objective(self) -> float:
        """-log p(x, z) up to a constant, nats: what a refinement makes small."""
        return self.sse + self.prior


@dataclass(frozen=True, eq=False)
class Refinement:
    """What became of a drawing: the encoder's answer, if there is one, and the best point found.

    curve: (steps + 1,), the objective on the way to that point. starts: how many points were
    started from; agreeing: how many of them found one as good. converged: whether the steps were
    enough, see `vae.projection.Projection`. partial: some of the drawing is unknown, which an
    encoder can't be told.
    """

    before: Fit | None
    after: Fit
    curve: np.ndarray
    starts: int
    agreeing: int
    converged: bool
    partial: bool = False

    @property
    def agreement(self) -> str:
        """How many starts found it, on two lines."""
        return f"{self.agreeing} of {self.starts} starts\nend as low"

    def sentence(self, typical: float | None = None) -> str:
        """What it gained, for the person. typical: gap of real digits, see `typical_gap`."""
        if not self.converged:
            return (
                "It was still going down steeply when the steps were used up: allow more of them."
            )
        if self.before is None:
            return "Found without an encoder, starting from the prior samples that fit best."
        gap = self.before.objective - self.after.objective
        if gap < GAINED:
            return "The encoder's own answer is as good as the best that was found."
        if self.partial:
            return f"The encoder took what is unknown for black, which cost it {gap:.1f} nats."
        beside = ""
        if typical is not None:  # a median of few: one figure of it is good
            beside = f" (real ones about {typical:.{0 if typical >= 1 else 1}f})"
        # As long as fits beside the page's smallest width.
        return f"One encoder for all costs {gap:.1f} nats{beside}: an amortisation gap."


def fit_of(drawn: DrawnDigit, decoder: FoldedDecoder, z: np.ndarray) -> Fit:
    """How well z (latent_dim,) explains a drawing; 0.1 ms."""
    image = decoder.decode(z)
    error = drawn.image / np.float32(127.5) - np.float32(1.0) - image
    error[:, drawn.unknown] = 0.0
    return Fit(
        np.asarray(z, np.float64),
        decoder.decode_uint8(z),
        signed_change(error),
        float(np.square(error, dtype=np.float64).sum()),
        0.5 * float(np.dot(z, z)),
    )


def refine(
    model: LoadedModel,
    drawn: DrawnDigit,
    count: int,
    steps: int,
    progress: Callable[[float], None],
) -> Refinement:
    """Look for the point that explains a drawing best, from `count` starts.

    The first start is the encoder's answer, if there is one. For the background thread; progress is
    told the share that is done, and may raise to end this.
    """
    from vae.projection import project, starts_for

    mu = None if drawn.posterior is None else drawn.posterior.mu
    known = None if not drawn.unknown.any() else ~drawn.unknown
    rng = np.random.default_rng(SEED)
    starts = starts_for(model.decoder, drawn.image, mu, rng, count, known, progress)
    found = project(model.decoder, drawn.image, starts, progress, known, steps)
    return Refinement(
        None if mu is None else fit_of(drawn, model.decoder, mu),
        fit_of(drawn, model.decoder, found.z),
        found.curve,
        len(starts),
        found.agreeing,
        found.converged,
        known is not None,
    )


def typical_gap(model: LoadedModel, progress: Callable[[float], None]) -> float:
    """The median gap of some real digits, in nats, each refined from the encoder's answer alone.

    Only where there are encoded digits. For the background thread; progress may raise to end this.
    """
    from vae.projection import project

    encoded = model.encoded
    rng = np.random.default_rng(SEED)
    chosen = rng.choice(len(encoded.images), min(TYPICAL_SIZE, len(encoded.images)), replace=False)
    gains = []
    for index in chosen:
        progress(len(gains) / len(chosen))
        gains.append(project(model.decoder, encoded.images[index], encoded.mu[index][None]).gain)
    return float(np.median(gains))
