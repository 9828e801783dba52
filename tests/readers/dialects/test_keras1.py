"""Files of Keras 1 and 0.3, written by hand as their sources write them."""

from __future__ import annotations

from typing import Any

import pytest

from rnncli.readers.dialects import keras2, keras3
from rnncli.readers.dialects.changes import Changes
from rnncli.readers.dialects.keras1 import match, open_model
from rnncli.readers.saved import SavedCall, SavedTensor
from tests.readers.dialects.test_keras2 import in_keras_3
from tests.readers.dialects.test_keras2_graphs import planned, shapes

L2 = {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.01}
DENSE = {"init": "glorot_uniform", "activation": "linear", "W_regularizer": L2,
         "b_regularizer": None, "activity_regularizer": None,
         "W_constraint": {"name": "MaxNorm", "m": 2, "axis": 0}, "b_constraint": None,
         "bias": True, "trainable": True}  # fmt: skip
RECURRENT = {"init": "glorot_uniform", "inner_init": "orthogonal", "activation": "tanh",
             "W_regularizer": L2, "U_regularizer": None, "b_regularizer": None, "dropout_W": 0.1,
             "dropout_U": 0.2, "return_sequences": True, "go_backwards": False, "stateful": False,
             "unroll": False, "consume_less": "gpu", "input_dim": 8,
             "input_length": None}  # fmt: skip
GATED = {**RECURRENT, "inner_activation": "hard_sigmoid"}
CONVOLUTION = {**DENSE, "nb_filter": 4, "border_mode": "same"}
PLANE = {**CONVOLUTION, "nb_row": 3, "nb_col": 2, "subsample": [2, 1], "dim_ordering": "tf"}
POOL = {"pool_length": 3, "stride": 2, "border_mode": "valid"}
POOL_2D = {"pool_size": [2, 2], "strides": [2, 2], "border_mode": "valid", "dim_ordering": "tf"}
SEQUENCE, IMAGE = (5, 8), (8, 6, 3)

