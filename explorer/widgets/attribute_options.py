"""By how much an attribute of the handwriting is to change, and whether the class has to stay."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from typing import Any

from explorer.guiding import RELATIVE
from explorer.theme import Checkbutton, Frame, Label, Theme, add_tooltip
from explorer.widgets.number_field import NumberField
from vae.attributes import ATTRIBUTES, NAMES
from vae.documents import is_number

BOUNDS = -90.0, 200.0
DEFAULTS = {name: 20.0 if name in RELATIVE else 10.0 for name in NAMES}


class AttributeOptions(Frame):
    """Shows an amount for each attribute, one at a time. on_error(message): see `NumberField`."""

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        on_change: Callable[[], None],
        on_error: Callable[[str], None],
    ) -> None:
        super().__init__(parent)
        px = theme.px
        self._on_change = on_change
        self._amounts = dict(DEFAULTS)
        self._name = NAMES[0]
        self._lead = Label(self)
        self._lead.pack(side="left", padx=(0, px(6)))
        self.amount_field = NumberField(
            self,
            what="The amount",
            number=20.0,
            low=BOUNDS[0],
            high=BOUNDS[1],
            step=5.0,
            width=5,
            on_change=self._take,
            on_error=on_error,
        )
        self.amount_field.pack(side="left")
        self._unit = Label(self)
        self._unit.pack(side="left", padx=(px(6), px(18)))
        self._keep = tk.BooleanVar(self, True)
        self.keep_button = Checkbutton(
            self, text="Keep the class", variable=self._keep, command=on_change
        )
        self.keep_button.pack(side="left")
        add_tooltip(
            self.amount_field,
            "By how much the attribute is to change, as it is measured on the image; below 0 is "
            "less of it.",
        )
        add_tooltip(
            self.keep_button,
            "No step is taken to where the classifier sees another class than at the start.",
        )

    @property
    def amount(self) -> float:
        """By how much the shown attribute is to change: in percent of itself, or in its unit."""
        return self._amounts[self._name]

    @property
    def keep_class(self) -> bool:
        """Whether the class has to stay."""
        return bool(self._keep.get())

    def show(self, name: str, has_classes: bool) -> None:
        """Show the amount of another attribute. has_classes: whether a class can be kept."""
        self._name = name
        attribute = ATTRIBUTES[NAMES.index(name)]
        self._lead.configure(text=f"Change {name} by")
        self._unit.configure(text="%" if name in RELATIVE else attribute.unit)
        self.amount_field.set_number(self._amounts[name])
        self.keep_button.state(["!disabled" if has_classes else "disabled"])

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        return {"amounts": dict(self._amounts), "keep_class": self.keep_class}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        amounts = settings.get("amounts")
        for name in NAMES if isinstance(amounts, Mapping) else ():
            amount = amounts.get(name)
            if is_number(amount) and BOUNDS[0] <= amount <= BOUNDS[1]:
                self._amounts[name] = float(amount)
        if isinstance(settings.get("keep_class"), bool):
            self._keep.set(settings["keep_class"])
        self.amount_field.set_number(self._amounts[self._name])

    def _take(self, amount: float) -> None:
        self._amounts[self._name] = amount
        self._on_change()
