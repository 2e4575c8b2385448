"""The small window that asks how a map becomes a picture: its width, its colours, its layers."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from explorer.dialogs import add_answers, place
from explorer.map_file import MAX_WIDTH, MIN_WIDTH
from explorer.map_layers import CLASSES, LAYERS, TILES
from explorer.theme import (
    Checkbutton,
    Frame,
    Label,
    Radiobutton,
    Theme,
    add_tooltip,
    create_toplevel,
)
from explorer.widgets.map_options import LAYER_TEXTS
from explorer.widgets.number_field import NumberField

# A file of this width is computed on the grids of the screen. More than twice as many cells along a
# side would hardly be seen on paper, where borders are smoothed, and the time grows by the square.
DETAIL_WIDTH, MOST_DETAIL = 1200, 2.0
COLOURS = {False: "light", True: "dark"}


@dataclass(frozen=True)
class SaveOptions:
    """How a map is saved. width: of the picture, pixels. dark: its colours. layers: upon it."""

    width: int = 1600
    dark: bool = False
    layers: frozenset[str] = frozenset({TILES, CLASSES})

    @property
    def detail(self) -> float:
        """How many times as fine as on the screen it is computed, along each side."""
        return min(MOST_DETAIL, max(1.0, self.width / DETAIL_WIDTH))


class MapDialog:
    """Asks for `SaveOptions`, and goes on with on_save(options).

    missing: why a layer is not there, by layer; empty where it is. shape: (width, height) of the
    map on the screen, whose part of the plane is saved.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        options: SaveOptions,
        missing: Mapping[str, str],
        shape: tuple[int, int],
        on_save: Callable[[SaveOptions], None],
    ) -> None:
        px = theme.px
        self._theme = theme
        self._on_save = on_save
        self._shape = shape
        self.window = create_toplevel(parent, "Save the map")
        body = Frame(self.window, padding=px(20))
        body.pack(fill="both", expand=True)
        body.columnconfigure(1, weight=1)

        width = self._row(body, 0, "Width")
        self.width_field = NumberField(
            width,
            what="The width",
            number=options.width,
            low=MIN_WIDTH,
            high=MAX_WIDTH,
            step=100,
            width=6,
            on_change=lambda width: self._show_size(),
            on_error=self._tell,
        )
        self.width_field.pack(side="left")
        self._size = Label(width, bootstyle="secondary")
        self._size.pack(side="left", padx=(px(8), 0))
        add_tooltip(
            self.width_field,
            "Of the whole picture, in pixels. 1,600 fill a slide; 4,000 are sharp on a poster. "
            "Larger pictures are computed finer, and take longer.",
        )
        colours = self._row(body, 1, "Colours")
        self._dark = tk.BooleanVar(self.window, options.dark)
        for dark, text in COLOURS.items():
            button = Radiobutton(colours, text=text, value=dark, variable=self._dark)
            button.pack(side="left", padx=(0, px(12)))
            add_tooltip(button, f"Saves it as the {text} window shows it.")
        layers = self._row(body, 2, "Layers")
        self._layers: dict[str, tk.BooleanVar] = {}
        self.layer_boxes: dict[str, Checkbutton] = {}
        for layer in LAYERS:
            text, tip = LAYER_TEXTS[layer]
            variable = tk.BooleanVar(self.window, layer in options.layers and not missing[layer])
            box = Checkbutton(
                layers,
                text=text,
                variable=variable,
                state="disabled" if missing[layer] else "normal",
            )
            box.pack(anchor="w", pady=(0, px(4)))
            add_tooltip(box, "\n\n".join(filter(None, (tip, missing[layer]))))
            self._layers[layer], self.layer_boxes[layer] = variable, box
        self._problem = Label(
            body, foreground=theme.palette.warning, wraplength=px(320), justify="left"
        )
        self._problem.grid(row=3, column=0, columnspan=2, sticky="w")
        buttons, self.save_button = add_answers(body, theme, "Save…", self._save)
        buttons.grid(row=4, column=0, columnspan=2, sticky="e", pady=(px(10), 0))
        self._show_size()
        place(self.window)
        self.window.grab_set()
        self.width_field.focus_set()

    @property
    def options(self) -> SaveOptions:
        """What is chosen now."""
        layers = frozenset(layer for layer, chosen in self._layers.items() if chosen.get())
        return SaveOptions(self.width_field.number, self._dark.get(), layers)

    @property
    def problem(self) -> str:
        """Why what was typed can't be used; empty if it can."""
        return self._problem.cget("text")

    def _row(self, body: Frame, row: int, name: str) -> Frame:
        px = self._theme.px
        label, holder = Label(body, text=name), Frame(body)
        label.grid(row=row, column=0, sticky="nw", pady=px(6), padx=(0, px(16)))
        holder.grid(row=row, column=1, sticky="w", pady=px(6))
        return holder

    def _show_size(self) -> None:
        across, down = self._shape
        height = round(self.width_field.number * down / across, -1)
        self._size.configure(text=f"× about {height:,.0f} pixels")

    def _tell(self, message: str) -> None:
        self._problem.configure(text=message)

    def _save(self) -> None:
        if not self.width_field.commit():
            return
        options = self.options
        self.window.destroy()
        self._on_save(options)
