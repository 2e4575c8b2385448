"""The Directions page: directions with a meaning as sliders, and a table of what each one does."""

from __future__ import annotations

import contextlib
import csv
import io
import math
import tkinter as tk
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from tkinter import font as tkfont
from typing import Any

import numpy as np

from explorer import theme as dialogs
from explorer.context import Context
from explorer.direction_store import DirectionStore, NameTakenError
from explorer.direction_study import DirectionStudy
from explorer.direction_words import from_to, row_text
from explorer.glide import GLIDE_MS, ease
from explorer.kept_files import KeptError
from explorer.model import LoadedModel
from explorer.semantic import Course, Key, SemanticWalk, courses
from explorer.state import ExplorerState
from explorer.theme import (
    Button,
    Combobox,
    Frame,
    Label,
    Menu,
    Menubutton,
    Radiobutton,
    add_tooltip,
)
from explorer.widgets.choices import fitted
from explorer.widgets.digit_view import DigitView
from explorer.widgets.direction_bank import DirectionBank
from explorer.widgets.direction_table import DirectionTable, TableRow
from explorer.widgets.group_picker import ask_group
from explorer.widgets.later import Later
from vae.attributes import NAMES, measure
from vae.directions import Direction, difference_direction
from vae.documents import is_number
from vae.files import atomic_write

THUMBNAIL = 56  # pixels at 96 dpi
# Looking at two digits takes a millisecond: one look in 60 leaves the time to the digit.
LOOK_MS = 60
EVERY_CLASS = "every other"
FILES = [("Directions", "*.json")]
CSV_FILES = [("Comma-separated values", "*.csv")]
START_CLASS = 3  # the first point of the window is its mean, too
AT_BASE = "The point is at the base. A slider walks from here; a lock keeps what it has."


@dataclass(frozen=True)
class SetText:
    """What the person reads of a set of directions. line: below the choice; one short line."""

    title: str
    line: str
    tooltip: str


SETS = {
    "attributes": SetText(
        "Attributes",
        "Fitted to what is measured on real digits. A ! marks one that does not do what it says.",
        "Thickness, slant and others are measured on the real digits, in the manner of "
        "Morpho-MNIST (Castro et al. 2019). Each direction is a ridge regression of its attribute "
        "on z, with the other attributes partialled out.",
    ),
    "ganspace": SetText(
        "GANSpace",
        "Principal components of the decoder's activations, the strongest first.",
        "Found without labels: where the decoder's hidden activations vary most, brought back to z "
        "(Härkönen et al. 2020).",
    ),
    "sefa": SetText(
        "SeFa",
        "Singular vectors of the decoder's first map, the strongest first.",
        "Found without labels or images, from the weights alone: what changes most on entering "
        "the decoder (Shen & Zhou 2021).",
    ),
    "metric": SetText(
        "Metric",
        "Eigenvectors of the mean pull-back metric: the most visible change first.",
        "Found without labels: along the first the image changes most on average over the space, "
        "along the last least (E[JᵀJ], J the decoder's Jacobian).",
    ),
    "classes": SetText(
        "Classes",
        "From the mean of one class towards another's.",
        "The difference of two class means: what turns one digit into another on average.",
    ),
    "mine": SetText(
        "Mine",
        "Directions that you have kept for these weights.",
        "Directions that you have kept under a name; they are there at the next start, too.",
    ),
}


