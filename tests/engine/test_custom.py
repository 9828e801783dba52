"""``build`` of a model with custom layers: what does not depend on them runs."""

from __future__ import annotations

import json

import pytest

import rnncli
from rnncli.config import parse
from rnncli.problems import Source
from tests.conftest import invoke

pytestmark = pytest.mark.usefixtures("keras")

MODEL = """
input: [5, 8]
layers:
  - GRU: {units: 4, return_sequences: true}
    name: memory
  - custom: {class: Pool, output: [4], weights: {query: [4]}}
  - Dense: 3
    name: behind
  - Dense: 2
    from: memory
    name: aside
outputs: [behind, aside]
"""


def build(text: str):
    return rnncli.build(parse(Source("model.yaml", text)))


def test_what_does_not_depend_on_it_runs():
    report = build(MODEL)
    assert report.agreement.agrees
    assert report.agreement.not_run == ("pool", "behind")
    # The outputs, the state and the weights of memory and aside.
    compared = report.agreement.compared
    assert (compared.outputs, compared.states, compared.weights) == (2, 1, 3 + 2)
    assert report.outputs == ("behind.output", "aside.output")


def test_the_rest_is_as_it_was_planned():
    planned = rnncli.plan(parse(Source("model.yaml", MODEL)))
    report = build(MODEL)
    assert [layer.name for layer in report.layers] == ["memory", "pool", "behind", "aside"]
    assert report.layers[1:3] == planned.layers[1:3]
    assert report.totals == planned.totals


def test_a_note_names_the_layers():
    (note,) = build(MODEL).problems
    assert (note.code, note.severity, note.layer, note.line) == ("not-run", "note", "pool", 6)
    assert note.message.startswith("pool, behind are planned and not run")
    assert rnncli.plan(parse(Source("model.yaml", MODEL))).problems == ()


def test_the_command_ends_with_0_and_says_so(tmp_path):
    path = tmp_path / "model.yaml"
    path.write_text(MODEL)
    outcome = invoke("build", str(path))
    assert outcome.code == 0
    assert "2 outputs, 1 state and 5 weights compared; pool, behind not run." in outcome.out
    assert "note[not-run]" in invoke("build", "--verbose", str(path)).err
    document = json.loads(invoke("build", "--json", str(path)).out)
    assert document["agreement"]["not_run"] == ["pool", "behind"]


@pytest.mark.parametrize(
    ("text", "not_run"),
    [
        ("input: [5, 8]\nlayers: [custom: {class: Box, output: [3]}, Dense: 2]", ("box", "dense")),
        (
            "input: [5, 8]\nlayers: [Dense: 8, {model: {input: [5, 8], layers: [Dense: 3, {custom: "
            "{class: Box, output: [3]}}]}}, Dense: 2]",
            ("functional", "dense_1"),
        ),
        (
            "input: [5, 8]\nlayers: [Dense: 8, {TimeDistributed: {model: {input: [8], layers: "
            "[custom: {class: Box, output: [3]}]}}}, GRU: 2]",
            ("time_distributed", "gru"),
        ),
        (
            "inputs: {a: [5, 8], b: [6, 8]}\nlayers: [{custom: {class: Box, output: [5, 8]}, "
            "from: a}, {GRU: 3, name: g}, {use: g, from: b, name: h}, {use: g, from: b, name: i}, "
            "{Add: {}, from: [g, h, i]}]",
            ("box", "g", "add"),
        ),
        (
            "input: [5, 8]\nlayers: [{custom: {class: Box, outputs: {h: [4], c: [4]}}, name: s}, "
            "{LSTM: 4, from: input, initial_state: [s.h, s.c]}]",
            ("s", "lstm"),
        ),
    ],
    ids=["the first layer", "in a model", "under a wrapper", "a shared layer", "initial states"],
)
def test_all_that_depends_on_it_is_left_out(text, not_run):
    report = build(text)
    assert report.agreement.agrees, report.agreement.differences
    assert report.agreement.not_run == not_run


def test_where_nothing_runs_the_verdict_says_so(tmp_path):
    path = tmp_path / "model.yaml"
    path.write_text("input: [5, 8]\nlayers: [custom: {class: Box, output: [3]}]")
    outcome = invoke("build", str(path))
    assert outcome.code == 0
    assert "runs no layer of it" in outcome.out


def test_an_ordinary_model_has_no_such_field():
    assert (
        "not_run"
        not in json.loads(invoke("build", "--json", "configs/many_to_one.yaml").out)["agreement"]
    )
