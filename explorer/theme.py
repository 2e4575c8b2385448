"""The look: the only file that knows the theme library (ttkbootstrap 2.2 or newer).

Everything else takes its widgets, colours, tooltips and dialogs from here.
"""

from __future__ import annotations

import contextlib
import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ttkbootstrap as ttk
from ttkbootstrap import (
    Button,
    Checkbutton,
    Combobox,
    Entry,
    Frame,
    Label,
    Menu,
    Menubutton,
    Notebook,
    Panedwindow,
    Progressbar,
    Radiobutton,
    Scale,
    Scrollbar,
    ScrolledFrame,
    Separator,
    Spinbox,
    Treeview,
)

__all__ = [
    "PATIENT_TOOLTIP_DELAY_MS",
    "Button",
    "Checkbutton",
    "Combobox",
    "Entry",
    "Frame",
    "Label",
    "Menu",
    "Menubutton",
    "Notebook",
    "Palette",
    "Panedwindow",
    "Progressbar",
    "Radiobutton",
    "Scale",
    "Scrollbar",
    "ScrolledFrame",
    "Separator",
    "Spinbox",
    "Theme",
    "Treeview",
    "add_tooltip",
    "ask_choice",
    "ask_folder",
    "ask_open_path",
    "ask_save_path",
    "ask_text",
    "create_root",
    "create_toplevel",
    "font",
    "set_tabs",
    "show_error",
]

MODES = ("light", "dark")
FAMILY = "explorer"
TOOLTIP_DELAY_MS = 600  # long enough not to flash while the pointer crosses the window
PATIENT_TOOLTIP_DELAY_MS = 1500  # where one points all the time; who rests there, asks
TK_POINTS_AT_96_DPI = 96 / 72  # Tk's scaling is pixels a point; ours is 1.0 at 96 dpi

COLOURS = ttk.Theme(
    name=FAMILY,
    primary="#3574f0",
    success="#2e9e5b",
    info="#2aa5b8",
    warning="#d9902f",
    danger="#d64550",
    light={"background": "#fcfcfd", "foreground": "#1f2329"},
    dark={"background": "#1c1f24", "foreground": "#e6e8eb"},
)


@dataclass(frozen=True)
class Palette:
    """The colours that hand-drawn widgets use, as #rrggbb.

    background: the window; surface: a card or a track upon it; border: hairlines;
    foreground, muted: text and secondary text; accent: the one accent colour, also of the focus
    ring; on_accent: text on it; warning: values outside their range; increase, decrease: where
    something grows and where it shrinks, apart also for most who are colour-blind.
    """

    dark: bool
    background: str
    surface: str
    border: str
    foreground: str
    muted: str
    accent: str
    on_accent: str
    warning: str
    increase: str = "#ff4b3e"
    decrease: str = "#2f8bff"


class Theme:
    """Light or dark at run time, for ttk and for hand-drawn widgets alike."""

    def __init__(self, root: tk.Tk) -> None:
        self._root = root
        self._callbacks: list[Callable[[Palette], None]] = []
        self._silent: set[str] = set()
        # Asked once: the library asks Tk at every call, and widgets scale lengths in every frame.
        self._factor = ttk.scale_size(root, 1000) / 1000
        self.palette = _palette(root)
        _complete_style(self.palette)

    @property
    def mode(self) -> str:
        """`light` or `dark`."""
        return "dark" if self.palette.dark else "light"

    def set_mode(self, mode: str) -> None:
        """Switch everything to `light` or `dark`."""
        if mode not in MODES:
            raise ValueError(f"theme must be one of {', '.join(MODES)}, not {mode!r}")
        if mode == self.mode:
            return
        ttk.Style.get_instance().theme_use(f"{FAMILY}-{mode}")
        self.palette = _palette(self._root)
        _complete_style(self.palette)
        for callback in tuple(self._callbacks):
            callback(self.palette)

    def silence_tooltips(self, reason: str, silent: bool) -> None:
        """Show no tooltips for a reason, for example the tour; they return when none is left."""
        (self._silent.add if silent else self._silent.discard)(reason)
        self._root.setvar("tooltips(silent)", int(bool(self._silent)))
        self.hide_tooltip()

    def hide_tooltip(self) -> None:
        """Take the tooltip away that is on the screen."""
        self._root.tk.call("hide_tooltip")

    def subscribe(self, widget: tk.Misc, callback: Callable[[Palette], None]) -> None:
        """Call `callback(palette)` now and at every change, for as long as `widget` exists."""
        self._callbacks.append(callback)

        def forget(event: tk.Event) -> None:
            if event.widget is widget:
                with contextlib.suppress(ValueError):
                    self._callbacks.remove(callback)

        widget.bind("<Destroy>", forget, add="+")
        callback(self.palette)

    def px(self, size: float) -> int:
        """Physical pixels for a length that has `size` pixels at 96 dpi."""
        return round(size * self._factor)

    def paint_entries(self, menu: Menu) -> None:
        """Give the entries of a menu its colour; to be called when they have been added.

        The library draws a menu's border by its background, which new entries would inherit.
        """
        last = menu.index("end")
        for index in range(0 if last is None else last + 1):
            menu.entryconfigure(index, background=self.palette.background)


