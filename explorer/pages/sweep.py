"""The Sweep page: what every dimension does around a point, and one of them large."""

from __future__ import annotations

import math
import tkinter as tk
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from PIL import Image

from explorer.context import Context
from explorer.export import export_sheet
from explorer.model import LoadedModel
from explorer.sheet import Sheet, tiled
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Combobox,
    Frame,
    Label,
    Menu,
    Menubutton,
    Radiobutton,
    add_tooltip,
)
from explorer.widgets.number_field import NumberField
from explorer.widgets.sweep_sheet import Layout, SweepSheet
from explorer.widgets.vector_bars import VectorBars
from explorer.widgets.vector_field import VectorField
from explorer.worker import Job
from vae.statistics import ACTIVE_NATS
from vae.traversal import nearest_columns, traverse

MIN_STEPS, MAX_STEPS = 3, 21
MIN_SPAN, MAX_SPAN = 0.5, 10.0  # prior standard deviations
MIN_QUANTILE, MAX_QUANTILE = 0.1, 45.0  # percent; both ends lie apart

# A refresh takes 3 ms on Tk's thread. One in 60 ms leaves 95 % of it to the digit, and still looks
# like movement.
REFRESH_MS = 60
# Decoded pixels of a refresh on Tk's thread, about 6 ms. More are drawn in the worker.
MOST_PIXELS = 300_000

PANEL_HEIGHT = 76  # pixels at 96 dpi, of the vector's bars
LEAST_DIFFERENCE = 1e-6  # of a latent number; the state keeps six decimals
LONGEST_BESIDE = 2  # characters of a class name that leave room for its probability
ALL = "All"
HINT = "Click a digit to go there, or a name to see that dimension large."
HINT_LARGE = "Click a digit to go there; choose All, or press Escape, for the whole sheet."
CHOICES = {
    "order": (
        "Order",
        {
            "index": ("index", "Rows in the order of the network: z1, z2 and so on."),
            "use": (
                "use",
                "Rows by how much the model uses them, the most used first: by the KL in nats, "
                "averaged over the encoded real images.",
            ),
        },
    ),
    "around": (
        "Around",
        {
            "current": (
                "point",
                "The dimensions that a row does not vary stay where the current point has them.",
            ),
            "zero": (
                "zero",
                "The dimensions that a row does not vary are 0, the middle of the prior, where no "
                "digit has to lie. Locked ones stay where they are.",
            ),
        },
    ),
    "range": (
        "Range",
        {
            "deviations": (
                "±",
                "From minus to plus so many standard deviations of the prior, evenly. These are "
                "values of the dimension itself, not distances from the current point.",
            ),
            "quantiles": (
                "quantiles",
                "From this percentage of the encoded real images to as much below 100 %, for each "
                "dimension on its own and evenly in percent, so that no value is outside what the "
                "model has seen. Point at a digit for its value.",
            ),
        },
    ),
}
SCALES = {"Small": 2, "Medium": 4, "Large": 8}  # pixels of the file for one of an image


@dataclass(frozen=True)
class SweepRequest:
    """What is to be shown.

    steps, large_steps: values of a dimension in the sheet of all, and of one that is shown large.
    around: `current` or `zero`, where the other dimensions are held. range: `deviations`, from
    -span to span, or `quantiles` of the encoded images, from `quantile` percent to 100 - quantile.
    order: of the rows, by `index` or by `use`. dimension: the one that is shown large, or None.
    """

    steps: int = 11
    large_steps: int = MAX_STEPS
    around: str = "current"
    range: str = "deviations"
    span: float = 3.0
    quantile: float = 1.0
    order: str = "index"
    dimension: int | None = None


@dataclass(frozen=True)
class Sweep:
    """A sweep worked out.

    dimensions: (R,), of the rows. values: (R, S), what they are set to, and headings: S texts for
    them that all rows share. points: (R * S, latent_dim). base: (latent_dim,), where the others are
    held. marked: the images nearest to the current point; True where it lies beyond the row's end.
    """

    dimensions: np.ndarray
    values: np.ndarray
    headings: tuple[str, ...]
    points: np.ndarray
    base: np.ndarray
    marked: dict[int, bool]
    sheet: Sheet


