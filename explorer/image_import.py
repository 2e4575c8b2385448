"""Opens a picture of a digit, of whatever kind, as light ink on black; or any picture in colour.

A picture as the program saves them, light on black and of the model's size or a multiple of it,
comes through pixel by pixel. Everything else is looked at as a photograph would be. For a model in
colour nothing is looked for: a picture is cut to a square and reduced to the model's pixels.
"""

from __future__ import annotations

import contextlib
import os
import stat
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps

from explorer.ink_finding import NothingFound, find_ink
from vae.centring import BOX_SHARE, centre_of_mass

# Nothing that another program would be started for (EPS), and no format that pictures of digits
# don't come in: the fewer decoders a stranger's file meets, the better.
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
FORMAT_WORDS = "PNG, JPEG, WebP, BMP, GIF or TIFF"
MAX_PIXELS = 50_000_000  # 0.4 GB while it is decoded; twice what most telephones take
DRAFT_SIZE = 1000  # a JPEG is decoded no larger than twice this, which takes a tenth of the time
REDUCED_SIZE = 1600  # a larger image is reduced before it takes 4 bytes a pixel
FINENESS = 8  # points of the result for one of the model's pixels
ALIKE = 6.0  # levels: the colour of what is seen through transparency, where that alone is the ink
DARK_BORDER = 32  # level that the middle pixel of the border has at most, light on black
BRIGHT = 64  # level that the brightest has at least
HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif")


class ImageImportError(ValueError):
    """A file that gives no digit; the message names it, what was wrong, and what to do."""


@dataclass(frozen=True, eq=False)
class ImportedDigit:
    """A digit from a file.

    ink: (S, S) uint8, light on black; S is the model's side where the file has its very pixels,
    else a multiple of it. is_centred: it is scaled and placed as MNIST's are already.
    notes: sentences on what was found and done.
    """

    ink: np.ndarray
    is_centred: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ImportedPicture:
    """A picture from a file, of the model's size.

    pixels: (3, side, side) uint8. notes: sentences on what was done.
    """

    pixels: np.ndarray
    notes: tuple[str, ...]


def import_digit(path: str | os.PathLike[str], side: int) -> ImportedDigit:
    """Open a picture of a digit; up to two seconds for the largest, in which nothing should wait.

    side: pixels of the model's images, per axis.

    Raises:
        ImageImportError: there is no such file, it is no picture or a damaged one, too large, or
            shows nothing.
    """
    path = Path(path)
    try:
        with _opened(path) as image:
            return _imported(path, image, side)
    except NothingFound as error:
        raise ImageImportError(
            f"{path.name} shows no digit that could be made out: {error}. Choose a picture of one "
            "digit, dark on light or light on dark, that fills a good part of it."
        ) from error


