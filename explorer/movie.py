"""A path through the latent space as a movie to take away, in any of six formats.

Every pixel of a digit is a square of exactly the level that the decoder made, or of that level's
colour in a palette. Only two formats have to give way: a GIF of colour images chooses 256 colours
for each frame, and an MP4 is compressed with loss (`explorer.video.CRF`).
"""

from __future__ import annotations

import contextlib
import importlib.util
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps, features

from explorer.export import (
    MAX_SCALE,
    MAX_SIDE,
    ExportCancelled,
    ExportError,
    check_size,
    check_suffix,
    explained,
    text_font,
    writing,
)
from explorer.images import scaled
from explorer.video import NO_FFMPEG, Footage, write_video
from vae.files import atomic_folder

MAX_FPS = 60
MAX_SECONDS = 600  # a GIF cannot show one frame for longer than 655 s
MAX_VIDEO_SIDE = 4096  # pixels; beyond it few players decode H.264
STRIP_GAP = 2  # pixels between the pictures of a strip
PAPER_LINE = "#c8c8c8"  # between two that are white, whose labels would run into one another

# Of the labels. The width is that of an MNIST digit at scale 4, in which "9 (100%)" and "10.0 s"
# stand side by side in letters that can be read.
MIN_LABEL_WIDTH = 112  # pixels
MIN_TEXT_SIZE = 11
SMALLEST_TEXT_SIZE = 7  # of long class names; what is longer still is cut
TEXT_SHARE = 0.1  # of the shorter side of the image
SIDES = "\t"  # parts what stands at the left of a label from what stands at its right


@dataclass(frozen=True)
class Format:
    """One kind of movie.

    label: its name for a person. note: what it is good for. file_type: for a file dialog. suffixes:
    those its file may have, none for a folder. tick_ms: the unit of a frame's time; None where the
    frames have none. max_fps: what viewers honour. repeats: whether the file says if it is played
    again and again.
    """

    label: str
    note: str
    file_type: tuple[str, str]
    suffixes: tuple[str, ...]
    tick_ms: int | None
    max_fps: int = MAX_FPS
    repeats: bool = False

    @property
    def moves(self) -> bool:
        """Whether the file is played, rather than looked at or put together by a person."""
        return self.tick_ms is not None

    def file_name(self, stem: str) -> str:
        """A name to begin with."""
        return stem + (self.suffixes[0] if self.suffixes else " frames")


FORMATS = {
    "gif": Format(
        "GIF", "plays everywhere", ("GIF animation", "*.gif"), (".gif",), 10, 50, repeats=True
    ),
    "apng": Format(
        "APNG",
        "plays in browsers, in every colour",
        ("Animated PNG", "*.png"),
        (".png", ".apng"),
        1,
        repeats=True,
    ),
    "webp": Format(
        "WebP",
        "plays in browsers, the smallest that is exact",
        ("WebP animation", "*.webp"),
        (".webp",),
        1,
        repeats=True,
    ),
    "mp4": Format("MP4", "a video, for slides", ("MP4 video", "*.mp4"), (".mp4",), 1),
    "strip": Format(
        "PNG strip", "the steps side by side, for print", ("PNG picture", "*.png"), (".png",), None
    ),
    "frames": Format(
        "PNG frames", "a folder of numbered pictures", ("Folder of pictures", "*"), (), None
    ),
}

# "grey" leaves colour images as they are, too. The others are for levels: matplotlib's maps in
# which equal steps look equal (Smith & van der Walt 2015; cividis: Nunez et al. 2018).
PALETTES = {
    "grey": "Grey",
    "inverted": "Inverted",
    "viridis": "Viridis",
    "magma": "Magma",
    "inferno": "Inferno",
    "cividis": "Cividis",
}
REPEATS = {"once": "Once", "loop": "Loop", "ping-pong": "Ping-pong"}

NO_WEBP = "needs a Pillow with WebP. In this program's Python: pip install --upgrade pillow"


