"""Tensors of more axes than TensorFlow works on, held against keras.Model."""

from __future__ import annotations

import pytest

from tests.layers.ops.calling import called

pytestmark = pytest.mark.keras
PAIRS = [[0, 0]] * 8 + [[1, 1]]


@pytest.mark.parametrize(
    ("entry", "most"),
    [
        ("ops.flip: {axis: 1}", 8),
        ("ops.tril: {k: -1}", 8),
        ("ops.triu: {k: 1}", 8),
        ("ops.argmax: {axis: 3}", 7),
        ("ops.get_item: {key: '[..., ::-1]'}", 8),
    ],
)
def test_the_largest_rank(agrees, refuses, keras, entry, most):
    def operate(x):
        return x[..., ::-1] if "get_item" in entry else called(keras, entry)(x)

    agrees(entry, operate, ((2,) * (most - 1), "float32"))
    refuses(entry, "wrong-rank", operate, ((2,) * most, "float32"))


@pytest.mark.parametrize("axis", [-1, 1])
def test_a_log_softmax_takes_any_rank(agrees, keras, axis):
    entry = f"ops.log_softmax: {{axis: {axis}}}"
    agrees(entry, called(keras, entry), ((2,) * 7, "float32"))


@pytest.mark.parametrize("mode", ["reflect", "symmetric"])
def test_the_largest_rank_that_is_mirrored(agrees, refuses, keras, mode):
    for rank, held in ((5, agrees), (6, refuses)):
        entry = f"ops.pad: {{pad_width: {[[0, 0]] * (rank - 1) + [[1, 1]]}, mode: {mode}}}"
        code = () if held is agrees else ("wrong-rank",)
        held(entry, *code, called(keras, entry), ((3,) * (rank - 1), "float32"))


NONE, SOME = [0, 0], [1, 1]


@pytest.mark.parametrize(
    ("pairs", "runs"),
    [([NONE, SOME] * 3, True), ([NONE] * 3 + [SOME] * 4, True),
     ([NONE, SOME] * 4, False), ([SOME] * 7, False)],
)  # fmt: skip
def test_axes_without_padding_count_as_one(agrees, refuses, keras, pairs, runs):
    """TensorFlow pads six axes at most; neighbours without padding are one."""
    entry, tensor = f"ops.pad: {{pad_width: {pairs}}}", ((2,) * (len(pairs) - 1), "float32")
    if runs:
        agrees(entry, called(keras, entry), tensor)
    else:
        refuses(entry, "wrong-rank", called(keras, entry), tensor)


def test_the_largest_rank_of_padding(refuses, keras):
    entry = f"ops.pad: {{pad_width: {PAIRS}}}"
    refuses(entry, "wrong-rank", called(keras, entry), ((2,) * 8, "float32"))
