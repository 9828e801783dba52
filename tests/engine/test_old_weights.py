"""Arrays of earlier versions of Keras in the form of Keras 3, held against formulas in numpy."""

from __future__ import annotations

import numpy as np
import pytest

from rnncli.engine.old_weights import in_keras_3

INPUTS, UNITS, STEPS = 5, 3, 4
pytestmark = pytest.mark.usefixtures("keras")


def random(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype("float32")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def built(keras, layer, *shape):
    layer.build((2, *shape))
    return layer


def returned(layer, arrays, x, backend=None):
    layer.set_weights(in_keras_3(layer, arrays, backend))
    return np.asarray(layer(x))


def cudnn(gates, *inputs):
    """The arrays of a cuDNN layer, and the matrices of each gate as cuDNN reads them."""
    kernel, recurrent = random(INPUTS, gates * UNITS), random(UNITS, gates * UNITS)
    bias = random(2 * gates * UNITS)

    def matrices(array):
        return [
            np.ravel(array[:, gate * UNITS : (gate + 1) * UNITS]).reshape(UNITS, -1)
            for gate in range(gates)
        ]

    biases = bias.reshape(2, gates, UNITS)
    return [kernel, recurrent, bias], matrices(kernel), matrices(recurrent), biases


def cudnn_lstm(x):
    arrays, w, r, b = cudnn(4)
    h = c = np.zeros((len(x), UNITS))
    for step in range(x.shape[1]):
        i, f, g, o = (
            x[:, step] @ w[gate].T + b[0, gate] + h @ r[gate].T + b[1, gate] for gate in range(4)
        )
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
    return arrays, h


def cudnn_gru(x):
    arrays, w, r, b = cudnn(3)
    h = np.zeros((len(x), UNITS))
    for step in range(x.shape[1]):
        inside = [x[:, step] @ w[gate].T + b[0, gate] for gate in range(3)]
        state = [h @ r[gate].T + b[1, gate] for gate in range(3)]
        z, reset = (sigmoid(inside[gate] + state[gate]) for gate in (0, 1))
        h = z * h + (1 - z) * np.tanh(inside[2] + reset * state[2])
    return arrays, h


@pytest.mark.parametrize(("name", "formula"), [("LSTM", cudnn_lstm), ("GRU", cudnn_gru)])
def test_cudnn(keras, name, formula):
    x = random(2, STEPS, INPUTS)
    arrays, expected = formula(x)
    layer = built(keras, getattr(keras.layers, name)(UNITS), STEPS, INPUTS)
    np.testing.assert_allclose(returned(layer, arrays, x), expected, atol=2e-6)


@pytest.mark.parametrize(("name", "formula"), [("LSTM", cudnn_lstm), ("GRU", cudnn_gru)])
def test_cudnn_in_wrappers(keras, name, formula):
    x = random(2, STEPS, INPUTS)
    arrays, forward = formula(x)
    _, backward = formula(x[:, ::-1])
    layers = keras.layers
    both = built(keras, layers.Bidirectional(getattr(layers, name)(UNITS)), STEPS, INPUTS)
    expected = np.concatenate([forward, backward], axis=-1)
    np.testing.assert_allclose(returned(both, arrays * 2, x), expected, atol=2e-6)
    many = layers.TimeDistributed(layers.Bidirectional(getattr(layers, name)(UNITS)))
    many = built(keras, many, 1, STEPS, INPUTS)
    np.testing.assert_allclose(returned(many, arrays * 2, x[:, None])[:, 0], expected, atol=2e-6)
    inner = keras.Sequential([layers.Input((STEPS, INPUTS)), getattr(layers, name)(UNITS)])
    many = built(keras, layers.TimeDistributed(inner), 1, STEPS, INPUTS)
    np.testing.assert_allclose(returned(many, arrays, x[:, None])[:, 0], forward, atol=2e-6)


@pytest.mark.parametrize(("name", "stored"), [("LSTM", "icfo"), ("GRU", "zrh")])
def test_an_array_for_each_gate(keras, name, stored):
    """Keras 1 stored W, U and b of each gate."""
    x = random(2, STEPS, INPUTS)
    w = {gate: random(INPUTS, UNITS) + number for number, gate in enumerate(stored)}
    u = {gate: random(UNITS, UNITS) - number for number, gate in enumerate(stored)}
    b = {gate: random(UNITS) + number for number, gate in enumerate(stored)}
    h = c = np.zeros((2, UNITS))
    for step in range(STEPS):
        into = {gate: x[:, step] @ w[gate] + b[gate] for gate in stored}
        if name == "LSTM":
            i, f, o = (sigmoid(into[gate] + h @ u[gate]) for gate in "ifo")
            c = f * c + i * np.tanh(into["c"] + h @ u["c"])
            h = o * np.tanh(c)
        else:
            z, r = (sigmoid(into[gate] + h @ u[gate]) for gate in "zr")
            h = z * h + (1 - z) * np.tanh(into["h"] + (r * h) @ u["h"])
    arrays = [array for gate in stored for array in (w[gate], u[gate], b[gate])]
    options = {"reset_after": False} if name == "GRU" else {}
    layer = built(keras, getattr(keras.layers, name)(UNITS, **options), STEPS, INPUTS)
    np.testing.assert_allclose(returned(layer, arrays, x), h, atol=2e-6)


def test_kernels_of_theano_run_backwards(keras):
    x = random(2, 6, INPUTS)
    layer = built(keras, keras.layers.Conv1D(2, 3), 6, INPUTS)
    kernel, bias = random(3, INPUTS, 2), random(2)
    expected = [
        [sum(sample[step + 2 - k] @ kernel[k] for k in range(3)) + bias for step in range(4)]
        for sample in x
    ]
    np.testing.assert_allclose(returned(layer, [kernel, bias], x, "theano"), expected, atol=2e-6)
    assert np.abs(returned(layer, [kernel, bias], x, "tensorflow") - expected).max() > 0.1


@pytest.mark.parametrize("axes", [(0, 1, 2, 3), (3, 2, 0, 1)], ids=["channels last", "first"])
def test_kernels_of_keras_1(keras, axes):
    layer = built(keras, keras.layers.Conv1D(2, 3), 6, INPUTS)
    kernel, bias = random(3, INPUTS, 2), random(2)
    old = kernel[:, None].transpose(axes)
    fitted = in_keras_3(layer, [old, bias])
    np.testing.assert_array_equal(fitted[0], kernel)
    layer = built(keras, keras.layers.Conv2D(2, (3, 4)), 6, 6, INPUTS)
    kernel = random(3, 4, INPUTS, 2)
    fitted = in_keras_3(layer, [kernel.transpose(axes), bias])
    np.testing.assert_array_equal(fitted[0], kernel)


def test_arrays_of_keras_3_stay(keras):
    for layer in (keras.layers.LSTM(UNITS), keras.layers.GRU(UNITS, reset_after=False)):
        arrays = built(keras, layer, STEPS, INPUTS).get_weights()
        for fitted, array in zip(in_keras_3(layer, arrays), arrays, strict=True):
            np.testing.assert_array_equal(fitted, array)