class DirectionsPage(Frame):
    """Walks along directions with a meaning, and what they do."""

    name = "directions"
    title = "Directions"

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        px = context.theme.px
        super().__init__(parent, padding=px(12))
        self._context = context
        self._model: LoadedModel | None = None
        self._walk = SemanticWalk(context.state.latent_dim)
        self._study = DirectionStudy(context.run_job, context.worker, self._learned)
        self._store = DirectionStore()
        self._held: dict[Key, Direction] = {}
        self._locks = context.state.locks
        self._from, self._to = START_CLASS, None  # classes; None is every other one
        self._chosen_by_person = False
        self._shown: tuple | None = None  # what the courses were made of
        self._wanted: Mapping[str, Any] = {}  # of a session, until the directions are found
        self._measured: dict[bytes, np.ndarray] = {}  # attributes of the base, by its point
        self._set = tk.StringVar(self, "attributes")
        self._view = "sliders"
        self._font = tkfont.nametofont("TkDefaultFont")
        self._look = Later(self, LOOK_MS, self._look_at_point)

        self._build_sets()
        self._build_line()
        self.bank = DirectionBank(
            self,
            context.theme,
            context.state,
            context.glide,
            self._walk,
            decode=lambda z: self._model.decoder.decode_uint8(z),
            on_hold=self._toggle_row,
            on_menu=self._show_row_menu,
            on_notice=context.notify,
        )
        self.table = DirectionTable(self, context.theme, on_activate=self.show_direction)
        self._build_held()
        self._build_base()
        self._build_table_bar()
        self._row_menu = Menu(self, tearoff=False)
        self.rowconfigure(2, weight=1)
        self.columnconfigure(0, weight=1)
        self._show_view("sliders")
        self.bank.show_message("The sliders come with the model.")
        for button in (self.here_button, self.back_button, self.copy_button, self.save_button):
            button.configure(state="disabled")

        self.table.tree.bind("<Escape>", self._escape)
        self.bind("<Map>", lambda event: self._seen(event))
        self.bind("<Unmap>", lambda event: self._study.pause() if event.widget is self else None)
        unsubscribe = context.state.subscribe(self._state_changed)
        self.bind("<Destroy>", lambda event: unsubscribe() if event.widget is self else None, "+")

    # ---- what is shown -----------------------------------------------------------------------

    @property
    def walk(self) -> SemanticWalk:
        """Where the walk stands."""
        return self._walk

    @property
    def study(self) -> DirectionStudy:
        """What is known of the directions."""
        return self._study

    @property
    def store(self) -> DirectionStore:
        """The person's own directions."""
        return self._store

    @property
    def held(self) -> tuple[Key, ...]:
        """The directions that are held."""
        return tuple(self._held)

    @property
    def shown_set(self) -> str:
        """The set whose directions are the sliders."""
        return self._set.get()

    @property
    def settled(self) -> bool:
        """Whether all that can be found and measured is shown; true where nobody looks."""
        if not self.winfo_ismapped():
            return True
        return self._study.idle and self.bank.settled and not self._look.pending

    def set_model(self, model: LoadedModel) -> None:
        """Walk through another model; its directions are found when the page is looked at."""
        self._model = model
        self._held.clear()
        self._measured.clear()
        self._wanted = {}
        self._shown = None
        self._locks = self._context.state.locks
        self._walk.start(self._context.state.z)
        names = list(model.class_names)
        self._from = min(START_CLASS, max(0, len(names) - 1))
        self._to = None
        self._fill_pickers()
        self._study.open(model)
        self._open_store(model)
        for button in (self.copy_button, self.save_button):
            button.configure(state="normal")
        self._update()

    def set_encoded(self, model: LoadedModel) -> None:
        """Take over the encoded real digits, from which directions of attributes are learned."""
        if self._model is None or model.bundle is not self._model.bundle:
            return
        self._model = model
        self._study.set_encoded(model)
        if "attributes" in self._study.missing and not self._chosen_by_person:
            self._set.set("sefa")
        self._update()

    def slots(self) -> dict[str, Callable[[Sequence[float], str], None]]:
        """The base: another point takes its place, and is changed as this one was."""
        return {} if self._model is None else {"base": self._carry_to}

    def back(self) -> None:
        """From the table to the sliders."""
        if self._view == "table":
            self.show_sliders()

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        return {
            "set": self.shown_set,
            "view": self._view,
            "from": self._from,
            "to": self._to,
            "held": [list(key) for key in self._held],
            "base": self._walk.base.tolist(),
            "values": self._walk.values.tolist(),
        }

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        if self._model is None:
            return
        if settings.get("set") in tuple(SETS):
            self._set.set(settings["set"])
            self._chosen_by_person = True
        if settings.get("view") in ("sliders", "table"):
            self._show_view(settings["view"])
        classes = range(len(self._model.class_names))
        if settings.get("from") in classes and type(settings["from"]) is int:
            self._from = settings["from"]
        if "to" in settings:
            to = settings["to"]
            if to is None or (type(to) is int and to in classes and to != self._from):
                self._to = to
        if self._to == self._from:
            self._to = None
        self._fill_pickers()
        if isinstance(settings.get("held"), list):
            self._held.clear()
        # Holds and values belong to directions, which may have yet to be found.
        self._wanted = dict(settings)
        self._update(anew=True)

    # ---- building ----------------------------------------------------------------------------

    def _build_sets(self) -> None:
        self._sets_row = row = Frame(self)
        self.set_buttons = {}
        for column, (name, text) in enumerate(SETS.items()):
            button = Radiobutton(
                row, text=text.title, value=name, variable=self._set, command=self._choose_set
            )
            button.grid(row=0, column=column, sticky="w")
            row.columnconfigure(column, weight=1)
            add_tooltip(button, text.tooltip)
            self.set_buttons[name] = button

    def _build_line(self) -> None:
        px = self._context.theme.px
        self._line_row = row = Frame(self)
        self.line = Label(row, bootstyle="secondary")
        self.line.grid(row=0, column=0, sticky="w")
        row.columnconfigure(0, weight=1)
        self._pickers = frame = Frame(row)
        Label(frame, text="From").grid(row=0, column=0, padx=(0, px(6)))
        self.from_box = Combobox(frame, state="readonly", width=8)
        self.from_box.grid(row=0, column=1)
        Label(frame, text="to").grid(row=0, column=2, padx=px(6))
        self.to_box = Combobox(frame, state="readonly", width=10)
        self.to_box.grid(row=0, column=3)
        add_tooltip(self.from_box, "The class from whose mean the directions lead away.")
        add_tooltip(self.to_box, "The class towards whose mean one leads, or all of them.")
        self.from_box.bind("<<ComboboxSelected>>", lambda event: self._pick_classes())
        self.to_box.bind("<<ComboboxSelected>>", lambda event: self._pick_classes())

    def _build_held(self) -> None:
        self._held_row = row = Frame(self)
        self.held_label = Label(row, bootstyle="secondary")
        self.held_label.grid(row=0, column=0, sticky="w")
        self.release_button = Button(
            row, text="Release all", bootstyle="secondary-link", command=self.release_all
        )
        self.release_button.grid(row=0, column=1, sticky="e")
        add_tooltip(self.release_button, "Lets go of every direction that is held.")
        row.columnconfigure(0, weight=1)

    def _build_base(self) -> None:
        px = self._context.theme.px
        self._base_row = row = Frame(self)
        self.base_view = DigitView(row, self._context.theme)
        self.base_view.configure(width=px(THUMBNAIL), height=px(THUMBNAIL))
        self.base_view.grid(row=0, column=0, rowspan=2, padx=(0, px(10)))
        add_tooltip(
            self.base_view,
            "The base: the point from which the sliders walk. It is wherever the point was put by "
            "anything else.",
        )
        self.base_label = Label(row, text=AT_BASE, bootstyle="secondary")
        self.base_label.grid(row=0, column=1, sticky="w")
        buttons = Frame(row)
        buttons.grid(row=1, column=1, sticky="ew")
        gap = px(6)
        self.here_button = Button(buttons, text="Hold here", command=self.hold_here)
        self.here_button.pack(side="left", padx=(0, gap))
        add_tooltip(
            self.here_button,
            "Makes the point as it is now the base: every slider is at 0 again, and walks from "
            "here.",
        )
        self.back_button = Button(buttons, text="Back to base", command=self.back_to_base)
        self.back_button.pack(side="left", padx=(0, gap))
        add_tooltip(self.back_button, "Takes every slider back to 0.")
        self.keep_button = Menubutton(buttons, text="Keep ", direction="above")
        self.keep_menu = Menu(self.keep_button, tearoff=False, postcommand=self._fill_keep_menu)
        self.keep_button.configure(menu=self.keep_menu)
        self.keep_button.pack(side="left")
        add_tooltip(
            self.keep_button,
            "Keeps a direction under a name: one of these sliders, the change from the base to the "
            "point, or the difference of two groups of points. Also: directions from files.",
        )
        self.table_button = Button(buttons, text="Table", command=self.show_table)
        self.table_button.pack(side="right")
        add_tooltip(
            self.table_button,
            "Every direction with its figures: what it does, and what it does besides.",
        )
        row.columnconfigure(1, weight=1)

    def _build_table_bar(self) -> None:
        gap = self._context.theme.px(6)
        self._table_bar = row = Frame(self)
        self.pairs_button = Button(row, text="Measure classes", command=self._study.want_pairs)
        self.pairs_button.pack(side="left", padx=(0, gap))
        add_tooltip(
            self.pairs_button,
            "Measures the directions between classes, too: a fifth of a second each.",
        )
        self.copy_button = Button(row, text="Copy", command=self.copy_table)
        self.copy_button.pack(side="left", padx=(0, gap))
        add_tooltip(self.copy_button, "Copies the table, to be pasted into a spreadsheet.")
        self.save_button = Button(row, text="Save CSV…", command=self.save_table)
        self.save_button.pack(side="left")
        add_tooltip(self.save_button, "Saves the table with all figures, as text with commas.")
        self.sliders_button = Button(row, text="Sliders", command=self.show_sliders)
        self.sliders_button.pack(side="right")
        add_tooltip(self.sliders_button, "Back to the sliders; Escape does it, too.")

    def _show_view(self, view: str) -> None:
        self._view = view
        pad = self._context.theme.px(8)
        sliders = view == "sliders"
        for widget, row, options in (
            (self._sets_row, 0, {"pady": (0, pad // 2)}),
            (self._line_row, 1, {"pady": (0, pad // 2)}),
            (self.bank, 2, {"sticky": "nsew"}),
            (self._base_row, 4, {"pady": (pad, 0)}),
        ):
            if sliders:
                widget.grid(row=row, column=0, **{"sticky": "ew", **options})
            else:
                widget.grid_remove()
        for widget, row, options in (
            (self.table, 2, {"sticky": "nsew"}),
            (self._table_bar, 4, {"pady": (pad, 0)}),
        ):
            if sliders:
                widget.grid_remove()
            else:
                widget.grid(row=row, column=0, **{"sticky": "ew", **options})
        self._show_held()
        if not sliders:
            self._fill_table()

    # ---- sets, holds and courses -------------------------------------------------------------

    def choose_set(self, name: str) -> None:
        """Show the directions of a set as sliders; the point becomes the base."""
        self._set.set(name)
        self._choose_set()

    def show_direction(self, key: Key) -> None:
        """Show a direction as a slider, with the focus on it."""
        set_name, name = key
        if set_name == "classes":
            pairs = self._study.sets.get("classes", ())
            start = name.removesuffix(f" to {name.rpartition(' to ')[2]}")
            if any(direction.name == name for direction in pairs):
                self._from = self._model.class_names.index(start)
                self._to = None
                self._fill_pickers()
        self._show_view("sliders")
        self.choose_set(set_name)
        keys = [course.key for course in self._walk.courses]
        if key in keys:
            self.update_idletasks()
            self.bank.focus_row(keys.index(key))

    def show_table(self) -> None:
        """Show all directions and what they do."""
        self._show_view("table")
        self.table.tree.focus_set()

    def show_sliders(self) -> None:
        """Show the sliders again."""
        self._show_view("sliders")
        self.winfo_toplevel().focus_set()

    def toggle_hold(self, key: Key) -> None:
        """Hold a direction of the shown set, or let it go; the point becomes the base."""
        if key in self._held:
            del self._held[key]
        else:
            direction = self._directions().get(key)
            if direction is None:
                return
            self._held[key] = direction
        self._update()

    def release_all(self) -> None:
        """Let every direction go that is held."""
        self._held.clear()
        self._update()

    def toggle_lock(self) -> bool:
        """Hold the direction of the attended slider, or let it go; False if there is none."""
        index = self.bank.attended
        if index is None:
            return False
        self._toggle_row(index)
        return True

    def _toggle_row(self, index: int) -> None:
        self.toggle_hold(self._walk.courses[index].key)

    def _choose_set(self) -> None:
        self._chosen_by_person = True
        self._wanted = {}
        self._update(anew=True)

    def _pick_classes(self) -> None:
        for box in (self.from_box, self.to_box):
            box.selection_clear()
        self.winfo_toplevel().focus_set()  # else the keys of the window stay with the list
        names = list(self._model.class_names)
        self._from = names.index(self.from_box.get())
        chosen = self.to_box.get()
        self._to = None if chosen == EVERY_CLASS else names.index(chosen)
        if self._to == self._from:
            self._to = None
        self._fill_pickers()
        self._update()

    def _fill_pickers(self) -> None:
        names = list(self._model.class_names)
        others = [name for index, name in enumerate(names) if index != self._from]
        self.from_box.configure(values=names)
        self.to_box.configure(values=[EVERY_CLASS, *others])
        self.from_box.set(names[self._from] if names else "")
        self.to_box.set(EVERY_CLASS if self._to is None else names[self._to])

    def _directions(self) -> dict[Key, Direction]:
        """The directions of the shown set, as far as they are known."""
        name = self.shown_set
        found = self._study.sets.get(name, ())
        if name == "classes" and found:
            found = self._between_classes()
        return {(name, direction.name): direction for direction in found}

    def _between_classes(self) -> Iterator[Direction]:
        means, names = self._model.class_means, self._model.class_names
        for index in range(len(names)) if self._to is None else (self._to,):
            if index != self._from:
                with contextlib.suppress(ValueError):  # two classes with the same mean
                    name = f"{names[self._from]} to {names[index]}"
                    yield difference_direction(name, means[self._from], means[index])

    def _update(self, anew: bool = False) -> None:
        """Show the chosen set with what is held, if that is not what is shown.

        anew: the same set was chosen again, which makes the point the base.
        """
        if self._model is None:
            return
        name = self.shown_set
        directions = self._directions()
        self._take_wanted_holds(directions)
        missing = self._study.missing.get(name, "")
        if name == "mine" and not directions:
            missing = "None yet. Keep ▸ puts a slider's direction here under a name of yours."
        vectors = tuple((key, direction.vector.tobytes()) for key, direction in directions.items())
        shown = name, vectors, tuple(self._held), self._locks, missing
        if shown != self._shown or anew:
            self._shown = shown
            self._walk.set_courses(self._courses(directions))
            if self._walk.courses:
                self.bank.show_courses()
            else:
                self.bank.show_message(missing or "Looking for directions …")
            walked = [course.as_walked for course in self._walk.courses if course.walkable]
            self._study.want(name, walked)
            self._take_wanted_values()
        self._describe()
        self._show_line()
        self._show_held()
        self._refresh()

    def _courses(self, directions: Mapping[Key, Direction]) -> tuple[Course, ...]:
        name, dim = self.shown_set, self._model.latent_dim
        if name == "attributes" and not directions and name not in self._study.missing:
            return tuple(Course((name, label), None, np.zeros(dim)) for label in NAMES)
        return courses(directions, self._held, self._locks, dim)

    def _take_wanted_holds(self, directions: Mapping[Key, Direction]) -> None:
        wanted = self._wanted.get("held")
        if not isinstance(wanted, list):
            return
        known = {
            (name, direction.name): direction
            for name, found in self._study.sets.items()
            for direction in found
        } | dict(directions)
        for entry in list(wanted):
            key = tuple(entry) if isinstance(entry, list) and len(entry) == 2 else None
            with contextlib.suppress(TypeError):  # an entry of lists
                if key in known:
                    self._held[key] = known[key]
                    wanted.remove(entry)

    def _take_wanted_values(self) -> None:
        """Put the sliders where a session had them, once their directions are there."""
        base, values = self._wanted.get("base"), self._wanted.get("values")
        if not all(
            isinstance(numbers, list) and all(is_number(number) for number in numbers)
            for numbers in (base, values)
        ):
            return
        if self._walk.recall(base, values, self._context.state.z):
            self._wanted = {}
            self.bank.refresh()

    def _describe(self) -> None:
        """Say at each slider what is known of its direction, and what it has come to."""
        if not self._walk.courses or len(self.bank.sliders) != len(self._walk.courses):
            return
        name, texts = self.shown_set, []
        for course in self._walk.courses:
            walked = course.as_walked or course.direction
            effects = None if walked is None else self._study.effects_of(walked)
            texts.append(row_text(course, effects, self._waiting(name, course)))
        changed = self._changes()
        for index, course in enumerate(self._walk.courses):
            attribute = None if course.direction is None else course.direction.attribute
            if attribute in changed:
                texts[index] = replace(texts[index], note=from_to(attribute, *changed[attribute]))
        self.bank.describe(texts)

    def _waiting(self, set_name: str, course: Course) -> str:
        if course.direction is None:
            share = self._study.real_share
            return f"The real digits are being measured: {share:.0%}. It takes a few seconds."
        if self._study.unmeasurable:
            return self._study.unmeasurable
        return "What it does is being measured …" if course.walkable else ""

    def _changes(self) -> dict[str, tuple[float, float]]:
        """Each attribute at the base and at the point, where they differ and can be measured."""
        study = self._study
        # The first look imports SciPy, which must not happen on this thread.
        if study.unmeasurable or not study.real_share or not self._walk.values.any():
            return {}
        places = [self._walk.base.tobytes(), np.asarray(self._walk.z).tobytes()]
        if any(place not in self._measured for place in places):
            return {}
        before, after = (self._measured[place] for place in places)
        return {name: (before[i], after[i]) for i, name in enumerate(NAMES)}

    def _show_line(self) -> None:
        text = SETS[self.shown_set].line
        pending = any(course.direction is None for course in self._walk.courses)
        if pending and self._study.real_share < 1.0:
            text = f"Measuring the real digits … {self._study.real_share:.0%}"
        self.line.configure(text=text)
        if self.shown_set == "classes" and "classes" not in self._study.missing:
            self._pickers.grid(row=0, column=1, sticky="e")
        else:
            self._pickers.grid_remove()

    def _show_held(self) -> None:
        """Name what is held; it may be of another set."""
        names = [name for _, name in self._held]
        names += [f"z{index + 1}" for index in sorted(self._locks)]
        if names and self._view == "sliders":
            room = self.winfo_width() - self.release_button.winfo_reqwidth() - 2 * THUMBNAIL
            text = f"Held, whatever else is walked: {', '.join(names)}"
            self.held_label.configure(text=fitted(text, max(room, THUMBNAIL), self._font.measure))
            if self._held:
                self.release_button.grid()
            else:
                self.release_button.grid_remove()
            self._held_row.grid(row=3, column=0, sticky="ew")
        else:
            self._held_row.grid_remove()

    # ---- the point ---------------------------------------------------------------------------

    def hold_here(self) -> None:
        """Make the point the base."""
        if self._model is not None:
            self._context.glide.stop()
            self._walk.hold_here(self._context.state.z)
            self._refresh()

    def back_to_base(self) -> None:
        """Glide back to where every slider is at 0."""
        if self._model is None or not self._walk.values.any():
            return
        start = self._walk.values

        def step(seconds: float) -> bool:
            t = min(1.0, seconds * 1000 / GLIDE_MS)
            self._context.state.set_z(self._walk.scale(start, 1.0 - ease(t)))
            self._refresh()
            return t < 1

        self._context.glide.play(step)

    def _carry_to(self, z: Sequence[float], name: str) -> None:
        self._context.glide.stop()  # first: what it ends is still part of the walk so far
        self._context.adopt(self._walk.carry(z), False)
        self._refresh()

    def _state_changed(self, state: ExplorerState) -> None:
        if self._model is None or state.latent_dim != self._model.latent_dim:
            return  # the next model is on its way
        followed = self._walk.follow(state.z)
        if state.locks != self._locks:
            self._locks = state.locks
            self._update()
        elif state.open_gesture is None:
            self._walk.keep()
        if followed:
            self._refresh()
        elif self.winfo_ismapped():
            self._look.request()

    def _refresh(self) -> None:
        """Show where the walk stands; a page that is not seen waits until it is."""
        if self.winfo_ismapped() and self._model is not None:
            if len(self.bank.sliders) == len(self._walk.courses):
                self.bank.refresh()
            self._look.request()

    def _look_at_point(self) -> Iterator[None]:
        """Show the base, how far away the point is, and what has become of its attributes."""
        if self._model is None or not self.winfo_ismapped():
            return
        pixels = self._model.decoder.decode_uint8(np.stack([self._walk.base, self._walk.z]))
        self.base_view.show(pixels[0])
        away = self._walk.distance
        self.base_label.configure(
            text=AT_BASE if away < 1e-5 else f"{away:.2f} prior standard deviations from the base."
        )
        for button in (self.here_button, self.back_button):
            button.configure(state="normal" if self._walk.values.any() else "disabled")
        yield
        if self._walk.values.any() and not self._study.unmeasurable and self._study.real_share:
            places = [self._walk.base.tobytes(), np.asarray(self._walk.z).tobytes()]
            known = self._measured.get(places[0])
            base, now = measure(pixels) if known is None else (known, measure(pixels[1:])[0])
            self._measured = {places[0]: base, places[1]: now}
        self._describe()

    # ---- what is found -----------------------------------------------------------------------

    def _seen(self, event: tk.Event) -> None:
        if event.widget is self:
            self._study.go()
            self._refresh()

    def _learned(self) -> None:
        """More is known."""
        self._update()
        if self._view == "table":
            self._fill_table()

    def _fill_table(self) -> None:
        rows = []
        for set_name, directions in self._listed():
            table = self._study.table(directions)
            sides = table.values[:, -len(NAMES) :]
            for index, direction in enumerate(directions):
                effects = self._study.effects_of(direction)
                own = math.nan
                if effects is not None and direction.attribute in NAMES:
                    own = float(sides[index, NAMES.index(direction.attribute)])
                rows.append(
                    TableRow(
                        key=(set_name, direction.name),
                        set_title=SETS[set_name].title,
                        r2=float(table.column("R2")[index]),
                        share=float(table.column("share")[index]),
                        attribute=direction.attribute if direction.attribute in NAMES else None,
                        effect=float(table.column("effect")[index]),
                        own=own,
                        sides=tuple(sides[index].tolist()),
                        verdict=table.verdicts[index],
                        waiting=self._study.waits(set_name, direction),
                    )
                )
        self.table.set_rows(rows)
        can_ask = not self._study.unmeasurable and bool(self._study.sets.get("classes"))
        asked = self._study.pairs_wanted or not can_ask
        self.pairs_button.configure(state="disabled" if asked else "normal")

    def _listed(self) -> list[tuple[str, tuple[Direction, ...]]]:
        return [(name, self._study.sets[name]) for name in SETS if self._study.sets.get(name)]

    def _csv(self) -> str:
        return self._study.table([d for _, found in self._listed() for d in found]).csv()

    def copy_table(self) -> None:
        """Put the table on the clipboard, with tabs, as spreadsheets take it."""
        rows = csv.reader(io.StringIO(self._csv()))
        text = "\n".join("\t".join(cell.replace("\t", " ") for cell in row) for row in rows)
        self._context.root.clipboard_clear()
        self._context.root.clipboard_append(text)
        self._context.notify("Copied the table.", False)

    def save_table(self) -> None:
        """Ask for a file and save the table as it is now."""
        if self._model is None:
            return
        text = self._csv()
        path = self._context.save_path("Save the table", CSV_FILES, "directions.csv")
        if path is None:
            return

        def save(job: Any) -> None:
            with atomic_write(path) as file:
                file.write(text.encode())

        self._context.run_job(
            "export",
            f"Saving {path.name}",
            save,
            done=lambda _: self._context.notify(f"Saved {path}", False),
        )

    def _escape(self, event: tk.Event) -> str:
        self.show_sliders()
        return "break"

    # ---- directions of one's own -------------------------------------------------------------

    def keep_row(self, index: int) -> None:
        """Keep the direction of a slider as it is walked now."""
        course = self._walk.courses[index]
        if course.as_walked is None:
            self._context.notify(f"{course.name} is not walked now: nothing to keep.", True)
            return
        beside = [name for key in self._held if key != course.key for name in (key[1],)]
        name = course.name
        if beside and course.left < 1.0:
            name = f"{name}, {' and '.join(beside)} held"
        self._keep(course.as_walked, name)

    def keep_change(self) -> None:
        """Keep the direction from the base to the point."""
        try:
            found = difference_direction("my change", self._walk.base, self._context.state.z)
        except ValueError:
            self._context.notify("The point is at the base: move it first, by any slider.", True)
            return
        self._keep(found, "my change")

    def keep_between_groups(self) -> None:
        """Keep the direction from one group of points to another."""
        groups = []
        for title in ("From which points?", "To which points?"):
            group = ask_group(
                self,
                self._context.theme,
                title=title,
                model=self._model,
                bookmarks=self._context.state.bookmarks,
            )
            if group is None:
                return
            groups.append(group)
        name = f"{groups[0].name} to {groups[1].name}"
        try:
            found = difference_direction(name, groups[0].points, groups[1].points)
        except ValueError as error:
            self._context.notify(f"{error}.", True)
            return
        self._keep(found, name)

    def load_own(self) -> None:
        """Ask for a file of directions and add them to one's own."""
        path = self._context.open_path("Load directions", FILES)
        if path is None:
            return
        try:
            new = self._store.import_from(path)
        except KeptError as error:
            dialogs.show_error(self, "The directions were not loaded", str(error))
            return
        self._own_changed()
        plural = "" if len(new) == 1 else "s"
        self._context.notify(
            f"Loaded {len(new)} direction{plural} from {path.name}."
            if new
            else f"Everything in {path.name} is here already.",
            False,
        )
        self.choose_set("mine")

    def save_own(self) -> None:
        """Ask for a file and save one's own directions to it."""
        if not self._store.directions:
            self._context.notify("There are no directions of your own yet.", True)
            return
        path = self._context.save_path("Save my directions", FILES, "directions.json")
        if path is None:
            return
        try:
            self._store.export_to(path)
        except KeptError as error:
            dialogs.show_error(self, "The directions were not saved", str(error))
        else:
            self._context.notify(f"Saved {path}", False)

    def rename_own(self, name: str) -> None:
        """Ask for another name for one of one's own directions."""
        new_name = self._ask_name(f"What is “{name}” to be called?", name)
        if new_name is None or new_name == name:
            return
        try:
            self._store.rename(name, new_name)
        except ValueError as error:
            dialogs.show_error(self, "Not renamed", _sentence(error))
            return
        held = self._held.pop(("mine", name), None)
        if held is not None:
            self._held["mine", new_name] = held
        self._own_changed()

    def delete_own(self, name: str) -> None:
        """Delete one of one's own directions, if the person is sure."""
        if dialogs.ask_choice(self, "Delete", f"Delete the direction “{name}”?", "Delete"):
            self._store.remove(name)
            self._held.pop(("mine", name), None)
            self._own_changed()
            self._context.notify(f"Deleted {name}.", False)

    def _keep(self, direction: Direction, proposed: str) -> None:
        name = self._ask_name("Its name:", proposed)
        if name is None:
            return
        try:
            named = replace(direction, name=name)
            try:
                self._store.add(named)
            except NameTakenError as error:
                if not dialogs.ask_choice(self, "The name is taken", str(error), "Replace it"):
                    return
                self._store.put(named)
        except ValueError as error:
            dialogs.show_error(self, "Not kept", _sentence(error))
            return
        self._own_changed()
        self._context.notify(f"Kept as {name}, in the set Mine.", False)

    def _ask_name(self, prompt: str, proposed: str) -> str | None:
        name = dialogs.ask_text(self, "My directions", prompt, proposed)
        return None if name is None or not name.strip() else " ".join(name.split())

    def _open_store(self, model: LoadedModel) -> None:
        try:
            self._store.open(model.bundle.sha256, model.latent_dim)
        except KeptError as error:
            message = str(error)
            # Later: a dialog waits for the person, and other pages wait for the model.
            self.after_idle(
                lambda: dialogs.show_error(self, "Your directions were not opened", message)
            )
        self._study.set_own(self._store.directions)

    def _own_changed(self) -> None:
        self._study.set_own(self._store.directions)
        store = self._store  # not the page: the worker must hold no widget
        self._context.run_job(
            "own directions",
            "Keeping your directions",
            lambda job: store.save(),
            lambda _: None,
            quiet=True,
        )

    def destroy(self) -> None:
        """Keep what is not yet kept."""
        with contextlib.suppress(KeptError):  # told when it was tried first
            self._store.save()
        super().destroy()

    # ---- menus -------------------------------------------------------------------------------

    def _fill_keep_menu(self) -> None:
        menu = self.keep_menu
        menu.delete(0, "end")
        for submenu in menu.winfo_children():
            submenu.destroy()
        walked = [(i, c.name) for i, c in enumerate(self._walk.courses) if c.walkable]
        self._cascade(menu, "A slider", walked, self.keep_row)
        menu.add_command(label="The change from the base…", command=self.keep_change)
        menu.add_command(label="From a group to another…", command=self.keep_between_groups)
        menu.add_separator()
        own = [(direction.name,) * 2 for direction in self._store.directions]
        self._cascade(menu, "Rename", own, self.rename_own)
        self._cascade(menu, "Delete", own, self.delete_own)
        menu.add_separator()
        menu.add_command(label="Load from a file…", command=self.load_own)
        menu.add_command(label="Save mine to a file…", command=self.save_own)
        if self._model is None:
            for index in range(menu.index("end") + 1):
                if menu.type(index) != "separator":
                    menu.entryconfigure(index, state="disabled")
        self._paint_menu(menu)

    def _cascade(
        self,
        menu: Menu,
        label: str,
        entries: Sequence[tuple[Any, str]],
        command: Callable[[Any], None],
    ) -> None:
        if not entries:
            menu.add_command(label=label, state="disabled")
            return
        submenu = Menu(menu, tearoff=False)
        for value, text in entries:
            submenu.add_command(label=f"{text}…", command=lambda value=value: command(value))
        self._paint_menu(submenu)
        menu.add_cascade(label=label, menu=submenu)

    def _show_row_menu(self, index: int, x: int, y: int) -> None:
        course, menu = self._walk.courses[index], self._row_menu
        menu.delete(0, "end")
        if course.direction is None:
            return
        menu.add_command(
            label="Let it move" if course.held else "Hold",
            accelerator="L",
            command=lambda: self.toggle_hold(course.key),
        )
        menu.add_command(
            label="Keep as mine…",
            state="normal" if course.walkable else "disabled",
            command=lambda: self.keep_row(index),
        )
        if course.key[0] == "mine":
            menu.add_separator()
            menu.add_command(label="Rename…", command=lambda: self.rename_own(course.name))
            menu.add_command(label="Delete…", command=lambda: self.delete_own(course.name))
        self._paint_menu(menu)
        menu.tk_popup(x, y)

    def _paint_menu(self, menu: Menu) -> None:
        """The theme draws a menu's border by its background, which new entries would inherit."""
        for index in range(menu.index("end") + 1):
            menu.entryconfigure(index, background=self._context.theme.palette.background)


def _sentence(error: Exception) -> str:
    """What an error says, as a sentence."""
    text = str(error)
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
