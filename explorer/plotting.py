"""How a plot is drawn away from the window: its look, and Matplotlib's part without any toolkit.

A plot is a function `draw(figure, look)` of plain values that fills a Matplotlib figure. The worker
calls it, for the screen and for a file alike. Matplotlib is imported inside functions only, and its
settings are changed for one plot at a time, never for the program.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.export import check_suffix, writing
from explorer.map_colours import as_hex, class_colours

if TYPE_CHECKING:
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg", ".pdf")
FILE_TYPES = [("PNG picture", "*.png"), ("SVG drawing", "*.svg"), ("PDF document", "*.pdf")]
FILE_DPI = 300  # of a PNG, and of what a drawing holds as pixels
DPI = 96  # of a screen at scale 1
SMALLEST_SIDE = 40  # pixels; a plot has axes, and nothing of them is left in less room


@dataclass(frozen=True)
class Look:
    """What a plot needs to know of the theme.

    foreground, muted, background, surface, border, accent, on_accent, warning: #rrggbb, as in
    `explorer.theme.Palette`. scale: pixels for one pixel at 96 dpi. text, small, title: sizes of
    letters in points, which follow the scale by themselves. line: a curve's width in points.
    """

    dark: bool
    foreground: str
    muted: str
    background: str
    surface: str
    border: str
    accent: str
    on_accent: str
    warning: str
    scale: float = 1.0
    text: float = 9.0
    small: float = 8.0
    title: float = 10.0
    line: float = 1.5

    @property
    def dpi(self) -> float:
        """Dots an inch, so that 9 points are as high as 9 points of the window."""
        return DPI * self.scale

    def class_colours(self, count: int) -> list[str]:
        """A colour for each class, #rrggbb: Petroff's ten, as on the map."""
        return [as_hex(colour) for colour in class_colours(count)]

    def settings(self) -> dict[str, Any]:
        """Matplotlib's settings in this look: what a figure starts from."""
        return {
            "figure.facecolor": self.background,
            "savefig.facecolor": self.background,
            "axes.facecolor": self.background,
            "axes.edgecolor": self.border,
            "axes.labelcolor": self.foreground,
            "axes.titlecolor": self.foreground,
            "axes.labelsize": self.text,
            "axes.titlesize": self.title,
            "axes.titlelocation": "left",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.linewidth": 0.8,
            "axes.prop_cycle": _cycle([self.accent, *self.class_colours(10)[1:]]),
            "axes.axisbelow": True,
            "figure.titlesize": self.title,
            "font.family": ["DejaVu Sans"],  # Matplotlib brings it along
            "font.size": self.text,
            "grid.color": self.border,
            "grid.linewidth": 0.5,
            "legend.edgecolor": self.border,
            "legend.facecolor": self.background,
            "legend.fontsize": self.small,
            "legend.framealpha": 0.85,
            "legend.labelcolor": self.foreground,
            "lines.linewidth": self.line,
            "patch.edgecolor": self.background,
            "text.color": self.foreground,
            "xtick.color": self.border,
            "xtick.labelcolor": self.muted,
            "xtick.labelsize": self.small,
            "ytick.color": self.border,
            "ytick.labelcolor": self.muted,
            "ytick.labelsize": self.small,
            "axes.unicode_minus": True,
            # The same plot is the same file.
            "svg.hashsalt": "latent-space-explorer",
        }


Draw = Callable[["Figure", Look], None]


@dataclass(frozen=True)
class Panel:
    """One pair of axes as it was drawn: where it is, and how data get there.

    left, top, right, bottom: in the widget's pixels from its upper left corner. transform: (N, 2)
    data to pixels from the lower left corner, frozen as drawn.
    """

    left: float
    top: float
    right: float
    bottom: float
    transform: Any

    def contains(self, x: float, y: float) -> bool:
        """Whether a pixel of the widget lies within the axes."""
        return self.left <= x <= self.right and self.top <= y <= self.bottom


