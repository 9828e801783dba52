"""What fails in the run, or in model.predict alone, is refused or warned of."""

from __future__ import annotations

import numpy as np
import pytest

RUNS, FAILS_IN_PREDICT, FAILS = "runs", "fails in predict", "fails"


def mixed(k, *dtypes: str, **arguments):
    return k.RNN([k.GRUCell(2, dtype=dtype) for dtype in dtypes], **arguments)


def steps(k, inner, dtype: str = "float32"):
    return k.TimeDistributed(inner, dtype=dtype)


def apart(k):
    backward = k.LSTM(5, go_backwards=True)
    return k.Bidirectional(k.LSTM(3), merge_mode=None, backward_layer=backward)


SEQUENCE, IMAGES = [4, 3], [2, 4, 3]
CELL = "{GRUCell: {units: 2, dtype: float16}}"
CASES = {
    f"RNN: [{CELL}, {{GRUCell: 2}}]": (SEQUENCE, lambda k: mixed(k, "float16", "float32")),
    f"RNN: [{CELL}, {CELL}]": (SEQUENCE, lambda k: mixed(k, "float16", "float16")),
    f"RNN: {{cell: [{CELL}, {CELL}], unroll: true}}": (
        SEQUENCE,
        lambda k: mixed(k, "float16", "float16", unroll=True),
    ),
    f"RNN: {{cell: {CELL}}}": (SEQUENCE, lambda k: k.RNN(k.GRUCell(2, dtype="float16"))),
    "AdaptiveAveragePooling1D: 1": (SEQUENCE, lambda k: k.AdaptiveAveragePooling1D(1)),
    "AdaptiveAveragePooling1D: 2": (SEQUENCE, lambda k: k.AdaptiveAveragePooling1D(2)),
    "AdaptiveAveragePooling2D: [2, 1]": (IMAGES, lambda k: k.AdaptiveAveragePooling2D([2, 1])),
    "TimeDistributed: {Conv1D: {filters: 2, kernel_size: 1, dtype: float64}}": (
        IMAGES,
        lambda k: steps(k, k.Conv1D(2, 1, dtype="float64")),
    ),
    "TimeDistributed: {layer: {Conv1D: {filters: 2, kernel_size: 1}}, dtype: float64}": (
        IMAGES,
        lambda k: steps(k, k.Conv1D(2, 1), "float64"),
    ),
    "TimeDistributed: {layer: {Conv1D: {filters: 2, kernel_size: 1}}, dtype: mixed_float16}": (
        IMAGES,
        lambda k: steps(k, k.Conv1D(2, 1), "mixed_float16"),
    ),
    "TimeDistributed: {Dense: {units: 2, dtype: float64}}": (
        IMAGES,
        lambda k: steps(k, k.Dense(2, dtype="float64")),
    ),
    "TimeDistributed: {TimeDistributed: {Dense: {units: 2, dtype: float64}}}": (
        IMAGES,
        lambda k: steps(k, steps(k, k.Dense(2, dtype="float64"))),
    ),
    "TimeDistributed: {layer: {TimeDistributed: {Dense: 2}}, dtype: float16}": (
        IMAGES,
        lambda k: steps(k, steps(k, k.Dense(2)), "float16"),
    ),
}

INTEGERS = {
    f"TimeDistributed: {{Dense: {{units: 2, dtype: {dtype}}}}}": dtype
    for dtype in ("bfloat16", "float16", "float64")
}


@pytest.mark.parametrize("entry", INTEGERS)
def test_integers_at_each_step_take_the_dtype_of_the_weights(keras, planned, entry):
    report = planned(f"input: {{shape: [4, 3], dtype: int32}}\nlayers:\n  - {entry}\n")
    layer = keras.layers.TimeDistributed(keras.layers.Dense(2, dtype=INTEGERS[entry]))
    output = layer(keras.ops.ones((1, 4, 3), "int32"))
    assert report.layers[0].outputs[0].dtype == keras.backend.standardize_dtype(output.dtype)


