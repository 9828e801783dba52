"""Sections and lines → text, drawn by Rich: for a terminal, or without colour at full width.

A shape, a number and a name are never broken or cut: a table that is wider than its terminal stays
as wide as it is. Sentences wrap.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import zip_longest
from typing import Literal

from rich.box import Box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rnncli.formats.heat_map import HeatMap
from rnncli.formats.render_options import RenderOptions
from rnncli.formats.sections.section import Heading, Section
from rnncli.formats.text import ascii_only, safe, wrapped

BOLD = "bold"
HEADING = "bold cyan"
GREEN = "green"
RED = "bold red"

Colours = Literal["standard", "256"]

_BOX = "    \n    \n {0}{0} \n    \n    \n    \n    \n    \n"
# The least width of a column of sentences.
_NARROW = 24
_GAP = 2


def line(text: str, options: RenderOptions, style: str = "") -> str:
    """Returns a line of text; on a terminal it wraps between words."""
    spelled = _spelled(text, options).split("\n")
    lines = [part for text in spelled for part in wrapped(text, options.width)]
    return "".join(_printed(Text(part, style), cell_len(part), options) for part in lines)


def table(section: Section, options: RenderOptions) -> str:
    """Draws a section as a table, with its headings underlined and its footer in bold."""
    rows = [[_spelled(cell, options) for cell in row] for row in section.rows]
    footer = [_spelled(cell, options) for cell in section.footer or ()]
    headings = section.headings
    texts = [[heading.text for heading in headings], *rows, *([footer] if footer else [])]
    widths = [max(map(_width, column)) for column in zip(*texts, strict=True)]
    least = _least(texts, headings)
    room = max(options.width, _whole(least)) if options.width else _whole(widths)
    drawn = Table(
        box=Box(_BOX.format("-" if options.ascii else "─")),
        padding=(0, 1, 0, 0),
        pad_edge=False,
        header_style=HEADING,
        footer_style=BOLD,
        show_footer=bool(footer),
    )
    for number, heading in enumerate(headings):
        drawn.add_column(
            heading.text,
            footer[number] if footer else "",
            justify="right" if heading.right else "left",
            no_wrap=not heading.wraps,
            overflow="fold" if heading.wraps else "crop",
        )
    if _whole(widths) > room:
        for row, style in zip_longest(rows, section.styles, fillvalue=""):
            drawn.add_row(*map(Text, row), style=style or None)
    elif rows:
        # One text for each column is drawn several times faster than one for each cell.
        drawn.add_row(*_columns(rows, headings, section.styles))
    return _printed(drawn, room, options)


def drawn(map: HeatMap, options: RenderOptions, after: str = "") -> str:
    """Draws a heat map; ``after`` stands behind its last row."""
    lines = map.lines()
    lines[-1].append(_spelled(after, options))
    margin = Text(" ")
    shown = Text("\n").join([margin + row for row in lines])
    return _printed(shown, max(cell_len(row.plain) for row in lines) + 1, options, "256")


def width_of(section: Section) -> int:
    """Returns the width of a section in terminal cells if none of its text wraps."""
    texts = [[heading.text for heading in section.headings], *section.rows]
    texts += [section.footer] if section.footer else []
    columns = zip(*texts, strict=True)
    return _whole([max(_width(safe(cell)) for cell in column) for column in columns])


def narrowest(section: Section) -> int:
    """Returns the width of a section in terminal cells if all its sentences wrap."""
    texts = [[heading.text for heading in section.headings], *section.rows]
    texts += [section.footer] if section.footer else []
    safe_texts = [[safe(cell) for cell in row] for row in texts]
    return _whole(_least(safe_texts, section.headings))


def _least(texts: Sequence[Sequence[str]], headings: Sequence[Heading]) -> list[int]:
    """The least widths of columns: a column of sentences is as wide as a word, or some words."""
    columns = zip(*texts, strict=True)
    return [
        min(_NARROW, max(_width(cell.replace(" ", "\n")) for cell in column))
        if heading.wraps
        else max(map(_width, column))
        for column, heading in zip(columns, headings, strict=True)
    ]


def _columns(
    rows: Sequence[Sequence[str]], headings: Sequence[Heading], styles: Sequence[str]
) -> list[Text]:
    """One text for each column, with the lines of all rows, each row in its style."""
    heights = [max(cell.count("\n") for cell in row) for row in rows]
    columns = []
    for number, heading in enumerate(headings):
        cells = [
            row[number] + "\n" * (height - row[number].count("\n"))
            for row, height in zip(rows, heights, strict=True)
        ]
        column = Text("\n".join(cells), justify="right" if heading.right else "left")
        start = 0
        for cell, style in zip(cells, styles, strict=False):
            if style:
                column.stylize(style, start, start + len(cell))
            start += len(cell) + 1
        columns.append(column)
    return columns


def _printed(
    shown: Table | Text, width: int, options: RenderOptions, colours: Colours = "standard"
) -> str:
    file = io.StringIO()
    console = Console(
        file=file,
        width=max(width, 1),
        color_system=colours if options.colour else None,
        force_terminal=options.colour,
        legacy_windows=False,
        markup=False,
        highlight=False,
        emoji=False,
    )
    console.print(shown, crop=False)
    lines = file.getvalue().split("\n")
    return "\n".join(lines if options.colour else [line.rstrip() for line in lines])


def _whole(widths: Sequence[int]) -> int:
    """Returns the width of a table with columns of these widths, margins included."""
    return sum(widths) + _GAP * len(widths)


def _width(text: str) -> int:
    return max(map(cell_len, text.split("\n")))


def _spelled(text: str, options: RenderOptions) -> str:
    return ascii_only(safe(text)) if options.ascii else safe(text)
