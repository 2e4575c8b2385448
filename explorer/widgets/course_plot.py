"""The course of a walk: a value at every step as a curve, and the pictures on the way below it."""

from __future__ import annotations

import math
import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageTk

from explorer import images
from explorer.theme import Palette, Theme, font

HEADING_HEIGHT = 26  # pixels at 96 dpi, like all lengths here
TICKS_HEIGHT = 16
MARGIN = 10
DOT_RADIUS = 5
FILM_SHARE = 0.26  # of the height, within these bounds:
FILM_HEIGHT = (26, 84)
MIN_TICK_DISTANCE = 26  # between two numbers of the vertical axis
MIN_STEP_DISTANCE = 48  # and of the horizontal one
DETOUR = "straight to another point"
IDLE_CLIMB = 0.62  # of the width: where the sketch of a climb reaches its goal,
IDLE_TEXT = 0.42  # and where the words begin


@dataclass(frozen=True)
class Course:
    """What is drawn.

    heading: which walk this is. quantity: what the values are called, in a few letters.
    values: (T,), at every step. frames: (T, C, H, W) uint8. goal: the value that was asked for.
    low, high: the ends of the vertical axis; values beyond are drawn at its end. unit: written
    behind a value. detour: so many steps, from the first on, were not climbed but go straight to
    another start.
    """

    heading: str
    quantity: str
    values: np.ndarray
    frames: np.ndarray
    goal: float | None
    low: float = 0.0
    high: float = 1.0
    unit: str = ""
    detour: int = 0


