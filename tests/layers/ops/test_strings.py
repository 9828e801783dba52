"""Strings, which operations that move elements read as well; held against keras.Model."""

from __future__ import annotations

import json

import pytest

from rnncli.config import parse
from rnncli.planning.plan import plan
from rnncli.problems import Source, errors
from tests.layers.ops.calling import called

MOVES = [
    "ops.reshape: {newshape: [3, -1]}", "ops.ravel", "ops.expand_dims: {axis: 1}",
    "ops.transpose", "ops.broadcast_to: {shape: [2, 3, 4, 5]}", "ops.flip", "ops.roll: {shift: 1}",
    "ops.tile: {repeats: 2}", "ops.repeat: {repeats: 2}", "ops.unstack: {num: 4, axis: 1}",
    "ops.pad: {pad_width: [[0, 0], [1, 1], [0, 0]]}", "ops.split: {indices_or_sections: [1]}",
    "ops.take: {indices: [0, 1]}", "ops.count_nonzero: {axis: 1}", "ops.triu: {k: 1}",
    "ops.tril: {k: -1}",
]  # fmt: skip


@pytest.mark.keras
@pytest.mark.parametrize("entry", MOVES)
def test_strings_are_moved(keras, entry):
    import tensorflow as tf

    words = keras.Input((4, 5), batch_size=3, dtype="string")
    model = keras.Model(words, keras.tree.flatten(called(keras, entry)(words)))
    data = tf.data.Dataset.from_tensors(tf.fill((3, 4, 5), "a"))
    returned = keras.tree.flatten(model.predict(data, verbose=0))
    outputs = _planned(entry).layers[-1].outputs
    assert [output.shape for output in outputs] == [array.shape for array in returned]
    assert [output.dtype for output in outputs] == [output.dtype for output in model.outputs]


@pytest.mark.parametrize(
    "entry",
    [
        "ops.max: 1",
        "ops.sort",
        "ops.cumsum: 1",
        "ops.top_k: 1",
        "ops.mean",
        "ops.any",
        "ops.triu",
        "ops.tril: {k: 1}",
    ],
)
def test_words_are_no_numbers(entry):
    assert [problem.code for problem in errors(_planned(entry).problems)] == ["wrong-dtype"]


@pytest.mark.parametrize(("shape", "joins"), [([4, 5], True), ([1], True), ([5], False)])
def test_words_are_joined_but_not_as_a_bias(keras, shape, joins):
    from tests.conformance.judge import judge

    inputs = {name: {"shape": x, "dtype": "string"} for name, x in (("a", [4, 5]), ("b", shape))}
    config = {"inputs": inputs, "batch": 1, "layers": [{"ops.add": None, "from": ["a", "b"]}]}
    assert judge(config) is None
    spec = parse(Source("test.yaml", json.dumps(config)))
    assert [problem.code for problem in errors(plan(spec).problems)] == ["wrong-dtype"] * (
        not joins
    )


def test_words_are_not_joined_with_numbers():
    config = (
        "inputs: {a: {shape: [4], dtype: string}, b: [4]}\n"
        "layers: [{ops.concatenate: {axis: 1}, from: [a, b]}]"
    )
    report = plan(parse(Source("test.yaml", config)))
    assert [problem.code for problem in errors(report.problems)] == ["wrong-dtype"]


def _planned(entry):
    config = f"input: {{shape: [4, 5], dtype: string}}\nlayers:\n  - {entry}\n"
    return plan(parse(Source("test.yaml", config)), 3)
