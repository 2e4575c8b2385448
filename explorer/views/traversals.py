"""Latent traversals of two models, aligned: each dimension of A beside the one of B it matches."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from explorer.aligned_sweep import ORDERS, STEPS, AlignedRow, aligned_rows, sheet_of, values
from explorer.context import Context
from explorer.export import export_sheet
from explorer.second_model import SecondModel
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Button,
    Frame,
    Label,
    Radiobutton,
    add_tooltip,
)
from explorer.widgets.later import Later
from explorer.widgets.pair_view import NO_SECOND, PairView
from explorer.widgets.paired_strips import PairedStrips, Strips
from explorer.widgets.sentence import Sentence
from explorer.worker import Job

FOLLOW_PAUSE_MS = 50  # after the slider, which comes first
SAVE = "save traversals"  # kind of job
SAVED_SCALE = 3  # pixels of the file for one of an image
AROUND = {
    "point": (
        "point",
        "All other dimensions stay at the current point; B's at what the linear map makes of it.",
    ),
    "mean": ("mean", "All other dimensions stay at the mean of the encoded digits."),
}
ORDER_TIPS = {
    "use": ("use", "The dimensions of A that carry most come first."),
    "match": ("match", "The pairs that correlate most, by |r|, come first."),
    "index": ("number", "A's dimensions in their own order."),
}


class TraversalsView(PairView):
    """A row for every dimension of A, and for those of B that match none."""

    def __init__(self, parent: tk.Misc, context: Context, second: SecondModel) -> None:
        super().__init__(parent, context, second)
        self._around = tk.StringVar(self, "point")
        self._order = tk.StringVar(self, "use")
        self._shown: list[AlignedRow] = []
        self._later = Later(self, FOLLOW_PAUSE_MS, self._draw)
        self._build()
        unsubscribe = context.state.subscribe(lambda state: self._moved())
        self.bind("<Destroy>", lambda event: event.widget is self and unsubscribe(), add="+")

    @property
    def rows(self) -> list[AlignedRow]:
        """What is shown."""
        return self._shown

    @property
    def settled(self) -> bool:
        """See `PairView`."""
        return super().settled and not self._later.pending

    def settings(self) -> dict[str, Any]:
        """For a session file."""
        return {"around": self._around.get(), "order": self._order.get()}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        if settings.get("around") in tuple(AROUND):
            self._around.set(settings["around"])
        if settings.get("order") in ORDERS:
            self._order.set(settings["order"])
        self._changed()

    def _build(self) -> None:
        theme, px = self._context.theme, self._context.theme.px
        row = Frame(self)
        self.buttons: dict[str, Radiobutton] = {}
        for title, variable, choices in (
            ("Around", self._around, AROUND),
            ("Order", self._order, ORDER_TIPS),
        ):
            Label(row, text=title).pack(side="left", padx=(0, px(6)))
            for value, (text, tip) in choices.items():
                button = Radiobutton(
                    row, text=text, value=value, variable=variable, command=self._changed
                )
                button.pack(side="left", padx=(0, px(6)))
                add_tooltip(button, tip)
                self.buttons[value] = button
        self.save_button = Button(
            row,
            text="Save…",
            command=self.save,
            bootstyle="secondary outline",
            padding=(px(8), px(1)),
        )
        add_tooltip(self.save_button, "Saves all pairs as one PNG picture, A's strips above B's.")
        self.save_button.pack(side="right")
        self.strips = PairedStrips(self, theme, steps=STEPS, on_choose=self._choose)
        add_tooltip(
            self.strips,
            "Left, one dimension of A from -3 to 3; right, the dimension of B that correlates most "
            "with it, run through as far and to the side that the sign of r says. If the pair "
            "means the same, both change in the same way. A click goes to A's point.",
            PATIENT_TOOLTIP_DELAY_MS,
            position="top",
        )
        self.sentence = Sentence(self, lines=3)
        row.grid(row=0, column=0, sticky="ew", pady=(0, px(6)))
        self.strips.grid(row=1, column=0, sticky="nsew")
        self.sentence.grid(row=2, column=0, sticky="ew", pady=(px(4), 0))
        self.rowconfigure(1, weight=1)
        self.columnconfigure(0, weight=1)

    # ---- what is shown -------------------------------------------------------------------------

    def _refresh(self) -> None:
        if self._model is None:
            return
        note = NO_SECOND if self._pair is None else self._not_aligned
        if note:
            self.strips.show_note(note)
            self.sentence.show("")
        elif self._alignment() is not None:
            self.save_button.state(["!disabled"])
            self._later.request()

    def _let_go(self) -> None:
        self._later.drop()
        self._shown = []
        self.save_button.state(["disabled"])

    def _moved(self) -> None:
        if self._around.get() != "point" or not self._shown:
            return
        if self.winfo_viewable():
            self._later.request()
        else:
            self._stale = True

    def _draw(self) -> Iterator[None]:
        """Decode both sweeps and show them, in parts that a slider does not notice."""
        from vae.alignment import verdict

        (first, second), (alignment, _) = self._pair, self._alignment()
        z = np.asarray(self._context.state.z)
        if len(z) != first.latent_dim:
            return  # the window is about to show other weights
        around = z if self._around.get() == "point" else None
        rows = aligned_rows(first, second, alignment, around, self._order.get())
        strips = []
        for row in rows:
            yield
            a, b = (
                None if points is None else model.decoder.decode_uint8(points)
                for model, points in ((first, row.points_a), (second, row.points_b))
            )
            strips.append(Strips(row.name, row.note, a, b, row.here))
        self._shown = rows
        yield from self.strips.show(self._names, _headings(), strips)
        self.sentence.show(verdict(alignment), secondary=True)

    # ---- what the person does ------------------------------------------------------------------

    def _choose(self, index: int) -> None:
        if not self._shown:
            return  # the strips are those of models that are being replaced
        row, column = divmod(index, STEPS)
        self._context.adopt(self._shown[row].points_a[column], True)

    def save(self) -> None:
        """Ask for a file and save all pairs as one picture."""
        if not self._shown:
            return
        (first, second), names, rows = self._pair, self._names, self._shown
        if first.decoder.image_shape != second.decoder.image_shape:
            self._context.notify("Images of different shapes fill no one picture.", True)
            return
        path = self._context.save_path(
            "Save the traversals", [("PNG picture", "*.png")], "traversals.png"
        )
        if path is None:
            return
        title = (
            f"A: {names[0]}, B: {names[1]}: one dimension in each row, and the one of B that "
            "correlates most with it"
        )

        def work(job: Job) -> None:
            sheet, pixels, marked = sheet_of(first, second, rows, names)
            export_sheet(
                pixels,
                sheet,
                path,
                SAVED_SCALE,
                title=title,
                marked=marked,
                progress=job.progress,
                cancelled=lambda: job.cancelled,
            )

        self._jobs.ask(
            SAVE,
            f"Saving {path.name}",
            work,
            lambda _: self._context.notify(f"Saved {path}", False),
            quiet=False,
        )


def _headings() -> tuple[str, ...]:
    return tuple(f"{value:g}".replace("-", "−") for value in values())
