"""Training a model from the window: chosen in a form, followed live, stopped and continued."""

from __future__ import annotations

import math
import os
import tkinter as tk
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from explorer import theme as look
from explorer.asking import Asking
from explorer.context import Context
from explorer.coverage_words import coverage_words, has_collapsed
from explorer.history_film import Scene
from explorer.loss_curves import BALANCE
from explorer.model import LoadedModel
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Button,
    Frame,
    Label,
    Palette,
    Progressbar,
    add_tooltip,
    font,
)
from explorer.training_run import (
    FAILED,
    FINISHED,
    PROGRAM,
    RunState,
    TrainingRun,
    TrainingSettings,
)
from explorer.training_words import detail, headline
from explorer.userdata import user_folder
from explorer.widgets.epoch_curves import COVERAGE_HEADING, GAME_HEADING, EpochCurves
from explorer.widgets.live_sweep import LiveSweep
from explorer.widgets.training_form import TrainingForm, kept_settings, sound_settings
from explorer.worker import Job
from vae.run_files import DECODER, LATEST, results_in

POLL_MS = 100  # between two looks at what the training says; it speaks four times a second
SNAPSHOT = "training snapshot"
FOLDER = "trainings"  # in the person's folder
DETAIL_WIDTH = 270  # pixels at 96 dpi
LEAST = 2  # pixels: Tk leaves a canvas unmapped that comes back and asks for one
# Shares of the height: the curve, the game, the sweep.
VAE_WEIGHTS, GAN_WEIGHTS = (1, 0, 1), (3, 3, 4)
IDLE_CURVE = "The losses appear here, epoch by epoch."
IDLE_COVERAGE = "The classes that the generator draws appear here, epoch by epoch."
IDLE_GAME = "The losses of both players appear here."
LOSS_TIP = (
    "Squared error + KL divergence of the training and the test images, whatever is minimised, so "
    "that trainings can be compared."
)
COVERAGE_TIP = (
    "How many classes 2,000 samples are of, as the classifier sees them, and as how many even "
    "ones. What is lacking is filled: where that opens up, the generator collapses to a few kinds "
    "of images."
)
GAME_TIP = (
    "The losses of a game do not fall as a loss does: each is against an opponent that learns, "
    "too. Where the discriminator can't tell any more, they lie on the dotted lines: log 2 is what "
    "a guess at one to one costs."
)
IDLE_SWEEP = (
    "A sweep of every dimension appears here a few seconds after the start, and then every few "
    "seconds. The window stays usable; the trained model opens by itself."
)


