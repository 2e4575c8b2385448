"""The menus and the keys: which of them calls which command of the window."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import TYPE_CHECKING

from explorer.page_names import PAGES
from explorer.theme import Frame, Label, Menu
from explorer.widgets.latent_panel import ORDERS
from explorer.widgets.recent_menu import RecentMenu
from explorer.widgets.shipped_menu import ShippedMenu

if TYPE_CHECKING:
    from explorer.window import MainWindow

SHIFT, CONTROL, ALT, ALT_ON_WINDOWS = 0x1, 0x4, 0x8, 0x20000  # bits of a key event's state
# (text, command, key that does the same), or None for a line between two groups.
Entry = tuple[str, Callable[[], None], str] | None
TEXT_CLASSES = ("TEntry", "TSpinbox", "TCombobox", "Entry", "Text")


class Menus:
    """The menu bar, and the digit's context menu.

    file, recent, models, edit, view, help, digit: its menus.

    dark, smooth, filmstrips, gauges, influence, local, tooltips, order, page: what the entries of
    View show; the window sets them.
    """

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        root = window.root
        self._bar = Menu(root, tearoff=False)
        self.dark = tk.BooleanVar(root, window.theme.mode == "dark")
        self.smooth = tk.BooleanVar(root, window.digit.smooth)
        self.filmstrips = tk.BooleanVar(root, True)
        self.gauges = tk.BooleanVar(root, True)
        self.influence = tk.BooleanVar(root, True)
        self.order = tk.StringVar(root, ORDERS[0])
        self.local = tk.BooleanVar(root, False)
        self.tooltips = tk.BooleanVar(root, True)
        self.page = tk.StringVar(root)
        self.file = self._menu(
            "File",
            [
                ("Open weights…", window.files.ask_weights, ""),
                None,
                ("Open session…", window.files.ask_open_session, "Ctrl+O"),
                ("Save session…", window.files.ask_save_session, "Ctrl+S"),
                None,
                ("Export image…", window.files.ask_export, "Ctrl+E"),
                None,
                ("Quit", window.close, "Ctrl+Q"),
            ],
        )
        self.recent = RecentMenu(self.file, window.theme, window.weights)
        self.models = ShippedMenu(
            self.file,
            window.theme,
            window.weights.open_shipped,
            marked=lambda: window.weights.current,
        )
        self.file.insert_cascade(1, label="Open recent", menu=self.recent)
        self.file.insert_cascade(2, label="Models", menu=self.models)
        self.edit = self._menu(
            "Edit",
            [
                ("Undo", window.undo, "Ctrl+Z"),
                ("Redo", window.redo, "Ctrl+Y"),
                None,
                ("Copy vector", window.clipboard.copy_vector, "Ctrl+C"),
                ("Paste vector", window.clipboard.paste_vector, "Ctrl+V"),
                ("Copy image", window.clipboard.copy_image, ""),
                ("Copy as Python", window.clipboard.copy_as_python, ""),
                None,
                ("Random", window.randomise, "R"),
                ("Random from the prior", lambda: window.randomise("prior"), "Shift+R"),
                ("Reset", window.reset, "Home"),
                ("Bookmark", window.bookmark, "B"),
                ("Lock or free a dimension", window.toggle_lock, "L"),
            ],
        )
        self.edit.configure(postcommand=self._refresh_edit)
        self.view = self._menu("View", [])
        self._fill_view()
        self.help = self._menu(
            "Help",
            [
                ("Tour", window.show_tour, ""),
                ("Keys", window.show_keys, "F1"),
                ("About", window.show_about, ""),
            ],
        )
        self.digit = Menu(root, tearoff=False)
        self._fill(
            self.digit,
            [
                ("Copy image", window.clipboard.copy_image, ""),
                ("Save…", window.files.ask_export, "Ctrl+E"),
                ("Bookmark", window.bookmark, "B"),
                None,
                ("Copy vector", window.clipboard.copy_vector, "Ctrl+C"),
                ("Copy as Python", window.clipboard.copy_as_python, ""),
            ],
        )
        root.configure(menu=self._bar)

    def _menu(self, label: str, entries: list[Entry]) -> Menu:
        menu = Menu(self._bar, tearoff=False)
        self._fill(menu, entries)
        self._bar.add_cascade(label=label, menu=menu, underline=0)
        return menu

    def _fill(self, menu: Menu, entries: list[Entry]) -> None:
        for entry in entries:
            if entry is None:
                menu.add_separator()
            else:
                text, command, accelerator = entry
                menu.add_command(label=text, command=command, accelerator=accelerator)

    def _fill_view(self) -> None:
        window = self._window
        self.view.add_checkbutton(
            label="Dark",
            variable=self.dark,
            accelerator="T",
            command=lambda: window.set_theme("dark" if self.dark.get() else "light"),
        )
        self.view.add_checkbutton(
            label="Smooth pixels",
            variable=self.smooth,
            command=lambda: window.digit.set_smooth(self.smooth.get()),
        )
        self.view.add_separator()
        for label, variable, key, command in (
            ("Filmstrips in the sliders", self.filmstrips, "F", window.set_filmstrips),
            ("Gauges beside the digit", self.gauges, "G", window.set_gauges),
            ("Influence of a slider, in colour", self.influence, "I", window.set_influence),
            ("Sliders along local axes", self.local, "A", window.set_local_axes),
            ("Tooltips", self.tooltips, "", window.set_tooltips),
        ):
            self.view.add_checkbutton(
                label=label,
                variable=variable,
                accelerator=key,
                command=lambda variable=variable, command=command: command(variable.get()),
            )
        self.view.add_separator()
        for label, order, key in (
            ("Dimensions in order", "index", "O"),
            ("Most used dimension first", "use", "O"),
        ):
            self.view.add_radiobutton(
                label=label,
                value=order,
                variable=self.order,
                accelerator=key,
                command=lambda: window.set_order(self.order.get()),
            )
        self.view.add_separator()
        for name in PAGES:
            self.view.add_radiobutton(
                label=name.capitalize(),
                value=name,
                variable=self.page,
                command=lambda: window.show_page(self.page.get()),
            )

    def _refresh_edit(self) -> None:
        state = self._window.state
        for index, possible in ((0, state.can_undo), (1, state.can_redo)):
            self.edit.entryconfigure(index, state="normal" if possible else "disabled")


def bind_keys(window: MainWindow) -> None:
    """Bind the keys of the window; most leave text fields alone."""
    root, menus = window.root, window.menus
    # (key, Control held, Shift held): Caps Lock changes the letter in the event, not its meaning.
    outside_text: dict[tuple[str, bool, bool], Callable[[], None]] = {
        ("r", False, False): window.randomise,
        ("r", False, True): lambda: window.randomise("prior"),
        ("b", False, False): window.bookmark,
        ("t", False, False): window.toggle_theme,
        ("l", False, False): window.toggle_lock,
        ("f", False, False): lambda: window.set_filmstrips(not menus.filmstrips.get()),
        ("g", False, False): lambda: window.set_gauges(not menus.gauges.get()),
        ("i", False, False): lambda: window.set_influence(not menus.influence.get()),
        ("a", False, False): lambda: window.set_local_axes(not menus.local.get()),
        ("o", False, False): lambda: window.set_order(
            "index" if menus.order.get() == "use" else "use"
        ),
        ("Home", False, False): window.reset,
        ("z", True, False): window.undo,
        ("z", True, True): window.redo,
        ("y", True, False): window.redo,
        ("c", True, False): window.clipboard.copy_vector,
        ("v", True, False): window.clipboard.paste_vector,
    }
    for digit in range(10):
        for key in (f"{digit}", f"KP_{digit}"):
            outside_text[key, False, False] = lambda digit=digit: window.go_to_preset(digit)
    everywhere: dict[tuple[str, bool, bool], Callable[[], None]] = {
        ("s", True, False): window.files.ask_save_session,
        ("o", True, False): window.files.ask_open_session,
        ("e", True, False): window.files.ask_export,
        ("q", True, False): window.close,
        ("Tab", True, False): lambda: window.turn_page(1),
        ("Tab", True, True): lambda: window.turn_page(-1),
        ("ISO_Left_Tab", True, True): lambda: window.turn_page(-1),  # X11's name of Shift+Tab
        ("F1", False, False): window.show_keys,
    }
    alt = ALT_ON_WINDOWS if root.tk.call("tk", "windowingsystem") == "win32" else ALT

    def pressed(event: tk.Event) -> str | None:
        if event.state & alt:
            return None
        key = event.keysym.lower() if len(event.keysym) == 1 else event.keysym
        chord = key, bool(event.state & CONTROL), bool(event.state & SHIFT)
        command = everywhere.get(chord)
        if command is None and not _is_typing(root):
            command = outside_text.get(chord)
        if command is None:
            return None
        window.theme.hide_tooltip()  # it tells of what was there before
        command()
        return "break"

    root.bind("<Key>", pressed)
    root.bind("<Escape>", lambda event: window.escape())
    root.bind("<Button-1>", lambda event: _leave_text_field(root, event))


def _is_typing(root: tk.Tk) -> bool:
    # Not focus_get(): it raises while the copy of a menu that Tk shows has the focus.
    focus = str(root.tk.call("focus"))
    if not focus or root.tk.call("winfo", "class", focus) not in TEXT_CLASSES:
        return False
    # A list to choose from takes no text.
    return str(root.tk.call(focus, "cget", "-state")) != "readonly"


def _leave_text_field(root: tk.Tk, event: tk.Event) -> None:
    """A click beside a text field ends typing in it, so that the keys work again."""
    passive = isinstance(event.widget, tk.Canvas | Frame | Label)
    if passive and not str(event.widget["takefocus"]) and _is_typing(root):
        root.focus_set()