def import_picture(path: str | os.PathLike[str], side: int) -> ImportedPicture:
    """Open any picture for a model in colour; as long as `import_digit` may take.

    side: pixels of the model's images, per axis.

    Raises:
        ImageImportError: there is no such file, it is no picture or a damaged one, too large, or
            transparent throughout.
    """
    path = Path(path)
    try:
        with _opened(path) as image:
            return _in_colour(path, image, side)
    except NothingFound as error:
        raise ImageImportError(
            f"{path.name} shows nothing: {error}. Choose another picture."
        ) from error


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """The picture in a file, still to be decoded; Pillow's warnings are silent meanwhile."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sizes that are checked here, and of tags
            with _found(path) as image:
                yield image
    except MemoryError as error:
        raise ImageImportError(
            f"{path.name} does not fit into memory. Reduce it, or cut the digit out."
        ) from error


def _found(path: Path) -> Image.Image:
    try:
        if path.is_dir():
            raise ImageImportError(f"{path.name} is a folder. Choose a picture in it.")
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe could be waited for until the end of time
            raise ImageImportError(
                f"{path.name} is a device or a pipe. Choose a picture in a file."
            )
        if status.st_size == 0:
            raise ImageImportError(f"{path.name} is empty: it has 0 bytes. Choose another picture.")
        image = Image.open(path, formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise ImageImportError(_too_large(path)) from error
    except FileNotFoundError:
        raise ImageImportError(f"{path} is not there. Choose another picture.") from None
    except PermissionError as error:
        raise ImageImportError(
            f"{path.name} may not be read: permission denied. Change its permissions, or choose "
            "another picture."
        ) from error
    except Image.UnidentifiedImageError as error:
        raise ImageImportError(f"{path.name} {_what_it_is(path)}") from error
    except ImageImportError:
        raise
    except Exception as error:  # whatever Pillow raises on bytes that are no picture, or the system
        raise ImageImportError(
            f"{path.name} cannot be read as a picture: {_reason(error)}. Choose another one."
        ) from error
    width, height = image.size
    if width * height > MAX_PIXELS:
        image.close()
        raise ImageImportError(_too_large(path, width, height))
    return image


def _too_large(path: Path, width: int = 0, height: int = 0) -> str:
    size = f"{width:,} x {height:,} pixels" if width else "more pixels than can be read safely"
    return (
        f"{path.name} is too large: it has {size}, and {MAX_PIXELS:,} are allowed. "
        "Reduce it, or cut the digit out."
    )


def _what_it_is(path: Path) -> str:
    """What is said of a file that none of the formats knows."""
    head = b""
    with contextlib.suppress(OSError), open(path, "rb") as file:
        head = file.read(512)
    if head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS:
        return (
            "is a HEIF or AVIF picture, which cannot be read here. Save or share it as JPEG "
            "(a telephone's camera calls that the most compatible format)."
        )
    with contextlib.suppress(UnicodeDecodeError):
        text = head[: head.rfind(b"\n") + 1] or head
        if all(sign.isprintable() or sign.isspace() for sign in text.decode()):
            return f"is text, whatever its name says. Choose a picture: {FORMAT_WORDS}."
    return f"is no picture that can be read, or its beginning is damaged. Choose a {FORMAT_WORDS}."


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return text.splitlines()[0].rstrip(".")


@contextlib.contextmanager
def _decoding(path: Path) -> Iterator[None]:
    """Says of what goes wrong in it that the file is damaged."""
    try:
        yield
    except (MemoryError, NothingFound, ImageImportError):
        raise
    except Exception as error:  # Pillow's decoders raise OSError, SyntaxError, ValueError, EOFError
        raise ImageImportError(
            f"{path.name} cannot be decoded: {_reason(error)}. It is damaged or incomplete: open "
            "it in another program and save it again, or choose another picture."
        ) from error


def _loaded(path: Path, image: Image.Image, notes: list[str]) -> Image.Image:
    """The decoded image, the first of several, as the camera was held."""
    if 0 in image.size:
        raise ImageImportError(
            f"{path.name} has {image.width} x {image.height} pixels: there is nothing to see. "
            "Choose another picture."
        )
    frames = _frame_count(image)
    if frames > 1:
        pages = "pages" if image.format in ("TIFF", "MPO") else "frames"
        notes.append(f"The first of {frames:,} {pages}.")
    if image.format in ("JPEG", "MPO"):
        image.draft(None, (DRAFT_SIZE, DRAFT_SIZE))
    image.load()
    return _upright(image, notes)


def _in_colour(path: Path, image: Image.Image, side: int) -> ImportedPicture:
    notes: list[str] = []
    with _decoding(path):
        image = _loaded(path, image, notes)
        picture, opacity = _colours(image)
    if opacity is not None:
        if opacity.getextrema()[1] == 0:
            raise NothingFound("all of it is transparent")
        if opacity.getextrema()[0] < 255:
            notes.append("What is transparent was taken for black.")
    width, height = picture.size
    square = min(width, height)
    if width != height:
        left, top = (width - square) // 2, (height - square) // 2
        picture = picture.crop((left, top, left + square, top + square))
        notes.append("The square in its middle.")
    # A box's mean leaves the model's own pixels as they are where each is a square of equal ones.
    smaller = square >= side
    filter_ = Image.Resampling.BOX if smaller else Image.Resampling.BICUBIC
    picture = picture.resize((side, side), filter_)
    if square % side:
        notes.append(f"{'Reduced' if smaller else 'Enlarged'} to {side} × {side} pixels.")
    return ImportedPicture(np.ascontiguousarray(np.asarray(picture).transpose(2, 0, 1)), (*notes,))


def _colours(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Red, green and blue, black where it is transparent; and the opacity (L), if it has any."""
    mode = image.mode
    if mode.startswith(("I", "F")):
        levels = np.clip(np.rint(_levels(_block_means(np.asarray(image)))), 0, 255)
        return Image.fromarray(levels.astype(np.uint8)).convert("RGB"), None
    if mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        image = _manageable(image if mode == "RGBA" else image.convert("RGBA"))
        opacity = image.getchannel("A")
        picture = Image.new("RGB", image.size)
        picture.paste(image, mask=opacity)
        return picture, opacity
    if mode == "LAB":
        from PIL import ImageCms

        to_rgb = ImageCms.buildTransformFromOpenProfiles(
            ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB"
        )
        return ImageCms.applyTransform(_manageable(image), to_rgb), None
    return _manageable(image.convert("RGB")), None


