"""What of a drawing is unknown, its completions by one model, and what those are worth."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from explorer.drawn import DrawnDigit
from explorer.model import LoadedModel

if TYPE_CHECKING:
    from vae.completion import CompletionBank, Completions

MARKED, UNDRAWN = "marked", "undrawn"
UNKNOWN = (MARKED, UNDRAWN)  # what can count as unknown
# A pixel with at least this level has been drawn. The paler edge of a stroke is left open: at the
# end of an unfinished one it would say that the stroke ends there.
INK = 128
GROUND = 0.2  # of the colour of what is made up, where it has no ink
COUNT = 5  # completions that are shown
SEED = 0  # of the bank, so that the same drawing has the same completions tomorrow


def known_pixels(drawn: DrawnDigit, unknown: str) -> np.ndarray:
    """The pixels that a completion must agree with, (H, W) bool. unknown: one of UNKNOWN.

    Of a picture in colour all has been drawn, however dark.
    """
    decided = ~drawn.unknown
    return decided if unknown == MARKED or drawn.is_picture else decided & (drawn.ink >= INK)


class Completer:
    """The completions of one model, from a bank of prior samples that is built once.

    `build` and `complete` are for the background thread.
    """

    def __init__(self, model: LoadedModel) -> None:
        self._model = model
        self._bank: CompletionBank | None = None

    @property
    def ready(self) -> bool:
        """Whether the bank is there."""
        return self._bank is not None

    @property
    def size(self) -> int:
        """Number of samples in the bank; 0 before it is there."""
        return 0 if self._bank is None else len(self._bank.z)

    def build(self, progress: Callable[[float], None]) -> None:
        """Make the bank; progress may raise to end that."""
        from vae.completion import build_bank

        model = self._model
        judge = None if model.bundle.classifier is None else model.probabilities
        self._bank = build_bank(model.decoder, judge, SEED, progress=progress)

    def complete(self, image: np.ndarray, known: np.ndarray) -> Completions:
        """Complete an image (C, H, W) uint8 of which the pixels `known` (H, W) are given."""
        return self._bank.complete(image, known, COUNT)


def worth(completions: Completions, size: int) -> str:
    """What the shares are worth, in one sentence. size: of the bank."""
    from vae.completion import ENOUGH

    # Of a share of a half, whose standard error is the largest.
    error = 0.5 / math.sqrt(completions.ess)
    fitting = completions.bank_ess
    count = "1" if fitting < 1.5 else f"{fitting:,.0f}"
    verb = "fits" if count == "1" else "fit"
    more = "" if fitting >= ENOUGH else "; more were drawn near"
    return (
        f"About {count} of {size:,} prior samples {verb}{more}. Shares are good to ± {error:.0%}."
    )


def given(image: np.ndarray, known: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """What a completion was made from, (3, H, W) uint8: the unknown is a shade of `colour`."""
    shown = image if image.shape[0] == 3 else np.repeat(image[:1], 3, axis=0)
    ground = GROUND * np.array(colour, np.float64)[:, None, None]
    return np.where(known, shown, np.rint(ground)).astype(np.uint8)


def made_up(image: np.ndarray, known: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """An image in which what was given is grey and what was made up is tinted, (3, H, W) uint8.

    One in colour is left as it is: a tint would take away what it shows.

    image: (C, H, W) uint8. known: (H, W), what was given. colour: of ink that was made up; where
    there is none, the ground is a shade of it, so that it is seen how far the unknown reaches.
    """
    if image.shape[0] == 3:
        return image
    grey = np.repeat(image[:1], 3, axis=0)
    level = image[0] / 255.0
    ink = np.array(colour, np.float64)[:, None, None]
    tinted = ink * (GROUND + (1.0 - GROUND) * level)
    return np.where(known, grey, np.rint(tinted)).astype(np.uint8)
