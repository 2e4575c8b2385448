"""The Guide page: walks to a class, to the smallest change, to an attribute, by gradients."""

from __future__ import annotations

import math
import tkinter as tk
from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any

import numpy as np

from explorer.context import Context
from explorer.guiding import (
    Guide,
    NearestChange,
    Walk,
    bounds_of,
    changed,
    plural,
    written_amount,
)
from explorer.model import LoadedModel
from explorer.theme import Button, Frame, Radiobutton, add_tooltip
from explorer.widgets.attribute_options import AttributeOptions
from explorer.widgets.change_panel import ChangePanel
from explorer.widgets.climb_options import ClimbOptions
from explorer.widgets.course_plot import Course
from explorer.widgets.later import Later
from explorer.widgets.noise_options import NoiseOptions
from explorer.widgets.noise_view import NoiseView
from explorer.widgets.target_row import ATTRIBUTE, CLASS, Target, TargetRow
from explorer.widgets.walk_view import WalkView
from explorer.worker import Job
from vae.attributes import ATTRIBUTES, NAMES
from vae.documents import is_int
from vae.statistics import OFF_THE_MAP

JOB, LOOK = "guide", "guide's look"  # kinds of jobs
IDLE_PAUSE_MS = 50  # while a slider is dragged, its events come first
MODES = {
    "walk": (
        "This point",
        "The current point walks to the target, step by step, and the sliders follow.",
    ),
    "change": (
        "Smallest change",
        "The nearest point that the classifier takes for the target: how little it takes.",
    ),
    "noise": ("From noise", "Several random points walk to the target at once."),
}
DEFAULT_CLASS = 7
DEFAULT_ATTRIBUTE = NAMES.index("thickness")
NO_CLASSIFIER = (
    "No classifier came with these weights, so nothing tells which class an image shows. Open "
    "weights that were trained with one: File ▸ Open weights…"
)
NEEDS_CLASS = "The smallest change is one to another class: choose a class above."

# Walks a start with locks, told the progress: (start, locks, progress, seed) -> Walk.
Walker = Callable[[np.ndarray, Set[int], Callable[[float], None], int], Walk]


