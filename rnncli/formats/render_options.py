"""How a reader wants a report to look."""

from __future__ import annotations

import msgspec


class RenderOptions(msgspec.Struct, frozen=True):
    """``width`` is that of a terminal, or None where text may be as wide as it needs.

    ``columns`` are the names of the layer table's columns, None for those that have something
    to say. ``first`` says that no report came before this one in the same output. ``ascii`` says
    that what reads the text knows no other characters.
    """

    width: int | None = None
    colour: bool = False
    columns: tuple[str, ...] | None = None
    first: bool = True
    ascii: bool = False
