"""Edits that keep the handwriting: what the model missed of the original is put back in."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import numpy as np

from explorer.context import Context
from explorer.widgets.drawn_view import DrawnView


class EditView(DrawnView):
    """Shows the original, the current point decoded, and that with the residual of the original.

    on_take(image): the person wants the edited image, (C, H, W) uint8, as the drawing.
    """

    title = "Edit"

    def __init__(
        self,
        parent: tk.Misc,
        context: Context,
        *,
        on_take: Callable[[np.ndarray], None] | None = None,
    ) -> None:
        super().__init__(parent, context)
        self._on_take = on_take

    def set_anchor(self, z: np.ndarray | None) -> None:
        """Measure the residual from another point than the encoder's answer, (latent_dim,).

        It holds until another drawing is shown.
        """

    def _update(self, final: bool) -> None:
        pass