class SweepPage(Frame):
    """All dimensions x n steps, live; a click adopts."""

    name = "sweep"
    title = "Sweep"

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        px = context.theme.px
        super().__init__(parent, padding=px(12))
        self._context = context
        self._model: LoadedModel | None = None
        self._request = SweepRequest()
        self._sweep: Sweep | None = None
        self._visible = False
        self._timer: str | None = None  # of the refresh that is pending
        self._drawing = False  # the worker draws a large sheet
        self._stale = False  # something changed meanwhile
        self._values_key: tuple | None = None  # what the latest values are for
        self._latest_values: tuple[tuple[str, ...], np.ndarray] = (), np.zeros((0, 0))

        self._build_options()
        self.sheet_view = SweepSheet(
            self,
            context.theme,
            on_view=self._refresh_soon,
            on_activate=self._adopt_tile,
            on_hover=lambda index: self._describe(),
            on_row=self._enlarge_row,
        )
        add_tooltip(
            self.sheet_view,
            "Every row varies one dimension and holds the others. The frame marks where the "
            "current point is; in another colour, at an end that the point lies beyond. Click a "
            "digit, or walk with the arrow keys and press Return, to go there.",
            PATIENT_TOOLTIP_DELAY_MS,
            position="top",
        )
        self.info = Label(self, text=HINT, bootstyle="secondary")
        self.bars = VectorBars(self, context.theme, PANEL_HEIGHT)
        add_tooltip(
            self.bars,
            "The current point and its numbers, from -4 to 4 standard deviations of the prior. A "
            "notch at the end of a bar says that the number lies beyond.",
            PATIENT_TOOLTIP_DELAY_MS,
            position="top",
        )
        self.vector_field = VectorField(self, context.theme, self._adopt_vector)

        pad = px(8)
        self._options_rows.grid(row=0, column=0, sticky="ew", pady=(0, pad))
        self.sheet_view.grid(row=1, column=0, sticky="nsew")
        self.info.grid(row=2, column=0, sticky="ew", pady=(px(4), pad))
        self.bars.grid(row=3, column=0, sticky="ew", pady=(0, pad))
        self.vector_field.grid(row=4, column=0, sticky="ew")
        self.rowconfigure(1, weight=1)
        self.columnconfigure(0, weight=1)

        self.sheet_view.bind("<Escape>", lambda event: self._change(dimension=None))
        self.bind("<Map>", self._shown_or_hidden)
        self.bind("<Unmap>", self._shown_or_hidden)
        unsubscribe = context.state.subscribe(lambda state: self._refresh_later())
        self.bind("<Destroy>", lambda event: unsubscribe() if event.widget is self else None)

    # ---- what is shown -----------------------------------------------------------------------

    @property
    def request(self) -> SweepRequest:
        """What is asked for; what the model does not offer is not shown, see `range_kind`."""
        return self._request

    @property
    def range_kind(self) -> str:
        """The range that is shown: quantiles only if there are encoded images."""
        known = self._model is not None and self._model.encoded is not None
        return self._request.range if known else "deviations"

    @property
    def order(self) -> str:
        """The order that is shown: by use only if the use is known."""
        known = self._model is not None and self._model.use is not None
        return self._request.order if known else "index"

    @property
    def sweep(self) -> Sweep | None:
        """What the sheet shows, since its latest refresh."""
        return self._sweep

    @property
    def settled(self) -> bool:
        """Whether the sheet shows the current point and request, or is hidden."""
        return not self._visible or (self._timer is None and not self._drawing)

    def set_model(self, model: LoadedModel) -> None:
        """Sweep another model."""
        self._context.worker.cancel("sweep")
        self._sweep = None
        self.sheet_view.clear()
        self.dimension_box.configure(
            values=[ALL, *map(_name, range(model.latent_dim))], state="readonly"
        )
        self.save_button.configure(state="normal")
        self.set_encoded(model)

    def set_encoded(self, model: LoadedModel) -> None:
        """Take over what the encoder tells of the same model: the use and the quantiles."""
        self._model, self._values_key = model, None
        self._offer(model)
        dimension = self._request.dimension
        if dimension is not None and dimension >= model.latent_dim:
            dimension = None
        self._change(dimension=dimension)

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        return asdict(self._request)

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        limits = {
            "steps": (MIN_STEPS, MAX_STEPS, int),
            "large_steps": (MIN_STEPS, MAX_STEPS, int),
            "span": (MIN_SPAN, MAX_SPAN, float),
            "quantile": (MIN_QUANTILE, MAX_QUANTILE, float),
            "dimension": (0, self._model.latent_dim - 1 if self._model else 0, int),
        }
        changes: dict[str, Any] = {}
        for key, (low, high, kind) in limits.items():
            value = settings.get(key)
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if is_number and low <= value <= high:
                changes[key] = kind(value)
        if "dimension" in settings and settings["dimension"] is None:
            changes["dimension"] = None
        for key, (_, choices) in CHOICES.items():
            if settings.get(key) in tuple(choices):
                changes[key] = settings[key]
        self._change(**changes)

    def enlarge(self, dimension: int | None) -> None:
        """Show one dimension large, or all of them."""
        self._change(dimension=dimension)

    # ---- building ----------------------------------------------------------------------------

    def _build_options(self) -> None:
        """Two rows: which dimensions are shown how, and which values they take."""
        px = self._context.theme.px
        self._options_rows = options = Frame(self)
        upper, lower = Frame(options), Frame(options)
        upper.pack(fill="x")
        lower.pack(fill="x", pady=(px(6), 0))
        self.choices: dict[tuple[str, str], Radiobutton] = {}
        self._choice_tips: dict[tuple[str, str], Any] = {}
        self._variables: dict[str, tk.StringVar] = {}

        self._label(upper, "Show")
        self.dimension_box = Combobox(upper, values=[ALL], state="disabled", width=4)
        self.dimension_box.pack(side="left", padx=(0, px(14)))
        self.dimension_box.bind("<<ComboboxSelected>>", lambda event: self._choose_dimension())
        add_tooltip(
            self.dimension_box,
            "All dimensions as one sheet, or one of them large, with its values and with what the "
            "classifier sees.",
        )
        self._label(upper, "Steps")
        self.steps_field = self._number(
            upper,
            "Steps",
            (MIN_STEPS, MAX_STEPS, 1),
            lambda steps: self._change(**{self._steps_key: steps}),
            "How many values of each dimension are shown. One dimension alone has a number of its "
            "own.",
        )
        self.steps_field.pack(side="left", padx=(0, px(14)))
        self._choice(upper, "order")
        self.save_button = Menubutton(upper, text="Save as PNG  ", state="disabled")
        menu = Menu(self.save_button, tearoff=False)
        for text, scale in SCALES.items():
            menu.add_command(label=f"{text}, ×{scale}…", command=partial(self.save, scale))
        self.save_button.configure(menu=menu)
        self.save_button.pack(side="right")
        add_tooltip(
            self.save_button,
            "Saves what is shown, all rows of it, as a picture with labels, black on white. ×4 "
            "makes four pixels of one.",
        )

        self._choice(lower, "around")
        self._choice(lower, "range")
        self.span_field = self._number(
            lower,
            "The range",
            (MIN_SPAN, MAX_SPAN, 0.5),
            lambda span: self._change(span=span, range="deviations"),
            "Half the range, in standard deviations of the prior.",
        )
        self.quantile_field = self._number(
            lower,
            "The lower quantile",
            (MIN_QUANTILE, MAX_QUANTILE, 0.5),
            lambda quantile: self._change(quantile=quantile, range="quantiles"),
            "Where the range begins, in percent of the encoded real images; 1 goes from 1 % to "
            "99 %.",
        )
        self.span_field.pack(
            side="left", padx=(0, px(10)), after=self.choices["range", "deviations"]
        )
        self.quantile_field.pack(side="left", after=self.choices["range", "quantiles"])
        Label(lower, text="%").pack(side="left", padx=(px(4), 0))

    def _label(self, row: Frame, text: str) -> None:
        Label(row, text=text).pack(side="left", padx=(0, self._context.theme.px(6)))

    def _choice(self, row: Frame, key: str) -> None:
        """Radio buttons for one of the CHOICES."""
        px = self._context.theme.px
        label, choices = CHOICES[key]
        self._variables[key] = variable = tk.StringVar(self, getattr(self._request, key))
        self._label(row, label)
        for choice, (text, tooltip) in choices.items():
            button = Radiobutton(
                row,
                text=text,
                value=choice,
                variable=variable,
                command=lambda: self._change(**{key: variable.get()}),
            )
            button.pack(side="left", padx=(0, px(8)))
            self._choice_tips[key, choice] = add_tooltip(button, tooltip)
            self.choices[key, choice] = button

    def _number(
        self,
        row: Frame,
        what: str,
        limits: tuple[float, float, float],
        on_change: Callable[[float], None],
        tip: str,
    ) -> NumberField:
        low, high, step = limits
        field = NumberField(
            row,
            what=what,
            number=low,
            low=low,
            high=high,
            step=step,
            width=4,
            on_change=on_change,
            on_error=lambda message: self._context.notify(message, True),
        )
        add_tooltip(field, tip)
        return field

    # ---- changing the request ----------------------------------------------------------------

    @property
    def _steps_key(self) -> str:
        return "steps" if self._request.dimension is None else "large_steps"

    def _change(self, **changes: Any) -> None:
        """Change the request, show it in every control, and draw."""
        self._request = request = replace(self._request, **changes)
        self.steps_field.set_number(getattr(request, self._steps_key))
        self.span_field.set_number(request.span)
        self.quantile_field.set_number(request.quantile)
        for key, shown in (
            ("order", self.order),
            ("around", request.around),
            ("range", self.range_kind),
        ):
            self._variables[key].set(shown)
        self.dimension_box.set(ALL if request.dimension is None else _name(request.dimension))
        self._refresh_soon()

    def _choose_dimension(self) -> None:
        self.dimension_box.selection_clear()
        self.sheet_view.focus_set()  # else the keys of the window stay with the list
        chosen = self.dimension_box.current()
        self._change(dimension=None if chosen == 0 else chosen - 1)

    def _offer(self, model: LoadedModel) -> None:
        """Enable what the model can show, and say why the rest is disabled."""
        for key, known, why in (
            (("range", "quantiles"), model.encoded is not None, model.without_statistics),
            (("order", "use"), model.use is not None, model.without_statistics),
        ):
            self.choices[key].configure(state="normal" if known else "disabled")
            tooltip = CHOICES[key[0]][1][key[1]][1]
            self._choice_tips[key].configure(text=tooltip if known else f"{tooltip}\n\n{why}")
        known = model.encoded is not None
        self.quantile_field.configure(state="normal" if known else "disabled")

    # ---- drawing -----------------------------------------------------------------------------

    def _refresh_soon(self) -> None:
        """Draw as soon as Tk is idle: something was chosen, or the sheet has another size."""
        if self._timer is not None:
            self.after_cancel(self._timer)
        self._timer = self.after_idle(self._refresh) if self._visible else None

    def _refresh_later(self) -> None:
        """Draw within REFRESH_MS: the point moved, and may move on."""
        if self._visible and self._timer is None:
            self._timer = self.after(REFRESH_MS, self._refresh)

    def _shown_or_hidden(self, event: tk.Event) -> None:
        if event.widget is self:
            self._visible = event.type == tk.EventType.Map
            self._refresh_soon()

    def _refresh(self) -> None:
        """Draw what is in view, for the newest point."""
        self._timer = None
        model, z = self._model, self._context.state.z
        if model is None or len(z) != model.latent_dim:  # the next model is on its way
            return
        if self._drawing:
            self._stale = True
            return
        sweep = self._worked_out(model)
        self.bars.show(z, model.decoder.decode_uint8(np.asarray(z)))
        self.vector_field.show(z)
        in_view = self.sheet_view.arrange(sweep.sheet, model.decoder.image_shape)
        draw = partial(
            _draw, model, sweep, in_view, self.sheet_view.layout, self.sheet_view.background
        )
        n_pixels = (in_view.stop - in_view.start) * math.prod(model.decoder.image_shape)
        if n_pixels <= MOST_PIXELS:
            self._show(draw())
            return
        self._drawing = True
        # Not through run_job: whoever cancelled that there would stop the sheet from following.
        self._context.worker.submit(
            "sweep",
            lambda job: draw(),
            done=lambda drawn: (self._end_drawing(), self._show(drawn)),
            failed=lambda error: (
                self._end_drawing(),
                self._context.notify(f"The sheet was not drawn: {error}", True),
            ),
            cancelled=self._end_drawing,
        )

    def _end_drawing(self) -> None:
        self._drawing = False
        if self._stale:
            self._stale = False
            self._refresh_soon()

    def _show(self, drawn: _Drawn) -> None:
        if drawn.layout != self.sheet_view.layout:
            return  # scrolled, or another size, in the meantime: it is drawn again
        self._sweep = drawn.sweep
        self.sheet_view.show(drawn.picture, drawn.sweep.sheet, drawn.sweep.marked)
        self._describe()

    def _worked_out(self, model: LoadedModel) -> Sweep:
        request, state = self._request, self._context.state
        z = np.asarray(state.z)
        locked = np.isin(np.arange(model.latent_dim), list(state.locks))
        base = z if request.around == "current" else np.where(locked, z, 0.0)
        if request.dimension is not None:
            dimensions = np.array([request.dimension])
        elif self.order == "use":
            dimensions = np.argsort(-model.use, kind="stable")
        else:
            dimensions = np.arange(model.latent_dim)
        headings, values = self._values(model)
        values = values[dimensions]
        columns, beyond = nearest_columns(z, dimensions, values)
        steps = values.shape[1]
        if request.dimension is not None:
            room = "\n" + _separator(model) if model.class_names else ""  # for a verdict
            sheet = Sheet(steps, captions=tuple(_short(value) + room for value in values[0]))
        else:
            notes = [_note(model, i, i in state.locks) for i in dimensions]
            dead = () if model.use is None else np.flatnonzero(model.use[dimensions] < ACTIVE_NATS)
            sheet = Sheet(
                values.size,
                columns=steps,
                row_names=tuple(map(_name, dimensions)),
                row_notes=tuple(notes) if any(notes) else (),
                greyed=frozenset(map(int, dead)),
                header=headings,
            )
        return Sweep(
            dimensions=dimensions,
            values=values,
            points=traverse(base, dimensions, values).reshape(-1, model.latent_dim),
            headings=headings,
            base=base,
            marked={
                int(row * steps + column): bool(out)
                for row, (column, out) in enumerate(zip(columns, beyond, strict=True))
            },
            sheet=sheet,
        )

    def _values(self, model: LoadedModel) -> tuple[tuple[str, ...], np.ndarray]:
        """What stands above the columns, and the values (latent_dim, steps) of all dimensions."""
        request, steps = self._request, getattr(self._request, self._steps_key)
        key = self.range_kind, steps, request.span, request.quantile
        if key != self._values_key:  # quantiles of 10,000 images take longer than a refresh
            self._values_key = key
            if self.range_kind == "quantiles":
                shares = np.linspace(request.quantile, 100 - request.quantile, steps) / 100
                headings = tuple(f"{100 * share:.3g}%" for share in shares)
                self._latest_values = headings, model.encoded.quantiles(shares).T
            else:
                even = np.linspace(-request.span, request.span, steps)
                headings = tuple(map(_short, even))
                self._latest_values = headings, np.tile(even, (model.latent_dim, 1))
        return self._latest_values

    # ---- what the person does ----------------------------------------------------------------

    def _enlarge_row(self, row: int) -> None:
        if self._sweep is not None:
            self._change(dimension=int(self._sweep.dimensions[row]))

    def _describe(self) -> None:
        """Say the value under the cursor, and what the classifier sees there."""
        index, sweep, model = self.sheet_view.cursor, self._sweep, self._model
        if index is None or sweep is None or model is None or index >= len(sweep.points):
            self.info.configure(text=HINT if self._request.dimension is None else HINT_LARGE)
            return
        row, column = divmod(index, sweep.values.shape[1])
        parts = [f"{_name(sweep.dimensions[row])} = {sweep.values[row, column]:.2f}"]
        if self.range_kind == "quantiles":
            parts[0] += f" ({sweep.headings[column]} of the images are below)"
        answers = model.probabilities(model.decoder.decode_uint8(sweep.points[index : index + 1]))
        if answers is not None:
            parts.append(_answer(model, answers[0]))
        self.info.configure(text="     ".join(parts))

    def _adopt_tile(self, index: int) -> None:
        if self._sweep is not None and index < len(self._sweep.points):
            self._adopt(self._sweep.points[index])

    def _adopt_vector(self, z: tuple[float, ...]) -> None:
        self._adopt(z)
        self.vector_field.show(self._context.state.z)

    def _adopt(self, z: Any) -> None:
        state = self._context.state
        held = [i for i in sorted(state.locks) if abs(z[i] - state.z[i]) > LEAST_DIFFERENCE]
        self._context.adopt(z, False)
        if held:
            stay = "stays where it is" if len(held) == 1 else "stay where they are"
            self._context.notify(f"Locked: {', '.join(map(_name, held))} {stay}.", False)

    def save(self, scale: int) -> None:
        """Ask for a file and save what is shown, with `scale` pixels for one of an image."""
        model = self._model
        if model is None or len(self._context.state.z) != model.latent_dim:
            return
        sweep = self._worked_out(model)
        large = self._request.dimension is not None
        name = f"sweep-{_name(sweep.dimensions[0])}.png" if large else "sweep.png"
        path = self._context.save_path("Save the sweep", [("PNG picture", "*.png")], name)
        if path is None:
            return
        title = self._title(model, sweep)

        def save(job: Job) -> None:
            pixels = model.decoder.decode_uint8(sweep.points)
            sheet = _with_answers(sweep.sheet, model, pixels, slice(0, len(pixels)))
            export_sheet(
                pixels,
                sheet,
                path,
                scale,
                title=title,
                marked=tuple(sweep.marked),
                progress=job.progress,
                cancelled=lambda: job.cancelled,
            )

        self._context.run_job(
            "export",
            f"Saving {path.name}",
            save,
            done=lambda _: self._context.notify(f"Saved {path}", False),
        )

    def _title(self, model: LoadedModel, sweep: Sweep) -> str:
        """What the saved picture shows, in a sentence."""
        first, last = sweep.headings[0], sweep.headings[-1]
        one = self._request.dimension is not None
        varied = _name(sweep.dimensions[0]) if one else "one dimension in each row"
        if self.range_kind == "quantiles":
            span = f"from {first} to {last} of the encoded images"
        else:
            span = f"from {first} to {last} standard deviations"
        held = ", ".join(map(_short, sweep.base))
        return f"{model.bundle.path.name}: {varied} {span}, the others held at z = ({held})"


