"""Reductions: means, sums and others over some axes of a tensor."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.layers.ops.operands import result
from rnncli.report.layer import Shape
from rnncli.report.shapes import is_float, shown
from rnncli.rules.rule import LayerCall, LayerPlan, Rule


def mean(call: LayerCall) -> LayerPlan:
    """The mean over axis; integers become float32."""
    dtype = call.x.dtype
    return result(call, reduced(call), dtype if is_float(dtype) else "float32")


def total(call: LayerCall) -> LayerPlan:
    """The sum over axis; booleans and narrow integers become int32, or uint32 where unsigned."""
    dtype = call.x.dtype
    wide = {"bool": "int32", "int8": "int32", "int16": "int32", "uint8": "uint32"}
    return result(call, reduced(call), wide.get(dtype, dtype))


def reduced(call: LayerCall) -> Shape:
    """The shape without the axes that are reduced, or with 1 in their place."""
    axes = call.x.axes
    given = call["axis"]
    numbers = range(len(axes)) if given is None else given if isinstance(given, list) else [given]
    for number in numbers:
        if not -len(axes) <= number < len(axes):
            call.refuse(
                "wrong-value",
                f"{call.layer.label} reads {shown(axes)}, which has no axis {number}",
                f"name axes from 0, the batch, to {len(axes) - 1}",
                argument="axis",
            )
    gone = {number % len(axes) for number in numbers}
    if call["keepdims"]:
        return tuple([1 if number in gone else size for number, size in enumerate(axes)])
    return tuple([size for number, size in enumerate(axes) if number not in gone])


RULES: Mapping[str, Rule] = {
    "ops.mean": mean,
    "ops.sum": total,
}
