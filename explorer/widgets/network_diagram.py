"""The network as a drawing: what flows from layer to layer, as blocks one can walk through."""

from __future__ import annotations

import math
import tkinter as tk
import tkinter.font as tkfont
from collections.abc import Callable
from dataclasses import dataclass

from explorer.network_words import caption, folded_line, heading, opponent_lines
from explorer.theme import Palette, Theme, font
from explorer.widgets.choices import Choices
from vae.architecture import Architecture, Block

SIDE = (18, 130)  # pixels at 96 dpi, like all lengths here: of the largest image, bounds
LEAST_SIDE = 9  # of the smallest map, which must be seen
SHEETS = 7  # drawn of a stack of maps at most
SHEET_STEP = 3
CELLS = 16  # drawn of a vector at most
CELL_WIDTH = 12
BRACKET_HEIGHT = 24
GAP = 6
# Where the blocks stand: the share of the width, and the row. With an encoder the network goes
# there and back, so that a layer stands above its mirror image; captions are widest under maps.
PLACES = {
    "image": (0.105, 0),
    "conv_1": (0.325, 0),
    "conv_2": (0.545, 0),
    "mu": (0.69, 0),
    "logvar": (0.79, 0),
    "z": (0.915, 0.5),
    "linear": (0.545, 1),
    "deconv_1": (0.325, 1),
    "deconv_2": (0.105, 1),
}
# Without an encoder there is only the way out, from left to right.
PLACES_ALONE = {
    "z": (0.1, 0),
    "linear": (0.35, 0),
    "deconv_1": (0.6, 0),
    "deconv_2": (0.86, 0),
}
COLUMN = 0.22  # of the width: from one stack of maps to the next
ARROWS = (
    ("image", "conv_1"),
    ("conv_1", "conv_2"),
    ("conv_2", "mu"),
    ("logvar", "z"),
    ("z", "linear"),
    ("linear", "deconv_1"),
    ("deconv_1", "deconv_2"),
)


@dataclass(frozen=True)
class Placed:
    """Where a block is drawn: the middle of its picture, half its size, and the box of all."""

    x: float
    y: float
    half: tuple[float, float]
    box: tuple[int, int, int, int]


