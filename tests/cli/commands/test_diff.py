"""``rnncli diff`` from the command line: what it prints, where, and its exit code."""

from __future__ import annotations

import csv
import io
import json

import jsonschema
import pytest

STACKED = "configs/stacked.yaml"
SMALLER = (STACKED, STACKED, "--set", "lstm_2.units=64")


def test_the_table(rnncli):
    found = rnncli("diff", *SMALLER)
    assert (found.code, found.err) == (0, "")
    lines = [line.split() for line in found.out.splitlines() if line]
    assert lines[0] == [STACKED, "→", STACKED]
    assert ["~", "lstm_2", "units", "512", "64", f"{STACKED}:6"] in lines
    assert [
        "params",
        "1,574,912",
        "82,176",
        "−95",
        "%",
        "4·(units·(256",
        "+",
        "units)",
        "+",
        "units)",
    ] in lines
    assert [
        ">",
        "dense",
        "reads",
        "(1,",
        "512)",
        "(1,",
        "64)",
        "follows",
        "from",
        "lstm_2",
    ] in lines
    assert ["total", "params", "2,044,426", "547,210", "−73", "%"] in lines
    assert "Unchanged: lstm and lstm_1." in found.out
    assert "Weights of A: fit B for lstm and lstm_1; do not fit for lstm_2 and dense." in found.out


def test_equal_models(rnncli):
    found = rnncli("diff", STACKED, STACKED)
    assert found.out.splitlines()[1:] == ["No differences: 4 layers, 2,044,426 parameters."]


def test_the_exit_code_is_that_of_git_diff(rnncli):
    assert rnncli("diff", STACKED, STACKED, "--exit-code").code == 0
    assert rnncli("diff", *SMALLER, "--exit-code").code == 1
    assert rnncli("diff", *SMALLER).code == 0
    assert rnncli("diff", "no-such.yaml", STACKED, "--exit-code").code == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        SMALLER,
        (STACKED, STACKED),
        ("configs/seq2seq.yaml", "configs/seq2seq_bidirectional.yaml"),
        ("configs/custom_layer.yaml", STACKED),
        ("configs/keras_2.json", STACKED),
        ("tests/golden/broken.yaml", STACKED),
    ],
)
def test_the_document_is_as_its_schema_says(rnncli, arguments):
    schema = json.loads(rnncli("schema", "--diff").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    document = json.loads(rnncli("diff", "--json", *arguments).out)
    assert list(validator.iter_errors(document)) == []
    assert document["schema"] == "rnncli.diff.v1"
    assert not validator.is_valid({**document, "equal": "no"})


def test_markdown(rnncli):
    out = rnncli("diff", *SMALLER, "--format", "markdown").out
    assert "| ~ lstm\\_2 | units | 512 | 64 |" in out
    assert "Unchanged: lstm and lstm\\_1." in out
    rows = [line for line in out.splitlines() if line.startswith("|")]
    assert len({line.replace("\\|", "").count("|") for line in rows}) == 1


def test_csv_has_numbers_without_commas(rnncli):
    rows = list(csv.DictReader(io.StringIO(rnncli("diff", *SMALLER, "--format", "csv").out)))
    params = {row["layer"]: (row["a"], row["b"]) for row in rows if row["what"] == "params"}
    assert params == {
        "lstm_2": ("1574912", "82176"),
        "dense": ("5130", "650"),
        "total": ("2044426", "547210"),
    }
    assert [row["a"] for row in rows if row["what"] == "output"] == ["(1, 512)"]


def test_problems_go_to_standard_error_and_set_the_exit_code(rnncli):
    found = rnncli("diff", "tests/golden/needs_sequence.yaml", STACKED)
    assert found.code == 1
    assert "needs-sequence" in found.err
    assert "needs-sequence" not in found.out


def test_standard_input_is_one_of_them(rnncli):
    text = "input: [5, 8]\nlayers:\n  - LSTM: 3\n"
    assert "<stdin> → configs/stacked.yaml" in rnncli("diff", "-", STACKED, given=text).out
    found = rnncli("diff", "-", "-", given=text)
    assert found.code == 2
    assert "only once" in found.err


def test_the_same_file_in_a_commit(rnncli, tmp_path, monkeypatch):
    import subprocess

    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text("input: [5, 8]\nlayers: [{LSTM: 3}]\n")
    for arguments in (
        ("init", "--quiet"),
        ("add", "a.yaml"),
        ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "a"),
    ):
        subprocess.run(["git", *arguments], check=True)
    (tmp_path / "a.yaml").write_text("input: [5, 8]\nlayers: [{LSTM: 4}]\n")
    assert "HEAD:a.yaml → a.yaml" in rnncli("diff", "HEAD:", "a.yaml").out
    assert "a.yaml → HEAD:a.yaml" in rnncli("diff", "a.yaml", "HEAD:").out
    assert rnncli("diff", "HEAD:", "HEAD:", "--exit-code").code == 2


def test_a_report_of_the_command_itself(rnncli, tmp_path):
    saved = tmp_path / "saved.json"
    assert rnncli("plan", STACKED, "--json", "--output", str(saved)).code == 0
    assert rnncli("diff", str(saved), STACKED, "--exit-code").code == 0
    found = rnncli("diff", STACKED, str(saved), "--set", "lstm.units=3")
    assert found.code == 2
    assert "B is a saved report" in found.err


def test_the_output_is_never_one_of_the_inputs(rnncli, tmp_path):
    copy = tmp_path / "a.yaml"
    copy.write_text("input: [5, 8]\nlayers: [{LSTM: 3}]\n")
    for arguments in ((str(copy), STACKED), (STACKED, str(copy))):
        assert rnncli("diff", *arguments, "--output", str(copy)).code == 2
    assert copy.read_text().startswith("input")


def test_a_model_file_differs_in_what_keras_changed(rnncli):
    found = rnncli("diff", "configs/keras_2.json", "configs/keras_2.json", "--exit-code", "--quiet")
    assert (found.code, found.err) == (0, "")
