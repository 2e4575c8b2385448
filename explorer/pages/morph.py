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
from explorer.movie import REPEATS, MovieOptions, caption_text, positions, write_movie
from explorer.movie_dialog import MovieDialog
from explorer.path_study import RESOLUTION, PathStudy, study_route
from explorer.routes import (
    GEODESIC_POINTS,
    METHODS,
    Geodesics,
    Route,
    at_constant_speed,
    find_geodesics,
    route_of,
)
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Button,
    Checkbutton,
    Combobox,
    Frame,
    Label,
    Radiobutton,
    add_tooltip,
    font,
)
from explorer.widgets.key_editor import LEAST_KEYS, KeyEditor
from explorer.widgets.number_field import NumberField
from explorer.widgets.path_lane import PathLane
from explorer.widgets.scrub_bar import ScrubBar
from explorer.worker import Job
from vae import latent
from vae.documents import is_number, is_text
from vae.paths import TOLERANCE, measure_path

MAX_STEPS = 200
LEAST_SECONDS = 0.2

# Points at which a path is studied: so many for each segment, within bounds. 65 take 10 ms.
STUDY_STEPS, LEAST_STUDY_STEPS, MOST_STUDY_STEPS = 24, 64, 240
# Images of the films with more pixels than this in all are decoded in the worker; 8 ms.
LIVE_PIXELS = 1_000_000
EXPORT_PART = 64  # frames that are decoded and classified between two looks at Cancel; 15 ms
DECODE_SHARE = 0.1  # of the time of an export, until its frames are there

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
FIGURES = ("latent", "as seen", "uneven", "typical")
FIGURES_TOOLTIP = (
    "latent: the length in latent space, in standard deviations of the prior.\n\n"
    "as seen: how much the image changes on the way, summed up (Euclidean, pixels from -1 to 1), "
    "and how much more or less that is than on the straight line.\n\n"
    "uneven: by how much the fastest or slowest step differs from the mean speed.\n\n"
    "typical: the share of the way that is neither rare nor off the map."
)
LANE_TOOLTIP = (
    "The film of this path. Click a place to go there; or walk with the arrow keys, and Return. "
    "Below it, over the same time: how fast the image changes (to the same scale in all lanes), "
    "where the path is typical (a bar), rare (dashes) or off the map (a thin line), and what the "
    "classifier sees, paler where it is less sure; ticks where the class changes."
)
CONSTANT_TOOLTIP = (
    "Times every path anew so that the image changes at the same rate all along, as perceptual "
    "path length asks (Karras et al. 2019). The seconds and the easing of single segments then no "
    "longer count."
)
HEAD_WIDTH = 122  # of the figures beside a lane; pixels at 96 dpi
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
        self._geodesics = Geodesics()
        # By method, of this journey and these options; what is missing is not known yet.
        self._routes: dict[str, Route] = {}
        self._frames: dict[str, np.ndarray] = {}
        self._studies: dict[str, PathStudy] = {}
        self._straight_length = 0.0
        self._version = 0  # of all that; results for an older one are dropped
        self._asked: dict[str, int] = {"study": 0, "geodesic": 0}  # the latest request of each kind
        self._refused = False  # the person has cancelled the search, or it has failed
        self._playing = False
        self._drag = 0  # the number of the latest drag's gesture
        self._movie = MovieOptions()  # of the last export
        self._path = tk.StringVar(self, "spherical")
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
        self._build_lanes()
        self._build_scrub()
        self._build_player()

        pad = context.theme.px(6)
        self.key_editor.grid(row=0, column=0, sticky="ew")
        self._lanes_frame.grid(row=1, column=0, sticky="nsew", pady=(pad, 0))
        self._scrub_row.grid(row=2, column=0, sticky="ew", pady=(pad, 0))
        self._player_row.grid(row=3, column=0, sticky="ew", pady=(pad, 0))
        self.rowconfigure(1, weight=1)
        self.columnconfigure(0, weight=1)
        self.bind("<Map>", lambda event: self._come(event))
        self.bind("<Unmap>", lambda event: self._leave(event))

    # ---- what the window asks ----------------------------------------------------------------

    def set_model(self, model: LoadedModel) -> None:
        """Morph with another model, between two of its presets."""
        self._model = model
        self._geodesics = Geodesics()
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
        self._studies.clear()
        self._ask()

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

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        return {
            "journey": None if self._journey is None else self._journey.to_settings(),
            "steps": self.steps_field.number,
            "path": self._path.get(),
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
            self._path.set(settings["path"])
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
        return all(lane.settled for lane in self.lanes.values())

    # ---- the journey as it is ----------------------------------------------------------------

    @property
    def journey(self) -> Journey | None:
        """What is travelled; None before there is a model."""
        return self._journey

    @property
    def film(self) -> PathLane:
        """The lane that is played."""
        return self.lanes[self._path.get()]

    @property
    def frames(self) -> np.ndarray:
        """The points of the chosen lane's film, (steps, latent_dim); none while not known."""
        return self._frames.get(self._path.get(), np.zeros((0, 1)))

    @property
    def playing(self) -> bool:
        """Whether the path is being played."""
        return self._playing

    @property
    def _seconds(self) -> float:
        return self._journey.total_seconds

    def study(self, method: str) -> PathStudy | None:
        """What is known of the path by one of `METHODS`."""
        return self._studies.get(method)

    def point_at(self, position: float) -> np.ndarray:
        """The point (latent_dim,) at a position 0 to 1 of the chosen path.

        Raises:
            KeyError: that path is not known yet.
        """
        return self._routes[self._path.get()](np.array([position]))[0]

    # ---- building ----------------------------------------------------------------------------

    def _build_lanes(self) -> None:
        self._lanes_frame = frame = Frame(self)
        px = self._context.theme.px
        self.path_buttons: dict[str, Radiobutton] = {}
        self.lanes: dict[str, PathLane] = {}
        self.figures: dict[str, Label] = {}
        self.find_buttons: dict[str, Button] = {}
        for row, method in enumerate(METHODS):
            head = Frame(frame)
            button = Radiobutton(head, value=method, variable=self._path, command=self._choose_path)
            button.grid(row=0, column=0, columnspan=2, sticky="w")
            names = Label(
                head, text="\n".join(FIGURES), bootstyle="secondary", font=font(8), justify="left"
            )
            figures = Label(head, font=font(8), justify="right", anchor="e")
            names.grid(row=1, column=0, sticky="nw")
            figures.grid(row=1, column=1, sticky="ne")
            head.columnconfigure(1, weight=1)
            for label in (names, figures):
                add_tooltip(label, FIGURES_TOOLTIP)
            lane = PathLane(
                frame,
                self._context.theme,
                on_activate=lambda index, method=method: self._show_step(method, index),
            )
            add_tooltip(lane, LANE_TOOLTIP, PATIENT_TOOLTIP_DELAY_MS, position="top")
            find = Button(lane, text="Find it", command=self._find_again)
            add_tooltip(find, "Begins the search anew.")
            head.grid(row=row, column=0, sticky="new", padx=(0, px(4)), pady=(px(4), 0))
            lane.grid(row=row, column=1, sticky="nsew", pady=(px(4), 0))
            frame.rowconfigure(row, weight=1, uniform="lane")
            self.path_buttons[method], self.lanes[method] = button, lane
            self.figures[method], self.find_buttons[method] = figures, find
        frame.columnconfigure(0, minsize=px(HEAD_WIDTH))
        frame.columnconfigure(1, weight=1)
        self._path_tooltips = {
            method: add_tooltip(button, "") for method, button in self.path_buttons.items()
        }
        self._name_lanes()

    def _build_scrub(self) -> None:
        self._scrub_row = row = Frame(self)
        self.scrub = ScrubBar(
            row,
            self._context.theme,
            steps=2,
            on_change=self._scrub,
            on_press=self._begin_scrub,
            on_release=self._context.state.end,
        )
        self.scrub.pack(side="left", fill="x", expand=True)
        add_tooltip(
            self.scrub, "Where on the path you are. Drag it, or use the arrow keys, Home and End."
        )
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
        self.steps_field.pack(side="right")
        Label(row, text="Steps").pack(side="right", padx=(self._context.theme.px(10), 6))
        self.scrub.set_steps(self.steps_field.number)

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
            row, text="Constant speed", variable=self._constant, command=self._retime
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
        for method, button in self.path_buttons.items():
            text, tooltip = SMOOTH_TEXTS if smooth and method == "linear" else PATH_TEXTS[method]
            button.configure(text=text)
            self._path_tooltips[method].configure(text=tooltip)

    # ---- travelling --------------------------------------------------------------------------

    def _set_journey(self, journey: Journey) -> None:
        self.key_editor.set_journey(journey)
        self._travel(journey)

    def _travel(self, journey: Journey) -> None:
        """Take another journey: films at once, the rest as the worker finds it."""
        self._journey = journey
        self._refused = False
        self.seconds_field.set_number(round(journey.total_seconds, 2))
        self._name_lanes()
        self._begin()

    def _begin(self) -> None:
        """Forget what belongs to the journey before, and begin with what is quick."""
        if self._journey is None:
            return
        if self._playing:
            self._context.glide.stop()
        self._version += 1
        for known in (self._routes, self._frames, self._studies):
            known.clear()
        self.scrub.set_position(0.0)
        for method, lane in self.lanes.items():
            lane.set_study(None)
            lane.set_marked(None)
            lane.set_position(None)
            self.find_buttons[method].place_forget()
            if self._constant.get():
                lane.show_message(TIMING)
            elif route := route_of(self._journey, method, self._geodesics):
                self._routes[method] = route
            else:
                lane.show_message(SEARCHING)
        self._show_figures()
        self._show_films(list(self._routes))
        self._ask()

    def _show_films(self, methods: Sequence[str]) -> None:
        """Decode the films of these lanes: here if that is quick, else in the worker."""
        model, steps = self._model, self.steps_field.number
        times = np.linspace(0.0, 1.0, steps)
        for method in methods:
            self._frames[method] = self._routes[method](times)
        frames = {method: self._frames[method] for method in methods}

        def decode(job: Job | None = None) -> dict[str, np.ndarray]:
            return {method: model.decoder.decode_uint8(z) for method, z in frames.items()}

        def show(films: dict[str, np.ndarray]) -> None:
            for method, pixels in films.items():
                if self._frames.get(method) is frames[method]:
                    self.lanes[method].set_images(pixels)

        if len(METHODS) * steps * math.prod(model.decoder.image_shape) <= LIVE_PIXELS:
            show(decode())
        else:
            self._context.run_job(f"film {methods}", "Decoding", decode, show, quiet=True)

    def _ask(self) -> None:
        """Have the worker find what is missing, if anybody looks."""
        if self._journey is None or not self.winfo_ismapped():
            return
        self._ask_for_studies()
        if not self._refused and self._geodesics.missing(self._journey):
            self._ask_for_geodesics()

    def _ask_for_studies(self) -> None:
        """Ask for the studies of all ways that are known and not studied; the newest wins.

        Constant speed is made there, too, as it takes longer than a frame.
        """
        model, journey, geodesics = self._model, self._journey, self._geodesics
        constant = self._constant.get()
        ways = {method: route_of(journey, method, geodesics) for method in METHODS}
        todo = {
            method: route
            for method, route in ways.items()
            if route is not None and method not in self._studies
        }
        if not todo:
            return
        straight = route_of(journey.with_corners("piecewise"), "linear", geodesics)
        steps = STUDY_STEPS * len(journey.segments)
        steps = min(max(steps, LEAST_STUDY_STEPS), MOST_STUDY_STEPS)

        def study(job: Job) -> tuple[dict[str, tuple[Route, PathStudy]], float]:
            found = {}
            for index, (method, route) in enumerate(todo.items()):
                job.progress(index / len(todo))
                if constant:
                    route = at_constant_speed(model.decoder, route, journey)
                found[method] = (
                    route,
                    study_route(
                        model,
                        route,
                        steps,
                        lambda share, index=index: job.progress((index + share) / len(todo)),
                    ),
                )
            fine = np.linspace(0.0, 1.0, RESOLUTION * steps + 1)
            return found, measure_path(model.decoder, straight(fine)).pixel_length

        version, request = self._version, self._request("study")

        def done(result: tuple[dict[str, tuple[Route, PathStudy]], float]) -> None:
            if version == self._version:
                self._take_studies(*result)

        def stopped() -> None:
            if request == self._asked["study"]:
                for method in todo:
                    if method not in self._routes:
                        self._offer(method, "Stopped before the path was timed anew.")

        self._context.run_job(
            "study", "Studying the paths", study, done, otherwise=stopped, quiet=True
        )

    def _take_studies(
        self, found: Mapping[str, tuple[Route, PathStudy]], straight_length: float
    ) -> None:
        self._straight_length = straight_length
        new = [method for method in found if method not in self._routes]
        for method, (route, study) in found.items():
            self._routes.setdefault(method, route)
            self._studies[method] = study
        self._show_films(new)
        fastest = max(float(study.speeds.max()) for study in self._studies.values())
        for method, lane in self.lanes.items():
            lane.set_speed_limit(fastest)
            if method in found:
                lane.set_study(found[method][1], self._model.class_names)
        self._show_figures()

    def _ask_for_geodesics(self) -> None:
        """Search for those that are missing."""
        model, geodesics = self._model, self._geodesics
        ends = geodesics.missing(self._journey)
        self.lanes["geodesic"].show_message(SEARCHING)
        self.find_buttons["geodesic"].place_forget()
        request = self._request("geodesic")

        def done(found: dict[Any, np.ndarray]) -> None:
            for pair, points in found.items():
                geodesics.add(pair, points)
            if self._geodesics is not geodesics:
                return  # of another model
            if not self._constant.get() and "geodesic" not in self._routes:
                route = route_of(self._journey, "geodesic", geodesics)
                if route is not None:
                    self._routes["geodesic"] = route
                    self._show_films(["geodesic"])
            self._ask_for_studies()

        def without(reason: str) -> None:
            # Unless a newer search has begun, or the journey needs none of these any more.
            if request == self._asked["geodesic"] and self._geodesics.missing(self._journey):
                self._refused = True
                self._offer("geodesic", reason)

        def failed(error: Exception) -> None:
            without(f"No geodesic was found: {error}")

        def stopped() -> None:
            if not self._refused:  # not after it has failed
                without("The search for the geodesic was cancelled.")

        self._context.run_job(
            "geodesic",
            "Finding the geodesic",
            lambda job: find_geodesics(model.decoder, ends, job.progress),
            done,
            failed=failed,
            otherwise=stopped,
            quiet=True,
        )

    def _request(self, kind: str) -> int:
        self._asked[kind] += 1
        return self._asked[kind]

    def _offer(self, method: str, text: str) -> None:
        """Say why a lane is empty, with a button that tries again."""
        self.lanes[method].show_message(f"{text}\n\n")
        self.find_buttons[method].place(relx=0.5, rely=0.68, anchor="center")

    def _find_again(self) -> None:
        self._refused = False
        self._begin()

    def _show_figures(self) -> None:
        for method, label in self.figures.items():
            study = self._studies.get(method)
            label.configure(text="" if study is None else self._figures_of(method, study))

    def _figures_of(self, method: str, study: PathStudy) -> str:
        measures, straight = study.measures, self._straight_length
        change = ""
        if straight > 0.0 and (method != "linear" or self._journey.is_smooth):
            percent = round(100.0 * (measures.pixel_length / straight - 1.0))
            sign = "+" if percent > 0 else "\N{MINUS SIGN}" if percent < 0 else "±"
            change = f" ({sign}{abs(percent)}%)"
        lines = (
            f"{measures.latent_length:.2f}",
            f"{measures.pixel_length:.1f}{change}",
            f"{measures.unevenness:.0%}",
            f"{study.share_typical:.0%}",
        )
        return "\n".join(lines)

    # ---- what the person does ----------------------------------------------------------------

    def toggle_play(self) -> None:
        """Play from where the bar is, or from the start if it is at the end; or pause."""
        if self._journey is None:
            return
        if self._playing:
            self._context.glide.stop()
            return
        if not self._is_known():
            return
        offset = self.scrub.position if self.scrub.position < 1 else 0.0
        seconds = self._seconds
        repeat = self._repeat()

        def step(elapsed: float) -> bool:
            travelled = offset + elapsed / seconds
            position, more = _position(travelled, repeat)
            self._go(position)
            return more

        self._playing = True
        self.play_button.configure(text="Pause")
        self._context.glide.play(step, stopped=self._paused)

    def _is_known(self) -> bool:
        """Whether the chosen path can be travelled; if not, that is told."""
        if self._path.get() in self._routes:
            return True
        self._context.notify("This path is not known yet: choose another one, or wait.", True)
        return False

    def _set_steps(self, steps: int) -> None:
        self.scrub.set_steps(steps)
        if self._journey is None:
            return
        if self._playing:
            self._context.glide.stop()
        for lane in self.lanes.values():
            lane.set_marked(None)
        self._show_films(list(self._routes))

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
        if self._playing:
            self._context.glide.stop()
        self._journey = journey
        self.key_editor.set_journey(journey)

    def _retime(self) -> None:
        self._begin()

    def _choose_path(self) -> None:
        """Play another path from now on; a point on the path goes over to the same time on it."""
        state, position = self._context.state, self.film.position
        before = next((m for m, lane in self.lanes.items() if lane.marked is not None), None)
        if self._playing:
            self._context.glide.stop()
        for lane in self.lanes.values():
            lane.set_marked(None)
        if before is None or position is None or not self._is_known():
            return
        there = self._routes[before](np.array([position]))[0]
        if np.abs(np.subtract(state.z, there)).max() < ON_PATH:
            self._go(position)

    def _choose_repeat(self) -> None:
        self.repeat_box.selection_clear()
        self.winfo_toplevel().focus_set()  # else the keys of the window stay with the list
        if self._playing:
            self._context.glide.stop()

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
        if self._path.get() != method:
            self._path.set(method)
            for lane in self.lanes.values():
                lane.set_marked(None)
        self._scrub(index / max(1, self.lanes[method].count - 1))

    def _go_to_key(self, index: int) -> None:
        """Go to a key, and show where on the path it is."""
        self._context.glide.stop()
        z = self._journey.keys[index].z
        route = self._routes.get(self._path.get())
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
        for lane in self.lanes.values():
            lane.set_position(position)
        self.film.set_marked(round(position * (self.film.count - 1)))

    def _come(self, event: tk.Event) -> None:
        """The page is looked at: now it is worth while to find what takes longer."""
        if event.widget is self:
            self._ask()

    def _leave(self, event: tk.Event) -> None:
        """Another page was chosen: there would be no button to pause with."""
        if event.widget is self and self._playing:
            self._context.glide.stop()

    def _paused(self) -> None:
        self._playing = False
        self.play_button.configure(text="Play")

    def _repeat(self) -> str:
        return list(REPEATS)[max(0, self.repeat_box.current())]

    # ---- export ------------------------------------------------------------------------------

    def open_export(self) -> None:
        """Ask how the chosen path is to be saved."""
        if self._journey is None or not self._is_known():
            return
        position, study = self.scrub.position, self._studies.get(self._path.get())
        answer = None
        if study is not None and study.probabilities is not None:
            answer = study.probabilities[study.index_at(position)]
        self.export_dialog = MovieDialog(
            self.winfo_toplevel(),
            self._context.theme,
            run_job=self._context.run_job,
            sample=self._model.decoder.decode_uint8(self.point_at(position)),
            caption=_caption(self._model.class_names, position * self._seconds, answer),
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
        model, route, seconds = self._model, self._routes[self._path.get()], self._seconds
        names = model.class_names
        places = positions(options, seconds, self.steps_field.number, self._journey.is_loop)

        def save(job: Job) -> Path:
            parts, captions = [], []
            for start in range(0, len(places), EXPORT_PART):
                job.progress(DECODE_SHARE * start / len(places))
                part = places[start : start + EXPORT_PART]
                parts.append(model.decoder.decode_uint8(route(part)))
                answers = model.probabilities(parts[-1]) if options.labels else None
                captions += [
                    _caption(names, place * seconds, None if answers is None else answers[index])
                    for index, place in enumerate(part)
                ]
            write_movie(
                np.concatenate(parts),
                captions if options.labels else None,
                path,
                options,
                progress=lambda share: job.progress(DECODE_SHARE + (1 - DECODE_SHARE) * share),
                cancelled=lambda: job.cancelled,
            )
            return path

        def saved(path: Path) -> None:
            self._movie = options
            self._context.notify(f"Saved {path}", False)

        self._context.run_job("export", f"Exporting {path.name}", save, saved)


def _caption(names: Sequence[str], seconds: float, answer: np.ndarray | None) -> str:
    """What is written below a frame: the class with its probability, if known, and the time."""
    if answer is None:
        return caption_text(seconds)
    best = int(answer.argmax())
    return caption_text(seconds, names[best], float(answer[best]))


def _position(travelled: float, repeat: str) -> tuple[float, bool]:
    """Where a player is after `travelled` path lengths, and whether it goes on."""
    if repeat == "loop":
        return travelled % 1.0, True
    if repeat == "ping-pong":
        phase = travelled % 2.0
        return (phase if phase <= 1 else 2.0 - phase), True
    return min(1.0, travelled), travelled < 1.0
