"""The small windows above the main one: keys, about, and the size of an exported image."""

from __future__ import annotations

import itertools
import platform
import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from typing import Any

from explorer.export import MAX_SCALE
from explorer.model_words import record_lines
from explorer.theme import (
    Button,
    Checkbutton,
    Frame,
    Label,
    Notebook,
    Theme,
    add_tooltip,
    create_toplevel,
    font,
)
from explorer.widgets.number_field import NumberField

PACKAGES = ("torch", "numpy", "pillow", "ttkbootstrap")
# Of each tab two columns of groups: (title, ((keys, meaning), ...)).
KEYS = {
    "Everywhere": (
        (
            (
                "The point",
                (
                    ("0 … 9", "glide to the preset of that digit"),
                    ("R", "a random point, as real digits are distributed"),
                    ("Shift+R", "a random point from the prior N(0, I)"),
                    ("Home", "reset: every dimension to 0"),
                    ("Ctrl+Z", "undo"),
                    ("Ctrl+Shift+Z, Ctrl+Y", "redo"),
                    ("Ctrl+C, Ctrl+V", "copy, paste the vector"),
                    ("B", "bookmark it"),
                ),
            ),
            (
                "The view",
                (
                    ("T", "light or dark"),
                    ("F", "filmstrips in the sliders"),
                    ("G", "gauges beside the digit"),
                    ("I", "influence of a slider, in colour"),
                    ("A", "sliders along local axes"),
                    ("O", "order by index or by use"),
                ),
            ),
        ),
        (
            (
                "On a slider",
                (
                    ("← → ↑ ↓", "move by 0.05, with Shift by 0.5"),
                    ("Return", "type a value"),
                    ("Double-click", "set to 0"),
                    ("L", "lock or free it, or hold a direction"),
                ),
            ),
            (
                "On the digit",
                (
                    ("← → ↑ ↓", "point at another pixel"),
                    ("+, −", "make it lighter, darker"),
                    ("Alt+drag, Ctrl+drag", "the same, up or down"),
                    ("Menu, Shift+F10", "copy, save, bookmark"),
                ),
            ),
            (
                "The window",
                (
                    ("Ctrl+E", "export the image as PNG"),
                    ("Ctrl+S, Ctrl+O", "save, open a session"),
                    ("Ctrl+Tab, Ctrl+Shift+Tab", "next, previous page"),
                    ("Tab, Shift+Tab", "next, previous control"),
                    ("Escape", "leave a text field or a control"),
                    ("F1, Ctrl+Q", "this list, quit"),
                ),
            ),
        ),
    ),
    "On the pages": (
        (
            (
                "On digits in a row or a grid",
                (
                    ("← → ↑ ↓", "walk from one to the next"),
                    ("Return, Space", "take the one under the cursor"),
                    ("Menu, Shift+F10", "its menu, where it has one"),
                ),
            ),
            (
                "On the shelf, and on the keys of a morph",
                (
                    ("← →, Home, End, Return", "walk, go there"),
                    ("Shift+← →", "move the card"),
                    ("F2, Delete, Insert", "rename, delete, add a key"),
                    ("Menu, Shift+F10", "its menu: send it to a page"),
                ),
            ),
            (
                "On films, curves and tables",
                (
                    ("← →, Home, End", "walk along"),
                    ("Space", "turn the order of a column; play"),
                    ("Escape", "stop a walk; from a part back to all"),
                ),
            ),
            (
                "On plots, tables, the network and its maps",
                (
                    ("← → ↑ ↓, Return", "walk, choose"),
                    ("Ctrl+C", "copy the table, the row"),
                    ("Menu, Shift+F10", "save the plot; what can be done"),
                ),
            ),
        ),
        (
            (
                "On the map",
                (
                    ("← → ↑ ↓", "move by 0.05, with Shift by 0.5"),
                    ("+, −, wheel", "zoom"),
                    ("Ctrl+← → ↑ ↓, right drag", "move the map itself"),
                    ("Ctrl+0", "see the whole map"),
                    ("Menu, Shift+F10", "what can be done with this place"),
                    ("Space", "path, lasso, box: set a corner"),
                    ("Backspace, Return, Escape", "one back, done, give up"),
                ),
            ),
            (
                "On the sheet",
                (
                    ("← → ↑ ↓", "move the pen, with Shift faster"),
                    ("Space", "put it down, lift it"),
                    ("[, ], wheel", "a thinner, a broader brush"),
                    ("Right button", "the opposite of the tool"),
                    ("Ctrl+Z, Ctrl+Y", "undo, redo a stroke"),
                    ("Escape, Delete", "give the stroke up, clear"),
                ),
            ),
        ),
    ),
}


