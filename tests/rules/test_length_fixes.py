"""Every fix of tensors that differ in length, applied, makes a model that plans and runs."""

from __future__ import annotations

import copy
import json
import re

import pytest
import yaml

import rnncli as library
from rnncli.config import parse
from rnncli.planning.plan import plan
from rnncli.problems import Source


def layer(cls, arguments, name, *sources):
    return {cls: arguments, "name": name, **({"from": [*sources]} if sources else {})}


def conv(name, *sources, **more):
    return layer("Conv1D", {"filters": 4, "kernel_size": 3, **more}, name, *sources)


ADD = layer("Add", {}, "sum", "short", "x")
BESIDE = layer("Concatenate", {}, "sum", "short", "x")
CASES = {
    "padding valid": ([conv("short", "x"), ADD], ["set padding: same on short", "Cropping1D: [0, 2]"]),
    "beside each other": ([conv("short", "x"), BESIDE],
                          ["set padding: same on short", "Cropping1D: [0, 2]", "axis: 1"]),
    "padding causal and dilation": ([conv("short", "x", dilation_rate=4), ADD],
                                    ["set padding: same on short", "Cropping1D: [0, 8]"]),
    "a layer between": ([conv("window", "x"), layer("Dense", 4, "short", "window"), ADD],
                        ["set padding: same on window", "Cropping1D: [0, 2]"]),
    "two windows": ([conv("window", "x"), conv("short", "window"), ADD], ["Cropping1D: [0, 4]"]),
    "strides": ([conv("short", "x", strides=2, padding="same"), ADD],
                ["set strides: 1 on short", "MaxPooling1D: {pool_size: 2, padding: same}"]),
    "strides without padding": ([conv("short", "x", strides=2), ADD],
                                ["set strides: 1 and padding: same on short"]),
    "pooling": ([layer("MaxPooling1D", 2, "short", "x"), ADD],
                ["set strides: 1 and padding: same on short", "MaxPooling1D: 2"]),
    "strides twice": ([conv("half", "x", strides=2, padding="same"),
                       conv("short", "half", strides=2, padding="same"), ADD],
                      ["MaxPooling1D: {pool_size: 4, padding: same}"]),
    "cropping": ([layer("Cropping1D", [1, 2], "short", "x"), ADD], ["Cropping1D: [0, 3]"]),
    "one of three": ([conv("short", "x"), layer("Dense", 4, "wide", "x"),
                      layer("Add", {}, "sum", "short", "x", "wide")],
                     ["set padding: same on short", "ZeroPadding1D: [0, 2]"]),
    "one longer than two": ([conv("short", "x"), layer("Dense", 4, "again", "short"),
                             layer("Add", {}, "sum", "short", "again", "x")],
                            ["Cropping1D: [0, 2]"]),
}  # fmt: skip
SHAPES = {"unknown": [None, 4], "known": [12, 4]}
ROWS = [(length, name) for length in SHAPES for name in CASES]


def config(name, length):
    return {"inputs": {"x": SHAPES[length]}, "layers": copy.deepcopy(CASES[name][0])}


def spec(written):
    return parse(Source("a.yaml", json.dumps(written)))


def applied(written, fix):
    """A config with one of the changes that a fix offers."""
    layers = {each["name"]: each for each in written["layers"]}

    def change(name, settings):
        cls = next(key for key in layers[name] if key[0].isupper())
        before = layers[name][cls]
        first = {"MaxPooling1D": "pool_size", "Concatenate": "axis"}.get(cls)
        before = before if isinstance(before, dict) else {first: before}
        layers[name][cls] = {
            **before,
            **yaml.safe_load("{" + settings.replace(" and ", ", ") + "}"),
        }

    if found := re.fullmatch(r"set axis: 1 to join them in time", fix):
        change("sum", "axis: 1")
    elif found := re.fullmatch(r"set (.+) on (\w+) \(line \d+\)", fix):
        change(found[2], found[1])
    else:
        found = re.fullmatch(r"put (.+) between (\w+) and (\w+)", fix)
        assert found, fix
        between = {**yaml.safe_load(found[1]), "name": "between", "from": found[2]}
        place = written["layers"].index(layers[found[3]])
        written["layers"].insert(place, between)
        sources = layers[found[3]]["from"]
        sources[sources.index(found[2])] = "between"
    return written


def fixes(name, length):
    (told,) = plan(spec(config(name, length))).problems
    assert (told.code, told.layer) == ("shape-mismatch", "sum")
    return told, told.fix.split(", or ")


@pytest.mark.parametrize(("length", "name"), ROWS)
def test_a_difference_in_time_is_mended_in_time(length, name):
    told, offered = fixes(name, length)
    assert "Dense" not in told.fix
    if length == "unknown":
        assert "T" in told.message
        assert not re.search(r"\(1, \d", told.message)
        for wanted in CASES[name][1]:
            assert [each for each in offered if wanted in each], wanted
    for fix in offered:
        assert plan(spec(applied(config(name, length), fix))).problems == (), fix


@pytest.mark.parametrize(("length", "name"), [row for row in ROWS if row[0] == "unknown"])
def test_keras_runs_what_is_mended(length, name, keras):
    _, offered = fixes(name, length)
    for fix in offered:
        assert library.build(spec(applied(config(name, length), fix))).agreement.agrees, fix


def test_a_difference_in_width_is_mended_by_a_dense():
    layers = [layer("Dense", 5, "short", "x"), ADD]
    (told,) = plan(spec({"inputs": {"x": [None, 4]}, "layers": layers})).problems
    assert told.fix == "project them to the same size with a Dense"


def test_a_difference_in_both_is_mended_by_both():
    layers = [conv("short", "x", filters=5), ADD]
    (told,) = plan(spec({"inputs": {"x": [None, 4]}, "layers": layers})).problems
    assert "padding: same" in told.fix
    assert told.fix.endswith("; and project them to the same size with a Dense")


def test_images_that_differ_in_size():
    layers = [
        {"Conv2D": {"filters": 3, "kernel_size": 3}, "name": "short", "from": "x"},
        layer("Add", {}, "sum", "short", "x"),
    ]
    model = {"inputs": {"x": [None, None, 3]}, "layers": layers}
    (told,) = plan(spec(model)).problems
    assert told.fix == "set padding: same on short (line 1)"
    layers[0]["Conv2D"]["padding"] = "same"
    assert plan(spec(model)).problems == ()
