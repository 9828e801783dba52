"""Layers without time: weights, activations, dropout, shapes, merges, normalisation."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.conformance.drawing import (
    Strategy,
    activations,
    any_shape,
    arguments,
    booleans,
    case,
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


def _entry(cls: str, required: dict[str, Strategy], optional: dict[str, Strategy]) -> Strategy:
    return arguments(required, optional).map(lambda drawn: {cls: drawn})


_axes = st.integers(-3, 3)
_scales = {"center": booleans, "scale": booleans, "gamma_initializer": initializers}
_ids = shapes(lengths)
_noise = {"seed": st.integers(0, 9)}
_DENSE = {
    "activation": st.one_of(activations, st.just("glu")),
    "use_bias": booleans,
    "kernel_initializer": initializers,
    "kernel_regularizer": regularizers,
}
_elementwise = st.one_of(any_shape, sequences)

CASES: dict[str, Strategy] = {
    "Activation": case(
        _entry("Activation", {"activation": activations.filter(bool)}, {}), any_shape
    ),
    "ActivityRegularization": case(
        _entry("ActivityRegularization", {}, {"l1": rates, "l2": rates}), _elementwise
    ),
    "Dense": case(_entry("Dense", {"units": units}, _DENSE), _elementwise, input_dtypes),
    "Embedding": case(
        _entry(
            "Embedding",
            {"input_dim": units, "output_dim": units},
            {"mask_zero": booleans, "embeddings_initializer": initializers},
        ),
        st.one_of(_ids, shapes(lengths, features)),
        st.just("int32"),
    ),
    "Masking": case(_entry("Masking", {}, {"mask_value": rates}), _elementwise, input_dtypes),
    "Flatten": case(
        _entry("Flatten", {}, {"data_format": st.sampled_from(["channels_first", None])}),
        _elementwise,
        input_dtypes,
    ),
    "Reshape": case(
        _entry(
            "Reshape", {"target_shape": st.lists(st.integers(-1, 4), min_size=1, max_size=3)}, {}
        ),
        st.one_of(_elementwise, st.just([6]), st.just([12]), st.just([4, 6])),
        input_dtypes,
    ),
    "Permute": case(
        _entry("Permute", {"dims": st.permutations([1, 2]).map(list)}, {}), sequences, input_dtypes
    ),
    "RepeatVector": case(_entry("RepeatVector", {"n": units}, {}), _elementwise, input_dtypes),
    "LayerNormalization": case(
        _entry(
            "LayerNormalization",
            {},
            {
                "axis": st.one_of(_axes, st.lists(_axes, min_size=1, max_size=2, unique=True)),
                "rms_scaling": booleans,
                **_scales,
            },
        ),
        _elementwise,
    ),
    "BatchNormalization": case(
        _entry("BatchNormalization", {}, {"axis": _axes, "renorm": booleans, **_scales}),
        _elementwise,
    ),
    **{
        cls: case(_entry(cls, {"rate": rates}, _noise), _elementwise, input_dtypes)
        for cls in ("AlphaDropout", "Dropout", "GaussianDropout", "SpatialDropout1D")
    },
    "GaussianNoise": case(_entry("GaussianNoise", {"stddev": rates}, _noise), _elementwise),
    **{
        cls: case(_entry(cls, {}, {}), _elementwise, input_dtypes)
        for cls in ("ReLU", "LeakyReLU", "ELU")
    },
    "Softmax": case(_entry("Softmax", {}, {"axis": _axes}), _elementwise),
    "PReLU": case(
        _entry("PReLU", {}, {"shared_axes": st.lists(st.integers(1, 2), min_size=1, max_size=2)}),
        _elementwise,
    ),
}
