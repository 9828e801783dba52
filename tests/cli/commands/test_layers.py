from __future__ import annotations

import csv
import json
import re

import pytest
from typer.testing import CliRunner

from rnncli.cli.main import app
from rnncli.keras_api.calls import calls
from rnncli.keras_api.operations import ALIASES, OPERATIONS
from rnncli.keras_api.refused import NOT_A_LAYER, RUNS_CODE
from rnncli.keras_api.signatures import signatures
from rnncli.layers.catalogue import FAMILIES, RULES
from rnncli.layers.ops.catalogue import OPERATION_FAMILIES
from rnncli.reference.problem_codes import explanations


def test_every_layer_that_runs_no_code_is_planned():
    # What a layer that is added to Keras makes fail, until it has a rule.
    assert set(signatures().layers) - set(RULES) == (
        {*RUNS_CODE, *NOT_A_LAYER} & set(signatures().layers)
    )


def test_every_layer_is_in_one_family_and_in_the_list(rnncli):
    assert sum(map(len, FAMILIES.values())) == len(RULES)
    words = rnncli("layers").out.split()
    assert set(RULES) <= set(words)
    assert set(FAMILIES) <= set(rnncli("layers").out.splitlines())


def test_every_operation_is_in_one_family_and_in_the_list(rnncli):
    functions = [function for names in OPERATION_FAMILIES.values() for function in names]
    assert sorted(functions) == sorted(OPERATIONS)
    lines = rnncli("layers").out.splitlines()
    assert {*OPERATION_FAMILIES} <= {*lines}
    # They are behind all families of layers.
    assert max(map(lines.index, FAMILIES)) < min(map(lines.index, OPERATION_FAMILIES))
    assert " ops.mean           (1, 5, 8)  ops.mean: {axis: 1}           (1, 8)" in lines


def test_one_layer_is_told_whole(rnncli):
    text = rnncli("layers", "LSTM").out
    for part in (
        "units                  a positive integer         required",
        "return_sequences",
        "features × 4·units",
        "4·(units·(features + units) + units) = 4·(3·(8 + 3) + 3)",
        "660 MACs",
        "the layer uses it",
        "recurrent_activation sigmoid",
        "mask      a tensor, in from       null",
        "training  true or false, in call  false",
    ):
        assert part in text


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_the_list_for_spreadsheets(rnncli):
    listed = rows(rnncli("layers", "--format", "csv").out)
    layers = [cls for rules in FAMILIES.values() for cls in rules]
    assert [row["layer"] for row in listed if row["layer"]] == layers
    assert {row["operation"] for row in listed if not row["layer"]} == {*OPERATIONS}
    mean = next(row for row in listed if row["operation"] == "ops.mean")
    assert (mean["reads"], mean["example"]) == ("(1, 5, 8)", "ops.mean: {axis: 1}")
    assert (mean["gives"], mean["params"]) == ("(1, 8)", "")
    lstm = next(row for row in listed if row["layer"] == "LSTM")
    assert (lstm["family"], lstm["reads"], lstm["params"]) == ("Recurrent", "(1, 5, 8)", "144")
    assert all(re.fullmatch(r"\d*", row["params"]) for row in listed)


def test_the_arguments_of_a_layer_for_spreadsheets(rnncli):
    arguments = rows(rnncli("layers", "lstm", "--format", "csv").out)
    assert {row["layer"] for row in arguments} == {"LSTM"}
    assert [row["argument"] for row in arguments] == list(signatures().layers["LSTM"].arguments)
    assert arguments[0] == {
        "layer": "LSTM", "argument": "units", "takes": "a positive integer", "default": "required",
    }  # fmt: skip


def test_what_it_returns_under_each_flag(rnncli):
    document = json.loads(rnncli("layers", "Bidirectional", "--json").out)
    by_flags = {
        (each["return_sequences"], each["return_state"]): [t["name"] for t in each["tensors"]]
        for each in document["returns"]
    }
    assert by_flags[False, False] == ["output"]
    assert by_flags[True, True] == ["output", "forward_h", "forward_c", "backward_h", "backward_c"]
    units = next(each for each in document["arguments"] if each["name"] == "layer")
    assert units["required"]
    assert "default" not in units


def test_aliases_and_any_case_will_do(rnncli):
    assert rnncli("layers", "avgpool1d").out == rnncli("layers", "AveragePooling1D").out
    assert rnncli("layers", "keras.layers.LSTM").out == rnncli("layers", "lstm").out


@pytest.mark.parametrize("name", ["mean", "MEAN", "Ops.mean", "keras.ops.mean"])
def test_an_operation_has_its_name_with_and_without_its_module(rnncli, name):
    assert rnncli("layers", name).out == rnncli("layers", "ops.mean").out


@pytest.mark.parametrize("alias", ALIASES)
def test_another_name_of_an_operation_shows_it(rnncli, alias):
    whole = rnncli("layers", ALIASES[alias]).out
    assert rnncli("layers", alias).out == rnncli("layers", alias.removeprefix("ops.")).out == whole
    assert alias in whole


def test_a_layer_and_an_operation_of_one_name(rnncli):
    shown = rnncli("layers", "add").out
    assert shown.startswith("keras.layers.Add")
    assert "rnncli layers ops.add" in shown
    assert rnncli("layers", "ops.add").out.startswith("ops.add")


def test_one_operation_is_shown_whole(rnncli):
    text = rnncli("layers", "ops.matmul").out
    for part in (
        "ops.matmul · Operations: products",
        "x1        a tensor, in from  required",
        "For example, ops.matmul with from: [a, b]",
        "160 MACs",
        "the operation drops it",
    ):
        assert part in text
    assert "keepdims  true or false                  false" in rnncli("layers", "mean").out


@pytest.mark.parametrize("function", sorted(OPERATIONS))
def test_the_parameters_of_an_operation_are_those_of_keras(rnncli, function):
    document = json.loads(rnncli("layers", function, "--json").out)
    parameters = calls().functions[function].arguments
    assert [row["name"] for row in document["arguments"]] == [*parameters]
    tensors = {row["name"] for row in document["arguments"] if row["tensor"]}
    assert tensors == {*OPERATIONS[function].tensors}
    for row in document["arguments"]:
        assert row["required"] == parameters[row["name"]].required == ("default" not in row)
    assert document["mask"] == "drops" or "int32" in document["config"]


def test_a_wrong_name_is_told(rnncli):
    for wrong, right in {"LSTN": "LSTM", "meen": "ops.mean", "ops.reshap": "ops.reshape"}.items():
        outcome = rnncli("layers", wrong)
        assert outcome.code == 2
        assert f"did you mean {right}?" in outcome.err
    assert "rnncli layers lists them all" in rnncli("layers", "ops.zzzzzz").err


def completed(words: str) -> list[str]:
    """What bash completes at the end of a command line."""
    environment = {
        "_RNNCLI_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }
    return CliRunner().invoke(app, [], prog_name="rnncli", env=environment).stdout.split()


def test_the_shell_completes_names():
    assert completed("rnncli layers LST") == ["LSTM", "LSTMCell"]
    assert completed("rnncli layers ops.me") == ["ops.mean"]
    assert completed("rnncli layers mea") == ["mean"]
    assert {*RULES, *OPERATIONS, *ALIASES} <= {*completed("rnncli layers ")}
    assert completed("rnncli new stack") == ["stacked"]
    assert completed("rnncli docs mac") == ["macs"]
    assert completed("rnncli check --explain ") == [*explanations()]
