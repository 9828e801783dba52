"""One track of a picture in time: circles of what it reads, a row for each layer, its output."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import msgspec

from rnncli.pictures import words
from rnncli.pictures.canvas import DETAIL, INDEX, TEXT, Canvas
from rnncli.pictures.cells_row import (
    ASIDE,
    PILL,
    RISE,
    Ends,
    Sides,
    draw_cells,
    half_width,
    pill_width,
)
from rnncli.pictures.metrics import text_width
from rnncli.pictures.ports import Ports
from rnncli.pictures.time_axis import ELLIPSIS, TimeAxis, time_axis
from rnncli.pictures.tracks import Row, Track
from rnncli.report.decoding import Decode
from rnncli.report.layer import Layer, Tensor

_BAR = 40.0
# The height that the name of a further tensor takes.
_READ = 34.0
# Between a text and what is beside it.
_AWAY = 18.0
_LINE = 18.0
# Between columns, beside the cells; between a track and the texts at its side.
_BETWEEN, _BESIDE = 28.0, 26.0


class Gutter(msgspec.Struct, frozen=True, kw_only=True):
    """Lines of text at the side of a track, around a height; the first is a name if ``named``.

    ``left`` and ``right`` are how much room shapes take at this height, between it and the track.
    """

    y: float
    lines: tuple[str, ...]
    named: bool = True
    left: float = 0.0
    right: float = 0.0

    @property
    def width(self) -> float:
        """The width of the text."""
        return max(
            text_width(line, TEXT, True) if self.is_name(number) else text_width(line, DETAIL)
            for number, line in enumerate(self.lines)
        )

    def is_name(self, number: int) -> bool:
        """Whether a line is set as a name."""
        return self.named and number == 0

    def needs(self, side: Literal["left", "right"]) -> float:
        """How far from the columns the text must be at a side, with its own width."""
        room = self.left if side == "left" else self.right
        return self.width + (room + _AWAY if room else 0.0)


class DrawnTrack(msgspec.Struct, frozen=True):
    """A track on a canvas of its own, with the ends of each recurrent layer's lanes by its name."""

    canvas: Canvas
    ends: dict[str, tuple[Ends, ...]]
    handed: frozenset[str]


def draw_track(
    track: Track,
    decode: Decode | None,
    most: int | None,
    handed: frozenset[str],
    side: Literal["left", "right"],
) -> DrawnTrack:
    """Draws a track, with its texts at one side.

    ``most`` is how many steps to show at most. ``handed`` names the layers whose states come from
    the track at its left.
    """
    painter = _Painter(track, decode if track.loops else None, most, handed)
    painter.draw()
    painter.texts(side)
    return DrawnTrack(painter.canvas, painter.ends, handed)


