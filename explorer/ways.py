"""The three ways of a journey: what is known of each, and the jobs that find out the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from explorer.context import RunJob
from explorer.journey import Journey
from explorer.model import LoadedModel
from explorer.path_study import RESOLUTION, PathStudy, study_route
from explorer.routes import (
    METHODS,
    Geodesics,
    Route,
    at_constant_speed,
    find_geodesics,
    route_of,
)
from explorer.worker import Job
from vae.paths import measure_path

# Points at which a path is studied: so many for each segment, within bounds. 65 take 10 ms.
STUDY_STEPS, LEAST_STUDY_STEPS, MOST_STUDY_STEPS = 24, 64, 240


class Ways:
    """How a journey can be travelled by each of `METHODS`, and what that does to the image.

    What is quick is known when `begin` returns; `find` has the worker look for the rest.

    run_job: the window's. on_routes(methods): these can be travelled now. on_studies(): more is
    known of what they do. on_stopped(method, reason): this one stays unknown.

    routes, studies: by method; what is missing is not known yet. straight_length: of the straight
    way through all keys, as seen, image units; 0 before the first study.
    """

    def __init__(
        self,
        run_job: RunJob,
        *,
        on_routes: Callable[[Sequence[str]], None],
        on_studies: Callable[[], None],
        on_stopped: Callable[[str, str], None],
    ) -> None:
        self._run_job = run_job
        self._on_routes = on_routes
        self._on_studies = on_studies
        self._on_stopped = on_stopped
        self._model: LoadedModel | None = None
        self._journey: Journey | None = None
        self._constant = False
        self._geodesics = Geodesics()
        self._version = 0  # of all that is known; results for an older one are dropped
        self._asked = {"study": 0, "geodesic": 0}  # the latest request of each kind
        self._refused = False  # the person has cancelled the search, or it has failed
        self.routes: dict[str, Route] = {}
        self.studies: dict[str, PathStudy] = {}
        self.straight_length = 0.0

    @property
    def lack_geodesics(self) -> bool:
        """Whether the journey has segments of which no geodesic has been found."""
        return self._journey is not None and bool(self._geodesics.missing(self._journey))

    def set_model(self, model: LoadedModel) -> None:
        """Travel with another model from the next `begin` on."""
        self._model = model
        self._geodesics = Geodesics()

    def set_encoded(self, model: LoadedModel) -> None:
        """Forget what was judged without the real images, which are encoded now."""
        self._model = model
        self._version += 1
        self.studies.clear()

    def begin(self, journey: Journey, constant: bool) -> None:
        """Take another journey, or the same one in another time.

        constant: every way is timed anew, so that the image changes evenly; that is for `find`.
        """
        self._journey, self._constant = journey, constant
        self._refused = False
        self._version += 1
        self.routes.clear()
        self.studies.clear()
        if not constant:
            self.routes.update(self._ready())

    def keep_time(self, journey: Journey) -> None:
        """Take the same journey in more or fewer seconds: nothing that is known depends on them."""
        self._journey = journey

    def find(self) -> None:
        """Have the worker find what is missing."""
        if self._journey is None:
            return
        self._find_studies()
        if self.lack_geodesics and not self._refused:
            self._find_geodesics()

    def _ready(self) -> dict[str, Route]:
        """The ways for which nothing has to be searched."""
        ways = {method: route_of(self._journey, method, self._geodesics) for method in METHODS}
        return {method: route for method, route in ways.items() if route is not None}

    def _find_studies(self) -> None:
        """Study all ways that are known and not studied; the newest request wins.

        Constant speed is made there, too, as it takes longer than a frame.
        """
        model, journey, constant = self._model, self._journey, self._constant
        todo = {m: route for m, route in self._ready().items() if m not in self.studies}
        if not todo:
            return
        straight = route_of(journey.with_corners("piecewise"), "linear", self._geodesics)
        steps = STUDY_STEPS * len(journey.segments)
        steps = min(max(steps, LEAST_STUDY_STEPS), MOST_STUDY_STEPS)

        def study(job: Job) -> tuple[dict[str, tuple[Route, PathStudy]], float]:
            found = {}
            for index, (method, route) in enumerate(todo.items()):

                def part(share: float, index: int = index) -> None:
                    job.progress((index + share) / len(todo))

                part(0.0)
                if constant:
                    route = at_constant_speed(model.decoder, route, journey)
                found[method] = route, study_route(model, route, steps, part)
            fine = np.linspace(0.0, 1.0, RESOLUTION * steps + 1)
            return found, measure_path(model.decoder, straight(fine)).pixel_length

        version, request = self._version, self._request("study")

        def done(result: tuple[dict[str, tuple[Route, PathStudy]], float]) -> None:
            if version == self._version:
                self._take_studies(*result)

        def stopped() -> None:
            if request == self._asked["study"]:
                for method in todo:
                    if method not in self.routes:
                        self._on_stopped(method, "Stopped before the path was timed anew.")

        self._run_job("study", "Studying the paths", study, done, otherwise=stopped, quiet=True)

    def _take_studies(
        self, found: Mapping[str, tuple[Route, PathStudy]], straight_length: float
    ) -> None:
        self.straight_length = straight_length
        new = [method for method in found if method not in self.routes]
        for method, (route, study) in found.items():
            self.routes.setdefault(method, route)
            self.studies[method] = study
        if new:
            self._on_routes(new)
        self._on_studies()

    def _find_geodesics(self) -> None:
        model, geodesics = self._model, self._geodesics
        ends = geodesics.missing(self._journey)
        request = self._request("geodesic")

        def done(found: dict[Any, np.ndarray]) -> None:
            for pair, points in found.items():
                geodesics.add(pair, points)
            if self._geodesics is not geodesics:
                return  # of another model
            if not self._constant and "geodesic" not in self.routes:
                route = route_of(self._journey, "geodesic", geodesics)
                if route is not None:
                    self.routes["geodesic"] = route
                    self._on_routes(["geodesic"])
            self._find_studies()

        def without(reason: str) -> None:
            # Unless a newer search has begun, or the journey needs none of these any more.
            if request == self._asked["geodesic"] and self.lack_geodesics:
                self._refused = True
                self._on_stopped("geodesic", reason)

        def failed(error: Exception) -> None:
            without(f"No geodesic was found: {error}")

        def stopped() -> None:
            if not self._refused:  # not after it has failed
                without("The search for the geodesic was cancelled.")

        self._run_job(
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
