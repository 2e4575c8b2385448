"""The Arithmetic page: sums of latent vectors, step by step, and a change taken too far."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from explorer.context import Context, point_sources
from explorer.expression import (
    MOST_TERMS,
    NAMES,
    TEMPLATES,
    Expression,
    Template,
    scale_meaning,
    scaled_text,
)
from explorer.model import LoadedModel
from explorer.path_study import PathStudy, study_path
from explorer.state import MAX_NAME_LENGTH, Bookmark
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Button,
    Frame,
    Label,
    Palette,
    Radiobutton,
    add_tooltip,
    font,
)
from explorer.widgets.choices import fitted
from explorer.widgets.digit_view import DigitView
from explorer.widgets.later import Later
from explorer.widgets.number_field import NumberField
from explorer.widgets.path_lane import PathLane
from explorer.widgets.point_menu import vector_rows
from explorer.widgets.strength_slider import StrengthSlider
from explorer.widgets.term_row import TermRow
from vae import latent
from vae.documents import is_number, is_text
from vae.statistics import OFF_THE_MAP, typicality

ROWS_AT_FIRST = 3
DEFAULT_CLASSES = (8, 6, 5)  # the strokes that 8 has and 6 has not, added to a 5, make a 3
PICTURE = 40, 120  # the smallest and the largest of a term, pixels at 96 dpi, like all lengths here
ROW_GAP = 2, 32
TERMS_WIDTH = 390
RESULT_WIDTH = 180
SMALL_POINTS = 8  # of the result's numbers where four stand in a row
SCALED_GAPS = 60  # beside the formula: "t =" and what keeps its neighbours apart
LANE_PICTURE = 40, 84
LANE_REST = 38  # what the lane shows below its pictures
LOW_SCALE, HIGH_SCALE = -1.0, 3.0
SCALE_MARKS = (-1.0, 0.0, 1.0, 2.0, 3.0)
FRAMES = 17  # a quarter of the change from one to the next
STUDIED = 41  # points; the film shows more of what changes, and the study when
# Words may lag by two frames, the film by four, and its classes by a quarter of a second: the
# digits themselves never wait for them.
VERDICT_PAUSE_MS = 33
FILM_PAUSE_MS = 66
STUDY_PAUSE_MS = 250


class ArithmeticPage(Frame):
    """Latent arithmetic with two to six terms."""

    name = "arithmetic"
    title = "Arithmetic"

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        super().__init__(parent, padding=context.theme.px(12))
        self._context = context
        self._model: LoadedModel | None = None
        self._learned = False  # whether `set_encoded` was called for this model
        self._expression: Expression | None = None
        self._result: np.ndarray | None = None
        self._pixels: np.ndarray | None = None  # of the steps and of the result
        self._redraw_pending: str | None = None
        self._operation = tk.StringVar(self, "analogy")
        self._counts = _first_counts()
        self._rows: list[TermRow] = []
        self._verdicts = Later(self, VERDICT_PAUSE_MS, self._show_verdicts)
        self._film = Later(self, FILM_PAUSE_MS, self._show_film)
        self._study = Later(self, STUDY_PAUSE_MS, self._study_film)
        self._study_due = False
        self._build_operations()
        self._build_terms()
        self._build_result()
        self._build_scale()

        px = context.theme.px
        self._operations_row.grid(row=0, column=0, columnspan=2, sticky="ew", pady=(0, px(8)))
        self._terms.grid(row=1, column=0, sticky="nsew")
        self._result_column.grid(row=1, column=1, sticky="nsew", padx=(px(16), 0))
        self._scale_panel.grid(row=2, column=0, columnspan=2, sticky="nsew", pady=(px(8), 0))
        self.rowconfigure(1, weight=1)
        self.columnconfigure(0, weight=3)
        self.columnconfigure(1, weight=2)
        context.theme.subscribe(self, self._on_theme)
        self.bind("<Map>", lambda event: self._come())
        self._show_template()

    # ---- what it knows -----------------------------------------------------------------------

    @property
    def template(self) -> Template:
        """The chosen kind of sum."""
        return TEMPLATES[self._operation.get()]

    @property
    def count(self) -> int:
        """Number of terms."""
        return self._counts[self._operation.get()]

    @property
    def terms(self) -> list[TermRow]:
        """The terms of the sum."""
        return self._rows[: self.count]

    @property
    def strengths(self) -> list[NumberField]:
        """The strengths of the terms."""
        return [row.strength for row in self.terms]

    @property
    def scale(self) -> float:
        """How far the change is taken, 1 is the plain sum."""
        return self.scale_field.number

    @property
    def expression(self) -> Expression | None:
        """The sum; None before there is a model."""
        return self._expression

    @property
    def result(self) -> np.ndarray | None:
        """The result, (latent_dim,) prior standard deviations."""
        return self._result

    @property
    def settled(self) -> bool:
        """Whether everything shows the newest sum."""
        waits = (self._verdicts, self._film, self._study)
        return (
            self._redraw_pending is None
            and self.lane.settled
            and not any(later.pending for later in waits)
        )

    def set_model(self, model: LoadedModel) -> None:
        """Calculate with another model; the terms start as means of three classes."""
        self._model = model
        self._learned = False
        self._pixels = None  # not for the new classifier
        self._counts = _first_counts()
        for row in self._rows[ROWS_AT_FIRST:]:
            row.destroy()
        del self._rows[ROWS_AT_FIRST:]
        rng = np.random.default_rng(0)
        for row, index in zip(self._rows, DEFAULT_CLASSES, strict=True):
            if model.class_means is not None and index < len(model.class_means):
                row.set_point(model.class_means[index], f"mean of {model.class_names[index]}")
            else:
                row.set_point(model.random_point(rng), "random")
        self.lane.set_study(None)
        three_a_row = model.latent_dim <= 6
        self.vector.configure(font="TkFixedFont" if three_a_row else self._small_font)
        for button in (self.use_button, self.keep_button):
            button.state(["!disabled"])
        self._show_template()

    def set_encoded(self, model: LoadedModel) -> None:
        """Take over a model whose real images have been encoded, if they could be."""
        self._model = model
        self._learned = True
        self._verdicts.request()
        self._study_soon()

    def slots(self) -> dict[str, Callable[[Sequence[float], str], None]]:
        """Where a point can be sent, with its name; nowhere before there is a model."""
        if self._model is None:
            return {}
        return {name: term.choose for name, term in zip(NAMES, self.terms, strict=False)}

    def settings(self) -> dict[str, Any]:
        """What a session file keeps; also of terms that the chosen kind of sum has not."""
        kept = self._rows[: max(ROWS_AT_FIRST, *self._counts.values())]
        return {
            "operation": self._operation.get(),
            "terms": [list(row.z or ()) for row in kept],
            "origins": [row.origin for row in kept],
            "strengths": [row.strength.number for row in kept],
            "counts": dict(self._counts),
            "scale": self.scale,
        }

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        if self._model is None:
            return
        if settings.get("operation") in tuple(TEMPLATES):
            self._operation.set(settings["operation"])
        lists = [settings.get(key) for key in ("terms", "origins", "strengths")]
        if (
            all(isinstance(items, list) for items in lists)
            and len({len(items) for items in lists}) == 1
            and ROWS_AT_FIRST <= len(lists[0]) <= MOST_TERMS
        ):
            self._apply_terms(*lists)
            # A session from before sums had other numbers of terms.
            self._counts = _first_counts()
        counts = settings.get("counts")
        if isinstance(counts, Mapping):
            for name, template in TEMPLATES.items():
                count = counts.get(name)
                if type(count) is int and template.least <= count <= len(self._rows):
                    self._counts[name] = count
        if is_number(settings.get("scale")):
            self._set_scale(settings["scale"])
        self._show_template()

    # ---- commands ----------------------------------------------------------------------------

    def use_result(self) -> None:
        """Make the result the current point."""
        if self._result is not None:
            self._context.adopt(self._result, True)

    def keep_result(self) -> None:
        """Put the result on the shelf, named after its terms."""
        if self._result is None:
            return
        state = self._context.state
        base = self._expression.written([self._short_name(row.origin) for row in self.terms])
        if self.scale != 1.0:
            base += f", t = {self.scale:g}"
        base = base[: MAX_NAME_LENGTH - len(" (1000)")]
        taken = {mark.name for mark in state.bookmarks}
        numbered = (f"{base} ({n})" for n in range(2, len(taken) + 3))
        name = base if base not in taken else next(n for n in numbered if n not in taken)
        mark = Bookmark(name, tuple(self._result.tolist()))
        state.set_bookmarks((*state.bookmarks, mark))
        self._context.notify(f"On the shelf as {mark.name}", False)

    def add_term(self) -> None:
        """Add another term: one that was there before, else the current point."""
        if self._model is None or self.count >= MOST_TERMS:
            return
        index = self.count
        row = self._row(index)
        if row.z is None:
            row.set_point(self._context.state.z, "current point")
        self._counts[self._operation.get()] = index + 1
        self._show_template()

    def remove_term(self, index: int) -> None:
        """Remove a term; those after it move up."""
        if self._model is None or self.count <= self.template.least:
            return
        following = [(row.z, row.origin, row.strength.number) for row in self.terms[index + 1 :]]
        removed = self._rows[index]
        removed = (removed.z, removed.origin, removed.strength.number)
        # The removed one goes to the end, from where it can be added again.
        for row, (z, origin, strength) in zip(
            self.terms[index:], [*following, removed], strict=True
        ):
            row.set_point(z, origin)
            row.set_strength(strength)
        self._counts[self._operation.get()] -= 1
        self._show_template()

    # ---- building ----------------------------------------------------------------------------

    def _build_operations(self) -> None:
        self._operations_row = row = Frame(self)
        px = self._context.theme.px
        self.operation_buttons = {}
        for name, template in TEMPLATES.items():
            button = Radiobutton(
                row,
                text=template.text,
                value=name,
                variable=self._operation,
                command=self._show_template,
            )
            button.pack(side="left", padx=(0, px(16)))
            add_tooltip(button, template.tooltip)
            self.operation_buttons[name] = button
        self.add_button = Button(
            row, text="Add a term", command=self.add_term, padding=(px(8), px(2))
        )
        self.add_button.pack(side="right")
        add_tooltip(
            self.add_button,
            f"Adds another term, of {MOST_TERMS} at most: one that was there before, else the "
            "current point. Its button changes what it is.",
        )

    def _build_terms(self) -> None:
        self._terms = Frame(self, width=self._context.theme.px(TERMS_WIDTH))
        self._terms.columnconfigure(0, weight=1)
        self._terms.grid_propagate(False)
        self._terms.bind("<Configure>", lambda event: self._size_rows())
        self._sources = point_sources(self._context, lambda: self._model)
        for index in range(ROWS_AT_FIRST):
            self._row(index)

    def _row(self, index: int) -> TermRow:
        """The row of a term, made when it is first needed."""
        while len(self._rows) <= index:
            place = len(self._rows)
            self._rows.append(
                TermRow(
                    self._terms,
                    self._context.theme,
                    title=NAMES[place],
                    sources=self._sources,
                    decode=lambda z: self._model.decoder.decode_uint8(z),
                    on_change=self._changed,
                    on_remove=lambda place=place: self.remove_term(place),
                    on_error=lambda message: self._context.notify(message, True),
                )
            )
        return self._rows[index]

    def _build_result(self) -> None:
        px = self._context.theme.px
        self._result_column = column = Frame(self, width=px(RESULT_WIDTH))
        column.grid_propagate(False)  # a long formula would push the page apart
        self._formula_font = tkfont.nametofont("TkDefaultFont")
        self._small_font = tkfont.nametofont("TkFixedFont").copy()
        self._small_font.configure(size=SMALL_POINTS)
        self.formula = Label(column, anchor="center", bootstyle="secondary")
        self.picture = DigitView(column, self._context.theme)
        self.verdict = Label(column, anchor="center", font=font(12))
        self.typicality = Label(column, anchor="center", font=font(11))
        add_tooltip(
            self.typicality,
            "Whether such points are drawn at all, as the gauge beside the digit judges: by the "
            "distance to the middle and to the nearest real digit. A sum of typical points is "
            "often not typical.",
        )
        self.vector = Label(
            column, anchor="center", justify="center", bootstyle="secondary", font="TkFixedFont"
        )
        buttons = Frame(column)
        self.use_button = Button(
            buttons, text="Use result", bootstyle="primary", command=self.use_result
        )
        self.keep_button = Button(buttons, text="To the shelf", command=self.keep_result)
        add_tooltip(self.use_button, "Makes the result the current point.")
        add_tooltip(self.keep_button, "Keeps the result on the shelf; the current point stays.")
        for place, button in enumerate((self.use_button, self.keep_button)):
            button.configure(padding=(px(6), px(4)))
            button.state(["disabled"])
            button.grid(row=0, column=place, padx=(px(6) if place else 0, 0))
        self._result_lines = (self.formula, self.verdict, self.typicality, self.vector, buttons)
        for row, (widget, gap) in enumerate(
            (
                (self.formula, 0),
                (self.picture, 0),
                (self.verdict, 6),
                (self.typicality, 0),
                (self.vector, 0),
                (buttons, 6),
            )
        ):
            sticky = "" if widget is buttons else "ew"
            widget.grid(row=row, column=0, sticky=sticky, pady=(px(gap), 0))
        column.columnconfigure(0, weight=1)
        # Also when a text has become higher, as the vector's does with the first model.
        for widget in (column, *self._result_lines):
            widget.bind("<Configure>", lambda event: self._size_picture(), add="+")

    def _build_scale(self) -> None:
        self._scale_panel = panel = Frame(self)
        px, theme = self._context.theme.px, self._context.theme
        self._scaled_font = tkfont.Font(self, font=font(11))
        self.scaled = Label(panel, font=self._scaled_font)
        self.meaning = Label(panel, bootstyle="secondary")
        Label(panel, text="t =").grid(row=0, column=2, padx=(px(8), px(4)))
        self.scale_field = NumberField(
            panel,
            what="t",
            number=1.0,
            low=LOW_SCALE,
            high=HIGH_SCALE,
            step=0.1,
            width=5,
            on_change=self._scale_entered,
            on_error=lambda message: self._context.notify(message, True),
        )
        self.scale_slider = StrengthSlider(
            panel,
            theme,
            low=LOW_SCALE,
            high=HIGH_SCALE,
            marks=SCALE_MARKS,
            labelled=True,
            on_change=self._set_scale,
        )
        self.lane = PathLane(
            panel,
            theme,
            on_activate=self._choose_frame,
            show_speed=False,
            height=LANE_PICTURE[0] + LANE_REST,
        )
        for widget, text in (
            (self.scale_field, f"How far the change is taken, {LOW_SCALE:g} to {HIGH_SCALE:g}."),
            (
                self.scale_slider,
                "How far the change is taken: 1 is the plain sum, beyond 1 it is overdone, below 0 "
                "it is turned round. A double click sets it to 1.",
            ),
            (
                self.scaled,
                "t scales the change: where the result falls apart, or becomes another digit, the "
                "direction has left the region that the decoder has learned.",
            ),
        ):
            add_tooltip(widget, text)
        add_tooltip(
            self.lane,
            "The result over t, how typical it is and which class it shows. Click a picture, or "
            "walk with the arrow keys and press Return, to take that t.",
            PATIENT_TOOLTIP_DELAY_MS,
            position="top",
        )
        self.scaled.grid(row=0, column=0, sticky="w", padx=(0, px(10)))
        self.meaning.grid(row=0, column=1, sticky="ew")
        self.scale_field.grid(row=0, column=3, sticky="e")
        self.scale_slider.grid(row=1, column=0, columnspan=4, sticky="ew", pady=(px(4), 0))
        self.lane.grid(row=2, column=0, columnspan=4, sticky="nsew")
        panel.columnconfigure(1, weight=1)
        self.lane.bind("<Configure>", lambda event: self._size_lane(), add="+")
        self.lane.bind("<<TimeMoved>>", lambda event: self._align())

    # ---- sizes -------------------------------------------------------------------------------

    def _size_rows(self) -> None:
        """Share the height among the rows: as large pictures as there is room for."""
        px = self._context.theme.px
        least, most = map(px, PICTURE)
        share = self._terms.winfo_height() // self.count
        tall, _ = self._rows[0].heights()
        compact = tall + px(ROW_GAP[0]) > share
        for row in self.terms:
            widest = row.most_side(self._terms.winfo_width(), compact)
            side = max(least, min(most, widest, share - px(ROW_GAP[0])))
            row.set_size(side, compact)
        free = share - max(side, self._rows[0].heights()[compact])
        gap = max(px(ROW_GAP[0]), min(px(ROW_GAP[1]), free))
        for index, row in enumerate(self.terms):
            row.grid(row=index, column=0, sticky="ew", pady=(0, gap))

    def _size_picture(self) -> None:
        """Keep the picture square, as large as the column allows beside the other lines."""
        column = self._result_column
        lines = sum(widget.winfo_reqheight() for widget in self._result_lines)
        height = column.winfo_height() - lines - self._context.theme.px(12)
        side = max(1, min(column.winfo_width(), height))
        if side != self.picture.winfo_reqheight():
            self.picture.configure(height=side)
        self._show_formula()

    def _show_formula(self) -> None:
        if self._expression is not None:
            text = self._expression.caption_at(self.scale)
            width = self._result_column.winfo_width()
            self.formula.configure(text=fitted(text, width, self._formula_font.measure))

    def _show_scaled(self) -> None:
        """Say what t is, with the strengths if there is room for them."""
        template, strengths = self.template, [field.number for field in self.strengths]
        self.meaning.configure(text=scale_meaning(template, strengths))
        fixed = (self.meaning, self.scale_field)
        room = self._scale_panel.winfo_width() - sum(widget.winfo_reqwidth() for widget in fixed)
        text = scaled_text(template, strengths)
        if self._scaled_font.measure(text) > room - self._context.theme.px(SCALED_GAPS):
            text = scaled_text(template, [1.0] * len(strengths))
        self.scaled.configure(text=text)

    def _size_lane(self) -> None:
        """As high as its pictures are wide when they stand side by side."""
        least, most = map(self._context.theme.px, LANE_PICTURE)
        picture = max(least, min(most, self.lane.winfo_width() // FRAMES))
        height = picture + self._context.theme.px(LANE_REST)
        if height != self.lane.winfo_reqheight():
            self.lane.configure(height=height)
        self._show_scaled()
        self._film.request()

    # ---- from the person to the sum ----------------------------------------------------------

    def _show_template(self) -> None:
        """Show the rows of the chosen kind of sum, and calculate."""
        template, count = self.template, self.count
        for index, row in enumerate(self._rows):
            if index >= count:
                row.grid_remove()
                continue
            minus = template.sign(index) < 0
            row.set_sign("−" if minus else "+" if index else "")
            row.set_removable(count > template.least)
        self.add_button.state(["disabled" if count >= MOST_TERMS else "!disabled"])
        self._show_scaled()
        self._size_rows()
        self._changed()

    def _changed(self) -> None:
        """Calculate with the terms as they are, and show it soon."""
        if self._model is None:
            return
        self._expression = Expression(
            self.template,
            np.array([row.z for row in self.terms]),
            np.array([field.number for field in self.strengths]),
        )
        self._film.request()
        self._study_soon()
        self._calculate()

    def _calculate(self) -> None:
        self._result = self._expression.at(self.scale)
        if self._redraw_pending is None:
            self._redraw_pending = self.after_idle(self._redraw)

    def _scale_entered(self, number: float) -> None:
        self.scale_slider.set_number(number)
        if self._expression is not None:
            self._calculate()

    def _set_scale(self, number: float) -> None:
        self.scale_field.set_number(number)
        self._scale_entered(self.scale)

    def _choose_frame(self, index: int) -> None:
        self._set_scale(round(LOW_SCALE + (HIGH_SCALE - LOW_SCALE) * index / (FRAMES - 1), 6))

    def _apply_terms(self, points: list, origins: list, strengths: list) -> None:
        for index, (z, origin, number) in enumerate(zip(points, origins, strengths, strict=True)):
            try:
                point = latent.parse_vector(str(z), self._model.latent_dim)
            except ValueError:
                if index < len(self._rows):
                    continue
                return  # there is nothing that could stay as it is
            row = self._row(index)
            row.set_point(point, origin if is_text(origin) else "session")
            if is_number(number):
                row.set_strength(number)

    def _short_name(self, origin: str) -> str:
        """A term in the name of a result: the mean of a class, or its preset, is the class."""
        for prefix in ("mean of ", "preset "):
            if origin.removeprefix(prefix) in self._model.class_names:
                return origin.removeprefix(prefix)
        return origin

    # ---- from the sum to the screen ----------------------------------------------------------

    def _redraw(self) -> None:
        """Show the steps and the result; one batched decode, so on the Tk thread."""
        self._redraw_pending = None
        expression = self._expression
        self._pixels = self._model.decoder.decode_uint8(
            np.concatenate([expression.steps(), self._result[None]])
        )
        for index, row in enumerate(self.terms):
            row.step.show(self._pixels[index])
            row.step.set_caption(expression.caption(index))
        self.picture.show(self._pixels[-1])
        self._show_formula()
        self.vector.configure(text=vector_rows(self._result))
        position = (self.scale - LOW_SCALE) / (HIGH_SCALE - LOW_SCALE)
        self.lane.set_position(position)
        self.lane.set_marked(round(position * (FRAMES - 1)))
        self._verdicts.request()

    def _show_verdicts(self) -> Iterator[None]:
        """Say what the newest images show, and how typical the result is."""
        if self._pixels is None:
            return
        self._show_scaled()
        names = self._model.class_names
        answers = self._model.probabilities(self._pixels)
        if answers is None:
            verdicts = [""] * len(self._pixels)
        else:
            verdicts = [f"{names[answer.argmax()]} ({answer.max():.0%})" for answer in answers]
        for row, verdict in zip(self.terms, verdicts, strict=False):
            row.step.set_verdict(verdict)
        self.verdict.configure(text=verdicts[-1])
        if self._learned:
            yield
            word = typicality(self._result, self._model.encoded).word
            self.typicality.configure(text=word)
            self._colour_word(self._context.theme.palette)

    def _show_film(self) -> Iterator[None]:
        """Show the result over the scale."""
        if self._expression is None:
            return
        self.lane.set_images(self._model.decoder.decode_uint8(self._over_scale(FRAMES)))
        yield

    def _align(self) -> None:
        """Put every number of the slider over its picture."""
        self.scale_slider.set_ends(*map(round, self.lane.ends))

    def _over_scale(self, count: int) -> np.ndarray:
        return self._expression.at(np.linspace(LOW_SCALE, HIGH_SCALE, count))

    def _study_soon(self) -> None:
        """Have the film studied if anybody looks, and else when somebody does."""
        self._study_due = not self.winfo_ismapped()
        if not self._study_due:
            self._study.request()

    def _come(self) -> None:
        if self._study_due:
            self._study_soon()

    def _study_film(self) -> Iterator[None]:
        """Find out in the background what the film shows, and how typical it is."""
        model = self._model
        if self._expression is None:
            return
        points = self._over_scale(STUDIED)

        def show(study: PathStudy) -> None:
            if self._model is model:
                self.lane.set_study(study, model.class_names)

        self._context.run_job(
            "arithmetic",
            "Studying the change",
            lambda job: study_path(model, points, job.progress),
            show,
            quiet=True,
        )
        yield

    def _colour_word(self, palette: Palette) -> None:
        off = self.typicality.cget("text") == OFF_THE_MAP
        self.typicality.configure(foreground=palette.warning if off else palette.foreground)

    def _on_theme(self, palette: Palette) -> None:
        self._colour_word(palette)

    def destroy(self) -> None:
        """Leave no drawing to be done."""
        if self._redraw_pending is not None:
            self.after_cancel(self._redraw_pending)
            self._redraw_pending = None
        super().destroy()


def _first_counts() -> dict[str, int]:
    """How many terms each kind of sum starts with."""
    return {name: template.terms for name, template in TEMPLATES.items()}
