"""``rnncli.load`` of a path, a text and a dict; the numbers that ``plan`` takes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import rnncli
from rnncli.problems import ConfigError
from tests.conftest import ROOT

TEXT = (
    "input: [5, 8]\nlayers:\n  - LSTM: 3\n  - Dense: {units: 2, activation: null}\n    name: out\n"
)
CONFIG = {
    "input": [5, 8],
    "layers": [{"LSTM": 3}, {"Dense": {"units": 2, "activation": None}, "name": "out"}],
}


def problems(config):
    try:
        return list(rnncli.plan(rnncli.load(config)).problems)
    except ConfigError as error:
        return list(error.problems)


@pytest.mark.parametrize(
    ("config", "source"),
    [
        (TEXT, "<text>"),
        (TEXT.replace("\n", "\r\n"), "<text>"),
        ("\ufeff" + TEXT, "<text>"),
        ("{input: [5, 8], layers: [LSTM: 3, {Dense: 2, name: out}]}", "<text>"),
        (' {"input": [5, 8], "layers": [{"LSTM": 3}, {"Dense": 2, "name": "out"}]}', "<text>"),
        (CONFIG, "<dict>"),
        ({"input": (5, 8), "layers": ({"LSTM": 3}, {"Dense": 2, "name": "out"})}, "<dict>"),
    ],
)
def test_a_config_is_read_from_a_text_or_a_dict(config, source):
    report = rnncli.plan(rnncli.load(config))
    assert (report.source, report.name, report.problems) == (source, "model", ())
    assert [layer.name for layer in report.layers] == ["lstm", "out"]
    assert report.totals.params == 144 + 8


@pytest.mark.parametrize("path", ["configs/stacked.yaml", Path("configs/stacked.yaml")])
def test_any_other_string_is_a_path(path, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert rnncli.plan(rnncli.load(path)).source == "configs/stacked.yaml"


@pytest.mark.parametrize("path", sorted((ROOT / "configs").rglob("*.yaml")), ids=lambda p: p.stem)
def test_a_dict_is_planned_as_the_file_that_it_comes_from(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    expected = rnncli.plan(rnncli.load(path.name))
    for config in (path.read_text(), yaml.safe_load(path.read_text())):
        report = rnncli.plan(rnncli.load(config))
        assert report.problems == expected.problems
        assert (report.inputs, report.totals) == (expected.inputs, expected.totals)
        # A block that is repeated is known by its line, which differs.
        assert [(layer.name, layer.outputs) for layer in report.layers] == [
            (layer.name, layer.outputs) for layer in expected.layers
        ]
        assert (report.outputs, report.decode) == (expected.outputs, expected.decode)


def test_a_text_has_the_problems_of_a_file(tmp_path):
    broken = TEXT.replace("Dense", "Dens")
    (tmp_path / "a.yaml").write_text(broken)
    (in_file,) = problems(tmp_path / "a.yaml")
    (in_text,) = problems(broken)
    assert in_text.file == "<text>"
    assert (in_text.line, in_text.column, in_text.excerpt, in_text.fix, in_text.edits) == (
        in_file.line,
        in_file.column,
        in_file.excerpt,
        in_file.fix,
        in_file.edits,
    )


def test_a_problem_of_a_dict_is_shown_in_the_yaml_that_it_is_written_as():
    (problem,) = problems(
        {**CONFIG, "layers": [{"LSTM": 3}, {"Dens": {"units": 2}, "name": "out"}]}
    )
    assert (problem.file, problem.line, problem.column) == ("<dict>", 4, 5)
    assert problem.excerpt.text == "  - Dens: {units: 2}"


@pytest.mark.parametrize(
    ("config", "code", "words"),
    [
        ("", "file-missing", "no such file"),
        ("\n", "file-empty", "empty"),
        ({}, "file-empty", "empty"),
        ("- LSTM: 3\n", "not-a-config", "mapping of keys"),
        ("{", "not-yaml", "never closed"),
        ("a: \ud800\n", "not-utf8", "not UTF-8"),
        ("#" * 2**23 + "\n", "file-too-large", "8 MiB"),
        ({"input": [5, 8], "layers": [{"LSTM": object()}]}, "not-a-config", "layers[0].LSTM must"),
        ({"input": {5, 8}, "layers": ["Flatten"]}, "not-a-config", "input must be plain data"),
        ({"input": [5, 8], "layers": [{None: 3}]}, "not-a-config", "a key of layers[0] must"),
        ({"input": [2**70], "layers": ["Flatten"]}, "yaml-limit", "64 bits"),
    ],
)
def test_what_is_no_config_is_told(config, code, words):
    (problem,) = problems(config)
    assert problem.code == code
    assert words in problem.message


def test_a_dict_that_holds_itself_is_told():
    config = {"input": [5, 8]}
    config["layers"] = [config]
    assert [problem.code for problem in problems(config)] == ["yaml-limit"]


def test_text_and_numbers_of_a_dict_are_kept():
    from enum import IntEnum

    class Units(IntEnum):
        FEW = 3

    odd = 'no: "3" # \U0001f600 \\'
    report = rnncli.plan(
        rnncli.load({"name": odd, "input": [5, 8], "layers": [{"LSTM": Units.FEW, "name": "yes"}]})
    )
    assert (report.name, report.layers[0].name, report.totals.params) == (odd, "yes", 144)
    (problem,) = problems({"input": [5, 8], "layers": [{"LSTM": 3, "name": "\U0001f600\n"}]})
    assert problem.code == "bad-name"


def test_numbers_of_numpy_are_numbers():
    numpy = pytest.importorskip("numpy")
    config = {
        "input": [5, numpy.int64(8)],
        "layers": [{"LSTM": numpy.int32(3)}, {"Dropout": numpy.float32(0.5)}],
    }
    report = rnncli.plan(rnncli.load(config))
    assert (report.problems, report.totals.params) == ((), 144)


@pytest.mark.parametrize("config", [3, None, [TEXT], TEXT.encode()])
def test_what_is_no_path_and_no_config_is_a_type_error(config):
    with pytest.raises(TypeError, match="load takes a path, the text of a config, or a dict"):
        rnncli.load(config)


PAIR = """
inputs: {source: [null, 8], target: [null, 8]}
layers:
  - Concatenate: {axis: 1}
    from: [source, target]
