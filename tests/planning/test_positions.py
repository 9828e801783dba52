"""Positions along an axis, as the ids of an Embedding: how many of them its table has."""

from __future__ import annotations

import numpy as np
import pytest

from rnncli.problems import errors


def config(size: str, rows: int, more: str = "") -> str:
    return (
        f"input: {{shape: [{size}], dtype: int32, below: 9}}\nlayers:\n"
        "  - ops.arange: {axis: 1}\n    name: places\n    from: input\n"
        f"  - Embedding: {{input_dim: {rows}, output_dim: 4}}\n    name: vectors\n{more}"
    )


def runs(keras, length, rows) -> bool:
    """Whether Keras looks up the positions of so many steps in a table of so many rows."""
    x = keras.Input([None], dtype="int32")
    places = keras.ops.cumsum(keras.ops.ones_like(x), axis=1) - 1
    model = keras.Model(x, keras.layers.Embedding(rows, 4)(places))
    try:
        model.predict_on_batch(np.zeros((1, length), "int32"))
    except Exception as error:  # noqa: BLE001 - TensorFlow's own, on a CPU
        return "is not in [0" not in str(error)
    return True


@pytest.mark.parametrize(("length", "rows"), [(20, 20), (21, 20), (4, 20)])
def test_a_table_has_a_row_for_each_position(keras, planned, length, rows):
    report = planned(config("null", rows), length=length)
    assert (not errors(report.problems)) == runs(keras, length, rows)
    known = planned(config(str(length), rows))
    assert [problem.code for problem in known.problems] == [
        problem.code for problem in report.problems
    ]


@pytest.mark.parametrize("rows", [1, 2, 5, 10, 40])
def test_a_length_is_chosen_that_the_table_has_positions_for(keras, planned, rows):
    report = planned(config("null", rows))
    assert report.problems == ()
    assert runs(keras, report.length, rows)


def test_no_length_fits_a_window_that_is_longer_than_the_table(planned):
    window = "  - Conv1D: {filters: 2, kernel_size: 7}\n"
    (problem,) = planned(config("null", 5, window)).problems
    assert problem.code == "bad-length"


LOOP = """\
  - Embedding: {input_dim: 9, output_dim: 4}
    name: tokens
    from: input
  - ops.add:
    from: [tokens, vectors]
    name: embedded
  - MultiHeadAttention: {num_heads: 1, key_dim: 2}
    from: [embedded, embedded]
    call: {use_causal_mask: true}
  - Dense: 9
    name: logits
"""


@pytest.mark.parametrize(("steps", "codes"), [(8, []), (9, ["bad-decode"])])
def test_a_loop_takes_no_more_steps_than_there_are_positions(planned, steps, codes):
    loop = f"decode: {{input: input, output: logits, steps: {steps}, first: 1}}\n"
    report = planned(config("null", 8, LOOP) + loop)
    assert [problem.code for problem in report.problems] == codes
    assert (report.decode is None) == bool(codes)
