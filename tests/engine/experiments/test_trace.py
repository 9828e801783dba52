"""Traces, judged by live Keras: ``predict`` of the layer with all its steps, its cell called one
step after the other, and gates computed here by their textbook definitions."""

from __future__ import annotations

import json

import numpy as np
import pytest

import rnncli
from rnncli.engine.random_inputs import random_tensors
from rnncli.model.binding import bind

pytestmark = pytest.mark.usefixtures("keras")
STEPS, FEATURES, BATCH = 6, 4, 2


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def saved(keras, tmp_path, layers, shape=(STEPS, FEATURES), dtype="float32"):
    """The spec of a saved model with random weights, and the live model."""
    model = keras.Sequential([keras.Input(shape, dtype=dtype), *layers])
    generator = np.random.default_rng(7)
    for weight in model.weights:
        if "seed" not in weight.path:
            weight.assign(generator.standard_normal(weight.shape) * 0.6)
    path = tmp_path / "model.keras"
    model.save(path)
    return rnncli.load(str(path)), model


def inputs_of(spec, batch=BATCH, seed=0):
    (tensor,) = random_tensors(bind(spec), batch, None, seed).values()
    return np.asarray(tensor)


def by_hand(keras, cell, sequence, backward=False):
    """The states after every step of the input, by the cell called one step after the other."""
    states = start = cell.get_initial_state(batch_size=1)
    after = []
    for step in sequence[::-1] if backward else sequence:
        _, states = cell(step[None], states)
        flat = keras.tree.flatten(states)
        # A stack of one cell returns its states one level up.
        states = keras.tree.pack_sequence_as(start, flat)
        after.append([np.asarray(state)[0] for state in flat])
    return after[::-1] if backward else after


def layer_of(keras, kind, **more):
    return {
        "simple": lambda: keras.layers.SimpleRNN(3, **more),
        "gru": lambda: keras.layers.GRU(3, **more),
        "gru before": lambda: keras.layers.GRU(3, reset_after=False, **more),
        "lstm": lambda: keras.layers.LSTM(3, **more),
        "lstm without bias": lambda: keras.layers.LSTM(3, use_bias=False, **more),
        "gru without bias": lambda: keras.layers.GRU(3, use_bias=False, **more),
        "rnn": lambda: keras.layers.RNN(keras.layers.LSTMCell(3), **more),
        "stacked": lambda: keras.layers.RNN(
            [keras.layers.LSTMCell(2), keras.layers.GRUCell(5), keras.layers.LSTMCell(3)], **more
        ),
        "one in a stack": lambda: keras.layers.RNN([keras.layers.GRUCell(3)], **more),
    }[kind]()


KINDS = ("simple", "gru", "gru before", "lstm", "lstm without bias", "gru without bias", "rnn",
    "stacked", "one in a stack")  # fmt: skip


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_every_state_is_that_of_the_cell_called_step_by_step(
    keras, tmp_path, kind, sequences, backward
):
    layer = layer_of(keras, kind, return_sequences=sequences, go_backwards=backward)
    spec, model = saved(keras, tmp_path, [layer])
    for sequence in (1, 2):
        trace = rnncli.trace(spec, batch=BATCH, sequence=sequence)
        (traced,) = trace.layers
        x = inputs_of(spec)
        after = by_hand(keras, model.layers[-1].cell, x[sequence - 1], backward)
        names = [name for name in traced.quantities if name in traced.state_names]
        assert sorted(names) == sorted(traced.state_names)
        for number, name in enumerate(traced.state_names):
            theirs = np.array([states[number] for states in after])
            np.testing.assert_allclose(traced.quantities[name], theirs, atol=1e-6)
        assert traced.direction == ("backward" if backward else "forward")
        assert trace.agreement.agrees
        assert trace.agreement.largest_difference < 1e-6
        output = model.predict(x, verbose=0)
        h = traced.quantities[[name for name in traced.state_names if name[0] == "h"][-1]]
        assert_becomes(traced, h, {"output": output}, sequence, STEPS if sequences else 1)


def assert_becomes(traced, h, outputs, sequence, count):
    """The h of every step is where the trace says, in what the model returns."""
    parts = [(step, part) for step, part in enumerate(traced.becomes) if part]
    assert len(parts) == count
    for step, part in parts:
        theirs = eval(part, {}, outputs)[sequence - 1]
        np.testing.assert_allclose(h[step], theirs, atol=1e-6)


