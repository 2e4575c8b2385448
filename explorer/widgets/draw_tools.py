"""What is drawn with: pen, eraser or a mask brush, how broad and how soft, and taking it back."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from typing import Any

from explorer.drawing import KINDS, MAX_RADIUS, MIN_RADIUS, RGB, WHITE
from explorer.theme import Button, Combobox, Frame, Label, Radiobutton, Theme, add_tooltip
from explorer.widgets.strength_slider import StrengthSlider
from vae.documents import is_number

TOOLS = {  # what a stroke's kind is called, and what it is for
    "ink": ("Pen", "Draws."),
    "erase": ("Eraser", "Takes ink away."),
    "unknown": (
        "Unknown",
        "Marks pixels as unknown: what is there is left open. Completions then show what may be "
        "there, each with its share of the posterior.",
    ),
    "known": ("Known", "Takes the marks of unknown pixels away; where there is no ink, is none."),
}
RADIUS, SOFTNESS = 1.25, 0.3  # pixels; a stroke as broad as most of MNIST's
MASK_RADIUS = 3.0  # of what marks pixels: areas are marked, a half in three strokes
MASKS = ("unknown", "known")
# Of the pen on a sheet in colour: part of an image, and not of the program's look.
COLOURS: dict[str, RGB] = {
    "white": WHITE,
    "red": (230, 40, 40),
    "orange": (245, 150, 30),
    "yellow": (245, 225, 40),
    "green": (50, 180, 70),
    "cyan": (40, 200, 220),
    "blue": (50, 90, 230),
    "magenta": (215, 60, 200),
    "grey": (128, 128, 128),
}


class DrawTools(Frame):
    """Shows the tool and its brush and asks for others.

    The tools that mark pixels have a size of their own: it changes with the tool.

    on_tool(kind): one of `explorer.drawing.KINDS`. on_brush(radius, softness): see
    `explorer.drawing.Stroke`. on_colour(colour): on a sheet in colour. on_undo(), on_redo(),
    on_clear(): a button.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        on_tool: Callable[[str], None],
        on_brush: Callable[[float, float], None],
        on_colour: Callable[[RGB], None] = lambda colour: None,
        on_undo: Callable[[], None],
        on_redo: Callable[[], None],
        on_clear: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        px = theme.px
        self._on_colour = on_colour
        self._on_tool, self._on_brush = on_tool, on_brush
        self._kind = tk.StringVar(self, "ink")
        self._marks = False  # whether the sliders show the brush that marks pixels
        self._other_radius = MASK_RADIUS  # of the brush that they don't show
        kinds = Frame(self)
        self.tool_buttons: dict[str, Radiobutton] = {}
        for kind, (text, tooltip) in TOOLS.items():
            button = Radiobutton(
                kinds,
                text=text,
                value=kind,
                variable=self._kind,
                command=self._choose_tool,
            )
            button.pack(side="left", padx=(0, px(10)))
            add_tooltip(button, tooltip)
            self.tool_buttons[kind] = button

        brush = Frame(self)
        self.size_slider = StrengthSlider(
            brush,
            theme,
            low=MIN_RADIUS,
            high=MAX_RADIUS,
            marks=(RADIUS,),
            rest=RADIUS,
            on_change=lambda radius: self._choose(radius, self.softness),
        )
        self.soft_slider = StrengthSlider(
            brush,
            theme,
            low=0.0,
            high=1.0,
            marks=(SOFTNESS,),
            rest=SOFTNESS,
            on_change=lambda softness: self._choose(self.radius, softness),
        )
        add_tooltip(
            self.size_slider,
            f"How broad the brush is: its radius, {MIN_RADIUS:g} to {MAX_RADIUS:g} pixels of the "
            "image. The mark is as MNIST's strokes are; a double click goes there.",
        )
        add_tooltip(
            self.soft_slider,
            "How soft its edge is. MNIST's digits have grey edges, from being scaled: the mark is "
            "near that.",
        )
        for column, (text, slider) in enumerate(
            (("Size", self.size_slider), ("Soft edge", self.soft_slider))
        ):
            Label(brush, text=text).grid(row=0, column=2 * column, padx=(0, px(4)))
            slider.grid(row=0, column=2 * column + 1, sticky="ew", padx=(0, px(10)))
            brush.columnconfigure(2 * column + 1, weight=1, uniform="slider")

        buttons = Frame(self)
        self.undo_button = Button(buttons, text="Undo stroke", command=on_undo)
        self.redo_button = Button(buttons, text="Redo stroke", command=on_redo)
        self.clear_button = Button(buttons, text="Clear", command=on_clear)
        for button, tooltip in (
            (self.undo_button, "Takes the last stroke back (Ctrl+Z on the sheet)."),
            (self.redo_button, "Draws it again (Ctrl+Y on the sheet)."),
            (self.clear_button, "An empty sheet (Delete on it). Undo brings back what was there."),
        ):
            button.configure(padding=(px(6), px(3)))
            button.pack(side="left", padx=(0, px(6)))
            add_tooltip(button, tooltip)
        self._colour = tk.StringVar(self, next(iter(COLOURS)))
        self.colour_box = Combobox(
            buttons,
            values=list(COLOURS),
            textvariable=self._colour,
            state="readonly",
            width=max(map(len, COLOURS)),
        )
        self.colour_box.bind("<<ComboboxSelected>>", lambda event: self._choose_colour())
        add_tooltip(self.colour_box, "The colour of the pen.")

        for row, part in enumerate((kinds, brush, buttons)):
            part.grid(row=row, column=0, sticky="ew", pady=(px(6) if row else 0, 0))
        self.columnconfigure(0, weight=1)

    @property
    def tool(self) -> str:
        """One of `explorer.drawing.KINDS`."""
        return self._kind.get()

    @property
    def radius(self) -> float:
        """Of the brush, in pixels of the image."""
        return self.size_slider.number

    @property
    def softness(self) -> float:
        """Of the brush's edge, 0 to 1."""
        return self.soft_slider.number

    def set_brush(self, radius: float, softness: float) -> None:
        """Show another brush, untold."""
        self.size_slider.set_number(radius)
        self.soft_slider.set_number(softness)

    @property
    def colour(self) -> RGB:
        """Of the pen: red, green, blue."""
        return COLOURS[self._colour.get()]

    def set_in_colour(self, in_colour: bool) -> None:
        """Offer colours of the pen, or not."""
        if in_colour:
            self.colour_box.pack(side="left")
        else:
            self.colour_box.pack_forget()

    def set_enabled(self, enabled: bool, undo: bool = False, redo: bool = False) -> None:
        """Say what there is to do: draw at all, take a stroke back, draw it again."""
        for button, possible in (
            *((button, enabled) for button in self.tool_buttons.values()),
            (self.undo_button, enabled and undo),
            (self.redo_button, enabled and redo),
            (self.clear_button, enabled),
        ):
            button.state(["!disabled" if possible else "disabled"])

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        radii = self.radius, self._other_radius
        pen, mask = reversed(radii) if self._marks else radii
        return {
            "tool": self.tool,
            "radius": pen,
            "mask_radius": mask,
            "softness": self.softness,
            "colour": self._colour.get(),
        }

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file, untold; what does not fit is left as it is."""
        kept = self.settings()
        if settings.get("tool") in KINDS:
            kept["tool"] = settings["tool"]
        for key, low, high in (
            ("radius", MIN_RADIUS, MAX_RADIUS),
            ("mask_radius", MIN_RADIUS, MAX_RADIUS),
            ("softness", 0.0, 1.0),
        ):
            number = settings.get(key)
            if is_number(number) and low <= number <= high:
                kept[key] = float(number)
        if settings.get("colour") in tuple(COLOURS):
            self._colour.set(settings["colour"])
        self._kind.set(kept["tool"])
        self._marks = self.tool in MASKS
        radii = kept["radius"], kept["mask_radius"]
        radius, self._other_radius = reversed(radii) if self._marks else radii
        self.set_brush(radius, kept["softness"])

    def _choose_colour(self) -> None:
        self.colour_box.selection_clear()
        self._on_colour(self.colour)

    def _choose_tool(self) -> None:
        if (self.tool in MASKS) != self._marks:
            self._marks = not self._marks
            radius, self._other_radius = self._other_radius, self.radius
            self._choose(radius, self.softness)
        self._on_tool(self.tool)

    def _choose(self, radius: float, softness: float) -> None:
        self.set_brush(radius, softness)
        self._on_brush(radius, softness)
