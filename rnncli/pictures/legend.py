"""The legend: what each shape and each line of a picture means. It has only what is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import msgspec

from rnncli.pictures.canvas import DETAIL, Box, Canvas, Circle
from rnncli.pictures.metrics import text_width
from rnncli.pictures.palette import Role

BELT = 4.5
_SAMPLE = 34.0
_GAP = 26.0
_ROW = 28.0


class Entry(msgspec.Struct, frozen=True):
    """A shape and its meaning; ``draw`` draws the shape around a point."""

    text: str
    draw: Callable[[Canvas, float, float], None]


def box_entry(text: str, role: Role, *, radius: float = 3.0, dashed: bool = False) -> Entry:
    """The entry of a rectangle."""
    return Entry(text, partial(_draw_box, role=role, radius=radius, dashed=dashed))


def draw_legend(canvas: Canvas, left: float, y: float, right: float, joins: bool) -> None:
    """Draws the legend of what is on a canvas, in as many lines as it needs.

    ``joins`` says that wires meet in the picture.
    """
    seen = {*_seen(canvas), *(("join",) if joins else ())}
    entries = [entry for what, entry in _MEANINGS.items() if what in seen]
    draw_entries(canvas, entries, left, y, right)


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


def _seen(canvas: Canvas) -> Iterator[str]:
    """What there is on a canvas, by the names of the meanings."""
    for element in canvas.elements:
        if isinstance(element, Circle) and element.role == "wire":
            yield "fork"
        elif isinstance(element, Box) and element.dashed:
            yield "dashed"
        else:
            yield element.role


def _draw_circle(canvas: Canvas, x: float, y: float, role: Role) -> None:
    canvas.circle(x, y, 9, role)


def _draw_box(
    canvas: Canvas, x: float, y: float, role: Role, radius: float, dashed: bool = False
) -> None:
    canvas.box(x - 14, y - 8, 28, 16, role, radius=radius, dashed=dashed)


def _draw_wire(
    canvas: Canvas, x: float, y: float, role: Role, width: float = 1.6, dashed: bool = False
) -> None:
    canvas.wire((x - 17, y), (x + 17, y), role=role, width=width, dashed=dashed)


def _draw_fork(canvas: Canvas, x: float, y: float) -> None:
    canvas.wire((x - 17, y), (x + 17, y), arrow=False)
    canvas.wire((x, y), (x, y - 11), arrow=False)
    canvas.dot(x, y)


def _draw_join(canvas: Canvas, x: float, y: float) -> None:
    for side in (-14, 14):
        canvas.wire((x + side, y + 7), (x, y + 7), (x, y - 4), arrow=False)
    canvas.wire((x, y), (x, y - 11))


# In the order of the legend.
_MEANINGS = {
    "vector": Entry("a vector of one step", partial(_draw_circle, role="vector")),
    "cell": box_entry("a cell, with the same weights at every step", "cell", radius=5),
    "backward": box_entry("the cell of the second direction", "backward", radius=5),
    "layer": box_entry("a layer without states", "layer"),
    "gate": box_entry("a product with weights, and a function", "gate"),
    "pointwise": Entry("element by element", partial(_draw_circle, role="pointwise")),
    "state": box_entry("a state at its start or end", "state", radius=8),
    "dashed": box_entry("not returned", "state", radius=8, dashed=True),
    "belt": Entry("c, the cell state", partial(_draw_wire, role="belt", width=BELT)),
    "wire": Entry("h, or another vector", partial(_draw_wire, role="wire")),
    "fork": Entry("a copy", _draw_fork),
    "join": Entry("concatenated", _draw_join),
    "feedback": Entry("fed back", partial(_draw_wire, role="feedback", dashed=True)),
}
