"""Recurrent layers, cells and the wrappers around them."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.conformance.drawing import (
    Strategy,
    activations,
    any_shape,
    arguments,
    booleans,
    case,
    constraints,
    features,
    initializers,
    input_dtypes,
    lengths,
    rates,
    regularizers,
    sequences,
    shapes,
    units,
)

_CELL: dict[str, Strategy] = {
    "activation": activations,
    "use_bias": booleans,
    "kernel_initializer": initializers,
    "bias_initializer": initializers,
    "kernel_regularizer": regularizers,
    "recurrent_constraint": constraints,
    "dropout": rates,
    "recurrent_dropout": rates,
}
_GATED = {**_CELL, "recurrent_activation": activations}
_OVER_TIME: dict[str, Strategy] = {
    "return_sequences": booleans,
    "return_state": booleans,
    "go_backwards": booleans,
    "stateful": booleans,
    "unroll": booleans,
}
_KINDS = {
    "SimpleRNN": _CELL,
    "GRU": {**_GATED, "reset_after": booleans},
    "LSTM": {**_GATED, "unit_forget_bias": booleans},
}


def layer(cls: str, **fixed: Strategy) -> Strategy:
    """A recurrent layer as a config writes it."""
    optional = {k: v for k, v in {**_KINDS[cls], **_OVER_TIME}.items() if k not in fixed}
    return arguments({"units": units, **fixed}, optional).map(lambda drawn: {cls: drawn})


def cell(cls: str) -> Strategy:
    """A cell as a config writes it."""
    return arguments({"units": units}, _KINDS[cls]).map(lambda drawn: {f"{cls}Cell": drawn})


kinds = st.sampled_from(sorted(_KINDS))
layers = kinds.flatmap(layer)
cells = kinds.flatmap(cell)
rnns = arguments(
    {"cell": st.one_of(cells, st.lists(cells, min_size=1, max_size=3))}, _OVER_TIME
).map(lambda drawn: {"RNN": drawn})
_merges = {"merge_mode": st.sampled_from(["concat", "sum", "mul", "ave", None])}
_copied = arguments({"layer": st.one_of(layers, rnns)}, _merges)


@st.composite
def _two_layers(draw: st.DrawFn) -> dict[str, object]:
    every, state = st.just(draw(booleans)), st.just(draw(booleans))
    common = {"return_sequences": every, "return_state": state, "stateful": st.just(False)}
    forward = draw(layer(draw(kinds), go_backwards=st.just(False), **common))
    backward = draw(layer(draw(kinds), go_backwards=st.just(True), **common))
    return {"layer": forward, "backward_layer": backward, "merge_mode": draw(_merges["merge_mode"])}


bidirectionals = st.one_of(_copied, _two_layers()).map(lambda drawn: {"Bidirectional": drawn})
_inner = st.one_of(
    arguments({"units": units}, {"activation": activations}).map(lambda drawn: {"Dense": drawn}),
    st.just("Flatten"),
    layers,
    st.just({"Dropout": 0.5}),
)
time_distributed = arguments({"layer": _inner}, {}).map(lambda drawn: {"TimeDistributed": drawn})

CASES: dict[str, Strategy] = {
    **{cls: case(layer(cls), sequences, input_dtypes) for cls in _KINDS},
    "RNN": case(rnns, sequences),
    "Bidirectional": case(bidirectionals, sequences),
    "TimeDistributed": case(
        time_distributed,
        st.one_of(shapes(lengths, features), shapes(lengths, features, features), any_shape),
    ),
}
