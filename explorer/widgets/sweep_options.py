"""The choices of a sweep: two rows of controls, and which of them a model offers."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from explorer.model import LoadedModel
from explorer.sweep import (
    MAX_QUANTILE,
    MAX_SPAN,
    MAX_STEPS,
    MIN_QUANTILE,
    MIN_SPAN,
    MIN_STEPS,
    SweepRequest,
    name_of,
)
from explorer.theme import (
    Combobox,
    Frame,
    Label,
    Menu,
    Menubutton,
    Radiobutton,
    Theme,
    add_tooltip,
)
from explorer.widgets.number_field import NumberField

ALL = "All"
CHOICES = {
    "order": (
        "Order",
        {
            "index": ("index", "Rows in the order of the network: z1, z2 and so on."),
            "use": (
                "use",
                "Rows by how much the model uses them, the most used first: by the KL in nats, "
                "averaged over the encoded real images.",
            ),
        },
    ),
    "around": (
        "Around",
        {
            "current": (
                "point",
                "The dimensions that a row does not vary stay where the current point has them.",
            ),
            "zero": (
                "zero",
                "The dimensions that a row does not vary are 0, the middle of the prior, where no "
                "digit has to lie. Locked ones stay where they are.",
            ),
        },
    ),
    "range": (
        "Range",
        {
            "deviations": (
                "±",
                "From minus to plus so many standard deviations of the prior, evenly. These are "
                "values of the dimension itself, not distances from the current point.",
            ),
            "quantiles": (
                "quantiles",
                "From this percentage of the encoded real images to as much below 100 %, for each "
                "dimension on its own and evenly in percent, so that no value is outside what the "
                "model has seen. Point at a digit for its value.",
            ),
        },
    ),
}
SCALES = {"Small": 2, "Medium": 4, "Large": 8}  # pixels of the file for one of an image


class SweepOptions(Frame):
    """Shows a `SweepRequest`, and asks for another one.

    on_change(request): something was chosen. on_save(scale): the sheet is to be saved, with so many
    pixels for one of an image. on_error(message): what was typed is no number that fits.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        on_change: Callable[[SweepRequest], None],
        on_save: Callable[[int], None],
        on_error: Callable[[str], None],
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._on_change = on_change
        self._on_error = on_error
        self._request = SweepRequest()
        self._variables: dict[str, tk.StringVar] = {}
        self._tips: dict[tuple[str, str], Any] = {}
        self.choices: dict[tuple[str, str], Radiobutton] = {}

        upper, lower = Frame(self), Frame(self)
        upper.pack(fill="x")
        lower.pack(fill="x", pady=(theme.px(6), 0))
        self._build_upper(upper, on_save)
        self._build_lower(lower)
        self.show(self._request, self._request)

    def show(self, request: SweepRequest, offered: SweepRequest) -> None:
        """Show what is asked for; where the model offers something else, that is seen chosen."""
        self._request = request
        self.steps_field.set_number(request.row_steps)
        self.span_field.set_number(request.span)
        self.quantile_field.set_number(request.quantile)
        for key, variable in self._variables.items():
            variable.set(getattr(offered, key))
        self.dimension_box.set(ALL if request.dimension is None else name_of(request.dimension))

    def offer(self, model: LoadedModel) -> None:
        """Enable what the model can show, and say why the rest is disabled."""
        self.dimension_box.configure(
            values=[ALL, *map(name_of, range(model.latent_dim))], state="readonly"
        )
        self.save_button.configure(state="normal")
        known = {
            ("range", "quantiles"): model.encoded is not None,
            ("order", "use"): model.use is not None,
        }
        for (key, choice), is_known in known.items():
            _, tip = CHOICES[key][1][choice]
            why = "" if is_known else f"\n\n{model.without_statistics}"
            self.choices[key, choice].configure(state=_state(is_known))
            self._tips[key, choice].configure(text=tip + why)
        self.quantile_field.configure(state=_state(known["range", "quantiles"]))

    # ---- building ----------------------------------------------------------------------------

    def _build_upper(self, row: Frame, on_save: Callable[[int], None]) -> None:
        """Which dimensions are shown, and how."""
        px = self._theme.px
        self._label(row, "Show")
        self.dimension_box = Combobox(row, values=[ALL], state="disabled", width=4)
        self.dimension_box.pack(side="left", padx=(0, px(14)))
        self.dimension_box.bind("<<ComboboxSelected>>", lambda event: self._choose_dimension())
        add_tooltip(
            self.dimension_box,
            "All dimensions as one sheet, or one of them large, with its values and with what the "
            "classifier sees.",
        )
        self._label(row, "Steps")
        self.steps_field = self._number(
            row,
            "Steps",
            (MIN_STEPS, MAX_STEPS, 1),
            lambda steps: self._change(**{self._request.steps_name: steps}),
            "How many values of each dimension are shown. One dimension alone has a number of its "
            "own.",
        )
        self.steps_field.pack(side="left", padx=(0, px(14)))
        self._choice(row, "order")
        self.save_button = Menubutton(row, text="Save as PNG  ", state="disabled")
        menu = Menu(self.save_button, tearoff=False)
        for text, scale in SCALES.items():
            menu.add_command(label=f"{text}, ×{scale}…", command=partial(on_save, scale))
        self.save_button.configure(menu=menu)
        self.save_button.pack(side="right")
        add_tooltip(
            self.save_button,
            "Saves what is shown, all rows of it, as a picture with labels, black on white. ×4 "
            "makes four pixels of one.",
        )

    def _build_lower(self, row: Frame) -> None:
        """Which values they take."""
        px = self._theme.px
        self._choice(row, "around")
        self._choice(row, "range")
        self.span_field = self._number(
            row,
            "The range",
            (MIN_SPAN, MAX_SPAN, 0.5),
            lambda span: self._change(span=span, range="deviations"),
            "Half the range, in standard deviations of the prior.",
        )
        self.quantile_field = self._number(
            row,
            "The lower quantile",
            (MIN_QUANTILE, MAX_QUANTILE, 0.5),
            lambda quantile: self._change(quantile=quantile, range="quantiles"),
            "Where the range begins, in percent of the encoded real images; 1 goes from 1 % to "
            "99 %.",
        )
        self.span_field.pack(
            side="left", padx=(0, px(10)), after=self.choices["range", "deviations"]
        )
        self.quantile_field.pack(side="left", after=self.choices["range", "quantiles"])
        Label(row, text="%").pack(side="left", padx=(px(4), 0))

    def _label(self, row: Frame, text: str) -> None:
        Label(row, text=text).pack(side="left", padx=(0, self._theme.px(6)))

    def _choice(self, row: Frame, key: str) -> None:
        """Radio buttons for one of the CHOICES."""
        label, choices = CHOICES[key]
        self._variables[key] = variable = tk.StringVar(self, getattr(self._request, key))
        self._label(row, label)
        for choice, (text, tip) in choices.items():
            button = Radiobutton(
                row,
                text=text,
                value=choice,
                variable=variable,
                command=lambda: self._change(**{key: variable.get()}),
            )
            button.pack(side="left", padx=(0, self._theme.px(8)))
            self._tips[key, choice] = add_tooltip(button, tip)
            self.choices[key, choice] = button

    def _number(
        self,
        row: Frame,
        what: str,
        limits: tuple[float, float, float],
        on_change: Callable[[float], None],
        tip: str,
    ) -> NumberField:
        """A field for a number; limits: the lowest, the highest, and a step of the arrows."""
        low, high, step = limits
        field = NumberField(
            row,
            what=what,
            number=low,
            low=low,
            high=high,
            step=step,
            width=4,
            on_change=on_change,
            on_error=self._on_error,
        )
        add_tooltip(field, tip)
        return field

    # ---- choosing ----------------------------------------------------------------------------

    def _change(self, **changes: Any) -> None:
        self._on_change(replace(self._request, **changes))

    def _choose_dimension(self) -> None:
        self.dimension_box.selection_clear()
        chosen = self.dimension_box.current()
        self._change(dimension=None if chosen == 0 else chosen - 1)


def _state(enabled: bool) -> str:
    return "normal" if enabled else "disabled"