def test_the_gates_of_lstm_follow_from_its_weights(keras, tmp_path):
    spec, model = saved(keras, tmp_path, [keras.layers.LSTM(3, name="lstm")])
    traced = rnncli.trace(spec)["lstm"]
    kernel, recurrent, bias = model.layers[-1].get_weights()
    h = c = np.zeros(3)
    for step, x in enumerate(inputs_of(spec, 1)[0]):
        i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4)
        for name, expected in [("i", sigmoid(i)), ("f", sigmoid(f)), ("g", np.tanh(g)),
                ("o", sigmoid(o))]:  # fmt: skip
            np.testing.assert_allclose(traced.gates[name][step], expected, atol=1e-6)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        np.testing.assert_allclose(traced.states["c"][step], c, atol=1e-6)
        np.testing.assert_allclose(traced.states["h"][step], h, atol=1e-6)
    assert list(traced.quantities) == ["i", "f", "g", "o", "c", "h"]
    assert traced.gates["f"].shape == (STEPS, 3)


@pytest.mark.parametrize("after", [True, False])
def test_the_gates_of_gru_follow_from_its_weights(keras, tmp_path, after):
    spec, model = saved(keras, tmp_path, [keras.layers.GRU(3, reset_after=after, name="gru")])
    traced = rnncli.trace(spec)["gru"]
    kernel, recurrent, bias = model.layers[-1].get_weights()
    first, second = bias if after else (bias, np.zeros(9))
    h = np.zeros(3)
    for step, x in enumerate(inputs_of(spec, 1)[0]):
        of_x = np.split(x @ kernel + first, 3)
        of_h = np.split(h @ recurrent + second, 3)
        z, r = sigmoid(of_x[0] + of_h[0]), sigmoid(of_x[1] + of_h[1])
        inner = r * of_h[2] if after else (r * h) @ recurrent[:, 6:]
        candidate = np.tanh(of_x[2] + inner)
        h = z * h + (1 - z) * candidate
        for name, expected in [("z", z), ("r", r), ("candidate", candidate), ("h", h)]:
            np.testing.assert_allclose(traced.quantities[name][step], expected, atol=1e-6)
    assert list(traced.quantities) == ["z", "r", "candidate", "h"]


ACTIVATIONS = [
    "celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_tanh", "leaky_relu",
    "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu",
    "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparsemax", "squareplus",
    "tanh", "tanh_shrink", "hard_silu", "sparse_sigmoid",
]  # fmt: skip


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_any_activation(activation):
    for layer in (
        f"LSTM: {{units: 3, activation: {activation}}}",
        f"GRU: {{units: 3, recurrent_activation: {activation}}}",
        f"SimpleRNN: {{units: 3, activation: {activation}}}",
    ):
        trace = rnncli.trace(rnncli.load(f"input: [7, 4]\nlayers:\n  - {layer}\n"))
        assert trace.agreement.agrees, (layer, trace.agreement)


@pytest.mark.parametrize("mode", ["concat", "sum", "ave", "mul", None])
@pytest.mark.parametrize("sequences", [False, True])
def test_both_directions_are_on_the_time_axis_of_the_input(keras, tmp_path, mode, sequences):
    layers = keras.layers
    both = layers.Bidirectional(
        layers.LSTM(3, return_sequences=sequences), merge_mode=mode, name="bidirectional",
        backward_layer=layers.GRU(3, return_sequences=sequences, go_backwards=True),
    )  # fmt: skip
    inputs = keras.Input((STEPS, FEATURES))
    model = keras.Model(inputs, both(inputs))
    path = tmp_path / "model.keras"
    model.save(path)
    spec = rnncli.load(str(path))
    trace = rnncli.trace(spec, batch=BATCH, sequence=2)
    forward, backward = trace.layers
    assert (forward.direction, backward.direction) == ("forward", "backward")
    assert forward.name == backward.name == "bidirectional"
    assert trace["bidirectional.backward"] is backward
    x = inputs_of(spec)
    for traced, layer, turned in [
        (forward, both.forward_layer, False),
        (backward, both.backward_layer, True),
    ]:
        h = [states[0] for states in by_hand(keras, layer.cell, x[1], turned)]
        np.testing.assert_allclose(traced.states["h"], h, atol=1e-6)
    output = model.predict(x, verbose=0)
    count = STEPS if sequences else 1
    if mode == "concat":
        assert_becomes(forward, forward.states["h"], {"output": output}, 2, count)
        assert_becomes(backward, backward.states["h"], {"output": output}, 2, count)
        # As learners are told: the backward state is in the first row of the output.
        first = "output[:, 0, 3:]" if sequences else "output[:, 3:]"
        assert backward.becomes[0] == first
    if mode is None:
        named = dict(zip(("forward", "backward"), output, strict=True))
        assert_becomes(forward, forward.states["h"], named, 2, count)
        assert_becomes(backward, backward.states["h"], named, 2, count)
    assert trace.agreement.agrees
    with pytest.raises(KeyError, match=r"bidirectional\.forward, bidirectional\.backward"):
        trace["bidirectional"]


