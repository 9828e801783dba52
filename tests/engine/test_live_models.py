"""The report of a live Keras model."""

from __future__ import annotations

import numpy as np
import pytest

import rnncli
from rnncli.problems import ConfigError

pytestmark = pytest.mark.usefixtures("keras")


def test_functional_and_sequential_models(keras):
    model = keras.Sequential(
        [
            keras.Input((None, 8)),
            keras.layers.Bidirectional(keras.layers.LSTM(3, return_sequences=True)),
            keras.layers.Dense(2, name="answer"),
        ]
    )
    report = rnncli.inspect(model)
    assert report.totals.params == model.count_params()
    assert report.layers[-1].outputs[0].shape == (1, None, 2)
    assert report.agreement.agrees
    assert report.agreement.compared.weights == len(model.weights)
    assert "answer" in repr(report)


def subclass(keras, states):
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.embed = keras.layers.Embedding(10, 4)
            self.lstm = keras.layers.LSTM(3)
            self.dense = keras.layers.Dense(2)

        def call(self, x):
            start = None
            if states:
                size = keras.ops.shape(x)[0]
                start = [keras.ops.zeros((size, 3)), keras.ops.zeros((size, 3))]
            return self.dense(self.lstm(self.embed(x), initial_state=start))

    return Own()


def test_a_subclass_that_was_called(keras):
    model = subclass(keras, states=False)
    model(np.zeros((2, 5), "int32"))
    report = rnncli.inspect(model)
    assert [layer.cls for layer in report.layers] == ["Embedding", "LSTM", "Dense"]
    assert report.totals.params == model.count_params()


def test_a_subclass_that_was_never_called(keras):
    with pytest.raises(ConfigError, match="never called"):
        rnncli.inspect(subclass(keras, states=False))
    report = rnncli.inspect(subclass(keras, states=False), input_shape=(None, 5))
    assert report.totals.params == 40 + 96 + 8


def test_a_subclass_that_needs_the_size_of_the_batch(keras):
    model = subclass(keras, states=True)
    model(np.zeros((2, 5), "int32"))
    with pytest.raises(ConfigError, match="symbolic"):
        rnncli.inspect(model)


def test_custom_layers_have_their_shapes_and_weights(keras):
    class Scaled(keras.layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight(shape=(shape[-1], 5), name="scale")

        def call(self, x):
            return x @ self.scale

    model = keras.Sequential([keras.Input((4, 8)), Scaled(name="scaled"), keras.layers.LSTM(3)])
    scaled, lstm = rnncli.inspect(model).layers
    assert scaled.params.total == 40
    assert scaled.outputs[0].shape == (1, 4, 5)
    assert lstm.params.total == 108


def test_what_is_no_model_is_refused(keras):
    with pytest.raises(TypeError, match="Keras model"):
        rnncli.inspect(keras.layers.Dense(3))
