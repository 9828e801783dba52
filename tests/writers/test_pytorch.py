"""Modules of PyTorch, run beside Keras with the same random weights."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import rnncli
from rnncli.config import parse
from rnncli.engine.sameness import built, largest, trials
from rnncli.model.binding import bind
from rnncli.planning.plan import plan
from rnncli.problems import Source, errors
from rnncli.writers import pytorch
from rnncli.writers.pytorch.activations import ACTIVATIONS, OLD
from rnncli.writers.pytorch.module import module_of
from rnncli.writers.pytorch.proof import (
    TOLERANCE,
    _imported,
    compared,
    reserved_names,
    weights_file,
)
from rnncli.writers.pytorch.source import source_of
from rnncli.writers.writer import CannotWrite, Convertible

torch = pytest.importorskip("torch", reason='needs torch: pip install "rnncli[torch]"')
pytest.importorskip("safetensors", reason='needs safetensors: pip install "rnncli[torch]"')
pytestmark = pytest.mark.usefixtures("keras")


def convertible(text: str) -> Convertible:
    spec = parse(Source("model.yaml", text))
    report = plan(spec)
    assert not errors(report.problems), report.problems
    return Convertible(spec, bind(spec), report)


def randomized(keras_model):
    """Draws every weight; the initializers of Keras would leave biases zero."""
    generator = np.random.default_rng(7)
    weights = [generator.normal(0, 0.4, weight.shape) for weight in keras_model.weights]
    for place, weight in enumerate(keras_model.weights):
        if getattr(weight, "path", weight.name).endswith("moving_variance"):
            weights[place] = np.abs(weights[place]) + 0.5
    keras_model.set_weights(weights)


def held_against_keras(text: str) -> str:
    """The module's code, which must compute what Keras does, at two lengths."""
    source = convertible(text)
    module = module_of(source.model, source.report.layers, reserved_names())
    code = source_of(module, "model.yaml")
    keras_model = built(source.model, source.seed)
    randomized(keras_model)
    weights = weights_file(module, keras_model)
    differences = compared(
        code, weights, source.model, trials(source.model, source.report, source.seed, keras_model)
    )
    assert len(differences) == 2
    assert largest(differences).relative <= TOLERANCE
    return code


def layers(text: str, shape: str = "[null, 6]") -> str:
    return f"input: {shape}\nlayers:\n" + "".join(
        f"  - {line}\n" for line in text.split("\n") if line
    )


RECURRENT = ["SimpleRNN", "LSTM", "GRU"]
RETURNS = [
    "",
    ", return_sequences: true",
    ", return_state: true",
    ", return_sequences: true, return_state: true",
]


@pytest.mark.parametrize("cls", RECURRENT)
@pytest.mark.parametrize("more", [*RETURNS, ", go_backwards: true, return_sequences: true",
                                  ", use_bias: false", ", unroll: false, dropout: 0.3"])  # fmt: skip
def test_recurrent(cls, more):
    code = held_against_keras(layers(f"{cls}: {{units: 4{more}}}"))
    assert ".flip(1)" in code or "go_backwards" not in more


def test_a_simple_rnn_with_relu():
    assert 'nonlinearity="relu"' in held_against_keras(
        layers("SimpleRNN: {units: 4, activation: relu}")
    )


@pytest.mark.parametrize("cls", RECURRENT)
@pytest.mark.parametrize("merge", ["concat", "sum", "mul", "ave"])
@pytest.mark.parametrize("more", ["", ", return_sequences: true"])
def test_bidirectional(cls, merge, more):
    held_against_keras(
        layers(f"Bidirectional: {{layer: {{{cls}: {{units: 4{more}}}}}, merge_mode: {merge}}}")
    )


@pytest.mark.parametrize("cls", RECURRENT)
@pytest.mark.parametrize("more", ["", ", return_sequences: true"])
def test_bidirectional_unmerged_with_states(cls, more):
    states = ["forward_h", "forward_c", "backward_h", "backward_c"]
    states = [name for name in states if cls == "LSTM" or name.endswith("h")]
    outputs = ", ".join(f"both.{name}" for name in ["forward", "backward", *states])
    held_against_keras(
        f"""
input: [null, 6]
layers:
  - Bidirectional: {{layer: {{{cls}: {{units: 4, return_state: true{more}}}}}, merge_mode: null}}
    name: both
outputs: [{outputs}]
"""
    )


