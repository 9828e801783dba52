"""Arithmetic of tensors and numbers, element by element."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.layers.ops.operands import broadcast_shape, operands, result, result_dtype
from rnncli.rules.rule import LayerCall, LayerPlan, Rule


def elementwise(call: LayerCall) -> LayerPlan:
    """Two operands whose shapes broadcast; the result has the dtype that they promote to."""
    pair = operands(call, "x1", "x2")
    return result(call, broadcast_shape(call, pair), result_dtype(pair))


RULES: Mapping[str, Rule] = {
    "ops.add": elementwise,
    "ops.subtract": elementwise,
    "ops.multiply": elementwise,
    "ops.maximum": elementwise,
    "ops.minimum": elementwise,
}
