"""The notebook of pages: its tabs are there at once, the pages themselves when there is time.

Loading and building all of them takes longer than everything else before the window is on the
screen, and nobody sees more than one.
"""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from explorer.context import Context
from explorer.theme import Frame, Notebook, font, set_tabs
from explorer.worker import Job

# Between two pages: the digit is drawn and events are seen to. A page takes up to 30 ms to build.
PAUSE_MS = 1
# Points, and pixels at 96 dpi beside each word: the first that leaves room for all of them.
TAB_SIZES = ((10, 6), (10, 4), (9, 4), (9, 3), (8, 2))
TAB_FRAME = 6  # pixels that a tab is wider than its word and the padding on both sides


class PageBook(Notebook):
    """Tabs with a page each. The page called `map` is the class `MapPage` of `explorer.pages.map`.

    on_turn(): another page is in front. `build_rest` is to be called when the window has nothing
    better to do; a page that is needed before that is built when it is.
    """

    def __init__(
        self,
        parent: tk.Misc,
        context: Context,
        names: Iterable[str],
        front: str,
        on_turn: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._built: dict[str, Any] = {}
        self._holders = {name: Frame(self) for name in names}
        self._timer: str | None = None
        self._closed = False
        self._words: dict[int, int] = {}  # width of all words together, by points
        self._size: tuple[int, int] | None = None
        for name, holder in self._holders.items():
            holder.rowconfigure(0, weight=1)
            holder.columnconfigure(0, weight=1)
            self.add(holder, text=name.capitalize())
        self.show(front)
        self.page(front)
        self.bind("<Configure>", lambda event: self._fit_tabs(event.width))
        context.theme.subscribe(self, lambda palette: self._restyle_tabs())
        self.bind("<<NotebookTabChanged>>", lambda event: self._turned(on_turn))

    @property
    def pages(self) -> dict[str, Any]:
        """The pages that are built, by name, in the order of the tabs."""
        return {name: self._built[name] for name in self._holders if name in self._built}

    @property
    def complete(self) -> bool:
        """Whether every page is built."""
        return len(self._built) == len(self._holders)

    @property
    def front(self) -> str:
        """The name of the page that is seen."""
        return tuple(self._holders)[self.index("current")]

    def page(self, name: str) -> Any:
        """A page, built now if it is not yet."""
        if name not in self._built:
            module = import_module(_module(name))
            page = getattr(module, f"{name.capitalize()}Page")(self._holders[name], self._context)
            page.grid(row=0, column=0, sticky="nsew")
            self._built[name] = page
        return self._built[name]

    def build_rest(self) -> None:
        """Build the pages that are missing, one at a time.

        The worker loads their modules first, each of which would hold the window up by as much as
        70 ms.
        """
        modules = [_module(name) for name in self._holders if name not in self._built]

        def load(job: Job) -> None:
            for done, module in enumerate(modules):
                job.progress(done / len(modules))
                import_module(module)

        self._context.run_job(
            "pages",
            "Loading the pages",
            load,
            lambda _: self._build_next(),
            otherwise=self._build_next,
            quiet=True,
        )

    def _build_next(self) -> None:
        if self._closed or self._timer is not None:
            return
        self._build_missing()

    def _build_missing(self) -> None:
        missing = next((name for name in self._holders if name not in self._built), None)
        if missing is None:
            self._timer = None
            return
        self.page(missing)
        self._timer = self.after(PAUSE_MS, self._build_missing)

    def show(self, name: str) -> None:
        """Bring a page to the front."""
        self.select(self._holders[name])

    def turn(self, step: int) -> None:
        """Bring the next page to the front, or the one before."""
        names = tuple(self._holders)
        self.show(names[(names.index(self.front) + step) % len(names)])

    def destroy(self) -> None:
        """Build nothing any more."""
        self._closed = True
        if self._timer is not None:
            self.after_cancel(self._timer)
        super().destroy()

    def _fit_tabs(self, width: int) -> None:
        """Write the tabs as large as the notebook's width allows; Tk would cut their words."""
        px, count = self._context.theme.px, len(self._holders)
        for points, padding in TAB_SIZES:
            if points not in self._words:
                written = tkfont.Font(self, font=font(points))
                self._words[points] = sum(written.measure(n.capitalize()) for n in self._holders)
            if self._words[points] + count * (2 * px(padding) + px(TAB_FRAME)) <= width:
                break
        if self._size != (points, padding):
            self._size = (points, padding)
            self._restyle_tabs()

    def _restyle_tabs(self) -> None:
        if self._size is not None:
            points, padding = self._size
            set_tabs(self, points, self._context.theme.px(padding))

    def _turned(self, on_turn: Callable[[], None]) -> None:
        self.page(self.front)
        on_turn()


def _module(name: str) -> str:
    """Of a page."""
    return f"explorer.pages.{name}"
