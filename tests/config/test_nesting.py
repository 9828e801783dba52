"""Models written in place: what they hold, whose names they know, and how they are set."""

from __future__ import annotations

import pytest

from rnncli.config import override, parse, read
from rnncli.config.edits import applied
from rnncli.planning.plan import plan
from rnncli.problems import Source

IN_PLACE = """
input: [5, 8]
layers:
  - Dense: 4
  - model:
      name: encoder
      input: [null, 4]
      layers:
        - LSTM: {units: 3, return_sequences: true, return_state: true}
      outputs: [lstm, lstm.h]
  - Dense: 2
    from: encoder.h
"""
# The same model, in a file of its own.
ENCODER = """
input: [null, 4]
layers:
  - LSTM: {units: 3, return_sequences: true, return_state: true}
outputs: [lstm, lstm.h]
"""
INCLUDED = """
input: [5, 8]
layers:
  - Dense: 4
  - include: encoder.yaml
  - Dense: 2
    from: encoder.h
"""


def test_a_model_in_place_is_planned_like_one_in_a_file(planned, tmp_path):
    (tmp_path / "encoder.yaml").write_text(ENCODER)
    (tmp_path / "a.yaml").write_text(INCLUDED)
    report = planned(IN_PLACE)
    assert not report.problems
    assert report.layers == plan(parse(read(str(tmp_path / "a.yaml")))).layers


def test_a_wrapper_takes_a_model_in_place_or_from_a_file(planned, tmp_path):
    (tmp_path / "step.yaml").write_text("input: [8]\nlayers: [Dense: 3]\n")
    (tmp_path / "a.yaml").write_text(
        "input: [5, 8]\nlayers: [TimeDistributed: {include: step.yaml}]"
    )
    included = plan(parse(read(str(tmp_path / "a.yaml"))))
    in_place = planned(
        "input: [5, 8]\nlayers: [TimeDistributed: {layer: {model: {name: step, input: [8], "
        "layers: [Dense: 3]}}}]"
    )
    assert not included.problems
    assert included.layers == in_place.layers
    (layer,) = included.layers
    (model,) = layer.layers
    (dense,) = model.layers
    assert (model.name, model.cls, dense.name) == ("step", "Functional", "dense")
    assert (layer.outputs[0].shape, model.outputs[0].shape) == ((1, 5, 3), (1, 3))
    # Every time step computes 8 × 3.
    assert layer.macs == model.macs == dense.macs == 5 * 8 * 3
    assert layer.params.total == dense.params.total == 8 * 3 + 3


def test_models_have_the_name_that_keras_gives_them(planned):
    text = "input: [5, 8]\nlayers: [%s, %s]" % (("model: {input: [5, 8], layers: [Dense: 8]}",) * 2)
    assert [layer.name for layer in planned(text).layers] == ["functional", "functional_1"]


def test_the_name_beside_a_model_is_its_name(planned):
    text = "input: [5, 8]\nlayers: [{model: {name: a, input: [5, 8], layers: [GRU: 3]}, name: b}]"
    assert [layer.name for layer in planned(text).layers] == ["b"]


@pytest.mark.parametrize(
    ("setting", "units"),
    [("td.layer.dense.units=7", 7), ("td.layer.inner.gru.units=7", None)],
)
def test_a_setting_reaches_into_a_wrapped_model(setting, units):
    text = (
        "input: [4, 5, 8]\nlayers: [{TimeDistributed: {model: {input: [5, 8], layers: [{model: "
        "{input: [5, 8], layers: [GRU: 3]}, name: inner}, Dense: 3]}}, name: td}]"
    )
    report = plan(override(parse(Source("a.yaml", text)), [setting]))
    (model,) = report.layers[0].layers
    inner, dense = model.layers
    assert dense.outputs[0].shape == (1, units or 3)
    assert inner.outputs[0].shape == (1, 3 if units else 7)


@pytest.mark.parametrize("key", ["version: 1", "batch: 3", "length: 5", "decode: {input: input}"])
def test_a_model_in_place_has_no_key_of_a_whole_config(key, problems_of):
    text = f"input: [5, 8]\nlayers:\n  - model:\n      {key}\n      input: [5, 8]\n      layers: [GRU: 3]\n"
    (problem,) = problems_of(text)
    assert (problem.code, problem.line) == ("unknown-key", 4)
    assert problems_of(applied(text, problem.edits)) == []


@pytest.mark.parametrize("missing", ["input", "layers"])
def test_a_model_in_place_has_an_input_and_layers(missing, problems_of):
    inner = {"input": "input: [5, 8]", "layers": "layers: [GRU: 3]"}
    del inner[missing]
    (problem,) = problems_of(f"input: [5, 8]\nlayers: [{{model: {{{inner.popitem()[1]}}}}}]")
    assert problem.code == "missing-key"
    assert problem.message in (f"this model has no {missing}",)


OUTSIDE = "is outside of this model, and nothing inside reads it"


@pytest.mark.parametrize(
    "text",
    [
        "model: {input: [5, 3], layers: [{LSTM: 2, from: before}]}",
        "model: {input: [5, 3], layers: [{LSTM: 2, from: named}]}",
        "TimeDistributed: {model: {input: [3], layers: [{Dense: 2, from: before}]}}",
        "model: {input: [5, 3], layers: [{model: {input: [5, 3], layers: [{GRU: 2, from: before}]}}]}",
        "model: {input: [5, 3], layers: [LSTM: {units: 2, return_state: true}], outputs: [before]}",
    ],
)
def test_nothing_inside_reads_what_is_outside(text, problems_of):
    beside = "{Dense: 3, name: before}, {Dense: 3, name: named}"
    problems = problems_of(f"inputs: {{x: [5, 8]}}\nlayers: [{beside}, {{{text}}}]")
    (problem,) = [problem for problem in problems if problem.code == "bad-reference"]
    assert OUTSIDE in problem.message
    assert "inputs of this model" in problem.fix


def test_a_file_that_is_included_knows_nothing_of_names_outside(tmp_path):
    (tmp_path / "step.yaml").write_text("input: [5, 8]\nlayers: [{GRU: 3, from: before}]\n")
    (tmp_path / "a.yaml").write_text(
        "input: [5, 8]\nlayers: [{Dense: 8, name: before}, include: step.yaml]"
    )
    (problem,) = plan(parse(read(str(tmp_path / "a.yaml")))).problems
    assert problem.message == "nothing before this is named before"


@pytest.mark.parametrize("value", ["5", "[a, b]", "encoder.yaml", "", "{}"])
def test_what_is_no_model_is_told(value, problems_of):
    (problem,) = problems_of(f"input: [5, 8]\nlayers:\n  - model: {value}\n")
    assert problem.code == "bad-include"
    assert ("include: encoder.yaml" in problem.fix) == (value == "encoder.yaml")


def test_the_fix_of_a_wrapper_does_not_write_the_model_again(problems_of):
    (problem,) = problems_of(
        "input: [8]\nlayers: [TimeDistributed: {model: {input: [8], layers: [Dense: 3]}}]"
    )
    assert problem.code == "wrong-rank"
    assert not problem.edits
    assert "KerasObject" not in problem.fix
