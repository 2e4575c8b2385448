"""Two models side by side: the same point, or the same real digit, through both of them."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.context import Context
from explorer.images import signed_change
from explorer.model import LoadedModel
from explorer.real_digits import COUNT
from explorer.second_model import SecondModel
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Frame,
    Menu,
    Menubutton,
    Radiobutton,
    add_tooltip,
)
from explorer.widgets.later import Later
from explorer.widgets.number_field import NumberField
from explorer.widgets.pair_table import PairTable, Row
from explorer.widgets.pair_view import NO_SECOND, PairView
from explorer.widgets.picture_board import PictureBoard, Tile
from explorer.widgets.sentence import Sentence
from vae.documents import is_int

if TYPE_CHECKING:
    from vae.alignment import CarriedErrors
    from vae.posterior import Posterior

MODES = {
    "same": ("Same z", "Both decode the same numbers, live: those of the sliders."),
    "matched": (
        "Matched z",
        "B decodes the point that corresponds to A's, dimension by dimension: each is matched by "
        "correlation on the encoded digits, and carried over with its sign and scale.",
    ),
    "linear": (
        "Linear map",
        "B decodes what the best linear map makes of A's point: all dimensions together, so that a "
        "turned space comes out right.",
    ),
    "digit": (
        "Real digit",
        "Both encode the same test digit, each with its own encoder, and decode their answers.",
    ),
}
LARGEST = 320  # side of a picture, pixels at 96 dpi
WORDS_PAUSE_MS = 60  # the classifier takes as long as both decodes together
HALF_RANGE = 127.5  # levels of a pixel for one image unit
SSE_TIP = (
    "The sum of squared errors over all pixels, which range from -1 to 1: how far the "
    "reconstruction is from the digit."
)
KL_TIP = (
    "In nats: how much the encoder tells of this digit. Few are not better by themselves: who "
    "tells nothing reconstructs nothing."
)
TOTAL_TIP = (
    "What training keeps low, the negative evidence lower bound up to a constant. Of the two, the "
    "model with less explains this digit better."
)


class TwoModelsView(PairView):
    """Pictures of A and of B, how they differ, and figures of a real digit."""

    def __init__(self, parent: tk.Misc, context: Context, second: SecondModel) -> None:
        super().__init__(parent, context, second)
        self._mode = tk.StringVar(self, "same")
        self._posteriors: tuple[Posterior | None, Posterior | None] = (None, None)
        self._levels: list[np.ndarray] = []  # the images of A and of B, (C, H, W) uint8
        self._difference: np.ndarray | None = None
        self._caption = ""
        self._words = ["", ""]
        self._sizes: tuple[int, int] | None = None  # latent ones, of the models shown last
        self._titles = ("", "")  # what the models are called; worked out once, not at every event
        self._live = False  # whether the pictures follow the sliders
        self._pending: str | None = None
        self._judging = Later(self, WORDS_PAUSE_MS, self._judge)
        self._build()
        unsubscribe = context.state.subscribe(lambda state: self._moved())
        self.bind("<Destroy>", lambda event: event.widget is self and unsubscribe(), add="+")

    @property
    def mode(self) -> str:
        """One of MODES."""
        return self._mode.get()

    @property
    def settled(self) -> bool:
        """See `PairView`."""
        return super().settled and self._pending is None and not self._judging.pending

    def settings(self) -> dict[str, Any]:
        """For a session file."""
        return {"mode": self.mode, "digit": self.number_field.number}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        if settings.get("mode") in tuple(MODES):
            self._mode.set(settings["mode"])
        if is_int(settings.get("digit")) and settings["digit"] >= 0:
            self.number_field.set_number(settings["digit"])
        self._changed()

    def destroy(self) -> None:
        """Leave nothing to be drawn."""
        self._let_go()
        super().destroy()

    # ---- building ------------------------------------------------------------------------------

    def _build(self) -> None:
        theme, px = self._context.theme, self._context.theme.px
        row = Frame(self)
        self.mode_buttons: dict[str, Radiobutton] = {}
        for mode, (text, tip) in MODES.items():
            button = Radiobutton(
                row, text=text, value=mode, variable=self._mode, command=self._changed
            )
            button.pack(side="left", padx=(0, px(10)))
            add_tooltip(button, tip)
            self.mode_buttons[mode] = button
        self.number_field = NumberField(
            row,
            what="The number of a real digit",
            number=0,
            low=0,
            high=COUNT - 1,
            step=1,
            width=5,
            on_change=self.take,
            on_error=lambda message: self._context.notify(message, bool(message)),
        )
        add_tooltip(self.number_field, "The number of the test digit, counted from 0.")
        self.number_field.pack(side="left")
        self.random_button = Menubutton(row, text="Random ", padding=(px(6), px(3)))
        self.random_menu = Menu(self.random_button, tearoff=False, postcommand=self._fill_menu)
        self.random_button.configure(menu=self.random_menu)
        add_tooltip(self.random_button, "Takes a test digit at random, of a class or of any.")
        self.random_button.pack(side="left", padx=(px(6), 0))

        self.board = PictureBoard(
            self, theme, on_choose=self._choose, columns=3, max_rows=2, largest=LARGEST
        )
        add_tooltip(
            self.board,
            "Red: lighter in the second of the two; blue: darker. A click on A's picture of a real "
            "digit, or Return, goes to what its encoder answers.",
            PATIENT_TOOLTIP_DELAY_MS,
            position="top",
        )
        self.table = PairTable(self, theme)
        self.sentence = Sentence(self, lines=5)
        row.grid(row=0, column=0, sticky="ew", pady=(0, px(4)))
        self.board.grid(row=1, column=0, sticky="nsew")
        self.table.grid(row=2, column=0, pady=(px(4), 0))
        self.sentence.grid(row=3, column=0, sticky="ew", pady=(px(4), 0))
        self.rowconfigure(1, weight=1)
        self.columnconfigure(0, weight=1)

    def _fill_menu(self) -> None:
        menu, labels = self.random_menu, self._labels
        menu.delete(0, "end")
        if labels is None:
            menu.add_command(label="No real digits are encoded.", state="disabled")
        else:
            menu.add_command(label="Any", command=lambda: self.take_random(None))
            for label in np.unique(labels).tolist():
                menu.add_command(
                    label=f"A random {label}", command=lambda label=label: self.take_random(label)
                )
        self._context.theme.paint_entries(menu)

    # ---- what is shown -------------------------------------------------------------------------

    def _refresh(self) -> None:
        """Show both models anew: they, the mode or the digit are others."""
        if self._model is None:
            return
        self._leave_same()
        digit = self.mode == "digit"
        note = self._note()
        if note:
            self.board.show_note(note)
        (self.table.grid if digit and not note else self.table.grid_remove)()
        (self.sentence.grid_remove if digit or note else self.sentence.grid)()
        if note:
            return
        self._titles = self._names
        if digit:
            self._show_digit()
            return
        found = None if self._not_aligned else self._alignment()
        if self.mode == "same" or found is not None:
            self._live = True
            self._draw()
        self._say(found)

    def _leave_same(self) -> None:
        """Of models whose latent sizes have come to differ, begin with what can be shown."""
        sizes = None if self._pair is None else tuple(model.latent_dim for model in self._pair)
        if sizes is None or sizes[0] == sizes[1]:
            self._sizes = sizes
        elif sizes != self._sizes and not self._not_aligned:
            self._sizes = sizes
            if self.mode == "same":
                self._mode.set("matched")

    def _let_go(self) -> None:
        self._live = False
        if self._pending is not None:
            self.after_cancel(self._pending)
            self._pending = None

    def _note(self) -> str:
        """Why there are no pictures, in this mode; empty if there are."""
        if self._pair is None:
            return NO_SECOND
        first, second = self._pair
        if self.mode == "same":
            if first.latent_dim == second.latent_dim:
                return ""
            return (
                f"The same z means nothing here: A has {first.latent_dim} latent dimensions, B has "
                f"{second.latent_dim}.\n\nMatched z and Linear map carry A's point over to B; Real "
                "digit needs no point at all."
            )
        if self.mode == "digit":
            return self._no_digit()
        return self._not_aligned

    def _moved(self) -> None:
        """The sliders have moved: one redraw when Tk is idle, for a burst of changes."""
        if self._live and self._pending is None and self.winfo_viewable():
            self._pending = self.after_idle(self._draw)
        elif self._live and self._pending is None:
            self._stale = True

    def _draw(self) -> None:
        """Decode the point with both; what is done at every event of a slider."""
        self._pending = None
        first, second = self._pair
        z = np.asarray(self._context.state.z)
        if len(z) != first.latent_dim:
            return  # the window is about to show other weights
        images = [first.decoder.decode(z), second.decoder.decode(self._carried(z))]
        self._levels = [np.rint(x * HALF_RANGE + HALF_RANGE).astype(np.uint8) for x in images]
        if images[0].shape == images[1].shape:
            change = images[1] - images[0]
            self._difference = signed_change(change)
            self._caption = f"squared error {np.square(change).sum():.1f}\nred: B is lighter"
        else:
            self._difference, self._caption = None, "images of different shapes"
        self._show_tiles()
        self._judging.request()

    def _carried(self, z: np.ndarray) -> np.ndarray:
        if self.mode == "same":
            return z
        alignment, _ = self._alignment()
        return (alignment.carry if self.mode == "matched" else alignment.carry_linearly)(z)

    def _show_tiles(self) -> None:
        names, (a, b) = self._titles, self._levels
        self.board.show(
            (
                Tile(a, f"A  {names[0]}", self._words[0], choosable=False),
                Tile(b, f"B  {names[1]}", self._words[1], choosable=False),
                Tile(
                    None if self._difference is None else a,
                    "B − A",
                    self._caption,
                    change=self._difference,
                    choosable=False,
                ),
            )
        )

    def _judge(self) -> Iterator[None]:
        """Write the classifier's words below the pictures."""
        if not self._live:
            return
        words = []
        for model, levels in zip(self._pair, self._levels, strict=True):
            words.append(word(model, levels))
            yield
            if not self._live:
                return  # the models or the mode are others now
        self._words = words
        self._show_tiles()

    def _say(self, found: tuple[Any, CarriedErrors] | None) -> None:
        if found is None:
            text = "" if self._jobs.busy else self._not_aligned
            self.sentence.show(text, secondary=True)
            return
        from vae.alignment import verdict

        alignment, errors = found
        intro = {
            "same": "Nothing ties B's dimensions to A's: each training numbers, signs and turns "
            "them as chance has it.",
            "matched": verdict(alignment),
            "linear": "The best linear map from A's numbers to B's: it can turn the space, but not "
            "bend it.",
        }[self.mode]
        first, second = self._pair
        if first.bundle.sha256 == second.bundle.sha256:
            intro = "Both are the same weights."
        self.sentence.show(f"{intro} {_mean_errors(errors)}", secondary=True)

    # ---- a real digit --------------------------------------------------------------------------

    @property
    def _digits(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Images and labels of the real digits, from whichever model has encoded them."""
        for model in self._pair or ():
            if model.encoded is not None:
                return model.encoded.images, model.encoded.labels
        return None

    @property
    def _labels(self) -> np.ndarray | None:
        digits = self._digits
        return None if digits is None else digits[1]

    def take(self, number: float) -> None:
        """Take the real digit of that number, counted from 0."""
        self.number_field.set_number(number)
        self._mode.set("digit")
        self._changed()

    def take_random(self, label: int | None) -> None:
        """Take a real digit of a class at random, or of any."""
        labels = self._labels
        if labels is None:
            return
        of_class = np.arange(len(labels)) if label is None else np.flatnonzero(labels == label)
        self.take(int(self._context.rng.choice(of_class)))

    def _no_digit(self) -> str:
        if self._digits is not None:
            return ""
        return "\n".join(
            f"{name}: {model.without_statistics}"
            for name, model in zip("AB", self._pair, strict=True)
        )

    def _show_digit(self) -> None:
        images, labels = self._digits
        self.number_field.set_high(len(labels) - 1)
        number = self.number_field.number
        image = images[number]
        self._posteriors = tuple(posterior_of(model, image) for model in self._pair)
        names = self._titles
        shown = [None if p is None else p.reconstruction for p in self._posteriors]
        both = None
        if shown[0] is not None and shown[1] is not None:
            both = _change(shown[0], shown[1])
        words = [
            model.without_statistics if levels is None else word(model, levels)
            for model, levels in zip(self._pair, shown, strict=True)
        ]
        missing = [None if levels is None else _change(levels, image) for levels in shown]
        errors = [
            Tile(
                None if change is None else image,
                f"Digit − {name}",
                "red lacks, blue extra" if change is not None else "",
                change=change,
                choosable=False,
            )
            for name, change in zip("AB", missing, strict=True)
        ]
        self.board.show(
            (
                Tile(image, f"Digit {number}", f"a {labels[number]}", choosable=False),
                Tile(shown[0], f"A  {names[0]}", words[0], choosable=shown[0] is not None),
                Tile(shown[1], f"B  {names[1]}", words[1], choosable=False),
                Tile(
                    None if both is None else shown[0],
                    "B − A",
                    "" if both is None else "red: B is lighter",
                    change=both,
                    choosable=False,
                ),
                *errors,
            )
        )
        self._show_figures(names)

    def _show_figures(self, names: tuple[str, str]) -> None:
        a, b = self._posteriors
        figures = [
            (None, None, None) if p is None else (p.sse, p.total_kl, p.sse + p.total_kl)
            for p in (a, b)
        ]
        kinds = (("SSE", True, SSE_TIP), ("KL, nats", None, KL_TIP), ("SSE + KL", True, TOTAL_TIP))
        self.table.show(
            names,
            [
                Row(name, figures[0][i], figures[1][i], lower_is_better=lower, tip=tip)
                for i, (name, lower, tip) in enumerate(kinds)
            ],
        )

    def _choose(self, index: int) -> None:
        """A's reconstruction: go to its point."""
        if self.mode == "digit" and self._posteriors[0] is not None:
            self._context.adopt(self._posteriors[0].mu, True)


def posterior_of(model: LoadedModel, image: np.ndarray) -> Posterior | None:
    """What a model's encoder answers to an image (C, H, W) uint8; None where it can't be asked."""
    if model.bundle.encoder is None or model.decoder.image_shape != image.shape:
        return None
    from vae.posterior import encode_image

    return encode_image(model.bundle.encoder, model.decoder, image)


def word(model: LoadedModel, levels: np.ndarray) -> str:
    """What the model's classifier takes an image (C, H, W) uint8 for; empty without one."""
    answers = model.probabilities(levels[None])
    if answers is None:
        return ""
    best = int(answers[0].argmax())
    return f"{model.class_names[best]} ({answers[0][best]:.0%})"


def _change(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """From one image (C, H, W) uint8 to another, (H, W), image units; positive if lighter."""
    return signed_change(after.astype(np.float32) - before) / HALF_RANGE


def _mean_errors(errors: CarriedErrors) -> str:
    if errors.matched is None:
        return "Their images have different shapes, so that no error can be measured."
    parts = [
        f"{errors.matched:.0f} with matched dimensions",
        f"{errors.linear:.0f} by the linear map",
        f"{errors.encoded:.0f} where each encodes the digit itself",
    ]
    if errors.same is not None:
        parts.insert(0, f"{errors.same:.0f} at the same z")
    return f"Squared error between the two over {errors.n} real digits: {', '.join(parts)}."