@dataclass(frozen=True)
class MovieOptions:
    """How a path becomes a movie.

    format: a key of `FORMATS`. scale: side of an image's pixel, in pixels of the file. fps: frames
    a second. palette: a key of `PALETTES`. labels: a line of text below every frame. repeat: a key
    of `REPEATS`; ping-pong also writes the way back.

    Raises:
        ValueError: an option that is not possible, with what is.
    """

    format: str = "gif"
    scale: int = 8
    fps: int = 25  # 40 ms, a whole number of a GIF's ticks
    palette: str = "grey"
    labels: bool = False
    repeat: str = "loop"

    def __post_init__(self) -> None:
        for name, known in (("format", FORMATS), ("palette", PALETTES), ("repeat", REPEATS)):
            if getattr(self, name) not in tuple(known):
                raise ValueError(
                    f"The {name} must be one of {', '.join(known)}, not {getattr(self, name)!r}."
                )
        for name, what, high in (("scale", "scale", MAX_SCALE), ("fps", "frame rate", MAX_FPS)):
            number = getattr(self, name)
            if type(number) is not int or not 1 <= number <= high:
                raise ValueError(
                    f"The {what} must be a whole number from 1 to {high}, not {number!r}."
                )
        if type(self.labels) is not bool:
            raise ValueError(f"Labels must be on or off, True or False, not {self.labels!r}.")
        if self.fps > self.kind.max_fps:
            raise ValueError(
                f"A {self.kind.label} shows at most {self.kind.max_fps} frames a second, not "
                f"{self.fps}: it counts hundredths of a second, and viewers slow down what is "
                "shown for less than two. Choose another format for more."
            )

    @property
    def kind(self) -> Format:
        """What is known of the format."""
        return FORMATS[self.format]

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        return asdict(self)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> MovieOptions:
        """The options of a session file; what is not possible is as in a new one."""
        options = cls()
        for name in (option.name for option in fields(cls)):
            # A list, which no table can look up, is a TypeError.
            with contextlib.suppress(KeyError, TypeError, ValueError):
                options = replace(options, **{name: settings[name]})
        return options


def unavailable() -> dict[str, str]:
    """The formats that cannot be written here: what each needs, and where that comes from."""
    missing = {}
    if not features.check("webp"):
        missing["webp"] = NO_WEBP
    if importlib.util.find_spec("imageio_ffmpeg") is None:
        missing["mp4"] = NO_FFMPEG
    return missing


def positions(
    options: MovieOptions, duration_s: float, steps: int, closed: bool = False
) -> np.ndarray:
    """Where on the path the frames are that `write_movie` wants: (N,), 0 at its start to 1.

    A strip shows the path in `steps` pictures; everything else has `fps` frames a second, for
    `duration_s` seconds from the first frame to the last. A path that is closed and repeated
    comes back to its first frame by itself.
    """
    if options.format == "strip":
        return np.linspace(0.0, 1.0, max(1, steps))
    intervals = max(1, round(duration_s * options.fps))
    if closed and options.repeat == "loop" and options.kind.moves:
        return np.arange(intervals) / intervals
    return np.arange(intervals + 1) / intervals


def playing_order(options: MovieOptions, n: int) -> list[int]:
    """Which of n frames the file shows, one after the other; with a way back for ping-pong.

    The way back leaves out both ends, as the file goes on with its first frame.
    """
    there = list(range(n))
    if options.repeat == "ping-pong" and options.kind.moves:
        return there + there[-2:0:-1]
    return there


def picture_size(image_shape: tuple[int, int, int], options: MovieOptions) -> tuple[int, int]:
    """(width, height) in pixels of one frame with its label, for images (C, H, W)."""
    layout = _Layout(image_shape, options)
    return layout.width, layout.height


def file_size(image_shape: tuple[int, int, int], options: MovieOptions, n: int) -> tuple[int, int]:
    """(width, height) in pixels of what n images become; of one picture of a folder of them."""
    width, height = picture_size(image_shape, options)
    if options.format != "strip":
        return width, height
    columns = _strip_columns(width, n)
    rows = math.ceil(n / columns)
    return columns * (width + STRIP_GAP) - STRIP_GAP, rows * (height + STRIP_GAP) - STRIP_GAP


def caption_text(
    seconds: float, class_name: str | None = None, probability: float | None = None
) -> str:
    """The label of a frame: the classifier's class with its probability, and the time."""
    time = f"{seconds:.1f} s"
    if class_name is None or probability is None:
        return SIDES + time
    return f"{class_name} ({probability:.0%}){SIDES}{time}"


