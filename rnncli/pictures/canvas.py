"""Shapes, wires and texts on a plane, in pixels: what every picture is made of.

The x axis runs right and the y axis down. The plane has no borders: a picture is as large as what
is on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec.structs import replace

from rnncli.pictures.metrics import text_width
from rnncli.pictures.palette import Role

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]
# The sizes of the fonts: of a picture's title, of most texts, of details, of an index.
TITLE, TEXT, DETAIL, INDEX = 22.0, 16.0, 14.0, 11.0


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """A rectangle from its upper left corner, with rounded corners."""

    x: float
    y: float
    width: float
    height: float
    role: Role
    radius: float = 0.0
    dashed: bool = False
    heavy: bool = False


class Circle(msgspec.Struct, frozen=True):
    """A circle around a point."""

    x: float
    y: float
    radius: float
    role: Role


class Wire(msgspec.Struct, frozen=True, kw_only=True):
    """A line through points, with rounded corners, and an arrowhead at its end.

    A curve runs straight down between its points 1 and 2, 3 and 4, and so on, and bends between
    the others.
    """

    points: tuple[Point, ...]
    role: Role = "wire"
    width: float = 1.6
    arrow: bool = True
    dashed: bool = False
    is_curve: bool = False


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """A text on one line. ``x`` is where its anchor is and ``y`` is its middle.

    ``parts`` are set in turn as plain text and as an index: ``("x", "1")`` is x with the index 1.
    """

    parts: tuple[str, ...]
    x: float
    y: float
    size: float = TEXT
    bold: bool = False
    anchor: Anchor = "start"
    role: Role = "ink"

    @property
    def width(self) -> float:
        """How wide it is, at most."""
        return sum(
            text_width(part, INDEX if number % 2 else self.size, self.bold)
            for number, part in enumerate(self.parts)
        )

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Its left, upper, right and lower end."""
        width, half = self.width, 0.62 * self.size
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return left, self.y - half, left + width, self.y + half


Element = Box | Circle | Wire | Label


class Canvas:
    """Collects elements; those added later lie above the others."""

    def __init__(self) -> None:
        self.elements: list[Element] = []
        self.labels: list[Label] = []

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        role: Role,
        *,
        radius: float = 0.0,
        dashed: bool = False,
        heavy: bool = False,
    ) -> None:
        """Adds a rectangle from its upper left corner."""
        self.elements.append(
            Box(
                x=x, y=y, width=width, height=height, role=role,
                radius=radius, dashed=dashed, heavy=heavy,
            )
        )  # fmt: skip

    def circle(self, x: float, y: float, radius: float, role: Role) -> None:
        """Adds a circle around a point."""
        self.elements.append(Circle(x, y, radius, role))

    def dot(self, x: float, y: float) -> None:
        """Adds the dot of a fork, where a wire is copied."""
        self.circle(x, y, 3.2, "wire")

    def wire(
        self,
        *points: Point,
        role: Role = "wire",
        width: float = 1.6,
        arrow: bool = True,
        dashed: bool = False,
    ) -> None:
        """Adds a line through points."""
        self.elements.append(
            Wire(points=points, role=role, width=width, arrow=arrow, dashed=dashed)
        )

    def curve(self, points: Sequence[Point]) -> None:
        """Adds a wire that bends between each second pair of points."""
        self.elements.append(Wire(points=tuple(points), is_curve=True))

    def label(
        self,
        text: str | Sequence[str],
        x: float,
        y: float,
        *,
        size: float = TEXT,
        bold: bool = False,
        anchor: Anchor = "start",
        role: Role = "ink",
    ) -> None:
        """Adds a text on one line, with its middle at ``y``; it lies above all other elements."""
        parts = (text,) if isinstance(text, str) else text
        self.labels.append(
            Label(
                parts=tuple(map(printable, parts)), x=x, y=y,
                size=size, bold=bold, anchor=anchor, role=role,
            )
        )  # fmt: skip

    def add(self, other: Canvas, right: float, down: float) -> None:
        """Adds all that is on another canvas, moved."""
        self.elements += [_moved(element, right, down) for element in other.elements]
        self.labels += [
            replace(label, x=label.x + right, y=label.y + down) for label in other.labels
        ]

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """The left, upper, right and lower end of all elements."""
        ends = [_ends(element) for element in (*self.elements, *self.labels)]
        if not ends:
            return 0.0, 0.0, 0.0, 0.0
        left, upper, right, lower = zip(*ends, strict=True)
        return min(left), min(upper), max(right), max(lower)


def printable(text: str) -> str:
    """A text without control characters, which XML has no way to write."""
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable()
        else character.encode("unicode_escape", "backslashreplace").decode()
        for character in text
    )


def _moved(element: Element, right: float, down: float) -> Element:
    if isinstance(element, Wire):
        return replace(element, points=tuple((x + right, y + down) for x, y in element.points))
    return replace(element, x=element.x + right, y=element.y + down)


def _ends(element: Element) -> tuple[float, float, float, float]:
    if isinstance(element, Label):
        return element.box
    if isinstance(element, Box):
        right, lower = element.x + element.width, element.y + element.height
        return element.x, element.y, right, lower
    if isinstance(element, Circle):
        x, y, radius = element.x, element.y, element.radius
        return x - radius, y - radius, x + radius, y + radius
    across, down = zip(*element.points, strict=True)
    return min(across) - 3, min(down) - 3, max(across) + 3, max(down) + 3