def create_root(title: str, mode: str = "light", scaling: float | None = None) -> ttk.App:
    """Open the root window, still withdrawn, so that it is shown first when it is complete.

    scaling: 1.0 is 96 dpi, 2.0 twice as large; None takes what the screen says.

    Raises:
        tk.TclError: there is no display.
    """
    COLOURS.register()
    root = ttk.App(
        title=title,
        theme=f"{FAMILY}-{mode}",
        iconphoto=None,
        scaling=None if scaling is None else scaling * TK_POINTS_AT_96_DPI,
    )
    root.withdraw()
    # The library takes the space bar away from buttons, where everybody's fingers expect it.
    root.tk.eval("bind TButton <Key-space> {ttk::button::activate %W}")
    # And the arrow keys of a radio button only move the focus, where everybody expects a choice.
    for key, step in (("Up", -1), ("Left", -1), ("Down", 1), ("Right", 1)):
        root.tk.eval(
            f"bind TRadiobutton <{key}> {{ttk::button::RadioTraverse %W {step}; [focus] invoke}}"
        )
    root.tk.eval(TOOLTIP_SCRIPT)
    return root


def create_toplevel(parent: tk.Misc, title: str) -> tk.Toplevel:
    """A themed dialog window above its parent; Escape closes it."""
    window = ttk.Toplevel(title=title, transient=parent.winfo_toplevel(), iconphoto=None)
    window.bind("<Escape>", lambda event: window.destroy())
    return window


def _palette(root: tk.Tk) -> Palette:
    colors = ttk.Style.get_instance().colors
    background, foreground = colors.bg, colors.fg
    dark = _luminance(root, background) < 0.5
    return Palette(
        dark=dark,
        background=background,
        surface=_mix(root, background, foreground, 0.07),
        border=_mix(root, background, foreground, 0.22),
        foreground=foreground,
        muted=_mix(root, background, foreground, 0.66),
        accent=colors.primary,
        on_accent="#ffffff" if _luminance(root, colors.primary) < 0.6 else "#000000",
        warning=colors.warning if dark else "#a35f00",  # 4.5:1 on the light background
    )


def _complete_style(palette: Palette) -> None:
    """Colours that the library leaves empty, or the same in every theme."""
    style = ttk.Style.get_instance()
    # Empty: no focus ring, and a background error when it is first drawn.
    for name in (".", "TNotebook.Tab"):
        style.configure(name, focuscolor=palette.accent)
    # A dotted line alone is not seen from the third row.
    ring = ("focus", "!disabled", palette.accent)
    for name in ("TButton", "TMenubutton"):
        for option in ("bordercolor", "lightcolor", "darkcolor"):
            states = [state for state in style.map(name, option) or () if "focus" not in state]
            style.map(name, **{option: [ring, *states]})
    # A table's rows of figures need a smaller font. What is chosen is in the accent colour
    # everywhere else, too.
    small = font(9)
    row = tk.font.Font(font=small).metrics("linespace") * 5 // 4
    style.configure("Treeview", font=small, rowheight=row)
    style.configure("Treeview.Heading", font=small, padding=(0, 4))
    style.map(
        "Treeview",
        background=[("selected", palette.accent)],
        foreground=[("selected", palette.on_accent)],
    )
    # Pale yellow, also at night.
    style.configure(
        "tooltip.TLabel",
        background=palette.surface,
        foreground=palette.foreground,
        bordercolor=palette.border,
        lightcolor=palette.surface,
        darkcolor=palette.surface,
    )


def _rgb(root: tk.Misc, color: str) -> tuple[float, ...]:
    return tuple(channel / 65535 for channel in root.winfo_rgb(color))


def _luminance(root: tk.Misc, color: str) -> float:
    red, green, blue = _rgb(root, color)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def _mix(root: tk.Misc, color: str, other: str, share: float) -> str:
    pairs = zip(_rgb(root, color), _rgb(root, other), strict=True)
    return "#" + "".join(f"{round(255 * (a + (b - a) * share)):02x}" for a, b in pairs)


def font(points: int, bold: bool = False) -> tuple:
    """The interface font at another size; points, so that it follows the screen's scaling."""
    family = tk.font.nametofont("TkDefaultFont").actual("family")
    return (family, points, "bold") if bold else (family, points)


def set_tabs(notebook: Notebook, points: int, padding: int) -> None:
    """Write the tabs of a notebook of its own in another size, `padding` pixels beside each word.

    Only one notebook of the window can have tabs of its own.
    """
    style = ttk.Style.get_instance()
    style.configure("Pages.TNotebook.Tab", font=font(points), padding=(padding, 5))
    notebook.configure(style="Pages.TNotebook")


