"""Files that live Keras 2 writes, brought to Keras 3 and run on the same batch."""

from __future__ import annotations

import numpy as np
import pytest

import rnncli
from rnncli.problems import errors
from rnncli.writers.writer import CannotWrite
from tests.conftest import invoke

pytestmark = pytest.mark.keras
# Ids with padding at the end, in front and in between.
PADDED = np.array([[3, 1, 2, 0, 0], [0, 4, 0, 1, 5]], "int32")
FULL = np.array([[3, 1, 2, 4, 2], [1, 4, 2, 1, 5]], "int32")


@pytest.fixture(scope="module")
def tf_keras(keras):
    return pytest.importorskip("tf_keras", reason="tf-keras is not installed")


def randomized(model):
    generator = np.random.default_rng(3)
    model.set_weights([generator.standard_normal(w.shape) * 0.5 for w in model.get_weights()])
    return model


def converted(keras, old, folder, suffix="h5"):
    """The model of an old file in Keras 3, and the codes of what has changed."""
    path = folder / f"old.{suffix}"
    old.save(path)
    spec = rnncli.load(path)
    report = rnncli.plan(spec)
    assert not errors(report.problems)
    assert report.agreement.agrees, report.agreement.differences
    new = folder / "new.keras"
    new.write_bytes(rnncli.convert(spec, "keras").files[".keras"])
    return keras.models.load_model(new), {problem.code for problem in report.problems}


def largest_difference(old, new, inputs):
    pair = [model.predict(inputs, verbose=0) for model in (old, new)]
    return np.abs(np.subtract(*pair)).max()


DECODERS = {
    "LSTM": (lambda layers: layers.LSTM(4, return_sequences=True), 2),
    "GRU": (lambda layers: layers.GRU(4, return_sequences=True), 1),
    "SimpleRNN": (lambda layers: layers.SimpleRNN(4), 1),
    "cells": (lambda layers: layers.RNN(layers.LSTMCell(4), return_sequences=True), 2),
    "both ways": (lambda layers: layers.Bidirectional(layers.GRU(4)), 2),
}


@pytest.mark.parametrize("name", DECODERS)
@pytest.mark.parametrize("inside", [False, True], ids=["", "inside"])
def test_padding_is_skipped_after_an_initial_state(keras, tf_keras, tmp_path, name, inside):
    """Keras 3 hands a layer no mask beside an initial state; Keras 2 does."""
    layers = tf_keras.layers
    make, count = DECODERS[name]

    def build():
        ids = tf_keras.Input((5,), dtype="int32")
        states = [tf_keras.Input((4,)) for _ in range(count)]
        embedded = layers.Dropout(0.1)(layers.Embedding(6, 3, mask_zero=True)(ids))
        embedded = layers.LSTM(3, return_sequences=True)(embedded)
        return tf_keras.Model([ids, *states], make(layers)(embedded, initial_state=states))

    old = randomized(build())
    if inside:
        entering = [
            tf_keras.Input(tensor.shape[1:], dtype=tensor.dtype.name) for tensor in old.inputs
        ]
        old = tf_keras.Model(entering, layers.Dense(2)(old(entering)))
    new, codes = converted(keras, old, tmp_path)
    states = [np.full((2, 4), 0.5 + number, "float32") for number in range(count)]
    assert largest_difference(old, new, [PADDED, *states]) < 1e-6
    assert largest_difference(old, new, [FULL, *states]) < 1e-6
    assert "mask-not-handed" in codes
    assert "mask-ignored" not in codes


def test_masking_before_an_initial_state(keras, tf_keras, tmp_path):
    layers = tf_keras.layers
    sequence, state = tf_keras.Input((5, 3)), tf_keras.Input((4,))
    masked = layers.Masking(0.5)(sequence)
    both = [layers.GRU(4)(masked, initial_state=state) for _ in range(2)]
    old = randomized(tf_keras.Model([sequence, state], layers.Add()(both)))
    new, _ = converted(keras, old, tmp_path)
    x = np.random.default_rng(1).standard_normal((2, 5, 3)).astype("float32")
    x[0, 3:], x[1, 1] = 0.5, 0.5
    assert largest_difference(old, new, [x, np.ones((2, 4), "float32")]) < 1e-6


