"""Models in the place of a layer, held against a keras.Model that is written by hand."""

from __future__ import annotations

import numpy as np
import pytest

import rnncli
from rnncli.config import parse, read
from rnncli.engine.nested import keras_model
from rnncli.keras_api.signatures import Signature
from rnncli.model.binding import bind
from rnncli.model.graph import MODEL, KerasObject
from rnncli.problems import Place, Source, errors

WORDS = """
name: words
input: {shape: [6], dtype: int32}
layers:
  - Embedding: {input_dim: 30, output_dim: 8, mask_zero: true}
  - Bidirectional: {GRU: {units: 5, return_sequences: true}}
    name: encoded
  - Dense: {units: 7, activation: tanh}
  - Dense: {units: 1, use_bias: false}
  - Flatten
  - Softmax:
  - Dot: {axes: 1}
    from: [softmax, encoded]
"""
DOCUMENT = """
input: {shape: [4, 6], dtype: int32, below: 30}
layers:
  - TimeDistributed: {include: words.yaml}
  - Bidirectional: {GRU: 5}
  - Dense: {units: 3, activation: softmax}
"""
FRAMES = """
input: [5, 12, 12, 1]
layers:
  - TimeDistributed:
      model:
        input: [12, 12, 1]
        layers:
          - Conv2D: {filters: 4, kernel_size: 3, activation: relu}
          - MaxPooling2D: 2
          - Flatten
          - Dense: 9
  - LSTM: 6
  - Dense: 2
"""


def document(keras):
    layers = keras.layers
    words = keras.Input((6,), dtype="int32")
    embedded = layers.Embedding(30, 8, mask_zero=True)(words)
    encoded = layers.Bidirectional(layers.GRU(5, return_sequences=True))(embedded)
    scores = layers.Dense(1, use_bias=False)(layers.Dense(7, activation="tanh")(encoded))
    attention = layers.Softmax()(layers.Flatten()(scores))
    sentence = layers.Dot(axes=1)([attention, encoded])
    text = keras.Input((4, 6), dtype="int32")
    steps = layers.TimeDistributed(keras.Model(words, sentence))(text)
    read_ = layers.Bidirectional(layers.GRU(5))(steps)
    return keras.Model(text, layers.Dense(3, activation="softmax")(read_))


def frames(keras):
    layers = keras.layers
    frame = keras.Input((12, 12, 1))
    seen = layers.Conv2D(4, 3, activation="relu")(frame)
    seen = layers.Dense(9)(layers.Flatten()(layers.MaxPooling2D(2)(seen)))
    film = keras.Input((5, 12, 12, 1))
    steps = layers.TimeDistributed(keras.Model(frame, seen))(film)
    return keras.Model(film, layers.Dense(2)(layers.LSTM(6)(steps)))


def shapes(record) -> list[tuple[int, ...]]:
    """The shapes of a layer's weights, with those of the layers inside it."""
    inner = [shape for layer in record.layers for shape in shapes(layer)]
    return [*(weight.shape for weight in record.weights), *inner]


def whole(spec) -> KerasObject:
    place = Place(spec.source, 1, 1, 1)
    return KerasObject("models", MODEL, Signature("", {}), place, "whole", {"model": bind(spec)})


@pytest.mark.parametrize(("text", "by_hand"), [(DOCUMENT, document), (FRAMES, frames)])
def test_a_published_network_is_the_one_written_by_hand(text, by_hand, keras, tmp_path):
    (tmp_path / "words.yaml").write_text(WORDS)
    (tmp_path / "model.yaml").write_text(text)
    spec = parse(read(str(tmp_path / "model.yaml")))
    model = by_hand(keras)
    report = rnncli.build(spec, batch=2)
    assert report.agreement.agrees, report.agreement.differences
    planned = rnncli.plan(spec, batch=2)
    weights = [shape for layer in planned.layers for shape in shapes(layer)]
    assert weights == [tuple(weight.shape) for weight in model.weights]
    assert report.agreement.compared.weights == len(weights)
    assert planned.totals.params == model.count_params()
    last = planned.layers[-1].outputs[0]
    shape = planned.inputs[0].shape
    numbers = np.random.default_rng(0).integers(0, 9, shape)
    expected = model.predict(numbers.astype(planned.inputs[0].dtype), verbose=0)
    assert last.shape == expected.shape
    # The model that rnncli runs computes the same, with the same weights.
    ours = keras_model(whole(spec))
    ours.set_weights(model.get_weights())
    np.testing.assert_allclose(ours.predict(numbers, verbose=0), expected, atol=1e-6)


def time_distributed(inner: str, top: str = "input: [5, 8]", beside: str = "") -> str:
    return f"{top}\nlayers: [{{TimeDistributed: {{model: {inner}{beside}}}}}]"


