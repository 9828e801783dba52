"""Operations that only change the shape: sizes and axes, the batch among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn

from msgspec.structs import replace

from rnncli.layers.ops.axes import axes_of, axis_of
from rnncli.layers.ops.operands import itself, result
from rnncli.report.shapes import Axis, product, shown
from rnncli.rules.rule import LayerCall, LayerPlan, Rule
from rnncli.rules.sizes import Size, alike, at_least, divisible


def reshape(call: LayerCall) -> LayerPlan:
    """The same elements in the shape newshape; one axis of -1 takes what is left."""
    named = call["newshape"]
    target: list[int] = named if isinstance(named, list) else [named]
    if target.count(-1) > 1 or min(target, default=0) < -1 or {-1, 0} <= {*target}:
        call.refuse(
            "wrong-value",
            f"newshape of {call.layer.label} has axes that are not sizes",
            "give sizes, and -1 for one axis at most, but not beside 0",
            argument="newshape",
        )
    elements = product(call.x.axes)
    rest = product(axis for axis in target if axis != -1) or 0
    if elements is not None and not (
        divisible(elements, rest) if -1 in target else alike((elements, rest))
    ):
        call.refuse(
            "wrong-value",
            f"{call.layer.label} cannot make {shown(tuple(target))} of the {elements} elements of "
            f"{shown(call.x.shape)}",
            "the sizes, with that of the batch, must multiply to the same number",
            argument="newshape",
        )
    left = None if elements is None or not rest else elements // rest
    return _shaped(call, [left if size == -1 else size for size in target])


def ravel(call: LayerCall) -> LayerPlan:
    """All elements in a row, those of the whole batch."""
    return _shaped(call, [product(call.x.axes)])


def expand_dims(call: LayerCall) -> LayerPlan:
    """New axes of size 1, at their places in the result."""
    named = call["axis"]
    rank = call.x.rank + (len(named) if isinstance(named, list) else 1)
    new = axes_of(call, rank=rank)
    sizes = iter(call.x.axes)
    return _shaped(call, [1 if axis in new else next(sizes) for axis in range(rank)])


def squeeze(call: LayerCall) -> LayerPlan:
    """The tensor without these axes of size 1, or without all axes of size 1.

    Keras infers that an empty list takes no axis away, and TensorFlow takes them all.
    """
    axes = call.x.axes
    if call["axis"] in (None, []):
        for number, size in enumerate(axes):
            if type(size) is Size and not at_least(size, 2):
                _cannot_squeeze(call, number, f"set axis: at length {size}, this one goes too")
        rest = _shaped(call, [size for size in axes if type(size) is Size or size != 1])
        if call["axis"] is None or rest.output.shape == axes:
            return rest
        return replace(rest, outputs=(replace(rest.output, inferred=axes),))
    gone = axes_of(call)
    for number in gone:
        if type(axes[number]) is Size or axes[number] != 1:
            _cannot_squeeze(call, number, "name axes of size 1")
    return _shaped(call, [size for number, size in enumerate(axes) if number not in gone])


def _cannot_squeeze(call: LayerCall, axis: int, fix: str) -> NoReturn:
    call.refuse(
        "wrong-value",
        f"{call.layer.label} cannot take axis {axis} out of {shown(call.x.shape)}: its size must "
        "be 1",
        fix,
        argument="axis",
    )


def transpose(call: LayerCall) -> LayerPlan:
    """The axes in another order; without axes, in the reverse one."""
    rank = call.x.rank
    order = [*reversed(range(rank))] if call["axes"] is None else axes_of(call, "axes")
    if len(order) != rank:
        call.refuse(
            "wrong-value",
            f"axes of {call.layer.label} must put all {rank} axes of {shown(call.x.shape)} in "
            f"order, and names {len(order)}",
            f"such as {[*reversed(range(rank))]}; the batch is axis 0",
            argument="axes",
        )
    return _shaped(call, [call.x.axes[axis] for axis in order])


def swapaxes(call: LayerCall) -> LayerPlan:
    """Two axes in each other's place."""
    first, second = axis_of(call, "axis1"), axis_of(call, "axis2")
    if first == second:
        return itself(call)
    sizes = [*call.x.axes]
    sizes[first], sizes[second] = sizes[second], sizes[first]
    return _shaped(call, sizes)


def moveaxis(call: LayerCall) -> LayerPlan:
    """Some axes at other places; the others stay in order."""
    sources, destinations = axes_of(call, "source"), axes_of(call, "destination")
    if len(sources) != len(destinations):
        call.refuse(
            "wrong-value",
            f"{call.layer.label} moves {len(sources)} axes to {len(destinations)} places",
            "give source and destination the same number of axes",
            argument="destination",
        )
    order = [axis for axis in range(call.x.rank) if axis not in sources]
    for destination, source in sorted(zip(destinations, sources, strict=True)):
        order.insert(destination, source)
    if order == [*range(call.x.rank)]:
        return itself(call)
    return _shaped(call, [call.x.axes[axis] for axis in order])


def broadcast_to(call: LayerCall) -> LayerPlan:
    """The tensor repeated along its axes of size 1, and along new axes in front."""
    target: list[int] = call["shape"]
    axes = call.x.axes
    behind = target[len(target) - len(axes) :] if len(axes) <= len(target) else None
    if behind is None or not all(
        size is None or (type(size) is not Size and size == 1) or alike((size, wanted))
        for size, wanted in zip(axes, behind, strict=True)
    ):
        call.refuse(
            "shape-mismatch",
            f"{call.layer.label} cannot repeat {shown(axes)} to {shown(tuple(target))}",
            "give shape the sizes of what it reads, counted from the last axis, and other sizes "
            "only where those are 1",
            argument="shape",
        )
    return _shaped(call, target)


def _shaped(call: LayerCall, sizes: Sequence[Axis]) -> LayerPlan:
    """The same elements, or some of them more often, in another shape."""
    return result(call, tuple(sizes), call.x.dtype)


RULES: Mapping[str, Rule] = {
    "ops.reshape": reshape,
    "ops.ravel": ravel,
    "ops.expand_dims": expand_dims,
    "ops.squeeze": squeeze,
    "ops.transpose": transpose,
    "ops.swapaxes": swapaxes,
    "ops.moveaxis": moveaxis,
    "ops.broadcast_to": broadcast_to,
}
