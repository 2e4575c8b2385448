"""The shelf: a strip of bookmarked points."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from explorer.state import Bookmark, ExplorerState
from explorer.theme import Frame, Label, Menu, Theme, add_tooltip, ask_text
from explorer.widgets.digit_grid import DigitGrid

HEIGHT = 52  # pixels at 96 dpi: a thumbnail and its name
CELL = 34
HINT = "B keeps the current point here."


class Shelf(Frame):
    """Thumbnails of the bookmarks; click adopts, the context menu renames and deletes.

    decode(z): (N, latent_dim) -> (N, C, H, W) uint8, or None while there is no model.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        state: ExplorerState,
        *,
        decode: Callable[[np.ndarray], np.ndarray | None],
        adopt: Callable[[tuple[float, ...]], None],
    ) -> None:
        super().__init__(parent, padding=(theme.px(12), theme.px(4)))
        self._state = state
        self._decode = decode
        self._adopt = adopt
        self._shown: tuple[Bookmark, ...] = ()
        Label(self, text="Shelf", bootstyle="secondary").pack(side="left", padx=(0, theme.px(12)))
        self.strip = DigitGrid(
            self,
            theme,
            on_activate=lambda index: adopt(state.bookmarks[index].z),
            on_menu=self._open_menu,
            max_cell=CELL,
            fixed_height=HEIGHT,
            centred=False,
        )
        self.strip.pack(side="left", fill="x", expand=True)
        self.menu = Menu(self, tearoff=False)
        self._chosen = 0
        self.menu.add_command(label="Go there", command=lambda: adopt(self._bookmark().z))
        self.menu.add_command(label="Rename…", command=self._ask_name)
        self.menu.add_command(label="Delete", command=lambda: self.delete(self._chosen))
        add_tooltip(
            self.strip,
            "Bookmarked points. Click one to go there; right-click, or press the menu key, to "
            "rename or delete it. Every chooser of a point offers them too.",
        )
        self.strip.show_message(HINT)
        state.subscribe(lambda state: self._refresh())

    def refresh(self) -> None:
        """Decode the thumbnails anew, for another model."""
        self._shown = ()
        self._refresh()

    def rename(self, index: int, name: str) -> None:
        """Give a bookmark another name."""
        marks = list(self._state.bookmarks)
        marks[index] = replace(marks[index], name=name)
        self._state.set_bookmarks(marks)

    def delete(self, index: int) -> None:
        """Remove a bookmark."""
        marks = list(self._state.bookmarks)
        del marks[index]
        self._state.set_bookmarks(marks)

    def _refresh(self) -> None:
        marks = self._state.bookmarks
        if marks == self._shown:
            return
        images = self._decode(np.array([mark.z for mark in marks])) if marks else None
        self._shown = marks
        if images is None:
            self.strip.show_message(HINT)
        else:
            self.strip.set_images(images, [mark.name for mark in marks])

    def _bookmark(self) -> Bookmark:
        return self._state.bookmarks[self._chosen]

    def _open_menu(self, index: int, event: tk.Event) -> None:
        self._chosen = index
        self.menu.tk_popup(event.x_root, event.y_root)

    def _ask_name(self) -> None:
        name = ask_text(self, "Rename", "Name of the bookmark", self._bookmark().name)
        if name and name.strip():
            self.rename(self._chosen, name.strip())
