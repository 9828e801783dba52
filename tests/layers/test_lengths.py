"""Lengths that are not known: which are independent, and what depends on them."""

from __future__ import annotations

import json

import pytest

from rnncli.config import parse
from rnncli.planning import plan
from rnncli.problems import ConfigError, Source


def planned(inputs, layers, length=10):
    text = json.dumps({"inputs": inputs, "layers": layers})
    return plan(parse(Source("a.yaml", text)), length=length)


def shown(report):
    return {each.name: each.outputs[0].letters for each in report.layers}


def test_each_length_has_its_own_letter_and_they_meet():
    report = planned(
        {"source": [None, 4], "target": [None, 4]},
        [
            {"Dense": 4, "name": "s", "from": "source"},
            {"Dense": 4, "name": "t", "from": "target"},
            {"Concatenate": {"axis": 1}, "name": "both", "from": ["s", "t"]},
            {"Dot": {"axes": 2}, "name": "scores", "from": ["t", "s"]},
            {"Attention": {}, "name": "found", "from": ["t", "s"]},
        ],
    )
    assert [(each.letter, each.inputs, each.size) for each in report.lengths] == [
        ("S", ("source",), 10),
        ("T", ("target",), 10),
    ]
    assert [each.letters for each in report.inputs] == [("S",), ("T",)]
    assert shown(report) == {
        "s": ("S",), "t": ("T",), "both": ("S+T",), "scores": ("T", "S"), "found": ("T",),
    }  # fmt: skip


def test_lengths_that_must_be_equal_are_one():
    report = planned(
        {"a": [None, 4], "b": [None, 4]}, [{"Add": {}, "name": "sum", "from": ["a", "b"]}]
    )
    assert [(each.letter, each.inputs) for each in report.lengths] == [("T", ("a", "b"))]
    assert not report.problems


def test_each_input_may_have_its_own_length():
    report = planned(
        {"source": [None, 4], "target": [None, 4]},
        [
            {"LSTM": 2, "name": "s", "from": "source"},
            {"LSTM": 2, "name": "t", "from": "target"},
            {"Add": {}, "from": ["s", "t"]},
        ],
        {"source": 12, "target": 7},
    )
    assert [each.macs for each in report.layers[:2]] == [12 * 48, 7 * 48]
    assert report.length is None


def test_one_length_is_t():
    report = planned({"words": [None, 4]}, [{"LSTM": 2}])
    assert [(each.letter, each.size) for each in report.lengths] == [("T", 10)]
    assert report.length == 10


def test_a_length_of_what_is_no_input_is_told():
    with pytest.raises(ConfigError, match="no input is named sorce"):
        planned({"source": [None, 4]}, [{"LSTM": 2}], {"sorce": 3})
