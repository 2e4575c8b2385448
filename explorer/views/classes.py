"""How well the classes lie apart in latent space, and the digits that are taken for others."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Mapping
from typing import Any

import numpy as np

from explorer.apart import run_apart
from explorer.context import Context
from explorer.measuring import Measuring
from explorer.model import LoadedModel
from explorer.statistics_sample import Posteriors, Sample
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Button,
    Frame,
    Label,
    Menu,
    add_tooltip,
    font,
)
from explorer.widgets.confusion_grid import ConfusionGrid
from explorer.widgets.digit_grid import DigitGrid
from explorer.widgets.picture_board import PictureBoard, Tile
from explorer.widgets.sentence import Sentence
from explorer.worker import Job
from vae.clusters import VERSION, Clusters, PixelAccuracy, clusters, in_words, pixel_accuracy
from vae.recorded import has_learned_features

MOST_DIGITS = 48  # of a cell; the rest would be too small to be read
PIXELS_JOB, LOOK_UP_JOB = "statistics: PixelAccuracy", "statistics: kept PixelAccuracy"
GRID_TIP = (
    "Rows: the class of a digit. Columns: the class that most of its 10 nearest neighbours in "
    "latent space have, itself left out. Mistakes are darker where they are a larger share of "
    "their row. Click a cell, or walk with the arrow keys and press Return, to see its digits.\n"
    "right %: share of the class that its neighbours tell rightly. silhouette: how much nearer a "
    "digit lies to its own class than to the next one: 1 far inside, 0 between two, below 0 nearer "
    "to another (Rousseeuw 1987)."
)
DIGITS_TIP = (
    "The digits of the chosen cell; those whose neighbours are most sure of it come first. Click "
    "one to make its posterior mean the current point; the right button, or Shift+F10, opens its "
    "menu."
)
PAIR_TIP = (
    "The digit, with how many of its 10 nearest neighbours are of the class it is taken for; and "
    "the nearest of these, with its distance in prior standard deviations: what the encoder finds "
    "alike. Click one to make its posterior mean the current point."
)
DRAW_TIP = "Take this digit to the Draw page: its reconstruction, its neighbours, what changes it."
STEP_TIPS = {-1: "The pair that is confused more often.", 1: "The next pair of classes."}
PIXELS_TIP = (
    "Ask the 10 nearest neighbours in pixels the same question, for comparison: does the encoder "
    "keep the classes as far apart as the images are? Compares every digit with every other one, "
    "which takes some seconds; the result is kept."
)
CLICK = "Click a digit to see which one it is taken for."


class ClassesView(Frame):
    """The matrix of confusions, and the digits of one of its cells."""

    def __init__(self, parent: tk.Misc, context: Context, sample: Sample) -> None:
        super().__init__(parent)
        self._context = context
        self._sample = sample
        self._clusters: Clusters | None = None
        self._posteriors: Posteriors | None = None
        self._images = np.zeros((0, 1, 1, 1), np.uint8)  # all of the bundled ones
        self._pixels: PixelAccuracy | None = None
        self._comparing = False
        self._cell: tuple[int, int] | None = None  # wanted; of a session before there are figures
        self._members = np.zeros(0, int)  # of the cell, shown: indices among the chosen images
        self._digit: int | None = None
        self._unlabelled = True  # no label took part in the training
        self._add_widgets()
        self._measuring = Measuring(
            self,
            context,
            sample,
            kind=Clusters,
            version=VERSION,
            label="Looking at the neighbours of every digit",
            compute=_compute,
            show=self._show,
            missing=self._show_missing,
            apart=True,
        )

    def _add_widgets(self) -> None:
        theme, px = self._context.theme, self._context.theme.px
        self.sentence = Sentence(self, lines=3)
        self.grid_ = ConfusionGrid(self, theme, on_choose=self._choose)
        self.note = Label(self, justify="center", bootstyle="secondary", font=font(11))
        self._side = side = Frame(self)
        heading = Frame(side)
        self.heading = Label(heading, font=font(10, bold=True))
        self.heading.pack(side="left")
        self.steps: dict[int, Button] = {}
        for step, sign in ((1, "→"), (-1, "←")):
            button = self.steps[step] = Button(
                heading, text=sign, width=2, bootstyle="secondary-outline",
                command=lambda step=step: self._step(step),
            )  # fmt: skip
            button.pack(side="right", padx=(px(4), 0))
            add_tooltip(button, STEP_TIPS[step])
        self.count = Label(side, bootstyle="secondary", font=font(9))
        self.digits = DigitGrid(
            side, theme, on_activate=self._adopt, on_menu=self._open_menu, max_cell=64
        )
        self.pair = PictureBoard(
            side, theme, on_choose=self._adopt_of_pair, largest=76, max_rows=1, centred=False
        )
        self.pair.configure(height=px(116))
        self.draw = Button(side, text="Draw it", command=self._draw)
        self.pixels = Button(
            self, text="Compare with pixels", bootstyle="secondary-outline", command=self._compare
        )
        self.menu = Menu(self, tearoff=False)
        add_tooltip(self.grid_, GRID_TIP, PATIENT_TOOLTIP_DELAY_MS, position="top")
        add_tooltip(self.digits, DIGITS_TIP, PATIENT_TOOLTIP_DELAY_MS, position="top")
        add_tooltip(self.pair, PAIR_TIP, PATIENT_TOOLTIP_DELAY_MS, position="top")
        add_tooltip(self.draw, DRAW_TIP)
        add_tooltip(self.pixels, PIXELS_TIP)

        heading.grid(row=0, column=0, columnspan=2, sticky="ew")
        self.count.grid(row=1, column=0, columnspan=2, sticky="ew")
        self.digits.grid(row=2, column=0, columnspan=2, sticky="nsew", pady=px(4))
        self.pair.grid(row=3, column=0, sticky="nsew")
        self.draw.grid(row=3, column=1, sticky="se")
        side.rowconfigure(2, weight=1)
        side.columnconfigure(0, weight=1)
        self.sentence.grid(row=0, column=0, columnspan=2, sticky="ew")
        self.grid_.grid(row=1, column=0, sticky="nsew", pady=px(4))
        self.pixels.grid(row=2, column=0, sticky="w")
        side.grid(row=1, column=1, rowspan=2, sticky="nsew", padx=(px(12), 0), pady=(px(4), 0))
        self.rowconfigure(1, weight=1)
        self.columnconfigure(0, weight=8, uniform="half")
        self.columnconfigure(1, weight=5, uniform="half")

    # ---- what every view offers ----------------------------------------------------------------

    def set_model(self, model: LoadedModel) -> None:
        """The sample tells of it; whether labels took part, its record."""
        self._unlabelled = not has_learned_features(model.record)

    def settings(self) -> dict[str, Any]:
        """For a session file."""
        return {"cell": list(self._cell)} if self._cell is not None else {}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        cell = settings.get("cell")
        if isinstance(cell, list) and len(cell) == 2 and all(type(i) is int for i in cell):
            if self._clusters is None:
                self._cell = (cell[0], cell[1])
            elif all(0 <= i < len(self._clusters.confusion) for i in cell):
                self._choose(*cell)

    @property
    def settled(self) -> bool:
        """Whether everything that was asked for is shown."""
        return self._measuring.settled and not self._comparing

    # ---- what is shown -------------------------------------------------------------------------

    @property
    def clusters(self) -> Clusters | None:
        """The figures that are shown."""
        return self._clusters

    @property
    def members(self) -> np.ndarray:
        """The digits on the right, as indices among the bundled ones."""
        return np.zeros(0, int) if self._posteriors is None else self._number(self._members)

    def _number(self, member: Any) -> Any:
        return self._posteriors.indices[member]

    def _show(self, found: Clusters, posteriors: Posteriors) -> None:
        if posteriors is not self._sample.posteriors:
            return  # the model has changed while nobody could see it; the next look asks again
        self._clusters, self._posteriors = found, posteriors
        self._images = self._sample.model.encoded.images
        self._pixels = None
        self.note.place_forget()
        names = posteriors.class_names
        figures = [
            (_percent(right), _two(silhouette))
            for right, silhouette in zip(
                found.class_accuracies, found.class_silhouettes, strict=True
            )
        ]
        self.grid_.show(found.confusion, names, ("right %", "silhouette"), figures)
        self._say()
        for widget in (self.sentence, self.grid_, self._side, self.pixels):
            widget.grid()
        cell, pairs = self._cell, found.pairs()
        if cell is None or not all(0 <= i < len(found.confusion) for i in cell):
            cell = pairs[0][:2] if pairs else (0, 0)
        self._choose(*cell)
        self._look_for_pixels()

    def _show_missing(self, text: str) -> None:
        self._clusters = self._posteriors = self._pixels = self._digit = None
        self._members = np.zeros(0, int)
        for widget in (self.sentence, self.grid_, self._side, self.pixels):
            widget.grid_remove()
        self.note.configure(text=text, wraplength=max(200, self.winfo_width() - 40))
        self.note.place(relx=0.5, rely=0.4, anchor="center")

    def _say(self) -> None:
        found, posteriors = self._clusters, self._posteriors
        text = in_words(found, posteriors.class_names, unlabelled=self._unlabelled)
        if np.isfinite(found.silhouette):
            text += f" Mean silhouette {found.silhouette:.2f}."
        if self._pixels is not None:
            count = int(np.prod(self._images.shape[1:]))
            text += (
                f" With all {count:,} pixels in place of {posteriors.mu.shape[1]} latent numbers "
                f"it is {100.0 * self._pixels.accuracy:.1f}."
            )
        self.sentence.show(text)
        state = "normal" if self._pixels is None and not self._comparing else "disabled"
        self.pixels.configure(state=state)

    def _choose(self, true: int, taken_for: int) -> None:
        """Show the digits of a cell."""
        if self._clusters is None:  # the matrix that was shown still has the keyboard
            return
        found, names = self._clusters, self._posteriors.class_names
        self._cell = (true, taken_for)
        self.grid_.set_chosen(self._cell)
        members = found.confused(true, taken_for)
        self._members = members[:MOST_DIGITS]
        total = int(found.confusion[true].sum())
        right = true == taken_for
        self.heading.configure(
            text=f"{names[true]}, taken for {'itself' if right else names[taken_for]}"
        )
        share = f" ({100.0 * len(members) / total:.1f} %)" if total else ""
        shown = f"; here {len(self._members)}" if len(members) > MOST_DIGITS else ""
        self.count.configure(text=f"{len(members):,} of {total:,}{share}{shown}")
        if len(members):
            self.digits.set_images(self._images[self._number(self._members)])
            self._point_out(None)
        else:
            self.digits.show_message(
                f"No {names[true]} of these {found.n:,} digits is taken for {names[taken_for]}."
            )
            self._point_out(None)
        order = [pair[:2] for pair in found.pairs()]
        place = order.index(self._cell) if self._cell in order else None
        self.steps[-1].configure(state="normal" if place else "disabled")
        last = not order or (place is not None and place == len(order) - 1)
        self.steps[1].configure(state="disabled" if last else "normal")

    def _point_out(self, member: int | None) -> None:
        """Show one of the digits beside its neighbour; None: say how to choose one."""
        self._digit = member
        self.draw.configure(state="normal" if member is not None else "disabled")
        found, posteriors = self._clusters, self._posteriors
        if member is None:
            self.digits.set_marked(None)
            self.pair.show_note(CLICK if len(self._members) else "")
            return
        self.digits.set_marked(int(np.flatnonzero(self._members == member)[0]))
        neighbour, names = int(found.neighbours[member]), posteriors.class_names
        images = self._images
        taken_for = names[found.predicted[member]]
        self.pair.show(
            [
                Tile(
                    images[self._number(member)],
                    title=f"#{self._number(member)}, {names[found.labels[member]]}",
                    caption=f"{found.votes[member]} of {found.k}: {taken_for}",
                ),
                Tile(
                    images[self._number(neighbour)],
                    title=f"#{self._number(neighbour)}, {names[found.labels[neighbour]]}",
                    caption=f"{found.distances[member]:.2f} away",
                ),
            ]
        )

    # ---- what the person does ------------------------------------------------------------------

    # What is no longer shown may still have the keyboard: without figures, nothing happens.

    def _step(self, step: int) -> None:
        """To the pair of classes that is confused more often, or less."""
        if self._clusters is None:
            return
        order = [pair[:2] for pair in self._clusters.pairs()]
        place = order.index(self._cell) + step if self._cell in order else 0
        if 0 <= place < len(order):
            self._choose(*order[place])

    def _adopt(self, index: int) -> None:
        if self._clusters is None:
            return
        member = int(self._members[index])
        self._point_out(member)
        self._context.adopt(self._posteriors.mu[member], True)

    def _adopt_of_pair(self, index: int) -> None:
        if self._clusters is None or self._digit is None:
            return
        member = self._digit if index == 0 else int(self._clusters.neighbours[self._digit])
        self._context.adopt(self._posteriors.mu[member], True)

    def _draw(self) -> None:
        if self._digit is not None:
            self._context.draw_real(int(self._number(self._digit)))

    def _open_menu(self, index: int, event: tk.Event) -> None:
        if self._clusters is None:
            return
        member = int(self._members[index])
        number, mu = int(self._number(member)), self._posteriors.mu[member]
        name = f"real {self._posteriors.class_names[self._clusters.labels[member]]} #{number}"
        menu, context = self.menu, self._context
        menu.delete(0, "end")
        menu.add_command(
            label="Make its mean the current point", command=lambda: self._adopt(index)
        )
        menu.add_command(label="Draw from it", command=lambda: context.draw_real(number))
        menu.add_command(
            label="Put its mean on the shelf", command=lambda: context.shelve([mu], [name])
        )
        context.theme.paint_entries(menu)
        menu.tk_popup(event.x_root, event.y_root)

    # ---- the comparison with pixels ------------------------------------------------------------

    def _look_for_pixels(self) -> None:
        """Show the comparison at once if it was made before."""
        posteriors, kept = self._posteriors, self._sample.kept
        key = posteriors.key(VERSION)
        self._context.run_job(
            LOOK_UP_JOB,
            "Looking for an earlier comparison",
            lambda job: kept.find(PixelAccuracy, key),
            lambda found: self._take_pixels(found, posteriors),
            quiet=True,
        )

    def _compare(self) -> None:
        posteriors, kept = self._posteriors, self._sample.kept
        if posteriors is None or self._comparing:
            return
        key, labels = posteriors.key(VERSION), posteriors.labels
        images = self._images[posteriors.indices]

        def work(job: Job) -> PixelAccuracy:
            return kept.get(
                PixelAccuracy, key, lambda: run_apart(job, pixel_accuracy, images, labels)
            )

        def otherwise() -> None:
            self._comparing = False
            if self._clusters is not None:
                self._say()

        def done(found: PixelAccuracy) -> None:
            self._comparing = False
            self._take_pixels(found, posteriors)
            if self._clusters is not None:
                self._say()  # other digits, which the answer is not about, can be compared now

        self._comparing = True
        self._say()
        self._context.run_job(
            PIXELS_JOB,
            "Comparing all digits by their pixels",
            work,
            done,
            otherwise=otherwise,
            apart=True,
        )

    def _take_pixels(self, found: PixelAccuracy | None, posteriors: Posteriors) -> None:
        if posteriors is self._posteriors and found is not None:
            self._pixels = found
        if self._clusters is not None:  # of other digits, too: they can be compared now
            self._say()


def _compute(job: Job, posteriors: Posteriors) -> Clusters:
    classes = len(posteriors.class_names)
    return run_apart(job, clusters, posteriors.mu, posteriors.labels, classes)


def _percent(share: float) -> str:
    return "–" if np.isnan(share) else f"{100.0 * share:.1f}"


def _two(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}"
