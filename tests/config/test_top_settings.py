"""``--set`` of the keys of a config: ``input``, ``inputs``, ``batch`` and ``name``."""

from __future__ import annotations

import shlex

import pytest

from rnncli.config import override, parse, read
from rnncli.planning.plan import plan
from rnncli.problems import ConfigError, Source

ONE = """\
input: {shape: [7], dtype: int64, below: 50}
layers:
  - Embedding: {input_dim: 100, output_dim: 3}
"""
SEVERAL = """\
inputs: {source: [null, 8], target: {shape: [7, 8], dtype: float64}}
layers:
  - Concatenate: {axis: 1}
    from: [source, target]
"""
INNER = "input: [null, 8]\nlayers: [LSTM: 3]\n"
OUTER = "input: [6, 4]\nlayers:\n  - include: inner.yaml\n    name: encoder\n"


def planned(text, *settings):
    return plan(override(parse(Source("a.yaml", text)), settings))


def inputs(report):
    return {tensor.name: (tensor.shape, tensor.dtype) for tensor in report.inputs}


def refused(text, setting):
    with pytest.raises(ConfigError) as refusal:
        planned(text, setting)
    (problem,) = refusal.value.problems
    assert (problem.code, problem.file, problem.edits) == ("bad-set", "--set", ())
    return problem


@pytest.mark.parametrize(
    ("setting", "edited"),
    [
        ("input=[9]", ONE.replace("[7]", "[9]")),
        ("input=[null]", ONE.replace("[7]", "[null]")),
        ("input.shape=[9]", ONE.replace("[7]", "[9]")),
        ("inputs.input=[9]", ONE.replace("[7]", "[9]")),
        ("inputs={input: [9]}", ONE.replace("[7]", "[9]")),
        ("input.dtype=int32", ONE.replace("int64", "int32")),
        ("inputs.input.dtype=int32", ONE.replace("int64", "int32")),
        ("input={shape: [9], dtype: int32}", ONE.replace("[7]", "[9]").replace("int64", "int32")),
        ("batch=4", f"batch: 4\n{ONE}"),
        ("name=small", f"name: small\n{ONE}"),
        ("name=3", f'name: "3"\n{ONE}'),
    ],
)
def test_a_setting_of_a_key_is_an_edit_of_the_file(setting, edited):
    expected = planned(edited)
    changed = planned(ONE if "name" in setting else f"name: a\n{ONE}", setting)
    assert changed.problems == expected.problems == ()
    assert inputs(changed) == inputs(expected)
    assert (changed.batch, changed.totals) == (expected.batch, expected.totals)
    assert changed.name == expected.name or "name" not in setting
    original = planned(ONE)
    assert (inputs(changed), changed.batch, changed.name) != (
        inputs(original),
        original.batch,
        original.name,
    )


def test_below_bounds_the_ids_that_are_drawn():
    from rnncli.model.binding import bind

    spec = override(parse(Source("a.yaml", ONE)), ["input.below=20"])
    assert bind(spec).inputs[0].below == 20


def test_each_of_several_inputs_is_set_by_its_name():
    report = planned(SEVERAL, "inputs.source=[12,8]", "inputs.target.shape=[9,8]")
    assert inputs(report) == {"source": ((1, 12, 8), "float32"), "target": ((1, 9, 8), "float64")}
    assert planned(SEVERAL, "inputs={source: [12,8], target: [9,8]}").inputs == report.inputs


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("input=[12,8]", "several inputs: source, target"),
        ("input.dtype=int32", "several inputs: source, target"),
        ("inputs=[12,8]", "several inputs: source, target"),
        ("source=[12,8]", "source is an input"),
        ("source.dtype=int32", "source is an input"),
        ("inputs.source.dtpe=int32", "an input has no dtpe"),
        ("inputs.source=12 8", "a shape is a list"),
        ("inputs.source=8", "a shape is a list"),
        ("inputs.source=long", "a shape is a list"),
        ("inputs.source=[-1, 8]", "at least size 0"),
        ("inputs.source.dtype=3", "a dtype is a word"),
        ("inputs.source.below=0", "below is a positive integer"),
        ("batch=0", "batch must be a positive integer"),
        ("batch=four", "batch must be a positive integer"),
        ("batch.source=4", "batch has no source"),
        ("name=[a]", "name must be a word"),
    ],
)
def test_the_fix_of_a_wrong_setting_is_one_that_works(setting, message):
    problem = refused(SEVERAL, setting)
    assert message in problem.message
    option, fixed = shlex.split(problem.fix)
    assert option == "--set"
    planned(SEVERAL, fixed)


