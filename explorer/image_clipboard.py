"""A picture on the clipboard, where Tk can put one there."""

from __future__ import annotations

import tkinter as tk

# Tk sends data of this form as Latin-1, so that every byte arrives as it is.
BINARY_FORMAT = "STRING"


class ClipboardUnavailable(Exception):
    """No picture can be put on the clipboard; the text says what to do instead."""


def copy_image(root: tk.Misc, png: bytes) -> None:
    """Put a PNG on the clipboard, in place of what was there.

    Tk offers other programs nothing but text outside X11. Under X11 xclip, GTK 3 and Qt 5 read
    back what was copied, a file of 4 MB too. As with text, it is gone when the window closes.

    Raises:
        ClipboardUnavailable: not under X11, or the clipboard can't be taken; it may be empty then.
    """
    if root.tk.call("tk", "windowingsystem") != "x11":
        raise ClipboardUnavailable(
            "Tk copies pictures only under X11. Save the picture instead (Ctrl+E)."
        )
    try:
        root.clipboard_clear()
        # Not clipboard_append(): it takes text, which Tk cuts off at the first zero byte; of a
        # bytes object it makes a Tcl byte array, in which a zero is like any other.
        root.tk.call(
            *("clipboard", "append", "-type", "image/png"),
            *("-format", BINARY_FORMAT, "--", png),
        )
    except tk.TclError as error:
        raise ClipboardUnavailable(
            f"The picture was not copied ({error}). Save it instead (Ctrl+E)."
        ) from error
