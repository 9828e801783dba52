"""Layers that take the maximum or the mean of windows, or of everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec.structs import replace

from rnncli.report.shapes import shown
from rnncli.rules.rule import LayerCall, LayerPlan, Rule
from rnncli.rules.sizes import alike
from rnncli.rules.tensors import Tensor
from rnncli.rules.windows import (
    FLOATS,
    Window,
    arrange,
    channels_first,
    channels_of,
    per_axis,
    positions,
    reads_dtype,
    resized,
    spatial_axes,
    spatial_input,
)

INTEGERS = frozenset({"int8", "int16", "int32", "int64", "uint8", "uint16"})
Take = Literal["mean", "maximum"]


def pooling(spatial: int, take: Take) -> Rule:
    """Windows of pool_size, which move by strides (pool_size by default)."""

    def rule(call: LayerCall) -> LayerPlan:
        x = spatial_input(call, spatial)
        _check_dtype(call, x, spatial, take)
        window = Window(
            per_axis(call, "pool_size", spatial),
            per_axis(call, "strides", spatial, default="pool_size"),
            [1] * spatial,
        )
        return resized(call, x, positions(call, x, window))

    return rule


def global_pooling(spatial: int, take: Take) -> Rule:
    """(batch, …, channels) → (batch, channels); the mean of a sequence leaves out masked steps."""

    def rule(call: LayerCall) -> LayerPlan:
        if _passes_rank(call, spatial, take):
            x, facts = call.x, _of_another_rank(call, spatial)
        else:
            x = spatial_input(call, spatial)
            facts = resized(call, x, [1] * spatial if call["keepdims"] else [])
        if take == "maximum":
            return facts
        uses_mask = spatial == 1 and x.masked
        # The mean of integers is a float, whatever the layer's dtype. Where a mask leaves steps
        # out, Keras itself divides the sum by the number of steps, as TensorFlow divides integers.
        fraction = "float64" if uses_mask else "float32"
        dtype = x.dtype if x.is_float else fraction
        facts = replace(facts, outputs=(replace(facts.output, dtype=dtype),))
        if not uses_mask:
            return facts
        _check_mask(call, x)
        return replace(facts, mask="uses")

    return rule


def _passes_rank(call: LayerCall, spatial: int, take: Take) -> bool:
    """Whether a tensor of another rank is read, since TimeDistributed bypasses the check of it."""
    rank = call.x.rank
    has_axes = rank >= spatial + (2 if channels_first(call) else 1)
    uses_mask = spatial == 1 and take == "mean" and call.x.masked
    return call.bypassed and rank != spatial + 2 and has_axes and not uses_mask


def _of_another_rank(call: LayerCall, spatial: int) -> LayerPlan:
    """The axes where an image would have its height and width are reduced, whatever they are.

    Keras infers that all axes but the batch and the channels are.
    """
    x, first = call.x, 2 if channels_first(call) else 1
    ones = 1 if call["keepdims"] else 0
    shape = (*x.axes[:first], *[1] * spatial * ones, *x.axes[first + spatial :])
    inferred = arrange(call, x, [1] * (x.rank - 2) * ones, channels_of(call, x))
    output = call.output(shape, dtype=x.dtype, last_step_of=None)
    return LayerPlan((replace(output, inferred=None if inferred == shape else inferred),))


def adaptive_pooling(spatial: int, take: Take) -> Rule:
    """Windows of such sizes that output_size of them cover each axis."""

    def rule(call: LayerCall) -> LayerPlan:
        sizes = per_axis(call, "output_size", spatial)
        if spatial > 1 and call.x.rank == 3:
            # Keras infers an image, but the run pools by the number of axes that it finds.
            x = spatial_input(call, 1)
            facts = _adapted(call, x, sizes[:1], take)
            inferred = arrange(call, x, sizes, channels_of(call, x))
            return replace(facts, outputs=(replace(facts.output, inferred=inferred),))
        return _adapted(call, spatial_input(call, spatial), sizes, take)

    return rule


def _adapted(call: LayerCall, x: Tensor, sizes: list[int], take: Take) -> LayerPlan:
    _check_dtype(call, x, len(sizes), take)
    if take == "maximum" and 1 in (*sizes, *spatial_axes(call, x)):
        call.refuse(
            "wrong-value",
            f"{call.layer.label} comes to a window larger than its axis where output_size or the "
            f"axis of {shown(x.shape)} is 1: TensorFlow's CPU kernel then ends the whole process",
            f"GlobalMaxPooling{len(sizes)}D: {{keepdims: true}} takes the maximum of everything",
            argument="output_size",
        )
    if 1 in (*sizes, *spatial_axes(call, x)):
        call.fails_in_graph(
            f"its windows come to be larger than the axes of {shown(x.shape)} where output_size or "
            "an axis is 1",
            "give it more of both, or take the mean of everything: "
            f"GlobalAveragePooling{len(sizes)}D: {{keepdims: true}}",
            "output_size",
        )
    return resized(call, x, sizes)


def _check_dtype(call: LayerCall, x: Tensor, spatial: int, take: Take) -> None:
    """Refuses what a CPU cannot pool: volumes but in two dtypes, and the mean of integers."""
    if spatial == 3:
        reads_dtype(call, x, {"float32", "bfloat16"}, "pools float32 and bfloat16 on the CPU")
    elif take == "mean":
        reads_dtype(call, x, FLOATS, "takes the mean of floating-point numbers")
    else:
        reads_dtype(call, x, FLOATS | INTEGERS, "takes the largest of numbers")


def _check_mask(call: LayerCall, x: Tensor) -> None:
    """Refuses a mask that is not along the steps alone: axis 2 if the channels come first."""
    steps = x.axes[2 if channels_first(call) else 1]
    sizes = [*x.mask[1:], steps]
    is_one = any(type(size) is int and size == 1 for size in sizes)
    if len(x.mask) == 2 and (is_one or alike(sizes)):
        return
    call.refuse(
        "mask-misfit",
        f"{call.layer.label} leaves out masked steps of {shown(x.shape)}, but its mask is "
        f"{shown(x.mask_shape)}",
        "a mask along time alone, (batch, time), fits (batch, time, features): leave data_format "
        "out",
        argument="data_format",
    )


RULES: Mapping[str, Rule] = {
    f"{kind}{spatial}D": rule
    for spatial in (1, 2, 3)
    for kind, rule in {
        "AdaptiveAveragePooling": adaptive_pooling(spatial, "mean"),
        "AdaptiveMaxPooling": adaptive_pooling(spatial, "maximum"),
        "AveragePooling": pooling(spatial, "mean"),
        "GlobalAveragePooling": global_pooling(spatial, "mean"),
        "GlobalMaxPooling": global_pooling(spatial, "maximum"),
        "MaxPooling": pooling(spatial, "maximum"),
    }.items()
}
