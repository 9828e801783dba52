"""The lines of facts: one for each kind, five at most, and few names in each."""

from __future__ import annotations

from types import SimpleNamespace
from typing import get_args

import msgspec

from rnncli.formats.sections.facts import lines
from rnncli.report.facts import Fact, FactKind


def report_of(*pairs):
    facts = tuple(Fact(kind=kind, layer=layer, largest_difference=0.0) for kind, layer in pairs)
    return SimpleNamespace(facts=facts or msgspec.UNSET)


def test_no_facts():
    assert lines(report_of()) == []


def test_the_layers_of_a_kind_share_a_line():
    names = [("no-dropout", f"dropout_{number}") for number in range(5)]
    assert lines(report_of(("dense-of-steps", "dense"), *names)) == [
        "dense: Dense after a sequence equals TimeDistributed(Dense).",
        "dropout_0, dropout_1, dropout_2 and 2 more: dropout does nothing outside training.",
    ]


def test_at_most_five_lines():
    kinds = get_args(FactKind)
    assert len(kinds) > 5
    shown = lines(report_of(*((kind, "a") for kind in kinds)))
    assert len(shown) == 5
    for kind in kinds:
        assert len(lines(report_of((kind, "a")))) == 1