def show_keys(parent: tk.Misc, theme: Theme) -> tk.Toplevel:
    """Open the list of keys."""
    window = create_toplevel(parent, "Keys")
    body = Frame(window, padding=theme.px(16))
    body.pack(fill="both", expand=True)
    book = Notebook(body)
    book.grid(row=0, column=0, sticky="nsew")
    for tab, columns in KEYS.items():
        sheet = Frame(book, padding=theme.px(16))
        for column, groups in enumerate(columns):
            frame = Frame(sheet)
            last = column + 1 == len(columns)
            frame.grid(row=0, column=column, sticky="n", padx=(0, 0 if last else theme.px(36)))
            _list_keys(frame, theme, groups)
        book.add(sheet, text=tab)

    def turn(event: tk.Event) -> str:
        book.select((book.index("current") + 1) % len(KEYS))
        return "break"

    # As in the window; each is the way back, too, of two tabs.
    for keys in ("Control-Tab", "Control-Shift-Tab"):
        window.bind(f"<{keys}>", turn)
    return _finish(window, body, 1, theme)


def _list_keys(frame: Frame, theme: Theme, groups: Sequence[tuple[str, Sequence]]) -> None:
    rows = itertools.count()
    for title, entries in groups:
        row = next(rows)
        Label(frame, text=title, bootstyle="secondary").grid(
            row=row,
            column=0,
            columnspan=2,
            sticky="w",
            pady=(theme.px(10) if row else 0, theme.px(2)),
        )
        for keys, meaning in entries:
            row = next(rows)
            Label(frame, text=keys, font=font(10, bold=True)).grid(
                row=row, column=0, sticky="w", padx=(0, theme.px(20))
            )
            Label(frame, text=meaning).grid(row=row, column=1, sticky="w")


def show_about(
    parent: tk.Misc, theme: Theme, record: Mapping[str, Any] | None, notes: Sequence[str]
) -> tk.Toplevel:
    """Open the versions, the training record, and what was noted when the weights were opened."""
    window = create_toplevel(parent, "About")
    body = Frame(window, padding=theme.px(20))
    body.pack(fill="both", expand=True)
    Label(body, text="Latent Space Explorer", font=font(14, bold=True)).grid(
        row=0, column=0, columnspan=2, sticky="w", pady=(0, theme.px(10))
    )
    lines = [*versions(parent), *record_lines(record), *(("Note", note) for note in notes)]
    for row, (name, value) in enumerate(lines, start=1):
        Label(body, text=name, bootstyle="secondary").grid(
            row=row, column=0, sticky="nw", padx=(0, theme.px(20))
        )
        Label(body, text=value, wraplength=theme.px(420), justify="left").grid(
            row=row, column=1, sticky="w"
        )
    return _finish(window, body, len(lines) + 1, theme)


def versions(widget: tk.Misc) -> list[tuple[str, str]]:
    """(name, version) of what the program runs on."""
    lines = [
        ("Python", f"{platform.python_version()} on {platform.system()}"),
        ("Tk", str(widget.tk.call("info", "patchlevel"))),
    ]
    for package in PACKAGES:
        try:
            lines.append((package, metadata.version(package)))
        except metadata.PackageNotFoundError:
            lines.append((package, "not installed"))
    return lines


