"""The schemas, judged by an independent validator."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from rnncli.config import parse
from rnncli.keras_api.signatures import signatures
from rnncli.planning.plan import plan
from rnncli.problems import Source, errors
from rnncli.reference.config_schema import config_schema
from rnncli.reference.problem_codes import explanations
from rnncli.reference.templates import templates
from tests.conformance.cases import ALL

VALIDATOR = jsonschema.Draft202012Validator(config_schema())
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
def test_shipped_configs_are_valid(name):
    assert list(VALIDATOR.iter_errors(yaml.safe_load(templates()[name]))) == []


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
    defs = config_schema()["$defs"]
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
