"""The Map page: a plane of the latent space, with the point upon it."""

from __future__ import annotations

import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image

from explorer.context import Context, point_sources
from explorer.legend_entries import legend_entries
from explorer.map_dots import MapDots
from explorer.map_layers import DIGITS, MapFields, MapLook
from explorer.map_saving import MapSaving, ShownMap
from explorer.map_selection import select
from explorer.map_study import MapRequest, MapStudy, Scene, missing_layers
from explorer.model import LoadedModel
from explorer.plane_choice import (
    CLASSES,
    KINDS,
    LETTERS,
    NEAR,
    PRINCIPAL,
    ChosenPlane,
    PlaneChoice,
    first_choice,
    is_quick,
    obstacle,
    offered,
)
from explorer.plane_finder import PlaneFinder
from explorer.slice_motion import SliceMotion
from explorer.theme import Frame, Label, Menu, Palette, add_tooltip
from explorer.viewport import EVEN, Viewport
from explorer.widgets.choices import fitted
from explorer.widgets.later import Later
from explorer.widgets.map_actions import MapActions
from explorer.widgets.map_legend import MapLegend
from explorer.widgets.map_options import MapOptions
from explorer.widgets.map_tools import MOVE, OUTLINES, TOOLS
from explorer.widgets.map_view import MapView
from explorer.widgets.plane_options import PlaneOptions
from explorer.widgets.selection_panel import SelectionPanel
from vae.planes import Plane

# The state keeps six decimals, so that a point on the slice may lie so far beside it.
OFF_SLICE = 2e-5
PADDING = 10  # pixels at 96 dpi
WORDS_MS = 60  # between two looks at where the point lies; text is slow to lay out
REACH = 28  # pixels at 96 dpi, around the pointer, in which a real digit is pointed at
WORDS_TIP = (
    "What of the current point the map does not show. It stays as it is while the point is dragged "
    "here: the map is the slice through it."
)
ENCODING = "Encoding the real digits, among which this plane is found …"
FINDING = "Finding the plane …"


