"""The Morph page: a journey between keys, by three ways beside one another, scrubbed and played."""

from __future__ import annotations

import math
import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from explorer.context import Context, point_sources
from explorer.journey import MAX_KEYS, MAX_SECONDS, Journey, Key
from explorer.model import LoadedModel
from explorer.movie import REPEATS, MovieOptions
from explorer.movie_dialog import MovieDialog
from explorer.path_movie import PathMovie, caption
from explorer.path_study import PathStudy
from explorer.player import Player
from explorer.routes import GEODESIC_POINTS, METHODS
from explorer.theme import Button, Checkbutton, Combobox, Frame, Label, add_tooltip
from explorer.ways import Ways
from explorer.widgets.key_editor import LEAST_KEYS, KeyEditor
from explorer.widgets.number_field import NumberField
from explorer.widgets.path_lane import PathLane
from explorer.widgets.path_lanes import PathLanes
from explorer.widgets.scrub_bar import MARGIN, ScrubBar
from explorer.worker import Job
from vae import latent
from vae.documents import is_number, is_text
from vae.paths import TOLERANCE

MAX_STEPS = 200
LEAST_SECONDS = 0.2

# Images of the films with more pixels than this in all are decoded in the worker; 8 ms.
LIVE_PIXELS = 1_000_000

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
    "geodesic": (
        "Geodesic",
        "The way on which the image changes least: the shortest as seen, and always at the same "
        "speed, in the metric that the decoder pulls back to the latent space (Arvanitidis et al. "
        f"2018). {GEODESIC_POINTS} points a segment, found from the straight line; the search ends "
        f"when two rounds in a row lower the energy by less than {TOLERANCE:.2%}.",
    ),
}
SMOOTH_TEXTS = (
    "Smooth",
    "A Catmull-Rom spline through all keys, without corners in space or time. Great circles and "
    "geodesics still lead from key to key.",
)
CONSTANT_TOOLTIP = (
    "Times every path anew so that the image changes at the same rate all along, as perceptual "
    "path length asks (Karras et al. 2019). The seconds and the easing of single segments then no "
    "longer count."
)
ON_PATH = 1e-4  # prior standard deviations; the state keeps six decimals
SEARCHING = "Finding the geodesic …"
TIMING = "Timing the path anew …"


