"""A config that says the same: planned, it gives the same report, names included."""

from __future__ import annotations

import pytest
import yaml

from rnncli.planning.plan import plan
from rnncli.problems import errors
from tests.conftest import ROOT
from tests.readers.translation.test_round_trip import CONFIGS as SAVED
from tests.readers.translation.test_round_trip import through_keras
from tests.writers.cases import CLASSES, CONFIGS, essence, example_of, spec_in, spec_of, written


def check(spec) -> str:
    assert errors(plan(spec).problems) == []
    text = written(spec, "yaml")
    again = spec_of(text)
    assert essence(plan(again)) == essence(plan(spec)), text
    assert written(again, "yaml") == text
    return text


@pytest.mark.parametrize("config", CONFIGS)
def test_a_config_says_the_same(config):
    text = check(spec_in(config))
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.stem)
def test_what_keras_gave_back_says_the_same(path):
    check(through_keras(spec_in(str(path.relative_to(ROOT)))))


@pytest.mark.parametrize("cls", CLASSES)
def test_an_example_says_the_same(cls):
    check(example_of(cls))


@pytest.mark.parametrize(
    "text",
    [
        # Names that no layer gets by itself, and those that others then do not get.
        "input: [5, 8]\nlayers: [{Dense: 3, name: dense_1}, Dense: 4, Dense: 5, {Dense: 6, name: d}]",
        "input: [5, 8]\nlayers:\n- {LSTM: {units: 3, return_sequences: true}, name: lstm_2}\n"
        "- Bidirectional: {LSTM: {units: 3, return_sequences: true, name: own}}\n"
        "- Bidirectional: {LSTM: {units: 3, return_sequences: true}}\n- LSTM: 3",
        # Numbers in the place of tensors.
        "input: [5, 8]\nlayers: [ops.subtract: {x1: 1.0}, ops.subtract: 1.0, ops.multiply: 2]",
        "inputs: {a: [5], b: [5]}\nlayers:\n- ops.greater: 0.5\n  from: a\n"
        "- ops.where: {x2: 0.0}\n  from: {condition: greater, x1: b}\n"
        "- ops.where: {x1: 0.0}\n  from: {condition: greater, x2: b}",
        "input: [5, 8]\nlayers: [ops.getitem: ':, :4', {ops.split: {indices_or_sections: 2, axis: 1}}, {Add: , from: "
        "[split.output_0, split.output_1]}]",
        # Calls.
        "inputs: {x: [null, 4], m: {shape: [null], dtype: bool}}\nlayers:\n"
        "- {LSTM: {units: 3, return_sequences: true}, from: {sequences: x, mask: m}}\n"
        "- {MultiHeadAttention: {num_heads: 2, key_dim: 4}, call: {use_causal_mask: true, "
        "return_attention_scores: true}, from: {query: lstm, value: x}}\n"
        "outputs: {attended: multi_head_attention, scores: multi_head_attention.scores}",
        # States.
        "inputs: {a: [null, 4], b: [null, 4]}\nlayers:\n"
        "- {Bidirectional: {LSTM: {units: 3, return_state: true}}, from: a, name: encoder}\n"
        "- {LSTM: 3, from: b, initial_state: [encoder.backward_h, encoder.forward_c]}\n"
        "- {Bidirectional: {LSTM: 3}, from: b, initial_state: encoder.states}",
        "input: [5, 8]\nlayers: [Bidirectional: {LSTM: 3, merge_mode: null}]",
        "input: [5, 8]\nlayers:\n- RNN: {cell: [{LSTMCell: 3}, {GRUCell: 4}], return_state: true}",
        # The whole config.
        "name: 'a b'\ninputs: {x: [null, 8], y: {shape: [null], dtype: int32, below: 9}}\n"
        "length: {x: 4, y: 6}\nbatch: 2\nlayers:\n- {LSTM: {units: 3, stateful: true}, from: x}\n"
        "- {Embedding: {input_dim: 20, output_dim: 3}, from: y}\n"
        "outputs: [embedding, lstm]",
        "inputs: {source: [null, 8]}\nlength: 3\nlayers: [LSTM: 3]",
        # Objects, words that YAML reads otherwise, and long lists.
        "input: [5, 8]\nlayers: [Dense: {units: 3, kernel_regularizer: {L2: 0.01}, "
        "kernel_initializer: {RandomNormal: {}}, bias_constraint: {MaxNorm: {max_value: 2}}}]",
        "input: {shape: [1], dtype: string}\nlayers: [StringLookup: {vocabulary: ['yes', 'null', "
        f"'1', 'a, b', {', '.join(f'word_{number}' for number in range(60))}]}}]",
        # Models inside.
        "inputs: {a: [null, 4], b: [3]}\nlayers:\n- model:\n    inputs: {x: [null, 4], y: [3]}\n"
        "    layers:\n    - {LSTM: {units: 3, return_state: true}, from: x, name: inner}\n"
        "    - {Add: , from: [inner, y]}\n    outputs: {sum: add, memory: inner.states}\n"
        "  name: encoder\n  from: [a, b]\n- {Dense: 3, from: encoder.sum}\n"
        "- {LSTM: 3, from: a, initial_state: encoder.memory}",
        # A custom layer that says what it reads.
        "inputs: {a: [null, 4], b: [3]}\nlayers:\n- custom:\n    class: 'x>Y'\n    output: {shape: "
        "[3], dtype: int32}\n    weights: {w: {shape: [3, 4], trainable: false}}\n"
        "  from: {query: b, value: a}",
        "input: [3]\nlayers: [{custom: {class: Y, output: [3]}, from: {x: input}}]",
    ],
)  # fmt: skip
def test_a_model_says_the_same(text):
    check(spec_of(text))


def test_what_keras_takes_anyway_is_left_out():
    spec = spec_of(
        "input: [5, 8]\nlayers: [LSTM: {units: 3, activation: tanh, use_bias: true, unroll: false}]"
    )
    assert "- LSTM: 3\n" in written(spec, "yaml")


def test_layers_stand_as_a_person_writes_them():
    text = written(spec_in("configs/seq2seq_bidirectional.yaml"), "yaml")
    shipped = yaml.safe_load((ROOT / "configs/seq2seq_bidirectional.yaml").read_text())
    assert yaml.safe_load(text)["layers"] == shipped["layers"]