def test_unequal_directions_and_turned_ones(keras):
    for text in (
        "Bidirectional: {layer: {LSTM: 3}, backward_layer: {GRU: {units: 5, go_backwards: true}}}",
        "Bidirectional: {layer: {GRU: {units: 2, go_backwards: true}}, backward_layer: {GRU: 4}}",
        "Bidirectional: {layer: {RNN: {cell: [{LSTMCell: 2}, {GRUCell: 3}]}}}",
    ):
        config = f"input: [5, 4]\nlayers:\n  - {text}\n"
        trace = rnncli.trace(rnncli.load(config))
        assert trace.agreement.agrees
        assert {layer.direction for layer in trace.layers} == {"forward", "backward"}


MASKED = """
input: [7, 3]
layers:
  - Masking
  - {layer}
"""


@pytest.mark.parametrize("backward", ["false", "true"])
@pytest.mark.parametrize("zeros", ["false", "true"])
@pytest.mark.parametrize("sequences", ["false", "true"])
@pytest.mark.parametrize("cls", ["LSTM", "GRU", "SimpleRNN"])
def test_a_masked_step_stands_still(keras, cls, sequences, zeros, backward):
    layer = (
        f"{cls}: {{units: 3, return_sequences: {sequences}, zero_output_for_mask: {zeros}, "
        f"go_backwards: {backward}}}"
    )
    spec = rnncli.load(MASKED.replace("{layer}", layer))
    trace = rnncli.trace(spec, batch=3)
    (traced,) = trace.layers
    masked = [step for step, read in enumerate(traced.mask) if not read]
    x = inputs_of(spec, 3)[0]
    assert masked == [step for step in range(7) if not x[step].any()]
    assert masked
    for step in masked:
        before = step + 1 if backward == "true" else step - 1
        for name, numbers in traced.states.items():
            start = np.array(traced.initial_state[name])
            theirs = numbers[before] if 0 <= before < 7 else start
            np.testing.assert_array_equal(numbers[step], theirs)
        for numbers in traced.gates.values():
            assert np.isnan(numbers[step]).all()
    assert trace.agreement.agrees
    report = rnncli.build(spec, batch=3, values=True)
    output = np.array(report.layers[-1].outputs[0].values)
    count = sum(part is not None for part in traced.becomes)
    assert_becomes(traced, traced.states["h"], {"output": output}, 1, count)
    if sequences == "true":
        known = {int(part[len("output[:, ") : -1]) for part in traced.becomes if part}
        for row in set(range(7)) - known:
            assert not output[0, row].any()


def test_both_directions_with_a_mask(keras):
    spec = rnncli.load(
        MASKED.replace("{layer}", "Bidirectional: {LSTM: {units: 3, return_sequences: true}}")
    )
    trace = rnncli.trace(spec, batch=3)
    assert trace.agreement.agrees
    assert [layer.mask.count(False) for layer in trace.layers] == [2, 2] or trace.layers[0].mask
    # The backward layer starts in the padding, where it has read nothing yet.
    np.testing.assert_array_equal(trace.layers[1].states["h"][-1], np.zeros(3))


def test_a_layer_starts_from_its_initial_state(keras):
    spec = rnncli.load(
        "inputs: {a: [4, 3], b: [5, 3]}\n"
        "layers:\n"
        "  - LSTM: {units: 3, return_state: true}\n    from: a\n    name: encoder\n"
        "  - LSTM: {units: 3, return_sequences: true}\n    from: b\n    name: decoder\n"
        "    initial_state: encoder.states\n"
    )
    trace = rnncli.trace(spec)
    for state in ("h", "c"):
        np.testing.assert_array_equal(
            trace["decoder"].initial_state[state], trace["encoder"].states[state][-1]
        )
    assert trace.agreement.agrees


