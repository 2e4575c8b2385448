"""The main window: builds the views, wires them to the state, and moves the point."""

from __future__ import annotations

import gc
import sys
import time
import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from explorer import dialogs, session, theme
from explorer.clipboard_commands import ClipboardCommands
from explorer.context import Context
from explorer.file_commands import FileCommands
from explorer.file_drop import enable_drop
from explorer.glide import Glide
from explorer.jobs import Jobs
from explorer.menus import Menus, bind_keys
from explorer.model import LoadedModel
from explorer.model_words import model_summary
from explorer.opening import Opening
from explorer.page_book import PageBook
from explorer.page_names import PAGES
from explorer.preferences import change_preferences, load_preferences
from explorer.shelf_store import ShelfKeeper
from explorer.shipped import known_as
from explorer.state import Bookmark, ExplorerState
from explorer.theme import Panedwindow, Separator, Theme
from explorer.tour import Tour
from explorer.weights_files import WeightsFiles
from explorer.widgets.point_panel import PointPanel
from explorer.widgets.shelf import Shelf
from explorer.widgets.status_bar import StatusBar
from explorer.worker import Worker

TITLE = "Latent Space Explorer"
DEFAULT_LATENT_DIM = 6  # sliders shown until the weights tell
SIZE = (1280, 800)  # pixels at 96 dpi, menu included
MIN_SIZE = (1024, 700)
MENU_HEIGHT = 32
LEFT_SHARE = 0.38  # of the window's width for the point
# Python's own 5 ms are waited for several times in one event: with directions being measured in the
# background, the longest wait fell from 49 to 24 ms, and the work took no longer.
SWITCH_INTERVAL_S = 0.001
START_CLASS = 3  # the first point: the mean of a class that everybody recognises


