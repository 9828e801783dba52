"""Numbers too small or too large for a float64: arrays beside powers of two.

A gradient behind a thousand steps may be 10^-400. Multiplying by a power of two is exact, so
that an array may be rescaled without rounding.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

#: An array for each band; they stand for the sum of ``array · 2^(WIDTH·band)``.
Bands = dict[int, Any]

# Between the largest and the smallest number of a band and the limits of float64 there is room for
# the arithmetic of the layers that a gradient passes.
WIDTH = 400


def rescaled(arrays: Sequence[Any], power: int) -> tuple[list[Any], int]:
    """Rescales arrays that are meant times ``2^power`` together, so that the largest is near 1."""
    import numpy as np

    largest = max(float(np.max(np.abs(array), initial=0.0)) for array in arrays)
    shift = math.frexp(largest)[1] if largest and math.isfinite(largest) else 0
    return [np.ldexp(array, -shift) for array in arrays], power + shift


def added(first: Any, first_power: int, second: Any, second_power: int) -> tuple[Any, int]:
    """Adds two arrays that are meant times ``2^power``; returns the sum and its power."""
    import numpy as np

    if not np.any(second):
        return first, first_power
    if not np.any(first):
        return second, second_power
    power = max(first_power, second_power)
    return np.ldexp(first, first_power - power) + np.ldexp(second, second_power - power), power


def merged(bands: Bands | None, more: Bands | None) -> Bands | None:
    """Adds two sums of bands; None is not connected."""
    if bands is None or more is None:
        return bands if more is None else more
    both = dict(bands)
    for band, array in more.items():
        both[band] = both[band] + array if band in both else array
    return both


def in_bands(array: Any, powers: Any) -> Bands:
    """Divides an array, whose entry ``i`` is meant times ``2^powers[i]``, into bands."""
    import numpy as np

    bands: Bands = {}
    for band in np.unique(powers // WIDTH):
        inside = powers // WIDTH == band
        part = np.zeros_like(array)
        shifts = (powers[inside] - WIDTH * band).reshape(-1, *[1] * (array.ndim - 1))
        part[inside] = np.ldexp(array[inside], shifts)
        bands[int(band)] = part
    return bands


def as_one(bands: Bands) -> tuple[Any, int]:
    """Returns the sum of the bands as one array and its power of two."""
    import numpy as np

    total, power = 0.0, 0
    for band, array in bands.items():
        total, power = added(np.asarray(total), power, array, WIDTH * band)
    return np.asarray(total), power


def log10_norm(array: Any, power: int = 0) -> float | None:
    """Returns the power of ten of the norm of ``array · 2^power``; None if it is exactly 0, NaN if
    a number in it is infinite or NaN."""
    import numpy as np

    (scaled,), power = rescaled([array], power)
    norm = float(np.linalg.norm(scaled.reshape(-1)))
    if not math.isfinite(norm):
        return math.nan
    return math.log10(norm) + power * math.log10(2) if norm else None


def log10_norm_of(logs: Iterable[float | None]) -> float | None:
    """Returns the power of ten of the norm of several arrays together, given those of each."""
    known = [log for log in logs if log is not None]
    if not known:
        return None
    largest = max(known)
    return largest + math.log10(sum(100.0 ** (log - largest) for log in known)) / 2