def test_a_stateful_layer_that_is_called_again_goes_on(keras):
    spec = rnncli.load(
        "input: [4, 3]\nbatch: 2\nlayers:\n  - GRU: {units: 3, stateful: true, "
        "return_sequences: true}\n    name: first\n  - use: first\n    name: second\n"
    )
    trace = rnncli.trace(spec)
    np.testing.assert_array_equal(
        trace["second"].initial_state["h"], trace["first"].states["h"][-1]
    )
    assert trace["first"].initial_state["h"] == (0.0, 0.0, 0.0)
    assert trace.agreement.agrees


INSIDE = """
input: [2, 3, 5, 4]
layers:
  - TimeDistributed: {TimeDistributed: {LSTM: {units: 3, return_sequences: true}}}
    name: td
  - TimeDistributed:
      model:
        input: [3, 5, 3]
        layers:
          - TimeDistributed:
              model:
                input: [5, 3]
                layers:
                  - GRU: 2
                    name: inner
            name: words
    name: documents
"""


def test_layers_inside_models_and_time_distributed(keras):
    spec = rnncli.load(INSIDE)
    trace = rnncli.trace(spec, batch=2, sequence=2)
    names = [(layer.name, layer.time_steps) for layer in trace.layers]
    steps = [(i, j) for i in range(2) for j in range(3)]
    assert names == [("td", pair) for pair in steps] + [
        ("documents/words/inner", pair) for pair in steps
    ]
    assert trace.agreement.agrees
    report = rnncli.build(spec, batch=2, values=True)
    output = np.array(report.layers[0].outputs[0].values)
    for layer in trace.layers[:6]:
        assert_becomes(layer, layer.states["h"], {"output": output}, 2, 5)
    last = np.array(report.layers[1].outputs[0].values)
    for layer in trace.layers[6:]:
        i, j = layer.time_steps
        np.testing.assert_allclose(layer.states["h"][-1], last[1, i, j], atol=1e-6)


def test_a_layer_of_a_nested_model_is_named_by_its_path(keras):
    trace = rnncli.trace(rnncli.load("configs/include/seq2seq.yaml"))
    assert [layer.name for layer in trace.layers]
    assert any("/" in layer.name for layer in trace.layers)
    assert trace.agreement.agrees


ATTENTION = """
inputs: {{q: [5, 4], v: [6, 4]}}
layers:
  - {layer}
    from: [q, v]
    call: {{{call}}}
"""


@pytest.mark.parametrize("call", ["", "use_causal_mask: true", "return_attention_scores: true"])
@pytest.mark.parametrize(
    "layer",
    [
        "Attention",
        "Attention: {use_scale: true, score_mode: concat}",
        "AdditiveAttention",
        "MultiHeadAttention: {num_heads: 2, key_dim: 3}",
        "MultiHeadAttention: {num_heads: 1, key_dim: 3, value_dim: 5, use_bias: false}",
        "GroupQueryAttention: {head_dim: 3, num_query_heads: 4, num_key_value_heads: 2}",
        "GroupQueryAttention: {head_dim: 3, num_query_heads: 2, num_key_value_heads: 1, "
        "use_gate: true}",
    ],
)
def test_the_scores_of_attention(keras, layer, call):
    layer = layer if ":" in layer else f"{layer}:"
    spec = rnncli.load(ATTENTION.format(layer=layer, call=call))
    trace = rnncli.trace(spec, batch=2, sequence=2)
    (traced,) = trace.attention
    scores = np.array(traced.scores)
    assert scores.shape[1:] == (5, 6)
    np.testing.assert_allclose(scores.sum(axis=2), 1, atol=1e-6)
    assert trace.agreement.agrees
    if "causal" in call:
        assert np.triu(scores, 1).max() == 0
    else:
        assert (scores > 0).all()
    if "return" in call:
        report = rnncli.build(spec, batch=2, values=True)
        theirs = np.array(report.layers[0].outputs[1].values)[1]
        np.testing.assert_allclose(scores.reshape(theirs.shape), theirs, atol=1e-7)


def test_attention_over_padding(keras):
    spec = rnncli.load(
        "input: {shape: [6], dtype: int32, below: 9}\nlayers:\n"
        "  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}\n    name: e\n"
        "  - Attention:\n    from: [e, e]\n  - LSTM: 2\n"
    )
    trace = rnncli.trace(spec)
    read = trace["lstm"].mask
    assert not all(read)
    scores = np.array(trace.attention[0].scores[0])
    assert scores[:, ~np.array(read)].max() == 0
    assert trace.agreement.agrees


