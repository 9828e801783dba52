"""The totals of variants are those of the plan of each, made by itself."""

from __future__ import annotations

import itertools

import pytest

import rnncli
from rnncli.config import override
from rnncli.model.binding import bind
from rnncli.planning.plan import plan
from rnncli.planning.planned_totals import planned_totals
from rnncli.planning.steps import ModelEvaluator
from rnncli.planning.swept import Variants, plan_variants
from rnncli.problems import ConfigError, errors
from tests.conftest import ROOT

CONFIGS = sorted((ROOT / "configs").rglob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_totals_are_those_of_the_records(path):
    spec = rnncli.load(path)
    report = plan(spec)
    model = bind(spec)
    evaluator = ModelEvaluator(model, report.batch)
    shapes = [tuple(tensor.actual[1:]) for tensor in report.inputs]
    assert planned_totals(evaluator.concrete(shapes).layers) == report.totals


@pytest.mark.parametrize("text", [
    "input: [5, 8]\nlayers: [{Dense: 3, name: a}, {use: a, from: input}]",
    "input: [5, 8]\nlayers: [{custom: {class: A, output: [4], weights: {W: [3, 4]}}, name: a}]",
    "input: [5, 8]\nlayers: [{TimeDistributed: {model: {input: [8], layers: [{Dense: 3}]}}}]",
    "input: [5, 8]\nlayers: [{Dense: {units: 3, dtype: mixed_float16}}, BatchNormalization]",
    "input: {shape: [3], dtype: string}\nlayers: [{StringLookup: {vocabulary: [a, b]}}]",
])  # fmt: skip
def test_totals_of_what_is_rare(text):
    spec = rnncli.load(f"{text}\n")
    report = plan(spec)
    assert not errors(report.problems)
    evaluator = ModelEvaluator(bind(spec), 1)
    assert planned_totals(evaluator.symbolic().layers) == report.totals


SWEEPS = {
    "two layers": ("stacked", {"lstm.units": "32 64", "lstm_2.units": "1 3"}),
    "one layer": ("stacked", {"lstm.units": "32 64", "lstm.use_bias": "true false"}),
    "an error": ("stacked", {"lstm.return_sequences": "true false", "dense.units": "3 4"}),
    "a wrong value": ("stacked", {"lstm.units": "0 3", "dense.units": "3 -1"}),
    "keys": ("many_to_one", {"input": "[5,8] [9,2]", "batch": "1 4", "lstm.units": "3 4"}),
    "lengths": ("seq2seq", {"length": "3 9", "encoder.units": "32 64", "decoder.units": "32 64"}),
    "a block": ("residual_stack", {"batch": "1 2"}),
    "a shared layer": ("siamese", {"encode.units": "8 16", "embed.output_dim": "3 4"}),
    "an include": ("include/seq2seq", {"encoder.lstm.units": "16 32", "decoder.units": "16 32"}),
    "a wrapper": ("seq2seq_bidirectional", {"encoder.layer.units": "32 64"}),
    "names": ("stacked", {"name": "a b", "lstm.return_state": "true false"}),
}  # fmt: skip


@pytest.mark.parametrize("name", SWEEPS)
def test_each_variant_is_as_planned_by_itself(name):
    config, settings = SWEEPS[name]
    spec = rnncli.load(ROOT / "configs" / f"{config}.yaml")
    grid = [*itertools.product(*[values.split() for values in settings.values()])]
    found = plan_variants(spec, [*settings], grid)
    assert len(found) == len(grid)
    for values, variant in zip(grid, found, strict=True):
        report = override_all(spec, dict(zip(settings, values, strict=True)))
        faults = tuple(errors(report.problems))
        assert variant.problems == faults
        assert variant.totals == (None if faults else report.totals)


def override_all(spec, settings):
    return plan(override(spec, [f"{path}={value}" for path, value in settings.items()]))


def test_a_setting_that_leads_nowhere_is_no_variant():
    spec = rnncli.load(ROOT / "configs/stacked.yaml")
    for path, value in (("nothing.units", "3"), ("batch", "0"), ("lstm.units", "[1")):
        with pytest.raises(ConfigError):
            plan_variants(spec, [path], [(value,)])


def test_the_batch_and_the_length_of_the_call():
    spec = rnncli.load(ROOT / "configs/seq2seq.yaml")
    (found,) = plan_variants(spec, ["batch"], [("2",)], batch=3, length=17)
    assert found.totals == plan(spec, 3, 17).totals


@pytest.mark.parametrize("name", ["two layers", "one layer", "keys", "a shared layer", "names"])
def test_variants_without_errors_are_not_read_again(name, monkeypatch):
    """What makes a sweep of thousands fast."""
    monkeypatch.setattr(Variants, "_of_spec", lambda *_: pytest.fail("planned from its config"))
    config, settings = SWEEPS[name]
    spec = rnncli.load(ROOT / "configs" / f"{config}.yaml")
    grid = [*itertools.product(*[values.split() for values in settings.values()])]
    assert len(plan_variants(spec, [*settings], grid)) == len(grid)
