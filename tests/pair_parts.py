"""What the views of two models need around them in a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.second_model import SecondModel

if TYPE_CHECKING:
    from explorer.model import LoadedModel
    from tests.draw_parts import Desk

ROOM = 600, 420  # of a view in the smallest window, pixels


@dataclass
class Pair:
    """A view on the stage, and the second model that it is handed."""

    desk: Desk
    pump: Callable[..., None]
    second: SecondModel
    view: Any

    def settle(self) -> None:
        """Wait until everything that was asked for is shown."""
        self.pump(
            lambda: self.view.settled and not self.second.busy and not self.desk.worker.busy,
            what="the view settles",
        )
        self.desk.stage.root.update()  # a board lays its tiles out when Tk is idle

    def open(self, path: Path) -> LoadedModel:
        """Open a second model, and show it."""
        self.second.open(path)
        self.settle()
        return self.second.model


def pair_of(make: Callable[..., Any], desk: Desk, pump: Callable[..., None], model: Any) -> Pair:
    """A view of this class, shown with the first model alone."""
    second = SecondModel(desk.context)
    second.set_first(model)
    view = make(desk.stage.frame, desk.context, second)
    desk.stage.show(view, *ROOM)
    view.set_model(model)
    pair = Pair(desk, pump, second, view)
    pair.settle()
    return pair
