"""Reductions: means, sums and others over some axes of a tensor."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.layers.ops.axes import along, axes_of, refuse_dtypes, require_max_rank, require_size
from rnncli.layers.ops.operands import result
from rnncli.report.layer import Shape
from rnncli.report.shapes import is_float, shown
from rnncli.rules.rule import LayerCall, LayerPlan, Rule

# The dtypes in which TensorFlow sums what is narrower.
_WIDE = {"bool": "int32", "int8": "int32", "int16": "int32", "uint8": "uint32", "uint16": "uint32"}
_NO_FLOATS = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
# The orders of the norm of a matrix, and those for which TensorFlow computes singular values.
_OF_MATRICES = (None, "fro", "nuc", 1, -1, 2, -2)
_SINGULAR = ("nuc", 2, -2)


def mean(call: LayerCall) -> LayerPlan:
    """The mean over axis, its standard deviation or its variance; integers become float32."""
    return result(call, reduced(call), _as_float(call.x.dtype))


def total(call: LayerCall) -> LayerPlan:
    """The sum over axis; booleans and narrow integers become int32, or uint32 where unsigned."""
    dtype = call.x.dtype
    return result(call, reduced(call), _WIDE.get(dtype, dtype))


def product_of_all(call: LayerCall) -> LayerPlan:
    """The product over axis, in the dtypes of a sum.

    TensorFlow takes dtype for a promise that the input has that dtype already, and leaves it as it
    is.
    """
    dtype = call.x.dtype
    if call["dtype"] is None:
        # Keras multiplies uint64 as uint32.
        wide = {**_WIDE, "uint64": "uint32"}
        return result(call, reduced(call), wide.get(dtype, dtype))
    refuse_dtypes(call, ("bool",), "multiplies numbers", "leave dtype out: booleans become int32")
    return result(call, reduced(call), dtype)


def extreme(call: LayerCall) -> LayerPlan:
    """The largest or the smallest element over axis."""
    initial = call["initial"] if "initial" in call.layer.signature.arguments else None
    if isinstance(initial, float) and "int" in call.x.dtype:
        call.refuse(
            "wrong-dtype",
            f"initial of {call.layer.label} must be a {call.x.dtype}, as what it reads, "
            f"not {initial}",
            "give an integer",
            argument="initial",
        )
    if initial is None:
        # Keras looks at the whole tensor before it runs, and not along axis alone.
        for axis in range(call.x.rank):
            require_size(call, axis, 1, "axis", call.x.axes)
    return result(call, reduced(call), call.x.dtype)


def truth(call: LayerCall) -> LayerPlan:
    """Whether any element over axis is not 0, or whether all of them are not."""
    return result(call, reduced(call), "bool")


def count_nonzero(call: LayerCall) -> LayerPlan:
    """How many elements over axis are not 0."""
    return result(call, reduced(call, keepdims=False), "int32")


def position(call: LayerCall) -> LayerPlan:
    """The index of the largest or of the smallest element along one axis, or among all elements."""
    require_max_rank(call, 8 if call["axis"] is None else 7)
    shape, axis = along(call)
    require_size(call, axis, 1, "axis", shape)
    return result(call, reduced(call), "int32")


def logsumexp(call: LayerCall) -> LayerPlan:
    """The logarithm of the sum of exponentials over axis, of floating-point numbers."""
    refuse_dtypes(
        call,
        _NO_FLOATS,
        "computes with floating-point numbers",
        "give the input dtype: float32, or put ops.cast: float32 before it",
    )
    return result(call, reduced(call), call.x.dtype)


def norm(call: LayerCall) -> LayerPlan:
    """The norm of vectors along one axis, or of matrices along two."""
    order, axes = call["ord"], axes_of(call)
    if len(axes) not in (1, 2):
        call.refuse(
            "wrong-rank",
            f"{call.layer.label} takes the norm over one axis or over two, not over {len(axes)} of "
            f"{shown(call.x.shape)}",
            "set axis, such as axis: -1",
            argument="axis",
        )
    is_matrix = len(axes) == 2
    if order not in _OF_MATRICES if is_matrix else isinstance(order, str):
        call.refuse(
            "wrong-value",
            f"{call.layer.label} takes the norm of {'matrices' if is_matrix else 'vectors'}, which "
            f"has no ord: {order}",
            "leave ord out, for the root of the sum of squares",
            argument="ord",
        )
    dtype = _as_float(call.x.dtype)
    if is_matrix and order in _SINGULAR:
        refuse_dtypes(
            call,
            ("float16", "bfloat16"),
            "computes singular values in float32 or float64",
            "put ops.cast: float32 before it",
        )
        named = call["axis"]
        if call["keepdims"] and named is not None and axes != sorted(named):
            call.refuse(
                "wrong-value",
                f"{call.layer.label} keeps its axes only in order and counted from 0, not {named}",
                f"write axis: {sorted(axes)}",
                argument="axis",
            )
    return result(call, reduced(call), dtype)


def reduced(call: LayerCall, keepdims: bool | None = None) -> Shape:
    """The shape without the axes that are reduced, or with 1 in their place."""
    gone = axes_of(call)
    if call["keepdims"] if keepdims is None else keepdims:
        return tuple([1 if number in gone else size for number, size in enumerate(call.x.axes)])
    return tuple([size for number, size in enumerate(call.x.axes) if number not in gone])


def _as_float(dtype: str) -> str:
    return dtype if is_float(dtype) else "float32"


RULES: Mapping[str, Rule] = {
    "ops.mean": mean,
    "ops.sum": total,
    "ops.std": mean,
    "ops.var": mean,
    "ops.max": extreme,
    "ops.min": extreme,
    "ops.amax": extreme,
    "ops.amin": extreme,
    "ops.prod": product_of_all,
    "ops.any": truth,
    "ops.all": truth,
    "ops.argmax": position,
    "ops.argmin": position,
    "ops.count_nonzero": count_nonzero,
    "ops.logsumexp": logsumexp,
    "ops.norm": norm,
}
