"""build on data and with saved weights: Keras's own model, made by convert, is the judge."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

import rnncli as library
from rnncli.problems import ConfigError

RNG = np.random.default_rng(0)
IDS = np.array([[3, 1, 4, 0, 0], [2, 7, 1, 8, 2], [5, 0, 0, 0, 0]])
MASKED = """
input: [null]
layers:
  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}
  - GRU: {units: 3, return_sequences: true}
  - Bidirectional: {LSTM: 2}
  - Dense: 2
"""
TEXT = """
input: {shape: [1], dtype: string}
layers:
  - TextVectorization: {vocabulary: [the, cat, sat], output_sequence_length: 5}
  - Embedding: {input_dim: 5, output_dim: 4, mask_zero: true}
  - LSTM: 3
"""
TWO = """
inputs: {source: [null, 4], target: [null]}
layers:
  - LSTM: {units: 3, return_state: true}
    name: encoder
    from: source
  - Embedding: {input_dim: 9, output_dim: 4}
    from: target
  - LSTM: {units: 3, return_sequences: true}
    initial_state: encoder.states
"""
OLD_GRU = "input: [5, 4]\nlayers: [GRU: {units: 3, reset_after: false}, Dropout: 0.5, Dense: 2]\n"
NESTED = """
input: [2, null, 4]
layers:
  - TimeDistributed: {model: {input: [null, 4], layers: [LSTM: 3, BatchNormalization]}}
  - model: {input: [2, 3], layers: [SimpleRNN: {units: 2, return_sequences: true}, Dense: 2]}
  - RNN: {cell: [LSTMCell: 2, GRUCell: 3]}
"""
BRANCHES = """
input: [4]
layers:
  - Dense: 4
    name: short
    from: input
  - Dense: 4
    from: input
  - Dense: 4
    name: long
  - model: {input: [4], layers: [Dense: 4, ops.tanh]}
    name: graph
  - model: {input: [4], layers: [Dense: 4]}
    name: stack
    from: short
  - model: {input: [4], layers: [Dense: 4]}
    name: stack_after
    from: stack
  - Add:
    from: [graph, stack_after]
"""
STATEFUL = "input: [4, 4]\nbatch: 9\nlayers: [LSTM: {units: 3, stateful: true}]\n"


@pytest.fixture
def folder(keras, tmp_path, rnncli, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(config, arrays):
    """Writes a config, and a file of data that suits the arrays; returns its name."""
    with open("model.yaml", "w") as file:
        file.write(config)
    if isinstance(arrays, dict):
        np.savez("data.npz", **arrays)
        return "data.npz"
    if arrays.dtype.kind == "U":
        with open("data.txt", "w") as file:
            file.writelines(f"{line}\n" for [line] in arrays)
        return "data.txt"
    np.save("data.npy", arrays)
    return "data.npy"


def values_of(outcome):
    """The outputs of the model in a run, and the run's report."""
    assert outcome.code == 0, outcome.err
    report = json.loads(outcome.out)
    [reference] = report["outputs"]
    layer = next(layer for layer in report["layers"] if f"{layer['name']}.output" == reference)
    return np.array(layer["outputs"][0]["values"], "float32"), report


def made_by_convert(rnncli):
    """The model of the code that convert writes."""
    code = rnncli("convert", "model.yaml", "-", "--to", "py")
    scope = {}
    exec(code.out, scope)
    return scope["model"]


