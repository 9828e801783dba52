"""``length:`` in a config, and ``--set length=50``."""

from __future__ import annotations

import pytest

from rnncli.config import override, parse
from rnncli.planning.plan import plan
from rnncli.problems import ConfigError, Source

PAIR = """
inputs: {source: [null, 8], target: [null, 4]}
layers:
  - LSTM: 3
    name: length
    from: source
  - LSTM: 3
    from: target
  - Add: {}
    from: [length, lstm]
"""
ONE = "input: [null, 8]\nlayers:\n  - Conv1D: {filters: 3, kernel_size: 7}\n"


def planned(text, *settings, length=None):
    return plan(override(parse(Source("a.yaml", text)), settings), length=length)


def sizes(report):
    return {each.inputs: (each.size, each.chosen) for each in report.lengths}


def test_a_config_says_what_unknown_lengths_take():
    assert sizes(planned(ONE)) == {("input",): (10, True)}
    assert sizes(planned("length: 200\n" + ONE)) == {("input",): (200, False)}
    several = planned("length: {source: 12, target: 7}" + PAIR)
    assert sizes(several) == {("source",): (12, False), ("target",): (7, False)}
    assert several.layers[0].macs == 12 * 4 * 3 * (8 + 3)
    one = planned("length: {target: 7}" + PAIR)
    assert sizes(one) == {("source",): (10, True), ("target",): (7, False)}


def test_the_option_goes_before_the_config():
    assert sizes(planned("length: 200\n" + ONE, length=50)) == {("input",): (50, False)}
    several = planned("length: {source: 12, target: 7}" + PAIR, length={"target": 9})
    assert sizes(several) == {("source",): (12, False), ("target",): (9, False)}


def test_a_length_of_the_config_that_is_too_short_is_told_at_its_place():
    (told,) = planned("length: 3\n" + ONE).problems
    assert (told.code, told.line, told.column, told.layer) == ("too-short", 1, 9, "conv1d")
    assert "at length 3, conv1d (Conv1D) looks at 7 steps at once" in told.message
    assert told.fix == "length: 7 fits"
    assert not planned("length: 7\n" + ONE).problems
    (told,) = planned("length: {input: 3}\n" + ONE).problems
    assert (told.code, told.line, told.column) == ("too-short", 1, 10)


@pytest.mark.parametrize(
    "length", ["0", "-3", "long", "[3]", "true", "1.5", "{input: 0}", "{input: x}"]
)
def test_what_is_no_length_is_told(length):
    (told,) = planned(f"length: {length}\n" + ONE).problems
    assert (told.code, told.line) == ("not-positive", 1)
    assert "length: 200" in told.fix


def test_a_length_of_what_is_no_input_is_told_at_its_name():
    (told,) = planned("length: {sorce: 3}" + PAIR).problems
    assert (told.code, told.line, told.column) == ("bad-length", 1, 10)
    assert told.fix == "did you mean source?"


def test_a_length_says_nothing_where_all_is_known():
    assert planned("length: 3\ninput: [5, 8]\nlayers: [LSTM: 3]\n").problems == ()


@pytest.mark.parametrize("setting", ["length=50", "length={input: 50}", "length.input=50"])
def test_a_setting_changes_the_length(setting):
    assert sizes(planned("length: 20\n" + ONE, setting)) == {("input",): (50, False)}


def test_settings_of_several_lengths_add_up():
    given = planned(PAIR.replace("length\n", "first\n").replace("[length", "[first"),
                    "length.source=5", "length.target=6")  # fmt: skip
    assert sizes(given) == {("source",): (5, False), ("target",): (6, False)}


def test_a_layer_of_that_name_wins():
    assert planned(PAIR, "length.units=1").layers[0].outputs[0].shape == (1, 1)
    with pytest.raises(ConfigError, match="length is a layer of this model"):
        planned(PAIR, "length=50")


@pytest.mark.parametrize(
    "setting", ["length=0", "length=x", "length.input=-1", "length={input: []}"]
)
def test_a_setting_that_is_no_length_is_told(setting):
    with pytest.raises(ConfigError) as told:
        planned(ONE, setting)
    assert [(each.code, each.file) for each in told.value.problems] == [("bad-set", "--set")]


def test_a_setting_that_is_too_short_is_told_at_its_place():
    (told,) = planned(ONE, "length=3").problems
    assert (told.code, told.file) == ("too-short", "--set")
    setting = told.fix.removeprefix("--set ").removesuffix(" fits")
    assert not planned(ONE, setting).problems
