"""What an editor can fold: layers and blocks that take several lines, and comments."""

from __future__ import annotations

from lsprotocol import types

from rnncli.config.spans import Span
from rnncli.lsp.documents import Analysis
from rnncli.lsp.symbols import end_of


def folding(analysis: Analysis) -> list[types.FoldingRange]:
    """The ranges of lines that can be folded."""
    ranges: dict[int, types.FoldingRange] = {}
    positions, root = analysis.positions, analysis.root
    waiting = [root] if root is not None else []
    while waiting:
        span = waiting.pop()
        waiting += span.items
        start, end = (positions.position((line, 1)).line for line in _lines(span))
        if start < end and (start not in ranges or ranges[start].end_line < end):
            ranges[start] = types.FoldingRange(start, end)
    for start, end in _comments(analysis):
        ranges.setdefault(start, types.FoldingRange(start, end, kind="comment"))
    return [ranges[start] for start in sorted(ranges)]


def _lines(span: Span) -> tuple[int, int]:
    """The first and the last line of an item of a list, or of a key with its value."""
    if span.is_key:
        return span.start[0], end_of(span.partner)[0]
    return span.start[0], (end_of(span)[0] if span.is_item or span.flow else span.start[0])


def _comments(analysis: Analysis) -> list[tuple[int, int]]:
    """Runs of lines that hold nothing but comments."""
    runs: list[tuple[int, int]] = []
    start = None
    lines = [*analysis.positions.yaml_lines, ""]
    for number, line in enumerate(lines):
        if line.lstrip().startswith("#"):
            start = number if start is None else start
        elif start is not None:
            if number - start > 1:
                first, last = (
                    analysis.positions.position((n, 1)).line for n in (start + 1, number)
                )
                runs.append((first, last))
            start = None
    return runs
