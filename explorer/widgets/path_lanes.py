"""The lanes of several paths between the same keys: one is chosen, all can be compared."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping, Sequence

from explorer.path_study import PathStudy
from explorer.theme import (
    PATIENT_TOOLTIP_DELAY_MS,
    Button,
    Frame,
    Label,
    Radiobutton,
    Theme,
    add_tooltip,
    font,
)
from explorer.widgets.path_lane import PathLane

FIGURES = ("latent", "as seen", "uneven", "typical")
FIGURES_TOOLTIP = (
    "latent: the length in latent space, in standard deviations of the prior.\n\n"
    "as seen: how much the image changes on the way, summed up (Euclidean, pixels from -1 to 1), "
    "and how much more or less that is than on the straight line.\n\n"
    "uneven: by how much the fastest or slowest step differs from the mean speed.\n\n"
    "typical: the share of the way that is neither rare nor off the map."
)
LANE_TOOLTIP = (
    "The film of this path. Click a place to go there; or walk with the arrow keys, and Return. "
    "Below it, over the same time: how fast the image changes (to the same scale in all lanes), "
    "where the path is typical (a bar), rare (dashes) or off the map (a thin line), and what the "
    "classifier sees, paler where it is less sure; ticks where the class changes."
)
HEAD_WIDTH = 122  # of the figures beside a lane; pixels at 96 dpi


class PathLanes(Frame):
    """Shows a `PathLane` for each path, and beside it its name and its figures.

    paths: their keys in the order from above; `set_name` gives them names. on_choose(): another
    one was chosen. on_activate(path, index): a frame of a film was clicked. on_retry(): what a lane
    waits for is to be begun anew.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        paths: Sequence[str],
        *,
        chosen: str,
        on_choose: Callable[[], None],
        on_activate: Callable[[str, int], None],
        on_retry: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        self._chosen = tk.StringVar(self, chosen)
        self._on_choose = on_choose
        self._on_retry = on_retry
        self.buttons: dict[str, Radiobutton] = {}
        self.lanes: dict[str, PathLane] = {}
        self.figures: dict[str, Label] = {}
        self.retry_buttons: dict[str, Button] = {}
        px = theme.px
        for row, path in enumerate(paths):
            head = self._head(path)
            lane = PathLane(
                self, theme, on_activate=lambda index, path=path: on_activate(path, index)
            )
            add_tooltip(lane, LANE_TOOLTIP, PATIENT_TOOLTIP_DELAY_MS, position="top")
            retry = Button(lane, text="Find it", command=on_retry)
            add_tooltip(retry, "Begins the search anew.")
            head.grid(row=row, column=0, sticky="new", padx=(0, px(4)), pady=(px(4), 0))
            lane.grid(row=row, column=1, sticky="nsew", pady=(px(4), 0))
            self.rowconfigure(row, weight=1, uniform="lane")
            self.lanes[path], self.retry_buttons[path] = lane, retry
        self.columnconfigure(0, minsize=px(HEAD_WIDTH))
        self.columnconfigure(1, weight=1)
        self._tooltips = {path: add_tooltip(button, "") for path, button in self.buttons.items()}

    def _head(self, path: str) -> Frame:
        head = Frame(self)
        self.buttons[path] = button = Radiobutton(
            head, value=path, variable=self._chosen, command=self._on_choose
        )
        for key, step in (("Up", -1), ("Left", -1), ("Down", 1), ("Right", 1)):
            button.bind(f"<{key}>", lambda event, step=step: self._choose_beside(path, step))
        names = Label(
            head, text="\n".join(FIGURES), bootstyle="secondary", font=font(8), justify="left"
        )
        self.figures[path] = figures = Label(head, font=font(8), justify="right", anchor="e")
        button.grid(row=0, column=0, columnspan=2, sticky="w")
        names.grid(row=1, column=0, sticky="nw")
        figures.grid(row=1, column=1, sticky="ne")
        head.columnconfigure(1, weight=1)
        for label in (names, figures):
            add_tooltip(label, FIGURES_TOOLTIP)
        return head

    @property
    def chosen(self) -> str:
        """The chosen path."""
        return self._chosen.get()

    @property
    def lane(self) -> PathLane:
        """The lane of the chosen path."""
        return self.lanes[self.chosen]

    @property
    def marked(self) -> str | None:
        """The path that has a marked frame."""
        return next((path for path, lane in self.lanes.items() if lane.marked is not None), None)

    @property
    def settled(self) -> bool:
        """Whether all that the lanes were given is drawn."""
        return all(lane.settled for lane in self.lanes.values())

    def choose(self, path: str) -> None:
        """Choose a path, without telling anybody."""
        self._chosen.set(path)

    def set_name(self, path: str, name: str, tooltip: str) -> None:
        """Call a path so."""
        self.buttons[path].configure(text=name)
        self._tooltips[path].configure(text=tooltip)

    def wait_for(self, path: str, text: str) -> None:
        """Say instead of a path what is being done about it."""
        self.retry_buttons[path].place_forget()
        self.lanes[path].show_message(text)

    def offer_retry(self, path: str, reason: str) -> None:
        """Say why there is no path, with a button that tries again."""
        self.lanes[path].show_message(f"{reason}\n\n")
        self.retry_buttons[path].place(relx=0.5, rely=0.68, anchor="center")

    def clear(self) -> None:
        """Show no study, mark no place, and offer nothing, until there are other paths."""
        self.unmark()
        for path, lane in self.lanes.items():
            lane.set_study(None)
            lane.set_position(None)
            self.figures[path].configure(text="")
            self.retry_buttons[path].place_forget()

    def unmark(self) -> None:
        """Mark no frame."""
        for lane in self.lanes.values():
            lane.set_marked(None)

    def set_position(self, position: float) -> None:
        """Draw the line at a moment in all lanes, and mark the chosen one's frame."""
        for lane in self.lanes.values():
            lane.set_position(position)
        self.lane.set_marked(round(position * (self.lane.count - 1)))

    def set_studies(
        self,
        studies: Mapping[str, PathStudy],
        class_names: Sequence[str],
        straight_length: float,
        straight: str | None,
    ) -> None:
        """Show what the paths do, their speeds to one scale.

        straight_length: of the straight line, as seen; the others are compared with it. straight:
        the path that is this line, if there is one.
        """
        fastest = max(float(study.speeds.max()) for study in studies.values())
        for path, study in studies.items():
            lane = self.lanes[path]
            lane.set_speed_limit(fastest)
            if lane.study is not study:
                lane.set_study(study, class_names)
            compared = 0.0 if path == straight else straight_length
            self.figures[path].configure(text=figures_text(study, compared))

    def _choose_beside(self, path: str, step: int) -> str:
        paths = list(self.buttons)
        button = self.buttons[paths[(paths.index(path) + step) % len(paths)]]
        button.focus_set()
        button.invoke()
        return "break"  # Tk looks for others beside it in the same frame


def figures_text(study: PathStudy, straight_length: float) -> str:
    """The values of `FIGURES`, one a line.

    straight_length: what the length as seen is compared with; 0 for nothing.
    """
    measures, change = study.measures, ""
    if straight_length > 0.0:
        percent = round(100.0 * (measures.pixel_length / straight_length - 1.0))
        sign = "+" if percent > 0 else "\N{MINUS SIGN}" if percent < 0 else "±"
        change = f" ({sign}{abs(percent)}%)"
    lines = (
        f"{measures.latent_length:.2f}",
        f"{measures.pixel_length:.1f}{change}",
        f"{measures.unevenness:.0%}",
        f"{study.share_typical:.0%}",
    )
    return "\n".join(lines)