@dataclass(frozen=True)
class _Drawn:
    """A sweep with the picture of what is in view."""

    sweep: Sweep
    layout: Layout
    picture: Image.Image


def _draw(
    model: LoadedModel,
    sweep: Sweep,
    in_view: slice,
    layout: Layout,
    background: tuple[int, int, int],
) -> _Drawn:
    """Decode what is in view; without tkinter, for any thread."""
    pixels = model.decoder.decode_uint8(sweep.points[in_view])
    picture = tiled(pixels, layout.columns, layout.cell, layout.step, background)
    sheet = _with_answers(sweep.sheet, model, pixels, in_view)
    return _Drawn(replace(sweep, sheet=sheet), layout, picture)


def _with_answers(sheet: Sheet, model: LoadedModel, pixels: np.ndarray, part: slice) -> Sheet:
    """The sheet with what the classifier says in the captions of a part, if it has captions."""
    if not sheet.captions:
        return sheet
    answers = model.probabilities(pixels)
    if answers is None:
        return sheet
    captions = list(sheet.captions)
    for index, answer in enumerate(answers, start=part.start):
        value, _, _ = captions[index].partition("\n")
        best = int(answer.argmax())
        verdict = f"{model.class_names[best]}{_separator(model)}{answer[best]:.0%}"
        captions[index] = f"{value}\n{verdict}"
    return replace(sheet, captions=tuple(captions))


def _separator(model: LoadedModel) -> str:
    """Between a class and its probability below an image: long names take a line of their own."""
    return " " if max(map(len, model.class_names)) <= LONGEST_BESIDE else "\n"


def _answer(model: LoadedModel, answer: np.ndarray) -> str:
    best = int(answer.argmax())
    return f"{model.class_names[best]} ({answer[best]:.0%})"


def _note(model: LoadedModel, dimension: int, locked: bool) -> str:
    """What stands below the name of a row."""
    if locked:
        return "locked"
    if model.use is None:
        return ""
    use = model.use[dimension]
    return "dead" if use < ACTIVE_NATS else f"{use:.2f} nats"


def _name(dimension: int) -> str:
    return f"z{dimension + 1}"


def _short(value: float) -> str:
    """Two decimals at most."""
    text = f"{value + 0.0:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
