"""The random tensors of a run: where a mask is made of them, sequences end in padding."""

from __future__ import annotations

import numpy as np
import pytest

from rnncli.analysis.agreement import merge_run_into_plan
from rnncli.config import parse, read
from rnncli.engine.random_inputs import random_tensors
from rnncli.engine.running import run
from rnncli.model.binding import bind
from rnncli.planning.plan import plan
from rnncli.problems import Source

pytestmark = pytest.mark.usefixtures("keras")


def drawn(text: str, batch: int = 1, length: int = 12, seed: int = 0) -> dict[str, np.ndarray]:
    model = bind(parse(Source("a.yaml", text)))
    return {
        name: np.asarray(each) for name, each in random_tensors(model, batch, length, seed).items()
    }


EMBEDDED = """\
input: [null]
layers:
  - Embedding: {input_dim: 9, output_dim: 2, mask_zero: true}
  - LSTM: 3
"""


@pytest.mark.parametrize("batch", [1, 5])
@pytest.mark.parametrize("length", [2, 3, 12, 50])
@pytest.mark.parametrize("seed", range(4))
def test_sequences_of_ids_end_in_padding_alone(batch, length, seed):
    ids = drawn(EMBEDDED, batch, length, seed)["input"]
    padded = [int((row == 0).sum()) for row in ids]
    assert 1 <= padded[0] <= max(length // 3, 1)
    assert max(padded) <= max(length // 3, 1)
    for row, count in zip(ids, padded, strict=True):
        assert np.all(row[length - count :] == 0)
        assert np.all(row[: length - count] > 0)


def test_the_rows_of_a_batch_are_padded_apart():
    ids = drawn(EMBEDDED, 8, 30)["input"]
    assert len({int((row == 0).sum()) for row in ids}) > 2


def test_a_single_step_and_the_only_id_are_kept():
    assert np.all(drawn(EMBEDDED, length=1)["input"] > 0)
    assert drawn(EMBEDDED.replace("input_dim: 9", "input_dim: 1"))["input"].shape == (1, 12)


def test_without_a_mask_nothing_is_padded():
    ids = drawn(EMBEDDED.replace("mask_zero: true", "mask_zero: false"), length=200)["input"]
    assert ids[0, -1] != 0 or np.any(ids[0, :-67] == 0)


def test_masking_gets_its_own_value():
    numbers = drawn("input: [null, 3]\nlayers: [Masking: {mask_value: -1.5}, GRU: 2]", 3)["input"]
    assert np.all(numbers[0, -1] == -1.5)
    assert not np.any(numbers[:, :8] == -1.5)


def test_only_the_input_that_is_masked_is_padded_through_a_model_inside_too(tmp_path):
    (tmp_path / "inner.yaml").write_text(EMBEDDED)
    (tmp_path / "outer.yaml").write_text(
        "inputs: {one: {shape: [null], dtype: int32, below: 9}, two: [null, 3]}\n"
        "layers:\n"
        "  - {include: inner.yaml, from: one, name: read}\n"
        "  - {GRU: 3, from: two, name: other}\n"
        "  - {Add: {}, from: [read, other]}\n"
    )
    model = bind(parse(read(str(tmp_path / "outer.yaml"))))
    numbers = random_tensors(model, 2, 12, 0)
    assert np.asarray(numbers["one"])[0, -1] == 0
    assert np.all(np.asarray(numbers["two"]) != 0)


MASKED = """\
input: [7]
layers:
  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}
  - LAYER
"""
EVERY = [
    f"{cls}: {{units: 3, return_sequences: {steps}, zero_output_for_mask: {zero}, unroll: {unroll}}}"
    for cls in ("LSTM", "GRU", "SimpleRNN")
    for steps in ("true", "false")
    for zero in ("true", "false")
    for unroll in ("true", "false")
]
WRAPPED = [
    f"Bidirectional: {{layer: {{{inner}}}, merge_mode: {merge}}}"
    for inner in EVERY
    if "unroll: false" in inner and not inner.startswith("SimpleRNN")
    for merge in ("concat", "sum", "null")
]
CELLS = [
    f"RNN: {{cell: {cell}, return_sequences: {steps}, zero_output_for_mask: {zero}}}"
    for cell in ("{LSTMCell: 3}", "[{LSTMCell: 2}, {GRUCell: 3}]")
    for steps in ("true", "false")
    for zero in ("true", "false")
]


@pytest.mark.parametrize("layer", [*EVERY, *WRAPPED, *CELLS])
@pytest.mark.parametrize("batch", [1, 3])
def test_what_a_state_equals_under_padding_is_what_the_plan_says(layer, batch):
    spec = parse(Source("a.yaml", MASKED.replace("LAYER", layer)))
    planned, built = plan(spec, batch), run(spec, batch, 10, 1, with_values=False)
    report = merge_run_into_plan(planned, built)
    assert report.agreement.agrees, report.agreement.differences
    said = [state.equals for state in planned.layers[1].states]
    assert [state.equals for state in report.layers[1].states] == said
    # Without go_backwards, right padding leaves nothing equal that a plan does not say, but for
    # the backward half, which starts where the padding is.
    ran = [state for state in built.layers[1].states if not state.name.startswith("backward")]
    assert [state.equals for state in ran] == said[: len(ran)]


def test_an_output_of_zeros_at_padded_ends_is_not_h(planned):
    text = MASKED.replace("LAYER", "LSTM: {units: 3, zero_output_for_mask: true}")
    assert [state.equals for state in planned(text).layers[1].states] == [None, None]
    inner = "Bidirectional: {LSTM: {units: 3, zero_output_for_mask: true}}"
    # Bidirectional sets it anew, to return_sequences.
    states = planned(MASKED.replace("LAYER", inner)).layers[1].states
    assert [state.equals for state in states] == ["output[:, :3]", None, "output[:, 3:]", None]
