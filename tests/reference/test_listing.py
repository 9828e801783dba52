"""The tables of ``rnncli layers`` are those of the rules."""

from __future__ import annotations

from rnncli.keras_api.operations import OPERATIONS
from rnncli.layers.catalogue import RULES
from rnncli.reference.listing import load, regenerate


def test_what_is_written_down_is_what_the_rules_plan():
    assert load() == regenerate()


def test_every_layer_and_operation_with_a_rule_is_listed():
    names = [row[0] for table in load() for row in table.rows]
    assert sorted(names) == sorted([*RULES, *OPERATIONS])
