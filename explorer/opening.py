"""Opening weights: the first ones, others in their place, and newer ones of the same file."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from explorer import theme
from explorer.model import LoadedModel, open_model, survey
from explorer.session import Session
from explorer.weights_watch import WeightsWatch
from explorer.worker import Job

if TYPE_CHECKING:
    from explorer.window import MainWindow

# A dialog or a menu that is open offers points and names of the model that it was opened with: new
# weights wait until it is closed.
ANSWER_POLL_MS = 50
PAGE_PAUSE_MS = 1  # between two pages that are told of newer weights: events are seen to


class Opening:
    """Opens in the worker; the window shows a model when it is sound, and when nobody is asked.

    watch: looks whether the file of the open weights changes.
    """

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._arriving: LoadedModel | None = None  # opened, to be shown when nothing is being asked
        self._renewing = False  # not every page knows yet of the newer weights
        self.watch = WeightsWatch(
            window.root,
            window.jobs.run,
            on_change=self._has_changed,
            notify=window.notify,
            cancel=window.worker.cancel,
        )

    @property
    def settled(self) -> bool:
        """Whether what was opened is shown."""
        return self._arriving is None and not self._renewing

    def open_first(
        self, path: Path, then: Session | None, failed: Callable[[str], None] | None
    ) -> None:
        """Open the weights that the program starts with; then the session.

        failed(message): they can't be used; without it a dialog says so.
        """
        window = self._window

        def show(begun: LoadedModel) -> None:
            def found(model: LoadedModel) -> None:
                # Other weights may have been opened meanwhile.
                if window.model is begun:
                    window.complete(model)
                    if then is not None:
                        window.files.restore_session(then)

            window.begin(begun)
            window.build_rest()
            window.jobs.run(
                "survey",
                "Looking for presets",
                lambda job: survey(begun, job.progress),
                found,
                otherwise=lambda: found(begun),
                quiet=True,
            )

        def report(error: Exception) -> None:
            if failed is not None:
                failed(str(error))
            else:
                self._report(path, error)

        alone = window.alone

        def open_first(job: Job) -> LoadedModel:
            model = open_model(path)
            if alone:
                gc.freeze()
            return model

        window.worker.submit("load", open_first, show, failed=report)

    def open(self, path: Path) -> None:
        """Open other weights; the old model stays until, and unless, the new one is sound.

        The pages keep working with the old model until the new one is complete.
        """
        # A kind of its own, so that weights that fail to open do not drop the first ones.
        self._window.jobs.run(
            "open",
            f"Opening {path.name}",
            lambda job: survey(open_model(path), job.progress),
            lambda model: self._show_soon(model, self._replace),
            failed=lambda error: self._report(path, error),
            quiet=True,
        )

    def _report(self, path: Path, error: Exception) -> None:
        window = self._window
        if window.model is None:
            window.digit.show_message("No model.\nFile ▸ Open weights…")
            window.notebook.build_rest()
        window.notify(f"Not opened: {path.name}", True)
        theme.show_error(window.root, "The weights can't be used", str(error))

    def _has_changed(self, model: LoadedModel) -> None:
        """The open file holds newer weights; others that were asked for come before them."""
        waiting = self._arriving
        if waiting is None or waiting.bundle.path == model.bundle.path:
            self._show_soon(model, self._renew)

    def _show_soon(self, model: LoadedModel, show: Callable[[LoadedModel], None]) -> None:
        """Show a model when it interrupts nothing; still newer weights take its place."""
        self._arriving = model
        self._wait(model, show)

    def _wait(self, model: LoadedModel, show: Callable[[LoadedModel], None]) -> None:
        window = self._window
        if self._arriving is not model:
            return
        # What nobody has asked for waits for the end of a drag or of a glide, too.
        moving = show == self._renew and window.state.open_gesture is not None
        if moving or window.root.tk.call("grab", "current"):
            window.root.after(ANSWER_POLL_MS, self._wait, model, show)
            return
        self._arriving = None
        show(model)

    def _replace(self, model: LoadedModel) -> None:
        self._window.begin(model)
        self._window.complete(model)

    def _renew(self, model: LoadedModel) -> None:
        """Take over newer weights: where the sizes are the same, the person stays in place."""
        window = self._window
        if model.decoder.image_shape != window.model.decoder.image_shape or (
            model.latent_dim != window.model.latent_dim
        ):
            self._replace(model)
            window.notify(f"{model.bundle.path.name} has changed, and its sizes, too: opened anew.")
            return
        self._renewing = True
        window.renew(model)
        self.watch.watch(model.bundle.path, model.bundle.sha256)
        # The page that is looked at comes first.
        front = window.notebook.front
        self._tell_pages(model, [front, *(name for name in window.pages if name != front)])

    def _tell_pages(self, model: LoadedModel, names: list[str]) -> None:
        """Tell the pages one after the other; what they were set to stays."""
        window = self._window
        if window.model is not model:  # still newer weights have come, or others
            self._renewing = False
            return
        page = window.notebook.page(names[0])
        settings = page.settings()
        page.set_model(model)
        if page.settings() != settings:
            page.apply_settings(settings)
        if names[1:]:
            window.root.after(PAGE_PAUSE_MS, self._tell_pages, model, names[1:])
            return
        self._renewing = False
        window.learn(model)
        window.notify(_news(model))


def _news(model: LoadedModel) -> str:
    """What is said of weights that have changed."""
    epochs = (model.record or {}).get("epochs", ())
    reached = f", epoch {len(epochs)}" if epochs else ""
    return f"Reloaded {model.bundle.path.name}{reached}."