@lru_cache
def palette_table(palette: str) -> np.ndarray:
    """The colour of every level: (256, 3) uint8. Imports matplotlib for what is not grey."""
    levels = np.arange(256, dtype=np.uint8)
    if palette in ("grey", "inverted"):
        table = np.repeat(levels[:, None] if palette == "grey" else levels[::-1, None], 3, axis=1)
    else:
        import matplotlib

        table = matplotlib.colormaps[palette](levels, bytes=True)[:, :3].copy()
    table.setflags(write=False)
    return table


def still(image: np.ndarray, caption: str | None, options: MovieOptions) -> Image.Image:
    """One frame as the file will show it, in RGB. image: (C, H, W) uint8."""
    layout = _Layout(image.shape, options, [caption] if options.labels and caption else ())
    return layout.coloured(layout.drawn(image, caption)).convert("RGB")


def check_movie(
    image_shape: tuple[int, int, int],
    n: int,
    options: MovieOptions,
    path: str | os.PathLike[str] = "The movie",
) -> None:
    """Refuse what `write_movie` could not make of n images (C, H, W).

    Raises:
        ExportError: says what is too much, and what to do.
    """
    if n < 1:
        raise ExportError(f"{path}: a movie needs at least one frame.")
    if options.palette != "grey" and image_shape[0] == 3:
        raise ExportError(
            f"{path}: these images have colours of their own. The palette "
            f"{PALETTES[options.palette]} is for one channel; choose {PALETTES['grey']}."
        )
    played = len(playing_order(options, n))
    if played > MAX_SECONDS * options.fps:
        raise ExportError(
            f"{path} would last {played / options.fps:,.0f} seconds, more than {MAX_SECONDS}. "
            "Choose a shorter time."
        )
    width, height = file_size(image_shape, options, n)
    # Pillow holds every frame of an animation until the last one is there; others go one by one.
    held = played if options.kind.repeats else 1
    bands = _Layout(image_shape, options).bands
    check_size(path, options.scale, width, height, width * height * bands * held)
    if options.format == "mp4" and max(width, height) > MAX_VIDEO_SIDE:
        raise ExportError(
            f"{path} would be {width:,} x {height:,} pixels, and few players show an MP4 of more "
            f"than {MAX_VIDEO_SIDE:,} on a side. Choose a smaller scale."
        )


