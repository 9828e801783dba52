"""Powers of ten over time steps as curves: SVG that is part of a page.

The numbers of a column of steps are shown where a pointer is over it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from rnncli.formats.svg_heat_map import Axis, spread, text_at

if TYPE_CHECKING:
    from htpy import Node

_WIDTH, _HEIGHT, _LEFT, _FOOT, _TOP = 640, 200, 56, 20, 10
# The distances between the lines of a scale, and how many lines there are at most.
_DISTANCES = [digit * 10.0**power for power in range(-2, 6) for digit in (1, 2, 5)]
_LINES = 6
# How many styles of curves a page has.
_STYLES = 4


class Curve(msgspec.Struct, frozen=True):
    """A curve: for each column a power of ten, None where there is none.

    ``lowest`` and ``highest`` are those of several seeds; empty if there is one. ``says`` is the
    text of each column.
    """

    name: str
    values: Sequence[float | None]
    says: Sequence[str]
    lowest: Sequence[float | None] = ()
    highest: Sequence[float | None] = ()


class SvgCurves(msgspec.Struct, frozen=True):
    """Curves over the same columns. ``label`` is for screen readers."""

    curves: Sequence[Curve]
    across: Axis
    label: str

    def node(self) -> Node:
        """The curves as a node of a page."""
        import htpy as h

        columns = h.Element("g")[self._columns()]
        parts: list[Node] = [self._scale(), self._steps(), self._bands(), self._lines(), columns]
        return h.Element("svg")(
            class_="map",
            viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
            width=str(_WIDTH),
            height=str(_HEIGHT),
            role="img",
            aria_label=self.label,
        )[parts]

    @property
    def _range(self) -> tuple[float, float]:
        known = [
            value
            for curve in self.curves
            for values in (curve.values, curve.lowest, curve.highest)
            for value in values
            if value is not None
        ]
        low, high = min(known, default=0.0), max(known, default=0.0)
        return (low, high) if high - low > 1e-6 else (low - 0.5, high + 0.5)

    @property
    def _wide(self) -> float:
        return (_WIDTH - _LEFT) / len(self.across.places)

    def _x(self, place: int) -> float:
        return _LEFT + self._wide * (place + 0.5)

    def _y(self, value: float) -> float:
        low, high = self._range
        return _TOP + (_HEIGHT - _FOOT - 2 * _TOP) * (high - value) / (high - low)

    def _scale(self) -> Iterator[Node]:
        """A line across for a few powers of ten."""
        import htpy as h

        low, high = self._range
        distance = next((size for size in _DISTANCES if (high - low) / size <= _LINES), high - low)
        for number in range(math.ceil(low / distance), math.floor(high / distance) + 1):
            power = f"{number * distance:.4g}"
            y = self._y(number * distance)
            yield h.Element("path")(class_="line", d=f"M{_LEFT} {y:.1f}H{_WIDTH}")
            raised = h.Element("tspan")(dy="-5", font_size="9")[power]
            yield text_at(_LEFT - 6, y + 4, "end", "10", raised)

    def _steps(self) -> Iterator[Node]:
        for place in spread(len(self.across.places), 10):
            yield text_at(self._x(place), _HEIGHT - 4, "middle", self.across.number(place))

    def _bands(self) -> Iterator[Node]:
        """The area between the lowest and the highest of several seeds."""
        import htpy as h

        for number, curve in enumerate(self.curves):
            ends = [
                (self._x(place), self._y(low), self._y(high))
                for place, (low, high) in enumerate(zip(curve.lowest, curve.highest, strict=True))
                if low is not None and high is not None
            ]
            if ends:
                there = [f"{x:.1f} {high:.1f}" for x, _, high in ends]
                back = [f"{x:.1f} {low:.1f}" for x, low, _ in reversed(ends)]
                path = f"M{'L'.join([*there, *back])}z"
                yield h.Element("path")(class_=f"band l{number % _STYLES}", d=path)

    def _lines(self) -> Iterator[Node]:
        import htpy as h

        for number, curve in enumerate(self.curves):
            path, start = "", "M"
            for place, value in enumerate(curve.values):
                if value is None:
                    start = "M"
                    continue
                # A line without length is a dot.
                end = "h0" if start == "M" else ""
                path += f"{start}{self._x(place):.1f} {self._y(value):.1f}{end}"
                start = "L"
            yield h.Element("path")(class_=f"curve l{number % _STYLES}", d=path)

    def _columns(self) -> Iterator[Node]:
        """A column takes the pointer, and shows its numbers."""
        import htpy as h

        for place in range(len(self.across.places)):
            lines = [self.across.label(place)]
            lines += [f"{curve.name}: {curve.says[place]}" for curve in self.curves]
            rect = h.Element("rect")(
                x=f"{_LEFT + self._wide * place:.1f}", width=f"{self._wide:.1f}",
                height=str(_HEIGHT - _FOOT),
            )  # fmt: skip
            yield rect[h.Element("title")["\n".join(lines)]]


def sample(number: int) -> Node:
    """A piece of a curve, for a legend."""
    import htpy as h

    line = h.Element("path")(class_=f"curve l{number % _STYLES}", d="M1 6H33")
    return h.Element("svg")(class_="map", width="34", height="12", aria_hidden="true")[line]
