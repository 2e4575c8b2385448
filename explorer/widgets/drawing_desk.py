"""The sheet with its tools, and beside it what the encoder gets of what is drawn."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from explorer.drawing import Drawing
from explorer.theme import Checkbutton, Frame, Label, Theme, add_tooltip
from explorer.widgets.digit_view import DigitView
from explorer.widgets.draw_tools import DrawTools
from explorer.widgets.drawing_canvas import DrawingCanvas
from explorer.widgets.sentence import Sentence

AS_ENCODED, AS_COMPARED = "as encoded", "as compared"
LINES = 5  # of what is said about the drawing
CAPTION_HEIGHT = 22  # pixels at 96 dpi


class DrawingDesk(Frame):
    """Shows a sheet to draw on and, as a picture and in words, what becomes of the drawing.

    on_change(drawing), on_stroke_end(drawing): see `DrawingCanvas`. on_centre(): the person has
    switched centring on or off.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        side: int,
        on_change: Callable[[Drawing], None],
        on_stroke_end: Callable[[Drawing], None],
        on_centre: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        px = theme.px
        self._theme = theme
        self._centre = tk.BooleanVar(self, True)
        self.canvas = DrawingCanvas(
            self,
            theme,
            side=side,
            on_change=on_change,
            on_stroke_end=on_stroke_end,
            on_brush=lambda radius, softness: self.tools.set_brush(radius, softness),
        )
        beside = Frame(self)
        self.tools = DrawTools(
            beside,
            theme,
            on_tool=self.canvas.set_tool,
            on_brush=self.canvas.set_brush,
            on_colour=self.canvas.set_colour,
            on_undo=self.canvas.undo_stroke,
            on_redo=self.canvas.redo_stroke,
            on_clear=self.canvas.clear,
        )
        self._result = result = Frame(beside)
        self.encoded_view = DigitView(result, theme)
        self._caption = Label(result, text=AS_ENCODED, bootstyle="secondary")
        self.centre_switch = Checkbutton(
            result, text="Centre as MNIST", variable=self._centre, command=on_centre
        )
        self.sentence = Sentence(result, lines=LINES)
        for widget, tooltip in (
            (self.encoded_view, "What the encoder sees. The sheet beside it is as it was drawn."),
            (
                self.centre_switch,
                "Scales and moves the drawing as MNIST's digits were: into 20 × 20 pixels, keeping "
                "its aspect, with the centre of mass in the middle of 28 × 28. The encoder has "
                "never seen anything else.",
            ),
        ):
            add_tooltip(widget, tooltip)

        self.encoded_view.grid(row=0, column=0, rowspan=2, sticky="nsew")
        self._caption.grid(row=2, column=0)
        self.centre_switch.grid(row=0, column=1, sticky="w", padx=(px(12), 0))
        self.sentence.grid(row=1, column=1, rowspan=2, sticky="nsew", padx=(px(12), 0))
        result.rowconfigure(1, weight=1)
        result.columnconfigure(1, weight=1)
        self.tools.pack(side="top", fill="x")
        result.pack(side="bottom", fill="both", expand=True, pady=(px(8), 0))
        self.canvas.grid(row=0, column=0, sticky="nw")
        beside.grid(row=0, column=1, sticky="nsew", padx=(px(14), 0))
        self.columnconfigure(1, weight=1)
        self._use_tools()
        result.bind("<Configure>", lambda event: self._size_encoded())

    @property
    def centre(self) -> bool:
        """Whether the person wants drawings centred."""
        return self._centre.get()

    def set_size(self, side: int) -> None:
        """Make the sheet so large, in pixels of the screen; the rest follows."""
        if side != int(self.canvas.cget("width")):
            self.canvas.configure(width=side, height=side)

    def set_encodes(self, encodes: bool) -> None:
        """Say whether there is an encoder for what is drawn."""
        self._caption.configure(text=AS_ENCODED if encodes else AS_COMPARED)

    def set_in_colour(self, in_colour: bool) -> None:
        """Say whether the sheet has colours; then there is no centring, and the pen has some."""
        self.tools.set_in_colour(in_colour)
        if in_colour:
            self.centre_switch.grid_remove()
        else:
            self.centre_switch.grid()

    def set_enabled(self, enabled: bool, note: str = "") -> None:
        """Let the person draw, with a note on the empty sheet; or not, and write on it why."""
        canvas = self.canvas
        if enabled:
            canvas.set_enabled(True, *((note,) if note else ()))
        else:
            canvas.set_enabled(False, note)
        self.tools.set_enabled(enabled, canvas.can_undo, canvas.can_redo)
        self.centre_switch.state(["!disabled" if enabled else "disabled"])

    def show(self, image: np.ndarray | None, text: str) -> None:
        """Show what is encoded, (C, H, W) uint8 or nothing, and say something about it."""
        if image is None:
            self.encoded_view.show_message("")
        else:
            self.encoded_view.show(image)
        self.say(text)

    def say(self, text: str) -> None:
        """Say something else about what is encoded."""
        self.sentence.show(text, secondary=True)

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        return {"centre": self.centre, "tools": self.tools.settings()}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file, untold; what does not fit is left as it is."""
        if isinstance(settings.get("centre"), bool):
            self._centre.set(settings["centre"])
        if isinstance(settings.get("tools"), Mapping):
            self.tools.apply_settings(settings["tools"])
            self._use_tools()

    def _use_tools(self) -> None:
        self.canvas.set_tool(self.tools.tool)
        self.canvas.set_brush(self.tools.radius, self.tools.softness)
        self.canvas.set_colour(self.tools.colour)

    def _size_encoded(self) -> None:
        """A square, as high as there is room for it and its caption."""
        side = max(1, self._result.winfo_height() - self._theme.px(CAPTION_HEIGHT))
        if side != int(self.encoded_view.cget("width")):
            self.encoded_view.configure(width=side, height=1)
