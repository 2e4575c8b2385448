"""A person's own directions: asked for a name, kept, renamed, deleted, loaded, saved."""

from __future__ import annotations

import contextlib
import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from numpy.typing import ArrayLike

from explorer import theme as dialogs
from explorer.context import Context
from explorer.direction_store import DirectionStore, NameTakenError
from explorer.kept_files import KeptError
from explorer.model import LoadedModel
from explorer.theme import Menu
from explorer.widgets.group_picker import MEAN_OF, ask_group
from vae.directions import Direction, difference_direction

FILES = [("Directions", "*.json")]


@dataclass(frozen=True)
class Offer:
    """A direction that may be kept. title: in a menu. proposed: the name to begin with."""

    title: str
    direction: Direction
    proposed: str


class OwnDirections:
    """Changes the list of the open weights as the person asks, and has it saved in the worker.

    parent: of the dialogs. offers(): what may be kept now. change(): the base and the point, both
    (latent_dim,). on_change(): the list is another one. on_rename(name, new): before that, where
    one is called something else; with None where it is gone. on_load(): some came from a file.
    """

    def __init__(
        self,
        parent: tk.Misc,
        context: Context,
        *,
        offers: Callable[[], Sequence[Offer]],
        change: Callable[[], tuple[ArrayLike, ArrayLike]],
        on_change: Callable[[], None],
        on_rename: Callable[[str, str | None], None],
        on_load: Callable[[], None],
    ) -> None:
        self._parent = parent
        self._context = context
        self._offers = offers
        self._change = change
        self._on_change = on_change
        self._on_rename = on_rename
        self._on_load = on_load
        self._model: LoadedModel | None = None
        self.store = DirectionStore()

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The directions of the open weights."""
        return self.store.directions

    def open(self, model: LoadedModel) -> None:
        """Change to the list of a model; that it can't be used is told, and it is empty then."""
        self._model = model
        try:
            self.store.open(model.bundle.sha256, model.latent_dim)
        except KeptError as error:
            message = str(error)
            # Later: a dialog waits for the person, and other pages wait for the model.
            self._parent.after_idle(
                lambda: dialogs.show_error(self._parent, "Your directions were not opened", message)
            )

    def close(self) -> None:
        """Keep what is not yet kept."""
        with contextlib.suppress(KeptError):  # told when it was tried first
            self.store.save()

    # ---- keeping -------------------------------------------------------------------------------

    def keep(self, direction: Direction, proposed: str) -> None:
        """Ask for a name and keep a direction under it."""
        name = self._ask_name("Its name:", proposed)
        if name is None:
            return
        try:
            named = replace(direction, name=name)
            try:
                self.store.add(named)
            except NameTakenError as error:
                if not dialogs.ask_choice(
                    self._parent, "The name is taken", str(error), "Replace it"
                ):
                    return
                self.store.put(named)
        except ValueError as error:
            dialogs.show_error(self._parent, "Not kept", _sentence(error))
            return
        self._changed()
        self._context.notify(f"Kept as {name}, in the set Mine.", False)

    def keep_change(self) -> None:
        """Keep the direction from the base to the point."""
        try:
            found = difference_direction("my change", *self._change())
        except ValueError:
            self._context.notify("The point is at the base: move it first, by any slider.", True)
            return
        self.keep(found, "my change")

    def keep_between_groups(self) -> None:
        """Ask for two groups of points and keep the direction from one mean to the other."""
        groups = []
        for title in ("From which points?", "To which points?"):
            group = ask_group(
                self._parent,
                self._context.theme,
                title=title,
                model=self._model,
                bookmarks=self._context.state.bookmarks,
            )
            if group is None:
                return
            groups.append(group)
        # Beside a slider a short name can be read.
        name = " to ".join(group.name.removeprefix(MEAN_OF) for group in groups)
        try:
            found = difference_direction(name, groups[0].points, groups[1].points)
        except ValueError as error:
            self._context.notify(_sentence(error), True)
            return
        self.keep(found, name)

    # ---- the list ------------------------------------------------------------------------------

    def rename(self, name: str) -> None:
        """Ask for another name for one of them."""
        new_name = self._ask_name(f"What is “{name}” to be called?", name)
        if new_name is None or new_name == name:
            return
        try:
            self.store.rename(name, new_name)
        except ValueError as error:
            dialogs.show_error(self._parent, "Not renamed", _sentence(error))
            return
        self._on_rename(name, new_name)
        self._changed()

    def delete(self, name: str) -> None:
        """Delete one of them, if the person is sure."""
        question = f"Delete the direction “{name}”?"
        if dialogs.ask_choice(self._parent, "Delete", question, "Delete"):
            self.store.remove(name)
            self._on_rename(name, None)
            self._changed()
            self._context.notify(f"Deleted {name}.", False)

    def load(self) -> None:
        """Ask for a file of directions and add them to the list."""
        path = self._context.open_path("Load directions", FILES)
        if path is None:
            return
        try:
            new = self.store.import_from(path)
        except KeptError as error:
            dialogs.show_error(self._parent, "The directions were not loaded", str(error))
            return
        self._changed()
        plural = "" if len(new) == 1 else "s"
        self._context.notify(
            f"Loaded {len(new)} direction{plural} from {path.name}."
            if new
            else f"Everything in {path.name} is here already.",
            False,
        )
        self._on_load()

    def save(self) -> None:
        """Ask for a file and save the list to it."""
        if not self.directions:
            self._context.notify("There are no directions of your own yet.", True)
            return
        path = self._context.save_path("Save my directions", FILES, "directions.json")
        if path is None:
            return
        try:
            self.store.export_to(path)
        except KeptError as error:
            dialogs.show_error(self._parent, "The directions were not saved", str(error))
        else:
            self._context.notify(f"Saved {path}", False)

    def fill_menu(self, menu: Menu) -> None:
        """Fill a menu with all of this, as it can be done now."""
        menu.delete(0, "end")
        for submenu in menu.winfo_children():
            submenu.destroy()
        offers = [
            (offer.title, lambda o=offer: self.keep(o.direction, o.proposed))
            for offer in self._offers()
        ]
        own = [direction.name for direction in self.directions]
        self._cascade(menu, "A slider", offers)
        menu.add_command(label="The change from the base…", command=self.keep_change)
        menu.add_command(label="From a group to another…", command=self.keep_between_groups)
        menu.add_separator()
        self._cascade(menu, "Rename", [(name, lambda n=name: self.rename(n)) for name in own])
        self._cascade(menu, "Delete", [(name, lambda n=name: self.delete(n)) for name in own])
        menu.add_separator()
        menu.add_command(label="Load from a file…", command=self.load)
        menu.add_command(label="Save mine to a file…", command=self.save)
        if not own:
            menu.entryconfigure("end", state="disabled")
        if self._model is None:
            for index in range(menu.index("end") + 1):
                if menu.type(index) != "separator":
                    menu.entryconfigure(index, state="disabled")
        self._context.theme.paint_entries(menu)

    def _cascade(
        self, menu: Menu, label: str, entries: Sequence[tuple[str, Callable[[], None]]]
    ) -> None:
        if not entries:
            menu.add_command(label=label, state="disabled")
            return
        submenu = Menu(menu, tearoff=False)
        for text, command in entries:
            submenu.add_command(label=f"{text}…", command=command)
        self._context.theme.paint_entries(submenu)
        menu.add_cascade(label=label, menu=submenu)

    def _ask_name(self, prompt: str, proposed: str) -> str | None:
        name = dialogs.ask_text(self._parent, "My directions", prompt, proposed)
        return None if name is None or not name.strip() else " ".join(name.split())

    def _changed(self) -> None:
        self._on_change()
        store = self.store  # and nothing else of this: the worker must hold no widget
        self._context.run_job(
            "own directions",
            "Keeping your directions",
            lambda job: store.save(),
            lambda _: None,
            quiet=True,
        )


def _sentence(error: Exception) -> str:
    """What an error says, as a sentence."""
    text = str(error)
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
