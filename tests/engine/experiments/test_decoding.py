"""Decoding: the loop against teacher forcing, and what forbids it."""

from __future__ import annotations

import numpy as np
import pytest

from rnncli.config import parse
from rnncli.config.edits import applied
from rnncli.engine.running import run
from rnncli.planning.plan import plan
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


IDS = """\
input: {shape: [null], dtype: int32, below: 9}
layers:
  - {Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}, name: written}
  - RECURRENT
  - {Dense: {units: 9, activation: softmax}, name: probabilities}
decode: {input: input, steps: 10, first: 1}
"""
RETURNING = "return_sequences: true, return_state: true"
FROM_ZEROS = {
    "LSTM": f"LSTM: {{units: 6, {RETURNING}}}",
    "GRU": f"GRU: {{units: 6, {RETURNING}}}",
    "zeros for masked steps": f"SimpleRNN: {{units: 6, zero_output_for_mask: true, {RETURNING}}}",
    "cells": f"RNN: {{cell: [LSTMCell: 5, GRUCell: 4], {RETURNING}}}",
    "two": f"LSTM: {{units: 6, {RETURNING}}}\n  - GRU: {{units: 6, {RETURNING}}}",
}


def lost_masks(planned):
    return [each for each in planned.problems if each.code == "decode-ignores-mask"]


@pytest.mark.parametrize("recurrent", FROM_ZEROS.values(), ids=FROM_ZEROS)
def test_what_loses_a_mask_in_decode_is_told_and_mended(recurrent, keras):
    """A fed id 0 is skipped all at once, and computed where the layer starts from states."""
    text = IDS.replace("RECURRENT", recurrent)
    (told,) = lost_masks(plan(spec(text)))
    assert (told.severity, told.layer, told.safe) == ("warning", "written", False)
    assert not all(run(spec(text), 1, 10, seed, False).decoded.equal for seed in range(10))
    mended = applied(text, told.edits)
    assert not lost_masks(plan(spec(mended)))
    assert all(run(spec(mended), 1, 10, seed, False).decoded.equal for seed in range(3))


@pytest.mark.parametrize("first", ["0", "1"])
def test_a_decoder_with_an_initial_state_gets_no_mask_at_all(first, keras):
    """Keras gives it none all at once either: the same numbers, and no word of decode."""
    text = SEQ2SEQ.replace("name: second", "name: second\n    initial_state: start")
    for size in ("units", "below", "input_dim"):
        text = text.replace(f"{size}: 20", f"{size}: 3")
    start = "  - {Dense: 5, name: start, from: encoder.h}\n"
    text = text.replace(
        "  - {Embedding: {input_dim: 3,", f"{start}  - {{Embedding: {{input_dim: 3,"
    )
    quiet = spec(text, mask="true", first=first)
    assert {problem.code for problem in plan(quiet).problems} == {"mask-ignored"}
    for seed in range(4):
        decoded = run(quiet, 1, 6, seed, False).decoded
        assert decoded.equal
        if first == "0":
            assert decoded.steps[0].input.first == (0.0,)


def test_one_step_has_no_step_before_it():
    text = IDS.replace("RECURRENT", FROM_ZEROS["LSTM"])
    assert lost_masks(plan(spec(text)))
    assert not lost_masks(plan(spec(text.replace("steps: 10", "steps: 1"))))


def test_masked_vectors_lose_their_mask_too(keras):
    """An output that is all mask_value is fed as a masked step."""
    text = """\
input: [null, 1]
layers:
  - Masking
  - SimpleRNN: {units: 1, activation: relu, kernel_initializer: {Constant: -4},
                bias_initializer: ones, return_sequences: true, return_state: true}
decode: {input: input, steps: 4, first: 0.5}
"""
    (told,) = lost_masks(plan(spec(text)))
    assert "all 0" in told.message
    assert not run(spec(text), 1, 4, 0, False).decoded.equal
    mended = spec(applied(text, told.edits))
    assert not lost_masks(plan(mended))
    assert run(mended, 1, 4, 0, False).decoded.equal
    named = text.replace("- SimpleRNN: {", "- {from: masking, SimpleRNN: {").replace(
        "true}", "true}}"
    )
    (told,) = lost_masks(plan(spec(named)))
    assert told.fix
    assert not told.edits, "without it, from would name what is not there"