def write_movie(
    frames: np.ndarray,
    captions: Sequence[str] | None,
    path: str | os.PathLike[str],
    options: MovieOptions,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Save a path in the format of `options`, whole or not at all.

    A frame is shown for the time that its rate asks for, to the unit in which the format counts;
    where that is not a whole number, some are one unit longer, and the movie as long as it should.
    A frame that equals the one before may be merged with it: there are fewer then, but they last
    as long.

    Args:
        frames: (N, C, H, W) uint8, from the start of the path to its end, at `positions`.
        captions: a text for each frame, `caption_text` writes it; needed for labels only. What
            stands before a tab is at the left, what follows it at the right.
        path: the file to write, or the new folder.
        options: its format and looks.
        progress: called with the share of the work that is done, from 0 to 1, never falling.
        cancelled: asked before every frame and every write; True ends the export.

    Raises:
        ExportCancelled: `cancelled` returned True; an earlier file stays as it was.
        ExportError: the movie cannot be made or written; likewise.
    """
    if options.kind.suffixes:
        check_suffix(path, options.kind.suffixes)
    n = len(frames)
    check_movie(frames.shape[1:], n, options, path)
    if options.labels and (captions is None or len(captions) != n):
        raise ExportError(
            f"{path}: labels need a text for each of the {n} frames; there are "
            f"{len(captions or ())}."
        )
    order = playing_order(options, n)
    layout = _Layout(frames.shape[1:], options, captions if options.labels else ())
    texts = captions if options.labels else [None] * n

    def check() -> None:
        if cancelled is not None and cancelled():
            raise ExportCancelled(f"{path} was not written.")

    def drawn(index: int) -> Image.Image:
        check()
        return layout.drawn(frames[order[index]], texts[order[index]])

    film = _Film(len(order), drawn, layout)
    write = {"mp4": _write_video, "strip": _write_strip, "frames": _write_folder}
    write.get(options.format, _write_animation)(
        film, path, options, progress or (lambda share: None), check
    )


class _Layout:
    """Where image and label stand in a frame, in pixels; draws them, as levels or as colours.

    Text is drawn in levels, too, so that a palette colours it as it does the image, and a GIF has
    to know no more than 256 colours. Level 0 is behind it and 255 in front.

    captions: all that will be drawn; they get the size in which the widest fits.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        options: MovieOptions,
        captions: Sequence[str] = (),
    ) -> None:
        channels, rows, columns = image_shape
        self.options = options
        self._drawn_mode = "RGB" if channels == 3 else "L"
        self.image_size = columns * options.scale, rows * options.scale
        self.width, self.height = self.image_size
        self._texts = {_sides(caption) for caption in captions}
        if options.labels:
            self.width = max(self.width, MIN_LABEL_WIDTH)
            self.text_size = max(MIN_TEXT_SIZE, round(TEXT_SHARE * min(self.image_size)))
            self._pad = self.text_size // 2
            self._room = self.width - 2 * self._pad
            self.height += round(1.7 * self.text_size)
        if options.format == "mp4":  # four pixels share one colour
            self.width += self.width % 2
            self.height += self.height % 2

    @property
    def mode(self) -> str:
        """Pillow's mode of a coloured picture: levels, colours, or levels with a table of colours.

        A program that reads stills may not expect a table.
        """
        if self._drawn_mode == "RGB" or self.options.palette in ("grey", "inverted"):
            return self._drawn_mode
        return "P" if self.options.format in ("gif", "apng") else "RGB"

    @property
    def bands(self) -> int:
        """Bytes of a pixel."""
        return 3 if self.mode == "RGB" else 1

    def drawn(self, image: np.ndarray, caption: str | None) -> Image.Image:
        """An image (C, H, W) uint8 with its label, in its own colours or in levels."""
        canvas = Image.new(self._drawn_mode, (self.width, self.height))
        width, height = self.image_size
        left = (self.width - width) // 2 if self.options.labels else 0
        canvas.paste(scaled(image, width, height, smooth=False), (left, 0))
        if self.options.labels and caption is not None:
            draw = ImageDraw.Draw(canvas)
            ink = "white" if self._drawn_mode == "RGB" else 255
            y = height + round(1.2 * self.text_size)
            text, right = _sides(caption)
            while len(text) > 1 and self._width(self._font, text, right) > self._room:
                text = text[:-2] + "…"
            draw.text((self._pad, y), text, ink, self._font, anchor="ls")
            draw.text((self.width - self._pad, y), right, ink, self._font, anchor="rs")
        return canvas

    def coloured(self, picture: Image.Image) -> Image.Image:
        """A drawn picture in the colours of the palette; changes the one that is given."""
        if self._drawn_mode == "RGB" or self.options.palette == "grey":
            return picture
        if self.options.palette == "inverted":
            return ImageOps.invert(picture)
        picture.putpalette(palette_table(self.options.palette).tobytes())
        return picture.convert(self.mode)

    @cached_property
    def _font(self) -> ImageFont.FreeTypeFont:
        sizes = range(self.text_size, SMALLEST_TEXT_SIZE - 1, -1)
        fonts = map(text_font, sizes)
        return next(
            (
                font
                for font in fonts
                if all(self._width(font, left, right) <= self._room for left, right in self._texts)
            ),
            text_font(SMALLEST_TEXT_SIZE),
        )

    def _width(self, font: ImageFont.FreeTypeFont, left: str, right: str) -> float:
        between = self._pad if left and right else 0
        return font.getlength(left) + between + font.getlength(right)


def _sides(caption: str) -> tuple[str, str]:
    left, _, right = caption.partition(SIDES)
    return left, right


class _Film(Image.Image):
    """An image of many frames for Pillow's writers, each frame made when it is looked at.

    Pillow's own way, a list of images, would hold every scaled frame from the start.
    """

    def __init__(self, n_frames: int, drawn: Callable[[int], Image.Image], layout: _Layout) -> None:
        super().__init__()
        self.n_frames = n_frames
        self.layout = layout
        self.looked_at: Callable[[], None] = lambda: None
        self._drawn = drawn
        self._index: int | None = None

    def picture(self, index: int) -> Image.Image:
        """One frame, coloured."""
        return self.layout.coloured(self._drawn(index))

    def seek(self, frame: int) -> None:
        """Show another frame. Raises EOFError past the end, as Pillow expects."""
        if not 0 <= frame < self.n_frames:
            raise EOFError
        if frame != self._index:
            self.looked_at()
            picture = self.picture(frame)
            self.im, self._mode, self._size = picture.im, picture.mode, picture.size
            self.palette = picture.palette
            self._index = frame

    def tell(self) -> int:
        """Return the frame that is shown."""
        return self._index or 0


