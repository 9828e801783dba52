"""Operations between the input and the output of decode: which of them go a step at a time."""

from __future__ import annotations

import pytest

from rnncli import build
from rnncli.config import parse
from rnncli.problems import Source

MODEL = """
input: [null, 4]
layers:
  - LSTM: {{units: 4, return_sequences: true, return_state: true}}
    name: lstm
{entries}
decode: {{input: input, steps: 3}}
"""


def config(*entries: str) -> str:
    return MODEL.format(entries="".join(f"  - {entry}\n" for entry in entries))


TOGETHER = ["ops.relu", "ops.multiply: 2.0", "{ops.add: {}, from: [lstm, lstm]}",
            "ops.softmax: {axis: -1}", "ops.log_softmax: {axis: 2}",
            "{ops.where: {x1: 1.0}, from: {condition: lstm, x2: lstm}}"]  # fmt: skip
AHEAD = ["ops.softmax: {axis: 1}", "ops.softmax: {axis: null}", "ops.normalize: {axis: [1, 2]}",
         "random.normal"]  # fmt: skip


@pytest.mark.parametrize("entry", TOGETHER)
def test_what_goes_a_step_at_a_time(planned, entry):
    assert not planned(config(entry)).problems


@pytest.mark.parametrize("entry", AHEAD)
def test_what_looks_ahead(planned, entry):
    (problem,) = planned(config(entry)).problems
    assert problem.code == "decode-looks-ahead"


def test_what_goes_a_step_at_a_time_decodes_as_at_once(keras):
    report = build(parse(Source("test.yaml", config(*TOGETHER))))
    assert report.agreement is not None
    assert report.agreement.agrees
    assert report.decoded is not None
    assert report.decoded.equal


IDS = """
input: {{shape: [null], dtype: int32, below: 4}}
layers:
  - ops.one_hot: {{num_classes: 4, axis: {axis}}}
  - LSTM: {{units: 4, return_sequences: true, return_state: true}}
  - Dense: 4
decode: {{input: input, steps: 3}}
"""


def test_codes_of_ids_behind_the_steps(planned, keras):
    assert not planned(IDS.format(axis=-1)).problems
    report = build(parse(Source("test.yaml", IDS.format(axis=-1))))
    assert report.decoded is not None
    assert report.decoded.equal
