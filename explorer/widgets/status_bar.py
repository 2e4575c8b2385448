"""The line at the bottom: time per frame, the model, messages, and the progress of a job."""

from __future__ import annotations

import time
import tkinter as tk
from collections.abc import Callable

from explorer.theme import Button, Frame, Label, Palette, Progressbar, Theme, add_tooltip

TIMING_INTERVAL_S = 0.25  # a number that changes faster can't be read, and costs frame time
SMOOTHING = 0.1  # weight of the newest frame in the running mean
MESSAGE_MS = 8000  # long enough to read two lines


class StatusBar(Frame):
    """Shows what goes on; owns no decision."""

    def __init__(self, parent: tk.Misc, theme: Theme) -> None:
        px = theme.px
        super().__init__(parent, padding=(px(12), px(4)))
        self._palette: Palette | None = None
        self._is_error = False
        self._mean_ms: float | None = None
        self._timing_shown = 0.0
        self._warm = False
        self._fade: str | None = None  # of a message; what a job says stays as long as the job
        self._job = ""  # what the job that is shown says
        self._cancel: Callable[[], None] = lambda: None
        self.timing = Label(self, width=16, bootstyle="secondary")
        self.model = Label(self, bootstyle="secondary")
        # One character: it takes the room that is left, and never that of the cancel button.
        self.message = Label(self, anchor="w", width=1)
        self._progress = Progressbar(self, length=px(140), maximum=1.0)
        # One command for all jobs: Tk would keep every other one that was ever given to the button.
        self.cancel_button = Button(
            self,
            text="Cancel",
            bootstyle="secondary link",
            padding=(px(8), 0),
            command=lambda: self._cancel(),
        )
        # The line is as high without it: else every job would push the pages up and down.
        strut = Frame(self, width=0, height=self.cancel_button.winfo_reqheight())

        strut.pack(side="left")
        self.timing.pack(side="left")
        self.model.pack(side="left", padx=px(20))
        self.message.pack(side="left", fill="x", expand=True)
        add_tooltip(self.timing, "Time to decode and draw one frame, averaged over the last ones.")
        add_tooltip(self.model, "The loaded decoder and how it was trained.")
        add_tooltip(self.cancel_button, "Stops the job; nothing half-done is left behind.")
        theme.subscribe(self, self._on_theme)

    @property
    def is_error(self) -> bool:
        """Whether the shown message tells of a problem."""
        return self._is_error

    def notify(self, message: str, is_error: bool = False) -> None:
        """Show a message; it fades after a while. An empty one takes the last one away."""
        self._clear()
        if message:
            self._is_error = is_error
            self._say(message)
            self._fade = self.after(MESSAGE_MS, self._clear)

    def show_model(self, text: str) -> None:
        """Describe the loaded model."""
        self.model.configure(text=text)

    def count_frame(self, milliseconds: float) -> None:
        """Take the duration of one frame into the running mean."""
        if not self._warm:
            self._warm = True  # the first frame also lays out the window; it tells nothing
            return
        mean = self._mean_ms
        self._mean_ms = milliseconds if mean is None else mean + SMOOTHING * (milliseconds - mean)
        now = time.perf_counter()
        if now - self._timing_shown >= TIMING_INTERVAL_S:
            self._timing_shown = now
            self.timing.configure(text=f"{self._mean_ms:.1f} ms a frame")

    def start_job(self, label: str, cancel: Callable[[], None], quiet: bool = False) -> None:
        """Show a progress bar with a cancel button. quiet: nobody has asked for the job, so a
        message that is shown is left to be read first.
        """
        self._job = label
        if not quiet or self._fade is None:
            self._clear()
        self._progress.configure(value=0.0)
        self._cancel = cancel
        self.cancel_button.pack(side="right")
        self._progress.pack(side="right")

    def set_progress(self, fraction: float) -> None:
        """Show how much is done, 0 to 1."""
        self._progress.configure(value=fraction)

    def end_job(self) -> None:
        """Take the progress bar away."""
        self._progress.pack_forget()
        self.cancel_button.pack_forget()
        self._job = ""
        if self._fade is None:
            self._clear()

    def destroy(self) -> None:
        """Leave no timer behind."""
        if self._fade is not None:
            self.after_cancel(self._fade)
            self._fade = None
        super().destroy()

    def _clear(self) -> None:
        """Take the message away; the job has its say again."""
        if self._fade is not None:
            self.after_cancel(self._fade)
            self._fade = None
        self._is_error = False
        self._say(self._job)

    def _say(self, text: str) -> None:
        self.message.configure(text=text[:1].upper() + text[1:])
        self._colour()

    def _on_theme(self, palette: Palette) -> None:
        self._palette = palette
        self._colour()

    def _colour(self) -> None:
        palette = self._palette
        self.message.configure(foreground=palette.warning if self._is_error else palette.foreground)
