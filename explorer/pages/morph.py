"""The Morph page: a path from one point to another, as a filmstrip that is scrubbed and played."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from explorer.context import Context, point_sources
from explorer.export import MAX_SIDE, export_animation, export_strip
from explorer.model import LoadedModel
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Button,
    Combobox,
    Frame,
    Label,
    Menu,
    Menubutton,
    Radiobutton,
    add_tooltip,
)
from explorer.widgets.digit_grid import DigitGrid
from explorer.widgets.number_field import NumberField
from explorer.widgets.point_field import PointField
from explorer.widgets.scrub_bar import ScrubBar
from explorer.worker import Job
from vae import latent

MAX_STEPS = 200
STRIP_GAP = 2  # pixels between the pictures of an exported strip
REPEATS = {"once": "Once", "loop": "Loop", "ping-pong": "Ping-pong"}
PATHS = {"linear": latent.lerp, "spherical": latent.slerp}
PATH_TEXTS = {
    "linear": (
        "Linear",
        "The straight line. Between two typical points it runs through the middle of the space, "
        "where hardly any digit lies.",
    ),
    "spherical": (
        "Spherical",
        "Along the great circle: it keeps the typical distance from the origin (White 2016).",
    ),
}
EXPORTS = {
    "gif": ("GIF…", "GIF animation", "*.gif"),
    "apng": ("APNG…", "Animated PNG", "*.apng"),
    "webp": ("WebP…", "WebP animation", "*.webp"),
    "strip": ("PNG strip…", "PNG picture", "*.png"),
}


class MorphPage(Frame):
    """Interpolation between two points."""

    name = "morph"
    title = "Morph"

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        super().__init__(parent, padding=context.theme.px(12))
        self._context = context
        self._model: LoadedModel | None = None
        self._frames = np.zeros((0, 1))
        self._playing = False
        self._drag = 0  # the number of the latest drag's gesture
        self._build_ends()
        self._build_options()
        self.film = DigitGrid(self, context.theme, on_activate=self._show_step, max_cell=220)
        self.scrub = ScrubBar(
            self,
            context.theme,
            steps=self.steps_field.number,
            on_change=self._scrub,
            on_press=self._begin_scrub,
            on_release=context.state.end,
        )
        self._build_player()

        pad = context.theme.px(10)
        self._ends_row.grid(row=0, column=0, sticky="ew")
        self._options_row.grid(row=1, column=0, sticky="ew", pady=(pad, pad))
        self.film.grid(row=2, column=0, sticky="nsew")
        self.scrub.grid(row=3, column=0, sticky="ew", pady=(pad, 0))
        self._player_row.grid(row=4, column=0, sticky="ew", pady=(pad, 0))
        self.rowconfigure(2, weight=1)
        self.columnconfigure(0, weight=1)
        add_tooltip(
            self.film,
            "Every step of the path. Click one, or walk with the arrow keys and press Return.",
            PATIENT_TOOLTIP_DELAY_MS,
            position="top",
        )
        self.bind("<Unmap>", lambda event: self._leave(event))
        add_tooltip(
            self.scrub, "Where on the path you are. Drag it, or use the arrow keys, Home and End."
        )

    def set_model(self, model: LoadedModel) -> None:
        """Morph with another model, between two of its presets."""
        self._model = model
        if model.presets is not None and len(model.presets) > 1:
            last = min(8, len(model.presets) - 1)
            first = min(3, last - 1)
            ends = [(model.presets[i], f"preset {model.class_names[i]}") for i in (first, last)]
        else:
            rng = np.random.default_rng(0)
            ends = [(model.random_point(rng), "random") for _ in range(2)]
        self.start.set_point(*ends[0])
        self.end.set_point(*ends[1])
        self._rebuild()

    def slots(self) -> dict[str, Callable[[Sequence[float], str], None]]:
        """Where a point can be sent, with its name; nowhere before there is a model."""
        if self._model is None:
            return {}
        return {"start": self.start.choose, "end": self.end.choose}

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        return {
            "start": list(self.start.z or ()),
            "start_origin": self.start.origin,
            "end": list(self.end.z or ()),
            "end_origin": self.end.origin,
            "steps": self.steps_field.number,
            "path": self._path.get(),
            "seconds": self.seconds_field.number,
            "repeat": self._repeat(),
            "scale": self.scale_field.number,
        }

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        if self._model is None:
            return
        for key, field in (("start", self.start), ("end", self.end)):
            z, origin = settings.get(key), settings.get(f"{key}_origin")
            try:
                point = latent.parse_vector(str(z), self._model.latent_dim)
            except ValueError:
                continue
            field.set_point(point, origin if isinstance(origin, str) else "session")
        for key, field in (
            ("steps", self.steps_field),
            ("seconds", self.seconds_field),
            ("scale", self.scale_field),
        ):
            if isinstance(settings.get(key), (int, float)):
                field.set_number(settings[key])
        if settings.get("path") in tuple(PATHS):
            self._path.set(settings["path"])
        if settings.get("repeat") in tuple(REPEATS):
            self.repeat_box.current(list(REPEATS).index(settings["repeat"]))
        self._rebuild()

    def point_at(self, position: float) -> np.ndarray:
        """The point (latent_dim,) at a position 0 to 1 along the path."""
        return PATHS[self._path.get()](self.start.z, self.end.z, position)

    @property
    def frames(self) -> np.ndarray:
        """The points of the filmstrip, (steps, latent_dim)."""
        return self._frames

    @property
    def playing(self) -> bool:
        """Whether the path is being played."""
        return self._playing

    def swap(self) -> None:
        """Exchange start and end."""
        if self._model is None:
            return
        start, end = (self.start.z, self.start.origin), (self.end.z, self.end.origin)
        self.start.set_point(*end)
        self.end.set_point(*start)
        self._rebuild()

    def toggle_play(self) -> None:
        """Play from where the bar is, or from the start if it is at the end; or pause."""
        if self._model is None:
            return
        if self._playing:
            self._context.glide.stop()
            return
        offset = self.scrub.position if self.scrub.position < 1 else 0.0
        seconds = self.seconds_field.number
        repeat = self._repeat()

        def step(elapsed: float) -> bool:
            travelled = offset + elapsed / seconds
            position, more = _position(travelled, repeat)
            self._go(position)
            return more

        self._playing = True
        self.play_button.configure(text="Pause")
        self._context.glide.play(step, stopped=self._paused)

    def _build_ends(self) -> None:
        self._ends_row = row = Frame(self)
        sources = point_sources(self._context, lambda: self._model)

        def field(title: str, tooltip: str) -> PointField:
            return PointField(
                row,
                self._context.theme,
                title=title,
                tooltip=tooltip,
                sources=sources,
                decode=lambda z: self._model.decoder.decode_uint8(z),
                on_change=self._rebuild,
                on_error=lambda message: self._context.notify(message, True),
            )

        self.start = field("From", "Where the path starts. It stays there when you move on.")
        self.end = field("To", "Where the path ends.")
        self.swap_button = Button(row, text="⇄", width=3, command=self.swap)
        add_tooltip(self.swap_button, "Exchanges start and end.")
        self.start.grid(row=0, column=0, sticky="ew")
        self.swap_button.grid(row=0, column=1, padx=self._context.theme.px(10))
        self.end.grid(row=0, column=2, sticky="ew")
        row.columnconfigure((0, 2), weight=1, uniform="end")

    def _build_options(self) -> None:
        self._options_row = row = Frame(self)
        pad = self._context.theme.px(14)
        Label(row, text="Steps").pack(side="left", padx=(0, 6))
        self.steps_field = self._number(
            row,
            "Steps",
            16,
            2,
            MAX_STEPS,
            1,
            "Number of pictures on the path, ends included.",
            on_change=lambda value: self._rebuild(),
        )
        self._path = tk.StringVar(self, "spherical")
        self.path_buttons = {}
        for path, (text, tooltip) in PATH_TEXTS.items():
            button = Radiobutton(
                row, text=text, value=path, variable=self._path, command=self._rebuild
            )
            button.pack(side="left", padx=(pad, 0))
            add_tooltip(button, tooltip)
            self.path_buttons[path] = button
        Label(row, text="Click a step to go there.", bootstyle="secondary").pack(side="right")

    def _build_player(self) -> None:
        self._player_row = row = Frame(self)
        pad = self._context.theme.px(14)
        self.play_button = Button(
            row, text="Play", width=7, bootstyle="primary", command=self.toggle_play
        )
        self.play_button.pack(side="left")
        add_tooltip(self.play_button, "Moves the current point along the path; one undo entry.")
        self.repeat_box = Combobox(row, values=list(REPEATS.values()), state="readonly", width=9)
        self.repeat_box.current(0)
        self.repeat_box.pack(side="left", padx=(pad, 0))
        self.repeat_box.bind("<<ComboboxSelected>>", lambda event: self._choose_repeat())
        add_tooltip(self.repeat_box, "What happens at the end of the path.")
        Label(row, text="Seconds").pack(side="left", padx=(pad, 6))
        self.seconds_field = self._number(
            row, "Seconds", 2.0, 0.2, 60, 0.5, "How long one way takes, here and in an export."
        )
        self.export_button = Menubutton(row, text="Export  ")
        menu = Menu(self.export_button, tearoff=False)
        for kind, (text, _, _) in EXPORTS.items():
            menu.add_command(label=text, command=lambda kind=kind: self.export(kind))
        self.export_button.configure(menu=menu)
        self.export_button.pack(side="right")
        add_tooltip(self.export_button, "Saves the steps as an animation or as one picture.")
        self.scale_field = self._number(
            row, "Scale", 8, 1, 40, 1, "Pixels of the exported file for one pixel of the digit."
        )
        self.scale_field.pack(side="right", padx=(0, pad))
        Label(row, text="Scale").pack(side="right", padx=(0, 6))

    def _number(
        self,
        row: Frame,
        what: str,
        number: float,
        low: float,
        high: float,
        step: float,
        tip: str,
        on_change: Callable[[float], None] | None = None,
    ) -> NumberField:
        field = NumberField(
            row,
            what=what,
            number=number,
            low=low,
            high=high,
            step=step,
            width=4,
            on_change=on_change or (lambda value: None),
            on_error=lambda message: self._context.notify(message, True),
        )
        field.pack(side="left")
        add_tooltip(field, tip)
        return field

    def export(self, kind: str) -> None:
        """Ask for a file and save the steps: `gif`, `apng`, `webp` or `strip`."""
        if self._model is None:
            return
        _, description, pattern = EXPORTS[kind]
        path = self._context.save_path(
            "Export the morph", [(description, pattern)], f"morph{pattern[1:]}"
        )
        if path is None:
            return
        decoder, points, scale = self._model.decoder, self._frames, self.scale_field.number
        if kind != "strip" and self._repeat() == "ping-pong":
            points = np.concatenate([points, points[-2:0:-1]])
        frame_ms = self.seconds_field.number * 1000 / max(1, len(self._frames) - 1)
        loop = self._repeat() != "once"

        def save(job: Job):
            frames = decoder.decode_uint8(points)
            if kind == "strip":
                # One row, unless it is wider than a picture may be.
                cell = frames.shape[-1] * scale + STRIP_GAP
                columns = max(1, min(len(frames), MAX_SIDE // cell))
                export_strip(
                    frames,
                    path,
                    scale,
                    columns,
                    STRIP_GAP,
                    progress=job.progress,
                    cancelled=lambda: job.cancelled,
                )
            else:
                export_animation(
                    frames,
                    path,
                    frame_ms,
                    scale,
                    loop=loop,
                    progress=job.progress,
                    cancelled=lambda: job.cancelled,
                )
            return path

        self._context.run_job(
            "export",
            f"Exporting {path.name}",
            save,
            done=lambda path: self._context.notify(f"Saved {path}", False),
        )

    def _repeat(self) -> str:
        return list(REPEATS)[max(0, self.repeat_box.current())]

    def _choose_repeat(self) -> None:
        self.repeat_box.selection_clear()
        self.winfo_toplevel().focus_set()  # else the keys of the window stay with the list
        if self._playing:
            self._context.glide.stop()

    def _rebuild(self) -> None:
        """Decode the filmstrip anew; at most MAX_STEPS images, so on the Tk thread."""
        if self._model is None or self.start.z is None or self.end.z is None:
            return
        if self._playing:
            self._context.glide.stop()
        steps = self.steps_field.number
        self._frames = latent.interpolate(self.start.z, self.end.z, steps, self._path.get())
        self.film.set_images(self._model.decoder.decode_uint8(self._frames))
        self.scrub.set_steps(steps)
        self.scrub.set_position(0.0)

    def _begin_scrub(self) -> None:
        self._context.glide.stop()
        self._drag = self._context.state.begin()

    def _scrub(self, position: float) -> None:
        if self._model is None:
            return
        if self._context.state.open_gesture != self._drag:
            self._context.glide.stop()
        self._go(position)

    def _show_step(self, index: int) -> None:
        self._scrub(index / max(1, len(self._frames) - 1))

    def _go(self, position: float) -> None:
        self.scrub.set_position(position)
        self.film.set_marked(round(position * (len(self._frames) - 1)))
        self._context.state.set_z(self.point_at(position))

    def _leave(self, event: tk.Event) -> None:
        """Another page was chosen: there would be no button to pause with."""
        if event.widget is self and self._playing:
            self._context.glide.stop()

    def _paused(self) -> None:
        self._playing = False
        self.play_button.configure(text="Play")


def _position(travelled: float, repeat: str) -> tuple[float, bool]:
    """Where a player is after `travelled` path lengths, and whether it goes on."""
    if repeat == "loop":
        return travelled % 1.0, True
    if repeat == "ping-pong":
        phase = travelled % 2.0
        return (phase if phase <= 1 else 2.0 - phase), True
    return min(1.0, travelled), travelled < 1.0
