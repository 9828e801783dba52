"""The operations and the arguments of calls: one row, one rule, and what Keras says of them."""

from __future__ import annotations

import json
from importlib import import_module
from importlib.resources import files

import pytest

from rnncli.keras_api.calls import calls
from rnncli.keras_api.operation_arguments import operation_kind
from rnncli.keras_api.operations import ALIASES, MODULES, OPERATIONS


def test_the_shipped_data_is_what_the_generator_writes(keras):
    from rnncli.engine.dump_calls import collect

    shipped = json.loads(files("rnncli.keras_api").joinpath("calls.json").read_text())
    assert collect() == shipped


@pytest.mark.parametrize("module", sorted({*MODULES.values()}))
def test_a_rule_is_in_the_module_that_its_row_names(module):
    rules = import_module(f"rnncli.layers.ops.{module}").RULES
    assert [*rules] == [function for function, place in MODULES.items() if place == module]


def test_another_name_leads_to_an_operation_and_is_none():
    assert {*ALIASES.values()} <= {*OPERATIONS}
    assert not {*ALIASES} & {*OPERATIONS}


@pytest.mark.parametrize("function", sorted(OPERATIONS))
def test_the_row_names_parameters_of_the_operation(function):
    row, parameters = OPERATIONS[function], calls().functions[function].arguments
    assert {*row.tensors} <= {*parameters}
    assert not row.parts or row.parts in parameters


@pytest.mark.parametrize("function", sorted(OPERATIONS))
def test_every_default_is_of_its_parameters_kind(function):
    for name, parameter in calls().functions[function].arguments.items():
        if not parameter.required and parameter.default is not None:
            kind = operation_kind(function, name, parameter)
            assert kind.fits(parameter.default), name
            assert kind.allowed(parameter.default), name
