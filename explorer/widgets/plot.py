"""A Matplotlib plot in the window: the worker draws it, Tk's thread only shows the pixels."""

from __future__ import annotations

import gc
import itertools
import sys
import tkinter as tk
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.plotting import FILE_TYPES, Draw, Look, Rendering, render, save
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Frame,
    Menu,
    Palette,
    Theme,
    add_tooltip,
    font,
)

if TYPE_CHECKING:
    from explorer.context import Context
    from explorer.worker import Job

RESIZE_PAUSE_MS = 120  # a window's edge that is dragged is a stream of sizes; the last one is drawn
MARK_RADIUS = 5  # pixels at 96 dpi, like all lengths here
STEP, FINE_STEP = 10, 1  # of the cross that the arrow keys move
NUMBERS = itertools.count(1)

Place = tuple[float, float, int]  # x and y in data, and which axes, as in `figure.axes`
Mark = tuple[int, float, float]  # which axes, and x and y in data


def look_of(theme: Theme) -> Look:
    """The theme as it is now, for a plot."""
    palette = theme.palette
    return Look(
        dark=palette.dark,
        foreground=palette.foreground,
        muted=palette.muted,
        background=palette.background,
        surface=palette.surface,
        border=palette.border,
        accent=palette.accent,
        on_accent=palette.on_accent,
        warning=palette.warning,
        scale=theme.px(1000) / 1000,
    )