@dataclass(frozen=True)
class _Writer:
    """How Pillow writes an animation.

    name: Pillow's name of the format. passes: how often the writer goes through the frames.
    share: part of the time that is over when it has read the last frame, measured; then it
        compresses.
    plays: what Pillow's `loop` must be for (for ever, once).
    """

    name: str
    passes: int
    share: float
    plays: tuple[dict[str, int], dict[str, int]]
    options: dict[str, Any] = field(default_factory=dict)


_WRITERS = {
    "gif": _Writer("GIF", 1, 0.65, ({"loop": 0}, {})),
    "apng": _Writer("PNG", 2, 0.3, ({"loop": 0}, {"loop": 1})),
    # Method 4 makes files a third the size of method 0 in twice the time.
    "webp": _Writer("WEBP", 1, 1.0, ({"loop": 0}, {"loop": 1}), {"lossless": True, "method": 4}),
}

# Whoever watches may cancel by raising from `progress`, so that 1.0 comes while there is still
# nothing to be left behind.
_Progress = Callable[[float], None]
_Check = Callable[[], None]


def _write_animation(
    film: _Film,
    path: str | os.PathLike[str],
    options: MovieOptions,
    progress: _Progress,
    check: _Check,
) -> None:
    writer = _WRITERS[options.format]
    read = 0

    def count() -> None:
        nonlocal read
        progress(writer.share * min(1.0, read / (film.n_frames * writer.passes)))
        read += 1

    film.looked_at = count
    forever, once = writer.plays
    with writing(path, check) as file:
        film.seek(0)
        film.save(
            file,
            format=writer.name,
            save_all=True,
            duration=_durations(film.n_frames, options),
            **(once if options.repeat == "once" else forever),
            **writer.options,
        )
        progress(1.0)


def _durations(n: int, options: MovieOptions) -> list[int]:
    """Milliseconds for each of n frames, whole ticks of the format, right in their sum."""
    tick = options.kind.tick_ms
    ends = [round(1000 * (index + 1) / (options.fps * tick)) for index in range(n)]
    return [tick * (end - start) for start, end in zip([0, *ends], ends, strict=False)]


def _write_strip(
    film: _Film,
    path: str | os.PathLike[str],
    options: MovieOptions,
    progress: _Progress,
    check: _Check,
) -> None:
    """Side by side in reading order, on white; in one row, unless that would be too wide."""
    layout, n = film.layout, film.n_frames
    columns = _strip_columns(layout.width, n)
    step_x, step_y = layout.width + STRIP_GAP, layout.height + STRIP_GAP
    size = columns * step_x - STRIP_GAP, math.ceil(n / columns) * step_y - STRIP_GAP
    strip = Image.new(layout.mode, size, "white")
    gap = PAPER_LINE if options.palette == "inverted" else "white"
    for index in range(n):
        progress(index / n)
        row, column = divmod(index, columns)
        x, y = column * step_x, row * step_y
        strip.paste(film.picture(index), (x, y))
        strip.paste(gap, (x - STRIP_GAP, y, x, y + layout.height))
    with writing(path, check) as file:
        strip.save(file, format="PNG")
        progress(1.0)


def _strip_columns(width: int, n: int) -> int:
    return max(1, min(n, (MAX_SIDE + STRIP_GAP) // (width + STRIP_GAP)))


def _write_folder(
    film: _Film,
    path: str | os.PathLike[str],
    options: MovieOptions,
    progress: _Progress,
    check: _Check,
) -> None:
    n = film.n_frames
    digits = max(4, len(str(n)))
    with explained(path), atomic_folder(path) as folder:
        for index in range(n):
            progress(index / n)
            film.picture(index).save(folder / f"frame_{index + 1:0{digits}}.png")
        check()
        progress(1.0)


def _write_video(
    film: _Film,
    path: str | os.PathLike[str],
    options: MovieOptions,
    progress: _Progress,
    check: _Check,
) -> None:
    size, grey = (film.layout.width, film.layout.height), film.layout.mode == "L"
    frames = (film.picture(index).tobytes() for index in range(film.n_frames))
    footage = Footage(frames, film.n_frames, size, grey, options.fps)
    with explained(path):
        write_video(footage, path, progress, check)
