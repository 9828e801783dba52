"""Models for live Keras 2 to write: graphs, models inside, and operations of TensorFlow."""

from __future__ import annotations

from typing import Any


def _attention(keras2: Any) -> Any:
    layers = keras2.layers
    words = layers.Input((5,), dtype="int32", name="words")
    x = layers.Embedding(10, 8, name="embedding")(words)
    y = layers.MultiHeadAttention(2, 4, name="attention")(x, x, use_causal_mask=True)
    y = layers.LayerNormalization(name="norm")(layers.Add(name="add")([x, y]))
    y, scores = layers.MultiHeadAttention(2, 4, name="scored")(
        y, value=x, return_attention_scores=True
    )
    return keras2.Model(words, [layers.GlobalMaxPooling1D(name="pool")(y), scores])


def _seq2seq(keras2: Any) -> Any:
    layers = keras2.layers
    source, target = layers.Input((5, 8), name="source"), layers.Input((4, 8), name="target")
    _, *states = layers.LSTM(3, return_state=True, name="encoder")(source)
    decoded = layers.LSTM(3, return_sequences=True, name="decoder")(target, initial_state=states)
    return keras2.Model([source, target], layers.Dense(6, name="words")(decoded))


def _bidirectional_states(keras2: Any) -> Any:
    layers = keras2.layers
    source, target = layers.Input((5, 8), name="source"), layers.Input((4, 8), name="target")
    encoder = layers.Bidirectional(layers.LSTM(3, return_state=True), name="encoder")
    _, *states = encoder(source)
    decoder = layers.Bidirectional(layers.LSTM(3), name="decoder")
    return keras2.Model([source, target], decoder(target, initial_state=states))


def _gru_state(keras2: Any) -> Any:
    layers = keras2.layers
    x, state = layers.Input((5, 8), name="x"), layers.Input((3,), name="state")
    returned = layers.GRU(3, return_state=True, name="gru")(x, initial_state=state)
    return keras2.Model([x, state], returned)


def _stacked_cells_states(keras2: Any) -> Any:
    layers = keras2.layers
    x = layers.Input((5, 8), name="x")
    cells = [layers.GRUCell(3), layers.GRUCell(4)]
    out, *states = layers.RNN(cells, return_state=True, name="first")(x)
    cells = [layers.GRUCell(3), layers.GRUCell(4)]
    return keras2.Model(x, [out, layers.RNN(cells, name="second")(x, initial_state=states)])


def _shared(keras2: Any) -> Any:
    layers = keras2.layers
    one, two = (
        layers.Input((5,), dtype="int32", name="one"),
        layers.Input((5,), dtype="int32", name="two"),
    )
    embed = layers.Embedding(10, 8, mask_zero=True, name="embed")
    lstm = layers.LSTM(3, name="lstm")
    joined = layers.Concatenate(name="joined")([lstm(embed(one)), lstm(embed(two))])
    return keras2.Model([one, two], layers.Dense(1, name="score")(joined))


def _nested(keras2: Any) -> Any:
    layers = keras2.layers
    one, two = layers.Input((5, 8), name="one"), layers.Input((5, 8), name="two")
    x = layers.Input((5, 8), name="x")
    inner = keras2.Model(x, layers.LSTM(3, name="lstm")(x), name="inner")
    stack = keras2.Sequential(
        [layers.Input((3,), name="stack_in"), layers.Dense(4, name="dense")], name="stack"
    )
    joined = layers.Add(name="add")([inner(one), inner(two)])
    return keras2.Model([one, two], stack(joined))


def _nested_unbuilt(keras2: Any) -> Any:
    layers = keras2.layers
    x = layers.Input((5, 8), name="x")
    stack = keras2.Sequential([layers.GRU(3, name="gru"), layers.Dense(4)], name="stack")
    return keras2.Model(x, stack(x))


def _model_per_step(keras2: Any) -> Any:
    layers = keras2.layers
    x = layers.Input((5, 8), name="x")
    word = layers.Input((8,), name="word")
    inner = keras2.Model(word, layers.Dense(3, name="dense")(word), name="inner")
    return keras2.Model(x, layers.LSTM(2, name="lstm")(layers.TimeDistributed(inner)(x)))


def _dictionaries(keras2: Any) -> Any:
    layers = keras2.layers
    x, y = layers.Input((5, 8), name="x"), layers.Input((5, 8), name="y")
    return keras2.Model({"x": x, "y": y}, {"sum": layers.Add(name="add")([x, y])})


def _mask(keras2: Any) -> Any:
    layers = keras2.layers
    x = layers.Input((5, 8), name="x")
    masked = layers.Masking(name="masking")(x)
    both = layers.Bidirectional(layers.LSTM(3, return_sequences=True), name="both")(masked)
    return keras2.Model(x, layers.TimeDistributed(layers.Dense(2), name="tags")(both))


