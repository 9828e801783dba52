"""ConvLSTM over frames of one, two or three axes.

An LSTM whose products are convolutions (Shi et al. 2015, https://arxiv.org/abs/1506.04214): each
of its four gates convolves the frame with a kernel, and the last output, always with padding
same, with a recurrent one. Its states are frames, too.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from rnncli.layers.convolutional import kernel_words, one_at_a_time
from rnncli.layers.rnn.recurrent import check, over_time
from rnncli.model.tensor_names import state_names
from rnncli.report.layer import Cudnn
from rnncli.report.shapes import product, shown
from rnncli.rules.formulas import count_formula
from rnncli.rules.policies import computes_in_floats
from rnncli.rules.rule import LayerCall, LayerPlan, Rule, unknown
from rnncli.rules.sequences import require_sequence
from rnncli.rules.weights import make_weight
from rnncli.rules.windows import (
    FLOATS,
    arrange,
    kernel_window,
    known_channels,
    layout_needs_gpu,
    layout_words,
    positions,
    reads_dtype,
    spatial_axes,
)


def conv_lstm(spatial: int) -> Rule:
    """(batch, time, …, channels) → (batch, …, filters), with time where each step is returned."""

    def rule(call: LayerCall) -> LayerPlan:
        if not computes_in_floats(call):
            return unknown(call.layer)
        check(call)
        x = require_sequence(call, f"(batch, time, {layout_words(call, spatial)})")
        reads_dtype(call, x, FLOATS, "multiplies floating-point numbers")
        window = one_at_a_time(call, kernel_window(call, spatial))
        if spatial < 3:
            layout_needs_gpu(call)
        frame = x.reshaped((x.axes[0], *x.axes[2:]))
        if call.first and call.first[0].axes[2:] != x.axes[2:]:
            call.refuse(
                "shared-misfit",
                f"{call.layer.label} was built for frames of {shown(call.first[0].axes[2:])}, and "
                f"cannot be used for frames of {shown(x.axes[2:])}",
                "give both uses frames of one size, or make a layer of its own here",
            )
        if None in spatial_axes(call, frame):
            call.refuse(
                "unknown-axis",
                f"{call.layer.label} needs to know the size of its frames, "
                f"but reads {shown(x.shape)}",
                "only the batch and the time may be unknown: give the other axes a size",
            )
        channels, filters = known_channels(call, frame), call["filters"]
        sizes = positions(call, frame, window)
        state = arrange(call, frame, sizes, filters)[1:]
        weights = [
            make_weight(call, name, kernel_words(spatial, read, "4·filters"), (*shape, 4 * filters))
            for name, read, shape in (
                ("kernel", "channels", (*window.kernel, channels)),
                ("recurrent_kernel", "filters", (*window.kernel, filters)),
            )
        ]
        if call["use_bias"]:
            weights.append(make_weight(call, "bias", "4·filters", (4 * filters,)))
        inner = "kernel·(channels + filters)"
        return replace(
            over_time(call, x, state, [(name, state) for name in state_names(call.layer)]),
            weights=tuple(weights),
            formula=count_formula(
                f"4·filters·({inner} + 1)" if call["use_bias"] else f"4·filters·{inner}",
                filters=filters,
                kernel=window.taps,
                channels=channels,
            ),
            macs=product((*x.axes[:2], *sizes, 4 * filters * window.taps * (channels + filters))),
            cudnn=Cudnn(eligible=False, why=f"{call.layer.cls} has none"),
        )

    return rule


RULES: Mapping[str, Rule] = {f"ConvLSTM{spatial}D": conv_lstm(spatial) for spatial in (1, 2, 3)}
