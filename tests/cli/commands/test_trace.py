"""``rnncli trace``: what is written where, and how it ends."""

from __future__ import annotations

import csv
import io
import json

import jsonschema
import numpy as np
import pytest

import rnncli as library
from rnncli.engine import cell_replay
from rnncli.experiments import trace as traces

pytestmark = pytest.mark.usefixtures("keras")
CONFIG = "configs/many_to_one.yaml"


@pytest.fixture
def both(tmp_path):
    path = tmp_path / "both.yaml"
    path.write_text(
        "input: [12, 3]\nlayers:\n  - Bidirectional: {LSTM: 5}\n    name: both\n"
        "  - RepeatVector: 3\n  - Attention:\n    from: [repeat_vector, repeat_vector]\n"
    )
    return str(path)


def test_a_short_layer_is_shown_as_numbers(rnncli):
    outcome = rnncli("trace", CONFIG)
    assert outcome.code == 0
    assert outcome.err == ""
    assert "i  input   0     .46 ▒▒  .79 ▓▓  .59 ▒▒  .44 ▒▒  .43 ▒▒   0%   0%" in outcome.out
    assert (
        "Step 4, unit 0: keeps .62 of c = +.70, adds .44 × −.68, so c falls to +.14." in outcome.out
    )
    assert "h of step 5 is output" in outcome.out
    assert "gives the same: the largest difference is" in outcome.out
    table = [line for line in outcome.out.splitlines() if line.startswith(" ")]
    assert max(map(len, table)) <= 80


def test_one_unit_and_every_value(rnncli):
    one = rnncli("trace", CONFIG, "--unit", "2", "--values")
    rows = [line.split() for line in one.out.splitlines() if line.strip()[:1].isdigit()]
    assert [row[:2] for row in rows] == [[str(step), "2"] for step in range(1, 6)]
    traced = library.trace(library.load(CONFIG))["lstm"]
    shown = np.array([row[2:8] for row in rows], dtype="float64")
    theirs = np.array([numbers[:, 2] for numbers in traced.quantities.values()]).T
    np.testing.assert_allclose(shown, theirs, atol=1e-6)


