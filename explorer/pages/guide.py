"""The Guide page: walks to a class, to the smallest change, to an attribute, by gradients."""

from __future__ import annotations

import math
import tkinter as tk
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.context import Context
from explorer.guiding import Guide, Walk, plural
from explorer.model import LoadedModel, SampleRequest
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Button,
    Checkbutton,
    Combobox,
    Frame,
    Label,
    Radiobutton,
    add_tooltip,
)
from explorer.widgets.change_view import ChangeView, Picture
from explorer.widgets.climb_options import ClimbOptions
from explorer.widgets.course_plot import Course
from explorer.widgets.later import Later
from explorer.widgets.noise_view import NoiseView, reached
from explorer.widgets.number_field import NumberField
from explorer.widgets.sentence import Sentence
from explorer.widgets.shift_bars import ShiftBars
from explorer.widgets.target_row import Target, TargetRow
from explorer.widgets.walk_view import WalkView
from explorer.worker import Job

if TYPE_CHECKING:
    from vae.smallest_change import SmallestChange

JOB = "guide"
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
SPACES = {
    "latent": ("latent", "Nearest in z: the least movement of the sliders."),
    "pixels": ("pixels", "Nearest as an image: the least ink that comes and goes."),
}
COUNT = 6, 12  # of random points
MAX_SEED = 999_999
NO_CLASSIFIER = (
    "No classifier came with these weights, so nothing tells which class an image shows. Open "
    "weights that were trained with one (File ▸ Open weights…)."
)


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
        self._change: SmallestChange | None = None
        self.target_row = TargetRow(self, context.theme, on_choose=self._choose_target)
        self._build_modes()
        self._build_walk()
        self._build_change()
        self._build_noise()

        self.target_row.grid(row=0, column=0, sticky="ew")
        self._modes_row.grid(row=1, column=0, sticky="ew", pady=(px(6), px(8)))
        self.rowconfigure(2, weight=1)
        self.columnconfigure(0, weight=1)
        self._idle = Later(self, IDLE_PAUSE_MS, self._show_current)
        self._show_mode()
        self._bind_escape(self)
        self.bind("<Unmap>", self._leave)
        self.bind("<Map>", lambda event: self._idle.request(), add="+")
        context.state.subscribe(lambda state: self._moved())

    # ---- what every page offers ----------------------------------------------------------------

    def set_model(self, model: LoadedModel) -> None:
        """Guide in another model; nothing of the one before stays."""
        self._drop()
        self._model, self._guide, self._change = model, Guide(model), None
        names = model.class_names
        self.target_row.set_names(names, ())
        index = None if self._target is None else self._target.index
        if not names:
            self._target = None
        elif index is None or index >= len(names):
            self._target = Target("class", min(DEFAULT_CLASS, len(names) - 1))
        self.target_row.show(self._target)
        sources = [source for source in ("learned", "prior") if source in model.sources()]
        self._offered = sources
        self.source_box.configure(values=[source.capitalize() for source in sources])
        if self._source not in sources:
            self._source = sources[0]
        self.source_box.current(sources.index(self._source))
        for button in (self.go_button, self.resample_button):
            button.state(["!disabled" if self._target is not None else "disabled"])
        self._forget_walk()
        self._draw_starts()
        self._show_current_change()

    def set_encoded(self, model: LoadedModel) -> None:
        """Take over the real digits: where a walk ends is judged by them, too."""
        if self._model is not None and model.bundle is self._model.bundle:
            self._model = model
            self._guide = Guide(model)

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        target = self._target
        return {
            "mode": self._mode.get(),
            "target": None if target is None else target.index,
            "climb": self.climb_options.settings(),
            "space": self._space.get(),
            "radius": self.radius_field.number,
            "sure": bool(self._sure.get()),
            "sure_probability": self.sure_field.number,
            "count": self.count_field.number,
            "source": self._source,
            "seed": self.seed_field.number,
        }

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        if settings.get("mode") in tuple(MODES):
            self._mode.set(settings["mode"])
        index = settings.get("target")
        classes = len(self._model.class_names) if self._model is not None else 0
        if type(index) is int and 0 <= index < classes:
            self._target = Target("class", index)
            self.target_row.show(self._target)
        if isinstance(settings.get("climb"), Mapping):
            self.climb_options.apply_settings(settings["climb"])
        if settings.get("space") in tuple(SPACES):
            self._space.set(settings["space"])
        if isinstance(settings.get("sure"), bool):
            self._sure.set(settings["sure"])
        for key, field in (
            ("radius", self.radius_field),
            ("sure_probability", self.sure_field),
            ("count", self.count_field),
            ("seed", self.seed_field),
        ):
            value = settings.get(key)
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if is_number and math.isfinite(value):
                field.set_number(value)
        if self._model is not None and settings.get("source") in self._offered:
            self._source = settings["source"]
            self.source_box.current(self._offered.index(self._source))
        self._drop()
        self._show_mode()
        if self._model is not None:
            self._change = None
            self._forget_walk()
            self._draw_starts()

    def back(self) -> None:
        """Stop what is under way."""
        self.stop()

    @property
    def settled(self) -> bool:
        """Whether everything that was asked for is shown."""
        return (
            self._asked is None
            and not self._idle.pending
            and not self.walk_view.playing
            and not self.noise_view.playing
        )

    # ---- commands ------------------------------------------------------------------------------

    @property
    def mode(self) -> str:
        """One of MODES."""
        return self._mode.get()

    @property
    def target(self) -> Target | None:
        """What is wanted; None where nothing can be."""
        return self._target

    @property
    def change(self) -> SmallestChange | None:
        """The shown smallest change."""
        return self._change

    def go(self) -> None:
        """Do what the mode says, from the current point."""
        if self._model is None or self._target is None:
            return
        self._drop()
        self._context.glide.stop()
        {"walk": self._ask_walk, "change": self._ask_change, "noise": self._ask_noise}[self.mode]()
        self._set_buttons()

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

    def _build_walk(self) -> None:
        context = self._context
        px = context.theme.px
        self.climb_options = ClimbOptions(
            self, context.theme, on_change=self._climb_changed, on_error=self._tell
        )
        self._walk_body = body = Frame(self)
        self.walk_view = WalkView(
            body,
            context.theme,
            context.state,
            context.glide,
            on_playing=lambda: self._set_buttons(),
        )
        self.walk_view.pack(fill="both", expand=True, pady=(px(8), 0))

    def _build_change(self) -> None:
        context = self._context
        px = context.theme.px
        self._change_body = body = Frame(self)
        row = Frame(body)
        Label(row, text="Nearest in").pack(side="left", padx=(0, px(8)))
        self._space = tk.StringVar(self, "latent")
        self.space_buttons: dict[str, Radiobutton] = {}
        for space, (text, tooltip) in SPACES.items():
            button = Radiobutton(row, text=text, value=space, variable=self._space)
            button.pack(side="left", padx=(0, px(10)))
            add_tooltip(button, tooltip)
            self.space_buttons[space] = button
        Label(row, text="within").pack(side="left", padx=(0, px(4)))
        self.radius_field = self._number(
            row,
            "The radius",
            4.0,
            0.1,
            12.0,
            0.5,
            "How far from the current point is searched, in standard deviations of the prior, "
            "whichever space counts.",
        )
        self._sure = tk.BooleanVar(self, True)
        self.sure_button = Checkbutton(row, text="with p ≥", variable=self._sure)
        self.sure_button.pack(side="left", padx=(px(14), px(4)))
        add_tooltip(
            self.sure_button,
            "The classifier must be this sure of the target. Else it is enough that no other "
            "class is likelier, and the change ends right at the boundary between two classes.",
        )
        self.sure_field = self._number(
            row, "The probability", 0.95, 0.05, 0.999, 0.05, "How sure the classifier must be."
        )
        row.pack(fill="x")
        self.change_view = ChangeView(body, context.theme, on_choose=self._go_to_picture)
        self.change_view.pack(fill="both", expand=True, pady=(px(6), 0))
        self.shift_bars = ShiftBars(body, context.theme, height=92)
        self.shift_bars.pack(fill="x", pady=(px(4), 0))
        self.change_sentence = Sentence(body)
        self.change_sentence.pack(fill="x", pady=(px(4), 0))
        add_tooltip(
            self.change_view,
            "Click a picture, or walk with the arrow keys and press Return, to go to its point.",
            PATIENT_TOOLTIP_DELAY_MS,
            position="top",
        )
        add_tooltip(
            self.shift_bars,
            "How far every dimension moved, from before to after, in standard deviations of the "
            "prior.",
        )

    def _build_noise(self) -> None:
        context = self._context
        px = context.theme.px
        self._noise_body = body = Frame(self)
        row = Frame(body)
        self._source, self._offered = "learned", ["learned", "prior"]
        Label(row, text="Number").pack(side="left", padx=(0, px(4)))
        self.count_field = self._number(
            row,
            "The number",
            8,
            *COUNT,
            1,
            "How many random points walk.",
            on_change=lambda number: self._starts_changed(),
        )
        Label(row, text="from").pack(side="left", padx=(px(12), px(4)))
        self.source_box = Combobox(row, state="readonly", width=9)
        self.source_box.pack(side="left")
        self.source_box.bind("<<ComboboxSelected>>", lambda event: self._choose_source())
        add_tooltip(
            self.source_box,
            "Learned: distributed as the encoded training images are. Prior: from N(0, I), which "
            "also has points that no image was encoded to.",
        )
        Label(row, text="Seed").pack(side="left", padx=(px(12), px(4)))
        self.seed_field = self._number(
            row,
            "The seed",
            0,
            0,
            MAX_SEED,
            1,
            "The same seed gives the same points.",
            on_change=lambda number: self._starts_changed(),
        )
        self.resample_button = Button(row, text="Resample", command=self.resample)
        self.resample_button.pack(side="right")
        add_tooltip(self.resample_button, "Draws other points, with another seed.")
        row.pack(fill="x", pady=(px(6), 0))
        self.noise_view = NoiseView(
            body,
            context.theme,
            decode=lambda z: self._model.decoder.decode_uint8(z),
            on_adopt=lambda z: context.adopt(z, True),
            on_playing=lambda: self._set_buttons(),
        )
        self.noise_view.pack(fill="both", expand=True, pady=(px(6), 0))

    def _number(
        self,
        row: Frame,
        what: str,
        number: float,
        low: float,
        high: float,
        step: float,
        tip: str,
        on_change: Callable[[float], None] = lambda number: None,
    ) -> NumberField:
        field = NumberField(
            row,
            what=what,
            number=number,
            low=low,
            high=high,
            step=step,
            width=5 if high < 1000 else 6,
            on_change=on_change,
            on_error=self._tell,
        )
        field.pack(side="left")
        add_tooltip(field, tip)
        return field

    def _bind_escape(self, widget: tk.Misc) -> None:
        """Let Escape stop what is under way wherever the focus is on this page."""
        tag = f"stop{self}"
        for child in widget.winfo_children():
            child.bindtags((tag, *child.bindtags()))
            self._bind_escape(child)
        self.bind_class(tag, "<Escape>", lambda event: self._escape())

    def _escape(self) -> str | None:
        if not self._busy:
            return None
        self.stop()
        return "break"

    # ---- choices -------------------------------------------------------------------------------

    def _choose_target(self, target: Target) -> None:
        self._target = target
        self.target_row.show(target)
        self._refresh_idle()

    def _choose_mode(self) -> None:
        self.stop()
        self._show_mode()

    def _show_mode(self) -> None:
        px = self._context.theme.px
        for body in (self._walk_body, self._change_body, self._noise_body):
            body.grid_remove()
        self.climb_options.grid_remove()
        bodies = {"walk": self._walk_body, "change": self._change_body, "noise": self._noise_body}
        if self.mode == "change":
            bodies[self.mode].grid(row=2, column=0, rowspan=2, sticky="nsew")
            self.rowconfigure(2, weight=1)
            self.rowconfigure(3, weight=0)
        else:
            self.climb_options.grid(row=2, column=0, sticky="ew", pady=(0, px(0)))
            bodies[self.mode].grid(row=3, column=0, sticky="nsew")
            self.rowconfigure(2, weight=0)
            self.rowconfigure(3, weight=1)
        self._refresh_idle()

    def _climb_changed(self) -> None:
        if self.walk_view.walk is None:
            self._refresh_idle()

    def _starts_changed(self) -> None:
        self._drop()
        self._draw_starts()

    def _choose_source(self) -> None:
        self.source_box.selection_clear()
        self.winfo_toplevel().focus_set()  # else the keys of the window stay with the list
        self._source = self._offered[self.source_box.current()]
        self._starts_changed()

    def resample(self) -> None:
        """Draw other random points."""
        self.seed_field.set_number(int(self._context.rng.integers(MAX_SEED + 1)))
        self._starts_changed()

    # ---- this point ----------------------------------------------------------------------------

    def _ask_walk(self) -> None:
        guide, target = self._guide, self._target.index
        start, locks = np.array(self._context.state.z), self._context.state.locks
        request = self.climb_options.request

        def show(walk: Walk) -> None:
            self.walk_view.show(walk, _course(walk))

        self._run(
            f"Walking to {self._class_name}",
            lambda job: guide.walk(target, start, request, locks, job.progress),
            show,
        )

    def _forget_walk(self) -> None:
        """Show what a walk from the current point would begin with."""
        name = self._class_name
        frames, values = np.zeros((0, 1, 1, 1), np.uint8), np.zeros(0)
        if name is None:
            self.walk_view.show_idle(Course("", "", values, frames, None), NO_CLASSIFIER)
            return
        frames = self._model.decoder.decode_uint8(np.array([self._context.state.z]))
        values = self._model.probabilities(frames)[0, [self._target.index]]
        course = Course(
            f"→ {name}", f"p({name})", values, frames, self.climb_options.request.probability
        )
        self.walk_view.show_idle(
            course,
            f"Go walks this digit to a {name}. Every step moves z a little up the gradient of what "
            f"the classifier thinks, and a little towards the middle of the prior:\n\n"
            f"z ← z + η ( ∇ log p({name} | D(z)) − λ z )\n\n"
            "The main digit and the sliders follow.",
        )

    # ---- the smallest change -------------------------------------------------------------------

    def _ask_change(self) -> None:
        guide, target = self._guide, self._target.index
        start, locks = np.array(self._context.state.z), self._context.state.locks
        space, radius = self._space.get(), self.radius_field.number
        probability = self.sure_field.number if self._sure.get() else None
        model = self._model

        def search(job: Job) -> tuple[SmallestChange, np.ndarray]:
            change = guide.smallest_change(
                target, start, space, radius, probability, locks, job.progress
            )
            return change, model.probabilities(change.frames)

        self._run(
            f"Looking for the smallest change to {self._class_name}",
            search,
            lambda result: self._show_change(*result, target, space),
        )

    def _show_change(
        self, change: SmallestChange, answers: np.ndarray, target: int, space: str
    ) -> None:
        self._change = change
        names = self._model.class_names

        def seen(answer: np.ndarray) -> str:
            """The likeliest class, and the target."""
            best = int(answer.argmax())
            first = f"{names[best]}: {answer[best]:.0%}"
            return first if best == target else f"{first}\n{names[target]}: {answer[target]:.0%}"

        before = Picture("Before", seen(answers[0]), change.frames[0])
        if not change.found:
            missing = Picture("After", "none found", None, arrow="→")
            self.change_view.show([before, missing])
            self.shift_bars.show(np.zeros(len(change.before)), "nothing to show")
            self.change_sentence.show(
                f"{change.note} Search farther, or ask for less than this probability."
            )
            return
        signed = change.frames[2].astype(np.float64) - change.frames[0]
        difference = signed.mean(axis=0) / 127.5
        pictures = [before]
        same = np.array_equal(change.boundary, change.after)
        if not same:
            pictures.append(
                Picture("Boundary", _at_boundary(answers[1], names), change.frames[1], arrow="→")
            )
        caption = _at_boundary(answers[2], names) if same else seen(answers[2])
        pictures += [
            Picture("After", caption, change.frames[2], arrow="→"),
            Picture("Difference", "red comes,\nblue goes", change.frames[0], difference, arrow="="),
        ]
        self.change_view.show(pictures)
        self.shift_bars.show(change.after - change.before)
        self.change_sentence.show(_change_sentence(change, space, names[target]))

    def _show_current_change(self) -> None:
        """Show what the smallest change of the current point would be made of."""
        if self._model is None or self._change is not None:
            return
        name = self._class_name
        if name is None:
            self.change_view.show([])
            self.shift_bars.show(np.zeros(0))
            self.change_sentence.show(NO_CLASSIFIER, secondary=True)
            return
        frames = self._model.decoder.decode_uint8(np.array([self._context.state.z]))
        answer = self._model.probabilities(frames)[0]
        best = int(answer.argmax())
        self.change_view.show(
            [
                Picture(
                    "Before", f"{self._model.class_names[best]}: {answer[best]:.0%}", frames[0]
                ),
                Picture("Boundary", "where the answer\ntips over", None, arrow="→"),
                Picture("After", f"taken for {name}", None, arrow="→"),
                Picture("After − before", "red comes,\nblue goes", None),
            ]
        )
        self.shift_bars.show(np.zeros(self._model.latent_dim), "which dimensions move, and how far")
        self.change_sentence.show(
            f"Go looks for the nearest point that the classifier takes for {name}: how little has "
            "to change.",
            secondary=True,
        )

    def _go_to_picture(self, index: int) -> None:
        change = self._change
        if change is None or not change.found:
            point = self._context.state.z if change is None else change.before
        else:
            points = [change.before, change.boundary, change.after]
            if len(self.change_view.pictures) == 3:
                points = [change.before, change.after]
            point = points[index]
        self._context.adopt(point, True)

    # ---- from noise ----------------------------------------------------------------------------

    def _draw_starts(self) -> None:
        """Draw the random points; a few, so on the Tk thread."""
        if self._model is None:
            return
        request = SampleRequest(
            self._source, seed=self.seed_field.number, count=self.count_field.number
        )
        self.noise_view.set_starts(self._model.draw(request), self._noise_text())

    def _noise_text(self) -> str:
        if self._class_name is None:
            return NO_CLASSIFIER
        return (
            f"Go walks all of these to {self._class_name} at once: the lower row turns, and each "
            "says how sure the classifier is by then."
        )

    def _ask_noise(self) -> None:
        self.noise_view.set_starts(self.noise_view.starts, "")
        self._ask_next(0)

    def _ask_next(self, index: int) -> None:
        """Walk one point after another, each a job of its own, so that others get their turn."""
        guide, target, count = self._guide, self._target.index, len(self.noise_view.starts)
        start, request = self.noise_view.starts[index], self.climb_options.request
        name = self._class_name

        def done(walk: Walk) -> None:
            self.noise_view.set_walk(index, walk)
            known = index + 1
            self.noise_view.sentence.show(_noise_sentence(self.noise_view.walks, name, known))
            if known < count:
                self._ask_next(known)
            else:
                self.noise_view.toggle_play()

        self._run(
            f"Walking {index + 1} of {count} to {name}",
            lambda job: guide.walk(target, start, request, frozenset(), job.progress, seed=index),
            done,
        )

    # ---- jobs ----------------------------------------------------------------------------------

    @property
    def _class_name(self) -> str | None:
        if self._model is None or self._target is None:
            return None
        return self._model.class_names[self._target.index]

    @property
    def _busy(self) -> bool:
        """Whether there is something to stop."""
        return self._asked is not None or self.walk_view.playing or self.noise_view.playing

    def _run(self, label: str, function: Callable[[Job], Any], show: Callable[[Any], None]) -> None:
        """Run one job of this page; what is no longer asked for when it is done is dropped."""
        self._asked = token = object()

        def done(result: Any) -> None:
            if self._asked is token:
                self._asked = None
                show(result)
                self._set_buttons()

        def ended() -> None:
            if self._asked is token:
                self._asked = None
                self._set_buttons()

        self._context.run_job(JOB, label, function, done, otherwise=ended, quiet=True)

    def _drop(self) -> None:
        """Forget what the worker is at."""
        self._context.worker.cancel(JOB)
        self._asked = None
        self._set_buttons()

    def _set_buttons(self) -> None:
        self.stop_button.state(["!disabled" if self._busy else "disabled"])

    def _tell(self, message: str) -> None:
        self._context.notify(message, True)

    def _leave(self, event: tk.Event) -> None:
        """Another page was chosen: there would be no button to stop with."""
        if event.widget is self:
            self.stop()

    # ---- the current point ---------------------------------------------------------------------

    def _moved(self) -> None:
        if self.winfo_ismapped() and self._shows_current:
            self._idle.request()

    @property
    def _shows_current(self) -> bool:
        """Whether the page shows the current point, and not a result."""
        if self.mode == "walk":
            return self.walk_view.walk is None
        return self.mode == "change" and self._change is None

    def _show_current(self) -> Iterator[None]:
        self._refresh_idle()
        return
        yield

    def _refresh_idle(self) -> None:
        if self._model is None:
            return
        if self.mode == "walk" and self.walk_view.walk is None:
            self._forget_walk()
        elif self.mode == "change":
            self._show_current_change()
        elif self.mode == "noise" and not any(self.noise_view.walks):
            self.noise_view.sentence.show(self._noise_text(), secondary=True)