class Plot(Frame):
    """Shows what a function draws, at the widget's size and in the theme's colours.

    It draws again when either changes, and not while nobody can see it.

    name: what a saved file is called at first. width, height: what it asks for, in pixels at 96
    dpi; it fills what it is given. on_pick(x, y, axes): a click into a pair of axes, or Return at
    the cross that the arrow keys move; with it the plot can have the keyboard. on_hover(place): the
    pointer or the cross is at another place, None outside of all axes.
    """

    def __init__(
        self,
        parent: tk.Misc,
        context: Context,
        *,
        name: str = "plot",
        width: int = 300,
        height: int = 200,
        tip: str = "",
        on_pick: Callable[[float, float, int], None] | None = None,
        on_hover: Callable[[Place | None], None] | None = None,
    ) -> None:
        theme = context.theme
        super().__init__(parent, width=theme.px(width), height=theme.px(height))
        self.grid_propagate(False)
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        self._context = context
        self._theme = theme
        self._name = name
        self._on_pick = on_pick
        self._on_hover = on_hover
        self._kind = f"plot {next(NUMBERS)}"
        self._draw: Draw | None = None
        self._version = 0  # of what is to be drawn
        self._asked: tuple[Any, ...] | None = None  # version, look and size that were asked for
        self._done: tuple[Any, ...] | None = None  # and those that are shown, or could not be
        self._rendering: Rendering | None = None
        self._marks: tuple[Mark, ...] = ()
        self._rings: list[tuple[int, int]] = []
        self._cross: tuple[int, int] | None = None
        self._timer: str | None = None
        self._gone = False
        self.canvas: Any = None  # the FigureCanvasTkAgg, from the first plot on
        self._message = tk.Label(
            self, font=font(10), justify="center", borderwidth=0, highlightthickness=0
        )
        self._tips = [add_tooltip(self._message, tip, PATIENT_TOOLTIP_DELAY_MS)]
        self._tip = tip
        self.menu = Menu(self, tearoff=False)
        self.menu.add_command(label="Save the plot…", command=self.save)

        self.bind("<Configure>", lambda event: self._resized())
        self.bind("<Map>", lambda event: self._later(0))
        theme.subscribe(self, self._on_theme)

    # ---- what is shown -------------------------------------------------------------------------

    @property
    def settled(self) -> bool:
        """Whether what was asked for is on the screen; true while nobody can see it."""
        # Laid out, but not yet on the screen, is about to be drawn.
        shown = self.winfo_manager() and self.master.winfo_ismapped()
        return not shown or (self._timer is None and self._done == self._wanted)

    @property
    def rendering(self) -> Rendering | None:
        """The plot on the screen."""
        return self._rendering

    @property
    def text(self) -> str:
        """The message in place of a plot; empty if there is none."""
        return self._message.cget("text")

    def show(self, draw: Draw) -> None:
        """Show another plot. The one before stays until this one is drawn.

        draw(figure, look): fills an empty figure, in the worker; it holds plain values only.
        """
        self._draw = draw
        self._version += 1
        if self._rendering is None:
            self._say("")
        self._later(0)

    def message(self, text: str) -> None:
        """Show a sentence in place of a plot."""
        self._forget()
        self._draw = None
        self._version += 1
        self._say(text)

    def set_tip(self, text: str) -> None:
        """Change the explanation."""
        self._tip = text
        for tip in self._tips:
            tip.configure(text=text)

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Ring points upon the plot, without drawing it anew; a saved plot has them, too."""
        if tuple(marks) != self._marks:
            self._marks = tuple(marks)
            self._place_marks()

    def pixels_of(self, axes: int, points: np.ndarray) -> np.ndarray | None:
        """(N, 2) data of a pair of axes -> (N, 2) pixels of the widget; None before a plot."""
        return None if self._rendering is None else self._rendering.pixels_of(axes, points)

    def save(self) -> None:
        """Ask for a file, PNG, SVG or PDF, and write the plot to it as it is shown."""
        draw, look, marks, context = self._draw, look_of(self._theme), self._marks, self._context
        if draw is None or self._rendering is None:
            context.notify("There is no plot to save yet.", True)
            return
        path = context.save_path("Save the plot", FILE_TYPES, f"{self._name}.png")
        if path is None:
            return
        width, height = self._rendering.width, self._rendering.height

        def write(job: Job) -> Path:
            save(draw, look, width, height, path, marks, check=lambda: job.progress(0.5))
            return path

        context.run_job(
            "export",
            f"Saving {path.name}",
            write,
            done=lambda path: context.notify(f"Saved {path}", False),
        )

    def destroy(self) -> None:
        """Leave no drawing to be done, and nothing of Tk to be collected on another thread."""
        self._gone = True
        self._forget()
        if self.canvas is not None:
            self.canvas.release()
            self.canvas = None
        super().destroy()

    # ---- drawing -------------------------------------------------------------------------------

    @property
    def _visible(self) -> bool:
        return not self._gone and bool(self.winfo_ismapped()) and self.winfo_width() > 1

    @property
    def _wanted(self) -> tuple[Any, ...] | None:
        """What the screen should show: which plot, how it looks and how large; None for words."""
        if self._draw is None:
            return None
        return self._version, look_of(self._theme), self.winfo_width(), self.winfo_height()

    def _later(self, pause_ms: int) -> None:
        if self._timer is not None:
            self.after_cancel(self._timer)
        self._timer = self.after(pause_ms, self._refresh)

    def _resized(self) -> None:
        self._message.configure(wraplength=max(1, self.winfo_width() - self._theme.px(24)))
        if self._draw is not None:
            self._later(RESIZE_PAUSE_MS if self._rendering is not None else 0)

    def _refresh(self) -> None:
        self._timer = None
        wanted = self._wanted
        if wanted is None or not self._visible or wanted == self._asked:
            return
        self._asked = wanted
        draw = self._draw
        _, look, width, height = wanted

        def work(job: Job) -> Rendering:
            _import_matplotlib()
            rendering = render(draw, look, width, height, check=lambda: job.progress(0.5))
            return rendering.without_figure()

        def done(rendering: Rendering) -> None:
            if wanted == self._asked:
                self._done = wanted
                self._put(rendering)

        def failed(error: Exception) -> None:
            if wanted == self._asked:
                self._done = wanted
                self._drop_picture()
                self._say(f"This plot could not be drawn: {error}")

        def otherwise() -> None:
            if not self._gone and wanted == self._asked and self._done != wanted:
                self._done = wanted
                self._drop_picture()
                self._say("The plot was not drawn, as it was cancelled.")

        self._context.run_job(
            self._kind, "Drawing", work, done, failed=failed, otherwise=otherwise, quiet=True
        )

    def _put(self, rendering: Rendering) -> None:
        """Show pixels: the one thing that Tk's thread does."""
        self._rendering = rendering
        self._say("")
        if self.canvas is None:
            self._add_canvas()
        self.canvas.get_tk_widget().grid(row=0, column=0, sticky="nsew")
        self.canvas.put(rendering)
        self._place_marks()
        self._place_cross()

    def _forget(self) -> None:
        """Nothing is to be drawn any more, and nothing is shown."""
        if self._timer is not None:
            self.after_cancel(self._timer)
            self._timer = None
        self._context.worker.cancel(self._kind)
        self._asked = self._done = None
        self._drop_picture()

    def _drop_picture(self) -> None:
        self._rendering = None
        if self.canvas is not None and not self._gone:
            self.canvas.get_tk_widget().grid_remove()

    def _say(self, text: str) -> None:
        self._message.configure(text=text)
        if text:
            self._message.place(relx=0.5, rely=0.5, anchor="center")
        else:
            self._message.place_forget()

    def _add_canvas(self) -> None:
        self.canvas = _canvas_class()(self)
        widget = self.canvas.get_tk_widget()
        px = self._theme.px
        self._lines = [widget.create_line(0, 0, 0, 0, state="hidden") for _ in range(2)]
        self._focus_ring = widget.create_rectangle(0, 0, 0, 0, width=px(2), state="hidden")
        self._tips.append(add_tooltip(widget, self._tip, PATIENT_TOOLTIP_DELAY_MS))
        widget.bind("<Button-3>", lambda event: self._pop_up(event.x_root, event.y_root))
        if self._on_hover is not None:
            widget.bind("<Motion>", lambda event: self._hover(event.x, event.y))
            widget.bind("<Leave>", lambda event: self._on_hover(None))
        if self._on_pick is not None:
            widget.configure(takefocus=True)
            widget.bind("<Button-1>", self._press)
            for key, x, y in (("Left", -1, 0), ("Right", 1, 0), ("Up", 0, -1), ("Down", 0, 1)):
                for name, step in ((key, STEP), (f"Shift-{key}", FINE_STEP)):
                    way = px(step) * x, px(step) * y
                    widget.bind(f"<{name}>", lambda event, way=way: self._move_cross(*way))
            for key in ("Return", "KP_Enter", "space"):
                widget.bind(f"<{key}>", lambda event: self._pick_at_cross())
            for key in ("Menu", "Shift-F10"):
                widget.bind(f"<{key}>", lambda event: self._menu_key())
            widget.bind("<FocusIn>", lambda event: self._show_focus(True))
            widget.bind("<FocusOut>", lambda event: self._show_focus(False))
        self._paint(self._theme.palette)

    def _on_theme(self, palette: Palette) -> None:
        self._message.configure(background=palette.background, foreground=palette.muted)
        if self.canvas is not None:
            self._paint(palette)
        if self._draw is not None:
            self._later(0)

    def _paint(self, palette: Palette) -> None:
        widget = self.canvas.get_tk_widget()
        widget.configure(background=palette.background)
        widget.itemconfigure(self._focus_ring, outline=palette.accent)
        for line in self._lines:
            widget.itemconfigure(line, fill=palette.accent)
        for outer, inner in self._rings:
            widget.itemconfigure(outer, outline=palette.background)
            widget.itemconfigure(inner, outline=palette.foreground)

    # ---- marks ---------------------------------------------------------------------------------

    def _place_marks(self) -> None:
        rendering = self._rendering
        if rendering is None:
            return
        widget, px, palette = self.canvas.get_tk_widget(), self._theme.px, self._theme.palette
        while len(self._rings) < len(self._marks):
            outer = widget.create_oval(0, 0, 0, 0, width=px(4), outline=palette.background)
            inner = widget.create_oval(0, 0, 0, 0, width=px(2), outline=palette.foreground)
            self._rings.append((outer, inner))
        radius = px(MARK_RADIUS)
        for index, ring in enumerate(self._rings):
            shown = index < len(self._marks) and self._marks[index][0] < len(rendering.panels)
            if shown:
                axes, *place = self._marks[index]
                x, y = rendering.pixels_of(axes, np.array(place))[0]
                shown = rendering.panels[axes].contains(x, y)
            for item in ring:
                if shown:
                    widget.coords(item, x - radius, y - radius, x + radius, y + radius)
                widget.itemconfigure(item, state="normal" if shown else "hidden")

    # ---- what the person does ------------------------------------------------------------------

    def _place_at(self, x: float, y: float) -> Place | None:
        rendering = self._rendering
        axes = None if rendering is None else rendering.panel_at(x, y)
        return None if axes is None else (*rendering.data_of(axes, x, y), axes)

    def _hover(self, x: int, y: int) -> None:
        if self._on_hover is not None:
            self._on_hover(self._place_at(x, y))

    def _press(self, event: tk.Event) -> None:
        self.canvas.get_tk_widget().focus_set()
        self._cross = None
        self._place_cross()
        self._pick(event.x, event.y)

    def _pick(self, x: float, y: float) -> None:
        place = self._place_at(x, y)
        if place is not None:
            self._on_pick(*place)

    def _move_cross(self, dx: int, dy: int) -> str:
        rendering = self._rendering
        if rendering is not None:
            x, y = self._cross or self._first_place(rendering)
            self._cross = (
                min(rendering.width - 1, max(0, x + dx)),
                min(rendering.height - 1, max(0, y + dy)),
            )
            self._place_cross()
            self._hover(*self._cross)
        return "break"

    def _first_place(self, rendering: Rendering) -> tuple[int, int]:
        """The middle of the first axes: where the cross begins."""
        if not rendering.panels:
            return rendering.width // 2, rendering.height // 2
        panel = rendering.panels[0]
        return round((panel.left + panel.right) / 2), round((panel.top + panel.bottom) / 2)

    def _place_cross(self) -> None:
        if self.canvas is None:
            return
        widget, cross = self.canvas.get_tk_widget(), self._cross
        for line in self._lines:
            widget.itemconfigure(line, state="hidden" if cross is None else "normal")
        if cross is not None and self._rendering is not None:
            (x, y), width, height = cross, self._rendering.width, self._rendering.height
            widget.coords(self._lines[0], x, 0, x, height)
            widget.coords(self._lines[1], 0, y, width, y)
        if self._rendering is not None:
            edges = 1, 1, self._rendering.width - 1, self._rendering.height - 1
            widget.coords(self._focus_ring, *edges)

    def _pick_at_cross(self) -> str:
        if self._rendering is not None:
            if self._cross is None:
                self._move_cross(0, 0)
            self._pick(*self._cross)
        return "break"

    def _show_focus(self, has: bool) -> None:
        widget = self.canvas.get_tk_widget()
        widget.itemconfigure(self._focus_ring, state="normal" if has else "hidden")
        if not has:
            self._cross = None
            self._place_cross()

    def _menu_key(self) -> str:
        widget = self.canvas.get_tk_widget()
        self._pop_up(widget.winfo_rootx() + 20, widget.winfo_rooty() + 20)
        return "break"

    def _pop_up(self, x: int, y: int) -> None:
        self._theme.paint_entries(self.menu)
        self.menu.tk_popup(x, y)


