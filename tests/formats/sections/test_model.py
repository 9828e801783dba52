"""What the tables of a report hold."""

from __future__ import annotations

import pytest

from rnncli.config import parse, read
from rnncli.formats.sections.model import layers, states, up_to_fault
from rnncli.planning.plan import plan

INNER = "input: [5, 8]\nlayers:\n  - LSTM: {units: 3, return_sequences: true}\n"
TWICE = """\
inputs: {a: [5, 8], b: [5, 8]}
layers:
  - include: inner.yaml
    name: one
    from: a
  - include: inner.yaml
    name: two
    from: b
  - use: one
    name: three
    from: b
  - LSTM: 2
"""


def test_the_states_of_a_model_used_twice_name_their_owner(tmp_path):
    (tmp_path / "inner.yaml").write_text(INNER)
    (tmp_path / "outer.yaml").write_text(TWICE)
    section = states(plan(parse(read(str(tmp_path / "outer.yaml")))))
    assert [row[:2] for row in section.rows] == [
        ("one", ""), ("  lstm", "h"), ("", "c"), ("two", ""), ("  lstm", "h"), ("", "c"),
        ("three", ""), ("  lstm", "h"), ("", "c"), ("lstm", "h"), ("", "c"),
    ]  # fmt: skip


def test_numbers_of_a_model_used_twice_name_their_owner(tmp_path, rnncli, keras):
    (tmp_path / "inner.yaml").write_text(INNER)
    (tmp_path / "outer.yaml").write_text(TWICE)
    text = rnncli("build", str(tmp_path / "outer.yaml"), "--values").out
    for name in ("one/lstm.output (1, 5, 3)", "two/lstm.h (1, 3)", "lstm.h (1, 2)"):
        assert f"\n{name}\n" in text


@pytest.mark.parametrize(
    ("columns", "footer"),
    [(("layer", "output"), None), (("layer", "macs"), ("total", "660")), (("macs",), ("660",))],
)
def test_a_total_stands_where_something_is_added_up(planned, columns, footer):
    assert layers(planned("input: [5, 8]\nlayers: [LSTM: 3]"), columns).footer == footer


GOOD = "input: [5, 8]\nlayers:\n  - Dense: 4\n  - GRU: 3\n"


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (GOOD + "  - LSTM: 3\n  - Dense: 2\n", ["dense", "gru"]),
        (GOOD + "  - LSTN: 3\n", ["dense", "gru"]),
        (GOOD + "  - Dense: {units: 3, activation: sotfmax}\n  - Dense: 2\n", ["dense", "gru"]),
        (GOOD + "  - Dense: 3\n    nme: x\n  - Dense: 2\n", ["dense", "gru"]),
        (GOOD + "  - Dense: 3\n    from: nope\n", ["dense", "gru"]),
        (GOOD + "  - Dense:\n      units: 3\n      foo: 1\n  - Dense: 2\n", ["dense", "gru"]),
        (GOOD + "outputs: nope\n", ["dense", "gru"]),
        (GOOD + "batch: -1\n", ["dense", "gru"]),
        (GOOD + "  - include: nope.yaml\n", ["dense", "gru"]),
        ("input: [5, 8]\nlayers: [Dense: 4, LSTM: {units: 3, foo: 1}, Dense: 2]", ["dense"]),
        ("input: [5, 8]\nlayers: [Dense: {units: 4, foo: 1}, LSTM: 3]", []),
        ("inputt: [5, 8]\nlayers: [Dense: 4]", ["dense"]),
        ("inputs: 3\nlayers: [Dense: 4]", []),
        ("layers: [Dense: 4]", []),
        (GOOD + "  - repeat: 2\n    layers:\n      - LSTM: {units: 3, foo: 1}\n", ["dense", "gru"]),
    ],
)
def test_a_model_in_error_is_known_up_to_the_first_layer_at_fault(planned, text, known):
    report = planned(text)
    assert report.problems
    assert [layer.name for layer in up_to_fault(report)] == known


@pytest.mark.parametrize("command", ["plan", "build"])
@pytest.mark.parametrize("format_name", ["table", "markdown"])
def test_what_is_known_is_shown_before_the_problems(rnncli, command, format_name):
    text = GOOD + "  - LSTM: 3\n  - Dense: 2\n"
    found = rnncli(command, "-", "-", "-f", format_name, given=text)
    assert found.code == 2
    assert "(1, 5, 4)" in found.out
    assert "(1, 3)" in found.out
    assert "The plan ends before lstm (LSTM)" in found.out
    assert "total" not in found.out
    assert "lstm " not in found.out.replace("before lstm (", "")
    assert "needs-sequence" in found.err


def test_spreadsheets_take_whole_models_alone(rnncli):
    found = rnncli("plan", "-", "-f", "csv", given=GOOD + "  - LSTM: 3\n")
    assert (found.code, found.out) == (1, "")