class ExportDialog:
    """Asks for the size of an exported image, and goes on with on_save(scale, smooth)."""

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        image_shape: tuple[int, int, int],
        smooth: bool,
        on_save: Callable[[int, bool], None],
    ) -> None:
        self._image_shape = image_shape
        self._on_save = on_save
        self.window = create_toplevel(parent, "Export the image")
        body = Frame(self.window, padding=theme.px(20))
        body.pack(fill="both", expand=True)
        Label(body, text="Scale").grid(row=0, column=0, sticky="w", padx=(0, theme.px(12)))
        self.scale_field = NumberField(
            body,
            what="Scale",
            number=16,
            low=1,
            high=MAX_SCALE,
            step=1,
            on_change=lambda value: self._show_size(),
            on_error=self._show_problem,
        )
        self.scale_field.grid(row=0, column=1, sticky="w")
        self._problem = Label(body, foreground=theme.palette.warning)
        self._problem.grid(row=3, column=0, columnspan=3, sticky="w")
        add_tooltip(self.scale_field, "Pixels of the file for one pixel of the image.")
        self._size = Label(body, bootstyle="secondary")
        self._size.grid(row=0, column=2, sticky="w", padx=(theme.px(12), 0))
        self._smooth = tk.BooleanVar(self.window, smooth)
        self.smooth_box = Checkbutton(body, text="Smooth pixels", variable=self._smooth)
        self.smooth_box.grid(row=1, column=0, columnspan=3, sticky="w", pady=theme.px(12))
        add_tooltip(self.smooth_box, "Interpolate, or keep every pixel an exact square.")
        buttons, self.save_button = add_answers(body, theme, "Save…", self._save)
        buttons.grid(row=2, column=0, columnspan=3, sticky="e")
        self._show_size()
        place(self.window)
        self.window.grab_set()
        self.scale_field.focus_set()
        self.scale_field.selection_range(0, "end")

    @property
    def problem(self) -> str:
        """What is wrong with what was typed; empty if nothing is."""
        return self._problem.cget("text")

    def _show_size(self) -> None:
        _, height, width = self._image_shape
        scale = self.scale_field.number
        self._size.configure(text=f"{width * scale} × {height * scale} pixels")
        self._problem.configure(text="")

    def _show_problem(self, message: str) -> None:
        self._problem.configure(text=message)

    def _save(self) -> None:
        if not self.scale_field.commit():
            return
        scale, smooth = self.scale_field.number, self._smooth.get()
        self.window.destroy()
        self._on_save(scale, smooth)


def _finish(window: tk.Toplevel, body: Frame, row: int, theme: Theme) -> tk.Toplevel:
    close = Button(body, text="Close", bootstyle="primary", command=window.destroy)
    close.grid(row=row, column=0, columnspan=2, sticky="e", pady=(theme.px(16), 0))
    close.focus_set()
    place(window)
    return window


def add_answers(
    body: tk.Misc, theme: Theme, text: str, proceed: Callable[[], None]
) -> tuple[Frame, Button]:
    """The row of buttons that ends a dialog, Cancel and another, and the other one.

    Return, wherever the focus is, means that one.
    """
    window = body.winfo_toplevel()
    row = Frame(body)
    cancel = Button(row, text="Cancel", command=window.destroy)
    cancel.pack(side="left", padx=(0, theme.px(8)))
    button = Button(row, text=text, bootstyle="primary", command=proceed)
    button.pack(side="left")
    for key in ("<Return>", "<KP_Enter>"):
        window.bind(key, lambda event: proceed())
        for one in (cancel, button):
            one.bind(key, lambda event, one=one: _press(one))
    return row, button


def _press(button: Button) -> str:
    """Press a button, and only it: the window that its key would go on to may be gone."""
    button.invoke()
    return "break"


def place(window: tk.Toplevel) -> None:
    """Put a dialog over the middle of its parent, within the screen."""
    window.resizable(False, False)
    window.update_idletasks()
    parent = window.master.winfo_toplevel()
    x = parent.winfo_rootx() + (parent.winfo_width() - window.winfo_reqwidth()) // 2
    y = parent.winfo_rooty() + (parent.winfo_height() - window.winfo_reqheight()) // 3
    x = max(0, min(x, window.winfo_screenwidth() - window.winfo_reqwidth()))
    y = max(0, min(y, window.winfo_screenheight() - window.winfo_reqheight()))
    window.geometry(f"+{x}+{y}")
