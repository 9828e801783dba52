"""What ``trainable: false`` freezes is what a Model no longer trains."""

from __future__ import annotations

import math

import pytest

# An entry of a config, the shape that it reads, and the layer as a user writes it in Python.
FREEZES = {
    "Dense: {units: 2, trainable: false}": ([3], lambda k: k.Dense(2, trainable=False)),
    "LSTM: {units: 2, trainable: false}": ([3, 4], lambda k: k.LSTM(2, trainable=False)),
    "Bidirectional: {LSTM: {units: 2, trainable: false}}": (
        [3, 4],
        lambda k: k.Bidirectional(k.LSTM(2, trainable=False)),
    ),
    "RNN: {LSTMCell: {units: 2, trainable: false}}": (
        [3, 4],
        lambda k: k.RNN(k.LSTMCell(2, trainable=False)),
    ),
    "RNN: [{LSTMCell: {units: 2, trainable: false}}, {GRUCell: 2}]": (
        [3, 4],
        lambda k: k.RNN([k.LSTMCell(2, trainable=False), k.GRUCell(2)]),
    ),
    "TimeDistributed: {Dense: {units: 2, trainable: false}}": (
        [3, 4],
        lambda k: k.TimeDistributed(k.Dense(2, trainable=False)),
    ),
    "SpectralNormalization: {Dense: {units: 2, trainable: false}}": (
        [4],
        lambda k: k.SpectralNormalization(k.Dense(2, trainable=False)),
    ),
    "BatchNormalization: {trainable: false}": (
        [4],
        lambda k: k.BatchNormalization(trainable=False),
    ),
}
FREEZES_NOTHING = {
    "Bidirectional: {layer: {LSTM: 2}, trainable: false}": (
        [3, 4],
        lambda k: k.Bidirectional(k.LSTM(2), trainable=False),
    ),
    "RNN: {cell: {LSTMCell: 2}, trainable: false}": (
        [3, 4],
        lambda k: k.RNN(k.LSTMCell(2), trainable=False),
    ),
    "RNN: {StackedRNNCells: {cells: [{LSTMCell: 2}, {GRUCell: 2}], trainable: false}}": (
        [3, 4],
        lambda k: k.RNN(k.StackedRNNCells([k.LSTMCell(2), k.GRUCell(2)], trainable=False)),
    ),
    "TimeDistributed: {layer: {Dense: 2}, trainable: false}": (
        [3, 4],
        lambda k: k.TimeDistributed(k.Dense(2), trainable=False),
    ),
    "TimeDistributed: {Bidirectional: {layer: {LSTM: 2}, trainable: false}}": (
        [2, 3, 4],
        lambda k: k.TimeDistributed(k.Bidirectional(k.LSTM(2), trainable=False)),
    ),
    "SpectralNormalization: {layer: {Dense: 2}, trainable: false}": (
        [4],
        lambda k: k.SpectralNormalization(k.Dense(2), trainable=False),
    ),
    "ConvLSTM1D: {filters: 2, kernel_size: 1, trainable: false}": (
        [3, 4, 2],
        lambda k: k.ConvLSTM1D(2, 1, trainable=False),
    ),
    "ConvLSTM2D: {filters: 2, kernel_size: 1, trainable: false}": (
        [3, 4, 4, 2],
        lambda k: k.ConvLSTM2D(2, 1, trainable=False),
    ),
    "ConvLSTM3D: {filters: 2, kernel_size: 1, trainable: false}": (
        [3, 4, 4, 4, 2],
        lambda k: k.ConvLSTM3D(2, 1, trainable=False),
    ),
}
ATTENTION = {
    "MultiHeadAttention: {num_heads: 2, key_dim: 2, trainable: false}": (
        lambda k: k.MultiHeadAttention(2, 2, trainable=False)
    ),
    "GroupQueryAttention: {head_dim: 2, num_query_heads: 2, num_key_value_heads: 1, "
    "trainable: false}": lambda k: k.GroupQueryAttention(2, 2, 1, trainable=False),
}


def trained(keras, inputs, outputs) -> tuple[int, int]:
    """How many parameters a Model trains, and how many it does not."""
    model = keras.Model(inputs, outputs)
    return tuple(
        sum(math.prod(weight.shape) for weight in weights)
        for weights in (model.trainable_weights, model.non_trainable_weights)
    )


@pytest.mark.parametrize("entry", [*FREEZES, *FREEZES_NOTHING])
def test_a_model_trains_what_the_plan_says(keras, planned, entry):
    shape, layer = {**FREEZES, **FREEZES_NOTHING}[entry]
    report = planned(f"input: {shape}\nlayers:\n  - {entry}\n")
    x = keras.Input(shape)
    totals = report.totals
    assert (totals.trainable, totals.non_trainable) == trained(keras, x, layer(keras.layers)(x))
    vain = [problem.code for problem in report.problems if problem.severity == "warning"]
    assert vain == (["freezes-nothing"] if entry in FREEZES_NOTHING else [])


@pytest.mark.parametrize("entry", ATTENTION)
def test_attention_is_not_frozen(keras, planned, entry):
    report = planned(f"input: [3, 4]\nlayers:\n  - {entry}\n    from: [input, input]\n")
    x = keras.Input([3, 4])
    totals = report.totals
    expected = trained(keras, x, ATTENTION[entry](keras.layers)(x, x))
    assert (totals.trainable, totals.non_trainable) == expected
    (vain,) = [problem for problem in report.problems if problem.severity == "warning"]
    assert vain.code == "freezes-nothing"
