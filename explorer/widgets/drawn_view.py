"""What the views of a drawing have in common: the model, the drawing, and work only while seen."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from explorer.asking import Asking
from explorer.context import Context
from explorer.model import LoadedModel
from explorer.theme import Frame

if TYPE_CHECKING:
    from explorer.drawn import DrawnDigit


WIDE = 500  # pixels at 96 dpi: a sentence of 80 letters, or three buttons and a slider in a row


class DrawnView(Frame):
    """A part of the Draw page that shows something about the drawn digit.

    A subclass gives `_update(final)`, called whenever the model or the drawing is another one and
    the view is seen; what came while it was hidden is made up for when it is shown. And
    `_arrange(wide)`, called before the view is seen and whenever its width has another class.
    """

    title = ""

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        super().__init__(parent)
        self._context = context
        self._model: LoadedModel | None = None
        self._drawn: DrawnDigit | None = None
        self._missed = False  # something came while nobody looked
        self._jobs = Asking(context)
        self._wide: bool | None = None
        # It may come into sight with what it is in, such as a page of a notebook.
        widget: tk.Misc = self
        while widget is not self.winfo_toplevel():
            widget.bind("<Map>", lambda event: self._appear(), add="+")
            widget = widget.master
        self.bind("<Configure>", self._measure, add="+")

    @property
    def drawn(self) -> DrawnDigit | None:
        """What was drawn, as it was told last."""
        return self._drawn

    def set_model(self, model: LoadedModel) -> None:
        """Work with another model. What was drawn is forgotten: its posterior was the old model's.

        `show` is to be called again afterwards.
        """
        self._jobs.drop()
        self._model, self._drawn = model, None
        self._changed(final=True)

    def set_encoded(self, model: LoadedModel) -> None:
        """Take over the real digits, encoded by the model that is shown."""
        if self._model is not None and model.bundle is self._model.bundle:
            self._model = model
            self._changed(final=True)

    def show(self, drawn: DrawnDigit | None, final: bool) -> None:
        """Show another drawing. final: no stroke is being drawn."""
        self._drawn = drawn
        self._changed(final)

    @property
    def _of_digits(self) -> bool:
        """Whether a digit is what one would draw; without a model, that is the likeliest."""
        return self._model is None or self._model.bundle.shows_digits

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        return {}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""

    @property
    def settled(self) -> bool:
        """Whether everything that was asked for is shown."""
        return not self._jobs.busy

    def _update(self, final: bool) -> None:
        raise NotImplementedError

    def _arrange(self, wide: bool) -> None:
        raise NotImplementedError

    def _changed(self, final: bool) -> None:
        if self.winfo_viewable():
            self._missed = False
            self._update(final)
        else:
            self._missed = True

    def _measure(self, event: tk.Event) -> None:
        wide = event.width >= self._context.theme.px(WIDE)
        if event.widget is self and wide != self._wide:
            self._wide = wide
            self._arrange(wide)

    def _appear(self) -> None:
        if self._missed and self.winfo_viewable():
            self._missed = False
            self._update(True)
