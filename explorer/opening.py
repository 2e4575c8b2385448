"""Opening weights: the first ones, others in their place, and newer ones of the same file."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer import theme
from explorer.model import LoadedModel, learn_statistics, open_model, survey
from explorer.page_names import PAGES
from explorer.session import Session
from explorer.shipped import is_shipped, known_as
from explorer.weights_files import absolute
from explorer.weights_watch import WeightsWatch
from explorer.worker import Job

if TYPE_CHECKING:
    from explorer.window import MainWindow

# A dialog or a menu that is open offers points and names of the model that it was opened with: new
# weights wait until it is closed.
ANSWER_POLL_MS = 50
PAGE_PAUSE_MS = 1  # between two pages that are told of a model: events are seen to


class Opening:
    """Opens in the worker; the window shows a model when it is sound, and when nobody is asked.

    watch: looks whether the file of the open weights changes.
    """

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._arriving: LoadedModel | None = None  # opened, to be shown when nothing is being asked
        self._telling: Iterator[str] | None = None  # the pages that do not know of the model yet
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
        return self._arriving is None and self._telling is None

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
                    self._tell_pages(lambda page: page.set_model(model), lambda: told(model))

            def told(model: LoadedModel) -> None:
                self._learn(model)
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
            f"Opening {known_as(path)}",
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
        name = known_as(path) if is_shipped(absolute(path)) else path.name
        window.notify(f"Not opened: {name}", True)
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
        window, old = self._window, self._window.model
        # Of the models that come with the program, one wants to see what each makes of the same z.
        path = absolute(model.bundle.path)
        stay = old is not None and is_shipped(path) and old.latent_dim == model.latent_dim
        window.begin(model, keep_point=stay)
        window.complete(model)
        if stay:
            window.notify(f"{known_as(path)}, at the same z.")
        told = []
        if old is None or _sizes(old) != _sizes(model):
            # The point has other dimensions by now: no page may draw it by the old decoder.
            told = list(window.pages.values())
            for page in told:
                page.set_model(model)

        def tell(page: Any) -> None:
            if page not in told:
                page.set_model(model)

        self._tell_pages(tell, lambda: self._learn(model))

    def _renew(self, model: LoadedModel) -> None:
        """Take over newer weights: where the sizes are the same, the person stays in place."""
        window = self._window
        if _sizes(model) != _sizes(window.model):
            self._replace(model)
            window.notify(f"{model.bundle.path.name} has changed, and its sizes, too: opened anew.")
            return

        def tell(page: Any) -> None:
            """What the page was set to stays."""
            settings = page.settings()
            page.set_model(model)
            if page.settings() != settings:
                page.apply_settings(settings)

        def told() -> None:
            self._learn(model)
            window.notify(_news(model))

        window.renew(model)
        self.watch.watch(model.bundle.path, model.bundle.sha256)
        self._tell_pages(tell, told)

    def _learn(self, model: LoadedModel) -> None:
        """Encode the real digits, for the gauges and the pages."""
        window = self._window

        def learned(known: LoadedModel) -> None:
            # Other weights may have been opened meanwhile.
            if window.model is model:
                window.learn(known)
                self._tell_pages(tell, lambda: None)

        def tell(page: Any) -> None:
            if hasattr(page, "set_encoded"):
                page.set_encoded(window.model)

        window.jobs.run(
            "statistics",
            "Encoding real images",
            lambda job: learn_statistics(model, job.progress),
            learned,
            # Without the real images the gauges say so, and still judge the radius.
            otherwise=lambda: learned(model),
            quiet=True,
        )

    def _tell_pages(self, tell: Callable[[Any], None], then: Callable[[], None]) -> None:
        """Tell one page after the other; whatever they are being told of an older model ends.

        Of all pages at once the window would be held up for as long as all of them take. The one
        that is looked at comes first.
        """
        window, front = self._window, self._window.notebook.front
        names = iter([front, *(name for name in PAGES if name != front)])

        def tell_next() -> None:
            if self._telling is not names:
                return
            name = next(names, None)
            if name is None:
                self._telling = None
                then()
                return
            # If a page fails, the error is shown, and the others still know.
            window.root.after(PAGE_PAUSE_MS, tell_next)
            tell(window.notebook.page(name))

        self._telling = names
        tell_next()


def _sizes(model: LoadedModel) -> tuple[int, tuple[int, ...]]:
    """What the pages are laid out for: latent dimensions, and the shape of an image."""
    return model.latent_dim, tuple(model.decoder.image_shape)


def _news(model: LoadedModel) -> str:
    """What is said of weights that have changed."""
    epochs = (model.record or {}).get("epochs", ())
    reached = f", epoch {len(epochs)}" if epochs else ""
    return f"Reloaded {model.bundle.path.name}{reached}."
