"""A plan over its budget: what it says, and that its fix works."""

from __future__ import annotations

import re

import pytest

import rnncli
from rnncli.config.edits import applied
from rnncli.problems import errors

STACKED = """\
input: [5, 8]
layers:
  - Embedding: {input_dim: 500, output_dim: 16}
  - Bidirectional: {LSTM: {units: 64, return_sequences: true}}
  - LSTM: 32
  - Dense: 10
"""
TOTALS = ("params", "macs", "weight_bytes", "activation_bytes")
IDS = STACKED.replace("[5, 8]", "[5]")


def over(text):
    report = rnncli.plan(rnncli.load(text))
    return report, [found for found in report.problems if found.code == "over-budget"]


@pytest.mark.parametrize("name", TOTALS)
@pytest.mark.parametrize("part", [0.3, 0.6, 0.99])
def test_the_fix_keeps_to_the_budget_and_no_larger_value_does(name, part):
    total = getattr(over(IDS)[0].totals, name)
    text = f"{IDS}budget: {{{name}: {int(total * part)}}}\n"
    report, (problem,) = over(text)
    assert getattr(report.totals, name) == total
    assert f"{total:,}" in problem.message
    assert problem.line == 7
    if not problem.edits:
        # No argument of one layer alone is enough.
        assert "doubling" in problem.fix
        return
    mended = applied(text, problem.edits)
    assert over(mended)[1] == []
    argument, value = re.search(r"set (\w+): (\d+)", problem.fix).groups()
    one_more = re.sub(rf"{argument}: {value}\b", f"{argument}: {int(value) + 1}", mended)
    one_more = re.sub(rf"LSTM: {value}\b", f"LSTM: {int(value) + 1}", one_more)
    assert one_more != mended
    assert over(one_more)[1] != []


def test_how_the_total_grows_is_measured():
    _, (problem,) = over(f"{IDS}budget: {{params: 10K}}\n")
    factors = dict(re.findall(r"([\w.]+) ×([\d.]+)", problem.fix))
    assert factors
    before = rnncli.plan(rnncli.load(IDS)).totals.params
    for path, factor in factors.items():
        value = {
            "embedding.input_dim": 500,
            "embedding.output_dim": 16,
            "bidirectional.layer.units": 64,
            "lstm_1.units": 32,
            "dense.units": 10,
        }[path]
        after = rnncli.sweep(rnncli.load(IDS), {path: [2 * value]}).variants[0].params
        assert float(factor) == pytest.approx(after / before, rel=0.01)


def test_the_size_of_a_vocabulary_and_of_the_output_are_no_choice():
    text = "input: [5]\nlayers:\n  - Embedding: {input_dim: 500, output_dim: 4}\n  - Flatten\n  - Dense: 900\n"
    _, (problem,) = over(f"{text}budget: {{params: 19_000}}\n")
    assert "set output_dim: 3 on embedding" in problem.fix


def test_a_model_over_its_budget_can_be_used():
    report, (problem,) = over(f"{IDS}budget: {{params: 10}}\n")
    assert problem.severity == "error"
    assert errors(report.problems) == []
    assert "LSTM" in str(rnncli.convert(rnncli.load(f"{IDS}budget: {{params: 10}}\n"), "py").files)


def test_what_is_not_known_is_named():
    text = "input: [5, 8]\nlayers:\n  - {custom: {class: A, output: [4]}, name: mine}\nbudget: {macs: 1T}\n"
    _, (problem,) = over(text)
    assert "mine (A)" in problem.message


def test_a_model_with_errors_has_no_verdict():
    text = f"{STACKED}budget: {{params: 1}}\n"
    report = rnncli.plan(rnncli.load(text.replace("LSTM: 32", "LSTM: zero")))
    assert "over-budget" not in [found.code for found in report.problems]


def test_limits_of_the_library():
    spec = rnncli.with_budget(rnncli.load(IDS), params="10K", macs=10**9)
    (problem,) = rnncli.plan(spec).problems[-1:]
    assert (problem.code, problem.file) == ("over-budget", "<text>")
    assert "--max-params" in problem.message
    for limits in ({"params": "2m"}, {"parameters": 2}, {"macs": 0}):
        with pytest.raises(ValueError, match=r"2M|it has params|above 0"):
            rnncli.with_budget(spec, **limits)


def test_a_budget_is_written_again(tmp_path):
    written = rnncli.convert(
        rnncli.load(f"{IDS}budget: {{params: 2M, weight_bytes: 8MiB}}\n"), "yaml"
    )
    (text,) = written.files.values()
    again = rnncli.load(text.decode())
    assert {name: limit.amount for name, limit in again.budget.limits.items()} == {
        "params": 2_000_000, "weight_bytes": 8 * 2**20,
    }  # fmt: skip
