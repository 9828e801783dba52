"""Convolutions over one, two or three axes: plain, transposed, depthwise and separable.

A filter multiplies a window of its channels at every position that it takes. MACs count these
products: positions × taps of the window × channels × filters, over the batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rnncli.layers.core.core import size_after_activation
from rnncli.report.layer import Weight
from rnncli.report.shapes import Axis, add, product
from rnncli.rules.formulas import count_formula
from rnncli.rules.policies import computes_in_floats
from rnncli.rules.quantization import lora, lora_macs, lora_rank, sum_of_weights
from rnncli.rules.rule import LayerCall, LayerPlan, Rule, unknown
from rnncli.rules.tensors import Tensor
from rnncli.rules.weights import make_weight
from rnncli.rules.windows import (
    FLOATS,
    Window,
    arrange,
    kernel_window,
    known_channels,
    layout_needs_gpu,
    needs_gpu,
    per_axis,
    positions,
    reads_dtype,
    resizing,
    spatial_axes,
    spatial_input,
)


def convolution(spatial: int) -> Rule:
    """Every filter reads all channels, or those of its group: (batch, …, filters)."""

    def rule(call: LayerCall) -> LayerPlan:
        if not computes_in_floats(call):
            return unknown(call.layer)
        x = _float_input(call, spatial)
        window = one_at_a_time(call, kernel_window(call, spatial))
        channels, filters, groups = known_channels(call, x), call["filters"], call["groups"]
        if channels % groups or filters % groups:
            call.refuse(
                "wrong-value",
                f"groups {groups} of {call.layer.label} must divide both its {channels} channels "
                f"and its {filters} filters",
                "choose a number that divides both",
                argument="groups",
            )
        if groups == 1 and spatial < 3:
            # Keras compiles the others with XLA, which supports every layout.
            layout_needs_gpu(call)
        sizes = positions(call, x, window)
        read = channels // groups
        what = "channels" if groups == 1 else "channels/groups"
        words, shape = [*("kernel",) * spatial, what, "filters"], (*window.kernel, read, filters)
        frozen = lora_rank(call) is not None
        kernel = make_weight(call, "kernel", " × ".join(words), shape, trainable=not frozen)
        macs = product((x.axes[0], *sizes, window.taps * read * filters))
        return _convolved(
            call,
            x,
            sizes=sizes,
            filters=filters,
            kernels=[kernel],
            adapters=lora(call, "kernel", [*zip(words, shape, strict=True)]),
            formula=count_formula(
                f"filters·(kernel·{what} + 1)" if call["use_bias"] else f"filters·kernel·{what}",
                filters=filters,
                kernel=window.taps,
                channels=channels,
                groups=groups,
            ),
            macs=add(macs, lora_macs(call, shape, None)),
        )

    return rule


def transposed(spatial: int) -> Rule:
    """Every input position is spread over a window of the output: (batch, …, filters).

    The output is as long as the input of a convolution with these arguments that would give
    this layer's input; ``output_padding`` says which, where several would.
    """

    def rule(call: LayerCall) -> LayerPlan:
        if not computes_in_floats(call):
            return unknown(call.layer)
        x = _float_input(call, spatial)
        window = one_at_a_time(call, kernel_window(call, spatial))
        layout_needs_gpu(call)
        if max(window.dilation) > 1:
            needs_gpu(call, "gaps", "leave dilation_rate at 1", "dilation_rate")
        channels, filters = known_channels(call, x), call["filters"]
        words = kernel_words(spatial, "filters", "channels")
        return _convolved(
            call,
            x,
            sizes=_spread(call, x, window),
            filters=filters,
            kernels=[make_weight(call, "kernel", words, (*window.kernel, filters, channels))],
            formula=count_formula(
                "filters·(kernel·channels + 1)" if call["use_bias"] else "filters·kernel·channels",
                filters=filters,
                kernel=window.taps,
                channels=channels,
            ),
            macs=product((x.axes[0], *spatial_axes(call, x), window.taps * channels * filters)),
        )

    return rule


def _spread(call: LayerCall, x: Tensor, window: Window) -> list[Axis]:
    """How long the output of a transposed convolution is along each axis."""
    spatial = len(window.kernel)
    output_padding = call["output_padding"]
    paddings = (
        [None] * spatial if output_padding is None else per_axis(call, "output_padding", spatial)
    )
    if any(
        padding >= stride
        for padding, stride in zip(paddings, window.strides, strict=True)
        if padding is not None
    ):
        call.refuse(
            "wrong-value",
            f"output_padding {output_padding} of {call.layer.label} is not below its strides "
            f"{call['strides']} on every axis",
            "an output can only be longer by less than a stride",
            argument="output_padding",
        )
    if call["padding"] == "same" and any(
        padding == 0 and reach % 2 == 0
        for padding, reach in zip(paddings, window.reach, strict=True)
    ):
        call.refuse(
            "wrong-value",
            f"{call.layer.label} with output_padding 0 and padding same would be a step too short "
            "on an axis where its window is even",
            "leave output_padding out, or make it 1 there",
            argument="output_padding",
        )
    sizes: list[Axis] = []
    for size, reach, stride, padding in zip(
        spatial_axes(call, x), window.reach, window.strides, paddings, strict=True
    ):
        if call["padding"] == "same":
            last = stride if padding is None else reach % 2 + padding
        else:
            last = max(reach, stride) if padding is None else reach + padding
        sizes.append(None if size is None else (size - 1) * stride + last)
    return sizes


def depthwise(spatial: int) -> Rule:
    """Every channel has filters of its own: (batch, …, channels·depth_multiplier)."""

    def rule(call: LayerCall) -> LayerPlan:
        if not computes_in_floats(call):
            return unknown(call.layer)
        x = _float_input(call, spatial)
        window = _even_strides(call, kernel_window(call, spatial))
        channels, multiplier = known_channels(call, x), call["depth_multiplier"]
        sizes = positions(call, x, window)
        words = kernel_words(spatial, "channels", "depth_multiplier")
        inner = "(kernel + 1)" if call["use_bias"] else "kernel"
        return _convolved(
            call,
            x,
            sizes=sizes,
            filters=channels * multiplier,
            kernels=[make_weight(call, "kernel", words, (*window.kernel, channels, multiplier))],
            formula=count_formula(
                f"channels·depth_multiplier·{inner}",
                channels=channels,
                depth_multiplier=multiplier,
                kernel=window.taps,
            ),
            macs=product((x.axes[0], *sizes, window.taps * channels * multiplier)),
            bias="channels·depth_multiplier",
        )

    return rule


def separable(spatial: int) -> Rule:
    """A depthwise convolution, then a pointwise one over its channels: (batch, …, filters)."""

    def rule(call: LayerCall) -> LayerPlan:
        if not computes_in_floats(call):
            return unknown(call.layer)
        x = _float_input(call, spatial)
        window = _even_strides(call, kernel_window(call, spatial))
        channels, filters = known_channels(call, x), call["filters"]
        multiplier = call["depth_multiplier"]
        sizes = positions(call, x, window)
        wide = channels * multiplier
        formula = "channels·depth_multiplier·(kernel + filters)"
        return _convolved(
            call,
            x,
            sizes=sizes,
            filters=filters,
            kernels=[
                make_weight(
                    call,
                    "depthwise_kernel",
                    kernel_words(spatial, "channels", "depth_multiplier"),
                    (*window.kernel, channels, multiplier),
                ),
                make_weight(
                    call,
                    "pointwise_kernel",
                    " × ".join(["1"] * spatial + ["channels·depth_multiplier", "filters"]),
                    (*[1] * spatial, wide, filters),
                ),
            ],
            formula=count_formula(
                f"{formula} + filters" if call["use_bias"] else formula,
                channels=channels,
                depth_multiplier=multiplier,
                kernel=window.taps,
                filters=filters,
            ),
            macs=product((x.axes[0], *sizes, wide * (window.taps + filters))),
        )

    return rule


def _float_input(call: LayerCall, spatial: int) -> Tensor:
    x = spatial_input(call, spatial)
    reads_dtype(call, x, FLOATS, "multiplies floating-point numbers")
    return x


def _even_strides(call: LayerCall, window: Window) -> Window:
    if len(set(window.strides)) > 1 and not window.skips_and_gaps:
        needs_gpu(call, f"strides {window.strides}", "make them all the same", "strides")
    return window


def one_at_a_time(call: LayerCall, window: Window) -> Window:
    """Refuses strides together with a dilation_rate."""
    if window.skips_and_gaps:
        call.refuse(
            "wrong-value",
            f"{call.layer.label} has both strides and a dilation_rate of more than 1",
            "leave one of them at 1",
            argument="dilation_rate",
        )
    return window


def kernel_words(spatial: int, *channels: str) -> str:
    """The shape of a kernel in words, axis by axis."""
    return " × ".join(("kernel",) * spatial + channels)


def _convolved(
    call: LayerCall,
    x: Tensor,
    *,
    sizes: Sequence[Axis],
    filters: int,
    kernels: Sequence[Weight],
    formula: str,
    macs: Axis,
    bias: str = "filters",
    adapters: Sequence[Weight] = (),
) -> LayerPlan:
    """The output of the kernels, with a bias for each channel and after the activation."""
    weights = [*kernels]
    if call["use_bias"]:
        weights.append(make_weight(call, "bias", bias, (filters,)))
    weights += adapters
    if adapters:
        formula = sum_of_weights(weights)
    inferred = arrange(call, x, sizes, filters)
    shape = size_after_activation(call, inferred)
    wrong = None if shape == inferred else inferred
    change = resizing(call, x, sizes)
    output = call.output(shape, last_step_of=None, inferred=wrong, resized=change)
    return LayerPlan((output,), weights=tuple(weights), formula=formula, macs=macs)


RULES: Mapping[str, Rule] = {
    "Conv1D": convolution(1),
    "Conv1DTranspose": transposed(1),
    "Conv2D": convolution(2),
    "Conv2DTranspose": transposed(2),
    "Conv3D": convolution(3),
    "Conv3DTranspose": transposed(3),
    "DepthwiseConv1D": depthwise(1),
    "DepthwiseConv2D": depthwise(2),
    "SeparableConv1D": separable(1),
    "SeparableConv2D": separable(2),
}