def _imported(path: Path, image: Image.Image, side: int) -> ImportedDigit:
    notes: list[str] = []
    with _decoding(path):
        image = _loaded(path, image, notes)
        grey, opacity = _grey(image)
    light_on_dark = None
    if opacity is not None:
        if not opacity.any():
            raise NothingFound("all of it is transparent")
        if np.ptp(opacity):
            grey, ink_is_opacity = _composited(grey, opacity)
            if ink_is_opacity:
                light_on_dark = True
                notes.append("The ink is what is not transparent.")
            else:
                notes.append("What is transparent was taken for paper.")
    if np.ptp(grey) == 0:
        raise NothingFound("all of it is equally bright")
    exact = _model_pixels(grey, side)
    if exact is not None:
        return ImportedDigit(exact, _looks_centred(exact), tuple(notes))
    found = find_ink(grey, side * FINENESS, light_on_dark)
    return ImportedDigit(found.ink, False, (*notes, *found.notes))


def _frame_count(image: Image.Image) -> int:
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception:  # a later frame is damaged; the first may be sound
        return 1


def _upright(image: Image.Image, notes: list[str]) -> Image.Image:
    """The image as the camera says that it was held."""
    try:
        turned = image.getexif().get(ExifTags.Base.Orientation, 1) not in (None, 1)
        if not turned:
            return image
        upright = ImageOps.exif_transpose(image)
    except Exception:  # whatever is in a damaged tag, the pixels are there
        return image
    notes.append("Turned upright as its camera noted.")
    return upright


def _grey(image: Image.Image) -> tuple[np.ndarray, np.ndarray | None]:
    """Brightness, (H, W) float32 of 0 to 255, and opacity, (H, W) uint8, if it has any."""
    mode = image.mode
    if mode.startswith(("I", "F")):
        return _levels(_block_means(np.asarray(image))), None
    if mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        image = _manageable(image if mode == "RGBA" else image.convert("RGBA"))
        colour = np.asarray(image.convert("RGB").convert("L"), np.float32)
        return colour, np.asarray(image.getchannel("A"))
    if mode == "LAB":
        image = image.getchannel(0)
    elif mode not in ("L", "1"):
        image = (_manageable(image) if mode in ("RGB", "CMYK") else image).convert("RGB")
    return np.asarray(_manageable(image.convert("L")), np.float32), None