@pytest.mark.parametrize("cls", RECURRENT)
@pytest.mark.parametrize("both", [False, True])
def test_states_start_another_layer(cls, both):
    inner = f"{cls}: {{units: 4, return_state: true, return_sequences: true}}"
    layer = f"Bidirectional: {{{inner}}}" if both else inner
    code = held_against_keras(
        f"""
inputs: {{a: [null, 6], b: [null, 6]}}
layers:
  - {layer}
    name: first
    from: a
  - {layer}
    name: second
    from: b
    initial_state: first.states
outputs: [second, first.{"backward_h" if both else "h"}]
"""
    )
    assert ("torch.stack(" if both else ".unsqueeze(0)") in code


IDS = "input: {shape: [null], dtype: int32, below: 9}\nlayers:\n"
EMBEDDING = "  - Embedding: {input_dim: 9, output_dim: 5, mask_zero: true}\n"


@pytest.mark.parametrize("cls", RECURRENT)
@pytest.mark.parametrize("more", RETURNS)
@pytest.mark.parametrize("layer", ["%s", "Bidirectional: {%s}"])
def test_padding_is_packed(cls, more, layer):
    inner = f"{cls}: {{units: 4{more}}}"
    entry = layer % inner if "%s}" in layer else inner
    code = held_against_keras(IDS + EMBEDDING + f"  - {entry}\n  - Dense: 2\n")
    assert "pack_padded_sequence(" in code


@pytest.mark.parametrize(
    "steps",
    [
        "  - LSTM: {units: 4, return_sequences: true, zero_output_for_mask: true}\n",
        "  - LSTM: {units: 4, return_sequences: true}\n  - GRU: 3\n",
        "  - Dropout: 0.2\n  - LayerNormalization\n  - GRU: 3\n",
        "  - TimeDistributed: {Dense: 3}\n  - GRU: 3\n",
        "  - GlobalAveragePooling1D\n",
        "  - Conv1D: {filters: 3, kernel_size: 2}\n  - LSTM: 4\n",
    ],
)
def test_a_mask_goes_on(steps):
    held_against_keras(IDS + EMBEDDING + steps)


def test_steps_beside_padding_are_no_padding():
    steps = "  - Embedding: {input_dim: 9, output_dim: 5}\n    name: plain\n    from: input\n"
    joined = "  - Concatenate:\n    from: [plain, embedding]\n  - LSTM: 4\n"
    assert "run_masked" not in held_against_keras(IDS + EMBEDDING + steps + joined)


def test_masking_and_merged_masks():
    code = held_against_keras(
        """
inputs: {a: [null, 6], b: [null, 6]}
layers:
  - Masking: {mask_value: 0.5}
    name: a_steps
    from: a
  - Masking: {mask_value: 0.5}
    name: b_steps
    from: b
  - Add:
    name: sum
    from: [a_steps, b_steps]
  - LSTM: 4
    name: last
  - Concatenate:
    name: beside
    from: [a_steps, b_steps]
  - GRU: 4
    name: other
outputs: [last, other]
"""
    )
    assert "a_steps_mask | b_steps_mask" in code