def _import_matplotlib() -> None:
    """Import in the worker what Tk's thread needs of Matplotlib to show pixels."""
    if "matplotlib.backends.backend_tkagg" in sys.modules:
        return
    import matplotlib.backends.backend_tkagg
    import matplotlib.figure  # noqa: F401

    # As the window does with PyTorch, if the process is its own: else every collection would look
    # at Matplotlib's 46,000 objects, too, and hold the window for some ten milliseconds more.
    if gc.get_freeze_count():
        gc.freeze()


@lru_cache(maxsize=1)
def _canvas_class() -> type:
    """The canvas, a class that can't exist before Matplotlib has been imported."""
    from matplotlib.backend_bases import FigureCanvasBase
    from matplotlib.backends.backend_tkagg import FigureCanvasTkAgg
    from matplotlib.figure import Figure

    class Canvas(FigureCanvasTkAgg):
        """Shows what another canvas has drawn; draws nothing itself."""

        def __init__(self, master: tk.Misc) -> None:
            # Not that of FigureCanvasTk: it takes the keyboard, has the plot drawn on Tk's thread
            # at every change of size, and leaves bindings at the window that outlive the plot.
            FigureCanvasBase.__init__(self, Figure())
            self._idle_draw_id = None
            self._tkcanvas = tk.Canvas(
                master, borderwidth=0, highlightthickness=0, width=1, height=1, takefocus=False
            )
            self._tkphoto = tk.PhotoImage(master=self._tkcanvas, width=1, height=1)
            self._tkcanvas.create_image(0, 0, image=self._tkphoto, anchor="nw")

        def put(self, rendering: Rendering) -> None:
            """Show a rendering, within 10 ms."""
            self.renderer = rendering.renderer
            size = rendering.width, rendering.height
            if (self._tkphoto.width(), self._tkphoto.height()) != size:
                self._tkphoto.configure(width=size[0], height=size[1])
            self.blit()

        def draw(self) -> None:
            """Show the pixels there are: drawing is the worker's."""
            self.blit()

        def draw_idle(self) -> None:
            """Nothing: what asks for it is drawn by the worker."""

        def release(self) -> None:
            """Let go of the picture, while Tk's thread can: reference counting is not enough."""
            self.figure = None
            del self._tkphoto

    return Canvas