@pytest.mark.parametrize(
    ("config", "arrays"),
    [
        (MASKED, IDS),
        (TEXT, np.array([["the cat sat"], ["a dog"], [""]])),
        (TWO, {"target": IDS[:2], "source": RNG.normal(size=(2, 6, 4))}),
        (OLD_GRU, RNG.normal(size=(3, 5, 4))),
        (NESTED, RNG.normal(size=(3, 2, 7, 4)).astype("float32")),
        (BRANCHES, RNG.normal(size=(3, 4))),
        (STATEFUL, RNG.normal(size=(9, 4, 4))),
    ],
    ids=["masked", "text", "two inputs", "old gru", "nested", "branches", "stateful"],
)
def test_keras_reads_the_same(folder, rnncli, config, arrays):
    """load_weights of the saved weights, then predict on the data: what build returned."""
    data = write(config, arrays)
    saving = ["--save-weights", "saved.weights.h5", "--seed", "5"]
    outcome = rnncli("build", "model.yaml", "--data", data, "--json", "--values", *saving)
    returned, report = values_of(outcome)
    batch = len(arrays["target"] if isinstance(arrays, dict) else arrays)
    assert (report["batch"], report["data"]) == (batch, data)
    assert "saved.weights.h5: the weights are written" in outcome.err
    model = made_by_convert(rnncli)
    model.load_weights("saved.weights.h5")
    if isinstance(arrays, dict):
        arrays = {name: np.asarray(array) for name, array in arrays.items()}
    elif arrays.dtype.kind == "U":
        import tensorflow as tf

        arrays = tf.constant(arrays)
    predicted = model.predict(arrays, verbose=0, batch_size=batch)
    np.testing.assert_allclose(returned, predicted, atol=1e-6)
    # rnncli reads them as well; with other random weights, the run returns other numbers.
    again = ["build", "model.yaml", "--data", data, "--json", "--values", "--seed", "6"]
    read = rnncli(*again, "--weights", "saved.weights.h5")
    np.testing.assert_array_equal(values_of(read)[0], returned)
    assert not np.array_equal(values_of(rnncli(*again))[0], returned)


def test_models_inside_that_keras_made_functional(folder, rnncli, keras):
    """They are numbered apart from a Sequential; the file tells which they were."""
    data = write(BRANCHES, RNG.normal(size=(3, 4)))
    inputs = keras.Input((4,))

    def inner(*functions):
        inner_inputs = keras.Input((4,))
        outputs = keras.layers.Dense(4)(inner_inputs)
        for function in functions:
            outputs = function(outputs)
        return keras.Model(inner_inputs, outputs)

    short = keras.layers.Dense(4)(inputs)
    long = keras.layers.Dense(4)(keras.layers.Dense(4)(inputs))
    outputs = keras.layers.Add()([inner(keras.ops.tanh)(long), inner()(inner()(short))])
    model = keras.Model(inputs, outputs)
    model.save_weights("own.weights.h5")
    shown = ["--json", "--values", "--weights", "own.weights.h5"]
    returned, _ = values_of(rnncli("build", "model.yaml", "--data", data, *shown))
    np.testing.assert_allclose(returned, model.predict(np.load(data), verbose=0), atol=1e-6)


def test_padded_rows_are_masked(folder, rnncli):
    """The padding of a row changes nothing: neither its last states nor those of other rows."""
    config = MASKED.replace("Bidirectional: {LSTM: 2}", "LSTM: 2")
    data = write(config, IDS)
    shown = ["--json", "--values", "--seed", "1"]
    whole, report = values_of(rnncli("build", "model.yaml", "--data", data, *shown))
    assert report["layers"][1]["mask"] == "uses"
    cut, _ = values_of(rnncli("build", "model.yaml", "--data", write(config, IDS[:1, :3]), *shown))
    np.testing.assert_allclose(whole[0], cut[0], atol=1e-6)
    masked = [fact["layer"] for fact in report["facts"] if fact["kind"] == "masked-step"]
    assert masked == ["gru", "lstm"]


def test_saved_weights_of_a_model_file(folder, rnncli, keras):
    """Loaded weights are saved as they were loaded."""
    model = keras.Sequential([keras.Input((5, 4)), keras.layers.LSTM(3), keras.layers.Dense(2)])
    model.save("model.keras")
    outcome = rnncli("build", "model.keras", "--save-weights", "saved.weights.h5")
    assert outcome.code == 0, outcome.err
    weights = [weight.numpy() for weight in model.weights]
    for weight in model.weights:
        weight.assign(weight * 0)
    model.load_weights("saved.weights.h5")
    for weight, before in zip(model.weights, weights, strict=True):
        np.testing.assert_array_equal(weight, before)


