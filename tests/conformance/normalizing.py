"""Layers that normalise or rescale, and those whose weights take their axes from elsewhere."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.conformance.drawing import (
    Strategy,
    activations,
    any_shape,
    arguments,
    axis,
    booleans,
    case,
    constraints,
    features,
    initializers,
    input_dtypes,
    lengths,
    regularizers,
    sequences,
    shapes,
    units,
)


def _entry(cls: str, required: dict[str, Strategy], optional: dict[str, Strategy]) -> Strategy:
    return arguments(required, optional).map(lambda drawn: {cls: drawn})


_inputs = st.one_of(any_shape, sequences, st.lists(axis(largest=4), min_size=1, max_size=3))
_axis = st.integers(-4, 3)
_axes = st.one_of(_axis, st.lists(_axis, max_size=3))
_numbers = st.sampled_from([0, 2, 0.5, -1.0])
_factors = st.one_of(
    _numbers,
    st.lists(_numbers, min_size=1, max_size=4),
    st.lists(st.lists(_numbers, min_size=1, max_size=2), min_size=1, max_size=2),
)
_ids = shapes(lengths)
_embedding = {"mask_zero": booleans, "embeddings_initializer": initializers}
_reversible = {
    **_embedding,
    "tie_weights": booleans,
    "embeddings_constraint": constraints,
    "logit_soft_cap": st.sampled_from([None, 30.0]),
    "reverse_dtype": st.sampled_from([None, "float32"]),
}
_dense = arguments({"units": units}, {"activation": activations, "use_bias": booleans})
_held = st.one_of(
    _dense.map(lambda drawn: {"Dense": drawn}),
    st.just({"EinsumDense": {"equation": "abc,cd->abd", "output_shape": [None, 3]}}),
    st.sampled_from(["Flatten", {"LSTM": 3}, "BatchNormalization"]),
)
_convolution = st.just(
    {"SpectralNormalization": {"Conv1D": {"filters": 3, "kernel_size": 2, "padding": "same"}}}
)
_equations = st.sampled_from(
    [
        "ab,bc->ac", "abc,cd->abd", "abc,cde->abde", "abc,bcd->ad", "abc,cd->adb", "ab,ab->ab",
        "abc,bc->abc", "...x,xy->...y", "...bc,cd->...bd", "ab...,bc->ac...", "a...,ab->b...",
        "ab...,bcd->acd...", "...ab,b->...a", "abc,bd->adc", "abc,c->ab", "ab,cd->abd", "ab,bc->ad",
        "ab, bc -> ac", "abc,cd", "aBc,cD->aBD", "abc,de->abde", "abc,a->abc",
    ]
)  # fmt: skip
_einsum = {
    "activation": st.one_of(activations, st.just("glu")),
    "bias_axes": st.sampled_from([None, "b", "c", "d", "ac", "bd", "y", "cd", "", "db"]),
    "kernel_initializer": initializers,
    "kernel_regularizer": regularizers,
}
# Equations whose output_shape fits them, and what may have a bias there.
_fitting = st.sampled_from(
    [
        ("ab,bc->ac", [3], "c"),
        ("abc,cd->abd", [None, 3], "d"),
        ("abc,cd->abd", [None, 3], "bd"),
        ("abc,cd->adb", [3, None], "d"),
        ("abc,cde->abde", [None, 2, 3], "de"),
        ("abc,bcd->ad", 4, "d"),
        ("abcd,cde->abe", [None, 3], "e"),
        ("...x,xy->...y", 3, "y"),
        ("...x,xy->...y", [3], None),
        ("...bc,cd->...bd", [None, 3], "d"),
        ("ab...,bc->ac...", [3], "c"),
        ("ab,bcd->acd", [2, 3], "cd"),
        ("abc,bd->adc", [3, None], "d"),
        ("aBc,cD->aBD", [None, 3], "D"),
    ]
)


def _einsum_dense(fitting: tuple[str, object, str | None], drawn: dict[str, object]) -> object:
    equation, output_shape, bias_axes = fitting
    given = {"equation": equation, "output_shape": output_shape}
    bias = {"bias_axes": bias_axes} if "bias_axes" in drawn else {}
    return {"EinsumDense": {**drawn, **given, **bias}}


_output_shapes = st.one_of(
    units, st.lists(st.one_of(st.none(), st.none(), st.integers(1, 4)), min_size=1, max_size=4)
)

CASES: dict[str, Strategy] = {
    "Identity": case(_entry("Identity", {}, {}), _inputs, input_dtypes),
    "Rescaling": case(
        _entry("Rescaling", {"scale": _factors}, {"offset": _factors}), _inputs, input_dtypes
    ),
    "GroupNormalization": case(
        _entry(
            "GroupNormalization",
            {"groups": st.sampled_from([-1, 1, 2, 3, 4])},
            {
                "axis": _axis,
                "center": booleans,
                "scale": booleans,
                "gamma_initializer": initializers,
                "beta_regularizer": regularizers,
            },
        ),
        _inputs,
        input_dtypes,
    ),
    "RMSNormalization": case(
        _entry("RMSNormalization", {}, {"axis": _axes}), _inputs, input_dtypes
    ),
    "UnitNormalization": case(
        _entry("UnitNormalization", {}, {"axis": _axes}), _inputs, input_dtypes
    ),
    "Normalization": case(
        _entry(
            "Normalization",
            {},
            {
                "axis": st.one_of(st.none(), _axes),
                "mean": _factors,
                "variance": _factors,
                "invert": booleans,
            },
        ),
        _inputs,
        input_dtypes,
    ),
    "SpectralNormalization": st.one_of(
        case(
            _entry("SpectralNormalization", {"layer": _held}, {"power_iterations": units}),
            _inputs,
            input_dtypes,
        ),
        case(_convolution, _inputs),
        case(
            _entry(
                "SpectralNormalization",
                {
                    "layer": arguments({"input_dim": units, "output_dim": units}, _embedding).map(
                        lambda drawn: {"Embedding": drawn}
                    )
                },
                {},
            ),
            _ids,
            st.just("int32"),
        ),
    ),
    "ReversibleEmbedding": case(
        _entry("ReversibleEmbedding", {"input_dim": units, "output_dim": units}, _reversible),
        st.one_of(_ids, shapes(lengths, features)),
        st.just("int32"),
    ),
    "EinsumDense": st.one_of(
        case(
            _entry(
                "EinsumDense", {"equation": _equations, "output_shape": _output_shapes}, _einsum
            ),
            _inputs,
            input_dtypes,
        ),
        case(
            st.builds(_einsum_dense, _fitting, arguments({}, _einsum)),
            st.one_of(sequences, any_shape, shapes(lengths, features, features)),
            input_dtypes,
        ),
    ),
}