ONE_TENSOR = """
Dense: {units: 3, use_bias: false}
Conv1D: {filters: 3, kernel_size: 3}
Conv1D: {filters: 3, kernel_size: 3, padding: same}
Conv1D: {filters: 3, kernel_size: 4, padding: same}
Conv1D: {filters: 3, kernel_size: 3, padding: causal}
Conv1D: {filters: 3, kernel_size: 3, dilation_rate: 2, padding: causal}
Conv1D: {filters: 3, kernel_size: 3, dilation_rate: 2, padding: same}
Conv1D: {filters: 3, kernel_size: 3, strides: 2, use_bias: false}
Conv1D: {filters: 3, kernel_size: 3, strides: 2, padding: same, activation: relu}
Conv1D: {filters: 3, kernel_size: 4, strides: 3, padding: same}
Conv1D: {filters: 3, kernel_size: 3, strides: 2, padding: causal}
Conv1D: {filters: 4, kernel_size: 3, groups: 2}
SeparableConv1D: {filters: 3, kernel_size: 3, padding: same, depth_multiplier: 2}
SeparableConv1D: {filters: 3, kernel_size: 3, strides: 2, use_bias: false}
LayerNormalization
LayerNormalization: {epsilon: 0.1, center: false}
LayerNormalization: {scale: false}
LayerNormalization: {scale: false, center: false}
BatchNormalization
BatchNormalization: {scale: false, momentum: 0.9}
BatchNormalization: {scale: false, center: false}
Dropout: 0.5
SpatialDropout1D: 0.5
GaussianNoise: 0.5
MaxPooling1D: 2
MaxPooling1D: {pool_size: 3, strides: 2}
MaxPooling1D: {pool_size: 3, padding: same}
MaxPooling1D: {pool_size: 3, strides: 2, padding: same}
AveragePooling1D: {pool_size: 3, strides: 2}
GlobalMaxPooling1D
GlobalAveragePooling1D: {keepdims: true}
UpSampling1D: 3
ZeroPadding1D: [1, 2]
Cropping1D: [1, 2]
Cropping1D: [1, 0]
Activation: tanh
ReLU
ReLU: {max_value: 0.7}
ReLU: {negative_slope: 0.2}
LeakyReLU
ELU: {alpha: 0.5}
Softmax
TimeDistributed: {Dense: {units: 3, activation: relu}}
TimeDistributed: {LayerNormalization: {}}
ops.multiply: 2.0
ops.subtract: {x1: 1.0}
ops.maximum: 0.2
ops.minimum: {x1: 0.2}
ops.mean: {axis: 1}
ops.max: {axis: [1, 2], keepdims: true}
ops.getitem: "[:, -1]"
ops.getitem: "[..., 1:3]"
ops.getitem: "[:, ::2, None]"
ops.expand_dims: {axis: 1}
ops.transpose: {axes: [0, 2, 1]}
ops.flip: {axis: 1}
ops.softmax: {axis: 1}
ops.relu
ops.sqrt
"""


@pytest.mark.parametrize("entry", ONE_TENSOR.strip().split("\n"))
def test_layers_of_one_tensor(entry):
    held_against_keras(layers(entry))


@pytest.mark.parametrize(
    "entry",
    ["Flatten", "Reshape: [3, 10]", "Reshape: [-1, 2]", "Permute: [2, 1]", "BatchNormalization"],
)
def test_layers_of_a_known_length(entry):
    held_against_keras(layers(entry, "[5, 6]"))


@pytest.mark.parametrize("entry", ["RepeatVector: 3", "BatchNormalization", "Dense: 2", "Flatten"])
def test_layers_of_vectors(entry):
    held_against_keras(layers(entry, "[6]"))


@pytest.mark.parametrize("name", sorted({*ACTIVATIONS} - {OLD}))
def test_activations(name):
    held_against_keras(layers(f"Dense: {{units: 6, activation: {name}}}\nActivation: {name}"))


@pytest.mark.parametrize(
    "entry",
    ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate",
     "Concatenate: {axis: 1}", "ops.add", "ops.divide", "ops.maximum", "ops.stack: {axis: 1}",
     "ops.concatenate: {axis: 1}"],
)  # fmt: skip
def test_merging(entry):
    held_against_keras(
        f"inputs: {{a: [null, 6], b: [null, 6]}}\nlayers:\n  - {entry}:\n    from: [a, b]\n".replace(
            "}:\n    from", "}\n    from"
        )
    )


@pytest.mark.parametrize(
    ("shapes", "axes"),
    [("[6]", "1"), ("[6]", "-1"), ("[4, 6]", "2"), ("[4, 4]", "[1, 2]"), ("[4, 6]", "1")],
)
@pytest.mark.parametrize("normalize", ["false", "true"])
def test_dot(shapes, axes, normalize):
    held_against_keras(
        f"inputs: {{a: {shapes}, b: {shapes}}}\nlayers:\n"
        f"  - Dot: {{axes: {axes}, normalize: {normalize}}}\n    from: [a, b]\n"
    )


def test_dot_of_weights_and_steps():
    held_against_keras(
        "inputs: {a: [null], b: [null, 6]}\nlayers:\n  - Dot: {axes: 1}\n    from: [a, b]\n"
    )