class MapPage(Frame):
    """A picture of a plane, on which the point is dragged.

    The plane that is chosen gives the axes; the map shows the slice along them through the current
    point, so that the point is always on the map.
    """

    name = "map"
    title = "Map"

    def __init__(self, parent: tk.Misc, context: Context) -> None:
        super().__init__(parent, padding=context.theme.px(PADDING))
        self._context = context
        self._font = tkfont.nametofont("TkDefaultFont", self)
        self._model: LoadedModel | None = None
        self._awaits_digits = False  # they are being encoded
        self._choice = PlaneChoice()
        self._request = MapRequest()
        self._chosen: ChosenPlane | None = None
        self._slice: Plane | None = None
        self._fields: MapFields | None = None
        self._dots: MapDots | None = None  # of the model's real digits
        self._finder = PlaneFinder(
            context.run_job,
            context.worker.cancel,
            on_found=self._show_plane,
            on_none=self._show_no_plane,
        )
        self._study = MapStudy(
            context.run_job,
            context.worker.cancel,
            after=self.after,
            after_cancel=self.after_cancel,
            on_picture=self._show_picture,
            on_failed=self._tell_failure,
        )
        self._motion = SliceMotion(
            self,
            context.state,
            context.glide,
            shown=lambda: self._slice,
            tell=lambda message: context.notify(message, False),
        )
        self._words = Later(self, WORDS_MS, self._say_where)
        self.saving = MapSaving(self, context, self._shown)
        self._build()
        self.bind("<Map>", self._come)
        self.bind("<Unmap>", self._leave)
        context.theme.subscribe(self, self._on_theme)
        unsubscribe = context.state.subscribe(lambda state: self._moved())

        def destroyed(event: tk.Event) -> None:
            if event.widget is self:
                unsubscribe()
                self._study.pause()

        self.bind("<Destroy>", destroyed, add="+")

    # ---- what the window asks ----------------------------------------------------------------

    def set_model(self, model: LoadedModel) -> None:
        """Show a plane of another model."""
        self._awaits_digits = (
            model.encoded is None and model.bundle.encoder is not None and model.bundle.shows_digits
        )
        self._choice = replace(first_choice(model), kind=self._choice.kind)
        self._take_model(model)
        self._chosen = self._fields = None
        self.map_view.set_viewport(self._fitted(EVEN))
        self.clear_drawings()
        self._show_choice()

    def set_encoded(self, model: LoadedModel) -> None:
        """Take over the real digits: their dots, their planes, and what is typical by them."""
        self._awaits_digits = False
        self._take_model(model)
        self._show_choice()

    def slots(self) -> dict[str, Callable[[Sequence[float], str], None]]:
        """Where a point can be sent, with its name; nowhere before there is a model."""
        if self._model is None or self._model.latent_dim < 2:
            return {}
        return {
            f"point {letter}": lambda z, name, index=index: self._choose(
                self._choice.with_point(index, name, z)
            )
            for index, letter in enumerate(LETTERS)
        }

    def settings(self) -> dict[str, Any]:
        """What a session file keeps."""
        view = self.map_view.viewport
        return {
            "plane": self._choice.settings(),
            "map": self._request.settings(),
            "view": None if view is None else view.settings(),
            "tool": self.actions.tool,
        }

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a session file; what does not fit is left as it is."""
        if self._model is None:
            return
        if isinstance(settings.get("plane"), Mapping):
            self._choice = self._choice.with_settings(settings["plane"], self._model.latent_dim)
        if isinstance(settings.get("map"), Mapping):
            self._request = self._request.with_settings(settings["map"])
        view = self.map_view.viewport
        if view is not None:
            self.map_view.set_viewport(view.with_settings(settings.get("view")))
        if settings.get("tool") in TOOLS:
            self._set_tool(settings["tool"])
        self.clear_drawings()
        self._show_choice()

    def back(self) -> None:
        """Give up a drawing that was begun."""
        self.map_view.give_up_drawing()

    @property
    def settled(self) -> bool:
        """Whether everything that was asked for is drawn, as fine as it gets."""
        return (
            self._study.settled
            and not self._finder.seeking
            and self.map_view.settled
            and not self._words.pending
        )

    # ---- what there is -----------------------------------------------------------------------

    @property
    def choice(self) -> PlaneChoice:
        """The plane that is asked for."""
        return self._choice

    @property
    def chosen(self) -> ChosenPlane | None:
        """The plane that is shown; None where there is none."""
        return self._chosen

    @property
    def slice(self) -> Plane | None:
        """Its parallel through the current point, which the map shows."""
        return self._slice

    @property
    def fields(self) -> MapFields | None:
        """What the picture shows."""
        return self._fields

    @property
    def _fits(self) -> bool:
        """Whether the state has as many dimensions as what is shown; else a model is coming."""
        return (
            self._chosen is not None
            and self._context.state.latent_dim == self._chosen.plane.latent_dim
        )

    # ---- building ----------------------------------------------------------------------------

    def _build(self) -> None:
        context, px = self._context, self._context.theme.px

        def tell(message: str) -> None:
            context.notify(message, True)

        self.plane_options = PlaneOptions(
            self,
            context.theme,
            sources=point_sources(context, lambda: self._model),
            on_change=self._choose,
            on_error=tell,
        )
        self.map_options = MapOptions(
            self,
            context.theme,
            on_change=self._choose_layers,
            on_spacing=self._choose_spacing,
            on_error=tell,
        )
        self.map_view = MapView(
            self,
            context.theme,
            on_press=self._motion.press,
            on_move=self._motion.move,
            on_release=self._motion.release,
            on_step=self._motion.step,
            on_viewport=lambda viewport: self._want(),
            on_fit=self.fit,
            on_hover=self._point_at,
            on_path=self._take_path,
            on_select=self._take_outline,
            on_menu=self._open_menu,
        )
        self.legend = MapLegend(self, context.theme)
        self.selection_panel = SelectionPanel(
            self,
            context.theme,
            on_mean=lambda digits: context.adopt(digits.mean, True),
            on_shelf=lambda digits: context.shelve([digits.mean], [f"mean of {digits.words}"]),
            on_draw=context.draw_real,
            on_clear=self.clear_selection,
            on_example=lambda index: context.adopt(self._model.real_point(index)[1], True),
        )
        # Asks for no width: that of 16 dimensions is not to widen the page.
        self.words = Label(self, bootstyle="secondary", width=1)
        self._words_tip = add_tooltip(self.words, "")
        self.actions = MapActions(
            self,
            context.theme,
            on_tool=self._choose_tool,
            on_save=self.saving.ask,
            on_fit=self.fit,
            on_onto=self.go_onto,
            on_travel=self.travel,
            on_clear=self.clear_path,
        )

        pad = px(6)
        for row, (widget, above) in enumerate(
            (
                (self.plane_options, 0),
                (self.map_options, pad),
                (self.map_view, pad),
                (self.legend, px(2)),
                (self.words, px(2)),
                (self.selection_panel, pad),
                (self.actions, pad),
            )
        ):
            widget.grid(row=row, column=0, sticky="nsew", pady=(above, 0))
        self.selection_panel.grid_remove()
        self.rowconfigure(2, weight=1)
        self.columnconfigure(0, weight=1)

    # ---- the plane ---------------------------------------------------------------------------

    def _take_model(self, model: LoadedModel) -> None:
        self._model = model
        self._finder.forget()
        self._dots = None if model.encoded is None else MapDots(model.encoded)
        self._study.set_model(model)
        reasons = {kind: obstacle(kind, model) for kind in KINDS}
        lacking = missing_layers(model)
        if self._awaits_digits:  # they will be there: what needs them can be asked for
            reasons |= dict.fromkeys((PRINCIPAL, CLASSES), "") if model.latent_dim > 2 else {}
            lacking[DIGITS] = ""
        self.plane_options.offer(model.latent_dim, reasons)
        self.map_options.offer(lacking)
        self.actions.offer_outlines(model.without_statistics)
        if self.actions.tool in OUTLINES and model.encoded is None:
            self._set_tool(MOVE)

    def _choose(self, choice: PlaneChoice) -> None:
        self._choice = choice
        self.clear_drawings()
        self._show_choice()

    def _show_choice(self) -> None:
        """Show the plane that is asked for, or look for it, or say why there is none."""
        model = self._model
        if model is None:
            return
        awaited = self._awaits_digits and self._choice.kind in (PRINCIPAL, CLASSES)
        choice = self._choice if awaited and model.latent_dim > 2 else offered(self._choice, model)
        self.plane_options.show(choice)
        self.map_options.show(self._request, self._spacing)
        if choice.kind in (PRINCIPAL, CLASSES) and model.encoded is None:
            self._finder.stop()
            self._show_no_plane(ENCODING)
        elif self.winfo_ismapped() or is_quick(choice):
            if self._chosen is None:
                self.map_view.show_message(FINDING)
            self._finder.find(choice, model)

    def _show_plane(self, chosen: ChosenPlane) -> None:
        self._chosen = chosen
        if not self._fits:
            return  # the next model is on its way
        self.map_view.show_message("")
        self.map_view.set_axis_names(*chosen.axis_names)
        self._slice = chosen.plane.through(self._context.state.z)
        if self.map_view.viewport is None:
            self.map_view.set_viewport(self._fitted(EVEN))
        self._show_point()
        self._want()
        self._words.request()

    def _show_no_plane(self, reason: str) -> None:
        self._chosen = self._slice = self._fields = None
        self._study.pause()
        self.map_view.set_point(None, None)
        self.map_view.set_marks(())
        self.map_view.show_message(reason)
        self.legend.set_entries(())
        self.words.configure(text="")
        self._offer_actions()

    # ---- the picture -------------------------------------------------------------------------

    @property
    def _spacing(self) -> str:
        view = self.map_view.viewport
        return EVEN if view is None else view.spacing

    @property
    def _look(self) -> MapLook:
        lacking = missing_layers(self._model)
        theme = self._context.theme
        return MapLook(
            frozenset(layer for layer in self._request.layers if not lacking[layer]),
            theme.palette.dark,
            self._model.class_names,
            theme.px(100) / 100,
        )

    def _want(self) -> None:
        """Ask for the picture of what is shown now, if anybody looks."""
        scene = self._scene() if self.winfo_ismapped() else None
        if scene is not None:
            self._study.want(scene)

    def _show_picture(self, picture: Image.Image, scene: Scene, fields: MapFields) -> None:
        if not self._fits or not np.array_equal(scene.plane.axes, self._chosen.plane.axes):
            return
        self._fields = fields
        self.map_view.show_picture(picture, scene.viewport)
        self.legend.set_entries(legend_entries(fields, scene.look))

    def _shown(self) -> ShownMap | None:
        """What can be saved now."""
        scene = self._scene()
        return None if scene is None else ShownMap(scene, self._chosen, self._model)

    def _scene(self) -> Scene | None:
        """What is to be seen; None where there is none, or is about to be laid out."""
        view = self.map_view.viewport
        if not self._fits or view is None or view.size != self.map_view.picture_size:
            return None
        return Scene(self._slice, view, self._request.tiles, self._look)

    def _tell_failure(self, message: str) -> None:
        self._context.notify(message, True)
        if self._fields is None:
            self.map_view.show_message(message)

    def _fitted(self, spacing: str) -> Viewport:
        """All there is to see, with the point and the marks."""
        places = []
        if self._fits:
            places = [self._motion.place, *(place for _, *place in self._chosen.places)]
        size = tuple(max(1, n) for n in self.map_view.picture_size)
        return Viewport.fitted(size, spacing, points=np.array(places).reshape(-1, 2))

    def fit(self) -> None:
        """Show three standard deviations of the prior, and the point, and A, B and C."""
        if self._fits:
            self.map_view.set_viewport(self._fitted(self._spacing))
            self._want()

    def _choose_layers(self, request: MapRequest) -> None:
        self._request = request
        self._want()

    def _choose_spacing(self, spacing: str) -> None:
        view = self.map_view.viewport
        if view is not None:
            self.map_view.set_viewport(view.with_spacing(spacing))
            self._want()

    # ---- the point ---------------------------------------------------------------------------

    def _moved(self) -> None:
        if self._fits and self.winfo_ismapped():
            self._show_point()

    def _show_point(self) -> None:
        """Mark the point; where it has left the slice, show the slice that it is on now."""
        z = np.array(self._context.state.z)
        place = self._slice.coordinates(z)
        self.map_view.set_point(float(place[0]), float(place[1]))
        if np.abs(z - self._slice.points(place)).max() > OFF_SLICE:
            self._slice = self._chosen.plane.through(z)
            self._want()
            self._words.request()

    def _say_where(self) -> Iterator[None]:
        """Say in words what of the point the map does not show."""
        if not self._fits:
            return
        z = self._context.state.z
        words = self._chosen.off_words(z)
        room = self.winfo_width() - 2 * self._context.theme.px(PADDING)
        self.words.configure(text=fitted(words, room, self._font.measure))
        self._words_tip.configure(text=f"{words}\n\n{WORDS_TIP}")
        self.map_view.set_marks(self._chosen.places, faded=self._chosen.distance(z) >= NEAR)
        self._offer_actions()
        yield

    def go_onto(self) -> None:
        """Move the point to the nearest place of the plane that was chosen."""
        if self._fits:
            self._context.adopt(self._chosen.onto(self._context.state.z), True)

    # ---- real digits -------------------------------------------------------------------------

    def _point_at(self, u: float | None, v: float | None) -> None:
        """Show the real digit whose dot is nearest to the pointer."""
        index = None if u is None else self._nearest(u, v)
        if index is None:
            self.map_view.show_thumbnail(None)
        else:
            self.map_view.show_thumbnail(*self._dots.card(index, self._slice))

    def _nearest(self, u: float, v: float) -> int | None:
        """The real digit that is pointed at; None where no dots are shown."""
        if not self._fits or self._dots is None or DIGITS not in self._request.layers:
            return None
        reach = self._context.theme.px(REACH)
        return self._dots.nearest(self._slice, self.map_view.viewport, u, v, reach)

    def _take_outline(self, outline: np.ndarray) -> None:
        """Select the real digits whose dots lie inside."""
        if self._dots is None or not self._fits:
            return
        indices = self._dots.inside(self._slice, outline)
        if not len(indices):
            self._context.notify("There is no real digit in there.", False)
            return
        self.map_view.set_selection(outline)
        self.selection_panel.show(select(indices, self._model.encoded, self._model.decoder))
        self.selection_panel.grid()
        self.words.grid_remove()  # in the smallest window the map needs its room

    def clear_selection(self) -> None:
        """Let go of the selected digits."""
        self.map_view.set_selection(None)
        self.selection_panel.clear()
        self.selection_panel.grid_remove()
        self.words.grid()

    # ---- what is drawn -----------------------------------------------------------------------

    def _choose_tool(self, tool: str) -> None:
        self._set_tool(tool)
        layers = self._request.layers | {DIGITS}
        if tool in OUTLINES and layers != self._request.layers:  # nobody outlines what is unseen
            self._choose_layers(replace(self._request, layers=layers))
            self.map_options.show(self._request, self._spacing)

    def _set_tool(self, tool: str) -> None:
        self.actions.show_tool(tool)
        self.map_view.set_tool(tool)

    def _take_path(self, keys: np.ndarray) -> None:
        self.map_view.set_path(keys)
        self._offer_actions()

    def travel(self) -> None:
        """Send the path to the Morph page; it lies on the slice that is shown now."""
        keys = self.map_view.path
        if keys is not None and self._fits:
            self._context.travel(self._slice.points(keys), "map")

    def clear_path(self) -> None:
        """Take the path away."""
        self.map_view.set_path(None)
        self._offer_actions()

    def clear_drawings(self) -> None:
        """Take the path and the selection away."""
        self.clear_path()
        self.clear_selection()

    def _offer_actions(self) -> None:
        self.actions.offer(
            path=self.map_view.path is not None,
            off_plane=self._fits and self._chosen.distance(self._context.state.z) >= NEAR,
        )

    # ---- the menu of a place -------------------------------------------------------------------

    def _open_menu(self, u: float, v: float, x: int, y: int) -> None:
        """What can be done with a place of the map."""
        z = self._slice.points((u, v))
        menu = Menu(self, tearoff=False)
        menu.add_command(label="Go here", command=lambda: self._context.adopt(z, True))
        menu.add_command(
            label="To the shelf", command=lambda: self._context.shelve([z], ["map point"])
        )
        index = self._nearest(u, v)
        if index is not None:
            name = f"real {self._model.encoded.labels[index]} #{index}"
            menu.add_command(
                label=f"Draw page: {name}", command=lambda: self._context.draw_real(index)
            )
        menu.add_separator()
        for place, letter in enumerate(LETTERS):
            menu.add_command(
                label=f"Point {letter} of a plane",
                command=lambda place=place: self._choose(
                    self._choice.with_point(place, "map point", z)
                ),
            )
        self._context.theme.paint_entries(menu)
        self.menu = menu
        menu.tk_popup(x, y)

    # ---- coming and going ----------------------------------------------------------------------

    def _come(self, event: tk.Event) -> None:
        """The page is looked at: catch up with what happened meanwhile."""
        if event.widget is self:
            self._show_choice()

    def _leave(self, event: tk.Event) -> None:
        """Nobody looks: compute nothing."""
        if event.widget is self:
            self._study.pause()
            self._finder.stop()

    def _on_theme(self, palette: Palette) -> None:
        if self._model is not None:
            self._want()
