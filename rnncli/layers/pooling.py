"""Layers that take the largest or the mean of windows, or of everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rnncli.layers.convolution import arrange, per_axis, spatial_input, windows
from rnncli.layers.rule import Call, Facts, Rule


def pooling(spatial: int) -> Rule:
    """Windows of pool_size, moved on by strides (pool_size where they are not given)."""

    def rule(call: Call) -> Facts:
        x = spatial_input(call, spatial)
        pool = per_axis(call, "pool_size", spatial)
        strides = per_axis(call, "strides", spatial, default="pool_size")
        sizes = windows(call, x, pool, strides, call["padding"], [1] * spatial)
        channel = 1 if call["data_format"] == "channels_first" else -1
        shape = arrange(call, x, sizes, x.axes[channel])
        return Facts((call.output(shape, dtype=x.dtype),))

    return rule


def global_pooling(spatial: int, honours_mask: bool = False) -> Rule:
    """(batch, …, channels) → (batch, channels)."""

    def rule(call: Call) -> Facts:
        x = spatial_input(call, spatial)
        channel = 1 if call["data_format"] == "channels_first" else -1
        sizes = [1] * spatial if call["keepdims"] else []
        shape = arrange(call, x, sizes, x.axes[channel])
        facts = Facts((replace(call.output(shape, dtype=x.dtype), last_step_of=None),))
        return replace(facts, mask="uses") if honours_mask and x.masked else facts

    return rule


RULES: Mapping[str, Rule] = {
    "AveragePooling1D": pooling(1),
    "GlobalAveragePooling1D": global_pooling(1, honours_mask=True),
    "GlobalMaxPooling1D": global_pooling(1),
    "MaxPooling1D": pooling(1),
}
