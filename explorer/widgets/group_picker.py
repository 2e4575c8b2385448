"""The dialog in which a group of points is chosen, from the shelf and among real digits."""

from __future__ import annotations

import tkinter as tk
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.model import LoadedModel
from explorer.state import MAX_NAME_LENGTH, Bookmark
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Button,
    Entry,
    Frame,
    Label,
    Palette,
    Radiobutton,
    Theme,
    add_tooltip,
    create_toplevel,
    font,
)
from explorer.widgets.digit_grid import GAP, MARK_WIDTH, DigitGrid
from explorer.widgets.digit_view import DigitView

SIZE = 600, 520  # pixels at 96 dpi, like all lengths here
MIN_SIZE = 480, 420
CENTROID = 112
SHOWN = 50  # real digits at a time; 10 x 5, each large enough to be judged
BADGE = 5  # radius of the dot on a chosen picture, which is seen where the outline's hue is not
MEAN_OF = "mean of "  # how the name of several points begins
SHELF = -1  # stands for the shelf among the labels of real digits


@dataclass(frozen=True)
class Group:
    """Points that belong together. points: (N, latent_dim), N at least 1, prior std deviations."""

    name: str
    points: tuple[tuple[float, ...], ...]

    @property
    def centroid(self) -> np.ndarray:
        """The mean of the points, (latent_dim,)."""
        return np.mean(self.points, axis=0)


@dataclass(frozen=True)
class Member:
    """A point that may be chosen. label: the class of a real digit, or SHELF; number: which one."""

    label: int
    number: int


def ask_group(
    parent: tk.Misc,
    theme: Theme,
    *,
    title: str,
    model: LoadedModel,
    bookmarks: Sequence[Bookmark],
) -> Group | None:
    """Let the person choose points, and wait for it; None if cancelled.

    model: what decodes the mean, and whose real digits are offered, if they have been encoded.
    """
    dialog = GroupDialog(parent, theme, title=title, model=model, bookmarks=bookmarks)
    parent.wait_window(dialog.window)
    return dialog.group


def proposed_name(members: Sequence[Member], bookmarks: Sequence[Bookmark]) -> str:
    """What the mean of these points is called: "mean of 12 real 3s"; empty for none."""
    labels = {member.label for member in members}
    count = len(members)
    if count == 0:
        return ""
    if count == 1:
        (only,) = members
        if only.label == SHELF:
            return bookmarks[only.number].name
        return f"real {only.label} #{only.number}"
    if len(labels) > 1:
        kind = "points" if SHELF in labels else "real digits"
    else:
        (label,) = labels
        kind = "bookmarks" if label == SHELF else f"real {label}s"
    return f"{MEAN_OF}{count} {kind}"


