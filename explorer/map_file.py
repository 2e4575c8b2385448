"""A map as a PNG file of any size, with a title, axes, a legend, and where it comes from."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from explorer import map_colours as colours
from explorer.export import ExportError, check_suffix, text_font, writing
from explorer.legend_entries import legend_entries
from explorer.map_layers import MapFields, MapLook
from explorer.map_legend import draw_legend, height_of, laid_out
from explorer.map_picture import paint_map
from explorer.viewport import Viewport

MIN_WIDTH, MAX_WIDTH = 200, 8000  # pixels
# Painting takes some ten bytes a pixel; beyond this it is a slip, or a very long window.
MAX_PIXELS = 64_000_000

DESIGN_WIDTH = 760  # pixels, at which a file looks as the window does at 96 dpi
MIN_SCALE = 0.7  # below, nothing could be read
TEXT_SIZE = 12  # pixels at scale 1, like all lengths here
TITLE_SIZE = 16
PAD = 14
TICK = 5
TICKS_APART = 56
MARK_RADIUS, MARK_RIM, MARK_SIZE = 9, 1.5, 11
SOFTWARE = "Latent Space Explorer"


@dataclass(frozen=True)
class MapCaption:
    """The words around a saved map.

    title: above it. note: in small letters below the title, such as what the plane is. axes: names
    of the axis across and of the one upwards. origin: written into the file beside the picture,
    keyword -> text, such as the weights and the point that the plane goes through. marks: places
    with letters, (letter, u, v); those beyond the map are left out.
    """

    title: str
    note: str
    axes: tuple[str, str]
    origin: Mapping[str, str]
    marks: tuple[tuple[str, float, float], ...] = ()


def save_map_picture(
    path: str | os.PathLike[str],
    fields: MapFields,
    viewport: Viewport,
    look: MapLook,
    caption: MapCaption,
    width: int,
    check: Callable[[], None] = lambda: None,
) -> None:
    """Paint a map for a file of a width and save it, with its legend, as PNG.

    Args:
        path: the file to write, .png.
        fields: what is painted, stretched to the file's resolution.
        viewport: the part of the plane to show; its number of pixels does not matter.
        look: which layers, and light or dark; its scale does not matter.
        caption: the words around it.
        width: of the whole picture, pixels, MIN_WIDTH to MAX_WIDTH.
        check: called between the steps and at every write; it may raise to end this, and an earlier
            file stays as it was.

    Raises:
        ExportError: the picture cannot be made or written; an earlier file stays as it was.
    """
    check_suffix(path, (".png",))
    if not MIN_WIDTH <= width <= MAX_WIDTH:
        raise ExportError(
            f"{path}: a map can be {MIN_WIDTH:,} to {MAX_WIDTH:,} pixels wide, not {width:,}."
        )
    with writing(path, check) as file:
        check()
        picture = map_sheet(path, fields, viewport, look, caption, width)
        check()
        picture.save(file, format="PNG", pnginfo=_origin(caption))


def map_sheet(
    path: str | os.PathLike[str],
    fields: MapFields,
    viewport: Viewport,
    look: MapLook,
    caption: MapCaption,
    width: int,
) -> Image.Image:
    """The picture that `save_map_picture` saves; path is only named where it cannot be made."""
    plan = _Plan(fields, viewport, look, caption, width)
    if plan.size[0] * plan.size[1] > MAX_PIXELS:
        raise ExportError(
            f"{path} would be {plan.size[0]:,} x {plan.size[1]:,} pixels, more than "
            f"{MAX_PIXELS / 1e6:,.0f} million. Choose a smaller width."
        )
    return plan.picture()


def _origin(caption: MapCaption) -> PngInfo:
    info = PngInfo()
    texts = {"Title": caption.title, "Description": caption.note, "Software": SOFTWARE}
    for keyword, text in {**texts, **caption.origin}.items():
        if text:
            info.add_itxt(keyword, text)
    return info


class _Plan:
    """Where everything stands, in pixels of the file."""

    def __init__(
        self,
        fields: MapFields,
        viewport: Viewport,
        look: MapLook,
        caption: MapCaption,
        width: int,
    ) -> None:
        self.fields, self.caption = fields, caption
        self.scale = max(MIN_SCALE, width / DESIGN_WIDTH)
        self.look = replace(look, scale=self.scale)
        self.font = text_font(self._px(TEXT_SIZE))
        self.bold = text_font(self._px(TITLE_SIZE), bold=True)
        pad = self._px(PAD)
        line = math.ceil(1.4 * TEXT_SIZE * self.scale)
        room = width - 2 * pad
        self.titles = wrapped(caption.title, self.bold, room)
        self.notes = wrapped(caption.note, self.font, room)
        self.title_line, self.line = math.ceil(1.35 * TITLE_SIZE * self.scale), line
        head = len(self.titles) * self.title_line + len(self.notes) * line
        self.top = pad + head + (pad // 2 if head else 0)

        # Numbers of the vertical axis make room for themselves.
        tick = self._px(TICK)
        nearly = viewport.resized((room, round(room * viewport.size[1] / viewport.size[0])))
        _, vs = nearly.ticks(self._px(TICKS_APART))
        numbers = max((self.font.getlength(number(v)) for v in vs), default=0)
        self.left = pad + line + math.ceil(numbers) + 2 * tick
        inner = max(1, width - self.left - pad)
        height = max(1, round(inner * viewport.size[1] / viewport.size[0]))
        self.viewport = replace(viewport, size=(inner, height))
        bottom = self.top + height + 2 * tick + 2 * line
        self.items = laid_out(
            legend_entries(fields, self.look, self.viewport),
            width - self.left - pad,
            self._px(TEXT_SIZE),
            self.font.getlength,
        )
        self.legend_top = bottom + (pad // 2 if self.items else 0)
        self.size = width, self.legend_top + height_of(self.items, self._px(TEXT_SIZE)) + pad

    def picture(self) -> Image.Image:
        """Paint it all."""
        dark = self.look.dark
        picture = Image.new("RGB", self.size, colours.GROUND[dark])
        draw = ImageDraw.Draw(picture)
        pad, y = self._px(PAD), self._px(PAD)
        for text in self.titles:
            draw.text((pad, y), text, colours.INK[dark], self.bold)
            y += self.title_line
        for text in self.notes:
            draw.text((pad, y), text, colours.MUTED[dark], self.font)
            y += self.line
        picture.paste(paint_map(self.fields, self.viewport, self.look), (self.left, self.top))
        self._draw_marks(draw)
        self._draw_axes(picture, draw)
        legend = Image.new("RGB", (self.size[0] - self.left, self.size[1] - self.legend_top))
        legend.paste(colours.GROUND[dark], (0, 0, *legend.size))
        pen = _Pen(legend, self.font, self.scale, dark)
        draw_legend(self.items, self._px(TEXT_SIZE), self.font.getlength, pen)
        picture.paste(legend, (self.left, self.legend_top))
        return picture

    def _draw_marks(self, draw: ImageDraw.ImageDraw) -> None:
        """Letters on discs that are seen on every colour, as the window's pins are."""
        radius, rim = self._px(MARK_RADIUS), self._px(MARK_RIM)
        bold = text_font(self._px(MARK_SIZE), bold=True)
        for letter, u, v in self.caption.marks:
            x, y = self.viewport.pixel_of(u, v)
            if not (0 <= x <= self.viewport.size[0] and 0 <= y <= self.viewport.size[1]):
                continue
            x, y = x + self.left, y + self.top
            disc = x - radius, y - radius, x + radius, y + radius
            draw.ellipse(disc, "black", "white", rim)
            draw.text((x, y), letter, "white", bold, anchor="mm")

    def _draw_axes(self, picture: Image.Image, draw: ImageDraw.ImageDraw) -> None:
        """A frame, numbers along two of its sides, and the names of the axes."""
        ink, muted = colours.INK[self.look.dark], colours.MUTED[self.look.dark]
        stroke, tick = max(1, round(self.scale)), self._px(TICK)
        width, height = self.viewport.size
        right, bottom = self.left + width, self.top + height
        frame = self.left - stroke, self.top - stroke, right + stroke - 1, bottom + stroke - 1
        draw.rectangle(frame, outline=muted, width=stroke)
        us, vs = self.viewport.ticks(self._px(TICKS_APART))
        for u in us:
            x = self.left + self.viewport.pixel_of(u, 0.0)[0]
            draw.line((x, bottom, x, bottom + tick), muted, stroke)
            draw.text((x, bottom + 1.5 * tick), number(u), muted, self.font, anchor="ma")
        for v in vs:
            y = self.top + self.viewport.pixel_of(0.0, v)[1]
            draw.line((self.left - tick, y, self.left - 1, y), muted, stroke)
            draw.text((self.left - 1.5 * tick, y), number(v), muted, self.font, anchor="rm")
        across, upwards = self.caption.axes
        place = self.left + width / 2, bottom + 2 * tick + self.line
        draw.text(place, across, ink, self.font, anchor="ma")
        name = Image.new("L", (max(1, math.ceil(self.font.getlength(upwards))), self.line))
        ImageDraw.Draw(name).text((0, 0), upwards, 255, self.font)
        name = name.transpose(Image.Transpose.ROTATE_90)
        place = self._px(PAD) // 2, round(self.top + (height - name.height) / 2)
        picture.paste(ink, place, name)

    def _px(self, length: float) -> int:
        return max(1, round(length * self.scale))


