"""Which plane of the latent space the person has chosen for the map, and what it is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from explorer.model import LoadedModel
from explorer.state import MAX_NAME_LENGTH
from explorer.sweep import name_of
from vae.documents import is_int, is_number, is_text
from vae.planes import (
    Plane,
    axis_plane,
    discriminant_plane,
    plane_through,
    principal_plane,
)

AXES, POINTS, PRINCIPAL, CLASSES = "axes", "points", "principal", "classes"
KINDS = (CLASSES, PRINCIPAL, AXES, POINTS)
LETTERS = ("A", "B", "C")
DEFAULT_CLASSES = (0, 1, 7)  # whose means are the first A, B and C: they lie far apart
NEAR = 0.005  # prior standard deviations: what is written as 0.00 is on the plane

NO_PLANE = "This model has one dimension: there is no plane to be shown. Its slider shows it all."
WHOLE_SPACE = "This model has two dimensions, and the map shows them both: there is no other plane."


@dataclass(frozen=True)
class PlanePoint:
    """One of the three points that a plane leads through: its name, and z (latent_dim,)."""

    name: str
    z: tuple[float, ...]


@dataclass(frozen=True)
class PlaneChoice:
    """What is asked for.

    kind: AXES, two of the dimensions; POINTS, the plane through three of them; PRINCIPAL, that of
    the greatest variance of the encoded real digits; CLASSES, the one that tells their classes
    apart best. axes: the dimensions across and upwards. points: A, B and C; None where no point is
    chosen yet. swapped: what would lie across is upwards; `axes` say that themselves.
    """

    kind: str = CLASSES
    axes: tuple[int, int] = (0, 1)
    points: tuple[PlanePoint | None, ...] = (None, None, None)
    swapped: bool = False

    def of_kind(self, kind: str) -> PlaneChoice:
        """Another kind, as it was when it was chosen last."""
        return replace(self, kind=kind)

    def with_axis(self, side: int, dimension: int) -> PlaneChoice:
        """Another dimension across (side 0) or upwards (1); the two never become the same."""
        axes = list(self.axes)
        if axes[1 - side] == dimension:
            axes[1 - side] = axes[side]
        axes[side] = dimension
        return replace(self, kind=AXES, axes=tuple(axes))

    def with_point(self, index: int, name: str, z: Sequence[float]) -> PlaneChoice:
        """Another point for A (index 0), B or C."""
        points = list(self.points)
        points[index] = PlanePoint(name[:MAX_NAME_LENGTH], tuple(map(float, z)))
        return replace(self, kind=POINTS, points=tuple(points))

    def turned(self) -> PlaneChoice:
        """The same plane, with what lies across upwards."""
        if self.kind == AXES:
            return replace(self, axes=self.axes[::-1])
        return replace(self, swapped=not self.swapped)

    def settings(self) -> dict[str, Any]:
        """For the session file."""
        return {
            "kind": self.kind,
            "axes": list(self.axes),
            "points": [
                None if point is None else {"name": point.name, "z": list(point.z)}
                for point in self.points
            ],
            "swapped": self.swapped,
        }

    def with_settings(self, settings: Mapping[str, Any], latent_dim: int) -> PlaneChoice:
        """This choice with what is sound in the settings of a session file."""
        choice = self
        if settings.get("kind") in KINDS:
            choice = replace(choice, kind=settings["kind"])
        match settings.get("axes"):
            case [first, second] if (
                is_int(first) and is_int(second) and first != second
            ) and 0 <= min(first, second) <= max(first, second) < latent_dim:
                choice = replace(choice, axes=(first, second))
        stored = settings.get("points")
        if isinstance(stored, list) and len(stored) == len(LETTERS):
            kept = [
                _stored_point(new, latent_dim) or old
                for new, old in zip(stored, choice.points, strict=True)
            ]
            choice = replace(choice, points=tuple(kept))
        if isinstance(settings.get("swapped"), bool):
            choice = replace(choice, swapped=settings["swapped"])
        return choice


def _stored_point(value: object, latent_dim: int) -> PlanePoint | None:
    match value:
        case {"name": name, "z": list(z)} if (
            is_text(name) and len(z) == latent_dim and all(map(is_number, z))
        ):
            return PlanePoint(name[:MAX_NAME_LENGTH], tuple(map(float, z)))
    return None


def first_choice(model: LoadedModel) -> PlaneChoice:
    """What a model shows first: the two dimensions that it uses most, and the means of classes."""
    axes = (0, 1)
    if model.use is not None and model.latent_dim > 1:
        # Stable, so that equal ones keep their order.
        axes = tuple(np.argsort(-model.use, kind="stable")[:2].tolist())
    points = model.class_means if model.class_means is not None else model.presets
    if points is not None and len(points) >= len(LETTERS):
        chosen = DEFAULT_CLASSES if len(points) > max(DEFAULT_CLASSES) else range(len(LETTERS))
        word = "mean of" if model.class_means is not None else "preset"
        named = [(f"{word} {model.class_names[i]}", points[i]) for i in chosen]
    else:
        rng = np.random.default_rng(0)
        named = [("random", model.random_point(rng)) for _ in LETTERS]
    return PlaneChoice(
        axes=axes,
        points=tuple(PlanePoint(name, tuple(map(float, z))) for name, z in named),
    )


def obstacle(kind: str, model: LoadedModel) -> str:
    """Why a model has no plane of a kind, for the person; empty if it has one."""
    if model.latent_dim < 2:
        return NO_PLANE
    if model.latent_dim == 2 and kind != AXES:
        return WHOLE_SPACE
    if kind in (PRINCIPAL, CLASSES):
        return model.without_statistics
    return ""


def offered(choice: PlaneChoice, model: LoadedModel) -> PlaneChoice:
    """The choice, or two dimensions where the model has no such plane."""
    return replace(choice, kind=AXES) if obstacle(choice.kind, model) else choice


def is_quick(choice: PlaneChoice) -> bool:
    """Whether `find_plane` takes no time; the others look at all encoded images, 5 ms."""
    return choice.kind in (AXES, POINTS)


@dataclass(frozen=True, eq=False)
class ChosenPlane:
    """A plane with its names.

    choice: what it was asked for as. plane: in its own place; two dimensions have none, and go
    through the origin. axis_names: across and upwards. marks: A, B and C with their points, (3, d).
    """

    choice: PlaneChoice
    plane: Plane
    axis_names: tuple[str, str]
    marks: tuple[tuple[str, np.ndarray], ...] = field(default=())

    @property
    def has_place(self) -> bool:
        """Whether there is one place where it belongs; two dimensions go through any point."""
        return self.choice.kind != AXES

    @property
    def name(self) -> str:
        """The plane in the middle of a sentence."""
        first, second = self.axis_names
        return {
            AXES: f"the plane of {first} and {second}",
            POINTS: "the plane of A, B and C",
            PRINCIPAL: "the principal plane",
            CLASSES: "the plane of the classes",
        }[self.choice.kind]

    @property
    def meaning(self) -> str:
        """What the plane is, in a sentence or two."""
        name = f"{self.name[:1].upper()}{self.name[1:]}"
        if self.choice.kind != POINTS:
            return f"{name}."
        points = (f"{a} {p.name}" for a, p in zip(LETTERS, self.choice.points, strict=True))
        return f"{name}: {', '.join(points)}."

    @property
    def places(self) -> tuple[tuple[str, float, float], ...]:
        """The marks on the plane: (letter, u, v)."""
        return tuple((a, *map(float, self.plane.coordinates(z))) for a, z in self.marks)

    def distance(self, z: ArrayLike) -> float:
        """How far z (d,) lies off the plane in its own place; 0 where it has none."""
        return self.plane.distance(np.asarray(z, np.float64)) if self.has_place else 0.0

    def onto(self, z: ArrayLike) -> np.ndarray:
        """The point of the plane, in its own place, that is nearest to z (d,)."""
        z = np.asarray(z, np.float64)
        return self.plane.points(self.plane.coordinates(z)) if self.has_place else z

    def off_words(self, z: ArrayLike) -> str:
        """What of z (d,) the map does not show, in words and numbers.

        Of two dimensions the others are told, of another plane how far z lies off it, and where to:
        the part of z at right angles to the plane.
        """
        z = np.asarray(z, np.float64)
        if len(z) == 2:
            return "The map is the whole space."
        if not self.has_place:
            others = [i for i in range(len(z)) if i not in self.choice.axes]
            return f"Held: {_named(z, others)}"
        distance = self.distance(z)
        if distance < NEAR:
            return f"On {self.name}."
        return f"{distance:.2f} off the plane: {_named(z - self.onto(z), range(len(z)))}"


def _named(z: np.ndarray, dimensions: Iterable[int]) -> str:
    return " · ".join(f"{name_of(i)} {z[i]:.2f}" for i in dimensions)


def find_plane(choice: PlaneChoice, model: LoadedModel) -> ChosenPlane:
    """The plane that was chosen; for the worker, unless `is_quick`.

    Raises:
        ValueError: there is none, and why, for the person.
    """
    why = obstacle(choice.kind, model)
    if why:
        raise ValueError(why)
    marks: tuple[tuple[str, np.ndarray], ...] = ()
    if choice.kind == AXES:
        plane = axis_plane(np.zeros(model.latent_dim), *choice.axes)
        return ChosenPlane(choice, plane, tuple(map(name_of, choice.axes)))
    if choice.kind == POINTS:
        missing = [a for a, point in zip(LETTERS, choice.points, strict=True) if point is None]
        if missing:
            raise ValueError(f"Choose a point for {' and '.join(missing)}.")
        points = [np.array(point.z) for point in choice.points]
        plane = plane_through(*points)
        names = ("A to B", "towards C")
        marks = tuple(zip(LETTERS, points, strict=True))
    elif choice.kind == PRINCIPAL:
        plane, shares = principal_plane(model.encoded.mu)
        names = tuple(f"PC {i} ({100 * share:.0f} %)" for i, share in enumerate(shares, 1))
    else:
        plane = discriminant_plane(model.encoded.mu, model.encoded.labels)
        names = ("LD 1", "LD 2")
    if choice.swapped:
        plane, names = Plane(plane.axes[::-1], plane.offset), names[::-1]
    return ChosenPlane(choice, plane, names, marks)
