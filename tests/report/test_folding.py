"""Equal iterations of a repeated block are one entry, and others are not."""

from __future__ import annotations

import pytest

from rnncli.formats.sections.model import formulas, layers, states
from rnncli.report.folding import folded

BLOCK = """\
input: [null, INPUT]
layers:
  - repeat: 3
    layers:
      - {LSTM: {units: 8, return_sequences: true}}
      - {Dense: 8}
  - GlobalAveragePooling1D
"""


def names(report, expand=False):
    return [row[0] for row in layers(report, None, expand).rows]


def test_equal_iterations_are_one(planned):
    report = planned(BLOCK.replace("INPUT", "8"))
    assert names(report) == ["input", "× 3", "  lstm", "  dense", "global_average_pooling1d"]
    assert len(names(report, expand=True)) == 1 + 6 + 1
    fold = folded(report.layers)[0]
    assert fold.params.total == report.totals.params
    assert fold.macs == report.totals.macs
    assert [row[:2] for row in states(report, False).rows] == [
        ("× 3", ""), ("  lstm", "h"), ("", "c"),
    ]  # fmt: skip
    assert [row[0] for row in formulas(report, False).rows] == ["× 3", "  lstm", "  dense"]


def test_an_iteration_that_differs_stands_alone(planned):
    """The first one reads 5 features, and has a smaller kernel."""
    report = planned(BLOCK.replace("INPUT", "5"))
    assert names(report)[1:5] == ["lstm", "dense", "× 2", "  lstm_1"]


def test_layers_that_no_block_repeats_are_not_folded(planned):
    report = planned("input: [5, 8]\nlayers:\n  - Dense: 8\n  - Dense: 8\n  - Dense: 8\n")
    assert names(report) == ["input", "dense", "dense_1", "dense_2"]


def test_an_iteration_that_is_changed_from_the_command_line_stands_alone(rnncli, tmp_path):
    config = tmp_path / "model.yaml"
    config.write_text("input: [8]\nlayers:\n  - repeat: 4\n    layers: [Dense: 8, ReLU]\n")
    assert " × 4 " in rnncli("plan", str(config)).out
    text = rnncli("plan", "--set", "dense_2.activation=relu", str(config)).out
    assert " × 2 " in text
    assert " dense_2 " in text


def test_two_blocks_are_two_entries(planned):
    text = "input: [8]\nlayers:\n" + "  - repeat: 2\n    layers: [Dense: 8]\n" * 2
    assert names(planned(text)) == ["input", "× 2", "  dense", "× 2", "  dense_2"]


@pytest.mark.parametrize("format_name", ["json", "csv"])
def test_json_and_csv_are_whole(rnncli, tmp_path, format_name):
    config = tmp_path / "model.yaml"
    config.write_text(BLOCK.replace("INPUT", "8"))
    text = rnncli("plan", "--format", format_name, str(config)).out
    assert all(name in text for name in ("lstm_1", "lstm_2", "dense_2"))
    assert "× 3" not in text
