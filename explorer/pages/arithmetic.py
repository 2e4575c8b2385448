"""The Arithmetic page: sums and differences of latent vectors, term by term."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.context import Context, point_sources
from explorer.model import LoadedModel
from explorer.theme import Button, Frame, Label, Radiobutton, add_tooltip, font
from explorer.widgets.digit_view import DigitView
from explorer.widgets.number_field import NumberField
from explorer.widgets.point_field import PointField, vector_rows
from vae import latent

MAX_STRENGTH = 4.0
TERM_NAMES = "ABC"
THUMBNAIL = 96  # pixels at 96 dpi, like all lengths here
TERMS_WIDTH = 380  # room for "C: current point", so that the result does not jump
DEFAULT_CLASSES = (8, 6, 5)  # the strokes that 8 has and 6 has not, added to a 5, make a 3


@dataclass(frozen=True)
class Operation:
    """A sum of terms. factors: the sign, or the share, of each term."""

    text: str
    factors: tuple[float, ...]
    signs: tuple[str, ...]
    tooltip: str


OPERATIONS = {
    "analogy": Operation(
        "A − B + C",
        (1.0, -1.0, 1.0),
        ("", "−", "+"),
        "What makes A differ from B, applied to C: “king − man + woman”.",
    ),
    "average": Operation(
        "(A + B) / 2", (0.5, 0.5), ("½", "+ ½"), "The point halfway between A and B."
    ),
    "difference": Operation(
        "A − B", (1.0, -1.0), ("", "−"), "The direction from B to A, shown as a point."
    ),
    "sum": Operation(
        "A + B",
        (1.0, 1.0),
        ("", "+"),
        "Both added. The sum of two typical points is seldom typical.",
    ),
}


class ArithmeticPage(Frame):
    """Latent arithmetic with two or three terms."""

    name = "arithmetic"
    title = "Arithmetic"

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        super().__init__(parent, padding=context.theme.px(12))
        self._context = context
        self._model: LoadedModel | None = None
        self._result: np.ndarray | None = None
        self._operation = tk.StringVar(self, "analogy")
        self._build_operations()
        self._build_terms()
        self._build_result()

        px = context.theme.px
        self._operations_row.grid(row=0, column=0, columnspan=2, sticky="ew", pady=(0, px(16)))
        self._terms.grid(row=1, column=0, sticky="new")
        self._result_column.grid(row=1, column=1, sticky="nsew", padx=(px(20), 0))
        self.rowconfigure(1, weight=1)
        self.columnconfigure(0, minsize=px(TERMS_WIDTH))
        self.columnconfigure(1, weight=1)

    @property
    def result(self) -> np.ndarray | None:
        """The result, (latent_dim,) prior standard deviations."""
        return self._result

    @property
    def operation(self) -> Operation:
        """The chosen operation."""
        return OPERATIONS[self._operation.get()]

    def set_model(self, model: LoadedModel) -> None:
        """Calculate with another model; the terms start as means of three classes."""
        self._model = model
        rng = np.random.default_rng(0)
        for field, index in zip(self.terms, DEFAULT_CLASSES, strict=True):
            if model.class_means is not None and index < len(model.class_means):
                field.set_point(model.class_means[index], f"mean of {model.class_names[index]}")
            else:
                field.set_point(model.random_point(rng), "random")
        self._update()

    def slots(self) -> dict[str, Callable[[Sequence[float], str], None]]:
        """Where a point can be sent, with its name; nowhere before there is a model."""
        if self._model is None:
            return {}
        return {name: term.choose for name, term in zip(TERM_NAMES, self.terms, strict=True)}

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        return {
            "operation": self._operation.get(),
            "terms": [list(field.z or ()) for field in self.terms],
            "origins": [field.origin for field in self.terms],
            "strengths": [field.number for field in self.strengths],
        }

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        if self._model is None:
            return
        if settings.get("operation") in tuple(OPERATIONS):
            self._operation.set(settings["operation"])
        lists = [settings.get(key) for key in ("terms", "origins", "strengths")]
        if all(isinstance(items, list) and len(items) == len(self.terms) for items in lists):
            for term, strength, z, origin, number in zip(
                self.terms, self.strengths, *lists, strict=True
            ):
                try:
                    point = latent.parse_vector(str(z), self._model.latent_dim)
                except ValueError:
                    continue
                term.set_point(point, str(origin))
                if isinstance(number, (int, float)):
                    strength.set_number(number)
        self._update()

    def use_result(self) -> None:
        """Make the result the current point."""
        if self._result is not None:
            self._context.adopt(self._result, True)

    def _build_operations(self) -> None:
        self._operations_row = row = Frame(self)
        self.operation_buttons = {}
        for name, operation in OPERATIONS.items():
            button = Radiobutton(
                row,
                text=operation.text,
                value=name,
                variable=self._operation,
                command=self._update,
            )
            button.pack(side="left", padx=(0, self._context.theme.px(20)))
            add_tooltip(button, operation.tooltip)
            self.operation_buttons[name] = button

    def _build_terms(self) -> None:
        self._terms = Frame(self)
        self.terms: list[PointField] = []
        self.strengths: list[NumberField] = []
        self._signs: list[Label] = []
        self._rows: list[Frame] = []
        sources = point_sources(self._context, lambda: self._model)
        px = self._context.theme.px
        for index, name in enumerate(TERM_NAMES):
            row = Frame(self._terms)
            sign = Label(row, width=4, anchor="center", font=font(14))
            sign.grid(row=0, column=0)
            strength = NumberField(
                row,
                what="Strength",
                number=1.0,
                low=-MAX_STRENGTH,
                high=MAX_STRENGTH,
                step=0.1,
                width=4,
                on_change=lambda value: self._update(),
                on_error=lambda message: self._context.notify(message, True),
            )
            strength.grid(row=0, column=1, padx=(0, px(4)))
            add_tooltip(strength, f"How strongly {name} counts; 0 leaves it out.")
            Label(row, text="×").grid(row=0, column=2, padx=(0, px(8)))
            term = PointField(
                row,
                self._context.theme,
                title=name,
                tooltip=f"What {name} is: the current point as it is now, a preset, a random "
                "point, the mean of a class, a bookmark or the clipboard.",
                sources=sources,
                decode=lambda z: self._model.decoder.decode_uint8(z),
                on_change=self._update,
                on_error=lambda message: self._context.notify(message, True),
                thumbnail=THUMBNAIL,
            )
            term.grid(row=0, column=3, sticky="ew")
            row.columnconfigure(3, weight=1)
            row.grid(row=index, column=0, sticky="ew", pady=(0, px(14)))
            self.terms.append(term)
            self.strengths.append(strength)
            self._signs.append(sign)
            self._rows.append(row)
        self._terms.columnconfigure(0, weight=1)

    def _build_result(self) -> None:
        self._result_column = column = Frame(self)
        px = self._context.theme.px
        self.picture = DigitView(column, self._context.theme)
        self.picture.grid(row=0, column=0, sticky="ew")
        self.verdict = Label(column, anchor="center", font=font(12))
        self.verdict.grid(row=1, column=0, sticky="ew", pady=(px(8), 0))
        self.vector = Label(column, anchor="center", bootstyle="secondary", font="TkFixedFont")
        self.vector.grid(row=2, column=0, sticky="ew")
        self.use_button = Button(
            column, text="Use result", bootstyle="primary", command=self.use_result
        )
        self.use_button.grid(row=3, column=0, pady=(px(8), 0))
        add_tooltip(self.use_button, "Makes the result the current point.")
        column.columnconfigure(0, weight=1)
        column.bind("<Configure>", self._size_picture)

    def _size_picture(self, event: tk.Event) -> None:
        """Keep the picture square, as large as the column allows beside the lines below it."""
        below = self._result_column.winfo_reqheight() - self.picture.winfo_reqheight()
        side = max(1, min(event.width, event.height - below))
        if side != self.picture.winfo_reqheight():
            self.picture.configure(height=side)

    def _update(self) -> None:
        """Calculate and show; one decode, so on the Tk thread."""
        operation = self.operation
        count = len(operation.factors)
        for index, (row, sign) in enumerate(zip(self._rows, self._signs, strict=True)):
            if index < count:
                row.grid()
                sign.configure(text=operation.signs[index])
            else:
                row.grid_remove()
        if self._model is None:
            return
        vectors = np.array([field.z for field in self.terms[:count]])
        strengths = [field.number for field in self.strengths[:count]]
        total = latent.weighted_sum(vectors, np.multiply(operation.factors, strengths))
        # Using the result as a term again and again would leave the range of numbers.
        self._result = np.clip(total, -latent.MAX_MAGNITUDE, latent.MAX_MAGNITUDE)
        pixels = self._model.decoder.decode_uint8(self._result)
        self.picture.show(pixels)
        self.vector.configure(text=vector_rows(self._result))
        answers = self._model.probabilities(pixels[None])
        if answers is None:
            self.verdict.configure(text="")
        else:
            best = int(answers[0].argmax())
            name = self._model.class_names[best]
            self.verdict.configure(text=f"classifier: {name} ({answers[0, best]:.0%})")