def test_a_mask_that_comes_out_of_a_model(tf_keras, tmp_path):
    """No argument can say it, so that nothing is written."""
    layers = tf_keras.layers
    ids, state = tf_keras.Input((5,), dtype="int32"), tf_keras.Input((4,))
    inner = tf_keras.Sequential([layers.Embedding(6, 4, mask_zero=True, input_length=5)])
    old = tf_keras.Model([ids, state], layers.GRU(4)(inner(ids), initial_state=state))
    old.save(tmp_path / "old.h5")
    with pytest.raises(CannotWrite) as caught:
        rnncli.convert(rnncli.load(tmp_path / "old.h5"), "keras")
    assert [problem.code for problem in caught.value.problems] == ["mask-not-handed"]


@pytest.mark.parametrize("suffix", ["h5", "keras"])
def test_names_with_slashes(keras, tf_keras, tmp_path, suffix):
    layers = tf_keras.layers
    inner = tf_keras.Sequential(
        [tf_keras.Input((5, 3)), layers.GRU(3, name="in/gru.1")], name="part/one"
    )
    x = tf_keras.Input((5, 3))
    encoded = layers.LSTM(3, return_sequences=True, name="enc/lstm")(x)
    old = randomized(tf_keras.Model(x, layers.Dense(2, name="enc/out")(inner(encoded))))
    new, _ = converted(keras, old, tmp_path, suffix)
    batch = np.random.default_rng(1).standard_normal((2, 5, 3)).astype("float32")
    assert largest_difference(old, new, batch) < 1e-6


def test_one_direction_is_not_trained(keras, tf_keras, tmp_path):
    """HDF5 files have its weights last, under the name of its direction."""
    layers = tf_keras.layers
    x = tf_keras.Input((5, 3))
    both = layers.Bidirectional(layers.LSTM(3))
    old = tf_keras.Model(x, both(x))
    both.forward_layer.trainable = False
    new, _ = converted(keras, randomized(old), tmp_path)
    batch = np.random.default_rng(1).standard_normal((2, 5, 3)).astype("float32")
    assert largest_difference(old, new, batch) < 1e-6


@pytest.mark.parametrize("library", ["keras", "tf_keras"])
def test_an_adapted_normalization(keras, tf_keras, tmp_path, library):
    """It computes with what it derives from the weights."""
    made_by = keras if library == "keras" else tf_keras
    data = np.random.default_rng(1).uniform(3, 9, (20, 4)).astype("float32")
    layer = made_by.layers.Normalization()
    layer.adapt(data)
    x = made_by.Input((4,))
    old = made_by.Model(x, made_by.layers.Dense(2)(layer(x)))
    new, _ = converted(keras, old, tmp_path)
    assert largest_difference(old, new, data) < 1e-6


def test_a_mask_that_a_wrapped_layer_makes_is_not_lost_without_a_word(tmp_path):
    import tf_keras

    ids = tf_keras.Input((4, 6), dtype="int32")
    embedding = tf_keras.layers.Embedding(9, 3, mask_zero=True)
    words = tf_keras.layers.TimeDistributed(embedding, name="words")(ids)
    sentences = tf_keras.layers.TimeDistributed(tf_keras.layers.LSTM(3))(words)
    tf_keras.Model(ids, sentences).save(tmp_path / "old.h5")
    target = tmp_path / "new.keras"
    checked = invoke("check", str(tmp_path / "old.h5"))
    assert "mask-inside" in checked.out
    written = invoke("convert", str(tmp_path / "old.h5"), str(target))
    assert written.code == 1
    assert "words (TimeDistributed) loses a mask" in written.err
    assert not target.exists()