def test_to_look_at_attention_does_not_change_the_run(keras):
    """MultiHeadAttention takes the masks off its inputs; the layer behind it has to miss them."""
    spec = rnncli.load(
        "input: {shape: [6], dtype: int32, below: 9}\nlayers:\n"
        "  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}\n    name: e\n"
        "  - MultiHeadAttention: {num_heads: 2, key_dim: 3}\n    from: [e, e]\n"
        "  - GRU: 2\n    name: gru\n"
        "  - LSTM: 2\n    name: lstm\n    from: e\n"
    )
    trace = rnncli.trace(spec, batch=2)
    report = rnncli.build(spec, batch=2, values=True)
    for layer in report.layers[2:]:
        for state in layer.states:
            ours = trace[layer.name].states[state.name][-1]
            np.testing.assert_allclose(ours, state.values[0], atol=1e-7)
    assert trace.agreement.agrees
    masked = ~np.array(trace["lstm"].mask)
    scores = np.array(trace["multi_head_attention"].scores)
    assert not scores[:, masked].any()
    assert not scores[:, :, masked].any()
    np.testing.assert_allclose(scores[:, ~masked].sum(axis=2), 1, atol=1e-6)


ODD = {
    "a stateful Bidirectional": "batch: 2\ninput: [5, 3]\nlayers:\n"
    "  - Bidirectional: {GRU: {units: 3, stateful: true}}\n",
    "unrolled, masked": "input: [6, 3]\nlayers:\n  - Masking\n"
    "  - LSTM: {units: 3, unroll: true, return_sequences: true}\n"
    "  - GRU: {units: 2, unroll: true, go_backwards: true}\n",
    "initial states of both": "inputs: {a: [5, 3], h: [3], c: [3], k: [3], l: [3]}\nlayers:\n"
    "  - Bidirectional: {LSTM: {units: 3, return_sequences: true}}\n    from: a\n"
    "    initial_state: [h, c, k, l]\n",
    "initial states of a stack": "inputs: {a: [5, 3], h: [3], c: [3], k: [2]}\nlayers:\n"
    "  - RNN: {cell: [{LSTMCell: 3}, {GRUCell: 2}]}\n    from: a\n"
    "    initial_state: [h, c, k]\n",
    "a mask by name": "inputs: {x: [5, 3], m: {shape: [5], dtype: bool}}\nlayers:\n"
    "  - LSTM: 3\n    from: {sequences: x, mask: m}\n",
    "shared in a TimeDistributed": "input: [3, 5, 4]\nlayers:\n  - TimeDistributed:\n"
    "      model:\n        input: [5, 4]\n        layers:\n"
    "          - GRU: {units: 4, return_sequences: true}\n            name: g\n"
    "          - use: g\n            name: again\n    name: td\n",
    "one step": "input: [1, 3]\nlayers:\n"
    "  - Bidirectional: {GRU: {units: 1, return_sequences: true}}\n",
    "numbers that overflow": "input: [300, 3]\nlayers:\n"
    "  - SimpleRNN: {units: 3, activation: linear, recurrent_initializer: ones}\n",
    "training in the call": "input: [5, 4]\nlayers:\n  - LSTM: {units: 3, dropout: 0.5}\n"
    "    call: {training: true}\n",
    "a mask and a merge": "input: [6, 3]\nlayers:\n  - Masking\n"
    "  - Bidirectional: {layer: {LSTM: {units: 2, return_sequences: true}}, merge_mode: mul}\n",
}


@pytest.mark.parametrize("case", ODD)
def test_odd_models_agree(keras, case):
    trace = rnncli.trace(rnncli.load(ODD[case]), batch=2, sequence=2)
    assert trace.layers
    assert trace.agreement.agrees


def test_a_shared_layer_of_a_time_distributed_has_both_calls(keras):
    trace = rnncli.trace(rnncli.load(ODD["shared in a TimeDistributed"]))
    assert [layer.key for layer in trace.layers] == [
        f"td/{name}[{step}]" for step in range(3) for name in ("g", "again")
    ]


@pytest.mark.parametrize("dtype", ["float16", "mixed_bfloat16", "float64", "mixed_float16"])
@pytest.mark.parametrize("cls", ["LSTM", "GRU", "SimpleRNN", "Bidirectional"])
def test_other_dtypes(keras, cls, dtype):
    if cls == "Bidirectional":
        layer = f"Bidirectional: {{layer: {{LSTM: {{units: 3, dtype: {dtype}}}}}}}"
    else:
        layer = f"{cls}: {{units: 3, dtype: {dtype}}}"
    trace = rnncli.trace(rnncli.load(f"input: [9, 4]\nlayers:\n  - {layer}\n"))
    assert trace.agreement.agrees, trace.agreement


