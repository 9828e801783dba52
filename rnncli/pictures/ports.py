"""Where the wires of a picture in time leave a row, for the row above it."""

from __future__ import annotations

import msgspec

from rnncli.pictures.time_axis import TimeAxis


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    """The wires of a tensor: one for each step of ``axis``, or a single one without it.

    They end at the height ``y``. ``symbol`` is what the tensor is called in a circle.
    """

    columns: tuple[float, ...]
    y: float
    axis: TimeAxis | None = None
    symbol: str = "y"