@pytest.mark.parametrize(
    ("setting", "fix"),
    [
        ("inputs.sorce=[12,8]", "did you mean source?"),
        ("inputs.other=[12,8]", "the inputs are source, target"),
        ("inputs={other: [12,8]}", "the inputs are source, target"),
        ("bacth=4", "did you mean batch?"),
        ("decode.steps=4", "change it in the config"),
        ("units=4", "the layers are concatenate"),
        ("batch=", "write a value, or null for none"),
    ],
)
def test_a_setting_of_what_is_not_there_names_what_is(setting, fix):
    assert refused(SEVERAL, setting).fix == fix


def test_a_wrong_axis_is_underlined():
    problem = refused(SEVERAL, "inputs.source=[a, 8]")
    assert problem.excerpt.text == "inputs.source=[a, 8]"
    assert problem.excerpt.text[problem.column - 1] == "a"


def test_null_is_a_value():
    text = "input: [5, 8]\nlayers: [Dense: {units: 3, activation: relu}]\n"
    assert planned(text, "dense.activation=null").problems == ()


def test_a_layer_named_like_a_key_wins():
    text = "inputs: {x: [5, 8]}\nlayers:\n  - LSTM: 3\n    name: input\n"
    assert planned(text, "input.units=4").layers[0].outputs[0].shape == (1, 4)
    assert "input is a layer of this model" in refused(text, "input=[10,8]").message


def test_a_setting_that_does_not_fit_the_layers_is_told_at_its_place():
    (problem,) = planned("input: [5, 8]\nlayers: [LSTM: 3]\n", "input=[5]").problems
    assert (problem.code, problem.file, problem.edits) == ("no-sequence", "--set", ())


@pytest.fixture
def outer(tmp_path):
    (tmp_path / "inner.yaml").write_text(INNER)
    (tmp_path / "outer.yaml").write_text(OUTER)
    return parse(read(str(tmp_path / "outer.yaml")))


def test_the_input_of_an_included_model_is_set_through_its_name(outer):
    assert [problem.code for problem in plan(outer).problems] == ["include-misfit"]
    report = plan(override(outer, ["encoder.input=[null,4]"]))
    assert report.problems == ()
    assert report.totals.params == 4 * 3 * (4 + 3 + 1)


@pytest.mark.parametrize(
    ("setting", "fix"),
    [
        ("encoder.batch=4", "set it there: --set batch=…"),
        ("encoder.length.input=4", "set it there: --set length=…"),
        ("encoder.input=8", '--set "encoder.input=[8]"'),
        ("encoder.units=8", "the layers are lstm"),
    ],
)
def test_an_included_model_has_no_batch_and_no_length_of_its_own(outer, setting, fix):
    with pytest.raises(ConfigError) as refusal:
        plan(override(outer, [setting]))
    assert [problem.fix for problem in refusal.value.problems] == [fix]


def test_a_key_for_editors_is_no_problem(problems_of):
    text = "$schema: rnncli.schema.json\ninput: [5, 8]\nlayers: [Flatten]\n"
    assert problems_of(text) == []
    inner = "input: [5, 8]\nlayers:\n  - model: {$schema: a, input: [5, 8], layers: [Flatten]}\n"
    assert [problem.code for problem in problems_of(inner)] == ["unknown-key"]
