"""How a reader wants a report to look."""

from __future__ import annotations

import msgspec

#: What ``--show`` takes: parts of a report, or all of them.
PARTS = ("layers", "states", "formulas", "weights")


class RenderOptions(msgspec.Struct, frozen=True):
    """How a report is drawn.

    - ``width``: that of a terminal, or None where text may be as wide as it needs.
    - ``columns``: the names of the layer table's columns; None for those that have something to
      say.
    - ``show``: the parts of the report to show, however long; None for the first page, which has
      those that are short.
    - ``expand``: every iteration of a repeated block, and every row of a long table.
    - ``first``: no report came before this one in the same output.
    - ``ascii``: the reader knows no other characters.
    """

    width: int | None = None
    colour: bool = False
    columns: tuple[str, ...] | None = None
    show: tuple[str, ...] | None = None
    expand: bool = False
    first: bool = True
    ascii: bool = False
