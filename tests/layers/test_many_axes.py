"""Tensors of more axes than TensorFlow chooses elements of."""

from __future__ import annotations

from importlib.metadata import version

import numpy as np
import pytest

from rnncli.problems import errors

# Where TensorFlow is older, this softmax is computed without a choice, and runs.
SOFTMAX = pytest.param("Softmax: {axis: [1, 2]}", marks=pytest.mark.skipif(
    int(version("tensorflow").split(".")[1]) < 21, reason="TensorFlow 2.18 computes it otherwise",
))  # fmt: skip
CHOOSING = [
    "Masking", SOFTMAX, "Embedding: {input_dim: 5, output_dim: 2}",
    *(f"Activation: {name}" for name in
      ("hard_shrink", "soft_shrink", "sparse_plus", "sparse_sigmoid", "sparsemax")),
]  # fmt: skip


@pytest.mark.parametrize("axes", [8, 9])
@pytest.mark.parametrize("entry", CHOOSING)
def test_elements_are_chosen_of_eight_axes_at_most(entry, axes, keras, planned, made):
    shape = [2] * (axes - 1)
    x = keras.Input(shape)
    model = keras.Model(x, made(entry)(x))
    text = f"input: {shape}\nlayers:\n  - {entry}\n"
    codes = [problem.code for problem in errors(planned(text).problems)]
    if axes == 8:
        model.predict_on_batch(np.ones((1, *shape)))
        assert codes == []
    else:
        with pytest.raises(Exception, match="not supported"):
            model.predict_on_batch(np.ones((1, *shape)))
        assert codes == ["wrong-rank"]


@pytest.mark.parametrize("rank", [5, 6])
@pytest.mark.parametrize(
    "entry", ["Softmax: {dtype: bfloat16}", "Activation: {activation: softmax, dtype: bfloat16}"]
)
def test_a_softmax_in_bfloat16_depends_on_the_cpu(keras, planned, made, entry, rank):
    report = planned(f"input: {[2] * (rank - 1)}\nlayers:\n  - {entry}\n")
    problems = [(problem.code, problem.severity) for problem in report.problems]
    assert problems == ([] if rank == 5 else [("needs-gpu", "warning")])
    assert report.layers[0].outputs[0].shape == (1, *[2] * (rank - 1))
    try:
        shape = made(entry)(keras.ops.ones((1, *[2] * (rank - 1)))).shape
    except Exception:  # noqa: BLE001 - TensorFlow's own
        assert rank == 6
    else:
        assert shape == report.layers[0].outputs[0].shape