class GuidePage(Frame):
    """Controllable generation: makes the digit a 7, or thicker."""

    name = "guide"
    title = "Guide"

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        px = context.theme.px
        super().__init__(parent, padding=px(12))
        self._context = context
        self._model: LoadedModel | None = None
        self._guide: Guide | None = None
        self._target: Target | None = None
        self._mode = tk.StringVar(self, "walk")
        self._asked: object | None = None  # what the worker is at, or will be
        self._otherwise: Callable[[], None] = lambda: None
        self._answered: dict[str, Target | None] = {"walk": None, "change": None}
        self._walking_from: tuple[float, ...] | None = None  # while a walk is looked for
        self._looking: object | None = None  # the measurement that is awaited
        self.target_row = TargetRow(self, context.theme, on_choose=self._choose_target)
        self._build_modes()
        self._build_options()
        self._build_views()
        self._idle = Later(self, IDLE_PAUSE_MS, self._show_current)

        self.target_row.grid(row=0, column=0, sticky="ew")
        self._modes_row.grid(row=1, column=0, sticky="ew", pady=(px(6), px(8)))
        self.rowconfigure(4, weight=1)
        self.columnconfigure(0, weight=1)
        self._show_mode()
        self._hear_escape(self)
        self.bind("<Unmap>", self._leave)
        self.bind("<Map>", lambda event: self._idle.request(), add="+")
        unsubscribe = context.state.subscribe(lambda state: self._moved())
        self.bind("<Destroy>", lambda event: unsubscribe(), add="+")

    # ---- what every page offers ----------------------------------------------------------------

    def set_model(self, model: LoadedModel) -> None:
        """Guide in another model; nothing of the one before stays."""
        self.stop()
        self._stop_looking()
        self._model, self._guide = model, Guide(model)
        attributes = NAMES if model.bundle.shows_digits else ()
        self.target_row.set_names(model.class_names, attributes)
        if self._target is None or not self._offers(self._target):
            self._target = self._default_target()
        self.noise_options.set_model(model)
        for button in (self.go_button, self.noise_options.resample_button):
            button.state(["!disabled" if self._target is not None else "disabled"])
        self._show_target()
        self._forget()

    def set_encoded(self, model: LoadedModel) -> None:
        """Take over the real digits: where a walk ends is judged by them, too."""
        if self._model is not None and model.bundle is self._model.bundle:
            self._model, self._guide = model, Guide(model)

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        target = self._target
        return {
            "mode": self.mode,
            "target": None if target is None else [target.kind, target.index],
            "climb": self.climb_options.settings(),
            "attribute": self.attribute_options.settings(),
            "change": self.change_panel.settings(),
            "noise": self.noise_options.settings(),
        }

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        self.stop()
        if settings.get("mode") in tuple(MODES):
            self._mode.set(settings["mode"])
        match settings.get("target"):
            case [str(kind), index] if is_int(index) and self._offers(Target(kind, index)):
                self._target = Target(kind, index)
        for name, part in (
            ("climb", self.climb_options),
            ("attribute", self.attribute_options),
            ("change", self.change_panel),
            ("noise", self.noise_options),
        ):
            if isinstance(settings.get(name), Mapping):
                part.apply_settings(settings[name])
        self._show_target()
        self._forget()

    def back(self) -> None:
        """Stop what is under way."""
        self.stop()

    @property
    def settled(self) -> bool:
        """Whether everything that was asked for is shown."""
        return not self._busy and not self._idle.pending and self._looking is None

    # ---- commands ------------------------------------------------------------------------------

    @property
    def mode(self) -> str:
        """One of MODES."""
        return self._mode.get()

    @property
    def target(self) -> Target | None:
        """What is wanted; None where nothing can be."""
        return self._target

    def go(self) -> None:
        """Do what the mode says, from the current point."""
        if self._model is None or self._target is None:
            return
        self.stop()
        self._context.glide.stop()
        {"walk": self._ask_walk, "change": self._ask_change, "noise": self._ask_noise}[self.mode]()

    def stop(self) -> None:
        """Stop what is computed or played, where it is."""
        self._drop()
        self.walk_view.stop()
        self.noise_view.stop()

    # ---- building ------------------------------------------------------------------------------

    def _build_modes(self) -> None:
        self._modes_row = row = Frame(self)
        px = self._context.theme.px
        self.mode_buttons: dict[str, Radiobutton] = {}
        for mode, (text, tooltip) in MODES.items():
            button = Radiobutton(
                row, text=text, value=mode, variable=self._mode, command=self._choose_mode
            )
            button.pack(side="left", padx=(0, px(14)))
            add_tooltip(button, tooltip)
            self.mode_buttons[mode] = button
        self.go_button = Button(
            row, text="Go", width=7, bootstyle="primary", command=self.go, state="disabled"
        )
        self.stop_button = Button(row, text="Stop", width=6, command=self.stop, state="disabled")
        self.go_button.pack(side="right")
        self.stop_button.pack(side="right", padx=(0, px(6)))
        add_tooltip(self.go_button, "Begins at the current point; while it runs, begins anew.")
        add_tooltip(self.stop_button, "Stays where the point is by now (Escape).")

    def _build_options(self) -> None:
        context = self._context

        def tell(message: str) -> None:
            context.notify(message, True)

        self.climb_options = ClimbOptions(
            self, context.theme, on_change=self._refresh, on_error=tell
        )
        self.attribute_options = AttributeOptions(
            self, context.theme, on_change=self._refresh, on_error=tell
        )
        self.noise_options = NoiseOptions(
            self,
            context.theme,
            on_change=self._draw_starts,
            draw_seed=lambda most: int(context.rng.integers(most)),
            on_error=tell,
        )
        self.change_panel = ChangePanel(
            self, context.theme, on_go=lambda z: context.adopt(z, True), on_error=tell
        )

    def _build_views(self) -> None:
        context = self._context
        self.walk_view = WalkView(
            self, context.theme, context.state, context.glide, on_playing=self._show_busy
        )
        self.noise_view = NoiseView(
            self,
            context.theme,
            decode=lambda z: self._model.decoder.decode_uint8(z),
            on_adopt=lambda z: context.adopt(z, True),
            on_playing=self._show_busy,
        )

    def _hear_escape(self, widget: tk.Misc) -> None:
        """Let Escape stop what is under way wherever the focus is on this page."""
        tag = f"stop{self}"
        for child in widget.winfo_children():
            child.bindtags((tag, *child.bindtags()))
            self._hear_escape(child)
        self.bind_class(tag, "<Escape>", lambda event: self._escape())

    def _escape(self) -> str | None:
        if not self._busy:
            return None
        self.stop()
        return "break"

    def _show_mode(self) -> None:
        """Lay out the options and the view of the mode."""
        px = self._context.theme.px
        for part in (
            *(self.climb_options, self.attribute_options, self.noise_options),
            *(self.walk_view, self.change_panel, self.noise_view),
        ):
            part.grid_remove()
        if self.mode == "change":
            self.change_panel.grid(row=2, column=0, rowspan=3, sticky="nsew")
            return
        to_class = self._target is None or self._target.kind == CLASS
        options = self.climb_options if to_class else self.attribute_options
        options.grid(row=2, column=0, sticky="ew")
        view = self.walk_view
        if self.mode == "noise":
            self.noise_options.grid(row=3, column=0, sticky="ew", pady=(px(6), 0))
            view = self.noise_view
        view.grid(row=4, column=0, sticky="nsew", pady=(px(8), 0))

    # ---- choices -------------------------------------------------------------------------------

    def _offers(self, target: Target) -> bool:
        """Whether the model can be asked for it."""
        if self._model is None:
            return False
        digits = self._model.bundle.shows_digits
        counts = {CLASS: len(self._model.class_names), ATTRIBUTE: len(NAMES) if digits else 0}
        return 0 <= target.index < counts.get(target.kind, 0)

    def _default_target(self) -> Target | None:
        names = self._model.class_names
        candidates = (
            Target(CLASS, min(DEFAULT_CLASS, len(names) - 1)),
            Target(ATTRIBUTE, DEFAULT_ATTRIBUTE),
        )
        return next((target for target in candidates if self._offers(target)), None)

    def _choose_target(self, target: Target) -> None:
        if target != self._target:
            self._drop()  # it looks for what is no longer wanted
        self._target = target
        self._show_target()
        self._refresh()

    def _show_target(self) -> None:
        self.target_row.show(self._target)
        if self._target is not None and self._target.kind == ATTRIBUTE:
            has_classes = self._model is not None and bool(self._model.class_names)
            self.attribute_options.show(NAMES[self._target.index], has_classes)
        self._show_mode()

    def _choose_mode(self) -> None:
        self.stop()
        self._show_mode()
        self._refresh()

    @property
    def _target_name(self) -> str:
        """The target in a few words, as in "walks to a 7" or "walks to thickness +20 %"."""
        if self._target.kind == CLASS:
            return self._model.class_names[self._target.index]
        name = NAMES[self._target.index]
        return f"{name} {written_amount(name, self.attribute_options.amount)}"

    # ---- walks ---------------------------------------------------------------------------------

    def _walker(self) -> Walker:
        """What walks to the target as the options are now; for the worker."""
        guide, index = self._guide, self._target.index
        if self._target.kind == CLASS:
            request = self.climb_options.request
            return lambda start, locks, progress, seed: guide.walk(
                index, start, request, locks, progress, seed
            )
        amount, keep = self.attribute_options.amount, self.attribute_options.keep_class
        return lambda start, locks, progress, seed: guide.walk_attribute(
            NAMES[index], start, amount, keep, locks, progress
        )

    def _ask_walk(self) -> None:
        walker, view, target = self._walker(), self.walk_view, self._target
        start, locks = np.array(self._context.state.z), self._context.state.locks
        label = f"Walking to {self._target_name}"
        view.show_searching(f"{label} …")

        def show(walk: Walk) -> None:
            self._answered["walk"] = target
            view.show(walk, _course(walk))

        self._run(
            label,
            lambda job: walker(start, locks, job.progress, 0),
            show,
            otherwise=view.show_as_before,
        )
        self._walking_from = self._context.state.z

    def _ask_noise(self) -> None:
        self._draw_starts()
        self._ask_next(0, self._walker(), self._target_name)

    def _ask_next(self, index: int, walker: Walker, name: str) -> None:
        """Walk one point after another, each a job of its own, so that others get their turn."""
        view, locks = self.noise_view, self._context.state.locks
        start, count = view.starts[index], len(view.starts)

        def done(walk: Walk) -> None:
            view.set_walk(index, walk)
            view.sentence.show(_noise_sentence(view.walks, name))
            if index + 1 < count:
                self._ask_next(index + 1, walker, name)
            else:
                view.toggle_play()

        self._run(
            f"Walking {index + 1} of {count} to {name}",
            lambda job: walker(start, locks, job.progress, index),
            done,
            otherwise=lambda: view.sentence.show(_noise_sentence(view.walks, name, stopped=True)),
        )

    def _draw_starts(self) -> None:
        """Draw the random points; a few, so on the Tk thread."""
        if self._model is None:
            return
        self.stop()
        starts = self._model.draw(self.noise_options.request)
        locked = sorted(self._context.state.locks)
        # As adopting one of them would leave them.
        starts[:, locked] = np.array(self._context.state.z)[locked]
        self.noise_view.set_starts(starts, self._noise_text())

    def _noise_text(self) -> str:
        if self._target is None:
            return NO_CLASSIFIER
        says = "how sure the classifier is" if self._target.kind == CLASS else "how much there is"
        return (
            f"Go walks all of these to {self._target_name} at once: the pictures below turn, and "
            f"each says {says} by then."
        )

    # ---- the smallest change -------------------------------------------------------------------

    def _ask_change(self) -> None:
        if self._target.kind != CLASS:
            self._context.notify(NEEDS_CLASS, True)
            return
        guide, panel, target = self._guide, self.change_panel, self._target
        start, locks = np.array(self._context.state.z), self._context.state.locks
        asked = self._target.index, start, panel.space, panel.radius, panel.probability, locks
        label = f"Looking for the smallest change to {self._target_name}"
        panel.show_searching(f"{label} …")

        def search(job: Job) -> NearestChange:
            return guide.smallest_change(*asked, job.progress)

        def show(found: NearestChange) -> None:
            self._answered["change"] = target
            panel.show(found)

        self._run(label, search, show, otherwise=panel.show_as_before)

    # ---- jobs ----------------------------------------------------------------------------------

    @property
    def _busy(self) -> bool:
        """Whether there is something to stop."""
        return self._asked is not None or self.walk_view.playing or self.noise_view.playing

    def _run(
        self,
        label: str,
        function: Callable[[Job], Any],
        show: Callable[[Any], None],
        otherwise: Callable[[], None] = lambda: None,
    ) -> None:
        """Run one job of this page; what is no longer asked for when it is done is dropped.

        otherwise: called if there is nothing to show, whatever the reason.
        """
        self._drop()
        self._asked = token = object()
        self._otherwise = otherwise

        def done(result: Any) -> None:
            if self._asked is token:
                self._asked = self._walking_from = None
                show(result)
                self._show_busy()

        def ended() -> None:
            if self._asked is token:
                self._drop()

        self._context.run_job(JOB, label, function, done, otherwise=ended, quiet=True)
        self._show_busy()

    def _drop(self) -> None:
        """Forget what the worker is at."""
        if self._asked is not None:
            self._context.worker.cancel(JOB)
            self._asked = self._walking_from = None
            self._otherwise()
            self._show_busy()

    def _show_busy(self) -> None:
        self.stop_button.state(["!disabled" if self._busy else "disabled"])

    def _leave(self, event: tk.Event) -> None:
        """Another page was chosen: there would be no button to stop with."""
        if event.widget is self:
            self.stop()

    # ---- before the first Go -------------------------------------------------------------------

    def _forget(self) -> None:
        """Show no results, but what would be done from here."""
        if self._model is None:
            return
        self._show_idle_walk()
        self._show_idle_change()
        self._draw_starts()

    def _moved(self) -> None:
        if self._walking_from not in (None, self._context.state.z):
            self._drop()  # its end would take the point back to where it was
        if self.winfo_ismapped() and self.mode != "noise":
            self._idle.request()

    def _show_current(self) -> Iterator[None]:
        self._refresh()
        return
        yield

    def _refresh(self) -> None:
        """Show the current point and the target where no result is shown."""
        if self._model is None:
            return
        if self.mode == "walk" and self.walk_view.walk is None:
            self._show_idle_walk()
        elif self.mode == "change" and self.change_panel.found is None and self._asked is None:
            self._show_idle_change()
        elif self.mode == "noise" and not any(self.noise_view.walks):
            self.noise_view.sentence.show(self._noise_text(), secondary=True)
        elif self.mode != "noise" and self._asked is None:
            self._tell_of_result()

    def _tell_of_result(self) -> None:
        """Say what became of the target that is chosen, or that what is shown is of another one."""
        view = self.walk_view if self.mode == "walk" else self.change_panel
        if self._target == self._answered[self.mode]:
            view.show_as_before()
        else:
            wanted = f"Go walks the point to {self._target_name}"
            if self.mode == "change":
                wanted = f"Go looks for the smallest change to {self._target_name}"
            view.show_searching(f"{wanted}. What is shown is what was asked for before.")

    def _current(self) -> tuple[np.ndarray, np.ndarray]:
        """The current point (latent_dim,) and its image (1, C, H, W)."""
        z = np.array(self._context.state.z)
        return z, self._model.decoder.decode_uint8(z[None])

    def _show_idle_walk(self) -> None:
        z, frames = self._current()
        self._stop_looking()
        if self._target is None:
            self.walk_view.show_idle(Course("", "", np.zeros(0), frames, None), NO_CLASSIFIER)
            return
        if self._target.kind == ATTRIBUTE:
            self._look(z, frames)
            return
        name = self._target_name
        goal = self.climb_options.request.probability
        values = self._model.probabilities(frames)[0, [self._target.index]]
        text = (
            f"Go walks from here to {_with_article(name)}. Every step moves z a little up the "
            "gradient of what the classifier thinks, and a little towards the middle of the "
            "prior:\n\n"
            f"z ← z + η ( ∇ log p({name} | D(z)) − λ z )\n\nThe main image and the sliders follow."
        )
        if values[0] >= goal:
            text = (
                f"The classifier takes this for {name} already. Choose another target, or another "
                "point."
            )
        course = Course(f"→ {name}", f"p({name})", values, frames, goal)
        self.walk_view.show_idle(course, text, sketch=bool(values[0] < goal))

    def _look(self, z: np.ndarray, frames: np.ndarray) -> None:
        """Measure the attribute, in the worker: the first time imports what measures."""
        guide, attribute = self._guide, ATTRIBUTES[self._target.index]
        heading, amount = f"→ {self._target_name}", self.attribute_options.amount
        self._looking = token = object()

        def show(value: float) -> None:
            if self._looking is not token:
                return
            self._looking = None
            if self.walk_view.walk is not None:
                return
            goal = changed(attribute.name, value, amount)
            values = np.array([value, goal])
            known = bool(np.isfinite(values).all())
            course = Course(
                heading,
                attribute.name,
                values[:1] if known else np.zeros(0),
                frames,
                goal if known else None,
                *bounds_of(values),
                attribute.unit,
            )
            self.walk_view.show_idle(
                course,
                f"Go changes the {attribute.name} by {written_amount(attribute.name, amount)}. It "
                "is measured on the image; each step is the shortest that changes it, as far as "
                "slopes can tell, until the measure agrees.\n\n"
                "The main image and the sliders follow.",
            )

        def ended() -> None:
            if self._looking is token:
                self._looking = None

        self._context.run_job(
            LOOK,
            f"Measuring the {attribute.name}",
            lambda job: guide.measured(attribute.name, z),
            show,
            otherwise=ended,
            quiet=True,
        )

    def _stop_looking(self) -> None:
        if self._looking is not None:
            self._context.worker.cancel(LOOK)
            self._looking = None

    def _show_idle_change(self) -> None:
        names = self._model.class_names
        if not names:
            self.change_panel.show_missing(NO_CLASSIFIER)
        elif self._target.kind != CLASS:
            self.change_panel.show_missing(NEEDS_CLASS)
        else:
            z, frames = self._current()
            answer = self._model.probabilities(frames)[0]
            self.change_panel.show_idle(z, frames[0], answer, names, self._target.index)


def _course(walk: Walk) -> Course:
    goal = walk.goal if math.isfinite(walk.goal) else None
    return Course(
        walk.heading,
        walk.quantity,
        walk.values,
        walk.frames,
        goal,
        *walk.bounds,
        walk.unit,
        walk.detour,
    )


def _with_article(name: str) -> str:
    return f"{'an' if name[:1] in '8aeiouAEIOU' else 'a'} {name}"


def _noise_sentence(walks: tuple[Walk | None, ...], name: str, stopped: bool = False) -> str:
    known = [walk for walk in walks if walk is not None]
    arrived = sum(walk.reached for walk in known)
    if len(known) < len(walks):
        rest = f"{len(walks) - len(known)} were not walked" if stopped else "others to come …"
        return f"{arrived} of {plural(len(known), 'point')} reached {name}; {rest}."
    sentence = f"{arrived} of {plural(len(known), 'point')} reached {name}"
    detours = sum(walk.reached and walk.detour > 0 for walk in known)
    if detours:
        sentence += f", {detours} of them through another start"
    off = sum(walk.word == OFF_THE_MAP for walk in known)
    if off:
        sentence += f"; {off} ended off the map, where a classifier may be sure of what no eye sees"
    return f"{sentence}. Click one to go on from there."