# The class and the config in Keras 1, what it reads, the shape that it returns, and its weights.
LAYERS: dict[str, tuple[str, dict[str, Any], tuple[int, ...], tuple[int, ...], list[Any]]] = {
    "dense": ("Dense", {**DENSE, "output_dim": 4, "input_dim": 8}, (8,), (4,), [(8, 4), (4,)]),
    "no bias": ("Dense", {**DENSE, "output_dim": 4, "bias": False}, (8,), (4,), [(8, 4)]),
    "steps": (
        "TimeDistributedDense", {**DENSE, "output_dim": 4, "input_dim": 8, "input_length": 5},
        SEQUENCE, (5, 4), [(8, 4), (4,)],
    ),
    "rnn": (
        "SimpleRNN", {**RECURRENT, "output_dim": 3}, SEQUENCE, (5, 3), [(8, 3), (3, 3), (3,)],
    ),
    "lstm": (
        "LSTM", {**GATED, "output_dim": 3, "forget_bias_init": "one"}, SEQUENCE, (5, 3),
        [(8, 12), (3, 12), (12,)],
    ),
    "gru": ("GRU", {**GATED, "output_dim": 3}, SEQUENCE, (5, 3), [(8, 9), (3, 9), (9,)]),
    "embedding": (
        "Embedding",
        {"input_dim": 10, "output_dim": 4, "init": "uniform", "input_length": 5,
         "mask_zero": True, "activity_regularizer": None, "W_regularizer": L2,
         "W_constraint": {"name": "UnitNorm", "axis": 0}, "dropout": 0.2, "input_dtype": "int32"},
        (5,), (5, 4), [(10, 4)],
    ),
    "conv 1": (
        "Convolution1D", {**CONVOLUTION, "filter_length": 3, "subsample_length": 2},
        SEQUENCE, (3, 4), [(3, 8, 4), (4,)],
    ),
    "atrous 1": (
        "AtrousConvolution1D",
        {**CONVOLUTION, "filter_length": 3, "subsample_length": 1, "atrous_rate": 2,
         "border_mode": "valid"},
        SEQUENCE, (1, 4), [(3, 8, 4), (4,)],
    ),
    "conv 2": ("Convolution2D", PLANE, IMAGE, (4, 6, 4), [(3, 2, 3, 4), (4,)]),
    "transposed": (
        "Deconvolution2D", {**PLANE, "output_shape": [None, 16, 6, 4]}, IMAGE, (16, 6, 4),
        [(3, 2, 4, 3), (4,)],
    ),
    "separable": (
        "SeparableConvolution2D",
        {**{key: value for key, value in PLANE.items() if key[:2] != "W_"},
         "depth_multiplier": 2, "depthwise_regularizer": None, "pointwise_regularizer": None,
         "depthwise_constraint": None, "pointwise_constraint": None, "subsample": [1, 1]},
        IMAGE, (8, 6, 4), [(3, 2, 3, 2), (1, 1, 6, 4), (4,)],
    ),
    "conv 3": (
        "Convolution3D",
        {**CONVOLUTION, "kernel_dim1": 3, "kernel_dim2": 2, "kernel_dim3": 1,
         "subsample": [1, 1, 1], "dim_ordering": "tf"},
        (4, 4, 4, 2), (4, 4, 4, 4), [(3, 2, 1, 2, 4), (4,)],
    ),
    "convlstm": (
        "ConvLSTM2D",
        {"nb_filter": 2, "nb_row": 3, "nb_col": 3, "init": "glorot_uniform",
         "inner_init": "orthogonal", "forget_bias_init": "one", "activation": "tanh",
         "dim_ordering": "tf", "border_mode": "same", "inner_activation": "hard_sigmoid",
         "return_sequences": False, "go_backwards": False, "stateful": False},
        (4, *IMAGE), (8, 6, 2), [(3, 3, 3, 8), (3, 3, 2, 8), (8,)],
    ),
    "max 1": ("MaxPooling1D", POOL, SEQUENCE, (2, 8), []),
    "max 2": ("MaxPooling2D", POOL_2D, IMAGE, (4, 3, 3), []),
    "mean 2": ("AveragePooling2D", POOL_2D, IMAGE, (4, 3, 3), []),
    "global": ("GlobalMaxPooling1D", {}, SEQUENCE, (8,), []),
    "global 2": ("GlobalAveragePooling2D", {"dim_ordering": "tf"}, IMAGE, (3,), []),
    "up": ("UpSampling1D", {"length": 2}, SEQUENCE, (10, 8), []),
    "up 2": ("UpSampling2D", {"size": [2, 3], "dim_ordering": "tf"}, IMAGE, (16, 18, 3), []),
    "pad 1": ("ZeroPadding1D", {"padding": {"left_pad": 1, "right_pad": 2}}, SEQUENCE, (8, 8), []),
    "pad 2": (
        "ZeroPadding2D", {"padding": [1, 2, 3, 4], "dim_ordering": "tf"}, IMAGE, (11, 13, 3), [],
    ),
    "pad 2 by name": (
        "ZeroPadding2D", {"padding": {"top_pad": 1, "left_pad": 2}, "dim_ordering": "tf"},
        IMAGE, (9, 8, 3), [],
    ),
    "crop": ("Cropping1D", {"cropping": [1, 1]}, SEQUENCE, (3, 8), []),
    "dropout": ("Dropout", {"p": 0.5}, SEQUENCE, SEQUENCE, []),
    "spatial": ("SpatialDropout2D", {"p": 0.5, "dim_ordering": "tf"}, IMAGE, IMAGE, []),
    "noise": ("GaussianNoise", {"sigma": 0.5}, SEQUENCE, SEQUENCE, []),
    "noisy": ("GaussianDropout", {"p": 0.5}, SEQUENCE, SEQUENCE, []),
    "normalized": (
        "BatchNormalization",
        {"epsilon": 1e-5, "mode": 0, "axis": -1, "gamma_regularizer": None,
         "beta_regularizer": None, "momentum": 0.99},
        (8,), (8,), [(8,)] * 4,
    ),
    "leaky": ("LeakyReLU", {"alpha": 0.3}, SEQUENCE, SEQUENCE, []),
    "prelu": ("PReLU", {"init": "zero"}, (8,), (8,), [(8,)]),
    "elu": ("ELU", {"alpha": 1.0}, SEQUENCE, SEQUENCE, []),
    "reshape": ("Reshape", {"target_shape": [8, 5]}, SEQUENCE, (8, 5), []),
    "old reshape": ("Reshape", {"dims": [8, 5]}, SEQUENCE, (8, 5), []),
    "permute": ("Permute", {"dims": [2, 1]}, SEQUENCE, (8, 5), []),
    "repeat": ("RepeatVector", {"n": 3}, (8,), (3, 8), []),
    "flatten": ("Flatten", {}, SEQUENCE, (40,), []),
    "masking": ("Masking", {"mask_value": 0.0}, SEQUENCE, SEQUENCE, []),
    "activation": ("Activation", {"activation": "softmax"}, SEQUENCE, SEQUENCE, []),
    "each step": (
        "TimeDistributed",
        {"layer": {"class_name": "Dense",
                   "config": {**DENSE, "name": "d", "output_dim": 4, "input_dim": 8}}},
        SEQUENCE, (5, 4), [(8, 4), (4,)],
    ),
    "both ways": (
        "Bidirectional",
        {"merge_mode": "sum",
         "layer": {"class_name": "GRU", "config": {**GATED, "name": "g", "output_dim": 3}}},
        SEQUENCE, (5, 3), [(8, 9), (3, 9), (9,)] * 2,
    ),
}  # fmt: skip


