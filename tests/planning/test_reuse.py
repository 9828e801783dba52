"""A layer that is called again: what its first call has fixed, and what it has not."""

from __future__ import annotations

import numpy as np
import pytest


def reused(entry: str, first: list[list[int]], again: list[list[int]], dtype: str) -> str:
    """A config that calls a layer on some inputs, and then on others."""
    shapes = {
        **{f"a{number}": shape for number, shape in enumerate(first)},
        **{f"b{number}": shape for number, shape in enumerate(again)},
    }
    inputs = ", ".join(f"{name}: {{shape: {s}, dtype: {dtype}}}" for name, s in shapes.items())
    reads = {
        letter: ", ".join(name for name in shapes if name.startswith(letter)) for letter in "ab"
    }
    return (
        f"inputs: {{{inputs}}}\nlayers:\n"
        f"  - {entry}\n    name: once\n    from: [{reads['a']}]\n"
        f"  - use: once\n    name: again\n    from: [{reads['b']}]\n"
        "outputs: [once, again]\n"
    )


def predicted(keras, layer, first, again, dtype):
    """The shape that the second call gives in model.predict; None where it fails."""
    calls = [[keras.Input(shape, dtype=dtype) for shape in shapes] for shapes in (first, again)]
    inputs = [*calls[0], *calls[1]]
    on_a_list = isinstance(layer, keras.layers.Add | keras.layers.AdditiveAttention)
    try:
        outputs = [layer(x) if on_a_list else layer(*x) for x in calls]
        model = keras.Model(inputs, outputs)
        numbers = [np.zeros((2, *x.shape[1:]), dtype) for x in inputs]
        return model.predict_on_batch(numbers)[1].shape
    except Exception:  # noqa: BLE001 - whatever Keras raises, it refuses
        return None


TWO, FOUR, SIX, FRAMES = [3], [4, 3], [6, 3], [2, 4, 3]
CASES = {
    "Dense: 2": (lambda k: k.Dense(2), [([TWO], [FOUR]), ([FOUR], [[4, 5]])]),
    "Embedding: {input_dim: 5, output_dim: 2}": (
        lambda k: k.Embedding(5, 2),
        [([TWO], [FOUR]), ([FRAMES], [TWO])],
    ),
    "ReversibleEmbedding: {input_dim: 5, output_dim: 2}": (
        lambda k: k.ReversibleEmbedding(5, 2),
        [([TWO], [FOUR])],
    ),
    "LayerNormalization:": (
        lambda k: k.LayerNormalization(),
        [([TWO], [FRAMES]), ([FOUR], [[4, 5]])],
    ),
    "BatchNormalization:": (lambda k: k.BatchNormalization(), [([TWO], [FOUR]), ([FOUR], [SIX])]),
    "AdditiveAttention:": (
        lambda k: k.AdditiveAttention(),
        [([FOUR, SIX], [FRAMES, FRAMES]), ([FOUR, FOUR], [SIX, SIX, SIX])],
    ),
    "MultiHeadAttention: {num_heads: 1, key_dim: 2}": (
        lambda k: k.MultiHeadAttention(1, 2),
        [([FOUR, SIX, SIX], [SIX, FOUR]), ([FOUR, FOUR], [FRAMES, FRAMES])],
    ),
    "GroupQueryAttention: {head_dim: 2, num_query_heads: 2, num_key_value_heads: 1}": (
        lambda k: k.GroupQueryAttention(2, 2, 1),
        [([FOUR, SIX, SIX], [SIX, FOUR]), ([FOUR, FOUR], [[4, 5], [4, 5]])],
    ),
    "Add:": (
        lambda k: k.Add(),
        [
            ([FOUR, FOUR], [TWO, FOUR]),
            ([FOUR, TWO], [TWO, FOUR]),
            # The batch of 2 happens to line up with an axis.
            ([FOUR, FOUR], [FRAMES, FOUR]),
            ([FOUR, FOUR], [[1, 4, 3], FOUR]),
        ],
    ),
    "Normalization:": (
        lambda k: k.Normalization(),
        [([TWO], [FOUR]), ([FOUR], [TWO]), ([FOUR], [[4, 5]])],
    ),
    "Normalization: {axis: 1}": (lambda k: k.Normalization(axis=1), [([FOUR], [[4]])]),
    "Normalization: {mean: 1.0, variance: 2.0}": (
        lambda k: k.Normalization(mean=1.0, variance=2.0),
        [([TWO], [FOUR]), ([FOUR], [TWO]), ([FOUR], [[4, 5]])],
    ),
}


