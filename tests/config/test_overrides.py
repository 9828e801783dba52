from __future__ import annotations

import pytest

from rnncli.config import override, parse
from rnncli.planning.plan import plan
from rnncli.problems import ConfigError, Source

TEXT = """
input: [5, 8]
layers:
  - Bidirectional: {LSTM: 3, merge_mode: sum}
  - Dense: {units: 10, activation: softmax}
    name: logits
"""


def total(*settings: str) -> int | None:
    spec = override(parse(Source("a.yaml", TEXT)), settings)
    return plan(spec).totals.params


@pytest.mark.parametrize(
    ("setting", "edited"),
    [
        ("logits.units=7", TEXT.replace("units: 10", "units: 7")),
        ("logits.use_bias=false", TEXT.replace("units: 10", "units: 10, use_bias: false")),
        ("bidirectional.merge_mode=concat", TEXT.replace("sum", "concat")),
        ("bidirectional.layer.units=6", TEXT.replace("LSTM: 3", "LSTM: 6")),
        ("bidirectional.layer={GRU: 4}", TEXT.replace("LSTM: 3", "GRU: 4")),
    ],
)
def test_a_setting_is_an_edit_of_the_file(setting, edited):
    assert total(setting) == plan(parse(Source("b.yaml", edited))).totals.params
    assert total(setting) != total()


def test_the_last_setting_wins():
    assert total("logits.units=2", "logits.units=7") == total("logits.units=7")


@pytest.mark.parametrize(
    "setting",
    [
        "logits",
        "logits=3",
        ".units=3",
        "nothing.units=3",
        "logits.units.deep=3",
        "logits.units=[1",
        "logits.units=!x 3",
    ],
)
def test_a_setting_that_leads_nowhere(setting):
    with pytest.raises(ConfigError):
        total(setting)


def test_a_setting_is_checked_as_the_file_is():
    spec = override(parse(Source("a.yaml", TEXT)), ["logits.units=zero"])
    (found,) = plan(spec).problems
    assert (found.code, found.file) == ("wrong-type", "--set")


def test_a_setting_of_the_command_line_is_not_edited():
    from rnncli.planning.plan import plan

    spec = parse(Source("a.yaml", "input: [5, 8]\nlayers:\n  - Dense: 3\n"))
    (problem,) = plan(override(spec, ["dense.activation=tan"])).problems
    assert problem.file == "--set"
    assert problem.edits == ()
