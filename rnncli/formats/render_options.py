"""How a reader wants a report to look."""

from __future__ import annotations

import msgspec

from rnncli.report.trace import LayerTrace

#: The parts of a report that ``--show`` can name.
PARTS = ("layers", "states", "formulas", "weights", "activations")


class RenderOptions(msgspec.Struct, frozen=True):
    """How a report is drawn.

    - ``width``: the width of the terminal, or None if lines may have any width.
    - ``columns``: the names of the layer table's columns; None for the usual ones.
    - ``show``: the parts of the report to show, however long; None for the first page, which
      leaves out long ones.
    - ``expand``: show every iteration of a repeated block, and every row of a long table.
    - ``first``: this is the first report in the output.
    - ``ascii``: the output is limited to ASCII characters.
    """

    width: int | None = None
    colour: bool = False
    columns: tuple[str, ...] | None = None
    show: tuple[str, ...] | None = None
    expand: bool = False
    first: bool = True
    ascii: bool = False


class TraceOptions(msgspec.Struct, frozen=True):
    """What of a trace is shown: one unit or all, and every number or only short layers'."""

    unit: int | None = None
    values: bool = False

    def units(self, layer: LayerTrace) -> list[int]:
        """The units of a layer that are shown."""
        return [*range(layer.units)] if self.unit is None else [self.unit]
