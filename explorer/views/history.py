"""How the space formed: point, sweep and map as they were at each snapshot of the training."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from explorer.asking import Asking
from explorer.context import Context
from explorer.glide import Glide
from explorer.history_course import LOSS_TIP, show_course
from explorer.history_film import HistoryFilm, Scene, compose, epoch_words
from explorer.model import LoadedModel
from explorer.plane_choice import (
    AXES,
    CLASSES,
    PRINCIPAL,
    ChosenPlane,
    PlaneChoice,
    find_plane,
    first_choice,
    is_quick,
    obstacle,
    offered,
)
from explorer.player import Player
from explorer.state import ExplorerState
from explorer.sweep import name_of
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Button,
    Checkbutton,
    Combobox,
    Frame,
    Label,
    add_tooltip,
    font,
)
from explorer.widgets.epoch_curves import EpochCurves
from explorer.widgets.film_stage import FilmStage
from explorer.widgets.later import Later
from explorer.widgets.scrub_bar import ScrubBar
from explorer.worker import Job
from vae.documents import is_number
from vae.history import History, HistoryError, load_history

REFRESH_MS = 40  # a picture takes 10 ms, in parts of 2; the slider that is dragged has the rest
SNAPSHOT_S = 0.35  # of each while it plays: long enough to compare it with the one before
KINDS = {CLASSES: "Classes (LDA)", PRINCIPAL: "Principal (PCA)", AXES: "Dimensions"}
LOAD, PLANE = "history", "history plane"
NOT_OPENED = "The snapshots were not opened. Show another view, and then this one, to try again."
NOTE = "The same points at every epoch. What a dimension means holds within this training only."
WHY_NOTE = (
    "Every picture decodes the same points with the decoder of its epoch. Nothing in the loss says "
    "which dimension is to mean what: another training, even with another seed only, orders and "
    "turns them differently, so that the dimensions of two trainings must not be compared by their "
    "numbers."
)


class HistoryView(Frame):
    """A training, scrubbed through and played, at the current point."""

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        super().__init__(parent)
        self._context = context
        self._model: LoadedModel | None = None
        self._history: History | None = None
        self._choice = PlaneChoice()
        self._plane: ChosenPlane | None = None
        self._index = 0
        self._position = 1.0  # to begin at: the end, or where a session was
        self._loaded = False  # or failed to, which a second attempt would not mend
        self._asking = Asking(context)
        self._later = Later(self, REFRESH_MS, self._draw)
        # A clock of its own: sliders are moved while it plays, which stops the window's glide.
        self._clock = Glide(self, ExplorerState(1))
        self._player = Player(self._clock, on_position=self._go, on_change=self._show_playing)
        self._loop = tk.BooleanVar(self, True)

        self._build_controls()
        self._build_words()
        self.stage = FilmStage(self, context.theme, on_view=self._refresh)
        self.curve = EpochCurves(
            self.stage, context.theme, heading="Loss per image", on_pick=self._pick
        )
        self._curve_tip = add_tooltip(self.curve, LOSS_TIP, PATIENT_TOOLTIP_DELAY_MS)
        self.stage.curve = self.curve
        self.note = Label(self, text=NOTE, bootstyle="secondary", font=font(9))
        add_tooltip(self.note, WHY_NOTE)

        pad = context.theme.px(6)
        self._controls.grid(row=0, column=0, sticky="ew")
        self._words.grid(row=1, column=0, sticky="ew", pady=(pad, pad))
        self.stage.grid(row=2, column=0, sticky="nsew")
        self.note.grid(row=3, column=0, sticky="w", pady=(pad, 0))
        self.rowconfigure(2, weight=1)
        self.columnconfigure(0, weight=1)

        self.bind("<Map>", lambda event: self._come() if event.widget is self else None)
        self.bind("<Unmap>", lambda event: self.stop() if event.widget is self else None)
        unsubscribe = context.state.subscribe(lambda state: self._refresh())

        def gone(event: tk.Event) -> None:
            if event.widget is self:
                self._clock.stop()
                unsubscribe()

        self.bind("<Destroy>", gone, "+")
        self._enable(False)

    # ---- building ------------------------------------------------------------------------------

    def _build_controls(self) -> None:
        context, px = self._context, self._context.theme.px
        row = self._controls = Frame(self)
        self.play_button = Button(row, text="Play", width=6, command=self.toggle)
        add_tooltip(self.play_button, "Play the training, or pause it (space on the bar).")
        self.scrub = ScrubBar(
            row,
            context.theme,
            steps=2,
            on_change=self._scrub,
            on_press=self.stop,
            on_release=lambda: None,
        )
        add_tooltip(
            self.scrub,
            "The snapshots of the training, from before its first step to its end; denser early "
            "on, where most happens. Drag, or use the arrow keys; space plays.",
            PATIENT_TOOLTIP_DELAY_MS,
        )
        self.scrub.bind("<space>", self._space)
        self.loop_box = Checkbutton(row, text="Loop", variable=self._loop, command=self._replay)
        add_tooltip(self.loop_box, "Begin again after the last snapshot.")
        self.export_button = Button(row, text="Export GIF…", command=self.export)
        add_tooltip(
            self.export_button,
            "Saves digit, sweep and map of every snapshot as an animation, with the epoch and what "
            "it came to below.",
        )
        self.play_button.grid(row=0, column=0, padx=(0, px(6)))
        self.scrub.grid(row=0, column=1, sticky="ew")
        self.loop_box.grid(row=0, column=2, padx=px(8))
        self.export_button.grid(row=0, column=3)
        row.columnconfigure(1, weight=1)

    def _build_words(self) -> None:
        px = self._context.theme.px
        row = self._words = Frame(self)
        self.epoch_label = Label(row, text="", font=font(12, bold=True))
        self.loss_label = Label(row, text="", bootstyle="secondary")
        choice = Frame(row)
        self.kind_box = Combobox(choice, state="readonly", width=14)
        self._axes = Frame(choice)
        self.axis_boxes = [Combobox(self._axes, state="readonly", width=4) for _ in range(2)]
        self.epoch_label.pack(side="left")
        self.loss_label.pack(side="left", padx=(px(12), 0))
        choice.pack(side="right")
        Label(choice, text="Map").pack(side="left")
        self.kind_box.pack(side="left", padx=(px(6), 0))
        for box in self.axis_boxes:
            box.pack(side="left", padx=(px(4), 0))
        add_tooltip(
            self.kind_box,
            "The plane that the map shows. It is found in the space of the trained model; earlier "
            "epochs decode the same points.",
        )
        self.kind_box.bind("<<ComboboxSelected>>", self._choose_kind)
        for side, box in enumerate(self.axis_boxes):
            add_tooltip(box, f"The dimension of the map {('across', 'upwards')[side]}.")
            box.bind("<<ComboboxSelected>>", lambda event, side=side: self._choose_axis(side))

    # ---- what the page asks --------------------------------------------------------------------

    @property
    def history(self) -> History | None:
        """The snapshots; None before they are read, and where there are none."""
        return self._history

    @property
    def index(self) -> int:
        """The snapshot that was gone to."""
        return self._index

    @property
    def playing(self) -> bool:
        """Whether it plays."""
        return self._player.playing

    @property
    def choice(self) -> PlaneChoice:
        """The plane that was asked for."""
        return self._choice

    @property
    def settled(self) -> bool:
        """Whether all that was asked for is shown."""
        if not self.winfo_ismapped():
            return True
        return not (self._later.pending or self._asking.busy or self._player.playing)

    def set_model(self, model: LoadedModel) -> None:
        """Show the training of another model."""
        if self._model is None or self._model.latent_dim != model.latent_dim:
            self._choice = replace(first_choice(model), kind=self._choice.kind)
        self.stop()
        self._asking.drop()
        self._model, self._history, self._loaded, self._position = model, None, False, 1.0
        self._plane = None
        self._enable(False)
        self.epoch_label.configure(text="")
        self.loss_label.configure(text="")
        self.stage.say("Opening the snapshots …")
        self._show_choice()
        self._come()

    def set_encoded(self, model: LoadedModel) -> None:
        """The real digits are encoded, which planes are found among."""
        if self._model is None or self._model.bundle is not model.bundle:
            self.set_model(model)
            return
        self._model = model
        self._show_choice()
        self._find_plane()

    def settings(self) -> dict[str, Any]:
        """For a session file; the epoch as a share of the training, as others have other epochs."""
        position = self._position if self._history is None else self.scrub.position
        return {"position": position, "loop": self._loop.get(), "plane": self._choice.settings()}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        if isinstance(settings.get("loop"), bool):
            self._loop.set(settings["loop"])
        if isinstance(settings.get("plane"), Mapping) and self._model is not None:
            self._choice = self._choice.with_settings(settings["plane"], self._model.latent_dim)
            if self._choice.kind not in KINDS:
                self._choice = self._choice.of_kind(CLASSES)
            self._show_choice()
            self._find_plane()
        position = settings.get("position")
        if is_number(position) and 0 <= position <= 1:
            self.stop()
            self._position = float(position)
            if self._history is not None:
                self.go_to(self._index_at(position))

    def back(self) -> None:
        """Escape: stop playing."""
        self.stop()

    # ---- what is shown -------------------------------------------------------------------------

    def _come(self) -> None:
        """It is looked at: read what is missing, and draw."""
        model = self._model
        if model is None or not self.winfo_ismapped():
            return
        if self._loaded or LOAD in self._asking:
            self._find_plane()
            self._refresh()
            return

        def load(job: Job) -> History | str:
            try:
                history = load_history(model.bundle)
                history.prepare(job.progress)
            except HistoryError as error:
                return str(error)  # nothing has failed: there is none, and it is said why
            return history

        self._asking.ask(
            LOAD,
            "Opening the snapshots",
            load,
            self._take,
            otherwise=lambda: self.stage.say(NOT_OPENED),
        )
        self._find_plane()

    def _take(self, found: History | str) -> None:
        self._loaded = True
        if isinstance(found, str):
            self.stage.say(found)
            return
        self._history = found
        self._curve_tip.configure(text=show_course(self.curve, found))
        self.scrub.set_steps(len(found))
        self._enable(True)
        self.go_to(self._index_at(self._position))

    def _find_plane(self) -> None:
        """Find the plane of the map, at once or in the background."""
        model = self._model
        if model is None or not self.winfo_ismapped():
            return
        choice = offered(self._choice, model)
        if obstacle(choice.kind, model):
            self._plane = None
            self._refresh()
        elif self._plane is None or self._plane.choice != choice:
            if is_quick(choice):
                self._asking.drop(PLANE)
                self._take_plane(find_plane(choice, model))
            else:
                self._asking.ask(
                    PLANE,
                    "Finding the plane",
                    lambda job: find_plane(choice, model),
                    self._take_plane,
                    failed=self._show_dimensions,
                )

    def _show_dimensions(self, error: Exception) -> None:
        """The chosen plane can't be found, say as no dimension is in use: show two of them."""
        self._context.notify(f"No such map: {error}", True)
        self._choice = self._choice.of_kind(AXES)
        self._show_choice()
        self._find_plane()

    def _take_plane(self, plane: ChosenPlane) -> None:
        self._plane = plane
        self._refresh()

    def _refresh(self) -> None:
        """Draw soon; a view that is not seen waits until it is."""
        if self._history is not None and self.winfo_ismapped():
            self._later.request()

    def _draw(self) -> Iterator[None]:
        """Compose the picture of the snapshot for the newest point, in parts, and show it."""
        history, model, state = self._history, self._model, self._context.state
        if history is None or state.latent_dim != model.latent_dim or not self.winfo_ismapped():
            return  # the next model is on its way, or nobody looks
        index, chosen = self._index, self._plane
        z = np.asarray(state.z, np.float64)
        plane = None
        if chosen is not None:
            plane = chosen.plane if chosen.has_place else chosen.plane.through(z)
        scene = Scene.around(z, plane)
        decoder = history.decoder(index)
        self.stage.set_subject(
            decoder.image_shape,
            model.latent_dim,
            "" if chosen is None else _map_title(chosen),
            obstacle(AXES, model),
        )
        layout = self.stage.fit()
        picture = yield from compose(decoder, scene, layout, self.stage.background)
        yield
        if history is self._history and layout.size == (
            self.stage.winfo_width(),
            self.stage.winfo_height(),
        ):
            self.stage.show(picture, layout, scene)
            epoch, loss = epoch_words(history, index, brief=True)
            self.epoch_label.configure(text=epoch.capitalize())
            self.loss_label.configure(text=loss)
            self.curve.mark(float(history.epochs[index]))

    def _show_choice(self) -> None:
        model = self._model
        if model is None:
            return
        choice = offered(self._choice, model)
        kinds = [kind for kind in KINDS if not obstacle(kind, model)]
        self.kind_box.configure(values=[KINDS[kind] for kind in kinds])
        self.kind_box.set(KINDS[choice.kind] if kinds else "")
        names = [name_of(i) for i in range(model.latent_dim)]
        for box, dimension in zip(self.axis_boxes, choice.axes, strict=True):
            box.configure(values=names)
            box.set(name_of(dimension))
        self.kind_box.configure(state="readonly" if len(kinds) > 1 else "disabled")
        if choice.kind == AXES and kinds:
            self._axes.pack(side="left")
        else:
            self._axes.pack_forget()

    def _enable(self, on: bool) -> None:
        for control in (self.play_button, self.export_button, self.loop_box):
            control.configure(state="normal" if on else "disabled")

    # ---- what the person does --------------------------------------------------------------------

    def go_to(self, index: int) -> None:
        """Show a snapshot."""
        last = len(self._history) - 1
        self._index = min(max(index, 0), last)
        self.scrub.set_position(self._index / last if last else 1.0)
        self._refresh()

    def toggle(self) -> None:
        """Play, or pause."""
        if self._player.playing:
            self.stop()
        elif self._history is not None and len(self._history) > 1:
            at_end = self._index == len(self._history) - 1
            self._player.play(
                0.0 if at_end else self.scrub.position,
                SNAPSHOT_S * len(self._history),
                "loop" if self._loop.get() else "once",
            )

    def stop(self) -> None:
        """Pause."""
        self._player.stop()

    def export(self) -> None:
        """Ask for a file and save the training as an animation."""
        if self._history is None:
            return
        chosen, z = self._plane, np.asarray(self._context.state.z, np.float64)
        plane = None
        if chosen is not None:
            plane = chosen.plane if chosen.has_place else chosen.plane.through(z)
        film = HistoryFilm(self._history, Scene.around(z, plane))
        path = self._context.save_path(
            "Export the training", [("GIF animation", "*.gif")], "training.gif"
        )
        if path is None:
            return
        self._context.run_job(
            "export",
            f"Saving {path.name}",
            lambda job: film.write(path, job),
            done=lambda _: self._context.notify(f"Saved {path}", False),
        )

    def _go(self, position: float) -> None:
        """Show the snapshot at a position, 0 to 1, each for an equal share of the way."""
        count = len(self._history)
        index = min(count - 1, int(position * count))
        if index != self._index:
            self.go_to(index)

    def _scrub(self, position: float) -> None:
        if self._history is not None:
            self.stop()
            self.go_to(self._index_at(position))

    def _index_at(self, position: float) -> int:
        """The snapshot nearest to a position of the bar."""
        return round(position * (len(self._history) - 1))

    def _pick(self, epoch: float) -> None:
        if self._history is not None:
            self.stop()
            self.go_to(self._history.nearest(epoch))

    def _space(self, event: tk.Event) -> str:
        self.toggle()
        return "break"

    def _replay(self) -> None:
        """Take over another choice of repetition while it plays."""
        if self._player.playing:
            self.stop()
            self.toggle()

    def _show_playing(self) -> None:
        if self.play_button.winfo_exists():  # it also stops when the window closes
            self.play_button.configure(text="Pause" if self._player.playing else "Play")

    def _choose_kind(self, event: tk.Event) -> None:
        self.kind_box.selection_clear()
        kind = next(kind for kind, text in KINDS.items() if text == self.kind_box.get())
        self._choice = self._choice.of_kind(kind)
        self._show_choice()
        self._find_plane()

    def _choose_axis(self, side: int) -> None:
        box = self.axis_boxes[side]
        box.selection_clear()
        self._choice = self._choice.with_axis(side, box.current())
        self._show_choice()
        self._find_plane()


def _map_title(chosen: ChosenPlane) -> str:
    """What stands above the map."""
    across, upwards = chosen.axis_names
    return f"Map: {across} → {upwards} ↑"
