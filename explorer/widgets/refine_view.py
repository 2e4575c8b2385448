"""Refinement: the point whose image fits the drawing best, and how far the encoder was from it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import numpy as np

from explorer.context import Context
from explorer.widgets.drawn_view import DrawnView


class RefineView(DrawnView):
    """Projects the drawing onto the decoder's images by optimisation.

    on_refined(z): the point that was found for the drawing that is shown, (latent_dim,); for
    `EditView.set_anchor`.
    """

    title = "Refine"

    def __init__(
        self,
        parent: tk.Misc,
        context: Context,
        *,
        on_refined: Callable[[np.ndarray], None] = lambda z: None,
    ) -> None:
        super().__init__(parent, context)
        self._on_refined = on_refined

    def stop(self) -> None:
        """Stop what is being computed, for Escape."""

    def _update(self, final: bool) -> None:
        pass
