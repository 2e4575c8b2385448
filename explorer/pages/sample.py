"""The Sample page: a seeded grid of samples, and how many of each kind look like a digit."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from explorer.context import Context
from explorer.model import SHARE_SIZE, SOURCES, SURE, LoadedModel, SampleRequest
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Button,
    Combobox,
    Frame,
    Label,
    Radiobutton,
    Tooltip,
    add_tooltip,
)
from explorer.widgets.digit_grid import DigitGrid
from explorer.widgets.number_field import NumberField
from explorer.widgets.point_menu import short_vector
from explorer.worker import Job

MAX_COUNT = 400
MAX_SEED = 999_999
MAX_TEMPERATURE = 2.0
MAX_SPAN = 10.0
HINT = (
    "Click a sample to explore from it; point at one, or walk with the arrow keys, for its numbers."
)

SOURCE_TEXTS = {
    "learned": (
        "Learned",
        "Draws from a Gaussian mixture fitted to the encoded training images. The prior has "
        "regions that no image was ever encoded to; the mixture leaves them out, so more of its "
        "samples look right (Ghosh et al. 2020, ex-post density estimation).",
    ),
    "prior": (
        "Prior N(0, I)",
        "Draws from the standard normal distribution that training pulls the encoder towards. "
        "It is what the theory says to sample from, but the encoder never fills it evenly.",
    ),
    "uniform": (
        "Uniform",
        "Draws every coordinate evenly from a range. In many dimensions nearly all of such a "
        "cube lies in its corners, far from any image the model has seen.",
    ),
    "class": (
        "One class",
        "Draws from the part of the space where one class lies: a mixture fitted to that class, "
        "or, without one, prior samples that the classifier takes for it.",
    ),
}
# Where what is said of a VAE does not hold.
GAN_TIPS = {
    "learned": "Draws from a Gaussian mixture fitted to where the training images were encoded, by "
    "an encoder that came after the generator. A GAN does not need it, as it learned from the "
    "prior; but the mixture leaves out what lies between the images, where a sample is none.",
    "prior": "Draws from the standard normal distribution, which is all that the generator learned "
    "from: every such sample was to pass for a real image. Its strokes are crisp, for what is "
    "blurred is told at once. But one continuous map of z leads from each image to the next, and "
    "what lies between them is neither.",
}


class SamplePage(Frame):
    """A grid of decoded samples; a click adopts one."""

    name = "sample"
    title = "Sample"

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        super().__init__(parent, padding=context.theme.px(12))
        self._context = context
        self._model: LoadedModel | None = None
        self._request = SampleRequest()
        self._shown: SampleRequest | None = None  # what the grid shows
        self._asked: SampleRequest | None = None  # what was last asked of the worker
        self._measured: SampleRequest | None = None  # what the shares are of, or will be
        self._z = np.zeros((0, 1))
        self._answers: np.ndarray | None = None

        self._source = tk.StringVar(self, self._request.source)
        self._build_sources()
        self._build_options()
        self.grid_view = DigitGrid(
            self, context.theme, on_activate=self._adopt, on_hover=self._describe
        )
        add_tooltip(
            self.grid_view,
            "Samples of the chosen kind. Click one, or walk with the arrow keys and press Return, "
            "to make it the current point.",
            PATIENT_TOOLTIP_DELAY_MS,
            position="top",
        )
        self.info = Label(self, text=HINT, bootstyle="secondary")

        pad = context.theme.px(10)
        self._sources_row.grid(row=0, column=0, sticky="ew")
        self._options_row.grid(row=1, column=0, sticky="ew", pady=(pad, pad))
        self.grid_view.grid(row=2, column=0, sticky="nsew")
        self.info.grid(row=3, column=0, sticky="ew", pady=(pad, 0))
        self.rowconfigure(2, weight=1)
        self.columnconfigure(0, weight=1)
        self.bind("<Map>", lambda event: self._survey())

    @property
    def request(self) -> SampleRequest:
        """What is asked for at the moment."""
        return self._request

    @property
    def settled(self) -> bool:
        """Whether the grid shows what is asked for."""
        return self._shown == self._request

    @property
    def points(self) -> np.ndarray:
        """The points of the shown grid, (N, latent_dim)."""
        return self._z

    def set_model(self, model: LoadedModel) -> None:
        """Sample from another model; nothing of the one before stays."""
        for kind in ("sample", "share"):
            self._context.worker.cancel(kind)
        self._model = model
        self._shown = self._asked = self._measured = None
        self._z, self._answers = np.zeros((0, model.latent_dim)), None
        self.grid_view.show_message("Sampling …")
        offered = model.sources()
        for source, button in self.source_buttons.items():
            button.configure(state="normal" if source in offered else "disabled")
            words = GAN_TIPS.get(source) if model.is_gan else None
            self.source_tips[source].configure(text=words or SOURCE_TEXTS[source][1])
        names = list(model.class_names)
        self.class_box.configure(values=names)
        index = min(self._request.class_index, max(0, len(names) - 1))
        source = self._request.source
        if source not in offered:
            source = model.default_source
        self._change(source=source, class_index=index)

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        return asdict(self._request)

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        limits = {
            "seed": (0, MAX_SEED, int),
            "count": (1, MAX_COUNT, int),
            "temperature": (0, MAX_TEMPERATURE, float),
            "span": (0.1, MAX_SPAN, float),
            "class_index": (0, len(self._model.class_names) - 1 if self._model else 0, int),
        }
        changes: dict[str, Any] = {}
        for key, (low, high, kind) in limits.items():
            value = settings.get(key)
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if is_number and low <= value <= high:
                changes[key] = kind(value)
        offered = self._model.sources() if self._model else SOURCES
        if settings.get("source") in offered:
            changes["source"] = settings["source"]
        self._change(**changes)

    def resample(self) -> None:
        """Draw with another seed."""
        self._change(seed=int(self._context.rng.integers(MAX_SEED + 1)))

    def _build_sources(self) -> None:
        self._sources_row = Frame(self)
        self.source_buttons: dict[str, Radiobutton] = {}
        self.share_labels: dict[str, Label] = {}
        self.source_tips: dict[str, Tooltip] = {}
        indent = self._context.theme.px(24)
        for column, (source, (text, tooltip)) in enumerate(SOURCE_TEXTS.items()):
            button = Radiobutton(
                self._sources_row,
                text=text,
                value=source,
                variable=self._source,
                command=lambda: self._change(source=self._source.get()),
            )
            button.grid(row=0, column=column, sticky="w")
            self.source_tips[source] = add_tooltip(button, tooltip)
            share = Label(self._sources_row, bootstyle="secondary")
            share.grid(row=1, column=column, sticky="w", padx=(indent, 0))
            add_tooltip(
                share,
                f"Of {SHARE_SIZE:,} samples of this kind, at this temperature, the share that an "
                f"independent classifier takes for one class with more than {SURE:.0%} "
                "probability. For one class: for that class.",
            )
            self._sources_row.columnconfigure(column, weight=1, uniform="source")
            self.source_buttons[source] = button
            self.share_labels[source] = share

    def _build_options(self) -> None:
        self._options_row = row = Frame(self)
        request = self._request
        self.seed_field = self._number(
            "Seed", "seed", request.seed, 0, MAX_SEED, 1, "The same seed gives the same grid."
        )
        self.count_field = self._number(
            "Number", "count", request.count, 1, MAX_COUNT, 1, "How many samples are drawn."
        )
        self.temperature_field = self._number(
            "Temperature",
            "temperature",
            request.temperature,
            0,
            MAX_TEMPERATURE,
            0.1,
            "Scales the spread of the distribution. Below 1, samples are more typical and more "
            "alike; above 1, more varied and more often wrong.",
        )
        self.span_field = self._number(
            "Range ±",
            "span",
            request.span,
            0.1,
            MAX_SPAN,
            0.5,
            "Half the width of the uniform distribution, in standard deviations of the prior.",
        )
        self._class_frame = Frame(row)
        Label(self._class_frame, text="Class").grid(row=0, column=0, padx=(0, 6))
        self.class_box = Combobox(self._class_frame, state="readonly", width=8)
        self.class_box.grid(row=0, column=1)
        self.class_box.bind("<<ComboboxSelected>>", lambda event: self._choose_class())
        add_tooltip(self.class_box, "The class that samples are drawn from.")
        self.resample_button = Button(
            row, text="Resample", bootstyle="primary", command=self.resample
        )
        add_tooltip(self.resample_button, "Draws a new grid with another seed.")
        self._fields = {
            "seed": self.seed_field,
            "count": self.count_field,
            "temperature": self.temperature_field,
            "span": self.span_field,
        }

    def _number(
        self, label: str, key: str, number: float, low: float, high: float, step: float, tip: str
    ) -> NumberField:
        frame = Frame(self._options_row)
        Label(frame, text=label).grid(row=0, column=0, padx=(0, 6))
        field = NumberField(
            frame,
            what=label,
            number=number,
            low=low,
            high=high,
            step=step,
            width=7 if key == "seed" else 4,
            on_change=lambda value: self._change(**{key: value}),
            on_error=lambda message: self._context.notify(message, True),
        )
        field.grid(row=0, column=1)
        add_tooltip(field, tip)
        return field

    def _place_options(self) -> None:
        """Show the options that the chosen source has, and only those."""
        source = self._request.source
        shown = [
            (self.seed_field.master, True),
            (self.count_field.master, True),
            (self.span_field.master, source == "uniform"),
            (self.temperature_field.master, source != "uniform"),
            (self._class_frame, source == "class"),
            (self.resample_button, True),
        ]
        for widget, wanted in shown:
            widget.pack_forget()
            if wanted:
                side = "right" if widget is self.resample_button else "left"
                widget.pack(
                    side=side, padx=(0, 0 if side == "right" else self._context.theme.px(14))
                )

    def _choose_class(self) -> None:
        self.class_box.selection_clear()
        self.winfo_toplevel().focus_set()  # else the keys of the window stay with the list
        self._change(class_index=self.class_box.current())

    def _change(self, **changes: Any) -> None:
        """Change the request, show it in every control, and draw."""
        self._request = replace(self._request, **changes)
        self._source.set(self._request.source)
        for key, field in self._fields.items():
            field.set_number(getattr(self._request, key))
        if self._model is not None and self._model.class_names:
            self.class_box.current(self._request.class_index)
        self._place_options()
        if self._model is None:
            return
        self._ask(self._model, self._request)
        self._survey()

    def _ask(self, model: LoadedModel, request: SampleRequest) -> None:
        """Draw what is asked for, unless it is shown or on its way; the newest wins."""
        if request == (self._asked or self._shown):
            return
        self._context.worker.cancel("sample")
        self._asked = None
        if request == self._shown:
            return
        self._asked = request

        def draw(job: Job) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
            z = model.draw(request, check=lambda: job.progress(0.0))
            images = model.decoder.decode_uint8(z)
            return z, images, model.probabilities(images)

        self._context.run_job(
            "sample", "Sampling", draw, lambda result: self._show(request, *result), quiet=True
        )

    def _survey(self) -> None:
        """Measure, for every source, how often the classifier is sure; if anybody looks.

        One job a source, each submitted by the one before, so that a new grid waits for one only.
        """
        model, request = self._model, self._request
        measured = replace(request, source="", seed=0, count=0)
        if model is None or measured == self._measured or not self.winfo_ismapped():
            return
        self._measured = measured
        for source, label in self.share_labels.items():
            judged = model.class_names and source in model.sources()
            label.configure(text="…" if judged else "not available" if model.class_names else "")
        if not model.class_names:
            return
        self._measure_share(model, replace(request, seed=0), list(model.sources()))

    def _measure_share(
        self, model: LoadedModel, request: SampleRequest, sources: list[str]
    ) -> None:
        source, *rest = sources
        asked = replace(request, source=source)

        def done(share: float) -> None:
            self.share_labels[source].configure(text=f"{share:.0%} recognised")
            if rest:
                self._measure_share(model, request, rest)

        self._context.run_job(
            "share",
            "Measuring how many are recognised",
            lambda job: model.sure_share(asked, check=lambda: job.progress(0.0)),
            done,
            quiet=True,
        )

    def _show(
        self,
        request: SampleRequest,
        z: np.ndarray,
        images: np.ndarray,
        answers: np.ndarray | None,
    ) -> None:
        self._shown, self._asked = request, None
        self._z, self._answers = z, answers
        self.grid_view.set_images(images)
        self.info.configure(text=HINT)

    def _adopt(self, index: int) -> None:
        self._context.adopt(self._z[index], False)
        self.grid_view.set_marked(index)

    def _describe(self, index: int | None) -> None:
        if index is None:
            self.info.configure(text=HINT)
            return
        z = self._z[index]
        parts = [f"z = {short_vector(z)}", f"|z| = {np.linalg.norm(z):.2f}"]
        if self._answers is not None and self._model is not None:
            best = int(self._answers[index].argmax())
            name = self._model.class_names[best]
            parts.insert(0, f"{name} ({self._answers[index, best]:.0%})")
        self.info.configure(text="     ".join(parts))
