"""A section of a report: a title, headings, rows."""

from __future__ import annotations

import msgspec


class Heading(msgspec.Struct, frozen=True):
    """A column's heading; numbers are aligned to the right, and ``wraps`` is for sentences."""

    text: str
    right: bool = False
    wraps: bool = False


class Section(msgspec.Struct, frozen=True):
    """A titled table of text; ``footer`` is a last row, drawn in bold.

    ``styles`` are colours of the rows, such as ``green``, where rows have one.
    """

    title: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[str, ...], ...]
    footer: tuple[str, ...] | None = None
    styles: tuple[str, ...] = ()