ATTENTION = """
inputs: {a: [null, 6], b: [null, 6]}
layers:
  - %s
    name: attention
    from: {query: a, value: b%s}
"""


@pytest.mark.parametrize("key", ["", ", key: b"])
@pytest.mark.parametrize(
    "entry",
    ["Attention:", "Attention: {use_scale: true, dropout: 0.1}",
     "MultiHeadAttention: {num_heads: 2, key_dim: 3}",
     "MultiHeadAttention: {num_heads: 2, key_dim: 3, use_bias: false}",
     "Attention:\n    call: {use_causal_mask: true}",
     "MultiHeadAttention: {num_heads: 2, key_dim: 3}\n    call: {use_causal_mask: true}"],
)  # fmt: skip
def test_attention(entry, key):
    held_against_keras(ATTENTION % (entry, key))


def test_attention_over_other_features():
    text = ATTENTION % ("MultiHeadAttention: {num_heads: 3, key_dim: 2}", "")
    held_against_keras(text.replace("b: [null, 6]", "b: [null, 5]"))


def test_attention_over_padding():
    held_against_keras(
        IDS + EMBEDDING + "  - GRU: {units: 5, return_sequences: true}\n    name: query\n"
        "  - Attention:\n    from: {query: query, value: embedding}\n  - LSTM: 3\n"
    )


def test_models_inside_are_modules_of_their_own():
    code = held_against_keras("""
inputs: {a: [null, 6], b: [null, 6]}
layers:
  - model:
      name: sentence
      input: [null, 6]
      layers:
        - LSTM: {units: 3, return_state: true, return_sequences: true}
        - model: {input: [null, 3], layers: [Dense: 2, Masking, GRU: 4]}
          name: inner
      outputs: [inner, lstm.h, lstm.c]
    name: first
    from: a
  - use: first
    name: second
    from: b
  - Subtract:
    from: [first.inner, second.inner]
outputs: [subtract, first.h]
""")
    assert code.count("class ") == 3
    assert code.count("self.first(") == 2
    assert code.count("def run_masked") == 1


def test_a_model_inside_that_uses_a_mask_from_outside():
    inner = "  - model: {input: [null, 5], layers: [LSTM: 3]}\n    name: inner\n"
    with pytest.raises(CannotWrite, match="a mask from outside"):
        pytorch.write(convertible(IDS + EMBEDDING + inner))


def test_what_is_refused_inside_of_a_model_is_named():
    text = "input: [null, 6]\nlayers:\n  - model: {input: [null, 6], layers: [ConvLSTM1D: 3]}\n"
    text = text.replace("ConvLSTM1D: 3", "GRU: {units: 3, reset_after: false}")
    with pytest.raises(CannotWrite, match="reset_after") as refused:
        pytorch.write(convertible(text))
    assert [each.layer for each in refused.value.problems] == ["gru"]


def test_ids_that_are_floats_and_a_layer_that_is_called_twice():
    code = held_against_keras(
        """
inputs:
  a: {shape: [null], dtype: float32, below: 7}
  b: {shape: [null], dtype: float32, below: 7}
layers:
  - Embedding: {input_dim: 7, output_dim: 5}
    name: words
    from: a
  - use: words
    name: others
    from: b
  - Add:
    from: [words, others]
outputs: {sum: add, words: words}
"""
    )
    assert code.count("nn.Embedding(") == 1
    assert '{"sum": add, "words": words}' in code


def test_names_that_python_and_pytorch_have_themselves():
    names = ["forward", "train", "torch", "class", "F", "lstm h", "lstm_h", "1st", "self"]
    steps = "".join(f"  - Dense: 3\n    name: {name}\n" for name in names)
    text = (
        "name: nn\ninput: [6]\nlayers:\n" + steps + "  - RepeatVector: 3\n"
        "  - LSTM: {units: 3, return_state: true}\n    name: lstm\noutputs: [lstm.h, lstm]\n"
    )
    held_against_keras(text)


# What PyTorch does not have


