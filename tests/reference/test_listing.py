"""The tables of ``rnncli layers`` are those of the rules."""

from __future__ import annotations

from rnncli.layers.catalogue import RULES
from rnncli.reference.listing import planned, written


def test_what_is_written_down_is_what_the_rules_plan():
    assert written() == planned()


def test_every_layer_with_a_rule_is_listed():
    assert sorted(row[0] for table in written() for row in table.rows) == sorted(RULES)