def test_dropout_does_nothing(keras):
    for cls in ("LSTM", "GRU", "SimpleRNN"):
        layer = f"{cls}: {{units: 3, dropout: 0.5, recurrent_dropout: 0.5}}"
        trace = rnncli.trace(rnncli.load(f"input: [9, 4]\nlayers:\n  - {layer}\n"))
        assert trace.agreement.largest_difference < 1e-6


@pytest.mark.parametrize("gate", ["kernel", "recurrent_kernel", "bias"])
def test_a_replay_from_other_weights_does_not_agree(keras, monkeypatch, gate):
    """The comparison can fail: with any weight a little off, it does."""
    from rnncli.engine import cell_replay

    honest = cell_replay.numbers_of

    def off(tensor):
        numbers = honest(tensor)
        return numbers + 1e-3 if gate in getattr(tensor, "path", "").split("/") else numbers

    monkeypatch.setattr(cell_replay, "numbers_of", off)
    for layer in ("LSTM: 3", "GRU: 3", "SimpleRNN: 3"):
        trace = rnncli.trace(rnncli.load(f"input: [6, 4]\nlayers:\n  - {layer}\n"))
        assert not trace.agreement.agrees, layer
        assert trace.agreement.largest_difference > 1e-5


def test_many_steps(keras, tmp_path):
    """Every block of steps is in its place."""
    spec, model = saved(keras, tmp_path, [keras.layers.GRU(3, name="gru")], (1500, FEATURES))
    trace = rnncli.trace(spec)
    z = trace["gru"].gates["z"]
    kernel, recurrent, bias = model.layers[-1].get_weights()
    h = np.concatenate([np.zeros((1, 3)), trace["gru"].states["h"][:-1]])
    sums = inputs_of(spec, 1)[0] @ kernel[:, :3] + h @ recurrent[:, :3] + bias.sum(0)[:3]
    np.testing.assert_allclose(z, sigmoid(sums), atol=1e-5)
    assert trace.agreement.agrees


def test_the_same_numbers_as_a_build(keras):
    """A trace runs the very model that build runs: the same seed gives the same states."""
    spec = rnncli.load("input: [5, 8]\nlayers:\n  - LSTM: 3\n  - Dense: 2\n")
    report = rnncli.build(spec, seed=3, values=True)
    trace = rnncli.trace(spec, seed=3)
    for state in report.layers[0].states:
        np.testing.assert_allclose(trace["lstm"].states[state.name][-1], state.values[0], atol=1e-7)


def test_saturation_counts_what_is_read(keras, tmp_path):
    layer = keras.layers.LSTM(2, bias_initializer=keras.initializers.Constant(9.0), name="lstm")
    model = keras.Sequential([keras.Input((5, 3)), layer])
    model.save(tmp_path / "model.keras")
    traced = rnncli.trace(rnncli.load(str(tmp_path / "model.keras")))["lstm"]
    assert set(traced.saturation) == {"i", "f", "o"}
    assert traced.saturation["i"].above == 1
    assert traced.saturation["i"].below == 0


def test_what_trace_refuses(keras):
    dense = rnncli.load("input: [5, 8]\nlayers:\n  - Dense: 3\n")
    with pytest.raises(ValueError, match="nothing to trace"):
        rnncli.trace(dense)
    spec = rnncli.load("input: [5, 8]\nlayers:\n  - LSTM: 3\n")
    with pytest.raises(ValueError, match="did you mean lstm"):
        rnncli.trace(spec, layers="lstn")
    with pytest.raises(ValueError, match="no sequence 2 in a batch of 1"):
        rnncli.trace(spec, sequence=2)
    broken = rnncli.load("input: [5, 8]\nlayers:\n  - LSTM: 3\n  - LSTM: 3\n")
    trace = rnncli.trace(broken)
    assert not trace.layers
    assert [problem.code for problem in trace.problems] == ["needs-sequence"]


def test_the_document_is_the_arrays(keras, rnncli):
    outcome = rnncli("trace", "configs/many_to_one.yaml", "--json")
    document = json.loads(outcome.out)
    assert document["schema"] == "rnncli.trace.v1"
    (layer,) = document["layers"]
    assert set(layer["quantities"]) == {"i", "f", "g", "o", "c", "h"}
    assert np.array(layer["quantities"]["i"]).shape == (5, 3)