def test_save_weights_refuses(folder, rnncli):
    data = write(OLD_GRU, RNG.normal(size=(3, 5, 4)))
    target = folder / "saved.weights.h5"
    target.write_text("mine")
    for options, words in (
        (["--save-weights", "saved.weights.h5"], "--overwrite writes over it"),
        (["--save-weights", "saved.h5"], ".weights.h5"),
        (["--save-weights", "no/saved.weights.h5"], "there is no folder no"),
        (["model.yaml", "--save-weights", "other.weights.h5"], "name one"),
        (
            ["--weights", "saved.weights.h5", "--save-weights", "saved.weights.h5", "--overwrite"],
            "is read as well",
        ),
        (
            ["--output", "o.weights.h5", "--save-weights", "o.weights.h5"],
            "is read as well",
        ),
        (["--data", data, "--output", data], "is read as well"),
    ):
        outcome = rnncli("build", "model.yaml", *options)
        assert outcome.code == 2
        assert words in " ".join(outcome.err.split())
    assert target.read_text() == "mine"
    assert sorted(os.listdir()) == ["data.npy", "model.yaml", "saved.weights.h5"]


def test_overwrite(folder, rnncli):
    write(OLD_GRU, IDS)
    (folder / "saved.weights.h5").write_text("mine")
    options = ["--save-weights", "saved.weights.h5", "--overwrite", "--quiet"]
    outcome = rnncli("build", "model.yaml", *options)
    assert (outcome.code, outcome.err) == (0, "")
    made_by_convert(rnncli).load_weights("saved.weights.h5")


def test_nothing_is_written_for_a_model_with_errors(folder, rnncli):
    write(OLD_GRU.replace("Dense: 2", "custom: {class: Pool, output: [4]}"), IDS)
    outcome = rnncli("build", "model.yaml", "--save-weights", "saved.weights.h5")
    assert outcome.code == 1
    assert "not-in-keras-file" in outcome.err
    assert not (folder / "saved.weights.h5").exists()


def test_data_that_does_not_fit(folder, rnncli):
    """Exit code 2, and a document that says why."""
    data = write(MASKED, IDS + 5)
    outcome = rnncli("build", "model.yaml", "--data", data)
    assert (outcome.code, outcome.out) == (2, "")
    assert "error[data-does-not-fit]: input: the id 9 at [0, 2]" in outcome.err
    outcome = rnncli("build", "model.yaml", "--data", data, "--json")
    [problem] = json.loads(outcome.out)["problems"]
    assert (outcome.code, problem["code"]) == (2, "data-does-not-fit")


def test_the_first_page_names_the_data(folder, rnncli):
    data = write(MASKED, IDS)
    for form in ("table", "markdown"):
        out = rnncli("build", "model.yaml", "--data", data, "--format", form).out
        assert "The run reads data.npy: 3 sequences." in out
        assert "Verified on this run" in out


def test_decode_on_data(folder, rnncli):
    config = TWO + "decode: {input: target, output: out, steps: 3}\n"
    config = config.replace("decode:", "  - Dense: 9\n    name: out\ndecode:")
    config = config.replace(
        "return_sequences: true}", "return_sequences: true, return_state: true}"
    )
    data = write(config, {"target": IDS[:2], "source": RNG.normal(size=(2, 6, 4))})
    outcome = rnncli("build", "model.yaml", "--data", data, "--json")
    decoded = json.loads(outcome.out)["decoded"]
    assert (decoded["equal"], decoded["steps"][0]["input"]["shape"]) == (True, [2, 1])


def test_the_library(folder, keras):
    """Files and arrays give the same run; the weights are saved where they are asked for."""
    spec = library.load({"input": [5, 4], "layers": [{"LSTM": 3}]})
    array = RNG.normal(size=(3, 5, 4))
    np.save("x.npy", array)
    save = {"save_weights": "saved.weights.h5"}
    reports = [
        library.build(spec, data="x.npy", values=True, **save),
        library.build(spec, data={"input": array}, weights="saved.weights.h5", values=True, seed=9),
    ]
    first, second = (report.layers[0].outputs[0].values for report in reports)
    assert first == second
    assert [report.data for report in reports] == ["x.npy", "<arrays>"]
    with pytest.raises(FileExistsError):
        library.build(spec, **save)
    library.build(spec, **save, overwrite=True)
    with pytest.raises(ValueError, match="ends in"):
        library.build(spec, save_weights="saved.h5")
    with pytest.raises(ConfigError, match="the input takes"):
        library.build(spec, data={"input": array[0]})
    assert sorted(os.listdir()) == ["saved.weights.h5", "x.npy"]
