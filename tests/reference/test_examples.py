"""The example of every layer and operation: it plans without a problem, and Keras agrees."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
import yaml

from rnncli.keras_api.operations import OPERATIONS
from rnncli.layers.catalogue import RULES
from rnncli.reference.examples import example
from tests.conformance.judge import judge


@pytest.mark.parametrize("cls", sorted(RULES))
def test_that_of_a_layer_plans_without_errors(cls, problems_of):
    sample = example(cls)
    assert sample is not None
    assert cls in sample.config
    assert "error" not in {problem.severity for problem in problems_of(sample.config)}


@pytest.mark.parametrize("function", sorted(OPERATIONS))
def test_that_of_an_operation_plans_without_a_problem(function, problems_of):
    sample = example(function)
    assert sample is not None
    assert sample.report.layers[0].cls == function
    assert problems_of(sample.config) == []


@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        ("ops.mean", [(1, 5, 8)]),
        ("ops.add", [(1, 5, 8), (1, 5, 8)]),
        ("ops.matmul", [(1, 5, 8), (1, 8, 4)]),
        ("ops.where", [(1, 5, 8)] * 3),
        # A list of indices is in the place of a tensor.
        ("ops.take", [(1, 5, 8)]),
        # It takes out an axis of size 1.
        ("ops.squeeze", [(1, 1, 8)]),
    ],
)
def test_that_of_an_operation_reads_the_tensors_that_its_entry_leaves_out(function, shapes):
    assert [tensor.shape for tensor in example(function).report.layers[0].inputs] == shapes


def disagreements(keras, names: Iterable[str]) -> dict[str, str]:
    """What plan and Keras disagree on in the examples of these names, all in this process."""
    verdicts = {}
    for name in names:
        keras.utils.clear_session()
        verdicts[name] = judge({**yaml.safe_load(example(name).config), "batch": 1})
    return {name: verdict for name, verdict in verdicts.items() if verdict is not None}


def test_keras_agrees_with_those_of_operations(keras):
    assert disagreements(keras, OPERATIONS) == {}


@pytest.mark.slow
def test_keras_agrees_with_those_of_layers(keras):
    assert disagreements(keras, RULES) == {}
