"""Operations along one axis in its order: running sums, differences, sorting."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.layers.ops.axes import along, axis_of, refuse_dtypes, require_size, shortened, with_size
from rnncli.layers.ops.operands import itself, output, result
from rnncli.rules.rule import LayerCall, LayerPlan, Rule


def cumulative(call: LayerCall) -> LayerPlan:
    """The sums or products of all elements up to each, along one axis or of all in a row."""
    shape, _ = along(call)
    dtype = call["dtype"] or call.x.dtype
    return result(call, shape, "int32" if dtype == "bool" else dtype)


def diff(call: LayerCall) -> LayerPlan:
    """The differences between neighbours along axis, taken n times."""
    axis = axis_of(call)
    if call["n"] == 0:
        return itself(call)
    size = shortened(call.x.axes[axis], call["n"])
    return result(call, with_size(call.x.axes, axis, size), call.x.dtype)


def sort(call: LayerCall) -> LayerPlan:
    """The elements along one axis in order, or all elements in a row."""
    return result(call, along(call)[0], call.x.dtype)


def argsort(call: LayerCall) -> LayerPlan:
    """The indices that put the elements along one axis in order, or all elements in a row."""
    return result(call, along(call)[0], "int32")


def top_k(call: LayerCall) -> LayerPlan:
    """The k largest elements along the last axis, and their indices there."""
    if call.x.rank == 0:
        call.refuse(
            "wrong-rank",
            f"{call.layer.label} reads a single number, which has no last axis",
            "let it read a tensor with an axis",
        )
    refuse_dtypes(call, ("bool",), "compares numbers", "put ops.cast: int32 before it")
    require_size(call, call.x.rank - 1, call["k"], "k", call.x.axes)
    shape = (*call.x.axes[:-1], call["k"])
    values = output(call, shape, call.x.dtype, "values")
    return LayerPlan((values, output(call, shape, "int32", "indices")))


RULES: Mapping[str, Rule] = {
    "ops.cumsum": cumulative,
    "ops.cumprod": cumulative,
    "ops.diff": diff,
    "ops.sort": sort,
    "ops.argsort": argsort,
    "ops.top_k": top_k,
}
