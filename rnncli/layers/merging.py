"""Layers that make one tensor of several: Concatenate, Add and its kin."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.layers.rule import Call, Facts, Rule
from rnncli.layers.tensors import Axis, shown
from rnncli.report import Shape


def concatenate(call: Call) -> Facts:
    """Tensors put one behind the other along axis; every other axis is alike."""
    _several(call)
    first = call.x
    axis: int = call["axis"]
    if any(each.rank != first.rank for each in call.inputs) or not (
        -first.rank <= axis < first.rank
    ):
        _mismatch(call, f"along axis {axis}", "give them the same number of axes")
    axis %= first.rank
    for number in range(1, first.rank):
        sizes = {each.axes[number] for each in call.inputs} - {None}
        if number != axis and len(sizes) > 1:
            fix = (
                "axis: 1 joins them in time"
                if number == 1 and first.rank == 3
                else "project them to the same size with a Dense, or choose another axis"
            )
            _mismatch(call, f"along axis {axis}", fix)
    sizes_along = [each.axes[axis] for each in call.inputs]
    total = None if None in sizes_along else sum(each or 0 for each in sizes_along)
    shape = (*first.axes[:axis], total, *first.axes[axis + 1 :])
    return _merged(call, shape)


def elementwise(call: Call) -> Facts:
    """Tensors of shapes that broadcast, merged element by element."""
    _several(call)
    return _merged(call, _broadcast(call))


def average(call: Call) -> Facts:
    """The mean; of integers Keras makes float64."""
    _several(call)
    dtype = None if any(each.is_float for each in call.inputs) else "float64"
    return _merged(call, _broadcast(call), dtype)


def subtract(call: Call) -> Facts:
    """The first tensor less the second."""
    if len(call.inputs) != 2:
        call.refuse(
            "needs-several",
            f"{call.layer.label} takes two tensors, and {len(call.inputs)} reach it",
            "name two: from: [a, b]",
        )
    return elementwise(call)


def _several(call: Call) -> None:
    if len(call.inputs) < 2:
        call.refuse(
            "needs-several",
            f"{call.layer.label} merges several tensors, and one reaches it",
            f"leave it out: a stack hands {call.layer.cls} the one tensor before it",
        )


def _broadcast(call: Call) -> Shape:
    rank = max(each.rank for each in call.inputs)
    # Keras lines a shorter shape up on the right, behind the batch.
    padded = [(1,) * (rank - each.rank) + each.axes[1:] for each in call.inputs]
    merged: list[Axis] = [call.x.axes[0]]
    for sizes in zip(*padded, strict=True):
        wide = {size for size in sizes if size not in (1, None)}
        if len(wide) > 1:
            fix = "project them to the same size with a Dense"
            _mismatch(call, "element by element", fix)
        merged.append(None if None in sizes else next(iter(wide), 1))
    return tuple(merged)


def _merged(call: Call, shape: Shape, dtype: str | None = None) -> Facts:
    masked = any(each.masked for each in call.inputs)
    dtypes = {each.dtype for each in call.inputs}
    if dtype is None and not any(each.is_float for each in call.inputs) and len(dtypes) == 1:
        dtype = call.x.dtype
    output = call.output(shape, dtype=dtype or call.compute, masked=masked)
    return Facts((output,), mask="passes" if masked else None)


def _mismatch(call: Call, how: str, fix: str) -> None:
    shapes = " and ".join(shown(each.shape) for each in call.inputs)
    call.refuse("shape-mismatch", f"{call.layer.label} cannot join {shapes} {how}", fix)


RULES: Mapping[str, Rule] = {
    "Add": elementwise,
    "Average": average,
    "Concatenate": concatenate,
    "Maximum": elementwise,
    "Minimum": elementwise,
    "Multiply": elementwise,
    "Subtract": subtract,
}
