"""The row of a recurrent layer in time: its cells, its states, how its directions are joined."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from rnncli.pictures import words
from rnncli.pictures.canvas import DETAIL, TEXT, Canvas, Point
from rnncli.pictures.legend import BELT
from rnncli.pictures.metrics import text_width
from rnncli.pictures.ports import Ports
from rnncli.pictures.time_axis import ELLIPSIS, TimeAxis
from rnncli.pictures.tracks import Direction, Lane, Row
from rnncli.report.layer import State

PILL = 28.0
# Half of the width of a cell, and how far from it a wire passes it by.
HALF, ASIDE = 40.0, 15.0
# Between rows, and from a fork to what it leads to.
RISE, FORK = 46.0, 22.0
# Below the cells of two directions, where their texts have room.
_WIDE_RISE = 84.0
_SYMBOLS = {"sum": "+", "mul": "×", "ave": "ave"}


class Sides(msgspec.Struct, frozen=True):
    """Where the states of a track start and end: left and right of its columns."""

    left: float
    right: float


class Ends(msgspec.Struct, frozen=True):
    """The points at which the states of a lane enter its row and leave it, in their order."""

    entries: tuple[Point, ...]
    exits: tuple[Point, ...]


class LanePlace(msgspec.Struct, frozen=True):
    """A lane, its upper and lower end, and how much room its states take left and right of it."""

    lane: Lane
    top: float
    bottom: float
    left: float
    right: float


class CellsRow(msgspec.Struct, frozen=True):
    """What a row leaves behind: wires for the row above, the place of each lane, and its states."""

    ports: tuple[Ports, ...]
    places: tuple[LanePlace, ...]
    ends: tuple[Ends, ...]


def pill_width(text: str) -> float:
    """The width of the pill of a state."""
    return max(PILL, text_width(text, DETAIL) + 22)


def state_text(state: State) -> str:
    """A state at its end: its name and its shape."""
    return f"{state.name} {words.shape(state)}"


def half_width(rows: Sequence[Row]) -> float:
    """Half of the width of the cells of a track, all of which are equally wide."""
    lanes = [lane for row in rows for direction in row.directions for lane in direction.lanes]
    return max([HALF, *(text_width(lane.cls, TEXT, True) / 2 + 12 for lane in lanes)])


def draw_cells(
    canvas: Canvas,
    row: Row,
    ports: Ports,
    sides: Sides,
    half: float,
    *,
    handed: bool,
    is_read: bool,
) -> CellsRow:
    """Draws a recurrent layer above the wires of what it reads.

    ``handed`` says that its states come from the track at its left, so that no pill is needed.
    ``is_read`` says that something reads its output.
    """
    return _Painter(canvas, row, ports, sides, half, handed, is_read).row()


class _Painter:
    def __init__(
        self,
        canvas: Canvas,
        row: Row,
        ports: Ports,
        sides: Sides,
        half: float,
        handed: bool,
        is_read: bool,
    ) -> None:
        assert ports.axis is not None
        assert row.layer.recurrence
        self.canvas = canvas
        self.layer = row.layer
        self.directions = row.directions
        self.every_step = bool(row.layer.recurrence.return_sequences)
        self.merge = row.layer.recurrence.merge
        self.ports = ports
        self.axis: TimeAxis = ports.axis
        self.sides = sides
        self.half = half
        self.handed = handed
        self.is_read = is_read
        self.places: list[LanePlace] = []
        self.ends: list[Ends] = []

    def row(self) -> CellsRow:
        if len(self.directions) == 1:
            (direction,) = self.directions
            top = self._lanes(direction, self.ports.columns, self.ports.y)
            axis = self._order(direction)
            ports = self._returned(axis, self.axis.columns, top)
            if self.every_step and direction.backwards:
                # What it returns first is of the step that it read first, the last one.
                turned = self.axis.turned()
                ports = Ports(columns=turned.columns, y=top, axis=turned)
            return CellsRow((ports,), tuple(self.places), tuple(self.ends))
        return CellsRow(self._both(), tuple(self.places), tuple(self.ends))

    def _order(self, direction: Direction) -> TimeAxis:
        """The columns in the order in which a direction reads them."""
        return self.axis.turned() if direction.backwards else self.axis

    def _returned(self, axis: TimeAxis, columns: tuple[float, ...], y: float) -> Ports:
        """The wires of an output: of all steps, or of the step that was read last."""
        if self.every_step:
            return Ports(columns=columns, y=y, axis=self.axis)
        return Ports(columns=(columns[self.axis.columns.index(axis.columns[-1])],), y=y)

    # Two directions

    def _both(self) -> tuple[Ports, ...]:
        forward, backward = self.directions
        columns = self.axis.columns
        aside = self.half + ASIDE
        # Each step is copied to both directions.
        fork = self.ports.y - RISE / 2
        for column in columns:
            self.canvas.wire((column, self.ports.y), (column, fork), arrow=False)
        middle = self._lanes(forward, columns, fork, _WIDE_RISE - RISE / 2)
        entry = middle - 2 * FORK - 2
        for column in columns:
            self.canvas.wire(
                (column, fork), (column + aside, fork), (column + aside, entry), (column, entry),
                (column, entry - FORK / 2), arrow=False,
            )  # fmt: skip
            self.canvas.dot(column, fork)
        top = self._lanes(backward, columns, entry - FORK / 2, FORK)
        if not self.is_read:
            return (Ports(columns=(self.axis.middle,), y=top),)
        join = top - 26
        first = self._returned(self._order(forward), columns, middle)
        second = self._returned(self._order(backward), columns, top)
        turn = middle - FORK
        risers: list[list[Point]] = [
            [(x, middle), (x, turn), (x - aside, turn), (x - aside, join)] for x in first.columns
        ]
        if self.merge == "none":
            return self._apart(risers, second, join)
        target = columns if self.every_step else (self.axis.middle,)
        for riser, start, x in zip(risers, second.columns, target, strict=True):
            self._join([*riser], [(start, top), (start, join)], (x, join))
        axis = self.axis if self.every_step else None
        return (Ports(columns=target, y=join - 18, axis=axis),)

    def _apart(self, risers: list[list[Point]], second: Ports, join: float) -> tuple[Ports, ...]:
        """The outputs of both directions side by side."""
        for riser in risers:
            self.canvas.wire(*riser, arrow=False)
        for x in second.columns:
            self.canvas.wire((x, second.y), (x, join), arrow=False)
        axis = self.axis if self.every_step else None
        return (
            Ports(columns=tuple(riser[-1][0] for riser in risers), y=join, axis=axis, symbol="f"),
            Ports(columns=second.columns, y=join, axis=axis, symbol="b"),
        )

    def _join(self, first: list[Point], second: list[Point], point: Point) -> None:
        """Draws two wires that become one: side by side, or element by element."""
        x, y = point
        end = (x, y - 18)
        if self.merge == "concat":
            # Both bend upward into the same wire.
            for line in (first, second):
                corner = [point] if line[-1][0] != x else []
                self.canvas.wire(*line, *corner, end, arrow=False)
            return
        radius = 14.0
        self.canvas.wire(*first, (x - radius, y))
        if second[-1][0] == x:
            self.canvas.wire(second[0], (x, y + radius))
        else:
            left = second[-1][0] < x
            if left:
                # The forward direction comes from the right then.
                self.canvas.elements.pop()
                self.canvas.wire(*first, (x + radius, y))
            self.canvas.wire(*second, (x - radius if left else x + radius, y))
        self.canvas.wire((x, y - radius), end, arrow=False)
        self.canvas.circle(x, y, radius, "pointwise")
        symbol = _SYMBOLS[str(self.merge)]
        self.canvas.label(symbol, x, y, size=11 if len(symbol) > 1 else 18, anchor="middle")

    # One direction

    def _lanes(
        self, direction: Direction, columns: tuple[float, ...], y: float, rise: float = RISE
    ) -> float:
        """Draws the cells of a direction above each other; returns the height of the last tops."""
        for lane in direction.lanes:
            y = self._lane(lane, direction, columns, y, rise)
            rise = RISE
        return y

    def _lane(
        self, lane: Lane, direction: Direction, columns: tuple[float, ...], y: float, rise: float
    ) -> float:
        bottom = y - rise
        height = 92.0 if len(lane.states) > 1 else 64.0
        top = bottom - height
        second = direction is not self.directions[0]
        for column in columns:
            self.canvas.wire((column, y), (column, bottom))
            self.canvas.box(
                column - self.half, top, 2 * self.half, height,
                "backward" if second else "cell", radius=12,
            )  # fmt: skip
            middle = (top + bottom) / 2 + (12 if len(lane.states) > 1 else 0)
            self.canvas.label(lane.cls, column, middle, bold=True, anchor="middle")
        heights = self._heights(lane, top)
        first, last = self._states(lane, direction, heights)
        left, right = (last, first) if self._order(direction).leftward else (first, last)
        self.places.append(LanePlace(lane, top, bottom, left, right))
        return top

    def _heights(self, lane: Lane, top: float) -> tuple[float, ...]:
        """The height of each state's wire: c above h."""
        if len(lane.states) == 1:
            return (top + 32,)
        return tuple(top + (24 if _is_belt(state) else 66) for state in lane.states)

    def _states(
        self, lane: Lane, direction: Direction, heights: tuple[float, ...]
    ) -> tuple[float, float]:
        """Draws the states; returns how much room they take at their start and at their end."""
        axis = self._order(direction)
        sign = -1.0 if axis.leftward else 1.0
        left, right = self.sides.left, self.sides.right
        start, end = (right, left) if axis.leftward else (left, right)
        entries: list[Point] = []
        exits: list[Point] = []
        rooms = [0.0, 0.0]
        for state, name, y in zip(lane.states, lane.starts, heights, strict=True):
            ends = (None if self.handed else start, end)
            self._line(axis, sign, y, ends, _is_belt(state))
            if self.handed:
                entries.append((axis.columns[0] - sign * self.half, y))
            else:
                rooms[0] = max(rooms[0], self._pill(name, start, y, -sign, False))
            width = self._pill(state_text(state), end, y, sign, not state.returned)
            rooms[1] = max(rooms[1], width)
            exits.append((end + sign * width, y))
        self.ends.append(Ends(tuple(entries), tuple(exits)))
        return rooms[0], rooms[1]

    def _line(
        self, axis: TimeAxis, sign: float, y: float, ends: tuple[float | None, float], belt: bool
    ) -> None:
        """Draws the wire of a state from its start through all cells to its end."""
        start, end = ends
        width = BELT if belt else 1.6
        edge = sign * self.half
        if belt:
            # One straight line, which passes through the cells.
            first = axis.columns[0] - edge if start is None else start
            parts = [(first, end)]
            if axis.gap is not None:
                before, after = axis.columns[axis.gap], axis.columns[axis.gap + 1]
                dots = (before + after) / 2
                parts = [(first, dots - sign * 14), (dots + sign * 14, end)]
            for index, (here, there) in enumerate(parts):
                self.canvas.wire(
                    (here, y), (there, y), role="belt", width=width, arrow=index == len(parts) - 1
                )
        else:
            if start is not None:
                self.canvas.wire((start, y), (axis.columns[0] - edge, y))
            for index, (here, there) in enumerate(pairwise(axis.columns)):
                if index == axis.gap:
                    dots = (here + there) / 2
                    self.canvas.wire((here + edge, y), (dots - sign * 14, y), arrow=False)
                    self.canvas.wire((dots + sign * 14, y), (there - edge, y))
                else:
                    self.canvas.wire((here + edge, y), (there - edge, y))
            self.canvas.wire((axis.columns[-1] + edge, y), (end, y))
        if axis.gap is not None:
            dots = (axis.columns[axis.gap] + axis.columns[axis.gap + 1]) / 2
            self.canvas.label(ELLIPSIS, dots, y, anchor="middle")

    def _pill(self, text: str, x: float, y: float, sign: float, dashed: bool) -> float:
        """Draws a state beside the cells, from ``x`` outward; returns its width."""
        width = pill_width(text)
        left = x if sign > 0 else x - width
        self.canvas.box(left, y - PILL / 2, width, PILL, "state", radius=PILL / 2, dashed=dashed)
        self.canvas.label(text, left + width / 2, y, size=DETAIL, anchor="middle")
        return width


def _is_belt(state: State) -> bool:
    """Whether a state is a cell state, c, and not a hidden state, h."""
    return "c" in state.name.split("_")
