"""HDF5 files as Keras 1.2.2 wrote them, brought to Keras 3 and held against its formulas."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest

import rnncli
from rnncli.problems import errors

pytestmark = pytest.mark.usefixtures("keras")
STEPS, FEATURES, UNITS = 7, 4, 3
FIRST = {"batch_input_shape": [None, STEPS, FEATURES], "input_dtype": "float32"}
# The gates in the order of their arrays, and in that of a kernel for all of them.
GATES = {"LSTM": ("icfo", "ifco"), "GRU": ("zrh", "zrh")}


def random(*shape):
    return np.random.default_rng(sum(shape)).uniform(-1, 1, shape).astype("float32")


def hard_sigmoid(x):
    return np.clip(0.2 * x + 0.5, 0, 1)


def gates_of(cls, features, shift=0.0):
    """W, U and b of each gate."""
    return {
        gate: [random(features, UNITS) + number / 9 + shift, random(UNITS, UNITS), random(UNITS)]
        for number, gate in enumerate(GATES[cls][0])
    }


def arrays_of(cls, name, gates, together):
    stored, ordered = GATES[cls]
    if together:
        return {
            f"{name}_{letter}": np.concatenate([gates[gate][part] for gate in ordered], axis=-1)
            for part, letter in enumerate("WUb")
        }
    return {
        f"{name}_{letter}_{gate}": gates[gate][part]
        for gate in stored
        for part, letter in enumerate("WUb")
    }


def run(cls, x, gates):
    """The outputs of all steps, by the formulas of Keras 1."""
    h = c = np.zeros((len(x), UNITS))
    outputs = []
    for step in range(x.shape[1]):
        into = {gate: x[:, step] @ w + b for gate, (w, _, b) in gates.items()}
        u = {gate: arrays[1] for gate, arrays in gates.items()}
        if cls == "LSTM":
            i, f, o = (hard_sigmoid(into[gate] + h @ u[gate]) for gate in "ifo")
            c = f * c + i * np.tanh(into["c"] + h @ u["c"])
            h = o * np.tanh(c)
        else:
            z, r = (hard_sigmoid(into[gate] + h @ u[gate]) for gate in "zr")
            h = z * h + (1 - z) * np.tanh(into["h"] + (r * h) @ u["h"])
        outputs.append(h)
    return np.stack(outputs, axis=1)


def recurrent(cls, name, together, **others):
    less = "gpu" if together else "cpu"
    return {
        "class_name": cls,
        "config": {"name": name, "output_dim": UNITS, "inner_activation": "hard_sigmoid",
                   "activation": "tanh", "consume_less": less, **others},
    }  # fmt: skip


def file_of(folder, layers, weights, backend="tensorflow"):
    """The path of a file; Theano's names have no number of an output."""
    path = folder / "old.h5"
    end = ":0" if backend == "tensorflow" else ""
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = b"1.2.2"
        document = {"class_name": "Sequential", "config": layers}
        file.attrs["model_config"] = json.dumps(document).encode()
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [name.encode() for name in weights]
        for name, arrays in weights.items():
            inner = group.create_group(name)
            inner.attrs["weight_names"] = [f"{array}{end}".encode() for array in arrays]
            for array, numbers in arrays.items():
                inner[f"{array}{end}"] = numbers
    return path


def returned(keras, path, x):
    spec = rnncli.load(path)
    report = rnncli.plan(spec)
    assert not errors(report.problems)
    assert report.agreement.agrees, report.agreement.differences
    assert rnncli.build(spec).agreement.agrees
    new = path.with_name("new.keras")
    new.write_bytes(rnncli.convert(spec, "keras").files[".keras"])
    return keras.models.load_model(new).predict(x, verbose=0)


@pytest.mark.parametrize("together", [False, True], ids=["by gate", "together"])
@pytest.mark.parametrize("cls", GATES)
def test_recurrent_layers(keras, tmp_path, cls, together):
    gates, x = gates_of(cls, FEATURES), random(2, STEPS, FEATURES)
    layers = [recurrent(cls, "a", together, **FIRST)]
    path = file_of(tmp_path, layers, {"a": arrays_of(cls, "a", gates, together)})
    np.testing.assert_allclose(returned(keras, path, x), run(cls, x, gates)[:, -1], atol=1e-5)


@pytest.mark.parametrize("cls", GATES)
def test_both_directions(keras, tmp_path, cls):
    forward, backward = gates_of(cls, FEATURES), gates_of(cls, FEATURES, 0.3)
    inner = recurrent(cls, "a", False, return_sequences=True)
    both = {"name": "both", "layer": inner, "merge_mode": "concat", **FIRST}
    arrays = {
        **arrays_of(cls, "forward_a", forward, False),
        **arrays_of(cls, "backward_a", backward, False),
    }
    layers = [{"class_name": "Bidirectional", "config": both}]
    path = file_of(tmp_path, layers, {"both": arrays})
    x = random(2, STEPS, FEATURES)
    expected = [run(cls, x, forward), run(cls, x[:, ::-1], backward)[:, ::-1]]
    np.testing.assert_allclose(
        returned(keras, path, x), np.concatenate(expected, axis=-1), atol=1e-5
    )


@pytest.mark.parametrize("backend", ["tensorflow", "theano"])
def test_a_convolution_before_a_recurrent_layer(keras, tmp_path, backend):
    """Its kernel has four axes, and Theano runs it backwards."""
    kernel, bias, gates = random(3, 1, FEATURES, 5), random(5), gates_of("LSTM", 5)
    convolution = {"name": "c", "nb_filter": 5, "filter_length": 3, "border_mode": "valid",
                   "activation": "linear", "subsample_length": 1, "bias": True, **FIRST}  # fmt: skip
    layers = [
        {"class_name": "Convolution1D", "config": convolution},
        recurrent("LSTM", "a", False),
    ]
    weights = {"c": {"c_W": kernel, "c_b": bias}, "a": arrays_of("LSTM", "a", gates, False)}
    path = file_of(tmp_path, layers, weights, backend)
    x = random(2, STEPS, FEATURES)
    taps = kernel[::-1, 0] if backend == "theano" else kernel[:, 0]
    convolved = sum(x[:, tap : STEPS - 2 + tap] @ taps[tap] for tap in range(3)) + bias
    expected = run("LSTM", convolved, gates)[:, -1]
    np.testing.assert_allclose(returned(keras, path, x), expected, atol=1e-5)
