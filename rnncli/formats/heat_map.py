"""Numbers over units and time steps as a heat map: a Rich renderable.

In colour, a half block is two units, one above the other. Without colour, a character is one unit:
shades for numbers from 0 on, and triangles that point up or down for signed ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.text import Text

MASKED = "═"
_HALF = "▀"
# From the lowest number to the highest: without colour, and in ASCII.
_SHADES, _SHADES_ASCII = "·░▒▓█", ".:x%#"
_SIGNS, _SIGNS_ASCII = "▼▽·△▲", "Vv.^A"
# The same of the palette of 256 colours.
_DARK_TO_LIGHT = (234, 17, 18, 19, 25, 31, 37, 43, 79, 115, 151, 187, 230)
_BLUE_TO_RED = (45, 39, 33, 26, 19, 17, 236, 52, 88, 124, 160, 202, 214)


class Scale(msgspec.Struct, frozen=True):
    """The range of a map's colours; a signed one has 0 in its middle."""

    low: float
    high: float
    signed: bool

    @classmethod
    def of(cls, numbers: Sequence[Sequence[float]], is_gate: bool) -> Scale:
        """The scale of these numbers: 0 to 1 for a gate, unless it goes beyond."""
        finite = [value for row in numbers for value in row if math.isfinite(value)]
        low, high = min(finite, default=0.0), max(finite, default=0.0)
        if is_gate and low >= 0:
            return cls(0.0, max(high, 1.0), signed=False)
        if is_gate or low < 0:
            return cls(-max(-low, high), max(-low, high), signed=True)
        return cls(0.0, high, signed=low < 0)

    def place(self, value: float, count: int) -> int | None:
        """Which of ``count`` equal parts of the range a number is in; None if it is no number."""
        if math.isnan(value):
            return None
        width = self.high - self.low
        if width <= 0:
            return count // 2 if self.signed else 0
        inside = min(max(value, self.low), self.high)
        return min(int((inside - self.low) / width * count), count - 1)


class HeatMap(msgspec.Struct, frozen=True):
    """A heat map with a label before each row.

    ``rows`` has the numbers of one unit each, NaN where there is none; ``masked`` says of each
    column whether its steps are masked. ``wide`` is how many characters a number takes.
    """

    rows: Sequence[Sequence[float]]
    labels: Sequence[str]
    masked: Sequence[bool]
    scale: Scale
    wide: int = 1
    colour: bool = False
    ascii: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from self.lines()

    def lines(self) -> list[Text]:
        """The rows of the map as lines of text."""
        from rich.text import Text

        width = max(map(len, self.labels), default=0)
        lines = []
        pairs = 2 if self.colour else 1
        for place in range(0, len(self.rows), pairs):
            line = Text(f"{self.labels[place]:>{width}} ", no_wrap=True)
            both = self.rows[place : place + pairs]
            for column, is_masked in enumerate(self.masked):
                text, style = self._cell([row[column] for row in both], is_masked)
                line.append(text * self.wide, style)
            lines.append(line)
        return lines

    def _cell(self, values: Sequence[float], is_masked: bool) -> tuple[str, str]:
        """The character of one step and one or two units, and its colours."""
        if is_masked:
            return "=" if self.ascii else MASKED, "dim" if self.colour else ""
        if not self.colour:
            shades = {
                (False, False): _SHADES,
                (False, True): _SHADES_ASCII,
                (True, False): _SIGNS,
                (True, True): _SIGNS_ASCII,
            }[self.scale.signed, self.ascii]
            place = self.scale.place(values[0], len(shades))
            return "?" if place is None else shades[place], ""
        colours = [self._colour(value) for value in values]
        return _HALF, " on ".join(colours)

    def _colour(self, value: float) -> str:
        ramp = _BLUE_TO_RED if self.scale.signed else _DARK_TO_LIGHT
        place = self.scale.place(value, len(ramp))
        return "default" if place is None else f"color({ramp[place]})"


def legend(signed: bool, colour: bool, ascii: bool) -> str:
    """What the colours or the characters of a map mean."""
    if colour:
        return "blue negative, red positive" if signed else "dark 0, light high"
    if not signed:
        return f"{' '.join(_SHADES_ASCII if ascii else _SHADES)} from 0 up"
    low, negative, zero, positive, high = list(_SIGNS_ASCII if ascii else _SIGNS)
    return f"{low} {negative} negative, {zero} near 0, {positive} {high} positive"