def entry(cls: str, name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": cls, "config": {"name": name, **config}}


def sequential(*layers: dict[str, Any]) -> dict[str, Any]:
    return {"class_name": "Sequential", "config": [*layers], "keras_version": "1.2.2"}


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_what_keras_1_made(name, keras):
    cls, config, reads, returns, weights = LAYERS[name]
    document = sequential(entry(cls, "it", **config, batch_input_shape=[None, *reads]))
    saved = open_model(document, "model.h5")
    layer = saved.layers[-1]
    assert (layer.kind, layer.name) == ("layer", "it")
    made = in_keras_3(keras, layer)
    assert made(keras.KerasTensor((None, *reads))).shape == (None, *returns)
    assert [weight.shape for weight in made.weights if weight.dtype != "uint32"] == weights
    report = planned(saved)
    assert [shape[1:] for shape in shapes(report)] == [returns]
    changed = "hard-sigmoid-changed" in {problem.code for problem in saved.problems}
    assert changed == ("hard_sigmoid" in str(config))
    assert "keras-1" in {problem.code for problem in saved.problems}


def test_the_arguments_have_the_values_of_keras_1(keras):
    cls, config, reads, _, _ = LAYERS["lstm"]
    document = sequential(entry(cls, "it", **config, batch_input_shape=[None, *reads]))
    made = in_keras_3(keras, open_model(document, "model.h5").layers[-1])
    cell = made.cell
    assert (cell.dropout, cell.recurrent_dropout, made.return_sequences) == (0.1, 0.2, True)
    assert cell.unit_forget_bias
    assert cell.recurrent_activation is keras.activations.hard_sigmoid
    assert cell.kernel_regularizer.get_config() == {"l1": 0.0, "l2": 0.01}
    cls, config, reads, _, _ = LAYERS["dense"]
    document = sequential(entry(cls, "it", **config, batch_input_shape=[None, *reads]))
    made = in_keras_3(keras, open_model(document, "model.h5").layers[-1])
    assert made.kernel_constraint.get_config() == {"max_value": 2, "axis": 0}


@pytest.mark.parametrize(
    ("cls", "config"),
    [
        ("MaxoutDense", {"output_dim": 4, "nb_feature": 2}),
        ("Highway", {"activation": "relu"}),
        ("BatchNormalization", {"mode": 1}),
        ("SReLU", {}),
    ],
)
def test_a_layer_that_is_gone_is_a_box(cls, config):
    document = sequential(entry(cls, "it", **config, batch_input_shape=[None, 8]))
    saved = open_model(document, "model.h5")
    assert saved.layers[-1].kind == "custom"
    assert "not-in-keras-3" in {problem.code for problem in saved.problems}


MERGES = {
    "sum": ("Add", (5, 8)), "mul": ("Multiply", (5, 8)), "ave": ("Average", (5, 8)),
    "max": ("Maximum", (5, 8)), "concat": ("Concatenate", (5, 16)), "dot": ("Dot", (5, 5)),
}  # fmt: skip


@pytest.mark.parametrize("mode", MERGES)
def test_a_stack_that_merges_two_is_a_graph(mode):
    left = entry("Dropout", "left", p=0.1, batch_input_shape=[None, 5, 8])
    right = [entry("Dropout", "right", p=0.1, batch_input_shape=[None, 5, 8])]
    merged = {"name": "merged", "mode": mode, "mode_type": "raw", "concat_axis": -1,
              "dot_axes": [[2], [2]], "output_shape": None,
              "layers": [{"class_name": "Sequential", "config": [left]},
                         {"class_name": "Sequential", "config": right}]}  # fmt: skip
    document = sequential({"class_name": "Merge", "config": merged}, entry("Activation", "last",
                          activation="tanh"))  # fmt: skip
    saved = open_model(document, "model.h5")
    cls, returns = MERGES[mode]
    assert [(layer.name, layer.cls) for layer in saved.layers if layer.kind == "layer"] == [
        ("left", "Dropout"), ("right", "Dropout"), ("merged", cls), ("last", "Activation"),
    ]  # fmt: skip
    assert [tensor.layer for tensor in saved.inputs] == ["left_input", "right_input"]
    assert [shape[1:] for shape in shapes(planned(saved))] == [returns]


def test_a_model_with_shared_layers():
    layers = [
        {**entry("InputLayer", "a", batch_input_shape=[None, 5, 8], input_dtype="float32")},
        {**entry("InputLayer", "b", batch_input_shape=[None, 5, 8], input_dtype="float32")},
        {**entry("GRU", "gru", **{**GATED, "output_dim": 3}),
         "inbound_nodes": [[["a", 0, 0]], [["b", 0, 0]]]},
        {**entry("Merge", "both", mode="concat", concat_axis=-1, dot_axes=-1, mode_type="raw"),
         "inbound_nodes": [[["gru", 0, 0], ["gru", 1, 0]]]},
    ]  # fmt: skip
    named = [{**layer, "name": layer["config"]["name"]} for layer in layers]
    ends = {"input_layers": [["a", 0, 0], ["b", 0, 0]], "output_layers": [["both", 0, 0]]}
    config = {"name": "model_1", "layers": named, **ends}
    document = {"class_name": "Model", "config": config, "keras_version": "1.0.8"}
    saved = open_model(document, "model.h5")
    assert len(saved.layers[2].calls) == 2
    report = planned(saved)
    assert [shape[1:] for shape in shapes(report)] == [(5, 6)]
    assert report.totals.params == 3 * (8 * 3 + 3 * 3 + 3)


def test_a_lambda_is_a_lambda():
    lambda_layer = entry("Lambda", "code", function="x", function_type="lambda", arguments={})
    code = entry("Merge", "more", mode="y", mode_type="lambda")
    first = entry("Dropout", "first", p=0.5, batch_input_shape=[None, 8])
    saved = open_model(sequential(first, lambda_layer), "model.h5")
    assert (saved.layers[-1].kind, saved.layers[-1].config.get("function")) == ("lambda", None)
    saved = open_model(sequential(first, code), "model.h5")
    assert saved.layers[-1].kind == "lambda"


OLDEST = {
    "name": "Sequential",
    "layers": [
        {"name": "Embedding", "custom_name": "embedding", "input_dim": 10, "output_dim": 4,
         "init": "uniform", "input_length": 5, "mask_zero": False, "W_regularizer": None,
         "W_constraint": None, "activity_regularizer": None, "dropout": 0.0, "input_shape": [5],
         "cache_enabled": True},
        {"name": "LSTM", "custom_name": "lstm", **GATED, "output_dim": 3, "return_sequences": False,
         "forget_bias_init": "one", "cache_enabled": True},
        {"name": "Dense", "custom_name": "dense", **DENSE, "output_dim": 1, "input_dim": None},
    ],
    "loss": "binary_crossentropy",
}  # fmt: skip


def test_a_stack_of_keras_0_3():
    saved = open_model(OLDEST, "model.json")
    assert [(layer.name, layer.cls) for layer in saved.layers] == [
        ("embedding_input", "InputLayer"), ("embedding", "Embedding"), ("lstm", "LSTM"),
        ("dense", "Dense"),
    ]  # fmt: skip
    report = planned(saved)
    assert report.totals.params == 10 * 4 + 4 * 3 * (4 + 3 + 1) + 3 + 1


def test_a_graph_of_keras_0_3():
    document = {
        "name": "Graph",
        "input_config": [{"name": "a", "input_shape": [5, 8], "dtype": "float"},
                         {"name": "b", "input_shape": [5, 8], "dtype": "float"}],
        "node_config": [
            {"name": "gru", "input": "a", "inputs": [], "merge_mode": "concat", "concat_axis": -1},
            {"name": "out", "input": None, "inputs": ["gru", "b"], "merge_mode": "concat",
             "concat_axis": -1},
        ],
        "nodes": {
            "gru": {"name": "GRU", "custom_name": "gru", **GATED, "output_dim": 3},
            "out": {"name": "TimeDistributedDense", "custom_name": "out", **DENSE, "output_dim": 2},
        },
        "output_config": [{"name": "score", "input": "out", "inputs": []}],
    }  # fmt: skip
    saved = open_model(document, "model.json")
    gru, merged, out = saved.layers[2:]
    assert (gru.name, merged.cls, out.cls) == ("gru", "Concatenate", "TimeDistributed")
    assert out.calls == (SavedCall((SavedTensor("out_merged"),)),)
    assert [shape[1:] for shape in shapes(planned(saved))] == [(5, 2)]


def test_which_keras_wrote_it():
    dense = entry("Dense", "d", **DENSE, output_dim=4, batch_input_shape=[None, 8])
    old = {"class_name": "Sequential", "config": [dense]}
    assert match(old, None)
    assert match(old, "1.2.2")
    assert match(OLDEST, None)
    newer = entry("Dense", "d", units=4, kernel_initializer="zeros", batch_input_shape=[None, 8])
    new = {"class_name": "Sequential", "config": [newer]}
    assert not match(new, None)
    assert keras2.match(new, None)
    assert not match(new, "2.1.2")
    for dialect in (keras2, keras3):
        assert not dialect.match(old, "1.2.2")


def test_what_an_older_keras_implies_is_not_told_twice():
    changes = Changes("h5", "old.h5")
    for code in ("keras-1", "keras-3-refuses", "states-as-inputs", "no-module-inside"):
        changes.note(code, "lstm")
    changes.note("hard-sigmoid-changed", "lstm")
    codes = [problem.code for problem in changes.problems()]
    assert codes == ["hard-sigmoid-changed", "keras-1"]