@pytest.mark.parametrize(
    ("entry", "first", "again"),
    [(entry, *shapes) for entry, (_, pairs) in CASES.items() for shapes in pairs],
)
def test_a_later_call_is_planned_as_keras_runs_it(keras, planned, entry, first, again):
    dtype = "int32" if "Embedding" in entry else "float32"
    report = planned(reused(entry, first, again, dtype), batch=2)
    layer = CASES[entry][0](keras.layers)
    expected = predicted(keras, layer, first, again, dtype)
    codes = [problem.code for problem in report.problems if problem.severity == "error"]
    if expected is None:
        assert codes == ["shared-misfit"]
    else:
        assert codes == []
        assert report.layers[1].outputs[0].actual == expected


def test_a_layer_whose_first_call_is_unknown_is_unknown_again(planned):
    report = planned(
        "inputs: {x: {shape: [6], dtype: int32}}\nlayers:\n"
        "  - MultiHeadAttention: {units: 3}\n    name: faulty\n    from: [x, x]\n"
        "  - Subtract:\n    name: once\n    from: [faulty, x]\n"
        "  - use: once\n    name: again\n    from: [x, x]\n"
        "outputs: [once, again]\n"
    )
    assert report.layers[1].outputs[0].shape is None
    assert report.layers[2].params is not None


def test_a_spectral_normalization_is_held_to_its_last_axis(keras, planned):
    report = planned(
        "inputs: {a: {shape: [9], dtype: int32}, b: {shape: [4], dtype: int32}}\nlayers:\n"
        "  - SpectralNormalization: {Embedding: {input_dim: 2, output_dim: 5}}\n"
        "    name: first\n    from: a\n  - {use: first, name: again, from: b}\n"
        "outputs: [first, again]\n"
    )
    assert [problem.code for problem in report.problems] == ["shared-misfit"]
    layer = keras.layers.SpectralNormalization(keras.layers.Embedding(2, 5))
    layer(keras.Input([9], dtype="int32"))
    with pytest.raises(ValueError, match="expected axis -1"):
        layer(keras.Input([4], dtype="int32"))


@pytest.mark.parametrize("first", ["a", "b"])
def test_a_dot_wants_sizes_known_alike_where_it_is_built_alone(keras, planned, first):
    report = planned(
        "inputs: {a: [null], b: [5]}\nlayers:\n"
        f"  - Dot: 1\n    name: once\n    from: [{first}, {first}]\n"
        "  - use: once\n    name: again\n    from: [b, a]\noutputs: [once, again]\n",
        batch=2,
    )
    a, b = keras.Input([None]), keras.Input([5])
    layer = keras.layers.Dot(1)
    once = layer([a, a] if first == "a" else [b, b])
    model = keras.Model([a, b], [once, layer([b, a])])
    outputs = model.predict_on_batch([np.ones((2, 5)), np.ones((2, 5))])
    assert report.problems == ()
    assert [layer.outputs[0].shape for layer in report.layers] == [x.shape for x in outputs]
    assert report.lengths[0].size == 5
    alone = planned("inputs: {a: [null], b: [5]}\nlayers:\n  - Dot: 1\n    from: [b, a]\n")
    assert [problem.code for problem in alone.problems] == ["shape-mismatch"]
    with pytest.raises(ValueError, match="Incompatible input shapes"):
        keras.layers.Dot(1)([b, a])


@pytest.mark.parametrize("length", [5, 7])
def test_unknown_channels_of_a_later_call_are_those_of_the_first(length, keras, planned):
    config = {"data_format": "channels_first", "filters": 2, "kernel_size": 3}
    conv = keras.layers.Conv1D(**config)
    first, later = keras.Input((5, 4)), keras.Input((None, 4))
    model = keras.Model([first, later], [conv(first), conv(later)])
    report = planned(
        "inputs: {a: [5, 4], b: [null, 4]}\nlayers:\n"
        "  - Conv1D: {data_format: channels_first, filters: 2, kernel_size: 3}\n    from: a\n"
        f"  - {{use: conv1d, name: again, from: b}}\nlength: {length}\noutputs: [conv1d, again]\n",
        batch=2,
    )
    arrays = [np.zeros((2, 5, 4)), np.zeros((2, length, 4))]
    if length == 5:
        assert report.layers[-1].outputs[0].shape == model.predict_on_batch(arrays)[1].shape
    else:
        assert [problem.code for problem in report.problems] == ["shared-misfit"]
        with pytest.raises(ValueError, match="incompatible"):
            model.predict_on_batch(arrays)
