"""Saving a map: the question how, the question where, and the job that computes and writes it."""

from __future__ import annotations

import json
import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass, replace

from explorer.context import Context
from explorer.map_dialog import MapDialog, SaveOptions
from explorer.map_file import MapCaption, save_map_picture
from explorer.map_study import Scene, finest_fields, missing_layers
from explorer.model import LoadedModel
from explorer.plane_choice import ChosenPlane
from explorer.worker import Job


@dataclass(frozen=True, eq=False)
class ShownMap:
    """What is saved: the map as it is on the screen, its plane and its model."""

    scene: Scene
    chosen: ChosenPlane
    model: LoadedModel


class MapSaving:
    """Saves the map that is shown, computed anew as fine as the file is large.

    shown(): it, or None where there is none.
    """

    def __init__(
        self, parent: tk.Misc, context: Context, shown: Callable[[], ShownMap | None]
    ) -> None:
        self._parent = parent
        self._context = context
        self._shown = shown
        self._options = SaveOptions()
        self.dialog: MapDialog | None = None  # the latest

    @property
    def options(self) -> SaveOptions:
        """Those of the last file."""
        return self._options

    def ask(self) -> None:
        """Ask how the map is to be saved."""
        shown = self._shown()
        if shown is None:
            return
        self.dialog = MapDialog(
            self._parent.winfo_toplevel(),
            self._context.theme,
            options=replace(self._options, layers=shown.scene.look.layers),
            missing=missing_layers(shown.model),
            shape=shown.scene.viewport.size,
            on_save=self.save,
        )

    def save(self, options: SaveOptions) -> None:
        """Ask for a file and save the map in it."""
        shown = self._shown()
        if shown is None:
            return
        context = self._context
        path = context.save_path("Save the map", [("PNG picture", "*.png")], "map.png")
        if path is None:
            return
        self._options = options
        look = replace(shown.scene.look, layers=options.layers, dark=options.dark)
        scene = replace(shown.scene, look=look)
        z = context.state.z
        caption = MapCaption(
            title=shown.chosen.meaning.rstrip("."),
            note=shown.chosen.off_words(z),
            axes=shown.chosen.axis_names,
            origin={"Weights": shown.model.bundle.sha256, "Point": json.dumps(list(z))},
            marks=shown.chosen.places,
        )

        def save(job: Job) -> None:
            fields = finest_fields(scene, shown.model, options.detail, job)
            save_map_picture(
                path,
                fields,
                scene.viewport,
                look,
                caption,
                options.width,
                check=lambda: job.progress(1.0),
            )

        context.run_job(
            "export",
            f"Saving {path.name}",
            save,
            done=lambda _: context.notify(f"Saved {path}", False),
        )
