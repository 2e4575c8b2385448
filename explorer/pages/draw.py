"""The Draw page: a digit of one's own, drawn, opened or real, put into the latent space."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from explorer.asking import Asking
from explorer.context import Context
from explorer.drawing import Drawing
from explorer.drawn import DrawnDigit, Origin, drawn_of
from explorer.drawn_words import words_about
from explorer.export import export_digit
from explorer.kept_drawing import document_of, is_blank, restored
from explorer.model import LoadedModel
from explorer.real_digits import COUNT, SIDE, RealDigits
from explorer.theme import Frame, Radiobutton, Separator, add_tooltip
from explorer.widgets.completion_view import CompletionView
from explorer.widgets.draw_sources import DrawSources
from explorer.widgets.drawing_canvas import MAX_HISTORY
from explorer.widgets.drawing_desk import DrawingDesk
from explorer.widgets.edit_view import EditView
from explorer.widgets.neighbour_pair import NeighbourPair
from explorer.widgets.reconstruction_view import ReconstructionView
from explorer.widgets.refine_view import RefineView
from explorer.widgets.view_book import LEAST
from explorer.worker import Job
from vae.documents import is_text

OPEN, SAVE, RESTORE, DIGITS = "open picture", "save drawing", "drawing", "real digits"  # jobs
SHEET_SHARE = 0.46  # of the page's height and width, for the sheet
SHEET = 190, 460  # the smallest and the largest, pixels at 96 dpi, like all lengths here
MAX_SOURCE = 80  # characters of a source's name
PICTURES = [
    ("Pictures", "*.png *.jpg *.jpeg *.webp *.bmp *.gif *.tif *.tiff"),
    ("All files", "*"),
]
PNG_FILES = [("PNG picture", "*.png")]
NO_DIGITS = "Real digits have 28 × 28 pixels, this model's images {1} × {0}."
LOADING = "A moment: the model is being opened."
DRAW_HERE = "Draw here"  # on a sheet that is not for digits
NOT_SQUARE = "Only square images can be drawn. Those of this model have {1} × {0} pixels."


class DrawPage(Frame):
    """A drawing, and what the model makes of it."""

    name = "draw"
    title = "Draw"

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        px = context.theme.px
        super().__init__(parent, padding=px(10))
        self._context = context
        self._model: LoadedModel | None = None
        self._drawing = Drawing(SIDE)  # until a model tells its own
        # Of the images below the strokes, so that undo brings back what they are, too.
        self._origins: list[tuple[np.ndarray, Origin]] = []
        self._drawn: DrawnDigit | None = None
        self._version = 0
        self._locks_said: frozenset[int] = frozenset()
        self._gesture: int | None = None  # while a stroke is being drawn
        self._pending: str | None = None
        self._digits: RealDigits | None = None
        self._jobs = Asking(context)
        self._view_name = tk.StringVar(self)
        self._build_sources()
        self.desk = DrawingDesk(
            self,
            context.theme,
            side=SIDE,
            on_change=self._drawing_on,
            on_stroke_end=self._stroke_ended,
            on_centre=self._switch_centring,
        )
        self.canvas, self.tools = self.desk.canvas, self.desk.tools
        self._build_views()

        self.sources.grid(row=0, column=0, sticky="ew", pady=(0, px(8)))
        self.desk.grid(row=1, column=0, sticky="ew")
        Separator(self).grid(row=2, column=0, sticky="ew", pady=(px(8), px(6)))
        self._tabs.grid(row=3, column=0, sticky="ew", pady=(0, px(4)))
        self._stack.grid(row=4, column=0, sticky="nsew")
        self.rowconfigure(4, weight=1)
        self.columnconfigure(0, weight=1)
        self._show_view()
        self._show_enabled()
        self.bind("<Configure>", self._size_sheet)
        self.bind("<Map>", self._shown)
        self.bind("<Unmap>", self._hidden)
        unsubscribe = context.state.subscribe(lambda state: self._say_of_locks())
        self.bind("<Destroy>", lambda event: event.widget is self and unsubscribe(), add="+")

    # ---- what every page offers ----------------------------------------------------------------

    def set_model(self, model: LoadedModel) -> None:
        """Encode with another model; the drawing stays, the point is not moved."""
        self._model = model
        self._offer_digits()
        self.desk.set_encodes(model.bundle.encoder is not None)
        for view in self.views.values():
            view.set_model(model)
        side = self._side
        self.desk.set_in_colour(self._in_colour)
        fitting = side, self._in_colour
        if side is not None and fitting != (self._drawing.side, self._drawing.in_colour):
            kept, origin = document_of(self._drawing, None), self._origin
            self._set_drawing(self._blank(), Origin(), move=False)
            if not is_blank(kept):
                self._restore(kept, origin)
        else:
            self._encode(final=True, move=False)

    def set_encoded(self, model: LoadedModel) -> None:
        """Take over the encoded real digits: what is typical, and neighbours."""
        if self._model is None or model.bundle is not self._model.bundle:
            return
        self._model = model
        self._offer_digits()
        for view in self.views.values():
            view.set_encoded(model)

    def settings(self) -> dict[str, Any]:
        """What a session file keeps: the drawing, too, stroke by stroke."""
        return {
            "drawing": document_of(self._drawing, self._origin.index),
            "source": self._origin.source,
            "view": self._view_name.get(),
            **self.desk.settings(),
            "views": {name: view.settings() for name, view in self.views.items()},
        }

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        self.desk.apply_settings(settings)
        if isinstance(settings.get("views"), Mapping):
            for name, view in self.views.items():
                if isinstance(settings["views"].get(name), Mapping):
                    view.apply_settings(settings["views"][name])
        if settings.get("view") in tuple(self.views):
            self._view_name.set(settings["view"])
            self._show_view()
        kept, source = settings.get("drawing"), settings.get("source")
        named = is_text(source) and 0 < len(source) <= MAX_SOURCE
        origin = Origin(source) if named else Origin()
        if isinstance(kept, Mapping):
            self._restore(kept, origin)
        else:
            self._encode(final=True, move=False)

    def slots(self) -> dict[str, Any]:
        """Where a point can be sent: onto the sheet, as its image."""
        return {} if self._side is None else {"sheet": self._take_point}

    def back(self) -> None:
        """Stop what is computed."""
        self.views["refine"].stop()

    @property
    def settled(self) -> bool:
        """Whether everything that was asked for is drawn."""
        return (
            self._pending is None
            and not self._jobs.busy
            and all(view.settled for view in self.views.values())
        )

    # ---- commands ------------------------------------------------------------------------------

    @property
    def drawing(self) -> Drawing:
        """What is on the sheet."""
        return self._drawing

    @property
    def drawn(self) -> DrawnDigit | None:
        """What is encoded, and the encoder's answer; None for an empty sheet."""
        return self._drawn

    def take_real(self, index: int) -> None:
        """Take one of the bundled real digits, by its number, 0-based."""

        def take() -> None:
            found = self._digits.take(index)
            if found is None:
                self._context.notify(f"There is no real digit {index:,}.", True)
                return
            image, origin = found
            self._set_drawing(replace(self._blank(), base=image, base_is_centred=True), origin)

        self._with_digits(take)

    def take_random(self, label: int | None) -> None:
        """Take a real digit of a class at random, or of any."""

        def take() -> None:
            of_class = self._digits.of_class(label)
            if len(of_class):
                self.take_real(int(self._context.rng.choice(of_class)))

        self._with_digits(take)

    def open_picture(self) -> None:
        """Ask for a picture and put its digit on the sheet; a bad one changes nothing.

        On a sheet in colour it is put as it is.
        """
        model, side, blank = self._model, self._side, self._blank()
        if side is None:
            return
        title = "Open a picture" if blank.in_colour else "Open a picture of a digit"
        path = self._context.open_path(title, PICTURES)
        if path is None:
            return

        def read(job: Job) -> tuple[Drawing, tuple[str, ...]]:
            from explorer.image_import import import_digit, import_picture

            if blank.in_colour:
                picture = import_picture(path, side)
                return replace(blank, base=picture.pixels), picture.notes
            digit = import_digit(path, side)
            return replace(blank, base=digit.ink, base_is_centred=digit.is_centred), digit.notes

        def show(found: tuple[Drawing, tuple[str, ...]]) -> None:
            if self._model is model:
                drawing, notes = found
                self._set_drawing(drawing, Origin(path.name[:MAX_SOURCE], notes=notes))
                self._context.notify(f"Opened {path.name}.", False)

        self._jobs.ask(OPEN, f"Opening {path.name}", read, show, quiet=False)

    def save_picture(self) -> None:
        """Ask for a file and save the image that is encoded, at its own size."""
        if self._drawn is None:
            return
        path = self._context.save_path("Save the drawing", PNG_FILES, "drawing.png")
        if path is None:
            return
        image = self._drawn.image
        self._jobs.ask(
            SAVE,
            f"Saving {path.name}",
            lambda job: export_digit(image, path, 1, False),
            lambda _: self._context.notify(f"Saved {path}", False),
            quiet=False,
        )

    # ---- building ------------------------------------------------------------------------------

    def _build_sources(self) -> None:
        self.sources = DrawSources(
            self,
            self._context.theme,
            on_open=self.open_picture,
            on_random=self.take_random,
            on_number=self.take_real,
            on_point=lambda: self._take_point(self._context.state.z, "the point"),
            on_save=self.save_picture,
            on_error=lambda message: self._context.notify(message, True),
        )

    def _build_views(self) -> None:
        context = self._context
        self._tabs, self._stack = Frame(self), Frame(self)
        stack = self._stack
        # Tk leaves a view unmapped that comes back and asks for one pixel, as a canvas does.
        stack.rowconfigure(0, weight=1, minsize=LEAST)
        stack.columnconfigure(0, weight=1, minsize=LEAST)
        edit = EditView(stack, context, on_take=self._take_image)
        self.views = {
            "reconstruction": ReconstructionView(
                stack, context, on_refine=lambda: self._choose_view("refine")
            ),
            "completions": CompletionView(stack, context, on_mask=self._mask),
            "neighbours": NeighbourPair(stack, context),
            "refine": RefineView(stack, context, on_refined=edit.set_anchor),
            "edit": edit,
        }
        tips = {
            "reconstruction": "What the model makes of the drawing, and how far off that is.",
            "completions": "What may be at the unknown pixels.",
            "neighbours": "The nearest real digits, in latent space and in pixels.",
            "refine": "The nearest image that the decoder can make, by optimisation.",
            "edit": "Move the sliders, and keep the handwriting.",
        }
        self._view_name.set("reconstruction")
        self.view_buttons: dict[str, Radiobutton] = {}
        for name, view in self.views.items():
            button = Radiobutton(
                self._tabs,
                text=view.title,
                value=name,
                variable=self._view_name,
                command=self._show_view,
            )
            button.pack(side="left", padx=(0, context.theme.px(14)))
            add_tooltip(button, tips[name])
            self.view_buttons[name] = button

    def _size_sheet(self, event: tk.Event) -> None:
        if event.widget is not self:
            return
        low, high = map(self._context.theme.px, SHEET)
        side = int(SHEET_SHARE * min(event.width, event.height))
        self.desk.set_size(max(low, min(high, side)))

    def _choose_view(self, name: str) -> None:
        self._view_name.set(name)
        self._show_view()

    def _show_view(self) -> None:
        for name, view in self.views.items():
            if name == self._view_name.get():
                view.grid(row=0, column=0, sticky="nsew")
            else:
                view.grid_remove()

    # ---- the sheet -----------------------------------------------------------------------------

    @property
    def _side(self) -> int | None:
        """Of the model's images, per axis; None where there is no sheet for them."""
        if self._model is None:
            return None
        _, height, width = self._model.decoder.image_shape
        return height if height == width else None

    @property
    def _in_colour(self) -> bool:
        """Whether the sheet has the red, green and blue of the model's images."""
        return self._model is not None and self._model.decoder.image_shape[0] == 3

    def _blank(self) -> Drawing:
        """An empty sheet for the model; of the last one's size where it has none."""
        return Drawing(self._side or self._drawing.side, in_colour=self._in_colour)

    @property
    def _origin(self) -> Origin:
        """Of what is on the sheet."""
        base = self._drawing.base
        return next(
            (origin for image, origin in reversed(self._origins) if image is base), Origin()
        )

    def _drawing_on(self, drawing: Drawing) -> None:
        """A stroke is being drawn: the point follows when Tk is idle, all of it one undo entry."""
        self._drawing = drawing
        if self._gesture is None:
            self._context.glide.stop()
            self._gesture = self._context.state.begin()
        if self._pending is None:
            self._pending = self.after_idle(self._follow)

    def _follow(self) -> None:
        self._pending = None
        self._encode(final=False)

    def _stroke_ended(self, drawing: Drawing) -> None:
        self._drop_pending()
        self._drawing = drawing
        self._encode(final=True)
        self._end_gesture()

    def _end_gesture(self) -> None:
        if self._gesture is not None:
            self._context.state.end(self._gesture)
            self._gesture = None

    def _set_drawing(self, drawing: Drawing, origin: Origin, move: bool = True) -> None:
        """Put something else on the sheet. move: the point goes to the encoder's answer."""
        self._drop_pending()
        self._end_gesture()
        if move:
            self._context.glide.stop()
        if drawing.base is not None:
            self._origins = [*self._origins[1 - MAX_HISTORY :], (drawing.base, origin)]
        self._drawing = drawing
        self.canvas.set_drawing(drawing)
        self._encode(final=True, move=move)

    def _switch_centring(self) -> None:
        self._context.glide.stop()
        self._encode(final=True)

    def _mask(self, kind: str) -> None:
        """Mark a part of the sheet as unknown, see `completion_view.MASKS`."""
        side = self._drawing.side
        unknown = np.zeros((side, side), bool)
        half = side // 2
        match kind:
            case "upper half":
                unknown[:half] = True
            case "lower half":
                unknown[half:] = True
            case "left half":
                unknown[:, :half] = True
            case "right half":
                unknown[:, half:] = True
        self._set_drawing(self._drawing.with_unknown(unknown), self._origin)

    def _take_image(self, image: np.ndarray) -> None:
        """Take an edited image, (C, H, W) uint8, as the drawing."""
        source = self._origin.source.removesuffix(", edited") + ", edited"
        self._set_drawing(self._sheet_of(image), Origin(source[:MAX_SOURCE]))

    def _take_point(self, z: Sequence[float], name: str) -> None:
        if self._side is None:
            return
        image = self._model.decoder.decode_uint8(np.asarray(z, np.float64))
        self._set_drawing(self._sheet_of(image), Origin(name[:MAX_SOURCE]))

    def _sheet_of(self, image: np.ndarray) -> Drawing:
        """A decoded image (C, H, W) uint8 on a sheet; grey where it is neither grey nor colour."""
        blank = self._blank()
        if not blank.in_colour:
            image = np.rint(image.mean(axis=0)).astype(np.uint8)
        return replace(blank, base=image, base_is_centred=True)

    def _restore(self, kept: Mapping[str, Any], origin: Origin) -> None:
        """Put a drawing of a session on the sheet; its strokes are drawn in the worker."""
        model, side = self._model, self._side
        if side is None:
            return
        if is_blank(kept):
            self._jobs.drop(RESTORE)
            self._set_drawing(self._blank(), Origin(), move=False)
            return
        digits, in_colour = self._digits, self._in_colour

        def show(found: tuple[Drawing, Origin]) -> None:
            if self._model is model:
                self._set_drawing(*found, move=False)

        self._jobs.ask(
            RESTORE,
            "Drawing again",
            lambda job: restored(kept, side, digits, origin, in_colour),
            show,
        )

    # ---- encoding ------------------------------------------------------------------------------

    def _encode(self, final: bool, move: bool = True) -> None:
        """Encode what is on the sheet and show the answer; one image, so on the Tk thread."""
        self._version += 1
        self._drawn = None
        if self._side == self._drawing.side:
            self._drawn = drawn_of(
                self._drawing,
                self._model,
                self._origin,
                centre=self.desk.centre,
                version=self._version,
            )
        answer = None if self._drawn is None else self._drawn.posterior
        state = self._context.state
        if move and answer is not None and len(answer.mu) == state.latent_dim:
            state.set_z(answer.mu)
        self._mark_posterior()
        self.desk.show(None if self._drawn is None else self._drawn.image, self._words())
        for view in self.views.values():
            view.show(self._drawn, final)
        if final:
            self._show_enabled()

    def _mark_posterior(self) -> None:
        """Show the encoder's answer on the sliders, for as long as this page is seen."""
        answer = None if self._drawn is None else self._drawn.posterior
        if answer is None or not self.winfo_ismapped():
            self._context.show_posterior(None, None)
        else:
            self._context.show_posterior(answer.mu, answer.std)

    # ---- what is said --------------------------------------------------------------------------

    def _words(self) -> str:
        self._locks_said = self._context.state.locks
        if self._side is None:
            return ""
        return words_about(
            self._drawing,
            self._drawn,
            centre=self.desk.centre,
            notes=self._origin.notes,
            locks=self._locks_said,
        )

    def _say_of_locks(self) -> None:
        if self._context.state.locks != self._locks_said:
            self.desk.say(self._words())

    def _show_enabled(self) -> None:
        able, note = self._side is not None, LOADING
        if able:
            note = "" if self._model.bundle.shows_digits else DRAW_HERE
        elif self._model is not None:
            note = NOT_SQUARE.format(*self._model.decoder.image_shape[1:])
        self.desk.set_enabled(able, note)
        self.sources.set_enabled(able, self._drawn is not None)

    # ---- real digits ---------------------------------------------------------------------------

    def _offer_digits(self) -> None:
        """Say which real digits there are: 0 to 9, if they are as large as the model's images."""
        self._digits = RealDigits(self._model)
        if self._side == SIDE:
            self.sources.set_digits(tuple(range(10)), COUNT)
        else:
            self.sources.set_digits((), 0, NO_DIGITS.format(*self._model.decoder.image_shape[1:]))

    def _with_digits(self, use: Any) -> None:
        """Call use() as soon as the real digits are there, for this model."""
        model = self._model
        if self._side is None:
            return
        if self._side != SIDE:
            self._context.notify(NO_DIGITS.format(*model.decoder.image_shape[1:]), True)
            return
        digits = self._digits
        if digits.at_hand:
            use()
            return

        def show(read: object) -> None:
            if self._model is model:
                use()

        self._jobs.ask(DIGITS, "Reading the real digits", lambda job: digits.read(), show)

    # ---- coming and going ----------------------------------------------------------------------

    def _shown(self, event: tk.Event) -> None:
        if event.widget is self:
            self._mark_posterior()
            self.desk.say(self._words())

    def _hidden(self, event: tk.Event) -> None:
        if event.widget is self:
            self._context.show_posterior(None, None)

    def _drop_pending(self) -> None:
        if self._pending is not None:
            self.after_cancel(self._pending)
            self._pending = None

    def destroy(self) -> None:
        """Leave no encoding to be done."""
        self._drop_pending()
        super().destroy()
