"""Mistakes that people make with Keras's recurrent layers: each has its code, line and fix.

A row is a config with the mistake, the code, the line where it is told and the one that is shown
as being at fault, and words of the fix. Live Keras says of each whether it refuses the model.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass

import pytest
import yaml

from tests.conformance.naively import keras_refuses

SEQUENCE = "input: [5, 8]\n"
IDS = "input: {shape: [5], dtype: int32}\n"
PAIR = "inputs: {query: [5, 8], value: [4, 6]}\n"
MASKED = f"{SEQUENCE}layers:\n  - Masking\n"
BOTH_WAYS = "  - Bidirectional:\n      layer: {LSTM: 3}\n      backward_layer: "
LAST = f"{SEQUENCE}layers:\n  - LSTM: 3\n"
ALL = f"{SEQUENCE}layers:\n  - LSTM: {{units: 3, return_sequences: true}}\n"


@dataclass(frozen=True)
class Row:
    """A mistake. ``keras`` is what Keras does: refuses to make or run it, or takes it."""

    config: str
    code: str
    line: int
    fix: str
    shown: int | None = None
    severity: str = "error"
    keras: str = "refuses"


def one(layer: str, input_: str = SEQUENCE) -> str:
    """A config of one layer, on line 3."""
    return f"{input_}layers:\n  - {layer}\n"


def lstm(more: str, cls: str = "LSTM") -> str:
    return one(f"{cls}: {{units: 3, {more}}}")


def both_ways(backward: str, more: str = "", after: str = "") -> str:
    """A config of a Bidirectional with a layer of its own for the way back, on line 5."""
    return f"{SEQUENCE}layers:\n{BOTH_WAYS}{backward}\n{more}{after}"


def old(argument: str, fix: str, accepted: bool = False) -> Row:
    """An argument of Keras 2."""
    severity, keras = ("warning", "takes") if accepted else ("error", "refuses")
    return Row(lstm(argument), "keras-2-argument", 3, fix, severity=severity, keras=keras)


def fused(argument: str, cls: str = "LSTM") -> Row:
    """An argument that costs the fused kernel."""
    fix = f"leave {argument.partition(':')[0]} at"
    return Row(lstm(argument, cls), "fused-kernel", 3, fix, severity="note", keras="takes")


def lost(layer: str) -> Row:
    """A layer that a mask does not survive."""
    config = f"{MASKED}  - {layer}\n"
    fix = "GlobalAveragePooling1D"
    return Row(config, "mask-lost", 4, fix, severity="warning", keras="takes")


RETURN = "set return_sequences: true on lstm (line 3)"
ROWS = {
    "stacked": Row(LAST + "  - LSTM: 3\n", "needs-sequence", 4, RETURN, shown=3),
    "last step, Conv1D": Row(LAST + "  - Conv1D: {filters: 3, kernel_size: 2}\n",
                             "needs-sequence", 4, RETURN, shown=3),
    "last step, GlobalMaxPooling1D": Row(LAST + "  - GlobalMaxPooling1D\n",
                                         "needs-sequence", 4, RETURN, shown=3),
    "last step, TimeDistributed": Row(LAST + "  - TimeDistributed: {Dense: 3}\n",
                                      "needs-sequence", 4, RETURN, shown=3),
    "dropout of ids": Row(one("LSTM: {units: 3, dropout: 0.2}",
                              "input: {shape: [5, 8], dtype: int32}\n"),
                          "wrong-dtype", 3, "leave dropout out"),
    "features without time": Row(one("LSTM: 3", "input: [8]\n"), "no-sequence", 1,
                                 "[8, 1] for 8 steps"),
    "token ids": Row(one("LSTM: 3", IDS), "no-sequence", 1, "need an Embedding first"),
    "time without features": Row(one("LSTM: 3", "input: [null]\n"), "no-sequence", 1,
                                 "[null, 1] for steps of one feature"),
    "batch in the shape": Row(one("LSTM: 3", "input: [32, 5, 8]\n"), "batch-in-shape", 1,
                              "leave the batch out"),
    "images into an RNN": Row(one("LSTM: 3", "input: [28, 28, 3]\n"), "batch-in-shape", 1,
                              "TimeDistributed: Flatten"),
    "Embedding after (T, 1)": Row(
        "input: [5, 1]\nlayers:\n  - Embedding: {input_dim: 9, output_dim: 4}\n  - LSTM: 3\n",
        "token-axis", 1, "write the input as [5]"),
    "TimeDistributed(LSTM)": Row(one("TimeDistributed: {LSTM: 3}"), "time-distributed-recurrent",
                                 3, "leave TimeDistributed out"),
    "Dense after an unknown length": Row(
        "input: [null, 8]\nlayers:\n  - Flatten\n  - Dense: 3\n", "unknown-length", 4,
        "pool over time", shown=3),
    "features unknown": Row(one("LSTM: 3", "input: [5, null]\n"), "unknown-axis", 1,
                            "only the batch and the length may be unknown"),
    "RepeatVector of a sequence": Row(ALL + "  - RepeatVector: 5\n", "needs-vector", 4,
                                      "leave return_sequences out of lstm (line 3)", shown=3),
    "states passed on": Row(
        lstm("return_state: true") + "  - Dense: 3\n    from: [lstm, lstm.h, lstm.c]\n",
        "states-passed-on", 5, "from: lstm is its output alone"),
    "two directions into one": Row(
        one("Bidirectional: {LSTM: 3, merge_mode: null}") + "  - Dense: 3\n", "two-outputs", 4,
        "put Concatenate after bidirectional"),
    "merge_mode concatenate": Row(one("Bidirectional: {LSTM: 3, merge_mode: concatenate}"),
                                  "bad-merge-mode", 3, "did you mean concat?"),
    "merge_mode none": Row(one("Bidirectional: {LSTM: 3, merge_mode: none}"), "bad-merge-mode", 3,
                           "write null"),
    "backward_layer forward": Row(both_ways("{LSTM: 3}"), "backward-layer", 5,
                                  "set go_backwards: true on backward_layer"),
    "backward_layer of sequences": Row(
        both_ways("{LSTM: {units: 3, go_backwards: true, return_sequences: true}}"),
        "backward-layer", 5, "set return_sequences: false on backward_layer"),
    "Bidirectional of no RNN": Row(one("Bidirectional: {Dense: 3}"), "not-recurrent", 3,
                                   "wrap one of SimpleRNN, GRU, LSTM"),
    "batch_input_shape": old("batch_input_shape: [1, 5, 8]", "the shape is at the top"),
    "input_shape": old("input_shape: [5, 8]", "the shape is at the top", accepted=True),
    "input_dim": old("input_dim: 8", "the shape is at the top", accepted=True),
    "input_length": old("input_length: 5", "the length is at the top"),
    "time_major": old("time_major: true", "Permute"),
    "a typo in an argument": Row(lstm("return_sequence: true"), "unknown-argument", 3,
                                 "did you mean return_sequences?"),
    "a typo in a layer": Row(one("LSTN: 3"), "unknown-layer", 3, "did you mean LSTM?"),
    "a typo in an activation": Row(lstm("activation: tan"), "wrong-value", 3,
                                   "did you mean tanh?"),
    "a typo in an initializer": Row(lstm("kernel_initializer: glorot_unifrom"), "wrong-value", 3,
                                    "did you mean glorot_uniform?"),
    "no units": Row(one("LSTM: 0"), "not-positive", 3, "such as 3"),
    "negative units": Row(one("LSTM: -3"), "not-positive", 3, "such as 3"),
    "units as text": Row(one('LSTM: "3"'), "wrong-type", 3, "write 3, without quotes"),
    "half a unit": Row(one("LSTM: 2.5"), "wrong-type", 3, "such as 3"),
    "lengths joined by features": Row(
        one("Concatenate", "inputs: {a: [5, 8], b: [4, 8]}\n"), "shape-mismatch", 3,
        "set axis: 1 to join them in time"),
    "widths added": Row(one("Add", "inputs: {a: [5, 8], b: [5, 4]}\n"), "shape-mismatch", 3,
                        "with a Dense"),
    "ConvLSTM2D on an image": Row(
        one("ConvLSTM2D: {filters: 3, kernel_size: 3}", "input: [28, 28, 3]\n"), "no-sequence", 1,
        "[T, 28, 28, 3]"),
    "Attention with one tensor": Row(ALL + "  - Attention\n", "needs-several", 4,
                                     "from: [query, value]"),
    "a cell as a layer": Row(one("LSTMCell: 3"), "cell-as-layer", 3, "RNN: {LSTMCell: …}"),
    "two layers of one name": Row(
        f"{SEQUENCE}layers:\n  - Dense: 3\n    name: a\n  - Dense: 3\n    name: a\n",
        "duplicate-name", 6, "rename one of them", keras="refuses the name"),
    "a slash in a name": Row(one("Dense: 3\n    name: a/b"), "bad-name", 4, "a_b",
                             keras="refuses the name"),
    "an output that is not there": Row(
        one("Dense: 3") + "outputs: [lstm]\n", "bad-reference", 4, "there are input, dense",
        keras="has no such words"),
    "a layer that no output reads": Row(
        LAST + "  - GRU: 3\n    from: input\n", "unused", 3, "name it in outputs",
        severity="warning", keras="takes"),
    "a mask, Flatten": lost("Flatten"),
    "a mask, Conv1D": lost("Conv1D: {filters: 3, kernel_size: 2}"),
    "a mask, Reshape": lost("Reshape: [8, 5]"),
    "a mask, GlobalMaxPooling1D": lost("GlobalMaxPooling1D"),
    "uneven directions": Row(
        both_ways("{LSTM: {units: 5, go_backwards: true}}"), "uneven-directions", 5,
        "give both directions the same units", severity="warning", keras="takes"),
    "a layer after uneven directions": Row(
        both_ways("{LSTM: {units: 5, go_backwards: true}}", after="  - Dense: 3\n"),
        "misinferred", 6, "give both directions of bidirectional the same units"),
    "uneven directions summed": Row(
        both_ways("{LSTM: {units: 5, go_backwards: true}}", more="      merge_mode: sum\n"),
        "uneven-directions", 5, "give both layers the same sizes"),
    "unrolled over an unknown length": Row(
        one("LSTM: {units: 3, unroll: true}", "input: [null, 8]\n"), "unroll-unknown", 3,
        "give the input a length", severity="warning", keras="takes"),
    "a rate above 1": Row(lstm("dropout: 1.5"), "not-a-rate", 3, "such as 0.2", keras="takes"),
    "Attention over two widths": Row(one("Attention", PAIR), "shape-mismatch", 3, "with a Dense"),
    "AdditiveAttention over two widths": Row(one("AdditiveAttention", PAIR), "shape-mismatch", 3,
                                             "with a Dense"),
    "TimeDistributed states": Row(
        one("TimeDistributed: {LSTM: {units: 3, return_state: true}}", "input: [4, 5, 8]\n"),
        "time-distributed-states", 3, "leave return_state out"),
    "activation": fused("activation: relu"),
    "recurrent_activation": fused("recurrent_activation: hard_sigmoid"),
    "unroll": fused("unroll: true"),
    "use_bias": fused("use_bias: false"),
    "recurrent_dropout": fused("recurrent_dropout: 0.2"),
    "reset_after": fused("reset_after: false", cls="GRU"),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_mistake_is_told_at_its_line_with_its_fix(row, problems_of):
    found = problems_of(row.config)
    (worst,) = [each for each in found if each.code == row.code]
    assert worst.severity == row.severity
    assert worst.line == row.line
    assert worst.excerpt.line == (row.shown or row.line)
    assert row.fix in worst.fix
    others = {each.code for each in found if each.severity == "error"} - {row.code}
    assert not others, "nothing is an error but the mistake itself"


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_keras_does_with_a_mistake_what_is_said(row, keras):
    if row.keras in ("refuses", "takes"):
        refuses = keras_refuses(yaml.safe_load(row.config), batch=2, length=5)
        assert refuses == (row.keras == "refuses")


def test_keras_refuses_names_that_are_taken_or_lead_down(keras):
    with pytest.raises(ValueError, match="cannot contain character `/`"):
        keras.layers.Dense(3, name="a/b")
    with pytest.raises(ValueError, match="unique names"):
        keras.Sequential([keras.Input((8,)), *(keras.layers.Dense(3, name="a") for _ in "ab")])


def test_a_stateful_layer_wants_the_size_of_its_batch(keras, problems_of):
    config = lstm("stateful: true")
    (told,) = problems_of(config)
    assert (told.code, told.severity) == ("stateful-batch", "error")
    assert told.line == 3
    assert "batch: 32" in told.fix
    assert problems_of("batch: 32\n" + config) == []
    with pytest.raises(ValueError, match="batch size must be static"):
        keras.layers.LSTM(3, stateful=True)(keras.Input((5, 8)))


# What Keras lets through silently: it builds, and the run differs, fails or ignores.


def uneven(keras, merge_mode):
    way_back = keras.layers.LSTM(5, go_backwards=True)
    return keras.layers.Bidirectional(keras.layers.LSTM(3), merge_mode, backward_layer=way_back)


def test_keras_infers_uneven_directions_from_the_forward_one(keras):
    layer = uneven(keras, "concat")
    assert layer(keras.Input((5, 8))).shape == (None, 6)
    assert layer(keras.ops.ones((2, 5, 8))).shape == (2, 8)


def test_keras_builds_uneven_sums_and_cannot_run_them(keras):
    layer = uneven(keras, "sum")
    assert layer(keras.Input((5, 8))).shape == (None, 3)
    with pytest.raises(Exception, match=r"(?i)incompatible shapes"):
        layer(keras.ops.ones((2, 5, 8)))


def test_keras_builds_a_layer_after_uneven_directions_and_cannot_run_it(keras):
    given = keras.Input((5, 8))
    model = keras.Model(given, keras.layers.Dense(3)(uneven(keras, "concat")(given)))
    with pytest.raises(ValueError, match="to have value 6"):
        model(keras.ops.ones((2, 5, 8)))


def test_keras_unrolls_an_unknown_length_only_when_it_is_told(keras):
    import tensorflow as tf

    layer = keras.layers.LSTM(3, unroll=True)
    assert layer(keras.Input((None, 8))).shape == (None, 3)
    assert layer(keras.ops.ones((2, 5, 8))).shape == (2, 3)
    traced = tf.function(layer, input_signature=[tf.TensorSpec((2, None, 8))])
    with pytest.raises(ValueError, match=r"(?i)unroll"):
        traced.get_concrete_function()


@pytest.mark.parametrize("cls", ["Attention", "AdditiveAttention"])
def test_keras_builds_attention_over_two_widths_and_cannot_run_it(keras, cls):
    query, value = keras.Input((5, 8)), keras.Input((4, 6))
    layer = getattr(keras.layers, cls)()
    assert layer([query, value]).shape == (None, 5, 6)
    with pytest.raises(Exception):  # noqa: B017, PT011 - of TensorFlow's, one for each operation
        layer([keras.ops.ones((2, 5, 8)), keras.ops.ones((2, 4, 6))])


FUSED = {
    "LSTM": [{}, {"activation": "relu"}, {"recurrent_activation": "hard_sigmoid"},
             {"unroll": True}, {"use_bias": False}, {"recurrent_dropout": 0.2}, {"dropout": 0.2},
             {"use_cudnn": False}],
    "GRU": [{}, {"reset_after": False}, {"recurrent_dropout": 0.2}, {"use_bias": False}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("cls", "arguments"), [(cls, each) for cls, all_ in FUSED.items() for each in all_], ids=str
)
def test_keras_asks_for_the_fused_kernel_as_planned(cls, arguments, keras, planned, monkeypatch):
    """As if there were a GPU: Keras tries the kernel, or silently does not."""
    # Keras has a function of the module's name beside it.
    rnn = importlib.import_module("keras.src.backend.tensorflow.rnn")
    asked = []

    def kernel(*_args, **_options):
        asked.append(cls)
        raise NotImplementedError

    monkeypatch.setattr(rnn, "_is_gpu_available", lambda: True)
    for name in ("_cudnn_lstm", "_cudnn_gru"):
        monkeypatch.setattr(rnn, name, kernel)
    getattr(keras.layers, cls)(3, **arguments)(keras.ops.ones((2, 5, 8)))
    config = {"input": [5, 8], "layers": [{cls: {"units": 3, **arguments}}]}
    (layer,) = planned(yaml.safe_dump(config)).layers
    assert layer.cudnn.eligible == bool(asked)
