"""Layers that slide windows over axes, and those that pool everything."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.conformance.drawing import (
    Strategy,
    activations,
    arguments,
    booleans,
    case,
    initializers,
    layouts,
    sequences,
)

_small = st.integers(1, 3)
_paddings = st.sampled_from(["valid", "same"])

CASES: dict[str, Strategy] = {
    "Conv1D": case(
        arguments(
            {"filters": st.integers(1, 6), "kernel_size": st.integers(1, 4)},
            {
                "strides": _small,
                "padding": st.sampled_from(["valid", "same", "causal"]),
                "dilation_rate": _small,
                "groups": _small,
                "activation": activations,
                "use_bias": booleans,
                "kernel_initializer": initializers,
                "data_format": layouts,
            },
        ).map(lambda drawn: {"Conv1D": drawn}),
        sequences,
    ),
    **{
        cls: case(
            arguments(
                {"pool_size": st.integers(1, 4)},
                {
                    "strides": st.one_of(st.none(), _small),
                    "padding": _paddings,
                    "data_format": layouts,
                },
            ).map(lambda drawn, cls=cls: {cls: drawn}),
            sequences,
        )
        for cls in ("MaxPooling1D", "AveragePooling1D")
    },
    **{
        cls: case(
            arguments({}, {"data_format": layouts, "keepdims": booleans}).map(
                lambda drawn, cls=cls: {cls: drawn}
            ),
            sequences,
        )
        for cls in ("GlobalMaxPooling1D", "GlobalAveragePooling1D")
    },
}
