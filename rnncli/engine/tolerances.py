"""How far two computations of the same numbers differ, and how far rounding may take them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

# The largest difference that is no error, unless the numbers or the dtype are coarser.
TOLERANCE = 1e-5
# The distance from 1 to the next number of a dtype.
_EPSILON = {"float16": 2.0**-10, "bfloat16": 2.0**-7, "float32": 2.0**-23, "float64": 2.0**-52}
# So many roundings of the largest term may add up.
_ROUNDINGS = 8


class Difference(msgspec.Struct, frozen=True):
    """The largest difference of several comparisons; that of numbers above 1 is relative."""

    largest: float
    tolerance: float
    agrees: bool

    @property
    def shown(self) -> float | None:
        """The largest difference; None if it is not a number."""
        return self.largest if math.isfinite(self.largest) else None


SAME = Difference(0.0, TOLERANCE, True)


def rounding(dtype: str, magnitude: Any) -> Any:
    """How far rounding may take the sum of terms whose absolute values add up to a magnitude."""
    epsilon = _EPSILON.get(dtype, _EPSILON["float32"])
    with np.errstate(over="ignore"):
        size = np.nan_to_num(np.maximum(magnitude, 1.0), nan=np.inf, posinf=np.inf)
        return np.maximum(TOLERANCE, _ROUNDINGS * epsilon * size)


def compare(ours: Any, theirs: Any, tolerance: Any = TOLERANCE) -> Difference:
    """Compares arrays; ``tolerance`` is one number, or one for each row.

    Numbers that are not finite agree with any other that are not.
    """
    if ours.size == 0:
        return SAME
    ours, theirs = ours.astype("float64"), theirs.astype("float64")
    with np.errstate(invalid="ignore", over="ignore"):
        gaps = np.abs(ours - theirs) / np.maximum(1.0, np.abs(theirs))
    same = (ours == theirs) | ~(np.isfinite(ours) | np.isfinite(theirs))
    rows = np.where(same, 0.0, gaps).reshape(len(ours), -1).max(axis=1, initial=0.0)
    return Difference(float(rows.max()), float(np.max(tolerance)), bool(np.all(rows <= tolerance)))


def merged(differences: Sequence[Difference]) -> Difference:
    """The largest of several differences."""
    if not differences:
        return SAME
    return Difference(
        float(np.max([difference.largest for difference in differences])),
        max(difference.tolerance for difference in differences),
        all(difference.agrees for difference in differences),
    )
