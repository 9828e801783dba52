"""Lengths that are not known: which are independent, and what depends on them."""

from __future__ import annotations

import json

import pytest

from rnncli.config import parse
from rnncli.planning import steps
from rnncli.planning.plan import plan
from rnncli.problems import ConfigError, Source


def planned(inputs, layers, length=None):
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


def tied(count, length=None):
    inputs = {f"x{number}": [None, 4] for number in range(count)}
    return planned(inputs, [{"Add": {}, "name": "sum", "from": [*inputs]}], length)


@pytest.mark.parametrize("count", [3, 4, 10])
def test_lengths_of_many_inputs_that_must_be_equal_are_one(count):
    report = tied(count)
    names = tuple(each.name for each in report.inputs)
    assert [(each.letter, each.inputs) for each in report.lengths] == [("T", names)]
    assert report.layers[0].outputs[0].letters == ()
    assert not report.problems


def test_lengths_that_are_tied_in_any_order_are_one():
    inputs = {name: [None, 4] for name in "abcd"}
    pairs = [("a", "b"), ("c", "d"), ("b", "d")]
    report = planned(inputs, [{"Add": {}, "from": [*pair]} for pair in pairs])
    assert [(each.letter, each.inputs) for each in report.lengths] == [("T", tuple("abcd"))]


def test_a_length_given_for_one_of_them_is_that_of_all():
    report = tied(3, {"x1": 5})
    assert [each.filled for each in report.inputs] == [(1, 5, 4)] * 3
    assert [(each.size, each.chosen) for each in report.lengths] == [(5, False)]


def test_different_lengths_for_them_are_refused_where_they_were_given():
    (told,) = tied(3, {"x0": 5, "x1": 6, "x2": 7}).problems
    assert (told.code, told.file, told.layer) == ("bad-length", "--length", "sum")
    assert "x0 = 5, x1 = 6, x2 = 7" in told.message
    assert not tied(3, 5).problems
    assert told.fix.startswith("--length 5 ")


def test_a_length_of_1_stretches_and_is_tied_to_none():
    report = tied(2, {"x0": 1, "x1": 7})
    assert not report.problems
    assert [(each.letter, each.size) for each in report.lengths] == [("T", 1), ("S", 7)]
    assert report.layers[0].outputs[0].letters == ("S",)
    assert len(tied(2, 1).lengths) == 1


def test_one_length_may_follow_from_another():
    report = planned(
        {"a": [None, 4], "b": [None, 4]},
        [
            {"Cropping1D": [0, 3], "name": "cut", "from": "a"},
            {"Add": {}, "name": "sum", "from": ["cut", "b"]},
        ],
    )
    assert [(each.letter, each.inputs) for each in report.lengths] == [("T", ("a",))]
    assert report.inputs[1].letters == ("T−3",)
    assert report.inputs[1].filled == (1, 7, 4)
    assert shown(report)["sum"] == ("T−3",)


@pytest.mark.parametrize("length", [10, {f"x{number}": 10 + number % 3 for number in range(100)}])
def test_every_layer_is_planned_a_few_times_however_many_lengths_there_are(length, monkeypatch):
    """Once with the lengths unknown, once with numbers, and once more where those are given."""
    counted = []
    lstm = steps.RULES["LSTM"]
    rules = {**steps.RULES, "LSTM": lambda call: counted.append(call.layer.name) or lstm(call)}
    monkeypatch.setattr(steps, "RULES", rules)
    inputs = {f"x{number}": [None, 4] for number in range(100)}
    layers = [{"LSTM": 2, "name": f"lstm_{name}", "from": name} for name in inputs]
    report = planned(
        inputs, [*layers, {"Add": {}, "from": [each["name"] for each in layers]}], length
    )
    assert len(report.lengths) == 100
    assert len(counted) <= 3 * len(layers)
