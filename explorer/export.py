"""Pictures to take away: a digit, a labelled sheet, and a program that makes the digit anew.

Levels arrive in the file exactly as the decoder made them. How a picture is written, so that there
is a whole one or none and every failure has words, is here for `explorer.movie`, too.
"""

from __future__ import annotations

import contextlib
import errno
import math
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw, ImageFont

from explorer.images import scaled
from explorer.sheet import Sheet
from vae.files import atomic_write
from vae.latent import format_vector

MAX_SCALE = 100  # 2800 x 2800 pixels for an MNIST digit
MAX_SIDE = 16_383  # pixels; WebP's limit, and beyond what viewers open

# Pillow holds every frame of a GIF or PNG until the last one is there. More than this is a slip in
# a number field, and would take the machine's memory.
MAX_BYTES = 300_000_000

# Of a sheet. Text is as large as it can be for five characters above a column, and readable.
TEXT_SHARE = 0.19  # of an image's width
MIN_TEXT_SIZE = 11  # pixels
NOTE_SIZE = 0.8  # of the text
GREY = "#6e6e6e"  # of notes; black on white is for what is read first
WRAP_COLUMNS = 7  # images in a row of a sheet that has no rows of its own


class ExportError(Exception):
    """A picture that cannot be made or written; the text names the file and the reason."""


class ExportCancelled(Exception):
    """The person cancelled; nothing was written."""


def export_digit(
    image: np.ndarray, path: str | os.PathLike[str], scale: int, smooth: bool = False
) -> None:
    """Save one image as PNG.

    Args:
        image: (C, H, W) uint8.
        path: the file to write, .png.
        scale: side of an image's pixel, in pixels of the file.
        smooth: interpolate between pixels instead of leaving them squares.

    Raises:
        ExportError: the picture cannot be made or written; an earlier file stays as it was.
    """
    check_suffix(path, (".png",))
    _, height, width = image.shape
    check_size(path, scale, width * scale, height * scale, image.size * scale**2)
    with writing(path) as file:
        scaled(image, width * scale, height * scale, smooth).save(file, format="PNG")