class _Painter:
    def __init__(
        self, track: Track, decode: Decode | None, most: int | None, handed: frozenset[str]
    ) -> None:
        self.canvas = Canvas()
        self.track = track
        self.decode = decode
        self.most = most
        self.handed = handed
        self.ends: dict[str, tuple[Ends, ...]] = {}
        self.gutters: list[Gutter] = []
        self.half = half_width(track.rows)
        if self.decode is not None:
            widths = [text_width(words.class_of(row.layer), TEXT) for row in track.rows]
            self.half = max(self.half, max(widths) / 2 + 10)
        both = any(len(row.directions) > 1 for row in track.rows)
        self.aside = self.half + (ASIDE if both else 0)
        self.pitch = 2 * self.aside + _BETWEEN + (20 if decode is not None else 0)
        self.axis = self._axis(track.tensor)
        columns = self.axis.columns
        self.sides = Sides(columns[0] - self.aside - _BESIDE, columns[-1] + self.aside + _BESIDE)

    def _axis(self, tensor: Tensor) -> TimeAxis:
        length, letter = words.time(tensor)
        if self.decode is not None:
            length = self.decode.steps
        return time_axis(length, letter, self.most, self.pitch)

    # From what the track reads up to its output

    def draw(self) -> None:
        track = self.track
        first = track.rows[0].layer
        source = self._source(_is_sequence(track.tensor, None, first))
        ports: tuple[Ports, ...] = (source,)
        tensor = track.tensor
        for index, row in enumerate(track.rows):
            layer = row.layer
            after = track.rows[index + 1].layer if index + 1 < len(track.rows) else None
            output = layer.outputs[0] if layer.outputs else tensor
            every_step = _is_sequence(output, layer, after) or (
                ports[0].axis is not None and _keeps_frames(tensor, output)
            )
            if row.directions and ports[0].axis is not None:
                ports = self._cells(row, ports[0])
            elif self.decode is not None and ports[0].axis is not None and every_step:
                ports = (self._boxes(row, ports[0]),)
            else:
                ports = (self._bar(row, ports[0], output, every_step),)
            if after is not None:
                # Texts of two directions are right above.
                rise = 20 if len(track.rows[index + 1].directions) > 1 else RISE
                gap = ports[0].y - rise / 2
                self.gutters.append(Gutter(y=gap, lines=(words.shape(output),), named=False))
            tensor = output
        if track.is_read:
            self._outputs(ports, track.rows[-1].layer)

    def _source(self, is_sequence: bool) -> Ports:
        axis = self.axis if is_sequence else None
        columns = self.axis.columns if is_sequence else (self.axis.middle,)
        radius = self._circles(Ports(columns=columns, y=0.0, axis=axis, symbol="x"))
        lines = [self.track.source, words.shape(self.track.tensor)]
        if self.decode is not None:
            lines.append(f"the first is {self.decode.first:g}")
        self.gutters.append(Gutter(y=0.0, lines=tuple(lines)))
        return Ports(columns=columns, y=-radius, axis=axis)

    def _circles(self, ports: Ports) -> float:
        """Draws the vectors of a tensor around the height of its ports; returns their radius."""
        numbers = ports.axis.numbers if ports.axis else ("",)
        radius = max([19.0, *(text_width(number, INDEX) / 2 + 12 for number in numbers)])
        for x, number in zip(ports.columns, numbers, strict=True):
            self.canvas.circle(x, ports.y, radius, "vector")
            self.canvas.label((ports.symbol, number), x, ports.y, anchor="middle")
        if ports.axis is not None and ports.axis.gap is not None:
            before, after = ports.columns[ports.axis.gap : ports.axis.gap + 2]
            self.canvas.label(ELLIPSIS, (before + after) / 2, ports.y, anchor="middle")
        return radius

    def _cells(self, row: Row, ports: Ports) -> tuple[Ports, ...]:
        handed = row.layer.name in self.handed
        drawn = draw_cells(
            self.canvas, row, ports, self.sides, self.half,
            handed=handed, is_read=self.track.is_read or row is not self.track.rows[-1],
        )  # fmt: skip
        self.ends[row.layer.name] = drawn.ends
        for place in drawn.places:
            counted = words.count(place.lane.params, "parameter")
            if row.layer.shared_with:
                counted = words.params(row.layer)
            lines = (place.lane.name, f"{counted},", "the same at every step")
            if len(row.directions) > 1:
                # States end at both sides here: there is room below them.
                gutter = Gutter(y=place.bottom + 24, lines=lines)
            else:
                middle = (place.top + place.bottom) / 2
                gutter = Gutter(y=middle, lines=lines, left=place.left, right=place.right)
            self.gutters.append(gutter)
        return drawn.ports

    def _boxes(self, row: Row, ports: Ports) -> Ports:
        """A layer without states in a loop: it runs at each step."""
        bottom = ports.y - RISE
        for x in ports.columns:
            self.canvas.wire((x, ports.y), (x, bottom))
            self._named_box(row.layer, x - self.half, bottom, 2 * self.half)
        also = f"also reads {', '.join(row.reads)}" if row.reads else ""
        self._layer_text(row, bottom - _BAR / 2, also)
        return Ports(columns=ports.columns, y=bottom - _BAR, axis=ports.axis)

    def _bar(self, row: Row, ports: Ports, output: Tensor, every_step: bool) -> Ports:
        """A layer that runs once, over all steps or without any."""
        bottom = ports.y - RISE
        axis = self._axis_after(ports, output) if every_step else None
        middle = ports.axis.middle if ports.axis else ports.columns[0]
        columns = axis.columns if axis else (middle,)
        width = text_width(words.class_of(row.layer), TEXT) + 28
        left = min(*ports.columns, *columns, middle - width / 2 + self.half) - self.half
        right = max(*ports.columns, *columns, middle + width / 2 - self.half) + self.half
        for x in ports.columns:
            self.canvas.wire((x, ports.y), (x, bottom))
        height = max(_BAR, _READ * len(row.reads))
        self._named_box(row.layer, left, bottom, right - left, height)
        room = 0.0
        for number, name in enumerate(row.reads):
            y = bottom - height / 2 + _READ * (number - (len(row.reads) - 1) / 2)
            room = max(room, self._read(name, left, y))
        self._layer_text(row, bottom - height / 2, room=room)
        return Ports(columns=columns, y=bottom - height, axis=axis)

    def _axis_after(self, ports: Ports, output: Tensor) -> TimeAxis:
        length, letter = words.time(output)
        axis = time_axis(length, letter, self.most, self.pitch)
        if ports.axis and len(axis.columns) == len(ports.axis.columns):
            return msgspec.structs.replace(ports.axis, numbers=axis.numbers)
        shift = self.axis.middle - axis.middle
        return msgspec.structs.replace(axis, columns=tuple(x + shift for x in axis.columns))

    def _named_box(
        self, layer: Layer, left: float, bottom: float, width: float, height: float = _BAR
    ) -> None:
        self.canvas.box(left, bottom - height, width, height, "layer", radius=3)
        name = words.class_of(layer)
        self.canvas.label(name, left + width / 2, bottom - height / 2, anchor="middle")

    def _read(self, name: str, left: float, y: float) -> float:
        """Draws the name of a further tensor that a layer reads, and its wire.

        Returns how much room they take beside the columns.
        """
        width = pill_width(name)
        x = min(self.sides.left, left - _BESIDE)
        self.canvas.wire((x, y), (left, y))
        self.canvas.box(x - width, y - PILL / 2, width, PILL, "state", radius=PILL / 2)
        self.canvas.label(name, x - width / 2, y, size=DETAIL, anchor="middle")
        return self.sides.left - x + width

    def _layer_text(self, row: Row, y: float, also: str = "", room: float = 0.0) -> None:
        lines = (row.layer.name, words.params(row.layer), also)
        self.gutters.append(Gutter(y=y, lines=tuple(filter(None, lines)), left=room))

    def _outputs(self, ports: Sequence[Ports], layer: Layer) -> None:
        """Draws the output of the track, and what is fed back of it."""
        radius = 0.0
        for port in ports:
            y = port.y - RISE
            risen = msgspec.structs.replace(port, y=y)
            radius = self._circles(risen)
            for x in port.columns:
                self.canvas.wire((x, port.y), (x, y + radius))
        top = ports[0].y - RISE
        names = [tensor.name for tensor in layer.outputs]
        if len(ports) > 1:
            lines = [
                f"{symbol} = {name} {words.shape(tensor)}"
                for symbol, name, tensor in zip("fb", names, layer.outputs, strict=False)
            ]
            self.gutters.append(Gutter(y=top, lines=tuple(lines), named=False))
            return
        lines = ["output", *map(words.shape, layer.outputs[:1])]
        if self.decode is not None and ports[0].axis is not None:
            self._feedback(ports[0].axis, top, radius)
            what = "its argmax" if self.decode.feeds == "argmax" else "it"
            lines.append(f"{what} is the next {self.track.source}")
        self.gutters.append(Gutter(y=top, lines=tuple(lines)))

    def _feedback(self, axis: TimeAxis, top: float, radius: float) -> None:
        for index, (here, there) in enumerate(pairwise(axis.columns)):
            turn = (here + there) / 2
            start = (here + radius, top)
            end = (there - radius, 0.0)
            if index != axis.gap:
                points = (start, (turn, top), (turn, 0.0), end)
                self.canvas.wire(*points, role="feedback", dashed=True)
                continue
            down = turn - 26
            self.canvas.wire(
                start, (down, top), (down, 0.0), (turn - 14, 0.0),
                role="feedback", dashed=True, arrow=False,
            )  # fmt: skip
            self.canvas.wire((turn + 14, 0.0), end, role="feedback", dashed=True)

    # Beside it

    def texts(self, side: Literal["left", "right"]) -> None:
        """Writes the texts of all rows at one side of the track."""
        room = max(gutter.needs(side) for gutter in self.gutters)
        shapes = max(gutter.right + _AWAY for gutter in self.gutters)
        for gutter in self.gutters:
            x = self.sides.left - room if side == "left" else self.sides.right + shapes
            y = gutter.y - _LINE * (len(gutter.lines) - 1) / 2
            for number, line in enumerate(gutter.lines):
                is_name = gutter.is_name(number)
                self.canvas.label(
                    line, x, y + _LINE * number, size=TEXT if is_name else DETAIL,
                    bold=is_name, role="ink" if is_name else "muted",
                )  # fmt: skip


def _keeps_frames(read: Tensor, returned: Tensor) -> bool:
    """Whether a layer that reads a sequence of frames returns as many."""
    return len(returned.shape or ()) > 3 and words.time(read) == words.time(returned)


def _is_sequence(tensor: Tensor, producer: Layer | None, reader: Layer | None) -> bool:
    """Whether a tensor is a sequence of what is drawn as one vector at each step."""
    if reader is not None and reader.states:
        return True
    if producer is not None and producer.recurrence:
        return bool(producer.recurrence.return_sequences)
    rank = len(tensor.shape or ())
    if rank == 2 and reader is not None and reader.outputs:
        # Ids become vectors, one for each.
        after = reader.outputs[0].shape or ()
        return (
            len(after) == 3 and after[:2] == tensor.shape and (tensor.dtype or "").startswith("int")
        )
    return rank == 3