SINGLE = {
    "a Dense": time_distributed("{input: [8], layers: [Dense: 3]}"),
    "an unknown number of steps": time_distributed(
        "{input: [7], layers: [{Embedding: {input_dim: 9, output_dim: 4}}, LSTM: 3]}",
        "input: [null, 7]",
    ),
    "steps of unknown length": time_distributed(
        "{input: [null], layers: [{Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}}, "
        "{Conv1D: {filters: 3, kernel_size: 3}}, LSTM: 3]}",
        "input: [null, null]",
    ),
    "one more axis": time_distributed("{input: [8, 1], layers: [LSTM: 3]}"),
    "floats as ids": time_distributed(
        "{input: [7], layers: [{Embedding: {input_dim: 9, output_dim: 4}}]}",
        "input: {shape: [5, 7], dtype: float32}",
    ),
    "integers as floats": time_distributed(
        "{input: [7], layers: [Dense: 4]}", "input: {shape: [5, 7], dtype: int32}"
    ),
    "integers kept": time_distributed(
        "{input: {shape: [8, 4], dtype: int32}, layers: [MaxPooling1D]}",
        "input: {shape: [5, 8, 4], dtype: int32}",
    ),
    "strings": time_distributed(
        "{input: {shape: [1], dtype: string}, layers: [StringLookup: {vocabulary: [a, b]}]}",
        "input: {shape: [5, 1], dtype: string}",
    ),
    "a dtype inside": time_distributed(
        "{input: [8], layers: [Dense: {units: 3, dtype: mixed_float16}]}"
    ),
    "a dtype outside": time_distributed(
        "{input: [8], layers: [Dense: 3]}", beside=", dtype: mixed_float16"
    ),
    "states inside": time_distributed(
        "{input: [5, 8], layers: [LSTM: {units: 3, return_state: true}, {LSTM: 3, from: input, "
        "initial_state: lstm.states}]}",
        "input: [4, 5, 8]",
    ),
    "a state returned": time_distributed(
        "{input: [5, 8], layers: [LSTM: {units: 3, return_state: true}], outputs: [lstm.c]}",
        "input: [4, 5, 8]",
    ),
    "weights that are not trained": time_distributed(
        "{input: [8], layers: [Dense: 3, BatchNormalization, Dropout: 0.5]}"
    ),
    "a block and a shared layer": time_distributed(
        "{input: [8], layers: [{repeat: 2, layers: [Dense: 8, {Add: {}, from: [dense, start]}]}, "
        "{use: dense, name: again, from: input}, {Add: {}, from: [add_1, again]}]}"
    ),
    "a layer that is not used": time_distributed(
        "{input: [8], layers: [Dense: 2, {Dense: 3, from: input}]}"
    ),
    "an operation": time_distributed(
        "{input: [7, 4], layers: [Dense: 3, {ops.mean: {axis: 1}}]}", "input: [5, 7, 4]"
    ),
    "models in a model": time_distributed(
        "{input: [5, 8], layers: [{model: {input: [5, 8], layers: [LSTM: 3]}}, {model: {inputs: "
        "{a: [3], b: [3]}, layers: [{Add: {}, from: [a, b]}]}, from: [functional, functional]}]}",
        "input: [4, 5, 8]",
    ),
    "a wrapper in a wrapper": "input: [4, 5, 8]\nlayers: [{TimeDistributed: {TimeDistributed: "
    "{model: {input: [8], layers: [Dense: 3]}}}}]",
    "a wrapper in the model": time_distributed(
        "{input: [5, 8], layers: [{TimeDistributed: {Dense: 3}}]}", "input: [4, 5, 8]"
    ),
    "a mask of steps": "input: [5, 8]\nlayers: [Masking, {TimeDistributed: {model: {input: [8], "
    "layers: [Dense: 3]}}}, GRU: 2]",
    "a mask of words": "input: {shape: [5, 7], dtype: int32, below: 9}\nlayers: [{Embedding: "
    "{input_dim: 9, output_dim: 4, mask_zero: true}}, {TimeDistributed: {model: {input: [7, 4], "
    "layers: [LSTM: 3]}}}]",
    "used again": "inputs: {a: [5, 8], b: [3, 8]}\nlayers: [{TimeDistributed: {model: {input: "
    "[8], layers: [Dense: 3]}}, name: t, from: a}, {use: t, name: u, from: b}, "
    "{Concatenate: {axis: 1}, from: [t, u]}]",
}


@pytest.mark.parametrize("text", SINGLE.values(), ids=SINGLE)
def test_keras_agrees(text, keras):
    report = rnncli.build(parse(Source("model.yaml", text)), batch=2)
    assert not errors(report.problems)
    assert report.agreement.agrees, report.agreement.differences
    weights = sum(len(shapes(layer)) for layer in report.layers)
    assert report.agreement.compared.weights == weights