class TrainView(Frame):
    """The form at the left; the training that runs, or the last one, at the right."""

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        super().__init__(parent)
        self._context = context
        self._run: TrainingRun | None = None
        self._timer: str | None = None
        self._shown_snapshot = self._shown_epochs = 0  # of the run: how many of each
        self._plots_of = ""  # the family that there is room for
        self._asking = Asking(context)
        px = context.theme.px

        first = TrainingSettings(out=Path())
        self.form = TrainingForm(
            self,
            context.theme,
            settings=replace(first, out=fresh_folder(first)),
            fresh_folder=fresh_folder,
            on_change=self._offer,
        )
        self._build_buttons()
        self._build_progress()
        self.form.grid(row=0, column=0, sticky="new")
        self._buttons.grid(row=1, column=0, sticky="ew", pady=(px(8), px(10)))
        self._words.grid(row=2, column=0, sticky="new")
        self._plots.grid(row=0, column=1, rowspan=3, sticky="nsew", padx=(px(16), 0))
        self.rowconfigure(2, weight=1)
        self.columnconfigure(1, weight=1)

        context.guard_close(self._may_close)
        context.on_close(self._close)
        context.theme.subscribe(self, self._on_theme)
        self.bind("<Destroy>", self._destroyed, "+")
        self._offer()

    # ---- building ------------------------------------------------------------------------------

    def _build_buttons(self) -> None:
        px = self._context.theme.px
        row = self._buttons = Frame(self)
        self.start_button = Button(row, text="Train", bootstyle="primary", command=self.start)
        self.stop_button = Button(row, text="Stop", width=8, command=self.stop)
        self.continue_button = Button(row, text="Continue", command=self.resume)
        for column, button in enumerate(
            (self.start_button, self.stop_button, self.continue_button)
        ):
            button.grid(row=0, column=column, sticky="ew", padx=(px(6) if column else 0, 0))
            row.columnconfigure(column, weight=1)
        add_tooltip(
            self.start_button,
            "Starts train.py beside the window. It is checked first whether everything is there.",
        )
        add_tooltip(
            self.stop_button,
            "Stops after the step that is under way and keeps a checkpoint, from which Continue "
            "goes on as if nothing had happened. A second press ends it at once.",
        )
        add_tooltip(
            self.continue_button,
            "Goes on from the checkpoint in the results' folder, with the same settings.",
        )

    def _build_progress(self) -> None:
        theme, px = self._context.theme, self._context.theme.px
        words, plots = self._words, self._plots = Frame(self), Frame(self)
        self.headline = Label(words, text="No training yet", font=font(12, bold=True))
        self.bar = Progressbar(words, maximum=1.0, mode="determinate")
        self.detail = Label(
            words,
            text="",
            justify="left",
            anchor="nw",
            font=font(9),
            wraplength=px(DETAIL_WIDTH),
        )
        self.covered = Label(
            words, text="", justify="left", font=font(9, bold=True), wraplength=px(DETAIL_WIDTH)
        )
        self.curve = EpochCurves(plots, theme, heading="Loss per image")
        self._curve_tip = add_tooltip(self.curve, LOSS_TIP, PATIENT_TOOLTIP_DELAY_MS)
        self.game = EpochCurves(plots, theme, heading=GAME_HEADING)
        add_tooltip(self.game, GAME_TIP, PATIENT_TOOLTIP_DELAY_MS)
        self.sweep = LiveSweep(plots, theme, heading="Every dimension, around the middle")
        self.sweep.say(IDLE_SWEEP)
        add_tooltip(
            self.sweep,
            "The newest snapshot of the training: each row varies one dimension from -3 to 3, the "
            "others are 0. At first all rows are alike; then dimensions find their meaning.",
            PATIENT_TOOLTIP_DELAY_MS,
        )
        self.headline.grid(row=0, column=0, sticky="w")
        self.bar.grid(row=1, column=0, sticky="ew", pady=px(4))
        self.covered.grid(row=2, column=0, sticky="ew")
        self.detail.grid(row=3, column=0, sticky="ew")
        words.columnconfigure(0, weight=1)
        self.curve.grid(row=0, column=0, sticky="nsew", pady=(0, px(10)))
        self.game.grid(row=1, column=0, sticky="nsew", pady=(0, px(10)))
        self.sweep.grid(row=2, column=0, sticky="nsew")
        plots.columnconfigure(0, weight=1)

    # ---- what the page asks --------------------------------------------------------------------

    @property
    def run(self) -> TrainingRun | None:
        """The training that runs, or the last one."""
        return self._run

    @property
    def running(self) -> bool:
        """Whether a training runs."""
        return self._run is not None and not self._run.state.ended

    @property
    def settled(self) -> bool:
        """Whether nothing is waited for; a training that runs is not waited for."""
        return not self._asking.busy

    def set_model(self, model: LoadedModel) -> None:
        """The window shows another model, which a training has nothing to do with."""

    def settings(self) -> dict[str, Any]:
        """For a session file."""
        return kept_settings(self.form.settings)

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        if not self.running:
            self.form.show(replace(self.form.settings, **sound_settings(settings)))
            self.form.use_fresh_folder()

    # ---- commands ------------------------------------------------------------------------------

    def start(self) -> None:
        """Check what is chosen, ask before anything is replaced, and train."""
        if self.running or not self.form.check():
            return
        settings = self.form.settings
        if self._may_write_to(settings):
            self._begin(settings, resume=False)

    def resume(self) -> None:
        """Go on from the checkpoint in the results' folder."""
        if not self.running and self.form.check():
            self._begin(self.form.settings, resume=True)

    def stop(self) -> None:
        """Stop the training and keep what was reached; the second time, end it at once."""
        if not self.running:
            return
        if self._run.state.stopping:
            self._run.kill()
        else:
            self._run.stop()
        self._show()

    def _may_write_to(self, settings: TrainingSettings) -> bool:
        """Whether a folder is free, or the person lets its content be replaced."""
        out = settings.out.resolve()
        if out == PROGRAM.parent:
            reason = "This is the program's own folder: the model it starts with would be replaced."
        elif results_in(out):
            reason = f"There is a trained model in {out}. It would be replaced."
        elif os.path.exists(settings.checkpoint):
            reason = (
                f"A training in {out} was interrupted and can be continued. Its checkpoint would "
                "be replaced."
            )
        else:
            return True
        return look.ask_choice(self.winfo_toplevel(), "Train into this folder?", reason, "Replace")

    def _begin(self, settings: TrainingSettings, resume: bool) -> None:
        self._clear_plots(settings)
        self._asking.drop()
        self._shown_snapshot = self._shown_epochs = 0
        try:
            self._run = TrainingRun(settings, resume=resume)
        except OSError as error:
            self._context.notify("The training can't be started.", True)
            self.headline.configure(text="The training can't be started")
            self.sweep.say(str(error))
            return
        self._show()
        self._look_again()

    def _clear_plots(self, settings: TrainingSettings) -> None:
        """Make room for what tells of a family."""
        is_gan = settings.family == "gan"
        if is_gan:
            self.curve.clear(IDLE_COVERAGE, COVERAGE_HEADING)
        else:
            self.curve.clear(IDLE_CURVE)
        self._curve_tip.configure(text=COVERAGE_TIP if is_gan else LOSS_TIP)
        self.game.clear(IDLE_GAME)
        self.sweep.say(IDLE_SWEEP)
        self.covered.configure(text="")
        (self.game.grid if is_gan else self.game.grid_remove)()
        self._plots_of = settings.family
        for row, weight in enumerate(GAN_WEIGHTS if is_gan else VAE_WEIGHTS):
            # Else a row keeps the group's share of the room with nothing in it.
            group, least = ("plots", LEAST) if weight else ("", 0)
            self._plots.rowconfigure(row, weight=weight, uniform=group, minsize=least)

    # ---- following -----------------------------------------------------------------------------

    def _look_again(self) -> None:
        self._timer = self.after(POLL_MS, self._look)

    def _look(self) -> None:
        """Take in what the training has said."""
        self._timer = None
        changed = self._run.poll()
        if self.running:
            self._look_again()
        if changed:
            self._show()
            if self._run.state.ended:
                self._ended()

    def _show(self) -> None:
        """Show how far the training is."""
        run = self._run
        state = run.state
        self.form.enable(not self.running)
        self._offer()
        self.headline.configure(text=headline(run))
        self.detail.configure(text=detail(run))
        self._show_bar(state)
        if len(state.curve_epochs) != self._shown_epochs:
            self._shown_epochs = len(state.curve_epochs)
            if run.settings.family == "gan":
                self._show_game(run)
            else:
                self.curve.show(
                    state.curve_epochs, state.train_losses, state.test_losses, (0, state.epochs)
                )
            self.curve.mark(float(state.curve_epochs[-1]))
        if state.snapshots != self._shown_snapshot and not state.ended:
            self._shown_snapshot = state.snapshots
            self._read_snapshot(run.settings.out / LATEST / DECODER)

    def _show_game(self, run: TrainingRun) -> None:
        """Show what tells of a GAN: the classes that it draws, and below the game."""
        state, knots = run.state, (0, run.state.epochs)
        self.curve.show_coverage(
            state.curve_epochs,
            [math.nan if one is None else one.classes for one in state.coverages],
            [math.nan if one is None else one.effective_classes for one in state.coverages],
            state.n_classes,
            knots,
        )
        self.game.show_game(
            state.curve_epochs,
            state.generator_losses,
            state.discriminator_losses,
            BALANCE.get(run.settings.gan_loss, {}),
            knots,
        )
        self.game.mark(float(state.curve_epochs[-1]))
        self._say_covered()

    def _say_covered(self) -> None:
        """Say how many classes are covered, and whether it has collapsed."""
        state = self._run.state
        if not state.coverages or state.coverages[-1] is None:
            self.covered.configure(text="")
            return
        last, palette = state.coverages[-1], self._context.theme.palette
        collapsed = has_collapsed(last, state.n_classes)
        text = coverage_words(last, state.n_classes)
        self.covered.configure(
            text=f"Collapsed: {text}" if collapsed else text,
            foreground=palette.warning if collapsed else palette.foreground,
        )

    def _show_bar(self, state: RunState) -> None:
        known = state.ended or state.stage in ("training", "classifier", "encoder")
        if not known:
            if str(self.bar.cget("mode")) != "indeterminate":
                self.bar.configure(mode="indeterminate")
                self.bar.start()
            return
        if str(self.bar.cget("mode")) == "indeterminate":
            self.bar.stop()
            self.bar.configure(mode="determinate")
        share = state.share if state.stage == "training" else state.stage_share
        if state.what == FINISHED:
            share = 1.0
        self.bar.configure(value=share)

    def _read_snapshot(self, path: Path) -> None:
        def read(job: Job) -> tuple[np.ndarray, int] | None:
            from vae.decoding import FoldedDecoder
            from vae.weights import WeightsError, load_decoder

            try:
                state = load_decoder(path).state_dict()
                decoder = FoldedDecoder.from_state_dict(
                    {key: tensor.numpy() for key, tensor in state.items()}
                )
            except (WeightsError, ValueError):
                return None  # it has ended since, or diverges, which the training itself tells
            scene = Scene.around(np.zeros(decoder.latent_dim), None)
            points = scene.sweep.reshape(-1, decoder.latent_dim)
            return decoder.decode_uint8(points), decoder.latent_dim

        self._asking.ask(SNAPSHOT, "Reading the snapshot", read, self._show_snapshot)

    def _show_snapshot(self, found: tuple[np.ndarray, int] | None) -> None:
        if found is not None:
            self.sweep.show(*found)

    def _ended(self) -> None:
        """Open what has come of it, or say what has happened."""
        state = self._run.state
        if state.what == FINISHED:
            self._read_snapshot(state.result)
            self._context.notify(f"Trained: {state.result}", False)
            self._context.open_weights(state.result)
            self.form.use_fresh_folder()
        elif state.what == FAILED:
            self._asking.drop()
            self.sweep.say(state.message)
            self._context.notify("The training has failed.", True)
        else:
            self._context.notify("The training was stopped.", False)

    def _offer(self) -> None:
        """Enable what can be done now; before a first training, make room for what would come."""
        running = self.running
        if self._run is None and self._plots_of != self.form.settings.family:
            self._clear_plots(self.form.settings)
        can_continue = not running and os.path.exists(self.form.settings.checkpoint)
        self.start_button.configure(state="disabled" if running else "normal")
        self.stop_button.configure(state="normal" if running else "disabled")
        stopping = running and self._run.state.stopping
        self.stop_button.configure(text="Stop now" if stopping else "Stop")
        self.continue_button.configure(state="normal" if can_continue else "disabled")

    # ---- the end of the window -------------------------------------------------------------------

    def _may_close(self) -> bool:
        if not self.running:
            return True
        return look.ask_choice(
            self.winfo_toplevel(),
            "A training is running",
            "If the window closes, the training stops. A checkpoint of it is kept, from which it "
            "can be continued.",
            "Stop and close",
        )

    def _close(self) -> None:
        if self.running:
            self._context.root.withdraw()  # what follows may take a moment
            self._run.close()

    def _destroyed(self, event: tk.Event) -> None:
        if event.widget is not self:
            return
        if self._timer is not None:
            self.after_cancel(self._timer)
        if self.running:
            self._run.stop()

    def _on_theme(self, palette: Palette) -> None:
        self.detail.configure(foreground=palette.muted)
        if self._run is not None:
            self._say_covered()


def fresh_folder(settings: TrainingSettings) -> Path:
    """A folder for results in the person's own folder, not there yet."""
    kind = "" if settings.family == "vae" else f"-{settings.family}"
    name = f"{settings.dataset}-{settings.latent_dim}d{kind}"
    folder, number = user_folder() / FOLDER / name, 2
    while os.path.lexists(folder):
        folder, number = user_folder() / FOLDER / f"{name}-{number}", number + 1
    return folder
