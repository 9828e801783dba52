"""Numbers over steps and units, put together where there are more than a map has room for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any


def groups(count: int, most: int) -> list[range]:
    """Divides places into at most so many groups of nearly one size."""
    groups = min(count, most)
    ends = [count * group // groups for group in range(groups + 1)] if groups else []
    return [range(start, end) for start, end in pairwise(ends)]


def means(
    numbers: Any, rows: Sequence[Sequence[int]], columns: Sequence[range]
) -> list[list[float]]:
    """The mean of each group of units and steps; masked steps are left out of it.

    ``numbers`` has the axes step and unit.
    """
    import numpy as np

    array = np.asarray(numbers, dtype="float64")
    result = []
    for units in rows:
        of_units = array[:, list(units)].mean(axis=1)
        row = []
        for steps in columns:
            part = of_units[steps.start : steps.stop]
            known = part[~np.isnan(part)]
            row.append(float(known.mean()) if known.size else float("nan"))
        result.append(row)
    return result


def binned(columns: Sequence[range], rows: Sequence[Sequence[int]], names: tuple[str, str]) -> str:
    """``, binned: a column is the mean of up to 4 steps; a row is the mean of up to 2 units``;
    empty where each has one. ``names`` are those of the columns and of the rows."""
    wide = max(map(len, columns), default=1)
    deep = max(map(len, rows), default=1)
    text = f", binned: a column is the mean of up to {wide:,} {names[0]}" if wide > 1 else ""
    return text + (f"; a row is the mean of up to {deep:,} {names[1]}" if deep > 1 else "")
