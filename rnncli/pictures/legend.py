"""The legend: what each shape and each line of a picture means. It has only what is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from rnncli.pictures.canvas import DETAIL, Box, Canvas, Circle, Wire
from rnncli.pictures.metrics import text_width

_SAMPLE = 34.0
_GAP = 26.0
_ROW = 28.0


class Entry(msgspec.Struct, frozen=True):
    """A shape and its meaning; ``draw`` draws the shape around a point."""

    text: str
    draw: Callable[[Canvas, float, float], None]


def draw_legend(canvas: Canvas, left: float, y: float, right: float, joins: bool) -> None:
    """Draws the legend of what is on a canvas, in as many lines as it needs.

    ``joins`` says that wires meet in the picture.
    """
    draw_entries(canvas, [*_entries(canvas, joins)], left, y, right)


def draw_entries(
    canvas: Canvas, entries: Iterable[Entry], left: float, y: float, right: float
) -> None:
    """Draws the entries of a legend, in as many lines as they need."""
    x = left
    for entry in entries:
        width = _SAMPLE + 10 + text_width(entry.text, DETAIL)
        if x > left and x + width > right:
            x, y = left, y + _ROW
        entry.draw(canvas, x + _SAMPLE / 2, y)
        canvas.label(entry.text, x + _SAMPLE + 10, y, size=DETAIL, role="muted")
        x += width + _GAP


def _entries(canvas: Canvas, joins: bool) -> Iterator[Entry]:
    boxes = [element for element in canvas.elements if isinstance(element, Box)]
    circles = [element for element in canvas.elements if isinstance(element, Circle)]
    wires = [element for element in canvas.elements if isinstance(element, Wire)]
    roles = {element.role for element in (*boxes, *circles, *wires)}
    if "vector" in roles:
        yield Entry("a vector of one step", lambda c, x, y: c.circle(x, y, 9, "vector"))
    if "cell" in roles:
        yield Entry(
            "a cell, with the same weights at every step",
            lambda c, x, y: c.box(x - 12, y - 9, 24, 18, "cell", radius=5),
        )
    if "backward" in roles:
        yield Entry(
            "the cell of the second direction",
            lambda c, x, y: c.box(x - 12, y - 9, 24, 18, "backward", radius=5),
        )
    if "layer" in roles:
        yield Entry(
            "a layer without states", lambda c, x, y: c.box(x - 14, y - 7, 28, 14, "layer", radius=2)
        )
    if "gate" in roles:
        yield Entry(
            "a product with weights, and a function",
            lambda c, x, y: c.box(x - 14, y - 8, 28, 16, "gate", radius=2),
        )
    if "pointwise" in roles:
        yield Entry("element by element", lambda c, x, y: c.circle(x, y, 9, "pointwise"))
    pills = [box for box in boxes if box.role == "state"]
    if any(not pill.dashed for pill in pills):
        yield Entry(
            "a state at its start or end",
            lambda c, x, y: c.box(x - 14, y - 8, 28, 16, "state", radius=8),
        )
    if any(pill.dashed for pill in pills):
        yield Entry(
            "not returned",
            lambda c, x, y: c.box(x - 14, y - 8, 28, 16, "state", radius=8, dashed=True),
        )
    if "belt" in roles:
        yield Entry(
            "c, the cell state",
            lambda c, x, y: c.wire((x - 17, y), (x + 17, y), role="belt", width=4.5),
        )
    if pills:
        yield Entry("h, or another vector", lambda c, x, y: c.wire((x - 17, y), (x + 17, y)))
    if any(circle.role == "wire" for circle in circles):
        yield Entry("a copy", _draw_fork)
    if joins:
        yield Entry("concatenated", _draw_join)
    if "feedback" in roles:
        yield Entry(
            "fed back",
            lambda c, x, y: c.wire((x - 17, y), (x + 17, y), role="feedback", dashed=True),
        )


def _draw_fork(canvas: Canvas, x: float, y: float) -> None:
    canvas.wire((x - 17, y), (x + 17, y), arrow=False)
    canvas.wire((x, y), (x, y - 11), arrow=False)
    canvas.dot(x, y)


def _draw_join(canvas: Canvas, x: float, y: float) -> None:
    for side in (-14, 14):
        canvas.wire((x + side, y + 7), (x, y + 7), (x, y - 4), arrow=False)
    canvas.wire((x, y), (x, y - 11))