"""


@pytest.mark.parametrize("size", [0, -3, True, "a", 1.5, [3, 4], None, 2**63])
def test_a_length_of_an_input_must_be_a_positive_integer(size):
    with pytest.raises(ConfigError, match="the length of source must be a positive integer"):
        rnncli.plan(rnncli.load(PAIR), length={"target": 7, "source": size})


@pytest.mark.parametrize("size", [0, -3, True, False, "a", 1.5, [3, 4], 2**63])
def test_length_and_batch_must_be_positive_integers(size):
    spec = rnncli.load(PAIR)
    with pytest.raises(ConfigError, match="length must be a positive integer"):
        rnncli.plan(spec, length=size)
    with pytest.raises(ConfigError, match=f"batch must be .*, not {size!r}".replace("[", "\\[")):
        rnncli.plan(spec, batch=size)
    with pytest.raises(ConfigError, match="batch must be a positive integer"):
        rnncli.build(spec, batch=size)


def test_integers_of_numpy_are_sizes():
    numpy = pytest.importorskip("numpy")
    spec = rnncli.load(PAIR)
    report = rnncli.plan(spec, batch=numpy.int32(2), length={"source": numpy.int64(3), "target": 4})
    assert (report.batch, report.layers[0].outputs[0].filled) == (2, (2, 7, 8))
    with pytest.raises(ConfigError, match="length must be a positive integer"):
        rnncli.plan(spec, length=numpy.array([3, 4]))
