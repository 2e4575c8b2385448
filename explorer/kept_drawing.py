"""A drawing as the numbers and short texts of a session file, and back, read with suspicion."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PIL import Image

from explorer.drawing import KINDS, RGB, WHITE, Drawing, Stroke
from explorer.drawn import Origin
from explorer.images import to_pil
from explorer.real_digits import RealDigits
from vae.documents import is_int, is_number

POINT_DECIMALS = 2  # of a pixel; finer than the raster
MAX_STROKES, MAX_POINTS = 2000, 50_000  # an hour of drawing; reading them takes two seconds
MAX_REACH = 1000.0  # pixels outside the sheet that a point may be
MAX_BASE_SIDE, MAX_BASE_LENGTH = 512, 400_000  # pixels, characters

Digit = Callable[[int], np.ndarray | None]


def document_of(drawing: Drawing, real: int | None) -> dict[str, Any]:
    """What a session file keeps of a drawing: its strokes as numbers, its base as a PNG.

    real: the base is this bundled digit, and its number is enough. What was undone is not kept.
    """
    base = None
    if real is not None:
        base = {"real": real}
    elif drawing.base is not None:
        content = io.BytesIO()
        picture = to_pil(drawing.base if drawing.is_picture else drawing.base[None])
        picture.thumbnail((MAX_BASE_SIDE, MAX_BASE_SIDE))  # finer than any sheet's raster
        picture.save(content, format="PNG", optimize=True)
        base = {"png": _text(content.getvalue()), "centred": drawing.base_is_centred}
    below = drawing.unknown_below
    return {
        "side": drawing.side,
        "base": base,
        "unknown": None if below is None else _text(np.packbits(below).tobytes()),
        "strokes": [
            {
                "kind": stroke.kind,
                "radius": stroke.radius,
                "softness": stroke.softness,
                **({} if stroke.colour == WHITE else {"colour": list(stroke.colour)}),
                "points": [round(c, POINT_DECIMALS) for point in stroke.points for c in point],
            }
            for stroke in drawing.strokes
        ],
    }


def drawing_of(
    document: object, side: int, digit: Digit, in_colour: bool = False
) -> tuple[Drawing, int | None]:
    """The drawing that was kept and the number of the real digit below it; for the worker.

    What is damaged is left out: a stroke, the base, the marks of unknown pixels. A drawing of
    another side than the model's is scaled, without its marks, and without a base that was made
    for that side.

    digit: the real digit of a number, (side, side) uint8, or None where there is none. in_colour:
    what sheet there is; a picture in colour on a grey one becomes grey.
    """
    if not isinstance(document, Mapping):
        return Drawing(side, in_colour=in_colour), None
    kept = document.get("side")
    factor = side / kept if is_int(kept) and 1 <= kept <= MAX_BASE_SIDE else 1.0
    base, centred, real = _base_of(document.get("base"), digit, in_colour)
    below = _mask_of(document.get("unknown"), side) if factor == 1.0 else None
    if centred and factor != 1.0:
        base, centred, real = None, False, None
    drawing = Drawing(side, base, centred, unknown_below=below, in_colour=in_colour)
    strokes = document.get("strokes")
    left = MAX_POINTS
    for item in strokes[:MAX_STROKES] if isinstance(strokes, list) else ():
        stroke = _stroke_of(item, factor)
        if stroke is not None and len(stroke.points) <= left:
            left -= len(stroke.points)
            drawing = drawing.with_stroke(stroke)
    return drawing, real


def restored(
    document: object, side: int, digits: RealDigits, origin: Origin, in_colour: bool = False
) -> tuple[Drawing, Origin]:
    """The drawing that was kept, see `drawing_of`, and where it is from; for the worker.

    origin: of a base that is no real digit.
    """

    def digit(index: int) -> np.ndarray | None:
        found = digits.take(index)
        return found[0] if found is not None and found[0].shape == (side, side) else None

    drawing, index = drawing_of(document, side, digit, in_colour)
    if index is not None:
        return drawing, digits.take(index)[1]
    return drawing, Origin() if drawing.base is None else origin


def is_blank(document: object) -> bool:
    """Whether nothing at all was kept, so that reading it takes no time."""
    return not isinstance(document, Mapping) or not any(
        document.get(key) for key in ("base", "unknown", "strokes")
    )


def _stroke_of(item: object, factor: float) -> Stroke | None:
    if not isinstance(item, Mapping):
        return None
    numbers, kind = item.get("points"), item.get("kind")
    radius, softness = item.get("radius"), item.get("softness")
    sound = (
        kind in KINDS
        and is_number(radius)
        and 0.0 < radius <= MAX_BASE_SIDE
        and is_number(softness)
        and 0.0 <= softness <= 1.0
        and isinstance(numbers, list)
        and 2 <= len(numbers) <= 2 * MAX_POINTS
        and len(numbers) % 2 == 0
        and all(is_number(number) and abs(number) <= MAX_REACH for number in numbers)
    )
    if not sound:
        return None
    scaled = [factor * number for number in numbers]
    points = tuple(zip(scaled[::2], scaled[1::2], strict=True))
    return Stroke(points, factor * radius, float(softness), kind, _colour_of(item.get("colour")))


def _colour_of(item: object) -> RGB:
    sound = isinstance(item, list) and len(item) == 3
    return tuple(item) if sound and all(is_int(c) and 0 <= c <= 255 for c in item) else WHITE


def _base_of(
    item: object, digit: Digit, in_colour: bool
) -> tuple[np.ndarray | None, bool, int | None]:
    if not isinstance(item, Mapping):
        return None, False, None
    if is_int(item.get("real")):
        pixels = digit(item["real"])
        return pixels, pixels is not None, None if pixels is None else item["real"]
    try:
        content = _bytes(item.get("png"), MAX_BASE_LENGTH)
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            if picture.size[0] != picture.size[1] or picture.size[0] > MAX_BASE_SIDE:
                return None, False, None
            if in_colour and picture.mode == "RGB":
                pixels = np.array(picture).transpose(2, 0, 1)
            else:
                pixels = np.array(picture.convert("L"))
    # Of a damaged PNG, Pillow raises one or the other.
    except (ValueError, OSError, SyntaxError, Image.DecompressionBombError):
        return None, False, None
    return pixels, item.get("centred") is True, None


def _mask_of(item: object, side: int) -> np.ndarray | None:
    try:
        content = _bytes(item, side * side)
    except ValueError:
        return None
    if len(content) != (side * side + 7) // 8:
        return None
    bits = np.unpackbits(np.frombuffer(content, np.uint8), count=side * side)
    return bits.reshape(side, side).astype(bool)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _bytes(text: object, longest: int) -> bytes:
    """Raises ValueError for what is no base64, or too long."""
    if not isinstance(text, str) or len(text) > longest:
        raise ValueError("not a short text")
    return base64.b64decode(text, validate=True)