class GroupDialog:
    """Shows the shelf or real digits of a class, to be chosen one by one or all at once.

    window: the dialog, which holds the focus until it is closed. group: what was chosen; None
    before that, and when it was cancelled.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        title: str,
        model: LoadedModel,
        bookmarks: Sequence[Bookmark],
    ) -> None:
        self._theme = theme
        self._model = model
        self._bookmarks = tuple(bookmarks)
        self._rng = np.random.default_rng(0)
        self._chosen: dict[Member, None] = {}  # in the order of choosing
        self._offered: list[Member] = []
        self._proposed = ""
        self.group: Group | None = None

        px = theme.px
        self.window = create_toplevel(parent, title)
        body = Frame(self.window, padding=px(16))
        body.pack(fill="both", expand=True)
        self._build_sources(body)
        self.grid = ChoiceGrid(body, theme, on_activate=self._toggle, max_cell=72)
        add_tooltip(
            self.grid,
            "Click a picture to choose it, or to leave it out again; or walk with the arrow keys "
            "and press Space.",
            PATIENT_TOOLTIP_DELAY_MS,
            position="top",
        )
        self._build_commands(body)
        self._build_result(body)
        self._sources_row.grid(row=0, column=0, sticky="ew")
        self.grid.grid(row=1, column=0, sticky="nsew", pady=px(10))
        self._commands_row.grid(row=2, column=0, sticky="ew")
        self._result_row.grid(row=3, column=0, sticky="ew", pady=(px(14), 0))
        body.rowconfigure(1, weight=1)
        body.columnconfigure(0, weight=1)

        for key in ("Return", "KP_Enter"):
            self.window.bind(f"<{key}>", self._return)
        self._offer()
        self._show_chosen()
        self._place(parent)
        self.window.grab_set()
        self.grid.focus_set()

    @property
    def chosen(self) -> tuple[Member, ...]:
        """The chosen points, in the order of choosing."""
        return tuple(self._chosen)

    @property
    def offered(self) -> tuple[Member, ...]:
        """The points that are shown to choose from."""
        return tuple(self._offered)

    def accept(self) -> None:
        """Close with what was chosen; nothing while nothing is."""
        if not self._chosen:
            return
        name = " ".join(self.name_field.get().split()) or self._proposed
        points = tuple(tuple(float(value) for value in self._point(m)) for m in self._chosen)
        self.group = Group(name[:MAX_NAME_LENGTH], points)
        self.window.destroy()

    # ---- building ----------------------------------------------------------------------------

    def _build_sources(self, body: Frame) -> None:
        self._sources_row = row = Frame(body)
        encoded = self._model.encoded
        labels = [] if encoded is None else np.unique(encoded.labels).tolist()
        self._source = tk.IntVar(self.window, labels[0] if labels else SHELF)
        gap = self._theme.px(8)
        self.source_buttons: dict[int, Radiobutton] = {}

        def button(label: int, text: str, tooltip: str) -> None:
            made = Radiobutton(
                row, text=text, value=label, variable=self._source, command=self._offer
            )
            made.pack(side="left", padx=(0, gap))
            add_tooltip(made, tooltip)
            self.source_buttons[label] = made

        if labels:
            Label(row, text="Real").pack(side="left", padx=(0, gap))
            for label in labels:
                button(label, str(label), f"Offers real digits of the class {label}.")
        button(SHELF, "Shelf", "Offers the bookmarks of the shelf.")
        if not labels:
            Label(row, text=self._model.without_statistics, bootstyle="secondary").pack(side="left")

    def _build_commands(self, body: Frame) -> None:
        self._commands_row = row = Frame(body)
        gap = self._theme.px(8)
        self.commands: dict[str, Button] = {}
        for text, command, tooltip in (
            ("All shown", self._choose_all, "Chooses every picture that is shown."),
            ("Other ones", self._offer, "Shows other real digits of this class, drawn at random."),
            ("None", self._choose_none, "Leaves out everything that was chosen, also elsewhere."),
        ):
            button = Button(row, text=text, command=command)
            button.pack(side="left", padx=(0, gap))
            add_tooltip(button, tooltip)
            self.commands[text] = button
        self.count = Label(row, bootstyle="secondary")
        self.count.pack(side="left", padx=(gap, 0))

    def _build_result(self, body: Frame) -> None:
        self._result_row = row = Frame(body)
        px = self._theme.px
        self.picture = DigitView(row, self._theme)
        self.picture.configure(width=px(CENTROID), height=px(CENTROID))
        add_tooltip(self.picture, "What the decoder makes of the mean of the chosen points.")
        self.picture.grid(row=0, column=0, rowspan=4, padx=(0, px(14)))
        self.verdict = Label(row, font=font(11))
        self.verdict.grid(row=0, column=1, columnspan=2, sticky="w")
        Label(row, text="Name").grid(row=1, column=1, sticky="w", padx=(0, px(8)))
        self.name_field = Entry(row)
        self.name_field.grid(row=1, column=2, sticky="ew")
        add_tooltip(self.name_field, "What the group is called on the page.")
        buttons = Frame(row)
        Button(buttons, text="Cancel", command=self.window.destroy).pack(
            side="left", padx=(0, px(8))
        )
        self.accept_button = Button(
            buttons, text="Use this group", bootstyle="primary", command=self.accept
        )
        self.accept_button.pack(side="left")
        add_tooltip(self.accept_button, "Goes on with the chosen points (Return).")
        buttons.grid(row=2, column=1, columnspan=2, sticky="e")
        row.columnconfigure(2, weight=1)

    def _place(self, parent: tk.Misc) -> None:
        """Over the middle of the window it belongs to, within the screen."""
        window, owner = self.window, parent.winfo_toplevel()
        room = window.winfo_screenwidth(), window.winfo_screenheight()
        sides = [min(self._theme.px(side), limit) for side, limit in zip(SIZE, room, strict=True)]
        window.minsize(*(min(self._theme.px(a), b) for a, b in zip(MIN_SIZE, sides, strict=True)))
        x = owner.winfo_rootx() + (owner.winfo_width() - sides[0]) // 2
        y = owner.winfo_rooty() + (owner.winfo_height() - sides[1]) // 3
        x, y = (max(0, min(a, b - c)) for a, b, c in zip((x, y), room, sides, strict=True))
        window.geometry(f"{sides[0]}x{sides[1]}+{x}+{y}")

    def _return(self, event: tk.Event) -> None:
        if not isinstance(event.widget, Button):  # a button does its own
            self.accept()

    # ---- what is offered and what is chosen --------------------------------------------------

    def _offer(self) -> None:
        """Show the shelf, or real digits of the class, others at every call."""
        label = self._source.get()
        self.commands["Other ones"].state(["disabled" if label == SHELF else "!disabled"])
        if label == SHELF:
            self._offered = [Member(SHELF, index) for index in range(len(self._bookmarks))]
            pixels = [self._decode(mark.z) for mark in self._bookmarks]
        else:
            numbers = np.flatnonzero(self._model.encoded.labels == label)
            drawn = self._rng.choice(numbers, min(SHOWN, len(numbers)), replace=False)
            self._offered = [Member(label, int(number)) for number in np.sort(drawn)]
            pixels = [self._model.encoded.images[member.number] for member in self._offered]
        if self._offered:
            self.grid.set_images(np.stack(pixels))
        else:
            self.grid.show_message("The shelf is empty. B puts the current point on it.")
        self.commands["All shown"].state(["!disabled" if self._offered else "disabled"])
        self._show_chosen()

    def _toggle(self, index: int) -> None:
        member = self._offered[index]
        if member in self._chosen:
            del self._chosen[member]
        else:
            self._chosen[member] = None
        self._show_chosen()

    def _choose_all(self) -> None:
        self._chosen.update(dict.fromkeys(self._offered))
        self._show_chosen()

    def _choose_none(self) -> None:
        self._chosen.clear()
        self._show_chosen()

    def _show_chosen(self) -> None:
        """Mark what is chosen, and show how many, their mean and a name for it."""
        self.grid.set_chosen({i for i, m in enumerate(self._offered) if m in self._chosen})
        self.count.configure(text=_counted(self.chosen))
        for command in (self.commands["None"], self.accept_button):
            command.state(["!disabled" if self._chosen else "disabled"])
        proposed = proposed_name(self.chosen, self._bookmarks)
        if self.name_field.get() == self._proposed:  # else the person has found a better one
            self.name_field.delete(0, "end")
            self.name_field.insert(0, proposed)
        self._proposed = proposed
        if not self._chosen:
            self.picture.show_message("Choose\nsome points.")
            self.verdict.configure(text="")
            return
        pixels = self._decode(np.mean([self._point(member) for member in self._chosen], axis=0))
        self.picture.show(pixels)
        answers = self._model.probabilities(pixels[None])
        if answers is not None:
            best = int(answers[0].argmax())
            name = self._model.class_names[best]
            self.verdict.configure(text=f"Their mean: {name} ({answers[0, best]:.0%})")

    def _point(self, member: Member) -> Sequence[float]:
        if member.label == SHELF:
            return self._bookmarks[member.number].z
        return self._model.encoded.mu[member.number]

    def _decode(self, z: Any) -> np.ndarray:
        return self._model.decoder.decode_uint8(np.asarray(z))


class ChoiceGrid(DigitGrid):
    """A grid in which any number of cells is marked as chosen."""

    def __init__(self, parent: tk.Misc, theme: Theme, **options: Any) -> None:
        self._chosen: frozenset[int] = frozenset()
        super().__init__(parent, theme, **options)

    @property
    def chosen(self) -> frozenset[int]:
        """The cells that are marked as chosen."""
        return self._chosen

    def set_chosen(self, indices: set[int]) -> None:
        """Mark these cells, and no others."""
        if indices != self._chosen:
            self._chosen = frozenset(indices)
            self._place_marks()

    def _place_marks(self) -> None:
        self.delete("chosen")
        palette, px = self._theme.palette, self._theme.px
        edge, radius = px(GAP) / 2, px(BADGE)
        for index in self._chosen:
            if index >= self.count:
                continue
            left, top, right, bottom = self.box_of(index)
            self.create_rectangle(
                *(left - edge, top - edge, right + edge - 1, bottom + edge - 1),
                width=px(MARK_WIDTH),
                outline=palette.accent,
                tags="chosen",
            )
            x, y = right - radius - px(2), top + radius + px(2)
            self.create_oval(
                *(x - radius, y - radius, x + radius, y + radius),
                width=px(1.5),
                fill=palette.accent,
                outline=palette.on_accent,
                tags="chosen",
            )
        super()._place_marks()
        self.tag_raise(self._hover)

    def _on_theme(self, palette: Palette) -> None:
        super()._on_theme(palette)
        self._place_marks()


def _counted(members: Sequence[Member]) -> str:
    """How many of which kind: "3 chosen: 2 real 8s, 1 bookmark"."""
    if not members:
        return ""
    kinds = []
    for label, count in sorted(Counter(member.label for member in members).items()):
        kind = "bookmark" if label == SHELF else f"real {label}"
        kinds.append((label == SHELF, f"{count} {kind}" + ("" if count == 1 else "s")))
    return f"{len(members)} chosen: " + ", ".join(text for _, text in sorted(kinds))
