"""The command gradients: what it prints, its exit codes, and how it is used in CI."""

from __future__ import annotations

import csv
import io
import json

import jsonschema
import numpy as np
import pytest

from rnncli.cli.messages import Messages

RNN = "input: [12, 3]\nlayers:\n  - SimpleRNN: 4\n"
IDS = """
input: [null]
layers:
  - Embedding: {input_dim: 9, output_dim: 3, mask_zero: true}
  - GRU: 2
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "rnn.yaml"
    path.write_text(RNN)
    return str(path)


@pytest.mark.usefixtures("keras")
def test_json_is_as_its_schema_says(rnncli, config):
    validator = jsonschema.Draft202012Validator(json.loads(rnncli("schema", "--gradients").out))
    for arguments in (
        ["configs/seq2seq.yaml", "--lengths", "3,5", "--seeds", "2"],
        [config, "--compare", "--loss", "all"],
        ["tests/golden/broken.yaml"],
        ["no-such.yaml"],
        [config, "--set", "simple_rnn.activation=linear", "--lengths", "0010"],
    ):
        document = json.loads(rnncli("gradients", *arguments, "--json").out)
        assert list(validator.iter_errors(document)) == []
        assert document["schema"] == "rnncli.gradients.v1"


@pytest.mark.usefixtures("keras")
def test_a_record_has_each_layer_length_seed_and_class(rnncli, config):
    out = rnncli("gradients", config, "--compare", "--lengths", "3,5", "--seeds", "2", "--json").out
    layers = json.loads(out)["layers"]
    runs = {(each["compared_as"], each["length"], each["seed"]) for each in layers}
    assert len(runs) == len(layers) == 3 * 2 * 2
    for each in layers:
        assert len(each["norms"]["h"]) == len(each["log10_norms"]["h"]) == each["length"]


@pytest.mark.usefixtures("keras")
def test_the_table_has_a_column_for_each_length_and_the_rule(rnncli, config):
    out = rnncli("gradients", config, "--lengths", "4,400").out
    heading, row = out.splitlines()[2], out.splitlines()[4]
    assert heading.split() == ["Layer", "State", "T=4", "T=400", "Half-life", "Verdict"]
    assert "10^-" in row
    assert "vanishes: ratio < 10^-6; explodes: ratio > 10^3" in out
    assert "Two methods agree: 404 norms" in out


@pytest.mark.usefixtures("keras")
def test_min_half_life(rnncli, config):
    passes = rnncli("gradients", config, "--min-half-life", "0.1")
    assert (passes.code, passes.err) == (0, "")
    fails = rnncli("gradients", config, "--min-half-life", "100")
    assert fails.code == 1
    assert "short-half-life" in fails.err
    assert "Verdict" in fails.out
    document = json.loads(rnncli("gradients", config, "--min-half-life", "100", "--json").out)
    assert [problem["code"] for problem in document["problems"]] == ["short-half-life"]
    one = rnncli("gradients", config, "--min-half-life", "1", "--lengths", "1")
    assert one.code == 1
    assert "no layer has a half-life" in one.err
    settings = [f"--set=simple_rnn.{each}" for each in (
        "activation=linear", "recurrent_initializer=identity")]  # fmt: skip
    grows = rnncli("gradients", config, "--min-half-life", "100", *settings)
    assert grows.code == 0


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize(
    ("layers", "code"),
    [
        ("- Dense: 3", "no-recurrent-layer"),
        ("- LSTM: 3\n  - ops.argmax: -1", "no-gradient"),
        ("- SimpleRNN: {units: 3, activation: relu, kernel_initializer: ones, "
         "recurrent_initializer: {Constant: 1.0e+30}}", "not-finite"),
        # 0 after an infinite derivative.
        ("- LSTM: {units: 3, return_sequences: true}\n  - ops.multiply: 0.0\n  - ops.sqrt\n"
         "  - SimpleRNN: 2", "not-finite"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured(rnncli, tmp_path, layers, code):
    path = tmp_path / "model.yaml"
    path.write_text(f"input: [12, 3]\nlayers:\n  {layers}\n")
    outcome = rnncli("gradients", str(path), "-o", str(tmp_path / "out.txt"))
    assert outcome.code == 1
    assert f"error[{code}]" in outcome.err
    assert not (tmp_path / "out.txt").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--lengths", "0"], "positive integers"),
        (["--lengths", "3,x"], "positive integers"),
        (["--seeds", "0"], "0 is not in the range"),
        (["--compare", "--weights", "x.h5"], "random weights"),
        (["--compare", "--min-half-life", "3"], "leave --compare out"),
        (["--seed", "4294967295", "--seeds", "2"], "above 2^32"),
        (["--loss", "first"], "not one of"),
        (["--lengths", "3", "--data", "x.npy"], "have their own"),
    ],
)
def test_wrong_usage(rnncli, config, options, says):
    outcome = rnncli("gradients", config, *options)
    assert outcome.code == 2
    assert says in outcome.err


@pytest.mark.usefixtures("keras")
def test_a_length_that_does_not_fit(rnncli, tmp_path):
    path = tmp_path / "model.yaml"
    path.write_text(RNN.replace("4", "{units: 4, return_sequences: true}") + "  - Reshape: [48]\n")
    outcome = rnncli("gradients", str(path), "--lengths", "12,5")
    assert outcome.code == 1
    assert "at 5 steps: " in outcome.err
    assert "simple_rnn" in outcome.out


@pytest.mark.usefixtures("keras")
def test_data_has_its_own_batch_length_and_padding(rnncli, tmp_path):
    path, data = tmp_path / "ids.yaml", tmp_path / "ids.npy"
    path.write_text(IDS)
    np.save(data, [[3, 1, 4, 0, 0, 0], [2, 7, 0, 0, 0, 0]])
    document = json.loads(rnncli("gradients", str(path), "--data", str(data), "--json").out)
    (layer,) = document["layers"]
    assert (document["data"], document["batch"]) == (str(data), 2)
    assert (layer["length"], layer["steps"], layer["padded"]) == (6, 6, 3)
    out = rnncli("gradients", str(path), "--data", str(data)).out
    assert f"The run reads {data}: 2 sequences." in out
    np.save(data, [[3.5, 1.0]])
    misfit = rnncli("gradients", str(path), "--data", str(data))
    assert misfit.code == 2
    assert "data-does-not-fit" in misfit.err


@pytest.mark.usefixtures("keras")
def test_csv_has_a_row_for_each_step(rnncli, config):
    rows = [*csv.DictReader(io.StringIO(rnncli("gradients", config, "--format", "csv").out))]
    assert [row["step"] for row in rows] == [str(step) for step in range(1, 13)]
    assert {row["state"] for row in rows} == {"h"}
    assert float(rows[0]["norm"]) == pytest.approx(10 ** float(rows[0]["log10_norm"]))


@pytest.mark.usefixtures("keras")
def test_markdown_tables_are_whole(rnncli, config):
    out = rnncli("gradients", config, "--format", "markdown").out
    tables = [part.splitlines() for part in out.split("\n\n") if part.startswith("|")]
    assert len(tables) == 3
    for lines in tables:
        assert len({line.replace("\\|", "").count("|") for line in lines}) == 1


@pytest.mark.usefixtures("keras")
def test_a_page_has_the_curves(rnncli, config, tmp_path):
    target = tmp_path / "page.html"
    outcome = rnncli("gradients", config, "--format", "html", "-o", str(target))
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert "Two methods agree" in target.read_text()
    assert target.read_text().count("<title>step") == 12


def test_progress_is_for_terminals(capsys):
    with Messages(quiet=False, verbose=False, plain=True).progress("x", "steps") as progress:
        assert progress is None
    assert capsys.readouterr().err == ""
