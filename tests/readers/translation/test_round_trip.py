"""Config → live Keras → its JSON → config: both have the same report."""

from __future__ import annotations

import json

import msgspec
import pytest

from rnncli.config import parse, read, text_of
from rnncli.engine.whole_model import whole_model
from rnncli.keras_api.operations import OPERATIONS
from rnncli.keras_api.signatures import signatures
from rnncli.model.binding import bind
from rnncli.planning.plan import plan
from rnncli.problems import Source, errors
from rnncli.readers.dialects.keras3 import open_model
from rnncli.readers.translation.graph import translate
from rnncli.reference.examples import example
from tests.conftest import ROOT

pytestmark = pytest.mark.usefixtures("keras")
# Keras cannot save random operations, which rnncli makes, nor make custom layers.
NOT_SAVED = {"custom_layer", "sketch_rnn", "vae"}
CONFIGS = [
    path for path in sorted((ROOT / "configs").rglob("*.yaml")) if path.stem not in NOT_SAVED
]
EXAMPLES = [
    *signatures().layers,
    *(function for function in OPERATIONS if not function.startswith("random.")),
]
# What a file of Keras does not hold: names of calls, how often a block is repeated, lines, and whether
# an argument is written as 2 or as [2].
NOT_KEPT = ("line", "column", "repeat", "arguments")


def through_keras(spec):
    """The config that Keras's own description of a model says."""
    architecture = json.loads(whole_model(bind(spec)).to_json())
    translated = translate(open_model(architecture, "model.json"), "model.json")
    assert translated.problems == []
    return parse(Source("model", text_of("model", translated.data)))


def facts(report):
    """A report in an order and under names that Keras keeps: those of layers called again."""
    document = json.loads(msgspec.json.encode(report))
    text = json.dumps({key: document[key] for key in ("inputs", "outputs", "layers", "totals")})
    calls: dict[str, int] = {}
    for layer in document["layers"]:
        if layer["shared_with"]:
            owner = layer["shared_with"]
            calls[owner] = calls.get(owner, 0) + 1
            text = text.replace(f'"{layer["name"]}"', f'"{owner} {calls[owner]}"')
            text = text.replace(f'"{layer["name"]}.', f'"{owner} {calls[owner]}.')
    kept = _without(json.loads(text))
    kept["layers"].sort(key=lambda layer: layer["name"])
    kept["inputs"].sort(key=lambda tensor: tensor["name"])
    return kept


def _without(value):
    if isinstance(value, dict):
        return {key: _without(item) for key, item in value.items() if key not in NOT_KEPT}
    return [_without(item) for item in value] if isinstance(value, list) else value


def assert_same_report(spec):
    planned = plan(spec)
    lengths = {name: free.size for free in planned.lengths for name in free.inputs}
    again = plan(through_keras(spec), planned.batch, lengths or None)
    assert not errors(again.problems)
    assert facts(again) == facts(planned)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_configs_come_back(path):
    assert_same_report(parse(read(str(path))))


@pytest.mark.parametrize("cls", EXAMPLES)
def test_an_example_of_each_layer_and_operation_comes_back(cls):
    shown = example(cls)
    if shown is None:
        # Layers that cannot stand in a config alone, such as cells, stand in others.
        assert cls in signatures().layers
        return
    assert_same_report(shown.spec)


def test_what_is_not_a_default_comes_back():
    text = """
input: [6, 8]
layers:
  - Bidirectional:
      layer: {LSTM: {units: 3, return_sequences: true, kernel_regularizer: {L2: 0.5}}}
      backward_layer: {GRU: {units: 3, return_sequences: true, go_backwards: true}}
      merge_mode: sum
  - LSTM: {units: 4, kernel_initializer: {RandomNormal: {stddev: 0.5}}, use_bias: false}
  - Dense: {units: 3, kernel_constraint: {MaxNorm: 3}, trainable: false, dtype: mixed_float16}
"""
    spec = parse(Source("model", text))
    back = through_keras(spec)
    assert_same_report(spec)
    layers = {node.layer.name: node.layer for node in bind(back).nodes}
    assert layers["lstm_1"]["kernel_initializer"]["stddev"] == 0.5
    assert layers["dense"]["kernel_constraint"]["max_value"] == 3
    assert layers["bidirectional"]["layer"]["kernel_regularizer"]["l2"] == 0.5


def test_defaults_are_left_out(keras):
    x = keras.Input((5, 8), name="x")
    both = keras.layers.Bidirectional(keras.layers.LSTM(3, name="lstm"), name="bidirectional")
    model = keras.Model(x, both(x))
    translated = translate(open_model(json.loads(model.to_json()), "m.json"), "m.json")
    assert translated.data["layers"] == [
        {
            "Bidirectional": {"layer": {"LSTM": {"units": 3, "name": "lstm"}}},
            "name": "bidirectional",
            "from": ["x"],
        }
    ]