class MainWindow:
    """The application in one window.

    root: a withdrawn root made by `theme.create_root`; it is shown at once, before torch is
    imported. weights: the decoder to open. session_to_open: taken over once the weights are in.
    on_load_failed(message): the first weights can't be used; without it a dialog says so.
    welcome: show the tour to a person who has not seen it.
    alone: the process has no other window, and is arranged for this one until it closes. Garbage
    collection leaves out PyTorch's quarter of a million objects, which would hold the window up by
    0.1 s, and the worker's thread hands Python's lock over after SWITCH_INTERVAL_S.
    """

    def __init__(
        self,
        root: tk.Tk,
        weights: Path,
        *,
        page: str = PAGES[0],
        session_to_open: session.Session | None = None,
        on_load_failed: Callable[[str], None] | None = None,
        welcome: bool = False,
        alone: bool = False,
    ) -> None:
        self.root = root
        self.alone = alone
        self._switch_interval = sys.getswitchinterval()
        if alone:
            sys.setswitchinterval(SWITCH_INTERVAL_S)
        self.theme = Theme(root)
        self.state = ExplorerState(DEFAULT_LATENT_DIM)
        self.glide = Glide(root, self.state)
        self.worker = Worker(root.after)
        self.status = StatusBar(root, self.theme)
        self.jobs = Jobs(root, self.worker, self.status, self.report)
        self.shelf_keeper = ShelfKeeper(self.state, self.worker, self._report_soon)
        self.model: LoadedModel | None = None
        self._rng = np.random.default_rng()
        self.files = FileCommands(self)
        self.weights = WeightsFiles(
            self.worker,
            open_=self.open_weights,
            ask=self.files.ask_weights,
            notify=self.notify,
        )
        self._opening = Opening(self)
        self._opening.watch.set_enabled(self.weights.reload)
        self.weights.subscribe(self._follow_reload)
        self.clipboard = ClipboardCommands(self)
        self._redraw_pending: str | None = None
        self._closed = False
        self._guards: list[Callable[[], bool]] = []
        self._closers: list[Callable[[], None]] = []
        self._context = Context(
            root=root,
            theme=self.theme,
            state=self.state,
            glide=self.glide,
            worker=self.worker,
            rng=self._rng,
            notify=self.notify,
            adopt=self.adopt,
            clipboard=self.clipboard.clipboard_vector,
            save_path=self.files.ask_save_path,
            open_path=self.files.ask_open_path,
            run_job=self.jobs.run,
            shelve=self.shelve,
            travel=self._travel,
            draw_real=self._draw_real,
            show_posterior=lambda mean, std: self.sliders.set_posterior(mean, std),
            open_weights=self.open_weights,
            weights=self.weights,
            guard_close=self._guards.append,
            on_close=self._closers.append,
        )
        self._build(page)
        self.tour = Tour(
            root,
            self.theme,
            self.state,
            {
                "digit": self.digit,
                "sliders": self.sliders,
                "gauges": self.point.gauges,
                "pages": self.notebook,
                "shelf": self.shelf,
            },
            on_end=self._tour_ended,
        )
        self._tour_due = welcome and not load_preferences().tour_seen
        self.menus = Menus(self)
        bind_keys(self)
        self._page_changed()
        self.state.subscribe(lambda state: self._request_redraw())
        root.protocol("WM_DELETE_WINDOW", self.close)
        enable_drop(root, self._dropped)
        self._show_window()
        # After the first painting: importing torch would hold it up.
        root.after_idle(
            lambda: root.after(
                1, lambda: self._opening.open_first(weights, session_to_open, on_load_failed)
            )
        )

    # ---- building ----------------------------------------------------------------------------

    def _build(self, front: str) -> None:
        root = self.root
        self.panes = Panedwindow(root, orient="horizontal")
        self.point = PointPanel(
            self.panes,
            self.theme,
            self.state,
            self.glide,
            commands={
                "Random": self.randomise,
                "Reset": self.reset,
                "Undo": self.undo,
                "Redo": self.redo,
                "Copy": self.clipboard.copy_vector,
            },
            on_preset=self.go_to_preset,
            on_adopt=lambda z: self.adopt(z, True),
            on_error=lambda message: self.notify(message, True),
            on_menu=lambda x, y: self.menus.digit.tk_popup(x, y),
            request_redraw=self._request_redraw,
        )
        self.digit, self.sliders = self.point.digit, self.point.sliders
        self.notebook = PageBook(self.panes, self._context, PAGES, front, self._page_changed)
        self.panes.add(self.point, weight=2)
        self.panes.add(self.notebook, weight=3)
        self.shelf = Shelf(
            root,
            self.theme,
            self.state,
            decode=lambda z: self.model.decoder.decode_uint8(z),
            classify=self._likeliest_classes,
            adopt=lambda z: self.adopt(z, True),
            on_add=self.bookmark,
            notify=self.notify,
            slots=self._slots,
        )
        self.panes.grid(row=0, column=0, sticky="nsew")
        self.shelf.grid(row=1, column=0, sticky="ew")
        Separator(root).grid(row=2, column=0, sticky="ew")
        self.status.grid(row=3, column=0, sticky="ew")
        root.rowconfigure(0, weight=1)
        root.columnconfigure(0, weight=1)

    def _show_window(self) -> None:
        root, px = self.root, self.theme.px
        room = root.winfo_screenwidth(), root.winfo_screenheight()
        # Tk counts a window's height without its menu.
        menu = 0, px(MENU_HEIGHT)

        def within_screen(size: tuple[int, int]) -> list[int]:
            sides = zip(size, room, menu, strict=True)
            return [min(px(side), limit) - taken for side, limit, taken in sides]

        width, height = within_screen(SIZE)
        root.minsize(*within_screen(MIN_SIZE))
        root.geometry(f"{width}x{height}")
        root.deiconify()
        root.update_idletasks()
        self.panes.sashpos(0, int(width * LEFT_SHARE))

    @property
    def pages(self) -> dict[str, Any]:
        """The pages by name; all of them once the first model is complete."""
        return self.notebook.pages

    # ---- the model ---------------------------------------------------------------------------

    def open_weights(self, path: Path) -> None:
        """Open other weights; the old model stays until, and unless, the new one is sound."""
        self._opening.open(path)

    def build_rest(self) -> None:
        """The first digit is on the screen: build what nobody has seen yet, and begin the tour."""
        self.notebook.build_rest()
        if self._tour_due:
            self._tour_due = False
            self.show_tour()

    def begin(self, model: LoadedModel, keep_point: bool = False) -> None:
        """Make a decoder live: the digit and the sliders.

        keep_point: stay at the same z, with its locks; only where it has as many dimensions.
        """
        self.glide.stop()
        self.model = model
        kept = self.shelf_keeper.open(model.bundle.sha256, model.latent_dim)
        self.state.reset_model(model.latent_dim, keep_point=keep_point, bookmarks=kept)
        self.shelf.refresh()
        self.menus.local.set(False)
        self.point.set_model(model)
        points = model.class_means if model.class_means is not None else model.presets
        if points is not None and not keep_point:
            self.state.set_z(points[min(START_CLASS, len(points) - 1)])
            # Nothing to undo yet.
            self.state.reset_model(model.latent_dim, keep_point=True, bookmarks=kept)
        self.root.title(f"{TITLE}: {known_as(model.bundle.path)}")
        self.status.show_model(model_summary(model))
        self._request_redraw()

    def complete(self, model: LoadedModel) -> None:
        """Give the presets what the survey of the space has found; pages are told after this."""
        self.model = model
        self.point.set_presets(model)
        if model.bundle.notes:
            self.notify(" ".join(model.bundle.notes))
        self.weights.opened(model.bundle.path)
        self._opening.watch.watch(model.bundle.path, model.bundle.sha256)

    def renew(self, model: LoadedModel) -> None:
        """Take over newer weights of the same sizes: the point, its history and the shelf stay."""
        self.model = model
        self.shelf_keeper.move(model.bundle.sha256, model.latent_dim)
        self.shelf.refresh()
        self.point.renew(model)
        self.status.show_model(model_summary(model))
        self._request_redraw()

    def learn(self, model: LoadedModel) -> None:
        """The same model, with the real digits encoded."""
        self.model = model
        self.point.set_statistics(model)

    def _follow_reload(self) -> None:
        if self.weights.reload != self._opening.watch.enabled:
            self._opening.watch.set_enabled(self.weights.reload)

    def _dropped(self, path: Path | None) -> None:
        if path is None:
            self.notify("Drop a weights file (.pt) here to open it.", True)
        else:
            self.open_weights(path)

    # ---- drawing -----------------------------------------------------------------------------

    def _request_redraw(self) -> None:
        """Ask for one redraw when Tk is idle; a burst of changes costs one decode."""
        if self._redraw_pending is None and not self._closed:
            self._redraw_pending = self.root.after_idle(self._redraw)

    def _redraw(self) -> None:
        self._redraw_pending = None
        if self.model is None:
            return
        started = time.perf_counter()
        self.point.refresh(self.model.decoder.decode_uint8(np.asarray(self.state.z)))
        self.status.count_frame((time.perf_counter() - started) * 1000)

    @property
    def settled(self) -> bool:
        """Whether everything that was asked for is loaded, computed and drawn."""
        return (
            self.model is not None
            and self._opening.settled
            and self._redraw_pending is None
            and self.notebook.complete
            and not self.worker.busy
            and not self.glide.active
            and self.point.settled
            and all(getattr(page, "settled", True) for page in self.pages.values())
        )

    # ---- commands on the point ---------------------------------------------------------------

    def adopt(self, z: Any, glide: bool) -> None:
        """Move the current point, as one undo entry; gliding or at once."""
        if self.model is None:
            return
        self.glide.stop()
        if glide:
            self.glide.to(z)
        else:
            self.state.set_z(z)

    def go_to_preset(self, index: int) -> None:
        """Glide to the preset of a class."""
        if self.model is None or self.model.presets is None:
            self.notify("There are no presets for this model.", True)
        elif index < len(self.model.presets):
            self.adopt(self.model.presets[index], True)

    def randomise(self, source: str | None = None) -> None:
        """Jump to a random point, of what was learned or of the prior."""
        if self.model is not None:
            self.adopt(self.model.random_point(self._rng, source), False)

    def reset(self) -> None:
        """Every dimension to 0."""
        self.adopt([0.0] * self.state.latent_dim, False)

    def undo(self) -> None:
        """Take back the last change."""
        self.glide.stop()
        if not self.state.undo():
            self.notify("Nothing to undo.")

    def redo(self) -> None:
        """Do again what was taken back."""
        self.glide.stop()
        if not self.state.redo():
            self.notify("Nothing to redo.")

    def bookmark(self) -> None:
        """Put the current point on the shelf."""
        if self.model is None:
            return
        pixels = self.model.decoder.decode_uint8(np.asarray([self.state.z]))
        answers = self.model.probabilities(pixels)
        base = "point" if answers is None else self.model.class_names[answers[0].argmax()]
        taken = {mark.name for mark in self.state.bookmarks}
        numbered = (f"{base} ({n})" for n in range(2, len(taken) + 3))
        name = base if base not in taken else next(n for n in numbered if n not in taken)
        mark = self.state.add_bookmark(name)
        self.notify(f"Bookmarked as {mark.name}")

    def shelve(self, points: Sequence[Sequence[float]], names: Sequence[str]) -> None:
        """Put several points on the shelf, as one undo entry."""
        marks = [Bookmark(name, tuple(z)) for z, name in zip(points, names, strict=True)]
        self.state.set_bookmarks((*self.state.bookmarks, *marks))
        what = marks[0].name if len(marks) == 1 else f"{len(marks)} points"
        self.notify(f"On the shelf: {what}")

    def _travel(self, points: np.ndarray, name: str) -> None:
        self.show_page("morph")
        self.notebook.page("morph").take_path(points, name)

    def _draw_real(self, index: int) -> None:
        self.show_page("draw")
        self.notebook.page("draw").take_real(index)

    def _likeliest_classes(self, pixels: np.ndarray) -> list[tuple[str, float]] | None:
        """What the classifier takes images for, and how surely; None without a classifier."""
        answers = self.model.probabilities(pixels)
        if answers is None:
            return None
        names = self.model.class_names
        return [(names[answer.argmax()], float(answer.max())) for answer in answers]

    def _slots(self) -> dict[str, Callable[[Any, str], None]]:
        """Where the shelf can send a point: the slots of the pages that take one."""
        return {
            f"{page.title}: {slot}": partial(self._send, page, slot, take)
            for page in self.pages.values()
            if hasattr(page, "slots")
            for slot, take in page.slots().items()
        }

    def _send(
        self, page: Any, slot: str, take: Callable[[Any, str], None], z: Any, name: str
    ) -> None:
        self.show_page(page.name)
        take(z, name)
        self.notify(f"{page.title}: {slot} is now the bookmark {name}.")

    # ---- services for the pages --------------------------------------------------------------

    def notify(self, message: str, is_error: bool = False) -> None:
        """Show a line in the status bar."""
        self.status.notify(message, is_error)

    def report(self, title: str, message: str) -> None:
        """Tell of a problem in a dialog, and name it in the status bar."""
        self.notify(title, True)
        theme.show_error(self.root, title, message)

    def _report_soon(self, title: str, message: str) -> None:
        """Tell of a problem when Tk is idle: the dialog waits, and what goes on must not."""
        self.root.after_idle(lambda: self.report(title, message))

    # ---- view --------------------------------------------------------------------------------

    def show_page(self, name: str) -> None:
        """Bring a page to the front."""
        self.notebook.show(name)

    def turn_page(self, step: int) -> None:
        """Bring the next page to the front, or the one before."""
        self.notebook.turn(step)

    def escape(self) -> None:
        """Leave the control that has the focus; from none, go back within the page, if it can."""
        if str(self.root.tk.call("focus")) != str(self.root):
            self.root.focus_set()
            return
        if hasattr(self._front_page, "back"):
            self._front_page.back()

    @property
    def _front_page(self) -> Any:
        return self.notebook.page(self.notebook.front)

    def _page_changed(self) -> None:
        self.menus.page.set(self.notebook.front)

    def set_theme(self, mode: str) -> None:
        """Switch everything to `light` or `dark`."""
        self.theme.set_mode(mode)
        self.menus.dark.set(mode == "dark")

    def toggle_theme(self) -> None:
        """Light to dark, dark to light."""
        self.set_theme("light" if self.theme.mode == "dark" else "dark")

    def set_filmstrips(self, shown: bool) -> None:
        """Paint the tracks of the sliders, or leave them plain."""
        self.menus.filmstrips.set(shown)
        self.sliders.set_filmstrips(shown)

    def set_gauges(self, shown: bool) -> None:
        """Judge the point beside the digit, or leave the digit all the room."""
        self.menus.gauges.set(shown)
        self.point.set_gauges(shown)

    def set_influence(self, shown: bool) -> None:
        """Show in colour what the attended slider does to the image, or never do."""
        self.menus.influence.set(shown)
        self.point.set_influence(shown)

    def set_order(self, order: str) -> None:
        """Arrange the sliders by `index`, or by `use`, the most used dimension first."""
        self.menus.order.set(order)
        self.sliders.set_order(order)
        if order == "use" and self.model is not None and self.model.use is None:
            self.notify("How much this model uses its dimensions is not known.", True)

    def set_local_axes(self, local: bool) -> None:
        """Let the sliders move along the decoder's local axes, or along the dimensions again."""
        if self.model is None:
            local = False
        self.menus.local.set(local)
        self.sliders.set_local(local)
        self._request_redraw()
        if local:
            self.notify("Sliders along local axes: the most visible change from here comes first.")
        else:
            self.notify("Sliders along the latent dimensions.")

    def toggle_lock(self) -> None:
        """Lock or free the dimension of the slider under the pointer, or with the focus.

        A page that has sliders of its own is asked first.
        """
        page = self._front_page
        if self.sliders.hovered is None and hasattr(page, "toggle_lock") and page.toggle_lock():
            return
        if self.sliders.attended is None:
            self.notify("Point at a slider, or give it the focus, to lock its dimension.")
        elif not self.sliders.toggle_lock() and self.sliders.local:
            self.notify("A local axis can't be locked, only a dimension (A shows them again).")

    def set_tooltips(self, shown: bool) -> None:
        """Explain controls on which the pointer rests, or never do."""
        self.menus.tooltips.set(shown)
        self.theme.silence_tooltips("person", not shown)

    def show_tour(self) -> None:
        """Begin the tour, anew if it is being shown."""
        self.theme.silence_tooltips("tour", True)  # they would cover its cards
        self.tour.start()

    def _tour_ended(self) -> None:
        self.theme.silence_tooltips("tour", False)
        try:
            change_preferences(lambda known: replace(known, tour_seen=True))
        except OSError as error:
            self.notify(f"The tour will come again at the next start: {error}", True)

    def show_keys(self) -> None:
        """Open the list of keys."""
        dialogs.show_keys(self.root, self.theme)

    def show_about(self) -> None:
        """Open versions and the training record."""
        record, notes = None, ()
        if self.model is not None:
            record, notes = self.model.record, self.model.bundle.notes
        dialogs.show_about(self.root, self.theme, record, notes)

    def close(self) -> None:
        """Cancel what runs, wait for the worker, and close the window; unless a page objects."""
        if self._closed or not all(question() for question in self._guards):
            return
        self._closed = True
        for callback in self._closers:
            callback()
        self.tour.end()
        problem = self.shelf_keeper.flush()
        if problem is not None:
            theme.show_error(self.root, "The shelf was not saved", problem)
        self._opening.watch.stop()
        self.weights.flush()
        self.root.withdraw()
        self.glide.stop()
        self.worker.close()
        if self.alone:
            gc.unfreeze()
            sys.setswitchinterval(self._switch_interval)
        if self._redraw_pending is not None:
            self.root.after_cancel(self._redraw_pending)
        self.root.destroy()
