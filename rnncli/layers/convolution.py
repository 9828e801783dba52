"""Convolutions over one, two or three axes.

A filter of kernel_size multiplies a window of its channels at every position that it takes; the
arithmetic of windows is that of Dumoulin and Visin 2016 (https://arxiv.org/abs/1603.07285).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rnncli.layers.core import activated, is_rewritten
from rnncli.layers.recurrent import sequence
from rnncli.layers.rule import Call, Facts, Rule, unknown
from rnncli.layers.tensors import Axis, Tensor, product, shown

AXES = ("length", "height × width", "depth × height × width")


def convolution(spatial: int) -> Rule:
    """The rule of Conv1D, Conv2D and Conv3D."""

    def rule(call: Call) -> Facts:
        if is_rewritten(call):
            return unknown(call.layer)
        x = spatial_input(call, spatial)
        kernel = per_axis(call, "kernel_size", spatial)
        strides = per_axis(call, "strides", spatial)
        dilation = per_axis(call, "dilation_rate", spatial)
        if math.prod(strides) > 1 and math.prod(dilation) > 1:
            call.refuse(
                "wrong-value",
                f"{call.layer.label} has both strides and a dilation_rate of more than 1",
                "leave one of them at 1",
                argument="dilation_rate",
            )
        channel_axis = 1 if call["data_format"] == "channels_first" else -1
        channels = _channels(call, x, channel_axis)
        filters, groups = call["filters"], call["groups"]
        if channels % groups or filters % groups:
            call.refuse(
                "wrong-value",
                f"groups {groups} of {call.layer.label} divides neither its {channels} channels "
                f"and its {filters} filters evenly",
                "choose a number that divides both",
                argument="groups",
            )
        sizes = windows(call, x, kernel, strides, call["padding"], dilation)
        per_group = channels // groups
        words = " × ".join(
            ["kernel"] * spatial + ["channels" if groups == 1 else "channels/groups", "filters"]
        )
        weights = [call.weight("kernel", words, (*kernel, per_group, filters))]
        if call["use_bias"]:
            weights.append(call.weight("bias", "filters", (filters,)))
        window = math.prod(kernel)
        inner = "kernel·channels" if groups == 1 else "kernel·channels/groups"
        formula = f"filters·({inner} + 1)" if call["use_bias"] else f"filters·{inner}"
        given = arrange(call, x, sizes, activated(call, filters))
        return Facts(
            (call.output(given),),
            weights=tuple(weights),
            formula=call.count(
                formula, filters=filters, kernel=window, channels=channels, groups=groups
            ),
            macs=product((x.axes[0], *sizes, window * per_group * filters)),
        )

    return rule


def spatial_input(call: Call, spatial: int) -> Tensor:
    """The input of a layer that slides windows: (batch, …, channels)."""
    if spatial == 1:
        return sequence(call)
    call.rank(spatial + 2, shape=f"(batch, {AXES[spatial - 1].replace(' ×', ',')}, channels)")
    return call.x


def per_axis(call: Call, argument: str, spatial: int, default: str | None = None) -> list[int]:
    """An argument that is one number for all axes or a list of one each."""
    value = call[argument]
    if value is None:
        value = call[default or argument]
    values = value if isinstance(value, list) else [value] * spatial
    if len(values) != spatial:
        call.refuse(
            "wrong-value",
            f"{argument} of {call.layer.label} is one number or {spatial}, not {len(values)}",
            f"such as {argument}: {[2] * spatial}",
            argument=argument,
        )
    return values


def windows(
    call: Call,
    x: Tensor,
    kernel: Sequence[int],
    strides: Sequence[int],
    padding: str,
    dilation: Sequence[int],
) -> list[Axis]:
    """How many positions a window takes along each axis."""
    first = 2 if call["data_format"] == "channels_first" else 1
    sizes: list[Axis] = []
    for number, (window, stride, gap) in enumerate(zip(kernel, strides, dilation, strict=True)):
        size = x.axes[first + number]
        if size is None:
            sizes.append(None)
            continue
        reach = gap * (window - 1) + 1
        positions = -(-size // stride) if padding != "valid" else (size - reach) // stride + 1
        if positions < 1:
            call.refuse(
                "too-short",
                f"{call.layer.label} looks at {reach} steps at once, but its input "
                f"{shown(x.shape)} has {size}",
                "give it a longer input or a smaller window, or padding: same",
            )
        sizes.append(positions)
    return sizes


def arrange(call: Call, x: Tensor, sizes: Sequence[Axis], channels: Axis) -> tuple[Axis, ...]:
    """The output's axes in the order of data_format."""
    if call["data_format"] == "channels_first":
        return (x.axes[0], channels, *sizes)
    return (x.axes[0], *sizes, channels)


def _channels(call: Call, x: Tensor, axis: int) -> int:
    channels = x.axes[axis]
    if channels is None:
        call.refuse(
            "unknown-axis",
            f"{call.layer.label} needs to know how many channels it reads, "
            f"but reads {shown(x.shape)}",
            "only the batch and the lengths may be unknown: give the axis a size",
        )
    return channels


RULES: Mapping[str, Rule] = {
    "Conv1D": convolution(1),
}