class MorphPage(Frame):
    """A journey through keys, travelled by three methods."""

    name = "morph"
    title = "Morph"

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        super().__init__(parent, padding=context.theme.px(10))
        self._context = context
        self._model: LoadedModel | None = None
        self._journey: Journey | None = None
        self._ways = Ways(
            context.run_job,
            on_routes=self._show_films,
            on_studies=self._show_studies,
            on_stopped=lambda method, reason: self.paths.offer_retry(method, reason),
        )
        self._frames: dict[str, np.ndarray] = {}  # the points of the films, by method
        self._player = Player(context.glide, on_position=self._go, on_change=self._show_playing)
        self._drag = 0  # the number of the latest drag's gesture
        self._movie = MovieOptions()  # of the last export
        self._constant = tk.BooleanVar(self)

        self.key_editor = KeyEditor(
            self,
            context.theme,
            sources=point_sources(context, lambda: self._model),
            decode=lambda z: self._model.decoder.decode_uint8(z),
            on_change=self._travel,
            on_error=lambda message: context.notify(message, True),
            on_go=self._go_to_key,
            on_notice=lambda message: context.notify(message, False),
        )
        self.paths = PathLanes(
            self,
            context.theme,
            METHODS,
            chosen="spherical",
            on_choose=self._choose_path,
            on_activate=self._show_step,
            on_retry=self._begin,
        )
        self._name_lanes()
        self._build_scrub()
        self._build_player()

        pad = context.theme.px(6)
        self.key_editor.grid(row=0, column=0, sticky="ew")
        self.paths.grid(row=1, column=0, sticky="nsew", pady=(pad, 0))
        self._scrub_row.grid(row=2, column=0, sticky="ew", pady=(pad, 0))
        self._player_row.grid(row=3, column=0, sticky="ew", pady=(pad, 0))
        self.rowconfigure(1, weight=1)
        self.columnconfigure(0, weight=1)
        self.bind("<Map>", self._come)
        self.bind("<Unmap>", self._leave)

    # ---- what the window asks ----------------------------------------------------------------

    def set_model(self, model: LoadedModel) -> None:
        """Morph with another model, between two of its presets."""
        self._model = model
        self._ways.set_model(model)
        if model.presets is not None and len(model.presets) > 1:
            last = min(8, len(model.presets) - 1)
            first = min(3, last - 1)
            ends = [(model.presets[i], f"preset {model.class_names[i]}") for i in (first, last)]
        else:
            rng = np.random.default_rng(0)
            ends = [(model.random_point(rng), "random") for _ in range(2)]
        self._set_journey(Journey(tuple(Key(tuple(z), name) for z, name in ends)))

    def set_encoded(self, model: LoadedModel) -> None:
        """Judge what is typical by the real images, too, which are encoded now."""
        self._model = model
        self._ways.set_encoded(model)
        self._find()

    def slots(self) -> dict[str, Callable[[Sequence[float], str], None]]:
        """Where a point can be sent, with its name; nowhere before there is a model."""
        if self._journey is None:
            return {}
        return {
            "start": lambda z, name: self.key_editor.choose_point(0, z, name),
            "end": lambda z, name: self.key_editor.choose_point(
                len(self._journey.keys) - 1, z, name
            ),
            "new key": lambda z, name: self.key_editor.add_points([(name, z)]),
        }

    def take_path(self, points: np.ndarray, name: str) -> None:
        """Travel through other points, (K, latent_dim), K at least 2, as long as the way before.

        They are corners of one smooth way, not stations of a tour: more than two become a spline
        that is passed without a pause.
        """
        if self._journey is None:
            return
        keys = tuple(
            Key(tuple(map(float, z)), f"{name} {number}") for number, z in enumerate(points, 1)
        )
        journey = Journey(keys, corners="smooth" if len(keys) > 2 else "piecewise")
        low, high = journey.total_bounds
        self.paths.choose("linear")  # the spline; the other ways lead from key to key
        self._set_journey(journey.with_total_seconds(min(max(self._seconds, low), high)))

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        return {
            "journey": None if self._journey is None else self._journey.to_settings(),
            "steps": self.steps_field.number,
            "path": self.paths.chosen,
            "constant_speed": self._constant.get(),
            "repeat": self._repeat(),
            "movie": self._movie.settings(),
        }

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is.

        Sessions from before there were keys have a `start`, an `end` and the `seconds` between.
        """
        if self._journey is None:
            return
        try:
            journey = Journey.from_settings(settings.get("journey"), self._model.latent_dim)
        except ValueError:
            journey = self._with_old_settings(self._journey, settings)
        if len(journey.keys) < LEAST_KEYS:
            journey = self._journey
        if is_number(settings.get("steps")):
            self.steps_field.set_number(settings["steps"])
            self.scrub.set_steps(self.steps_field.number)
        if settings.get("path") in METHODS:
            self.paths.choose(settings["path"])
        if isinstance(settings.get("constant_speed"), bool):
            self._constant.set(settings["constant_speed"])
        if settings.get("repeat") in tuple(REPEATS):
            self.repeat_box.current(list(REPEATS).index(settings["repeat"]))
        if isinstance(settings.get("movie"), dict):
            self._movie = MovieOptions.from_settings(settings["movie"])
        self._set_journey(journey)

    def _with_old_settings(self, journey: Journey, settings: Mapping[str, Any]) -> Journey:
        for key, index in (("start", 0), ("end", len(journey.keys) - 1)):
            z, origin = settings.get(key), settings.get(f"{key}_origin")
            try:
                point = latent.parse_vector(str(z), self._model.latent_dim)
            except ValueError:
                continue
            name = origin if is_text(origin) else "session"
            journey = journey.replaced(index, z=tuple(point), name=name)
        if is_number(settings.get("seconds")):
            low, high = journey.total_bounds
            seconds = min(max(settings["seconds"], low, LEAST_SECONDS), high)
            journey = journey.with_total_seconds(seconds)
        return journey

    @property
    def settled(self) -> bool:
        """Whether everything that is known is drawn."""
        return self.paths.settled

    # ---- the journey as it is ----------------------------------------------------------------

    @property
    def journey(self) -> Journey | None:
        """What is travelled; None before there is a model."""
        return self._journey

    @property
    def film(self) -> PathLane:
        """The lane that is played."""
        return self.paths.lane

    @property
    def frames(self) -> np.ndarray:
        """The points of the chosen lane's film, (steps, latent_dim); none while not known."""
        return self._frames.get(self.paths.chosen, np.zeros((0, 1)))

    @property
    def playing(self) -> bool:
        """Whether the path is being played."""
        return self._player.playing

    @property
    def _seconds(self) -> float:
        return self._journey.total_seconds

    def study(self, method: str) -> PathStudy | None:
        """What is known of the path by one of `METHODS`."""
        return self._ways.studies.get(method)

    def point_at(self, position: float) -> np.ndarray:
        """The point (latent_dim,) at a position 0 to 1 of the chosen path.

        Raises:
            KeyError: that path is not known yet.
        """
        return self._ways.routes[self.paths.chosen](np.array([position]))[0]

    # ---- building ----------------------------------------------------------------------------

    def _build_scrub(self) -> None:
        self._scrub_row = row = Frame(self)
        Label(row, text="Steps").pack(side="left", padx=(0, 6))
        self.steps_field = self._number(
            row,
            "Steps",
            16,
            2,
            MAX_STEPS,
            1,
            self._set_steps,
            "Number of pictures on the path, ends included. The films leave some out where there "
            "is no room for all.",
        )
        self.steps_field.pack(side="left")
        self.scrub = ScrubBar(
            row,
            self._context.theme,
            steps=self.steps_field.number,
            on_change=self._scrub,
            on_press=self._begin_scrub,
            on_release=self._context.state.end,
        )
        self.scrub.place(relx=0.3, relwidth=0.7, rely=0.5, anchor="w")
        add_tooltip(
            self.scrub, "Where on the path you are. Drag it, or use the arrow keys, Home and End."
        )
        for lane in self.paths.lanes.values():
            lane.bind("<<TimeMoved>>", lambda event: self._align_scrub(event.widget))

    def _build_player(self) -> None:
        self._player_row = row = Frame(self)
        pad = self._context.theme.px(10)
        self.play_button = Button(
            row, text="Play", width=6, bootstyle="primary", command=self.toggle_play
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
            row,
            "Seconds",
            2.0,
            LEAST_SECONDS,
            MAX_KEYS * MAX_SECONDS,
            0.5,
            self._set_seconds,
            "How long one way takes in all, here and in an export. Another time makes every "
            "segment longer or shorter by the same factor.",
        )
        self.seconds_field.pack(side="left")
        self.constant_box = Checkbutton(
            row, text="Constant speed", variable=self._constant, command=self._begin
        )
        self.constant_box.pack(side="left", padx=(pad, 0))
        add_tooltip(self.constant_box, CONSTANT_TOOLTIP)
        self.export_button = Button(row, text="Export…", command=self.open_export)
        self.export_button.pack(side="right")
        add_tooltip(
            self.export_button,
            "Saves the chosen path as GIF, APNG, WebP or MP4, as one picture of its steps, or as a "
            "folder of pictures.",
        )

    def _number(
        self,
        row: Frame,
        what: str,
        number: float,
        low: float,
        high: float,
        step: float,
        on_change: Callable[[float], None],
        tip: str,
    ) -> NumberField:
        field = NumberField(
            row,
            what=what,
            number=number,
            low=low,
            high=high,
            step=step,
            width=4,
            on_change=on_change,
            on_error=lambda message: self._context.notify(message, True),
        )
        add_tooltip(field, tip)
        return field

    def _name_lanes(self) -> None:
        """Call the linear lane what it is: a spline where the corners are smooth."""
        smooth = self._journey is not None and self._journey.is_smooth
        for method, texts in PATH_TEXTS.items():
            self.paths.set_name(method, *(SMOOTH_TEXTS if smooth and method == "linear" else texts))

    def _align_scrub(self, lane: PathLane) -> None:
        """Put the bar's thumb below the line that stands in the lanes."""
        margin = self._context.theme.px(MARGIN)
        left, right = lane.ends
        x = round(lane.winfo_x() + left) - margin
        self.scrub.place_configure(relx=0, x=x, relwidth=0, width=round(right - left) + 2 * margin)

    # ---- travelling --------------------------------------------------------------------------

    def _set_journey(self, journey: Journey) -> None:
        self.key_editor.set_journey(journey)
        self._travel(journey)

    def _travel(self, journey: Journey) -> None:
        """Take another journey: films at once, the rest as the worker finds it."""
        self._journey = journey
        self.seconds_field.set_number(round(journey.total_seconds, 2))
        self._name_lanes()
        self._begin()

    def _begin(self) -> None:
        """Forget what belongs to the journey before, and begin with what is quick."""
        if self._journey is None:
            return
        self._player.stop()
        constant = self._constant.get()
        self._ways.begin(self._journey, constant)
        self._frames.clear()
        self.scrub.set_position(0.0)
        self.paths.clear()
        for method in METHODS:
            if method == "geodesic" and self._ways.lack_geodesics:
                self.paths.wait_for(method, SEARCHING)
            elif constant:
                self.paths.wait_for(method, TIMING)
        self._show_films(list(self._ways.routes))
        self._find()

    def _show_films(self, methods: Sequence[str]) -> None:
        """Decode the films of these lanes: here if that is quick, else in the worker."""
        model, steps = self._model, self.steps_field.number
        times = np.linspace(0.0, 1.0, steps)
        for method in methods:
            self._frames[method] = self._ways.routes[method](times)
        frames = {method: self._frames[method] for method in methods}

        def decode(job: Job | None = None) -> dict[str, np.ndarray]:
            return {method: model.decoder.decode_uint8(z) for method, z in frames.items()}

        def show(films: dict[str, np.ndarray]) -> None:
            for method, pixels in films.items():
                if self._frames.get(method) is frames[method]:
                    self.paths.lanes[method].set_images(pixels)

        if len(METHODS) * steps * math.prod(model.decoder.image_shape) <= LIVE_PIXELS:
            show(decode())
        else:
            self._context.run_job(f"film {methods}", "Decoding", decode, show, quiet=True)

    def _show_studies(self) -> None:
        straight = None if self._journey.is_smooth else "linear"
        self.paths.set_studies(
            self._ways.studies, self._model.class_names, self._ways.straight_length, straight
        )

    def _find(self) -> None:
        """Have the worker find what is missing, if anybody looks."""
        if self.winfo_ismapped():
            self._ways.find()

    # ---- what the person does ----------------------------------------------------------------

    def toggle_play(self) -> None:
        """Play from where the bar is, or from the start if it is at the end; or pause."""
        if self._journey is None:
            return
        if self._player.playing:
            self._player.stop()
        elif self._is_known():
            start = self.scrub.position if self.scrub.position < 1 else 0.0
            self._player.play(start, self._seconds, self._repeat())

    def _is_known(self) -> bool:
        """Whether the chosen path can be travelled; if not, that is told."""
        if self.paths.chosen in self._ways.routes:
            return True
        self._context.notify("This path is not known yet: choose another one, or wait.", True)
        return False

    def _set_steps(self, steps: int) -> None:
        self.scrub.set_steps(steps)
        if self._journey is None:
            return
        self._player.stop()
        self.paths.unmark()
        self._show_films(list(self._ways.routes))

    def _set_seconds(self, seconds: float) -> None:
        if self._journey is None:
            return
        try:
            journey = self._journey.with_total_seconds(seconds)
        except ValueError as error:
            self._context.notify(str(error), True)
            self.seconds_field.set_number(round(self._seconds, 2))
            return
        shares = [times.key_times / times.total_seconds for times in (self._journey, journey)]
        if not np.allclose(*shares):  # a segment has come to its least or its most
            self._set_journey(journey)
            return
        # The way stays the same, and what is known of it.
        self._player.stop()
        self._journey = journey
        self._ways.keep_time(journey)
        self.key_editor.set_journey(journey)

    def _choose_path(self) -> None:
        """Play another path from now on; a point on the path goes over to the same time on it."""
        state, position = self._context.state, self.film.position
        before = self.paths.marked
        self._player.stop()
        self.paths.unmark()
        if before is None or position is None or not self._is_known():
            return
        there = self._ways.routes[before](np.array([position]))[0]
        if np.abs(np.subtract(state.z, there)).max() < ON_PATH:
            self._go(position)

    def _choose_repeat(self) -> None:
        self.repeat_box.selection_clear()
        self.winfo_toplevel().focus_set()  # else the keys of the window stay with the list
        self._player.stop()

    def _begin_scrub(self) -> None:
        self._context.glide.stop()
        self._drag = self._context.state.begin()

    def _scrub(self, position: float) -> None:
        if self._journey is None or not self._is_known():
            return
        if self._context.state.open_gesture != self._drag:
            self._context.glide.stop()
        self._go(position)

    def _show_step(self, method: str, index: int) -> None:
        if self.paths.chosen != method:
            self.paths.choose(method)
            self.paths.unmark()
        self._scrub(index / max(1, self.paths.lanes[method].count - 1))

    def _go_to_key(self, index: int) -> None:
        """Go to a key, and show where on the path it is."""
        self._context.glide.stop()
        z = self._journey.keys[index].z
        route = self._ways.routes.get(self.paths.chosen)
        if route is not None and self._constant.get():
            times = np.linspace(0.0, 1.0, self.film.study.count)
            self._place(times[np.linalg.norm(self.film.study.points - z, axis=1).argmin()])
        elif route is not None:
            self._place(self._journey.key_times[index] / self._seconds)
        self._context.adopt(z, False)

    def _go(self, position: float) -> None:
        self._place(position)
        self._context.state.set_z(self.point_at(position))

    def _place(self, position: float) -> None:
        self.scrub.set_position(position)
        self.paths.set_position(position)

    def _come(self, event: tk.Event) -> None:
        """The page is looked at: now it is worth while to find what takes longer."""
        if event.widget is self:
            self._find()

    def _leave(self, event: tk.Event) -> None:
        """Another page was chosen: there would be no button to pause with."""
        if event.widget is self:
            self._player.stop()

    def _show_playing(self) -> None:
        self.play_button.configure(text="Pause" if self._player.playing else "Play")

    def _repeat(self) -> str:
        return list(REPEATS)[max(0, self.repeat_box.current())]

    # ---- export ------------------------------------------------------------------------------

    def open_export(self) -> None:
        """Ask how the chosen path is to be saved."""
        if self._journey is None or not self._is_known():
            return
        position, study = self.scrub.position, self._ways.studies.get(self.paths.chosen)
        answer = None
        if study is not None and study.probabilities is not None:
            answer = study.probabilities[study.index_at(position)]
        self.export_dialog = MovieDialog(
            self.winfo_toplevel(),
            self._context.theme,
            run_job=self._context.run_job,
            sample=self._model.decoder.decode_uint8(self.point_at(position)),
            caption=caption(self._model.class_names, position * self._seconds, answer),
            duration_s=self._seconds,
            steps=self.steps_field.number,
            closed=self._journey.is_loop,
            options=replace(self._movie, repeat=self._repeat()),
            on_save=self.export,
        )

    def export(self, options: MovieOptions) -> None:
        """Ask for a file and save the chosen path, from the continuous one, not from its film."""
        if self._journey is None or not self._is_known():
            return
        path = self._context.save_path(
            "Export the morph", [options.kind.file_type], options.kind.file_name("morph")
        )
        if path is None:
            return
        movie = PathMovie(
            self._model,
            self._ways.routes[self.paths.chosen],
            self._seconds,
            self.steps_field.number,
            self._journey.is_loop,
        )

        def save(job: Job) -> Path:
            movie.write(path, options, job)
            return path

        def saved(path: Path) -> None:
            self._movie = options
            self._context.notify(f"Saved {path}", False)

        self._context.run_job("export", f"Exporting {path.name}", save, saved)