def test_what_keras_infers_of_another_rank_is_what_the_plan_says(keras):
    text = time_distributed("{input: [8], layers: [Dense: 3]}", "input: [5, 8, 1]")
    report = rnncli.build(parse(Source("model.yaml", text)))
    (difference,) = report.agreement.differences
    inner = keras.Input((8,))
    model = keras.Model(inner, keras.layers.Dense(3)(inner))
    outer = keras.Input((5, 8, 1), batch_size=1)
    inferred = keras.layers.TimeDistributed(model)(outer)
    assert difference.inferred == str(inferred.shape)
    ran = keras.Model(outer, inferred).predict(np.ones((1, 5, 8, 1)), verbose=0)
    assert difference.planned == difference.ran == str(ran.shape)


# Frames of which some are padding, read by a model; the mask has one value for each frame.
PADDED = (
    "input: {shape: [5], dtype: int32, below: 9}\nlayers: [{Embedding: {input_dim: 9, output_dim: 28, "
    "mask_zero: true}}, {TimeDistributed: {Reshape: [7, 4]}}, {TimeDistributed: {model: {input: "
    "[7, 4], layers: [%s]}}}]"
)


def padded(keras, *layers):
    """The same, written by hand, with what predict returns."""
    frame = keras.Input((7, 4))
    seen = frame
    for layer in layers:
        seen = layer(seen)
    ids = keras.Input((5,), dtype="int32")
    frames = keras.layers.Embedding(9, 28, mask_zero=True)(ids)
    frames = keras.layers.TimeDistributed(keras.layers.Reshape((7, 4)))(frames)
    model = keras.Model(ids, keras.layers.TimeDistributed(keras.Model(frame, seen))(frames))
    return model.predict(np.array([[1, 2, 3, 0, 0], [1, 2, 3, 4, 0]]), verbose=0)


def test_a_mask_of_whole_frames_outlives_the_model_inside(keras):
    report = rnncli.build(parse(Source("model.yaml", PADDED % "Dense: 3, Flatten")), batch=2)
    assert not report.problems
    assert report.agreement.agrees, report.agreement.differences
    expected = padded(keras, keras.layers.Dense(3), keras.layers.Flatten())
    assert report.layers[-1].outputs[0].shape == expected.shape


@pytest.mark.parametrize("entry", ["LSTM: 3", "GlobalAveragePooling1D", "BatchNormalization"])
def test_a_mask_of_whole_frames_fits_no_layer_inside_that_reads_it(entry, keras, problems_of):
    (problem,) = problems_of(PADDED % entry)
    assert (problem.code, problem.severity) == ("mask-misfit", "error")
    cls, _, units = entry.partition(": ")
    with pytest.raises((ValueError, IndexError)):
        padded(keras, getattr(keras.layers, cls)(*map(int, units.split())))


# What Keras refuses, and what the plan says of it.

REFUSED = {
    "Bidirectional: {model: {input: [5, 8], layers: [LSTM: 3]}}": "wraps-no-model",
    "SpectralNormalization: {model: {input: [5, 8], layers: [Dense: 3]}}": "wraps-no-model",
    "RNN: {model: {input: [8], layers: [Dense: 3]}}": "wraps-no-model",
    "TimeDistributed: {model: {input: [9], layers: [Dense: 3]}}": "include-misfit",
    "TimeDistributed: {model: {inputs: {a: [8], b: [8]}, layers: [{Add: {}, from: [a, b]}]}}": (
        "wrong-input-count"
    ),
    "TimeDistributed: {model: {input: [8], layers: [Dense: 3], outputs: [dense, input]}}": (
        "time-distributed-states"
    ),
    "TimeDistributed: {model: {input: [8], layers: [Reshape: [1, 8], "
    "{LSTM: {units: 2, stateful: true}}]}}": "stateful-batch",
}


@pytest.mark.parametrize("entry", REFUSED)
def test_what_keras_refuses_is_a_problem(entry, keras, problems_of):
    (problem,) = problems_of(f"input: [5, 8]\nlayers: [{entry}]")
    assert (problem.code, problem.severity) == (REFUSED[entry], "error")
    with pytest.raises((ValueError, AttributeError)):
        wrapped(keras, entry)(keras.Input((5, 8), batch_size=2))


def wrapped(keras, entry):
    """The wrapper of an entry, written by hand."""
    layers = keras.layers
    cls, _, rest = entry.partition(": ")
    inner = keras.Input((5, 8) if "[5, 8]" in rest else (9,) if "[9]" in rest else (8,))
    if "[a, b]" in rest:
        other = keras.Input((8,))
        model = keras.Model([inner, other], layers.Add()([inner, other]))
    elif "LSTM: 3" in rest:
        model = keras.Model(inner, layers.LSTM(3)(inner))
    elif "stateful" in rest:
        model = keras.Model(inner, layers.LSTM(2, stateful=True)(layers.Reshape((1, 8))(inner)))
    else:
        dense = layers.Dense(3)(inner)
        model = keras.Model(inner, [dense, inner] if "outputs" in rest else dense)
    return getattr(layers, cls)(model)
