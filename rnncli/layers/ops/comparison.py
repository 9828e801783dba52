"""Comparisons, logic, and selection by a condition; the first two give booleans."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.layers.core.core import check_selection
from rnncli.layers.ops.operands import (
    NUMERIC,
    REAL,
    are_strings,
    broadcast_shape,
    operands,
    refuse_dtype,
    require_family,
    result,
    result_dtype,
)
from rnncli.rules.rule import LayerCall, LayerPlan, Rule


def equal(call: LayerCall) -> LayerPlan:
    """Whether two operands are equal; strings can be compared with strings."""
    pair = operands(call, "x1", "x2")
    if not are_strings(call, pair):
        require_family(call, pair, NUMERIC)
    return result(call, broadcast_shape(call, pair), "bool")


def less(call: LayerCall) -> LayerPlan:
    """Whether one operand is less than another; booleans and complex numbers have no order."""
    pair = operands(call, "x1", "x2")
    require_family(call, pair, REAL)
    if result_dtype(pair) == "bool":
        refuse_dtype(call, call.x, cast="int32")
    return result(call, broadcast_shape(call, pair), "bool")


def logical_and(call: LayerCall) -> LayerPlan:
    """Two operands as truth values: all but 0 is true."""
    pair = operands(call, "x1", "x2")
    require_family(call, pair, (*NUMERIC, "float8"))
    return result(call, broadcast_shape(call, pair), "bool")


def logical_not(call: LayerCall) -> LayerPlan:
    """Whether an element is 0 or false."""
    require_family(call, call.inputs, (*NUMERIC, "float8"))
    return result(call, call.x.axes, "bool")


def isnan(call: LayerCall) -> LayerPlan:
    """Whether an element is not a number; what is no float always is one."""
    require_family(call, call.inputs, (*REAL, "float8", "string"))
    return result(call, call.x.axes, "bool")


def where(call: LayerCall) -> LayerPlan:
    """The elements of x1 where the condition holds, and of x2 elsewhere; all three broadcast."""
    missing = [name for name in ("x1", "x2") if name not in call.layer.reads and call[name] is None]
    if missing:
        call.refuse(
            "missing-argument",
            f"{call.layer.label} needs {' and '.join(missing)}: what to take where the condition "
            "holds, and elsewhere",
            "write from: {condition: …, x1: …, x2: …}, or numbers such as {x1: 1, x2: 0}",
        )
    condition, *choices = operands(call, "condition", "x1", "x2")
    require_family(call, [condition], (*NUMERIC, "float8"))
    strings = are_strings(call, choices)
    if not strings:
        require_family(call, choices, NUMERIC)
    shape = broadcast_shape(call, [condition, *choices])
    check_selection(call, len(shape))
    return result(call, shape, "string" if strings else result_dtype(choices))


RULES: Mapping[str, Rule] = {
    "ops.equal": equal,
    "ops.not_equal": equal,
    "ops.less": less,
    "ops.less_equal": less,
    "ops.greater": less,
    "ops.greater_equal": less,
    "ops.logical_and": logical_and,
    "ops.logical_or": logical_and,
    "ops.logical_xor": logical_and,
    "ops.logical_not": logical_not,
    "ops.isnan": isnan,
    "ops.where": where,
}
