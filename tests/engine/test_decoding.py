"""Decoding: the loop against teacher forcing, and what forbids it."""

from __future__ import annotations

import numpy as np
import pytest

from rnncli.config import parse
from rnncli.engine.running import run
from rnncli.planning import plan
from rnncli.problems import Source, errors

SEQ2SEQ = """\
inputs: {source: [null], target: {shape: [null], below: 20}}
batch: 2
layers:
  - {Embedding: {input_dim: 30, output_dim: 4}, name: read, from: source}
  - {LSTM: {units: 6, return_state: true, return_sequences: true}, name: encoder}
  - {Embedding: {input_dim: 20, output_dim: 4, mask_zero: MASK}, name: written, from: target}
  - LSTM: {units: 6, return_sequences: true, return_state: true}
    name: decoder
    initial_state: encoder.states
  - {Attention: {}, name: context, from: [decoder, encoder]}
  - {Concatenate: {}, from: [decoder, context]}
  - GRU: {units: 5, return_sequences: true, return_state: true}
    name: second
  - {Dense: {units: 20, activation: softmax}, name: probabilities}
decode: {input: target, output: probabilities, steps: 6, first: FIRST}
"""


def spec(text=SEQ2SEQ, mask="false", first="1"):
    return parse(Source("a.yaml", text.replace("MASK", mask).replace("FIRST", first)))


def test_the_loop_gives_what_teacher_forcing_gives(keras):
    planned = plan(spec())
    assert not planned.problems
    assert planned.decode.feeds == "argmax"
    assert planned.decode.once == ("read", "encoder")
    assert [(each.layer, each.starts_from) for each in planned.decode.carried] == [
        ("decoder", ("encoder.h", "encoder.c")),
        ("second", ()),
    ]
    assert {each.name: each.outputs[0].shape for each in planned.decode.every} == {
        "written": (2, 1, 4), "decoder": (2, 1, 6), "context": (2, 1, 6), "concatenate": (2, 1, 12),
        "second": (2, 1, 5), "probabilities": (2, 1, 20),
    }  # fmt: skip
    assert planned.decode.loop_output.shape == (2, 6, 20)
    found = run(spec(), None, {"source": 9}, 0, False).decoded
    assert found.equal
    assert len(found.steps) == 6
    assert found.steps[0].input.first == (1.0,)
    # Every choice is the next input.
    assert [each.input.first[0] for each in found.steps[1:]] == [
        each.chosen for each in found.steps[:-1]
    ]


def test_the_fact_can_be_false(keras):
    """A padding id in the middle of the loop: a step that is masked gives no output by itself."""
    found = run(spec(mask="true", first="0"), None, 10, 0, False).decoded
    assert plan(spec(mask="true", first="0")).problems == ()
    assert not found.equal or found.largest_difference < 1e-4


def test_the_macs_of_the_loop_are_those_of_its_length(keras):
    """As many as the whole model has, where the target is as long as the loop."""
    planned = plan(spec(), length={"source": 9, "target": 6})
    assert planned.decode.macs == planned.totals.macs


VECTORS = """\
input: [7, 4]
layers:
  - SimpleRNN: {units: 4, return_sequences: true, return_state: true}
decode: {input: input, steps: 3, first: 0.5}
"""


def test_vectors_are_fed_themselves(keras):
    found = run(spec(VECTORS), 1, 10, 0, False).decoded
    assert found.equal
    assert found.steps[0].input.first == (0.5, 0.5, 0.5)
    assert np.allclose(found.steps[1].input.first, found.steps[0].output.first)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("input: target, output", "input: taget, output", "bad-decode"),
        ("output: probabilities", "output: encoder", "bad-decode"),
        ("first: FIRST", "first: 20", "bad-decode"),
        ("first: FIRST", "first: 0.5", "bad-decode"),
        ("units: 20, act", "units: 21, act", "bad-decode"),
        ("units: 5, return_sequences: true, return_state: true", "units: 5, return_sequences: true",
         "decode-no-state"),
        ("units: 5, return_sequences: true, return_state: true", "units: 5, return_state: true",
         "decode-no-sequence"),
        ("from: [decoder, encoder]", "from: [decoder, decoder]", "decode-looks-ahead"),
        ("  - {Concatenate: {}, from: [decoder, context]}", "  - Conv1D: [8, 3, 1, causal]",
         "wrong-type"),
        ("  - {Concatenate: {}, from: [decoder, context]}",
         "  - Conv1D: {filters: 8, kernel_size: 3, padding: causal}", "decode-looks-ahead"),
        ("  - GRU: {units: 5", "  - Bidirectional:\n      GRU: {units: 5", None),
    ],
)  # fmt: skip
def test_what_cannot_be_stepped_is_told(old, new, code):
    assert old in SEQ2SEQ
    text = SEQ2SEQ.replace(old, new)
    found = errors(plan(spec(text)).problems)
    if code is None:
        assert "decode-looks-ahead" in [each.code for each in found]
    else:
        assert code in [each.code for each in found]
        assert all(each.fix for each in found)
