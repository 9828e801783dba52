"""Files of ONNX, run in ONNX Runtime beside Keras."""

from __future__ import annotations

import importlib
from importlib.util import find_spec

import numpy as np
import pytest

import rnncli
from rnncli.config import parse
from rnncli.engine.errors import EngineMissing
from rnncli.engine.sameness import Difference, built, trials
from rnncli.model.binding import bind
from rnncli.planning.plan import plan
from rnncli.problems import Source, errors
from rnncli.writers import onnx as writer
from rnncli.writers.writer import CannotWrite, Convertible

WHY = 'needs onnx, tf2onnx and onnxruntime: pip install "rnncli[onnx]"'
onnx = pytest.importorskip("onnx", reason=WHY)
onnxruntime = pytest.importorskip("onnxruntime", reason=WHY)
if find_spec("tf2onnx") is None:
    # To import it would load TensorFlow.
    pytest.skip(WHY, allow_module_level=True)
pytestmark = pytest.mark.usefixtures("keras")


def convertible(text: str) -> Convertible:
    spec = parse(Source("model.yaml", text))
    report = plan(spec)
    assert not errors(report.problems), report.problems
    return Convertible(spec, bind(spec), report)


def outputs_of(data: bytes, *inputs):
    session = onnxruntime.InferenceSession(data)
    names = [entry.name for entry in session.get_inputs()]
    return session.run(None, dict(zip(names, inputs, strict=True)))


@pytest.mark.parametrize(
    "entry",
    ["SimpleRNN: 4", "LSTM: 4", "GRU: 4", "GRU: {units: 4, reset_after: false}",
     "LSTM: {units: 4, return_sequences: true, go_backwards: true}",
     "Bidirectional: {layer: {LSTM: 4}, merge_mode: mul}",
     "Conv1D: {filters: 3, kernel_size: 3, padding: causal}"],
)  # fmt: skip
def test_unknown_lengths_are_right_at_two(keras, entry):
    written = writer.write(convertible(f"input: [null, 6]\nlayers: [{{{entry}}}]"))
    (note,) = written.notes
    assert note.startswith(
        "run in Keras and in ONNX Runtime with random weights, at length 10 and at length 13: the largest difference is "
    )
    data = written.files[".onnx"]
    (axes,) = [entry.shape for entry in onnxruntime.InferenceSession(data).get_inputs()]
    assert axes == ["batch", "input_length", 6]
    assert outputs_of(data, np.zeros((5, 21, 6), "float32"))[0].shape[0] == 5


def test_ids_masks_and_states_by_name():
    source = convertible("""
inputs: {source: {shape: [null], dtype: int32, below: 9}, features: [null, 6]}
layers:
  - Embedding: {input_dim: 9, output_dim: 6, mask_zero: true}
    from: source
  - LSTM: {units: 4, return_state: true, return_sequences: true}
    name: lstm
  - LSTM: 4
    name: other
    from: features
    initial_state: lstm.states
outputs: [other, lstm.h, lstm.c, lstm]
""")
    data = writer.write(source).files[".onnx"]
    session = onnxruntime.InferenceSession(data)
    assert [entry.name for entry in session.get_inputs()] == ["source", "features"]
    names = ["other", "lstm.h", "lstm.c", "lstm"]
    assert sorted(entry.name for entry in session.get_outputs()) == sorted(names)
    run = next(trials(source.model, source.report, 0, built(source.model, 0)))
    assert (run.inputs[0] == 0).any()
    returned = session.run(names, dict(zip(["source", "features"], run.inputs, strict=True)))
    for expected, output in zip(run.outputs, returned, strict=True):
        np.testing.assert_allclose(output, expected, atol=1e-5)


