from __future__ import annotations

import csv
import json
import re

import pytest

from rnncli.keras_api.refused import NOT_A_LAYER, RUNS_CODE
from rnncli.keras_api.signatures import signatures
from rnncli.layers.catalogue import FAMILIES, RULES
from rnncli.reference.examples import example
from tests.conformance.judge import judge


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


@pytest.mark.parametrize("cls", sorted(RULES))
def test_every_layer_has_an_example_that_plans(cls, problems_of):
    found = example(cls)
    assert found is not None
    assert cls in found.config
    assert "error" not in {each.severity for each in problems_of(found.config)}


def test_examples_are_what_keras_builds(keras):
    import yaml

    for cls in ("LSTM", "Bidirectional", "Conv2D", "Hashing", "GRUCell", "Dot", "TimeDistributed"):
        assert judge(yaml.safe_load(example(cls).config)) is None


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
    assert [row["layer"] for row in listed] == [cls for rules in FAMILIES.values() for cls in rules]
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


def test_a_wrong_name_is_told(rnncli):
    found = rnncli("layers", "LSTN")
    assert found.code == 2
    assert "LSTM" in found.err