class NetworkDiagram(Choices):
    """Draws the blocks; the arrow keys walk to the nearest one, a click or the pointer names one.

    on_point(index): another block is chosen, or under the pointer; `shown` tells which.
    """

    def __init__(self, parent: tk.Misc, theme: Theme, on_point: Callable[[], None]) -> None:
        super().__init__(parent, theme, width=1, height=1, steps={}, on_choose=self._choose)
        self._network: Architecture | None = None
        self._on_point = on_point
        self._chosen = 0
        self._placed: tuple[Placed, ...] = ()
        self._small = tkfont.Font(self, font=font(9))
        self._bold = tkfont.Font(self, font=font(9, bold=True))
        self.configure(takefocus=True)
        for key, step in (("Left", (-1, 0)), ("Right", (1, 0)), ("Up", (0, -1)), ("Down", (0, 1))):
            self.bind(f"<{key}>", lambda event, step=step: self._go(*step))
        self.bind("<Home>", lambda event: self._choose_at(0))
        self.bind("<End>", lambda event: self._choose_at(self._choosable - 1))
        theme.subscribe(self, self._on_theme)

    @property
    def chosen(self) -> int:
        """The block that is explained while the pointer is elsewhere."""
        return self._chosen

    @property
    def shown(self) -> Block | None:
        """The block under the pointer, else the chosen one."""
        if self._network is None:
            return None
        index = self._chosen if self._hovered is None else self._hovered
        return self._network.blocks[index]

    def show(self, network: Architecture) -> None:
        """Draw another network; a block of the same name stays chosen, at first z."""
        before = "z" if self._network is None else self._network.blocks[self._chosen].name
        self._network = network
        names = [block.name for block in network.blocks]
        self._chosen = names.index(before) if before in names else names.index("z")
        self._cursor = self._chosen
        self._hovered = None
        self._schedule()
        self._on_point()

    def choose(self, index: int) -> None:
        """Have a block explained."""
        self._chosen = self._cursor = index
        self._schedule()
        self._on_point()

    # ---- where things are ----------------------------------------------------------------------

    def index_at(self, x: float, y: float) -> int | None:
        """The block at a pixel."""
        for index, placed in enumerate(self._placed):
            left, top, right, bottom = placed.box
            if left <= x < right and top <= y < bottom:
                return index
        return None

    def box_of(self, index: int) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) of a block and its caption."""
        return self._placed[index].box

    @property
    def _choosable(self) -> int:
        return len(self._placed)

    @property
    def _first(self) -> int:
        return self._chosen

    # ---- drawing -------------------------------------------------------------------------------

    def _layout(self) -> None:
        self.delete("network")
        network = self._network
        width, height = self.winfo_width(), self.winfo_height()
        if network is None or width < 2 or height < 2:
            self._placed = ()
            return
        px, palette = self._theme.px, self._theme.palette
        places = PLACES if network.has_encoder else PLACES_ALONE
        rows = 2 if network.has_encoder else 1
        column = COLUMN * width
        line = self._small.metrics("linespace")
        below = 4 * line + px(GAP)
        above = line + px(2 * GAP)
        depth = px(SHEET_STEP) * (SHEETS - 1)
        room = (height - px(BRACKET_HEIGHT)) / rows - below - above - depth
        side = min(max(room, px(SIDE[0])), px(SIDE[1]), column - depth - px(26))
        row_height = above + depth + side + below
        spare = max(0.0, (height - px(BRACKET_HEIGHT) - rows * row_height) / (rows + 1))
        largest = max(network.blocks[-1].shape[1:])

        def middle(row: float) -> float:
            return spare + row * (row_height + spare) + above + depth + side / 2

        placed = []
        for block in network.blocks:
            at, row = places[block.name]
            x, y = at * width, middle(row)
            half = self._half(block, side / largest, side)
            wide = max(map(self._bold.measure, caption(block))) / 2
            reach = max(half[0] + depth / 2, wide) + px(4)
            top = y - half[1] - depth / 2
            bottom = y + side / 2 + px(GAP) + line * len(caption(block)) + px(2)
            if block.name == "z":
                bottom = y + half[1] + px(GAP) + line * len(caption(block)) + px(2)
            box = tuple(map(round, (x - reach, top - px(6), x + reach, bottom)))
            placed.append(Placed(x, y, half, box))
        self._placed = tuple(placed)
        self._draw_arrows(network)
        for index, block in enumerate(network.blocks):
            self._draw_block(block, self._placed[index], index == self._chosen, side)
        row_of = {"encoder": 0, "decoder": rows - 1}
        for part, row in row_of.items():
            if network.parameters(part):
                self.create_text(
                    px(4),
                    middle(row) - side / 2 - depth - above + px(GAP),
                    anchor="nw",
                    text=heading(network, part),
                    font=self._bold,
                    fill=palette.foreground,
                    tags="network",
                )
        self._draw_bracket(network, middle(rows - 1) + side / 2 + below)
        if network.has_encoder:
            self._draw_opponent(network, middle(1) + side / 2 + px(GAP))

    def _half(self, block: Block, scale: float, side: float) -> tuple[float, float]:
        """Half the width and the height of a block's picture, without the depth of its stack."""
        px = self._theme.px
        if len(block.shape) == 1:
            cell = min(side / min(block.size, CELLS), px(CELL_WIDTH))
            return px(CELL_WIDTH) / 2, cell * min(block.size, CELLS) / 2
        _, height, width = block.shape
        least = px(LEAST_SIDE)
        return max(width * scale, least) / 2, max(height * scale, least) / 2

    def _draw_block(self, block: Block, placed: Placed, chosen: bool, side: float) -> None:
        px, palette = self._theme.px, self._theme.palette
        outline = palette.accent if chosen else palette.muted
        thick = px(2) if chosen else 1
        (half_x, half_y), x, y = placed.half, placed.x, placed.y
        if len(block.shape) == 1:
            cells = min(block.size, CELLS)
            cell = 2 * half_y / cells
            for index in range(cells):
                top = y - half_y + index * cell
                self.create_rectangle(
                    x - half_x,
                    top,
                    x + half_x,
                    top + cell,
                    fill=palette.surface,
                    outline=outline,
                    width=thick,
                    tags="network",
                )
        else:
            # A stack is as deep as the logarithm of its maps: 16 and 32 are to be told apart, and
            # 256 must find room.
            sheets = min(SHEETS, 1 + round(math.log2(block.shape[0])))
            step = px(SHEET_STEP)
            for index in reversed(range(sheets)):
                shift = (index - (sheets - 1) / 2) * step
                self.create_rectangle(
                    x - half_x + shift,
                    y - half_y - shift,
                    x + half_x + shift,
                    y + half_y - shift,
                    fill=palette.surface,
                    outline=outline,
                    width=thick if index == 0 else 1,
                    tags="network",
                )
        line = self._small.metrics("linespace")
        base = y + (half_y if block.name == "z" else side / 2) + px(GAP)
        for index, text in enumerate(caption(block)):
            self.create_text(
                x,
                base + index * line,
                anchor="n",
                text=text,
                font=self._bold if index == 0 else self._small,
                fill=palette.foreground if index == 0 else palette.muted,
                tags="network",
            )

    def _draw_arrows(self, network: Architecture) -> None:
        px, palette = self._theme.px, self._theme.palette
        where = {block.name: self._placed[i] for i, block in enumerate(network.blocks)}
        reach = px(SHEET_STEP) * (SHEETS - 1) / 2 + px(4)
        for start, end in ARROWS:
            if start not in where or end not in where:
                continue
            a, b = where[start], where[end]
            way = 1 if b.x > a.x else -1
            points = (
                (a.x + way * (a.half[0] + reach), a.y),
                (b.x - way * (b.half[0] + reach), b.y),
            )
            if a.y != b.y:  # round the corner, to z and from it
                corner = (b.x, a.y) if end == "z" else (a.x, b.y)
                edge = b.half[1] + px(8) if end == "z" else self._under(a)
                points = (
                    (points[0], corner, (b.x, b.y - edge))
                    if end == "z"
                    else ((a.x, a.y + edge), corner, points[1])
                )
            self.create_line(
                *(value for point in points for value in point),
                arrow="last",
                arrowshape=(px(7), px(8), px(3)),
                fill=palette.muted,
                width=max(1, px(1)),
                tags="network",
            )

    def _under(self, placed: Placed) -> float:
        """From the middle of z to under its caption."""
        return placed.box[3] - placed.y + self._theme.px(2)

    def _draw_bracket(self, network: Architecture, y: float) -> None:
        """Tie the two layers together that the live decoder computes as one."""
        px, palette = self._theme.px, self._theme.palette
        where = {block.name: self._placed[i] for i, block in enumerate(network.blocks)}
        ends = sorted((where["linear"], where["deconv_1"]), key=lambda placed: placed.x)
        left, right = ends[0].box[0] + px(4), ends[1].box[2] - px(4)
        self.create_line(
            left,
            y,
            left,
            y + px(5),
            right,
            y + px(5),
            right,
            y,
            fill=palette.muted,
            width=max(1, px(1)),
            tags="network",
        )
        self.create_text(
            (left + right) / 2,
            y + px(7),
            anchor="n",
            text=folded_line(network),
            font=self._small,
            fill=palette.muted,
            tags="network",
        )

    def _draw_opponent(self, network: Architecture, top: float) -> None:
        """Tell of the discriminator in the corner that the way through the network leaves free."""
        lines = opponent_lines(network)
        if not lines:
            return
        palette, line = self._theme.palette, self._small.metrics("linespace")
        reach = max(map(self._bold.measure, lines)) / 2
        for index, text in enumerate(lines):
            self.create_text(
                self.winfo_width() - self._theme.px(4) - reach,
                top + index * line,
                anchor="n",
                text=text,
                font=self._bold if index == 0 else self._small,
                fill=palette.foreground if index == 0 else palette.muted,
                tags="network opponent",
            )

    # ---- what the person does ------------------------------------------------------------------

    def _on_theme(self, palette: Palette) -> None:
        super()._on_theme(palette)
        self._schedule()

    def _point_at(self, index: int | None) -> None:
        if index != self._hovered:
            super()._point_at(index)
            self._on_point()

    def _choose(self, index: int) -> None:
        self.choose(index)

    def _choose_at(self, index: int) -> str:
        if 0 <= index < self._choosable:
            self.choose(index)
        return "break"

    def _go(self, across: int, down: int) -> str:
        """Walk to the nearest block in a direction; what lies aside counts twice."""
        if not self._placed:
            return "break"
        here = self._placed[self._chosen]
        best: tuple[float, int] | None = None
        for index, there in enumerate(self._placed):
            dx, dy = there.x - here.x, there.y - here.y
            ahead, aside = dx * across + dy * down, abs(dx * down) + abs(dy * across)
            if ahead > 1 and (best is None or ahead + 2 * aside < best[0]):
                best = ahead + 2 * aside, index
        if best is not None:
            self.choose(best[1])
        return "break"
