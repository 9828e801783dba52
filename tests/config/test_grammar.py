from __future__ import annotations

import pytest

from rnncli.config import parse
from rnncli.config.spec import ObjectSpec
from rnncli.problems import ConfigError, Source


def model(text: str):
    return parse(Source("models/tiny.yaml", text))


def layer(entry: str) -> ObjectSpec:
    spec = model(f"input: [5, 8]\nlayers:\n  - {entry}\n")
    assert not spec.problems
    return spec.layers[0].object


@pytest.mark.parametrize("entry", ["Flatten", "Flatten:", "{Flatten: null}", "'Flatten'"])
def test_an_entry_without_arguments(entry):
    found = layer(entry)
    assert (found.cls, found.first, dict(found.keywords)) == ("Flatten", None, {})


@pytest.mark.parametrize(("entry", "value"), [("LSTM: 3", 3), ("Activation: relu", "relu")])
def test_one_value_is_the_first_argument(entry, value):
    assert layer(entry).first.data == value


def test_a_list_is_the_first_argument():
    assert [each.data for each in layer("Reshape: [4, 2]").first.data] == [4, 2]


def test_an_object_inside_an_object():
    found = layer("Bidirectional: {LSTM: 3, merge_mode: sum}")
    assert found.first.data.cls == "LSTM"
    assert found.keywords["merge_mode"].value.data == "sum"


def test_objects_wherever_keras_takes_one():
    found = layer("RNN: [{LSTMCell: 8}, {GRUCell: {units: 4, kernel_regularizer: {L2: 0.01}}}]")
    first, second = (each.data for each in found.first.data)
    assert (first.cls, second.cls) == ("LSTMCell", "GRUCell")
    assert second.keywords["kernel_regularizer"].value.data.first.data == 0.01


def test_a_name_stands_beside_its_layer():
    spec = model("input: [5]\nlayers:\n  - Dense: 3\n    name: logits")
    assert spec.layers[0].name == "logits"


def test_the_models_name_is_the_files_stem():
    assert model("input: [5]\nlayers: [Flatten]").name == "tiny"
    assert model("name: big\ninput: [5]\nlayers: [Flatten]").name == "big"


def test_json_is_accepted():
    spec = model(
        '{"input": {"shape": [null], "dtype": "int32", "below": 50}, "layers": [{"LSTM": 3}]}'
    )
    assert spec.inputs[0].shape == (None,)
    assert (spec.inputs[0].dtype, spec.inputs[0].below) == ("int32", 50)


def codes(text: str) -> list[str]:
    return [each.code for each in model(text).problems]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("layers: [Flatten]", "missing-key"),
        ("input: [5]", "missing-key"),
        ("input: 5\nlayers: [Flatten]", "bad-input"),
        ("input: [5, None]\nlayers: [Flatten]", "python-none"),
        ("input: [-2]\nlayers: [Flatten]", "bad-input"),
        ("input: [true]\nlayers: [Flatten]", "bad-input"),
        ("input: [5.5]\nlayers: [Flatten]", "bad-input"),
        ("input: {dtype: int32}\nlayers: [Flatten]", "missing-key"),
        ("input: {shape: [5], below: 0}\nlayers: [Flatten]", "bad-input"),
        ("input: {shape: [5], size: 0}\nlayers: [Flatten]", "unknown-key"),
        ("input: [5]\nlayers: {LSTM: 3}", "bad-entry"),
        ("input: [5]\nlayers:", "bad-entry"),
        ("input: [5]\nlayers: []", "bad-entry"),
        ("input: [5]\nlayers: [3]", "bad-entry"),
        ("input: [5]\nlayers: [{}]", "bad-entry"),
        ("input: [5]\nlayers: [{name: a}]", "bad-entry"),
        ("input: [5]\nlayers: [{LSTM: 3, Dense: 4}]", "bad-entry"),
        ("input: [5]\nlayers: [{LSTM: {Dense: 3, GRU: 4}}]", "bad-entry"),
        ("input: [5]\nlayers: [{LSTM: 3, name: a/b}]", "bad-name"),
        ("input: [5]\nlayers: [{LSTM: 3, name: ''}]", "bad-name"),
        ("input: [5]\nlayers: [{LSTM: 3, name: 5}]", "bad-name"),
        ("version: 2\ninput: [5]\nlayers: [Flatten]", "bad-version"),
        ("version: true\ninput: [5]\nlayers: [Flatten]", "bad-version"),
        ("inptu: [5]\ninput: [5]\nlayers: [Flatten]", "unknown-key"),
    ],
)
def test_each_slip_has_its_code(text, code):
    assert codes(text) == [code]


def test_all_problems_are_told_at_once():
    text = "input: [5, None]\nlayer: 3\nlayers:\n  - 7\n  - use: lstm\n    units: 4"
    assert sorted(codes(text)) == ["bad-entry", "python-none", "unknown-key", "unknown-key"]


def test_a_config_is_a_mapping():
    with pytest.raises(ConfigError) as caught:
        model("- LSTM: 3")
    assert caught.value.problems[0].code == "not-a-config"
