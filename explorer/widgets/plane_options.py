"""The choice of a map's plane: its kind, and two dimensions or three points."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable, Mapping
from functools import partial

from explorer.plane_choice import (
    AXES,
    CLASSES,
    KINDS,
    LETTERS,
    POINTS,
    PRINCIPAL,
    PlaneChoice,
)
from explorer.sweep import name_of
from explorer.theme import (
    Button,
    Combobox,
    Frame,
    Label,
    Menu,
    Menubutton,
    Theme,
    add_tooltip,
)
from explorer.widgets.choices import fitted
from explorer.widgets.point_menu import PointMenu, PointSources, short_vector

KIND_TEXTS = {
    PRINCIPAL: (
        "Principal (PCA)",
        "The plane in which the encoded real digits differ most: their first two principal "
        "components.",
    ),
    CLASSES: (
        "Classes (LDA)",
        "The plane that tells the classes of the real digits apart best: linear discriminant "
        "analysis.",
    ),
    AXES: ("Dimensions", "Two of the latent dimensions; the others stay where they are."),
    POINTS: (
        "3 points",
        "The plane through A, B and C. Across is the way from A to B, upwards is towards C.",
    ),
}
SIDES = ("across", "upwards")
KIND_WIDTH = 10  # of the kinds' button at least, in digits; so is that of a point's button
BUTTON_WIDTH = 10
NAME_WIDTH = 88  # of what stands on it, pixels at 96 dpi
MENU_TIP = 90  # characters of a reason beside a kind that the model does not offer


class PlaneOptions(Frame):
    """Shows a `PlaneChoice`, and asks for another one.

    sources: of the points A, B and C. on_change(choice): something was chosen. on_error(message):
    the chosen point can't be used.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        sources: PointSources,
        on_change: Callable[[PlaneChoice], None],
        on_error: Callable[[str], None],
    ) -> None:
        super().__init__(parent)
        px = theme.px
        self._theme = theme
        self._on_change = on_change
        self._choice = PlaneChoice()
        self._reasons: Mapping[str, str] = {}
        self._font = tkfont.nametofont("TkDefaultFont", self)
        self._kind = tk.StringVar(self, PRINCIPAL)

        Label(self, text="Plane").pack(side="left", padx=(0, px(6)))
        self.kind_button = Menubutton(self)
        self.kind_menu = Menu(self.kind_button, tearoff=False, postcommand=self._fill_kinds)
        self.kind_button.configure(menu=self.kind_menu, state="disabled")
        self.kind_button.pack(side="left", padx=(0, px(8)))
        self._kind_tip = add_tooltip(self.kind_button, "")
        self.swap_button = Button(
            self, text="Swap", command=lambda: on_change(self._choice.turned())
        )
        add_tooltip(
            self.swap_button, "Turns the map over: what lies across goes upwards, and back."
        )
        self.axes_row = self._axes()
        self.points_row = self._points(sources, on_error)
        self.show(self._choice)

    def show(self, choice: PlaneChoice) -> None:
        """Show what is chosen."""
        self._choice = choice
        self._kind.set(choice.kind)
        name, tip = KIND_TEXTS[choice.kind]
        self.kind_button.configure(text=name, width=max(KIND_WIDTH, len(name)))
        self._kind_tip.configure(text=f"Which plane of the space the map shows.\n\n{name}: {tip}")
        for box, dimension in zip(self.axis_boxes, choice.axes, strict=True):
            box.set(name_of(dimension))
        for button, tip, letter, point in zip(
            self.point_buttons, self._point_tips, LETTERS, choice.points, strict=True
        ):
            text = f"{letter} {'…' if point is None else point.name}"
            button.configure(text=fitted(text, self._theme.px(NAME_WIDTH), self._font.measure))
            where = "" if point is None else f"\n\n{point.name}: {short_vector(point.z)}"
            tip.configure(text=f"The point {letter} of the plane; from the shelf, too.{where}")
        for row in (self.axes_row, self.points_row, self.swap_button):
            row.pack_forget()
        if choice.kind == AXES:
            self.axes_row.pack(side="left")
        elif choice.kind == POINTS:
            self.points_row.pack(side="left")
        self.swap_button.pack(side="left", padx=(self._theme.px(2), 0))

    def offer(self, latent_dim: int, reasons: Mapping[str, str]) -> None:
        """Enable what a model can show. reasons: why not, by kind; empty where it can."""
        self._reasons = reasons
        some = "normal" if not reasons.get(AXES) else "disabled"
        self.kind_button.configure(state=some)
        self.swap_button.configure(state=some)
        for box in self.axis_boxes:
            box.configure(
                values=[name_of(i) for i in range(latent_dim)],
                state="readonly" if some == "normal" else "disabled",
            )

    # ---- building ----------------------------------------------------------------------------

    def _axes(self) -> Frame:
        row = Frame(self)
        self.axis_boxes: list[Combobox] = []
        for side, word in enumerate(SIDES):
            box = Combobox(row, state="disabled", width=4)
            box.pack(side="left", padx=(0, self._theme.px(6)))
            box.bind("<<ComboboxSelected>>", lambda event, side=side: self._choose_axis(side))
            add_tooltip(box, f"The dimension that lies {word} on the map.")
            self.axis_boxes.append(box)
        return row

    def _points(self, sources: PointSources, on_error: Callable[[str], None]) -> Frame:
        row = Frame(self)
        self.point_buttons: list[Menubutton] = []
        self.point_menus: list[PointMenu] = []
        self._point_tips = []
        for index in range(len(LETTERS)):
            button = Menubutton(row, width=BUTTON_WIDTH)
            menu = PointMenu(
                button, self._theme, sources, partial(self._choose_point, index), on_error
            )
            button.configure(menu=menu)
            button.pack(side="left", padx=(0, self._theme.px(4)))
            self.point_buttons.append(button)
            self.point_menus.append(menu)
            self._point_tips.append(add_tooltip(button, ""))
        return row

    def _fill_kinds(self) -> None:
        self.kind_menu.delete(0, "end")
        for kind in KINDS:
            reason = self._reasons.get(kind, "")
            label = KIND_TEXTS[kind][0]
            self.kind_menu.add_radiobutton(
                label=f"{label}: {reason[:MENU_TIP]}" if reason else label,
                value=kind,
                variable=self._kind,
                state="disabled" if reason else "normal",
                command=lambda kind=kind: self._choose_kind(kind),
            )
        self._theme.paint_entries(self.kind_menu)

    # ---- choosing ----------------------------------------------------------------------------

    def _choose_kind(self, kind: str) -> None:
        if kind != self._choice.kind:
            self._on_change(self._choice.of_kind(kind))

    def _choose_axis(self, side: int) -> None:
        box = self.axis_boxes[side]
        box.selection_clear()
        self._on_change(self._choice.with_axis(side, box.current()))

    def _choose_point(self, index: int, z: object, name: str) -> None:
        self._on_change(self._choice.with_point(index, name, z))
