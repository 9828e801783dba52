"""Convolutions over time: ConvLSTM, alone, both ways and under masks; windows at each step."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.conformance.drawing import (
    Strategy,
    activations,
    arguments,
    booleans,
    case,
    initializers,
    input_dtypes,
    rates,
    regularizers,
)
from tests.conformance.windows import CASES as WINDOWS
from tests.conformance.windows import inputs, per_axis, sliding

_few = st.integers(1, 2)


def _layer(spatial: int, **fixed: Strategy) -> Strategy:
    optional = {
        **sliding(spatial),
        "activation": activations,
        "recurrent_activation": activations,
        "use_bias": booleans,
        "kernel_initializer": initializers,
        "recurrent_initializer": initializers,
        "bias_regularizer": regularizers,
        "unit_forget_bias": booleans,
        "dropout": rates,
        "recurrent_dropout": rates,
        "return_sequences": booleans,
        "return_state": booleans,
        "go_backwards": booleans,
        "stateful": booleans,
        "unroll": booleans,
        "zero_output_for_mask": booleans,
    }
    required = {"filters": st.integers(1, 3), "kernel_size": per_axis(_few, spatial), **fixed}
    return arguments(required, {k: v for k, v in optional.items() if k not in fixed}).map(
        lambda drawn: {f"ConvLSTM{spatial}D": drawn}
    )


def _frames(spatial: int) -> Strategy:
    return st.builds(
        lambda time, frame: [time, *frame],
        st.sampled_from([1, 2, 3, None]),
        inputs(spatial, largest=4),
    )


@st.composite
def _two_layers(draw: st.DrawFn, spatial: int) -> dict[str, object]:
    every, state = st.just(draw(booleans)), st.just(draw(booleans))
    common = {"return_sequences": every, "return_state": state, "stateful": st.just(False)}
    return {
        "layer": draw(_layer(spatial, go_backwards=st.just(False), **common)),
        "backward_layer": draw(_layer(spatial, go_backwards=st.just(True), **common)),
        "merge_mode": draw(st.sampled_from(["concat", "sum", None])),
    }


def _both_ways(spatial: int) -> Strategy:
    modes = st.sampled_from(["concat", "sum", "mul", "ave", None])
    copied = arguments({"layer": _layer(spatial)}, {"merge_mode": modes})
    return st.one_of(copied, _two_layers(spatial)).map(lambda drawn: {"Bidirectional": drawn})


def _masked(spatial: int) -> Strategy:
    """A mask of all axes but the last, or of time alone, before the layer."""
    frame = [2] * (spatial + 1)
    size = 2 ** (spatial + 1)
    every_axis = case(_layer(spatial), _frames(spatial)).map(
        lambda drawn: {**drawn, "layers": ["Masking", *drawn["layers"]]}
    )
    shaped = {"TimeDistributed": {"layer": {"Reshape": {"target_shape": frame}}}}
    time_alone = _layer(spatial).map(
        lambda layer: {"input": [3, size], "layers": ["Masking", shaped, layer]}
    )
    return st.one_of(every_axis, time_alone)


def _at_each_step(drawn: dict[str, Any]) -> dict[str, Any]:
    """The layer of a case inside TimeDistributed, over one more axis.

    TimeDistributed goes past the layer's own dtype, and past its check of the rank.
    """
    ((cls, given),) = drawn["layers"][0].items()
    spatial = int(cls.removesuffix("Transpose")[-2])
    frame = (drawn["input"]["shape"] + [2])[: spatial + 1]
    layer = {cls: {name: value for name, value in given.items() if name != "dtype"}}
    return {
        "input": {**drawn["input"], "shape": [3, *frame]},
        "layers": [{"TimeDistributed": {"layer": layer}}],
    }


CASES: dict[str, Strategy] = {
    **{
        f"ConvLSTM{spatial}D": case(_layer(spatial), _frames(spatial), input_dtypes)
        for spatial in (1, 2, 3)
    },
    **{
        f"Bidirectional ConvLSTM{spatial}D": case(_both_ways(spatial), _frames(spatial))
        for spatial in (1, 2, 3)
    },
    **{f"masked ConvLSTM{spatial}D": _masked(spatial) for spatial in (1, 2, 3)},
    "TimeDistributed windows": st.one_of(list(WINDOWS.values())).map(_at_each_step),
}
