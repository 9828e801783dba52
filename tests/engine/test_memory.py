from __future__ import annotations

import json
import math
import subprocess
import sys

import msgspec
import pytest
import yaml

import rnncli as library
from rnncli.engine.memory import memory_problem, needs
from tests.conftest import ROOT

# 100 billion parameters: 400 GB.
HUGE = "tests/benchmarks/huge.yaml"


def test_weights_inputs_and_outputs_are_what_a_model_needs(planned):
    report = planned("input: [5, 8]\nlayers:\n  - Dense: 3\n")
    assert needs(report) == 4 * (8 * 3 + 3) + 4 * 5 * 8 + 4 * 5 * 3
    assert memory_problem(report, available=needs(report)) is None
    found = memory_problem(report, available=needs(report) - 1)
    assert found is not None
    assert (found.code, found.severity) == ("too-large", "error")


def test_build_refuses_before_tensorflow_is_imported():
    code = (
        "import sys, os, rnncli.cli.main as m\n"
        "def end(code): sys.stderr.write(f'{code} {\"tensorflow\" in sys.modules}'); os._exit(0)\n"
        "m._end = end\n"
        f"sys.argv = ['rnncli', 'build', {HUGE!r}]\n"
        "m.main()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "error[too-large]" in ran.stderr
    assert "400.0 GB" in ran.stderr
    assert "--force" in ran.stderr
    assert ran.stderr.endswith("1 False")


def test_every_way_to_build_refuses(rnncli):
    found = rnncli("build", "--json", HUGE)
    assert found.code == 1
    assert [each["code"] for each in json.loads(found.out)["problems"]] == ["too-large"]
    assert rnncli("shapes", "--units", "1000000").code == 1
    report = library.build(library.load(str(ROOT / HUGE)))
    assert report.stage == "plan"
    assert [each.code for each in report.problems] == ["too-large"]


@pytest.mark.keras
def test_force_goes_on(rnncli, monkeypatch):
    monkeypatch.setattr("rnncli.engine.memory.needs", lambda planned: 10**30)
    assert rnncli("build", "configs/many_to_one.yaml").code == 1
    found = rnncli("build", "configs/many_to_one.yaml", "--force")
    assert found.code == 0
    assert "agrees" in found.out


LONG = "input: [300000, 4]\nlayers:\n"
PAIR = "inputs: {query: [null, 4], value: [null, 4]}\nlayers:\n"


def attending(arguments):
    return f"{PAIR}  - {arguments}\n    from: [query, value]\n"


def test_the_scores_of_attention_are_counted_with_their_formula(planned):
    text = LONG + "  - MultiHeadAttention: {num_heads: 4, key_dim: 1}\n    from: [input, input]\n"
    report = planned(text)
    told = memory_problem(report, available=10**12)
    assert told is not None
    assert "num_heads·query_steps·key_steps = 1·4·300000·300000 float32 = 1.4 TB" in told.message
    assert "scores of multi_head_attention" in told.message
    assert report.layers[0].transient.bytes == 4 * 300_000**2 * 4
    assert needs(report) > 2 * report.layers[0].transient.bytes
    small = planned(text.replace("300000", "30"))
    assert memory_problem(small, available=10**12) is None


def test_build_refuses_scores_that_memory_has_no_room_for(rnncli, tmp_path):
    path = tmp_path / "long.yaml"
    path.write_text(LONG + "  - Attention: {}\n    from: [input, input]\n")
    refused = rnncli("build", str(path))
    assert refused.code == 1
    assert "error[too-large]" in refused.err
    assert "batch·query_steps·key_steps = 1·300000·300000" in refused.err


def test_only_the_largest_scores_are_there_at_once(planned):
    one = "  - Attention: {}\n    from: [query, value]\n"
    two = one + "  - Attention: {}\n    from: [attention, value]\n"
    once, twice = (planned(PAIR + layers, length=100) for layers in (one, two))
    assert needs(twice) - needs(once) == 100 * 4 * 4


SCORES = {
    "Attention: {}": (2, 7, 5),
    "Attention: {dtype: float64}": (2, 7, 5),
    "AdditiveAttention: {}": (2, 7, 5, 4),
    "'Attention': {score_mode: concat}": (2, 7, 5, 4),
    "MultiHeadAttention: {num_heads: 3, key_dim: 2}": (2, 3, 7, 5),
    "MultiHeadAttention: {num_heads: 3, key_dim: 2, dropout: 0.1}": (2, 3, 7, 5),
    "MultiHeadAttention: {num_heads: 3, key_dim: 2, dtype: float16}": (2, 3, 7, 5),
    "GroupQueryAttention: {num_query_heads: 4, num_key_value_heads: 2, head_dim: 2}": (2, 4, 7, 5),
}  # fmt: skip


@pytest.mark.parametrize("layer", SCORES)
def test_the_scores_are_those_of_keras(layer, planned, keras):
    ((cls, arguments),) = yaml.safe_load(layer).items()
    report = planned(attending(layer), batch=2, length={"query": 7, "value": 5})
    transient = report.layers[0].transient
    assert transient.shape == SCORES[layer]
    words = transient.formula.partition(" = ")[0].split("·")
    assert len(words) == len(transient.shape)
    query, value = keras.ops.ones((2, 7, 4)), keras.ops.ones((2, 5, 4))
    made = getattr(keras.layers, cls)(**arguments)
    tensors = [[query, value]] if cls == "Attention" or cls.startswith("Add") else [query, value]
    _, scores = made(*tensors, return_attention_scores=True)
    # Where features are summed, the scores are what is left.
    assert scores.shape == transient.shape[: len(scores.shape)]
    expected = 4 if arguments.get("dtype") == "float16" else scores.dtype.size
    assert transient.bytes == math.prod(transient.shape) * expected


def test_scores_over_several_axes(planned, keras):
    report = planned(
        "inputs: {x: [3, 4, 5, 6]}\nlayers:\n  - MultiHeadAttention: {num_heads: 2, key_dim: 3, "
        "attention_axes: [2, 3]}\n    from: [x, x]\n"
    )
    transient = report.layers[0].transient
    layer = keras.layers.MultiHeadAttention(2, 3, attention_axes=[2, 3])
    x = keras.ops.ones((1, 3, 4, 5, 6))
    assert layer(x, x, return_attention_scores=True)[1].shape == transient.shape
    assert transient.formula.startswith(
        "batch·axis_1·num_heads·query_steps_1·query_steps_2·key_steps_1·key_steps_2 = "
    )


def test_a_layer_that_makes_nothing_large_says_nothing(planned):
    text = json.dumps(msgspec.to_builtins(planned("input: [5, 8]\nlayers:\n  - LSTM: 3\n")))
    assert "transient" not in text


PEAK = """
import re, sys
import keras

def peak():
    with open("/proc/self/status") as status:
        return int(re.search(r"VmHWM:\\s+(\\d+)", status.read())[1])

layer, steps = keras.layers.MultiHeadAttention(4, 8), 3000
layer(keras.ops.ones((1, 4, 16)), keras.ops.ones((1, 4, 16)))
x = keras.ops.ones((1, steps, 16))
before = peak()
layer(x, x)
sys.stdout.write(str((peak() - before) * 1024 / (4 * steps**2 * 4)))
"""


@pytest.mark.keras
@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone says how much memory was held")
def test_keras_has_the_scores_in_memory_twice():
    ran = subprocess.run(
        [sys.executable, "-c", PEAK], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert 1.7 < float(ran.stdout) < 3
