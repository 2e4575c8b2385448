"""The row below a map: what a drag upon it does, and what can be done with what is drawn."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from explorer.theme import Button, Frame, Radiobutton, Theme, add_tooltip
from explorer.widgets.map_tools import BOX, LASSO, MOVE, OUTLINES, PATH

TOOL_TEXTS = {
    MOVE: ("Move", "Drag the point; the digit and the sliders follow."),
    PATH: (
        "Path",
        "Draw a way over the map, by a stroke or corner by corner, for the Morph page to travel.",
    ),
    LASSO: ("Lasso", "Draw around real digits to see what they are, and their mean."),
    BOX: ("Box", "Drag a box around real digits to see what they are, and their mean."),
}


class MapActions(Frame):
    """Chooses one of the tools, and offers what can be done now.

    on_tool(tool): one was chosen. on_save(), on_fit(), on_onto(), on_travel(), on_clear(): a button
    was pressed; the last two are about the path.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        on_tool: Callable[[str], None],
        on_save: Callable[[], None],
        on_fit: Callable[[], None],
        on_onto: Callable[[], None],
        on_travel: Callable[[], None],
        on_clear: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tool = tk.StringVar(self, MOVE)
        self.tool_buttons: dict[str, Radiobutton] = {}
        self._tips = {}
        for tool, (text, tip) in TOOL_TEXTS.items():
            button = Radiobutton(
                self,
                text=text,
                value=tool,
                variable=self._tool,
                command=lambda: on_tool(self.tool),
            )
            button.pack(side="left", padx=(0, theme.px(8)))
            self.tool_buttons[tool] = button
            self._tips[tool] = add_tooltip(button, tip)
        # In the order in which they stand, which is that of the Tab key.
        self.onto_button = self._button(
            "Onto the plane",
            on_onto,
            "Moves the point to the nearest place of the plane that was chosen, whose slice is "
            "then the plane itself.",
        )
        self.travel_button = self._button(
            "Send to Morph",
            on_travel,
            "Makes the path a journey on the Morph page, through its corners.",
        )
        self.clear_button = self._button("Clear", on_clear, "Takes the path away.")
        self.fit_button = self._button(
            "Fit",
            on_fit,
            "Shows three standard deviations of the prior, the point, and A, B and C (Ctrl+0).",
        )
        self.save_button = self._button("Save…", on_save, "Saves the map as a PNG picture.")
        self._offered: list[Button] = []
        self.offer(path=False, off_plane=False)

    @property
    def tool(self) -> str:
        """What is chosen."""
        return self._tool.get()

    def show_tool(self, tool: str) -> None:
        """Show what is chosen."""
        self._tool.set(tool)

    def offer_outlines(self, without: str) -> None:
        """Offer to draw around real digits, or say why not; empty where there are some."""
        for tool in OUTLINES:
            self.tool_buttons[tool].configure(state="disabled" if without else "normal")
            tip = TOOL_TEXTS[tool][1]
            self._tips[tool].configure(text=f"{tip}\n\n{without}" if without else tip)

    def offer(self, *, path: bool, off_plane: bool) -> None:
        """Offer what can be done with a path, or else with a point beside the chosen plane."""
        buttons = [self.save_button, self.fit_button]
        if path:
            buttons += [self.clear_button, self.travel_button]
        elif off_plane:
            buttons.append(self.onto_button)
        if buttons == self._offered:
            return
        for button in self._offered:
            button.pack_forget()
        for button in buttons:
            button.pack(side="right", padx=(self._theme.px(6), 0))
        self._offered = buttons

    def _button(self, text: str, command: Callable[[], None], tip: str) -> Button:
        button = Button(self, text=text, command=command)
        add_tooltip(button, tip)
        return button
