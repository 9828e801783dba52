"""Amounts as a config and an option write them, and budgets that are none."""

from __future__ import annotations

import json

import jsonschema
import pytest

from rnncli.config import parse
from rnncli.config.budget import amount_of
from rnncli.config.edits import applied
from rnncli.planning.plan import plan
from rnncli.problems import Source
from rnncli.reference.config_schema import config_schema

VALIDATOR = jsonschema.Draft202012Validator(config_schema()["$defs"]["budget"])
CONFIG = "input: [5, 8]\nlayers: [{{LSTM: 3}}]\nbudget: {}\n"
AMOUNTS = [
    ("params", 2_000_000, 2_000_000),
    ("params", "2_000_000", 2_000_000),
    ("params", "2,000,000", 2_000_000),
    ("params", "2M", 2_000_000),
    ("params", "2 M", 2_000_000),
    ("params", "1.5M", 1_500_000),
    ("params", "2K", 2_000),
    ("params", "2k", 2_000),
    ("macs", "50G", 50 * 10**9),
    ("macs", "1T", 10**12),
    ("weight_bytes", "8MB", 8_000_000),
    ("weight_bytes", "8MiB", 8 * 2**20),
    ("weight_bytes", "0.5KiB", 512),
    ("weight_bytes", "8kB", 8_000),
    ("weight_bytes", "8M", 8_000_000),
    ("activation_bytes", "1GiB", 2**30),
    ("activation_bytes", "12B", 12),
]
NO_AMOUNTS = [
    ("params", 0),
    ("params", -1),
    ("params", True),
    ("params", 1.5),
    ("params", None),
    ("params", "many"),
    ("params", ""),
    ("params", "-2M"),
    ("params", "8MB"),
    ("params", "2m"),
    ("params", "1.5"),
    ("params", "_2"),
    ("params", "2e6"),
    ("params", "99999999T"),
    ("params", [2]),
    ("weight_bytes", "8mb"),
    ("weight_bytes", "8 bytes"),
    ("weight_bytes", "0.3B"),
]


@pytest.mark.parametrize(("name", "written", "amount"), AMOUNTS)
def test_amounts(name, written, amount):
    assert amount_of(name, written) == amount
    spec = parse(Source("a.yaml", CONFIG.format(f"{{{name}: {_yaml(written)}}}")))
    assert spec.problems == ()
    assert spec.budget.limits[name].amount == amount
    assert VALIDATOR.is_valid({name: written})


@pytest.mark.parametrize(("name", "written"), NO_AMOUNTS)
def test_no_amounts(name, written):
    assert amount_of(name, written) is None
    spec = parse(Source("a.yaml", CONFIG.format(f"{{{name}: {_yaml(written)}}}")))
    (problem,) = spec.problems
    assert problem.code == "bad-budget"
    assert problem.line == 3
    assert spec.budget.limits == {}


def _yaml(written):
    if isinstance(written, str):
        return f'"{written}"'
    return json.dumps(written)


@pytest.mark.parametrize(
    ("written", "mended"),
    [("{params: 2m}", "{params: 2M}"), ("{weight_bytes: 8mib}", "{weight_bytes: 8MiB}")],
)
def test_a_unit_in_other_letters_is_mended(written, mended):
    text = CONFIG.format(written)
    (problem,) = parse(Source("a.yaml", text)).problems
    assert applied(text, problem.edits) == CONFIG.format(mended)


@pytest.mark.parametrize(
    ("budget", "code"),
    [
        ("2M", "bad-budget"),
        ("[2M]", "bad-budget"),
        ("{}", "bad-budget"),
        ("{parameters: 2}", "unknown-key"),
    ],
)
def test_no_budgets(budget, code):
    (problem,) = parse(Source("a.yaml", CONFIG.format(budget))).problems
    assert problem.code == code


def test_a_model_inside_has_no_budget():
    text = (
        "input: [8]\nlayers:\n  - model: {input: [8], layers: [{Dense: 2}], budget: {params: 2}}\n"
    )
    (problem,) = plan(parse(Source("a.yaml", text))).problems
    assert problem.code == "unknown-key"
