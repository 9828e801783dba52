"""A graph of operations, built and run in Keras."""

from __future__ import annotations

import numpy as np
import pytest

import rnncli
from rnncli.config import parse
from rnncli.engine.running import run
from rnncli.problems import Source, errors

pytestmark = pytest.mark.usefixtures("keras")
GRAPH = """
input: [null, 8]
layers:
  - Dense: 32
  - ops.split: {indices_or_sections: 2, axis: -1}
    name: parts
  - ops.einsum: btc,bsc->bts
    from: [parts.output_0, parts.output_1]
  - ops.top_k: {k: 3}
    name: top
  - ops.getitem: "[:, -1]"
    from: top.values
  - ops.concatenate: {axis: -1}
    from: [get_item, get_item]
  - ops.pad: {pad_width: [[0], [1]]}
  - ops.unstack: {num: 2, axis: 0}
  - ops.matmul:
    from: [unstack.output_0, unstack.output_1]
  - ops.take: {axis: 1}
    from: {x: einsum, indices: top.indices}
"""


def test_a_graph_of_operations_agrees_with_its_plan():
    spec = parse(Source("graph.yaml", GRAPH))
    report = rnncli.build(spec, batch=2, length=5)
    assert not errors(report.problems)
    assert report.agreement.agrees, report.agreement.differences
    assert {layer.name: layer.outputs[0].actual for layer in report.layers[3:]} == {
        "top": (2, 5, 3), "get_item": (2, 3), "concatenate": (2, 6), "pad": (2, 8),
        "unstack": (8,), "matmul": (), "take": (2, 2, 5, 3, 5),
    }  # fmt: skip


def test_an_index_takes_the_elements_that_python_takes():
    config = 'input: [5, 8]\nlayers:\n  - Identity\n  - ops.getitem: "[0, 1:-1, ::-2, None]"'
    first, last = run(parse(Source("a.yaml", config)), 2, 5, 0, with_values=True).layers
    values = np.asarray(first.outputs[0].values)
    np.testing.assert_array_equal(last.outputs[0].values, values[0, 1:-1, ::-2, None])