def export_sheet(
    pixels: np.ndarray,
    sheet: Sheet,
    path: str | os.PathLike[str],
    scale: int,
    title: str = "",
    marked: tuple[int, ...] = (),
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Save images with their labels, black on white, as one PNG.

    Args:
        pixels: (N, C, H, W) uint8, all images of the sheet.
        sheet: the texts around them.
        path: the file to write, .png.
        scale: side of an image's pixel, in pixels of the file.
        title: a text above the sheet, on as many lines as it takes.
        marked: images that get a frame.
        progress: called with the share of the images that are placed, from 0 to 1.
        cancelled: asked before every image and every write; True ends the export.

    Raises:
        ExportCancelled: `cancelled` returned True; an earlier file stays as it was.
        ExportError: the picture cannot be made or written; an earlier file stays as it was.
    """
    check_suffix(path, (".png",))
    n, channels, height, width = pixels.shape
    if n < 1 or n != sheet.count:
        raise ExportError(f"{path}: a sheet of {sheet.count} images cannot show {n}.")
    check_size(path, scale, width * scale, height * scale, pixels.size * scale**2)
    plan = _SheetPlan(sheet, width * scale, height * scale, title)
    check_size(path, scale, *plan.size, channels * plan.size[0] * plan.size[1])
    picture = Image.new("RGB" if channels == 3 else "L", plan.size, "white")

    def check() -> None:
        if cancelled is not None and cancelled():
            raise ExportCancelled(f"{path} was not written.")

    for index, image in enumerate(pixels):
        check()
        if progress is not None:
            progress(index / n)
        picture.paste(
            scaled(image, width * scale, height * scale, smooth=False), plan.corner(index)
        )
    plan.draw_texts(ImageDraw.Draw(picture))
    plan.draw_marks(ImageDraw.Draw(picture), marked)
    with writing(path, check) as file:
        picture.save(file, format="PNG")


class _SheetPlan:
    """Where everything of a saved sheet stands, in pixels of the file."""

    def __init__(self, sheet: Sheet, width: int, height: int, title: str) -> None:
        self.sheet = sheet
        size = max(MIN_TEXT_SIZE, round(TEXT_SHARE * width))
        self.font = text_font(size)
        self.small = text_font(max(MIN_TEXT_SIZE - 1, round(NOTE_SIZE * size)))
        self.line = math.ceil(1.3 * size)
        self.pad = max(4, size // 2)
        captions = [line for caption in sheet.captions for line in caption.split("\n")]
        self.cell = width, height
        # Between images there is room for two frames and white beside them.
        self.frame = max(1, size // 8)
        gap = 4 * self.frame + 2
        rows = math.ceil(sheet.count / WRAP_COLUMNS)
        self.columns = sheet.columns or math.ceil(sheet.count / rows)
        self.rows = math.ceil(sheet.count / self.columns)
        below = self.line * sheet.caption_lines + (self.pad if sheet.captions else 0)
        beside = self._widest(sheet.row_names, self.font), self._widest(sheet.row_notes, self.small)
        label_lines = self.line * (bool(sheet.row_names) + bool(sheet.row_notes))
        # Texts make room for themselves where images are small.
        widest = max(self._widest(sheet.header, self.font), self._widest(captions, self.small))
        self.step = max(width + gap, widest + gap), max(height + gap + below, label_lines)
        self.left = self.pad + (max(beside) + self.pad if sheet.row_names else 0)
        total = self.left + self.columns * self.step[0] + self.pad
        self.title = self._wrapped(title, max(total, 20 * size) - 2 * self.pad)
        head = len(self.title) * self.line + (self.pad if self.title else 0)
        self.top = self.pad + head + (self.line if sheet.header else 0)
        total_width = max([total, *(self._width(line) + 2 * self.pad for line in self.title)])
        self.size = math.ceil(total_width), self.top + self.rows * self.step[1] + self.pad

    def corner(self, index: int) -> tuple[int, int]:
        """(left, top) of an image."""
        row, column = divmod(index, self.columns)
        inset = (self.step[0] - self.cell[0]) // 2
        return self.left + column * self.step[0] + inset, self.top + row * self.step[1]

    def draw_texts(self, draw: ImageDraw.ImageDraw) -> None:
        """Title, header, names and notes of the rows, captions."""
        sheet, (width, height) = self.sheet, self.cell
        for number, line in enumerate(self.title):
            draw.text((self.pad, self.pad + number * self.line), line, "black", self.font)
        for column, text in enumerate(sheet.header):
            x, y = self.corner(column)
            draw.text((x + width / 2, y - self.pad / 2), text, "black", self.font, anchor="md")
        for row, name in enumerate(sheet.row_names):
            y = self.corner(row * self.columns)[1] + height / 2
            note = sheet.row_notes[row] if sheet.row_notes else ""
            x = self.left - self.pad
            fill = GREY if row in sheet.greyed else "black"
            draw.text((x, y), name, fill, self.font, anchor="rs" if note else "rm")
            draw.text((x, y + 2), note, GREY, self.small, anchor="ra")
        for index, caption in enumerate(sheet.captions):
            x, y = self.corner(index)
            for number, line in enumerate(caption.split("\n")):
                place = x + width / 2, y + height + self.pad / 2 + number * self.line
                font = self.small if number else self.font
                draw.text(place, line, "black", font, anchor="ma")

    def draw_marks(self, draw: ImageDraw.ImageDraw, marked: tuple[int, ...]) -> None:
        """Frames around images, with a white line between."""
        width, height = self.cell
        for index in marked:
            x, y = self.corner(index)
            distance = 2 * self.frame
            box = x - distance, y - distance, x + width + distance - 1, y + height + distance - 1
            draw.rectangle(box, outline="black", width=self.frame)

    def _width(self, text: str) -> float:
        return self.font.getlength(text)

    def _widest(self, texts: Iterable[str], font: ImageFont.FreeTypeFont) -> int:
        return math.ceil(max((font.getlength(text) for text in texts), default=0))

    def _wrapped(self, text: str, width: float) -> list[str]:
        lines: list[str] = []
        for word in text.split():
            if lines and self._width(f"{lines[-1]} {word}") <= width:
                lines[-1] = f"{lines[-1]} {word}"
            else:
                lines.append(word)
        return lines


class Watched:
    """A file for Pillow's writers that calls ``check`` before every write."""

    def __init__(self, file: BinaryIO, check: Callable[[], None]) -> None:
        self._file = file
        self._check = check

    def write(self, data: bytes) -> int:
        """Write all of ``data``."""
        self._check()
        return self._file.write(data)

    def flush(self) -> None:
        """Hand on what the file holds back."""
        self._file.flush()


@contextlib.contextmanager
def writing(
    path: str | os.PathLike[str], check: Callable[[], None] = lambda: None
) -> Iterator[Watched]:
    """Open ``path`` for an atomic write, with every failure turned into an `ExportError`."""
    with explained(path), atomic_write(path) as file:
        yield Watched(file, check)


@contextlib.contextmanager
def explained(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn every failure to write ``path`` into an `ExportError` that says what to do."""
    path = Path(path)
    if os.path.isdir(path):  # Path.is_dir raises for a name that is too long
        raise ExportError(f"{path} is a folder; choose another name.")
    try:
        yield
    except FileNotFoundError as error:
        raise ExportError(f"{path} cannot be written: there is no folder {path.parent}.") from error
    except FileExistsError as error:
        raise ExportError(f"{path} is there already; choose another name.") from error
    except PermissionError as error:
        raise ExportError(
            f"{path} cannot be written: no permission to write in {path.parent}."
        ) from error
    except MemoryError as error:
        raise ExportError(f"{path}: not enough memory. Choose a smaller scale.") from error
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        reason = "the disk is full" if full else error.strerror or error
        raise ExportError(f"{path} cannot be written: {reason}.") from error


def check_suffix(path: str | os.PathLike[str], known: tuple[str, ...]) -> str:
    """The suffix of a name, in small letters. Raises ExportError if it is not a known one."""
    suffix = Path(path).suffix.lower()
    if suffix not in known:
        raise ExportError(
            f"{path} cannot be written: its name must end in {' or '.join(known)}, "
            "which chooses the format."
        )
    return suffix


def check_size(
    path: str | os.PathLike[str], scale: int, width: int, height: int, n_bytes: int
) -> None:
    """Raise ExportError for a picture without size, too large, or that takes too much memory."""
    if scale < 1:
        raise ExportError(f"{path}: the scale must be 1 or more, not {scale}.")
    if max(width, height) > MAX_SIDE:
        raise ExportError(
            f"{path} would be {width:,} x {height:,} pixels, more than {MAX_SIDE:,} on a side. "
            "Choose a smaller scale or more columns."
        )
    if n_bytes > MAX_BYTES:
        raise ExportError(
            f"{path} would take {n_bytes / 1e6:,.0f} MB of memory, more than "
            f"{MAX_BYTES / 1e6:,.0f}. Choose a smaller scale or fewer frames."
        )


def text_font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Matplotlib's DejaVu Sans: more scripts than Pillow's own font, and words that stay apart."""
    import matplotlib

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    path = Path(matplotlib.get_data_path(), "fonts", "ttf", name)
    return ImageFont.truetype(str(path), size)  # Pillow 10.1 takes no Path


def copy_as_python(z: ArrayLike, weights_path: str | os.PathLike[str]) -> str:
    """Write a program that decodes ``z`` with the weights and saves what the window shows.

    It needs torch, NumPy and Pillow, and nothing of this project.

    Args:
        z: (latent_dim,), prior standard deviations; written with 6 decimals.
        weights_path: the decoder's file; written as an absolute path, as the program may be run
            anywhere.
    """
    return _PROGRAM.format(weights=os.path.abspath(weights_path), z=format_vector(z))


_PROGRAM = '''\
"""Decode one latent vector with a trained decoder and save the image as image.png."""

import math

import torch
from PIL import Image
from torch import nn

WEIGHTS = {weights!r}
Z = {z}


class Decoder(nn.Module):
    """Latent vector -> image; every size is read from the weights."""

    def __init__(self, state):
        super().__init__()
        features, latent_dim = state["linear.weight"].shape
        planes, hidden = state["deconv_stack.0.weight"].shape[:2]
        channels = state["deconv_stack.2.weight"].shape[1]
        side = math.isqrt(features // planes)
        self.grid = (planes, side, side)
        self.linear = nn.Linear(latent_dim, features)
        self.deconv_stack = nn.Sequential(
            nn.ConvTranspose2d(planes, hidden, kernel_size=4, stride=2, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(hidden, channels, kernel_size=4, stride=2, padding=1),
            nn.Tanh(),
        )
        self.load_state_dict(state, strict=True)

    def forward(self, z):
        return self.deconv_stack(self.linear(z).view(-1, *self.grid))


state = torch.load(WEIGHTS, map_location="cpu", weights_only=True)
decoder = Decoder(state).eval()
with torch.no_grad():
    x = decoder(torch.tensor([Z]))[0]  # (C, H, W) in [-1, 1]
pixels = ((x + 1) * 127.5).round().clamp(0, 255).byte().permute(1, 2, 0).numpy()
image = Image.fromarray(pixels if pixels.shape[2] == 3 else pixels[:, :, 0])
image.save("image.png")
print("image.png:", pixels.shape)
'''
