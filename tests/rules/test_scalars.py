"""Tensors without axes, which operations give: layers that look at the batch refuse them."""

from __future__ import annotations

import json

import pytest

from rnncli.config import parse
from rnncli.planning.plan import plan
from rnncli.problems import Source, errors

LAYERS = [
    ({"Flatten": {}}, 1, "float32"),
    ({"Reshape": {"target_shape": [1]}}, 1, "float32"),
    ({"TextVectorization": {"vocabulary": ["a", "b"]}}, 1, "string"),
    ({"HashedCrossing": {"num_bins": 3}}, 2, "int32"),
    ({"AdditiveAttention": {}}, 2, "float32"),
    ({"Masking": {}}, 1, "float32"),
    ({"Add": {}}, 2, "float32"),
    ({"Concatenate": {}}, 2, "float32"),
    ({"Dot": {"axes": -1}}, 2, "float32"),
    ({"model": {"input": [1], "layers": [{"Dense": {"units": 3}}]}}, 1, "float32"),
]


def _config(entry, count, dtype):
    first = {"ops.ravel": None, "from": "x"}
    scalar = {"ops.getitem": "0", "name": "scalar"}
    return {
        "inputs": {"x": {"shape": [4], "dtype": dtype}},
        "layers": [first, scalar, {**entry, "from": ["scalar"] * count}],
    }


@pytest.mark.parametrize(("entry", "count", "dtype"), LAYERS, ids=lambda value: str(value)[:20])
def test_a_tensor_without_a_batch_is_refused(keras, entry, count, dtype):
    from tests.conformance.naively import keras_refuses

    config = _config(entry, count, dtype)
    report = plan(parse(Source("scalar.yaml", json.dumps(config))), 2)
    assert [problem.code for problem in errors(report.problems)] == ["wrong-rank"]
    assert keras_refuses(config, 2, 7)


def test_a_layer_that_looks_at_no_axis_reads_it(keras):
    from tests.conformance.judge import judge

    assert judge(_config({"Activation": {"activation": "relu"}}, 1, "float32")) is None