def test_the_document_fits_its_schema_and_has_the_arrays(rnncli, both, tmp_path):
    schema = json.loads(rnncli("schema", "--trace").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(rnncli("trace", both, "--json", "--batch", "2", "--sequence", "2").out)
    jsonschema.validate(document, schema)
    assert document["schema"] == "rnncli.trace.v1"
    assert document["sequence"] == 2
    assert [(row["name"], row["direction"]) for row in document["layers"]] == [
        ("both", "forward"), ("both", "backward"),
    ]  # fmt: skip
    target = tmp_path / "arrays.npz"
    outcome = rnncli("trace", both, "--batch", "2", "--sequence", "2", "--output", str(target))
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    arrays = np.load(io.BytesIO(target.read_bytes()), allow_pickle=False)
    for row in document["layers"]:
        for name, numbers in row["quantities"].items():
            np.testing.assert_array_equal(
                arrays[f"both.{row['direction']}.{name}"], np.array(numbers, dtype="float32")
            )
    assert arrays["attention.scores"].shape == (1, 3, 3)
    assert document["attention"][0]["scores"] == arrays["attention.scores"].tolist()


def test_masked_numbers_are_null(rnncli, tmp_path):
    path = tmp_path / "masked.yaml"
    path.write_text("input: [6, 3]\nlayers:\n  - Masking\n  - GRU: 2\n")
    document = json.loads(rnncli("trace", str(path), "--json").out)
    jsonschema.validate(document, json.loads(rnncli("schema", "--trace").out))
    (layer,) = document["layers"]
    masked = layer["mask"].index(False)
    assert layer["quantities"]["z"][masked] == [None, None]
    assert layer["quantities"]["h"][masked] == layer["quantities"]["h"][masked - 1]
    assert "═" in rnncli("trace", str(path)).out


def test_every_format_has_the_layers(rnncli, both, tmp_path):
    rows = [*csv.DictReader(io.StringIO(rnncli("trace", both, "--format", "csv").out))]
    assert [row["layer"] for row in rows] == (
        ["both.forward"] * 60 + ["both.backward"] * 60 + ["attention"] * 9
    )
    traced = library.trace(library.load(both))
    assert float(rows[7]["f"]) == pytest.approx(traced["both.forward"].gates["f"][1, 2], rel=1e-5)
    assert float(rows[-1]["score"]) == pytest.approx(traced["attention"].scores[0][2][2], rel=1e-5)
    markdown = rnncli("trace", both, "--format", "markdown").out
    tables = [part.splitlines() for part in markdown.split("\n\n") if part.startswith("|")]
    assert len(tables) == 3
    assert "f  forget" in tables[0][3]
    target = tmp_path / "page.html"
    page = rnncli("trace", both, "--format", "html", "--output", str(target))
    assert (page.code, page.out, page.err) == (0, "", "")
    assert target.read_text().count("<figure>") == 13
    markdown = rnncli("trace", CONFIG, "--format", "markdown").out
    assert "= f·c + i·g" in markdown


def test_progress_counts_the_layers():
    spec = library.load("configs/seq2seq.yaml")
    told = []
    traces.trace_in_keras(
        spec, library.plan(spec), seed=0, names=["encoder", "decoder"], sequence=1,
        progress=lambda *counts: told.append(counts),
    )  # fmt: skip
    assert told == [(0, 2), (1, 2)]


def test_data_is_traced_as_keras_has_it(rnncli, keras, tmp_path):
    numbers = np.random.default_rng(7).standard_normal((3, 5, 8)).astype("float32")
    np.save(tmp_path / "data.npy", numbers)
    rnncli("build", CONFIG, "--save-weights", str(tmp_path / "x.weights.h5"))
    model = keras.Sequential([keras.Input((5, 8)), keras.layers.LSTM(3), keras.layers.Dense(10)])
    model.load_weights(tmp_path / "x.weights.h5")
    own = ["--data", str(tmp_path / "data.npy"), "--weights", str(tmp_path / "x.weights.h5")]
    document = json.loads(rnncli("trace", CONFIG, *own, "--sequence", "2", "--json").out)
    assert document["data"] == str(tmp_path / "data.npy")
    (layer,) = document["layers"]
    lstm = model.layers[0](numbers)
    np.testing.assert_allclose(layer["quantities"]["h"][-1], lstm[1], atol=1e-6)
    assert "3 sequences" in rnncli("trace", CONFIG, *own).out
    np.save(tmp_path / "data.npy", numbers[:, :, 1:])
    misfit = rnncli("trace", CONFIG, *own)
    assert (misfit.code, misfit.out) == (2, "")
    assert "data-does-not-fit" in misfit.err


def test_lines_of_text_are_traced(rnncli, tmp_path):
    path, lines = tmp_path / "text.yaml", tmp_path / "lines.txt"
    path.write_text(
        "input: {shape: [1], dtype: string}\nlayers:\n"
        "  - TextVectorization: {vocabulary: [the, cat, sat], output_sequence_length: 5}\n"
        "  - Embedding: {input_dim: 5, output_dim: 4, mask_zero: true}\n  - LSTM: 3\n"
    )
    lines.write_text("the cat\ncat sat the\n")
    own = ["--data", str(lines), "--sequence", "2", "--json"]
    (layer,) = json.loads(rnncli("trace", str(path), *own).out)["layers"]
    assert layer["mask"] == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--layer", "lstn"], "did you mean lstm"),
        (["--layer", "dense"], "trace looks into lstm"),
        (["--sequence", "2"], "there is no sequence 2 in a batch of 1"),
        (["--sequence", "0"], "0 is not in the range"),
        (["--unit", "3"], "the layers have units 0 to 2"),
        (["--unit", "-1"], "-1 is not in the range"),
        (["--json", "--output", "x.npz"], "--format writes text"),
        (["--output", "no/such/folder.npz"], "there is no folder"),
    ],
)
def test_wrong_usage(rnncli, arguments, message):
    outcome = rnncli("trace", CONFIG, *arguments)
    assert outcome.code == 2
    assert message in outcome.err
    assert outcome.out == ""


def test_a_model_without_recurrent_layers(rnncli, tmp_path):
    path = tmp_path / "dense.yaml"
    path.write_text("input: [5, 8]\nlayers: [Dense: 3]\n")
    outcome = rnncli("trace", str(path))
    assert outcome.code == 2
    assert "nothing to trace" in outcome.err


def test_a_model_with_errors(rnncli, tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text("input: [5, 8]\nlayers: [LSTM: 3, LSTM: 3]\n")
    target = tmp_path / "out.npz"
    outcome = rnncli("trace", str(path), "--output", str(target))
    assert outcome.code == 1
    assert "needs-sequence" in outcome.err
    assert not target.exists()
    document = json.loads(rnncli("trace", str(path), "--json").out)
    assert document["schema"] == "rnncli.trace.v1"
    assert document["problems"][0]["code"] == "needs-sequence"
    outcome = rnncli("trace", "no-such.yaml", "--json")
    assert outcome.code == 2
    assert json.loads(outcome.out)["schema"] == "rnncli.trace.v1"


def test_another_computation_than_keras_is_an_error(rnncli, monkeypatch):
    honest = cell_replay.numbers_of
    monkeypatch.setattr(cell_replay, "numbers_of", lambda tensor: honest(tensor) * 1.001)
    outcome = rnncli("trace", CONFIG)
    assert outcome.code == 1
    assert "gives other numbers" in outcome.out
    assert "error[trace-differs]: the replay of lstm gives other numbers than Keras" in outcome.err
    document = json.loads(rnncli("trace", CONFIG, "--json").out)
    assert not document["agreement"]["agrees"]
    assert [problem["code"] for problem in document["problems"]] == ["trace-differs"]
