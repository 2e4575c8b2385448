"""A drawn, opened or real digit, together with what the encoder makes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from explorer.drawing import Drawing
from vae.centring import centre_with_places

# Of a digit's ink, what is at least hidden below the marks of unknown pixels for the digit to have
# been drawn whole. Less is where marks touch the end of an unfinished stroke.
HIDDEN_SHARE = 0.1

if TYPE_CHECKING:
    from explorer.model import LoadedModel
    from vae.posterior import Posterior


@dataclass(frozen=True)
class Origin:
    """Where a drawing comes from.

    source: what it is called. label, index: of the real digit below it. notes: what was said when
    it was opened.
    """

    source: str = "drawing"
    label: int | None = None
    index: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class DrawnDigit:
    """What the Draw page hands to the views of it.

    raw: (H, W) uint8, as it was drawn, or (3, H, W) in colour. image: (C, H, W) uint8, what is
    encoded: raw as it is, or centred as MNIST is. unknown: (H, W) bool, the pixels that nobody has
    decided on, in the frame of `image`, which is black there. posterior: the encoder's answer; None
    without an encoder, or with trouble. source: what it is called, say "drawing", "real digit 123",
    "photo.png". label, index: of a real digit as it is bundled, else None. version: grows with
    every change, so that an answer to an older one can be told. trouble: why an encoder did not
    answer. is_picture: see `Drawing`.
    """

    raw: np.ndarray
    image: np.ndarray
    unknown: np.ndarray
    posterior: Posterior | None
    source: str
    label: int | None
    index: int | None
    version: int
    trouble: str = ""
    is_picture: bool = False

    @property
    def ink(self) -> np.ndarray:
        """`image` as one channel, (H, W) uint8; of colour the brightest."""
        return self.image.max(axis=0)


def is_centred(drawing: Drawing, wanted: bool) -> bool:
    """Whether a drawing is centred before it is encoded, if the person wants that in general.

    One of MNIST's digits is so already. With unknown pixels nobody knows where the whole of the
    digit will be; unless it was drawn whole, and a part is hidden below them. A sheet in colour has
    a ground as well as ink, and nothing to centre by.
    """
    if not wanted or drawing.base_is_centred or drawing.in_colour:
        return False
    unknown = drawing.unknown()
    if not unknown.any():
        return True
    ink = drawing.ink()
    return int(ink[unknown].sum()) >= HIDDEN_SHARE * int(ink.sum())


def drawn_of(
    drawing: Drawing, model: LoadedModel, origin: Origin, *, centre: bool, version: int
) -> DrawnDigit | None:
    """Encode a drawing of the side of the model's images; None if no ink is known.

    A sheet in colour is for a model of three channels; a grey one is the same in every channel.

    centre: the person wants drawings centred, see `is_centred`; by all of the ink, also where it
    is hidden by marks, which move with it. 2 ms, most of it for centring.
    """
    raw, unknown = drawing.ink(), drawing.unknown()
    ink = raw
    if is_centred(drawing, centre) and raw[~unknown].any():
        fine = drawing.fine()
        ink, places = centre_with_places(fine, drawing.side)
        # Beyond the sheet, the marks go on as at its edge.
        places = np.clip(places * drawing.side // len(fine), 0, drawing.side - 1)
        unknown = unknown[np.ix_(*places)]
    ink = np.where(unknown, np.uint8(0), ink)
    if not ink.any():
        return None
    if not drawing.in_colour:
        ink = np.repeat(ink[None], model.decoder.image_shape[0], axis=0)
    if any(not stroke.is_mask for stroke in drawing.strokes):
        origin = replace(origin, label=None, index=None)
    posterior, trouble = _answer(model, ink)
    return DrawnDigit(
        raw=raw,
        image=ink,
        unknown=unknown,
        posterior=posterior,
        source=origin.source,
        label=origin.label,
        index=origin.index,
        version=version,
        trouble=trouble,
        is_picture=drawing.is_picture,
    )


def _answer(model: LoadedModel, image: np.ndarray) -> tuple[Posterior | None, str]:
    """The encoder's answer, and why there is none."""
    encoder = model.bundle.encoder
    if encoder is None:
        return None, ""
    from vae.posterior import encode_image

    try:
        return encode_image(encoder, model.decoder, image), ""
    except ValueError as error:
        return None, f"Not encoded: {error}."