def _course(walk: Walk) -> Course:
    low, high = walk.bounds
    return Course(
        walk.heading,
        walk.quantity,
        walk.values,
        walk.frames,
        walk.goal,
        low,
        high,
        walk.unit,
        walk.detour,
    )


def _at_boundary(answer: np.ndarray, names: tuple[str, ...]) -> str:
    """The two likeliest classes, between which the classifier hesitates."""
    first, second = np.argsort(-answer, kind="stable")[:2]
    return f"{names[first]}: {answer[first]:.0%}\n{names[second]}: {answer[second]:.0%}"


def _change_sentence(change: SmallestChange, space: str, name: str) -> str:
    if change.distance == 0:
        return change.note
    unit = "in z" if space == "latent" else "in pixels (norm over the image, −1 to 1)"
    shift = np.abs(change.after - change.before)
    most = ", ".join(f"z{i + 1}" for i in change.moved[:2])
    share = (shift[list(change.moved[:2])] ** 2).sum() / (shift**2).sum()
    moved = f" Of it, {share:.0%} is along {most}." if len(change.moved) > 2 else ""
    z = "" if space == "latent" else f", {np.linalg.norm(shift):.2f} in z"
    return (
        f"The nearest point found that is taken for {name} is {change.distance:.2f} away {unit}"
        f"{z}.{moved} A nearer one is not ruled out."
    )


def _noise_sentence(walks: tuple[Walk | None, ...], name: str, known: int) -> str:
    arrived = f"{reached(walks)} of {plural(known, 'point')} reached {name}"
    if known < len(walks):
        return f"{arrived}, {len(walks) - known} to come …"
    detours = sum(walk.detour > 0 for walk in walks)
    through = f", {detours} of them through another start" if detours else ""
    return f"{arrived}{through}. Click one to go on from there."
