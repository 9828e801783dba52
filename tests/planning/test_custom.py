"""Custom layers: planned as they are described, and nothing made up."""

from __future__ import annotations

import pytest

from rnncli.config import override, parse
from rnncli.config.edits import applied
from rnncli.planning.plan import plan
from rnncli.problems import ConfigError, Source

ATTENTION = """
input: [null, 8]
layers:
  - GRU: {units: 6, return_sequences: true}
    name: memory
  - custom:
      class: "mypkg>BahdanauAttention"
      outputs: {context: [6], scores: {shape: [null, 1], dtype: float16}}
      weights: {W: [6, 10], b: {shape: [10], trainable: false}, V: [10, 1]}
    from: {query: memory, values: memory}
  - Dense: 2
"""


def test_it_is_planned_as_it_is_described(planned):
    report = planned(ATTENTION)
    assert not report.problems
    _, layer, dense = report.layers
    assert (layer.name, layer.cls) == ("bahdanau_attention", "mypkg>BahdanauAttention")
    assert layer.custom is True
    assert [(each.name, each.shape, each.dtype) for each in layer.outputs] == [
        ("context", (1, 6), "float32"),
        ("scores", (1, None, 1), "float16"),
    ]
    assert [(each.name, each.shape, each.trainable) for each in layer.weights] == [
        ("W", (6, 10), True), ("b", (10,), False), ("V", (10, 1), True),
    ]  # fmt: skip
    assert (layer.params.total, layer.params.non_trainable) == (60 + 10 + 10, 10)
    assert layer.params.formula == "W + b + V = 60 + 10 + 10"
    assert layer.roles == ("query", "values")
    # The layer after it reads the first output.
    assert dense.inbound == ("bahdanau_attention.context",)
    assert dense.outputs[0].shape == (1, 2)


def test_what_it_computes_is_not_known_and_neither_is_the_total(planned):
    report = planned(ATTENTION)
    assert report.layers[1].macs is None
    assert report.totals.macs is None
    assert report.totals.params == report.layers[0].params.total + 80 + 14
    assert report.totals.weight_bytes == 4 * report.totals.params


@pytest.mark.parametrize(
    ("source", "declared", "shape", "filled"),
    [
        ("[null, 8]", "[null, 4]", (1, None, 4), (1, 7, 4)),
        ("[5, 8]", "[null, 4]", (1, 5, 4), None),
        ("[null]", "[null, 4]", (1, None, 4), (1, 7, 4)),
        # Whose length each of two is cannot be known, nor that of an input without axes.
        ("[null, 8]", "[null, null]", (1, None, None), None),
        ("[]", "[null]", (1, None), None),
        ("[5, 8]", "[]", (1,), None),
    ],
)
def test_an_unknown_length_is_that_of_the_input(source, declared, shape, filled, planned):
    text = f"input: {source}\nlayers: [custom: {{class: Box, output: {declared}}}]"
    (output,) = planned(text, length=7 if "null" in source else None).layers[0].outputs
    assert (output.shape, output.filled) == (shape, filled)


def test_layers_after_it_are_planned_from_its_shapes(planned):
    report = planned(
        "input: [null, 8]\nlayers: [custom: {class: Box, output: [null, 4]}, LSTM: 3]", length=7
    )
    assert report.layers[1].outputs[0].shape == (1, 3)
    assert report.layers[1].macs == 7 * 4 * 3 * (4 + 3)


def test_the_class_of_keras_of_the_same_name_is_another(planned):
    report = planned("input: [5, 8]\nlayers: [custom: {class: LSTM, output: [5, 3]}, LSTM: 3]")
    assert [layer.name for layer in report.layers] == ["lstm", "lstm_1"]
    assert report.layers[0].states == ()


def test_it_may_start_a_recurrent_layer(planned):
    report = planned(
        "input: [5, 8]\nlayers: [{custom: {class: Box, outputs: {h: [4], c: [4]}}, name: start}, "
        "{LSTM: 4, from: input, initial_state: [start.h, start.c]}]"
    )
    assert not report.problems
    wrong = planned(
        "input: [5, 8]\nlayers: [{custom: {class: Box, outputs: {h: [4], c: [5]}}, name: start}, "
        "{LSTM: 4, from: input, initial_state: [start.h, start.c]}]"
    )
    assert [problem.severity for problem in wrong.problems] == ["error"]


def test_a_mask_ends_at_it_without_a_warning(planned):
    report = planned(
        "input: {shape: [5], dtype: int32, below: 9}\nlayers: [{Embedding: {input_dim: 9, "
        "output_dim: 4, mask_zero: true}}, {custom: {class: Box, output: [5, 4]}}, GRU: 3]"
    )
    assert not report.problems
    assert [layer.mask for layer in report.layers] == ["makes", "drops", None]


def test_it_is_used_again_and_counted_once(planned):
    report = planned(
        "inputs: {a: [5, 8], b: [6, 8]}\nlayers: [{custom: {class: Box, output: [null, 8], "
        "weights: {k: [3]}}, name: c, from: a}, {use: c, name: d, from: b}, "
        "{Concatenate: {axis: 1}, from: [c, d]}]"
    )
    assert not report.problems
    assert report.layers[2].outputs[0].shape == (1, 11, 8)
    assert report.totals.params == 3


def box(fields: str) -> str:
    return f"input: [5, 8]\nlayers:\n  - custom: {fields}\n"


WRONG = {
    "5": ("bad-custom", False),
    '{output: [3]}': ("missing-key", False),
    "{class: Box}": ("missing-key", True),
    "{class: Box, output: [3], outputs: {a: [3]}}": ("bad-custom", True),
    "{class: Box, outputs: [3]}": ("bad-custom", False),
    "{class: Box, output: 3}": ("bad-input", True),
    "{class: Box, output: {dtype: int32}}": ("missing-key", False),
    "{class: Box, output: {shape: [3], dtype: flot32}}": ("bad-custom", True),
    "{class: Box, output: [3], weight: {a: [3]}}": ("unknown-key", True),
    "{class: Box, output: [3], weights: {a: {shape: [3], trainable: 1}}}": ("bad-custom", False),
    "{class: Box, output: [3], weights: {a: [3, null]}}": ("bad-custom", False),
    "{class: Box, output: [3], weights: {a: {shape: [3], dtype: string}}}": ("bad-custom", False),
    "{class: [Box], output: [3]}": ("bad-name", False),
}  # fmt: skip


@pytest.mark.parametrize("fields", WRONG)
def test_what_is_wrong_in_a_description_is_one_problem(fields, problems_of):
    code, has_edit = WRONG[fields]
    (problem,) = problems_of(box(fields))
    assert (problem.code, bool(problem.edits)) == (code, has_edit)
    assert problem.fix
    if has_edit:
        assert problems_of(applied(box(fields), problem.edits)) == []


def test_it_has_nothing_to_set():
    spec = override(parse(Source("a.yaml", box("{class: Box, output: [3]}"))), ["box.units=3"])
    with pytest.raises(ConfigError, match="no arguments"):
        plan(spec)


def test_decode_does_not_take_it_apart(problems_of):
    problems = problems_of(
        "input: {shape: [null], dtype: int32, below: 9}\nlayers: [{Embedding: {input_dim: 9, "
        "output_dim: 4}}, {custom: {class: Box, output: [null, 4]}}, {LSTM: {units: 4, "
        "return_sequences: true, return_state: true}}, Dense: 9]\ndecode: {input: input}"
    )
    assert [problem.code for problem in problems] == ["decode-looks-ahead"]
    assert "custom layer" in problems[0].message