def _manageable(image: Image.Image) -> Image.Image:
    """Reduced by a whole number where it is much larger than what the digit is looked for on."""
    factor = max(image.size) // REDUCED_SIZE
    return image.reduce(factor) if factor > 1 else image


def _block_means(values: np.ndarray) -> np.ndarray:
    """The same as float32, (H, W), of kinds of pixels that Pillow does not reduce."""
    factor = max(values.shape) // REDUCED_SIZE
    if factor < 2 or min(values.shape) < factor:
        return values.astype(np.float32)
    height, width = (n // factor for n in values.shape)
    blocks = values[: height * factor, : width * factor]
    blocks = blocks.reshape(height, factor, width, factor)
    return blocks.mean(axis=(1, 3), dtype=np.float32)


def _levels(values: np.ndarray) -> np.ndarray:
    """16 or 32 bits, or floats of any range, as 0 to 255; nothing is clipped."""
    finite = np.isfinite(values)
    if not finite.any():
        raise NothingFound("none of its values is a number")
    low, high = float(values[finite].min()), float(values[finite].max())
    values = np.where(finite, values, low)
    if low >= 0 and 1 < high < 65536:
        bits = max(8, int(high).bit_length())  # cameras for measuring give 10, 12 or 14 of them
        return values * np.float32(255.0 / (2**bits - 1))
    if low >= 0 and high <= 1:
        return values * np.float32(255.0)
    return (values - low) * np.float32(255.0 / max(high - low, 1e-30))


def _composited(grey: np.ndarray, opacity: np.ndarray) -> tuple[np.ndarray, bool]:
    """What is seen, and whether the ink is in the opacity alone, as all of it has one colour."""
    weights = opacity / np.float32(255.0)
    mean = float((grey * weights).sum() / weights.sum())
    spread = float(np.sqrt(((grey - mean) ** 2 * weights).sum() / weights.sum()))
    if spread < ALIKE:
        return opacity.astype(np.float32), True
    seen = opacity > 127
    if weights.mean() > 0.5:  # a picture with transparent corners: they go on as what is around
        paper = float(np.median(grey[seen]))
    else:
        paper = _rim(grey, seen)
        if paper is None:
            paper = 0.0 if mean > 127 else 255.0
    return grey * weights + paper * (1 - weights), False


def _rim(grey: np.ndarray, seen: np.ndarray) -> float | None:
    """The level at the edge of what is seen, where that is another one than inside, as of a digit
    that was cut out with some paper around it.
    """
    from scipy.ndimage import binary_erosion

    inside = binary_erosion(seen, np.ones((3, 3)), border_value=1)
    edge = seen & ~inside
    if not (edge.any() and inside.any()):
        return None
    level = float(np.median(grey[edge]))
    return level if abs(level - float(np.median(grey[inside]))) > BRIGHT else None


def _model_pixels(grey: np.ndarray, side: int) -> np.ndarray | None:
    """The pixels of a picture that has the model's, each as a square of equal ones, or None."""
    height, width = grey.shape
    if height != width or height % side:
        return None
    border = np.concatenate((grey[0], grey[-1], grey[:, 0], grey[:, -1]))
    if np.median(border) > DARK_BORDER or grey.max() < BRIGHT or (grey != np.rint(grey)).any():
        return None
    blocks = grey.reshape(side, height // side, side, width // side)
    pixels = blocks[:, 0, :, 0]
    if (blocks != pixels[:, None, :, None]).any():
        return None
    return pixels.astype(np.uint8)


def _looks_centred(pixels: np.ndarray) -> bool:
    """Whether a digit has the size and place of MNIST's, within a pixel or two."""
    side = len(pixels)
    box = round(BOX_SHARE * side)
    inked = pixels > DARK_BORDER
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    length = max(np.ptp(rows), np.ptp(columns)) + 1
    apart = max(abs(centre - side / 2) for centre in centre_of_mass(pixels))
    return bool(box - 2 <= length <= box + 2 and apart <= 1.5)
