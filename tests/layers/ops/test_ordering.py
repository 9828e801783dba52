"""Running sums, differences and sorting, held against keras.Model."""

from __future__ import annotations

import pytest

from tests.layers.ops.calling import called

pytestmark = pytest.mark.keras
SEQUENCE = ((None, 4), "float32")
ENTRIES = [
    "ops.cumsum: {axis: 1}", "ops.cumsum: {axis: -1, dtype: int8}", "ops.cumsum",
    "ops.cumprod: {axis: 1, dtype: bool}", "ops.diff: {axis: 1}", "ops.diff: {axis: 1, n: 9}",
    "ops.diff: {n: 2, axis: 0}", "ops.diff: {n: 0}", "ops.sort", "ops.sort: {axis: null}",
    "ops.argsort: {axis: 0}", "ops.argsort: {axis: null}", "ops.top_k: {k: 2}",
    "ops.top_k: {k: 0, sorted: false}",
]  # fmt: skip


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("batch", [1, 3])
def test_shapes(agrees, keras, entry, batch):
    agrees(entry, called(keras, entry), SEQUENCE, batch=batch)


@pytest.mark.parametrize("dtype", ["float16", "int8", "uint16", "int64", "bool"])
@pytest.mark.parametrize("entry", ["ops.cumsum: {axis: 1}", "ops.diff", "ops.sort", "ops.argsort"])
def test_dtypes(agrees, keras, entry, dtype):
    agrees(entry, called(keras, entry), ((5, 4), dtype))


@pytest.mark.parametrize("dtype", ["float16", "int8", "uint16", "uint64"])
def test_top_k_gives_values_and_their_indices(agrees, keras, dtype):
    agrees("ops.top_k: 3", lambda x: keras.ops.top_k(x, 3), ((5, 4), dtype))


@pytest.mark.parametrize(
    ("entry", "code", "dtype"),
    [
        ("ops.cumsum: {axis: 3}", "wrong-value", "float32"),
        ("ops.sort: {axis: -4}", "wrong-value", "float32"),
        ("ops.top_k: {k: 5}", "too-short", "float32"),
        ("ops.top_k: {k: -1}", "wrong-value", "float32"),
        ("ops.top_k: {k: 1}", "wrong-dtype", "bool"),
        ("ops.diff: {n: -1}", "wrong-value", "float32"),
    ],
)
def test_refusals(refuses, keras, entry, code, dtype):
    refuses(entry, code, called(keras, entry), ((5, 4), dtype))
