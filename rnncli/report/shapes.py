"""Shapes and sizes, some of which may not be known."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from rnncli.report.layer import Shape

Axis = int | None


def is_float(dtype: str | None) -> bool:
    """Whether a dtype is a floating-point type."""
    return dtype is not None and "float" in dtype


def product(axes: Iterable[Axis]) -> Axis:
    """The product of sizes; None if one of them is None."""
    sizes: list[Any] = [*axes]
    return None if None in sizes else math.prod(sizes)


def add(*counts: Axis) -> Axis:
    """The sum of counts; None if one of them is None."""
    known: tuple[Any, ...] = counts
    return None if None in known else sum(known)


def shown(shape: Shape | None) -> str:
    """A shape as a message writes it: ``(1, T, 8)``, or ``?`` if it is not known."""
    if shape is None:
        return "?"
    axes = ", ".join("T" if axis is None else str(axis) for axis in shape)
    return f"({axes},)" if len(shape) == 1 else f"({axes})"
