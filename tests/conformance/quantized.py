"""Layers with quantized weights and with LoRA, alone and inside others; and those that have none."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.conformance.drawing import (
    Strategy,
    booleans,
    case,
    constraints,
    features,
    float_inputs,
    input_dtypes,
    lengths,
    sequences,
    shapes,
    units,
)

_modes = st.sampled_from(["int8", "int4", "int4/2", "int4/3", "int4/-1", "float8"])
_sources = st.sampled_from(["float32", "float32", "mixed_bfloat16", "bfloat16", "float64"])
_quantized = st.builds("{}_from_{}".format, _modes, _sources)
_ranks = st.one_of(st.none(), st.integers(1, 4))
_dtypes = st.one_of(_quantized, _quantized, _sources)
_usual = {"dtype": _dtypes, "lora_rank": _ranks}
_kernel = {"trainable": booleans, "kernel_constraint": constraints}
_table = {"input_dim": units, "output_dim": units, **_usual}
_maybe_table = {"mask_zero": booleans, "embeddings_constraint": constraints}


def _entry(cls: str, required: dict[str, Strategy], optional: dict[str, Strategy]) -> Strategy:
    return st.fixed_dictionaries(required, optional=optional).map(lambda drawn: {cls: drawn})


_dense = _entry(
    "Dense",
    {"units": units, **_usual},
    {**_kernel, "use_bias": booleans, "activation": st.sampled_from(["relu", "glu"])},
)
_embedding = _entry("Embedding", _table, _maybe_table)
_reversible = _entry("ReversibleEmbedding", _table, {**_maybe_table, "tie_weights": booleans})
# Equations, with the sizes of their outputs and the inputs that they read.
_einsums = [
    ("ab,bc->ac", [5], "c", [4]),
    ("abc,cd->abd", [None, 5], "d", [3, 4]),
    ("abc,cde->abde", [None, 2, 3], "de", [3, 4]),
    ("abcd,cde->abe", [None, 5], "e", [3, 2, 4]),
    ("abc,dc->abd", [None, 5], None, [3, 4]),
    ("abc,bcd->abd", [3, 5], "bd", [3, 4]),
    ("abc,cd->adb", [5, 3], None, [3, 4]),
    ("abc,cde->aebd", [3, 3, 2], "e", [3, 4]),
    ("abc,bcd->ad", [5], "d", [3, 4]),
    ("ab,b->a", [], None, [4]),
    ("ab,b->ab", [4], "b", [4]),
    ("abc,c->ab", [3], None, [3, 4]),
    ("ab,c->abc", [4, 3], None, [4]),
    ("...x,xy->...y", [5], "y", [3, 4]),
    ("ab...,bc->ac...", [5], "c", [3, 4]),
]
_einsum_dense = st.sampled_from(_einsums).flatmap(
    lambda drawn: case(
        _entry(
            "EinsumDense",
            {
                "equation": st.just(drawn[0]),
                "output_shape": st.just(drawn[1]),
                "bias_axes": st.sampled_from([None, drawn[2]]),
                **_usual,
            },
            _kernel,
        ),
        st.just(drawn[3]),
        input_dtypes,
    )
)
_convolution = _entry(
    "Conv1D",
    {"filters": st.sampled_from([2, 4]), "kernel_size": st.integers(1, 3), "lora_rank": _ranks},
    {**_kernel, "groups": st.sampled_from([1, 2]), "dtype": _sources, "use_bias": booleans},
)
_plain = st.sampled_from(
    [
        {"LSTM": {"units": 3}},
        {"Bidirectional": {"layer": {"GRU": {"units": 3}}}},
        {"RNN": {"cell": {"LSTMCell": {"units": 2}}}},
        {"Conv1D": {"filters": 2, "kernel_size": 1}},
        {"LayerNormalization": {}},
        {"Flatten": {}},
        {"Dropout": {"rate": 0.3}},
        {"TimeDistributed": {"layer": {"Dense": {"units": 3}}}},
        {"SpectralNormalization": {"layer": {"Dense": {"units": 3}}}},
    ]
)
_unquantizable = st.builds(
    lambda entry, dtype: {cls: {**given, "dtype": dtype} for cls, given in entry.items()},
    _plain,
    _quantized,
)
_ids = st.just("int32")


def _inside(wrapper: str, layer: Strategy) -> Strategy:
    wrapped = st.fixed_dictionaries({"layer": layer}, optional={"dtype": _sources})
    return wrapped.map(lambda drawn: {wrapper: drawn})


CASES: dict[str, Strategy] = {
    "quantized Dense": case(_dense, sequences, input_dtypes),
    "quantized EinsumDense": _einsum_dense,
    "quantized tables": case(
        st.one_of(_embedding, _reversible), shapes(lengths, features), st.just("int32")
    ),
    "LoRA of a Conv1D": case(
        _convolution, shapes(st.integers(3, 6), st.sampled_from([2, 4])), float_inputs
    ),
    "quantized inside": st.one_of(
        case(_inside("TimeDistributed", st.one_of(_dense, _unquantizable)), shapes(
            st.integers(1, 3), st.integers(1, 4), features
        )),
        case(_inside("TimeDistributed", _embedding), sequences, _ids),
        case(_inside("SpectralNormalization", st.one_of(_dense, _convolution)), shapes(
            st.integers(3, 4), st.sampled_from([2, 4])
        )),
        case(_inside("SpectralNormalization", _embedding), sequences, _ids),
    ),
    "unquantizable": case(_unquantizable, shapes(st.integers(1, 4), features)),
}  # fmt: skip
