"""Finding the plane that was chosen: at once where that is quick, else in the worker."""

from __future__ import annotations

from collections.abc import Callable

from explorer.context import RunJob
from explorer.model import LoadedModel
from explorer.plane_choice import ChosenPlane, PlaneChoice, find_plane, is_quick

JOB = "plane"
STOPPED = "The plane was not looked for. Choose it again, or another one."


class PlaneFinder:
    """Finds the newest choice, and remembers what was found of a model.

    run_job, cancel(kind): the window's. on_found(plane), on_none(reason): what came of it, a reason
    being a sentence for the person; both may come before `find` returns.
    """

    def __init__(
        self,
        run_job: RunJob,
        cancel: Callable[[str], None],
        *,
        on_found: Callable[[ChosenPlane], None],
        on_none: Callable[[str], None],
    ) -> None:
        self._run_job = run_job
        self._cancel = cancel
        self._on_found = on_found
        self._on_none = on_none
        self._found: dict[PlaneChoice, ChosenPlane] = {}
        self._token: object | None = None  # of the job that is awaited

    @property
    def seeking(self) -> bool:
        """Whether the worker looks for a plane."""
        return self._token is not None

    def forget(self) -> None:
        """Another model comes, or this one with its real images."""
        self.stop()
        self._found.clear()

    def stop(self) -> None:
        """Nobody wants to know any more."""
        if self._token is not None:
            self._token = None
            self._cancel(JOB)

    def find(self, choice: PlaneChoice, model: LoadedModel) -> None:
        """Find a plane, instead of another one that may be looked for."""
        self.stop()
        if choice in self._found:
            self._on_found(self._found[choice])
        elif is_quick(choice):
            try:
                chosen = find_plane(choice, model)
            except ValueError as error:
                self._on_none(_sentence(error))
            else:
                self._on_found(chosen)
        else:
            self._seek(choice, model)

    def _seek(self, choice: PlaneChoice, model: LoadedModel) -> None:
        self._token = token = object()

        def done(chosen: ChosenPlane) -> None:
            if self._token is token:
                self._token = None
                self._found[choice] = chosen
                self._on_found(chosen)

        def without(reason: str) -> None:
            if self._token is token:
                self._token = None
                self._on_none(reason)

        self._run_job(
            JOB,
            "Finding the plane",
            lambda job: find_plane(choice, model),
            done,
            failed=lambda error: without(_sentence(error)),
            otherwise=lambda: without(STOPPED),
            quiet=True,
        )


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