@dataclass(frozen=True, eq=False)
class Rendering:
    """A plot in pixels, made in the worker and given to Tk's thread.

    renderer: holds the pixels. panels: by the index in `figure.axes`. words: every text in it.
    figure: what was drawn; None once it was let go.
    """

    renderer: RendererAgg
    panels: tuple[Panel, ...]
    words: tuple[str, ...]
    width: int
    height: int
    figure: Figure | None = None

    def without_figure(self) -> Rendering:
        """The same, when the figure has been taken to pieces; for the worker."""
        _take_apart(self.figure)
        return replace(self, figure=None)

    def pixels_of(self, axes: int, points: np.ndarray) -> np.ndarray:
        """(N, 2) data of a pair of axes -> (N, 2) pixels from the upper left corner."""
        drawn = self.panels[axes].transform.transform(np.asarray(points, float).reshape(-1, 2))
        return np.stack([drawn[:, 0], self.height - drawn[:, 1]], axis=1)

    def data_of(self, axes: int, x: float, y: float) -> tuple[float, float]:
        """A pixel of the widget -> data of a pair of axes."""
        inverse = self.panels[axes].transform.inverted()
        found = inverse.transform((x, self.height - y))
        return float(found[0]), float(found[1])

    def panel_at(self, x: float, y: float) -> int | None:
        """The axes at a pixel of the widget, by their index; the latest drawn if there are two."""
        inside = [i for i, panel in enumerate(self.panels) if panel.contains(x, y)]
        return inside[-1] if inside else None


def render(
    draw: Draw, look: Look, width: int, height: int, check: Callable[[], None] = lambda: None
) -> Rendering:
    """Draw a plot as `width` times `height` pixels. For the worker: 20 ms to a second.

    check: called between the steps; it may raise to end this.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    with _settings(look):
        figure = new_figure(look, width, height)
        check()
        draw(figure, look)
        check()
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        panels = tuple(_panel(axes, height) for axes in figure.axes)
        words = tuple(text.get_text() for text in figure.findobj(Text) if text.get_text())
    return Rendering(canvas.get_renderer(), panels, words, width, height, figure)


def save(
    draw: Draw,
    look: Look,
    width: int,
    height: int,
    path: Path,
    marks: Sequence[tuple[int, float, float]] = (),
    check: Callable[[], None] = lambda: None,
) -> None:
    """Write a plot as PNG, SVG or PDF, chosen by the name, as large as it is on the screen.

    marks: (axes, x, y), points that the screen shows upon the plot. check: see `render`.

    Raises:
        explorer.export.ExportError: the name has another ending, or the file can't be written; an
            earlier file stays as it was.
    """
    suffix = check_suffix(path, SUFFIXES)
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    # A date would make every file another one.
    metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(suffix)
    with _settings(look):
        figure = new_figure(look, width, height)
        FigureCanvasAgg(figure)
        draw(figure, look)
        for axes, x, y in marks:
            mark(figure.axes[axes], x, y, look)
        check()
        made = io.BytesIO()
        figure.savefig(made, format=suffix[1:], dpi=FILE_DPI, metadata=metadata)
    _take_apart(figure)
    with writing(path, check) as file:
        file.write(made.getvalue())


def new_figure(look: Look, width: int, height: int) -> Figure:
    """An empty figure of so many pixels. `draw` may choose another layout than the constrained."""
    from matplotlib.figure import Figure

    sides = (max(SMALLEST_SIDE, side) / look.dpi for side in (width, height))
    return Figure(figsize=tuple(sides), dpi=look.dpi, layout="constrained")


def mark(axes: Any, x: float, y: float, look: Look) -> None:
    """Ring a point, as the screen does; the limits of the axes stay as they are."""
    limits = axes.get_xlim(), axes.get_ylim()
    for colour, size in ((look.background, 11), (look.foreground, 10)):
        axes.plot(
            [x], [y], "o", markersize=size, markerfacecolor="none", markeredgecolor=colour,
            markeredgewidth=4 if size == 11 else 2, zorder=20,
        )  # fmt: skip
    axes.set(xlim=limits[0], ylim=limits[1])


def _take_apart(figure: Figure) -> None:
    """Free what a figure is made of.

    One of 36 axes is 110,000 objects that refer to each other. Left to the collector, which runs on
    Tk's thread, they hold the window for a tenth of a second and more.
    """
    for artist in figure.findobj():
        artist.__dict__.clear()


def _settings(look: Look) -> Any:
    import matplotlib

    return matplotlib.rc_context(look.settings())


def _cycle(colours: Sequence[str]) -> Any:
    from matplotlib import cycler

    return cycler(color=colours)


def _panel(axes: Any, height: int) -> Panel:
    box = axes.get_window_extent()
    return Panel(
        left=box.x0,
        top=height - box.y1,
        right=box.x1,
        bottom=height - box.y0,
        transform=axes.transData.frozen(),
    )


def plain_log_ticks(axis: Any, fine: bool = True) -> None:
    """Numbers on a logarithmic axis as one reads them: 1, 2, 5, 10; or 1, 10, 100 if not `fine`."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

    subs = (1.0, 2.0, 5.0) if fine else (1.0,)
    axis.set_major_locator(LogLocator(base=10, subs=subs, numticks=8))
    axis.set_major_formatter(FuncFormatter(lambda value, place: f"{value:,.6g}"))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
