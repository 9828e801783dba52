"""The schemas, judged by an independent validator."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from rnncli.config import parse
from rnncli.keras_api.call_arguments import plain_arguments
from rnncli.keras_api.calls import calls
from rnncli.keras_api.operations import OPERATIONS
from rnncli.keras_api.signatures import signatures
from rnncli.layers.catalogue import RULES
from rnncli.planning.plan import plan
from rnncli.problems import Source, errors
from rnncli.reference.config_schema import config_schema
from rnncli.reference.examples import example
from rnncli.reference.problem_codes import explanations
from rnncli.reference.templates import templates
from tests.conformance.cases import ALL
from tests.conftest import ROOT

SCHEMA = config_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
# What a schema can see of a config: words, types and values, not shapes.
VISIBLE = {
    "missing-key", "unknown-key", "bad-entry", "bad-input", "python-none", "bad-name",
    "bad-version", "unknown-layer", "unknown-object", "runs-code", "unknown-argument",
    "keras-2-argument", "missing-argument", "wrong-type", "not-a-config",
}  # fmt: skip


@pytest.mark.slow
def test_both_are_schemas(rnncli):
    jsonschema.Draft202012Validator.check_schema(json.loads(rnncli("schema").out))
    jsonschema.Draft202012Validator.check_schema(json.loads(rnncli("schema", "--report").out))


@pytest.mark.parametrize("name", templates())
def test_templates_are_valid(name):
    assert list(VALIDATOR.iter_errors(yaml.safe_load(templates()[name]))) == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("configs/**/*.yaml")), ids=lambda path: path.stem)
def test_shipped_configs_are_valid(path):
    assert list(VALIDATOR.iter_errors(yaml.safe_load(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize("name", [*RULES, *OPERATIONS])
def test_the_example_of_every_layer_and_operation_is_valid(name):
    assert list(VALIDATOR.iter_errors(yaml.safe_load(example(name).config))) == []


@pytest.mark.parametrize(
    ("entry", "valid"),
    [
        ("ops.mean", True),
        ("ops.mean: 1", True),
        ("ops.mean: {axis: 1, keepdims: true}", True),
        ("ops.mean: {axis: first}", False),
        ("ops.mean: {axes: 1}", False),
        ("ops.maen: 1", False),
        ('ops.getitem: "[:, -1]"', True),
        ("{ops.mean: 1, call: {keepdims: true}}", True),
        ("{ops.mean: 1, call: {keepdim: true}}", False),
        ("{LSTM: 3, call: {training: false}}", True),
        ("{LSTM: 3, call: {use_causal_mask: true}}", False),
        ("{Attention: {}, from: [x, x], call: {use_causal_mask: true}}", True),
        ("{Attention: {}, from: [x, x], call: {use_causal_mask: 1}}", False),
        ("{Flatten: {}, call: {training: true}}", False),
        ("{use: encode, call: {training: true}}", True),
        ("{use: encode, call: {trained: true}}", False),
        ("model: {input: [8], layers: [Flatten]}", True),
        ("model: {layers: [Flatten]}", False),
        ("model: {input: [8], layers: [Flatten], batch: 3}", False),
        ("TimeDistributed: {model: {input: [8], layers: [Flatten]}}", True),
        ("TimeDistributed: {include: sentence.yaml}", True),
        ("custom: {class: A, output: [null, 3], weights: {W: {shape: [3], trainable: no}}}", True),
        ("custom: {class: A}", False),
        ("custom: {class: A, output: [3], units: 4}", False),
    ],
)
def test_operations_calls_models_and_custom_layers(entry, valid):
    config = {"input": [5, 8], "layers": [yaml.safe_load(entry)]}
    assert VALIDATOR.is_valid(config) == valid


def test_every_parameter_of_an_operation_has_its_default():
    defs = SCHEMA["$defs"]
    for function, signature in calls().functions.items():
        properties = defs[function]["anyOf"][0]["properties"]
        assert [*properties] == [*signature.arguments]
        for name, parameter in signature.arguments.items():
            assert ("default" in properties[name]) == (not parameter.required)
            assert properties[name].get("default", parameter.default) == parameter.default


@pytest.mark.parametrize("cls", sorted(RULES))
def test_the_call_of_a_layer_has_its_arguments(cls):
    assert [*SCHEMA["$defs"][f"call.{cls}"]["properties"]] == [*plain_arguments(cls)]


@pytest.mark.slow
@pytest.mark.parametrize("code", explanations())
def test_broken_configs_are_not_and_mended_ones_are(code):
    found = explanations()[code]
    if found.mended is None:
        return
    assert list(VALIDATOR.iter_errors(yaml.safe_load(found.mended))) == []
    if code in VISIBLE:
        assert not VALIDATOR.is_valid(yaml.safe_load(found.broken))


@pytest.mark.slow
@settings(
    max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(ALL)
def test_what_plans_is_valid(config):
    config = {key: value for key, value in config.items() if key != "batch"}
    if not errors(plan(parse(Source("case.yaml", json.dumps(config)))).problems):
        assert list(VALIDATOR.iter_errors(config)) == []


def test_every_layer_and_argument_is_in_it():
    defs = SCHEMA["$defs"]
    entry = defs["entry"]["anyOf"][1]["properties"]
    for name in ("LSTM", "AvgPool1D", "MultiHeadAttention", "StringLookup"):
        assert name in entry
    for argument in signatures().layers["LSTM"].arguments:
        assert argument in defs["layers.LSTM"]["anyOf"][0]["properties"]


@pytest.mark.keras
def test_reports_are_as_their_schema_says(rnncli):
    validator = jsonschema.Draft202012Validator(json.loads(rnncli("schema", "--report").out))
    for arguments in (
        ["plan", "configs/stacked.yaml", "--json"],
        ["plan", "tests/golden/broken.yaml", "--json"],
        ["plan", "no-such.yaml", "--json"],
        ["build", "configs/many_to_one.yaml", "--json", "--values"],
    ):
        assert list(validator.iter_errors(json.loads(rnncli(*arguments).out))) == []
    assert not validator.is_valid({"name": "x"})


def test_an_odd_number_has_no_largest():
    config = {"input": [8, 8, 3], "layers": [{"RandomGaussianBlur": {"kernel_size": 3}}]}
    assert list(VALIDATOR.iter_errors(config)) == []
