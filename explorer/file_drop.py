"""Files that are dropped on the window, where the platform and the package tkinterdnd2 allow it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from pathlib import Path

# On X11 the package is known to crash with some window managers.
PLATFORMS = ("win32", "aqua")
WEIGHTS_SUFFIXES = (".pt", ".pth")


def enable_drop(root: tk.Tk, on_drop: Callable[[Path | None], None]) -> bool:
    """Have weights opened that are dropped on the window; whether that can be done here.

    on_drop(path): the first weights file among what was dropped; None if there is none.
    """
    if root.tk.call("tk", "windowingsystem") not in PLATFORMS:
        return False
    try:
        from tkinterdnd2 import TkinterDnD

        TkinterDnD._require(root)
        root.tk.call("tkdnd::drop_target", "register", root, "DND_Files")
    # Not installed, or built for another Tcl: the menu opens files, too.
    except (ImportError, tk.TclError, RuntimeError):
        return False

    def dropped(data: str) -> str:
        on_drop(weights_among(dropped_paths(root, data)))
        return "copy"

    # tkdnd puts the list of files in the place of %D, as one word.
    root.tk.call("bind", root, "<<Drop:DND_Files>>", f"{root.register(dropped)} %D")
    return True


def dropped_paths(root: tk.Misc, data: str) -> list[Path]:
    """The files of a drop. data: a Tcl list of paths, in braces where they hold spaces, or a text
    that is none, which is then one path.
    """
    try:
        names = root.tk.splitlist(data)
    except tk.TclError:
        names = (data,)
    return [Path(name) for name in map(str, names) if name]


def weights_among(paths: list[Path]) -> Path | None:
    """The first file that looks like weights."""
    return next((path for path in paths if path.suffix.lower() in WEIGHTS_SUFFIXES), None)
