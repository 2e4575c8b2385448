"""The Directions page: directions with a meaning as sliders, and a table of what each one does."""

from __future__ import annotations

import contextlib
import tkinter as tk
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from explorer.context import Context
from explorer.direction_rows import effects_of, rows_of, tabbed
from explorer.direction_sets import SETS
from explorer.direction_store import DirectionStore
from explorer.direction_study import DirectionStudy
from explorer.direction_words import from_to, row_text
from explorer.glide import GLIDE_MS, ease
from explorer.model import LoadedModel
from explorer.own_directions import Offer, OwnDirections
from explorer.semantic import Course, Key, SemanticWalk, courses
from explorer.state import ExplorerState
from explorer.theme import Button, Frame, Label, Menu, Radiobutton, add_tooltip
from explorer.widgets.base_row import BaseRow
from explorer.widgets.class_pair import ClassPair
from explorer.widgets.direction_bank import DirectionBank
from explorer.widgets.direction_table import DirectionTable
from explorer.widgets.held_row import HeldRow
from explorer.widgets.later import Later
from vae.attributes import NAMES, measure
from vae.directions import Direction, difference_direction
from vae.documents import is_number
from vae.files import atomic_write

# Looking at two digits takes a millisecond: one look in 60 leaves the time to the digit.
LOOK_MS = 60
NONE_YET = (
    "None yet. Keep ▸ puts one here under a name of yours: a slider of another set, the change "
    "that you have made to the point, or the way from one group of points to another."
)
CSV_FILES = [("Comma-separated values", "*.csv")]


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
        self._held: dict[Key, Direction] = {}
        self._locks = context.state.locks
        self._chosen_by_person = False
        self._shown: tuple | None = None  # what the courses were made of
        self._wanted: Mapping[str, Any] = {}  # of a session, until the directions are found
        self._measured: dict[bytes, np.ndarray] = {}  # attributes of the base, by its point
        self._set = tk.StringVar(self, "attributes")
        self._view = "sliders"
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
        self.held_row = HeldRow(self, context.theme, on_release=self.release_all)
        self.own = OwnDirections(
            self,
            context,
            offers=self._offers,
            change=lambda: (self._walk.base, self._context.state.z),
            on_change=self._take_own,
            on_rename=self._rename_held,
            on_load=lambda: self.choose_set("mine"),
        )
        self.base_row = BaseRow(
            self,
            context.theme,
            on_hold=self.hold_here,
            on_back=self.back_to_base,
            on_table=self.show_table,
            fill_keep=self.own.fill_menu,
        )
        self._build_table_bar()
        self._row_menu = Menu(self, tearoff=False)
        self.rowconfigure(2, weight=1)
        self.columnconfigure(0, weight=1)
        self._show_view("sliders")
        self.bank.show_message("The sliders come with the model.")
        for button in (self.copy_button, self.save_button):
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
        return self.own.store

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
        if not self._chosen_by_person:
            self._set.set("attributes")
        self._held.clear()
        self._measured.clear()
        self._wanted = {}
        self._shown = None
        self._locks = self._context.state.locks
        self._walk.start(self._context.state.z)
        self.class_pair.set_names(model.class_names)
        self._study.open(model)
        self.own.open(model)
        self._study.set_own(self.own.directions)
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
            **self.class_pair.settings(),
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
        self.class_pair.apply_settings(settings)
        # Holds and values belong to directions, which may have yet to be found.
        self._wanted = dict(settings)
        if isinstance(settings.get("held"), list):
            self._held.clear()
            self._wanted["held"] = list(settings["held"])  # those that are found are taken off it
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
        self._line_row = row = Frame(self)
        self.line = Label(row, bootstyle="secondary")
        self.line.grid(row=0, column=0, sticky="w")
        row.columnconfigure(0, weight=1)
        self.class_pair = ClassPair(row, self._context.theme, on_change=self._update)

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
            (self.base_row, 4, {"pady": (pad, 0)}),
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
            pair = self._class_pairs().get(name)
            if pair is not None:
                self.class_pair.choose(pair[0], None)
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

    def _directions(self) -> dict[Key, Direction]:
        """The directions of the shown set, as far as they are known."""
        name = self.shown_set
        found = self._study.sets.get(name, ())
        if name == "classes" and found:
            found = self._between_classes()
        return {(name, direction.name): direction for direction in found}

    def _between_classes(self) -> Iterator[Direction]:
        start = self.class_pair.start
        for end in self.class_pair.ends:
            with contextlib.suppress(ValueError):  # two classes with the same mean
                yield self._between(start, end)

    def _between(self, start: int, end: int) -> Direction:
        means = self._model.class_means
        return difference_direction(self._pair_name(start, end), means[start], means[end])

    def _pair_name(self, start: int, end: int) -> str:
        names = self._model.class_names
        return f"{names[start]} to {names[end]}"

    def _class_pairs(self) -> dict[str, tuple[int, int]]:
        """Both classes of every pair, by the name of the direction between them."""
        every = range(len(self._model.class_names))
        return {self._pair_name(a, b): (a, b) for a in every for b in every if a != b}

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
            missing = NONE_YET
        vectors = tuple((key, direction.vector.tobytes()) for key, direction in directions.items())
        held = tuple((key, direction.vector.tobytes()) for key, direction in self._held.items())
        shown = name, vectors, held, self._locks, missing
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
        if self._study.sets.get("classes"):
            for name, pair in self._class_pairs().items():  # also the other way round
                with contextlib.suppress(ValueError):
                    known["classes", name] = self._between(*pair)
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
            self.class_pair.grid(row=0, column=1, sticky="e")
        else:
            self.class_pair.grid_remove()

    def _show_held(self) -> None:
        """Name what is held; it may be of another set."""
        names = [name for _, name in self._held]
        locked = [f"z{index + 1}" for index in sorted(self._locks)]
        self.held_row.show(names, locked)
        if (names or locked) and self._view == "sliders":
            self.held_row.grid(row=3, column=0, sticky="ew")
        else:
            self.held_row.grid_remove()

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
        start, walked = self._walk.values, self._walk.courses

        def step(seconds: float) -> bool:
            if self._walk.courses is not walked:
                return False  # others were chosen on the way
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
        self.base_row.show(pixels[0], self._walk.distance, bool(self._walk.values.any()))
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
        self.table.set_rows(rows_of(self._study))
        can_ask = not self._study.unmeasurable and bool(self._study.sets.get("classes"))
        asked = self._study.pairs_wanted or not can_ask
        self.pairs_button.configure(state="disabled" if asked else "normal")

    def copy_table(self) -> None:
        """Put the table on the clipboard, with tabs, as spreadsheets take it."""
        text = tabbed(effects_of(self._study).csv())
        self._context.root.clipboard_clear()
        self._context.root.clipboard_append(text)
        self._context.notify("Copied the table.", False)

    def save_table(self) -> None:
        """Ask for a file and save the table as it is now."""
        if self._model is None:
            return
        text = effects_of(self._study).csv()
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
        offer = self._offer(self._walk.courses[index])
        if offer is not None:
            self.own.keep(offer.direction, offer.proposed)

    def _offers(self) -> list[Offer]:
        offers = map(self._offer, self._walk.courses)
        return [offer for offer in offers if offer is not None]

    def _offer(self, course: Course) -> Offer | None:
        if course.as_walked is None:
            return None
        beside = [key[1] for key in self._held if key != course.key]
        name = course.name
        if beside and course.left < 1.0:
            name = f"{name}, {' and '.join(beside)} held"
        return Offer(course.name, course.as_walked, name)

    def _take_own(self) -> None:
        for direction in self.own.directions:
            if ("mine", direction.name) in self._held:
                self._held["mine", direction.name] = direction  # another may have taken its name
        self._study.set_own(self.own.directions)

    def _rename_held(self, name: str, new_name: str | None) -> None:
        held = self._held.pop(("mine", name), None)
        if held is not None and new_name is not None:
            self._held["mine", new_name] = held

    def destroy(self) -> None:
        """Keep what is not yet kept."""
        self.own.close()
        super().destroy()

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
            menu.add_command(label="Rename…", command=lambda: self.own.rename(course.name))
            menu.add_command(label="Delete…", command=lambda: self.own.delete(course.name))
        self._context.theme.paint_entries(menu)
        menu.tk_popup(x, y)
