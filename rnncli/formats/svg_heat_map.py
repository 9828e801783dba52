"""Numbers over units and time steps as a heat map: SVG that is part of a page.

The shades are those of the page's style, light or dark: the cells of a shade are one path. The
numbers of a column are shown where a pointer is over it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec

from rnncli.formats.heat_map import Scale

if TYPE_CHECKING:
    from htpy import Node

# How many shades there are from 0 to the end of a scale.
SHADES = 8
_WIDTH, _MARGIN, _WIDEST, _FOOT = 640, 56, 48, 18
# About how many bytes a map takes, and each of its columns and its cells.
MAP_BYTES, COLUMN_BYTES, CELL_BYTES = 1200, 75, 24


class Axis(msgspec.Struct, frozen=True):
    """What the columns or the rows are: ``step`` or ``unit``; a place is several put together.

    ``first`` is the number of the first: 1 for steps.
    """

    name: str
    places: Sequence[Sequence[int]]
    first: int

    def number(self, place: int) -> str:
        """The first of the numbers at a place."""
        return str(self.places[place][0] + self.first)

    def label(self, place: int) -> str:
        """``step 3``, or ``steps 3-5``."""
        numbers = self.places[place]
        start, end = numbers[0] + self.first, numbers[-1] + self.first
        return f"{self.name} {start}" if start == end else f"{self.name}s {start}-{end}"


class SvgHeatMap(msgspec.Struct, frozen=True):
    """A heat map: ``rows`` has the numbers of a row each, NaN where there is none.

    ``masked`` says of each column whether its steps are masked. ``label`` is for screen readers.
    """

    rows: Sequence[Sequence[float]]
    masked: Sequence[bool]
    scale: Scale
    across: Axis
    down: Axis
    label: str

    def node(self) -> Node:
        """The map as a node of a page."""
        import htpy as h

        count, deep = len(self.masked), len(self.rows)
        wide = min((_WIDTH - _MARGIN) / count, _WIDEST)
        high = min(max(160 / deep, 10), 20)
        width, height = _MARGIN + wide * count + 4, high * deep + _FOOT
        cells = h.Element("g")(transform=f"translate({_MARGIN} 0) scale({wide:.4g} {high:.4g})")
        frame = h.Element("path")(class_="frame", d=f"M0 0h{count}v{deep}H0z")
        return h.Element("svg")(
            class_="map",
            viewBox=f"0 0 {width:.4g} {height:.4g}",
            width=f"{width:.4g}",
            height=f"{height:.4g}",
            role="img",
            aria_label=self.label,
        )[cells[frame, self._paths(), self._columns()], self._ticks(wide, high)]

    def _paths(self) -> list[Node]:
        """A path for each shade."""
        import htpy as h

        paths: dict[str, str] = {}
        for down, row in enumerate(self.rows):
            shades = [
                "masked" if masked else self._shade(value)
                for value, masked in zip(row, self.masked, strict=True)
            ]
            start = 0
            for shade, same in groupby(shades):
                length = len([*same])
                if shade:
                    paths[shade] = f"{paths.get(shade, '')}M{start} {down}h{length}v1h-{length}z"
                start += length
        return [h.Element("path")(class_=shade, d=path) for shade, path in sorted(paths.items())]

    def _shade(self, value: float) -> str:
        """``p k3``: the third of the shades above 0; ``n k3`` below it; empty near 0."""
        if math.isnan(value):
            return "unknown"
        end = max(abs(self.scale.low), abs(self.scale.high))
        shade = min(round(abs(value) / end * SHADES), SHADES) if end else 0
        sign = "n" if value < 0 else "p" if self.scale.signed else "s"
        return f"{sign} k{shade}" if shade else ""

    def _columns(self) -> list[Node]:
        """A column takes the pointer, and shows its numbers."""
        import htpy as h

        columns: list[Node] = []
        for place, masked in enumerate(self.masked):
            lines = [self.across.label(place)]
            if masked:
                lines.append("masked")
            else:
                lines += [f"{self.down.label(number)}: {_short(row[place])}"
                          for number, row in enumerate(self.rows)]  # fmt: skip
            rect = h.Element("rect")(x=str(place), width="1", height=str(len(self.rows)))
            columns.append(rect[h.Element("title")["\n".join(lines)]])
        return columns

    def _ticks(self, wide: float, high: float) -> list[Node]:
        """The numbers of a few columns below the map, and of the rows beside it."""
        ticks: list[Node] = []
        for place in spread(len(self.masked), 10):
            x, y = _MARGIN + wide * (place + 0.5), high * len(self.rows) + _FOOT - 4
            ticks.append(text_at(x, y, "middle", self.across.number(place)))
        for place in spread(len(self.rows), 16 if high >= 12 else 8):
            y = high * (place + 0.5) + 4
            ticks.append(text_at(_MARGIN - 6, y, "end", self.down.number(place)))
        return ticks


def text_at(x: float, y: float, anchor: str, *text: Node) -> Node:
    """A label of a scale, whose middle or end is at a point."""
    import htpy as h

    return h.Element("text")(x=f"{x:.4g}", y=f"{y:.4g}", text_anchor=anchor)[text]


def spread(count: int, most: int) -> list[int]:
    """The first of ``count`` places and others at equal distances, ``most`` at most."""
    return [*range(0, count, math.ceil(count / most))] if count else []


def _short(value: float) -> str:
    from rnncli.formats.sections.trace import short

    return short(value, signed=False).replace("−", "-")
