"""The commands on the clipboard: the vector, the image and a program go out, a vector comes in."""

from __future__ import annotations

import tkinter as tk
from typing import TYPE_CHECKING

import numpy as np

from explorer import export, images
from explorer.image_clipboard import ClipboardUnavailable, copy_image
from vae import latent

if TYPE_CHECKING:
    from explorer.window import MainWindow

COPY_SCALE = 10  # pixels of a copied image for one of the model's


class ClipboardCommands:
    """Copying and pasting the current point."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def copy_vector(self) -> None:
        """Copy the vector as a JSON list."""
        self._to_clipboard(latent.format_vector(self._window.state.z))
        self._window.notify("Copied the vector.")

    def copy_image(self) -> None:
        """Copy the shown image as PNG, where Tk can."""
        if self._window.model is None:
            return
        pixels = self._window.model.decoder.decode_uint8(np.asarray(self._window.state.z))
        png = images.png_of(pixels, COPY_SCALE, self._window.digit.smooth)
        try:
            copy_image(self._window.root, png)
        except ClipboardUnavailable as error:
            self._window.notify(str(error), True)
        else:
            self._window.notify("Copied the image.")

    def copy_as_python(self) -> None:
        """Copy a program that makes the shown image from the weights file."""
        if self._window.model is not None:
            self._to_clipboard(
                export.copy_as_python(self._window.state.z, self._window.model.bundle.path)
            )
            self._window.notify("Copied a Python program that makes this image.")

    def paste_vector(self) -> None:
        """Move to the vector on the clipboard."""
        if self._window.model is None:
            return
        try:
            z = self.clipboard_vector()
        except ValueError as error:
            self._window.notify(str(error), True)
        else:
            self._window.adopt(z, True)
            self._window.notify("Pasted a vector.")

    def clipboard_vector(self) -> tuple[float, ...]:
        """The vector on the clipboard. Raises ValueError with the reason if it is none."""
        try:
            text = self._window.root.clipboard_get()
        except tk.TclError as error:
            raise ValueError("the clipboard holds no text") from error
        try:
            return latent.parse_vector(text, self._window.state.latent_dim)
        except ValueError as error:
            raise ValueError(f"the clipboard holds no vector: {error}") from error

    def _to_clipboard(self, text: str) -> None:
        self._window.root.clipboard_clear()
        self._window.root.clipboard_append(text)