def _sequential(keras2: Any) -> Any:
    layers = keras2.layers
    return keras2.Sequential(
        [
            layers.Input((5,), dtype="int32", name="words"),
            layers.Embedding(10, 8, input_length=5, name="embedding"),
            layers.LSTM(3, return_sequences=True, name="lstm"),
            layers.GRU(3, name="gru"),
            layers.Dense(4, activation="softmax", name="dense"),
        ],
        name="stack",
    )


def _convolutions(keras2: Any) -> Any:
    layers = keras2.layers
    return keras2.Sequential(
        [
            layers.Conv1D(4, 3, padding="causal", input_shape=(5, 8), name="conv"),
            layers.MaxPooling1D(2, name="pool"),
            layers.Flatten(name="flatten"),
            layers.Dense(4, name="dense"),
        ],
        name="stack",
    )


GRAPHS = {
    "attention": _attention,
    "seq2seq": _seq2seq,
    "bidirectional states": _bidirectional_states,
    "gru state": _gru_state,
    "states of stacked cells": _stacked_cells_states,
    "shared": _shared,
    "nested": _nested,
    "nested without an input": _nested_unbuilt,
    "a model at each step": _model_per_step,
    "dictionaries": _dictionaries,
    "mask": _mask,
    "sequential": _sequential,
    "convolutions": _convolutions,
}


def operations(keras2: Any) -> tuple[list[Any], dict[str, Any]]:
    """Two inputs, and a tensor for each operation of TensorFlow that Keras 3 has as well."""
    import tensorflow as tf

    layers = keras2.layers
    a, b = layers.Input((5, 8), name="a"), layers.Input((5, 8), name="b")
    return [a, b], {
        "a + b": a + b,
        "a - 1": a - 1.0,
        "2 a": 2.0 * a,
        "1 - a": 1.0 - a,
        "a / b": a / (b + 10.0),
        "-a": -a,
        "a²": a**2,
        "a @ bᵀ": tf.matmul(a, tf.transpose(b, [0, 2, 1])),
        "constant": a + tf.constant([1.0, 2.0] * 4),
        "last step": a[:, -1],
        "new axis": a[:, None, 1:3, ...],
        "every other": a[..., ::2],
        "concat": tf.concat([a, b], axis=1),
        "stack": tf.stack([a, b], axis=2),
        "mean": tf.reduce_mean(a, axis=1, keepdims=True),
        "sum": tf.reduce_sum(a, axis=[1, 2]),
        "max": tf.reduce_max(a, axis=-1),
        "logsumexp": tf.reduce_logsumexp(a, axis=1),
        "std": tf.math.reduce_std(a, axis=1),
        "backend mean": keras2.backend.mean(a, axis=1),
        "reshape": tf.reshape(a, [-1, 40]),
        "expand": tf.expand_dims(a, 1),
        "squeeze": tf.squeeze(tf.expand_dims(a, 2), 2),
        "squeeze list": tf.squeeze(a[:, :1], axis=[1]),
        "tile": tf.tile(a, [1, 2, 1]),
        "repeat": tf.repeat(a, 2, axis=1),
        "reverse": tf.reverse(a, axis=[1]),
        "pad": tf.pad(a, [[0, 0], [1, 2], [0, 0]], constant_values=3),
        "split": tf.split(a, 2, axis=2)[1],
        "split sizes": tf.split(a, [3, 4, 1], axis=2)[1],
        "unstack": tf.unstack(a, num=5, axis=1)[2],
        "where": tf.where(a > 0, a, b),
        "gather": tf.gather(a, [0, 2], axis=1),
        "clip": tf.clip_by_value(a, -0.5, 0.5),
        "l2": tf.math.l2_normalize(a, axis=1),
        "norm": tf.norm(a, axis=1),
        "cumsum": tf.cumsum(a, axis=1),
        "argmax": tf.cast(tf.argmax(a, axis=-1), "float32"),
        "cast": tf.cast(a > b, "float32"),
        "one hot": tf.one_hot(tf.cast(a > 0, "int32"), 4),
        "softmax": tf.nn.softmax(a, axis=1),
        "log softmax": tf.nn.log_softmax(a),
        "relu": tf.nn.relu(a),
        "leaky relu": tf.nn.leaky_relu(a),
        "gelu": tf.nn.gelu(a),
        "gelu approximate": tf.nn.gelu(a, approximate=True),
        "tanh": tf.tanh(a),
        "sigmoid": tf.sigmoid(a),
        "silu": tf.nn.silu(a),
        "softplus": tf.nn.softplus(a),
        "exp": tf.exp(a),
        "log": tf.math.log(a**2 + 1.0),
        "sqrt": tf.sqrt(a**2),
        "abs": tf.abs(a),
        "sign": tf.sign(a),
        "square": tf.square(a),
        "maximum": tf.maximum(a, b),
        "minimum": tf.minimum(a, 0.1),
        "zeros": tf.zeros_like(a),
    }
