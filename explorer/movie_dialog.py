"""The small window that asks how a path becomes a movie, and shows one frame of it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image, ImageTk

from explorer.context import RunJob
from explorer.dialogs import add_answers, place
from explorer.export import MAX_SCALE, ExportError
from explorer.movie import (
    FORMATS,
    PALETTES,
    REPEATS,
    MovieOptions,
    check_movie,
    file_size,
    palette_table,
    picture_size,
    playing_order,
    positions,
    still,
    unavailable,
)
from explorer.theme import (
    Checkbutton,
    Combobox,
    Frame,
    Label,
    Palette,
    Radiobutton,
    Theme,
    add_tooltip,
    create_toplevel,
)
from explorer.widgets.number_field import NumberField

PREVIEW_SIZE = 232, 270  # the box for one frame, at 96 dpi: an MNIST digit at scale 8 with a label
RAMP_SIZE = 128, 14
REASON_WIDTH = 330  # of a text under a format that can't be written, at 96 dpi


class MovieDialog:
    """Asks for format, size, rate and looks, and goes on with on_save(options).

    run_job: the window's; the preview is drawn in the background, as the palettes and the font of
    the labels come from a library that takes long to load. sample: (C, H, W) uint8, a frame to
    show; caption: its label. duration_s, steps, closed: of the path, as `explorer.movie.positions`
    has them. options: what to begin with, for example those of the last time.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        run_job: RunJob,
        sample: np.ndarray,
        caption: str,
        duration_s: float,
        steps: int,
        options: MovieOptions,
        on_save: Callable[[MovieOptions], None],
        closed: bool = False,
    ) -> None:
        self._theme = theme
        self._run_job = run_job
        self._sample, self._caption = sample, caption
        self._path = duration_s, steps, closed
        self._on_save = on_save
        self._fps = options.fps  # as asked for; a format may allow less
        self._unavailable = unavailable()
        if options.format in self._unavailable:
            options = replace(options, format="gif", fps=min(options.fps, FORMATS["gif"].max_fps))
        self._drawn: list[ImageTk.PhotoImage] = []  # Tk shows them, but does not keep them
        self.window = create_toplevel(parent, "Export the morph")
        body = Frame(self.window, padding=theme.px(20))
        body.pack(fill="both", expand=True)
        self.preview = self._canvas(body, PREVIEW_SIZE)
        self.preview.grid(row=0, column=0, sticky="n", padx=(0, theme.px(20)))
        add_tooltip(self.preview, "One frame as the file will show it, smaller if need be.")
        form = Frame(body)
        form.grid(row=0, column=1, sticky="nsew")
        self._build_formats(form, options)
        self._build_numbers(form, options)
        self._build_looks(form, options)
        self._problem = Label(
            body, foreground=theme.palette.warning, wraplength=theme.px(640), justify="left"
        )
        self._problem.grid(row=1, column=0, columnspan=2, sticky="w", pady=(theme.px(10), 0))
        buttons, self.save_button = add_answers(body, theme, "Save…", self._save)
        buttons.grid(row=2, column=0, columnspan=2, sticky="e", pady=(theme.px(10), 0))

        theme.subscribe(self.window, self._on_theme)
        self._show()
        place(self.window)
        self.window.grab_set()
        self.format_buttons[options.format].focus_set()

    @property
    def options(self) -> MovieOptions:
        """What is chosen now."""
        format_ = self._format.get()
        return MovieOptions(
            format=format_,
            scale=self.scale_field.number,
            fps=self.fps_field.number,
            palette=tuple(PALETTES)[self.palette_box.current()],
            labels=self._labels.get(),
            repeat=tuple(REPEATS)[self.repeat_box.current()],
        )

    @property
    def problem(self) -> str:
        """Why what is chosen or was typed can't be saved; empty if it can."""
        return self._problem.cget("text")

    @property
    def size_text(self) -> str:
        """How large the file's picture will be."""
        return self._size.cget("text")

    @property
    def frames_text(self) -> str:
        """How many frames there will be, and how long they last."""
        return self._count.cget("text")

    @property
    def repeat_note(self) -> str:
        """What the format makes of the repetition; empty if it does what is chosen."""
        return self._repeat_note.cget("text")

    def _build_formats(self, form: Frame, options: MovieOptions) -> None:
        px = self._theme.px
        self._format = tk.StringVar(self.window, options.format)
        self.format_buttons: dict[str, Radiobutton] = {}
        box = Frame(form)
        box.grid(row=0, column=0, columnspan=3, sticky="ew", pady=(0, px(12)))
        for row, (name, format_) in enumerate(FORMATS.items()):
            reason = self._unavailable.get(name)
            button = Radiobutton(
                box,
                text=format_.label,
                value=name,
                variable=self._format,
                command=self._choose_format,
                state="disabled" if reason else "normal",
            )
            button.grid(row=row, column=0, sticky="nw", pady=px(2))
            note = Label(
                box,
                text=reason or format_.note,
                bootstyle="secondary",
                wraplength=px(REASON_WIDTH),
                justify="left",
            )
            note.grid(row=row, column=1, sticky="w", padx=(px(12), 0), pady=px(2))
            self.format_buttons[name] = button
            add_tooltip(button, f"{format_.label}: {reason or format_.note}.")

    def _build_numbers(self, form: Frame, options: MovieOptions) -> None:
        self.scale_field = NumberField(
            form,
            what="Scale",
            number=options.scale,
            low=1,
            high=MAX_SCALE,
            step=1,
            on_change=lambda number: self._show(),
            on_error=self._wrong,
        )
        add_tooltip(
            self.scale_field,
            "Pixels of the file for one pixel of the digit. With an even number the colours of an "
            "MP4 keep sharp edges, too: a video knows one colour for two by two pixels.",
        )
        self._row(form, 1, "Scale", self.scale_field)
        self._size = self._note(form, 1)
        self.fps_field = NumberField(
            form,
            what="Frames a second",
            number=options.fps,
            low=1,
            high=options.kind.max_fps,
            step=1,
            on_change=self._choose_fps,
            on_error=self._wrong,
        )
        add_tooltip(
            self.fps_field,
            "How smooth the motion is; the movie lasts as long. A GIF counts hundredths of a "
            "second, and viewers slow down what is shown for less than two: 50 at most.",
        )
        self._row(form, 2, "Frames a second", self.fps_field)
        self._count = self._note(form, 2)

    def _build_looks(self, form: Frame, options: MovieOptions) -> None:
        px = self._theme.px
        colour = self._sample.shape[0] == 3
        self.palette_box = self._choice(
            form, ["As they are"] if colour else list(PALETTES.values())
        )
        self.palette_box.current(0 if colour else tuple(PALETTES).index(options.palette))
        add_tooltip(
            self.palette_box,
            "These images have colours of their own."
            if colour
            else "The colour of every level. The four with names of their own are those in which "
            "equal steps of level look equal, so that no edge appears that is not there.",
        )
        self._row(form, 3, "Colours", self.palette_box)
        self._ramp = self._canvas(form, RAMP_SIZE)
        if colour:
            self.palette_box.configure(state="disabled")
        else:
            self._ramp.grid(row=3, column=2, sticky="w", padx=(px(12), 0))
        self.repeat_box = self._choice(form, list(REPEATS.values()))
        self.repeat_box.current(tuple(REPEATS).index(options.repeat))
        add_tooltip(
            self.repeat_box,
            "Once: it stops at the last frame. Loop: again and again. Ping-pong: there and back.",
        )
        self._row(form, 4, "Repeat", self.repeat_box)
        self._repeat_note = self._note(form, 4)
        self._labels = tk.BooleanVar(self.window, options.labels)
        self.labels_box = Checkbutton(
            form, text="Labels with class and time", variable=self._labels, command=self._show
        )
        self.labels_box.grid(row=5, column=1, columnspan=2, sticky="w", pady=(px(6), 0))
        add_tooltip(
            self.labels_box,
            "A line below every frame: what the classifier takes it for, how sure it is, and the "
            "time.",
        )

    def _choice(self, form: Frame, values: list[str]) -> Combobox:
        box = Combobox(form, values=values, state="readonly", width=12)

        def choose(event: tk.Event) -> None:
            box.selection_clear()
            self._show()

        box.bind("<<ComboboxSelected>>", choose)
        return box

    def _canvas(self, parent: tk.Misc, size: tuple[int, int]) -> tk.Canvas:
        """A place for a picture of a size at 96 dpi, with a hairline around it."""
        width, height = map(self._theme.px, size)
        return tk.Canvas(parent, width=width + 2, height=height + 2, highlightthickness=0)

    def _row(self, form: Frame, row: int, name: str, control: tk.Misc) -> None:
        px = self._theme.px
        Label(form, text=name).grid(row=row, column=0, sticky="w", padx=(0, px(12)), pady=px(4))
        control.grid(row=row, column=1, sticky="w", pady=px(4))

    def _note(self, form: Frame, row: int) -> Label:
        """What follows from the control in this row."""
        note = Label(form, bootstyle="secondary")
        note.grid(row=row, column=2, sticky="w", padx=(self._theme.px(12), 0))
        return note

    def _choose_fps(self, number: int) -> None:
        self._fps = number
        self._show()

    def _show(self) -> None:
        """Show what follows from the choices, and have a frame drawn."""
        options = self.options
        kind = options.kind
        n = len(positions(options, *self._path))
        width, height = file_size(self._sample.shape, options, n)
        each = " each" if options.format == "frames" else ""
        self._size.configure(text=f"{width:,} × {height:,} pixels{each}")
        self.fps_field.configure(state="disabled" if options.format == "strip" else "normal")
        self.repeat_box.configure(state="readonly" if kind.moves else "disabled")
        if kind.moves:
            played = len(playing_order(options, n))
            self._count.configure(text=f"{played:,} frames, {played / options.fps:.1f} s")
        else:
            self._count.configure(text=f"{n:,} pictures")
        note = "" if kind.repeats or options.repeat != "loop" else "if the player does"
        self._repeat_note.configure(text=note if kind.moves else "one way only")
        self._judge()
        box, bar = [tuple(map(self._theme.px, size)) for size in (PREVIEW_SIZE, RAMP_SIZE)]
        sample, caption = self._sample, self._caption
        self._run_job(
            "movie preview",
            "Drawing a frame",
            lambda job: (_preview(sample, caption, options, box), _ramp(options.palette, bar)),
            self._show_preview,
            quiet=True,
        )

    def _choose_format(self) -> None:
        self.fps_field.set_high(FORMATS[self._format.get()].max_fps)
        self.fps_field.set_number(self._fps)
        self._show()

    def _judge(self) -> None:
        """Say so if the movie would be too much."""
        options = self.options
        try:
            check_movie(self._sample.shape, len(positions(options, *self._path)), options)
        except ExportError as error:
            self._tell(str(error))
        else:
            self._tell("")

    def _wrong(self, message: str) -> None:
        if message:
            self._tell(message)
        else:
            self._judge()

    def _tell(self, message: str) -> None:
        self._problem.configure(text=message)

    def _show_preview(self, drawn: tuple[Image.Image, Image.Image]) -> None:
        if not self.window.winfo_exists():
            return
        self._drawn = [ImageTk.PhotoImage(image, master=self.window) for image in drawn]
        for canvas, image in zip((self.preview, self._ramp), self._drawn, strict=True):
            canvas.delete("all")
            left = (int(canvas["width"]) - image.width()) // 2
            canvas.create_image(left, 1, image=image, anchor="nw")
            right, bottom = left + image.width(), image.height() + 1
            canvas.create_rectangle(
                left - 1, 0, right, bottom, outline=self._theme.palette.border, tags="frame"
            )

    def _on_theme(self, palette: Palette) -> None:
        for canvas in (self.preview, self._ramp):
            canvas.configure(background=palette.background)
            canvas.itemconfigure("frame", outline=palette.border)
        self._problem.configure(foreground=palette.warning)

    def _save(self) -> None:
        if not (self.scale_field.commit() and self.fps_field.commit()) or self.problem:
            return
        options = self.options
        self.window.destroy()
        self._on_save(options)


def _preview(
    sample: np.ndarray, caption: str, options: MovieOptions, box: tuple[int, int]
) -> Image.Image:
    """One frame with its label, as large as in the file or as a box (width, height) holds."""
    for scale in range(options.scale, 0, -1):
        options = replace(options, scale=scale)
        width, height = picture_size(sample.shape, options)
        if width <= box[0] and height <= box[1]:
            break
    picture = still(sample, caption, options)
    picture.thumbnail(box)
    return picture


def _ramp(palette: str, size: tuple[int, int]) -> Image.Image:
    """The colours of all levels, from 0 at the left to 255."""
    return Image.fromarray(palette_table(palette)[None]).resize(size, Image.Resampling.NEAREST)
