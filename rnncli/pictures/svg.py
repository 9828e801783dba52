"""A canvas → the text of an SVG file. The same canvas gives the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from rnncli.pictures.canvas import (
    INDEX,
    Box,
    Canvas,
    Circle,
    Element,
    Label,
    Point,
    Wire,
    printable,
)
from rnncli.pictures.palette import Palette

if TYPE_CHECKING:
    from htpy import Node

_FONTS = "Helvetica, Arial, sans-serif"
_MARGIN = 24.0
# The radius of the corners of a wire, and the length of an arrowhead.
_CORNER, _HEAD = 9.0, 9.0


def render(
    canvas: Canvas, palette: Palette, title: str, description: str, *, transparent: bool = False
) -> str:
    """Returns the SVG of a picture with a title and a description for screen readers.

    ``transparent`` leaves the ground out.
    """
    import htpy as h

    left, upper, right, lower = canvas.bounds
    width, height = right - left + 2 * _MARGIN, lower - upper + 2 * _MARGIN
    pen = _Pen(palette, _MARGIN - left, _MARGIN - upper)
    ground: list[Node] = []
    if not transparent:
        rect = h.Element("rect")(width=_n(width), height=_n(height), fill=palette.ground)
        ground = ["\n", rect]
    picture = h.Element("svg")(
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_n(width)} {_n(height)}",
        width=_n(width),
        height=_n(height),
        role="img",
        font_family=_FONTS,
        stroke_linecap="round",
        stroke_linejoin="round",
    )[
        "\n", h.Element("title")[printable(title)],
        "\n", h.Element("desc")[printable(description)],
        ground,
        [["\n", pen.element(element)] for element in (*canvas.elements, *canvas.labels)],
        "\n",
    ]  # fmt: skip
    # In ASCII, it is the same in every encoding that an output may have.
    return f"{picture}\n".encode("ascii", "xmlcharrefreplace").decode("ascii")


class _Pen:
    """Writes elements, moved so that the picture starts at the origin."""

    def __init__(self, palette: Palette, right: float, down: float) -> None:
        self._palette = palette
        self._right = right
        self._down = down

    def element(self, element: Element) -> Node:
        if isinstance(element, Label):
            return self._label(element)
        if isinstance(element, Box):
            return self._box(element)
        if isinstance(element, Circle):
            return self._circle(element)
        return self._wire(element)

    def _box(self, box: Box) -> Node:
        import htpy as h

        paint = self._palette.paints[box.role]
        rect = h.Element("rect")(
            x=_n(box.x + self._right),
            y=_n(box.y + self._down),
            width=_n(box.width),
            height=_n(box.height),
            rx=_n(box.radius) if box.radius else None,
            fill=paint.fill,
            stroke=paint.stroke,
            stroke_width="3" if box.heavy else "1.5",
            stroke_dasharray="5 4" if box.dashed else None,
        )
        return rect[h.Element("title")[box.about]] if box.about else rect

    def _circle(self, circle: Circle) -> Node:
        import htpy as h

        paint = self._palette.paints[circle.role]
        return h.Element("circle")(
            cx=_n(circle.x + self._right),
            cy=_n(circle.y + self._down),
            r=_n(circle.radius),
            fill=paint.fill,
            stroke=paint.stroke,
            stroke_width="1.5",
        )

    def _wire(self, wire: Wire) -> Node:
        import htpy as h

        colour = self._palette.paints[wire.role].stroke
        points = [(x + self._right, y + self._down) for x, y in wire.points]
        shortened = _shortened(points, wire.width) if wire.arrow else points
        line = h.Element("path")(
            d=_curve(shortened) if wire.is_curve else _path(shortened),
            fill="none",
            stroke=colour,
            stroke_width=_n(wire.width),
            stroke_dasharray="5 4" if wire.dashed else None,
        )
        if not wire.arrow:
            return line
        return [line, h.Element("path")(d=_head(points, wire.width), fill=colour)]

    def _label(self, label: Label) -> Node:
        import htpy as h

        # The baseline is below the middle of the letters.
        baseline = label.y + self._down + 0.35 * label.size
        first, *rest = label.parts
        parts: list[Node] = [first]
        for number, part in enumerate(rest):
            if number % 2:
                parts.append(h.Element("tspan")(dy="-4")[part])
            else:
                parts.append(h.Element("tspan")(dy="4", font_size=_n(INDEX))[part])
        return h.Element("text")(
            x=_n(label.x + self._right),
            y=_n(baseline),
            font_size=_n(label.size),
            font_weight="bold" if label.bold else None,
            text_anchor=None if label.anchor == "start" else label.anchor,
            fill=self._palette.paints[label.role].fill,
        )[parts]


def _path(points: Sequence[Point]) -> str:
    """A line through points, rounded at each but the ends."""
    words = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(_CORNER, _distance(before, here) / 2, _distance(here, after) / 2)
        start, end = _towards(here, before, radius), _towards(here, after, radius)
        words.append(f"L{_n(start[0])} {_n(start[1])}")
        words.append(f"Q{_n(here[0])} {_n(here[1])} {_n(end[0])} {_n(end[1])}")
    words.append(f"L{_n(points[-1][0])} {_n(points[-1][1])}")
    return " ".join(words)


def _curve(points: Sequence[Point]) -> str:
    """A line that runs straight between the points of a pair, and bends from pair to pair."""
    words = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for number, (here, there) in enumerate(pairwise(points)):
        if number % 2 == 0 or here[0] == there[0]:
            words.append(f"L{_n(there[0])} {_n(there[1])}")
            continue
        middle = _n((here[1] + there[1]) / 2)
        words.append(
            f"C{_n(here[0])} {middle} {_n(there[0])} {middle} {_n(there[0])} {_n(there[1])}"
        )
    return " ".join(words)


def _shortened(points: Sequence[Point], width: float) -> list[Point]:
    """The points of a wire that ends where its arrowhead begins."""
    return [*points[:-1], _towards(points[-1], points[-2], _HEAD + width - 2)]


def _head(points: Sequence[Point], width: float) -> str:
    """The triangle of an arrowhead at the last point."""
    tip, before = points[-1], points[-2]
    length = _HEAD + width
    x, y = _towards(tip, before, length)
    across = (tip[0] - x) / length, (tip[1] - y) / length
    half = 3.2 + width * 0.6
    corners = (
        (x - across[1] * half, y + across[0] * half),
        (x + across[1] * half, y - across[0] * half),
    )
    path = " L".join(f"{_n(across)} {_n(down)}" for across, down in (tip, *corners))
    return f"M{path} Z"


def _towards(here: Point, there: Point, length: float) -> Point:
    whole = _distance(here, there)
    if not whole:
        return here
    share = length / whole
    return here[0] + (there[0] - here[0]) * share, here[1] + (there[1] - here[1]) * share


def _distance(here: Point, there: Point) -> float:
    return float(((here[0] - there[0]) ** 2 + (here[1] - there[1]) ** 2) ** 0.5)


def _n(value: float) -> str:
    """A number with at most one digit after the point."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
