"""Tensors made in the shape of another: casts, constants, one-hot codes, positions, noise."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from rnncli.layers.ops.operands import itself, refuse_dtype, result
from rnncli.report.shapes import shown
from rnncli.rules.dtypes import family
from rnncli.rules.rule import LayerCall, LayerPlan, Rule, source


def cast(call: LayerCall) -> LayerPlan:
    """The same numbers in another dtype; TensorFlow makes floats of 8 bits of floats only."""
    dtype, own = call["dtype"], family(call.x.dtype)
    if family(dtype) == "float8" and own not in ("float", "float8"):
        refuse_dtype(call, call.x)
    return itself(call) if dtype == call.x.dtype else result(call, call.x.axes, dtype)


def zeros_like(call: LayerCall) -> LayerPlan:
    """Zeros in the shape and the dtype of a tensor; the zero of strings is the empty one."""
    return result(call, call.x.axes, call["dtype"] or call.x.dtype)


def ones_like(call: LayerCall) -> LayerPlan:
    """Ones in the shape and the dtype of a tensor."""
    return result(call, call.x.axes, _dtype_of_numbers(call))


def full_like(call: LayerCall) -> LayerPlan:
    """One number everywhere; Keras promotes the dtype, which makes uint32 of uint64."""
    dtype = _dtype_of_numbers(call)
    if family(dtype) == "float8":
        _refuse_float8(call, dtype)
    promoted_dtype = {"uint64": "uint32", "complex128": "complex64"}.get(dtype, dtype)
    return result(call, call.x.axes, promoted_dtype)


def one_hot(call: LayerCall) -> LayerPlan:
    """A new axis of classes: 1 at the class of the element, 0 elsewhere."""
    axes, axis = call.x.axes, call["axis"]
    if not -1 <= axis < len(axes):
        call.refuse(
            "wrong-value",
            f"{call.layer.label} reads {shown(axes)}, and puts no axis at {axis}",
            f"write -1, which is behind the last axis, or 0 to {len(axes) - 1}",
            argument="axis",
        )
    dtype = call["dtype"] or "float32"
    if family(dtype) == "float8":
        _refuse_float8(call, dtype)
    place = len(axes) if axis == -1 else axis
    return result(call, (*axes[:place], call["num_classes"], *axes[place:]), dtype)


def _dtype_of_numbers(call: LayerCall) -> str:
    """The dtype of what an operation makes; refuses to make numbers of the dtype string."""
    dtype: str = call["dtype"] or call.x.dtype
    if dtype == "string":
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} makes numbers, and {source(call.x)} strings",
            "write dtype: float32 in it",
        )
    return dtype


def _refuse_float8(call: LayerCall, dtype: str) -> None:
    call.refuse(
        "wrong-dtype",
        f"{call.layer.label} gives no {dtype}",
        "write dtype: float32",
        argument="dtype",
    )


def arange(call: LayerCall) -> LayerPlan:
    """The positions 0, 1, 2, … along an axis, for each sample of the batch."""
    axes, axis = call.x.axes, call["axis"]
    if not -len(axes) <= axis < len(axes):
        call.refuse(
            "wrong-value",
            f"{call.layer.label} reads {shown(axes)}, which has no axis {axis}",
            f"name an axis from 0, the batch, to {len(axes) - 1}",
            argument="axis",
        )
    facts = result(call, axes[: axis % len(axes) + 1], "int32")
    return replace(facts, outputs=(replace(facts.output, below=axes[axis]),))


def random(call: LayerCall) -> LayerPlan:
    """Random numbers in the shape of what the operation reads, whatever its dtype is."""
    return result(call, call.x.axes, call["dtype"] or "float32")


RULES: Mapping[str, Rule] = {
    "ops.cast": cast,
    "ops.zeros_like": zeros_like,
    "ops.ones_like": ones_like,
    "ops.full_like": full_like,
    "ops.one_hot": one_hot,
    "ops.arange": arange,
    "random.normal": random,
    "random.uniform": random,
}
