"""Totals over their limits, and growth beyond what is allowed."""

from __future__ import annotations

from fractions import Fraction

import pytest

import rnncli
from rnncli.analysis.budgets import cost, over_budget
from rnncli.analysis.growth import growth_problem

SMALL = "input: [5, 8]\nlayers:\n  - LSTM: 32\n  - Dense: 10\n"
UNKNOWN = "input: [5, 8]\nlayers:\n  - custom: {class: A, output: [4]}\n    name: a\n  - Dense: 3\n"
TOTALS = ("params", "macs", "weight_bytes", "activation_bytes")


def planned(text):
    return rnncli.plan(rnncli.load(text))


@pytest.mark.parametrize("name", TOTALS)
def test_the_limit_itself_is_within(name):
    report = planned(SMALL)
    total = getattr(report.totals, name)
    assert [*over_budget(report, {name: total})] == []
    (excess,) = over_budget(report, {name: total - 1})
    assert (excess.name, excess.total, excess.limit) == (name, total, total - 1)
    assert sum(cost for _, cost in excess.costs) == total
    costs = [cost for _, cost in excess.costs]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] == cost(excess.costs[0][0], name)


def test_what_is_not_known_is_never_within():
    report = planned(UNKNOWN)
    (excess,) = over_budget(report, {"params": 10**9, "macs": 10**9})
    assert (excess.name, excess.total) == ("macs", None)
    assert [layer.name for layer, _ in excess.costs] == ["a"]


def grown(before, after, percent):
    return growth_problem(
        rnncli.diff(rnncli.load(before), rnncli.load(after)), Fraction(percent, 100)
    )


def test_growth_is_exact():
    dense = "input: [9]\nlayers:\n  - Dense: {{units: {}, use_bias: false}}\n"
    before, after = dense.format(100), dense.format(105)
    assert grown(before, after, 5) is None
    problem = grown(before, dense.format(106), 5)
    assert problem.code == "over-growth"
    assert problem.severity == "error"
    assert "parameters +6 % to 954" in problem.message
    assert "dense +54" in problem.message
    assert grown(after, before, 0) is None


def test_growth_of_what_is_not_known():
    assert "MACs not known in both" in grown(SMALL, UNKNOWN, 1000).message
    assert "MACs not known in both" in grown(UNKNOWN, SMALL, 10_000).message
    assert grown(UNKNOWN, UNKNOWN, 0) is None
    assert grown(UNKNOWN, UNKNOWN.replace("Dense: 3", "Dense: 4"), 1000) is not None
