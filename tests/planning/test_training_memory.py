"""The memory of a training step, against what Keras and TensorFlow allocate."""

from __future__ import annotations

import math

import pytest

import rnncli
from rnncli.report.layer import ITEM_BYTES
from rnncli.report.training import TOLERANCE, Optimizer
from tests.kept import kept_bytes

MODEL = """
input: {shape: [6], dtype: int32, below: 20}
layers:
  - Embedding: {input_dim: 20, output_dim: 5}
  - Dense: {units: 4, trainable: false}
  - Bidirectional: {LSTM: 3}
  - BatchNormalization
  - Dense: 2
"""
SEQUENCE = "input: [12, 5]\nlayers:\n"
# A model for each kind of layer whose gradient is known to read something of its own.
MODELS = {
    "SimpleRNN": "  - SimpleRNN: {units: 7, return_sequences: true}\n  - SimpleRNN: 7\n",
    "GRU": "  - GRU: {units: 7, return_sequences: true, dropout: 0.2}\n  - GRU: 7\n",
    "LSTM": "  - LSTM: {units: 7, return_sequences: true, recurrent_dropout: 0.2}\n",
    "RNN": "  - RNN: {StackedRNNCells: {cells: [{LSTMCell: 6}, {GRUCell: 9}]}}\n",
    "mixed precision": "  - LSTM: {units: 7, dtype: mixed_float16}\n",
    "ConvLSTM1D": "  - Reshape: [3, 4, 5]\n  - ConvLSTM1D: {filters: 4, kernel_size: 2}\n",
    "Bidirectional": "  - Bidirectional: {GRU: {units: 6, return_sequences: true}}\n",
    "TimeDistributed": "  - TimeDistributed: {Dense: {units: 8, activation: relu}}\n",
    "Conv1D": "  - Conv1D: {filters: 8, kernel_size: 3, padding: causal, dilation_rate: 2}\n"
    "  - MaxPooling1D: 2\n  - Flatten\n  - Dense: {units: 9, activation: gelu}\n",
    "attention": "  - Dense: 8\n    name: x\n  - MultiHeadAttention: {num_heads: 2, key_dim: 9}\n"
    "    from: [x, x]\n    name: y\n  - Add:\n    from: [x, y]\n  - Dropout: 0.1\n"
    "  - LayerNormalization\n",
    "frozen": "  - Dense: {units: 50, trainable: false}\n  - Activation: tanh\n  - LSTM: 4\n"
    "  - Dense: {units: 9, trainable: false}\n",
}  # fmt: skip


def built(text: str, batch: int):
    """The model in Keras, and tensors for it."""
    from rnncli.engine.random_inputs import random_tensors
    from rnncli.engine.whole_model import whole_model
    from rnncli.model.binding import bind

    model = bind(rnncli.load(text))
    return whole_model(model), [*random_tensors(model, batch, {}, 0).values()]


def size(tensor) -> int:
    return ITEM_BYTES[tensor.dtype if isinstance(tensor.dtype, str) else tensor.dtype.name] * (
        math.prod(tensor.shape)
    )


@pytest.fixture(scope="module")
def trained(keras):
    return built(MODEL, 3)


@pytest.mark.parametrize("name", [*Optimizer])
def test_weights_and_slots_are_those_of_keras(keras, trained, name):
    model, _ = trained
    classes = {cls.lower(): getattr(keras.optimizers, cls) for cls in dir(keras.optimizers)}
    optimizer = classes["sgd"](momentum=0.9) if name == "momentum" else classes[name]()
    optimizer.build(model.trainable_variables)
    planned = rnncli.plan(rnncli.load(MODEL), batch=3, optimizer=name).training
    # Seeds of dropout are no weights.
    assert planned.weights.bytes == sum(map(size, model.weights))
    assert planned.slots.bytes == sum(map(size, optimizer.variables))


def test_gradients_are_those_of_tensorflow(trained):
    import tensorflow as tf

    model, tensors = trained
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(tensors[0], training=True) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)
    rows = [gradient for gradient in gradients if isinstance(gradient, tf.IndexedSlices)]
    assert len(rows) == 1
    # An Embedding's gradient has the rows that were read, and their ids.
    expected = sum(size(row.values) + size(row.indices) for row in rows)
    expected += sum(size(one) for one in gradients if not isinstance(one, tf.IndexedSlices))
    planned = rnncli.plan(rnncli.load(MODEL), batch=3, optimizer="adam").training
    assert planned.gradients.bytes == expected
    assert planned.total == sum(
        part.bytes
        for part in (planned.weights, planned.gradients, planned.slots, planned.activations)
    )


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("name", MODELS)
def test_activations_are_what_tensorflow_keeps(name):
    text = SEQUENCE + MODELS[name]
    planned = rnncli.plan(rnncli.load(text), batch=16, optimizer="adam").training
    kept = kept_bytes(*built(text, 16))
    assert planned.estimated == ()
    assert abs(planned.activations.bytes - kept) <= TOLERANCE * kept
    assert planned.activations.bytes == sum(one.bytes for one in planned.kept)


def test_backprop_keeps_every_step():
    def kept(steps: int) -> int:
        spec = rnncli.load(f"input: [{steps}, 8]\nlayers:\n  - LSTM: 3\n")
        return rnncli.plan(spec, optimizer="sgd").training.activations.bytes

    assert kept(200) - kept(100) == 100 * 4 * (7 * 3 + 8)


def test_what_no_weight_leads_to_is_not_kept():
    text = SEQUENCE + "  - Dense: {units: 50, trainable: false}\n  - Activation: tanh\n  - GRU: 4\n"
    names = [one.layer for one in rnncli.plan(rnncli.load(text), optimizer="adam").training.kept]
    assert names == ["gru"]


def test_what_is_not_known_is_not_zero():
    text = "input: [4]\nlayers:\n  - custom: {class: Own, output: [3], weights: {w: [4, 3]}}\n"
    text += "  - Dense: 2\n"
    training = rnncli.plan(rnncli.load(text), optimizer="adam").training
    assert training.estimated == ("own",)
    with pytest.raises(ValueError, match="did you mean adam"):
        rnncli.plan(rnncli.load(text), optimizer="adan")


def test_the_page_has_a_row_for_each_part(rnncli):
    shown = rnncli("plan", "configs/many_to_one.yaml", "--optimizer", "adam")
    assert "4·(steps·batch·(7·units + features) + output) = 4·(5·1·(7·3 + 8) + 1·3)" in shown.out
    assert "momentum, velocity: 2·(184·4)" in shown.out
    assert "memory of" not in rnncli("plan", "configs/many_to_one.yaml").out.lower()
    page = rnncli("plan", "configs/many_to_one.yaml", "--optimizer", "adam", "--format", "html")
    assert "Activations kept for backprop" in page.out