REFUSED = {
    "GRU: {units: 3, reset_after: false}": "reset_after",
    "GRU: {units: 3, recurrent_activation: hard_sigmoid}": "hard_sigmoid",
    "LSTM: {units: 3, activation: relu}": "relu",
    "LSTM: {units: 3, recurrent_activation: hard_sigmoid}": "hard_sigmoid",
    "SimpleRNN: {units: 3, activation: sigmoid}": "sigmoid",
    "LSTM: {units: 3, dtype: float16}": "float16",
    "Bidirectional: {layer: {LSTM: 3}, backward_layer: {GRU: {units: 3, go_backwards: true}}}": "backward_layer",
    "ConvLSTM1D: {filters: 2, kernel_size: 1}": "ConvLSTM1D",
    "AveragePooling1D: {pool_size: 2, padding: same}": "padding",
    "Dense: {units: 2, activation: squareplus}": "squareplus",
    "ops.cumsum: {axis: 1}": "ops.cumsum",
    'ops.getitem: "[:, ::-1]"': "backwards",
}


@pytest.mark.parametrize(("entry", "reason"), REFUSED.items())
def test_refused(entry, reason):
    shape = "[null, 6, 2]" if "Conv" in entry else "[null, 6]"
    text = layers(entry, shape)
    with pytest.raises(CannotWrite) as refused:
        pytorch.write(convertible(text))
    (problem,) = refused.value.problems
    assert problem.code == "no-torch-equivalent"
    assert reason in problem.message
    assert (problem.severity, problem.line) == ("error", 3)
    assert problem.fix
    assert problem.layer


def test_heads_of_another_size():
    with pytest.raises(CannotWrite, match="key_dim 8"):
        pytorch.write(
            convertible(ATTENTION % ("MultiHeadAttention: {num_heads: 2, key_dim: 8}", ""))
        )


def test_all_that_is_refused_is_named_at_once():
    text = layers(
        "LSTM: {units: 3, activation: relu, recurrent_activation: hard_sigmoid, "
        "return_sequences: true}\nDense: 3\nGRU: {units: 3, reset_after: false}"
    )
    with pytest.raises(CannotWrite) as refused:
        pytorch.write(convertible(text))
    assert [(each.layer, each.line) for each in refused.value.problems] == [
        ("lstm", 3), ("lstm", 3), ("gru", 5),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ("  - LSTM: {units: 4, go_backwards: true}\n", "padding first"),
        ("  - Concatenate: {axis: 1}\n    from: [embedding, embedding]\n  - LSTM: 4\n", "joined"),
        ("  - Softmax\n", "mask"),
    ],
)
def test_masks_that_are_not_of_padding_at_the_end(steps, reason):
    with pytest.raises(CannotWrite, match=reason):
        pytorch.write(convertible(IDS + EMBEDDING + steps))


# The files


def test_numbers_that_differ_are_not_written(monkeypatch):
    monkeypatch.setattr("rnncli.writers.pytorch.recurrent._gates", lambda layer, array: array)
    with pytest.raises(CannotWrite) as refused:
        pytorch.write(convertible(layers("GRU: 3")))
    (problem,) = refused.value.problems
    assert problem.code == "torch-differs"
    assert "the largest difference is" in problem.message


def test_code_that_fails_is_not_written(monkeypatch):
    monkeypatch.setitem(ACTIVATIONS, "tanh", "torch.no_such_function({x})")
    with pytest.raises(CannotWrite, match="no_such_function"):
        pytorch.write(convertible(layers("Dense: {units: 3, activation: tanh}")))


def test_the_files_work_on_their_own(keras, tmp_path):
    text = layers("LSTM: {units: 3, dropout: 0.2}\nDense: {units: 2, activation: softmax}")
    source = convertible(text)
    written = pytorch.write(source)
    assert set(written.files) == {".py", ".safetensors"}
    assert written.notes[0].startswith(
        "run in Keras and in PyTorch with random weights, at length 10 and at length 13: "
    )
    assert written.notes[1] == ("left out, as it changes nothing after training: lstm: dropout")
    for suffix, data in written.files.items():
        (tmp_path / f"mine{suffix}").write_bytes(data)
    x = np.random.default_rng(0).normal(size=(2, 7, 6)).astype("float32")
    np.save(tmp_path / "x.npy", x)
    code = "import mine, numpy, torch; print(mine.load()(torch.from_numpy(numpy.load('x.npy'))).tolist())"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    # A model written by hand, with the weights that rnncli draws for the same seed.
    keras.utils.set_random_seed(0)
    steps = keras.Input((None, 6))
    lstm = keras.layers.LSTM(3)
    dense = keras.layers.Dense(2, activation="softmax")
    expected = keras.Model(steps, dense(lstm(steps))).predict(x, verbose=0)
    np.testing.assert_allclose(eval(ran.stdout), expected, atol=1e-6)