# A press or a key means that the person is doing, not asking. Tk gives it to the most specific
# binding of a widget alone, so the tooltip has a tag of its own. And a pointer that rested where
# the window came to be has asked for nothing.
TOOLTIP_SCRIPT = """
    array set ::tooltips {silent 0 moved 0 shown {}}
    proc hide_tooltip {} {
        if {[winfo exists $::tooltips(shown)]} {event generate $::tooltips(shown) <<HideTooltip>>}
    }
    bind Tooltips <ButtonPress> {event generate %W <<HideTooltip>>; hide_tooltip}
    bind Tooltips <KeyPress> hide_tooltip
    bind all <Motion> {set ::tooltips(moved) 1; bind all <Motion> {}}
"""


class Tooltip(ttk.ToolTip):
    """An explanation that comes when the pointer rests, and goes when something is done.

    beside: the widget that `position` refers to, if it is not the explained one.
    """

    def __init__(self, widget: tk.Misc, *, beside: tk.Misc | None = None, **options: Any) -> None:
        super().__init__(widget, **options)
        self._beside = beside
        widget.bindtags(("Tooltips", *widget.bindtags()))
        widget.bind("<<HideTooltip>>", self.leave, add="+")

    def show_tip(self, *arguments: object) -> None:
        """Show the text, unless tooltips are silent or the pointer has not moved yet."""
        get = self.widget.getvar
        if int(get("tooltips(silent)")) or not int(get("tooltips(moved)")):
            return
        self.widget.setvar("tooltips(shown)", str(self.widget))
        super().show_tip(*arguments)

    def _calculate_position(self) -> tuple[int, int]:
        explained = self.widget
        self.widget = self._beside or explained
        try:
            return super()._calculate_position()
        finally:
            self.widget = explained

    def configure(self, **options: object) -> None:
        """Change options, also of a text that is on the screen."""
        if self.toplevel is None:
            super().configure(**options)
        else:
            # The library has Tk draw at once, also what waits and is about half of a change.
            change = super().configure
            self.widget.nametowidget(".").after_idle(lambda: change(**options))


def add_tooltip(
    widget: tk.Misc,
    text: str,
    delay_ms: int = TOOLTIP_DELAY_MS,
    position: str | None = None,
    beside: tk.Misc | None = None,
) -> Tooltip:
    """Explain a control: what it does and, where it teaches something, why.

    position: `top`, `right` and so on, for a control that the text must not cover; None is at the
    pointer. beside: another widget that the text must not cover.
    """
    return Tooltip(widget, text=text, delay=delay_ms, position=position, beside=beside)


def show_error(parent: tk.Misc, title: str, message: str) -> None:
    """Tell what went wrong and what to do."""
    ttk.Messagebox.show_error(message, title, parent=parent, alert=False, localize=False)


def ask_choice(parent: tk.Misc, title: str, message: str, proceed: str) -> bool:
    """Ask whether to go on; `proceed` names the action on its button."""
    answer = ttk.Messagebox.show_question(
        message,
        title,
        parent=parent,
        buttons=["Cancel:neutral", f"{proceed}:primary"],
        localize=False,
    )
    return answer == proceed


def ask_text(parent: tk.Misc, title: str, prompt: str, initial: str) -> str | None:
    """Ask for a line of text; None if cancelled."""
    return ttk.Querybox.get_string(prompt, title, initial, parent=parent)


def ask_open_path(
    parent: tk.Misc, title: str, file_types: Sequence[tuple[str, str]], folder: Path | None
) -> Path | None:
    """Ask which file to open, first in `folder`; None if cancelled."""
    name = ttk.Querybox.get_open_filename(
        parent=parent,
        title=title,
        filetypes=list(file_types),
        initialdir=str(folder or Path.cwd()),
    )
    return Path(name) if name else None


def ask_folder(parent: tk.Misc, title: str, folder: Path | None) -> Path | None:
    """Ask for a folder, first in `folder`; None if cancelled."""
    name = ttk.Querybox.get_directory(
        parent=parent, title=title, initialdir=str(folder or Path.cwd())
    )
    return Path(name) if name else None


def ask_save_path(
    parent: tk.Misc,
    title: str,
    file_types: Sequence[tuple[str, str]],
    initial: str,
    folder: Path | None,
) -> Path | None:
    """Ask where to save, first in `folder`; None if cancelled.

    A missing suffix becomes the first file type's.
    """
    suffix = Path(file_types[0][1]).suffix
    name = ttk.Querybox.get_save_filename(
        parent=parent,
        title=title,
        filetypes=list(file_types),
        initialdir=str(folder or Path.cwd()),
        initialfile=initial,
        defaultextension=suffix,
    )
    if not name:
        return None
    path = Path(name)
    return path if path.suffix else path.with_suffix(suffix)