def ran(keras, shapes, outputs):
    """How a Model over inputs of these shapes runs, and what it gives."""
    inputs = [keras.Input(shape) for shape in shapes]
    numbers = [np.ones((2, *shape), "float32") for shape in shapes]
    model = keras.Model(inputs, outputs(*inputs))
    try:
        model([keras.ops.convert_to_tensor(x) for x in numbers])
    except Exception:  # noqa: BLE001 - whatever Keras raises, it refuses
        return FAILS, None
    try:
        return RUNS, model.predict_on_batch(numbers)
    except Exception:  # noqa: BLE001
        return FAILS_IN_PREDICT, None


def said(report) -> str:
    """What a plan says of the run."""
    codes = {problem.code: problem.severity for problem in report.problems}
    if "error" in codes.values():
        return FAILS
    return FAILS_IN_PREDICT if "fails-in-predict" in codes else RUNS


@pytest.mark.parametrize("entry", CASES)
def test_a_plan_says_how_a_layer_runs(keras, planned, entry):
    shape, layer = CASES[entry]
    report = planned(f"input: {shape}\nlayers:\n  - {entry}\n", batch=2)
    how, output = ran(keras, [shape], layer(keras.layers))
    assert said(report) == how
    if how == RUNS:
        planned_output = report.layers[0].outputs[0]
        assert (planned_output.actual, planned_output.dtype) == (output.shape, str(output.dtype))


BOTH = "Bidirectional: {{layer: {{{0}: 3}}, backward_layer: {{{1}: {{units: 3, go_backwards: true}}}}}}"


@pytest.mark.parametrize("pair", [("LSTM", "GRU"), ("GRU", "LSTM"), ("GRU", "SimpleRNN")])
def test_directions_of_two_kinds_start_from_halves(keras, planned, pair):
    count = sum(2 if cls == "LSTM" else 1 for cls in pair)
    names = ["a", "b", "c"][:count]
    report = planned(
        f"inputs: {{x: [4, 3], {', '.join(f'{name}: [3]' for name in names)}}}\nlayers:\n"
        f"  - {BOTH.format(*pair)}\n    from: x\n    initial_state: [{', '.join(names)}]\n"
    )
    forward, backward = (getattr(keras.layers, cls) for cls in pair)
    layer = keras.layers.Bidirectional(forward(3), backward_layer=backward(3, go_backwards=True))
    how, _ = ran(
        keras, [[4, 3], *[[3]] * count], lambda x, *states: layer(x, initial_state=list(states))
    )
    assert said(report) == how


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_a_layer_behind_the_wider_direction_is_made_for_the_other(keras, planned, direction):
    report = planned(
        "input: [4, 3]\nlayers:\n"
        "  - Bidirectional:\n      layer: {LSTM: 3}\n      merge_mode: null\n"
        "      backward_layer: {LSTM: {units: 5, go_backwards: true}}\n    name: both\n"
        f"  - Dense: 2\n    from: both.{direction}\n"
    )
    number = ["forward", "backward"].index(direction)
    how, _ = ran(keras, [SEQUENCE], lambda x: keras.layers.Dense(2)(apart(keras.layers)(x)[number]))
    assert said(report) == how


@pytest.mark.parametrize("entry", ["GroupNormalization: 1", "LayerNormalization:", "Dense: 2"])
def test_a_layer_made_for_an_image_may_not_read_a_sequence(keras, planned, entry):
    cls, _, argument = entry.partition(":")
    report = planned(f"input: [4, 3]\nlayers:\n  - AdaptiveAveragePooling2D: 2\n  - {entry}\n")
    layer = getattr(keras.layers, cls)(*([int(argument)] if argument else []))
    how, _ = ran(keras, [SEQUENCE], lambda x: layer(keras.layers.AdaptiveAveragePooling2D(2)(x)))
    assert said(report) == how
