"""What every view of two models has: both of them, and that it works only while it is seen."""

from __future__ import annotations

import tkinter as tk
from typing import TYPE_CHECKING

from explorer.asking import Asking
from explorer.context import Context
from explorer.model import LoadedModel
from explorer.second_model import SecondModel, short_names
from explorer.theme import Frame
from explorer.worker import Job

if TYPE_CHECKING:
    from vae.alignment import Alignment, CarriedErrors

ALIGN = "alignment"  # kind of job, one for each view
NO_SECOND = "Open a second model, with the buttons above:\nit is shown here beside the first."
ERROR_IMAGES = 500  # over which errors are averaged; 20 ms


class PairView(Frame):
    """A view of the window's model, A, and of the second one, B.

    A subclass gives `_refresh`, which shows both. It is called when something about them is another
    one, and put off while nobody sees the view; `_let_go`, called at once, ends what still works
    with those before.
    """

    def __init__(self, parent: tk.Misc, context: Context, second: SecondModel) -> None:
        super().__init__(parent)
        self._context = context
        self._second = second
        self._model: LoadedModel | None = None
        self._jobs = Asking(context)
        self._align_kind = f"{ALIGN} {self}"
        self._aligned: tuple[object, Alignment, CarriedErrors] | None = None
        self._stale = True
        unsubscribe = second.subscribe(self._changed)
        self.bind("<Destroy>", lambda event: event.widget is self and unsubscribe(), add="+")
        self.bind("<Map>", lambda event: self._look(), add="+")

    # ---- what every view offers ----------------------------------------------------------------

    def set_model(self, model: LoadedModel) -> None:
        """Show another first model."""
        self._model = model
        self._changed()

    def set_encoded(self, model: LoadedModel) -> None:
        """The real digits are encoded."""
        self.set_model(model)

    @property
    def settled(self) -> bool:
        """Whether everything that was asked for is shown."""
        # Laid out in what is seen, it is seen itself when Tk is idle.
        is_seen = self.winfo_manager() and self.master.winfo_ismapped()
        return not self._jobs.busy and not (self._stale and is_seen)

    # ---- for the subclass ----------------------------------------------------------------------

    def _refresh(self) -> None:
        raise NotImplementedError

    def _let_go(self) -> None:
        """Nothing, unless something is put off."""

    @property
    def _pair(self) -> tuple[LoadedModel, LoadedModel] | None:
        """Both models; None while one is missing."""
        if self._model is None or self._second.model is None:
            return None
        return self._model, self._second.model

    @property
    def _names(self) -> tuple[str, str]:
        """What the two are called, one not as the other; only while there are both."""
        first, second = self._pair
        return short_names(first.bundle.path, second.bundle.path)

    @property
    def _not_aligned(self) -> str:
        """Why there is nothing to match dimensions by, for the person; empty if there is."""
        for name, model in zip("AB", self._pair, strict=True):
            if model.encoded is None:
                reason = model.without_statistics
                return f"Dimensions are matched on encoded real digits. {name}: {reason}"
        return ""

    def _alignment(self) -> tuple[Alignment, CarriedErrors] | None:
        """How the dimensions go together; if None, it is asked for, and `_refresh` follows."""
        first, second = self._pair
        if first.encoded is None or second.encoded is None:
            return None
        key = first.bundle.sha256, second.bundle.sha256
        if self._aligned is not None and self._aligned[0] == key:
            return self._aligned[1:]

        def work(job: Job) -> tuple[object, Alignment, CarriedErrors]:
            from vae.alignment import align, carried_errors

            alignment = align(first.encoded.mu, second.encoded.mu)
            decoders = first.decoder, second.decoder
            mu = first.encoded.mu[:ERROR_IMAGES], second.encoded.mu[:ERROR_IMAGES]
            return key, alignment, carried_errors(alignment, *decoders, *mu, job.progress)

        def show(found: tuple[object, Alignment, CarriedErrors]) -> None:
            self._aligned = found
            self._changed()

        self._jobs.ask(self._align_kind, "Matching dimensions", work, show)
        return None

    def _changed(self) -> None:
        self._stale = True
        self._let_go()
        self._look()

    def _look(self) -> None:
        if self._stale and self.winfo_ismapped():
            self._stale = False
            self._refresh()
