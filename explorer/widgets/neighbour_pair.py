"""The real digits nearest to the drawing, in latent space and in pixels, side by side."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from explorer.context import Context
from explorer.widgets.drawn_view import DrawnView


class NeighbourPair(DrawnView):
    """Shows two rows of real digits. on_open(index): put one of them into the drawing."""

    title = "Neighbours"

    def __init__(
        self,
        parent: tk.Misc,
        context: Context,
        *,
        on_open: Callable[[int], None] | None = None,
    ) -> None:
        super().__init__(parent, context)
        self._on_open = on_open or context.draw_real

    def _update(self, final: bool) -> None:
        pass
