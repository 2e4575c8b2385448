"""Real digits beside samples and reconstructions, and how near each is to a training digit."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from explorer import sample_sets
from explorer.asking import Asking
from explorer.context import Context
from explorer.copying_words import (
    GENERATED,
    NO_DIGITS,
    NOT_AT_HAND,
    words_about_all,
    words_about_limits,
    words_about_one,
)
from explorer.model import LoadedModel
from explorer.sample_sets import (
    LEARNED,
    OF_REAL,
    ONES,
    PRIOR,
    REAL,
    RECONSTRUCTIONS,
    SETS,
    SIZE,
    TITLES,
    SampleSet,
    Split,
    Training,
    draw_set,
    missing,
    read_training,
    smooth_reference,
    split_of,
    with_neighbours,
)
from explorer.second_model import SecondModel
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Button,
    Combobox,
    Frame,
    Label,
    Menu,
    Radiobutton,
    add_tooltip,
)
from explorer.widgets.class_bars import SCALE
from explorer.widgets.distance_plot import DASHED, FILLED, SOLID, Curve, DistancePlot
from explorer.widgets.number_field import NumberField
from explorer.widgets.picture_board import PictureBoard, Tile
from explorer.widgets.sample_panel import SamplePanel
from explorer.widgets.sentence import Sentence
from explorer.worker import Job
from vae.copying import Untrained
from vae.posterior import encode_image

JOB = "pictures"
COUNTS = (12, 24, 40, 60, 96)  # 4 x 3 to 12 x 8: they fill a cell of the page best
MAX_SEED = 999_999
FIRST, SECOND = MODELS = ("first", "second")
ALL_CLASSES = "all"
DETAIL_HEIGHT = 118  # pixels at 96 dpi, like all lengths here; more where there is more room:
DETAIL_SHARE = 0.26
PAIR_WIDTH = 212
GAP = 14  # between the grids
NEIGHBOURS_FIRST = (LEARNED, PRIOR, REAL, RECONSTRUCTIONS)  # the order in which they are looked for
BRIEF = {REAL: "test digit", PRIOR: "prior", LEARNED: "learned", RECONSTRUCTIONS: "reconstructed"}
TRAINED = "trained on"
HINT = "Point at a picture: here is the training digit nearest to it."
LOOKING = "Looking for the nearest training digits."
STOPPED = "Stopped. New draws again."
TIPS = {
    REAL: "Test digits, chosen by the seed. Training has not seen them.",
    PRIOR: "Decoded draws from N(0, I), where theory says to sample from. The encoder never fills "
    "it evenly, so some samples fall between the digits.",
    LEARNED: "Decoded draws from the Gaussian mixture that was fitted to the encoded training "
    "digits (ex-post density estimation, Ghosh et al. 2020).",
    RECONSTRUCTIONS: "The same real digits, encoded and decoded again: as sharp as this decoder "
    "can be. Samples that look worse than these lie where no digit was encoded to.",
}
GAN_TIPS = {  # where what is said of a VAE does not hold
    PRIOR: "Decoded draws from N(0, I), which is all that the generator learned from: each was to "
    "pass for a real digit. They are crisp, for what is blurred is told at once. Those that are no "
    "digit lie on the way from one to another, on which the map of z can't jump.",
    LEARNED: "Decoded draws from the Gaussian mixture that was fitted to where the training digits "
    "were encoded (ex-post density estimation, Ghosh et al. 2020), by an encoder that came after "
    "the generator.",
    RECONSTRUCTIONS: "The same real digits, encoded and decoded again. The generator never had to "
    "draw a digit that it was shown: where another one comes back, it has none like it, or the "
    "encoder, fitted afterwards, does not find it. Crisp all the same: a VAE would blur what it is "
    "unsure of, a GAN draws something else.",
}
HOW = (
    " Click one, or walk with the arrow keys and press Return, to make it the current point; the "
    "right button, or Shift+F10, opens its menu."
)
PAIR_TIP = (
    "The picture that is pointed at, and the training digit that is nearest to it pixel by pixel. "
    "Click the training digit, or press Return on it, to make its posterior mean the current point."
)
PLOT_TIP = (
    "How far pictures are from the nearest training digit: the root of the summed squared "
    "differences of their pixels (black to white is 2). A generator that learned its training "
    "digits by heart has its curve at the left of the others."
)
NO_POINT = "Without an encoder a real digit is no point; its menu takes it to the Draw page."
OF_SECOND = "This sample is the second model's. Swap the models to explore from it."


class PicturesView(Frame):
    """Four grids of pictures of the same size, what is in them, and a look for copies."""

    def __init__(self, parent: tk.Misc, context: Context, second: SecondModel) -> None:
        super().__init__(parent)
        self._context = context
        self._second = second
        self._jobs = Asking(context)
        self._first: LoadedModel | None = None
        self._encoding = True  # the window's digits are on their way
        self._which = tk.StringVar(self, FIRST)
        self._seed, self._count = 0, COUNTS[1]
        self._class: int | None = None
        self._drawn_of: LoadedModel | None = None  # whose sets are shown
        self._sets: dict[str, SampleSet] = {}
        self._places: dict[str, np.ndarray] = {}  # in its set, of every picture of a grid
        self._filled: dict[str, np.ndarray] = {}  # the images of the sets that fill the grids
        self._training: dict[Split, Training] = {}
        self._smooth: list[tuple[LoadedModel, Untrained | None]] = []  # of two models
        # The other model's sets, and their seed, while one looks from one model to the other.
        self._aside: tuple[LoadedModel, int, dict[str, SampleSet]] | None = None
        self._chosen: tuple[str, int] | None = None  # a set and a place in it
        self._pointed: tuple[str, int] | None = None
        self._about = LEARNED  # the set whose distances are shown
        self._stopped = False
        self.menu: Menu | None = None

        px = context.theme.px
        self._build_options()
        self._build_panels()
        self._build_detail()
        self._options_row.grid(row=0, column=0, sticky="ew", pady=(0, px(6)))
        self._panels.grid(row=1, column=0, sticky="nsew")
        self._detail.grid(row=2, column=0, sticky="ew", pady=(px(8), 0))
        self.rowconfigure(1, weight=1)
        self.columnconfigure(0, weight=1)
        self.bind("<Configure>", self._size_detail)
        self.bind("<Map>", lambda event: event.widget is self and self._renew())
        unsubscribe = second.subscribe(self._second_changed)
        self.bind("<Destroy>", lambda event: event.widget is self and unsubscribe(), add="+")
        self._second_changed()

    # ---- what every view offers ----------------------------------------------------------------

    def set_model(self, model: LoadedModel) -> None:
        """Show another model's pictures."""
        self._first, self._encoding = model, model.encoded is None
        self._renew()

    def set_encoded(self, model: LoadedModel) -> None:
        """The real digits are encoded, or could not be."""
        self._first, self._encoding = model, False
        self._renew()

    def settings(self) -> dict[str, Any]:
        """For a session file."""
        return {"seed": self._seed, "count": self._count, "model": self._which.get()}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        seed, count = settings.get("seed"), settings.get("count")
        if type(seed) is int and 0 <= seed <= MAX_SEED:
            self._set_seed(seed)
        if type(count) is int and count in COUNTS:
            self._set_count(count)
        if settings.get("model") in MODELS:
            self._which.set(settings["model"])
            self._renew()

    @property
    def settled(self) -> bool:
        """Whether everything that can be told of the pictures is."""
        if self._shown_model is None or not self.winfo_ismapped():
            return True
        return not self._jobs.busy and (self._stopped or self._next_step() is None)

    def back(self) -> None:
        """Let go of the chosen picture."""
        self._choose(None)

    # ---- commands ------------------------------------------------------------------------------

    @property
    def sets(self) -> dict[str, SampleSet]:
        """What is drawn, by name."""
        return dict(self._sets)

    def renew(self) -> None:
        """Draw with another seed."""
        self._set_seed(int(self._context.rng.integers(MAX_SEED + 1)))

    def show_class(self, index: int | None) -> None:
        """Show pictures of one class alone, or of all."""
        names = self._class_names
        self._class = index if index is not None and index < len(names) else None
        self.class_box.set(ALL_CLASSES if self._class is None else names[self._class])
        self._choose(None)
        self._show_sets()

    # ---- building ------------------------------------------------------------------------------

    def _build_options(self) -> None:
        px = self._context.theme.px
        self._options_row = row = Frame(self)
        Label(row, text="Seed").pack(side="left")
        self.seed_field = NumberField(
            row,
            what="Seed",
            number=self._seed,
            low=0,
            high=MAX_SEED,
            step=1,
            width=7,
            on_change=lambda seed: self._set_seed(int(seed)),
            on_error=lambda message: self._context.notify(message, True),
        )
        self.seed_field.pack(side="left", padx=(px(6), px(12)))
        add_tooltip(self.seed_field, "The same seed gives the same pictures.")
        self.count_box = self._list("Pictures", map(str, COUNTS), 3, self._count_chosen)
        self.count_box.set(str(self._count))
        add_tooltip(
            self.count_box,
            f"How many pictures a grid shows. Bars and figures are of {SIZE:,} each.",
        )
        self.class_box = self._list("Class", (ALL_CLASSES,), 5, self._class_chosen)
        self.class_box.set(ALL_CLASSES)
        add_tooltip(
            self.class_box,
            "Shows pictures of one class: real digits by their label, samples by what the "
            "classifier takes them for.",
        )
        self.model_buttons: dict[str, Radiobutton] = {}
        for name, text in zip(MODELS, ("A", "B"), strict=True):
            button = Radiobutton(
                row, text=text, value=name, variable=self._which, command=self._renew
            )
            add_tooltip(
                button,
                "Whose samples and reconstructions are shown: A is this model, B the second.",
            )
            self.model_buttons[name] = button
        self.new_button = Button(row, text="New", bootstyle="primary", command=self.renew)
        self.new_button.pack(side="right")
        add_tooltip(self.new_button, "Draws all four grids anew, with another seed.")

    def _list(self, label: str, values: Any, width: int, chosen: Callable[[], None]) -> Combobox:
        px = self._context.theme.px
        Label(self._options_row, text=label).pack(side="left")
        box = Combobox(self._options_row, state="readonly", width=width, values=list(values))
        box.pack(side="left", padx=(px(6), px(12)))

        def taken(event: tk.Event) -> None:
            box.selection_clear()
            self.winfo_toplevel().focus_set()  # else the keys of the window stay with the list
            chosen()

        box.bind("<<ComboboxSelected>>", taken)
        return box

    def _build_panels(self) -> None:
        context = self._context
        self._panels = Frame(self)
        self.panels: dict[str, SamplePanel] = {}
        for name in (REAL, RECONSTRUCTIONS, PRIOR, LEARNED):
            panel = SamplePanel(
                self._panels,
                context.theme,
                title=TITLES[name],
                tooltip=TIPS[name] + HOW,
                on_activate=lambda index, name=name: self._activate(name, index),
                on_hover=lambda index, name=name: self._point_at(name, index),
                on_menu=lambda index, event, name=name: self._open_menu(name, index, event),
                on_class=lambda index: self.show_class(None if index == self._class else index),
            )
            self.panels[name] = panel
        self._panels.bind("<Configure>", self._place_panels)

    def _place_panels(self, event: tk.Event) -> None:
        """Give all grids the same size, to the pixel: else their pictures would differ."""
        gap = self._context.theme.px(GAP)
        width, height = (event.width - gap) // 2, (event.height - gap // 2) // 2
        for place, panel in enumerate(self.panels.values()):
            row, column = divmod(place, 2)
            panel.place(
                x=column * (width + gap),
                y=row * (height + gap // 2),
                width=max(1, width),
                height=max(1, height),
            )

    def _build_detail(self) -> None:
        context, px = self._context, self._context.theme.px
        self._detail = Frame(self, height=px(DETAIL_HEIGHT))
        self._detail.grid_propagate(False)
        self.pair = PictureBoard(
            self._detail,
            context.theme,
            on_choose=self._choose_tile,
            on_menu=self._open_pair_menu,
            max_rows=1,
            centred=False,
        )
        self.pair.configure(width=px(PAIR_WIDTH))
        self.plot = DistancePlot(self._detail, context.theme)
        self.sentence = Sentence(self._detail, lines=3)
        self.pair.grid(row=0, column=0, rowspan=2, sticky="ns")
        self.plot.grid(row=0, column=1, sticky="nsew", padx=(px(12), 0))
        self.sentence.grid(row=1, column=1, sticky="ew", padx=(px(12), 0))
        self._detail.rowconfigure(0, weight=1)
        self._detail.columnconfigure(1, weight=1)
        add_tooltip(self.pair, PAIR_TIP, PATIENT_TOOLTIP_DELAY_MS, position="top")
        add_tooltip(self.plot, PLOT_TIP, PATIENT_TOOLTIP_DELAY_MS, position="top")
        self.limits_tip = add_tooltip(self.sentence.label, PLOT_TIP, position="top")

    def _size_detail(self, event: tk.Event) -> None:
        if event.widget is self:
            least = self._context.theme.px(DETAIL_HEIGHT)
            self._detail.configure(height=max(least, int(DETAIL_SHARE * event.height)))

    # ---- what is asked for ---------------------------------------------------------------------

    @property
    def _shown_model(self) -> LoadedModel | None:
        """Whose samples are shown."""
        if self._which.get() == SECOND and self._second.model is not None:
            return self._second.model
        return self._first

    @property
    def _class_names(self) -> tuple[str, ...]:
        model = self._shown_model
        if model is None:
            return ()
        return model.class_names or (tuple("0123456789") if model.bundle.shows_digits else ())

    def _waits_for_digits(self) -> bool:
        if self._shown_model is self._first:
            return self._encoding
        return self._second.busy

    def _set_seed(self, seed: int) -> None:
        self._seed = seed
        self.seed_field.set_number(seed)
        self._forget()
        self._renew()

    def _set_count(self, count: int) -> None:
        self._count = count
        self.count_box.set(str(count))
        self._choose(None)
        self._show_sets()

    def _count_chosen(self) -> None:
        self._set_count(int(self.count_box.get()))

    def _class_chosen(self) -> None:
        index = self.class_box.current()
        self.show_class(index - 1 if index > 0 else None)

    def _second_changed(self) -> None:
        for button in self.model_buttons.values():
            if self._second.model is None:
                button.pack_forget()
            else:
                button.pack(side="left", padx=(0, self._context.theme.px(8)))
        self._renew()

    def _forget(self) -> None:
        """Nothing that is shown is asked for any more."""
        self._jobs.drop()
        self._sets.clear()
        self._drawn_of, self._stopped = None, False
        self._chosen = self._pointed = None

    def _renew(self) -> None:
        """Show the pictures that are asked for, if somebody looks."""
        model = self._shown_model
        if model is None:
            return
        for name, panel in self.panels.items():
            words = GAN_TIPS.get(name) if model.is_gan else None
            panel.explain((words or TIPS[name]) + HOW)
        if not self.winfo_ismapped():
            return
        if self._drawn_of is not model:
            kept = self._kept_sets(model)
            if self._drawn_of is not None:
                self._aside = (self._drawn_of, self._seed, dict(self._sets))
            self._forget()
            self._sets.update(kept)
            self._drawn_of = model
            names = self._class_names
            self.class_box.configure(
                values=[ALL_CLASSES, *names], state="readonly" if names else "disabled"
            )
            if self._class is not None and self._class >= len(names):
                self._class = None
                self.class_box.set(ALL_CLASSES)
        self._show_sets()
        self._go_on()

    def _kept_sets(self, model: LoadedModel) -> dict[str, SampleSet]:
        """What was drawn of a model before: in turn with the other one, or without its digits."""
        before = self._drawn_of
        if before is not None and before.bundle is model.bundle:
            return {name: drawn for name, drawn in self._sets.items() if name in GENERATED}
        if self._aside is not None:
            other, seed, sets = self._aside
            if other is model and seed == self._seed:
                return sets
        return {}

    # ---- computing, one short job after another ------------------------------------------------

    def _next_step(self) -> tuple[str, Callable[[Job], Any], Callable[[Any], None]] | None:
        """What is still missing: what it is called, how it is found, where it goes."""
        model, seed = self._drawn_of, self._seed
        if model is None:
            return None
        for name in SETS:
            if name not in self._sets and not missing(model, name, self._waits_for_digits()):
                return (
                    "Drawing pictures",
                    lambda job, name=name: draw_set(model, name, seed, lambda: job.progress(0.0)),
                    self._take_set,
                )
        split = split_of(model)
        if split is None:
            return None
        training = self._training.get(split)
        if training is None:
            return (
                "Reading training digits",
                lambda job: read_training(split, job.progress),
                lambda read: self._training.update({split: read}),
            )
        if all(known is not model for known, _ in self._smooth):
            return (
                LOOKING[:-1],
                lambda job: smooth_reference(model, training, job.progress),
                lambda smooth: self._take_smooth(model, smooth),
            )
        for name in NEIGHBOURS_FIRST:
            drawn = self._sets.get(name)
            if drawn is not None and drawn.distances is None:
                return (
                    LOOKING[:-1],
                    lambda job, drawn=drawn: with_neighbours(drawn, training, job.progress),
                    self._take_set,
                )
        return None

    def _go_on(self) -> None:
        step = self._next_step()
        if step is None or self._jobs.busy or self._stopped or not self.winfo_ismapped():
            return
        label, function, take = step

        def taken(answer: Any) -> None:
            take(answer)
            self._show_detail()
            self._go_on()

        self._jobs.ask(JOB, label, function, taken, otherwise=self._stop)

    def _take_smooth(self, model: LoadedModel, smooth: Untrained | None) -> None:
        self._smooth = [*self._smooth[-1:], (model, smooth)]

    def _take_set(self, drawn: SampleSet) -> None:
        known = drawn.name in self._sets
        self._sets[drawn.name] = drawn
        if not known:
            self._show_sets()

    def _stop(self) -> None:
        """The person has stopped it, or it failed."""
        self._stopped = True
        self._show_sets()
        self._show_detail()

    # ---- showing -------------------------------------------------------------------------------

    def _show_sets(self) -> None:
        model = self._drawn_of
        if model is None:
            return
        names = self._class_names
        shares = {
            name: (drawn.shares(len(names)), drawn.label_shares(len(names)))
            for name, drawn in self._sets.items()
        }
        real = shares.get(REAL, (None, None))[1]
        everything = [each for pair in shares.values() for each in pair if each is not None]
        top = max(SCALE, *(float(each.max()) for each in everything)) if everything else SCALE
        for name, panel in self.panels.items():
            drawn = self._sets.get(name)
            if drawn is None:
                waits = STOPPED if self._stopped else "…"
                panel.show_message(missing(model, name, self._waits_for_digits()) or waits)
                self._filled.pop(name, None)
                self._places[name] = np.zeros(0, int)
                continue
            places = drawn.of_class(self._class)[: self._count]
            before = self._filled.get(name)
            if before is not drawn.images or not np.array_equal(places, self._places[name]):
                self._filled[name], self._places[name] = drawn.images, places
                panel.show(drawn.images[places], _note(drawn))
            by_classifier, by_label = shares[name]
            bars = by_label if by_classifier is None else by_classifier
            panel.bars.show(
                () if bars is None else bars,
                () if bars is None else names,
                lines=None if bars is None or by_classifier is None else real,
                heading=_heading(by_classifier, by_label),
                chosen=self._class,
                top=1.05 * top,
            )
        self._show_detail()

    def _show_detail(self) -> None:
        """The picture that is pointed at, or was chosen, or how all of a set lie."""
        model = self._drawn_of
        split = None if model is None else split_of(model)
        if split is None:
            shows = model is None or model.bundle.shows_digits
            self.pair.show_note("" if model is None else NOT_AT_HAND if shows else NO_DIGITS)
            self.plot.show(())
            self.sentence.show("")
            return
        place = self._pointed or self._chosen
        name = self._about if place is None else place[0]
        if name not in self._sets:
            name = next((each for each in NEIGHBOURS_FIRST if each in self._sets), name)
        training = self._training.get(split)
        smooth = next((smooth for known, smooth in self._smooth if known is model), None)
        drawn = self._sets.get(name)
        ready = drawn is not None and drawn.distances is not None and training is not None
        self._show_curves(name, training, smooth)
        if not ready:
            if place is None:
                self.pair.show_note("")
            else:
                self.pair.show([self._tile(drawn, place[1]), Tile(None, TRAINED, link="→")])
            self.plot.set_mark(None)
            self.sentence.show(STOPPED if self._stopped else LOOKING, True)
            return
        self.limits_tip.configure(text=words_about_limits(training, model.record is not None))
        if place is None:
            self.pair.show_note(HINT)
            self.plot.set_mark(None)
            self.sentence.show(words_about_all(drawn, training, smooth))
            return
        index = place[1]
        nearest = int(drawn.nearest[index])
        label = self._class_names[int(training.labels[nearest])]
        self.pair.show(
            [
                self._tile(drawn, index),
                Tile(training.images[nearest], TRAINED, label, link="→"),
            ]
        )
        self.plot.set_mark(float(drawn.distances[index]))
        self.sentence.show(words_about_one(drawn, index, self._class_names, training, smooth))

    def _tile(self, drawn: SampleSet, index: int) -> Tile:
        return Tile(drawn.images[index], BRIEF[drawn.name], self._caption(drawn, index))

    def _caption(self, drawn: SampleSet, index: int) -> str:
        if drawn.answers is None:
            return "" if drawn.labels is None else self._class_names[int(drawn.labels[index])]
        best = int(drawn.answers[index].argmax())
        text = f"{self._class_names[best]} · {drawn.answers[index, best]:.0%}"
        if drawn.labels is not None and drawn.labels[index] != best:
            text = f"{self._class_names[int(drawn.labels[index])]}, read as {text}"
        return text

    def _show_curves(self, name: str, training: Training | None, smooth: Untrained | None) -> None:
        curves = []
        if training is not None:
            curves.append(Curve("real test digits", training.unseen.distances, FILLED))
        if smooth is not None:
            curves.append(Curve("their reconstructions", smooth.distances, DASHED))
        drawn = self._sets.get(name)
        if name in GENERATED and drawn is not None and drawn.distances is not None:
            curves.append(Curve(f"{ONES[name]}s", drawn.distances, SOLID))
        shown = self.plot.curves
        if [id(each.distances) for each in curves] != [id(each.distances) for each in shown]:
            self.plot.show(curves)

    # ---- what the person does ------------------------------------------------------------------

    def _point_at(self, name: str, index: int | None) -> None:
        places = self._places.get(name, ())
        if index is not None and index < len(places):
            self._pointed = (name, int(places[index]))
            self._about = name
        elif self._pointed is not None and self._pointed[0] == name:
            self._pointed = None
        else:
            return
        self._show_detail()

    def _choose(self, place: tuple[str, int] | None) -> None:
        """Keep a picture in the detail when the pointer leaves."""
        self._chosen = place
        for name, panel in self.panels.items():
            inside = place is not None and name == place[0]
            found = np.flatnonzero(self._places.get(name, ()) == place[1]) if inside else ()
            panel.grid_view.set_marked(int(found[0]) if len(found) else None)
        self._show_detail()

    def _activate(self, name: str, index: int) -> None:
        place = int(self._places[name][index])
        self._choose((name, place))
        z = self._point_of(name, place)
        if z is not None:
            self._context.adopt(z, False)
        else:
            self._context.notify(NO_POINT if name == REAL else OF_SECOND, False)

    def _point_of(self, name: str, place: int) -> np.ndarray | None:
        """The point of a picture in the window's own model; None where it has none there."""
        drawn, first = self._sets[name], self._first
        if self._drawn_of.bundle is first.bundle:
            return None if drawn.z is None else drawn.z[place]
        if name == REAL and first.encoded is not None:
            return first.encoded.mu[drawn.numbers[place]]
        return None

    def _name_of(self, name: str, place: int) -> str:
        drawn = self._sets[name]
        if name == REAL:
            return f"real {drawn.labels[place]} #{drawn.numbers[place]}"
        if drawn.classes is None:
            return ONES[name]
        return f"{ONES[name]} {self._class_names[int(drawn.classes[place])]}"

    def _open_menu(self, name: str, index: int, event: tk.Event) -> None:
        context, place = self._context, int(self._places[name][index])
        z, drawn = self._point_of(name, place), self._sets[name]
        called = self._name_of(name, place)
        entries: list[tuple[str, Callable[[], None]]] = []
        if z is not None:
            entries += [
                ("Go here", lambda: context.adopt(z, True)),
                ("To the shelf", lambda: context.shelve([z], [called])),
                (
                    "Morph to it",
                    lambda: context.travel(np.stack([np.asarray(context.state.z), z]), called),
                ),
            ]
        if name in OF_REAL:
            number = int(drawn.numbers[place])
            label = f"Draw page: real {drawn.labels[place]} #{number}"
            entries.append((label, lambda: context.draw_real(number)))
        self._choose((name, place))
        self._show_menu(entries or [(OF_SECOND, None)], event)

    def _open_pair_menu(self, index: int, event: tk.Event) -> None:
        place = self._pointed or self._chosen
        if place is None:
            return
        if index == 0:
            found = np.flatnonzero(self._places[place[0]] == place[1])
            if len(found):
                self._open_menu(place[0], int(found[0]), event)
            return
        mean = self._neighbour_mean(place)
        if mean is None:
            return
        label = int(self._training[split_of(self._drawn_of)].labels[self._nearest(place)])
        self._show_menu(
            [
                ("Go to its mean", lambda: self._context.adopt(mean, True)),
                (
                    "Its mean to the shelf",
                    lambda: self._context.shelve([mean], [f"training {label}"]),
                ),
            ],
            event,
        )

    def _show_menu(
        self, entries: list[tuple[str, Callable[[], None] | None]], event: tk.Event
    ) -> None:
        if self.menu is not None:
            self.menu.destroy()
        self.menu = menu = Menu(self, tearoff=False)
        for label, command in entries:
            if command is None:
                menu.add_command(label=label, state="disabled")
            else:
                menu.add_command(label=label, command=command)
        self._context.theme.paint_entries(menu)
        menu.tk_popup(event.x_root, event.y_root)

    def _choose_tile(self, index: int) -> None:
        """The picture itself, or the training digit beside it."""
        place = self._pointed or self._chosen
        if place is None:
            return
        if index == 0:
            z = self._point_of(*place)
        else:
            z = self._neighbour_mean(place)
        if z is not None:
            self._context.adopt(z, True)
        elif index == 0:
            self._context.notify(NO_POINT if place[0] == REAL else OF_SECOND, False)

    def _nearest(self, place: tuple[str, int]) -> int:
        return int(self._sets[place[0]].nearest[place[1]])

    def _neighbour_mean(self, place: tuple[str, int]) -> np.ndarray | None:
        """The training digit as a point of the window's model; if it can't be, that is told."""
        first = self._first
        if first.bundle.encoder is None or not first.bundle.shows_digits:
            self._context.notify(sample_sets.NO_ENCODER, True)
            return None
        image = self._training[split_of(self._drawn_of)].images[self._nearest(place)]
        return encode_image(first.bundle.encoder, first.decoder, image).mu


def _note(drawn: SampleSet) -> str:
    return "" if drawn.confidence is None else f"mean confidence {drawn.confidence:.1%}"


def _heading(by_classifier: np.ndarray | None, by_label: np.ndarray | None) -> str:
    if by_classifier is not None:
        return f"of {SIZE:,}  ▬ real"
    return "no classifier" if by_label is None else f"labels of {SIZE:,}"
