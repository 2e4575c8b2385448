"""The views of a page: a row of names, and one of them in front, built when it is first shown."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from explorer.theme import Frame, Radiobutton, Theme, add_tooltip

PACKAGE = "explorer.views"
LEAST = 2  # pixels that the views ask for together


class ViewBook(Frame):
    """A choice of views. The view `two_models` is the class `TwoModelsView` of its own module.

    titles: what each view is called, by its name; the first is in front at the beginning. tips:
    what the tooltip of each says. handed: what every view is built with, after its parent.

    A view is a Frame with `set_model(model)`. If it has `set_encoded(model)`, `settings()` and
    `apply_settings(settings)`, `settled` or `back()`, they mean what they mean for a page. A view
    that is built later is told what it has missed.

    buttons: the choices by name; views: what is built, by name.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        titles: Mapping[str, str],
        tips: Mapping[str, str],
        *handed: Any,
    ) -> None:
        super().__init__(parent)
        self._handed = handed
        self._model: Any = None
        self._encoded: Any = None
        self._settings: dict[str, Mapping[str, Any]] = {}  # of views that are not built
        self._chosen = tk.StringVar(self, next(iter(titles)))
        self._row, self._stack = Frame(self), Frame(self)
        # Tk leaves a view unmapped that comes back and asks for one pixel, as a canvas does.
        self._stack.rowconfigure(0, weight=1, minsize=LEAST)
        self._stack.columnconfigure(0, weight=1, minsize=LEAST)
        self.views: dict[str, Any] = {}
        self.buttons: dict[str, Radiobutton] = {}
        for name, title in titles.items():
            button = Radiobutton(
                self._row, text=title, value=name, variable=self._chosen, command=self._show
            )
            button.pack(side="left", padx=(0, theme.px(14)))
            add_tooltip(button, tips[name])
            self.buttons[name] = button
        self._row.grid(row=0, column=0, sticky="ew", pady=(0, theme.px(8)))
        self._stack.grid(row=1, column=0, sticky="nsew")
        self.rowconfigure(1, weight=1)
        self.columnconfigure(0, weight=1)
        # The page is built long before it is looked at, and its view takes time to build.
        self.bind("<Map>", lambda event: self._show())

    @property
    def front(self) -> str:
        """The name of the view that is chosen."""
        return self._chosen.get()

    def view(self, name: str) -> Any:
        """A view, built now if it is not yet."""
        if name not in self.views:
            words = "".join(part.capitalize() for part in name.split("_"))
            maker = getattr(import_module(f"{PACKAGE}.{name}"), f"{words}View")
            view = self.views[name] = maker(self._stack, *self._handed)
            if self._model is not None:
                view.set_model(self._model)
            if self._encoded is not None and hasattr(view, "set_encoded"):
                view.set_encoded(self._encoded)
            if name in self._settings:
                view.apply_settings(self._settings.pop(name))
        return self.views[name]

    def show(self, name: str) -> None:
        """Bring a view to the front."""
        self._chosen.set(name)
        self._show()

    def _show(self) -> None:
        if not self.winfo_ismapped():
            return
        shown = self.view(self.front)
        for view in self.views.values():
            if view is not shown:
                view.grid_remove()
        shown.grid(row=0, column=0, sticky="nsew")

    # ---- what every page offers ----------------------------------------------------------------

    def set_model(self, model: Any) -> None:
        """Tell the views of another model."""
        self._model, self._encoded = model, None
        for view in self.views.values():
            view.set_model(model)

    def set_encoded(self, model: Any) -> None:
        """Tell the views of the same model, now with the real digits encoded."""
        self._model = self._encoded = model
        for view in self.views.values():
            if hasattr(view, "set_encoded"):
                view.set_encoded(model)

    def settings(self) -> dict[str, Any]:
        """What a session keeps: the view in front, and the settings of all."""
        known = {
            name: view.settings() for name, view in self.views.items() if hasattr(view, "settings")
        }
        return {"view": self.front, "views": {**self._settings, **known}}

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session; what does not fit is left as it is."""
        views = settings.get("views")
        for name, kept in views.items() if isinstance(views, Mapping) else ():
            if name not in self.buttons or not isinstance(kept, Mapping):
                continue
            if name not in self.views:
                self._settings[name] = kept
            elif hasattr(self.views[name], "apply_settings"):
                self.views[name].apply_settings(kept)
        name = settings.get("view")
        if isinstance(name, str) and name in self.buttons:
            self.show(name)

    @property
    def settled(self) -> bool:
        """Whether the view in front is built, and shows all that was asked for."""
        if not self.winfo_ismapped():
            return True
        view = self.views.get(self.front)
        return view is not None and getattr(view, "settled", True)

    def back(self) -> None:
        """Escape: the view in front goes back within itself, if it can."""
        view = self.views.get(self.front)
        if hasattr(view, "back"):
            view.back()