class CoursePlot(tk.Canvas):
    """Shows a course as far as it was walked, and where on it one is; asks for another step.

    on_change(step): the person wants to be there. on_press(), on_release(): a drag begins and ends.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        on_change: Callable[[int], None],
        on_press: Callable[[], None],
        on_release: Callable[[], None],
    ) -> None:
        super().__init__(
            parent,
            highlightthickness=0,
            borderwidth=0,
            takefocus=False,
            width=theme.px(100),
            height=theme.px(120),
        )
        self._theme = theme
        self._on_change = on_change
        self._on_press = on_press
        self._on_release = on_release
        self._course: Course | None = None
        self._idle = ""
        self._sketched = False
        self._position = 0.0
        self._walked = 0.0
        self._there = True
        self._cells: list[int] = []  # the step that each picture of the film shows
        self._places: list[int] = []  # their left edges, and the last one's right edge
        self._corners: list[tuple[int, int]] = []  # left and right of what is seen of each
        self._area = 0, 0, 1, 1  # left, top, right, bottom of the curve, of the last layout
        self._photo: ImageTk.PhotoImage | None = None
        self._pending: str | None = None

        self._small = tkfont.Font(self, font=font(8))
        self._normal = tkfont.Font(self, font=font(9))
        self._bold = tkfont.Font(self, font=font(10, bold=True))
        px = theme.px
        self._band = self.create_rectangle(0, 0, 0, 0, width=0)
        self._band_name = self.create_text(0, 0, anchor="w", font=self._small)
        self._film = self.create_image(0, 0, anchor="nw")
        self._cover = self.create_rectangle(0, 0, 0, 0, width=0)
        self._sketch = self.create_line(
            0, 0, 0, 0, smooth=True, width=px(2), dash=(2, 6), arrow="last", state="hidden"
        )
        self._goal = self.create_line(0, 0, 0, 0, dash=(6, 4))
        self._goal_name = self.create_text(0, 0, font=self._small)
        self._cursor = self.create_line(0, 0, 0, 0)
        self._cell = self.create_rectangle(0, 0, 0, 0, width=px(2))
        self._curve = self.create_line(0, 0, 0, 0, width=px(2), joinstyle="round")
        self._dot = self.create_oval(0, 0, 0, 0, width=px(2))
        self._heading = self.create_text(0, 0, anchor="nw", font=self._bold)
        self._reading = self.create_text(0, 0, anchor="ne", font=self._normal)
        self._note = self.create_text(0, 0, font=font(10), justify="left")
        self._ring = self.create_rectangle(0, 0, 0, 0, width=px(2), state="hidden")

        self.bind("<Configure>", lambda event: self._schedule())
        self.bind("<Button-1>", self._press)
        self.bind("<B1-Motion>", lambda event: self._drag(event.x))
        self.bind("<ButtonRelease-1>", lambda event: self._release())
        for keys, steps in ((("Left", "Down"), -1), (("Right", "Up"), 1)):
            for key in keys:
                self.bind(f"<{key}>", lambda event, n=steps: self._walk(n))
        for key, steps in (("Prior", -10), ("Next", 10)):
            self.bind(f"<{key}>", lambda event, n=steps: self._walk(n))
        self.bind("<Home>", lambda event: self._walk(-self.steps))
        self.bind("<End>", lambda event: self._walk(self.steps))
        self.bind("<FocusIn>", lambda event: self.itemconfigure(self._ring, state="normal"))
        self.bind("<FocusOut>", lambda event: self.itemconfigure(self._ring, state="hidden"))
        theme.subscribe(self, self._on_theme)

    @property
    def course(self) -> Course | None:
        """What is shown."""
        return self._course

    @property
    def steps(self) -> int:
        """Number of steps of the course, its start not counted."""
        return 0 if self._course is None else len(self._course.values) - 1

    @property
    def idle_text(self) -> str:
        """What is to come, in words; empty where a course is shown."""
        return self._idle

    @property
    def position(self) -> float:
        """The step that is marked, in between two while it moves."""
        return self._position

    @property
    def walked(self) -> float:
        """The step that the curve is drawn to."""
        return self._walked

    def show_idle(self, course: Course, text: str, sketch: bool = True) -> None:
        """Show what would be walked: its first value and picture, and in words what is to come.

        course: one step; without a value, the words stand alone. sketch: draw a way to the goal.
        """
        self._course, self._idle, self._sketched = course, text, sketch
        self._position = self._walked = 0.0
        self.set_there(True)
        self.configure(takefocus=False)
        self._schedule()

    def show(self, course: Course) -> None:
        """Show another course, of which nothing has been walked yet."""
        self._course, self._idle, self._sketched = course, "", False
        self._position = self._walked = 0.0
        self.set_there(True)
        self.configure(takefocus=True)
        self._schedule()

    def set_position(self, position: float) -> None:
        """Mark a step, without telling anybody; the curve is drawn at least to there."""
        self._position = min(float(self.steps), max(0.0, position))
        self._walked = max(self._walked, self._position)
        self.set_there(True)
        if self._pending is None:
            self._move()

    def set_there(self, there: bool) -> None:
        """Whether the current point still is where the mark is; else the mark is hollow."""
        if there != self._there:
            self._there = there
            self._colour_dot()

    def x_of(self, step: float) -> float:
        """The pixel of a step."""
        left, _, right, _ = self._area
        return left + (right - left) * step / max(1, self.steps)

    def y_of(self, value: float) -> float:
        """The pixel of a value."""
        _, top, _, bottom = self._area
        low, high = (0.0, 1.0) if self._course is None else (self._course.low, self._course.high)
        share = (value - low) / (high - low)
        return bottom - (bottom - top) * min(1.0, max(0.0, share))

    def destroy(self) -> None:
        """Leave no painting to be done."""
        if self._pending is not None:
            self.after_cancel(self._pending)
            self._pending = None
        super().destroy()

    # ---- what the person does ------------------------------------------------------------------

    @property
    def _scrubbed(self) -> bool:
        return self._course is not None and not self._idle

    def _press(self, event: tk.Event) -> None:
        if self._scrubbed:
            self.focus_set()
            self._on_press()
            self._drag(event.x)

    def _drag(self, x: int) -> None:
        if self._scrubbed:
            left, _, right, _ = self._area
            step = round((x - left) / (right - left) * self.steps)
            self._on_change(min(self.steps, max(0, step)))

    def _release(self) -> None:
        if self._scrubbed:
            self._on_release()

    def _walk(self, steps: int) -> str:
        if self._scrubbed:
            self._on_change(min(self.steps, max(0, round(self._position) + steps)))
        return "break"

    # ---- drawing -------------------------------------------------------------------------------

    def _measure(self) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) of the curve, in the room that the widget has."""
        px = self._theme.px
        left = px(MARGIN) + self._axis_width()
        bottom = self.winfo_height() - self._film_height() - px(TICKS_HEIGHT) - px(4)
        right = self.winfo_width() - px(MARGIN)
        return left, px(HEADING_HEIGHT), max(left + 1, right), max(px(HEADING_HEIGHT) + 1, bottom)

    def _axis_width(self) -> int:
        widest = max((self._small.measure(self._number(tick)) for tick in self._ticks()), default=0)
        return widest + self._theme.px(6)

    def _film_height(self) -> int:
        low, high = (self._theme.px(side) for side in FILM_HEIGHT)
        return min(high, max(low, round(FILM_SHARE * self.winfo_height())))

    def _number(self, value: float) -> str:
        course = self._course
        span = 1.0 if course is None else course.high - course.low
        return f"{value:.{2 if span < 2 else 1 if span < 20 else 0}f}"

    def _ticks(self) -> list[float]:
        """Round values of the vertical axis, as many as it has room for."""
        course = self._course
        low, high = (0.0, 1.0) if course is None else (course.low, course.high)
        most = max(2, self.winfo_height() // 2 // self._theme.px(MIN_TICK_DISTANCE))
        step = _round_step((high - low) / most)
        first = math.ceil(low / step - 1e-9)
        return [n * step for n in range(first, math.floor(high / step + 1e-9) + 1)]

    def _schedule(self) -> None:
        if self._pending is None:
            self._pending = self.after_idle(self._layout)

    def _layout(self) -> None:
        self._pending = None
        self.delete("axis")
        width, height, px = self.winfo_width(), self.winfo_height(), self._theme.px
        self.coords(self._ring, 1, 1, width - 2, height - 2)
        if width < 2 or height < 2:
            return
        course, palette = self._course, self._theme.palette
        self._area = self._measure()
        left, top, right, bottom = self._area
        if course is None:
            return
        for tick in self._ticks() if len(course.values) else ():
            y = self.y_of(tick)
            # Words are not written over lines.
            end = px(4) + left if self._idle and course.low < tick < course.high else right
            self.create_line(left, y, end, y, fill=palette.border, tags="axis")
            self.create_text(
                left - px(6),
                y,
                text=self._number(tick),
                anchor="e",
                font=self._small,
                fill=palette.muted,
                tags="axis",
            )
        self._paint_film()
        every = max(1, math.ceil(_round_step(self.steps * px(MIN_STEP_DISTANCE) / (right - left))))
        for step in range(0, self.steps + 1, every) if not self._idle else ():
            name = "start" if step == 0 else f"{step}"
            self.create_text(
                self.x_of(step),
                bottom + px(2),
                text=name,
                anchor="nw" if step == 0 else "n",
                font=self._small,
                fill=palette.muted,
                tags="axis",
            )
        self.tag_lower("axis", self._sketch)
        self.coords(self._heading, px(MARGIN), px(2))
        self.itemconfigure(self._heading, text=course.heading)
        self.coords(self._reading, right, px(3))
        if course.goal is None:
            self.itemconfigure(self._goal, state="hidden")
            self.itemconfigure(self._goal_name, text="")
        else:
            y = self.y_of(course.goal)
            self.coords(self._goal, left, y, right, y)
            self.itemconfigure(self._goal, state="normal")
            # At the left, where a climb has not been there yet, and below the line where there is
            # no room above it.
            above = y - self._small.metrics("linespace") > top
            self.coords(self._goal_name, left + px(6), y - px(1) if above else y + px(2))
            self.itemconfigure(
                self._goal_name,
                anchor="sw" if above else "nw",
                text=f"asked for: {self._written(course.goal)}",
            )
        self._lay_out_idle()
        self._move()

    def _lay_out_idle(self) -> None:
        """The words, and the sketch of a climb from the first value to the goal."""
        course = self._course
        left, top, right, bottom = self._area
        shown = self._sketched and len(course.values) > 0 and course.goal is not None
        self.itemconfigure(self._sketch, state="normal" if shown else "hidden")
        if not shown:
            self.coords(self._note, (left + right) // 2, (top + bottom) // 2)
            self.itemconfigure(
                self._note, text=self._idle, anchor="center", width=max(1, right - left)
            )
            return
        first, goal = self.y_of(course.values[0]), self.y_of(course.goal)
        reach = left + IDLE_CLIMB * (right - left)
        points = [
            *(left, first),
            *(left + 0.25 * (reach - left), first),
            *(left + 0.5 * (reach - left), 0.5 * (first + goal)),
            *(left + 0.6 * (reach - left), goal),
            *(reach, goal),
        ]
        self.coords(self._sketch, *points)
        # Beside the sketch, at the end that it turns away from.
        px, text_left = self._theme.px, left + IDLE_TEXT * (right - left)
        climbs = goal < first
        self.coords(self._note, text_left, bottom - px(8) if climbs else top + px(8))
        self.itemconfigure(
            self._note,
            text=self._idle,
            anchor="sw" if climbs else "nw",
            width=max(1, right - text_left - px(4)),
        )

    def _paint_film(self) -> None:
        """Pictures side by side, each at about the place of the step that it shows."""
        course, palette = self._course, self._theme.palette
        left, _, right, _ = self._area
        side, px = self._film_height(), self._theme.px
        self._cells = []
        top = self.winfo_height() - side - px(2)
        self.itemconfigure(self._film, image="")
        if not len(course.frames):
            return
        width = images.fit(course.frames.shape[1:], 4 * side, side)[0]
        room = right - left
        count = max(1, int(room // width))
        steps = [0]
        if self._idle:
            self._draw_frames(count, left, top)
        else:
            count = min(count, len(course.frames))
            steps = [round(i * self.steps / max(1, count - 1)) for i in range(count)]
        self._cells = steps
        self._places = [round(left + i * room / count) for i in range(count + 1)]
        self._corners = []
        ground = tuple(channel // 256 for channel in self.winfo_rgb(palette.background))
        sheet = Image.new("RGB", (room, side), ground)
        for step, place, following in zip(steps, self._places, self._places[1:], strict=False):
            box = following - place - 1, side
            picture = images.fit(course.frames.shape[1:], *box)
            corner = place - left + (box[0] - picture[0]) // 2, (side - picture[1]) // 2
            sheet.paste(images.scaled(course.frames[step], *picture, smooth=True), corner)
            self._corners.append((left + corner[0], left + corner[0] + picture[0]))
        self._photo = ImageTk.PhotoImage(sheet, master=self)
        self.itemconfigure(self._film, image=self._photo)
        self.coords(self._film, left, top)

    def _draw_frames(self, count: int, left: int, top: int) -> None:
        """Empty frames for the pictures that are to come."""
        _, _, right, _ = self._area
        side = self._film_height()
        for i in range(1, count):
            low, high = (left + round(n * (right - left) / count) for n in (i, i + 1))
            self.create_rectangle(
                *(low, top, high - 5, top + side - 1),
                outline=self._theme.palette.border,
                dash=(2, 4),
                tags="axis",
            )

    def _move(self) -> None:
        """Show how far the course was walked; done at every frame, so nothing is made anew."""
        course, px = self._course, self._theme.px
        if course is None or not len(course.values):
            for item in (self._curve, self._dot, self._cursor, self._cell, self._band):
                self.itemconfigure(item, state="hidden")
            self.itemconfigure(self._reading, text="")
            self.itemconfigure(self._band_name, text="")
            return
        left, top, _, bottom = self._area
        x, y = self.x_of(self._position), self.y_of(self._value_at(self._position))
        radius = px(DOT_RADIUS)
        self.coords(self._dot, x - radius, y - radius, x + radius, y + radius)
        self.itemconfigure(self._dot, state="normal")
        whole = int(self._walked)
        points = [(self.x_of(i), self.y_of(course.values[i])) for i in range(whole + 1)]
        points.append((self.x_of(self._walked), self.y_of(self._value_at(self._walked))))
        self.coords(self._curve, *(number for point in points for number in point))
        state = "hidden" if self._idle else "normal"
        for item in (self._curve, self._cursor, self._cell):
            self.itemconfigure(item, state=state)
        self.coords(self._cursor, x, top, x, bottom)
        if course.detour and not self._idle:
            end = self.x_of(min(self._walked, course.detour))
            self.coords(self._band, left, top, end, bottom)
            self.coords(self._band_name, left + px(6), (top + bottom) // 2)
            self.itemconfigure(self._band, state="normal")
            fits = self._small.measure(DETOUR) + px(8) < end - left
            self.itemconfigure(self._band_name, text=DETOUR if fits else "")
        else:
            self.itemconfigure(self._band, state="hidden")
            self.itemconfigure(self._band_name, text="")
        self._mark_film()
        reading = f"{course.quantity} = {self._written(self._value_at(self._position))}"
        if not self._idle:
            reading = f"step {round(self._position)} of {self.steps}:  {reading}"
        self.itemconfigure(self._reading, text=reading)

    def _mark_film(self) -> None:
        """Frame the picture that is nearest to the marked step, and cover those to come."""
        if not self._cells or self._idle:
            self.itemconfigure(self._cell, state="hidden")
            self.coords(self._cover, 0, 0, 0, 0)
            return
        side, px = self._film_height(), self._theme.px
        top = self.winfo_height() - side - px(2)
        nearest = min(range(len(self._cells)), key=lambda i: abs(self._cells[i] - self._position))
        low, high = self._corners[nearest]
        self.coords(self._cell, low, top, high - 1, top + side - 1)
        seen = sum(step <= self._walked + 0.5 for step in self._cells)
        if seen == len(self._cells):
            self.coords(self._cover, 0, 0, 0, 0)
        else:
            self.coords(self._cover, self._places[seen], top, self._places[-1], self.winfo_height())

    def _value_at(self, position: float) -> float:
        values = self._course.values
        return float(np.interp(position, np.arange(len(values)), values))

    def _written(self, value: float) -> str:
        return f"{self._number(value)} {self._course.unit}".rstrip()

    def _colour_dot(self) -> None:
        palette = self._theme.palette
        self.itemconfigure(self._dot, fill=palette.accent if self._there else palette.background)

    def _on_theme(self, palette: Palette) -> None:
        self.configure(background=palette.background)
        self.itemconfigure(self._band, fill=palette.surface)
        self.itemconfigure(self._cover, fill=palette.background)
        for item in (self._band_name, self._goal_name, self._reading, self._note):
            self.itemconfigure(item, fill=palette.muted)
        self.itemconfigure(self._sketch, fill=palette.muted)
        self.itemconfigure(self._goal, fill=palette.muted)
        self.itemconfigure(self._cursor, fill=palette.muted)
        self.itemconfigure(self._curve, fill=palette.accent)
        self.itemconfigure(self._dot, outline=palette.accent)
        self.itemconfigure(self._cell, outline=palette.accent)
        self.itemconfigure(self._heading, fill=palette.foreground)
        self.itemconfigure(self._ring, outline=palette.accent)
        self._colour_dot()
        self._schedule()


def _round_step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below a number above 0."""
    if least <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))
