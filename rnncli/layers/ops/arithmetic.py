"""Arithmetic of two tensors, or of a tensor and a number, element by element."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from rnncli.layers.ops.operands import (
    NUMERIC,
    REAL,
    Operand,
    are_strings,
    as_float,
    broadcast_shape,
    operand,
    operands,
    refuse_dtype,
    refuse_strings,
    require_family,
    result,
    result_dtype,
)
from rnncli.report.layer import Shape
from rnncli.rules.dtypes import Family, family, promoted
from rnncli.rules.rule import LayerCall, LayerPlan, Rule
from rnncli.rules.tensors import Tensor


def add(call: LayerCall) -> LayerPlan:
    """The sum of two operands.

    Keras adds a second operand that has but one axis, beside axes of size 1, as a bias, if its size
    is that of the channels of the first. The sum then has the shape of the first, even if Keras
    infers another, to which the two would broadcast. Strings are joined, but not as a bias.
    """
    first, second = pair = operands(call, "x1", "x2")
    if are_strings(call, pair):
        if _is_bias(call.inputs[1].axes, call.x.axes):
            refuse_strings(call, "where x2 is a vector of the channels of x1")
        return result(call, broadcast_shape(call, pair), "string")
    plan = subtract(call)
    if not isinstance(first, Tensor) or not isinstance(second, Tensor):
        return plan
    if not _is_bias(second.axes, first.axes) or plan.output.shape == first.shape:
        return plan
    output = replace(plan.output, shape=first.shape, inferred=plan.output.shape)
    return replace(plan, outputs=(output,))


def _is_bias(shape: Shape, other: Shape) -> bool:
    """Whether a tensor is a vector, beside axes of size 1, of as many channels as another."""
    sizes = [size for size in shape if size is None or size > 1]
    return (
        len(sizes) == 1
        and None not in sizes
        and len(other) > 1
        and sizes[0] in (other[1], other[-1])
    )


def subtract(call: LayerCall) -> LayerPlan:
    """Two operands whose shapes broadcast; the result has the dtype that they promote to."""
    return _combined(call, NUMERIC)


def maximum(call: LayerCall) -> LayerPlan:
    """The larger or the smaller of two operands, which complex numbers are not."""
    return _combined(call, REAL)


def divide(call: LayerCall) -> LayerPlan:
    """The quotient of two operands; that of integers is float32."""
    pair = operands(call, "x1", "x2")
    require_family(call, pair, NUMERIC)
    return result(call, broadcast_shape(call, pair), as_float(result_dtype(pair)))


def floor_divide(call: LayerCall) -> LayerPlan:
    """The quotient rounded down; a quotient of integers by 0 is an error."""
    plan = _combined(call, REAL)
    _check_divisor(call, plan.output.dtype)
    return plan


def mod(call: LayerCall) -> LayerPlan:
    """The remainder; TensorFlow takes a number for an int32 or a float32, and promotes to it."""
    pair = operands(call, "x1", "x2")
    require_family(call, pair, REAL)
    dtype = promoted([_strong(value) for value in pair])
    _check_divisor(call, dtype)
    return result(call, broadcast_shape(call, pair), "int32" if dtype == "bool" else dtype)


def power(call: LayerCall) -> LayerPlan:
    """A power; integers have no negative ones."""
    plan = _combined(call, NUMERIC)
    exponent = operand(call, "x2")
    if not isinstance(exponent, Tensor) and exponent < 0 and _is_whole(plan.output.dtype):
        call.refuse(
            "wrong-value",
            f"{call.layer.label} takes the power {exponent} of whole numbers, which TensorFlow "
            "does not compute",
            f"write {float(exponent)}, and the powers are floats",
            argument="x2",
        )
    return plan


def _combined(call: LayerCall, families: Sequence[Family]) -> LayerPlan:
    """Two operands of these families; TensorFlow computes nothing of two booleans."""
    pair = operands(call, "x1", "x2")
    require_family(call, pair, families)
    dtype = result_dtype(pair)
    if dtype == "bool":
        refuse_dtype(call, call.x, cast="int32")
    return result(call, broadcast_shape(call, pair), dtype)


def _check_divisor(call: LayerCall, dtype: str) -> None:
    """Refuses to divide whole numbers by the number 0."""
    divisor = operand(call, "x2")
    if not isinstance(divisor, Tensor) and divisor == 0 and _is_whole(dtype):
        call.refuse(
            "wrong-value",
            f"{call.layer.label} divides whole numbers by 0",
            "write another number",
            argument="x2",
        )


def _is_whole(dtype: str) -> bool:
    return family(dtype) in ("signed", "unsigned", "bool")


def _strong(value: Operand) -> str:
    """The dtype of an operand that promotes with the dtype of a number as with a tensor's."""
    if isinstance(value, Tensor):
        return value.dtype
    return {float: "float32", bool: "bool"}.get(type(value), "int32")


RULES: Mapping[str, Rule] = {
    "ops.add": add,
    "ops.subtract": subtract,
    "ops.multiply": subtract,
    "ops.divide": divide,
    "ops.true_divide": divide,
    "ops.floor_divide": floor_divide,
    "ops.mod": mod,
    "ops.power": power,
    "ops.maximum": maximum,
    "ops.minimum": maximum,
}
