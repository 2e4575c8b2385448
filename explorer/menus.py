"""The menu bar and the keys: which of them calls which command of the window."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import TYPE_CHECKING

from explorer.theme import Frame, Label, Menu

if TYPE_CHECKING:
    from explorer.window import MainWindow

TEXT_CLASSES = ("TEntry", "TSpinbox", "TCombobox", "Entry", "Text")


class Menus:
    """The menu bar. file, edit, view, help: its menus.

    dark, smooth, page: what the entries of View show; the window sets them.
    """

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        root = window.root
        self._bar = Menu(root, tearoff=False)
        self.dark = tk.BooleanVar(root, window.theme.mode == "dark")
        self.smooth = tk.BooleanVar(root, window.digit.smooth)
        self.page = tk.StringVar(root)
        self.file = self._menu(
            "File",
            [
                ("Open weights…", window.ask_weights, ""),
                None,
                ("Open session…", window.ask_open_session, "Ctrl+O"),
                ("Save session…", window.ask_save_session, "Ctrl+S"),
                None,
                ("Export digit…", window.ask_export, "Ctrl+E"),
                None,
                ("Quit", window.close, "Ctrl+Q"),
            ],
        )
        self.edit = self._menu(
            "Edit",
            [
                ("Undo", window.undo, "Ctrl+Z"),
                ("Redo", window.redo, "Ctrl+Y"),
                None,
                ("Copy vector", window.copy_vector, "Ctrl+C"),
                ("Paste vector", window.paste_vector, "Ctrl+V"),
                ("Copy as Python", window.copy_as_python, ""),
                None,
                ("Random", window.randomise, "R"),
                ("Random from the prior", lambda: window.randomise("prior"), "Shift+R"),
                ("Reset", window.reset, "Home"),
                ("Bookmark", window.bookmark, "B"),
            ],
        )
        self.edit.configure(postcommand=self._refresh_edit)
        self.view = self._menu("View", [])
        self._fill_view()
        self.help = self._menu(
            "Help", [("Keys", window.show_keys, "F1"), ("About", window.show_about, "")]
        )
        root.configure(menu=self._bar)

    def _menu(self, label: str, entries: list[tuple[str, Callable[[], None], str] | None]) -> Menu:
        """entries: (text, command, key that does the same), or None for a line between them."""
        menu = Menu(self._bar, tearoff=False)
        for entry in entries:
            if entry is None:
                menu.add_separator()
            else:
                text, command, accelerator = entry
                menu.add_command(label=text, command=command, accelerator=accelerator)
        self._bar.add_cascade(label=label, menu=menu, underline=0)
        return menu

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
        for page in window.pages.values():
            self.view.add_radiobutton(
                label=page.title,
                value=page.name,
                variable=self.page,
                command=lambda: window.show_page(self.page.get()),
            )

    def _refresh_edit(self) -> None:
        state = self._window.state
        for index, possible in ((0, state.can_undo), (1, state.can_redo)):
            self.edit.entryconfigure(index, state="normal" if possible else "disabled")


def bind_keys(window: MainWindow) -> None:
    """Bind the keys of the window; those of a letter or digit leave text fields alone."""
    root = window.root
    outside_text: dict[str, Callable[[], None]] = {
        "r": window.randomise,
        "R": lambda: window.randomise("prior"),
        "b": window.bookmark,
        "t": window.toggle_theme,
        "Home": window.reset,
        "Control-z": window.undo,
        "Control-y": window.redo,
        "Control-Z": window.redo,
        "Control-c": window.copy_vector,
        "Control-v": window.paste_vector,
    }
    for digit in range(10):
        for key in (f"Key-{digit}", f"KP_{digit}"):
            outside_text[key] = lambda digit=digit: window.go_to_preset(digit)
    everywhere: dict[str, Callable[[], None]] = {
        "Control-s": window.ask_save_session,
        "Control-o": window.ask_open_session,
        "Control-e": window.ask_export,
        "Control-q": window.close,
        "Control-Tab": lambda: window.turn_page(1),
        "Control-Shift-Tab": lambda: window.turn_page(-1),
        "F1": window.show_keys,
    }
    if root.tk.call("tk", "windowingsystem") == "x11":
        everywhere["Control-ISO_Left_Tab"] = everywhere["Control-Shift-Tab"]

    def call(command: Callable[[], None]) -> str:
        command()
        return "break"

    for sequence, command in outside_text.items():
        root.bind(
            f"<{sequence}>",
            lambda event, command=command: None if _is_typing(root) else call(command),
        )
    for sequence, command in everywhere.items():
        root.bind(f"<{sequence}>", lambda event, command=command: call(command))
    root.bind("<Escape>", lambda event: root.focus_set())
    root.bind("<Button-1>", lambda event: _leave_text_field(root, event))


def _is_typing(root: tk.Tk) -> bool:
    focus = root.focus_get()
    return focus is not None and focus.winfo_class() in TEXT_CLASSES


def _leave_text_field(root: tk.Tk, event: tk.Event) -> None:
    """A click beside a text field ends typing in it, so that the keys work again."""
    passive = isinstance(event.widget, tk.Canvas | Frame | Label)
    if passive and not str(event.widget["takefocus"]) and _is_typing(root):
        root.focus_set()