class _Pen:
    """Draws a legend on a picture; see `explorer.map_legend.Pen`."""

    def __init__(
        self, picture: Image.Image, font: ImageFont.FreeTypeFont, scale: float, dark: bool
    ) -> None:
        self._draw = ImageDraw.Draw(picture)
        self._font = font
        self._scale = scale
        self._ink = colours.as_hex(colours.INK[dark])

    def box(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        self._draw.rectangle(
            (round(left), round(top), round(right) - 1, round(bottom) - 1), fill=colour
        )

    def line(self, left: float, right: float, y: float, colour: str, dashed: bool) -> None:
        width = max(1, round(1.6 * self._scale))
        on, step = (7 * self._scale, 12 * self._scale) if dashed else (right - left, right - left)
        x = left
        while x < right:
            self._draw.line((x, y, min(right, x + on), y), colour, width)
            x += step

    def dot(self, x: float, y: float, radius: float, colour: str) -> None:
        self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)

    def text(self, x: float, y: float, text: str, colour: str | None, centred: bool) -> None:
        anchor = "mm" if centred else "lm"
        self._draw.text((x, y), text, colour or self._ink, self._font, anchor=anchor)


def number(value: float) -> str:
    """A coordinate with no more digits than it has, and a proper minus."""
    return f"{value:.6g}".replace("-", "\u2212")


def wrapped(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Words in lines of a width; a longer word has a line of its own."""
    lines: list[str] = []
    for word in text.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines
