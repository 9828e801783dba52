"""Layers that only change the shape: Flatten, Reshape, Permute, RepeatVector."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from rnncli.report.layer import Shape
from rnncli.report.shapes import product, shown
from rnncli.rules.requirements import require_batch, require_rank
from rnncli.rules.rule import LayerCall, LayerPlan, Rule, source
from rnncli.rules.sizes import alike, divisible


def flatten(call: LayerCall) -> LayerPlan:
    """(batch, a, b, …) → (batch, a·b·…)."""
    require_batch(call)
    return _shaped(call, (call.x.axes[0], product(call.x.axes[1:])))


def reshape(call: LayerCall) -> LayerPlan:
    """(batch, …) → (batch, *target_shape); one axis of -1 takes what is left."""
    require_batch(call)
    target: list[int] = call["target_shape"]
    if target.count(-1) > 1 or min(target, default=0) < -1 or {-1, 0} <= {*target}:
        call.refuse(
            "wrong-value",
            f"target_shape of {call.layer.label} has axes that are not sizes",
            "give sizes, and -1 for one axis at most, but not beside 0",
            argument="target_shape",
        )
    elements = product(call.x.axes[1:])
    rest = product(axis for axis in target if axis != -1) or 0
    if elements is not None and not (
        divisible(elements, rest) if -1 in target and rest else alike((elements, rest))
    ):
        call.refuse(
            "wrong-value",
            f"{call.layer.label} cannot make {shown(tuple(target))} of the {elements} elements of "
            f"{shown(call.x.shape)}",
            "the sizes behind the batch must multiply to the same number",
            argument="target_shape",
        )
    left = None if elements is None or not rest else elements // rest
    return _shaped(call, (call.x.axes[0], *(left if axis == -1 else axis for axis in target)))


def permute(call: LayerCall) -> LayerPlan:
    """(batch, a, b, …) → the same axes in the order of dims, counted from 1."""
    dims: list[int] = call["dims"]
    if sorted(dims) != list(range(1, len(dims) + 1)):
        call.refuse(
            "wrong-value",
            f"dims of {call.layer.label} puts axes in order, so it holds each of 1 to {len(dims)}",
            "such as [2, 1]; the batch is not counted",
            argument="dims",
        )
    require_rank(
        call, len(dims) + 1, shape=f"{len(dims)} axes behind the batch, as many as dims has"
    )
    return _shaped(call, (call.x.axes[0], *(call.x.axes[dim] for dim in dims)))


def repeat_vector(call: LayerCall) -> LayerPlan:
    """(batch, features) → (batch, n, features)."""
    x = call.x
    if x.rank == 3 and x.producer and "return_sequences" in x.producer.signature.arguments:
        words = f"leave return_sequences out of {x.producer.name}{x.producer.place.where}"
        call.refuse(
            "needs-vector",
            f"{call.layer.label} repeats a vector (batch, features), but {source(x)} a whole "
            f"sequence {shown(x.shape)}",
            call.fixes.left_out(x.producer, "return_sequences", words),
            blame=x.producer.place,
            label="returns its whole sequence",
        )
    require_rank(call, 2, shape="a vector (batch, features)")
    return _shaped(call, (x.axes[0], call["n"], x.axes[1]))


def _shaped(call: LayerCall, shape: Shape) -> LayerPlan:
    """The same elements in another shape, without a mask, which would not fit."""
    output = call.output(shape, dtype=call.x.dtype)
    return LayerPlan((replace(output, last_step_of=None),))


RULES: Mapping[str, Rule] = {
    "Flatten": flatten,
    "Permute": permute,
    "RepeatVector": repeat_vector,
    "Reshape": reshape,
}
