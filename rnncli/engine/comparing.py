"""Compares two tensors that differ by rounding at most, if they are the same."""

from __future__ import annotations

import math
from typing import Any

from rnncli.engine.tensors import dtype_of, numbers_of

# The largest difference that counts as rounding, by dtype.
_TOLERANCES = {"float16": 1e-2, "bfloat16": 1e-1, "float64": 1e-9}
_TOLERANCE = 1e-4


def compared(expected: Any, tensor: Any) -> tuple[float | None, bool]:
    """Returns the largest difference between two tensors, and whether it is only rounding.

    The difference is None where it is no number.
    """
    import keras
    import numpy as np

    both = [numbers_of(keras.ops.cast(part, "float32")) for part in (expected, tensor)]
    difference = float(np.max(np.abs(both[0] - both[1]), initial=0.0))
    scale = max(1.0, float(np.max(np.abs(both[0]), initial=0.0)))
    limit = _TOLERANCES.get(dtype_of(expected), _TOLERANCE) * scale
    equal = math.isfinite(difference) and difference <= limit
    return difference if math.isfinite(difference) else None, equal
