"""A picture of the real window, saved to a file."""

from __future__ import annotations

import tkinter as tk
from pathlib import Path

from PIL import ImageGrab

from vae.files import atomic_write


class ScreenshotError(Exception):
    """The window can't be photographed here; the text says why."""


def save_screenshot(root: tk.Tk, path: Path) -> None:
    """Save what the window shows as PNG. It must be in front, with nothing above it.

    Raises:
        ScreenshotError: the screen can't be read, or the file can't be written.
    """
    # A pointer that happens to rest on a control would put its tooltip into the picture.
    pointed_at = root.winfo_containing(*root.winfo_pointerxy())
    if pointed_at is not None:
        pointed_at.event_generate("<Leave>")
    root.update()
    left, top = root.winfo_rootx(), root.winfo_rooty()
    box = (left, top - _menu_height(root), left + root.winfo_width(), top + root.winfo_height())
    display = str(root.winfo_screen()) if root.tk.call("tk", "windowingsystem") == "x11" else None
    try:
        image = ImageGrab.grab(bbox=box, xdisplay=display)
    except (OSError, ValueError) as error:
        raise ScreenshotError(f"the screen can't be read: {error}") from error
    try:
        with atomic_write(path) as file:
            image.save(file, format="PNG")
    except OSError as error:
        raise ScreenshotError(f"{path} can't be written: {error.strerror or error}") from error


def _menu_height(root: tk.Tk) -> int:
    """The menu bar's height where Tk draws it itself (X11), above the root's own area."""
    for child in root.tk.splitlist(root.tk.call("winfo", "children", ".")):
        if root.tk.call("winfo", "class", child) == "Menu" and child.startswith(".#"):
            return int(root.tk.call("winfo", "height", child))
    return 0
