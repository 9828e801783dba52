"""Every cell of the notebook, as ``rnncli shapes`` shows it."""

from __future__ import annotations

import csv
import json

import pytest

pytestmark = pytest.mark.usefixtures("keras")

SEQUENCES, STATE, BOTH = "--return-sequences", "--return-state", "--bidirectional"


@pytest.mark.parametrize(
    ("options", "returned"),
    [
        ([], {"output": [1, 3]}),
        ([SEQUENCES], {"output": [1, 5, 3]}),
        ([SEQUENCES, STATE], {"output": [1, 5, 3], "h": [1, 3], "c": [1, 3]}),
        (["--cell", "gru"], {"output": [1, 3]}),
        (["--cell", "gru", SEQUENCES, STATE], {"output": [1, 5, 3], "h": [1, 3]}),
        ([BOTH], {"output": [1, 6]}),
        ([BOTH, "--merge", "sum"], {"output": [1, 3]}),
        ([BOTH, SEQUENCES], {"output": [1, 5, 6]}),
        (
            [BOTH, SEQUENCES, STATE],
            {
                "output": [1, 5, 6],
                "forward_h": [1, 3], "forward_c": [1, 3], "backward_h": [1, 3], "backward_c": [1, 3],
            },
        ),
        (["--merge", "none"], {"forward": [1, 3], "backward": [1, 3]}),
        (["--units", "4", "--input", "2,7,1"], {"output": [2, 4]}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("how", [[], ["--plan"]])
def test_what_a_layer_returns(rnncli, options, returned, how):
    found = rnncli("shapes", "--json", *options, *how)
    report = json.loads(found.out)
    (layer,) = report["layers"]
    given = [*layer["outputs"], *(each for each in layer["states"] if each["returned"])]
    assert {each["name"]: each["shape"] for each in given} == returned
    assert report["stage"] == ("plan" if how else "run")
    assert found.code == 0


def test_states_are_shown_with_what_they_equal(rnncli):
    found = rnncli("shapes", SEQUENCES, BOTH, "--json")
    states = {each["name"]: each for each in json.loads(found.out)["layers"][0]["states"]}
    assert states["forward_h"]["equals"] == "output[:, -1, :3]"
    assert states["backward_h"]["equals"] == "output[:, 0, 3:]"
    assert states["forward_c"]["equals"] is None
    assert not any(each["returned"] for each in states.values())


def test_the_line_of_keras_makes_the_same_layer(rnncli, keras):
    for options in (
        [SEQUENCES, STATE],
        ["--merge", "none"],
        ["--cell", "simple_rnn", BOTH],
        ["--merge", "ave"],
    ):
        found = rnncli("shapes", "--json", "--plan", *options)
        report = json.loads(found.out)
        layer = eval(report["name"], {"keras": keras})
        layer(keras.ops.ones((1, 5, 8)))
        assert layer.count_params() == report["totals"]["params"]


def test_the_grid_is_one_table_with_one_verdict(rnncli):
    found = rnncli("shapes", "--all", "--cell", "gru")
    rows = [line for line in found.out.splitlines() if line.startswith(" ") and "(1, " in line]
    assert (
        len(
            [
                row
                for row in rows
                if row.split()[0] in ("plain", "concat", "sum", "mul", "ave", "none")
            ]
        )
        == 24
    )
    assert found.out.count("agrees with the plan: 28 outputs") == 1


def test_values_show_h_in_the_last_row_of_the_output(rnncli):
    found = rnncli("shapes", SEQUENCES, STATE, "--values")
    lines = found.out.splitlines()
    output = lines.index(next(line for line in lines if ".output (1, 5, 3)" in line))
    h = lines.index(next(line for line in lines if ".h (1, 3)" in line))
    last_row = lines[output + 5].strip(" []")
    assert lines[h + 1].strip(" []") == last_row


def test_every_tensor_for_spreadsheets(rnncli):
    for options in ([], ["--plan"]):
        found = rnncli("shapes", SEQUENCES, STATE, "--format", "csv", *options)
        table = list(csv.DictReader(found.out.splitlines()))
        assert [(row["tensor"], row["shape"], row["returned"], row["equals"]) for row in table] == [
            ("output", "(1, 5, 3)", "1st", ""),
            ("h", "(1, 3)", "2nd", "output[:, -1, :]"),
            ("c", "(1, 3)", "3rd", ""),
        ]
        assert table[1]["why"] == "hidden state after the last step"
        assert {row["layer"] for row in table} == {
            "keras.layers.LSTM(3, return_sequences=True, return_state=True)"
        }
    grid = list(csv.DictReader(rnncli("shapes", "--all", "--plan", "-f", "csv").out.splitlines()))
    assert len({row["layer"] for row in grid}) == 24
    # Of a plain LSTM there are three tensors, of a Bidirectional four states and its outputs.
    assert len(grid) == 4 * 3 + 16 * 5 + 4 * 6


def test_values_need_a_run(rnncli):
    found = rnncli("shapes", "--plan", "--values")
    assert (found.code, found.out) == (2, "")
    assert "--values" in found.err
    assert "--plan" in found.err
