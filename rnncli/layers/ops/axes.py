"""The axes that the arguments of an operation name, and what it computes with their sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from rnncli.report.layer import Shape
from rnncli.report.shapes import Axis, product, shown
from rnncli.rules.rule import LayerCall
from rnncli.rules.sizes import at_least
from rnncli.rules.tensors import broadcast


def axis_of(call: LayerCall, argument: str = "axis", rank: int | None = None) -> int:
    """The axis that an argument names, counted from 0; ``rank`` is that of the tensor, if it is not
    that of the input."""
    number: int = call[argument]
    return _counted(call, argument, number, call.x.rank if rank is None else rank)


def axes_of(
    call: LayerCall, argument: str = "axis", rank: int | None = None, twice: bool = False
) -> list[int]:
    """The axes that an argument names, counted from 0: one, several, or all of them for null.

    Refuses an axis that is named twice, unless the operation takes it ``twice``.
    """
    rank = call.x.rank if rank is None else rank
    named: int | list[int] | None = call[argument]
    if named is None:
        return [*range(rank)]
    numbers = named if isinstance(named, list) else [named]
    axes = [_counted(call, argument, number, rank) for number in numbers]
    repeated = next((axis for axis in axes if axes.count(axis) > 1), None)
    if repeated is not None and not twice:
        call.refuse(
            "wrong-value",
            f"{argument} of {call.layer.label} names axis {repeated} twice",
            "name each axis once",
            argument=argument,
        )
    return axes


def _counted(call: LayerCall, argument: str, number: int, rank: int) -> int:
    if not -rank <= number < rank:
        reads = f"reads {shown(call.x.shape)}, which has"
        call.refuse(
            "wrong-value",
            f"{call.layer.label} {reads if rank == call.x.rank else 'gives a tensor with'} "
            f"no axis {number}",
            f"name axes from 0, the batch, to {rank - 1}" if rank else f"leave {argument} out",
            argument=argument,
        )
    return number % rank


def along(call: LayerCall) -> tuple[Shape, int]:
    """The shape and the axis along which an operation works: without an axis, that of all elements
    in a row."""
    if call["axis"] is None:
        return (product(call.x.axes),), 0
    return call.x.axes, axis_of(call)


def with_size(shape: Shape, axis: int, size: Axis) -> Shape:
    """The shape with another size of one axis."""
    return (*shape[:axis], size, *shape[axis + 1 :])


def shortened(size: Axis, by: int) -> Axis:
    """The size less a number, but no less than 0."""
    if size is None:
        return None
    return size - by if at_least(size, by) else 0


def require_size(call: LayerCall, axis: int, least: int, argument: str, shape: Shape) -> None:
    """Refuses an axis of which an argument needs more elements than there are."""
    size = shape[axis]
    if size is not None and not at_least(size, least):
        refuse_short(call, axis, least, argument, shape)


def refuse_short(call: LayerCall, axis: int, least: int, argument: str, shape: Shape) -> NoReturn:
    """Refuses an axis that is too short for an argument."""
    call.refuse(
        "too-short",
        f"{call.layer.label} needs at least {least} elements along axis {axis} of {shown(shape)}, "
        f"by its {argument}",
        f"give it a longer axis, or another {argument}",
        argument=argument,
    )


def broadcast_as_inferred(first: Shape, second: Shape) -> Shape | None:
    """The shape that two shapes broadcast to; None where they do not fit.

    Keras takes an unknown size for the known one beside it, unless that is 1.
    """
    merged = broadcast(first, second)
    if merged is None:
        return None
    rank = len(merged)
    pairs = zip(
        (1,) * (rank - len(first)) + first, (1,) * (rank - len(second)) + second, strict=True
    )
    return tuple(
        [
            size if size is not None else next((n for n in pair if n not in (None, 1)), None)
            for size, pair in zip(merged, pairs, strict=True)
        ]
    )


def require_max_rank(call: LayerCall, most: int) -> None:
    """Refuses a tensor of more axes than TensorFlow does this with."""
    if call.x.rank > most:
        call.refuse(
            "wrong-rank",
            f"{call.layer.label} works on up to {most} axes in TensorFlow, and reads "
            f"{shown(call.x.shape)}",
            "merge some axes with ops.reshape before it",
        )


def refuse_dtypes(call: LayerCall, refused: Sequence[str], what: str, fix: str) -> None:
    """Refuses tensors of some dtypes, with which TensorFlow does not compute this."""
    for tensor in call.inputs:
        if tensor.dtype in refused:
            call.refuse("wrong-dtype", f"{call.layer.label} {what}, not {tensor.dtype}", fix)