def test_an_embedding_that_is_used_twice_is_not_changed():
    text = SEQ2SEQ.replace("name: second", "name: second, from: both")
    text = text.replace("  - {Embedding: {input_dim: 20, output_dim: 4, mask_zero: MASK}, name: written",
                        "  - {use: read, name: written")  # fmt: skip
    text = text.replace("output_dim: 4}, name: read", "output_dim: 4, mask_zero: true}, name: read")
    text = text.replace("    initial_state: encoder.states\n", "").replace(", from: both", "")
    (told,) = lost_masks(plan(spec(text)))
    assert "of its own" in told.fix
    assert not told.edits


@pytest.mark.keras
def test_build_names_the_reason(rnncli, tmp_path):
    path = tmp_path / "masked.yaml"
    path.write_text(IDS.replace("RECURRENT", FROM_ZEROS["two"]))
    seeds = (rnncli("build", str(path), "--seed", str(seed)) for seed in range(10))
    ran = next(each for each in seeds if each.code)
    assert "give other outputs" in ran.out
    assert "Keras gives no mask to a recurrent layer with an initial state" in ran.out


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


CAUSAL = """\
input: {shape: [null], dtype: int32, below: 20}
batch: 2
layers:
  - Embedding: {input_dim: 20, output_dim: 4}
  - {Conv1D: {filters: 4, kernel_size: 2, padding: causal}, name: first}
  - {Conv1D: {filters: 4, kernel_size: 2, padding: causal, dilation_rate: 2}, name: second}
  - LSTM: {units: 4, return_sequences: true}
  - Dense: 20
decode: {input: input, steps: STEPS, first: 1}
"""


@pytest.mark.parametrize("steps", [1, 2, 6])
def test_what_looks_back_without_a_state_reads_all_steps_so_far(keras, steps):
    text = CAUSAL.replace("STEPS", str(steps))
    planned = plan(spec(text))
    assert not planned.problems
    assert planned.decode.feeds_prefix
    assert planned.decode.carried == ()
    assert {each.name: each.outputs[0].shape for each in planned.decode.every} == {
        "embedding": (2, steps, 4), "first": (2, steps, 4), "second": (2, steps, 4),
        "lstm": (2, steps, 4), "dense": (2, steps, 20),
    }  # fmt: skip
    # A model of as many steps, once for each step.
    lengths = range(1, steps + 1)
    assert planned.decode.macs == sum(plan(spec(text), length=t).totals.macs for t in lengths)
    decoded = run(spec(text), None, 10, 0, False).decoded
    assert decoded.equal
    assert [step.input.shape for step in decoded.steps] == [(2, 1)] * steps
    assert [step.input.first[0] for step in decoded.steps[1:]] == [
        step.chosen for step in decoded.steps[:-1]
    ]


ATTENDS = """\
input: {shape: [null], dtype: int32, below: 20}
layers:
  - {Embedding: {input_dim: 20, output_dim: 4, mask_zero: true}, name: words}
  - {LSTM: {units: 4, return_sequences: true}, name: lstm}
  - Attention:
    name: attention
    from: [lstm, lstm]
CALL  - Dense: 20
decode: {input: input, steps: 5, first: 0}
"""
CAUSALLY = "    call: {use_causal_mask: true}\n"


def test_attention_looks_back_and_masked_steps_stay_masked(keras):
    """All steps are fed each time, with their masks: nothing is lost as between carried states."""
    text = ATTENDS.replace("CALL", CAUSALLY)
    planned = plan(spec(text))
    assert planned.problems == ()
    assert planned.decode.macs == sum(plan(spec(text), length=t).totals.macs for t in range(1, 6))
    assert run(spec(text), 2, 10, 0, False).decoded.equal


def test_a_mask_of_attention_cannot_be_taken_step_by_step():
    masked = (
        "  - {Dense: 20, name: shown}\n"
        "  - MultiHeadAttention: {num_heads: 1, key_dim: 2}\n"
        "    from: {query: lstm, value: lstm, attention_mask: shown}\n" + CAUSALLY
    )
    (problem,) = errors(plan(spec(ATTENDS.replace("CALL", CAUSALLY + masked)), length=20).problems)
    assert problem.code == "decode-looks-ahead"
    assert "attention_mask" in problem.message


def test_attention_to_later_steps_is_mended_by_a_causal_mask():
    text = ATTENDS.replace("CALL", "")
    (problem,) = plan(spec(text)).problems
    assert problem.code == "decode-looks-ahead"
    assert plan(spec(applied(text, problem.edits))).problems == ()


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
         "  - Conv1D: {filters: 8, kernel_size: 3, padding: same}", "decode-looks-ahead"),
        ("  - {Concatenate: {}, from: [decoder, context]}",
         "  - Conv1D: {filters: 8, kernel_size: 3, padding: causal, strides: 2}",
         "decode-looks-ahead"),
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
