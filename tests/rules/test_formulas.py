"""Every formula that a plan shows must count what it stands for."""

from __future__ import annotations

import ast
import json
import operator
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from rnncli.config import parse
from rnncli.planning.plan import plan
from rnncli.problems import Source, errors
from rnncli.report.layer import Layer
from tests.conformance.cases import ALL

_OPERATORS = {
    ast.Add: operator.add,
    ast.Mult: operator.mul,
    ast.Sub: operator.sub,
    ast.Div: operator.floordiv,
}


def value(text: str) -> int:
    """What a formula of numbers alone amounts to."""

    def of(node: ast.expr) -> int:
        if isinstance(node, ast.Constant):
            return int(node.value)
        assert isinstance(node, ast.BinOp)
        return _OPERATORS[type(node.op)](of(node.left), of(node.right))

    return of(ast.parse(text.strip().replace("·", "*"), mode="eval").body)


def every(layers: tuple[Layer, ...]) -> Iterator[Layer]:
    for layer in layers:
        yield layer
        yield from every(layer.layers)


@pytest.mark.slow
@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(ALL)
def test_formulas_count_what_the_weights_add_up_to(config):
    report = plan(parse(Source("case.yaml", json.dumps(config))), batch=2, length=7)
    if errors(report.problems):
        return
    for layer in every(report.layers):
        if layer.params is None:
            continue
        own = sum(weight.count for weight in layer.weights or ())
        assert layer.params.total == own + sum(each.params.total for each in layer.layers)
        assert (layer.params.formula is None) <= (layer.params.total == 0), layer
        if layer.params.formula:
            assert value(layer.params.formula.rpartition("=")[2]) == layer.params.total, layer
        for weight in layer.weights or ():
            assert len(weight.formula.split(" × ")) == max(1, len(weight.shape)), weight


@pytest.mark.parametrize(("text", "amount"), [("4·(3·(8 + 3) + 3)", 144), ("2·3", 6)])
def test_the_reader_of_formulas_itself(text, amount):
    assert value(text) == amount
