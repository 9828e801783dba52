"""Lines and columns of a config ↔ positions of the Language Server Protocol.

A config's lines end as YAML's do, and its columns count characters from 1. The protocol knows three
line ends, and counts from 0 in units of an encoding.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

from lsprotocol.types import Position, Range

from rnncli.config.spans import Mark
from rnncli.problems import Place

_YAML_LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_LINE_END = re.compile("\r\n|[\r\n]")


class Positions:
    """Converts between the two for one text. ``encoding`` is utf-8, utf-16 or utf-32."""

    def __init__(self, text: str, encoding: str = "utf-16") -> None:
        self.text = text
        self._encoding = encoding
        self._is_ascii = text.isascii()
        self._starts = _starts(_LINE_END, text)
        self._yaml_starts = self._starts if self._is_ascii else _starts(_YAML_LINE_END, text)

    def offset(self, mark: Mark) -> int:
        """The offset in the text of a line and a column."""
        line = min(mark[0], len(self._yaml_starts))
        return min(self._yaml_starts[line - 1] + mark[1] - 1, len(self.text))

    def mark(self, position: Position) -> Mark:
        """The line and the column of a position; one beyond a line is at its end."""
        return self.mark_at(self.offset_at(position))

    def mark_at(self, offset: int) -> Mark:
        """The line and the column of an offset."""
        line = bisect_right(self._yaml_starts, offset)
        return line, offset - self._yaml_starts[line - 1] + 1

    def offset_at(self, position: Position) -> int:
        """The offset of a position."""
        if position.line >= len(self._starts):
            return len(self.text)
        start = self._starts[position.line]
        line = self.line(position.line)
        return start + self._characters(line, position.character)

    def line(self, number: int) -> str:
        """The text of a line, which counts from 0, without its end."""
        start = self._starts[number]
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def position_at(self, offset: int) -> Position:
        """The position of an offset."""
        line = bisect_right(self._starts, offset) - 1
        before = self.text[self._starts[line] : offset]
        return Position(line, self._units(before))

    def position(self, mark: Mark) -> Position:
        """The position of a line and a column."""
        return self.position_at(self.offset(mark))

    def range(self, start: Mark, end: Mark) -> Range:
        """The range between two marks."""
        return Range(self.position(start), self.position(end))

    def of_place(self, place: Place) -> Range:
        """The range of a place of this text."""
        return self.range((place.line, place.column), (place.line, place.end))

    def end_of_line(self, line: int) -> Position:
        """The position behind the last character of a config's line that is no space."""
        start = self._yaml_starts[line - 1]
        end = self._yaml_starts[line] if line < len(self._yaml_starts) else len(self.text)
        return self.position_at(start + len(self.text[start:end].rstrip()))

    @cached_property
    def yaml_lines(self) -> list[str]:
        """The lines of the config, without their ends."""
        return _YAML_LINE_END.split(self.text)

    def _units(self, text: str) -> int:
        if self._is_ascii or self._encoding == "utf-32":
            return len(text)
        if self._encoding == "utf-8":
            return len(text.encode("utf-8", "replace"))
        return len(text) + sum(character > "\uffff" for character in text)

    def _characters(self, line: str, units: int) -> int:
        """How many characters make up so many units of a line; no more than it has."""
        if self._is_ascii or self._encoding == "utf-32":
            return min(units, len(line))
        count = 0
        for number, character in enumerate(line):
            if count >= units:
                return number
            count += self._units(character)
        return len(line)


def _starts(line_end: re.Pattern[str], text: str) -> list[int]:
    return [0, *(match.end() for match in line_end.finditer(text))]
