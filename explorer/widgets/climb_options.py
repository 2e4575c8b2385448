"""How a climb to a class is done: step size, prior weight, steps, probability, and from where."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from explorer.guiding import METHODS, ClimbRequest
from explorer.theme import Combobox, Frame, Label, Theme, add_tooltip
from explorer.widgets.number_field import NumberField
from vae.documents import is_number

# (name, label, low, high, step, tooltip). With these bounds the prior's pull alone never overshoots
# by more than it pulls, so that no climb leaves the range of numbers.
NUMBERS = (
    (
        "rate",
        "Step η",
        0.01,
        1.0,
        0.05,
        "How far a step follows the gradient: z ← z + η (∇ log p(target | D(z)) − λ z). Small "
        "steps are slow, large ones jump over what they look for.",
    ),
    (
        "prior_weight",
        "Prior λ",
        0.0,
        2.0,
        0.1,
        "How strongly every step is pulled to the middle of the prior, by −λ z: the gradient of "
        "log N(z; 0, I), times λ. With 0 only the classifier counts, and points may leave the "
        "map; with much, the middle wins over the class.",
    ),
    ("steps", "Steps", 1, 300, 10, "A climb ends after so many steps, at the latest."),
    (
        "probability",
        "Until p",
        0.05,
        0.999,
        0.05,
        "A climb ends where the classifier gives the target this probability.",
    ),
)
METHOD_NAMES = ("Restarts", "One start", "Plain rule")
METHOD_TOOLTIP = (
    "Restarts: where the climb from the point itself gets stuck, points around it are tried, and "
    "the way goes straight to the best of them first.\n"
    "One start: the point's own climb alone, which gets stuck in one case of three or four.\n"
    "Plain rule: one start, and steps as long as the gradient makes them: it leaves the map."
)


class ClimbOptions(Frame):
    """Shows a `ClimbRequest` and lets it be changed. on_error(message): see `NumberField`."""

    def __init__(
        self, parent: tk.Misc, theme: Theme, *, on_change: Callable[[], None], on_error: Callable
    ) -> None:
        super().__init__(parent)
        px = theme.px
        self._request = ClimbRequest()
        self._on_change = on_change
        self.fields: dict[str, NumberField] = {}
        for name, label, low, high, step, tooltip in NUMBERS:
            Label(self, text=label).pack(side="left", padx=(0, px(4)))
            field = NumberField(
                self,
                what=label,
                number=getattr(self._request, name),
                low=low,
                high=high,
                step=step,
                width=4,
                on_change=lambda number, name=name: self._change(**{name: number}),
                on_error=on_error,
            )
            field.pack(side="left", padx=(0, px(7)))
            add_tooltip(field, tooltip)
            self.fields[name] = field
        self.method_box = Combobox(self, values=METHOD_NAMES, state="readonly", width=9)
        self.method_box.current(0)
        self.method_box.bind("<<ComboboxSelected>>", lambda event: self._choose_method())
        self.method_box.pack(side="left")
        add_tooltip(self.method_box, METHOD_TOOLTIP)

    @property
    def request(self) -> ClimbRequest:
        """What is asked for."""
        return self._request

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        return asdict(self._request)

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        changes: dict[str, Any] = {}
        for name, _, low, high, step, _ in NUMBERS:
            value = settings.get(name)
            if is_number(value) and low <= value <= high:
                changes[name] = int(value) if isinstance(step, int) else float(value)
        if settings.get("method") in METHODS:
            changes["method"] = settings["method"]
        self._request = replace(self._request, **changes)
        for name, field in self.fields.items():
            field.set_number(getattr(self._request, name))
        self.method_box.current(METHODS.index(self._request.method))

    def _change(self, **changes: Any) -> None:
        self._request = replace(self._request, **changes)
        self._on_change()

    def _choose_method(self) -> None:
        self.method_box.selection_clear()
        self.winfo_toplevel().focus_set()  # else the keys of the window stay with the list
        self._change(method=METHODS[self.method_box.current()])