def test_outputs_have_the_names_of_the_config():
    text = "input: [5, 6]\nlayers: [{LSTM: 4}, {Dense: 2}]\noutputs: {z: dense, a: lstm}"
    written = writer.write(convertible(text))
    session = onnxruntime.InferenceSession(written.files[".onnx"])
    assert {entry.name: entry.shape for entry in session.get_outputs()} == {
        "z": ["batch", 2], "a": ["batch", 4],
    }  # fmt: skip
    assert "on random batches" in written.notes[0]


def test_a_tensor_that_is_an_output_twice():
    model = convertible("input: [5, 6]\nlayers: [{LSTM: 4}]\noutputs: [lstm, lstm]").model
    assert writer.output_names(model) == ("lstm", "lstm_2")


def test_a_file_keeps_its_weights(keras, tmp_path):
    steps = keras.Input((None, 6))
    model = keras.Model(steps, keras.layers.LSTM(4, bias_initializer="normal")(steps))
    path = tmp_path / "model.keras"
    model.save(path)
    spec = rnncli.load(path)
    written = writer.write(Convertible(spec, bind(spec), plan(spec)))
    assert f"with the weights of {path}, at length 10" in written.notes[0]
    x = np.random.default_rng(3).normal(size=(2, 7, 6)).astype("float32")
    (output,) = outputs_of(written.files[".onnx"], x)
    np.testing.assert_allclose(output, model.predict(x, verbose=0), atol=1e-6)


# What is not written


def test_a_file_that_is_right_at_one_length_alone(monkeypatch):
    differences = [Difference("at length 10", 0.0, 0.0), Difference("at length 13", 0.1, 0.1)]
    monkeypatch.setattr("rnncli.engine.onnx_export.compared", lambda *_: differences)
    with pytest.raises(CannotWrite) as refused:
        writer.write(convertible("input: [null, 6]\nlayers: [{LSTM: 4}]"))
    (problem,) = refused.value.problems
    assert problem.code == "onnx-differs"
    assert problem.message == (
        "the ONNX file computes other numbers than Keras at length 13, and is right at length 10 "
        "alone: the largest difference is 1.0e-01"
    )


def test_a_file_with_other_weights(monkeypatch):
    from rnncli.engine import onnx_export

    def of_other_weights(keras_model, model):
        keras_model.set_weights([weight + 0.01 for weight in keras_model.get_weights()])
        return exported(keras_model, model)

    exported = onnx_export.exported
    monkeypatch.setattr(onnx_export, "exported", of_other_weights)
    with pytest.raises(CannotWrite) as refused:
        writer.write(convertible("input: [null, 6]\nlayers: [{LSTM: 4}]"))
    assert [problem.code for problem in refused.value.problems] == ["onnx-differs"]


def test_a_custom_layer():
    text = 'input: [5, 6]\nlayers: [{custom: {class: "mine>A", output: [3]}}]'
    with pytest.raises(CannotWrite, match="custom"):
        writer.write(convertible(text))


def test_what_cannot_be_exported(capfd):
    text = "input: {shape: [3], dtype: string}\nlayers: [{Hashing: 5}]"
    with pytest.raises(CannotWrite) as refused:
        writer.write(convertible(text))
    (problem,) = refused.value.problems
    assert problem.code == "onnx-failed"
    assert "\n" not in problem.message
    assert capfd.readouterr() == ("", "")


def test_a_package_that_is_missing(monkeypatch):
    def missing(name, *rest):
        if name == "tf2onnx":
            raise ModuleNotFoundError("No module named 'tf2onnx'", name="tf2onnx")
        return imported(name, *rest)

    imported = importlib.import_module
    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(EngineMissing, match="tf2onnx is not installed") as error:
        writer.write(convertible("input: [5, 6]\nlayers: [{LSTM: 4}]"))
    assert error.value.fix == 'pip install "rnncli[onnx]"'


def test_nothing_is_printed(capfd):
    writer.write(convertible("input: [5, 6]\nlayers: [{LSTM: 4}]"))
    assert capfd.readouterr() == ("", "")
