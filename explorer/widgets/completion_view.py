"""Completions of an unfinished digit: what the model makes of the pixels that are known."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from explorer.context import Context
from explorer.widgets.drawn_view import DrawnView

# What can be hidden with one click: kinds that `on_mask` is called with.
MASKS = ("upper half", "lower half", "left half", "right half", "nothing")


class CompletionView(DrawnView):
    """Shows plausible completions with their shares of the posterior; a click adopts one.

    on_mask(kind): the person wants to mark that part of the drawing as unknown, one of MASKS,
    `nothing` takes every mark away. Without it nothing is hidden by a click.
    """

    title = "Completions"

    def __init__(
        self,
        parent: tk.Misc,
        context: Context,
        *,
        on_mask: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(parent, context)
        self._on_mask = on_mask

    def _update(self, final: bool) -> None:
        pass
