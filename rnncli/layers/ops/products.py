"""Products of two tensors that are summed over axes: matmul, dot, tensordot and others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from rnncli.layers.ops.axes import broadcast_as_inferred
from rnncli.layers.ops.operands import result
from rnncli.report.layer import Shape
from rnncli.report.shapes import product, shown
from rnncli.rules.dtypes import promoted
from rnncli.rules.requirements import require_min_rank
from rnncli.rules.rule import LayerCall, LayerPlan, Rule
from rnncli.rules.sizes import alike


def matmul(call: LayerCall) -> LayerPlan:
    """Products of matrices along the last two axes; the axes before them broadcast.

    A tensor of one axis is a row in front and a column behind.
    """
    first, second = _shapes(call)
    left = first if len(first) > 1 else (1, *first)
    right = second if len(second) > 1 else (*second, 1)
    if not alike((left[-1], right[-2])):
        _refuse(call, "the last axis of x1 must be as long as the last but one of x2")
    leading = broadcast_as_inferred(left[:-2], right[:-2])
    if leading is None:
        _refuse(call, "the axes before the last two must be alike, or 1")
    rows = left[-2:-1] if len(first) > 1 else ()
    columns = right[-1:] if len(second) > 1 else ()
    shape = (*leading, *rows, *columns)
    # Products of int8 are summed in int32, but not those of a vector.
    dtypes = [tensor.dtype for tensor in call.inputs]
    is_wide = dtypes == ["int8", "int8"] and 1 not in (len(first), len(second))
    macs = product((*shape, left[-1]))
    return result(call, shape, "int32" if is_wide else promoted(dtypes), macs=macs)


def dot(call: LayerCall) -> LayerPlan:
    """The sum over the last axis of x1 and the last but one of x2, or its only one."""
    first, second = _shapes(call)
    axis = -2 if len(second) > 1 else -1
    if axis == -1 and None in (first[-1], second[-1]) and first[-1] != second[-1]:
        _refuse(call, "where x2 is a vector, the sizes must be known")
    if not alike((first[-1], second[axis])):
        of_second = "the last but one" if axis == -2 else "the only axis"
        _refuse(call, f"the last axis of x1 must be as long as {of_second} of x2")
    return _summed(call, first[:-1], (*second[:axis], *second[axis:][1:]), first[-1:])


def tensordot(call: LayerCall) -> LayerPlan:
    """The sum over the last axes of x1 and the first of x2, or over the axes that are named."""
    (first, second), axes = _shapes(call), call["axes"]
    if isinstance(axes, list):
        summed = [
            [_axis_of(call, axis, shape) for axis in of]
            for of, shape in zip(axes, (first, second), strict=True)
        ]
    else:
        if not 0 <= axes <= min(len(first), len(second)):
            _no_axes(call, f"is {axes}")
        summed = [[*range(len(first) - axes, len(first))], [*range(axes)]]
    if any(len({*of}) < len(of) for of in summed):
        _no_axes(call, "names an axis twice")
    for pair in zip(*summed, strict=True):
        if not alike((first[pair[0]], second[pair[1]])):
            _refuse(call, "the axes that are summed must be alike")
    left, right = (
        tuple([size for axis, size in enumerate(shape) if axis not in of])
        for shape, of in zip((first, second), summed, strict=True)
    )
    return _summed(call, left, right, tuple([first[axis] for axis in summed[0]]))


def outer(call: LayerCall) -> LayerPlan:
    """All elements of x1 times all elements of x2; nothing is summed."""
    first, second = (product(tensor.axes) for tensor in call.inputs)
    return result(call, (first, second), _dtype(call))


def vdot(call: LayerCall) -> LayerPlan:
    """The sum of the products of all elements."""
    first, second = (product(tensor.axes) for tensor in call.inputs)
    if not alike((first, second)):
        _refuse(call, "they must have the same number of elements")
    return result(call, (), _dtype(call), macs=first)


def _shapes(call: LayerCall) -> tuple[Shape, Shape]:
    """The shapes of both tensors, which must have axes."""
    for tensor in call.inputs:
        require_min_rank(call, 1, "tensors with an axis", tensor)
    first, second = (tensor.axes for tensor in call.inputs)
    return first, second


def _summed(call: LayerCall, first: Shape, second: Shape, summed: Shape) -> LayerPlan:
    """The axes of both that are left, behind each other."""
    shape = (*first, *second)
    return result(call, shape, _dtype(call), macs=product((*shape, *summed)))


def _dtype(call: LayerCall) -> str:
    return promoted([tensor.dtype for tensor in call.inputs])


def _refuse(call: LayerCall, why: str) -> NoReturn:
    first, second = (shown(tensor.shape) for tensor in call.inputs)
    call.refuse(
        "shape-mismatch",
        f"{call.layer.label} cannot multiply {first} and {second}: {why}",
        "put ops.transpose or a Dense before one of them; the batch is axis 0",
    )


def _axis_of(call: LayerCall, axis: int, shape: Shape) -> int:
    if not -len(shape) <= axis < len(shape):
        _no_axes(call, f"names axis {axis}")
    return axis % len(shape)


def _no_axes(call: LayerCall, what: str) -> NoReturn:
    first, second = (shown(tensor.shape) for tensor in call.inputs)
    call.refuse(
        "wrong-value",
        f"axes of {call.layer.label} {what}: it reads {first} and {second}",
        "such as axes: 1 for the last axis of x1 and the first of x2, or axes: [[2], [1]]",
        argument="axes",
    )


RULES: Mapping[str, Rule] = {
    "ops.matmul": matmul,
    "ops.dot": dot,
    "ops.tensordot": tensordot,
    "ops.outer": outer,
    "ops.vdot": vdot,
}