# Model files


def predicted(written, folder, *inputs):
    for suffix, data in written.files.items():
        (folder / f"written{suffix}").write_bytes(data)
    module = _imported(folder / "written.py").load()
    with torch.no_grad():
        return module(*map(torch.from_numpy, inputs)).numpy()


def convertible_file(path) -> Convertible:
    spec = rnncli.load(path)
    return Convertible(spec, bind(spec), plan(spec))


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_file_keeps_its_weights(keras, tmp_path, suffix):
    ids = keras.Input((None,), dtype="int32", name="ids")
    steps = keras.layers.Embedding(9, 5, mask_zero=True, name="words")(ids)
    steps = keras.layers.Bidirectional(keras.layers.GRU(4, return_sequences=True))(steps)
    end = keras.layers.Dense(3, activation="softmax")(keras.layers.LSTM(4)(steps))
    model = keras.Model(ids, end)
    randomized(model)
    path = tmp_path / f"model{suffix}"
    model.save(path)
    written = pytorch.write(convertible_file(path))
    assert f"with the weights of {path}, at length 10" in written.notes[0]
    x = np.array([[3, 8, 1, 1, 5], [2, 4, 0, 0, 0]], "int32")
    np.testing.assert_allclose(
        predicted(written, tmp_path, x), model.predict(x, verbose=0), atol=1e-6
    )


def test_the_hard_sigmoid_of_keras_2(tmp_path):
    keras2 = pytest.importorskip("tf_keras", reason="needs tf-keras")
    steps = keras2.Input((None, 6))
    steps_ = keras2.layers.Dense(5, activation="hard_sigmoid")(steps)
    end = keras2.layers.Activation("hard_sigmoid")(keras2.layers.LSTM(4)(steps_))
    model = keras2.Model(steps, end)
    randomized(model)
    path = tmp_path / "model.h5"
    model.save(path)
    x = np.random.default_rng(3).normal(size=(2, 7, 6)).astype("float32")
    written = pytorch.write(convertible_file(path))
    assert "0.2 * " in written.files[".py"].decode()
    np.testing.assert_allclose(
        predicted(written, tmp_path, x), model.predict(x, verbose=0), atol=2e-6
    )


def test_gates_of_keras_2_are_refused(tmp_path):
    keras2 = pytest.importorskip("tf_keras", reason="needs tf-keras")
    layer = keras2.layers.LSTM(4, recurrent_activation="hard_sigmoid", input_shape=(5, 6))
    path = tmp_path / "model.h5"
    keras2.Sequential([layer]).save(path)
    with pytest.raises(CannotWrite, match="not the hard_sigmoid of Keras 2"):
        pytorch.write(convertible_file(path))


def test_the_code_is_as_ruff_formats_it(tmp_path):
    pytest.importorskip("ruff", reason="needs ruff")
    wide = layers(
        "Bidirectional: {LSTM: {units: 300, return_sequences: true}}\n"
        "Conv1D: {filters: 256, kernel_size: 5, strides: 2, padding: same, activation: relu}\n"
        "SeparableConv1D: {filters: 128, kernel_size: 5, padding: same, activation: relu}\n"
        "Bidirectional: {LSTM: 300}\nops.multiply: 2.0"
    )
    padded = IDS + EMBEDDING + "  - LSTM: {units: 4, return_sequences: true}\n  - GRU: 3\n"
    for number, text in enumerate([wide, padded]):
        (tmp_path / f"written_{number}.py").write_bytes(
            pytorch.write(convertible(text)).files[".py"]
        )
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["format", "--check"], ["check", "--select", "E,F,I,W"]):
        subprocess.run(
            [*ruff, *command, "--isolated", "--line-length", "88", str(tmp_path)], check=True
        )
