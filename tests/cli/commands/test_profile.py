"""``rnncli profile``: what is measured, what is written, and how it ends. No time is judged."""

from __future__ import annotations

import csv
import io
import json
import re

import jsonschema
import pytest

import rnncli as library

CONFIG = "configs/many_to_one.yaml"


@pytest.fixture(scope="module")
def profiled(keras):
    """One model with all that has a case of its own: a nested model, a mask, states, two inputs."""
    spec = library.load(
        "inputs: {words: {shape: [6], dtype: int32, below: 9}, more: [4]}\nlayers:\n"
        "  - model:\n      input: {shape: [6], dtype: int32}\n      layers:\n"
        "        - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}\n"
        "        - LSTM: 3\n    name: encoder\n    from: words\n"
        "  - Concatenate:\n    from: [encoder, more]\n  - Dense: 2\n"
    )
    return library.profile(spec, runs=2, jit=True, batch=3, optimizer="sgd")


def test_both_passes_run_in_each_way(profiled):
    ways = [(one.work, one.how) for one in profiled.passes]
    assert ways == [
        (work, how) for work in ("forward", "training") for how in ("traced", "eager", "jit")
    ]
    for one in profiled.passes:
        # XLA may refuse a model, and says why.
        assert (one.time is None) == (one.why is not None)
        if one.time is not None:
            assert one.time.runs == 2
            assert 0 < one.time.minimum_seconds <= one.time.median_seconds
    assert profiled.pass_of("training").time is not None
    assert {peak.work for peak in profiled.peaks} == {"forward", "training"}


def test_each_layer_is_timed_with_its_macs(profiled):
    names = ["encoder/embedding", "encoder/lstm", "concatenate", "dense"]
    assert [layer.name for layer in profiled.layers] == names
    assert profiled["encoder/lstm"].macs == 3 * 6 * 4 * 3 * (4 + 3)
    assert profiled["concatenate"].gmacs_per_second is None
    assert sum(layer.macs for layer in profiled.layers) == profiled.macs


def test_the_rest_is_not_scaled_to_fit(profiled):
    layers = sum(layer.time.minimum_seconds for layer in profiled.layers)
    whole = profiled.pass_of("forward").time.minimum_seconds
    assert profiled.unattributed_seconds == pytest.approx(whole - layers)
    assert "unattributed" in str(profiled)


@pytest.mark.usefixtures("keras")
def test_the_document_fits_its_schema(rnncli):
    schema = json.loads(rnncli("schema", "--profile").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    for arguments in ([CONFIG, "--runs", "1"], ["tests/golden/broken.yaml"], ["no-such.yaml"]):
        document = json.loads(rnncli("profile", *arguments, "--json").out)
        jsonschema.validate(document, schema)
        assert document["schema"] == "rnncli.profile.v1"
    assert document["problems"]


@pytest.mark.usefixtures("keras")
def test_tables_and_rows(rnncli):
    outcome = rnncli("profile", CONFIG, "--runs", "1")
    assert (outcome.code, outcome.err) == (0, "")
    for words in ("forward pass", "training step", "unattributed", "slots of adam", "batch 1"):
        assert words in outcome.out
    table = [line for line in outcome.out.splitlines() if line.startswith(" ")]
    assert max(map(len, table)) <= 80
    rows = [*csv.DictReader(io.StringIO(rnncli("profile", CONFIG, "-f", "csv", "--runs", "1").out))]
    assert [row["what"] for row in rows][-2:] == ["lstm", "dense"]
    assert all(float(row["minimum_seconds"]) > 0 for row in rows)


@pytest.mark.usefixtures("keras")
def test_what_cannot_be_trained_or_run_says_why(rnncli, tmp_path):
    path = tmp_path / "frozen.yaml"
    path.write_text("input: [4, 3]\nlayers:\n  - GlobalAveragePooling1D\n")
    outcome = rnncli("profile", str(path), "--runs", "1")
    assert outcome.code == 0
    assert "the model has no trainable weights" in outcome.out
    path.write_text("input: [4, 3]\nlayers:\n  - Dense: 2\n  - ops.argmax: {axis: -1}\n")
    outcome = rnncli("profile", str(path), "--runs", "1")
    assert "no output that is a float depends on a trainable weight" in outcome.out
    path.write_text(
        "input: {shape: [], dtype: string}\nlayers:\n"
        "  - TextVectorization: {vocabulary: [the, cat], output_sequence_length: 4}\n"
        "  - Embedding: {input_dim: 9, output_dim: 3}\n  - GRU: {units: 3, stateful: true}\n"
    )
    outcome = rnncli("profile", str(path), "--runs", "1", "--jit", "--batch", "2")
    assert "XLA has no strings" in outcome.out
    assert re.search(r"training step +traced +[\d.]+ [mµ]?s", outcome.out)
    outcome = rnncli("profile", "configs/custom_layer.yaml", "--runs", "1")
    assert outcome.code == 0
    assert "all outputs of the model depend on a custom layer" in outcome.out


def test_bad_options(rnncli):
    assert rnncli("profile", CONFIG, "--runs", "0").code == 2
    assert rnncli("profile", CONFIG, "--optimizer", "adan").code == 2
    assert rnncli("profile", CONFIG, "-f", "html").code == 2
    with pytest.raises(ValueError, match="at least one run"):
        library.profile(library.load("input: [4]\nlayers: [Dense: 2]\n"), runs=0)


def test_a_gpu_times_recurrent_layers_without_the_fused_kernel_too(monkeypatch, keras):
    """Where this runs, the kernel itself may not be there: what is compared is what is traced."""
    traced = []

    class LSTM(keras.layers.LSTM):
        def inner_loop(self, sequences, initial_state, mask, training=False):
            traced.append(self.use_cudnn)
            return super().inner_loop(sequences, initial_state, mask, training)

    monkeypatch.setattr("rnncli.engine.experiments.profile.has_gpu", lambda: True)
    monkeypatch.setattr(keras.layers, "LSTM", LSTM)
    spec = library.load("input: [4, 3]\nlayers: [LSTM: 2, Dense: 2]\n")
    profiled = library.profile(spec, runs=1)
    assert profiled["lstm"].without_cudnn.runs == 1
    assert profiled["dense"].without_cudnn is None
    assert False in traced
    assert traced[-1] is not False
    assert "Without cuDNN" in str(profiled)
