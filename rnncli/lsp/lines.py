"""Lines of an earlier text → lines of the present one: what is typed moves those below it."""

from __future__ import annotations

from rnncli.lsp.positions import Positions


class MovedLines:
    """Where the lines of a text that could be read are in one that is half written.

    Lines are alike from the top down and from the bottom up; those between have no counterpart.
    """

    def __init__(self, before: Positions, now: Positions) -> None:
        old, new = before.yaml_lines, now.yaml_lines
        most = min(len(old), len(new))
        top = 0
        while top < most and old[top] == new[top]:
            top += 1
        bottom = 0
        while bottom < most - top and old[-1 - bottom] == new[-1 - bottom]:
            bottom += 1
        self._top, self._bottom = top, bottom
        self._old, self._new = len(old), len(new)

    def now(self, line: int) -> int | None:
        """The present number of a line, which counts from 1; None where it is gone."""
        if line <= self._top:
            return line
        if line > self._old - self._bottom:
            return line + self._new - self._old
        return None

    def before(self, line: int) -> int | None:
        """The earlier number of a line; None where it is new."""
        if line <= self._top:
            return line
        if line > self._new - self._bottom:
            return line + self._old - self._new
        return None
